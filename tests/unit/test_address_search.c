/*
 * The address behind a hash of NAT detection.
 */
#include <check.h>
#include <string.h>

#include "dissect/base/address_search.h"
#include "dissect/base/digest.h"

static struct address_riddle riddle_of(uint32_t address, uint16_t port)
{
	struct address_riddle r = { .port = port };
	uint8_t tail[6] = { (uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
			    (uint8_t)address, (uint8_t)(port >> 8), (uint8_t)port };
	uint8_t made[DIGEST_MAX];

	memcpy(r.front, "SPI of I SPI of R", 16);
	ck_assert_uint_eq(digest_of(DIGEST_SHA1, (struct bytes[]){ { r.front, 16 }, { tail, 6 } }, 2, made), 20);
	memcpy(r.digest, made, 20);
	return r;
}

START_TEST(every_place_of_a_range_is_tried)
{
	static const uint32_t places[] = { 0, 1, 2, 3, 4, 7, 253, 254, 255 };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct address_riddle r = riddle_of(0xc0a80100 + places[i], 500);
		uint32_t found = 0;

		ck_assert(address_search(&r, 0xc0a80100, 256, &found));
		ck_assert_uint_eq(found, 0xc0a80100 + places[i]);
	}
}
END_TEST

START_TEST(what_lies_beside_the_range_is_not_found)
{
	struct address_riddle r = riddle_of(0xc0a80105, 500);
	uint32_t found = 1;

	ck_assert(!address_search(&r, 0xc0a80100, 5, &found));
	ck_assert(!address_search(&r, 0xc0a80106, 250, &found));
	ck_assert(!address_search(&r, 0xc0a80100, 0, &found));
	ck_assert_uint_eq(found, 1);
	ck_assert(address_search(&r, 0xc0a80105, 1, &found));
}
END_TEST

START_TEST(the_port_and_every_octet_of_the_digest_count)
{
	struct address_riddle r = riddle_of(0x64401234, 4500);
	uint32_t found;

	r.port = 500;
	ck_assert(!address_search(&r, 0x64401200, 256, &found));
	r.port = 4500;
	for (size_t i = 0; i < sizeof r.digest; i++) {
		r.digest[i] ^= 1;
		ck_assert(!address_search(&r, 0x64401200, 256, &found));
		r.digest[i] ^= 1;
	}
	ck_assert(address_search(&r, 0x64401200, 256, &found));
	ck_assert_uint_eq(found, 0x64401234);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("address search");
	TCase *c = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_test(c, every_place_of_a_range_is_tried);
	tcase_add_test(c, what_lies_beside_the_range_is_not_found);
	tcase_add_test(c, the_port_and_every_octet_of_the_digest_count);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
