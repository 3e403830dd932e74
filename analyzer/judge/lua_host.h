/*
 * judge/lua_host.h - Lua 5.4 with a fence around it.
 *
 * One state holds all rules. Whatever belongs to a rule runs inside host_run():
 * with a budget of steps that the count hook and the C functions of the sandbox
 * draw on, and a cap on memory that counts every block. A rule has no pcall, so
 * that the end of either ends the rule. Rules share nothing they could write:
 * their environments, libraries and facts are read-only (sandbox.h, lua_facts.h),
 * and every run starts from a fresh copy of each rule.
 */
#ifndef ANALYZER_JUDGE_LUA_HOST_H
#define ANALYZER_JUDGE_LUA_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_ERROR = 512 }; /* room for the text of an error */

struct host;

enum host_end {
	HOST_DONE,
	HOST_FAILED,  /* the rule raised an error */
	HOST_STOPPED, /* it took too long or too much memory */
};

struct host *host_new(void);
void host_free(struct host *h);

/* Calls f with ctx as light userdata on an empty stack, within the limits; ret_error on trouble. */
enum host_end host_run(struct host *h, lua_CFunction f, void *ctx, char ret_error[HOST_ERROR]);

/* Work in C that a rule asked for: raises when the budget is used up. */
void host_charge(lua_State *L, size_t steps);

/* Refers to a value until host_forget; the value on top is popped. */
int host_keep(lua_State *L);
void host_push(lua_State *L, int kept);
void host_forget(struct host *h, int kept);

/* Between two runs: what the last one left is garbage. A little of it may wait: a sweep touches all of the heap. */
void host_sweep(struct host *h);

/* The facts of one tunnel are told; those handed out before are no longer valid. */
uint32_t host_new_facts(struct host *h);
uint32_t host_facts(lua_State *L);

#endif
