/*
 * What the figures are drawn from beside the ladder: traffic over time, sizes,
 * outages, the rhythm of resends, and what the length of an answer allows.
 */
#include "analyzer/report/parts.h"

enum { LEAST_GAPS = 3 };

static const double CLOSE = 0.05; /* a gap fits a rhythm: look.md 5, diagnoses.md D.2 */

static double zero_of(const struct subject *s)
{
	return real_of(json_object_get(s->facts, "span"), "first");
}

/* Columns of one side, in microseconds since the series begins. */
static json_t *way(const struct subject *s, const json_t *from)
{
	json_int_t zero = (json_int_t)(micros(zero_of(s)) * 1e6 + 0.5);
	json_t *o = json_copy((json_t *)from), *at = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(from, "at"), i, one)
	{
		json_int_t since = json_integer_value(one) - zero;

		json_array_append_new(at, json_integer(since > 0 ? since : 0));
	}
	put(o, "at", at);
	return o;
}

static json_t *traffic(const struct subject *s)
{
	const json_t *from = json_object_get(json_object_get(s->facts, "series"), "traffic");

	if (!from)
		return NULL;
	return json_pack("{s:I,s:o,s:o}", "width", int_of(from, "width"), "a",
			 way(s, json_object_get(from, "a")), "b", way(s, json_object_get(from, "b")));
}

/* To the last packet; a slot counts as a whole. */
static double span_of(const struct subject *s, const json_t *traffic)
{
	double zero = zero_of(s), last = real_of(json_object_get(s->facts, "span"), "last") - zero;

	for (const char *side = "ab"; *side; side++) {
		const json_t *at = json_object_get(
			json_object_get(traffic, (char[]){ *side, 0 }), "at");
		size_t n = json_array_size(at);
		double end = n ? (double)(json_integer_value(json_array_get(at, n - 1)) +
					  int_of(traffic, "width")) / 1e6
			       : 0;

		last = end > last ? end : last;
	}
	return micros(last);
}

static json_t *outage(const struct subject *s, double from, const json_t *to)
{
	json_t *o = json_pack("{s:f}", "from", micros(from - zero_of(s)));

	if (to)
		put(o, "to", json_real(micros(json_number_value(to) - zero_of(s))));
	return o;
}

/* Between a tunnel that went down and the next one up, and after the last word of an end. */
static json_t *outages(const struct subject *s)
{
	const json_t *rows = json_object_get(json_object_get(s->facts, "outages"), "rows");
	const json_t *silence = json_object_get(s->facts, "silence");
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row) json_array_append_new(
		list, outage(s, real_of(row, "down"), json_object_get(row, "up_again")));
	if (silence) {
		json_t *o = outage(s, real_of(silence, "since"), NULL);

		put_copy(o, "by", silence, "by");
		json_array_append_new(list, o);
	}
	return list;
}

/* The exchanges of all attempts, one after another. */
static const json_t *exchange_at(const struct subject *s, size_t attempt, size_t i)
{
	const json_t *a = json_array_get(json_object_get(s->facts, "attempts"), attempt);

	return json_array_get(json_object_get(a, "exchanges"), i);
}

/* Gaps that fit within 5 percent; 0 when one does not. */
static size_t close_gaps(const json_t *x)
{
	const json_t *due = json_object_get(json_object_get(x, "schedule"), "gaps");
	const json_t *at = json_object_get(x, "at");
	size_t n = json_array_size(at);

	for (size_t i = 1; i < n; i++) {
		double gap = json_number_value(json_array_get(at, i)) -
			     json_number_value(json_array_get(at, i - 1));
		double own = json_number_value(json_array_get(due, i - 1));

		if (gap < own * (1 - CLOSE) || gap > own * (1 + CLOSE))
			return 0;
	}
	return n ? n - 1 : 0;
}

/* The unanswered request that came most often, when its rhythm is close to a known one. */
static const json_t *most_repeated(const struct subject *s)
{
	size_t attempts = json_array_size(json_object_get(s->facts, "attempts"));
	const json_t *found = NULL, *x;

	for (size_t a = 0; a < attempts; a++)
		for (size_t i = 0; (x = exchange_at(s, a, i)); i++)
			if (!json_object_get(x, "answer") && close_gaps(x) >= LEAST_GAPS &&
			    (!found || int_of(x, "sends") > int_of(found, "sends")))
				found = x;
	return found;
}

static json_t *resends(const struct subject *s)
{
	const json_t *x = is_fault(s->verdict) ? most_repeated(s) : NULL;
	const json_t *schedule = json_object_get(x, "schedule");
	json_t *at = json_array(), *due = json_array(), *one, *o;
	double first = real_of(x, "first"), next = 0;
	size_t i;

	json_array_foreach(json_object_get(x, "at"), i, one)
	{
		json_array_append_new(at, json_real(micros(json_number_value(one) - first)));
		json_array_append_new(due, json_real(micros(next)));
		next += json_number_value(
			json_array_get(json_object_get(schedule, "gaps"), i));
	}
	if (x) {
		o = json_pack("{s:s,s:s,s:s,s:o,s:o}", "name", text_or(schedule, "name", "?"), "type",
			      text_or(x, "type", "?"), "from", text_or(x, "from", "a"), "at", at, "due",
			      due);
		return o;
	}
	json_decref(at);
	json_decref(due);
	return NULL;
}

static bool is_evidence(const struct subject *s, const json_t *frames)
{
	const json_t *evidence = json_object_get(json_object_get(s->cause, "evidence"), "frames");
	json_t *one = frame_pairs(s->whole, frames), *all = frame_pairs(s->whole, evidence);
	bool found = false;

	for (size_t i = 0; i < json_array_size(all); i++)
		found |= json_equal(json_array_get(all, i), json_array_get(one, 0));
	json_decref(one);
	json_decref(all);
	return found;
}

/* The answer whose length the verdict goes by. */
static json_t *length(const struct subject *s)
{
	json_t *a, *o;
	size_t i;

	json_array_foreach(json_object_get(s->facts, "attempts"), i, a)
	{
		const json_t *auth = json_object_get(a, "auth"), *lengths = json_object_get(auth, "lengths");

		if (!lengths || !is_fault(s->verdict) ||
		    (!is_word(auth, "class", "bare_notify") && !is_word(auth, "class", "no_child")) ||
		    !is_evidence(s, json_object_get(auth, "frames")))
			continue;
		o = json_copy(json_object_get(auth, "lengths"));
		put_copy(o, "from", a, "responder");
		put_copy(o, "bytes", auth, "bytes");
		put_copy(o, "class", auth, "class");
		return o;
	}
	return NULL;
}

json_t *series_document(const struct subject *s)
{
	json_t *o = json_object(), *over_time = traffic(s);

	put(o, "start", instant(s->whole, zero_of(s)));
	put(o, "span", json_real(span_of(s, over_time)));
	put(o, "traffic", over_time);
	put_copy(o, "sizes", json_object_get(s->facts, "series"), "sizes");
	put(o, "outages", outages(s));
	put(o, "resends", resends(s));
	put(o, "length", length(s));
	return o;
}
