/*
 * judge/sandbox.h - the names that a rule has.
 *
 * Some of Lua's own, our text tests instead of patterns (which cannot be
 * stopped), and typed values (typed.h). Nothing here tells addresses, hash order,
 * chance or time, and nothing of it can be written.
 */
#ifndef ANALYZER_JUDGE_SANDBOX_H
#define ANALYZER_JUDGE_SANDBOX_H

#include <lua.h>
/* Makes the names; the environment of each rule sees them. */
void sandbox_open(lua_State *L);
void sandbox_push_environment(lua_State *L);

#endif
