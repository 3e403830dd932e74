#include "tests/support/sample.h"
#include "tests/support/suite.h"
#include "tests/support/windows.h"

enum { MOST = 64 };

struct told { /* a message and what it pointed to */
	struct message m;
	struct packet packet;
	bool has_packet, has_train;
	struct train train;
	uint8_t bytes[256];
};

static struct told told[MOST];
static size_t count;
static struct built b;
static struct bytes now;

static void saw(void *ctx, const struct message *m)
{
	struct told *t = &told[count < MOST ? count : MOST - 1];

	ck_assert_ptr_eq(ctx, &count);
	ck_assert(windows_inside(m, now));
	memset(t, 0, sizeof *t);
	t->m = *m;
	t->has_packet = m->packet;
	t->has_train = m->train;
	if (m->packet)
		t->packet = *m->packet;
	if (m->train)
		t->train = *m->train;
	if (m->kind == MSG_IKE)
		memcpy(t->bytes, m->u.ike.bytes.at,
		       m->u.ike.bytes.len < 256 ? m->u.ike.bytes.len : 256);
	count += 1;
}

static struct dissector *start(uint32_t max_trains)
{
	count = 0;
	return dissector_new(&(struct dissect_options){
		.capture = 3, .saw = saw, .ctx = &count, .max_trains = max_trains });
}

static void feed_cut(struct dissector *d, uint16_t link, size_t recorded, uint64_t number,
		     int64_t time_ns)
{
	struct frame f = build_tight(&b, link, recorded);

	f.number = number;
	f.time_ns = time_ns;
	now = (struct bytes){ f.at, f.cap_len };
	dissector_frame(d, &f);
	now = (struct bytes){ NULL, 0 };
	free((void *)(uintptr_t)f.at);
}

static void feed(struct dissector *d, uint16_t link, uint64_t number, int64_t time_ns)
{
	feed_cut(d, link, b.len, number, time_ns);
}

/* What one frame alone tells. */
static void only_cut(uint16_t link, size_t recorded)
{
	struct dissector *d = start(0);

	feed_cut(d, link, recorded, 12, 34);
	dissector_end(d);
	dissector_free(d);
}

static void only(uint16_t link)
{
	only_cut(link, b.len);
}

static const struct message *expect(size_t i, enum message_kind kind)
{
	ck_assert_uint_gt(count, i);
	ck_assert_int_eq(told[i].m.kind, kind);
	ck_assert_uint_eq(told[i].m.seen.capture, 3);
	return &told[i].m;
}

static void expect_other(enum other_kind kind)
{
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(expect(0, MSG_OTHER)->u.other.kind, kind);
}

static void expect_addr(const struct addr *a, const char *text)
{
	char buf[ADDR_TEXT];

	ck_assert_str_eq(addr_text(a, buf), text);
}

START_TEST(ike_on_500_is_told_with_its_header_bytes_and_packet)
{
	const struct message *m;

	only(build_sample(&b, 0));
	ck_assert_uint_eq(count, 1);
	m = expect(0, MSG_IKE);
	ck_assert_uint_eq(m->seen.frame, 12);
	ck_assert_int_eq(m->seen.time_ns, 34);
	ck_assert_uint_eq(m->u.ike.header.spi_i, 0x1122334455667788);
	ck_assert_uint_eq(m->u.ike.header.exchange, 34);
	ck_assert_uint_eq(m->u.ike.bytes.len, 68);
	ck_assert_mem_eq(told[0].bytes, build_at(&b) + 28, 68);
	ck_assert(!m->u.ike.cut && !m->u.ike.short_of);
	ck_assert_int_eq(m->u.ike.carriage, CARRIED_UDP);
	ck_assert_ptr_null(m->u.ike.key);
	expect_addr(&told[0].packet.src, A4);
	expect_addr(&told[0].packet.dst, B4);
	ck_assert_uint_eq(told[0].packet.sport, 500);
	ck_assert_uint_eq(told[0].packet.len, 96);
	ck_assert_uint_eq(told[0].packet.frame_len, 96);
	ck_assert_int_eq(told[0].packet.udp_sum, SUM_GOOD);
	ck_assert_int_eq(told[0].packet.ip_sum, SUM_GOOD);
}
END_TEST

START_TEST(ike_on_4500_stands_behind_the_marker)
{
	const struct message *m;

	only(build_sample(&b, 1));
	m = expect(0, MSG_IKE);
	ck_assert_int_eq(m->u.ike.carriage, CARRIED_UDP_MARK);
	ck_assert_uint_eq(m->u.ike.bytes.len, 68);
	ck_assert_uint_eq(m->u.ike.header.spi_i, 0x1122334455667788);
	ck_assert(told[0].packet.has_mac);
	ck_assert_int_eq(told[0].packet.udp_sum, SUM_GOOD);
}
END_TEST

START_TEST(ikev1_is_found_through_pppoe_and_ip_options)
{
	only(build_sample(&b, 2));
	ck_assert_uint_eq(expect(0, MSG_IKE)->u.ike.header.version, 0x10);
}
END_TEST

START_TEST(esp_is_told_by_protocol_50_and_on_4500)
{
	for (int n = 3; n <= 4; n++) {
		const struct message *m;

		only(build_sample(&b, n));
		ck_assert_uint_eq(count, 1);
		m = expect(0, MSG_ESP);
		ck_assert_uint_eq(m->u.esp.spi, 0xc1020304);
		ck_assert_uint_eq(m->u.esp.sequence, 7);
		ck_assert_uint_eq(m->u.esp.len, 68);
		ck_assert_int_eq(m->u.esp.carriage, n == 3 ? CARRIED_IP : CARRIED_UDP);
	}
	ck_assert_int_eq(told[0].packet.way, WAY_OUT);
}
END_TEST

START_TEST(esp_on_500_is_known_by_eight_zero_octets)
{
	only(build_sample(&b, 16));
	ck_assert_uint_eq(expect(0, MSG_ESP)->u.esp.spi, 0xc1020304);
	ck_assert_uint_eq(told[0].m.u.esp.len, 28);
}
END_TEST

static uint64_t print_of(size_t len, size_t flip)
{
	build_esp(&b, 1000, 1, len - 8);
	if (flip < len)
		build_at(&b)[flip] ^= 1;
	build_ipv4(&b, A4, B4, 50);
	only(101);
	return expect(0, MSG_ESP)->u.esp.print;
}

START_TEST(equal_packets_have_equal_prints_and_a_change_at_either_end_shows)
{
	static const size_t lens[] = { 8, 40, 79, 80, 81, 200 };

	for (size_t i = 0; i < 6; i++) {
		uint64_t plain = print_of(lens[i], SIZE_MAX);

		ck_assert(plain == print_of(lens[i], SIZE_MAX));
		for (size_t at = 0; at < lens[i]; at++)
			ck_assert_int_eq(plain != print_of(lens[i], at),
					 at < 64 || at >= lens[i] - 16);
		ck_assert(plain != print_of(lens[i] + 1, SIZE_MAX));
	}
}
END_TEST

START_TEST(ah_is_told_and_what_it_protects_too)
{
	only(build_sample(&b, 5));
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(expect(0, MSG_AH)->u.esp.spi, 0xa1020304);
	ck_assert_uint_eq(told[0].m.u.esp.sequence, 9);
	ck_assert_uint_eq(expect(1, MSG_IKE)->u.ike.header.exchange, 34);
	ck_assert_uint_eq(told[1].packet.sport, 500);
	ck_assert_uint_eq(told[0].packet.protocol, 51);
}
END_TEST

START_TEST(ah_inside_ah_without_end_ends)
{
	build_start(&b, "", 0);
	for (int i = 0; i < 40; i++)
		build_ah(&b, 51, 1000, 1);
	build_ipv4(&b, A4, B4, 51);
	only(101);
	ck_assert_uint_eq(count, 5);
	ck_assert_int_eq(expect(4, MSG_OTHER)->u.other.kind, OTHER_BROKEN);
}
END_TEST

START_TEST(a_keepalive_is_one_octet_on_an_ike_port)
{
	static const uint16_t ports[] = { 4500, 500 };

	only(build_sample(&b, 6));
	expect(0, MSG_KEEPALIVE);
	for (size_t i = 0; i < 2; i++) {
		build_start(&b, "\xff", 1);
		build_udp(&b, 61000, ports[i]);
		build_ipv4(&b, A4, B4, 17);
		build_behind(&b, 17); /* Ethernet pads it */
		build_ether(&b, 0x0800);
		only(1);
		expect(0, MSG_KEEPALIVE);
		build_start(&b, "\xfe", 1);
		build_udp(&b, 61000, ports[i]);
		build_ipv4(&b, A4, B4, 17);
		only(101);
		expect_other(OTHER_BAD_IKE);
	}
}
END_TEST

START_TEST(what_is_no_ike_on_an_ike_port_is_bad_unless_the_recording_hides_it)
{
	build_start(&b, "0123456789", 10);
	build_udp(&b, 500, 500);
	build_ipv4(&b, A4, B4, 17);
	only(101);
	expect_other(OTHER_BAD_IKE);
	only_cut(101, 30);
	expect_other(OTHER_UDP);
	build_start(&b,
		    "\0\0\0\0"
		    "56789",
		    9);
	build_udp(&b, 4500, 4500);
	build_ipv4(&b, A4, B4, 17);
	only(101);
	expect_other(OTHER_BAD_IKE);
	only_cut(101, 34);
	expect_other(OTHER_UDP);
	only_cut(101, 28);
	expect_other(OTHER_UDP);
}
END_TEST

START_TEST(a_version_to_come_is_ike_on_500_when_its_length_is_true)
{
	for (uint32_t lie = 0; lie < 2; lie++) {
		build_ike(&b, 0x30, 34, 40);
		put32(build_at(&b) + 24, 68 + lie);
		build_udp(&b, 500, 500);
		build_ipv4(&b, A4, B4, 17);
		only(101);
		if (lie)
			expect_other(OTHER_BAD_IKE);
		else
			expect(0, MSG_IKE);
	}
	build_ike(&b, 0x20, 99, 40); /* neither an exchange nor a length that any message has */
	put32(build_at(&b) + 24, 0x12345678);
	build_udp(&b, 500, 500);
	build_ipv4(&b, A4, B4, 17);
	only(101);
	expect_other(OTHER_BAD_IKE);
}
END_TEST

START_TEST(ike_on_unknown_ports_is_told_only_when_sure)
{
	only(build_sample(&b, 14));
	expect(0, MSG_IKE);
	build_ike(&b, 0x20, 34, 8);
	build_front(&b, 4);
	build_udp(&b, 40000, 61000);
	build_ipv4(&b, A4, B4, 17);
	only(101);
	ck_assert_int_eq(expect(0, MSG_IKE)->u.ike.carriage, CARRIED_UDP_MARK);
	build_sample(&b, 14);
	build_at(&b)[4 + 28 + 27] += 1; /* the length says more than there is */
	only(0);
	expect_other(OTHER_UDP);
	build_sample(&b, 14);
	build_at(&b)[4 + 28 + 18] = 99; /* an exchange of no version */
	only(0);
	expect_other(OTHER_UDP);
}
END_TEST

START_TEST(ike_without_marker_on_4500_is_still_ike)
{
	build_ike(&b, 0x20, 34, 8);
	build_udp(&b, 4500, 4500);
	build_ipv4(&b, A4, B4, 17);
	only(101);
	ck_assert_int_eq(expect(0, MSG_IKE)->u.ike.carriage, CARRIED_UDP);
}
END_TEST

START_TEST(a_recording_that_stops_cuts_ike_and_a_sender_that_lies_falls_short)
{
	build_sample(&b, 0);
	only_cut(101, 80);
	ck_assert(expect(0, MSG_IKE)->u.ike.cut && !told[0].m.u.ike.short_of);
	ck_assert_uint_eq(told[0].m.u.ike.bytes.len, 52);
	ck_assert(told[0].packet.cut);
	ck_assert_int_eq(told[0].packet.udp_sum, SUM_UNKNOWN);
	build_sample(&b, 0);
	put32(build_at(&b) + 28 + 24, 1000);
	only(101);
	ck_assert(!expect(0, MSG_IKE)->u.ike.cut && told[0].m.u.ike.short_of);
	build_sample(&b, 0);
	put32(build_at(&b) + 28 + 24, 40); /* octets behind the message are not in it */
	only(101);
	ck_assert_uint_eq(expect(0, MSG_IKE)->u.ike.bytes.len, 40);
	ck_assert(!told[0].m.u.ike.cut && !told[0].m.u.ike.short_of);
}
END_TEST

START_TEST(an_icmp_error_tells_what_it_quotes_and_the_quote_is_no_traffic)
{
	const struct icmp_error *e;

	only(build_sample(&b, 7));
	ck_assert_uint_eq(count, 1);
	e = &expect(0, MSG_ICMP)->u.icmp;
	ck_assert(e->type == 3 && e->code == 4 && e->mtu == 1400);
	ck_assert(e->quotes && e->quotes_ike && !e->quotes_esp && !e->quoted.cut);
	ck_assert_uint_eq(e->ike.spi_i, 0x1122334455667788);
	ck_assert_uint_eq(e->quoted.dport, 500);
	expect_addr(&e->quoted.dst, B4);
	expect_addr(&told[0].packet.src, "198.51.100.1");
	only(build_sample(&b, 8));
	ck_assert_uint_eq(count, 1);
	e = &expect(0, MSG_ICMP)->u.icmp;
	ck_assert(e->mtu == 1280 && e->quotes_esp && e->spi == 0xc1020304 && e->sequence == 7);
}
END_TEST

START_TEST(a_quote_of_eight_octets_still_tells_ports_or_spi)
{
	const struct icmp_error *e;

	build_start(&b, "\x01\xf4\x01\xf4\x05\xdc\0\0", 8);
	build_ipv4(&b, A4, B4, 17);
	put16(build_at(&b) + 2, 1520);
	build_ipv4_sum(build_at(&b));
	build_icmp(&b, 11, 0, 0);
	build_ipv4(&b, "198.51.100.1", A4, 1);
	only(101);
	e = &expect(0, MSG_ICMP)->u.icmp;
	ck_assert(e->quotes && e->quoted.cut && !e->quotes_ike && !e->quotes_esp);
	ck_assert_uint_eq(e->quoted.sport, 500);
	ck_assert_uint_eq(e->quoted.len, 1520);
	ck_assert_uint_eq(e->quoted_payload.len, 8);
	build_start(&b, "\xc1\x02\x03\x04\0\0\0\x07", 8);
	build_ipv4(&b, A4, B4, 50);
	build_icmp(&b, 3, 2, 0);
	build_ipv4(&b, "198.51.100.1", A4, 1);
	only(101);
	e = &expect(0, MSG_ICMP)->u.icmp;
	ck_assert(e->quotes_esp && e->spi == 0xc1020304 && e->sequence == 7);
	build_start(&b, "\x32\x04\0\0\xa1\x02\x03\x04", 8); /* AH up to its SPI */
	build_ipv4(&b, A4, B4, 51);
	build_icmp(&b, 3, 2, 0);
	build_ipv4(&b, "198.51.100.1", A4, 1);
	only(101);
	e = &expect(0, MSG_ICMP)->u.icmp;
	ck_assert(e->quotes_esp && e->spi == 0xa1020304 && e->sequence == 0);
}
END_TEST

START_TEST(a_quoted_fragment_tells_its_place)
{
	const struct icmp_error *e;

	build_sample(&b, 18);
	build_icmp(&b, 11, 1, 0);
	build_ipv4(&b, B4, A4, 1);
	only(101);
	e = &expect(0, MSG_ICMP)->u.icmp;
	ck_assert(e->quoted_offset == 88 && !e->quoted_more && !e->quotes_ike);
	ck_assert_uint_eq(e->quoted.id, 9);
	build_sample(&b, 17);
	build_icmp(&b, 11, 1, 0);
	build_ipv4(&b, B4, A4, 1);
	only(101);
	e = &expect(0, MSG_ICMP)->u.icmp;
	ck_assert(e->quoted_offset == 0 && e->quoted_more && e->quotes_ike);
}
END_TEST

START_TEST(an_icmp_error_without_a_quote_is_told_as_such)
{
	build_start(&b, "", 0);
	build_icmp(&b, 3, 1, 0);
	build_ipv4(&b, B4, A4, 1);
	for (size_t n = 22; n <= 28; n++) {
		only_cut(101, n);
		ck_assert(!expect(0, MSG_ICMP)->u.icmp.quotes);
	}
	only_cut(101, 21);
	expect_other(OTHER_BROKEN);
}
END_TEST

START_TEST(tunnels_are_looked_through_and_counted)
{
	only(build_sample(&b, 9));
	expect(0, MSG_IKE);
	ck_assert_uint_eq(told[0].packet.depth, 1);
	expect_addr(&told[0].packet.src, A4);
	only(build_sample(&b, 10));
	expect(0, MSG_ESP);
	ck_assert_uint_eq(told[0].packet.depth, 2);
	expect_addr(&told[0].packet.src, A6);
}
END_TEST

START_TEST(tunnels_inside_tunnels_without_end_end)
{
	build_ike(&b, 0x20, 34, 8);
	build_udp(&b, 500, 500);
	build_ipv4(&b, A4, B4, 17);
	for (int i = 0; i < 50; i++)
		build_ipv4(&b, "10.0.0.1", "10.0.0.2", 4);
	only(101);
	expect_other(OTHER_IP);
	ck_assert_uint_eq(told[0].packet.depth, 4);
}
END_TEST

START_TEST(arp_and_neighbour_discovery_tell_their_target)
{
	build_arp(&b, false);
	only(1);
	expect_other(OTHER_ARP_REQUEST);
	expect_addr(&told[0].m.u.other.target, "192.0.2.9");
	ck_assert(!told[0].has_packet);
	build_arp(&b, true);
	only(1);
	expect_other(OTHER_ARP_REPLY);
	expect_addr(&told[0].m.u.other.target, "192.0.2.1");
	only(build_sample(&b, 15));
	expect_other(OTHER_SOLICIT);
	expect_addr(&told[0].m.u.other.target, "2001:db8::9");
}
END_TEST

START_TEST(an_atomic_fragment_is_told_and_read_at_once)
{
	only(build_sample(&b, 12));
	ck_assert_uint_eq(count, 2);
	expect(0, MSG_FRAGMENT);
	expect(1, MSG_ESP);
	ck_assert(!told[1].has_train);
}
END_TEST

START_TEST(fragments_become_a_train_and_the_message_in_it)
{
	for (size_t swap = 0; swap < 2; swap++) {
		struct dissector *d = start(0);
		const struct message *m;

		feed(d, build_sample(&b, swap ? 18 : 17), 1, 0);
		feed(d, build_sample(&b, swap ? 17 : 18), 2, 1000);
		dissector_end(d);
		dissector_free(d);
		ck_assert_uint_eq(count, 4);
		m = expect(swap, MSG_FRAGMENT);
		ck_assert(m->u.fragment.more && m->u.fragment.offset == 0 &&
			  m->u.fragment.len == 88);
		ck_assert_uint_eq(told[swap].packet.sport, 500);
		m = expect(2, MSG_TRAIN);
		ck_assert(told[2].train.complete && told[2].train.count == 2);
		ck_assert_uint_eq(m->seen.frame, 2);
		ck_assert_uint_eq(told[2].packet.dport, 500);
		m = expect(3, MSG_IKE);
		ck_assert(told[3].has_train);
		ck_assert_uint_eq(m->u.ike.bytes.len, 80);
		ck_assert_uint_eq(told[3].packet.len, 20 + 96);
	}
}
END_TEST

START_TEST(a_set_that_never_becomes_whole_is_told_by_time_by_limit_and_at_the_end)
{
	struct dissector *d = start(0);

	feed(d, build_sample(&b, 17), 1, 0);
	feed(d, build_sample(&b, 21), 2, 31000000000);
	ck_assert_uint_eq(count, 3);
	expect(1, MSG_TRAIN);
	ck_assert(!told[1].train.complete && !told[1].train.evicted && !told[1].train.has_last);
	ck_assert_uint_eq(told[1].m.seen.frame, 1);
	ck_assert_uint_eq(told[1].packet.sport, 500);
	ck_assert_uint_eq(told[1].train.head.len, 88);
	dissector_free(d);

	d = start(1);
	feed(d, build_sample(&b, 17), 1, 0);
	feed(d, build_sample(&b, 19), 2, 0);
	expect(2, MSG_TRAIN);
	ck_assert(told[2].train.evicted);
	expect_addr(&told[2].packet.src, A4);
	dissector_end(d);
	ck_assert_uint_eq(count, 4);
	expect(3, MSG_TRAIN);
	ck_assert(!told[3].train.evicted);
	expect_addr(&told[3].packet.src, A6);
	dissector_free(d);
}
END_TEST

START_TEST(fragments_inside_a_tunnel_are_put_together_too)
{
	struct dissector *d = start(0);

	for (int n = 17; n <= 18; n++) {
		build_sample(&b, n);
		build_ipv4(&b, "10.0.0.1", "10.0.0.2", 4);
		feed(d, 101, (uint64_t)n, 0);
	}
	ck_assert_uint_eq(count, 4);
	expect(3, MSG_IKE);
	ck_assert_uint_eq(told[3].packet.depth, 1);
	dissector_free(d);
}
END_TEST

/* A datagram of IPv6 in two fragments, whose payload begins with what is there. */
static void feed_in_two(struct dissector *d, uint32_t id, uint8_t next)
{
	uint8_t inner[512];
	size_t all = b.len, half = all / 16 * 8;

	ck_assert_uint_le(all, sizeof inner);
	memcpy(inner, build_at(&b), all);
	for (int i = 0; i < 2; i++) {
		build_start(&b, inner + (i ? half : 0), i ? all - half : half);
		build_fragment(&b, next, i ? (uint32_t)half : 0, !i, id);
		build_ipv6(&b, A6, B6, 44);
		feed(d, 101, 1, 0);
	}
}

START_TEST(a_fragment_header_inside_a_datagram_put_together_is_followed)
{
	struct dissector *d = start(0);

	build_esp(&b, 1000, 1, 16);
	build_fragment(&b, 50, 0, false, 5);
	feed_in_two(d, 6, 44);
	ck_assert_uint_eq(count, 5);
	expect(2, MSG_TRAIN);
	expect(3, MSG_FRAGMENT);
	ck_assert_uint_eq(expect(4, MSG_ESP)->u.esp.spi, 1000);
	dissector_free(d);
}
END_TEST

START_TEST(fragments_inside_fragments_are_put_together_as_well)
{
	struct dissector *d = start(0);
	uint8_t whole[200];
	size_t len;

	build_ike(&b, 0x20, 34, 40);
	build_udp(&b, 500, 500);
	len = b.len;
	memcpy(whole, build_at(&b), len);
	for (int i = 0; i < 2; i++) {
		build_start(&b, whole + 40 * i, i ? len - 40 : 40);
		build_fragment(&b, 17, 40u * (unsigned)i, !i, 5);
		feed_in_two(d, 6 + (unsigned)i, 44);
	}
	ck_assert_uint_eq(count, 10);
	ck_assert_uint_eq(expect(9, MSG_IKE)->u.ike.bytes.len, 68);
	ck_assert_uint_eq(told[9].packet.sport, 500);
	dissector_end(d);
	ck_assert_uint_eq(count, 10);
	dissector_free(d);
}
END_TEST

START_TEST(fragment_headers_without_end_end)
{
	build_esp(&b, 1000, 1, 16);
	for (int i = 0; i < 40; i++)
		build_fragment(&b, i ? 44 : 50, 0, false, 5);
	build_ipv6(&b, A6, B6, 44);
	only(101);
	ck_assert_uint_eq(count, 6);
	ck_assert_int_eq(expect(5, MSG_OTHER)->u.other.kind, OTHER_BROKEN);
}
END_TEST

/* One segment between A4 and B4; back: from B4. */
static void segment(struct dissector *d, bool back, uint16_t client, uint16_t server,
		    uint32_t sequence, uint64_t number)
{
	build_tcp(&b, back ? server : client, back ? client : server, 0x18, 0);
	put32(build_at(&b) + 4, sequence);
	put32(build_at(&b) + 8, 9000);
	build_ipv4(&b, back ? B4 : A4, back ? A4 : B4, 6);
	feed(d, 101, number, 0);
}

START_TEST(ike_and_esp_in_tcp_are_told_record_by_record)
{
	uint8_t record[64];
	size_t len;

	only(build_sample(&b, 13));
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(expect(0, MSG_IKE)->u.ike.carriage, CARRIED_TCP);
	ck_assert_uint_eq(told[0].packet.dport, 4500);
	build_esp(&b, 0xc1020304, 8, 20);
	build_record(&b);
	len = b.len;
	memcpy(record, build_at(&b), len);
	record[9] = 7; /* the one before it */
	memcpy(build_front(&b, len), record, len);
	memcpy(build_front(&b, 3), "\0\3\xff", 3);
	build_tcp(&b, 40000, 4500, 0x18, 0);
	build_ipv4(&b, A4, B4, 6);
	only(101);
	ck_assert_uint_eq(count, 3);
	expect(0, MSG_KEEPALIVE);
	ck_assert_int_eq(expect(1, MSG_ESP)->u.esp.carriage, CARRIED_TCP);
	ck_assert_uint_eq(expect(2, MSG_ESP)->u.esp.len, 28);
}
END_TEST

START_TEST(a_message_of_ike_over_segments_in_any_order_is_told_once_and_whole)
{
	struct dissector *d = start(0);
	uint8_t stream[200];
	size_t len;

	build_ike(&b, 0x20, 34, 100);
	build_front(&b, 4);
	build_record(&b);
	memcpy(build_front(&b, 6), "IKETCP", 6);
	len = b.len;
	memcpy(stream, build_at(&b), len);
	for (int i = 0; i < 4; i++) {
		static const size_t from[] = { 0, 90, 90, 40 }, to[] = { 40, 140, 140, 90 };

		build_start(&b, stream + from[i], to[i] - from[i]);
		segment(d, false, 40000, 10443, 1 + (uint32_t)from[i], 1 + (uint64_t)i);
	}
	ck_assert_uint_eq(count, 4);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(expect(i, MSG_OTHER)->u.other.kind, OTHER_TCP);
	ck_assert_uint_eq(expect(3, MSG_IKE)->seen.frame, 4);
	ck_assert_uint_eq(told[3].m.u.ike.bytes.len, 128);
	ck_assert_mem_eq(told[3].bytes, stream + 12, 128);
	ck_assert(!told[3].m.u.ike.cut && !told[3].m.u.ike.short_of);
	dissector_end(d);
	ck_assert_uint_eq(count, 4);
	dissector_free(d);
}
END_TEST

START_TEST(a_record_in_tcp_that_is_neither_ike_nor_esp_is_bad_and_the_next_is_read)
{
	struct dissector *d = start(0);

	build_start(&b, "IKETCP\0\x07\0\0\0\0?\0\x05xyz\0\x02\0\3\xff", 23);
	segment(d, false, 40000, 4500, 1, 1);
	ck_assert_uint_eq(count, 4);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(expect(i, MSG_OTHER)->u.other.kind, OTHER_BAD_IKE);
	ck_assert_int_eq(expect(2, MSG_OTHER)->u.other.kind, OTHER_TCP);
	expect(3, MSG_KEEPALIVE);
	dissector_free(d);
}
END_TEST

START_TEST(what_is_missing_in_a_stream_is_told)
{
	struct dissector *d = start(0);

	build_start(&b, "IKETCP", 6);
	segment(d, false, 40000, 4500, 1, 1);
	build_ike(&b, 0x20, 34, 8);
	build_front(&b, 4);
	build_record(&b);
	segment(d, false, 40000, 4500, 500, 2);
	dissector_end(d);
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(expect(2, MSG_OTHER)->u.other.kind, OTHER_TCP_LOST);
	ck_assert_uint_eq(expect(3, MSG_IKE)->seen.frame, 2);
	dissector_free(d);
}
END_TEST

/* Cisco's: what is there, and 16 octets behind it. */
static void build_trailer(uint8_t kind)
{
	uint8_t *trailer;

	build_behind(&b, 16);
	trailer = build_at(&b) + b.len - 16;
	put16(trailer + 4, 7);
	trailer[6] = kind == 0x11 ? 0x40 : 0;
	memcpy(trailer + 8, "magic", 5);
	trailer[13] = kind;
}

START_TEST(ike_and_then_esp_are_told_before_a_trailer_of_cisco)
{
	struct dissector *d = start(0);

	build_esp(&b, 0xc1020304, 7, 20);
	build_trailer(0x32);
	segment(d, true, 40000, 10000, 1, 1); /* nothing says yet what this is */
	ck_assert_int_eq(expect(0, MSG_OTHER)->u.other.kind, OTHER_TCP);
	build_ike(&b, 0x10, 4, 40);
	build_udp(&b, 500, 500);
	build_trailer(0x11);
	segment(d, false, 40000, 10000, 1, 2);
	ck_assert_uint_eq(expect(1, MSG_IKE)->u.ike.bytes.len, 68);
	ck_assert(!told[1].m.u.ike.short_of && !told[1].m.u.ike.cut);
	ck_assert_int_eq(told[1].m.u.ike.carriage, CARRIED_TCP);
	ck_assert_uint_eq(told[1].packet.dport, 10000);
	for (int back = 0; back < 2; back++) {
		build_esp(&b, 0xc1020304, 7, 20);
		build_trailer(0x32);
		segment(d, back, 40000, 10000, 1, 3);
		ck_assert_uint_eq(expect(2 + (size_t)back, MSG_ESP)->u.esp.spi, 0xc1020304);
		ck_assert_uint_eq(told[2 + back].m.u.esp.len, 28);
	}
	build_esp(&b, 0xc1020304, 7, 20);
	build_trailer(0x32);
	segment(d, false, 40001, 10000, 1, 4); /* another socket: NDMP, say */
	ck_assert_int_eq(expect(4, MSG_OTHER)->u.other.kind, OTHER_TCP);
	build_esp(&b, 0xc1020304, 7, 20);
	build_trailer(0x32);
	build_at(&b)[b.len - 9] = 1;
	segment(d, false, 40000, 10000, 1, 5); /* these twelve bits are always 0 */
	ck_assert_int_eq(expect(5, MSG_OTHER)->u.other.kind, OTHER_TCP);
	dissector_free(d);
}
END_TEST

START_TEST(no_length_of_a_cisco_segment_reads_beyond_it)
{
	uint8_t whole[200];
	size_t len;

	build_ike(&b, 0x10, 4, 40);
	build_udp(&b, 500, 500);
	build_trailer(0x11);
	len = b.len;
	memcpy(whole, build_at(&b), len);
	for (size_t n = 0; n <= len; n++) {
		struct dissector *d = start(0);

		build_start(&b, whole + len - n, n);
		segment(d, false, 40000, 10000, 1, 1);
		ck_assert_uint_eq(count, 1);
		expect(0, n == len ? MSG_IKE : MSG_OTHER);
		build_start(&b, whole, n);
		build_tcp(&b, 40000, 10000, 0x18, 0);
		build_ipv4(&b, A4, B4, 6);
		feed_cut(d, 101, b.len - n / 2, 2, 0);
		ck_assert_uint_eq(count, 2);
		dissector_free(d);
	}
}
END_TEST

static void datagram(struct dissector *d, bool back, uint16_t sport, uint16_t dport)
{
	build_udp(&b, sport, dport);
	build_ipv4(&b, back ? B4 : A4, back ? A4 : B4, 17);
	feed(d, 101, 1, 0);
}

static void expect_last(enum message_kind kind)
{
	expect(count - 1, kind);
}

START_TEST(esp_on_ports_nobody_knows_is_told_where_marked_ike_passed_before)
{
	struct dissector *d = start(0);

	build_esp(&b, 0xc1020304, 7, 20);
	datagram(d, false, 1024, 34500);
	expect_last(MSG_OTHER);
	build_ike(&b, 0x20, 35, 8);
	build_front(&b, 4);
	datagram(d, false, 1024, 34500);
	expect_last(MSG_IKE);
	build_esp(&b, 0xc1020304, 7, 21);
	datagram(d, false, 1024, 34500);
	expect_last(MSG_ESP);
	build_esp(&b, 0xc1020304, 7, 21);
	datagram(d, true, 34500, 1024);
	expect_last(MSG_ESP);
	build_start(&b, "\xff", 1);
	datagram(d, false, 1024, 34500);
	expect_last(MSG_KEEPALIVE);
	build_start(&b, "\0\0\0\0what", 8);
	datagram(d, false, 1024, 34500);
	expect_last(MSG_OTHER);
	build_esp(&b, 0xc1020304, 7, 20);
	datagram(d, false, 1025, 34500);
	expect_last(MSG_OTHER);
	build_esp(&b, 0xc1020304, 7, 20);
	datagram(d, true, 1024, 34500); /* the same ports, at other ends */
	expect_last(MSG_OTHER);
	dissector_free(d);
}
END_TEST

START_TEST(ike_without_a_marker_on_ports_nobody_knows_opens_no_way_for_esp)
{
	struct dissector *d = start(0);

	build_ike(&b, 0x20, 34, 8);
	datagram(d, false, 40000, 61000);
	expect_last(MSG_IKE);
	build_esp(&b, 0xc1020304, 7, 20);
	datagram(d, false, 40000, 61000);
	expect_last(MSG_OTHER);
	dissector_free(d);
}
END_TEST

START_TEST(esp_on_udp_10000_is_told_between_hosts_that_speak_ike)
{
	struct dissector *d = start(0);

	build_esp(&b, 0xc1020304, 7, 20);
	datagram(d, false, 10000, 10000);
	expect_last(MSG_OTHER);
	build_ike(&b, 0x10, 4, 8);
	datagram(d, false, 500, 500);
	expect_last(MSG_IKE);
	build_esp(&b, 0xc1020304, 7, 20);
	datagram(d, true, 10000, 1024);
	ck_assert_int_eq(expect(count - 1, MSG_ESP)->u.esp.carriage, CARRIED_UDP);
	build_esp(&b, 255, 7, 20);         /* reserved */
	datagram(d, false, 10000, 10000);
	expect_last(MSG_OTHER);
	build_esp(&b, 0xc1020304, 0, 20);  /* a number nobody sends */
	datagram(d, false, 10000, 10000);
	expect_last(MSG_OTHER);
	build_esp(&b, 0xc1020304, 7, 21);  /* no end of ciphertext */
	datagram(d, false, 10000, 10000);
	expect_last(MSG_OTHER);
	build_esp(&b, 0xc1020304, 7, 20);
	datagram(d, false, 10001, 1024);
	expect_last(MSG_OTHER);
	dissector_free(d);
}
END_TEST

START_TEST(what_an_icmp_error_quotes_is_known_by_the_past_of_its_sockets_too)
{
	struct dissector *d = start(0);

	build_ike(&b, 0x20, 35, 8);
	build_front(&b, 4);
	datagram(d, false, 1024, 34500);
	build_esp(&b, 0xc1020304, 7, 20);
	build_udp(&b, 1024, 34500);
	build_ipv4(&b, A4, B4, 17);
	build_icmp(&b, 3, 4, 1400);
	build_ipv4(&b, "198.51.100.1", A4, 1);
	feed(d, 101, 2, 0);
	ck_assert(expect(1, MSG_ICMP)->u.icmp.quotes_esp);
	ck_assert_uint_eq(told[1].m.u.icmp.spi, 0xc1020304);
	dissector_free(d);
}
END_TEST

START_TEST(ah_over_esp_is_two_messages_in_either_family)
{
	for (int v6 = 0; v6 < 2; v6++) {
		build_esp(&b, 0xc1020304, 7, 20);
		build_ah(&b, 50, 0xa1020304, 9);
		if (v6)
			build_ipv6(&b, A6, B6, 51);
		else
			build_ipv4(&b, A4, B4, 51);
		only(101);
		ck_assert_uint_eq(count, 2);
		ck_assert_uint_eq(expect(0, MSG_AH)->u.esp.spi, 0xa1020304);
		ck_assert_uint_eq(expect(1, MSG_ESP)->u.esp.spi, 0xc1020304);
		ck_assert_uint_eq(told[1].m.u.esp.len, 28);
	}
}
END_TEST

START_TEST(the_longest_packet_of_either_family_is_read_whole)
{
	static const uint32_t payload[] = { 65535 - 28 - 28, 65535 - 8 - 28 };

	for (int v6 = 0; v6 < 2; v6++) {
		build_ike(&b, 0x20, 35, payload[v6]);
		put16(build_at(&b) + 30, 0xffff);
		build_udp_summed(&b, 500, 500, v6 ? A6 : A4, v6 ? B6 : B4);
		if (v6)
			build_ipv6(&b, A6, B6, 17);
		else
			build_ipv4(&b, A4, B4, 17);
		only(101);
		ck_assert_uint_eq(expect(0, MSG_IKE)->u.ike.bytes.len, payload[v6] + 28);
		ck_assert_int_eq(told[0].packet.udp_sum, SUM_GOOD);
		ck_assert_uint_eq(told[0].packet.len, v6 ? 65575 : 65535);
	}
}
END_TEST

START_TEST(a_jumbogram_is_read_by_the_length_of_its_option)
{
	uint8_t *hop;

	build_ike(&b, 0x20, 35, 70000);
	build_udp_summed(&b, 500, 500, A6, B6);
	put16(build_at(&b) + 4, 0);       /* RFC 2675 4 */
	build_pseudo_sum(&b, 6, A6, B6, 17);
	build_extension(&b, 17, 0);
	hop = build_at(&b);
	hop[2] = 0xc2, hop[3] = 4;
	put32(hop + 4, (uint32_t)b.len);
	build_ipv6(&b, A6, B6, 0);
	put16(build_at(&b) + 4, 0);
	only(101);
	ck_assert_uint_eq(expect(0, MSG_IKE)->u.ike.bytes.len, 70028);
	ck_assert_int_eq(told[0].packet.udp_sum, SUM_GOOD);
}
END_TEST

START_TEST(time_that_jumps_spoils_no_set_and_keeps_none_for_ever)
{
	static const int64_t jumps[] = { -3600000000000, 3600000000000, -(INT64_C(1) << 62), INT64_MAX };

	for (size_t i = 0; i < 4; i++) {
		struct dissector *d = start(0);

		feed(d, build_sample(&b, 17), 1, 1000);
		feed(d, build_sample(&b, 18), 2, jumps[i]);
		if (jumps[i] < 0)          /* nothing grows old by a step back */
			expect_last(MSG_IKE);
		else                       /* an hour forward is an hour */
			ck_assert(!told[1].train.complete);
		feed(d, build_sample(&b, 19), 3, jumps[i]);
		dissector_end(d);
		expect_last(MSG_TRAIN);
		dissector_free(d);
	}
}
END_TEST

START_TEST(another_stream_on_4500_is_not_taken_for_records)
{
	build_esp(&b, 0xc1020304, 7, 20);
	build_record(&b);
	build_at(&b)[1] += 1;
	build_tcp(&b, 40000, 4500, 0x18, 0);
	build_ipv4(&b, A4, B4, 6);
	only(101);
	expect_other(OTHER_TCP);
	only(build_sample(&b, 21));
	expect_other(OTHER_TCP);
	ck_assert_uint_eq(told[0].m.u.other.tcp_flags, 2);
	ck_assert_uint_eq(told[0].packet.dport, 443);
	build_at(&b)[20 + 12] = 0x40; /* a header of 16 octets */
	only(101);
	expect_other(OTHER_BROKEN);
}
END_TEST

START_TEST(what_cannot_be_read_is_broken_and_what_is_no_ip_says_so)
{
	build_sample(&b, 0);
	only_cut(101, 19);
	expect_other(OTHER_BROKEN);
	ck_assert(!told[0].has_packet);
	only_cut(1, 13);
	expect_other(OTHER_BROKEN);
	only_cut(101, 0);
	expect_other(OTHER_NOT_IP);
	build_start(&b, "hello", 5);
	only(147);
	expect_other(OTHER_NOT_IP);
	build_start(&b, "hello", 5);
	build_ipv4(&b, A4, B4, 99);
	only(101);
	expect_other(OTHER_IP);
}
END_TEST

static const struct ike_key *find_key(void *ctx, const struct ike_header *h)
{
	ck_assert_ptr_eq(ctx, &count);
	ck_assert_uint_eq(h->exchange, 35);
	return (const struct ike_key *)(const void *)&b;
}

START_TEST(a_key_is_asked_for_where_the_message_is_encrypted)
{
	struct dissect_options o = {
		.saw = saw, .ctx = &count, .capture = 3, .find_key = find_key
	};
	struct dissector *d = dissector_new(&o);

	count = 0;
	build_sample(&b, 0); /* SA_INIT is not */
	feed(d, 101, 1, 0);
	ck_assert_ptr_null(expect(0, MSG_IKE)->u.ike.key);
	build_ike(&b, 0x20, 35, 8);
	build_at(&b)[15] = 1; /* the responder's SPI */
	build_udp(&b, 500, 500);
	build_ipv4(&b, A4, B4, 17);
	feed(d, 101, 2, 0);
	ck_assert_ptr_eq(expect(1, MSG_IKE)->u.ike.key, (const void *)&b);
	dissector_free(d);
}
END_TEST

SUITE("dissector", ike_on_500_is_told_with_its_header_bytes_and_packet,
      ike_on_4500_stands_behind_the_marker, ikev1_is_found_through_pppoe_and_ip_options,
      esp_is_told_by_protocol_50_and_on_4500, esp_on_500_is_known_by_eight_zero_octets,
      equal_packets_have_equal_prints_and_a_change_at_either_end_shows,
      ah_is_told_and_what_it_protects_too, ah_inside_ah_without_end_ends,
      a_keepalive_is_one_octet_on_an_ike_port,
      what_is_no_ike_on_an_ike_port_is_bad_unless_the_recording_hides_it,
      a_version_to_come_is_ike_on_500_when_its_length_is_true,
      ike_on_unknown_ports_is_told_only_when_sure, ike_without_marker_on_4500_is_still_ike,
      a_recording_that_stops_cuts_ike_and_a_sender_that_lies_falls_short,
      an_icmp_error_tells_what_it_quotes_and_the_quote_is_no_traffic,
      a_quote_of_eight_octets_still_tells_ports_or_spi, a_quoted_fragment_tells_its_place,
      an_icmp_error_without_a_quote_is_told_as_such, tunnels_are_looked_through_and_counted,
      tunnels_inside_tunnels_without_end_end, arp_and_neighbour_discovery_tell_their_target,
      an_atomic_fragment_is_told_and_read_at_once, fragments_become_a_train_and_the_message_in_it,
      a_set_that_never_becomes_whole_is_told_by_time_by_limit_and_at_the_end,
      fragments_inside_a_tunnel_are_put_together_too,
      a_fragment_header_inside_a_datagram_put_together_is_followed,
      fragments_inside_fragments_are_put_together_as_well, fragment_headers_without_end_end,
      ike_and_esp_in_tcp_are_told_record_by_record,
      a_message_of_ike_over_segments_in_any_order_is_told_once_and_whole,
      a_record_in_tcp_that_is_neither_ike_nor_esp_is_bad_and_the_next_is_read,
      what_is_missing_in_a_stream_is_told, ike_and_then_esp_are_told_before_a_trailer_of_cisco,
      no_length_of_a_cisco_segment_reads_beyond_it,
      esp_on_ports_nobody_knows_is_told_where_marked_ike_passed_before,
      ike_without_a_marker_on_ports_nobody_knows_opens_no_way_for_esp,
      esp_on_udp_10000_is_told_between_hosts_that_speak_ike,
      what_an_icmp_error_quotes_is_known_by_the_past_of_its_sockets_too,
      ah_over_esp_is_two_messages_in_either_family, the_longest_packet_of_either_family_is_read_whole,
      a_jumbogram_is_read_by_the_length_of_its_option,
      time_that_jumps_spoils_no_set_and_keeps_none_for_ever,
      another_stream_on_4500_is_not_taken_for_records,
      what_cannot_be_read_is_broken_and_what_is_no_ip_says_so,
      a_key_is_asked_for_where_the_message_is_encrypted)
