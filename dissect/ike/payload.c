#include "dissect/ike/generic.h"

/* What is encrypted as a whole, or of a version nobody knows, has no chain to walk. */
static bool has_chain(const struct ike_header *h)
{
	if (ike_major(h) == 1)
		return !(h->flags & IKE1_ENCRYPTED);
	return ike_major(h) == 2;
}

struct ike_chain ike_chain(const struct ike_header *h, struct bytes message, bool cut)
{
	bool whole = message.len >= h->length;
	struct cursor c = cur_over(message.at, whole ? h->length : message.len, cut && !whole);
	struct ike_chain chain = { .next = IKE1_P_NONE, .major = (uint8_t)ike_major(h) };

	cur_skip(&c, IKE_HEADER_LEN);
	if (cur_ok(&c) && has_chain(h))
		chain.next = h->next;
	chain.c = c;
	return chain;
}

/* RFC 7296 3.14, RFC 7383 2.5: always the last one. */
static bool is_encrypted(const struct ike_chain *chain, uint8_t type)
{
	return chain->major == 2 && (type == IKE2_P_SK || type == IKE2_P_SKF);
}

bool ike_next_payload(struct ike_chain *chain, struct ike_payload *ret)
{
	enum { CRITICAL = 0x80 };
	uint8_t type = chain->next;
	struct generic g;

	chain->next = IKE1_P_NONE;
	if (type == IKE1_P_NONE || !generic_next(&chain->c, &g))
		return false;
	if (!is_encrypted(chain, type))
		chain->next = g.next;
	*ret = (struct ike_payload){
		.type = type,
		.next = g.next,
		.critical = chain->major == 2 && g.flags & CRITICAL,
		.len = g.len,
		.body = g.body,
	};
	return true;
}
