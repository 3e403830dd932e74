/* Payloads that are no list: each is read as it was sent, and never from too little. */
#include "dissect/ike/ike.h"
#include "tests/unit/test_ike_messages.h"
#include "tests/unit/test_ike_tight.h"

#define OVER(...)                                                             \
	cur_over((const uint8_t[]){ __VA_ARGS__ }, sizeof (const uint8_t[]){ __VA_ARGS__ }, false)

static struct cursor body_of(const uint8_t *at, size_t len, uint8_t type)
{
	struct cursor c = cur_over(at, len, false);
	struct ike_payload p;
	struct ike_chain chain;
	struct ike_header h;

	ck_assert(ike_parse_header(&c, &h));
	chain = ike_chain(&h, (struct bytes){ at, len }, false);
	while (ike_next_payload(&chain, &p))
		if (p.type == type)
			return p.body;
	ck_abort_msg("no payload %u", type);
	return c;
}
#define BODY_OF(message, type) body_of(message, sizeof message, type)

START_TEST(no_prefix_of_a_good_payload_parses)
{
	static const uint8_t zero[32] = { 0 };
	static const uint8_t notify[] = { 3, 4, 0, 44, 1, 2, 3, 4 };
	static const uint8_t notify1[] = { 0, 0, 0, 1, 3, 4, 0, 11, 1, 2, 3, 4 };
	static const uint8_t delete2[] = { 3, 4, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t delete1[] = { 0, 0, 0, 1, 3, 4, 0, 1, 1, 2, 3, 4 };
	static const uint8_t skf[] = { 0, 1, 0, 2 };
	static const uint8_t signature[] = { 14, 0, 0, 0, 2, 0x30, 0x00 };
	static const uint8_t eap[] = { 1, 7, 0, 6, 26, 9 };

	ASSERT_NEEDS(ike2_parse_notify, struct ike_notify, notify, sizeof notify);
	ASSERT_NEEDS(ike1_parse_notify, struct ike_notify, notify1, sizeof notify1);
	ASSERT_NEEDS(ike2_parse_delete, struct ike_delete, delete2, sizeof delete2);
	ASSERT_NEEDS(ike1_parse_delete, struct ike_delete, delete1, sizeof delete1);
	ASSERT_NEEDS(ike2_parse_skf, struct ike_skf, skf, sizeof skf);
	ASSERT_NEEDS(ike1_parse_fragment, struct ike1_fragment, zero, 4);
	ASSERT_NEEDS(ike1_parse_id, struct ike_id, zero, 4);
	ASSERT_NEEDS(ike2_parse_id, struct ike_id, zero, 4);
	ASSERT_NEEDS(ike2_parse_ke, struct ike_ke, zero, 4);
	ASSERT_NEEDS(ike_parse_cert, struct ike_cert, zero, 1);
	ASSERT_NEEDS(ike2_open_certreq, uint8_t, zero, 1);
	ASSERT_NEEDS(ike2_open_ts, uint8_t, zero, 4);
	ASSERT_NEEDS(ike2_parse_auth, struct ike_auth, signature, sizeof signature);
	ASSERT_NEEDS(ike2_parse_eap, struct ike_eap, eap, sizeof eap);
	ASSERT_NEEDS(ike1_parse_config, struct ike_config, zero, 4);
	ASSERT_NEEDS(ike2_parse_config, struct ike_config, zero, 4);
}
END_TEST

START_TEST(a_real_refusal_is_read)
{
	struct cursor v2 = BODY_OF(v2_invalid_ke, IKE2_P_N), v1 = BODY_OF(v1_no_proposal, IKE1_P_N);
	struct ike_notify n;

	ck_assert(ike2_parse_notify(&v2, &n));
	ck_assert_uint_eq(n.type, IKE2_N_INVALID_KE_PAYLOAD);
	ck_assert_uint_eq(n.data.len, 2);
	ck_assert_uint_eq(n.data.at[1], 19);
	ck_assert(ike1_parse_notify(&v1, &n));
	ck_assert_uint_eq(n.type, 14);
	ck_assert_uint_eq(n.protocol, 1);
	ck_assert_uint_eq(n.spi.len + n.data.len, 56 - 28 - 12);
}
END_TEST

START_TEST(a_real_identity_is_read)
{
	struct cursor c = BODY_OF(v1_aggressive_1, IKE1_P_ID);
	struct ike_id id;

	ck_assert(ike1_parse_id(&c, &id));
	ck_assert_str_eq(ike_name(IKE1_ID_TYPES, id.type), "FQDN");
	ck_assert_uint_gt(id.data.len, 0);
	c = OVER(2, 0, 0, 0, 'g', 'w');
	ck_assert(ike2_parse_id(&c, &id));
	ck_assert_uint_eq(id.type, 2);
	ck_assert_uint_eq(id.port, 0);
	ck_assert_uint_eq(id.data.len, 2);
}
END_TEST

START_TEST(a_real_public_value_has_the_length_of_its_group)
{
	struct cursor c = BODY_OF(v2_init_answer, IKE2_P_KE);
	struct ike_ke ke;

	ck_assert(ike2_parse_ke(&c, &ke));
	ck_assert_uint_eq(ke.group, 19);
	ck_assert_uint_eq(ke.data.len, ike_ke_len(19, true));
	c = BODY_OF(v1_aggressive_1, IKE1_P_KE);
	ck_assert(ike1_parse_ke(&c, &ke));
	ck_assert_uint_eq(ke.group, 0);
	ck_assert_uint_eq(ke.data.len, ike_ke_len(2, false));
}
END_TEST

START_TEST(lengths_of_public_values_are_those_of_their_methods)
{
	static const uint16_t len[38] = {
		[1] = 96,    [2] = 128,  [5] = 192,  [14] = 256, [15] = 384,  [16] = 512,
		[17] = 768,  [18] = 1024, [19] = 64, [20] = 96,  [21] = 132,  [22] = 128,
		[23] = 256,  [24] = 256, [25] = 48,  [26] = 56,  [27] = 56,   [28] = 64,
		[29] = 96,   [30] = 128, [31] = 32,  [32] = 56,  [33] = 64,   [34] = 128,
		[35] = 800,  [36] = 1184, [37] = 1568,
	};

	for (unsigned group = 0; group <= UINT16_MAX; group++) {
		size_t want = group < 38 ? len[group] : 0;

		if (ike_ke_len((uint16_t)group, false) != want)
			ck_abort_msg("initiator, group %u", group);
		if (group != 35 && group != 36 && ike_ke_len((uint16_t)group, true) != want)
			ck_abort_msg("responder, group %u", group);
	}
	ck_assert_uint_eq(ike_ke_len(35, true), 768);
	ck_assert_uint_eq(ike_ke_len(36, true), 1088);
}
END_TEST

START_TEST(a_delete_names_all_its_spis_or_none)
{
	struct cursor c = OVER(1, 0, 0, 0);
	struct ike_delete d;

	ck_assert(ike2_parse_delete(&c, &d));
	ck_assert_uint_eq(d.spis.len, 0);
	c = OVER(3, 4, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8);
	ck_assert(ike2_parse_delete(&c, &d));
	ck_assert_uint_eq(d.count, 2);
	ck_assert_uint_eq(d.spis.len, 8);
	c = OVER(3, 255, 255, 255, 1, 2, 3, 4);
	ck_assert(!ike2_parse_delete(&c, &d));
	ck_assert_int_eq(c.fault, FAULT_SHORT);
}
END_TEST

START_TEST(a_piece_that_contradicts_itself_is_none)
{
	struct ike_skf f;
	struct cursor c = OVER(0, 3, 0, 2, 9);

	ck_assert(!ike2_parse_skf(&c, &f));
	ck_assert_int_eq(c.fault, FAULT_LENGTH);
	c = OVER(0, 0, 0, 2, 9);
	ck_assert(!ike2_parse_skf(&c, &f));
	c = OVER(0, 0, 0, 0, 9);
	ck_assert(!ike2_parse_skf(&c, &f));
	c = OVER(0, 2, 0, 2, 9);
	ck_assert(ike2_parse_skf(&c, &f));
	ck_assert_uint_eq(f.rest.len, 1);
}
END_TEST

START_TEST(only_the_last_bit_makes_a_v1_fragment_the_last)
{
	struct ike1_fragment f;
	struct cursor c = OVER(0, 7, 2, 0xfe, 'x');

	ck_assert(ike1_parse_fragment(&c, &f));
	ck_assert(!f.last);
	ck_assert_uint_eq(f.id, 7);
	ck_assert_uint_eq(f.number, 2);
	c = OVER(0, 7, 2, 1);
	ck_assert(ike1_parse_fragment(&c, &f));
	ck_assert(f.last);
}
END_TEST

START_TEST(authorities_are_told_apart)
{
	uint8_t two[1 + 41] = { 4 };
	struct cursor c = cur_over(two, sizeof two, false);
	struct bytes hash;
	uint8_t encoding;

	two[21] = 7;
	ck_assert(ike2_open_certreq(&c, &encoding));
	ck_assert_uint_eq(encoding, 4);
	ck_assert(ike2_next_authority(&c, &hash));
	ck_assert_uint_eq(hash.len, 20);
	ck_assert(ike2_next_authority(&c, &hash));
	ck_assert_uint_eq(hash.at[0], 7);
	ck_assert(!ike2_next_authority(&c, &hash)); /* one octet is left over */
	ck_assert_int_eq(c.fault, FAULT_SHORT);
}
END_TEST

START_TEST(selectors_are_read_and_a_bad_one_spoils_itself_alone)
{
	static const uint8_t ts[] = {
		4, 0, 0, 0,
		7, 6, 0, 16, 0, 80, 0, 81, 10, 1, 0, 0, 10, 1, 0, 255,
		7, 0, 0, 12, 0, 0, 255, 255, 10, 2, 0, 0, /* one address only */
		10, 0, 0, 7, 'l', 'a', 'b',
		8, 0, 0, 40, 0, 0, 255, 255,
		0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
	};
	struct cursor c = cur_over(ts, sizeof ts, false);
	struct ike_ts one;
	uint8_t count;

	ck_assert(ike2_open_ts(&c, &count));
	ck_assert_uint_eq(count, 4);
	ck_assert(ike2_next_ts(&c, &one));
	ck_assert_uint_eq(one.protocol, 6);
	ck_assert_uint_eq(one.start_port, 80);
	ck_assert_uint_eq(one.end_port, 81);
	ck_assert_uint_eq(one.start.len, 4);
	ck_assert_uint_eq(one.end.at[3], 255);
	ck_assert(ike2_next_ts(&c, &one));
	ck_assert_uint_eq(one.type, 10);
	ck_assert_uint_eq(one.start.len, 7);
	ck_assert_mem_eq(one.start.at + 4, "lab", 3);
	ck_assert(ike2_next_ts(&c, &one));
	ck_assert_uint_eq(one.start.len, 16);
	ck_assert_uint_eq(one.end.at[15], 9);
	ck_assert(!ike2_next_ts(&c, &one));
	ck_assert_int_eq(c.fault, FAULT_NONE);
}
END_TEST

START_TEST(selectors_end_at_a_length_below_their_head)
{
	struct cursor c = OVER(7, 0, 0, 3, 0, 0, 0, 0);
	struct ike_ts one;

	ck_assert(!ike2_next_ts(&c, &one));
	ck_assert_int_eq(c.fault, FAULT_LENGTH);
	ck_assert(!ike2_next_ts(&c, &one));
}
END_TEST

START_TEST(a_signature_brings_its_algorithm)
{
	struct cursor c = OVER(14, 0, 0, 0, 2, 0x30, 0x00, 9, 9, 9);
	struct ike_auth a;

	ck_assert(ike2_parse_auth(&c, &a));
	ck_assert_uint_eq(a.algorithm.len, 2);
	ck_assert_uint_eq(a.data.len, 3);
	c = OVER(2, 0, 0, 0, 9, 9, 9);
	ck_assert(ike2_parse_auth(&c, &a));
	ck_assert_uint_eq(a.algorithm.len, 0);
	ck_assert_uint_eq(a.data.len, 3);
}
END_TEST

START_TEST(eap_has_a_type_in_requests_and_responses_only)
{
	struct cursor c = OVER(2, 7, 0, 6, 26, 9);
	struct ike_eap e;

	ck_assert(ike2_parse_eap(&c, &e));
	ck_assert_uint_eq(e.code, 2);
	ck_assert_uint_eq(e.type, 26);
	ck_assert_uint_eq(e.data.len, 1);
	c = OVER(3, 7, 0, 4);
	ck_assert(ike2_parse_eap(&c, &e));
	ck_assert_uint_eq(e.type, 0);
	c = OVER(1, 7, 0, 4);
	ck_assert(!ike2_parse_eap(&c, &e)); /* a request without type */
	ck_assert_int_eq(c.fault, FAULT_LENGTH);
	c = OVER(3, 7, 0, 3);
	ck_assert(!ike2_parse_eap(&c, &e));
	ck_assert_int_eq(c.fault, FAULT_LENGTH);
}
END_TEST

START_TEST(configurations_of_both_versions_are_read)
{
	struct cursor v1 = OVER(3, 0, 0x12, 0x34, 0xc0, 0x8f, 0, 1);
	struct cursor v2 = OVER(1, 0, 0, 0, 0x80, 1, 0, 4, 10, 0, 0, 1, 0, 3, 0, 0);
	struct ike_config config;
	struct ike_attribute a;

	ck_assert(ike1_parse_config(&v1, &config));
	ck_assert_str_eq(ike_name(IKE_CONFIG_TYPES, config.type), "SET");
	ck_assert_uint_eq(config.id, 0x1234);
	ck_assert(ike1_next_attribute(&config.attributes, &a));
	ck_assert_str_eq(ike_name(IKE_CONFIG_ATTRIBUTES, a.type), "XAUTH-STATUS");
	ck_assert_uint_eq(a.number, 1);
	ck_assert(!ike1_next_attribute(&config.attributes, &a));

	ck_assert(ike2_parse_config(&v2, &config));
	ck_assert_uint_eq(config.type, 1);
	ck_assert(ike2_next_config_attribute(&config.attributes, &a));
	ck_assert_uint_eq(a.type, 1); /* the top bit is no short form here */
	ck_assert_uint_eq(a.number, 0x0a000001);
	ck_assert(ike2_next_config_attribute(&config.attributes, &a));
	ck_assert_uint_eq(a.type, 3);
	ck_assert_uint_eq(a.value.len, 0);
	ck_assert(!ike2_next_config_attribute(&config.attributes, &a));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ike parts");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_test(t, no_prefix_of_a_good_payload_parses);
	tcase_add_test(t, a_real_refusal_is_read);
	tcase_add_test(t, a_real_identity_is_read);
	tcase_add_test(t, a_real_public_value_has_the_length_of_its_group);
	tcase_add_test(t, lengths_of_public_values_are_those_of_their_methods);
	tcase_add_test(t, a_delete_names_all_its_spis_or_none);
	tcase_add_test(t, a_piece_that_contradicts_itself_is_none);
	tcase_add_test(t, only_the_last_bit_makes_a_v1_fragment_the_last);
	tcase_add_test(t, authorities_are_told_apart);
	tcase_add_test(t, selectors_are_read_and_a_bad_one_spoils_itself_alone);
	tcase_add_test(t, selectors_end_at_a_length_below_their_head);
	tcase_add_test(t, a_signature_brings_its_algorithm);
	tcase_add_test(t, eap_has_a_type_in_requests_and_responses_only);
	tcase_add_test(t, configurations_of_both_versions_are_read);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
