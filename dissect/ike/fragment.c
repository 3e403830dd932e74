#include "dissect/ike/ike.h"

/* RFC 7383 2.5; a number that contradicts its total is to be discarded (2.6). */
bool ike2_parse_skf(struct cursor *body, struct ike_skf *ret)
{
	struct ike_skf f;

	f.number = cur_u16(body);
	f.total  = cur_u16(body);
	f.rest   = cur_rest(body);
	if (!cur_ok(body))
		return false;
	if (!f.number || f.number > f.total)
		return cur_fail(body, FAULT_LENGTH);
	*ret = f;
	return true;
}

/* MS-IKEE 2.2 */
bool ike1_parse_fragment(struct cursor *body, struct ike1_fragment *ret)
{
	enum { LAST = 0x01 };
	struct ike1_fragment f;

	f.id     = cur_u16(body);
	f.number = cur_u8(body);
	f.last   = cur_u8(body) & LAST;
	f.data   = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = f;
	return true;
}
