/*
 * ESP and AH: one flow is one SPI in one direction; its sequence numbers tell
 * what is missing, doubled or late (diagnoses.md method E).
 */
#include "analyzer/track/state.h"

#include <math.h>

#include "dissect/base/mem.h"

enum { BACKWARDS = 1u << 31, PARTNER_NS = 1000000000, FLIGHT_NS = 100000000, GROWTHS = 3 };
enum { RESTART_BELOW = 100, RESTART_ABOVE = 1000, RESTART_RUN = 5, NEARLY_WRAPPED = 1000000 };
enum { SHORT_TAIL = 180, IP4_HEAD = 20, IP6_HEAD = 40, ESP_TAIL_MIN = 2, ESP_TAIL_MAX = 2 + 16 + 32 };

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

/* The two places nearest to each other become one: what lies between them was received. */
void flow_join_gaps(struct flow *f)
{
	uint32_t best = 1;

	for (uint32_t i = 2; i < f->gaps_len; i++)
		if (f->gaps[i].first - f->gaps[i - 1].last < f->gaps[best].first - f->gaps[best - 1].last)
			best = i;
	f->gaps[best - 1].last = f->gaps[best].last;
	f->gaps[best - 1].missing += f->gaps[best].missing;
	memmove(f->gaps + best, f->gaps + best + 1, (f->gaps_len - best - 1) * sizeof *f->gaps);
	f->gaps_len -= 1;
}

static void note_gap(struct flow *f, uint32_t at, uint64_t numbers)
{
	struct flow_gap *last = f->gaps_len ? &f->gaps[f->gaps_len - 1] : NULL;

	if (f->run && last) {
		last->last = (uint32_t)(at + numbers - 1);
		last->missing += numbers;
		return;
	}
	if (f->gaps_len == FLOW_GAPS)
		flow_join_gaps(f);
	f->gaps[f->gaps_len++] = (struct flow_gap){ at, (uint32_t)(at + numbers - 1), numbers };
}

/* Numbers from `at` on are settled in ascending order, so that a gap is seen as one. */
static void settle(struct flow *f, bool missing, uint32_t at, uint64_t numbers)
{
	if (!missing) {
		f->run = 0;
		return;
	}
	note_gap(f, at, numbers);
	f->lost += numbers;
	f->runs += f->run == 0;
	f->run += numbers;
	if (f->run > f->longest_run)
		f->longest_run = f->run;
}

static void settle_window(struct flow *f)
{
	uint32_t span = f->seq_max - f->seq_first + 1;
	uint32_t from = span < ESP_WINDOW ? 0 : span - ESP_WINDOW;

	for (uint32_t i = from; i < span; i++)
		settle(f, !is_set(f, f->seq_first + i), f->seq_first + i, 1);
}

/* Wilson's interval for a share, z 1.96. */
void flow_interval(uint64_t lost, uint64_t of, double *ret_low, double *ret_high)
{
	const double z = 1.96, z2 = z * z;
	double n = of ? (double)of : 1, p = (double)lost / n;
	double middle = p + z2 / (2 * n), off = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n));

	*ret_low = (middle - off) / (1 + z2 / n);
	*ret_high = (middle + off) / (1 + z2 / n);
	if (*ret_low < 0 || !lost)
		*ret_low = 0;
}

/* As if nothing came any more: what is missing now stays so. */
struct flow flow_settled(const struct flow *f)
{
	struct flow now = *f;

	settle_window(&now);
	return now;
}

/* A number that leaves the window without having been seen is lost. */
static void advance(struct flow *f, uint32_t seq)
{
	uint32_t steps = seq - f->seq_max;

	f->wrapped |= seq < f->seq_max;
	if (steps >= ESP_WINDOW) {
		settle_window(f);
		settle(f, steps > ESP_WINDOW, f->seq_max + 1, steps - ESP_WINDOW);
		memset(f->window, 0, sizeof f->window);
	}
	for (uint32_t i = 1; steps < ESP_WINDOW && i <= steps; i++) {
		uint32_t next = f->seq_max + i;

		if (next - f->seq_first >= ESP_WINDOW) /* the slot of the number 4096 before */
			settle(f, !is_set(f, next), next - ESP_WINDOW, 1);
		set(f, next, false);
	}
	f->seq_max = seq;
	set(f, seq, true);
	f->received += 1;
}

static void begin(struct flow *f, uint32_t seq)
{
	f->seq_first = f->seq_max = seq;
	f->received += 1;
	memset(f->window, 0, sizeof f->window);
	set(f, seq, true);
}

/* RFC 4303 2.2: on one SPI numbers only rise. Five small ones in a row after large ones: the sender began anew. */
static bool restarts(struct flow *f, uint32_t seq, struct seen seen)
{
	uint32_t before = f->seq_max;

	if (before <= RESTART_ABOVE || seq >= before || before >= UINT32_MAX - NEARLY_WRAPPED) {
		f->low_run = 0;
		return false;
	}
	f->low_run = f->low_run && seq == f->low_last + 1 ? f->low_run + 1 : seq <= RESTART_BELOW;
	f->low_last = seq;
	if (f->low_run < RESTART_RUN)
		return false;
	f->low_run = 0;
	f->restarts += 1;
	f->restarted_from = before;
	f->restarted = seen;
	settle_window(f);
	f->gaps_len = 0; /* the places of what went before mean nothing beside the new numbers */
	f->run = 0;
	begin(f, seq);
	return true;
}

static void note_late(struct flow *f, uint32_t by)
{
	f->reordered += 1;
	f->late[0] += by >= 32;
	f->late[1] += by >= 64;
	f->late[2] += by >= 1024;
}

/* Past 2^32 only from near it: extended numbers send their low half. */
static bool rises(const struct flow *f, uint32_t seq)
{
	return seq - f->seq_max - 1 < BACKWARDS - 1 &&
	       (seq > f->seq_max || f->seq_max >= UINT32_MAX - NEARLY_WRAPPED);
}

static void note_sequence(struct flow *f, uint32_t seq, struct seen seen)
{
	if (f->packets == 1) {
		begin(f, seq);
	} else if (restarts(f, seq, seen)) {
		return;
	} else if (rises(f, seq)) {
		advance(f, seq);
	} else if (f->seq_max - seq < ESP_WINDOW && is_set(f, seq)) {
		f->duplicates += 1;
	} else if (f->seq_max - seq < ESP_WINDOW) {
		if (seq - f->seq_first >= BACKWARDS)
			f->seq_first = seq; /* the flow's first number came late */
		set(f, seq, true);
		note_late(f, f->seq_max - seq);
		f->received += 1;
	} else {
		note_late(f, f->seq_max - seq);
	}
}

/* Loss against load, second by second: what a policer does shows only in the busy ones. */
static void note_second(struct pace *pace, struct flow *f, uint32_t seq, struct seen seen)
{
	int64_t second;
	uint32_t until, offered;

	if (f->packets > 1 && (uint64_t)(seen.time_ns - f->second * SECOND_NS) < (uint64_t)SECOND_NS) {
		f->second_got += 1;
		return;
	}
	second = seen.time_ns / SECOND_NS;
	/* numbers missing between two seconds are the tail of the first */
	until = f->packets > 1 && second == f->second + 1 && rises(f, seq) ? seq - 1 : f->seq_max;
	offered = until - f->second_seq;
	if (f->packets > 1 && offered < BACKWARDS) {
		unsigned step = look_step(offered);
		uint32_t lost = offered > f->second_got ? offered - f->second_got : 0;

		pace->rates[step].offered += offered;
		pace->rates[step].lost += lost;
		pace->rates[step].seconds += 1;
		pace->rates[step].lossy += lost > 0;
	}
	f->second = second;
	f->second_seq = f->packets > 1 && !rises(f, seq) ? f->seq_max : seq - 1;
	f->second_got = 1;
}

/*
 * What the lengths tell of an unknown suite (diagnoses.md data.esp.icv_mismatch): with a block
 * cipher all that is left beside IV and padded blocks is the integrity value.
 */
static void note_lengths(struct flow *f, uint32_t len)
{
	f->residues |= (uint16_t)(1u << (len - 8) % 16);
	if (f->lengths_len == sizeof f->lengths / sizeof *f->lengths)
		return;
	for (uint32_t i = 0; i < f->lengths_len; i++)
		if (f->lengths[i] == len)
			return;
	f->lengths[f->lengths_len++] = len;
}

static uint32_t sum_of(const uint8_t *at, size_t words)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < words; i++)
		sum += (uint32_t)(at[2 * i] << 8 | at[2 * i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* RFC 2410: behind SPI and sequence number a whole IP packet, then padding and integrity value. */
static bool shows_inner(const struct message *m)
{
	struct bytes b = m->u.esp.bytes;
	const uint8_t *ip;
	uint32_t rest = m->u.esp.len - 8, said;

	if (b.len < 8 + IP4_HEAD || m->u.esp.len < 8 + IP4_HEAD)
		return false;
	ip = b.at + 8;
	if (ip[0] == 0x45) {
		said = (uint32_t)(ip[2] << 8 | ip[3]);
		return said >= IP4_HEAD && said + ESP_TAIL_MIN <= rest && rest <= said + ESP_TAIL_MAX &&
		       sum_of(ip, IP4_HEAD / 2) == 0xffff;
	}
	if (ip[0] >> 4 != 6 || b.len < 8 + IP6_HEAD)
		return false;
	said = (uint32_t)(ip[4] << 8 | ip[5]) + IP6_HEAD;
	return said + ESP_TAIL_MIN <= rest && rest <= said + ESP_TAIL_MAX;
}

/* Fragmented after encryption: a full piece and a short rest, packet for packet. */
static void note_pieces(struct data_way *way, const struct message *m)
{
	const struct train *t = m->train;

	if (!t)
		return;
	way->fragmented += 1;
	for (uint32_t i = 0; i < t->count && i < TRAIN_PIECES; i++) {
		witness_add(&way->fragmented_frames, t->pieces[i].seen);
		way->tails += t->count == 2 && t->pieces[i].offset && t->pieces[i].packet_len <= SHORT_TAIL;
	}
}

static void note_content(struct tunnel *n, struct flow *f, const struct message *m)
{
	const struct packet *p = m->packet;

	if (f->protocol == 50) {
		note_lengths(f, m->u.esp.len);
		if (shows_inner(m)) {
			f->inner_headers += 1;
			f->inner_seen = m->seen;
		}
	}
	if (!addr_equal(&p->src, &n->ends[f->from]) && tunnel_end(n, &p->src) > 1) {
		f->foreign += 1;
		f->foreign_source = p->src;
		f->foreign_seen = m->seen;
	}
	note_pieces(&n->data[f->from], m);
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

const struct flow_packet *flow_packet_of_id(const struct tunnel *n, uint8_t from, uint32_t id)
{
	for (uint32_t i = 0; id && i < n->flows_len; i++)
		for (uint32_t k = 0; n->flows[i]->from == from && k < FLOW_RECENT; k++)
			if (n->flows[i]->recent[k].seen.frame && n->flows[i]->recent[k].id == id)
				return &n->flows[i]->recent[k];
	return NULL;
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
		(struct flow_packet){ m->seen, m->u.esp.sequence, print, m->packet->has_id ? m->packet->id : 0 };
	return false;
}

void flow_unlist(struct track *t, const struct flow *f)
{
	struct flow_key key = flow_key(f->spi, &f->to, f->protocol);

	t->known_flows[f->spi % KNOWN_SPIS] = NULL;
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

/* Most packets follow one of their own flow. */
static struct flow_ref *flow_known(struct track *t, const struct message *m, uint8_t protocol)
{
	struct flow_ref *ref = t->known_flows[m->u.esp.spi % KNOWN_SPIS];

	return ref && ref->flow->spi == m->u.esp.spi && ref->flow->protocol == protocol &&
			       addr_equal(&ref->flow->to, &m->packet->dst)
		       ? ref
		       : NULL;
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

/* Nothing can be heard any more of the large packets that are open. */
static bool is_too_late(const struct data_way *asked, int64_t now_ns)
{
	return asked->large_open && now_ns - asked->gap_from.time_ns >= PARTNER_NS;
}

uint64_t esp_large_unheard(const struct data_way *asked, int64_t now_ns)
{
	bool more = is_too_late(asked, now_ns) && !asked->large_doubtful;

	return asked->large_unheard + (more ? asked->large_open : 0);
}

static void settle_large(struct tunnel *n, uint8_t sender, int64_t now_ns)
{
	struct data_way *asked = &n->data[sender];

	if (!is_too_late(asked, now_ns))
		return;
	series_unheard(n, sender);
	asked->large_unheard = esp_large_unheard(asked, now_ns);
	asked->large_open = 0;
}

/*
 * Method C's mirror test: what is heard has, as a rule, an answer. A large
 * packet is taken for heard when more comes back within a second than small
 * ones were sent since, or something at least half as large. When the small
 * ones left in one flight with it (the end of a short download, and what
 * acknowledges it), nothing is known of the large one.
 */
static void partner_up(struct tunnel *n, uint8_t sender, const struct message *m)
{
	struct data_way *asked = &n->data[sender];

	if (asked->small_open && m->seen.time_ns - asked->last_small.time_ns < PARTNER_NS) {
		asked->small_partnered += 1;
		asked->small_open -= 1;
	} else {
		asked->small_open = 0;
	}
	settle_large(n, sender, m->seen.time_ns);
	if (!asked->large_open)
		return;
	asked->back_since_large += 1;
	if (asked->back_since_large > asked->small_since_large || m->packet->len >= asked->last_large_len / 2) {
		series_heard(n, sender);
		asked->large_partnered += asked->large_open;
		asked->large_open = 0;
	} else {
		asked->large_doubtful |= asked->same_flight;
	}
}

/* The same size again and again at growing gaps: what TCP inside repeats (RFC 6298 5.5). */
static void note_growth(struct data_way *out, const struct message *m)
{
	double gap = (double)(m->seen.time_ns - out->gap_from.time_ns) / 1e9;
	bool again = m->packet->len == out->last_large_len && out->gap_from.frame;
	bool grown = again && out->last_gap > 0.1 && gap > 1.5 * out->last_gap && gap < 3 * out->last_gap;

	out->growths = grown ? out->growths + 1 : 0;
	out->resend_trains += out->growths == GROWTHS;
	out->last_gap = again ? gap : 0;
}

static void mirror(struct tunnel *n, uint8_t from, const struct message *m)
{
	struct data_way *out = &n->data[from];

	partner_up(n, !from, m);
	if (m->packet->len > LARGE) {
		settle_large(n, from, m->seen.time_ns);
		note_growth(out, m);
		if (!out->large_open)
			out->large_doubtful = false;
		out->large += 1;
		out->large_open += 1;
		out->small_since_large = out->back_since_large = 0;
		out->same_flight = false;
		witness_add(&out->large_frames, m->seen);
		out->gap_from = m->seen;
		out->last_large_len = m->packet->len;
	} else {
		out->small += 1;
		out->small_open += 1;
		out->small_since_large += 1;
		out->same_flight |= m->seen.time_ns - out->gap_from.time_ns < FLIGHT_NS;
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

/* What AH protects is told after it, of the same frame: two flows, but one packet of the tunnel. */
static bool is_inside_ah(const struct data_way *way, const struct message *m)
{
	return m->u.esp.carriage == CARRIED_IP && way->last_ah.frame == m->seen.frame &&
	       way->last_ah.capture == m->seen.capture;
}

static void count_way(struct tunnel *n, uint8_t from, const struct message *m)
{
	struct data_way *way = &n->data[from];

	n->data[!from].after = 0;
	if (!way->after++)
		way->after_first = m->seen;
	way->after_last = m->seen;
	way->packets += 1;
	way->bytes += m->packet->len;
	if (m->kind == MSG_AH)
		way->last_ah = m->seen;
	witness_add(&way->frames, m->seen);
	mirror(n, from, m);
}

void esp_saw(struct track *t, const struct message *m)
{
	uint8_t protocol = m->kind == MSG_AH ? 51 : 50;
	struct flow_ref *ref = flow_known(t, m, protocol);
	struct tunnel *n;
	struct flow *f;

	if (!ref)
		ref = flow_of(t, m, protocol);
	if (!ref || doubled(t, ref->flow, m))
		return;
	f = ref->flow;
	n = ref->tunnel;
	t->known_flows[f->spi % KNOWN_SPIS] = ref;
	tunnel_saw(t, n, f->from, m);
	if (!is_inside_ah(&n->data[f->from], m))
		count_way(n, f->from, m);
	f->packets += 1;
	f->bytes += m->packet->len;
	f->last = m->seen;
	if (m->packet->len > f->largest)
		f->largest = m->packet->len;
	if (m->packet->len < f->smallest)
		f->smallest = m->packet->len;
	note_second(look_pace(n, f->from), f, m->u.esp.sequence, m->seen);
	note_sequence(f, m->u.esp.sequence, m->seen);
	note_content(n, f, m);
	add_esp_row(t, n, f->from, m, f);
}
