/*
 * fuzz_tcp_encap.c - segments of a TCP connection through the stream reader, 4 streams and 64 KiB.
 *
 * Two octets: how many segments, and the port. Then six octets a segment: flags, where it begins
 * (two, from the start of the stream), its length, what was not recorded of it, what the other end
 * has acknowledged (units of 16). The rest is the stream, so that segments that overlap agree
 * unless a flag spoils one. Where each octet of the stream came once at least and nothing else
 * happened, what is told must be what a reader of the whole stream finds.
 */
#include <stdlib.h>
#include <string.h>

#include "dissect/net/tcp_encap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DESCRIPTOR = 6, PREFIX = 6, MOST_HELD = 60, START = 0xfffffe00 /* numbers wrap */ };

enum flag { /* of a segment */
	FIN = 0x01, SYN = 0x02, RST = 0x04, BACK = 0x08, SPOILT = 0x10, OTHER_PORT = 0x20, FAR = 0x40,
	ODD = FIN | SYN | RST | BACK | SPOILT | OTHER_PORT | FAR,
};

struct stream {
	struct bytes all;
	size_t at;            /* the first octet that no record has told */
	bool plain;           /* what is told is held against the stream */
	size_t told;
};

static void need(bool holds)
{
	if (!holds)
		abort();
}

/* By content as short as can be: 'I' is IKE, 'E' begins an SPI, '.' is a keepalive. */
static enum tcp_content sort(struct cursor c, uint32_t said)
{
	size_t left = cur_left(&c);

	if (!said || (said == 1 && left && c.at[0] == '.'))
		return TCP_EMPTY;
	if (left && c.at[0] == 'I')
		return TCP_IKE;
	return left >= 8 && c.at[0] == 'E' ? TCP_ESP : TCP_STRANGE;
}

/* Of a plain stream each record is the next one of the whole, octet by octet. */
static void record(void *ctx, const struct tcp_record *r)
{
	struct stream *s = ctx;
	struct cursor c = r->c;
	struct bytes b = cur_rest(&c);
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < b.len; i++)
		sum = (uint8_t)(sum + b.at[i]);
	need(r->packet && b.len <= r->said && (!r->lost || !b.len));
	s->told += 1;
	s->plain = s->plain && !r->lost; /* a length that cannot be: from here on it gropes */
	if (!s->plain || b.len < r->said)
		return;
	need(s->all.len - s->at >= 2 + b.len && (s->all.at[s->at] << 8 | s->all.at[s->at + 1]) == (int)b.len + 2 &&
	     !memcmp(s->all.at + s->at + 2, b.at, b.len));
	s->at += 2 + b.len;
}

static struct addr host(uint8_t last)
{
	struct addr a;

	memset(&a, 0, sizeof a);
	a.family = 4;
	a.at[3] = last;
	return a;
}

static void give(struct tcp_encap *e, const uint8_t *d, uint16_t port, struct bytes all, uint64_t number)
{
	uint8_t flags = d[0];
	bool back = flags & BACK;
	size_t from = ((size_t)d[1] << 8 | d[2]) % (all.len + 1), len = d[3];
	struct packet p = { .protocol = 6, .src = host(1 + back), .dst = host(2 - back) };
	struct tcp t = { .flags = (flags & (FIN | SYN | RST)) | TCP_ACK,
			 .ack = (back ? START : 77) + d[5] * 16u,
			 .sequence = START + (uint32_t)from + (flags & FAR ? 1u << 30 : 0) };
	size_t hidden, have;
	uint8_t *tight;

	len = len < all.len - from ? len : all.len - from;
	hidden = d[4] < len ? d[4] : len;
	have = len - hidden;
	tight = malloc(have + 1);
	need(tight != NULL);
	for (size_t i = 0; i < have; i++)
		tight[i + 1] = (uint8_t)(all.at[from + i] ^ (flags & SPOILT ? 0x15 : 0));
	p.sport = t.sport = back ? port : flags & OTHER_PORT ? 41000 : 40000;
	p.dport = t.dport = back ? flags & OTHER_PORT ? 41000 : 40000 : port;
	t.payload = cur_over(tight + 1, have, hidden);
	t.payload_len = (uint32_t)len;
	tcp_encap_segment(e, (struct seen){ 0, number, 0 }, &p, &t);
	free(tight);
}

/* Where the records end that lie in the first n octets of the stream, up to a length that cannot be. */
static size_t records_in(struct bytes all, size_t n)
{
	size_t at = PREFIX, len;

	for (; at + 2 <= n; at += len) {
		len = (size_t)all.at[at] << 8 | all.at[at + 1];
		if (len < 2 || at + len > n)
			break;
	}
	return at;
}

static bool is_plain(const uint8_t *d, size_t n, struct bytes all)
{
	bool plain = n && n <= MOST_HELD && all.len >= PREFIX && !memcmp(all.at, "IKETCP", PREFIX) &&
		     !memmem(all.at + 1, all.len - 1, "IKETCP", PREFIX) && !d[1] && !d[2] && d[3] >= PREFIX;

	for (size_t i = 0; i < n; i++)
		plain = plain && !(d[i * DESCRIPTOR] & ODD) && !d[i * DESCRIPTOR + 4];
	return plain;
}

/* The octets that came, without a hole, from the first on. */
static size_t covered(const uint8_t *d, size_t n, size_t all)
{
	size_t to = 0;
	bool grew = true;

	while (grew) {
		grew = false;
		for (size_t i = 0; i < n; i++) {
			size_t from = ((size_t)d[i * DESCRIPTOR + 1] << 8 | d[i * DESCRIPTOR + 2]) % (all + 1);
			size_t end = from + d[i * DESCRIPTOR + 3];

			end = end < all ? end : all;
			grew |= from <= to && end > to;
			to = from <= to && end > to ? end : to;
		}
	}
	return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = { 443, 4500, 10000 };
	struct stream s = { .at = PREFIX };
	struct tcp_encap *e;
	const uint8_t *d = data + 2;
	bool plain;
	size_t n;

	if (size < 2)
		return 0;
	n = data[0] < (size - 2) / DESCRIPTOR ? data[0] : (size - 2) / DESCRIPTOR;
	s.all = (struct bytes){ d + n * DESCRIPTOR, size - 2 - n * DESCRIPTOR };
	plain = is_plain(d, n, s.all);
	s.plain = plain;
	e = tcp_encap_new(&(struct tcp_encap_options){ .sort = sort, .record = record, .ctx = &s,
						       .max_streams = 4, .max_bytes = 65536 });
	for (size_t i = 0; i < n; i++)
		give(e, d + i * DESCRIPTOR, ports[data[1] % 3], s.all, i + 1);
	need(!plain || s.at >= records_in(s.all, covered(d, n, s.all.len)));
	s.plain = false;
	tcp_encap_end(e);
	tcp_encap_free(e);
	need(s.told <= size * 2);
	return 0;
}
