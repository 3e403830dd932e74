/*
 * What the tracker makes of whole stories, and that the builder of stories builds true messages.
 */
#include <unistd.h>

#include "analyzer/run/run.h"
#include "tests/support/scene.h"
#include "tests/support/suite.h"

static const struct ike_suite cbc_sha1 = { .version = 2, .encr = 12, .key_bits = 128,
					     .prf = 2, .integ = 2, .group = 14 };
static const struct ike_suite cbc_sha2 = { .version = 2, .encr = 12, .key_bits = 256,
					     .prf = 5, .integ = 12, .group = 14 };
static const struct ike_suite tdes = { .version = 2, .encr = 3, .prf = 2, .integ = 2, .group = 2 };
static const struct ike_suite gcm = { .version = 2, .encr = 20, .key_bits = 256, .prf = 5, .group = 19 };

static struct scene scene;

static struct pair start(enum vantage at)
{
	scene_init(&scene, at);
	arp(&scene);
	return pair_of(&scene, "198.51.100.10", "203.0.113.10");
}

/* The facts of the story so far; ends the scene. Caller owns them. */
static json_t *facts(void)
{
	char path[] = "/tmp/scene-XXXXXX";
	const char *file = path;
	struct run_options options = { .version = "test" };
	struct run_trouble trouble = { 0 };
	json_t *run, *told;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(scene_save(&scene, path));
	run = run_group(&file, 1, NULL, &options, &trouble);
	unlink(path);
	scene_clear(&scene);
	ck_assert_msg(run != NULL, "%s", trouble.text);
	told = json_incref(json_object_get(run, "facts"));
	json_decref(run);
	ck_assert_ptr_nonnull(told);
	return told;
}

static const json_t *tunnel_of(const json_t *told)
{
	ck_assert_uint_eq(json_array_size(json_object_get(told, "tunnels")), 1);
	return json_array_get(json_object_get(told, "tunnels"), 0);
}

static const json_t *at(const json_t *o, const char *a, const char *b)
{
	return b ? json_object_get(json_object_get(o, a), b) : json_object_get(o, a);
}

static size_t sealed_len(const struct ike_suite *suite, size_t plain)
{
	struct draft d;

	draft_start(&d, 0x20, 1, 2, 37, IKE2_INITIATOR, 1);
	draft_sk(&d, suite, 0, plain);
	return d.len;
}

START_TEST(sealed_messages_are_as_long_as_those_of_daemons)
{
	static const struct {
		const struct ike_suite *suite;
		size_t empty, bare, no_child, success; /* with names of 13 octets, measured in a laboratory */
		size_t proof, sa;
	} rows[] = {
		{ &cbc_sha1, 76, 76, 124, 204, 21 + 28, 44 },
		{ &cbc_sha2, 80, 80, 144, 224, 21 + 40, 44 },
		{ &tdes, 60, 68, 116, 196, 21 + 28, 44 },
		{ &gcm, 57, 65, 126, 210, 21 + 40, 44 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_uint_eq(sealed_len(rows[i].suite, 0), rows[i].empty);
		ck_assert_uint_eq(sealed_len(rows[i].suite, 8), rows[i].bare);
		ck_assert_uint_eq(sealed_len(rows[i].suite, rows[i].proof + 8), rows[i].no_child);
		ck_assert_uint_eq(sealed_len(rows[i].suite, rows[i].proof + rows[i].sa + 48), rows[i].success);
	}
}
END_TEST

START_TEST(the_vantage_is_found_where_the_story_is_recorded)
{
	static const char *const sides[] = { [AT_A] = "a", [AT_B] = "a", [BETWEEN] = "middle" };

	for (int v = AT_A; v <= BETWEEN; v++) {
		struct pair p = start((enum vantage)v);
		struct sa sa = sa_of(&p, A, &gcm);
		json_t *told;

		ck_assert(sa_up(&sa));
		data(&sa, 5, 0.1);
		told = facts();
		ck_assert_str_eq(json_string_value(at(tunnel_of(told), "vantage", "side")), sides[v]);
		if (v != BETWEEN) /* a is the local end */
			ck_assert_str_eq(json_string_value(at(tunnel_of(told), "ends", "a")),
					 v == AT_A ? "198.51.100.10" : "203.0.113.10");
		json_decref(told);
	}
}
END_TEST

START_TEST(six_sends_of_one_request_are_one_exchange)
{
	static const double gaps[] = { 4, 7.2, 13, 23.3, 42 };
	struct pair p = start(AT_A);
	struct sa sa = sa_of(&p, A, &gcm);
	const json_t *unanswered, *times;
	json_t *told;

	p.road[A].all = true;
	ck_assert(!sa_init(&sa));
	told = facts();
	unanswered = at(tunnel_of(told), "unanswered", NULL);
	ck_assert_uint_eq(json_array_size(unanswered), 1);
	times = at(json_array_get(unanswered, 0), "at", NULL);
	ck_assert_int_eq(json_integer_value(at(json_array_get(unanswered, 0), "sends", NULL)), 6);
	for (size_t i = 0; i < 5; i++)
		ck_assert_double_eq_tol(json_number_value(json_array_get(times, i + 1)) -
						json_number_value(json_array_get(times, i)),
					gaps[i], 1e-3);
	json_decref(told);
}
END_TEST

START_TEST(the_hashes_place_the_nat)
{
	for (int hidden = A; hidden <= B; hidden++) {
		struct pair p = start(BETWEEN);
		struct sa sa;
		json_t *told;

		p.host[hidden].addr = "192.168.1.10";
		p.host[hidden].outside = hidden == A ? "198.51.100.10" : "203.0.113.10";
		p.host[hidden].outside_500 = 500;
		p.host[hidden].outside_4500 = 4500;
		sa = sa_of(&p, A, &gcm);
		ck_assert(sa_up(&sa));
		told = facts();
		ck_assert_str_eq(json_string_value(at(tunnel_of(told), "nat", "behind")), hidden == A ? "a" : "b");
		json_decref(told);
	}
}
END_TEST

START_TEST(what_is_lost_of_esp_is_counted)
{
	struct pair p = start(AT_B);
	struct sa sa = sa_of(&p, A, &gcm);
	json_t *told, *flow;
	json_int_t lost = 0, packets = 0;
	size_t i;

	ck_assert(sa_up(&sa));
	for (int n = 0; n < 50; n++) {
		p.road[A].esp = n == 10 || n == 20 || n == 21;
		esp(&sa, A, 200);
	}
	told = facts();
	json_array_foreach (at(tunnel_of(told), "flows", NULL), i, flow) {
		lost += json_integer_value(json_object_get(flow, "lost"));
		packets += json_integer_value(json_object_get(flow, "packets"));
	}
	ck_assert_int_eq(lost, 3);
	ck_assert_int_eq(packets, 47);
	json_decref(told);
}
END_TEST

/* Fifteen seconds is a usual timer; we ourselves wait for the rest for thirty. */
START_TEST(an_error_about_a_first_fragment_is_matched_before_its_train_is_given_up)
{
	struct pair p = start(AT_A);
	struct sa sa = sa_of(&p, A, &gcm);
	static struct ike_out answer;
	const json_t *icmp;
	json_t *told;

	sa.fragmentation = false;
	ck_assert(sa_init(&sa));
	p.road[B].later = true;
	auth_answer(&sa, &answer, BIG_SUCCESS, 1);
	ck_assert(!ike_send(&sa, B, &answer));
	pass(&scene, 15);
	host_says(&p, A, 11, 1, 0);
	told = facts();
	icmp = json_array_get(at(tunnel_of(told), "icmp", NULL), 0);
	ck_assert(json_is_true(json_object_get(icmp, "matched")));
	json_decref(told);
}
END_TEST

START_TEST(a_clock_set_back_once_is_one_jump)
{
	struct pair p = start(AT_A);
	struct sa sa = sa_of(&p, A, &gcm);
	json_t *told;

	scene.set_back_at = 6;
	scene.set_back = 3;
	ck_assert(sa_up(&sa));
	data(&sa, 60, 0.2);
	told = facts();
	ck_assert_int_eq(json_integer_value(at(at(told, "capture", NULL), "clock_jumps", "count")), 1);
	json_decref(told);
}
END_TEST

SUITE("track_scene", sealed_messages_are_as_long_as_those_of_daemons,
      the_vantage_is_found_where_the_story_is_recorded, six_sends_of_one_request_are_one_exchange,
      the_hashes_place_the_nat, what_is_lost_of_esp_is_counted,
      an_error_about_a_first_fragment_is_matched_before_its_train_is_given_up,
      a_clock_set_back_once_is_one_jump)
