/*
 * IKE SAs: who they belong to, what was sent in them and how often.
 *
 * An SA is found by its SPIs, whatever its addresses; its first message, which
 * has one SPI only, by that SPI and the address pair.
 */
#include "analyzer/track/state.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"

enum { DEFAULT_ATTEMPTS = 2560 };

static struct first_key first_key(uint64_t spi_i, const struct addr *x, const struct addr *y)
{
	bool rising = memcmp(x, y, sizeof *x) <= 0;
	struct first_key k;

	memset(&k, 0, sizeof k);
	k.spi_i = spi_i;
	k.low = rising ? *x : *y;
	k.high = rising ? *y : *x;
	return k;
}

static void register_sa(struct map *by, const void *key, struct ike_sa *sa)
{
	struct ike_sa **slot = map_add(by, key);

	if (slot)
		*slot = sa;
}

static void unlist_spis(struct track *t, const struct ike_sa *sa)
{
	struct spi_key spis = { sa->spi_i, sa->spi_r };
	struct ike_sa **slot = map_find(t->sa_by_spis, &spis);

	if (slot && *slot == sa)
		map_remove(t->sa_by_spis, &spis);
}

/* The youngest of its worth; out of the lists of the others. */
static void set_worth(struct track *t, struct ike_sa *sa, enum worth worth)
{
	struct ike_sa **slot;

	map_remove(t->sas[sa->worth], &sa->serial);
	sa->worth = worth;
	slot = map_add(t->sas[worth], &sa->serial);
	*slot = sa;
	sa->tunnel->went_on |= worth == WORTH_WENT_ON;
}

void ike_sa_unlist(struct track *t, struct ike_sa *sa)
{
	struct first_key first = first_key(sa->spi_i, &sa->first_ends[0], &sa->first_ends[1]);
	struct ike_sa **slot = map_find(t->sa_by_first, &first);

	if (slot && *slot == sa)
		map_remove(t->sa_by_first, &first);
	unlist_spis(t, sa);
	map_remove(t->sas[sa->worth], &sa->serial);
}

void ike_sa_free(struct track *t, struct ike_sa *sa)
{
	for (size_t i = 0; i < sa->exchanges_len; i++)
		exchange_free(t, sa->exchanges[i]);
	for (size_t i = 0; i < sa->notices_len; i++)
		witness_clear(&sa->notices[i].frames);
	for (int end = 0; end < 2; end++) {
		proof_free(sa->proof[end]);
		witness_clear(&sa->marker[end].frames);
	}
	mem_free(sa->notices);
	mem_free(sa->offers);
	mem_free(sa->exchanges);
	mem_free(sa);
}

static bool is_first_message(const struct ike_header *h)
{
	if (h->spi_r)
		return false;
	if (ike_major(h) == 1)
		return h->exchange == IKE1_X_MAIN_MODE || h->exchange == IKE1_X_AGGRESSIVE;
	return h->exchange == IKE2_X_IKE_SA_INIT && !(h->flags & IKE2_RESPONSE);
}

static bool known_exchange(const struct ike_header *h)
{
	return ike_name(ike_major(h) == 1 ? IKE1_EXCHANGES : IKE2_EXCHANGES, h->exchange) != NULL;
}

/* Message 2 of Main and Aggressive Mode: SA in clear text, and the cookie of the responder. */
static bool is_answer_with_sa(const struct ike_header *h)
{
	return (h->exchange == IKE1_X_MAIN_MODE || h->exchange == IKE1_X_AGGRESSIVE) && !h->message_id &&
	       h->spi_r && h->next == IKE1_P_SA && !(h->flags & IKE1_ENCRYPTED);
}

/* The end that began this SA, as far as a message that is not its first can tell. */
static uint8_t initiator_of(const struct ike_header *h, uint8_t from)
{
	if (is_first_message(h))
		return from;
	if (ike_major(h) == 1)
		return is_answer_with_sa(h) ? !from : from;
	return h->flags & IKE2_INITIATOR ? from : !from;
}

static bool out_of_rekey(const struct tunnel *n, const struct ike_header *h)
{
	if (ike_major(h) == 1)
		return false;
	for (uint32_t i = 0; i < n->attempts_len; i++)
		for (size_t k = 0; k < n->attempts[i]->exchanges_len; k++)
			if (n->attempts[i]->exchanges[k]->type == IKE2_X_CREATE_CHILD_SA)
				return true;
	return false;
}

static void forget(struct track *t, struct tunnel *n, uint32_t at)
{
	ike_sa_unlist(t, n->attempts[at]);
	ike_sa_free(t, n->attempts[at]);
	memmove(n->attempts + at, n->attempts + at + 1, (n->attempts_len - at - 1) * sizeof *n->attempts);
	n->attempts_len -= 1;
	t->attempts_dropped += 1;
}

/* The oldest of those that got least far. */
static struct ike_sa *least(const struct track *t)
{
	for (int worth = WORTH_ASKED; worth < WORTHS; worth++)
		if (map_count(t->sas[worth]))
			return *(struct ike_sa **)map_oldest(t->sas[worth]);
	return NULL;
}

static bool full(const struct track *t)
{
	size_t limit = t->options.max_attempts ? t->options.max_attempts : DEFAULT_ATTEMPTS, count = 0;

	for (int worth = WORTH_ASKED; worth < WORTHS; worth++)
		count += map_count(t->sas[worth]);
	return count && (count >= limit || t->exchanges >= MAX_ALL_EXCHANGES);
}

/* The first attempts of a tunnel stay, and the last ones. */
static uint32_t least_of(const struct tunnel *n)
{
	uint32_t least = FIRST_ATTEMPTS;

	for (uint32_t i = FIRST_ATTEMPTS; i < n->attempts_len - LAST_ATTEMPTS; i++)
		if (n->attempts[i]->worth < n->attempts[least]->worth)
			least = i;
	return least;
}

static void make_room(struct track *t, struct tunnel *n)
{
	if (n->attempts_len == MAX_ATTEMPTS)
		forget(t, n, least_of(n));
	while (full(t)) {
		struct ike_sa *sa = least(t);
		uint32_t at = 0;

		while (sa->tunnel->attempts[at] != sa)
			at += 1;
		forget(t, sa->tunnel, at);
	}
}

static struct ike_sa *sa_new(struct track *t, struct tunnel *n, const struct message *m, uint8_t from)
{
	const struct ike_header *h = &m->u.ike.header;
	struct first_key key = first_key(h->spi_i, &m->packet->src, &m->packet->dst);
	struct ike_sa *sa;

	make_room(t, n);
	sa = mem_zero(sizeof *sa);
	sa->spi_i = h->spi_i;
	sa->first_ends[0] = m->packet->src;
	sa->first_ends[1] = m->packet->dst;
	sa->tunnel = n;
	sa->serial = ++t->serial;
	sa->version = (uint8_t)ike_major(h);
	sa->from_start = is_first_message(h);
	sa->initiator = initiator_of(h, from);
	sa->rekeyed = !sa->from_start && out_of_rekey(n, h);
	sa->first = m->seen;
	n->attempts[n->attempts_len++] = sa;
	n->attempts_total += 1;
	set_worth(t, sa, WORTH_ASKED);
	register_sa(t->sa_by_first, &key, sa);
	if (sa->from_start)
		predicates_began(t, m);
	return sa;
}

/* An answer that agrees brings the responder's SPI; one that refuses may carry any or none. */
static bool brings_spi(const struct ike_header *h)
{
	if (ike_major(h) == 1)
		return h->exchange != IKE1_X_INFORMATIONAL;
	return h->exchange != IKE2_X_IKE_SA_INIT || h->next == IKE2_P_SA;
}

static struct ike_sa *find_sa(struct track *t, const struct message *m)
{
	const struct ike_header *h = &m->u.ike.header;
	struct spi_key spis = { h->spi_i, h->spi_r };
	struct first_key first = first_key(h->spi_i, &m->packet->src, &m->packet->dst);
	struct ike_sa **slot = h->spi_r ? map_find(t->sa_by_spis, &spis) : NULL;

	if (slot)
		return *slot;
	slot = map_find(t->sa_by_first, &first);
	if (!slot)
		return NULL;
	if (!(*slot)->spi_r || !h->spi_r || (*slot)->spi_r == h->spi_r || !brings_spi(h) ||
	    h->exchange == IKE2_X_IKE_SA_INIT)
		return *slot;
	map_remove(t->sa_by_first, &first); /* the same SPI in another SA: the younger one counts */
	return NULL;
}

static void learn_spi(struct track *t, struct ike_sa *sa, const struct ike_header *h)
{
	struct spi_key spis = { h->spi_i, h->spi_r };

	if (!h->spi_r || sa->spi_r == h->spi_r || (sa->spi_r && h->exchange != IKE2_X_IKE_SA_INIT) ||
	    !brings_spi(h))
		return;
	if (sa->spi_r)
		unlist_spis(t, sa);
	sa->spi_r = h->spi_r;
	register_sa(t->sa_by_spis, &spis, sa);
}

/* Which end of the SA's tunnel sent this; an end that moved is followed. */
static uint8_t sender(struct track *t, struct ike_sa *sa, const struct message *m)
{
	struct tunnel *n = sa->tunnel;
	uint8_t from = tunnel_end(n, &m->packet->src), to = tunnel_end(n, &m->packet->dst);
	const struct ike_header *h = &m->u.ike.header;

	if (from < 2 && to < 2)
		return from;
	if (from == 2 && to == 2) /* both are new: trust the I flag */
		return ike_major(h) == 2 && h->flags & IKE2_INITIATOR ? sa->initiator : !sa->initiator;
	tunnel_move(t, n, from == 2 ? !to : !from, m->packet);
	n->moved_at[from == 2 ? !to : !from] = m->seen;
	return from == 2 ? !to : from;
}

static struct ike_sa *sa_of(struct track *t, const struct message *m, uint8_t *ret_from)
{
	const struct ike_header *h = &m->u.ike.header;
	struct ike_sa *sa = find_sa(t, m);
	struct tunnel *n;

	if (sa) {
		*ret_from = sender(t, sa, m);
		learn_spi(t, sa, h);
		return sa;
	}
	if (!h->spi_i || !known_exchange(h))
		return NULL;
	n = tunnel_of_packet(t, m->packet, true, ret_from);
	sa = n ? sa_new(t, n, m, *ret_from) : NULL;
	if (sa)
		learn_spi(t, sa, h);
	return sa;
}

/* One piece of an IKE message that was split above IP: RFC 7383, or v1 payload 132. */
struct part {
	bool is;
	uint16_t number, total, id; /* total 0: not told by this piece */
	uint8_t inner;
	uint32_t len;
	struct ike_header whole;    /* v1: header of the message inside, when this is its first piece */
	bool has_whole;
};

static struct part part_of(const struct ike_header *h, struct bytes bytes, bool cut)
{
	struct ike_chain chain = ike_chain(h, bytes, cut);
	struct ike_payload p;
	struct part part = { 0 };

	while (ike_next_payload(&chain, &p)) {
		struct ike1_fragment v1;
		struct ike_skf v2;

		if (p.type == IKE2_P_SKF && chain.major != 1 && ike2_parse_skf(&p.body, &v2) && v2.number) {
			part = (struct part){ .is = true, .number = v2.number, .total = v2.total,
					      .inner = p.next, .len = (uint32_t)p.len };
		} else if (p.type == IKE1_P_FRAGMENT && chain.major == 1 &&
			   ike1_parse_fragment(&p.body, &v1) && v1.number) {
			struct cursor c = cur_over(v1.data.at, v1.data.len, false);

			part = (struct part){ .is = true, .number = v1.number, .id = v1.id,
					      .total = v1.last ? v1.number : 0,
					      .len = (uint32_t)v1.data.len };
			part.has_whole = v1.number == 1 && ike_parse_header(&c, &part.whole);
		} else if (p.type == (chain.major == 1 ? IKE1_P_FRAGMENT : IKE2_P_SKF)) {
			part = (struct part){ .is = true }; /* no piece of anything, and no message either */
		}
	}
	return part;
}

static uint64_t all_pieces(uint16_t total)
{
	return total < IKE_PIECES ? (UINT64_C(1) << total) - 1 : UINT64_MAX;
}

static bool set_is_whole(const struct half *h)
{
	return h->ike_total && (h->ike_set & all_pieces(h->ike_total)) == all_pieces(h->ike_total);
}

/*
 * Which set a piece belongs to. RFC 7383 2.6.1: a larger total means that the sender cuts smaller
 * now, a smaller one is late; domain.md 15.1: an id binds a set, the last piece tells its total.
 * False for what is late.
 */
static bool same_set(struct half *h, const struct part *part, uint8_t version)
{
	bool anew = version == 1 ? h->ike_set && part->id != h->ike_id
				 : h->ike_total && part->total > h->ike_total;

	if (version != 1 && part->total < h->ike_total)
		return false;
	if (anew && !set_is_whole(h))
		h->ike_set = 0;
	if (anew && version != 1) {
		h->ike_before = h->sent.count;
		memset(h->ike_pieces, 0, IKE_PIECES * sizeof *h->ike_pieces);
		h->ike_set = 0;
	}
	h->ike_id = part->id;
	if (part->total > h->ike_total || (version == 1 && part->total))
		h->ike_total = part->total;
	return true;
}

static void note_part(struct half *h, const struct part *part, uint8_t version, struct seen seen)
{
	uint32_t k = part->number - 1u;

	if (!part->number)
		return;
	if (!h->ike_pieces) {
		h->ike_pieces = mem_zero(IKE_PIECES * sizeof *h->ike_pieces);
		h->ike_before = h->sent.count;
	}
	if (!same_set(h, part, version) || k >= IKE_PIECES)
		return;
	h->ike_pieces[k].sends += 1;
	h->ike_pieces[k].len = part->len;
	h->ike_set |= UINT64_C(1) << k;
	if (h->ike_before + h->ike_pieces[k].sends > h->sent.count)
		witness_add(&h->sent, seen); /* a round is counted by the piece that came most often */
	h->complete |= set_is_whole(h);
}

static void note_frames(struct half *h, const struct message *m)
{
	if (!m->train) {
		witness_add(&h->frames, m->seen);
		return;
	}
	for (uint32_t i = 0; i < m->train->count && i < TRAIN_PIECES; i++)
		witness_add(&h->frames, m->train->pieces[i].seen);
}

static void note_shape(struct half *h, const struct message *m, const struct ike_header *header)
{
	const struct packet *p = m->packet;

	h->bytes = header->length;
	if (p->len > h->ip_bytes)
		h->ip_bytes = p->len;
	h->df = p->df;
	h->sport = p->sport;
	h->dport = p->dport;
	h->encrypted = ike_major(header) == 1 ? header->flags & IKE1_ENCRYPTED
					      : header->next == IKE2_P_SK || header->next == IKE2_P_SKF;
	if (!m->train)
		h->pieces = h->pieces ? h->pieces : 1;
	else if (m->train->count > h->pieces)
		h->pieces = (uint16_t)m->train->count;
	for (uint32_t i = 0; m->train && i < m->train->count && i < TRAIN_PIECES; i++)
		if (m->train->pieces[i].packet_len > h->largest_piece)
			h->largest_piece = m->train->pieces[i].packet_len;
}

static void note_inner(struct half *h, const struct ike_header *header, struct bytes bytes, bool cut)
{
	struct ike_chain chain = ike_chain(header, bytes, cut);
	struct ike_payload p;

	while (ike_next_payload(&chain, &p))
		if (chain.major != 1 && p.type == IKE2_P_SK) {
			h->has_inner = true;
			h->inner = p.next;
			h->sk_len = (uint32_t)p.len;
		}
}

/* A Delete, of the SA or of a child of it: only what follows tells which (domain.md 7). */
static void note_delete(struct ike_sa *sa, const struct exchange *x, bool is_answer, uint8_t from,
			struct seen seen)
{

	if (is_answer || x->type != IKE2_X_INFORMATIONAL || x->request.inner != IKE2_P_D)
		return;
	sa->delete_said = true;
	sa->deleted_by = from;
	sa->deleted_at = seen;
}

static void add_row(struct track *t, struct ike_sa *sa, const struct exchange *x, const struct message *m, uint8_t from,
		    bool is_answer, bool resend, bool whole, const struct part *part)
{
	struct row r = { .seen = m->seen, .kind = ROW_IKE, .from = from, .request = !is_answer,
			 .resend = resend, .partial = !whole, .bytes = m->u.ike.header.length,
			 .ip_bytes = m->packet->len, .pieces = 1, .pieces_seen = 1,
			 .sa = sa->serial, .exchange = x->serial };

	r.u.ike.step = (uint8_t)x->step;
	r.u.ike.version = sa->version;
	r.u.ike.type = x->type;
	r.part = part->number;
	if (m->train) {
		r.pieces_seen = (uint16_t)m->train->count;
		r.pieces = (uint16_t)(m->train->count + !m->train->complete);
	}
	tunnel_row(t, sa->tunnel, &r);
}

/* The exchange of the last IKEv1 pieces from that end that have this id. */
static struct exchange *same_id(struct ike_sa *sa, uint8_t from, const struct part *part)
{
	if (!part->is || sa->version != 1 || sa->pieces_of[from].id != part->id)
		return NULL;
	for (size_t i = sa->exchanges_len; i-- > 0;)
		if (sa->exchanges[i]->serial == sa->pieces_of[from].exchange)
			return sa->exchanges[i];
	return NULL;
}

/*
 * Pieces of an IKEv1 message came before its first, which tells what they are of: what they were taken
 * for gives way, unless it holds more than they do.
 */
static void join_early(struct track *t, struct ike_sa *sa, uint8_t from, const struct part *part,
		       struct exchange *x, bool is_answer)
{
	struct exchange *early = same_id(sa, from, part);
	bool was_answer = sa->pieces_of[from].is_answer;
	struct half *was, *half = is_answer ? &x->answer : &x->request;

	if (!early || early == x)
		return;
	was = was_answer ? &early->answer : &early->request;
	if (!was->ike_pieces || was->ike_before || was->ike_set & 1 ||
	    (was_answer ? &early->request : &early->answer)->frames.count)
		return;
	for (unsigned k = 1; k < IKE_PIECES; k++)
		for (uint32_t i = 0; i < was->ike_pieces[k].sends; i++)
			note_part(half, &(struct part){ .number = (uint16_t)(k + 1), .id = was->ike_id,
				  .total = k + 1 == was->ike_total ? was->ike_total : 0,
				  .len = was->ike_pieces[k].len }, sa->version,
				  i < was->sent.count && i < WITNESS_FRAMES ? witness_at(&was->sent, i) : was->sent.last);
	for (uint32_t i = 0; i < was->frames.count && i < WITNESS_FRAMES; i++)
		witness_add(&half->frames, witness_at(&was->frames, i));
	tunnel_rows_join(sa->tunnel, early->serial, x, !is_answer);
	exchange_forget(t, sa, early);
}

static void saw(struct track *t, struct ike_sa *sa, uint8_t from, const struct message *m, bool whole)
{
	struct part part = part_of(&m->u.ike.header, m->u.ike.bytes, m->u.ike.cut);
	const struct ike_header *h = part.has_whole ? &part.whole : &m->u.ike.header;
	uint64_t print = digest_quick(m->u.ike.bytes);
	bool is_answer, resend;
	struct exchange *x = part.has_whole ? NULL : same_id(sa, from, &part);
	struct half *half;

	if (x) { /* only the first piece tells what it is; the others go with it by their id */
		is_answer = sa->pieces_of[from].is_answer;
		resend = true;
	} else {
		x = exchange_for(t, sa, from, h, print, whole && !part.is, &is_answer, &resend);
		if (part.has_whole)
			join_early(t, sa, from, &part, x, is_answer);
	}
	half = is_answer ? &x->answer : &x->request;
	if (is_answer && sa->worth == WORTH_ASKED)
		set_worth(t, sa, WORTH_ANSWERED);
	if (sa->worth == WORTH_ANSWERED && sa->exchanges_total > 1) {
		set_worth(t, sa, WORTH_WENT_ON);
		predicates_went_on(t, &sa->tunnel->ends[!sa->initiator]);
	}
	if (part.is && sa->version == 1) {
		sa->pieces_of[from].id = part.id;
		sa->pieces_of[from].exchange = x->serial;
		sa->pieces_of[from].is_answer = is_answer;
	}

	if (!whole && is_answer) {
		for (uint32_t i = 0; i < m->train->count && i < TRAIN_PIECES; i++)
			witness_add(&x->partial, m->train->pieces[i].seen);
		x->partial_trains += 1;
	} else {
		note_frames(half, m);
		note_shape(half, m, h);
		if (part.is) {
			note_part(half, &part, sa->version, m->seen);
			if (part.number == 1 && sa->version != 1)
				half->has_inner = true, half->inner = part.inner;
		} else {
			witness_add(&half->sent, m->seen);
			half->complete = half->complete || whole;
			if (!resend) {
				half->print = print;
				note_inner(half, h, m->u.ike.bytes, m->u.ike.cut);
				note_delete(sa, x, is_answer, from, m->seen);
			}
		}
	}
	if (!is_answer && resend && whole && !part.is)
		look_resend(sa->tunnel, from, m->seen);
	if (!is_answer && resend && part.number <= 1 && x->answer.sent.count &&
	    m->seen.time_ns - x->answer.sent.first.time_ns > DUPLICATE_NS)
		x->sends_after_answer += 1;
	if (whole)
		content_read(t, sa, x, is_answer, from, m);
	add_row(t, sa, x, m, from, is_answer, resend, whole, &part);
	path_remember(t, m, sa->tunnel, x->serial);
}

static void saw_any(struct track *t, const struct message *m, bool whole)
{
	uint8_t from = 0;
	struct ike_sa *sa = sa_of(t, m, &from);

	if (!sa)
		return;
	if (sa->exchanges_len == 0)
		sa->mode = m->u.ike.header.exchange;
	sa->last = m->seen;
	tunnel_port(sa->tunnel, from, m->packet->sport);
	tunnel_port(sa->tunnel, (uint8_t)!from, m->packet->dport);
	tunnel_saw(t, sa->tunnel, from, m);
	saw(t, sa, from, m, whole);
}

void ike_saw(struct track *t, const struct message *m)
{
	saw_any(t, m, true);
}

/* A fragment set that never became whole, whose first fragment holds an ISAKMP header. */
void ike_saw_train(struct track *t, const struct message *m)
{
	enum { UDP_HEADER = 8, MARKER = 4 };
	static const uint8_t zero[MARKER];
	struct bytes head = m->train->head;
	struct message inner = *m;
	struct cursor c;

	if (head.len < UDP_HEADER + IKE_HEADER_LEN)
		return;
	head.at += UDP_HEADER, head.len -= UDP_HEADER;
	if (!memcmp(head.at, zero, MARKER))
		head.at += MARKER, head.len -= MARKER;
	c = cur_over(head.at, head.len, true);
	memset(&inner.u, 0, sizeof inner.u);
	if (!ike_parse_header(&c, &inner.u.ike.header) ||
	    !ike_plausible(&inner.u.ike.header, UINT16_MAX))
		return;
	inner.kind = MSG_IKE;
	inner.u.ike.bytes = head;
	inner.u.ike.cut = true;
	saw_any(t, &inner, false);
}

struct exchange *ike_exchange_of(struct tunnel *n, uint32_t serial, struct ike_sa **ret_sa)
{
	for (uint32_t i = n->attempts_len; i-- > 0;)
		for (size_t k = n->attempts[i]->exchanges_len; k-- > 0;)
			if (n->attempts[i]->exchanges[k]->serial == serial) {
				*ret_sa = n->attempts[i];
				return n->attempts[i]->exchanges[k];
			}
	return NULL;
}
