/*
 * Exchanges and IKE SAs as facts. Shapes: rules/README.md.
 */
#include "analyzer/track/state.h"
#include "dissect/base/text.h"

enum { FIRST_TOLD_OFFERS = 8 };

static const char *const step_names[] = {
	[STEP_V2] = NULL,	      [MAIN_1] = "MAIN_1",	     [MAIN_3] = "MAIN_3",
	[MAIN_5] = "MAIN_5",	      [AGGRESSIVE_1] = "AGGRESSIVE_1", [AGGRESSIVE_3] = "AGGRESSIVE_3",
	[QUICK_1] = "QUICK_1",	      [QUICK_3] = "QUICK_3",	     [TRANSACTION] = "TRANSACTION",
	[INFORMATIONAL_V1] = "INFORMATIONAL_V1", [OTHER_V1] = NULL,
};

const char *step_name(uint8_t version, uint8_t step, uint8_t type, char buf[IKE_NAME_TEXT])
{
	if (step_names[step])
		return step_names[step];
	return ike_name_or(version == 1 ? IKE1_EXCHANGES : IKE2_EXCHANGES, type, buf);
}

const char *exchange_name(const struct ike_sa *sa, const struct exchange *x, char buf[IKE_NAME_TEXT])
{
	return step_name(sa->version, (uint8_t)x->step, x->type, buf);
}

bool exchange_expects_answer(const struct exchange *x)
{
	return x->step != INFORMATIONAL_V1 && x->step != AGGRESSIVE_3 && x->step != QUICK_3 &&
	       x->step != OTHER_V1 && x->type != 41; /* GSA_REKEY: multicast */
}

static json_t *letter(const struct told *told, uint8_t end)
{
	char s[2] = { told->letter[end & 1], 0 };

	return json_string(s);
}

static json_t *send_times(const struct told *told, const struct half *h)
{
	json_t *at = json_array();
	uint32_t n = h->sent.count < SEND_TIMES ? h->sent.count : SEND_TIMES;

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(at, json_real(seconds_at(told->track, witness_at(&h->sent, i).time_ns)));
	if (h->sent.count > n)
		json_array_append_new(at, json_real(seconds_at(told->track, h->sent.last.time_ns)));
	return at;
}

static unsigned ike_pieces(const struct half *h)
{
	unsigned n = 0;

	for (int i = 0; h->ike_pieces && i < IKE_PIECES; i++)
		n += h->ike_pieces[i].sends > 0;
	return n;
}

/* Numbers of the set under way that are not here; of a v1 set without its last piece, those below the highest. */
static json_t *ike_missing(const struct half *h)
{
	json_t *list = json_array();
	unsigned highest = 0;

	for (unsigned i = 0; i < IKE_PIECES; i++)
		if (h->ike_set >> i & 1)
			highest = i + 1;
	for (unsigned i = 0; i < IKE_PIECES && i < (h->ike_total ? h->ike_total : highest); i++)
		if (!(h->ike_set >> i & 1))
			json_array_append_new(list, json_integer(i + 1));
	return list;
}

static void put_half(const struct told *told, const struct ike_sa *sa, json_t *o, const struct half *h)
{
	uint32_t low, high;

	told_put(o, "sends", json_integer(h->sent.count));
	told_put(o, "frames", told_frames(&h->frames));
	told_put(o, "at", send_times(told, h));
	told_put(o, "first", json_real(seconds_at(told->track, h->sent.first.time_ns)));
	told_put(o, "last", json_real(seconds_at(told->track, h->sent.last.time_ns)));
	told_put(o, "bytes", json_integer(h->bytes));
	told_put(o, "ip_bytes", json_integer(h->ip_bytes));
	told_put(o, "pieces", json_integer(h->pieces));
	told_put(o, "df", json_boolean(h->df));
	told_put(o, "sport", json_integer(h->sport));
	told_put(o, "dport", json_integer(h->dport));
	told_put(o, "encrypted", json_boolean(h->encrypted));
	if (ike_pieces(h)) {
		told_put(o, "ike_pieces", json_integer(ike_pieces(h)));
		told_put(o, "ike_total", json_integer(h->ike_total));
		if (!h->complete)
			told_put(o, "ike_missing", ike_missing(h));
	}
	if (h->has_inner)
		told_put(o, "first_inner", json_integer(h->inner));
	if (infer_plain(sa, h, &low, &high)) {
		told_put(o, "plain_min", json_integer(low));
		told_put(o, "plain_max", json_integer(high));
		if (infer_bare(h, low, high))
			told_put(o, "bare_notify", json_true());
	}
}

static json_t *partial(const struct told *told, const struct exchange *x)
{
	json_t *o = json_pack("{s:i,s:f,s:f}", "trains", (int)x->partial_trains, "first",
			      seconds_at(told->track, x->partial.first.time_ns), "last",
			      seconds_at(told->track, x->partial.last.time_ns));

	told_put_frames(o, "frames", &x->partial);
	return o;
}

static json_t *schedule_gaps(const struct schedule *s)
{
	json_t *list = json_array();

	for (const double *gap = s->gaps; *gap > 0; gap++)
		json_array_append_new(list, json_real(*gap));
	return list;
}

static json_t *exchange_facts(const struct told *told, const struct ike_sa *sa, unsigned attempt,
			      const struct exchange *x)
{
	struct schedule schedule = schedule_of(&x->request);
	json_t *o = json_object();
	char buf[IKE_NAME_TEXT];

	told_put(o, "type", json_string(exchange_name(sa, x, buf)));
	told_put(o, "version", json_integer(sa->version));
	told_put(o, "message_id", json_integer(x->message_id));
	told_put(o, "attempt", json_integer(attempt));
	told_put(o, "from", letter(told, x->from));
	told_put(o, "to", letter(told, !x->from));
	if (x->request.frames.count) {
		put_half(told, sa, o, &x->request);
		told_put(o, "complete", json_boolean(x->request.complete));
		told_put(o, "quiet", json_boolean(infer_quiet(told, sa, x)));
		told_put(o, "superseded", json_boolean(infer_superseded(told, sa, x)));
		if (!x->answer.sent.count && infer_hole(told, x))
			told_put(o, "hole", json_true());
	} else {
		told_put(o, "sends", json_integer(0));
		told_put(o, "frames", told_frames(x->answer.sent.count ? &x->answer.frames : &x->partial));
	}
	told_put(o, "expects_answer", json_boolean(exchange_expects_answer(x)));
	told_put(o, "answered", json_boolean(x->answer.sent.count > 0));
	if (x->answer.sent.count) {
		json_t *answer = json_object();

		put_half(told, sa, answer, &x->answer);
		if (x->request.sent.count)
			told_put(answer, "delay",
				 json_real((double)(x->answer.sent.first.time_ns -
						    x->request.sent.first.time_ns) / 1e9));
		told_put(answer, "complete", json_boolean(x->answer.complete));
		told_put(o, "answer", answer);
	}
	if (x->partial_trains)
		told_put(o, "partial_answer", partial(told, x));
	told_put(o, "sends_after_answer", json_integer(x->sends_after_answer));
	told_put(o, "icmp", json_integer(x->icmp));
	if (x->has_cookie)
		told_put(o, "cookie", json_true());
	if (schedule.name)
		told_put(o, "schedule", json_pack("{s:s,s:f,s:o}", "name", schedule.name, "next", schedule.next,
						  "gaps", schedule_gaps(&schedule)));
	if (x->request.malformed)
		told_put(o, "malformed", json_true());
	if (x->refused)
		told_put(o, "refused", json_string(ike_name_or(sa->version == 1 ? IKE1_NOTIFIES
									     : IKE2_NOTIFIES,
							       x->refused, buf)));
	return o;
}

static json_t *suite_facts(const struct ike_sa *sa)
{
	const struct ike_suite *s = &sa->suite;
	struct ike_sizes sizes;
	char buf[IKE_NAME_TEXT];
	struct text t;
	json_t *o;

	text_init(&t);
	text_add(&t, ike_name_or(IKE_ENCR, s->encr, buf));
	if (s->key_bits)
		text_addf(&t, "-%u", s->key_bits);
	if (s->integ)
		text_addf(&t, "/%s", ike_name_or(IKE_INTEG, s->integ, buf));
	if (s->prf)
		text_addf(&t, "/%s", ike_name_or(IKE_PRF, s->prf, buf));
	text_addf(&t, "/%s", ike_name_or(IKE_GROUPS, s->group, buf));
	o = json_pack("{s:i,s:i,s:i,s:i,s:i,s:s}", "encr", s->encr, "key_bits", s->key_bits, "prf", s->prf,
		      "integ", s->integ, "group", s->group, "text", t.at);
	if (sa->version == 1) {
		told_put(o, "auth", json_string(ike_name_or(IKE1_AUTH, s->auth, buf)));
		if (s->life_seconds)
			told_put(o, "life_seconds", json_integer(s->life_seconds));
	}
	if (ike_sizes_of(s, &sizes))
		told_put(o, "prf_bytes", json_integer(sizes.prf));
	text_clear(&t);
	return o;
}

/* The shape that both sides of a yes-or-no fact have: {a: .., b: ..}. */
json_t *told_sides(const struct told *told, json_t *end0, json_t *end1)
{
	json_t *o = json_object();
	char name[2][2] = { { told->letter[0], 0 }, { told->letter[1], 0 } };
	int first = told->letter[0] == 'a' ? 0 : 1;
	json_t *value[2] = { end0, end1 };

	told_put(o, name[first], value[first]);
	told_put(o, name[!first], value[!first]);
	return o;
}

static json_t *vendor_list(const struct ike_sa *sa, int end)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < sa->vendors_len[end]; i++)
		json_array_append_new(list, json_pack("{s:s,s:b}", "name", sa->vendors[end][i]->name,
						      "product", (int)sa->vendors[end][i]->is_product));
	return list;
}

static json_t *notice_facts(const struct told *told, const struct ike_sa *sa, const struct notice *n)
{
	enum ike_table table = sa->version == 1 ? IKE1_NOTIFIES : IKE2_NOTIFIES;
	char buf[IKE_NAME_TEXT];
	json_t *o = json_pack("{s:s,s:i,s:s,s:f}", "name", ike_name_or(table, n->type, buf), "number",
			      n->type, "kind", n->type < 16384 ? "error" : "status", "at",
			      seconds_at(told->track, n->seen.time_ns));

	told_put(o, "from", letter(told, n->from));
	told_put(o, "frame", told_frame(n->seen));
	told_put(o, "count", json_integer(n->count));
	return o;
}

static const char *mode_name(const struct ike_sa *sa)
{
	return sa->version != 1 ? "ikev2" : sa->mode == IKE1_X_MAIN_MODE ? "main" : sa->mode == IKE1_X_AGGRESSIVE ? "aggressive" : "other";
}

static json_t *hex64(uint64_t v)
{
	char s[17];

	snprintf(s, sizeof s, "%016llx", (unsigned long long)v);
	return json_string(s);
}

static bool floated(const struct ike_sa *sa)
{
	bool on_500 = false, on_4500 = false;

	for (size_t i = 0; i < sa->exchanges_len; i++) {
		const struct half *h = &sa->exchanges[i]->request;

		on_500 |= h->sent.count && (h->dport == 500 || h->sport == 500);
		on_4500 |= h->sent.count && (h->dport == 4500 || h->sport == 4500);
	}
	return on_500 && on_4500;
}

static const char *const stage_names[] = {
	[ASKED] = "asked", [REFUSED] = "refused", [AGREED] = "agreed",
	[AUTHENTICATING] = "authenticating", [AUTHENTICATED] = "authenticated",
	[ESTABLISHED] = "established",
};

static void put_standing(const struct told *told, const struct ike_sa *sa, json_t *o)
{
	struct standing s = infer_standing(told, sa);

	told_put(o, "stage", json_string(stage_names[s.stage]));
	if (s.established) {
		told_put(o, "established", json_string(s.established));
		told_put(o, "established_at", json_real(seconds_at(told->track, s.established_ns)));
	}
	told_put(o, "child", json_string(s.child));
}

/* Where many SAs have much to tell, answered exchanges from the middle of them are left out. */
static bool is_worth_telling(const struct track *t, const struct ike_sa *sa, size_t i)
{
	const struct exchange *x = sa->exchanges[i];

	return i < t->told_exchanges || i + t->told_exchanges / 2 >= sa->exchanges_len || x->refused ||
	       !x->answer.sent.count || !x->answer.complete || !x->request.complete;
}

static void put_lists(const struct told *told, const struct ike_sa *sa, unsigned n, json_t *o)
{
	json_t *offers = json_array(), *notices = json_array(), *exchanges = json_array();

	for (size_t i = 0; i < sa->offers_len; i++)
		json_array_append_new(offers, offer_text(sa->version, &sa->offers[i]));
	for (size_t i = 0; i < sa->notices_len; i++)
		json_array_append_new(notices, notice_facts(told, sa, &sa->notices[i]));
	for (size_t i = 0; i < sa->exchanges_len; i++)
		if (is_worth_telling(told->track, sa, i))
			json_array_append_new(exchanges, exchange_facts(told, sa, n, sa->exchanges[i]));
	told_put(o, "offered", offers);
	told_put(o, "notices", notices);
	told_put(o, "exchanges", exchanges);
	told_put(o, "exchanges_total", json_integer(sa->exchanges_total));
}

static json_t *marker(const struct ike_sa *sa, int end)
{
	json_t *o;

	if (!sa->marker[end].frames.count)
		return NULL;
	o = json_pack("{s:s,s:i}", "error", sa->marker[end].too_many ? "needless" : "missing", "count",
		      (int)sa->marker[end].frames.count);
	told_put_frames(o, "frames", &sa->marker[end].frames);
	return o;
}

/* Key exchange and nonce of one side, and how long the key ought to be. */
static json_t *share(const struct ike_sa *sa, int end)
{
	const struct key_share *s = &sa->share[end];
	uint16_t group = sa->version == 1 ? sa->suite.group : s->group;
	size_t due = ike_ke_len(group, end != sa->initiator);
	json_t *o;

	if (!s->seen.frame)
		return NULL;
	o = json_pack("{s:i,s:i,s:o}", "group", group, "bytes", (int)s->bytes, "frame", told_frame(s->seen));
	if (s->nonce)
		told_put(o, "nonce", json_integer(s->nonce));
	if (due)
		told_put(o, "due", json_integer((json_int_t)due));
	return o;
}

/* What the first messages say beside the choice itself. */
static void put_answer(const struct told *told, const struct ike_sa *sa, json_t *o)
{
	json_t *markers[2] = { marker(sa, 0), marker(sa, 1) }, *shares[2] = { share(sa, 0), share(sa, 1) };

	told_put(o, "bad_answer", offer_bad_answer(sa));
	if (shares[0] || shares[1])
		told_put(o, "key_exchange", told_sides(told, shares[0], shares[1]));
	if (markers[0] || markers[1])
		told_put(o, "marker", told_sides(told, markers[0], markers[1]));
	if (sa->version == 1)
		told_put(o, "life", offer_life(sa));
	if (sa->cookies_asked)
		told_put(o, "cookies", json_pack("{s:i,s:i,s:i}", "asked", (int)sa->cookies_asked, "given",
						 (int)sa->cookies_given, "wrong", (int)sa->cookies_wrong));
	if (sa->redirect.seen.frame)
		told_put(o, "redirect",
			 json_pack("{s:s,s:o,s:o,s:f}", "to", sa->redirect.to, "from",
				   letter(told, sa->redirect.from), "frame", told_frame(sa->redirect.seen),
				   "at", seconds_at(told->track, sa->redirect.seen.time_ns)));
}

json_t *attempt_facts(const struct told *told, const struct ike_sa *sa, unsigned n)
{
	json_t *o = json_object();

	told_put(o, "n", json_integer(n));
	told_put(o, "version", json_integer(sa->version));
	told_put(o, "mode", json_string(mode_name(sa)));
	told_put(o, "spi_i", hex64(sa->spi_i));
	told_put(o, "spi_r", hex64(sa->spi_r));
	told_put(o, "initiator", letter(told, sa->initiator));
	told_put(o, "responder", letter(told, !sa->initiator));
	told_put(o, "first", json_real(seconds_at(told->track, sa->first.time_ns)));
	told_put(o, "last", json_real(seconds_at(told->track, sa->last.time_ns)));
	told_put(o, "first_frame", told_frame(sa->first));
	told_put(o, "from_start", json_boolean(sa->from_start));
	told_put(o, "rekeyed", json_boolean(sa->rekeyed));
	if (infer_cut_short(told, sa))
		told_put(o, "hole", json_true());
	put_standing(told, sa, o);
	if (sa->has_suite) {
		json_t *suite = suite_facts(sa);

		told_put(o, "chosen", json_string(json_string_value(json_object_get(suite, "text"))));
		told_put(o, "suite", suite);
	}
	told_put(o, "vendors", told_sides(told, vendor_list(sa, 0), vendor_list(sa, 1)));
	told_put(o, "certreq", told_sides(told, json_boolean(sa->certreq[0]), json_boolean(sa->certreq[1])));
	told_put(o, "fragmentation",
		 told_sides(told, json_boolean(sa->fragmentation[0]), json_boolean(sa->fragmentation[1])));
	told_put(o, "nat_t", told_sides(told, json_boolean(sa->nat_t[0]), json_boolean(sa->nat_t[1])));
	told_put(o, "floated", json_boolean(floated(sa)));
	put_answer(told, sa, o);
	proof_facts(told, sa, o);
	if (sa->version == 1) {
		told_put(o, "psk", json_boolean(offer_has_psk(sa)));
		told_put(o, "xauth", json_boolean(offer_has_xauth(sa)));
	}
	told_put(o, "auth", infer_auth(told, sa));
	if (sa->delete_said)
		told_put(o, "deleted", json_pack("{s:f,s:o,s:[o]}", "at",
						 seconds_at(told->track, sa->deleted_at.time_ns), "by",
						 letter(told, sa->deleted_by), "frames",
						 told_frame(sa->deleted_at)));
	put_lists(told, sa, n, o);
	return o;
}

static void put_group(const struct ike_sa *sa, uint16_t group, json_t *o)
{
	char buf[IKE_NAME_TEXT];

	told_put(o, "group", json_integer(group));
	told_put(o, "group_name", json_string(ike_name_or(IKE_GROUPS, group, buf)));
	if (sa->offers_len && sa->offers_len == sa->offers_total)
		told_put(o, "group_offered", json_boolean(offer_has_group(sa, group)));
}

/* Error notifies in clear text, one entry for each kind, sender and SA. */
void put_refusals(const struct told *told, const struct ike_sa *sa, unsigned n, json_t *list)
{
	enum ike_table table = sa->version == 1 ? IKE1_NOTIFIES : IKE2_NOTIFIES;
	char buf[IKE_NAME_TEXT];

	for (size_t i = 0; i < sa->notices_len; i++) {
		const struct notice *e = &sa->notices[i];
		json_t *o;

		if (e->type >= 16384)
			continue;
		o = json_pack("{s:s,s:i,s:i,s:i,s:f,s:f,s:i,s:i}", "name", ike_name_or(table, e->type, buf),
			      "number", e->type, "version", sa->version, "count", (int)e->count, "first",
			      seconds_at(told->track, e->seen.time_ns), "last",
			      seconds_at(told->track, e->last.time_ns), "attempt", (int)n, "bytes",
			      (int)e->bytes);
		told_put(o, "from", letter(told, e->from));
		told_put(o, "to", letter(told, !e->from));
		told_put_frames(o, "frames", &e->frames);
		if (e->group)
			put_group(sa, e->group, o);
		if (e->payload)
			told_put(o, "payload", json_string(ike_name_or(sa->version == 1 ? IKE1_PAYLOADS
										       : IKE2_PAYLOADS,
								      e->payload, buf)));
		if (e->type == 14) /* NO_PROPOSAL_CHOSEN, of both versions */
			told_put(o, "difference", offer_difference(sa->tunnel, sa));
		for (size_t k = 0; e->exchange && k < sa->exchanges_len; k++)
			if (sa->exchanges[k]->serial == e->exchange)
				told_put(o, "exchange", json_string(exchange_name(sa, sa->exchanges[k], buf)));
		json_array_append_new(list, o);
	}
}

static bool is_incomplete(const struct exchange *x)
{
	return (x->request.frames.count && !x->request.complete) || x->partial_trains ||
	       (x->answer.frames.count && !x->answer.complete);
}

void put_selected(const struct told *told, const struct ike_sa *sa, unsigned n, struct selected *s)
{
	for (size_t i = 0; i < sa->exchanges_len; i++) {
		const struct exchange *x = sa->exchanges[i];

		if (x->request.sent.count && x->request.complete && exchange_expects_answer(x) &&
		    !x->answer.sent.count && !x->refused)
			json_array_append_new(s->unanswered, exchange_facts(told, sa, n, x));
		if (x->sends_after_answer)
			json_array_append_new(s->unheard, exchange_facts(told, sa, n, x));
		if (is_incomplete(x))
			json_array_append_new(s->incomplete, exchange_facts(told, sa, n, x));
		if (x->step == TRANSACTION)
			json_array_append_new(s->transactions, exchange_facts(told, sa, n, x));
	}
}
