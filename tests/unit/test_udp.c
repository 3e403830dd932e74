#include "tests/support/build.h"
#include "tests/support/suite.h"

#include "dissect/net/checksum.h"
#include "dissect/net/ip.h"
#include "dissect/net/tcp.h"
#include "dissect/net/udp.h"

static struct built b;
static struct packet p4, p6;

static void start(size_t payload)
{
	static uint8_t bytes[2000];
	uint64_t state = payload + 1;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)build_random(&state);
	build_start(&b, bytes, payload);
	p4 = p6 = (struct packet){ .depth = 0 };
	addr_parse("192.0.2.1", &p4.src);
	addr_parse("203.0.113.9", &p4.dst);
	addr_parse("2001:db8::1", &p6.src);
	addr_parse("2001:db8::9", &p6.dst);
}

static bool parse(const struct packet *p, struct udp *ret)
{
	return udp_parse(cur_over(build_at(&b), b.len, false), (uint32_t)b.len, p, ret);
}

START_TEST(the_sum_of_any_length_is_that_of_the_rfc)
{
	static uint8_t bytes[300];
	uint64_t state = 7;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = round ? 0xff : (uint8_t)build_random(&state);
		for (size_t n = 0; n <= sizeof bytes; n++) {
			uint8_t *tight = copy_exactly(bytes, n);
			uint16_t sum = build_sum(tight, n, 0);

			ck_assert(sum_is_good(sum_add(sum, (struct bytes){ tight, n })) ||
				  sum == 0xffff);
			ck_assert(!sum_is_good(sum_add(sum + 1u, (struct bytes){ tight, n })) ||
				  sum == 0xfffe);
			free(tight);
		}
	}
}
END_TEST

START_TEST(a_sum_is_judged_good_or_bad_over_any_length)
{
	struct udp u;

	for (size_t n = 0; n < 70; n++) {
		start(n);
		build_udp_summed(&b, 500, 500, "192.0.2.1", "203.0.113.9");
		ck_assert(parse(&p4, &u));
		ck_assert_int_eq(u.sum, SUM_GOOD);
		build_at(&b)[2] ^= 0x40;
		ck_assert(parse(&p4, &u));
		ck_assert_int_eq(u.sum, SUM_BAD);
		start(n);
		build_udp_summed(&b, 500, 500, "2001:db8::1", "2001:db8::9");
		ck_assert(parse(&p6, &u));
		ck_assert_int_eq(u.sum, SUM_GOOD);
		p6.dst.at[15] ^= 1;
		ck_assert(parse(&p6, &u));
		ck_assert_int_eq(u.sum, SUM_BAD);
	}
}
END_TEST

START_TEST(a_sum_is_over_the_last_address_of_a_routed_packet)
{
	struct udp u;

	start(33);
	build_udp_summed(&b, 500, 500, "2001:db8::1", "2001:db8::9");
	p6.last_hop = p6.dst;
	addr_parse("2001:db8::77", &p6.dst); /* a station on the way */
	ck_assert(parse(&p6, &u));
	ck_assert_int_eq(u.sum, SUM_GOOD);
	p6.last_hop.family = 0;
	ck_assert(parse(&p6, &u));
	ck_assert_int_eq(u.sum, SUM_BAD);
	p6.ends_hidden = true;
	ck_assert(parse(&p6, &u));
	ck_assert_int_eq(u.sum, SUM_UNKNOWN);
}
END_TEST

START_TEST(a_sum_is_not_judged_while_bytes_are_missing)
{
	struct udp u;

	start(100);
	build_udp_summed(&b, 500, 500, "192.0.2.1", "203.0.113.9");
	for (size_t n = 0; n <= b.len; n++) {
		uint8_t *tight = copy_exactly(build_at(&b), n);
		bool good = udp_parse(cur_over(tight, n, true), (uint32_t)b.len, &p4, &u);

		ck_assert_int_eq(good, n >= 8);
		if (good) {
			ck_assert_int_eq(u.sum, n < b.len ? SUM_UNKNOWN : SUM_GOOD);
			ck_assert_uint_eq(u.payload_len, 100);
			ck_assert_uint_eq(cur_left(&u.payload), n - 8);
		}
		free(tight);
	}
}
END_TEST

START_TEST(no_sum_is_no_error_in_ipv4_nor_for_nat_traversal_but_in_ipv6)
{
	struct udp u;

	start(10);
	build_udp(&b, 500, 500);
	ck_assert(parse(&p4, &u));
	ck_assert_int_eq(u.sum, SUM_ABSENT);
	ck_assert(parse(&p6, &u));
	ck_assert_int_eq(u.sum, SUM_BAD);
	put16(build_at(&b), 4500);
	ck_assert(parse(&p6, &u));
	ck_assert_int_eq(u.sum, SUM_ABSENT);
}
END_TEST

START_TEST(a_length_below_the_header_counts_for_nothing)
{
	struct udp u;

	for (uint16_t len = 0; len < 8; len++) {
		start(10);
		build_udp(&b, 500, 500);
		put16(build_at(&b) + 4, len);
		ck_assert(parse(&p4, &u));
		ck_assert_uint_eq(u.payload_len, 10);
		ck_assert_uint_eq(cur_left(&u.payload), 10);
	}
}
END_TEST

START_TEST(a_length_above_the_packet_takes_no_byte_from_behind_it)
{
	struct udp u;

	start(10);
	build_udp(&b, 500, 500);
	put16(build_at(&b) + 4, 2000);
	ck_assert(parse(&p4, &u));
	ck_assert_uint_eq(u.payload_len, 1992);
	ck_assert_uint_eq(cur_left(&u.payload), 10);
	cur_skip(&u.payload, 11);
	ck_assert_int_eq(u.payload.fault, FAULT_SHORT);
}
END_TEST

START_TEST(octets_behind_the_datagram_are_not_in_it)
{
	struct udp u;

	start(10);
	build_udp_summed(&b, 500, 500, "192.0.2.1", "203.0.113.9");
	build_behind(&b, 6);
	ck_assert(parse(&p4, &u));
	ck_assert_uint_eq(u.payload_len, 10);
	ck_assert_uint_eq(cur_left(&u.payload), 10);
	ck_assert_int_eq(u.sum, SUM_GOOD);
}
END_TEST

START_TEST(tcp_header_lengths_that_cannot_be_true_are_refused)
{
	struct tcp t;

	for (uint8_t words = 0; words < 16; words++) {
		start(30);
		build_tcp(&b, 4500, 1024, 0x18, 0);
		build_at(&b)[12] = (uint8_t)(words << 4);
		ck_assert_int_eq(
			tcp_parse(cur_over(build_at(&b), b.len, false), (uint32_t)b.len, &t),
			words >= 5 && words * 4u <= b.len);
		ck_assert(words < 5 || words * 4u > b.len || t.payload_len == b.len - words * 4u);
	}
}
END_TEST

START_TEST(every_prefix_of_a_tcp_segment_is_refused_or_cut)
{
	struct tcp t;

	start(10);
	build_tcp(&b, 4500, 1024, 0x18, 12);
	for (size_t n = 0; n <= b.len; n++) {
		uint8_t *tight = copy_exactly(build_at(&b), n);
		bool good = tcp_parse(cur_over(tight, n, true), (uint32_t)b.len, &t);

		ck_assert_int_eq(good, n >= 14);
		if (good) {
			ck_assert_uint_eq(t.payload_len, 10);
			ck_assert_uint_eq(t.flags, 0x18);
			ck_assert_uint_eq(cur_rest(&t.payload).len, n < 32 ? 0 : n - 32);
		}
		free(tight);
	}
}
END_TEST

SUITE("udp", the_sum_of_any_length_is_that_of_the_rfc, a_sum_is_judged_good_or_bad_over_any_length,
      a_sum_is_over_the_last_address_of_a_routed_packet,
      a_sum_is_not_judged_while_bytes_are_missing,
      no_sum_is_no_error_in_ipv4_nor_for_nat_traversal_but_in_ipv6,
      a_length_below_the_header_counts_for_nothing,
      a_length_above_the_packet_takes_no_byte_from_behind_it,
      octets_behind_the_datagram_are_not_in_it, tcp_header_lengths_that_cannot_be_true_are_refused,
      every_prefix_of_a_tcp_segment_is_refused_or_cut)
