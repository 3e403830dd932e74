/*
 * evidence/pseudonym.h - names that only the holder of the key can turn back.
 *
 * The same key gives the same pseudonym, in a report, in an evidence file and
 * in the next capture. Nothing grows or shrinks.
 *
 * Addresses keep their prefixes in common (the construction of Crypto-PAn, Xu
 * et al. 2002, with another padding) and their kind: private, shared (RFC 6598), link-local, unique
 * local, multicast stay in their blocks; loopback, unspecified, reserved and
 * the groups of protocols stay as they are. An address that would fall into a
 * block of another kind is mapped once more, so that prefixes shorter than the
 * block may part there.
 * Words (letters and digits in a row) become words of the same letter cases,
 * whatever stands around them: a name in an identity still fits the one in a
 * certificate. Different words stay different.
 * Opaque octets become others that they and the key determine.
 */
#ifndef ANALYZER_EVIDENCE_PSEUDONYM_H
#define ANALYZER_EVIDENCE_PSEUDONYM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"
#include "dissect/net/addr.h"

enum { PSEUDONYM_KEY_LEN = 32 };

struct pseudonyms;
struct pseudonyms *pseudonyms_new(const uint8_t key[PSEUDONYM_KEY_LEN]); /* NULL: OpenSSL refuses */
void pseudonyms_free(struct pseudonyms *take);

struct addr pseudonym_addr(struct pseudonyms *p, const struct addr *a);
void pseudonym_mac(struct pseudonyms *p, uint8_t mac[6]);
uint64_t pseudonym_ike_spi(struct pseudonyms *p, uint64_t spi); /* 0 stays */
uint32_t pseudonym_esp_spi(struct pseudonyms *p, uint32_t spi); /* 0 and the reserved 1 to 255 stay */

/* Every word in it, in place. */
void pseudonym_words(struct pseudonyms *p, uint8_t *at, size_t len);
/* The same, but words in front of "=" and "://" that are labels of names stay: "CN=", "http://". */
void pseudonym_name(struct pseudonyms *p, uint8_t *at, size_t len);
/* A hash that names a key (CERTREQ, key identifiers), or an issuer's number: in place. */
void pseudonym_hash(struct pseudonyms *p, uint8_t *at, size_t len);
/* From now on hashes that begin like `from` become `to`: a key that was itself replaced. */
void pseudonym_set_hash(struct pseudonyms *p, const uint8_t from[20], const uint8_t to[20]);
void pseudonym_opaque(struct pseudonyms *p, uint8_t *at, size_t len);
/* Octets that seed determines. */
void pseudonym_stream(struct pseudonyms *p, struct bytes seed, uint8_t *to, size_t len);

/* {kind: {original: pseudonym}}: what has been replaced so far. Lent. */
const json_t *pseudonyms_map(const struct pseudonyms *p);
/* Adds rows that another process made. */
void pseudonyms_map_add(struct pseudonyms *p, const json_t *map);

/* An expression of libpcap: its words and numbers stay, addresses and host names do not. Free with mem_free. */
char *redact_filter(struct pseudonyms *p, const char *expression);

/* A report model (report.schema.json) that tells nothing that is not a pseudonym. Caller owns it. */
json_t *redact_model(struct pseudonyms *p, const json_t *model);

#endif
