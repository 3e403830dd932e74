/*
 * Traffic over time, a panel for each direction: single packets as lines as high
 * as they are large, many as bars of what passed in a slot; outages behind them.
 */
#include "analyzer/report/figure_parts.h"

#include <math.h>

enum { PANEL = 48, LABELLED = 3, LEAST_OUTAGE_S = 1 };

struct way { /* what one side sent */
	double ike, data, packets, highest;
};

static const json_t *series_of(const struct scene *s)
{
	return json_object_get(s->tunnel, "series");
}

static const json_t *traffic_of(const struct scene *s)
{
	return json_object_get(series_of(s), "traffic");
}

/* Column of what one side sent. */
static const json_t *column(const struct scene *s, char side, const char *name)
{
	const char key[2] = { side, 0 };

	return json_object_get(json_object_get(traffic_of(s), key), name);
}

static size_t points_of(const struct scene *s, char side)
{
	return json_array_size(column(s, side, "at"));
}

static double value(const struct scene *s, char side, const char *name, size_t i)
{
	return (double)json_integer_value(json_array_get(column(s, side, name), i));
}

static double at(const struct scene *s, char side, size_t i)
{
	return value(s, side, "at", i) / 1e6;
}

static struct way way_of(const struct scene *s, char side)
{
	struct way w = { 0 };

	for (size_t i = 0; i < points_of(s, side); i++) {
		double ike = value(s, side, "ike", i), data = value(s, side, "data", i);

		w.ike += ike;
		w.data += data;
		w.packets += value(s, side, "packets", i);
		w.highest = fmax(w.highest, ike + data);
	}
	return w;
}

static double width_of(const struct scene *s)
{
	return (double)int_of(traffic_of(s), "width") / 1e6;
}

/* Only what a fault shows, and for longer than a renewal takes. */
static bool is_outage(const struct scene *s, const json_t *o)
{
	double end = json_object_get(o, "to") ? real_of(o, "to") : real_of(series_of(s), "span");

	return figure_fault(s) && end - real_of(o, "from") >= LEAST_OUTAGE_S;
}

static size_t outages_of(const struct scene *s)
{
	size_t n = 0, i;
	json_t *o;

	json_array_foreach(json_object_get(series_of(s), "outages"), i, o) n += is_outage(s, o);
	return n;
}

bool traffic_wanted(const struct scene *s)
{
	return (points_of(s, 'a') || points_of(s, 'b')) &&
	       (figure_about(s, "healthy life. data. nat.mapping nat.keepalive path.loss path.route peer.") ||
		outages_of(s));
}

/* 1.2 Mbit/s */
static json_t *rate(double octets, double seconds)
{
	static const enum word words[] = { W_figure_rate, W_figure_rate_k, W_figure_rate_m, W_figure_rate_g };
	double bits = octets * 8 / seconds;
	json_t *number, *text;
	int i = 0;

	for (; bits >= 1000 && i < 3; i++)
		bits /= 1000;
	number = json_sprintf("%.*f", bits < 10 ? 1 : 0, bits);
	text = FILLED(words[i], { "rate", json_string_value(number) });
	json_decref(number);
	return text;
}

static json_t *summary(const struct scene *s, char side)
{
	struct way w = way_of(s, side);
	char count[32], data[32];
	struct text t;

	snprintf(count, sizeof count, "%.0f", w.packets);
	snprintf(data, sizeof data, "%.0f", w.data);
	text_init(&t);
	WORD_FILL(&t, word_counted(w.data > 0 ? W_figure_way_one : W_figure_way_ike_one, (uint64_t)w.packets),
		  { "count", count }, { "data", data });
	return take_string(&t);
}

static void draw_packets(const struct scene *s, struct draw *d, const struct axis *a, char side,
			 double base, double most, bool ike)
{
	struct pen pen = { ike ? TONE_ok : TONE_ink, ike ? 2.5 : 1.5, SOLID, false };
	double slot = width_of(s) > 0 ? axis_x(a, width_of(s)) - axis_x(a, 0) : 0;

	for (size_t i = 0; i < points_of(s, side); i++) {
		double x = axis_x(a, at(s, side, i));
		double height = value(s, side, ike ? "ike" : "data", i) / most * PANEL;

		if (height <= 0)
			continue;
		height = fmax(height, 1.5);
		if (slot > 2 && !ike)
			draw_rect(d, TONE_ink, x, base - height, slot - 0.5, height);
		else
			draw_line(d, pen, x, base, x, base - height);
	}
}

/* What the height of a panel stands for. */
static json_t *scale_text(const struct scene *s, double most)
{
	char bytes[24];

	if (width_of(s) > 0)
		return rate(most, width_of(s));
	snprintf(bytes, sizeof bytes, "%.0f", most);
	return FILLED(W_figure_bytes, { "bytes", bytes });
}

static json_t *outage_text(const struct scene *s, const json_t *o, bool brief)
{
	const char *by = text_of(o, "by");
	json_t *from = chart_seconds(real_of(o, "from")), *to = chart_seconds(real_of(o, "to")), *text;
	enum word w = by			     ? (brief ? W_figure_silent_from : W_figure_silent)
		      : json_object_get(o, "to") ? W_figure_down
						 : W_figure_down_for_good;

	text = FILLED(w, { "end", by ? figure_end(s, by) : "" }, { "from", json_string_value(from) },
		      { "to", json_string_value(to) });
	json_decref(from);
	json_decref(to);
	return text;
}

static void label_outage(const struct scene *s, struct draw *d, const json_t *o, double x, double y)
{
	json_t *whole = outage_text(s, o, false), *brief = outage_text(s, o, true);
	const char *const texts[] = { json_string_value(whole), json_string_value(brief) };
	const char *fits = figure_fitting(FACE_SMALL_BOLD, d->width, texts, 2);

	if (fits)
		chart_text_free(d, TONE_fault, FACE_SMALL_BOLD, x, y, fits);
	json_decref(whole);
	json_decref(brief);
}

/* Behind what passed; over the upper panel the first ones say what they are. */
static void draw_outages(const struct scene *s, struct draw *d, const struct axis *a, double top,
			 double bottom, bool labelled)
{
	static const struct pen pen = { TONE_fault, 1, DASHED, false };
	size_t told = 0, i;
	json_t *o;

	json_array_foreach(json_object_get(series_of(s), "outages"), i, o)
	{
		double from = axis_x(a, real_of(o, "from"));
		double to = json_object_get(o, "to") ? axis_x(a, real_of(o, "to")) : a->right;

		if (!is_outage(s, o))
			continue;
		draw_rect(d, TONE_faultwash, from, top, fmax(to - from, 2), bottom - top);
		draw_line(d, pen, from, top, from, bottom);
		if (labelled && told++ < LABELLED)
			label_outage(s, d, o, (from + to) / 2, top - 6);
	}
}

static double panel(const struct scene *s, struct draw *d, const struct axis *a, char side, double y,
		    double most)
{
	const char who[2] = { side, 0 };
	json_t *what = summary(s, side);
	json_t *scale = scale_text(s, most);
	bool labelled = side == 'a' && outages_of(s);
	double base;

	y = chart_head(d, y, figure_end(s, who), json_string_value(what), TONE_soft);
	base = y + PANEL + (labelled ? 28 : 12);
	draw_outages(s, d, a, base - PANEL - 6, base, labelled);
	draw_text(d, TONE_soft, FACE_SMALL, AT_END, a->left - 8, base - PANEL + 4, json_string_value(scale));
	draw_line(d, (struct pen){ TONE_rule, 1, DOTTED, false }, a->left, base - PANEL, a->right,
		  base - PANEL);
	draw_line(d, (struct pen){ TONE_rule, 1, SOLID, false }, a->left, base, a->right, base);
	draw_packets(s, d, a, side, base, most, false);
	draw_packets(s, d, a, side, base, most, true);
	json_decref(what);
	json_decref(scale);
	return base + 12;
}

void traffic_draw(const struct scene *s, struct draw *d, bool narrow)
{
	double span = real_of(series_of(s), "span"), most, y;
	struct axis a = { 0, span > 0 ? span : 1, narrow ? 76 : 88, d->width - 12 };

	most = fmax(way_of(s, 'a').highest, way_of(s, 'b').highest);
	most = width_of(s) > 0 ? fmax(most, 1) : axis_round_up(fmax(most, 1));
	y = panel(s, d, &a, 'a', 0, most);
	y = panel(s, d, &a, 'b', y + 8, most);
	axis_draw(d, &a, y, UNIT_SECONDS);
	d->height = y + 24;
}

static json_t *row(const struct scene *s, char side, size_t i)
{
	const char key[2] = { side, 0 };

	return json_pack("[o,s,o,o,o]", figure_seconds(at(s, side, i)), figure_end(s, key),
			 figure_number((json_int_t)value(s, side, "ike", i)),
			 figure_number((json_int_t)value(s, side, "data", i)),
			 figure_number((json_int_t)value(s, side, "packets", i)));
}

static json_t *table(const struct scene *s)
{
	static const enum word heads[] = { W_table_seconds, W_table_from, W_table_ike_bytes,
					   W_table_data_bytes, W_table_packets };
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads);
	size_t a = 0, b = 0;

	while (a < points_of(s, 'a') || b < points_of(s, 'b'))
		if (b >= points_of(s, 'b') ||
		    (a < points_of(s, 'a') && at(s, 'a', a) <= at(s, 'b', b)))
			figure_row(t, row(s, 'a', a++));
		else
			figure_row(t, row(s, 'b', b++));
	return t;
}

static void tell_outages(const struct scene *s, json_t *figure)
{
	size_t i, n = 0;
	json_t *o;

	json_array_foreach(json_object_get(series_of(s), "outages"), i, o) if (is_outage(s, o) &&
									       n++ < LABELLED)
	{
		json_t *text = outage_text(s, o, false);

		figure_add_sentence(figure, "alt",
				    FILLED(W_figure_outage_alt, { "outage", json_string_value(text) }));
		json_decref(text);
	}
}

void traffic_tell(const struct scene *s, json_t *figure)
{
	json_t *start = figure_clock(text_or(series_of(s), "start", ""));
	json_t *width = chart_seconds(width_of(s));
	json_t *a = summary(s, 'a'), *b = summary(s, 'b');

	put(figure, "title", json_string(word(W_figure_traffic)));
	FIGURE_SAY(figure, "caption", width_of(s) > 0 ? W_figure_traffic_slots : W_figure_traffic_packets,
		   { "width", json_string_value(width) }, { "time", json_string_value(start) });
	if (!figure_fault(s))
		figure_add_sentence(figure, "caption", json_string(word(W_figure_traffic_other)));
	FIGURE_SAY(figure, "alt", W_figure_traffic_alt, { "a", figure_end(s, "a") },
		   { "sent_a", json_string_value(a) }, { "b", figure_end(s, "b") },
		   { "sent_b", json_string_value(b) });
	tell_outages(s, figure);
	put(figure, "table", table(s));
	json_decref(start);
	json_decref(width);
	json_decref(a);
	json_decref(b);
}
