/*
 * ikescope CAPTURE...: read, judge, report.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/cli/cli.h"
#include "analyzer/report/words.h"
#include "analyzer/worker/worker.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { LAST_WORDS_S = 2, PROGRESS_AFTER_S = 2, COLUMNS = 100, NARROWEST = 40 };

static volatile bool stop;
static volatile sig_atomic_t interrupts;

/*
 * Ctrl-C reaches the recorder in front of the pipe too, which then writes what
 * it still holds: go on reading for a moment before calling it the end. A
 * second one means now.
 */
static void interrupted(int number)
{
	if (number == SIGALRM || interrupts++)
		stop = true;
	else
		alarm(LAST_WORDS_S);
}

static void heed_interrupts(void)
{
	struct sigaction a = { .sa_handler = interrupted }; /* no SA_RESTART: read() has to return */

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGALRM, &a, NULL);
}

static struct progress {
	time_t began;
	bool shown;
} progress;

static void show_progress(void *ctx, const char *file, uint64_t frames)
{
	struct text safe;

	(void)ctx;
	if (!progress.began)
		progress.began = time(NULL);
	if (time(NULL) - progress.began < PROGRESS_AFTER_S)
		return;
	text_init(&safe);
	text_add_wire(&safe, (struct bytes){ (const uint8_t *)file, strnlen(file, 60) });
	fprintf(stderr, "\r%s: %llu frames", safe.at, (unsigned long long)frames);
	text_clear(&safe);
	progress.shown = true;
}

void end_progress(void)
{
	if (progress.shown)
		fprintf(stderr, "\r\033[K");
	progress.shown = false;
}

/* A file that could not be read at all. */
static void tell_trouble(void *ctx, const struct run_trouble *t)
{
	(void)ctx;
	end_progress();
	complain(t->usage ? "--filter" : strcmp(t->file, "-") ? t->file : "standard input", "%s", t->text);
}

struct judge *load_rules(const struct options *o)
{
	struct judge_error error;
	struct judge *j = judge_new(o->rules_dirs, &error);

	if (!j)
		complain(NULL, "%s", error.text);
	return j;
}

/* The evidence is not written over, whatever -o is called. */
static bool is_input(const struct options *o, const char *path)
{
	struct stat out, in;

	if (!path || stat(path, &out) < 0 || !S_ISREG(out.st_mode))
		return false;
	for (size_t i = 0; i < o->files_len; i++)
		if (stat(o->files[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return true;
	return false;
}

bool prepare(struct options *o, const char *word, int argc, char **argv)
{
	if (!options_parse(o, argc, argv))
		return false;
	if (!o->files_len) {
		usage_of(word);
		return false;
	}
	if (o->format >= FORMAT_PCAPNG && strcmp(word, "evidence")) {
		complain("-f", "a report is no capture file: ikescope evidence writes those");
		return false;
	}
	if (o->redact && !strcmp(word, "facts")) {
		complain("--redact", "facts are what the rules see, and show every name");
		return false;
	}
	if (is_input(o, o->output)) {
		complain(o->output, "is a capture to be read: the report needs another name");
		return false;
	}
	if (is_input(o, o->redact_key) || is_input(o, o->redact_map)) {
		complain("--redact", "a capture to be read is no file for a key or a map");
		return false;
	}
	if (!moments_settle(o) || !redaction_start(o) ||
	    !tickets_start(o, o->format == FORMAT_TICKET || !strcmp(word, "ticket")))
		return false;
	o->run.stop = &stop;
	o->run.trouble = tell_trouble;
	if (isatty(STDERR_FILENO))
		o->run.progress = show_progress;
	if (reads_once(o->files[0]))
		heed_interrupts();
	return true;
}

static unsigned columns(FILE *f)
{
	const char *env = getenv("COLUMNS");
	struct winsize size;
	long n = 0;

	if (isatty(fileno(f)) && ioctl(fileno(f), TIOCGWINSZ, &size) == 0 && size.ws_col)
		n = size.ws_col;
	else if (env)
		n = strtol(env, NULL, 10);
	return n <= 0 || n > COLUMNS ? COLUMNS : n < NARROWEST ? NARROWEST : (unsigned)n;
}

static bool wants_color(const struct options *o, FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return isatty(fileno(f)) && !(no && *no) && term && strcmp(term, "dumb");
}

static void add_word(struct text *t, const char *s)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-+,:@%";

	if (*s && strspn(s, plain) == strlen(s)) {
		text_add(t, s);
		return;
	}
	text_add(t, "'");
	for (; *s; s++)
		text_add_bytes(t, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
	text_add(t, "'");
}

/* The files, and what else the ticket needs, as they can be pasted into a shell again. */
static char *as_words(const struct options *o)
{
	struct text t;

	text_init(&t);
	if (o->ticket_language) {
		text_add(&t, "--ticket-lang ");
		add_word(&t, o->ticket_language);
		text_add(&t, " ");
	}
	if (o->pseudonyms)
		text_add(&t, "CAPTURE");
	for (size_t i = 0; i < o->files_len && !o->pseudonyms; i++) {
		text_add(&t, i ? " " : "");
		add_word(&t, o->files[i]);
	}
	return text_take(&t);
}

struct text_options text_options_of(const struct options *o, FILE *f)
{
	return (struct text_options){ .columns = columns(f), .color = wants_color(o, f), .verbose = o->verbose,
				      .utf8 = locale_is_utf8() || o->language_given };
}

static bool write_text(const struct options *o, const json_t *models, FILE *f)
{
	char *words = as_words(o);
	struct text_options how = text_options_of(o, f);
	bool fine = true;

	how.command = words;
	for (size_t i = 0; i < json_array_size(models); i++) {
		if (i)
			fputc('\n', f);
		fine = report_text(f, json_array_get(models, i), &how) && fine;
	}
	mem_free(words);
	return fine;
}

/* A template that is wrong has been complained of by its line; then errno says nothing. */
static bool write_page(const struct options *o, const json_t *models, FILE *f)
{
	char error[PAGE_ERROR];
	bool fine = report_page(f, models, &o->page, error);

	if (!fine && *error) {
		complain(NULL, "%s", error);
		errno = EINVAL;
	}
	return fine;
}

static bool write_models(const struct options *o, const json_t *models, FILE *f)
{
	if (o->format == FORMAT_PAGE)
		return write_page(o, models, f);
	if (o->format == FORMAT_TEXT)
		return write_text(o, models, f);
	if (o->format == FORMAT_TICKET)
		return write_tickets(o, models, f);
	return report_json(f, json_array_size(models) == 1 ? json_array_get(models, 0) : models);
}

bool write_out(const struct options *o, const json_t *models, write_fn *write)
{
	FILE *f = o->output ? fopen(o->output, "w") : stdout;
	bool fine;

	if (!f) {
		complain(o->output, "%m");
		return false;
	}
	fine = write(o, models, f);
	if (o->output && fclose(f))
		fine = false;
	if (!fine)
		complain(o->output ? o->output : "standard output", "cannot write: %m");
	return fine;
}

/* Words for what kept a file from being read to its end; NULL for a note that is only a note. */
static const char *shortfall(const char *note)
{
	static const char *const bad[] = { "unreadable", "damaged", "cut_file", "cut_archive", "bomb",
					   "worker_died" };

	for (size_t i = 0; note && i < sizeof bad / sizeof *bad; i++)
		if (!strcmp(note, bad[i]))
			return word_named("note", note, NULL);
	return NULL;
}

bool read_whole(const json_t *model)
{
	const json_t *captures = json_object_get(model, "captures");

	for (size_t i = 0; i < json_array_size(captures); i++) {
		const json_t *notes = json_object_get(json_array_get(captures, i), "notes");

		for (size_t k = 0; k < json_array_size(notes); k++)
			if (shortfall(json_string_value(json_array_get(notes, k))))
				return false;
	}
	return true;
}

void tell_shortfalls(const json_t *models)
{
	const json_t *model, *capture, *note;
	size_t i, k, n;

	json_array_foreach(models, i, model)
		json_array_foreach(json_object_get(model, "captures"), k, capture)
			json_array_foreach(json_object_get(capture, "notes"), n, note) {
				const char *words = shortfall(json_string_value(note));

				if (words && strcmp(json_string_value(note), "unreadable"))
					complain(json_string_value(json_object_get(capture, "file")), "%s", words);
			}
}

enum exit_code code_of(const json_t *model)
{
	const char *id = json_string_value(json_object_get(json_object_get(model, "verdict"), "id"));

	if (!read_whole(model))
		return EXIT_PARTLY;
	if (!id || !strcmp(id, "nothing_to_judge") || !strcmp(id, "cannot_tell"))
		return EXIT_NOTHING;
	return strcmp(id, "healthy") ? EXIT_FAULTS : EXIT_WELL;
}

enum exit_code worst(const json_t *models, enum exit_code (*of)(const json_t *model))
{
	static const enum exit_code order[] = { EXIT_WELL, EXIT_NOTHING, EXIT_NOBODY, EXIT_FAULTS, EXIT_PARTLY };
	size_t worst = 0;

	for (size_t i = 0; i < json_array_size(models); i++)
		for (size_t k = worst + 1; k < sizeof order / sizeof *order; k++)
			if (of(json_array_get(models, i)) == order[k])
				worst = k;
	return order[worst];
}

/* A monitoring system wants its line whatever happens, and what is unknown is 3. */
static enum exit_code tell_nothing(const struct options *o, const struct run_trouble *trouble, enum exit_code code)
{
	struct text t;

	if (o->format != FORMAT_NAGIOS)
		return code;
	text_init(&t);
	nagios_line(&t, NAGIOS_UNKNOWN, trouble->file ? trouble->text : "the command line is wrong, see standard error");
	printf("%s\n", t.at);
	text_clear(&t);
	return (enum exit_code)NAGIOS_UNKNOWN;
}

/* What goes to others names its source. */
static bool wants_hash(const struct options *o, const char *word)
{
	return o->hash || !strcmp(word, "ticket") || o->format == FORMAT_TICKET || (o->format == FORMAT_PAGE && o->page.format == PAGE_HTML);
}

int judged(const char *word, int argc, char **argv, models_fn *models_of, tell_fn *tell)
{
	struct run_trouble trouble = { 0 };
	struct options o;
	struct judge *j = NULL;
	json_t *models = NULL, *tickets, *shown, *told;
	enum exit_code code = EXIT_USAGE;
	struct hashing *hashing;

	if (prepare(&o, word, argc, argv) && (j = load_rules(&o))) {
		hashing = wants_hash(&o, word) ? hash_start(&o) : NULL;
		models = models_of(&o, j, &trouble);
		end_progress();
		hash_end(hashing, &o, models);
		code = trouble.usage ? EXIT_USAGE : EXIT_PARTLY;
		o.partly = trouble.file != NULL;
		if (models) {
			tickets = tickets_taken(models);
			shown = redacted(&o, models);
			told = redacted(&o, tickets);
			o.page.tickets = told;
			code = redaction_end(&o) ? tell(&o, shown) : EXIT_INTERNAL;
			json_decref(told);
			json_decref(shown);
			json_decref(tickets);
			tell_shortfalls(models);
		}
		if (trouble.file && !trouble.usage && code != EXIT_INTERNAL && o.format != FORMAT_NAGIOS)
			code = EXIT_PARTLY;
	}
	if (!models)
		code = tell_nothing(&o, &trouble, code);
	json_decref(models);
	judge_free(j);
	options_clear(&o);
	return (int)code;
}

static bool some_partly(const json_t *models)
{
	json_t *model;
	size_t i;

	json_array_foreach(models, i, model)
		if (!read_whole(model))
			return true;
	return false;
}

static enum nagios_state nagios; /* what the line said */

static bool write_nagios(const struct options *o, const json_t *models, FILE *f)
{
	return report_nagios(f, models, o->partly || some_partly(models), &nagios);
}

static enum exit_code report(const struct options *o, const json_t *models)
{
	if (o->format == FORMAT_NAGIOS)
		return write_out(o, models, write_nagios) ? (enum exit_code)nagios : (enum exit_code)NAGIOS_UNKNOWN;
	return write_out(o, models, write_models) ? worst(models, code_of) : EXIT_INTERNAL;
}

int report_on(const char *word, int argc, char **argv, models_fn *models_of)
{
	return judged(word, argc, argv, models_of, report);
}

json_t *models_one_by_one(struct options *o, struct judge *j, struct run_trouble *ret)
{
	return run_models(o->files, o->files_len, j, &o->run, worker_group, ret);
}

int analyse(int argc, char **argv)
{
	return report_on("analyse", argc, argv, models_one_by_one);
}

int facts(int argc, char **argv)
{
	struct run_trouble trouble = { 0 };
	struct options o;
	json_t *result = NULL, *document;
	enum exit_code code = EXIT_USAGE;

	if (prepare(&o, "facts", argc, argv)) {
		result = worker_group(o.files, o.files_len, NULL, &o.run, &trouble);
		document = json_object_get(result, "facts");
		end_progress();
		code = trouble.usage ? EXIT_USAGE : trouble.file ? EXIT_PARTLY : EXIT_WELL;
		if (document && (json_dumpf(document, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) ||
				 putchar('\n') == EOF))
			code = EXIT_INTERNAL;
	}
	json_decref(result);
	options_clear(&o);
	return (int)code;
}
