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

/* Each writes to f and returns false when writing failed. */
bool report_text(FILE *f, const json_t *model, const struct text_options *o);
bool report_json(FILE *f, const json_t *model);
bool diff_text(FILE *f, const json_t *diff, const struct text_options *o);

#endif
