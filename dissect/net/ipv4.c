#include "dissect/net/checksum.h"
#include "dissect/net/ip.h"

enum {
	HEADER_LEN = 20,
	DONT_FRAGMENT = 0x4000,
	MORE_FRAGMENTS = 0x2000,
	OFFSET_MASK = 0x1fff,
	BIG_ENOUGH = 9216, /* longest packet of a jumbo frame network */
};

struct header { /* RFC 791 3.1 */
	uint8_t first, tos, ttl, protocol;
	uint16_t total, id, fragment, sum;
	struct bytes src, dst;
};

static bool read_header(struct cursor *c, struct header *ret)
{
	struct cursor f = cur_over(cur_bytes(c, HEADER_LEN).at, HEADER_LEN, false);
	struct header h;

	if (!cur_ok(c))
		return false;
	h.first    = cur_u8(&f);
	h.tos      = cur_u8(&f);
	h.total    = cur_u16(&f);
	h.id       = cur_u16(&f);
	h.fragment = cur_u16(&f);
	h.ttl      = cur_u8(&f);
	h.protocol = cur_u8(&f);
	h.sum      = cur_u16(&f);
	h.src      = cur_bytes(&f, 4);
	h.dst      = cur_bytes(&f, 4);
	if (h.first >> 4 != 4 || (h.first & 15) * 4 < HEADER_LEN)
		return false;
	*ret = h;
	return true;
}

static bool length_fits(uint16_t total, unsigned header_len)
{
	return total >= header_len + 8 && total <= BIG_ENOUGH;
}

/*
 * A quoted length may be in host order (old BSD). A header whose sum is good
 * was not touched; else a UDP length that agrees decides, else what is likely.
 */
static bool is_swapped(const struct header *h, unsigned header_len, const struct cursor *payload)
{
	uint16_t other = __builtin_bswap16(h->total);

	if (h->protocol == IP_UDP && cur_left(payload) >= 6) {
		unsigned udp_total = header_len + ((unsigned)payload->at[4] << 8 | payload->at[5]);

		if (h->total == udp_total || other == udp_total)
			return h->total != udp_total;
	}
	if (h->fragment == __builtin_bswap16(DONT_FRAGMENT)) /* else an offset of 512 */
		return length_fits(other, header_len);
	return !length_fits(h->total, header_len) && length_fits(other, header_len);
}

static enum checksum judge_sum(struct cursor c, unsigned header_len)
{
	struct bytes whole = cur_bytes(&c, header_len);

	if (!cur_ok(&c))
		return SUM_UNKNOWN;
	return sum_is_good(sum_add(0, whole)) ? SUM_GOOD : SUM_BAD;
}

static void fill(struct packet *p, const struct header *h, const struct ip *ip)
{
	p->src = (struct addr){ .family = 4 };
	p->dst = (struct addr){ .family = 4 };
	memcpy(p->src.at, h->src.at, 4);
	memcpy(p->dst.at, h->dst.at, 4);
	p->last_hop = (struct addr){ .family = 0 };
	p->ends_hidden = false;
	p->protocol = h->protocol;
	p->ttl = h->ttl;
	p->tos = h->tos;
	p->df = h->fragment & DONT_FRAGMENT;
	p->has_id = true;
	p->id = h->id;
	p->len = ip->header_len + ip->payload_len;
	p->cut = ip->payload.cut;
	p->sport = p->dport = 0;
	p->udp_sum = SUM_UNKNOWN;
}

bool ipv4_parse(struct cursor c, size_t wire_left, bool quoted, struct packet *p, struct ip *ret)
{
	struct cursor start = c, options;
	struct header h;
	struct ip ip;
	enum checksum sum;
	size_t len;

	if (!read_header(&c, &h))
		return false;
	ip.header_len = (h.first & 15) * 4u;
	sum = judge_sum(start, ip.header_len);
	options = c;
	cur_skip(&options, ip.header_len - HEADER_LEN);
	if (quoted && sum != SUM_GOOD && is_swapped(&h, ip.header_len, &options)) {
		h.total = __builtin_bswap16(h.total);
		h.fragment = __builtin_bswap16(h.fragment);
	}
	len = h.total ? h.total : wire_left; /* 0: left to the network card to fill in */
	if (len < ip.header_len || len > UINT32_MAX)
		return false;
	ip.payload = cur_child(&c, len - HEADER_LEN);
	cur_skip(&ip.payload, ip.header_len - HEADER_LEN);
	ip.payload_len = (uint32_t)len - ip.header_len;
	ip.offset = (h.fragment & OFFSET_MASK) * 8u;
	ip.more = h.fragment & MORE_FRAGMENTS;
	ip.fragment = ip.more || ip.offset;
	fill(p, &h, &ip);
	p->ip_sum = sum;
	*ret = ip;
	return true;
}
