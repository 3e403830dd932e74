/*
 * base/digest.h - digests by OpenSSL, named by what they are.
 *
 * digest_of joins up to DIGEST_PARTS pieces. Returns the length written to
 * ret (at most DIGEST_MAX), or 0 when this build of OpenSSL refuses the
 * algorithm (MD5 under FIPS, say): then nothing may be concluded.
 */
#ifndef DISSECT_BASE_DIGEST_H
#define DISSECT_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
enum { DIGEST_MAX = 64 };

size_t digest_of(enum digest kind, const struct bytes *parts, size_t n, uint8_t ret[DIGEST_MAX]);

/* The same of octets that come piece by piece; 0 at the end when the algorithm is refused. */
struct digesting;
struct digesting *digesting_new(enum digest kind);
void digesting_add(struct digesting *d, struct bytes b);
size_t digesting_end(struct digesting *take, uint8_t ret[DIGEST_MAX]);

/* A fast fingerprint of bytes for comparing within one run: keyed, not for storage. */
uint64_t digest_quick(struct bytes b);

#endif
