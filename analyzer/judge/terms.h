/*
 * judge/terms.h - the words of rules and findings, each list from least to most.
 */
#ifndef ANALYZER_JUDGE_TERMS_H
#define ANALYZER_JUDGE_TERMS_H

/* The ladder of steps, the lowest rung first: what fails below explains what fails above. */
enum step {
	STEP_CAPTURE,
	STEP_REACHABILITY,
	STEP_NEGOTIATION,
	STEP_AUTHENTICATION,
	STEP_DATA,
	STEP_LIFECYCLE,
};
enum severity { INFO, LOW, MEDIUM, HIGH, CRITICAL };
enum confidence { POSSIBLE, LIKELY, CONFIRMED };

/* NULL-terminated; culprits have no order. */
extern const char *const step_words[], *const severity_words[], *const confidence_words[],
	*const culprit_words[], *const scope_words[];

/* The place of word in words, or -1. */
int term(const char *const *words, const char *word);

#endif
