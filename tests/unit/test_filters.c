/*
 * The display filters that rules hand out, in advice and as evidence: over all tests that rules carry, tshark can
 * read them, and those about a tunnel in IPv6 ask for no field that only IPv4 has.
 */
#include <check.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/judge/rule_test.h"
#include "dissect/base/text.h"

static const char capture[] = "samples/healthy/a.pcap";

/* What a filter is called by: the rule that made it last. */
static void note(json_t *filters, const char *filter, const char *id)
{
	if (filter && *filter)
		json_object_set_new(filters, filter, json_string(id));
}

/* A text that ends in a filter has no full stop, and ": " before it. */
static const char *filter_at_end(const char *sentence)
{
	const char *at = NULL, *next = sentence;
	size_t len = strlen(sentence);

	while ((next = strstr(next, ": ")))
		at = next += 2;
	return len && sentence[len - 1] != '.' ? at : NULL;
}

static void note_finding(json_t *filters, const json_t *finding, const char *id)
{
	const json_t *verify = json_object_get(json_object_get(finding, "advice"), "verify");

	note(filters, json_string_value(json_object_get(json_object_get(finding, "evidence"), "filter")), id);
	for (size_t i = 0; i < json_array_size(verify); i++) {
		const char *sentence = json_string_value(json_array_get(verify, i));

		ck_assert_msg(strchr(".", sentence[strlen(sentence) - 1]) || filter_at_end(sentence), "%s: \"%s\"", id, sentence);
		note(filters, filter_at_end(sentence), id);
	}
}

/* Every address of a test becomes one of IPv6, the same one each time. */
static json_t *in_ipv6(const json_t *test)
{
	char *said = json_dumps(test, 0);
	json_t *made, *facts, *ends = json_pack("{s:s,s:s,s:[i],s:[i]}", "a", "2001:db8::100:10", "b", "2001:db8::113:10", "ports_a", 500, "ports_b", 500);
	struct text t;

	text_init(&t);
	for (const char *at = said; *at;) {
		unsigned a, b, c, d;
		int len = 0;

		if (at > said && at[-1] == '"' && sscanf(at, "%u.%u.%u.%u%n", &a, &b, &c, &d, &len) == 4 && at[len] == '"') {
			text_addf(&t, "2001:db8::%u:%u", c, d);
			at += len;
		} else {
			text_add_bytes(&t, at++, 1);
		}
	}
	made = json_loads(t.at, 0, NULL);
	ck_assert_ptr_nonnull(made);
	for (size_t i = 0; i < 2; i++) {
		const char *scope = i ? "ends" : "tunnel";

		facts = json_object_get(made, scope);
		if (!facts)
			json_object_set_new(made, scope, facts = json_object());
		if (!json_object_get(facts, "ends"))
			json_object_set(facts, "ends", ends);
	}
	text_clear(&t);
	json_decref(ends);
	free(said);
	return made;
}

/* {filter: id} of all findings under all tests. */
static json_t *filters_of(struct judge *j, bool ipv6, bool of_tunnels)
{
	json_t *filters = json_object();

	for (size_t i = 0; i < j->rules_len; i++) {
		struct rule *r = &j->rules[i];
		char error[HOST_ERROR] = "";
		json_t *carried = rule_tests(j, r, error);
		const json_t *tests = json_object_get(carried, "tests");

		for (size_t k = 0; k < json_array_size(tests) && (r->scope != SCOPE_CAPTURE || !of_tunnels); k++) {
			json_t *test = ipv6 ? in_ipv6(json_array_get(tests, k)) : json_incref(json_array_get(tests, k));
			json_t *findings = rule_test_findings(j, r, test, error);

			for (size_t n = 0; n < json_array_size(findings); n++)
				note_finding(filters, json_array_get(findings, n), r->id);
			json_decref(findings);
			json_decref(test);
		}
		json_decref(carried);
	}
	return filters;
}

static struct judge *compiled_in(void)
{
	struct judge_error error = { "" };
	struct judge *j = judge_new(NULL, &error);

	ck_assert_msg(j != NULL, "%s", error.text);
	return j;
}

/* One run for all of them: tshark stops at the first one that it cannot read, and names it. */
static void tshark_reads(const json_t *filters)
{
	struct text asked, said;
	const char *filter;
	json_t *id;
	char line[1024];
	FILE *from;
	int ends[2], status;
	pid_t child;

	text_init(&asked);
	text_init(&said);
	text_add(&asked, "io,stat,0");
	json_object_foreach((json_t *)filters, filter, id)
	{
		ck_assert_msg(!strchr(filter, ','), "%s: %s", json_string_value(id), filter);
		text_addf(&asked, ",%s", filter);
	}
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		execlp("tshark", "tshark", "-n", "-q", "-r", capture, "-z", asked.at, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	from = fdopen(ends[0], "r");
	while (fgets(line, sizeof line, from))
		if (said.len < 4096)
			text_add(&said, line);
	fclose(from);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 127), "%s", said.at);
	text_clear(&asked);
	text_clear(&said);
}

START_TEST(tshark_reads_every_filter)
{
	struct judge *j = compiled_in();
	json_t *plain = filters_of(j, false, false), *ipv6 = filters_of(j, true, false);

	ck_assert_uint_gt(json_object_size(plain), 100);
	json_object_update(plain, ipv6);
	tshark_reads(plain);
	json_decref(ipv6);
	json_decref(plain);
	judge_free(j);
}
END_TEST

/* Whether the filter names that field or protocol, and not one whose name merely ends or goes on like it. */
static bool names(const char *filter, const char *field)
{
	size_t len = strlen(field);

	for (const char *at = filter; (at = strstr(at, field)); at++)
		if ((at == filter || !(isalnum((unsigned char)at[-1]) || at[-1] == '.' || at[-1] == '_')) &&
		    (field[len - 1] == '.' || !(isalnum((unsigned char)at[len]) || at[len] == '_')))
			return true;
	return false;
}

START_TEST(a_filter_about_a_tunnel_in_ipv6_asks_for_its_fields)
{
	struct judge *j = compiled_in();
	json_t *filters = filters_of(j, true, true), *id;
	const char *filter;
	struct text wrong;

	text_init(&wrong);
	json_object_foreach(filters, filter, id)
		if (names(filter, "ip.") || (names(filter, "icmp") && !names(filter, "icmpv6")))
			text_addf(&wrong, "%s: %s\n", json_string_value(id), filter);
	ck_assert_msg(!wrong.len, "%s", wrong.at);
	text_clear(&wrong);
	json_decref(filters);
	judge_free(j);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("filters");
	TCase *c = tcase_create("filters");
	SRunner *runner;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_test(c, tshark_reads_every_filter);
	tcase_add_test(c, a_filter_about_a_tunnel_in_ipv6_asks_for_its_fields);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
