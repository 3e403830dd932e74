#include "analyzer/judge/rule_test.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/judge/finding.h"

static const char ordinary_tunnel[] =
	"{\"ends\": {\"a\": \"198.51.100.10\", \"b\": \"203.0.113.10\", \"ports_a\": [500], \"ports_b\": [500]},"
	" \"vantage\": {\"side\": \"a\", \"local\": \"198.51.100.10\", \"why\": \"told\"},"
	" \"span\": {\"first\": 0, \"last\": 100, \"capture_end\": 200}, \"both_ways\": true}";
static const char ordinary_capture[] =
	"{\"sees\": {\"both_ways\": \"yes\", \"icmp\": \"yes\", \"frags\": \"yes\", \"esp\": \"yes\", \"p4500\": \"yes\"},"
	" \"span\": {\"first\": 0, \"last\": 200}, \"frag_blind\": \"no\", \"frames\": 100, \"ike_messages\": 20,"
	" \"ipsec_packets\": 40}";

static const char ordinary_ends[] =
	"{\"joined\": \"messages\", \"ends\": {\"a\": \"198.51.100.10\", \"b\": \"203.0.113.10\"},"
	" \"clock\": {\"known\": \"both\", \"offset\": 0, \"error\": 0.0001, \"floor\": 0.0002, \"pairs\": 20, \"jumps\": []},"
	" \"recorded\": {\"a\": {\"first\": 0, \"last\": 200}, \"b\": {\"first\": 0, \"last\": 200}}, \"exchanges\": [],"
	" \"sees\": {\"a\": {\"both_ways\": \"yes\"}, \"b\": {\"both_ways\": \"yes\"}},"
	" \"drops\": {\"a\": {\"unsent\": 0, \"of\": 20, \"low\": 0, \"high\": 0.16}, \"b\": {\"unsent\": 0, \"of\": 20, \"low\": 0, \"high\": 0.16}},"
	" \"ways\": {\"a\": {\"sent\": 0, \"arrived\": 0, \"lost\": 0, \"classes\": {}}, \"b\": {\"sent\": 0, \"arrived\": 0, \"lost\": 0, \"classes\": {}}}}";

static json_t *facts_of(const char *ordinary, const json_t *told)
{
	json_t *facts = json_loads(ordinary, 0, NULL);

	json_object_update(facts, (json_t *)told);
	return facts;
}

const struct gate gates[] = {
	{ "sees.both_ways", "{\"sees\": {\"both_ways\": \"no\"}}", NULL },
	{ "sees.icmp", "{\"sees\": {\"icmp\": \"no\"}}", NULL },
	{ "sees.frags", "{\"sees\": {\"frags\": \"no\"}}", NULL },
	{ "sees.esp", "{\"sees\": {\"esp\": \"no\"}}", NULL },
	{ "sees.p4500", "{\"sees\": {\"p4500\": \"no\"}}", NULL },
	{ "c.frag_blind", "{\"frag_blind\": \"certain\"}", NULL },
	{ "t.both_ways", NULL, "{\"both_ways\": false}" },
	/* what exchanges (with sends) and attempts (with from_start or exchanges) tell of themselves */
	{ ".quiet", NULL, NULL },
	{ "waited", NULL, NULL },
	{ ".hole", NULL, NULL },
};
const size_t gates_len = sizeof gates / sizeof *gates;

/* Nothing was waited for: the recording ends too early, and an answer may be in a hole of it. */
static void close_waits(json_t *facts, bool hole)
{
	json_t *value;
	const char *name;
	size_t i;

	json_array_foreach(facts, i, value) close_waits(value, hole);
	if (json_object_get(facts, "quiet"))
		json_object_set_new(facts, "quiet", json_false());
	if (hole && (json_object_get(facts, "sends") || json_object_get(facts, "from_start") || json_object_get(facts, "exchanges")))
		json_object_set_new(facts, "hole", json_true());
	json_object_foreach(facts, name, value) close_waits(value, hole);
}

static void close_facts(json_t *test, const char *scope, const char *ordinary, const struct gate *gate)
{
	const char *closed = gate->closed_capture ? gate->closed_capture : gate->closed_tunnel;
	json_t *facts = facts_of(ordinary, json_object_get(test, scope)), *more;

	if (closed) {
		more = json_loads(closed, 0, NULL);
		json_object_update_recursive(facts, more);
		json_decref(more);
	} else {
		close_waits(facts, strcmp(gate->read, ".quiet") != 0);
	}
	json_object_set_new(test, scope, facts);
}

json_t *rule_test_closed(const json_t *test, size_t gate)
{
	json_t *made = json_deep_copy(test);

	for (size_t i = 0; i < gates_len; i++) {
		if (gate != gates_len && gate != i)
			continue;
		if (gates[i].closed_capture)
			close_facts(made, "capture", ordinary_capture, &gates[i]);
		else
			close_facts(made, "tunnel", ordinary_tunnel, &gates[i]);
	}
	return made;
}

json_t *rule_test_findings(struct judge *j, struct rule *r, const json_t *test,
			   char ret_error[HOST_ERROR])
{
	json_t *capture = facts_of(ordinary_capture, json_object_get(test, "capture"));
	json_t *tunnel = facts_of(ordinary_tunnel, json_object_get(test, "tunnel"));
	json_t *ends = facts_of(ordinary_ends, json_object_get(test, "ends"));
	bool of_ends = r->scope == SCOPE_ENDS;
	const struct place at = { .capture = capture, .setting = { 0, of_ends ? 2 : 1 },
				  .tunnel = of_ends ? json_object_get(test, "near") : tunnel,
				  .far = json_object_get(test, "far"), .ends = ends };
	json_t *findings;

	host_new_facts(j->host);
	findings = rule_triggered(r, &at) ? rule_ask(j, r, &at, true, ret_error) : json_array();
	host_new_facts(j->host);
	rule_reset(j, r); /* no test sees what another left behind */
	json_decref(capture);
	json_decref(tunnel);
	json_decref(ends);
	return findings;
}

static bool expects(const json_t *test, const char *word)
{
	const json_t *expect = json_object_get(test, "expect");

	return json_is_string(expect) && !strcmp(json_string_value(expect), word);
}

bool rule_test_expects_nothing(const json_t *test)
{
	return expects(test, "nothing") || expects(test, "refuted");
}

static bool equal(const json_t *is, const json_t *want)
{
	if (json_is_number(is) && json_is_number(want))
		return json_number_value(is) == json_number_value(want);
	return json_equal(is, want);
}

static int add_dumped(const char *at, size_t len, void *text)
{
	text_add_bytes(text, at, len);
	return 0;
}

static bool differs(char *ret, const char *name, const json_t *is, const json_t *want)
{
	struct text got, wish;

	text_init(&got);
	text_init(&wish);
	if (is)
		json_dump_callback(is, add_dumped, &got, JSON_ENCODE_ANY | JSON_COMPACT);
	json_dump_callback(want, add_dumped, &wish, JSON_ENCODE_ANY | JSON_COMPACT);
	snprintf(ret, HOST_ERROR, "%s is %.180s, not %.180s", name, is ? got.at : "absent",
		 wish.at);
	text_clear(&got);
	text_clear(&wish);
	return false;
}

static bool meets_args(const json_t *args, const json_t *want, char *ret_why)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)want, name,
			    value) if (!equal(json_object_get(args, name),
					      value)) return differs(ret_why, name,
								     json_object_get(args, name),
								     value);
	return true;
}

static bool meets(const json_t *f, const json_t *want, char *ret_why)
{
	static const char *const plain[] = { "confidence", "culprit",  "severity",
					     "at",         "explains", NULL };
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)want, name, value)
	{
		const json_t *is = json_object_get(f, name);

		if (!strcmp(name, "args")) {
			if (!meets_args(json_object_get(f, "args"), value, ret_why))
				return false;
		} else if (!strcmp(name, "text_has")) {
			is = json_object_get(f, "text");
			if (!json_is_string(value) ||
			    !strstr(json_string_value(is), json_string_value(value)))
				return differs(ret_why, name, is, value);
		} else if (term(plain, name) < 0) {
			snprintf(ret_why, HOST_ERROR, "a test cannot expect '%.100s'", name);
			return false;
		} else if (!equal(is, value)) {
			return differs(ret_why, name, is, value);
		}
	}
	return true;
}

/* One finding is enough where one is expected; a list wants as many, in that order. */
static bool passes(const json_t *findings, const json_t *test, char *ret_why)
{
	const json_t *expect = json_object_get(test, "expect");
	size_t n = json_array_size(findings), want = json_array_size(expect);

	if (expects(test, "refuted")) {
		if (n != 1 || !json_object_get(json_array_get(findings, 0), "refuted"))
			snprintf(ret_why, HOST_ERROR, "it is not refuted");
		return !*ret_why;
	}
	if (rule_test_expects_nothing(test)) {
		if (n)
			snprintf(ret_why, HOST_ERROR, "found: %.400s",
				 json_string_value(
					 json_object_get(json_array_get(findings, 0), "text")));
		return !n;
	}
	if (!json_object_size(expect) && !want) {
		snprintf(ret_why, HOST_ERROR, "expect is neither \"nothing\" nor a table");
		return false;
	}
	if (!n || (want && n != want)) {
		snprintf(ret_why, HOST_ERROR, "found %s",
			 n ? "another number of things" : "nothing");
		return false;
	}
	for (size_t i = 0; want && i < n; i++)
		if (!meets(json_array_get(findings, i), json_array_get(expect, i), ret_why))
			return false;
	for (size_t i = 0; !want && i < n; i++)
		if (meets(json_array_get(findings, i), expect, ret_why))
			return true;
	return want;
}

static void run_test(struct judge *j, struct rule *r, const json_t *test, json_t *results)
{
	const char *name = json_string_value(json_object_get(test, "name"));
	char why[HOST_ERROR] = "";
	json_t *findings = rule_test_findings(j, r, test, why);
	bool passed = findings && passes(findings, test, why);
	struct text safe;

	text_init(&safe);
	if (!passed)
		text_add_wire(&safe, (struct bytes){ (const uint8_t *)why, strlen(why) });
	json_array_append_new(results,
			      json_pack("{s:s,s:s,s:b,s:s}", "rule", r->id, "name",
					name ? name : "?", "passed", (int)passed, "text", safe.at));
	text_clear(&safe);
	json_decref(findings);
}

json_t *judge_test(struct judge *j)
{
	json_t *results = json_array();

	for (size_t i = 0; i < j->rules_len; i++) {
		struct rule *r = &j->rules[i];
		char error[HOST_ERROR];
		json_t *carried = rule_tests(j, r, error);
		const json_t *tests = json_object_get(carried, "tests");

		if (!carried)
			json_array_append_new(results, json_pack("{s:s,s:s,s:b,s:s}", "rule", r->id,
								 "name", "its tests can be read",
								 "passed", 0, "text", error));
		for (size_t k = 0; k < json_array_size(tests); k++)
			run_test(j, r, json_array_get(tests, k), results);
		json_decref(carried);
	}
	host_sweep(j->host);
	return results;
}
