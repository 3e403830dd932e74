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

START_TEST(a_fragment_header_inside_a_datagram_put_together_is_not_followed)
{
	struct dissector *d = start(0);
	uint8_t inner[32];

	build_esp(&b, 1000, 1, 16);
	build_fragment(&b, 50, 0, false, 5);
	memcpy(inner, build_at(&b), 32);
	for (int i = 0; i < 2; i++) {
		build_start(&b, inner + 16 * i, 16);
		build_fragment(&b, 44, 16u * (unsigned)i, !i, 6);
		build_ipv6(&b, A6, B6, 44);
		feed(d, 101, 1, 0);
	}
	ck_assert_uint_eq(count, 4);
	expect(2, MSG_TRAIN);
	ck_assert_int_eq(expect(3, MSG_OTHER)->u.other.kind, OTHER_IP);
	dissector_free(d);
}
END_TEST

START_TEST(ike_and_esp_in_tcp_are_told_record_by_record)
{
	uint8_t record[64];
	size_t len;

	only(build_sample(&b, 13));
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(expect(0, MSG_IKE)->u.ike.carriage, CARRIED_TCP);
	ck_assert_uint_eq(told[0].packet.dport, 4500);
	build_esp(&b, 0xc1020304, 7, 20);
	build_record(&b);
	len = b.len;
	memcpy(record, build_at(&b), len);
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
      ike_on_unknown_ports_is_told_only_when_sure, ike_without_marker_on_4500_is_still_ike,
      a_recording_that_stops_cuts_ike_and_a_sender_that_lies_falls_short,
      an_icmp_error_tells_what_it_quotes_and_the_quote_is_no_traffic,
      a_quote_of_eight_octets_still_tells_ports_or_spi, a_quoted_fragment_tells_its_place,
      an_icmp_error_without_a_quote_is_told_as_such, tunnels_are_looked_through_and_counted,
      tunnels_inside_tunnels_without_end_end, arp_and_neighbour_discovery_tell_their_target,
      an_atomic_fragment_is_told_and_read_at_once, fragments_become_a_train_and_the_message_in_it,
      a_set_that_never_becomes_whole_is_told_by_time_by_limit_and_at_the_end,
      fragments_inside_a_tunnel_are_put_together_too,
      a_fragment_header_inside_a_datagram_put_together_is_not_followed,
      ike_and_esp_in_tcp_are_told_record_by_record, another_stream_on_4500_is_not_taken_for_records,
      what_cannot_be_read_is_broken_and_what_is_no_ip_says_so,
      a_key_is_asked_for_where_the_message_is_encrypted)
