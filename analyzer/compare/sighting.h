/*
 * compare/sighting.h - one packet of the wire as one recording saw it.
 *
 * What makes two sightings the same packet is free of addresses and ports, so
 * that a NAT between the recordings does not matter (diagnoses B.2): `key` is
 * what it is (SPIs and message id, SPI and sequence number, place in a fragmented
 * datagram, what an ICMP error quotes), `print` its bytes, 0 where too few of
 * them were recorded. Resends are equal in both. Where the recorder cut a packet
 * before it says what it is (`unread`), nothing but its size is left to know it by.
 */
#ifndef ANALYZER_COMPARE_SIGHTING_H
#define ANALYZER_COMPARE_SIGHTING_H

#include "dissect/dissect.h"

enum class { /* of packets that a filter treats alike */
#define CLASS(token, name) CLASS_##token,
#include "analyzer/compare/class.def"
#undef CLASS
	CLASSES
};

extern const char *const class_names[CLASSES];

struct sighting {
	struct seen seen;          /* the time is that of the near clock once the clocks are known */
	uint64_t key, print, full; /* full: of more bytes, for finding what was altered; 0: recorded in part */
	uint64_t train;            /* one datagram on its way: protocol, IP id and ends; 0: has no id */
	struct addr src, dst;
	enum class class;
	uint32_t id, len;          /* IP id; octets of the IP packet */
	uint32_t offset, payload;  /* which octets of the datagram it carries */
	uint32_t sample;           /* sequence number of ESP and AH, else 0: for choosing some of many */
	uint32_t spi;              /* of ESP and AH, else 0 */
	uint16_t sport, dport;
	uint8_t ttl, dscp, protocol;
	bool has_id, df, unread;
	bool put_together;         /* a message made of fragments, each of which was told before */
	enum checksum sum;
	enum way way;
};

/* What a packet would be known by if its recorder had cut it before it says what it is. */
uint64_t sighting_size_key(const struct sighting *s);

/* False for what is not compared: sets that never became whole, foreign traffic. */
bool sighting_of(const struct message *m, struct sighting *ret);

#endif
