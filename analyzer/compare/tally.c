#include "analyzer/compare/tally.h"

#include <math.h>

#include "dissect/base/mem.h"

enum { STEADY = 10, LEAST_EACH = 5, LEAST_RATIO = 8, LEAST_OUTAGES = 5 };
#define LEAST_DIFFERENCE 0.8
#define JITTER 0.1 /* of a period: what its outages may be off, and how long the sender may be quiet around them */
#define FIRST_BIN INT64_C(100000000)

void frames_add(struct frames *f, struct seen s)
{
	f->at[f->count < TALLY_FRAMES ? f->count : TALLY_FRAMES - 1] = s;
	f->count += 1;
}

struct tally *tally_new(enum side side, uint32_t tunnel)
{
	struct tally *t = mem_zero(sizeof *t);

	t->side = side;
	t->tunnel = tunnel;
	t->latest_ns = INT64_MIN;
	return t;
}

void tally_free(struct tally *take)
{
	for (int i = 0; take && i < CLASSES; i++)
		mem_free(take->classes[i]);
	mem_free(take);
}

/* Sizes of packets are few; where they are not, they are told in steps. */
static void join_sizes(struct class_tally *c)
{
	size_t n = 0;

	c->sizes_joined = true;
	for (size_t i = 0; i < c->sizes_len; i++) {
		uint32_t up = (c->sizes[i].bytes + SIZE_STEP - 1) / SIZE_STEP * SIZE_STEP;

		if (n && c->sizes[n - 1].bytes == up) {
			c->sizes[n - 1].sent += c->sizes[i].sent;
			c->sizes[n - 1].lost += c->sizes[i].lost;
		} else {
			c->sizes[n] = c->sizes[i];
			c->sizes[n++].bytes = up;
		}
	}
	c->sizes_len = n;
}

static void add_size(struct class_tally *c, uint32_t bytes, bool lost)
{
	size_t i = 0;

	if (c->sizes_joined)
		bytes = (bytes + SIZE_STEP - 1) / SIZE_STEP * SIZE_STEP;
	while (i < c->sizes_len && c->sizes[i].bytes < bytes)
		i += 1;
	if (i == c->sizes_len || c->sizes[i].bytes != bytes) {
		if (c->sizes_len == TALLY_SIZES && !c->sizes_joined) {
			join_sizes(c);
			add_size(c, bytes, lost);
			return;
		}
		if (c->sizes_len == TALLY_SIZES) { /* larger than any wire carries: with the largest */
			i = i < TALLY_SIZES ? i : TALLY_SIZES - 1;
		} else {
			memmove(&c->sizes[i + 1], &c->sizes[i], (c->sizes_len - i) * sizeof *c->sizes);
			c->sizes[i].bytes = bytes;
			c->sizes[i].sent = c->sizes[i].lost = 0;
			c->sizes_len += 1;
		}
	}
	c->sizes[i].sent += 1;
	c->sizes[i].lost += lost;
}

static void add_mark(struct class_tally *c, uint8_t dscp, bool lost)
{
	size_t i = 0;

	while (i < c->marks_len && c->marks[i].dscp != dscp)
		i += 1;
	if (i == TALLY_MARKS)
		return;
	c->marks_len = i == c->marks_len ? i + 1 : c->marks_len;
	c->marks[i].dscp = dscp;
	c->marks[i].sent += 1;
	c->marks[i].lost += lost;
}

static void widen_bins(struct class_tally *c)
{
	for (size_t i = 0; i < TALLY_BINS; i++) {
		bool there = 2 * i + 1 < TALLY_BINS;

		c->bin_sent[i] = there ? c->bin_sent[2 * i] + c->bin_sent[2 * i + 1] : 0;
		c->bin_lost[i] = there ? c->bin_lost[2 * i] + c->bin_lost[2 * i + 1] : 0;
	}
	c->bin_ns *= 2;
}

static void add_bin(struct class_tally *c, int64_t at, bool lost)
{
	int64_t since = c->sent ? at - c->bins_from : 0;

	if (!c->sent) {
		c->bins_from = at;
		c->bin_ns = FIRST_BIN;
	}
	since = since < 0 ? 0 : since;
	while (since / c->bin_ns >= TALLY_BINS)
		widen_bins(c);
	c->bin_sent[since / c->bin_ns] += 1;
	c->bin_lost[since / c->bin_ns] += lost;
}

static void add_row(struct row *rows, uint64_t before, const struct crossing *x)
{
	rows[before < TALLY_ROWS ? before : TALLY_ROWS - 1] =
		(struct row){ x->left, x->there.seen, x->there.len };
}

static void add_lost(struct class_tally *c, const struct crossing *x)
{
	add_row(c->lost_rows, c->lost, x);
	frames_add(&c->lost_frames, x->left.seen);
	if (!c->lost++)
		c->first_lost = x->left.seen;
	if (!c->run++) {
		c->runs += 1;
		c->run_first = x->left.seen;
	}
	c->last_lost = x->left.seen;
	c->longest = c->run > c->longest ? c->run : c->longest;
}

/* A run of losses ends with this departure. */
static void end_run(struct class_tally *c, int64_t after)
{
	struct outage *o = &c->outages[c->outages_len < TALLY_OUTAGES ? c->outages_len : TALLY_OUTAGES - 1];

	if (c->run >= OUTAGE_LEAST && c->arrived) {
		if (c->outages_len++ < TALLY_OUTAGES)
			*o = (struct outage){ c->last_arrived.time_ns, c->run_first.time_ns, c->last_lost.time_ns, after,
					       c->run };
	}
	c->run = 0;
}

static void add_arrived(struct tally *t, struct class_tally *c, const struct crossing *x, int64_t late_ns)
{
	add_row(c->arrived_rows, c->arrived, x);
	end_run(c, x->left.seen.time_ns);
	if (!c->arrived++)
		c->first_arrived = x->left.seen;
	c->last_arrived = x->left.seen;
	c->in_part += x->in_part;
	c->unread += x->left.unread || x->there.unread;
	c->duplicated += x->copies;
	c->late += late_ns > 0;
	if (!x->there.seen.frame)
		return;
	c->reordered += x->there.seen.time_ns < t->latest_ns;
	if (x->there.seen.time_ns > t->latest_ns)
		t->latest_ns = x->there.seen.time_ns;
}

static void change(struct changed *c, const struct crossing *x, uint32_t from, uint32_t to)
{
	if (!c->frames.count) {
		c->from = from;
		c->to = to;
	}
	frames_add(&c->frames, x->there.seen.frame ? x->there.seen : x->left.seen);
}

/* Routers between the two recordings, and whether the way changed for good. */
static void note_hops(struct tally *t, const struct crossing *x)
{
	uint8_t hops = (uint8_t)(x->left.ttl - x->there.ttl);

	if (x->there.ttl > x->left.ttl || (x->left.class == CLASS_ICMP))
		return;
	if (!t->hops.any) {
		t->hops.any = true;
		t->hops.min = t->hops.max = t->hops.steady = t->hops.now = hops;
	}
	t->hops.min = hops < t->hops.min ? hops : t->hops.min;
	t->hops.max = hops > t->hops.max ? hops : t->hops.max;
	t->hops.run = hops == t->hops.now ? t->hops.run + 1 : 1;
	t->hops.now = hops;
	if (hops != t->hops.steady && t->hops.run == STEADY) {
		t->hops.steady = hops;
		t->hops.changes += 1;
		t->hops.changed = x->left.seen;
	}
}

static void note_remarked(struct tally *t, const struct crossing *x)
{
	size_t i = 0;

	if (x->left.dscp == x->there.dscp)
		return;
	while (i < t->marks_len && (t->marks[i].from != x->left.dscp || t->marks[i].to != x->there.dscp))
		i += 1;
	if (i == TALLY_MARKS)
		return;
	t->marks_len = i == t->marks_len ? i + 1 : t->marks_len;
	t->marks[i].from = x->left.dscp;
	t->marks[i].to = x->there.dscp;
	frames_add(&t->marks[i].frames, x->there.seen);
}

static void note_mapping(struct mapping *m, size_t *n, const struct addr *inside, uint16_t inside_port,
			 const struct addr *outside, uint16_t outside_port)
{
	size_t i = 0;

	if ((addr_equal(inside, outside) && inside_port == outside_port) || !inside_port || !outside_port)
		return;
	while (i < *n && !(addr_equal(&m[i].inside, inside) && addr_equal(&m[i].outside, outside) &&
			   m[i].inside_port == inside_port && m[i].outside_port == outside_port))
		i += 1;
	if (i == TALLY_NATS)
		return;
	*n = i == *n ? i + 1 : *n;
	m[i] = (struct mapping){ *inside, *outside, inside_port, outside_port, m[i].packets + 1 };
}

static void note_changes(struct tally *t, const struct crossing *x)
{
	const struct sighting *l = &x->left, *r = &x->there;

	if (x->recut || x->in_part)
		change(&t->recut, x, l->len, r->len);
	if (x->joined)
		change(&t->joined, x, l->len, r->len);
	if (x->altered)
		change(&t->payload, x, l->len, r->len);
	if (!r->seen.frame)
		return;
	if (l->df && !r->df)
		change(&t->df_cleared, x, l->len, r->len);
	if (x->whole_only || x->recut || x->in_part || x->joined || x->offloaded)
		return; /* not the same packet any more: the rest of its header says nothing */
	if (l->sum == SUM_GOOD && r->sum == SUM_BAD)
		change(&t->sums, x, l->len, r->len);
	if (l->has_id && r->has_id && l->id && l->id != r->id)
		change(&t->ids, x, l->id, r->id);
	note_hops(t, x);
	note_remarked(t, x);
	note_mapping(t->sender, &t->sender_len, &l->src, l->sport, &r->src, r->sport);
	note_mapping(t->receiver, &t->receiver_len, &r->dst, r->dport, &l->dst, l->dport);
}

static struct class_tally *class_of(struct tally *t, enum class class)
{
	if (!t->classes[class])
		t->classes[class] = mem_zero(sizeof *t->classes[class]);
	return t->classes[class];
}

void tally_add(struct tally *t, const struct crossing *x, int64_t late_ns)
{
	struct class_tally *c = class_of(t, x->left.class);

	add_bin(c, x->left.seen.time_ns, !x->arrived);
	if (!c->sent++)
		c->first = x->left.seen;
	c->last = x->left.seen;
	add_size(c, x->left.len, !x->arrived);
	add_mark(c, x->left.dscp, !x->arrived);
	if (!x->arrived) {
		add_lost(c, x);
		return;
	}
	add_arrived(t, c, x, late_ns);
	note_changes(t, x);
	t->known_sent += x->left.class < CLASS_ICMP && !x->whole_only;
}

void tally_keepalive(struct tally *t, struct seen s, bool there)
{
	struct class_tally *c = class_of(t, CLASS_KEEPALIVE);

	if (there) {
		t->keepalives[1] += 1;
		return;
	}
	if (!t->keepalives[0]++)
		c->first = s;
	c->last = s;
}

/* Wilson, 95 percent: diagnoses B.4. */
void tally_interval(uint64_t lost, uint64_t of, double *ret_low, double *ret_high)
{
	const double z = 1.959964, n = (double)of, p = (double)lost / n;
	double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
	double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);

	*ret_low = lost ? fmax(0, centre - half) : 0;
	*ret_high = lost < of ? fmin(1, centre + half) : 1;
}

static double likelihood(uint64_t lost, uint64_t of)
{
	double n = (double)of, k = (double)lost;

	if (!lost || lost == of)
		return 0;
	return k * log(k / n) + (n - k) * log((n - k) / n);
}

static bool better(const struct limit *l, const struct limit *than)
{
	double below = l->below_sent ? (double)l->below_lost / (double)l->below_sent : 0;
	double above = l->above_sent ? (double)l->above_lost / (double)l->above_sent : 0;

	return l->below_sent >= LEAST_EACH && l->above_sent >= LEAST_EACH &&
	       above - below >= LEAST_DIFFERENCE && l->ratio >= LEAST_RATIO && l->ratio > than->ratio;
}

bool tally_limit(const struct class_tally *c, struct limit *ret)
{
	struct limit best = { .ratio = 0 }, now = { .ratio = 0 };
	uint64_t sent = 0, lost = 0;

	for (size_t i = 0; i < c->sizes_len; i++) {
		sent += c->sizes[i].sent;
		lost += c->sizes[i].lost;
	}
	for (size_t i = 0; i + 1 < c->sizes_len; i++) {
		now.below_sent += c->sizes[i].sent;
		now.below_lost += c->sizes[i].lost;
		now.above_sent = sent - now.below_sent;
		now.above_lost = lost - now.below_lost;
		now.ratio = likelihood(now.below_lost, now.below_sent) +
			    likelihood(now.above_lost, now.above_sent) - likelihood(lost, sent);
		if (better(&now, &best))
			best = now;
	}
	if (best.ratio <= 0)
		return false;
	for (size_t i = 0; i < c->sizes_len; i++)
		if (c->sizes[i].lost < c->sizes[i].sent)
			best.arrives = c->sizes[i].bytes;
	for (size_t i = c->sizes_len; i-- > 0 && c->sizes[i].lost == c->sizes[i].sent;)
		best.lost = c->sizes[i].bytes;
	*ret = best;
	return best.lost > best.arrives;
}

/*
 * What is sent in bursts is lost in bursts, so a period is the path's only where the sender went on before and after
 * each outage, and only where none of the distances is far from their mean.
 */
bool tally_period(const struct class_tally *c, struct period *ret)
{
	size_t n = c->outages_len < TALLY_OUTAGES ? (size_t)c->outages_len : TALLY_OUTAGES;
	const struct outage *o = c->outages, *last = o + n - 1;
	double mean, lasted = 0;

	if (n < LEAST_OUTAGES)
		return false;
	mean = (double)(last->first - o->first) / (double)(n - 1);
	for (size_t i = 0; i < n; i++) {
		int64_t at = o[i].first - (i ? o[i - 1].first : 0);

		if ((double)(o[i].first - o[i].before) > JITTER * mean || (double)(o[i].after - o[i].last) > JITTER * mean)
			return false;
		if (i && fabs((double)at - mean) > JITTER * mean)
			return false;
		lasted += (double)(o[i].last - o[i].first) / (double)n;
	}
	ret->low = ((double)(last->before - o->first)) / (double)(n - 1) / 1e9;
	ret->high = ((double)(last->first - o->before)) / (double)(n - 1) / 1e9;
	ret->outage = lasted / 1e9;
	ret->count = n;
	return true;
}
