/*
 * ike/generic.h - the shapes that payloads, proposals, transforms and attributes share.
 *
 * Both versions have the same four octets in front of payloads, proposals and
 * transforms (RFC 7296 3.2, RFC 2408 3.2), the same proposal (3.3.1, 3.5) and the
 * same attribute (3.3.5, 3.3). Every step takes at least four octets or ends its
 * walk. Where the recording was cut, the last thing comes with what there is of
 * it; where the sender was wrong, it does not come.
 */
#ifndef DISSECT_IKE_GENERIC_H
#define DISSECT_IKE_GENERIC_H

#include "dissect/ike/ike.h"

enum { GENERIC_LEN = 4 };
enum { MORE_PROPOSALS = 2, MORE_TRANSFORMS = 3 }; /* what `next` says before another one */

struct generic {
	uint8_t next, flags;
	size_t len; /* as it says, itself included */
	struct cursor body;
};

bool generic_next(struct cursor *c, struct generic *ret);
/* One of a list; c is at its end after an element whose `next` is not `more`. */
bool generic_next_of(struct cursor *c, uint8_t more, struct generic *ret);
bool proposal_next(struct cursor *c, struct ike_proposal *ret);
bool attribute_next(struct cursor *c, struct ike_attribute *ret);
/* Big-endian; 0 when it does not fit eight octets. */
uint64_t number_of(struct bytes value);

#endif
