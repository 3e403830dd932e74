/*
 * What stands behind the verdict: IKE SAs with their exchanges, ESP flows, the path.
 */
#include "analyzer/report/parts.h"

/* Exchange numbers beside the tracker's name: RFC 7296 3.1, RFC 2408 3.1, RFC 2409 5. */
static const struct numbered {
	const char *name;
	int number;
} exchange_numbers[] = {
	{ "IKE_SA_INIT", 34 },     { "IKE_AUTH", 35 },    { "CREATE_CHILD_SA", 36 },
	{ "INFORMATIONAL", 37 },   { "MAIN_1", 2 },       { "MAIN_3", 2 },
	{ "MAIN_5", 2 },           { "AGGRESSIVE_1", 4 }, { "AGGRESSIVE_3", 4 },
	{ "INFORMATIONAL_V1", 5 }, { "TRANSACTION", 6 },  { "QUICK_1", 32 },
	{ "QUICK_3", 32 },
};

static json_t *exchange_number(const char *name)
{
	for (size_t i = 0; i < sizeof exchange_numbers / sizeof *exchange_numbers; i++)
		if (!strcmp(exchange_numbers[i].name, name))
			return json_integer(exchange_numbers[i].number);
	return json_null();
}

static json_t *half_document(const struct subject *s, const json_t *half)
{
	json_t *o = json_object();

	put(o, "frames", frame_pairs(s->whole, json_object_get(half, "frames")));
	put(o, "sends", json_integer(int_of(half, "sends")));
	put(o, "bytes", json_integer(int_of(half, "bytes")));
	put(o, "ip_bytes", json_integer(int_of(half, "ip_bytes")));
	put(o, "fragments", json_integer(int_of(half, "pieces") > 1 ? int_of(half, "pieces") : 0));
	put_copy(o, "ike_fragments", half, "ike_pieces");
	put_copy(o, "ike_fragments_of", half, "ike_total");
	put_copy(o, "ike_fragments_missing", half, "ike_missing");
	put(o, "first", instant_of(s->whole, half, "first"));
	put(o, "last", instant_of(s->whole, half, "last"));
	return o;
}

static const char *outcome(const json_t *x)
{
	if (text_of(x, "refused"))
		return "refused";
	if (is_set(x, "answered"))
		return "answered";
	if (json_object_get(x, "partial_answer"))
		return "incomplete";
	if (!is_set(x, "expects_answer"))
		return "sent";
	return is_set(x, "quiet") ? "no_answer" : "open";
}

static json_t *exchange_document(const struct subject *s, const json_t *x)
{
	const char *type = text_or(x, "type", "?");
	const json_t *answer = json_object_get(x, "answer");
	bool unseen = int_of(x, "sends") == 0;
	json_t *o = json_object();

	put(o, "type", json_string(type));
	put(o, "number", exchange_number(type));
	put(o, "message_id", json_integer(int_of(x, "message_id")));
	put_copy(o, "from", x, "from");
	put(o, "request", unseen ? json_null() : half_document(s, x));
	put(o, "response", answer ? half_document(s, answer) : json_null());
	put(o, "outcome", json_string(outcome(x)));
	put_copy(o, "refused", x, "refused");
	put(o, "inferred", json_boolean(unseen));
	return o;
}

static json_t *exchanges_document(const struct subject *s, const json_t *exchanges)
{
	json_t *list = json_array(), *x;
	size_t i;

	json_array_foreach(exchanges, i, x) json_array_append_new(list, exchange_document(s, x));
	return list;
}

static json_t *vendor_names(const json_t *vendors)
{
	json_t *list = json_array(), *v;
	size_t i;

	json_array_foreach(vendors, i, v) if (text_of(v, "name"))
		json_array_append_new(list, json_string(text_of(v, "name")));
	return list;
}

static json_t *by_side(const json_t *both, json_t *(*make)(const json_t *))
{
	json_t *o = json_object();

	put(o, "a", make(json_object_get(both, "a")));
	put(o, "b", make(json_object_get(both, "b")));
	return o;
}

static json_t *truth(const json_t *value)
{
	return json_boolean(json_is_true(value));
}

/* Who a side is by what it shows of its certificates, where that is not encrypted. */
static json_t *certificates_document(const json_t *certificates)
{
	static const char *const kept[] = { "subject", "issuer", "serial", "not_before", "not_after" };
	json_t *list = json_array(), *c;
	size_t i, k;

	json_array_foreach(certificates, i, c)
	{
		json_t *o = json_object();

		for (k = 0; k < sizeof kept / sizeof *kept; k++)
			put_copy(o, kept[k], c, kept[k]);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *ike_sa_document(const struct subject *s, const json_t *a)
{
	static const char *const kept[] = { "n",      "spi_i",     "spi_r", "version",
					    "mode",   "initiator", "stage", "established",
					    "child",  "offered",   "suite", "notices",
					    "deleted" };
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], a, kept[i]);
	put(o, "chosen", text_of(a, "chosen") ? json_string(text_of(a, "chosen")) : json_null());
	put(o, "first", instant_of(s->whole, a, "first"));
	put(o, "last", instant_of(s->whole, a, "last"));
	put(o, "nat_d", by_side(json_object_get(a, "nat_t"), truth));
	put(o, "fragmentation", by_side(json_object_get(a, "fragmentation"), truth));
	put(o, "vendor_ids", by_side(json_object_get(a, "vendors"), vendor_names));
	put(o, "certificates", by_side(json_object_get(a, "certificates"), certificates_document));
	put(o, "exchanges", exchanges_document(s, json_object_get(a, "exchanges")));
	put_copy(o, "exchanges_total", a, "exchanges_total");
	return o;
}

/* Seconds and loose frames become instants and pairs. */
static void put_notices(const struct subject *s, json_t *sa)
{
	json_t *deleted = json_object_get(sa, "deleted"), *n;
	size_t i;

	json_array_foreach(json_object_get(sa, "notices"), i, n)
	{
		json_t *frames = json_pack("[O]", json_object_get(n, "frame"));

		put(n, "at", instant_of(s->whole, n, "at"));
		json_object_del(n, "frame");
		put(n, "frames", frame_pairs(s->whole, frames));
		json_decref(frames);
	}
	if (deleted) {
		put(deleted, "at", instant_of(s->whole, deleted, "at"));
		put(deleted, "frames", frame_pairs(s->whole, json_object_get(deleted, "frames")));
	}
}

json_t *ike_sas_document(const struct subject *s)
{
	json_t *list = json_array(), *a;
	size_t i;

	json_array_foreach(json_object_get(s->facts, "attempts"), i, a)
	{
		json_t *o = ike_sa_document(s, a);

		put_notices(s, o);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *flow_document(const struct subject *s, const json_t *f)
{
	static const char *const kept[] = { "spi",        "protocol",  "encapsulation", "packets",
					    "bytes",      "seq_first", "seq_last",      "lost",
					    "duplicates", "reordered", "gaps" };
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], f, kept[i]);
	put(o, "direction", json_string(is_word(f, "from", "a") ? "a_to_b" : "b_to_a"));
	put(o, "first", instant_of(s->whole, f, "first"));
	put(o, "last", instant_of(s->whole, f, "last"));
	put(o, "max_size", json_integer(int_of(f, "largest")));
	return o;
}

json_t *flows_document(const struct subject *s)
{
	json_t *list = json_array(), *f;
	size_t i;

	json_array_foreach(json_object_get(s->facts, "flows"), i, f)
		json_array_append_new(list, flow_document(s, f));
	return list;
}

static json_t *icmp_document(const struct subject *s, const json_t *g)
{
	static const char *const kept[] = { "family", "type",     "code",        "name",
					    "source", "to",       "count",       "mtu",
					    "ttl",    "protocol", "quoted_from", "quoted_len",
					    "matched" };
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], g, kept[i]);
	put(o, "frames", frame_pairs(s->whole, json_object_get(g, "frames")));
	put(o, "first", instant_of(s->whole, g, "first"));
	put(o, "last", instant_of(s->whole, g, "last"));
	return o;
}

static json_t *trains_document(const json_t *d)
{
	static const char *const kept[] = { "trains",        "whole",         "first_only",
					    "first_missing", "partial",       "ike",
					    "largest",       "piece_largest", "unfragmented" };
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], d, kept[i]);
	return o;
}

/* Hop limits of a sender's packets as they were recorded: {} when none was looked at. */
static json_t *hops_document(const json_t *look)
{
	static const char *const kinds[] = { "ike_hops", "data_hops" };
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const json_t *h = json_object_get(look, kinds[i]);
		json_int_t least = int_of(h, "min"), most = int_of(h, "max");

		if (!h)
			continue;
		if (!json_object_get(o, "min") || least < int_of(o, "min"))
			put(o, "min", json_integer(least));
		if (most > int_of(o, "max"))
			put(o, "max", json_integer(most));
	}
	return o;
}

static json_t *marks_document(const json_t *look)
{
	json_t *marks = json_object_get(look, "marks");

	return marks ? json_deep_copy(marks) : json_array();
}

json_t *path_document(const struct subject *s)
{
	const json_t *fragments = json_object_get(s->facts, "fragments");
	const json_t *sizes = json_object_get(s->facts, "pmtu");
	json_t *icmp = json_array(), *o = json_object(), *ttl = json_object(), *g;
	size_t i;

	json_array_foreach(json_object_get(s->facts, "icmp"), i, g)
	{
		json_array_append_new(icmp, icmp_document(s, g));
		if (int_of(g, "ttl") && text_of(g, "source"))
			put(ttl, text_of(g, "source"), json_integer(int_of(g, "ttl")));
	}
	put(o, "icmp", icmp);
	put(o, "fragments", fragments ? by_side(fragments, trains_document) : json_object());
	put(o, "ttl", ttl);
	put(o, "hop_limits", by_side(json_object_get(s->facts, "looks"), hops_document));
	put(o, "marks", by_side(json_object_get(s->facts, "looks"), marks_document));
	put(o, "largest_sent", json_integer(int_of(json_object_get(sizes, "a"), "largest")));
	put(o, "largest_seen", json_integer(int_of(json_object_get(sizes, "b"), "largest")));
	return o;
}
