/*
 * support/scene.h - captures out of stories: hosts that talk, and what the way between them does.
 *
 *	struct pair p = pair_of(s, "198.51.100.10", "203.0.113.10");
 *	struct sa sa = sa_of(&p, A, &aes);
 *	p.road[A].later = true;          later fragments from A are lost
 *	sa_init(&sa);
 *	sa_auth(&sa, CERTIFICATES, SUCCESS);
 *
 * A story says what the ends do; the way decides what arrives; the scene records
 * what its vantage sees. Senders resend as strongSwan does, answers go out only
 * to requests that arrived, so the wire follows from the story, not from us.
 * The same story is told at end A, at end B and between them.
 */
#ifndef TESTS_SUPPORT_SCENE_H
#define TESTS_SUPPORT_SCENE_H

#include <stdio.h>

#include "tests/support/ike_build.h"

enum side { A, B };
enum vantage { AT_A, AT_B, BETWEEN };

enum { SCENE_HOPS = 3, SCENE_LAST = 1600, PIECES_MAX = 8 };

struct scene {
	enum vantage at;
	double now;              /* seconds since 2026 began */
	uint8_t *file;           /* a pcap file */
	size_t len, room;
	uint32_t snaplen;        /* 0: whole packets */
	double from, until;      /* records only what lies between; until 0: to the end */
	bool twice;              /* each packet is recorded twice, as a mirror port does */
	bool only_from_a;        /* one direction of the mirror is missing */
	bool no_icmp, no_later;  /* what the capture filter hides: ICMP, later fragments */
	bool only_500;           /* the capture filter is "udp port 500" */
	double set_back_at, set_back; /* the recorder's clock is set back at that moment, by so much */
	int tries;               /* sends of one request; 0: six, as strongSwan does */
	const double *gaps;      /* seconds after each send; NULL: strongSwan's */
	uint16_t ip_id;
	uint64_t seed;
	struct built packet;
};

struct host {
	const char *addr;
	const char *outside;      /* the address that a NAT in front of it shows, or NULL */
	uint16_t outside_500, outside_4500; /* the ports it shows */
	uint16_t port;            /* where its IKE starts: 500 */
	uint8_t ttl;
	bool fakes_nat;           /* spoils its own source hash to get UDP encapsulation */
	bool bare;                /* no NAT detection, no vendor id: a prober, or very old */
};

/* What happens to the packets of one sender; all zero: they arrive. */
struct road {
	bool all, udp500, udp4500, ike, esp;
	bool fragments, first, later; /* all pieces of fragmented datagrams, or only those */
	uint32_t above;               /* IP packets longer than this */
	uint32_t every;               /* each n-th packet */
	bool early;                   /* lost before the middle sees them; else behind it */
};

/* Whoever takes packets from host to host in the scene's place: support/route.h. */
struct carrier {
	void (*take)(struct carrier *c, enum side from, const void *ip, size_t len, double at);
	/* All `total` octets behind IP headers arrived since the last call; the last of them at *ret_at. */
	bool (*whole)(struct carrier *c, size_t total, double *ret_at);
};

struct pair {
	struct scene *s;
	struct carrier *carrier;  /* NULL: the roads below decide, the scene records */
	struct host host[2];
	struct road road[2];        /* of what that side sends */
	bool deaf[2];             /* that side hears and does not answer */
	bool hush[2];             /* no retransmission schedule: gives up after the first send */
	double trip;              /* seconds one way */
	uint32_t mtu[2];
	bool df;                  /* IKE is sent with don't-fragment */
	uint32_t sent[2];
	uint8_t last[2][SCENE_LAST]; /* the last IP packet of each side, for those who quote it */
	size_t last_len[2];
};

/* --- recording ------------------------------------------------------------- */

static inline void scene_bytes(struct scene *s, const void *bytes, size_t len)
{
	if (s->len + len > s->room) {
		s->room = 2 * (s->len + len) + 4096;
		s->file = realloc(s->file, s->room);
		assert(s->file);
	}
	memcpy(s->file + s->len, bytes, len);
	s->len += len;
}

static inline void scene_init(struct scene *s, enum vantage at)
{
	static const uint32_t header[6] = { 0xa1b23c4d, 0x00040002, 0, 0, 262144, 1 };

	memset(s, 0, offsetof(struct scene, packet));
	s->at = at;
	s->ip_id = 1000;
	s->seed = 7;
	scene_bytes(s, header, sizeof header);
}

static inline void scene_clear(struct scene *s)
{
	free(s->file);
	s->file = NULL;
	s->len = s->room = 0;
}

static inline bool scene_save(const struct scene *s, const char *path)
{
	FILE *f = fopen(path, "wb");
	bool good = f && fwrite(s->file, 1, s->len, f) == s->len;

	return f ? !fclose(f) && good : false;
}

static inline void pass(struct scene *s, double seconds)
{
	s->now += seconds;
}

static inline bool filter_hides(const struct scene *s, uint16_t type)
{
	const uint8_t *ip = build_at((struct built *)&s->packet);

	return s->only_500 && (type != 0x0800 || ip[9] != 17 ||
			       ((ip[20] << 8 | ip[21]) != 500 && (ip[22] << 8 | ip[23]) != 500));
}

/* What stands in s->packet, an IP packet or (type) something else, passed the recorder at that moment. */
static inline void scene_record(struct scene *s, double at, uint16_t type)
{
	uint32_t start = 1767225600, record[4];
	double clock = s->set_back > 0 && at >= s->set_back_at ? at - s->set_back : at;
	double whole = (double)(int64_t)clock - (clock < (double)(int64_t)clock);
	size_t cut;

	if (filter_hides(s, type))
		return;
	build_ether(&s->packet, type);
	if (at < s->from || (s->until > 0 && at > s->until))
		return;
	cut = s->snaplen && s->packet.len > s->snaplen ? s->snaplen : s->packet.len;
	for (int i = 0; i <= s->twice; i++) {
		record[0] = (uint32_t)((double)start + whole);
		record[1] = (uint32_t)((clock - whole) * 1e9) + (uint32_t)i * 20000;
		record[1] = record[1] > 999999999 ? 999999999 : record[1];
		record[2] = (uint32_t)cut;
		record[3] = (uint32_t)s->packet.len;
		scene_bytes(s, record, sizeof record);
		scene_bytes(s, build_at(&s->packet), cut);
	}
}

/* --- addresses as the vantage sees them ------------------------------------- */

static inline struct pair pair_of(struct scene *s, const char *a, const char *b)
{
	struct pair p = { .s = s, .trip = 0.012, .mtu = { 1500, 1500 } };

	p.host[A] = (struct host){ .addr = a, .port = 500, .ttl = 64 };
	p.host[B] = (struct host){ .addr = b, .port = 500, .ttl = 64 };
	return p;
}

static inline enum side other_side(enum side side)
{
	return side == A ? B : A;
}

static inline bool inside_view(enum vantage view, enum side side)
{
	return (view == AT_A && side == A) || (view == AT_B && side == B);
}

static inline const char *addr_in(const struct pair *p, enum vantage view, enum side side)
{
	const struct host *h = &p->host[side];

	return h->outside && !inside_view(view, side) ? h->outside : h->addr;
}

static inline uint16_t port_in(const struct pair *p, enum vantage view, enum side side, uint16_t port)
{
	const struct host *h = &p->host[side];

	if (!h->outside || inside_view(view, side))
		return port;
	return port == 4500 ? h->outside_4500 : port == h->port ? h->outside_500 : port;
}

static inline bool behind_nat(const struct pair *p)
{
	return p->host[A].outside || p->host[B].outside || p->host[A].fakes_nat || p->host[B].fakes_nat;
}

/* --- packets --------------------------------------------------------------- */

struct packing {
	uint8_t protocol;
	uint16_t sport, dport; /* 0: no UDP */
	bool df, ike;
};

static inline void put_ip(struct pair *p, enum vantage view, enum side from, const struct packing *how,
			  uint32_t offset, bool more, bool whole)
{
	struct built *b = &p->s->packet;
	const char *src = addr_in(p, view, from), *dst = addr_in(p, view, other_side(from));
	unsigned hops = view == BETWEEN ? SCENE_HOPS : inside_view(view, from) ? 0 : 2 * SCENE_HOPS;
	uint8_t ttl = (uint8_t)(p->host[from].ttl - hops);

	if (strchr(src, ':')) {
		if (!whole)
			build_fragment(b, how->protocol, offset, more, p->s->ip_id);
		build_ipv6(b, src, dst, whole ? how->protocol : 44);
		build_at(b)[7] = ttl;
		return;
	}
	build_ipv4_with(b, &(struct build_ipv4){ .src = src, .dst = dst, .protocol = how->protocol, .ttl = ttl,
						 .id = p->s->ip_id, .offset = offset, .df = how->df, .more = more });
}

static inline uint16_t ether_type(const struct pair *p)
{
	return strchr(p->host[A].addr, ':') ? 0x86dd : 0x0800;
}

static inline bool road_takes(struct pair *p, enum side from, const struct packing *how, size_t ip_len,
			     bool first, bool later)
{
	const struct road *w = &p->road[from];
	bool u4500 = how->sport == 4500 || how->dport == 4500, esp = !how->ike;

	if (w->all || (w->udp500 && how->sport && !u4500) || (w->udp4500 && u4500) || (w->esp && esp) ||
	    (w->ike && how->ike) || (w->above && ip_len > w->above))
		return false;
	if ((first || later) && (w->fragments || (w->first && first) || (w->later && later)))
		return false;
	return !w->every || p->sent[from] % w->every;
}

static inline bool seen_there(const struct scene *s, enum side from, const struct road *w, bool taken)
{
	if (s->only_from_a && from == B)
		return false;
	if (inside_view(s->at, from))
		return true;
	return s->at == BETWEEN ? taken || !w->early : taken;
}

/* The scene; what a carrier takes is written as it leaves its sender. */
static inline struct scene *watched_by(const struct pair *p, enum side from)
{
	if (p->carrier)
		p->s->at = from == A ? AT_A : AT_B;
	return p->s;
}

/*
 * `bytes` behind UDP or straight in IP leave `from`, cut to its MTU. True when
 * all of it arrived; only then time passes.
 */
static inline bool packet_send(struct pair *p, enum side from, const struct packing *how, const void *bytes,
			       size_t len)
{
	struct scene *s = watched_by(p, from);
	struct built *b = &s->packet;
	bool v6 = strchr(p->host[A].addr, ':');
	uint16_t sport = port_in(p, s->at, from, how->sport);
	uint16_t dport = port_in(p, s->at, other_side(from), how->dport);
	size_t head = v6 ? 40 : 20, total = len + (how->sport ? 8 : 0), step, at = 0;
	uint8_t *whole = malloc(total + 1);
	double delay = inside_view(s->at, from) ? 0 : s->at == BETWEEN ? p->trip / 2 : p->trip;
	bool fragmented, arrived = true;

	assert(whole);
	build_start(b, bytes, len);
	if (how->sport)
		build_udp_summed(b, sport, dport, addr_in(p, s->at, from), addr_in(p, s->at, other_side(from)));
	memcpy(whole, build_at(b), total);
	fragmented = head + total > p->mtu[from] && !how->df;
	step = fragmented ? (p->mtu[from] - head - (v6 ? 8 : 0)) / 8 * 8 : total;
	s->ip_id++;
	do {
		size_t n = total - at < step ? total - at : step;
		bool first = fragmented && !at, later = fragmented && at, taken;

		p->sent[from] += 1;
		build_start(b, whole + at, n);
		put_ip(p, s->at, from, how, (uint32_t)at, at + n < total, !fragmented);
		if (!at) {
			p->last_len[from] = b->len < SCENE_LAST ? b->len : SCENE_LAST;
			memcpy(p->last[from], build_at(b), p->last_len[from]);
		}
		taken = p->carrier || road_takes(p, from, how, b->len, first, later);
		arrived &= taken;
		if (p->carrier)
			p->carrier->take(p->carrier, from, build_at(b), b->len, s->now + (double)at * 1e-8);
		else if (seen_there(s, from, &p->road[from], taken) && !(later && s->no_later))
			scene_record(s, s->now + delay + (double)at * 1e-8, ether_type(p));
		at += n;
	} while (at < total);
	free(whole);
	if (p->carrier)
		return p->carrier->whole(p->carrier, total, &s->now);
	if (arrived)
		s->now += p->trip;
	return arrived;
}

/* An ICMP error about the last packet of `about` comes back to it from `router`, if that lies on our side. */
static inline void router_says(struct pair *p, enum side about, const char *router, uint8_t type, uint8_t code,
			       uint32_t word)
{
	struct scene *s = p->s;
	struct built *b = &s->packet;
	bool v6 = strchr(router, ':');
	size_t quote = v6 ? 1200 : 28;

	if (s->no_icmp || (s->at != BETWEEN && !inside_view(s->at, about)) || !p->last_len[about] ||
	    (s->only_from_a && about == A))
		return;
	build_start(b, p->last[about], p->last_len[about] < quote ? p->last_len[about] : quote);
	build_icmp(b, type, code, word);
	if (v6) {
		build_pseudo_sum(b, 2, router, addr_in(p, s->at, about), 58);
		build_ipv6(b, router, addr_in(p, s->at, about), 58);
		build_at(b)[7] = 61;
	} else {
		s->ip_id++;
		build_ipv4_with(b, &(struct build_ipv4){ .src = router, .dst = addr_in(p, s->at, about),
							 .protocol = 1, .ttl = 61, .id = s->ip_id });
	}
	scene_record(s, s->now + 0.003, v6 ? 0x86dd : 0x0800);
}

/* The host of `from` itself complains about the last packet of the other side. */
static inline void host_says(struct pair *p, enum side from, uint8_t type, uint8_t code, uint32_t word)
{
	struct scene *s = p->s;
	struct built *b = &s->packet;
	enum side about = other_side(from);
	bool v6 = strchr(p->host[A].addr, ':');
	struct packing how = { .protocol = v6 ? 58 : 1 };

	if (s->no_icmp || !p->last_len[about] || !seen_there(s, from, &p->road[from], true))
		return;
	build_start(b, p->last[about], p->last_len[about] < 28 ? p->last_len[about] : v6 ? 88 : 28);
	build_icmp(b, type, code, word);
	if (v6)
		build_pseudo_sum(b, 2, addr_in(p, s->at, from), addr_in(p, s->at, about), 58);
	s->ip_id++;
	put_ip(p, s->at, from, &how, 0, false, true);
	scene_record(s, s->now + (inside_view(s->at, from) ? 0 : p->trip), ether_type(p));
	s->now += p->trip;
}

/* The vantage's host pings `target`, and is answered or not. */
static inline void ping(struct scene *s, const char *from, const char *target, uint16_t number, bool answered)
{
	static const uint8_t filler[48] = "what a ping carries";

	for (int reply = 0; reply <= answered; reply++) {
		build_start(&s->packet, filler, sizeof filler);
		build_icmp(&s->packet, reply ? 0 : 8, 0, 0x77770000u | number);
		s->ip_id++;
		build_ipv4_with(&s->packet, &(struct build_ipv4){ .src = reply ? target : from, .dst = reply ? from : target,
								  .protocol = 1, .ttl = reply ? 58 : 64, .id = s->ip_id });
		scene_record(s, s->now, 0x0800);
		s->now += 0.02;
	}
}

/* Something no port filter keeps: the vantage's segment asks for its gateway, and is told. */
static inline void arp_asks(struct scene *s, const char *asker, const char *target, bool answered)
{
	for (int reply = 0; reply <= answered; reply++) {
		uint8_t arp[28] = { 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1 };

		arp[7] = (uint8_t)(1 + reply);
		assert(inet_pton(AF_INET, reply ? target : asker, arp + 14) == 1);
		assert(inet_pton(AF_INET, reply ? asker : target, arp + 24) == 1);
		build_start(&s->packet, arp, sizeof arp);
		scene_record(s, s->now, 0x0806);
		s->now += 0.0005;
	}
}

static inline void arp(struct scene *s)
{
	arp_asks(s, "192.0.2.77", "192.0.2.1", true);
}

/* One TCP segment of strangers: no port filter for IPsec keeps it. */
static inline void tcp_segment(struct scene *s, const char *src, const char *dst, uint16_t dport, uint8_t flags,
			       uint8_t ttl)
{
	build_start(&s->packet, "", 0);
	build_tcp(&s->packet, 49152, dport, flags, 0);
	s->ip_id++;
	build_ipv4_with(&s->packet, &(struct build_ipv4){ .src = src, .dst = dst, .protocol = 6, .ttl = ttl,
							  .id = s->ip_id });
	scene_record(s, s->now, 0x0800);
	s->now += 0.001;
}

/* --- one IKE SA ------------------------------------------------------------ */

struct ike_out { /* one message, in as many pieces as its sender made of it */
	size_t pieces;
	struct draft piece[PIECES_MAX];
	uint32_t lost; /* bit n: piece n never leaves the way */
};

struct sa {
	struct pair *p;
	enum side initiator;
	const struct ike_suite *offer; /* offered; the first is the one taken */
	size_t offers;
	struct ike_suite suite;
	uint64_t spi_i, spi_r;
	bool floated;               /* moved to port 4500 */
	bool fragmentation;         /* both offer RFC 7383 */
	bool certreq;               /* the responder asks for certificates */
	bool psk_only;
	uint32_t ike_mtu;           /* pieces of SKF stay below this */
	uint32_t next_id[2];        /* by original initiator (0) and responder (1) */
	uint32_t spi[2], seq[2];    /* ESP of each sender */
	const char *vendor;
};

static inline uint64_t scene_spi(struct scene *s)
{
	uint64_t high = build_random(&s->seed);

	return (high << 32 | build_random(&s->seed)) | 1;
}

static inline void new_child(struct sa *sa)
{
	for (int side = A; side <= B; side++) {
		sa->spi[side] = (uint32_t)build_random(&sa->p->s->seed) | 0xc0000000;
		sa->seq[side] = 0;
	}
}

static inline struct sa sa_of(struct pair *p, enum side initiator, const struct ike_suite *offer)
{
	struct sa sa = { .p = p, .initiator = initiator, .offer = offer, .offers = 1, .suite = *offer,
			 .ike_mtu = 1280 };

	sa.spi_i = scene_spi(p->s);
	sa.fragmentation = true;
	new_child(&sa);
	return sa;
}

/* All pieces of one message leave; true when the other side has it whole. */
static inline bool ike_send(struct sa *sa, enum side from, const struct ike_out *m)
{
	struct pair *p = sa->p;
	struct packing how = { .protocol = 17, .df = p->df, .ike = true };
	uint8_t marked[DRAFT_ROOM + 4] = { 0 };
	size_t skip = sa->floated ? 0 : 4;
	bool whole = true;

	how.sport = sa->floated ? 4500 : p->host[from].port;
	how.dport = sa->floated ? 4500 : p->host[other_side(from)].port;
	for (size_t i = 0; i < m->pieces; i++) {
		bool all = p->road[from].all;

		memcpy(marked + 4, m->piece[i].at, m->piece[i].len);
		p->road[from].all = all || m->lost >> i & 1;
		whole &= packet_send(p, from, &how, marked + skip, m->piece[i].len + 4 - skip);
		p->road[from].all = all;
	}
	return whole;
}

/*
 * Asks until it is answered, 4, 7.2, 13, 23.3 and 42 s apart; a request that
 * arrives is answered each time, unless there is no answer or that side is deaf.
 * After the last one the asker waits for 75 s, then gives up.
 */
static inline bool exchange(struct sa *sa, enum side from, const struct ike_out *request,
			    const struct ike_out *answer)
{
	static const double strongswan[] = { 4, 7.2, 13, 23.3, 42, 75.6 };
	struct pair *p = sa->p;
	const double *gaps = p->s->gaps ? p->s->gaps : strongswan;
	int tries = p->hush[from] ? 1 : p->s->tries ? p->s->tries : 6;

	for (int i = 0; i < tries; i++) {
		double sent = p->s->now;
		bool there = ike_send(sa, from, request);

		if (there && answer && !p->deaf[other_side(from)]) {
			pass(p->s, 0.004);
			if (ike_send(sa, other_side(from), answer)) {
				pass(p->s, 0.003);
				return true;
			}
		}
		p->s->now = sent + gaps[i];
	}
	return false;
}

/* --- IKEv2 ----------------------------------------------------------------- */

static inline void header2(const struct sa *sa, struct draft *d, uint8_t type, enum side from, bool response,
			   uint32_t id)
{
	draft_start(d, 0x20, sa->spi_i, sa->spi_r, type,
		    (uint8_t)((from == sa->initiator ? IKE2_INITIATOR : 0) | (response ? IKE2_RESPONSE : 0)), id);
}

static inline void nat_detection(const struct sa *sa, struct draft *d, enum side from)
{
	const struct pair *p = sa->p;
	const struct host *me = &p->host[from], *you = &p->host[other_side(from)];
	enum vantage mine = from == A ? AT_A : AT_B;

	if (me->bare)
		return;
	draft_nat2(d, 16388, me->fakes_nat ? "192.0.0.192" : me->addr, me->port);
	draft_nat2(d, 16389, addr_in(p, mine, other_side(from)), port_in(p, mine, other_side(from), you->port));
}

static inline void init_request(const struct sa *sa, struct ike_out *m, uint16_t group, bool cookie)
{
	struct draft *d = m->piece;

	m->pieces = 1;
	m->lost = 0;
	header2(sa, d, 34, sa->initiator, false, 0);
	if (cookie)
		draft_notify2(d, 16390, "cookie of 20 octets.", 20);
	draft_sa2(d, sa->offer, sa->offers);
	draft_ke2(d, group, false);
	draft_nonce2(d, 32);
	nat_detection(sa, d, sa->initiator);
	if (sa->fragmentation && !sa->p->host[sa->initiator].bare)
		draft_notify2(d, 16430, NULL, 0);
	if (sa->vendor)
		draft_vendor(d, IKE2_P_V, sa->vendor);
}

static inline void init_answer(const struct sa *sa, struct ike_out *m)
{
	enum side me = other_side(sa->initiator);
	struct draft *d = m->piece;

	m->pieces = 1;
	m->lost = 0;
	header2(sa, d, 34, me, true, 0);
	draft_sa2(d, &sa->suite, 1);
	draft_ke2(d, sa->suite.group, true);
	draft_nonce2(d, 32);
	nat_detection(sa, d, me);
	if (sa->fragmentation)
		draft_notify2(d, 16430, NULL, 0);
	if (sa->certreq) {
		draft_payload(d, IKE2_P_CERTREQ);
		draft_bytes(d, "\4", 1);
		draft_noise(d, 20);
	}
}

/* A notify in clear text, in answer to the first message. */
static inline void init_refusal(const struct sa *sa, struct ike_out *m, uint16_t type, const void *data,
				size_t len)
{
	m->pieces = 1;
	m->lost = 0;
	header2(sa, m->piece, 34, other_side(sa->initiator), true, 0);
	draft_notify2(m->piece, type, data, len);
}

/* `plain` octets behind SK, or behind SKF in pieces when they do not fit and both can. */
static inline void sealed(const struct sa *sa, struct ike_out *m, uint8_t type, enum side from, bool response,
			  uint32_t id, uint8_t first, size_t plain)
{
	size_t per_piece = sa->ike_mtu - 28 - 100;

	m->lost = 0;
	m->pieces = sa->fragmentation && plain > per_piece ? (plain + per_piece - 1) / per_piece : 1;
	assert(m->pieces <= PIECES_MAX);
	for (size_t i = 0; i < m->pieces; i++) {
		size_t n = plain - i * per_piece;

		header2(sa, &m->piece[i], type, from, response, id);
		if (m->pieces == 1)
			draft_sk(&m->piece[i], &sa->suite, first, plain);
		else
			draft_skf(&m->piece[i], &sa->suite, first, n > per_piece ? per_piece : n,
				  (uint32_t)i + 1, (uint32_t)m->pieces);
	}
}

/* What stands inside an IKE_AUTH: with a shared key, or with certificates. */
enum inside { KEY_ONLY = 350, CERTIFICATES = 2400 };
/* What the responder says to it. */
enum outcome { SUCCESS, BARE_NOTIFY, NO_CHILD, NO_CHILD_ADDRESS, BIG_SUCCESS };

static inline void auth_answer(const struct sa *sa, struct ike_out *m, enum outcome what, uint32_t id)
{
	struct ike_sizes sizes;
	size_t proof;

	assert(ike_sizes_of(&sa->suite, &sizes));
	proof = 21 + 8u + sizes.prf; /* a name of 13 octets, and AUTH */
	sealed(sa, m, 35, other_side(sa->initiator), true, id, what == BARE_NOTIFY ? 41 : 36,
	       what == BARE_NOTIFY	  ? 8
	       : what == NO_CHILD	  ? proof + 8
	       : what == NO_CHILD_ADDRESS ? proof + 16
	       : what == BIG_SUCCESS	  ? 2300
					  : proof + 36 + 48);
}

static inline bool sa_init(struct sa *sa)
{
	static struct ike_out request, answer;
	uint64_t spi_r = scene_spi(sa->p->s);
	bool agreed;

	init_request(sa, &request, sa->offer->group, false);
	sa->spi_r = spi_r;
	init_answer(sa, &answer);
	agreed = exchange(sa, sa->initiator, &request, &answer);
	sa->floated = agreed && behind_nat(sa->p);
	sa->next_id[0] = 1;
	if (!agreed)
		sa->spi_r = 0;
	return agreed;
}

static inline bool sa_refused(struct sa *sa, uint16_t type, const void *data, size_t len)
{
	static struct ike_out request, answer;

	init_request(sa, &request, sa->offer->group, false);
	init_refusal(sa, &answer, type, data, len);
	return exchange(sa, sa->initiator, &request, &answer);
}

static inline bool sa_auth(struct sa *sa, size_t inside, enum outcome what)
{
	static struct ike_out request, answer;
	uint32_t id = sa->next_id[0]++;

	sealed(sa, &request, 35, sa->initiator, false, id, 35, inside);
	auth_answer(sa, &answer, what, id);
	return exchange(sa, sa->initiator, &request, &answer);
}

static inline bool sa_up(struct sa *sa)
{
	return sa_init(sa) && sa_auth(sa, KEY_ONLY, SUCCESS);
}

/* Any later exchange, from either side. */
static inline bool sealed_exchange(struct sa *sa, enum side from, uint8_t type, uint8_t first, size_t plain,
				   uint8_t answer_first, size_t answer_plain)
{
	static struct ike_out request, answer;
	uint32_t id = sa->next_id[from != sa->initiator]++;

	sealed(sa, &request, type, from, false, id, first, plain);
	sealed(sa, &answer, type, other_side(from), true, id, answer_first, answer_plain);
	return exchange(sa, from, &request, &answer);
}

static inline bool alive(struct sa *sa, enum side from) /* RFC 7296 2.4 */
{
	return sealed_exchange(sa, from, 37, 0, 0, 0, 0);
}

static inline bool deletes(struct sa *sa, enum side from)
{
	return sealed_exchange(sa, from, 37, 42, 8, 0, 0);
}

static inline bool rekeys_child(struct sa *sa, enum side from)
{
	bool done = sealed_exchange(sa, from, 36, 41, 12 + 40 + 36 + 48, 33, 36 + 36 + 48);

	if (done)
		new_child(sa);
	return done;
}

/* --- ESP ------------------------------------------------------------------- */

/* `ip_len` is the outer length that native ESP would have. */
static inline bool esp(struct sa *sa, enum side from, size_t ip_len)
{
	struct packing how = { .protocol = sa->floated ? 17 : 50, .df = true };
	uint8_t bytes[2048];
	size_t len = ip_len - 20;

	assert(len >= 8 && len <= sizeof bytes);
	memset(bytes, 0xe5, len);
	put32(bytes, sa->spi[from]);
	put32(bytes + 4, ++sa->seq[from]);
	if (sa->floated)
		how.sport = how.dport = 4500;
	return packet_send(sa->p, from, &how, bytes, len);
}

/* n packets each way, small ones, `gap` seconds apart. */
static inline void data(struct sa *sa, int n, double gap)
{
	for (int i = 0; i < n; i++) {
		esp(sa, A, 136);
		esp(sa, B, 136);
		pass(sa->p->s, gap);
	}
}

static inline void data_from(struct sa *sa, enum side from, int n, double gap, size_t ip_len)
{
	for (int i = 0; i < n; i++) {
		esp(sa, from, ip_len);
		pass(sa->p->s, gap);
	}
}

static inline void keepalive(struct sa *sa, enum side from)
{
	struct packing how = { .protocol = 17, .sport = 4500, .dport = 4500, .ike = true };

	packet_send(sa->p, from, &how, "\xff", 1);
}

/* --- IKEv1 ----------------------------------------------------------------- */

enum { MAIN = 2, AGGRESSIVE = 4, INFORMATION = 5, TRANSACT = 6, QUICK = 32 };

static inline void header1(const struct sa *sa, struct draft *d, uint8_t type, bool encrypted, uint32_t id)
{
	draft_start(d, 0x10, sa->spi_i, sa->spi_r, type, encrypted ? IKE1_ENCRYPTED : 0, id);
}

static inline void sealed1(const struct sa *sa, struct ike_out *m, uint8_t type, uint32_t id, uint8_t first,
			   size_t plain)
{
	m->pieces = 1;
	m->lost = 0;
	header1(sa, m->piece, type, true, id);
	draft_sealed1(m->piece, &sa->suite, first, plain);
}

static inline void vendors1(const struct sa *sa, struct draft *d, enum side from)
{
	if (sa->p->host[from].bare)
		return;
	draft_payload(d, IKE1_P_VID); /* RFC 3947 */
	draft_bytes(d, "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f", 16);
	draft_payload(d, IKE1_P_VID); /* dead peer detection */
	draft_bytes(d, "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00", 16);
	if (sa->fragmentation) {
		draft_payload(d, IKE1_P_VID); /* Cisco's FRAGMENTATION */
		draft_bytes(d, "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3\x80\x00\x00\x00", 20);
	}
}

static inline enum digest hash1(const struct sa *sa)
{
	return sa->suite.prf == 1 ? DIGEST_MD5 : sa->suite.prf == 5 ? DIGEST_SHA256 : DIGEST_SHA1;
}

static inline void nat_detection1(const struct sa *sa, struct draft *d, enum side from)
{
	const struct pair *p = sa->p;
	enum side to = other_side(from);
	enum vantage mine = from == A ? AT_A : AT_B;

	if (p->host[from].bare || p->host[to].bare)
		return;
	draft_nat1(d, hash1(sa), addr_in(p, mine, to), port_in(p, mine, to, p->host[to].port));
	draft_nat1(d, hash1(sa), p->host[from].fakes_nat ? "192.0.0.192" : p->host[from].addr, p->host[from].port);
}

static inline void main_sa(const struct sa *sa, struct ike_out *m, bool answer)
{
	m->pieces = 1;
	m->lost = 0;
	header1(sa, m->piece, MAIN, false, 0);
	draft_sa1(m->piece, answer ? &sa->suite : sa->offer, answer ? 1 : sa->offers);
	vendors1(sa, m->piece, answer ? other_side(sa->initiator) : sa->initiator);
}

static inline void main_ke(const struct sa *sa, struct ike_out *m, bool answer)
{
	m->pieces = 1;
	m->lost = 0;
	header1(sa, m->piece, MAIN, false, 0);
	draft_payload1(m->piece, IKE1_P_KE, ike_ke_len(sa->suite.group, answer));
	draft_payload1(m->piece, IKE1_P_NONCE, 32);
	nat_detection1(sa, m->piece, answer ? other_side(sa->initiator) : sa->initiator);
}

/* Messages 1 and 2. */
static inline bool main_agrees(struct sa *sa)
{
	static struct ike_out m1, m2;
	uint64_t spi_r = scene_spi(sa->p->s);

	sa->spi_r = 0;
	main_sa(sa, &m1, false);
	sa->spi_r = spi_r;
	main_sa(sa, &m2, true);
	if (exchange(sa, sa->initiator, &m1, &m2))
		return true;
	sa->spi_r = 0;
	return false;
}

/* Messages 3 and 4. */
static inline bool main_keys(struct sa *sa)
{
	static struct ike_out m3, m4;

	main_ke(sa, &m3, false);
	main_ke(sa, &m4, true);
	if (!exchange(sa, sa->initiator, &m3, &m4))
		return false;
	sa->floated = behind_nat(sa->p);
	return true;
}

/* Messages 5 and 6. */
static inline bool main_proves(struct sa *sa, size_t plain, size_t answer_plain)
{
	static struct ike_out m5, m6;

	sealed1(sa, &m5, MAIN, 0, 5, plain);
	if (answer_plain)
		sealed1(sa, &m6, MAIN, 0, 5, answer_plain);
	return exchange(sa, sa->initiator, &m5, answer_plain ? &m6 : NULL);
}

static inline bool main_up(struct sa *sa)
{
	return main_agrees(sa) && main_keys(sa) && main_proves(sa, 68, 68);
}

static inline uint32_t new_id1(struct sa *sa)
{
	return build_random(&sa->p->s->seed) | 1;
}

/* An INFORMATIONAL that nobody answers, encrypted or a notify in clear text. */
static inline bool informs1(struct sa *sa, enum side from, bool encrypted, size_t plain, uint16_t type,
			    bool with_spi)
{
	static struct ike_out m;

	if (encrypted) {
		sealed1(sa, &m, INFORMATION, new_id1(sa), 8, plain);
	} else {
		m.pieces = 1;
		m.lost = 0;
		header1(sa, m.piece, INFORMATION, false, new_id1(sa));
		draft_notify1(m.piece, type, with_spi);
	}
	return ike_send(sa, from, &m);
}

static inline bool quick_up(struct sa *sa)
{
	static struct ike_out q1, q2, q3;
	uint32_t id = new_id1(sa);

	sealed1(sa, &q1, QUICK, id, 8, 160);
	sealed1(sa, &q2, QUICK, id, 8, 160);
	sealed1(sa, &q3, QUICK, id, 8, 24);
	if (!exchange(sa, sa->initiator, &q1, &q2))
		return false;
	new_child(sa);
	return ike_send(sa, sa->initiator, &q3);
}

static inline void aggressive_message(const struct sa *sa, struct ike_out *m, bool answer)
{
	enum side from = answer ? other_side(sa->initiator) : sa->initiator;
	struct draft *d = m->piece;

	m->pieces = 1;
	m->lost = 0;
	header1(sa, d, AGGRESSIVE, false, 0);
	draft_sa1(d, answer ? &sa->suite : sa->offer, answer ? 1 : sa->offers);
	draft_payload1(d, IKE1_P_KE, ike_ke_len(sa->suite.group, answer));
	draft_payload1(d, IKE1_P_NONCE, 32);
	draft_id1(d, answer ? "gateway.example" : "branch.example");
	if (answer) {
		draft_payload1(d, IKE1_P_HASH, hash1(sa) == DIGEST_SHA256 ? 32 : 20);
		nat_detection1(sa, d, from);
	}
	vendors1(sa, d, from);
}

/* Messages 1 and 2, and what the initiator makes of them: message 3, or nothing. */
static inline bool aggressive_up(struct sa *sa, bool proves)
{
	static struct ike_out m1, m2, m3;
	uint64_t spi_r = scene_spi(sa->p->s);

	aggressive_message(sa, &m1, false);
	sa->spi_r = spi_r;
	aggressive_message(sa, &m2, true);
	if (!exchange(sa, sa->initiator, &m1, &m2))
		return false;
	sa->floated = behind_nat(sa->p);
	if (!proves)
		return false;
	sealed1(sa, &m3, AGGRESSIVE, 0, 8, 100);
	return ike_send(sa, sa->initiator, &m3);
}

/*
 * The only piece of m cut into fragments of up to `size` octets, as Cisco's IKEv1 does it: payload 132 with
 * an id, a number from 1 and a mark on the last, each behind a header of its own.
 */
static inline void fragment1(struct ike_out *m, size_t size)
{
	struct draft whole = m->piece[0];
	size_t at = 0;

	m->pieces = 0;
	while (at < whole.len) {
		size_t n = whole.len - at < size ? whole.len - at : size;
		struct draft *d = &m->piece[m->pieces++];
		uint8_t *head;

		assert(m->pieces <= PIECES_MAX);
		draft_start(d, 0x10, 0, 0, whole.at[18], 0, 0);
		memcpy(d->at, whole.at, 16);
		draft_payload(d, IKE1_P_FRAGMENT);
		head = draft_front(d, 4);
		put16(head, 1);
		head[2] = (uint8_t)m->pieces;
		head[3] = at + n == whole.len;
		draft_bytes(d, whole.at + at, n);
		at += n;
	}
}

/* XAUTH and Mode Config: `from` asks, the other side answers with that much. */
static inline bool transaction(struct sa *sa, enum side from, size_t plain, size_t answer_plain)
{
	static struct ike_out request, answer;
	uint32_t id = new_id1(sa);

	sealed1(sa, &request, TRANSACT, id, 8, plain);
	if (answer_plain)
		sealed1(sa, &answer, TRANSACT, id, 8, answer_plain);
	return exchange(sa, from, &request, answer_plain ? &answer : NULL);
}

#endif
