#include "tests/support/sample.h"
#include "tests/support/suite.h"
#include "tests/support/windows.h"

static struct built b;
static struct bytes now;
static size_t count;

static void saw(void *ctx, const struct message *m)
{
	(void)ctx;
	ck_assert(windows_inside(m, now));
	count += 1;
}

static struct dissector *start(void)
{
	return dissector_new(
		&(struct dissect_options){ .saw = saw, .max_trains = 2, .max_train_bytes = 8192 });
}

/* At least one message per frame, and every window inside it. */
static void give(struct dissector *d, struct frame f, uint32_t wire_len, uint64_t number)
{
	size_t before = count;

	f.wire_len = wire_len;
	f.number = number;
	f.time_ns = (int64_t)number * 1000;
	now = (struct bytes){ f.at, f.cap_len };
	dissector_frame(d, &f);
	ck_assert_uint_gt(count, before);
	now = (struct bytes){ NULL, 0 };
	free((void *)(uintptr_t)f.at);
}

static void end(struct dissector *d)
{
	dissector_end(d);
	dissector_free(d);
}

START_TEST(any_prefix_of_any_frame_cut_or_short_is_told_and_stays_inside)
{
	struct dissector *d = start();
	uint64_t number = 0;

	for (int n = 0; n < SAMPLES; n++) {
		uint16_t link = build_sample(&b, n);

		for (size_t len = 0; len <= b.len; len++) {
			give(d, build_tight(&b, link, len), (uint32_t)b.len, ++number);
			give(d, build_tight(&b, link, len), (uint32_t)len, ++number);
		}
	}
	end(d);
}
END_TEST

START_TEST(any_flipped_bit_of_any_frame_stays_inside)
{
	struct dissector *d = start();
	uint64_t number = 0;

	for (int n = 0; n < SAMPLES; n++) {
		uint16_t link = build_sample(&b, n);

		for (size_t bit = 0; bit < b.len * 8; bit++) {
			build_at(&b)[bit / 8] ^= (uint8_t)(1 << bit % 8);
			give(d, build_tight(&b, link, b.len), (uint32_t)b.len, ++number);
			build_at(&b)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	end(d);
}
END_TEST

START_TEST(any_octet_of_any_frame_set_to_extremes_and_cut_stays_inside)
{
	static const uint8_t extremes[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct dissector *d = start();
	uint64_t state = 1, number = 0;

	for (int n = 0; n < SAMPLES; n++) {
		uint16_t link = build_sample(&b, n);

		for (size_t at = 0; at < b.len; at++)
			for (size_t i = 0; i < sizeof extremes; i++) {
				uint8_t kept = build_at(&b)[at];

				build_at(&b)[at] = extremes[i];
				give(d, build_tight(&b, link, build_random(&state) % (b.len + 1)),
				     (uint32_t)b.len, ++number);
				build_at(&b)[at] = kept;
			}
	}
	end(d);
}
END_TEST

START_TEST(any_frame_under_any_link_type_stays_inside)
{
	struct dissector *d = start();
	uint64_t number = 0;

	for (int n = 0; n < SAMPLES; n++) {
		build_sample(&b, n);
		for (uint16_t link = 0; link < 300; link++)
			give(d, build_tight(&b, link, b.len), (uint32_t)b.len, ++number);
	}
	end(d);
}
END_TEST

START_TEST(every_sample_is_what_it_is_meant_to_be)
{
	struct dissector *d = start();

	for (int n = 0; n < SAMPLES; n++) {
		uint16_t link = build_sample(&b, n);

		give(d, build_tight(&b, link, b.len), (uint32_t)b.len, (uint64_t)n + 1);
	}
	end(d);
	ck_assert_uint_eq(
		count, SAMPLES + 6); /* AH, the atomic fragment, two trains and what is in each */
}
END_TEST

SUITE("frame, as a property", any_prefix_of_any_frame_cut_or_short_is_told_and_stays_inside,
      any_flipped_bit_of_any_frame_stays_inside,
      any_octet_of_any_frame_set_to_extremes_and_cut_stays_inside,
      any_frame_under_any_link_type_stays_inside, every_sample_is_what_it_is_meant_to_be)
