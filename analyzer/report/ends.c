/*
 * What both ends show together: the facts of scope ends, with frames as [capture, frame] and times as text.
 */
#include "analyzer/report/parts.h"

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* Facts say where a frame is by the name of the field. */
static json_t *document_of(const struct whole *w, const json_t *from)
{
	static const char *const lists[] = { "frames", "there_frames", "answer_frames", "ghost_frames", NULL };
	static const char *const single[] = { "frame", "there", NULL };
	json_t *o, *value;
	const char *name;
	size_t i;

	if (json_is_array(from)) {
		o = json_array();
		json_array_foreach(from, i, value)
			json_array_append_new(o, document_of(w, value));
		return o;
	}
	if (!json_is_object(from))
		return json_deep_copy(from);
	o = json_object();
	json_object_foreach((json_t *)from, name, value) {
		if (one_of(name, lists))
			put(o, name, frame_pairs(w, value));
		else if (one_of(name, single))
			put(o, name, frame_pair(w, value));
		else
			put(o, name, document_of(w, value));
	}
	if (json_object_get(from, "ttl") && json_object_get(from, "at"))
		put(o, "time", instant_of(w, from, "at"));
	return o;
}

json_t *ends_document(const struct subject *s)
{
	const json_t *between = json_object_get(s->facts, "between");

	return between ? document_of(s->whole, between) : NULL;
}
