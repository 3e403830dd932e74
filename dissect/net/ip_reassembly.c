#include "dissect/net/ip_reassembly.h"

#include <string.h>

#include "dissect/base/digest.h"
#include "dissect/base/map.h"
#include "dissect/base/mem.h"

enum {
	LONGEST = 65535,
	ROOM_STEP = 2048,
	ECHOES = 48, /* pieces of a whole datagram remembered: 64 KiB in frames of 1500 */
};

static const uint64_t LIFE_NS = 30000000000u;
static const uint64_t ECHO_NS = 100000000u; /* two recordings of one fragment are closer */

struct span {
	uint32_t from, to;
};

struct spans { /* ascending, apart from each other */
	struct span *at;
	size_t count, capacity;
};

struct key { /* without padding: compared byte by byte */
	uint32_t id;
	struct addr src, dst;
	uint8_t protocol; /* IPv4 only */
	uint8_t zero;
};

struct kept {
	struct piece piece;
	uint64_t print;
};

struct set {
	struct packet packet;
	uint64_t born;
	struct kept *kept; /* the first TRAIN_PIECES */
	size_t kept_count, kept_capacity;
	uint32_t count, duplicates;
	uint32_t header_len;
	uint32_t total, reach; /* total: 0 unknown; reach: end of the farthest piece */
	bool has_first, has_last, overlap, differs;
	bool spoilt;           /* can never become whole */
	bool fresh;            /* not only repeats of a datagram already told */
	uint8_t *data;
	size_t room;
	struct spans said, recorded;
	size_t held;
};

struct echo { /* the pieces of a datagram that was made whole */
	uint64_t born;
	uint32_t count;
	uint64_t prints[ECHOES];
};

struct reassembly {
	struct map *sets, *echoes;
	size_t max_trains, max_bytes, held;
	uint64_t clock;   /* never goes back */
	int64_t clock_ns; /* the packet time that `clock` stands for */
	bool ticking;
};

/* The first span that ends at or behind from. */
static size_t spans_from(const struct spans *s, uint32_t from)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->at[middle].to < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void spans_add(struct spans *s, uint32_t from, uint32_t to)
{
	size_t i = spans_from(s, from), after = i;

	for (; after < s->count && s->at[after].from <= to; after++) {
		from = s->at[after].from < from ? s->at[after].from : from;
		to = s->at[after].to > to ? s->at[after].to : to;
	}
	if (after == i) {
		MEM_PUSH(s->at, s->count, s->capacity);
		memmove(&s->at[i + 1], &s->at[i], (s->count - 1 - i) * sizeof *s->at);
	} else {
		memmove(&s->at[i + 1], &s->at[after], (s->count - after) * sizeof *s->at);
		s->count -= after - i - 1;
	}
	s->at[i] = (struct span){ from, to };
}

static bool spans_meet(const struct spans *s, uint32_t from, uint32_t to)
{
	size_t i = spans_from(s, from + 1);

	return i < s->count && s->at[i].from < to;
}

static bool spans_hold(const struct spans *s, uint32_t from, uint32_t to)
{
	size_t i = spans_from(s, from + 1);

	return i < s->count && s->at[i].from <= from && s->at[i].to >= to;
}

/* Octets from 0 on without a hole. */
static uint32_t spans_head(const struct spans *s)
{
	return s->count && s->at[0].from == 0 ? s->at[0].to : 0;
}

struct reassembly *reassembly_new(uint32_t max_trains, size_t max_bytes)
{
	struct reassembly *r = mem_zero(sizeof *r);

	r->max_trains = max_trains;
	r->max_bytes = max_bytes;
	r->sets = map_new(sizeof(struct key), sizeof(struct set), (size_t)max_trains + 1);
	r->echoes = map_new(sizeof(struct key), sizeof(struct echo), (size_t)max_trains + 1);
	return r;
}

static void set_clear(struct set *s)
{
	mem_free(s->kept);
	mem_free(s->said.at);
	mem_free(s->recorded.at);
	mem_free(s->data);
}

void reassembly_free(struct reassembly *take)
{
	if (!take)
		return;
	for (struct set *s = map_oldest(take->sets); s; s = map_younger(take->sets, s))
		set_clear(s);
	map_free(take->sets);
	map_free(take->echoes);
	mem_free(take);
}

void datagram_clear(struct datagram *d)
{
	mem_free(d->data);
	d->data = NULL;
	d->train.head = (struct bytes){ NULL, 0 };
}

static struct key key_of(const struct packet *p)
{
	return (struct key){
		.id = p->id, .src = p->src, .dst = p->dst,
		.protocol = p->src.family == 4 ? p->protocol : 0,
	};
}

static size_t heap_of(const struct set *s)
{
	return sizeof *s + s->room + s->kept_capacity * sizeof *s->kept +
	       (s->said.capacity + s->recorded.capacity) * sizeof(struct span);
}

static uint64_t print_of(uint32_t offset, uint32_t len, struct bytes data)
{
	uint64_t parts[3] = { offset, len, digest_quick(data) };

	return digest_quick((struct bytes){ (const uint8_t *)parts, sizeof parts });
}

/* Brings in what is new; octets that are there stay. False when some differ. */
static bool fill(struct set *s, uint32_t from, struct bytes b)
{
	uint32_t end = from + (uint32_t)b.len, at = from;
	bool same = true;

	for (size_t i = spans_from(&s->recorded, from + 1); i < s->recorded.count; i++) {
		struct span known = s->recorded.at[i];
		uint32_t low = known.from > from ? known.from : from;
		uint32_t high = known.to < end ? known.to : end;

		if (known.from >= end)
			break;
		if (low > at)
			memcpy(s->data + at, b.at + (at - from), low - at);
		same = same && !memcmp(s->data + low, b.at + (low - from), high - low);
		at = high;
	}
	if (end > at)
		memcpy(s->data + at, b.at + (at - from), end - at);
	if (end > from)
		spans_add(&s->recorded, from, end);
	return same;
}

static void make_room(struct set *s, uint32_t end)
{
	if (end <= s->room)
		return;
	s->room = (end + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
	s->data = mem_resize(s->data, s->room);
}

/* Beyond TRAIN_PIECES a piece is not known by itself any more: covered is then repeated. */
static bool is_repeat(const struct set *s, const struct piece *p)
{
	for (size_t i = 0; i < s->kept_count; i++) {
		const struct piece *old = &s->kept[i].piece;

		if (old->offset == p->offset && old->len == p->len && old->more == p->more)
			return true;
	}
	return s->count > s->kept_count && spans_hold(&s->said, p->offset, p->offset + p->len);
}

/* Where the datagram ends: a last piece says so, and all must agree. */
static bool end_agrees(struct set *s, const struct piece *p)
{
	uint32_t end = p->offset + p->len;

	if (!p->more && !s->has_last) {
		s->has_last = true;
		s->total = end;
		return s->reach <= end;
	}
	return p->more ? !s->has_last || end <= s->total : end == s->total;
}

static bool is_echo(const struct reassembly *r, const struct key *k, uint64_t print)
{
	const struct echo *e = map_find(r->echoes, k);

	if (!e || r->clock - e->born > ECHO_NS)
		return false;
	for (uint32_t i = 0; i < e->count; i++)
		if (e->prints[i] == print)
			return true;
	return false;
}

static void keep(struct set *s, const struct piece *p, uint64_t print)
{
	if (s->kept_count < TRAIN_PIECES)
		*(struct kept *)MEM_PUSH(s->kept, s->kept_count, s->kept_capacity) =
			(struct kept){ *p, print };
	s->count += 1;
	s->reach = p->offset + p->len > s->reach ? p->offset + p->len : s->reach;
}

/* The header of the first fragment becomes that of the datagram (RFC 815 6, RFC 8200 4.5). */
static void take_header(struct set *s, const struct packet *p, const struct ip *ip)
{
	bool cut = s->count && s->packet.cut;

	if (!s->count || (ip->offset == 0 && !s->has_first)) {
		s->packet = *p;
		s->header_len = ip->header_len;
	}
	s->packet.cut = cut || p->cut;
	s->has_first |= ip->offset == 0;
}

static bool is_whole(const struct set *s)
{
	return s->has_last && !s->spoilt && spans_head(&s->said) == s->total;
}

/* Moves what the set owns into *ret; the set itself leaves the table. */
static void take_out(struct reassembly *r, struct set *s, struct datagram *ret)
{
	struct key k = *(const struct key *)map_key(r->sets, s);
	struct train *t = &ret->train;

	memset(ret, 0, sizeof *ret);
	for (size_t i = 0; i < s->kept_count; i++)
		t->pieces[i] = s->kept[i].piece;
	t->count = s->count;
	t->duplicates = s->duplicates;
	t->total = s->total;
	t->complete = is_whole(s);
	t->has_first = s->has_first;
	t->has_last = s->has_last;
	t->overlap = s->overlap;
	t->overlap_differs = s->differs;
	ret->seen = t->pieces[0].seen;
	ret->packet = s->packet;
	ret->packet.len = s->header_len + (s->has_last ? s->total : s->reach);
	ret->data = s->data;
	s->data = NULL;
	t->head = (struct bytes){ ret->data, spans_head(&s->recorded) };
	if (t->complete) /* a second recording may have brought what the first had cut off */
		ret->packet.cut = t->head.len < t->total;
	r->held -= s->held;
	set_clear(s);
	map_remove(r->sets, &k);
}

static void remember(struct reassembly *r, const struct set *s)
{
	const struct key *k = map_key(r->sets, s);
	struct echo *e = map_find(r->echoes, k);

	if (s->count > ECHOES)
		return;
	if (!e && map_full(r->echoes)) {
		struct key oldest = *(const struct key *)map_key(r->echoes, map_oldest(r->echoes));

		map_remove(r->echoes, &oldest);
	}
	e = map_add(r->echoes, k);
	map_touch(r->echoes, e);
	e->born = r->clock;
	e->count = s->count;
	for (uint32_t i = 0; i < s->count; i++)
		e->prints[i] = s->kept[i].print;
}

static void put_in(struct reassembly *r, struct set *s, const struct piece *piece,
		   const struct packet *p, const struct ip *ip)
{
	struct cursor payload = ip->payload;
	struct bytes data = cur_rest(&payload);
	bool repeat = is_repeat(s, piece), same;
	uint64_t print = print_of(piece->offset, piece->len, data);
	struct key k = key_of(p);

	make_room(s, piece->offset + (uint32_t)data.len);
	same = fill(s, piece->offset, data);
	if (repeat && same) {
		s->duplicates += 1;
		return;
	}
	s->fresh |= !is_echo(r, &k, print);
	s->overlap |= spans_meet(&s->said, piece->offset, piece->offset + piece->len);
	s->spoilt |= s->overlap && p->src.family == 6; /* RFC 5722 3, RFC 8200 4.5 */
	s->differs |= !same;
	s->spoilt |= !end_agrees(s, piece) || !same;
	take_header(s, p, ip);
	keep(s, piece, print);
	spans_add(&s->said, piece->offset, piece->offset + piece->len);
}

/* An empty piece says nothing; one that ends too far out is an attack of 1996. */
static bool may_belong(const struct piece *piece, const struct packet *p, const struct ip *ip)
{
	if (!piece->len || piece->len > LONGEST || piece->offset + piece->len > LONGEST)
		return false;
	if (p->src.family == 4)
		return piece->offset + piece->len + ip->header_len <= LONGEST;
	return !piece->more || piece->len % 8 == 0; /* RFC 8200 4.5 */
}

bool reassembly_add(struct reassembly *r, struct seen seen, const struct packet *p,
		    const struct ip *ip, struct datagram *ret)
{
	struct piece piece = { seen, ip->offset, ip->payload_len, ip->more, p->len };
	struct key k = key_of(p);
	struct set *s;

	if (!may_belong(&piece, p, ip))
		return false;
	s = map_add(r->sets, &k);
	if (!s)
		return false;
	if (!s->count)
		s->born = r->clock;
	put_in(r, s, &piece, p, ip);
	r->held -= s->held;
	s->held = heap_of(s);
	r->held += s->held;
	if (!is_whole(s))
		return false;
	remember(r, s);
	take_out(r, s, ret);
	ret->seen = seen;
	return true;
}

/* The oldest set, told or not; repeats of a datagram already told go in silence. */
static bool take_oldest(struct reassembly *r, struct datagram *ret)
{
	struct set *s = map_oldest(r->sets);
	bool tell = s->fresh;

	take_out(r, s, ret);
	if (!tell)
		datagram_clear(ret);
	return tell;
}

/* Time that jumps back by more than a life starts a new count; nothing gets older by it. */
static void tick(struct reassembly *r, int64_t now_ns)
{
	int64_t step = (int64_t)((uint64_t)now_ns - (uint64_t)r->clock_ns);

	if (!r->ticking || step < -(int64_t)LIFE_NS) {
		r->ticking = true;
		r->clock_ns = now_ns;
	} else if (step > 0) {
		r->clock_ns = now_ns;
		r->clock += (uint64_t)step;
	}
}

bool reassembly_old(struct reassembly *r, int64_t now_ns, struct datagram *ret)
{
	const struct set *s;

	tick(r, now_ns);
	while ((s = map_oldest(r->sets)) && r->clock - s->born > LIFE_NS)
		if (take_oldest(r, ret))
			return true;
	return false;
}

bool reassembly_over(struct reassembly *r, struct datagram *ret)
{
	while (map_count(r->sets) > r->max_trains || (r->held > r->max_bytes && map_count(r->sets)))
		if (take_oldest(r, ret)) {
			ret->train.evicted = true;
			return true;
		}
	return false;
}

bool reassembly_rest(struct reassembly *r, struct datagram *ret)
{
	while (map_count(r->sets))
		if (take_oldest(r, ret))
			return true;
	return false;
}
