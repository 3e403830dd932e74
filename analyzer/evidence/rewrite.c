/*
 * The content of frames, in place: link layer, ARP, IP, tunnels, fragments,
 * UDP, TCP, ICMP and what it quotes. No length changes.
 *
 * A checksum is moved by as much as its bytes moved: one that was right stays
 * right, one that was wrong stays wrong. Where not all bytes under it are here
 * it becomes another number, since it would tell something of those replaced.
 *
 * Fragments are collected, changed as the datagram they are pieces of, and
 * handed back piece by piece. What an ICMP error quotes is changed after all
 * packets, so that it gets the checksums that they got.
 */
#include <string.h>

#include "analyzer/evidence/parts.h"
#include "dissect/base/map.h"
#include "dissect/base/mem.h"
#include "dissect/net/checksum.h"
#include "dissect/net/ip.h"
#include "dissect/net/link.h"

enum {
	MOST_DEPTH = 4,
	MOST_SETS = MOST_FRAMES,
	TRAIN_NS = 30,                 /* seconds: RFC 791 3.2 */
	MOST_DATAGRAM = 65535,
	PORT_IKE_NO = 500, PORT_NATT_NO = 4500, PORT_CISCO = 10000, PORT_DNS = 53, PORT_HTTP = 80, PORT_PROXY = 8080,
	MARKER_LEN = 4, UDP_LEN = 8, TCP_LEN = 20, AH_LEN = 12,
};

struct piece_at { /* of a datagram, in the bytes of a kept frame */
	size_t frame;
	uint8_t *at;
	size_t have;
	uint32_t offset, len;
	bool more;
};

struct set_key {
	struct addr src, dst;
	uint32_t id, protocol;
};

struct set {
	struct set_key key;
	int64_t since_ns;
	struct piece_at *pieces;
	size_t pieces_len, pieces_room;
};

struct sum_key { /* a packet as it was, by which a quote finds it */
	struct addr src, dst;
	uint32_t id;
	uint16_t sum, protocol;
};

struct pass {
	struct rewriting *w;
	struct keeping *kept;
	size_t frame;                  /* the one at work */
	bool aggressive;               /* there is IKEv1 Aggressive Mode in the capture */
	struct set *sets;
	size_t sets_len, sets_room;
	struct map *set_of, *sums;
	struct map *sockets;           /* socket_key of UDP, where IKE came behind a marker */
};

struct ip_at { /* a header as recorded, before anything was changed */
	struct ends ends;
	uint32_t id;
	uint8_t family, protocol;
	bool quoted;
	unsigned depth;
};

static void ip_packet(struct pass *p, uint8_t *at, size_t have, size_t wire, unsigned depth, bool quoted);
static void payload(struct pass *p, const struct ip_at *ip, uint8_t *at, size_t have, size_t said);

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static bool redacts(const struct pass *p)
{
	return p->w->pseudonyms;
}

static void opaque(struct pass *p, uint8_t *at, size_t len)
{
	if (redacts(p) && len)
		pseudonym_opaque(p->w->pseudonyms, at, len);
}

/* --- checksums: RFC 1071 -------------------------------------------------------------------- */

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint64_t pseudo_sum(const struct addr *src, const struct addr *dst, uint8_t protocol, uint32_t len)
{
	uint8_t rest[8] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,
			    0, 0, 0, protocol };
	uint64_t sum = sum_add(0, addr_bytes(src));

	sum = sum_add(sum, addr_bytes(dst));
	return sum_add(sum, (struct bytes){ rest, sizeof rest });
}

/* The field, from what was summed before to what is summed now, the field itself in neither. */
static uint16_t moved(uint16_t field, uint64_t before, uint64_t now)
{
	if (fold(before) == fold(now))
		return field; /* be it 0 or its twin 0xffff */
	return fold((uint64_t)field + fold(before) + (uint16_t)~fold(now));
}

static uint64_t sum_without(const uint8_t *at, size_t len, size_t field)
{
	uint64_t sum = sum_add(0, (struct bytes){ at, len });

	return field + 2 <= len ? sum + (uint16_t)~get16(at + field) : sum;
}

/* --- addresses ------------------------------------------------------------------------------ */

static struct addr addr_of(const uint8_t *at, uint8_t family)
{
	struct addr a = { .family = family };

	memcpy(a.at, at, family == 4 ? 4 : 16);
	return a;
}

static void replace_addr(struct pass *p, uint8_t *at, uint8_t family)
{
	struct addr a = addr_of(at, family);

	if (!redacts(p))
		return;
	a = pseudonym_addr(p->w->pseudonyms, &a);
	memcpy(at, a.at, family == 4 ? 4 : 16);
}

static struct addr now(struct pass *p, const struct addr *a)
{
	return redacts(p) ? pseudonym_addr(p->w->pseudonyms, a) : *a;
}

/* --- UDP: what it carries ------------------------------------------------------------------- */

static bool has_port(const struct ends *e, uint16_t port)
{
	return e->sport == port || e->dport == port;
}

/* said: as the sender says; a quote has less of it. */
static bool plausible(const uint8_t *at, size_t have, size_t said)
{
	struct cursor c = cur_over(at, have, true);
	struct ike_header h;

	return ike_parse_header(&c, &h) && ike_plausible(&h, said);
}

static bool has_marker(const uint8_t *at, size_t have)
{
	return have >= MARKER_LEN && !get32(at);
}

static void udp_body(struct pass *p, const struct ends *e, uint8_t *at, size_t have, size_t said)
{
	struct socket_key k = socket_of(&e->src, e->sport, &e->dst, e->dport);
	bool natt = has_port(e, PORT_NATT_NO) || map_find(p->sockets, &k);

	if (!have || (said == 1 && at[0] == 0xff))
		return;
	if (has_marker(at, have) && said > MARKER_LEN && (natt || has_port(e, PORT_IKE_NO)))
		rewrite_ike(p->w, at + MARKER_LEN, have - MARKER_LEN, e);
	else if (has_port(e, PORT_IKE_NO) || plausible(at, have, said))
		rewrite_ike(p->w, at, have, e);
	else if (natt || has_port(e, PORT_CISCO))
		rewrite_esp(p->w, at, have, (uint32_t)said);
	else if (has_port(e, PORT_DNS))
		rewrite_dns(p->w, at, have);
	else
		rewrite_opaque(p->w, at, have);
}

static uint16_t another_sum(struct pass *p, uint16_t sum)
{
	uint8_t seed[2], made[2];

	if (!sum || !redacts(p))
		return sum;
	put16(seed, sum);
	pseudonym_stream(p->w->pseudonyms, (struct bytes){ seed, 2 }, made, 2);
	return get16(made) ? get16(made) : 0xffff;
}

static struct sum_key sum_key_of(const struct ip_at *ip, uint16_t sum)
{
	struct sum_key k;

	memset(&k, 0, sizeof k);
	k.src = ip->ends.src;
	k.dst = ip->ends.dst;
	k.id = ip->id;
	k.sum = sum;
	k.protocol = ip->protocol;
	return k;
}

static void note_sum(struct pass *p, const struct ip_at *ip, uint16_t was, uint16_t is)
{
	struct sum_key k = sum_key_of(ip, was);
	uint16_t *known = map_add(p->sums, &k);

	if (known)
		*known = is;
}

/* The checksum of a transport header whose bytes were `old`. */
static void set_sum(struct pass *p, const struct ip_at *ip, uint8_t *at, size_t have, size_t said, size_t field,
		    const uint8_t *old)
{
	struct sum_key k = sum_key_of(ip, have >= field + 2 ? get16(old + field) : 0);
	struct addr src = now(p, &ip->ends.src), dst = now(p, &ip->ends.dst);
	const uint16_t *known = ip->quoted ? map_find(p->sums, &k) : NULL;
	bool pseudo = ip->protocol != IP_ICMP, absent = ip->protocol == IP_UDP;
	uint64_t before, after;
	uint16_t sum;

	if (have < field + 2 || (absent && !k.sum))
		return;
	if (known) {
		put16(at + field, *known);
		return;
	}
	if (have < said) {
		if (redacts(p))
			put16(at + field, another_sum(p, k.sum));
		return;
	}
	before = sum_without(old, said, field);
	after = sum_without(at, said, field);
	if (pseudo) {
		before += pseudo_sum(&ip->ends.src, &ip->ends.dst, ip->protocol, (uint32_t)said);
		after += pseudo_sum(&src, &dst, ip->protocol, (uint32_t)said);
	}
	sum = moved(k.sum, before, after);
	if (absent && !sum)
		sum = 0xffff;
	put16(at + field, sum);
	if (!ip->quoted)
		note_sum(p, ip, k.sum, sum);
}

static void udp(struct pass *p, const struct ip_at *outer, uint8_t *at, size_t have, size_t said)
{
	struct ip_at ip = *outer;
	uint8_t *old;
	size_t len;

	if (have < UDP_LEN) {
		opaque(p, at + (have < 4 ? have : 4), have < 4 ? 0 : have - 4);
		return;
	}
	ip.ends.sport = get16(at);
	ip.ends.dport = get16(at + 2);
	len = get16(at + 4);
	if (len < UDP_LEN || len > said)
		len = said;
	old = mem_copy(at, have);
	udp_body(p, &ip.ends, at + UDP_LEN, (have < len ? have : len) - UDP_LEN, len - UDP_LEN);
	if (have > len)
		opaque(p, at + len, have - len);
	set_sum(p, &ip, at, have < len ? have : len, len, 6, old);
	mem_free(old);
}

/* RFC 9329: records with two octets of length; one that begins in another segment is opaque. */
static void tcp_records(struct pass *p, const struct ends *e, uint8_t *at, size_t have)
{
	static const uint8_t prefix[] = { 'I', 'K', 'E', 'T', 'C', 'P' };

	if (have >= sizeof prefix && !memcmp(at, prefix, sizeof prefix)) {
		at += sizeof prefix;
		have -= sizeof prefix;
	}
	while (have >= 2) {
		size_t len = get16(at), n;

		if (len < 2 || (len > have && !(has_marker(at + 2, have - 2) &&
						plausible(at + 6, have - 6, len - 6))))
			break;
		n = (len < have ? len : have) - 2;
		if (n > MARKER_LEN && has_marker(at + 2, n))
			rewrite_ike(p->w, at + 2 + MARKER_LEN, n - MARKER_LEN, e);
		else
			rewrite_esp(p->w, at + 2, n, (uint32_t)(len - 2));
		at += n + 2;
		have -= n + 2;
	}
	rewrite_opaque(p->w, at, have);
}

static void tcp(struct pass *p, const struct ip_at *outer, uint8_t *at, size_t have, size_t said)
{
	struct ip_at ip = *outer;
	size_t head;
	uint8_t *old;

	if (have < TCP_LEN) {
		opaque(p, at + (have < 8 ? have : 8), have < 8 ? 0 : have - 8);
		return;
	}
	ip.ends.sport = get16(at);
	ip.ends.dport = get16(at + 2);
	head = (size_t)(at[12] >> 4) * 4;
	if (head < TCP_LEN || head > have)
		head = have < TCP_LEN ? have : TCP_LEN;
	old = mem_copy(at, have);
	if (has_port(&ip.ends, PORT_NATT_NO) || has_port(&ip.ends, PORT_CISCO))
		tcp_records(p, &ip.ends, at + head, have - head);
	else if (has_port(&ip.ends, PORT_HTTP) || has_port(&ip.ends, PORT_PROXY))
		rewrite_http(p->w, at + head, have - head);
	else
		rewrite_opaque(p->w, at + head, have - head);
	set_sum(p, &ip, at, have, said, 16, old);
	mem_free(old);
}

/* --- ICMP ----------------------------------------------------------------------------------- */

enum { V4_REDIRECT = 5, V6_FIRST_INFO = 128, V6_ECHO = 128, V6_ECHO_REPLY = 129, V6_SOLICIT = 135, V6_ADVERTISE = 136,
       V4_ECHO = 8, V4_ECHO_REPLY = 0, ICMP_LEN = 8, SHORTEST_PADDED = 128 };

static bool is_error(uint8_t family, uint8_t type)
{
	return family == 4 ? type >= 3 && type <= 12 && type != V4_ECHO && type != 6 && type != 7 && type != 9 &&
			     type != 10
			   : type < V6_FIRST_INFO;
}

/* RFC 4861 4.6.1: source and target link-layer address. */
static void nd_options(struct pass *p, uint8_t *at, size_t have)
{
	while (have >= 8 && at[1]) {
		size_t len = at[1] * 8u;

		if (len > have)
			break;
		if (at[0] == 1 || at[0] == 2)
			pseudonym_mac(p->w->pseudonyms, at + 2);
		else
			opaque(p, at + 2, len - 2);
		at += len;
		have -= len;
	}
	opaque(p, at, have);
}

/* RFC 4884 5.1: where the quote ends when something follows it. */
static size_t quote_len(uint8_t family, const uint8_t *at, size_t have)
{
	size_t len = family == 4 ? at[5] * 4u : at[4] * 8u;
	bool told = family == 4 ? at[0] == 3 || at[0] == 11 || at[0] == 12 : at[0] == 1 || at[0] == 3;

	return told && len >= SHORTEST_PADDED && len <= have ? len : have;
}

static void icmp_error(struct pass *p, const struct ip_at *ip, uint8_t *at, size_t have)
{
	size_t quote = quote_len(ip->family, at, have - ICMP_LEN);

	if (ip->family == 4 && at[0] == V4_REDIRECT)
		replace_addr(p, at + 4, 4);
	ip_packet(p, at + ICMP_LEN, quote, quote, ip->depth + 1, true);
	opaque(p, at + ICMP_LEN + quote, have - ICMP_LEN - quote);
}

static void icmp(struct pass *p, const struct ip_at *ip, uint8_t *at, size_t have, size_t said)
{
	bool error = have >= 1 && is_error(ip->family, at[0]);
	uint8_t *old;

	if (have < ICMP_LEN) {
		opaque(p, at + (have < 4 ? have : 4), have < 4 ? 0 : have - 4);
		return;
	}
	old = mem_copy(at, have);
	if (error) {
		icmp_error(p, ip, at, have);
	} else if (ip->family == 6 && (at[0] == V6_SOLICIT || at[0] == V6_ADVERTISE) && have >= 24) {
		replace_addr(p, at + 8, 6);
		if (redacts(p))
			nd_options(p, at + 24, have - 24);
	} else if ((ip->family == 4 && (at[0] == V4_ECHO || at[0] == V4_ECHO_REPLY)) ||
		   (ip->family == 6 && (at[0] == V6_ECHO || at[0] == V6_ECHO_REPLY))) {
		opaque(p, at + ICMP_LEN, have - ICMP_LEN);
	} else {
		opaque(p, at + 4, have - 4);
	}
	set_sum(p, ip, at, have, said, 2, old);
	mem_free(old);
}

/* --- IP ------------------------------------------------------------------------------------- */

/* RFC 2784, RFC 2890. */
static void gre(struct pass *p, const struct ip_at *ip, uint8_t *at, size_t have, size_t said)
{
	size_t head = 4;
	struct link l;

	if (have >= 4)
		head += (at[0] & 0x80 ? 4u : 0) + (at[0] & 0x20 ? 4u : 0) + (at[0] & 0x10 ? 4u : 0);
	if (have < head || at[0] & 0x4f || at[1] & 0x07 ||
	    !link_parse_inner(cur_over(at + head, have - head, have < said), said - head, get16(at + 2), &l) ||
	    (l.type != ETHER_IPV4 && l.type != ETHER_IPV6)) {
		opaque(p, at + (have < 4 ? have : 4), have < 4 ? 0 : have - 4);
		return;
	}
	if (l.has_mac && redacts(p) && l.payload.at - (at + head) >= 14) {
		pseudonym_mac(p->w->pseudonyms, at + head);
		pseudonym_mac(p->w->pseudonyms, at + head + 6);
	}
	ip_packet(p, (uint8_t *)(uintptr_t)l.payload.at, cur_left(&l.payload), l.wire_left, ip->depth + 1, ip->quoted);
}

static void payload(struct pass *p, const struct ip_at *ip, uint8_t *at, size_t have, size_t said)
{
	if (have > said)
		have = said;
	switch (ip->protocol) {
	case IP_UDP:
		udp(p, ip, at, have, said);
		return;
	case IP_TCP:
		tcp(p, ip, at, have, said);
		return;
	case IP_ICMP:
	case IP_ICMPV6:
		icmp(p, ip, at, have, said);
		return;
	case IP_ESP:
		rewrite_esp(p->w, at, have, (uint32_t)said);
		return;
	case IP_AH:
		rewrite_ah(p->w, at, have);
		if (have >= AH_LEN && (at[1] + 2u) * 4 <= have) {
			struct ip_at inner = *ip;
			size_t head = (at[1] + 2u) * 4;

			inner.protocol = at[0];
			payload(p, &inner, at + head, have - head, said - head);
		}
		return;
	case IP_IPIP:
	case IP_IPV6:
		ip_packet(p, at, have, said, ip->depth + 1, ip->quoted);
		return;
	case IP_GRE:
		gre(p, ip, at, have, said);
		return;
	case IP_NONE:
		return;
	}
	rewrite_opaque(p->w, at, have);
}

/* RFC 791 3.1: what an option says may be an address, a route. */
static void v4_options(struct pass *p, uint8_t *at, size_t len)
{
	enum { END = 0, NOTHING = 1, ROUTER_ALERT = 148 };

	while (len && at[0] != END) {
		size_t n = at[0] == NOTHING ? 1 : len >= 2 ? at[1] : len;

		if (!n || n > len || (n < 2 && at[0] != NOTHING))
			n = len;
		if (n > 2 && at[0] != ROUTER_ALERT)
			opaque(p, at + 2, n - 2);
		at += n;
		len -= n;
	}
}

/* Options of RFC 8200 4.2: padding, alerts and jumbo lengths stay. */
static void v6_options(struct pass *p, uint8_t *at, size_t len)
{
	enum { PAD = 0, PADS = 1, ALERT = 5, JUMBO = 0xc2 };

	while (len) {
		size_t n = at[0] == PAD || len < 2 ? 1 : at[1] + 2u;

		if (n > len)
			n = len;
		if (n > 2 && at[0] != PADS && at[0] != ALERT && at[0] != JUMBO)
			opaque(p, at + 2, n - 2);
		at += n;
		len -= n;
	}
}

static void v6_extensions(struct pass *p, uint8_t *at, const uint8_t *end, uint8_t protocol)
{
	while (redacts(p) && end - at >= 8 &&
	       (protocol == IP_HOP_BY_HOP || protocol == IP_ROUTING || protocol == IP_DESTINATION)) {
		size_t len = (at[1] + 1u) * 8;

		if (len > (size_t)(end - at))
			return;
		if (protocol == IP_ROUTING)
			for (size_t i = 8; i + 16 <= len; i += 16)
				replace_addr(p, at + i, 6);
		else
			v6_options(p, at + 2, len - 2);
		protocol = at[0];
		at += len;
	}
}

/* --- fragments ------------------------------------------------------------------------------ */

static struct set *set_for(struct pass *p, const struct ip_at *ip, int64_t now_ns)
{
	struct set_key k;
	size_t *index;
	struct set *s;

	memset(&k, 0, sizeof k);
	k.src = ip->ends.src;
	k.dst = ip->ends.dst;
	k.id = ip->id;
	k.protocol = ip->protocol;
	index = map_add(p->set_of, &k);
	if (!index)
		return NULL;
	if (*index) {
		s = &p->sets[*index - 1];
		if (now_ns - s->since_ns <= TRAIN_NS * INT64_C(1000000000))
			return s;
	}
	s = MEM_PUSH(p->sets, p->sets_len, p->sets_room);
	s->key = k;
	s->since_ns = now_ns;
	*index = p->sets_len;
	return s;
}

static void note_piece(struct pass *p, const struct ip_at *ip, const struct ip *head, uint8_t *at, size_t have)
{
	struct set *s = set_for(p, ip, p->kept->at[p->frame].frame.time_ns);
	struct piece_at *x;

	if (!s) {
		opaque(p, at, have);
		return;
	}
	x = MEM_PUSH(s->pieces, s->pieces_len, s->pieces_room);
	*x = (struct piece_at){ .frame = p->frame, .at = at, .have = have, .offset = head->offset,
				.len = head->payload_len, .more = head->more };
	if (x->have > x->len)
		x->have = x->len;
}

/* What is there from the beginning on, without a gap; of octets that came twice the first stay. */
static size_t join(const struct set *s, uint8_t *to, uint8_t *there, size_t *ret_total)
{
	size_t n = 0;

	*ret_total = 0;
	for (size_t i = 0; i < s->pieces_len; i++) {
		const struct piece_at *x = &s->pieces[i];

		if (!x->more)
			*ret_total = x->offset + (size_t)x->len;
		for (size_t k = 0; k < x->have && x->offset + k < MOST_DATAGRAM; k++)
			if (!there[x->offset + k]) {
				there[x->offset + k] = 1;
				to[x->offset + k] = x->at[k];
			}
	}
	while (n < MOST_DATAGRAM && there[n])
		n += 1;
	return n;
}

/* Nothing tells what it is a part of. */
static void orphan(struct pass *p, uint8_t *at, size_t len)
{
	if (redacts(p)) {
		opaque(p, at, len);
	} else if (p->w->blank && p->aggressive && len) {
		memset(at, 0, len);
		p->w->blanked = true;
	}
}

static void hand_back(struct pass *p, const struct set *s, const uint8_t *made, size_t n)
{
	for (size_t i = 0; i < s->pieces_len; i++) {
		const struct piece_at *x = &s->pieces[i];
		size_t from = x->offset < n ? x->offset : n;
		size_t whole = n - from < x->have ? n - from : x->have;
		bool was = p->w->blanked;

		memcpy(x->at, made + from, whole);
		orphan(p, x->at + whole, x->have - whole);
		if (p->w->blanked)
			p->kept->at[x->frame].blanked = true;
		p->w->blanked = was;
	}
}

static void change_set(struct pass *p, const struct set *s)
{
	uint8_t *made = mem_zero(MOST_DATAGRAM + 1), *there = mem_zero(MOST_DATAGRAM + 1);
	size_t total, n = join(s, made, there, &total);
	struct ip_at ip = { .ends = { .src = s->key.src, .dst = s->key.dst }, .id = s->key.id,
			    .family = s->key.src.family, .protocol = (uint8_t)s->key.protocol };
	size_t said = total >= n ? total : n + 1; /* without its end nobody knows how long it is */

	p->w->blanked = false;
	if (total > MOST_DATAGRAM)
		n = 0;
	if (n)
		payload(p, &ip, made, n, said);
	hand_back(p, s, made, n);
	p->w->blanked = false;
	mem_free(made);
	mem_free(there);
}

/* --- packets -------------------------------------------------------------------------------- */

static void v4_header(struct pass *p, uint8_t *at, size_t head)
{
	uint64_t before = sum_without(at, head, 10);
	uint16_t sum = get16(at + 10);

	if (!redacts(p))
		return;
	replace_addr(p, at + 12, 4);
	replace_addr(p, at + 16, 4);
	v4_options(p, at + 20, head - 20);
	if (sum) /* 0: left to the network card to fill in */
		put16(at + 10, moved(sum, before, sum_without(at, head, 10)));
}

static void v6_header(struct pass *p, uint8_t *at, size_t head)
{
	if (!redacts(p))
		return;
	replace_addr(p, at + 8, 6);
	replace_addr(p, at + 24, 6);
	v6_extensions(p, at + 40, at + head, at[6]);
}

/* have: octets recorded, of `wire`. Padding behind the packet is changed too. */
static void ip_packet(struct pass *p, uint8_t *at, size_t have, size_t wire, unsigned depth, bool quoted)
{
	struct cursor c = cur_over(at, have, quoted || have < wire);
	struct packet packet = { 0 };
	struct ip head;
	size_t head_len, body, tail;
	uint8_t *start;

	if (depth > MOST_DEPTH || !(quoted ? ip_parse_quoted(c, &packet, &head) : ip_parse(c, wire, &packet, &head))) {
		opaque(p, at, have);
		return;
	}
	struct ip_at ip = { .ends = { .src = packet.src, .dst = packet.dst }, .id = packet.has_id ? packet.id : 0,
			    .family = packet.src.family, .protocol = packet.protocol, .quoted = quoted,
			    .depth = depth };

	start = (uint8_t *)(uintptr_t)head.payload.at;
	body = cur_left(&head.payload);
	head_len = (size_t)(start - at);
	tail = have - head_len - body;
	if (ip.family == 4)
		v4_header(p, at, head_len);
	else
		v6_header(p, at, head_len);
	opaque(p, start + body, tail);
	if (!head.fragment)
		payload(p, &ip, start, body, head.payload_len);
	else if (quoted && !head.offset)
		payload(p, &ip, start, body, head.payload_len + 1);
	else if (quoted)
		orphan(p, start, body);
	else
		note_piece(p, &ip, &head, start, body);
}

/* --- frames --------------------------------------------------------------------------------- */

static void arp(struct pass *p, uint8_t *at, size_t have)
{
	size_t hardware = have >= 8 ? at[4] : 0, n;

	if (!redacts(p))
		return;
	if (have < 8 || at[5] != 4 || have < 8 + 2 * (hardware + 4)) {
		opaque(p, at, have);
		return;
	}
	n = 8;
	for (int i = 0; i < 2; i++) {
		if (hardware == 6)
			pseudonym_mac(p->w->pseudonyms, at + n);
		else
			opaque(p, at + n, hardware);
		replace_addr(p, at + n + hardware, 4);
		n += hardware + 4;
	}
	opaque(p, at + n, have - n);
}

enum { ETHERNET = 1, SLL = 113, SLL2 = 276, ENC = 109 };

/* RFC 1112 6.4, RFC 2464 7: the hardware address of a group says the end of its address. */
static void group_mac(const uint8_t *ip, size_t have, uint16_t type, uint8_t *mac)
{
	if (type == ETHER_IPV4 && have >= 20 && !memcmp(mac, (uint8_t[]){ 0x01, 0x00, 0x5e }, 3)) {
		mac[3] = ip[17] & 0x7f;
		memcpy(mac + 4, ip + 18, 2);
	} else if (type == ETHER_IPV6 && have >= 40 && mac[0] == 0x33 && mac[1] == 0x33) {
		memcpy(mac + 2, ip + 36, 4);
	}
}

/* False for a link layer of which it is not known where it names somebody. */
static bool link_header(struct pass *p, uint8_t *at, size_t head, uint16_t link)
{
	static const uint16_t nameless[] = { 0, 9, 12, 14, 50, 51, 100, 101, 104, 108, 166, 204, 205, 219, 228, 229 };
	struct pseudonyms *names = p->w->pseudonyms;

	switch (link) {
	case ETHERNET:
		if (head < 14)
			return false;
		pseudonym_mac(names, at);
		pseudonym_mac(names, at + 6);
		if (head >= 32 && get16(at + 12) >> 1 == 0x8847 >> 1 && get16(at + head - 2) >= 0x800) {
			pseudonym_mac(names, at + head - 14); /* a pseudowire: RFC 4448 */
			pseudonym_mac(names, at + head - 8);
		}
		return true;
	case SLL:
		if (head >= 16 && get16(at + 4) == 6)
			pseudonym_mac(names, at + 6);
		else if (head >= 16)
			opaque(p, at + 6, 8);
		return head >= 16;
	case SLL2:
		if (head >= 20 && at[11] == 6)
			pseudonym_mac(names, at + 12);
		else if (head >= 20)
			opaque(p, at + 12, 8);
		return head >= 20;
	case ENC:
		if (head >= 12)
			opaque(p, at + 4, 4);
		return head >= 12;
	}
	for (size_t i = 0; i < sizeof nameless / sizeof *nameless; i++)
		if (nameless[i] == link)
			return true;
	return false;
}

static bool is_ip(uint16_t type)
{
	return type == ETHER_IPV4 || type == ETHER_IPV6;
}

static void change_frame(struct pass *p)
{
	struct kept *k = &p->kept->at[p->frame];
	struct link l;
	uint8_t *start;
	size_t head, have;

	p->w->blanked = false;
	if (!link_parse(&k->frame, &l)) {
		opaque(p, k->bytes, k->frame.cap_len);
		return;
	}
	start = (uint8_t *)(uintptr_t)l.payload.at;
	head = (size_t)(start - k->bytes);
	have = cur_left(&l.payload);
	if (redacts(p) && !link_header(p, k->bytes, head, k->frame.link)) {
		opaque(p, k->bytes, k->frame.cap_len);
		return;
	}
	if (is_ip(l.type))
		ip_packet(p, start, have, l.wire_left, 0, false);
	else if (l.type == ETHER_ARP)
		arp(p, start, have);
	else
		opaque(p, start, have);
	if (redacts(p) && is_ip(l.type) && k->frame.link == ETHERNET)
		group_mac(start, have, l.type, k->bytes);
	k->blanked |= p->w->blanked;
}

/* An ICMP error that quotes a packet: to be changed after all packets. */
static bool quotes(const struct frame *f)
{
	struct packet packet = { 0 };
	struct link l;
	struct ip ip;

	return link_parse(f, &l) && is_ip(l.type) && ip_parse(l.payload, l.wire_left, &packet, &ip) && !ip.fragment &&
	       (packet.protocol == IP_ICMP || packet.protocol == IP_ICMPV6) && cur_left(&ip.payload) &&
	       is_error(packet.src.family, ip.payload.at[0]);
}

/* --- before anything is changed ------------------------------------------------------------- */

static void look(void *ctx, const struct message *m)
{
	struct pass *p = ctx;
	const struct packet *k = m->packet;

	if (m->kind != MSG_IKE)
		return;
	p->aggressive |= ike_major(&m->u.ike.header) == 1 && m->u.ike.header.exchange == IKE1_X_AGGRESSIVE;
	if (redacts(p))
		rewrite_note_certificates(p->w, m->u.ike.bytes.at, m->u.ike.bytes.len);
	if (k && k->protocol == IP_UDP && m->u.ike.carriage == CARRIED_UDP_MARK) {
		struct socket_key key = socket_of(&k->src, k->sport, &k->dst, k->dport);

		map_add(p->sockets, &key);
	}
}

static void look_around(struct pass *p)
{
	const struct dissect_options door = { .saw = look, .ctx = p };
	struct dissector *d = dissector_new(&door);

	for (size_t i = 0; i < p->kept->len; i++)
		dissector_frame(d, &p->kept->at[i].frame);
	dissector_end(d);
	dissector_free(d);
}

void rewrite(struct rewriting *w, struct keeping *k)
{
	struct pass p = { .w = w, .kept = k };
	bool *late;

	p.set_of = map_new(sizeof(struct set_key), sizeof(size_t), MOST_SETS);
	p.sums = map_new(sizeof(struct sum_key), sizeof(uint16_t), MOST_FRAMES * 2);
	p.sockets = map_new(sizeof(struct socket_key), sizeof(bool), MOST_FRAMES);
	late = mem_zero(k->len + 1);
	for (size_t i = 0; i < k->len; i++)
		late[i] = quotes(&k->at[i].frame);
	look_around(&p);
	for (p.frame = 0; p.frame < k->len; p.frame++)
		if (!late[p.frame])
			change_frame(&p);
	for (size_t i = 0; i < p.sets_len; i++)
		change_set(&p, &p.sets[i]);
	for (p.frame = 0; p.frame < k->len; p.frame++)
		if (late[p.frame])
			change_frame(&p);
	mem_free(late);
	for (size_t i = 0; i < p.sets_len; i++)
		mem_free(p.sets[i].pieces);
	mem_free(p.sets);
	map_free(p.set_of);
	map_free(p.sums);
	map_free(p.sockets);
}
