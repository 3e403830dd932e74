/*
 * Configuration payloads of IKEv2: RFC 7296 3.15.
 */
#include "dissect/ike/generic.h"

bool ike2_parse_config(struct cursor *body, struct ike_config *ret)
{
	struct ike_config config = { 0 };

	config.type = cur_u8(body);
	cur_skip(body, 3);
	config.attributes = *body;
	if (!cur_ok(body))
		return false;
	*ret = config;
	return true;
}

bool ike2_next_config_attribute(struct cursor *attributes, struct ike_attribute *ret)
{
	enum { RESERVED = 0x8000 };
	struct ike_attribute a = { 0 };
	uint16_t type, len;

	if (!cur_left(attributes))
		return false;
	type     = cur_u16(attributes);
	len      = cur_u16(attributes);
	a.type   = (uint16_t)(type & ~RESERVED);
	a.value  = cur_bytes(attributes, len);
	a.number = number_of(a.value);
	if (!cur_ok(attributes))
		return false;
	*ret = a;
	return true;
}
