#include "tests/support/track_feed.h"

enum { TCP = 6, UDP = 17, ASKED = 8, ANSWER = 0x20, INIT = 34, AUTH = 35 };

static void agree(uint8_t protocol)
{
	struct packet there = feed_packet("192.0.2.1", "203.0.113.9", protocol, 60);
	struct packet back = feed_packet("203.0.113.9", "192.0.2.1", protocol, 60);

	feed_begin();
	feed_ike(&there, 7, 0, INIT, ASKED, 0);
	feed_at += 0.1;
	feed_ike(&back, 7, 8, INIT, ANSWER, 0);
	feed_at += 0.1;
}

static void ask(uint8_t protocol, int times, double every)
{
	struct packet p = feed_packet("192.0.2.1", "203.0.113.9", protocol, 60);

	for (int i = 0; i < times; i++) {
		feed_ike(&p, 7, 8, AUTH, ASKED, 1);
		feed_at += every;
	}
}

static void lose_octets_of(const char *src, const char *dst)
{
	struct packet p = feed_packet(src, dst, TCP, 60);

	feed_other(&p, OTHER_TCP_LOST, 0, "", 0);
}

/* Somebody else's packet: the recorder lives. */
static void others_speak(void)
{
	struct packet p = feed_packet("192.0.2.77", "192.0.2.78", UDP, 60);

	feed_other(&p, OTHER_UDP, 0, "", 0);
}

static void others_talk(void)
{
	for (int i = 0; i < 20; i++)
		others_speak();
}

static bool told(json_t *take_facts, const char *name)
{
	json_t *x = FACT_OF(take_facts, "tunnels", "0", "unanswered", "0");
	bool is;

	ck_assert_str_eq(TEXT_OF(x, "type"), "IKE_AUTH");
	is = json_is_true(json_object_get(x, name));
	json_decref(take_facts);
	return is;
}

static void waits_over_tcp(const char *loses)
{
	agree(TCP);
	ask(TCP, 4, 3);
	if (loses)
		lose_octets_of(loses, strcmp(loses, "192.0.2.1") ? "192.0.2.1" : "203.0.113.9");
	feed_at += 60;
	others_speak();
}

START_TEST(a_request_that_nothing_answers_is_given_up)
{
	waits_over_tcp(NULL);
	ck_assert(told(feed_end(), "quiet"));
	waits_over_tcp(NULL);
	ck_assert(!told(feed_end(), "hole"));
}
END_TEST

START_TEST(octets_of_the_silent_end_are_missing_and_may_have_been_its_answer)
{
	waits_over_tcp("203.0.113.9");
	ck_assert(!told(feed_end(), "quiet"));
	waits_over_tcp("203.0.113.9");
	ck_assert(told(feed_end(), "hole"));
}
END_TEST

START_TEST(octets_of_the_asker_are_no_answer)
{
	waits_over_tcp("192.0.2.1");
	ck_assert(told(feed_end(), "quiet"));
}
END_TEST

START_TEST(a_hole_that_was_over_before_it_asked_hides_nothing)
{
	struct packet back = feed_packet("203.0.113.9", "192.0.2.1", TCP, 60);

	agree(TCP);
	lose_octets_of("203.0.113.9", "192.0.2.1");
	feed_at += 1;
	feed_ike(&back, 7, 8, INIT, ANSWER, 0);
	feed_at += 5;
	ask(TCP, 4, 3);
	feed_at += 60;
	others_speak();
	ck_assert(told(feed_end(), "quiet"));
}
END_TEST

static json_t *two_files(double between, double within)
{
	agree(UDP);
	ask(UDP, 3, 2);
	feed_at += within - 2;
	others_talk();
	feed_capture += 1;
	feed_at += between;
	others_talk();
	feed_at += 1;
	others_speak();
	return feed_end();
}

START_TEST(a_file_that_seems_to_be_missing_ends_what_is_known_of_a_tunnel)
{
	json_t *facts = two_files(600, 3);

	ck_assert_double_eq_tol(NUMBER_OF(facts, "tunnels", "0", "span", "capture_end"), 7.2, 0.001);
	ck_assert_double_eq_tol(NUMBER_OF(facts, "capture", "span", "last"), 608.2, 0.001);
	ck_assert(!told(facts, "quiet"));
	facts = two_files(600, 3);
	ck_assert(json_is_true(FACT_OF(facts, "tunnels", "0", "attempts", "0", "hole")));
	json_decref(facts);
}
END_TEST

START_TEST(files_that_follow_on_each_other_are_one_recording)
{
	json_t *facts = two_files(60, 40);

	ck_assert_ptr_null(FACT_OF(facts, "tunnels", "0", "attempts", "0", "hole"));
	ck_assert(told(facts, "quiet"));
}
END_TEST

START_TEST(a_new_attempt_behind_a_missing_file_does_not_say_that_the_old_one_failed)
{
	struct packet there = feed_packet("192.0.2.1", "203.0.113.9", UDP, 60);

	agree(UDP);
	ask(UDP, 1, 1);
	others_talk();
	feed_capture += 1;
	feed_at += 600;
	others_talk();
	feed_ike(&there, 9, 0, INIT, ASKED, 0);
	ck_assert(!told(feed_end(), "superseded"));
	agree(UDP);
	ask(UDP, 1, 600);
	feed_ike(&there, 9, 0, INIT, ASKED, 0);
	ck_assert(told(feed_end(), "superseded"));
}
END_TEST

START_TEST(few_frames_do_not_tell_how_long_a_pause_may_be)
{
	agree(UDP);
	ask(UDP, 3, 2);
	feed_capture += 1;
	feed_at += 60;
	others_speak();
	ck_assert(told(feed_end(), "quiet"));
}
END_TEST

static json_t *damaged_after(double seconds)
{
	static const uint8_t byte;
	struct frame f = { .link = 101, .at = &byte, .cap_len = 1, .wire_len = 1, .after_damage = true };

	agree(UDP);
	ask(UDP, 3, 2);
	feed_at += seconds - 2;
	others_speak();
	feed_at += 1;
	f.time_ns = (int64_t)(feed_at * 1e9);
	f.number = ++feed_number;
	track_frame(feed_to, 0, &f);
	others_speak();
	feed_at += 100;
	others_speak();
	return feed_end();
}

START_TEST(records_that_cannot_be_read_may_have_held_the_answer)
{
	ck_assert(!told(damaged_after(1), "quiet"));
	ck_assert(told(damaged_after(50), "quiet"));
}
END_TEST

START_TEST(a_recorder_that_loses_much_shows_no_silence)
{
	waits_over_tcp(NULL);
	feed_drops = feed_number;
	ck_assert(told(feed_end(), "hole"));
	waits_over_tcp(NULL);
	feed_drops = 1;
	ck_assert(!told(feed_end(), "hole"));
}
END_TEST

SUITE("track: holes of the recording", a_request_that_nothing_answers_is_given_up,
      octets_of_the_silent_end_are_missing_and_may_have_been_its_answer, octets_of_the_asker_are_no_answer,
      a_hole_that_was_over_before_it_asked_hides_nothing, a_file_that_seems_to_be_missing_ends_what_is_known_of_a_tunnel,
      files_that_follow_on_each_other_are_one_recording, few_frames_do_not_tell_how_long_a_pause_may_be,
      a_new_attempt_behind_a_missing_file_does_not_say_that_the_old_one_failed,
      records_that_cannot_be_read_may_have_held_the_answer, a_recorder_that_loses_much_shows_no_silence)
