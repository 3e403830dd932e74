/*
 * whole.c - the whole way of a capture in one process, for AFL++: from a file to both views of its report.
 *
 * What a user runs does the same in a worker, whose death is part of the report; here it is a crash.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/run/run.h"

static void show(const json_t *model, FILE *f)
{
	struct text_options o = { .columns = 100, .utf8 = true, .color = true, .verbose = true, .command = "a" };

	if (!report_text(f, model, &o) || !report_json(f, model))
		abort();
}

static void go(const char *const *files, struct judge *j, FILE *nowhere)
{
	struct run_options o = { .version = "0" };
	struct run_trouble trouble = { 0 };
	json_t *models = run_models(files, 1, j, &o, run_group, &trouble);

	if (json_array_size(models))
		show(json_array_get(models, 0), nowhere);
	json_decref(models);
}

int main(int argc, char **argv)
{
	const char *const files[] = { argc == 2 ? argv[1] : "-" };
	FILE *nowhere = fopen("/dev/null", "w");
	struct judge_error error;
	struct judge *j = judge_new(NULL, &error);

	if (!j || !nowhere)
		return 1;
#ifdef __AFL_LOOP
	while (__AFL_LOOP(1000))
#endif
		go(files, j, nowhere);
	judge_free(j);
	fclose(nowhere);
	return 0;
}
