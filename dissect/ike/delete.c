#include "dissect/ike/ike.h"

/* RFC 7296 3.11 */
bool ike2_parse_delete(struct cursor *body, struct ike_delete *ret)
{
	struct ike_delete d;

	d.protocol = cur_u8(body);
	d.spi_len  = cur_u8(body);
	d.count    = cur_u16(body);
	d.spis     = cur_bytes(body, (size_t)d.count * d.spi_len);
	if (!cur_ok(body))
		return false;
	*ret = d;
	return true;
}

/* RFC 2408 3.15: the same behind the domain of interpretation. */
bool ike1_parse_delete(struct cursor *body, struct ike_delete *ret)
{
	cur_skip(body, 4);
	return ike2_parse_delete(body, ret);
}
