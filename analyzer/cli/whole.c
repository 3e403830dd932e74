/*
 * A file that is written whole or not at all: under another name beside it, then renamed.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/cli/cli.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A pipe or a device is no file that could be replaced. */
static bool is_stream(const char *path)
{
	struct stat s;

	return !stat(path, &s) && !S_ISREG(s.st_mode);
}

static bool write_stream(const char *path, bool (*put)(void *ctx, FILE *f), void *ctx)
{
	FILE *f = fopen(path, "wb");
	bool fine = f && put(ctx, f);

	if (f && fclose(f))
		fine = false;
	if (!fine)
		complain(path, "cannot be written: %m");
	return fine;
}

bool write_whole(const char *path, mode_t mode, bool (*put)(void *ctx, FILE *f), void *ctx)
{
	char link[PATH_MAX];
	const char *final = realpath(path, link); /* a link stays, what it points to is replaced */
	struct text name;
	bool fine = false;
	FILE *f = NULL;
	int fd;

	if (is_stream(path))
		return write_stream(path, put, ctx);
	text_init(&name);
	text_addf(&name, "%s.XXXXXX", final ? final : path);
	fd = mkstemp(name.at);
	if (fd >= 0 && (f = fdopen(fd, "wb"))) {
		fine = !fchmod(fd, mode ? mode : usual_mode()) && put(ctx, f) && !fflush(f) && !fsync(fd);
		fine = !fclose(f) && fine && !rename(name.at, final ? final : path);
	} else if (fd >= 0) {
		close(fd);
	}
	if (!fine) {
		complain(path, "cannot be written: %m");
		if (fd >= 0)
			unlink(name.at);
	}
	text_clear(&name);
	return fine;
}
