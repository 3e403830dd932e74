/*
 * Frames that are some milliseconds out of order, in any permutation, are told in order
 * of time, each with its own number and bytes; and the facts are those of the ordered file.
 */
#include <stdio.h>
#include <unistd.h>

#include "analyzer/run/run.h"
#include "dissect/capture/capture.h"
#include "tests/support/scene.h"
#include "tests/support/suite.h"

enum { HEAD = 24, RECORD = 16, ROUNDS = 12, MANY = 1200, WINDOW_NS = 5000000, HELD = 64 };

static struct record { /* of a pcap file in nanoseconds */
	int64_t ns, late_ns;
	const uint8_t *at;
	size_t len; /* with its header */
	size_t number; /* in order of time */
} records[MANY];
static size_t records_len;
static char path[] = "/tmp/order-XXXXXX";

static uint32_t word_at(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return v;
}

static void read_records(const uint8_t *file, size_t len)
{
	records_len = 0;
	for (size_t at = HEAD; at + RECORD <= len;) {
		struct record *r = &records[records_len];

		ck_assert_uint_lt(records_len, MANY);
		r->ns = (int64_t)word_at(file + at) * 1000000000 + word_at(file + at + 4);
		r->at = file + at;
		r->len = RECORD + word_at(file + at + 8);
		r->number = ++records_len;
		at += r->len;
	}
}

static int by_lateness(const void *x, const void *y)
{
	const struct record *a = x, *b = y;

	if (a->late_ns != b->late_ns)
		return a->late_ns < b->late_ns ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

/* Each one is written up to that much late; equal times stay as they are. */
static void shuffle(uint64_t *random, uint32_t most_ns)
{
	for (size_t i = 0; i < records_len; i++)
		records[i].late_ns = i && records[i].ns == records[i - 1].ns
					     ? records[i - 1].late_ns
					     : records[i].ns + (most_ns ? build_random(random) % most_ns : 0);
	qsort(records, records_len, sizeof *records, by_lateness);
}

static void write_records(const uint8_t *head)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(head, 1, HEAD, f), HEAD);
	for (size_t i = 0; i < records_len; i++)
		ck_assert_uint_eq(fwrite(records[i].at, 1, records[i].len, f), records[i].len);
	ck_assert_int_eq(fclose(f), 0);
}

/* --- what the reader tells --- */

/* Frames of all sizes, two in a thousand nearly as large as the buffer of the reader; mostly some in each millisecond. */
static void large_file(struct scene *s, uint64_t *random)
{
	static uint8_t bytes[200 << 10];
	int64_t ns = INT64_C(1767225600000000000);

	scene_init(s, AT_A);
	for (int i = 0; i < 1000; i++) {
		uint32_t len = i % 500 == 7 ? sizeof bytes : build_random(random) % 3000;
		uint32_t record[4] = { (uint32_t)(ns / 1000000000), (uint32_t)(ns % 1000000000), len, len };

		memset(bytes, i, len);
		scene_bytes(s, record, sizeof record);
		scene_bytes(s, bytes, len);
		ns += build_random(random) % 20 ? build_random(random) % 400000 : build_random(random) % 40000000;
	}
}

static size_t number_of(int64_t ns, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < records_len; i++)
		if (records[i].ns == ns && records[i].len == RECORD + len && !memcmp(records[i].at + RECORD, bytes, len))
			return i + 1;
	return 0;
}

static void hold_order(bool in_time)
{
	struct capture *c = capture_open(path, &(struct capture_options){ .in_time = in_time }, NULL);
	struct frame f;
	int64_t last = 0;
	size_t n = 0;

	ck_assert_ptr_nonnull(c);
	for (; capture_next(c, &f); n++) {
		const struct record *r = &records[f.number - 1];

		ck_assert(f.number >= 1 && f.number <= records_len);
		ck_assert_uint_eq(number_of(f.time_ns, f.at, f.cap_len), f.number);
		ck_assert_int_eq(f.behind_ns, f.number > 1 && r[-1].ns > r->ns ? r[-1].ns - r->ns : 0);
		if (in_time)
			ck_assert_int_ge(f.time_ns, last);
		else
			ck_assert_uint_eq(f.number, n + 1);
		last = f.time_ns;
	}
	ck_assert_uint_eq(n, records_len);
	ck_assert_uint_eq(capture_info(c)->frames, records_len);
	capture_close(c);
}

START_TEST(frames_a_few_milliseconds_out_of_order_come_in_order_of_time)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		static struct scene s;
		uint64_t random = seed;

		large_file(&s, &random);
		read_records(s.file, s.len);
		shuffle(&random, WINDOW_NS);
		write_records(s.file);
		hold_order(true);
		hold_order(false);
		scene_clear(&s);
	}
}
END_TEST

START_TEST(a_clock_that_is_set_back_keeps_its_place)
{
	static struct scene s;
	uint64_t random = 3;
	struct capture *c;
	struct frame f;

	large_file(&s, &random);
	read_records(s.file, s.len);
	for (size_t i = records_len / 2; i < records_len; i++) { /* by 6 ms more than lies between two of them */
		uint8_t *at = (uint8_t *)records[i].at;
		int64_t ns = records[i].ns - (records[records_len / 2].ns - records[records_len / 2 - 1].ns) - 6000000;
		uint32_t seconds = (uint32_t)(ns / 1000000000), rest = (uint32_t)(ns % 1000000000);

		memcpy(at, &seconds, 4);
		memcpy(at + 4, &rest, 4);
	}
	write_records(s.file);
	c = capture_open(path, &(struct capture_options){ .in_time = true }, NULL);
	for (uint64_t n = 1; capture_next(c, &f); n++)
		ck_assert_uint_eq(f.number, n);
	capture_close(c);
	scene_clear(&s);
}
END_TEST

START_TEST(no_more_than_some_frames_are_held_back)
{
	static struct scene s;
	struct capture *c;
	struct frame f;

	scene_init(&s, AT_A);
	for (uint32_t i = 0; i < 4 * HELD; i++) { /* the last one ought to be the first */
		uint32_t record[4] = { 1767225600, i + 1 == 4 * HELD ? 0 : i + 1, 4, 4 };

		scene_bytes(&s, record, sizeof record);
		scene_bytes(&s, &i, sizeof i);
	}
	read_records(s.file, s.len);
	write_records(s.file);
	c = capture_open(path, &(struct capture_options){ .in_time = true }, NULL);
	for (uint64_t n = 1; capture_next(c, &f); n++)
		ck_assert_uint_eq(f.number, n <= 3 * HELD ? n : n == 3 * HELD + 1 ? 4 * HELD : n - 1);
	capture_close(c);
	scene_clear(&s);
}
END_TEST

/* --- what the tracker makes of it --- */

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* Without numbers of frames, and without what is told of the disorder itself. */
static void mask(json_t *o)
{
	const char *key;
	json_t *value;
	void *next;
	size_t i;

	if (json_is_object(o))
		json_object_foreach_safe(o, next, key, value) {
			if (ends_in(key, "frame") || ends_in(key, "frames") || !strcmp(key, "clock_jumps") || !strcmp(key, "file"))
				json_object_del(o, key);
			else
				mask(value);
		}
	else
		json_array_foreach(o, i, value)
			mask(value);
}

static json_t *facts(void)
{
	const char *file = path;
	struct run_options options = { .version = "test" };
	struct run_trouble trouble = { 0 };
	json_t *run = run_group(&file, 1, NULL, &options, &trouble), *told;

	ck_assert_msg(run != NULL, "%s", trouble.text);
	told = json_incref(json_object_get(run, "facts"));
	json_decref(run);
	mask(told);
	return told;
}

/* A tunnel that comes up, with fragments, carries much data, renews its keys and ends. */
static void story(struct scene *s)
{
	static const struct ike_suite suite = { .version = 2, .encr = 20, .key_bits = 256, .prf = 5, .group = 19 };
	struct pair p;
	struct sa sa;

	scene_init(s, AT_A);
	arp(s);
	p = pair_of(s, "198.51.100.10", "203.0.113.10");
	p.trip = 0.0008;
	sa = sa_of(&p, A, &suite);
	ck_assert(sa_init(&sa) && sa_auth(&sa, CERTIFICATES, SUCCESS));
	data(&sa, 120, 0.0003);
	rekeys_child(&sa, A);
	data_from(&sa, B, 120, 0.0002, 1400);
	alive(&sa, B);
	deletes(&sa, A);
	pass(s, 30);
	arp(s);
}

START_TEST(any_permutation_within_the_window_gives_the_same_facts)
{
	static struct scene s;
	json_t *want;

	story(&s);
	read_records(s.file, s.len);
	write_records(s.file);
	want = facts();
	ck_assert_uint_eq(json_array_size(json_object_get(want, "tunnels")), 1);
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		uint64_t random = seed;
		json_t *got;

		read_records(s.file, s.len);
		shuffle(&random, WINDOW_NS);
		write_records(s.file);
		got = facts();
		ck_assert_msg(json_equal(got, want), "seed %d", (int)seed);
		json_decref(got);
	}
	json_decref(want);
	scene_clear(&s);
}
END_TEST

static int run_all(void)
{
	const TTest *const tests[] = {
		frames_a_few_milliseconds_out_of_order_come_in_order_of_time, a_clock_that_is_set_back_keeps_its_place,
		no_more_than_some_frames_are_held_back, any_permutation_within_the_window_gives_the_same_facts,
	};

	return run_suite("capture: order of time", tests, sizeof tests / sizeof *tests);
}

int main(void)
{
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = run_all();
	unlink(path);
	return failed;
}
