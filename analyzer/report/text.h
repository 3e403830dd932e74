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
	const char *who, *command; /* command: the captures as the user named them, or NULL */
	unsigned captures;
};

enum { LADDER_FROM = 72 }; /* columns */

const char *symbol(const struct page *p, char kind); /* X + > ? i or blank */
enum style symbol_style(char kind);
char step_symbol(const json_t *step);
char verdict_symbol(const json_t *verdict);
void add_instant(struct text *t, const char *rfc3339, const char *same_day_as); /* with its zone */

void text_steps(struct page *p, const json_t *steps);                   /* text_steps.c */
void text_ladder(struct page *p, const struct view *v);                 /* text_ladder.c */
void text_findings(struct page *p, const struct view *v, bool verbose); /* text_findings.c */
void text_checks(struct page *p, const json_t *tunnel);
void text_limits(struct page *p, const json_t *model, bool verbose);
void text_behind(struct page *p, const json_t *tunnel);
void text_environment(struct page *p, const json_t *model);
void text_table(struct page *p, const json_t *model, const json_t *order); /* text_table.c */

#endif
