#include "analyzer/judge/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/track/fields.h"

bool rule_triggered(const struct rule *r, const struct place *at)
{
	const json_t *trigger = json_object_get(r->words, "trigger");

	for (size_t i = 0; i < json_array_size(trigger); i++) {
		const char *name = json_string_value(json_array_get(trigger, i));
		bool of_tunnel = r->scope == SCOPE_TUNNEL && fact_known(SCOPE_TUNNEL, name);

		if (!json_object_get(r->scope == SCOPE_ENDS ? at->ends : of_tunnel ? at->tunnel : at->capture, name))
			return false;
	}
	return true;
}

/* --- in Lua: `when`, and what it returns as JSON --- */

struct asking {
	struct rule *rule;
	const struct place *at;
	json_t *answers; /* [{confidence, culprit, ..., args, texts, unknown}] */
};

static const char *const answer_fields[] = {
	"confidence", "culprit",  "frames",   "severity", "at",
	"filter",     "explains", "coverage", "args",     "refuted", NULL
};

static void read_args(lua_State *L, int args, const struct asking *now, json_t *answer)
{
	json_t *raw = json_object(), *texts = json_object();
	int keys;

	json_object_set_new(answer, "args", raw);
	json_object_set_new(answer, "texts", texts);
	luaL_checktype(L, args, LUA_TTABLE);
	lua_facts_keys(L, args);
	keys = lua_gettop(L);
	for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++, lua_settop(L, keys)) {
		if (lua_type(L, -1) != LUA_TSTRING)
			luaL_error(L, "args have names");
		lua_getfield(L, args, lua_tostring(L, -1));
		typed_arg(L, lua_gettop(L), &now->at->setting, lua_tostring(L, -2), raw, texts);
	}
	lua_settop(L, keys - 1);
}

static void read_answer(lua_State *L, int index, const struct asking *now)
{
	json_t *answer = json_object();
	int keys;

	json_array_append_new(now->answers, answer);
	lua_facts_keys(L, index);
	keys = lua_gettop(L);
	for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++, lua_settop(L, keys)) {
		const char *name;

		if (lua_type(L, -1) != LUA_TSTRING)
			luaL_error(L, "a finding has names only");
		name = lua_tostring(L, -1);
		lua_getfield(L, index, name);
		if (term(answer_fields, name) < 0)
			json_object_set_new(answer, "unknown", json_string(name));
		else if (!strcmp(name, "args"))
			read_args(L, lua_gettop(L), now, answer);
		else
			lua_to_json(L, -1, answer, name);
	}
	lua_settop(L, keys - 1);
}

static void read_answers(lua_State *L, int index, const struct asking *now)
{
	if (lua_isnil(L, index))
		return;
	if (!lua_istable(L, index))
		luaL_error(L, "`when` returned a %s", luaL_typename(L, index));
	if (!lua_rawlen(L, index)) {
		read_answer(L, index, now);
		return;
	}
	for (lua_Integer i = 1; lua_rawgeti(L, index, i) != LUA_TNIL; i++, lua_settop(L, index)) {
		if (!lua_istable(L, -1))
			luaL_error(L, "`when` returned a list of something else than findings");
		read_answer(L, lua_gettop(L), now);
	}
}

/* What both ends show together, and the tunnel as each of them recorded it: nil where it did not. */
static int push_ends(lua_State *L, const struct place *at)
{
	const json_t *of[] = { at->tunnel, at->far };

	lua_facts_push(L, at->ends, SCOPE_ENDS);
	for (size_t i = 0; i < 2; i++) {
		if (of[i])
			lua_facts_push(L, of[i], SCOPE_TUNNEL);
		else
			lua_pushnil(L);
	}
	return 3;
}

static int ask_in_lua(lua_State *L)
{
	struct asking *now = lua_touserdata(L, 1);
	struct rule *r = now->rule;
	int args = 1;

	if (r->when == LUA_NOREF) {
		rule_run_chunk(L, r);
		lua_getfield(L, -1, "when");
		r->when = host_keep(L);
	}
	lua_settop(L, 0);
	host_push(L, r->when);
	if (r->scope == SCOPE_ENDS)
		args = push_ends(L, now->at);
	if (r->scope == SCOPE_TUNNEL) {
		lua_facts_push(L, now->at->tunnel, SCOPE_TUNNEL);
		args++;
	}
	if (r->scope != SCOPE_ENDS)
		lua_facts_push(L, now->at->capture, SCOPE_CAPTURE);
	lua_call(L, args, 1);
	read_answers(L, 1, now);
	return 0;
}

/* --- in C: sentences filled, words checked --- */

const char *placeholder(const char *sentence, struct bytes *ret)
{
	for (const char *at = strchr(sentence, '{'); at; at = strchr(at + 1, '{')) {
		size_t len = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");

		if (!len || at[1 + len] != '}')
			continue;
		*ret = (struct bytes){ (const uint8_t *)at + 1, len };
		return at;
	}
	return NULL;
}

struct filling {
	const json_t *texts;
	char *error; /* set once */
	const json_t *implementation; /* fact of the tunnel, or NULL */
	bool peer_acts; /* then there is nothing to ask the provider */
	bool ipv6;      /* the tunnel runs over it */
};

/*
 * What the fields of a display filter are called in IPv6. A length there leaves out the header of 40 octets
 * (RFC 8200 3), and there is no sum of the header.
 */
static const struct filter_field {
	const char *ipv4, *ipv6;
	unsigned less;
} filter_fields[] = {
	{ "ip.src", "ipv6.src", 0 },
	{ "ip.dst", "ipv6.dst", 0 },
	{ "ip.addr", "ipv6.addr", 0 },
	{ "ip.ttl", "ipv6.hlim", 0 },
	{ "ip.proto", "ipv6.nxt", 0 },
	{ "ip.len", "ipv6.plen", 40 },
	{ "ip.dsfield.dscp", "ipv6.tclass.dscp", 0 },
	{ "ip.flags.mf", "ipv6.fraghdr.more", 0 },
	{ "ip.frag_offset", "ipv6.fraghdr.offset", 0 },
	{ "ip.fragment.overlap", "ipv6.fragment.overlap", 0 },
	{ "ip.reassembled_in", "ipv6.reassembled.in", 0 },
	{ " || ip.checksum.status==\"Bad\"", "", 0 },
};

static bool ends_in(const struct text *t, const char *end)
{
	size_t n = strlen(end);

	return t->len >= n && !strncmp(t->at + t->len - n, end, n);
}

/* Whether what was written so far compares an IPv4 field with what comes next. */
static bool compares_address(const struct text *t)
{
	return ends_in(t, " ip.src==") || ends_in(t, " ip.dst==") || ends_in(t, " ip.addr==") || ends_in(t, "(ip.src==");
}

static const struct filter_field *field_at(const char *sentence)
{
	for (size_t i = 0; i < sizeof filter_fields / sizeof *filter_fields; i++)
		if (!strncmp(sentence, filter_fields[i].ipv4, strlen(filter_fields[i].ipv4)))
			return &filter_fields[i];
	return NULL;
}

/* ">=1400" behind a length, as the length is counted in IPv6. Past it. */
static const char *less(struct text *t, const char *compared, unsigned by)
{
	size_t sign = strspn(compared, "<>=");
	unsigned long n = strtoul(compared + sign, NULL, 10);
	size_t digits = strspn(compared + sign, "0123456789");

	text_add_bytes(t, compared, sign);
	if (sign && digits)
		text_addf(t, "%lu", n > by ? n - by : 0);
	return compared + sign + (sign ? digits : 0);
}

static json_t *in_ipv6(const char *sentence)
{
	struct text t;
	json_t *made;

	text_init(&t);
	while (*sentence) {
		const struct filter_field *field = field_at(sentence);

		if (!field) {
			text_add_bytes(&t, sentence++, 1);
			continue;
		}
		text_add(&t, field->ipv6);
		sentence += strlen(field->ipv4);
		if (field->less)
			sentence = less(&t, sentence, field->less);
	}
	made = json_string(t.at);
	text_clear(&t);
	return made;
}

static json_t *fill(struct filling *f, const char *sentence)
{
	struct bytes name;
	struct text t;
	bool ipv6 = f->ipv6;
	json_t *made;

	text_init(&t);
	for (const char *at; (at = placeholder(sentence, &name)); sentence = at + name.len + 2) {
		const json_t *value = json_object_getn(f->texts, (const char *)name.at, name.len);

		text_join(&t, 0, sentence, (size_t)(at - sentence));
		ipv6 |= value && strchr(json_string_value(value), ':') && compares_address(&t);
		if (value)
			text_join(&t, 0, json_string_value(value), strlen(json_string_value(value)));
		else if (!*f->error)
			snprintf(f->error, HOST_ERROR, "args has nothing for {%.*s}", (int)name.len,
				 (const char *)name.at);
	}
	text_join(&t, 0, sentence, strlen(sentence));
	made = ipv6 ? in_ipv6(t.at) : json_string(t.at);
	text_clear(&t);
	return made;
}

static json_t *fill_list(struct filling *f, const json_t *list)
{
	json_t *made = json_array();

	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_is_string(json_array_get(list, i)))
			json_array_append_new(made,
					      fill(f, json_string_value(json_array_get(list, i))));
	return made;
}

/* "Cisco ASA" is "ASA" in advice: the last word of the name. */
static bool in_dialect(const struct filling *f, const char *line)
{
	const char *side;
	json_t *name;

	json_object_foreach((json_t *)f->implementation, side, name)
	{
		const char *said = json_string_value(name), *last = said ? strrchr(said, ' ') : NULL;

		if (said && strstr(line, last ? last + 1 : said))
			return true;
	}
	return false;
}

/* What speaks of the devices at hand comes first. */
static json_t *by_dialect(const struct filling *f, json_t *take_lines)
{
	json_t *made = json_array();

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < json_array_size(take_lines); i++)
			if (in_dialect(f, json_string_value(json_array_get(take_lines, i))) == !pass)
				json_array_append(made, json_array_get(take_lines, i));
	json_decref(take_lines);
	return made;
}

static json_t *fill_advice(struct filling *f, const json_t *advise)
{
	static const char *const lists[] = { "now", "verify", "admin" };
	static const char *const texts[] = { "isp", "peer" };
	json_t *made = json_object();

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		json_object_set_new(made, lists[i],
				    fill_list(f, json_object_get(advise, lists[i])));
	if (f->implementation)
		json_object_set_new(made, "admin",
				    by_dialect(f, json_incref(json_object_get(made, "admin"))));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const json_t *text = json_object_get(advise, texts[i]);

		if (json_is_string(text) && !(f->peer_acts && !strcmp(texts[i], "isp")))
			json_object_set_new(made, texts[i], fill(f, json_string_value(text)));
	}
	return made;
}

/* What is wrong with an answer, in words; empty when nothing is. */
static void check_answer(const struct rule *r, const json_t *answer, bool strict, char *error)
{
	const json_t *at = json_object_get(answer, "at"),
		     *filter = json_object_get(answer, "filter");
	const json_t *severity = json_object_get(answer, "severity");
	const json_t *coverage = json_object_get(answer, "coverage");
	const json_t *explains = json_object_get(answer, "explains");
	double part = coverage ? json_number_value(coverage) : 1;

	if (term(confidence_words, text_of(answer, "confidence")) < 0)
		snprintf(error, HOST_ERROR, "confidence is none of: confirmed likely possible");
	else if (!json_object_get(json_object_get(r->words, "say"), text_of(answer, "confidence")))
		snprintf(error, HOST_ERROR, "say has no sentence for %s",
			 text_of(answer, "confidence"));
	else if (term(culprit_words, text_of(answer, "culprit")) < 0)
		snprintf(error, HOST_ERROR,
			 "culprit is none of: local peer path nat both capture none unknown");
	else if (severity && term(severity_words, json_string_value(severity)) < 0)
		snprintf(error, HOST_ERROR, "severity is none of: critical high medium low info");
	else if (at && !json_is_number(at))
		snprintf(error, HOST_ERROR, "at is not a number of seconds");
	else if (filter && !json_is_string(filter))
		snprintf(error, HOST_ERROR, "filter is not a text");
	else if (explains && !json_is_array(explains))
		snprintf(error, HOST_ERROR, "explains is not a list");
	else if (!(part >= 0 && part <= 1))
		snprintf(error, HOST_ERROR, "coverage is not between 0 and 1");
	else if (strict && json_object_get(answer, "unknown"))
		snprintf(error, HOST_ERROR, "a finding has no field %.100s",
			 text_of(answer, "unknown"));
}

/* In hundredths: grade times severity times the share that the finding touches, diagnoses F.3. */
static json_int_t score(enum confidence grade, int severity, const json_t *coverage)
{
	static const int grades[] = { [POSSIBLE] = 35, [LIKELY] = 70, [CONFIRMED] = 100 };
	double part = coverage ? json_number_value(coverage) : 1;

	return (json_int_t)(grades[grade] * severity * part + 0.5);
}

static json_t *or_empty(const json_t *list)
{
	return list ? json_deep_copy(list) : json_array();
}

static bool over_ipv6(const struct rule *r, const struct place *at)
{
	const json_t *facts = r->scope == SCOPE_TUNNEL ? at->tunnel : r->scope == SCOPE_ENDS ? at->ends : NULL;
	const char *a = text_of(json_object_get(facts, "ends"), "a");

	return a && strchr(a, ':');
}

static json_t *make_finding(const struct rule *r, const struct place *at, const json_t *answer,
			    json_t *take_frames, char *error)
{
	struct filling f = { json_object_get(answer, "texts"), error,
			     json_object_get(at->tunnel, "implementation"), !strcmp(text_of(answer, "culprit"), "peer"),
			     over_ipv6(r, at) };
	const char *confidence = text_of(answer, "confidence"), *why = rule_word(r, "why");
	const char *severity = text_of(answer, "severity"), *filter = text_of(answer, "filter");
	const json_t *say = json_object_get(json_object_get(r->words, "say"), confidence);
	const json_t *explains = json_object_get(answer, "explains");
	json_t *made, *evidence = json_pack("{s:o}", "frames", take_frames);

	severity = severity ? severity : severity_words[r->severity];
	if (filter)
		json_object_set_new(evidence, "filter", f.ipv6 ? in_ipv6(filter) : json_string(filter));
	made = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", r->id, "step", step_words[r->step],
			 "severity", severity, "confidence", confidence, "culprit",
			 text_of(answer, "culprit"));
	json_object_set_new(made, "title", fill(&f, rule_word(r, "title")));
	json_object_set_new(made, "text", fill(&f, json_string_value(say)));
	json_object_set_new(made, "why", fill(&f, why ? why : rule_word(r, "title")));
	json_object_set_new(made, "advice", fill_advice(&f, json_object_get(r->words, "advise")));
	json_object_set_new(made, "evidence", evidence);
	json_object_set_new(made, "args", json_deep_copy(json_object_get(answer, "args")));
	json_object_set_new(made, "explains",
			    or_empty(explains ? explains : json_object_get(r->words, "explains")));
	json_object_set_new(made, "references", or_empty(json_object_get(r->words, "references")));
	json_object_set_new(made, "score",
			    json_integer(score((enum confidence)term(confidence_words, confidence),
					       term(severity_words, severity),
					       json_object_get(answer, "coverage"))));
	if (json_object_get(answer, "at"))
		json_object_set(made, "at", json_object_get(answer, "at"));
	return made;
}

/* NULL and error when the answer is no finding. */
static json_t *finding(const struct rule *r, const struct place *at, json_t *answer, bool strict,
		       char *error)
{
	const json_t *told = json_object_get(answer, "frames");
	json_t *frames, *made;

	if (r->scope == SCOPE_ENDS && json_is_true(json_object_get(answer, "refuted")))
		return json_pack("{s:s,s:b}", "id", r->id, "refuted", 1);
	check_answer(r, answer, strict, error);
	if (*error)
		return NULL;
	frames = told && !json_is_array(told) ? NULL : frames_in_order(told);
	if (!frames) {
		snprintf(error, HOST_ERROR, "frames is a list of numbers, or of {capture, number}");
		return NULL;
	}
	if (!json_object_get(answer, "args")) {
		json_object_set_new(answer, "args", json_object());
		json_object_set_new(answer, "texts", json_object());
	}
	made = make_finding(r, at, answer, frames, error);
	if (*error) {
		json_decref(made);
		return NULL;
	}
	return made;
}

json_t *rule_ask(struct judge *j, struct rule *r, const struct place *at, bool strict,
		 char ret_error[HOST_ERROR])
{
	struct asking now = { r, at, json_array() };
	json_t *findings = json_array();
	enum host_end end = host_run(j->host, ask_in_lua, &now, ret_error);
	bool good = end == HOST_DONE;

	r->stopped = end == HOST_STOPPED;
	for (size_t i = 0; good && i < json_array_size(now.answers); i++) {
		char error[HOST_ERROR] = "";
		json_t *f = finding(r, at, json_array_get(now.answers, i), strict, error);

		good = f != NULL;
		if (f)
			json_array_append_new(findings, f);
		else
			snprintf(ret_error, HOST_ERROR, "%s", error);
	}
	json_decref(now.answers);
	if (good)
		return findings;
	json_decref(findings);
	return NULL;
}
