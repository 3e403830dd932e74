/*
 * ikescope evidence CAPTURE...: judges them, then reads them again and writes the
 * frames that prove the report.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/cli/cli.h"
#include "analyzer/report/words.h"
#include "analyzer/worker/worker.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

#define MOST_SPOOLED ((uint64_t)1 << 30) /* octets of standard input */
enum { CHUNK = 256 << 10, HASH_LEN = 32 };

static const char standard_input[] = "/proc/self/fd/0"; /* opens what fd 0 is anew, from its beginning */

/* --- standard input, to be read several times ---------------------------------------------- */

static int unnamed_file(void)
{
	const char *dir = getenv("TMPDIR");

	return open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

static bool put(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t wrote = write(fd, at, n);

		if (wrote < 0 && errno != EINTR)
			return false;
		if (wrote > 0)
			at += wrote, n -= (size_t)wrote;
	}
	return true;
}

/* Until its end, or until the user says that it is enough. */
static bool copy_input(int to, const volatile bool *stop)
{
	static char chunk[CHUNK];
	uint64_t total = 0;

	while (!*stop) {
		ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);

		if (got == 0)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			complain("standard input", "%m");
			return false;
		}
		total += (uint64_t)got;
		if (total > MOST_SPOOLED) {
			complain("standard input", "is longer than 1 GiB, too long to be kept for a second reading: save it to a file first");
			return false;
		}
		if (!put(to, chunk, (size_t)got)) {
			complain("standard input", "cannot be kept for a second reading: %m");
			return false;
		}
	}
	return true;
}

/* Afterwards fd 0 is a file without a name. */
static bool spool(struct options *o)
{
	struct stat s;
	int fd;

	if (strcmp(o->files[0], "-") || (!fstat(STDIN_FILENO, &s) && S_ISREG(s.st_mode)))
		return true;
	fd = unnamed_file();
	if (fd < 0) {
		complain("standard input", "cannot be kept for a second reading: %m (TMPDIR)");
		return false;
	}
	if (!copy_input(fd, o->run.stop) || lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, STDIN_FILENO) < 0) {
		close(fd);
		return false;
	}
	close(fd);
	o->run.stop = NULL; /* that the input has ended is known */
	return true;
}

/* --- sources -------------------------------------------------------------------------------- */

static char *hash_of(const char *path)
{
	static uint8_t chunk[CHUNK];
	struct digesting *d = digesting_new(DIGEST_SHA256);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t made[DIGEST_MAX];
	struct text t;
	ssize_t got = -1;

	while (fd >= 0 && ((got = read(fd, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR)))
		if (got > 0)
			digesting_add(d, (struct bytes){ chunk, (size_t)got });
	if (fd >= 0)
		close(fd);
	text_init(&t);
	if (digesting_end(d, made) == HASH_LEN && got == 0)
		text_add_hex(&t, (struct bytes){ made, HASH_LEN });
	return text_take(&t);
}

static bool is_readable(const json_t *capture)
{
	json_t *note;
	size_t i;

	json_array_foreach(json_object_get(capture, "notes"), i, note)
		if (json_is_string(note) && !strcmp(json_string_value(note), "unreadable"))
			return false;
	return true;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The files of all models, each a source; paths are lent from the models. */
static struct evidence_source *sources_of(const json_t *models, const json_t *shown, size_t *ret_n)
{
	struct evidence_source *list = NULL;
	size_t n = 0, room = 0, i, k;
	json_t *model, *c;

	json_array_foreach(models, i, model)
		json_array_foreach(json_object_get(model, "captures"), k, c)
		{
			const json_t *told = json_array_get(shown, i);
			const char *file = json_string_value(json_object_get(c, "file"));
			const char *name = json_string_value(json_object_get(
				json_array_get(json_object_get(told, "captures"), k), "file"));
			struct evidence_source *s;

			if (!file || !is_readable(c))
				continue;
			s = MEM_PUSH(list, n, room);
			*s = (struct evidence_source){ .path = strcmp(file, "-") ? file : standard_input,
						       .name = name && strcmp(name, "-") ? base_of(name) : NULL,
						       .model = model, .told = told, .capture = (unsigned)k };
			s->sha256 = hash_of(s->path);
		}
	*ret_n = n;
	return list;
}

/* --- output --------------------------------------------------------------------------------- */

struct whole_file {
	const void *at;
	size_t len;
};

static bool put_file(void *ctx, FILE *f)
{
	const struct whole_file *w = ctx;

	return fwrite(w->at, 1, w->len, f) == w->len;
}

static bool sink(void *ctx, const void *at, size_t len)
{
	const struct options *o = ctx;
	struct whole_file w = { at, len };

	if (o->output)
		return write_whole(o->output, 0, put_file, &w);
	return put_file(&w, stdout);
}

static enum exit_code write_evidence(const struct options *o, const json_t *models, const json_t *shown)
{
	struct evidence_order order = { .version = IKESCOPE_VERSION, .pcap = o->pcap || o->format == FORMAT_PCAP,
					.with_secrets = o->with_secrets, .pseudonyms = o->pseudonyms };
	struct evidence_source *sources = sources_of(models, shown, &order.sources_len);
	struct evidence_result result = { 0 };
	struct evidence_trouble trouble = { 0 };
	enum exit_code code;
	bool fine;

	order.sources = sources;
	fine = worker_evidence(&order, sink, (void *)(uintptr_t)o, &result, &trouble);
	if (!fine && trouble.source < order.sources_len)
		complain(strcmp(sources[trouble.source].path, standard_input) ? sources[trouble.source].path
									       : "standard input",
			 "%s", trouble.text);
	if (fine && result.left_out)
		complain(o->output ? o->output : "standard output", "%llu more frames would belong there: too many",
			 (unsigned long long)result.left_out);
	for (size_t i = 0; i < order.sources_len; i++)
		mem_free((void *)(uintptr_t)sources[i].sha256);
	code = fine ? worst(models, code_of) : trouble.source < order.sources_len ? EXIT_PARTLY : EXIT_INTERNAL;
	mem_free(sources);
	return code;
}

/* --- the command ---------------------------------------------------------------------------- */

static bool fits(const struct options *o)
{
	if (o->format_given && o->format != FORMAT_PCAPNG && o->format != FORMAT_PCAP) {
		complain(o->output ? o->output : "-f", "evidence is a capture file: pcapng or pcap");
		return false;
	}
	if (!o->output && isatty(STDOUT_FILENO)) {
		complain("-o", "a capture file is not for the terminal: name a file");
		return false;
	}
	return true;
}

int evidence(int argc, char **argv)
{
	struct run_trouble trouble = { 0 };
	struct options o;
	struct judge *j = NULL;
	json_t *models = NULL, *shown = NULL;
	enum exit_code code = EXIT_USAGE;

	if (prepare(&o, "evidence", argc, argv) && fits(&o) && (j = load_rules(&o))) {
		code = EXIT_PARTLY;
		if (spool(&o)) {
			models = run_models(o.files, o.files_len, j, &o.run, worker_group, &trouble);
			end_progress();
			code = trouble.usage ? EXIT_USAGE : EXIT_PARTLY;
		}
		if (models) {
			shown = redacted(&o, models);
			code = write_evidence(&o, models, shown);
			if (code != EXIT_INTERNAL && !redaction_end(&o))
				code = EXIT_INTERNAL;
			tell_shortfalls(models);
		}
		if (trouble.file && !trouble.usage && code != EXIT_INTERNAL)
			code = EXIT_PARTLY;
	}
	json_decref(shown);
	json_decref(models);
	judge_free(j);
	options_clear(&o);
	return (int)code;
}
