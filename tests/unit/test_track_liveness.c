#include "tests/support/track_feed.h"

/* Rhythms of resends, clocks that leap, answers from elsewhere, floods, moves: facts of more than one message. */

#define A "198.51.100.10"
#define B "203.0.113.10"

enum { SA_INIT = 34, IKE_AUTH = 35, INFORMATIONAL = 37, INITIATOR = 8, RESPONSE = 32 };

static void ike(const char *from, const char *to, uint64_t spi_i, uint64_t spi_r, uint8_t exchange, uint8_t flags, uint32_t id)
{
	struct packet p = feed_packet(from, to, 17, 300);

	p.sport = p.dport = 500;
	p.ttl = strcmp(from, A) ? 60 : 64;
	feed_ike(&p, spi_i, spi_r, exchange, flags, id);
}

static void ask(void)
{
	ike(A, B, 0x1111, 0, SA_INIT, INITIATOR, 0);
}

/* Asks at the start and after each gap. */
static void ask_after(const double *gaps, size_t n)
{
	ask();
	for (size_t i = 0; i < n; i++) {
		feed_at += gaps[i];
		ask();
	}
}

static json_t *unanswered(json_t *facts)
{
	return FACT_OF(facts, "tunnels", "0", "unanswered", "0");
}

static void nothing_more_for(double seconds)
{
	struct packet p = feed_packet(A, "192.0.2.9", 17, 60);

	feed_at += seconds;
	feed_other(&p, OTHER_UDP, 0, "", 0);
}

START_TEST(the_rhythm_of_strongswan_is_known_and_the_next_send_is_told)
{
	static const double gaps[] = { 4.0, 7.2, 13.0 };
	json_t *facts;

	feed_begin();
	ask_after(gaps, 3);
	nothing_more_for(15);
	facts = feed_end();
	ck_assert_str_eq(TEXT_OF(unanswered(facts), "schedule", "name"), "strongSwan");
	ck_assert_double_eq_tol(NUMBER_OF(unanswered(facts), "schedule", "next"), 23.3, 0.1);
	ck_assert(json_is_false(FACT_OF(unanswered(facts), "quiet"))); /* the fifth send is not due yet */
	json_decref(facts);
}
END_TEST

START_TEST(a_rhythm_that_two_implementations_share_names_none)
{
	static const double shared[] = { 2, 4, 8 }, split[] = { 2, 4, 8, 16 };
	json_t *facts;

	feed_begin();
	ask_after(shared, 3);
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(unanswered(facts), "schedule"));
	json_decref(facts);
	feed_begin();
	ask_after(split, 4);
	facts = feed_end();
	ck_assert_str_eq(TEXT_OF(unanswered(facts), "schedule", "name"), "OpenIKED");
	json_decref(facts);
}
END_TEST

START_TEST(two_gaps_are_too_few_for_a_name)
{
	static const double gaps[] = { 4.0, 7.2 };
	json_t *facts;

	feed_begin();
	ask_after(gaps, 2);
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(unanswered(facts), "schedule"));
	json_decref(facts);
}
END_TEST

START_TEST(who_used_up_its_schedule_has_given_up_after_its_last_wait)
{
	static const double gaps[] = { 8, 8, 8 };
	json_t *facts;

	for (int late = 0; late < 2; late++) {
		feed_begin();
		ask_after(gaps, 3);
		nothing_more_for(late ? 12 : 9);
		facts = feed_end();
		ck_assert_str_eq(TEXT_OF(unanswered(facts), "schedule", "name"), "Cisco ASA");
		ck_assert(json_is_true(FACT_OF(unanswered(facts), "quiet")) == late);
		json_decref(facts);
	}
}
END_TEST

START_TEST(a_gap_too_long_by_an_hour_with_nothing_in_it_is_a_leap_of_the_clock)
{
	static const double leap[] = { 4.0, 7.2, 3612.96, 23.3, 42 }, good[] = { 4.0, 7.2, 12.96, 23.3, 42 };
	json_t *facts;

	feed_begin();
	ask_after(leap, 5);
	facts = feed_end();
	ck_assert_double_eq_tol(NUMBER_OF(facts, "capture", "clock_leaps", "0", "by"), 3600, 0.1);
	json_decref(facts);
	feed_begin();
	ask_after(good, 5);
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(facts, "capture", "clock_leaps"));
	json_decref(facts);
}
END_TEST

START_TEST(packets_in_that_gap_prove_that_time_went_on)
{
	json_t *facts;

	feed_begin();
	ask();
	feed_at += 4;
	ask();
	feed_at += 7.2;
	ask();
	for (int i = 0; i < 400; i++)
		nothing_more_for(9);
	feed_at += 12.96;
	ask();
	feed_at += 23.3;
	ask();
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(facts, "capture", "clock_leaps"));
	json_decref(facts);
}
END_TEST

START_TEST(an_answer_with_our_spi_from_another_address_is_told_to_the_asking_tunnel)
{
	json_t *facts, *row;

	feed_begin();
	ask();
	feed_at += 0.1;
	ike("203.0.113.99", A, 0x1111, 0x2222, SA_INIT, RESPONSE, 0);
	feed_at += 4;
	ask();
	facts = feed_end();
	row = FACT_OF(facts, "tunnels", "0", "elsewhere", "0");
	ck_assert_str_eq(TEXT_OF(row, "other"), "203.0.113.99");
	ck_assert_str_eq(TEXT_OF(row, "instead_of"), "b");
	ck_assert_str_eq(TEXT_OF(row, "asker"), "a");
	json_decref(facts);
}
END_TEST

START_TEST(an_answer_from_the_right_address_is_not_elsewhere)
{
	json_t *facts;

	feed_begin();
	ask();
	feed_at += 0.1;
	ike(B, A, 0x1111, 0x2222, SA_INIT, RESPONSE, 0);
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(facts, "tunnels", "0", "elsewhere"));
	json_decref(facts);
}
END_TEST

START_TEST(seconds_with_more_than_ten_new_negotiations_are_counted)
{
	json_t *facts, *f;

	feed_begin();
	for (unsigned i = 0; i < 12 * 20; i++) {
		char from[32];

		snprintf(from, sizeof from, "192.0.2.%u", i % 200);
		feed_at = 1 + i / 20 + (i % 20) * 0.04;
		ike(from, B, 0x10000 + i, 0, SA_INIT, INITIATOR, 0);
	}
	ike(B, "192.0.2.1", 0x10001, 0x77, SA_INIT, RESPONSE, 0);
	facts = feed_end();
	f = FACT_OF(facts, "capture", "flood");
	ck_assert_str_eq(TEXT_OF(f, "responder"), B);
	ck_assert_double_eq(NUMBER_OF(f, "started"), 240);
	ck_assert_double_eq(NUMBER_OF(f, "busy_seconds"), 12);
	ck_assert_double_eq(NUMBER_OF(f, "peak"), 20);
	json_decref(facts);
}
END_TEST

START_TEST(ten_a_second_are_no_flood)
{
	json_t *facts;

	feed_begin();
	for (unsigned i = 0; i < 100; i++) {
		feed_at = 1 + i / 10 + (i % 10) * 0.09;
		ike(A, B, 0x10000 + i, 0, SA_INIT, INITIATOR, 0);
	}
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(facts, "capture", "flood"));
	json_decref(facts);
}
END_TEST

START_TEST(data_to_the_address_that_an_end_has_left_is_told_with_the_move)
{
	json_t *facts, *m;

	feed_begin();
	ask();
	ike(B, A, 0x1111, 0x2222, SA_INIT, RESPONSE, 0);
	ike(A, B, 0x1111, 0x2222, IKE_AUTH, INITIATOR, 1);
	ike(B, A, 0x1111, 0x2222, IKE_AUTH, RESPONSE, 1);
	feed_at = 10;
	ike("198.51.100.77", B, 0x1111, 0x2222, INFORMATIONAL, INITIATOR, 2);
	for (uint32_t i = 1; i <= 20; i++) {
		struct packet p = feed_packet(B, A, 50, 120);

		feed_at += 1;
		feed_esp(&p, 9, i);
	}
	facts = feed_end();
	m = FACT_OF(facts, "tunnels", "0", "moves", "a");
	ck_assert_str_eq(TEXT_OF(m, "to"), "198.51.100.77");
	ck_assert_double_eq(NUMBER_OF(m, "at"), 9);
	ck_assert_double_eq(NUMBER_OF(m, "stale_until"), 29);
	json_decref(facts);
}
END_TEST

START_TEST(flows_in_use_at_the_same_time_are_counted_by_sender)
{
	json_t *facts, *p;

	feed_begin();
	for (uint32_t i = 0; i < 300; i++)
		for (uint32_t spi = 1; spi <= 4; spi++) {
			struct packet packet = feed_packet(A, B, 50, 120);

			feed_at = 1 + i + 0.01 * spi;
			if (i >= (spi - 1) * 60)
				feed_esp(&packet, spi, i + 1);
		}
	facts = feed_end();
	p = FACT_OF(facts, "tunnels", "0", "parallel", "a");
	ck_assert_double_eq(NUMBER_OF(p, "most"), 4);
	ck_assert_double_eq_tol(NUMBER_OF(p, "apart"), 60, 1);
	json_decref(facts);
}
END_TEST

SUITE("track_liveness", the_rhythm_of_strongswan_is_known_and_the_next_send_is_told,
      a_rhythm_that_two_implementations_share_names_none, two_gaps_are_too_few_for_a_name,
      who_used_up_its_schedule_has_given_up_after_its_last_wait,
      a_gap_too_long_by_an_hour_with_nothing_in_it_is_a_leap_of_the_clock,
      packets_in_that_gap_prove_that_time_went_on,
      an_answer_with_our_spi_from_another_address_is_told_to_the_asking_tunnel,
      an_answer_from_the_right_address_is_not_elsewhere, seconds_with_more_than_ten_new_negotiations_are_counted,
      ten_a_second_are_no_flood, data_to_the_address_that_an_end_has_left_is_told_with_the_move,
      flows_in_use_at_the_same_time_are_counted_by_sender)
