#include "dissect/ike/ike.h"

/* RFC 7296 3.1, RFC 2408 3.1. Says nothing about whether the values make sense. */
bool ike_parse_header(struct cursor *c, struct ike_header *ret)
{
	struct ike_header h;

	h.spi_i      = cur_u64(c);
	h.spi_r      = cur_u64(c);
	h.next       = cur_u8(c);
	h.version    = cur_u8(c);
	h.exchange   = cur_u8(c);
	h.flags      = cur_u8(c);
	h.message_id = cur_u32(c);
	h.length     = cur_u32(c);
	if (!cur_ok(c))
		return false;
	*ret = h;
	return true;
}

/* A payload that may stand first; none only where nothing follows the header. */
static bool may_be_first(const struct ike_header *h)
{
	if (h->next == IKE1_P_NONE)
		return h->length == IKE_HEADER_LEN;
	if (ike_major(h) == 1)
		return h->next != IKE1_P_P && h->next != IKE1_P_T &&
		       ike_name(IKE1_PAYLOADS, h->next);
	return ike_name(IKE2_PAYLOADS, h->next);
}

bool ike_plausible(const struct ike_header *h, size_t len)
{
	return (h->version == 0x10 || ike_major(h) == 2) && h->spi_i &&
	       h->length >= IKE_HEADER_LEN && h->length <= len && may_be_first(h);
}
