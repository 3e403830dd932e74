#include "dissect/net/checksum.h"

#include <string.h>

/* The carry comes back in at the other end. */
static uint64_t add_around(uint64_t a, uint64_t b)
{
	a += b;
	return a + (a < b);
}

static uint32_t fold(uint64_t sum)
{
	uint64_t half = (sum >> 32) + (sum & 0xffffffff);
	uint64_t quarter = (half >> 16) + (half & 0xffff); /* 18 bits at most */

	quarter = (quarter >> 16) + (quarter & 0xffff);
	return (uint32_t)((quarter >> 16) + (quarter & 0xffff));
}

/* RFC 1071 2: the sum does not mind the byte order (B), and may be made of wide words (C). */
uint64_t sum_add(uint64_t sum, struct bytes b)
{
	const uint8_t *at = b.at;
	uint64_t wide = 0, more = 0, word[2];
	size_t left = b.len;
	uint32_t four;

	for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
		memcpy(word, at, sizeof word);
		wide = add_around(wide, word[0]);
		more = add_around(more, word[1]);
	}
	for (; left >= sizeof four; left -= sizeof four, at += sizeof four) {
		memcpy(&four, at, sizeof four);
		wide = add_around(wide, four);
	}
	if (left) {
		four = 0;
		memcpy(&four, at, left);
		wide = add_around(wide, four);
	}
	wide = fold(add_around(wide, more));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	wide = __builtin_bswap16((uint16_t)wide);
#endif
	return sum + wide;
}

bool sum_is_good(uint64_t sum)
{
	return fold(sum) == 0xffff;
}
