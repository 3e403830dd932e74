#include "analyzer/evidence/pseudonym.h"

#include <stdio.h>

#include "dissect/base/keyed.h"
#include "dissect/base/mem.h"
#include "tests/support/build.h"
#include "tests/support/suite.h"

/* The key of the sample trace that comes with Crypto-PAn 1.0. */
static const uint8_t sample_key[PSEUDONYM_KEY_LEN] = { 21,  34,  23,  141, 51,  164, 207, 128, 19, 10, 91,
						       22,  73,  144, 125, 16,  216, 152, 143, 131, 121, 121,
						       101, 39,  98,  87,  76,  45,  42,  132, 34,  2 };

static struct addr addr(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a), "%s", text);
	return a;
}

static const char *mapped(struct pseudonyms *p, const char *text)
{
	static char buf[4][ADDR_TEXT];
	static unsigned turn;
	struct addr a = addr(text), made = pseudonym_addr(p, &a);

	return addr_text(&made, buf[turn++ % 4]);
}

static struct addr random_addr(uint64_t *state, uint8_t family)
{
	struct addr a = { .family = family };

	for (size_t i = 0; i < (family == 4 ? 4 : 16); i++)
		a.at[i] = (uint8_t)build_random(state);
	return a;
}

static unsigned in_common(const struct addr *a, const struct addr *b)
{
	unsigned n = 0;

	while (n < (a->family == 4 ? 32u : 128u) && !((a->at[n / 8] ^ b->at[n / 8]) >> (7 - n % 8) & 1))
		n += 1;
	return n;
}

START_TEST(hmac_is_that_of_rfc_4231)
{
	static const uint8_t key[20] = { 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
					 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b };
	static const uint8_t want[4] = { 0xb0, 0x34, 0x4c, 0x61 }, end[4] = { 0x2e, 0x32, 0xcf, 0xf7 };
	uint8_t made[KEYED_LEN];

	ck_assert(keyed_works());
	keyed_digest((struct bytes){ key, 20 },
		     (struct bytes[]){ { (const uint8_t *)"Hi ", 3 }, { (const uint8_t *)"There", 5 } }, 2, made);
	ck_assert_mem_eq(made, want, 4);
	ck_assert_mem_eq(made + KEYED_LEN - 4, end, 4);
}
END_TEST

START_TEST(aes_is_that_of_fips_197)
{
	static const uint8_t want[4] = { 0x69, 0xc4, 0xe0, 0xd8 };
	uint8_t key[16], from[16], made[16];

	for (unsigned i = 0; i < 16; i++) {
		key[i] = (uint8_t)i;
		from[i] = (uint8_t)(i * 0x11);
	}
	ck_assert(keyed_works());
	keyed_block(key, from, made);
	ck_assert_mem_eq(made, want, 4);
}
END_TEST

START_TEST(a_shorter_stream_is_the_head_of_a_longer_one)
{
	uint8_t a[100], b[33];
	struct pseudonyms *p = pseudonyms_new(sample_key);

	pseudonym_stream(p, (struct bytes){ (const uint8_t *)"x", 1 }, a, sizeof a);
	pseudonym_stream(p, (struct bytes){ (const uint8_t *)"x", 1 }, b, sizeof b);
	ck_assert_mem_eq(a, b, sizeof b);
	pseudonyms_free(p);
}
END_TEST

/* Of 2,048 keys about eight leave an octet what it is. Crypto-PAn 1.0 leaves about 136. */
START_TEST(each_bit_is_turned_by_its_own_chance)
{
	uint64_t state = 1;
	unsigned octets = 0, whole = 0;

	for (unsigned i = 0; i < 2048; i++) {
		uint8_t key[PSEUDONYM_KEY_LEN];
		struct addr a = addr("192.168.77.20"), made;
		struct pseudonyms *p;

		for (size_t k = 0; k < sizeof key; k++)
			key[k] = (uint8_t)build_random(&state);
		p = pseudonyms_new(key);
		made = pseudonym_addr(p, &a);
		octets += made.at[2] == a.at[2];
		whole += addr_equal(&made, &a);
		pseudonyms_free(p);
	}
	ck_assert_uint_lt(octets, 24);
	ck_assert_uint_lt(whole, 2);
}
END_TEST

START_TEST(prefixes_in_common_stay_in_common)
{
	struct pseudonyms *p = pseudonyms_new(sample_key);
	uint64_t state = 7;

	for (unsigned i = 0; i < 3000; i++) {
		uint8_t family = i % 2 ? 4 : 6;
		struct addr a = random_addr(&state, family), b = a, x, y;
		unsigned bit = 16 + build_random(&state) % (family == 4 ? 16 : 112);

		b.at[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		for (unsigned k = bit + 1; k < (family == 4 ? 32u : 128u); k++)
			b.at[k / 8] ^= (uint8_t)((build_random(&state) & 1) << (7 - k % 8));
		x = pseudonym_addr(p, &a);
		y = pseudonym_addr(p, &b);
		ck_assert_uint_eq(in_common(&x, &y), in_common(&a, &b));
	}
	pseudonyms_free(p);
}
END_TEST

START_TEST(an_address_keeps_its_kind_and_no_two_become_one)
{
	static const struct {
		const char *from;
		uint8_t at[2], mask[2];
	} rows[] = {
		{ "10.1.2.3", { 10 }, { 255 } },           { "172.31.255.1", { 172, 16 }, { 255, 240 } },
		{ "192.168.7.7", { 192, 168 }, { 255, 255 } }, { "100.127.0.1", { 100, 64 }, { 255, 192 } },
		{ "169.254.9.9", { 169, 254 }, { 255, 255 } }, { "239.1.2.3", { 224 }, { 240 } },
		{ "fe80::1:2", { 0xfe, 0x80 }, { 255, 0xc0 } }, { "fd12::5", { 0xfc }, { 0xfe } },
		{ "ff3e::8000:1", { 0xff }, { 255 } },      { "2001:db8::1", { 0x20 }, { 0xe0 } },
	};
	static const char *const same[] = { "127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.251", "::", "::1", "ff02::1" };
	struct pseudonyms *p = pseudonyms_new(sample_key);
	uint64_t state = 3;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct addr a = addr(rows[i].from), made = pseudonym_addr(p, &a);

		for (int k = 0; k < 2; k++)
			ck_assert_uint_eq(made.at[k] & rows[i].mask[k], rows[i].at[k] & rows[i].mask[k]);
		ck_assert_msg(!addr_equal(&a, &made), "%s stays", rows[i].from);
	}
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		ck_assert_str_eq(mapped(p, same[i]), same[i]);
	for (unsigned i = 0; i < 2000; i++) { /* what is public never becomes private, or nothing */
		struct addr a = random_addr(&state, 4), made;

		a.at[0] = (uint8_t)(11 + a.at[0] % 88);
		made = pseudonym_addr(p, &a);
		ck_assert_uint_ne(made.at[0], 10);
		ck_assert_uint_ne(made.at[0], 127);
		ck_assert_uint_ne(made.at[0], 0);
		ck_assert_uint_lt(made.at[0], 224);
		ck_assert(made.at[0] != 192 || made.at[1] != 168);
	}
	ck_assert_str_eq(mapped(p, "::ffff:10.1.2.3") + strlen("::ffff:"), mapped(p, "10.1.2.3"));
	pseudonyms_free(p);
}
END_TEST

START_TEST(words_keep_their_form_and_fit_where_they_fitted)
{
	struct pseudonyms *p = pseudonyms_new(sample_key);
	char id[] = "VPN-gw1.Example.com", name[] = "*.example.COM", dn[] = "C=DE, O=Example, CN=vpn-gw1";
	char url[] = "http://crl.example.com/a.crl";

	pseudonym_words(p, (uint8_t *)id, strlen(id));
	pseudonym_words(p, (uint8_t *)name, strlen(name));
	pseudonym_name(p, (uint8_t *)dn, strlen(dn));
	pseudonym_name(p, (uint8_t *)url, strlen(url));
	ck_assert_str_ne(id, "VPN-gw1.Example.com");
	ck_assert(id[0] >= 'A' && id[0] <= 'Z' && id[3] == '-' && id[6] >= '0' && id[6] <= '9' && id[7] == '.');
	ck_assert_int_eq(strncasecmp(id + 7, name + 1, strlen(name + 1)), 0);
	ck_assert_int_eq(strncmp(dn, "C=", 2), 0);
	ck_assert_ptr_nonnull(strstr(dn, ", CN="));
	ck_assert_int_eq(strncasecmp(strstr(dn, "CN=") + 3, id, 7), 0);
	ck_assert_int_eq(strncmp(url, "http://crl.", 11), 0);
	ck_assert_ptr_null(strstr(url, "example"));
	pseudonyms_free(p);
}
END_TEST

START_TEST(different_words_stay_different)
{
	struct pseudonyms *p = pseudonyms_new(sample_key);
	static uint8_t seen[26 * 26 * 10];

	memset(seen, 0, sizeof seen);
	for (unsigned i = 0; i < sizeof seen; i++) {
		uint8_t word[3] = { (uint8_t)('a' + i / 260), (uint8_t)('a' + i / 10 % 26), (uint8_t)('0' + i % 10) };
		unsigned to;

		pseudonym_words(p, word, 3);
		to = (word[0] - 'a') * 260u + (word[1] - 'a') * 10u + (word[2] - '0');
		ck_assert_uint_lt(to, sizeof seen);
		ck_assert_uint_eq(seen[to], 0);
		seen[to] = 1;
	}
	pseudonyms_free(p);
}
END_TEST

START_TEST(spis_stay_valid_and_apart)
{
	struct pseudonyms *p = pseudonyms_new(sample_key);
	uint64_t state = 9;

	ck_assert_uint_eq(pseudonym_esp_spi(p, 0), 0);
	ck_assert_uint_eq(pseudonym_esp_spi(p, 255), 255);
	ck_assert_uint_eq(pseudonym_ike_spi(p, 0), 0);
	for (unsigned i = 0; i < 2000; i++) {
		uint32_t a = build_random(&state) | 256, b = a ^ 1;

		ck_assert_uint_ge(pseudonym_esp_spi(p, a), 256);
		ck_assert_uint_ne(pseudonym_esp_spi(p, a), pseudonym_esp_spi(p, b));
		ck_assert_uint_ne(pseudonym_ike_spi(p, a) >> 32, 0);
	}
	pseudonyms_free(p);
}
END_TEST

START_TEST(another_key_gives_other_pseudonyms)
{
	uint8_t other[PSEUDONYM_KEY_LEN] = { 1 };
	struct pseudonyms *p = pseudonyms_new(sample_key), *q = pseudonyms_new(other);
	uint8_t a[] = "headquarter", b[] = "headquarter";

	pseudonym_words(p, a, 11);
	pseudonym_words(q, b, 11);
	ck_assert_mem_ne(a, b, 11);
	ck_assert_str_ne(mapped(p, "203.0.113.77"), mapped(q, "203.0.113.77"));
	pseudonyms_free(p);
	pseudonyms_free(q);
}
END_TEST

/* --- reports -------------------------------------------------------------------------------- */

static char *redacted_text(const char *json)
{
	struct pseudonyms *p = pseudonyms_new(sample_key);
	json_t *model = json_loads(json, 0, NULL), *made;
	char *text;

	ck_assert_ptr_nonnull(model);
	made = redact_model(p, model);
	text = json_dumps(made, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(made);
	json_decref(model);
	pseudonyms_free(p);
	return text;
}

START_TEST(a_report_tells_no_name_wherever_it_stands)
{
	static const char *const gone[] = { "203.0.113.9", "2001:db8::77", "ezvpn-group", "moon.example", "O=Acme",
					    "0x0266f98f", "01eea3f643e3d59c", "02:00:5e:aa:bb:cc", "customer-acme",
					    "Head office", "/home/me", "gw.acme.example", "strongSwan 5",
					    "492c311b5039667317dec969af86bc086a7d2db5" };
	char *text = redacted_text(
		"{\"captures\":[{\"file\":\"/home/me/customer-acme.pcap\",\"point\":\"203.0.113.9\"}],"
		"\"names\":[{\"kind\":\"identity\",\"text\":\"ezvpn-group\"},{\"kind\":\"certificate\",\"text\":\"C=DE, O=Acme, CN=moon.example\"},"
		"{\"kind\":\"certificate\",\"text\":\"moon.example\"},{\"kind\":\"filter\",\"text\":\"host gw.acme.example and udp port 500\"},"
		"{\"kind\":\"product\",\"text\":\"strongSwan 5\"}],"
		"\"verdict\":{\"id\":\"auth.refused\",\"sentence\":\"203.0.113.9 (Head office) refuses ezvpn-group, C=DE, O=Acme, CN=moon.example.\"},"
		"\"tunnels\":[{\"a\":{\"address\":\"203.0.113.9\",\"name\":\"Head office\",\"ids\":[],\"implementation\":\"strongSwan\"},"
		"\"b\":{\"address\":\"2001:db8::77\",\"ids\":[\"ezvpn-group\"]},\"path\":{\"ttl\":{\"203.0.113.9\":64}},"
		"\"ike_sas\":[{\"spi_i\":\"01eea3f643e3d59c\",\"vendor_ids\":{\"a\":[\"strongSwan 5\",\"XAUTH\"],\"b\":[]}}],"
		"\"findings\":[{\"id\":\"a.b\",\"text\":\"EZVPN-GROUP at 203.0.113.9, 2001:db8::77. SPI 0x0266f98f.\","
		"\"args\":{\"kind\":\"ezvpn-group\",\"mac\":\"02:00:5e:aa:bb:cc\",\"h\":\"492c311b5039667317dec969af86bc086a7d2db5\"},"
		"\"evidence\":{\"filter\":\"ip.addr==203.0.113.9 && esp.spi==0x0266f98f\"}}]}],"
		"\"x\":\"host gw.acme.example and udp port 500\"}");

	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		ck_assert_msg(!strcasestr(text, gone[i]), "%s is in %s", gone[i], text);
	ck_assert_ptr_nonnull(strstr(text, "XAUTH"));
	ck_assert_ptr_nonnull(strstr(text, "udp port 500"));
	ck_assert_ptr_nonnull(strstr(text, ".pcap"));
	free(text);
}
END_TEST

START_TEST(the_words_of_the_schema_stay_whatever_somebody_is_called)
{
	char *text = redacted_text("{\"names\":[{\"kind\":\"identity\",\"text\":\"path\"},{\"kind\":\"identity\",\"text\":\"fault\"}],"
				   "\"verdict\":{\"id\":\"path.frag\",\"culprit\":\"path\",\"sentence\":\"the path of path\"},"
				   "\"steps\":{\"data\":{\"state\":\"fault\"}},\"time\":\"2026-11-22T05:51:25.010403000Z\"}");

	ck_assert_ptr_nonnull(strstr(text, "\"id\":\"path.frag\""));
	ck_assert_ptr_nonnull(strstr(text, "\"culprit\":\"path\""));
	ck_assert_ptr_nonnull(strstr(text, "\"state\":\"fault\""));
	ck_assert_ptr_nonnull(strstr(text, "2026-11-22T05:51:25.010403000Z"));
	ck_assert_ptr_null(strstr(text, "the path"));
	free(text);
}
END_TEST

START_TEST(a_filter_keeps_its_grammar)
{
	struct pseudonyms *p = pseudonyms_new(sample_key);
	char *made = redact_filter(p, "host gw.acme.example and (udp port 500 or ip[6:2] & 0x1fff != 0) and net 203.0.113.0/24");

	ck_assert_ptr_null(strstr(made, "acme"));
	ck_assert_ptr_null(strstr(made, "203.0.113"));
	ck_assert_ptr_nonnull(strstr(made, "and (udp port 500 or ip[6:2] & 0x1fff != 0) and net "));
	ck_assert_ptr_nonnull(strstr(made, "/24"));
	mem_free(made);
	pseudonyms_free(p);
}
END_TEST

SUITE("pseudonym", hmac_is_that_of_rfc_4231, aes_is_that_of_fips_197, a_shorter_stream_is_the_head_of_a_longer_one,
      each_bit_is_turned_by_its_own_chance, prefixes_in_common_stay_in_common,
      an_address_keeps_its_kind_and_no_two_become_one, words_keep_their_form_and_fit_where_they_fitted,
      different_words_stay_different, spis_stay_valid_and_apart, another_key_gives_other_pseudonyms,
      a_report_tells_no_name_wherever_it_stands, the_words_of_the_schema_stay_whatever_somebody_is_called,
      a_filter_keeps_its_grammar)
