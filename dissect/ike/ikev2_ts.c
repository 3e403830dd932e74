/*
 * Traffic selectors: RFC 7296 3.13, RFC 4595 4, RFC 9478 2.
 */
#include "dissect/ike/ike.h"

enum { HEAD_LEN = 4, IPV4_RANGE = 7, IPV6_RANGE = 8 };

bool ike2_open_ts(struct cursor *body, uint8_t *ret_count)
{
	uint8_t count = cur_u8(body);

	cur_skip(body, 3);
	if (!cur_ok(body))
		return false;
	*ret_count = count;
	return true;
}

static size_t address_len(uint8_t type)
{
	return type == IPV4_RANGE ? 4 : type == IPV6_RANGE ? 16 : 0;
}

/* Behind the head: ports, first and last address, and nothing else. */
static bool read_range(struct cursor c, struct ike_ts *ts)
{
	size_t len = address_len(ts->type);

	ts->start_port = cur_u16(&c);
	ts->end_port   = cur_u16(&c);
	ts->start      = cur_bytes(&c, len);
	ts->end        = cur_bytes(&c, len);
	return cur_ok(&c) && !cur_left(&c);
}

bool ike2_next_ts(struct cursor *selectors, struct ike_ts *ret)
{
	while (cur_left(selectors)) {
		const uint8_t *start = selectors->at;
		struct ike_ts ts = { 0 };
		struct cursor c;
		uint16_t len;

		ts.type     = cur_u8(selectors);
		ts.protocol = cur_u8(selectors);
		len         = cur_u16(selectors);
		if (cur_ok(selectors) && len < HEAD_LEN)
			cur_fail(selectors, FAULT_LENGTH);
		if (!cur_ok(selectors))
			return false;
		c = cur_child(selectors, (size_t)len - HEAD_LEN);
		if (!cur_ok(selectors))
			return false;
		if (!address_len(ts.type)) {
			ts.protocol = 0;
			ts.start = (struct bytes){ start, len };
		} else if (!read_range(c, &ts)) {
			continue;
		}
		*ret = ts;
		return true;
	}
	return false;
}
