#include "analyzer/judge/common.h"

#include <stdbool.h>
#include <string.h>

#include "analyzer/judge/terms.h"
#include "analyzer/judge/verdict.h"
#include "analyzer/track/fields.h"

static const json_t *verdict_at(const json_t *judged, size_t i)
{
	return json_object_get(json_array_get(judged, i), "verdict");
}

static bool may_be_shared(const json_t *verdict)
{
	static const char *const sharers[] = { "path", "nat", "local", "unknown", NULL };
	static const char *const steps[] = { "reachability", "data", "lifecycle", NULL };

	return json_object_get(verdict, "finding") && term(sharers, text_or(verdict, "culprit", "")) >= 0 &&
	       term(steps, text_or(verdict, "step", "")) >= 0;
}

/* The two tunnels were there at the same time. */
static bool overlap(const json_t *t, const json_t *u)
{
	const json_t *s = json_object_get(t, "span"), *v = json_object_get(u, "span");

	return json_number_value(json_object_get(s, "first")) <= json_number_value(json_object_get(v, "last")) &&
	       json_number_value(json_object_get(v, "first")) <= json_number_value(json_object_get(s, "last"));
}

static bool has_end(const json_t *tunnel, const char *address)
{
	const json_t *ends = json_object_get(tunnel, "ends");

	return !strcmp(text_or(ends, "a", ""), address) || !strcmp(text_or(ends, "b", ""), address);
}

/* The router that says so, when one does. */
static const char *source_of(const json_t *judged, size_t i)
{
	return text_or(json_object_get(json_array_get(json_object_get(json_array_get(judged, i), "findings"), 0), "args"),
		       "source", "");
}

json_t *common_cause(const json_t *judged, const json_t *facts, size_t worst)
{
	const json_t *verdict = verdict_at(judged, worst), *first = json_array_get(facts, worst);
	const char *a = text_or(json_object_get(first, "ends"), "a", ""), *b = text_or(json_object_get(first, "ends"), "b", "");
	struct verdict_places p = { .title = text_or(verdict, "title", ""), .total = json_array_size(judged) };
	bool at_a = true, at_b = true, one_source = *source_of(judged, worst);
	json_t *made, *sentence;

	if (!may_be_shared(verdict))
		return NULL;
	for (size_t i = 0; i < json_array_size(judged); i++) {
		const json_t *tunnel = json_array_get(facts, i);

		if (strcmp(text_or(verdict_at(judged, i), "id", ""), text_or(verdict, "id", "")) || !overlap(first, tunnel))
			continue;
		p.count += 1;
		at_a &= has_end(tunnel, a);
		at_b &= has_end(tunnel, b);
		one_source &= !strcmp(source_of(judged, i), source_of(judged, worst));
	}
	if (p.count < 2)
		return NULL;
	p.a = one_source ? source_of(judged, worst) : at_a ? a : b;
	made = verdict_new(one_source ? V_COMMON_ROUTER : at_a != at_b ? V_COMMON_END : V_COMMON, &p);
	sentence = json_incref(json_object_get(made, "sentence"));
	json_decref(made);
	return sentence;
}
