/*
 * What this capture cannot show, and how to record it next time.
 */
#include "analyzer/report/parts.h"

static void add_filled(json_t *list, const char *id, const struct fill *fills, size_t n)
{
	const char *what = word_named("limit", id, "text"), *how = word_named("limit", id, "how");
	struct text t, u;

	text_init(&t);
	text_init(&u);
	word_fill(&t, what, fills, n);
	word_fill(&u, how, fills, n);
	json_array_append_new(list, json_pack("{s:s,s:o,s:o}", "id", id, "text", take_string(&t),
					      "how", take_string(&u)));
}

static void add(json_t *list, const char *id)
{
	add_filled(list, id, NULL, 0);
}

static void add_count(json_t *list, const char *id, json_int_t n)
{
	char count[24];

	snprintf(count, sizeof count, "%lld", (long long)n);
	add_filled(list, id, (const struct fill[]){ { "count", count } }, 1);
}

static bool is_unseen(const json_t *capture, const char *what)
{
	const json_t *sees = json_object_get(capture, "sees");

	return sees && !is_word(sees, what, "yes");
}

static bool any_note(const struct whole *w, const char *note)
{
	json_t *c, *n;
	size_t i, k;

	json_array_foreach(w->captures, i, c) json_array_foreach(
		json_object_get(c, "notes"), k,
		n) if (json_string_value(n) && !strcmp(json_string_value(n), note)) return true;
	return false;
}

/* Faults of the file itself. */
static void add_file(const struct whole *w, const json_t *capture, json_t *list)
{
	if (json_object_get(capture, "damaged") || any_note(w, "damaged") ||
	    any_note(w, "cut_file") || any_note(w, "cut_archive") || any_note(w, "unreadable"))
		add(list, "damaged");
	if (json_object_get(capture, "cut"))
		add_count(list, "cut", int_of(json_object_get(capture, "cut"), "count"));
	if (json_object_get(capture, "drops"))
		add_count(list, "drops", int_of(json_object_get(capture, "drops"), "count"));
	if (json_object_get(capture, "clock_jumps") || any_note(w, "time_jumps"))
		add(list, "clock_jumps");
	if (json_object_get(capture, "asa_pseudo"))
		add(list, "asa_pseudo");
	if (json_object_get(capture, "buffer_full"))
		add(list, "buffer_full");
}

/* What its filter kept out, as far as the bytes tell. */
static void add_filter(const json_t *capture, json_t *list)
{
	if (json_object_get(capture, "one_direction"))
		add(list, "one_direction");
	if ((text_of(capture, "frag_blind") && !is_word(capture, "frag_blind", "no")) ||
	    is_unseen(capture, "frags"))
		add(list, "frags");
	if (is_unseen(capture, "icmp"))
		add(list, "icmp");
	if (is_unseen(capture, "p4500"))
		add(list, "p4500");
	if (is_unseen(capture, "esp"))
		add(list, "esp");
}

struct what { /* over all tunnels */
	bool late, early, encrypted;
};

static void look_at(const json_t *tunnel, struct what *ret)
{
	const json_t *unanswered = json_object_get(tunnel, "unanswered");
	json_t *a, *x;
	size_t i, k;

	json_array_foreach(json_object_get(tunnel, "attempts"), i, a)
	{
		ret->late |= i == 0 && !is_set(a, "from_start") && !is_set(a, "rekeyed");
		json_array_foreach(json_object_get(a, "exchanges"), k, x) ret->encrypted |=
			is_set(x, "encrypted");
	}
	ret->late |= !json_array_size(json_object_get(tunnel, "attempts")) &&
		     json_object_get(tunnel, "flows");
	json_array_foreach(unanswered, i, x) ret->early |=
		json_object_get(x, "quiet") && !is_set(x, "quiet");
}

static void add_ends(const struct whole *w, const json_t *tunnels, json_t *list)
{
	const json_t *only = json_array_get(tunnels, 0);
	const char *local = text_of(json_object_get(only, "vantage"), "side");
	const char *peer;
	json_t *shown;

	if (is_set(json_object_get(only, "vantage"), "both"))
		return;
	if (json_array_size(tunnels) != 1 || !local || (*local != 'a' && *local != 'b')) {
		add(list, "one_end_any");
		return;
	}
	peer = text_of(json_object_get(only, "ends"), *local == 'a' ? "b" : "a");
	shown = end_shown(w, peer ? peer : "?");
	add_filled(list, "one_end", (const struct fill[]){ { "peer", json_string_value(shown) } },
		   1);
	json_decref(shown);
}

/* Whose commands to name, by what the local end says it is; NULL: the reader chooses. */
static const char *platform_of(const char *implementation)
{
	static const struct platform {
		const char *says, *platform;
	} known[] = {
		{ "Cisco ASA", "asa" },         { "Cisco IOS", "ios-xe" },     { "FortiGate", "fortigate" },
		{ "Juniper", "junos" },         { "strongSwan", "strongswan" }, { "Libreswan", "strongswan" },
		{ "Openswan", "strongswan" },   { "Windows", "windows" },
	};

	for (size_t i = 0; implementation && i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].says, implementation))
			return known[i].platform;
	return NULL;
}

/* The command that prints how to record, with what is known of the one tunnel. */
static void add_howto(const json_t *tunnels, json_t *list)
{
	const json_t *only = json_array_size(tunnels) == 1 ? json_array_get(tunnels, 0) : NULL;
	const json_t *ends = json_object_get(only, "ends");
	const char *local = text_of(json_object_get(only, "vantage"), "side");
	bool known = local && (*local == 'a' || *local == 'b');
	const char *platform = known ? platform_of(text_of(json_object_get(only, "implementation"), local)) : NULL;
	struct text t;

	text_init(&t);
	text_addf(&t, "ikescope howto%s%s", platform ? " " : "", platform ? platform : "");
	if (known)
		text_addf(&t, " --local %s --peer %s", text_or(ends, local, "?"),
			  text_or(ends, *local == 'a' ? "b" : "a", "?"));
	add_filled(list, "howto", (const struct fill[]){ { "command", t.at } }, 1);
	text_clear(&t);
}

static void add_tables(const struct whole *w, json_t *list)
{
	json_t *full, *trouble;
	size_t i;

	json_array_foreach(json_object_get(w->facts, "limits"), i, full)
	{
		const char *what = json_string_value(full);

		if (what && word_named("limit", what, "text"))
			add(list, what);
		else if (what)
			add_filled(list, "some", (const struct fill[]){ { "what", what } }, 1);
	}
	json_array_foreach(json_object_get(w->findings, "troubles"), i, trouble)
		add_filled(list, "rule",
			   (const struct fill[]){ { "rule", text_or(trouble, "rule", "?") } }, 1);
}

json_t *limits_document(const struct whole *w)
{
	const json_t *capture = json_object_get(w->facts, "capture");
	const json_t *tunnels = json_object_get(w->facts, "tunnels");
	json_t *list = json_array(), *tunnel;
	struct what seen = { 0 };
	size_t i;

	json_array_foreach(tunnels, i, tunnel) look_at(tunnel, &seen);
	if (!json_array_size(tunnels) && !int_of(capture, "ipsec_packets"))
		add(list, "nothing");
	if (w->options->filtered)
		add(list, "filtered");
	add_file(w, capture, list);
	if (json_array_size(tunnels)) {
		add_filter(capture, list);
		if (seen.late)
			add(list, "starts_late");
		if (seen.early)
			add(list, "ends_early");
		if (seen.encrypted)
			add(list, "encrypted");
		add_ends(w, tunnels, list);
	}
	add_tables(w, list);
	add_howto(tunnels, list);
	return list;
}
