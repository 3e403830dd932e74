#include "dissect/net/tcp.h"

enum { HEADER_LEN = 20, BEFORE_OPTIONS = 14 };

bool tcp_parse(struct cursor c, uint32_t said, struct tcp *ret)
{
	struct tcp t;
	uint32_t header_len;

	t.sport    = cur_u16(&c);
	t.dport    = cur_u16(&c);
	t.sequence = cur_u32(&c);
	t.ack      = cur_u32(&c);
	header_len = (cur_u8(&c) >> 4) * 4u;
	t.flags    = cur_u8(&c);
	if (!cur_ok(&c) || header_len < HEADER_LEN || header_len > said)
		return false;
	cur_skip(&c, header_len - BEFORE_OPTIONS);
	t.payload_len = said - header_len;
	t.payload = c;
	*ret = t;
	return true;
}
