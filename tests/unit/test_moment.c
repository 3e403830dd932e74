#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "analyzer/cli/cli.h"

#define SECOND INT64_C(1000000000)

static const struct {
	const char *text;
	bool fine, of_day;
	int64_t ns;
} times[] = {
	{ "1970-01-01", true, false, 0 },
	{ "2026-11-22T05:51:25Z", true, false, 1795326685 * SECOND },
	{ "2026-11-22 05:51:25", true, false, 1795326685 * SECOND },
	{ "2026-11-22 05:51:25 UTC", true, false, 1795326685 * SECOND },
	{ "2026-11-22T05:51:25.015123Z", true, false, 1795326685 * SECOND + 15123000 },
	{ "2026-11-22T06:51:25+01:00", true, false, 1795326685 * SECOND },
	{ "2026-11-22T05:21:25-00:30", true, false, 1795326685 * SECOND },
	{ "2026-11-22 05:51", true, false, 1795326660 * SECOND },
	{ "@1795326685.5", true, false, 1795326685 * SECOND + SECOND / 2 },
	{ "05:51", true, true, (5 * 3600 + 51 * 60) * SECOND },
	{ "23:59:59.25", true, true, 86399 * SECOND + SECOND / 4 },
	{ "", false, false, 0 },
	{ "yesterday", false, false, 0 },
	{ "5", false, false, 0 },
	{ "24:00", false, false, 0 },
	{ "05:61", false, false, 0 },
	{ "05:51x", false, false, 0 },
	{ "05:51:25.", false, false, 0 },
	{ "2026-13-01", false, false, 0 },
	{ "2026-02-31", false, false, 0 },
	{ "2026-11-22T", false, false, 0 },
	{ "2026-11-22X", false, false, 0 },
	{ "2026-11-22T05:51:25+1", false, false, 0 },
	{ "@", false, false, 0 },
	{ "@12a", false, false, 0 },
	{ "@99999999999999999999", false, false, 0 },
};

START_TEST(a_time_means_what_people_mean_by_it)
{
	struct moment m = { 0 };

	ck_assert_msg(moment_parse(times[_i].text, &m) == times[_i].fine, "\"%s\"", times[_i].text);
	ck_assert_msg(m.given == times[_i].fine, "\"%s\"", times[_i].text);
	ck_assert_msg(m.of_day == times[_i].of_day, "\"%s\"", times[_i].text);
	ck_assert_msg(m.ns == times[_i].ns, "\"%s\": %lld", times[_i].text, (long long)m.ns);
}
END_TEST

START_TEST(a_time_without_zone_is_in_the_zone_of_the_report)
{
	struct moment m;

	setenv("TZ", "XXX-2", 1);
	tzset();
	ck_assert(moment_parse("2026-11-22 07:51:25", &m));
	ck_assert_int_eq(m.ns, 1795326685 * SECOND);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("moment");
	TCase *t = tcase_create("moment");
	SRunner *r;
	int failed;

	setenv("TZ", "UTC", 1);
	tzset();
	tcase_add_loop_test(t, a_time_means_what_people_mean_by_it, 0, sizeof times / sizeof *times);
	tcase_add_test(t, a_time_without_zone_is_in_the_zone_of_the_report);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
