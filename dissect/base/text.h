/*
 * base/text.h - text that grows.
 *
 * Always ends in a zero byte; `at` is never NULL after text_init. Owns its
 * heap: text_clear gives it back, text_take hands it to the caller.
 */
#ifndef DISSECT_BASE_TEXT_H
#define DISSECT_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "dissect/base/bytes.h"

struct text {
	char *at;
	size_t len, room;
};

void text_init(struct text *t);
void text_clear(struct text *t);
char *text_take(struct text *t);  /* free with mem_free; t is as after text_clear */

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t len);
/*
 * Appends a part of the sentence that begins at `from` in t: where two parts meet, no blank is left between two wide
 * characters, as Chinese is set, whatever a translator could know of the value.
 */
void text_join(struct text *t, size_t from, const char *s, size_t len);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_hex(struct text *t, struct bytes b);

/*
 * Bytes from the wire as safe UTF-8: valid UTF-8 stays, control characters,
 * DEL, C1, bidirectional overrides and broken sequences become \xNN.
 */
void text_add_wire(struct text *t, struct bytes b);

#endif
