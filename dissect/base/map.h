/*
 * base/map.h - a hash map that stays small and forgets the oldest first.
 *
 * Keys and values have one size each, set at birth; a key is compared byte by
 * byte, so callers zero its padding. Values are zero when added and never move.
 * The order of walking is the order of adding (or of the last map_touch), so
 * that the same input gives the same output although the hash is seeded anew
 * in every process. A full map refuses: the caller evicts by age, and says so.
 */
#ifndef DISSECT_BASE_MAP_H
#define DISSECT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;

/* The keyed hash behind it (SipHash-1-3): equal bytes, equal number, within one process. */
uint64_t map_hash(const void *from, size_t len);

struct map *map_new(size_t key_len, size_t value_len, size_t limit);
void map_free(struct map *m);

size_t map_count(const struct map *m);
bool map_full(const struct map *m);

void *map_find(const struct map *m, const void *key);  /* lends the value, or NULL */
void *map_add(struct map *m, const void *key);         /* finds or adds; NULL when full */
void map_remove(struct map *m, const void *key);
void map_touch(struct map *m, void *value);            /* now the youngest */

void *map_oldest(const struct map *m);                 /* NULL when empty */
void *map_younger(const struct map *m, const void *value);
const void *map_key(const struct map *m, const void *value);

#endif
