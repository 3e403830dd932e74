/*
 * The step line: how far the tunnel came, with a reason for each step.
 */
#include "analyzer/report/text.h"

enum { MOST = 5, SIDE_BY_SIDE = 84, NARROW_NAME = 16 };

struct grid { /* four columns, or five that are narrower and so indent less */
	size_t n, width, indent, lines;
};

static const char *const names[] = { "reachability", "negotiation", "authentication", "data",
				     "lifecycle" };

bool step_reached(const json_t *step)
{
	return is_set(step, "follows") || (step && !is_word(step, "state", "not_reached") &&
					   !is_word(step, "state", "cannot_tell"));
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

const char *step_word(const char *name, const json_t *step)
{
	const char *state = text_or(step, "state", "cannot_tell"), *own;

	if (is_set(step, "follows"))
		return word(W_shows_follows);
	own = word_named("shows", state, name);
	return own                                ? own
	       : word_named("shows", state, NULL) ? word_named("shows", state, NULL)
						  : state;
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
		fill_cells(line, step_reached(next) ? (p->utf8 ? "─" : "-") : (p->utf8 ? "┄" : ". "),
			   end - 1);
	fill_cells(line, " ", end);
}

static void row_of(struct page *p, const struct grid *g, const struct text *cell,
		   const enum style *style)
{
	struct text line;

	text_init(&line);
	for (size_t i = 0; i < g->n; i++) {
		fill_cells(&line, " ", i * g->width + g->indent);
		styled(p, &line, style[i], cell[i].at);
	}
	page_line(p, line.at);
	text_clear(&line);
}

/* The reasons side by side; what needs more lines than there are ends in "..". */
static void reasons(struct page *p, const struct grid *g, const json_t *const *steps)
{
	const enum style dim[MOST] = { DIM, DIM, DIM, DIM, DIM };
	struct text safe[MOST], cell[MOST];
	const char *at[MOST];
	size_t room = g->width - g->indent - 1;

	for (size_t i = 0; i < g->n; i++) {
		text_init(&safe[i]);
		text_init(&cell[i]);
		page_safe(p, &safe[i], text_or(steps[i], "why", ""));
		at[i] = safe[i].at;
	}
	for (size_t k = 0; k < g->lines; k++) {
		bool any = false;

		for (size_t i = 0; i < g->n; i++) {
			text_empty(&cell[i]);
			any |= wrap_next(&at[i], room, &cell[i]);
			if (k == g->lines - 1 && *at[i]) {
				text_add(&cell[i], " ..");
				clip(&cell[i], room);
			}
		}
		if (any)
			row_of(p, g, cell, dim);
	}
	for (size_t i = 0; i < g->n; i++) {
		text_clear(&safe[i]);
		text_clear(&cell[i]);
	}
}

static void states(struct page *p, const struct grid *g, const json_t *const *steps)
{
	enum style style[MOST];
	struct text cell[MOST];

	for (size_t i = 0; i < g->n; i++) {
		text_init(&cell[i]);
		text_add(&cell[i], step_word(names[i], steps[i]));
		clip(&cell[i], g->width - g->indent - 1);
		style[i] = symbol_style(step_symbol(steps[i]));
	}
	row_of(p, g, cell, style);
	for (size_t i = 0; i < g->n; i++)
		text_clear(&cell[i]);
}

static void below_each_other(struct page *p, const json_t *const *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct text lead, said;

		text_init(&lead);
		text_init(&said);
		text_addf(&lead, "%s %s", symbol(p, step_symbol(steps[i])),
			  word_named("step", names[i], NULL));
		fill_cells(&lead, " ", 4 + NARROW_NAME);
		WORD_FILL(&said, word(W_step_narrow), { "state", step_word(names[i], steps[i]) },
			  { "why", text_or(steps[i], "why", "") });
		page_paragraph(p, lead.at, PLAIN, said.at);
		text_clear(&lead);
		text_clear(&said);
	}
}

void text_steps(struct page *p, const json_t *steps)
{
	const json_t *step[MOST];
	bool lifecycle = json_object_get(steps, "lifecycle") != NULL;
	struct grid g = { .n = lifecycle ? MOST : MOST - 1,
			  .indent = lifecycle ? 1 : 4,
			  .lines = lifecycle ? 4 : 3 };
	struct text line;

	g.width = p->columns / g.n;
	for (size_t i = 0; i < g.n; i++)
		step[i] = json_object_get(steps, names[i]);
	if (p->columns < SIDE_BY_SIDE || g.width < 20) {
		below_each_other(p, step, g.n);
		return;
	}
	text_init(&line);
	for (size_t i = 0; i < g.n; i++)
		add_head(p, &line, names[i], step[i], i + 1 < g.n ? step[i + 1] : NULL, g.width,
			 i + 1 == g.n);
	page_line(p, line.at);
	text_clear(&line);
	states(p, &g, step);
	reasons(p, &g, step);
}
