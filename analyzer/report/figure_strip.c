/*
 * All packets of two recordings over time, a row for each sender: ticks arrived at
 * the other end, crosses below the line did not. What stands close together is
 * one mark with its count.
 */
#include "analyzer/report/figure_parts.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_MARKS = 640, CLOSE_BY = 9, TICK = 10 };

struct mark {
	double at, arrived, lost; /* seconds, packets */
};

struct marks {
	struct mark at[MOST_MARKS];
	size_t len;
};

static const json_t *way_of(const struct scene *s, const char *side)
{
	const json_t *ways = json_object_get(json_object_get(s->tunnel, "ends"), "ways");

	return json_object_get(ways, side);
}

static int by_time(const void *x, const void *y)
{
	const struct mark *a = x, *b = y;

	return a->at < b->at ? -1 : a->at > b->at;
}

/* The bins of one class begin with its first packet. */
static void add_class(const json_t *class, struct marks *m)
{
	const json_t *bins = json_object_get(json_object_get(class, "shape"), "bins");
	const json_t *sent = json_object_get(bins, "sent"), *lost = json_object_get(bins, "lost");
	json_t *one;
	size_t i;

	json_array_foreach(sent, i, one)
	{
		double all = json_number_value(one), gone = json_number_value(json_array_get(lost, i));

		if (all > 0 && m->len < MOST_MARKS)
			m->at[m->len++] = (struct mark){ real_of(class, "first") + (double)i * real_of(bins, "width"),
							 all - gone, gone };
	}
}

static void load_side(const struct scene *s, const char *side, struct marks *ret)
{
	json_t *class;
	const char *name;

	ret->len = 0;
	json_object_foreach((json_t *)json_object_get(way_of(s, side), "classes"), name, class)
		add_class(class, ret);
	if (ret->len)
		qsort(ret->at, ret->len, sizeof *ret->at, by_time);
}

static const char *const sides[] = { "a", "b" };

/* Both senders, counted from the first packet of either; returns the seconds they span. */
static double load(const struct scene *s, struct marks ret[2])
{
	double first = INFINITY, last = 0;

	for (int i = 0; i < 2; i++) {
		load_side(s, sides[i], &ret[i]);
		if (ret[i].len)
			first = fmin(first, ret[i].at[0].at);
	}
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < ret[i].len; k++) {
			ret[i].at[k].at -= first;
			last = fmax(last, ret[i].at[k].at);
		}
	return last;
}

bool strip_wanted(const struct scene *s)
{
	return figure_fault(s) && (int_of(way_of(s, "a"), "lost") || int_of(way_of(s, "b"), "lost"));
}

static json_t *summary(const struct scene *s, const char *side)
{
	char sent[24], lost[24];

	if (!int_of(way_of(s, side), "lost"))
		return counted(W_figure_strip_arrived_one, (uint64_t)int_of(way_of(s, side), "sent"));
	snprintf(sent, sizeof sent, "%lld", (long long)int_of(way_of(s, side), "sent"));
	snprintf(lost, sizeof lost, "%lld", (long long)int_of(way_of(s, side), "lost"));
	return FILLED(W_figure_strip_way, { "sent", sent }, { "lost", lost });
}

static void count_at(struct draw *d, enum tone tone, double x, double y, double n)
{
	char count[32];
	json_t *text;

	if (n < 2)
		return;
	snprintf(count, sizeof count, "%.0f", n);
	text = FILLED(W_figure_times, { "count", count });
	chart_text_free(d, tone, FACE_SMALL, x, y, json_string_value(text));
	json_decref(text);
}

/* One mark for what lies closer than a mark is wide. */
static void draw_marks(struct draw *d, const struct axis *a, const struct marks *m, double base)
{
	static const struct pen tick = { TONE_ink, 1.5, SOLID, false };
	static const struct pen cross = { TONE_fault, 2, SOLID, false };

	for (size_t i = 0, k; i < m->len; i = k) {
		double x = axis_x(a, m->at[i].at), arrived = 0, lost = 0;

		for (k = i; k < m->len && axis_x(a, m->at[k].at) - x < CLOSE_BY; k++) {
			arrived += m->at[k].arrived;
			lost += m->at[k].lost;
		}
		if (arrived > 0)
			draw_line(d, tick, x, base - TICK, x, base);
		if (lost > 0)
			draw_cross(d, cross, x, base + 9, 8);
		count_at(d, TONE_soft, x, base - TICK - 4, arrived);
		count_at(d, TONE_fault, x, base + 28, lost);
	}
}

static double panel(const struct scene *s, struct draw *d, const struct axis *a, const char *side,
		    const struct marks *m, double y)
{
	json_t *what = summary(s, side);
	double base;

	y = chart_head(d, y, figure_end(s, side), json_string_value(what),
		       int_of(way_of(s, side), "lost") ? TONE_fault : TONE_soft);
	base = y + TICK + 18;
	draw_line(d, (struct pen){ TONE_rule, 1, SOLID, false }, a->left, base, a->right, base);
	draw_marks(d, a, m, base);
	json_decref(what);
	return base + 34;
}

void strip_draw(const struct scene *s, struct draw *d, bool narrow)
{
	struct marks m[2];
	double span = load(s, m), y;
	struct axis a = { 0, span > 0 ? span : 1, 12, d->width - (narrow ? 28 : 40) };

	y = panel(s, d, &a, "a", &m[0], 0);
	y = panel(s, d, &a, "b", &m[1], y + 8);
	axis_draw(d, &a, y, UNIT_SECONDS);
	d->height = y + 24;
}

static json_t *table(const struct scene *s)
{
	static const enum word heads[] = { W_table_seconds, W_table_from, W_table_arrived, W_table_lost };
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads);
	struct marks m[2];

	load(s, m);
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < m[i].len; k++)
			figure_row(t, json_pack("[o,s,o,o]", figure_seconds(m[i].at[k].at),
						figure_end(s, sides[i]),
						figure_number((json_int_t)m[i].at[k].arrived),
						figure_number((json_int_t)m[i].at[k].lost)));
	return t;
}

void strip_tell(const struct scene *s, json_t *figure)
{
	put(figure, "title", json_string(word(W_figure_strip)));
	put(figure, "caption", json_string(word(W_figure_strip_caption)));
	for (int i = 0; i < 2; i++) {
		json_t *what = summary(s, sides[i]);

		figure_add_sentence(figure, "alt",
				    FILLED(W_figure_strip_alt, { "end", figure_end(s, sides[i]) },
					   { "finding", json_string_value(what) }));
		json_decref(what);
	}
	put(figure, "table", table(s));
}
