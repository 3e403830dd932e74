/*
 * cli/cli.h - what the rooms of the command line share.
 *
 * Only this room knows arguments, the terminal, signals and the wall clock.
 * Results go to standard output, complaints to standard error, each with the
 * name of the file or option it is about.
 */
#ifndef ANALYZER_CLI_CLI_H
#define ANALYZER_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <stdio.h>

#include "analyzer/evidence/pseudonym.h"
#include "analyzer/run/run.h"

enum exit_code { /* design: worst first where several hold, but EXIT_PARTLY beats EXIT_FAULTS */
	EXIT_WELL = 0,
	EXIT_FAULTS = 1,
	EXIT_USAGE = 2,
	EXIT_PARTLY = 3,   /* a file could not be read, or not to its end */
	EXIT_NOTHING = 4,  /* nothing could be judged: that is not health */
	EXIT_NOBODY = 5,   /* ticket: a fault, and nothing to ask of others */
	EXIT_INTERNAL = 70,
};

enum format { /* FORMAT_PAGE: as options.page says; the last two: evidence */
	FORMAT_TEXT, FORMAT_JSON, FORMAT_TICKET, FORMAT_PAGE, FORMAT_NAGIOS, FORMAT_PCAPNG, FORMAT_PCAP,
};
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct moment { /* a time as the user gave it */
	bool given, of_day;   /* of_day: without a date, counted from midnight */
	int64_t ns;
};

struct options {
	struct run_options run;
	enum format format;
	bool format_given, language_given, verbose, hash;
	const char *ticket_language;   /* --ticket-lang; NULL: the one of the report */
	struct page_options page;
	char *template_text;           /* what page.template_text lends */
	bool partly;                   /* a file could not be read at all */
	enum color color;
	const char *output;            /* NULL: standard output */
	const char **rules_dirs;       /* ends in NULL */
	size_t rules_dirs_len;
	struct moment since, until;
	bool redact, pcap, with_secrets;
	const char *redact_key, *redact_map; /* files, or NULL */
	struct pseudonyms *pseudonyms; /* NULL: nothing is redacted */
	const char **files;
	size_t files_len;
};

/* Reads argv from argv[1] on; false after it has complained. */
bool options_parse(struct options *o, int argc, char **argv);
void options_clear(struct options *o);
/* Standard input, or a pipe by name: several files are read alone first, then as a ring. */
bool reads_once(const char *file);

/* Reads "2026-11-22T05:51:25.5Z", "2026-11-22 05:51", "05:51:25", "@1763790685"; false when it is none. */
bool moment_parse(const char *text, struct moment *ret);
/* Days to times: a time of day is of the day on which the first file begins. False after a complaint. */
bool moments_settle(struct options *o);

/* The language of all that follows. False after a complaint by the option's name: there is no such language. */
bool language_choose(const char *option, const char *word);
/* As LC_ALL, LC_MESSAGES and LANG ask, where the terminal can show it; else English stays. */
void language_of_environment(void);
bool locale_is_utf8(void);

/* Complains on standard error: "ikescope: ABOUT: text". about may be NULL. */
void complain(const char *about, const char *format, ...) __attribute__((format(printf, 2, 3)));
int usage_of(const char *word);

/* Loads the rules, built in and of --rules; NULL after a complaint. */
struct judge *load_rules(const struct options *o);

/* Options of a command that takes captures; false after a complaint. */
bool prepare(struct options *o, const char *word, int argc, char **argv);
void end_progress(void);
/* To -o or standard output; false after a complaint. */
typedef bool write_fn(const struct options *o, const json_t *models, FILE *f);
bool write_out(const struct options *o, const json_t *models, write_fn *write);
struct text_options text_options_of(const struct options *o, FILE *f); /* without the command */
bool read_whole(const json_t *model);
enum exit_code code_of(const json_t *model); /* by its verdict, and by what was left unread */
/* Of several: partly read beats a fault, that one's own, that nothing to judge, that health. */
enum exit_code worst(const json_t *models, enum exit_code (*of)(const json_t *model));
/* Beside the report, so that it is not missed; a file that could not be opened has been complained of. */
void tell_shortfalls(const json_t *models);
/* Array of models of what the options name, or NULL: then *ret says why, or it has complained (usage). */
typedef json_t *models_fn(struct options *o, struct judge *j, struct run_trouble *ret);
json_t *models_one_by_one(struct options *o, struct judge *j, struct run_trouble *ret);
json_t *models_of_ends(struct options *o, struct judge *j, struct run_trouble *ret);
/*
 * Options, rules, models, exit code: what all commands that judge have in common. `tell` writes of the models
 * what it is there for and says how that went; what could not be read is complained of and counts in the result.
 */
typedef enum exit_code tell_fn(const struct options *o, const json_t *models);
int judged(const char *word, int argc, char **argv, models_fn *models_of, tell_fn *tell);
int report_on(const char *word, int argc, char **argv, models_fn *models_of); /* tells the report */

/* --redact: the key is found or made; models as they may be shown (caller owns them); the map is written. False after a complaint. */
bool redaction_start(struct options *o);
json_t *redacted(const struct options *o, json_t *models);
/*
 * --ticket-lang. What is a ticket as a whole is said in that language; for a page that holds tickets, a judge of their
 * own is loaded. False after a complaint. tickets_taken(): its models, out of those of the report (caller owns
 * them); NULL where there are none.
 */
bool tickets_start(struct options *o, bool only_ticket);
json_t *tickets_taken(json_t *models);
bool redaction_end(const struct options *o);

/* A file that is there whole or not at all. mode 0: as usual. False after a complaint. */
bool write_whole(const char *path, mode_t mode, bool (*put)(void *ctx, FILE *f), void *ctx);

write_fn write_tickets;

/* --template: the file is read. False after a complaint. */
bool template_load(struct options *o, const char *path);

/* SHA-256 of the files, made beside the analysis; NULL where that cannot be. hash_end(): into the models. */
struct hashing *hash_start(const struct options *o);
void hash_end(struct hashing *take, const struct options *o, json_t *models);

/* Subcommands: argv[0] is the subcommand's own name. */
int analyse(int argc, char **argv);
int compare(int argc, char **argv);
int facts(int argc, char **argv);
int rules(int argc, char **argv);
int ticket(int argc, char **argv);
int explain(int argc, char **argv);
int howto(int argc, char **argv);
int diff(int argc, char **argv);
int evidence(int argc, char **argv);

#endif
