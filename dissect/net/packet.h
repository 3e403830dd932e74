/*
 * net/packet.h - what the headers around a message say, down to its ports.
 *
 * Filled layer by layer: link.h gives the way and the hardware addresses,
 * ip.h the IP part, udp.h the ports. A checksum is judged only when every byte
 * under it was recorded.
 */
#ifndef DISSECT_NET_PACKET_H
#define DISSECT_NET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/frame.h"
#include "dissect/net/addr.h"

enum { PORT_IKE = 500, PORT_NATT = 4500 };

static inline bool is_ike_port(uint16_t port)
{
	return port == PORT_IKE || port == PORT_NATT;
}

enum checksum { SUM_UNKNOWN, SUM_GOOD, SUM_BAD, SUM_ABSENT }; /* unknown: not all bytes recorded */

/* One IP datagram from outside: the innermost one that carries the message. */
struct packet {
	struct addr src, dst;
	struct addr last_hop;    /* IPv6 with a routing header: where it is to end; else of no family */
	bool ends_hidden;        /* a checksum is over addresses that are not known */
	uint8_t protocol;        /* IP protocol number of what it carries */
	uint8_t ttl, tos;        /* hop limit and traffic class in IPv6 */
	bool df, has_id, cut;    /* cut: some of its bytes were not recorded */
	uint32_t id;             /* IPv4 identification, or that of the IPv6 fragment header */
	uint32_t len;            /* whole datagram with its IP header, as the sender said; when it came
	                            in fragments: the length it had before */
	uint16_t sport, dport;   /* 0 where there are none */
	enum checksum ip_sum, udp_sum;
	enum way way;
	uint8_t depth;           /* tunnels (IPIP, GRE..) that were looked through */
	bool has_mac;
	uint8_t mac_src[6], mac_dst[6];
	uint32_t interface;
	uint16_t link;           /* LINKTYPE_ number of the frame */
	uint32_t frame_len;      /* wire length of the frame */
};

#endif
