/*
 * fuzz_frame.c - whole frames through the dissector.
 *
 * The first octet chooses the link type, the second the limits; then frames, each behind four
 * octets: length, how much of it was not recorded, and seconds that passed (signed).
 */
#include <stdlib.h>

#include "tests/support/windows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes now;

static void saw(void *ctx, const struct message *m)
{
	(void)ctx;
	if (!windows_inside(m, now))
		abort();
}

static const uint16_t links[] = { 1,   101, 113, 276, 0,   108, 9,   50,  51,  104, 12,
				  228, 229, 239, 109, 197, 166, 204, 205, 219, 100 };

static void give(struct dissector *d, struct frame *f, const uint8_t *from)
{
	uint8_t *tight = malloc(f->cap_len ? f->cap_len : 1);

	if (!tight)
		abort();
	for (size_t i = 0; i < f->cap_len; i++)
		tight[i] = from[i];
	f->at = tight;
	now = (struct bytes){ tight, f->cap_len };
	dissector_frame(d, f);
	now = (struct bytes){ NULL, 0 };
	free(tight);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dissect_options o = { .saw = saw };
	struct frame f = { .number = 0 };
	struct cursor c = cur_over(data, size, false);
	struct dissector *d;
	uint8_t limits;

	f.link = links[cur_u8(&c) % (sizeof links / sizeof *links)];
	limits = cur_u8(&c);
	o.max_trains = limits & 7;
	o.max_train_bytes = limits & 8 ? 4096 : 0;
	d = dissector_new(&o);
	while (cur_ok(&c) && cur_left(&c) >= 4) {
		size_t len = cur_u16(&c);
		uint8_t hidden = cur_u8(&c), seconds = cur_u8(&c);

		f.cap_len = len < cur_left(&c) ? len : cur_left(&c);
		f.wire_len = (uint32_t)f.cap_len + hidden;
		f.number += 1;
		f.time_ns += (int8_t)seconds * 1000000000ll;
		give(d, &f, cur_bytes(&c, f.cap_len).at);
	}
	dissector_end(d);
	dissector_free(d);
	return 0;
}
