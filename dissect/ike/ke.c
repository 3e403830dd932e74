#include "dissect/ike/ike.h"

/* RFC 2408 3.7 */
bool ike1_parse_ke(struct cursor *body, struct ike_ke *ret)
{
	struct ike_ke ke = { 0 };

	ke.data = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = ke;
	return true;
}

/* RFC 7296 3.4 */
bool ike2_parse_ke(struct cursor *body, struct ike_ke *ret)
{
	struct ike_ke ke;

	ke.group = cur_u16(body);
	cur_skip(body, 2);
	ke.data = cur_rest(body);
	if (!cur_ok(body))
		return false;
	*ret = ke;
	return true;
}

size_t ike_ke_len(uint16_t group, bool responder)
{
	static const uint16_t len[] = {
		[1] = 96,   [2] = 128,  [5] = 192,  [14] = 256, [15] = 384, [16] = 512,
		[17] = 768, [18] = 1024,				     /* MODP, RFC 3526 */
		[19] = 64,  [20] = 96,  [21] = 132,			     /* RFC 5903 */
		[22] = 128, [23] = 256, [24] = 256, [25] = 48,  [26] = 56,  /* RFC 5114 */
		[27] = 56,  [28] = 64,  [29] = 96,  [30] = 128,	     /* RFC 6932 */
		[31] = 32,  [32] = 56,					     /* RFC 8031 */
		[33] = 64,  [34] = 128,				     /* RFC 9385 */
		[35] = 800, [36] = 1184, [37] = 1568,			     /* ML-KEM keys */
	};
	static const uint16_t answer[] = { [35] = 768, [36] = 1088, [37] = 1568 }; /* ciphertexts */

	if (group >= sizeof len / sizeof *len)
		return 0;
	return responder && answer[group] ? answer[group] : len[group];
}
