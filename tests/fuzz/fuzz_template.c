/*
 * fuzz_template.c - a template and its values: the first line is JSON, what follows the template; the first
 * octet chooses the escaping. What is written by {{name}} alone holds no raw markup.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool itself(void *ctx, const char *name, struct mustache_template *ret)
{
	if (strcmp(name, "p"))
		return false;
	*ret = *(const struct mustache_template *)ctx;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	struct mustache_template t = { "fuzz", NULL, 0 };
	struct mustache_options o = { .markup = "markup", .partial = itself, .ctx = &t, .most_output = 1 << 16 };
	struct mustache_error error;
	struct text out;
	json_t *values;
	char *text;

	if (!line)
		return 0;
	o.escape = (enum escape)(*data % 4);
	values = json_loadb((const char *)data + 1, (size_t)(line - data) - (line > data), JSON_DECODE_ANY, NULL);
	t.len = (size_t)(data + size - line) - 1;
	text = malloc(t.len ? t.len : 1); /* of its exact size */
	if (!text)
		abort();
	memcpy(text, line + 1, t.len);
	t.text = text;
	text_init(&out);
	if (mustache_render(&out, &t, values, &o, &error)) {
		if (out.len > o.most_output)
			abort();
	} else if (out.len || !*error.text || !error.line) {
		abort();
	}
	text_clear(&out);
	json_decref(values);
	free(text);
	return 0;
}
