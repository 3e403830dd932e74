/*
 * base/frame.h - one record of a capture file, as every room after capture/ sees it.
 *
 * Bytes are borrowed and die when the next frame is asked for.
 */
#ifndef DISSECT_BASE_FRAME_H
#define DISSECT_BASE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1823 to 2116: the difference of two such times fits, too. */
#define MOST_TIME_NS (INT64_C(1) << 62)

enum way { WAY_UNKNOWN, WAY_IN, WAY_OUT }; /* as the recorder says: received or sent by its host */

struct frame {
	uint64_t number;    /* from 1 */
	int64_t time_ns;    /* since 1970-01-01 UTC, within MOST_TIME_NS of it */
	uint32_t interface; /* counted over the whole file, from 0 */
	uint16_t link;      /* LINKTYPE_ number of that interface */
	enum way way;
	const uint8_t *at;
	int64_t behind_ns;  /* its time is before that of the frame in front of it in the file, by so much; or 0 */
	bool after_damage;  /* records in front of it could not be read */
	size_t cap_len;     /* bytes at `at` */
	uint32_t wire_len;  /* bytes on the wire; more than cap_len when the record was cut */
};

#endif
