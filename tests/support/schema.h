/*
 * support/schema.h - documents against a JSON Schema of analyzer/report/, by as much of it as those files use.
 *
 *	load_schema("report");
 *	ck_assert_msg(holds(model, schema, "report"), "%s", wrong);
 */
#ifndef TESTS_SUPPORT_SCHEMA_H
#define TESTS_SUPPORT_SCHEMA_H

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *schema;
static char wrong[400];

static inline bool holds(const json_t *value, const json_t *rule, const char *where);

static inline bool fails(const char *where, const char *what)
{
	if (!*wrong)
		snprintf(wrong, sizeof wrong, "%s: %s", where, what);
	return false;
}

static inline bool is_type(const json_t *v, const char *type)
{
	return !strcmp(type, "object")    ? json_is_object(v)
	       : !strcmp(type, "array")   ? json_is_array(v)
	       : !strcmp(type, "string")  ? json_is_string(v)
	       : !strcmp(type, "integer") ? json_is_integer(v)
	       : !strcmp(type, "number")  ? json_is_number(v)
	       : !strcmp(type, "boolean") ? json_is_boolean(v)
					  : !strcmp(type, "null") && json_is_null(v);
}

static inline bool type_fits(const json_t *v, const json_t *type)
{
	json_t *one;
	size_t i;

	if (!type || (json_is_string(type) && is_type(v, json_string_value(type))))
		return true;
	json_array_foreach(type, i, one) if (is_type(v, json_string_value(one))) return true;
	return false;
}

static inline bool is_among(const json_t *v, const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) if (json_equal(v, one)) return true;
	return false;
}

static inline bool object_holds(json_t *v, const json_t *rule, const char *where)
{
	const json_t *properties = json_object_get(rule, "properties"), *own, *item;
	const json_t *others = json_object_get(rule, "additionalProperties");
	const json_t *patterns = json_object_get(rule, "patternProperties");
	json_t *needed, *value;
	const char *key;
	size_t i;

	json_array_foreach(
		json_object_get(rule, "required"), i,
		needed) if (!json_object_get(v,
					     json_string_value(
						     needed))) return fails(where,
									    json_string_value(
										    needed));
	json_object_foreach(v, key, value)
	{
		own = json_object_get(properties, key);
		item = own ? own : json_is_object(others) ? others : NULL;
		if (item ? !holds(value, item, key) : json_is_false(others) && !patterns)
			return fails(where, key);
	}
	return true;
}

static inline bool array_holds(json_t *v, const json_t *rule, const char *where)
{
	const json_t *items = json_object_get(rule, "items"),
		     *max = json_object_get(rule, "maxItems");
	json_t *value;
	size_t i;

	if (max && json_array_size(v) > (size_t)json_integer_value(max))
		return fails(where, "too many");
	json_array_foreach(
		v, i,
		value) if (!holds(value, json_is_array(items) ? json_array_get(items, i) : items,
				  where)) return false;
	return true;
}

static inline bool holds(const json_t *v, const json_t *rule, const char *where)
{
	const char *ref = json_string_value(json_object_get(rule, "$ref"));
	const json_t *any = json_object_get(rule, "anyOf"),
		     *least = json_object_get(rule, "minimum");
	json_t *one, *mutable_v = json_incref((json_t *)(uintptr_t)v);
	bool fine = true, some = false;
	size_t i;

	if (ref)
		rule = json_object_get(json_object_get(schema, "definitions"),
				       ref + strlen("#/definitions/"));
	ck_assert_msg(!ref || rule, "no %s", ref);
	if (!type_fits(v, json_object_get(rule, "type")) ||
	    (json_object_get(rule, "const") && !json_equal(v, json_object_get(rule, "const"))) ||
	    (json_object_get(rule, "enum") && !is_among(v, json_object_get(rule, "enum"))) ||
	    (least && json_is_integer(v) && json_integer_value(v) < json_integer_value(least)))
		fine = fails(where, "type or value");
	json_array_foreach(any, i, one)
	{
		char before = *wrong;

		some |= holds(v, one, where);
		if (some && !before)
			*wrong = '\0';
	}
	if (json_array_size(any) && !some)
		fine = fails(where, "none of several");
	if (fine && json_is_object(v))
		fine = object_holds(mutable_v, rule, where);
	if (fine && json_is_array(v))
		fine = array_holds(mutable_v, rule, where);
	json_decref(mutable_v);
	return fine;
}

static inline void load_schema(const char *name)
{
	const char *top = getenv("TOP");
	char path[4096];
	json_error_t e;

	snprintf(path, sizeof path, "%s/analyzer/report/%s.schema.json", top ? top : ".", name);
	schema = json_load_file(path, 0, &e);
	ck_assert_msg(schema != NULL, "%s: %s", path, e.text);
	*wrong = '\0';
}

#endif
