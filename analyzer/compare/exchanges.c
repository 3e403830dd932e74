/*
 * IKE requests that came more than once or were not answered: sent, arrived, answered, heard.
 */
#include <string.h>

#include "analyzer/compare/join.h"
#include "analyzer/track/fields.h"

enum { MAX_TOLD = 64 };
#define HAND_OVER 0.05 /* seconds a packet may need to be in both recordings */

static const json_t *attempt_with(const json_t *tunnel, const char *spi)
{
	const json_t *a;
	size_t i;

	json_array_foreach(json_object_get(tunnel, "attempts"), i, a)
		if (!strcmp(text_or(a, "spi_i", ""), spi))
			return a;
	return NULL;
}

static const json_t *same_exchange(const json_t *attempt, const json_t *x)
{
	const json_t *y;
	size_t i;

	json_array_foreach(json_object_get(attempt, "exchanges"), i, y)
		if (!strcmp(text_or(y, "type", ""), text_or(x, "type", "")) && int_of(y, "message_id") == int_of(x, "message_id") &&
		    !strcmp(text_or(y, "from", ""), text_or(x, "from", "")))
			return y;
	return NULL;
}

static bool within(const json_t *there, double at)
{
	return there && at >= real_of(there, "first") - HAND_OVER && at <= real_of(there, "last") - HAND_OVER;
}

/* Sends while the other end recorded, of those whose times are kept. */
static json_int_t sends_within(const json_t *half, const json_t *there)
{
	const json_t *at;
	json_int_t n = 0;
	size_t i;

	json_array_foreach(json_object_get(half, "at"), i, at)
		n += within(there, json_number_value(at));
	return n;
}

static void put(json_t *into, const char *name, json_t *take_value)
{
	if (take_value)
		json_object_set_new(into, name, take_value);
}

struct spans { /* when the sender's end recorded, and the other */
	const json_t *own, *other;
};

static json_t *row_of(const json_t *attempt, const json_t *sent, const json_t *there, struct spans spans)
{
	const json_t *answers = json_object_get(there, "answer"), *heard = json_object_get(sent, "answer");
	bool whole = there && !json_is_false(json_object_get(there, "complete"));
	json_int_t arrived = int_of(there, "sends");
	json_t *o = json_pack("{s:s,s:I,s:s,s:s,s:I}", "type", text_or(sent, "type", ""), "message_id",
			      int_of(sent, "message_id"), "spi", text_or(attempt, "spi_i", ""), "from",
			      text_or(sent, "from", ""), "attempt", int_of(attempt, "n"));

	put(o, "sent", json_integer(sends_within(sent, spans.other)));
	put(o, "sends", json_integer(int_of(sent, "sends")));
	put(o, "arrived", json_integer(whole ? arrived : 0));
	put(o, "partly", json_integer(whole ? 0 : arrived));
	put(o, "answers", json_integer(int_of(answers, "sends")));
	put(o, "answers_arrived", json_integer(int_of(heard, "sends")));
	put(o, "answers_partly", json_integer(int_of(json_object_get(sent, "partial_answer"), "trains")));
	put(o, "first", json_real(real_of(sent, "first")));
	put(o, "last", json_real(real_of(sent, "last")));
	put(o, "bytes", json_integer(int_of(sent, "ip_bytes")));
	put(o, "expects_answer", json_boolean(json_is_true(json_object_get(sent, "expects_answer"))));
	put(o, "quiet", json_boolean(json_is_true(json_object_get(sent, "quiet"))));
	put(o, "from_start", json_boolean(json_is_true(json_object_get(attempt, "from_start"))));
	put(o, "stage", json_string(text_or(attempt, "stage", "")));
	put(o, "icmp", json_integer(int_of(sent, "icmp") + int_of(there, "icmp")));
	put(o, "in_overlap", json_boolean(within(spans.other, real_of(sent, "first")) && within(spans.other, real_of(sent, "last"))));
	put(o, "frames", json_incref(json_object_get(sent, "frames")));
	put(o, "there_frames", json_incref(json_object_get(there, "frames")));
	if (answers) {
		put(o, "answer_bytes", json_integer(int_of(answers, "ip_bytes")));
		put(o, "answer_frames", json_incref(json_object_get(answers, "frames")));
		put(o, "answer_first", json_real(real_of(answers, "first")));
		put(o, "answer_last", json_real(real_of(answers, "last")));
		put(o, "answers_within", json_integer(sends_within(answers, spans.own)));
	}
	if (json_object_get(there ? there : sent, "refused"))
		put(o, "refused", json_incref(json_object_get(there ? there : sent, "refused")));
	return o;
}

static void add_of(json_t *list, const json_t *own, const json_t *other, const char *from, struct spans spans)
{
	const json_t *attempt, *x;
	size_t i, k;

	json_array_foreach(json_object_get(own, "attempts"), i, attempt) {
		const json_t *theirs = attempt_with(other, text_or(attempt, "spi_i", ""));

		json_array_foreach(json_object_get(attempt, "exchanges"), k, x) {
			if (strcmp(text_or(x, "from", ""), from) || !int_of(x, "sends") || json_array_size(list) >= MAX_TOLD)
				continue;
			if (int_of(x, "sends") > 1 || !json_is_true(json_object_get(x, "answered")))
				json_array_append_new(list, row_of(attempt, x, same_exchange(theirs, x), spans));
		}
	}
}

json_t *exchange_facts(const json_t *near, const json_t *far, const json_t *recorded)
{
	const json_t *a = json_object_get(recorded, "a"), *b = json_object_get(recorded, "b");
	json_t *list = json_array();

	add_of(list, near, far, "a", (struct spans){ a, b });
	add_of(list, far, near, "b", (struct spans){ b, a });
	return list;
}
