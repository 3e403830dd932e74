/*
 * How to make a good capture: commands per platform, with the addresses in them.
 */
#include "analyzer/explain/parts.h"

#include <stdio.h>
#include <string.h>

static const struct platform {
	const char *token, *words, *title;
} platforms[] = {
#define PLATFORM(token, words, title) { #token, words, title },
#define COMMAND(token, part, text)
#define NOTE(token, part, sentence)
#include "analyzer/explain/howto.def"
#undef PLATFORM
#undef COMMAND
#undef NOTE
};

static const struct row {
	const char *token, *part, *text;
	bool command;
} rows[] = {
#define PLATFORM(token, words, title)
#define COMMAND(token, part, text) { #token, #part, text, true },
#define NOTE(token, part, sentence) { #token, #part, sentence, false },
#include "analyzer/explain/howto.def"
#undef PLATFORM
#undef COMMAND
#undef NOTE
};
enum { PLATFORMS = sizeof platforms / sizeof *platforms, ROWS = sizeof rows / sizeof *rows };

static bool is_called(const struct platform *f, const char *asked)
{
	char key[EXPLAIN_WORD + 1], own[EXPLAIN_WORD + 1];
	const char *at = f->words;

	plain(asked, strnlen(asked, EXPLAIN_WORD), key);
	while (*at) {
		size_t len = strcspn(at, "|");

		plain(at, len, own);
		if (!strcmp(own, key))
			return true;
		at += len + (at[len] == '|');
	}
	return false;
}

/* A command stays on one line, however long: it is to be copied. */
static void command(struct page *p, const char *text)
{
	struct text line;

	text_init(&line);
	text_add(&line, "    ");
	page_safe(p, &line, text);
	page_line(p, line.at);
	text_clear(&line);
}

static void tell_rows(struct page *p, const struct platform *f, const char *local, const char *peer)
{
	const char *part = "";
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < ROWS; i++) {
		const char *heading = word_named("howto", rows[i].part, NULL);

		if (strcmp(rows[i].token, f->token))
			continue;
		if (strcmp(part, rows[i].part) && heading) {
			page_gap(p);
			page_paragraph(p, "", BOLD, heading);
		}
		part = rows[i].part;
		text_empty(&t);
		WORD_FILL(&t, rows[i].command ? rows[i].text : translated(rows[i].text), { "local", local },
			  { "peer", peer });
		if (rows[i].command)
			command(p, t.at);
		else
			page_paragraph(p, "  ", PLAIN, t.at);
	}
	text_clear(&t);
}

bool howto_tell(struct page *p, const char *asked, const char *local, const char *peer)
{
	const struct platform *f = platforms;

	while (f < platforms + PLATFORMS && !is_called(f, asked))
		f++;
	if (f == platforms + PLATFORMS)
		return false;
	page_paragraph(p, "", BOLD, translated(f->title));
	TELL(p, W_howto_always, { "", NULL });
	TELL(p, W_howto_clock, { "", NULL });
	if (!local || !peer)
		TELL(p, W_howto_addresses, { "", NULL });
	if ((local && strchr(local, ':')) || (peer && strchr(peer, ':')))
		TELL(p, W_howto_ipv6, { "", NULL });
	tell_rows(p, f, local ? local : word(W_howto_local), peer ? peer : word(W_howto_peer));
	page_gap(p);
	TELL(p, W_howto_then, { "", NULL });
	TELL(p, W_howto_releases, { "", NULL });
	return true;
}

void howto_list(struct page *p, const char *local, const char *peer)
{
	struct text with, name;

	text_init(&with);
	text_init(&name);
	if (local)
		text_addf(&with, " --local %s", local);
	if (peer)
		text_addf(&with, " --peer %s", peer);
	page_paragraph(p, "", BOLD, word(W_howto_platforms));
	for (size_t i = 0; i < PLATFORMS; i++) {
		text_empty(&name);
		text_addf(&name, "  ikescope howto %.*s%s", (int)strcspn(platforms[i].words, "|"),
			  platforms[i].words, with.at);
		fill_cells(&name, " ", 28 + with.len);
		page_paragraph(p, name.at, PLAIN, translated(platforms[i].title));
	}
	text_clear(&with);
	text_clear(&name);
}
