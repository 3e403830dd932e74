/*
 * The ladder: time, frames, and between two lifelines what passed.
 *
 * The lifeline of an end that was not recorded is dotted; an arrow to it is
 * dashed where nobody saw it arrive. A label is shortened by what matters, then
 * by its size, never in its name.
 */
#include "analyzer/report/text.h"

#include "analyzer/judge/format.h"

enum { TIME = 9, FRAMES = 13, LEFT = TIME + 1 + FRAMES + 2, ANCHOR = 7 };
enum { FRAMES_EACH = 10, LEFT_OF_TWO = TIME + 1 + FRAMES_EACH + 2 }; /* with both ends recorded */

struct lane { /* how lines are drawn */
	size_t width, left;
	bool two;                  /* both ends were recorded: frames of each stand beside its lifeline */
	unsigned captures;         /* for letters in front of frames; 1: none */
	const char *solid[2], *dotted, *line, *dash, *twice, *cross;
	bool recorded[2];
};

static struct lane lane_for(const struct page *p, const json_t *tunnel, unsigned captures)
{
	bool two = json_object_get(tunnel, "ends") != NULL;
	struct lane l = { .width = two ? p->columns - LEFT_OF_TWO - 2 - FRAMES_EACH - 2 : p->columns - LEFT - 2,
			  .left = two ? LEFT_OF_TWO : LEFT,
			  .two = two,
			  .captures = two && captures == 2 ? 1 : captures,
			  .dotted = p->utf8 ? "┊" : ":",
			  .line = p->utf8 ? "─" : "-",
			  .dash = p->utf8 ? "╌" : "- ",
			  .twice = p->utf8 ? "═" : "=",
			  .cross = p->utf8 ? "×" : "X" };

	for (int i = 0; i < 2; i++) {
		l.recorded[i] = is_set(json_object_get(tunnel, i ? "b" : "a"), "recorded");
		l.solid[i] = !l.recorded[i] ? l.dotted : p->utf8 ? "│" : "|";
	}
	return l;
}

static void add_frames(struct text *t, const json_t *frames, unsigned captures)
{
	size_t n = json_array_size(frames);
	const json_t *first = json_array_get(frames, 0),
		     *last = json_array_get(frames, n ? n - 1 : 0);
	struct text one;

	if (!n)
		return;
	text_init(&one);
	format_frame(&one, first, captures);
	text_add(t, captures > 1 ? one.at : one.at + 1);
	if (!json_equal(first, last)) {
		text_empty(&one);
		format_frame(&one, last, captures);
		text_addf(t, "-%s", captures > 1 ? one.at : one.at + 1);
	}
	text_clear(&one);
}

/* Time and frames, right-aligned in their columns. */
static void add_margin(struct text *line, const struct lane *l, const json_t *row, bool timed)
{
	size_t room = l->two ? FRAMES_EACH : FRAMES;
	double at = real_of(row, "at");
	struct text frames;

	text_init(&frames);
	add_frames(&frames, json_object_get(row, "frames"), l->captures);
	clip(&frames, room);
	if (timed)
		text_addf(line, "%*.*f", TIME, at < 100000 ? 3 : 0, at);
	fill_cells(line, " ", TIME + 1 + room - cells(frames.at));
	text_add(line, frames.at);
	text_add(line, "  ");
	text_clear(&frames);
}

/* Behind the far lifeline: its own frames. */
static void add_far_frames(struct text *line, const struct lane *l, const json_t *row)
{
	struct text frames;

	if (!json_array_size(json_object_get(row, "frames_b")))
		return;
	text_init(&frames);
	add_frames(&frames, json_object_get(row, "frames_b"), l->captures);
	clip(&frames, FRAMES_EACH);
	text_addf(line, "  %s", frames.at);
	text_clear(&frames);
}

/* The label, with as much of what matters, size and silence as fits. */
static void add_label(const struct page *p, struct text *t, const json_t *row, size_t room)
{
	json_int_t bytes = int_of(row, "bytes");
	bool silent = is_word(row, "answer", "none");
	char size[24];

	snprintf(size, sizeof size, "%lld", (long long)bytes);
	for (int full = 3; full >= 0; full--) {
		const char *what = full == 3 ? text_of(row, "what") : NULL;
		const char *sentence = silent ? word(bytes && full > 1 ? W_ladder_no_answer_size
								       : W_ladder_no_answer)
				       : bytes && full > 1 ? word(W_ladder_size)
							   : "{label}";
		struct text label, said;

		if (full == 0)
			sentence = "{label}";
		text_init(&label);
		text_init(&said);
		WORD_FILL(&said, what ? word(W_ladder_what) : "{label}",
			  { "label", text_or(row, "label", "") }, { "what", what });
		WORD_FILL(&label, sentence, { "label", said.at }, { "bytes", size });
		text_empty(t);
		page_safe(p, t, label.at);
		text_clear(&label);
		text_clear(&said);
		if (cells(t->at) <= room)
			return;
	}
	clip(t, room);
}

static void add_times(struct text *t, const char *with, size_t n)
{
	while (n--)
		text_add(t, with);
}

/* An arrow of `stroke`, labelled at its left; dashed where its arrival was not recorded. */
static void add_arrow(const struct page *p, struct text *line, const struct lane *l,
		      const json_t *row, const char *stroke, bool left_head, bool right_head)
{
	bool to_b = is_word(row, "to", "b");
	bool unseen = left_head != right_head && (!l->recorded[to_b] || is_word(row, "fate", "unseen"));
	struct text label, lane;

	text_init(&label);
	text_init(&lane);
	add_label(p, &label, row, l->width - ANCHOR - 4);
	text_add(&lane, left_head ? "<" : "");
	if (unseen && !to_b) { /* the dashes lie at the left */
		size_t used = cells(label.at) + 2 + ANCHOR;
		size_t dashes =
			l->width - used < l->width * 3 / 10 ? l->width - used : l->width * 3 / 10;

		while (cells(lane.at) + cells(l->dash) <= dashes)
			text_add(&lane, l->dash);
		fill_cells(&lane, stroke, l->width - used);
		text_addf(&lane, " %s ", label.at);
	} else {
		fill_cells(&lane, stroke, ANCHOR);
		text_addf(&lane, " %s ", label.at);
		if (unseen)
			fill_cells(&lane, stroke, l->width - l->width * 3 / 10);
		if (unseen)
			fill_cells(&lane, l->dash, l->width - right_head);
	}
	if (!unseen || to_b)
		fill_cells(&lane, unseen ? " " : stroke, l->width - right_head);
	else
		fill_cells(&lane, stroke, l->width);
	text_add(&lane, right_head ? ">" : "");
	text_addf(line, "%s%s%s", l->solid[0], lane.at, l->solid[1]);
	text_clear(&label);
	text_clear(&lane);
}

/* What was sent, or must have been, and never came: from its sender to a cross in the middle. */
static void add_missing(const struct page *p, struct text *line, const struct lane *l,
			const json_t *row)
{
	bool from_b = is_word(row, "from", "b");
	struct text label, lane;
	size_t used;

	text_init(&label);
	text_init(&lane);
	add_label(p, &label, row, l->width - 10);
	used = cells(label.at) + 5;
	if (from_b) {
		size_t at = used < l->width / 2 ? l->width / 2 : l->width - used - 1;

		fill_cells(&lane, " ", at);
		text_add(&lane, l->cross);
		add_times(&lane, l->line, l->width - at - 1 - cells(label.at) - 3);
		text_addf(&lane, " %s %s", label.at, l->line);
	} else {
		text_addf(&lane, "%s %s ", l->line, label.at);
		fill_cells(&lane, l->line, used < l->width / 2 ? l->width / 2 : used);
		text_add(&lane, l->cross);
	}
	fill_cells(&lane, " ", l->width);
	text_addf(line, "%s%s%s", l->solid[0], lane.at, l->solid[1]);
	text_clear(&label);
	text_clear(&lane);
}

/* What stands for many messages and has no arrow. */
static void add_note(const struct page *p, struct text *line, const struct lane *l,
		     const json_t *row)
{
	struct text lane;

	text_init(&lane);
	page_safe(p, &lane, text_or(row, "label", ""));
	clip(&lane, l->width - 4);
	text_addf(line, "%s  %s", l->dotted, lane.at);
	fill_cells(line, " ", l->left + 1 + l->width);
	text_add(line, l->dotted);
	text_clear(&lane);
}

/* An attempt that lost something shows its crosses before the head. */
static void add_crosses(const struct lane *l, struct text *line)
{
	size_t tail = strlen(l->solid[1]) + 1 + 6 * strlen(l->twice);

	line->len -= tail;
	line->at[line->len] = '\0';
	text_addf(line, " %s %s ", l->cross, l->cross);
	text_addf(line, "%s>%s", l->twice, l->solid[1]);
}

static void draw(struct page *p, const struct lane *l, const json_t *row)
{
	bool to_b = is_word(row, "to", "b");
	struct text line;

	text_init(&line);
	add_margin(&line, l, row, !is_word(row, "kind", "missing"));
	if (is_word(row, "kind", "missing") || is_word(row, "fate", "lost"))
		add_missing(p, &line, l, row);
	else if (is_word(row, "kind", "resends") || is_word(row, "kind", "more"))
		add_note(p, &line, l, row);
	else if (json_object_get(row, "both"))
		add_arrow(p, &line, l, row, l->twice, is_set(row, "both") || !to_b,
			  is_set(row, "both") || to_b);
	else
		add_arrow(p, &line, l, row, l->line, !to_b, to_b);
	if (is_word(row, "kind", "attempt") && int_of(row, "lost"))
		add_crosses(l, &line);
	add_far_frames(&line, l, row);
	page_line(p, line.at);
	text_clear(&line);
}

static void end_name(const struct page *p, struct text *t, const json_t *end)
{
	const char *name = text_of(end, "name");

	page_safe(p, t, name ? name : text_or(end, "address", "?"));
}

/* What stands over the frames of an end. */
static json_t *frame_heading(const struct lane *l, const char *letter)
{
	return l->two && l->captures == 1 ? FILLED(W_column_frame_of, { "letter", letter })
					  : json_string(word(W_column_frame));
}

/* Both names over their lifelines; two lines when they are long. */
static void head(struct page *p, const struct lane *l, const json_t *tunnel)
{
	json_t *of_a = frame_heading(l, "A"), *of_b = frame_heading(l, "B");
	struct text line, a, b;

	text_init(&line);
	text_init(&a);
	text_init(&b);
	end_name(p, &a, json_object_get(tunnel, "a"));
	end_name(p, &b, json_object_get(tunnel, "b"));
	clip(&a, l->width);
	clip(&b, l->width);
	text_addf(&line, "%*s %*s  %s", TIME, word(W_column_seconds), (int)(l->two ? FRAMES_EACH : FRAMES),
		  json_string_value(of_a), a.at);
	if (cells(a.at) + cells(b.at) + 2 > l->width + 2) {
		page_line(p, line.at);
		text_empty(&line);
	}
	fill_cells(&line, " ", l->left + 2 + l->width - cells(b.at));
	text_add(&line, b.at);
	if (l->two)
		text_addf(&line, "  %s", json_string_value(of_b));
	page_line(p, line.at);
	text_clear(&line);
	text_clear(&a);
	text_clear(&b);
	json_decref(of_a);
	json_decref(of_b);
}

static void caption(struct page *p, const struct lane *l, const json_t *ladder)
{
	json_int_t shown = int_of(ladder, "shown"), total = int_of(ladder, "total");
	char few[24], all[24];
	struct text t, at;

	text_init(&t);
	text_init(&at);
	add_instant(&at, text_or(ladder, "start", ""), NULL);
	WORD_FILL(&t, word(l->two ? W_ladder_clock_ends : W_ladder_clock), { "time", at.at });
	page_paragraph(p, "  ", DIM, t.at);
	if (total > shown) {
		snprintf(few, sizeof few, "%lld", (long long)shown);
		snprintf(all, sizeof all, "%lld", (long long)total);
		text_empty(&t);
		WORD_FILL(&t, word(W_ladder_capped), { "shown", few }, { "total", all });
		page_paragraph(p, "  ", DIM, t.at);
	}
	text_clear(&t);
	text_clear(&at);
}

void text_ladder(struct page *p, const struct view *v)
{
	const json_t *ladder = json_object_get(v->tunnel, "ladder"),
		     *rows = json_object_get(ladder, "rows");
	struct lane l;
	json_t *row;
	size_t i;

	if (p->columns < LADDER_FROM || !json_array_size(rows))
		return;
	l = lane_for(p, v->tunnel, v->captures);
	head(p, &l, v->tunnel);
	json_array_foreach(rows, i, row) draw(p, &l, row);
	caption(p, &l, ladder);
	page_gap(p);
}
