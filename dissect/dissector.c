#include "dissect/dissect.h"

#include <string.h>

#include "dissect/base/mem.h"
#include "dissect/net/icmp.h"
#include "dissect/net/ip.h"
#include "dissect/net/link.h"
#include "dissect/net/pairs.h"
#include "dissect/net/tcp.h"
#include "dissect/net/tcp_encap.h"
#include "dissect/net/udp.h"

enum {
	MAX_DEPTH = 4,       /* tunnels looked through */
	MAX_AH = 4,          /* AH headers in one packet */
	MAX_NESTED = 4,      /* IPv6 fragment headers in one packet */
	AH_BEFORE_SPI = 4,   /* next header, length, reserved */
	MAX_TRAINS = 4096,
	MAX_TRAIN_BYTES = 64 << 20,
	MAX_STREAMS = 1024,
	MAX_STREAM_BYTES = 16 << 20,
	MAX_PAIRS = 4096,
	ESP_LEN = 8,         /* SPI and sequence number */
	MARKER_LEN = 4,      /* RFC 3948 2.2 */
	NON_IKE_LEN = 8,     /* drafts 00 and 01 of NAT-T: ESP on port 500 */
	KEEPALIVE = 0xff,    /* RFC 3948 2.3 */
	PORT_CISCO = 10000,  /* ESP in UDP, IKE and ESP in TCP, as Cisco's own */
	CISCO_TRAILER = 16,
	FIRST_SPI = 256,     /* RFC 4303 2.1: those below are reserved */
};

struct dissector {
	struct dissect_options o;
	struct reassembly *sets;
	struct tcp_encap *streams;
	struct pairs *natt;  /* sockets, neither on 4500, between which IKE passed behind its marker */
	struct pairs *ike;   /* hosts between which IKE passed */
	struct pairs *cisco; /* sockets of TCP between which IKE passed before a trailer of Cisco's */
	uint64_t told;
};

/* Where in the frame we are: each layer adds what it read, an inner packet replaces its outer. */
struct scope {
	struct dissector *d;
	struct seen seen;
	struct packet packet;
	const struct train *train;
	unsigned ah_count, nested;
};

/* An IP payload, or that of UDP: what was recorded of it, and its length on the wire. */
struct load {
	struct cursor c;
	uint32_t said;
};

static void saw_ip(struct scope *s, struct cursor c, size_t wire_left);
static void saw_payload(struct scope *s, struct load load);
static enum tcp_content tcp_content(struct cursor c, uint32_t said);
static void saw_record(void *ctx, const struct tcp_record *r);

struct dissector *dissector_new(const struct dissect_options *o)
{
	struct dissector *d = mem_zero(sizeof *d);

	d->o = *o;
	if (!d->o.max_trains)
		d->o.max_trains = MAX_TRAINS;
	if (!d->o.max_train_bytes)
		d->o.max_train_bytes = MAX_TRAIN_BYTES;
	if (!d->o.max_streams)
		d->o.max_streams = MAX_STREAMS;
	if (!d->o.max_stream_bytes)
		d->o.max_stream_bytes = MAX_STREAM_BYTES;
	d->sets = reassembly_new(d->o.max_trains, d->o.max_train_bytes);
	d->streams = tcp_encap_new(&(struct tcp_encap_options){
		.sort = tcp_content, .record = saw_record, .ctx = d,
		.max_streams = d->o.max_streams, .max_bytes = d->o.max_stream_bytes });
	d->natt = pairs_new(MAX_PAIRS, true);
	d->ike = pairs_new(MAX_PAIRS, false);
	d->cisco = pairs_new(MAX_PAIRS, true);
	return d;
}

void dissector_free(struct dissector *d)
{
	if (!d)
		return;
	reassembly_free(d->sets);
	tcp_encap_free(d->streams);
	pairs_free(d->natt);
	pairs_free(d->ike);
	pairs_free(d->cisco);
	mem_free(d);
}

static void tell(const struct scope *s, struct message *m)
{
	m->seen = s->seen;
	m->packet = s->packet.src.family ? &s->packet : NULL;
	m->train = s->train;
	s->d->told += 1;
	s->d->o.saw(s->d->o.ctx, m);
}

/*
 * Of ESP and AH the first octets tell packets apart (SPI, sequence, IV), the last are the integrity
 * value over all of it: what lies between need not be looked at. A sender who wants two packets to
 * look alike can send one twice, so this needs no keyed hash; each step is one-to-one.
 */
static uint64_t print_of(struct load load)
{
	enum { HEAD = 8, TAIL = 2 }; /* words */
	struct bytes b = cur_rest(&load.c);
	uint64_t print = load.said, word[HEAD + TAIL] = { 0 };

	if (b.len < sizeof word) {
		memcpy(word, b.at, b.len);
	} else {
		memcpy(word, b.at, HEAD * sizeof *word);
		memcpy(word + HEAD, b.at + b.len - TAIL * sizeof *word, TAIL * sizeof *word);
	}
	for (int i = 0; i < HEAD + TAIL; i++) {
		print = (print ^ word[i]) * 0x9e3779b97f4a7c15u;
		print ^= print >> 32;
	}
	return print;
}

/* Only the part of the union that the kind names is filled: there is a message for every frame. */
static void tell_asked(const struct scope *s, enum other_kind kind, const struct addr *target,
		       const struct addr *asker)
{
	struct message m;

	m.kind = MSG_OTHER;
	m.u.other.kind = kind;
	m.u.other.target = *target;
	m.u.other.asker = *asker;
	m.u.other.tcp_flags = 0;
	m.u.other.payload = (struct bytes){ NULL, 0 };
	tell(s, &m);
}

static void tell_other(const struct scope *s, enum other_kind kind)
{
	static const struct addr none;

	tell_asked(s, kind, &none, &none);
}

static void tell_payload(const struct scope *s, enum other_kind kind, uint8_t tcp_flags,
			 struct cursor payload)
{
	struct message m;

	m.kind = MSG_OTHER;
	m.u.other.kind = kind;
	m.u.other.target = m.u.other.asker = (struct addr){ .family = 0 };
	m.u.other.tcp_flags = tcp_flags;
	m.u.other.payload = cur_rest(&payload);
	tell(s, &m);
}

/* What a UDP payload is: domain.md 1. */
enum content { IS_OTHER, IS_IKE, IS_ESP, IS_KEEPALIVE, IS_BAD_IKE };

struct sorted {
	enum content content;
	enum carriage carriage;
	uint32_t skip;             /* octets in front of it */
	struct ike_header header;  /* of IS_IKE */
};

/* c by value: looking does not step. A length below its own header is no IKE on any port. */
static bool header_at(struct cursor c, uint32_t skip, struct ike_header *ret)
{
	struct ike_header h;

	cur_skip(&c, skip);
	if (!ike_parse_header(&c, &h) || h.length < IKE_HEADER_LEN)
		return false;
	*ret = h;
	return true;
}

static bool is_zero(struct cursor c, size_t n)
{
	static const uint8_t zero[NON_IKE_LEN];
	struct bytes b = cur_bytes(&c, n);

	return cur_ok(&c) && !memcmp(b.at, zero, n);
}

/* Version 1.0 or 2.x and a length that ends where the datagram does. */
static bool fits_exactly(const struct ike_header *h, uint32_t said)
{
	return (h->version == 0x10 || ike_major(h) == 2) && h->length == said;
}

static bool fits(const struct ike_header *h, uint32_t said)
{
	return (h->version == 0x10 || ike_major(h) == 2) && h->length <= said;
}

/* Exchange types of domain.md 3, and message id 0 where the exchange is the first of its SA. */
static bool exchange_known(const struct ike_header *h)
{
	uint8_t x = h->exchange;

	if (ike_major(h) == 1)
		return ((x == 2 || x == 4) && !h->message_id) || x == 1 || x == 3 || x == 5 || x == 6 ||
		       x == 32 || x == 33 || x >= 240;
	return (x == 34 && !h->message_id) || (x >= 35 && x <= 44) || x >= 240;
}

/* On its own port, of a version to come or with a length that is a lie; random octets are neither. */
static bool could_be_ike(const struct ike_header *h, uint32_t said)
{
	if (h->version == 0x10 || ike_major(h) == 2)
		return h->length <= UINT16_MAX || exchange_known(h);
	return h->length == said;
}

/* Before all else, because most packets on 4500 are ESP: reads four octets. */
static bool says_length(struct cursor c, uint32_t length)
{
	cur_skip(&c, IKE_HEADER_LEN - 4);
	return cur_u32(&c) == length && cur_ok(&c);
}

/* On a port that says nothing a false alarm is worse than a miss. */
static bool sure(const struct ike_header *h, uint32_t said)
{
	return fits_exactly(h, said) && exchange_known(h) && ike_plausible(h, said);
}

static struct sorted ike_at(uint32_t skip, const struct ike_header *h)
{
	return (struct sorted){ IS_IKE, skip ? CARRIED_UDP_MARK : CARRIED_UDP, skip, *h };
}

static struct sorted sort_natt(struct load l)
{
	struct sorted nothing = { .content = l.c.cut ? IS_OTHER : IS_BAD_IKE };
	struct ike_header h;

	if (is_zero(l.c, MARKER_LEN))
		return header_at(l.c, MARKER_LEN, &h) ? ike_at(MARKER_LEN, &h) : nothing;
	if (says_length(l.c, l.said) && header_at(l.c, 0, &h) && fits_exactly(&h, l.said) &&
	    ike_plausible(&h, l.said))
		return ike_at(0, &h);
	if (cur_left(&l.c) >= ESP_LEN)
		return (struct sorted){ .content = IS_ESP, .carriage = CARRIED_UDP };
	return nothing;
}

/* Eight zero octets where IKE has the initiator's SPI, then an ESP header. */
static bool has_draft_esp(struct cursor c)
{
	struct esp_header h;

	if (!is_zero(c, NON_IKE_LEN))
		return false;
	cur_skip(&c, NON_IKE_LEN);
	return esp_parse(&c, &h) && h.spi;
}

static struct sorted sort_500(struct load l)
{
	struct sorted nothing = { .content = l.c.cut ? IS_OTHER : IS_BAD_IKE };
	struct ike_header h, marked;
	bool bare = header_at(l.c, 0, &h);

	if (bare && fits(&h, l.said))
		return ike_at(0, &h);
	if (is_zero(l.c, MARKER_LEN) && header_at(l.c, MARKER_LEN, &marked) &&
	    fits_exactly(&marked, l.said - MARKER_LEN))
		return ike_at(MARKER_LEN, &marked);
	if (has_draft_esp(l.c))
		return (struct sorted){ IS_ESP, CARRIED_UDP, NON_IKE_LEN, { .spi_i = 0 } };
	return bare && could_be_ike(&h, l.said) ? ike_at(0, &h) : nothing;
}

static struct sorted sort_anywhere(struct load l)
{
	struct ike_header h;

	if (says_length(l.c, l.said) && header_at(l.c, 0, &h) && sure(&h, l.said))
		return ike_at(0, &h);
	if (is_zero(l.c, MARKER_LEN) && header_at(l.c, MARKER_LEN, &h) &&
	    sure(&h, l.said - MARKER_LEN))
		return ike_at(MARKER_LEN, &h);
	return (struct sorted){ .content = IS_OTHER };
}

static bool is_keepalive(struct load l)
{
	return l.said == 1 && cur_left(&l.c) == 1 && l.c.at[0] == KEEPALIVE;
}

/* Ciphertext ends on a multiple of four (RFC 4303 2.4), as does what stands before and behind it. */
static bool looks_like_esp(struct load l, uint32_t lowest_spi)
{
	struct esp_header h;

	return l.said % 4 == 0 && esp_parse(&l.c, &h) && h.spi >= lowest_spi && h.sequence;
}

/* On ports that say nothing: what passed between these two before says what this can be. */
static struct sorted sort_by_past(const struct dissector *d, const struct packet *p, struct load l)
{
	if (pairs_has(d->natt, p)) {
		if (is_keepalive(l))
			return (struct sorted){ .content = IS_KEEPALIVE };
		if (!is_zero(l.c, MARKER_LEN) && cur_left(&l.c) >= ESP_LEN)
			return (struct sorted){ .content = IS_ESP, .carriage = CARRIED_UDP };
	}
	if ((p->sport == PORT_CISCO || p->dport == PORT_CISCO) && pairs_has(d->ike, p) &&
	    looks_like_esp(l, FIRST_SPI))
		return (struct sorted){ .content = IS_ESP, .carriage = CARRIED_UDP };
	return (struct sorted){ .content = IS_OTHER };
}

/* p has the ports of u already. */
static struct sorted sort(const struct dissector *d, const struct packet *p, const struct udp *u)
{
	struct load l = { u->payload, u->payload_len };
	bool natt = udp_has_port(u, PORT_NATT), ike = udp_has_port(u, PORT_IKE);
	struct sorted sorted;

	if (!natt && !ike) {
		sorted = sort_anywhere(l);
		return sorted.content == IS_OTHER ? sort_by_past(d, p, l) : sorted;
	}
	if (is_keepalive(l))
		return (struct sorted){ .content = IS_KEEPALIVE };
	return natt ? sort_natt(l) : sort_500(l);
}

/* For those who come after on the same way: sort_by_past(). */
static void remember_ike(const struct scope *s, enum carriage carriage)
{
	const struct packet *p = &s->packet;

	pairs_add(s->d->ike, p);
	if (carriage == CARRIED_UDP_MARK && p->sport != PORT_NATT && p->dport != PORT_NATT &&
	    p->sport != PORT_IKE && p->dport != PORT_IKE)
		pairs_add(s->d->natt, p);
}

static bool wants_key(const struct ike_header *h)
{
	if (ike_major(h) == 1)
		return h->flags & IKE1_ENCRYPTED;
	return h->spi_r && h->exchange != 34;
}

static void tell_ike(const struct scope *s, const struct ike_header *h, struct load load,
		     enum carriage carriage)
{
	const struct dissect_options *o = &s->d->o;
	struct message m;
	struct bytes all = cur_rest(&load.c);
	uint32_t want = h->length < load.said ? h->length : load.said;

	m.kind = MSG_IKE;
	m.u.ike.header = *h;
	m.u.ike.bytes = (struct bytes){ all.at, all.len < h->length ? all.len : h->length };
	m.u.ike.short_of = load.said < h->length || (all.len < want && !load.c.cut);
	m.u.ike.cut = all.len < want && load.c.cut;
	m.u.ike.carriage = carriage;
	m.u.ike.key = o->find_key && wants_key(h) ? o->find_key(o->ctx, h) : NULL;
	remember_ike(s, carriage);
	tell(s, &m);
}

static void tell_esp(const struct scope *s, struct load load, enum carriage carriage)
{
	struct message m;
	struct cursor c = load.c, all = load.c;
	struct esp_header h;

	if (!esp_parse(&c, &h)) {
		tell_other(s, OTHER_BROKEN);
		return;
	}
	m.kind = MSG_ESP;
	m.u.esp.spi = h.spi;
	m.u.esp.sequence = h.sequence;
	m.u.esp.carriage = carriage;
	m.u.esp.len = load.said;
	m.u.esp.print = print_of(load);
	m.u.esp.bytes = cur_rest(&all);
	tell(s, &m);
}

/* Ports are the first four octets of UDP and TCP alike. */
static void read_ports(struct packet *p, struct cursor c)
{
	uint16_t sport = cur_u16(&c), dport = cur_u16(&c);

	if ((p->protocol != IP_UDP && p->protocol != IP_TCP) || !cur_ok(&c))
		return;
	p->sport = sport;
	p->dport = dport;
}

static void saw_udp(struct scope *s, struct load load)
{
	struct sorted sorted;
	struct load inner;
	struct message keepalive;
	struct udp u;

	if (!udp_parse(load.c, load.said, &s->packet, &u)) {
		read_ports(&s->packet, load.c);
		tell_other(s, OTHER_BROKEN);
		return;
	}
	s->packet.sport = u.sport;
	s->packet.dport = u.dport;
	s->packet.udp_sum = u.sum;
	sorted = sort(s->d, &s->packet, &u);
	inner = (struct load){ u.payload, u.payload_len - sorted.skip };
	cur_skip(&inner.c, sorted.skip);
	switch (sorted.content) {
	case IS_IKE:
		tell_ike(s, &sorted.header, inner, sorted.carriage);
		break;
	case IS_ESP:
		tell_esp(s, inner, sorted.carriage);
		break;
	case IS_KEEPALIVE:
		keepalive.kind = MSG_KEEPALIVE;
		tell(s, &keepalive);
		break;
	case IS_BAD_IKE:
		tell_other(s, OTHER_BAD_IKE);
		break;
	case IS_OTHER:
		tell_payload(s, OTHER_UDP, 0, inner.c);
		break;
	}
}

/* One record of RFC 9329: 3.1, 3.2; 6.6 for the keepalive. */
static struct sorted sort_record(struct load l)
{
	struct ike_header h;

	if (is_keepalive(l))
		return (struct sorted){ .content = IS_KEEPALIVE };
	if (is_zero(l.c, MARKER_LEN)) {
		if (header_at(l.c, MARKER_LEN, &h) && fits_exactly(&h, l.said - MARKER_LEN))
			return (struct sorted){ IS_IKE, CARRIED_TCP, MARKER_LEN, h };
	} else if (cur_left(&l.c) >= ESP_LEN) {
		return (struct sorted){ .content = IS_ESP, .carriage = CARRIED_TCP };
	}
	return (struct sorted){ .content = l.said && !l.c.cut ? IS_BAD_IKE : IS_OTHER };
}

static enum tcp_content tcp_content(struct cursor c, uint32_t said)
{
	struct sorted sorted = sort_record((struct load){ c, said });

	if (sorted.content == IS_IKE)
		return ike_plausible(&sorted.header, said) ? TCP_IKE : TCP_STRANGE;
	if (sorted.content == IS_ESP)
		return TCP_ESP;
	return sorted.content == IS_KEEPALIVE || !said ? TCP_EMPTY : TCP_STRANGE;
}

/* A record may lie in other memory than the frame, and be told of an older one. */
static void saw_record(void *ctx, const struct tcp_record *r)
{
	struct dissector *d = ctx;
	struct scope s = { .d = d, .seen = r->seen, .packet = *r->packet };
	struct load l = { r->c, r->said };
	struct sorted sorted;
	struct message m;

	if (r->lost) {
		tell_other(&s, OTHER_TCP_LOST);
		return;
	}
	sorted = sort_record(l);
	l.said -= sorted.skip;
	cur_skip(&l.c, sorted.skip);
	switch (sorted.content) {
	case IS_IKE:
		tell_ike(&s, &sorted.header, l, CARRIED_TCP);
		break;
	case IS_ESP:
		tell_esp(&s, l, CARRIED_TCP);
		break;
	case IS_KEEPALIVE:
		m.kind = MSG_KEEPALIVE;
		tell(&s, &m);
		break;
	case IS_BAD_IKE:
		tell_other(&s, OTHER_BAD_IKE);
		break;
	case IS_OTHER:
		tell_other(&s, OTHER_TCP);
		break;
	}
}

/*
 * Cisco's cTCP (domain.md 1): one packet to a segment, a trailer behind it. IKE has
 * a UDP header in front; ESP has nothing but its SPI, so it must follow upon IKE.
 */
static bool saw_cisco(struct scope *s, const struct tcp *t)
{
	enum { KIND_AT = 13, KIND_IKE = 0x11, KIND_ESP = 0x32 };
	struct load l = { t->payload, t->payload_len };
	struct cursor all = t->payload;
	struct bytes trailer;
	struct ike_header h;

	if (!tcp_has_port(t, PORT_CISCO) || l.said <= CISCO_TRAILER || cur_left(&all) != l.said)
		return false;
	l.said -= CISCO_TRAILER;
	l.c = cur_child(&all, l.said);
	trailer = cur_rest(&all);
	if (memcmp(trailer.at, "\0\0\0\0", 4) || trailer.at[6] & 0x0f || trailer.at[7])
		return false;
	if (trailer.at[KIND_AT] == KIND_IKE) {
		if (l.said < UDP_HEADER_LEN || memcmp(l.c.at, "\x01\xf4\x01\xf4", 4))
			return false;
		cur_skip(&l.c, UDP_HEADER_LEN);
		l.said -= UDP_HEADER_LEN;
		if (!header_at(l.c, 0, &h) || !sure(&h, l.said))
			return false;
		pairs_add(s->d->cisco, &s->packet);
		tell_ike(s, &h, l, CARRIED_TCP);
		return true;
	}
	if (trailer.at[KIND_AT] != KIND_ESP || !pairs_has(s->d->cisco, &s->packet) ||
	    !looks_like_esp(l, FIRST_SPI))
		return false;
	tell_esp(s, l, CARRIED_TCP);
	return true;
}

static void saw_tcp(struct scope *s, struct load load)
{
	struct tcp t;
	uint64_t told = s->d->told;

	read_ports(&s->packet, load.c);
	if (!tcp_parse(load.c, load.said, &t)) {
		tell_other(s, load.c.cut ? OTHER_TCP : OTHER_BROKEN);
		return;
	}
	if (saw_cisco(s, &t))
		return;
	tcp_encap_segment(s->d->streams, s->seen, &s->packet, &t);
	if (s->d->told == told)
		tell_payload(s, OTHER_TCP, t.flags, t.payload);
}

/*
 * RFC 4302 2: the header is one message, what it protects another. A header
 * whose integrity value is not all there still has its SPI and sequence number.
 */
static void saw_ah(struct scope *s, struct load load)
{
	struct message m;
	struct cursor c = load.c, spi = load.c, all;
	struct esp_header head;
	struct ah_header h;

	cur_skip(&spi, AH_BEFORE_SPI);
	all = spi;
	if (s->ah_count == MAX_AH || !esp_parse(&spi, &head)) {
		tell_other(s, OTHER_BROKEN);
		return;
	}
	m.kind = MSG_AH;
	m.u.esp.spi = head.spi;
	m.u.esp.sequence = head.sequence;
	m.u.esp.carriage = CARRIED_IP;
	m.u.esp.len = load.said - AH_BEFORE_SPI;
	m.u.esp.print = print_of(load);
	m.u.esp.bytes = cur_rest(&all);
	tell(s, &m);
	if (!ah_parse(&c, &h))
		return;
	load.said -= (uint32_t)(c.at - load.c.at);
	load.c = c;
	s->packet.protocol = h.next;
	s->ah_count += 1;
	saw_payload(s, load);
}

static void quote_udp(const struct dissector *d, struct icmp_error *e, const struct ip *ip)
{
	struct sorted sorted;
	struct cursor c;
	struct esp_header h;
	struct udp u;

	read_ports(&e->quoted, ip->payload);
	if (!udp_parse(ip->payload, ip->payload_len, &e->quoted, &u))
		return;
	sorted = sort(d, &e->quoted, &u);
	c = u.payload;
	cur_skip(&c, sorted.skip);
	if (sorted.content == IS_IKE) {
		e->quotes_ike = true;
		e->ike = sorted.header;
	}
	if (sorted.content == IS_ESP && esp_parse(&c, &h)) {
		e->quotes_esp = true;
		e->spi = h.spi;
		e->sequence = h.sequence;
	}
}

/* RFC 792 quotes eight octets: of AH they end with the SPI. */
static void quote_ah(struct icmp_error *e, struct cursor c)
{
	uint32_t spi;

	cur_skip(&c, AH_BEFORE_SPI);
	spi = cur_u32(&c);
	if (!cur_ok(&c))
		return;
	e->quotes_esp = true;
	e->spi = spi;
	e->sequence = cur_u32(&c);
}

static void quote_payload(const struct dissector *d, struct icmp_error *e, const struct ip *ip)
{
	struct cursor c = ip->payload;
	struct esp_header h;

	if (ip->offset)
		return;
	if (e->quoted.protocol == IP_UDP)
		quote_udp(d, e, ip);
	else if (e->quoted.protocol == IP_TCP)
		read_ports(&e->quoted, c);
	else if (e->quoted.protocol == IP_AH)
		quote_ah(e, c);
	else if (e->quoted.protocol == IP_ESP && esp_parse(&c, &h)) {
		e->quotes_esp = true;
		e->spi = h.spi;
		e->sequence = h.sequence;
	}
}

/* An IPv6 quote of a first fragment may have extension headers behind the fragment header too. */
static void quote(const struct dissector *d, struct icmp_error *e, struct cursor c)
{
	struct cursor rest;
	struct ip ip;

	if (!ip_parse_quoted(c, &e->quoted, &ip))
		return;
	e->quotes = true;
	e->quoted.cut = cur_left(&ip.payload) < ip.payload_len;
	e->quoted_offset = ip.offset;
	e->quoted_more = ip.more;
	if (e->quoted.src.family == 6 && !ip.offset) {
		rest = ip.payload;
		if (!ipv6_extensions(&rest, &e->quoted.protocol))
			return;
		ip.payload_len -= (uint32_t)(rest.at - ip.payload.at);
		ip.payload = rest;
	}
	rest = ip.payload;
	e->quoted_payload = cur_rest(&rest);
	quote_payload(d, e, &ip);
}

static void saw_icmp(const struct scope *s, struct load load)
{
	uint8_t family = s->packet.src.family;
	struct message m;
	struct cursor c = load.c, nd = load.c;
	struct addr target;
	struct icmp i;

	if (!icmp_parse(&c, family, &i)) {
		tell_other(s, OTHER_BROKEN);
		return;
	}
	switch (icmp_kind_of(family, i.type)) {
	case ICMP_ERROR:
		m.kind = MSG_ICMP;
		m.u.icmp = (struct icmp_error){ .type = 0 };
		m.u.icmp.type = i.type;
		m.u.icmp.code = i.code;
		m.u.icmp.mtu = i.mtu;
		quote(s->d, &m.u.icmp, i.quote);
		tell(s, &m);
		break;
	case ICMP_ECHO_REQUEST:
		tell_other(s, OTHER_ECHO_REQUEST);
		break;
	case ICMP_ECHO_REPLY:
		tell_other(s, OTHER_ECHO_REPLY);
		break;
	case ICMP_SOLICIT:
	case ICMP_ADVERTISE:
		if (icmp_nd_target(&nd, &target))
			tell_asked(s, icmp_kind_of(family, i.type) == ICMP_SOLICIT ?
				   OTHER_SOLICIT : OTHER_ADVERTISE, &target, &s->packet.src);
		else
			tell_other(s, OTHER_BROKEN);
		break;
	case ICMP_REST:
		tell_other(s, OTHER_ICMP);
		break;
	}
}

/* RFC 2784 2.1, RFC 2890 2, RFC 2637 4.1: flags, protocol, and the words they announce. */
static bool gre(struct cursor *c, uint16_t *ret_type)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x80,
	       VERSION = 7 };
	uint16_t flags = cur_u16(c), type = cur_u16(c);
	bool pptp = (flags & VERSION) == 1 && type == ETHER_PPP;

	cur_skip(c, (flags & CHECKSUM ? 4u : 0) + (flags & KEY ? 4u : 0) +
		    (flags & SEQUENCE ? 4u : 0) + (pptp && flags & ACK ? 4u : 0));
	if (!cur_ok(c) || flags & ROUTING || (flags & VERSION && !pptp))
		return false;
	*ret_type = type;
	return true;
}

static void saw_gre(struct scope *s, struct load load)
{
	struct cursor c = load.c;
	struct link l;
	uint16_t type;

	if (s->packet.depth == MAX_DEPTH || !gre(&c, &type) ||
	    !link_parse_inner(c, load.said - (size_t)(c.at - load.c.at), type, &l) ||
	    (l.type != ETHER_IPV4 && l.type != ETHER_IPV6)) {
		tell_other(s, OTHER_IP);
		return;
	}
	saw_ip(s, l.payload, l.wire_left);
}

static void saw_fragment(struct scope *s, const struct ip *ip);

/* A second fragment header, as a datagram put together or an atomic fragment may have. */
static void saw_nested(struct scope *s, struct load load)
{
	struct ip ip = { .payload = load.c, .header_len = s->packet.len - load.said };

	if (s->nested == MAX_NESTED || !ipv6_fragment(&s->packet, &ip)) {
		tell_other(s, OTHER_BROKEN);
		return;
	}
	s->nested += 1;
	ip.payload_len = load.said - (uint32_t)(ip.payload.at - load.c.at);
	saw_fragment(s, &ip);
}

static bool version_fits(uint8_t protocol, const struct cursor *c)
{
	return cur_left(c) && c->at[0] >> 4 == (protocol == IP_IPV6 ? 6 : 4);
}

/* Under s->packet.protocol; every way back to here takes octets off, and what may nest is counted. */
static void saw_payload(struct scope *s, struct load load)
{
	struct cursor start = load.c;

	if (s->packet.src.family == 6 && !ipv6_extensions(&load.c, &s->packet.protocol)) {
		tell_other(s, OTHER_BROKEN);
		return;
	}
	load.said -= (uint32_t)(load.c.at - start.at);
	switch (s->packet.protocol) {
	case IP_UDP:
		saw_udp(s, load);
		return;
	case IP_TCP:
		saw_tcp(s, load);
		return;
	case IP_ESP:
		tell_esp(s, load, CARRIED_IP);
		return;
	case IP_AH:
		saw_ah(s, load);
		return;
	case IP_GRE:
		saw_gre(s, load);
		return;
	case IP_FRAGMENT:
		if (s->packet.src.family == 6) {
			saw_nested(s, load);
			return;
		}
		break;
	case IP_IPIP:
	case IP_IPV6:
		if (s->packet.depth < MAX_DEPTH && version_fits(s->packet.protocol, &load.c)) {
			saw_ip(s, load.c, load.said);
			return;
		}
		break;
	case IP_ICMP:
	case IP_ICMPV6:
		if ((s->packet.protocol == IP_ICMPV6) == (s->packet.src.family == 6)) {
			saw_icmp(s, load);
			return;
		}
		break;
	}
	tell_other(s, OTHER_IP);
}

static void tell_train(const struct scope *from, const struct datagram *w)
{
	struct message m;
	struct scope s = { .d = from->d, .seen = w->seen, .packet = w->packet, .train = &w->train };
	struct cursor head = cur_over(w->train.head.at, w->train.head.len, true);

	if (s.packet.src.family == 6 && w->train.has_first)
		(void)ipv6_extensions(&head, &s.packet.protocol);
	if (w->train.has_first)
		read_ports(&s.packet, head);
	m.kind = MSG_TRAIN;
	tell(&s, &m);
}

static void saw_whole(const struct scope *from, const struct datagram *w)
{
	struct scope s = { from->d, w->seen, w->packet, &w->train, from->ah_count, from->nested };
	struct bytes head = w->train.head;

	tell_train(from, w);
	saw_payload(&s, (struct load){ cur_over(head.at, head.len, w->packet.cut), w->train.total });
}

static void saw_fragment(struct scope *s, const struct ip *ip)
{
	struct message m;
	struct scope own = *s;
	struct datagram w;

	if (!ip->offset)
		read_ports(&own.packet, ip->payload);
	m.kind = MSG_FRAGMENT;
	m.u.fragment.offset = ip->offset;
	m.u.fragment.len = ip->payload_len;
	m.u.fragment.more = ip->more;
	m.u.fragment.bytes = (struct bytes){ ip->payload.at, cur_left(&ip->payload) };
	tell(&own, &m);
	if (!ip->offset && !ip->more) { /* RFC 6946: on its own, whatever else has its id */
		saw_payload(s, (struct load){ ip->payload, ip->payload_len });
		return;
	}
	if (reassembly_add(s->d->sets, s->seen, &s->packet, ip, &w)) {
		saw_whole(s, &w);
		datagram_clear(&w);
	}
	while (reassembly_over(s->d->sets, &w)) {
		tell_train(s, &w);
		datagram_clear(&w);
	}
}

/* A packet of the frame, or one inside a tunnel when the scope has a packet already. */
static void saw_ip(struct scope *s, struct cursor c, size_t wire_left)
{
	bool tunnel = s->packet.src.family;
	struct ip ip;

	if (!ip_parse(c, wire_left, &s->packet, &ip)) {
		tell_other(s, tunnel ? OTHER_IP : OTHER_BROKEN);
		return;
	}
	s->packet.depth = (uint8_t)(s->packet.depth + tunnel);
	if (ip.fragment)
		saw_fragment(s, &ip);
	else
		saw_payload(s, (struct load){ ip.payload, ip.payload_len });
}

static void saw_arp(const struct scope *s, struct cursor c)
{
	struct arp a;

	if (!arp_parse(&c, &a))
		tell_other(s, OTHER_NOT_IP);
	else if (a.request)
		tell_asked(s, OTHER_ARP_REQUEST, &a.target, &a.sender);
	else
		tell_asked(s, OTHER_ARP_REPLY, &a.sender, &a.target);
}

static void saw_link(struct scope *s, const struct link *l)
{
	s->packet.way = l->way;
	s->packet.has_mac = l->has_mac;
	memcpy(s->packet.mac_src, l->mac_src, sizeof l->mac_src);
	memcpy(s->packet.mac_dst, l->mac_dst, sizeof l->mac_dst);
	switch (l->type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		saw_ip(s, l->payload, l->wire_left);
		break;
	case ETHER_ARP:
		saw_arp(s, l->payload);
		break;
	default:
		tell_other(s, OTHER_NOT_IP);
	}
}

void dissector_frame(struct dissector *d, const struct frame *f)
{
	struct scope s = { .d = d, .seen = { d->o.capture, f->number, f->time_ns } };
	struct datagram w;
	struct link l;

	while (reassembly_old(d->sets, f->time_ns, &w)) {
		tell_train(&s, &w);
		datagram_clear(&w);
	}
	s.packet.interface = f->interface;
	s.packet.link = f->link;
	s.packet.frame_len = f->wire_len;
	if (link_parse(f, &l))
		saw_link(&s, &l);
	else
		tell_other(&s, OTHER_BROKEN);
}

void dissector_end(struct dissector *d)
{
	struct scope s = { .d = d };
	struct datagram w;

	while (reassembly_rest(d->sets, &w)) {
		tell_train(&s, &w);
		datagram_clear(&w);
	}
	tcp_encap_end(d->streams);
}
