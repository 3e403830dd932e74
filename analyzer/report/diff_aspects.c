/*
 * What is compared of two tunnels, aspect by aspect, in the order of the steps.
 *
 * An aspect gives a value of each half, as people read it, or NULL where the
 * capture does not show it: then it is not compared. Numbers that are never twice
 * the same (times) are compared roughly.
 */
#include "analyzer/report/diff.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/judge/format.h"
#include "dissect/base/mem.h"

enum { SMALL_CHANGE = 64 }; /* octets: another name, another pad */

/* The texts of a list, each once, with commas; `nothing` when it is empty. Takes the list. */
static json_t *joined(json_t *take_list, enum word nothing)
{
	struct text t;
	json_t *s;
	size_t i;

	text_init(&t);
	json_array_foreach(take_list, i, s)
	{
		text_add(&t, i ? word(W_list_comma) : "");
		text_add(&t, json_is_string(s) ? json_string_value(s) : "");
	}
	if (!t.len)
		text_add(&t, word(nothing));
	json_decref(take_list);
	return take_string(&t);
}

static void add_once(json_t *list, const char *s)
{
	json_t *known;
	size_t i;

	if (!s)
		return;
	json_array_foreach(list, i, known)
		if (!strcmp(json_string_value(known), s))
			return;
	json_array_append_new(list, json_string(s));
}

static int by_text(const void *l, const void *r)
{
	return strcmp(*(const char *const *)l, *(const char *const *)r);
}

/* In alphabetical order: the order of the wire would make differences of nothing. Takes the list. */
static json_t *sorted(json_t *take_list)
{
	const char **at = mem_zero((json_array_size(take_list) + 1) * sizeof *at);
	json_t *made = json_array(), *s;
	size_t n = 0, i;

	json_array_foreach(take_list, i, s)
		if (json_is_string(s))
			at[n++] = json_string_value(s);
	qsort(at, n, sizeof *at, by_text);
	for (i = 0; i < n; i++)
		add_once(made, at[i]);
	mem_free(at);
	json_decref(take_list);
	return made;
}

/* --- the way ----------------------------------------------------------------------------- */

static json_t *its_address(const struct diff_half *h, char side)
{
	return json_string(text_or(diff_end(h, side), "address", "?"));
}

static json_t *nat(const struct diff_half *h, char side)
{
	const json_t *nat = json_object_get(h->tunnel, "nat");
	const char *behind = text_of(nat, "behind"), *proof = text_of(nat, "proof");

	(void)side;
	if (!nat)
		return NULL;
	if (!behind || !proof || !strcmp(proof, "none"))
		return json_string(word(W_diff_nat_none));
	if (text_of(nat, "forced"))
		return json_string(word(W_diff_nat_forced));
	return FILLED(strcmp(proof, "destination") ? W_diff_nat_source : W_tunnel_nat,
		      { "side", text_or(json_object_get(h->tunnel, behind), "address", "?") });
}

static json_t *ports(const struct diff_half *h, char side)
{
	json_t *list = json_array(), *port;
	char digits[24];
	size_t i;

	json_array_foreach(json_object_get(diff_end(h, side), "ports"), i, port)
	{
		snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(port));
		add_once(list, digits);
	}
	return json_array_size(list) ? joined(list, W_diff_none) : (json_decref(list), NULL);
}

static json_t *icmp(const struct diff_half *h, char side)
{
	json_t *list = json_array(), *g;
	size_t i;

	(void)side;
	json_array_foreach(json_object_get(json_object_get(h->tunnel, "path"), "icmp"), i, g)
	{
		json_t *one = FILLED(W_diff_icmp_one, { "name", text_or(g, "name", "?") },
				     { "source", text_or(g, "source", "?") });

		add_once(list, json_string_value(one));
		json_decref(one);
	}
	return joined(sorted(list), W_diff_none);
}

static json_t *resends(const struct diff_half *h, char side)
{
	json_int_t n = 0;
	json_t *sa, *x;
	size_t i, k;

	(void)side;
	json_array_foreach(json_object_get(h->tunnel, "ike_sas"), i, sa)
		json_array_foreach(json_object_get(sa, "exchanges"), k, x)
		{
			json_int_t sends = int_of(json_object_get(x, "request"), "sends");

			n += sends > 1 ? sends - 1 : 0;
		}
	return n ? counted(W_diff_resends_one, (uint64_t)n) : json_string(word(W_diff_resends_none));
}

static json_t *hops(const struct diff_half *h, char side)
{
	const json_t *of = json_object_get(json_object_get(h->tunnel, "path"), "hop_limits");
	json_int_t limit = int_of(json_object_get(of, diff_side(h, side)), "max");
	char digits[24];

	if (!limit)
		return NULL;
	snprintf(digits, sizeof digits, "%lld", (long long)limit);
	return json_string(digits);
}

static json_t *marks(const struct diff_half *h, char side)
{
	const json_t *of = json_object_get(json_object_get(h->tunnel, "path"), "marks");
	json_t *list = json_array(), *m;
	char digits[24];
	size_t i;

	json_array_foreach(json_object_get(of, diff_side(h, side)), i, m)
	{
		snprintf(digits, sizeof digits, "%lld", (long long)int_of(m, "dscp"));
		add_once(list, digits);
	}
	return json_array_size(list) ? joined(sorted(list), W_diff_none) : (json_decref(list), NULL);
}

static json_t *largest(const struct diff_half *h, char side)
{
	bool a = *diff_side(h, side) == 'a';
	json_int_t n = int_of(json_object_get(h->tunnel, "path"), a ? "largest_sent" : "largest_seen");
	struct text t;

	if (!n)
		return NULL;
	text_init(&t);
	format_bytes(&t, (uint64_t)n);
	return take_string(&t);
}

static json_t *trains(const struct diff_half *h, char side)
{
	const json_t *of = json_object_get(json_object_get(h->tunnel, "path"), "fragments");
	const json_t *d = json_object_get(of, diff_side(h, side));
	json_int_t n = int_of(d, "trains"), whole = int_of(d, "whole");
	struct text count;
	json_t *said;

	if (!n)
		return json_string(word(W_diff_trains_none));
	text_init(&count);
	format_count(&count, (uint64_t)whole, (uint64_t)n);
	said = whole == n ? json_string(word(W_diff_trains_whole)) : FILLED(W_diff_trains_some, { "count", count.at });
	text_clear(&count);
	return said;
}

/* --- negotiation --------------------------------------------------------------------------- */

static json_t *version(const struct diff_half *h, char side)
{
	const char *mode = text_of(h->sa, "mode");

	(void)side;
	return mode ? json_string(word_named("diff_mode", mode, NULL)) : NULL;
}

static json_t *initiator(const struct diff_half *h, char side)
{
	const char *who = text_of(h->sa, "initiator");

	(void)side;
	return who ? json_string(text_or(json_object_get(h->tunnel, who), "address", "?")) : NULL;
}

/* The transforms that any offer names: a proposal is their names with strokes between. */
static json_t *offered_list(const struct diff_half *h)
{
	json_t *list = json_array(), *proposal;
	size_t i;

	json_array_foreach(json_object_get(h->sa, "offered"), i, proposal)
	{
		const char *said = json_string_value(proposal);
		char *copy = mem_string(said ? said : ""), *rest, *word_at;

		for (word_at = strtok_r(copy, "/", &rest); word_at; word_at = strtok_r(NULL, "/", &rest))
			add_once(list, word_at);
		mem_free(copy);
	}
	return sorted(list);
}

static json_t *proposals(const struct diff_half *h, char side)
{
	size_t n = json_array_size(json_object_get(h->sa, "offered"));

	(void)side;
	return n ? counted(W_diff_proposals_one, n) : NULL;
}

static json_t *chosen(const struct diff_half *h, char side)
{
	const char *text = text_of(h->sa, "chosen");

	(void)side;
	return text ? json_string(text) : h->sa ? json_string(word(W_diff_nothing)) : NULL;
}

static json_t *runs(const struct diff_half *h, char side)
{
	const char *product = text_of(diff_end(h, side), "implementation");

	return product ? json_string(product) : NULL;
}

static json_t *of_side(const struct diff_half *h, const char *key, char side)
{
	return json_object_get(json_object_get(h->sa, key), diff_side(h, side));
}

/* A side that sent nothing, or a refusal, says nothing of itself either. */
static bool spoke(const struct diff_half *h, char side)
{
	const json_t *x = json_array_get(json_object_get(h->sa, "exchanges"), 0);
	bool asked = is_word(x, "from", diff_side(h, side));

	return asked ? json_is_object(json_object_get(x, "request")) : is_word(x, "outcome", "answered");
}

static json_t *fragmentation(const struct diff_half *h, char side)
{
	const json_t *offers = of_side(h, "fragmentation", side);

	if (!offers || !spoke(h, side))
		return NULL;
	return json_string(word(json_is_true(offers) ? W_diff_offered_yes : W_diff_offered_no));
}

static json_t *refusals(const struct diff_half *h, char side)
{
	json_t *list = json_array(), *n;
	size_t i;

	json_array_foreach(json_object_get(h->sa, "notices"), i, n)
		if (is_word(n, "kind", "error") && is_word(n, "from", diff_side(h, side)))
			add_once(list, text_of(n, "name"));
	return joined(sorted(list), W_diff_none);
}

/* --- authentication -------------------------------------------------------------------------- */

static json_t *identity(const struct diff_half *h, char side)
{
	json_t *ids = json_object_get(diff_end(h, side), "ids");

	return json_array_size(ids) ? joined(sorted(json_incref(ids)), W_diff_none) : NULL;
}

static json_t *certificates(const struct diff_half *h, char side)
{
	json_t *list = json_array(), *c;
	size_t i;

	json_array_foreach(of_side(h, "certificates", side), i, c)
	{
		json_t *one = FILLED(W_diff_certificate, { "subject", text_or(c, "subject", "?") },
				     { "issuer", text_or(c, "issuer", "?") },
				     { "serial", text_or(c, "serial", "?") });

		add_once(list, json_string_value(one));
		json_decref(one);
	}
	return json_array_size(list) ? joined(sorted(list), W_diff_none) : (json_decref(list), NULL);
}

static json_t *stage(const struct diff_half *h, char side)
{
	const char *reached = text_of(h->sa, "stage");

	(void)side;
	return reached ? json_string(word_named("diff_stage", reached, NULL)) : NULL;
}

/* --- data and life ----------------------------------------------------------------------------- */

static json_t *encapsulation(const struct diff_half *h, char side)
{
	json_t *list = json_array(), *f;
	size_t i;

	(void)side;
	json_array_foreach(json_object_get(h->tunnel, "flows"), i, f)
	{
		json_t *one = FILLED(W_diff_carried, { "protocol", text_or(f, "protocol", "?") },
				     { "carrier", text_or(f, "encapsulation", "?") });

		add_once(list, json_string_value(one));
		json_decref(one);
	}
	return json_array_size(list) ? joined(sorted(list), W_diff_none) : (json_decref(list), NULL);
}

static json_int_t sum_of(const struct diff_half *h, char side, const char *key)
{
	const char *way = *diff_side(h, side) == 'a' ? "a_to_b" : "b_to_a";
	json_int_t n = 0;
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(h->tunnel, "flows"), i, f)
		n += is_word(f, "direction", way) ? int_of(f, key) : 0;
	return n;
}

static json_t *data(const struct diff_half *h, char side)
{
	if (h->sa && !is_word(h->sa, "stage", "established")) /* that none flows goes without saying */
		return NULL;
	return json_string(word(sum_of(h, side, "packets") ? W_diff_data_some : W_diff_data_none));
}

static json_t *loss(const struct diff_half *h, char side)
{
	json_int_t packets = sum_of(h, side, "packets"), lost = sum_of(h, side, "lost");

	if (!packets)
		return NULL;
	return json_string(word(lost * 200 > packets ? W_diff_loss_some : W_diff_loss_none));
}

static json_t *attempts(const struct diff_half *h, char side)
{
	size_t n = json_array_size(json_object_get(h->tunnel, "ike_sas"));
	json_int_t total = int_of(h->tunnel, "ike_sas_total");

	(void)side;
	return counted(W_diff_attempts_one, total ? (uint64_t)total : n);
}

static json_t *deleted(const struct diff_half *h, char side)
{
	const char *by = text_of(json_object_get(h->sa, "deleted"), "by");

	(void)side;
	if (!h->sa)
		return NULL;
	return by ? FILLED(W_diff_deleted_by, { "side", text_or(json_object_get(h->tunnel, by), "address", "?") })
		  : json_string(word(W_diff_deleted_no));
}

/* --- the table ------------------------------------------------------------------------------- */

static const struct aspect {
	const char *id, *step; /* the sentences are diff_ID and same_ID of words.def */
	json_t *(*value)(const struct diff_half *h, char side);
	bool by_side;
	bool minor;            /* differs between any two captures, and seldom matters */
	bool same_place;       /* compared only when both were recorded at the same end */
} aspects[] = {
	{ "address", "reachability", its_address, true, false, false },
	{ "nat", "reachability", nat, false, false, true },
	{ "ports", "reachability", ports, true, true, false },
	{ "hops", "reachability", hops, true, false, true },
	{ "marks", "reachability", marks, true, false, false },
	{ "icmp", "reachability", icmp, false, false, false },
	{ "resends", "reachability", resends, false, false, false },
	{ "trains", "reachability", trains, true, false, false },
	{ "largest", "reachability", largest, true, true, false },
	{ "version", "negotiation", version, false, false, false },
	{ "initiator", "negotiation", initiator, false, false, false },
	{ "proposals", "negotiation", proposals, false, true, false },
	{ "chosen", "negotiation", chosen, false, false, false },
	{ "runs", "negotiation", runs, true, false, false },
	{ "fragmentation", "negotiation", fragmentation, true, false, false },
	{ "refusals", "negotiation", refusals, true, false, false },
	{ "identity", "authentication", identity, true, false, false },
	{ "certificates", "authentication", certificates, true, false, false },
	{ "stage", "authentication", stage, false, false, false },
	{ "encapsulation", "data", encapsulation, false, false, false },
	{ "data", "data", data, true, false, false },
	{ "loss", "data", loss, true, false, false },
	{ "attempts", "lifecycle", attempts, false, true, false },
	{ "deleted", "lifecycle", deleted, false, true, false },
};

struct differ { const struct diff_pair *pair; json_t *differences, *same; };

/* Says it where it belongs. Takes the values and the frames; none may be NULL. */
static void tell(struct differ *d, const struct aspect *a, bool differs, json_t *take_text, json_t *take_good,
		 json_t *take_bad, json_t *take_frames)
{
	json_t *o = json_object();

	put(o, "id", json_string(a->id));
	put(o, "step", json_string(a->step));
	put(o, "text", take_text);
	if (differs) {
		put(o, "minor", json_boolean(a->minor));
		put(o, "good", take_good);
		put(o, "bad", take_bad);
		put(o, "frames", take_frames);
	} else {
		put(o, "value", take_good);
		json_decref(take_bad);
		json_decref(take_frames);
	}
	json_array_append_new(differs ? d->differences : d->same, o);
}

static bool at_one_place(const struct diff_pair *p)
{
	return is_set(diff_end(&p->good, 'a'), "recorded") == is_set(diff_end(&p->bad, 'a'), "recorded") &&
	       is_set(diff_end(&p->good, 'b'), "recorded") == is_set(diff_end(&p->bad, 'b'), "recorded");
}

static json_t *end_name(const struct diff_half *h, char side)
{
	const json_t *end = diff_end(h, side);
	const char *name = text_of(end, "name"), *address = text_or(end, "address", "?");

	return name ? FILLED(W_peer_named, { "name", name }, { "address", address }) : json_string(address);
}

static void compare(struct differ *d, const struct aspect *a, char side)
{
	json_t *good = a->value(&d->pair->good, side), *bad = a->value(&d->pair->bad, side);
	bool differs = !json_equal(good, bad);
	const char *said = word_named(differs ? "diff" : "same", a->id, NULL);
	json_t *name = end_name(&d->pair->bad, side);
	struct text t;

	if (!good || !bad || !said || (a->same_place && !at_one_place(d->pair))) {
		json_decref(good);
		json_decref(bad);
	} else {
		text_init(&t);
		WORD_FILL(&t, said, { "side", json_string_value(name) }, { "good", json_string_value(good) },
			  { "bad", json_string_value(bad) }, { "value", json_string_value(good) });
		tell(d, a, differs, take_string(&t), good, bad, json_array());
	}
	json_decref(name);
}

/* Transform by transform: what only one of them offers. */
static json_t *lacking(const json_t *list, const json_t *other)
{
	json_t *left = json_array(), *x, *y;
	size_t i, k;

	json_array_foreach(list, i, x)
	{
		bool there = false;

		json_array_foreach(other, k, y) there |= json_equal(x, y);
		if (!there)
			json_array_append(left, x);
	}
	return left;
}

/* Takes the lists: nothing is said of what one of them does not show. */
static void compare_lists(struct differ *d, const struct aspect *a, char side, json_t *take_good, json_t *take_bad)
{
	json_t *only_good = lacking(take_good, take_bad), *only_bad = lacking(take_bad, take_good);
	bool more = json_array_size(only_good), less = json_array_size(only_bad), differs = more || less;
	json_t *g = joined(differs ? only_good : json_incref(take_good), W_diff_none);
	json_t *b = joined(only_bad, W_diff_none), *name = end_name(&d->pair->bad, side);
	const char *said = word_named(differs ? "diff" : "same", a->id,
				      !differs ? NULL : !less ? "good" : !more ? "bad" : "both");
	struct text t;

	if (!differs)
		json_decref(only_good);
	text_init(&t);
	WORD_FILL(&t, said ? said : "", { "side", json_string_value(name) }, { "good", json_string_value(g) },
		  { "bad", json_string_value(b) }, { "value", json_string_value(g) });
	tell(d, a, differs, take_string(&t), g, b, json_array());
	json_decref(name);
	json_decref(take_good);
	json_decref(take_bad);
}

static void compare_offers(struct differ *d)
{
	static const struct aspect a = { .id = "offered", .step = "negotiation" };
	json_t *good = offered_list(&d->pair->good), *bad = offered_list(&d->pair->bad);

	if (json_array_size(good) && json_array_size(bad)) {
		compare_lists(d, &a, 'a', good, bad);
		return;
	}
	json_decref(good);
	json_decref(bad);
}

static void compare_vendors(struct differ *d, char side)
{
	static const struct aspect a = { .id = "vendors", .step = "negotiation" };
	json_t *good = of_side(&d->pair->good, "vendor_ids", side), *bad = of_side(&d->pair->bad, "vendor_ids", side);

	if (spoke(&d->pair->good, side) && spoke(&d->pair->bad, side) &&
	    (json_array_size(good) || json_array_size(bad)))
		compare_lists(d, &a, side, sorted(json_incref(good)), sorted(json_incref(bad)));
}

/* --- exchange by exchange ---------------------------------------------------------------------- */

/* "464 bytes", "2,032 bytes in 2 IP fragments", "2 IKE fragments of up to 1,268 bytes" */
static json_t *size_of(const json_t *half)
{
	json_int_t ip = int_of(half, "fragments"), ike = int_of(half, "ike_fragments");
	struct text bytes, count;
	json_t *said;

	if (!json_is_object(half))
		return NULL;
	text_init(&bytes);
	text_init(&count);
	format_bytes(&bytes, (uint64_t)int_of(half, "ip_bytes"));
	format_count(&count, (uint64_t)(ike > 1 ? ike : ip), 0);
	said = FILLED(ike > 1  ? W_diff_size_ike
		      : ip > 1 ? W_diff_size_ip
			       : W_as_given,
		      { "given", bytes.at }, { "bytes", bytes.at }, { "count", count.at });
	text_clear(&bytes);
	text_clear(&count);
	return said;
}

static bool cut(const json_t *half)
{
	return int_of(half, "fragments") > 1 || int_of(half, "ike_fragments") > 1;
}

static const char *step_of(const json_t *exchange)
{
	static const char *const agreeing[] = { "IKE_SA_INIT", "MAIN_1", "MAIN_3", "AGGRESSIVE_1" };

	for (size_t i = 0; i < sizeof agreeing / sizeof *agreeing; i++)
		if (is_word(exchange, "type", agreeing[i]))
			return "negotiation";
	return "authentication";
}

static json_t *frames_of(const struct differ *d, const json_t *good, const json_t *bad)
{
	json_t *frames = diff_frames(&d->pair->good, good), *more = diff_frames(&d->pair->bad, bad);

	json_array_extend(frames, more);
	json_decref(more);
	return frames;
}

static void compare_sizes(struct differ *d, const json_t *good, const json_t *bad, const char *key, const char *id)
{
	const json_t *g = json_object_get(good, key), *b = json_object_get(bad, key);
	struct aspect a = { .id = id, .step = step_of(good) };
	json_t *size = size_of(g), *other = size_of(b), *name;
	bool differs = !json_equal(size, other);
	struct text t;

	if (!size || !other) {
		json_decref(size);
		json_decref(other);
		return;
	}
	a.minor = cut(g) == cut(b) && llabs(int_of(g, "ip_bytes") - int_of(b, "ip_bytes")) < SMALL_CHANGE;
	name = diff_exchange_name(&d->pair->good, good);
	text_init(&t);
	WORD_FILL(&t, word_named(differs ? "diff" : "same", id, NULL), { "exchange", json_string_value(name) },
		  { "good", json_string_value(size) }, { "bad", json_string_value(other) },
		  { "value", json_string_value(size) });
	tell(d, &a, differs, take_string(&t), size, other, frames_of(d, good, bad));
	json_decref(name);
}

/* Seconds from a request that was sent once to its answer; below 0: that cannot be told. */
static double delay_of(const json_t *exchange)
{
	const json_t *asked = json_object_get(exchange, "request"), *said = json_object_get(exchange, "response");
	const char *from = text_of(asked, "first"), *to = text_of(said, "first");

	return from && to && int_of(asked, "sends") == 1 ? (double)(ns_of(to) - ns_of(from)) * 1e-9 : -1;
}

static json_t *duration_text(double seconds)
{
	struct text t;

	text_init(&t);
	format_duration(&t, seconds);
	return take_string(&t);
}

/* Roughly: at least twice as long, and more than a person's notion of at once. */
static void compare_delays(struct differ *d, const json_t *good, const json_t *bad)
{
	struct aspect a = { .id = "delay", .step = "reachability" };
	double g = delay_of(good), b = delay_of(bad);
	double less = g < b ? g : b, more = g < b ? b : g;
	bool differs = more > 2 * less && more - less > 0.02;
	json_t *name, *quick, *slow;
	struct text t;

	if (g < 0 || b < 0 || !at_one_place(d->pair))
		return;
	name = diff_exchange_name(&d->pair->good, good);
	quick = duration_text(g);
	slow = duration_text(b);
	text_init(&t);
	WORD_FILL(&t, word(differs ? W_diff_delay : W_same_delay), { "exchange", json_string_value(name) },
		  { "good", json_string_value(quick) }, { "bad", json_string_value(slow) });
	tell(d, &a, differs, take_string(&t), quick, slow, frames_of(d, good, bad));
	json_decref(name);
}

static void compare_exchanges(struct differ *d)
{
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(d->pair->good.sa, "exchanges"), i, x)
	{
		const json_t *bad = diff_counterpart(&d->pair->bad, &d->pair->good, x);

		if (!diff_sets_up(x) || !bad)
			continue;
		compare_sizes(d, x, bad, "request", "request");
		compare_sizes(d, x, bad, "response", "response");
		compare_delays(d, x, bad);
	}
}

json_t *diff_aspects(const struct diff_pair *p, json_t *same)
{
	struct differ d = { .pair = p, .differences = json_array(), .same = same };

	for (size_t i = 0; i < sizeof aspects / sizeof *aspects; i++)
		for (char side = 'a'; side <= (aspects[i].by_side ? 'b' : 'a'); side++)
			compare(&d, &aspects[i], side);
	compare_offers(&d);
	compare_vendors(&d, 'a');
	compare_vendors(&d, 'b');
	compare_exchanges(&d);
	return d.differences;
}
