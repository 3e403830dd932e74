/*
 * net/ip_reassembly.h - fragments in, whole datagrams out: RFC 791 3.2, RFC 8200 4.5.
 *
 * A set of fragments lives until it is whole, until 30 s of packet time have
 * passed since its first piece, or until the limits ask for its room: then the
 * oldest goes. Packet time may jump back: nothing ages by that.
 * Of octets that came twice the first stay; when they differ the set can never
 * become whole, and in IPv6 any overlap but an exact repeat has that effect
 * (RFC 5722 3, RFC 8200 4.5). The same holds for pieces that disagree where the
 * datagram ends. Pieces that repeat a datagram made whole a moment ago, because
 * it was recorded twice, are no loss of the others: such a set is told only if
 * it becomes whole too.
 */
#ifndef DISSECT_NET_IP_REASSEMBLY_H
#define DISSECT_NET_IP_REASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"
#include "dissect/base/seen.h"
#include "dissect/net/ip.h"
#include "dissect/net/packet.h"

struct piece {
	struct seen seen;
	uint32_t offset, len; /* octets of payload */
	bool more;
	uint32_t packet_len;  /* IP length of the fragment itself */
};

enum { TRAIN_PIECES = 128 }; /* pieces told; a set with more is counted in `count` */

struct train { /* the fragments of one datagram */
	struct piece pieces[TRAIN_PIECES]; /* in order of arrival, no duplicates */
	uint32_t count;
	uint32_t duplicates;
	uint32_t total;          /* payload length; 0 when the last piece is not there */
	bool complete, has_first, has_last;
	bool overlap, overlap_differs;
	bool evicted;            /* told early: too many sets were open */
	struct bytes head;       /* payload from offset 0 on, as far as it is unbroken */
};

struct datagram { /* a set that left the table; owns the bytes under train.head */
	struct seen seen;     /* complete: the piece that made it so; else its first */
	struct packet packet; /* of the fragment at offset 0 if it is there, as if never split */
	struct train train;
	uint8_t *data;
};
void datagram_clear(struct datagram *d);

struct reassembly;
struct reassembly *reassembly_new(uint32_t max_trains, size_t max_bytes);
void reassembly_free(struct reassembly *take);

/* Each hands out one set, to be cleared by the caller; false when there is none. */
bool reassembly_add(struct reassembly *r, struct seen seen, const struct packet *p,
		    const struct ip *ip, struct datagram *ret);            /* whole now */
bool reassembly_old(struct reassembly *r, int64_t now_ns, struct datagram *ret);
bool reassembly_over(struct reassembly *r, struct datagram *ret);      /* beyond the limits */
bool reassembly_rest(struct reassembly *r, struct datagram *ret);      /* at the end: any */

#endif
