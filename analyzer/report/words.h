/*
 * report/words.h - the fixed words of all views, from words.def.
 *
 * A sentence is one row of the table with {named} places; word_fill() puts
 * values in. No view glues a sentence together.
 */
#ifndef ANALYZER_REPORT_WORDS_H
#define ANALYZER_REPORT_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/base/text.h"

enum word {
#define WORD(token, text) W_##token,
#include "analyzer/report/words.def"
#undef WORD
	WORDS
};

struct fill {
	const char *name, *value; /* a place that nobody fills stays as it is written */
};

const char *word(enum word w);
/* The form for n of the phrase whose rows are W_x_one and, next, W_x_many. */
const char *word_counted(enum word one, uint64_t n);
const char *word_named_counted(const char *first, const char *second, uint64_t n); /* of first_second_one; NULL: none */
/* The row whose token is first_second_third (NULL: shorter); NULL when there is none. */
const char *word_named(const char *first, const char *second, const char *third);

void word_fill(struct text *t, const char *sentence, const struct fill *fills, size_t n);
#define WORD_FILL(t, sentence, ...) \
	word_fill(t, sentence, (const struct fill[]){ __VA_ARGS__ }, \
		  sizeof((const struct fill[]){ __VA_ARGS__ }) / sizeof(struct fill))

#endif
