/*
 * The model as JSON text: indented, keys in the order of the model, and nothing
 * in it that a terminal would obey.
 */
#include "analyzer/report/report.h"

#include <string.h>

#include "dissect/base/text.h"

enum { INDENT = 1, DIGITS = 15 };

/* jansson escapes C0; DEL, C1 and characters that turn or hide text are escaped here. All lie below
 * U+FFFF and, in well-formed JSON, within strings. */
static size_t hidden(const unsigned char *s, size_t left, unsigned *ret_char)
{
	unsigned c;

	if (s[0] == 0x7f) {
		*ret_char = 0x7f;
		return 1;
	}
	if (s[0] == 0xc2 && left > 1 && s[1] < 0xa0) {
		*ret_char = s[1];
		return 2;
	}
	if (s[0] == 0xd8 && left > 1 && s[1] == 0x9c) {
		*ret_char = 0x61c;
		return 2;
	}
	if (left < 3 || (s[0] != 0xe2 && s[0] != 0xef))
		return 0;
	c = (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
	*ret_char = c;
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
			       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff
		       ? 3
		       : 0;
}

static int gather(const char *piece, size_t len, void *text)
{
	text_add_bytes(text, piece, len);
	return 0;
}

static bool write_safe(FILE *f, const struct text *t)
{
	const unsigned char *s = (const unsigned char *)t->at;
	size_t from = 0;
	bool fine = true;

	for (size_t i = 0; i < t->len;) {
		unsigned c = 0;
		size_t n = s[i] < 0x7f ? 0 : hidden(s + i, t->len - i, &c);

		if (n) {
			fine &= fwrite(s + from, 1, i - from, f) == i - from;
			fine &= fprintf(f, "\\u%04x", c) > 0;
			from = i + n;
		}
		i += n ? n : 1;
	}
	fine &= fwrite(s + from, 1, t->len - from, f) == t->len - from;
	return fine && fputc('\n', f) != EOF;
}

bool report_json(FILE *f, const json_t *model)
{
	struct text t;
	bool fine;

	text_init(&t);
	fine = json_dump_callback(model, gather, &t,
				  JSON_INDENT(INDENT) | JSON_REAL_PRECISION(DIGITS)) == 0 &&
	       write_safe(f, &t);
	text_clear(&t);
	return fine;
}
