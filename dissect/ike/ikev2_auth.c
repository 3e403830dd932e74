/*
 * What proves who is speaking in IKEv2: AUTH (RFC 7296 3.8, RFC 7427 3) and EAP (RFC 7296 3.16).
 */
#include "dissect/ike/ike.h"

bool ike2_parse_auth(struct cursor *body, struct ike_auth *ret)
{
	enum { DIGITAL_SIGNATURE = 14 };
	struct ike_auth a = { 0 };

	a.method = cur_u8(body);
	cur_skip(body, 3);
	if (a.method == DIGITAL_SIGNATURE) {
		uint8_t len = cur_u8(body);

		a.algorithm = cur_bytes(body, len);
	}
	a.data = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = a;
	return true;
}

bool ike2_parse_eap(struct cursor *body, struct ike_eap *ret)
{
	enum { HEAD_LEN = 4, REQUEST = 1, RESPONSE = 2 };
	struct ike_eap e = { 0 };
	struct cursor c;
	uint16_t len;

	e.code = cur_u8(body);
	e.id   = cur_u8(body);
	len    = cur_u16(body);
	if (cur_ok(body) && len < HEAD_LEN)
		cur_fail(body, FAULT_LENGTH);
	if (!cur_ok(body))
		return false;
	c = cur_child(body, (size_t)len - HEAD_LEN);
	if (e.code == REQUEST || e.code == RESPONSE)
		e.type = cur_u8(&c);
	e.data = cur_rest(&c);
	if (!cur_ok(body))
		return false;
	if (!cur_ok(&c))
		return cur_fail(body, FAULT_LENGTH);
	*ret = e;
	return true;
}
