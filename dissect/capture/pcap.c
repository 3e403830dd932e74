#include <stdio.h>

#include "dissect/capture/reader.h"

enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	MODIFIED_HEADER = 24,    /* with interface, protocol and kind of packet */
	PACKET_OUTGOING = 4,     /* that kind: linux/if_packet.h */
	YEAR = 366 * 24 * 3600,
	Y1980 = 315532800,       /* before there were captures */
	CHAIN = 3,               /* records in a row that make one believe */
};

#define MAGIC_MICRO    0xa1b2c3d4u
#define MAGIC_NANO     0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u

struct record {
	uint32_t s, fine, cap, wire;
};

static bool is_magic(uint32_t v)
{
	return v == MAGIC_MICRO || v == MAGIC_NANO || v == MAGIC_MODIFIED;
}

bool pcap_is(const uint8_t head[4])
{
	return is_magic(word(head, false)) || is_magic(word(head, true));
}

static size_t header_len(const struct pcap *p)
{
	return p->modified ? MODIFIED_HEADER : RECORD_HEADER;
}

/* Versions 2.0 to 2.2 wrote the two lengths the other way round, 2.3 either way. */
static struct record record_at(const struct pcap *p, const uint8_t *at)
{
	struct record r = { word(at, p->swapped), word(at + 4, p->swapped),
			    word(at + 8, p->swapped), word(at + 12, p->swapped) };

	if (p->minor < 3 || (p->minor == 3 && r.cap > r.wire)) {
		uint32_t cap = r.wire;

		r.wire = r.cap;
		r.cap = cap;
	}
	return r;
}

/* At most a year from the record before. */
static bool timely(const struct record *r, bool timed, uint32_t last_s)
{
	return timed ? r->s - last_s + YEAR <= 2u * YEAR : r->s >= Y1980;
}

/* As writers write it. */
static bool plausible(const struct pcap *p, const struct record *r, bool timed, uint32_t last_s)
{
	return r->cap && r->cap <= MAX_PACKET && r->cap <= r->wire && r->wire <= MAX_PACKET &&
	       r->fine < (p->nanoseconds ? 1000000000u : 1000000u) && timely(r, timed, last_s);
}

/* Odd, but readable; a hole in a file reads as zeros. */
static bool possible(const struct record *r)
{
	return r->cap <= MAX_PACKET && (r->cap | r->wire | r->s | r->fine);
}

/* At offset x begins a plausible record, and another where it ends, or it ends with the file. */
static bool begins_chain(struct capture *c, size_t x)
{
	struct input *in = &c->in;
	size_t head = header_len(&c->pcap);
	bool timed = c->pcap.timed;
	uint32_t last_s = c->pcap.last_s;

	for (int i = timed ? 1 : 0; i < CHAIN; i++) {
		struct record r = record_at(&c->pcap, input_at(in) + x);

		if (!plausible(&c->pcap, &r, timed, last_s))
			return false;
		x += head + r.cap;
		if (!input_need(in, x + head))
			return input_left(in) == x;
		timed = true;
		last_s = r.s;
	}
	return true;
}

/* The first offset in from..until where a chain begins, else `until`. */
static size_t find_chain(struct capture *c, size_t from, size_t until)
{
	struct input *in = &c->in;
	bool zeros = !timely(&(struct record){ .s = 0 }, c->pcap.timed, c->pcap.last_s);

	for (size_t x = from; x < until && x + header_len(&c->pcap) <= input_left(in); x++)
		if (zeros && !quad(input_at(in) + x, false))
			x += 4; /* holes are long: no time begins here, nor at the next four */
		else if (begins_chain(c, x))
			return x;
	return until;
}

/* Steps over what is damaged; false when nothing follows it. */
static bool resynchronise(struct capture *c)
{
	struct input *in = &c->in;
	size_t head = header_len(&c->pcap);

	reader_damage(c, in->used);
	input_skip(in, 1);
	while (input_need(in, head)) {
		size_t until = input_left(in) - head + 1;
		size_t x = find_chain(c, 0, until);

		input_skip(in, x);
		if (x < until) {
			c->pcap.fine_at = in->used;
			return true;
		}
	}
	input_skip(in, input_left(in));
	return false;
}

/* Whether records follow each other from offset x on, or up to the end. */
static bool leads_on(struct capture *c, size_t x)
{
	size_t head = header_len(&c->pcap);

	for (int i = 0; i < CHAIN; i++) {
		struct record r;

		if (!input_need(&c->in, x + head))
			return x == input_left(&c->in);
		r = record_at(&c->pcap, input_at(&c->in) + x);
		if (!possible(&r))
			return false;
		x += head + r.cap;
	}
	return true;
}

enum judgement { RECORD_GOOD, RECORD_BAD, RECORD_CUT };

/* A record that is not as usual, or is followed by such a one. */
static enum judgement judge(struct capture *c, const struct record *r)
{
	struct input *in = &c->in;
	size_t head = header_len(&c->pcap), end = head + r->cap;

	if (!possible(r))
		return RECORD_BAD;
	if (!input_need(in, end))
		return find_chain(c, 1, input_left(in)) < input_left(in) ? RECORD_BAD : RECORD_CUT;
	if (!input_need(in, end + head) && input_left(in) == end && r->cap <= r->wire)
		return RECORD_GOOD;
	if (leads_on(c, end))
		return RECORD_GOOD;
	if (c->pcap.timed && !timely(r, true, c->pcap.last_s))
		return RECORD_BAD; /* nothing speaks for it */
	return find_chain(c, head, end) < end ? RECORD_BAD : RECORD_GOOD;
}

static bool usual(struct capture *c, const struct record *r)
{
	struct pcap *p = &c->pcap;
	size_t head = header_len(p), end = head + r->cap;
	struct record after;

	if (p->fine_at != c->in.used && !plausible(p, r, p->timed, p->last_s))
		return false;
	if (!input_need(&c->in, end + head))
		return false;
	after = record_at(p, input_at(&c->in) + end);
	if (!plausible(p, &after, true, r->s))
		return false;
	p->fine_at = c->in.used + end;
	return true;
}

static bool tell(struct capture *c, const struct record *r, struct frame *ret)
{
	struct pcap *p = &c->pcap;
	const uint8_t *at = input_at(&c->in);

	*ret = (struct frame){
		.time_ns =
			(int64_t)r->s * 1000000000 + (int64_t)r->fine * (p->nanoseconds ? 1 : 1000),
		.link = p->link,
		.at = at + header_len(p),
		.cap_len = r->cap,
		.wire_len = r->wire > r->cap ? r->wire : r->cap,
	};
	if (p->modified)
		ret->way = at[22] == PACKET_OUTGOING ? WAY_OUT : at[22] == 0 ? WAY_IN : WAY_UNKNOWN;
	p->timed = true;
	p->last_s = r->s;
	input_skip(&c->in, header_len(p) + r->cap);
	return true;
}

static bool pcap_next(struct capture *c, struct frame *ret)
{
	while (input_need(&c->in, header_len(&c->pcap))) {
		struct record r = record_at(&c->pcap, input_at(&c->in));
		enum judgement j = r.cap <= MAX_PACKET && usual(c, &r) ? RECORD_GOOD : judge(c, &r);

		if (j == RECORD_GOOD)
			return tell(c, &r, ret);
		if (j == RECORD_CUT)
			break;
		if (!resynchronise(c))
			return false;
	}
	c->cut = input_left(&c->in);
	return false;
}

bool pcap_start(struct capture *c, struct capture_error *e)
{
	struct input *in = &c->in;
	struct pcap *p = &c->pcap;
	struct capture_interface *interface;
	const uint8_t *at;
	uint32_t magic;
	unsigned major;

	if (!input_need(in, FILE_HEADER)) {
		*e = (struct capture_error){ CAPTURE_UNKNOWN,
					     "a pcap capture cut inside its file header" };
		return false;
	}
	at = input_at(in);
	p->swapped = !is_magic(word(at, false));
	magic = word(at, p->swapped);
	p->nanoseconds = magic == MAGIC_NANO;
	p->modified = magic == MAGIC_MODIFIED;
	major = half(at + 4, p->swapped);
	p->minor = half(at + 6, p->swapped);
	if (major != 2) {
		e->trouble = CAPTURE_UNKNOWN;
		snprintf(e->text, sizeof e->text,
			 "a pcap capture of version %u.%u, which is unknown", major, p->minor);
		return false;
	}
	c->info.nanoseconds = p->nanoseconds;
	interface = reader_add_interface(c);
	interface->snaplen = word(at + 16, p->swapped);
	interface->link = p->link = (uint16_t)word(at + 20, p->swapped);
	input_skip(in, FILE_HEADER);
	c->next = pcap_next;
	c->info.format = "pcap";
	return true;
}
