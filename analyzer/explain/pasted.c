/*
 * Pasted output of gateways and log lines: known states, phrases and names in each line.
 */
#include "analyzer/explain/parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "dissect/base/mem.h"

enum { WIRE_FROM = 8, SHORT_CODE = 4, NEARBY = 48 };

struct pasted {
	struct page *page;
	const struct judge *judge;
	size_t lines, told;
	bool cut;
	bool named; /* the line at hand was shown */
	char known[EXPLAIN_TOLD][EXPLAIN_WORD + 1];
};

struct pasted *pasted_new(struct page *p, const struct judge *j)
{
	struct pasted *t = mem_zero(sizeof *t);

	t->page = p;
	t->judge = j;
	return t;
}

static bool is_new(struct pasted *t, const char *what)
{
	for (size_t i = 0; i < t->told; i++)
		if (!strcasecmp(t->known[i], what))
			return false;
	if (t->told == EXPLAIN_TOLD) {
		t->cut = true;
		return false;
	}
	snprintf(t->known[t->told++], sizeof t->known[0], "%.*s", EXPLAIN_WORD, what);
	return true;
}

static void show_line(struct pasted *t, const char *line)
{
	char number[24];

	if (t->named)
		return;
	if (t->told > 1)
		page_gap(t->page);
	t->named = true;
	snprintf(number, sizeof number, "%zu", t->lines);
	while (*line == ' ' || *line == '\t')
		line++;
	TELL_AFTER(t->page, "", W_pasted_line, { "number", number }, { "line", line });
}

/* Case is of no account; "..." stands for anything. */
static const char *find_part(const char *line, const char *part, size_t len)
{
	for (; *line; line++)
		if (!strncasecmp(line, part, len))
			return line;
	return NULL;
}

static bool has_phrase(const char *line, const char *phrase)
{
	while (*phrase) {
		const char *dots = strstr(phrase, "...");
		size_t len = dots ? (size_t)(dots - phrase) : strlen(phrase), from = 0;

		while (from < len && phrase[from] == ' ')
			from++;
		while (len > from && dots && phrase[len - 1] == ' ')
			len--;
		line = find_part(line, phrase + from, len - from);
		if (!line)
			return false;
		line += len - from;
		phrase = dots ? dots + 3 : phrase + len;
	}
	return true;
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A number of few digits means a message only where the line says so shortly before: "error 809". */
static bool says_error(const char *line, const char *at)
{
	const char *from = at - line > NEARBY ? at - NEARBY : line;
	const char *word = find_part(from, "error", 5);

	return word && word < at;
}

static bool has_code(const char *line, const char *code)
{
	size_t len = strlen(code);

	for (const char *at = line; (at = strstr(at, code)); at += len)
		if ((at == line || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[len]) &&
		    (len > SHORT_CODE || says_error(line, at)))
			return true;
	return false;
}

static void tell_phrases(struct pasted *t, const char *line)
{
	const struct logged *l;

	for (size_t i = 0; (l = logged_row(i)); i++) {
		bool code = is_number(l->phrase);

		if (!(code ? has_code(line, l->phrase) : has_phrase(line, l->phrase)) || !is_new(t, l->phrase))
			continue;
		show_line(t, line);
		if (is_new(t, l->topic))
			tell_logged(t->page, t->judge, l);
		else
			TELL(t->page, W_pasted_same, { "where", l->where }, { "phrase", l->phrase });
	}
}

/* States and names are written in capitals; "connecting" in a sentence is a word like others. */
static bool has_small(const char *word)
{
	while (*word && !islower((unsigned char)*word))
		word++;
	return *word;
}

/* A name of the wire inside other text has to look like one: capitals and underscores, and not short. */
static bool looks_like_name(const char *word)
{
	return strpbrk(word, "_-") && strlen(word) >= WIRE_FROM && !has_small(word);
}

static void tell_token(struct pasted *t, const char *line, const char *token)
{
	const struct state *s;
	char key[EXPLAIN_WORD + 1];

	plain(token, strlen(token), key);
	for (size_t i = 0; (s = state_row(i)); i++) {
		if (!state_fits(s, key) || has_small(token))
			continue;
		if (is_new(t, token)) {
			show_line(t, line);
			page_paragraph(t->page, "  ", BOLD, token);
			tell_state(t->page, t->judge, s);
		}
		return;
	}
	if (!looks_like_name(token) || !tell_wire(NULL, key) || !is_new(t, token))
		return;
	show_line(t, line);
	tell_wire(t->page, key);
}

static void tell_tokens(struct pasted *t, const char *whole)
{
	const char *line = whole;

	while (*line) {
		const char *start;
		char token[EXPLAIN_WORD + 1];

		while (*line && !is_word_char(*line))
			line++;
		start = line;
		while (is_word_char(*line) || (*line == '-' && is_word_char(line[1])))
			line++;
		if (line == start || line - start > EXPLAIN_WORD)
			continue;
		snprintf(token, sizeof token, "%.*s", (int)(line - start), start);
		tell_token(t, whole, token);
	}
}

void pasted_line(struct pasted *t, const char *bytes, size_t len)
{
	char *line;

	if (++t->lines > EXPLAIN_LINES || len > EXPLAIN_LINE)
		t->cut = true;
	if (t->lines > EXPLAIN_LINES)
		return;
	len = len < EXPLAIN_LINE ? len : EXPLAIN_LINE;
	line = mem_zero(len + 1);
	for (size_t i = 0; i < len; i++)
		line[i] = bytes[i] ? bytes[i] : ' '; /* a text to search */
	t->named = false;
	tell_tokens(t, line);
	tell_phrases(t, line);
	mem_free(line);
}

size_t pasted_end(struct pasted *take)
{
	size_t told = take->told;
	char lines[24];

	snprintf(lines, sizeof lines, "%zu", take->lines);
	if (!told)
		TELL(take->page, W_pasted_nothing, { "lines", lines });
	if (take->cut)
		TELL(take->page, W_pasted_cut, { "lines", lines });
	if (told)
		page_gap(take->page);
	if (told)
		TELL(take->page, W_pasted_next, { "", NULL });
	mem_free(take);
	return told;
}
