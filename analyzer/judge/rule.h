/*
 * judge/rule.h - a rule as the rooms of the judge see it.
 *
 * Its words are kept as JSON; its chunk stays compiled and is run anew for each
 * run of the judge, which gives a `when` that remembers nothing.
 */
#ifndef ANALYZER_JUDGE_RULE_H
#define ANALYZER_JUDGE_RULE_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "analyzer/judge/judge.h"
#include "analyzer/judge/lua_facts.h"
#include "analyzer/judge/lua_host.h"
#include "analyzer/judge/terms.h"
#include "dissect/base/language.h"

struct rule {
	char *id, *file;
	char *source;    /* source_len bytes and a zero octet */
	size_t origin;   /* 0: compiled in; else which directory */
	size_t source_len;
	enum step step;
	enum severity severity;
	enum scope scope;
	json_t *words;   /* the table without functions and tests */
	int chunk, when; /* kept in the host; when: LUA_NOREF until the rule is first asked */
	bool stopped;    /* took too long or too much: not asked again in this run */
};

struct judge {
	struct host *host;
	struct rule *rules; /* by id */
	size_t rules_len, rules_room;
	char hash[65];
	struct catalog language; /* in which it was made */
};

/* rule {...}: raises when the table is no rule, gives it back otherwise. */
int rule_declare(lua_State *L);
/* Runs the chunk of r afresh and pushes the rule's table. Raises. */
void rule_run_chunk(lua_State *L, const struct rule *r);
/* Between two runs. */
void rule_reset(struct judge *j, struct rule *r);

const struct rule *rule_find(const struct judge *j, const char *id);
/* "ike.frag.*" fits "ike.frag.incomplete"; anything else fits itself. */
bool rule_fits(const char *pattern, const char *id);

const char *rule_word(const struct rule *r, const char *name); /* NULL when it is no text */

/* The tests that r carries, as JSON {tests: [...]}: NULL and ret_error when that fails. Caller owns. */
json_t *rule_tests(struct judge *j, const struct rule *r, char ret_error[HOST_ERROR]);

#endif
