/*
 * Which sizes pass, a panel for each direction: dots above the line were answered
 * or arrived here; hollow marks below it brought nothing back. Between the largest
 * of the one and the smallest of the other lies the limit: a band, never a line.
 */
#include "analyzer/report/figure_parts.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_STACKED = 6, STEP = 9, TIERS = 2, COLUMN = 8, NEAR = 24, MOST_COLUMNS = 128, MOST_ROWS = 512 };

struct row { /* packets of these IP sizes */
	json_int_t low, high, count, unheard;
};

struct rows {
	struct row at[MOST_ROWS];
	size_t len;
};

struct column { /* packets that share a stack */
	double x;
	json_int_t low, high, heard, unheard;
};

struct columns {
	struct column at[MOST_COLUMNS];
	size_t len;
};

/* With two recordings the classes of one way, without fragments: their sizes are those of pieces. */
static const json_t *classes_of(const struct scene *s, const char *side)
{
	const json_t *ways = json_object_get(json_object_get(s->tunnel, "ends"), "ways");

	return json_object_get(json_object_get(ways, side), "classes");
}

static bool two_ends(const struct scene *s)
{
	return json_is_object(json_object_get(s->tunnel, "ends"));
}

static void add_row(struct rows *r, json_int_t low, json_int_t high, json_int_t count, json_int_t unheard)
{
	if (r->len < MOST_ROWS && count > 0)
		r->at[r->len++] = (struct row){ low, high, count, unheard };
}

static int by_size(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	return a->low != b->low ? (a->low < b->low ? -1 : 1) : a->high < b->high ? -1 : a->high > b->high;
}

static json_int_t cell(const json_t *row, size_t i)
{
	return json_integer_value(json_array_get(row, i));
}

static void load(const struct scene *s, const char *side, struct rows *ret)
{
	const json_t *series = json_object_get(s->tunnel, "series");
	const json_t *rows = json_object_get(json_object_get(series, "sizes"), side);
	json_t *class, *row;
	const char *name;
	size_t i;

	ret->len = 0;
	if (!two_ends(s))
		json_array_foreach(rows, i, row)
			add_row(ret, cell(row, 0), cell(row, 1), cell(row, 2), cell(row, 3));
	json_object_foreach((json_t *)classes_of(s, side), name, class) {
		if (strstr(name, "fragment"))
			continue;
		json_array_foreach(json_object_get(class, "sizes"), i, row)
			add_row(ret, int_of(row, "bytes"), int_of(row, "bytes"), int_of(row, "sent"),
				int_of(row, "lost"));
	}
	if (ret->len)
		qsort(ret->at, ret->len, sizeof *ret->at, by_size);
}

/* Answered or arrived, and not; in packets. */
static void totals(const struct rows *r, json_int_t *ret_heard, json_int_t *ret_unheard)
{
	*ret_heard = *ret_unheard = 0;
	for (size_t i = 0; i < r->len; i++) {
		*ret_heard += r->at[i].count - r->at[i].unheard;
		*ret_unheard += r->at[i].unheard;
	}
}

/* The bracket of the limit; false when nothing was lost, or small ones were as well. */
static bool bracket(const struct rows *r, json_int_t *ret_passes, json_int_t *ret_fails)
{
	json_int_t passes = 0, fails = 0;

	for (size_t i = 0; i < r->len; i++) {
		if (r->at[i].count > r->at[i].unheard && r->at[i].high > passes)
			passes = r->at[i].high;
		if (r->at[i].unheard && !fails)
			fails = r->at[i].low;
	}
	*ret_passes = passes;
	*ret_fails = fails;
	return passes && fails > passes;
}

static bool has_limit(const struct scene *s, const char *side)
{
	json_t *class;
	const char *name;

	json_object_foreach((json_t *)classes_of(s, side), name, class)
		if (json_object_get(class, "limit"))
			return true;
	return false;
}

static bool any_unheard(const struct scene *s, const char *side)
{
	json_int_t heard, unheard;
	struct rows r;

	load(s, side, &r);
	totals(&r, &heard, &unheard);
	return unheard > 0;
}

bool sizes_wanted(const struct scene *s)
{
	if (!figure_fault(s) || (!any_unheard(s, "a") && !any_unheard(s, "b")))
		return false;
	return two_ends(s) ? has_limit(s, "a") || has_limit(s, "b")
			   : figure_about(s, "path.pmtu path.icmp.all_blocked data.esp.large_lost data.mss "
					     "ike.init.too_large ike.auth.no_reply ike.frag.not_offered");
}

/* Neighbours nearer than a dot is wide share a stack. */
static void gather(const struct rows *r, const struct axis *a, struct columns *ret)
{
	ret->len = 0;
	for (size_t i = 0; i < r->len; i++) {
		const struct row *row = &r->at[i];
		double x = axis_x(a, (double)(row->low + row->high) / 2);
		struct column *c = ret->len ? &ret->at[ret->len - 1] : NULL;

		if (!c || x - c->x >= COLUMN) {
			if (ret->len == MOST_COLUMNS)
				return;
			c = &ret->at[ret->len++];
			*c = (struct column){ .x = x, .low = row->low };
		}
		c->high = row->high > c->high ? row->high : c->high;
		c->heard += row->count - row->unheard;
		c->unheard += row->unheard;
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

/* Known to be lost is a cross; what nothing came back for is hollow. */
static void draw_lost(const struct scene *s, struct draw *d, double x, double y)
{
	if (two_ends(s))
		draw_cross(d, (struct pen){ lost_tone(s), 1.75, SOLID, false }, x, y, 6);
	else
		draw_ring(d, (struct pen){ lost_tone(s), 1.5, SOLID, false }, x, y, 3);
}

static void draw_stacks(const struct scene *s, struct draw *d, const struct columns *c, double base)
{
	for (size_t i = 0; i < c->len; i++) {
		for (json_int_t k = 0; k < c->at[i].heard && k < MOST_STACKED; k++)
			draw_dot(d, TONE_ink, c->at[i].x, base - 6 - STEP * (double)k, 3.2);
		for (json_int_t k = 0; k < c->at[i].unheard && k < MOST_STACKED; k++)
			draw_lost(s, d, c->at[i].x, base + 7 + STEP * (double)k);
	}
}

static bool is_in(const struct column *c, bool heard)
{
	return heard ? c->heard > 0 : c->unheard > 0;
}

/* Beside the stack, on the side away from the limit. */
static bool label_beside(struct draw *d, enum tone tone, double x, double y, bool left, const char *text)
{
	double off = draw_text_width(FACE_SMALL, text) / 2 + 10;

	if ((left && x - 2 * off < 0) || (!left && x + 2 * off > d->width))
		return false;
	return chart_text_free(d, tone, FACE_SMALL, left ? x - off : x + off, y, text);
}

/* Over the stack or below it; at the limit beside it. Where there is no room it stays with the table. */
static void draw_label(const struct scene *s, struct draw *d, double x, double base, json_int_t tallest,
		       bool heard, bool at_limit, const char *text)
{
	enum tone tone = heard ? TONE_soft : lost_tone(s);

	if (at_limit && label_beside(d, tone, x, heard ? base - 2 : base + 11, heard, text))
		return;
	for (int tier = 0; tier < TIERS; tier++) {
		double off = 4 + STEP * (double)tallest + 16 * (double)tier;

		if (chart_text_free(d, tone, FACE_SMALL, x, heard ? base - off - 4 : base + off + 12, text))
			return;
	}
}

/* One label for stacks that stand close to each other. limit: the size at which the band begins or ends. */
static void draw_labels(const struct scene *s, struct draw *d, const struct columns *c, double base,
			bool heard, json_int_t limit)
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
		draw_label(s, d, x, base, tallest, heard, heard ? high == limit : c->at[i].low == limit,
			   json_string_value(text));
		json_decref(text);
	}
}

static void draw_bracket(const struct scene *s, struct draw *d, const struct axis *a,
			 const struct rows *rows, double top, double bottom)
{
	static const struct pen pen = { TONE_suspect, 1, DASHED, false };
	bool sure = is_word(json_object_get(s->tunnel, "verdict"), "confidence", "confirmed");
	json_int_t passes, fails;
	double left, right;
	char largest[24], smallest[24];
	json_t *both;

	if (!bracket(rows, &passes, &fails))
		return;
	left = axis_x(a, (double)passes);
	right = axis_x(a, (double)fails);
	snprintf(largest, sizeof largest, "%lld", (long long)passes);
	snprintf(smallest, sizeof smallest, "%lld", (long long)fails);
	both = FILLED(W_figure_limit_between, { "passes", largest }, { "fails", smallest });
	draw_rect(d, TONE_suspectwash, left, top, right - left, bottom - top);
	draw_line(d, pen, left, top, left, bottom);
	draw_line(d, pen, right, top, right, bottom);
	chart_text(d, TONE_suspect, FACE_SMALL_BOLD, (left + right) / 2, top + 16,
		   word(sure ? W_figure_limit : W_figure_limit_likely));
	chart_text(d, TONE_soft, FACE_SMALL, (left + right) / 2, top + 32, json_string_value(both));
	json_decref(both);
}

static json_t *summary(const struct scene *s, const struct rows *rows)
{
	json_int_t heard, unheard;
	char sent[24], lost[24];

	totals(rows, &heard, &unheard);
	if (!unheard)
		return counted(W_figure_sizes_sent_one, (uint64_t)heard);
	snprintf(sent, sizeof sent, "%lld", (long long)(heard + unheard));
	snprintf(lost, sizeof lost, "%lld", (long long)unheard);
	return FILLED(two_ends(s) ? W_figure_sizes_lost : W_figure_sizes_unheard, { "sent", sent }, { "lost", lost });
}

static json_int_t tallest(const struct columns *c)
{
	json_int_t most = 0;

	for (size_t i = 0; i < c->len; i++)
		most = c->at[i].unheard > most ? c->at[i].unheard : most;
	return most < MOST_STACKED ? most : MOST_STACKED;
}

static double panel(const struct scene *s, struct draw *d, const struct axis *a, const char *side, double y)
{
	json_int_t passes, fails;
	struct columns c;
	struct rows rows;
	json_t *what;
	double base, bottom;

	load(s, side, &rows);
	gather(&rows, a, &c);
	what = summary(s, &rows);
	y = chart_head(d, y, figure_end(s, side), json_string_value(what),
		       tallest(&c) ? lost_tone(s) : TONE_soft);
	base = y + STEP * MOST_STACKED + 16 * TIERS + 16;
	bottom = base + (tallest(&c) ? STEP * (double)tallest(&c) + 16 * TIERS + 8 : 8);
	draw_bracket(s, d, a, &rows, y, bottom);
	draw_line(d, (struct pen){ TONE_rule, 1, SOLID, false }, a->left, base, a->right, base);
	draw_stacks(s, d, &c, base);
	if (!bracket(&rows, &passes, &fails))
		passes = fails = -1;
	draw_labels(s, d, &c, base, true, passes);
	draw_labels(s, d, &c, base, false, fails);
	json_decref(what);
	return bottom + 12;
}

static double largest(const struct scene *s)
{
	static const char *const sides[] = { "a", "b" };
	json_int_t most = 1500;

	for (int k = 0; k < 2; k++) {
		struct rows r;

		load(s, sides[k], &r);
		for (size_t i = 0; i < r.len; i++)
			most = r.at[i].high > most ? r.at[i].high : most;
	}
	return (double)most;
}

void sizes_draw(const struct scene *s, struct draw *d, bool narrow)
{
	struct axis a = { 0, largest(s), 12, d->width - (narrow ? 12 : 88) };
	double y = panel(s, d, &a, "a", 0);

	y = panel(s, d, &a, "b", y);
	axis_draw(d, &a, y, UNIT_BYTES);
	d->height = y + 24;
}

static json_t *table(const struct scene *s)
{
	const enum word heads[] = { W_table_from, W_table_smallest, W_table_largest, W_table_packets,
				    two_ends(s) ? W_table_lost : W_table_unheard };
	static const char *const sides[] = { "a", "b" };
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads);

	for (int k = 0; k < 2; k++) {
		struct rows r;

		load(s, sides[k], &r);
		for (size_t i = 0; i < r.len; i++)
			figure_row(t, json_pack("[s,o,o,o,o]", figure_end(s, sides[k]),
						figure_number(r.at[i].low), figure_number(r.at[i].high),
						figure_number(r.at[i].count), figure_number(r.at[i].unheard)));
	}
	return t;
}

static json_t *finding(const struct scene *s, const char *side)
{
	json_int_t heard, unheard, passes, fails;
	char largest_text[24], smallest[24], lost[24];
	struct rows r;
	enum word w;

	load(s, side, &r);
	totals(&r, &heard, &unheard);
	if (!unheard)
		return NULL;
	w = bracket(&r, &passes, &fails) ? (two_ends(s) ? W_figure_sizes_alt_lost : W_figure_sizes_alt)
	    : two_ends(s)		 ? W_figure_sizes_alt_any_lost
					 : W_figure_sizes_alt_any;
	snprintf(largest_text, sizeof largest_text, "%lld", (long long)passes);
	snprintf(smallest, sizeof smallest, "%lld", (long long)fails);
	snprintf(lost, sizeof lost, "%lld", (long long)unheard);
	return FILLED(w, { "end", figure_end(s, side) }, { "lost", lost }, { "fails", smallest },
		      { "passes", largest_text });
}

void sizes_tell(const struct scene *s, json_t *figure)
{
	json_t *a = finding(s, "a"), *b = finding(s, "b");

	put(figure, "title", json_string(word(W_figure_sizes)));
	put(figure, "caption",
	    json_string(word(two_ends(s) ? W_figure_sizes_caption_ends : W_figure_sizes_caption)));
	if (a)
		figure_add_sentence(figure, "alt", a);
	if (b)
		figure_add_sentence(figure, "alt", b);
	put(figure, "table", table(s));
}
