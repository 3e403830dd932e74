/* The IP headers that a finding may cite: the first packets and the last, each with what finds it again. */
#include "tests/support/track_feed.h"

#define HERE "198.51.100.10"
#define PEER "203.0.113.10"

/* Caller owns. */
static json_t *headers(void)
{
	json_t *facts = feed_end(), *list = json_incref(FACT_OF(facts, "tunnels", "0", "headers"));

	json_decref(facts);
	return list;
}

static json_int_t number(const json_t *list, size_t i, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(list, i), key));
}

static void ike(bool answer, uint32_t id, uint32_t len)
{
	struct packet p = feed_packet(answer ? PEER : HERE, answer ? HERE : PEER, 17, len);

	p.sport = p.dport = 500;
	p.df = true;
	feed_ike(&p, 1, answer ? 2 : 0, 34, answer ? 0x20 : 8, id);
	feed_at += 1;
}

static void esp(uint32_t sequence)
{
	struct packet p = feed_packet(HERE, PEER, 50, 150);

	feed_esp(&p, 0x1234, sequence);
	feed_at += .1;
}

START_TEST(a_packet_is_told_by_time_ip_id_size_and_ports)
{
	json_t *list;

	feed_begin();
	ike(false, 0, 492);
	ike(true, 0, 500);
	list = headers();
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_int_eq(number(list, 0, "frame"), 1);
	ck_assert_int_eq(number(list, 0, "id"), 1);
	ck_assert_int_eq(number(list, 0, "bytes"), 492);
	ck_assert_int_eq(number(list, 0, "ttl"), 60);
	ck_assert_int_eq(number(list, 0, "protocol"), 17);
	ck_assert_int_eq(number(list, 0, "dport"), 500);
	ck_assert(json_is_true(json_object_get(json_array_get(list, 0), "df")));
	ck_assert_ptr_null(json_object_get(json_array_get(list, 0), "offset"));
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "from")), "a");
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 1), "from")), "b");
	json_decref(list);
}
END_TEST

START_TEST(of_very_many_packets_the_first_and_the_last_are_kept)
{
	json_t *list;

	feed_begin();
	for (uint32_t i = 0; i < 1000; i++)
		ike(false, i, 300);
	list = headers();
	ck_assert_uint_lt(json_array_size(list), 150);
	ck_assert_int_eq(number(list, 0, "frame"), 1);
	ck_assert_int_eq(number(list, json_array_size(list) - 1, "frame"), 1000);
	ck_assert_int_eq(number(list, json_array_size(list) - 2, "frame"), 999);
	json_decref(list);
}
END_TEST

START_TEST(data_does_not_push_out_what_sets_tunnels_up)
{
	json_t *list;
	size_t data = 0;

	feed_begin();
	ike(false, 0, 492);
	for (uint32_t i = 1; i <= 5000; i++)
		esp(i);
	list = headers();
	ck_assert_int_eq(number(list, 0, "protocol"), 17);
	for (size_t i = 0; i < json_array_size(list); i++)
		data += number(list, i, "protocol") == 50;
	ck_assert_uint_eq(data, 24 + 8);
	ck_assert_int_eq(number(list, json_array_size(list) - 1, "frame"), 5001);
	json_decref(list);
}
END_TEST

SUITE("headers", a_packet_is_told_by_time_ip_id_size_and_ports, of_very_many_packets_the_first_and_the_last_are_kept,
      data_does_not_push_out_what_sets_tunnels_up)
