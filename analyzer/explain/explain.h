/*
 * explain/explain.h - what is known about a word, a number, or pasted text.
 *
 * Looks in the registries of the wire, in the words of gateways and their logs,
 * in the diagnoses, and in the words of guides. Says nothing that no table
 * holds; a number alone is shown in every registry that has it. What is asked
 * may be hostile: it is shown with its control characters written out.
 */
#ifndef ANALYZER_EXPLAIN_EXPLAIN_H
#define ANALYZER_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/judge/judge.h"
#include "analyzer/report/page.h"

enum {
	EXPLAIN_WORD = 200,    /* octets of a word that are looked at */
	EXPLAIN_LINE = 2000,   /* of a pasted line */
	EXPLAIN_LINES = 20000, /* of pasted text */
	EXPLAIN_TOLD = 60,     /* things told of pasted text; each is told once */
};

/* False when nothing is known of it: then the words that come near were named. */
bool explain_knows(const struct judge *j, const char *word);
bool explain_word(struct page *p, const struct judge *j, const char *word);

/* Pasted output of a gateway, or log lines, line by line. */
struct pasted;
struct pasted *pasted_new(struct page *p, const struct judge *j);
void pasted_line(struct pasted *t, const char *line, size_t len); /* without its end; may hold any octets */
size_t pasted_end(struct pasted *take);                           /* how much was recognised */

/*
 * How to make a good capture on a platform, with the two addresses in it (NULL: a word in their place).
 * False: there is none of that name.
 */
bool howto_tell(struct page *p, const char *platform, const char *local, const char *peer);
/* The platforms, each as the whole command. */
void howto_list(struct page *p, const char *local, const char *peer);

#endif
