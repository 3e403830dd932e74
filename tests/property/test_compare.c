/*
 * Two recordings of one simulated path: whatever their clocks, NAT, order, copies and overlap are, the matching
 * finds what left, what arrived and what was lost, and turning the recordings round turns nothing else.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/compare/match.h"
#include "dissect/base/mem.h"
#include "tests/support/suite.h"

enum { PACKETS = 400, ROUNDS = 60, MOST = 4 * PACKETS };

struct packet_seen {
	enum side side;
	struct sighting s;
};

struct world { /* what is true, and what each recorder saw */
	uint64_t state;
	int64_t offset_ns, delay_ns[SIDES];
	double skew;
	bool nat, same_ttl;
	struct packet_seen seen[MOST];
	size_t len;
	uint64_t left[SIDES], lost[SIDES], copied[SIDES];
};

static uint64_t roll(struct world *w, uint64_t below)
{
	w->state = w->state * 6364136223846793005u + 1442695040888963407u;
	return (w->state >> 33) % below;
}

static struct addr host(uint8_t last)
{
	return (struct addr){ .family = 4, .at = { 192, 0, 2, last } };
}

/* The sender's address changes on the way out of a NAT at the near end, and back on the way in. */
static struct sighting sighting(const struct world *w, int sender, enum side side, uint32_t n)
{
	struct addr near = host(w->nat && side == NEAR ? 10 : 1), far = host(2);

	return (struct sighting){ .key = 1000 + n * 2 + (uint64_t)sender, .print = 7000 + n, .class = CLASS_ESP,
				  .src = sender == NEAR ? near : far, .dst = sender == NEAR ? far : near,
				  .id = 1 + n, .has_id = true, .len = 100 + n % 7, .payload = 80 + n % 7, .sample = n, .protocol = 50,
				  .ttl = (uint8_t)(sender == (int)side || w->same_ttl ? 64 : 61) };
}

static void record(struct world *w, enum side side, struct sighting s, int64_t at)
{
	int64_t local = side == NEAR ? at : at + w->offset_ns + (int64_t)(w->skew * (double)at);

	ck_assert_uint_lt(w->len, MOST);
	s.seen = (struct seen){ (uint32_t)side, 0, local };
	w->seen[w->len++] = (struct packet_seen){ side, s };
}

static int by_time(const void *x, const void *y)
{
	const struct packet_seen *a = x, *b = y;

	if (a->side != b->side)
		return a->side < b->side ? -1 : 1;
	return a->s.seen.time_ns < b->s.seen.time_ns ? -1 : a->s.seen.time_ns > b->s.seen.time_ns;
}

static void number(struct world *w)
{
	uint64_t n[SIDES] = { 0 };

	qsort(w->seen, w->len, sizeof *w->seen, by_time);
	for (size_t i = 0; i < w->len; i++)
		w->seen[i].s.seen.frame = ++n[w->seen[i].side];
}

/* far_from, far_until: when the far recorder runs, in packets sent. */
static void simulate(struct world *w, uint64_t seed, uint32_t far_from, uint32_t far_until, unsigned loss)
{
	int64_t at = INT64_C(1700000000) * 1000000000;

	memset(w, 0, sizeof *w);
	w->state = seed * 2654435761u + 1;
	w->offset_ns = (int64_t)roll(w, 7200) * 1000000000 - INT64_C(3600) * 1000000000;
	w->skew = ((double)roll(w, 200) - 100) * 1e-6 * (seed % 3 == 0);
	w->offset_ns -= (int64_t)(w->skew * (double)at); /* the drift begins here */
	w->nat = seed % 2;
	w->same_ttl = seed % 5 == 0;
	w->delay_ns[NEAR] = 5000000 + (int64_t)roll(w, 30000000);
	w->delay_ns[FAR] = w->delay_ns[NEAR] + (int64_t)roll(w, 2000000);
	for (uint32_t n = 0; n < PACKETS; n++) {
		int sender = (int)(n % 2);
		int64_t there = at + w->delay_ns[sender] + (int64_t)roll(w, 3000000) + (roll(w, 20) ? 0 : 40000000);
		bool lost = roll(w, 100) < loss && n > 20 && n < PACKETS - 40, copied = !roll(w, 25);
		bool far_runs = n >= far_from && n < far_until;

		if (sender == NEAR || far_runs)
			record(w, (enum side)sender, sighting(w, sender, (enum side)sender, n), at);
		for (int i = 0; !lost && (sender == FAR || far_runs) && i < 1 + copied; i++)
			record(w, (enum side)!sender, sighting(w, sender, (enum side)!sender, n), there + i * 300000);
		if (far_runs) {
			w->left[sender] += 1;
			w->lost[sender] += lost;
			w->copied[sender] += !lost && copied;
		}
		at += 10000000 + (int64_t)roll(w, 20000000);
	}
	number(w);
}

static uint32_t owner(void *ctx, enum side side, const struct sighting *s)
{
	(void)ctx, (void)side, (void)s;
	return 1;
}

struct outcome {
	struct clocks clocks;
	struct match *match;
};

/* turned: the far recording is given as the near one. */
static void compare(struct world *w, bool turned, struct outcome *ret)
{
	struct lessons *l = lessons_new();
	struct packet_seen *order = mem_copy(w->seen, w->len * sizeof *order);

	for (int side = NEAR; side < SIDES; side++)
		for (size_t i = 0; i < w->len; i++) {
			if ((int)(w->seen[i].side ^ turned) != side)
				continue;
			w->seen[i].s.seen.capture = (uint32_t)side;
			lessons_frame(l, (enum side)side, w->seen[i].s.seen);
			lessons_saw(l, (enum side)side, &w->seen[i].s);
		}
	lessons_settle(l, &ret->clocks);
	lessons_free(l);
	ret->match = match_new(&(struct match_options){ .clocks = &ret->clocks, .owner = owner });
	for (size_t i = 0; i < w->len; i++) {
		order[i] = w->seen[i];
		order[i].side ^= turned;
		order[i].s.seen.time_ns = clocks_time(&ret->clocks, order[i].side, w->seen[i].s.seen);
	}
	for (size_t i = 0; i < w->len; i++) /* all on one line, in order of time */
		order[i].s.seen.capture = 0;
	for (size_t i = 1; i < w->len; i++) {
		struct packet_seen p = order[i];
		size_t k = i;

		for (; k > 0 && order[k - 1].s.seen.time_ns > p.s.seen.time_ns; k--)
			order[k] = order[k - 1];
		order[k] = p;
	}
	for (size_t i = 0; i < w->len; i++)
		match_saw(ret->match, order[i].side, &order[i].s);
	match_end(ret->match);
	mem_free(order);
}

static void outcome_clear(struct outcome *o)
{
	match_free(o->match);
	clocks_clear(&o->clocks);
}

static const struct class_tally *esp_of(const struct outcome *o, enum side side)
{
	const struct tally *t = match_tally(o->match, side, 1);

	ck_assert_ptr_nonnull(t);
	ck_assert_ptr_nonnull(t->classes[CLASS_ESP]);
	return t->classes[CLASS_ESP];
}

START_TEST(what_left_is_found_or_lost_whatever_clocks_nat_and_order)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		static struct world w;
		struct outcome o;

		simulate(&w, seed, 0, PACKETS, (unsigned)(seed % 40));
		compare(&w, false, &o);
		ck_assert_int_eq(o.clocks.known, CLOCKS_BOTH_WAYS);
		for (int side = NEAR; side < SIDES; side++) {
			const struct class_tally *c = esp_of(&o, (enum side)side);

			ck_assert_uint_eq(c->lost, w.lost[side]);
			ck_assert_uint_ge(c->sent + 12, w.left[side]); /* the last ones may be too late to tell */
			ck_assert_uint_le(c->sent, w.left[side]);
			ck_assert_uint_eq(c->sent, c->arrived + c->lost);
			ck_assert_uint_le(c->duplicated, w.copied[side]);
			ck_assert_uint_ge(c->duplicated + 2, w.copied[side]);
			ck_assert_uint_eq(match_tally(o.match, (enum side)side, 1)->unsent, 0);
		}
		outcome_clear(&o);
	}
}
END_TEST

START_TEST(the_clocks_are_known_within_the_error_they_claim)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		static struct world w;
		struct outcome o;

		simulate(&w, seed, 0, PACKETS, 5);
		compare(&w, false, &o);
		for (size_t i = 0; i < w.len; i++) {
			const struct sighting *s = &w.seen[i].s;
			double is = (double)(s->seen.time_ns - w.offset_ns) / (1 + w.skew);

			if (w.seen[i].side == FAR)
				ck_assert_double_le(fabs((double)clocks_time(&o.clocks, FAR, s->seen) - is),
						    (double)o.clocks.error_ns + 2e6);
		}
		outcome_clear(&o);
	}
}
END_TEST

START_TEST(turning_the_recordings_round_turns_nothing_else)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		static struct world w;
		struct outcome there, back;

		simulate(&w, seed, 0, PACKETS, (unsigned)(seed % 30));
		compare(&w, false, &there);
		compare(&w, true, &back);
		for (int side = NEAR; side < SIDES; side++) {
			ck_assert_uint_eq(esp_of(&there, (enum side)side)->lost, esp_of(&back, (enum side)!side)->lost);
			ck_assert_uint_eq(esp_of(&there, (enum side)side)->arrived,
					  esp_of(&back, (enum side)!side)->arrived);
		}
		outcome_clear(&there);
		outcome_clear(&back);
	}
}
END_TEST

START_TEST(what_left_outside_the_common_time_is_not_lost)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		static struct world w;
		struct outcome o;

		simulate(&w, seed, 100, 300, 0);
		compare(&w, false, &o);
		for (int side = NEAR; side < SIDES; side++)
			ck_assert_uint_eq(esp_of(&o, (enum side)side)->lost, 0);
		ck_assert_uint_le(esp_of(&o, NEAR)->sent, 101);
		outcome_clear(&o);
	}
}
END_TEST

START_TEST(a_packet_that_only_the_other_end_has_is_the_recorders_loss)
{
	static struct world w;
	struct outcome o;
	size_t kept = 0, dropped = 0;

	simulate(&w, 7, 0, PACKETS, 0);
	for (size_t i = 0; i < w.len; i++) {
		if (w.seen[i].side == FAR && w.seen[i].s.ttl == 64 && i % 10 == 3 && w.seen[i].s.sample > 40 &&
		    w.seen[i].s.sample < 340) {
			dropped += 1;
			continue;
		}
		w.seen[kept++] = w.seen[i];
	}
	w.len = kept;
	compare(&w, false, &o);
	ck_assert_uint_gt(dropped, 5);
	ck_assert_uint_eq(match_tally(o.match, NEAR, 1)->unsent, dropped); /* told where they arrived */
	ck_assert_uint_eq(esp_of(&o, FAR)->lost, 0);
	outcome_clear(&o);
}
END_TEST

START_TEST(a_limit_that_is_met_forgets_and_never_invents_losses)
{
	static struct world w;
	struct lessons *l = lessons_new();
	struct clocks clocks;
	struct match *m;

	simulate(&w, 3, 0, PACKETS, 0);
	for (size_t i = 0; i < w.len; i++) {
		lessons_frame(l, w.seen[i].side, w.seen[i].s.seen);
		lessons_saw(l, w.seen[i].side, &w.seen[i].s);
	}
	lessons_settle(l, &clocks);
	m = match_new(&(struct match_options){ .clocks = &clocks, .owner = owner, .max_pending = 2 });
	for (size_t i = 0; i < w.len; i++)
		if (w.seen[i].side == NEAR)
			match_saw(m, NEAR, &w.seen[i].s); /* the other end comes too late to be matched */
	ck_assert_uint_gt(match_unfollowed(m), 0);
	match_free(m);
	clocks_clear(&clocks);
	lessons_free(l);
}
END_TEST

SUITE("compare", what_left_is_found_or_lost_whatever_clocks_nat_and_order,
      the_clocks_are_known_within_the_error_they_claim, turning_the_recordings_round_turns_nothing_else,
      what_left_outside_the_common_time_is_not_lost, a_packet_that_only_the_other_end_has_is_the_recorders_loss,
      a_limit_that_is_met_forgets_and_never_invents_losses)
