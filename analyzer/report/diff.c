/*
 * Two reports beside each other: which tunnels belong together, where they part, what differs.
 */
#include "analyzer/report/diff.h"

#include "dissect/base/mem.h"

const char *diff_side(const struct diff_half *h, char side)
{
	return (side == 'a') != h->swapped ? "a" : "b";
}

const json_t *diff_end(const struct diff_half *h, char side)
{
	return json_object_get(h->tunnel, diff_side(h, side));
}

/* Whether the initiator of the SA began it. */
static bool by_initiator(const struct diff_half *h, const json_t *exchange)
{
	return is_word(exchange, "from", text_or(h->sa, "initiator", "a"));
}

bool diff_sets_up(const json_t *exchange)
{
	static const char *const names[] = { "IKE_SA_INIT",  "IKE_AUTH",     "MAIN_1",  "MAIN_3",  "MAIN_5",
					     "AGGRESSIVE_1", "AGGRESSIVE_3", "QUICK_1", "QUICK_3", "TRANSACTION" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_word(exchange, "type", names[i]))
			return true;
	return false;
}

bool diff_answered(const json_t *exchange)
{
	return is_word(exchange, "outcome", "answered") || is_word(exchange, "outcome", "sent");
}

static bool same_kind(const struct diff_half *g, const json_t *x, const struct diff_half *h, const json_t *y)
{
	return !strcmp(text_or(x, "type", ""), text_or(y, "type", "?")) &&
	       by_initiator(g, x) == by_initiator(h, y);
}

/* The how-manieth of its kind this exchange is, from 1. */
static unsigned ordinal(const struct diff_half *h, const json_t *exchange)
{
	unsigned n = 0;
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(h->sa, "exchanges"), i, x)
	{
		n += same_kind(h, x, h, exchange);
		if (x == exchange)
			break;
	}
	return n;
}

const json_t *diff_counterpart(const struct diff_half *h, const struct diff_half *of, const json_t *exchange)
{
	unsigned left = ordinal(of, exchange);
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(h->sa, "exchanges"), i, x)
		if (same_kind(of, exchange, h, x) && !--left)
			return x;
	return NULL;
}

json_t *diff_exchange_name(const struct diff_half *h, const json_t *exchange)
{
	const char *type = text_or(exchange, "type", "?"), *name = word_named("asks", type, NULL);
	const char *family = word_named("family", type, NULL);
	unsigned n = ordinal(h, exchange);
	char digits[16];

	snprintf(digits, sizeof digits, "%u", n);
	name = name ? name : family ? family : type;
	return n > 1 ? FILLED(W_diff_nth, { "exchange", name }, { "n", digits }) : json_string(name);
}

static void add_first_frame(json_t *list, const struct diff_half *h, const json_t *half)
{
	const json_t *frame = json_array_get(json_array_get(json_object_get(half, "frames"), 0), 1);

	if (frame)
		json_array_append_new(list, json_pack("[i,I]", h->capture, json_integer_value(frame)));
}

json_t *diff_frames(const struct diff_half *h, const json_t *exchange)
{
	json_t *list = json_array();

	add_first_frame(list, h, json_object_get(exchange, "request"));
	add_first_frame(list, h, json_object_get(exchange, "response"));
	return list;
}

/* --- the IKE SA to compare ----------------------------------------------------------- */

static bool comes_up(const json_t *sa)
{
	return is_word(sa, "stage", "established");
}

/* Of a tunnel that works the first IKE SA that comes up, from its first message if there is one. */
static const json_t *good_sa(const json_t *tunnel)
{
	const json_t *sas = json_object_get(tunnel, "ike_sas"), *found = NULL;
	json_t *sa;
	size_t i;

	json_array_foreach(sas, i, sa)
	{
		const json_t *first = json_array_get(json_object_get(sa, "exchanges"), 0);
		bool from_start = diff_sets_up(first) && !is_set(first, "inferred");

		if (comes_up(sa) && from_start)
			return sa;
		if (comes_up(sa) && !found)
			found = sa;
	}
	return found ? found : json_array_get(sas, 0);
}

/* Of a tunnel that fails the attempt that came farthest without coming up; when all came up, the first of them. */
static const json_t *bad_sa(const json_t *tunnel)
{
	const json_t *found = NULL;
	json_t *sa;
	size_t i;

	json_array_foreach(json_object_get(tunnel, "ike_sas"), i, sa)
		if (!comes_up(sa) && (!found || json_array_size(json_object_get(sa, "exchanges")) >
							json_array_size(json_object_get(found, "exchanges"))))
			found = sa;
	return found && is_fault(json_object_get(tunnel, "verdict")) ? found : good_sa(tunnel);
}

/* --- which tunnels belong together ------------------------------------------------------ */

static const char *address(const json_t *tunnel, const char *side)
{
	return text_or(json_object_get(tunnel, side), "address", "?");
}

static bool same_addresses(const json_t *x, const json_t *y, bool swapped)
{
	return !strcmp(address(x, "a"), address(y, swapped ? "b" : "a")) &&
	       !strcmp(address(x, "b"), address(y, swapped ? "a" : "b"));
}

static bool one_address(const json_t *x, const json_t *y, bool swapped)
{
	return !strcmp(address(x, "a"), address(y, swapped ? "b" : "a")) ||
	       !strcmp(address(x, "b"), address(y, swapped ? "a" : "b"));
}

/* Both have a list there and share something in it. */
static bool share(const json_t *list, const json_t *other)
{
	json_t *x, *y;
	size_t i, k;

	json_array_foreach(list, i, x)
		json_array_foreach(other, k, y)
			if (json_equal(x, y))
				return true;
	return false;
}

static bool same_ids(const json_t *x, const json_t *y, bool swapped)
{
	const json_t *a = json_object_get(json_object_get(x, "a"), "ids");
	const json_t *b = json_object_get(json_object_get(x, "b"), "ids");

	return share(a, json_object_get(json_object_get(y, swapped ? "b" : "a"), "ids")) ||
	       share(b, json_object_get(json_object_get(y, swapped ? "a" : "b"), "ids"));
}

static const json_t *vendors(const json_t *tunnel, const char *side)
{
	const json_t *sa = json_array_get(json_object_get(tunnel, "ike_sas"), 0);

	return json_object_get(json_object_get(sa, "vendor_ids"), side);
}

static bool same_vendors(const json_t *x, const json_t *y, bool swapped)
{
	return share(vendors(x, "a"), vendors(y, swapped ? "b" : "a")) ||
	       share(vendors(x, "b"), vendors(y, swapped ? "a" : "b"));
}

/* From the surest to the weakest; all but the first two must leave no choice. */
static const struct likeness {
	const char *name;
	bool (*alike)(const json_t *x, const json_t *y, bool swapped);
	bool ambiguous; /* the first of several will do */
} likenesses[] = {
	{ "addresses", same_addresses, true },
	{ "identities", same_ids, true },
	{ "one_address", one_address, false },
	{ "vendors", same_vendors, false },
};

static bool works(const json_t *tunnel)
{
	return is_word(json_object_get(tunnel, "verdict"), "id", "healthy");
}

/* Whoever began the IKE SAs has the same part in both. */
static bool by_same_part(const json_t *good, const json_t *bad)
{
	const char *g = text_or(good_sa(good), "initiator", "a"), *b = text_or(bad_sa(bad), "initiator", "a");

	return strcmp(g, b) != 0;
}

struct match { const json_t *good; const char *how; bool swapped; };

/* The tunnel of GOOD that is most like `bad`: one that works, if there is a choice. */
static struct match match_of(const json_t *good, const json_t *bad, size_t bad_total)
{
	const json_t *tunnels = json_object_get(good, "tunnels");
	struct match m = { 0 };
	json_t *t;
	size_t i;

	for (size_t k = 0; k < sizeof likenesses / sizeof *likenesses; k++) {
		size_t found = 0;

		json_array_foreach(tunnels, i, t)
			for (int swapped = 0; swapped < 2; swapped++)
				if (likenesses[k].alike(t, bad, swapped)) {
					found += 1;
					if (!m.good || (works(t) && !works(m.good)))
						m = (struct match){ t, likenesses[k].name, swapped };
					break;
				}
		if (found == 1 || (found && likenesses[k].ambiguous))
			return m;
		m.good = NULL;
	}
	if (json_array_size(tunnels) == 1 && bad_total == 1) {
		t = json_array_get(tunnels, 0);
		return (struct match){ t, "only", by_same_part(t, bad) };
	}
	return (struct match){ 0 };
}

/* --- the document ------------------------------------------------------------------------- */

static json_t *half_document(const json_t *model)
{
	const json_t *capture = json_array_get(json_object_get(model, "captures"), 0);
	json_t *o = json_object();

	put_copy(o, "file", capture, "file");
	put_copy(o, "point", capture, "point");
	put_copy(o, "frames", capture, "frames");
	put_copy(o, "first", capture, "first");
	put_copy(o, "last", capture, "last");
	put_copy(o, "notes", capture, "notes");
	put_copy(o, "verdict", model, "verdict");
	return o;
}

static json_t *tunnel_end(const struct diff_half *h)
{
	const json_t *t = h->tunnel;
	json_t *o = json_object();

	put_copy(o, "tunnel", t, "id");
	put(o, "a", json_string(text_or(diff_end(h, 'a'), "address", "?")));
	put(o, "b", json_string(text_or(diff_end(h, 'b'), "address", "?")));
	put_copy(o, "verdict", t, "verdict");
	put_copy(o, "spi_i", h->sa, "spi_i");
	return o;
}

/* Exchanges of the set-up that both hold, request and all. */
static json_int_t setup_compared(const struct diff_pair *p)
{
	json_int_t n = 0;
	json_t *x;
	size_t i;

	json_array_foreach(json_object_get(p->good.sa, "exchanges"), i, x)
		n += diff_sets_up(x) && diff_counterpart(&p->bad, &p->good, x);
	return n;
}

static json_t *pair_document(const struct diff_pair *p, const char *how)
{
	json_t *same = json_array(), *o = json_object(), *differences;

	put(o, "how", json_string(how));
	put(o, "sides_exchanged", json_boolean(p->bad.swapped));
	put(o, "good", tunnel_end(&p->good));
	put(o, "bad", tunnel_end(&p->bad));
	put(o, "setup_compared", json_integer(setup_compared(p)));
	put(o, "parting", diff_parting(p));
	differences = diff_aspects(p, same);
	put(o, "differences", differences);
	put(o, "same", same);
	return o;
}

static json_t *pairs_document(const json_t *good, const json_t *bad, json_t *ret_alone)
{
	const json_t *tunnels = json_object_get(bad, "tunnels");
	json_t *list = json_array(), *t;
	size_t i;

	json_array_foreach(tunnels, i, t)
	{
		struct match m = match_of(good, t, json_array_size(tunnels));
		struct diff_pair p = { .good = { .model = good, .tunnel = m.good },
				       .bad = { .model = bad, .tunnel = t, .swapped = m.swapped, .capture = 1 } };

		if (!m.good) {
			json_array_append(ret_alone, json_object_get(t, "id"));
			continue;
		}
		p.good.sa = good_sa(m.good);
		p.bad.sa = bad_sa(t);
		json_array_append_new(list, pair_document(&p, m.how));
	}
	return list;
}

static enum word headline(const json_t *model_good, const json_t *model_bad, const json_t *pairs)
{
	if (!json_array_size(json_object_get(model_good, "tunnels")))
		return W_diff_good_empty;
	if (!json_array_size(json_object_get(model_bad, "tunnels")))
		return W_diff_bad_empty;
	return json_array_size(pairs) ? W_diff_comparable : W_diff_incomparable;
}

json_t *diff_document(const json_t *good, const json_t *bad)
{
	json_t *alone = json_array(), *pairs = pairs_document(good, bad, alone), *o = json_object();

	put(o, "schema", json_string("ikescope.diff/1"));
	put_copy(o, "tool", bad, "tool");
	put(o, "good", half_document(good));
	put(o, "bad", half_document(bad));
	put(o, "comparable", json_boolean(json_array_size(pairs) > 0));
	put(o, "sentence", json_string(word(headline(good, bad, pairs))));
	put(o, "pairs", pairs);
	put(o, "unpaired", alone);
	return o;
}
