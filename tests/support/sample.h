/*
 * support/sample.h - one frame of each kind that the dissector knows, for tests that spoil them all.
 */
#ifndef TESTS_SUPPORT_SAMPLE_H
#define TESTS_SUPPORT_SAMPLE_H

#include "tests/support/build.h"

#define A4 "192.0.2.1"
#define B4 "203.0.113.9"
#define A6 "2001:db8::1"
#define B6 "2001:db8::9"

enum { SAMPLES = 22 };

/* An ISAKMP header (RFC 7296 3.1) over payload octets: an INFORMATIONAL request, say. */
static inline void build_ike(struct built *b, uint8_t version, uint8_t exchange, size_t payload)
{
	uint8_t *ike;

	build_start(b, "", 0);
	build_behind(b, payload);
	ike = build_front(b, 28);
	memcpy(ike, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	ike[16] = version == 0x10 ? 1 : 33;
	ike[17] = version;
	ike[18] = exchange;
	ike[19] = version == 0x10 ? 0 : 8;
	put32(ike + 24, (uint32_t)(28 + payload));
	if (payload >= 4)
		put16(ike + 30, (uint32_t)payload);
}

static inline void build_esp(struct built *b, uint32_t spi, uint32_t sequence, size_t payload)
{
	uint8_t *esp;

	build_start(b, "", 0);
	build_behind(b, payload);
	memset(build_at(b), 0xe5, payload);
	esp = build_front(b, 8);
	put32(esp, spi);
	put32(esp + 4, sequence);
}

static inline void build_ah(struct built *b, uint8_t next, uint32_t spi, uint32_t sequence)
{
	uint8_t *ah = build_front(b, 24);

	ah[0] = next;
	ah[1] = 4;
	put32(ah + 4, spi);
	put32(ah + 8, sequence);
}

static inline void build_arp(struct built *b, bool reply)
{
	static const uint8_t arp[28] = { 0,   1, 8, 0, 6, 4, 0, 1, 2, 0, 0,   0, 0, 1,
					 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 9 };

	build_start(b, arp, sizeof arp);
	build_at(b)[7] = reply ? 2 : 1;
	build_ether(b, 0x0806);
}

/* Makes number n of SAMPLES; returns its link type. */
static inline uint16_t build_sample(struct built *b, int n)
{
	switch (n) {
	case 0: /* IKE */
		build_ike(b, 0x20, 34, 40);
		build_udp_summed(b, 500, 500, A4, B4);
		build_ipv4(b, A4, B4, 17);
		break;
	case 1: /* IKE behind a marker, with VLAN tags, in IPv6 */
		build_ike(b, 0x20, 35, 40);
		build_front(b, 4);
		build_udp_summed(b, 4500, 4500, A6, B6);
		build_ipv6(b, A6, B6, 17);
		build_tag(b, 0x86dd);
		build_tag(b, 0x8100);
		build_ether(b, 0x88a8);
		return 1;
	case 2: /* IKEv1 with IPv4 options, PPPoE */
		build_ike(b, 0x10, 2, 40);
		build_udp(b, 500, 500);
		build_ipv4_with(b, &(struct build_ipv4){
					   .src = A4, .dst = B4, .protocol = 17, .options = 8 });
		build_pppoe(b, 0x0021);
		build_ether(b, 0x8864);
		return 1;
	case 3:
		build_esp(b, 0xc1020304, 7, 60);
		build_ipv4(b, A4, B4, 50);
		build_mpls(b, 17, true);
		build_ether(b, 0x8847);
		return 1;
	case 4:
		build_esp(b, 0xc1020304, 7, 60);
		build_udp(b, 4500, 4500);
		build_ipv4(b, A4, B4, 17);
		build_sll(b, 4, 0x0800);
		return 113;
	case 5: /* AH over UDP in IPv6, with extension headers on both sides */
		build_ike(b, 0x20, 34, 8);
		build_udp(b, 500, 500);
		build_extension(b, 17, 0);
		build_ah(b, 60, 0xa1020304, 9);
		build_extension(b, 51, 1);
		build_ipv6(b, A6, B6, 0);
		build_sll2(b, 0, 0x86dd);
		return 276;
	case 6:
		build_start(b, "\xff", 1);
		build_udp(b, 4500, 4500);
		build_ipv4(b, A4, B4, 17);
		break;
	case 7: /* ICMP error that quotes IKE */
		build_ike(b, 0x20, 34, 8);
		build_udp(b, 500, 500);
		build_ipv4(b, A4, B4, 17);
		build_icmp(b, 3, 4, 1400);
		build_ipv4(b, "198.51.100.1", A4, 1);
		break;
	case 8: /* ICMPv6 error that quotes ESP behind an extension header */
		build_esp(b, 0xc1020304, 7, 20);
		build_extension(b, 50, 0);
		build_ipv6(b, A6, B6, 60);
		build_icmp(b, 2, 0, 1280);
		build_ipv6(b, "2001:db8::ffff", A6, 58);
		break;
	case 9: /* GRE with an Ethernet frame in it */
		build_ike(b, 0x20, 34, 8);
		build_udp(b, 500, 500);
		build_ipv4(b, A4, B4, 17);
		build_ether(b, 0x0800);
		build_gre(b, 0x6558);
		build_ipv4(b, "10.0.0.1", "10.0.0.2", 47);
		break;
	case 10: /* 6in4 in 4in6 */
		build_esp(b, 0xc1020304, 7, 20);
		build_ipv6(b, A6, B6, 50);
		build_ipv4(b, "10.0.0.1", "10.0.0.2", 41);
		build_ipv6(b, "fd00::1", "fd00::2", 4);
		break;
	case 11: build_arp(b, false); return 1;
	case 12: /* a fragment that is a whole datagram: RFC 6946 */
		build_esp(b, 0xc1020304, 7, 20);
		build_fragment(b, 50, 0, false, 77);
		build_ipv6(b, A6, B6, 44);
		break;
	case 13: /* IKE in TCP: RFC 9329 */
		build_ike(b, 0x20, 34, 8);
		build_front(b, 4);
		build_record(b);
		memcpy(build_front(b, 6), "IKETCP", 6);
		build_tcp(b, 40000, 4500, 0x18, 12);
		build_ipv4(b, A4, B4, 6);
		break;
	case 14: /* IKE on ports that nobody knows */
		build_ike(b, 0x20, 34, 8);
		build_udp(b, 40000, 61000);
		build_ipv4(b, A4, B4, 17);
		build_null(b, 2, true);
		return 0;
	case 15: /* neighbour solicitation */
		build_start(b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
		build_icmp(b, 135, 0, 0);
		build_ipv6(b, A6, "ff02::1", 58);
		break;
	case 16: /* drafts of NAT traversal: ESP on port 500 */
		build_esp(b, 0xc1020304, 7, 20);
		build_front(b, 8);
		build_udp(b, 500, 500);
		build_ipv4(b, A4, B4, 17);
		break;
	case 17: /* first fragment */
		build_ike(b, 0x20, 35, 52);
		build_udp(b, 500, 500);
		build_ipv4_with(
			b, &(struct build_ipv4){
				   .src = A4, .dst = B4, .protocol = 17, .id = 9, .more = true });
		break;
	case 18: /* last fragment of the same */
		build_start(b, "12345678", 8);
		build_ipv4_with(
			b, &(struct build_ipv4){
				   .src = A4, .dst = B4, .protocol = 17, .id = 9, .offset = 88 });
		break;
	case 19: /* two fragments of IPv6 */
	case 20:
		build_start(b, "", 0);
		build_behind(b, 16);
		if (n == 19)
			build_udp(b, 500, 500);
		build_fragment(b, 17, n == 19 ? 0 : 24, n == 19, 99);
		build_ipv6(b, A6, B6, 44);
		break;
	default:
		build_start(b, "x", 1);
		build_tcp(b, 50000, 443, 2, 0);
		build_ipv4(b, A4, B4, 6);
		break;
	}
	return 101;
}

#endif
