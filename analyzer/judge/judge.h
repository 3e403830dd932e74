/*
 * judge/judge.h - rules in Lua look at facts and say what is wrong.
 *
 * A judge holds the rules of one process: those compiled in, and those of
 * directories given by the user (same id: the later replaces). judge_run() is
 * pure: the same facts give the same findings, in the same order. A rule that
 * fails (error, too many steps, too much memory) costs only its own finding and
 * leaves an entry in "troubles".
 *
 * Facts come as the document of track_facts() (rules/README.md):
 *   { "capture": {fact: ...}, "tunnels": [ {fact: ...}, ... ] }
 * Findings leave as
 *   { "capture": [finding], "tunnels": [ { "findings": [finding], "verdict": {...} } ],
 *     "verdict": {...}, "troubles": [ {rule, text} ] }
 *   finding  { id, step, severity, confidence, culprit, title, text, why, advice {now [], verify [],
 *              isp, peer, admin []}, evidence {frames [[capture, frame]], filter}, args {}, explains [],
 *              explained_by (id, or absent), past (true: before the tunnel began to work), score,
 *              references [] }
 *   verdict  { id, title, sentence, step, confidence, culprit, severity, finding (index, or absent) }
 *            for the whole capture also "tunnel" (index)
 * Sorted: findings that stand before those explained, worst first (diagnoses method F).
 */
#ifndef ANALYZER_JUDGE_JUDGE_H
#define ANALYZER_JUDGE_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct catalog;
struct judge;

struct judge_error {
	char text[512]; /* file, line and reason */
};

/* NULL and *ret_error when a rule cannot be loaded. rules_dir may be NULL. Its rules say what they say in the language now in use. */
struct judge *judge_new(const char *const *rules_dirs, struct judge_error *ret_error);
const struct catalog *judge_language(const struct judge *j); /* lent */
void judge_free(struct judge *j);

/* start_ns: packet time of second 0 of the facts, for times in sentences. Caller owns the result. */
json_t *judge_run(struct judge *j, const json_t *facts, int64_t start_ns);

/*
 * Two recordings. near, far: what each alone tells (track_facts); both: the two together (compare_facts).
 * One-sided rules look at each end, rules of scope "ends" at both; where the two disagree with one
 * end, the two are right. In what far's rules say, "local" is the far end: it is told as "peer".
 */
json_t *judge_ends(struct judge *j, const json_t *near, const json_t *far, const json_t *both);

/* Hex SHA-256 over the text of all rules, in order of id. Lent. */
const char *judge_rules_hash(const struct judge *j);
/* [{id, step, severity, scope, title, file}] and one rule whole; caller owns; NULL when unknown. */
json_t *judge_list(const struct judge *j);
json_t *judge_show(const struct judge *j, const char *id);
/* Arrays of complaints / of {rule, name, passed, text}; empty lint means clean. Caller owns. */
json_t *judge_lint(const struct judge *j);
json_t *judge_test(struct judge *j);

#endif
