/*
 * Sizes of encrypted bodies by algorithm: RFC 7296 3.14, and the RFC of each.
 */
#include "dissect/ike/generic.h"

struct cipher {
	uint8_t block, iv;
	uint8_t tag; /* 0: the integrity algorithm has it */
};

static const struct cipher ciphers[] = {
	[2] = { 8, 8, 0 },    /* DES, RFC 2405 */
	[3] = { 8, 8, 0 },    /* 3DES and the five after it, RFC 2451 */
	[4] = { 8, 8, 0 },    /* RC5 */
	[5] = { 8, 8, 0 },    /* IDEA */
	[6] = { 8, 8, 0 },    /* CAST */
	[7] = { 8, 8, 0 },    /* Blowfish */
	[8] = { 8, 8, 0 },    /* 3IDEA */
	[12] = { 16, 16, 0 }, /* AES-CBC, RFC 3602 */
	[13] = { 1, 8, 0 },   /* AES-CTR, RFC 5930 */
	[14] = { 1, 8, 8 },   /* AES-CCM, RFC 5282 */
	[15] = { 1, 8, 12 },
	[16] = { 1, 8, 16 },
	[18] = { 1, 8, 8 },   /* AES-GCM, RFC 5282 */
	[19] = { 1, 8, 12 },
	[20] = { 1, 8, 16 },
	[23] = { 16, 16, 0 }, /* Camellia, RFC 5529 */
	[24] = { 1, 8, 0 },
	[25] = { 1, 8, 8 },
	[26] = { 1, 8, 12 },
	[27] = { 1, 8, 16 },
	[28] = { 1, 8, 16 },  /* ChaCha20-Poly1305, RFC 7634 */
	[32] = { 1, 8, 12 },  /* Kuznyechik, RFC 9227 */
	[33] = { 1, 8, 8 },   /* Magma, RFC 9227 */
};

static const uint8_t icvs[] = {
	[1] = 12,  [2] = 12,  [5] = 12,  [8] = 12, /* RFC 2403, 2404, 3566, 4494 */
	[6] = 16,  [7] = 20,			   /* RFC 4595 */
	[12] = 16, [13] = 24, [14] = 32,	   /* RFC 4868 */
};

static const uint8_t prfs[] = {
	[1] = 16, [2] = 20, [3] = 24, [4] = 16, [5] = 32, [6] = 48, [7] = 64, [8] = 16, [9] = 64,
};

static uint8_t octets(const uint8_t *table, size_t len, uint16_t number)
{
	return number < len ? table[number] : 0;
}

bool ike_sizes_of(const struct ike_suite *s, struct ike_sizes *ret)
{
	struct cipher cipher = { 0 };
	struct ike_sizes sizes;

	if (s->encr < sizeof ciphers / sizeof *ciphers)
		cipher = ciphers[s->encr];
	sizes.block = cipher.block;
	sizes.iv    = cipher.iv;
	sizes.icv   = cipher.tag ? cipher.tag : octets(icvs, sizeof icvs, s->integ);
	sizes.prf   = octets(prfs, sizeof prfs, s->prf);
	if (s->version == 1) /* RFC 2409 B: the IV is not sent, and HASH is a payload inside */
		sizes.iv = sizes.icv = 0;
	if (!sizes.block || !sizes.prf || (s->version != 1 && !sizes.icv))
		return false;
	*ret = sizes;
	return true;
}

/*
 * The last octet inside is the length of the padding before it, which nearly
 * all senders keep below one block.
 */
bool ike2_plain_range(const struct ike_sizes *s, size_t payload_len, bool skf, uint32_t *ret_min,
		      uint32_t *ret_max)
{
	enum { SKF_LEN = 4 };
	size_t around = GENERIC_LEN + (skf ? SKF_LEN : 0u) + s->iv + s->icv, cipher_len;

	if (payload_len > UINT16_MAX || payload_len < around + s->block)
		return false;
	cipher_len = payload_len - around;
	if (cipher_len % s->block)
		return false;
	*ret_min = (uint32_t)(cipher_len - s->block);
	*ret_max = (uint32_t)(cipher_len - 1);
	return true;
}
