/*
 * Figures: which a tunnel gets, and what all of them are put together with.
 */
#include "analyzer/report/figure_parts.h"

#include "analyzer/judge/format.h"
#include "analyzer/report/page.h"
#include "analyzer/report/svg.h"

const struct figure figures[] = {
	{ "ladder", ladder_wanted, ladder_draw, ladder_tell },
	{ "strip", strip_wanted, strip_draw, strip_tell },
	{ "length", length_wanted, length_draw, length_tell },
	{ "resends", resends_wanted, resends_draw, resends_tell },
	{ "sizes", sizes_wanted, sizes_draw, sizes_tell },
	{ "gaps", gaps_wanted, gaps_draw, gaps_tell },
	{ "traffic", traffic_wanted, traffic_draw, traffic_tell },
};
const size_t figures_len = sizeof figures / sizeof *figures;

const char *figure_address(const struct scene *s, const char *side)
{
	return text_or(json_object_get(s->tunnel, side), "address", "?");
}

const char *figure_end(const struct scene *s, const char *side)
{
	return text_or(json_object_get(s->tunnel, side), "name", figure_address(s, side));
}

bool figure_recorded(const struct scene *s, const char *side)
{
	return is_set(json_object_get(s->tunnel, side), "recorded");
}

bool figure_fault(const struct scene *s)
{
	return is_fault(json_object_get(s->tunnel, "verdict"));
}

bool figure_about(const struct scene *s, const char *beginnings)
{
	const char *id = text_or(json_object_get(s->tunnel, "verdict"), "id", "");

	for (const char *at = beginnings; *at;) {
		size_t n = strcspn(at, " ");

		if (!strncmp(id, at, n))
			return true;
		at += n + strspn(at + n, " ");
	}
	return false;
}

void figure_say(json_t *figure, const char *name, enum word w, const struct fill *fills, size_t n)
{
	put(figure, name, filled(w, fills, n));
}

/* One more sentence behind those that are there. */
void figure_add_sentence(json_t *figure, const char *name, json_t *take_sentence)
{
	const char *before = text_of(figure, name);

	if (!before) {
		put(figure, name, take_sentence);
		return;
	}
	FIGURE_SAY(figure, name, W_sentences, { "first", before },
		   { "second", json_string_value(take_sentence) });
	json_decref(take_sentence);
}

json_t *figure_table(const enum word *heads, size_t n)
{
	json_t *head = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(head, json_string(word(heads[i])));
	return json_pack("{s:o,s:[],s:i}", "head", head, "rows", "left_out", 0);
}

void figure_row(json_t *table, json_t *take_cells)
{
	json_t *rows = json_object_get(table, "rows");

	if (json_array_size(rows) < FIGURE_ROWS) {
		json_array_append_new(rows, take_cells);
		return;
	}
	put(table, "left_out", json_integer(int_of(table, "left_out") + 1));
	json_decref(take_cells);
}

/* At most nine characters, whatever a time stamp says. */
json_t *figure_seconds(double at)
{
	if (at >= 1e8)
		return json_sprintf("%.1e", at);
	return json_sprintf("%.*f", at < 10000 ? 3 : at < 1e6 ? 1 : 0, at);
}

/* Of 2026-11-22T05:51:25.015123000Z the date and the time to the microsecond. */
json_t *figure_clock(const char *rfc3339)
{
	const char *time = strchr(rfc3339, 'T');

	if (!time || strlen(time) < 16)
		return json_string(rfc3339);
	return json_sprintf("%.*s %.15s UTC", (int)(time - rfc3339), rfc3339, time + 1);
}

json_t *figure_number(json_int_t n)
{
	return json_sprintf("%lld", (long long)n);
}

bool figure_columns(const struct scene *s)
{
	return s->captures == 2 && json_is_object(json_object_get(s->tunnel, "ends"));
}

/* Lettered where the model has several captures and they are not all of one. */
static void add_frame(const struct scene *s, struct text *t, const json_t *frame, bool lettered)
{
	struct text one;

	text_init(&one);
	format_frame(&one, frame, lettered ? s->captures : 1);
	text_add(t, lettered ? one.at : one.at + 1);
	text_clear(&one);
}

json_t *figure_frames(const struct scene *s, const json_t *frames, const char *between)
{
	size_t n = json_array_size(frames);
	const json_t *first = json_array_get(frames, 0), *last = json_array_get(frames, n ? n - 1 : 0);
	bool lettered = s->captures > 1 && !figure_columns(s);
	struct text t;

	text_init(&t);
	if (n)
		add_frame(s, &t, first, lettered);
	if (n && !json_equal(first, last)) {
		text_add(&t, between);
		add_frame(s, &t, last, lettered);
	}
	return take_string(&t);
}

const char *figure_fitting(enum face face, double room, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (texts[i] && draw_text_width(face, texts[i]) <= room)
			return texts[i];
	return NULL;
}

static size_t lines(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x,
		    double y, double room, size_t most, const char *text)
{
	size_t width = draw_cells(face, room), n = 0;
	struct text line, rest;
	const char *at = text;

	text_init(&line);
	for (; n < most && wrap_next(&at, width, &line); text_empty(&line)) {
		n += 1;
		if (n == most && *at) { /* what does not fit is cut, and says so */
			text_init(&rest);
			text_addf(&rest, "%s %s", line.at, at);
			clip(&rest, width);
			text_empty(&line);
			text_add(&line, rest.at);
			text_clear(&rest);
		}
		if (d)
			draw_text_over(d, tone, face, anchor, x, y + 16 * (double)(n - 1), line.at);
	}
	text_clear(&line);
	return n;
}

size_t figure_lines(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x,
		    double y, double room, size_t most, const char *text)
{
	return lines(d, tone, face, anchor, x, y, room, most, text);
}

size_t figure_lines_of(enum face face, double room, size_t most, const char *text)
{
	return lines(NULL, TONE_ink, face, AT_START, 0, 0, room, most, text);
}

static json_t *as_svg(const struct figure *f, const struct scene *s, bool narrow, const char *alt)
{
	struct draw d;
	struct text t;

	draw_init(&d, narrow ? FIGURE_NARROW : FIGURE_WIDE);
	text_init(&t);
	f->draw(s, &d, narrow);
	svg_write(&t, &d, alt);
	draw_clear(&d);
	return take_string(&t);
}

static json_t *figure_of(const struct figure *f, const struct scene *s)
{
	json_t *o = json_object();

	put(o, "name", json_string(f->name));
	f->tell(s, o);
	put(o, "wide", as_svg(f, s, false, text_or(o, "alt", "")));
	put(o, "narrow", as_svg(f, s, true, text_or(o, "alt", "")));
	return o;
}

json_t *figures_of(const json_t *model, const json_t *tunnel)
{
	struct scene s = { model, tunnel,
			   (unsigned)json_array_size(json_object_get(model, "captures")) };
	json_t *list = json_array();

	for (size_t i = 0; i < figures_len; i++)
		if (figures[i].wanted(&s))
			json_array_append_new(list, figure_of(&figures[i], &s));
	return list;
}

