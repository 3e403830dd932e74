#include "analyzer/report/parts.h"

#include <time.h>

#include "analyzer/judge/format.h"
#include "dissect/base/mem.h"

void put(json_t *into, const char *name, json_t *take_value)
{
	if (take_value)
		json_object_set_new(into, name, take_value);
}

void put_copy(json_t *into, const char *name, const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	if (value && !json_is_null(value))
		json_object_set_new(into, name, json_deep_copy(value));
}

/* What is no UTF-8 (a name from the command line may be anything) is escaped. */
json_t *take_string(struct text *take)
{
	json_t *s = json_stringn(take->at, take->len);
	struct text safe;

	if (!s) {
		text_init(&safe);
		text_add_wire(&safe, (struct bytes){ (const uint8_t *)take->at, take->len });
		s = json_stringn(safe.at, safe.len);
		text_clear(&safe);
	}
	text_clear(take);
	return s;
}

json_t *filled(enum word w, const struct fill *fills, size_t n)
{
	struct text t;

	text_init(&t);
	word_fill(&t, word(w), fills, n);
	return take_string(&t);
}

json_t *counted(enum word one, uint64_t n)
{
	struct text t, count;

	text_init(&t);
	text_init(&count);
	format_count(&count, n, 0);
	WORD_FILL(&t, word_counted(one, n), { "count", count.at });
	text_clear(&count);
	return take_string(&t);
}

static int64_t nearest(double x)
{
	return (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

/* Times of facts are doubles: good to the nanosecond over a hundred days. */
json_t *instant(const struct whole *w, double seconds)
{
	double ns = seconds * 1e9;
	struct text t;

	if (!(ns > -4e18 && ns < 4e18))
		return NULL;
	text_init(&t);
	format_rfc3339(&t, (int64_t)((uint64_t)w->start_ns + (uint64_t)nearest(ns)));
	return take_string(&t);
}

json_t *instant_of(const struct whole *w, const json_t *o, const char *key)
{
	const json_t *seconds = json_object_get(o, key);

	return json_is_number(seconds) ? instant(w, json_number_value(seconds)) : NULL;
}

int64_t ns_of(const char *rfc3339)
{
	struct tm tm = { 0 };
	long fraction = 0;

	if (sscanf(rfc3339, "%4d-%2d-%2dT%2d:%2d:%2d.%9ldZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &fraction) != 7 ||
	    tm.tm_year < 1678 || tm.tm_year > 2261)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000000000 + fraction;
}

double micros(double seconds)
{
	return seconds > -9e11 && seconds < 9e11 ? (double)nearest(seconds * 1e6) / 1e6 : 0;
}

static bool held(const struct whole *w, const json_t *frame, json_int_t *ret_capture, json_int_t *ret_number)
{
	bool paired = json_is_array(frame) && json_array_size(frame) == 2;
	const json_t *number = paired ? json_array_get(frame, 1) : frame;
	json_int_t capture = paired ? json_integer_value(json_array_get(frame, 0)) : 0;
	const json_t *counts;

	if (!json_is_integer(number) || capture < 0 || capture >= w->captures_len)
		return false;
	counts = json_object_get(json_array_get(w->captures, (size_t)capture), "counts");
	if (json_integer_value(number) < 1 || json_integer_value(number) > int_of(counts, "frames"))
		return false;
	*ret_capture = capture;
	*ret_number = json_integer_value(number);
	return true;
}

json_t *frame_pair(const struct whole *w, const json_t *frame)
{
	json_int_t capture, number;

	return held(w, frame, &capture, &number) ? json_pack("[I,I]", capture, number) : NULL;
}

bool same_frame(const struct whole *w, const json_t *x, const json_t *y)
{
	json_int_t c, d, n, m;

	return held(w, x, &c, &n) && held(w, y, &d, &m) && c == d && n == m;
}

json_t *frame_pairs(const struct whole *w, const json_t *frames)
{
	json_t *list = json_array(), *frame, *pair;
	size_t i;

	json_array_foreach(frames, i, frame)
		if ((pair = frame_pair(w, frame)))
			json_array_append_new(list, pair);
	return list;
}

int severity_rank(const char *severity)
{
	static const char *const names[] = { "info", "low", "medium", "high", "critical" };

	for (int i = 0; severity && i < 5; i++)
		if (!strcmp(names[i], severity))
			return i;
	return 0;
}

bool is_fault(const json_t *verdict)
{
	return text_of(verdict, "id") && !is_word(verdict, "id", "healthy") &&
	       !is_word(verdict, "id", "cannot_tell") &&
	       !is_word(verdict, "id", "nothing_to_judge");
}

const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}
