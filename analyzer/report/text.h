/*
 * report/text.h - parts of the terminal view. Private to the room.
 */
#ifndef ANALYZER_REPORT_TEXT_H
#define ANALYZER_REPORT_TEXT_H

#include "analyzer/report/page.h"
#include "analyzer/report/parts.h"

struct view { /* what one verdict is told from */
	const json_t *model, *tunnel, *verdict,
		*findings;        /* tunnel: NULL when the file itself is at fault */
	const json_t *about_file; /* findings to tell with those of the tunnel, or NULL */
	const json_t *cause;      /* finding behind the verdict, or NULL */
	const json_t *rival;      /* one about as well founded, or NULL */
	const char *who, *command; /* command: the captures as the user named them, or NULL */
	unsigned captures;
};

enum { LADDER_FROM = 72 }; /* columns */

const char *symbol(const struct page *p, char kind); /* X + > ? i or blank */
enum style symbol_style(char kind);
char step_symbol(const json_t *step);
char verdict_symbol(const json_t *verdict);
const char *confidence_shown(const json_t *finding); /* the word for people */
void add_instant(struct text *t, const char *rfc3339, const char *same_day_as); /* with its zone */
void add_day_time(struct text *t, const char *rfc3339, const char *same_day_as); /* without */
void add_zone(struct text *t, const char *rfc3339);
void add_span(struct text *t, const json_t *captures); /* from the first frame of them to the last */
void add_tunnel_end(struct text *t, const json_t *end);       /* of a tunnel: name and address */
void add_about(struct text *t, const json_t *tunnel);  /* versions, ports, NAT, products */
struct view view_of(const json_t *model, const json_t *tunnel);
json_t *worst_first(const json_t *model);  /* its tunnels; equals in the order of the capture */
size_t first_sentence(const char *s);      /* where it ends: what follows is its proof */
char finding_symbol(const json_t *f);
bool step_reached(const json_t *step);
const char *step_word(const char *name, const json_t *step); /* passed, broken, not reached... */

/* tallies of tunnels (text_table.c) */
struct tally {
	size_t faults, works, others;
};
void count_tunnel(struct tally *t, const json_t *tunnel);
json_t *tally_said(enum word w, size_t n, const struct tally *tally);

/* The evidence sheet as it is pasted, appended to t (ticket.c). */
void ticket_add(struct text *t, const json_t *model, const json_t *tunnel);
/* Its packets alone: those lost between two recordings beside those that arrived. Nothing where none was lost. */
void ticket_packets(struct page *p, const json_t *model, const json_t *tunnel);
void add_moment(struct text *t, const char *rfc3339);                           /* date, and time to the millisecond */

void text_steps(struct page *p, const json_t *steps);                   /* text_steps.c */
void text_ladder(struct page *p, const struct view *v);                 /* text_ladder.c */
void text_findings(struct page *p, const struct view *v, bool verbose); /* text_findings.c */
void text_checks(struct page *p, const json_t *tunnel);
void text_limits(struct page *p, const json_t *model, bool verbose);
void text_behind(struct page *p, const json_t *tunnel);
void text_environment(struct page *p, const json_t *model);
void text_table(struct page *p, const json_t *model, const json_t *order); /* text_table.c */
/* What is to be filled in for an inside address of the tunnel, where said (NULL: anything) names it; else nothing. ticket.c */
void ticket_add_inside(struct text *t, const json_t *tunnel, const char *said);

#endif
