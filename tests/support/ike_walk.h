/*
 * support/ike_walk.h - a message through every parser of the ike room.
 *
 * ike_walk() says what went wrong, or NULL: a window outside the message, or a
 * walk that does not end. Reads no octet itself: exact-size buffers and ASan do.
 */
#ifndef TESTS_SUPPORT_IKE_WALK_H
#define TESTS_SUPPORT_IKE_WALK_H

#include "dissect/ike/ike.h"

struct ike_walk {
	struct bytes message;
	const char *wrong; /* the first thing; stays */
};

static inline void walk_must(struct ike_walk *w, bool holds, const char *what)
{
	if (!holds && !w->wrong)
		w->wrong = what;
}

static inline void walk_inside(struct ike_walk *w, struct bytes b)
{
	const uint8_t *from = w->message.at, *to = from + w->message.len;

	walk_must(w, !b.len || (b.at >= from && b.at <= to && b.len <= (size_t)(to - b.at)),
		  "a window outside the message");
}

/* A walk takes at least four octets a step. */
static inline size_t walk_steps(const struct cursor *c)
{
	return cur_left(c) / 4 + 1;
}

static inline void walk_attributes(struct ike_walk *w, struct cursor c)
{
	size_t most = walk_steps(&c), n = 0;
	struct cursor v2 = c, config = c;
	struct ike_attribute a;

	for (; ike1_next_attribute(&c, &a); n++)
		walk_inside(w, a.value);
	walk_must(w, n <= most, "a walk without end");
	for (n = 0; ike2_next_attribute(&v2, &a); n++)
		walk_inside(w, a.value);
	walk_must(w, n <= most, "a walk without end");
	for (n = 0; ike2_next_config_attribute(&config, &a); n++)
		walk_inside(w, a.value);
	walk_must(w, n <= most, "a walk without end");
}

static inline void walk_v1_sa(struct ike_walk *w, struct cursor c)
{
	struct ike_suite suite;
	struct ike_proposal p;
	struct ike_transform t;
	uint32_t doi, situation;

	(void)ike1_chosen(c, &suite);
	if (!ike1_open_sa(&c, &doi, &situation))
		return;
	for (size_t left = walk_steps(&c); ike1_next_proposal(&c, &p) && !w->wrong; left--) {
		walk_must(w, left > 0, "a walk without end");
		walk_inside(w, p.spi);
		for (size_t inner = walk_steps(&p.body);
		     ike1_next_transform(&p.body, &t) && !w->wrong; inner--) {
			walk_must(w, inner > 0, "a walk without end");
			walk_attributes(w, t.attributes);
		}
	}
}

static inline void walk_v2_sa(struct ike_walk *w, struct cursor c)
{
	struct ike_suite suite;
	struct ike_sizes sizes;
	struct ike_proposal p;
	struct ike_transform t;

	if (ike2_chosen(c, &suite))
		(void)ike_sizes_of(&suite, &sizes);
	for (size_t left = walk_steps(&c); ike2_next_proposal(&c, &p) && !w->wrong; left--) {
		walk_must(w, left > 0, "a walk without end");
		walk_inside(w, p.spi);
		for (size_t inner = walk_steps(&p.body);
		     ike2_next_transform(&p.body, &t) && !w->wrong; inner--) {
			walk_must(w, inner > 0, "a walk without end");
			walk_attributes(w, t.attributes);
		}
	}
}

static inline void walk_lists(struct ike_walk *w, struct cursor body)
{
	struct cursor selectors = body, authorities = body;
	struct bytes authority;
	struct ike_ts ts;
	uint8_t number;

	if (ike2_open_ts(&selectors, &number))
		for (size_t left = walk_steps(&selectors);
		     ike2_next_ts(&selectors, &ts) && !w->wrong; left--) {
			walk_must(w, left > 0, "a walk without end");
			walk_inside(w, ts.start);
			walk_inside(w, ts.end);
		}
	if (ike2_open_certreq(&authorities, &number))
		for (size_t left = walk_steps(&authorities);
		     ike2_next_authority(&authorities, &authority) && !w->wrong; left--) {
			walk_must(w, left > 0, "a walk without end");
			walk_inside(w, authority);
		}
}

/* Parsers step over what they read: each gets a cursor of its own. */
#define WALK_TRY(parse, type, window)             \
	do {                                      \
		struct cursor own_ = body;        \
		type ret_;                        \
		if (parse(&own_, &ret_))          \
			walk_inside(w, ret_.window); \
	} while (0)

static inline void walk_payload(struct ike_walk *w, struct cursor body)
{
	struct cursor own = body;
	struct ike_config config;

	WALK_TRY(ike1_parse_ke, struct ike_ke, data);
	WALK_TRY(ike2_parse_ke, struct ike_ke, data);
	WALK_TRY(ike1_parse_id, struct ike_id, data);
	WALK_TRY(ike2_parse_id, struct ike_id, data);
	WALK_TRY(ike1_parse_notify, struct ike_notify, data);
	WALK_TRY(ike2_parse_notify, struct ike_notify, spi);
	WALK_TRY(ike1_parse_delete, struct ike_delete, spis);
	WALK_TRY(ike2_parse_delete, struct ike_delete, spis);
	WALK_TRY(ike_parse_cert, struct ike_cert, data);
	WALK_TRY(ike2_parse_skf, struct ike_skf, rest);
	WALK_TRY(ike1_parse_fragment, struct ike1_fragment, data);
	WALK_TRY(ike2_parse_auth, struct ike_auth, algorithm);
	WALK_TRY(ike2_parse_eap, struct ike_eap, data);
	if (ike1_parse_config(&own, &config))
		walk_attributes(w, config.attributes);
	own = body;
	if (ike2_parse_config(&own, &config))
		walk_attributes(w, config.attributes);
	walk_v1_sa(w, body);
	walk_v2_sa(w, body);
	walk_lists(w, body);
	walk_attributes(w, body);
	own = body;
	(void)ike_vendor_of(cur_rest(&own));
}
#undef WALK_TRY

static inline const char *ike_walk(struct bytes message, bool cut)
{
	struct ike_walk w = { .message = message };
	struct cursor c = cur_over(message.at, message.len, cut);
	struct ike_header h;
	struct ike_chain chain;
	struct ike_payload p;
	size_t n = 0;

	if (!ike_parse_header(&c, &h))
		return NULL;
	(void)ike_plausible(&h, message.len);
	chain = ike_chain(&h, message, cut);
	for (; ike_next_payload(&chain, &p) && !w.wrong; n++) {
		walk_inside(&w, (struct bytes){ p.body.at, cur_left(&p.body) });
		walk_payload(&w, p.body);
		walk_must(&w, n <= message.len / 4, "a walk without end");
	}
	return w.wrong;
}

#endif
