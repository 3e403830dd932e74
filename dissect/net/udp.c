#include "dissect/net/udp.h"

#include "dissect/net/checksum.h"
#include "dissect/net/ip.h"

/* c stands on the UDP header. RFC 8200 8.1: 0 is no checksum in IPv6; RFC 3948 2.1 allows it. */
static enum checksum judge_sum(struct cursor c, uint16_t sum, uint32_t len, bool natt,
			       const struct packet *p)
{
	struct bytes all = cur_bytes(&c, len);

	if (!sum)
		return p->src.family == 4 || natt ? SUM_ABSENT : SUM_BAD;
	if (!cur_ok(&c) || p->ends_hidden)
		return SUM_UNKNOWN;
	return sum_is_good(sum_add(ip_pseudo_sum(p, IP_UDP, len), all)) ? SUM_GOOD : SUM_BAD;
}

bool udp_parse(struct cursor c, uint32_t said, const struct packet *p, struct udp *ret)
{
	struct cursor start = c;
	uint32_t len;
	uint16_t sum;
	struct udp u;

	u.sport = cur_u16(&c);
	u.dport = cur_u16(&c);
	len     = cur_u16(&c);
	sum     = cur_u16(&c);
	if (!cur_ok(&c) || said < UDP_HEADER_LEN)
		return false;
	if (len < UDP_HEADER_LEN)
		len = said; /* 0 in a jumbogram and after offloading; else a lie */
	u.payload_len = len - UDP_HEADER_LEN;
	u.payload = cur_child(&c, u.payload_len);
	u.sum = judge_sum(start, sum, len, udp_has_port(&u, PORT_NATT), p);
	*ret = u;
	return true;
}
