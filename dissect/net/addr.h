/*
 * net/addr.h - an IP address of either family, comparable byte by byte.
 */
#ifndef DISSECT_NET_ADDR_H
#define DISSECT_NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dissect/base/bytes.h"

struct addr {
	uint8_t family; /* 4, 6, or 0 for none */
	uint8_t at[16]; /* IPv4 in the first four, the rest zero */
};

enum { ADDR_TEXT = 46 }; /* longest text with its zero byte */

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return !memcmp(a, b, sizeof *a);
}

static inline struct bytes addr_bytes(const struct addr *a)
{
	return (struct bytes){ a->at, a->family == 6 ? 16u : a->family == 4 ? 4u : 0u };
}

/* RFC 5952 text of an address; "?" for none. */
const char *addr_text(const struct addr *a, char ret[ADDR_TEXT]);

/* Reads a textual address, false when it is none. */
bool addr_parse(const char *text, struct addr *ret);

#endif
