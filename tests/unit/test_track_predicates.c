#include "analyzer/report/report.h"
#include "tests/support/track_feed.h"

static json_t *limit_of(const json_t *facts, const char *id)
{
	json_t *nothing = json_object(), *limit, *found = NULL;
	json_t *model = report_model(facts, nothing, &(struct report_options){ .version = "0", .rules_hash = "0" });
	size_t i;

	json_array_foreach(json_object_get(model, "limits"), i, limit)
		if (!strcmp(TEXT_OF(limit, "id"), id))
			found = json_incref(limit);
	json_decref(model);
	json_decref(nothing);
	return found;
}

START_TEST(octets_missing_in_a_tcp_stream_are_a_fact_and_a_limit_of_the_report)
{
	struct packet p = feed_packet("192.0.2.1", "203.0.113.9", 6, 60);
	json_t *facts, *limit;

	feed_begin();
	feed_ike(&p, 7, 0, 34, 8, 0);
	feed_other(&p, OTHER_TCP_LOST, 0, "", 0);
	feed_ike(&p, 7, 8, 35, 8, 1);
	feed_other(&p, OTHER_TCP_LOST, 0, "", 0);
	facts = feed_end();
	ck_assert_int_eq((int)NUMBER_OF(facts, "capture", "stream_gaps", "count"), 2);
	ck_assert_int_eq((int)NUMBER_OF(facts, "capture", "stream_gaps", "frames", "0"), 2);
	limit = limit_of(facts, "stream_gaps");
	ck_assert_str_eq(TEXT_OF(limit, "text"), "Some messages in TCP: 2 pieces of their streams are missing.");
	json_decref(limit);
	json_decref(facts);
}
END_TEST

START_TEST(a_stream_without_a_hole_is_not_spoken_of)
{
	struct packet p = feed_packet("192.0.2.1", "203.0.113.9", 6, 60);
	json_t *facts;

	feed_begin();
	feed_ike(&p, 7, 0, 34, 8, 0);
	feed_other(&p, OTHER_TCP, 0, "", 0);
	facts = feed_end();
	ck_assert_ptr_null(FACT_OF(facts, "capture", "stream_gaps"));
	ck_assert_ptr_null(limit_of(facts, "stream_gaps"));
	json_decref(facts);
}
END_TEST

SUITE("track: what the capture can show", octets_missing_in_a_tcp_stream_are_a_fact_and_a_limit_of_the_report,
      a_stream_without_a_hole_is_not_spoken_of)
