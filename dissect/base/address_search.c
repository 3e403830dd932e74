#include "dissect/base/address_search.h"

#include <stddef.h>

/* FIPS 180-4: one block of 16 words holds 22 octets, the mark and their length in bits. */
enum { LANES = 4, WORDS = 16, ROUNDS = 80, ADDRESS_WORD = 4, PORT_WORD = 5, LENGTH_WORD = 15, BITS = 22 * 8, MARK = 0x8000 };

typedef uint32_t lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

static const uint32_t start[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };

static uint32_t word_at(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline lanes every(uint32_t x)
{
	return (lanes){ x, x, x, x };
}

static inline lanes left(lanes x, int n)
{
	return x << n | x >> (32 - n);
}

static inline lanes schedule(lanes w[WORDS], int i)
{
	lanes x = w[(i - 3) % WORDS] ^ w[(i - 8) % WORDS] ^ w[(i - 14) % WORDS] ^ w[i % WORDS];

	return w[i % WORDS] = left(x, 1);
}

#define ROUND(mix, constant, word)                                  \
	do {                                                        \
		lanes t = left(a, 5) + (mix) + e + (word) + every(constant); \
		e = d;                                              \
		d = c;                                              \
		c = left(b, 30);                                    \
		b = a;                                              \
		a = t;                                              \
	} while (0)

static void compress(const uint32_t block[WORDS], lanes address, lanes ret[5])
{
	lanes a = every(start[0]), b = every(start[1]), c = every(start[2]), d = every(start[3]), e = every(start[4]);
	lanes w[WORDS];

	for (int i = 0; i < WORDS; i++)
		w[i] = every(block[i]);
	w[ADDRESS_WORD] = address;
	for (int i = 0; i < WORDS; i++)
		ROUND(d ^ (b & (c ^ d)), 0x5a827999, w[i]);
	for (int i = WORDS; i < 20; i++)
		ROUND(d ^ (b & (c ^ d)), 0x5a827999, schedule(w, i));
	for (int i = 20; i < 40; i++)
		ROUND(b ^ c ^ d, 0x6ed9eba1, schedule(w, i));
	for (int i = 40; i < 60; i++)
		ROUND((b & c) | (d & (b | c)), 0x8f1bbcdc, schedule(w, i));
	for (int i = 60; i < ROUNDS; i++)
		ROUND(b ^ c ^ d, 0xca62c1d6, schedule(w, i));
	ret[0] = a + every(start[0]);
	ret[1] = b + every(start[1]);
	ret[2] = c + every(start[2]);
	ret[3] = d + every(start[3]);
	ret[4] = e + every(start[4]);
}

static bool fits(const lanes made[5], int lane, const uint32_t wanted[5])
{
	for (int i = 0; i < 5; i++)
		if (made[i][lane] != wanted[i])
			return false;
	return true;
}

bool address_search(const struct address_riddle *r, uint32_t first, uint32_t count, uint32_t *ret)
{
	uint32_t block[WORDS] = { [PORT_WORD] = (uint32_t)r->port << 16 | MARK, [LENGTH_WORD] = BITS }, wanted[5];
	lanes made[5];

	for (size_t i = 0; i < 4; i++)
		block[i] = word_at(r->front + 4 * i);
	for (size_t i = 0; i < 5; i++)
		wanted[i] = word_at(r->digest + 4 * i);
	for (uint32_t n = 0; n < count; n += LANES) {
		uint32_t at = first + n;

		compress(block, (lanes){ at, at + 1, at + 2, at + 3 }, made);
		for (uint32_t lane = 0; lane < LANES && lane < count - n; lane++)
			if (made[0][lane] == wanted[0] && fits(made, (int)lane, wanted)) {
				*ret = at + lane;
				return true;
			}
	}
	return false;
}
