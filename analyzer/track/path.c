/*
 * What the path did: fragments, ICMP errors, sizes, ports that changed, and
 * packets that were recorded twice.
 */
#include "analyzer/track/state.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"

enum { UDP = 17, ESP = 50, AH = 51, WELL_KNOWN = 500, ROOM_TIME_S = 60, ONE_WAY_NS = 500000000 };

/* RFC 1191 6.3: after ten minutes a host may try larger packets again. */
static const int64_t MTU_KEPT_NS = 600 * SECOND_NS;

static struct recent_key recent_key(const struct packet *p)
{
	struct recent_key k;

	memset(&k, 0, sizeof k);
	k.src = p->src;
	k.dst = p->dst;
	k.id = p->id;
	k.protocol = p->protocol;
	return k;
}

static struct recent *recent_add(struct map *m, const struct packet *p)
{
	struct recent_key k = recent_key(p);
	struct recent *r = map_find(m, &k);

	if (!r && map_full(m))
		map_remove(m, map_key(m, map_oldest(m)));
	r = r ? r : map_add(m, &k);
	map_touch(m, r);
	return r;
}

/* Keeps what an ICMP error may quote later. */
void path_remember(struct track *t, const struct message *m, struct tunnel *n, uint32_t exchange)
{
	struct recent *r = recent_add(t->recent, m->packet);

	r->tunnel = n;
	r->serial = n->serial;
	r->exchange = exchange;
	r->seen = m->seen;
	if (m->train && m->train->complete) {
		struct recent *w = recent_add(t->whole, m->packet);

		w->seen = m->seen;
	}
}

/* A receiver may complain of the rest long before we give up waiting for it ourselves. */
void path_saw_fragment(struct track *t, const struct message *m)
{
	uint8_t from = 0;
	struct tunnel *n = m->u.fragment.offset ? NULL : tunnel_find(t, m->packet, &from);

	if (n && from < 2)
		path_remember(t, m, n, 0);
}

void path_note_doubled(struct track *t, struct seen s)
{
	witness_add(&t->duplicates, s);
}

/*
 * Both sides of a translator in one file: the same octets twice within the time
 * of one way, under other addresses. MOBIKE tries another address later, when no answer came.
 */
void path_note_twin(struct track *t, const struct message *m, uint64_t print)
{
	const struct packet *p = m->packet;
	struct said *s = map_find(t->said, &print);
	bool known = s != NULL;

	if (!s && map_full(t->said))
		map_remove(t->said, map_key(t->said, map_oldest(t->said)));
	s = s ? s : map_add(t->said, &print);
	if (known && m->seen.time_ns - s->time_ns >= 0 && m->seen.time_ns - s->time_ns < ONE_WAY_NS &&
	    (!addr_equal(&s->src, &p->src) || !addr_equal(&s->dst, &p->dst)))
		witness_add(&t->nat_twins, m->seen);
	*s = (struct said){ p->src, p->dst, m->seen.time_ns };
}

/*
 * cap.duplicate.span: the same datagram within 5 ms was recorded twice, not sent
 * twice. The hop count may differ by one; the bytes may not.
 */
bool path_doubled(struct track *t, const struct message *m, uint64_t print)
{
	struct recent *r = recent_add(t->recent, m->packet);
	uint32_t kept = r->prints < RECENT_PRINTS ? r->prints : RECENT_PRINTS;

	for (uint32_t i = 0; i < kept; i++) {
		int64_t since = m->seen.time_ns - r->last[i].time_ns;

		if (r->last[i].print == print && since >= 0 && since < DUPLICATE_NS &&
		    m->seen.frame != r->seen.frame) {
			path_note_doubled(t, m->seen);
			if (r->ttl == m->packet->ttl + 1)
				witness_add(&t->hop_twins, m->seen); /* both sides of a router */
			return true;
		}
	}
	r->ttl = m->packet->ttl;
	r->seen = m->seen;
	r->last[r->prints % RECENT_PRINTS].time_ns = m->seen.time_ns;
	r->last[r->prints++ % RECENT_PRINTS].print = print;
	return false;
}

/* Pieces are told in order of arrival; senders send them in order of offset. */
static void note_order(struct trains *d, const struct train *train, uint32_t kept)
{
	if (train->has_first && kept > 1 && train->pieces[0].offset) {
		d->disorder += 1;
		witness_add(&d->disorder_frames, train->pieces[0].seen);
	}
	if (train->overlap) {
		d->overlap += 1;
		d->overlap_differs += train->overlap_differs;
		witness_add(&d->overlap_frames, train->pieces[0].seen);
	}
}

static void note_train(struct trains *d, const struct message *m, bool ike)
{
	const struct train *train = m->train;
	uint32_t kept = train->count < TRAIN_PIECES ? train->count : TRAIN_PIECES;
	struct witness *frames = train->complete ? &d->complete : &d->broken;
	bool later = false;

	d->count += 1;
	d->ike += ike;
	note_order(d, train, kept);
	for (uint32_t i = 0; i < kept; i++) {
		witness_add(frames, train->pieces[i].seen);
		later |= train->pieces[i].offset > 0;
		d->later_pieces += train->pieces[i].offset > 0;
		if (train->pieces[i].packet_len > d->piece_largest)
			d->piece_largest = train->pieces[i].packet_len;
	}
	if (m->packet->len > d->largest)
		d->largest = m->packet->len;
	if (train->complete)
		d->whole += 1;
	else if (train->has_first && !later)
		d->first_only += 1;
	else if (!train->has_first)
		d->first_missing += 1;
	else
		d->partial += 1;
}

/* Is this the second copy of pieces whose set was whole a moment ago? */
static bool leftover(struct track *t, const struct message *m)
{
	struct recent_key k = recent_key(m->packet);
	struct recent *r = map_find(t->whole, &k);

	return r && m->train->pieces[0].seen.time_ns - r->seen.time_ns < ROOM_TIME_S * SECOND_NS;
}

void path_saw_train(struct track *t, const struct message *m)
{
	const struct packet *p = m->packet;
	bool carries_ipsec = p->protocol == ESP || p->protocol == AH ||
			     (p->protocol == UDP && (is_ike_port(p->sport) || is_ike_port(p->dport)));
	bool ike = p->protocol == UDP;
	struct tunnel *n;
	uint8_t from = 0;

	if (!m->train->complete && leftover(t, m)) {
		path_note_doubled(t, m->seen);
		return;
	}
	/* later fragments name no port: they belong to a tunnel of that pair, if there is one */
	n = carries_ipsec ? tunnel_of_packet(t, p, false, &from) : tunnel_find(t, p, &from);
	if (!n || from > 1)
		return;
	if (m->train->has_first && !carries_ipsec)
		return;
	note_train(&n->trains[from], m, ike);
	headers_saw_train(t, n, from, m);
	if (!m->train->complete) {
		path_remember(t, m, n, 0);
		if (p->protocol == UDP && m->train->has_first)
			ike_saw_train(t, m);
	}
}

/* An outside port that changes for the same inside socket: nat.mapping_changed. */
static void note_mapping(struct tunnel *n, uint8_t from, const struct message *m)
{
	const struct packet *p = m->packet;
	uint8_t to = (uint8_t)!from;

	if (n->mapping[to].count && p->dport == n->mapping_from[to] && p->dport != n->mapping_to[to])
		n->stale_sends[to] += 1;
	if (p->sport == 0 || p->dport == WELL_KNOWN || p->sport == WELL_KNOWN)
		return;
	if (n->last_sport[from] && n->last_sport[from] != p->sport && p->dport == 4500) {
		witness_add(&n->mapping[from], m->seen);
		n->mapping_back[from] += n->mapping[from].count > 1 && p->sport == n->mapping_from[from];
		n->mapping_from[from] = n->last_sport[from];
		n->mapping_to[from] = p->sport;
		n->mapping_idle[from] = n->last_mapped[from];
	}
	if (p->dport == 4500) {
		n->last_sport[from] = p->sport;
		n->last_mapped[from] = m->seen;
	}
}

void path_saw_packet(struct track *t, struct tunnel *n, uint8_t from, const struct message *m)
{
	const struct packet *p = m->packet;
	struct size_way *s = &n->sizes[from];
	uint32_t len = m->train ? 0 : p->len; /* what one packet of the wire measured */
	int64_t since;

	if (!m->train)
		headers_saw(t, n, from, m);
	note_mapping(n, from, m);
	look_saw(n, from, m);
	s->packets += 1;
	s->unfragmented += !m->train;
	for (uint32_t i = 0; m->train && i < m->train->count && i < TRAIN_PIECES; i++)
		if (m->train->pieces[i].packet_len > len)
			len = m->train->pieces[i].packet_len;
	if (len > s->largest)
		s->largest = len;
	s->large += len > LARGE;
	since = m->seen.time_ns - s->mtu_at.time_ns;
	if (s->mtu && len > s->mtu && p->df && since > SECOND_NS && since < MTU_KEPT_NS) {
		s->large_after += 1;
		witness_add(&s->large_after_frames, m->seen);
	}
}

static bool too_big(const struct icmp_error *e, uint8_t family)
{
	return family == 4 ? e->type == 3 && e->code == 4 : e->type == 2;
}

static struct icmp_group *group_of(struct track *t, struct tunnel *n, const struct message *m,
				   uint8_t quoted_from, int what)
{
	const struct icmp_error *e = &m->u.icmp;
	const struct packet *p = m->packet;
	struct icmp_group *g;

	n->icmp_total += 1;
	for (size_t i = 0; i < n->icmp_len; i++) {
		g = &n->icmp[i];
		if (g->family == p->src.family && g->type == e->type && g->code == e->code &&
		    g->quoted_from == quoted_from && (int)g->what == what &&
		    addr_equal(&g->source, &p->src))
			return g;
	}
	if (n->icmp_len == MAX_ICMP || t->icmp_groups == MAX_ALL_ICMP) {
		t->icmp_capped = true;
		return NULL;
	}
	t->icmp_groups += 1;
	g = MEM_PUSH(n->icmp, n->icmp_len, n->icmp_room);
	*g = (struct icmp_group){ .family = p->src.family, .type = e->type, .code = e->code,
				  .quoted_from = quoted_from, .source = p->src, .to = p->dst,
				  .ttl = p->ttl };
	g->what = (unsigned)what;
	return g;
}

static int what_is_quoted(const struct icmp_error *e)
{
	const struct packet *q = &e->quoted;

	if (e->quoted_offset)
		return QUOTES_FRAGMENT;
	if (q->protocol == ESP || e->quotes_esp)
		return q->protocol == AH ? QUOTES_AH : QUOTES_ESP;
	if (q->protocol == AH)
		return QUOTES_AH;
	if (q->protocol == UDP && e->quoted_payload.len >= 6 && e->quoted_payload.at[4] == 0 &&
	    e->quoted_payload.at[5] == 9)
		return QUOTES_KEEPALIVE; /* a UDP length of 9: one octet */
	return QUOTES_IKE;
}

static bool quote_fits(const struct tunnel *n, const struct packet *q)
{
	if (q->protocol != UDP)
		return q->protocol == ESP || q->protocol == AH;
	for (uint8_t end = 0; end < 2; end++)
		for (uint32_t i = 0; i < n->ports_len[end]; i++)
			if (n->ports[end][i] == q->dport || n->ports[end][i] == q->sport)
				return true;
	return is_ike_port(q->dport);
}

static void add_icmp_row(struct track *t, struct tunnel *n, const struct message *m, uint8_t from)
{
	struct row r = { .seen = m->seen, .kind = ROW_ICMP, .from = from, .ip_bytes = m->packet->len,
			 .pieces = 1, .pieces_seen = 1 };

	r.u.icmp.family = m->packet->src.family;
	r.u.icmp.type = m->u.icmp.type;
	r.u.icmp.code = m->u.icmp.code;
	tunnel_row(t, n, &r);
}

struct quoted { /* what an ICMP error complains of, when it is in the file */
	bool matched;
	struct seen seen;  /* frame 0 when only its flow is known */
	struct tunnel *tunnel;
	uint32_t exchange; /* serial, 0 for none */
	bool is_esp;       /* known by its IP id alone */
};

/* ESP by its number, everything else by its IP id. */
static struct quoted quoted_by(const struct track *t, const struct tunnel *n, uint8_t from,
			       const struct message *m)
{
	const struct icmp_error *e = &m->u.icmp;
	struct recent_key key = recent_key(&e->quoted);
	const struct recent *r = map_find(t->recent, &key);
	uint8_t protocol = e->quoted.protocol == AH ? AH : ESP;
	const struct flow *f = e->quotes_esp ? flow_find(t, e->spi, &e->quoted.dst, protocol) : NULL;
	const struct flow_packet *short_quote;

	if (f && e->sequence - f->seq_first <= f->seq_max - f->seq_first) {
		const struct flow_packet *p = flow_packet(f, e->sequence);

		return (struct quoted){ .matched = true, .seen = p ? p->seen : (struct seen){ 0 } };
	}
	if (r && r->tunnel && r->tunnel->serial == r->serial && r->seen.time_ns <= m->seen.time_ns)
		return (struct quoted){ true, r->seen, r->tunnel, r->exchange, false };
	short_quote = flow_packet_of_id(n, from, e->quoted.id);
	if (short_quote)
		return (struct quoted){ .matched = true, .seen = short_quote->seen, .is_esp = true };
	return (struct quoted){ .matched = false };
}

/* An error counts for the tunnel whose packet it quotes, and only when that packet was seen. */
void path_saw_icmp(struct track *t, const struct message *m)
{
	const struct icmp_error *e = &m->u.icmp;
	struct tunnel *n;
	struct icmp_group *g;
	uint8_t from = 0;
	struct quoted q;

	if (!e->quotes)
		return;
	n = tunnel_find(t, &e->quoted, &from);
	if (!n || from > 1 || !quote_fits(n, &e->quoted))
		return;
	q = quoted_by(t, n, from, m);
	g = group_of(t, n, m, from, q.is_esp ? QUOTES_ESP : what_is_quoted(e));
	if (!g)
		return;
	g->count += 1;
	g->quoted_len = e->quoted.len;
	g->quoted_df = e->quoted.df;
	g->dport = e->quoted.dport;
	if (e->mtu || !g->mtu)
		g->mtu = e->mtu;
	witness_add(&g->frames, m->seen);
	if (!q.matched) {
		witness_add(&n->icmp_quotes_unmatched, m->seen);
		return;
	}
	if (!g->matched++)
		g->first_quoted = q.seen;
	if (q.exchange) {
		struct ike_sa *sa;
		struct exchange *x = ike_exchange_of(q.tunnel, q.exchange, &sa);

		if (x)
			x->icmp += 1;
		g->quotes_answer += x && x->from != from;
	}
	headers_saw_icmp(t, n, m);
	add_icmp_row(t, n, m, tunnel_end(n, &m->packet->src) < 2 ? tunnel_end(n, &m->packet->src) : !from);
	if (too_big(e, m->packet->src.family)) {
		struct size_way *s = &n->sizes[from];

		if (!s->mtu_at.frame || e->mtu != s->mtu)
			s->mtu_at = m->seen;
		s->mtu = e->mtu;
		s->mtu_source = m->packet->src;
		witness_add(&s->mtu_frames, m->seen);
	}
}
