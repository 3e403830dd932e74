/*
 * track/fields.h - reading the documents of facts, findings and reports.
 *
 * What is absent, or of another type, reads as nothing: NULL, 0, false.
 */
#ifndef ANALYZER_TRACK_FIELDS_H
#define ANALYZER_TRACK_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

static inline const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static inline const char *text_or(const json_t *o, const char *key, const char *other)
{
	const char *s = text_of(o, key);

	return s ? s : other;
}

static inline json_int_t int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static inline double real_of(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static inline bool is_set(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static inline bool is_word(const json_t *o, const char *key, const char *word)
{
	const char *s = text_of(o, key);

	return s && !strcmp(s, word);
}

#endif
