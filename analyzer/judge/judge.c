/*
 * Asks every rule wherever its trigger facts are, and lets the ranking decide.
 */
#include "analyzer/judge/judge.h"

#include <string.h>

#include "analyzer/judge/finding.h"
#include "analyzer/judge/ranking.h"
#include "analyzer/judge/rule.h"

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

json_t *judge_run(struct judge *j, const json_t *facts, int64_t start_ns)
{
	size_t captures = json_array_size(json_object_get(facts, "captures"));
	struct running now = { j, json_array() };
	json_t *nothing = json_object();
	struct place at = { .capture = json_object_get(facts, "capture"),
			    .tunnel = NULL,
			    .setting = { start_ns, captures > 1 ? (unsigned)captures : 1 } };
	json_t *capture, *tunnels, *verdict;

	if (!at.capture)
		at.capture = nothing;
	capture = ask_all(&now, SCOPE_CAPTURE, &at);
	rank_capture(capture);
	tunnels = judge_tunnels(&now, json_object_get(facts, "tunnels"), at, capture);
	verdict = rank_verdicts(tunnels, capture, at.capture, facts);
	host_new_facts(j->host);
	for (size_t i = 0; i < j->rules_len; i++)
		rule_reset(j, &j->rules[i]);
	host_sweep(j->host);
	json_decref(nothing);
	return json_pack("{s:o,s:o,s:o,s:o}", "capture", capture, "tunnels", tunnels, "verdict",
			 verdict, "troubles", now.troubles);
}
