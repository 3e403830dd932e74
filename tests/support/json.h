/*
 * support/json.h - documents written in a test.
 */
#ifndef TESTS_SUPPORT_JSON_H
#define TESTS_SUPPORT_JSON_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

/* JSON in which ' stands for ". */
static inline json_t *parsed(const char *text)
{
	char *json = strdup(text);
	json_error_t e;
	json_t *o;

	for (char *c = json; *c; c++)
		if (*c == '\'')
			*c = '"';
	o = json_loads(json, JSON_DECODE_ANY, &e);
	ck_assert_msg(o != NULL, "%s in %s", e.text, json);
	free(json);
	return o;
}

#endif
