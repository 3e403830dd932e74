#include "dissect/base/digest.h"

#include <openssl/evp.h>

#include "dissect/base/map.h"

static const char *const names[] = { "MD5", "SHA1", "SHA2-256", "SHA2-384", "SHA2-512" };

size_t digest_of(enum digest kind, const struct bytes *parts, size_t n, uint8_t ret[DIGEST_MAX])
{
	static EVP_MD *fetched[sizeof names / sizeof *names];
	static EVP_MD_CTX *ctx; /* one per process: packets come one at a time */
	unsigned len = 0;

	if (!fetched[kind])
		fetched[kind] = EVP_MD_fetch(NULL, names[kind], NULL);
	if (!ctx)
		ctx = EVP_MD_CTX_new();
	if (!fetched[kind] || !ctx || !EVP_DigestInit_ex2(ctx, fetched[kind], NULL))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!EVP_DigestUpdate(ctx, parts[i].at, parts[i].len))
			return 0;
	return EVP_DigestFinal_ex(ctx, ret, &len) ? len : 0;
}

uint64_t digest_quick(struct bytes b)
{
	return map_hash(b.at, b.len);
}
