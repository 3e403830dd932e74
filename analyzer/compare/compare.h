/*
 * compare/compare.h - two recordings of the same packets, one at each end.
 *
 * Both are read twice. The first reading (learn) tells how far the clocks are
 * apart and which end an address is at. The second hands over both in the order
 * of the near clock: each side has its own track, as if it were alone, and what
 * leaves one end is looked for at the other (saw). Then the two documents of
 * facts become one, in which each tunnel has what only both ends can show.
 *
 *   compare_frame(c, side, seen);  compare_learn(c, side, &message);  compare_settle(c);
 *   compare_follow(c, near_track, far_track);
 *   compare_saw(c, side, &message);                 seen.time_ns by compare_time()
 *   compare_end(c);  json_t *both = compare_facts(c, near_facts, far_facts);
 */
#ifndef ANALYZER_COMPARE_COMPARE_H
#define ANALYZER_COMPARE_COMPARE_H

#include <jansson.h>

#include "analyzer/compare/clock.h"
#include "analyzer/track/track.h"

struct compare;
struct compare *compare_new(void);
void compare_free(struct compare *take);

void compare_frame(struct compare *c, enum side side, struct seen s);
void compare_learn(struct compare *c, enum side side, const struct message *m);
/* Before settling: at which end an address is, where both recordings cannot tell. */
void compare_told(struct compare *c, enum side end, const struct addr *a);
void compare_settle(struct compare *c);

/* Second 0 of all facts, by the near clock. False when no side has a frame. */
bool compare_start(const struct compare *c, int64_t *ret_ns);
int64_t compare_time(const struct compare *c, enum side side, struct seen s);
/* Addresses of an end as a side has them, those that packets in both recordings place there. Lent. */
const struct addr *compare_ends(const struct compare *c, enum side side, enum side end, size_t *ret_n);
/* Of that side's own end, where no router lies between it and the recorder. Lent. */
const struct addr *compare_locals(const struct compare *c, enum side side, size_t *ret_n);

void compare_follow(struct compare *c, struct track *near, struct track *far);
void compare_saw(struct compare *c, enum side side, const struct message *m); /* after the side's track had it */
void compare_end(struct compare *c);

/*
 * { start_ns, captures [near then far], capture {..}, tunnels [ {tunnel facts, "between": {facts of scope ends},
 *   "near": place or null, "far": place or null} ], tunnels_total, limits [], "clock": {..},
 *   "related": false when the two show different tunnels or different times }
 * near, far: what the tracks tell. Caller owns it.
 */
json_t *compare_facts(const struct compare *c, const json_t *near, const json_t *far);

#endif
