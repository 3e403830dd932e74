#include "tests/support/build.h"
#include "tests/support/suite.h"

#include "dissect/net/link.h"

static struct built b;

/* An IPv4 packet of 29 octets, an IPv6 packet of 49. */
static void start_v4(void)
{
	build_start(&b, "x", 1);
	build_udp(&b, 500, 500);
	build_ipv4(&b, "192.0.2.1", "192.0.2.2", 17);
}

static void start_v6(void)
{
	build_start(&b, "x", 1);
	build_udp(&b, 500, 500);
	build_ipv6(&b, "2001:db8::1", "2001:db8::2", 17);
}

/* The link layer comes off and leaves that type, whole and at the right place; no prefix crashes. */
static struct link expect(uint16_t link, uint16_t type)
{
	struct frame f = build_frame(&b, link);
	struct link l;
	size_t left = type == ETHER_IPV4 ? 29 : type == ETHER_IPV6 ? 49 : 0;

	ck_assert(link_parse(&f, &l));
	ck_assert_uint_eq(l.type, type);
	if (left) {
		ck_assert_uint_ge(cur_left(&l.payload), left);
		ck_assert_uint_eq(l.payload.at[0] >> 4, left == 29 ? 4 : 6);
		ck_assert_uint_eq(l.wire_left, cur_left(&l.payload));
		ck_assert(!l.payload.cut);
	}
	for (size_t n = 0; n < f.cap_len; n++) {
		struct frame tight = build_tight(&b, link, n);
		struct link cut;

		if (link_parse(&tight, &cut)) {
			ck_assert(cut.payload.at >= tight.at && cut.payload.end == tight.at + n);
			ck_assert(!cur_left(&cut.payload) || cut.payload.cut);
			ck_assert_uint_eq(cut.wire_left,
					  b.len - (size_t)(cut.payload.at - tight.at));
		}
		free((void *)(uintptr_t)tight.at);
	}
	return l;
}

START_TEST(ethernet_tells_type_and_hardware_addresses)
{
	struct link l;

	start_v4();
	build_ether(&b, 0x0800);
	l = expect(1, ETHER_IPV4);
	ck_assert(l.has_mac);
	ck_assert_mem_eq(l.mac_dst, "\x02\0\0\0\0\x02", 6);
	ck_assert_mem_eq(l.mac_src, "\x02\0\0\0\0\x01", 6);
	ck_assert_int_eq(l.way, WAY_UNKNOWN);
	start_v6();
	build_ether(&b, 0x86dd);
	expect(1, ETHER_IPV6);
}
END_TEST

START_TEST(vlan_tags_come_off_single_and_stacked)
{
	static const uint16_t outer[] = { 0x8100, 0x88a8, 0x9100, 0x9200 };

	for (size_t i = 0; i < 4; i++) {
		start_v4();
		build_tag(&b, 0x0800);
		build_ether(&b, outer[i]);
		expect(1, ETHER_IPV4);
		start_v6();
		build_tag(&b, 0x86dd);
		build_tag(&b, 0x8100);
		build_ether(&b, outer[i]);
		expect(1, ETHER_IPV6);
	}
}
END_TEST

START_TEST(a_tower_of_tags_is_given_up_not_climbed)
{
	start_v4();
	build_tag(&b, 0x0800);
	for (int i = 0; i < 100; i++)
		build_tag(&b, 0x8100);
	build_ether(&b, 0x8100);
	ck_assert_uint_ne(expect(1, 0x8100).type, ETHER_IPV4);
}
END_TEST

START_TEST(pppoe_sessions_are_opened_and_discovery_is_not)
{
	start_v4();
	build_pppoe(&b, 0x0021);
	build_tag(&b, 0x8864);
	build_ether(&b, 0x8100);
	expect(1, ETHER_IPV4);
	start_v6();
	build_pppoe(&b, 0x0057);
	expect(51, ETHER_IPV6);
	start_v4();
	build_pppoe(&b, 0xc021); /* LCP */
	build_ether(&b, 0x8864);
	expect(1, 0);
	start_v4();
	build_pppoe(&b, 0x0021);
	build_at(&b)[1] = 0xa7; /* PADT */
	build_ether(&b, 0x8864);
	expect(1, 0);
}
END_TEST

START_TEST(mpls_labels_come_off_in_front_of_ip)
{
	start_v4();
	build_mpls(&b, 17, true);
	build_mpls(&b, 16, false);
	build_ether(&b, 0x8847);
	expect(1, ETHER_IPV4);
	start_v6();
	build_mpls(&b, 2, true);
	expect(219, ETHER_IPV6);
}
END_TEST

START_TEST(an_ethernet_pseudowire_is_opened_with_and_without_control_word)
{
	for (int word = 0; word < 2; word++) {
		start_v4();
		build_tag(&b, 0x0800);
		build_ether(&b, 0x8100);
		if (word)
			put32(build_front(&b, 4), 0x0000002a);
		build_mpls(&b, 17, true);
		build_ether(&b, 0x8847);
		expect(1, ETHER_IPV4);
	}
	start_v4();
	build_front(&b, 16); /* behind the labels: nothing known */
	build_mpls(&b, 17, true);
	build_ether(&b, 0x8847);
	expect(1, 0);
}
END_TEST

START_TEST(snap_and_raw_llc_carry_ip_behind_an_802_3_length)
{
	start_v4();
	build_snap(&b, 0x0800);
	build_ether(&b, (uint16_t)b.len);
	expect(1, ETHER_IPV4);
	start_v4();
	memcpy(build_front(&b, 3), "\x06\x06\x03", 3);
	build_ether(&b, (uint16_t)b.len);
	expect(1, ETHER_IPV4);
	start_v4();
	memcpy(build_front(&b, 3), "\x42\x42\x03", 3); /* spanning tree */
	build_ether(&b, (uint16_t)b.len);
	expect(1, 0);
	start_v4();
	build_snap(&b, 0x0800);
	expect(100, ETHER_IPV4);
}
END_TEST

START_TEST(cooked_captures_tell_the_way)
{
	static const enum way way[] = { WAY_IN, WAY_IN, WAY_IN, WAY_UNKNOWN, WAY_OUT, WAY_UNKNOWN };

	for (uint8_t type = 0; type < 6; type++) {
		start_v4();
		build_sll(&b, type, 0x0800);
		ck_assert_int_eq(expect(113, ETHER_IPV4).way, way[type]);
		start_v6();
		build_sll2(&b, type, 0x86dd);
		ck_assert_int_eq(expect(276, ETHER_IPV6).way, way[type]);
	}
	start_v4();
	build_tag(&b, 0x0800);
	build_sll(&b, 4, 0x8100);
	expect(113, ETHER_IPV4);
}
END_TEST

START_TEST(what_the_recorder_says_of_the_way_stands_where_the_link_is_silent)
{
	struct frame f;
	struct link l;

	start_v4();
	build_ether(&b, 0x0800);
	f = build_frame(&b, 1);
	f.way = WAY_OUT;
	ck_assert(link_parse(&f, &l));
	ck_assert_int_eq(l.way, WAY_OUT);
}
END_TEST

START_TEST(loopback_families_are_read_in_either_byte_order)
{
	static const uint32_t six[] = { 10, 23, 24, 28, 30 };

	for (int little = 0; little < 2; little++) {
		start_v4();
		build_null(&b, 2, little);
		expect(0, ETHER_IPV4);
		expect(108, ETHER_IPV4);
		for (size_t i = 0; i < 5; i++) {
			start_v6();
			build_null(&b, six[i], little);
			expect(0, ETHER_IPV6);
		}
		start_v4();
		build_null(&b, 0x0800, little);
		expect(0, ETHER_IPV4);
		start_v6();
		build_null(&b, 0x86dd, little);
		expect(0, ETHER_IPV6);
		start_v4();
		build_null(&b, 7, little);
		expect(0, 0);
		start_v4(); /* enc(4): family, SPI, flags */
		build_front(&b, 8);
		build_null(&b, 2, little);
		expect(109, ETHER_IPV4);
	}
}
END_TEST

START_TEST(raw_ip_tells_itself_by_its_version)
{
	static const uint16_t links[] = { 12, 14, 101, 228, 229 };

	for (size_t i = 0; i < 5; i++) {
		start_v4();
		expect(links[i], ETHER_IPV4);
		start_v6();
		expect(links[i], ETHER_IPV6);
	}
	start_v4();
	build_at(&b)[0] = 0x75;
	expect(101, 0);
}
END_TEST

static void ppp_with(const char *front, size_t n)
{
	start_v4();
	memcpy(build_front(&b, n), front, n);
}

START_TEST(ppp_and_hdlc_in_all_their_framings)
{
	ppp_with("\xff\x03\x00\x21", 4);
	expect(9, ETHER_IPV4);
	expect(50, ETHER_IPV4);
	ppp_with("\x00\x21", 2);
	expect(9, ETHER_IPV4);
	ppp_with("\x21", 1); /* protocol compressed to one octet */
	expect(9, ETHER_IPV4);
	ppp_with("\x0f\x00\x08\x00", 4); /* Cisco HDLC */
	expect(50, ETHER_IPV4);
	expect(104, ETHER_IPV4);
	ppp_with("\x01\xff\x03\x00\x21", 5);
	ck_assert_int_eq(expect(204, ETHER_IPV4).way, WAY_OUT);
	ppp_with("\x00\x03\x00\x21", 4);
	ck_assert_int_eq(expect(166, ETHER_IPV4).way, WAY_IN);
	ppp_with("\x01\x8f\x00\x08\x00", 5);
	ck_assert_int_eq(expect(205, ETHER_IPV4).way, WAY_OUT);
}
END_TEST

START_TEST(endace_records_carry_ethernet_behind_their_extensions)
{
	for (int extensions = 0; extensions < 3; extensions++) {
		uint8_t *erf;

		start_v4();
		build_ether(&b, 0x0800);
		build_front(&b, 2);
		for (int i = 0; i < extensions; i++)
			build_front(&b, 8)[0] = i ? 0x83 : 0x03;
		erf = build_front(&b, 16);
		erf[8] = (uint8_t)(2 | (extensions ? 0x80 : 0));
		expect(197, ETHER_IPV4);
	}
}
END_TEST

/* A header of NFLOG, an attribute of five octets with its padding, then the packet. */
START_TEST(nflog_attributes_are_walked_in_either_byte_order)
{
	for (int little = 0; little < 2; little++) {
		uint32_t len;

		start_v4();
		len = (uint32_t)b.len + 4;
		put32(build_front(&b, 4),
		      little ? (len & 0xff) << 24 | (len >> 8) << 16 | 0x0900 : len << 16 | 9);
		build_front(&b, 4);
		put32(build_front(&b, 4), little ? 0x05000a00 : 0x0005000a);
		build_front(&b, 4)[0] = 2;
		expect(239, ETHER_IPV4);
	}
	build_start(&b, "\2\0\0\0\0\0\0\0",
		    8); /* an attribute of no length: never walked for ever */
	struct frame f = build_frame(&b, 239);
	struct link l;

	ck_assert(!link_parse(&f, &l));
}
END_TEST

START_TEST(ip_over_solaris_and_infiniband_records_is_found)
{
	start_v4();
	build_front(&b, 24);
	expect(226, ETHER_IPV4);
	start_v6();
	put32(build_front(&b, 4), 0x86dd0000);
	build_front(&b, 40);
	expect(242, ETHER_IPV6);
}
END_TEST

START_TEST(an_unknown_link_type_is_no_failure)
{
	start_v4();
	expect(147, 0);
}
END_TEST

START_TEST(a_remote_mirror_inside_gre_is_opened)
{
	struct link l;

	for (int type = 1; type <= 3; type++) {
		struct cursor c;

		start_v4();
		build_ether(&b, 0x0800);
		build_front(&b, type == 1 ? 0 : type == 2 ? 8 : 12)[0] = type == 1 ? 2 : 0x10;
		c = cur_over(build_at(&b), b.len, false);
		ck_assert(link_parse_inner(c, b.len, type == 3 ? 0x22eb : 0x88be, &l));
		ck_assert_uint_eq(l.type, ETHER_IPV4);
		ck_assert_uint_eq(l.wire_left, 29);
	}
}
END_TEST

START_TEST(a_recording_longer_than_the_wire_is_believed_for_what_it_holds)
{
	struct frame f;
	struct link l;

	start_v4();
	build_ether(&b, 0x0800);
	f = build_frame(&b, 1);
	f.wire_len = 3;
	ck_assert(link_parse(&f, &l));
	ck_assert_uint_eq(l.wire_left, 29);
	ck_assert(!l.payload.cut);
}
END_TEST

START_TEST(arp_tells_who_asks_for_whom_and_no_prefix_of_it_parses)
{
	static const uint8_t arp[28] = { 0,   1, 8, 0, 6, 4, 0, 1, 2, 0, 0,   0, 0, 1,
					 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 9 };
	struct arp a;

	for (size_t n = 0; n <= sizeof arp; n++) {
		uint8_t *tight = copy_exactly(arp, n);
		struct cursor c = cur_over(tight, n, false);

		ck_assert_int_eq(arp_parse(&c, &a), n == sizeof arp);
		free(tight);
	}
	ck_assert(a.request);
	ck_assert_mem_eq(a.sender.at, arp + 14, 4);
	ck_assert_mem_eq(a.target.at, arp + 24, 4);
}
END_TEST

SUITE("link", ethernet_tells_type_and_hardware_addresses, vlan_tags_come_off_single_and_stacked,
      a_tower_of_tags_is_given_up_not_climbed, pppoe_sessions_are_opened_and_discovery_is_not,
      mpls_labels_come_off_in_front_of_ip,
      an_ethernet_pseudowire_is_opened_with_and_without_control_word,
      snap_and_raw_llc_carry_ip_behind_an_802_3_length, cooked_captures_tell_the_way,
      what_the_recorder_says_of_the_way_stands_where_the_link_is_silent,
      loopback_families_are_read_in_either_byte_order, raw_ip_tells_itself_by_its_version,
      ppp_and_hdlc_in_all_their_framings, endace_records_carry_ethernet_behind_their_extensions,
      nflog_attributes_are_walked_in_either_byte_order,
      ip_over_solaris_and_infiniband_records_is_found, an_unknown_link_type_is_no_failure,
      a_remote_mirror_inside_gre_is_opened,
      a_recording_longer_than_the_wire_is_believed_for_what_it_holds,
      arp_tells_who_asks_for_whom_and_no_prefix_of_it_parses)
