/*
 * base/bytes.h - a borrowed window on bytes somebody else owns.
 *
 * Never freed through this; dies with the packet, the file or the string it
 * was taken from. What must live longer is copied, in one visible call.
 */
#ifndef DISSECT_BASE_BYTES_H
#define DISSECT_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *at;
	size_t len;
};

#endif
