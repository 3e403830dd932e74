/*
 * judge/finding.h - asks one rule, and makes findings of what it answers.
 */
#ifndef ANALYZER_JUDGE_FINDING_H
#define ANALYZER_JUDGE_FINDING_H

#include "analyzer/judge/rule.h"
#include "analyzer/judge/typed.h"
#include "dissect/base/bytes.h"
#include "dissect/base/text.h"

/* Where one rule is asked. tunnel is NULL for the capture. Of two ends: tunnel is the near one, either may be NULL. */
struct place {
	const json_t *capture, *tunnel;
	struct setting setting;
	const json_t *far, *ends;
};

/* All trigger facts are there. */
bool rule_triggered(const struct rule *r, const struct place *at);

/*
 * An array of findings (judge.h) without what the ranking adds, and with "at" (seconds) where the
 * rule told it; NULL and ret_error when the rule failed. Of two ends also {id, refuted}: not
 * so, whatever one end says. strict: a field that no rule may return is
 * an error too. Caller owns.
 */
json_t *rule_ask(struct judge *j, struct rule *r, const struct place *at, bool strict,
		 char ret_error[HOST_ERROR]);

/* The next {name} in sentence, or NULL; *ret is the name. Returns where it begins. */
const char *placeholder(const char *sentence, struct bytes *ret);

#endif
