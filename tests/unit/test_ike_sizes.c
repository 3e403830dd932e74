/*
 * Total lengths of IKEv2 messages with one SK payload, as measured between two daemons for
 * each suite, against the sizes and the range of plaintext that are told of them.
 */
#include "dissect/ike/ike.h"
#include "tests/unit/test_ike_tight.h"

enum { DES3 = 3, AES = 12, CTR = 13, CCM_8 = 14, CCM_12 = 15, CCM_16 = 16, GCM_8 = 18, GCM_12 = 19,
       GCM_16 = 20, CAMELLIA = 23, CHACHA = 28 };
enum { MD5 = 1, SHA1 = 2, XCBC = 5, CMAC = 8, SHA256 = 12, SHA384 = 13, SHA512 = 14 };
enum { PRF_MD5 = 1, PRF_SHA1 = 2, PRF_XCBC = 4, PRF_256 = 5, PRF_384 = 6, PRF_512 = 7,
       PRF_CMAC = 8 };
enum { SK_LEN = 4 };

static const struct row {
	uint16_t encr, integ, prf;
	uint8_t prf_len;
	uint32_t empty, bare, delete_child, no_child, success;
} rows[] = {
	{ AES, MD5, PRF_MD5, 16, 76, 76, 76, 108, 188 },
	{ AES, XCBC, PRF_XCBC, 16, 76, 76, 76, 108, 188 },
	{ AES, CMAC, PRF_CMAC, 16, 76, 76, 76, 108, 188 },
	{ CAMELLIA, SHA1, PRF_SHA1, 20, 76, 76, 76, 124, 188 },
	{ AES, SHA1, PRF_SHA1, 20, 76, 76, 76, 124, 188 },
	{ AES, SHA256, PRF_256, 32, 80, 80, 80, 128, 208 },
	{ AES, SHA384, PRF_384, 48, 88, 88, 88, 152, 232 },
	{ AES, SHA512, PRF_512, 64, 96, 96, 96, 176, 256 },
	{ DES3, MD5, PRF_MD5, 16, 60, 68, 68, 100, 172 },
	{ DES3, SHA1, PRF_SHA1, 20, 60, 68, 68, 108, 180 },
	{ DES3, SHA256, PRF_256, 32, 64, 72, 72, 120, 192 },
	{ CTR, SHA256, PRF_256, 32, 57, 65, 69, 117, 189 },
	{ GCM_8, 0, PRF_256, 32, 49, 57, 61, 109, 181 },
	{ CCM_8, 0, PRF_256, 32, 49, 57, 61, 109, 181 },
	{ GCM_12, 0, PRF_256, 32, 53, 61, 65, 113, 185 },
	{ CCM_12, 0, PRF_256, 32, 53, 61, 65, 113, 185 },
	{ GCM_16, 0, PRF_256, 32, 57, 65, 69, 117, 189 },
	{ CCM_16, 0, PRF_256, 32, 57, 65, 69, 117, 189 },
	{ CHACHA, 0, PRF_256, 32, 57, 65, 69, 117, 189 },
	{ GCM_16, 0, PRF_384, 48, 57, 65, 69, 133, 205 },
	{ CHACHA, 0, PRF_512, 64, 57, 65, 69, 149, 221 },
};

/* The shortest message that can hold so much plaintext. */
static uint32_t message_len(const struct ike_sizes *s, uint32_t plain)
{
	uint32_t low, high;

	for (size_t len = SK_LEN; len < 1000; len++)
		if (ike2_plain_range(s, len, false, &low, &high) && low <= plain && plain <= high)
			return (uint32_t)(IKE_HEADER_LEN + len);
	return 0;
}

START_TEST(measured_lengths_are_told_row_by_row)
{
	const struct row *r = &rows[_i];
	struct ike_suite suite = {
		.version = 2, .encr = r->encr, .integ = r->integ, .prf = r->prf,
	};
	struct ike_sizes s;

	ck_assert(ike_sizes_of(&suite, &s));
	ck_assert_uint_eq(s.prf, r->prf_len);
	ck_assert_uint_eq(message_len(&s, 0), r->empty);
	ck_assert_uint_eq(message_len(&s, 8), r->bare);
	ck_assert_uint_eq(message_len(&s, 12), r->delete_child);
	ck_assert_uint_eq(message_len(&s, 12 + 8 + s.prf + 8u), r->no_child);
	ck_assert_uint_eq(message_len(&s, 12 + 8 + s.prf + 32u + 24 + 24), r->success);
}
END_TEST

START_TEST(the_range_is_that_of_minimal_padding)
{
	struct ike_suite suite = { .version = 2, .encr = AES, .integ = SHA1, .prf = PRF_SHA1 };
	struct ike_sizes s;
	uint32_t low, high;

	ck_assert(ike_sizes_of(&suite, &s));
	ck_assert(ike2_plain_range(&s, 124 - IKE_HEADER_LEN, false, &low, &high));
	ck_assert_uint_eq(low, 48);
	ck_assert_uint_eq(high, 63);
	suite = (struct ike_suite){ .version = 2, .encr = GCM_16, .prf = PRF_256 };
	ck_assert(ike_sizes_of(&suite, &s));
	ck_assert(ike2_plain_range(&s, 210 - IKE_HEADER_LEN, false, &low, &high));
	ck_assert_uint_eq(low, 153);
	ck_assert_uint_eq(high, 153);
}
END_TEST

START_TEST(a_piece_has_four_octets_more_around_it)
{
	struct ike_suite suite = { .version = 2, .encr = GCM_16, .prf = PRF_256 };
	struct ike_sizes s;
	uint32_t low, high, piece_low, piece_high;

	ck_assert(ike_sizes_of(&suite, &s));
	ck_assert(ike2_plain_range(&s, 100, false, &low, &high));
	ck_assert(ike2_plain_range(&s, 104, true, &piece_low, &piece_high));
	ck_assert_uint_eq(low, piece_low);
	ck_assert_uint_eq(high, piece_high);
}
END_TEST

START_TEST(a_length_that_does_not_fit_the_suite_tells_nothing)
{
	struct ike_suite suite = { .version = 2, .encr = AES, .integ = SHA256, .prf = PRF_256 };
	struct ike_sizes s;
	uint32_t low = 7, high = 7;

	ck_assert(ike_sizes_of(&suite, &s));
	for (size_t len = 0; len < 52; len++)
		ck_assert(!ike2_plain_range(&s, len, false, &low, &high));
	ck_assert(!ike2_plain_range(&s, 53, false, &low, &high));
	ck_assert(!ike2_plain_range(&s, SIZE_MAX, false, &low, &high));
	ck_assert(low == 7 && high == 7);
	ck_assert(ike2_plain_range(&s, 52, false, &low, &high));
}
END_TEST

START_TEST(a_suite_out_of_the_table_has_no_sizes)
{
	static const struct ike_suite bad[] = {
		{ .version = 2, .encr = AES, .integ = 0, .prf = PRF_256 },
		{ .version = 2, .encr = AES, .integ = 11, .prf = PRF_256 }, /* AES-GMAC is for AH */
		{ .version = 2, .encr = AES, .integ = 15, .prf = PRF_256 },
		{ .version = 2, .encr = AES, .integ = SHA256, .prf = 0 },
		{ .version = 2, .encr = AES, .integ = SHA256, .prf = 10 },
		{ .version = 2, .encr = 0, .integ = SHA256, .prf = PRF_256 },
		{ .version = 2, .encr = 17, .integ = SHA256, .prf = PRF_256 },
		{ .version = 2, .encr = 30, .prf = PRF_256 }, /* forbidden in IKE */
		{ .version = 2, .encr = 65535, .integ = SHA256, .prf = PRF_256 },
		{ .version = 1, .encr = AES, .prf = 0 },
	};
	struct ike_sizes s;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!ike_sizes_of(&bad[i], &s), "suite %zu", i);
}
END_TEST

START_TEST(version_1_sends_neither_iv_nor_check_value)
{
	struct ike_suite suite = { .version = 1, .encr = AES, .prf = PRF_SHA1 };
	struct ike_sizes s;

	ck_assert(ike_sizes_of(&suite, &s));
	ck_assert_uint_eq(s.block, 16);
	ck_assert_uint_eq(s.iv, 0);
	ck_assert_uint_eq(s.icv, 0);
	ck_assert_uint_eq(s.prf, 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ike sizes");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, measured_lengths_are_told_row_by_row, 0, sizeof rows / sizeof *rows);
	tcase_add_test(t, the_range_is_that_of_minimal_padding);
	tcase_add_test(t, a_piece_has_four_octets_more_around_it);
	tcase_add_test(t, a_length_that_does_not_fit_the_suite_tells_nothing);
	tcase_add_test(t, a_suite_out_of_the_table_has_no_sizes);
	tcase_add_test(t, version_1_sends_neither_iv_nor_check_value);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
