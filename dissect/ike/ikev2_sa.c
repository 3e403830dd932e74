/*
 * Security associations of IKEv2: RFC 7296 3.3.
 */
#include "dissect/ike/generic.h"

bool ike2_next_proposal(struct cursor *proposals, struct ike_proposal *ret)
{
	return proposal_next(proposals, ret);
}

bool ike2_next_attribute(struct cursor *attributes, struct ike_attribute *ret)
{
	return attribute_next(attributes, ret);
}

static uint16_t key_bits_of(struct cursor attributes)
{
	enum { KEY_LENGTH = 14 };
	struct ike_attribute a;

	while (ike2_next_attribute(&attributes, &a))
		if (a.type == KEY_LENGTH)
			return a.number <= UINT16_MAX ? (uint16_t)a.number : 0;
	return 0;
}

bool ike2_next_transform(struct cursor *transforms, struct ike_transform *ret)
{
	struct ike_transform t = { 0 };
	struct generic g;

	while (generic_next_of(transforms, MORE_TRANSFORMS, &g)) {
		t.type = cur_u8(&g.body);
		cur_skip(&g.body, 1);
		t.id         = cur_u16(&g.body);
		t.attributes = g.body;
		if (!cur_ok(&g.body))
			continue;
		t.key_bits = key_bits_of(t.attributes);
		*ret = t;
		return true;
	}
	return false;
}

bool ike2_chosen(struct cursor sa, struct ike_suite *ret)
{
	enum { ENCR = 1, PRF, INTEG, KE, AFTER_KE };
	struct ike_suite suite = { .version = 2 };
	uint16_t *const to[] = { NULL, &suite.encr, &suite.prf, &suite.integ, &suite.group };
	bool have[AFTER_KE] = { false }, any = false;
	struct ike_proposal p;
	struct ike_transform t;

	if (!ike2_next_proposal(&sa, &p))
		return false;
	while (ike2_next_transform(&p.body, &t)) {
		if (t.type < ENCR || t.type >= AFTER_KE || have[t.type])
			continue;
		*to[t.type] = t.id;
		if (t.type == ENCR)
			suite.key_bits = t.key_bits;
		have[t.type] = any = true;
	}
	if (!any)
		return false;
	*ret = suite;
	return true;
}
