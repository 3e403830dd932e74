#include <jansson.h>

#include "analyzer/track/track.h"
#include "dissect/dissect.h"
#include "tests/support/sample.h"
#include "tests/support/suite.h"

/* IKE fragments of one request as the facts tell them. */

static struct built b;
static struct track *t;
static struct dissector *d;
static uint64_t number;

static void start(void)
{
	t = track_new(&(struct track_options){ .max_attempts = 0 });
	d = dissector_new(&(struct dissect_options){ .saw = track_message, .ctx = t });
	number = 0;
}

static void feed(void)
{
	struct frame f;

	build_udp(&b, 500, 500);
	build_ipv4(&b, A4, B4, 17);
	f = build_tight(&b, 101, b.len);
	f.number = ++number;
	f.time_ns = (int64_t)number * 1000000000;
	track_frame(t, 0, &f);
	dissector_frame(d, &f);
	free((void *)(uintptr_t)f.at);
}

static void header(uint8_t next, uint8_t version, uint8_t exchange, uint8_t flags, uint32_t id)
{
	uint8_t *ike = build_front(&b, 28);

	memcpy(ike, "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01", 16);
	ike[16] = next;
	ike[17] = version;
	ike[18] = exchange;
	ike[19] = flags;
	put32(ike + 20, id);
	put32(ike + 24, (uint32_t)b.len);
}

/* One SKF (RFC 7383 2.5) of an IKE_AUTH request. */
static void skf(uint16_t piece, uint16_t total)
{
	uint8_t *payload;

	build_start(&b, "", 0);
	build_behind(&b, 60);
	build_at(&b)[0] = (uint8_t)piece; /* no two are alike */
	payload = build_front(&b, 8);
	payload[0] = piece == 1 ? 35 : 0;
	put16(payload + 2, (uint32_t)b.len);
	put16(payload + 4, piece);
	put16(payload + 6, total);
	header(53, 0x20, 35, 8, 1);
	feed();
}

/* One piece of an encrypted Main Mode message (payload 132). */
static void v1(uint16_t id, uint8_t piece, bool last)
{
	uint8_t *payload;

	build_start(&b, "", 0);
	build_behind(&b, 60);
	if (piece == 1) {
		header(5, 0x10, 2, 1, 0);
		put32(build_at(&b) + 24, 200);
	}
	payload = build_front(&b, 8);
	put16(payload + 2, (uint32_t)b.len);
	put16(payload + 4, id);
	payload[6] = piece;
	payload[7] = last;
	header(132, 0x10, 2, 0, 0);
	feed();
}

/* sends, seen, total and what is missing of the only exchange, as "2x: 2 of 3 -1". */
static void expect(const char *told)
{
	json_t *facts, *x, *missing, *n;
	char text[200];
	size_t i, at;

	dissector_end(d);
	facts = track_facts(t);
	x = json_array_get(json_object_get(json_array_get(json_object_get(json_array_get(
		json_object_get(facts, "tunnels"), 0), "attempts"), 0), "exchanges"), 0);
	ck_assert_ptr_nonnull(x);
	at = (size_t)snprintf(text, sizeof text, "%dx: %d of %d",
			      (int)json_integer_value(json_object_get(x, "sends")),
			      (int)json_integer_value(json_object_get(x, "ike_pieces")),
			      (int)json_integer_value(json_object_get(x, "ike_total")));
	missing = json_object_get(x, "ike_missing");
	json_array_foreach(missing, i, n)
		at += (size_t)snprintf(text + at, sizeof text - at, " -%d", (int)json_integer_value(n));
	ck_assert_int_eq(json_is_true(json_object_get(x, "complete")), !missing);
	ck_assert_str_eq(text, told);
	json_decref(facts);
	dissector_free(d);
	track_free(t);
}

START_TEST(which_pieces_of_a_message_are_missing_is_told)
{
	start();
	for (int round = 0; round < 3; round++)
		skf(1, 3), skf(3, 3);
	expect("3x: 2 of 3 -2");
	start();
	skf(2, 5), skf(4, 5);
	expect("1x: 2 of 5 -1 -3 -5");
}
END_TEST

START_TEST(pieces_of_several_sends_make_a_whole)
{
	start();
	skf(1, 3), skf(3, 3), skf(2, 3), skf(3, 3);
	expect("2x: 3 of 3");
}
END_TEST

START_TEST(a_larger_total_begins_anew_and_smaller_ones_are_late)
{
	start();
	skf(1, 2), skf(1, 4), skf(2, 2), skf(2, 4), skf(4, 4);
	expect("2x: 3 of 4 -3");
	start();
	skf(1, 2), skf(2, 4), skf(3, 4), skf(4, 4), skf(2, 2);
	expect("2x: 3 of 4 -1");
}
END_TEST

START_TEST(what_was_whole_once_is_not_missing)
{
	start();
	skf(1, 2), skf(2, 2), skf(1, 3);
	expect("2x: 1 of 3");
}
END_TEST

START_TEST(the_total_of_ikev1_is_told_by_its_last_piece)
{
	start();
	v1(1, 1, false), v1(1, 3, true);
	expect("1x: 2 of 3 -2");
	start();
	v1(1, 1, false), v1(1, 3, false);
	expect("1x: 2 of 0 -2");
	start();
	v1(1, 1, false), v1(1, 2, true);
	expect("1x: 2 of 2");
}
END_TEST

START_TEST(ikev1_pieces_in_any_order_are_one_message)
{
	start();
	v1(1, 3, true), v1(1, 1, false), v1(1, 2, false);
	expect("1x: 3 of 3");
	start();
	v1(1, 2, false), v1(1, 1, false);
	expect("1x: 2 of 0");
	start();
	v1(1, 2, true), v1(2, 2, true), v1(2, 1, false);
	expect("2x: 2 of 2");
}
END_TEST

START_TEST(pieces_of_two_ikev1_sets_make_no_whole)
{
	start();
	v1(1, 1, false), v1(1, 3, true), v1(2, 1, false), v1(2, 2, false);
	expect("2x: 3 of 3 -3");
	start();
	v1(1, 1, false), v1(2, 1, false), v1(2, 2, true);
	expect("2x: 2 of 2");
}
END_TEST

START_TEST(numbers_beyond_all_bounds_are_borne)
{
	start();
	skf(65535, 65535), skf(1, 65535), skf(0, 65535), skf(3, 2);
	for (uint16_t piece = 2; piece <= 64; piece++) /* of more than that no claim is made */
		if (piece != 60)
			skf(piece, 65535);
	expect("1x: 63 of 65535 -60");
}
END_TEST

SUITE("IKE fragments by message", which_pieces_of_a_message_are_missing_is_told,
      pieces_of_several_sends_make_a_whole, a_larger_total_begins_anew_and_smaller_ones_are_late,
      what_was_whole_once_is_not_missing, the_total_of_ikev1_is_told_by_its_last_piece,
      ikev1_pieces_in_any_order_are_one_message, pieces_of_two_ikev1_sets_make_no_whole, numbers_beyond_all_bounds_are_borne)
