/*
 * Many tunnels: a row each, failing first, the rest folded.
 */
#include "analyzer/report/text.h"

#include "analyzer/judge/format.h"

enum { ROWS = 20 };

void tally_tunnel(struct tally *t, const json_t *tunnel)
{
	const json_t *verdict = json_object_get(tunnel, "verdict");

	if (is_fault(verdict))
		t->faults += 1;
	else if (is_word(verdict, "id", "healthy"))
		t->works += 1;
	else
		t->others += 1;
}

json_t *tally_said(enum word w, size_t n, const struct tally *tally)
{
	const size_t counts[] = { n, tally->faults, tally->works, tally->others };
	struct text said[4];
	json_t *made;

	for (size_t i = 0; i < 4; i++) {
		text_init(&said[i]);
		format_count(&said[i], counts[i], 0);
	}
	made = FILLED(w, { "count", said[0].at }, { "faults", said[1].at }, { "works", said[2].at },
		      { "others", said[3].at });
	for (size_t i = 0; i < 4; i++)
		text_clear(&said[i]);
	return made;
}

static void say_tally(struct page *p, enum word w, size_t n, const struct tally *tally)
{
	json_t *said = tally_said(w, n, tally);

	page_paragraph(p, "", BOLD, json_string_value(said));
	json_decref(said);
}

static void add_pair(const struct page *p, struct text *t, const json_t *tunnel)
{
	const json_t *a = json_object_get(tunnel, "a"), *b = json_object_get(tunnel, "b");
	struct text pair;

	text_init(&pair);
	WORD_FILL(&pair, word(W_pair), { "a", text_or(a, "name", text_or(a, "address", "?")) },
		  { "b", text_or(b, "name", text_or(b, "address", "?")) });
	page_safe(p, t, pair.at);
	text_clear(&pair);
}

static void add_since(struct text *t, const json_t *model, const json_t *tunnel)
{
	const char *since = is_fault(json_object_get(tunnel, "verdict"))
				    ? text_of(tunnel, "failing_since")
				    : text_of(tunnel, "works_since");

	if (since)
		add_instant(
			t, since,
			text_of(json_array_get(json_object_get(model, "captures"), 0), "first"));
}

/* Symbols, id, pair; then title and time, on a line of their own when the pair is long. */
static void row_of(struct page *p, const json_t *model, const json_t *tunnel)
{
	static const char *const names[] = { "reachability", "negotiation", "authentication",
					     "data" };
	const json_t *steps = json_object_get(tunnel, "steps");
	struct text line, said, since;
	size_t indent;

	text_init(&line);
	text_init(&said);
	text_init(&since);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char kind = step_symbol(json_object_get(steps, names[i]));

		styled(p, &line, symbol_style(kind), symbol(p, kind));
	}
	text_addf(&line, " %-5s ", text_or(tunnel, "id", ""));
	indent = cells(line.at);
	add_pair(p, &said, tunnel);
	clip(&said, p->columns - indent);
	text_add(&line, said.at);
	text_empty(&said);
	page_safe(p, &said, text_or(json_object_get(tunnel, "verdict"), "title", ""));
	add_since(&since, model, tunnel);
	if (cells(line.at) + 2 + cells(said.at) + 2 + cells(since.at) > p->columns) {
		page_line(p, line.at);
		text_empty(&line);
		fill_cells(&line, " ", indent);
	} else {
		text_add(&line, "  ");
	}
	clip(&said, p->columns - cells(line.at) - 2 - cells(since.at));
	text_add(&line, said.at);
	fill_cells(&line, " ", p->columns - cells(since.at));
	text_add(&line, since.at);
	page_line(p, line.at);
	text_clear(&line);
	text_clear(&said);
	text_clear(&since);
}

void text_table(struct page *p, const json_t *model, const json_t *order)
{
	struct tally all = { 0 }, rest = { 0 };
	json_t *tunnel;
	size_t i, n = json_array_size(order);

	json_array_foreach(order, i, tunnel)
	{
		tally_tunnel(&all, tunnel);
		if (i >= ROWS)
			tally_tunnel(&rest, tunnel);
	}
	say_tally(p, W_many_tunnels, n, &all);
	page_gap(p);
	json_array_foreach(order, i, tunnel) if (i < ROWS) row_of(p, model, tunnel);
	if (n > ROWS)
		say_tally(p, W_many_rest, n - ROWS, &rest);
	page_paragraph(p, "", DIM, word(W_many_key));
	page_gap(p);
}
