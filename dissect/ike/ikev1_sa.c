/*
 * Security associations of IKEv1: RFC 2408 3.4 to 3.6, RFC 2407 4.6.1.
 */
#include "dissect/ike/generic.h"

bool ike1_open_sa(struct cursor *body, uint32_t *ret_doi, uint32_t *ret_situation)
{
	enum { SECRECY = 2, INTEGRITY = 4 };
	uint32_t doi       = cur_u32(body);
	uint32_t situation = cur_u32(body);

	if (!cur_ok(body))
		return false;
	if (situation & (SECRECY | INTEGRITY)) /* labels follow, not proposals */
		body->at = body->end;
	*ret_doi = doi;
	*ret_situation = situation;
	return true;
}

bool ike1_next_proposal(struct cursor *proposals, struct ike_proposal *ret)
{
	return proposal_next(proposals, ret);
}

bool ike1_next_transform(struct cursor *transforms, struct ike_transform *ret)
{
	struct ike_transform t = { 0 };
	struct generic g;

	while (generic_next_of(transforms, MORE_TRANSFORMS, &g)) {
		t.number = cur_u8(&g.body);
		t.id     = cur_u8(&g.body);
		cur_skip(&g.body, 2);
		t.attributes = g.body;
		if (!cur_ok(&g.body))
			continue;
		*ret = t;
		return true;
	}
	return false;
}

enum { ENCRYPTION = 1, HASH = 2, AUTHENTICATION = 3, GROUP = 4, LIFE_TYPE = 11, LIFE_DURATION = 12,
       KEY_LENGTH = 14 }; /* RFC 2409 A */
enum { SECONDS = 1 };
enum { FIRST_PRIVATE = 65001 };

static uint16_t small(uint64_t number)
{
	return number <= UINT16_MAX ? (uint16_t)number : 0;
}

/* The same algorithm in the registry of IKEv2. Private numbers are the same in both. */
static uint16_t encr_of(uint64_t number)
{
	static const uint8_t encr[] = {
		[1] = 2,   /* DES-CBC */
		[2] = 5,   /* IDEA */
		[3] = 7,   /* Blowfish */
		[4] = 4,   /* RC5 */
		[5] = 3,   /* 3DES */
		[6] = 6,   /* CAST */
		[7] = 12,  /* AES-CBC */
		[8] = 23,  /* Camellia */
		[13] = 13, /* AES-CTR, and on with unofficial numbers that are those of IKEv2 */
		[14] = 14, [15] = 15, [16] = 16, [18] = 18, [19] = 19, [20] = 20,
	};

	if (number >= FIRST_PRIVATE)
		return small(number);
	return number < sizeof encr ? encr[number] : 0;
}

static uint16_t prf_of(uint64_t hash)
{
	static const uint8_t prf[] = { [1] = 1, [2] = 2, [3] = 3, [4] = 5, [5] = 6, [6] = 7 };

	return hash < sizeof prf ? prf[hash] : 0;
}

static void choose(const struct ike_attribute *a, bool in_seconds, struct ike_suite *suite)
{
	switch (a->type) {
	case ENCRYPTION:
		suite->encr = encr_of(a->number);
		break;
	case HASH:
		suite->prf = prf_of(a->number);
		break;
	case AUTHENTICATION:
		suite->auth = small(a->number);
		break;
	case GROUP:
		suite->group = small(a->number);
		break;
	case KEY_LENGTH:
		suite->key_bits = small(a->number);
		break;
	case LIFE_DURATION:
		if (in_seconds)
			suite->life_seconds = a->number < UINT32_MAX ? (uint32_t)a->number
								     : UINT32_MAX;
		break;
	}
}

bool ike1_chosen(struct cursor sa, struct ike_suite *ret)
{
	enum { ISAKMP = 1 };
	struct ike_suite suite = { .version = 1 };
	struct ike_proposal p;
	struct ike_transform t;
	struct ike_attribute a;
	uint32_t doi, situation;
	bool in_seconds = false, any = false;

	if (!ike1_open_sa(&sa, &doi, &situation) || !ike1_next_proposal(&sa, &p) ||
	    p.protocol != ISAKMP || !ike1_next_transform(&p.body, &t))
		return false;
	for (; ike1_next_attribute(&t.attributes, &a); any = true) {
		if (a.type == LIFE_TYPE)
			in_seconds = a.number == SECONDS;
		choose(&a, in_seconds, &suite);
	}
	if (!any)
		return false;
	*ret = suite;
	return true;
}
