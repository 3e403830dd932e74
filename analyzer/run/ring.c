#include "analyzer/run/ring.h"

#include <stdbool.h>
#include <stdint.h>

/* A rotating recorder may write a packet or two late; a longer pause is another recording. */
#define OVERLAP_NS INT64_C(1000000000)
#define PAUSE_NS   (INT64_C(300) * 1000000000)

enum { MOST_PAIRS = 256 }; /* one in common is enough */

json_t *ring_key(const json_t *facts)
{
	const json_t *capture = json_array_get(json_object_get(facts, "captures"), 0);
	const json_t *tunnels = json_object_get(facts, "tunnels");
	json_t *pairs = json_array();

	for (size_t i = 0; i < json_array_size(tunnels) && i < MOST_PAIRS; i++) {
		const json_t *ends = json_object_get(json_array_get(tunnels, i), "ends");

		json_array_append_new(pairs, json_pack("[O,O]", json_object_get(ends, "a"),
						       json_object_get(ends, "b")));
	}
	return json_pack("{s:O*,s:O*,s:o}", "first_ns", json_object_get(capture, "first_ns"), "last_ns",
			 json_object_get(capture, "last_ns"), "pairs", pairs);
}

static int64_t time_of(const json_t *key, const char *which)
{
	return (int64_t)json_integer_value(json_object_get(key, which));
}

static bool has_frames(const json_t *key)
{
	return json_object_get(key, "first_ns");
}

static bool same_pair(const json_t *x, const json_t *y)
{
	const json_t *a = json_array_get(x, 0), *b = json_array_get(x, 1);

	return (json_equal(a, json_array_get(y, 0)) && json_equal(b, json_array_get(y, 1))) ||
	       (json_equal(a, json_array_get(y, 1)) && json_equal(b, json_array_get(y, 0)));
}

/* A piece in which nothing of IPsec happened fits anywhere in time. */
static bool peers_agree(const json_t *x, const json_t *y)
{
	const json_t *xs = json_object_get(x, "pairs"), *ys = json_object_get(y, "pairs");

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
	int64_t gap; /* of times that a worker told: they may be anything */

	if (__builtin_sub_overflow(time_of(after, "first_ns"), time_of(before, "last_ns"), &gap))
		return false;
	return gap >= -OVERLAP_NS && gap <= PAUSE_NS && peers_agree(before, after);
}

/* A file without a frame says nothing of its time: its neighbour on the command line does. n when there is none. */
static size_t neighbour(json_t *const *keys, size_t n, size_t file)
{
	for (size_t before = file + 1; before-- > 0;)
		if (has_frames(keys[before]))
			return before;
	for (size_t after = file; after < n; after++)
		if (has_frames(keys[after]))
			return after;
	return n;
}

static int64_t begin_of(json_t *const *keys, size_t n, size_t file)
{
	size_t with_time = neighbour(keys, n, file);

	return with_time < n ? time_of(keys[with_time], "first_ns") : 0;
}

static void sort_by_time(json_t *const *keys, size_t n, size_t *order)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && begin_of(keys, n, i) < begin_of(keys, n, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/* Each file goes to the ring that ended last before it began. */
static void find_rings(json_t *const *keys, size_t n, const size_t *by_time, size_t *ret_ring)
{
	for (size_t i = 0; i < n; i++) {
		size_t file = by_time[i];

		ret_ring[file] = file;
		for (size_t k = i; k-- > 0;) {
			size_t before = by_time[k];
			bool is_end = true;

			for (size_t m = k + 1; m < i; m++)
				is_end &= ret_ring[by_time[m]] != ret_ring[before];
			if (is_end && has_frames(keys[file]) && has_frames(keys[before]) &&
			    follows(keys[before], keys[file])) {
				ret_ring[file] = ret_ring[before];
				break;
			}
		}
	}
	for (size_t file = 0; file < n; file++) {
		size_t beside = neighbour(keys, n, file);

		if (keys[file] && !has_frames(keys[file]) && beside < n)
			ret_ring[file] = ret_ring[beside];
	}
}

static size_t first_of_ring(const size_t *ring, size_t n, size_t which)
{
	size_t file = 0;

	while (file < n && ring[file] != which)
		file += 1;
	return file;
}

void ring_sort(json_t *const *keys, size_t n, size_t *ret_order, size_t *ret_ring)
{
	sort_by_time(keys, n, ret_order);
	find_rings(keys, n, ret_order, ret_ring);
	for (size_t i = 1; i < n; i++) { /* stable: pieces of a ring stay in order of time */
		size_t file = ret_order[i], at = i;

		for (; at > 0 && first_of_ring(ret_ring, n, ret_ring[file]) <
				 first_of_ring(ret_ring, n, ret_ring[ret_order[at - 1]]); at--)
			ret_order[at] = ret_order[at - 1];
		ret_order[at] = file;
	}
}
