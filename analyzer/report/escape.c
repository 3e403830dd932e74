/*
 * Text from anywhere as text of a format: nothing in it can become markup, a link or a formula.
 */
#include "analyzer/report/mustache.h"

#include <string.h>
#include <strings.h>

#include "dissect/base/mem.h"

static void add_html(struct text *t, const char *s)
{
	for (; *s; s++) {
		size_t plain = strcspn(s, "&<>\"'");

		text_add_bytes(t, s, plain);
		s += plain;
		switch (*s) {
		case '&': text_add(t, "&amp;"); break;
		case '<': text_add(t, "&lt;"); break;
		case '>': text_add(t, "&gt;"); break;
		case '"': text_add(t, "&quot;"); break;
		case '\'': text_add(t, "&#39;"); break;
		default: return;
		}
	}
}

/* What would begin a list or a rule if the value stood first in its line: "- x", "+ x", "1. x", "=====". */
static size_t begins_block(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	if (strchr("+-=:", *s) && *s)
		return 1;
	return digits && digits < 10 && (s[digits] == '.' || s[digits] == ')') && (s[digits + 1] == ' ' || !s[digits + 1])
		       ? digits + 1
		       : 0;
}

static void add_markdown_char(struct text *t, const char *s)
{
	char pair[3] = { '\\', *s, 0 };
	bool link = (*s == ':' && !strncmp(s, "://", 3)) ||
		    (*s == '.' && s[1] && t->len >= 3 && !strncasecmp(t->at + t->len - 3, "www", 3));

	if (*s == '\n' || *s == '\t' || *s == '\r')
		text_add(t, " ");
	else
		text_add(t, strchr("\\`*_[]<>|~#&$@", *s) || link ? pair : pair + 1);
}

/* CommonMark 2.4: a backslash before punctuation takes its meaning away; GFM adds links, mentions, tables. */
static void add_markdown(struct text *t, const char *s)
{
	size_t block = begins_block(s);

	if (block) {
		text_add_bytes(t, s, block - 1);
		text_add(t, "\\");
		text_add_bytes(t, s + block - 1, 1);
		s += block;
	}
	for (; *s; s++)
		add_markdown_char(t, s);
}

/* RFC 4180 2.7. A spreadsheet takes what begins so for a formula: ' in front makes it text. */
static void add_csv(struct text *t, const char *s)
{
	if (*s && strchr("=+-@\t\r\n", *s))
		text_add(t, "'");
	for (; *s; s++)
		text_add_bytes(t, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
}

/* Control characters and what turns the direction of text round are shown, not obeyed; lines stay lines. */
static char *visible(const char *s)
{
	struct text t;

	text_init(&t);
	while (*s) {
		size_t n = strcspn(s, "\n\t");

		text_add_wire(&t, (struct bytes){ (const uint8_t *)s, n });
		s += n;
		if (*s)
			text_add_bytes(&t, s++, 1);
	}
	return text_take(&t);
}

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\n' && *s != '\t') || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

void escape_add(struct text *t, enum escape escape, const char *value)
{
	char *made = is_plain(value) ? NULL : visible(value);
	const char *s = made ? made : value;

	switch (escape) {
	case ESCAPE_HTML: add_html(t, s); break;
	case ESCAPE_MARKDOWN: add_markdown(t, s); break;
	case ESCAPE_CSV: add_csv(t, s); break;
	case ESCAPE_NONE: text_add(t, s); break;
	}
	mem_free(made);
}
