/*
 * judge/verdict.h - the verdicts that are no diagnosis, from verdicts.def.
 */
#ifndef ANALYZER_JUDGE_VERDICT_H
#define ANALYZER_JUDGE_VERDICT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/judge/terms.h"

enum verdict_word {
#define VERDICT(token, id, title, sentence) V_##token,
#include "analyzer/judge/verdicts.def"
#undef VERDICT
};

/* What goes into the places of a sentence: lent. */
struct verdict_places {
	const char *a, *b; /* ends of the tunnel */
	const char *title; /* {failure}, {reason} */
	size_t count, total;
	int64_t since_ns;
};

struct verdict_places verdict_ends(const json_t *facts);

json_t *verdict_new(enum verdict_word w, const struct verdict_places *p);
void verdict_say(json_t *verdict, enum step step, enum confidence c, const char *culprit);

#endif
