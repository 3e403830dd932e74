#include "analyzer/worker/answer.h"

#include <stdio.h>

static json_malloc_t plain_malloc;
static size_t spent, most;

static void *counted(size_t n)
{
	if (n > most - spent)
		return NULL;
	spent += n;
	return plain_malloc(n);
}

json_t *answer_parse(struct bytes said, size_t most_memory)
{
	json_free_t plain_free;
	json_t *message;

	json_get_alloc_funcs(&plain_malloc, &plain_free);
	spent = 0;
	most = most_memory;
	json_set_alloc_funcs(counted, plain_free);
	message = json_loadb(said.len ? (const char *)said.at : "", said.len, JSON_REJECT_DUPLICATES, NULL);
	json_set_alloc_funcs(plain_malloc, plain_free);
	return message;
}

static void take_trouble(const json_t *told, const char *const *files, size_t n, const struct run_options *o,
			 struct run_trouble *ret)
{
	const json_t *file = json_object_get(told, "file");
	const char *text = json_string_value(json_object_get(told, "text"));
	struct run_trouble trouble = { .usage = json_is_true(json_object_get(told, "usage")) };

	if (!json_is_integer(file) || (size_t)json_integer_value(file) >= n || !text)
		return;
	trouble.file = files[json_integer_value(file)];
	snprintf(trouble.text, sizeof trouble.text, "%s", text);
	run_note(o, &trouble, ret);
}

static bool is_result(const json_t *result)
{
	return !result || json_is_object(json_object_get(result, "model")) ||
	       json_is_object(json_object_get(result, "facts"));
}

bool answer_take(struct bytes said, size_t most_memory, const char *const *files, size_t n,
		 const struct run_options *o, struct run_trouble *trouble, json_t **ret_result)
{
	json_t *message = answer_parse(said, most_memory), *result = json_object_get(message, "result"), *told;
	bool fine = json_is_object(message) && is_result(result);
	size_t i;

	if (fine) {
		json_array_foreach(json_object_get(message, "troubles"), i, told)
			take_trouble(told, files, n, o, trouble);
		*ret_result = json_incref(result);
	}
	json_decref(message);
	return fine;
}
