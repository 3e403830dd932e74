#include "analyzer/evidence/parts.h"
#include "dissect/base/mem.h"
#include "tests/support/ike_build.h"
#include "tests/support/sample.h"
#include "tests/support/suite.h"

#define A "203.0.113.10"
#define B "198.51.100.20"

static const uint8_t key[PSEUDONYM_KEY_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

struct bench {
	struct pseudonyms *names;
	struct keeping kept;
};

static void bench_start(struct bench *b)
{
	*b = (struct bench){ .names = pseudonyms_new(key) };
}

static void bench_end(struct bench *b)
{
	for (size_t i = 0; i < b->kept.len; i++)
		free(b->kept.at[i].bytes);
	mem_free(b->kept.at);
	pseudonyms_free(b->names);
}

/* A copy of exactly cap_len octets. */
static void keep(struct bench *b, struct built *packet, uint16_t link, size_t cap_len)
{
	struct kept *k = MEM_PUSH(b->kept.at, b->kept.len, b->kept.room);

	k->frame = build_frame(packet, link);
	k->frame.number = b->kept.len;
	k->frame.time_ns = (int64_t)b->kept.len * 1000000;
	k->bytes = copy_exactly(build_at(packet), cap_len);
	k->frame.at = k->bytes;
	k->frame.cap_len = cap_len;
}

static void change(struct bench *b, bool redact, bool blank)
{
	struct rewriting w = { .pseudonyms = redact ? b->names : NULL, .blank = blank };

	rewrite(&w, &b->kept);
}

static const uint8_t *ip_of(const struct bench *b, size_t i)
{
	return b->kept.at[i].bytes + 14;
}

static bool ip_sum_good(const uint8_t *ip)
{
	return build_sum(ip, (ip[0] & 15) * 4u, 0) == 0;
}

/* Of UDP, or whatever else has a pseudo header. */
static bool pseudo_sum_good(const uint8_t *ip, const uint8_t *at, size_t len)
{
	size_t ends = ip[0] >> 4 == 4 ? 8 : 32;
	uint8_t protocol = ip[0] >> 4 == 4 ? ip[9] : ip[6];

	return build_sum(at, len,
			 (uint16_t)~build_sum(ip + (ends == 8 ? 12 : 8), ends, 0) + protocol + (uint32_t)len) == 0;
}

static void draft_init(struct draft *d)
{
	static const struct ike_suite suite = { .encr = 12, .key_bits = 256, .prf = 2, .integ = 2, .group = 14, .version = 2 };

	draft_start(d, 0x20, 0x1122334455667788, 0, IKE2_X_IKE_SA_INIT, IKE2_INITIATOR, 0);
	draft_sa2(d, &suite, 1);
	draft_ke2(d, 14, false);
	draft_nonce2(d, 32);
}

static void draft_aggressive(struct draft *d)
{
	static const struct ike_suite suite = { .encr = 12, .key_bits = 128, .prf = 2, .group = 2, .auth = 1, .version = 1 };

	draft_start(d, 0x10, 0x1122334455667788, 0x99, IKE1_X_AGGRESSIVE, 0, 0);
	draft_sa1(d, &suite, 1);
	draft_payload1(d, IKE1_P_KE, 128);
	draft_payload1(d, IKE1_P_NONCE, 20);
	draft_id1(d, "branch-berlin");
	draft_payload1(d, IKE1_P_HASH, 20);
}

static void udp4(struct built *b, const struct draft *d, const char *src, const char *dst)
{
	build_start(b, d->at, d->len);
	build_udp_summed(b, 500, 500, src, dst);
	build_ipv4(b, src, dst, 17);
	build_ether(b, 0x0800);
}

static bool holds(const uint8_t *at, size_t len, const void *what, size_t n)
{
	return memmem(at, len, what, n) != NULL;
}

START_TEST(checksums_that_were_right_stay_right)
{
	struct bench b;
	struct draft d;
	struct built p;

	bench_start(&b);
	draft_init(&d);
	udp4(&p, &d, A, B);
	keep(&b, &p, 1, p.len);
	build_start(&p, d.at, d.len);
	build_udp_summed(&p, 500, 500, A6, B6);
	build_ipv6(&p, A6, B6, 17);
	build_ether(&p, 0x86dd);
	keep(&b, &p, 1, p.len);
	change(&b, true, true);
	ck_assert(ip_sum_good(ip_of(&b, 0)));
	ck_assert(pseudo_sum_good(ip_of(&b, 0), ip_of(&b, 0) + 20, b.kept.at[0].frame.cap_len - 34));
	ck_assert(pseudo_sum_good(ip_of(&b, 1), ip_of(&b, 1) + 40, b.kept.at[1].frame.cap_len - 54));
	ck_assert(!holds(b.kept.at[0].bytes, b.kept.at[0].frame.cap_len, "\xcb\x00\x71\x0a", 4));
	ck_assert(!holds(b.kept.at[1].bytes, b.kept.at[1].frame.cap_len, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16));
	bench_end(&b);
}
END_TEST

START_TEST(a_checksum_that_was_wrong_stays_wrong)
{
	struct bench b;
	struct draft d;
	struct built p;

	bench_start(&b);
	draft_init(&d);
	udp4(&p, &d, A, B);
	build_at(&p)[14 + 20 + 7] ^= 1;
	build_at(&p)[14 + 10] ^= 1;
	keep(&b, &p, 1, p.len);
	change(&b, true, true);
	ck_assert(!ip_sum_good(ip_of(&b, 0)));
	ck_assert(!pseudo_sum_good(ip_of(&b, 0), ip_of(&b, 0) + 20, b.kept.at[0].frame.cap_len - 34));
	bench_end(&b);
}
END_TEST

START_TEST(fragments_become_the_pieces_of_the_changed_datagram)
{
	struct bench b;
	struct draft d;
	struct built whole, p;
	size_t cut = 176, len;

	bench_start(&b);
	draft_init(&d);
	draft_notify2(&d, 40000, "secret-of-the-house", 19);
	udp4(&whole, &d, A, B);
	keep(&b, &whole, 1, whole.len);
	len = whole.len - 34;
	for (int last = 1; last >= 0; last--) { /* the last piece comes first */
		build_start(&p, build_at(&whole) + 34 + (last ? cut : 0), last ? len - cut : cut);
		build_ipv4_with(&p, &(struct build_ipv4){ .src = A, .dst = B, .protocol = 17, .id = 77,
							   .offset = last ? (uint32_t)cut : 0, .more = !last });
		build_ether(&p, 0x0800);
		keep(&b, &p, 1, p.len);
	}
	change(&b, true, true);
	ck_assert_mem_eq(ip_of(&b, 2) + 20, ip_of(&b, 0) + 20, cut);
	ck_assert_mem_eq(ip_of(&b, 1) + 20, ip_of(&b, 0) + 20 + cut, len - cut);
	ck_assert(pseudo_sum_good(ip_of(&b, 0), ip_of(&b, 0) + 20, len));
	ck_assert(ip_sum_good(ip_of(&b, 1)) && ip_sum_good(ip_of(&b, 2)));
	bench_end(&b);
}
END_TEST

START_TEST(a_quote_is_the_head_of_what_it_quotes)
{
	struct bench b;
	struct draft d;
	struct built whole, p;

	bench_start(&b);
	draft_init(&d);
	draft_nat2(&d, 16388, A, 500);
	udp4(&whole, &d, A, B);
	for (size_t quoted = 28; quoted <= 228; quoted += 200) {
		build_start(&p, build_at(&whole) + 14, quoted);
		build_icmp(&p, 3, 3, 0);
		build_ipv4(&p, B, A, 1);
		build_ether(&p, 0x0800);
		keep(&b, &p, 1, p.len);
	}
	keep(&b, &whole, 1, whole.len); /* behind the quotes: they wait for it */
	change(&b, true, true);
	ck_assert_mem_eq(ip_of(&b, 0) + 28, ip_of(&b, 2), 28);
	ck_assert_mem_eq(ip_of(&b, 1) + 28, ip_of(&b, 2), 228);
	ck_assert_uint_eq(build_sum(ip_of(&b, 1) + 20, 8 + 228, 0), 0);
	bench_end(&b);
}
END_TEST

/* Whether the hash in the only NAT-D of the frame fits address and port that the frame shows. */
static bool fits(const uint8_t *ip, const uint8_t hash[20], bool source)
{
	uint8_t made[DIGEST_MAX];

	digest_of(DIGEST_SHA1,
		  (struct bytes[]){ { ip + 28, 16 }, { ip + (source ? 12 : 16), 4 }, { ip + (source ? 20 : 22), 2 } }, 3, made);
	return !memcmp(made, hash, 20);
}

START_TEST(nat_detection_fits_or_not_as_before)
{
	struct bench b;
	struct draft d;
	struct built p;
	const uint8_t *end;

	bench_start(&b);
	draft_init(&d);
	draft_nat2(&d, 16388, "10.9.8.7", 500); /* behind a NAT */
	draft_nat2(&d, 16389, B, 500);
	udp4(&p, &d, A, B);
	keep(&b, &p, 1, p.len);
	end = b.kept.at[0].bytes + p.len;
	ck_assert(!fits(ip_of(&b, 0), end - 48, true) && fits(ip_of(&b, 0), end - 20, false));
	change(&b, true, true);
	ck_assert(!fits(ip_of(&b, 0), end - 48, true));
	ck_assert(fits(ip_of(&b, 0), end - 20, false));
	bench_end(&b);
}
END_TEST

START_TEST(hash_and_nonce_of_aggressive_mode_are_blanked_and_no_others)
{
	static const uint8_t zeros[20];
	struct bench b;
	struct draft d, main;
	struct built p;
	const uint8_t *end;

	bench_start(&b);
	draft_aggressive(&d);
	udp4(&p, &d, A, B);
	keep(&b, &p, 1, p.len);
	end = b.kept.at[0].bytes + p.len;
	main = d;
	main.at[18] = IKE1_X_MAIN_MODE;
	udp4(&p, &main, A, B);
	keep(&b, &p, 1, p.len);
	change(&b, false, true);
	ck_assert(b.kept.at[0].blanked && !b.kept.at[1].blanked);
	ck_assert_mem_eq(end - 20, zeros, 20);
	ck_assert_mem_eq(b.kept.at[1].bytes, build_at(&p), p.len);
	ck_assert(holds(b.kept.at[0].bytes, p.len, "branch-berlin", 13));
	ck_assert(pseudo_sum_good(ip_of(&b, 0), ip_of(&b, 0) + 20, p.len - 34));
	bench_end(&b);
}
END_TEST

START_TEST(what_an_error_quotes_and_what_lost_its_head_is_blanked_too)
{
	struct bench b;
	struct draft d;
	struct built whole, p;
	const uint8_t *hash = d.at;

	bench_start(&b);
	draft_aggressive(&d);
	hash = d.at + d.len - 20;
	udp4(&whole, &d, A, B);
	keep(&b, &whole, 1, whole.len);
	build_start(&p, build_at(&whole) + 14, whole.len - 14);
	build_icmp(&p, 11, 0, 0);
	build_ipv4(&p, B, A, 1);
	build_ether(&p, 0x0800);
	keep(&b, &p, 1, p.len);
	build_start(&p, build_at(&whole) + 34 + 176, whole.len - 34 - 176);
	build_ipv4_with(&p, &(struct build_ipv4){ .src = A, .dst = B, .protocol = 17, .id = 9, .offset = 176 });
	build_ether(&p, 0x0800);
	keep(&b, &p, 1, p.len);
	change(&b, false, true);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_msg(!holds(b.kept.at[i].bytes, b.kept.at[i].frame.cap_len, hash, 8), "frame %zu", i);
		ck_assert(b.kept.at[i].blanked);
	}
	bench_end(&b);
}
END_TEST

START_TEST(secrets_stay_when_asked_for)
{
	struct bench b;
	struct draft d;
	struct built p;

	bench_start(&b);
	draft_aggressive(&d);
	udp4(&p, &d, A, B);
	keep(&b, &p, 1, p.len);
	change(&b, false, false);
	ck_assert_mem_eq(b.kept.at[0].bytes, build_at(&p), p.len);
	bench_end(&b);
}
END_TEST

START_TEST(equal_packets_stay_equal_and_nothing_of_their_content_is_left)
{
	struct bench b;
	struct built p;
	uint8_t body[16];

	bench_start(&b);
	for (int i = 0; i < 2; i++) {
		build_esp(&p, 0x1000, 5, 200);
		for (size_t k = 0; k < 200; k++)
			build_at(&p)[8 + k] = (uint8_t)(k * 7 + 1);
		memcpy(body, build_at(&p) + 50, sizeof body);
		build_ipv4(&p, A, B, 50);
		build_ether(&p, 0x0800);
		keep(&b, &p, 1, p.len);
	}
	change(&b, true, true);
	ck_assert_mem_eq(b.kept.at[0].bytes, b.kept.at[1].bytes, p.len);
	ck_assert(!holds(b.kept.at[0].bytes, p.len, body, 8));
	ck_assert_mem_eq(ip_of(&b, 0) + 24, "\0\0\0\5", 4); /* the sequence number stays */
	bench_end(&b);
}
END_TEST

START_TEST(any_octets_any_cut_keep_their_length_and_break_nothing)
{
	static const uint16_t links[] = { 1, 101, 113, 276, 0, 109, 219, 239, 242, 197, 9, 12345 };
	uint64_t state = 42;

	for (unsigned round = 0; round < 600; round++) {
		struct bench b;
		struct built p;

		bench_start(&b);
		for (unsigned i = 0; i < 12; i++) {
			uint16_t link = build_sample(&p, (int)(build_random(&state) % SAMPLES));
			size_t cut = p.len ? build_random(&state) % (p.len + 1) : 0;

			for (unsigned k = build_random(&state) % 6; k > 0 && p.len; k--)
				build_at(&p)[build_random(&state) % p.len] = (uint8_t)build_random(&state);
			if (build_random(&state) % 8 == 0)
				link = links[build_random(&state) % (sizeof links / sizeof *links)];
			keep(&b, &p, link, build_random(&state) % 3 ? p.len : cut);
		}
		change(&b, round % 3, round % 2);
		bench_end(&b);
	}
}
END_TEST

SUITE("evidence_rewrite", checksums_that_were_right_stay_right, a_checksum_that_was_wrong_stays_wrong,
      fragments_become_the_pieces_of_the_changed_datagram, a_quote_is_the_head_of_what_it_quotes,
      nat_detection_fits_or_not_as_before, hash_and_nonce_of_aggressive_mode_are_blanked_and_no_others,
      what_an_error_quotes_and_what_lost_its_head_is_blanked_too, secrets_stay_when_asked_for,
      equal_packets_stay_equal_and_nothing_of_their_content_is_left,
      any_octets_any_cut_keep_their_length_and_break_nothing)
