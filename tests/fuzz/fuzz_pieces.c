/*
 * fuzz_pieces.c - pieces of one IKE message (RFC 7383, or IKEv1 payload 132) through the tracker.
 *
 * The first octet chooses the version. Each piece is four octets: its number, the total (IKEv2) or the id
 * (IKEv1), flags (1: the last piece, 2: an answer, 4: half of it is not recorded), and what it holds. What
 * the facts say of the request is held against what was given.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/track/track.h"
#include "dissect/base/cursor.h"
#include "dissect/dissect.h"

enum { RAW = 101, IP = 20, UDP = 8, IKE = 28, PIECE = 8, DATA = 32, WHOLE = IP + UDP + IKE + PIECE + DATA };
enum { LAST = 1, ANSWER = 2, CUT = 4, TOLD = 64 }; /* pieces beyond the 64th are not told one by one */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct given {
	bool have[256][256]; /* [total, or id][number] */
	unsigned total, id;  /* the largest; the latest */
	bool any, ids_differ;
	bool whole;          /* IKEv2: a set was, before a larger total came */
};

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void put16(uint8_t *at, unsigned x)
{
	at[0] = (uint8_t)(x >> 8);
	at[1] = (uint8_t)x;
}

static void put_ike(uint8_t *at, uint8_t next, uint8_t version, uint8_t exchange, uint8_t flags, uint32_t len)
{
	memcpy(at, "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01", 16);
	at[16] = next;
	at[17] = version;
	at[18] = exchange;
	at[19] = flags;
	at[23] = version == 0x20;
	put16(at + 26, len);
}

static void put_packet(uint8_t at[WHOLE], bool v1, const uint8_t what[4])
{
	uint8_t *ip = at, *udp = ip + IP, *ike = udp + UDP, *piece = ike + IKE, *held = piece + PIECE;
	bool answer = what[2] & ANSWER;

	memset(at, 0, WHOLE);
	ip[0] = 0x45;
	put16(ip + 2, WHOLE);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, answer ? "\xcb\0q\x09\xc0\0\2\1" : "\xc0\0\2\1\xcb\0q\x09", 8);
	put16(udp, 500);
	put16(udp + 2, 500);
	put16(udp + 4, WHOLE - IP);
	put_ike(ike, v1 ? 132 : 53, v1 ? 0x10 : 0x20, v1 ? 2 : 35, v1 ? 0 : answer ? 0x20 : 8, WHOLE - IP - UDP);
	put16(piece + 2, PIECE + DATA);
	if (v1) {
		piece[5] = what[1];
		piece[6] = what[0];
		piece[7] = what[2] & LAST;
	} else {
		piece[5] = what[0];
		piece[7] = what[1];
	}
	memset(held, what[3], DATA);
	if (v1 && what[0] == 1)
		put_ike(held, 5, 0x10, 2, 1, 400);
}

static void note(struct given *g, bool v1, const uint8_t what[4])
{
	unsigned number = what[0], set = what[1], n = 1;

	if (!number || (!v1 && number > set))
		return;
	g->have[set][number] = true;
	g->ids_differ |= g->any && g->id != set;
	g->any = true;
	g->id = set;
	if (v1 || set < g->total)
		return;
	g->total = set;
	while (n <= set && g->have[set][n])
		n++;
	g->whole |= n > set;
}

/* What the facts say of the first request; borrowed. */
static const json_t *request(const json_t *facts)
{
	const json_t *tunnel = json_array_get(json_object_get(facts, "tunnels"), 0);
	const json_t *attempt = json_array_get(json_object_get(tunnel, "attempts"), 0);

	return json_array_get(json_object_get(attempt, "exchanges"), 0);
}

static void check(const struct given *g, bool v1, const json_t *x)
{
	const json_t *missing = json_object_get(x, "ike_missing"), *n;
	json_int_t total = json_integer_value(json_object_get(x, "ike_total")), before = 0;
	bool complete = json_is_true(json_object_get(x, "complete"));
	size_t i;

	need(json_integer_value(json_object_get(x, "ike_pieces")) <= TOLD);
	need(!complete || !missing);
	if (!v1 && total)
		need(total == g->total && (total > TOLD || complete == g->whole));
	json_array_foreach(missing, i, n) {
		json_int_t number = json_integer_value(n);

		need(number > before && number <= TOLD && (!total || number <= total));
		need(g->ids_differ || !g->have[v1 ? g->id : g->total][number]);
		before = number;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_over(data, size, false);
	bool v1 = cur_u8(&c) & 1, answers = false;
	struct track *t = track_new(&(struct track_options){ .max_tunnels = 0 });
	struct dissector *d = dissector_new(&(struct dissect_options){ .saw = track_message, .ctx = t });
	struct given *g = calloc(1, sizeof *g);
	struct frame f = { .number = 0, .link = RAW, .wire_len = WHOLE };
	json_t *facts;

	need(g != NULL);
	for (; cur_left(&c) >= 4; cur_skip(&c, 4)) {
		size_t len = c.at[2] & CUT ? WHOLE - DATA / 2 : WHOLE;
		uint8_t packet[WHOLE], *tight = malloc(len);

		need(tight != NULL);
		put_packet(packet, v1, c.at);
		memcpy(tight, packet, len);
		f.number += 1;
		f.time_ns += 100000000;
		f.at = tight;
		f.cap_len = len;
		track_frame(t, 0, &f);
		dissector_frame(d, &f);
		free(tight);
		answers |= c.at[2] & ANSWER;
		if (!(c.at[2] & ANSWER))
			note(g, v1, c.at);
	}
	dissector_end(d);
	facts = track_facts(t);
	need(facts != NULL);
	if (!answers) /* else an IKEv1 message may be the answer, and the first exchange another's */
		check(g, v1, request(facts));
	json_decref(facts);
	dissector_free(d);
	track_free(t);
	free(g);
	return 0;
}
