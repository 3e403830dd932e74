/*
 * report/mustache.h - logic-less templates over JSON.
 *
 * The language is that of the Mustache specification (mustache.github.io,
 * version 1.4, without its optional modules): {{name}}, {{{name}}} and {{&name}},
 * sections, inverted sections, dotted names, the implicit iterator {{.}},
 * comments, partials, changed delimiters, tags alone on their line. False are
 * false, null, "", [] and what is absent. A name is looked for in the innermost
 * value that has it, null or not.
 *
 * Output, nesting and steps are bounded, so that no template can run away.
 */
#ifndef ANALYZER_REPORT_MUSTACHE_H
#define ANALYZER_REPORT_MUSTACHE_H

#include <jansson.h>
#include <stdbool.h>

#include "dissect/base/text.h"

enum escape { /* of {{name}} */
	ESCAPE_NONE,
	ESCAPE_HTML,     /* text and attributes in quotes */
	ESCAPE_MARKDOWN, /* text within a line */
	ESCAPE_CSV,      /* within the quotes of a field; what a spreadsheet would compute gets ' in front */
};

void escape_add(struct text *t, enum escape escape, const char *value);

struct mustache_template {
	const char *name, *text; /* lent; name: for complaints */
	size_t len;
};

struct mustache_options {
	enum escape escape;
	/*
	 * Where it is set, {{{name}}} writes without escaping only what an object holds
	 * under this name, and escapes all else: text from elsewhere can never become
	 * markup, whatever the template says.
	 */
	const char *markup;
	/* False when there is no such partial; then nothing is written for it. May be NULL. */
	bool (*partial)(void *ctx, const char *name, struct mustache_template *ret);
	void *ctx;
	size_t most_output; /* octets; 0: MUSTACHE_MOST_OUTPUT */
};

enum { MUSTACHE_MOST_OUTPUT = 256 << 20 };

struct mustache_error {
	char file[64];
	unsigned line; /* from 1 */
	char text[128];
};

/* Appends to out; false and *ret_error, with out as it was, when the template is wrong or a bound was met. */
bool mustache_render(struct text *out, const struct mustache_template *t, const json_t *data,
		     const struct mustache_options *o, struct mustache_error *ret_error);

#endif
