/*
 * fuzz/frames.h - a sequence of frames out of an input, for targets behind the dissector.
 *
 * Behind what a target takes for itself: frames, each after four octets: length (two), how much of
 * it was not recorded, and time that passed (signed, in units of the target). Each frame lies in a
 * heap buffer of its exact size. seed.py writes captures in this form.
 */
#ifndef TESTS_FUZZ_FRAMES_H
#define TESTS_FUZZ_FRAMES_H

#include <stdlib.h>
#include <string.h>

#include "dissect/base/cursor.h"
#include "dissect/base/frame.h"

static const uint16_t links[] = { 1,   101, 113, 276, 0,   108, 9,   50,  51,  104, 12,
				  228, 229, 239, 109, 197, 166, 204, 205, 219, 100 };

static inline uint16_t link_of(uint8_t choice)
{
	return links[choice % (sizeof links / sizeof *links)];
}

/* The next frame in *f, whose octets the caller frees. False at the end. */
static inline bool next_frame(struct cursor *c, int64_t unit_ns, struct frame *f)
{
	size_t len = cur_u16(c);
	uint8_t hidden = cur_u8(c), units = cur_u8(c);
	struct bytes from;
	uint8_t *tight;

	if (!cur_ok(c))
		return false;
	f->cap_len = len < cur_left(c) ? len : cur_left(c);
	f->wire_len = (uint32_t)f->cap_len + hidden;
	f->number += 1;
	f->time_ns += (int8_t)units * unit_ns;
	from = cur_bytes(c, f->cap_len);
	tight = malloc(from.len ? from.len : 1);
	if (!tight)
		abort();
	if (from.len)
		memcpy(tight, from.at, from.len);
	f->at = tight;
	return true;
}

#endif
