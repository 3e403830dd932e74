#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "analyzer/cli/cli.h"
#include "dissect/base/language.h"
#include "dissect/base/text.h"

void complain(const char *about, const char *format, ...)
{
	struct text line, safe;
	char words[1024];
	va_list args;
	int error = errno; /* for %m */

	text_init(&line);
	text_init(&safe);
	if (about)
		text_addf(&line, "%s: ", about);
	va_start(args, format);
	errno = error;
	vsnprintf(words, sizeof words, translated(format), args);
	va_end(args);
	text_add(&line, words);
	text_add_wire(&safe, (struct bytes){ (const uint8_t *)line.at, line.len }); /* names may hold anything */
	fprintf(stderr, "ikescope: %s\n", safe.at);
	text_clear(&line);
	text_clear(&safe);
}
