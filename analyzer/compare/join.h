/*
 * compare/join.h - two documents of facts become one.
 *
 * A tunnel of the near recording and one of the far are the same when packets
 * are in both of them; where no packet is, when both name the same two hosts.
 */
#ifndef ANALYZER_COMPARE_JOIN_H
#define ANALYZER_COMPARE_JOIN_H

#include "analyzer/compare/facts.h"
#include "analyzer/track/track.h"

struct joining {
	struct view view;
	const json_t *facts[SIDES];      /* track_facts() of each */
	const struct track *tracks[SIDES];
};

json_t *join_facts(const struct joining *j); /* compare_facts() */

/* exchanges.c: IKE requests that were repeated or not answered, as both ends have them. */
json_t *exchange_facts(const json_t *near, const json_t *far, const json_t *recorded);
/* rows.c: what passed, in order of time, each message once, with what became of it. */
json_t *joined_rows(const struct joining *j, const json_t *near, const json_t *far, const json_t *recorded);

#endif
