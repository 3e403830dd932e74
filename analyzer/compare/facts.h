/*
 * compare/facts.h - what two recordings show together, as facts (rules/README.md, "Two ends").
 */
#ifndef ANALYZER_COMPARE_FACTS_H
#define ANALYZER_COMPARE_FACTS_H

#include <jansson.h>

#include "analyzer/compare/match.h"

struct view { /* what the facts are told from */
	const struct clocks *clocks;
	const struct match *match;
	int64_t start_ns;               /* second 0 */
	const json_t *captures[SIDES];  /* capture facts of each side: what its recorder could show */
};

/*
 * near, far: the tunnel as each side's track_facts() has it, or NULL; serials in those tracks, 0 for
 * none. Caller owns the result.
 */
json_t *ends_facts(const struct view *v, const json_t *near, const json_t *far, const uint32_t serials[SIDES],
		   const char *joined);
json_t *clock_facts(const struct view *v);

#endif
