#include "analyzer/run/ring.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A rotating recorder may write a packet or two late; a longer pause is another recording. */
#define OVERLAP_NS INT64_C(1000000000)
#define PAUSE_NS   (INT64_C(300) * 1000000000)

static const json_t *capture_of(const json_t *facts)
{
	return json_array_get(json_object_get(facts, "captures"), 0);
}

static int64_t time_of(const json_t *facts, const char *which)
{
	return (int64_t)json_integer_value(json_object_get(capture_of(facts), which));
}

static bool has_frames(const json_t *facts)
{
	return facts && json_object_get(capture_of(facts), "first_ns");
}

static const char *end_of(const json_t *tunnel, const char *side)
{
	const char *s = json_string_value(json_object_get(json_object_get(tunnel, "ends"), side));

	return s ? s : "";
}

static bool same_pair(const json_t *x, const json_t *y)
{
	return (!strcmp(end_of(x, "a"), end_of(y, "a")) && !strcmp(end_of(x, "b"), end_of(y, "b"))) ||
	       (!strcmp(end_of(x, "a"), end_of(y, "b")) && !strcmp(end_of(x, "b"), end_of(y, "a")));
}

/* A piece in which nothing of IPsec happened fits anywhere in time. */
static bool peers_agree(const json_t *x, const json_t *y)
{
	const json_t *xs = json_object_get(x, "tunnels"), *ys = json_object_get(y, "tunnels");

	if (!json_array_size(xs) || !json_array_size(ys))
		return true;
	for (size_t i = 0; i < json_array_size(xs); i++)
		for (size_t k = 0; k < json_array_size(ys); k++)
			if (same_pair(json_array_get(xs, i), json_array_get(ys, k)))
				return true;
	return false;
}

static bool follows(const json_t *before, const json_t *after)
{
	int64_t gap = time_of(after, "first_ns") - time_of(before, "last_ns");

	return gap >= -OVERLAP_NS && gap <= PAUSE_NS && peers_agree(before, after);
}

static void sort_by_time(json_t *const *facts, size_t n, size_t *order)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && has_frames(facts[i]) && has_frames(facts[order[at - 1]]) &&
		       time_of(facts[i], "first_ns") < time_of(facts[order[at - 1]], "first_ns"); at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/* Each file goes to the ring that ended last before it began. */
static void find_rings(json_t *const *facts, size_t n, const size_t *by_time, size_t *ret_ring)
{
	for (size_t i = 0; i < n; i++) {
		size_t file = by_time[i];

		ret_ring[file] = file;
		for (size_t k = i; k-- > 0;) {
			size_t before = by_time[k];
			bool is_end = true;

			for (size_t m = k + 1; m < i; m++)
				is_end &= ret_ring[by_time[m]] != ret_ring[before];
			if (is_end && has_frames(facts[file]) && has_frames(facts[before]) &&
			    follows(facts[before], facts[file])) {
				ret_ring[file] = ret_ring[before];
				break;
			}
		}
	}
}

static size_t first_of_ring(const size_t *ring, size_t n, size_t which)
{
	size_t file = 0;

	while (file < n && ring[file] != which)
		file += 1;
	return file;
}

void ring_sort(json_t *const *facts, size_t n, size_t *ret_order, size_t *ret_ring)
{
	sort_by_time(facts, n, ret_order);
	find_rings(facts, n, ret_order, ret_ring);
	for (size_t i = 1; i < n; i++) { /* stable: pieces of a ring stay in order of time */
		size_t file = ret_order[i], at = i;

		for (; at > 0 && first_of_ring(ret_ring, n, ret_ring[file]) <
				 first_of_ring(ret_ring, n, ret_ring[ret_order[at - 1]]); at--)
			ret_order[at] = ret_order[at - 1];
		ret_order[at] = file;
	}
}
