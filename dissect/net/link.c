#include "dissect/net/link.h"

enum {
	MAX_HEADERS = 12, /* eight VLAN tags and one of each other kind */
	MAX_LABELS = 16,
	LENGTHS_END = 1536, /* below: the field is an 802.3 length, not a type */
};

/* LINKTYPE_ numbers, and 12 and 14 as some systems write raw IP. */
enum {
	LINK_NULL = 0, LINK_ETHERNET = 1, LINK_PPP = 9, LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50, LINK_PPP_ETHER = 51, LINK_ATM_RFC1483 = 100, LINK_RAW = 101,
	LINK_C_HDLC = 104, LINK_LOOP = 108, LINK_ENC = 109, LINK_SLL = 113, LINK_PPP_PPPD = 166,
	LINK_ERF = 197, LINK_PPP_WITH_DIR = 204, LINK_C_HDLC_WITH_DIR = 205, LINK_MPLS = 219,
	LINK_IPNET = 226, LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_NFLOG = 239, LINK_IPOIB = 242,
	LINK_SLL2 = 276,
};

enum {
	ETHER_VLAN = 0x8100, ETHER_QINQ = 0x88a8, ETHER_QINQ_OLD = 0x9100, ETHER_QINQ_OLDER = 0x9200,
	ETHER_MPLS = 0x8847, ETHER_MPLS_MULTICAST = 0x8848, ETHER_PPPOE = 0x8864,
	ETHER_ERSPAN = 0x88be, ETHER_ERSPAN_3 = 0x22eb, /* a mirror port far away: inside GRE */
	SLL_LLC = 0x0004,
};

static uint16_t type_of_ppp(uint16_t protocol)
{
	switch (protocol) {
	case 0x0021:
		return ETHER_IPV4;
	case 0x0057:
		return ETHER_IPV6;
	case 0x0281:
		return ETHER_MPLS;
	case 0x0283:
		return ETHER_MPLS_MULTICAST;
	}
	return 0;
}

/* RFC 1661 2: an odd first octet is a protocol field compressed to one. */
static uint16_t ppp_protocol(struct cursor *c)
{
	uint16_t protocol = cur_u8(c);

	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cur_u8(c));
	return type_of_ppp(protocol);
}

/* RFC 1662 3.1: address and control may be left out. */
static uint16_t ppp(struct cursor *c)
{
	if (cur_left(c) >= 2 && c->at[0] == 0xff && c->at[1] == 0x03)
		cur_skip(c, 2);
	return ppp_protocol(c);
}

static uint16_t cisco_hdlc(struct cursor *c)
{
	cur_skip(c, 2);
	return cur_u16(c);
}

/* RFC 1547: LINKTYPE_PPP_HDLC holds either PPP in HDLC framing or Cisco HDLC. */
static uint16_t ppp_hdlc(struct cursor *c)
{
	uint8_t address = cur_left(c) ? c->at[0] : 0;

	return address == 0x0f || address == 0x8f ? cisco_hdlc(c) : ppp(c);
}

static uint16_t by_version(const struct cursor *c)
{
	if (!cur_left(c))
		return 0;
	return c->at[0] >> 4 == 4 ? ETHER_IPV4 : c->at[0] >> 4 == 6 ? ETHER_IPV6 : 0;
}

/* RFC 2516 4. */
static uint16_t pppoe(struct cursor *c)
{
	uint8_t version = cur_u8(c), code = cur_u8(c);

	cur_skip(c, 4); /* session, length */
	return version == 0x11 && code == 0 ? ppp_protocol(c) : 0;
}

/* Is there, behind n octets, an Ethernet header with a payload that looks as its type says? */
static bool has_ethernet(struct cursor c, size_t n)
{
	uint16_t type;

	cur_skip(&c, n + 12);
	type = cur_u16(&c);
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		return by_version(&c) == type;
	case ETHER_ARP:
	case ETHER_VLAN:
	case ETHER_QINQ:
	case ETHER_PPPOE:
	case ETHER_MPLS:
		return cur_ok(&c);
	}
	return false;
}

/* n octets of which nothing else says how many they are, then Ethernet; 0 when it is not there. */
static uint16_t ethernet_behind(struct cursor *c, size_t n, size_t or_n)
{
	size_t skip = has_ethernet(*c, n) ? n : or_n;

	if (!has_ethernet(*c, skip))
		return 0;
	cur_skip(c, skip + 12);
	return cur_u16(c);
}

/*
 * RFC 3032 2.1: the labels do not say what follows. IP tells itself by its version; else it may be
 * a pseudowire with Ethernet in it, with a control word or without (RFC 4448 4.6, RFC 4385 3).
 */
static uint16_t mpls(struct cursor *c)
{
	for (int i = 0; i < MAX_LABELS; i++)
		if (cur_u32(c) & 0x100 || !cur_ok(c))
			return by_version(c) ? by_version(c) : ethernet_behind(c, 4, 0);
	return 0;
}

/* IEEE 802.2; RFC 1042. */
static uint16_t llc(struct cursor *c)
{
	uint8_t dsap = cur_u8(c), ssap = cur_u8(c), control = cur_u8(c);
	uint32_t oui;

	if (control != 3 || dsap != ssap)
		return 0;
	if (dsap == 0x06)
		return by_version(c);
	if (dsap != 0xaa)
		return 0;
	oui = (uint32_t)cur_u8(c) << 16;
	oui |= cur_u16(c);
	return oui == 0 || oui == 0x0000f8 ? cur_u16(c) : 0;
}

/* Every round takes octets off c or ends. */
static bool take_off(struct cursor *c, uint16_t type, struct link *l)
{
	for (int i = 0; i < MAX_HEADERS; i++) {
		switch (type) {
		case ETHER_VLAN:
		case ETHER_QINQ:
		case ETHER_QINQ_OLD:
		case ETHER_QINQ_OLDER:
			cur_skip(c, 2);
			type = cur_u16(c);
			if (type < LENGTHS_END && cur_ok(c))
				type = llc(c);
			continue;
		case ETHER_PPPOE:
			type = pppoe(c);
			continue;
		case ETHER_PPP:
			type = ppp(c);
			continue;
		case ETHER_MPLS:
		case ETHER_MPLS_MULTICAST:
			type = mpls(c);
			continue;
		case ETHER_ERSPAN: /* type II has a header, type I none */
			type = ethernet_behind(c, 8, 0);
			continue;
		case ETHER_ERSPAN_3: /* with a platform header behind its own, or without */
			type = ethernet_behind(c, 12, 20);
			continue;
		}
		break;
	}
	l->type = type;
	l->payload = *c;
	return cur_ok(c);
}

static bool ethernet(struct cursor *c, struct link *l)
{
	struct bytes dst = cur_bytes(c, 6), src = cur_bytes(c, 6);
	uint16_t type = cur_u16(c);

	if (!cur_ok(c))
		return false;
	memcpy(l->mac_dst, dst.at, 6);
	memcpy(l->mac_src, src.at, 6);
	l->has_mac = true;
	return take_off(c, type < LENGTHS_END ? llc(c) : type, l);
}

/* To us, to all, to many, to somebody else, from us: only the fourth says nothing of this host. */
static enum way way_of_sll(uint32_t packet_type)
{
	return packet_type == 4 ? WAY_OUT : packet_type < 3 ? WAY_IN : WAY_UNKNOWN;
}

static uint16_t type_of_sll(struct cursor *c, uint16_t protocol)
{
	return protocol == SLL_LLC ? llc(c) : protocol < LENGTHS_END ? 0 : protocol;
}

static bool sll(struct cursor *c, struct link *l)
{
	uint16_t packet_type = cur_u16(c), protocol;

	cur_skip(c, 12); /* hardware type, length of the address, address */
	protocol = cur_u16(c);
	if (!cur_ok(c))
		return false;
	l->way = way_of_sll(packet_type);
	return take_off(c, type_of_sll(c, protocol), l);
}

static bool sll2(struct cursor *c, struct link *l)
{
	uint16_t protocol = cur_u16(c);
	uint8_t packet_type;

	cur_skip(c, 8); /* reserved, interface index, hardware type */
	packet_type = cur_u8(c);
	cur_skip(c, 9);
	if (!cur_ok(c))
		return false;
	l->way = way_of_sll(packet_type);
	return take_off(c, type_of_sll(c, protocol), l);
}

/* The family is in the order of the recording host, which nothing tells; all are small numbers. */
static uint16_t type_of_family(uint32_t family)
{
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return ETHER_IPV4;
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return ETHER_IPV6;
	case ETHER_IPV4: /* some recorders put the EtherType there */
	case ETHER_IPV6:
		return (uint16_t)family;
	}
	return 0;
}

/* OpenBSD and FreeBSD enc(4): what IPsec has opened or not closed yet; family, SPI, flags. */
static bool enc(struct cursor *c, struct link *l)
{
	uint32_t family = cur_u32(c);

	cur_skip(c, 8);
	return take_off(c, type_of_family(family), l);
}

/* Solaris: 24 octets, version, family and zones among them. */
static bool ipnet(struct cursor *c, struct link *l)
{
	cur_skip(c, 24);
	return take_off(c, by_version(c), l);
}

/* RFC 4391 6: behind the routing header that the recorder keeps. */
static bool infiniband(struct cursor *c, struct link *l)
{
	uint16_t type;

	cur_skip(c, 40);
	type = cur_u16(c);
	cur_skip(c, 2);
	return take_off(c, type, l);
}

/* An octet says received (0) or sent; with pppd it stands where the address was. */
static bool directed(struct cursor *c, uint16_t link, struct link *l)
{
	l->way = cur_u8(c) ? WAY_OUT : WAY_IN;
	if (link == LINK_C_HDLC_WITH_DIR)
		return take_off(c, cisco_hdlc(c), l);
	if (link == LINK_PPP_PPPD)
		cur_skip(c, 1);
	return take_off(c, ppp(c), l);
}

/* A record of Endace cards: 16 octets, extension headers, and of Ethernet two octets of padding. */
static bool endace(struct cursor *c, struct link *l)
{
	enum { MORE = 0x80, HDLC_POS = 1, ETH = 2, COLOR_HDLC_POS = 10, COLOR_ETH = 11,
	       DSM_COLOR_ETH = 16, IPV4 = 22, IPV6 = 23 };
	uint8_t type, more;

	cur_skip(c, 8);
	type = more = cur_u8(c);
	cur_skip(c, 7);
	while (more & MORE && cur_ok(c)) {
		more = cur_u8(c);
		cur_skip(c, 7);
	}
	switch (type & ~MORE) {
	case ETH:
	case COLOR_ETH:
	case DSM_COLOR_ETH:
		cur_skip(c, 2);
		return ethernet(c, l);
	case HDLC_POS:
	case COLOR_HDLC_POS:
		return take_off(c, ppp_hdlc(c), l);
	case IPV4:
	case IPV6:
		return take_off(c, by_version(c), l);
	}
	l->payload = *c;
	return cur_ok(c);
}

/* LINKTYPE_NFLOG: attributes in the order of the recording host; 9 is the packet. */
static bool nflog(struct cursor *c, struct link *l)
{
	enum { NFULA_PAYLOAD = 9 };

	cur_skip(c, 4); /* family, version, resource */
	while (cur_ok(c) && cur_left(c) >= 4) {
		uint32_t len = cur_u16(c), type = cur_u16(c);

		if ((type & 0x7fff) > 0xff) { /* types are small: this is little-endian */
			len = __builtin_bswap16((uint16_t)len);
			type = __builtin_bswap16((uint16_t)type);
		}
		if (len < 4)
			return false;
		if ((type & 0x7fff) == NFULA_PAYLOAD) {
			struct cursor packet = cur_child(c, len - 4);

			return take_off(&packet, by_version(&packet), l);
		}
		cur_skip(c, ((len + 3) & ~3u) - 4);
	}
	return false;
}

static bool open_link(struct cursor *c, uint16_t link, struct link *l)
{
	switch (link) {
	case LINK_ETHERNET:
		return ethernet(c, l);
	case LINK_SLL:
		return sll(c, l);
	case LINK_SLL2:
		return sll2(c, l);
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return take_off(c, by_version(c), l);
	case LINK_NULL:
	case LINK_LOOP:
		return take_off(c, type_of_family(cur_u32(c)), l);
	case LINK_PPP:
		return take_off(c, ppp(c), l);
	case LINK_PPP_HDLC:
		return take_off(c, ppp_hdlc(c), l);
	case LINK_C_HDLC:
		return take_off(c, cisco_hdlc(c), l);
	case LINK_PPP_PPPD:
	case LINK_PPP_WITH_DIR:
	case LINK_C_HDLC_WITH_DIR:
		return directed(c, link, l);
	case LINK_PPP_ETHER:
		return take_off(c, ETHER_PPPOE, l);
	case LINK_ATM_RFC1483:
		return take_off(c, llc(c), l);
	case LINK_MPLS:
		return take_off(c, ETHER_MPLS, l);
	case LINK_ENC:
		return enc(c, l);
	case LINK_ERF:
		return endace(c, l);
	case LINK_IPNET:
		return ipnet(c, l);
	case LINK_IPOIB:
		return infiniband(c, l);
	case LINK_NFLOG:
		return nflog(c, l);
	}
	l->payload = *c;
	return true;
}

static void count_wire(struct link *l, const uint8_t *start, size_t wire)
{
	size_t off = (size_t)(l->payload.at - start);

	l->wire_left = wire > off ? wire - off : 0;
	if (l->wire_left < cur_left(&l->payload))
		l->wire_left = cur_left(&l->payload);
}

bool link_parse(const struct frame *f, struct link *ret)
{
	struct cursor c = cur_over(f->at, f->cap_len, f->cap_len < f->wire_len);
	struct link l = { .way = f->way };
	const uint8_t *start = c.at;

	if (!open_link(&c, f->link, &l))
		return false;
	if (l.way == WAY_UNKNOWN)
		l.way = f->way;
	count_wire(&l, start, f->wire_len);
	*ret = l;
	return true;
}

bool link_parse_inner(struct cursor c, size_t wire_left, uint16_t type, struct link *ret)
{
	struct link l = { .type = 0 };
	const uint8_t *start = c.at;

	if (!(type == ETHER_TRANSPARENT ? ethernet(&c, &l) : take_off(&c, type, &l)))
		return false;
	count_wire(&l, start, wire_left);
	*ret = l;
	return true;
}

static struct addr addr_v4(struct bytes b)
{
	struct addr a = { .family = 4 };

	memcpy(a.at, b.at, 4);
	return a;
}

bool arp_parse(struct cursor *c, struct arp *ret)
{
	struct bytes sender, target;
	uint16_t protocol, operation;
	uint8_t hardware_len, protocol_len;

	cur_skip(c, 2);
	protocol = cur_u16(c);
	hardware_len = cur_u8(c);
	protocol_len = cur_u8(c);
	operation = cur_u16(c);
	cur_skip(c, hardware_len);
	sender = cur_bytes(c, 4);
	cur_skip(c, hardware_len);
	target = cur_bytes(c, 4);
	if (!cur_ok(c) || protocol != ETHER_IPV4 || protocol_len != 4 ||
	    (operation != 1 && operation != 2))
		return false;
	*ret = (struct arp){ operation == 1, addr_v4(sender), addr_v4(target) };
	return true;
}
