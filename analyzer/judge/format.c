#include "analyzer/judge/format.h"

#include "dissect/base/language.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND_NS = 1000000000, RANGES_SHOWN = 6 };

enum phrase {
#define PHRASE(token, text) P_##token,
#define PLURAL(token, one, many) P_##token,
#include "analyzer/judge/phrases.def"
#undef PHRASE
#undef PLURAL
};

static const struct {
	const char *one, *many; /* many: NULL where the number changes nothing */
} phrases[] = {
#define PHRASE(token, text) { text, NULL },
#define PLURAL(token, one, many) { one, many },
#include "analyzer/judge/phrases.def"
#undef PHRASE
#undef PLURAL
};

void format_filled(struct text *t, const char *sentence, const char *n, const char *rest)
{
	const size_t from = t->len;

	for (const char *at; (at = strchr(sentence, '{')) != NULL; sentence = strchr(at, '}') + 1) {
		const char *value = at[1] == 'n' ? n : rest;

		text_join(t, from, sentence, (size_t)(at - sentence));
		text_join(t, from, value, strlen(value));
		if (!strchr(at, '}'))
			return;
	}
	text_join(t, from, sentence, strlen(sentence));
}

static void say(struct text *t, enum phrase p, uint64_t count, const char *n, const char *rest)
{
	format_filled(t,
		      phrases[p].many ? translated_count(phrases[p].one, phrases[p].many, count)
				      : translated(phrases[p].one),
		      n, rest);
}

/* Rounds down also before 1970, so that the fraction is never negative. */
static time_t split(int64_t time_ns, long *ret_ns)
{
	int64_t seconds = time_ns / SECOND_NS, rest = time_ns % SECOND_NS;

	if (rest < 0) {
		rest += SECOND_NS;
		seconds -= 1;
	}
	*ret_ns = (long)rest;
	return (time_t)seconds;
}

void format_rfc3339(struct text *t, int64_t time_ns)
{
	char date[40];
	struct tm tm;
	long ns;
	time_t seconds = split(time_ns, &ns);

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
	text_addf(t, "%s.%09ldZ", date, ns);
}

void format_time(struct text *t, int64_t time_ns)
{
	char clock[16], zone[32];
	struct tm tm;
	long ns;
	time_t seconds = split(time_ns, &ns);

	localtime_r(&seconds, &tm);
	strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	strftime(zone, sizeof zone, "%Z", &tm);
	text_addf(t, "%s.%03ld %s", clock, ns / 1000000, zone);
}

void format_date_time(struct text *t, int64_t time_ns)
{
	char date[40];
	struct tm tm;
	long ns;
	time_t seconds = split(time_ns, &ns);

	localtime_r(&seconds, &tm);
	strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
	text_add(t, date);
}

/* 12.50 as 12.5, 12.00 as 12 */
static void add_trimmed(struct text *t, double n, int decimals, enum phrase unit)
{
	char digits[32];
	size_t len;

	snprintf(digits, sizeof digits, "%.*f", decimals, n);
	len = strlen(digits);
	if (decimals) {
		while (len && digits[len - 1] == '0')
			len--;
		if (len && digits[len - 1] == '.')
			len--;
	}
	digits[len] = '\0';
	say(t, unit, 0, digits, "");
}

/* Two units where the smaller still says something. */
static void add_two(struct text *t, long long n, long long per, enum phrase large, enum phrase both)
{
	char whole[24], rest[24];

	snprintf(whole, sizeof whole, "%lld", n / per);
	snprintf(rest, sizeof rest, "%lld", n % per);
	say(t, n % per ? both : large, 0, whole, rest);
}

void format_duration(struct text *t, double seconds)
{
	if (!isfinite(seconds) || fabs(seconds) > 1e12)
		text_add(t, "?");
	else if (seconds < 0) {
		text_add(t, "-");
		format_duration(t, -seconds);
	} else if (seconds == 0)
		say(t, P_S, 0, "0", "");
	else if (seconds < 0.00995)
		add_trimmed(t, seconds * 1e3, seconds < 1e-4 ? 3 : 1, P_MS);
	else if (seconds < 0.9995)
		add_trimmed(t, seconds * 1e3, 0, P_MS);
	else if (seconds < 9.995)
		add_trimmed(t, seconds, 2, P_S);
	else if (seconds < 59.95)
		add_trimmed(t, seconds, 1, P_S);
	else if (seconds < 3599.5)
		add_two(t, llround(seconds), 60, P_MIN, P_MIN_S);
	else if (seconds < 86370)
		add_two(t, llround(seconds / 60), 60, P_H, P_H_MIN);
	else
		add_two(t, llround(seconds / 3600), 24, P_D, P_D_H);
}

/* 1,396 */
static void add_thousands(struct text *t, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			text_add(t, ",");
		text_add_bytes(t, digits + i, 1);
	}
}

void format_bytes(struct text *t, uint64_t n)
{
	struct text digits;

	text_init(&digits);
	add_thousands(&digits, n);
	say(t, P_BYTES, n, digits.at, "");
	text_clear(&digits);
}

void format_count(struct text *t, uint64_t n, uint64_t of)
{
	struct text part, all;

	if (!of) {
		add_thousands(t, n);
		return;
	}
	text_init(&part);
	text_init(&all);
	add_thousands(&part, n);
	add_thousands(&all, of);
	say(t, P_OF, n, part.at, all.at);
	text_clear(&part);
	text_clear(&all);
}

/* --- frames --- */

static json_int_t capture_of(const json_t *f)
{
	return json_is_array(f) ? json_integer_value(json_array_get(f, 0)) : 0;
}

static json_int_t number_of(const json_t *f)
{
	return json_integer_value(json_is_array(f) ? json_array_get(f, 1) : f);
}

/* A to Z, then AA: as the columns of a spreadsheet. */
void format_letter(struct text *t, unsigned capture)
{
	char letters[16];
	size_t at = sizeof letters;

	for (uint64_t n = (uint64_t)capture + 1; n > 0 && at; n = (n - 1) / 26)
		letters[--at] = (char)('A' + (n - 1) % 26);
	text_add_bytes(t, letters + at, sizeof letters - at);
}

void format_frame(struct text *t, const json_t *f, unsigned captures)
{
	if (captures > 1)
		format_letter(t, (unsigned)capture_of(f));
	text_addf(t, "#%lld", (long long)number_of(f));
}

static bool follows(const json_t *list, size_t i)
{
	const json_t *before = json_array_get(list, i - 1), *f = json_array_get(list, i);

	return capture_of(before) == capture_of(f) && number_of(before) + 1 == number_of(f);
}

void format_frames(struct text *t, const json_t *list, unsigned captures)
{
	size_t n = json_array_size(list), i, next;
	unsigned shown = 0;
	struct text ranges;
	char more[24];

	text_init(&ranges);
	for (i = 0, next = 0; i < n; i = next) {
		if (next && ++shown == RANGES_SHOWN)
			break;
		for (next = i + 1; next < n && follows(list, next); next++)
			;
		text_add(&ranges, i ? ", " : "");
		format_frame(&ranges, json_array_get(list, i), captures);
		if (next - i > 1)
			text_addf(&ranges, "-%lld", (long long)number_of(json_array_get(list, next - 1)));
	}
	snprintf(more, sizeof more, "%zu", n - i);
	if (i < n)
		say(t, P_MORE, n - i, more, ranges.at);
	else
		text_add(t, ranges.at);
	text_clear(&ranges);
}

void format_sentences(struct text *t, const char *first, const char *second)
{
	say(t, P_BOTH, 0, first, second);
}
