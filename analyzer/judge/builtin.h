/*
 * judge/builtin.h - the rules and the translations compiled into the program.
 *
 * embed.sh writes the tables at build time, in order of path: rules/.../NAME.lua,
 * and .../LANGUAGE.mo made from rules/po/LANGUAGE.po. A text holds the file's
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

extern const struct builtin builtin_rules[], builtin_catalogs[];
extern const size_t builtin_rules_len, builtin_catalogs_len;

#endif
