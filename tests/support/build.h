/*
 * support/build.h - packets for tests, built from the inside out.
 *
 * build_start() takes the innermost bytes; every further call puts a header in
 * front of what there is, with lengths and checksums that are true. Tests make
 * them false afterwards through build_at().
 *
 *	build_start(&b, ike, sizeof ike);
 *	build_udp(&b, 500, 500);
 *	build_ipv4(&b, "192.0.2.1", "192.0.2.2", 17);
 *	build_ether(&b, 0x0800);
 *	frame = build_frame(&b, 1);
 */
#ifndef TESTS_SUPPORT_BUILD_H
#define TESTS_SUPPORT_BUILD_H

#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/base/frame.h"

enum { BUILD_ROOM = 1 << 17, BUILD_HEADERS = 4096 };

struct built {
	uint8_t room[BUILD_ROOM];
	size_t at, len;
};

static inline uint8_t *build_at(struct built *b)
{
	return b->room + b->at;
}

static inline void build_start(struct built *b, const void *bytes, size_t len)
{
	assert(len <= BUILD_ROOM - BUILD_HEADERS);
	b->at = BUILD_HEADERS;
	b->len = len;
	if (len)
		memcpy(build_at(b), bytes, len);
}

/* n zero octets in front; lends them. */
static inline uint8_t *build_front(struct built *b, size_t n)
{
	assert(n <= b->at);
	b->at -= n;
	b->len += n;
	memset(build_at(b), 0, n);
	return build_at(b);
}

static inline void build_behind(struct built *b, size_t n)
{
	assert(b->at + b->len + n <= BUILD_ROOM);
	memset(build_at(b) + b->len, 0, n);
	b->len += n;
}

static inline void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* RFC 1071, as simple as can be: the judge of the program's own. */
static inline uint16_t build_sum(const uint8_t *at, size_t len, uint32_t start)
{
	uint64_t sum = start;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline void build_udp(struct built *b, uint16_t sport, uint16_t dport)
{
	uint8_t *udp = build_front(b, 8);

	put16(udp, sport);
	put16(udp + 2, dport);
	put16(udp + 4, (uint32_t)b->len);
}

/* Fills in the checksum at offset `at` of what there is, under a pseudo header. */
static inline void build_pseudo_sum(struct built *b, size_t at, const char *src, const char *dst,
				    uint8_t protocol)
{
	bool v6 = strchr(src, ':');
	uint8_t ends[32];
	size_t half = v6 ? 16 : 4;
	uint16_t sum;

	assert(inet_pton(v6 ? AF_INET6 : AF_INET, src, ends) == 1);
	assert(inet_pton(v6 ? AF_INET6 : AF_INET, dst, ends + half) == 1);
	put16(build_at(b) + at, 0);
	sum = build_sum(build_at(b), b->len,
			(uint16_t)~build_sum(ends, 2 * half, 0) + protocol + (uint32_t)b->len);
	put16(build_at(b) + at, sum ? sum : 0xffff);
}

static inline void build_udp_summed(struct built *b, uint16_t sport, uint16_t dport,
				    const char *src, const char *dst)
{
	build_udp(b, sport, dport);
	build_pseudo_sum(b, 6, src, dst, 17);
}

struct build_ipv4 {
	const char *src, *dst;
	uint8_t protocol, ttl;
	uint16_t id;
	uint32_t offset;
	bool df, more;
	size_t options; /* octets, a multiple of four */
};

static inline void build_ipv4_sum(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, build_sum(ip, (ip[0] & 15) * 4u, 0));
}

static inline void build_ipv4_with(struct built *b, const struct build_ipv4 *how)
{
	uint8_t *ip = build_front(b, 20 + how->options);

	ip[0] = (uint8_t)(0x45 + how->options / 4);
	put16(ip + 2, (uint32_t)b->len);
	put16(ip + 4, how->id);
	put16(ip + 6, how->offset / 8 | (how->df ? 0x4000u : 0) | (how->more ? 0x2000u : 0));
	ip[8] = how->ttl ? how->ttl : 64;
	ip[9] = how->protocol;
	assert(inet_pton(AF_INET, how->src, ip + 12) == 1);
	assert(inet_pton(AF_INET, how->dst, ip + 16) == 1);
	memset(ip + 20, 1, how->options); /* no operation */
	build_ipv4_sum(ip);
}

static inline void build_ipv4(struct built *b, const char *src, const char *dst, uint8_t protocol)
{
	build_ipv4_with(b, &(struct build_ipv4){ .src = src, .dst = dst, .protocol = protocol });
}

static inline void build_ipv6(struct built *b, const char *src, const char *dst, uint8_t next)
{
	uint32_t len = (uint32_t)b->len;
	uint8_t *ip = build_front(b, 40);

	ip[0] = 0x60;
	put16(ip + 4, len);
	ip[6] = next;
	ip[7] = 64;
	assert(inet_pton(AF_INET6, src, ip + 8) == 1);
	assert(inet_pton(AF_INET6, dst, ip + 24) == 1);
}

/* An extension header of 8 * (1 + more) octets, options all Pad1. */
static inline void build_extension(struct built *b, uint8_t next, uint8_t more)
{
	uint8_t *extension = build_front(b, 8 * (1u + more));

	extension[0] = next;
	extension[1] = more;
}

static inline void build_fragment(struct built *b, uint8_t next, uint32_t offset, bool more,
				  uint32_t id)
{
	uint8_t *fragment = build_front(b, 8);

	fragment[0] = next;
	put16(fragment + 2, offset | more);
	put32(fragment + 4, id);
}

/* Over what is there as its quote, or whatever else follows the first eight octets. */
static inline void build_icmp(struct built *b, uint8_t type, uint8_t code, uint32_t word)
{
	uint8_t *icmp = build_front(b, 8);

	icmp[0] = type;
	icmp[1] = code;
	put32(icmp + 4, word);
	put16(icmp + 2, build_sum(icmp, b->len, 0));
}

static inline void build_gre(struct built *b, uint16_t type)
{
	put16(build_front(b, 4) + 2, type);
}

static inline void build_tcp(struct built *b, uint16_t sport, uint16_t dport, uint8_t flags,
			     size_t options)
{
	uint8_t *tcp = build_front(b, 20 + options);

	put16(tcp, sport);
	put16(tcp + 2, dport);
	tcp[12] = (uint8_t)((5 + options / 4) << 4);
	tcp[13] = flags;
}

/* RFC 9329 3: the length counts itself. */
static inline void build_record(struct built *b)
{
	uint8_t *length = build_front(b, 2);

	put16(length, (uint32_t)b->len);
}

static inline void build_ether(struct built *b, uint16_t type)
{
	uint8_t *ether = build_front(b, 14);

	memcpy(ether, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01", 12);
	put16(ether + 12, type);
}

/* One VLAN tag: what stands in front of it is named 0x8100 or 0x88a8. */
static inline void build_tag(struct built *b, uint16_t type)
{
	uint8_t *tag = build_front(b, 4);

	put16(tag, 42);
	put16(tag + 2, type);
}

static inline void build_pppoe(struct built *b, uint16_t ppp_protocol)
{
	uint8_t *pppoe = build_front(b, 8);

	pppoe[0] = 0x11;
	put16(pppoe + 2, 0x1234);
	put16(pppoe + 4, (uint32_t)b->len - 6);
	put16(pppoe + 6, ppp_protocol);
}

static inline void build_mpls(struct built *b, uint32_t label, bool bottom)
{
	put32(build_front(b, 4), label << 12 | (bottom ? 0x100u : 0) | 64);
}

static inline void build_snap(struct built *b, uint16_t type)
{
	uint8_t *snap = build_front(b, 8);

	memcpy(snap, "\xaa\xaa\x03", 3);
	put16(snap + 6, type);
}

static inline void build_sll(struct built *b, uint16_t packet_type, uint16_t protocol)
{
	uint8_t *sll = build_front(b, 16);

	put16(sll, packet_type);
	put16(sll + 2, 1);
	put16(sll + 4, 6);
	put16(sll + 14, protocol);
}

static inline void build_sll2(struct built *b, uint8_t packet_type, uint16_t protocol)
{
	uint8_t *sll = build_front(b, 20);

	put16(sll, protocol);
	put32(sll + 4, 3);
	put16(sll + 8, 1);
	sll[10] = packet_type;
	sll[11] = 6;
}

static inline void build_null(struct built *b, uint32_t family, bool little_endian)
{
	put32(build_front(b, 4), little_endian ? __builtin_bswap32(family) : family);
}

/* Lends the bytes of b: for tests that need them exactly sized, see build_tight. */
static inline struct frame build_frame(struct built *b, uint16_t link)
{
	return (struct frame){ .number = 1,
			       .link = link,
			       .at = build_at(b),
			       .cap_len = b->len,
			       .wire_len = (uint32_t)b->len };
}

/* The first cap_len bytes in a heap buffer of that size; free((void *)frame.at). */
static inline struct frame build_tight(struct built *b, uint16_t link, size_t cap_len)
{
	struct frame f = build_frame(b, link);
	uint8_t *tight = malloc(cap_len ? cap_len : 1);

	assert(tight && cap_len <= b->len);
	memcpy(tight, build_at(b), cap_len);
	f.at = tight;
	f.cap_len = cap_len;
	return f;
}

/* Numbers that look random and are the same in every run. */
static inline uint32_t build_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

#endif
