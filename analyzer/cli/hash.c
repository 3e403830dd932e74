/*
 * SHA-256 of the captures as they lie there, made by a process of its own while they are read and judged.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/cli/cli.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { HASH_LEN = 32, CHUNK = 1 << 16 };

struct hashing {
	pid_t pid;
	int from; /* HASH_LEN octets for each file, zeros for what is no file */
};

/* A pipe can be read once only, and that is for the analysis. */
static bool hash_file(const char *path, uint8_t ret[DIGEST_MAX])
{
	static uint8_t chunk[CHUNK];
	struct digesting *d;
	struct stat s;
	ssize_t got;
	int fd;

	if (stat(path, &s) < 0 || !S_ISREG(s.st_mode) || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	d = digesting_new(DIGEST_SHA256);
	while ((got = read(fd, chunk, sizeof chunk)) > 0)
		digesting_add(d, (struct bytes){ chunk, (size_t)got });
	close(fd);
	return digesting_end(d, ret) == HASH_LEN && got == 0;
}

static void work(const struct options *o, int to)
{
	for (size_t i = 0; i < o->files_len; i++) {
		uint8_t made[DIGEST_MAX];

		if (!hash_file(o->files[i], made))
			memset(made, 0, sizeof made);
		if (write(to, made, HASH_LEN) != HASH_LEN)
			_exit(1);
	}
	_exit(0);
}

struct hashing *hash_start(const struct options *o)
{
	struct hashing *h;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		signal(SIGINT, SIG_DFL);
		work(o, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return NULL;
	}
	h = mem_zero(sizeof *h);
	*h = (struct hashing){ .pid = pid, .from = ends[0] };
	return h;
}

/* Of the file that a model calls so: names that are no UTF-8 stand there escaped. */
static void put_hash(json_t *models, const char *file, const uint8_t made[HASH_LEN])
{
	json_t *model, *capture;
	struct text name, hex;
	size_t i, k;

	text_init(&name);
	text_init(&hex);
	text_add_wire(&name, (struct bytes){ (const uint8_t *)file, strlen(file) });
	text_add_hex(&hex, (struct bytes){ made, HASH_LEN });
	json_array_foreach(models, i, model)
		json_array_foreach(json_object_get(model, "captures"), k, capture) {
			const char *told = json_string_value(json_object_get(capture, "file"));

			if (told && (!strcmp(told, file) || !strcmp(told, name.at)))
				json_object_set_new(capture, "sha256", json_string(hex.at));
		}
	text_clear(&name);
	text_clear(&hex);
}

static bool take_hash(int from, uint8_t ret[HASH_LEN])
{
	size_t len = 0;

	while (len < HASH_LEN) {
		ssize_t got = read(from, ret + len, HASH_LEN - len);

		if (got <= 0)
			return false;
		len += (size_t)got;
	}
	return true;
}

void hash_end(struct hashing *take, const struct options *o, json_t *models)
{
	static const uint8_t none[HASH_LEN];
	uint8_t made[HASH_LEN];

	if (!take)
		return;
	for (size_t i = 0; i < o->files_len && take_hash(take->from, made); i++)
		if (memcmp(made, none, HASH_LEN) != 0)
			put_hash(models, o->files[i], made);
	close(take->from);
	waitpid(take->pid, NULL, 0);
	mem_free(take);
}
