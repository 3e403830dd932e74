#include "dissect/ipsec/esp.h"
#include "tests/unit/test_ike_tight.h"

static const uint8_t esp[] = { 0xc1, 2, 3, 4, 0, 0, 1, 0 };
static const uint8_t ah[] = {
	50, 4, 0, 0, 0xc1, 2, 3, 4, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
};

START_TEST(no_prefix_of_a_header_parses)
{
	ASSERT_NEEDS(esp_parse, struct esp_header, esp, sizeof esp);
	ASSERT_NEEDS(ah_parse, struct ah_header, ah, sizeof ah);
}
END_TEST

START_TEST(esp_is_read_as_it_was_sent)
{
	struct cursor c = cur_over(esp, sizeof esp, false);
	struct esp_header h;

	ck_assert(esp_parse(&c, &h));
	ck_assert_uint_eq(h.spi, 0xc1020304);
	ck_assert_uint_eq(h.sequence, 256);
}
END_TEST

START_TEST(ah_is_read_and_stepped_over)
{
	uint8_t more[sizeof ah + 1];
	struct cursor c;
	struct ah_header h;

	memcpy(more, ah, sizeof ah);
	more[sizeof ah] = 0x45;
	c = cur_over(more, sizeof more, false);
	ck_assert(ah_parse(&c, &h));
	ck_assert_uint_eq(h.next, 50);
	ck_assert_uint_eq(h.spi, 0xc1020304);
	ck_assert_uint_eq(h.sequence, 9);
	ck_assert_uint_eq(h.icv.len, 12);
	ck_assert_uint_eq(h.icv.at[11], 12);
	ck_assert_uint_eq(cur_left(&c), 1);
}
END_TEST

START_TEST(an_ah_length_below_its_own_header_is_a_lie)
{
	uint8_t bad[sizeof ah];
	struct cursor c = cur_over(bad, sizeof bad, false);
	struct ah_header h;

	memcpy(bad, ah, sizeof ah);
	bad[1] = 0;
	ck_assert(!ah_parse(&c, &h));
	ck_assert_int_eq(c.fault, FAULT_LENGTH);
	bad[1] = 1; /* no integrity value at all */
	c = cur_over(bad, sizeof bad, false);
	ck_assert(ah_parse(&c, &h));
	ck_assert_uint_eq(h.icv.len, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("esp");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_test(t, no_prefix_of_a_header_parses);
	tcase_add_test(t, esp_is_read_as_it_was_sent);
	tcase_add_test(t, ah_is_read_and_stepped_over);
	tcase_add_test(t, an_ah_length_below_its_own_header_is_a_lie);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
