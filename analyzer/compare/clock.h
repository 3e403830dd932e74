/*
 * compare/clock.h - what the first reading of both recordings teaches: their clocks, and which end an address is at.
 *
 * Offset, skew and steps come from packets that are in both (diagnoses B.3):
 * none arrives before it left, in either direction. Of many packets a sample is
 * kept, chosen by sequence number, so that both recordings keep the same ones.
 *
 *   far clock = near clock + offset, within half of the shortest round trip
 *
 * An address is at the near end when its packets pass the near recorder first: their hop limit is
 * larger there, or else their times say so. Where nothing matches, its own recording tells by what
 * the link says of the way, or by a hop limit that no router has touched.
 */
#ifndef ANALYZER_COMPARE_CLOCK_H
#define ANALYZER_COMPARE_CLOCK_H

#include "analyzer/compare/sighting.h"
#include "dissect/base/map.h"

enum side { NEAR, FAR, SIDES };
enum { MAX_STEPS = 16, MAX_ROUTES = 256, UNKNOWN_END = -1 };

struct step { /* the difference of the clocks from this frame of the far recording on */
	struct seen from;
	int64_t offset_ns, since_ns;    /* offset at since_ns of the far clock */
};

struct route { /* a sender and a receiver, as each side has their addresses */
	struct addr src[SIDES], dst[SIDES];
	uint64_t pairs;
	int64_t before, after;          /* pairs with the larger hop limit at the near end, at the far end */
	int64_t low, high, sum;         /* far time minus near time */
	int sender;                     /* end of the sender: NEAR, FAR, UNKNOWN_END */
};

struct reach { /* what one side's own recording says of an address */
	uint64_t packets, out, in, untouched;
	uint64_t pairs[SIDES];          /* packets in both recordings that place it at that end */
	int end;                        /* settled, or UNKNOWN_END */
	bool sure;                      /* packets that are in both recordings say so, or the caller */
};

struct span {
	bool any;
	struct seen first, last;        /* by time */
};

struct clocks {
	enum { CLOCKS_UNKNOWN, CLOCKS_ONE_WAY, CLOCKS_BOTH_WAYS } known;
	uint64_t pairs;
	struct seen example[SIDES];     /* the first packet that is in both */
	int64_t error_ns, floor_ns;     /* with CLOCKS_BOTH_WAYS */
	bool has_skew;
	double skew;                    /* the far clock runs faster by this share */
	struct step steps[MAX_STEPS];   /* of the far clock */
	size_t steps_len;               /* at least 1 */
	struct step set[MAX_STEPS];     /* the near clock was set: how far it is ahead of what it was */
	size_t set_len;
	int64_t usual_ns[SIDES];        /* longest usual time on the way, by end of the sender */
	int64_t least_ns[SIDES];
	struct span span[SIDES];        /* as recorded */
	struct route routes[MAX_ROUTES];
	size_t routes_len;
	struct map *reaches[SIDES];     /* struct addr -> struct reach */
	struct map *hosts[SIDES];       /* struct addr: heard of, in any packet */
};

struct lessons;
struct lessons *lessons_new(void);
void lessons_free(struct lessons *take);
void lessons_frame(struct lessons *l, enum side side, struct seen s);
void lessons_host(struct lessons *l, enum side side, const struct addr *a); /* heard of, in any packet */
void lessons_told(struct lessons *l, enum side end, const struct addr *a); /* where neither recording tells */
void lessons_saw(struct lessons *l, enum side side, const struct sighting *s);
/* Owns maps: clocks_clear. */
void lessons_settle(struct lessons *l, struct clocks *ret);
void clocks_clear(struct clocks *c);

/* A time by the near clock, as that was before it was set. */
int64_t clocks_time(const struct clocks *c, enum side side, struct seen s);
/* At which end the sender of this sighting is: NEAR, FAR or UNKNOWN_END. */
int clocks_sender(const struct clocks *c, enum side side, const struct sighting *s);
/* May these two be of one sender and receiver, whatever a NAT made of their addresses? */
bool clocks_same_route(const struct clocks *c, const struct sighting *near, const struct sighting *far);

#endif
