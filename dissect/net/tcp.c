#include "dissect/net/tcp.h"

#include <string.h>

enum { HEADER_LEN = 20, BEFORE_OPTIONS = 14, LENGTH_LEN = 2 };

bool tcp_parse(struct cursor c, uint32_t said, struct tcp *ret)
{
	struct tcp t;
	uint32_t header_len;

	t.sport = cur_u16(&c);
	t.dport = cur_u16(&c);
	cur_skip(&c, 8); /* sequence, acknowledgement */
	header_len = (cur_u8(&c) >> 4) * 4u;
	t.flags = cur_u8(&c);
	if (!cur_ok(&c) || header_len < HEADER_LEN || header_len > said)
		return false;
	cur_skip(&c, header_len - BEFORE_OPTIONS);
	t.payload_len = said - header_len;
	t.payload = c;
	*ret = t;
	return true;
}

bool tcp_encap_prefix(struct tcp *t)
{
	static const uint8_t prefix[] = "IKETCP";
	enum { PREFIX_LEN = sizeof prefix - 1 };
	struct cursor c = t->payload;
	struct bytes b = cur_bytes(&c, PREFIX_LEN);

	if (!cur_ok(&c) || memcmp(b.at, prefix, PREFIX_LEN))
		return false;
	t->payload = c;
	t->payload_len -= PREFIX_LEN;
	return true;
}

bool tcp_encap_record(struct tcp *t, struct cursor *ret, uint32_t *ret_len)
{
	struct cursor c = t->payload;
	uint32_t len = cur_u16(&c);

	if (!cur_ok(&c) || len < LENGTH_LEN)
		return false;
	*ret_len = len - LENGTH_LEN;
	*ret = cur_child(&c, *ret_len);
	t->payload = c;
	t->payload_len -= len < t->payload_len ? len : t->payload_len;
	return true;
}
