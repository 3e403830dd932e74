/*
 * judge/ranking.h - many findings, one verdict: method F of the diagnoses.
 *
 * A cause takes its consequences away (explained_by), what lies before the
 * tunnel began to work is past, and of what stands the lowest step with a likely
 * or confirmed fault gives the verdict. `rival` in it is the finding that nearly
 * ties with it, `common` the sentence about tunnels that share one fault.
 */
#ifndef ANALYZER_JUDGE_RANKING_H
#define ANALYZER_JUDGE_RANKING_H

#include <jansson.h>
#include <stdint.h>

/*
 * Puts findings of one tunnel in order, completes them, and returns its verdict. capture: findings
 * about the capture, which may explain those of a tunnel. Caller owns the result.
 */
json_t *rank_tunnel(json_t *findings, const json_t *capture, const json_t *facts, int64_t start_ns);

/* Puts findings about the capture in order; before the tunnels, whose verdicts may point into them. */
void rank_capture(json_t *findings);

/*
 * The verdict over all, owned by the caller. tunnels: [{findings, verdict}] in the order of the tunnels in
 * facts; capture_facts: those of the capture, never NULL.
 */
json_t *rank_verdicts(const json_t *tunnels, const json_t *capture, const json_t *capture_facts, const json_t *facts);

#endif
