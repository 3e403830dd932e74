/*
 * fuzz_ike.c - one IKE message: its header, its chain of payloads, and every parser on each of them.
 *
 * The first octet says whether the recording was cut; the rest is the message.
 */
#include <stdlib.h>

#include "tests/support/ike_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && ike_walk((struct bytes){ data + 1, size - 1 }, data[0] & 1))
		abort();
	return 0;
}
