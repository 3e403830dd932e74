/*
 * Which sizes pass, a panel for each direction: dots above the line were answered
 * or arrived here; hollow marks below it brought nothing back. Between the largest
 * of the one and the smallest of the other lies the limit: a band, never a line.
 */
#include "analyzer/report/figure_parts.h"

#include <math.h>

enum { MOST_STACKED = 6, STEP = 9, TIERS = 2, COLUMN = 8, NEAR = 24, MOST_COLUMNS = 128 };

struct column { /* packets that share a stack */
	double x;
	json_int_t low, high, heard, unheard;
};

struct columns {
	struct column at[MOST_COLUMNS];
	size_t len;
};

static const json_t *rows_of(const struct scene *s, const char *side)
{
	const json_t *series = json_object_get(s->tunnel, "series");

	return json_object_get(json_object_get(series, "sizes"), side);
}

static json_int_t cell(const json_t *row, size_t i)
{
	return json_integer_value(json_array_get(row, i));
}

/* Answered or arrived, and not; in packets. */
static void totals(const struct scene *s, const char *side, json_int_t *ret_heard, json_int_t *ret_unheard)
{
	json_t *row;
	size_t i;

	*ret_heard = *ret_unheard = 0;
	json_array_foreach(rows_of(s, side), i, row)
	{
		*ret_heard += cell(row, 2) - cell(row, 3);
		*ret_unheard += cell(row, 3);
	}
}

/* The bracket of the limit; false when nothing was lost, or small ones were as well. */
static bool bracket(const struct scene *s, const char *side, json_int_t *ret_passes, json_int_t *ret_fails)
{
	json_int_t passes = 0, fails = 0;
	json_t *row;
	size_t i;

	json_array_foreach(rows_of(s, side), i, row)
	{
		if (cell(row, 2) > cell(row, 3))
			passes = cell(row, 1);
		if (cell(row, 3) && !fails)
			fails = cell(row, 0);
	}
	*ret_passes = passes;
	*ret_fails = fails;
	return passes && fails > passes;
}

static bool any_unheard(const struct scene *s)
{
	json_int_t heard, a, b;

	totals(s, "a", &heard, &a);
	totals(s, "b", &heard, &b);
	return a || b;
}

bool sizes_wanted(const struct scene *s)
{
	return figure_about(s, "path.pmtu path.icmp.all_blocked data.esp.large_lost data.mss ike.init.too_large "
			       "ike.auth.no_reply ike.frag.not_offered") &&
	       figure_fault(s) && any_unheard(s);
}

/* Neighbours nearer than a dot is wide share a stack. */
static void gather(const struct scene *s, const char *side, const struct axis *a, struct columns *ret)
{
	json_t *row;
	size_t i;

	ret->len = 0;
	json_array_foreach(rows_of(s, side), i, row)
	{
		double x = axis_x(a, (double)(cell(row, 0) + cell(row, 1)) / 2);
		struct column *c = ret->len ? &ret->at[ret->len - 1] : NULL;

		if (!c || x - c->x >= COLUMN) {
			if (ret->len == MOST_COLUMNS)
				return;
			c = &ret->at[ret->len++];
			*c = (struct column){ .x = x, .low = cell(row, 0) };
		}
		c->high = cell(row, 1);
		c->heard += cell(row, 2) - cell(row, 3);
		c->unheard += cell(row, 3);
	}
}

static json_t *sizes_text(json_int_t low, json_int_t high, json_int_t count)
{
	char least[24], most[24], times[24];

	snprintf(least, sizeof least, "%lld", (long long)low);
	snprintf(most, sizeof most, "%lld", (long long)high);
	snprintf(times, sizeof times, "%lld", (long long)count);
	return FILLED(low == high ? (count == 1 ? W_figure_size_once : W_figure_size_times)
				  : W_figure_sizes_times,
		      { "bytes", least }, { "from", least }, { "to", most }, { "count", times });
}

/* Not certain is not red. */
static enum tone lost_tone(const struct scene *s)
{
	return is_word(json_object_get(s->tunnel, "verdict"), "confidence", "possible") ? TONE_suspect
											: TONE_fault;
}

static void draw_stacks(const struct scene *s, struct draw *d, const struct columns *c, double base)
{
	for (size_t i = 0; i < c->len; i++) {
		for (json_int_t k = 0; k < c->at[i].heard && k < MOST_STACKED; k++)
			draw_dot(d, TONE_ink, c->at[i].x, base - 6 - STEP * (double)k, 3.2);
		for (json_int_t k = 0; k < c->at[i].unheard && k < MOST_STACKED; k++)
			draw_ring(d, (struct pen){ lost_tone(s), 1.5, SOLID, false }, c->at[i].x,
				  base + 7 + STEP * (double)k, 3);
	}
}

static bool is_in(const struct column *c, bool heard)
{
	return heard ? c->heard > 0 : c->unheard > 0;
}

/* One label for stacks that stand close to each other; where there is no room it stays with the table. */
static void draw_labels(const struct scene *s, struct draw *d, const struct columns *c, double base, bool heard)
{
	for (size_t i = 0, k; i < c->len; i = k) {
		json_int_t count = 0, tallest = 0, high = 0;
		double last = c->at[i].x, x;
		json_t *text;

		k = i + 1;
		if (!is_in(&c->at[i], heard))
			continue;
		for (k = i; k < c->len && c->at[k].x - last <= NEAR; k++) {
			json_int_t own = heard ? c->at[k].heard : c->at[k].unheard;

			if (!own)
				continue;
			count += own;
			tallest = own > tallest ? own : tallest;
			high = c->at[k].high;
			last = c->at[k].x;
		}
		x = (c->at[i].x + last) / 2;
		tallest = tallest < MOST_STACKED ? tallest : MOST_STACKED;
		text = sizes_text(c->at[i].low, high, count);
		for (int tier = 0; tier < TIERS; tier++) {
			double off = 4 + STEP * (double)tallest + 16 * (double)tier;

			if (chart_text_free(d, heard ? TONE_soft : lost_tone(s), FACE_SMALL, x,
					    heard ? base - off - 4 : base + off + 12, json_string_value(text)))
				break;
		}
		json_decref(text);
	}
}

static void draw_bracket(const struct scene *s, struct draw *d, const struct axis *a, const char *side,
			 double top, double bottom)
{
	static const struct pen pen = { TONE_suspect, 1, DASHED, false };
	bool sure = is_word(json_object_get(s->tunnel, "verdict"), "confidence", "confirmed");
	json_int_t passes, fails;
	double left, right;
	char largest[24], smallest[24];
	json_t *both;

	if (!bracket(s, side, &passes, &fails))
		return;
	left = axis_x(a, (double)passes);
	right = axis_x(a, (double)fails);
	snprintf(largest, sizeof largest, "%lld", (long long)passes);
	snprintf(smallest, sizeof smallest, "%lld", (long long)fails);
	both = FILLED(W_figure_limit_between, { "passes", largest }, { "fails", smallest });
	draw_rect(d, TONE_suspectwash, left, top, right - left, bottom - top);
	draw_line(d, pen, left, top, left, bottom);
	draw_line(d, pen, right, top, right, bottom);
	draw_text(d, TONE_suspect, FACE_SMALL_BOLD, AT_MIDDLE, (left + right) / 2, top + 16,
		  word(sure ? W_figure_limit : W_figure_limit_likely));
	draw_text(d, TONE_soft, FACE_SMALL, AT_MIDDLE, (left + right) / 2, top + 32, json_string_value(both));
	json_decref(both);
}

static json_t *summary(const struct scene *s, const char *side)
{
	json_int_t heard, unheard;
	char sent[24], lost[24];

	totals(s, side, &heard, &unheard);
	snprintf(sent, sizeof sent, "%lld", (long long)(heard + unheard));
	snprintf(lost, sizeof lost, "%lld", (long long)unheard);
	return FILLED(unheard ? W_figure_sizes_unheard : W_figure_sizes_sent, { "sent", sent },
		      { "lost", lost });
}

static double panel(const struct scene *s, struct draw *d, const struct axis *a, const char *side, double y)
{
	struct columns c;
	json_t *what = summary(s, side);
	json_int_t heard, unheard, tallest = 0;
	double base, bottom;

	totals(s, side, &heard, &unheard);
	gather(s, side, a, &c);
	for (size_t i = 0; i < c.len; i++)
		tallest = c.at[i].unheard > tallest ? c.at[i].unheard : tallest;
	tallest = tallest < MOST_STACKED ? tallest : MOST_STACKED;
	y = chart_head(d, y, figure_end(s, side), json_string_value(what), unheard ? lost_tone(s) : TONE_soft);
	base = y + STEP * MOST_STACKED + 16 * TIERS + 16;
	bottom = base + (unheard ? STEP * (double)tallest + 16 * TIERS + 8 : 8);
	draw_bracket(s, d, a, side, y, bottom);
	draw_line(d, (struct pen){ TONE_rule, 1, SOLID, false }, a->left, base, a->right, base);
	draw_stacks(s, d, &c, base);
	draw_labels(s, d, &c, base, true);
	draw_labels(s, d, &c, base, false);
	json_decref(what);
	return bottom + 12;
}

static double largest(const struct scene *s)
{
	const json_t *a = rows_of(s, "a"), *b = rows_of(s, "b");
	size_t n = json_array_size(a), m = json_array_size(b);
	double of_a = n ? (double)cell(json_array_get(a, n - 1), 1) : 0;
	double of_b = m ? (double)cell(json_array_get(b, m - 1), 1) : 0;

	return fmax(fmax(of_a, of_b), 1500);
}

void sizes_draw(const struct scene *s, struct draw *d, bool narrow)
{
	struct axis a = { 0, largest(s), 12, d->width - (narrow ? 12 : 24) };
	double y = panel(s, d, &a, "a", 0);

	y = panel(s, d, &a, "b", y);
	axis_draw(d, &a, y, UNIT_BYTES);
	d->height = y + 24;
}

static json_t *table(const struct scene *s)
{
	static const enum word heads[] = { W_table_from, W_table_smallest, W_table_largest, W_table_packets,
					   W_table_unheard };
	static const char *const sides[] = { "a", "b" };
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads), *row;
	size_t i;

	for (int k = 0; k < 2; k++)
		json_array_foreach(rows_of(s, sides[k]), i, row)
			figure_row(t, json_pack("[s,o,o,o,o]", figure_end(s, sides[k]),
						figure_number(cell(row, 0)), figure_number(cell(row, 1)),
						figure_number(cell(row, 2)), figure_number(cell(row, 3))));
	return t;
}

void sizes_tell(const struct scene *s, json_t *figure)
{
	static const char *const sides[] = { "a", "b" };
	json_int_t passes, fails;

	put(figure, "title", json_string(word(W_figure_sizes)));
	put(figure, "caption", json_string(word(W_figure_sizes_caption)));
	for (int i = 0; i < 2; i++) {
		json_int_t heard, unheard;
		char largest_text[24], smallest[24], lost[24];

		totals(s, sides[i], &heard, &unheard);
		if (!unheard)
			continue;
		bracket(s, sides[i], &passes, &fails);
		snprintf(largest_text, sizeof largest_text, "%lld", (long long)passes);
		snprintf(smallest, sizeof smallest, "%lld", (long long)fails);
		snprintf(lost, sizeof lost, "%lld", (long long)unheard);
		figure_add_sentence(figure, "alt",
				    FILLED(W_figure_sizes_alt, { "end", figure_end(s, sides[i]) },
					   { "lost", lost }, { "fails", smallest },
					   { "passes", largest_text }));
	}
	put(figure, "table", table(s));
}
