/*
 * The diff on a terminal: where they part, what became of each, what differs step by step, what does not.
 */
#include "analyzer/report/diff.h"

#include "analyzer/judge/format.h"
#include "analyzer/report/text.h"

enum { NARROWEST = 40, WIDEST = 100, CAPTURES = 2, LABEL = 13 };

static const char *const steps[] = { "reachability", "negotiation", "authentication", "data", "lifecycle" };

static void fact(struct page *p, const char *label, const char *said)
{
	struct text lead;

	text_init(&lead);
	text_add(&lead, "    ");
	text_add(&lead, label);
	fill_cells(&lead, " ", 4 + LABEL + 1);
	page_paragraph(p, lead.at, PLAIN, said);
	text_clear(&lead);
}

static void head(struct page *p, const json_t *diff)
{
	static const char *const halves[] = { "good", "bad" };
	static const enum word labels[] = { W_diff_head_good, W_diff_head_bad };
	struct text line, span;

	text_init(&line);
	text_init(&span);
	styled(p, &line, BOLD, word(W_program));
	page_line(p, line.at);
	for (int i = 0; i < 2; i++) {
		const json_t *half = json_object_get(diff, halves[i]);

		text_empty(&span);
		add_instant(&span, text_or(half, "first", ""), NULL);
		text_empty(&line);
		WORD_FILL(&line, word(W_diff_file), { "file", text_or(half, "file", "?") }, { "time", span.at });
		fact(p, word(labels[i]), line.at);
	}
	page_gap(p);
	text_clear(&line);
	text_clear(&span);
}

static void titled(struct page *p, enum word title)
{
	struct text t;

	text_init(&t);
	styled(p, &t, BOLD, word(title));
	page_line(p, t.at);
	text_clear(&t);
}

static void add_with_frames(struct text *t, const json_t *o)
{
	const json_t *list = json_object_get(o, "frames");
	struct text frames;

	text_init(&frames);
	if (json_array_size(list))
		format_frames(&frames, list, CAPTURES);
	if (frames.len)
		WORD_FILL(t, word(W_diff_with_frames), { "text", text_or(o, "text", "") }, { "frames", frames.at });
	else
		text_add(t, text_or(o, "text", ""));
	text_clear(&frames);
}

static void say_half(struct page *p, enum word label, const json_t *half)
{
	const json_t *verdict = json_object_get(half, "verdict");
	char kind = verdict_symbol(verdict);
	struct text t;

	text_init(&t);
	text_addf(&t, "%s %s", symbol(p, kind), text_or(verdict, "sentence", ""));
	fact(p, word(label), t.at);
	text_clear(&t);
}

static void say_pairing(struct page *p, const json_t *pair)
{
	const json_t *good = json_object_get(pair, "good"), *bad = json_object_get(pair, "bad");
	const char *said = word_named("diff_how", text_or(pair, "how", ""), NULL);
	struct text t, ends;

	text_init(&t);
	text_init(&ends);
	WORD_FILL(&t, said ? said : "", { "id", text_or(good, "tunnel", "?") }, { "other", text_or(bad, "tunnel", "?") });
	fact(p, word(W_diff_head_same), t.at);
	text_empty(&t);
	if (is_set(pair, "sides_exchanged")) {
		WORD_FILL(&ends, word(W_pair), { "a", text_or(bad, "b", "?") }, { "b", text_or(bad, "a", "?") });
		WORD_FILL(&t, word(W_diff_exchanged), { "pair", ends.at });
		fact(p, "", t.at);
	}
	text_clear(&t);
	text_clear(&ends);
}

/* What of the set-up went the same way, where they do not part in it. */
static void say_setup(struct page *p, const json_t *pair)
{
	static const char *const in_setup[] = { "missing", "no_answer", "no_answer_once", "incomplete", "refused",
						"answer", "mode" };
	const json_t *parting = json_object_get(pair, "parting");
	json_int_t n = int_of(pair, "setup_compared");
	json_t *said;

	for (size_t i = 0; i < sizeof in_setup / sizeof *in_setup; i++)
		if (is_word(parting, "kind", in_setup[i]))
			return;
	said = n ? counted(W_diff_setup_same_one, (uint64_t)n) : json_string(word(W_diff_setup_unseen));
	page_paragraph(p, "    ", PLAIN, json_string_value(said));
	json_decref(said);
}

static void say_parting(struct page *p, const json_t *pair)
{
	const json_t *parting = json_object_get(pair, "parting");
	struct text t;

	text_init(&t);
	titled(p, W_diff_title_parting);
	say_setup(p, pair);
	if (parting)
		add_with_frames(&t, parting);
	else
		text_add(&t, word(W_diff_no_parting));
	page_paragraph(p, "    ", parting ? BOLD : PLAIN, t.at);
	page_gap(p);
	text_clear(&t);
}

/* Those of one step; how many were left out is added to *ret_left. */
static bool say_step(struct page *p, const json_t *list, const char *step, bool verbose, bool titled_already,
		     size_t *ret_left)
{
	bool said = titled_already;
	struct text t;
	json_t *d;
	size_t i;

	text_init(&t);
	json_array_foreach(list, i, d)
	{
		if (!is_word(d, "step", step))
			continue;
		if (is_set(d, "minor") && !verbose) {
			*ret_left += 1;
			continue;
		}
		if (!said) {
			text_empty(&t);
			text_addf(&t, "    %s", word_named("step", step, NULL));
			page_line(p, t.at);
			said = true;
		}
		text_empty(&t);
		add_with_frames(&t, d);
		page_paragraph(p, "      - ", PLAIN, t.at);
	}
	text_clear(&t);
	return said;
}

static size_t say_list(struct page *p, const json_t *list, bool verbose)
{
	bool any = false;
	size_t left = 0;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		any |= say_step(p, list, steps[i], verbose, false, &left);
	if (!any)
		page_paragraph(p, "    ", PLAIN, word(W_diff_nothing_differs));
	page_gap(p);
	return left;
}

static void say_rest(struct page *p, size_t minor, size_t same)
{
	json_t *a = counted(W_diff_minor_one, minor), *b = counted(W_diff_same_one, same);
	json_t *said = FILLED(W_diff_more_with_v, { "minor", json_string_value(a) }, { "same", json_string_value(b) });

	page_paragraph(p, "", DIM, json_string_value(said));
	json_decref(said);
	json_decref(a);
	json_decref(b);
}

static void say_pair(struct page *p, const json_t *pair, bool verbose)
{
	const json_t *good = json_object_get(pair, "good"), *bad = json_object_get(pair, "bad");
	const json_t *same = json_object_get(pair, "same");
	size_t left;

	say_pairing(p, pair);
	say_half(p, W_diff_head_good, good);
	say_half(p, W_diff_head_bad, bad);
	if (is_fault(json_object_get(good, "verdict")))
		fact(p, "", word(W_diff_good_fails));
	else if (is_word(json_object_get(bad, "verdict"), "id", "healthy"))
		fact(p, "", word(W_diff_bad_works));
	page_gap(p);
	say_parting(p, pair);
	titled(p, W_diff_title_changed);
	left = say_list(p, json_object_get(pair, "differences"), verbose);
	if (verbose) {
		titled(p, W_diff_title_same);
		say_list(p, same, true);
	} else {
		say_rest(p, left, json_array_size(same));
	}
}

static bool fails(const json_t *pair)
{
	return is_fault(json_object_get(json_object_get(pair, "bad"), "verdict"));
}

/* Of many tunnels those of BAD that work are only counted. */
static void say_left(struct page *p, size_t left)
{
	json_t *said;

	if (!left)
		return;
	said = counted(W_diff_left_one, left);
	page_paragraph(p, "", PLAIN, json_string_value(said));
	json_decref(said);
}

static void say_unpaired(struct page *p, const json_t *ids)
{
	struct text t, list;
	json_t *id;
	size_t i;

	if (!json_array_size(ids))
		return;
	text_init(&t);
	text_init(&list);
	json_array_foreach(ids, i, id) text_addf(&list, "%s%s", i ? word(W_list_comma) : "", json_string_value(id));
	WORD_FILL(&t, word(W_diff_unpaired), { "list", list.at });
	page_paragraph(p, "", PLAIN, t.at);
	text_clear(&t);
	text_clear(&list);
}

bool diff_text(FILE *f, const json_t *diff, const struct text_options *o)
{
	struct page p = { .f = f,
			  .color = o->color,
			  .utf8 = o->utf8,
			  .columns = o->columns < NARROWEST ? NARROWEST : o->columns > WIDEST ? WIDEST : o->columns };
	const json_t *pairs = json_object_get(diff, "pairs");
	size_t left = 0, i;
	json_t *pair;

	head(&p, diff);
	json_array_foreach(pairs, i, pair)
	{
		if (json_array_size(pairs) > 1 && !o->verbose && !fails(pair)) {
			left += 1;
			continue;
		}
		if (i > left)
			page_gap(&p);
		say_pair(&p, pair, o->verbose);
	}
	say_left(&p, left);
	if (!json_array_size(pairs)) {
		page_paragraph(&p, "", BOLD, text_or(diff, "sentence", ""));
		page_gap(&p);
		say_half(&p, W_diff_head_good, json_object_get(diff, "good"));
		say_half(&p, W_diff_head_bad, json_object_get(diff, "bad"));
	} else {
		say_unpaired(&p, json_object_get(diff, "unpaired"));
	}
	return !p.failed && !ferror(f);
}
