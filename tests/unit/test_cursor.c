#include "tests/support/suite.h"

#include "dissect/base/cursor.h"

static const uint8_t octets[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static struct cursor over_all(void)
{
	return cur_over(octets, sizeof octets, false);
}

START_TEST(reads_are_big_endian_and_advance)
{
	struct cursor c = over_all();

	ck_assert_uint_eq(cur_u8(&c), 0x01);
	ck_assert_uint_eq(cur_u16(&c), 0x0203);
	ck_assert_uint_eq(cur_u32(&c), 0x04050607);
	ck_assert_uint_eq(cur_u64(&c), 0x08090a0b0c0d0e0f);
	ck_assert(cur_ok(&c));
	ck_assert_uint_eq(cur_left(&c), 0);
}
END_TEST

START_TEST(no_read_leaves_an_exact_buffer)
{
	for (size_t n = 0; n < 8; n++) {
		uint8_t *tight = copy_exactly(octets, n);

		for (int read = 0; read < 5; read++) {
			struct cursor c = cur_over(tight, n, n % 2);
			static const size_t width[] = { 1, 2, 4, 8, 5 };
			uint64_t got = read == 0   ? cur_u8(&c)
				       : read == 1 ? cur_u16(&c)
				       : read == 2 ? cur_u32(&c)
				       : read == 3 ? cur_u64(&c)
						   : cur_bytes(&c, 5).len;

			ck_assert_int_eq(cur_ok(&c), width[read] <= n);
			ck_assert_int_eq(got != 0, width[read] <= n || (read == 3 && n >= 4));
			if (!cur_ok(&c))
				ck_assert_int_eq(c.fault, n % 2 ? FAULT_CUT : FAULT_SHORT);
		}
		free(tight);
	}
}
END_TEST

START_TEST(the_first_fault_stays_and_reads_after_it_are_zero)
{
	struct cursor c = over_all();

	cur_skip(&c, 14);
	ck_assert_uint_eq(cur_u16(&c), 0);
	ck_assert_int_eq(c.fault, FAULT_SHORT);
	cur_fail(&c, FAULT_LENGTH);
	ck_assert_int_eq(c.fault, FAULT_SHORT);
	ck_assert_uint_eq(cur_u8(&c), 0);
	ck_assert_uint_eq(cur_bytes(&c, 1).len, 0);
	ck_assert_uint_eq(cur_rest(&c).len, 0);
}
END_TEST

START_TEST(a_length_near_the_end_of_all_numbers_does_not_fit)
{
	struct cursor c = over_all(), child;

	ck_assert(!cur_has(&c, SIZE_MAX));
	c = over_all();
	ck_assert_uint_eq(cur_bytes(&c, SIZE_MAX - 3).len, 0);
	c = over_all();
	child = cur_child(&c, SIZE_MAX);
	ck_assert_uint_eq(cur_left(&child), sizeof octets);
	ck_assert_int_eq(c.fault, FAULT_SHORT);
}
END_TEST

START_TEST(a_child_ends_where_its_length_says_and_blames_the_sender)
{
	struct cursor c = cur_over(octets, sizeof octets, true), child = cur_child(&c, 3);

	ck_assert_uint_eq(cur_left(&child), 3);
	ck_assert_uint_eq(cur_u32(&child), 0);
	ck_assert_int_eq(child.fault, FAULT_SHORT);
	ck_assert(cur_ok(&c));
	ck_assert_uint_eq(cur_u8(&c), 4);
}
END_TEST

START_TEST(a_child_over_the_end_of_the_recording_keeps_what_is_left_and_is_cut)
{
	struct cursor c = cur_over(octets, 5, true), child = cur_child(&c, 8);

	ck_assert_uint_eq(cur_u32(&child), 0x01020304);
	ck_assert_uint_eq(cur_u16(&child), 0);
	ck_assert_int_eq(child.fault, FAULT_CUT);
	ck_assert_int_eq(c.fault, FAULT_CUT);
	ck_assert_uint_eq(cur_left(&c), 0);
}
END_TEST

START_TEST(a_child_over_the_end_of_the_packet_is_short)
{
	struct cursor c = cur_over(octets, 5, false), child = cur_child(&c, 8);

	cur_skip(&child, 6);
	ck_assert_int_eq(child.fault, FAULT_SHORT);
	ck_assert_int_eq(c.fault, FAULT_SHORT);
}
END_TEST

START_TEST(a_child_of_a_broken_cursor_is_empty)
{
	struct cursor c = over_all(), child;

	cur_fail(&c, FAULT_LENGTH);
	child = cur_child(&c, 4);
	ck_assert_uint_eq(cur_left(&child), 0);
	ck_assert_int_eq(c.fault, FAULT_LENGTH);
}
END_TEST

START_TEST(a_cursor_over_nothing_is_whole_and_empty)
{
	struct cursor c = cur_over(NULL, 7, false);

	ck_assert_uint_eq(cur_left(&c), 0);
	ck_assert_uint_eq(cur_u8(&c), 0);
	ck_assert_int_eq(c.fault, FAULT_SHORT);
}
END_TEST

SUITE("cursor", reads_are_big_endian_and_advance, no_read_leaves_an_exact_buffer,
      the_first_fault_stays_and_reads_after_it_are_zero,
      a_length_near_the_end_of_all_numbers_does_not_fit,
      a_child_ends_where_its_length_says_and_blames_the_sender,
      a_child_over_the_end_of_the_recording_keeps_what_is_left_and_is_cut,
      a_child_over_the_end_of_the_packet_is_short, a_child_of_a_broken_cursor_is_empty,
      a_cursor_over_nothing_is_whole_and_empty)
