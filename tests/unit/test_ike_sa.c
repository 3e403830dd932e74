#include "dissect/ike/ike.h"
#include "tests/unit/test_ike_messages.h"
#include "tests/unit/test_ike_tight.h"

/* The first payload of these messages is the SA. */
static struct cursor sa_of(const uint8_t *at, size_t len)
{
	struct cursor c = cur_over(at, len, false);
	struct ike_payload p;
	struct ike_chain chain;
	struct ike_header h;

	ck_assert(ike_parse_header(&c, &h));
	chain = ike_chain(&h, (struct bytes){ at, len }, false);
	ck_assert(ike_next_payload(&chain, &p));
	ck_assert(p.type == IKE1_P_SA || p.type == IKE2_P_SA);
	return p.body;
}
#define SA_OF(message) sa_of(message, sizeof message)

START_TEST(a_real_v2_offer_is_read)
{
	static const struct {
		uint8_t type;
		uint16_t id, key_bits;
	} want[] = { { 1, 12, 256 }, { 3, 12, 0 }, { 2, 5, 0 }, { 4, 19, 0 }, { 4, 14, 0 } };
	struct cursor sa = SA_OF(v2_init_request);
	struct ike_proposal p;
	struct ike_transform t;

	ck_assert(ike2_next_proposal(&sa, &p));
	ck_assert_uint_eq(p.number, 1);
	ck_assert_uint_eq(p.protocol, 1);
	ck_assert_uint_eq(p.spi.len, 0);
	ck_assert_uint_eq(p.transforms, 5);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		ck_assert(ike2_next_transform(&p.body, &t));
		ck_assert_uint_eq(t.type, want[i].type);
		ck_assert_uint_eq(t.id, want[i].id);
		ck_assert_uint_eq(t.key_bits, want[i].key_bits);
	}
	ck_assert(!ike2_next_transform(&p.body, &t));
	ck_assert(!ike2_next_proposal(&sa, &p));
}
END_TEST

START_TEST(a_real_v2_choice_is_read)
{
	struct ike_suite s;

	ck_assert(ike2_chosen(SA_OF(v2_init_answer), &s));
	ck_assert_uint_eq(s.version, 2);
	ck_assert_uint_eq(s.encr, 12);
	ck_assert_uint_eq(s.key_bits, 256);
	ck_assert_uint_eq(s.prf, 5);
	ck_assert_uint_eq(s.integ, 12);
	ck_assert_uint_eq(s.group, 19);
}
END_TEST

START_TEST(the_first_transform_of_each_type_is_chosen)
{
	struct ike_suite s;

	ck_assert(ike2_chosen(SA_OF(v2_init_request), &s));
	ck_assert_uint_eq(s.group, 19); /* 14 is the second */
}
END_TEST

START_TEST(a_real_v1_choice_is_told_in_numbers_of_v2)
{
	struct ike_suite s;

	ck_assert(ike1_chosen(SA_OF(v1_main_2), &s));
	ck_assert_uint_eq(s.version, 1);
	ck_assert_str_eq(ike_name(IKE_ENCR, s.encr), "AES_CBC");
	ck_assert_uint_eq(s.key_bits, 128);
	ck_assert_str_eq(ike_name(IKE_PRF, s.prf), "HMAC_SHA1");
	ck_assert_uint_eq(s.integ, 0);
	ck_assert_uint_eq(s.group, 14);
	ck_assert_str_eq(ike_name(IKE1_AUTH, s.auth), "pre-shared key");
	ck_assert_uint_eq(s.life_seconds, 15840);
	ck_assert(ike1_chosen(SA_OF(v1_aggressive_1), &s));
	ck_assert_str_eq(ike_name(IKE1_AUTH, s.auth), "XAUTH init PSK");
	ck_assert_uint_eq(s.group, 2);
}
END_TEST

/* SA of phase 1 with one transform; attributes are appended by the test. */
static size_t v1_sa(uint8_t *to, const uint8_t *attributes, size_t len)
{
	const uint8_t head[] = {
		0, 0, 0, 1, 0, 0, 0, 1,
		0, 0, 0, (uint8_t)(16 + len), 1, 1, 0, 1,
		0, 0, 0, (uint8_t)(8 + len), 1, 1, 0, 0,
	};

	memcpy(to, head, sizeof head);
	memcpy(to + sizeof head, attributes, len);
	return sizeof head + len;
}
#define V1_SUITE(suite, ...)                                                                   \
	do {                                                                                   \
		const uint8_t attributes_[] = { __VA_ARGS__ };                                 \
		uint8_t sa_[128];                                                              \
		size_t len_ = v1_sa(sa_, attributes_, sizeof attributes_);                     \
		ck_assert(ike1_chosen(cur_over(sa_, len_, false), suite));                     \
	} while (0)

START_TEST(every_v1_algorithm_becomes_its_twin)
{
	static const struct {
		uint16_t v1, v2;
	} encr[] = { { 1, 2 },   { 2, 5 },   { 3, 7 },   { 4, 4 },   { 5, 3 },   { 6, 6 },
		     { 7, 12 },  { 8, 23 },  { 9, 0 },   { 13, 13 }, { 14, 14 }, { 15, 15 },
		     { 16, 16 }, { 17, 0 },  { 18, 18 }, { 19, 19 }, { 20, 20 }, { 21, 0 },
		     { 255, 0 }, { 65004, 65004 } },
	  hash[] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 5 }, { 5, 6 }, { 6, 7 }, { 7, 0 },
		     { 65001, 0 } };
	struct ike_suite s;

	for (size_t i = 0; i < sizeof encr / sizeof *encr; i++) {
		V1_SUITE(&s, 0x80, 1, (uint8_t)(encr[i].v1 >> 8), (uint8_t)encr[i].v1);
		ck_assert_uint_eq(s.encr, encr[i].v2);
	}
	for (size_t i = 0; i < sizeof hash / sizeof *hash; i++) {
		V1_SUITE(&s, 0x80, 2, (uint8_t)(hash[i].v1 >> 8), (uint8_t)hash[i].v1);
		ck_assert_uint_eq(s.prf, hash[i].v2);
	}
}
END_TEST

START_TEST(a_v1_lifetime_is_read_in_either_form_and_in_seconds_only)
{
	struct ike_suite s;

	V1_SUITE(&s, 0x80, 11, 0, 1, 0, 12, 0, 4, 0, 1, 0x51, 0x80);
	ck_assert_uint_eq(s.life_seconds, 86400);
	V1_SUITE(&s, 0x80, 11, 0, 2, 0, 12, 0, 4, 0, 1, 0x51, 0x80);
	ck_assert_uint_eq(s.life_seconds, 0); /* kilobytes */
	V1_SUITE(&s, 0x80, 11, 0, 1, 0x80, 12, 0, 60, 0x80, 11, 0, 2, 0x80, 12, 0, 7);
	ck_assert_uint_eq(s.life_seconds, 60);
	V1_SUITE(&s, 0x80, 11, 0, 1, 0, 12, 0, 6, 1, 0, 0, 0, 0, 0);
	ck_assert_uint_eq(s.life_seconds, UINT32_MAX);
}
END_TEST

START_TEST(no_suite_comes_from_an_sa_without_one)
{
	static const uint8_t no_attributes[] = {
		0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 16, 1, 1, 0, 1, 0, 0, 0, 8, 1, 1, 0, 0,
	};
	static const uint8_t phase_2[] = {
		0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 20, 1, 3, 0, 1, 0, 0, 0, 12, 1, 12, 0, 0,
		0x80, 4, 0, 1,
	};
	static const uint8_t no_transforms[] = { 0, 0, 0, 8, 1, 1, 0, 0 };
	struct ike_suite s;

	ck_assert(!ike1_chosen(cur_over(no_attributes, sizeof no_attributes, false), &s));
	ck_assert(!ike1_chosen(cur_over(phase_2, sizeof phase_2, false), &s));
	ck_assert(!ike1_chosen(cur_over(phase_2, 0, false), &s));
	ck_assert(!ike2_chosen(cur_over(no_transforms, sizeof no_transforms, false), &s));
	ck_assert(!ike2_chosen(cur_over(no_transforms, 0, false), &s));
}
END_TEST

START_TEST(a_labelled_situation_is_not_taken_for_proposals)
{
	uint8_t sa[128];
	size_t len = v1_sa(sa, (const uint8_t[]){ 0x80, 1, 0, 7 }, 4);
	struct cursor c = cur_over(sa, len, false);
	uint32_t doi, situation;
	struct ike_proposal p;

	ck_assert(ike1_open_sa(&c, &doi, &situation));
	ck_assert_uint_eq(doi, 1);
	ck_assert_uint_eq(situation, 1);
	ck_assert(ike1_next_proposal(&c, &p));
	sa[7] = 2;
	c = cur_over(sa, len, false);
	ck_assert(ike1_open_sa(&c, &doi, &situation));
	ck_assert_uint_eq(situation, 2);
	ck_assert(!ike1_next_proposal(&c, &p));
}
END_TEST

START_TEST(a_bad_proposal_spoils_itself_alone)
{
	static const uint8_t sa[] = {
		2, 0, 0, 8, 1, 1, 99, 1, /* SPI longer than the proposal */
		2, 0, 0, 6, 2, 1,        /* shorter than a proposal */
		0, 0, 0, 12, 3, 3, 4, 0, 0xc0, 1, 2, 3,
	};
	struct cursor c = cur_over(sa, sizeof sa, false);
	struct ike_proposal p;

	ck_assert(ike2_next_proposal(&c, &p));
	ck_assert_uint_eq(p.number, 3);
	ck_assert_uint_eq(p.spi.len, 4);
	ck_assert_uint_eq(p.spi.at[0], 0xc0);
	ck_assert(!ike2_next_proposal(&c, &p));
	ck_assert_int_eq(c.fault, FAULT_NONE);
}
END_TEST

START_TEST(what_stands_behind_the_last_proposal_is_none)
{
	static const uint8_t sa[] = { 0, 0, 0, 8, 1, 1, 0, 0, 0, 0, 0, 8, 2, 1, 0, 0 };
	struct cursor c = cur_over(sa, sizeof sa, false);
	struct ike_proposal p;

	ck_assert(ike1_next_proposal(&c, &p));
	ck_assert(!ike1_next_proposal(&c, &p));
}
END_TEST

START_TEST(attributes_come_in_two_forms)
{
	static const uint8_t bytes[] = {
		0x80, 14, 1, 0,
		0x40, 0, 0, 3, 'a', 'b', 'c',
		0, 12, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9,
		0, 1, 0, 0,
	};
	struct cursor c = cur_over(bytes, sizeof bytes, false);
	struct ike_attribute a;

	ck_assert(ike1_next_attribute(&c, &a));
	ck_assert(a.is_short && a.type == 14 && a.number == 256);
	ck_assert(ike1_next_attribute(&c, &a));
	ck_assert(!a.is_short && a.type == 0x4000 && a.number == 0x616263 && a.value.len == 3);
	ck_assert(ike1_next_attribute(&c, &a));
	ck_assert(a.number == 0 && a.value.len == 9); /* more than a number can hold */
	ck_assert(ike1_next_attribute(&c, &a));
	ck_assert(a.type == 1 && a.number == 0 && a.value.len == 0);
	ck_assert(!ike1_next_attribute(&c, &a));
	ck_assert_int_eq(c.fault, FAULT_NONE);
}
END_TEST

START_TEST(no_prefix_of_an_attribute_is_one)
{
	static const uint8_t tlv[] = { 0, 12, 0, 4, 1, 2, 3, 4 }, tv[] = { 0x80, 14, 1, 0 };

	for (size_t n = 1; n < sizeof tlv; n++) {
		uint8_t *tight = tight_copy(tlv, n);
		struct cursor c = cur_over(tight, n, false), cut = cur_over(tight, n, true);
		struct ike_attribute a;

		ck_assert(!ike1_next_attribute(&c, &a));
		ck_assert_int_eq(c.fault, FAULT_SHORT);
		ck_assert(!ike2_next_attribute(&cut, &a));
		ck_assert_int_eq(cut.fault, FAULT_CUT);
		free(tight);
	}
	for (size_t n = 1; n < sizeof tv; n++) {
		uint8_t *tight = tight_copy(tv, n);
		struct cursor c = cur_over(tight, n, false);
		struct ike_attribute a;

		ck_assert(!ike2_next_attribute(&c, &a));
		ck_assert_int_eq(c.fault, FAULT_SHORT);
		free(tight);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ike sa");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_test(t, a_real_v2_offer_is_read);
	tcase_add_test(t, a_real_v2_choice_is_read);
	tcase_add_test(t, the_first_transform_of_each_type_is_chosen);
	tcase_add_test(t, a_real_v1_choice_is_told_in_numbers_of_v2);
	tcase_add_test(t, every_v1_algorithm_becomes_its_twin);
	tcase_add_test(t, a_v1_lifetime_is_read_in_either_form_and_in_seconds_only);
	tcase_add_test(t, no_suite_comes_from_an_sa_without_one);
	tcase_add_test(t, a_labelled_situation_is_not_taken_for_proposals);
	tcase_add_test(t, a_bad_proposal_spoils_itself_alone);
	tcase_add_test(t, what_stands_behind_the_last_proposal_is_none);
	tcase_add_test(t, attributes_come_in_two_forms);
	tcase_add_test(t, no_prefix_of_an_attribute_is_one);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
