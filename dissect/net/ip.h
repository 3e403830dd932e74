/*
 * net/ip.h - the IP header of either version, and what it says of its payload.
 *
 * Lengths are what the sender said; the payload window is what was recorded of
 * it: its `cut` is true when the recording stopped before the packet did, so
 * that parsers behind it tell the two apart. Padding behind the packet is not
 * in it. wire_left counts octets from the header on, on the wire: it takes the
 * place of a length field that offloading left at 0.
 */
#ifndef DISSECT_NET_IP_H
#define DISSECT_NET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/cursor.h"
#include "dissect/net/packet.h"

enum ip_protocol {
	IP_HOP_BY_HOP = 0, IP_ICMP = 1, IP_IPIP = 4, IP_TCP = 6, IP_UDP = 17, IP_IPV6 = 41,
	IP_ROUTING = 43, IP_FRAGMENT = 44, IP_GRE = 47, IP_ESP = 50, IP_AH = 51, IP_ICMPV6 = 58,
	IP_NONE = 59, IP_DESTINATION = 60,
};

struct ip {
	struct cursor payload;
	uint32_t payload_len; /* as the sender said */
	uint32_t header_len;  /* extension headers in front of the payload are in it; the IPv6
	                         fragment header is not: a whole datagram has none */
	bool fragment, more;
	uint32_t offset;      /* octets */
};

/* By the version in the first octet. *p gets its IP part, the rest of it stays. */
bool ip_parse(struct cursor c, size_t wire_left, struct packet *p, struct ip *ret);

/*
 * As quoted by an ICMP error: the packet is never whole, and some old systems
 * give the IPv4 total length and offset in the order of their host.
 */
bool ip_parse_quoted(struct cursor c, struct packet *p, struct ip *ret);

/* Steps over IPv6 extension headers up to one that is none of these, or to a fragment header. */
bool ipv6_extensions(struct cursor *c, uint8_t *protocol);

/* The fragment header that ret->payload stands on: RFC 8200 4.5. p gets its id and protocol. */
bool ipv6_fragment(struct packet *p, struct ip *ret);

bool ipv4_parse(struct cursor c, size_t wire_left, bool quoted, struct packet *p, struct ip *ret);
bool ipv6_parse(struct cursor c, size_t wire_left, struct packet *p, struct ip *ret);

/* Sum of the pseudo header of UDP and its kin: RFC 768, RFC 8200 8.1. */
uint64_t ip_pseudo_sum(const struct packet *p, uint8_t protocol, uint32_t len);

#endif
