/*
 * ikescope diff: which tunnels belong together, where they part, what differs; on recordings of told stories.
 */
#include <check.h>
#include <unistd.h>

#include "analyzer/report/report.h"
#include "analyzer/run/run.h"
#include "tests/ends/stories.h"
#include "tests/support/expect.h"
#include "tests/support/schema.h"
#include "tests/support/suite.h"

static struct route route;
static json_t *good, *bad, *diff;

static const struct ike_suite gcm = { .version = 2, .encr = 20, .key_bits = 256, .prf = 5, .group = 19 };
static const struct ike_suite aes_key1 = { .version = 1, .encr = 12, .key_bits = 256, .prf = 2, .group = 14, .auth = 1 };

typedef void story_fn(struct route *w);

/* The report on what the recorder of that place holds of the story. */
static json_t *report_on(story_fn *story, size_t place)
{
	char file[] = "/tmp/ikescope-diff-XXXXXX";
	struct run_options options = { .version = "test" };
	struct run_trouble trouble = { 0 };
	struct judge_error error;
	struct judge *j = judge_new(NULL, &error);
	const char *name = file;
	json_t *run, *model;

	ck_assert_msg(j != NULL, "%s", error.text);
	close(mkstemp(file));
	route_init(&route);
	story(&route);
	ck_assert(recorder_save(&route, &route.recorder[place], file, sizeof file));
	run = run_group(&name, 1, j, &options, &trouble);
	ck_assert_msg(run != NULL, "%s", trouble.text);
	model = json_incref(json_object_get(run, "model"));
	json_decref(run);
	judge_free(j);
	unlink(file);
	route_clear(&route);
	return model;
}

/* Every diff of these tests holds to its schema and can be told on a terminal of any width. */
static void differ(story_fn *good_story, size_t good_place, story_fn *bad_story, size_t bad_place)
{
	struct text_options how = { .columns = 72, .verbose = true };
	FILE *nowhere = fopen("/dev/null", "w");

	good = report_on(good_story, good_place);
	bad = report_on(bad_story, bad_place);
	diff = diff_document(good, bad);
	load_schema("diff");
	ck_assert_msg(holds(diff, schema, "diff"), "%s", wrong);
	json_decref(schema);
	for (how.columns = 40; how.columns <= 100; how.columns += 30)
		ck_assert(diff_text(nowhere, diff, &how));
	fclose(nowhere);
}

static void done(void)
{
	json_decref(diff);
	json_decref(good);
	json_decref(bad);
}

static const json_t *pair(void)
{
	return json_array_get(json_object_get(diff, "pairs"), 0);
}

static const char *parted(const char *key)
{
	return text_of(json_object_get(pair(), "parting"), key);
}

static const json_t *difference(const char *id)
{
	json_t *d;
	size_t i;

	json_array_foreach(json_object_get(pair(), "differences"), i, d)
		if (!strcmp(text_of(d, "id"), id))
			return d;
	return NULL;
}

static const json_t *told_of(const char *words)
{
	json_t *d;
	size_t i;

	json_array_foreach(json_object_get(pair(), "differences"), i, d)
		if (strstr(text_of(d, "text"), words))
			return d;
	return NULL;
}

static size_t notable(void)
{
	size_t n = 0, i;
	json_t *d;

	json_array_foreach(json_object_get(pair(), "differences"), i, d)
		n += json_is_false(json_object_get(d, "minor"));
	return n;
}

/* --- stories ------------------------------------------------------------------ */

static void works(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	session(&p, 60, 0.2);
	route_ends(w);
}

static void strangers_work(struct route *w)
{
	struct pair p;

	ROUTE(w, &p, "192.0.2.130", "192.0.2.200", recorder(), line(), recorder());
	session(&p, 60, 0.2);
	route_ends(w);
}

static void auth_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = IKE, .since = 5.02 }), recorder());
	session(&p, 60, 0.2);
	route_ends(w);
}

static void login_refused(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		if (sa_init(&sa))
			sa_auth(&sa, KEY_ONLY, BARE_NOTIFY);
		pass(&w->scene, 5);
	}
	route_ends(w);
}

static void other_algorithms_refused(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &gcm);

		sa_refused(&sa, 14, NULL, 0);
		pass(&w->scene, 5);
	}
	route_ends(w);
}

static void data_lost_back(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = ESP }), recorder());
	session(&p, 80, 0.2);
	route_ends(w);
}

static void peer_dies(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .since = 30 }), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		traffic(&sa, 60, 0.2);
		pass(&w->scene, 30);
		alive(&sa, A);
	}
	route_ends(w);
}

static void now_behind_nat(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), recorder());
	session(&p, 60, 0.2);
	route_ends(w);
}

static void large_auth(struct route *w, bool fragmentation)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	sa = sa_of(&p, A, &aes);
	sa.fragmentation = fragmentation;
	if (sa_init(&sa) && sa_auth(&sa, CERTIFICATES, SUCCESS))
		traffic(&sa, 30, 0.2);
	route_ends(w);
}

static void cuts_ike(struct route *w)
{
	large_auth(w, true);
}

static void cuts_ip(struct route *w)
{
	large_auth(w, false);
}

static void roams(struct route *w, const char *from, bool proves)
{
	struct pair p;
	struct sa sa;

	ROUTE(w, &p, from, THERE, recorder(), line(), recorder());
	sa = sa_of(&p, A, &aes_key1);
	if (aggressive_up(&sa, proves) && quick_up(&sa))
		traffic(&sa, 40, 0.2);
	route_ends(w);
}

static void roams_and_works(struct route *w)
{
	roams(w, "192.0.2.50", true);
}

static void roams_and_fails(struct route *w)
{
	roams(w, HERE, false);
}

static void middle_of_a_session(struct route *w)
{
	struct recorder near = { .since = 8 };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), recorder());
	session(&p, 60, 0.2);
	route_ends(w);
}

static void nothing_of_ours(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	route_ends(w);
}

/* --- tests ---------------------------------------------------------------------- */

START_TEST(a_capture_does_not_differ_from_itself)
{
	differ(works, 0, works, 0);
	ck_assert_str_eq(text_of(pair(), "how"), "addresses");
	ck_assert_uint_eq(json_array_size(json_object_get(pair(), "differences")), 0);
	ck_assert_ptr_null(json_object_get(pair(), "parting"));
	ck_assert_int_eq(json_integer_value(json_object_get(pair(), "setup_compared")), 2);
	done();
}
END_TEST

START_TEST(they_part_where_one_gets_no_answer)
{
	const json_t *frames;

	differ(works, 0, auth_lost, 0);
	ck_assert_str_eq(parted("kind"), "no_answer");
	ck_assert_str_eq(parted("exchange"), "IKE_AUTH");
	ck_assert(strstr(parted("text"), "asks 6 times"));
	frames = json_object_get(json_object_get(pair(), "parting"), "frames");
	ck_assert_uint_eq(json_array_size(frames), 3); /* request and answer of GOOD, request of BAD */
	ck_assert_int_eq(json_integer_value(json_array_get(json_array_get(frames, 2), 0)), 1);
	ck_assert_ptr_nonnull(difference("stage"));
	ck_assert_ptr_nonnull(difference("resends"));
	done();
}
END_TEST

START_TEST(they_part_where_an_encrypted_answer_has_another_size)
{
	differ(works, 0, login_refused, 0);
	ck_assert_str_eq(parted("kind"), "answer");
	ck_assert_str_eq(parted("exchange"), "IKE_AUTH");
	ck_assert_ptr_nonnull(difference("response"));
	done();
}
END_TEST

START_TEST(only_what_one_of_them_offers_is_named)
{
	const json_t *d;

	differ(works, 0, other_algorithms_refused, 0);
	ck_assert_str_eq(parted("kind"), "refused");
	ck_assert(strstr(parted("text"), "NO_PROPOSAL_CHOSEN"));
	d = difference("offered");
	ck_assert_ptr_nonnull(d);
	ck_assert(strstr(text_of(d, "good"), "AES_CBC-256") && strstr(text_of(d, "bad"), "AES_GCM"));
	ck_assert(!strstr(text_of(d, "good"), "HMAC_SHA2_256,") || strstr(text_of(d, "bad"), "HMAC_SHA2_256,"));
	done();
}
END_TEST

START_TEST(they_part_in_the_data_when_the_setup_is_alike)
{
	differ(works, 0, data_lost_back, 0);
	ck_assert_str_eq(parted("kind"), "data");
	ck_assert(strstr(parted("text"), THERE " sends no data"));
	ck_assert_ptr_nonnull(difference("data"));
	done();
}
END_TEST

START_TEST(what_fails_later_is_told_after_the_setup)
{
	differ(works, 0, peer_dies, 0);
	ck_assert_str_eq(parted("kind"), "later_no_answer");
	ck_assert_str_eq(parted("exchange"), "INFORMATIONAL");
	done();
}
END_TEST

START_TEST(the_other_end_of_the_same_tunnel_exchanges_the_sides)
{
	differ(works, 0, works, 1);
	ck_assert(json_is_true(json_object_get(pair(), "sides_exchanged")));
	ck_assert_str_eq(text_of(json_object_get(pair(), "bad"), "a"), HERE);
	ck_assert_uint_eq(notable(), 0); /* hop limits and delays depend on where one looks */
	done();
}
END_TEST

START_TEST(a_translator_in_between_is_a_difference_and_another_address_too)
{
	differ(works, 0, now_behind_nat, 0);
	ck_assert_str_eq(text_of(pair(), "how"), "one_address");
	ck_assert_ptr_nonnull(difference("nat"));
	ck_assert_ptr_nonnull(difference("address"));
	ck_assert_ptr_nonnull(difference("encapsulation"));
	done();
}
END_TEST

START_TEST(who_cuts_a_large_message_is_a_difference)
{
	differ(cuts_ike, 0, cuts_ip, 0);
	ck_assert_ptr_nonnull(difference("fragmentation"));
	ck_assert_ptr_nonnull(difference("trains"));
	ck_assert_ptr_nonnull(told_of("IKE_AUTH goes out in 3 IKE fragments of up to"));
	ck_assert_ptr_nonnull(told_of("2 IP fragments in BAD"));
	done();
}
END_TEST

START_TEST(a_client_that_roams_is_known_by_its_name)
{
	differ(roams_and_works, 0, roams_and_fails, 0);
	ck_assert_str_eq(text_of(pair(), "how"), "identities");
	ck_assert_str_eq(parted("kind"), "missing");
	ck_assert_ptr_nonnull(difference("address"));
	ck_assert_ptr_null(difference("identity"));
	done();
}
END_TEST

START_TEST(one_tunnel_on_each_side_is_compared_and_the_report_says_on_what_ground)
{
	differ(works, 0, strangers_work, 0);
	ck_assert_str_eq(text_of(pair(), "how"), "only");
	done();
}
END_TEST

START_TEST(a_setup_that_one_did_not_record_is_not_compared)
{
	differ(works, 0, middle_of_a_session, 0);
	ck_assert_int_eq(json_integer_value(json_object_get(pair(), "setup_compared")), 0);
	ck_assert_ptr_null(json_object_get(pair(), "parting"));
	ck_assert_ptr_null(difference("chosen"));
	done();
}
END_TEST

START_TEST(nothing_is_compared_with_a_capture_without_a_tunnel)
{
	differ(works, 0, nothing_of_ours, 0);
	ck_assert(json_is_false(json_object_get(diff, "comparable")));
	ck_assert(strstr(text_of(diff, "sentence"), "BAD holds no IKE"));
	done();
	differ(nothing_of_ours, 0, works, 0);
	ck_assert(json_is_false(json_object_get(diff, "comparable")));
	ck_assert(strstr(text_of(diff, "sentence"), "GOOD holds no IKE"));
	ck_assert_uint_eq(json_array_size(json_object_get(diff, "unpaired")), 1);
	done();
}
END_TEST

START_TEST(of_several_the_one_that_works_is_taken_and_strangers_are_left_alone)
{
	json_t *tunnels, *more;

	good = report_on(auth_lost, 0);
	more = report_on(works, 0);
	bad = report_on(auth_lost, 0);
	tunnels = json_object_get(good, "tunnels");
	json_array_extend(tunnels, json_object_get(more, "tunnels"));
	json_decref(more);
	more = report_on(strangers_work, 0);
	json_array_extend(json_object_get(bad, "tunnels"), json_object_get(more, "tunnels"));
	json_decref(more);
	diff = diff_document(good, bad);
	ck_assert_uint_eq(json_array_size(json_object_get(diff, "pairs")), 1);
	ck_assert_str_eq(text_of(json_object_get(json_object_get(pair(), "good"), "verdict"), "id"), "healthy");
	ck_assert_uint_eq(json_array_size(json_object_get(diff, "unpaired")), 1);
	done();
}
END_TEST

/* Puts something else in place of the n-th value below o; false when there are fewer. */
static bool replaces(json_t *o, size_t *n, json_t *other)
{
	const char *key;
	json_t *v;
	size_t i;
	void *next;

	json_object_foreach_safe (o, next, key, v) {
		if (!(*n)--) {
			json_object_set(o, key, other);
			return true;
		}
		if (replaces(v, n, other))
			return true;
	}
	json_array_foreach (o, i, v) {
		if (!(*n)--) {
			json_array_set(o, i, other);
			return true;
		}
		if (replaces(v, n, other))
			return true;
	}
	return false;
}

/* The reports come from a process that a capture may have taken over. */
START_TEST(a_report_of_another_shape_does_no_harm)
{
	struct text_options how = { .columns = 72, .verbose = true };
	json_t *others = json_pack("[n,i,s,[],{},[i,s],b,s]", -7, "T1", 3, "x", true, "");
	FILE *nowhere = fopen("/dev/null", "w");
	bool more = true;

	good = report_on(works, 0);
	bad = report_on(auth_lost, 0);
	for (size_t n = 0; more; n++) {
		json_t *g = json_deep_copy(good), *b = json_deep_copy(bad);
		json_t *other = json_array_get(others, n % json_array_size(others));
		size_t here = n, there = n;

		more = replaces(g, &here, other);
		more = replaces(b, &there, other) || more;
		diff = diff_document(g, b);
		ck_assert(diff_text(nowhere, diff, &how));
		json_decref(diff);
		json_decref(g);
		json_decref(b);
	}
	fclose(nowhere);
	json_decref(others);
	diff = NULL;
	done();
}
END_TEST

SUITE("report diff", a_report_of_another_shape_does_no_harm, a_capture_does_not_differ_from_itself, they_part_where_one_gets_no_answer,
      they_part_where_an_encrypted_answer_has_another_size, only_what_one_of_them_offers_is_named,
      they_part_in_the_data_when_the_setup_is_alike, what_fails_later_is_told_after_the_setup,
      the_other_end_of_the_same_tunnel_exchanges_the_sides,
      a_translator_in_between_is_a_difference_and_another_address_too, who_cuts_a_large_message_is_a_difference,
      a_client_that_roams_is_known_by_its_name,
      one_tunnel_on_each_side_is_compared_and_the_report_says_on_what_ground,
      a_setup_that_one_did_not_record_is_not_compared, nothing_is_compared_with_a_capture_without_a_tunnel,
      of_several_the_one_that_works_is_taken_and_strangers_are_left_alone)
