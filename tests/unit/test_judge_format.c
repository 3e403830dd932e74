/*
 * Numbers as people read them.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "analyzer/judge/format.h"

#define FORMATS(want, call) \
	do { \
		struct text t; \
		text_init(&t); \
		call; \
		ck_assert_str_eq(t.at, want); \
		text_clear(&t); \
	} while (0)

static const int64_t moment = 1795326685015123000; /* 2026-11-22 05:51:25.015123 UTC */

START_TEST(rfc3339_is_utc_whatever_the_zone)
{
	setenv("TZ", "Asia/Taipei", 1);
	tzset();
	FORMATS("2026-11-22T05:51:25.015123000Z", format_rfc3339(&t, 1795326685015123000));
	FORMATS("1969-12-31T23:59:59.999999999Z", format_rfc3339(&t, -1));
	FORMATS("2262-04-11T23:47:16.854775807Z", format_rfc3339(&t, INT64_MAX));
	FORMATS("1677-09-21T00:12:43.145224192Z", format_rfc3339(&t, INT64_MIN));
}
END_TEST

START_TEST(clock_times_are_of_the_zone_and_name_it)
{
	setenv("TZ", "UTC", 1);
	tzset();
	FORMATS("05:51:25.015 UTC", format_time(&t, moment));
	FORMATS("2026-11-22 05:51:25", format_date_time(&t, moment));
	setenv("TZ", "CST-8", 1);
	tzset();
	FORMATS("13:51:25.015 CST", format_time(&t, moment));
	FORMATS("2026-11-22 13:51:25", format_date_time(&t, moment));
}
END_TEST

START_TEST(durations_have_the_unit_that_says_most)
{
	static const struct {
		double seconds;
		const char *want;
	} cases[] = {
		{ 0, "0 s" },          { 0.00002, "0.02 ms" }, { 0.0008, "0.8 ms" },
		{ 0.0099, "9.9 ms" },  { 0.00999, "10 ms" },   { 0.25, "250 ms" },
		{ 0.9996, "1 s" },     { 4.86, "4.86 s" },     { 5, "5 s" },
		{ 9.999, "10 s" },     { 59.94, "59.9 s" },    { 59.96, "1 min" },
		{ 192, "3 min 12 s" }, { 3599.6, "1 h" },      { 7500, "2 h 5 min" },
		{ 86399, "1 d" },      { 93600, "1 d 2 h" },   { -0.5, "-500 ms" },
		{ 1e300, "?" },        { 0.0 / 1.0, "0 s" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		FORMATS(cases[i].want, format_duration(&t, cases[i].seconds));
}
END_TEST

START_TEST(thousands_have_commas)
{
	FORMATS("0 bytes", format_bytes(&t, 0));
	FORMATS("1 byte", format_bytes(&t, 1));
	FORMATS("999 bytes", format_bytes(&t, 999));
	FORMATS("1,396 bytes", format_bytes(&t, 1396));
	FORMATS("18,446,744,073,709,551,615 bytes", format_bytes(&t, UINT64_MAX));
	FORMATS("7 of 7", format_count(&t, 7, 7));
	FORMATS("1,000", format_count(&t, 1000, 0));
}
END_TEST

static void frames_read(const char *list, unsigned captures, const char *want)
{
	json_t *frames = json_loads(list, 0, NULL);

	FORMATS(want, format_frames(&t, frames, captures));
	json_decref(frames);
}

START_TEST(frames_are_runs_and_the_rest_is_counted)
{
	frames_read("[]", 1, "");
	frames_read("[3, 5, 6, 7]", 1, "#3, #5-7");
	frames_read("[[0, 3], [0, 4], [1, 5], [1, 7]]", 2, "A#3-4, B#5, B#7");
	frames_read("[1, 3, 5, 7, 9, 11, 13, 14, 15]", 1, "#1, #3, #5, #7, #9, #11 and 3 more");
	frames_read("[[25, 1], [26, 1], [701, 1], [702, 1]]", 703, "Z#1, AA#1, ZZ#1, AAA#1");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("format");
	TCase *c = tcase_create("format");
	SRunner *runner;
	int failed;

	tcase_add_test(c, rfc3339_is_utc_whatever_the_zone);
	tcase_add_test(c, clock_times_are_of_the_zone_and_name_it);
	tcase_add_test(c, durations_have_the_unit_that_says_most);
	tcase_add_test(c, thousands_have_commas);
	tcase_add_test(c, frames_are_runs_and_the_rest_is_counted);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
