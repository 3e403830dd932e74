/*
 * worker/answer.h - what came through the pipe of a worker, which may have been taken over.
 *
 * The octets must be one JSON object: "result", as run_group() makes it, or
 * none, and "troubles", a list of {file, usage, text}, file an index. A few
 * octets may ask for many of memory: there is a limit. A trouble that cannot be
 * is dropped; what is inside a model is not looked at here, the views take every
 * field as absent when it has the wrong type.
 */
#ifndef ANALYZER_WORKER_ANSWER_H
#define ANALYZER_WORKER_ANSWER_H

#include "analyzer/run/run.h"
#include "dissect/base/bytes.h"

/* The octets as JSON, or NULL; caller owns it. */
json_t *answer_parse(struct bytes said, size_t most_memory);

/*
 * False when it is no answer. *ret_result is NULL where nothing could be read; the
 * caller owns it. Troubles go where run_note() puts them.
 */
bool answer_take(struct bytes said, size_t most_memory, const char *const *files, size_t n,
		 const struct run_options *o, struct run_trouble *trouble, json_t **ret_result);

#endif
