#include <jansson.h>

#include "analyzer/track/track.h"
#include "dissect/dissect.h"
#include "tests/support/certificates.h"
#include "tests/support/ike_build.h"
#include "tests/support/sample.h"
#include "tests/support/suite.h"

/* What messages in clear text say, as the facts of an attempt tell it. */

enum { PORT = 500, NATT = 4500 };
#define SPI_I UINT64_C(0x1122334455667788)
#define SPI_R UINT64_C(0x99aabbccddeeff01)

static struct built b;
static struct draft d;
static struct track *t;
static struct dissector *dissector;
static uint64_t number;
static int64_t now_s; /* of the next frame */
static json_t *facts;

static const struct ike_suite aes = { .encr = 12, .key_bits = 128, .prf = 2, .integ = 2, .group = 14 };
static const struct ike_suite strong = { .encr = 12, .key_bits = 256, .prf = 5, .integ = 12, .group = 19 };
static const struct ike_suite v1_rsa = { .encr = 12, .key_bits = 128, .prf = 2, .group = 14, .auth = 3 };
static const struct ike_suite v1_psk = { .encr = 12, .key_bits = 128, .prf = 2, .group = 2, .auth = 1 };

static void start(void)
{
	t = track_new(&(struct track_options){ .max_attempts = 0 });
	dissector = dissector_new(&(struct dissect_options){ .saw = track_message, .ctx = t });
	number = 0;
	now_s = 1750000000; /* June 2025 */
}

static void feed_at(bool back, uint16_t sport, uint16_t dport, size_t skip)
{
	struct frame f;

	build_start(&b, d.at, d.len);
	build_front(&b, skip);
	build_udp(&b, sport, dport);
	build_ipv4(&b, back ? B4 : A4, back ? A4 : B4, 17);
	f = build_tight(&b, 101, b.len);
	f.number = ++number;
	f.time_ns = now_s++ * INT64_C(1000000000);
	track_frame(t, 0, &f);
	dissector_frame(dissector, &f);
	free((void *)(uintptr_t)f.at);
}

static void feed(bool back)
{
	feed_at(back, PORT, PORT, 0);
}

static json_t *tunnel(void)
{
	dissector_end(dissector);
	facts = track_facts(t);
	return json_array_get(json_object_get(facts, "tunnels"), 0);
}

static json_t *attempt(void)
{
	return json_array_get(json_object_get(tunnel(), "attempts"), 0);
}

static void end(void)
{
	json_decref(facts);
	dissector_free(dissector);
	track_free(t);
}

/* "a.text" of o. */
static json_t *at(json_t *o, const char *side, const char *name)
{
	return json_object_get(json_object_get(o, side), name);
}

static const char *text(json_t *o, const char *side, const char *name)
{
	return json_string_value(at(o, side, name));
}

static void ask(const struct ike_suite *suite, uint16_t group)
{
	draft_start(&d, 0x20, SPI_I, 0, 34, IKE2_INITIATOR, 0);
	draft_sa2(&d, suite, 1);
	draft_ke2(&d, group, false);
	draft_nonce2(&d, 32);
}

static void answer(const struct ike_suite *suite, uint16_t group)
{
	draft_start(&d, 0x20, SPI_I, SPI_R, 34, IKE2_RESPONSE, 0);
	draft_sa2(&d, suite, 1);
	draft_ke2(&d, group, true);
	draft_nonce2(&d, 32);
}

static void certificate(uint8_t type, const uint8_t *der, size_t len)
{
	draft_payload(&d, type);
	draft_bytes(&d, "\x04", 1);
	draft_bytes(&d, der, len);
}

static void aggressive(bool back, const char *name)
{
	draft_start(&d, 0x10, SPI_I, back ? SPI_R : 0, 4, 0, 0);
	draft_sa1(&d, &v1_rsa, 1);
	draft_payload1(&d, IKE1_P_KE, 256);
	draft_payload1(&d, IKE1_P_NONCE, 20);
	draft_id1(&d, name);
}

START_TEST(an_answer_out_of_the_offer_is_no_bad_answer)
{
	json_t *a;

	start();
	ask(&aes, 14), feed(false);
	answer(&aes, 14), feed(true);
	a = attempt();
	ck_assert_ptr_nonnull(json_object_get(a, "suite"));
	ck_assert_ptr_null(json_object_get(a, "bad_answer"));
	ck_assert_int_eq(json_integer_value(at(json_object_get(a, "key_exchange"), "b", "bytes")), 256);
	ck_assert_int_eq(json_integer_value(at(json_object_get(a, "key_exchange"), "b", "due")), 256);
	ck_assert_int_eq(json_integer_value(at(json_object_get(a, "key_exchange"), "a", "nonce")), 32);
	end();
}
END_TEST

START_TEST(what_nobody_offered_is_told_kind_by_kind)
{
	json_t *rows, *row;

	start();
	ask(&aes, 14), feed(false);
	answer(&strong, 19), feed(true);
	rows = json_object_get(attempt(), "bad_answer");
	ck_assert_uint_eq(json_array_size(rows), 4);
	row = json_array_get(rows, 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "what")), "encryption");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(row, "chosen"), 0)), "AES_CBC-256");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(row, "offered"), 0)), "AES_CBC-128");
	end();
}
END_TEST

START_TEST(two_transforms_of_a_kind_are_a_bad_answer)
{
	struct ike_suite both[2] = { aes, aes };

	both[1].group = 19;
	start();
	draft_start(&d, 0x20, SPI_I, 0, 34, IKE2_INITIATOR, 0);
	draft_sa2(&d, both, 2);
	feed(false);
	draft_start(&d, 0x20, SPI_I, SPI_R, 34, IKE2_RESPONSE, 0);
	draft_sa2(&d, both, 2);
	feed(true);
	ck_assert_uint_eq(json_array_size(json_object_get(attempt(), "bad_answer")), 1);
	end();
}
END_TEST

START_TEST(the_chain_of_a_certificate_is_followed_as_far_as_it_was_sent)
{
	json_t *a, *certs;

	start();
	aggressive(false, "moon.example");
	certificate(IKE1_P_CERT, moon, sizeof moon);
	feed(false);
	aggressive(true, "sun.example");
	certificate(IKE1_P_CERT, moon, sizeof moon);
	certificate(IKE1_P_CERT, authority, sizeof authority);
	feed(true);
	a = attempt();
	certs = json_object_get(json_object_get(a, "certificates"), "b");
	ck_assert_uint_eq(json_array_size(certs), 2);
	ck_assert_str_eq(text(json_object_get(a, "chain"), "a", "top"), "C=CH, O=Example, CN=Test CA");
	ck_assert(json_is_false(at(json_object_get(a, "chain"), "a", "sent")));
	ck_assert(json_is_true(at(json_object_get(a, "chain"), "b", "sent")));
	ck_assert_str_eq(text(json_object_get(a, "chain"), "b", "leaf"), "C=CH, O=Example, CN=moon.example");
	ck_assert_ptr_null(at(json_object_get(a, "chain"), "a", "asked")); /* nobody asked */
	end();
}
END_TEST

START_TEST(an_identity_is_looked_for_in_the_certificate)
{
	json_t *ids;

	start();
	aggressive(false, "MOON.example");
	certificate(IKE1_P_CERT, moon, sizeof moon);
	feed(false);
	aggressive(true, "sun.example");
	certificate(IKE1_P_CERT, moon, sizeof moon);
	feed(true);
	ids = json_object_get(attempt(), "identities");
	ck_assert_str_eq(text(ids, "a", "type"), "FQDN");
	ck_assert_str_eq(text(ids, "b", "text"), "sun.example");
	ck_assert(json_is_true(at(ids, "a", "in_certificate")));
	ck_assert(json_is_false(at(ids, "b", "in_certificate")));
	end();
}
END_TEST

START_TEST(an_identity_without_a_certificate_is_not_compared)
{
	json_t *ids;

	start();
	aggressive(false, "moon.example");
	feed(false);
	ids = json_object_get(attempt(), "identities");
	ck_assert_str_eq(text(ids, "a", "text"), "moon.example");
	ck_assert_ptr_null(at(ids, "a", "in_certificate"));
	end();
}
END_TEST

static const char *dates_at(int64_t second)
{
	static char told[16];

	start();
	now_s = second;
	aggressive(false, "moon.example");
	certificate(IKE1_P_CERT, moon, sizeof moon);
	feed(false);
	snprintf(told, sizeof told, "%s",
		 json_string_value(json_object_get(json_array_get(json_object_get(
			 json_object_get(attempt(), "certificates"), "a"), 0), "dates")));
	end();
	return told;
}

START_TEST(a_certificate_is_held_against_the_time_of_its_packet)
{
	ck_assert_str_eq(dates_at(1735689599), "early");
	ck_assert_str_eq(dates_at(1735689600), "valid");
	ck_assert_str_eq(dates_at(1767225600), "valid");
	ck_assert_str_eq(dates_at(1767225601), "expired");
}
END_TEST

/* SET { SEQUENCE { commonName, UTF8String } } of one letter */
#define NAME(letter) "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01" letter

START_TEST(a_request_of_ikev1_names_its_authority)
{
	json_t *a;

	start();
	aggressive(false, "moon.example");
	certificate(IKE1_P_CERT, moon, sizeof moon);
	feed(false);
	aggressive(true, "sun.example");
	draft_payload(&d, IKE1_P_CERTREQ);
	draft_bytes(&d, "\x04" NAME("Z"), 15);
	feed(true);
	a = attempt();
	ck_assert_str_eq(json_string_value(json_array_get(at(json_object_get(a, "authorities"), "b", "names"), 0)),
			 "CN=Z");
	ck_assert(json_is_false(at(json_object_get(a, "chain"), "a", "asked")));
	end();
}
END_TEST

START_TEST(an_empty_request_takes_any_authority)
{
	json_t *a;

	start();
	aggressive(false, "moon.example");
	certificate(IKE1_P_CERT, moon, sizeof moon);
	feed(false);
	aggressive(true, "sun.example");
	draft_payload(&d, IKE1_P_CERTREQ);
	draft_bytes(&d, "\x04", 1);
	feed(true);
	a = attempt();
	ck_assert(json_is_true(at(json_object_get(a, "authorities"), "b", "any")));
	ck_assert_ptr_null(at(json_object_get(a, "chain"), "a", "asked"));
	end();
}
END_TEST

START_TEST(requests_and_signature_hashes_of_ikev2_are_told)
{
	uint8_t hash[20];
	json_t *a, *o;

	memset(hash, 0xab, sizeof hash);
	start();
	ask(&aes, 14);
	draft_notify2(&d, 16431, "\0\1\0\2\0\x63", 6);
	feed(false);
	answer(&aes, 14);
	certificate(IKE2_P_CERTREQ, hash, sizeof hash);
	feed(true);
	a = attempt();
	o = at(json_object_get(a, "authorities"), "b", "hashes");
	ck_assert_str_eq(json_string_value(json_array_get(o, 0)), "abababababababababababababababababababab");
	o = at(json_object_get(a, "signatures"), "a", "hashes");
	ck_assert_uint_eq(json_array_size(o), 2); /* number 99 is not among them */
	ck_assert_str_eq(json_string_value(json_array_get(o, 1)), "SHA2_256");
	ck_assert_ptr_null(json_object_get(json_object_get(a, "signatures"), "b"));
	end();
}
END_TEST

static void cookie_asked(void)
{
	draft_start(&d, 0x20, SPI_I, 0, 34, IKE2_RESPONSE, 0);
	draft_notify2(&d, IKE2_N_COOKIE, "cookie", 6);
	feed(true);
}

static void cookie_given(const char *cookie)
{
	draft_start(&d, 0x20, SPI_I, 0, 34, IKE2_INITIATOR, 0);
	draft_notify2(&d, IKE2_N_COOKIE, cookie, strlen(cookie));
	draft_sa2(&d, &aes, 1);
	feed(false);
}

START_TEST(a_cookie_counts_when_it_comes_back_as_it_was)
{
	json_t *o;

	start();
	ask(&aes, 14), feed(false);
	cookie_asked();
	cookie_given("cookie");
	cookie_asked();
	cookie_given("cookiE");
	o = json_object_get(attempt(), "cookies");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "asked")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "given")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "wrong")), 1);
	end();
}
END_TEST

START_TEST(a_redirect_tells_where_to)
{
	static const struct {
		const char *data;
		size_t len;
		const char *to;
	} cases[] = {
		{ "\1\4\xc0\0\2\7nonce", 11, "192.0.2.7" },
		{ "\3\6gw.exa", 8, "gw.exa" },
		{ "\1\5\xc0\0\2\7\7", 7, NULL },
		{ "\3\x20gw", 4, NULL },
		{ "\3", 1, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *o;

		start();
		ask(&aes, 14), feed(false);
		draft_start(&d, 0x20, SPI_I, 0, 34, IKE2_RESPONSE, 0);
		draft_notify2(&d, 16407, cases[i].data, cases[i].len);
		feed(true);
		o = json_object_get(attempt(), "redirect");
		if (cases[i].to)
			ck_assert_str_eq(json_string_value(json_object_get(o, "to")), cases[i].to);
		else
			ck_assert_ptr_null(o);
		end();
	}
}
END_TEST

START_TEST(a_refusal_names_the_payload_or_group_it_is_about)
{
	json_t *r;

	start();
	ask(&aes, 14), feed(false);
	draft_start(&d, 0x20, SPI_I, 0, 34, IKE2_RESPONSE, 0);
	draft_notify2(&d, 1, "\x2c", 1);
	draft_notify2(&d, 17, "\0\x13", 2);
	feed(true);
	r = json_object_get(tunnel(), "refused");
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(r, 0), "payload")), "TSi");
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(r, 1), "group")), 19);
	ck_assert(json_is_false(json_object_get(json_array_get(r, 1), "group_offered")));
	end();
}
END_TEST

START_TEST(the_marker_belongs_on_4500_and_nowhere_else)
{
	json_t *o;

	start();
	ask(&aes, 14), feed_at(false, NATT, NATT, 4);
	ck_assert_ptr_null(json_object_get(attempt(), "marker"));
	end();
	start();
	ask(&aes, 14), feed_at(false, NATT, NATT, 0);
	o = json_object_get(attempt(), "marker");
	ck_assert_str_eq(text(o, "a", "error"), "missing");
	end();
	start();
	ask(&aes, 14), feed_at(false, PORT, PORT, 4);
	o = json_object_get(attempt(), "marker");
	ck_assert_str_eq(text(o, "a", "error"), "needless");
	end();
}
END_TEST

START_TEST(lifetimes_of_ikev1_are_told_for_offer_and_answer)
{
	json_t *life;

	start();
	draft_start(&d, 0x10, SPI_I, 0, 2, 0, 0);
	draft_sa1(&d, &v1_psk, 1);
	feed(false);
	draft_start(&d, 0x10, SPI_I, SPI_R, 2, 0, 0);
	draft_sa1(&d, &v1_psk, 1);
	put16(d.at + d.len - 2, 3600); /* the last attribute is the life duration */
	feed(true);
	life = json_object_get(attempt(), "life");
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(life, "offered"), 0)), 28800);
	ck_assert_int_eq(json_integer_value(json_object_get(life, "chosen")), 3600);
	end();
}
END_TEST

START_TEST(payloads_that_do_not_fit_are_told)
{
	json_t *x;

	start();
	ask(&aes, 14);
	put16(d.at + d.payload + 2, (uint32_t)(d.len - d.payload + 40)); /* the nonce claims 40 octets more */
	feed(false);
	x = json_array_get(json_object_get(attempt(), "exchanges"), 0);
	ck_assert(json_is_true(json_object_get(x, "malformed")));
	end();
}
END_TEST

START_TEST(vendor_ids_tell_whose_program_speaks)
{
	json_t *o;

	start();
	ask(&aes, 14);
	draft_vendor(&d, IKE2_P_V, "\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb");
	feed(false);
	answer(&aes, 14);
	draft_vendor(&d, IKE2_P_V, "CISCO-DELETE-REASON");
	draft_vendor(&d, IKE2_P_V, "FLEXVPN-SUPPORTED");
	feed(true);
	o = json_object_get(tunnel(), "implementation");
	ck_assert_str_eq(json_string_value(json_object_get(o, "a")), "strongSwan");
	ck_assert_str_eq(json_string_value(json_object_get(o, "b")), "Cisco IOS");
	end();
}
END_TEST

SUITE("content", an_answer_out_of_the_offer_is_no_bad_answer, what_nobody_offered_is_told_kind_by_kind,
      two_transforms_of_a_kind_are_a_bad_answer,
      the_chain_of_a_certificate_is_followed_as_far_as_it_was_sent,
      an_identity_is_looked_for_in_the_certificate, an_identity_without_a_certificate_is_not_compared,
      a_certificate_is_held_against_the_time_of_its_packet, a_request_of_ikev1_names_its_authority,
      an_empty_request_takes_any_authority, requests_and_signature_hashes_of_ikev2_are_told,
      a_cookie_counts_when_it_comes_back_as_it_was, a_redirect_tells_where_to,
      a_refusal_names_the_payload_or_group_it_is_about, the_marker_belongs_on_4500_and_nowhere_else,
      lifetimes_of_ikev1_are_told_for_offer_and_answer, payloads_that_do_not_fit_are_told,
      vendor_ids_tell_whose_program_speaks)
