#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/mustache.h"
#include "tests/support/suite.h"
#include "tests/support/json.h"

static bool partials(void *ctx, const char *name, struct mustache_template *ret)
{
	const char *text = json_string_value(json_object_get(ctx, name));

	if (!text)
		return false;
	*ret = (struct mustache_template){ name, text, strlen(text) };
	return true;
}

static bool rendered(struct text *out, const char *template, const char *data, const char *of, enum escape escape,
		     struct mustache_error *error)
{
	json_t *values = parsed(data), *others = parsed(of);
	struct mustache_options o = { .escape = escape, .partial = partials, .ctx = others };
	struct mustache_template t = { "it", template, strlen(template) };
	bool fine;

	fine = mustache_render(out, &t, values, &o, error);
	json_decref(values);
	json_decref(others);
	return fine;
}

static void gives(const char *template, const char *data, const char *of, const char *wanted)
{
	struct mustache_error error = { .text = "" };
	struct text out;

	text_init(&out);
	ck_assert_msg(rendered(&out, template, data, of, ESCAPE_HTML, &error), "%s: %s", template, error.text);
	ck_assert_msg(!strcmp(out.at, wanted), "%s with %s gives \"%s\", not \"%s\"", template, data, out.at, wanted);
	text_clear(&out);
}

static void fails(const char *template, unsigned line, const char *why)
{
	struct mustache_error error = { .text = "" };
	struct text out;

	text_init(&out);
	text_add(&out, "before");
	ck_assert_msg(!rendered(&out, template, "{'a': [1, 2], 'o': {}}", "{'bad': '\\n{{#x}}', 'self': '{{> self}}'}", ESCAPE_HTML,
				&error), "%s is taken", template);
	ck_assert_str_eq(out.at, "before");
	ck_assert_msg(strstr(error.text, why) != NULL, "%s: %s", template, error.text);
	ck_assert_uint_eq(error.line, line);
	text_clear(&out);
}

struct row {
	const char *template, *data, *partials, *wanted;
};

#define ROWS(name, ...) \
	START_TEST(name) \
	{ \
		static const struct row rows[] = { __VA_ARGS__ }; \
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) \
			gives(rows[i].template, rows[i].data, rows[i].partials ? rows[i].partials : "{}", rows[i].wanted); \
	} \
	END_TEST

/* clang-format off */
ROWS(names_are_written_escaped_unless_told_otherwise,
	{ "no tag", "{}", NULL, "no tag" },
	{ "for {{who}}.", "{'who': 'B'}", NULL, "for B." },
	{ "{{x}} {{{x}}} {{&x}} {{& x }}", "{'x': '& < > \\\" \\u0027'}", NULL,
	  "&amp; &lt; &gt; &quot; &#39; & < > \" ' & < > \" ' & < > \" '" },
	{ "{{n}} {{r}} {{z}}", "{'n': -85, 'r': 1.21, 'z': 0}", NULL, "-85 1.21 0" },
	{ "{{t}}|{{f}}|{{n}}|{{none}}|", "{'t': true, 'f': false, 'n': null}", NULL, "true|false|||" },
	{ "{{ who }}|{{  who\n}}", "{'who': 'B'}", NULL, "B|B" },
	{ "| {{x}} |", "{'x': '-'}", NULL, "| - |" },
	{ "  {{x}}\n", "{'x': '-'}", NULL, "  -\n" })

ROWS(dotted_names_walk_in_and_never_fall_back,
	{ "{{a.b.c}}", "{'a': {'b': {'c': 'x'}}}", NULL, "x" },
	{ "{{a.b.c}}", "{'a': {'b': {}}, 'c': 'no'}", NULL, "" },
	{ "{{a.b}}", "{'a': {}, 'b': 'no'}", NULL, "" },
	{ "{{#a}}{{b.c}}{{/a}}", "{'a': {'b': {}}, 'b': {'c': 'no'}}", NULL, "" },
	{ "{{#a}}{{b.c}}{{/a}}", "{'a': {}, 'b': {'c': 'x'}}", NULL, "x" },
	{ "{{#a.b}}{{.}}{{/a.b}}", "{'a': {'b': 'x'}}", NULL, "x" },
	{ "{{#a}}{{.}},{{/a}}", "{'a': [1, 'b', 2.5]}", NULL, "1,b,2.5," },
	{ "{{#a}}{{#.}}{{.}}{{/.}};{{/a}}", "{'a': [[1, 2], [3]]}", NULL, "12;3;" },
	{ "{{.}}", "'x'", NULL, "x" })

ROWS(sections_repeat_enter_or_leave_out,
	{ "{{#a}}x{{/a}}", "{'a': true}", NULL, "x" },
	{ "{{#a}}x{{/a}}{{#b}}x{{/b}}{{#c}}x{{/c}}{{#d}}x{{/d}}{{#e}}x{{/e}}", "{'a': false, 'b': null, 'c': [], 'd': ''}", NULL, "" },
	{ "{{^a}}x{{/a}}{{^b}}x{{/b}}{{^c}}x{{/c}}{{^d}}x{{/d}}{{^e}}x{{/e}}", "{'a': false, 'b': null, 'c': [], 'd': ''}", NULL, "xxxxx" },
	{ "{{#z}}zero{{/z}}{{#o}}object{{/o}}", "{'z': 0, 'o': {}}", NULL, "zeroobject" },
	{ "{{^a}}no{{/a}}", "{'a': [{}]}", NULL, "" },
	{ "{{#l}}{{n}}{{/l}}", "{'l': [{'n': 1}, {'n': 2}], 'n': 9}", NULL, "12" },
	{ "{{#a}}{{one}}{{#b}}{{one}}{{two}}{{/b}}{{/a}}", "{'a': {'one': 1}, 'b': {'two': 2}}", NULL, "112" },
	{ "{{#a}}A{{#a}}B{{/a}}{{/a}}", "{'a': true}", NULL, "AB" },
	{ "{{#a}}{{n}}{{/a}}", "{'a': {'n': null}, 'n': 'outside'}", NULL, "" },
	{ "{{# a }}x{{/ a }}", "{'a': 1}", NULL, "x" })

ROWS(tags_alone_on_their_line_take_it_with_them,
	{ "| a\n{{#b}}\n|\n{{/b}}\n| c", "{'b': 1}", NULL, "| a\n|\n| c" },
	{ "| a\n  {{#b}}  \n|\n\t{{/b}}\n| c", "{'b': 1}", NULL, "| a\n|\n| c" },
	{ "|\r\n{{#b}}\r\n{{/b}}\r\n|", "{'b': 1}", NULL, "|\r\n|" },
	{ "{{#b}}\n#{{/b}}\n/", "{'b': 1}", NULL, "#\n/" },
	{ "  {{#b}}\n/{{/b}}", "{'b': 1}", NULL, "/" },
	{ "#{{#b}}\n/\n  {{/b}}", "{'b': 1}", NULL, "#\n/\n" },
	{ " {{#b}}y{{/b}}\n {{#b}}n{{/b}}\n", "{'b': 1}", NULL, " y\n n\n" },
	{ "a\n  {{! what }}\nb{{! inline }}c\n{{!\nlong\n}}\nd", "{}", NULL, "a\nbc\nd" },
	{ "  {{! what }}", "{}", NULL, "" },
	{ "1 {{! 2 }} 3", "{}", NULL, "1  3" },
	{ "{{^b}}\n|\n{{/b}}\n", "{}", NULL, "|\n" })

ROWS(partials_are_templates_where_they_stand,
	{ "({{> p}})", "{}", "{'p': 'text'}", "(text)" },
	{ "({{> none}})", "{}", "{}", "()" },
	{ "{{> p}}", "{'x': 1}", "{'p': '*{{x}}*'}", "*1*" },
	{ "{{> node}}", "{'v': 'X', 'kids': [{'v': 'Y', 'kids': []}]}", "{'node': '{{v}}<{{#kids}}{{> node}}{{/kids}}>'}", "X<Y<>>" },
	{ "| {{x}}{{> p}}\n", "{'x': '|'}", "{'p': '>\\n>'}", "| |>\n>\n" },
	{ "\\\n {{> p}}\n/\n", "{'x': '<\\n->'}", "{'p': '|\\n{{{x}}}\\n|\\n'}", "\\\n |\n <\n->\n |\n/\n" },
	{ "|\r\n{{> p}}\r\n|", "{}", "{'p': '>'}", "|\r\n>|" },
	{ "  {{> p}}\n>", "{}", "{'p': '>\\n>'}", "  >\n  >>" },
	{ "|{{> p }}|", "{'b': true}", "{'p': '[]'}", "|[]|" },
	{ "{{#l}}\n {{> p}}\n{{> p}}\n{{/l}}", "{'l': [1, 2]}", "{'p': '{{.}}\\n'}", " 1\n1\n 2\n2\n" })

ROWS(delimiters_change_for_the_rest_of_one_template,
	{ "{{=<% %>=}}(<%x%>)", "{'x': 'Hey'}", NULL, "(Hey)" },
	{ "({{=[ ]=}}[x])", "{'x': 'Hey'}", NULL, "(Hey)" },
	{ "{{#s}}{{x}}|{{/s}}{{= | | =}}|#s||x|{{x}}|/s|", "{'s': true, 'x': 'v'}", NULL, "v|v{{x}}" },
	{ "{{> p}}{{= | | =}}|> p|", "{'v': 1}", "{'p': '.{{v}}.'}", ".1..1." },
	{ "| {{=@ @=}} |", "{}", NULL, "|  |" },
	{ "Begin.\n  {{=@ @=}}\nEnd.", "{}", NULL, "Begin.\nEnd." },
	{ "|{{= @   @ =}}|", "{}", NULL, "||" },
	{ "{{=<% %>=}}<%={{ }}=%>{{x}}", "{'x': 1}", NULL, "1" })
/* clang-format on */

START_TEST(what_is_wrong_is_told_with_its_line)
{
	fails("a\n{{#x}}\n", 2, "does not end");
	fails("{{/x}}", 1, "{{/x}} closes nothing");
	fails("\n\n{{#a}}{{/o}}", 3, "does not close {{#a}} of line 3");
	fails("\n{{x", 2, "does not end");
	fails("{{}}", 1, "without a name");
	fails("{{# }}", 1, "without a name");
	fails("{{=x=}}", 1, "two words");
	fails("{{=aaaaaaaaaaaaaaaaaaaa b=}}", 1, "15 characters");
	fails("{{=a =b c=}}", 1, "without blanks");
	fails("{{> bad}}", 2, "does not end");
	fails("{{> self}}", 1, "nested too deeply");
}
END_TEST

static bool bounded(const char *template, json_t *data, size_t most, struct mustache_error *error)
{
	struct mustache_options o = { .escape = ESCAPE_NONE, .most_output = most };
	struct mustache_template t = { "it", template, strlen(template) };
	struct text out;
	bool fine;

	text_init(&out);
	fine = mustache_render(&out, &t, data, &o, error);
	text_clear(&out);
	return fine;
}

START_TEST(no_template_runs_away)
{
	struct mustache_error error;
	struct text deep;
	json_t *many = json_array(), *o;

	for (int i = 0; i < 2000; i++)
		json_array_append_new(many, json_integer(i));
	o = json_pack("{s:o}", "l", many);
	ck_assert(!bounded("{{#l}}{{#l}}text{{/l}}{{/l}}", o, 1000, &error));
	ck_assert_str_eq(error.text, "the template writes too much");
	ck_assert(bounded("{{#l}}x{{/l}}", o, 2000, &error));
	ck_assert(!bounded("{{#l}}{{#l}}{{#l}}{{#l}}{{n}}{{/l}}{{/l}}{{/l}}{{/l}}", o, 0, &error));
	ck_assert_str_eq(error.text, "the template takes too long");
	text_init(&deep);
	for (int i = 0; i < 40; i++)
		text_add(&deep, "{{#l}}");
	ck_assert(!bounded(deep.at, o, 0, &error));
	ck_assert_str_eq(error.text, "sections are nested too deeply");
	text_clear(&deep);
	json_decref(o);
}
END_TEST

START_TEST(raw_is_only_what_was_made_as_markup)
{
	static const char template[] = "{{{wire}}} {{{ours}}} {{&ours}} {{ours}}";
	struct mustache_options o = { .escape = ESCAPE_HTML, .markup = "markup" };
	struct mustache_template t = { "it", template, strlen(template) };
	json_t *data = parsed("{'wire': '<b>', 'ours': {'markup': '<i>'}}");
	struct mustache_error error;
	struct text out;

	text_init(&out);
	ck_assert(mustache_render(&out, &t, data, &o, &error));
	ck_assert_str_eq(out.at, "&lt;b&gt; <i> <i> ");
	text_clear(&out);
	json_decref(data);
}
END_TEST

static void escapes(enum escape escape, const char *value, const char *wanted)
{
	struct text t;

	text_init(&t);
	escape_add(&t, escape, value);
	ck_assert_str_eq(t.at, wanted);
	text_clear(&t);
}

START_TEST(each_format_has_its_own_escaping)
{
	escapes(ESCAPE_NONE, "<a> & \"b\"\n", "<a> & \"b\"\n");
	escapes(ESCAPE_HTML, "<a href='x'> & \"b\"", "&lt;a href=&#39;x&#39;&gt; &amp; &quot;b&quot;");
	escapes(ESCAPE_MARKDOWN, "a*b_c`d`<e>[f](g)|h\\", "a\\*b\\_c\\`d\\`\\<e\\>\\[f\\](g)\\|h\\\\");
	escapes(ESCAPE_MARKDOWN, "a\n\n# b", "a  \\# b");
	escapes(ESCAPE_MARKDOWN, "- no list", "\\- no list");
	escapes(ESCAPE_MARKDOWN, "12. no list", "12\\. no list");
	escapes(ESCAPE_MARKDOWN, "198.51.100.10", "198.51.100.10");
	escapes(ESCAPE_MARKDOWN, "#11 @all http://x www.x &amp; ~", "\\#11 \\@all http\\://x www\\.x \\&amp; \\~");
	escapes(ESCAPE_CSV, "a \"b\", c", "a \"\"b\"\", c");
	escapes(ESCAPE_CSV, "=1+1", "'=1+1");
	escapes(ESCAPE_CSV, "@x", "'@x");
	escapes(ESCAPE_CSV, "-1", "'-1");
	escapes(ESCAPE_CSV, "\tx", "'\tx");
	escapes(ESCAPE_CSV, "1=1", "1=1");
}
END_TEST

START_TEST(control_characters_and_turned_text_are_shown_not_obeyed)
{
	static const enum escape all[] = { ESCAPE_NONE, ESCAPE_HTML, ESCAPE_CSV };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		escapes(all[i], "a\033[31mb", "a\\x1b[31mb");
		escapes(all[i], "a\xe2\x80\xaez", "a\\xe2\\x80\\xaez");
		escapes(all[i], "\xe4\xb8\xad\xc2\xa0", "\xe4\xb8\xad\xc2\xa0");
		escapes(all[i], "a\xff", "a\\xff");
	}
	escapes(ESCAPE_MARKDOWN, "a\033z", "a\\\\x1bz");
}
END_TEST

SUITE("mustache", names_are_written_escaped_unless_told_otherwise,
      dotted_names_walk_in_and_never_fall_back,
      sections_repeat_enter_or_leave_out,
      tags_alone_on_their_line_take_it_with_them,
      partials_are_templates_where_they_stand,
      delimiters_change_for_the_rest_of_one_template,
      what_is_wrong_is_told_with_its_line,
      no_template_runs_away,
      raw_is_only_what_was_made_as_markup,
      each_format_has_its_own_escaping,
      control_characters_and_turned_text_are_shown_not_obeyed)
