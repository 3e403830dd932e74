/*
 * Where sequence numbers are missing: a bar per SPI, broken where numbers never
 * came, with how many of them.
 */
#include "analyzer/report/figure_parts.h"

#include <math.h>

enum { MOST_FLOWS = 6, BAR = 12 };

static const json_t *flows_of(const struct scene *s)
{
	return json_object_get(s->tunnel, "flows");
}

static json_int_t cell(const json_t *row, size_t i)
{
	return json_integer_value(json_array_get(row, i));
}

static bool is_broken(const json_t *flow)
{
	return json_array_size(json_object_get(flow, "gaps")) > 0 &&
	       int_of(flow, "seq_last") > int_of(flow, "seq_first");
}

static size_t broken(const struct scene *s)
{
	size_t n = 0, i;
	json_t *f;

	json_array_foreach(flows_of(s), i, f) n += is_broken(f);
	return n;
}

bool gaps_wanted(const struct scene *s)
{
	return broken(s) && figure_fault(s) &&
	       figure_about(s, "data.esp.loss data.esp.large_lost data.esp.reorder data.qos path.loss path.pmtu "
			       "path.qos data.mss life.dpd cap.drops nat.mapping");
}

static const char *sender(const json_t *flow)
{
	return is_word(flow, "direction", "a_to_b") ? "a" : "b";
}

static json_t *summary(const json_t *flow)
{
	char lost[24], of[24], first[24], last[24];

	snprintf(lost, sizeof lost, "%lld", (long long)int_of(flow, "lost"));
	snprintf(of, sizeof of, "%lld", (long long)(int_of(flow, "lost") + int_of(flow, "packets")));
	snprintf(first, sizeof first, "%lld", (long long)int_of(flow, "seq_first"));
	snprintf(last, sizeof last, "%lld", (long long)int_of(flow, "seq_last"));
	return FILLED(W_figure_flow, { "spi", text_or(flow, "spi", "?") }, { "lost", lost }, { "of", of },
		      { "first", first }, { "last", last });
}

static json_t *gap_text(const json_t *gap)
{
	char missing[24], among[24];
	json_int_t all = cell(gap, 1) - cell(gap, 0) + 1;

	snprintf(missing, sizeof missing, "%lld", (long long)cell(gap, 2));
	snprintf(among, sizeof among, "%lld", (long long)all);
	return FILLED(all == cell(gap, 2) ? W_figure_gap : W_figure_gap_among, { "missing", missing },
		      { "among", among });
}

static double panel(const struct scene *s, struct draw *d, const json_t *flow, double y)
{
	struct axis a = { (double)int_of(flow, "seq_first"), (double)int_of(flow, "seq_last") + 1, 12,
			  d->width - 12 };
	json_t *what = summary(flow), *gap;
	double top;
	size_t i;

	y = chart_head(d, y, figure_end(s, sender(flow)), json_string_value(what), TONE_soft);
	top = y + 20;
	draw_rect(d, TONE_ink, a.left, top, a.right - a.left, BAR);
	json_array_foreach(json_object_get(flow, "gaps"), i, gap)
	{
		double from = axis_x(&a, (double)cell(gap, 0)), to = axis_x(&a, (double)cell(gap, 1) + 1);
		double width = fmax(to - from, 2);

		if (cell(gap, 1) < int_of(flow, "seq_first"))
			continue;
		draw_rect(d, TONE_paper, from, top, width, BAR - 2);
		draw_rect(d, TONE_fault, from, top + BAR - 2, width, 2);
	}
	json_array_foreach(json_object_get(flow, "gaps"), i, gap)
	{
		json_t *text = gap_text(gap);
		double x = axis_x(&a, (double)(cell(gap, 0) + cell(gap, 1) + 1) / 2);

		chart_text_free(d, TONE_fault, FACE_SMALL_BOLD, x, top - 5, json_string_value(text));
		json_decref(text);
	}
	axis_draw(d, &a, top + BAR + 4, UNIT_NONE);
	json_decref(what);
	return top + BAR + 36;
}

void gaps_draw(const struct scene *s, struct draw *d, bool narrow)
{
	size_t drawn = 0, i;
	double y = 0;
	json_t *f;

	(void)narrow;
	json_array_foreach(flows_of(s), i, f) if (is_broken(f) && drawn++ < MOST_FLOWS) y =
		panel(s, d, f, y) + 8;
	d->height = y;
}

static json_t *table(const struct scene *s)
{
	static const enum word heads[] = { W_table_from, W_table_spi, W_table_first, W_table_last,
					   W_table_missing };
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads), *f, *gap;
	size_t i, k;

	json_array_foreach(flows_of(s), i, f)
		json_array_foreach(json_object_get(f, "gaps"), k, gap)
			figure_row(t, json_pack("[s,s,o,o,o]", figure_end(s, sender(f)), text_or(f, "spi", "?"),
						figure_number(cell(gap, 0)), figure_number(cell(gap, 1)),
						figure_number(cell(gap, 2))));
	return t;
}

/* The end whose packets the verdict speaks of, where it speaks of those of one. */
static const char *accused(const struct scene *s)
{
	const json_t *verdict = json_object_get(s->tunnel, "verdict"), *findings = json_object_get(s->tunnel, "findings");
	const json_t *cause = json_array_get(findings, (size_t)int_of(verdict, "finding"));
	const char *from = text_of(json_object_get(cause, "args"), "sender");

	if (!json_object_get(verdict, "finding") || !from)
		return NULL;
	for (const char *side = "ab"; *side; side++)
		if (!strcmp(from, text_or(json_object_get(s->tunnel, (char[]){ *side, 0 }), "address", "")))
			return *side == 'a' ? "a" : "b";
	return NULL;
}

/* What one direction lost proves nothing of the other. */
static void tell_way_back(const struct scene *s, json_t *figure)
{
	const char *side = accused(s), *other = side && *side == 'a' ? "b" : "a";
	json_t *f;
	size_t i;

	if (!side)
		return;
	json_array_foreach(flows_of(s), i, f)
		if (is_broken(f) && !strcmp(sender(f), side))
			return;
	figure_add_sentence(figure, "caption",
			    FILLED(W_figure_gaps_back, { "accused", figure_end(s, side) }, { "end", figure_end(s, other) }));
}

void gaps_tell(const struct scene *s, json_t *figure)
{
	size_t told = 0, i;
	char more[24];
	json_t *f;

	put(figure, "title", json_string(word(W_figure_gaps)));
	put(figure, "caption", json_string(word(W_figure_gaps_caption)));
	json_array_foreach(flows_of(s), i, f) if (is_broken(f) && told++ < MOST_FLOWS)
	{
		json_t *what = summary(f);

		figure_add_sentence(figure, "alt",
				    FILLED(W_figure_gaps_alt, { "end", figure_end(s, sender(f)) },
					   { "flow", json_string_value(what) }));
		json_decref(what);
	}
	tell_way_back(s, figure);
	if (told > MOST_FLOWS) {
		snprintf(more, sizeof more, "%zu", told - MOST_FLOWS);
		figure_add_sentence(figure, "caption", FILLED(W_figure_gaps_more, { "count", more }));
	}
	put(figure, "table", table(s));
}
