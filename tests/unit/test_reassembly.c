#include "tests/support/build.h"
#include "tests/support/suite.h"

#include "dissect/net/ip_reassembly.h"

static const int64_t SECOND = 1000000000;
static const uint8_t octets[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
static uint64_t frame;

/* What one piece is; said is its length where the recording is shorter. */
struct part {
	uint32_t id, offset, len;
	bool more;
	const void *bytes;
	uint32_t said, header_len;
	bool v6;
};

static bool add_part(struct reassembly *r, const struct part *part, struct datagram *ret)
{
	uint32_t said = part->said ? part->said : part->len;
	uint8_t *tight = copy_exactly(part->bytes ? part->bytes : octets + part->offset, part->len);
	struct ip ip = { .payload = cur_over(tight, part->len, part->len < said),
			 .payload_len = said,
			 .header_len = part->header_len ? part->header_len : 20,
			 .fragment = true,
			 .more = part->more,
			 .offset = part->offset };
	struct packet p = { .protocol = 17, .has_id = true, .id = part->id, .ttl = 64 };
	bool whole;

	addr_parse(part->v6 ? "2001:db8::1" : "192.0.2.1", &p.src);
	addr_parse(part->v6 ? "2001:db8::2" : "192.0.2.2", &p.dst);
	p.len = ip.header_len + said;
	p.cut = part->len < said;
	whole = reassembly_add(r, (struct seen){ 0, ++frame, 0 }, &p, &ip, ret);
	free(tight);
	return whole;
}

#define ADD(r, ret, ...) add_part(r, &(struct part){ __VA_ARGS__ }, ret)

static struct reassembly *fresh(void)
{
	struct datagram d;
	struct reassembly *r = reassembly_new(100, 1 << 20);

	frame = 0;
	ck_assert(!reassembly_old(r, SECOND, &d));
	return r;
}

static void expect_text(struct datagram *d, size_t len)
{
	ck_assert(d->train.complete);
	ck_assert_uint_eq(d->train.total, len);
	ck_assert_uint_eq(d->train.head.len, len);
	ck_assert_mem_eq(d->train.head.at, octets, len);
	datagram_clear(d);
}

/* The set is there, and is not whole. */
static struct datagram expect_broken(struct reassembly *r)
{
	struct datagram d;

	ck_assert(reassembly_rest(r, &d));
	ck_assert(!d.train.complete);
	return d;
}

START_TEST(three_pieces_in_any_order_make_the_datagram)
{
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	static const struct part parts[3] = { { .id = 7, .offset = 0, .len = 16, .more = true },
					      { .id = 7, .offset = 16, .len = 8, .more = true },
					      { .id = 7, .offset = 24, .len = 5 } };

	for (int i = 0; i < 6; i++) {
		struct reassembly *r = fresh();
		struct datagram d;

		ck_assert(!add_part(r, &parts[orders[i][0]], &d));
		ck_assert(!add_part(r, &parts[orders[i][1]], &d));
		ck_assert(add_part(r, &parts[orders[i][2]], &d));
		ck_assert_uint_eq(d.train.count, 3);
		ck_assert_uint_eq(d.train.duplicates, 0);
		ck_assert_uint_eq(d.seen.frame, 3);
		ck_assert_uint_eq(d.train.pieces[0].seen.frame, 1);
		ck_assert_uint_eq(d.train.pieces[0].offset, parts[orders[i][0]].offset);
		ck_assert(d.train.has_first && d.train.has_last && !d.train.overlap);
		ck_assert_uint_eq(d.packet.len, 49);
		ck_assert(!d.packet.cut);
		expect_text(&d, 29);
		ck_assert(!reassembly_rest(r, &d));
		reassembly_free(r);
	}
}
END_TEST

START_TEST(pieces_of_other_datagrams_do_not_mix)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .id = 1, .len = 16, .more = true));
	ck_assert(!ADD(r, &d, .id = 2, .offset = 16, .len = 8));
	ck_assert(!ADD(r, &d, .id = 1, .v6 = true, .offset = 16, .len = 8));
	ck_assert(ADD(r, &d, .id = 1, .offset = 16, .len = 8));
	expect_text(&d, 24);
	reassembly_free(r);
}
END_TEST

START_TEST(a_repeated_piece_is_counted_and_changes_nothing)
{
	struct reassembly *r = fresh();
	struct datagram d;

	for (int i = 0; i < 3; i++)
		ck_assert(!ADD(r, &d, .len = 16, .more = true));
	ck_assert(ADD(r, &d, .offset = 16, .len = 8));
	ck_assert_uint_eq(d.train.count, 2);
	ck_assert_uint_eq(d.train.duplicates, 2);
	ck_assert(!d.train.overlap);
	expect_text(&d, 24);
	reassembly_free(r);
}
END_TEST

START_TEST(an_overlap_of_equal_octets_is_told_and_harmless_in_ipv4)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 24, .more = true));
	ck_assert(ADD(r, &d, .offset = 16, .len = 16));
	ck_assert(d.train.overlap && !d.train.overlap_differs);
	expect_text(&d, 32);
	reassembly_free(r);
}
END_TEST

START_TEST(any_overlap_but_a_repeat_spoils_an_ipv6_datagram)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .v6 = true, .len = 24, .more = true));
	ck_assert(!ADD(r, &d, .v6 = true, .len = 24, .more = true));
	ck_assert(!ADD(r, &d, .v6 = true, .offset = 16, .len = 16));
	d = expect_broken(r);
	ck_assert(d.train.overlap && !d.train.overlap_differs);
	ck_assert_uint_eq(d.train.duplicates, 1);
	datagram_clear(&d);
	reassembly_free(r);
}
END_TEST

START_TEST(an_overlap_of_other_octets_spoils_the_datagram_and_the_first_stay)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 24, .more = true));
	ck_assert(!ADD(r, &d, .offset = 16, .len = 16, .bytes = "XXXXXXXXXXXXXXXX"));
	ck_assert(!ADD(r, &d, .offset = 16, .len = 16));
	d = expect_broken(r);
	ck_assert(d.train.overlap && d.train.overlap_differs && d.train.has_last);
	ck_assert_mem_eq(d.train.head.at, octets, 24);
	ck_assert_mem_eq(d.train.head.at + 24, "XXXXXXXX", 8);
	datagram_clear(&d);
	reassembly_free(r);
}
END_TEST

START_TEST(the_same_place_with_other_octets_is_no_repeat)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 8, .more = true));
	ck_assert(!ADD(r, &d, .len = 8, .more = true, .bytes = "ABCDEFGH"));
	ck_assert(!ADD(r, &d, .offset = 8, .len = 8));
	d = expect_broken(r);
	ck_assert_uint_eq(d.train.count, 3);
	ck_assert(d.train.overlap_differs);
	datagram_clear(&d);
	reassembly_free(r);
}
END_TEST

START_TEST(pieces_that_disagree_on_the_end_never_become_whole)
{
	static const struct part second[] = {
		{ .offset = 16, .len = 8 },               /* another end */
		{ .offset = 24, .len = 8, .more = true }, /* beyond the end */
	};

	for (int i = 0; i < 2; i++)
		for (int first = 0; first < 2; first++) {
			struct part last = { .offset = 16, .len = 4 };
			struct reassembly *r = fresh();
			struct datagram d;

			ck_assert(!add_part(r, first ? &last : &second[i], &d));
			ck_assert(!add_part(r, first ? &second[i] : &last, &d));
			ck_assert(!ADD(r, &d, .len = 16, .more = true));
			d = expect_broken(r);
			datagram_clear(&d);
			reassembly_free(r);
		}
}
END_TEST

START_TEST(a_piece_that_ends_beyond_65535_octets_is_not_taken)
{
	static const uint8_t much[65535];
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .offset = 65528, .len = 8, .bytes = much));
	ck_assert(!ADD(r, &d, .offset = 65512, .len = 4,
		       .bytes = much)); /* 65516 and a header of 20 */
	ck_assert(!ADD(r, &d, .offset = 8, .len = 65535, .bytes = much));
	ck_assert(!ADD(r, &d, .offset = 8, .len = 8, .said = UINT32_MAX, .bytes = much));
	ck_assert(!ADD(r, &d, .offset = 65528, .len = 8, .v6 = true, .bytes = much));
	ck_assert(!reassembly_rest(r, &d));
	ck_assert(!ADD(r, &d, .offset = 65512, .len = 3, .bytes = much));
	ck_assert(!ADD(r, &d, .offset = 65528, .len = 7, .v6 = true, .bytes = much));
	for (int i = 0; i < 2; i++) {
		d = expect_broken(r);
		datagram_clear(&d);
	}
	ck_assert(!reassembly_rest(r, &d));
	reassembly_free(r);
}
END_TEST

START_TEST(empty_pieces_and_odd_ones_of_ipv6_are_not_taken)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 0, .more = true));
	ck_assert(!ADD(r, &d, .offset = 8, .len = 0));
	ck_assert(!ADD(r, &d, .v6 = true, .len = 12, .more = true)); /* RFC 8200 4.5 */
	ck_assert(!reassembly_rest(r, &d));
	reassembly_free(r);
}
END_TEST

START_TEST(a_datagram_cut_by_the_recording_becomes_whole_with_less_to_show)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 10, .said = 24, .more = true));
	ck_assert(ADD(r, &d, .offset = 24, .len = 8));
	ck_assert(d.train.complete && d.packet.cut);
	ck_assert_uint_eq(d.train.total, 32);
	ck_assert_uint_eq(d.train.head.len, 10);
	ck_assert_mem_eq(d.train.head.at, octets, 10);
	datagram_clear(&d);
	reassembly_free(r);
}
END_TEST

START_TEST(a_second_recording_brings_what_the_first_had_cut_off)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 10, .said = 24, .more = true));
	ck_assert(!ADD(r, &d, .len = 24, .more = true));
	ck_assert(ADD(r, &d, .offset = 24, .len = 8));
	ck_assert(!d.packet.cut);
	ck_assert_uint_eq(d.train.duplicates, 1);
	expect_text(&d, 32);
	reassembly_free(r);
}
END_TEST

START_TEST(the_header_is_that_of_the_first_piece_wherever_it_comes)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .offset = 16, .len = 8, .header_len = 20));
	ck_assert(ADD(r, &d, .len = 16, .more = true, .header_len = 60));
	ck_assert_uint_eq(d.packet.len, 84);
	expect_text(&d, 24);
	reassembly_free(r);
}
END_TEST

START_TEST(a_set_is_told_after_thirty_seconds_and_not_before)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .id = 1, .len = 8, .more = true));
	ck_assert(!reassembly_old(r, 16 * SECOND, &d));
	ck_assert(!ADD(r, &d, .id = 2, .len = 8, .more = true));
	ck_assert(!reassembly_old(r, 31 * SECOND, &d));
	ck_assert(reassembly_old(r, 31 * SECOND + 1, &d));
	ck_assert_uint_eq(d.packet.id, 1);
	ck_assert(!d.train.complete && !d.train.evicted);
	ck_assert_uint_eq(d.packet.len, 28);
	datagram_clear(&d);
	ck_assert(!reassembly_old(r, 31 * SECOND + 1, &d));
	ck_assert(reassembly_old(r, 60 * SECOND, &d));
	datagram_clear(&d);
	reassembly_free(r);
}
END_TEST

START_TEST(time_that_jumps_back_ages_nothing)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 16, .more = true));
	ck_assert(!reassembly_old(r, -1000 * SECOND, &d));
	ck_assert(!reassembly_old(r, INT64_MIN, &d));
	ck_assert(!reassembly_old(r, INT64_MIN + 29 * SECOND, &d));
	ck_assert(ADD(r, &d, .offset = 16, .len = 8));
	expect_text(&d, 24);
	reassembly_free(r);
}
END_TEST

START_TEST(beyond_the_limit_the_oldest_goes_first)
{
	struct reassembly *r = reassembly_new(2, 1 << 20);
	struct datagram d;

	for (uint32_t id = 1; id <= 10; id++) {
		ck_assert(!ADD(r, &d, .id = id, .len = 8, .more = true));
		ck_assert_int_eq(reassembly_over(r, &d), id > 2);
		if (id > 2) {
			ck_assert_uint_eq(d.packet.id, id - 2);
			ck_assert(d.train.evicted);
			datagram_clear(&d);
		}
		ck_assert(!reassembly_over(r, &d));
	}
	reassembly_free(r);
}
END_TEST

START_TEST(beyond_the_limit_of_octets_sets_go_too)
{
	static const uint8_t much[65535];
	struct reassembly *r = reassembly_new(1000, 200000);
	struct datagram d;
	int gone = 0;

	for (uint32_t id = 1; id <= 10; id++) {
		ck_assert(!ADD(r, &d, .id = id, .offset = 60000, .len = 8, .bytes = much));
		for (; reassembly_over(r, &d); gone++)
			datagram_clear(&d);
	}
	ck_assert_int_ge(gone, 7); /* each takes some 60 kB */
	ck_assert_int_lt(gone, 9);
	reassembly_free(r);
}
END_TEST

START_TEST(a_datagram_recorded_twice_is_whole_once_and_its_rest_no_loss)
{
	struct reassembly *r = fresh();
	struct datagram d;

	ck_assert(!ADD(r, &d, .len = 16, .more = true));
	ck_assert(ADD(r, &d, .offset = 16, .len = 8));
	expect_text(&d, 24);
	ck_assert(!ADD(r, &d, .offset = 16, .len = 8)); /* the second recording of the last piece */
	ck_assert(!reassembly_rest(r, &d));
	ck_assert(!ADD(r, &d, .offset = 16, .len = 8, .bytes = "ABCDEFGH")); /* another datagram */
	d = expect_broken(r);
	datagram_clear(&d);
	reassembly_free(r);
}
END_TEST

START_TEST(more_pieces_than_are_told_are_still_put_together)
{
	struct reassembly *r = fresh();
	uint8_t all[TRAIN_PIECES * 8 + 80];
	uint64_t state = 1;
	struct datagram d;

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)build_random(&state);
	for (uint32_t at = 0; at < sizeof all; at += 8) {
		bool whole = ADD(r, &d, .offset = at, .len = 8, .more = at + 8 < sizeof all,
				 .bytes = all + at);

		ck_assert_int_eq(whole, at + 8 == sizeof all);
		if (!whole)
			ck_assert(!ADD(r, &d, .offset = at, .len = 8, .more = true,
				       .bytes = all + at));
	}
	ck_assert_uint_eq(d.train.count, TRAIN_PIECES + 10);
	ck_assert_uint_eq(d.train.duplicates, TRAIN_PIECES + 9);
	ck_assert_mem_eq(d.train.head.at, all, sizeof all);
	datagram_clear(&d);
	reassembly_free(r);
}
END_TEST

START_TEST(a_flood_of_tiny_pieces_ends_in_reasonable_time)
{
	struct reassembly *r = reassembly_new(2, 1 << 20);
	struct datagram d;

	/* Every second octet group, from behind: no two meet, each goes in front of all others. */
	for (uint32_t round = 0; round < 10; round++)
		for (uint32_t at = 65504; at >= 16; at -= 16) {
			ck_assert(!ADD(r, &d, .id = round, .offset = at, .len = 1, .more = true,
				       .bytes = "x"));
			while (reassembly_over(r, &d))
				datagram_clear(&d);
		}
	reassembly_free(r);
}
END_TEST

SUITE("reassembly", three_pieces_in_any_order_make_the_datagram,
      pieces_of_other_datagrams_do_not_mix, a_repeated_piece_is_counted_and_changes_nothing,
      an_overlap_of_equal_octets_is_told_and_harmless_in_ipv4,
      any_overlap_but_a_repeat_spoils_an_ipv6_datagram,
      an_overlap_of_other_octets_spoils_the_datagram_and_the_first_stay,
      the_same_place_with_other_octets_is_no_repeat,
      pieces_that_disagree_on_the_end_never_become_whole,
      a_piece_that_ends_beyond_65535_octets_is_not_taken,
      empty_pieces_and_odd_ones_of_ipv6_are_not_taken,
      a_datagram_cut_by_the_recording_becomes_whole_with_less_to_show,
      a_second_recording_brings_what_the_first_had_cut_off,
      the_header_is_that_of_the_first_piece_wherever_it_comes,
      a_set_is_told_after_thirty_seconds_and_not_before, time_that_jumps_back_ages_nothing,
      beyond_the_limit_the_oldest_goes_first, beyond_the_limit_of_octets_sets_go_too,
      a_datagram_recorded_twice_is_whole_once_and_its_rest_no_loss,
      more_pieces_than_are_told_are_still_put_together,
      a_flood_of_tiny_pieces_ends_in_reasonable_time)
