/*
 * base/keyed.h - what only the holder of a key can compute, by OpenSSL.
 *
 * HMAC-SHA-256 (RFC 2104) as a pseudo-random function, a stream made of it, one
 * AES-128 block, and octets of chance. A build of OpenSSL that refuses one of
 * them is told at keyed_works(), before anything rests on it; afterwards none
 * of these fails.
 */
#ifndef DISSECT_BASE_KEYED_H
#define DISSECT_BASE_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"

enum { KEYED_LEN = 32, BLOCK_LEN = 16, KEYED_PARTS = 6 };

/* Fetches what the others need: ask before a lock. */
bool keyed_works(void);

/* n up to KEYED_PARTS; parts are joined as they are. */
void keyed_digest(struct bytes key, const struct bytes *parts, size_t n, uint8_t ret[KEYED_LEN]);

/* len octets that seed and key determine; equal seeds, equal octets, the shorter a head of the longer. */
void keyed_stream(struct bytes key, struct bytes seed, uint8_t *to, size_t len);

/* AES-128 of one block: FIPS 197. The key is scheduled once for calls in a row with the same one. */
void keyed_block(const uint8_t key[BLOCK_LEN], const uint8_t from[BLOCK_LEN], uint8_t ret[BLOCK_LEN]);

/* From the kernel; false when it has none. */
bool chance(uint8_t *to, size_t len);

#endif
