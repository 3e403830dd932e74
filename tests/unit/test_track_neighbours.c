#include "tests/support/track_feed.h"

/* Pings, fetches and packets in clear text around a tunnel. */

#define A "198.51.100.10"
#define B "203.0.113.10"

enum { SYN = 2, ACK = 16 };

/* A tunnel of which A is the end that records: its packets leave with a hop limit of 64. */
static void tunnel(void)
{
	struct packet p = feed_packet(A, B, 17, 300);

	p.sport = p.dport = 500;
	p.ttl = 64;
	p.has_mac = true;
	memcpy(p.mac_src, "\2\0\0\0\0\1", 6);
	memcpy(p.mac_dst, "\2\0\0\0\0\2", 6);
	feed_ike(&p, 0x1111, 0, 34, 8, 0);
	p = feed_packet(B, A, 17, 300);
	p.sport = p.dport = 500;
	feed_ike(&p, 0x1111, 0x2222, 34, 32, 0);
}

static json_t *first_tunnel(json_t *facts)
{
	return FACT_OF(facts, "tunnels", "0");
}

static void echo(const char *from, const char *to, enum other_kind kind, uint32_t len, bool df)
{
	struct packet p = feed_packet(from, to, 1, len);

	p.df = df;
	feed_at += 0.1;
	feed_other(&p, kind, 0, "", 0);
}

START_TEST(pings_to_an_end_are_counted_with_the_largest_that_came_back)
{
	json_t *facts, *p;

	feed_begin();
	tunnel();
	echo(A, B, OTHER_ECHO_REQUEST, 84, false);
	echo(B, A, OTHER_ECHO_REPLY, 84, false);
	echo(A, B, OTHER_ECHO_REQUEST, 1400, true);
	echo(B, A, OTHER_ECHO_REPLY, 1400, false);
	echo(A, B, OTHER_ECHO_REQUEST, 1500, true);
	echo(A, "192.0.2.1", OTHER_ECHO_REQUEST, 84, false);
	facts = feed_end();
	p = FACT_OF(first_tunnel(facts), "pings", "0");
	ck_assert_str_eq(TEXT_OF(p, "to"), "b");
	ck_assert_double_eq(NUMBER_OF(p, "asked"), 3);
	ck_assert_double_eq(NUMBER_OF(p, "answered"), 2);
	ck_assert_double_eq(NUMBER_OF(p, "largest"), 1500);
	ck_assert_double_eq(NUMBER_OF(p, "largest_df"), 1400);
	ck_assert_uint_eq(json_array_size(FACT_OF(first_tunnel(facts), "pings")), 1);
	ck_assert_double_eq(NUMBER_OF(facts, "capture", "icmp_seen", "replies"), 2);
	json_decref(facts);
}
END_TEST

static void tcp(bool to_server, uint8_t flags, const char *payload)
{
	struct packet p = to_server ? feed_packet(B, "192.0.2.77", 6, 60) : feed_packet("192.0.2.77", B, 6, 60);

	p.sport = to_server ? 40000 : 80;
	p.dport = to_server ? 80 : 40000;
	feed_at += 0.5;
	feed_other(&p, OTHER_TCP, flags, payload, strlen(payload));
}

START_TEST(a_web_server_that_never_answers_is_a_fetch_without_a_connection)
{
	json_t *facts, *f;

	feed_begin();
	tunnel();
	for (int i = 0; i < 4; i++)
		tcp(true, SYN, "");
	facts = feed_end();
	f = FACT_OF(first_tunnel(facts), "fetches", "0");
	ck_assert_str_eq(TEXT_OF(f, "kind"), "tcp");
	ck_assert_str_eq(TEXT_OF(f, "from"), "b");
	ck_assert_str_eq(TEXT_OF(f, "to"), "192.0.2.77");
	ck_assert_double_eq(NUMBER_OF(f, "sends"), 4);
	ck_assert(json_is_false(FACT_OF(f, "connected")));
	json_decref(facts);
}
END_TEST

START_TEST(an_http_request_is_told_with_host_path_and_status)
{
	json_t *facts, *f;

	feed_begin();
	tunnel();
	tcp(true, SYN, "");
	tcp(false, SYN | ACK, "");
	tcp(true, ACK, "GET /root.crl HTTP/1.1\r\nHost: ca.example\r\n\r\n");
	tcp(false, ACK, "HTTP/1.1 404 Not Found\r\n\r\n");
	facts = feed_end();
	f = FACT_OF(first_tunnel(facts), "fetches", "0");
	ck_assert_str_eq(TEXT_OF(f, "kind"), "http");
	ck_assert_str_eq(TEXT_OF(f, "name"), "ca.example/root.crl");
	ck_assert_double_eq(NUMBER_OF(f, "status"), 404);
	json_decref(facts);
}
END_TEST

static void dns(bool question, const uint8_t *bytes, size_t len)
{
	struct packet p = question ? feed_packet(B, "192.0.2.53", 17, 60) : feed_packet("192.0.2.53", B, 17, 60);

	p.sport = question ? 5353 : 53;
	p.dport = question ? 53 : 5353;
	feed_at += 0.1;
	feed_other(&p, OTHER_UDP, 0, bytes, len);
}

static const uint8_t query[] = { 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'c', 'r', 'l', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
				 0, 1, 0, 1 };

START_TEST(a_question_to_a_name_server_is_told_with_its_name_and_code)
{
	uint8_t answer[sizeof query];
	json_t *facts, *f;

	memcpy(answer, query, sizeof query);
	answer[2] = 0x81;
	answer[3] = 3; /* NXDOMAIN */
	feed_begin();
	tunnel();
	dns(true, query, sizeof query);
	dns(false, answer, sizeof answer);
	facts = feed_end();
	f = FACT_OF(first_tunnel(facts), "fetches", "0");
	ck_assert_str_eq(TEXT_OF(f, "kind"), "dns");
	ck_assert_str_eq(TEXT_OF(f, "name"), "crl.example");
	ck_assert_double_eq(NUMBER_OF(f, "status"), 3);
	json_decref(facts);
}
END_TEST

START_TEST(no_cut_and_no_label_leads_out_of_a_question)
{
	uint8_t bytes[300];

	for (size_t n = 0; n <= sizeof query; n++) {
		feed_begin();
		tunnel();
		dns(true, query, n);
		json_decref(feed_end());
	}
	for (int fill = 0; fill < 256; fill += 5) {
		memset(bytes, fill, sizeof bytes);
		feed_begin();
		tunnel();
		dns(true, bytes, sizeof bytes);
		json_decref(feed_end());
	}
}
END_TEST

START_TEST(the_table_of_fetches_forgets_the_oldest)
{
	json_t *facts;

	feed_begin();
	tunnel();
	for (int i = 0; i < 5000; i++) {
		struct packet p = feed_packet(B, "192.0.2.77", 6, 60);

		p.sport = (uint16_t)(10000 + i);
		p.dport = 80;
		feed_other(&p, OTHER_TCP, SYN, "", 0);
	}
	facts = feed_end();
	ck_assert_uint_le(json_array_size(FACT_OF(first_tunnel(facts), "fetches")), 16);
	json_decref(facts);
}
END_TEST

static void clear(const char *from, const char *to, uint32_t len, const char *next_hop)
{
	struct packet p = feed_packet(from, to, 17, len);

	p.has_mac = true;
	memcpy(p.mac_src, "\2\0\0\0\0\1", 6);
	memcpy(p.mac_dst, next_hop, 6);
	feed_other(&p, OTHER_UDP, 0, "", 0);
}

START_TEST(private_packets_to_the_next_hop_of_the_tunnel_are_told_as_clear)
{
	json_t *facts, *c;

	feed_begin();
	tunnel();
	for (int i = 0; i < 5; i++) {
		feed_at += 1;
		clear("10.1.0.7", "10.2.0.9", 100, "\2\0\0\0\0\2");
		clear("10.1.0.8", "10.1.0.9", 100, "\2\0\0\0\0\7"); /* stays in the house */
	}
	facts = feed_end();
	c = FACT_OF(first_tunnel(facts), "clear");
	ck_assert_uint_eq(json_array_size(c), 1);
	ck_assert_str_eq(TEXT_OF(c, "0", "from"), "10.1.0.7");
	ck_assert_double_eq(NUMBER_OF(c, "0", "packets"), 5);
	ck_assert_ptr_null(FACT_OF(facts, "capture", "decrypted"));
	json_decref(facts);
}
END_TEST

START_TEST(copies_of_esp_packets_are_no_leak_whichever_comes_first)
{
	json_t *facts;

	feed_begin();
	tunnel();
	for (uint32_t i = 1; i <= 4; i++) {
		struct packet p = feed_packet(A, B, 50, 152);

		p.ttl = 64;
		feed_at += 1;
		if (i % 2)
			feed_esp(&p, 9, i);
		feed_at += 0.001;
		clear("10.1.0.7", "10.2.0.9", 100, "\2\0\0\0\0\2");
		feed_at += 0.001;
		if (i % 2 == 0)
			feed_esp(&p, 9, i);
	}
	facts = feed_end();
	ck_assert_double_eq(NUMBER_OF(facts, "capture", "decrypted", "packets"), 4);
	ck_assert_ptr_null(FACT_OF(first_tunnel(facts), "clear"));
	json_decref(facts);
}
END_TEST

START_TEST(an_esp_packet_of_another_size_is_no_copy)
{
	json_t *facts;
	struct packet p;

	feed_begin();
	tunnel();
	p = feed_packet(A, B, 50, 1000);
	p.ttl = 64;
	feed_esp(&p, 9, 1);
	clear("10.1.0.7", "10.2.0.9", 100, "\2\0\0\0\0\2");
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(facts, "capture", "decrypted"));
	json_decref(facts);
}
END_TEST

SUITE("track_neighbours", pings_to_an_end_are_counted_with_the_largest_that_came_back,
      a_web_server_that_never_answers_is_a_fetch_without_a_connection,
      an_http_request_is_told_with_host_path_and_status, a_question_to_a_name_server_is_told_with_its_name_and_code,
      no_cut_and_no_label_leads_out_of_a_question, the_table_of_fetches_forgets_the_oldest,
      private_packets_to_the_next_hop_of_the_tunnel_are_told_as_clear,
      copies_of_esp_packets_are_no_leak_whichever_comes_first, an_esp_packet_of_another_size_is_no_copy)
