/*
 * The packets behind a finding by time, IP id and size, for a provider who records
 * too; and packets of the same direction that did get through.
 */
#include "analyzer/report/parts.h"

#include <stdlib.h>

enum { PACKETS_CITED = 10, PACKETS_PASSED = 5, CANDIDATES = 64, ICMP = 1, UDP = 17, ESP = 50, AH = 51, ICMP6 = 58 };

static const json_t *header_of(const struct subject *s, const json_t *frame)
{
	json_t *h;
	size_t i;

	json_array_foreach(json_object_get(s->facts, "headers"), i, h)
		if (same_frame(s->whole, json_object_get(h, "frame"), frame))
			return h;
	return NULL;
}

static bool among(const struct subject *s, const json_t *frame, const json_t *frames)
{
	json_t *f;
	size_t i;

	json_array_foreach(frames, i, f)
		if (same_frame(s->whole, f, frame))
			return true;
	return false;
}

/* In the terms of whoever looks at routers: ports only where the packet has them. */
static json_t *what_document(const json_t *h)
{
	const json_t *icmp = json_object_get(h, "icmp");
	char x[24], y[24];

	snprintf(x, sizeof x, "%lld", (long long)int_of(h, "sport"));
	snprintf(y, sizeof y, "%lld", (long long)int_of(h, "dport"));
	if (icmp) {
		snprintf(x, sizeof x, "%lld", (long long)json_integer_value(json_array_get(icmp, 0)));
		snprintf(y, sizeof y, "%lld", (long long)json_integer_value(json_array_get(icmp, 1)));
		return FILLED(W_packet_icmp, { "type", x }, { "code", y });
	}
	if (int_of(h, "offset"))
		return json_string(word(W_packet_fragment));
	if (int_of(h, "protocol") == UDP)
		return FILLED(W_packet_udp, { "sport", x }, { "dport", y });
	if (int_of(h, "protocol") == ESP)
		return json_string(word(W_packet_esp));
	if (int_of(h, "protocol") == AH)
		return json_string(word(W_packet_ah));
	snprintf(x, sizeof x, "%lld", (long long)int_of(h, "protocol"));
	return FILLED(W_packet_other, { "protocol", x });
}

static json_t *packet_document(const struct subject *s, const json_t *h)
{
	static const char *const kept[] = { "from", "bytes", "offset", "more", "df", "ttl", "protocol" };
	json_t *o = json_object();

	put(o, "frame", frame_pair(s->whole, json_object_get(h, "frame")));
	put(o, "time", instant_of(s->whole, h, "at"));
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], h, kept[i]);
	put_copy(o, "ip_id", h, "id");
	put(o, "what", what_document(h));
	return o;
}

static int by_time(const void *x, const void *y)
{
	double a = real_of(*(const json_t *const *)x, "at"), b = real_of(*(const json_t *const *)y, "at");

	return a < b ? -1 : a > b;
}

/* Of more than there is room for: all but one from the beginning, and the last. */
static json_t *listed(const struct subject *s, const json_t **headers, size_t n, size_t room)
{
	json_t *list = json_array();

	if (n)
		qsort(headers, n, sizeof *headers, by_time);
	for (size_t i = 0; i < n && i < room; i++)
		json_array_append_new(list, packet_document(s, headers[i + 1 == room ? n - 1 : i]));
	return list;
}

/* --- recorded at both ends: what left, and whether it came ------------------ */

static json_t *sighting_document(const struct subject *s, const json_t *row, const char *side, const char *class)
{
	static const char *const kept[] = { "bytes", "offset", "ttl" };
	const char *what = word_named("class", class, NULL);
	json_t *o = json_object();

	put(o, "frame", frame_pair(s->whole, json_object_get(row, "frame")));
	put(o, "time", instant_of(s->whole, row, "at"));
	put(o, "from", json_string(side));
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		put_copy(o, kept[i], row, kept[i]);
	if (is_set(row, "df"))
		put(o, "df", json_true());
	put_copy(o, "ip_id", row, "id");
	put(o, "there", frame_pair(s->whole, json_object_get(row, "there")));
	put(o, "what", json_string(what ? what : class));
	return o;
}

static int by_moment(const void *x, const void *y)
{
	return strcmp(text_or(*(const json_t *const *)x, "time", ""), text_or(*(const json_t *const *)y, "time", ""));
}

/* As listed() does it, of documents. Takes them. */
static json_t *listed_documents(json_t **take, size_t n, size_t room)
{
	json_t *list = json_array();

	if (n)
		qsort(take, n, sizeof *take, by_moment);
	for (size_t i = 0; i < n; i++)
		if (i + 1 < room || i + 1 == n)
			json_array_append(list, take[i]);
	for (size_t i = 0; i < n; i++)
		json_decref(take[i]);
	return list;
}

static bool any_among(const struct subject *s, const json_t *rows, const json_t *frames)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (among(s, json_object_get(row, "frame"), frames))
			return true;
	return false;
}

/* The way on which packets of the finding were lost; NULL when it is not about lost packets. */
static const char *losing_side(const struct subject *s, const json_t *frames)
{
	static const char *const sides[] = { "a", "b" };
	const json_t *ways = json_object_get(json_object_get(s->facts, "between"), "ways");
	const char *name;
	json_t *class;

	for (size_t i = 0; i < 2; i++)
		json_object_foreach(json_object_get(json_object_get(ways, sides[i]), "classes"), name, class)
			if (any_among(s, json_object_get(class, "lost_rows"), frames))
				return sides[i];
	return NULL;
}

/* Lost packets of the classes that the finding cites; of all classes of that way a few that arrived. */
static json_t *sightings(const struct subject *s, const json_t *frames, const char *rows, size_t room, size_t each)
{
	const char *side = losing_side(s, frames), *name;
	const json_t *way = json_object_get(json_object_get(json_object_get(s->facts, "between"), "ways"), side);
	bool arrived = !strcmp(rows, "arrived_rows");
	json_t *made[CANDIDATES], *class, *row;
	size_t n = 0, i;

	json_object_foreach(json_object_get(way, "classes"), name, class) {
		if (!arrived && !any_among(s, json_object_get(class, rows), frames))
			continue;
		json_array_foreach(json_object_get(class, rows), i, row)
			if (i < each && n < CANDIDATES)
				made[n++] = sighting_document(s, row, side, name);
	}
	return listed_documents(made, n, room);
}

json_t *packets_document(const struct subject *s, const json_t *frames)
{
	const json_t *headers[CANDIDATES];
	json_t *frame;
	size_t n = 0, i;

	if (losing_side(s, frames))
		return sightings(s, frames, "lost_rows", PACKETS_CITED, CANDIDATES);
	json_array_foreach(frames, i, frame) {
		const json_t *h = n < CANDIDATES ? header_of(s, frame) : NULL;

		if (h)
			headers[n++] = h;
	}
	return listed(s, headers, n, PACKETS_CITED);
}

/* The side whose packets the finding is about: the rule's word, else whose packets it shows. */
static char failing_sender(const struct subject *s, const json_t *finding)
{
	const json_t *args = json_object_get(finding, "args");
	const char *sender = text_or(args, "sender", text_of(args, "from"));
	unsigned of[2] = { 0, 0 };
	json_t *frame;
	size_t i;

	if (sender && !strcmp(sender, end_address(s, "a")))
		return 'a';
	if (sender && !strcmp(sender, end_address(s, "b")))
		return 'b';
	json_array_foreach(json_object_get(json_object_get(finding, "evidence"), "frames"), i, frame) {
		const json_t *h = header_of(s, frame);

		if (text_of(h, "from") && !json_object_get(h, "icmp"))
			of[text_of(h, "from")[0] == 'b'] += 1;
	}
	return of[0] > of[1] ? 'a' : of[1] ? 'b' : 0;
}

/* Recorded at the receiver: whatever is in the file, but no part of a packet. Elsewhere: what was answered. */
static bool got_through(const struct subject *s, const json_t *h, char sender)
{
	const char at_sender[2] = { sender, 0 };
	const json_t *attempts = json_object_get(s->facts, "attempts");
	json_t *a, *x;
	size_t i, k;

	if (json_object_get(h, "icmp") || !is_word(h, "from", at_sender))
		return false;
	if (recorded_at(s, sender == 'a' ? "b" : "a"))
		return !json_object_get(h, "offset");
	json_array_foreach(attempts, i, a)
		json_array_foreach(json_object_get(a, "exchanges"), k, x)
			if (is_set(x, "answered") && is_word(x, "from", at_sender) &&
			    int_of(x, "sends_after_answer") == 0 &&
			    among(s, json_object_get(h, "frame"), json_object_get(x, "frames")))
				return true;
	return false;
}

bool packets_lost(const struct subject *s, const json_t *frames)
{
	return losing_side(s, frames) != NULL;
}

/* Never of the frames that prove the fault. */
json_t *passed_document(const struct subject *s, const json_t *finding)
{
	const json_t *cited = json_object_get(json_object_get(finding, "evidence"), "frames");
	char sender = failing_sender(s, finding);
	const json_t *headers[CANDIDATES];
	size_t n = 0, i;
	json_t *h;

	if (losing_side(s, cited))
		return sightings(s, cited, "arrived_rows", PACKETS_CITED, PACKETS_CITED);
	if (json_object_get(s->facts, "between")) /* the counts of both ends say it better */
		return json_array();
	json_array_foreach(json_object_get(s->facts, "headers"), i, h)
		if (sender && n < CANDIDATES && got_through(s, h, sender) &&
		    !among(s, json_object_get(h, "frame"), cited))
			headers[n++] = h;
	return listed(s, headers, n, PACKETS_PASSED);
}
