/*
 * base/x509.h - what an X.509 certificate says of itself, decoded by OpenSSL.
 *
 * Nothing is verified here: no signature, no chain, no date. Every text is safe
 * UTF-8 and ends in a zero byte; one that was longer than its room is cut, and
 * `cut` says so. Names are in the order in which they stand in the certificate.
 * Owns nothing; what OpenSSL needs it has given back before x509_parse returns.
 */
#ifndef DISSECT_BASE_X509_H
#define DISSECT_BASE_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"

enum { X509_TEXT_LEN = 384, X509_NAME_LEN = 160, X509_SERIAL_LEN = 48, X509_NAMES = 8, X509_PURPOSES = 8,
       X509_URLS = 4, X509_HASH_LEN = 20 };

enum x509_name_kind { X509_DNS, X509_ADDRESS, X509_MAIL, X509_URI }; /* RFC 5280 4.2.1.6 */

struct x509 {
	char subject[X509_TEXT_LEN], issuer[X509_TEXT_LEN]; /* "C=CH, O=Example, CN=moon" */
	char serial[X509_SERIAL_LEN];                       /* hex */
	struct x509_name {
		enum x509_name_kind kind;
		char text[X509_NAME_LEN];
	} names[X509_NAMES];
	uint32_t names_len, names_total;
	char purposes[X509_PURPOSES][X509_NAME_LEN];        /* extended key usage: serverAuth, or the OID */
	uint32_t purposes_len;
	char urls[X509_URLS][X509_NAME_LEN];                /* where its CRL or OCSP server is */
	uint32_t urls_len;
	bool has_purposes, has_usage;                       /* the extension is there */
	bool may_sign;                                      /* digitalSignature or nonRepudiation */
	bool is_authority, self_signed, cut;
	int64_t not_before, not_after;                      /* seconds since 1970 */
	uint8_t key_hash[X509_HASH_LEN];                    /* SHA-1 of its SubjectPublicKeyInfo */
	bool has_key_hash;
};

bool x509_parse(struct bytes der, struct x509 *ret);
/* A distinguished name as it stands in identities and requests. */
bool x509_name_parse(struct bytes der, char ret[X509_TEXT_LEN]);

#endif
