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

enum { MAX_POINTS = 400, ALL_POINTS = 32768, LEAST_POINTS = 8, SIZE_STEP = 16 };
enum { ALL_STEPS = 16384, LEAST_STEPS = 4 };

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
		s->slot_end_ns[from] = has[from] ? s->points[0].at_ns +
							   (slot_of(s, s->points[last[from]].at_ns) + 1) * s->width_ns
						 : INT64_MIN;
	}
}

/* Slots so wide that half of `most` places suffice. */
static void widen(struct series *s, uint32_t most)
{
	int64_t span = s->points[s->len - 1].at_ns - s->points[0].at_ns;
	int64_t least = span / (most / 4) + 1;

	if (!s->width_ns)
		s->width_ns = 1;
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
	s->slot_end_ns[p->from] =
		s->width_ns ? s->points[0].at_ns + (slot_of(s, p->at_ns) + 1) * s->width_ns : INT64_MIN;
}

static void note_point(const struct track *t, struct series *s, struct series_point p)
{
	if (s->len && p.at_ns >= s->slot_end_ns[p.from] && s->len >= most_points(t))
		widen(s, most_points(t));
	if (s->len && p.at_ns < s->slot_end_ns[p.from]) {
		join(&s->points[s->last[p.from]], &p);
		return;
	}
	if (s->len && p.at_ns < s->points[s->len - 1].at_ns)
		p.at_ns = s->points[s->len - 1].at_ns; /* time stamps that run backwards: points rise */
	push(s, &p);
}

static struct size_step *step_of(struct size_steps *s, uint32_t len)
{
	uint32_t i = len / SIZE_STEP;

	return &s->at[i < SIZE_STEPS ? i : SIZE_STEPS - 1];
}

static void note_size(struct size_steps *s, uint32_t len, bool open)
{
	struct size_step *step = step_of(s, len);

	if (!step->count++)
		step->low = step->high = len;
	else if (len < step->low)
		step->low = len;
	else if (len > step->high)
		step->high = len;
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

void series_saw(struct track *t, struct tunnel *n, uint8_t from, const struct message *m)
{
	bool data = m->kind == MSG_ESP || m->kind == MSG_AH;
	uint32_t len = m->packet->len;

	note_point(t, &n->series,
		   (struct series_point){ kept_time(m->seen.time_ns), data ? 0 : len, data ? len : 0, 1, from });
	if (m->train)
		return; /* its pieces had other sizes */
	if (!n->steps[from])
		n->steps[from] = mem_zero(sizeof *n->steps[from]);
	note_size(n->steps[from], len, data && len > LARGE);
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

static json_t *letter(const struct told *told, uint8_t end)
{
	char s[2] = { told->letter[end], 0 };

	return json_string(s);
}

static json_t *traffic(const struct told *told)
{
	struct series s = told->tunnel->series;
	json_t *points = json_array();
	uint32_t most = most_points(told->track);

	s.points = mem_copy(s.points, s.len * sizeof *s.points);
	if (s.len > most)
		widen(&s, most);
	for (uint32_t i = 0; i < s.len; i++) {
		const struct series_point *p = &s.points[i];

		json_array_append_new(points, json_pack("[f,o,I,I,I]", seconds_at(told->track, p->at_ns),
							letter(told, p->from), (json_int_t)p->ike,
							(json_int_t)p->data, (json_int_t)p->packets));
	}
	mem_free(s.points);
	return json_pack("{s:f,s:o}", "width", (double)s.width_ns / 1e9, "points", points);
}

/* Requests of IKE that nobody answered, by the size of their one packet. */
static void add_unanswered(const struct told *told, int end, struct size_steps *into)
{
	for (uint32_t i = 0; i < told->tunnel->attempts_len; i++)
		for (size_t k = 0; k < told->tunnel->attempts[i]->exchanges_len; k++) {
			const struct ike_sa *sa = told->tunnel->attempts[i];
			const struct exchange *x = sa->exchanges[k];
			const struct half *h = &x->request;

			if (x->from == end && h->sent.count && h->complete && h->pieces <= 1 &&
			    !h->ike_pieces && !x->answer.sent.count && !x->refused && !x->partial_trains &&
			    exchange_expects_answer(x) && infer_quiet(told, sa, x) && !infer_ghost(sa, x))
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
	joined = (used + most - 1) / most;
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
static json_t *sizes(const struct told *told, int end)
{
	const struct data_way *way = &told->tunnel->data[end];
	struct size_steps *s;
	json_t *list;

	if (!told->tunnel->steps[end])
		return json_array();
	s = mem_copy(told->tunnel->steps[end], sizeof *s);
	if (way->large_open && told->track->end_ns - way->gap_from.time_ns >= SECOND_NS)
		close_batch(s);
	add_unanswered(told, end, s);
	list = told_steps(told->track, s);
	mem_free(s);
	return list;
}

json_t *series_facts(const struct told *told)
{
	return json_pack("{s:o,s:o}", "traffic", traffic(told), "sizes",
			 told_sides(told, sizes(told, 0), sizes(told, 1)));
}
