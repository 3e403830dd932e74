/*
 * How far a tunnel came: what the tracker saw of each step, and what findings say about it.
 *
 * A state is one of ok, fault, suspect, not_reached, cannot_tell; `follows` marks
 * what stalls only because an earlier step broke.
 */
#include "analyzer/report/parts.h"

enum { HIGH = 3 };

static const char *const names[] = { "reachability", "negotiation", "authentication", "data" };
enum { STEPS = sizeof names / sizeof *names };

/* The first attempt whose first messages agreed on algorithms. */
static const json_t *agreed(const struct subject *s)
{
	const json_t *attempts = json_object_get(s->facts, "attempts");
	json_t *attempt;
	size_t i;

	json_array_foreach(attempts, i, attempt) if (text_of(attempt, "chosen")) return attempt;
	return NULL;
}

/* "ENCR/INTEG/PRF/GROUP" as "ENCR, INTEG, GROUP": the PRF says nothing that INTEG does not. */
static void add_suite(struct text *t, const char *suite)
{
	size_t parts = 1, n = 0, len;

	for (const char *c = suite; *c; c++)
		parts += *c == '/';
	for (; *suite; suite += len + (suite[len] == '/')) {
		len = strcspn(suite, "/");
		if (parts == 4 && n++ == 2)
			continue;
		text_add(t, t->len ? word(W_list_comma) : "");
		text_add_bytes(t, suite, len);
	}
}

/* "17", or "10 of 27" where sequence numbers are missing. */
static json_t *packets_of(const struct subject *s, const char *side)
{
	json_int_t packets = int_of(json_object_get(json_object_get(s->facts, "data"), side), "packets"), lost = 0;
	char count[24], all[24];
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(s->facts, "flows"), i, f)
		lost += is_word(f, "from", side) ? int_of(f, "lost") : 0;
	snprintf(count, sizeof count, "%lld", (long long)packets);
	snprintf(all, sizeof all, "%lld", (long long)(packets + lost));
	return lost ? FILLED(W_step_data_of, { "count", count }, { "all", all }) : json_string(count);
}

/* The tracker's word for what it saw, as a reason. */
static json_t *reason(const struct subject *s, const char *step, const char *what)
{
	bool way_known = recorded_at(s, "a") || recorded_at(s, "b"), data = !strcmp(step, "data");
	const char *sentence = word_named("step", step, what),
		   *chosen = text_of(agreed(s), "chosen");
	json_t *a = data ? packets_of(s, "a") : NULL, *b = data ? packets_of(s, "b") : NULL;
	struct text t, suite;

	if (data && !way_known && word_named("step_data", what, "any"))
		sentence = word_named("step_data", what, "any");
	if (!strcmp(step, "negotiation") && sentence && strchr(sentence, '{') && !chosen)
		sentence = word(W_step_negotiation_plain);
	text_init(&t);
	text_init(&suite);
	add_suite(&suite, chosen ? chosen : "");
	WORD_FILL(&t, sentence ? sentence : word(W_step_unknown), { "suite", suite.at },
		  { "a_packets", json_string_value(a) }, { "b_packets", json_string_value(b) });
	json_decref(a);
	json_decref(b);
	text_clear(&suite);
	return take_string(&t);
}

/* What speaks loudest: the cause, else a grave finding, one that stands before one explained. */
static const json_t *speaks_of(const struct subject *s, const char *step)
{
	const json_t *explained = NULL;
	json_t *f;
	size_t i;

	if (s->cause && is_word(s->cause, "step", step))
		return s->cause;
	json_array_foreach(s->findings, i, f)
	{
		if (is_set(f, "past") || !is_word(f, "step", step) ||
		    severity_rank(text_of(f, "severity")) < HIGH)
			continue;
		if (!text_of(f, "explained_by"))
			return f;
		if (!explained)
			explained = f;
	}
	return explained;
}

static bool seen_to_pass(const struct subject *s, const char *step)
{
	return is_word(json_object_get(json_object_get(s->facts, "progress"), step), "state", "ok");
}

static json_t *step_by_finding(const json_t *f)
{
	bool follows = text_of(f, "explained_by") != NULL;
	const char *why = text_or(f, "why", "");
	json_t *o = json_object();

	put(o, "state", json_string(is_word(f, "confidence", "possible") ? "suspect" : "fault"));
	put(o, "why", json_string(*why ? why : text_or(f, "title", "")));
	put(o, "follows", json_boolean(follows));
	put(o, "finding", json_string(text_or(f, "id", "")));
	return o;
}

static json_t *step_by_facts(const struct subject *s, const char *step, bool broken_before)
{
	const json_t *seen = json_object_get(json_object_get(s->facts, "progress"), step);
	const char *state = text_or(seen, "state", "cannot_tell"),
		   *what = text_or(seen, "what", "");
	const json_t *attempt = !strcmp(step, "negotiation") ? agreed(s) : NULL;
	json_t *o = json_object();

	if (attempt && strcmp(state, "ok")) { /* agreed, and refused later */
		state = "ok";
		what = int_of(attempt, "version") == 1 ? "phase1_agreed" : "init_agreed";
	}
	if (broken_before && !strcmp(what, "authenticated"))
		state = "ok"; /* phase 1 ended well: what broke came after it */
	put(o, "state", json_string(state));
	put(o, "why", reason(s, step, what));
	put(o, "follows", json_boolean(broken_before && !strcmp(what, "unfinished")));
	return o;
}

json_t *steps_document(const struct subject *s)
{
	const json_t *lifecycle = speaks_of(s, "lifecycle");
	bool broken = false;
	json_t *o = json_object();

	for (int i = 0; i < STEPS; i++) {
		const json_t *f = speaks_of(s, names[i]);

		if (f && text_of(f, "explained_by") && seen_to_pass(s, names[i]))
			f = NULL; /* what follows from a fault does not undo what was seen */
		put(o, names[i], f ? step_by_finding(f) : step_by_facts(s, names[i], broken));
		broken |= f != NULL;
	}
	if (lifecycle)
		put(o, "lifecycle", step_by_finding(lifecycle));
	return o;
}
