#include "analyzer/compare/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/track/fields.h"
#include "dissect/base/mem.h"

enum { NOBODY = -1 };

struct partner { /* of a tunnel of one side */
	int place;                      /* at the other side, or NOBODY */
	const char *joined;             /* NULL: not known to be seen from both */
};

struct plan {
	size_t n[SIDES];
	struct partner *of[SIDES];
	uint32_t *serials[SIDES];
};

static const json_t *tunnel_at(const struct joining *j, int side, int place)
{
	return place < 0 ? NULL : json_array_get(json_object_get(j->facts[side], "tunnels"), (size_t)place);
}

static const char *end_of(const json_t *tunnel, const char *letter)
{
	const char *s = json_string_value(json_object_get(json_object_get(tunnel, "ends"), letter));

	return s ? s : "";
}

/* --- who belongs to whom ------------------------------------------------------------------ */

static void pair_up(struct plan *p, int near, int far, const char *joined)
{
	p->of[NEAR][near] = (struct partner){ far, joined };
	p->of[FAR][far] = (struct partner){ near, joined };
}

struct common { /* packets that are in both */
	uint64_t n;
	size_t near, far;
};

static int most_first(const void *x, const void *y)
{
	const struct common *a = x, *b = y;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return a->near != b->near ? (a->near < b->near ? -1 : 1) : a->far < b->far ? -1 : a->far > b->far;
}

/* The pair with most packets in common first; none is taken twice. */
static void pair_by_messages(const struct joining *j, struct plan *p)
{
	struct common *all = NULL;
	size_t len = 0, room = 0;

	for (size_t i = 0; i < p->n[NEAR]; i++)
		for (size_t k = 0; k < p->n[FAR]; k++) {
			uint64_t n = match_links(j->view.match, p->serials[NEAR][i], p->serials[FAR][k]);

			struct common *one = n ? MEM_PUSH(all, len, room) : NULL;

			if (one)
				*one = (struct common){ n, i, k };
		}
	if (len)
		qsort(all, len, sizeof *all, most_first);
	for (size_t i = 0; i < len; i++)
		if (!p->of[NEAR][all[i].near].joined && !p->of[FAR][all[i].far].joined)
			pair_up(p, (int)all[i].near, (int)all[i].far, "messages");
	mem_free(all);
}

static bool same_hosts(const json_t *near, const json_t *far)
{
	return (!strcmp(end_of(near, "a"), end_of(far, "a")) && !strcmp(end_of(near, "b"), end_of(far, "b"))) ||
	       (!strcmp(end_of(near, "a"), end_of(far, "b")) && !strcmp(end_of(near, "b"), end_of(far, "a")));
}

/* The same packets in both, and no way to tell which was first: both were recorded at one place. */
static bool at_one_place(const struct joining *j, const json_t *tunnel)
{
	struct addr a;
	const struct reach *r = addr_parse(end_of(tunnel, "a"), &a) ? map_find(j->view.clocks->reaches[NEAR], &a) : NULL;

	return r && r->sure && r->end == UNKNOWN_END;
}

static void pair_by_hosts(const struct joining *j, struct plan *p)
{
	for (size_t i = 0; i < p->n[NEAR]; i++)
		for (size_t k = 0; !p->of[NEAR][i].joined && k < p->n[FAR]; k++)
			if (p->of[FAR][k].place == NOBODY && p->of[NEAR][i].place == NOBODY &&
			    same_hosts(tunnel_at(j, NEAR, (int)i), tunnel_at(j, FAR, (int)k)))
				pair_up(p, (int)i, (int)k, at_one_place(j, tunnel_at(j, NEAR, (int)i)) ? NULL : "addresses");
}

static bool known_tunnels(const struct joining *j, int side)
{
	return json_array_size(json_object_get(j->facts[side], "tunnels"));
}

/* Was the peer of this tunnel heard of where the other recording was made, as one of that end? */
static bool host_is_there(const struct joining *j, int other, const char *address)
{
	struct addr a;
	const struct reach *r;

	if (!addr_parse(address, &a))
		return false;
	r = map_find(j->view.clocks->reaches[other], &a);
	return r ? r->end == other : map_find(j->view.clocks->hosts[other], &a) && !known_tunnels(j, other);
}

/*
 * What the other recording knows nothing of: it ought to, when the peer is at that end; where that end
 * knows no tunnel at all, it is the user who says so.
 */
static void claim(const struct joining *j, struct plan *p)
{
	for (int side = NEAR; side < SIDES; side++)
		for (size_t i = 0; i < p->n[side]; i++) {
			const json_t *t = tunnel_at(j, side, (int)i);
			const char *peer = end_of(t, side == NEAR ? "b" : "a");

			if (p->of[side][i].joined || p->of[side][i].place != NOBODY)
				continue;
			if (host_is_there(j, !side, peer))
				p->of[side][i] = (struct partner){ NOBODY, "addresses" };
			else if (p->n[side] == 1 && !p->n[!side])
				p->of[side][i] = (struct partner){ NOBODY, "claimed" };
		}
}

static struct plan plan_new(const struct joining *j)
{
	struct plan p;

	for (int side = NEAR; side < SIDES; side++) {
		p.n[side] = json_array_size(json_object_get(j->facts[side], "tunnels"));
		p.of[side] = mem_zero((p.n[side] + 1) * sizeof *p.of[side]);
		p.serials[side] = mem_zero((p.n[side] + 1) * sizeof *p.serials[side]);
		track_serials(j->tracks[side], p.serials[side], p.n[side]);
		for (size_t i = 0; i < p.n[side]; i++)
			p.of[side][i].place = NOBODY;
	}
	pair_by_messages(j, &p);
	pair_by_hosts(j, &p);
	claim(j, &p);
	return p;
}

static void plan_clear(struct plan *p)
{
	for (int side = NEAR; side < SIDES; side++) {
		mem_free(p->of[side]);
		mem_free(p->serials[side]);
	}
}

/* --- one tunnel --------------------------------------------------------------------------- */

static void put(json_t *into, const char *name, json_t *take_value)
{
	if (take_value)
		json_object_set_new(into, name, take_value);
}

static json_t *span_of(const json_t *near, const json_t *far)
{
	const json_t *x = json_object_get(near, "span"), *y = json_object_get(far, "span");
	double first = real_of(x, "first"), last = real_of(x, "last"), end = real_of(x, "capture_end");

	if (!x || !y)
		return json_deep_copy(x ? x : y);
	first = real_of(y, "first") < first ? real_of(y, "first") : first;
	last = real_of(y, "last") > last ? real_of(y, "last") : last;
	end = real_of(y, "capture_end") > end ? real_of(y, "capture_end") : end;
	return json_pack("{s:f,s:f,s:f}", "first", first, "last", last, "capture_end", end);
}

static const char *const data_classes[] = { "esp", "esp_udp", "ah" };

static uint64_t arrived_data(const json_t *e, const char *sender)
{
	const json_t *way = json_object_get(json_object_get(e, "ways"), sender);
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof data_classes / sizeof *data_classes; i++)
		n += (uint64_t)json_integer_value(
			json_object_get(json_object_get(json_object_get(way, "classes"), data_classes[i]), "arrived"));
	return n;
}

/* The other recording has none of the data that this end sent or got, and could not have it: it says nothing against it. */
static bool blind_for_data(const json_t *e, const char *own, const char *other)
{
	const json_t *ways = json_object_get(e, "ways");
	const json_t *out = json_object_get(json_object_get(ways, own), "classes");
	const json_t *in = json_object_get(json_object_get(ways, other), "classes");

	for (size_t i = 0; i < sizeof data_classes / sizeof *data_classes; i++) {
		const json_t *c = json_object_get(out, data_classes[i]);

		if (json_is_true(json_object_get(c, "visible")) || json_object_get(in, data_classes[i]))
			return false;
	}
	return true;
}

/*
 * It works when both ends say so. One alone is believed where data is seen to arrive at both, and where it shows data
 * both ways of which the other can have nothing.
 */
static json_t *works_of(const json_t *near, const json_t *far, const json_t *e)
{
	const json_t *x = json_object_get(near, "works"), *y = json_object_get(far, "works");

	if (x && y)
		return json_deep_copy(real_of(x, "since") > real_of(y, "since") ? x : y);
	if (!near || !far)
		return json_deep_copy(x ? x : y);
	if (arrived_data(e, "a") && arrived_data(e, "b"))
		return json_deep_copy(x ? x : y);
	if (x || y) {
		bool data = !strcmp(text_or(x ? x : y, "basis", ""), "data");

		return data && blind_for_data(e, x ? "a" : "b", x ? "b" : "a") ? json_deep_copy(x ? x : y) : NULL;
	}
	return NULL;
}

/* What an end knows of a step, from least to most: that it began is more than that nothing of it was seen. */
static int knowledge(const json_t *step)
{
	static const char *const words[] = { "cannot_tell", "not_reached", "unfinished", "ok", "suspect", "fault" };
	const char *state = json_string_value(json_object_get(step, "state"));

	if (!strcmp(text_or(step, "what", ""), "unfinished"))
		state = "unfinished";
	for (size_t i = 0; state && i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i], state))
			return (int)i;
	return -1;
}

static json_t *progress_of(const json_t *near, const json_t *far)
{
	const json_t *x = json_object_get(near, "progress"), *y = json_object_get(far, "progress");
	json_t *o = json_deep_copy(x ? x : y), *step;
	const char *name;

	if (!x || !y)
		return o;
	json_object_foreach((json_t *)y, name, step)
		if (knowledge(step) > knowledge(json_object_get(x, name)))
			put(o, name, json_deep_copy(step));
	return o;
}

static void add_flows(json_t *list, const json_t *tunnel, const char *from)
{
	const json_t *flow;
	size_t i;

	json_array_foreach(json_object_get(tunnel, "flows"), i, flow) {
		const char *sender = json_string_value(json_object_get(flow, "from"));

		if (sender && !strcmp(sender, from))
			json_array_append_new(list, json_deep_copy(flow));
	}
}

/* Of each sender as its own end recorded it. */
static json_t *flows_of(const json_t *near, const json_t *far)
{
	json_t *list = json_array();

	add_flows(list, near ? near : far, "a");
	add_flows(list, far ? far : near, "b");
	return list;
}

/* IP headers of both recordings; each packet by the frame of the one that has it. */
static json_t *headers_of(const json_t *near, const json_t *far)
{
	json_t *list = json_array();
	const json_t *header;
	size_t i;

	json_array_foreach(json_object_get(near, "headers"), i, header)
		json_array_append_new(list, json_deep_copy(header));
	json_array_foreach(json_object_get(far, "headers"), i, header)
		json_array_append_new(list, json_deep_copy(header));
	return list;
}

static json_t *vantage_of(const json_t *own, bool both)
{
	json_t *o = json_deep_copy(json_object_get(own, "vantage"));

	if (both)
		put(o, "both", json_true());
	return o;
}

static json_t *tunnel_of(const struct joining *j, const struct plan *p, int near_place, int far_place, const char *joined,
			 unsigned number)
{
	const json_t *near = tunnel_at(j, NEAR, near_place), *far = tunnel_at(j, FAR, far_place);
	const json_t *own = near ? near : far;
	const uint32_t serials[SIDES] = { near ? p->serials[NEAR][near_place] : 0, far ? p->serials[FAR][far_place] : 0 };
	json_t *o = json_deep_copy(own), *e;
	char id[16];

	snprintf(id, sizeof id, "T%u", number);
	put(o, "id", json_string(id));
	put(o, "near", near ? json_integer(near_place) : json_null());
	put(o, "far", far ? json_integer(far_place) : json_null());
	if (!joined)
		return o;
	e = ends_facts(&j->view, near, far, serials, joined);
	put(e, "exchanges", exchange_facts(near, far, json_object_get(e, "recorded")));
	put(o, "vantage", vantage_of(own, far && near));
	put(o, "ends", json_deep_copy(json_object_get(own, "ends")));
	put(json_object_get(o, "ends"), "a", json_incref(json_object_get(json_object_get(e, "ends"), "a")));
	put(json_object_get(o, "ends"), "b", json_incref(json_object_get(json_object_get(e, "ends"), "b")));
	put(o, "span", span_of(near, far));
	put(o, "progress", progress_of(near, far));
	put(o, "flows", flows_of(near, far));
	put(o, "headers", headers_of(near, far));
	json_object_del(o, "works");
	put(o, "works", works_of(near, far, e));
	put(o, "messages", joined_rows(j, near, far, json_object_get(e, "recorded")));
	put(o, "between", e);
	return o;
}

/* --- the whole ---------------------------------------------------------------------------- */

/* The files of a side are those with its own numbers: near ones first. */
static json_t *captures_of(const struct joining *j)
{
	const json_t *near = json_object_get(j->facts[NEAR], "captures"), *far = json_object_get(j->facts[FAR], "captures");
	json_t *list = json_array();
	size_t n = json_array_size(near);

	for (size_t i = 0; i < n || i < json_array_size(far); i++) {
		json_t *c = json_deep_copy(json_array_get(i < n ? near : far, i));

		put(c, "side", json_string(i < n ? "near" : "far"));
		json_array_append_new(list, c);
	}
	return list;
}

static json_t *sum_of(const struct joining *j, const char *name)
{
	return json_integer(json_integer_value(json_object_get(j->view.captures[NEAR], name)) +
			    json_integer_value(json_object_get(j->view.captures[FAR], name)));
}

/* What holds of both recordings taken together; a rule sees that of its own end. */
static json_t *capture_of(const struct joining *j)
{
	static const char *const sums[] = { "frames", "ike_messages", "ipsec_packets" };
	json_t *o = json_deep_copy(j->view.captures[NEAR]);

	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
		put(o, sums[i], sum_of(j, sums[i]));
	return o;
}

static json_t *limits_of(const struct joining *j)
{
	json_t *list = json_deep_copy(json_object_get(j->facts[NEAR], "limits")), *word;
	size_t i;

	json_array_foreach(json_object_get(j->facts[FAR], "limits"), i, word)
		json_array_append(list, word);
	if (match_unfollowed(j->view.match))
		json_array_append_new(list, json_string("detail"));
	return list;
}

/* Two recordings with tunnels of which none is in both; or one that was over before the other began. */
static bool related(const struct joining *j, const struct plan *p, size_t joined)
{
	const struct clocks *c = j->view.clocks;

	if (c->pairs)
		return true;
	if (c->span[NEAR].any && c->span[FAR].any && !match_overlaps(j->view.match) &&
	    (p->n[NEAR] || p->n[FAR]))
		return false;
	return joined || !p->n[NEAR] || !p->n[FAR];
}

json_t *join_facts(const struct joining *j)
{
	struct plan p = plan_new(j);
	json_t *tunnels = json_array();
	unsigned number = 0;
	size_t joined = 0;
	bool fits;

	for (size_t i = 0; i < p.n[NEAR]; i++) {
		const struct partner *w = &p.of[NEAR][i];

		joined += w->joined != NULL;
		json_array_append_new(tunnels, tunnel_of(j, &p, (int)i, w->place, w->joined, ++number));
	}
	for (size_t i = 0; i < p.n[FAR]; i++) {
		const struct partner *w = &p.of[FAR][i];

		joined += w->joined != NULL;
		if (w->place == NOBODY)
			json_array_append_new(tunnels, tunnel_of(j, &p, NOBODY, (int)i, w->joined, ++number));
	}
	fits = related(j, &p, joined);
	if (!fits)
		json_array_clear(tunnels); /* each alone is told by each alone */
	plan_clear(&p);
	return json_pack("{s:I,s:o,s:o,s:o,s:i,s:o,s:o,s:b}", "start_ns", (json_int_t)j->view.start_ns, "captures",
			 captures_of(j), "capture", capture_of(j), "tunnels", tunnels, "tunnels_total", (int)number,
			 "limits", limits_of(j), "clock", clock_facts(&j->view), "related", (int)fits);
}
