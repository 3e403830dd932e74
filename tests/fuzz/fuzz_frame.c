/*
 * fuzz_frame.c - whole frames through the dissector.
 *
 * The first octet chooses the link type, the second the limits; then frames as in frames.h, a unit
 * of time is a second.
 */
#include "tests/fuzz/frames.h"
#include "tests/support/windows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes now;

static void saw(void *ctx, const struct message *m)
{
	(void)ctx;
	if (!windows_inside(m, now))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dissect_options o = { .saw = saw };
	struct frame f = { .number = 0 };
	struct cursor c = cur_over(data, size, false);
	struct dissector *d;
	uint8_t limits;

	f.link = link_of(cur_u8(&c));
	limits = cur_u8(&c);
	o.max_trains = limits & 7;
	o.max_train_bytes = limits & 8 ? 4096 : 0;
	d = dissector_new(&o);
	while (next_frame(&c, 1000000000, &f)) {
		now = (struct bytes){ f.at, f.cap_len };
		dissector_frame(d, &f);
		now = (struct bytes){ NULL, 0 };
		free((void *)(uintptr_t)f.at);
	}
	dissector_end(d);
	dissector_free(d);
	return 0;
}
