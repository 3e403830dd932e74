/*
 * ike/ike.h - what one ISAKMP message says: IKEv1 (RFC 2408, 2409, 2407) and IKEv2 (RFC 7296).
 *
 * Each parser takes a cursor over exactly the bytes of its thing and fills a
 * plain struct, on success only. Lists are walked, not collected: every step of
 * a walk takes at least four octets off its cursor, so a walk ends. A version
 * split is a function of its own (ike1_, ike2_). Unknown numbers are data.
 * Windows in the structs are borrowed from the message.
 */
#ifndef DISSECT_IKE_IKE_H
#define DISSECT_IKE_IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"
#include "dissect/base/cursor.h"

enum { IKE_HEADER_LEN = 28 };

/* IKE1_X_MAIN_MODE, IKE2_P_SK, IKE2_N_COOKIE ...: one per row of its table. */
enum ike1_exchange {
#define ROW(number, name, meaning) IKE1_X_##name = number,
#include "dissect/tables/ike1_exchange.def"
#undef ROW
};
enum ike2_exchange {
#define ROW(number, name, meaning) IKE2_X_##name = number,
#include "dissect/tables/ike2_exchange.def"
#undef ROW
};
enum ike1_payload {
#define ROW(number, name, meaning) IKE1_P_##name = number,
#include "dissect/tables/ike1_payload.def"
#undef ROW
};
enum ike2_payload {
#define ROW(number, name, meaning) IKE2_P_##name = number,
#include "dissect/tables/ike2_payload.def"
#undef ROW
};
enum ike2_notify {
#define ROW(number, name, meaning) IKE2_N_##name = number,
#include "dissect/tables/ike2_notify.def"
#undef ROW
};

enum ike_flag {
	IKE1_ENCRYPTED = 0x01,
	IKE2_INITIATOR = 0x08, /* sender is the original initiator of this IKE SA */
	IKE2_VERSION = 0x10,
	IKE2_RESPONSE = 0x20,
};

struct ike_header { /* RFC 7296 3.1, RFC 2408 3.1 */
	uint64_t spi_i, spi_r;
	uint8_t next, version, exchange, flags;
	uint32_t message_id, length;
};

static inline unsigned ike_major(const struct ike_header *h)
{
	return h->version >> 4;
}

bool ike_parse_header(struct cursor *c, struct ike_header *ret);

/*
 * Could these bytes be an IKE message although the port says nothing? Version
 * 1.0 or 2.x, SPI of the initiator not zero, length at least 28 and not above
 * `len`, first payload known to the version (domain.md 1).
 */
bool ike_plausible(const struct ike_header *h, size_t len);

/* The payload chain: RFC 7296 3.2, RFC 2408 3.2. */
struct ike_chain {
	struct cursor c;
	uint8_t next;
	uint8_t major;
};

struct ike_payload {
	uint8_t type;
	uint8_t next;        /* of SK and SKF: the first payload inside */
	bool critical;
	size_t len;          /* as its header says, the four octets of the header included */
	struct cursor body;
};

/* Over a message that starts at its header. The chain of an encrypted v1 message is empty. */
struct ike_chain ike_chain(const struct ike_header *h, struct bytes message, bool cut);
bool ike_next_payload(struct ike_chain *chain, struct ike_payload *ret);

/* Proposals and transforms: RFC 7296 3.3; RFC 2408 3.4 to 3.6 with RFC 2409 A and RFC 2407 4. */
struct ike_proposal {
	uint8_t number, protocol, transforms;
	struct bytes spi;
	struct cursor body; /* its transforms */
};

struct ike_transform {
	uint8_t type;      /* v2: 1 ENCR, 2 PRF, 3 INTEG, 4 KE, 5 SN, 6..12 ADDKE, 13 KWA, 14 GCAUTH */
	uint8_t number;    /* v1: transform number */
	uint16_t id;
	uint16_t key_bits; /* v2: attribute 14, or 0 */
	struct cursor attributes;
};

struct ike_attribute {
	uint16_t type;
	bool is_short;     /* v1: TV form */
	uint64_t number;   /* the value, when it fits eight octets */
	struct bytes value;
};

bool ike1_open_sa(struct cursor *body, uint32_t *ret_doi, uint32_t *ret_situation);
bool ike1_next_proposal(struct cursor *proposals, struct ike_proposal *ret);
bool ike1_next_transform(struct cursor *transforms, struct ike_transform *ret);
bool ike1_next_attribute(struct cursor *attributes, struct ike_attribute *ret);
bool ike2_next_proposal(struct cursor *proposals, struct ike_proposal *ret);
bool ike2_next_transform(struct cursor *transforms, struct ike_transform *ret);
bool ike2_next_attribute(struct cursor *attributes, struct ike_attribute *ret);

/* One cipher suite of an IKE SA as numbers of the IKEv2 registries; 0 where nothing was chosen. */
struct ike_suite {
	uint16_t encr, key_bits, prf, integ, group;
	uint16_t auth;  /* v1: authentication method */
	uint8_t version; /* 1 or 2 */
	uint32_t life_seconds; /* v1 */
};

/* The first proposal's first transform of each type (an answer has no more). False when none. */
bool ike1_chosen(struct cursor sa, struct ike_suite *ret);
bool ike2_chosen(struct cursor sa, struct ike_suite *ret);

/* Sizes of encrypted bodies: diagnoses.md A.2. Octets; false when the suite is not in the table. */
struct ike_sizes {
	uint8_t block, iv, icv, prf;
};
bool ike_sizes_of(const struct ike_suite *s, struct ike_sizes *ret);
/* Inner plaintext range of an SK or SKF payload of that length; false when it does not fit. */
bool ike2_plain_range(const struct ike_sizes *s, size_t payload_len, bool skf, uint32_t *ret_min,
		      uint32_t *ret_max);

struct ike_ke { /* RFC 7296 3.4; v1 has no group of its own, it stays 0 */
	uint16_t group;
	struct bytes data;
};
bool ike1_parse_ke(struct cursor *body, struct ike_ke *ret);
bool ike2_parse_ke(struct cursor *body, struct ike_ke *ret);
/* Octets of a key exchange value of that method, as the initiator or responder sends it; 0 unknown. */
size_t ike_ke_len(uint16_t group, bool responder);

struct ike_id { /* RFC 7296 3.5, RFC 2407 4.6.2 */
	uint8_t type, protocol;
	uint16_t port;
	struct bytes data;
};
bool ike1_parse_id(struct cursor *body, struct ike_id *ret);
bool ike2_parse_id(struct cursor *body, struct ike_id *ret);

struct ike_notify { /* RFC 7296 3.10, RFC 2408 3.14 */
	uint8_t protocol;
	uint16_t type;
	struct bytes spi, data;
};
bool ike1_parse_notify(struct cursor *body, struct ike_notify *ret);
bool ike2_parse_notify(struct cursor *body, struct ike_notify *ret);

struct ike_delete { /* RFC 7296 3.11, RFC 2408 3.15 */
	uint8_t protocol, spi_len;
	uint16_t count;
	struct bytes spis; /* count times spi_len */
};
bool ike1_parse_delete(struct cursor *body, struct ike_delete *ret);
bool ike2_parse_delete(struct cursor *body, struct ike_delete *ret);

struct ike_cert { /* certificates and certificate requests */
	uint8_t encoding;
	struct bytes data;
};
bool ike_parse_cert(struct cursor *body, struct ike_cert *ret);
/* A v2 request names its authorities by SHA-1 of their keys, 20 octets each: RFC 7296 3.7. */
bool ike2_open_certreq(struct cursor *body, uint8_t *ret_encoding);
bool ike2_next_authority(struct cursor *authorities, struct bytes *ret);

struct ike_auth { /* RFC 7296 3.8 */
	uint8_t method;
	struct bytes algorithm; /* method 14: the ASN.1 AlgorithmIdentifier, RFC 7427 3 */
	struct bytes data;
};
bool ike2_parse_auth(struct cursor *body, struct ike_auth *ret);

struct ike_eap { /* RFC 7296 3.16, RFC 3748 4 */
	uint8_t code, id; /* code: 1 request, 2 response, 3 success, 4 failure */
	uint8_t type;     /* of requests and responses, else 0 */
	struct bytes data;
};
bool ike2_parse_eap(struct cursor *body, struct ike_eap *ret);

struct ike_config { /* RFC 7296 3.15; draft-dukes-ike-mode-cfg-02 3.2, also of XAUTH */
	uint8_t type;
	uint16_t id; /* v1: the same throughout a transaction */
	struct cursor attributes; /* v1: walked by ike1_next_attribute */
};
bool ike1_parse_config(struct cursor *body, struct ike_config *ret);
bool ike2_parse_config(struct cursor *body, struct ike_config *ret);
/* These have no short form: RFC 7296 3.15.1. */
bool ike2_next_config_attribute(struct cursor *attributes, struct ike_attribute *ret);

struct ike_ts { /* RFC 7296 3.13.1 */
	uint8_t type, protocol;
	uint16_t start_port, end_port;
	struct bytes start, end; /* addresses; of other types: start is the whole selector */
};
bool ike2_open_ts(struct cursor *body, uint8_t *ret_count);
bool ike2_next_ts(struct cursor *selectors, struct ike_ts *ret);

struct ike_skf { /* RFC 7383 2.5: body of payload 53 */
	uint16_t number, total;
	struct bytes rest; /* IV, ciphertext, ICV */
};
bool ike2_parse_skf(struct cursor *body, struct ike_skf *ret);

struct ike1_fragment { /* payload 132, domain.md 15.1 */
	uint16_t id;
	uint8_t number;
	bool last;
	struct bytes data;
};
bool ike1_parse_fragment(struct cursor *body, struct ike1_fragment *ret);

/* Names: NULL for a number nobody assigned; the caller prints the number. */
enum ike_table {
	IKE1_EXCHANGES, IKE2_EXCHANGES, IKE1_PAYLOADS, IKE2_PAYLOADS, IKE1_NOTIFIES, IKE2_NOTIFIES,
	IKE2_TRANSFORM_TYPES, IKE_ENCR, IKE_PRF, IKE_INTEG, IKE_GROUPS, IKE_SN,
	IKE1_ENCR, IKE1_HASH, IKE1_AUTH, IKE1_GROUP_TYPES, IKE1_LIFE_TYPES, IKE1_ATTRIBUTES,
	IKE1_IPSEC_ATTRIBUTES, IKE1_ESP, IKE1_AH, IKE1_IPCOMP, IKE1_ENCAPSULATION, IKE1_IPSEC_AUTH,
	IKE1_ID_TYPES, IKE2_ID_TYPES, IKE_CERT_ENCODINGS, IKE2_AUTH_METHODS, IKE_CONFIG_ATTRIBUTES,
	IKE_CONFIG_TYPES, IKE_PROTOCOLS, IKE_KWA, IKE_GCAUTH, IKE_SIGNATURE_HASHES,
	IKE_TABLES
};
const char *ike_name(enum ike_table table, uint32_t number);
/* What people read beside the name; NULL where there is none. */
const char *ike_meaning(enum ike_table table, uint32_t number);
/* Row i of a table, in order of number; false behind the last. *ret_meaning may become NULL. */
bool ike_row(enum ike_table table, size_t i, uint32_t *ret_number, const char **ret_name,
	     const char **ret_meaning);
/* The name, or "TYPE_n" in buf for an unknown number. Never NULL. */
enum { IKE_NAME_TEXT = 24 };
const char *ike_name_or(enum ike_table table, uint32_t number, char buf[IKE_NAME_TEXT]);

struct ike_vendor { /* domain.md 19 */
	const char *name;
	bool is_product; /* names an implementation; else a feature */
};
/* Longest prefix first, then exact. NULL when unknown. */
const struct ike_vendor *ike_vendor_of(struct bytes vid);

#endif
