/*
 * report/parts.h - what the report model is put together from. Private to the room.
 *
 * Each part reads the facts and findings of one tunnel and returns a piece of
 * the document. Facts that are absent stay absent (track/fields.h).
 */
#ifndef ANALYZER_REPORT_PARTS_H
#define ANALYZER_REPORT_PARTS_H

#include <stdint.h>

#include "analyzer/report/report.h"
#include "analyzer/report/words.h"
#include "analyzer/track/fields.h"

struct whole { /* the documents handed in, and the captures of the model */
	const json_t *facts, *findings;
	const struct report_options *options;
	json_t *captures;
	unsigned captures_len;
	int64_t start_ns;
};

struct subject { /* one tunnel */
	const struct whole *whole;
	const json_t *facts, *findings, *verdict;
	const json_t *cause; /* the finding that is the verdict, or NULL */
};

/* values.c. A value that is not known (NULL) stays absent. */
void put(json_t *into, const char *name, json_t *take_value);
void put_copy(json_t *into, const char *name, const json_t *from, const char *key);
json_t *take_string(struct text *take);
json_t *filled(enum word w, const struct fill *fills, size_t n);
#define FILLED(w, ...) \
	filled(w, (const struct fill[]){ __VA_ARGS__ }, \
	       sizeof((const struct fill[]){ __VA_ARGS__ }) / sizeof(struct fill))
json_t *counted(enum word one, uint64_t n); /* the phrase of x_one and x_many for n, {count} filled in */
json_t *instant(const struct whole *w, double seconds);
json_t *instant_of(const struct whole *w, const json_t *o,
		   const char *key); /* NULL when o has no such key */
/* What RFC 3339 text of a model means in ns; 0 for none, and for years that do not fit. */
int64_t ns_of(const char *rfc3339);
const char *file_name(const char *path); /* where it lies on this computer is nobody's concern. Lent */
double micros(double seconds);       /* rounded, so that it prints short */

/* A frame of facts or findings as [capture, frame]; NULL when no capture holds it. Those of a list that are held. */
json_t *frame_pair(const struct whole *w, const json_t *frame);
bool same_frame(const struct whole *w, const json_t *x, const json_t *y); /* held, and one */
json_t *frame_pairs(const struct whole *w, const json_t *frames);
int severity_rank(const char *severity); /* info 0 .. critical 4 */
bool is_fault(const json_t *verdict);

/* tunnel.c */
const char *end_address(const struct subject *s, const char *side);
bool recorded_at(const struct subject *s, const char *side);
json_t *end_shown(const struct whole *w, const char *address); /* with its name, when it has one */
json_t *tunnel_document(const struct subject *s);
json_t *who_acts(const struct subject *s, const json_t *verdict); /* s may be NULL */
json_t *ticket_for(const json_t *verdict, const json_t *cause);

/* finding.c; ends: of its tunnel, NULL for what is about the capture */
json_t *finding_document(const struct whole *w, const json_t *finding, const json_t *ends);
/* packets.c: evidence by IP header */
json_t *packets_document(const struct subject *s, const json_t *frames);
bool packets_lost(const struct subject *s, const json_t *frames); /* by the word of both ends */
json_t *passed_document(const struct subject *s, const json_t *finding);

json_t *verdict_document(const json_t *verdict, const json_t *tunnel_id);
json_t *steps_document(const struct subject *s);   /* steps.c */
json_t *ike_sas_document(const struct subject *s); /* detail.c */
json_t *flows_document(const struct subject *s);
json_t *path_document(const struct subject *s);
json_t *ends_document(const struct subject *s); /* ends.c; NULL unless two ends were compared */
json_t *checks_document(const struct subject *s); /* checks.c */
json_t *limits_document(const struct whole *w);   /* limits.c */
json_t *ladder_document(const struct subject *s); /* ladder.c */
json_t *series_document(const struct subject *s); /* series.c */
json_t *names_document(const struct whole *w);    /* names.c; NULL when there are none */

#endif
