/*
 * One verdict in full: sentence, who and since when, what to do, steps, figures, the text for others.
 */
#include "analyzer/report/shown.h"

#include <ctype.h>

#include "analyzer/report/figure.h"

enum { STEPS = 5, ADVICE = 3, DRAWING = 100, HEADLINE = 92, HEADLINE_LEAST = 24 };

static const char *first_day(const json_t *model)
{
	return text_of(json_array_get(json_object_get(model, "captures"), 0), "first");
}

const char *shown_symbol(char kind)
{
	switch (kind) {
	case 'X': return "fault";
	case '+': return "ok";
	case '>': return "follows";
	case '?': return "possible";
	case 'i': return "info";
	default: return "open";
	}
}

const char *shown_look(const json_t *verdict)
{
	switch (verdict_symbol(verdict)) {
	case 'X': return "fault";
	case '?': return "possible";
	case '+': return "works";
	default: return "open";
	}
}

/* --- the sentence and its proof --------------------------------------------------- */

static const char *state_of(const json_t *verdict)
{
	const char *confidence = text_or(verdict, "confidence", ""), *id = text_or(verdict, "id", "");
	const char *said = is_fault(verdict) ? word_named("page_state", confidence, NULL)
					     : word_named("page_state", id, confidence);

	if (!said)
		said = word_named("page_state", id, NULL);
	return said ? said : word(W_page_state_possible);
}

/* Full stop of Chinese. */
static const char *ideographic_stop(const char *s)
{
	const char *stop = strstr(s, "\xe3\x80\x82");

	return stop ? stop + 3 : NULL;
}

/* A sentence may begin with a number, too: "7 of 7 later fragments are lost". */
static size_t sentence_end(const char *s)
{
	const char *stop = ideographic_stop(s);
	size_t end = first_sentence(s);

	for (const char *c = s; (c = strstr(c, ". ")) && (size_t)(c - s) + 1 < end; c++)
		if (c - s > 20 && isdigit((unsigned char)c[2]))
			end = (size_t)(c - s) + 1;

	return stop && (size_t)(stop - s) < end ? (size_t)(stop - s) : end;
}

/*
 * A long first sentence "what happens: how it shows" ends, as a headline, at its colon; what stands behind
 * begins the proof. 0: it stays whole. *ret_next: where the proof begins.
 */
static size_t headline_end(const char *s, size_t end, size_t *ret_next)
{
	unsigned open = 0;

	for (size_t i = 0; i + 2 < end; i++) {
		bool wide = !strncmp(s + i, "\xef\xbc\x9a", 3); /* fullwidth colon */

		open += s[i] == '(' || !strncmp(s + i, "\xef\xbc\x88", 3);
		open -= open && (s[i] == ')' || !strncmp(s + i, "\xef\xbc\x89", 3)); /* fullwidth, too */
		if (open || i < HEADLINE_LEAST || (!wide && (s[i] != ':' || s[i + 1] != ' ')))
			continue;
		*ret_next = i + (wide ? 3 : 2);
		return i;
	}
	return 0;
}

static void begin_large(char *s)
{
	if (islower((unsigned char)*s))
		*s = (char)toupper((unsigned char)*s);
}

static void put_sentence(const struct shown *how, json_t *o, const struct view *v)
{
	const char *said = text_or(v->verdict, "sentence", ""), *more = text_of(v->cause, "text");
	size_t end = sentence_end(said), next = end, cut = 0;
	json_t *proof = json_array();
	struct text head, rest;

	text_init(&head);
	text_init(&rest);
	if (cells(said) > HEADLINE)
		cut = headline_end(said, end, &next);
	text_add_bytes(&head, said, cut ? cut : end);
	if (cut)
		text_add(&head, word(W_page_stop));
	text_add(&rest, said + next + strspn(said + next, " "));
	if (cut)
		begin_large(rest.at);
	put(o, "sentence", shown_text(how, head.at));
	if (!rest.len && more && strcmp(more, said))
		text_add(&rest, more);
	if (rest.len)
		json_array_append_new(proof, json_pack("{s:o}", "text", shown_runs(how, rest.at)));
	put(o, "proof", proof);
	text_clear(&head);
	text_clear(&rest);
}

/* --- four facts ------------------------------------------------------------------ */

static void add_fact(const struct shown *how, json_t *facts, enum word label, json_t *take_answer, json_t *take_reason)
{
	json_t *answer = shown_taken(how, take_answer), *reason = shown_taken(how, take_reason);

	json_array_append_new(facts, json_pack("{s:s,s:o,s:o}", "label", word(label), "answer", answer, "reason", reason));
}

static json_t *named(const json_t *tunnel, const char *side)
{
	struct text t;

	text_init(&t);
	add_tunnel_end(&t, json_object_get(tunnel, side));
	return take_string(&t);
}

/* The end with this address, as it is called; an address that is no end's, as it is. */
static json_t *place(const json_t *tunnel, const char *address, const char *otherwise)
{
	for (int i = 0; address && i < 2; i++)
		if (is_word(json_object_get(tunnel, i ? "b" : "a"), "address", address))
			return named(tunnel, i ? "b" : "a");
	return address ? json_string(address) : named(tunnel, otherwise);
}

static void add_who(const struct shown *how, json_t *facts, const struct view *v)
{
	const char *culprit = text_or(v->verdict, "culprit", is_word(v->verdict, "id", "healthy") ? "none" : "unknown");
	const json_t *args = json_object_get(v->cause, "args"), *nat = json_object_get(v->tunnel, "nat");
	const char *from = text_of(args, "sender"), *to = text_of(args, "receiver"), *behind = text_of(nat, "behind");
	bool local_b = is_set(json_object_get(v->tunnel, "b"), "recorded");
	const char *answer = word_named("page_who", culprit, NULL), *kind = v->tunnel ? NULL : "alone", *reason;
	json_t *place_from, *place_to, *local, *peer, *side;
	struct text t;

	if (v->tunnel && !strcmp(culprit, "path") && !(from && to))
		kind = "between";
	if (v->tunnel && !strcmp(culprit, "nat") && !behind)
		kind = "between";
	reason = kind ? word_named("page_who_why", culprit, kind) : NULL;
	reason = reason ? reason : word_named("page_who_why", culprit, NULL);
	if (!v->tunnel && reason && strchr(reason, '{'))
		reason = "";
	local = v->tunnel ? named(v->tunnel, local_b ? "b" : "a") : json_null();
	peer = v->tunnel ? named(v->tunnel, local_b ? "a" : "b") : json_null();
	side = v->tunnel ? named(v->tunnel, behind && *behind == 'b' ? "b" : "a") : json_null();
	place_from = v->tunnel ? place(v->tunnel, from, "a") : json_null();
	place_to = v->tunnel ? place(v->tunnel, to, "b") : json_null();
	text_init(&t);
	WORD_FILL(&t, reason ? reason : "", { "local", json_string_value(local) }, { "peer", json_string_value(peer) },
		  { "side", json_string_value(side) }, { "from", json_string_value(place_from) },
		  { "to", json_string_value(place_to) });
	add_fact(how, facts, W_label_who, json_string(answer ? answer : word(W_page_who_unknown)), take_string(&t));
	json_decref(local);
	json_decref(peer);
	json_decref(side);
	json_decref(place_from);
	json_decref(place_to);
}

static void add_sure(const struct shown *how, json_t *facts, const struct view *v)
{
	const char *confidence = text_of(v->verdict, "confidence"), *sure = NULL, *why = NULL;
	bool judged = is_fault(v->verdict) || is_word(v->verdict, "id", "healthy");

	if (judged && confidence) {
		sure = word_named("page_sure", confidence, NULL);
		why = word_named("page_sure_why", confidence, is_fault(v->verdict) ? NULL : "works");
	}
	if (judged && json_object_get(v->tunnel, "ends") && confidence && !strcmp(confidence, "confirmed"))
		why = word(W_page_sure_why_both);
	add_fact(how, facts, W_page_label_sure, json_string(sure ? sure : word(W_page_sure_not)),
		 json_string(why ? why : word(W_page_sure_why_not)));
}

static json_t *instant_shown(const char *rfc3339, const json_t *model)
{
	struct text t;

	text_init(&t);
	add_instant(&t, rfc3339 ? rfc3339 : "", first_day(model));
	return take_string(&t);
}

static void add_recorded(const struct shown *how, json_t *facts, const struct view *v)
{
	struct text t;

	text_init(&t);
	add_span(&t, json_object_get(v->model, "captures"));
	text_add(&t, t.len ? "" : word(W_page_nothing));
	add_fact(how, facts, W_page_label_recorded, take_string(&t), json_null());
}

static void add_since(const struct shown *how, json_t *facts, const struct view *v)
{
	const char *failing = text_of(v->tunnel, "failing_since"), *works = text_of(v->tunnel, "works_since");
	const char *up = text_of(v->tunnel, "came_up"), *since, *before;
	bool fails = is_fault(v->verdict), shown = false;
	json_t *then, *why, *last;
	enum word w;

	if (!v->tunnel || (!fails && !works)) {
		add_recorded(how, facts, v);
		return;
	}
	if (fails && !failing) { /* no message tells it, but packets of the evidence do */
		const json_t *packets = json_object_get(json_object_get(v->cause, "evidence"), "packets");

		failing = text_of(json_array_get(packets, 0), "time");
		shown = failing != NULL;
	}
	since = fails ? failing : works;
	before = fails ? up : failing;
	w = !fails    ? (failing ? W_page_since_repaired : W_page_since_works)
	    : !since  ? W_page_since_unknown
	    : shown   ? W_page_since_shown
	    : up      ? (strcmp(up, failing) <= 0 ? W_page_since_worked : W_page_since_works)
		      : W_page_since_never;
	then = instant_shown(before, v->model);
	last = instant_shown(text_of(v->tunnel, "last"), v->model);
	why = FILLED(w, { "before", json_string_value(then) }, { "last", json_string_value(last) });
	json_decref(last);
	add_fact(how, facts, fails ? W_label_failing : W_label_works,
		 since ? instant_shown(since, v->model) : json_string(word(W_page_not_known)), why);
	json_decref(then);
}

json_t *shown_since(const struct view *v)
{
	const char *since = text_of(v->tunnel, is_fault(v->verdict) ? "failing_since" : "works_since");

	return since ? instant_shown(since, v->model) : json_null();
}

/* By name where there is one; the addresses stand below it then. */
json_t *shown_pair(const json_t *tunnel)
{
	const json_t *a = json_object_get(tunnel, "a"), *b = json_object_get(tunnel, "b");

	return FILLED(W_page_pair, { "a", text_or(a, "name", text_or(a, "address", "?")) },
		      { "b", text_or(b, "name", text_or(b, "address", "?")) });
}

static void add_tunnel(const struct shown *how, json_t *facts, const struct view *v)
{
	const json_t *a = json_object_get(v->tunnel, "a"), *b = json_object_get(v->tunnel, "b");
	struct text t, about;

	if (!v->tunnel) {
		add_fact(how, facts, W_label_tunnel, json_string(word(W_page_no_tunnel)), json_null());
		return;
	}
	text_init(&t);
	text_init(&about);
	add_about(&about, v->tunnel);
	if (text_of(a, "name") || text_of(b, "name"))
		WORD_FILL(&t, word(about.len ? W_page_pair_about : W_page_pair), { "a", text_or(a, "address", "?") },
			  { "b", text_or(b, "address", "?") }, { "about", about.at });
	else
		text_add(&t, about.at);
	add_fact(how, facts, W_label_tunnel, shown_pair(v->tunnel), take_string(&t));
	text_clear(&about);
}

static json_t *facts_shown(const struct shown *how, const struct view *v)
{
	json_t *facts = json_array();

	add_who(how, facts, v);
	add_sure(how, facts, v);
	add_since(how, facts, v);
	add_tunnel(how, facts, v);
	return facts;
}

/* --- steps ------------------------------------------------------------------------- */

/* It stands by itself here. */
static json_t *reason_of(const json_t *step)
{
	struct text t;

	text_init(&t);
	text_add(&t, text_or(step, "why", ""));
	begin_large(t.at);
	return take_string(&t);
}

/* "line" tells how the line behind the symbol is drawn: as far as packets got, it is whole. */
json_t *shown_steps(const json_t *tunnel, size_t most)
{
	static const char *const names[] = { "reachability", "negotiation", "authentication", "data", "lifecycle" };
	const json_t *steps = json_object_get(tunnel, "steps");
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const json_t *step = json_object_get(steps, names[i]);
		const json_t *next = i + 1 < sizeof names / sizeof *names ? json_object_get(steps, names[i + 1]) : NULL;
		const char *symbol = shown_symbol(step_symbol(step));

		if (!step || i >= most)
			continue;
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:o,s:s?}", "id", names[i], "name",
						      word_named("step", names[i], NULL), "symbol", symbol, "word",
						      step_word(names[i], step), "why",
						      reason_of(step), "line", !next ? NULL : step_reached(next) ? "whole" : "dotted"));
	}
	return list;
}

/* --- figures ------------------------------------------------------------------------- */

static json_t *rows_shown(const json_t *rows)
{
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_array_append_new(list, json_pack("{s:O}", "cells", row));
	return list;
}

static json_t *data_shown(const struct shown *how, const json_t *table)
{
	size_t n = json_array_size(json_object_get(table, "rows"));
	size_t left = (size_t)int_of(table, "left_out");

	if (!n)
		return json_null();
	return json_pack("{s:o,s:O,s:o,s:o}", "summary", shown_taken(how, counted(W_page_table_one, n + left)),
			 "head", json_object_get(table, "head"), "rows", rows_shown(json_object_get(table, "rows")),
			 "left_out", left ? shown_taken(how, counted(W_page_left_one, left)) : json_null());
}

/* The ladder stands below the steps, which name what it shows already. */
static json_t *figure_shown(const struct shown *how, const json_t *f, bool heading)
{
	return json_pack("{s:s,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "name", text_or(f, "name", ""), "heading", (int)heading,
			 "title", shown_text(how, text_of(f, "title")), "caption", shown_text(how, text_of(f, "caption")), "alt",
			 shown_text(how, text_of(f, "alt")), "wide", shown_markup(text_or(f, "wide", "")), "narrow",
			 shown_markup(text_or(f, "narrow", "")), "table", data_shown(how, json_object_get(f, "table")));
}

/* Where nothing failed, charts tell more than the messages do: the ladder comes last. */
static void put_figures(const struct shown *how, json_t *o, const struct view *v)
{
	json_t *figures = how->figures && v->tunnel ? figures_of(v->model, v->tunnel) : json_array(), *f;
	json_t *list = json_array(), *ladder = json_null();
	size_t i;

	json_array_foreach(figures, i, f) {
		if (is_word(f, "name", "ladder"))
			ladder = figure_shown(how, f, is_word(v->verdict, "id", "healthy"));
		else
			json_array_append_new(list, figure_shown(how, f, true));
	}
	put(o, "ladder", ladder);
	put(o, "figures", list);
	json_decref(figures);
}

/* For what shows no SVG: as it is drawn on a terminal. */
static json_t *drawing_of(const struct view *v)
{
	struct text t;
	struct page p = { .to = &t, .columns = DRAWING, .utf8 = true };
	json_t *made;

	if (!v->tunnel)
		return json_null();
	text_init(&t);
	text_ladder(&p, v);
	made = t.len ? shown_block(t.at) : json_null();
	text_clear(&t);
	return made;
}

/* --- what stands beside the verdict ---------------------------------------------------- */

static json_t *rival_row(const struct shown *how, const json_t *f)
{
	const char *sure = word_named("page_sure", text_or(f, "confidence", ""), NULL);

	return json_pack("{s:o,s:s,s:o}", "cause", shown_text(how, text_or(f, "title", "")), "sure", sure ? sure : "",
			 "because", shown_runs(how, text_or(f, "text", "")));
}

static json_t *rivals_shown(const struct shown *how, const struct view *v)
{
	const json_t *index = json_object_get(v->verdict, "rival"), *rival = NULL;

	if (json_is_integer(index) && json_integer_value(index) >= 0)
		rival = json_array_get(v->findings, (size_t)json_integer_value(index));
	if (!rival || !v->cause)
		return json_null();
	return json_pack("{s:[o,o]}", "rows", rival_row(how, v->cause), rival_row(how, rival));
}

static size_t place_in(const json_t *list, const json_t *item)
{
	size_t i = 0;

	while (i < json_array_size(list) && json_array_get(list, i) != item)
		i++;
	return i;
}

/* The ticket of a tunnel in the language of those who get it; gives back that language's tag. */
static const char *add_ticket(const struct shown *how, struct text *t, const json_t *model, const json_t *tunnel)
{
	struct catalog before = language_in_use();
	const char *tag;

	if (how->page && how->page->tickets) {
		size_t k = place_in(json_object_get(model, "tunnels"), tunnel);

		language_use(&how->page->ticket_language);
		model = json_array_get(how->page->tickets, place_in(how->models, model));
		tunnel = json_array_get(json_object_get(model, "tunnels"), k);
	}
	ticket_add(t, model, tunnel);
	tag = word(W_page_language);
	language_use(&before);
	return tag;
}

/* Wide characters apart from others: a page sets each to two columns, whatever its fonts. */
static json_t *runs_of(const char *s)
{
	json_t *list = json_array();

	while (*s) {
		size_t wide = page_wide_run(s), len = wide;

		for (; !wide && s[len] && !page_wide_run(s + len); len++)
			;
		json_array_append_new(list, json_pack("{s:s%,s:b}", "text", s, len, "wide", wide > 0));
		s += len;
	}
	return list;
}

static json_t *ticket_shown(const struct shown *how, const struct view *v)
{
	const char *to = text_of(v->tunnel, "ticket");
	const char *title = to ? word_named("page_ticket", to, NULL) : NULL, *tag;
	json_t *block, *runs;
	struct text t;

	if (!title)
		return json_null();
	text_init(&t);
	tag = add_ticket(how, &t, v->model, v->tunnel);
	block = how->escape == ESCAPE_HTML ? json_null() : shown_block(t.at);
	runs = runs_of(t.at);
	return json_pack("{s:s,s:o,s:o,s:o,s:s}", "title", title, "block", block, "runs", runs, "text",
			 take_string(&t), "language", tag);
}

static json_t *checks_shown(const struct shown *how, const struct view *v)
{
	const json_t *checks = json_object_get(v->tunnel, "checks");
	json_t *list = json_array(), *c;
	size_t i;

	if (!json_array_size(checks)) {
		json_decref(list);
		return json_null();
	}
	json_array_foreach(checks, i, c)
		json_array_append_new(list, json_pack("{s:o}", "text", shown_runs(how, text_or(c, "text", ""))));
	return json_pack("{s:o,s:b,s:o}", "summary",
			 shown_taken(how, counted(W_page_checks_one, json_array_size(checks))), "open",
			 (int)is_word(v->verdict, "id", "healthy"), "list", list);
}

json_t *shown_case(const struct shown *how, const json_t *model, const json_t *tunnel)
{
	const struct view v = view_of(model, tunnel);
	const json_t *advice = json_object_get(v.cause, "advice");
	bool healthy = is_word(v.verdict, "id", "healthy");
	json_t *o = json_object(), *steps = shown_steps(tunnel, STEPS);

	put(o, "id", tunnel ? json_string(text_or(tunnel, "id", "")) : json_null());
	put(o, "pair", tunnel ? shown_taken(how, shown_pair(tunnel)) : json_null());
	put(o, "title", shown_text(how, text_or(v.verdict, "title", "")));
	put(o, "look", json_string(shown_look(v.verdict)));
	put(o, "symbol", json_string(shown_symbol(verdict_symbol(v.verdict))));
	put(o, "state", json_string(state_of(v.verdict)));
	put(o, "diagnosis", json_string(text_or(v.verdict, "id", "")));
	put_sentence(how, o, &v);
	put(o, "facts", facts_shown(how, &v));
	put(o, "now", shown_paragraphs(how, json_object_get(advice, "now"), ADVICE));
	put(o, "verify", shown_paragraphs(how, json_object_get(advice, "verify"), ADVICE));
	put(o, "advised", json_boolean(json_array_size(json_object_get(o, "now")) ||
				       json_array_size(json_object_get(o, "verify"))));
	put(o, "healthy", json_boolean(healthy));
	put(o, "five", json_boolean(json_array_size(steps) > 4));
	put(o, "stepped", json_boolean(json_array_size(steps)));
	put(o, "steps", steps);
	put_figures(how, o, &v);
	put(o, "drawing", how->escape == ESCAPE_HTML ? json_null() : drawing_of(&v));
	put(o, "rivals", rivals_shown(how, &v));
	put(o, "ticket", ticket_shown(how, &v));
	put(o, "findings", shown_findings(how, &v));
	put(o, "checks", checks_shown(how, &v));
	return o;
}
