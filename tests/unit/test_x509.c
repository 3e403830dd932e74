#include "dissect/base/x509.h"
#include "tests/support/certificates.h"
#include "tests/support/suite.h"

static struct bytes tight(const uint8_t *at, size_t len)
{
	uint8_t *made = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(made);
	memcpy(made, at, len);
	return (struct bytes){ made, len };
}

static void drop(struct bytes b)
{
	free((void *)(uintptr_t)b.at);
}

START_TEST(a_certificate_tells_names_dates_and_uses)
{
	struct bytes der = tight(moon, sizeof moon);
	struct x509 c;

	ck_assert(x509_parse(der, &c));
	drop(der); /* nothing of it is kept */
	ck_assert_str_eq(c.subject, "C=CH, O=Example, CN=moon.example");
	ck_assert_str_eq(c.issuer, "C=CH, O=Example, CN=Test CA");
	ck_assert_str_eq(c.serial, "1234");
	ck_assert_int_eq(c.not_before, 1735689600);
	ck_assert_int_eq(c.not_after, 1767225600);
	ck_assert_uint_eq(c.names_len, 3);
	ck_assert_uint_eq(c.names_total, 3);
	ck_assert_int_eq(c.names[0].kind, X509_DNS);
	ck_assert_str_eq(c.names[0].text, "moon.example");
	ck_assert_int_eq(c.names[1].kind, X509_ADDRESS);
	ck_assert_str_eq(c.names[1].text, "198.51.100.10");
	ck_assert_int_eq(c.names[2].kind, X509_MAIL);
	ck_assert(c.has_usage && c.may_sign && c.has_purposes);
	ck_assert_uint_eq(c.purposes_len, 2);
	ck_assert_str_eq(c.purposes[0], "serverAuth");
	ck_assert_str_eq(c.purposes[1], "iKEIntermediate");
	ck_assert_uint_eq(c.urls_len, 2);
	ck_assert_str_eq(c.urls[0], "http://crl.example/ca.crl");
	ck_assert_str_eq(c.urls[1], "http://ocsp.example/");
	ck_assert(!c.is_authority && !c.self_signed && !c.cut);
}
END_TEST

START_TEST(an_authority_is_known_by_the_hash_of_its_key)
{
	static const uint8_t hash[] = { 0x49, 0x56, 0xe3, 0x37, 0x43, 0xde, 0x0e, 0x24, 0x99, 0x60,
					0xbb, 0x96, 0x57, 0xa9, 0x9c, 0x3d, 0xeb, 0xea, 0x50, 0xe1 };
	struct x509 c;

	ck_assert(x509_parse((struct bytes){ authority, sizeof authority }, &c));
	ck_assert(c.has_key_hash);
	ck_assert_mem_eq(c.key_hash, hash, sizeof hash);
	ck_assert(c.is_authority && c.self_signed);
	ck_assert(c.has_usage && !c.may_sign); /* certificates only */
	ck_assert(!c.has_purposes);
}
END_TEST

START_TEST(no_prefix_of_a_certificate_is_one)
{
	struct x509 c;

	for (size_t n = 0; n < sizeof moon; n++) {
		struct bytes der = tight(moon, n);

		ck_assert(!x509_parse(der, &c));
		drop(der);
	}
}
END_TEST

START_TEST(a_certificate_with_any_octet_changed_does_no_harm)
{
	struct x509 c;

	for (size_t i = 0; i < sizeof moon; i++) {
		struct bytes der = tight(moon, sizeof moon);

		((uint8_t *)(uintptr_t)der.at)[i] ^= i % 2 ? 0x80 : 0x01;
		if (x509_parse(der, &c)) {
			ck_assert_uint_lt(strlen(c.subject), sizeof c.subject);
			ck_assert_uint_le(c.names_len, X509_NAMES);
		}
		drop(der);
	}
}
END_TEST

START_TEST(a_name_is_text_without_control_characters)
{
	static const uint8_t good[] = { 0x30, 0x0e, 0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x03,
					0x0c, 0x03, 'a', 0x1b, 'b' };
	char text[X509_TEXT_LEN] = "kept";

	ck_assert(x509_name_parse((struct bytes){ good, sizeof good }, text));
	ck_assert_ptr_null(strchr(text, 0x1b));
	ck_assert_int_eq(strncmp(text, "CN=a", 4), 0);
	strcpy(text, "kept");
	ck_assert(!x509_name_parse((struct bytes){ good, sizeof good - 1 }, text));
	ck_assert_str_eq(text, "kept");
}
END_TEST

SUITE("X.509", a_certificate_tells_names_dates_and_uses, an_authority_is_known_by_the_hash_of_its_key,
      no_prefix_of_a_certificate_is_one, a_certificate_with_any_octet_changed_does_no_harm,
      a_name_is_text_without_control_characters)
