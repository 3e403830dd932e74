/*
 * The judge: what a rule may do, what it may not, and what becomes of its answer.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/judge/judge.h"

/* --- a folder of rules that lives as long as a test --- */

static char folder[64];
static int files;

static void make_folder(void)
{
	snprintf(folder, sizeof folder, "/tmp/test_judge.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	files = 0;
}

static void file_path(char *ret, size_t room, int n)
{
	snprintf(ret, room, "%s/r%03d.lua", folder, n);
}

static void remove_folder(void)
{
	for (int i = 0; i < files; i++) {
		char path[128];

		file_path(path, sizeof path, i);
		unlink(path);
	}
	rmdir(folder);
}

static void write_bytes(const char *source, size_t len)
{
	char path[128];
	FILE *f;

	file_path(path, sizeof path, files++);
	f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(source, 1, len, f), len);
	fclose(f);
}

static void write_file(const char *source)
{
	write_bytes(source, strlen(source));
}

/*
 * A rule of that id; `head` stands before it, `body` is its `when`. Its trigger is a fact that the facts
 * of these tests hold, and that triggers no rule compiled in.
 */
static void write_rule(const char *id, const char *scope, const char *head, const char *body)
{
	char source[8192];

	snprintf(source, sizeof source,
		 "%s\nreturn rule {\n id = \"%s\", step = \"data\", severity = \"high\", scope = \"%s\",\n"
		 " trigger = { \"%s\" }, title = _\"A title\",\n"
		 " say = { confirmed = _\"Said {x}.\", likely = _\"Perhaps {x}.\" }, why = _\"because\",\n"
		 " advise = {}, references = { \"RFC 1\" },\n when = function(t, c)\n%s\n end,\n tests = {} }\n",
		 head, id, scope, strcmp(scope, "tunnel") ? "filter_text" : "messages_total", body);
	write_file(source);
}

static struct judge *judge_of_folder(void)
{
	const char *const dirs[] = { folder, NULL };
	struct judge_error error = { "" };
	struct judge *j = judge_new(dirs, &error);

	ck_assert_msg(j != NULL, "%s", error.text);
	return j;
}

static json_t *facts_of(const char *text)
{
	json_error_t error;
	json_t *facts = json_loads(text, 0, &error);

	ck_assert_msg(facts != NULL, "%s: %s", text, error.text);
	return facts;
}

static const char two_tunnels[] =
	"{\"captures\": [{}], \"capture\": {\"filter_text\": \"ip\", \"ipsec_packets\": 9, \"frames\": 10},"
	" \"tunnels\": [ {\"messages_total\": 2, \"ends\": {\"a\": \"192.0.2.1\", \"b\": \"192.0.2.2\"},"
	"                \"messages\": [{\"at\": 1.5, \"frame\": 3}, {\"at\": 2, \"frame\": 4}], \"versions\": [2, 1]},"
	"               {\"messages_total\": 1, \"ends\": {\"a\": \"192.0.2.1\", \"b\": \"192.0.2.3\"},"
	"                \"messages\": [], \"versions\": [2]} ] }";

static json_t *run(const char *facts_text)
{
	struct judge *j = judge_of_folder();
	json_t *facts = facts_of(facts_text), *result = judge_run(j, facts, 0);

	json_decref(facts);
	judge_free(j);
	return result;
}

static const json_t *findings(const json_t *result, size_t tunnel)
{
	return json_object_get(json_array_get(json_object_get(result, "tunnels"), tunnel), "findings");
}

static const char *field(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "(none)";
}

/* Copies what the trouble of the only rule says, or "" when it had none. */
static void trouble_of(const char *head, const char *body, char *ret, size_t room)
{
	const json_t *troubles;
	json_t *result;

	make_folder();
	write_rule("fake.one", "tunnel", head, body);
	result = run(two_tunnels);
	troubles = json_object_get(result, "troubles");
	snprintf(ret, room, "%s",
		 json_array_size(troubles) ? field(json_array_get(troubles, 0), "text") : "");
	json_decref(result);
	remove_folder();
}

static void fails_with(const char *body, const char *words)
{
	char said[600];

	trouble_of("", body, said, sizeof said);
	ck_assert_msg(strstr(said, words) != NULL, "%s: \"%s\" is not about %s", body, said, words);
}

/* The text of the finding whose x is that expression. */
static void value_is(const char *expression, const char *want)
{
	char body[2048], text[256];
	json_t *result;

	make_folder();
	snprintf(body, sizeof body,
		 "return { confidence = \"confirmed\", culprit = \"none\", frames = { 1 }, args = { x = %s } }",
		 expression);
	write_rule("fake.one", "tunnel", "", body);
	result = run(two_tunnels);
	snprintf(text, sizeof text, "Said %s.", want);
	ck_assert_msg(json_array_size(findings(result, 0)) == 1, "%s: %s", expression,
		      field(json_array_get(json_object_get(result, "troubles"), 0), "text"));
	ck_assert_str_eq(field(json_array_get(findings(result, 0), 0), "text"), text);
	json_decref(result);
	remove_folder();
}

/* --- the sandbox --- */

START_TEST(no_name_leads_out_of_the_sandbox)
{
	static const char *const names[] = {
		"io",	      "os",	  "debug",	  "package",	"coroutine",	"load",
		"loadstring", "loadfile", "dofile",	  "require",	"pcall",	"xpcall",
		"error",      "assert",	  "setmetatable", "getmetatable", "rawset",	"rawget",
		"rawequal",   "next",	  "select",	  "collectgarbage", "print",	"warn",
		"_G",	      "utf8",	  "string.rep",	  "string.dump", "string.find",	"string.match",
		"string.gsub", "string.gmatch", "string.pack", "string.byte", "table.unpack", "table.move",
		"math.random", "math.randomseed",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char body[64];

		snprintf(body, sizeof body, "local x = %s", names[i]);
		fails_with(body, "for rules");
	}
}
END_TEST

START_TEST(strings_have_no_more_methods_than_the_library)
{
	fails_with("local x = (\"x\"):rep(1000)", "for rules");
	fails_with("local x = (\"x\"):dump()", "for rules");
	fails_with("local s = \"x\" s.y = 1", "attempt to index");
	value_is("(\"abc\"):upper()", "ABC");
	value_is("string.sub(\"abc\", 2)", "bc");
	value_is("string.format(\"%5.1f|%s\", 1.25, \"y\")", "  1.2|y");
}
END_TEST

START_TEST(libraries_and_globals_cannot_be_written)
{
	fails_with("string.sub = nil", "not local");
	fails_with("math.max = nil", "not local");
	fails_with("table.sort = nil", "not local");
	fails_with("ipairs = nil", "not local");
	fails_with("left_behind = 1", "not local");
}
END_TEST

START_TEST(an_endless_loop_is_stopped)
{
	fails_with("while true do end", "steps");
	fails_with("for i = 1, math.huge do end", "steps");
	fails_with("local x = 0 ::again:: x = x + 1 goto again", "steps");
	fails_with("local t = { 3, 1, 2 } while true do table.sort(t, function(a, b) return a < b end) end", "steps");
	fails_with("local t = {} for i = 1, 100000 do table.insert(t, 1, i) end", "steps");
	fails_with("local l = {} for i = 1, 100000 do l[i] = i end while true do table.sort(l) end", "steps");
	fails_with("local s = \"a\" for i = 1, 14 do s = s .. s end "
		   "while true do glob(s, \"*a*a*a*b\") end", "steps");
}
END_TEST

START_TEST(a_rule_that_was_stopped_is_not_asked_again)
{
	json_t *result;

	make_folder();
	write_rule("fake.slow", "tunnel", "local asked = 0",
		   "asked = asked + 1 if asked == 1 then while true do end end\n"
		   "return { confidence = \"confirmed\", culprit = \"none\", args = { x = 1 } }");
	result = run(two_tunnels);
	ck_assert_uint_eq(json_array_size(findings(result, 0)), 0);
	ck_assert_uint_eq(json_array_size(findings(result, 1)), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(result, "troubles")), 1);
	json_decref(result);
	remove_folder();
}
END_TEST

START_TEST(a_memory_bomb_is_stopped)
{
	fails_with("local s = \"x\" while true do s = s .. s end", "memory");
	fails_with("local t = {} while true do t[#t + 1] = { {}, {}, {} } end", "memory");
	fails_with("local t = {} for i = 1, 1e9 do t[i] = tostring(i) end", "memory");
	fails_with("local s = \"x\" for i = 1, 20 do s = s .. s end while true do local x = s .. \"y\" end", "memory");
}
END_TEST

START_TEST(deep_recursion_is_stopped)
{
	fails_with("local function f() return 1 + f() end f()", "memory"); /* the stack is memory too */
	fails_with("local function f(n) return 1 + f(n + 1) end f(1)", "memory");
	fails_with("local function f() table.sort({ 2, 1 }, function() f() return true end) end f()", "stack overflow");
}
END_TEST

START_TEST(a_rule_nested_too_deep_is_refused)
{
	const char *const dirs[] = { folder, NULL };
	struct judge_error error = { "" };
	char source[5000] = "return ";
	size_t len = strlen(source);

	memset(source + len, '(', 4000);
	make_folder();
	write_bytes(source, len + 4000);
	ck_assert_ptr_null(judge_new(dirs, &error));
	ck_assert_ptr_nonnull(strstr(error.text, "overflow"));
	remove_folder();
}
END_TEST

START_TEST(compiled_code_is_refused)
{
	const char *const dirs[] = { folder, NULL };
	static const char code[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08xV";
	struct judge_error error = { "" };

	make_folder();
	write_bytes(code, sizeof code);
	ck_assert_ptr_null(judge_new(dirs, &error));
	ck_assert_msg(strstr(error.text, "binary chunk") != NULL, "%s", error.text);
	remove_folder();
}
END_TEST

START_TEST(a_file_that_loops_while_it_loads_is_refused)
{
	const char *const dirs[] = { folder, NULL };
	struct judge_error error = { "" };

	make_folder();
	write_file("while true do end");
	ck_assert_ptr_null(judge_new(dirs, &error));
	ck_assert_msg(strstr(error.text, "steps") && strstr(error.text, "r000.lua:1:"), "%s", error.text);
	remove_folder();
}
END_TEST

START_TEST(facts_cannot_be_changed)
{
	fails_with("t.versions = nil", "cannot be changed");
	fails_with("t.versions[1] = 7", "cannot be changed");
	fails_with("c.frames = 7", "cannot be changed");
	fails_with("table.insert(t.versions, 7)", "table expected");
	fails_with("table.sort(t.versions)", "table expected");
	fails_with("for _, m in ipairs(t.messages) do m.at = 0 end", "cannot be changed");
}
END_TEST

START_TEST(reading_a_fact_that_does_not_exist_fails)
{
	fails_with("local x = t.mesages", "no fact 'mesages' of scope tunnel");
	fails_with("local x = c.versions", "no fact 'versions' of scope capture");
	fails_with("local x = t.frames", "no fact 'frames'");
}
END_TEST

START_TEST(facts_look_like_tables)
{
	value_is("type(t) .. type(t.versions) .. type(t.messages[1])", "tabletabletable");
	value_is("#t.versions", "2");
	value_is("#t.messages[1]", "0");
	value_is("t.messages[3] == nil and t.attempts == nil and \"nil\"", "nil");
	value_is("t.messages[1] == t.messages[1] and \"same\"", "same");
	value_is("t.messages[1].at", "1.5");
	value_is("table.concat(t.versions, \"+\")", "2+1");
	value_is("(function() local s = \"\" for i, v in ipairs(t.versions) do s = s .. i .. \":\" .. v .. \" \" end "
		 "return s end)()", "1:2 2:1 ");
	value_is("(function() local s = \"\" for k, v in pairs(t.ends) do s = s .. k .. v end return s end)()",
		 "a192.0.2.1b192.0.2.2");
	value_is("(function() local s = \"\" for k, v in pairs(t.versions) do s = s .. k .. v end return s end)()", "1221");
}
END_TEST

START_TEST(pairs_goes_in_order)
{
	value_is("(function() local s = \"\" for k in pairs { z = 1, b = 1, [3] = 1, a = 1, [1] = 1, [2.5] = 1 } do "
		 "s = s .. k .. \" \" end return s end)()",
		 "1 2.5 3 a b z ");
	value_is("(function() local t, n = { a = 1, b = 2, c = 3 }, 0 for k in pairs(t) do t[k] = nil n = n + 1 end "
		 "return n end)()", "3");
	fails_with("for k in pairs { [{}] = 1 } do end", "names or numbers");
}
END_TEST

START_TEST(nothing_tells_an_address_of_memory)
{
	value_is("tostring({}) .. tostring(ipairs) .. tostring(t)", "tablefunctiontable");
	fails_with("string.format(\"%p\", \"x\")", "not for rules");
	fails_with("string.format(\"%%%-9p\", \"x\")", "not for rules");
	value_is("string.format(\"%s people, 50 %% apes\", \"two\")", "two people, 50 % apes");
	fails_with("string.format(\"%s\", {})", "expected");
}
END_TEST

START_TEST(a_rule_cannot_keep_facts_for_the_next_tunnel)
{
	char said[600];

	trouble_of("local kept", "kept = kept or t.messages local x = kept[1]", said, sizeof said);
	ck_assert_msg(strstr(said, "another tunnel") != NULL, "%s", said);
}
END_TEST

START_TEST(a_rule_remembers_nothing_from_one_run_to_the_next)
{
	json_t *facts = facts_of(two_tunnels), *first, *second;
	struct judge *j;

	make_folder();
	write_rule("fake.counts", "tunnel", "local n = 0",
		   "n = n + 1 return { confidence = \"confirmed\", culprit = \"none\", args = { x = n } }");
	write_rule("fake.hides", "tunnel", "local here = _ENV _ENV = { rule = rule, _ = _ }",
		   "return { confidence = \"likely\", culprit = \"none\", args = { x = 1 } }");
	j = judge_of_folder();
	first = judge_run(j, facts, 0);
	second = judge_run(j, facts, 0);
	ck_assert_uint_eq(json_array_size(findings(first, 0)), 2);
	ck_assert(json_equal(first, second));
	json_decref(first);
	json_decref(second);
	json_decref(facts);
	judge_free(j);
	remove_folder();
}
END_TEST

START_TEST(text_tests_find_what_they_look_for)
{
	value_is("has(\"abc\", \"bc\") and not has(\"abc\", \"x\") and has(\"a\", \"\") and 1 or 0", "1");
	value_is("starts(\"abc\", \"ab\") and not starts(\"abc\", \"bc\") and not starts(\"a\", \"ab\") and 1 or 0", "1");
	value_is("glob(\"path.frag.x\", \"path.*\") and glob(\"abc\", \"a?c\") and glob(\"\", \"*\") "
		 "and glob(\"abcbc\", \"a*bc\") and not glob(\"abc\", \"a?\") and not glob(\"abc\", \"ab\") "
		 "and not glob(\"\", \"?\") and 1 or 0", "1");
	value_is("address(t, \"b\") .. other(\"a\") .. other(\"b\")", "192.0.2.2ba");
	fails_with("address(t, \"c\")", "a side is");
	fails_with("other(nil)", "string expected");
}
END_TEST

START_TEST(lists_are_put_at_the_end_of_a_list)
{
	value_is("frames(append({ 9 }, { 3, 4 }, nil, false, { 7 }))", "#3-4, #7, #9");
	value_is("frames(append({}, t.versions))", "#1-2");
	value_is("table.concat(append({ \"a\" }), \"\")", "a");
	value_is("#append({}, { 1, 2 }, { 1 })", "3");
	fails_with("append(t.versions, { 3 })", "table expected");
	fails_with("append({}, 7)", "index a number");
	fails_with("local l = { 1 } append(l, l)", "at its own end");
	fails_with("local l, m = {}, {} for i = 1, 1000 do m[i] = i end while true do append(l, m) l = {} end", "steps");
}
END_TEST

START_TEST(an_attempt_is_informed_by_the_other_side_later)
{
	static const char attempt[] =
		"{ exchanges = { { type = \"MAIN_5\", from = \"b\", last = 9 },"
		" { type = \"INFORMATIONAL_V1\", from = \"a\", last = 5 } } }";
	static const struct {
		const char *side, *since, *want;
	} cases[] = { { "a", "4", "yes" }, { "a", "5.1", "no" }, { "b", "1", "no" } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char expression[512];

		snprintf(expression, sizeof expression, "informed(%s, \"%s\", %s) and \"yes\" or \"no\"", attempt,
			 cases[i].side, cases[i].since);
		value_is(expression, cases[i].want);
	}
}
END_TEST

START_TEST(a_request_is_waited_for_until_it_is_given_up_or_asked_often)
{
	static const struct {
		const char *x, *want;
	} cases[] = {
		{ "{ quiet = true }", "yes" },
		{ "{ quiet = true, hole = true }", "no" },
		{ "{ sends = 4, first = 1, last = 7 }", "yes" },
		{ "{ sends = 4, first = 1, last = 7, hole = true }", "no" },
		{ "{ sends = 4, first = 1, last = 6.9 }", "no" },
		{ "{ sends = 3, first = 1, last = 70 }", "no" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char expression[512];

		snprintf(expression, sizeof expression, "waited(%s) and \"yes\" or \"no\"", cases[i].x);
		value_is(expression, cases[i].want);
	}
	fails_with("waited({ sends = 4 })", "without last");
	fails_with("waited(7)", "");
}
END_TEST

/* --- answers --- */

START_TEST(typed_values_become_text_once)
{
	value_is("frame(7)", "#7");
	value_is("frame({ 1, 7 })", "#7");
	value_is("frames({ 9, 3, 5, 4, 3 })", "#3-5, #9");
	value_is("frames(t.versions)", "#1-2");
	value_is("time(1.5)", "00:00:01.500 UTC");
	value_is("duration(192)", "3 min 12 s");
	value_is("bytes(1396)", "1,396 bytes");
	value_is("count(7)", "7");
	value_is("count(1007, 1008)", "1,007 of 1,008");
	value_is("bytes(nil)", "?");
	value_is("frames(nil)", "?");
	value_is("4500", "4500");
	fails_with("return { confidence = \"confirmed\", culprit = \"none\", args = { x = frames({ \"a\" }) } }",
		   "a frame is a number");
	fails_with("bytes(-1)", "not a quantity");
	fails_with("bytes(0/0)", "not a quantity");
	fails_with("count(1, \"x\")", "number expected");
}
END_TEST

START_TEST(advice_for_the_devices_at_hand_comes_first)
{
	const json_t *admin;
	json_t *result;

	make_folder();
	write_file("return rule { id = \"fake.one\", step = \"data\", severity = \"high\", scope = \"tunnel\",\n"
		   " trigger = { \"messages_total\" }, title = _\"A title\", say = { confirmed = _\"Said.\" }, why = _\"why\",\n"
		   " advise = { admin = { _\"strongSwan: one\", _\"ASA: two\", _\"Windows: three\" } }, references = { \"RFC 1\" },\n"
		   " when = function(t, c) return { confidence = \"confirmed\", culprit = \"none\", frames = { 1 } } end, tests = {} }\n");
	result = run("{\"captures\": [{}], \"capture\": {\"ipsec_packets\": 9}, \"tunnels\": ["
		     " {\"messages_total\": 2, \"implementation\": {\"b\": \"Cisco ASA\"}}, {\"messages_total\": 2}]}");
	admin = json_object_get(json_object_get(json_array_get(findings(result, 0), 0), "advice"), "admin");
	ck_assert_uint_eq(json_array_size(admin), 3);
	ck_assert_str_eq(json_string_value(json_array_get(admin, 0)), "ASA: two");
	ck_assert_str_eq(json_string_value(json_array_get(admin, 1)), "strongSwan: one");
	admin = json_object_get(json_object_get(json_array_get(findings(result, 1), 0), "advice"), "admin");
	ck_assert_str_eq(json_string_value(json_array_get(admin, 0)), "strongSwan: one");
	json_decref(result);
	remove_folder();
}
END_TEST

START_TEST(args_stay_machine_readable)
{
	json_t *result, *want;
	const json_t *args;

	make_folder();
	write_rule("fake.one", "tunnel", "",
		   "return { confidence = \"confirmed\", culprit = \"none\", frames = { 4, { 1, 2 }, 4 }, args = {"
		   " x = frame(7), list = frames { 2, 1 }, at = time(1.5), size = bytes(20), of = count(1, 2),"
		   " who = address(t, \"a\"), port = 500 } }");
	result = run(two_tunnels);
	args = json_object_get(json_array_get(findings(result, 0), 0), "args");
	want = facts_of("{\"x\": [0, 7], \"list\": [[0, 1], [0, 2]], \"at\": \"1970-01-01T00:00:01.500000000Z\","
			" \"size\": 20, \"of\": {\"n\": 1, \"of\": 2}, \"who\": \"192.0.2.1\", \"port\": 500}");
	ck_assert(json_equal(args, want));
	json_decref(want);
	want = facts_of("{\"frames\": [[0, 4], [1, 2]]}");
	ck_assert(json_equal(json_object_get(json_array_get(findings(result, 0), 0), "evidence"), want));
	json_decref(want);
	json_decref(result);
	remove_folder();
}
END_TEST

START_TEST(frames_of_several_captures_are_lettered)
{
	json_t *result;

	make_folder();
	write_rule("fake.one", "tunnel", "",
		   "return { confidence = \"confirmed\", culprit = \"none\", args = { x = frames { 3, { 1, 12 }, 4 } } }");
	result = run("{\"captures\": [{}, {}], \"capture\": {}, \"tunnels\": [{\"messages_total\": 1}]}");
	ck_assert_str_eq(field(json_array_get(findings(result, 0), 0), "text"), "Said A#3-4, B#12.");
	json_decref(result);
	remove_folder();
}
END_TEST

START_TEST(a_wrong_answer_costs_the_finding_and_is_told)
{
	static const char *const cases[][2] = {
		{ "return 7", "returned a number" },
		{ "return { 7 }", "something else than findings" },
		{ "return { culprit = \"none\" }", "confidence is none of" },
		{ "return { confidence = \"sure\", culprit = \"none\" }", "confidence is none of" },
		{ "return { confidence = \"possible\", culprit = \"none\" }", "no sentence for possible" },
		{ "return { confidence = \"likely\", culprit = \"me\", args = { x = 1 } }", "culprit is none of" },
		{ "return { confidence = \"likely\", culprit = \"none\" }", "nothing for {x}" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = {} } }", "neither text nor number" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = \"\\xff\" } }", "UTF-8" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = ipairs } }", "a function where" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = 1/0 } }", "not finite" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = 1 }, severity = \"bad\" }",
		  "severity is none of" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = 1 }, frames = { \"one\" } }",
		  "frames is a list" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = 1 }, frames = { -1 } }",
		  "frames is a list" },
		{ "return { confidence = \"likely\", culprit = \"none\", args = { x = 1 }, at = \"now\" }", "at is not" },
		{ "local x = {} x.x = x return { confidence = \"likely\", culprit = \"none\", explains = x }", "too deep" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		fails_with(cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(one_broken_rule_leaves_the_others_alone)
{
	json_t *result;

	make_folder();
	write_rule("fake.broken", "tunnel", "", "local x = t.data.a");
	write_rule("fake.sound", "tunnel", "",
		   "return { confidence = \"confirmed\", culprit = \"none\", args = { x = 1 } }");
	result = run(two_tunnels);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(json_array_size(findings(result, i)), 1);
		ck_assert_str_eq(field(json_array_get(findings(result, i), 0), "id"), "fake.sound");
	}
	ck_assert_uint_eq(json_array_size(json_object_get(result, "troubles")), 1); /* once for two tunnels */
	ck_assert_str_eq(field(json_array_get(json_object_get(result, "troubles"), 0), "rule"), "fake.broken");
	json_decref(result);
	remove_folder();
}
END_TEST

START_TEST(a_rule_is_asked_only_where_its_trigger_facts_are)
{
	json_t *result;

	make_folder();
	write_rule("fake.tunnel", "tunnel", "",
		   "return { confidence = \"confirmed\", culprit = \"none\", args = { x = 1 } }");
	write_rule("fake.capture", "capture", "",
		   "return { confidence = \"confirmed\", culprit = \"none\", args = { x = t.filter_text } }");
	result = run("{\"capture\": {\"filter_text\": \"udp\"}, \"tunnels\": [{\"messages_total\": 1}, {}]}");
	ck_assert_uint_eq(json_array_size(findings(result, 0)), 1);
	ck_assert_uint_eq(json_array_size(findings(result, 1)), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(result, "capture")), 1);
	ck_assert_str_eq(field(json_array_get(json_object_get(result, "capture"), 0), "text"), "Said udp.");
	json_decref(result);
	remove_folder();
}
END_TEST

START_TEST(several_findings_of_one_rule_are_all_kept)
{
	json_t *result;

	make_folder();
	write_rule("fake.two", "tunnel", "",
		   "return { { confidence = \"likely\", culprit = \"none\", frames = { 2 }, args = { x = 1 } },"
		   " { confidence = \"confirmed\", culprit = \"peer\", severity = \"low\", frames = { 1 }, args = { x = 2 } } }");
	result = run(two_tunnels);
	ck_assert_uint_eq(json_array_size(findings(result, 0)), 2);
	ck_assert_str_eq(field(json_array_get(findings(result, 0), 0), "text"), "Perhaps 1.");
	ck_assert_str_eq(field(json_array_get(findings(result, 0), 1), "severity"), "low");
	json_decref(result);
	remove_folder();
}
END_TEST

START_TEST(facts_of_any_shape_do_no_harm)
{
	static const char *const shapes[] = {
		"{}", "[]", "{\"tunnels\": 7, \"capture\": []}", "{\"tunnels\": [7, null, []], \"capture\": {}}",
		"{\"tunnels\": [{\"messages_total\": {}, \"works\": 1, \"ends\": 7, \"progress\": []}]}",
	};

	make_folder();
	write_rule("fake.one", "tunnel", "", "local x = t.ends");
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		json_decref(run(shapes[i]));
	remove_folder();
}
END_TEST

/* --- loading --- */

static void refused(const char *source, const char *words)
{
	const char *const dirs[] = { folder, NULL };
	struct judge_error error = { "" };
	struct judge *j;

	make_folder();
	write_file(source);
	j = judge_new(dirs, &error);
	ck_assert_msg(!j && strstr(error.text, words), "%s: \"%s\"", source, error.text);
	ck_assert_ptr_nonnull(strstr(error.text, "r000.lua"));
	remove_folder();
}

START_TEST(what_is_no_rule_is_refused_by_file_and_reason)
{
#define REST " say = { likely = \"x\" }, when = function() end }"
	refused("return", "does not return a rule");
	refused("return {}", "does not return a rule");
	refused("rule { when = function() end } return {}", "does not return a rule");
	refused("return rule {}", "function `when`");
	refused("return rule(7)", "table expected");
	refused("x = ", "unexpected symbol");
	refused("return rule { id = \"Ab.c\"," REST, "id is not");
	refused("return rule { id = \"alone\"," REST, "id is not");
	refused("return rule { id = \"a.b\"," REST, "step is none of");
	refused("return rule { id = \"a.b\", step = \"data\"," REST, "severity is none of");
	refused("return rule { id = \"a.b\", step = \"data\", severity = \"low\"," REST, "scope is none of: tunnel capture ends");
	refused("return rule { id = \"a.b\", step = \"data\", severity = \"low\", scope = \"tunnel\"," REST, "title");
	refused("return rule { id = \"a.b\", step = \"data\", severity = \"low\", scope = \"tunnel\", title = \"t\","
		" say = { sure = \"x\" }, when = function() end }", "say holds sentences");
	refused("return rule { id = \"a.b\", step = \"data\", severity = \"low\", scope = \"tunnel\", title = \"t\","
		" trigger = \"data\"," REST, "trigger is a list");
#undef REST
}
END_TEST

START_TEST(one_folder_cannot_hold_an_id_twice)
{
	const char *const dirs[] = { folder, NULL };
	struct judge_error error = { "" };

	make_folder();
	write_rule("fake.one", "tunnel", "", "");
	write_rule("fake.one", "tunnel", "", "");
	ck_assert_ptr_null(judge_new(dirs, &error));
	ck_assert_ptr_nonnull(strstr(error.text, "already has the id"));
	remove_folder();
}
END_TEST

START_TEST(a_folder_replaces_rules_by_id_and_changes_the_hash)
{
	struct judge_error error = { "" };
	struct judge *plain = judge_new(NULL, &error), *changed;
	json_t *before, *after, *shown;
	const char *id;

	ck_assert_msg(plain != NULL, "%s", error.text);
	before = judge_list(plain);
	ck_assert_uint_gt(json_array_size(before), 0);
	id = field(json_array_get(before, 0), "id");
	make_folder();
	write_rule(id, "tunnel", "", "");
	changed = judge_of_folder();
	after = judge_list(changed);
	shown = judge_show(changed, id);
	ck_assert_uint_eq(json_array_size(before), json_array_size(after));
	ck_assert_str_eq(field(shown, "title"), "A title");
	ck_assert_ptr_nonnull(strstr(field(shown, "file"), folder));
	ck_assert_uint_eq(strlen(judge_rules_hash(plain)), 64);
	ck_assert_str_ne(judge_rules_hash(plain), judge_rules_hash(changed));
	ck_assert_ptr_null(judge_show(changed, "fake.unknown"));
	json_decref(before);
	json_decref(after);
	json_decref(shown);
	judge_free(plain);
	judge_free(changed);
	remove_folder();
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_told)
{
	const char *const dirs[] = { "/nonexistent/rules", NULL };
	struct judge_error error = { "" };

	ck_assert_ptr_null(judge_new(dirs, &error));
	ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/rules"));
}
END_TEST

/* --- lint and the tests that rules carry --- */

static const char good_rule[] =
	"return rule { id = \"fake.one\", step = \"data\", severity = \"low\", scope = \"tunnel\", trigger = { \"data\" },\n"
	" title = _\"T\", say = { likely = _\"{x} t.nothing. A y looks the same.\" }, why = _\"{x}\", advise = { now = { _\"Do {x}.\" } },\n"
	" explains = { \"data.esp.*\" }, references = { \"RFC 1\" }, -- t.no\n"
	" when = function(t, c) if t.data.a then return { confidence = \"likely\", culprit = \"path\", args = { x = 6 } } end end,\n"
	" tests = { { name = \"fires\", tunnel = { data = { a = 1 } }, expect = { confidence = \"likely\", args = { x = 6 } } },\n"
	"           { name = \"calm\", tunnel = { data = { b = 1 } }, expect = \"nothing\" } } }\n";

static void copy_with(char *ret, size_t room, const char *from, const char *to)
{
	const char *at = from ? strstr(good_rule, from) : NULL;

	ck_assert_msg(!from || at, "%s is not in the rule", from);
	if (at)
		snprintf(ret, room, "%.*s%s%s", (int)(at - good_rule), good_rule, to, at + strlen(from));
	else
		snprintf(ret, room, "%s", good_rule);
}

/* Complaints about fake.one, joined. */
static void linted(const char *from, const char *to, char *ret, size_t room)
{
	char source[4096];
	json_t *complaints;
	struct judge *j;

	copy_with(source, sizeof source, from, to);
	make_folder();
	write_file(source);
	j = judge_of_folder();
	complaints = judge_lint(j);
	*ret = '\0';
	for (size_t i = 0; i < json_array_size(complaints); i++) {
		const char *text = json_string_value(json_array_get(complaints, i));

		if (strstr(text, ": fake.one: "))
			snprintf(ret + strlen(ret), room - strlen(ret), "%s\n", text);
	}
	json_decref(complaints);
	judge_free(j);
	remove_folder();
}

START_TEST(lint_finds_each_slip_and_nothing_else)
{
	static const char *const cases[][3] = {
		{ "trigger = { \"data\" }", "trigger = { \"dota\" }", "no fact dota" },
		{ "trigger = { \"data\" }", "trigger = {}", "trigger names no fact" },
		{ "t.data.a then", "t.data.a or t.dota then", "no fact t.dota" },
		{ "t.data.a then", "t.data.a or c.data then", "no fact c.data" },
		{ "why = _\"{x}\"", "why = _\"{y}\"", "why: no test fills {y}" },
		{ "Do {x}.", "Do {y}.", "now: no test fills {y}" },
		{ "why = _\"{x}\",", "", "why is not a text" },
		{ "now = {", "then_ = {", "advise has no field then_" },
		{ "now = { _\"Do {x}.\" }", "now = { \"1\", \"2\", \"3\", \"4\" }", "more than 3" },
		{ "now = { _\"Do {x}.\" }", "isp = { \"1\" }", "isp is not a text" },
		{ "explains = { \"data.esp.*\" }", "explains = { \"data.esp.lots\" }", "no rule data.esp.lots" },
		{ "explains = { \"data.esp.*\" }", "explains = { \"date.*\" }", "no rule date.*" },
		{ "explains = { \"data.esp.*\" }", "explains = { \"fake.one\" }", "explains itself" },
		{ "explains", "explain", "a rule has no field explain" },
		{ "references = { \"RFC 1\" }", "references = {}", "references are missing" },
		{ "expect = \"nothing\"", "expect = { culprit = \"path\" }", "stays silent" },
		{ "expect = { confidence = \"likely\", args = { x = 6 } }", "expect = \"nothing\"", "in which it fires" },
		{ "{ b = 1 }", "{ b = 1 }, dota = 1", "gives dota" },
		{ "name = \"calm\"", "nome = \"calm\"", "a test has no field nome" },
		{ "tests = {", "tests = ipairs or {", "tests: " },
		{ " A y looks the same.", "", "names nothing that looks the same" },
		{ "A y looks the same.\" },", "\" }, sure = { likely = 7 },", "sure.likely is not a text" },
		{ "explains = {", "sure = { possible = \"so\" }, explains = {", "sure.possible is about nothing" },
		{ "explains = {", "sure = { perhaps = \"so\" }, explains = {", "sure has no field perhaps" },
		{ "t.data.a then", "t.data.a or c.sees.icmp == \"maybe\" then", "asks sees.icmp, and no test shows" },
		{ "t.data.a then", "waited({ quiet = true }) and t.data.a then", "asks waited, and no test shows" },
		{ "say = { likely = _\"{x} t.nothing. A y looks the same.\" }, why = _\"{x}\", advise = { now = { _\"Do {x}.\" } },\n"
		  " explains = { \"data.esp.*\" }, references = { \"RFC 1\" }, -- t.no\n"
		  " when = function(t, c) if t.data.a then return { confidence = \"likely\",",
		  "say = { confirmed = _\"{x}\" }, why = _\"{x}\", advise = {}, references = { \"RFC 1\" },\n"
		  " when = function(t, c) if t.data.a then return { confidence = \"confirmed\",",
		  "test \"fires\" is confirmed by a recording that shows no absence" },
		{ "say = { likely = _\"{x} t.nothing. A y looks the same.\" },",
		  "say = { likely = _\"{x} looks the same\", confirmed = _\"{x}\" }, sure = { confirmed = \"so\" },",
		  "sure.confirmed is said, and no test" },
	};
	char said[4096];

	linted(NULL, NULL, said, sizeof said);
	ck_assert_str_eq(said, "");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		linted(cases[i][0], cases[i][1], said, sizeof said);
		ck_assert_msg(strstr(said, cases[i][2]) != NULL, "%s: %s", cases[i][1], said);
	}
}
END_TEST

static bool passes(const char *from, const char *to)
{
	char source[4096];
	json_t *results;
	struct judge *j;
	bool passed = true;
	size_t seen = 0;

	copy_with(source, sizeof source, from, to);
	make_folder();
	write_file(source);
	j = judge_of_folder();
	results = judge_test(j);
	for (size_t i = 0; i < json_array_size(results); i++) {
		const json_t *r = json_array_get(results, i);

		if (strcmp(field(r, "rule"), "fake.one") != 0)
			continue;
		seen++;
		passed &= json_is_true(json_object_get(r, "passed"));
	}
	ck_assert_uint_ge(seen, 1);
	json_decref(results);
	judge_free(j);
	remove_folder();
	return passed;
}

START_TEST(tests_of_rules_pass_and_fail_for_their_reasons)
{
	ck_assert(passes(NULL, NULL));
	ck_assert(passes("confidence = \"likely\", args", "culprit = \"path\", severity = \"low\", text_has = \"6 t.\", args"));
	ck_assert(!passes("confidence = \"likely\", args", "confidence = \"confirmed\", args"));
	ck_assert(!passes("confidence = \"likely\", args", "text_has = \"seven\", args"));
	ck_assert(!passes("confidence = \"likely\", args", "confidense = \"likely\", args"));
	ck_assert(!passes("args = { x = 6 } } }", "args = { x = 7 } } }"));
	ck_assert(!passes("{ a = 1 }", "{ b = 1 }"));
	ck_assert(!passes("{ b = 1 }", "{ a = 1 }"));
	ck_assert(!passes("expect = \"nothing\"", "expect = \"nought\""));
	ck_assert(!passes("culprit = \"path\", args", "culprit = \"path\", extra = 1, args"));
	ck_assert(!passes("culprit = \"path\"", "culprit = \"nobody\""));
}
END_TEST

/* A list wants as many findings, in that order. */
START_TEST(a_test_may_expect_a_list)
{
	ck_assert(passes("expect = { confidence = \"likely\", args = { x = 6 } }", "expect = { { confidence = \"likely\" } }"));
	ck_assert(!passes("expect = { confidence = \"likely\", args = { x = 6 } }",
			  "expect = { { confidence = \"likely\" }, { confidence = \"likely\" } }"));
}
END_TEST

START_TEST(every_rule_compiled_in_passes_its_tests)
{
	struct judge_error error = { "" };
	struct judge *j = judge_new(NULL, &error);
	json_t *results;

	ck_assert_msg(j != NULL, "%s", error.text);
	results = judge_test(j);
	ck_assert_uint_gt(json_array_size(results), 0);
	for (size_t i = 0; i < json_array_size(results); i++) {
		const json_t *r = json_array_get(results, i);

		ck_assert_msg(json_is_true(json_object_get(r, "passed")), "%s, %s: %s", field(r, "rule"),
			      field(r, "name"), field(r, "text"));
	}
	json_decref(results);
	judge_free(j);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("judge");
	TCase *box = tcase_create("sandbox"), *answers = tcase_create("answers");
	TCase *loading = tcase_create("loading"), *carried = tcase_create("lint and tests");
	SRunner *runner;
	int failed;

	tcase_set_timeout(box, 30);
	tcase_add_test(box, no_name_leads_out_of_the_sandbox);
	tcase_add_test(box, strings_have_no_more_methods_than_the_library);
	tcase_add_test(box, libraries_and_globals_cannot_be_written);
	tcase_add_test(box, an_endless_loop_is_stopped);
	tcase_add_test(box, a_rule_that_was_stopped_is_not_asked_again);
	tcase_add_test(box, a_memory_bomb_is_stopped);
	tcase_add_test(box, deep_recursion_is_stopped);
	tcase_add_test(box, a_rule_nested_too_deep_is_refused);
	tcase_add_test(box, compiled_code_is_refused);
	tcase_add_test(box, a_file_that_loops_while_it_loads_is_refused);
	tcase_add_test(box, facts_cannot_be_changed);
	tcase_add_test(box, reading_a_fact_that_does_not_exist_fails);
	tcase_add_test(box, facts_look_like_tables);
	tcase_add_test(box, pairs_goes_in_order);
	tcase_add_test(box, nothing_tells_an_address_of_memory);
	tcase_add_test(box, a_rule_cannot_keep_facts_for_the_next_tunnel);
	tcase_add_test(box, a_rule_remembers_nothing_from_one_run_to_the_next);
	tcase_add_test(box, text_tests_find_what_they_look_for);
	tcase_add_test(box, an_attempt_is_informed_by_the_other_side_later);
	tcase_add_test(box, lists_are_put_at_the_end_of_a_list);
	tcase_add_test(box, a_request_is_waited_for_until_it_is_given_up_or_asked_often);
	tcase_add_test(answers, typed_values_become_text_once);
	tcase_add_test(answers, advice_for_the_devices_at_hand_comes_first);
	tcase_add_test(answers, args_stay_machine_readable);
	tcase_add_test(answers, frames_of_several_captures_are_lettered);
	tcase_add_test(answers, a_wrong_answer_costs_the_finding_and_is_told);
	tcase_add_test(answers, one_broken_rule_leaves_the_others_alone);
	tcase_add_test(answers, a_rule_is_asked_only_where_its_trigger_facts_are);
	tcase_add_test(answers, several_findings_of_one_rule_are_all_kept);
	tcase_add_test(answers, facts_of_any_shape_do_no_harm);
	tcase_add_test(loading, what_is_no_rule_is_refused_by_file_and_reason);
	tcase_add_test(loading, one_folder_cannot_hold_an_id_twice);
	tcase_add_test(loading, a_folder_replaces_rules_by_id_and_changes_the_hash);
	tcase_add_test(loading, a_folder_that_is_not_there_is_told);
	tcase_set_timeout(carried, 60); /* all rules are linted, for each slip anew */
	tcase_add_test(carried, lint_finds_each_slip_and_nothing_else);
	tcase_add_test(carried, tests_of_rules_pass_and_fail_for_their_reasons);
	tcase_add_test(carried, a_test_may_expect_a_list);
	tcase_add_test(carried, every_rule_compiled_in_passes_its_tests);
	suite_add_tcase(s, box);
	suite_add_tcase(s, answers);
	suite_add_tcase(s, loading);
	suite_add_tcase(s, carried);
	setenv("TZ", "UTC", 1);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
