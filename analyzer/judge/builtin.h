/*
 * judge/builtin.h - the rules compiled into the program.
 *
 * embed.sh writes the table at build time from every rules/.../NAME.lua, in
 * order of path. A text holds the file's bytes and a zero octet after them that
 * len does not count.
 */
#ifndef ANALYZER_JUDGE_BUILTIN_H
#define ANALYZER_JUDGE_BUILTIN_H

#include <stddef.h>

struct builtin_rule {
	const char *path; /* "rules/ike/no_proposal.lua" */
	const char *text;
	size_t len;
};

extern const struct builtin_rule builtin_rules[];
extern const size_t builtin_rules_len;

#endif
