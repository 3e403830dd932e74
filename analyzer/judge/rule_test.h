/*
 * judge/rule_test.h - runs the tests that rules carry.
 *
 * A test gives the facts that matter; the rest are those of an ordinary pair of
 * peers, recorded at "a", in a capture that sees everything.
 */
#ifndef ANALYZER_JUDGE_RULE_TEST_H
#define ANALYZER_JUDGE_RULE_TEST_H

#include "analyzer/judge/rule.h"

/* Findings of r under the facts of one test; NULL and ret_error when the rule failed. Caller owns. */
json_t *rule_test_findings(struct judge *j, struct rule *r, const json_t *test,
			   char ret_error[HOST_ERROR]);

/* Whether a test expects that the rule finds nothing, or refutes what one end says. */
bool rule_test_expects_nothing(const json_t *test);

#endif
