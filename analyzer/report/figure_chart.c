/*
 * What the charts share: an axis with its ticks, texts that stay inside the figure
 * and off each other, the head of a panel.
 */
#include "analyzer/report/figure_parts.h"

#include <math.h>

#include "analyzer/report/page.h"
#include "dissect/base/mem.h"

enum { MOST_TICKS = 6 };

double axis_x(const struct axis *a, double value)
{
	double span = a->to > a->from ? a->to - a->from : 1;

	return a->left + (value - a->from) / span * (a->right - a->left);
}

/* 1, 2 or 5 times a power of ten; of minutes and hours what clocks are divided by. */
static double tick_step(double span, double most, enum unit unit)
{
	static const double clock[] = { 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400 };
	double least = span / most, power = pow(10, floor(log10(least)));

	for (size_t i = 0; unit == UNIT_SECONDS && least > 30 && i < sizeof clock / sizeof *clock; i++)
		if (clock[i] >= least)
			return clock[i];
	return least <= power ? power : least <= 2 * power ? 2 * power : least <= 5 * power ? 5 * power : 10 * power;
}

double axis_round_up(double value)
{
	double step = tick_step(value > 1 ? value : 1, MOST_TICKS, UNIT_NONE);

	return ceil(value / step) * step;
}

static json_t *tick_text(double value, double step, enum unit unit)
{
	bool hours = step >= 3600, minutes = !hours && step >= 60;
	json_t *number = json_sprintf("%.10g", unit != UNIT_SECONDS ? value
					       : hours		    ? value / 3600
					       : minutes	    ? value / 60
								    : value);
	enum word w = unit == UNIT_NONE	   ? W_as_given
		      : unit == UNIT_BYTES ? W_figure_bytes
		      : hours		   ? W_figure_hours
		      : minutes		   ? W_figure_minutes
					   : W_figure_seconds;
	json_t *text = FILLED(w, { "given", json_string_value(number) },
			      { "seconds", json_string_value(number) },
			      { "bytes", json_string_value(number) },
			      { "minutes", json_string_value(number) },
			      { "hours", json_string_value(number) });

	json_decref(number);
	return text;
}

void axis_draw(struct draw *d, const struct axis *a, double y, enum unit unit)
{
	static const struct pen pen = { TONE_edge, 1, SOLID, false };
	double most = (a->right - a->left) / 90 < MOST_TICKS ? (a->right - a->left) / 90 : MOST_TICKS;
	double step = tick_step(a->to > a->from ? a->to - a->from : 1, most, unit);

	draw_line(d, pen, a->left, y, a->right, y);
	for (double at = ceil(a->from / step) * step; at <= a->to + step / 1e6; at += step) {
		json_t *text = tick_text(fabs(at) < step / 1e6 ? 0 : at, step, unit);

		draw_line(d, pen, axis_x(a, at), y, axis_x(a, at), y + 4);
		chart_text(d, TONE_soft, FACE_SMALL, axis_x(a, at), y + 18, json_string_value(text));
		json_decref(text);
	}
}

json_t *chart_seconds(double s)
{
	return json_sprintf("%.*f", s < 10 ? 2 : s < 100 ? 1 : 0, s);
}

static double inside(const struct draw *d, enum face face, double x, const char *text)
{
	double half = draw_text_width(face, text) / 2;

	return x + half > d->width ? d->width - half : x - half < 0 ? half : x;
}

void chart_text(struct draw *d, enum tone tone, enum face face, double x, double y, const char *text)
{
	draw_text_over(d, tone, face, AT_MIDDLE, inside(d, face, x, text), y, text);
}

static bool overlap(struct box a, struct box b)
{
	return a.left < b.right + 4 && b.left < a.right + 4 && a.top < b.bottom && b.top < a.bottom;
}

bool chart_text_free(struct draw *d, enum tone tone, enum face face, double x, double y,
		     const char *text)
{
	char *lent = mem_string(text);
	struct shape s = { .kind = SHAPE_TEXT, .face = face, .anchor = AT_MIDDLE, .text = lent,
			   .x1 = inside(d, face, x, text), .y1 = y };
	struct box own = draw_text_box(&s);
	bool is_free = true;

	for (size_t i = 0; i < d->len && is_free; i++)
		is_free = d->shapes[i].kind != SHAPE_TEXT ||
			  !overlap(own, draw_text_box(&d->shapes[i]));
	mem_free(lent);
	if (is_free)
		chart_text(d, tone, face, x, y, text);
	return is_free;
}

/* In one line when it fits, else in two. */
double chart_head(struct draw *d, double y, const char *who, const char *what, enum tone tone)
{
	struct text t;
	double end;

	text_init(&t);
	text_add_wire(&t, (struct bytes){ (const uint8_t *)who, strlen(who) });
	clip(&t, draw_cells(FACE_BOLD, d->width));
	draw_text(d, TONE_ink, FACE_BOLD, AT_START, 0, y + 13, t.at);
	end = draw_text_width(FACE_BOLD, t.at) + 12;
	text_clear(&t);
	if (end + draw_text_width(FACE_SMALL, what) <= d->width) {
		draw_text(d, tone, FACE_SMALL, AT_START, end, y + 13, what);
		return y + 20;
	}
	return y + 20 + 16 * (double)figure_lines(d, tone, FACE_SMALL, AT_START, 0, y + 29, d->width, 2, what);
}
