#include "analyzer/evidence/evidence.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/evidence/parts.h"
#include "dissect/base/mem.h"

enum pass { PASS_LEARN, PASS_CHOOSE, PASS_COPY, PASSES };

struct reading { /* of one capture */
	struct capture *passes[PASSES];
	struct selection selection;
	struct keeping kept;
	uint64_t last; /* frame: what is behind it broke the reader; 0: none */
};

struct evidence {
	const struct evidence_order *order;
	struct reading *readings;
	size_t frames, bytes; /* kept of all captures */
};

/* The number of frames that were read of a capture whose reader broke down behind them, else 0. */
static uint64_t last_of(const struct evidence_source *s)
{
	const json_t *c = json_array_get(json_object_get(s->model, "captures"), s->capture);
	json_t *note;
	size_t i;

	json_array_foreach(json_object_get(c, "notes"), i, note)
		if (json_is_string(note) && !strcmp(json_string_value(note), "worker_died"))
			return (uint64_t)json_integer_value(json_object_get(c, "frames"));
	return 0;
}

static void fail(struct evidence_trouble *t, size_t source, const char *text)
{
	t->source = source;
	snprintf(t->text, sizeof t->text, "%s", text);
}

struct evidence *evidence_open(const struct evidence_order *o, struct evidence_trouble *ret)
{
	const struct capture_options how = { .reads = o->reads };
	struct evidence *e = mem_zero(sizeof *e);

	e->order = o;
	e->readings = mem_zero(o->sources_len * sizeof *e->readings + 1);
	for (size_t i = 0; i < o->sources_len; i++) {
		e->readings[i].last = last_of(&o->sources[i]);
		for (int k = 0; k < PASSES; k++) {
			struct capture_error error = { CAPTURE_FINE, "" };

			e->readings[i].passes[k] = capture_open(o->sources[i].path, &how, &error);
			if (!e->readings[i].passes[k]) {
				fail(ret, i, error.text);
				evidence_free(e);
				return NULL;
			}
		}
	}
	return e;
}

void evidence_free(struct evidence *take)
{
	if (!take)
		return;
	for (size_t i = 0; i < take->order->sources_len; i++) {
		struct reading *r = &take->readings[i];

		for (int k = 0; k < PASSES; k++)
			capture_close(r->passes[k]);
		selection_clear(&r->selection);
		for (size_t k = 0; k < r->kept.len; k++)
			mem_free(r->kept.at[k].bytes);
		mem_free(r->kept.at);
	}
	mem_free(take->readings);
	mem_free(take);
}

static bool keep(struct evidence *e, struct reading *r, const struct frame *f)
{
	struct kept *k;

	if (e->frames >= MOST_FRAMES || e->bytes + f->cap_len > MOST_BYTES)
		return false;
	e->frames += 1;
	e->bytes += f->cap_len;
	k = MEM_PUSH(r->kept.at, r->kept.len, r->kept.room);
	k->frame = *f;
	k->bytes = mem_copy(f->at, f->cap_len);
	k->frame.at = k->bytes;
	return true;
}

static void copy(struct evidence *e, struct reading *r)
{
	struct capture *c = r->passes[PASS_COPY];
	size_t at = 0, n = r->selection.frames_len;
	struct frame f;

	while (capture_next(c, &f) && (!r->last || f.number <= r->last)) {
		while (at < n && r->selection.frames[at] < f.number)
			at += 1;
		if (at < n && r->selection.frames[at] == f.number && !keep(e, r, &f))
			r->selection.left_out += 1;
	}
}

/* The last open capture stays: what it says of its interfaces is written. */
static void read_source(struct evidence *e, size_t i)
{
	struct reading *r = &e->readings[i];

	selection_init(&r->selection, &e->order->sources[i]);
	selection_learn(&r->selection, r->passes[PASS_LEARN], r->last);
	selection_choose(&r->selection, r->passes[PASS_CHOOSE], r->last);
	copy(e, r);
}

static void change(struct evidence *e, struct reading *r)
{
	struct rewriting w = { .pseudonyms = e->order->pseudonyms, .blank = !e->order->with_secrets };

	if (w.pseudonyms || w.blank)
		rewrite(&w, &r->kept);
}

static const char *link_name(uint16_t link, char buf[24])
{
	const char *name = capture_link_name(link);

	if (name)
		return name;
	snprintf(buf, 24, "%u", link);
	return buf;
}

/* Classic pcap has one link type. */
static bool one_link(const struct evidence *e, uint16_t *ret_link, uint32_t *ret_snaplen,
		     struct evidence_trouble *ret)
{
	bool first = true;

	*ret_link = 1;
	*ret_snaplen = 0;
	for (size_t i = 0; i < e->order->sources_len; i++) {
		const struct reading *r = &e->readings[i];
		const struct capture_info *info = capture_info(r->passes[PASS_COPY]);

		for (size_t k = 0; k < r->kept.len; k++) {
			const struct frame *f = &r->kept.at[k].frame;
			char a[24], b[24];

			if (!first && f->link != *ret_link) {
				ret->source = i;
				snprintf(ret->text, sizeof ret->text,
					 "has frames of link type %s beside %s, and a classic pcap file holds one: leave out --pcap",
					 link_name(f->link, a), link_name(*ret_link, b));
				return false;
			}
			*ret_link = f->link;
			first = false;
			if (f->interface < info->interfaces && info->interface[f->interface].snaplen > *ret_snaplen)
				*ret_snaplen = info->interface[f->interface].snaplen;
		}
	}
	return true;
}

static bool any_nanoseconds(const struct evidence *e)
{
	for (size_t i = 0; i < e->order->sources_len; i++)
		if (capture_info(e->readings[i].passes[PASS_COPY])->nanoseconds)
			return true;
	return false;
}

static struct file_section section_of(const struct evidence *e, size_t i)
{
	return (struct file_section){ e->order, &e->order->sources[i],
				      capture_info(e->readings[i].passes[PASS_COPY]),
				      &e->readings[i].selection, &e->readings[i].kept };
}

static bool write_all(struct evidence *e, struct output *out, struct evidence_trouble *ret)
{
	bool nanoseconds = any_nanoseconds(e);
	uint32_t snaplen;
	uint16_t link;

	if (e->order->pcap) {
		if (!one_link(e, &link, &snaplen, ret))
			return false;
		file_write_pcap_header(out, link, snaplen, nanoseconds);
	}
	for (size_t i = 0; i < e->order->sources_len; i++) {
		struct file_section s = section_of(e, i);

		if (e->order->pcap)
			file_write_pcap(out, &s, nanoseconds);
		else
			file_write_pcapng(out, &s);
	}
	return true;
}

bool evidence_write(struct evidence *e, evidence_sink *sink, void *ctx, struct evidence_result *ret_result,
		    struct evidence_trouble *ret)
{
	struct output out = { .sink = sink, .ctx = ctx };
	struct evidence_result result = { 0 };

	for (size_t i = 0; i < e->order->sources_len; i++)
		read_source(e, i);
	for (size_t i = 0; i < e->order->sources_len; i++) {
		struct reading *r = &e->readings[i];

		change(e, r);
		result.frames += r->kept.len;
		result.left_out += r->selection.left_out;
		for (size_t k = 0; k < r->kept.len; k++)
			result.blanked += r->kept.at[k].blanked;
	}
	if (!write_all(e, &out, ret))
		return false;
	if (out.failed) {
		fail(ret, 0, "the evidence could not be written");
		return false;
	}
	*ret_result = result;
	return true;
}
