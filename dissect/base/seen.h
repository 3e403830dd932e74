/*
 * base/seen.h - a witness: which frame of which capture, and when.
 *
 * Whatever the analyser claims ends in one of these.
 */
#ifndef DISSECT_BASE_SEEN_H
#define DISSECT_BASE_SEEN_H

#include <stdint.h>

struct seen {
	uint32_t capture; /* index of the capture, from 0 */
	uint64_t frame;   /* number of the record in its file, from 1, as Wireshark counts */
	int64_t time_ns;  /* since 1970-01-01 UTC, as the packet says */
};

#endif
