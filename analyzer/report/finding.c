/*
 * Findings and verdicts as the model has them.
 */
#include "analyzer/report/parts.h"

static const char *const advice_kinds[] = { "now", "verify", "isp", "peer", "admin" };

/* Every kind is there, so that no reader need ask: lists, and for others a text or null. */
static json_t *advice_document(const json_t *advice)
{
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof advice_kinds / sizeof *advice_kinds; i++) {
		const json_t *given = json_object_get(advice, advice_kinds[i]);
		bool list = strcmp(advice_kinds[i], "isp") && strcmp(advice_kinds[i], "peer");

		if (list ? json_is_array(given) : json_is_string(given))
			put(o, advice_kinds[i], json_deep_copy(given));
		else
			put(o, advice_kinds[i], list ? json_array() : json_null());
	}
	return o;
}

/* A Wireshark display filter for frames of one file; NULL when they lie in several. */
static json_t *filter_for(const json_t *pairs)
{
	json_int_t capture = json_integer_value(json_array_get(json_array_get(pairs, 0), 0));
	json_t *pair;
	struct text t;
	size_t i;

	json_array_foreach(pairs, i, pair) if (json_integer_value(json_array_get(pair, 0)) !=
					       capture) return NULL;
	if (!json_array_size(pairs))
		return NULL;
	text_init(&t);
	if (json_array_size(pairs) == 1)
		text_addf(
			&t, "frame.number==%lld",
			(long long)json_integer_value(json_array_get(json_array_get(pairs, 0), 1)));
	json_array_foreach(pairs, i, pair) if (json_array_size(pairs) > 1)
		text_addf(&t, "%s%lld", i ? "," : "frame.number in {",
			  (long long)json_integer_value(json_array_get(pair, 1)));
	if (json_array_size(pairs) > 1)
		text_add(&t, "}");
	return take_string(&t);
}

static size_t tunnels_between(const struct whole *w, const char *a, const char *b)
{
	json_t *tunnel;
	size_t n = 0, i;

	json_array_foreach(json_object_get(w->facts, "tunnels"), i, tunnel)
	{
		const json_t *ends = json_object_get(tunnel, "ends");

		n += (is_word(ends, "a", a) && is_word(ends, "b", b)) || (is_word(ends, "a", b) && is_word(ends, "b", a));
	}
	return n;
}

/* Beside other tunnels a filter names the hosts; where even those are the same, only the frames are left: NULL. */
static json_t *filter_among(const struct whole *w, const json_t *ends, const char *given)
{
	const char *a = text_of(ends, "a"), *b = text_of(ends, "b");
	const char *field = a && strchr(a, ':') ? "ipv6.addr" : "ip.addr";
	struct text t;

	if (!given || !*given)
		return NULL;
	if (!a || !b || json_array_size(json_object_get(w->facts, "tunnels")) < 2)
		return json_string(given);
	if (tunnels_between(w, a, b) > 1)
		return NULL;
	text_init(&t);
	text_addf(&t, strstr(given, "||") ? "%s==%s && %s==%s && (%s)" : "%s==%s && %s==%s && %s", field, a, field, b, given);
	return take_string(&t);
}

static json_t *evidence_document(const struct whole *w, const json_t *evidence, const json_t *ends)
{
	json_t *pairs = frame_pairs(w, json_object_get(evidence, "frames"));
	json_t *filter = filter_among(w, ends, text_of(evidence, "filter"));
	json_t *o = json_object();

	put(o, "filter", filter ? filter : filter_for(pairs));
	json_object_set_new(o, "frames", pairs);
	json_object_set_new(o, "lines", json_array());
	return o;
}

static json_t *list_or_empty(const json_t *o, const char *key)
{
	const json_t *list = json_object_get(o, key);

	return json_is_array(list) ? json_deep_copy(list) : json_array();
}

json_t *finding_document(const struct whole *w, const json_t *finding, const json_t *ends)
{
	static const char *const kept[] = { "id",      "step",  "severity", "confidence",
					    "culprit", "title", "text",     "why" };
	const json_t *args = json_object_get(finding, "args");
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], finding, kept[i]);
	put(o, "advice", advice_document(json_object_get(finding, "advice")));
	put(o, "evidence", evidence_document(w, json_object_get(finding, "evidence"), ends));
	put(o, "args", json_is_object(args) ? json_deep_copy(args) : json_object());
	put(o, "explains", list_or_empty(finding, "explains"));
	put_copy(o, "explained_by", finding, "explained_by");
	if (is_set(finding, "past"))
		put(o, "past", json_true());
	put(o, "references", list_or_empty(finding, "references"));
	return o;
}

json_t *verdict_document(const json_t *verdict, const json_t *tunnel_id)
{
	static const char *const kept[] = { "step", "confidence", "culprit", "severity",
					    "finding", "capture_finding", "rival", "common" };
	json_t *o = json_object();

	put(o, "id", json_string(text_or(verdict, "id", "cannot_tell")));
	put(o, "title", json_string(text_or(verdict, "title", "")));
	put(o, "sentence",
	    json_string(text_or(verdict, "sentence", text_or(verdict, "title", ""))));
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], verdict, kept[i]);
	if (tunnel_id)
		json_object_set_new(o, "tunnel", json_deep_copy(tunnel_id));
	return o;
}
