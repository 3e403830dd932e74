#include "analyzer/judge/lua_facts.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/judge/lua_host.h"
#include "analyzer/judge/terms.h"

enum { DEPTH_MAX = 32 };
enum { INSIDE = SCOPES }; /* the scope of what is not one of the two roots */

struct proxy {
	const json_t *value;
	uint32_t facts; /* those it belongs to, see host_new_facts */
	int scope;
};

static const struct fact {
	enum scope scope;
	const char *name;
} facts[] = {
#define FACT(scope, name, basis, shape) { SCOPE_##scope, #name },
#include "analyzer/track/facts.def"
#undef FACT
};

static const char meta_key, cache_key; /* their addresses are keys of the registry */

bool fact_known(enum scope scope, const char *name)
{
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (facts[i].scope == scope && !strcmp(facts[i].name, name))
			return true;
	return false;
}

static void push_value(lua_State *L, const json_t *v, int scope)
{
	struct proxy *p;

	lua_rawgetp(L, LUA_REGISTRYINDEX, &cache_key);
	if (lua_rawgetp(L, -1, v) == LUA_TNIL) {
		lua_pop(L, 1);
		p = lua_newuserdatauv(L, sizeof *p, 0);
		*p = (struct proxy){ v, host_facts(L), scope };
		lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key);
		lua_setmetatable(L, -2);
		lua_pushvalue(L, -1);
		lua_rawsetp(L, -3, v);
	}
	lua_remove(L, -2);
}

static void push(lua_State *L, const json_t *v)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_NULL: lua_pushnil(L); break;
	case JSON_TRUE:
	case JSON_FALSE: lua_pushboolean(L, json_is_true(v)); break;
	case JSON_INTEGER: lua_pushinteger(L, (lua_Integer)json_integer_value(v)); break;
	case JSON_REAL: lua_pushnumber(L, json_real_value(v)); break;
	case JSON_STRING: lua_pushlstring(L, json_string_value(v), json_string_length(v)); break;
	case JSON_ARRAY:
	case JSON_OBJECT: push_value(L, v, INSIDE); break;
	}
}

void lua_facts_push(lua_State *L, const json_t *of, enum scope scope)
{
	push_value(L, of, (int)scope);
}

static const struct proxy *proxy_at(lua_State *L, int index)
{
	struct proxy *p = lua_touserdata(L, index);
	bool ours;

	if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
		return NULL;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key);
	ours = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	if (!ours)
		return NULL;
	if (p->facts != host_facts(L))
		luaL_error(L, "a rule kept facts of another tunnel");
	return p;
}

const json_t *lua_facts_peek(lua_State *L, int index)
{
	const struct proxy *p = proxy_at(L, index);

	return p ? p->value : NULL;
}

static int index_of(lua_State *L)
{
	const struct proxy *p = proxy_at(L, 1);
	const json_t *found = NULL;

	if (!p)
		return luaL_error(L, "not a fact");
	if (lua_type(L, 2) == LUA_TSTRING) {
		const char *name = lua_tostring(L, 2);

		if (p->scope != INSIDE && !fact_known((enum scope)p->scope, name))
			return luaL_error(L, "there is no fact '%s' of scope %s", name, scope_words[p->scope]);
		found = json_object_get(p->value, name);
	} else if (lua_type(L, 2) == LUA_TNUMBER && lua_tointeger(L, 2) >= 1) {
		found = json_array_get(p->value, (size_t)lua_tointeger(L, 2) - 1);
	}
	push(L, found);
	return 1;
}

static int length_of(lua_State *L)
{
	const struct proxy *p = proxy_at(L, 1);

	lua_pushinteger(L, p ? (lua_Integer)json_array_size(p->value) : 0);
	return 1;
}

static int refuse_write(lua_State *L)
{
	return luaL_error(L, "facts cannot be changed");
}

void lua_facts_open(lua_State *L)
{
	static const luaL_Reg methods[] = { { "__index", index_of },
					    { "__len", length_of },
					    { "__newindex", refuse_write },
					    { NULL, NULL } };

	luaL_newlib(L, methods);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &meta_key);
	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &cache_key);
}

void lua_facts_forget(lua_State *L)
{
	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &cache_key);
}

/* --- pairs, in an order that does not depend on addresses or hash seeds --- */

struct key {
	const char *name; /* NULL: a number */
	lua_Number number;
};

static int compare_keys(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	if (a->name && b->name)
		return strcmp(a->name, b->name);
	if (a->name || b->name)
		return a->name ? 1 : -1;
	return (a->number > b->number) - (a->number < b->number);
}

static size_t count_keys(lua_State *L, int table)
{
	size_t n = 0;

	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
		n++;
	return n;
}

/* Names stay in place: the table holds them, or the document. */
static size_t read_keys(lua_State *L, int table, struct key *keys)
{
	size_t n = 0;

	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		int type = lua_type(L, -2);

		if (type != LUA_TSTRING && type != LUA_TNUMBER)
			luaL_error(L, "pairs wants keys that are names or numbers");
		keys[n++] = type == LUA_TSTRING ? (struct key){ lua_tostring(L, -2), 0 }
						: (struct key){ NULL, lua_tonumber(L, -2) };
	}
	return n;
}

static size_t read_names(const json_t *object, struct key *keys)
{
	size_t n = 0;
	void *at = json_object_iter((json_t *)object);

	for (; at; at = json_object_iter_next((json_t *)object, at))
		keys[n++] = (struct key){ json_object_iter_key(at), 0 };
	return n;
}

static void push_number(lua_State *L, lua_Number number)
{
	lua_Integer whole;

	if (lua_numbertointeger(number, &whole) && (lua_Number)whole == number)
		lua_pushinteger(L, whole);
	else
		lua_pushnumber(L, number);
}

void lua_facts_keys(lua_State *L, int index)
{
	const json_t *fact = lua_facts_peek(L, index);
	size_t n = fact ? json_object_size(fact) : count_keys(L, index);
	struct key *keys;

	host_charge(L, n * 16);
	keys = lua_newuserdatauv(L, (n + 1) * sizeof *keys, 0);
	n = fact ? read_names(fact, keys) : read_keys(L, index, keys);
	qsort(keys, n, sizeof *keys, compare_keys);
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		if (keys[i].name)
			lua_pushstring(L, keys[i].name);
		else
			push_number(L, keys[i].number);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, -2);
}

/* Upvalues: what is walked, its keys (nil: a list), the place. Entries gone meanwhile are skipped. */
static int next_pair(lua_State *L)
{
	for (;;) {
		lua_Integer at = lua_tointeger(L, lua_upvalueindex(3)) + 1;

		lua_pushinteger(L, at);
		lua_replace(L, lua_upvalueindex(3));
		if (lua_isnil(L, lua_upvalueindex(2)))
			lua_pushinteger(L, at);
		else if (lua_rawgeti(L, lua_upvalueindex(2), at) == LUA_TNIL)
			return 1;
		lua_pushvalue(L, -1);
		if (lua_gettable(L, lua_upvalueindex(1)) != LUA_TNIL)
			return 2;
		if (lua_isnil(L, lua_upvalueindex(2)))
			return 1;
		lua_pop(L, 2);
	}
}

int lua_facts_pairs(lua_State *L)
{
	const json_t *fact = lua_facts_peek(L, 1);

	if (!fact)
		luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	if (json_is_array(fact))
		lua_pushnil(L);
	else
		lua_facts_keys(L, 1);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, next_pair, 3);
	return 1;
}

/* --- back to JSON --- */

static void put(json_t *into, const char *key, json_t *take_value)
{
	if (key)
		json_object_set_new(into, key, take_value);
	else
		json_array_append_new(into, take_value);
}

static void to_json(lua_State *L, int index, json_t *into, const char *key, int depth);

static void list_to_json(lua_State *L, int index, json_t *list, int depth)
{
	lua_Integer n = (lua_Integer)lua_rawlen(L, index);

	if ((lua_Integer)count_keys(L, index) != n)
		luaL_error(L, "a list with holes or names in it");
	for (lua_Integer i = 1; i <= n; i++) {
		lua_rawgeti(L, index, i);
		to_json(L, lua_gettop(L), list, NULL, depth);
		lua_pop(L, 1);
	}
}

static void names_to_json(lua_State *L, int index, json_t *object, int depth)
{
	int keys;

	lua_facts_keys(L, index);
	keys = lua_gettop(L);
	for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, keys); i++) {
		if (lua_rawgeti(L, keys, i) != LUA_TSTRING)
			luaL_error(L, "a list with holes or names in it");
		lua_pushvalue(L, -1);
		lua_rawget(L, index);
		to_json(L, lua_gettop(L), object, lua_tostring(L, -2), depth);
		lua_pop(L, 2);
	}
	lua_pop(L, 1);
}

static void table_to_json(lua_State *L, int index, json_t *into, const char *key, int depth)
{
	const json_t *fact = lua_facts_peek(L, index);
	bool list;
	json_t *made;

	if (fact) {
		put(into, key, json_deep_copy(fact));
		return;
	}
	if (!lua_istable(L, index))
		luaL_error(L, "a typed value where a plain one is due");
	list = lua_rawlen(L, index) > 0 || !count_keys(L, index);
	made = list ? json_array() : json_object();
	put(into, key, made);
	if (list)
		list_to_json(L, index, made, depth);
	else
		names_to_json(L, index, made, depth);
}

static void string_to_json(lua_State *L, int index, json_t *into, const char *key)
{
	size_t len;
	const char *s = lua_tolstring(L, index, &len);
	json_t *made = json_stringn(s, len);

	if (!made)
		luaL_error(L, "a text that is not UTF-8");
	put(into, key, made);
}

static void to_json(lua_State *L, int index, json_t *into, const char *key, int depth)
{
	if (depth > DEPTH_MAX)
		luaL_error(L, "tables nested too deep");
	luaL_checkstack(L, 8, "tables nested too deep");
	host_charge(L, 4);
	switch (lua_type(L, index)) {
	case LUA_TBOOLEAN: put(into, key, json_boolean(lua_toboolean(L, index))); break;
	case LUA_TNUMBER:
		if (lua_isinteger(L, index))
			put(into, key, json_integer((json_int_t)lua_tointeger(L, index)));
		else if (isfinite(lua_tonumber(L, index)))
			put(into, key, json_real(lua_tonumber(L, index)));
		else
			luaL_error(L, "a number that is not finite");
		break;
	case LUA_TSTRING: string_to_json(L, index, into, key); break;
	case LUA_TTABLE:
	case LUA_TUSERDATA: table_to_json(L, index, into, key, depth + 1); break;
	default: luaL_error(L, "a %s where a value is due", luaL_typename(L, index));
	}
}

void lua_to_json(lua_State *L, int index, json_t *into, const char *key)
{
	to_json(L, lua_absindex(L, index), into, key, 0);
}
