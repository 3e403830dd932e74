/*
 * net/link.h - from a frame to what it carries.
 *
 * Takes off the link header and all that may stand between it and IP: VLAN
 * tags (802.1Q, 802.1ad, stacked), PPPoE sessions, MPLS labels and Ethernet
 * pseudowires, LLC/SNAP. The hardware addresses are those of the outside. What
 * is left is named by its EtherType, whatever the link type calls it; 0 is
 * anything without one. Padding and trailers are still there: the length of
 * IP, not of the frame, tells where a packet ends.
 */
#ifndef DISSECT_NET_LINK_H
#define DISSECT_NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/cursor.h"
#include "dissect/base/frame.h"
#include "dissect/net/addr.h"

enum ethertype {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_TRANSPARENT = 0x6558, /* an Ethernet frame inside GRE */
	ETHER_IPV6 = 0x86dd,
	ETHER_PPP = 0x880b,         /* inside GRE as PPTP has it */
};

struct link {
	uint16_t type;         /* EtherType of the payload, 0 for none */
	struct cursor payload;
	size_t wire_left;      /* octets from the payload on, on the wire */
	enum way way;
	bool has_mac;
	uint8_t mac_src[6], mac_dst[6];
};

/* False when a header is not all there. An unknown link type is no failure: its type is 0. */
bool link_parse(const struct frame *f, struct link *ret);

/* The same for what a tunnel carries: wire_left octets, named by an EtherType. */
bool link_parse_inner(struct cursor c, size_t wire_left, uint16_t type, struct link *ret);

struct arp { /* RFC 826, for IPv4 over anything */
	bool request;
	struct addr sender, target;
};
bool arp_parse(struct cursor *c, struct arp *ret);

#endif
