/*
 * Findings for spreadsheets: a row each, over all captures and tunnels, nothing folded.
 */
#include "analyzer/report/shown.h"

#include "analyzer/judge/format.h"

static json_t *frames_of(const json_t *model, const json_t *f)
{
	const json_t *frames = json_object_get(json_object_get(f, "evidence"), "frames");
	unsigned captures = (unsigned)json_array_size(json_object_get(model, "captures"));
	json_t *frame;
	struct text t;
	size_t i;

	text_init(&t);
	json_array_foreach(frames, i, frame) {
		text_add(&t, i ? " " : "");
		format_frame(&t, frame, captures);
	}
	return take_string(&t);
}

static void add_row(json_t *rows, const json_t *model, const json_t *tunnel, const json_t *f, bool verdict)
{
	static const char *const copied[] = { "id", "step", "severity", "confidence", "culprit", "title", "text" };
	const json_t *capture = json_array_get(json_object_get(model, "captures"), 0);
	json_t *row = json_object();

	put(row, "capture", json_string(text_or(capture, "file", "")));
	put(row, "tunnel", json_string(text_or(tunnel, "id", "")));
	put(row, "a", json_string(text_or(json_object_get(tunnel, "a"), "address", "")));
	put(row, "b", json_string(text_or(json_object_get(tunnel, "b"), "address", "")));
	put(row, "verdict", json_string(verdict ? "yes" : "no"));
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		put(row, copied[i], json_string(text_or(f, copied[i], "")));
	put(row, "frames", frames_of(model, f));
	put(row, "filter", json_string(text_or(json_object_get(f, "evidence"), "filter", "")));
	put(row, "first", json_string(text_or(tunnel, "first", text_or(capture, "first", ""))));
	put(row, "explained_by", json_string(text_or(f, "explained_by", "")));
	json_array_append_new(rows, row);
}

static void add_rows(json_t *rows, const json_t *model, const json_t *tunnel)
{
	const struct view v = view_of(model, tunnel);
	json_t *f;
	size_t i;

	json_array_foreach(v.findings, i, f)
		add_row(rows, model, tunnel, f, f == v.cause);
}

json_t *shown_rows(const json_t *models)
{
	json_t *rows = json_array(), *model, *tunnel;
	size_t i, k;

	json_array_foreach(models, i, model) {
		add_rows(rows, model, NULL);
		json_array_foreach(json_object_get(model, "tunnels"), k, tunnel)
			add_rows(rows, model, tunnel);
	}
	return rows;
}
