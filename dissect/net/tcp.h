/*
 * net/tcp.h - the TCP header (RFC 9293 3.1) of one segment, and the records of RFC 9329 in it.
 *
 * A segment is read for itself: no stream is kept.
 */
#ifndef DISSECT_NET_TCP_H
#define DISSECT_NET_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/cursor.h"

struct tcp {
	uint16_t sport, dport;
	uint8_t flags;
	struct cursor payload;
	uint32_t payload_len; /* as the sender said */
};

/* said: length of the IP payload. False when the header cannot be true or is not all there. */
bool tcp_parse(struct cursor c, uint32_t said, struct tcp *ret);

/* Steps over the six octets that begin a stream of RFC 9329; false when they are not there. */
bool tcp_encap_prefix(struct tcp *t);

/* Takes one record (RFC 9329 3) off the payload; *ret_len is without the length field. */
bool tcp_encap_record(struct tcp *t, struct cursor *ret, uint32_t *ret_len);

#endif
