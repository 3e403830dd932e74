#include "dissect/ipsec/esp.h"

/* RFC 4302 2; its length counts words of 32 bits, less two. */
bool ah_parse(struct cursor *c, struct ah_header *ret)
{
	enum { FIXED_LEN = 12 };
	struct ah_header h;
	size_t len;

	h.next = cur_u8(c);
	len    = (cur_u8(c) + 2u) * 4;
	cur_skip(c, 2);
	h.spi      = cur_u32(c);
	h.sequence = cur_u32(c);
	if (!cur_ok(c))
		return false;
	if (len < FIXED_LEN)
		return cur_fail(c, FAULT_LENGTH);
	h.icv = cur_bytes(c, len - FIXED_LEN);
	if (!cur_ok(c))
		return false;
	*ret = h;
	return true;
}
