/*
 * dissect/dissect.h - the door: a frame goes in, messages come out.
 *
 * dissector_frame() calls `saw` once or more per frame, in order:
 *   every frame carrying an IP fragment    MSG_FRAGMENT
 *   a fragment set that is whole           MSG_TRAIN, then the message inside it
 *   a set that never became whole          MSG_TRAIN with complete == false, when 30 s of
 *                                          packet time have passed since its first piece,
 *                                          when the table is full, or at dissector_end()
 *   IKE, ESP, AH, keepalive, ICMP error    one message each
 *   a record of a TCP stream (RFC 9329)    the message in it, with the frame that completed
 *                                          it: later ones may have been told already when
 *                                          octets were missing before it
 *   everything else                        MSG_OTHER, so that the analyser knows what the
 *                                          recording can show
 * Every pointer in a message dies when the callback returns. Kept between
 * frames, each bounded and oldest out first: fragment sets; TCP streams that
 * carry IKE; and the last 4096 pairs each of
 *   sockets, neither on 4500, that exchanged IKE behind the non-ESP marker: what
 *   passes between them afterwards is read as on port 4500 (a NAT gives both
 *   ends other ports);
 *   hosts that exchanged IKE: between them UDP 10000 may carry ESP as Cisco does;
 *   TCP sockets that exchanged IKE as Cisco's cTCP does: likewise.
 * What such a pair sent before its first IKE message stays OTHER_UDP or OTHER_TCP.
 * What an ICMP error quotes is never delivered as a message.
 */
#ifndef DISSECT_DISSECT_H
#define DISSECT_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/base/bytes.h"
#include "dissect/base/frame.h"
#include "dissect/base/seen.h"
#include "dissect/ike/ike.h"
#include "dissect/ipsec/esp.h"
#include "dissect/net/addr.h"
#include "dissect/net/ip_reassembly.h" /* struct piece, struct train */
#include "dissect/net/packet.h"        /* struct packet, enum checksum */

enum message_kind {
	MSG_IKE, MSG_ESP, MSG_AH, MSG_KEEPALIVE, MSG_ICMP, MSG_FRAGMENT, MSG_TRAIN, MSG_OTHER,
};

enum carriage { /* how IKE or ESP travels: domain.md 1 */
	CARRIED_IP,       /* protocol 50 or 51 */
	CARRIED_UDP,      /* UDP without marker */
	CARRIED_UDP_MARK, /* UDP with the four zero octets in front of IKE */
	CARRIED_TCP,      /* RFC 9329, or Cisco's cTCP */
};

struct icmp_error { /* RFC 792, RFC 4443; the packet around it is the message's own */
	uint8_t type, code;
	uint32_t mtu;            /* v4 3/4 and v6 2/0, else 0 */
	bool quotes;             /* something of the packet it complains of is there */
	struct packet quoted;
	uint32_t quoted_offset;  /* fragment offset of the quoted packet */
	bool quoted_more;
	struct bytes quoted_payload; /* behind the quoted IP header */
	bool quotes_ike;         /* enough of it to read the ISAKMP header */
	struct ike_header ike;
	bool quotes_esp;         /* or AH, whose sequence is 0 when only eight octets are quoted */
	uint32_t spi, sequence;
};

enum other_kind {
	OTHER_NOT_IP, OTHER_ARP_REQUEST, OTHER_ARP_REPLY, OTHER_SOLICIT, OTHER_ADVERTISE, /* IPv6 ND */
	OTHER_ECHO_REQUEST, OTHER_ECHO_REPLY, OTHER_ICMP, OTHER_TCP, OTHER_UDP, OTHER_IP,
	OTHER_TCP_LOST,   /* octets of a stream that carries IKE are missing: a record may be, too */
	OTHER_BAD_IKE,    /* on an IKE port, and not IKE, ESP or keepalive */
	OTHER_BROKEN,     /* a header that cannot be read */
};

struct message {
	enum message_kind kind;
	struct seen seen;             /* in fragments or TCP: of the frame that made it whole */
	const struct packet *packet;  /* NULL where no IP header could be read */
	const struct train *train;    /* NULL unless it came in IP fragments */
	union {
		struct {
			struct ike_header header;
			struct bytes bytes;   /* from the initiator SPI on; at most header.length */
			bool cut;             /* fewer than header.length, because of the recording */
			bool short_of;        /* fewer, because of the sender */
			enum carriage carriage;
			const struct ike_key *key; /* what find_key gave, or NULL */
		} ike;
		struct {
			uint32_t spi, sequence;
			enum carriage carriage;
			uint32_t len;         /* octets from the SPI on, as the sender said */
			uint64_t print;       /* over length, first 64 and last 16 recorded octets:
			                         equal packets have equal prints */
			struct bytes bytes;   /* from the SPI on, as recorded */
		} esp;                    /* ESP and AH */
		struct icmp_error icmp;
		struct {
			uint32_t offset, len;
			bool more;
			struct bytes bytes;   /* what was recorded of its payload */
		} fragment;
		struct {
			enum other_kind kind;
			struct addr target;   /* ARP, ND: the address asked for or told */
			struct addr asker;    /* ARP request, solicitation: who wants to know */
			uint8_t tcp_flags;
			struct bytes payload; /* of UDP and TCP: what was recorded of it */
		} other;
	} u;
};

struct ike_key; /* whoever hands out keys knows its shape */

struct dissect_options {
	uint32_t capture; /* goes into every `seen` */
	void (*saw)(void *ctx, const struct message *m);
	/* Keys for an encrypted message; may be NULL, may return NULL. Lent for the callback. */
	const struct ike_key *(*find_key)(void *ctx, const struct ike_header *h);
	void *ctx;
	uint32_t max_trains;     /* open fragment sets; 0 means 4096 */
	size_t max_train_bytes;  /* bytes held by all of them; 0 means 64 MiB */
	uint32_t max_streams;    /* TCP streams with IKE, two to a connection; 0 means 1024 */
	size_t max_stream_bytes; /* bytes held by all of them; 0 means 16 MiB */
};

struct dissector;
struct dissector *dissector_new(const struct dissect_options *o);
void dissector_frame(struct dissector *d, const struct frame *f);
void dissector_end(struct dissector *d); /* tells the sets that never became whole */
void dissector_free(struct dissector *d);

#endif
