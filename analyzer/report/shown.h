/*
 * report/shown.h - the report as people read it: the view model of all templates.
 *
 * shown_report() turns report models into one JSON document of finished texts:
 * times, sizes, counts, frames and addresses are formatted here and nowhere else,
 * sentences are chosen, figures drawn. man/ikescope-template.5 lists its members;
 * each is always there, null when there is nothing to say, so that no template
 * finds a name further out by mistake.
 *
 * What is markup already (SVG, code) is an object { "markup": ... }: see
 * mustache.h.
 */
#ifndef ANALYZER_REPORT_SHOWN_H
#define ANALYZER_REPORT_SHOWN_H

#include "analyzer/report/mustache.h"
#include "analyzer/report/text.h"

#define SHOWN_MARKUP "markup"

struct shown { /* for which format */
	enum escape escape;
	bool ties;    /* no-break spaces where a line must not end */
	bool figures; /* as SVG */
	const json_t *models;            /* what is shown */
	const struct page_options *page; /* in which language tickets are */
};

/* models: an array of report models. The caller owns the result. */
json_t *shown_report(const json_t *models, const struct shown *how);

/* Findings as rows of a table: [{capture, tunnel, a, b, verdict, id, ...}]. The caller owns them. */
json_t *shown_rows(const json_t *models);

/* --- private to the room -------------------------------------------------------- */

/* One tunnel, or what is said where there is none, in full (shown_case.c). */
json_t *shown_case(const struct shown *how, const json_t *model, const json_t *tunnel);
json_t *shown_findings(const struct shown *how, const struct view *v);
json_t *shown_steps(const json_t *tunnel, size_t most); /* [{id, name, symbol, word, why, line}] */
const char *shown_look(const json_t *verdict); /* fault, possible, works, open */
const char *shown_symbol(char kind);           /* fault, ok, follows, possible, open, info */
json_t *shown_pair(const json_t *tunnel);
json_t *shown_since(const struct view *v);     /* the instant alone, or null */

/* Finished text (shown_text.c). */
json_t *shown_text(const struct shown *how, const char *s);          /* with no-break spaces */
json_t *shown_taken(const struct shown *how, json_t *take);          /* the same of a string */
json_t *shown_runs(const struct shown *how, const char *s);          /* [{plain, code}]: filters and commands apart */
json_t *shown_paragraphs(const struct shown *how, const json_t *texts, size_t most); /* [{text: runs}] */
json_t *shown_code(const struct shown *how, const char *s);          /* { markup } or null */
json_t *shown_markup(const char *made);
json_t *shown_block(const char *lines);                              /* { markup }: a fenced block of Markdown */

#endif
