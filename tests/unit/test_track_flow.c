#include "tests/support/track_feed.h"

/* What sequence numbers, lengths and hop limits of ESP become as facts (diagnoses.md method E). */

#define A "198.51.100.10"
#define B "203.0.113.10"

static void esp(uint32_t sequence, uint32_t len)
{
	struct packet p = feed_packet(A, B, 50, len);

	feed_at += 0.01;
	feed_esp(&p, 0x1234, sequence);
}

static json_t *flow_of(json_t *facts)
{
	return FACT_OF(facts, "tunnels", "0", "flows", "0");
}

/* Both of the same frame, as the dissector tells them. */
static void esp_in_ah(uint32_t sequence, uint32_t len)
{
	struct packet p = feed_packet(A, B, 51, len);
	struct message m;

	feed_at += 0.01;
	memset(&m, 0, sizeof m);
	m.kind = MSG_AH;
	m.u.esp.spi = 0x5678;
	m.u.esp.sequence = sequence;
	m.u.esp.print = feed_number;
	feed_message(&m, &p);
	p.protocol = 50;
	m.kind = MSG_ESP;
	m.u.esp.spi = 0x1234;
	track_message(feed_to, &m);
}

START_TEST(esp_inside_ah_is_two_flows_and_one_packet_of_the_tunnel)
{
	json_t *facts, *flows;

	feed_begin();
	for (uint32_t i = 1; i <= 10; i++)
		esp_in_ah(i, 120);
	facts = feed_end();
	flows = FACT_OF(facts, "tunnels", "0", "flows");
	ck_assert_uint_eq(json_array_size(flows), 2);
	ck_assert_double_eq(NUMBER_OF(flows, "0", "packets"), 10);
	ck_assert_double_eq(NUMBER_OF(flows, "1", "packets"), 10);
	ck_assert_double_eq(NUMBER_OF(facts, "tunnels", "0", "data", "a", "packets"), 10);
	ck_assert_double_eq(NUMBER_OF(facts, "tunnels", "0", "data", "a", "bytes"), 1200);
	json_decref(facts);
}
END_TEST

START_TEST(gaps_are_counted_as_runs_and_lost_numbers)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 1; i <= 100; i++)
		if (i != 10 && (i < 50 || i > 54))
			esp(i, 120);
	facts = feed_end();
	f = flow_of(facts);
	ck_assert_double_eq(NUMBER_OF(f, "lost"), 6);
	ck_assert_double_eq(NUMBER_OF(f, "expected"), 100);
	ck_assert_double_eq(NUMBER_OF(f, "runs"), 2);
	ck_assert_double_eq(NUMBER_OF(f, "longest_run"), 5);
	json_decref(facts);
}
END_TEST

START_TEST(gaps_that_left_the_window_count_as_those_inside_it)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 1; i <= 10000; i++)
		if (i % 1000)
			esp(i, 120);
	facts = feed_end();
	f = flow_of(facts);
	ck_assert_double_eq(NUMBER_OF(f, "lost"), 9); /* what would have been the last is not missed */
	ck_assert_double_eq(NUMBER_OF(f, "runs"), 9);
	ck_assert_double_eq(NUMBER_OF(f, "expected"), 9999);
	json_decref(facts);
}
END_TEST

START_TEST(the_interval_of_the_worked_example_is_met)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 1; i <= 4200; i++)
		if (i % 112 || i > 4144) /* 37 of 4200: diagnoses.md E.5 */
			esp(i, 120);
	facts = feed_end();
	f = flow_of(facts);
	ck_assert_double_eq(NUMBER_OF(f, "lost"), 37);
	ck_assert_double_eq_tol(NUMBER_OF(f, "lost_low"), 0.0064, 0.0001);
	ck_assert_double_eq_tol(NUMBER_OF(f, "lost_high"), 0.0121, 0.0001);
	json_decref(facts);
}
END_TEST

START_TEST(late_packets_are_sorted_by_how_late_they_are)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 1; i <= 2000; i++)
		if (i != 100 && i != 500 && i != 900)
			esp(i, 120);
	esp(100, 120);
	esp(500, 120);
	for (uint32_t i = 2001; i <= 2010; i++)
		esp(i, 120);
	facts = feed_end();
	f = flow_of(facts);
	ck_assert_double_eq(NUMBER_OF(f, "late_32"), 2);
	ck_assert_double_eq(NUMBER_OF(f, "late_1024"), 2);
	ck_assert_double_eq(NUMBER_OF(f, "lost"), 1);
	json_decref(facts);
}
END_TEST

START_TEST(small_numbers_in_a_row_after_large_ones_are_a_restart_and_no_loss)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 1; i <= 6000; i++)
		esp(i, 120);
	for (uint32_t i = 1; i <= 50; i++)
		esp(i, 120);
	facts = feed_end();
	f = flow_of(facts);
	ck_assert_double_eq(NUMBER_OF(f, "restart", "count"), 1);
	ck_assert_double_eq(NUMBER_OF(f, "restart", "from"), 6000);
	ck_assert_double_eq(NUMBER_OF(f, "lost"), 0);
	ck_assert_double_eq(NUMBER_OF(f, "seq_last"), 50);
	json_decref(facts);
}
END_TEST

START_TEST(a_wrap_past_two_to_the_thirty_second_is_no_restart)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 0; i < 40; i++)
		esp(UINT32_MAX - 19 + i, 120);
	facts = feed_end();
	f = flow_of(facts);
	ck_assert(json_is_true(FACT_OF(f, "wrapped")));
	ck_assert_ptr_null(FACT_OF(f, "restart"));
	ck_assert_double_eq(NUMBER_OF(f, "lost"), 0);
	json_decref(facts);
}
END_TEST

START_TEST(a_restart_from_the_upper_half_is_no_loss_of_two_billion)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 0; i < 10; i++)
		esp(3000000000u + i, 120);
	for (uint32_t i = 1; i <= 10; i++)
		esp(i, 120);
	facts = feed_end();
	f = flow_of(facts);
	ck_assert_double_eq(NUMBER_OF(f, "restart", "count"), 1);
	ck_assert_double_lt(NUMBER_OF(f, "lost"), 10);
	json_decref(facts);
}
END_TEST

START_TEST(lengths_leave_the_residue_of_the_integrity_value)
{
	json_t *facts, *f;

	feed_begin();
	for (uint32_t i = 1; i <= 20; i++)
		esp(i, 20 + 8 + 16 + 16 * (1 + i % 5) + 12); /* IV, blocks, 96 bits */
	facts = feed_end();
	f = flow_of(facts);
	ck_assert_uint_eq(json_array_size(FACT_OF(f, "residues")), 1);
	ck_assert_double_eq(NUMBER_OF(f, "residues", "0"), 12);
	ck_assert_double_eq(NUMBER_OF(f, "lengths"), 5);
	json_decref(facts);
}
END_TEST

static void null_esp(const uint8_t *ip, size_t len, uint32_t sequence)
{
	struct packet p = feed_packet(A, B, 50, (uint32_t)(20 + 8 + len + 2 + 12));
	struct message m;
	uint8_t bytes[128] = { 0 };
	uint8_t *tight;

	memcpy(bytes + 8, ip, len);
	tight = copy_exactly(bytes, 8 + len + 14);
	memset(&m, 0, sizeof m);
	m.kind = MSG_ESP;
	m.u.esp.spi = 0x1234;
	m.u.esp.sequence = sequence;
	m.u.esp.len = (uint32_t)(8 + len + 14);
	m.u.esp.print = sequence;
	m.u.esp.bytes = (struct bytes){ tight, 8 + len + 14 };
	feed_at += 0.01;
	feed_message(&m, &p);
	free(tight);
}

START_TEST(an_ip_header_with_a_right_checksum_behind_the_number_is_null_encryption)
{
	/* 10.1.0.1 to 10.2.0.1, 28 octets, protocol 1 */
	static const uint8_t good[28] = { 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0x66, 0xdc, 10, 1, 0, 1, 10, 2, 0, 1 };
	uint8_t bad[28];
	json_t *facts;

	feed_begin();
	for (uint32_t i = 1; i <= 5; i++)
		null_esp(good, sizeof good, i);
	facts = feed_end();
	ck_assert_double_eq(NUMBER_OF(flow_of(facts), "inner", "packets"), 5);
	json_decref(facts);
	memcpy(bad, good, sizeof bad);
	bad[10] ^= 1;
	feed_begin();
	for (uint32_t i = 1; i <= 5; i++)
		null_esp(bad, sizeof bad, i);
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(flow_of(facts), "inner"));
	json_decref(facts);
}
END_TEST

START_TEST(no_prefix_of_an_esp_packet_is_read_past_its_end)
{
	uint8_t bytes[64];

	memset(bytes, 0x45, sizeof bytes);
	for (size_t n = 0; n <= sizeof bytes; n++)
		for (int version = 0x45; version <= 0x60; version += 0x1b) {
			struct packet p = feed_packet(A, B, 50, 1500);
			struct message m;
			uint8_t *tight;

			if (n > 8)
				bytes[8] = (uint8_t)version;
			tight = copy_exactly(bytes, n);
			feed_begin();
			memset(&m, 0, sizeof m);
			m.kind = MSG_ESP;
			m.u.esp.spi = 1;
			m.u.esp.sequence = 1;
			m.u.esp.len = 1480;
			m.u.esp.bytes = (struct bytes){ tight, n };
			feed_message(&m, &p);
			json_decref(feed_end());
			free(tight);
		}
}
END_TEST

START_TEST(a_hop_limit_that_stays_different_is_a_change_and_a_single_one_is_not)
{
	json_t *facts, *hops;

	feed_begin();
	for (uint32_t i = 1; i <= 60; i++) {
		struct packet p = feed_packet(B, A, 50, 120);

		p.ttl = i == 20 ? 40 : i <= 30 ? 62 : 58;
		feed_at += 0.1;
		feed_esp(&p, 7, i);
	}
	facts = feed_end();
	hops = FACT_OF(facts, "tunnels", "0", "looks", "a", "data_hops");
	ck_assert_double_eq(NUMBER_OF(hops, "changes"), 1);
	ck_assert_double_eq(NUMBER_OF(hops, "before"), 62);
	ck_assert_double_eq(NUMBER_OF(hops, "after"), 58);
	ck_assert_double_eq(NUMBER_OF(hops, "frame"), 31);
	ck_assert_double_eq(NUMBER_OF(hops, "flips"), 3);
	json_decref(facts);
}
END_TEST

START_TEST(loss_in_busy_seconds_only_is_told_by_its_rate)
{
	uint32_t sequence = 0;
	json_t *facts, *p;

	feed_begin();
	for (int second = 0; second < 40; second++) {
		int busy = second % 2, sent = busy ? 200 : 20;

		for (int i = 0; i < sent; i++) {
			struct packet packet = feed_packet(B, A, 50, 120);

			sequence += 1;
			feed_at = 10 + second + i * 0.004;
			if (!busy || i < 100)
				feed_esp(&packet, 7, sequence);
		}
	}
	facts = feed_end();
	p = FACT_OF(facts, "tunnels", "0", "policed", "a");
	ck_assert_double_eq(NUMBER_OF(p, "below_lost"), 0);
	ck_assert_double_gt(NUMBER_OF(p, "below_offered"), 100);
	ck_assert_double_ge(NUMBER_OF(p, "above_lost"), 1500);
	ck_assert_double_ge(NUMBER_OF(p, "lossy"), 10);
	json_decref(facts);
}
END_TEST

SUITE("track_flow", esp_inside_ah_is_two_flows_and_one_packet_of_the_tunnel, gaps_are_counted_as_runs_and_lost_numbers, gaps_that_left_the_window_count_as_those_inside_it,
      the_interval_of_the_worked_example_is_met, late_packets_are_sorted_by_how_late_they_are,
      small_numbers_in_a_row_after_large_ones_are_a_restart_and_no_loss,
      a_wrap_past_two_to_the_thirty_second_is_no_restart, a_restart_from_the_upper_half_is_no_loss_of_two_billion,
      lengths_leave_the_residue_of_the_integrity_value,
      an_ip_header_with_a_right_checksum_behind_the_number_is_null_encryption,
      no_prefix_of_an_esp_packet_is_read_past_its_end,
      a_hop_limit_that_stays_different_is_a_change_and_a_single_one_is_not,
      loss_in_busy_seconds_only_is_told_by_its_rate)
