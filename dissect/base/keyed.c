#include "dissect/base/keyed.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#include "dissect/base/digest.h"

enum { HMAC_BLOCK = 64 };

static EVP_CIPHER_CTX *aes; /* one per process, like the digests */
static uint8_t scheduled[BLOCK_LEN];
static bool has_key;

bool keyed_works(void)
{
	static EVP_CIPHER *fetched;
	uint8_t made[DIGEST_MAX], block[BLOCK_LEN] = { 0 };

	if (digest_of(DIGEST_SHA256, &(struct bytes){ block, 1 }, 1, made) != KEYED_LEN)
		return false;
	if (!fetched)
		fetched = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	if (!aes)
		aes = EVP_CIPHER_CTX_new();
	has_key = false;
	if (!fetched || !aes || !EVP_EncryptInit_ex2(aes, fetched, block, NULL, NULL))
		return false;
	EVP_CIPHER_CTX_set_padding(aes, 0);
	keyed_block(block, block, block);
	return true;
}

void keyed_block(const uint8_t key[BLOCK_LEN], const uint8_t from[BLOCK_LEN], uint8_t ret[BLOCK_LEN])
{
	int len = 0, done;

	if (!has_key || memcmp(key, scheduled, BLOCK_LEN)) {
		memcpy(scheduled, key, BLOCK_LEN);
		has_key = EVP_EncryptInit_ex2(aes, NULL, key, NULL, NULL);
	}
	done = has_key && EVP_EncryptUpdate(aes, ret, &len, from, BLOCK_LEN);
	assert(done && len == BLOCK_LEN); /* keyed_works() was asked */
	(void)done;
}

void keyed_digest(struct bytes key, const struct bytes *parts, size_t n, uint8_t ret[KEYED_LEN])
{
	uint8_t pad[HMAC_BLOCK] = { 0 }, made[DIGEST_MAX];
	struct bytes all[1 + KEYED_PARTS] = { { pad, sizeof pad } };
	size_t len;

	assert(n <= KEYED_PARTS && key.len <= sizeof pad);
	memcpy(pad, key.at, key.len);
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36;
	memcpy(all + 1, parts, n * sizeof *parts);
	len = digest_of(DIGEST_SHA256, all, n + 1, made);
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	all[1] = (struct bytes){ made, len };
	len = digest_of(DIGEST_SHA256, all, 2, made);
	assert(len == KEYED_LEN);
	memcpy(ret, made, KEYED_LEN);
}

void keyed_stream(struct bytes key, struct bytes seed, uint8_t *to, size_t len)
{
	uint8_t part[KEYED_LEN];

	for (uint32_t i = 0; len; i++) {
		uint8_t counter[4] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
		size_t n = len < sizeof part ? len : sizeof part;

		keyed_digest(key, (struct bytes[]){ { counter, sizeof counter }, seed }, 2, part);
		memcpy(to, part, n);
		to += n;
		len -= n;
	}
}

bool chance(uint8_t *to, size_t len)
{
	while (len) {
		ssize_t got = getrandom(to, len, 0);

		if (got <= 0)
			return false;
		to += got;
		len -= (size_t)got;
	}
	return true;
}
