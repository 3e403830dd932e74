#include "analyzer/run/ring.h"
#include "tests/support/suite.h"

#define SECOND INT64_C(1000000000)

/* The key of one file: when it begins and ends, and the pair of hosts in it; NULL for none. */
static json_t *file(int64_t first_s, int64_t last_s, const char *a, const char *b)
{
	json_t *tunnels = json_array(), *facts, *key;

	if (a)
		json_array_append_new(tunnels, json_pack("{s:{s:s,s:s}}", "ends", "a", a, "b", b));
	facts = json_pack("{s:[{s:I,s:I}],s:o}", "captures", "first_ns", (json_int_t)(first_s * SECOND),
			  "last_ns", (json_int_t)(last_s * SECOND), "tunnels", tunnels);
	key = ring_key(facts);
	json_decref(facts);
	return key;
}

static json_t *empty(void)
{
	return json_pack("{s:[]}", "pairs");
}

static size_t order[4], ring[4];

static void sort(json_t **keys, size_t n)
{
	ring_sort(keys, n, order, ring);
	for (size_t i = 0; i < n; i++)
		json_decref(keys[i]);
}

START_TEST(files_that_follow_on_each_other_are_one_ring_in_order_of_time)
{
	json_t *keys[] = { file(100, 200, "192.0.2.1", "192.0.2.2"), file(200, 300, NULL, NULL),
			    file(0, 99, "192.0.2.2", "192.0.2.1") };

	sort(keys, 3);
	ck_assert_uint_eq(order[0], 2);
	ck_assert_uint_eq(order[1], 0);
	ck_assert_uint_eq(order[2], 1);
	ck_assert_uint_eq(ring[0], ring[1]);
	ck_assert_uint_eq(ring[0], ring[2]);
}
END_TEST

START_TEST(two_recordings_of_the_same_time_stay_two_in_the_order_given)
{
	json_t *keys[] = { file(10, 100, "192.0.2.1", "192.0.2.2"), file(9, 100, "192.0.2.1", "192.0.2.2") };

	sort(keys, 2);
	ck_assert_uint_ne(ring[0], ring[1]);
	ck_assert_uint_eq(order[0], 0);
	ck_assert_uint_eq(order[1], 1);
}
END_TEST

START_TEST(other_hosts_are_another_recording)
{
	json_t *keys[] = { file(0, 100, "192.0.2.1", "192.0.2.2"), file(100, 200, "192.0.2.1", "192.0.2.3") };

	sort(keys, 2);
	ck_assert_uint_ne(ring[0], ring[1]);
}
END_TEST

START_TEST(a_long_pause_is_the_end_of_a_ring)
{
	json_t *keys[] = { file(0, 100, "192.0.2.1", "192.0.2.2"), file(401, 500, "192.0.2.1", "192.0.2.2"),
			    file(500, 501, "192.0.2.1", "192.0.2.2") };

	sort(keys, 3);
	ck_assert_uint_ne(ring[0], ring[1]);
	ck_assert_uint_eq(ring[1], ring[2]);
}
END_TEST

START_TEST(rings_of_two_recorders_are_told_apart)
{
	json_t *keys[] = { file(0, 100, "192.0.2.1", "192.0.2.2"), file(1, 101, "192.0.2.1", "192.0.2.2"),
			    file(100, 200, "192.0.2.1", "192.0.2.2"), file(101, 201, "192.0.2.1", "192.0.2.2") };

	sort(keys, 4);
	ck_assert_uint_ne(ring[0], ring[1]);
	ck_assert_uint_eq(ring[0] == ring[2], ring[1] == ring[3]);
	ck_assert_uint_ne(ring[2], ring[3]);
}
END_TEST

START_TEST(a_file_without_a_frame_goes_with_its_neighbour)
{
	json_t *keys[] = { file(100, 200, "192.0.2.1", "192.0.2.2"), empty(),
			   file(0, 100, "192.0.2.1", "192.0.2.2") };

	sort(keys, 3);
	ck_assert_uint_eq(order[0], 2);
	ck_assert_uint_eq(order[1], 0);
	ck_assert_uint_eq(order[2], 1);
	ck_assert_uint_eq(ring[0], ring[1]);
	ck_assert_uint_eq(ring[0], ring[2]);
}
END_TEST

START_TEST(files_that_cannot_be_read_stay_where_they_were)
{
	json_t *keys[] = { NULL, file(0, 100, "192.0.2.1", "192.0.2.2"), NULL };

	sort(keys, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(order[i], i);
	ck_assert_uint_ne(ring[0], ring[2]);
}
END_TEST

SUITE("ring",
      files_that_follow_on_each_other_are_one_ring_in_order_of_time,
      two_recordings_of_the_same_time_stay_two_in_the_order_given,
      other_hosts_are_another_recording,
      a_long_pause_is_the_end_of_a_ring,
      rings_of_two_recorders_are_told_apart,
      a_file_without_a_frame_goes_with_its_neighbour,
      files_that_cannot_be_read_stay_where_they_were)
