#include "dissect/base/x509.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dissect/base/digest.h"
#include "dissect/base/text.h"

/* False when it had to be cut; then it ends where a character ends. */
static bool put(char *to, size_t room, struct bytes from)
{
	struct text t;
	size_t len;
	bool fits;

	text_init(&t);
	text_add_wire(&t, from);
	len = t.len;
	fits = len < room;
	if (!fits)
		for (len = room - 1; len && ((uint8_t)t.at[len] & 0xc0) == 0x80;)
			len -= 1;
	memcpy(to, t.at, len);
	to[len] = 0;
	text_clear(&t);
	return fits;
}

static struct bytes string_of(const ASN1_STRING *s)
{
	return (struct bytes){ ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

static bool put_name(const X509_NAME *name, char to[X509_TEXT_LEN])
{
	enum { FLAGS = (ASN1_STRFLGS_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC |
		       XN_FLAG_FN_SN };
	BIO *out = BIO_new(BIO_s_mem());
	char *at = NULL;
	bool fits = false;
	long len;

	to[0] = 0;
	if (out && X509_NAME_print_ex(out, name, 0, FLAGS) >= 0 && (len = BIO_get_mem_data(out, &at)) > 0)
		fits = put(to, X509_TEXT_LEN, (struct bytes){ (const uint8_t *)at, (size_t)len });
	BIO_free(out);
	return fits;
}

static bool seconds(const ASN1_TIME *from, int64_t *ret)
{
	struct tm tm;

	if (!from || !ASN1_TIME_to_tm(from, &tm))
		return false;
	*ret = timegm(&tm);
	return true;
}

static void put_serial(const X509 *cert, struct x509 *c)
{
	struct bytes b = string_of(X509_get0_serialNumber(cert));
	struct text t;

	text_init(&t);
	text_add_hex(&t, b);
	c->cut |= !put(c->serial, sizeof c->serial, (struct bytes){ (const uint8_t *)t.at, t.len });
	text_clear(&t);
}

/* An address as RFC 5280 4.2.1.6 has it: 4 or 16 octets. */
static bool put_address(char *to, struct bytes b)
{
	if (b.len == 4) {
		snprintf(to, X509_NAME_LEN, "%u.%u.%u.%u", b.at[0], b.at[1], b.at[2], b.at[3]);
		return true;
	}
	if (b.len != 16)
		return false;
	to[0] = 0;
	for (size_t i = 0; i < b.len; i += 2) {
		size_t at = strlen(to);

		snprintf(to + at, X509_NAME_LEN - at, "%s%x", i ? ":" : "", b.at[i] << 8 | b.at[i + 1]);
	}
	return true;
}

static void put_alternative(const GENERAL_NAME *g, struct x509 *c)
{
	static const enum x509_name_kind kinds[] = { [GEN_EMAIL] = X509_MAIL, [GEN_DNS] = X509_DNS,
						     [GEN_URI] = X509_URI, [GEN_IPADD] = X509_ADDRESS };
	struct x509_name *n;

	if (g->type != GEN_EMAIL && g->type != GEN_DNS && g->type != GEN_URI && g->type != GEN_IPADD)
		return;
	c->names_total += 1;
	if (c->names_len == X509_NAMES)
		return;
	n = &c->names[c->names_len];
	n->kind = kinds[g->type];
	if (g->type != GEN_IPADD)
		c->cut |= !put(n->text, sizeof n->text, string_of(g->d.ia5));
	else if (!put_address(n->text, string_of(g->d.iPAddress)))
		return;
	c->names_len += 1;
}

static void put_alternatives(const X509 *cert, struct x509 *c)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++)
		put_alternative(sk_GENERAL_NAME_value(all, i), c);
	GENERAL_NAMES_free(all);
}

static void put_url(const GENERAL_NAME *g, struct x509 *c)
{
	if (g && g->type == GEN_URI && c->urls_len < X509_URLS)
		put(c->urls[c->urls_len++], X509_NAME_LEN, string_of(g->d.ia5));
}

/* RFC 5280 4.2.1.13 and 4.2.2.1. */
static void put_urls(const X509 *cert, struct x509 *c)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
	AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);

	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(points, i);
		const GENERAL_NAMES *full = p->distpoint && p->distpoint->type == 0
						    ? p->distpoint->name.fullname : NULL;

		for (int k = 0; k < sk_GENERAL_NAME_num(full) && k < X509_URLS; k++)
			put_url(sk_GENERAL_NAME_value(full, k), c);
	}
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
		const ACCESS_DESCRIPTION *a = sk_ACCESS_DESCRIPTION_value(access, i);

		if (OBJ_obj2nid(a->method) == NID_ad_OCSP)
			put_url(a->location, c);
	}
	CRL_DIST_POINTS_free(points);
	AUTHORITY_INFO_ACCESS_free(access);
}

static void put_purpose(const ASN1_OBJECT *o, char to[X509_NAME_LEN])
{
	int nid = OBJ_obj2nid(o);
	char oid[X509_NAME_LEN];

	if (OBJ_obj2txt(oid, sizeof oid, o, 1) <= 0)
		oid[0] = 0;
	if (!strcmp(oid, "1.3.6.1.5.5.8.2.2")) /* has no name of its own there */
		snprintf(oid, sizeof oid, "iKEIntermediate");
	else if (nid != NID_undef)
		snprintf(oid, sizeof oid, "%s", OBJ_nid2sn(nid));
	put(to, X509_NAME_LEN, (struct bytes){ (const uint8_t *)oid, strlen(oid) });
}

static void put_usage(X509 *cert, struct x509 *c)
{
	EXTENDED_KEY_USAGE *all = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	uint32_t usage = X509_get_key_usage(cert);

	c->has_purposes = all != NULL;
	for (int i = 0; i < sk_ASN1_OBJECT_num(all) && c->purposes_len < X509_PURPOSES; i++)
		put_purpose(sk_ASN1_OBJECT_value(all, i), c->purposes[c->purposes_len++]);
	EXTENDED_KEY_USAGE_free(all);
	c->has_usage = usage != UINT32_MAX;
	c->may_sign = !c->has_usage || usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
	c->is_authority = (X509_get_extension_flags(cert) & EXFLAG_CA) != 0;
	c->self_signed = (X509_get_extension_flags(cert) & EXFLAG_SS) != 0;
}

/* RFC 7296 3.7: authorities are named by the hash of their key. */
static void put_key_hash(const X509 *cert, struct x509 *c)
{
	uint8_t *der = NULL, made[DIGEST_MAX];
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	if (len > 0 &&
	    digest_of(DIGEST_SHA1, &(struct bytes){ der, (size_t)len }, 1, made) == X509_HASH_LEN) {
		memcpy(c->key_hash, made, X509_HASH_LEN);
		c->has_key_hash = true;
	}
	OPENSSL_free(der);
}

bool x509_parse(struct bytes der, struct x509 *ret)
{
	const uint8_t *at = der.at;
	struct x509 c = { .serial = "" };
	X509 *cert = der.len <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	bool good = cert && seconds(X509_get0_notBefore(cert), &c.not_before) &&
		    seconds(X509_get0_notAfter(cert), &c.not_after);

	if (good) {
		X509_check_purpose(cert, -1, 0); /* reads the extensions */
		c.cut = !put_name(X509_get_subject_name(cert), c.subject);
		c.cut |= !put_name(X509_get_issuer_name(cert), c.issuer);
		put_serial(cert, &c);
		put_alternatives(cert, &c);
		put_usage(cert, &c);
		put_urls(cert, &c);
		put_key_hash(cert, &c);
		*ret = c;
	}
	X509_free(cert);
	ERR_clear_error(); /* nobody asks, and the queue would keep them */
	return good;
}

bool x509_name_parse(struct bytes der, char ret[X509_TEXT_LEN])
{
	const uint8_t *at = der.at;
	X509_NAME *name = der.len <= LONG_MAX ? d2i_X509_NAME(NULL, &at, (long)der.len) : NULL;
	char text[X509_TEXT_LEN];
	bool good = name && put_name(name, text);

	if (good)
		memcpy(ret, text, sizeof text);
	X509_NAME_free(name);
	ERR_clear_error();
	return good;
}
