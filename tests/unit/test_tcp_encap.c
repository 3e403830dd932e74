#include "tests/support/stream.h"

#define E1(n) "E1\0\0\0\0\0" n "xyzw" /* twelve octets: ESP of one SPI */
#define E2(n) "E2\0\0\0\0\0" n "xyzw"
#define R(len) "\0" len

/* What was told, in short: the first octet of a record, its case its completeness, '!' for a loss. */
static void expect(const char *short_of)
{
	char told[STREAM_MOST + 1] = "";

	for (size_t i = 0; i < stream_count; i++)
		told[i] = stream_told[i].lost ? '!' :
			  !stream_told[i].said ? '0' :
			  (char)(stream_told[i].bytes[0] | (stream_told[i].cut ? 0x20 : 0));
	told[stream_count] = 0;
	ck_assert_str_eq(told, short_of);
}

static struct tcp_encap *start(void)
{
	return stream_new(443, 8, 1 << 20);
}

static struct tcp_encap *started(void)
{
	struct tcp_encap *e = start();

	stream_send(e, 1000, "IKETCP", 6);
	return e;
}

#define SEND(e, sequence, bytes) stream_send(e, sequence, bytes, sizeof(bytes) - 1)

START_TEST(behind_the_prefix_records_are_told_one_by_one)
{
	struct tcp_encap *e = start();

	SEND(e, 1000, "IKETCP" R("\x06") "Iabc" R("\x0e") E1("\1") R("\x03") "." R("\x02") R("\x03") "I");
	expect("IE.0I");
	ck_assert_uint_eq(stream_told[0].said, 4);
	ck_assert_mem_eq(stream_told[0].bytes, "Iabc", 4);
	ck_assert_uint_eq(stream_told[1].said, 12);
	ck_assert_uint_eq(stream_told[4].frame, 1);
	tcp_encap_end(e);
	tcp_encap_free(e);
	expect("IE.0I");
}
END_TEST

START_TEST(without_the_prefix_a_stream_on_another_port_is_left_alone)
{
	struct tcp_encap *e = start();

	SEND(e, 1000, R("\x06") "Iabc");
	SEND(e, 1006, R("\x06") "Iabc");
	SEND(e, 1012, "IKETCQ" R("\x06") "Iabc");
	SEND(e, 1012, "GET / IKETCP");
	tcp_encap_end(e);
	tcp_encap_free(e);
	expect("");
}
END_TEST

START_TEST(a_record_is_told_with_the_segment_that_completes_it)
{
	static const uint8_t stream[] = "IKETCP" R("\x06") "Iabc" R("\x0e") E1("\1");
	struct tcp_encap *e = start();

	for (uint32_t i = 0; i < sizeof stream - 1; i++)
		stream_send(e, 7 + i, stream + i, 1);
	expect("IE");
	ck_assert_uint_eq(stream_told[0].frame, 12);
	ck_assert_mem_eq(stream_told[0].bytes, "Iabc", 4);
	ck_assert_uint_eq(stream_told[1].frame, sizeof stream - 1);
	ck_assert_mem_eq(stream_told[1].bytes, E1("\1"), 12);
	tcp_encap_free(e);
}
END_TEST

START_TEST(sequence_numbers_may_wrap)
{
	struct tcp_encap *e = start();

	SEND(e, 0xfffffff8, "IKETCP" R("\x06") "Iab");
	SEND(e, 3, "c" R("\x04") "Ix");
	expect("II");
	SEND(e, 0xfffffff8, "IKETCP" R("\x06") "Iab");
	expect("II");
	tcp_encap_free(e);
}
END_TEST

START_TEST(segments_out_of_order_wait_for_those_before_them)
{
	struct tcp_encap *e = started();

	SEND(e, 1012, R("\x04") "I3" R("\x06"));
	SEND(e, 1018, "I4cd");
	expect("");
	SEND(e, 1006, R("\x06") "Iabc");
	expect("III");
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(stream_told[i].frame, i ? 1 + i : 4);
	ck_assert_mem_eq(stream_told[2].bytes, "I4cd", 4);
	tcp_encap_free(e);
}
END_TEST

START_TEST(what_is_sent_again_is_told_once)
{
	struct tcp_encap *e = started();

	SEND(e, 1006, R("\x06") "Iabc");
	SEND(e, 1006, R("\x06") "Iabc");
	SEND(e, 1000, "IKETCP" R("\x06") "Iabc");
	expect("I");
	SEND(e, 1006, R("\x06") "Iabc" R("\x04") "I2"); /* in larger pieces */
	expect("II");
	SEND(e, 1020, R("\x04") "I4");
	SEND(e, 1020, R("\x04") "I4");
	SEND(e, 1012, R("\x04") "I2" R("\x04") "I3" R("\x04") "I4" R("\x04") "I5");
	expect("IIIII");
	ck_assert_mem_eq(stream_told[4].bytes, "I5", 2);
	tcp_encap_free(e);
}
END_TEST

START_TEST(of_octets_that_came_twice_the_first_in_order_stay)
{
	struct tcp_encap *e = started();

	SEND(e, 1006, R("\x08") "Iabc");
	SEND(e, 1010, "XYde");
	expect("I");
	ck_assert_mem_eq(stream_told[0].bytes, "Iabcde", 6);
	tcp_encap_free(e);
}
END_TEST

START_TEST(what_was_acknowledged_and_not_recorded_is_given_up)
{
	struct tcp_encap *e = started();
	struct segment ack = { .back = true, .flags = TCP_ACK, .sequence = 5000, .ack = 1006 };

	SEND(e, 1006, R("\x06") "Ia");      /* the rest of it is missing */
	SEND(e, 1012, R("\x06") "Idef");
	SEND(e, 1018, R("\x06") "Ighi");
	stream_give(e, &ack);
	expect("");
	ack.ack = 1024;
	stream_give(e, &ack);
	expect("i!II");
	ck_assert_uint_eq(stream_told[0].frame, 2);
	ck_assert_uint_eq(stream_told[2].frame, 3);
	ck_assert_uint_eq(stream_told[3].frame, 4);
	ck_assert(!stream_told[3].back);
	SEND(e, 1006, R("\x06") "Iabc");    /* too late */
	SEND(e, 1024, R("\x06") "Ijkl");
	expect("i!III");
	tcp_encap_free(e);
}
END_TEST

START_TEST(reading_goes_on_at_the_next_segment_that_begins_with_a_record)
{
	struct tcp_encap *e = started();
	struct segment ack = { .back = true, .flags = TCP_ACK, .sequence = 5000, .ack = 1100 };

	SEND(e, 1006, R("\x0e") E1("\1"));
	SEND(e, 1040, "of a record");
	SEND(e, 1051, R("\x0e") E2("\5"));  /* an SPI of nobody, once */
	SEND(e, 1065, R("\x0e") E1("\7") R("\x0e") E2("\6"));
	stream_give(e, &ack);
	expect("E!EE");
	ck_assert_mem_eq(stream_told[2].bytes, E1("\7"), 12);
	tcp_encap_free(e);

	e = started();                      /* two of one flow in their order are enough */
	SEND(e, 1040, R("\x0e") E2("\5"));
	SEND(e, 1054, R("\x0e") E2("\6"));
	stream_give(e, &ack);
	expect("!E");
	tcp_encap_free(e);
}
END_TEST

START_TEST(too_many_pieces_behind_a_gap_end_the_waiting)
{
	struct tcp_encap *e = started();

	for (uint32_t i = 0; i < 63; i++)
		SEND(e, 1010 + 4 * i, R("\x04") "Ix");
	expect("");
	SEND(e, 1010 + 4 * 63, R("\x04") "Ix");
	ck_assert_uint_eq(stream_count, 65);
	ck_assert(stream_told[0].lost);
	ck_assert_uint_eq(stream_told[64].frame, 65);
	tcp_encap_free(e);
}
END_TEST

START_TEST(at_the_end_all_that_waits_is_told_and_a_record_under_way_is_cut)
{
	struct tcp_encap *e = started();

	SEND(e, 1010, R("\x04") "I1");
	SEND(e, 1020, R("\x06") "I2");
	expect("");
	tcp_encap_end(e);
	expect("!I!i");
	ck_assert_uint_eq(stream_told[3].said, 4);
	ck_assert_uint_eq(stream_told[3].len, 2);
	ck_assert_uint_eq(stream_told[3].frame, 3);
	tcp_encap_free(e);
}
END_TEST

START_TEST(the_other_direction_has_no_prefix_and_is_read_from_what_was_acknowledged)
{
	struct tcp_encap *e = start();
	struct segment back = { .back = true, .flags = TCP_ACK, .ack = 1006 };

	SEND(e, 1000, "IKETCP");
	back.sequence = 5006, back.bytes = R("\x04") "I2", back.len = 4;
	stream_give(e, &back);
	expect("");
	back.sequence = 5000, back.bytes = R("\x06") "I1cd", back.len = 6;
	stream_give(e, &back);
	expect("II");
	ck_assert(stream_told[0].back && stream_told[1].back);
	ck_assert_mem_eq(stream_told[0].bytes, "I1cd", 4);
	tcp_encap_free(e);
}
END_TEST

START_TEST(a_connection_opened_anew_begins_anew)
{
	struct tcp_encap *e = started();
	struct segment syn = { .flags = TCP_SYN, .sequence = 999 };

	SEND(e, 1006, R("\x06") "Ia");
	stream_give(e, &syn); /* sent again */
	SEND(e, 1010, "bc");
	expect("I");
	syn.sequence = 777000;
	stream_give(e, &syn);
	SEND(e, 1012, R("\x06") "Iabc");
	expect("I");
	SEND(e, 777001, "IKETCP" R("\x06") "Iabc");
	expect("II");
	SEND(e, 31, "IKETCP" R("\x06") "Iabc"); /* its SYN was not recorded */
	expect("III");
	stream_give(e, &(struct segment){ .flags = TCP_RST, .sequence = 43 });
	SEND(e, 43, R("\x06") "Iabc");
	expect("III");
	tcp_encap_free(e);
}
END_TEST

START_TEST(a_jump_beyond_the_window_is_followed_only_to_a_record)
{
	struct tcp_encap *e = started();

	SEND(e, 1006, R("\x04") "I1");
	SEND(e, 0x40000000, "nonsense");
	SEND(e, 1010, R("\x04") "I2");
	expect("II");
	SEND(e, 0x40000000, R("\x04") "I3");
	expect("II!I");
	tcp_encap_free(e);
}
END_TEST

START_TEST(a_length_that_cannot_be_ends_the_reading_until_a_record_begins)
{
	for (int len = 0; len < 2; len++) {
		struct tcp_encap *e = started();

		stream_send(e, 1006, len ? "\0\1" R("\x04") "I1" : "\0\0" R("\x04") "I1", 6);
		expect("!");
		SEND(e, 1012, R("\x04") "I2");
		expect("!I");
		tcp_encap_free(e);
	}
}
END_TEST

START_TEST(what_the_recording_cut_is_cut_and_the_next_segment_is_read)
{
	struct tcp_encap *e = started();
	struct segment g = { .flags = TCP_ACK, .sequence = 1006, .bytes = R("\x40") "Iab", .len = 5,
			     .hidden = 59 + 4 };

	stream_give(e, &g); /* and behind it four octets that nobody saw */
	expect("i!");
	ck_assert_uint_eq(stream_told[0].said, 62);
	ck_assert_uint_eq(stream_told[0].len, 3);
	SEND(e, 1074, R("\x04") "I2");
	expect("i!I");
	g.sequence = 1078, g.bytes = R("\x40") "Iab", g.hidden = 20; /* over two segments, each cut */
	stream_give(e, &g);
	g.sequence = 1103, g.bytes = "zzzzz", g.hidden = 34;
	stream_give(e, &g);
	expect("i!Ii");
	ck_assert_uint_eq(stream_told[3].len, 3);
	SEND(e, 1142, R("\x04") "I4");
	expect("i!IiI");
	g.sequence = 1146, g.bytes = "", g.len = 0, g.hidden = 40; /* nothing of it */
	stream_give(e, &g);
	SEND(e, 1186, R("\x04") "I5");
	expect("i!IiI!I");
	tcp_encap_free(e);
}
END_TEST

START_TEST(on_4500_a_stream_is_known_by_its_content_when_that_is_sure)
{
	struct tcp_encap *e = stream_new(4500, 8, 1 << 20);

	SEND(e, 1, R("\x0e") E1("\5"));    /* may be anything */
	expect("");
	SEND(e, 1, R("\x0e") E1("\5"));    /* the same again says no more */
	expect("");
	SEND(e, 15, R("\x0e") E1("\6"));   /* the second of a flow */
	expect("E");
	SEND(e, 29, R("\x0e") E2("\1"));   /* from here on all is read */
	expect("EE");
	stream_give(e, &(struct segment){ .back = true, .flags = TCP_ACK, .sequence = 90,
					  .bytes = R("\x04") "I1", .len = 4 });
	expect("EEI");
	tcp_encap_free(e);

	e = stream_new(4500, 8, 1 << 20);
	SEND(e, 1, R("\x0e") E1("\5") R("\x0e") E1("\6"));
	expect("EE");
	tcp_encap_free(e);

	e = stream_new(4500, 8, 1 << 20);
	SEND(e, 1, R("\x08") "Iab");       /* its rest comes later */
	SEND(e, 6, "cde");
	expect("I");
	tcp_encap_free(e);
}
END_TEST

START_TEST(on_4500_what_only_has_lengths_is_left_alone)
{
	struct tcp_encap *e = stream_new(4500, 8, 1 << 20);

	for (uint32_t i = 0; i < 4; i++)   /* a constant word is no sequence number */
		SEND(e, 1 + 14 * i, R("\x0e") E1("\5"));
	SEND(e, 57, R("\x0e") E1("\5") R("\x0e") E2("\6"));
	SEND(e, 85, R("\x0e") E2("\7") "x");
	SEND(e, 100, R("\x03") "." R("\x02"));
	expect("");
	tcp_encap_free(e);
}
END_TEST

START_TEST(the_prefix_may_come_in_pieces_and_what_only_begins_like_it_is_nothing)
{
	struct tcp_encap *e = start();

	SEND(e, 1000, "IKE");
	SEND(e, 1000, "IKE");
	SEND(e, 1003, "TCP" R("\x04") "I1");
	expect("I");
	tcp_encap_free(e);

	e = start();
	SEND(e, 1000, "IKE");
	SEND(e, 1003, "A: beds, tables" R("\x04") "I1");
	SEND(e, 1022, R("\x04") "I1");
	expect("");
	tcp_encap_free(e);
}
END_TEST

START_TEST(of_too_many_streams_the_quietest_goes)
{
	struct tcp_encap *e = stream_new(443, 6, 1 << 20); /* three connections */
	struct segment g = { .flags = TCP_ACK, .sequence = 1, .bytes = "IKETCP", .len = 6 };

	for (uint16_t i = 1; i <= 3; i++) {
		g.client = i;
		stream_give(e, &g);
	}
	g.client = 1, g.sequence = 7, g.bytes = R("\x06") "I", g.len = 3;
	stream_give(e, &g);
	g.client = 4, g.sequence = 1, g.bytes = "IKETCP", g.len = 6;
	stream_give(e, &g);
	g.client = 2, g.sequence = 7, g.bytes = R("\x04") "I2", g.len = 4;
	stream_give(e, &g);
	expect("!!"); /* both directions of the second */
	ck_assert_uint_eq(stream_told[0].frame, 5);
	g.client = 1, g.sequence = 10, g.bytes = "abc", g.len = 3;
	stream_give(e, &g);
	expect("!!I");
	tcp_encap_free(e);
}
END_TEST

START_TEST(of_too_many_octets_those_of_the_quietest_go_and_it_is_told)
{
	static uint8_t large[1002] = { 0x03, 0xea, 'I' }, half[1000] = { 0xff, 0xff, 'I' };
	struct tcp_encap *e = stream_new(443, 64, 16384);
	struct segment g = { .flags = TCP_ACK };
	size_t lost = 0, whole = 0;

	for (uint16_t i = 1; i <= 2; i++) {
		g.client = i, g.sequence = 1, g.bytes = "IKETCP", g.len = 6;
		stream_give(e, &g);
	}
	for (uint32_t i = 0; i < 10; i++) {
		g.client = 1, g.sequence = 107 + 1002 * i, g.bytes = large, g.len = sizeof large;
		stream_give(e, &g);
	}
	expect("");
	for (uint32_t i = 0; i < 30; i++) { /* one record that never ends */
		g.client = 2, g.sequence = 7 + 1000 * i, g.bytes = half, g.len = sizeof half;
		stream_give(e, &g);
	}
	for (size_t i = 0; i < stream_count; i++)
		lost += stream_told[i].lost, whole += stream_told[i].said == 1000;
	ck_assert_uint_eq(whole, 10);
	ck_assert_uint_eq(lost, 4);         /* one gap, and three streams that went */
	ck_assert(stream_told[stream_count - 1].cut); /* the one that asks is cut at the last */
	tcp_encap_free(e);
}
END_TEST

SUITE("tcp_encap", behind_the_prefix_records_are_told_one_by_one,
      without_the_prefix_a_stream_on_another_port_is_left_alone,
      a_record_is_told_with_the_segment_that_completes_it, sequence_numbers_may_wrap,
      segments_out_of_order_wait_for_those_before_them, what_is_sent_again_is_told_once,
      of_octets_that_came_twice_the_first_in_order_stay,
      what_was_acknowledged_and_not_recorded_is_given_up,
      reading_goes_on_at_the_next_segment_that_begins_with_a_record,
      too_many_pieces_behind_a_gap_end_the_waiting,
      at_the_end_all_that_waits_is_told_and_a_record_under_way_is_cut,
      the_other_direction_has_no_prefix_and_is_read_from_what_was_acknowledged,
      a_connection_opened_anew_begins_anew, a_jump_beyond_the_window_is_followed_only_to_a_record,
      a_length_that_cannot_be_ends_the_reading_until_a_record_begins,
      what_the_recording_cut_is_cut_and_the_next_segment_is_read,
      on_4500_a_stream_is_known_by_its_content_when_that_is_sure,
      on_4500_what_only_has_lengths_is_left_alone,
      the_prefix_may_come_in_pieces_and_what_only_begins_like_it_is_nothing,
      of_too_many_streams_the_quietest_goes,
      of_too_many_octets_those_of_the_quietest_go_and_it_is_told)
