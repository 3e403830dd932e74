#include "tests/support/suite.h"

#include "dissect/base/digest.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"
#include "dissect/net/addr.h"

static void expect_wire(const char *from, size_t len, const char *expected)
{
	uint8_t *tight = copy_exactly(from, len);
	struct text t;

	text_init(&t);
	text_add_wire(&t, (struct bytes){ tight, len });
	ck_assert_str_eq(t.at, expected);
	ck_assert_uint_eq(t.len, strlen(expected));
	text_clear(&t);
	free(tight);
}

START_TEST(text_grows_and_always_ends_in_zero)
{
	struct text t;

	text_init(&t);
	ck_assert_str_eq(t.at, "");
	for (size_t i = 0; i < 1000; i++) {
		text_add(&t, "ab");
		text_addf(&t, "%c%d", 'c', 1);
		ck_assert_uint_eq(t.len, (i + 1) * 4);
		ck_assert_uint_eq(strlen(t.at), t.len);
	}
	text_add_bytes(&t, NULL, 0);
	ck_assert_uint_eq(t.len, 4000);
	text_clear(&t);
}
END_TEST

START_TEST(a_cleared_or_taken_text_can_be_used_again)
{
	struct text t;
	char *mine;

	text_init(&t);
	text_add(&t, "one");
	mine = text_take(&t);
	ck_assert_str_eq(mine, "one");
	mem_free(mine);
	text_add(&t, "two");
	ck_assert_str_eq(t.at, "two");
	text_clear(&t);
	text_add(&t, "three");
	ck_assert_str_eq(t.at, "three");
	text_clear(&t);
}
END_TEST

START_TEST(hex_is_two_small_digits_an_octet)
{
	struct text t;

	text_init(&t);
	text_add_hex(&t, (struct bytes){ (const uint8_t *)"\x00\x0f\xa5\xff", 4 });
	text_add_hex(&t, (struct bytes){ NULL, 0 });
	ck_assert_str_eq(t.at, "000fa5ff");
	text_clear(&t);
}
END_TEST

START_TEST(good_utf8_from_the_wire_stays)
{
	expect_wire("vpn.example \xc3\xbc \xe2\x82\xac \xf0\x9f\x94\x91", 23,
		    "vpn.example \xc3\xbc \xe2\x82\xac \xf0\x9f\x94\x91");
}
END_TEST

START_TEST(control_characters_from_the_wire_are_shown_as_such)
{
	expect_wire("a\x1b[31m\n\x7f\0b", 10, "a\\x1b[31m\\x0a\\x7f\\x00b");
	expect_wire("\xc2\x9b", 2, "\\xc2\\x9b"); /* C1 CSI */
	expect_wire("\xe2\x80\xae"
		    "exe",
		    6,
		    "\\xe2\\x80\\xae"
		    "exe");                                /* right-to-left override */
	expect_wire("\xc2\xad", 2, "\\xc2\\xad");          /* soft hyphen */
	expect_wire("\xef\xbf\xbf", 3, "\\xef\\xbf\\xbf"); /* no character */
}
END_TEST

START_TEST(broken_utf8_from_the_wire_is_shown_octet_by_octet)
{
	expect_wire("\xe2\x82", 2, "\\xe2\\x82");          /* ends too early */
	expect_wire("\xc0\xaf", 2, "\\xc0\\xaf");          /* longer than need be */
	expect_wire("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* surrogate */
	expect_wire("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
	expect_wire("\xff"
		    "a\x80",
		    3, "\\xffa\\x80");
	expect_wire("\xe2"
		    "ab",
		    3,
		    "\\xe2"
		    "ab");
}
END_TEST

START_TEST(addresses_read_and_write_alike)
{
	static const char *const good[] = { "0.0.0.0", "203.0.113.10", "::", "2001:db8::1",
					    "fe80::1:2:3:4" };
	char buf[ADDR_TEXT];
	struct addr a;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_assert(addr_parse(good[i], &a));
		ck_assert_str_eq(addr_text(&a, buf), good[i]);
	}
	ck_assert(!addr_parse("1.2.3", &a));
	ck_assert(!addr_parse("", &a));
	ck_assert_str_eq(addr_text(&(struct addr){ .family = 0 }, buf), "?");
	ck_assert_uint_eq(addr_bytes(&(struct addr){ .family = 0 }).len, 0);
}
END_TEST

START_TEST(no_blank_is_left_between_two_wide_characters_where_parts_meet)
{
	static const char *const rows[][4] = {
		{ "共 ", "80 位元組", " 的封包", "共 80 位元組的封包" },
		{ "由 ", "對端", " 送出", "由對端送出" },
		{ "from ", "1.2.3.4", " to", "from 1.2.3.4 to" },
		{ "由 ", "1.2.3.4", " 送出", "由 1.2.3.4 送出" },
		{ "北京 ", "总部 一", "，到", "北京总部 一，到" },
		{ "", " ", "", " " },
		{ "封", " ", "包", "封包" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text t;

		text_init(&t);
		text_add(&t, "列 ");
		for (size_t k = 0; k < 3; k++)
			text_join(&t, strlen("列 "), rows[i][k], strlen(rows[i][k]));
		ck_assert_str_eq(t.at + strlen("列 "), rows[i][3]);
		text_clear(&t);
	}
}
END_TEST

START_TEST(digests_are_those_of_the_standards)
{
	struct bytes parts[] = { { (const uint8_t *)"a", 1 }, { (const uint8_t *)"bc", 2 } };
	uint8_t out[DIGEST_MAX];

	ck_assert_uint_eq(digest_of(DIGEST_SHA1, parts, 2, out), 20);
	ck_assert_mem_eq(out,
			 "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c"
			 "\xd0\xd8\x9d",
			 20); /* FIPS 180: abc */
	ck_assert_uint_eq(digest_of(DIGEST_SHA256, parts, 0, out), 32);
	ck_assert_mem_eq(out, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14", 8);
}
END_TEST

SUITE("text", text_grows_and_always_ends_in_zero, a_cleared_or_taken_text_can_be_used_again,
      hex_is_two_small_digits_an_octet, good_utf8_from_the_wire_stays,
      control_characters_from_the_wire_are_shown_as_such,
      broken_utf8_from_the_wire_is_shown_octet_by_octet, addresses_read_and_write_alike,
      no_blank_is_left_between_two_wide_characters_where_parts_meet, digests_are_those_of_the_standards)
