#include "analyzer/compare/clock.h"

#include <math.h>
#include <stdlib.h>

#include "dissect/base/mem.h"

enum {
	MAX_LESSONS = 1 << 15,
	COPIES = 6,             /* times of equal packets kept; with more of them they teach nothing */
	MAX_HOSTS = 1 << 14,
	MAX_BREAKS = 64,
	LEAST_FOR_SKEW = 5,
	WINDOWS = 12,
};
#define STEP_NS    INT64_C(1000000000) /* what two clocks drift apart at once is a step from here on */
#define SAME_NS    INT64_C(500000000)
#define FAR_NS     INT64_C(5000000000) /* no packets are so late, one like the other */
#define SKEW_SPAN  INT64_C(10000000000)
#define MOST_SKEW  1e-3

struct copy {
	struct seen seen;
	uint32_t id;
	uint8_t ttl;
};

struct lesson {
	uint32_t sample, route_hint;
	uint32_t count[SIDES];
	struct copy copy[SIDES][COPIES];
	struct addr src[SIDES], dst[SIDES];
};

struct pair {
	int64_t near_ns, by;            /* far time minus near time */
	struct seen far, near;
	size_t route;
};

struct lessons {
	struct map *table;              /* key -> struct lesson */
	uint32_t mask;                  /* of sequence numbers: those with none of these bits are kept */
	struct span span[SIDES], order[SIDES]; /* first and last by time, and by number */
	struct seen last[SIDES];
	struct seen breaks[SIDES][MAX_BREAKS]; /* frames at which time ran backwards */
	size_t breaks_len[SIDES];
	struct map *reaches[SIDES], *hosts[SIDES];
	struct map *told;               /* struct addr -> int, its end */
};

struct lessons *lessons_new(void)
{
	struct lessons *l = mem_zero(sizeof *l);

	l->table = map_new(2 * sizeof(uint64_t), sizeof(struct lesson), MAX_LESSONS);
	l->told = map_new(sizeof(struct addr), sizeof(int), MAX_ROUTES);
	for (int side = NEAR; side < SIDES; side++) {
		l->reaches[side] = map_new(sizeof(struct addr), sizeof(struct reach), MAX_HOSTS);
		l->hosts[side] = map_new(sizeof(struct addr), 1, MAX_HOSTS);
	}
	return l;
}

void lessons_free(struct lessons *take)
{
	if (!take)
		return;
	map_free(take->table);
	map_free(take->told);
	for (int side = NEAR; side < SIDES; side++) {
		map_free(take->reaches[side]);
		map_free(take->hosts[side]);
	}
	mem_free(take);
}

void clocks_clear(struct clocks *c)
{
	for (int side = NEAR; side < SIDES; side++) {
		map_free(c->reaches[side]);
		map_free(c->hosts[side]);
	}
}

void lessons_frame(struct lessons *l, enum side side, struct seen s)
{
	struct span *span = &l->span[side];

	if (!span->any || s.time_ns < span->first.time_ns)
		span->first = s;
	if (!span->any || s.time_ns > span->last.time_ns)
		span->last = s;
	if (span->any && s.time_ns < l->last[side].time_ns - SAME_NS && l->breaks_len[side] < MAX_BREAKS)
		l->breaks[side][l->breaks_len[side]++] = s;
	if (!span->any)
		l->order[side].first = s;
	l->order[side].last = s;
	l->order[side].any = span->any = true;
	l->last[side] = s;
}

void lessons_host(struct lessons *l, enum side side, const struct addr *a)
{
	if (a->family)
		(void)map_add(l->hosts[side], a);
}

void lessons_told(struct lessons *l, enum side end, const struct addr *a)
{
	const int *before = map_find(l->told, a);
	bool both = before && *before != (int)end;
	int *told = map_add(l->told, a);

	if (told)
		*told = both ? UNKNOWN_END : (int)end;
}

static bool initial(uint8_t ttl)
{
	return ttl == 32 || ttl == 64 || ttl == 128 || ttl == 255;
}

static void note_reach(struct lessons *l, enum side side, const struct sighting *s)
{
	struct reach *r = map_add(l->reaches[side], &s->src);

	if (!r)
		return;
	r->packets += 1;
	r->out += s->way == WAY_OUT;
	r->in += s->way == WAY_IN;
	r->untouched += initial(s->ttl);
}

/* More than there is room for: every second number goes. */
static void thin_out(struct lessons *l)
{
	struct lesson *next;

	l->mask = l->mask << 1 | 1;
	for (struct lesson *one = map_oldest(l->table); one; one = next) {
		next = map_younger(l->table, one);
		if (one->sample & l->mask)
			map_remove(l->table, map_key(l->table, one));
	}
}

void lessons_saw(struct lessons *l, enum side side, const struct sighting *s)
{
	bool fragment = s->class == CLASS_FIRST_FRAGMENT || s->class == CLASS_LATER_FRAGMENT;
	uint64_t key[2] = { s->key, fragment ? s->print : 0 }; /* one recorder may have cut the bytes of the others */
	struct lesson *one;
	uint32_t n;

	note_reach(l, side, s);
	if (s->class == CLASS_KEEPALIVE || s->put_together || s->unread || s->sample & l->mask)
		return;
	one = map_find(l->table, key);
	if (!one && map_full(l->table) && l->mask != UINT32_MAX)
		thin_out(l);
	if (!one && s->sample & l->mask)
		return;
	one = one ? one : map_add(l->table, key);
	if (!one)
		return;
	n = one->count[side]++;
	one->sample = s->sample;
	one->src[side] = s->src;
	one->dst[side] = s->dst;
	if (n < COPIES)
		one->copy[side][n] = (struct copy){ s->seen, s->has_id ? s->id : 0, s->ttl };
}

/* --- packets that are in both ------------------------------------------------------------- */

static size_t route_of(struct clocks *c, const struct lesson *one)
{
	struct route *r;

	for (size_t i = 0; i < c->routes_len; i++) {
		r = &c->routes[i];
		if (addr_equal(&r->src[NEAR], &one->src[NEAR]) && addr_equal(&r->dst[NEAR], &one->dst[NEAR]) &&
		    addr_equal(&r->src[FAR], &one->src[FAR]) && addr_equal(&r->dst[FAR], &one->dst[FAR]))
			return i;
	}
	if (c->routes_len == MAX_ROUTES)
		return MAX_ROUTES;
	r = &c->routes[c->routes_len];
	*r = (struct route){ .sender = UNKNOWN_END, .low = INT64_MAX, .high = INT64_MIN };
	memcpy(r->src, one->src, sizeof r->src);
	memcpy(r->dst, one->dst, sizeof r->dst);
	return c->routes_len++;
}

static void add_pair(struct clocks *c, struct pair *pairs, size_t *n, const struct lesson *one,
		     const struct copy *near, const struct copy *far)
{
	size_t at = route_of(c, one);
	int64_t by;

	if (at == MAX_ROUTES || __builtin_sub_overflow(far->seen.time_ns, near->seen.time_ns, &by))
		return;
	pairs[(*n)++] = (struct pair){ near->seen.time_ns, by, far->seen, near->seen, at };
	c->routes[at].pairs += 1;
	c->routes[at].before += near->ttl > far->ttl;
	c->routes[at].after += near->ttl < far->ttl;
}

/* Equal packets pair up by IP id; those without, in order, when none of them can be missing. */
static void pair_up(struct clocks *c, struct pair *pairs, size_t *n, const struct lesson *one)
{
	uint32_t near = one->count[NEAR], far = one->count[FAR];

	if (!near || !far || near > COPIES || far > COPIES)
		return;
	if (near == far) {
		for (uint32_t i = 0; i < near; i++)
			add_pair(c, pairs, n, one, &one->copy[NEAR][i], &one->copy[FAR][i]);
		return;
	}
	for (uint32_t i = 0; i < near; i++)
		for (uint32_t k = 0; k < far; k++) {
			const struct copy *x = &one->copy[NEAR][i], *y = &one->copy[FAR][k];

			if (x->id && x->id == y->id)
				add_pair(c, pairs, n, one, x, y);
		}
}

static int by_near_time(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	if (a->near.capture != b->near.capture)
		return a->near.capture < b->near.capture ? -1 : 1;
	if (a->near.frame != b->near.frame)
		return a->near.frame < b->near.frame ? -1 : 1;
	return a->far.frame < b->far.frame ? -1 : a->far.frame > b->far.frame;
}

/* --- which end a sender is at ------------------------------------------------------------- */

static const struct route *opposite(const struct clocks *c, const struct route *r)
{
	for (size_t i = 0; i < c->routes_len; i++) {
		const struct route *o = &c->routes[i];

		if (addr_equal(&o->src[NEAR], &r->dst[NEAR]) && addr_equal(&o->dst[NEAR], &r->src[NEAR]) &&
		    addr_equal(&o->src[FAR], &r->dst[FAR]) && addr_equal(&o->dst[FAR], &r->src[FAR]))
			return o;
	}
	return NULL;
}

/* Hop limits first; where no router lies between, whose packets seem to take longer. */
static void settle_routes(struct clocks *c)
{
	for (size_t i = 0; i < c->routes_len; i++) {
		struct route *r = &c->routes[i];

		if (r->before > 9 * r->after)
			r->sender = NEAR;
		else if (r->after > 9 * r->before)
			r->sender = FAR;
	}
	for (size_t i = 0; i < c->routes_len; i++) {
		struct route *r = &c->routes[i];
		const struct route *o = opposite(c, r);

		if (r->sender != UNKNOWN_END || !o)
			continue;
		if (o->sender != UNKNOWN_END)
			r->sender = !o->sender;
		else if (r->low > o->high)
			r->sender = NEAR;
		else if (r->high < o->low)
			r->sender = FAR;
	}
}

static void tell_end(struct clocks *c, enum side side, const struct addr *a, int end, uint64_t pairs)
{
	struct reach *r = map_add(c->reaches[side], a);

	if (!r)
		return;
	r->sure = true;
	if (end != UNKNOWN_END)
		r->pairs[end] += pairs;
}

/* Two packets may look alike by chance: what few of them say against many does not count. At both ends: tells nothing. */
static int end_of(const struct reach *r)
{
	for (int end = NEAR; end < SIDES; end++)
		if (r->pairs[end] > 9 * r->pairs[!end])
			return end;
	return UNKNOWN_END;
}

static void settle_reaches(struct clocks *c, const struct lessons *l)
{
	for (int side = NEAR; side < SIDES; side++)
		for (struct reach *r = map_oldest(c->reaches[side]); r; r = map_younger(c->reaches[side], r))
			r->end = UNKNOWN_END;
	for (size_t i = 0; i < c->routes_len; i++) {
		const struct route *r = &c->routes[i];

		for (int side = NEAR; side < SIDES; side++) { /* unknown: both may have been recorded at one place */
			bool known = r->sender != UNKNOWN_END;

			tell_end(c, (enum side)side, &r->src[side], known ? r->sender : UNKNOWN_END, r->pairs);
			tell_end(c, (enum side)side, &r->dst[side], known ? !r->sender : UNKNOWN_END, r->pairs);
		}
	}
	for (int side = NEAR; side < SIDES; side++)
		for (struct reach *r = map_oldest(c->reaches[side]); r; r = map_younger(c->reaches[side], r)) {
			const int *told = map_find(l->told, map_key(c->reaches[side], r));

			if (r->sure)
				r->end = end_of(r);
			if (r->sure || !r->packets)
				continue;
			r->sure = told && *told != UNKNOWN_END;
			if (r->sure)
				r->end = *told;
			else if (r->out || r->in)
				r->end = r->out >= r->in ? side : !side;
			else
				r->end = r->untouched == r->packets ? side : !side;
		}
}

/* --- the clocks --------------------------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

static int64_t distance(int64_t x, int64_t y)
{
	int64_t d;

	if (__builtin_sub_overflow(x, y, &d))
		return INT64_MAX;
	return d < 0 ? -d : d;
}

/* A frame at which this recording's own time runs back, between those of two pairs; frame 0: there is none. */
static struct seen break_between(const struct lessons *l, enum side side, struct seen before, struct seen after)
{
	for (size_t i = 0; i < l->breaks_len[side]; i++) {
		struct seen b = l->breaks[side][i];

		if (b.capture == after.capture && b.frame <= after.frame &&
		    (before.capture != b.capture || b.frame > before.frame))
			return b;
	}
	return (struct seen){ 0 };
}

/* The next pair at a new distance, which the one behind it shares: one late packet is no step. */
static size_t next_step(const struct pair *p, size_t n, size_t from)
{
	for (size_t i = from + 1; i < n; i++) {
		if (distance(p[i].by, p[i - 1].by) < STEP_NS || distance(p[i].by, p[from].by) < STEP_NS)
			continue;
		if (i + 1 < n ? distance(p[i].by, p[i + 1].by) < SAME_NS : i + 1 == n && i - from > 2)
			return i;
	}
	return n;
}

/* The slope of the lower hull of `by` over time, of one direction: the fastest packets of windows. */
static bool slope_of(const struct clocks *c, const struct pair *p, size_t n, int sender, double *ret)
{
	int64_t begin = p[0].near_ns, span = p[n - 1].near_ns - begin;
	int64_t at[WINDOWS], best[WINDOWS];
	bool has[WINDOWS] = { false };
	double slopes[WINDOWS * WINDOWS];
	size_t found = 0, many = 0;

	if (n < LEAST_FOR_SKEW || span < SKEW_SPAN)
		return false;
	for (size_t i = 0; i < n; i++) {
		int64_t by = sender == NEAR ? p[i].by : -p[i].by;
		size_t w = (size_t)((double)(p[i].near_ns - begin) / ((double)span + 1) * WINDOWS);

		if (c->routes[p[i].route].sender != sender || w >= WINDOWS)
			continue;
		many += 1;
		if (!has[w] || by < best[w]) {
			has[w] = true;
			best[w] = by;
			at[w] = p[i].near_ns;
		}
	}
	for (size_t i = 0; i < WINDOWS; i++)
		for (size_t k = i + 1; k < WINDOWS; k++)
			if (has[i] && has[k] && at[k] > at[i])
				slopes[found++] = (double)(best[k] - best[i]) / (double)(at[k] - at[i]);
	if (many < LEAST_FOR_SKEW || found < 3)
		return false;
	for (size_t i = 1; i < found; i++) {
		double s = slopes[i];
		size_t k = i;

		for (; k > 0 && slopes[k - 1] > s; k--)
			slopes[k] = slopes[k - 1];
		slopes[k] = s;
	}
	*ret = sender == NEAR ? slopes[found / 2] : -slopes[found / 2];
	return true;
}

/* Both directions have to agree: queues that grow make one of them slope, a clock makes both. */
static void settle_skew(struct clocks *c, const struct pair *p, size_t n)
{
	double there, back;

	if (!slope_of(c, p, n, NEAR, &there) || !slope_of(c, p, n, FAR, &back))
		return;
	if (there * back <= 0 || fabs(there - back) > 0.5 * fmax(fabs(there), fabs(back)))
		return;
	if (fabs(there + back) / 2 > MOST_SKEW || fabs(there) < 1e-7)
		return;
	c->has_skew = true;
	c->skew = (there + back) / 2;
}

static int64_t drift(const struct clocks *c, int64_t since_ns, int64_t at_ns)
{
	return c->has_skew ? (int64_t)(c->skew * (double)(at_ns - since_ns)) : 0;
}

/* One stretch without a step: its offset, and its shortest round trip; -1 when one direction is not known. */
static void settle_stretch(struct clocks *c, const struct pair *p, size_t n, struct step *ret, int64_t *ret_floor)
{
	int64_t low[SIDES] = { INT64_MAX, INT64_MAX }; /* fastest, by sender, of by and of -by */

	for (size_t i = 0; i < n; i++) {
		int sender = c->routes[p[i].route].sender;
		int64_t by = p[i].by - drift(c, p[0].near_ns, p[i].near_ns);

		if (sender == UNKNOWN_END)
			continue;
		by = sender == NEAR ? by : -by;
		low[sender] = by < low[sender] ? by : low[sender];
	}
	*ret_floor = -1;
	ret->since_ns = p[0].near_ns;
	if (low[NEAR] != INT64_MAX && low[FAR] != INT64_MAX) {
		*ret_floor = low[NEAR] + low[FAR];
		ret->offset_ns = (low[NEAR] - low[FAR]) / 2;
	} else if (low[NEAR] != INT64_MAX) {
		ret->offset_ns = low[NEAR];
	} else if (low[FAR] != INT64_MAX) {
		ret->offset_ns = -low[FAR];
	} else {
		ret->offset_ns = p[0].by;
	}
}

/* The step that holds at this frame; NULL before the first. */
static const struct step *step_at(const struct step *steps, size_t n, struct seen at)
{
	size_t i = n;

	while (i > 0 && (steps[i - 1].from.capture > at.capture ||
			 (steps[i - 1].from.capture == at.capture && steps[i - 1].from.frame > at.frame)))
		i -= 1;
	return i ? &steps[i - 1] : NULL;
}

int64_t clocks_time(const struct clocks *c, enum side side, struct seen s)
{
	const struct step *step = side == NEAR ? step_at(c->set, c->set_len, s) : step_at(c->steps, c->steps_len, s);
	int64_t near;

	if (!step || __builtin_sub_overflow(s.time_ns, step->offset_ns, &near))
		return s.time_ns;
	return side == FAR && c->has_skew ? near - drift(c, step->since_ns, near) : near;
}

/* How long packets usually take, by sender: all but the slowest twentieth. */
static void settle_delays(struct clocks *c, const struct pair *p, size_t n)
{
	int64_t *delays = mem_zero((n + 1) * sizeof *delays);

	for (int sender = NEAR; sender < SIDES; sender++) {
		size_t found = 0;

		for (size_t i = 0; i < n; i++) {
			int64_t delay = clocks_time(c, FAR, p[i].far) - clocks_time(c, NEAR, p[i].near);

			if (c->routes[p[i].route].sender == sender)
				delays[found++] = sender == NEAR ? delay : -delay;
		}
		if (!found)
			continue;
		qsort(delays, found, sizeof *delays, by_number);
		c->least_ns[sender] = delays[0];
		c->usual_ns[sender] = delays[found - 1 - found / 20];
	}
	mem_free(delays);
}

/* What a stretch allows: no packet arrives before it left, whatever its direction. */
struct bounds {
	int64_t low, high;
	size_t from, n;
};

static struct bounds bounds_of(const struct clocks *c, const struct pair *p, size_t from, size_t n)
{
	struct bounds b = { INT64_MIN, INT64_MAX, from, n };

	for (size_t i = from; i < from + n; i++) {
		int sender = c->routes[p[i].route].sender;

		if (sender == NEAR && p[i].by < b.high)
			b.high = p[i].by;
		if (sender == FAR && p[i].by > b.low)
			b.low = p[i].by;
	}
	return b;
}

/* One offset for both is possible: packets were late, no clock was set. In one direction alone only much counts. */
static bool agree(const struct pair *p, const struct bounds *x, const struct bounds *y)
{
	int64_t low = x->low > y->low ? x->low : y->low, high = x->high < y->high ? x->high : y->high;
	bool one_way = (x->low == INT64_MIN && y->low == INT64_MIN) || (x->high == INT64_MAX && y->high == INT64_MAX);

	if (one_way)
		return x->n < 3 || y->n < 3 || distance(p[x->from].by, p[y->from].by) < FAR_NS;
	return low == INT64_MIN || high == INT64_MAX || low <= high || low - high < SAME_NS;
}

static size_t find_stretches(const struct clocks *c, const struct pair *p, size_t n, struct bounds ret[MAX_STEPS])
{
	size_t len = 0;

	for (size_t from = 0; from < n;) {
		size_t end = next_step(p, n, from);
		struct bounds now = bounds_of(c, p, from, end - from);

		from = end;
		if (len && (agree(p, &ret[len - 1], &now) || len == MAX_STEPS)) {
			ret[len - 1] = bounds_of(c, p, ret[len - 1].from, ret[len - 1].n + now.n);
			continue;
		}
		ret[len++] = now;
	}
	return len;
}

/* The clock was set whose recording shows a break there; where none does, it is told of the far one. */
static void add_step(struct clocks *c, const struct lessons *l, const struct pair *before, const struct pair *after,
		     struct step s)
{
	int64_t ahead = c->set_len ? c->set[c->set_len - 1].offset_ns : 0;
	struct seen near = { 0 }, far = { 0 };

	if (before) {
		near = break_between(l, NEAR, before->near, after->near);
		far = break_between(l, FAR, before->far, after->far);
		s.from = far.frame ? far : after->far;
	}
	if (near.frame && !far.frame) {
		const struct step *last = &c->steps[c->steps_len - 1];

		c->set[c->set_len++] = (struct step){ near, last->offset_ns - s.offset_ns, near.time_ns };
		return;
	}
	s.offset_ns += ahead;
	c->steps[c->steps_len++] = s;
}

static void settle_clocks(struct clocks *c, const struct lessons *l, struct pair *p, size_t n)
{
	struct bounds stretches[MAX_STEPS];
	size_t len = find_stretches(c, p, n, stretches);
	bool one = false, both = false;

	if (len == 1)
		settle_skew(c, p, n);
	for (size_t i = 0; i < len; i++) {
		size_t from = stretches[i].from;
		struct step s = { .offset_ns = 0 };
		int64_t floor;

		settle_stretch(c, p + from, stretches[i].n, &s, &floor);
		add_step(c, l, i ? &p[from - 1] : NULL, &p[from], s);
		one |= floor < 0;
		if (floor >= 0) {
			c->floor_ns = both && c->floor_ns < floor ? c->floor_ns : floor;
			c->error_ns = floor / 2 > c->error_ns ? floor / 2 : c->error_ns;
			both = true;
		}
	}
	if (n)
		c->known = both && !one ? CLOCKS_BOTH_WAYS : CLOCKS_ONE_WAY;
	if (!c->steps_len)
		c->steps_len = 1;
	settle_delays(c, p, n);
}

void lessons_settle(struct lessons *l, struct clocks *ret)
{
	size_t room = map_count(l->table) * COPIES * COPIES + 1, n = 0;
	struct pair *pairs = mem_zero(room * sizeof *pairs);

	memset(ret, 0, sizeof *ret);
	for (struct lesson *one = map_oldest(l->table); one; one = map_younger(l->table, one))
		pair_up(ret, pairs, &n, one);
	qsort(pairs, n, sizeof *pairs, by_near_time);
	ret->pairs = n;
	if (n) {
		ret->example[NEAR] = pairs[0].near;
		ret->example[FAR] = pairs[0].far;
	}
	for (int side = NEAR; side < SIDES; side++) /* where the clock was set, time tells no order */
		ret->span[side] = l->breaks_len[side] ? l->order[side] : l->span[side];
	for (size_t i = 0; i < n; i++) {
		struct route *r = &ret->routes[pairs[i].route];

		r->low = pairs[i].by < r->low ? pairs[i].by : r->low;
		r->high = pairs[i].by > r->high ? pairs[i].by : r->high;
	}
	settle_routes(ret);
	for (int side = NEAR; side < SIDES; side++) {
		ret->reaches[side] = l->reaches[side];
		ret->hosts[side] = l->hosts[side];
		l->reaches[side] = l->hosts[side] = NULL;
	}
	settle_reaches(ret, l);
	settle_clocks(ret, l, pairs, n);
	mem_free(pairs);
}

/* --- asked while reading again ------------------------------------------------------------ */

int clocks_sender(const struct clocks *c, enum side side, const struct sighting *s)
{
	const struct reach *src = map_find(c->reaches[side], &s->src), *dst = map_find(c->reaches[side], &s->dst);

	if (src && src->end != UNKNOWN_END)
		return src->end;
	if (dst && dst->end != UNKNOWN_END)
		return !dst->end;
	return UNKNOWN_END;
}

bool clocks_same_route(const struct clocks *c, const struct sighting *near, const struct sighting *far)
{
	bool known = false;

	for (size_t i = 0; i < c->routes_len; i++) {
		const struct route *r = &c->routes[i];
		bool x = addr_equal(&r->src[NEAR], &near->src) && addr_equal(&r->dst[NEAR], &near->dst);
		bool y = addr_equal(&r->src[FAR], &far->src) && addr_equal(&r->dst[FAR], &far->dst);

		if (x && y)
			return true;
		known |= x || y;
	}
	return !known && addr_equal(&near->src, &far->src) && addr_equal(&near->dst, &far->dst);
}
