/*
 * judge/lua_facts.h - JSON as Lua sees it, and back.
 *
 * Facts are handed to rules as proxies that look like read-only tables: a node
 * becomes Lua only when a rule reads it, all rules share what was read, and no
 * rule can change what another sees. pairs() goes by number, then by name. A
 * proxy dies with the run; using it later is an error, not a dangling pointer.
 */
#ifndef ANALYZER_JUDGE_LUA_FACTS_H
#define ANALYZER_JUDGE_LUA_FACTS_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>

enum scope { SCOPE_TUNNEL, SCOPE_CAPTURE, SCOPE_ENDS, SCOPES };

void lua_facts_open(lua_State *L);
void lua_facts_forget(lua_State *L);

bool fact_known(enum scope scope, const char *name);

/* The facts of a tunnel or of the capture: reading a name that is not in facts.def is an error. */
void lua_facts_push(lua_State *L, const json_t *facts, enum scope scope);
/* The fact behind a proxy, or NULL. */
const json_t *lua_facts_peek(lua_State *L, int index);

/* Pushes a plain array of the keys of a proxy or a table, in order. */
void lua_facts_keys(lua_State *L, int index);
/* pairs() of proxies and of plain tables. */
int lua_facts_pairs(lua_State *L);

/*
 * What stands at index, as JSON, put into an object under key, or at the end of an array (key NULL).
 * Raises on what JSON cannot hold; what was already put stays owned by `into`.
 */
void lua_to_json(lua_State *L, int index, json_t *into, const char *key);

#endif
