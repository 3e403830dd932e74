#include "analyzer/judge/typed.h"

#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/judge/format.h"
#include "analyzer/judge/lua_facts.h"
#include "analyzer/judge/lua_host.h"
#include "dissect/base/language.h"
#include "dissect/base/mem.h"

enum kind { FRAME, FRAMES, MESSAGE, SEVERAL, TIME, DURATION, BYTES, COUNT };

struct typed {
	enum kind kind;
	bool known, part;
	double n, of;
};

static const char meta_key; /* its address is a key of the registry */

static double quantity(lua_State *L, int arg)
{
	double n = luaL_checknumber(L, arg);

	luaL_argcheck(L, n >= 0 && n < 1e15, arg, "not a quantity");
	return n;
}

static int make(lua_State *L, enum kind kind)
{
	struct typed v = {
		.kind = kind, .known = !lua_isnoneornil(L, 1), .part = false, .n = 0, .of = 0
	};
	struct typed *made;

	lua_settop(L, 2);
	if (v.known && kind == MESSAGE)
		luaL_checktype(L, 1, LUA_TSTRING);
	if (v.known && kind == TIME)
		v.n = luaL_checknumber(L, 1);
	else if (v.known && kind > TIME)
		v.n = quantity(L, 1);
	v.part = kind == COUNT && !lua_isnil(L, 2);
	if (v.part)
		v.of = quantity(L, 2);
	made = lua_newuserdatauv(L, sizeof *made, 1);
	*made = v;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key);
	lua_setmetatable(L, -2);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, 1);
	return 1;
}

/* several("{n} packet", "{n} packets", n): the sentence that fits n, as in gettext's ngettext. */
static int make_several(lua_State *L)
{
	struct typed v = { .kind = SEVERAL, .known = !lua_isnoneornil(L, 3) };
	struct typed *made;

	luaL_checktype(L, 1, LUA_TSTRING);
	luaL_checktype(L, 2, LUA_TSTRING);
	lua_settop(L, 3);
	if (v.known)
		v.n = quantity(L, 3);
	made = lua_newuserdatauv(L, sizeof *made, 2);
	*made = v;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key);
	lua_setmetatable(L, -2);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, 1);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 2);
	return 1;
}

static int make_kind(lua_State *L)
{
	return make(L, (enum kind)lua_tointeger(L, lua_upvalueindex(1)));
}

void typed_open(lua_State *L)
{
	static const char *const names[] = {
		[FRAME] = "frame",       [FRAMES] = "frames", [MESSAGE] = "message", [TIME] = "time",
		[DURATION] = "duration", [BYTES] = "bytes",   [COUNT] = "count"
	};

	lua_pushcfunction(L, make_several);
	lua_setfield(L, -2, "several");
	for (int kind = FRAME; kind <= COUNT; kind++) {
		if (!names[kind])
			continue;
		lua_pushinteger(L, kind);
		lua_pushcclosure(L, make_kind, 1);
		lua_setfield(L, -2, names[kind]);
	}
	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &meta_key);
}

static const struct typed *typed_at(lua_State *L, int index)
{
	bool ours;

	if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
		return NULL;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key);
	ours = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return ours ? lua_touserdata(L, index) : NULL;
}

/* --- frames --- */

struct frame_at {
	json_int_t capture, number;
};

static bool read_frame(const json_t *f, struct frame_at *ret)
{
	const json_t *number =
		json_is_array(f) && json_array_size(f) == 2 ? json_array_get(f, 1) : f;
	const json_t *capture = number == f ? NULL : json_array_get(f, 0);

	if (!json_is_integer(number) || (capture && !json_is_integer(capture)))
		return false;
	*ret = (struct frame_at){ json_integer_value(capture), json_integer_value(number) };
	return ret->capture >= 0 && ret->number > 0;
}

static int compare_frames(const void *left, const void *right)
{
	const struct frame_at *a = left, *b = right;

	if (a->capture != b->capture)
		return a->capture < b->capture ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

json_t *frames_in_order(const json_t *list)
{
	size_t n = json_array_size(list);
	struct frame_at *frames = mem_zero((n + 1) * sizeof *frames);
	json_t *made = json_array();

	for (size_t i = 0; made && i < n; i++)
		if (!read_frame(json_array_get(list, i), &frames[i])) {
			json_decref(made);
			made = NULL;
		}
	if (made)
		qsort(frames, n, sizeof *frames, compare_frames);
	for (size_t i = 0; made && i < n; i++)
		if (!i || compare_frames(&frames[i - 1], &frames[i]))
			json_array_append_new(
				made, json_pack("[I,I]", frames[i].capture, frames[i].number));
	mem_free(frames);
	return made;
}

static void frames_to_args(lua_State *L, int index, const struct typed *v, const char *name,
			   json_t *args)
{
	json_t *list;

	lua_getiuservalue(L, index, 1);
	if (v->kind == FRAME) {
		lua_createtable(L, 1, 0);
		lua_insert(L, -2);
		lua_rawseti(L, -2, 1);
	}
	lua_to_json(L, -1, args, name);
	lua_pop(L, 1);
	list = frames_in_order(json_object_get(args, name));
	if (!list)
		luaL_error(L, "args.%s: a frame is a number, or {capture, number}", name);
	json_object_set_new(args, name, list);
}

/* frame() leaves [capture, frame] in args, frames() a list of them. */
static void tell_frames(const struct typed *v, const struct setting *s, const char *name,
			json_t *args, struct text *t)
{
	json_t *list = json_object_get(args, name);

	format_frames(t, list, s->captures);
	if (v->kind == FRAME && json_array_size(list))
		json_object_set(args, name, json_array_get(list, 0));
}

/* --- the others --- */

static json_t *number(double n)
{
	return n == floor(n) ? json_integer((json_int_t)n) : json_real(n);
}

static json_t *tell_time(const struct typed *v, const struct setting *s, struct text *t)
{
	const double most = 4e9; /* 126 years: what no capture spans */
	double seconds = v->n > most ? most : v->n >= -most ? v->n : -most;
	int64_t at_ns = s->start_ns + (int64_t)llround(seconds * 1e9);
	struct text raw;
	json_t *made;

	text_init(&raw);
	format_rfc3339(&raw, at_ns);
	format_time(t, at_ns);
	made = json_string(raw.at);
	text_clear(&raw);
	return made;
}

static json_t *tell(const struct typed *v, const struct setting *s, struct text *t)
{
	uint64_t n = v->kind == TIME ? 0 : (uint64_t)v->n;

	switch (v->kind) {
	case TIME: return tell_time(v, s, t);
	case DURATION: format_duration(t, v->n); break;
	case BYTES: format_bytes(t, n); break;
	case COUNT:
		format_count(t, n, (uint64_t)v->of);
		if (v->part)
			return json_pack("{s:o,s:o}", "n", number(v->n), "of", number(v->of));
		break;
	case FRAME:
	case FRAMES:
	case MESSAGE:
	case SEVERAL: break;
	}
	return number(v->n);
}

/* The type of an exchange: as it is into args, as people call it into the text. */
static void tell_message(lua_State *L, int index, const char *name, json_t *args, struct text *t)
{
	static const struct {
		const char *type, *called;
	} rows[] = {
#define MESSAGE(type, called) { #type, called },
#include "analyzer/judge/messages.def"
#undef MESSAGE
	};
	const char *type, *called;

	lua_getiuservalue(L, index, 1);
	type = called = lua_tostring(L, -1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].type, type))
			called = translated(rows[i].called);
	text_add(t, called);
	json_object_set_new(args, name, json_string(type));
	lua_pop(L, 1);
}

static void tell_several(lua_State *L, int index, const struct typed *v, const char *name, json_t *args, struct text *t)
{
	struct text n;

	lua_getiuservalue(L, index, 1);
	lua_getiuservalue(L, index, 2);
	text_init(&n);
	format_count(&n, (uint64_t)v->n, 0);
	format_filled(t, translated_count(lua_tostring(L, -2), lua_tostring(L, -1), (uint64_t)v->n), n.at, "");
	text_clear(&n);
	json_object_set_new(args, name, number(v->n));
	lua_pop(L, 2);
}

/* Numbers without a type are ports, groups, pieces: no commas. */
static bool tell_plain(const json_t *value, struct text *t)
{
	if (json_is_string(value))
		text_add(t, json_string_value(value));
	else if (json_is_integer(value))
		text_addf(t, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		text_addf(t, "%.6g", json_real_value(value));
	return json_is_string(value) || json_is_number(value);
}

void typed_arg(lua_State *L, int index, const struct setting *s, const char *name, json_t *args,
	       json_t *texts)
{
	const struct typed *v = typed_at(L, index);
	bool frames = v && v->kind <= FRAMES && v->known, fit = true;
	struct text t;

	if (frames)
		frames_to_args(L, index, v, name, args);
	else if (!v)
		lua_to_json(L, index, args, name);
	text_init(&t); /* from here on nothing raises until it is given back */
	if (frames)
		tell_frames(v, s, name, args, &t);
	else if (v && v->known && v->kind == SEVERAL)
		tell_several(L, index, v, name, args, &t);
	else if (v && v->known && v->kind == MESSAGE)
		tell_message(L, index, name, args, &t);
	else if (v && v->known)
		json_object_set_new(args, name, tell(v, s, &t));
	else if (v)
		json_object_set_new(args, name, json_null());
	else
		fit = tell_plain(json_object_get(args, name), &t);
	json_object_set_new(texts, name, json_string(t.len ? t.at : v ? "?" : ""));
	text_clear(&t);
	if (!fit)
		luaL_error(L, "args.%s is neither text nor number", name);
}
