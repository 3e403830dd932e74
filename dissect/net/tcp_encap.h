/*
 * net/tcp_encap.h - IKE and ESP in TCP (RFC 9329): segments in, records out.
 *
 * A stream is one direction of a connection. It is known by the prefix of its
 * originator, and then both directions are; without it, because the recording
 * began later, only on port 4500 and by content alone: a message of IKE, or
 * records of ESP that end where their segment does, twice. Segments may come in
 * any order, twice, overlapping, or in other pieces; of octets that came twice
 * the first in order stay. A record is told once, with the frame that completed
 * it. Octets that the other end has acknowledged and nobody recorded are given
 * up, as are those that too many others wait for: reading goes on at the next
 * segment that begins with a record.
 *
 * Streams and octets are bounded; the one that was quiet longest goes first, and is told as a loss.
 * No clock is asked, so stamps that jump change nothing.
 */
#ifndef DISSECT_NET_TCP_ENCAP_H
#define DISSECT_NET_TCP_ENCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/cursor.h"
#include "dissect/base/seen.h"
#include "dissect/net/packet.h"
#include "dissect/net/tcp.h"

enum tcp_content {
	TCP_STRANGE,
	TCP_EMPTY, /* nothing, or a keepalive */
	TCP_ESP,   /* has an SPI that is not zero */
	TCP_IKE,   /* beyond doubt */
};

struct tcp_record { /* lent until the callback returns */
	bool lost;         /* no record: some octets of the stream are missing here */
	struct seen seen;  /* the frame that completed it */
	const struct packet *packet;
	struct cursor c;   /* without the length field */
	uint32_t said;
};

struct tcp_encap_options {
	/* What a record of that length is, by as much of it as is there. */
	enum tcp_content (*sort)(struct cursor c, uint32_t said);
	void (*record)(void *ctx, const struct tcp_record *r);
	void *ctx;
	uint32_t max_streams;
	size_t max_bytes; /* held for all streams */
};

struct tcp_encap;
struct tcp_encap *tcp_encap_new(const struct tcp_encap_options *o);
void tcp_encap_free(struct tcp_encap *take);

void tcp_encap_segment(struct tcp_encap *e, struct seen seen, const struct packet *p,
		       const struct tcp *t);
void tcp_encap_end(struct tcp_encap *e); /* what still waits for missing octets */

#endif
