#include "analyzer/report/words.h"

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

const char *word(enum word w)
{
	return translated(rows[w].text);
}

const char *word_named(const char *first, const char *second, const char *third)
{
	char token[96];

	snprintf(token, sizeof token, "%s%s%s%s%s", first, second ? "_" : "", second ? second : "",
		 third ? "_" : "", third ? third : "");
	for (size_t i = 0; i < WORDS; i++)
		if (!strcmp(rows[i].token, token))
			return translated(rows[i].text);
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
	while (*sentence) {
		size_t plain = strcspn(sentence, "{");
		const char *end = strchr(sentence + plain, '}');
		const char *value = NULL;

		text_add_bytes(t, sentence, plain);
		sentence += plain;
		if (!*sentence)
			return;
		if (end)
			value = value_of(sentence + 1, (size_t)(end - sentence) - 1, fills, n);
		if (value) {
			text_add(t, value);
			sentence = end + 1;
		} else {
			text_add_bytes(t, sentence++, 1);
		}
	}
}
