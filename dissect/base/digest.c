#include "dissect/base/digest.h"

#include <openssl/evp.h>
#include <stdbool.h>

#include "dissect/base/map.h"
#include "dissect/base/mem.h"

static const char *const names[] = { "MD5", "SHA1", "SHA2-256", "SHA2-384", "SHA2-512" };

static const EVP_MD *algorithm(enum digest kind)
{
	static EVP_MD *fetched[sizeof names / sizeof *names];

	if (!fetched[kind])
		fetched[kind] = EVP_MD_fetch(NULL, names[kind], NULL);
	return fetched[kind];
}

size_t digest_of(enum digest kind, const struct bytes *parts, size_t n, uint8_t ret[DIGEST_MAX])
{
	static EVP_MD_CTX *ctx; /* one per process: packets come one at a time */
	const EVP_MD *md = algorithm(kind);
	unsigned len = 0;

	if (!ctx)
		ctx = EVP_MD_CTX_new();
	if (!md || !ctx || !EVP_DigestInit_ex2(ctx, md, NULL))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!EVP_DigestUpdate(ctx, parts[i].at, parts[i].len))
			return 0;
	return EVP_DigestFinal_ex(ctx, ret, &len) ? len : 0;
}

struct digesting {
	EVP_MD_CTX *ctx;
	bool failed;
};

struct digesting *digesting_new(enum digest kind)
{
	struct digesting *d = mem_zero(sizeof *d);
	const EVP_MD *md = algorithm(kind);

	d->ctx = EVP_MD_CTX_new();
	d->failed = !md || !d->ctx || !EVP_DigestInit_ex2(d->ctx, md, NULL);
	return d;
}

void digesting_add(struct digesting *d, struct bytes b)
{
	d->failed = d->failed || !EVP_DigestUpdate(d->ctx, b.at, b.len);
}

size_t digesting_end(struct digesting *take, uint8_t ret[DIGEST_MAX])
{
	unsigned len = 0;

	if (take->failed || !EVP_DigestFinal_ex(take->ctx, ret, &len))
		len = 0;
	EVP_MD_CTX_free(take->ctx);
	mem_free(take);
	return len;
}

uint64_t digest_quick(struct bytes b)
{
	return map_hash(b.at, b.len);
}
