#include "analyzer/evidence/pseudonym.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dissect/base/keyed.h"
#include "dissect/base/map.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { CACHED = 1 << 16, MOST_NOTED = 1 << 17, HASH_LEN = 20, ROUNDS = 8, MOST_WORD = 64 };

struct pseudonyms {
	uint8_t key[PSEUDONYM_KEY_LEN];
	uint8_t pad[BLOCK_LEN];        /* of Crypto-PAn */
	struct map *addrs, *hashes;
	json_t *noted;
	size_t noted_len;
};

struct pseudonyms *pseudonyms_new(const uint8_t key[PSEUDONYM_KEY_LEN])
{
	struct pseudonyms *p;

	if (!keyed_works())
		return NULL;
	p = mem_zero(sizeof *p);
	memcpy(p->key, key, sizeof p->key);
	keyed_block(key, key + BLOCK_LEN, p->pad);
	p->addrs = map_new(sizeof(struct addr), sizeof(struct addr), CACHED);
	p->hashes = map_new(HASH_LEN, HASH_LEN, CACHED);
	p->noted = json_object();
	return p;
}

void pseudonyms_free(struct pseudonyms *take)
{
	if (!take)
		return;
	map_free(take->addrs);
	map_free(take->hashes);
	json_decref(take->noted);
	mem_free(take);
}

/* A number that key, purpose and octets determine. */
static void prf(const struct pseudonyms *p, const char *purpose, struct bytes a, struct bytes b,
		uint8_t ret[KEYED_LEN])
{
	struct bytes parts[] = { { (const uint8_t *)purpose, strlen(purpose) + 1 }, a, b };

	keyed_digest((struct bytes){ p->key, sizeof p->key }, parts, 3, ret);
}

static void stream(const struct pseudonyms *p, const char *purpose, struct bytes seed, uint8_t *to, size_t len)
{
	uint8_t own[KEYED_LEN];

	prf(p, purpose, seed, (struct bytes){ NULL, 0 }, own);
	keyed_stream((struct bytes){ p->key, sizeof p->key }, (struct bytes){ own, sizeof own }, to, len);
}

/* --- what was replaced ---------------------------------------------------------------------- */

const json_t *pseudonyms_map(const struct pseudonyms *p)
{
	return p->noted;
}

static void note(struct pseudonyms *p, const char *kind, const char *original, const char *pseudonym)
{
	json_t *rows = json_object_get(p->noted, kind);

	if (!rows) {
		rows = json_object();
		json_object_set_new(p->noted, kind, rows);
	}
	if (p->noted_len >= MOST_NOTED || json_object_get(rows, original))
		return;
	p->noted_len += 1;
	json_object_set_new(rows, original, json_string(pseudonym));
}

void pseudonyms_map_add(struct pseudonyms *p, const json_t *map)
{
	const char *kind, *original;
	json_t *rows, *pseudonym;

	json_object_foreach((json_t *)(uintptr_t)map, kind, rows)
		json_object_foreach(rows, original, pseudonym)
			if (json_is_string(pseudonym))
				note(p, kind, original, json_string_value(pseudonym));
}

static void note_octets(struct pseudonyms *p, const char *kind, struct bytes from, struct bytes to)
{
	struct text a, b;

	text_init(&a);
	text_init(&b);
	text_add_hex(&a, from);
	text_add_hex(&b, to);
	note(p, kind, a.at, b.at);
	text_clear(&a);
	text_clear(&b);
}

/* --- addresses ------------------------------------------------------------------------------ */

static const struct block { /* of one kind; the first row that fits counts */
	uint8_t family, prefix[16];
	uint8_t bits, keep; /* how many bits are the prefix; how many stay */
} blocks[] = {
	{ 4, { 0 }, 8, 32 },                  /* RFC 1122 3.2.1.3 */
	{ 4, { 127 }, 8, 32 },
	{ 4, { 240 }, 4, 32 },
	{ 4, { 224, 0, 0 }, 24, 32 },         /* RFC 5771 4: groups of protocols */
	{ 4, { 224 }, 4, 4 },
	{ 4, { 10 }, 8, 8 },                  /* RFC 1918 */
	{ 4, { 172, 16 }, 12, 12 },
	{ 4, { 192, 168 }, 16, 16 },
	{ 4, { 100, 64 }, 10, 10 },           /* RFC 6598 */
	{ 4, { 169, 254 }, 16, 16 },          /* RFC 3927 */
	{ 4, { 0 }, 0, 0 },
	{ 6, { 0 }, 120, 128 },               /* unspecified, loopback */
	{ 6, { 0xff, 0x01 }, 112, 128 },
	{ 6, { 0xff, 0x02 }, 112, 128 },
	{ 6, { 0xff, 0x05 }, 112, 128 },
	{ 6, { 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff }, 104, 104 }, /* RFC 4291 2.7.1 */
	{ 6, { 0xff }, 8, 16 },
	{ 6, { 0xfe, 0x80 }, 10, 64 },
	{ 6, { 0xfc }, 7, 8 },                /* RFC 4193 */
	{ 6, { 0x20 }, 3, 3 },
	{ 6, { 0 }, 0, 3 },
};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return !memcmp(a, b, whole) && (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

static const struct block *block_of(const struct addr *a)
{
	const struct block *b = blocks;

	while (b < blocks + BLOCKS - 1 && (b->family != a->family || !same_bits(a->at, b->prefix, b->bits)))
		b += 1;
	return b;
}

/*
 * Crypto-PAn: bit i is turned as the bits before it say. Behind them stand a one and zeros, so that no two
 * prefixes are the same block; where the pad itself follows, as in Crypto-PAn 1.0, half of them are, and one
 * of 150 addresses of 192.168.0.0/16 stays what it is.
 */
static void turn(const struct pseudonyms *p, struct addr *a, unsigned from)
{
	unsigned bits = a->family == 4 ? 32 : 128;
	uint8_t old[16], block[BLOCK_LEN], made[BLOCK_LEN];

	memcpy(old, a->at, sizeof old);
	for (unsigned i = from; i < bits; i++) {
		uint8_t mask = (uint8_t)(0xff << (8 - i % 8));

		memset(block, 0, sizeof block);
		memcpy(block, old, i / 8);
		block[i / 8] = (uint8_t)((old[i / 8] & mask) | 0x80 >> i % 8);
		for (size_t k = 0; k < sizeof block; k++)
			block[k] ^= p->pad[k];
		keyed_block(p->key, block, made);
		a->at[i / 8] ^= (uint8_t)((made[a->family == 4] & 0x80) >> (i % 8));
	}
}

/* IPv4 inside of IPv6: RFC 4291 2.5.5.2, RFC 6052 2.1. */
static bool holds_ipv4(const struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff }, translated[12] = { 0x00, 0x64, 0xff, 0x9b };

	return a->family == 6 && (!memcmp(a->at, mapped, 12) || !memcmp(a->at, translated, 12));
}

static struct addr make_addr(struct pseudonyms *p, const struct addr *a)
{
	const struct block *kind = block_of(a);
	struct addr made = *a;

	if (holds_ipv4(a)) {
		struct addr inner = { .family = 4 };

		memcpy(inner.at, a->at + 12, 4);
		inner = pseudonym_addr(p, &inner);
		memcpy(made.at + 12, inner.at, 4);
		return made;
	}
	/* the turning is a permutation, so that this comes back to a block of the same kind */
	do
		turn(p, &made, kind->keep);
	while (block_of(&made) != kind);
	return made;
}

struct addr pseudonym_addr(struct pseudonyms *p, const struct addr *a)
{
	char from[ADDR_TEXT], to[ADDR_TEXT];
	struct addr *known, made;

	if (a->family != 4 && a->family != 6)
		return *a;
	known = map_find(p->addrs, a);
	if (known)
		return *known;
	made = make_addr(p, a);
	if (map_full(p->addrs))
		map_remove(p->addrs, map_key(p->addrs, map_oldest(p->addrs)));
	known = map_add(p->addrs, a);
	if (known)
		*known = made;
	note(p, "address", addr_text(a, from), addr_text(&made, to));
	return made;
}

/* IEEE 802: groups and nobody stay, others become locally administered. */
void pseudonym_mac(struct pseudonyms *p, uint8_t mac[6])
{
	static const uint8_t nobody[6];
	uint8_t made[KEYED_LEN];

	if (mac[0] & 1 || !memcmp(mac, nobody, 6))
		return;
	prf(p, "mac", (struct bytes){ mac, 6 }, (struct bytes){ NULL, 0 }, made);
	made[0] = (uint8_t)((made[0] & 0xfc) | 2);
	note_octets(p, "mac", (struct bytes){ mac, 6 }, (struct bytes){ made, 6 });
	memcpy(mac, made, 6);
}

/* --- SPIs ----------------------------------------------------------------------------------- */

uint64_t pseudonym_ike_spi(struct pseudonyms *p, uint64_t spi)
{
	uint8_t at[8], made[KEYED_LEN], again = 0;
	uint64_t to = 0;

	if (!spi)
		return 0;
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(spi >> (56 - 8 * i));
	do { /* four zero octets in front would be a marker: RFC 3948 2.2 */
		prf(p, "ike_spi", (struct bytes){ at, 8 }, (struct bytes){ &again, 1 }, made);
		again += 1;
	} while (!made[0] || !made[4]);
	for (int i = 0; i < 8; i++)
		to = to << 8 | made[i];
	note_octets(p, "ike_spi", (struct bytes){ at, 8 }, (struct bytes){ made, 8 });
	return to;
}

/* A permutation of 32 bits: four rounds of Luby and Rackoff. */
static uint32_t permute(const struct pseudonyms *p, uint32_t v)
{
	uint16_t left = (uint16_t)(v >> 16), right = (uint16_t)v;

	for (uint8_t round = 0; round < 4; round++) {
		uint8_t in[3] = { round, (uint8_t)(right >> 8), (uint8_t)right }, made[KEYED_LEN];
		uint16_t next;

		prf(p, "esp_spi", (struct bytes){ in, sizeof in }, (struct bytes){ NULL, 0 }, made);
		next = (uint16_t)(left ^ (made[0] << 8 | made[1]));
		left = right;
		right = next;
	}
	return (uint32_t)left << 16 | right;
}

uint32_t pseudonym_esp_spi(struct pseudonyms *p, uint32_t spi)
{
	char from[16], to[16];
	uint32_t made = spi;

	if (spi < 256)
		return spi;
	do
		made = permute(p, made);
	while (made < 256);
	snprintf(from, sizeof from, "0x%08x", spi);
	snprintf(to, sizeof to, "0x%08x", made);
	note(p, "esp_spi", from, to);
	return made;
}

/* --- words ---------------------------------------------------------------------------------- */

/* They say what a server is for, not whose it is. */
static const char *const common[] = { "crl", "ocsp", "pki", "cert", "certs" };

static bool is_word(uint8_t c)
{
	return isalnum(c) || c >= 0x80;
}

static unsigned size_of(uint8_t c)
{
	return isdigit(c) ? 10 : 26;
}

static uint8_t value_of(uint8_t c)
{
	return (uint8_t)(isdigit(c) ? c - '0' : c < 0x80 ? tolower(c) - 'a' : c % 26);
}

static uint8_t letter_of(uint8_t c, unsigned value)
{
	return (uint8_t)(isdigit(c) ? '0' + value : isupper(c) ? 'A' + value : 'a' + value);
}

/* One half is shifted as the other says: NIST SP 800-38G has the form. The shape of the word is part of the key. */
static void shift(const struct pseudonyms *p, uint8_t round, const uint8_t *shape, uint8_t *value, size_t len,
		  size_t from, size_t to)
{
	size_t other = from ? 0 : to;
	uint8_t head[3] = { round, (uint8_t)len, 0 }, in[2 * MOST_WORD], made[MOST_WORD];
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		in[n++] = isdigit(shape[i]) ? 10 : 26;
	for (size_t i = other; i < (from ? from : len); i++)
		in[n++] = value[i];
	prf(p, "word", (struct bytes){ head, sizeof head }, (struct bytes){ in, n }, in);
	keyed_stream((struct bytes){ p->key, sizeof p->key }, (struct bytes){ in, KEYED_LEN }, made, to - from);
	for (size_t i = from; i < to; i++)
		value[i] = (uint8_t)((value[i] + made[i - from]) % size_of(shape[i]));
}

static void replace_word(const struct pseudonyms *p, uint8_t *at, size_t len)
{
	uint8_t value[MOST_WORD];
	size_t half = len / 2;

	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (strlen(common[i]) == len && !strncasecmp(common[i], (char *)at, len))
			return;
	for (size_t i = 0; i < len; i++)
		value[i] = value_of(at[i]);
	for (uint8_t round = 0; round < ROUNDS; round++)
		shift(p, round, at, value, len, round % 2 ? 0 : half, round % 2 ? half : len);
	for (size_t i = 0; i < len; i++)
		at[i] = letter_of(at[i], value[i]);
}

/* Labels of distinguished names as OpenSSL and RFC 4514 write them. */
static bool is_label(const uint8_t *at, size_t len)
{
	static const char *const labels[] = { "C", "CN", "O", "OU", "L", "ST", "S", "SN", "GN", "DC", "UID", "E",
					      "T", "street", "title", "emailAddress", "serialNumber",
					      "unstructuredName", "unstructuredAddress", "postalCode",
					      "dnQualifier", "initials", "pseudonym", "name", "description" };

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strlen(labels[i]) == len && !memcmp(labels[i], at, len))
			return true;
	return false;
}

static bool is_scheme(const uint8_t *at, size_t len)
{
	return (len == 4 && (!memcmp(at, "http", 4) || !memcmp(at, "ldap", 4))) ||
	       (len == 5 && (!memcmp(at, "https", 5) || !memcmp(at, "ldaps", 5)));
}

static void replace_words(struct pseudonyms *p, uint8_t *at, size_t len, bool labels)
{
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		bool stays;

		while (i + n < len && n < MOST_WORD && is_word(at[i + n]))
			n += 1;
		if (!n) {
			i += 1;
			continue;
		}
		stays = labels && ((i + n < len && at[i + n] == '=' && is_label(at + i, n)) ||
				   (i + n + 3 <= len && !memcmp(at + i + n, "://", 3) && is_scheme(at + i, n)));
		if (!stays)
			replace_word(p, at + i, n);
		i += n;
	}
}

static void replace_and_note(struct pseudonyms *p, uint8_t *at, size_t len, bool labels)
{
	uint8_t *old = mem_copy(at, len);
	struct text from, to;

	replace_words(p, at, len, labels);
	text_init(&from);
	text_init(&to);
	text_add_wire(&from, (struct bytes){ old, len });
	text_add_wire(&to, (struct bytes){ at, len });
	note(p, "name", from.at, to.at);
	text_clear(&from);
	text_clear(&to);
	mem_free(old);
}

void pseudonym_words(struct pseudonyms *p, uint8_t *at, size_t len)
{
	if (len)
		replace_and_note(p, at, len, false);
}

void pseudonym_name(struct pseudonyms *p, uint8_t *at, size_t len)
{
	if (len)
		replace_and_note(p, at, len, true);
}

/* --- octets --------------------------------------------------------------------------------- */

void pseudonym_opaque(struct pseudonyms *p, uint8_t *at, size_t len)
{
	stream(p, "opaque", (struct bytes){ at, len }, at, len);
}

void pseudonym_stream(struct pseudonyms *p, struct bytes seed, uint8_t *to, size_t len)
{
	stream(p, "stream", seed, to, len);
}

void pseudonym_set_hash(struct pseudonyms *p, const uint8_t from[20], const uint8_t to[20])
{
	uint8_t *known = map_add(p->hashes, from);

	if (known)
		memcpy(known, to, HASH_LEN);
}

void pseudonym_hash(struct pseudonyms *p, uint8_t *at, size_t len)
{
	const uint8_t *known = len == HASH_LEN ? map_find(p->hashes, at) : NULL;
	uint8_t old[HASH_LEN];

	if (len == HASH_LEN)
		memcpy(old, at, HASH_LEN);
	if (known)
		memcpy(at, known, HASH_LEN);
	else
		stream(p, "hash", (struct bytes){ at, len }, at, len);
	if (len == HASH_LEN)
		note_octets(p, "hash", (struct bytes){ old, len }, (struct bytes){ at, len });
}
