/*
 * base/language.h - the language in which this process speaks.
 *
 * A sentence stands where it is said, in English, and is its own key (gettext's
 * msgid). A catalogue holds the same sentences in another language: the bytes
 * of a .mo file as GNU gettext's msgfmt writes it. No locale has to be installed.
 * Chosen once, before anything is said and before workers are forked.
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

/* Copies *c; NULL: English. */
void language_use(const struct catalog *c);
/* The sentence in the language of this process, else as it is. */
const char *translated(const char *english);

#endif
