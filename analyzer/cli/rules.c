/*
 * ikescope rules list | show ID | lint [DIR] | test [DIR]
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/cli/cli.h"
#include "analyzer/track/fields.h"
#include "dissect/base/language.h"

static int list(struct judge *j)
{
	json_t *rows = judge_list(j);

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		printf("%-28s  %-14s  %-8s  %s\n", text_or(row, "id", ""), text_or(row, "step", ""),
		       text_or(row, "severity", ""), text_or(row, "title", ""));
	}
	json_decref(rows);
	return EXIT_WELL;
}

static int show(struct judge *j, const char *id)
{
	json_t *row = judge_show(j, id);

	if (!row) {
		complain(id, "no such rule (see ikescope rules list)");
		return EXIT_USAGE;
	}
	json_dumpf(row, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(row);
	return EXIT_WELL;
}

static int lint(struct judge *j)
{
	json_t *complaints = judge_lint(j);
	size_t n = json_array_size(complaints);

	for (size_t i = 0; i < n; i++)
		printf("%s\n", json_string_value(json_array_get(complaints, i)));
	json_decref(complaints);
	printf("%zu complaints\n", n);
	return n ? EXIT_FAULTS : EXIT_WELL;
}

static int test(struct judge *j)
{
	json_t *results = judge_test(j);
	size_t passed = 0, failed = 0;

	for (size_t i = 0; i < json_array_size(results); i++) {
		const json_t *r = json_array_get(results, i);

		if (json_is_true(json_object_get(r, "passed"))) {
			passed += 1;
			continue;
		}
		failed += 1;
		printf("%s: %s: %s\n", text_or(r, "rule", ""), text_or(r, "name", ""), text_or(r, "text", ""));
	}
	json_decref(results);
	printf("%zu passed, %zu failed\n", passed, failed);
	return failed ? EXIT_FAULTS : EXIT_WELL;
}

int rules(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	bool takes_dir = !strcmp(word, "lint") || !strcmp(word, "test");
	const char *dirs[2] = { argc > 2 && takes_dir ? argv[2] : NULL, NULL };
	const struct options o = { .rules_dirs = dirs };
	int code, wanted = takes_dir ? 3 : !strcmp(word, "show") ? 3 : 2;
	struct judge *j;

	if ((!takes_dir && strcmp(word, "list") && strcmp(word, "show")) || argc > wanted ||
	    (!strcmp(word, "show") && argc < 3))
		return usage_of("rules");
	language_use(NULL); /* as they are written */
	j = load_rules(&o);
	if (!j)
		return EXIT_USAGE;
	code = !strcmp(word, "list")   ? list(j)
	       : !strcmp(word, "show") ? show(j, argv[2])
	       : !strcmp(word, "lint") ? lint(j)
				       : test(j);
	judge_free(j);
	return code;
}
