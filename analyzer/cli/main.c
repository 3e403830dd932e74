/*
 * ikescope: subcommands and their words.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/cli/cli.h"
#include "analyzer/worker/worker.h"

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const struct command {
	const char *word;
	int (*run)(int argc, char **argv);
	const char *usage, *about;
} commands[] = {
	{ "analyse", analyse, "CAPTURE...", "say what is wrong with the tunnels in a capture" },
	{ "compare", compare, "NEAR [BETWEEN...] FAR", "captures of both ends: what the path did to every packet" },
	{ "facts", facts, "CAPTURE...", "print as JSON what the rules can see" },
	{ "ticket", ticket, "CAPTURE...", "the text for whoever must act: provider or other side" },
	{ "explain", explain, "WORD... | -", "what a notify, state, ICMP code, log line or diagnosis means" },
	{ "howto", howto, "[PLATFORM [--local A] [--peer B]]", "how to make a good capture there" },
	{ "rules", rules, "list | show ID | lint [DIR] | test [DIR]", "the diagnoses and their tests" },
	{ "help", help, "[COMMAND]", "this page" },
	{ "version", version, "", "the version of program and rules" },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const char options_help[] =
	"  -f, --format FORMAT      text, json, html, md, csv, ticket (or by the ending of -o)\n"
	"  -o, --output FILE        write the report there\n"
	"  -v, --verbose            everything: all findings, checks, evidence, environment\n"
	"      --template FILE      a page of your own making: man 5 ikescope-template\n"
	"      --nagios             one line, and the exit code of a monitoring plugin\n"
	"      --hash               SHA-256 of the captures in JSON, too\n"
	"      --peer ADDR          only tunnels with this address\n"
	"      --since T, --until T only frames between these times: 2026-11-22T05:51:25Z, 05:51, @SECONDS\n"
	"      --filter EXPR        only frames that fit, as in tcpdump (blinds what it hides)\n"
	"      --local ADDR         an address of the side where the capture was taken; may be repeated\n"
	"      --name ADDR=NAME     what to call an address; may be repeated\n"
	"      --tz ZONE            times on the terminal in this zone, such as Europe/Berlin\n"
	"      --lang LANG          en, zh_CN or zh_TW; else the language of the environment\n"
	"      --rules DIR          more rules, or replacements by id; may be repeated\n"
	"      --color WHEN         auto, always, never (NO_COLOR is heeded)\n"
	"      --help, --version\n"
	"\n"
	"CAPTURE is a pcap or pcapng file, compressed or not, or - for standard input.\n"
	"Exit: 0 no fault, 1 faults, 2 usage, 3 not or only partly readable, 4 nothing to judge;\n"
	"ticket: 1 there is a text to send, 5 a fault and nothing to ask of others.\n";

static const struct command *find(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].word, word))
			return &commands[i];
	return NULL;
}

int usage_of(const char *word)
{
	const struct command *c = find(word);

	fprintf(stderr, "usage: ikescope %s%s%s (see ikescope help)\n", c == commands ? "" : word,
		c == commands ? "" : " ", c->usage);
	return EXIT_USAGE;
}

static int help(int argc, char **argv)
{
	const struct command *only = argc > 1 ? find(argv[1]) : NULL;

	if (argc > 1 && !only) {
		complain(argv[1], "no such command");
		return EXIT_USAGE;
	}
	printf("ikescope reads captures taken around a VPN outage and says, per tunnel, at which step it\n"
	       "broke, why, on whose side, and which frames prove it.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		if (!only || only == &commands[i])
			printf("ikescope %s%s%-*s  %s\n", i ? commands[i].word : "", i ? " " : "",
			       i ? (int)(46 - strlen(commands[i].word)) : 47, commands[i].usage,
			       commands[i].about);
	printf("\n%s", options_help);
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

	if (argc < 2)
		return usage_of("analyse");
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
