/*
 * net/icmp.h - ICMP (RFC 792) and ICMPv6 (RFC 4443, 4861) up to what they quote.
 */
#ifndef DISSECT_NET_ICMP_H
#define DISSECT_NET_ICMP_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/cursor.h"
#include "dissect/net/addr.h"

struct icmp {
	uint8_t type, code;
	uint32_t mtu;         /* v4 3/4 and v6 2/0, else 0 */
	struct cursor quote;  /* of an error: the packet it complains of, as far as it is there */
};

enum icmp_kind { ICMP_ERROR, ICMP_ECHO_REQUEST, ICMP_ECHO_REPLY, ICMP_SOLICIT, ICMP_ADVERTISE,
		 ICMP_REST };

enum icmp_kind icmp_kind_of(uint8_t family, uint8_t type);
bool icmp_parse(struct cursor *c, uint8_t family, struct icmp *ret);
/* RFC 4861 4.3, 4.4: c stands at the ICMPv6 header. */
bool icmp_nd_target(struct cursor *c, struct addr *ret);

#endif
