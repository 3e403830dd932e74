#include "dissect/net/ip.h"

#include "dissect/net/checksum.h"

static unsigned version_of(const struct cursor *c)
{
	return cur_left(c) ? c->at[0] >> 4 : 0;
}

bool ip_parse(struct cursor c, size_t wire_left, struct packet *p, struct ip *ret)
{
	switch (version_of(&c)) {
	case 4:
		return ipv4_parse(c, wire_left, false, p, ret);
	case 6:
		return ipv6_parse(c, wire_left, p, ret);
	}
	return false;
}

bool ip_parse_quoted(struct cursor c, struct packet *p, struct ip *ret)
{
	size_t quoted = cur_left(&c);

	switch (version_of(&c)) {
	case 4:
		return ipv4_parse(c, quoted, true, p, ret);
	case 6:
		return ipv6_parse(c, quoted, p, ret);
	}
	return false;
}

uint64_t ip_pseudo_sum(const struct packet *p, uint8_t protocol, uint32_t len)
{
	const struct addr *dst = p->last_hop.family ? &p->last_hop : &p->dst;
	uint64_t sum = sum_add(0, addr_bytes(&p->src));

	return sum_add(sum, addr_bytes(dst)) + protocol + (len >> 16) + (len & 0xffff);
}
