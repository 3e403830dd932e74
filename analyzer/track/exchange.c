/*
 * Which exchange of an IKE SA a message belongs to, and whether it asks or
 * answers. IKEv2 says so itself (message id, R flag); IKEv1 is told by the
 * exchange type, the first payload and who speaks (domain.md 13).
 */
#include "analyzer/track/state.h"
#include "dissect/base/mem.h"

enum { PAYLOAD_SA = 1, PAYLOAD_FRAGMENT = 132 };

static void half_clear(struct half *h)
{
	witness_clear(&h->frames);
	witness_clear(&h->sent);
	mem_free(h->ike_pieces);
}

void exchange_free(struct track *t, struct exchange *x)
{
	t->exchanges -= 1;
	half_clear(&x->request);
	half_clear(&x->answer);
	witness_clear(&x->partial);
	mem_free(x);
}

static void forget(struct track *t, struct ike_sa *sa, size_t at)
{
	exchange_free(t, sa->exchanges[at]);
	memmove(sa->exchanges + at, sa->exchanges + at + 1,
		(sa->exchanges_len - at - 1) * sizeof *sa->exchanges);
	sa->exchanges_len -= 1;
}

void exchange_forget(struct track *t, struct ike_sa *sa, const struct exchange *x)
{
	size_t at = 0;

	while (sa->exchanges[at] != x)
		at += 1;
	forget(t, sa, at);
}

/* What was answered goes before what was not; the first `kept` stay, and the last one. */
static size_t dullest(const struct ike_sa *sa, size_t kept)
{
	for (size_t i = kept; i + 1 < sa->exchanges_len; i++)
		if (sa->exchanges[i]->answer.sent.count && !sa->exchanges[i]->refused)
			return i;
	return kept;
}

static struct exchange *exchange_new(struct track *t, struct ike_sa *sa, enum step step,
				     const struct ike_header *h, uint8_t from)
{
	struct exchange *x = mem_zero(sizeof *x), **slot;

	if (sa->exchanges_len == MAX_EXCHANGES)
		forget(t, sa, dullest(sa, FIRST_EXCHANGES));
	for (; t->exchanges >= MAX_ALL_EXCHANGES && sa->exchanges_len > FEW_EXCHANGES; t->exchanges_dropped++)
		forget(t, sa, dullest(sa, FEW_EXCHANGES));
	t->exchanges += 1;
	slot = MEM_PUSH(sa->exchanges, sa->exchanges_len, sa->exchanges_room);
	*slot = x;
	sa->exchanges_total += 1;
	x->step = step;
	x->type = h->exchange;
	x->message_id = h->message_id;
	x->from = from;
	x->serial = ++t->serial;
	return x;
}

/* The youngest exchange of that step and message id that `from` began; from 2: either end. */
static struct exchange *youngest(const struct ike_sa *sa, enum step step, uint8_t type, uint32_t id,
				 uint8_t from)
{
	for (size_t i = sa->exchanges_len; i-- > 0;) {
		struct exchange *x = sa->exchanges[i];

		if (x->step == step && x->type == type && x->message_id == id &&
		    (from == 2 || x->from == from))
			return x;
	}
	return NULL;
}

static struct exchange *v2_request(struct track *t, struct ike_sa *sa, const struct ike_header *h,
				   uint8_t from, uint64_t print, bool whole)
{
	struct exchange *x = youngest(sa, STEP_V2, h->exchange, h->message_id, from);

	/* RFC 7296 2.6: an IKE_SA_INIT with other bytes continues (cookie, other group). */
	if (x && h->exchange == IKE2_X_IKE_SA_INIT && whole && x->request.complete && x->request.print != print)
		x = NULL;
	return x ? x : exchange_new(t, sa, STEP_V2, h, from);
}

static struct exchange *v2_answer(struct track *t, struct ike_sa *sa, const struct ike_header *h,
				  uint8_t asker, uint64_t print)
{
	struct exchange *open = NULL, *last = NULL;

	for (size_t i = 0; i < sa->exchanges_len; i++) {
		struct exchange *x = sa->exchanges[i];

		if (x->step != STEP_V2 || x->type != h->exchange || x->message_id != h->message_id ||
		    x->from != asker)
			continue;
		if (x->answer.sent.count && x->answer.print == print)
			return x; /* the same answer again */
		last = x;
		if (!x->answer.sent.count)
			open = x;
	}
	if (open || last)
		return open ? open : last;
	return exchange_new(t, sa, STEP_V2, h, asker); /* its request is not in this file */
}

static struct exchange *v1_pair(struct track *t, struct ike_sa *sa, const struct ike_header *h,
				enum step step, uint8_t asker)
{
	struct exchange *x = youngest(sa, step, h->exchange, h->message_id, 2);

	return x ? x : exchange_new(t, sa, step, h, asker);
}

static struct exchange *v1_main(struct track *t, struct ike_sa *sa, const struct ike_header *h,
				uint8_t from, bool *ret_is_answer)
{
	enum step step = h->flags & IKE1_ENCRYPTED ? MAIN_5 : h->next == PAYLOAD_SA ? MAIN_1 : MAIN_3;
	struct exchange *keys = youngest(sa, MAIN_3, h->exchange, h->message_id, 2);

	/* a piece whose first one is missing: large is what carries certificates, after the keys */
	if (h->next == PAYLOAD_FRAGMENT && keys && keys->answer.sent.count)
		step = MAIN_5;
	*ret_is_answer = from != sa->initiator;
	return v1_pair(t, sa, h, step, sa->initiator);
}

static struct exchange *v1_aggressive(struct track *t, struct ike_sa *sa, const struct ike_header *h,
				      uint8_t from, bool *ret_is_answer)
{
	bool first = h->next == PAYLOAD_SA && !(h->flags & IKE1_ENCRYPTED);

	*ret_is_answer = from != sa->initiator;
	return v1_pair(t, sa, h, first || *ret_is_answer ? AGGRESSIVE_1 : AGGRESSIVE_3, sa->initiator);
}

static struct exchange *v1_quick(struct track *t, struct ike_sa *sa, const struct ike_header *h,
				 uint8_t from, uint64_t print, bool *ret_is_answer)
{
	struct exchange *x = v1_pair(t, sa, h, QUICK_1, from);

	*ret_is_answer = x->from != from;
	if (*ret_is_answer || !x->request.sent.count || x->request.print == print || !x->answer.sent.count)
		return x;
	return v1_pair(t, sa, h, QUICK_3, from);
}

/* Each end may ask; message ids are reused by some and not by others (domain.md 13). */
static struct exchange *v1_transaction(struct track *t, struct ike_sa *sa, const struct ike_header *h,
				       uint8_t from, uint64_t print, bool *ret_is_answer)
{
	struct exchange *x = youngest(sa, TRANSACTION, h->exchange, h->message_id, 2);

	*ret_is_answer = false;
	if (x && x->from == from && (x->request.print == print || !x->request.sent.count))
		return x;
	if (x && x->from != from && (!x->answer.sent.count || x->answer.print == print)) {
		*ret_is_answer = true;
		return x;
	}
	return exchange_new(t, sa, TRANSACTION, h, from);
}

static struct exchange *v1_informational(struct track *t, struct ike_sa *sa,
					 const struct ike_header *h, uint8_t from, uint64_t print)
{
	struct exchange *x = youngest(sa, INFORMATIONAL_V1, h->exchange, h->message_id, from);

	if (x && x->request.print == print)
		return x;
	return exchange_new(t, sa, INFORMATIONAL_V1, h, from);
}

struct exchange *exchange_for(struct track *t, struct ike_sa *sa, uint8_t from,
			      const struct ike_header *h, uint64_t print, bool whole,
			      bool *ret_is_answer, bool *ret_resend)
{
	struct exchange *x;

	*ret_is_answer = false;
	if (ike_major(h) != 1) {
		*ret_is_answer = h->flags & IKE2_RESPONSE;
		x = *ret_is_answer ? v2_answer(t, sa, h, !from, print)
				   : v2_request(t, sa, h, from, print, whole);
	} else if (h->exchange == IKE1_X_MAIN_MODE) {
		x = v1_main(t, sa, h, from, ret_is_answer);
	} else if (h->exchange == IKE1_X_AGGRESSIVE) {
		x = v1_aggressive(t, sa, h, from, ret_is_answer);
	} else if (h->exchange == IKE1_X_QUICK_MODE) {
		x = v1_quick(t, sa, h, from, print, ret_is_answer);
	} else if (h->exchange == IKE1_X_TRANSACTION) {
		x = v1_transaction(t, sa, h, from, print, ret_is_answer);
	} else if (h->exchange == IKE1_X_INFORMATIONAL) {
		x = v1_informational(t, sa, h, from, print);
	} else {
		x = v1_pair(t, sa, h, OTHER_V1, from);
		*ret_is_answer = x->from != from;
	}
	*ret_resend = (*ret_is_answer ? x->answer.sent.count : x->request.sent.count) > 0;
	return x;
}
