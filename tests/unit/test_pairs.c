#include "tests/support/suite.h"

#include "dissect/net/pairs.h"

static struct packet between(const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	struct packet p = { .sport = sport, .dport = dport };

	ck_assert(addr_parse(src, &p.src) && addr_parse(dst, &p.dst));
	return p;
}

START_TEST(both_directions_are_one_pair)
{
	struct packet out = between("192.0.2.1", 7, "203.0.113.9", 8);
	struct packet back = between("203.0.113.9", 8, "192.0.2.1", 7);
	struct packet turned = between("203.0.113.9", 7, "192.0.2.1", 8);

	for (int with_ports = 0; with_ports < 2; with_ports++) {
		struct pairs *p = pairs_new(4, with_ports);

		ck_assert(!pairs_has(p, &out));
		pairs_add(p, &out);
		pairs_add(p, &back);
		ck_assert(pairs_has(p, &out) && pairs_has(p, &back));
		ck_assert_int_eq(pairs_has(p, &turned), !with_ports);
		pairs_free(p);
	}
}
END_TEST

START_TEST(the_families_do_not_meet)
{
	struct packet v4 = between("0.0.0.0", 7, "1.2.3.4", 8);
	struct packet v6 = between("::", 7, "102:304::", 8);
	struct pairs *p = pairs_new(4, true);

	pairs_add(p, &v4);
	ck_assert(!pairs_has(p, &v6));
	pairs_free(p);
}
END_TEST

START_TEST(a_full_table_forgets_the_pair_that_was_quiet_longest)
{
	struct packet at[4];
	struct pairs *p = pairs_new(3, true);

	for (uint16_t i = 0; i < 4; i++) {
		at[i] = between("2001:db8::1", i, "2001:db8::2", 9);
		pairs_add(p, &at[i]);
		if (i == 2)
			pairs_add(p, &at[0]);
	}
	ck_assert(pairs_has(p, &at[0]) && !pairs_has(p, &at[1]));
	ck_assert(pairs_has(p, &at[2]) && pairs_has(p, &at[3]));
	pairs_free(p);
}
END_TEST

SUITE("pairs", both_directions_are_one_pair, the_families_do_not_meet,
      a_full_table_forgets_the_pair_that_was_quiet_longest)
