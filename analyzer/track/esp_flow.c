/*
 * ESP and AH: one flow is one SPI in one direction; its sequence numbers tell
 * what is missing, doubled or late (diagnoses.md method E).
 */
#include "analyzer/track/state.h"
#include "dissect/base/mem.h"

enum { LATE_NUMBERS = 1024, BACKWARDS = 1u << 31, PARTNER_NS = 1000000000 };

static bool is_set(const struct flow *f, uint32_t seq)
{
	return f->window[seq % ESP_WINDOW / 64] >> (seq % 64) & 1;
}

static void set(struct flow *f, uint32_t seq, bool on)
{
	uint64_t bit = UINT64_C(1) << (seq % 64);
	uint64_t *word = &f->window[seq % ESP_WINDOW / 64];

	*word = on ? *word | bit : *word & ~bit;
}

/* Numbers inside the window, up to the highest, that nobody has seen. */
uint64_t flow_holes(const struct flow *f)
{
	uint32_t span = f->seq_max - f->seq_first + 1;
	uint64_t holes = 0;

	for (uint32_t i = 0; i < span && i < ESP_WINDOW; i++)
		holes += !is_set(f, f->seq_max - i);
	return holes;
}

/* A number that leaves the window without having been seen is lost. */
static void advance(struct flow *f, uint32_t seq)
{
	uint32_t steps = seq - f->seq_max;

	if (steps >= ESP_WINDOW) {
		f->lost += flow_holes(f) + steps - ESP_WINDOW;
		memset(f->window, 0, sizeof f->window);
	}
	for (uint32_t i = 1; steps < ESP_WINDOW && i <= steps; i++) {
		uint32_t next = f->seq_max + i;

		if (next - f->seq_first >= ESP_WINDOW && !is_set(f, next))
			f->lost += 1; /* the slot of the number 4096 before */
		set(f, next, false);
	}
	f->seq_max = seq;
	set(f, seq, true);
	f->received += 1;
}

static void note_sequence(struct flow *f, uint32_t seq)
{
	if (f->packets == 1) {
		f->seq_first = f->seq_max = seq;
		f->received = 1;
		set(f, seq, true);
	} else if (seq - f->seq_max - 1 < BACKWARDS - 1) {
		advance(f, seq);
	} else if (f->seq_max - seq < ESP_WINDOW && is_set(f, seq)) {
		f->duplicates += 1;
	} else if (f->seq_max - seq < ESP_WINDOW) {
		if (seq - f->seq_first >= BACKWARDS)
			f->seq_first = seq; /* the flow's first number came late */
		set(f, seq, true);
		f->reordered += 1;
		f->received += 1;
	} else {
		f->reordered += 1;
	}
}

static struct flow_key flow_key(uint32_t spi, const struct addr *dst, uint8_t protocol)
{
	struct flow_key k;

	memset(&k, 0, sizeof k);
	k.spi = spi;
	k.protocol = protocol;
	k.dst = *dst;
	return k;
}

const struct flow *flow_find(const struct track *t, uint32_t spi, const struct addr *dst, uint8_t protocol)
{
	struct flow_key k = flow_key(spi, dst, protocol);
	const struct flow_ref *ref = map_find(t->flows, &k);

	return ref ? ref->flow : NULL;
}

const struct flow_packet *flow_packet(const struct flow *f, uint32_t sequence)
{
	const struct flow_packet *p = &f->recent[sequence % FLOW_RECENT];

	return p->seen.frame && p->sequence == sequence ? p : NULL;
}

/* Recorded twice, not sent twice: the same number with the same bytes, at once. */
static bool doubled(struct track *t, struct flow *f, const struct message *m)
{
	uint32_t print = (uint32_t)m->u.esp.print;
	const struct flow_packet *before = flow_packet(f, m->u.esp.sequence);
	int64_t since = before ? m->seen.time_ns - before->seen.time_ns : -1;

	if (before && before->print == print && since >= 0 && since < DUPLICATE_NS) {
		path_note_doubled(t, m->seen);
		return true;
	}
	f->recent[m->u.esp.sequence % FLOW_RECENT] =
		(struct flow_packet){ m->seen, m->u.esp.sequence, print };
	return false;
}

void flow_unlist(struct track *t, const struct flow *f)
{
	struct flow_key key = flow_key(f->spi, &f->to, f->protocol);

	map_remove(t->flows, &key);
}

/* Its numbers stay in the totals of the tunnel; only its own row goes. */
static void forget(struct track *t, struct tunnel *n, uint32_t at)
{
	flow_unlist(t, n->flows[at]);
	mem_free(n->flows[at]);
	memmove(n->flows + at, n->flows + at + 1, (n->flows_len - at - 1) * sizeof *n->flows);
	n->flows_len -= 1;
	t->flows_capped = true;
}

/* The one that has been quiet longest; how the tunnel began stays known. */
static void make_room(struct track *t, struct tunnel *n)
{
	uint32_t oldest = FIRST_FLOWS;

	for (uint32_t i = FIRST_FLOWS; i < n->flows_len; i++)
		if (n->flows[i]->last.time_ns < n->flows[oldest]->last.time_ns)
			oldest = i;
	forget(t, n, oldest);
}

static void make_room_for_all(struct track *t)
{
	struct flow_ref *oldest = map_oldest(t->flows);

	for (uint32_t i = 0; i < oldest->tunnel->flows_len; i++)
		if (oldest->tunnel->flows[i] == oldest->flow) {
			forget(t, oldest->tunnel, i);
			return;
		}
}

static struct flow_ref *flow_of(struct track *t, const struct message *m, uint8_t protocol)
{
	struct flow_key key = flow_key(m->u.esp.spi, &m->packet->dst, protocol);
	struct flow_ref *ref = map_find(t->flows, &key);
	struct tunnel *n;
	uint8_t from = 0;

	if (ref)
		return ref;
	n = tunnel_of_packet(t, m->packet, false, &from);
	if (!n || from > 1)
		return NULL;
	if (n->flows_len == MAX_FLOWS)
		make_room(t, n);
	if (map_full(t->flows))
		make_room_for_all(t);
	ref = map_add(t->flows, &key);
	*ref = (struct flow_ref){ mem_zero(sizeof *ref->flow), n };
	*ref->flow = (struct flow){ .spi = key.spi, .from = from, .protocol = protocol, .to = key.dst,
				    .carriage = m->u.esp.carriage, .first = m->seen,
				    .smallest = UINT32_MAX };
	n->flows[n->flows_len++] = ref->flow;
	n->flows_total += 1;
	return ref;
}

/*
 * Method C's mirror test: what is heard has, as a rule, an answer. A large
 * packet is taken for heard when something comes back within a second that
 * cannot be the answer to a small one sent since, or is at least half as large.
 */
static void partner_up(struct data_way *asked, const struct message *m)
{
	if (asked->small_open && m->seen.time_ns - asked->last_small.time_ns < PARTNER_NS) {
		asked->small_partnered += 1;
		asked->small_open -= 1;
	} else {
		asked->small_open = 0;
	}
	if (m->seen.time_ns - asked->gap_from.time_ns >= PARTNER_NS)
		asked->large_open = 0;
	if (asked->large_open && (!asked->small_since_large || m->packet->len >= asked->last_large_len / 2)) {
		asked->large_partnered += asked->large_open;
		asked->large_open = 0;
	}
}

static void mirror(struct tunnel *n, uint8_t from, const struct message *m)
{
	struct data_way *out = &n->data[from];
	uint32_t len = m->packet->len;

	partner_up(&n->data[!from], m);
	if (len > LARGE) {
		double gap = (double)(m->seen.time_ns - out->gap_from.time_ns) / 1e9;

		out->large += 1;
		out->large_open += 1;
		out->small_since_large = false;
		witness_add(&out->large_frames, m->seen);
		if (len == out->last_large_len && out->gap_from.frame) {
			/* the same size again at growing gaps: what TCP inside repeats */
			if (out->last_gap > 0.1 && gap > 1.5 * out->last_gap && gap < 3 * out->last_gap)
				out->resend_trains += 1;
			out->last_gap = gap;
		} else {
			out->last_gap = 0;
		}
		out->gap_from = m->seen;
		out->last_large_len = len;
	} else {
		out->small += 1;
		out->small_open += 1;
		out->small_since_large = true;
		out->last_small = m->seen;
	}
}

static void add_esp_row(struct track *t, struct tunnel *n, uint8_t from, const struct message *m, const struct flow *f)
{
	struct row r = { .seen = m->seen, .kind = ROW_ESP, .from = from, .ip_bytes = m->packet->len,
			 .pieces = 1, .pieces_seen = 1 };

	if (f->packets > 1)
		return; /* one row where a flow begins; the numbers stand in the flow */
	r.u.esp.spi = f->spi;
	r.u.esp.protocol = f->protocol;
	tunnel_row(t, n, &r);
}

void esp_saw(struct track *t, const struct message *m)
{
	struct flow_ref *ref = flow_of(t, m, m->kind == MSG_AH ? 51 : 50);
	struct data_way *way;
	struct tunnel *n;
	struct flow *f;

	if (!ref || doubled(t, ref->flow, m))
		return;
	f = ref->flow;
	n = ref->tunnel;
	tunnel_saw(t, n, f->from, m);
	way = &n->data[f->from];
	n->data[!f->from].after = 0;
	if (!way->after++)
		way->after_first = m->seen;
	way->after_last = m->seen;
	way->packets += 1;
	way->bytes += m->packet->len;
	witness_add(&way->frames, m->seen);
	mirror(n, f->from, m);
	f->packets += 1;
	f->bytes += m->packet->len;
	f->last = m->seen;
	if (m->packet->len > f->largest)
		f->largest = m->packet->len;
	if (m->packet->len < f->smallest)
		f->smallest = m->packet->len;
	note_sequence(f, m->u.esp.sequence);
	add_esp_row(t, n, f->from, m, f);
}
