/*
 * The step line: how far the tunnel came, with a reason for each step.
 */
#include "analyzer/report/text.h"

enum { REASON_LINES = 3, MOST = 5, SIDE_BY_SIDE = 84, NARROW_NAME = 16 };

static const char *const names[] = { "reachability", "negotiation", "authentication", "data", "lifecycle" };

static bool reached(const json_t *step)
{
	return is_set(step, "follows") ||
	       (step && !is_word(step, "state", "not_reached") && !is_word(step, "state", "cannot_tell"));
}

char step_symbol(const json_t *step)
{
	if (is_set(step, "follows"))
		return '>';
	if (is_word(step, "state", "ok"))
		return '+';
	if (is_word(step, "state", "fault"))
		return 'X';
	return is_word(step, "state", "suspect") ? '?' : ' ';
}

static const char *shown_state(const char *name, const json_t *step)
{
	const char *state = text_or(step, "state", "cannot_tell"), *own;

	if (is_set(step, "follows"))
		return word(W_shows_follows);
	own = word_named("shows", state, name);
	return own ? own : word_named("shows", state, NULL) ? word_named("shows", state, NULL) : state;
}

/* "[X] Reachability ------- " up to the width of a column */
static void add_head(const struct page *p, struct text *line, const char *name, const json_t *step,
		     const json_t *next, size_t width, bool last)
{
	const char *shown = word_named("step", name, NULL);
	size_t end = cells(line->at) + width;

	styled(p, line, symbol_style(step_symbol(step)), symbol(p, step_symbol(step)));
	text_add(line, " ");
	styled(p, line, BOLD, shown);
	if (last)
		return;
	text_add(line, " ");
	if (cells(line->at) + 2 < end)
		fill_cells(line, reached(next) ? (p->utf8 ? "─" : "-") : (p->utf8 ? "┄" : ". "), end - 1);
	fill_cells(line, " ", end);
}

static void row_of(struct page *p, const struct text *cell, const enum style *style, size_t n, size_t width)
{
	struct text line;

	text_init(&line);
	for (size_t i = 0; i < n; i++) {
		fill_cells(&line, " ", i * width + 4);
		styled(p, &line, style[i], cell[i].at);
	}
	page_line(p, line.at);
	text_clear(&line);
}

/* The reasons side by side; what needs more than three lines ends in "..". */
static void reasons(struct page *p, const json_t *const *steps, size_t n, size_t width)
{
	const enum style dim[MOST] = { DIM, DIM, DIM, DIM, DIM };
	struct text safe[MOST], cell[MOST];
	const char *at[MOST];

	for (size_t i = 0; i < n; i++) {
		text_init(&safe[i]);
		text_init(&cell[i]);
		page_safe(p, &safe[i], text_or(steps[i], "why", ""));
		at[i] = safe[i].at;
	}
	for (int k = 0; k < REASON_LINES; k++) {
		bool any = false;

		for (size_t i = 0; i < n; i++) {
			text_empty(&cell[i]);
			any |= wrap_next(&at[i], width - 5, &cell[i]);
			if (k == REASON_LINES - 1 && *at[i]) {
				text_add(&cell[i], " ...");
				clip(&cell[i], width - 5);
			}
		}
		if (any)
			row_of(p, cell, dim, n, width);
	}
	for (size_t i = 0; i < n; i++) {
		text_clear(&safe[i]);
		text_clear(&cell[i]);
	}
}

static void states(struct page *p, const json_t *const *steps, size_t n, size_t width)
{
	enum style style[MOST];
	struct text cell[MOST];

	for (size_t i = 0; i < n; i++) {
		text_init(&cell[i]);
		text_add(&cell[i], shown_state(names[i], steps[i]));
		clip(&cell[i], width - 5);
		style[i] = symbol_style(step_symbol(steps[i]));
	}
	row_of(p, cell, style, n, width);
	for (size_t i = 0; i < n; i++)
		text_clear(&cell[i]);
}

static void below_each_other(struct page *p, const json_t *const *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct text lead, said;

		text_init(&lead);
		text_init(&said);
		text_addf(&lead, "%s %s", symbol(p, step_symbol(steps[i])), word_named("step", names[i], NULL));
		fill_cells(&lead, " ", 4 + NARROW_NAME);
		WORD_FILL(&said, word(W_step_narrow), { "state", shown_state(names[i], steps[i]) },
			  { "why", text_or(steps[i], "why", "") });
		page_paragraph(p, lead.at, PLAIN, said.at);
		text_clear(&lead);
		text_clear(&said);
	}
}

void text_steps(struct page *p, const json_t *steps)
{
	const json_t *step[MOST];
	size_t n = json_object_get(steps, "lifecycle") ? MOST : MOST - 1, width = p->columns / n;
	struct text line;

	for (size_t i = 0; i < n; i++)
		step[i] = json_object_get(steps, names[i]);
	if (p->columns < SIDE_BY_SIDE || width < 20) {
		below_each_other(p, step, n);
		return;
	}
	text_init(&line);
	for (size_t i = 0; i < n; i++)
		add_head(p, &line, names[i], step[i], i + 1 < n ? step[i + 1] : NULL, width, i + 1 == n);
	page_line(p, line.at);
	text_clear(&line);
	states(p, step, n, width);
	reasons(p, step, n, width);
}
