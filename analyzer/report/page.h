/*
 * report/page.h - a page of a terminal: columns, wrapping, style, and escaping.
 *
 * Every string that is not a fixed word goes through page_safe(): control
 * characters, bidirectional overrides and, without UTF-8, all but ASCII come out
 * as \xNN. Widths are terminal columns; East Asian wide characters take two.
 */
#ifndef ANALYZER_REPORT_PAGE_H
#define ANALYZER_REPORT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "dissect/base/text.h"

enum style { PLAIN, BOLD, DIM, RED, CYAN, YELLOW };

struct page {
	FILE *f;
	struct text *to; /* where f is NULL: lines go there */
	unsigned columns;
	bool color, utf8, failed;
};

size_t cells(const char *s); /* of well-formed UTF-8; style codes take none */
size_t page_wide_run(const char *s); /* bytes at its beginning that are characters of two columns */
void page_safe(const struct page *p, struct text *t, const char *s);
void clip(struct text *t, size_t width); /* shortens plain text, ".." at its end */
void fill_cells(struct text *t, const char *with, size_t width); /* up to that many cells */

void text_empty(struct text *t);

/* Takes the next line of at most width cells off *at; false when nothing is left. */
bool wrap_next(const char **at, size_t width, struct text *line);

void styled(const struct page *p, struct text *t, enum style style, const char *safe);
void page_line(struct page *p,
	       const char *safe); /* may hold style codes; blanks at the end are cut */
void page_gap(struct page *p);    /* an empty line */
/* `lead` stands before the first line, the others are indented to its width; text is made safe. */
void page_paragraph(struct page *p, const char *lead, enum style style, const char *text);

#endif
