#include "dissect/net/ip.h"

enum {
	HEADER_LEN = 40,
	FRAGMENT_LEN = 8,
	MAX_EXTENSIONS = 16,
	LONGEST = 65535, /* that a length field can say */
	OPTION_PAD1 = 0,
	OPTION_JUMBO = 0xc2,
	OPTION_HOME = 0xc9, /* RFC 6275 6.3 */
	ADDRESS_LEN = 16,
};

enum routing_type { ROUTING_SOURCE = 0, ROUTING_MOBILE = 2, ROUTING_SEGMENTS = 4 };

struct header { /* RFC 8200 3 */
	uint32_t first;
	uint16_t len;
	uint8_t next, hops;
	struct bytes src, dst;
};

static bool read_header(struct cursor *c, struct header *ret)
{
	struct header h;

	h.first = cur_u32(c);
	h.len   = cur_u16(c);
	h.next  = cur_u8(c);
	h.hops  = cur_u8(c);
	h.src   = cur_bytes(c, 16);
	h.dst   = cur_bytes(c, 16);
	if (!cur_ok(c) || h.first >> 28 != 6)
		return false;
	*ret = h;
	return true;
}

static bool is_extension(uint8_t protocol)
{
	return protocol == IP_HOP_BY_HOP || protocol == IP_ROUTING || protocol == IP_DESTINATION;
}

/* The body of one: what stands behind its first two octets. */
static struct cursor extension(struct cursor *c, uint8_t *ret_next)
{
	uint8_t next = cur_u8(c), len = cur_u8(c);

	*ret_next = next;
	return cur_child(c, 6 + len * 8u);
}

bool ipv6_extensions(struct cursor *c, uint8_t *protocol)
{
	for (int i = 0; i < MAX_EXTENSIONS && is_extension(*protocol); i++) {
		uint8_t next;

		(void)extension(c, &next);
		if (!cur_ok(c))
			return false;
		*protocol = next;
	}
	return true;
}

/*
 * RFC 8200 8.1: a checksum is over the last address of the way. It stands last in
 * a source route (RFC 5095) and in that to a mobile node (RFC 6275 6.4), first in a
 * list of segments (RFC 8754 2); of other kinds nobody knows where.
 */
static void read_routing(struct cursor c, struct packet *p)
{
	uint8_t type = cur_u8(&c), left = cur_u8(&c);
	size_t count;
	struct bytes last;

	cur_skip(&c, 4);
	if (!cur_ok(&c) || !left)
		return;
	count = cur_left(&c) / ADDRESS_LEN;
	p->ends_hidden |= !count || (type != ROUTING_SOURCE && type != ROUTING_MOBILE &&
				     type != ROUTING_SEGMENTS);
	if (p->ends_hidden)
		return;
	if (type != ROUTING_SEGMENTS)
		cur_skip(&c, (count - 1) * ADDRESS_LEN);
	last = cur_bytes(&c, ADDRESS_LEN);
	p->last_hop = (struct addr){ .family = 6 };
	memcpy(p->last_hop.at, last.at, ADDRESS_LEN);
}

/* RFC 6275 11.3.1: away from home a sender's sum is over his address at home. */
static void read_destination(struct cursor c, struct packet *p)
{
	while (cur_ok(&c) && cur_left(&c)) {
		uint8_t type = cur_u8(&c);

		if (type == OPTION_PAD1)
			continue;
		p->ends_hidden |= type == OPTION_HOME;
		cur_skip(&c, cur_u8(&c));
	}
}

static bool read_extensions(struct cursor *c, uint8_t *protocol, struct packet *p)
{
	for (int i = 0; i < MAX_EXTENSIONS && is_extension(*protocol); i++) {
		uint8_t next;
		struct cursor body = extension(c, &next);

		if (!cur_ok(c))
			return false;
		if (*protocol == IP_ROUTING)
			read_routing(body, p);
		if (*protocol == IP_DESTINATION)
			read_destination(body, p);
		*protocol = next;
	}
	return true;
}

/* RFC 2675: the length of a jumbogram, 0 when the hop-by-hop header has none. */
static uint32_t jumbo_len(struct cursor c)
{
	struct cursor options;
	uint8_t len;

	cur_skip(&c, 1);
	len = cur_u8(&c);
	options = cur_child(&c, 6 + len * 8u);
	while (cur_ok(&options) && cur_left(&options)) {
		uint8_t type = cur_u8(&options), option_len;

		if (type == OPTION_PAD1)
			continue;
		option_len = cur_u8(&options);
		if (type == OPTION_JUMBO && option_len == 4)
			return cur_u32(&options);
		cur_skip(&options, option_len);
	}
	return 0;
}

/* A length of 0 is a jumbogram, or one that offloading made too long for the field. */
static size_t payload_len(const struct header *h, const struct cursor *c, size_t wire_left)
{
	size_t jumbo;

	if (h->len)
		return h->len;
	jumbo = h->next == IP_HOP_BY_HOP ? jumbo_len(*c) : 0;
	if (jumbo > LONGEST)
		return jumbo;
	return wire_left > LONGEST + HEADER_LEN ? wire_left - HEADER_LEN : 0;
}

bool ipv6_fragment(struct packet *p, struct ip *ret)
{
	uint8_t next = cur_u8(&ret->payload);
	uint16_t offset;
	uint32_t id;

	cur_skip(&ret->payload, 1);
	offset = cur_u16(&ret->payload);
	id = cur_u32(&ret->payload);
	if (!cur_ok(&ret->payload))
		return false;
	ret->fragment = true;
	ret->more = offset & 1;
	ret->offset = offset & 0xfff8u;
	p->has_id = true;
	p->id = id;
	p->protocol = next;
	return true;
}

static void fill(struct packet *p, const struct header *h)
{
	p->src = (struct addr){ .family = 6 };
	p->dst = (struct addr){ .family = 6 };
	memcpy(p->src.at, h->src.at, 16);
	memcpy(p->dst.at, h->dst.at, 16);
	p->last_hop = (struct addr){ .family = 0 };
	p->ends_hidden = false;
	p->protocol = h->next;
	p->ttl = h->hops;
	p->tos = (uint8_t)(h->first >> 20);
	p->df = p->has_id = false;
	p->id = 0;
	p->sport = p->dport = 0;
	p->ip_sum = SUM_ABSENT;
	p->udp_sum = SUM_UNKNOWN;
}

bool ipv6_parse(struct cursor c, size_t wire_left, struct packet *p, struct ip *ret)
{
	struct ip ip = { .header_len = HEADER_LEN };
	const uint8_t *start = c.at + (cur_left(&c) < HEADER_LEN ? 0 : HEADER_LEN);
	struct header h;
	size_t len;

	if (!read_header(&c, &h))
		return false;
	len = payload_len(&h, &c, wire_left);
	if (len > UINT32_MAX - HEADER_LEN)
		return false;
	ip.payload = cur_child(&c, len);
	fill(p, &h);
	if (read_extensions(&ip.payload, &p->protocol, p) && p->protocol == IP_FRAGMENT)
		(void)ipv6_fragment(p, &ip);
	p->len = HEADER_LEN + (uint32_t)len;
	p->cut = ip.payload.cut;
	ip.payload_len = (uint32_t)(len - (size_t)(ip.payload.at - start));
	ip.header_len = p->len - ip.payload_len - (ip.fragment ? FRAGMENT_LEN : 0u);
	*ret = ip;
	return true;
}
