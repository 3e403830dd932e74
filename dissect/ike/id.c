#include "dissect/ike/ike.h"

/* RFC 2407 4.6.2 */
bool ike1_parse_id(struct cursor *body, struct ike_id *ret)
{
	struct ike_id id;

	id.type     = cur_u8(body);
	id.protocol = cur_u8(body);
	id.port     = cur_u16(body);
	id.data     = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = id;
	return true;
}

/* RFC 7296 3.5 */
bool ike2_parse_id(struct cursor *body, struct ike_id *ret)
{
	struct ike_id id = { 0 };

	id.type = cur_u8(body);
	cur_skip(body, 3);
	id.data = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = id;
	return true;
}
