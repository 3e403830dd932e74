/*
 * --redact, --redact-key, --redact-map: the key and the list of what was replaced
 * stay on this machine, in files that only their owner can read.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/cli/cli.h"
#include "analyzer/evidence/pseudonym.h"
#include "dissect/base/keyed.h"
#include "dissect/base/text.h"

enum { KEY_HEX = 2 * PSEUDONYM_KEY_LEN };

static bool parse_key(const char *hex, uint8_t key[PSEUDONYM_KEY_LEN])
{
	if (strspn(hex, "0123456789abcdefABCDEF") != KEY_HEX || strspn(hex + KEY_HEX, " \r\n") != strlen(hex + KEY_HEX))
		return false;
	for (size_t i = 0; i < PSEUDONYM_KEY_LEN; i++)
		key[i] = (uint8_t)strtoul((char[]){ hex[2 * i], hex[2 * i + 1], 0 }, NULL, 16);
	return true;
}

static bool make_key(const char *path, int fd, uint8_t key[PSEUDONYM_KEY_LEN])
{
	struct text t;
	bool fine;

	if (!chance(key, PSEUDONYM_KEY_LEN)) {
		complain(path, "no random numbers to make a key of: %m");
		close(fd);
		unlink(path);
		return false;
	}
	text_init(&t);
	text_add_hex(&t, (struct bytes){ key, PSEUDONYM_KEY_LEN });
	text_add(&t, "\n");
	fine = write(fd, t.at, t.len) == (ssize_t)t.len && !fsync(fd);
	fine = !close(fd) && fine;
	if (!fine) {
		complain(path, "the key cannot be written: %m");
		unlink(path);
	}
	text_clear(&t);
	return fine;
}

static bool read_key(const char *path, uint8_t key[PSEUDONYM_KEY_LEN])
{
	char hex[KEY_HEX + 16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat s;
	ssize_t n;

	if (fd < 0) {
		complain(path, "the key cannot be read: %m");
		return false;
	}
	n = read(fd, hex, sizeof hex - 1);
	if (!fstat(fd, &s) && s.st_mode & (S_IRWXG | S_IRWXO))
		complain(path, "others may read this key: chmod 600");
	close(fd);
	if (n > 0 && parse_key(hex, key))
		return true;
	complain(path, "is no key: 64 hexadecimal digits, as --redact-key makes them where there is no such file");
	return false;
}

static bool find_key(const char *path, uint8_t key[PSEUDONYM_KEY_LEN])
{
	int fd;

	if (!path) {
		if (chance(key, PSEUDONYM_KEY_LEN))
			return true;
		complain("--redact", "no random numbers to make a key of: %m");
		return false;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd >= 0)
		return make_key(path, fd, key);
	if (errno == EEXIST)
		return read_key(path, key);
	complain(path, "the key cannot be made: %m");
	return false;
}

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

bool redaction_start(struct options *o)
{
	uint8_t key[PSEUDONYM_KEY_LEN];

	if (!o->redact)
		return true;
	if (same(o->redact_map, o->redact_key) || same(o->redact_map, o->output) || same(o->redact_key, o->output)) {
		complain("--redact", "key, map and output need names of their own");
		return false;
	}
	if (!find_key(o->redact_key, key))
		return false;
	o->pseudonyms = pseudonyms_new(key);
	memset(key, 0, sizeof key);
	if (!o->pseudonyms)
		complain("--redact", "this OpenSSL has no AES or no SHA-256 for it");
	return o->pseudonyms;
}

json_t *redacted(const struct options *o, json_t *models)
{
	json_t *made, *model;
	size_t i;

	if (!o->pseudonyms || !models)
		return json_incref(models);
	made = json_array();
	json_array_foreach(models, i, model) json_array_append_new(made, redact_model(o->pseudonyms, model));
	return made;
}

static bool put_map(void *ctx, FILE *f)
{
	return !json_dumpf(pseudonyms_map(ctx), f, JSON_INDENT(1) | JSON_SORT_KEYS) && putc('\n', f) != EOF;
}

bool redaction_end(const struct options *o)
{
	if (!o->pseudonyms || !o->redact_map)
		return true;
	return write_whole(o->redact_map, S_IRUSR | S_IWUSR, put_map, o->pseudonyms);
}
