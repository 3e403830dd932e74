#include "analyzer/report/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dissect/base/language.h"

static const struct row {
	const char *token, *text;
} rows[] = {
#define WORD(token, text) { #token, text },
#include "analyzer/report/words.def"
#undef WORD
};

static bool ends_in(const char *token, const char *end)
{
	size_t len = strlen(token), n = strlen(end);

	return len > n && !strcmp(token + len - n, end);
}

/* Row i and the one behind it are one phrase, for a count of one and for others: stem_one, stem_many. */
static bool has_plural(size_t i)
{
	size_t stem = i + 1 < WORDS && ends_in(rows[i].token, "_one") ? strlen(rows[i].token) - strlen("one") : 0;

	return stem && ends_in(rows[i + 1].token, "_many") && strlen(rows[i + 1].token) == stem + strlen("many") &&
	       !memcmp(rows[i].token, rows[i + 1].token, stem);
}

static const char *shown(size_t i)
{
	return i && has_plural(i - 1) ? translated_count(rows[i - 1].text, rows[i].text, 2) : translated(rows[i].text);
}

const char *word(enum word w)
{
	return shown(w);
}

const char *word_counted(enum word one, uint64_t n)
{
	return has_plural(one) ? translated_count(rows[one].text, rows[one + 1].text, n) : word(one);
}

const char *word_named(const char *first, const char *second, const char *third)
{
	char token[96];

	snprintf(token, sizeof token, "%s%s%s%s%s", first, second ? "_" : "", second ? second : "",
		 third ? "_" : "", third ? third : "");
	for (size_t i = 0; i < WORDS; i++)
		if (!strcmp(rows[i].token, token))
			return shown(i);
	return NULL;
}

const char *word_named_counted(const char *first, const char *second, uint64_t n)
{
	char token[96];

	snprintf(token, sizeof token, "%s%s%s_one", first, second ? "_" : "", second ? second : "");
	for (size_t i = 0; i < WORDS; i++)
		if (!strcmp(rows[i].token, token))
			return word_counted((enum word)i, n);
	return NULL;
}

static const char *value_of(const char *name, size_t len, const struct fill *fills, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(fills[i].name) == len && !memcmp(fills[i].name, name, len))
			return fills[i].value ? fills[i].value : "";
	return NULL;
}

void word_fill(struct text *t, const char *sentence, const struct fill *fills, size_t n)
{
	const size_t from = t->len;

	while (*sentence) {
		size_t plain = strcspn(sentence, "{");
		const char *end = strchr(sentence + plain, '}');
		const char *value = NULL;

		text_join(t, from, sentence, plain);
		sentence += plain;
		if (!*sentence)
			return;
		if (end)
			value = value_of(sentence + 1, (size_t)(end - sentence) - 1, fills, n);
		if (value) {
			text_join(t, from, value, strlen(value));
			sentence = end + 1;
		} else {
			text_add_bytes(t, sentence++, 1);
		}
	}
}
