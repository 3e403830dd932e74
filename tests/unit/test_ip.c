#include "tests/support/build.h"
#include "tests/support/suite.h"

#include "dissect/net/ip.h"

static struct built b;
static struct packet p;
static struct ip ip;

static bool parse_cut(size_t recorded)
{
	uint8_t *tight = copy_exactly(build_at(&b), recorded);
	bool good;

	p = (struct packet){ .depth = 0 };
	good = ip_parse(cur_over(tight, recorded, recorded < b.len), b.len, &p, &ip);
	ck_assert(!good || (ip.payload.at >= tight && ip.payload.end <= tight + recorded));
	ck_assert(!good || cur_left(&ip.payload) <= ip.payload_len);
	free(tight);
	return good;
}

static bool parse(void)
{
	p = (struct packet){ .depth = 0 };
	return ip_parse(cur_over(build_at(&b), b.len, false), b.len, &p, &ip);
}

static bool parse_quoted(void)
{
	p = (struct packet){ .depth = 0 };
	return ip_parse_quoted(cur_over(build_at(&b), b.len, false), &p, &ip);
}

static void start_v4(size_t options)
{
	build_start(&b, "0123456789", 10);
	build_udp(&b, 500, 4500);
	build_ipv4_with(&b, &(struct build_ipv4){ .src = "192.0.2.1",
						  .dst = "203.0.113.9",
						  .df = true,
						  .protocol = 17,
						  .ttl = 57,
						  .id = 0xabcd,
						  .options = options });
}

static void start_v6(void)
{
	build_start(&b, "0123456789", 10);
	build_udp(&b, 500, 4500);
}

static void finish_v6(uint8_t next)
{
	build_ipv6(&b, "2001:db8::1", "2001:db8::9", next);
}

START_TEST(ipv4_says_what_its_header_says)
{
	start_v4(0);
	build_at(&b)[1] = 0xb8;
	build_ipv4_sum(build_at(&b));
	ck_assert(parse());
	ck_assert_uint_eq(p.src.family, 4);
	ck_assert_mem_eq(p.src.at, "\xc0\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_mem_eq(p.dst.at, "\xcb\0\x71\x09", 4);
	ck_assert_uint_eq(p.protocol, 17);
	ck_assert_uint_eq(p.ttl, 57);
	ck_assert_uint_eq(p.tos, 0xb8);
	ck_assert(p.df && p.has_id && !p.cut);
	ck_assert_uint_eq(p.id, 0xabcd);
	ck_assert_uint_eq(p.len, 38);
	ck_assert_int_eq(p.ip_sum, SUM_GOOD);
	ck_assert_uint_eq(ip.header_len, 20);
	ck_assert_uint_eq(ip.payload_len, 18);
	ck_assert(!ip.fragment && !ip.more && !ip.offset);
}
END_TEST

START_TEST(ipv4_options_are_stepped_over)
{
	for (size_t options = 4; options <= 40; options += 4) {
		start_v4(options);
		ck_assert(parse());
		ck_assert_uint_eq(ip.header_len, 20 + options);
		ck_assert_uint_eq(ip.payload_len, 18);
		ck_assert_ptr_eq(ip.payload.at, build_at(&b) + 20 + options);
		ck_assert_int_eq(p.ip_sum, SUM_GOOD);
	}
}
END_TEST

START_TEST(every_prefix_of_an_ipv4_packet_is_refused_or_cut)
{
	for (size_t n = 0; n <= 46; n++) {
		bool good;

		start_v4(8);
		good = parse_cut(n);
		ck_assert_int_eq(good, n >= 20);
		ck_assert(!good || p.cut == (n < 46));
		ck_assert(!good || p.ip_sum == (n < 28 ? SUM_UNKNOWN : SUM_GOOD));
	}
}
END_TEST

START_TEST(a_header_shorter_than_twenty_octets_is_none)
{
	for (uint8_t words = 0; words < 5; words++) {
		start_v4(0);
		build_at(&b)[0] = (uint8_t)(0x40 | words);
		ck_assert(!parse());
	}
}
END_TEST

START_TEST(a_total_length_below_the_header_is_refused)
{
	for (uint16_t total = 1; total < 28; total++) {
		start_v4(8);
		put16(build_at(&b) + 2, total);
		ck_assert(!parse());
	}
}
END_TEST

START_TEST(a_total_length_of_0_is_what_the_frame_has)
{
	start_v4(0);
	put16(build_at(&b) + 2, 0);
	ck_assert(parse());
	ck_assert_uint_eq(ip.payload_len, 18);
	ck_assert_uint_eq(p.len, 38);
	p = (struct packet){ .depth = 0 };
	ck_assert(ip_parse(cur_over(build_at(&b), b.len, true), 70000, &p, &ip));
	ck_assert_uint_eq(ip.payload_len, 69980);
	ck_assert(p.cut);
}
END_TEST

START_TEST(padding_behind_the_packet_is_not_in_it)
{
	start_v4(0);
	build_behind(&b, 8);
	ck_assert(parse());
	ck_assert_uint_eq(cur_left(&ip.payload), 18);
	cur_skip(&ip.payload, 19);
	ck_assert_int_eq(ip.payload.fault, FAULT_SHORT);
}
END_TEST

START_TEST(a_length_longer_than_a_whole_frame_is_the_senders_fault)
{
	start_v4(0);
	put16(build_at(&b) + 2, 200);
	ck_assert(parse());
	ck_assert(!p.cut);
	ck_assert_uint_eq(ip.payload_len, 180);
	ck_assert_uint_eq(cur_left(&ip.payload), 18);
	cur_skip(&ip.payload, 19);
	ck_assert_int_eq(ip.payload.fault, FAULT_SHORT);
}
END_TEST

START_TEST(a_flipped_bit_in_the_header_makes_its_sum_bad)
{
	for (size_t bit = 8 * 4; bit < 8 * 20; bit++) {
		start_v4(0);
		build_at(&b)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(parse());
		ck_assert_int_eq(p.ip_sum, SUM_BAD);
	}
}
END_TEST

START_TEST(ipv4_fragments_tell_their_place)
{
	build_start(&b, "01234567", 8);
	build_ipv4_with(&b, &(struct build_ipv4){ .src = "192.0.2.1",
						  .dst = "192.0.2.2",
						  .protocol = 17,
						  .offset = 65528,
						  .more = true });
	ck_assert(parse());
	ck_assert(ip.fragment && ip.more);
	ck_assert_uint_eq(ip.offset, 65528);
}
END_TEST

START_TEST(ipv6_says_what_its_header_says)
{
	start_v6();
	finish_v6(17);
	build_at(&b)[0] = 0x6b;
	build_at(&b)[1] = 0x80;
	ck_assert(parse());
	ck_assert_uint_eq(p.src.family, 6);
	ck_assert_uint_eq(p.protocol, 17);
	ck_assert_uint_eq(p.ttl, 64);
	ck_assert_uint_eq(p.tos, 0xb8);
	ck_assert(!p.df && !p.has_id);
	ck_assert_uint_eq(p.len, 58);
	ck_assert_uint_eq(ip.payload_len, 18);
	ck_assert_int_eq(p.ip_sum, SUM_ABSENT);
}
END_TEST

START_TEST(ipv6_extension_headers_are_stepped_over_in_any_order)
{
	start_v6();
	build_extension(&b, 17, 0);
	build_extension(&b, IP_DESTINATION, 31);
	build_extension(&b, IP_ROUTING, 2);
	finish_v6(IP_HOP_BY_HOP);
	ck_assert(parse());
	ck_assert_uint_eq(p.protocol, 17);
	ck_assert_uint_eq(ip.payload_len, 18);
	ck_assert_uint_eq(ip.header_len, 40 + 8 + 256 + 24);
	ck_assert_uint_eq(p.len, 40 + 8 + 256 + 24 + 18);
	for (size_t n = 0; n <= b.len; n++)
		ck_assert_int_eq(parse_cut(n), n >= 40);
}
END_TEST

/* A routing header of that type over what is there, with addresses that end in 1, 2, 3. */
static void build_routing(uint8_t type, uint8_t left, uint8_t count)
{
	uint8_t *routing;

	build_extension(&b, 17, (uint8_t)(2 * count));
	routing = build_at(&b);
	routing[2] = type;
	routing[3] = left;
	for (uint8_t i = 1; i <= count; i++)
		memcpy(routing + 8 + 16 * (i - 1), (uint8_t[16]){ 0x20, 1, [15] = i }, 16);
}

START_TEST(a_routing_header_tells_where_the_packet_is_to_end)
{
	static const struct {
		uint8_t type, left, count;
		const char *last_hop; /* NULL: the destination itself */
		bool hidden;
	} rows[] = {
		{ 0, 3, 3, "2001::3", false }, { 0, 1, 3, "2001::3", false },
		{ 0, 0, 3, NULL, false },      { 2, 1, 1, "2001::1", false },
		{ 4, 2, 3, "2001::1", false }, { 4, 0, 3, NULL, false },
		{ 3, 1, 3, NULL, true },       { 3, 0, 3, NULL, false },
		{ 0, 1, 0, NULL, true },
	};
	char text[ADDR_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		start_v6();
		build_routing(rows[i].type, rows[i].left, rows[i].count);
		finish_v6(IP_ROUTING);
		ck_assert(parse());
		ck_assert_int_eq(p.ends_hidden, rows[i].hidden);
		ck_assert_uint_eq(p.last_hop.family, rows[i].last_hop ? 6 : 0);
		if (rows[i].last_hop)
			ck_assert_str_eq(addr_text(&p.last_hop, text), rows[i].last_hop);
		ck_assert_uint_eq(p.protocol, 17);
		for (size_t n = 0; n <= b.len; n++)
			ck_assert_int_eq(parse_cut(n), n >= 40);
	}
	start_v6(); /* and what one packet said is not kept for the next */
	finish_v6(17);
	ck_assert(parse());
	ck_assert(!p.last_hop.family && !p.ends_hidden);
}
END_TEST

START_TEST(a_home_address_hides_the_end_that_a_sum_is_over)
{
	static const uint8_t home[] = { 17, 2, 1, 2, 0, 0, 0xc9, 16 };

	start_v6();
	build_extension(&b, 17, 2);
	memcpy(build_at(&b), home, sizeof home);
	finish_v6(IP_DESTINATION);
	ck_assert(parse());
	ck_assert(p.ends_hidden);
	start_v6();
	build_extension(&b, 17, 2);
	memcpy(build_at(&b), home, sizeof home);
	build_at(&b)[6] = 0x1e; /* an experiment */
	finish_v6(IP_DESTINATION);
	ck_assert(parse());
	ck_assert(!p.ends_hidden);
}
END_TEST

START_TEST(a_chain_of_extension_headers_without_end_ends)
{
	start_v6();
	for (int i = 0; i < 200; i++)
		build_extension(&b, IP_DESTINATION, 0);
	finish_v6(IP_DESTINATION);
	ck_assert(parse());
	ck_assert_uint_eq(p.protocol, IP_DESTINATION);
	ck_assert_uint_eq(ip.payload_len + ip.header_len, p.len);
}
END_TEST

START_TEST(an_extension_header_longer_than_the_packet_is_a_fault)
{
	start_v6();
	build_extension(&b, 17, 0);
	build_at(&b)[1] = 255;
	finish_v6(IP_HOP_BY_HOP);
	ck_assert(parse());
	ck_assert(!cur_ok(&ip.payload));
	ck_assert_uint_eq(p.protocol, IP_HOP_BY_HOP);
}
END_TEST

START_TEST(the_ipv6_fragment_header_tells_place_id_and_what_was_split)
{
	start_v6();
	build_fragment(&b, 17, 1232, true, 0xdeadbeef);
	build_extension(&b, IP_FRAGMENT, 0);
	finish_v6(IP_HOP_BY_HOP);
	ck_assert(parse());
	ck_assert(ip.fragment && ip.more);
	ck_assert_uint_eq(ip.offset, 1232);
	ck_assert_uint_eq(ip.payload_len, 18);
	ck_assert_uint_eq(ip.header_len, 48);
	ck_assert_uint_eq(p.id, 0xdeadbeef);
	ck_assert(p.has_id);
	ck_assert_uint_eq(p.protocol, 17);
}
END_TEST

START_TEST(half_a_fragment_header_is_no_fragment)
{
	build_start(&b, "\x11\0\0", 3);
	finish_v6(IP_FRAGMENT);
	ck_assert(parse());
	ck_assert(!ip.fragment);
	ck_assert(!cur_ok(&ip.payload));
}
END_TEST

START_TEST(a_jumbogram_has_its_length_in_the_hop_by_hop_header)
{
	uint8_t *hop;

	start_v6();
	hop = build_front(&b, 8);
	hop[0] = 17;
	hop[2] = 0xc2;
	hop[3] = 4;
	put32(hop + 4, 100000);
	finish_v6(IP_HOP_BY_HOP);
	put16(build_at(&b) + 4, 0);
	ck_assert(parse());
	ck_assert_uint_eq(p.len, 100040);
	ck_assert_uint_eq(ip.payload_len, 99992);
	put32(build_at(&b) + 44, 0xffffffff); /* longer than any length counts */
	ck_assert(!parse());
	put32(build_at(&b) + 44, 65535); /* RFC 2675 3: not a jumbogram */
	ck_assert(parse());
	ck_assert_uint_eq(p.len, 40);
}
END_TEST

START_TEST(other_versions_and_nothing_are_no_ip)
{
	static const uint8_t versions[] = { 0x05, 0x15, 0x25, 0x35, 0x55, 0x75, 0xf5 };

	for (size_t i = 0; i < sizeof versions; i++) {
		start_v4(0);
		build_at(&b)[0] = versions[i];
		ck_assert(!parse());
		ck_assert(!parse_quoted());
	}
	ck_assert(!parse_cut(0));
}
END_TEST

/* As some old systems quote it: total length and offset in the order of a little-endian host. */
static void swap_quote(void)
{
	uint8_t *at = build_at(&b), low = at[2];

	at[2] = at[3];
	at[3] = low;
	low = at[6];
	at[6] = at[7];
	at[7] = low;
}

START_TEST(a_quote_in_host_order_is_read_as_it_was_meant)
{
	start_v4(0);
	swap_quote();
	ck_assert(parse_quoted());
	ck_assert_uint_eq(p.len, 38);
	ck_assert(p.df);
	ck_assert_uint_eq(ip.offset, 0);
	build_start(&b, "01234567", 8); /* ESP of 276 octets: both orders could be a length */
	build_ipv4_with(
		&b, &(struct build_ipv4){
			    .src = "192.0.2.1", .dst = "192.0.2.2", .protocol = 50, .df = true });
	put16(build_at(&b) + 2, 0x0114);
	swap_quote();
	ck_assert(parse_quoted());
	ck_assert_uint_eq(p.len, 0x0114);
	ck_assert(p.df);
}
END_TEST

START_TEST(the_length_of_udp_behind_options_decides_the_order_of_a_quote)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		start_v4(8);
		put16(build_at(&b) + 6, 0);
		put16(build_at(&b) + 2, 0x0114); /* both orders could be a length */
		put16(build_at(&b) + 28 + 4, 0x0114 - 28);
		if (swapped)
			swap_quote();
		ck_assert(parse_quoted());
		ck_assert_uint_eq(p.len, 0x0114);
	}
}
END_TEST

START_TEST(a_quote_in_network_order_stays_though_its_sum_is_stale)
{
	start_v4(0);
	build_at(&b)[8] -= 1; /* the hop count went down, the sum did not follow */
	ck_assert(parse_quoted());
	ck_assert_uint_eq(p.len, 38);
	ck_assert_int_eq(p.ip_sum, SUM_BAD);
	put16(build_at(&b) + 2, 0x0114);
	build_ipv4_sum(build_at(&b));
	ck_assert(parse_quoted());
	ck_assert_uint_eq(p.len, 0x0114);
}
END_TEST

SUITE("ip", ipv4_says_what_its_header_says, ipv4_options_are_stepped_over,
      every_prefix_of_an_ipv4_packet_is_refused_or_cut, a_header_shorter_than_twenty_octets_is_none,
      a_total_length_below_the_header_is_refused, a_total_length_of_0_is_what_the_frame_has,
      padding_behind_the_packet_is_not_in_it,
      a_length_longer_than_a_whole_frame_is_the_senders_fault,
      a_flipped_bit_in_the_header_makes_its_sum_bad, ipv4_fragments_tell_their_place,
      ipv6_says_what_its_header_says, ipv6_extension_headers_are_stepped_over_in_any_order,
      a_routing_header_tells_where_the_packet_is_to_end,
      a_home_address_hides_the_end_that_a_sum_is_over,
      a_chain_of_extension_headers_without_end_ends,
      an_extension_header_longer_than_the_packet_is_a_fault,
      the_ipv6_fragment_header_tells_place_id_and_what_was_split,
      half_a_fragment_header_is_no_fragment, a_jumbogram_has_its_length_in_the_hop_by_hop_header,
      other_versions_and_nothing_are_no_ip, a_quote_in_host_order_is_read_as_it_was_meant,
      the_length_of_udp_behind_options_decides_the_order_of_a_quote,
      a_quote_in_network_order_stays_though_its_sum_is_stale)
