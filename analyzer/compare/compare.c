#include "analyzer/compare/compare.h"

#include "analyzer/compare/join.h"
#include "dissect/base/mem.h"

enum { MAX_LOCALS = 64 };

struct compare {
	struct lessons *lessons;
	struct clocks clocks;
	struct match *match;
	struct track *tracks[SIDES];
	struct addrs {
		struct addr at[MAX_LOCALS];
		size_t len;
	} ends[SIDES][SIDES], locals[SIDES]; /* by side, and by end */
};

struct compare *compare_new(void)
{
	struct compare *c = mem_zero(sizeof *c);

	c->lessons = lessons_new();
	return c;
}

void compare_free(struct compare *take)
{
	if (!take)
		return;
	lessons_free(take->lessons);
	match_free(take->match);
	clocks_clear(&take->clocks);
	mem_free(take);
}

void compare_frame(struct compare *c, enum side side, struct seen s)
{
	lessons_frame(c->lessons, side, s);
}

void compare_learn(struct compare *c, enum side side, const struct message *m)
{
	struct sighting s;

	if (m->packet) {
		lessons_host(c->lessons, side, &m->packet->src);
		lessons_host(c->lessons, side, &m->packet->dst);
	}
	if (m->kind == MSG_OTHER && m->u.other.kind >= OTHER_ARP_REQUEST && m->u.other.kind <= OTHER_ADVERTISE)
		lessons_host(c->lessons, side, &m->u.other.target);
	if (sighting_of(m, &s))
		lessons_saw(c->lessons, side, &s);
}

static void add_addr(struct addrs *list, const struct addr *a)
{
	if (list->len < MAX_LOCALS)
		list->at[list->len++] = *a;
}

void compare_told(struct compare *c, enum side end, const struct addr *a)
{
	lessons_told(c->lessons, end, a);
}

void compare_settle(struct compare *c)
{
	lessons_settle(c->lessons, &c->clocks);
	for (int side = NEAR; side < SIDES; side++)
		for (struct reach *r = map_oldest(c->clocks.reaches[side]); r; r = map_younger(c->clocks.reaches[side], r)) {
			const struct addr *a = map_key(c->clocks.reaches[side], r);

			if (!r->sure || r->end == UNKNOWN_END)
				continue;
			add_addr(&c->ends[side][r->end], a);
			if (r->end == side && r->packets && (r->out || r->untouched == r->packets))
				add_addr(&c->locals[side], a);
		}
}

bool compare_start(const struct compare *c, int64_t *ret_ns)
{
	bool any = false;

	for (int side = NEAR; side < SIDES; side++) {
		const struct span *span = &c->clocks.span[side];
		int64_t first = span->any ? clocks_time(&c->clocks, (enum side)side, span->first) : 0;

		if (!span->any || (any && first >= *ret_ns))
			continue;
		*ret_ns = first;
		any = true;
	}
	return any;
}

int64_t compare_time(const struct compare *c, enum side side, struct seen s)
{
	return clocks_time(&c->clocks, side, s);
}

const struct addr *compare_locals(const struct compare *c, enum side side, size_t *ret_n)
{
	*ret_n = c->locals[side].len;
	return c->locals[side].at;
}

const struct addr *compare_ends(const struct compare *c, enum side side, enum side end, size_t *ret_n)
{
	*ret_n = c->ends[side][end].len;
	return c->ends[side][end].at;
}

static uint32_t owner(void *ctx, enum side side, const struct sighting *s)
{
	struct compare *c = ctx;
	struct packet p = { .src = s->src, .dst = s->dst, .sport = s->sport, .dport = s->dport,
			    .protocol = s->protocol };
	uint8_t end;

	return track_owner(c->tracks[side], &p, &end);
}

void compare_follow(struct compare *c, struct track *near, struct track *far)
{
	c->tracks[NEAR] = near;
	c->tracks[FAR] = far;
	c->match = match_new(&(struct match_options){ .clocks = &c->clocks, .owner = owner, .ctx = c });
}

void compare_saw(struct compare *c, enum side side, const struct message *m)
{
	struct sighting s;

	if (sighting_of(m, &s))
		match_saw(c->match, side, &s);
}

void compare_end(struct compare *c)
{
	match_end(c->match);
}

json_t *compare_facts(const struct compare *c, const json_t *near, const json_t *far)
{
	struct joining j = {
		.view = { .clocks = &c->clocks, .match = c->match,
			  .captures = { json_object_get(near, "capture"), json_object_get(far, "capture") } },
		.facts = { near, far },
		.tracks = { c->tracks[NEAR], c->tracks[FAR] },
	};

	compare_start(c, &j.view.start_ns);
	return join_facts(&j);
}
