/*
 * Findings as rows: the verdict's first, then what follows from it, as the model has them.
 */
#include "analyzer/report/shown.h"

#include "analyzer/judge/format.h"

static const char *row_symbol(const json_t *f)
{
	return shown_symbol(finding_symbol(f));
}

static json_t *frames_shown(const struct view *v, const json_t *f)
{
	const json_t *frames = json_object_get(json_object_get(f, "evidence"), "frames");
	struct text t;

	if (!json_array_size(frames))
		return json_null();
	text_init(&t);
	format_frames(&t, frames, v->captures);
	return take_string(&t);
}

/* "follows from X", or that it was over before the tunnel came up. */
static json_t *note_shown(const struct view *v, const json_t *f)
{
	const char *cause = text_of(f, "explained_by");

	if (cause)
		return FILLED(v->cause && is_word(v->cause, "id", cause) ? W_page_consequence : W_page_follows,
			      { "cause", cause });
	return is_set(f, "past") ? json_string(word(W_page_past)) : json_null();
}

static json_t *references_shown(const json_t *references)
{
	struct text t;
	json_t *r;
	size_t i;

	if (!json_array_size(references))
		return json_null();
	text_init(&t);
	json_array_foreach(references, i, r)
		text_addf(&t, "%s%s", i ? word(W_list_comma) : "", json_string_value(r) ? json_string_value(r) : "");
	return take_string(&t);
}

static json_t *row_shown(const struct shown *how, const struct view *v, const json_t *f)
{
	const json_t *advice = json_object_get(f, "advice");
	const char *sure = word_named("page_sure", text_or(f, "confidence", ""), NULL);
	const char *filter = text_of(json_object_get(f, "evidence"), "filter");
	json_t *o = json_object();
	enum { ALL = 99 };

	put(o, "id", json_string(text_or(f, "id", "")));
	put(o, "symbol", json_string(row_symbol(f)));
	put(o, "title", shown_text(how, text_or(f, "title", "")));
	put(o, "text", shown_runs(how, text_or(f, "text", "")));
	put(o, "note", note_shown(v, f));
	put(o, "sure", json_string(sure ? sure : ""));
	put(o, "severity", json_string(text_or(f, "severity", "")));
	put(o, "frames", frames_shown(v, f));
	put(o, "filter", shown_code(how, filter));
	/* those of the verdict stand at the top already */
	put(o, "now", shown_paragraphs(how, f == v->cause ? NULL : json_object_get(advice, "now"), ALL));
	put(o, "verify", shown_paragraphs(how, f == v->cause ? NULL : json_object_get(advice, "verify"), ALL));
	put(o, "admin", shown_paragraphs(how, json_object_get(advice, "admin"), ALL));
	put(o, "references", references_shown(json_object_get(f, "references")));
	put(o, "more", json_boolean(json_array_size(json_object_get(o, "now")) ||
				    json_array_size(json_object_get(o, "verify")) ||
				    json_array_size(json_object_get(o, "admin")) ||
				    json_is_string(json_object_get(o, "references"))));
	return o;
}

/* What the symbols of these rows mean, where there are several. */
static json_t *key_shown(const json_t *rows)
{
	static const char *const symbols[] = { "fault", "possible", "follows", "info" };
	json_t *list = json_array(), *row;
	size_t i;

	for (size_t k = 0; k < sizeof symbols / sizeof *symbols; k++) {
		bool used = false;

		json_array_foreach(rows, i, row)
			used |= is_word(row, "symbol", symbols[k]);
		if (used)
			json_array_append_new(list, json_pack("{s:s,s:s}", "symbol", symbols[k], "word",
							      word_named("symbol", symbols[k], NULL)));
	}
	if (json_array_size(list) > 1)
		return list;
	json_decref(list);
	return json_null();
}

json_t *shown_findings(const struct shown *how, const struct view *v)
{
	const json_t *lists[] = { v->findings, v->about_file };
	json_t *rows = json_array(), *f;
	size_t i;

	for (size_t k = 0; k < 2; k++)
		json_array_foreach(lists[k], i, f)
			json_array_append_new(rows, row_shown(how, v, f));
	if (!json_array_size(rows)) {
		json_decref(rows);
		return json_null();
	}
	return json_pack("{s:s,s:o,s:o}", "title", word(is_word(v->verdict, "id", "healthy") ? W_page_notes : W_title_findings),
			 "key", key_shown(rows), "rows", rows);
}
