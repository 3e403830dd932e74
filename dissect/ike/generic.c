#include "dissect/ike/generic.h"

static bool ends(struct cursor *c)
{
	c->at = c->end;
	return false;
}

bool generic_next(struct cursor *c, struct generic *ret)
{
	struct generic g;

	if (!cur_left(c))
		return false;
	g.next  = cur_u8(c);
	g.flags = cur_u8(c);
	g.len   = cur_u16(c);
	if (!cur_ok(c))
		return ends(c);
	if (g.len < GENERIC_LEN) {
		cur_fail(c, FAULT_LENGTH);
		return ends(c);
	}
	g.body = cur_child(c, g.len - GENERIC_LEN);
	if (!cur_ok(c) && c->fault != FAULT_CUT)
		return false;
	*ret = g;
	return true;
}

bool generic_next_of(struct cursor *c, uint8_t more, struct generic *ret)
{
	if (!generic_next(c, ret))
		return false;
	if (ret->next != more)
		c->at = c->end;
	return true;
}

/* RFC 7296 3.3.1, RFC 2408 3.5. One that does not parse is passed over. */
bool proposal_next(struct cursor *c, struct ike_proposal *ret)
{
	struct ike_proposal p;
	struct generic g;
	uint8_t spi_len;

	while (generic_next_of(c, MORE_PROPOSALS, &g)) {
		p.number     = cur_u8(&g.body);
		p.protocol   = cur_u8(&g.body);
		spi_len      = cur_u8(&g.body);
		p.transforms = cur_u8(&g.body);
		p.spi        = cur_bytes(&g.body, spi_len);
		p.body       = g.body;
		if (!cur_ok(&g.body))
			continue;
		*ret = p;
		return true;
	}
	return false;
}

uint64_t number_of(struct bytes value)
{
	uint64_t number = 0;

	if (value.len > sizeof number)
		return 0;
	for (size_t i = 0; i < value.len; i++)
		number = number << 8 | value.at[i];
	return number;
}

/* RFC 2408 3.3, RFC 7296 3.3.5: with the top bit the value stands where else its length is. */
bool attribute_next(struct cursor *c, struct ike_attribute *ret)
{
	enum { SHORT_FORM = 0x8000 };
	struct cursor at_value;
	struct ike_attribute a;
	uint16_t type, len;

	if (!cur_left(c))
		return false;
	type     = cur_u16(c);
	at_value = *c;
	len      = cur_u16(c);
	a.is_short = type & SHORT_FORM;
	a.type     = (uint16_t)(type & ~SHORT_FORM);
	a.value    = a.is_short ? cur_bytes(&at_value, 2) : cur_bytes(c, len);
	a.number   = number_of(a.value);
	if (!cur_ok(c))
		return false;
	*ret = a;
	return true;
}
