/*
 * net/udp.h - UDP (RFC 768), judged against the IP packet around it.
 *
 * A length field that cannot be true spoils nothing: the payload is then what
 * the IP packet has.
 */
#ifndef DISSECT_NET_UDP_H
#define DISSECT_NET_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/cursor.h"
#include "dissect/net/packet.h"

enum { UDP_HEADER_LEN = 8 };

struct udp {
	uint16_t sport, dport;
	struct cursor payload;
	uint32_t payload_len; /* as the sender said */
	enum checksum sum;
};

/* p gives the addresses; said is the length of the IP payload. */
bool udp_parse(struct cursor c, uint32_t said, const struct packet *p, struct udp *ret);

static inline bool udp_has_port(const struct udp *u, uint16_t port)
{
	return u->sport == port || u->dport == port;
}

#endif
