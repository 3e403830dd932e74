#include "tests/support/build.h"
#include "tests/support/suite.h"

#include "dissect/net/icmp.h"

static struct built b;

static bool parse(uint8_t family, struct icmp *ret)
{
	struct cursor c = cur_over(build_at(&b), b.len, false);

	return icmp_parse(&c, family, ret);
}

START_TEST(too_big_carries_the_mtu_of_the_next_hop)
{
	struct icmp i;

	build_start(&b, "quote", 5);
	build_icmp(&b, 3, 4, 1400);
	ck_assert(parse(4, &i));
	ck_assert_uint_eq(i.mtu, 1400);
	ck_assert_uint_eq(cur_left(&i.quote), 5);
	build_start(&b, "quote", 5);
	build_icmp(&b, 3, 3, 1400);
	ck_assert(parse(4, &i));
	ck_assert_uint_eq(i.mtu, 0);
	build_start(&b, "quote", 5);
	build_icmp(&b, 2, 7, 70000); /* RFC 4443 3.2: the code is not looked at */
	ck_assert(parse(6, &i));
	ck_assert_uint_eq(i.mtu, 70000);
	ck_assert(parse(4, &i));
	ck_assert_uint_eq(i.mtu, 0);
}
END_TEST

START_TEST(every_prefix_is_refused_or_tells_less)
{
	build_start(&b, "quote", 5);
	build_icmp(&b, 3, 4, 1400);
	for (size_t n = 0; n <= b.len; n++) {
		uint8_t *tight = copy_exactly(build_at(&b), n);
		struct cursor c = cur_over(tight, n, true);
		struct icmp i;

		ck_assert_int_eq(icmp_parse(&c, 4, &i), n >= 2);
		if (n >= 2) {
			ck_assert_uint_eq(i.mtu, n < 8 ? 0 : 1400);
			ck_assert(n < 8 || cur_left(&i.quote) == n - 8);
		}
		free(tight);
	}
}
END_TEST

START_TEST(extensions_behind_a_padded_quote_are_not_in_it)
{
	static const uint8_t quote[160];
	struct icmp i;

	build_start(&b, quote, sizeof quote);
	build_icmp(&b, 11, 0, 32u << 16); /* RFC 4884: 32 words of quote, then an extension */
	ck_assert(parse(4, &i));
	ck_assert_uint_eq(cur_left(&i.quote), 128);
	build_start(&b, quote, sizeof quote);
	build_icmp(&b, 3, 0, 16u << 24);
	ck_assert(parse(6, &i));
	ck_assert_uint_eq(cur_left(&i.quote), 128);
	build_start(&b, quote, sizeof quote);
	build_icmp(&b, 11, 0, 255u << 16); /* more than there is: not believed */
	ck_assert(parse(4, &i));
	ck_assert_uint_eq(cur_left(&i.quote), 160);
}
END_TEST

START_TEST(types_are_sorted_by_family)
{
	static const uint8_t v4[] = { 3, 4, 5, 11, 12 }, v6[] = { 1, 2, 3, 4, 100, 127 };

	for (size_t i = 0; i < sizeof v4; i++)
		ck_assert_int_eq(icmp_kind_of(4, v4[i]), ICMP_ERROR);
	for (size_t i = 0; i < sizeof v6; i++)
		ck_assert_int_eq(icmp_kind_of(6, v6[i]), ICMP_ERROR);
	ck_assert_int_eq(icmp_kind_of(4, 8), ICMP_ECHO_REQUEST);
	ck_assert_int_eq(icmp_kind_of(4, 0), ICMP_ECHO_REPLY);
	ck_assert_int_eq(icmp_kind_of(6, 128), ICMP_ECHO_REQUEST);
	ck_assert_int_eq(icmp_kind_of(6, 129), ICMP_ECHO_REPLY);
	ck_assert_int_eq(icmp_kind_of(6, 135), ICMP_SOLICIT);
	ck_assert_int_eq(icmp_kind_of(6, 136), ICMP_ADVERTISE);
	ck_assert_int_eq(icmp_kind_of(4, 135), ICMP_REST);
	ck_assert_int_eq(icmp_kind_of(6, 0), ICMP_REST);
	ck_assert_int_eq(icmp_kind_of(6, 255), ICMP_REST);
}
END_TEST

START_TEST(a_solicitation_names_its_target_and_no_prefix_of_it_does)
{
	static const uint8_t target[16] = {
		0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9
	};

	build_start(&b, target, 16);
	build_icmp(&b, 135, 0, 0);
	for (size_t n = 0; n <= 24; n++) {
		uint8_t *tight = copy_exactly(build_at(&b), n);
		struct cursor c = cur_over(tight, n, false);
		struct addr a;

		ck_assert_int_eq(icmp_nd_target(&c, &a), n == 24);
		if (n == 24)
			ck_assert_mem_eq(a.at, target, 16);
		free(tight);
	}
}
END_TEST

SUITE("icmp", too_big_carries_the_mtu_of_the_next_hop, every_prefix_is_refused_or_tells_less,
      extensions_behind_a_padded_quote_are_not_in_it, types_are_sorted_by_family,
      a_solicitation_names_its_target_and_no_prefix_of_it_does)
