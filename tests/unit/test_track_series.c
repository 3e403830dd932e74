#include "tests/support/track_feed.h"

/* Packets over time and by size, and where sequence numbers are missing: bounded, and nothing lost in sum. */

#define A "198.51.100.10"
#define B "203.0.113.10"

static void esp(const char *from, const char *to, uint32_t sequence, uint32_t len)
{
	struct packet p = feed_packet(from, to, 50, len);

	feed_esp(&p, *from == '1' ? 0x1234 : 0x4321, sequence);
}

static json_t *tunnel_of(json_t *facts)
{
	return FACT_OF(facts, "tunnels", "0");
}

static json_t *traffic_of(json_t *tunnel)
{
	return FACT_OF(tunnel, "series", "traffic");
}

static size_t points_of(json_t *tunnel)
{
	return json_array_size(FACT_OF(traffic_of(tunnel), "a", "at")) +
	       json_array_size(FACT_OF(traffic_of(tunnel), "b", "at"));
}

static double sum_of(json_t *tunnel, const char *column)
{
	double sum = 0;

	for (int side = 0; side < 2; side++) {
		json_t *values = FACT_OF(traffic_of(tunnel), side ? "b" : "a", column), *v;
		size_t i;

		json_array_foreach(values, i, v) sum += json_number_value(v);
	}
	return sum;
}

static void points_rise(json_t *tunnel)
{
	for (int side = 0; side < 2; side++) {
		json_t *at = FACT_OF(traffic_of(tunnel), side ? "b" : "a", "at");

		for (size_t i = 1; i < json_array_size(at); i++)
			ck_assert_int_ge(json_integer_value(json_array_get(at, i)),
					 json_integer_value(json_array_get(at, i - 1)));
	}
}

START_TEST(few_packets_are_a_point_each)
{
	json_t *facts;

	feed_begin();
	for (uint32_t i = 1; i <= 240; i++, feed_at += i % 7)
		esp(i % 3 ? A : B, i % 3 ? B : A, i, 100 + i);
	facts = feed_end();
	ck_assert_uint_eq(points_of(tunnel_of(facts)), 240);
	ck_assert_double_eq(NUMBER_OF(traffic_of(tunnel_of(facts)), "width"), 0);
	points_rise(tunnel_of(facts));
	json_decref(facts);
}
END_TEST

START_TEST(many_packets_join_and_none_is_lost)
{
	static const double steps[] = { 0.000001, 0.01, 1, 3600 };

	for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
		json_t *facts;

		feed_begin();
		for (uint32_t i = 1; i <= 20000; i++, feed_at += steps[k] * (i % 5))
			esp(i % 3 ? A : B, i % 3 ? B : A, i, 100);
		facts = feed_end();
		ck_assert_uint_le(points_of(tunnel_of(facts)), 240);
		ck_assert_uint_ge(points_of(tunnel_of(facts)), 60);
		ck_assert_double_eq(sum_of(tunnel_of(facts), "packets"), 20000);
		ck_assert_double_eq(sum_of(tunnel_of(facts), "data"), 2e6);
		points_rise(tunnel_of(facts));
		json_decref(facts);
	}
}
END_TEST

START_TEST(times_that_run_backwards_are_put_where_they_belong)
{
	json_t *facts, *side;

	feed_begin();
	for (uint32_t i = 0; i < 9; i++) {
		feed_at = i == 8 ? 2.5 : 1 + i;
		esp(A, B, i + 1, 100 + i);
	}
	facts = feed_end();
	side = FACT_OF(traffic_of(tunnel_of(facts)), *TEXT_OF(tunnel_of(facts), "ends", "a") == '1' ? "a" : "b");
	ck_assert_double_eq(NUMBER_OF(side, "at", "2"), 1500000);
	ck_assert_double_eq(NUMBER_OF(side, "data", "2"), 108);
	points_rise(tunnel_of(facts));
	json_decref(facts);

	feed_begin();
	for (uint32_t i = 1; i <= 5000; i++) {
		feed_at = (double)(i * 7919 % 5000);
		esp(i % 2 ? A : B, i % 2 ? B : A, i, 100);
	}
	facts = feed_end();
	ck_assert_uint_le(points_of(tunnel_of(facts)), 240);
	ck_assert_double_eq(sum_of(tunnel_of(facts), "packets"), 5000);
	points_rise(tunnel_of(facts));
	json_decref(facts);
}
END_TEST

START_TEST(time_stamps_of_the_end_of_time_overflow_nothing)
{
	json_t *facts;

	feed_begin();
	for (uint32_t i = 1; i <= 1000; i++) {
		feed_at = i % 2 ? 9.2e9 : -9.2e9;
		esp(i % 3 ? A : B, i % 3 ? B : A, i, 100);
	}
	facts = feed_end();
	ck_assert_uint_le(points_of(tunnel_of(facts)), 240);
	ck_assert_double_eq(sum_of(tunnel_of(facts), "packets"), 1000);
	json_decref(facts);
}
END_TEST

START_TEST(the_more_tunnels_the_fewer_points_of_each)
{
	json_t *facts, *tunnel;
	size_t points = 0, steps = 0, i;

	feed_begin();
	for (uint32_t i2 = 0; i2 < 60000; i2++, feed_at += 0.001) {
		char from[24];
		struct packet p;

		feed_at += i2 == 59999 ? 5 : 0; /* time enough for all others to be heard */
		snprintf(from, sizeof from, "10.0.%u.%u", i2 % 600 / 200, i2 % 200 + 1);
		p = feed_packet(from, B, 50, i2 / 600 % 2 ? 1400 : 60 + i2 % 1400);
		feed_esp(&p, 0x1000 + i2 % 600, i2 / 600 + 1);
	}
	facts = feed_end();
	json_array_foreach(FACT_OF(facts, "tunnels"), i, tunnel)
	{
		points += points_of(tunnel);
		steps += json_array_size(FACT_OF(tunnel, "series", "sizes", "a")) +
			 json_array_size(FACT_OF(tunnel, "series", "sizes", "b"));
		ck_assert_double_eq(sum_of(tunnel, "packets"), 100);
	}
	ck_assert_uint_eq(json_array_size(FACT_OF(facts, "tunnels")), 600);
	ck_assert_uint_le(points, 600 * 8);
	ck_assert_uint_gt(points, 600);
	ck_assert_uint_le(steps, 600 * 8);
	ck_assert_uint_gt(steps, 0);
	json_decref(facts);
}
END_TEST

/* [lowest, highest, packets, unheard] */
static void row_is(json_t *row, int low, int high, int count, int unheard)
{
	const int due[] = { low, high, count, unheard };

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(json_integer_value(json_array_get(row, i)), due[i]);
}

START_TEST(large_packets_that_bring_nothing_back_are_told_by_size)
{
	json_t *facts, *sizes;
	uint32_t a = 1, b = 1;

	feed_begin();
	for (int i = 0; i < 4; i++) {
		esp(A, B, a++, 120); /* a small one is answered */
		feed_at += 0.01;
		esp(B, A, b++, 124);
		feed_at += 0.01;
		esp(A, B, a++, 1300); /* and so is a large one */
		feed_at += 0.01;
		esp(B, A, b++, 1000);
		feed_at += 2;
		esp(A, B, a++, 1412); /* this one is not */
		feed_at += 2;
	}
	facts = feed_end();
	sizes = FACT_OF(tunnel_of(facts), "series", "sizes", *TEXT_OF(tunnel_of(facts), "ends", "a") == '1' ? "a" : "b");
	ck_assert_uint_eq(json_array_size(sizes), 3);
	row_is(json_array_get(sizes, 0), 120, 120, 4, 0);
	row_is(json_array_get(sizes, 1), 1300, 1300, 4, 0);
	row_is(json_array_get(sizes, 2), 1412, 1412, 4, 3); /* the last one had no time to be heard */
	json_decref(facts);
}
END_TEST

static json_t *gaps_of(json_t *facts)
{
	return FACT_OF(tunnel_of(facts), "flows", "0", "gaps");
}

static void gap_is(json_t *gap, uint32_t first, uint32_t last, uint32_t missing)
{
	ck_assert_int_eq(json_integer_value(json_array_get(gap, 0)), first);
	ck_assert_int_eq(json_integer_value(json_array_get(gap, 1)), last);
	ck_assert_int_eq(json_integer_value(json_array_get(gap, 2)), missing);
}

START_TEST(places_of_missing_numbers_are_told_inside_the_window_and_behind_it)
{
	json_t *facts;

	feed_begin();
	for (uint32_t i = 1; i <= 9000; i++)
		if (i != 10 && (i < 50 || i > 54) && (i < 8990 || i > 8991))
			esp(A, B, i, 100);
	esp(A, B, 20000, 100);
	facts = feed_end();
	ck_assert_uint_eq(json_array_size(gaps_of(facts)), 4);
	gap_is(json_array_get(gaps_of(facts), 0), 10, 10, 1);
	gap_is(json_array_get(gaps_of(facts), 1), 50, 54, 5);
	gap_is(json_array_get(gaps_of(facts), 2), 8990, 8991, 2);
	gap_is(json_array_get(gaps_of(facts), 3), 9001, 19999, 10999);
	json_decref(facts);
}
END_TEST

START_TEST(many_places_become_few_and_the_sum_stays)
{
	json_t *facts, *gap;
	json_int_t missing = 0, before = 0;
	size_t i;

	feed_begin();
	for (uint32_t n = 1; n <= 20000; n++)
		if (n * 2654435761u % 100 > 5 || n == 20000)
			esp(A, B, n, 100);
	facts = feed_end();
	ck_assert_uint_le(json_array_size(gaps_of(facts)), 24);
	json_array_foreach(gaps_of(facts), i, gap)
	{
		missing += json_integer_value(json_array_get(gap, 2));
		ck_assert_int_gt(json_integer_value(json_array_get(gap, 0)), before);
		before = json_integer_value(json_array_get(gap, 1));
	}
	ck_assert_int_eq(missing, (json_int_t)NUMBER_OF(tunnel_of(facts), "flows", "0", "lost"));
	json_decref(facts);
}
END_TEST

SUITE("track series",
      few_packets_are_a_point_each,
      many_packets_join_and_none_is_lost,
      times_that_run_backwards_are_put_where_they_belong,
      time_stamps_of_the_end_of_time_overflow_nothing,
      the_more_tunnels_the_fewer_points_of_each,
      large_packets_that_bring_nothing_back_are_told_by_size,
      places_of_missing_numbers_are_told_inside_the_window_and_behind_it,
      many_places_become_few_and_the_sum_stays)
