/*
 * ikescope: subcommands and their words.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/cli/cli.h"
#include "analyzer/report/page.h"
#include "analyzer/report/words.h"
#include "analyzer/worker/worker.h"
#include "dissect/base/language.h"

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const struct command {
	const char *word;
	int (*run)(int argc, char **argv);
	const char *usage, *about;
} commands[] = {
#define COMMAND(name, arguments, about) { #name, name, arguments, about },
#include "analyzer/cli/help.def"
};
enum { COMMANDS = sizeof commands / sizeof *commands, ABOUT_COMMAND = 58, ABOUT_OPTION = 27 };

static const struct option_help {
	const char *option, *about;
} options_help[] = {
#define OPTION(option, about) { option, about },
#include "analyzer/cli/help.def"
};

#define HELP(token, text) static const char help_##token[] = text;
#include "analyzer/cli/help.def"

static const struct command *find(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].word, word))
			return &commands[i];
	return NULL;
}

static void add_command(struct text *t, const struct command *c)
{
	text_addf(t, "ikescope %s%s%s", c == commands ? "" : c->word, c == commands || !*c->usage ? "" : " ", c->usage);
}

int usage_of(const char *word)
{
	struct text command, t;

	text_init(&command);
	text_init(&t);
	add_command(&command, find(word));
	WORD_FILL(&t, translated(help_usage), { "command", command.at });
	fprintf(stderr, "%s\n", t.at);
	text_clear(&command);
	text_clear(&t);
	return EXIT_USAGE;
}

/* In two columns, of which the second begins at `from`, or behind a longer first. */
static void print_row(struct text *row, size_t from, const char *about)
{
	struct text lead;

	text_init(&lead);
	text_add(&lead, row->at);
	if (*about) {
		fill_cells(&lead, " ", from - 1);
		text_addf(&lead, " %s", translated(about));
	}
	printf("%s\n", lead.at);
	text_clear(&lead);
	text_empty(row);
}

/* The command that help is asked for: the first word that is no option. */
static const char *word_asked(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--lang"))
			i++;
		else if (*argv[i] != '-')
			return argv[i];
	}
	return NULL;
}

static int help(int argc, char **argv)
{
	const char *asked = word_asked(argc, argv);
	const struct command *only = asked ? find(asked) : NULL;
	struct text row;

	if (asked && !only) {
		complain(asked, "no such command");
		return EXIT_USAGE;
	}
	text_init(&row);
	printf("%s\n\n", translated(help_intro));
	for (size_t i = 0; i < COMMANDS; i++)
		if (!only || only == &commands[i]) {
			add_command(&row, &commands[i]);
			print_row(&row, ABOUT_COMMAND, commands[i].about);
		}
	printf("\n");
	for (size_t i = 0; i < sizeof options_help / sizeof *options_help; i++) {
		text_add(&row, options_help[i].option);
		print_row(&row, ABOUT_OPTION, options_help[i].about);
	}
	printf("\n%s\n%s\n", translated(help_capture), translated(help_exits));
	text_clear(&row);
	return EXIT_WELL;
}

static int version(int argc, char **argv)
{
	struct judge_error error;
	struct judge *j = judge_new(NULL, &error);

	printf("ikescope %s", IKESCOPE_VERSION);
	if (j)
		printf(", rules %.12s", judge_rules_hash(j));
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "-v") || !strcmp(argv[i], "--verbose"))
			printf("\ncaptures are read by a process of their own, held in by: %s",
			       worker_sandbox());
	printf("\nCopyright (C) 2026 the ikescope authors. GPL-3.0-or-later, without any warranty.\n");
	judge_free(j);
	return EXIT_WELL;
}

/* A file may be called "rules": then "ikescope ./rules" reads it. */
static int run(int argc, char **argv)
{
	const struct command *c = argc > 1 ? find(argv[1]) : NULL;

	language_of_environment();
	if (argc < 2)
		return usage_of("analyse");
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		const char *named = !strncmp(argv[i], "--lang=", 7) ? argv[i] + 7 : !strcmp(argv[i], "--lang") ? argv[i + 1] : NULL;

		if (named && !language_choose("--lang", named))
			return EXIT_USAGE;
	}
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return help(c && c != commands ? 2 : 1, argv);
		if (!strcmp(argv[i], "--version") || !strcmp(argv[i], "-V"))
			return version(argc, argv);
	}
	return c ? c->run(argc - 1, argv + 1) : analyse(argc, argv);
}

int main(int argc, char **argv)
{
	int code = run(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		complain("standard output", "cannot write");
		return code == EXIT_USAGE ? code : EXIT_INTERNAL;
	}
	return code;
}
