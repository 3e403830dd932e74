/*
 * What was looked at and is fine. Only what the capture is able to show counts:
 * an absence is a check passed where its presence would have been recorded.
 */
#include "analyzer/report/parts.h"

enum { RESENT = 1, UNANSWERED = 2 };

static bool capture_sees(const struct subject *s, const char *what)
{
	const json_t *capture = json_object_get(s->whole->facts, "capture");

	return is_word(json_object_get(capture, "sees"), what, "yes");
}

static void passed(json_t *list, const char *id, const struct fill *fills, size_t n)
{
	struct text t;

	text_init(&t);
	word_fill(&t, word_named("check", id, NULL), fills, n);
	json_array_append_new(list, json_pack("{s:s,s:o}", "id", id, "text", take_string(&t)));
}

static void check_answers(const struct subject *s, json_t *list)
{
	const json_t *attempts = json_object_get(s->facts, "attempts");
	unsigned asked = 0, bad = 0;
	json_t *a, *x;
	size_t i, k;

	json_array_foreach(attempts, i, a) json_array_foreach(json_object_get(a, "exchanges"), k, x)
	{
		if (!is_set(x, "expects_answer") || !int_of(x, "sends"))
			continue;
		asked += 1;
		bad |= (int_of(x, "sends") > 1 ? RESENT : 0) |
		       (is_set(x, "answered") ? 0 : UNANSWERED);
	}
	if (asked && !(bad & UNANSWERED))
		passed(list, bad & RESENT ? "all_answered" : "answered_at_once", NULL, 0);
	if (asked && !(bad & UNANSWERED) && !json_object_get(s->facts, "refused"))
		passed(list, "no_refusal", NULL, 0);
}

static void check_agreement(const struct subject *s, json_t *list)
{
	const json_t *attempts = json_object_get(s->facts, "attempts");
	const char *suite = NULL;
	json_t *a;
	size_t i;

	json_array_foreach(attempts, i, a) if (text_of(a, "chosen")) suite = text_of(a, "chosen");
	if (suite)
		passed(list, "one_proposal", (const struct fill[]){ { "suite", suite } }, 1);
	if (json_object_get(s->facts, "established"))
		passed(list, "up", NULL, 0);
}

static void check_nat(const struct subject *s, json_t *list)
{
	const json_t *nat = json_object_get(s->facts, "nat");

	if (nat && !json_object_get(nat, "behind") && !json_object_get(nat, "forced"))
		passed(list, "no_nat", NULL, 0);
	if (nat && json_object_get(nat, "behind") && !json_object_get(s->facts, "mapping"))
		passed(list, "mapping", NULL, 0);
}

static void check_path(const struct subject *s, json_t *list)
{
	const json_t *fragments = json_object_get(s->facts, "fragments");
	json_int_t trains = 0, whole = 0;
	char count[24];

	for (const char *side = "ab"; *side; side++) {
		const json_t *d = json_object_get(fragments, (char[]){ *side, 0 });

		trains += int_of(d, "trains");
		whole += int_of(d, "whole");
	}
	snprintf(count, sizeof count, "%lld", (long long)whole);
	if (!trains && capture_sees(s, "frags"))
		passed(list, "no_fragments", NULL, 0);
	if (trains && whole == trains)
		passed(list, "fragments_whole", (const struct fill[]){ { "count", count } }, 1);
	if (!json_object_get(s->facts, "icmp") && capture_sees(s, "icmp"))
		passed(list, "no_icmp", NULL, 0);
}

static void check_data(const struct subject *s, json_t *list)
{
	const json_t *flows = json_object_get(s->facts, "flows"),
		     *data = json_object_get(s->facts, "data");
	json_int_t out = int_of(json_object_get(data, "a"), "packets");
	json_int_t in = int_of(json_object_get(data, "b"), "packets"), lost = 0;
	char count[24], a[24], b[24];
	json_t *f;
	size_t i;

	json_array_foreach(flows, i, f) lost += int_of(f, "lost");
	snprintf(count, sizeof count, "%zu", json_array_size(flows));
	snprintf(a, sizeof a, "%lld", (long long)out);
	snprintf(b, sizeof b, "%lld", (long long)in);
	if (out && in)
		passed(list, "data_both_ways",
		       (const struct fill[]){ { "a_packets", a }, { "b_packets", b } }, 2);
	if (json_array_size(flows) && !lost)
		passed(list, json_array_size(flows) == 1 ? "no_gap_one" : "no_gap_many",
		       (const struct fill[]){ { "count", count } }, 1);
}

json_t *checks_document(const struct subject *s)
{
	json_t *list = json_array();

	check_answers(s, list);
	check_agreement(s, list);
	check_nat(s, list);
	check_path(s, list);
	check_data(s, list);
	return list;
}
