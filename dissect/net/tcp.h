/*
 * net/tcp.h - the TCP header (RFC 9293 3.1) of one segment.
 */
#ifndef DISSECT_NET_TCP_H
#define DISSECT_NET_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/cursor.h"

enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

struct tcp {
	uint16_t sport, dport;
	uint32_t sequence, ack;
	uint8_t flags;
	struct cursor payload;
	uint32_t payload_len; /* as the sender said */
};

/* said: length of the IP payload. False when the header cannot be true or is not all there. */
bool tcp_parse(struct cursor c, uint32_t said, struct tcp *ret);

static inline bool tcp_has_port(const struct tcp *t, uint16_t port)
{
	return t->sport == port || t->dport == port;
}

#endif
