/*
 * Capture files: pcapng (draft-ietf-opsawg-pcapng) with comments, and the
 * classic pcap for tools that read nothing else. Numbers are in the order of
 * this machine; readers tell by the magic number.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/evidence/parts.h"
#include "analyzer/report/words.h"
#include "analyzer/track/fields.h"
#include "dissect/base/mem.h"

enum block_type { BLOCK_INTERFACE = 1, BLOCK_STATISTICS = 5, BLOCK_ENHANCED = 6, BLOCK_SECTION = 0x0a0d0d0a };
enum option {
	OPTION_END = 0, OPTION_COMMENT = 1, SECTION_APPLICATION = 4, IF_NAME = 2, IF_TSRESOL = 9, IF_FILTER = 11,
	IF_OS = 12, EPB_FLAGS = 2, ISB_RECEIVED = 4, ISB_DROPPED = 5,
};
enum { MOST_COMMENT = 60000, FLAG_IN = 1, FLAG_OUT = 2, UNLIMITED = 262144 };

#define ORDER_MAGIC 0x1a2b3c4du
#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO  0xa1b23c4du

static void add16(struct text *t, uint16_t v)
{
	text_add_bytes(t, (const char *)&v, sizeof v);
}

static void add32(struct text *t, uint32_t v)
{
	text_add_bytes(t, (const char *)&v, sizeof v);
}

static void add_padded(struct text *t, const void *at, size_t len)
{
	static const char zeros[4];

	text_add_bytes(t, at, len);
	text_add_bytes(t, zeros, (4 - len % 4) % 4);
}

static void add_option(struct text *t, uint16_t code, const void *at, size_t len)
{
	if (len > MOST_COMMENT)
		len = MOST_COMMENT;
	add16(t, code);
	add16(t, (uint16_t)len);
	add_padded(t, at, len);
}

static void add_words(struct text *t, uint16_t code, const char *words)
{
	if (words && *words)
		add_option(t, code, words, strlen(words));
}

static void put(struct output *o, const void *at, size_t len)
{
	if (!o->failed && !o->sink(o->ctx, at, len))
		o->failed = true;
}

/* Empties the body. */
static void put_block(struct output *o, enum block_type type, struct text *body)
{
	uint32_t head[2] = { (uint32_t)type, (uint32_t)body->len + 12 };

	put(o, head, sizeof head);
	put(o, body->at, body->len);
	put(o, &head[1], sizeof head[1]);
	text_clear(body);
	text_init(body);
}

/* --- words ---------------------------------------------------------------------------------- */

static void line(struct text *t, enum word w, const struct fill *fills, size_t n)
{
	text_add(t, t->len ? "\n" : "");
	word_fill(t, word(w), fills, n);
}

#define LINE(t, w, ...) \
	line(t, w, (const struct fill[]){ __VA_ARGS__ }, \
	     sizeof((const struct fill[]){ __VA_ARGS__ }) / sizeof(struct fill))

static const char *name_of(const struct evidence_source *s)
{
	return s->name ? s->name : word(W_evidence_original);
}

static bool any_blanked(const struct keeping *k)
{
	for (size_t i = 0; i < k->len; i++)
		if (k->at[i].blanked)
			return true;
	return false;
}

static void section_comment(const struct file_section *s, struct text *t)
{
	const struct evidence_source *source = s->source;
	char frames[24], total[24];

	snprintf(frames, sizeof frames, "%zu", s->kept->len);
	snprintf(total, sizeof total, "%llu", (unsigned long long)s->info->frames);
	LINE(t, W_evidence_section, { "frames", frames }, { "total", total }, { "file", name_of(source) },
	     { "version", s->order->version });
	LINE(t, W_evidence_hash, { "hash", source->sha256 });
	LINE(t, W_evidence_verdict,
	     { "sentence", text_or(json_object_get(source->told, "verdict"), "sentence", "") });
	if (s->order->pseudonyms)
		LINE(t, W_evidence_redacted, { "n", "" });
	if (any_blanked(s->kept))
		LINE(t, W_evidence_blanked, { "n", "" });
}

static void frame_comment(const struct file_section *s, const struct kept *k, struct text *t)
{
	const struct citation *c;
	size_t n = selection_cited(s->selection, k->frame.number, &c), told = 0;
	char number[24];

	snprintf(number, sizeof number, "%llu", (unsigned long long)k->frame.number);
	for (size_t i = 0; i < n && t->len < MOST_COMMENT / 2; i++) {
		bool again = false;

		for (size_t j = 0; j < i; j++)
			again |= c[j].finding == c[i].finding;
		if (!c[i].finding || again)
			continue;
		LINE(t, W_evidence_cited, { "id", text_or(c[i].finding, "id", "") },
		     { "sentence", text_or(c[i].finding, "text", "") });
		told += 1;
	}
	LINE(t, told ? W_evidence_frame : W_evidence_context, { "number", number }, { "file", name_of(s->source) });
	if (k->blanked)
		LINE(t, W_evidence_frame_blanked, { "n", "" });
}

/* --- pcapng --------------------------------------------------------------------------------- */

static void put_section(struct output *o, const struct file_section *s)
{
	char program[64];
	struct text b, words;

	text_init(&b);
	text_init(&words);
	section_comment(s, &words);
	add32(&b, ORDER_MAGIC);
	add16(&b, 1);
	add16(&b, 0);
	add32(&b, UINT32_MAX); /* length of the section: not told */
	add32(&b, UINT32_MAX);
	add_words(&b, OPTION_COMMENT, words.at);
	snprintf(program, sizeof program, "ikescope %s", s->order->version);
	add_words(&b, SECTION_APPLICATION, program);
	add_option(&b, OPTION_END, "", 0);
	put_block(o, BLOCK_SECTION, &b);
	text_clear(&words);
	text_clear(&b);
}

static void put_interface(struct output *o, const struct file_section *s, uint32_t number)
{
	const struct capture_interface *i = &s->info->interface[number];
	struct pseudonyms *p = s->order->pseudonyms;
	uint8_t resolution = s->info->nanoseconds ? 9 : 6;
	struct text b;

	text_init(&b);
	add16(&b, i->link);
	add16(&b, 0);
	add32(&b, i->snaplen);
	if (!p) {
		add_words(&b, IF_NAME, i->name);
		add_words(&b, IF_OS, i->os);
	}
	if (i->filter && *i->filter) {
		char *filter = p ? redact_filter(p, i->filter) : mem_string(i->filter);
		struct text coded;

		text_init(&coded);
		text_add_bytes(&coded, "\0", 1); /* in the language of libpcap */
		text_add(&coded, filter);
		add_option(&b, IF_FILTER, coded.at, coded.len);
		text_clear(&coded);
		mem_free(filter);
	}
	add_option(&b, IF_TSRESOL, &resolution, 1);
	add_option(&b, OPTION_END, "", 0);
	put_block(o, BLOCK_INTERFACE, &b);
	text_clear(&b);
}

static void put_frame(struct output *o, const struct file_section *s, const struct kept *k, uint32_t interface)
{
	uint64_t units = (uint64_t)(s->info->nanoseconds ? k->frame.time_ns : k->frame.time_ns / 1000);
	struct text b, words;

	text_init(&b);
	text_init(&words);
	frame_comment(s, k, &words);
	add32(&b, interface);
	add32(&b, (uint32_t)(units >> 32));
	add32(&b, (uint32_t)units);
	add32(&b, (uint32_t)k->frame.cap_len);
	add32(&b, k->frame.wire_len);
	add_padded(&b, k->bytes, k->frame.cap_len);
	add_words(&b, OPTION_COMMENT, words.at);
	if (k->frame.way != WAY_UNKNOWN)
		add_option(&b, EPB_FLAGS, &(uint32_t[]){ k->frame.way == WAY_IN ? FLAG_IN : FLAG_OUT }, 4);
	add_option(&b, OPTION_END, "", 0);
	put_block(o, BLOCK_ENHANCED, &b);
	text_clear(&words);
	text_clear(&b);
}

static void put_statistics(struct output *o, const struct capture_interface *i, uint32_t number, int64_t ns,
			   bool nanoseconds)
{
	uint64_t units = (uint64_t)(nanoseconds ? ns : ns / 1000);
	struct text b;

	text_init(&b);
	add32(&b, number);
	add32(&b, (uint32_t)(units >> 32));
	add32(&b, (uint32_t)units);
	add_option(&b, ISB_RECEIVED, &i->received, 8);
	add_option(&b, ISB_DROPPED, &i->dropped, 8);
	add_option(&b, OPTION_END, "", 0);
	put_block(o, BLOCK_STATISTICS, &b);
	text_clear(&b);
}

/* Only the interfaces that a frame is of; they are counted anew. */
void file_write_pcapng(struct output *o, const struct file_section *s)
{
	uint32_t n = s->info->interfaces, used = 0;
	uint32_t *number = mem_zero((n + 1) * sizeof *number); /* 0: not used, else one more than its number */
	int64_t last = 0;

	put_section(o, s);
	for (size_t i = 0; i < s->kept->len; i++) {
		uint32_t interface = s->kept->at[i].frame.interface;

		if (interface < n && !number[interface]) {
			number[interface] = ++used;
			put_interface(o, s, interface);
		}
		if (interface < n)
			put_frame(o, s, &s->kept->at[i], number[interface] - 1);
		last = s->kept->at[i].frame.time_ns;
	}
	for (uint32_t i = 0; i < n; i++)
		if (number[i] && s->info->interface[i].has_drops)
			put_statistics(o, &s->info->interface[i], number[i] - 1, last, s->info->nanoseconds);
	mem_free(number);
}

/* --- pcap ----------------------------------------------------------------------------------- */

void file_write_pcap_header(struct output *o, uint16_t link, uint32_t snaplen, bool nanoseconds)
{
	struct text b;

	text_init(&b);
	add32(&b, nanoseconds ? MAGIC_NANO : MAGIC_MICRO);
	add16(&b, 2);
	add16(&b, 4);
	add32(&b, 0);
	add32(&b, 0);
	add32(&b, snaplen ? snaplen : UNLIMITED);
	add32(&b, link);
	put(o, b.at, b.len);
	text_clear(&b);
}

void file_write_pcap(struct output *o, const struct file_section *s, bool nanoseconds)
{
	for (size_t i = 0; i < s->kept->len; i++) {
		const struct frame *f = &s->kept->at[i].frame;
		int64_t seconds = f->time_ns / 1000000000, rest = f->time_ns % 1000000000;
		uint32_t head[4] = { (uint32_t)seconds, (uint32_t)(nanoseconds ? rest : rest / 1000),
				     (uint32_t)f->cap_len, f->wire_len };

		put(o, head, sizeof head);
		put(o, s->kept->at[i].bytes, f->cap_len);
	}
}
