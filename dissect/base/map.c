#include "dissect/base/map.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dissect/base/mem.h"

struct node {
	struct node *chain;          /* same bucket */
	struct node *older, *younger;
	uint64_t hash;
	max_align_t at[];            /* value, then key */
};

struct map {
	size_t key_len, value_len, key_at, limit, count, mask;
	struct node **buckets;
	struct node *oldest, *youngest, *spare;
};

static uint64_t seed[2];

static void seed_once(void)
{
	static bool done;

	if (done)
		return;
	/* Without entropy the seed stays predictable: slower under attack, never wrong. */
	if (getrandom(seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed[0] = (uint64_t)(uintptr_t)&done;
	done = true;
}

static inline uint64_t turn(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

/* SipHash-1-3 (Aumasson, Bernstein): keyed, so that no sender can choose collisions. */
uint64_t map_hash(const void *from, size_t len)
{
	const uint8_t *at = from;
	uint64_t v0, v1, v2, v3, tail = (uint64_t)len << 56;

	seed_once();
	v0 = seed[0] ^ 0x736f6d6570736575u;
	v1 = seed[1] ^ 0x646f72616e646f6du;
	v2 = seed[0] ^ 0x6c7967656e657261u;
	v3 = seed[1] ^ 0x7465646279746573u;

#define SIP_ROUND() \
	(v0 += v1, v1 = turn(v1, 13) ^ v0, v0 = turn(v0, 32), v2 += v3, v3 = turn(v3, 16) ^ v2, \
	 v0 += v3, v3 = turn(v3, 21) ^ v0, v2 += v1, v1 = turn(v1, 17) ^ v2, v2 = turn(v2, 32))
	for (; len >= 8; at += 8, len -= 8) {
		uint64_t m;

		memcpy(&m, at, 8);
		v3 ^= m;
		SIP_ROUND();
		v0 ^= m;
	}
	for (size_t i = 0; i < len; i++)
		tail |= (uint64_t)at[i] << (8 * i);
	v3 ^= tail;
	SIP_ROUND();
	v0 ^= tail;
	v2 ^= 0xff;
	SIP_ROUND();
	SIP_ROUND();
	SIP_ROUND();
#undef SIP_ROUND
	return v0 ^ v1 ^ v2 ^ v3;
}

static inline uint8_t *value_of(struct node *n)
{
	return (uint8_t *)n->at;
}

static inline struct node *node_of(const void *value)
{
	return (struct node *)((uintptr_t)value - offsetof(struct node, at));
}

static inline uint8_t *key_of(const struct map *m, struct node *n)
{
	return value_of(n) + m->key_at;
}

struct map *map_new(size_t key_len, size_t value_len, size_t limit)
{
	struct map *m = mem_zero(sizeof *m);

	m->key_len = key_len;
	m->value_len = value_len;
	m->key_at = (value_len + 7) & ~(size_t)7;
	m->limit = limit;
	m->mask = 63;
	m->buckets = mem_zero((m->mask + 1) * sizeof *m->buckets);
	return m;
}

void map_free(struct map *m)
{
	if (!m)
		return;
	for (struct node *n = m->oldest, *next; n; n = next)
		next = n->younger, mem_free(n);
	for (struct node *n = m->spare, *next; n; n = next)
		next = n->chain, mem_free(n);
	mem_free(m->buckets);
	mem_free(m);
}

size_t map_count(const struct map *m)
{
	return m->count;
}

bool map_full(const struct map *m)
{
	return m->count >= m->limit;
}

static struct node *lookup(const struct map *m, const void *key, uint64_t hash)
{
	struct node *n = m->buckets[hash & m->mask];

	while (n && (n->hash != hash || memcmp(key_of(m, n), key, m->key_len)))
		n = n->chain;
	return n;
}

void *map_find(const struct map *m, const void *key)
{
	struct node *n = lookup(m, key, map_hash(key, m->key_len));

	return n ? value_of(n) : NULL;
}

static void widen(struct map *m)
{
	size_t mask = m->mask * 2 + 1;
	struct node **buckets = mem_zero((mask + 1) * sizeof *buckets);

	for (struct node *n = m->oldest; n; n = n->younger) {
		n->chain = buckets[n->hash & mask];
		buckets[n->hash & mask] = n;
	}
	mem_free(m->buckets);
	m->buckets = buckets;
	m->mask = mask;
}

static void link_youngest(struct map *m, struct node *n)
{
	n->older = m->youngest;
	n->younger = NULL;
	*(m->youngest ? &m->youngest->younger : &m->oldest) = n;
	m->youngest = n;
}

static void unlink_age(struct map *m, struct node *n)
{
	*(n->older ? &n->older->younger : &m->oldest) = n->younger;
	*(n->younger ? &n->younger->older : &m->youngest) = n->older;
}

void *map_add(struct map *m, const void *key)
{
	uint64_t hash = map_hash(key, m->key_len);
	struct node *n = lookup(m, key, hash);

	if (n)
		return value_of(n);
	if (map_full(m))
		return NULL;
	if (m->count > m->mask)
		widen(m);
	n = m->spare;
	if (n)
		m->spare = n->chain;
	else
		n = mem_zero(sizeof *n + m->key_at + m->key_len);
	n->hash = hash;
	memset(value_of(n), 0, m->value_len);
	memcpy(key_of(m, n), key, m->key_len);
	n->chain = m->buckets[hash & m->mask];
	m->buckets[hash & m->mask] = n;
	link_youngest(m, n);
	m->count += 1;
	return value_of(n);
}

void map_remove(struct map *m, const void *key)
{
	struct node *n = lookup(m, key, map_hash(key, m->key_len)), **at;

	if (!n)
		return;
	for (at = &m->buckets[n->hash & m->mask]; *at != n; at = &(*at)->chain)
		;
	*at = n->chain;
	unlink_age(m, n);
	n->chain = m->spare;
	m->spare = n;
	m->count -= 1;
}

void map_touch(struct map *m, void *value)
{
	struct node *n = node_of(value);

	unlink_age(m, n);
	link_youngest(m, n);
}

void *map_oldest(const struct map *m)
{
	return m->oldest ? value_of(m->oldest) : NULL;
}

void *map_younger(const struct map *m, const void *value)
{
	struct node *n = node_of(value)->younger;

	(void)m;
	return n ? value_of(n) : NULL;
}

const void *map_key(const struct map *m, const void *value)
{
	return key_of(m, node_of(value));
}
