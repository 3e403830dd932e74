/*
 * base/language.h - the language that is spoken.
 *
 * A sentence stands where it is said, in English, and is its own key (gettext's
 * msgid). A catalogue holds the same sentences in another language: the bytes
 * of a .mo file as GNU gettext's msgfmt writes it. No locale has to be installed.
 * One at a time: who writes for another reader changes it, and changes it back.
 */
#ifndef DISSECT_BASE_LANGUAGE_H
#define DISSECT_BASE_LANGUAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/bytes.h"

/* Borrows the bytes of a .mo file. */
struct catalog {
	struct bytes file;
	uint32_t count, keys, sentences; /* how many; where their tables begin */
	bool swapped;                    /* numbers in the other byte order */
};

/* False, and *ret untouched, unless all of the file can be read and its keys are sorted. */
bool catalog_open(struct bytes file, struct catalog *ret);
/* The sentence in the catalogue's language, lent; NULL when it has none. */
const char *catalog_find(const struct catalog *c, const char *english);

/* Copies *c; NULL, or an empty one: English. Gives back what was in use. */
struct catalog language_use(const struct catalog *c);
struct catalog language_in_use(void);
/* The sentence in the language in use, else as it is. */
const char *translated(const char *english) __attribute__((format_arg(1)));
/* Of a sentence about a number: the form for n (gettext's plurals); in English `one` for 1, else `many`. */
const char *translated_count(const char *one, const char *many, uint64_t n);

/* What a Plural-Forms header says of n, such as "nplurals=2; plural=n != 1;": 0 where it says nothing sensible. */
unsigned plural_form(const char *header, uint64_t n);

#endif
