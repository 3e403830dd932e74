#include "dissect/ipsec/esp.h"

/* RFC 4303 2.1, 2.2 */
bool esp_parse(struct cursor *c, struct esp_header *ret)
{
	struct esp_header h;

	h.spi      = cur_u32(c);
	h.sequence = cur_u32(c);
	if (!cur_ok(c))
		return false;
	*ret = h;
	return true;
}
