/*
 * Loads rules: those compiled in, then directories, the later replacing by id.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/judge/builtin.h"
#include "analyzer/judge/rule.h"
#include "analyzer/judge/sandbox.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { SOURCE_MAX = 1 << 20, FOLDERS_DEEP = 4, FILES_MAX = 10000 };

static const char declared_key; /* its address is a key of the registry */

int rule_declare(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	if (lua_getfield(L, 1, "when") != LUA_TFUNCTION)
		return luaL_error(L, "a rule needs a function `when`");
	lua_settop(L, 1);
	lua_pushvalue(L, 1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &declared_key);
	return 1;
}

/* The chunk on top becomes the table of its rule. */
static void run_chunk(lua_State *L)
{
	lua_pushnil(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &declared_key);
	sandbox_push_environment(L);
	lua_setupvalue(L, -2,
		       1); /* a chunk has one: its _ENV, which the last run may have replaced */
	lua_call(L, 0, 1);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &declared_key);
	if (!lua_istable(L, -1) || !lua_rawequal(L, -1, -2))
		luaL_error(L, "the file does not return a rule {...}");
	lua_pop(L, 1);
}

void rule_run_chunk(lua_State *L, const struct rule *r)
{
	host_push(L, r->chunk);
	run_chunk(L);
}

/* --- one file --- */

static void load_text(lua_State *L, const struct rule *r, const char *text, size_t len)
{
	char name[256];

	snprintf(name, sizeof name, "@%s", r->file);
	if (luaL_loadbufferx(L, text, len, name, "t") != LUA_OK)
		lua_error(L);
}

/*
 * Tests are a good part of a rule's text, its last field, and read only by whoever runs them: the
 * rules compiled in are compiled by Lua without them. Length up to there; 0: not laid out like that.
 */
static size_t before_tests(const struct rule *r)
{
	static const char head[] = "\n\ttests = {\n", tail[] = "\n\t},\n}\n";
	const char *at = strstr(r->source, head);
	size_t tail_len = sizeof tail - 1;

	if (r->origin || !at || strstr(at + 1, head) || r->source_len < tail_len ||
	    strcmp(r->source + r->source_len - tail_len, tail) != 0)
		return 0;
	return (size_t)(at - r->source) + 1;
}

static void load_chunk(lua_State *L, const struct rule *r)
{
	size_t len = before_tests(r);
	char saved;

	if (!len) {
		load_text(L, r, r->source, r->source_len);
		return;
	}
	saved = r->source[len]; /* the tab in front of `tests` becomes the end of the table */
	r->source[len] = '}';
	load_text(L, r, r->source, len + 1);
	r->source[len] = saved;
}

struct loading {
	struct rule *rule;
};

static int load_in_lua(lua_State *L)
{
	struct loading *now = lua_touserdata(L, 1);
	struct rule *r = now->rule;
	int rule, keys;

	load_chunk(L, r);
	r->chunk = host_keep(L);
	rule_run_chunk(L, r);
	rule = lua_gettop(L);
	lua_facts_keys(L, rule);
	keys = lua_gettop(L);
	for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++, lua_settop(L, keys)) {
		const char *key;

		if (lua_type(L, -1) != LUA_TSTRING)
			return luaL_error(L, "a rule has names only");
		key = lua_tostring(L, -1);
		if (!strcmp(key, "when") || !strcmp(key, "tests"))
			continue;
		lua_getfield(L, rule, key);
		lua_to_json(L, -1, r->words, key);
	}
	return 0;
}

static bool well_formed(const char *id)
{
	const char *part = id;

	for (;;) {
		size_t len = strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789_");

		if (!len || (!part[len] && part == id))
			return false;
		if (!part[len])
			return true;
		if (part[len] != '.')
			return false;
		part += len + 1;
	}
}

static bool all_texts(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_string(json_array_get(list, i)))
			return false;
	return !list || json_is_array(list);
}

static bool all_sentences(const json_t *say)
{
	for (void *i = json_object_iter((json_t *)say); i;
	     i = json_object_iter_next((json_t *)say, i))
		if (term(confidence_words, json_object_iter_key(i)) < 0 ||
		    !json_is_string(json_object_iter_value(i)))
			return false;
	return json_object_size(say) > 0;
}

const char *rule_word(const struct rule *r, const char *name)
{
	return json_string_value(json_object_get(r->words, name));
}

/* What keeps a rule from being asked, or NULL. */
static const char *unfit(const struct rule *r)
{
	if (!rule_word(r, "id") || !well_formed(rule_word(r, "id")))
		return "id is not words of a-z, 0-9 and _ with dots between them";
	if (term(step_words, rule_word(r, "step")) < 0)
		return "step is none of: capture reachability negotiation authentication data lifecycle";
	if (term(severity_words, rule_word(r, "severity")) < 0)
		return "severity is none of: critical high medium low info";
	if (term(scope_words, rule_word(r, "scope")) < 0)
		return "scope is none of: tunnel capture ends";
	if (!rule_word(r, "title"))
		return "title is missing";
	if (!all_sentences(json_object_get(r->words, "say")))
		return "say holds sentences for confirmed, likely or possible";
	if (!all_texts(json_object_get(r->words, "trigger")))
		return "trigger is a list of facts";
	return NULL;
}

static void rule_clear(struct judge *j, struct rule *r)
{
	host_forget(j->host, r->chunk);
	host_forget(j->host, r->when);
	json_decref(r->words);
	mem_free(r->id);
	mem_free(r->file);
	mem_free(r->source);
	*r = (struct rule){ 0 };
}

static int by_id(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	int order = strcmp(a->id, b->id);

	return order ? order : (int)a->scope - (int)b->scope;
}

/* About two ends an id may be judged by a rule of its own. */
static struct rule *find(const struct judge *j, const char *id, bool of_ends)
{
	for (size_t i = 0; i < j->rules_len; i++)
		if (!strcmp(j->rules[i].id, id) && (j->rules[i].scope == SCOPE_ENDS) == of_ends)
			return &j->rules[i];
	return NULL;
}

const struct rule *rule_find(const struct judge *j, const char *id)
{
	const struct rule *r = find(j, id, false);

	return r ? r : find(j, id, true);
}

/* from: the first rule of this source; one source may not hold an id twice. */
static bool keep_rule(struct judge *j, struct rule *take_rule, size_t source,
		      struct judge_error *ret_error)
{
	struct rule *old = find(j, take_rule->id, take_rule->scope == SCOPE_ENDS);

	take_rule->origin = source;
	if (old && old->origin == source) {
		snprintf(ret_error->text, sizeof ret_error->text, "%s: %s already has the id %s",
			 take_rule->file, old->file, take_rule->id);
		rule_clear(j, take_rule);
		return false;
	}
	if (old)
		rule_clear(j, old);
	else
		old = MEM_PUSH(j->rules, j->rules_len, j->rules_room);
	*old = *take_rule;
	return true;
}

static bool load(struct judge *j, const char *file, const char *source, size_t len, size_t origin,
		 struct judge_error *ret_error)
{
	struct rule r = { .file = mem_string(file),
			  .source = mem_zero(len + 1),
			  .source_len = len,
			  .words = json_object(),
			  .chunk = LUA_NOREF,
			  .when = LUA_NOREF,
			  .origin = origin };
	struct loading now = { &r };
	char error[HOST_ERROR];
	const char *wrong = error;

	memcpy(r.source, source, len);
	if (host_run(j->host, load_in_lua, &now, error) == HOST_DONE)
		wrong = unfit(&r);
	if (wrong) {
		/* what Lua says begins with the file */
		bool named = !strncmp(wrong, file, strlen(file));

		snprintf(ret_error->text, sizeof ret_error->text, "%s%s%.400s", named ? "" : file,
			 named ? "" : ": ", wrong);
		rule_clear(j, &r);
		return false;
	}
	r.id = mem_string(rule_word(&r, "id"));
	r.step = (enum step)term(step_words, rule_word(&r, "step"));
	r.severity = (enum severity)term(severity_words, rule_word(&r, "severity"));
	r.scope = (enum scope)term(scope_words, rule_word(&r, "scope"));
	return keep_rule(j, &r, origin, ret_error);
}

/* --- directories --- */

static bool world(struct judge_error *ret_error, const char *path, const char *why)
{
	snprintf(ret_error->text, sizeof ret_error->text, "%.400s: %s", path, why);
	return false;
}

static bool load_file(struct judge *j, const char *path, size_t origin,
		      struct judge_error *ret_error)
{
	FILE *f = fopen(path, "rb");
	char *source;
	size_t len;
	bool good;

	if (!f)
		return world(ret_error, path, strerror(errno));
	source = mem_zero(SOURCE_MAX + 1);
	len = fread(source, 1, SOURCE_MAX + 1, f);
	good = !ferror(f);
	fclose(f);
	if (!good)
		good = world(ret_error, path, "cannot be read");
	else if (len > SOURCE_MAX)
		good = world(ret_error, path, "is too long for a rule");
	else
		good = load(j, path, source, len, origin, ret_error);
	mem_free(source);
	return good;
}

struct names {
	char **at;
	size_t len, room;
};

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void names_clear(struct names *n)
{
	for (size_t i = 0; i < n->len; i++)
		mem_free(n->at[i]);
	mem_free(n->at);
}

static bool list_folder(const char *path, struct names *ret)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return false;
	while ((entry = readdir(dir)) && ret->len < FILES_MAX) {
		struct text t;
		char **name;

		if (entry->d_name[0] == '.')
			continue;
		text_init(&t);
		text_addf(&t, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
			  entry->d_name);
		name = MEM_PUSH(ret->at, ret->len, ret->room);
		*name = t.at; /* text_take() without the new text */
	}
	closedir(dir);
	qsort(ret->at, ret->len, sizeof *ret->at, by_text);
	return true;
}

static bool is_rule_file(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && !strcmp(path + len - 4, ".lua");
}

/* What is no folder and does not end in .lua (a README, say) is passed over. */
static bool load_folder(struct judge *j, const char *path, size_t origin, int deep,
			struct judge_error *ret_error)
{
	struct names names = { 0 };
	bool good = true;

	if (!*path || !list_folder(path, &names))
		return world(ret_error, path, strerror(errno));
	for (size_t i = 0; good && i < names.len; i++) {
		struct names inside = { 0 };

		if (is_rule_file(names.at[i]))
			good = load_file(j, names.at[i], origin, ret_error);
		else if (deep < FOLDERS_DEEP && list_folder(names.at[i], &inside))
			good = load_folder(j, names.at[i], origin, deep + 1, ret_error);
		names_clear(&inside);
	}
	names_clear(&names);
	return good;
}

/* --- the judge --- */

static void make_hash(struct judge *j)
{
	uint8_t digest[DIGEST_MAX] = { 0 };
	struct text all, hex;

	text_init(&all);
	text_init(&hex);
	for (size_t i = 0; i < j->rules_len; i++)
		text_add_bytes(&all, j->rules[i].source, j->rules[i].source_len);
	digest_of(DIGEST_SHA256, &(struct bytes){ (const uint8_t *)all.at, all.len }, 1, digest);
	text_add_hex(&hex, (struct bytes){ digest, 32 });
	snprintf(j->hash, sizeof j->hash, "%s", hex.at);
	text_clear(&all);
	text_clear(&hex);
}

static bool load_all(struct judge *j, const char *const *dirs, struct judge_error *ret_error)
{
	for (size_t i = 0; i < builtin_rules_len; i++)
		if (!load(j, builtin_rules[i].path, builtin_rules[i].text, builtin_rules[i].len, 0,
			  ret_error))
			return false;
	for (size_t i = 0; dirs && dirs[i]; i++)
		if (!load_folder(j, dirs[i], i + 1, 0, ret_error))
			return false;
	return true;
}

struct judge *judge_new(const char *const *rules_dirs, struct judge_error *ret_error)
{
	struct judge *j = mem_zero(sizeof *j);
	struct judge_error error = { "" };

	j->language = language_in_use();
	j->host = host_new();
	if (!j->host || !load_all(j, rules_dirs, &error)) {
		*ret_error = error;
		judge_free(j);
		return NULL;
	}
	if (j->rules_len)
		qsort(j->rules, j->rules_len, sizeof *j->rules, by_id);
	make_hash(j);
	host_sweep(j->host);
	return j;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->rules_len; i++)
		rule_clear(j, &j->rules[i]);
	mem_free(j->rules);
	host_free(j->host);
	mem_free(j);
}

void rule_reset(struct judge *j, struct rule *r)
{
	host_forget(j->host, r->when);
	r->when = LUA_NOREF;
	r->stopped = false;
}

bool rule_fits(const char *pattern, const char *id)
{
	size_t len = strlen(pattern);

	if (len > 2 && !strcmp(pattern + len - 2, ".*"))
		return !strncmp(pattern, id, len - 1);
	return !strcmp(pattern, id);
}

/* --- what people ask about rules --- */

const struct catalog *judge_language(const struct judge *j)
{
	return &j->language;
}

const char *judge_rules_hash(const struct judge *j)
{
	return j->hash;
}

json_t *judge_list(const struct judge *j)
{
	json_t *list = json_array();

	for (size_t i = 0; i < j->rules_len; i++) {
		const struct rule *r = &j->rules[i];

		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "id", r->id,
						      "step", step_words[r->step], "severity",
						      severity_words[r->severity], "scope",
						      scope_words[r->scope], "title",
						      rule_word(r, "title"), "file", r->file));
	}
	return list;
}

static json_t *shown_rule(const struct rule *r)
{
	json_t *shown = json_deep_copy(r->words);

	json_object_set_new(shown, "file", json_string(r->file));
	return shown;
}

json_t *judge_show(const struct judge *j, const char *id)
{
	const struct rule *r = rule_find(j, id), *ends = find(j, id, true);
	json_t *shown;

	if (!r)
		return NULL;
	shown = shown_rule(r);
	if (ends && ends != r)
		json_object_set_new(shown, "ends", shown_rule(ends));
	return shown;
}

struct asking_tests {
	const struct rule *rule;
	json_t *into;
};

static int tests_in_lua(lua_State *L)
{
	struct asking_tests *now = lua_touserdata(L, 1);

	load_text(L, now->rule, now->rule->source, now->rule->source_len);
	run_chunk(L);
	if (lua_getfield(L, -1, "tests") != LUA_TNIL)
		lua_to_json(L, -1, now->into, "tests");
	return 0;
}

json_t *rule_tests(struct judge *j, const struct rule *r, char ret_error[HOST_ERROR])
{
	struct asking_tests now = { r, json_object() };

	if (host_run(j->host, tests_in_lua, &now, ret_error) == HOST_DONE)
		return now.into;
	json_decref(now.into);
	return NULL;
}
