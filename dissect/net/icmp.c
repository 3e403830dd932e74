#include "dissect/net/icmp.h"

enum {
	V4_UNREACHABLE = 3, V4_QUENCH = 4, V4_REDIRECT = 5, V4_ECHO = 8, V4_EXCEEDED = 11,
	V4_PARAMETER = 12, V4_ECHO_REPLY = 0, V4_TOO_BIG_CODE = 4,
	V6_UNREACHABLE = 1, V6_TOO_BIG = 2, V6_EXCEEDED = 3, V6_ERRORS_END = 128, V6_ECHO = 128,
	V6_ECHO_REPLY = 129, V6_SOLICIT = 135, V6_ADVERTISE = 136,
	SHORTEST_PADDED = 128, /* RFC 4884 5.1: a quote with extensions behind it */
};

static enum icmp_kind kind_v4(uint8_t type)
{
	switch (type) {
	case V4_UNREACHABLE:
	case V4_QUENCH:
	case V4_REDIRECT:
	case V4_EXCEEDED:
	case V4_PARAMETER:
		return ICMP_ERROR;
	case V4_ECHO:
		return ICMP_ECHO_REQUEST;
	case V4_ECHO_REPLY:
		return ICMP_ECHO_REPLY;
	}
	return ICMP_REST;
}

static enum icmp_kind kind_v6(uint8_t type)
{
	switch (type) {
	case 0: /* reserved */
		return ICMP_REST;
	case V6_ECHO:
		return ICMP_ECHO_REQUEST;
	case V6_ECHO_REPLY:
		return ICMP_ECHO_REPLY;
	case V6_SOLICIT:
		return ICMP_SOLICIT;
	case V6_ADVERTISE:
		return ICMP_ADVERTISE;
	}
	return type < V6_ERRORS_END ? ICMP_ERROR : ICMP_REST;
}

enum icmp_kind icmp_kind_of(uint8_t family, uint8_t type)
{
	return family == 6 ? kind_v6(type) : kind_v4(type);
}

/* RFC 4884 4: octets of the quote where extensions follow it, 0 where it does not say. */
static size_t quote_len(uint8_t family, const struct icmp *i, uint32_t word)
{
	if (family == 6)
		return i->type == V6_UNREACHABLE || i->type == V6_EXCEEDED ? (word >> 24) * 8 : 0;
	if (i->type == V4_UNREACHABLE || i->type == V4_EXCEEDED || i->type == V4_PARAMETER)
		return (word >> 16 & 0xff) * 4;
	return 0;
}

bool icmp_parse(struct cursor *c, uint8_t family, struct icmp *ret)
{
	struct icmp i = { .type = cur_u8(c) };
	uint32_t word;
	size_t len;

	i.code = cur_u8(c);
	if (!cur_ok(c))
		return false;
	cur_skip(c, 2);
	word = cur_u32(c);
	if (cur_ok(c) && family == 6 && i.type == V6_TOO_BIG) /* any code: RFC 4443 3.2 */
		i.mtu = word;
	if (cur_ok(c) && family == 4 && i.type == V4_UNREACHABLE && i.code == V4_TOO_BIG_CODE)
		i.mtu = word & 0xffff;
	len = quote_len(family, &i, word);
	i.quote = *c;
	if (len >= SHORTEST_PADDED && len <= cur_left(c))
		i.quote = cur_child(c, len);
	*ret = i;
	return true;
}

bool icmp_nd_target(struct cursor *c, struct addr *ret)
{
	struct bytes target;

	cur_skip(c, 8);
	target = cur_bytes(c, 16);
	if (!cur_ok(c))
		return false;
	*ret = (struct addr){ .family = 6 };
	memcpy(ret->at, target.at, 16);
	return true;
}
