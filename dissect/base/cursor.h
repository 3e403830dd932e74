/*
 * base/cursor.h - read packet bytes without ever leaving them.
 *
 * A cursor is a window on borrowed bytes. Reads are big-endian and advance.
 * The first read that does not fit leaves a fault; reads after it return zero,
 * so a parser reads a header in a straight line and asks cur_ok() once, before
 * any value read steers a loop, a length or an index.
 * Owns nothing, allocates nothing.
 */
#ifndef DISSECT_BASE_CURSOR_H
#define DISSECT_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"

enum fault {
	FAULT_NONE,
	FAULT_CUT,    /* the capture stopped here, the wire did not */
	FAULT_SHORT,  /* the sender's own length stops too early */
	FAULT_LENGTH, /* a length field that cannot be true */
};

struct cursor {
	const uint8_t *at, *end; /* at <= end, always */
	bool cut;                /* the snap length, not the sender, set end */
	enum fault fault;        /* the first fault stays */
};

static inline struct cursor cur_over(const uint8_t *at, size_t len, bool cut)
{
	static const uint8_t nothing[1];

	if (!at)
		at = nothing, len = 0;
	return (struct cursor){ .at = at, .end = at + len, .cut = cut, .fault = FAULT_NONE };
}

static inline bool cur_ok(const struct cursor *c)
{
	return c->fault == FAULT_NONE;
}

static inline size_t cur_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static inline bool cur_fail(struct cursor *c, enum fault fault)
{
	if (c->fault == FAULT_NONE)
		c->fault = fault;
	return false;
}

/* True when n more bytes can be read; else leaves the fault that says why not. */
static inline bool cur_has(struct cursor *c, size_t n)
{
	if (cur_ok(c) && n <= cur_left(c)) /* compare sizes, never at + n */
		return true;
	return cur_fail(c, c->cut ? FAULT_CUT : FAULT_SHORT);
}

static inline uint8_t cur_u8(struct cursor *c)
{
	if (!cur_has(c, 1))
		return 0;
	c->at += 1;
	return c->at[-1];
}

static inline uint16_t cur_u16(struct cursor *c)
{
	if (!cur_has(c, 2))
		return 0;
	c->at += 2;
	return (uint16_t)(c->at[-2] << 8 | c->at[-1]);
}

static inline uint32_t cur_u32(struct cursor *c)
{
	if (!cur_has(c, 4))
		return 0;
	c->at += 4;
	return (uint32_t)c->at[-4] << 24 | (uint32_t)c->at[-3] << 16 | (uint32_t)c->at[-2] << 8 |
	       c->at[-1];
}

static inline uint64_t cur_u64(struct cursor *c)
{
	uint64_t high = cur_u32(c);

	return high << 32 | cur_u32(c);
}

/* Steps over n bytes and lends them; empty on a fault. */
static inline struct bytes cur_bytes(struct cursor *c, size_t n)
{
	if (!cur_has(c, n))
		return (struct bytes){ c->at, 0 };
	c->at += n;
	return (struct bytes){ c->at - n, n };
}

static inline void cur_skip(struct cursor *c, size_t n)
{
	(void)cur_bytes(c, n);
}

/* Everything that is left; the cursor stands at its end afterwards. */
static inline struct bytes cur_rest(struct cursor *c)
{
	struct bytes rest = { c->at, cur_ok(c) ? cur_left(c) : 0 };

	c->at = c->end;
	return rest;
}

/*
 * A window of n bytes; c steps over it. When fewer are left, the child keeps
 * what there is: cut like its parent, so that it says FAULT_CUT where the
 * recording stopped and FAULT_SHORT where the sender lied, and c is at its end
 * with the same fault.
 */
static inline struct cursor cur_child(struct cursor *c, size_t n)
{
	size_t have = cur_ok(c) ? cur_left(c) : 0;
	struct cursor child = cur_over(c->at, have < n ? have : n, c->cut && have < n);

	if (have < n)
		cur_has(c, n), c->at = c->end;
	else
		c->at += n;
	return child;
}

#endif
