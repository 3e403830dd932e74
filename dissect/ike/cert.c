#include "dissect/ike/ike.h"

/* RFC 7296 3.6, RFC 2408 3.9 and 3.10 */
bool ike_parse_cert(struct cursor *body, struct ike_cert *ret)
{
	struct ike_cert cert;

	cert.encoding = cur_u8(body);
	cert.data     = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = cert;
	return true;
}

/* RFC 7296 3.7 */
bool ike2_open_certreq(struct cursor *body, uint8_t *ret_encoding)
{
	uint8_t encoding = cur_u8(body);

	if (!cur_ok(body))
		return false;
	*ret_encoding = encoding;
	return true;
}

bool ike2_next_authority(struct cursor *authorities, struct bytes *ret)
{
	enum { SHA1_LEN = 20 };
	struct bytes hash;

	if (!cur_left(authorities))
		return false;
	hash = cur_bytes(authorities, SHA1_LEN);
	if (!cur_ok(authorities))
		return false;
	*ret = hash;
	return true;
}
