#include "tests/support/stream.h"

enum { RECORDS = 60, ROUNDS = 24, MOST_SEGMENTS = 40000 };

static uint8_t bytes[RECORDS * 320 + 6];
static size_t len, ends[RECORDS];
static struct cutting {
	size_t from, to;
} segments[MOST_SEGMENTS];
static size_t segment_count;

/* The prefix, and records of IKE and ESP with their place written in them. */
static void fill(uint64_t *random)
{
	memcpy(bytes, "IKETCP", 6);
	len = 6;
	for (uint32_t i = 0; i < RECORDS; i++) {
		uint32_t payload = 12 + build_random(random) % 300;

		put16(bytes + len, payload + 2);
		memset(bytes + len + 2, (int)i, payload);
		memcpy(bytes + len + 2, i % 3 ? "E1\0\0" : "I1\0\0", 4);
		put32(bytes + len + 6, i + 1);
		len += payload + 2;
		ends[i] = len;
	}
}

static void cut(size_t from, size_t to)
{
	segments[segment_count++] = (struct cutting){ from, to };
}

/* Every octet at least once, in pieces of any size, some again and some with their neighbours. */
static void split(uint64_t *random, uint32_t most)
{
	segment_count = 0;
	for (size_t at = 0; at < len;) {
		size_t to = at + 1 + build_random(random) % most;
		size_t back = build_random(random) % 4 ? 0 : build_random(random) % (at + 1) % 50;

		to = to < len ? to : len;
		cut(at - back, to);
		if (build_random(random) % 5 == 0)
			cut(at - back, to);
		at = to;
	}
}

/* As most stacks send: whole records, one or some to a segment. */
static void split_between_records(uint64_t *random)
{
	size_t at = 0;

	segment_count = 0;
	for (uint32_t i = 0; i < RECORDS; i++)
		if (build_random(random) % 3 || i + 1 == RECORDS) {
			cut(at, ends[i]);
			at = ends[i];
		}
}

/* No segment moves further than `far`; the first stays, as one behind nothing is nobody's. */
static void shuffle(uint64_t *random, size_t far)
{
	for (size_t i = 1; i + 1 < segment_count; i++) {
		size_t with = i + build_random(random) % (far + 1);
		struct cutting first = segments[i];

		if (with >= segment_count)
			continue;
		segments[i] = segments[with];
		segments[with] = first;
	}
}

static void expect_all(void)
{
	ck_assert_uint_eq(stream_count, RECORDS);
	for (uint32_t i = 0; i < RECORDS; i++) {
		const struct stream_told *t = &stream_told[i];
		size_t from = i ? ends[i - 1] : 6;

		ck_assert(!t->lost && !t->cut);
		ck_assert_uint_eq(t->said, ends[i] - from - 2);
		for (size_t k = t->len > STREAM_BYTES ? t->len - STREAM_BYTES : 0; k < t->len; k++)
			ck_assert_uint_eq(t->bytes[k % STREAM_BYTES], bytes[from + 2 + k]);
	}
}

START_TEST(in_any_order_and_any_pieces_each_record_is_told_once_and_whole)
{
	uint64_t random = 11;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct tcp_encap *e = stream_new(443, 4, 1 << 22);
		uint32_t start = 0u - build_random(&random) % 20000; /* numbers wrap on the way */

		fill(&random);
		split(&random, 3 + round * 50);
		shuffle(&random, round % 8);
		for (size_t i = 0; i < segment_count; i++)
			stream_send(e, start + (uint32_t)segments[i].from,
				    bytes + segments[i].from, segments[i].to - segments[i].from);
		expect_all();
		tcp_encap_end(e);
		expect_all();
		tcp_encap_free(e);
	}
}
END_TEST

START_TEST(of_a_stream_with_losses_no_record_is_told_twice_or_made_up)
{
	uint64_t random = 12;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct tcp_encap *e = stream_new(443, 4, 1 << 22);
		size_t before = 0;

		fill(&random);
		if (round % 2)
			split(&random, 500);
		else
			split_between_records(&random);
		for (size_t i = 0; i < segment_count; i++) {
			struct segment ack = { .back = true, .flags = TCP_ACK, .sequence = 5000,
					       .ack = (uint32_t)segments[i].to };

			if (i && build_random(&random) % 6 == 0)
				continue; /* not recorded, but acknowledged */
			stream_send(e, (uint32_t)segments[i].from, bytes + segments[i].from,
				    segments[i].to - segments[i].from);
			stream_give(e, &ack);
		}
		tcp_encap_end(e);
		for (size_t i = 0; i < stream_count; i++) {
			const struct stream_told *t = &stream_told[i];
			size_t place = (size_t)t->bytes[6] << 8 | t->bytes[7];

			if (t->lost || t->len < 8 || t->len > STREAM_BYTES)
				continue;
			ck_assert(place > before && place <= RECORDS);
			ck_assert_uint_eq(t->bytes[0], (place - 1) % 3 ? 'E' : 'I');
			before = place;
		}
		ck_assert(round % 2 || before > RECORDS - 10);
		tcp_encap_free(e);
	}
}
END_TEST

START_TEST(anything_at_all_stays_inside_and_within_the_limits)
{
	static const uint8_t flags[] = { TCP_ACK, TCP_ACK, TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK,
					 TCP_RST, TCP_FIN | TCP_ACK };
	uint64_t random = 13;
	struct tcp_encap *e = stream_new(4500, 5, 4096);

	fill(&random);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t what = build_random(&random) % 8;
		size_t from = what ? build_random(&random) % len : 0;
		size_t most = len - from < 700 ? len - from : 700;
		struct segment g = { .back = build_random(&random) % 3 == 0,
				     .client = (uint16_t)(1 + build_random(&random) % 6),
				     .flags = flags[build_random(&random) % (i % 4 ? 3 : 7)],
				     .sequence = (uint32_t)from + (what == 1 ? build_random(&random) : 0),
				     .ack = build_random(&random) % (uint32_t)len,
				     .bytes = bytes + from,
				     .len = build_random(&random) % (most + 1) };

		if (what == 2)
			from = ends[build_random(&random) % RECORDS] % len, g.bytes = bytes + from,
			g.sequence = (uint32_t)from, g.len = g.len < len - from ? g.len : len - from;
		g.hidden = what == 3 ? build_random(&random) % 100 : 0;
		stream_give(e, &g);
		if (stream_count > STREAM_MOST / 2)
			stream_count = 0;
	}
	tcp_encap_end(e);
	tcp_encap_free(e);
}
END_TEST

SUITE("tcp_encap, as a property", in_any_order_and_any_pieces_each_record_is_told_once_and_whole,
      of_a_stream_with_losses_no_record_is_told_twice_or_made_up,
      anything_at_all_stays_inside_and_within_the_limits)
