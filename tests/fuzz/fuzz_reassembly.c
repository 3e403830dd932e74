/*
 * fuzz_reassembly.c - pieces of datagrams through the reassembly, limits of two sets and 16 KiB.
 *
 * Each piece is eight octets: id and family, flags, offset in units of eight, length, not recorded,
 * seconds that passed, first octet of its data. Every piece that was taken must leave again.
 */
#include <stdlib.h>
#include <string.h>

#include "dissect/net/ip_reassembly.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void check(struct datagram *d, bool whole)
{
	const struct train *t = &d->train;
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < t->head.len; i++)
		sum = (uint8_t)(sum + t->head.at[i]);
	need(t->complete == whole && t->count > 0 && t->head.len <= 65535);
	need(!whole ||
	     (t->has_first && t->has_last && !t->overlap_differs && t->head.len <= t->total));
	need(!t->overlap_differs || t->overlap);
	datagram_clear(d);
}

static bool give(struct reassembly *r, struct cursor *c, uint64_t number, struct datagram *ret)
{
	uint8_t id = cur_u8(c), flags = cur_u8(c);
	uint32_t offset = cur_u16(c) % 8192u * 8u, len = cur_u8(c) * (flags & 4 ? 64u : 8u),
		 hidden = cur_u8(c);
	struct packet p = { .protocol = 17, .id = id & 3u };
	struct ip ip = { .fragment = true,
			 .more = flags & 1,
			 .offset = offset,
			 .payload_len = len + (flags >> 5) };
	size_t have = len > hidden * 8u ? len - hidden * 8u : 0;
	uint8_t *tight = malloc(have + 1), first;
	bool whole;

	need(tight != NULL);
	cur_skip(c, 1); /* seconds: the caller has read them */
	first = cur_u8(c);
	for (size_t i = 0; i < have; i++)
		tight[i + 1] = (uint8_t)(first + offset / 8 + i / 8);
	p.src.family = p.dst.family = flags & 2 ? 6 : 4;
	p.dst.at[0] = id & 4;
	ip.header_len = flags & 2 ? 40 : 20;
	ip.payload = cur_over(tight + 1, have, have < ip.payload_len);
	p.len = ip.header_len + ip.payload_len;
	p.cut = ip.payload.cut;
	whole = reassembly_add(r, (struct seen){ 0, number, 0 }, &p, &ip, ret);
	free(tight);
	return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_over(data, size, false);
	struct reassembly *r = reassembly_new(2, 16384);
	struct datagram d;
	int64_t time_ns = 0;

	for (uint64_t number = 1; cur_left(&c) >= 8; number++) {
		time_ns += (int8_t)c.at[6] * 1000000000ll;
		while (reassembly_old(r, time_ns, &d))
			check(&d, false);
		if (give(r, &c, number, &d))
			check(&d, true);
		while (reassembly_over(r, &d))
			check(&d, false);
	}
	while (reassembly_rest(r, &d))
		check(&d, false);
	reassembly_free(r);
	return 0;
}
