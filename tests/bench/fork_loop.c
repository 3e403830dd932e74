/*
 * usage: fork_loop [PAIRS] - what the lock costs a worker: processor time of fork, lock and end,
 * against that of fork and end alone, taken in turn. The rules are loaded before, as in a worker's parent.
 * The last line is their ratio. Fails when locked processes cost more than half as much again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/judge/judge.h"
#include "dissect/base/lock.h"

enum { PAIRS = 1000 };

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Of this process and of the children it has waited for. */
static double processor_time(void)
{
	struct rusage self, children;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	return seconds(self.ru_utime) + seconds(self.ru_stime) + seconds(children.ru_utime) +
	       seconds(children.ru_stime);
}

static double one(bool locked)
{
	double before = processor_time();
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (locked)
			lock_now(LOCK_WORKER);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status) {
		perror("fork_loop");
		exit(EXIT_FAILURE);
	}
	return processor_time() - before;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, ascending);
	return v[n / 2];
}

int main(int argc, char **argv)
{
	int pairs = argc > 1 ? atoi(argv[1]) : PAIRS;
	struct judge_error error;
	struct judge *rules = judge_new(NULL, &error);
	double *plain = calloc((size_t)pairs, sizeof *plain), *locked = calloc((size_t)pairs, sizeof *locked);
	double a, b;

	if (!rules || pairs < 1 || !plain || !locked)
		return EXIT_FAILURE;
	lock_prepare();
	for (int i = 0; i < pairs; i++) {
		plain[i] = one(false);
		locked[i] = one(true);
	}
	a = median(plain, pairs);
	b = median(locked, pairs);
	judge_free(rules);
	free(plain);
	free(locked);
	printf("fork and end %.0f us, with the lock %.0f us (%s)\n%.2f\n", a * 1e6, b * 1e6, lock_words(), b / a);
	return b <= 1.5 * a ? EXIT_SUCCESS : EXIT_FAILURE;
}
