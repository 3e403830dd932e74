/*
 * The content of what IP carries. Nothing changes its length; what cannot be
 * read becomes opaque.
 *
 * Two things happen here. Blanking: HASH and nonces of IKEv1 Aggressive Mode
 * become zeros, since with them a pre-shared key can be guessed offline
 * (RFC 2409 5.4; RFC 7296 and Main Mode keep theirs behind Diffie-Hellman).
 * Redacting: what names somebody becomes a pseudonym, what is encrypted or
 * random becomes other octets that key and content determine. The structure,
 * algorithms, notify types, message ids and sizes stay.
 */
#include <string.h>

#include "analyzer/evidence/parts.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"
#include "dissect/base/x509.h"

enum { MOST_NESTED = 16, SEED_LEN = 8, HASH_LEN = 20, ESP_HEAD = 8, AH_HEAD = 12 };

enum { V1_NATD_LATE = IKE1_P_SAK }; /* drafts 04 to 08 of NAT-T */

enum id_type { ID_IPV4 = 1, ID_FQDN, ID_USER_FQDN, ID_IPV4_SUBNET, ID_IPV6, ID_IPV6_SUBNET, ID_IPV4_RANGE, ID_IPV6_RANGE,
	       ID_DN, ID_GENERAL_NAME, ID_KEY };

struct ike_at { /* a message at work */
	struct rewriting *w;
	struct pseudonyms *names; /* NULL: only blanking */
	struct ike_header was;
	const struct ends *ends;
	bool v1, aggressive;
};

static uint8_t *mutable(const uint8_t *at)
{
	return (uint8_t *)(uintptr_t)at;
}

static void opaque(struct pseudonyms *p, uint8_t *at, size_t len)
{
	if (p && len)
		pseudonym_opaque(p, at, len);
}

static void opaque_rest(struct pseudonyms *p, struct cursor *c)
{
	struct bytes b = cur_rest(c);

	opaque(p, mutable(b.at), b.len);
}

void rewrite_opaque(struct rewriting *w, uint8_t *at, size_t len)
{
	opaque(w->pseudonyms, at, len);
}

/* Encrypted octets: by their head alone, so that a quote of half of them gets the same half. */
static void encrypted(struct pseudonyms *p, struct bytes head, uint8_t *at, size_t len)
{
	uint8_t seed[64 + SEED_LEN];
	size_t n = head.len < 64 ? head.len : 64, more = len < SEED_LEN ? len : SEED_LEN;

	if (!p || !len)
		return;
	memcpy(seed, head.at, n);
	memcpy(seed + n, at, more);
	pseudonym_stream(p, (struct bytes){ seed, n + more }, at, len);
}

static void address(struct pseudonyms *p, uint8_t *at, size_t len)
{
	struct addr a = { .family = len == 4 ? 4 : 6 };

	if (!p || (len != 4 && len != 16))
		return;
	memcpy(a.at, at, len);
	a = pseudonym_addr(p, &a);
	memcpy(at, a.at, len);
}

/* --- SPIs ----------------------------------------------------------------------------------- */

static uint64_t get64(const uint8_t *at)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | at[i];
	return v;
}

static void put64(uint8_t *at, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(v >> (56 - 8 * i));
}

static void esp_spi(struct pseudonyms *p, uint8_t *at)
{
	uint32_t v = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];

	v = pseudonym_esp_spi(p, v);
	at[0] = (uint8_t)(v >> 24);
	at[1] = (uint8_t)(v >> 16);
	at[2] = (uint8_t)(v >> 8);
	at[3] = (uint8_t)v;
}

/* Of ESP or AH, of an IKE SA, or both cookies of one. */
static void spi(struct pseudonyms *p, struct bytes b)
{
	uint8_t *at = mutable(b.at);

	if (!p)
		return;
	if (b.len == 4)
		esp_spi(p, at);
	else if (b.len == 8 || b.len == 16)
		for (size_t i = 0; i < b.len; i += 8)
			put64(at + i, pseudonym_ike_spi(p, get64(at + i)));
	else
		opaque(p, at, b.len);
}

/* --- ASN.1: X.690 --------------------------------------------------------------------------- */

enum tag {
	TAG_BOOLEAN = 1, TAG_INTEGER, TAG_BITS, TAG_OCTETS, TAG_NULL, TAG_OID, TAG_ENUM = 10, TAG_UTF8 = 12,
	TAG_NUMERIC = 18, TAG_PRINTABLE, TAG_T61, TAG_IA5 = 22, TAG_UTC_TIME, TAG_GENERALIZED_TIME,
	TAG_VISIBLE = 26, TAG_UNIVERSAL = 28, TAG_BMP = 30, CONSTRUCTED = 0x20, CONTEXT = 0x80, MASK_CLASS = 0xc0,
	MASK_NUMBER = 0x1f, NAME_ADDRESS = 7, KEY_SERIAL = 2,
};

/* Definite lengths of up to four octets; false when there is no such thing at c. */
static bool der_next(struct cursor *c, uint8_t *ret_tag, struct cursor *ret_body)
{
	uint8_t tag = cur_u8(c), first = cur_u8(c);
	size_t len = first;

	if (first & 0x80) {
		len = 0;
		if ((first & 0x7f) > 4 || first == 0x80)
			return cur_fail(c, FAULT_LENGTH);
		for (int i = first & 0x7f; i > 0; i--)
			len = len << 8 | cur_u8(c);
	}
	if (!cur_ok(c) || (tag & MASK_NUMBER) == MASK_NUMBER || len > cur_left(c))
		return cur_fail(c, FAULT_LENGTH);
	*ret_tag = tag;
	*ret_body = cur_child(c, len);
	return true;
}

static bool der_is(struct cursor c)
{
	struct cursor body;
	uint8_t tag;

	if (!cur_left(&c))
		return false;
	while (cur_ok(&c) && cur_left(&c))
		if (!der_next(&c, &tag, &body) || tag == 0)
			return false;
	return cur_ok(&c);
}

static bool is_text(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] < 0x20 || at[i] > 0x7e)
			return false;
	return len > 0;
}

/* Stays what it is: positive, and as long. */
static void number(struct pseudonyms *p, uint8_t *at, size_t len)
{
	static const uint8_t f4[] = { 1, 0, 1 };
	uint8_t first = len ? at[0] : 0, second = len > 1 ? at[1] : 0;

	if (len < 3 || (len == 3 && !memcmp(at, f4, 3)))
		return;
	opaque(p, at, len);
	at[0] = first ? (uint8_t)((at[0] & 0x7f) | 1) : 0;
	if (!first && second & 0x80)
		at[1] |= 0x80;
	if (!first && !(second & 0x80))
		at[1] = (uint8_t)((at[1] & 0x7f) | 1);
	if (first & 0x80)
		at[0] |= 0x80;
}

/* Two or four octets a character. */
static void wide_text(struct pseudonyms *p, uint8_t *at, size_t len, size_t width)
{
	uint8_t *narrow = mem_zero(len + 1);
	size_t n = len / width;
	bool plain = true;

	for (size_t i = 0; i < n; i++) {
		narrow[i] = at[i * width + width - 1];
		for (size_t k = 0; k + 1 < width; k++)
			plain &= !at[i * width + k];
	}
	if (plain)
		pseudonym_words(p, narrow, n);
	for (size_t i = 0; i < n; i++) {
		memset(at + i * width, 0, width);
		at[i * width + width - 1] = plain ? narrow[i] : 'x';
	}
	mem_free(narrow);
}

static void der(struct pseudonyms *p, struct cursor c, unsigned depth);

/* Implicit tags: what it is shows by its form; RFC 5280 4.2.1.1, 4.2.1.6. */
static void context(struct pseudonyms *p, uint8_t tag, uint8_t *at, size_t len)
{
	if ((tag & MASK_NUMBER) == NAME_ADDRESS && (len == 4 || len == 16))
		address(p, at, len);
	else if (is_text(at, len))
		pseudonym_name(p, at, len);
	else if (len == HASH_LEN)
		pseudonym_hash(p, at, len);
	else if ((tag & MASK_NUMBER) == KEY_SERIAL)
		number(p, at, len);
	else if (len >= 3)
		opaque(p, at, len);
}

static void primitive(struct pseudonyms *p, uint8_t tag, uint8_t *at, size_t len, unsigned depth)
{
	if ((tag & MASK_CLASS) == CONTEXT) {
		context(p, tag, at, len);
		return;
	}
	switch (tag) {
	case TAG_BOOLEAN:
	case TAG_NULL:
	case TAG_OID:
	case TAG_ENUM:
	case TAG_UTC_TIME:
	case TAG_GENERALIZED_TIME:
		return;
	case TAG_INTEGER:
		number(p, at, len);
		return;
	case TAG_BITS: /* the first octet counts unused bits; short ones are flags; RSA keys have numbers inside */
		if (len > 3 && der_is(cur_over(at + 1, len - 1, false)) && depth < MOST_NESTED)
			der(p, cur_over(at + 1, len - 1, false), depth + 1);
		else if (len > 3)
			opaque(p, at + 1, len - 1);
		return;
	case TAG_OCTETS:
		if (der_is(cur_over(at, len, false)) && depth < MOST_NESTED)
			der(p, cur_over(at, len, false), depth + 1);
		else if (len == HASH_LEN)
			pseudonym_hash(p, at, len);
		else
			opaque(p, at, len);
		return;
	case TAG_BMP:
		wide_text(p, at, len, 2);
		return;
	case TAG_UNIVERSAL:
		wide_text(p, at, len, 4);
		return;
	case TAG_UTF8:
	case TAG_NUMERIC:
	case TAG_PRINTABLE:
	case TAG_T61:
	case TAG_IA5:
	case TAG_VISIBLE:
		pseudonym_name(p, at, len);
		return;
	}
	opaque(p, at, len);
}

static void der(struct pseudonyms *p, struct cursor c, unsigned depth)
{
	while (cur_ok(&c) && cur_left(&c)) {
		struct cursor here = c, body;
		uint8_t tag;

		if (!der_next(&c, &tag, &body)) {
			opaque_rest(p, &here);
			return;
		}
		if (!(tag & CONSTRUCTED))
			primitive(p, tag, mutable(body.at), cur_left(&body), depth);
		else if (depth < MOST_NESTED)
			der(p, body, depth + 1);
		else
			opaque_rest(p, &body);
	}
}

static void note_certificate(struct pseudonyms *p, struct bytes cert)
{
	struct x509 before, after;
	uint8_t *copy;

	if (!x509_parse(cert, &before))
		return;
	copy = mem_copy(cert.at, cert.len);
	der(p, cur_over(copy, cert.len, false), 0);
	if (x509_parse((struct bytes){ copy, cert.len }, &after) && before.has_key_hash && after.has_key_hash)
		pseudonym_set_hash(p, before.key_hash, after.key_hash);
	mem_free(copy);
}

void rewrite_note_certificates(struct rewriting *w, const uint8_t *at, size_t len)
{
	struct cursor c = cur_over(at, len, false);
	struct ike_payload p;
	struct ike_header h;
	struct ike_chain chain;
	struct ike_cert cert;

	if (!ike_parse_header(&c, &h))
		return;
	chain = ike_chain(&h, (struct bytes){ at, len }, false);
	while (ike_next_payload(&chain, &p))
		if (p.type == (chain.major == 1 ? (int)IKE1_P_CERT : (int)IKE2_P_CERT) && ike_parse_cert(&p.body, &cert) &&
		    (cert.encoding == 4 || cert.encoding == 5))
			note_certificate(w->pseudonyms, cert.data);
}

/* --- payloads ------------------------------------------------------------------------------- */

static void identity(struct pseudonyms *p, uint8_t type, uint8_t *at, size_t len)
{
	switch (type) {
	case ID_IPV4:
	case ID_IPV6:
		if (len == (type == ID_IPV4 ? 4 : 16))
			address(p, at, len);
		else
			opaque(p, at, len);
		return;
	case ID_IPV4_SUBNET: /* and a mask */
	case ID_IPV6_SUBNET:
		if (len == (type == ID_IPV4_SUBNET ? 8 : 32))
			address(p, at, len / 2);
		else
			opaque(p, at, len);
		return;
	case ID_IPV4_RANGE:
	case ID_IPV6_RANGE:
		if (len == (type == ID_IPV4_RANGE ? 8 : 32)) {
			address(p, at, len / 2);
			address(p, at + len / 2, len / 2);
		} else {
			opaque(p, at, len);
		}
		return;
	case ID_DN:
	case ID_GENERAL_NAME:
		if (p)
			der(p, cur_over(at, len, false), 0);
		return;
	}
	if (p && is_text(at, len))
		pseudonym_name(p, at, len);
	else if (p && (type == ID_FQDN || type == ID_USER_FQDN))
		pseudonym_name(p, at, len);
	else
		opaque(p, at, len);
}

static enum digest digest_for(size_t len)
{
	return len == 16 ? DIGEST_MD5 : len == 20 ? DIGEST_SHA1 : len == 32 ? DIGEST_SHA256
	       : len == 48 ? DIGEST_SHA384 : DIGEST_SHA512;
}

static size_t nat_hash(enum digest kind, uint64_t i, uint64_t r, const struct addr *a, uint16_t port,
		       uint8_t ret[DIGEST_MAX])
{
	uint8_t cookies[16], at_port[2] = { (uint8_t)(port >> 8), (uint8_t)port };

	put64(cookies, i);
	put64(cookies + 8, r);
	return digest_of(kind, (struct bytes[]){ { cookies, 16 }, addr_bytes(a), { at_port, 2 } }, 3, ret);
}

/*
 * RFC 7296 2.23, RFC 3947 3.2: over SPIs, address and port. The hash of an end
 * as it is seen here becomes that of its pseudonym; any other is of an address
 * behind a NAT, and searching all of them would find it.
 */
static void nat_detection(const struct ike_at *m, uint8_t *at, size_t len)
{
	const struct addr *addrs[] = { &m->ends->src, &m->ends->dst };
	const uint16_t ports[] = { m->ends->sport, m->ends->dport, 500, 4500 };
	enum digest kind = digest_for(len);
	uint8_t made[DIGEST_MAX];

	if (!m->names)
		return;
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < sizeof ports / sizeof *ports; k++) {
			struct addr a = pseudonym_addr(m->names, addrs[i]);

			if (nat_hash(kind, m->was.spi_i, m->was.spi_r, addrs[i], ports[k], made) != len ||
			    memcmp(made, at, len))
				continue;
			if (nat_hash(kind, pseudonym_ike_spi(m->names, m->was.spi_i),
				     pseudonym_ike_spi(m->names, m->was.spi_r), &a, ports[k], made) == len) {
				memcpy(at, made, len);
				return;
			}
		}
	opaque(m->names, at, len);
}

static bool is_hash_len(size_t len)
{
	return len == 16 || len == 20 || len == 32 || len == 48 || len == 64;
}

/* RFC 5685 6. */
static void redirect(struct pseudonyms *p, uint8_t *at, size_t len)
{
	enum { IPV4 = 1, IPV6, NAME };
	size_t n = len >= 2 ? at[1] : 0;

	if (!p)
		return;
	if (len < 2 || n > len - 2) {
		opaque(p, at, len);
		return;
	}
	if (at[0] == NAME)
		pseudonym_name(p, at + 2, n);
	else if ((at[0] == IPV4 && n == 4) || (at[0] == IPV6 && n == 16))
		address(p, at + 2, n);
	else
		opaque(p, at + 2, n);
	opaque(p, at + 2 + n, len - 2 - n);
}

/* Notifies whose data is a number of the protocol. */
static bool is_number(bool v1, uint16_t type, size_t len)
{
	enum { CRITICAL = 1, MAJOR = 5, MESSAGE_ID = 9, GROUP = 17, WINDOW = 16401, LIFETIME = 16403, SIGNATURES = 16431 };

	if (v1)
		return len <= 4;
	return (len <= 4 && (type == CRITICAL || type == MAJOR || type == MESSAGE_ID || type == GROUP ||
			     type == WINDOW || type == LIFETIME)) ||
	       type == SIGNATURES;
}

static void notify(const struct ike_at *m, struct cursor body)
{
	enum { NAT_SOURCE = 16388, NAT_DESTINATION = 16389, REDIRECT = 16407, REDIRECTED_FROM = 16408,
	       MORE_IPV4 = 16397, MORE_IPV6 = 16398 };
	struct ike_notify n;
	uint8_t *data;

	if (!(m->v1 ? ike1_parse_notify(&body, &n) : ike2_parse_notify(&body, &n))) {
		opaque_rest(m->names, &body);
		return;
	}
	spi(m->names, n.spi);
	data = mutable(n.data.at);
	if (!m->v1 && (n.type == NAT_SOURCE || n.type == NAT_DESTINATION) && is_hash_len(n.data.len))
		nat_detection(m, data, n.data.len);
	else if (!m->v1 && (n.type == REDIRECT || n.type == REDIRECTED_FROM))
		redirect(m->names, data, n.data.len);
	else if (!m->v1 && (n.type == MORE_IPV4 || n.type == MORE_IPV6) && (n.data.len == 4 || n.data.len == 16))
		address(m->names, data, n.data.len);
	else if (!is_number(m->v1, n.type, n.data.len))
		opaque(m->names, data, n.data.len);
}

static void proposals(const struct ike_at *m, struct cursor body)
{
	struct ike_proposal prop;
	uint32_t doi, situation;

	if (m->v1) {
		if (!ike1_open_sa(&body, &doi, &situation))
			return;
		while (ike1_next_proposal(&body, &prop))
			spi(m->names, prop.spi);
	} else {
		while (ike2_next_proposal(&body, &prop))
			spi(m->names, prop.spi);
	}
}

static void deletion(const struct ike_at *m, struct cursor body)
{
	struct ike_delete d;

	if (!(m->v1 ? ike1_parse_delete(&body, &d) : ike2_parse_delete(&body, &d)) || !d.spi_len)
		return;
	for (size_t i = 0; i + d.spi_len <= d.spis.len; i += d.spi_len)
		spi(m->names, (struct bytes){ d.spis.at + i, d.spi_len });
}

static void certificate(struct pseudonyms *p, struct cursor body)
{
	enum { X509_SIGNATURE = 4, X509_EXCHANGE = 5, HASH_AND_URL = 12, HASH_AND_URL_BUNDLE = 13 };
	struct ike_cert c;
	uint8_t *at;

	if (!p || !ike_parse_cert(&body, &c))
		return;
	at = mutable(c.data.at);
	if (c.encoding == X509_SIGNATURE || c.encoding == X509_EXCHANGE) {
		der(p, cur_over(at, c.data.len, false), 0);
	} else if ((c.encoding == HASH_AND_URL || c.encoding == HASH_AND_URL_BUNDLE) && c.data.len > HASH_LEN) {
		pseudonym_hash(p, at, HASH_LEN);
		pseudonym_name(p, at + HASH_LEN, c.data.len - HASH_LEN);
	} else {
		opaque(p, at, c.data.len);
	}
}

static void request(const struct ike_at *m, struct cursor body)
{
	uint8_t encoding = cur_u8(&body);
	struct bytes one;

	(void)encoding;
	if (!m->names || !cur_ok(&body))
		return;
	if (m->v1) {
		der(m->names, body, 0);
		return;
	}
	while (ike2_next_authority(&body, &one))
		pseudonym_hash(m->names, mutable(one.at), one.len);
	opaque_rest(m->names, &body);
}

/* A feature that both ends speak of stays; what names a product, or nobody knows, does not. */
static void vendor(struct pseudonyms *p, struct bytes b)
{
	const struct ike_vendor *v = ike_vendor_of(b);

	if (!v || v->is_product)
		opaque(p, mutable(b.at), b.len);
}

static void selectors(struct pseudonyms *p, struct cursor body)
{
	struct ike_ts ts;
	uint8_t count;

	if (!p || !ike2_open_ts(&body, &count))
		return;
	while (ike2_next_ts(&body, &ts)) {
		if (ts.end.len) {
			address(p, mutable(ts.start.at), ts.start.len);
			address(p, mutable(ts.end.at), ts.end.len);
		} else {
			opaque(p, mutable(ts.start.at), ts.start.len);
		}
	}
}

static void blank(const struct ike_at *m, struct bytes b)
{
	if (!m->w->blank || !m->aggressive || !b.len)
		return;
	memset(mutable(b.at), 0, b.len);
	m->w->blanked = true;
}

/* What makes the messages of one exchange differ, and stays in a quote. */
static struct bytes head_of(const struct ike_at *m, uint8_t to[32])
{
	put64(to, m->was.spi_i);
	put64(to + 8, m->was.spi_r);
	to[16] = m->was.exchange;
	to[17] = m->was.flags;
	for (int i = 0; i < 4; i++) {
		to[18 + i] = (uint8_t)(m->was.message_id >> (24 - 8 * i));
		to[22 + i] = (uint8_t)(m->was.length >> (24 - 8 * i));
	}
	return (struct bytes){ to, 26 };
}

static void sealed(const struct ike_at *m, struct cursor *c)
{
	struct bytes b = cur_rest(c);
	uint8_t head[32];

	encrypted(m->names, head_of(m, head), mutable(b.at), b.len);
}

/* Random octets tell themselves apart by their first ones: a quote of half of them gets the same half. */
static void random_octets(const struct ike_at *m, struct cursor *c)
{
	struct bytes b = cur_rest(c);

	encrypted(m->names, (struct bytes){ b.at, 0 }, mutable(b.at), b.len);
}

static void secret(const struct ike_at *m, struct cursor *c)
{
	if (m->w->blank && m->aggressive)
		blank(m, cur_rest(c));
	else
		random_octets(m, c);
}

/* A piece of a message in clear, as Cisco and Microsoft cut them. */
static void fragment(const struct ike_at *m, struct cursor body)
{
	struct ike1_fragment f;

	if (!ike1_parse_fragment(&body, &f))
		return;
	blank(m, f.data);
	opaque(m->names, mutable(f.data.at), f.data.len);
}

static void v1_payload(const struct ike_at *m, struct ike_payload *p)
{
	struct bytes b;

	switch (p->type) {
	case IKE1_P_SA:
		proposals(m, p->body);
		return;
	case IKE1_P_ID: {
		uint8_t type = cur_u8(&p->body);

		cur_skip(&p->body, 3);
		b = cur_rest(&p->body);
		identity(m->names, type, mutable(b.at), b.len);
		return;
	}
	case IKE1_P_CERT:
		certificate(m->names, p->body);
		return;
	case IKE1_P_CERTREQ:
		request(m, p->body);
		return;
	case IKE1_P_HASH:
	case IKE1_P_NONCE:
		secret(m, &p->body);
		return;
	case IKE1_P_KE:
	case IKE1_P_SIG:
		random_octets(m, &p->body);
		return;
	case IKE1_P_N:
		notify(m, p->body);
		return;
	case IKE1_P_D:
		deletion(m, p->body);
		return;
	case IKE1_P_VID:
		vendor(m->names, cur_rest(&p->body));
		return;
	case IKE1_P_NAT_D:
	case IKE1_P_NAT_D_DRAFT:
	case V1_NATD_LATE:
		b = cur_rest(&p->body);
		if (is_hash_len(b.len))
			nat_detection(m, mutable(b.at), b.len);
		else
			opaque(m->names, mutable(b.at), b.len);
		return;
	case IKE1_P_NAT_OA:
	case IKE1_P_NAT_OA_DRAFT: {
		uint8_t type = cur_u8(&p->body);

		cur_skip(&p->body, 3);
		b = cur_rest(&p->body);
		identity(m->names, type, mutable(b.at), b.len);
		return;
	}
	case IKE1_P_FRAGMENT:
		fragment(m, p->body);
		return;
	}
	opaque_rest(m->names, &p->body);
}

static void v2_payload(const struct ike_at *m, struct ike_payload *p)
{
	struct bytes b;

	switch (p->type) {
	case IKE2_P_SA:
		proposals(m, p->body);
		return;
	case IKE2_P_KE:
	case IKE2_P_AUTH:
		cur_skip(&p->body, 4); /* group; method */
		random_octets(m, &p->body);
		return;
	case IKE2_P_NONCE:
		random_octets(m, &p->body);
		return;
	case IKE2_P_IDi:
	case IKE2_P_IDr: {
		uint8_t type = cur_u8(&p->body);

		cur_skip(&p->body, 3);
		b = cur_rest(&p->body);
		identity(m->names, type, mutable(b.at), b.len);
		return;
	}
	case IKE2_P_CERT:
		certificate(m->names, p->body);
		return;
	case IKE2_P_CERTREQ:
		request(m, p->body);
		return;
	case IKE2_P_N:
		notify(m, p->body);
		return;
	case IKE2_P_D:
		deletion(m, p->body);
		return;
	case IKE2_P_V:
		vendor(m->names, cur_rest(&p->body));
		return;
	case IKE2_P_TSi:
	case IKE2_P_TSr:
		selectors(m->names, p->body);
		return;
	case IKE2_P_SKF:
		cur_skip(&p->body, 4); /* number and total */
		sealed(m, &p->body);
		return;
	case IKE2_P_SK:
		sealed(m, &p->body);
		return;
	case IKE2_P_CP:
	case IKE2_P_EAP:
		cur_skip(&p->body, 5); /* type; code, id, length, kind */
		break;
	}
	opaque_rest(m->names, &p->body);
}

static void walk(const struct ike_at *m, uint8_t *at, size_t len)
{
	struct ike_chain chain = ike_chain(&m->was, (struct bytes){ at, len }, true);
	const uint8_t *done = at + IKE_HEADER_LEN;
	struct ike_payload p;

	while (ike_next_payload(&chain, &p)) {
		done = p.body.end;
		if (m->v1)
			v1_payload(m, &p);
		else
			v2_payload(m, &p);
	}
	/* what is left is padding, or a payload that is none: its four octets stay what they are */
	if (done < at + len && done != at + IKE_HEADER_LEN)
		done += at + len - done < 4 ? at + len - done : 4;
	blank(m, (struct bytes){ done, (size_t)(at + len - done) });
	opaque(m->names, mutable(done), (size_t)(at + len - done));
}

void rewrite_ike(struct rewriting *w, uint8_t *at, size_t len, const struct ends *ends)
{
	struct cursor c = cur_over(at, len, true);
	struct ike_at m = { .w = w, .names = w->pseudonyms, .ends = ends };

	if (!ike_parse_header(&c, &m.was)) {
		if (len >= 8 && m.names) { /* a quote of the first octets */
			spi(m.names, (struct bytes){ at, len >= 16 ? 16 : 8 });
			return;
		}
		opaque(m.names, at, len);
		return;
	}
	if (ike_major(&m.was) != 1 && ike_major(&m.was) != 2) {
		spi(m.names, (struct bytes){ at, 16 });
		opaque(m.names, at + IKE_HEADER_LEN, len - IKE_HEADER_LEN);
		return;
	}
	m.v1 = ike_major(&m.was) == 1;
	m.aggressive = m.v1 && m.was.exchange == IKE1_X_AGGRESSIVE;
	if (m.v1 && m.was.flags & IKE1_ENCRYPTED) {
		struct cursor body = cur_over(at + IKE_HEADER_LEN, len - IKE_HEADER_LEN, true);

		sealed(&m, &body);
	} else {
		walk(&m, at, len);
	}
	spi(m.names, (struct bytes){ at, 16 });
}

/* --- ESP and AH ----------------------------------------------------------------------------- */

/* RFC 2410: no encryption, and a whole IP packet lies there: its header stays one. */
static size_t inner_header(struct pseudonyms *p, uint8_t *at, size_t len, uint32_t said)
{
	enum { IPV4_LEN = 20, IPV6_LEN = 40, MOST_BEHIND = 64 };
	uint32_t sum = 0, inner;

	if (len >= IPV4_LEN && at[0] == 0x45) {
		inner = (uint32_t)(at[2] << 8 | at[3]);
		for (int i = 0; i < IPV4_LEN; i += 2)
			sum += (uint32_t)(at[i] << 8 | at[i + 1]);
		sum = (sum & 0xffff) + (sum >> 16);
		if (sum != 0xffff || inner < IPV4_LEN || inner > said)
			return 0;
		address(p, at + 12, 4);
		address(p, at + 16, 4);
		at[10] = at[11] = 0;
		sum = 0;
		for (int i = 0; i < IPV4_LEN; i += 2)
			sum += (uint32_t)(at[i] << 8 | at[i + 1]);
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~((sum & 0xffff) + (sum >> 16));
		at[10] = (uint8_t)(sum >> 8);
		at[11] = (uint8_t)sum;
		return IPV4_LEN;
	}
	if (len >= IPV6_LEN && at[0] >> 4 == 6) {
		inner = (uint32_t)(at[4] << 8 | at[5]) + IPV6_LEN;
		if (inner > said || said - inner > MOST_BEHIND)
			return 0;
		address(p, at + 8, 16);
		address(p, at + 24, 16);
		return IPV6_LEN;
	}
	return 0;
}

void rewrite_esp(struct rewriting *w, uint8_t *at, size_t len, uint32_t said)
{
	struct pseudonyms *p = w->pseudonyms;
	uint8_t head[ESP_HEAD];
	size_t inner;

	if (!p || len < 4)
		return;
	memcpy(head, at, len < ESP_HEAD ? len : ESP_HEAD);
	if (len > ESP_HEAD) {
		inner = inner_header(p, at + ESP_HEAD, len - ESP_HEAD, said - ESP_HEAD);
		encrypted(p, (struct bytes){ head, ESP_HEAD }, at + ESP_HEAD + inner, len - ESP_HEAD - inner);
	}
	esp_spi(p, at);
}

/* RFC 4302 2: the integrity value is over the addresses that were. */
void rewrite_ah(struct rewriting *w, uint8_t *at, size_t len)
{
	struct pseudonyms *p = w->pseudonyms;
	size_t head;

	if (!p || len < 8)
		return;
	head = (at[1] + 2u) * 4;
	if (head > len)
		head = len;
	esp_spi(p, at + 4);
	if (head > AH_HEAD)
		opaque(p, at + AH_HEAD, head - AH_HEAD);
}

/* --- names and web servers ------------------------------------------------------------------ */

/* RFC 1035 4.1.2, 4.1.4: labels up to a zero octet or a pointer. */
static bool dns_name(struct pseudonyms *p, struct cursor *c)
{
	for (;;) {
		uint8_t len = cur_u8(c);
		struct bytes label;

		if (!cur_ok(c) || !len)
			return cur_ok(c);
		if (len >= 0xc0) {
			cur_skip(c, 1);
			return cur_ok(c);
		}
		if (len > 63)
			return false;
		label = cur_bytes(c, len);
		if (label.len)
			pseudonym_words(p, mutable(label.at), label.len);
	}
}

void rewrite_dns(struct rewriting *w, uint8_t *at, size_t len)
{
	enum { TYPE_A = 1, TYPE_AAAA = 28, CLASS_IN = 1 };
	struct cursor c = cur_over(at, len, true);
	uint32_t questions, records;

	if (!w->pseudonyms)
		return;
	cur_skip(&c, 4);
	questions = cur_u16(&c);
	records = cur_u16(&c);
	records += cur_u16(&c);
	records += cur_u16(&c);
	for (uint32_t i = 0; cur_ok(&c) && i < questions; i++) {
		if (!dns_name(w->pseudonyms, &c))
			break;
		cur_skip(&c, 4);
	}
	for (uint32_t i = 0; cur_ok(&c) && i < records && dns_name(w->pseudonyms, &c); i++) {
		uint16_t type = cur_u16(&c), class = cur_u16(&c);
		struct bytes data;

		cur_skip(&c, 4);
		data = cur_bytes(&c, cur_u16(&c));
		if (class == CLASS_IN && ((type == TYPE_A && data.len == 4) || (type == TYPE_AAAA && data.len == 16)))
			address(w->pseudonyms, mutable(data.at), data.len);
		else
			opaque(w->pseudonyms, mutable(data.at), data.len);
	}
	c.fault = FAULT_NONE;
	opaque_rest(w->pseudonyms, &c);
}

static size_t line_len(const uint8_t *at, size_t len)
{
	size_t n = 0;

	while (n < len && at[n] != '\n')
		n += 1;
	return n < len ? n + 1 : n;
}

static bool begins(const uint8_t *at, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(at, with, strlen(with));
}

/* RFC 9112 2: the first line keeps its method, version and status, others the word in front of the colon. */
void rewrite_http(struct rewriting *w, uint8_t *at, size_t len)
{
	bool request = begins(at, len, "GET ") || begins(at, len, "POST ");
	size_t n, keep;

	if (!w->pseudonyms || !len)
		return;
	if (!request && !begins(at, len, "HTTP/1.")) {
		opaque(w->pseudonyms, at, len);
		return;
	}
	n = line_len(at, len);
	if (request) {
		keep = at[0] == 'G' ? 4 : 5;
		for (size_t end = keep; end < n; end++)
			if (at[end] == ' ' || end + 1 == n) {
				pseudonym_words(w->pseudonyms, at + keep, end - keep);
				break;
			}
	}
	at += n;
	len -= n;
	while (len && at[0] != '\r' && at[0] != '\n') {
		n = line_len(at, len);
		for (keep = 0; keep < n && at[keep] != ':'; keep++)
			;
		pseudonym_words(w->pseudonyms, at + (keep < n ? keep : 0), n - (keep < n ? keep : 0));
		at += n;
		len -= n;
	}
	n = line_len(at, len);
	opaque(w->pseudonyms, at + n, len - n);
}
