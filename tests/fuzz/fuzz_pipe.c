/*
 * fuzz_pipe.c - what a worker writes into its pipe, after it was taken over: the parent sorts the
 * files by it, and shows it, whatever it is.
 *
 * An input is what one worker said. The mutator works on its values, so that what arrives at the
 * views is a report with something wrong in it, and not the beginning of one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/run/run.h"
#include "analyzer/worker/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

enum { MOST_MEMORY = 64 << 20 };

static struct bytes said;

static json_t *say(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		   struct run_trouble *ret)
{
	json_t *result = NULL;

	(void)j;
	return answer_take(said, MOST_MEMORY, files, n, o, ret, &result) ? result : NULL;
}

static void show(const json_t *model, FILE *f)
{
	for (int narrow = 0; narrow < 2; narrow++) {
		struct text_options o = { .columns = narrow ? 40 : 100, .utf8 = narrow,
					  .color = !narrow, .verbose = !narrow, .command = "a" };

		if (!report_text(f, model, &o))
			abort();
	}
	if (!report_json(f, model))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = { "a", "b" };
	static FILE *nowhere;
	struct run_options o = { .version = "0" };
	struct run_trouble trouble = { 0 };
	json_t *models;

	nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
	if (!nowhere)
		abort();
	said = (struct bytes){ data, size };
	models = run_models(files, 2, NULL, &o, say, &trouble);
	for (size_t i = 0; i < json_array_size(models); i++)
		show(json_array_get(models, i), nowhere);
	json_decref(models);
	return 0;
}

/* --- the mutator --- */

static unsigned chance;

static unsigned below(size_t n)
{
	chance = chance * 1103515245u + 12345u;
	return n ? (chance >> 8) % (unsigned)n : 0;
}

static json_t *anything(void)
{
	static const char *const texts[] = { "", "a", "confirmed", "\x1b[31m\n", "2026-11-22T05:51:25Z",
					     "999999999999-99-99T99:99:99.9", "{frame}{x}%s%n" };

	switch (below(8)) {
	case 0: return json_null();
	case 1: return json_boolean(below(2));
	case 2: return json_integer(below(2) ? INT64_MIN : INT64_MAX);
	case 3: return json_integer((json_int_t)below(100) - 50);
	case 4: return json_real(below(2) ? 1e308 : -0.5);
	case 5: return json_array();
	case 6: return json_object();
	default: return json_string(texts[below(sizeof texts / sizeof *texts)]);
	}
}

/* Some value inside, any depth; lent. */
static json_t *pick(json_t *in)
{
	json_t *v = in;

	for (unsigned depth = 0; depth < 12; depth++) {
		json_t *next = NULL;

		if (json_is_array(v)) {
			next = json_array_get(v, below(json_array_size(v)));
		} else if (json_is_object(v)) {
			void *at = json_object_iter(v);

			for (unsigned n = below(json_object_size(v)); n; n--)
				at = json_object_iter_next(v, at);
			next = json_object_iter_value(at);
		}
		if (!next || (below(6) == 0 && depth > 2))
			break;
		v = next;
	}
	return v;
}

/* An array or object inside; leaves are many, so it may take some tries. */
static json_t *pick_holder(json_t *in)
{
	for (unsigned i = 0; i < 8; i++) {
		json_t *v = pick(in);

		if (json_is_array(v) || json_is_object(v))
			return v;
	}
	return in;
}

static void change_array(json_t *array, json_t *take_value)
{
	size_t n = json_array_size(array);

	switch (below(4)) {
	case 0: json_array_append_new(array, take_value); return;
	case 1: json_array_insert_new(array, below(n + 1), take_value); return;
	case 2:
		json_decref(take_value);
		json_array_remove(array, below(n));
		return;
	default: json_array_set_new(array, below(n), take_value); return;
	}
}

static void change_object(json_t *object, json_t *take_value)
{
	void *at = json_object_iter(object);
	char key[64] = "x";

	for (unsigned n = below(json_object_size(object)); n; n--)
		at = json_object_iter_next(object, at);
	if (at)
		snprintf(key, sizeof key, "%s", json_object_iter_key(at));
	if (below(4) == 0) {
		json_decref(take_value);
		json_object_del(object, key);
	} else {
		json_object_set_new(object, key, take_value);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	json_t *result = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	size_t made = 0;

	chance = seed;
	if (!result || below(20) == 0) {
		json_decref(result);
		return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max_size) : size;
	}
	for (unsigned n = below(4) + 1; n; n--) {
		json_t *holder = pick_holder(result);
		json_t *value = below(3) ? anything() : json_deep_copy(pick(result));

		if (json_is_array(holder))
			change_array(holder, value);
		else
			change_object(holder, value);
	}
	made = json_dumpb(result, (char *)data, max_size, JSON_COMPACT);
	json_decref(result);
	return made <= max_size ? made : size;
}
