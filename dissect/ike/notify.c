#include "dissect/ike/ike.h"

/* RFC 7296 3.10 */
bool ike2_parse_notify(struct cursor *body, struct ike_notify *ret)
{
	struct ike_notify n;
	uint8_t spi_len;

	n.protocol = cur_u8(body);
	spi_len    = cur_u8(body);
	n.type     = cur_u16(body);
	n.spi      = cur_bytes(body, spi_len);
	n.data     = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = n;
	return true;
}

/* RFC 2408 3.14: the same behind the domain of interpretation. */
bool ike1_parse_notify(struct cursor *body, struct ike_notify *ret)
{
	cur_skip(body, 4);
	return ike2_parse_notify(body, ret);
}
