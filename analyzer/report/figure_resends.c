/*
 * When a request was sent again, and when a known implementation would have.
 */
#include "analyzer/report/figure_parts.h"

#include <math.h>

static const json_t *resends_of(const struct scene *s)
{
	return json_object_get(json_object_get(s->tunnel, "series"), "resends");
}

static double number_at(const json_t *list, size_t i)
{
	return json_number_value(json_array_get(list, i));
}

bool resends_wanted(const struct scene *s)
{
	return resends_of(s) != NULL;
}

/* Pointing up, from below the line. */
static void triangle(struct draw *d, double x, double y)
{
	static const struct pen pen = { TONE_edge, 1.5, SOLID, false };

	draw_line(d, pen, x, y, x - 5, y + 9);
	draw_line(d, pen, x - 5, y + 9, x + 5, y + 9);
	draw_line(d, pen, x + 5, y + 9, x, y);
}

void resends_draw(const struct scene *s, struct draw *d, bool narrow)
{
	const json_t *r = resends_of(s), *at = json_object_get(r, "at"), *due = json_object_get(r, "due");
	size_t n = json_array_size(at), m = json_array_size(due);
	double last = fmax(n ? number_at(at, n - 1) : 0, m ? number_at(due, m - 1) : 0);
	struct axis a = { 0, last > 0 ? last * 1.02 : 1, 12, d->width - 24 };
	json_t *sent = FILLED(W_figure_sent_by, { "type", text_or(r, "type", "?") });
	json_t *own = FILLED(W_figure_due, { "name", text_or(r, "name", "?") });
	double y;

	(void)narrow;
	y = chart_head(d, 0, figure_end(s, text_or(r, "from", "a")), json_string_value(sent), TONE_soft);
	for (size_t i = 0; i < n; i++) {
		double x = axis_x(&a, number_at(at, i));

		draw_line(d, (struct pen){ TONE_ink, 2, SOLID, false }, x, y + 20, x, y + 32);
		if (i) {
			json_t *gap = chart_seconds(number_at(at, i) - number_at(at, i - 1));
			json_t *text = FILLED(W_figure_gap_seconds, { "seconds", json_string_value(gap) });

			chart_text_free(d, TONE_soft, FACE_SMALL,
					axis_x(&a, (number_at(at, i) + number_at(at, i - 1)) / 2), y + 16,
					json_string_value(text));
			json_decref(gap);
			json_decref(text);
		}
	}
	draw_line(d, (struct pen){ TONE_rule, 1, SOLID, false }, a.left, y + 32, a.right, y + 32);
	for (size_t i = 0; i < m; i++)
		triangle(d, axis_x(&a, number_at(due, i)), y + 36);
	axis_draw(d, &a, y + 52, UNIT_SECONDS);
	figure_lines(d, TONE_soft, FACE_SMALL, AT_START, 0, y + 88, d->width, 2, json_string_value(own));
	d->height = y + 94 + 16 * (double)(figure_lines_of(FACE_SMALL, d->width, 2, json_string_value(own)) - 1);
	json_decref(sent);
	json_decref(own);
}

void resends_tell(const struct scene *s, json_t *figure)
{
	static const enum word heads[] = { W_table_sent, W_table_due };
	const json_t *r = resends_of(s), *at = json_object_get(r, "at"), *due = json_object_get(r, "due");
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads);
	size_t n = json_array_size(at);
	char count[24];

	for (size_t i = 0; i < n; i++)
		figure_row(t, json_pack("[o,o]", figure_seconds(number_at(at, i)),
					figure_seconds(number_at(due, i))));
	snprintf(count, sizeof count, "%zu", n);
	put(figure, "title", json_string(word(W_figure_resends)));
	FIGURE_SAY(figure, "caption", W_figure_resends_caption, { "name", text_or(r, "name", "?") });
	FIGURE_SAY(figure, "alt", W_figure_resends_alt, { "end", figure_end(s, text_or(r, "from", "a")) },
		   { "type", text_or(r, "type", "?") }, { "count", count }, { "name", text_or(r, "name", "?") });
	put(figure, "table", t);
}
