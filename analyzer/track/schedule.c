/*
 * The rhythm of resends: whose it may be, when the next one is due, and whether
 * the recorder's clock ran ahead in between (diagnoses.md D.2, D.4, cap.clock.jump).
 */
#include "analyzer/track/state.h"

enum { ENOUGH_GAPS = 3, MAX_GAPS = 12 };

static const struct rhythm {
	const char *name;
	double gaps[MAX_GAPS + 1]; /* 0 ends it */
} rhythms[] = {
#define SCHEDULE(name, ...) { name, { __VA_ARGS__ } },
#include "analyzer/track/schedule.def"
#undef SCHEDULE
};

static bool near(double gap, double due)
{
	double off = gap > due ? gap - due : due - gap;

	return off <= due * 0.10 + 0.150;
}

/* Gaps between sends, the first ones; copies of a send that came at once are none. */
static size_t gaps_of(const struct half *h, double ret[MAX_GAPS])
{
	uint32_t sends = h->sent.count < WITNESS_FRAMES ? h->sent.count : WITNESS_FRAMES;
	size_t n = 0;

	for (uint32_t i = 1; i < sends && n < MAX_GAPS; i++)
		ret[n++] = (double)(witness_at(&h->sent, i).time_ns - witness_at(&h->sent, i - 1).time_ns) / 1e9;
	return n;
}

/* skip: a gap that is not looked at, or n. */
static bool fits(const struct rhythm *r, const double *gaps, size_t n, size_t skip)
{
	for (size_t i = 0; i < n; i++)
		if (r->gaps[i] <= 0 || (i != skip && !near(gaps[i], r->gaps[i])))
			return false;
	return true;
}

static const struct rhythm *only_fit(const double *gaps, size_t n, size_t skip)
{
	const struct rhythm *found = NULL;

	for (size_t i = 0; i < sizeof rhythms / sizeof *rhythms; i++)
		if (fits(&rhythms[i], gaps, n, skip)) {
			if (found)
				return NULL;
			found = &rhythms[i];
		}
	return found;
}

struct schedule schedule_of(const struct half *h)
{
	double gaps[MAX_GAPS];
	size_t n = gaps_of(h, gaps);
	const struct rhythm *r = n >= ENOUGH_GAPS && h->sent.count == n + 1 ? only_fit(gaps, n, n) : NULL;

	if (!r)
		return (struct schedule){ NULL, 0, NULL };
	return (struct schedule){ r->name, r->gaps[n], r->gaps };
}

/* A time without any frame that makes exactly one gap of a known rhythm too long: that much the clock ran ahead. */
static json_t *leap(const struct track *t, const struct half *h)
{
	double gaps[MAX_GAPS];
	size_t n = gaps_of(h, gaps);

	if (n < ENOUGH_GAPS + 1)
		return NULL;
	for (size_t k = 0; k < n; k++) {
		const struct rhythm *r = only_fit(gaps, n, k);
		double ahead = r ? gaps[k] - r->gaps[k] : 0;
		int64_t from = witness_at(&h->sent, (uint32_t)k).time_ns;
		int64_t to = witness_at(&h->sent, (uint32_t)k + 1).time_ns;

		if (!r || ahead < 10)
			continue;
		for (uint32_t i = 0; i < t->silences_len; i++) {
			double silent = (double)(t->silences[i].to_ns - t->silences[i].from_ns) / 1e9;

			if (t->silences[i].from_ns >= from && t->silences[i].to_ns <= to && silent >= ahead)
				return json_pack("{s:f,s:f,s:s,s:[o,o]}", "at",
						 seconds_at(t, t->silences[i].from_ns), "by", ahead,
						 "schedule", r->name, "frames",
						 told_frame(witness_at(&h->sent, (uint32_t)k)),
						 told_frame(t->silences[i].seen));
		}
	}
	return NULL;
}

json_t *schedule_leaps(const struct track *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->tunnels_len && t->silences_len; i++)
		for (uint32_t k = 0; k < t->tunnels[i]->attempts_len; k++) {
			const struct ike_sa *sa = t->tunnels[i]->attempts[k];

			for (size_t x = 0; x < sa->exchanges_len; x++) {
				json_t *row = leap(t, &sa->exchanges[x]->request);

				if (row)
					json_array_append_new(list, row);
			}
		}
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}
