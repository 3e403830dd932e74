/*
 * support/ike_build.h - IKE messages for tests, payload by payload.
 *
 *	draft_start(&d, 0x20, spi_i, spi_r, 34, IKE2_INITIATOR, 0);
 *	draft_sa2(&d, &suite, 1);
 *	draft_notify2(&d, IKE2_N_COOKIE, cookie, sizeof cookie);
 *	... d.at, d.len
 *
 * What would be encrypted is made of noise, of exactly the length that the inner
 * content would have under that suite: nothing else of it shows on the wire.
 */
#ifndef TESTS_SUPPORT_IKE_BUILD_H
#define TESTS_SUPPORT_IKE_BUILD_H

#include "dissect/base/digest.h"
#include "dissect/ike/ike.h"
#include "tests/support/build.h"

enum { DRAFT_ROOM = 8192 };

struct draft {
	uint8_t at[DRAFT_ROOM];
	size_t len;
	size_t next;    /* the octet that names the next payload */
	size_t payload; /* where the open payload begins */
};

static inline uint8_t *draft_front(struct draft *d, size_t n)
{
	uint8_t *at = d->at + d->len;

	assert(n <= DRAFT_ROOM - d->len);
	memset(at, 0, n);
	d->len += n;
	put32(d->at + 24, (uint32_t)d->len);
	if (d->payload)
		put16(d->at + d->payload + 2, (uint32_t)(d->len - d->payload));
	return at;
}

static inline void draft_bytes(struct draft *d, const void *bytes, size_t len)
{
	uint8_t *at = draft_front(d, len);

	if (len)
		memcpy(at, bytes, len);
}

static inline void draft_noise(struct draft *d, size_t len)
{
	uint64_t state = d->len * 31 + len;
	uint8_t *at = draft_front(d, len);

	for (size_t i = 0; i < 8; i++)
		state += (uint64_t)d->at[i] << (8 * i);
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)build_random(&state);
}

static inline void draft_start(struct draft *d, uint8_t version, uint64_t spi_i, uint64_t spi_r,
			       uint8_t exchange, uint8_t flags, uint32_t message_id)
{
	uint8_t *at;

	d->len = d->payload = 0;
	at = draft_front(d, IKE_HEADER_LEN);
	put32(at, (uint32_t)(spi_i >> 32));
	put32(at + 4, (uint32_t)spi_i);
	put32(at + 8, (uint32_t)(spi_r >> 32));
	put32(at + 12, (uint32_t)spi_r);
	at[17] = version;
	at[18] = exchange;
	at[19] = flags;
	put32(at + 20, message_id);
	d->next = 16;
}

/* Opens a payload: what is written from here on is its body. */
static inline void draft_payload(struct draft *d, uint8_t type)
{
	d->at[d->next] = type;
	d->next = d->len;
	d->payload = d->len;
	draft_front(d, 4);
}

/* --- IKEv2: RFC 7296 3 ----------------------------------------------------- */

static inline void draft_transform2(struct draft *d, bool last, uint8_t type, uint16_t id, uint16_t key_bits)
{
	uint8_t *at = draft_front(d, key_bits ? 12 : 8);

	at[0] = last ? 0 : 3;
	put16(at + 2, key_bits ? 12 : 8);
	at[4] = type;
	put16(at + 6, id);
	if (key_bits) {
		put16(at + 8, 0x800e);
		put16(at + 10, key_bits);
	}
}

static inline void draft_sa2(struct draft *d, const struct ike_suite *suites, size_t n)
{
	draft_payload(d, IKE2_P_SA);
	for (size_t i = 0; i < n; i++) {
		const struct ike_suite *s = &suites[i];
		size_t start = d->len;
		uint8_t *at = draft_front(d, 8);

		at[0] = i + 1 < n ? 2 : 0;
		at[4] = (uint8_t)(i + 1);
		at[5] = 1;
		at[7] = s->integ ? 4 : 3;
		draft_transform2(d, false, 1, s->encr, s->key_bits);
		if (s->integ)
			draft_transform2(d, false, 3, s->integ, 0);
		draft_transform2(d, false, 2, s->prf, 0);
		draft_transform2(d, true, 4, s->group, 0);
		put16(d->at + start + 2, (uint32_t)(d->len - start));
	}
}

static inline void draft_ke2(struct draft *d, uint16_t group, bool responder)
{
	uint8_t *at;

	draft_payload(d, IKE2_P_KE);
	at = draft_front(d, 4);
	put16(at, group);
	draft_noise(d, ike_ke_len(group, responder));
}

static inline void draft_nonce2(struct draft *d, size_t len)
{
	draft_payload(d, IKE2_P_NONCE);
	draft_noise(d, len);
}

static inline void draft_notify2(struct draft *d, uint16_t type, const void *data, size_t len)
{
	uint8_t *at;

	draft_payload(d, IKE2_P_N);
	at = draft_front(d, 4);
	put16(at + 2, type);
	draft_bytes(d, data, len);
}

static inline void draft_vendor(struct draft *d, uint8_t type, const char *vid)
{
	draft_payload(d, type);
	draft_bytes(d, vid, strlen(vid));
}

/* RFC 7296 3.14: P octets inside, padded as little as can be; noise of the right length. */
static inline size_t sk_body_len(const struct ike_suite *suite, size_t plain)
{
	struct ike_sizes sizes;

	assert(ike_sizes_of(suite, &sizes));
	return sizes.iv + (plain + sizes.block) / sizes.block * sizes.block + sizes.icv;
}

static inline void draft_sk(struct draft *d, const struct ike_suite *suite, uint8_t first, size_t plain)
{
	draft_payload(d, IKE2_P_SK);
	draft_noise(d, sk_body_len(suite, plain));
	d->at[d->next] = first;
}

/* RFC 7383 2.5: piece `number` of `total`. */
static inline void draft_skf(struct draft *d, const struct ike_suite *suite, uint8_t first, size_t plain,
			     uint32_t number, uint32_t total)
{
	uint8_t *at;

	draft_payload(d, IKE2_P_SKF);
	at = draft_front(d, 4);
	put16(at, number);
	put16(at + 2, total);
	draft_noise(d, sk_body_len(suite, plain));
	d->at[d->next] = number == 1 ? first : 0;
}

/* --- IKEv1: RFC 2408 3, RFC 2409, RFC 2407 ---------------------------------- */

static inline void draft_attribute1(struct draft *d, uint16_t type, uint16_t value)
{
	uint8_t *at = draft_front(d, 4);

	put16(at, 0x8000u | type);
	put16(at + 2, value);
}

/* Numbers of the suite are those of the IKEv2 registries: this turns them into RFC 2409 A. */
static inline void draft_transform1(struct draft *d, const struct ike_suite *s, bool last, uint8_t number)
{
	static const uint8_t encr[] = { [2] = 1, [3] = 5, [12] = 7 };
	static const uint8_t hash[] = { [1] = 1, [2] = 2, [5] = 4, [6] = 5, [7] = 6 };
	size_t start = d->len;
	uint8_t *at = draft_front(d, 8);

	at[0] = last ? 0 : 3;
	at[4] = number;
	at[5] = 1;
	draft_attribute1(d, 1, encr[s->encr]);
	if (s->key_bits)
		draft_attribute1(d, 14, s->key_bits);
	draft_attribute1(d, 2, hash[s->prf]);
	draft_attribute1(d, 4, s->group);
	draft_attribute1(d, 3, s->auth);
	draft_attribute1(d, 11, 1);
	draft_attribute1(d, 12, 28800);
	put16(d->at + start + 2, (uint32_t)(d->len - start));
}

static inline void draft_sa1(struct draft *d, const struct ike_suite *suites, size_t n)
{
	size_t start;
	uint8_t *at;

	draft_payload(d, IKE1_P_SA);
	at = draft_front(d, 8);
	put32(at, 1);     /* DOI: IPsec */
	put32(at + 4, 1); /* situation: identity only */
	start = d->len;
	at = draft_front(d, 8);
	at[5] = 1;
	at[7] = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		draft_transform1(d, &suites[i], i + 1 == n, (uint8_t)(i + 1));
	put16(d->at + start + 2, (uint32_t)(d->len - start));
}

static inline void draft_payload1(struct draft *d, uint8_t type, size_t noise)
{
	draft_payload(d, type);
	draft_noise(d, noise);
}

static inline void draft_notify1(struct draft *d, uint16_t type, bool with_spi)
{
	uint8_t *at;

	draft_payload(d, IKE1_P_N);
	at = draft_front(d, 8);
	put32(at, 1);
	at[4] = 1;
	at[5] = with_spi ? 16 : 0;
	put16(at + 6, type);
	if (with_spi)
		draft_bytes(d, d->at, 16);
}

static inline void draft_id1(struct draft *d, const char *name)
{
	uint8_t *at;

	draft_payload(d, IKE1_P_ID);
	at = draft_front(d, 4);
	at[0] = 2; /* FQDN */
	draft_bytes(d, name, strlen(name));
}

/* The whole body encrypted: a multiple of the block, `first` in the header's clear. */
static inline void draft_sealed1(struct draft *d, const struct ike_suite *suite, uint8_t first, size_t plain)
{
	struct ike_sizes sizes;

	assert(ike_sizes_of(suite, &sizes));
	d->at[16] = first;
	d->payload = 0;
	draft_noise(d, (plain + sizes.block - 1) / sizes.block * sizes.block);
}

/* --- NAT detection: RFC 7296 2.23, RFC 3947 3.2 ------------------------------ */

static inline size_t nat_hash(const struct draft *d, const char *addr, uint16_t port, enum digest kind,
			      uint8_t ret[DIGEST_MAX])
{
	uint8_t ip[16], p[2];
	bool v6 = strchr(addr, ':');

	assert(inet_pton(v6 ? AF_INET6 : AF_INET, addr, ip) == 1);
	put16(p, port);
	return digest_of(kind, (struct bytes[]){ { d->at, 16 }, { ip, v6 ? 16 : 4 }, { p, 2 } }, 3, ret);
}

static inline void draft_nat2(struct draft *d, uint16_t type, const char *addr, uint16_t port)
{
	uint8_t hash[DIGEST_MAX];
	size_t len = nat_hash(d, addr, port, DIGEST_SHA1, hash);

	draft_notify2(d, type, hash, len);
}

static inline void draft_nat1(struct draft *d, enum digest kind, const char *addr, uint16_t port)
{
	uint8_t hash[DIGEST_MAX];
	size_t len = nat_hash(d, addr, port, kind, hash);

	draft_payload(d, IKE1_P_NAT_D);
	draft_bytes(d, hash, len);
}

#endif
