/*
 * The page as a whole: what was read, many tunnels in a table, the worst of them in full, limits, environment.
 */
#include "analyzer/report/shown.h"

#include "analyzer/judge/format.h"

enum { ROWS = 20, IN_FULL = 10, STEPS = 4 };

/* --- head and environment ------------------------------------------------------- */

static json_t *captures_said(const struct shown *how, const json_t *model)
{
	const json_t *captures = json_object_get(model, "captures");
	const char *point = text_of(json_array_get(captures, 0), "point");
	json_t *number = shown_taken(how, counted(W_page_captures_one, json_array_size(captures)));
	bool both = false;
	json_t *said, *t;
	size_t i;

	json_array_foreach(json_object_get(model, "tunnels"), i, t)
		both |= json_is_object(json_object_get(t, "ends"));
	if (!both && !point)
		return number;
	said = FILLED(both ? W_page_captures_both : W_page_captures_at, { "captures", json_string_value(number) },
		      { "address", point });
	json_decref(number);
	return shown_taken(how, said);
}

/* To the minute: when the first capture begins. */
static json_t *date_shown(const struct shown *how, const json_t *model)
{
	const char *first = text_of(json_array_get(json_object_get(model, "captures"), 0), "first");
	struct text date, zone;
	json_t *said;

	if (!first)
		return json_null();
	text_init(&date);
	text_init(&zone);
	add_day_time(&date, first, NULL);
	add_zone(&zone, first);
	if (date.len == 19) /* of a year with four digits */
		date.len -= 3, date.at[date.len] = '\0';
	said = FILLED(W_page_date, { "date", date.at }, { "zone", zone.at });
	text_clear(&date);
	text_clear(&zone);
	return shown_taken(how, said);
}

static json_t *notes_shown(const json_t *capture)
{
	json_t *list = json_array(), *n;
	size_t i;

	json_array_foreach(json_object_get(capture, "notes"), i, n) {
		const char *said = word_named("note", json_string_value(n), NULL);

		json_array_append_new(list, json_pack("{s:s}", "note", said ? said : json_string_value(n)));
	}
	return list;
}

static json_t *capture_shown(const struct shown *how, const json_t *c, size_t i, size_t n)
{
	json_t *frames = shown_taken(how, counted(W_page_frames_one, (size_t)int_of(c, "frames"))), *links = json_object_get(c, "link_types"), *l, *said;
	struct text first, last, list;
	char letter[2] = { (char)('A' + i % 26), 0 };
	size_t k;

	text_init(&first);
	text_init(&last);
	text_init(&list);
	json_array_foreach(links, k, l) {
		const char *name = json_string_value(l) ? json_string_value(l) : "", *known = word_named("link", name, NULL);

		text_addf(&list, "%s%s", k ? word(W_list_comma) : "", known ? known : name);
	}
	add_instant(&first, text_or(c, "first", ""), text_of(c, "first"));
	add_instant(&last, text_or(c, "last", ""), text_of(c, "first"));
	said = FILLED(text_of(c, "first") ? W_page_capture : W_page_capture_empty, { "file", file_name(text_or(c, "file", "?")) },
		      { "frames", json_string_value(frames) }, { "format", text_or(c, "format", "?") },
		      { "links", list.at }, { "first", first.at }, { "last", last.at });
	json_decref(frames);
	text_clear(&first);
	text_clear(&last);
	text_clear(&list);
	return json_pack("{s:s,s:o,s:s?,s:o}", "letter", n > 1 && n < 27 ? letter : word(W_page_capture_label), "text",
			 shown_taken(how, said), "sha256", text_of(c, "sha256"), "notes", notes_shown(c));
}

static json_t *environment_shown(const struct shown *how, const json_t *model)
{
	const json_t *captures = json_object_get(model, "captures"), *tool = json_object_get(model, "tool");
	json_t *list = json_array(), *c;
	struct text rules;
	size_t i;

	json_array_foreach(captures, i, c)
		json_array_append_new(list, capture_shown(how, c, i, json_array_size(captures)));
	text_init(&rules);
	text_addf(&rules, "%.12s", text_or(tool, "rules", ""));
	c = FILLED(W_page_tool, { "version", text_or(tool, "version", "") }, { "rules", rules.at });
	text_clear(&rules);
	return json_pack("{s:o,s:o}", "captures", list, "tool", shown_taken(how, c));
}

static json_t *limits_shown(const struct shown *how, const json_t *model)
{
	json_t *list = json_array(), *l;
	size_t i, n = json_array_size(json_object_get(model, "captures"));

	json_array_foreach(json_object_get(model, "limits"), i, l)
		json_array_append_new(list, json_pack("{s:o,s:o}", "what", shown_runs(how, text_or(l, "text", "")), "how",
						      shown_runs(how, text_or(l, "how", ""))));
	return json_pack("{s:s,s:o}", "title", word(n > 1 ? W_page_limits_many : W_title_limits), "rows", list);
}

/* --- many tunnels ------------------------------------------------------------------ */

static json_t *row_shown(const struct shown *how, const json_t *model, const json_t *tunnel)
{
	const struct view v = view_of(model, tunnel);

	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "id", text_or(tunnel, "id", ""), "look", shown_look(v.verdict),
			 "steps", shown_steps(tunnel, STEPS), "pair", shown_taken(how, shown_pair(tunnel)), "title",
			 shown_text(how, text_or(v.verdict, "title", "")), "since", shown_taken(how, shown_since(&v)));
}

static json_t *heads_shown(void)
{
	return json_pack("[s,s,s,s]", word(W_step_reachability), word(W_step_negotiation), word(W_step_authentication),
			 word(W_step_data));
}

/* The table of tunnels: those that fail first; what is beyond the first rows is folded. */
static json_t *many_shown(const struct shown *how, const json_t *model, const json_t *order)
{
	struct tally all = { 0 }, rest = { 0 };
	json_t *shown = json_array(), *folded = json_array(), *tunnel;
	size_t n = json_array_size(order), i;

	json_array_foreach(order, i, tunnel) {
		count_tunnel(&all, tunnel);
		if (i >= ROWS)
			count_tunnel(&rest, tunnel);
		json_array_append_new(i < ROWS ? shown : folded, row_shown(how, model, tunnel));
	}
	return json_pack("{s:o,s:o,s:o,s:s,s:o,s:o,s:o}", "heads", heads_shown(), "sentence", shown_taken(how, tally_said(W_many_tunnels, n, &all)),
			 "common", shown_text(how, text_of(json_object_get(model, "verdict"), "common")), "key",
			 word(W_many_key), "rows", shown, "rest", folded, "rest_said",
			 n > ROWS ? shown_taken(how, tally_said(W_page_rest, n - ROWS, &rest)) : json_null());
}

/* Of many tunnels those that fail, the worst first; of one, that one; else what is said of the capture. */
static json_t *cases_shown(const struct shown *how, const json_t *model, const json_t *order)
{
	json_t *cases = json_array(), *tunnel;
	bool of_file = !text_of(json_object_get(model, "verdict"), "tunnel") &&
		       json_object_get(json_object_get(model, "verdict"), "finding");
	size_t n = json_array_size(order), i;

	if (n == 1 && !of_file) {
		json_array_append_new(cases, shown_case(how, model, json_array_get(order, 0)));
		return cases;
	}
	if (of_file || !n)
		json_array_append_new(cases, shown_case(how, model, NULL));
	json_array_foreach(order, i, tunnel)
		if (json_array_size(cases) < IN_FULL && (is_fault(json_object_get(tunnel, "verdict"))))
			json_array_append_new(cases, shown_case(how, model, tunnel));
	if (!json_array_size(cases))
		json_array_append_new(cases, shown_case(how, model, NULL));
	return cases;
}

static size_t faults_among(const json_t *tunnels)
{
	json_t *t;
	size_t n = 0, i;

	json_array_foreach(tunnels, i, t)
		n += is_fault(json_object_get(t, "verdict"));
	return n;
}

/* Faults that are told in a row of the table only. */
static json_t *left_out(const struct shown *how, const json_t *order)
{
	size_t n = faults_among(order);

	return n > IN_FULL ? shown_taken(how, counted(W_page_in_full_one, n - IN_FULL)) : json_null();
}

static void put_top(json_t *c, bool top)
{
	put(c, "top", json_boolean(top));
}

static json_t *one_report(const struct shown *how, const json_t *model, bool single)
{
	json_t *order = worst_first(model), *o = json_object(), *cases = cases_shown(how, model, order), *rest = json_array();
	bool table = json_array_size(order) > 1 || (json_array_size(order) && !text_of(json_object_get(model, "verdict"), "tunnel"));
	size_t i;

	put(o, "file", json_string(text_or(json_array_get(json_object_get(model, "captures"), 0), "file", "?")));
	put(o, "head", captures_said(how, model));
	put(o, "date", date_shown(how, model));
	put(o, "look", json_string(shown_look(json_object_get(model, "verdict"))));
	put(o, "filtered", is_set(model, "filtered") ? json_string(word(W_filtered)) : json_null());
	put(o, "many", table ? many_shown(how, model, order) : json_null());
	for (i = 0; i < json_array_size(cases); i++)
		put_top(json_array_get(cases, i), single && !table && !i);
	for (i = 1; i < json_array_size(cases); i++)
		json_array_append(rest, json_array_get(cases, i));
	put(o, "first", json_incref(json_array_get(cases, 0)));
	put(o, "otherwise", json_boolean(json_array_size(rest)));
	put(o, "others", rest);
	put(o, "left_out", left_out(how, order));
	put(o, "limits", limits_shown(how, model));
	put(o, "environment", environment_shown(how, model));
	json_decref(cases);
	json_decref(order);
	return o;
}

/* Headings and labels of the templates: the rows of words.def that begin with page_text_, without that. */
static json_t *words_shown(void)
{
	static const struct { const char *name; enum word w; } rows[] = {
#define WORD(token, text) { #token, W_##token },
#include "analyzer/report/words.def"
#undef WORD
	};
	static const char beginning[] = "page_text_";
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strncmp(rows[i].name, beginning, sizeof beginning - 1))
			put(o, rows[i].name + sizeof beginning - 1, json_string(word(rows[i].w)));
	return o;
}

static json_t *title_shown(const json_t *models)
{
	const json_t *verdict = json_object_get(json_array_get(models, 0), "verdict");

	return FILLED(W_page_title, { "verdict", text_or(verdict, "title", "") });
}

json_t *shown_report(const json_t *models, const struct shown *how)
{
	json_t *reports = json_array(), *model;
	size_t n = json_array_size(models), i;

	json_array_foreach(models, i, model)
		json_array_append_new(reports, one_report(how, model, n == 1));
	return json_pack("{s:s,s:o,s:o,s:o,s:O?,s:o}", "language", word(W_page_language), "title", title_shown(models), "words",
			 words_shown(), "several", n > 1 ? shown_taken(how, counted(W_page_several_one, n)) : json_null(),
			 "single", n == 1 ? json_array_get(reports, 0) : NULL, "reports", reports);
}
