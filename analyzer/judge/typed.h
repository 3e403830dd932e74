/*
 * judge/typed.h - values for args that carry what a number means.
 *
 * frame(f), frames(list), message(type), several(one, many, n), time(s), duration(s), bytes(n) and count(n, of) become
 * text once, when the sentence is filled. What is not known (nil) reads "?".
 */
#ifndef ANALYZER_JUDGE_TYPED_H
#define ANALYZER_JUDGE_TYPED_H

#include <jansson.h>
#include <lua.h>
#include <stdint.h>

/* Adds the functions to the table on top. */
void typed_open(lua_State *L);

/* What texts are made from, beside the values. */
struct setting {
	int64_t start_ns;
	unsigned captures;
};

/*
 * The value at index, typed or plain: as JSON into args (times in RFC 3339, frames as [capture,
 * frame]), as people read it into texts. Raises when it is not fit for a sentence.
 */
void typed_arg(lua_State *L, int index, const struct setting *s, const char *name, json_t *args,
	       json_t *texts);

/* [[capture, frame], ...] in order, each once, owned by the caller; NULL when something is no frame. */
json_t *frames_in_order(const json_t *list);

#endif
