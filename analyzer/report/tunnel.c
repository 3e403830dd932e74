/*
 * One tunnel: its ends, since when it works or fails, who must act, and its parts.
 */
#include "analyzer/report/parts.h"

const char *end_address(const struct subject *s, const char *side)
{
	return text_or(json_object_get(s->facts, "ends"), side, "?");
}

bool recorded_at(const struct subject *s, const char *side)
{
	const json_t *vantage = json_object_get(s->facts, "vantage");

	return is_set(vantage, "both") || is_word(vantage, "side", side);
}

static const char *name_of(const struct whole *w, const char *address)
{
	for (size_t i = 0; i < w->options->names_len; i++)
		if (!strcmp(w->options->names[i].address, address))
			return w->options->names[i].name;
	return NULL;
}

json_t *end_shown(const struct whole *w, const char *address)
{
	const char *name = name_of(w, address);

	return name ? FILLED(W_peer_named, { "name", name }, { "address", address })
		    : json_string(address);
}

/* The vendor id that names a product, of the last attempt that has one. */
static const char *product(const struct subject *s, const char *side)
{
	const json_t *attempts = json_object_get(s->facts, "attempts");
	const char *found = NULL;
	json_t *attempt, *vendor;
	size_t i, k;

	json_array_foreach(attempts, i, attempt)
		json_array_foreach(json_object_get(json_object_get(attempt, "vendors"), side), k,
				   vendor) if (is_set(vendor, "product")) found =
			text_of(vendor, "name");
	return found;
}

/* Who a side says it is, each name once, where that is not encrypted. */
static json_t *ids_document(const struct subject *s, const char *side)
{
	json_t *list = json_array(), *attempt, *known;
	size_t i, k;

	json_array_foreach(json_object_get(s->facts, "attempts"), i, attempt)
	{
		const char *id = text_of(json_object_get(json_object_get(attempt, "identities"), side), "text");
		bool new = id;

		json_array_foreach(list, k, known) new = new && strcmp(json_string_value(known), id) != 0;
		if (new)
			json_array_append_new(list, json_string(id));
	}
	return list;
}

static json_t *end_document(const struct subject *s, const char *side)
{
	const json_t *ends = json_object_get(s->facts, "ends");
	const char *address = end_address(s, side), *name = name_of(s->whole, address);
	const char *runs = product(s, side);
	bool is_a = *side == 'a';
	json_t *o = json_object();

	put(o, "address", json_string(address));
	put(o, "ports", json_array());
	put_copy(o, "ports", ends, is_a ? "ports_a" : "ports_b");
	put(o, "ids", ids_document(s, side));
	put(o, "name", name ? FILLED(W_as_given, { "given", name }) : json_null());
	put(o, "implementation", runs ? json_string(runs) : json_null());
	put_copy(o, "moved_to", ends, is_a ? "moved_a" : "moved_b");
	put(o, "recorded", json_boolean(recorded_at(s, side)));
	return o;
}

static json_t *nat_document(const struct subject *s)
{
	const json_t *nat = json_object_get(s->facts, "nat");
	json_t *o;

	if (!nat)
		return json_null();
	o = json_object();
	put_copy(o, "behind", nat, "behind");
	put_copy(o, "proof", nat, "proof");
	put_copy(o, "forced", nat, "forced");
	put_copy(o, "inside", nat, "inside");
	put(o, "frames", frame_pairs(s->whole, json_object_get(nat, "frames")));
	return o;
}

/* Second at which the first of these frames passed, or -1. */
static double first_of(const struct subject *s, const json_t *frames)
{
	const json_t *rows = json_object_get(s->facts, "messages");
	json_t *row, *frame;
	size_t i, k;

	json_array_foreach(rows, i, row)
		json_array_foreach(frames, k, frame)
			if (same_frame(s->whole, json_object_get(row, "frame"), frame))
				return real_of(row, "at");
	return -1;
}

/* Absent when nothing tells it: a tunnel that came up did not fail from its first packet on. */
static json_t *fails_from(const struct subject *s, const json_t *f)
{
	const json_t *silence = json_object_get(s->facts, "silence");
	const json_t *unanswered = json_array_get(json_object_get(s->facts, "unanswered"), 0);
	double at;

	if (silence && is_word(f, "step", "lifecycle"))
		return instant_of(s->whole, silence, "since");
	at = first_of(s, json_object_get(json_object_get(f, "evidence"), "frames"));
	if (at >= 0 && !json_object_get(s->facts, "established") && unanswered && real_of(unanswered, "first") < at)
		at = real_of(unanswered, "first"); /* what proves the fault may come later than the fault */
	if (at >= 0)
		return instant(s->whole, at);
	if (json_object_get(s->facts, "established"))
		return NULL;
	return unanswered ? instant_of(s->whole, unanswered, "first")
			  : instant_of(s->whole, json_object_get(s->facts, "span"), "first");
}

static void put_since(const struct subject *s, json_t *o)
{
	const struct whole *w = s->whole;
	json_t *f;
	size_t i;

	put(o, "came_up", instant_of(w, json_object_get(s->facts, "established"), "first"));
	if (is_fault(s->verdict)) {
		put(o, "failing_since", fails_from(s, s->cause));
		return;
	}
	put(o, "works_since", instant_of(w, json_object_get(s->facts, "works"), "since"));
	json_array_foreach(s->findings, i,
			   f) if (is_set(f, "past") && severity_rank(text_of(f, "severity")) >= 2)
	{
		put(o, "failing_since", fails_from(s, f));
		return;
	}
}

static json_t *shown_or(const struct subject *s, const char *address, const char *side)
{
	return end_shown(s->whole, address ? address : end_address(s, side));
}

/* Without a tunnel there are no two ends to name. */
static json_t *who_without_ends(const char *culprit)
{
	const char *sentence = word_named("actor", culprit, NULL);

	if (!strcmp(culprit, "local"))
		sentence = word(W_actor_local_only);
	return json_string(sentence && !strchr(sentence, '{') ? sentence : word(W_actor_unknown));
}

json_t *who_acts(const struct subject *s, const json_t *verdict)
{
	const char *culprit =
		text_or(verdict, "culprit", is_word(verdict, "id", "healthy") ? "none" : "unknown");
	const json_t *args = s && s->cause ? json_object_get(s->cause, "args") : NULL;
	const char *from = text_of(args, "sender"), *to = text_of(args, "receiver");
	const char *behind = s ? text_of(json_object_get(s->facts, "nat"), "behind") : NULL;
	bool local_b = s && recorded_at(s, "b");
	const char *sentence = word_named("actor", culprit, NULL);
	json_t *local, *peer, *start, *goal, *side, *said;
	struct text t;

	if (!s)
		return who_without_ends(culprit);
	if (!strcmp(culprit, "path") && !(from && to))
		sentence = word(W_actor_path_between);
	if (!strcmp(culprit, "nat") && !behind)
		sentence = word(W_actor_nat_between);
	local = shown_or(s, NULL, local_b ? "b" : "a");
	peer = shown_or(s, NULL, local_b ? "a" : "b");
	start = shown_or(s, from, "a");
	goal = shown_or(s, to, "b");
	side = shown_or(s, NULL, behind && *behind == 'b' ? "b" : "a");
	text_init(&t);
	WORD_FILL(&t, sentence ? sentence : word(W_actor_unknown),
		  { "local", json_string_value(local) }, { "peer", json_string_value(peer) },
		  { "from", json_string_value(start) }, { "to", json_string_value(goal) },
		  { "side", json_string_value(side) });
	said = take_string(&t);
	if (is_word(verdict, "confidence", "possible") && is_fault(verdict) && strcmp(culprit, "unknown")) {
		json_t *sure = said;

		said = FILLED(W_actor_perhaps, { "who", json_string_value(sure) });
		json_decref(sure);
	}
	json_decref(local);
	json_decref(peer);
	json_decref(start);
	json_decref(goal);
	json_decref(side);
	return said;
}

json_t *ticket_for(const json_t *verdict, const json_t *cause)
{
	const char *culprit = text_or(verdict, "culprit", "");

	if (!is_fault(verdict))
		return json_null();
	if (!strcmp(culprit, "nat") || !strcmp(culprit, "peer"))
		return json_string(culprit);
	if (text_of(json_object_get(cause, "advice"), "isp") || !strcmp(culprit, "path"))
		return json_string("path");
	return !strcmp(culprit, "both") ? json_string("peer") : json_null();
}

static json_t *findings_document(const struct subject *s)
{
	json_t *list = json_array(), *f;
	size_t i;

	json_array_foreach(s->findings, i, f) {
		json_t *o = finding_document(s->whole, f, json_object_get(s->facts, "ends")), *evidence = json_object_get(o, "evidence");

		if (f == s->cause || text_of(json_object_get(o, "advice"), "isp"))
			put(evidence, "packets", packets_document(s, json_object_get(evidence, "frames")));
		if (f == s->cause || packets_lost(s, json_object_get(evidence, "frames")))
			put(evidence, "passed", passed_document(s, f));
		if (packets_lost(s, json_object_get(evidence, "frames")))
			put(evidence, "lost", json_true());
		json_array_append_new(list, o);
	}
	return list;
}

json_t *tunnel_document(const struct subject *s)
{
	const json_t *span = json_object_get(s->facts, "span");
	json_t *o = json_object();

	put_copy(o, "id", s->facts, "id");
	put(o, "a", end_document(s, "a"));
	put(o, "b", end_document(s, "b"));
	put(o, "nat", nat_document(s));
	put(o, "ike_versions", json_array());
	put_copy(o, "ike_versions", s->facts, "versions");
	put(o, "first", instant_of(s->whole, span, "first"));
	put(o, "last", instant_of(s->whole, span, "last"));
	put_since(s, o);
	put(o, "verdict", verdict_document(s->verdict, NULL));
	put(o, "who", who_acts(s, s->verdict));
	put(o, "ticket", ticket_for(s->verdict, s->cause));
	put(o, "steps", steps_document(s));
	put(o, "findings", findings_document(s));
	put(o, "checks", checks_document(s));
	put(o, "ladder", ladder_document(s));
	put(o, "ike_sas", ike_sas_document(s));
	put_copy(o, "ike_sas_total", s->facts, "attempts_total");
	put(o, "flows", flows_document(s));
	put(o, "path", path_document(s));
	put(o, "ends", ends_document(s));
	put(o, "series", series_document(s));
	return o;
}
