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

/*
 * What a recording can show: rules ask it before they conclude from an absence (rule 0 of rules/README.md).
 * read is how a rule's source asks, without "t." and "c." in front.
 */
struct gate {
	const char *read, *closed_capture, *closed_tunnel; /* the facts of one that cannot, as JSON */
};
extern const struct gate gates[];
extern const size_t gates_len;

/* The same test from a recording that lacks what that gate asks, or all of them (gates_len). Caller owns. */
json_t *rule_test_closed(const json_t *test, size_t gate);

/* Whether a test expects that the rule finds nothing, or refutes what one end says. */
bool rule_test_expects_nothing(const json_t *test);

#endif
