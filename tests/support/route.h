/*
 * support/route.h - what the way between two hosts does to every packet, and who records it.
 *
 *	struct device row[] = { recorder(), loses((struct which){ .kinds = LATER }), recorder() };
 *	struct pair p = route_between(w, row, 3);
 *	struct sa sa = sa_of(&p, A, &aes);
 *	sa_up(&sa);
 *
 * A way is a row of devices from A to B: what A sends meets them in this order,
 * what B sends meets them backwards. A recorder is a device like any other, so its
 * place decides what it sees: a filter outside of it is the firewall of that host.
 * Every packet keeps the number it was sent with, through NAT, refragmentation and
 * copies: the way knows what became of each (route_truth), whatever a recorder missed.
 */
#ifndef TESTS_SUPPORT_ROUTE_H
#define TESTS_SUPPORT_ROUTE_H

#include <math.h>
#include <unistd.h>

#include "tests/support/scene.h"

enum { ROUTE_DEVICES = 12, ROUTE_RECORDERS = 4, PARCEL_ROOM = 9216, NAT_ENTRIES = 64 };

/* What a packet is, as far as a device on the way can see. */
enum kind_bit {
	PORT500 = 1, PORT4500 = 2, IKE = 4, ESP = 8, AH = 16, NATT = 32, KEEPALIVE = 64,
	FIRST = 128, LATER = 256, ICMP = 512, OTHER = 1024,
};

/* The one class that a report counts a packet in. */
enum route_class { W_IKE_500, W_IKE_4500, W_ESP, W_ESP_UDP, W_AH, W_ICMP, W_FIRST, W_LATER, W_KEEPALIVE, W_OTHER,
		 ROUTE_CLASSES };

struct which { /* packets that a device is about; all zero: every one */
	unsigned from;        /* FROM_A, FROM_B; 0: both */
	unsigned kinds;       /* bits, any of them */
	uint32_t above;       /* IP packets longer than this */
	uint8_t dscp;
	uint32_t every;       /* each n-th of the above */
	double share;         /* that part of them, by chance */
	double since, until;  /* seconds since the story began; until 0: to the end */
	double on, period;    /* only the first `on` of each `period` seconds */
};
enum { FROM_A = 1, FROM_B = 2 };

enum device_kind { RECORDS, LOSES, DELAYS, HOLDS, REPEATS, TRANSLATES, PREFIXES, LIMITS, JOINS, POLICES, MARKS, SPOILS };

enum ids { KEPT, ZERO, RENEWED }; /* what a device does to IP ids of packets that are whole */

/* What the recording host puts together before its recorder sees it, or has not cut yet. */
enum offload { WIRE, SEGMENTS_ESP, RECEIVES_UDP };

struct clock { /* of a recorder, beside the true one */
	double ahead;         /* seconds */
	double ppm;           /* runs fast by that many millionths */
	double jump_at, jump; /* is set forward by `jump` at that moment */
	double tick;          /* reads multiples of it */
};

struct files { /* what one recording is handed over as; all zero: one file */
	double every;         /* seconds: a new file each */
	double overlap;       /* seconds that a file holds of the one before */
	bool twice;           /* the last one is given a second time */
	double second_ahead;  /* with twice: and its copy is of another clock */
	double loses;         /* with twice: that share of frames is missing in each copy */
};

struct record {
	double at;            /* on the true clock */
	uint32_t number;      /* which packet this was when it was sent; 0: none of the two hosts' */
	enum side from;
	enum route_class class;
	uint16_t type;        /* of Ethernet */
	uint32_t len;
	size_t order, bytes;  /* where in the recorder's bytes */
	bool inside;          /* of a larger one that stands before it */
};

struct recorder {
	struct clock clock;
	double since, until;  /* until 0: to the end */
	struct which misses;  /* what the recorder itself loses, when `drops` */
	bool drops;
	bool tells_drops;     /* pcapng: and says how many */
	unsigned hides;       /* kinds that its capture filter leaves out */
	unsigned only;        /* FROM_A or FROM_B: one direction of the mirror is missing */
	uint32_t snaplen;
	bool pcapng, twice;   /* twice: a mirror port that shows each packet two times */
	enum offload offload; /* of the packets of `offloads` */
	bool unsummed;        /* its own host leaves UDP checksums to the card: of the packets of `offloads` */
	enum side offloads;
	size_t torn;          /* octets that the file's end lacks */
	struct files files;
	const char *filter;   /* pcapng: what it says of its filter */
	struct record *list;
	size_t len, room, dropped;
	uint8_t *bytes;
	size_t bytes_len, bytes_room;
};

struct mapping { /* RFC 4787: one port of a host behind a translator */
	uint8_t inside[4];
	uint16_t port, outside_port;
	double used;
	bool gone;            /* forgotten: nothing from outside comes through */
};

struct device {
	enum device_kind kind;
	struct which which;
	double seconds, jitter;      /* DELAYS, HOLDS, REPEATS */
	uint32_t mtu;                /* LIMITS */
	bool clears_df, silent;      /* LIMITS: cuts in spite of DF; says nothing */
	const char *router;          /* LIMITS, LOSES: who complains, by ICMP */
	uint8_t type, code;          /* LOSES: with what; 0: nobody complains */
	double rate, depth;          /* POLICES: octets per second, octets at once */
	int hops, dscp;              /* DELAYS, MARKS; dscp: 0: as it is, -1: none */
	enum ids ids;                /* MARKS */
	bool repairs;                /* SPOILS: and makes the UDP checksum right again */
	enum side inside;            /* TRANSLATES: on which side the hidden hosts are */
	const char *outside;         /* TRANSLATES: its address; PREFIXES: its prefix of 48 bits, in IPv6 */
	double expires, rebinds;     /* TRANSLATES: idle seconds; moment at which all ports change */
	bool refuses;                /* TRANSLATES: answers what it has no mapping for by ICMP 3/3 */
	struct recorder *recorder;

	uint32_t met;
	double clear[2], tokens[2], filled[2]; /* by direction */
	bool began[2], rebound;
	struct mapping map[NAT_ENTRIES];
	size_t maps;
	uint16_t next_port;
	uint8_t held[PARCEL_ROOM];   /* JOINS: the datagram being put together */
	size_t held_len, held_total;
	uint16_t held_id;
	uint32_t held_number[PARCEL_ROOM / 8];
	size_t held_numbers;
};

struct route {
	struct carrier carrier;      /* first: the scene knows the way by it */
	struct scene scene;
	struct pair *p;
	struct device device[ROUTE_DEVICES];
	size_t devices;
	struct recorder recorder[ROUTE_RECORDERS];
	size_t recorders;
	uint64_t seed;
	uint32_t number;
	uint32_t *part_of;           /* by number: of which number it became a part, or 0 */
	size_t part_room;
	bool stubborn[2];            /* that host goes on to the address it knew first */
	char learned[2][48];
	uint8_t covered[PARCEL_ROOM / 8];
	double arrived_at;
	struct built packet;
};

struct parcel { /* one IP packet on its way */
	enum side from;
	uint32_t number;
	double at;
	bool spoiled;
	size_t len;
	uint8_t ip[PARCEL_ROOM];
};

/* --- looking at a packet ----------------------------------------------------- */

static inline uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

struct look {
	bool v6, first, later;
	uint8_t protocol;
	size_t head;      /* of IP, with the fragment header of IPv6 */
	uint32_t offset;  /* octets */
	bool more;
};

static inline struct look look_at(const struct parcel *p)
{
	const uint8_t *ip = p->ip;
	struct look l = { .v6 = ip[0] >> 4 == 6 };

	if (l.v6) {
		l.head = 40;
		l.protocol = ip[6];
		if (l.protocol == 44) {
			l.head = 48;
			l.protocol = ip[40];
			l.offset = get16(ip + 42) & 0xfff8;
			l.more = ip[43] & 1;
		}
	} else {
		l.head = (ip[0] & 15) * 4u;
		l.protocol = ip[9];
		l.offset = (get16(ip + 6) & 0x1fff) * 8;
		l.more = ip[6] & 0x20;
	}
	l.first = l.more && !l.offset;
	l.later = l.offset;
	return l;
}

static inline unsigned udp_kinds(const uint8_t *udp, size_t len)
{
	static const uint8_t marker[4];
	uint32_t sport = get16(udp), dport = get16(udp + 2);

	if (sport == 4500 || dport == 4500) {
		if (len >= 12 && !memcmp(udp + 8, marker, 4))
			return PORT4500 | IKE;
		return PORT4500 | (len == 9 ? KEEPALIVE : NATT);
	}
	return sport == 500 || dport == 500 ? PORT500 | IKE : OTHER;
}

static inline unsigned kinds_of(const struct parcel *p)
{
	struct look l = look_at(p);
	unsigned kinds = l.first ? FIRST : l.later ? LATER : 0;

	if (l.later)
		return kinds;
	switch (l.protocol) {
	case 17:
		return kinds | udp_kinds(p->ip + l.head, p->len - l.head);
	case 50:
		return kinds | ESP;
	case 51:
		return kinds | AH;
	case 1:
	case 58:
		return kinds | ICMP;
	default:
		return kinds | OTHER;
	}
}

static inline enum route_class class_of(unsigned kinds)
{
	static const struct { unsigned kind; enum route_class class; } order[] = {
		{ LATER, W_LATER }, { FIRST, W_FIRST }, { KEEPALIVE, W_KEEPALIVE }, { NATT, W_ESP_UDP }, { ESP, W_ESP },
		{ AH, W_AH }, { ICMP, W_ICMP }, { PORT4500, W_IKE_4500 }, { IKE, W_IKE_500 },
	};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (kinds & order[i].kind)
			return order[i].class;
	return W_OTHER;
}

static inline double by_chance(struct route *w)
{
	return build_random(&w->seed) / 2147483648.0;
}

static inline bool is_of(struct route *w, const struct which *s, uint32_t *met, const struct parcel *p)
{
	uint8_t dscp = (uint8_t)(p->ip[0] >> 4 == 6 ? (p->ip[0] << 2 & 0x3c) | p->ip[1] >> 6 : p->ip[1] >> 2);

	if ((s->from && !(s->from & (p->from == A ? FROM_A : FROM_B))) || (s->kinds && !(s->kinds & kinds_of(p))) ||
	    p->len <= s->above || (s->dscp && s->dscp != dscp) || p->at < s->since ||
	    (s->until > 0 && p->at >= s->until) || (s->period > 0 && fmod(p->at - s->since, s->period) >= s->on))
		return false;
	if (s->every && ++*met % s->every)
		return false;
	return !(s->share > 0) || by_chance(w) < s->share;
}

/* --- recorders ---------------------------------------------------------------- */

static inline void record(struct recorder *r, const struct record *head, const uint8_t *ip)
{
	if (r->len == r->room) {
		r->room = 2 * r->room + 64;
		r->list = realloc(r->list, r->room * sizeof *r->list);
		assert(r->list);
	}
	if (r->bytes_len + head->len > r->bytes_room) {
		r->bytes_room = 2 * (r->bytes_len + head->len) + 4096;
		r->bytes = realloc(r->bytes, r->bytes_room);
		assert(r->bytes);
	}
	memcpy(r->bytes + r->bytes_len, ip, head->len);
	r->list[r->len] = *head;
	r->list[r->len].order = r->len;
	r->list[r->len].bytes = r->bytes_len;
	r->len += 1;
	r->bytes_len += head->len;
}

static inline void record_segment(struct route *w, struct recorder *r, double at, const char *src, const char *dst)
{
	bool v6 = strchr(src, ':');
	struct record head = { .at = at, .type = v6 ? 0x86dd : 0x0800, .class = W_OTHER };

	build_start(&w->packet, "", 0);
	build_tcp(&w->packet, 49152, 443, 0x10, 0);
	if (v6)
		build_ipv6(&w->packet, src, dst, 6);
	else
		build_ipv4_with(&w->packet, &(struct build_ipv4){ .src = src, .dst = dst, .protocol = 6,
								  .id = (uint16_t)(at * 10) });
	head.len = (uint32_t)w->packet.len;
	record(r, &head, build_at(&w->packet));
}

/* What is not of the tunnel: ARP, and where a host is known, TCP between it and a stranger. */
static inline void record_others(struct route *w, struct recorder *r, double at, const char *host)
{
	if (r->hides || r->filter || at < r->since || (r->until > 0 && at > r->until))
		return;
	for (int reply = 0; reply < 2; reply++) {
		uint8_t arp[28] = { 0, 1, 8, 0, 6, 4, 0, (uint8_t)(1 + reply), 2, 0, 0, 0, 0, 1 };

		put32(arp + 14, reply ? 0xc0000201 : 0xc000024d);
		put32(arp + 24, reply ? 0xc000024d : 0xc0000201);
		record(r, &(struct record){ .at = at + reply * 0.0005, .type = 0x0806, .len = sizeof arp, .class = W_OTHER },
		       arp);
	}
	if (host) {
		const char *stranger = strchr(host, ':') ? "2001:db8:c::44" : "192.0.2.44";

		record_segment(w, r, at + 0.001, host, stranger);
		record_segment(w, r, at + 0.021, stranger, host);
	}
}

static inline void pass_recorder(struct route *w, struct device *d, const struct parcel *p)
{
	struct recorder *r = d->recorder;
	unsigned kinds = kinds_of(p);
	struct record head = { .at = p->at, .number = p->number, .from = p->from, .class = class_of(kinds),
			       .type = p->ip[0] >> 4 == 6 ? 0x86dd : 0x0800, .len = (uint32_t)p->len };

	if (p->at < r->since || (r->until > 0 && p->at > r->until) || (kinds & r->hides) ||
	    (r->only && !(r->only & (p->from == A ? FROM_A : FROM_B))))
		return;
	if (r->drops && is_of(w, &r->misses, &d->met, p)) {
		r->dropped += 1;
		return;
	}
	record(r, &head, p->ip);
	if (r->twice) {
		head.at += 20e-6;
		record(r, &head, p->ip);
	}
}

static inline int by_time(const void *left, const void *right)
{
	const struct record *l = left, *r = right;

	return l->at != r->at ? (l->at > r->at) - (l->at < r->at) : (l->order > r->order) - (l->order < r->order);
}

static inline uint64_t clock_reads(const struct clock *c, double at)
{
	double says = at * (1 + c->ppm * 1e-6) + c->ahead + (c->jump != 0 && at >= c->jump_at ? c->jump : 0);

	if (c->tick > 0)
		says = floor(says / c->tick + 1e-9) * c->tick;
	return (uint64_t)(1767225600 * 1000000000ll + (int64_t)(says * 1e9));
}

/* Only the sum over the pseudo header stands there: what the card adds is not there yet. */
static inline void unsum(uint8_t *ip)
{
	size_t head = (ip[0] & 15) * 4u;
	uint8_t ends[12];

	if (ip[0] >> 4 != 4 || ip[9] != 17 || (get16(ip + 6) & 0x3fff))
		return;
	memcpy(ends, ip + 12, 8);
	put16(ends + 8, 17);
	put16(ends + 10, get16(ip + 2) - (uint32_t)head);
	put16(ip + head + 6, (uint16_t)~build_sum(ends, 12, 0));
}

/* May y stand behind x in one large packet? Both are whole ESP packets of one SA, one after the other. */
static inline bool goes_with(const struct recorder *r, const struct record *x, const struct record *y)
{
	const uint8_t *a = r->bytes + x->bytes, *b = r->bytes + y->bytes;
	size_t head = r->offload == RECEIVES_UDP ? 28 : 20;

	return x->from == r->offloads && y->from == r->offloads && y->at - x->at < 0.0002 &&
	       x->class == (r->offload == RECEIVES_UDP ? W_ESP_UDP : W_ESP) && y->class == x->class && a[0] == b[0] &&
	       y->len <= x->len && !memcmp(a + head, b + head, 4);
}

/* The Ethernet frame of a record with all that is inside of it, in w->packet. */
static inline size_t framed(struct route *w, const struct recorder *r, const struct record *head)
{
	uint8_t *ip;
	size_t skip = 28; /* IP and UDP, or IP and the header of ESP */

	build_start(&w->packet, r->bytes + head->bytes, head->len);
	for (const struct record *more = head + 1; more < r->list + r->len && more->inside; more++) {
		memcpy(build_at(&w->packet) + w->packet.len, r->bytes + more->bytes + skip, more->len - skip);
		w->packet.len += more->len - skip;
	}
	ip = build_at(&w->packet);
	if (w->packet.len > head->len) {
		put16(ip + 2, (uint32_t)w->packet.len);
		if (r->offload == RECEIVES_UDP)
			put16(ip + 24, (uint32_t)w->packet.len - 20);
		build_ipv4_sum(ip);
	}
	if (r->unsummed && head->number && head->from == r->offloads)
		unsum(ip);
	build_ether(&w->packet, head->type);
	return r->snaplen && w->packet.len > r->snaplen ? r->snaplen : w->packet.len;
}

struct part { /* which records a file holds, and by what clock */
	double since, until;  /* until 0: to the end */
	double ahead, loses;
};

static inline bool write_pcap(struct route *w, const struct recorder *r, FILE *f, const struct part *part)
{
	const uint32_t header[6] = { 0xa1b23c4d, 0x00040002, 0, 0, r->snaplen ? r->snaplen : 262144, 1 };
	bool good = fwrite(header, sizeof header, 1, f) == 1;

	for (size_t i = 0; i < r->len; i++) {
		const struct record *one = &r->list[i];
		uint64_t ns = clock_reads(&r->clock, one->at + part->ahead);
		size_t cut = framed(w, r, one);
		uint32_t head[4] = { (uint32_t)(ns / 1000000000), (uint32_t)(ns % 1000000000), (uint32_t)cut,
				     (uint32_t)w->packet.len };

		if (one->inside || one->at < part->since || (part->until > 0 && one->at >= part->until) ||
		    (part->loses > 0 && by_chance(w) < part->loses))
			continue;
		good = good && fwrite(head, sizeof head, 1, f) == 1 && fwrite(build_at(&w->packet), cut, 1, f) == 1;
	}
	return good;
}

/* One block of pcapng: `len` octets of body, then a text as option `option`, padded. */
static inline bool write_block(FILE *f, uint32_t type, const void *body, size_t len, uint16_t option,
			       const void *value, size_t value_len)
{
	static const uint8_t nothing[4];
	size_t pad = (4 - len % 4) % 4, value_pad = (4 - value_len % 4) % 4;
	uint32_t total = (uint32_t)(12 + len + pad + (value ? 8 + value_len + value_pad : 0));
	uint16_t head[2] = { option, (uint16_t)value_len };
	bool good = fwrite(&type, 4, 1, f) == 1 && fwrite(&total, 4, 1, f) == 1 && fwrite(body, len, 1, f) == 1 &&
		    fwrite(nothing, 1, pad, f) == pad;

	if (value)
		good = good && fwrite(head, 4, 1, f) == 1 && fwrite(value, value_len, 1, f) == 1 &&
		       fwrite(nothing, 1, value_pad, f) == value_pad && fwrite(nothing, 4, 1, f) == 1;
	return good && fwrite(&total, 4, 1, f) == 1;
}

static inline bool write_pcapng(struct route *w, const struct recorder *r, FILE *f)
{
	const uint32_t section[4] = { 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff };
	const uint32_t interface[2] = { 1, r->snaplen ? r->snaplen : 262144 };
	const uint32_t statistics[3] = { 0, 0, 0 };
	const uint64_t dropped = r->dropped;
	char filter[256] = "";
	bool good = write_block(f, 0x0a0d0d0a, section, sizeof section, 0, NULL, 0);

	/* Times count microseconds: if_tsresol is left out. */
	if (r->filter)
		snprintf(filter + 1, sizeof filter - 1, "%s", r->filter);
	good = good && write_block(f, 1, interface, sizeof interface, 11, r->filter ? filter : NULL,
				   1 + strlen(filter + 1));
	for (size_t i = 0; i < r->len; i++) {
		uint64_t us = clock_reads(&r->clock, r->list[i].at) / 1000;
		uint8_t body[20 + PARCEL_ROOM + 64];
		size_t cut = framed(w, r, &r->list[i]);
		uint32_t head[5] = { 0, (uint32_t)(us >> 32), (uint32_t)us, (uint32_t)cut, (uint32_t)w->packet.len };

		memcpy(body, head, sizeof head);
		memcpy(body + sizeof head, build_at(&w->packet), cut);
		good = good && write_block(f, 6, body, sizeof head + cut, 0, NULL, 0);
	}
	return good && (!r->tells_drops ||
			write_block(f, 5, statistics, sizeof statistics, 5, &dropped, sizeof dropped));
}

/* Packets that one host handles as one stand in one record. */
static inline void merge_records(struct recorder *r)
{
	size_t head = 0, bytes = 0;

	for (size_t i = 0; i < r->len; i++) {
		struct record *one = &r->list[i];

		one->inside = i && r->offload != WIRE && bytes + one->len < 60000 && i - head < 16 &&
			      goes_with(r, &r->list[i - 1], one) && one->len == r->list[head].len;
		head = one->inside ? head : i;
		bytes = one->inside ? bytes + one->len : one->len;
	}
}

static inline bool part_save(struct route *w, struct recorder *r, const char *path, const struct part *part)
{
	FILE *f = fopen(path, "wb");
	bool good = f && (r->pcapng ? write_pcapng(w, r, f) : write_pcap(w, r, f, part));

	if (good && r->torn)
		good = !fflush(f) && !ftruncate(fileno(f), ftell(f) - (long)r->torn);
	return f ? !fclose(f) && good : false;
}

/*
 * Sorts what was recorded, and writes it; false when that failed. In several files `path` becomes their
 * comma list; it has room for that.
 */
static inline bool recorder_save(struct route *w, struct recorder *r, char *path, size_t room)
{
	const struct files *how = &r->files;
	double end = r->len ? w->scene.now + 1 : 1;
	char stem[256];
	bool good = true;
	size_t at = 0, n = 0;

	if (r->len)
		qsort(r->list, r->len, sizeof *r->list, by_time);
	merge_records(r);
	if (!(how->every > 0) && !how->twice)
		return part_save(w, r, path, &(struct part){ 0 });
	snprintf(stem, sizeof stem, "%.*s", (int)strcspn(path, "."), path);
	for (double since = 0; since < end; since += how->every > 0 ? how->every : end) {
		double until = how->every > 0 && since + how->every < end ? since + how->every : 0;
		struct part part = { since - how->overlap, until, 0, how->twice ? how->loses : 0 };
		char name[300];

		snprintf(name, sizeof name, "%s.%zu.pcap", stem, n++);
		good = part_save(w, r, name, &part) && good;
		at += (size_t)snprintf(path + at, room - at, "%s%s", at ? "," : "", name);
		if (!until && how->twice) {
			part.ahead = how->second_ahead;
			snprintf(name, sizeof name, "%s.again.pcap", stem);
			good = part_save(w, r, name, &part) && good;
			at += (size_t)snprintf(path + at, room - at, ",%s", name);
		}
	}
	return good && at < room;
}

/* --- what devices do ---------------------------------------------------------- */

static inline void carry(struct route *w, size_t place, struct parcel *p);
static inline void deliver(struct route *w, const struct parcel *p);

/* The next place for what comes from that side; ROUTE_DEVICES: at the other host. */
static inline size_t beyond(const struct route *w, size_t place, enum side from)
{
	if (from == A)
		return place + 1 < w->devices ? place + 1 : ROUTE_DEVICES;
	return place ? place - 1 : ROUTE_DEVICES;
}

static inline void go_on(struct route *w, size_t place, struct parcel *p)
{
	place = beyond(w, place, p->from);
	if (place == ROUTE_DEVICES)
		deliver(w, p);
	else
		carry(w, place, p);
}

static inline void renew_sum(struct parcel *p)
{
	if (p->ip[0] >> 4 == 4)
		build_ipv4_sum(p->ip);
}

/* RFC 792, RFC 4443: the router of the device tells the sender about p. */
static inline void complain_about(struct route *w, size_t place, const struct parcel *p, uint8_t type, uint8_t code,
				  uint32_t word)
{
	const char *router = w->device[place].router;
	struct built *b = &w->packet;
	bool v6 = p->ip[0] >> 4 == 6;
	size_t quote = v6 ? 1232 : 28;
	struct parcel error = { .from = p->from == A ? B : A, .number = ++w->number, .at = p->at + 0.0004 };
	char sender[INET6_ADDRSTRLEN];

	if (!router || (kinds_of(p) & (ICMP | LATER)))
		return;
	inet_ntop(v6 ? AF_INET6 : AF_INET, p->ip + (v6 ? 8 : 12), sender, sizeof sender);
	build_start(b, p->ip, p->len < quote ? p->len : quote);
	build_icmp(b, type, code, word);
	if (v6) {
		build_pseudo_sum(b, 2, router, sender, 58);
		build_ipv6(b, router, sender, 58);
	} else {
		build_ipv4_with(b, &(struct build_ipv4){ .src = router, .dst = sender, .protocol = 1, .ttl = 255,
							 .id = ++w->scene.ip_id });
	}
	error.len = b->len;
	memcpy(error.ip, build_at(b), b->len);
	go_on(w, place, &error);
}

static inline void lose(struct route *w, size_t place, const struct parcel *p)
{
	const struct device *d = &w->device[place];

	if (d->type)
		complain_about(w, place, p, d->type, d->code, 0);
}

static inline void take_hops(struct parcel *p, int hops)
{
	uint8_t *ttl = &p->ip[p->ip[0] >> 4 == 6 ? 7 : 8];

	*ttl = (uint8_t)(*ttl - hops);
	renew_sum(p);
}

/* Packets of one direction stay in order. */
static inline void delay(struct route *w, size_t place, struct parcel *p)
{
	struct device *d = &w->device[place];
	double after = p->at + d->seconds + (d->jitter > 0 ? d->jitter * by_chance(w) : 0);

	if (after <= d->clear[p->from])
		after = d->clear[p->from] + 1e-6;
	d->clear[p->from] = after;
	p->at = after;
	take_hops(p, d->hops);
	go_on(w, place, p);
}

/* Pieces of an IPv4 packet or of a piece, each of at most d->mtu octets: RFC 791 3.2. */
static inline void cut_up(struct route *w, size_t place, const struct parcel *p, uint32_t mtu)
{
	struct look l = look_at(p);
	size_t body = p->len - l.head, step = (mtu - l.head) / 8 * 8;

	for (size_t at = 0; at < body; at += step) {
		size_t n = body - at < step ? body - at : step;
		struct parcel piece = *p;
		bool more = l.more || at + n < body;

		piece.len = l.head + n;
		piece.at += (double)at * 1e-8;
		memcpy(piece.ip + l.head, p->ip + l.head + at, n);
		put16(piece.ip + 2, (uint32_t)piece.len);
		put16(piece.ip + 6, (uint32_t)(l.offset + at) / 8 | (more ? 0x2000u : 0));
		renew_sum(&piece);
		go_on(w, place, &piece);
	}
}

static inline void limit(struct route *w, size_t place, struct parcel *p)
{
	const struct device *d = &w->device[place];
	bool v6 = p->ip[0] >> 4 == 6, df = v6 || (p->ip[6] & 0x40);

	if (p->len <= d->mtu) {
		go_on(w, place, p);
	} else if (!df || (d->clears_df && !v6)) {
		cut_up(w, place, p, d->mtu);
	} else if (!d->silent) {
		complain_about(w, place, p, v6 ? 2 : 3, v6 ? 0 : 4, d->mtu);
	}
}

static inline void part_of(struct route *w, uint32_t part, uint32_t whole)
{
	if (part >= w->part_room) {
		size_t room = 2 * part + 64;

		w->part_of = realloc(w->part_of, room * sizeof *w->part_of);
		assert(w->part_of);
		memset(w->part_of + w->part_room, 0, (room - w->part_room) * sizeof *w->part_of);
		w->part_room = room;
	}
	w->part_of[part] = whole;
}

/* A firewall that puts fragments together before it lets them on; one datagram at a time. */
static inline void join(struct route *w, size_t place, struct parcel *p)
{
	struct device *d = &w->device[place];
	struct look l = look_at(p);
	size_t n = p->len - l.head;

	if (!l.first && !l.later) {
		go_on(w, place, p);
		return;
	}
	if (d->held_id != get16(p->ip + 4)) {
		d->held_len = d->held_total = d->held_numbers = 0;
		d->held_id = (uint16_t)get16(p->ip + 4);
	}
	d->held_number[d->held_numbers++] = p->number;
	memcpy(d->held + l.head + l.offset, p->ip + l.head, n);
	if (l.first)
		memcpy(d->held, p->ip, l.head);
	d->held_len += n;
	if (!l.more)
		d->held_total = l.offset + n;
	if (!d->held_total || d->held_len < d->held_total)
		return;
	p->len = 20 + d->held_total;
	memcpy(p->ip, d->held, p->len);
	put16(p->ip + 2, (uint32_t)p->len);
	put16(p->ip + 6, 0);
	renew_sum(p);
	for (size_t i = 0; i < d->held_numbers; i++)
		part_of(w, d->held_number[i], p->number);
	d->held_len = d->held_total = d->held_numbers = 0;
	d->held_id = 0;
	go_on(w, place, p);
}

/* A token bucket: what finds it empty is lost. */
static inline void police(struct route *w, size_t place, struct parcel *p)
{
	struct device *d = &w->device[place];
	enum side from = p->from;

	d->tokens[from] = d->began[from] ? d->tokens[from] + (p->at - d->filled[from]) * d->rate : d->depth;
	d->tokens[from] = d->tokens[from] > d->depth ? d->depth : d->tokens[from];
	d->filled[from] = p->at;
	d->began[from] = true;
	if (d->tokens[from] < (double)p->len) {
		lose(w, place, p);
		return;
	}
	d->tokens[from] -= (double)p->len;
	go_on(w, place, p);
}

static inline void mark(struct route *w, size_t place, struct parcel *p)
{
	const struct device *d = &w->device[place];
	bool v6 = p->ip[0] >> 4 == 6;

	if (d->dscp && !v6)
		p->ip[1] = (uint8_t)((d->dscp < 0 ? 0 : d->dscp << 2) | (p->ip[1] & 3));
	if (d->clears_df && !v6)
		p->ip[6] &= (uint8_t)~0x40;
	if (d->ids && !v6 && !(get16(p->ip + 6) & 0x3fff))
		put16(p->ip + 4, d->ids == ZERO ? 0 : build_random(&w->seed));
	take_hops(p, d->hops);
	go_on(w, place, p);
}

/* One octet in the middle of what is carried; the receiver throws it away. */
static inline void spoil(struct route *w, size_t place, struct parcel *p)
{
	struct look l = look_at(p);
	size_t body = p->len - l.head;

	p->ip[l.head + body - body / 4 - 1] ^= 0x10;
	p->spoiled = true;
	if (w->device[place].repairs && l.protocol == 17 && !l.first && !l.later && !l.v6) {
		uint8_t ends[12];
		uint16_t sum;

		memcpy(ends, p->ip + 12, 8);
		put16(ends + 8, 17);
		put16(ends + 10, (uint32_t)body);
		put16(p->ip + l.head + 6, 0);
		sum = build_sum(p->ip + l.head, body, (uint16_t)~build_sum(ends, 12, 0));
		put16(p->ip + l.head + 6, sum ? sum : 0xffff);
	}
	go_on(w, place, p);
}

/* --- NAT: RFC 4787, RFC 5508 for errors --------------------------------------- */

/* A 16-bit checksum after 16-bit words changed: RFC 1624. */
static inline void mend_sum(uint8_t *sum, const uint8_t *old, const uint8_t *new, size_t len)
{
	uint32_t s = (uint16_t)~get16(sum);

	for (size_t i = 0; i < len; i += 2)
		s += (uint16_t)~get16(old + i) + get16(new + i);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	put16(sum, (uint16_t)~s);
}

/* Address at ip + addr, port at udp + port (udp NULL: none), with all sums. */
static inline void rewrite(uint8_t *ip, size_t addr, const uint8_t to[4], uint8_t *udp, size_t port, uint16_t to_port)
{
	uint8_t old[4], number[2];

	memcpy(old, ip + addr, 4);
	memcpy(ip + addr, to, 4);
	build_ipv4_sum(ip);
	if (!udp)
		return;
	put16(number, to_port);
	if (get16(udp + 6)) {
		mend_sum(udp + 6, old, to, 4);
		mend_sum(udp + 6, udp + port, number, 2);
	}
	memcpy(udp + port, number, 2);
}

static inline struct mapping *map_inside(struct route *w, struct device *d, const uint8_t inside[4], uint16_t port,
					 double now)
{
	const struct host *h = &w->p->host[d->inside];
	struct mapping *m;

	if (d->rebinds > 0 && now >= d->rebinds && !d->rebound) {
		for (size_t i = 0; i < d->maps; i++)
			d->map[i].gone = true;
		d->rebound = true;
		d->next_port = d->next_port ? d->next_port : 40000;
	}
	for (size_t i = 0; i < d->maps; i++) {
		m = &d->map[i];
		if (!m->gone && !memcmp(m->inside, inside, 4) && m->port == port) {
			if (!(d->expires > 0) || now - m->used <= d->expires) {
				m->used = now;
				return m;
			}
			m->gone = true;
		}
	}
	assert(d->maps < NAT_ENTRIES);
	m = &d->map[d->maps++];
	memcpy(m->inside, inside, 4);
	m->port = port;
	m->used = now;
	m->outside_port = d->next_port ? d->next_port++ : port == 4500 ? h->outside_4500 : h->outside_500;
	if (port == 4500 && !d->next_port)
		d->next_port = (uint16_t)(h->outside_4500 + 1000);
	return m;
}

static inline struct mapping *map_outside(struct device *d, uint16_t port, double now)
{
	for (size_t i = 0; i < d->maps; i++) {
		struct mapping *m = &d->map[i];

		if (m->outside_port == port && !m->gone && !(d->expires > 0 && now - m->used > d->expires) &&
		    !(d->rebinds > 0 && now >= d->rebinds && !d->rebound))
			return m;
	}
	return NULL;
}

/* An error about what went out quotes the outside address: inside it has to quote the inside one. */
static inline bool translate_error(struct device *d, struct parcel *p)
{
	uint8_t *icmp = p->ip + 20, *quote = icmp + 8, *udp = quote + (quote[0] & 15) * 4;
	struct mapping *m;

	if (p->len < 20 + 8 + 28 || quote[9] != 17 || !(m = map_outside(d, (uint16_t)get16(udp), p->at)))
		return false;
	rewrite(quote, 12, m->inside, udp, 0, m->port);
	rewrite(p->ip, 16, m->inside, NULL, 0, 0);
	put16(icmp + 2, 0);
	put16(icmp + 2, build_sum(icmp, p->len - 20, 0));
	return true;
}

static inline void translate(struct route *w, size_t place, struct parcel *p)
{
	struct device *d = &w->device[place];
	struct look l = look_at(p);
	uint8_t *udp = l.protocol == 17 && !l.later ? p->ip + l.head : NULL, outside[4];
	struct mapping *m;

	assert(inet_pton(AF_INET, d->outside, outside) == 1);
	if (p->from == d->inside) {
		m = udp ? map_inside(w, d, p->ip + 12, (uint16_t)get16(udp), p->at) : NULL;
		rewrite(p->ip, 12, outside, udp, 0, m ? m->outside_port : 0);
		go_on(w, place, p);
		return;
	}
	if (l.protocol == 1) {
		if (translate_error(d, p))
			go_on(w, place, p);
		return;
	}
	m = udp ? map_outside(d, (uint16_t)get16(udp + 2), p->at) : d->maps ? &d->map[0] : NULL;
	if (m) { /* REQ-6: only what goes out keeps a mapping alive */
		rewrite(p->ip, 16, m->inside, udp, 2, m->port);
		go_on(w, place, p);
	} else if (d->refuses) {
		complain_about(w, place, p, 3, 3, 0);
	}
}

/* RFC 6296, with the checksum of UDP mended instead: the first 48 bits of the hidden host's address. */
static inline void change_prefix(struct route *w, size_t place, struct parcel *p)
{
	struct device *d = &w->device[place];
	struct look l = look_at(p);
	size_t at = p->from == d->inside ? 8 : 24;
	uint8_t to[16], old[6];

	assert(inet_pton(AF_INET6, p->from == d->inside ? d->outside : w->p->host[d->inside].addr, to) == 1);
	memcpy(old, p->ip + at, 6);
	memcpy(p->ip + at, to, 6);
	if (l.protocol == 17 && !l.later)
		mend_sum(p->ip + l.head + 6, old, to, 6);
	go_on(w, place, p);
}

/* --- the way ------------------------------------------------------------------- */

static inline void carry(struct route *w, size_t place, struct parcel *p)
{
	struct device *d = &w->device[place];
	struct parcel twin;

	if (d->kind == RECORDS) {
		pass_recorder(w, d, p);
		go_on(w, place, p);
		return;
	}
	if (!is_of(w, &d->which, &d->met, p)) {
		go_on(w, place, p);
		return;
	}
	switch (d->kind) {
	case LOSES:
		lose(w, place, p);
		return;
	case DELAYS:
		delay(w, place, p);
		return;
	case REPEATS:
		twin = *p;
		twin.at += d->seconds;
		go_on(w, place, p);
		go_on(w, place, &twin);
		return;
	case HOLDS: /* until others have overtaken it */
		p->at += d->seconds;
		go_on(w, place, p);
		return;
	case TRANSLATES:
		translate(w, place, p);
		return;
	case PREFIXES:
		change_prefix(w, place, p);
		return;
	case LIMITS:
		limit(w, place, p);
		return;
	case JOINS:
		join(w, place, p);
		return;
	case POLICES:
		police(w, place, p);
		return;
	case MARKS:
		mark(w, place, p);
		return;
	default:
		spoil(w, place, p);
	}
}

/* RFC 7296 2.23: whoever is not behind a NAT answers to where the last packet came from. */
static inline void learn(struct route *w, const struct parcel *p, const struct look *l)
{
	struct host *h = &w->p->host[p->from];
	const uint8_t *udp = p->ip + l->head;

	if (!h->outside || w->stubborn[p->from == A ? B : A] || l->v6 || l->protocol != 17 || l->later || p->spoiled)
		return;
	inet_ntop(AF_INET, p->ip + 12, w->learned[p->from], sizeof w->learned[0]);
	h->outside = w->learned[p->from];
	if (get16(udp + 2) == 4500)
		h->outside_4500 = (uint16_t)get16(udp);
	else
		h->outside_500 = (uint16_t)get16(udp);
}

static inline void deliver(struct route *w, const struct parcel *p)
{
	struct look l = look_at(p);
	size_t blocks = (p->len - l.head + 7) / 8;

	if (p->spoiled || (kinds_of(p) & ICMP))
		return;
	learn(w, p, &l);
	memset(w->covered + l.offset / 8, 1, blocks);
	if (p->at > w->arrived_at)
		w->arrived_at = p->at;
}

static inline void route_take(struct carrier *c, enum side from, const void *ip, size_t len, double at)
{
	struct route *w = (struct route *)(void *)c;
	struct parcel p = { .from = from, .number = ++w->number, .at = at, .len = len };

	assert(len <= PARCEL_ROOM);
	memcpy(p.ip, ip, len);
	carry(w, from == A ? 0 : w->devices - 1, &p);
}

/* Whether all `total` octets behind the IP headers came since the last call, and when. */
static inline bool route_whole(struct carrier *c, size_t total, double *ret_at)
{
	struct route *w = (struct route *)(void *)c;
	bool whole = true;

	for (size_t i = 0; i < (total + 7) / 8; i++)
		whole &= w->covered[i];
	if (whole)
		*ret_at = w->arrived_at;
	memset(w->covered, 0, sizeof w->covered);
	w->arrived_at = 0;
	return whole;
}

static inline void route_init(struct route *w)
{
	memset(w, 0, offsetof(struct route, packet));
	scene_init(&w->scene, AT_A);
	w->carrier = (struct carrier){ .take = route_take, .whole = route_whole };
	w->seed = 99;
}

static inline void route_clear(struct route *w)
{
	for (size_t i = 0; i < ROUTE_RECORDERS; i++) {
		free(w->recorder[i].list);
		free(w->recorder[i].bytes);
	}
	free(w->part_of);
	scene_clear(&w->scene);
}

static inline struct device device_of(struct route *w, const struct device *from)
{
	struct device d = *from;

	if (d.kind == RECORDS) {
		assert(w->recorders < ROUTE_RECORDERS);
		if (d.recorder)
			w->recorder[w->recorders] = *d.recorder;
		d.recorder = &w->recorder[w->recorders++];
	}
	return d;
}

/* Two hosts with the row of devices between them; a translator hides the host on its inside. */
static inline void route_between(struct route *w, struct pair *p, const char *a, const char *b, const struct device *row,
			       size_t n)
{
	assert(n <= ROUTE_DEVICES && n);
	w->p = p;
	*p = pair_of(&w->scene, a, b);
	p->carrier = &w->carrier;
	w->devices = n;
	for (size_t i = 0; i < n; i++) {
		w->device[i] = device_of(w, &row[i]);
		if (row[i].kind == PREFIXES) {
			p->host[row[i].inside].outside = row[i].outside;
			p->host[row[i].inside].outside_500 = 500;
			p->host[row[i].inside].outside_4500 = 4500;
		}
		if (row[i].kind == TRANSLATES && (row[i].inside == A || !p->host[B].outside)) {
			p->host[row[i].inside].outside = row[i].outside;
			p->host[row[i].inside].outside_500 = 61500;
			p->host[row[i].inside].outside_4500 = 64500;
		}
	}
	pass(&w->scene, 5);
}

/* The recordings go on, and show it: all the time there was something that no filter for IPsec keeps. */
static inline void route_ends(struct route *w)
{
	pass(&w->scene, 90);
	for (size_t i = 0; i < w->recorders; i++)
		for (double at = 0.2; at <= w->scene.now; at += 7)
			record_others(w, &w->recorder[i], at,
					!i ? w->p->host[A].addr : i + 1 == w->recorders ? w->p->host[B].addr : NULL);
}

/* What a recorder of another route holds is on this recorder too: traffic of others. */
static inline void route_adds(struct recorder *r, const struct recorder *other)
{
	for (size_t i = 0; i < other->len; i++) {
		struct record head = other->list[i];

		head.number = 0;
		record(r, &head, other->bytes + other->list[i].bytes);
	}
}

/* Recording `place` is replaced by one of somewhere else. */
static inline void route_swap_recorder(struct route *w, size_t place, struct route *other, size_t from)
{
	struct recorder r = w->recorder[place];

	w->recorder[place] = other->recorder[from];
	other->recorder[from] = r;
}

/* --- what really happened ------------------------------------------------------ */

static const char *const route_class_names[] = { "ike_500", "ike_4500", "esp", "esp_udp", "ah", "icmp", "first_fragment",
					       "later_fragment", "keepalive", "other" };

struct truth { uint32_t sent, lost; };

/* By number: whether that packet, or what it became a part of, is on the recorder. Caller frees. */
static inline bool *held_by(const struct route *w, const struct recorder *r)
{
	bool *held = calloc(w->number + 1, sizeof *held);

	assert(held);
	for (size_t i = 0; i < r->len; i++)
		held[r->list[i].number] = true;
	for (uint32_t n = 1; n <= w->number && n < w->part_room; n++)
		if (w->part_of[n] && held[w->part_of[n]])
			held[n] = true;
	return held;
}

/* From its first record to its last. */
static inline void span_of(const struct recorder *r, double *ret_first, double *ret_last)
{
	*ret_first = HUGE_VAL;
	*ret_last = -HUGE_VAL;
	for (size_t i = 0; i < r->len; i++) {
		*ret_first = r->list[i].at < *ret_first ? r->list[i].at : *ret_first;
		*ret_last = r->list[i].at > *ret_last ? r->list[i].at : *ret_last;
	}
}

/*
 * Of the packets of that class which the recorder of the sender's side holds, and
 * which left while both recorded (by at least `margin` seconds): how many the
 * recorder of the other side lacks.
 */
static inline struct truth route_truth(const struct route *w, enum side from, enum route_class class, double margin)
{
	const struct recorder *near = &w->recorder[from == A ? 0 : w->recorders - 1];
	const struct recorder *far = &w->recorder[from == A ? w->recorders - 1 : 0];
	bool *held = held_by(w, far), *seen = calloc(w->number + 1, sizeof *seen);
	double first, last, far_first, far_last;
	struct truth t = { 0, 0 };

	assert(seen);
	span_of(near, &first, &last);
	span_of(far, &far_first, &far_last);
	first = margin + (far_first > first ? far_first : first);
	last = (far_last < last ? far_last : last) - margin;
	for (size_t i = 0; i < near->len; i++) {
		const struct record *r = &near->list[i];

		if (r->from != from || r->class != class || !r->number || r->at < first || r->at > last || seen[r->number])
			continue;
		seen[r->number] = true;
		t.sent += 1;
		t.lost += !held[r->number];
	}
	free(held);
	free(seen);
	return t;
}

#endif
