/*
 * report/report.h - one report model, several views of it.
 *
 * The model is a JSON document of schema ikescope.report/1 (report.schema.json
 * beside this file). Views read nothing else. Everything from the wire is
 * escaped by the view that prints it.
 */
#ifndef ANALYZER_REPORT_REPORT_H
#define ANALYZER_REPORT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "dissect/base/language.h"

struct report_name { const char *address, *name; };

struct report_options {
	const char *version, *rules_hash;
	const char *sandbox;              /* what held in the process that read, in words; NULL: nothing said */
	const struct report_name *names;  /* --name ADDR=NAME */
	size_t names_len;
	bool filtered;                    /* a part was looked at: the report says so */
};

/* facts: track_facts(), findings: judge_run(). Caller owns the result. */
json_t *report_model(const json_t *facts, const json_t *findings, const struct report_options *o);

/*
 * What differs between a report on a tunnel that works and one on a tunnel that
 * does not (diff.schema.json). Caller owns the result.
 */
json_t *diff_document(const json_t *good, const json_t *bad);

struct text_options {
	unsigned columns;   /* 100; narrower wraps, below 72 the ladder is left out */
	bool color, utf8;   /* colour never carries meaning alone; ASCII unless utf8 */
	bool verbose;       /* -v: all findings and checks */
	const char *command; /* the captures as the user named them */
};

struct ticket_options {
	unsigned columns; /* 0: TICKET_COLUMNS. Made to be pasted: who shows it does not wrap it anew */
	bool utf8;        /* names and addresses as they are; else \xNN for what is not ASCII */
};

enum { TICKET_COLUMNS = 72 };

/* Each writes to f and returns false when writing failed. */
bool report_text(FILE *f, const json_t *model, const struct text_options *o);
bool report_json(FILE *f, const json_t *model);
/*
 * The evidence sheet for whoever must act, one request first: tunnel.ticket says who that is (path: the
 * provider, peer: its administrator, nat: who runs the translator). Where it is null, the text says why
 * there is nothing to ask of others. tunnel: one of model.tunnels, or NULL: the one of ticket_tunnel().
 */
bool report_ticket(FILE *f, const json_t *model, const json_t *tunnel, const struct ticket_options *o);
/* The worst tunnel whose fault is another's to mend, else the one of the verdict, else NULL. Lent. */
const json_t *ticket_tunnel(const json_t *model);

enum page_format { PAGE_HTML, PAGE_MARKDOWN, PAGE_CSV, PAGE_PLAIN }; /* what values are escaped for */
bool page_format_named(const char *name, enum page_format *ret); /* html, md, csv, txt; false for none */

enum { PAGE_ERROR = 256 };

struct page_options {
	enum page_format format;
	const char *template_name; /* a template of the user's own: see mustache.h and ikescope-template(5) */
	const char *template_text; /* NULL: the one built in, which PAGE_PLAIN has not */
	size_t template_len;
	/* Where the text of tickets is in another language: the same models in it (NULL: no other), and its catalogue. */
	const json_t *tickets;
	struct catalog ticket_language;
};

/*
 * One page about all models (an array): HTML that needs nothing else, Markdown, or a row of CSV for each finding.
 * False with *ret_error when the template is wrong, "" when writing failed.
 */
bool report_page(FILE *f, const json_t *models, const struct page_options *o, char ret_error[PAGE_ERROR]);

/* Exit codes of the plugin convention of Nagios and its kin. */
enum nagios_state { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

/* partly: not everything could be read, so that health is not certain. */
bool report_nagios(FILE *f, const json_t *models, bool partly, enum nagios_state *ret_state);
/* The line for what came to no report. Appends to t, without the end of the line; gives back the state. */
struct text;
enum nagios_state nagios_line(struct text *t, enum nagios_state state, const char *said);
bool diff_text(FILE *f, const json_t *diff, const struct text_options *o);

#endif
