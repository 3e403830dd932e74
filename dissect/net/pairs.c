#include "dissect/net/pairs.h"

#include <string.h>

#include "dissect/base/map.h"
#include "dissect/base/mem.h"

struct end { /* without padding: compared byte by byte */
	struct addr addr;
	uint8_t port[2];
};

struct key {
	struct end low, high;
};

struct pairs {
	struct map *seen;
	bool with_ports;
};

struct pairs *pairs_new(size_t limit, bool with_ports)
{
	struct pairs *p = mem_zero(sizeof *p);

	p->seen = map_new(sizeof(struct key), 1, limit);
	p->with_ports = with_ports;
	return p;
}

void pairs_free(struct pairs *take)
{
	if (!take)
		return;
	map_free(take->seen);
	mem_free(take);
}

static struct end end_of(const struct addr *a, uint16_t port, bool with_ports)
{
	struct end e = { .addr = *a };

	if (with_ports)
		memcpy(e.port, &port, sizeof port);
	return e;
}

static struct key key_of(const struct pairs *pairs, const struct packet *p)
{
	struct end src = end_of(&p->src, p->sport, pairs->with_ports);
	struct end dst = end_of(&p->dst, p->dport, pairs->with_ports);
	bool rising = memcmp(&src, &dst, sizeof src) <= 0;

	return rising ? (struct key){ src, dst } : (struct key){ dst, src };
}

void pairs_add(struct pairs *pairs, const struct packet *p)
{
	struct key k = key_of(pairs, p);
	void *known = map_find(pairs->seen, &k);

	if (!known && map_full(pairs->seen)) {
		struct key oldest = *(const struct key *)map_key(pairs->seen,
								 map_oldest(pairs->seen));

		map_remove(pairs->seen, &oldest);
	}
	map_touch(pairs->seen, known ? known : map_add(pairs->seen, &k));
}

bool pairs_has(const struct pairs *pairs, const struct packet *p)
{
	struct key k;

	if (!map_count(pairs->seen))
		return false;
	k = key_of(pairs, p);
	return map_find(pairs->seen, &k);
}
