/*
 * judge/builtin.h - rules, translations and templates compiled into the program.
 *
 * embed.sh writes the tables at build time, in order of path: rules/.../NAME.lua,
 * and .../LANGUAGE.mo made from rules/po/LANGUAGE.po, and those of analyzer/report/templates/. A text holds the file's
 * bytes and a zero octet after them that len does not count.
 */
#ifndef ANALYZER_JUDGE_BUILTIN_H
#define ANALYZER_JUDGE_BUILTIN_H

#include <stddef.h>

struct builtin {
	const char *path; /* "rules/ike/no_proposal.lua" */
	const char *text;
	size_t len;
};

extern const struct builtin builtin_rules[], builtin_catalogs[], builtin_templates[];
extern const size_t builtin_rules_len, builtin_catalogs_len, builtin_templates_len;

#endif
