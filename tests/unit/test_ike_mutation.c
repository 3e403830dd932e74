/*
 * Every single-bit change and every prefix of real messages is read by every parser there is:
 * nothing is read outside the bytes, and every walk ends.
 */
#include "dissect/ike/ike.h"
#include "tests/unit/test_ike_messages.h"
#include "tests/unit/test_ike_tight.h"

static const uint8_t *from, *to; /* the bytes that windows may point into */

/* ck_assert reports each time it holds, which is too slow for millions of times. */
static void must(bool holds, const char *what)
{
	if (!holds)
		ck_abort_msg("%s", what);
}

static void assert_inside(struct bytes b)
{
	must(!b.len || (b.at >= from && b.at <= to && b.len <= (size_t)(to - b.at)),
	     "a window outside the message");
}

/* A walk takes at least four octets a step. */
static size_t steps_of(const struct cursor *c)
{
	return cur_left(c) / 4 + 1;
}

static void read_attributes(struct cursor c)
{
	size_t most = steps_of(&c), n = 0;
	struct cursor again = c;
	struct ike_attribute a;

	for (; ike1_next_attribute(&c, &a); n++)
		assert_inside(a.value);
	must(n <= most, "a walk without end");
	for (n = 0; ike2_next_config_attribute(&again, &a); n++)
		assert_inside(a.value);
	must(n <= most, "a walk without end");
}

static void read_v1_sa(struct cursor c)
{
	struct ike_suite suite;
	struct ike_proposal p;
	struct ike_transform t;
	uint32_t doi, situation;

	(void)ike1_chosen(c, &suite);
	if (!ike1_open_sa(&c, &doi, &situation))
		return;
	for (size_t left = steps_of(&c); ike1_next_proposal(&c, &p); left--) {
		must(left > 0, "a walk without end");
		assert_inside(p.spi);
		for (size_t inner = steps_of(&p.body); ike1_next_transform(&p.body, &t); inner--) {
			must(inner > 0, "a walk without end");
			read_attributes(t.attributes);
		}
	}
}

static void read_v2_sa(struct cursor c)
{
	struct ike_suite suite;
	struct ike_sizes sizes;
	struct ike_proposal p;
	struct ike_transform t;

	if (ike2_chosen(c, &suite))
		(void)ike_sizes_of(&suite, &sizes);
	for (size_t left = steps_of(&c); ike2_next_proposal(&c, &p); left--) {
		must(left > 0, "a walk without end");
		assert_inside(p.spi);
		for (size_t inner = steps_of(&p.body); ike2_next_transform(&p.body, &t); inner--) {
			must(inner > 0, "a walk without end");
			read_attributes(t.attributes);
		}
	}
}

static void read_selectors(struct cursor c)
{
	struct ike_ts ts;
	uint8_t count;

	if (!ike2_open_ts(&c, &count))
		return;
	for (size_t left = steps_of(&c); ike2_next_ts(&c, &ts); left--) {
		must(left > 0, "a walk without end");
		assert_inside(ts.start);
		assert_inside(ts.end);
	}
}

/* Parsers step over what they read: each gets a cursor of its own. */
#define TRY(parse, type, window)                       \
	do {                                           \
		struct cursor own_ = body;             \
		type ret_;                             \
		if (parse(&own_, &ret_))               \
			assert_inside(ret_.window);    \
	} while (0)

static void read_parts(struct cursor body)
{
	struct cursor own = body;

	TRY(ike1_parse_ke, struct ike_ke, data);
	TRY(ike2_parse_ke, struct ike_ke, data);
	TRY(ike1_parse_id, struct ike_id, data);
	TRY(ike2_parse_id, struct ike_id, data);
	TRY(ike1_parse_notify, struct ike_notify, data);
	TRY(ike2_parse_notify, struct ike_notify, spi);
	TRY(ike1_parse_delete, struct ike_delete, spis);
	TRY(ike2_parse_delete, struct ike_delete, spis);
	TRY(ike_parse_cert, struct ike_cert, data);
	TRY(ike2_parse_skf, struct ike_skf, rest);
	TRY(ike1_parse_fragment, struct ike1_fragment, data);
	TRY(ike2_parse_auth, struct ike_auth, algorithm);
	TRY(ike2_parse_eap, struct ike_eap, data);
	read_v1_sa(body);
	read_v2_sa(body);
	read_selectors(body);
	read_attributes(body);
	(void)ike_vendor_of(cur_rest(&own));
}

static void read_message(const uint8_t *at, size_t len, bool cut)
{
	struct cursor c = cur_over(at, len, cut);
	struct ike_header h;
	struct ike_chain chain;
	struct ike_payload p;
	size_t n = 0;

	from = at, to = at + len;
	if (!ike_parse_header(&c, &h))
		return;
	(void)ike_plausible(&h, len);
	chain = ike_chain(&h, (struct bytes){ at, len }, cut);
	for (; ike_next_payload(&chain, &p); n++) {
		assert_inside((struct bytes){ p.body.at, cur_left(&p.body) });
		read_parts(p.body);
	}
	must(n <= len / 4, "a walk without end");
}

START_TEST(every_flipped_bit_is_survived)
{
	const struct message *m = &messages[_i];
	uint8_t *tight = tight_copy(m->at, m->len);

	for (size_t bit = 0; bit < 8 * m->len; bit++) {
		tight[bit / 8] ^= (uint8_t)(1 << bit % 8);
		read_message(tight, m->len, bit % 2);
		tight[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(tight);
}
END_TEST

START_TEST(every_prefix_is_survived)
{
	const struct message *m = &messages[_i];

	for (size_t len = 0; len <= m->len; len++) {
		uint8_t *tight = tight_copy(m->at, len);

		read_message(tight, len, false);
		read_message(tight, len, true);
		free(tight);
	}
}
END_TEST

START_TEST(every_octet_set_to_an_extreme_is_survived)
{
	static const uint8_t extremes[] = { 0, 1, 3, 4, 0x7f, 0x80, 0xff };
	const struct message *m = &messages[_i];
	uint8_t *tight = tight_copy(m->at, m->len);

	for (size_t i = 0; i < m->len; i++) {
		for (size_t k = 0; k < sizeof extremes; k++) {
			tight[i] = extremes[k];
			read_message(tight, m->len, k % 2);
		}
		tight[i] = m->at[i];
	}
	free(tight);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ike mutation");
	TCase *t = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, every_flipped_bit_is_survived, 0, MESSAGES);
	tcase_add_loop_test(t, every_prefix_is_survived, 0, MESSAGES);
	tcase_add_loop_test(t, every_octet_set_to_an_extreme_is_survived, 0, MESSAGES);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
