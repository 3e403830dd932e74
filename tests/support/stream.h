/*
 * support/stream.h - segments for tcp_encap, and what it told of them.
 *
 * Records of these tests: "I..." is IKE beyond doubt, "E" and a digit, 0, and a big-endian number is
 * ESP of that SPI and sequence, "." is a keepalive. Each segment lies in a heap buffer of its own size.
 */
#ifndef TESTS_SUPPORT_STREAM_H
#define TESTS_SUPPORT_STREAM_H

#include <string.h>

#include "dissect/net/tcp_encap.h"
#include "tests/support/build.h"
#include "tests/support/suite.h"

enum { STREAM_MOST = 512, STREAM_BYTES = 256 };

struct stream_told {
	bool lost, cut, back; /* back: from the responder */
	uint64_t frame;
	uint32_t said;
	size_t len;
	uint8_t bytes[STREAM_BYTES];
};

static struct stream_told stream_told[STREAM_MOST];
static size_t stream_count;
static uint64_t stream_frame;
static uint16_t stream_port = 443;

static inline enum tcp_content stream_sort(struct cursor c, uint32_t said)
{
	size_t left = cur_left(&c);

	if (!said || (said == 1 && left && c.at[0] == '.'))
		return TCP_EMPTY;
	if (left >= 1 && c.at[0] == 'I')
		return TCP_IKE;
	return left >= 8 && c.at[0] == 'E' ? TCP_ESP : TCP_STRANGE;
}

static inline void stream_record(void *ctx, const struct tcp_record *r)
{
	struct stream_told *t = &stream_told[stream_count < STREAM_MOST ? stream_count : 0];
	struct cursor c = r->c;
	struct bytes b = cur_rest(&c);

	ck_assert_ptr_eq(ctx, &stream_count);
	ck_assert_ptr_nonnull(r->packet);
	ck_assert(b.len <= r->said);
	memset(t, 0, sizeof *t);
	t->lost = r->lost;
	t->cut = b.len < r->said;
	t->back = r->packet->sport == stream_port;
	t->frame = r->seen.frame;
	t->said = r->said;
	t->len = b.len;
	for (size_t i = 0; i < b.len; i++) /* all of them, so that ASan looks */
		t->bytes[i % STREAM_BYTES] = b.at[i];
	stream_count += 1;
}

static inline struct tcp_encap *stream_new(uint16_t port, uint32_t max_streams, size_t max_bytes)
{
	stream_count = 0;
	stream_frame = 0;
	stream_port = port;
	return tcp_encap_new(&(struct tcp_encap_options){
		.sort = stream_sort, .record = stream_record, .ctx = &stream_count,
		.max_streams = max_streams, .max_bytes = max_bytes });
}

struct segment {
	bool back;
	uint8_t flags;
	uint16_t client; /* port; 0 means 40000 */
	uint32_t sequence, ack;
	const void *bytes;
	size_t len, hidden; /* hidden: octets behind them that were not recorded */
};

static inline void stream_give(struct tcp_encap *e, const struct segment *g)
{
	uint8_t *tight = copy_exactly(g->bytes, g->len);
	uint16_t client = g->client ? g->client : 40000;
	struct seen seen = { 0, ++stream_frame, 0 };
	struct packet p = { .protocol = 6 };
	struct tcp t = { .sequence = g->sequence, .ack = g->ack, .flags = g->flags };

	addr_parse(g->back ? "203.0.113.9" : "192.0.2.1", &p.src);
	addr_parse(g->back ? "192.0.2.1" : "203.0.113.9", &p.dst);
	p.sport = t.sport = g->back ? stream_port : client;
	p.dport = t.dport = g->back ? client : stream_port;
	t.payload = cur_over(tight, g->len, g->hidden);
	t.payload_len = (uint32_t)(g->len + g->hidden);
	tcp_encap_segment(e, seen, &p, &t);
	free(tight);
}

static inline void stream_send(struct tcp_encap *e, uint32_t sequence, const void *bytes, size_t len)
{
	stream_give(e, &(struct segment){ .flags = TCP_ACK, .sequence = sequence, .ack = 5000,
					  .bytes = bytes, .len = len });
}

#endif
