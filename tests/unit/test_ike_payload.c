#include "dissect/ike/ike.h"
#include "tests/unit/test_ike_messages.h"
#include "tests/unit/test_ike_tight.h"

static struct ike_chain chain_of(const uint8_t *at, size_t len, bool cut)
{
	struct cursor c = cur_over(at, len, cut);
	struct ike_header h;

	ck_assert(ike_parse_header(&c, &h));
	return ike_chain(&h, (struct bytes){ at, len }, cut);
}

/* Types in order, and 0 behind the last. */
static void assert_types(const uint8_t *at, size_t len, bool cut, const uint8_t *types)
{
	struct ike_chain chain = chain_of(at, len, cut);
	struct ike_payload p;

	for (; ike_next_payload(&chain, &p); types++)
		ck_assert_uint_eq(p.type, *types);
	ck_assert_uint_eq(*types, 0);
	ck_assert(!ike_next_payload(&chain, &p));
}
#define ASSERT_TYPES(message, ...) \
	assert_types(message, sizeof message, false, (const uint8_t[]){ __VA_ARGS__, 0 })

START_TEST(chains_of_real_messages_are_walked_to_their_end)
{
	ASSERT_TYPES(v2_init_request, 33, 34, 40, 41, 41, 41, 41, 41);
	ASSERT_TYPES(v2_init_answer, 33, 34, 40, 41, 41, 41, 41, 41, 41);
	ASSERT_TYPES(v2_invalid_ke, 41);
	ASSERT_TYPES(v1_main_1, 1, 13, 13, 13, 13, 13);
	ASSERT_TYPES(v1_main_2, 1, 13, 13, 13, 13);
	ASSERT_TYPES(v1_aggressive_1, 1, 4, 10, 5, 13, 13, 13, 13, 13);
	ASSERT_TYPES(v1_no_proposal, 11);
}
END_TEST

START_TEST(an_encrypted_payload_is_the_last_and_names_what_is_first_inside)
{
	struct ike_chain chain = chain_of(v2_auth_answer, sizeof v2_auth_answer, false);
	struct ike_payload p;

	ck_assert(ike_next_payload(&chain, &p));
	ck_assert_uint_eq(p.type, IKE2_P_SK);
	ck_assert_uint_eq(p.next, IKE2_P_IDr);
	ck_assert_uint_eq(p.len, sizeof v2_auth_answer - IKE_HEADER_LEN);
	ck_assert_uint_eq(cur_left(&p.body), p.len - 4);
	ck_assert(!ike_next_payload(&chain, &p));
}
END_TEST

START_TEST(nothing_is_read_behind_an_encrypted_payload)
{
	enum { NOTIFY_LEN = sizeof v2_invalid_ke - IKE_HEADER_LEN };
	uint8_t more[sizeof v2_auth_answer + NOTIFY_LEN];

	memcpy(more, v2_auth_answer, sizeof v2_auth_answer);
	memcpy(more + sizeof v2_auth_answer, v2_invalid_ke + IKE_HEADER_LEN, NOTIFY_LEN);
	more[27] += NOTIFY_LEN; /* length of the message */
	more[28] = IKE2_P_N;
	ASSERT_TYPES(more, IKE2_P_SK);
}
END_TEST

START_TEST(an_encrypted_v1_message_has_no_chain)
{
	struct ike_chain chain = chain_of(v1_quick_3, sizeof v1_quick_3, false);
	struct ike_payload p;

	ck_assert(!ike_next_payload(&chain, &p));
}
END_TEST

START_TEST(a_version_nobody_knows_has_no_chain)
{
	uint8_t strange[sizeof v2_init_request];
	struct ike_chain chain;
	struct ike_payload p;

	memcpy(strange, v2_init_request, sizeof strange);
	strange[17] = 0x30;
	chain = chain_of(strange, sizeof strange, false);
	ck_assert(!ike_next_payload(&chain, &p));
}
END_TEST

START_TEST(a_piece_that_the_recording_cut_still_says_what_it_is)
{
	struct ike_chain chain = chain_of(v2_skf, sizeof v2_skf, true);
	struct ike_payload p;
	struct ike_skf f;

	ck_assert(ike_next_payload(&chain, &p));
	ck_assert_uint_eq(p.type, IKE2_P_SKF);
	ck_assert_uint_eq(p.len, 836 - IKE_HEADER_LEN);
	ck_assert(ike2_parse_skf(&p.body, &f));
	ck_assert_uint_eq(f.number, 2);
	ck_assert_uint_eq(f.total, 2);
	ck_assert(!ike_next_payload(&chain, &p));
	ck_assert_int_eq(chain.c.fault, FAULT_CUT);
}
END_TEST

START_TEST(a_v1_fragment_says_its_number)
{
	struct ike_chain chain = chain_of(v1_fragment, sizeof v1_fragment, true);
	struct ike_payload p;
	struct ike1_fragment f;

	ck_assert(ike_next_payload(&chain, &p));
	ck_assert_uint_eq(p.type, IKE1_P_FRAGMENT);
	ck_assert(ike1_parse_fragment(&p.body, &f));
	ck_assert_uint_eq(f.number, 2);
	ck_assert(f.last);
}
END_TEST

START_TEST(a_payload_longer_than_its_message_takes_only_itself_away)
{
	static const uint8_t before[] = { 33, 34, 40, 41, 41, 41, 41, 0 };
	uint8_t *tight = tight_copy(v2_init_request, sizeof v2_init_request - 1);

	assert_types(tight, sizeof v2_init_request - 1, false, before);
	free(tight);
}
END_TEST

START_TEST(a_chain_ends_at_a_length_below_its_own_header)
{
	for (uint8_t len = 0; len < 4; len++) {
		uint8_t bad[sizeof v2_init_request];
		struct ike_chain chain;
		struct ike_payload p;

		memcpy(bad, v2_init_request, sizeof bad);
		bad[30] = 0, bad[31] = len;
		chain = chain_of(bad, sizeof bad, false);
		ck_assert(!ike_next_payload(&chain, &p));
		ck_assert_int_eq(chain.c.fault, FAULT_LENGTH);
	}
}
END_TEST

START_TEST(octets_behind_the_length_of_the_header_are_not_of_the_message)
{
	enum { NOTIFY_LEN = sizeof v2_invalid_ke - IKE_HEADER_LEN };
	uint8_t more[sizeof v2_invalid_ke + NOTIFY_LEN];

	memcpy(more, v2_invalid_ke, sizeof v2_invalid_ke);
	memcpy(more + sizeof v2_invalid_ke, v2_invalid_ke + IKE_HEADER_LEN, NOTIFY_LEN);
	more[28] = IKE2_P_N; /* the first payload says that another follows */
	ASSERT_TYPES(more, IKE2_P_N);
}
END_TEST

START_TEST(the_critical_bit_is_one_of_version_2_alone)
{
	uint8_t v2[sizeof v2_invalid_ke], v1[sizeof v1_no_proposal];
	struct ike_chain chain;
	struct ike_payload p;

	memcpy(v2, v2_invalid_ke, sizeof v2);
	memcpy(v1, v1_no_proposal, sizeof v1);
	chain = chain_of(v2, sizeof v2, false);
	ck_assert(ike_next_payload(&chain, &p) && !p.critical);
	v2[29] = v1[29] = 0x80;
	chain = chain_of(v2, sizeof v2, false);
	ck_assert(ike_next_payload(&chain, &p) && p.critical);
	chain = chain_of(v1, sizeof v1, false);
	ck_assert(ike_next_payload(&chain, &p) && !p.critical);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ike payload");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_test(t, chains_of_real_messages_are_walked_to_their_end);
	tcase_add_test(t, an_encrypted_payload_is_the_last_and_names_what_is_first_inside);
	tcase_add_test(t, nothing_is_read_behind_an_encrypted_payload);
	tcase_add_test(t, an_encrypted_v1_message_has_no_chain);
	tcase_add_test(t, a_version_nobody_knows_has_no_chain);
	tcase_add_test(t, a_piece_that_the_recording_cut_still_says_what_it_is);
	tcase_add_test(t, a_v1_fragment_says_its_number);
	tcase_add_test(t, a_payload_longer_than_its_message_takes_only_itself_away);
	tcase_add_test(t, a_chain_ends_at_a_length_below_its_own_header);
	tcase_add_test(t, octets_behind_the_length_of_the_header_are_not_of_the_message);
	tcase_add_test(t, the_critical_bit_is_one_of_version_2_alone);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
