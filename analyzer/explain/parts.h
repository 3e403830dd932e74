/*
 * explain/parts.h - what the room shares. Private to it.
 */
#ifndef ANALYZER_EXPLAIN_PARTS_H
#define ANALYZER_EXPLAIN_PARTS_H

#include "analyzer/explain/explain.h"
#include "analyzer/report/words.h"
#include "dissect/base/language.h"

struct state { const char *word, *where, *means, *ids, *source; };
struct topic { const char *token, *means, *capture, *ids; };
struct logged { const char *topic, *where, *phrase; };

/* Rows of device.def; NULL behind the last. */
const struct state *state_row(size_t i);
const struct logged *logged_row(size_t i);
const struct topic *topic_of(const struct logged *l);

/* Lower case, and one blank for any run of blanks, dots, underscores and hyphens. Cut to EXPLAIN_WORD. */
void plain(const char *word, size_t len, char ret[EXPLAIN_WORD + 1]);
/* A state, or one that begins like a state with a star. */
bool state_fits(const struct state *s, const char *plain_word);
bool is_number(const char *s);

/* NAME, then what one row says of it. */
void tell_state(struct page *p, const struct judge *j, const struct state *s);
void tell_logged(struct page *p, const struct judge *j, const struct logged *l);
/* Every row of the registries of that name; how many. Nothing is told when p is NULL. */
unsigned tell_wire(struct page *p, const char *plain_word);
void tell_findings(struct page *p, const struct judge *j, const char *ids); /* ids with blanks between */
void tell(struct page *p, const char *lead, enum word w, const struct fill *fills, size_t n);
#define TELL(p, w, ...) TELL_AFTER(p, "  ", w, __VA_ARGS__)
#define ITEM(p, w, ...) TELL_AFTER(p, "  - ", w, __VA_ARGS__)
#define TELL_AFTER(p, lead, w, ...) \
	tell(p, lead, w, (const struct fill[]){ __VA_ARGS__ }, \
	     sizeof((const struct fill[]){ __VA_ARGS__ }) / sizeof(struct fill))

#endif
