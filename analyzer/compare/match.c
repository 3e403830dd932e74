#include "analyzer/compare/match.h"

#include "dissect/base/mem.h"

enum {
	MAX_PENDING = 1 << 17, MAX_LEFTOVERS = 1 << 14, MAX_TRAINS = 1 << 13, MAX_TALLIES = 1024,
	MAX_LINKS = 4096, COVERED_BY = 64, DOUBLED_SHARE = 10,
	LONGEST_WALK = 256, /* of equal packets: a flood of them costs no more */
	MAX_LARGE = 1024, MOST_INSIDE = 128, LARGE = 1500, ESP_AROUND = 80,
};
#define WINDOW_NS  INT64_C(10000000000)  /* no packet takes longer */
#define LATE_NS    INT64_C(1000000000)
#define TWICE_NS   INT64_C(5000000)      /* diagnoses 0.7 DUP_NS */
#define MARGIN_NS  INT64_C(10000000)     /* from the last packet that could be due to the end of a recording */

struct item { /* one sighting, in up to two chains: by its key, and by the datagram it belongs to */
	struct crossing x;
	struct chained {
		struct item *older, *newer;
	} of[2];                        /* by enum chain */
	struct item *next;
	bool used;                      /* of what came: it explains something that left */
};

enum chain { BY_KEY, BY_TRAIN };

struct queue { /* in order of time */
	struct item *first, *last;
	size_t len;
};

struct index {
	struct map *by[2];              /* uint64_t -> struct item *, the youngest of its chain */
};

struct whole { /* what a set of fragments became */
	uint64_t key, print;
	struct seen seen;
};

struct first_piece { /* whose the later ones are */
	uint16_t sport, dport;
};

/*
 * Offloading: a host's own recorder shows what its card has yet to cut, or what was put together
 * before it; the other recorder has the packets one by one. Of an SA, the last large one.
 */
struct large {
	uint32_t sequence;              /* of the first packet in it */
	uint32_t room;                  /* octets of those behind the first */
	uint64_t key;
	struct seen seen;
};

struct link {
	uint32_t near, far;
};

struct direction { /* from one end to the other: sender's end is its index */
	struct queue left, came, over;  /* on their way; arrived and not looked at yet; arrived, nothing left for it */
	struct index on_way, leftover;
	struct map *made;               /* at the sender's end: train -> struct whole */
	struct map *came_whole;         /* at the other end: key and print -> struct seen of the last one */
	struct map *pieces;             /* at the sender's end: train -> struct first_piece */
	struct map *large[SIDES];       /* class and SPI -> struct large, as that recording has it */
	uint64_t settled, doubled;
	uint64_t came_of[CLASSES], left_of[CLASSES]; /* packets recorded at the other end, and at the sender's */
};

struct match {
	struct match_options o;
	struct direction way[SIDES];
	struct map *tallies;            /* side and serial -> struct tally * */
	struct map *links;              /* struct link -> uint64_t */
	struct item *spare;
	int64_t now_ns, slack_ns;
	uint64_t unfollowed;
	bool overlaps;
	int64_t from_ns[SIDES], until_ns[SIDES]; /* each recording, by the near clock */
};

static struct index index_new(size_t room)
{
	return (struct index){ { map_new(sizeof(uint64_t), sizeof(struct item *), room),
				 map_new(sizeof(uint64_t), sizeof(struct item *), room) } };
}

/* How far behind its departure an arrival may seem to lie. */
static int64_t slack_of(const struct clocks *c)
{
	if (c->known == CLOCKS_BOTH_WAYS)
		return c->error_ns + MARGIN_NS / 5;
	return c->known == CLOCKS_ONE_WAY ? LATE_NS : 2 * LATE_NS;
}

static int64_t later(int64_t x, int64_t y)
{
	return x > y ? x : y;
}

static void set_overlap(struct match *m)
{
	const struct clocks *c = m->o.clocks;

	if (!c->span[NEAR].any || !c->span[FAR].any)
		return;
	for (int side = NEAR; side < SIDES; side++) {
		m->from_ns[side] = clocks_time(c, (enum side)side, c->span[side].first);
		m->until_ns[side] = clocks_time(c, (enum side)side, c->span[side].last);
	}
	m->overlaps = m->from_ns[NEAR] < m->until_ns[FAR] && m->from_ns[FAR] < m->until_ns[NEAR];
}

struct match *match_new(const struct match_options *o)
{
	struct match *m = mem_zero(sizeof *m);

	m->o = *o;
	if (!m->o.max_pending)
		m->o.max_pending = MAX_PENDING;
	for (int end = NEAR; end < SIDES; end++) {
		struct direction *d = &m->way[end];

		d->on_way = index_new(m->o.max_pending + 1);
		d->leftover = index_new(MAX_LEFTOVERS + 1);
		d->made = map_new(sizeof(uint64_t), sizeof(struct whole), MAX_TRAINS);
		d->came_whole = map_new(2 * sizeof(uint64_t), sizeof(struct seen), MAX_TRAINS);
		d->pieces = map_new(sizeof(uint64_t), sizeof(struct first_piece), MAX_TRAINS);
		for (int side = NEAR; side < SIDES; side++)
			d->large[side] = map_new(sizeof(uint64_t), sizeof(struct large), MAX_LARGE);
	}
	m->tallies = map_new(sizeof(uint64_t), sizeof(struct tally *), MAX_TALLIES);
	m->links = map_new(sizeof(struct link), sizeof(uint64_t), MAX_LINKS);
	m->slack_ns = slack_of(o->clocks);
	m->now_ns = INT64_MIN;
	set_overlap(m);
	return m;
}

static void queue_clear(struct queue *q)
{
	while (q->first) {
		struct item *gone = q->first;

		q->first = gone->next;
		mem_free(gone);
	}
}

void match_free(struct match *take)
{
	if (!take)
		return;
	for (int end = NEAR; end < SIDES; end++) {
		struct direction *d = &take->way[end];

		queue_clear(&d->left);
		queue_clear(&d->came);
		queue_clear(&d->over);
		for (int by = BY_KEY; by <= BY_TRAIN; by++) {
			map_free(d->on_way.by[by]);
			map_free(d->leftover.by[by]);
		}
		map_free(d->made);
		map_free(d->came_whole);
		map_free(d->pieces);
		map_free(d->large[NEAR]);
		map_free(d->large[FAR]);
	}
	for (struct tally **t = map_oldest(take->tallies); t; t = map_younger(take->tallies, t))
		tally_free(*t);
	queue_clear(&(struct queue){ .first = take->spare });
	map_free(take->tallies);
	map_free(take->links);
	mem_free(take);
}

/* --- items, queues, chains ---------------------------------------------------------------- */

static struct item *item_new(struct match *m)
{
	struct item *i = m->spare;

	if (!i)
		return mem_zero(sizeof *i);
	m->spare = i->next;
	memset(i, 0, sizeof *i);
	return i;
}

static void put_last(struct queue *q, struct item *i)
{
	i->next = NULL;
	if (q->last)
		q->last->next = i;
	else
		q->first = i;
	q->last = i;
	q->len += 1;
}

static struct item *take_first(struct queue *q)
{
	struct item *i = q->first;

	q->first = i->next;
	if (!q->first)
		q->last = NULL;
	q->len -= 1;
	return i;
}

/* IP ids are kept by what cuts or joins fragments; the addresses may be others behind a NAT. */
static uint64_t datagram_of(const struct sighting *s)
{
	return s->has_id && s->id ? (uint64_t)s->protocol << 32 | s->id : 0;
}

static uint64_t key_of(const struct sighting *s, enum chain by)
{
	return by == BY_KEY ? s->key : datagram_of(s);
}

static struct item *youngest(const struct index *x, enum chain by, uint64_t key)
{
	struct item *const *i = key ? map_find(x->by[by], &key) : NULL;

	return i ? *i : NULL;
}

static void index_add(struct index *x, struct item *i, const struct sighting *s)
{
	for (int by = BY_KEY; by <= BY_TRAIN; by++) {
		uint64_t key = key_of(s, (enum chain)by);
		struct item **at = key ? map_add(x->by[by], &key) : NULL;

		i->of[by] = (struct chained){ at ? *at : NULL, NULL };
		if (i->of[by].older)
			i->of[by].older->of[by].newer = i;
		if (at)
			*at = i;
	}
}

/* Items leave in the order in which they came: the one that goes is the oldest of its chains. */
static void index_remove(struct index *x, const struct item *i, const struct sighting *s)
{
	for (int by = BY_KEY; by <= BY_TRAIN; by++) {
		uint64_t key = key_of(s, (enum chain)by);

		if (i->of[by].newer)
			i->of[by].newer->of[by].older = NULL;
		else if (key && youngest(x, (enum chain)by, key) == i)
			map_remove(x->by[by], &key);
	}
}

static void give_back(struct match *m, struct item *i)
{
	i->next = m->spare;
	m->spare = i;
}

static void *room_for(struct map *m, const void *key)
{
	if (!map_find(m, key) && map_full(m))
		map_remove(m, map_key(m, map_oldest(m)));
	return map_add(m, key);
}

/* --- offloading --------------------------------------------------------------------------- */

static uint64_t sa_of(const struct sighting *s)
{
	return (uint64_t)s->class << 32 | s->spi;
}

static void know_large(struct direction *d, enum side side, const struct sighting *s, uint32_t room)
{
	uint64_t sa = sa_of(s);
	struct large *l = room_for(d->large[side], &sa);

	*l = (struct large){ s->sample, room, s->key, s->seen };
}

/* It came as it left. */
static void nothing_inside(struct direction *d, enum side side, const struct sighting *s)
{
	uint64_t sa = sa_of(s);
	struct large *l = s->spi && s->len > LARGE ? map_find(d->large[side], &sa) : NULL;

	if (l && l->key == s->key)
		l->room = 0;
}

/* May this packet be inside of the last large one that recording has of its SA? */
static struct large *inside(struct direction *d, enum side side, const struct sighting *s)
{
	uint64_t sa = sa_of(s);
	struct large *l = s->spi ? map_find(d->large[side], &sa) : NULL;
	uint32_t after = l ? s->sample - l->sequence : 0;

	return l && l->room && after && after < MOST_INSIDE ? l : NULL;
}

/* In UDP they stand there whole; a card is handed one head for all of them. */
static void take_from(struct large *l, const struct sighting *s)
{
	uint32_t around = s->class == CLASS_ESP_UDP ? 0 : ESP_AROUND;
	uint32_t len = s->payload > around ? s->payload - around : 1;

	l->room -= len < l->room ? len : l->room;
}

/* --- tunnels ------------------------------------------------------------------------------ */

static struct tally *tally_of(struct match *m, enum side side, const struct sighting *s)
{
	uint32_t serial = m->o.owner(m->o.ctx, side, s);
	uint64_t key = (uint64_t)side << 32 | serial;
	struct tally **t = serial ? map_add(m->tallies, &key) : NULL;

	if (t && !*t)
		*t = tally_new(side, serial);
	return t ? *t : NULL;
}

static void link_tunnels(struct match *m, enum side side, const struct crossing *x)
{
	uint32_t here, there;
	struct link l;
	uint64_t *n;

	if (x->left.class >= CLASS_ICMP || x->whole_only || !x->there.seen.frame)
		return;
	here = m->o.owner(m->o.ctx, side, &x->left);
	there = m->o.owner(m->o.ctx, !side, &x->there);
	l = side == NEAR ? (struct link){ here, there } : (struct link){ there, here };
	n = here && there ? map_add(m->links, &l) : NULL;
	if (n)
		*n += 1;
}

/* --- what becomes of a packet that left --------------------------------------------------- */

static bool in_time(const struct match *m, const struct sighting *left, int64_t there_ns)
{
	return there_ns >= left->seen.time_ns - m->slack_ns && there_ns <= left->seen.time_ns + WINDOW_NS + m->slack_ns;
}

static bool same_bytes(const struct sighting *x, const struct sighting *y)
{
	return x->print == y->print || !x->print || !y->print;
}

static bool same_route(const struct match *m, int sender, const struct sighting *left, const struct sighting *there)
{
	return sender == NEAR ? clocks_same_route(m->o.clocks, left, there)
			      : clocks_same_route(m->o.clocks, there, left);
}

/* Octets of the datagram, from `from` on, that arrived in whatever pieces. */
static uint32_t covered(struct match *m, int sender, struct item *i, struct item **ret_first)
{
	const struct sighting *left = &i->x.left;
	struct item *by[COVERED_BY];
	uint32_t at = left->offset, end = left->offset + left->payload;
	size_t n = 0;

	for (struct item *o = youngest(&m->way[sender].leftover, BY_TRAIN, datagram_of(left)); o && n < COVERED_BY;
	     o = o->of[BY_TRAIN].older)
		if (in_time(m, left, o->x.there.seen.time_ns) && same_route(m, sender, left, &o->x.there))
			by[n++] = o;
	for (bool grew = true; grew && at < end;) {
		grew = false;
		for (size_t k = 0; k < n; k++) {
			uint32_t from = by[k]->x.there.offset, to = from + by[k]->x.there.payload;

			if (from > at || to <= at)
				continue;
			*ret_first = at == left->offset ? by[k] : *ret_first;
			by[k]->used = true;
			at = to;
			grew = true;
		}
	}
	return (at < end ? at : end) - left->offset;
}

/* The message that this packet is, or is a piece of, at the other end. */
static bool came_as_whole(struct match *m, int sender, struct item *i)
{
	const struct direction *d = &m->way[sender];
	const struct sighting *left = &i->x.left;
	const struct whole *w = left->train ? map_find(d->made, &left->train) : NULL;
	uint64_t key[2] = { w ? w->key : left->key, w ? w->print : left->print };
	const struct seen *seen = map_find(d->came_whole, key);
	int walk = LONGEST_WALK;

	if (seen && in_time(m, left, seen->time_ns)) {
		i->x.there.seen = *seen;
		return true;
	}
	for (struct item *o = w ? youngest(&d->leftover, BY_KEY, w->key) : NULL; o && walk--; o = o->of[BY_KEY].older)
		if ((o->x.there.print == w->print || !w->print || !o->x.there.print) && in_time(m, left, o->x.there.seen.time_ns)) {
			o->used = true;
			i->x.there = o->x.there;
			i->x.joined = true;
			return true;
		}
	return false;
}

/* The same packet by its key, with other bytes. */
static bool came_altered(struct match *m, int sender, struct item *i)
{
	int walk = LONGEST_WALK;

	for (struct item *o = youngest(&m->way[sender].leftover, BY_KEY, i->x.left.key); o && walk--; o = o->of[BY_KEY].older)
		if (!o->used && in_time(m, &i->x.left, o->x.there.seen.time_ns)) {
			o->used = true;
			i->x.there = o->x.there;
			i->x.offloaded = o->x.there.payload != i->x.left.payload;
			i->x.altered = !i->x.offloaded;
			return true;
		}
	return false;
}

/* One of the two recorders has too little of it to say more than its size. */
static bool came_unread(struct match *m, int sender, struct item *i)
{
	const struct sighting *left = &i->x.left;
	int walk = LONGEST_WALK;

	for (struct item *o = youngest(&m->way[sender].leftover, BY_KEY, sighting_size_key(left)); o && walk--;
	     o = o->of[BY_KEY].older)
		if (!o->used && in_time(m, left, o->x.there.seen.time_ns)) {
			o->used = true;
			i->x.there = o->x.there;
			return true;
		}
	return false;
}

/* It is inside of a larger one, as the other recorder has it. */
static bool came_inside(struct match *m, int sender, struct item *i)
{
	struct large *l = inside(&m->way[sender], !(enum side)sender, &i->x.left);

	if (!l || !in_time(m, &i->x.left, l->seen.time_ns))
		return false;
	take_from(l, &i->x.left);
	i->x.there = i->x.left;
	i->x.there.seen = l->seen;
	return true;
}

static void look_again(struct match *m, int sender, struct item *i)
{
	struct crossing *x = &i->x;
	struct item *first = NULL;
	uint32_t n;

	if (came_inside(m, sender, i) || came_unread(m, sender, i)) {
		x->arrived = x->offloaded = true;
		return;
	}
	if (came_altered(m, sender, i)) {
		x->arrived = true;
		return;
	}
	n = datagram_of(&x->left) ? covered(m, sender, i, &first) : 0;
	if (n && first) {
		bool whole = first->x.there.class < CLASS_FIRST_FRAGMENT;

		x->arrived = true;
		x->there = first->x.there;
		x->in_part = n < x->left.payload;
		x->joined = whole && x->left.class > CLASS_ICMP;
		x->recut = !x->joined && (first->x.there.offset != x->left.offset || first->x.there.payload != x->left.payload);
		return;
	}
	if (came_as_whole(m, sender, i)) {
		x->arrived = x->whole_only = true;
		x->recut = !x->joined;
	}
}

/* Was the other end recorded when this was due there? */
static bool counts(const struct match *m, int sender, const struct crossing *x)
{
	int64_t at = x->left.seen.time_ns, due = at + later(m->o.clocks->usual_ns[sender], 0) + m->slack_ns;

	if (!m->overlaps || at < m->from_ns[!sender] - m->slack_ns)
		return false;
	return x->arrived || due + MARGIN_NS <= m->until_ns[!sender];
}

static void settle_left(struct match *m, int sender, bool early)
{
	struct direction *d = &m->way[sender];
	struct item *i = take_first(&d->left);
	struct crossing *x = &i->x;
	struct tally *t;
	int64_t took;

	index_remove(&d->on_way, i, &x->left);
	d->settled += 1;
	if (!x->arrived)
		look_again(m, sender, i);
	if (x->arrived && x->left.spi && x->there.key == x->left.key && x->there.payload > x->left.payload)
		know_large(d, !(enum side)sender, &x->there, x->there.payload - x->left.payload);
	if (x->left.unread && !x->arrived) { /* of what nobody could read nobody knows whether it came */
		give_back(m, i);
		return;
	}
	if (early && !x->arrived && m->now_ns - x->left.seen.time_ns < LATE_NS) {
		m->unfollowed += 1;
		give_back(m, i);
		return;
	}
	if (counts(m, sender, x)) {
		took = x->there.seen.time_ns - x->left.seen.time_ns - m->o.clocks->least_ns[sender];
		t = tally_of(m, (enum side)sender, &x->left);
		if (t)
			tally_add(t, x, took > LATE_NS ? took : 0);
		if (x->arrived)
			link_tunnels(m, (enum side)sender, x);
	}
	give_back(m, i);
}

/* --- what came ---------------------------------------------------------------------------- */

static struct item *left_for(struct match *m, int sender, const struct sighting *there)
{
	struct item *best = NULL;
	int walk = LONGEST_WALK;

	for (struct item *i = youngest(&m->way[sender].on_way, BY_KEY, there->key); i && walk--; i = i->of[BY_KEY].older) {
		const struct sighting *left = &i->x.left;
		bool same_id = left->has_id && there->has_id && left->id && left->id == there->id;

		if (i->x.arrived || !same_bytes(left, there) || !in_time(m, left, there->seen.time_ns))
			continue;
		if (same_id)
			return i;
		best = best ? best : i;
	}
	return best;
}

/* As left_for(), where one of the two is unread. */
static struct item *left_unread_for(struct match *m, int sender, const struct sighting *there)
{
	const struct index *x = &m->way[sender].on_way;
	int walk = LONGEST_WALK;

	for (struct item *i = youngest(x, BY_KEY, sighting_size_key(there)); i && walk--; i = i->of[BY_KEY].older)
		if (!i->x.arrived && in_time(m, &i->x.left, there->seen.time_ns))
			return i;
	return NULL;
}

/* Part of a large one that left, whose first packet may have been lost. */
static bool left_inside(struct match *m, int sender, const struct sighting *there)
{
	struct large *l = inside(&m->way[sender], (enum side)sender, there);
	struct item *whole = l ? youngest(&m->way[sender].on_way, BY_KEY, l->key) : NULL;

	if (!whole || !in_time(m, &whole->x.left, there->seen.time_ns))
		return false;
	take_from(l, there);
	if (!whole->x.arrived) {
		whole->x.arrived = whole->x.offloaded = true;
		whole->x.there = *there;
	}
	return true;
}

/* A further copy of something that has arrived already. */
static struct item *copy_of(struct match *m, int sender, const struct sighting *there)
{
	int walk = LONGEST_WALK;

	for (struct item *i = youngest(&m->way[sender].on_way, BY_KEY, there->key); i && walk--; i = i->of[BY_KEY].older)
		if (i->x.arrived && same_bytes(&i->x.left, there) && in_time(m, &i->x.left, there->seen.time_ns))
			return i;
	return NULL;
}

/* The second copy of something that nothing left for: one packet is missing there, not two. */
static bool told_already(const struct match *m, int sender, const struct sighting *there)
{
	const struct item *o = youngest(&m->way[sender].leftover, BY_KEY, there->key);

	return o && same_bytes(&o->x.there, there) && there->seen.time_ns - o->x.there.seen.time_ns < TWICE_NS;
}

static void settle_came(struct match *m, int sender)
{
	struct direction *d = &m->way[sender];
	struct item *came = take_first(&d->came);
	struct item *left = left_for(m, sender, &came->x.there);
	struct item *copy = left ? NULL : copy_of(m, sender, &came->x.there);

	if (!left && !copy)
		left = left_unread_for(m, sender, &came->x.there);
	if (left) {
		left->x.arrived = true;
		left->x.there = came->x.there;
		left->x.offloaded = left->x.left.payload != came->x.there.payload;
		if (!left->x.offloaded)
			nothing_inside(d, (enum side)sender, &left->x.left);
		left->x.altered = !left->x.offloaded && left->x.left.full && came->x.there.full &&
				  left->x.left.full != came->x.there.full;
	} else if (copy) {
		copy->x.copies += 1;
	} else if (left_inside(m, sender, &came->x.there)) {
		/* its sender's recorder has it as a part */
	} else if (!told_already(m, sender, &came->x.there)) {
		put_last(&d->over, came);
		index_add(&d->leftover, came, &came->x.there);
		return;
	}
	give_back(m, came);
}

/* Nothing that left explains it: its sender's recorder missed it, if it was running. */
static void settle_over(struct match *m, int sender)
{
	struct direction *d = &m->way[sender];
	struct item *i = take_first(&d->over);
	const struct sighting *s = &i->x.there;
	int64_t left = s->seen.time_ns - later(m->o.clocks->usual_ns[sender], 0) - m->slack_ns;
	struct tally *t;
	uint32_t serial;

	index_remove(&d->leftover, i, s);
	if (!i->used && !s->unread && s->class < CLASS_ICMP && d->left_of[s->class] && m->overlaps && left >= m->from_ns[sender] + MARGIN_NS &&
	    s->seen.time_ns <= m->until_ns[sender]) {
		/* known only where it arrived: told under that side's tunnel */
		serial = m->o.owner(m->o.ctx, !(enum side)sender, s);
		if (serial) {
			uint64_t key = (uint64_t)!(enum side)sender << 32 | serial;
			struct tally **at = map_add(m->tallies, &key);

			if (at && !*at)
				*at = tally_new(!(enum side)sender, serial);
			t = at ? *at : NULL;
			if (t) {
				t->unsent += 1;
				frames_add(&t->unsent_frames, s->seen);
			}
		}
	}
	give_back(m, i);
}

/* --- in order of time --------------------------------------------------------------------- */

static bool is_due(const struct queue *q, bool there, int64_t until)
{
	const struct item *i = q->first;

	return i && (there ? i->x.there.seen.time_ns : i->x.left.seen.time_ns) <= until;
}

static void go_on(struct match *m, bool all)
{
	int64_t now = m->now_ns;

	for (int sender = NEAR; sender < SIDES; sender++) {
		struct direction *d = &m->way[sender];

		while (d->came.first && (all || is_due(&d->came, true, now - m->slack_ns)))
			settle_came(m, sender);
		while (d->left.first && (all || is_due(&d->left, false, now - WINDOW_NS - 2 * m->slack_ns)))
			settle_left(m, sender, false);
		while (d->left.len > m->o.max_pending)
			settle_left(m, sender, true);
		while (d->over.first && (all || d->over.len > MAX_LEFTOVERS ||
					 is_due(&d->over, true, now - 2 * WINDOW_NS - 4 * m->slack_ns)))
			settle_over(m, sender);
	}
}

/* The recorder, not the path, has the same packet twice: diagnoses 0.7 DUP_NS. */
static bool recorded_twice(struct match *m, int sender, const struct sighting *s)
{
	int walk = LONGEST_WALK;

	for (struct item *i = youngest(&m->way[sender].on_way, BY_KEY, s->key); i && walk--; i = i->of[BY_KEY].older) {
		const struct sighting *x = &i->x.left;

		if (same_bytes(x, s) && s->seen.time_ns - x->seen.time_ns < TWICE_NS && x->id == s->id &&
		    (x->ttl == s->ttl || x->ttl == s->ttl + 1)) {
			m->way[sender].doubled += 1;
			return true;
		}
	}
	return false;
}

/* Later fragments name no port: they have those of the first, which leaves before them. */
static void know_pieces(struct direction *d, struct sighting *s)
{
	struct first_piece *p;

	if (s->class == CLASS_FIRST_FRAGMENT) {
		p = room_for(d->pieces, &s->train);
		*p = (struct first_piece){ s->sport, s->dport };
	} else if (s->class == CLASS_LATER_FRAGMENT) {
		p = map_find(d->pieces, &s->train);
		s->sport = p ? p->sport : 0;
		s->dport = p ? p->dport : 0;
	}
}

static void leaves(struct match *m, int sender, struct sighting s)
{
	struct direction *d = &m->way[sender];
	struct item *i;

	if (s.put_together) {
		struct whole *w = s.train ? room_for(d->made, &s.train) : NULL;

		if (w)
			*w = (struct whole){ s.key, s.print, s.seen };
		return;
	}
	d->left_of[s.class] += 1;
	if (recorded_twice(m, sender, &s))
		return;
	if (s.spi && s.len > LARGE)
		know_large(d, (enum side)sender, &s, s.payload);
	know_pieces(d, &s);
	i = item_new(m);
	i->x.left = s;
	put_last(&d->left, i);
	index_add(&d->on_way, i, &i->x.left);
}

static void comes(struct match *m, int sender, const struct sighting *s)
{
	struct direction *d = &m->way[sender];
	uint64_t key[2] = { s->key, s->print };
	struct seen *seen;
	struct item *i;

	if (s->put_together) {
		seen = room_for(d->came_whole, key);
		*seen = s->seen;
		return;
	}
	d->came_of[s->class] += 1;
	i = item_new(m);
	i->x.there = *s;
	put_last(&d->came, i);
}

static void keepalive(struct match *m, enum side side, int sender, const struct sighting *s)
{
	struct tally *t;

	if (!m->overlaps || s->seen.time_ns < later(m->from_ns[NEAR], m->from_ns[FAR]) ||
	    s->seen.time_ns > m->until_ns[NEAR] || s->seen.time_ns > m->until_ns[FAR])
		return;
	t = tally_of(m, side, s);
	if (t)
		tally_keepalive(t, s->seen, (int)side != sender);
}

void match_saw(struct match *m, enum side side, const struct sighting *s)
{
	int sender = clocks_sender(m->o.clocks, side, s);

	if (sender == UNKNOWN_END)
		return;
	if (m->now_ns != INT64_MIN && s->seen.time_ns < m->now_ns - WINDOW_NS)
		go_on(m, true); /* a clock was set back: nothing from before meets anything from now on */
	m->now_ns = s->seen.time_ns;
	if (s->class == CLASS_KEEPALIVE)
		keepalive(m, side, sender, s);
	else if (sender == (int)side)
		leaves(m, sender, *s);
	else
		comes(m, sender, s);
	go_on(m, false);
}

void match_end(struct match *m)
{
	go_on(m, true);
}

/* --- results ------------------------------------------------------------------------------ */

const struct tally *match_tally(const struct match *m, enum side side, uint32_t tunnel)
{
	uint64_t key = (uint64_t)side << 32 | tunnel;
	struct tally *const *t = map_find(m->tallies, &key);

	return t ? *t : NULL;
}

uint64_t match_links(const struct match *m, uint32_t near, uint32_t far)
{
	const uint64_t *n = map_find(m->links, &(struct link){ near, far });

	return n ? *n : 0;
}

bool match_hears(const struct match *m, enum side side)
{
	for (int class = 0; class < CLASSES; class++)
		if (m->way[!side].came_of[class])
			return true;
	return false;
}

bool match_records(const struct match *m, enum side side, enum class class)
{
	return m->way[!side].came_of[class] || m->way[side].left_of[class];
}

uint64_t match_unfollowed(const struct match *m)
{
	return m->unfollowed;
}

bool match_doubles(const struct match *m, enum side side)
{
	const struct direction *d = &m->way[side];

	return d->doubled * 100 > (d->settled + d->doubled) * DOUBLED_SHARE;
}

bool match_overlaps(const struct match *m)
{
	return m->overlaps;
}

void match_recorded(const struct match *m, enum side side, int64_t *ret_first, int64_t *ret_last)
{
	*ret_first = m->from_ns[side];
	*ret_last = m->until_ns[side];
}
