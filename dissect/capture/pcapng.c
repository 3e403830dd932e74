/* draft-ietf-opsawg-pcapng */
#include <stdio.h>
#include <string.h>

#include "dissect/base/mem.h"
#include "dissect/capture/reader.h"

enum block_type {
	BLOCK_INTERFACE = 1, BLOCK_PACKET = 2, BLOCK_SIMPLE = 3, BLOCK_NAMES = 4,
	BLOCK_STATISTICS = 5, BLOCK_ENHANCED = 6, BLOCK_JOURNAL = 9, BLOCK_SECRETS = 10,
	BLOCK_CUSTOM = 0xbad, BLOCK_CUSTOM_NO_COPY = 0x40000bad, BLOCK_SECTION = 0x0a0d0d0a,
};

enum {
	BLOCK_HEADER = 8, BLOCK_TRAILER = 4, BLOCK_LEAST = 12,
	MAX_PACKET_BLOCK = MAX_PACKET + (1 << 20), /* with its options */
};

#define ORDER_MAGIC 0x1a2b3c4du
#define SECOND_NS   1000000000

enum {
	OPTION_COMMENT = 1, SECTION_APPLICATION = 4,
	IF_NAME = 2, IF_DESCRIPTION = 3, IF_TSRESOL = 9, IF_FILTER = 11, IF_OS = 12,
	IF_TSOFFSET = 14,
	STATISTICS_RECEIVED = 4, STATISTICS_DROPPED = 5, STATISTICS_OS_DROPPED = 7,
	PACKET_FLAGS = 2,
};

struct block {
	uint32_t type;
	uint64_t at;          /* offset in the stream */
	const uint8_t *body;
	size_t len;
};

bool pcapng_is(const uint8_t head[12])
{
	return word(head, false) == BLOCK_SECTION &&
	       (word(head + 8, false) == ORDER_MAGIC || word(head + 8, true) == ORDER_MAGIC);
}

/* --- blocks ------------------------------------------------------------------------------ */

/* The length that the block at offset x says, or 0 when it cannot be; 12 bytes are there. */
static uint32_t length_at(const struct capture *c, size_t x)
{
	const uint8_t *at = input_at(&c->in) + x;
	bool swapped = c->pcapng.swapped;
	uint32_t type = word(at, swapped), len, least = BLOCK_LEAST, most = MAX_BLOCK;

	switch (type) {
	case BLOCK_SECTION: /* reads the same in both orders, and sets the order */
		if (!pcapng_is(at))
			return 0;
		swapped = word(at + 8, false) != ORDER_MAGIC;
		least = 28;
		break;
	case BLOCK_INTERFACE:
		least = 20;
		break;
	case BLOCK_STATISTICS:
		least = 24;
		break;
	case BLOCK_SIMPLE:
		least = 16;
		most = MAX_PACKET_BLOCK;
		break;
	case BLOCK_PACKET:
	case BLOCK_ENHANCED:
		least = 32;
		most = MAX_PACKET_BLOCK;
		break;
	}
	len = word(at + 4, swapped);
	return len >= least && len <= most && len % 4 == 0 ? len : 0;
}

static bool lengths_agree(const struct capture *c, size_t x, uint32_t len)
{
	const uint8_t *at = input_at(&c->in) + x;

	return !memcmp(at + 4, at + len - BLOCK_TRAILER, BLOCK_TRAILER);
}

static bool is_known(uint32_t type)
{
	switch (type) {
	case BLOCK_INTERFACE:
	case BLOCK_PACKET:
	case BLOCK_SIMPLE:
	case BLOCK_NAMES:
	case BLOCK_STATISTICS:
	case BLOCK_ENHANCED:
	case BLOCK_JOURNAL:
	case BLOCK_SECRETS:
	case BLOCK_CUSTOM:
	case BLOCK_CUSTOM_NO_COPY:
	case BLOCK_SECTION:
		return true;
	}
	return false;
}

/* Where both lengths of a known block agree, there is a block. */
static bool begins_block(struct capture *c, size_t x)
{
	struct input *in = &c->in;
	uint32_t len;

	if (!is_known(word(input_at(in) + x, c->pcapng.swapped)))
		return false;
	len = length_at(c, x);
	return len && len <= MAX_PACKET_BLOCK && input_need(in, x + len) &&
	       lengths_agree(c, x, len);
}

static size_t find_block(struct capture *c, size_t from, size_t until)
{
	for (size_t x = from; x < until && x + BLOCK_LEAST <= input_left(&c->in); x++)
		if (begins_block(c, x))
			return x;
	return until;
}

/* Steps over what is damaged; false when nothing follows it. */
static bool resynchronise(struct capture *c)
{
	struct input *in = &c->in;

	reader_damage(c, in->used);
	input_skip(in, 1);
	while (input_need(in, BLOCK_LEAST)) {
		size_t until = input_left(in) - BLOCK_LEAST + 1;
		size_t x = find_block(c, 0, until);

		input_skip(in, x);
		if (x < until)
			return true;
	}
	input_skip(in, input_left(in));
	return false;
}

static bool next_block(struct capture *c, struct block *ret)
{
	struct input *in = &c->in;

	while (input_need(in, BLOCK_LEAST)) {
		uint32_t len = length_at(c, 0);

		if (len && !input_need(in, len) &&
		    find_block(c, 1, input_left(in)) == input_left(in))
			break; /* cut: no other block in what is left */
		if (!len || input_left(in) < len || !lengths_agree(c, 0, len)) {
			if (!resynchronise(c))
				return false;
			continue;
		}
		ret->body = input_at(in) + BLOCK_HEADER;
		ret->len = len - BLOCK_LEAST;
		ret->at = in->used;
		if (pcapng_is(input_at(in)))
			c->pcapng.swapped = word(ret->body, false) != ORDER_MAGIC;
		ret->type = word(input_at(in), c->pcapng.swapped);
		input_skip(in, len);
		return true;
	}
	c->cut = input_left(in);
	return false;
}

/* --- options ----------------------------------------------------------------------------- */

struct options {
	const uint8_t *at, *end;
	bool swapped;
};

static struct options options_of(const struct capture *c, const struct block *b, size_t offset)
{
	return (struct options){ b->body + offset, b->body + b->len, c->pcapng.swapped };
}

/* False at the end, and where an option is longer than its block. */
static bool next_option(struct options *o, uint16_t *ret_code, struct bytes *ret)
{
	size_t left = (size_t)(o->end - o->at), len, padded;
	uint16_t code;

	if (left < 4)
		return false;
	code = half(o->at, o->swapped);
	len = half(o->at + 2, o->swapped);
	padded = (len + 3) / 4 * 4;
	if (!code || padded > left - 4)
		return false;
	*ret_code = code;
	*ret = (struct bytes){ o->at + 4, len };
	o->at += 4 + padded;
	return true;
}

/* The first such text is kept, as long as a file does not tell too much of them. */
static void keep_words(struct capture *c, char **words, struct bytes from)
{
	size_t len = strnlen((const char *)from.at, from.len);

	if (*words || !len || len >= MAX_WORDS - c->pcapng.words)
		return;
	*words = mem_resize(NULL, len + 1);
	memcpy(*words, from.at, len);
	(*words)[len] = 0;
	c->pcapng.words += len + 1;
}

/* --- the blocks that tell no frame ------------------------------------------------------- */

static void section(struct capture *c, const struct block *b)
{
	struct options o = options_of(c, b, 16);
	struct bytes value;
	uint16_t code;

	c->pcapng.first = c->interface_count;
	if (half(b->body + 4, c->pcapng.swapped) != 1)
		reader_damage(c, b->at);
	while (next_option(&o, &code, &value))
		if (code == OPTION_COMMENT)
			keep_words(c, &c->comment, value);
		else if (code == SECTION_APPLICATION)
			keep_words(c, &c->application, value);
	c->info.comment = c->comment;
	c->info.application = c->application;
}

static void set_resolution(struct capture *c, struct resolution *r, uint8_t tsresol)
{
	unsigned power = tsresol & 0x7f;

	r->tsresol = tsresol;
	r->multiply = 0;
	if (!(tsresol & 0x80) && power <= 9)
		for (r->multiply = 1; power < 9; power++)
			r->multiply *= 10;
	if (tsresol & 0x80 ? power >= 20 : power > 6)
		c->info.nanoseconds = true;
}

static void interface_option(struct capture *c, struct capture_interface *i, struct resolution *r,
			     uint16_t code, struct bytes value)
{
	switch (code) {
	case IF_NAME:
		keep_words(c, &i->name, value);
		break;
	case IF_FILTER: /* the first octet says which language: 0 is libpcap's */
		if (value.len > 1 && value.at[0] == 0)
			keep_words(c, &i->filter, (struct bytes){ value.at + 1, value.len - 1 });
		break;
	case IF_OS:
		keep_words(c, &i->os, value);
		break;
	case IF_TSRESOL:
		if (value.len >= 1)
			set_resolution(c, r, value.at[0]);
		break;
	case IF_TSOFFSET:
		if (value.len >= 8)
			r->offset_s = (int64_t)quad(value.at, c->pcapng.swapped);
		break;
	}
}

static void interface(struct capture *c, const struct block *b)
{
	struct options o = options_of(c, b, 8);
	struct capture_interface *i = reader_add_interface(c);
	struct bytes value, description = { NULL, 0 };
	struct resolution *r;
	uint16_t code;

	if (!i) {
		reader_damage(c, b->at);
		return;
	}
	r = MEM_PUSH(c->resolutions, c->resolution_count, c->resolution_room);
	i->link = half(b->body, c->pcapng.swapped);
	i->snaplen = word(b->body + 4, c->pcapng.swapped);
	set_resolution(c, r, 6);
	while (next_option(&o, &code, &value))
		if (code == IF_DESCRIPTION)
			description = value;
		else
			interface_option(c, i, r, code, value);
	if (description.at)
		keep_words(c, &i->name, description);
}

static struct capture_interface *find_interface(const struct capture *c, uint32_t id)
{
	return id < c->interface_count - c->pcapng.first ? &c->interfaces[c->pcapng.first + id]
							 : NULL;
}

static void statistics(struct capture *c, const struct block *b)
{
	struct options o = options_of(c, b, 12);
	struct capture_interface *i = find_interface(c, word(b->body, c->pcapng.swapped));
	uint64_t dropped = 0;
	bool told = false;
	struct bytes value;
	uint16_t code;

	if (!i) {
		reader_damage(c, b->at);
		return;
	}
	while (next_option(&o, &code, &value)) {
		uint64_t v = value.len >= 8 ? quad(value.at, c->pcapng.swapped) : 0;

		if (value.len < 8)
			continue;
		if (code == STATISTICS_RECEIVED)
			i->received = v;
		if (code == STATISTICS_DROPPED || code == STATISTICS_OS_DROPPED) {
			dropped = v > UINT64_MAX - dropped ? UINT64_MAX : dropped + v;
			told = true;
		}
	}
	if (told) {
		i->has_drops = true;
		i->dropped = dropped;
	}
}

/* --- the blocks that tell a frame -------------------------------------------------------- */

static int64_t time_of(const struct resolution *r, uint64_t units)
{
	unsigned power = r->tsresol & 0x7f;
	__int128 ns = units;

	if (r->multiply) {
		ns *= r->multiply;
	} else if (r->tsresol & 0x80) {
		ns = ns * SECOND_NS >> power; /* less than 2^94 before the shift */
	} else {
		for (; power > 9 && ns; power--)
			ns /= 10;
	}
	ns += (__int128)r->offset_s * SECOND_NS;
	return ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/* epb_flags and pack_flags: the lowest two bits are the direction. */
static enum way way_of(struct options o)
{
	struct bytes value;
	uint16_t code;

	while (next_option(&o, &code, &value))
		if (code == PACKET_FLAGS && value.len >= 4)
			switch (word(value.at, o.swapped) & 3) {
			case 1:
				return WAY_IN;
			case 2:
				return WAY_OUT;
			}
	return WAY_UNKNOWN;
}

static bool tell(struct capture *c, const struct block *b, uint32_t id, struct frame *ret)
{
	const struct capture_interface *i = find_interface(c, id);
	bool swapped = c->pcapng.swapped;
	uint32_t cap = word(b->body + 12, swapped), wire = word(b->body + 16, swapped);
	uint64_t units = (uint64_t)word(b->body + 4, swapped) << 32 | word(b->body + 8, swapped);
	size_t options = 20 + ((size_t)cap + 3) / 4 * 4;

	if (!i || cap > MAX_PACKET || cap > b->len - 20) {
		reader_damage(c, b->at);
		return false;
	}
	*ret = (struct frame){
		.time_ns = time_of(&c->resolutions[c->pcapng.first + id], units),
		.interface = (uint32_t)c->pcapng.first + id,
		.link = i->link,
		.way = options < b->len ? way_of(options_of(c, b, options)) : WAY_UNKNOWN,
		.at = b->body + 20,
		.cap_len = cap,
		.wire_len = wire > cap ? wire : cap,
	};
	c->pcapng.last_ns = ret->time_ns;
	return true;
}

/* It has no time of its own: that of the frame before is nearest to the truth. */
static bool tell_simple(struct capture *c, const struct block *b, struct frame *ret)
{
	const struct capture_interface *i = find_interface(c, 0);
	uint32_t wire = word(b->body, c->pcapng.swapped);
	size_t cap = wire < b->len - 4 ? wire : b->len - 4;

	if (i && i->snaplen && cap > i->snaplen)
		cap = i->snaplen;
	if (!i || cap > MAX_PACKET) {
		reader_damage(c, b->at);
		return false;
	}
	*ret = (struct frame){
		.time_ns = c->pcapng.last_ns,
		.interface = (uint32_t)c->pcapng.first,
		.link = i->link,
		.at = b->body + 4,
		.cap_len = cap,
		.wire_len = wire,
	};
	return true;
}

static bool pcapng_next(struct capture *c, struct frame *ret)
{
	struct block b;

	while (next_block(c, &b)) {
		bool told = false;

		switch (b.type) {
		case BLOCK_ENHANCED:
			told = tell(c, &b, word(b.body, c->pcapng.swapped), ret);
			break;
		case BLOCK_PACKET: /* like it, with a drop counter in the upper half */
			told = tell(c, &b, half(b.body, c->pcapng.swapped), ret);
			break;
		case BLOCK_SIMPLE:
			told = tell_simple(c, &b, ret);
			break;
		case BLOCK_SECTION:
			section(c, &b);
			break;
		case BLOCK_INTERFACE:
			interface(c, &b);
			break;
		case BLOCK_STATISTICS:
			statistics(c, &b);
			break;
		case BLOCK_JOURNAL:
		case BLOCK_CUSTOM:
		case BLOCK_CUSTOM_NO_COPY:
			c->number++; /* no frame, but Wireshark counts it as one */
			break;
		}
		if (told)
			return true;
	}
	return false;
}

bool pcapng_start(struct capture *c, struct capture_error *e)
{
	const uint8_t *at;
	unsigned major;
	bool swapped;

	if (!input_need(&c->in, 28)) {
		*e = (struct capture_error){ CAPTURE_UNKNOWN,
					     "a pcapng capture cut inside its first header" };
		return false;
	}
	at = input_at(&c->in);
	swapped = word(at + 8, false) != ORDER_MAGIC;
	major = half(at + 12, swapped);
	if (major != 1) {
		e->trouble = CAPTURE_UNKNOWN;
		snprintf(e->text, sizeof e->text,
			 "a pcapng capture of version %u.%u, which is unknown", major,
			 half(at + 14, swapped));
		return false;
	}
	c->next = pcapng_next;
	c->info.format = "pcapng";
	return true;
}
