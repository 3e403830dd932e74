/*
 * The report model: facts and findings become one document (report.schema.json).
 */
#include "analyzer/report/parts.h"

#include "analyzer/judge/format.h"

static json_t *absolute(const json_t *ns)
{
	struct text t;

	if (!json_is_integer(ns))
		return NULL;
	text_init(&t);
	format_rfc3339(&t, json_integer_value(ns));
	return take_string(&t);
}

/* The local address, when all tunnels that know theirs agree. */
static const char *point_of(const json_t *facts)
{
	const char *point = NULL;
	json_t *tunnel;
	size_t i;

	json_array_foreach(json_object_get(facts, "tunnels"), i, tunnel)
	{
		const char *local = text_of(json_object_get(tunnel, "vantage"), "local");

		if (local && point && strcmp(local, point))
			return NULL;
		if (local)
			point = local;
	}
	return point;
}

/* Of two ends: each recording is at its own, where a tunnel tells. */
static const char *point_of_side(const json_t *facts, const char *side)
{
	json_t *tunnel;
	size_t i;

	json_array_foreach(json_object_get(facts, "tunnels"), i, tunnel)
		if (json_object_get(tunnel, "between"))
			return text_of(json_object_get(tunnel, "ends"), strcmp(side, "near") ? "b" : "a");
	return NULL;
}

static json_t *capture_document(const json_t *from, const char *point)
{
	static const char *const kept[] = { "compression",   "link_types", "frames",
					    "bytes",         "snaplen",    "cut_frames",
					    "damaged_after", "notes",      "counts" };
	json_t *o = json_object();

	put(o, "file", json_string(text_or(from, "file", "?")));
	put(o, "point", point ? json_string(point) : json_null());
	put_copy(o, "side", from, "side");
	put(o, "format", json_string(text_or(from, "format", "?")));
	put(o, "first", absolute(json_object_get(from, "first_ns")));
	put(o, "last", absolute(json_object_get(from, "last_ns")));
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], from, kept[i]);
	return o;
}

static json_t *captures_document(const json_t *facts)
{
	const char *point = point_of(facts);
	json_t *list = json_array(), *c;
	size_t i;

	json_array_foreach(json_object_get(facts, "captures"), i, c)
		json_array_append_new(list, capture_document(c, text_of(c, "side")
									? point_of_side(facts, text_of(c, "side"))
									: point));
	return list;
}

static json_t *tool_document(const struct report_options *o)
{
	return json_pack("{s:s,s:s,s:s,s:s*}", "name", word(W_program), "version",
			 o->version ? o->version : "", "rules", o->rules_hash ? o->rules_hash : "",
			 "sandbox", o->sandbox);
}

static const json_t *finding_of(const json_t *verdict, const json_t *findings)
{
	const json_t *index = json_object_get(verdict, "finding");

	if (!json_is_integer(index) || json_integer_value(index) < 0)
		return NULL;
	return json_array_get(findings, (size_t)json_integer_value(index));
}

static struct subject subject_of(const struct whole *w, size_t i)
{
	const json_t *judged = json_array_get(json_object_get(w->findings, "tunnels"), i);
	struct subject s = { .whole = w,
			     .facts = json_array_get(json_object_get(w->facts, "tunnels"), i),
			     .findings = json_object_get(judged, "findings"),
			     .verdict = json_object_get(judged, "verdict") };

	s.cause = finding_of(s.verdict, s.findings);
	return s;
}

static json_t *tunnels_document(const struct whole *w)
{
	size_t n = json_array_size(json_object_get(w->facts, "tunnels"));
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		struct subject s = subject_of(w, i);

		json_array_append_new(list, tunnel_document(&s));
	}
	return list;
}

static json_t *capture_findings(const struct whole *w)
{
	json_t *list = json_array(), *f;
	size_t i;

	json_array_foreach(json_object_get(w->findings, "capture"), i, f)
		json_array_append_new(list, finding_document(w, f));
	return list;
}

/* The worst of the capture; its `tunnel` is that tunnel's id. */
static void put_verdict(const struct whole *w, json_t *model)
{
	const json_t *verdict = json_object_get(w->findings, "verdict");
	const json_t *index = json_object_get(verdict, "tunnel");
	const json_t *tunnel = json_is_integer(index) && json_integer_value(index) >= 0
				       ? json_array_get(json_object_get(w->facts, "tunnels"),
							(size_t)json_integer_value(index))
				       : NULL;
	struct subject s = { 0 };

	if (tunnel)
		s = subject_of(w, (size_t)json_integer_value(index));
	put(model, "verdict", verdict_document(verdict, json_object_get(tunnel, "id")));
	put(model, "who", who_acts(tunnel ? &s : NULL, verdict));
}

json_t *report_model(const json_t *facts, const json_t *findings, const struct report_options *o)
{
	struct whole w = { .facts = facts,
			   .findings = findings,
			   .options = o,
			   .start_ns = int_of(facts, "start_ns") };
	json_t *model = json_object();

	w.captures = captures_document(facts);
	w.captures_len = (unsigned)json_array_size(w.captures);
	put(model, "schema", json_string("ikescope.report/1"));
	put(model, "tool", tool_document(o));
	json_object_set(model, "captures", w.captures);
	put(model, "filtered", json_boolean(o->filtered));
	put_verdict(&w, model);
	put(model, "tunnels", tunnels_document(&w));
	put(model, "findings", capture_findings(&w));
	put(model, "limits", limits_document(&w));
	json_decref(w.captures);
	return model;
}
