/*
 * ikescope explain WORD... | -: what a word means, or what pasted text says.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/cli/cli.h"
#include "analyzer/explain/explain.h"

enum { WIDTH = 80 };

/* Of a line that is too long the rest is read and forgotten; false at the end. */
static bool read_line(FILE *f, char line[EXPLAIN_LINE + 1], size_t *ret_len)
{
	size_t len = 0;
	int c;

	while ((c = getc(f)) != EOF && c != '\n')
		if (len <= EXPLAIN_LINE)
			line[len++] = (char)c;
	if (c == EOF && !len)
		return false;
	len -= len && line[len - 1] == '\r';
	*ret_len = len;
	return true;
}

static bool explain_pasted(struct page *p, const struct judge *j)
{
	struct pasted *t = pasted_new(p, j);
	char line[EXPLAIN_LINE + 1];
	size_t len;

	while (read_line(stdin, line, &len))
		pasted_line(t, line, len);
	return pasted_end(t) > 0;
}

/* "unsupported transform" comes as two words: together first. */
static bool explain_words(struct page *p, const struct judge *j, char **words, int n)
{
	char joined[EXPLAIN_WORD + 1] = "";
	bool known = true;
	size_t len = 0;

	for (int i = 0; i < n && len < sizeof joined; i++)
		len += (size_t)snprintf(joined + len, sizeof joined - len, "%s%s", i ? " " : "", words[i]);
	if (n > 1 && explain_knows(j, joined))
		return explain_word(p, j, joined);
	for (int i = 0; i < n; i++) {
		if (i)
			page_gap(p);
		known = explain_word(p, j, words[i]) && known;
	}
	return known;
}

int explain(int argc, char **argv)
{
	struct page p = { .f = stdout, .columns = WIDTH, .utf8 = locale_is_utf8() };
	bool known;
	struct judge *j;
	struct options o;

	if (!options_parse(&o, argc, argv))
		return EXIT_USAGE;
	j = o.files_len ? load_rules(&o) : NULL;
	if (!j) {
		int code = o.files_len ? EXIT_USAGE : usage_of("explain");

		options_clear(&o);
		return code;
	}
	p.utf8 |= o.language_given;
	known = !strcmp(o.files[0], "-") ? explain_pasted(&p, j)
					 : explain_words(&p, j, (char **)(uintptr_t)o.files, (int)o.files_len);
	judge_free(j);
	options_clear(&o);
	return p.failed ? EXIT_INTERNAL : known ? EXIT_WELL : EXIT_NOTHING;
}
