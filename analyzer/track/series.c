/*
 * What a tunnel carried over time, and in which sizes: bounded series for the figures.
 *
 * Time: while there are few packets each is a point of its own. When the points
 * run out, neighbours of one sender join into slots, and the slots grow as the
 * capture goes on. A packet costs a comparison and two additions.
 *
 * Sizes: steps of 16 octets, each with its lowest and highest size. Large packets
 * of ESP are told apart by method C's mirror test (esp_flow.c): a step keeps how
 * many of a batch are open; a batch that is heard costs nothing, one that is not
 * costs a walk, at most once a second.
 */
#include "analyzer/track/state.h"
#include "dissect/base/mem.h"

enum { MAX_POINTS = 240, ALL_POINTS = 4096, LEAST_POINTS = 8 };
enum { SIZE_STEP = 16, ALL_STEPS = 2048, LEAST_STEPS = 4 };

struct series_point {
	int64_t at_ns;
	uint64_t ike, data;           /* IP octets */
	uint32_t packets;
	uint8_t from;
};

static void join(struct series_point *into, const struct series_point *p)
{
	into->ike += p->ike;
	into->data += p->data;
	into->packets += p->packets;
}

static int64_t slot_of(const struct series *s, int64_t at_ns)
{
	return (at_ns - s->points[0].at_ns) / s->width_ns;
}

/* Where the slot of a sender's last point ends; before all times when it has none, or no slots are used. */
static int64_t slot_end(const struct series *s, uint8_t from)
{
	const struct series_point *last = s->len ? &s->points[s->last[from]] : NULL;

	return s->width_ns && last && last->from == from
		       ? s->points[0].at_ns + (slot_of(s, last->at_ns) + 1) * s->width_ns
		       : INT64_MIN;
}

static uint32_t find_last(const struct series *s, uint8_t from)
{
	uint32_t i = s->len;

	while (i > 0 && s->points[i - 1].from != from)
		i -= 1;
	return i ? i - 1 : 0;
}

/* Joins what lies in one slot; `last` afterwards names the last point of each sender. */
static void join_slots(struct series *s)
{
	uint32_t kept = 0, last[2] = { 0, 0 };
	bool has[2] = { false, false };

	for (uint32_t i = 0; i < s->len; i++) {
		struct series_point p = s->points[i];

		if (has[p.from] && slot_of(s, s->points[last[p.from]].at_ns) == slot_of(s, p.at_ns)) {
			join(&s->points[last[p.from]], &p);
			continue;
		}
		last[p.from] = kept;
		has[p.from] = true;
		s->points[kept++] = p;
	}
	s->len = kept;
	for (int from = 0; from < 2; from++) {
		s->last[from] = last[from];
		s->slot_end_ns[from] = slot_end(s, (uint8_t)from);
	}
}

/* Slots so wide that half of `most` places suffice. */
static void widen(struct series *s, uint32_t most)
{
	int64_t span = s->points[s->len - 1].at_ns - s->points[0].at_ns;
	int64_t least = span / (most / 4) + 1;

	if (!s->width_ns)
		s->width_ns = 1000; /* whole microseconds, as they are told */
	while (s->width_ns < least)
		s->width_ns *= 2;
	join_slots(s);
}

/* The more tunnels, the fewer points of each. */
static uint32_t most_points(const struct track *t)
{
	size_t each = t->tunnels_len ? ALL_POINTS / t->tunnels_len : MAX_POINTS;

	return each > MAX_POINTS ? MAX_POINTS : each < LEAST_POINTS ? LEAST_POINTS : (uint32_t)each;
}

static void push(struct series *s, const struct series_point *p)
{
	if (s->len == s->room) {
		s->room = s->room ? 2 * s->room : 4;
		s->points = mem_resize(s->points, s->room * sizeof *s->points);
	}
	s->last[p->from] = s->len;
	s->points[s->len++] = *p;
	s->slot_end_ns[p->from] = slot_end(s, p->from);
}

/* Fragments are told when they are given up, and time stamps may run backwards: points rise all the same. */
static void insert(struct series *s, const struct series_point *p)
{
	uint32_t at = s->len;

	while (at > 0 && s->points[at - 1].at_ns > p->at_ns)
		at -= 1;
	for (uint32_t i = at; s->width_ns && i-- > 0 && slot_of(s, s->points[i].at_ns) == slot_of(s, p->at_ns);)
		if (s->points[i].from == p->from) {
			join(&s->points[i], p);
			return;
		}
	push(s, p);
	memmove(s->points + at + 1, s->points + at, (s->len - 1 - at) * sizeof *s->points);
	s->points[at] = *p;
	for (uint8_t from = 0; from < 2; from++) {
		s->last[from] = find_last(s, from);
		s->slot_end_ns[from] = slot_end(s, from);
	}
}

static void add_point(const struct track *t, struct series *s, const struct series_point *p)
{
	if (s->len >= most_points(t)) {
		widen(s, most_points(t));
		if (p->at_ns < s->slot_end_ns[p->from]) { /* slots grew over it */
			join(&s->points[s->last[p->from]], p);
			return;
		}
	}
	if (s->len && p->at_ns < s->points[s->len - 1].at_ns)
		insert(s, p);
	else
		push(s, p);
}

static struct size_step *step_of(struct size_steps *s, uint32_t len)
{
	uint32_t i = len / SIZE_STEP;

	return &s->at[i < SIZE_STEPS ? i : SIZE_STEPS - 1];
}

static void note_size(struct size_steps *s, uint32_t len, uint32_t count, bool open)
{
	struct size_step *step = step_of(s, len);

	if (!step->count)
		step->low = step->high = len;
	else if (len < step->low)
		step->low = len;
	else if (len > step->high)
		step->high = len;
	step->count += count;
	if (!open)
		return;
	if (step->batch != s->batch) {
		step->batch = s->batch;
		step->open = 0;
	}
	step->open += 1;
}

/* A time stamp may say anything; differences must not overflow. */
static int64_t kept_time(int64_t ns)
{
	const int64_t most = INT64_MAX / 4;

	return ns > most ? most : ns < -most ? -most : ns;
}

/* Most packets lie in the slot of the one before. */
static void note_point(struct track *t, struct series *s, uint8_t from, const struct message *m, bool data)
{
	int64_t at_ns = kept_time(m->seen.time_ns);
	uint32_t len = m->packet->len;

	if (at_ns < s->slot_end_ns[from]) {
		struct series_point *last = &s->points[s->last[from]];

		*(data ? &last->data : &last->ike) += len;
		last->packets += 1;
		return;
	}
	add_point(t, s, &(struct series_point){ at_ns, data ? 0 : len, data ? len : 0, 1, from });
}

void series_saw(struct track *t, struct tunnel *n, uint8_t from, const struct message *m)
{
	bool data = m->kind == MSG_ESP || m->kind == MSG_AH;

	if (!n->series.points)
		n->series.slot_end_ns[0] = n->series.slot_end_ns[1] = INT64_MIN;
	note_point(t, &n->series, from, m, data);
	if (!data || m->train)
		return; /* IKE is told from its exchanges; pieces had other sizes */
	if (!n->steps[from])
		n->steps[from] = mem_zero(sizeof *n->steps[from]);
	note_size(n->steps[from], m->packet->len, 1, m->packet->len > LARGE);
}

/* The large packets since the last word of the other end were heard, or nothing spoke for it. */
void series_heard(struct tunnel *n, uint8_t sender)
{
	if (n->steps[sender])
		n->steps[sender]->batch += 1;
}

static void close_batch(struct size_steps *s)
{
	for (uint32_t i = 0; i < SIZE_STEPS; i++)
		if (s->at[i].batch == s->batch) {
			s->at[i].unheard += s->at[i].open;
			s->at[i].open = 0;
		}
	s->batch += 1;
}

void series_unheard(struct tunnel *n, uint8_t sender)
{
	if (n->steps[sender])
		close_batch(n->steps[sender]);
}

void series_clear(struct tunnel *n)
{
	mem_free(n->series.points);
	mem_free(n->steps[0]);
	mem_free(n->steps[1]);
}

/* --- as facts --- */

/* Columns: whole microseconds since the capture began, octets, packets. */
static json_t *points_of(const struct told *told, const struct series *s, uint8_t from)
{
	json_t *at = json_array(), *ike = json_array(), *data = json_array(), *packets = json_array();

	for (uint32_t i = 0; i < s->len; i++) {
		const struct series_point *p = &s->points[i];

		if (p->from != from)
			continue;
		json_array_append_new(at, json_integer((p->at_ns - kept_time(told->track->start_ns)) / 1000));
		json_array_append_new(ike, json_integer((json_int_t)p->ike));
		json_array_append_new(data, json_integer((json_int_t)p->data));
		json_array_append_new(packets, json_integer((json_int_t)p->packets));
	}
	return json_pack("{s:o,s:o,s:o,s:o}", "at", at, "ike", ike, "data", data, "packets", packets);
}

static json_t *traffic(const struct told *told)
{
	struct series s = told->tunnel->series;
	uint32_t most = most_points(told->track);
	json_t *o;

	s.points = mem_copy(s.points, s.len * sizeof *s.points);
	if (s.len > most)
		widen(&s, most);
	o = told_sides(told, points_of(told, &s, 0), points_of(told, &s, 1));
	told_put(o, "width", json_integer(s.width_ns / 1000));
	mem_free(s.points);
	return o;
}

static bool in_one_packet(const struct half *h)
{
	return h->sent.count && h->complete && h->pieces <= 1 && !h->ike_pieces;
}

static bool unanswered(const struct told *told, const struct ike_sa *sa, const struct exchange *x)
{
	return !x->answer.sent.count && !x->refused && !x->partial_trains && exchange_expects_answer(x) &&
	       infer_quiet(told, sa, x) && !infer_ghost(sa, x);
}

/* IKE messages of one packet. */
static void add_exchanges(const struct told *told, int end, struct size_steps *into)
{
	for (uint32_t i = 0; i < told->tunnel->attempts_len; i++)
		for (size_t k = 0; k < told->tunnel->attempts[i]->exchanges_len; k++) {
			const struct ike_sa *sa = told->tunnel->attempts[i];
			const struct exchange *x = sa->exchanges[k];
			const struct half *h = x->from == end ? &x->request : &x->answer;

			if (!in_one_packet(h))
				continue;
			note_size(into, h->ip_bytes, h->sent.count, false);
			if (x->from == end && unanswered(told, sa, x))
				step_of(into, h->ip_bytes)->unheard += h->sent.count;
		}
}

static void join_step(struct size_step *into, const struct size_step *s)
{
	if (!into->count || s->low < into->low)
		into->low = s->low;
	if (s->high > into->high)
		into->high = s->high;
	into->count += s->count;
	into->unheard += s->unheard < s->count ? s->unheard : s->count;
}

/* The used steps as rows; of a crowd of tunnels several steps are one row. */
static json_t *told_steps(const struct track *t, const struct size_steps *s)
{
	size_t each = t->tunnels_len ? ALL_STEPS / (2 * t->tunnels_len) : SIZE_STEPS, used = 0, n = 0;
	size_t most = each < LEAST_STEPS ? LEAST_STEPS : each, joined;
	struct size_step row = { 0 };
	json_t *list = json_array();

	for (uint32_t i = 0; i < SIZE_STEPS; i++)
		used += s->at[i].count > 0;
	joined = used ? (used + most - 1) / most : 1;
	for (uint32_t i = 0; i < SIZE_STEPS; i++) {
		if (!s->at[i].count)
			continue;
		join_step(&row, &s->at[i]);
		if (++n % joined && n < used)
			continue;
		json_array_append_new(list, json_pack("[I,I,I,I]", (json_int_t)row.low, (json_int_t)row.high,
						      (json_int_t)row.count, (json_int_t)row.unheard));
		row = (struct size_step){ 0 };
	}
	return list;
}

/* What is open at the end of the file was not heard when there was time enough. */
static struct size_steps *settled(const struct told *told, int end)
{
	const struct data_way *way = &told->tunnel->data[end];
	const struct size_steps *now = told->tunnel->steps[end];
	struct size_steps *s = now ? mem_copy(now, sizeof *s) : mem_zero(sizeof *s);

	if (way->large_open && told->track->end_ns - way->gap_from.time_ns >= SECOND_NS)
		close_batch(s);
	add_exchanges(told, end, s);
	return s;
}

static bool any_unheard(const struct size_steps *s)
{
	for (uint32_t i = 0; i < SIZE_STEPS; i++)
		if (s->at[i].unheard)
			return true;
	return false;
}

/* Traffic is told of what carried data; sizes only where some bring nothing back. */
json_t *series_facts(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	struct size_steps *steps[2] = { settled(told, 0), settled(told, 1) };
	json_t *o = json_object();

	if (n->data[0].packets || n->data[1].packets)
		told_put(o, "traffic", traffic(told));
	if (any_unheard(steps[0]) || any_unheard(steps[1]))
		told_put(o, "sizes", told_sides(told, told_steps(told->track, steps[0]),
						told_steps(told->track, steps[1])));
	mem_free(steps[0]);
	mem_free(steps[1]);
	return o;
}
