/*
 * What can be known of a rule without a capture: words, facts, placeholders, tests.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/judge/finding.h"
#include "analyzer/judge/rule.h"
#include "analyzer/judge/rule_test.h"
#include "analyzer/track/fields.h"

enum { NOW_MAX = 3 };

struct linting {
	struct judge *judge;
	struct rule *rule;
	json_t *complaints;
	json_t *args; /* names that a test of the rule filled */
};

static void complain(const struct linting *now, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(const struct linting *now, const char *format, ...)
{
	struct text raw, safe;
	char said[HOST_ERROR];
	va_list args;

	va_start(args, format);
	vsnprintf(said, sizeof said, format, args);
	va_end(args);
	text_init(&raw);
	text_init(&safe);
	text_addf(&raw, "%s: %s: %s", now->rule->file, now->rule->id, said);
	text_add_wire(&safe, (struct bytes){ (const uint8_t *)raw.at, raw.len });
	json_array_append_new(now->complaints, json_string(safe.at));
	text_clear(&raw);
	text_clear(&safe);
}

static const json_t *word_of(const struct linting *now, const char *name)
{
	return json_object_get(now->rule->words, name);
}

/* --- names --- */

static void lint_names(const struct linting *now, const json_t *object, const char *const *known,
		       const char *what)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) if (term(known, name) < 0)
		complain(now, "%s has no field %.100s", what, name);
}

static bool fact_of(const struct rule *r, const char *name)
{
	if (r->scope == SCOPE_ENDS)
		return fact_known(SCOPE_ENDS, name);
	return (r->scope == SCOPE_TUNNEL && fact_known(SCOPE_TUNNEL, name)) ||
	       fact_known(SCOPE_CAPTURE, name);
}

static void lint_trigger(const struct linting *now)
{
	const json_t *trigger = word_of(now, "trigger");

	if (!json_array_size(trigger))
		complain(now, "trigger names no fact");
	for (size_t i = 0; i < json_array_size(trigger); i++)
		if (!fact_of(now->rule, json_string_value(json_array_get(trigger, i))))
			complain(now, "trigger: there is no fact %.100s",
				 json_string_value(json_array_get(trigger, i)));
}

static bool listed_id(const char *pattern)
{
	static const char *const ids[] = {
#define ID(id) id,
#include "analyzer/judge/ids.def"
#undef ID
	};

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (rule_fits(pattern, ids[i]))
			return true;
	return false;
}

static bool known_id(const struct judge *j, const char *pattern)
{
	if (listed_id(pattern))
		return true;
	for (size_t i = 0; i < j->rules_len; i++)
		if (rule_fits(pattern, j->rules[i].id))
			return true;
	return false;
}

static void lint_explains(const struct linting *now)
{
	const json_t *explains = word_of(now, "explains");

	for (size_t i = 0; i < json_array_size(explains); i++) {
		const char *pattern = json_string_value(json_array_get(explains, i));

		if (!pattern || !known_id(now->judge, pattern))
			complain(now, "explains: there is no rule %.100s",
				 pattern ? pattern : "without a name");
		else if (!strcmp(pattern, now->rule->id))
			complain(now, "explains itself");
	}
}

/* --- the source: facts it reads --- */

/* Past a string or a comment that begins at s, or NULL. RFC: Lua 5.4 manual 3.1. */
static const char *long_bracket(const char *s)
{
	size_t level = strspn(s + 1, "=");
	const char *end = s + 1 + level;

	if (*s != '[' || *end != '[')
		return NULL;
	while ((end = strchr(end, ']'))) {
		if (strspn(end + 1, "=") == level && end[1 + level] == ']')
			return end + level + 2;
		end++;
	}
	return s + strlen(s);
}

static const char *past_quote(const char *s)
{
	char quote = *s++;

	while (*s && *s != quote && *s != '\n')
		s += s[0] == '\\' && s[1] ? 2 : 1;
	return *s ? s + 1 : s;
}

static const char *past_words(const char *s)
{
	if (s[0] == '-' && s[1] == '-') {
		const char *end = s[2] == '[' ? long_bracket(s + 2) : NULL;

		return end ? end : s + strcspn(s, "\n");
	}
	if (*s == '"' || *s == '\'')
		return past_quote(s);
	return *s == '[' ? long_bracket(s) : NULL;
}

static bool of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The scope of what `when` calls by this letter: t and c, or e of two ends. */
static int scope_of(const struct rule *r, char letter)
{
	if (r->scope == SCOPE_ENDS)
		return letter == 'e' ? SCOPE_ENDS : -1;
	return letter == 't' ? SCOPE_TUNNEL : letter == 'c' ? SCOPE_CAPTURE : -1;
}

/* Whether the source, past its texts and comments, holds these words. */
static bool reads(const struct rule *r, const char *words)
{
	for (const char *s = r->source; *s;) {
		const char *next = past_words(s);

		if (!next && !strncmp(s, words, strlen(words)) && !of_name(s[strlen(words)]))
			return true;
		s = next ? next : s + 1;
	}
	return false;
}

/* "t.NAME" and "c.NAME", as `when` calls its arguments. */
static void lint_source(const struct linting *now)
{
	const char *source = now->rule->source, *s = source;

	while (*s) {
		const char *next = past_words(s);
		char name[64];
		size_t len = 0;

		if (next) {
			s = next;
			continue;
		}
		if (scope_of(now->rule, *s) >= 0 && s[1] == '.' && s[2] != '.' &&
		    (s == source || (!of_name(s[-1]) && s[-1] != '.')))
			while (of_name(s[2 + len]))
				len++;
		if (len && len < sizeof name) {
			snprintf(name, sizeof name, "%.*s", (int)len, s + 2);
			if (!fact_known((enum scope)scope_of(now->rule, *s), name))
				complain(now, "there is no fact %c.%s", *s, name);
		}
		if (of_name(*s))
			while (of_name(s[1]))
				s++;
		s++;
	}
}

/* --- words --- */

static void lint_sentence(const struct linting *now, const json_t *sentence, const char *where)
{
	const char *rest = json_string_value(sentence);
	struct bytes name;

	if (!rest || !*rest) {
		complain(now, "%s is not a text", where);
		return;
	}
	for (const char *at; (at = placeholder(rest, &name)); rest = at + name.len + 2)
		if (!json_object_getn(now->args, (const char *)name.at, name.len))
			complain(now, "%s: no test fills {%.*s}", where, (int)name.len,
				 (const char *)name.at);
}

/* What looks the same is named, with what decides (rules/README.md): in English, the language of the files. */
static bool names_look_alike(const char *sentence)
{
	static const char *const words[] = { "looks the same", "look the same", "looks alike", "decide", "tells" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(sentence, words[i]))
			return true;
	return false;
}

/* What is not confirmed names its look-alike, or sure says why there is none. */
static void lint_sure(const struct linting *now)
{
	const json_t *say = word_of(now, "say"), *sure = word_of(now, "sure");
	bool english = !now->judge->language.file.len;

	lint_names(now, sure, confidence_words, "sure");
	for (size_t i = 0; confidence_words[i]; i++) {
		const char *word = confidence_words[i], *sentence = text_of(say, word);
		const json_t *why = json_object_get(sure, word);

		if (why && (!json_string_length(why) || !sentence))
			complain(now, "sure.%s is %s", word, sentence ? "not a text" : "about nothing that it says");
		if (english && sentence && !why && strcmp(word, "confirmed") != 0 && !names_look_alike(sentence))
			complain(now, "%s names nothing that looks the same, nor what decides; else sure.%s says why nothing does", word, word);
	}
}

static void lint_sentences(const struct linting *now, const json_t *list, const char *where)
{
	if (list && !json_is_array(list))
		complain(now, "%s is not a list", where);
	for (size_t i = 0; i < json_array_size(list); i++)
		lint_sentence(now, json_array_get(list, i), where);
}

static void lint_words(const struct linting *now)
{
	static const char *const parts[] = { "now", "verify", "isp", "peer", "admin", NULL };
	const json_t *advise = word_of(now, "advise"), *references = word_of(now, "references");
	const json_t *say = word_of(now, "say");

	lint_sentence(now, word_of(now, "title"), "title");
	lint_sentence(now, word_of(now, "why"), "why");
	for (size_t i = 0; confidence_words[i]; i++)
		if (json_object_get(say, confidence_words[i]))
			lint_sentence(now, json_object_get(say, confidence_words[i]),
				      confidence_words[i]);
	if (now->rule->scope != SCOPE_ENDS)
		lint_sure(now);
	if (!advise)
		complain(now, "advise is missing");
	lint_names(now, advise, parts, "advise");
	lint_sentences(now, json_object_get(advise, "now"), "now");
	lint_sentences(now, json_object_get(advise, "verify"), "verify");
	lint_sentences(now, json_object_get(advise, "admin"), "admin");
	if (json_object_get(advise, "isp"))
		lint_sentence(now, json_object_get(advise, "isp"), "isp");
	if (json_object_get(advise, "peer"))
		lint_sentence(now, json_object_get(advise, "peer"), "peer");
	if (json_array_size(json_object_get(advise, "now")) > NOW_MAX)
		complain(now, "now: more than %d things to do", NOW_MAX);
	if (!json_array_size(references))
		complain(now, "references are missing");
	for (size_t i = 0; i < json_array_size(references); i++)
		if (!json_is_string(json_array_get(references, i)))
			complain(now, "references: not a text");
}

/* --- tests --- */

static void lint_facts(const struct linting *now, const json_t *facts, enum scope scope)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)facts, name, value) if (!fact_known(scope, name)) complain(
		now, "a test gives %.100s, which is no fact of a %s", name, scope_words[scope]);
}

/* --- rule 0: what is concluded from an absence --- */

static json_t *findings_of(const struct linting *now, const json_t *test)
{
	char error[HOST_ERROR];

	return rule_test_findings(now->judge, now->rule, test, error);
}

static bool confirms(const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++)
		if (!strcmp(text_of(json_array_get(findings, i), "confidence"), "confirmed"))
			return true;
	return false;
}

/* The findings of a test whose recording lacks what a gate asks (gates_len: any of it). Caller owns. */
static json_t *closed(const struct linting *now, const json_t *test, size_t gate)
{
	json_t *blind = rule_test_closed(test, gate), *findings = findings_of(now, blind);

	json_decref(blind);
	return findings;
}

/* A gate that the rule asks must make a difference in one of its tests. open: what each finds. */
static void lint_gate(const struct linting *now, const json_t *tests, const json_t *open, size_t gate)
{
	bool matters = false;

	if (!reads(now->rule, gates[gate].read))
		return;
	for (size_t i = 0; !matters && i < json_array_size(tests); i++) {
		json_t *shut = closed(now, json_array_get(tests, i), gate);

		matters = !json_equal(json_array_get(open, i), shut);
		json_decref(shut);
	}
	if (!matters)
		complain(now, "it asks %s, and no test shows what that is for", gates[gate].read);
}

/* What nobody could see is not confirmed, unless it rests on what the bytes say. */
static void lint_confirmed(const struct linting *now, const json_t *tests)
{
	const json_t *sure = json_object_get(word_of(now, "sure"), "confirmed");
	const char *stands = NULL;

	for (size_t i = 0; i < json_array_size(tests); i++) {
		json_t *shut = closed(now, json_array_get(tests, i), gates_len);

		if (confirms(shut))
			stands = text_of(json_array_get(tests, i), "name");
		json_decref(shut);
	}
	if (stands && !sure)
		complain(now, "test \"%.100s\" is confirmed by a recording that shows no absence: sure.confirmed says what it rests on", stands);
	else if (!stands && sure)
		complain(now, "sure.confirmed is said, and no test is confirmed by a recording that shows no absence");
}

static void lint_gates(const struct linting *now, const json_t *tests, const json_t *open)
{
	if (now->rule->scope == SCOPE_ENDS)
		return; /* two recordings show what is absent */
	for (size_t gate = 0; gate < gates_len; gate++)
		lint_gate(now, tests, open, gate);
	lint_confirmed(now, tests);
}

static void learn_args(const struct linting *now, const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++)
		json_object_update(now->args, json_object_get(json_array_get(findings, i), "args"));
}

static void lint_tests(const struct linting *now)
{
	static const char *const parts[] = { "name", "tunnel", "capture", "ends", "near", "far", "expect", NULL };
	char error[HOST_ERROR];
	json_t *carried = rule_tests(now->judge, now->rule, error);
	const json_t *tests = json_object_get(carried, "tests");
	json_t *open = json_array(); /* what each finds; null where it cannot be asked */
	size_t firing = 0, calm = 0;

	if (!carried)
		complain(now, "tests: %.400s", error);
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const json_t *test = json_array_get(tests, i);
		json_t *findings = findings_of(now, test);

		json_array_append_new(open, findings ? findings : json_null());
		lint_names(now, test, parts, "a test");
		if (!json_is_string(json_object_get(test, "name")))
			complain(now, "test %zu has no name", i + 1);
		lint_facts(now, json_object_get(test, "tunnel"), SCOPE_TUNNEL);
		lint_facts(now, json_object_get(test, "capture"), SCOPE_CAPTURE);
		lint_facts(now, json_object_get(test, "near"), SCOPE_TUNNEL);
		lint_facts(now, json_object_get(test, "far"), SCOPE_TUNNEL);
		lint_facts(now, json_object_get(test, "ends"), SCOPE_ENDS);
		if (rule_test_expects_nothing(test))
			calm++;
		else
			firing++;
		learn_args(now, findings);
	}
	lint_gates(now, tests, open);
	if (carried && !firing)
		complain(now, "no test in which it fires");
	if (carried && !calm)
		complain(now, "no look-alike on which it stays silent");
	json_decref(open);
	json_decref(carried);
}

json_t *judge_lint(const struct judge *j)
{
	static const char *const fields[] = { "id",      "step",     "severity",   "scope",
					      "trigger", "title",    "say",        "why",
					      "advise",  "explains", "references", "sure", NULL };
	json_t *complaints = json_array();

	for (size_t i = 0; i < j->rules_len; i++) {
		struct linting now = { (struct judge *)j, &j->rules[i], complaints, json_object() };

		if (!now.rule->origin && !listed_id(now.rule->id))
			complain(&now, "is not in analyzer/judge/ids.def");
		lint_names(&now, now.rule->words, fields, "a rule");
		lint_trigger(&now);
		lint_explains(&now);
		lint_source(&now);
		lint_tests(&now);
		lint_words(&now);
		json_decref(now.args);
	}
	host_sweep(j->host);
	return complaints;
}
