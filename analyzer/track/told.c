#include "analyzer/track/state.h"
#include "dissect/base/mem.h"

void witness_add(struct witness *w, struct seen s)
{
	uint32_t n = w->count++;

	w->last = s;
	if (n == 0)
		w->first = s;
	if (n == 0 || n >= WITNESS_FRAMES)
		return;
	if ((n & (n - 1)) == 0) /* room for 1, 2, 4 .. behind the first */
		w->rest = mem_resize(w->rest, (n * 2 - 1) * sizeof *w->rest);
	w->rest[n - 1] = s;
}

void witness_clear(struct witness *w)
{
	mem_free(w->rest);
	*w = (struct witness){ 0 };
}

struct seen witness_at(const struct witness *w, uint32_t i)
{
	return i == 0 ? w->first : w->rest[i - 1];
}

json_t *told_frame(struct seen s)
{
	if (s.capture == 0)
		return json_integer((json_int_t)s.frame);
	return json_pack("[i,I]", (int)s.capture, (json_int_t)s.frame);
}

static bool before(struct seen a, struct seen b)
{
	return a.capture != b.capture ? a.capture < b.capture : a.frame < b.frame;
}

/* In order of the file, although sets that never became whole are told late. */
json_t *told_frames(const struct witness *w)
{
	struct seen sorted[WITNESS_FRAMES + 1];
	size_t kept = w->count < WITNESS_FRAMES ? w->count : WITNESS_FRAMES;
	size_t n = w->count > WITNESS_FRAMES ? kept + 1 : kept;
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		struct seen s = i < kept ? witness_at(w, (uint32_t)i) : w->last;
		size_t at = i;

		for (; at > 0 && before(s, sorted[at - 1]); at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = s;
	}
	for (size_t i = 0; i < n; i++)
		if (i == 0 || before(sorted[i - 1], sorted[i]))
			json_array_append_new(list, told_frame(sorted[i]));
	return list;
}

/* A fact that is not known (NULL) stays absent. */
void told_put(json_t *into, const char *name, json_t *take_value)
{
	if (take_value)
		json_object_set_new(into, name, take_value);
}

void told_put_frames(json_t *into, const char *name, const struct witness *w)
{
	if (w->count)
		json_object_set_new(into, name, told_frames(w));
}
