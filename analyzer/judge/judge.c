/*
 * Asks every rule wherever its trigger facts are, and lets the ranking decide.
 */
#include "analyzer/judge/judge.h"

#include <string.h>

#include "analyzer/judge/finding.h"
#include "analyzer/judge/ranking.h"
#include "analyzer/judge/rule.h"
#include "analyzer/judge/verdict.h"

struct running {
	struct judge *judge;
	json_t *troubles;
};

static void trouble(const struct running *now, const struct rule *r, const char *text)
{
	struct text safe;

	for (size_t i = 0; i < json_array_size(now->troubles); i++) {
		const json_t *told = json_object_get(json_array_get(now->troubles, i), "rule");

		if (!strcmp(json_string_value(told), r->id))
			return; /* once is enough */
	}
	text_init(&safe);
	text_add_wire(&safe, (struct bytes){ (const uint8_t *)text, strlen(text) });
	json_array_append_new(now->troubles,
			      json_pack("{s:s,s:s}", "rule", r->id, "text", safe.at));
	text_clear(&safe);
}

/* All rules of one scope at one place, in order of id. */
static json_t *ask_all(const struct running *now, enum scope scope, const struct place *at)
{
	json_t *findings = json_array();

	host_new_facts(now->judge->host);
	for (size_t i = 0; i < now->judge->rules_len; i++) {
		struct rule *r = &now->judge->rules[i];
		char error[HOST_ERROR];
		json_t *found;

		if (r->scope != scope || r->stopped || !rule_triggered(r, at))
			continue;
		found = rule_ask(now->judge, r, at, false, error);
		if (found)
			json_array_extend(findings, found);
		else
			trouble(now, r, error);
		json_decref(found);
	}
	return findings;
}

static json_t *judge_tunnels(const struct running *now, const json_t *tunnels, struct place at,
			     const json_t *about_capture)
{
	json_t *judged = json_array();

	for (size_t i = 0; i < json_array_size(tunnels); i++) {
		json_t *findings, *verdict;

		at.tunnel = json_array_get(tunnels, i);
		findings = ask_all(now, SCOPE_TUNNEL, &at);
		verdict = rank_tunnel(findings, about_capture, at.tunnel, at.setting.start_ns);
		json_array_append_new(
			judged, json_pack("{s:o,s:o}", "findings", findings, "verdict", verdict));
	}
	return judged;
}

static void finish(struct judge *j)
{
	host_new_facts(j->host);
	for (size_t i = 0; i < j->rules_len; i++)
		rule_reset(j, &j->rules[i]);
	host_sweep(j->host);
}

json_t *judge_run(struct judge *j, const json_t *facts, int64_t start_ns)
{
	size_t captures = json_array_size(json_object_get(facts, "captures"));
	struct running now = { j, json_array() };
	json_t *nothing = json_object();
	struct place at = { .capture = json_object_get(facts, "capture"),
			    .setting = { start_ns, captures > 1 ? (unsigned)captures : 1 } };
	json_t *capture, *tunnels, *verdict;

	if (!at.capture)
		at.capture = nothing;
	capture = ask_all(&now, SCOPE_CAPTURE, &at);
	rank_capture(capture);
	tunnels = judge_tunnels(&now, json_object_get(facts, "tunnels"), at, capture);
	verdict = rank_verdicts(tunnels, capture, at.capture, facts);
	finish(j);
	json_decref(nothing);
	return json_pack("{s:o,s:o,s:o,s:o}", "capture", capture, "tunnels", tunnels, "verdict",
			 verdict, "troubles", now.troubles);
}

/* --- two ends ----------------------------------------------------------------------------- */

enum { NEAR, FAR, SIDES };

struct ends { /* what is judged: documents of facts */
	const json_t *side[SIDES], *both;
	struct setting setting;
	json_t *about[SIDES]; /* findings about each recording */
};

static const json_t *tunnel_of(const struct ends *e, int side, const json_t *joined)
{
	const json_t *place = json_object_get(joined, side == NEAR ? "near" : "far");

	if (!json_is_integer(place))
		return NULL;
	return json_array_get(json_object_get(e->side[side], "tunnels"), (size_t)json_integer_value(place));
}

/* What one end calls its own is the other's peer. */
static void turn_culprits(json_t *findings)
{
	json_t *f;
	size_t i;

	json_array_foreach(findings, i, f) {
		const char *culprit = json_string_value(json_object_get(f, "culprit"));

		if (culprit && (!strcmp(culprit, "local") || !strcmp(culprit, "peer")))
			json_object_set_new(f, "culprit", json_string(*culprit == 'l' ? "peer" : "local"));
	}
}

static json_t *ask_side(const struct running *now, const struct ends *e, int side, const json_t *tunnel)
{
	struct place at = { .capture = json_object_get(e->side[side], "capture"), .tunnel = tunnel, .setting = e->setting };
	json_t *findings = ask_all(now, tunnel ? SCOPE_TUNNEL : SCOPE_CAPTURE, &at);

	if (side == FAR)
		turn_culprits(findings);
	return findings;
}

static const char *id_of(const json_t *finding)
{
	const char *id = json_string_value(json_object_get(finding, "id"));

	return id ? id : "";
}

static int rank_of(const json_t *finding)
{
	return 10 * term(confidence_words, json_string_value(json_object_get(finding, "confidence"))) +
	       term(severity_words, json_string_value(json_object_get(finding, "severity")));
}

/* How sure these findings are of that id; -1: they do not have it. */
static int best_of(const json_t *findings, const char *id)
{
	const json_t *f;
	int best = -1;
	size_t i;

	json_array_foreach(findings, i, f)
		if (!strcmp(id_of(f), id) && rank_of(f) > best)
			best = rank_of(f);
	return best;
}

/* A mere guess of one end about what the other end saw done: data passed there, so all before it did. */
static bool seen_otherwise(const json_t *finding, const json_t *own, const json_t *other)
{
	const char *step = json_string_value(json_object_get(finding, "step"));
	const char *confidence = json_string_value(json_object_get(finding, "confidence"));

	return confidence && !strcmp(confidence, "possible") && step && term(step_words, step) >= STEP_REACHABILITY &&
	       term(step_words, step) <= STEP_AUTHENTICATION && !json_object_get(own, "works") &&
	       json_object_get(other, "works");
}

/* The findings that neither the two ends together nor a better one of the other end replace. */
static void keep(json_t *into, const json_t *findings, const json_t *other, const json_t *ends, bool wins_ties,
		 const json_t *const tunnels[SIDES], int side)
{
	json_t *f;
	size_t i;

	json_array_foreach(findings, i, f) {
		int mine = best_of(findings, id_of(f)), theirs = best_of(other, id_of(f));
		const json_t *judged;
		bool settled = tunnels[!side] && seen_otherwise(f, tunnels[side], tunnels[!side]);
		size_t k;

		json_array_foreach(ends, k, judged)
			settled |= !strcmp(id_of(judged), id_of(f));
		if (!settled && (mine > theirs || (mine == theirs && wins_ties)))
			json_array_append(into, f);
	}
}

/*
 * Of two equal findings that of the initiator's end is told, whichever recording was named first; where
 * none is known, that of the end with the lower address.
 */
static bool near_wins(const json_t *joined)
{
	const json_t *first = json_array_get(json_object_get(joined, "attempts"), 0), *ends = json_object_get(joined, "ends");
	const char *initiator = json_string_value(json_object_get(first, "initiator"));
	const char *a = json_string_value(json_object_get(ends, "a")), *b = json_string_value(json_object_get(ends, "b"));

	return initiator ? strcmp(initiator, "b") != 0 : !a || !b || strcmp(a, b) < 0;
}

static json_t *judge_joined(const struct running *now, const struct ends *e, const json_t *joined)
{
	const json_t *tunnel[SIDES] = { tunnel_of(e, NEAR, joined), tunnel_of(e, FAR, joined) };
	json_t *of[SIDES], *ends = NULL, *all = json_array(), *f;
	struct place at = { .capture = json_object_get(e->both, "capture"), .setting = e->setting,
			    .tunnel = tunnel[NEAR], .far = tunnel[FAR], .ends = json_object_get(joined, "between") };
	size_t i;

	for (int side = NEAR; side < SIDES; side++)
		of[side] = tunnel[side] ? ask_side(now, e, side, tunnel[side]) : json_array();
	if (at.ends)
		ends = ask_all(now, SCOPE_ENDS, &at);
	json_array_foreach(ends, i, f)
		if (!json_object_get(f, "refuted"))
			json_array_append(all, f);
	keep(all, of[NEAR], of[FAR], ends, near_wins(joined), tunnel, NEAR);
	keep(all, of[FAR], of[NEAR], ends, !near_wins(joined), tunnel, FAR);
	json_decref(of[NEAR]);
	json_decref(of[FAR]);
	json_decref(ends);
	return all;
}

/* The same about both recordings is told of both: their frames differ. */
static json_t *about_both(const struct ends *e)
{
	json_t *all = json_copy(e->about[NEAR]), *f, *other;
	size_t i, k;

	json_array_foreach(e->about[FAR], i, f) {
		bool told = false;

		json_array_foreach(e->about[NEAR], k, other)
			told |= !strcmp(id_of(f), id_of(other)) && json_equal(f, other);
		if (!told)
			json_array_append(all, f);
	}
	return all;
}

static json_t *unrelated(void)
{
	struct verdict_places p = { 0 };
	json_t *verdict = verdict_new(V_UNRELATED, &p);

	verdict_say(verdict, STEP_CAPTURE, CONFIRMED, "capture");
	return verdict;
}

json_t *judge_ends(struct judge *j, const json_t *near, const json_t *far, const json_t *both)
{
	size_t captures = json_array_size(json_object_get(both, "captures"));
	int64_t start_ns = (int64_t)json_integer_value(json_object_get(both, "start_ns"));
	struct running now = { j, json_array() };
	struct ends e = { { near, far }, both, { start_ns, captures > 1 ? (unsigned)captures : 1 }, { NULL, NULL } };
	json_t *tunnels = json_array(), *joined, *verdict, *about;
	size_t i;

	for (int side = NEAR; side < SIDES; side++)
		e.about[side] = ask_side(&now, &e, side, NULL);
	about = about_both(&e);
	rank_capture(about);
	json_array_foreach(json_object_get(both, "tunnels"), i, joined) {
		json_t *findings = judge_joined(&now, &e, joined);
		json_t *of = rank_tunnel(findings, about, joined, start_ns);

		json_array_append_new(tunnels, json_pack("{s:o,s:o}", "findings", findings, "verdict", of));
	}
	verdict = json_is_false(json_object_get(both, "related"))
			  ? unrelated()
			  : rank_verdicts(tunnels, about, json_object_get(both, "capture"), both);
	finish(j);
	json_decref(e.about[NEAR]);
	json_decref(e.about[FAR]);
	return json_pack("{s:o,s:o,s:o,s:o}", "capture", about, "tunnels", tunnels, "verdict", verdict, "troubles",
			 now.troubles);
}
