/*
 * support/suite.h - a main() out of a list of tests.
 *
 * The exit code is 1 when a test failed; check.sh reads the counts that Check prints.
 */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline int run_suite(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *all = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < n; i++)
		tcase_add_test(all, tests[i]);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#define SUITE(name, ...) \
	int main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__ }; \
		return run_suite(name, tests, sizeof tests / sizeof *tests); \
	}

/* A heap buffer of exactly n bytes, so that ASan sees one byte too far. */
static inline uint8_t *copy_exactly(const void *from, size_t n)
{
	uint8_t *tight = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(tight);
	if (n)
		memcpy(tight, from, n);
	return tight;
}

#endif
