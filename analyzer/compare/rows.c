/*
 * The rows of the ladder: each message once, as its sender's end recorded it, and what became of it.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/compare/join.h"
#include "analyzer/track/fields.h"
#include "dissect/base/mem.h"

#define EARLIEST (-0.05) /* seconds that an arrival may seem to lie before its departure */
#define LATEST   10.0
#define MARGIN   0.05
enum { FOREIGN = 1 << 30 }; /* exchanges that the near end knows nothing of: apart from its own */

static bool same(const json_t *x, const json_t *y, const char *key)
{
	return !strcmp(text_or(x, key, ""), text_or(y, key, ""));
}

struct arrivals { /* rows of the other end, from the same sender */
	const json_t *rows, *recorded; /* recorded: from when to when, or NULL */
	bool *used, doubled;           /* doubled: that recorder has packets twice */
	double slack;                  /* seconds that the clocks may be apart */
};

static bool is_from(const json_t *row, const char *from)
{
	return !strcmp(text_or(row, "from", ""), from);
}

static bool is_like(const json_t *r, const json_t *row)
{
	return same(r, row, "kind") && same(r, row, "label") && same(r, row, "role") && same(r, row, "from") &&
	       int_of(r, "part") == int_of(row, "part") && int_of(r, "bytes") == int_of(row, "bytes");
}

/* The first of its like that was recorded there at a fitting time. */
static int arrival_of(const struct arrivals *a, const json_t *row)
{
	const json_t *r;
	size_t i;

	json_array_foreach(a->rows, i, r) {
		double took = real_of(r, "at") - real_of(row, "at");

		if (!a->used[i] && took >= EARLIEST - a->slack && took <= LATEST && is_like(r, row))
			return (int)i;
	}
	return -1;
}

/* A recorder that has packets twice may have taken a resend for a copy of what came before. */
static bool may_be_doubled(const struct arrivals *a, const json_t *row)
{
	const json_t *r;
	size_t i;

	json_array_foreach(a->rows, i, r)
		if (a->doubled && a->used[i] && is_like(r, row))
			return true;
	return false;
}

/* Nothing is known of what passes when the other end may not have recorded. */
static const char *fate_of(const struct arrivals *a, const json_t *row, const json_t *there)
{
	double margin = MARGIN + a->slack;

	if (there)
		return int_of(there, "pieces_seen") < int_of(row, "pieces_seen") ? "lost" : "arrived";
	if (!a->recorded || real_of(row, "at") < real_of(a->recorded, "first") ||
	    real_of(row, "at") > real_of(a->recorded, "last") - margin)
		return "unseen";
	return may_be_doubled(a, row) ? "unseen" : "lost";
}

/* What the near end calls the exchange that a row of the far end belongs to. */
struct names {
	const json_t *near, *far;       /* tunnels */
	json_int_t (*of)[4];            /* far attempt and exchange, near attempt and exchange */
	size_t len;
};

static void learn_name(struct names *n, const json_t *far_row, const json_t *near_row)
{
	json_int_t *at = n->of[n->len++];

	at[0] = int_of(far_row, "attempt");
	at[1] = int_of(far_row, "exchange");
	at[2] = int_of(near_row, "attempt");
	at[3] = int_of(near_row, "exchange");
}

/* By the initiator's SPI; behind the near end's own attempts when it has none of that. */
static json_int_t near_attempt(const struct names *n, json_int_t far)
{
	const json_t *theirs = json_object_get(n->far, "attempts"), *own = json_object_get(n->near, "attempts"), *a, *b;
	size_t i, k;

	json_array_foreach(theirs, i, a)
		if (int_of(a, "n") == far)
			json_array_foreach(own, k, b)
				if (same(a, b, "spi_i"))
					return int_of(b, "n");
	return far + FOREIGN;
}

static void rename_row(const struct names *n, json_t *row)
{
	json_int_t attempt = int_of(row, "attempt"), exchange = int_of(row, "exchange");

	for (size_t i = 0; i < n->len; i++)
		if (n->of[i][0] == attempt && n->of[i][1] == exchange) {
			json_object_set_new(row, "attempt", json_integer(n->of[i][2]));
			json_object_set_new(row, "exchange", json_integer(n->of[i][3]));
			return;
		}
	if (json_object_get(row, "attempt"))
		json_object_set_new(row, "attempt", json_integer(near_attempt(n, attempt)));
	json_object_set_new(row, "exchange", json_integer(exchange + FOREIGN));
}

static void put_frame(json_t *o, const char *name, const json_t *row)
{
	if (row)
		json_object_set(o, name, json_object_get(row, "frame"));
}

static json_t *row_of(const json_t *left, const json_t *there, const char *fate, bool from_near)
{
	json_t *o = json_deep_copy(left ? left : there);

	json_object_del(o, "frame");
	put_frame(o, from_near ? "frame" : "frame_b", left);
	put_frame(o, from_near ? "frame_b" : "frame", there);
	json_object_set_new(o, "fate", json_string(fate));
	if (left && there && int_of(left, "ip_bytes") != int_of(there, "ip_bytes"))
		json_object_set_new(o, "ip_bytes_there", json_integer(int_of(there, "ip_bytes")));
	if (left && there)
		json_object_set_new(o, "pieces_there", json_integer(int_of(there, "pieces_seen")));
	json_object_set_new(o, "lost", json_boolean(!strcmp(fate, "lost")));
	return o;
}

static void add_rows(json_t *list, const json_t *own, struct arrivals a, const char *from, struct names *names)
{
	const json_t *rows = json_object_get(own, "messages"), *there = a.rows, *row;
	bool from_near = *from == 'a';
	size_t i;

	a.used = mem_zero(json_array_size(there) + 1);
	json_array_foreach(rows, i, row) {
		int at = is_from(row, from) ? arrival_of(&a, row) : -1;
		const json_t *arrived = at < 0 ? NULL : json_array_get(there, (size_t)at);
		json_t *o;

		if (!is_from(row, from))
			continue;
		if (at >= 0)
			a.used[at] = true;
		if (arrived)
			learn_name(names, from_near ? arrived : row, from_near ? row : arrived);
		o = row_of(row, arrived, fate_of(&a, row, arrived), from_near);
		if (!from_near && arrived) {
			json_object_set(o, "attempt", json_object_get(arrived, "attempt"));
			json_object_set(o, "exchange", json_object_get(arrived, "exchange"));
		} else if (!from_near) {
			json_object_set_new(o, "foreign", json_true());
		}
		json_array_append_new(list, o);
	}
	json_array_foreach(there, i, row) {
		json_t *o;

		if (!is_from(row, from) || a.used[i])
			continue;
		o = row_of(NULL, row, "arrived", from_near);
		if (from_near)
			json_object_set_new(o, "foreign", json_true());
		json_array_append_new(list, o);
	}
	mem_free(a.used);
}

static int by_time(const void *x, const void *y)
{
	const json_t *a = *(const json_t *const *)x, *b = *(const json_t *const *)y;
	double d = real_of(a, "at") - real_of(b, "at");

	if (d < 0 || d > 0)
		return d < 0 ? -1 : 1;
	d = (double)(int_of(a, "order") - int_of(b, "order"));
	return d < 0 ? -1 : d > 0;
}

static json_t *in_order(json_t *take_list)
{
	size_t n = json_array_size(take_list), i;
	const json_t **sorted = mem_zero((n + 1) * sizeof *sorted);
	json_t *list = json_array(), *row;

	json_array_foreach(take_list, i, row) {
		json_object_set_new(row, "order", json_integer((json_int_t)i));
		sorted[i] = row;
	}
	if (n)
		qsort(sorted, n, sizeof *sorted, by_time);
	for (i = 0; i < n; i++) {
		json_object_del((json_t *)sorted[i], "order");
		json_array_append(list, (json_t *)sorted[i]);
	}
	mem_free(sorted);
	json_decref(take_list);
	return list;
}

static struct arrivals arrivals_at(const struct joining *j, enum side side, const json_t *tunnel, const json_t *recorded)
{
	const json_t *capture = json_object_get(j->facts[side], "capture");

	return (struct arrivals){ .rows = json_object_get(tunnel, "messages"),
				  .recorded = json_object_get(recorded, side == NEAR ? "a" : "b"),
				  .doubled = json_object_get(capture, "duplicates") != NULL,
				  .slack = (double)j->view.clocks->error_ns / 1e9 };
}

json_t *joined_rows(const struct joining *j, const json_t *near, const json_t *far, const json_t *recorded)
{
	size_t room = json_array_size(json_object_get(near, "messages")) + json_array_size(json_object_get(far, "messages"));
	struct names names = { near, far, mem_zero((room + 1) * sizeof *names.of), 0 };
	json_t *list = json_array(), *row;
	size_t i;

	add_rows(list, near, arrivals_at(j, FAR, far, recorded), "a", &names);
	add_rows(list, far, arrivals_at(j, NEAR, near, recorded), "b", &names);
	json_array_foreach(list, i, row)
		if (json_object_get(row, "foreign")) {
			rename_row(&names, row);
			json_object_del(row, "foreign");
		}
	mem_free(names.of);
	return in_order(list);
}
