/*
 * A catalogue is read as msgfmt writes it, in either byte order, or refused; never half.
 */
#include <stdio.h>

#include "tests/support/suite.h"

#include "dissect/base/language.h"

enum { ROWS = 3, HEADER = 28, ROOM = 512 };

static const char *const pairs[ROWS][2] = { /* sorted by key, as msgfmt does */
	{ "", "Language: x\n" },
	{ "unchanged", "" },
	{ "{peer} is silent.", "Silent is {peer}." },
};

static void put(uint8_t *at, uint32_t n, bool swapped)
{
	n = swapped ? __builtin_bswap32(n) : n;
	memcpy(at, &n, sizeof n);
}

static size_t build(uint8_t file[ROOM], bool swapped)
{
	const uint32_t head[] = { 0x950412de, 0, ROWS, HEADER, HEADER + 8 * ROWS, 0, 0 };
	uint32_t at = HEADER + 16 * ROWS;

	memset(file, 0, ROOM);
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		put(file + 4 * i, head[i], swapped);
	for (uint32_t column = 0; column < 2; column++)
		for (uint32_t row = 0; row < ROWS; row++) {
			const char *s = pairs[row][column];

			put(file + head[3 + column] + 8 * row, (uint32_t)strlen(s), swapped);
			put(file + head[3 + column] + 8 * row + 4, at, swapped);
			memcpy(file + at, s, strlen(s) + 1);
			at += (uint32_t)strlen(s) + 1;
		}
	return at;
}

static void finds(bool swapped)
{
	uint8_t file[ROOM];
	struct catalog c;
	size_t len = build(file, swapped);

	ck_assert(catalog_open((struct bytes){ file, len }, &c));
	ck_assert_str_eq(catalog_find(&c, "{peer} is silent."), "Silent is {peer}.");
	ck_assert_ptr_null(catalog_find(&c, "{peer} is silent"));
	ck_assert_ptr_null(catalog_find(&c, "zzz"));
	ck_assert_ptr_null(catalog_find(&c, "")); /* what msgfmt says of the file is no sentence */
}

START_TEST(finds_in_native_byte_order)
{
	finds(false);
}
END_TEST

START_TEST(finds_in_the_other_byte_order)
{
	finds(true);
}
END_TEST

START_TEST(plural_forms_follow_the_header)
{
	static const struct {
		const char *rule;
		unsigned forms[6]; /* of 0, 1, 2, 5, 11, 21 */
	} cases[] = {
		{ "nplurals=2; plural=n != 1;", { 1, 0, 1, 1, 1, 1 } },
		{ "nplurals=1; plural=0;", { 0, 0, 0, 0, 0, 0 } },
		{ "nplurals=2; plural=(n > 1);", { 0, 0, 1, 1, 1, 1 } },
		{ "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
		  { 2, 0, 1, 2, 2, 0 } },
		{ "nplurals=2; plural=n/0;", { 0, 0, 0, 0, 0, 0 } },
		{ "nplurals=2; plural=(n", { 0, 0, 0, 0, 0, 0 } },
		{ "nplurals=2; plural=", { 0, 0, 0, 0, 0, 0 } },
		{ "nplurals=2; plural=!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!n", { 0, 0, 0, 0, 0, 0 } },
		{ "nplurals=2; plural=((((((((((((((((((((((((((((((((((((((n", { 0, 0, 0, 0, 0, 0 } },
		{ "nplurals=99; plural=n*50;", { 0, 0, 0, 0, 0, 0 } },
	};
	static const uint64_t n[6] = { 0, 1, 2, 5, 11, 21 };
	char header[200];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(header, sizeof header, "Language: x\nPlural-Forms: %s\n", cases[i].rule);
		for (size_t k = 0; k < 6; k++)
			ck_assert_msg(plural_form(header, n[k]) == cases[i].forms[k], "%s: %u for %u", cases[i].rule,
				      plural_form(header, n[k]), (unsigned)n[k]);
	}
	ck_assert_uint_eq(plural_form("Language: x\n", 5), 0);
}
END_TEST

START_TEST(counts_in_english_without_a_catalogue)
{
	language_use(NULL);
	ck_assert_str_eq(translated_count("{n} byte", "{n} bytes", 1), "{n} byte");
	ck_assert_str_eq(translated_count("{n} byte", "{n} bytes", 0), "{n} bytes");
	ck_assert_str_eq(translated_count("{n} byte", "{n} bytes", 7), "{n} bytes");
}
END_TEST

/* As msgfmt writes plurals: both msgids under one key, all forms in one text, zeros between. */
START_TEST(takes_the_form_of_the_number)
{
	static const char key[] = "{n} byte\0{n} bytes", said[] = "{n} Einer\0{n} Zweier\0{n} Vieler";
	static const char header[] = "Plural-Forms: nplurals=3; plural=n==1 ? 0 : n==2 ? 1 : 2;\n";
	uint8_t file[ROOM] = { 0 };
	const struct { const void *at; size_t len; } texts[4] = { { "", 0 }, { key, sizeof key - 1 },
								  { header, sizeof header - 1 }, { said, sizeof said - 1 } };
	const uint32_t head[] = { 0x950412de, 0, 2, HEADER, HEADER + 16, 0, 0 };
	uint32_t at = HEADER + 32;
	struct catalog c;

	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		put(file + 4 * i, head[i], false);
	for (size_t i = 0; i < 4; i++) {
		put(file + HEADER + 8 * i, (uint32_t)texts[i].len, false);
		put(file + HEADER + 8 * i + 4, at, false);
		memcpy(file + at, texts[i].at, texts[i].len);
		at += (uint32_t)texts[i].len + 1;
	}
	ck_assert(catalog_open((struct bytes){ file, at }, &c));
	language_use(&c);
	ck_assert_str_eq(translated_count("{n} byte", "{n} bytes", 1), "{n} Einer");
	ck_assert_str_eq(translated_count("{n} byte", "{n} bytes", 2), "{n} Zweier");
	ck_assert_str_eq(translated_count("{n} byte", "{n} bytes", 9), "{n} Vieler");
	ck_assert_str_eq(translated_count("{n} hop", "{n} hops", 9), "{n} hops");
	language_use(NULL);
}
END_TEST

START_TEST(speaks_english_where_nothing_is_translated)
{
	uint8_t file[ROOM];
	struct catalog c;
	size_t len = build(file, false);

	ck_assert_str_eq(translated("{peer} is silent."), "{peer} is silent.");
	ck_assert(catalog_open((struct bytes){ file, len }, &c));
	ck_assert_uint_eq(language_use(&c).count, 0);
	ck_assert_uint_eq(language_in_use().count, c.count);
	ck_assert_str_eq(translated("{peer} is silent."), "Silent is {peer}.");
	ck_assert_str_eq(translated("unchanged"), "unchanged");
	ck_assert_str_eq(translated("unknown"), "unknown");
	ck_assert_str_eq(translated(""), "");
	language_use(NULL);
	ck_assert_str_eq(translated("{peer} is silent."), "{peer} is silent.");
}
END_TEST

START_TEST(refuses_every_cut)
{
	uint8_t file[ROOM];
	struct catalog c;
	size_t len = build(file, false);

	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n + !n); /* so that a sanitizer sees a step beyond */

		memcpy(exact, file, n);
		ck_assert_msg(!catalog_open((struct bytes){ exact, n }, &c), "cut at %zu", n);
		free(exact);
	}
}
END_TEST

START_TEST(survives_every_flipped_bit)
{
	uint8_t file[ROOM];
	size_t len = build(file, false);
	struct catalog c;

	for (size_t bit = 0; bit < len * 8; bit++) {
		uint8_t *exact = malloc(len);

		memcpy(exact, file, len);
		exact[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (catalog_open((struct bytes){ exact, len }, &c))
			for (size_t i = 0; i < ROWS; i++) {
				const char *s = catalog_find(&c, pairs[i][0]);

				ck_assert(!s || strlen(s) < len);
			}
		free(exact);
	}
}
END_TEST

START_TEST(refuses_what_is_not_sorted)
{
	uint8_t file[ROOM], row[8];
	struct catalog c;
	size_t len = build(file, false);

	memcpy(row, file + HEADER + 8, 8);
	memcpy(file + HEADER + 8, file + HEADER + 16, 8);
	memcpy(file + HEADER + 16, row, 8);
	ck_assert(!catalog_open((struct bytes){ file, len }, &c));
}
END_TEST

SUITE("language", finds_in_native_byte_order, finds_in_the_other_byte_order, plural_forms_follow_the_header,
      counts_in_english_without_a_catalogue, takes_the_form_of_the_number, speaks_english_where_nothing_is_translated,
      refuses_every_cut, survives_every_flipped_bit, refuses_what_is_not_sorted)
