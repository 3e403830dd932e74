#include "analyzer/judge/lua_host.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/judge/lua_facts.h"
#include "analyzer/judge/sandbox.h"
#include "dissect/base/mem.h"

enum {
	STEPS = 5000000, /* of Lua's virtual machine, per call of a rule */
	HOOK_STEPS = 1000,
	MEMORY_MORE = 16 << 20,   /* bytes a call may hold beside what the host held before it */
	MEMORY_CHURN = 256 << 20, /* bytes it may ask for in all */
	BLOCK_MAX = 4 << 20,
	SWEEP_FROM = 4 << 20,     /* garbage not worth a sweep */
};

struct host {
	lua_State *lua;
	size_t held; /* bytes of all blocks */
	size_t swept; /* of them after the last sweep */
	size_t limit, churn;
	int64_t steps;
	bool fenced, broke_limit;
	uint32_t facts;
};

static struct host *host_of(lua_State *L)
{
	return *(struct host **)lua_getextraspace(L);
}

/* Outside the fence only the machine's own memory is the limit, and mem.h ends the process then. */
static bool refuses(struct host *h, size_t old, size_t new)
{
	if (!h->fenced || new <= old)
		return false;
	if (new > BLOCK_MAX || h->held - old + new > h->limit || new - old > h->churn) {
		h->broke_limit = true;
		return true;
	}
	h->churn -= new - old;
	return false;
}

static void *allocate(void *ctx, void *at, size_t old, size_t new)
{
	struct host *h = ctx;

	if (!at)
		old = 0; /* then Lua tells the kind of object there */
	if (!new) {
		h->held -= old;
		mem_free(at);
		return NULL;
	}
	if (refuses(h, old, new))
		return NULL;
	h->held = h->held - old + new;
	return mem_resize(at, new);
}

/* level: where the rule is, counted from what runs now. */
static void draw(lua_State *L, int64_t steps, int level)
{
	struct host *h = host_of(L);

	h->steps -= steps;
	if (!h->fenced || h->steps >= 0)
		return;
	luaL_where(L, level);
	lua_pushfstring(L, "ran for more than %d steps", STEPS);
	lua_concat(L, 2);
	lua_error(L);
}

static void hook(lua_State *L, lua_Debug *ar)
{
	(void)ar;
	draw(L, HOOK_STEPS, 0);
}

void host_charge(lua_State *L, size_t steps)
{
	draw(L, steps < STEPS ? (int64_t)steps : STEPS + 1, 1);
}

static int open_rooms(lua_State *L)
{
	sandbox_open(L);
	lua_facts_open(L);
	return 0;
}

struct host *host_new(void)
{
	struct host *h = mem_zero(sizeof *h);
	char error[HOST_ERROR];

	h->lua = lua_newstate(allocate, h);
	*(struct host **)lua_getextraspace(h->lua) = h;
	lua_sethook(h->lua, hook, LUA_MASKCOUNT, HOOK_STEPS);
	if (host_run(h, open_rooms, NULL, error) != HOST_DONE) {
		host_free(h);
		return NULL;
	}
	return h;
}

void host_free(struct host *h)
{
	if (!h)
		return;
	lua_close(h->lua);
	mem_free(h);
}

static enum host_end ended(struct host *h, int status, char *ret_error)
{
	const char *said;

	if (status == LUA_OK)
		return HOST_DONE;
	said = lua_type(h->lua, -1) == LUA_TSTRING ? lua_tostring(h->lua, -1)
						   : "an error without words";
	snprintf(ret_error, HOST_ERROR, "%s", h->broke_limit ? "asked for too much memory" : said);
	return h->broke_limit || h->steps < 0 ? HOST_STOPPED : HOST_FAILED;
}

enum host_end host_run(struct host *h, lua_CFunction f, void *ctx, char ret_error[HOST_ERROR])
{
	enum host_end end;
	int status;

	lua_settop(h->lua, 0);
	lua_pushcfunction(h->lua, f);
	lua_pushlightuserdata(h->lua, ctx);
	h->steps = STEPS;
	h->limit = h->held + MEMORY_MORE;
	h->churn = MEMORY_CHURN;
	h->broke_limit = false;
	h->fenced = true;
	status = lua_pcall(h->lua, 1, 0, 0);
	h->fenced = false;
	end = ended(h, status, ret_error);
	lua_settop(h->lua, 0);
	if (end == HOST_STOPPED)
		lua_gc(h->lua, LUA_GCCOLLECT);
	return end;
}

int host_keep(lua_State *L)
{
	return luaL_ref(L, LUA_REGISTRYINDEX);
}

void host_push(lua_State *L, int kept)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, kept);
}

void host_forget(struct host *h, int kept)
{
	luaL_unref(h->lua, LUA_REGISTRYINDEX, kept);
}

void host_sweep(struct host *h)
{
	if (h->held < h->swept + SWEEP_FROM)
		return;
	lua_gc(h->lua, LUA_GCCOLLECT);
	h->swept = h->held;
}

uint32_t host_new_facts(struct host *h)
{
	lua_facts_forget(h->lua);
	return ++h->facts;
}

uint32_t host_facts(lua_State *L)
{
	return host_of(L)->facts;
}
