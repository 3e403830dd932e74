#include "dissect/net/tcp_encap.h"

#include <string.h>

#include "dissect/base/map.h"
#include "dissect/base/mem.h"
#include "dissect/net/ip.h"
#include "dissect/net/udp.h"

enum {
	LENGTH_LEN = 2,
	PREFIX_LEN = 6,
	HELD_PIECES = 64,  /* of one stream, behind octets that are missing */
	HELD_LEN = 512 << 10,
	WINDOW = 4 << 20,  /* octets between what is due and what comes: more is another stream */
	SPIS = 4,
	RISE = 4096,       /* two packets of a flow are not further apart */
	ROOM_STEP = 2048,
	KEPT_ROOM = 8192,
};

static const uint8_t prefix[] = "IKETCP";

struct key { /* without padding: compared byte by byte */
	struct addr src, dst;
	uint16_t sport, dport;
};

struct piece { /* octets of a stream, as a segment brought them */
	struct seen seen;
	const struct packet *packet;
	uint32_t sequence, said;
	struct cursor c;         /* as far as they were recorded */
};

struct held { /* a piece that waits for those before it */
	struct piece piece;
	struct packet packet;
	uint8_t *data;
	size_t len;
};

struct mark { /* the last packet of ESP, where nothing else says that it is one */
	uint32_t spi, sequence;
};

enum state {
	CANDIDATE, /* on port 4500, and looks like ESP: the next one decides */
	PREFIXED,  /* some octets of the prefix came */
	READING,   /* `next` is due */
	ASTRAY,    /* where a record begins is not known */
};

struct stream {
	enum state state;
	uint32_t start, next;
	uint32_t spis[SPIS];     /* the last ones seen; 0 none */
	unsigned spi_at;
	struct mark mark;
	uint8_t *part;           /* the record under way, from its length field on */
	size_t room, part_len;   /* part_len: recorded without a hole */
	uint32_t part_said;
	struct seen part_seen;   /* and the youngest frame that brought some of it */
	struct packet part_packet;
	struct held *held;       /* ascending */
	size_t held_count, held_capacity, held_len;
	size_t heap;
};

struct tcp_encap {
	struct tcp_encap_options o;
	struct map *streams;
	size_t heap;
};

struct tcp_encap *tcp_encap_new(const struct tcp_encap_options *o)
{
	struct tcp_encap *e = mem_zero(sizeof *e);

	e->o = *o;
	e->streams = map_new(sizeof(struct key), sizeof(struct stream), o->max_streams);
	return e;
}

static void drop_held(struct held *held, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mem_free(held[i].data);
	mem_free(held);
}

static void stream_clear(struct stream *s)
{
	drop_held(s->held, s->held_count);
	mem_free(s->part);
}

void tcp_encap_free(struct tcp_encap *take)
{
	if (!take)
		return;
	for (struct stream *s = map_oldest(take->streams); s; s = map_younger(take->streams, s))
		stream_clear(s);
	map_free(take->streams);
	mem_free(take);
}

static void weigh(struct tcp_encap *e, struct stream *s)
{
	size_t heap = s->room + s->held_capacity * sizeof *s->held + s->held_len;

	e->heap = e->heap - s->heap + heap;
	s->heap = heap;
}

/* Sequence numbers wrap: which of two comes first, and by how much. */
static int32_t ahead(uint32_t sequence, uint32_t of)
{
	return (int32_t)(sequence - of);
}

static struct key key_of(const struct packet *p, bool back)
{
	struct key k;

	memset(&k, 0, sizeof k);
	k.src = back ? p->dst : p->src;
	k.dst = back ? p->src : p->dst;
	k.sport = back ? p->dport : p->sport;
	k.dport = back ? p->sport : p->dport;
	return k;
}

/* Takes n octets off the front, recorded or not. */
static void step(struct piece *p, uint32_t n)
{
	size_t left = cur_left(&p->c);

	p->sequence += n;
	p->said -= n;
	p->c.at += n < left ? n : left;
}

static bool starts_with_prefix(const struct piece *p)
{
	return cur_left(&p->c) >= PREFIX_LEN && !memcmp(p->c.at, prefix, PREFIX_LEN);
}

static void tell_lost(struct tcp_encap *e, const struct piece *p)
{
	struct tcp_record r = { .lost = true, .seen = p->seen, .packet = p->packet };

	r.c = cur_over(NULL, 0, false);
	e->o.record(e->o.ctx, &r);
}

static struct mark mark_of(struct cursor c)
{
	uint32_t spi = cur_u32(&c);

	return (struct mark){ spi, cur_u32(&c) };
}

static bool knows_spi(const struct stream *s, uint32_t spi)
{
	for (int i = 0; i < SPIS; i++)
		if (spi && s->spis[i] == spi)
			return true;
	return false;
}

static void learn_spi(struct stream *s, uint32_t spi)
{
	if (!knows_spi(s, spi))
		s->spis[s->spi_at++ % SPIS] = spi;
}

/* c: a record as far as it was recorded, from its length field on; len counts that field. */
static void deliver(struct tcp_encap *e, struct stream *s, struct seen seen,
		    const struct packet *packet, struct cursor c, uint32_t len)
{
	struct tcp_record r = { .seen = seen, .packet = packet, .said = len - LENGTH_LEN };

	cur_skip(&c, LENGTH_LEN);
	r.c = c;
	if (e->o.sort(r.c, r.said) == TCP_ESP)
		learn_spi(s, mark_of(r.c).spi);
	e->o.record(e->o.ctx, &r);
}

/* RFC 9329 3: a length below its own is fatal; one that was not recorded ends the reading too. */
static bool length_at(struct cursor c, uint32_t *ret)
{
	uint32_t len = cur_u16(&c);

	if (!cur_ok(&c) || len < LENGTH_LEN)
		return false;
	*ret = len;
	return true;
}

/* n octets of p go to the record under way; what follows a hole in it cannot. */
static void append(struct stream *s, struct piece *p, uint32_t n)
{
	size_t have = cur_left(&p->c) < n ? cur_left(&p->c) : n;

	if (have && s->part_len == s->part_said) {
		if (s->part_len + have > s->room) {
			s->room = (s->part_len + have + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
			s->part = mem_resize(s->part, s->room);
		}
		memcpy(s->part + s->part_len, p->c.at, have);
		s->part_len += have;
	}
	s->part_said += n;
	if (s->part_said == n || p->seen.frame > s->part_seen.frame) {
		s->part_seen = p->seen;
		s->part_packet = *p->packet;
	}
	step(p, n);
}

static void forget_part(struct stream *s)
{
	s->part_len = 0;
	s->part_said = 0;
	if (s->room <= KEPT_ROOM)
		return;
	mem_free(s->part);
	s->part = NULL;
	s->room = 0;
}

/* False when the length of the record under way cannot be read. */
static bool go_on(struct tcp_encap *e, struct stream *s, struct piece *p)
{
	uint32_t len, want;

	if (s->part_said < LENGTH_LEN) {
		want = LENGTH_LEN - s->part_said;
		append(s, p, want < p->said ? want : p->said);
		if (s->part_said < LENGTH_LEN)
			return true;
	}
	if (!length_at(cur_over(s->part, s->part_len, false), &len))
		return false;
	want = len - s->part_said;
	append(s, p, want < p->said ? want : p->said);
	if (s->part_said < len)
		return true;
	deliver(e, s, s->part_seen, &s->part_packet,
		cur_over(s->part, s->part_len, s->part_len < len), len);
	forget_part(s);
	return true;
}

/* A record that lies in one segment is read where it lies. */
static bool read_in_place(struct tcp_encap *e, struct stream *s, struct piece *p)
{
	struct cursor c = p->c;
	struct cursor record;
	uint32_t len;

	if (s->part_said || p->said < LENGTH_LEN || !length_at(c, &len) || len > p->said)
		return false;
	record = cur_child(&c, len);
	step(p, len);
	deliver(e, s, p->seen, p->packet, record, len);
	return true;
}

/* A record of which no more will come is told as far as it is there. */
static void tell_part(struct tcp_encap *e, struct stream *s)
{
	struct cursor c = cur_over(s->part, s->part_len, true), body = c;
	enum tcp_content content;
	uint32_t len;

	if (!s->part_said || !length_at(c, &len))
		return;
	cur_skip(&body, LENGTH_LEN);
	content = e->o.sort(body, len - LENGTH_LEN);
	if (content == TCP_IKE || content == TCP_ESP)
		deliver(e, s, s->part_seen, &s->part_packet, c, len);
}

static void lose(struct tcp_encap *e, struct stream *s, const struct piece *p)
{
	tell_part(e, s);
	forget_part(s);
	s->state = ASTRAY;
	tell_lost(e, p);
}

/* p is what is due. */
static void take(struct tcp_encap *e, struct stream *s, struct piece p)
{
	s->next = p.sequence + p.said;
	while (p.said)
		if (!read_in_place(e, s, &p) && !go_on(e, s, &p)) {
			lose(e, s, &p);
			return;
		}
}

static bool rises(const struct mark *from, const struct mark *to)
{
	return from->spi && from->spi == to->spi && to->sequence - from->sequence - 1 < RISE;
}

/*
 * A record at the first octet, without doubt: a message of IKE, an SPI of this
 * stream, or two packets of one flow of ESP in their order, where records end
 * with their segment. The first of these is remembered in *mark.
 */
static bool begins_record(const struct tcp_encap *e, const struct stream *s, struct mark *mark,
			  struct piece p)
{
	struct mark last = *mark, now;
	bool sure = false;

	while (p.said) {
		struct cursor c = p.c, record;
		uint32_t len;
		enum tcp_content content;

		if (p.said < LENGTH_LEN || !length_at(c, &len))
			return false;
		record = cur_child(&c, len);
		cur_skip(&record, LENGTH_LEN);
		content = e->o.sort(record, len - LENGTH_LEN);
		now = mark_of(record);
		if (content == TCP_IKE || (content == TCP_ESP && s && knows_spi(s, now.spi)))
			return true;
		if (content == TCP_STRANGE || len > p.said)
			return false;
		if (content == TCP_ESP) {
			sure |= rises(&last, &now);
			last = now;
		}
		step(&p, len);
	}
	*mark = last;
	return sure;
}

static struct piece lend(const struct held *h)
{
	struct piece p = h->piece;

	p.packet = &h->packet;
	p.c = cur_over(h->data, h->len, h->piece.c.cut);
	return p;
}

static void hold(struct stream *s, const struct piece *p)
{
	struct held *h;
	size_t at = s->held_count;

	while (at && ahead(s->held[at - 1].piece.sequence, p->sequence) >= 0) {
		at -= 1;
		if (s->held[at].piece.sequence == p->sequence && s->held[at].piece.said >= p->said)
			return;
	}
	MEM_PUSH(s->held, s->held_count, s->held_capacity);
	h = &s->held[at];
	memmove(h + 1, h, (s->held_count - 1 - at) * sizeof *h);
	h->piece = *p;
	h->packet = *p->packet;
	h->len = cur_left(&p->c);
	h->data = h->len ? mem_copy(p->c.at, h->len) : NULL;
	s->held_len += h->len;
}

static void take_held(struct tcp_encap *e, struct stream *s)
{
	while (s->state == READING && s->held_count &&
	       ahead(s->held[0].piece.sequence, s->next) <= 0) {
		struct held first = s->held[0];
		struct piece p = lend(&first);
		int32_t known = ahead(s->next, p.sequence);

		s->held_count -= 1;
		s->held_len -= first.len;
		memmove(s->held, s->held + 1, s->held_count * sizeof *s->held);
		if ((uint32_t)known < p.said) {
			step(&p, (uint32_t)known);
			take(e, s, p);
		}
		mem_free(first.data);
	}
}

static void offer(struct tcp_encap *e, struct stream *s, struct piece p);

/* What is missing will not come: the pieces behind it are read from the next record on. */
static void skip_gap(struct tcp_encap *e, struct stream *s)
{
	struct held *held = s->held;
	size_t count = s->held_count;
	struct piece first;

	if (!count)
		return;
	s->held = NULL;
	s->held_count = s->held_capacity = s->held_len = 0;
	first = lend(&held[0]);
	lose(e, s, &first);
	for (size_t i = 0; i < count; i++)
		offer(e, s, lend(&held[i]));
	drop_held(held, count);
}

static void finish(struct tcp_encap *e, struct stream *s)
{
	while (s->held_count)
		skip_gap(e, s);
}

static void offer_reading(struct tcp_encap *e, struct stream *s, struct piece p)
{
	int32_t gap = ahead(p.sequence, s->next);

	if (gap > 0) {
		hold(s, &p);
		if (s->held_count == HELD_PIECES || s->held_len > HELD_LEN)
			skip_gap(e, s);
		return;
	}
	if (ahead(p.sequence + p.said, s->next) <= 0)
		return; /* sent again */
	step(&p, (uint32_t)-gap);
	take(e, s, p);
	take_held(e, s);
	if (s->state == ASTRAY)
		finish(e, s);
}

static void offer(struct tcp_encap *e, struct stream *s, struct piece p)
{
	int32_t gap = ahead(p.sequence, s->next);

	if (s->state == READING && gap <= WINDOW && gap >= -WINDOW) {
		offer_reading(e, s, p);
		return;
	}
	if (!begins_record(e, s, &s->mark, p))
		return;
	if (s->state == READING) { /* much was lost, or this is another connection */
		drop_held(s->held, s->held_count);
		s->held = NULL;
		s->held_count = s->held_capacity = s->held_len = 0;
		lose(e, s, &p);
	}
	s->state = READING;
	s->next = p.sequence;
	offer_reading(e, s, p);
}

static void forget(struct tcp_encap *e, struct stream *s)
{
	struct key k = *(const struct key *)map_key(e->streams, s);

	finish(e, s);
	tell_part(e, s);
	e->heap -= s->heap;
	stream_clear(s);
	map_remove(e->streams, &k);
}

/* For want of room: what its sockets say from here on may not be understood. */
static void evict(struct tcp_encap *e, struct stream *s, struct seen seen)
{
	const struct key *k = map_key(e->streams, s);
	struct packet p = { .protocol = IP_TCP, .src = k->src, .dst = k->dst, .sport = k->sport, .dport = k->dport };
	bool sure = s->state != CANDIDATE && s->state != PREFIXED;

	forget(e, s);
	if (sure)
		tell_lost(e, &(struct piece){ .seen = seen, .packet = &p });
}

static void forget_key(struct tcp_encap *e, const struct key *k)
{
	struct stream *s = map_find(e->streams, k);

	if (s)
		forget(e, s);
}

static struct stream *stream_new(struct tcp_encap *e, const struct key *k, enum state state,
				 uint32_t start, struct seen seen)
{
	struct stream *s;

	forget_key(e, k);
	if (map_full(e->streams))
		evict(e, map_oldest(e->streams), seen);
	s = map_add(e->streams, k);
	s->state = state;
	s->start = s->next = start;
	return s;
}

/* The other direction has no prefix: what it may begin with is what this one has acknowledged. */
static void know_other(struct tcp_encap *e, const struct piece *p, const struct tcp *t, bool at_start)
{
	struct key k = key_of(p->packet, true);
	bool due = at_start && t->flags & TCP_ACK;
	struct stream *s = map_find(e->streams, &k);

	if (s && s->state != CANDIDATE && !at_start)
		return;
	stream_new(e, &k, due ? READING : ASTRAY, t->ack, p->seen);
}

/* The pair of streams is known from here on: p stands behind the prefix. */
static struct stream *open_both(struct tcp_encap *e, const struct tcp *t, const struct piece *p,
				uint32_t start)
{
	struct key k = key_of(p->packet, false);
	struct stream *s;

	know_other(e, p, t, start != p->sequence);
	s = stream_new(e, &k, READING, start, p->seen);
	s->next = p->sequence;
	return s;
}

/* A stream nobody knows: the prefix on any port, or content on that of NAT traversal. */
static struct stream *meet(struct tcp_encap *e, const struct tcp *t, struct piece *p)
{
	struct key k = key_of(p->packet, false);
	uint32_t start = p->sequence;
	struct mark mark = { 0, 0 };
	struct stream *s;

	if (starts_with_prefix(p)) {
		step(p, PREFIX_LEN);
		return open_both(e, t, p, start);
	}
	if (p->said < PREFIX_LEN && cur_left(&p->c) == p->said &&
	    !memcmp(p->c.at, prefix, p->said)) {
		s = stream_new(e, &k, PREFIXED, start, p->seen);
		s->next = start + p->said;
		return NULL;
	}
	if (!tcp_has_port(t, PORT_NATT))
		return NULL;
	if (begins_record(e, NULL, &mark, *p))
		return open_both(e, t, p, start);
	if (mark.spi)
		stream_new(e, &k, CANDIDATE, start, p->seen)->mark = mark;
	return NULL;
}

/* One that may be of RFC 9329, as this segment says; NULL while it does not. */
static struct stream *decide(struct tcp_encap *e, struct stream *s, const struct tcp *t,
			     struct piece *p)
{
	uint32_t start = s->start, known = s->next - start;

	if (s->state == CANDIDATE) {
		if (p->sequence != start && begins_record(e, s, &s->mark, *p))
			return open_both(e, t, p, p->sequence);
		return NULL;
	}
	if (p->sequence == s->next && p->said + known >= PREFIX_LEN &&
	    cur_left(&p->c) >= PREFIX_LEN - known &&
	    !memcmp(p->c.at, prefix + known, PREFIX_LEN - known)) {
		step(p, PREFIX_LEN - known);
		return open_both(e, t, p, start);
	}
	if (p->sequence == s->next && p->said + known < PREFIX_LEN &&
	    cur_left(&p->c) == p->said && !memcmp(p->c.at, prefix + known, p->said)) {
		s->next += p->said;
		return NULL;
	}
	if (ahead(p->sequence, start) >= 0 && ahead(p->sequence + p->said, s->next) <= 0)
		return NULL; /* sent again */
	forget(e, s);
	return meet(e, t, p);
}

static struct stream *stream_of(struct tcp_encap *e, const struct tcp *t, struct piece *p)
{
	struct key k = key_of(p->packet, false);
	struct stream *s = map_find(e->streams, &k);

	if (!s)
		return meet(e, t, p);
	if (starts_with_prefix(p) && p->sequence != s->start)
		return meet(e, t, p); /* the connection was opened anew */
	if (s->state == CANDIDATE || s->state == PREFIXED)
		return decide(e, s, t, p);
	map_touch(e->streams, s);
	return s;
}

/* The quietest go first; at the last this one itself gives up what it waits for. */
static void keep_within(struct tcp_encap *e, struct stream *s, struct seen seen)
{
	while (e->heap > e->o.max_bytes) {
		struct stream *oldest = map_oldest(e->streams);

		if (oldest != s) {
			evict(e, oldest, seen);
			continue;
		}
		finish(e, s);
		if (s->part_said)
			s->state = ASTRAY;
		tell_part(e, s);
		forget_part(s);
		weigh(e, s);
		return;
	}
}

/* What one end has acknowledged and nobody recorded will not come any more. */
static void saw_ack(struct tcp_encap *e, const struct packet *p, const struct tcp *t)
{
	struct key back = key_of(p, true);
	struct stream *s = t->flags & TCP_ACK ? map_find(e->streams, &back) : NULL;

	while (s && s->state == READING && s->held_count &&
	       ahead(t->ack, s->held[0].piece.sequence) >= 0)
		skip_gap(e, s);
	if (!s)
		return;
	map_touch(e->streams, s); /* the two directions age together */
	weigh(e, s);
}

static void begin_anew(struct tcp_encap *e, const struct packet *p, const struct tcp *t)
{
	struct key k = key_of(p, false), back = key_of(p, true);
	const struct stream *s = map_find(e->streams, &k);

	if (s && !(t->flags & TCP_RST) && t->sequence + 1 == s->start)
		return; /* sent again */
	forget_key(e, &k);
	if (!(t->flags & TCP_ACK) || t->flags & TCP_RST)
		forget_key(e, &back);
}

void tcp_encap_segment(struct tcp_encap *e, struct seen seen, const struct packet *p,
		       const struct tcp *t)
{
	struct piece piece = { seen, p, t->sequence + !!(t->flags & TCP_SYN), t->payload_len,
			       t->payload };
	struct stream *s;

	if (cur_left(&piece.c) > piece.said)
		piece.c.end = piece.c.at + piece.said;
	if (map_count(e->streams)) {
		if (t->flags & (TCP_SYN | TCP_RST))
			begin_anew(e, p, t);
		saw_ack(e, p, t);
	}
	if (!piece.said || t->flags & TCP_RST)
		return;
	if (!cur_ok(&piece.c)) /* not even the options were recorded */
		piece.c = cur_over(NULL, 0, true);
	s = stream_of(e, t, &piece);
	if (!s)
		return;
	offer(e, s, piece);
	weigh(e, s);
	keep_within(e, s, seen);
}

void tcp_encap_end(struct tcp_encap *e)
{
	for (struct stream *s = map_oldest(e->streams); s; s = map_younger(e->streams, s)) {
		finish(e, s);
		tell_part(e, s);
		forget_part(s);
		weigh(e, s);
	}
}
