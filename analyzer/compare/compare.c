#include "analyzer/compare/compare.h"

#include "analyzer/compare/join.h"
#include "dissect/base/mem.h"

enum { MAX_LOCALS = 64 };

struct compare {
	struct lessons *lessons;
	struct clocks clocks;
	struct match *match;
	struct track *tracks[SIDES];
	struct addr locals[SIDES][MAX_LOCALS];
	size_t locals_len[SIDES];
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

void compare_settle(struct compare *c)
{
	lessons_settle(c->lessons, &c->clocks);
	for (int side = NEAR; side < SIDES; side++)
		for (struct reach *r = map_oldest(c->clocks.reaches[side]); r; r = map_younger(c->clocks.reaches[side], r))
			if (r->sure && r->end == side && c->locals_len[side] < MAX_LOCALS)
				memcpy(&c->locals[side][c->locals_len[side]++], map_key(c->clocks.reaches[side], r),
				       sizeof(struct addr));
}

bool compare_start(const struct compare *c, int64_t *ret_ns)
{
	const struct span *near = &c->clocks.span[NEAR], *far = &c->clocks.span[FAR];
	int64_t of_far = far->any ? clocks_near(&c->clocks, far->first) : 0;

	if (!near->any && !far->any)
		return false;
	*ret_ns = !far->any || (near->any && near->first.time_ns < of_far) ? near->first.time_ns : of_far;
	return true;
}

int64_t compare_time(const struct compare *c, enum side side, struct seen s)
{
	return side == NEAR ? s.time_ns : clocks_near(&c->clocks, s);
}

const struct addr *compare_locals(const struct compare *c, enum side side, size_t *ret_n)
{
	*ret_n = c->locals_len[side];
	return c->locals[side];
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
