#include <glob.h>
#include <stdio.h>

#include "dissect/capture/capture.h"
#include "tests/support/ike_walk.h"
#include "tests/support/suite.h"
#include "tests/support/windows.h"

enum { MOST_MESSAGES = 60, MOST_OCTETS = 1500 };

/* IKE messages of the samples, whole frames with the place of the message in them; no two alike. */
static struct kept {
	uint8_t frame[MOST_OCTETS];
	size_t len, ike_at, ike_len;
	uint16_t link;
} kept[MOST_MESSAGES];
static size_t kept_len;

static const struct frame *now;

/* Resends, and what differs in its numbers only, teach nothing new. */
static bool is_new(const struct message *m)
{
	const struct ike_header *h = &m->u.ike.header;

	for (size_t i = 0; i < kept_len; i++) {
		const uint8_t *ike = kept[i].frame + kept[i].ike_at;

		if (kept[i].ike_len == m->u.ike.bytes.len && ike[16] == h->next && ike[18] == h->exchange)
			return false;
	}
	return true;
}

static void keep(void *ctx, const struct message *m)
{
	struct kept *k = &kept[kept_len];

	(void)ctx;
	if (m->kind != MSG_IKE || m->train || kept_len == MOST_MESSAGES || now->cap_len > MOST_OCTETS ||
	    !is_new(m))
		return;
	memcpy(k->frame, now->at, now->cap_len);
	k->len = now->cap_len;
	k->ike_at = (size_t)(m->u.ike.bytes.at - now->at);
	k->ike_len = m->u.ike.bytes.len;
	k->link = now->link;
	kept_len += 1;
}

static void read_capture(const char *path)
{
	struct capture_error error;
	struct capture *c = capture_open(path, &(struct capture_options){ 0 }, &error);
	struct dissector *d = dissector_new(&(struct dissect_options){ .saw = keep });
	struct frame f;

	ck_assert_ptr_nonnull(c);
	while (capture_next(c, &f)) {
		now = &f;
		dissector_frame(d, &f);
	}
	dissector_free(d);
	capture_close(c);
}

static void read_samples(void)
{
	const char *top = getenv("TOP");
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/samples/*/*.pcap*", top ? top : ".");
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_capture(found.gl_pathv[i]);
	globfree(&found);
	ck_assert_uint_gt(kept_len, 30);
}

static void walk(const uint8_t *at, size_t len, bool cut)
{
	uint8_t *tight = copy_exactly(at, len);
	const char *wrong = ike_walk((struct bytes){ tight, len }, cut);

	free(tight);
	if (wrong)
		ck_abort_msg("%s", wrong);
}

static struct bytes window;

static void inside(void *ctx, const struct message *m)
{
	*(size_t *)ctx += 1;
	if (!windows_inside(m, window))
		ck_abort_msg("a window outside the frame");
}

/* At least one message comes of every frame, whatever is in it. */
static void dissect(struct dissector *d, const struct kept *k, size_t len, size_t *told)
{
	struct frame f = { .number = 1, .link = k->link, .cap_len = len, .wire_len = (uint32_t)k->len };
	uint8_t *tight = copy_exactly(k->frame, len);
	size_t before = *told;

	f.at = tight;
	window = (struct bytes){ tight, len };
	dissector_frame(d, &f);
	window = (struct bytes){ NULL, 0 };
	free(tight);
	if (*told == before)
		ck_abort_msg("nothing was told of a frame");
}

START_TEST(every_truncation_of_a_real_message_is_read_within_its_bytes)
{
	size_t told = 0;
	struct dissector *d = dissector_new(&(struct dissect_options){ .saw = inside, .ctx = &told });

	read_samples();
	for (size_t i = 0; i < kept_len; i++) {
		const struct kept *k = &kept[i];

		for (size_t len = 0; len <= k->ike_len; len++) {
			walk(k->frame + k->ike_at, len, false);
			walk(k->frame + k->ike_at, len, true);
		}
		for (size_t len = 0; len <= k->len; len++)
			dissect(d, k, len, &told);
	}
	dissector_free(d);
}
END_TEST

START_TEST(every_flipped_bit_of_a_real_message_is_read_within_its_bytes)
{
	size_t told = 0;
	struct dissector *d = dissector_new(&(struct dissect_options){ .saw = inside, .ctx = &told });

	read_samples();
	for (size_t i = 0; i < kept_len; i++) {
		struct kept *k = &kept[i];

		for (size_t bit = 0; bit < 8 * k->len; bit++) {
			k->frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (bit / 8 >= k->ike_at)
				walk(k->frame + k->ike_at, k->ike_len, bit % 2);
			dissect(d, k, k->len, &told);
			k->frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	dissector_end(d);
	dissector_free(d);
}
END_TEST

SUITE("mutation of real messages", every_truncation_of_a_real_message_is_read_within_its_bytes,
      every_flipped_bit_of_a_real_message_is_read_within_its_bytes)
