/*
 * compare/match.h - pairs what left one end with what came to the other, in one reading of both.
 *
 * Sightings are handed over in the order of the near clock. Of each packet that
 * leaves, what is remembered lives until it can no longer arrive; so what is
 * kept is proportional to a few seconds of traffic, whatever the recordings'
 * length. Equal packets (resends) pair in order: a packet that arrives is the
 * last one that left before, unless the IP id says which.
 *
 * What arrives in other pieces than it left in is known by the octets that are
 * covered; what a NAT put together and cut anew, by the message made of it.
 */
#ifndef ANALYZER_COMPARE_MATCH_H
#define ANALYZER_COMPARE_MATCH_H

#include "analyzer/compare/tally.h"

struct match_options {
	const struct clocks *clocks;
	/* Serial of the tunnel of this sighting in its side's track, 0 for none. */
	uint32_t (*owner)(void *ctx, enum side side, const struct sighting *s);
	void *ctx;
	uint32_t max_pending;           /* packets on their way, of one sender; 0 means 131072 */
};

struct match;
struct match *match_new(const struct match_options *o);
void match_free(struct match *take);

/* s->seen.time_ns is of the near clock. */
void match_saw(struct match *m, enum side side, const struct sighting *s);
void match_end(struct match *m);

/* Results, lent. */
const struct tally *match_tally(const struct match *m, enum side side, uint32_t tunnel); /* NULL: nothing sent */
/* Packets that are in tunnel `near` of one recording and in tunnel `far` of the other. */
uint64_t match_links(const struct match *m, uint32_t near, uint32_t far);
/* Does that recording hold packets of this class at all? */
bool match_records(const struct match *m, enum side side, enum class class);
uint64_t match_unfollowed(const struct match *m); /* too many on their way: not counted */
bool match_doubles(const struct match *m, enum side side); /* that recorder has its packets twice */
bool match_overlaps(const struct match *m); /* there was a time at which both recorded */
/* When that side recorded, by the near clock. */
void match_recorded(const struct match *m, enum side side, int64_t *ret_first, int64_t *ret_last);

#endif
