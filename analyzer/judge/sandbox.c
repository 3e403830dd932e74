#include "analyzer/judge/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>
#include <string.h>

#include "analyzer/judge/lua_facts.h"
#include "analyzer/judge/lua_host.h"
#include "analyzer/judge/rule.h"
#include "analyzer/judge/typed.h"
#include "dissect/base/language.h"

enum { ENOUGH_SENDS = 4, ENOUGH_S = 6 };

static const char environment_key; /* its address is a key of the registry */

/* --- text --- */

static int has(lua_State *L)
{
	size_t len, word_len;
	const char *s = luaL_checklstring(L, 1, &len), *word = luaL_checklstring(L, 2, &word_len);

	host_charge(L, len / 8);
	lua_pushboolean(L, memmem(s, len, word, word_len) != NULL);
	return 1;
}

static int starts(lua_State *L)
{
	size_t len, prefix_len;
	const char *s = luaL_checklstring(L, 1, &len),
		   *prefix = luaL_checklstring(L, 2, &prefix_len);

	lua_pushboolean(L, prefix_len <= len && !memcmp(s, prefix, prefix_len));
	return 1;
}

/* A star is any run of characters, ? is one; goes back to the last star only: len * pattern steps. */
static int glob(lua_State *L)
{
	const char *s = luaL_checkstring(L, 1), *p = luaL_checkstring(L, 2);
	const char *star = NULL, *again = NULL;

	host_charge(L, strlen(s) * strlen(p) / 8);
	while (*s) {
		if (*p == '*') {
			star = p++;
			again = s;
		} else if (*p && (*p == '?' || *p == *s)) {
			p++, s++;
		} else if (star) {
			p = star + 1;
			s = ++again;
		} else {
			break;
		}
	}
	p += strspn(p, "*");
	lua_pushboolean(L, !*s && !*p);
	return 1;
}

/* --- lists --- */

/* append(list, more, ...): puts what the others hold at the end of the first, in order; nil and false hold nothing. */
static int append(lua_State *L)
{
	int last = lua_gettop(L);
	lua_Integer n;

	luaL_checktype(L, 1, LUA_TTABLE);
	n = (lua_Integer)lua_rawlen(L, 1);
	for (int from = 2; from <= last; from++) {
		if (!lua_toboolean(L, from))
			continue;
		luaL_argcheck(L, !lua_rawequal(L, 1, from), from, "a list cannot be put at its own end");
		for (lua_Integer i = 1; lua_geti(L, from, i) != LUA_TNIL; i++) {
			host_charge(L, 1);
			lua_rawseti(L, 1, ++n);
		}
		lua_pop(L, 1);
	}
	lua_settop(L, 1);
	return 1;
}

/* --- tunnels --- */

static const char *check_side(lua_State *L, int arg)
{
	const char *side = luaL_checkstring(L, arg);

	luaL_argcheck(L, !strcmp(side, "a") || !strcmp(side, "b"), arg, "a side is \"a\" or \"b\"");
	return side;
}

static int address(lua_State *L)
{
	const char *side = check_side(L, 2);

	lua_getfield(L, 1, "ends");
	lua_getfield(L, -1, side);
	return 1;
}

static int other(lua_State *L)
{
	lua_pushstring(L, *check_side(L, 1) == 'a' ? "b" : "a");
	return 1;
}

static bool field_is(lua_State *L, int index, const char *name, const char *value)
{
	bool is;

	lua_getfield(L, index, name);
	is = lua_type(L, -1) == LUA_TSTRING && !strcmp(lua_tostring(L, -1), value);
	lua_pop(L, 1);
	return is;
}

/* informed(attempt, side, since): IKEv1 tells what is wrong in an exchange of its own, RFC 2408 4.8. */
static int informed(lua_State *L)
{
	const char *side = check_side(L, 2);
	lua_Number since = luaL_checknumber(L, 3);
	bool found = false;

	lua_getfield(L, 1, "exchanges");
	if (lua_isnil(L, -1))
		return luaL_error(L, "an attempt without exchanges");
	for (lua_Integer i = 1; !found && lua_geti(L, 4, i) != LUA_TNIL; i++, lua_pop(L, 1)) {
		host_charge(L, 8);
		lua_getfield(L, 5, "last");
		found = lua_tonumber(L, -1) >= since && field_is(L, 5, "from", side) &&
			field_is(L, 5, "type", "INFORMATIONAL_V1");
		lua_pop(L, 1);
	}
	lua_pushboolean(L, found);
	return 1;
}

static lua_Number number_of(lua_State *L, const char *name)
{
	lua_Number n;

	if (lua_getfield(L, 1, name) != LUA_TNUMBER)
		luaL_error(L, "an exchange without %s", name);
	n = lua_tonumber(L, -1);
	lua_pop(L, 1);
	return n;
}

static bool is_true(lua_State *L, const char *name)
{
	bool yes;

	lua_getfield(L, 1, name);
	yes = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return yes;
}

/* waited(exchange): given up, or asked so long that an answer had its time, and would be here (method D.4). */
static int waited(lua_State *L)
{
	host_charge(L, 8);
	lua_pushboolean(L, !is_true(L, "hole") &&
				   (is_true(L, "quiet") || (number_of(L, "sends") >= ENOUGH_SENDS &&
							    number_of(L, "last") - number_of(L, "first") >= ENOUGH_S)));
	return 1;
}

/* --- what Lua's own libraries must not be asked as they are --- */

/* _"a sentence": gives it in the language of the process. */
static int say(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TSTRING);
	lua_pushstring(L, translated(lua_tostring(L, 1)));
	return 1;
}

static int type_of(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_pushstring(L, lua_facts_peek(L, 1) ? "table" : luaL_typename(L, 1));
	return 1;
}

/* Addresses would differ from run to run. */
static int to_string(lua_State *L)
{
	int type = lua_type(L, 1);

	luaL_checkany(L, 1);
	if (type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN || type == LUA_TNIL)
		luaL_tolstring(L, 1, NULL);
	else
		return type_of(L);
	return 1;
}

static bool formats_pointer(const char *format)
{
	while ((format = strchr(format, '%'))) {
		format += 1 + strspn(format + 1, "-+ #0123456789.");
		if (*format == 'p')
			return true;
		format += *format != 0; /* "%%" is over */
	}
	return false;
}

static int format_string(lua_State *L)
{
	int n = lua_gettop(L);

	luaL_argcheck(L, !formats_pointer(luaL_checkstring(L, 1)), 1, "%p is not for rules");
	for (int i = 2; i <= n; i++) {
		int type = lua_type(L, i);

		luaL_argcheck(L, type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN,
			      i, "text or number expected");
	}
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, n, 1);
	return 1;
}

/* insert and sort work in C, for as long as the list is. Upvalue: Lua's own. */
static int on_list(lua_State *L, bool sorts)
{
	int n = lua_gettop(L);

	luaL_checktype(L, 1, LUA_TTABLE);
	host_charge(L, lua_rawlen(L, 1) / (sorts ? 1 : 64) + 1);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, n, 0);
	return 0;
}

static int insert(lua_State *L)
{
	return on_list(L, lua_gettop(L) > 2);
}

static int sort(lua_State *L)
{
	host_charge(L, lua_rawlen(L, 1) * 16);
	return on_list(L, true);
}

static int no_name(lua_State *L)
{
	return luaL_error(L, "there is no '%s' for rules", luaL_tolstring(L, 2, NULL));
}

static int no_write(lua_State *L)
{
	return luaL_error(L, "'%s' is not local", luaL_tolstring(L, 2, NULL));
}

/* --- putting it together --- */

/* Replaces the table on top by a proxy of it that cannot be written. */
static void seal(lua_State *L, lua_CFunction missing)
{
	if (missing) {
		lua_createtable(L, 0, 1);
		lua_pushcfunction(L, missing);
		lua_setfield(L, -2, "__index");
		lua_setmetatable(L, -2);
	}
	lua_createtable(L, 0, 2);
	lua_insert(L, -2);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, no_write);
	lua_setfield(L, -2, "__newindex");
	lua_newtable(L);
	lua_insert(L, -2);
	lua_setmetatable(L, -2);
}

/* From the library on top into the table below it. */
static void take(lua_State *L, const char *const *names)
{
	for (; *names; names++) {
		lua_getfield(L, -1, *names);
		lua_setfield(L, -3, *names);
	}
}

static void open_library(lua_State *L, lua_CFunction open)
{
	lua_pushcfunction(L, open);
	lua_call(L, 0, 1);
}

/* Takes name from the library on top, wrapped, into the table below it. */
static void wrap(lua_State *L, const char *name, lua_CFunction wrapper)
{
	lua_getfield(L, -1, name);
	lua_pushcclosure(L, wrapper, 1);
	lua_setfield(L, -3, name);
}

static void make_string(lua_State *L)
{
	static const char *const names[] = { "lower", "sub", "upper", NULL };

	lua_newtable(L);
	open_library(L, luaopen_string);
	take(L, names);
	wrap(L, "format", format_string);
	lua_pop(L, 1);
	seal(L, no_name);
	/* s:upper() finds the same few */
	lua_pushliteral(L, "");
	lua_createtable(L, 0, 1);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

static void make_table(lua_State *L)
{
	static const char *const names[] = { "concat", NULL };

	lua_newtable(L);
	open_library(L, luaopen_table);
	take(L, names);
	wrap(L, "insert", insert);
	wrap(L, "sort", sort);
	lua_pop(L, 1);
	seal(L, no_name);
}

static void make_math(lua_State *L)
{
	open_library(L, luaopen_math);
	lua_pushnil(L);
	lua_setfield(L, -2, "random");
	lua_pushnil(L);
	lua_setfield(L, -2, "randomseed");
	seal(L, no_name);
}

/* luaopen_base writes into the table of globals, which no rule sees; it is emptied afterwards. */
static void take_base(lua_State *L)
{
	static const char *const names[] = { "ipairs", "tonumber", NULL };

	open_library(L, luaopen_base);
	take(L, names);
	lua_pop(L, 1);
	lua_newtable(L);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

void sandbox_open(lua_State *L)
{
	static const luaL_Reg names[] = {
		{ "_", say },
		{ "address", address },
		{ "append", append },
		{ "glob", glob },
		{ "has", has },
		{ "informed", informed },
		{ "other", other },
		{ "pairs", lua_facts_pairs },
		{ "rule", rule_declare },
		{ "starts", starts },
		{ "tostring", to_string },
		{ "type", type_of },
		{ "waited", waited },
		{ NULL, NULL },
	};

	luaL_newlib(L, names);
	typed_open(L);
	take_base(L);
	make_string(L);
	lua_setfield(L, -2, "string");
	make_table(L);
	lua_setfield(L, -2, "table");
	make_math(L);
	lua_setfield(L, -2, "math");
	seal(L, no_name);
	lua_getmetatable(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &environment_key);
	lua_pop(L, 1);
}

void sandbox_push_environment(lua_State *L)
{
	lua_newtable(L);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &environment_key);
	lua_setmetatable(L, -2);
}
