/*
 * support/coverage.h - a process that ends by _exit() leaves its counts too.
 *
 * In front of every file of a coverage build: workers and their children end so.
 */
#ifndef TESTS_SUPPORT_COVERAGE_H
#define TESTS_SUPPORT_COVERAGE_H

#include <unistd.h>

void __gcov_dump(void);

static inline _Noreturn void counted_exit(int code)
{
	__gcov_dump();
	_exit(code);
}
#define _exit counted_exit

#endif
