/*
 * Attributes of IKEv1 and the payload that carries them for Mode-Config and XAUTH:
 * RFC 2408 3.3, draft-dukes-ike-mode-cfg-02 3.2.
 */
#include "dissect/ike/generic.h"

bool ike1_next_attribute(struct cursor *attributes, struct ike_attribute *ret)
{
	return attribute_next(attributes, ret);
}

bool ike1_parse_config(struct cursor *body, struct ike_config *ret)
{
	struct ike_config config;

	config.type = cur_u8(body);
	cur_skip(body, 1);
	config.id         = cur_u16(body);
	config.attributes = *body;
	if (!cur_ok(body))
		return false;
	*ret = config;
	return true;
}
