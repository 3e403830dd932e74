/*
 * Where two tunnels part for the first time: the first exchange that goes another way.
 */
#include "analyzer/report/diff.h"

#include "analyzer/judge/format.h"

/* Seconds from the last send before the answer to it; below 0: there is no answer. */
static double answer_after(const json_t *exchange)
{
	const json_t *asked = json_object_get(exchange, "request"), *said = json_object_get(exchange, "response");
	const char *from = text_of(asked, "first"), *to = text_of(said, "first");

	return from && to ? (double)(ns_of(to) - ns_of(from)) * 1e-9 : -1;
}

static void add_number(struct text *t, json_int_t n)
{
	format_count(t, (uint64_t)(n > 0 ? n : 0), 0);
}

/* `token` with all that a sentence of this file may want to say of the two. */
static json_t *sentence(const struct diff_pair *p, const char *token, const json_t *good, const json_t *bad)
{
	const char *said = word_named("diff_parted", token, NULL);
	json_t *name = diff_exchange_name(good ? &p->good : &p->bad, good ? good : bad);
	const json_t *asked = json_object_get(bad, "request");
	struct text t, delay, sends, bytes, other;

	text_init(&t);
	text_init(&delay);
	text_init(&sends);
	text_init(&bytes);
	text_init(&other);
	if (answer_after(good) >= 0)
		format_duration(&delay, answer_after(good));
	add_number(&sends, int_of(asked, "sends"));
	format_bytes(&bytes, (uint64_t)int_of(json_object_get(good, "response"), "bytes"));
	format_bytes(&other, (uint64_t)int_of(json_object_get(bad, "response"), "bytes"));
	WORD_FILL(&t, said ? said : "", { "exchange", json_string_value(name) }, { "delay", delay.at },
		  { "sends", sends.at }, { "name", text_or(bad, "refused", "?") }, { "good", bytes.at },
		  { "bad", other.at });
	text_clear(&delay);
	text_clear(&sends);
	text_clear(&bytes);
	text_clear(&other);
	json_decref(name);
	return take_string(&t);
}

static json_t *parting(const struct diff_pair *p, const char *kind, const json_t *good, const json_t *bad)
{
	const json_t *asked = json_object_get(bad, "request");
	json_t *o = json_object(), *frames = diff_frames(&p->good, good), *more = diff_frames(&p->bad, bad);

	json_array_extend(frames, more);
	json_decref(more);
	put(o, "kind", json_string(kind));
	put_copy(o, "exchange", good ? good : bad, "type");
	put(o, "text", sentence(p, kind, good, bad));
	put_copy(o, "at", asked, "first");
	put(o, "frames", frames);
	return o;
}

/* How the answer fares in BAD, where GOOD has one; NULL when no worse. */
static const char *worse(const json_t *bad)
{
	if (!bad)
		return "missing";
	if (is_word(bad, "outcome", "refused"))
		return "refused";
	if (is_word(bad, "outcome", "incomplete"))
		return "incomplete";
	if (is_word(bad, "outcome", "no_answer") || is_word(bad, "outcome", "open"))
		return int_of(json_object_get(bad, "request"), "sends") > 1 ? "no_answer" : "no_answer_once";
	return NULL;
}

static json_t *in_setup(const struct diff_pair *p)
{
	bool up = is_word(p->good.sa, "stage", "established") && !is_word(p->bad.sa, "stage", "established");
	const json_t *last = NULL, *last_bad = NULL;
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(p->good.sa, "exchanges"), i, x)
	{
		const json_t *bad = diff_counterpart(&p->bad, &p->good, x);
		const char *kind = worse(bad);

		if (!diff_sets_up(x) || !diff_answered(x))
			continue;
		if (kind && (bad || (last && up)))
			return parting(p, kind, x, bad);
		if (!bad) /* not recorded from its start, or done another way */
			continue;
		last = x;
		last_bad = bad;
	}
	if (!up || !last || !json_object_get(last, "response") || !json_object_get(last_bad, "response"))
		return NULL;
	return parting(p, "answer", last, last_bad);
}

/* After set-up: the first exchange of BAD that fails, when none of GOOD does. */
static json_t *later(const struct diff_pair *p)
{
	const json_t *sas = json_object_get(p->bad.tunnel, "ike_sas");
	json_t *sa, *x;
	size_t i, k;

	json_array_foreach(json_object_get(p->good.tunnel, "ike_sas"), i, sa)
		json_array_foreach(json_object_get(sa, "exchanges"), k, x)
			if (worse(x))
				return NULL;
	json_array_foreach(sas, i, sa)
		json_array_foreach(json_object_get(sa, "exchanges"), k, x)
			if (worse(x)) {
				struct diff_pair q = *p;
				bool refused = is_word(x, "outcome", "refused");

				q.bad.sa = sa;
				return parting(&q, refused ? "later_refused" : "later_no_answer", NULL, x);
			}
	return NULL;
}

/* Packets of ESP and AH from that side. */
static json_int_t data_from(const struct diff_half *h, char side)
{
	const char *way = *diff_side(h, side) == 'a' ? "a_to_b" : "b_to_a";
	json_int_t n = 0;
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(h->tunnel, "flows"), i, f)
		n += is_word(f, "direction", way) ? int_of(f, "packets") : 0;
	return n;
}

static json_t *in_data(const struct diff_pair *p)
{
	for (char side = 'a'; side <= 'b'; side++) {
		char other = side == 'a' ? 'b' : 'a';
		struct text t;
		json_t *o;

		if (!data_from(&p->good, side) || data_from(&p->bad, side) || !data_from(&p->bad, other))
			continue;
		text_init(&t);
		WORD_FILL(&t, word(W_diff_parted_data), { "side", text_or(diff_end(&p->bad, side), "address", "?") },
			  { "other", text_or(diff_end(&p->bad, other), "address", "?") });
		o = json_object();
		put(o, "kind", json_string("data"));
		put(o, "text", take_string(&t));
		put(o, "frames", json_array());
		return o;
	}
	return NULL;
}

/* No message goes another way, and still BAD fails: what the report on it says stands alone. */
static json_t *by_verdict(const struct diff_pair *p)
{
	json_t *o;

	if (!is_fault(json_object_get(p->bad.tunnel, "verdict")))
		return NULL;
	o = json_object();
	put(o, "kind", json_string("verdict"));
	put(o, "text", json_string(word(W_diff_parted_verdict)));
	put(o, "frames", json_array());
	return o;
}

static const char *mode_of(const struct diff_half *h)
{
	return word_named("diff_mode", text_or(h->sa, "mode", ""), NULL);
}

static json_t *in_mode(const struct diff_pair *p)
{
	const char *good = mode_of(&p->good), *bad = mode_of(&p->bad);
	const json_t *x = json_array_get(json_object_get(p->good.sa, "exchanges"), 0);
	const json_t *y = json_array_get(json_object_get(p->bad.sa, "exchanges"), 0);
	json_t *o;

	if (!good || !bad || !strcmp(good, bad) || !diff_sets_up(x) || !diff_sets_up(y))
		return NULL;
	o = parting(p, "mode", x, y);
	put(o, "text", FILLED(W_diff_parted_mode, { "good", good }, { "bad", bad }));
	return o;
}

json_t *diff_parting(const struct diff_pair *p)
{
	json_t *found = in_mode(p);

	if (!found)
		found = in_setup(p);
	if (!found && is_fault(json_object_get(p->bad.tunnel, "verdict")))
		found = later(p);
	if (!found)
		found = in_data(p);
	return found ? found : by_verdict(p);
}
