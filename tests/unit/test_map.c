#include "tests/support/suite.h"

#include "dissect/base/map.h"
#include "dissect/base/mem.h"

static uint32_t *add(struct map *m, uint32_t key)
{
	return map_add(m, &key);
}

static uint32_t *find(struct map *m, uint32_t key)
{
	return map_find(m, &key);
}

static void drop(struct map *m, uint32_t key)
{
	map_remove(m, &key);
}

START_TEST(what_was_added_is_found_and_nothing_else)
{
	struct map *m = map_new(sizeof(uint32_t), sizeof(uint32_t), 10000);

	for (uint32_t i = 0; i < 5000; i++)
		*add(m, i * 3) = i;
	for (uint32_t i = 0; i < 15000; i++) {
		uint32_t *value = find(m, i);

		ck_assert_int_eq(value != NULL, i % 3 == 0);
		if (value)
			ck_assert_uint_eq(*value, i / 3);
	}
	ck_assert_uint_eq(map_count(m), 5000);
	map_free(m);
}
END_TEST

START_TEST(values_never_move_while_the_map_grows)
{
	struct map *m = map_new(sizeof(uint32_t), sizeof(uint32_t), 10000);
	uint32_t *first = add(m, 0);

	for (uint32_t i = 1; i < 10000; i++)
		add(m, i);
	ck_assert_ptr_eq(find(m, 0), first);
	ck_assert_ptr_eq(add(m, 0), first);
	map_free(m);
}
END_TEST

START_TEST(a_full_map_refuses_the_new_and_still_finds_the_old)
{
	struct map *m = map_new(sizeof(uint32_t), sizeof(uint32_t), 2);

	add(m, 1);
	add(m, 2);
	ck_assert(map_full(m));
	ck_assert_ptr_null(add(m, 3));
	ck_assert_ptr_nonnull(add(m, 2));
	drop(m, 1);
	ck_assert_ptr_nonnull(add(m, 3));
	ck_assert_ptr_null(find(m, 1));
	map_free(m);
}
END_TEST

START_TEST(a_value_is_zero_when_added_again)
{
	struct map *m = map_new(sizeof(uint32_t), sizeof(uint32_t), 2);

	*add(m, 1) = 77;
	drop(m, 1);
	drop(m, 1);
	ck_assert_uint_eq(*add(m, 2), 0);
	ck_assert_uint_eq(map_count(m), 1);
	map_free(m);
}
END_TEST

START_TEST(walking_is_in_order_of_adding_or_of_the_last_touch)
{
	struct map *m = map_new(sizeof(uint32_t), sizeof(uint32_t), 300);
	uint32_t n = 0;

	for (uint32_t i = 0; i < 300; i++)
		*add(m, i) = i;
	drop(m, 100);
	map_touch(m, find(m, 0));
	for (uint32_t *v = map_oldest(m); v; v = map_younger(m, v)) {
		uint32_t expected = n < 99 ? n + 1 : n < 298 ? n + 2 : 0;

		ck_assert_uint_eq(*v, expected);
		ck_assert_mem_eq(map_key(m, v), &expected, sizeof expected);
		n += 1;
	}
	ck_assert_uint_eq(n, 299);
	map_free(m);
}
END_TEST

START_TEST(keys_and_values_of_odd_sizes_keep_apart)
{
	struct map *m = map_new(3, 5, 100);

	for (uint8_t i = 0; i < 100; i++)
		memset(map_add(m, (uint8_t[]){ i, 0, i }), i, 5);
	for (uint8_t i = 0; i < 100; i++) {
		uint8_t *value = map_find(m, (uint8_t[]){ i, 0, i }), expected[5];

		memset(expected, i, 5);
		ck_assert_mem_eq(value, expected, 5);
		ck_assert_mem_eq(map_key(m, value), ((uint8_t[]){ i, 0, i }), 3);
	}
	map_free(m);
}
END_TEST

START_TEST(the_hash_depends_on_every_octet_and_the_length)
{
	uint8_t b[40] = { 0 };
	uint64_t plain = map_hash(b, sizeof b);

	ck_assert(map_hash(b, sizeof b) == plain);
	ck_assert(map_hash(b, sizeof b - 1) != plain);
	for (size_t i = 0; i < sizeof b; i++) {
		b[i] = 1;
		ck_assert(map_hash(b, sizeof b) != plain);
		b[i] = 0;
	}
	(void)map_hash(NULL, 0);
}
END_TEST

START_TEST(an_array_grows_by_zeroed_elements_and_keeps_the_old)
{
	struct {
		uint32_t a, b;
	} *items = NULL;
	size_t count = 0, capacity = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		MEM_PUSH(items, count, capacity);
		ck_assert_uint_eq(items[i].a + items[i].b, 0);
		items[i].a = items[i].b = i;
	}
	ck_assert_uint_eq(count, 1000);
	ck_assert(capacity >= 1000);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(items[i].a, i);
	mem_free(items);
}
END_TEST

SUITE("map", what_was_added_is_found_and_nothing_else, values_never_move_while_the_map_grows,
      a_full_map_refuses_the_new_and_still_finds_the_old, a_value_is_zero_when_added_again,
      walking_is_in_order_of_adding_or_of_the_last_touch, keys_and_values_of_odd_sizes_keep_apart,
      the_hash_depends_on_every_octet_and_the_length,
      an_array_grows_by_zeroed_elements_and_keeps_the_old)
