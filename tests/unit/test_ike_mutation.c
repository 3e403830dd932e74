/*
 * Every single-bit change and every prefix of real messages is read by every parser there is:
 * nothing is read outside the bytes, and every walk ends.
 */
#include "tests/support/ike_walk.h"
#include "tests/unit/test_ike_messages.h"
#include "tests/unit/test_ike_tight.h"

static void read_message(const uint8_t *at, size_t len, bool cut)
{
	const char *wrong = ike_walk((struct bytes){ at, len }, cut);

	if (wrong)
		ck_abort_msg("%s", wrong);
}

START_TEST(every_flipped_bit_is_survived)
{
	const struct message *m = &messages[_i];
	uint8_t *tight = tight_copy(m->at, m->len);

	for (size_t bit = 0; bit < 8 * m->len; bit++) {
		tight[bit / 8] ^= (uint8_t)(1 << bit % 8);
		read_message(tight, m->len, bit % 2);
		tight[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(tight);
}
END_TEST

START_TEST(every_prefix_is_survived)
{
	const struct message *m = &messages[_i];

	for (size_t len = 0; len <= m->len; len++) {
		uint8_t *tight = tight_copy(m->at, len);

		read_message(tight, len, false);
		read_message(tight, len, true);
		free(tight);
	}
}
END_TEST

START_TEST(every_octet_set_to_an_extreme_is_survived)
{
	static const uint8_t extremes[] = { 0, 1, 3, 4, 0x7f, 0x80, 0xff };
	const struct message *m = &messages[_i];
	uint8_t *tight = tight_copy(m->at, m->len);

	for (size_t i = 0; i < m->len; i++) {
		for (size_t k = 0; k < sizeof extremes; k++) {
			tight[i] = extremes[k];
			read_message(tight, m->len, k % 2);
		}
		tight[i] = m->at[i];
	}
	free(tight);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ike mutation");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, every_flipped_bit_is_survived, 0, MESSAGES);
	tcase_add_loop_test(t, every_prefix_is_survived, 0, MESSAGES);
	tcase_add_loop_test(t, every_octet_set_to_an_extreme_is_survived, 0, MESSAGES);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
