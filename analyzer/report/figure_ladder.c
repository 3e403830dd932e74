/*
 * The ladder: time, frames, and between two lifelines what passed.
 *
 * Order is time. Rows of the model are laid out as elements; a row of resends
 * becomes one element per burst, so that what passed between them keeps its place.
 * A label is shortened by what matters, then by its size, never in its name; what
 * is still too long takes a second line, and the row grows.
 */
#include "analyzer/report/figure_parts.h"

#include <stdlib.h>

#include "analyzer/report/page.h"
#include "dissect/base/mem.h"

enum { LINE = 16, GAP_ROW = 24, MOST_LINES = 3 };

static const double wide_lines[2] = { 152, 800 }, narrow_lines[2] = { 14, 344 };
static const double band = 0.16, unseen_part = 0.3, later_gap = 0.5;

struct element {
	const json_t *row, *burst; /* burst: of a row of resends */
	bool first, last;          /* of its row */
	double at, until;
	size_t order;
};

struct stage {
	const struct scene *scene;
	struct draw *draw;
	bool narrow, two_ends, recorded[2], fault;
	double line[2]; /* x of the lifelines */
	double y;       /* where the next element begins */
};

struct name { /* candidates, longest first */
	char *at[4];
	size_t len;
};

static const struct pen edge_pen = { TONE_edge, 1.5, SOLID, false };
static const struct pen thin_soft = { TONE_soft, 1, SOLID, false };

static bool two_ends(const struct scene *s)
{
	const json_t *rows = json_object_get(json_object_get(s->tunnel, "ladder"), "rows");
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) if (json_object_get(row, "frames_b") ||
					     json_object_get(row, "fate")) return true;
	return false;
}

/* Elements */

static int by_time(const void *x, const void *y)
{
	const struct element *a = x, *b = y;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static struct element element(const json_t *row, size_t burst, size_t order)
{
	const json_t *bursts = json_object_get(row, "bursts"), *own = json_array_get(bursts, burst);
	const json_t *timed = own ? own : row;
	struct element e = { .row = row, .burst = own, .first = burst == 0, .order = order };

	e.at = e.until = real_of(timed, "at");
	e.last = burst + 1 >= json_array_size(bursts);
	if (json_object_get(timed, "until"))
		e.until = real_of(timed, "until");
	return e;
}

/* A piece that is missing has no time of its own: it keeps its place behind its message. */
static struct element *elements_of(const struct scene *s, size_t *ret_n)
{
	const json_t *rows = json_object_get(json_object_get(s->tunnel, "ladder"), "rows");
	struct element *list = NULL;
	size_t n = 0, room = 0, i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		size_t bursts = json_array_size(json_object_get(row, "bursts"));

		for (size_t k = 0; k < (bursts ? bursts : 1); k++) {
			struct element *e = MEM_PUSH(list, n, room);

			*e = element(row, k, n - 1);
		}
	}
	if (n)
		qsort(list, n, sizeof *list, by_time);
	*ret_n = n;
	return list;
}

/* Lines */

static void lifelines(const struct stage *g, double height, bool gap)
{
	for (int i = 0; i < 2; i++) {
		struct pen pen = edge_pen;

		pen.dash = gap || !g->recorded[i] ? DOTTED : SOLID;
		draw_line(g->draw, pen, g->line[i], g->y, g->line[i], g->y + height);
	}
}

static double middle(const struct stage *g)
{
	return (g->line[0] + g->line[1]) / 2;
}

/* From x to `to`, its head at `to`; the last part dashed where nobody saw it arrive. */
static void arrow(const struct stage *g, struct pen pen, double from, double to, double y, bool unseen)
{
	double way = to > from ? 1 : -1, end = to - way * 8, dashed = to - (to - from) * unseen_part;

	if (unseen) {
		draw_line(g->draw, pen, from, y, dashed, y);
		pen.dash = DASHED;
		draw_line(g->draw, pen, dashed, y, end, y);
	} else {
		draw_line(g->draw, pen, from, y, end, y);
	}
	draw_head(g->draw, pen.tone, to - way, y, to - way * 10, y);
}

static void cross(const struct stage *g, double x, double y, bool small)
{
	draw_cross(g->draw, (struct pen){ TONE_fault, small ? 1.75 : 2.25, SOLID, false }, x, y,
		   small ? 7 : 10);
}

/* Half a line from the sender to a cross in the middle. */
static void lost_line(const struct stage *g, struct pen pen, int from, double y, bool small)
{
	double way = from ? -1 : 1, x = middle(g);

	draw_line(g->draw, pen, g->line[from], y, x - way * (small ? 7 : 11), y);
	cross(g, x, y, small);
}

/* Names */

static void push_name(struct name *n, json_t *take_text)
{
	const char *s = json_string_value(take_text);
	struct text safe;

	text_init(&safe);
	text_add_wire(&safe, (struct bytes){ (const uint8_t *)s, strlen(s) });
	n->at[n->len++] = text_take(&safe);
	json_decref(take_text);
}

static void name_clear(struct name *n)
{
	for (size_t i = 0; i < n->len; i++)
		mem_free(n->at[i]);
	n->len = 0;
}

static json_t *with_size(const json_t *row, const char *label)
{
	char bytes[24], there[24];

	snprintf(bytes, sizeof bytes, "%lld", (long long)int_of(row, "bytes"));
	snprintf(there, sizeof there, "%lld", (long long)int_of(row, "bytes_there"));
	if (!int_of(row, "bytes"))
		return json_string(label);
	return FILLED(int_of(row, "bytes_there") ? W_figure_size_there : W_figure_size,
		      { "label", label }, { "bytes", bytes }, { "there", there });
}

static json_t *with_what(const char *label, const char *what)
{
	return FILLED(W_figure_what, { "label", label }, { "what", what });
}

/* "no answer" outlives the size: it is what the row is about. */
static void name_of(const json_t *row, struct name *ret)
{
	const char *label = text_or(row, "label", ""), *what = text_of(row, "what");
	bool silent = is_word(row, "answer", "none");
	json_t *sized = with_size(row, label);

	if (silent)
		what = word(W_figure_no_answer);
	if (what)
		push_name(ret, with_what(json_string_value(sized), what));
	if (silent)
		push_name(ret, with_what(label, what));
	else
		push_name(ret, json_incref(sized));
	push_name(ret, json_string(label));
	json_decref(sized);
}

/* Height that the label takes beyond its first line; drawn at y when it is the time to draw. */
static double label(const struct stage *g, const struct name *n, enum tone tone, enum face face,
		    double x, double room, double y)
{
	const char *fits = figure_fitting(face, room, (const char *const *)n->at, n->len);
	size_t lines;

	if (fits) {
		draw_text_over(g->draw, tone, face, AT_MIDDLE, x, y, fits);
		return 0;
	}
	lines = figure_lines(g->draw, tone, face, AT_MIDDLE, x, y, room, MOST_LINES,
			     n->at[n->len - 1]);
	return lines > 1 ? LINE * (double)(lines - 1) : 0;
}

static double label_growth(const struct name *n, enum face face, double room)
{
	size_t lines = figure_fitting(face, room, (const char *const *)n->at, n->len)
			       ? 1
			       : figure_lines_of(face, room, MOST_LINES, n->at[n->len - 1]);

	return lines > 1 ? LINE * (double)(lines - 1) : 0;
}

/* Margins */

static char *shortened(const char *text, enum face face, double room)
{
	struct text t;

	text_init(&t);
	text_add_wire(&t, (struct bytes){ (const uint8_t *)text, strlen(text) });
	clip(&t, draw_cells(face, room));
	return text_take(&t);
}

static void frames_text(const struct stage *g, const json_t *frames, enum anchor anchor, double x,
			double y, double room)
{
	json_t *whole = figure_frames(g->scene, frames, word(W_figure_range));
	char *fits = shortened(json_string_value(whole), FACE_MONO, room);

	if (*fits)
		draw_text(g->draw, TONE_ink, FACE_MONO, anchor, x, y, fits);
	mem_free(fits);
	json_decref(whole);
}

/* At the right edge x: in one line, or the last frame below the first. */
static void frames_beside(const struct stage *g, const json_t *frames, enum anchor anchor, double x,
			  double y, double room)
{
	json_t *whole = figure_frames(g->scene, frames, word(W_figure_range));
	bool fits = draw_text_width(FACE_MONO, json_string_value(whole)) <= room;

	json_decref(whole);
	if (fits || json_array_size(frames) < 2) {
		frames_text(g, frames, anchor, x, y, room);
		return;
	}
	for (int last = 0; last < 2; last++) {
		json_t *one = json_pack("[O]", json_array_get(frames, last ? json_array_size(frames) - 1 : 0));

		frames_text(g, one, anchor, x, y + (last ? LINE / 2 : -LINE / 2), room);
		json_decref(one);
	}
}

/* Wide: beside the line at y. Narrow: below it, at y. */
static void margins(const struct stage *g, const struct element *e, double y)
{
	const json_t *from = e->burst ? e->burst : e->row;
	const json_t *frames = json_object_get(from, "frames");
	const json_t *frames_b = json_object_get(from, "frames_b");
	json_t *time = figure_seconds(e->at);
	bool timed = !is_word(e->row, "kind", "missing");

	if (!g->narrow) {
		if (timed)
			draw_text(g->draw, TONE_soft, FACE_MONO, AT_END, 64, y + 4,
				  json_string_value(time));
		frames_beside(g, frames, AT_END, 136, y + 4, 66);
		frames_beside(g, frames_b, AT_START, 816, y + 4, 64);
	} else {
		json_t *said = FILLED(W_figure_seconds, { "seconds", json_string_value(time) });

		if (timed)
			draw_text_over(g->draw, TONE_soft, FACE_MONO, AT_MIDDLE, middle(g), y,
				       json_string_value(said));
		frames_beside(g, frames, AT_START, g->line[0] + 6, y, 112);
		frames_beside(g, frames_b, AT_END, g->line[1] - 6, y, 112);
		json_decref(said);
	}
	json_decref(time);
}

/* Rows */

/* The room of a row: what lies above its line, and its whole height. */
static double line_at(const struct stage *g, double growth)
{
	return g->y + (g->narrow ? 22 : 24) + growth;
}

static double row_height(const struct stage *g, double growth)
{
	return (g->narrow ? 56 : 40) + growth;
}

/* Narrow, what has neither time nor frames needs no line for them. */
static double unused(const struct stage *g, const json_t *row)
{
	return g->narrow && is_word(row, "kind", "missing") &&
			       !json_array_size(json_object_get(row, "frames")) &&
			       !json_array_size(json_object_get(row, "frames_b"))
		       ? 20
		       : 0;
}

static double span(const struct stage *g)
{
	return g->line[1] - g->line[0];
}

static void end_row(struct stage *g, const struct element *e, double y, double growth)
{
	margins(g, e, g->narrow ? y + 17 : y);
	g->y += row_height(g, growth);
}

static bool is_lost(const json_t *row)
{
	return is_word(row, "fate", "lost") || is_word(row, "kind", "missing");
}

/* Sent, and a cross in the middle: the label lies over the half it travelled. */
static void tell_lost(struct stage *g, const struct element *e)
{
	int from = is_word(e->row, "from", "b");
	bool missing = is_word(e->row, "kind", "missing");
	struct pen pen = { TONE_fault, 1.5, missing && !g->two_ends ? DOTTED : SOLID, false };
	double way = from ? -1 : 1, room = g->narrow ? span(g) - 12 : span(g) / 2 - 16;
	double x = g->line[from] + way * (g->narrow ? span(g) / 2 : span(g) / 4);
	struct name n = { .len = 0 };
	double growth, y;

	name_of(e->row, &n);
	growth = label_growth(&n, FACE_BOLD, room);
	y = line_at(g, growth);
	growth -= unused(g, e->row);
	lifelines(g, row_height(g, growth), false);
	lost_line(g, pen, from, y, false);
	label(g, &n, TONE_fault, FACE_BOLD, x, room, g->y + (g->narrow ? 13 : 16));
	if (!missing) /* what is missing says so itself */
		draw_text_over(g->draw, TONE_fault, FACE_PLAIN, from ? AT_END : AT_START,
			       middle(g) + way * 14, y + 4, word(W_figure_lost));
	name_clear(&n);
	end_row(g, e, y, growth);
}

/* An ICMP error of a router on the path begins where nobody recorded: in the middle. */
static void tell_message(struct stage *g, const struct element *e)
{
	const json_t *row = e->row;
	int from = is_word(row, "from", "b");
	bool icmp = is_word(row, "kind", "icmp");
	bool bad = (is_set(row, "bad") || icmp) && g->fault;
	bool unseen = is_word(row, "fate", "unseen") || !g->recorded[!from];
	enum tone tone = bad ? TONE_fault : TONE_ink;
	enum face face = bad ? FACE_BOLD : FACE_PLAIN;
	bool half = icmp && text_of(row, "source");
	double start = half ? middle(g) : g->line[from], x = middle(g);
	double room = span(g) - (g->narrow ? 8 : 24), growth, y;
	struct name n = { .len = 0 };

	name_of(row, &n);
	if (half && figure_fitting(face, span(g) / 2 - 16, (const char *const *)n.at, n.len))
		x = (start + g->line[!from]) / 2, room = span(g) / 2 - 16;
	growth = label_growth(&n, face, room);
	y = line_at(g, growth);
	lifelines(g, row_height(g, growth), false);
	arrow(g, (struct pen){ tone, 1.5, SOLID, false }, start, g->line[!from], y, unseen);
	label(g, &n, tone, face, x, room, g->y + (g->narrow ? 14 : 16));
	name_clear(&n);
	end_row(g, e, y, growth);
}

/* What stands for many messages: heads at both ends where they went both ways. */
static void tell_folded(struct stage *g, const struct element *e)
{
	const json_t *row = e->row;
	int from = is_word(row, "from", "b");
	bool both = is_set(row, "both"), lost = int_of(row, "lost") && g->fault;
	double room = span(g) - (g->narrow ? 8 : 24), growth, y, x = middle(g), way = from ? -1 : 1;
	struct name n = { .len = 0 };

	push_name(&n, json_string(text_or(row, "label", "")));
	growth = label_growth(&n, FACE_PLAIN, room);
	y = line_at(g, growth);
	lifelines(g, row_height(g, growth), false);
	if (both)
		arrow(g, edge_pen, x - way * 14, g->line[from], y, false);
	else
		draw_line(g->draw, edge_pen, g->line[from], y, x - way * 14, y);
	arrow(g, edge_pen, x + way * 14, g->line[!from], y, !both && !g->recorded[!from]);
	if (lost) {
		cross(g, x - 7, y, false);
		cross(g, x + 7, y, false);
	} else {
		draw_line(g->draw, edge_pen, x - 5, y + 5, x - 1, y - 5);
		draw_line(g->draw, edge_pen, x + 1, y + 5, x + 5, y - 5);
	}
	label(g, &n, TONE_ink, FACE_PLAIN, x, room, g->y + (g->narrow ? 13 : 15));
	name_clear(&n);
	end_row(g, e, y, growth);
}

/* What has no arrow. */
static double note(struct stage *g, const char *text)
{
	double room = span(g) - 16;
	size_t lines = figure_lines_of(FACE_SMALL, room, MOST_LINES, text);
	double height = LINE * (double)(lines ? lines : 1) + 8;

	lifelines(g, height, false);
	figure_lines(g->draw, TONE_soft, FACE_SMALL, AT_MIDDLE, middle(g), g->y + LINE, room, MOST_LINES,
		     text);
	g->y += height;
	return height;
}

static void tell_more(struct stage *g, const struct element *e, const char *text)
{
	double top = g->y, height = note(g, text);

	margins(g, e, g->narrow ? top + height + 12 : top + height / 2);
	if (g->narrow) {
		lifelines(g, 20, false);
		g->y += 20;
	}
}

static void skipped(struct stage *g, const struct element *e)
{
	json_t *since = figure_seconds(e->at), *until = figure_seconds(e->until), *said;
	char count[24];

	snprintf(count, sizeof count, "%lld", (long long)int_of(e->burst, "skipped"));
	said = FILLED(W_figure_skipped, { "count", count }, { "from", json_string_value(since) },
		      { "to", json_string_value(until) });
	note(g, json_string_value(said));
	json_decref(since);
	json_decref(until);
	json_decref(said);
}

/* On the dashes, where an arrival would show. */
static void no_answer(const struct stage *g, int from, double y)
{
	double to = g->line[!from], x = to - (to - g->line[from]) * unseen_part / 2;

	draw_text_over(g->draw, g->fault ? TONE_fault : TONE_soft, FACE_SMALL_BOLD, AT_MIDDLE, x, y + 4,
		       word(W_figure_no_answer));
}

/* One resend and what came of it: thin lines without labels. */
static void tell_burst(struct stage *g, const struct element *e)
{
	const json_t *lines = json_object_get(e->burst, "lines");
	size_t n = json_array_size(lines), i;
	double height = 9 * (double)(n ? n - 1 : 0) + (g->narrow ? 38 : 24), y = g->y + 12;
	json_t *line;

	if (json_object_get(e->burst, "skipped")) {
		skipped(g, e);
		return;
	}
	lifelines(g, height, false);
	json_array_foreach(lines, i, line)
	{
		int from = is_word(line, "from", "b");

		if (is_set(line, "lost")) {
			lost_line(g,
				  (struct pen){ TONE_fault, 1.5, g->two_ends ? SOLID : DOTTED, false },
				  from, y, true);
		} else {
			double way = from ? -1 : 1, to = g->line[!from];
			bool unseen = !g->recorded[!from] || is_set(line, "unseen");
			double dashed = to - (to - g->line[from]) * (unseen ? unseen_part : 0);
			struct pen pen = thin_soft;

			draw_line(g->draw, pen, g->line[from], y, unseen ? dashed : to - way * 6, y);
			pen.dash = DASHED;
			if (unseen)
				draw_line(g->draw, pen, dashed, y, to - way * 6, y);
			draw_head(g->draw, TONE_soft, to - way, y, to - way * 7, y);
		}
		y += 9;
	}
	if (e->last && is_word(e->row, "answer", "none"))
		no_answer(g, is_word(e->row, "from", "b"), y - 9);
	margins(g, e, g->narrow ? y + 8 : g->y + height / 2);
	g->y += height;
}

/* "2.70 s later", between lifelines that are dotted for as long. */
static void later(struct stage *g, double gap)
{
	json_t *seconds = json_sprintf("%.*f", gap < 10 ? 2 : gap < 1000 ? 1 : 0, gap);
	json_t *said = FILLED(W_figure_later, { "seconds", json_string_value(seconds) });

	lifelines(g, GAP_ROW, true);
	draw_text_over(g->draw, TONE_soft, FACE_SMALL, AT_MIDDLE, middle(g), g->y + LINE,
		       json_string_value(said));
	json_decref(seconds);
	json_decref(said);
	g->y += GAP_ROW;
}

static void tell(struct stage *g, const struct element *e)
{
	const json_t *row = e->row;

	if (e->burst)
		tell_burst(g, e);
	else if (is_lost(row))
		tell_lost(g, e);
	else if (is_word(row, "kind", "more") || is_word(row, "kind", "resends"))
		tell_more(g, e, text_or(row, "label", ""));
	else if (json_object_get(row, "both"))
		tell_folded(g, e);
	else
		tell_message(g, e);
}

/* Head */

struct headline { /* of one end: what stands over its lifeline */
	char *top, *below;
};

static struct headline headline(const struct stage *g, const char *side)
{
	const char *name = text_of(json_object_get(g->scene->tunnel, side), "name");
	const char *address = figure_address(g->scene, side);
	bool recorded = g->recorded[*side == 'b'], told = recorded && !g->two_ends;
	json_t *below = FILLED(name ? (told ? W_figure_end_recorded : W_figure_end_named)
			       : told ? W_figure_recorded
			       : recorded ? W_figure_recorded_both
					  : W_figure_not_recorded,
			       { "address", address });
	struct headline h = { shortened(name ? name : address, FACE_BOLD, g->draw->width),
			      shortened(json_string_value(below), FACE_SMALL, g->draw->width) };

	json_decref(below);
	return h;
}

static double wider(const struct headline *h)
{
	double top = draw_text_width(FACE_BOLD, h->top), below = draw_text_width(FACE_SMALL, h->below);

	return top > below ? top : below;
}

/* Over its lifeline, or as near to that as the figure is wide: where its left edge lies. */
static double headline_left(const struct stage *g, const struct headline *h, int i)
{
	double left = g->line[i] - wider(h) / 2, most = g->draw->width - wider(h);

	return left < 0 ? 0 : left > most ? most : left;
}

static void headline_draw(const struct stage *g, const struct headline *h, int i, double y)
{
	double left = headline_left(g, h, i), x = g->line[i];
	enum anchor anchor = AT_MIDDLE;

	if (left <= 0)
		x = 0, anchor = AT_START;
	else if (left >= g->draw->width - wider(h))
		x = g->draw->width, anchor = AT_END;
	draw_text(g->draw, TONE_ink, FACE_BOLD, anchor, x, y, h->top);
	draw_text(g->draw, TONE_soft, FACE_SMALL, anchor, x, y + LINE, h->below);
}

static void column_heads(const struct stage *g, double y)
{
	if (g->narrow)
		return;
	draw_text(g->draw, TONE_soft, FACE_SMALL, AT_END, 64, y, word(W_column_seconds));
	draw_text(g->draw, TONE_soft, FACE_MONO, AT_END, 136, y,
		  figure_columns(g->scene) ? word(W_figure_frame_a) : word(W_column_frame));
	if (!g->two_ends)
		return;
	draw_text(g->draw, TONE_soft, FACE_SMALL, AT_MIDDLE, middle(g), y, word(W_figure_between));
	draw_text(g->draw, TONE_soft, FACE_MONO, AT_START, 816, y,
		  figure_columns(g->scene) ? word(W_figure_frame_b) : word(W_column_frame));
}

/* Names side by side, or one below the other when they are long. */
static void head(struct stage *g)
{
	struct headline h[2] = { headline(g, "a"), headline(g, "b") };
	double between = headline_left(g, &h[1], 1) - headline_left(g, &h[0], 0) - wider(&h[0]);
	bool stacked = between < 16;
	double y = 14;

	headline_draw(g, &h[0], 0, y);
	if (stacked)
		y += 2 * LINE + 8;
	headline_draw(g, &h[1], 1, y);
	for (int i = 0; i < 2; i++) {
		mem_free(h[i].top);
		mem_free(h[i].below);
	}
	y += LINE + (g->narrow ? 0 : LINE + 2);
	column_heads(g, y);
	g->y = y + 8;
}

bool ladder_wanted(const struct scene *s)
{
	return json_array_size(json_object_get(json_object_get(s->tunnel, "ladder"), "rows"));
}

void ladder_draw(const struct scene *s, struct draw *d, bool narrow)
{
	struct stage g = { .scene = s, .draw = d, .narrow = narrow, .fault = figure_fault(s) };
	size_t n, path;
	struct element *list = elements_of(s, &n);
	double clock = n ? list[0].at : 0, top;

	g.two_ends = two_ends(s);
	g.recorded[0] = g.two_ends || figure_recorded(s, "a");
	g.recorded[1] = g.two_ends || figure_recorded(s, "b");
	memcpy(g.line, narrow ? narrow_lines : wide_lines, sizeof g.line);
	head(&g);
	top = g.y;
	path = d->len;
	draw_rect(d, TONE_wash, middle(&g) - band * span(&g), top, 2 * band * span(&g), 0);
	for (size_t i = 0; i < n; i++) {
		if (list[i].burst && list[i].first)
			note(&g, text_or(list[i].row, "label", ""));
		if (list[i].at - clock > later_gap)
			later(&g, list[i].at - clock);
		tell(&g, &list[i]);
		clock = list[i].until > clock ? list[i].until : clock;
	}
	d->shapes[path].y2 = g.y;
	d->height = g.y + 2;
	mem_free(list);
}

/* Words */

static json_t *size_cell(const json_t *row)
{
	return int_of(row, "bytes") ? figure_number(int_of(row, "bytes")) : json_string("");
}

static const char *outcome(const struct element *e)
{
	const json_t *row = e->row;

	if (is_word(row, "fate", "lost"))
		return word(W_figure_lost);
	if (is_word(row, "kind", "missing"))
		return word(W_figure_missing);
	if (is_word(row, "answer", "none"))
		return word(W_figure_no_answer);
	return text_or(row, "what", "");
}

static json_t *table(const struct scene *s)
{
	static const enum word heads[] = { W_table_seconds, W_table_frames, W_table_from, W_table_message,
					   W_table_bytes, W_table_outcome };
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads);
	size_t n;
	struct element *list = elements_of(s, &n);

	for (size_t i = 0; i < n; i++) {
		const json_t *from = list[i].burst ? list[i].burst : list[i].row;
		const char *side = text_or(list[i].row, "from", "a");

		figure_row(t, json_pack("[o,o,s,s,o,s]", figure_seconds(list[i].at),
					figure_frames(s, json_object_get(from, "frames"),
						      word(W_figure_range)),
					figure_end(s, side), text_or(list[i].row, "label", ""),
					size_cell(list[i].row), outcome(&list[i])));
	}
	mem_free(list);
	return t;
}

static bool both_recorded(const struct scene *s)
{
	return two_ends(s) || (figure_recorded(s, "a") && figure_recorded(s, "b"));
}

void ladder_tell(const struct scene *s, json_t *figure)
{
	const json_t *ladder = json_object_get(s->tunnel, "ladder");
	json_int_t shown = int_of(ladder, "shown"), total = int_of(ladder, "total");
	json_t *start = figure_clock(text_or(ladder, "start", ""));
	char few[24], all[24];

	put(figure, "title", json_string(word(W_figure_ladder)));
	FIGURE_SAY(figure, "caption", W_figure_ladder_clock, { "time", json_string_value(start) });
	json_decref(start);
	if (!both_recorded(s))
		figure_add_sentence(figure, "caption", json_string(word(W_figure_ladder_dashed)));
	if (total > shown) {
		snprintf(few, sizeof few, "%lld", (long long)shown);
		snprintf(all, sizeof all, "%lld", (long long)total);
		figure_add_sentence(figure, "caption",
				    FILLED(W_ladder_capped, { "shown", few }, { "total", all }));
	}
	FIGURE_SAY(figure, "alt", W_figure_ladder_alt, { "a", figure_end(s, "a") },
		   { "b", figure_end(s, "b") },
		   { "finding", text_or(json_object_get(s->tunnel, "verdict"), "sentence", "") });
	put(figure, "table", table(s));
}
