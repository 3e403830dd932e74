#include "dissect/ike/ike.h"
#include "tests/unit/test_ike_messages.h"
#include "tests/unit/test_ike_tight.h"

static struct ike_header header_of(const uint8_t *at, size_t len)
{
	struct cursor c = cur_over(at, len, false);
	struct ike_header h;

	ck_assert(ike_parse_header(&c, &h));
	ck_assert_uint_eq(cur_left(&c), len - IKE_HEADER_LEN);
	return h;
}
#define HEADER_OF(message) header_of(message, sizeof message)

START_TEST(no_prefix_of_a_good_header_parses)
{
	ASSERT_NEEDS(ike_parse_header, struct ike_header, v2_init_answer, IKE_HEADER_LEN);
}
END_TEST

START_TEST(a_header_is_read_as_it_was_sent)
{
	struct ike_header h = HEADER_OF(v1_no_proposal);

	ck_assert_uint_eq(h.next, IKE1_P_N);
	ck_assert_uint_eq(h.version, 0x10);
	ck_assert_uint_eq(ike_major(&h), 1);
	ck_assert_uint_eq(h.exchange, IKE1_X_INFORMATIONAL);
	ck_assert_uint_eq(h.message_id, 0xd4936410);
	ck_assert_uint_eq(h.length, 56);
	ck_assert_uint_ne(h.spi_i, 0);
}
END_TEST

START_TEST(flags_mean_in_real_messages_what_their_masks_say)
{
	ck_assert(HEADER_OF(v2_init_request).flags & IKE2_INITIATOR);
	ck_assert(!(HEADER_OF(v2_init_request).flags & IKE2_RESPONSE));
	ck_assert(!(HEADER_OF(v2_init_answer).flags & IKE2_INITIATOR));
	ck_assert(HEADER_OF(v2_init_answer).flags & IKE2_RESPONSE);
	ck_assert(!(HEADER_OF(v2_init_answer).flags & IKE2_VERSION));
	ck_assert(HEADER_OF(v2_skf).flags & IKE2_INITIATOR);
	ck_assert(HEADER_OF(v1_quick_3).flags & IKE1_ENCRYPTED);
	ck_assert(!(HEADER_OF(v1_no_proposal).flags & IKE1_ENCRYPTED));
}
END_TEST

START_TEST(real_messages_are_plausible)
{
	for (size_t i = 0; i < MESSAGES; i++) {
		struct ike_header h = header_of(messages[i].at, messages[i].len);

		ck_assert_msg(ike_plausible(&h, h.length), "%s", messages[i].name);
		ck_assert(ike_plausible(&h, h.length + 1));
		ck_assert(!ike_plausible(&h, h.length - 1));
	}
}
END_TEST

START_TEST(what_no_stack_sends_is_not_plausible)
{
	struct ike_header good = HEADER_OF(v2_init_request), h;

	h = good, h.spi_i = 0;
	ck_assert(!ike_plausible(&h, 9000));
	h = good, h.version = 0x30;
	ck_assert(!ike_plausible(&h, 9000));
	h = good, h.version = 0x11;
	ck_assert(!ike_plausible(&h, 9000));
	h = good, h.version = 0x2f;
	ck_assert(ike_plausible(&h, 9000));
	h = good, h.length = IKE_HEADER_LEN - 1;
	ck_assert(!ike_plausible(&h, 9000));
	h = good, h.length = UINT32_MAX;
	ck_assert(!ike_plausible(&h, 9000));
}
END_TEST

START_TEST(the_first_payload_must_be_known_to_its_version)
{
	struct ike_header v1 = HEADER_OF(v1_main_1), v2 = HEADER_OF(v2_init_request);

	for (unsigned next = 0; next < 256; next++) {
		v1.next = v2.next = (uint8_t)next;
		ck_assert_msg(ike_plausible(&v1, 9000) == ((next >= 1 && next <= 22 && next != 2 &&
							    next != 3) ||
							   (next >= 130 && next <= 132)),
			      "v1 payload %u", next);
		ck_assert_msg(ike_plausible(&v2, 9000) == ((next >= 33 && next <= 54) ||
							   next == 128),
			      "v2 payload %u", next);
	}
}
END_TEST

START_TEST(no_first_payload_is_plausible_only_when_nothing_follows)
{
	struct ike_header h = HEADER_OF(v2_init_request);

	h.next = IKE2_P_NONE;
	ck_assert(!ike_plausible(&h, 9000));
	h.length = IKE_HEADER_LEN;
	ck_assert(ike_plausible(&h, 9000));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ike header");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_test(t, no_prefix_of_a_good_header_parses);
	tcase_add_test(t, a_header_is_read_as_it_was_sent);
	tcase_add_test(t, flags_mean_in_real_messages_what_their_masks_say);
	tcase_add_test(t, real_messages_are_plausible);
	tcase_add_test(t, what_no_stack_sends_is_not_plausible);
	tcase_add_test(t, the_first_payload_must_be_known_to_its_version);
	tcase_add_test(t, no_first_payload_is_plausible_only_when_nothing_follows);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
