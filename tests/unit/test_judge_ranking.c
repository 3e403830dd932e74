/*
 * Many findings, one verdict: method F.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/judge/ranking.h"
#include "analyzer/judge/verdict.h"

/* A finding in short: what it explains is a list of ids with spaces between. at < 0: not told. */
struct short_finding {
	const char *id, *step, *severity, *confidence, *explains;
	double at;
	int frame;
};

static json_t *finding_of(const struct short_finding *s)
{
	static const char *const words[] = { "possible", "likely", "confirmed" };
	static const int grades[] = { 35, 70, 100 };
	json_t *f, *explains = json_array();
	int grade = 0;

	for (int i = 0; i < 3; i++)
		if (!strcmp(s->confidence, words[i]))
			grade = grades[i];
	for (const char *at = s->explains; at && *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		json_array_append_new(explains, json_stringn(at, len));
		at += len;
	}
	f = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:i,s:{s:[[i,i]]}}", "id", s->id, "step", s->step,
		      "severity", s->severity, "confidence", s->confidence, "culprit", "path", "title", s->id,
		      "text", s->id, "explains", explains, "score",
		      grade * term(severity_words, s->severity), "evidence", "frames", 0, s->frame);
	if (s->at >= 0)
		json_object_set_new(f, "at", json_real(s->at));
	return f;
}

static json_t *list_of(const struct short_finding *s)
{
	json_t *list = json_array();

	for (; s->id; s++)
		json_array_append_new(list, finding_of(s));
	return list;
}

#define LIST(...) (const struct short_finding[]){ __VA_ARGS__, { 0 } }
#define NONE (const struct short_finding[]){ { 0 } }

static const char *field(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "-";
}

static const json_t *find(const json_t *findings, const char *id)
{
	for (size_t i = 0; i < json_array_size(findings); i++)
		if (!strcmp(field(json_array_get(findings, i), "id"), id))
			return json_array_get(findings, i);
	return NULL;
}

struct result {
	json_t *findings, *verdict;
};

static struct result rank_facts(const struct short_finding *tunnel, const struct short_finding *capture,
				json_t *take_facts)
{
	struct result r = { list_of(tunnel), NULL };
	json_t *about = list_of(capture);

	json_object_set_new(take_facts, "ends", json_pack("{s:s,s:s}", "a", "192.0.2.1", "b", "192.0.2.2"));
	r.verdict = rank_tunnel(r.findings, about, take_facts, 0);
	json_decref(about);
	json_decref(take_facts);
	return r;
}

static struct result rank_both(const struct short_finding *tunnel, const struct short_finding *capture)
{
	return rank_facts(tunnel, capture, json_object());
}

static struct result rank_down(const struct short_finding *tunnel)
{
	return rank_both(tunnel, NONE);
}

static json_t *works_since(double since)
{
	return json_pack("{s:{s:f,s:f,s:s}}", "works", "since", since, "last", since + 100, "basis", "data");
}

static struct result rank_up(const struct short_finding *tunnel, double since)
{
	return rank_facts(tunnel, NONE, works_since(since));
}

static void clear(struct result *r)
{
	json_decref(r->findings);
	json_decref(r->verdict);
}

/* id: explained by cause, or "-" when it stands */
static void explained(const struct result *r, const char *id, const char *cause)
{
	const json_t *f = find(r->findings, id);

	ck_assert_msg(f != NULL, "%s is gone", id);
	ck_assert_msg(!strcmp(field(f, "explained_by"), cause), "%s is explained by %s, not %s", id,
		      field(f, "explained_by"), cause);
}

static void verdict_is(struct result *r, const char *id)
{
	ck_assert_str_eq(field(r->verdict, "id"), id);
}

/* --- F.1 --- */

START_TEST(the_lowest_step_with_a_likely_fault_gives_the_verdict)
{
	struct result r = rank_down(LIST({ "auth.refused", "authentication", "critical", "confirmed", "", -1, 1 },
					 { "path.esp.blocked", "reachability", "high", "likely", "", -1, 9 },
					 { "life.flap", "lifecycle", "critical", "confirmed", "", -1, 2 }));

	verdict_is(&r, "path.esp.blocked");
	ck_assert_int_eq(json_integer_value(json_object_get(r.verdict, "finding")), 0);
	ck_assert_str_eq(field(json_array_get(r.findings, 0), "id"), "path.esp.blocked");
	clear(&r);
}
END_TEST

START_TEST(what_is_only_possible_waits_behind_what_is_likely)
{
	struct result r = rank_down(LIST({ "path.x", "reachability", "critical", "possible", "", -1, 1 },
					 { "auth.refused", "authentication", "high", "likely", "", -1, 2 }));

	verdict_is(&r, "auth.refused");
	clear(&r);
}
END_TEST

START_TEST(among_the_possible_the_score_decides)
{
	struct result r = rank_down(LIST({ "path.x", "reachability", "high", "possible", "", -1, 1 },
					 { "auth.x", "authentication", "critical", "possible", "", -1, 2 }));

	verdict_is(&r, "auth.x");
	clear(&r);
}
END_TEST

START_TEST(on_one_step_the_score_decides_then_the_first_frame)
{
	struct result r = rank_down(LIST({ "path.b", "reachability", "high", "confirmed", "", -1, 3 },
					 { "path.a", "reachability", "high", "confirmed", "", -1, 5 },
					 { "path.c", "reachability", "critical", "likely", "", -1, 7 }));

	verdict_is(&r, "path.b"); /* 300 against 280 */
	ck_assert_str_eq(field(json_array_get(r.findings, 1), "id"), "path.c");
	ck_assert_str_eq(field(json_array_get(r.findings, 2), "id"), "path.a");
	clear(&r);
}
END_TEST

START_TEST(the_order_of_the_findings_does_not_matter)
{
	const struct short_finding f[] = { { "path.a", "reachability", "high", "likely", "auth.c", -1, 5 },
					   { "path.b", "reachability", "high", "likely", "path.a", -1, 5 },
					   { "auth.c", "authentication", "critical", "likely", "path.b", -1, 2 },
					   { "life.d", "lifecycle", "low", "possible", "path.*", -1, 2 } };
	static const int orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 3, 0, 2 }, { 2, 0, 3, 1 } };
	struct result first = rank_down(LIST(f[0], f[1], f[2], f[3]));

	for (size_t i = 1; i < sizeof orders / sizeof *orders; i++) {
		const int *o = orders[i];
		struct result r = rank_down(LIST(f[o[0]], f[o[1]], f[o[2]], f[o[3]]));

		ck_assert(json_equal(first.findings, r.findings));
		ck_assert(json_equal(first.verdict, r.verdict));
		clear(&r);
	}
	clear(&first);
}
END_TEST

START_TEST(a_finding_about_the_capture_is_never_the_verdict_of_a_tunnel)
{
	struct result r = rank_down(LIST({ "cap.starts_late", "capture", "critical", "confirmed", "", -1, 1 }));

	verdict_is(&r, "cannot_tell");
	ck_assert_ptr_nonnull(strstr(field(r.verdict, "sentence"), "cap.starts_late"));
	ck_assert_str_eq(field(r.verdict, "culprit"), "capture");
	clear(&r);
}
END_TEST

/* --- F.2 --- */

START_TEST(a_cause_removes_its_consequences_and_families_of_them)
{
	struct result r = rank_down(LIST({ "path.frag.x", "reachability", "critical", "likely", "ike.frag.* life.dpd.dead", -1, 1 },
					 { "ike.frag.incomplete", "negotiation", "high", "confirmed", "", -1, 2 },
					 { "ike.fragile", "negotiation", "high", "confirmed", "", -1, 2 },
					 { "life.dpd.dead", "lifecycle", "critical", "confirmed", "", -1, 3 }));

	verdict_is(&r, "path.frag.x");
	explained(&r, "ike.frag.incomplete", "path.frag.x");
	explained(&r, "life.dpd.dead", "path.frag.x");
	explained(&r, "ike.fragile", "-");
	explained(&r, "path.frag.x", "-");
	/* what stands comes before what is explained */
	ck_assert_str_eq(field(json_array_get(r.findings, 1), "id"), "ike.fragile");
	clear(&r);
}
END_TEST

START_TEST(what_is_possible_does_not_hide_what_is_certain)
{
	struct result r = rank_down(LIST({ "path.x", "reachability", "critical", "possible", "auth.sure auth.maybe", -1, 1 },
					 { "auth.sure", "authentication", "critical", "confirmed", "", -1, 2 },
					 { "auth.maybe", "authentication", "critical", "possible", "", -1, 2 }));

	explained(&r, "auth.sure", "-");
	explained(&r, "auth.maybe", "path.x");
	verdict_is(&r, "auth.sure");
	clear(&r);
}
END_TEST

START_TEST(a_cause_on_a_higher_step_explains_too_when_it_says_so)
{
	struct result r = rank_down(LIST({ "ike.no_proposal", "negotiation", "critical", "confirmed", "path.udp500.no_reply", -1, 4 },
					 { "path.udp500.no_reply", "reachability", "critical", "confirmed", "", -1, 1 }));

	verdict_is(&r, "ike.no_proposal");
	explained(&r, "path.udp500.no_reply", "ike.no_proposal");
	clear(&r);
}
END_TEST

START_TEST(of_two_that_explain_each_other_the_lower_step_is_the_cause)
{
	struct result r = rank_down(LIST({ "life.x", "lifecycle", "critical", "confirmed", "path.x", -1, 1 },
					 { "path.x", "reachability", "high", "likely", "life.x", -1, 2 }));

	explained(&r, "life.x", "path.x");
	explained(&r, "path.x", "-");
	clear(&r);
}
END_TEST

START_TEST(a_ring_of_causes_is_cut_once)
{
	struct result r = rank_down(LIST({ "ike.b", "negotiation", "high", "likely", "auth.c", -1, 2 },
					 { "auth.c", "authentication", "high", "likely", "path.a", -1, 3 },
					 { "path.a", "reachability", "high", "likely", "ike.b", -1, 1 }));

	explained(&r, "path.a", "-");
	explained(&r, "ike.b", "path.a");
	explained(&r, "auth.c", "ike.b");
	verdict_is(&r, "path.a");
	clear(&r);
}
END_TEST

START_TEST(a_rule_does_not_explain_its_own_second_finding)
{
	struct result r = rank_down(LIST({ "path.x", "reachability", "high", "likely", "path.*", -1, 1 },
					 { "path.x", "reachability", "high", "likely", "path.*", -1, 2 }));

	ck_assert_str_eq(field(json_array_get(r.findings, 0), "explained_by"), "-");
	ck_assert_str_eq(field(json_array_get(r.findings, 1), "explained_by"), "-");
	clear(&r);
}
END_TEST

START_TEST(what_blinds_the_capture_takes_findings_away)
{
	struct result r = rank_both(LIST({ "path.frag.x", "reachability", "critical", "likely", "", -1, 1 }),
				    LIST({ "cap.filter.fragments", "capture", "medium", "likely", "path.frag.*", -1, 1 }));

	explained(&r, "path.frag.x", "cap.filter.fragments");
	verdict_is(&r, "cannot_tell");
	ck_assert_uint_eq(json_array_size(r.findings), 1); /* the capture's own stay where they are */
	clear(&r);
}
END_TEST

START_TEST(a_fault_found_in_the_capture_is_the_verdict_where_it_explains)
{
	const struct short_finding arp[] = { { "local.arp", "reachability", "critical", "confirmed", "path.no_reply", -1, 1 }, { 0 } };
	struct result r = rank_both(LIST({ "path.no_reply", "reachability", "critical", "confirmed", "", -1, 2 }), arp);

	verdict_is(&r, "local.arp");
	ck_assert_ptr_null(json_object_get(r.verdict, "finding"));
	clear(&r);
	r = rank_both(LIST({ "auth.refused", "authentication", "high", "likely", "", -1, 2 }), arp);
	verdict_is(&r, "auth.refused");
	clear(&r);
}
END_TEST

START_TEST(a_mild_cause_of_a_broken_tunnel_is_the_verdict)
{
	struct result r = rank_down(LIST({ "nat.keepalive", "reachability", "medium", "likely", "nat.expired", -1, 1 },
					 { "nat.expired", "reachability", "high", "likely", "", -1, 2 }));

	verdict_is(&r, "nat.keepalive");
	ck_assert_str_eq(field(r.verdict, "severity"), "high");
	clear(&r);
}
END_TEST

/* --- F.3 --- */

START_TEST(a_hub_yields_to_a_branch_even_if_that_is_only_possible)
{
	static const char *const hubs[] = { "path.udp500.no_reply", "ike.auth.no_reply", "child.missing", "life.half_open" };

	for (size_t i = 0; i < sizeof hubs / sizeof *hubs; i++) {
		struct result r = rank_down(LIST({ hubs[i], "negotiation", "critical", "confirmed", "", -1, 1 },
						 { "path.frag.x", "reachability", "critical", "possible", hubs[i], -1, 2 }));

		verdict_is(&r, "path.frag.x");
		explained(&r, hubs[i], "path.frag.x");
		clear(&r);
	}
}
END_TEST

START_TEST(a_hub_does_not_yield_to_a_remark_or_to_the_capture)
{
	struct result r = rank_both(LIST({ "ike.auth.no_reply", "negotiation", "critical", "confirmed", "", -1, 1 },
					 { "path.remark", "reachability", "low", "possible", "ike.auth.no_reply", -1, 2 }),
				    LIST({ "cap.filter", "capture", "medium", "possible", "ike.auth.no_reply", -1, 2 }));

	verdict_is(&r, "ike.auth.no_reply");
	clear(&r);
}
END_TEST

/* --- health --- */

START_TEST(a_tunnel_that_works_is_healthy_beside_medium_findings)
{
	struct result r = rank_up(LIST({ "ike.weak_crypto", "negotiation", "medium", "confirmed", "", -1, 1 }), 0);

	verdict_is(&r, "healthy");
	ck_assert_str_eq(field(r.verdict, "sentence"), "This tunnel works. One finding deserves a look.");
	ck_assert_str_eq(field(r.verdict, "confidence"), "confirmed");
	clear(&r);
	r = rank_up(LIST({ "a.b", "data", "low", "confirmed", "", -1, 1 }, { "a.c", "data", "low", "confirmed", "", -1, 1 },
			 { "a.d", "data", "info", "confirmed", "", -1, 1 }), 0);
	ck_assert_str_eq(field(r.verdict, "sentence"), "This tunnel works. 2 findings deserve a look.");
	clear(&r);
	r = rank_up(LIST({ "nat.detected", "reachability", "info", "confirmed", "", -1, 1 }), 0);
	ck_assert_str_eq(field(r.verdict, "sentence"), "This tunnel works. Nothing in this capture needs attention.");
	clear(&r);
}
END_TEST

START_TEST(a_fault_that_came_after_the_tunnel_worked_is_the_verdict)
{
	struct result r = rank_up(LIST({ "life.dpd.dead", "lifecycle", "high", "likely", "", 50, 1 }), 10);

	verdict_is(&r, "life.dpd.dead");
	ck_assert_ptr_null(json_object_get(find(r.findings, "life.dpd.dead"), "past"));
	clear(&r);
}
END_TEST

START_TEST(a_fault_before_the_tunnel_worked_is_past)
{
	struct result r = rank_up(LIST({ "auth.refused", "authentication", "critical", "confirmed", "", 5, 1 },
				       { "ike.weak", "negotiation", "low", "confirmed", "", -1, 9 }), 61.5);

	verdict_is(&r, "healthy");
	ck_assert_str_eq(field(r.verdict, "sentence"),
			 "The tunnel between 192.0.2.1 and 192.0.2.2 works since 00:01:01.500 UTC; before that it failed: "
			 "auth.refused.");
	ck_assert(json_is_true(json_object_get(find(r.findings, "auth.refused"), "past")));
	ck_assert_str_eq(field(json_array_get(r.findings, 0), "id"), "ike.weak"); /* what stands now comes first */
	clear(&r);
}
END_TEST

START_TEST(a_past_cause_does_not_explain_a_new_fault)
{
	struct result r = rank_up(LIST({ "path.x", "reachability", "critical", "confirmed", "life.y", 5, 1 },
				       { "life.y", "lifecycle", "high", "confirmed", "", 50, 2 }), 10);

	verdict_is(&r, "life.y");
	explained(&r, "life.y", "-");
	clear(&r);
}
END_TEST

START_TEST(without_works_there_is_no_past_and_no_health)
{
	struct result r = rank_down(NONE);

	verdict_is(&r, "cannot_tell");
	ck_assert_str_eq(field(r.verdict, "sentence"),
			 "This capture does not show whether the tunnel between 192.0.2.1 and 192.0.2.2 works.");
	clear(&r);
	r = rank_down(LIST({ "path.x", "reachability", "high", "confirmed", "", 0, 1 }));
	verdict_is(&r, "path.x");
	clear(&r);
}
END_TEST

START_TEST(where_nothing_works_a_medium_finding_is_better_than_none)
{
	struct result r = rank_down(LIST({ "life.half_open", "lifecycle", "medium", "likely", "", -1, 1 }));

	verdict_is(&r, "life.half_open");
	clear(&r);
	r = rank_down(LIST({ "nat.detected", "reachability", "low", "confirmed", "", -1, 1 }));
	verdict_is(&r, "cannot_tell");
	clear(&r);
}
END_TEST

START_TEST(not_knowing_names_the_step_where_it_stops)
{
	json_t *facts = json_pack("{s:{s:{s:s},s:{s:s}}}", "progress", "reachability", "state", "ok",
				  "negotiation", "state", "cannot_tell");
	struct result r = rank_facts(NONE, NONE, facts);

	ck_assert_str_eq(field(r.verdict, "step"), "negotiation");
	clear(&r);
}
END_TEST

START_TEST(a_scanner_has_no_tunnel_to_judge)
{
	struct result r = rank_down(LIST({ "scan.ike_probe", "reachability", "info", "likely", "ike.*", -1, 1 },
					 { "path.x", "reachability", "critical", "confirmed", "", -1, 2 }));

	verdict_is(&r, "nothing_to_judge");
	clear(&r);
}
END_TEST

/* --- the verdict over all --- */

struct short_verdict {
	const char *id, *severity, *confidence;
};

static json_t *over_all(const struct short_verdict *v, size_t n, const json_t *facts)
{
	json_t *tunnels = json_array(), *nothing = json_array(), *made;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(tunnels,
				      json_pack("{s:[],s:{s:s,s:s,s:s,s:s,s:s}}", "findings", "verdict", "id", v[i].id,
						"severity", v[i].severity, "confidence", v[i].confidence, "step", "data",
						"culprit", "none"));
	made = rank_verdicts(tunnels, nothing, facts, NULL);
	json_decref(tunnels);
	json_decref(nothing);
	return made;
}

START_TEST(the_worst_tunnel_speaks_for_the_capture)
{
	static const struct {
		struct short_verdict v[3];
		size_t n;
		const char *id;
		int tunnel;
	} cases[] = {
		{ { { "healthy", "info", "confirmed" }, { "a.high", "high", "confirmed" }, { "a.crit", "critical", "possible" } }, 3, "a.crit", 2 },
		{ { { "cannot_tell", "info", "possible" }, { "a.medium", "medium", "possible" } }, 2, "a.medium", 1 },
		{ { { "healthy", "info", "confirmed" }, { "cannot_tell", "info", "possible" } }, 2, "cannot_tell", 1 },
		{ { { "nothing_to_judge", "info", "likely" }, { "healthy", "info", "confirmed" } }, 2, "healthy", 1 },
		{ { { "nothing_to_judge", "info", "likely" } }, 1, "nothing_to_judge", 0 },
		{ { { "a.one", "high", "likely" }, { "a.two", "high", "confirmed" }, { "a.three", "high", "confirmed" } }, 3, "a.two", 1 },
		{ { { "healthy", "info", "confirmed" }, { "healthy", "info", "likely" } }, 2, "healthy", 0 },
	};
	json_t *facts = json_pack("{s:i}", "ipsec_packets", 5);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *v = over_all(cases[i].v, cases[i].n, facts);

		ck_assert_str_eq(field(v, "id"), cases[i].id);
		ck_assert_int_eq(json_integer_value(json_object_get(v, "tunnel")), cases[i].tunnel);
		json_decref(v);
	}
	json_decref(facts);
}
END_TEST

START_TEST(tunnels_that_all_work_are_counted_without_scanners)
{
	static const struct short_verdict v[] = { { "healthy", "info", "confirmed" }, { "nothing_to_judge", "info", "likely" },
						  { "healthy", "info", "confirmed" } };
	json_t *facts = json_pack("{s:i}", "ipsec_packets", 5), *made = over_all(v, 3, facts);

	ck_assert_str_eq(field(made, "sentence"), "All 2 tunnels in this capture work.");
	json_decref(made);
	json_decref(facts);
}
END_TEST

START_TEST(a_capture_without_ipsec_is_not_healthy)
{
	json_t *facts = json_pack("{s:i}", "ipsec_packets", 0), *made = over_all(NULL, 0, facts);

	ck_assert_str_eq(field(made, "id"), "nothing_to_judge");
	ck_assert_ptr_null(json_object_get(made, "tunnel"));
	json_decref(made);
	json_object_set_new(facts, "ipsec_packets", json_integer(3));
	made = over_all(NULL, 0, facts);
	ck_assert_str_eq(field(made, "id"), "cannot_tell");
	json_decref(made);
	json_decref(facts);
}
END_TEST

START_TEST(only_a_confirmed_fault_is_the_verdict_of_a_capture_without_ipsec)
{
	json_t *facts = json_pack("{s:i}", "ipsec_packets", 0), *nothing = json_array(), *made;
	json_t *sure = list_of(LIST({ "local.arp", "reachability", "critical", "confirmed", "", -1, 1 }));
	json_t *capture = list_of(LIST({ "local.arp", "reachability", "critical", "likely", "", -1, 1 }));

	made = rank_verdicts(nothing, sure, facts, NULL);
	ck_assert_str_eq(field(made, "id"), "local.arp");
	json_decref(made);
	json_decref(sure);

	made = rank_verdicts(nothing, capture, facts, NULL);
	ck_assert_str_eq(field(made, "id"), "nothing_to_judge");
	ck_assert_ptr_nonnull(strstr(field(made, "sentence"), "local.arp"));
	json_decref(made);
	json_object_set_new(facts, "ipsec_packets", json_integer(1));
	made = rank_verdicts(nothing, capture, facts, NULL);
	ck_assert_str_eq(field(made, "id"), "local.arp");
	json_decref(made);
	json_decref(capture);
	json_decref(nothing);
	json_decref(facts);
}
END_TEST

/* Three tunnels of one gateway; each row: the verdict, the other end, seconds. */
static json_t *common_of(const char *const ids[3], const char *const peers[3], const double starts[3], const char *culprit,
			 const char *source)
{
	json_t *tunnels = json_array(), *nothing = json_array(), *facts = json_pack("{s:[]}", "tunnels");
	json_t *capture = json_pack("{s:i}", "ipsec_packets", 5), *made;

	for (int i = 0; i < 3; i++) {
		json_array_append_new(
			tunnels, json_pack("{s:[{s:{s:s}}],s:{s:s,s:s,s:s,s:s,s:s,s:s,s:i}}", "findings", "args", "source",
					   source, "verdict", "id", ids[i], "title", "It is blocked", "severity",
					   strcmp(ids[i], "healthy") ? "critical" : "info", "confidence", "confirmed", "step",
					   "reachability", "culprit", culprit, "finding", 0));
		json_array_append_new(json_object_get(facts, "tunnels"),
				      json_pack("{s:{s:s,s:s},s:{s:f,s:f}}", "ends", "a", "198.51.100.10", "b", peers[i],
						"span", "first", starts[i], "last", starts[i] + 10));
	}
	made = rank_verdicts(tunnels, nothing, capture, facts);
	json_decref(tunnels);
	json_decref(nothing);
	json_decref(capture);
	json_decref(facts);
	return made;
}

START_TEST(tunnels_with_one_fault_at_one_end_have_one_cause)
{
	static const char *const ids[] = { "path.x", "path.x", "healthy" }, *const two[] = { "path.x", "auth.x", "healthy" };
	static const char *const peers[] = { "203.0.113.1", "203.0.113.2", "203.0.113.3" };
	static const char *const same[] = { "203.0.113.1", "203.0.113.1", "203.0.113.3" };
	static const double now[] = { 0, 5, 0 }, later[] = { 0, 50, 0 };
	const struct {
		const char *const *ids, *const *peers;
		const double *starts;
		const char *culprit, *source, *has;
	} cases[] = {
		{ ids, peers, now, "path", "", "2 of 3 tunnels show the same fault, all of them at 198.51.100.10: It is blocked." },
		{ ids, same, now, "path", "", "2 of 3 tunnels show the same fault: It is blocked." },
		{ ids, peers, now, "path", "192.0.2.7", "and 192.0.2.7 reports it for all of them" },
		{ ids, peers, later, "path", "", NULL },
		{ ids, peers, now, "both", "", NULL },
		{ two, peers, now, "path", "", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *v = common_of(cases[i].ids, cases[i].peers, cases[i].starts, cases[i].culprit, cases[i].source);
		const char *said = json_string_value(json_object_get(v, "common"));

		ck_assert_msg(cases[i].has ? said && strstr(said, cases[i].has) : !said, "%zu: %s", i, said ? said : "nothing");
		json_decref(v);
	}
}
END_TEST

START_TEST(what_nearly_ties_is_told_beside_a_possible_verdict)
{
	struct result r = rank_down(LIST({ "path.a", "reachability", "critical", "possible", "", -1, 1 },
					 { "auth.b", "authentication", "critical", "possible", "", -1, 2 },
					 { "data.c", "data", "medium", "possible", "", -1, 3 }));

	verdict_is(&r, "path.a");
	ck_assert_int_eq(json_integer_value(json_object_get(r.verdict, "rival")), 1);
	ck_assert_str_eq(field(json_array_get(r.findings, 1), "id"), "auth.b");
	clear(&r);

	r = rank_down(LIST({ "path.a", "reachability", "critical", "confirmed", "", -1, 1 },
			   { "auth.b", "authentication", "critical", "confirmed", "", -1, 2 })); /* one culprit */
	ck_assert_ptr_null(json_object_get(r.verdict, "rival"));
	clear(&r);
	r = rank_down(LIST({ "path.a", "reachability", "critical", "possible", "", -1, 1 },
			   { "auth.b", "authentication", "high", "possible", "", -1, 2 })); /* 105 of 140 */
	ck_assert_ptr_null(json_object_get(r.verdict, "rival"));
	clear(&r);
}
END_TEST

START_TEST(a_part_that_holds_nothing_says_that_it_is_a_part)
{
	json_t *capture = json_pack("{s:i}", "ipsec_packets", 0), *nothing = json_array();
	json_t *facts = json_pack("{s:b}", "filtered", 1), *made = rank_verdicts(nothing, nothing, capture, facts);

	ck_assert_str_eq(field(made, "id"), "nothing_to_judge");
	ck_assert_ptr_nonnull(strstr(field(made, "sentence"), "--peer"));
	json_decref(made);
	json_decref(facts);
	json_decref(nothing);
	json_decref(capture);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ranking");
	TCase *c = tcase_create("F");
	SRunner *runner;
	int failed;

	tcase_add_test(c, the_lowest_step_with_a_likely_fault_gives_the_verdict);
	tcase_add_test(c, what_is_only_possible_waits_behind_what_is_likely);
	tcase_add_test(c, among_the_possible_the_score_decides);
	tcase_add_test(c, on_one_step_the_score_decides_then_the_first_frame);
	tcase_add_test(c, the_order_of_the_findings_does_not_matter);
	tcase_add_test(c, a_finding_about_the_capture_is_never_the_verdict_of_a_tunnel);
	tcase_add_test(c, a_cause_removes_its_consequences_and_families_of_them);
	tcase_add_test(c, what_is_possible_does_not_hide_what_is_certain);
	tcase_add_test(c, a_cause_on_a_higher_step_explains_too_when_it_says_so);
	tcase_add_test(c, of_two_that_explain_each_other_the_lower_step_is_the_cause);
	tcase_add_test(c, a_ring_of_causes_is_cut_once);
	tcase_add_test(c, a_rule_does_not_explain_its_own_second_finding);
	tcase_add_test(c, what_blinds_the_capture_takes_findings_away);
	tcase_add_test(c, a_fault_found_in_the_capture_is_the_verdict_where_it_explains);
	tcase_add_test(c, a_mild_cause_of_a_broken_tunnel_is_the_verdict);
	tcase_add_test(c, a_hub_yields_to_a_branch_even_if_that_is_only_possible);
	tcase_add_test(c, a_hub_does_not_yield_to_a_remark_or_to_the_capture);
	tcase_add_test(c, a_tunnel_that_works_is_healthy_beside_medium_findings);
	tcase_add_test(c, a_fault_that_came_after_the_tunnel_worked_is_the_verdict);
	tcase_add_test(c, a_fault_before_the_tunnel_worked_is_past);
	tcase_add_test(c, a_past_cause_does_not_explain_a_new_fault);
	tcase_add_test(c, without_works_there_is_no_past_and_no_health);
	tcase_add_test(c, where_nothing_works_a_medium_finding_is_better_than_none);
	tcase_add_test(c, not_knowing_names_the_step_where_it_stops);
	tcase_add_test(c, a_scanner_has_no_tunnel_to_judge);
	tcase_add_test(c, the_worst_tunnel_speaks_for_the_capture);
	tcase_add_test(c, tunnels_that_all_work_are_counted_without_scanners);
	tcase_add_test(c, a_capture_without_ipsec_is_not_healthy);
	tcase_add_test(c, only_a_confirmed_fault_is_the_verdict_of_a_capture_without_ipsec);
	tcase_add_test(c, tunnels_with_one_fault_at_one_end_have_one_cause);
	tcase_add_test(c, what_nearly_ties_is_told_beside_a_possible_verdict);
	tcase_add_test(c, a_part_that_holds_nothing_says_that_it_is_a_part);
	suite_add_tcase(s, c);
	setenv("TZ", "UTC", 1);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
