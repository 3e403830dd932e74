/*
 * report/diff.h - a report on a tunnel that works beside one on a tunnel that does not. Private to the room.
 *
 * Read from two models alone. GOOD is capture 0 of the document (lettered A), BAD
 * is capture 1 (B). Sides are those of GOOD: where BAD was recorded at the other
 * end, its sides are exchanged before anything is compared.
 */
#ifndef ANALYZER_REPORT_DIFF_H
#define ANALYZER_REPORT_DIFF_H

#include "analyzer/report/parts.h"

struct diff_half {
	const json_t *model, *tunnel;
	const json_t *sa;     /* the IKE SA to compare, or NULL */
	bool swapped;         /* side a of GOOD is side b here */
	int capture;          /* 0: GOOD, 1: BAD */
};

struct diff_pair { struct diff_half good, bad; };

/* "a" or "b" of this half for a side of GOOD. */
const char *diff_side(const struct diff_half *h, char side);
const json_t *diff_end(const struct diff_half *h, char side); /* the tunnel's end on that side */

/* Exchanges that set a tunnel up: the n-th of that type that the initiator, or the other side, began. */
const json_t *diff_counterpart(const struct diff_half *h, const struct diff_half *of, const json_t *exchange);
bool diff_sets_up(const json_t *exchange);
json_t *diff_exchange_name(const struct diff_half *h, const json_t *exchange);
bool diff_answered(const json_t *exchange);

/* Frames [[capture, number], ...] of the document; at most two of each exchange: request and answer. */
json_t *diff_frames(const struct diff_half *h, const json_t *exchange);

json_t *diff_parting(const struct diff_pair *p);                  /* diff_parting.c; NULL when they do not part */
/* diff_aspects.c: what differs; what is the same is appended to `same`. */
json_t *diff_aspects(const struct diff_pair *p, json_t *same);

#endif
