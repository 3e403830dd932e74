/*
 * --template: a page of the user's own making.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/cli/cli.h"
#include "dissect/base/language.h"
#include "dissect/base/mem.h"

enum { MOST = 1 << 20 };

static bool refuse(FILE *f, char *take_text, const char *path, const char *why)
{
	complain(path, "%s", translated(why));
	mem_free(take_text);
	fclose(f);
	return false;
}

bool template_load(struct options *o, const char *path)
{
	FILE *f = fopen(path, "rb");
	const char *slash = strrchr(path, '/');
	char *text;
	size_t len;

	if (!f) {
		complain(path, "%m");
		return false;
	}
	text = mem_zero(MOST + 1);
	len = fread(text, 1, MOST + 1, f);
	if (ferror(f))
		return refuse(f, text, path, strerror(errno));
	if (len > MOST)
		return refuse(f, text, path, "a template holds at most a megabyte");
	if (!len || memchr(text, 0, len))
		return refuse(f, text, path, "is no template: it is empty, or no text");
	fclose(f);
	mem_free(o->template_text);
	o->template_text = text;
	o->page.template_text = text;
	o->page.template_name = slash ? slash + 1 : path;
	o->page.template_len = len;
	return true;
}
