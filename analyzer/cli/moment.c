/*
 * Times as people type them.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "analyzer/cli/cli.h"
#include "dissect/capture/capture.h"

#define SECOND_NS INT64_C(1000000000)
#define DAY_S     INT64_C(86400)

/* Up to nine digits behind the dot; *at stands behind them. */
static bool fraction(const char **at, int64_t *ns)
{
	int64_t unit = SECOND_NS;

	if (**at != '.')
		return true;
	for (*at += 1; **at >= '0' && **at <= '9'; *at += 1) {
		unit /= 10;
		*ns += unit * (**at - '0');
	}
	return unit < SECOND_NS;
}

static bool epoch(const char *at, struct moment *m)
{
	int64_t seconds = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (seconds > INT64_C(900000000))
			seconds = seconds > INT64_C(9000000000) ? INT64_C(9000000000) : seconds;
		seconds = seconds * 10 + (*at - '0');
		if (seconds > INT64_C(9000000000)) /* the year 2255: nanoseconds end soon after */
			return false;
	}
	m->ns = seconds * SECOND_NS;
	return fraction(&at, &m->ns) && !*at;
}

static bool clock_of(const char **at, struct tm *tm, int64_t *ns)
{
	int n = 0;

	if (sscanf(*at, "%2d:%2d%n", &tm->tm_hour, &tm->tm_min, &n) < 2 || !n)
		return false;
	*at += n;
	if (**at == ':') {
		if (sscanf(*at, ":%2d%n", &tm->tm_sec, &n) < 1)
			return false;
		*at += n;
	}
	return tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 &&
	       tm->tm_sec >= 0 && tm->tm_sec <= 60 && fraction(at, ns);
}

/* "Z", "+01:00", or nothing: then the zone of --tz, which is UTC unless told. */
static bool zone(const char *at, struct tm *tm, int64_t *ret_seconds)
{
	int hours, minutes, n = 0;

	if (!*at) {
		tm->tm_isdst = -1;
		*ret_seconds = mktime(tm);
		return true;
	}
	*ret_seconds = timegm(tm);
	if (!strcmp(at, "Z") || !strcmp(at, " UTC"))
		return true;
	if (sscanf(at + 1, "%2d:%2d%n", &hours, &minutes, &n) < 2 || at[1 + n] || (*at != '+' && *at != '-'))
		return false;
	*ret_seconds -= (*at == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

/* There is no 31 February. */
static bool is_a_day(const struct tm *asked)
{
	struct tm tm = { .tm_year = asked->tm_year, .tm_mon = asked->tm_mon, .tm_mday = asked->tm_mday };

	timegm(&tm);
	return tm.tm_mon == asked->tm_mon && tm.tm_mday == asked->tm_mday;
}

bool moment_parse(const char *text, struct moment *ret)
{
	struct moment m = { .given = true };
	const char *at = text;
	struct tm tm = { 0 };
	int64_t seconds, part = 0;
	int n = 0;

	if (*text == '@') {
		if (!epoch(text + 1, &m))
			return false;
		*ret = m;
		return true;
	}
	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) == 3 && n == 10) {
		if (tm.tm_year < 1970 || tm.tm_year > 2200 || tm.tm_mon < 1 || tm.tm_mon > 12 ||
		    tm.tm_mday < 1 || tm.tm_mday > 31)
			return false;
		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		at += n;
		if (*at && *at != 'T' && *at != ' ')
			return false;
		if (*at) {
			at += 1;
			if (!clock_of(&at, &tm, &part))
				return false;
		}
		if (!is_a_day(&tm) || !zone(at, &tm, &seconds))
			return false;
		m.ns = seconds * SECOND_NS + part;
	} else {
		if (!clock_of(&at, &tm, &part) || *at)
			return false;
		m.of_day = true;
		m.ns = ((int64_t)tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * SECOND_NS + part;
	}
	*ret = m;
	return true;
}

static int64_t on_day_of(int64_t frame_ns, int64_t of_day_ns)
{
	time_t seconds = (time_t)(frame_ns / SECOND_NS);
	struct tm tm;

	localtime_r(&seconds, &tm);
	tm.tm_hour = tm.tm_min = 0;
	tm.tm_sec = (int)(of_day_ns / SECOND_NS); /* mktime carries */
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * SECOND_NS + of_day_ns % SECOND_NS;
}

static bool first_time(const char *file, int64_t *ret_ns)
{
	struct capture_error error;
	struct capture *c = capture_open(file, &(struct capture_options){ 0 }, &error);
	struct frame f;
	bool any = c && capture_next(c, &f);

	if (any)
		*ret_ns = f.time_ns;
	if (c)
		capture_close(c);
	return any;
}

bool moments_settle(struct options *o)
{
	struct moment *both[2] = { &o->since, &o->until };
	int64_t first_ns = 0;
	bool known = false;

	for (int i = 0; i < 2; i++) {
		if (!both[i]->given || !both[i]->of_day)
			continue;
		if (reads_once(o->files[0])) {
			complain(i ? "--until" : "--since", "what is read from a pipe needs the date too");
			return false;
		}
		if (!known && !first_time(o->files[0], &first_ns))
			return true; /* whoever reads it will complain */
		known = true;
		both[i]->ns = on_day_of(first_ns, both[i]->ns);
		if (i == 1 && o->since.given && both[1]->ns <= o->since.ns)
			both[1]->ns += DAY_S * SECOND_NS; /* past midnight */
	}
	o->run.since_ns = o->since.given ? o->since.ns : 0;
	o->run.until_ns = o->until.given ? o->until.ns : 0;
	if (o->since.given && o->until.given && o->run.since_ns > o->run.until_ns) {
		complain("--since", "is later than --until");
		return false;
	}
	return true;
}
