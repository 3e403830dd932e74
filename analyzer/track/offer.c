/*
 * Offers and choices of an IKE SA, and where two sides differ: the transform
 * diff of diagnoses.md, section 2.
 */
#include "analyzer/track/state.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { V1_ATTR_ENCR = 1, V1_ATTR_HASH = 2, V1_ATTR_AUTH = 3, V1_ATTR_GROUP = 4, V1_ATTR_LIFE_TYPE = 11,
       V1_ATTR_LIFE = 12, V1_ATTR_KEY = 14 };
enum { LIFE_SECONDS = 1 };

static void add_choice(struct offer *o, enum offer_kind kind, uint32_t id, uint16_t key_bits)
{
	struct choices *c = &o->of[kind];

	for (uint32_t i = 0; i < c->len; i++)
		if (c->at[i].id == id && c->at[i].key_bits == key_bits)
			return;
	if (c->len < MAX_CHOICES)
		c->at[c->len++] = (struct choice){ (uint16_t)id, key_bits };
	else
		o->more = true;
}

/* RFC 7296 3.3.2: transform types of an IKE SA; 6 to 12 are additional key exchanges (RFC 9370). */
static void read_v2_proposal(struct offer *o, struct ike_proposal *p)
{
	static const enum offer_kind kinds[] = { [1] = OFFER_ENCR, [2] = OFFER_PRF, [3] = OFFER_INTEG,
						 [4] = OFFER_GROUP };
	struct ike_transform tf;

	while (ike2_next_transform(&p->body, &tf))
		if (tf.type >= 1 && tf.type <= 4)
			add_choice(o, kinds[tf.type], tf.id, tf.key_bits);
		else if (tf.type >= 6 && tf.type <= 12)
			add_choice(o, OFFER_ADDITIONAL, tf.id, 0);
}

/* RFC 2409 appendix A: each transform is an alternative of its own. */
static void read_v1_transform(struct offer *o, struct ike_transform *tf)
{
	uint32_t encr = 0, life_type = 0;
	struct ike_attribute a;
	uint16_t key_bits = 0;

	while (ike1_next_attribute(&tf->attributes, &a)) {
		uint32_t v = (uint32_t)a.number;

		if (a.type == V1_ATTR_ENCR)
			encr = v;
		else if (a.type == V1_ATTR_KEY)
			key_bits = (uint16_t)v;
		else if (a.type == V1_ATTR_HASH)
			add_choice(o, OFFER_HASH, v, 0);
		else if (a.type == V1_ATTR_GROUP)
			add_choice(o, OFFER_GROUP, v, 0);
		else if (a.type == V1_ATTR_AUTH)
			add_choice(o, OFFER_AUTH, v, 0);
		else if (a.type == V1_ATTR_LIFE_TYPE)
			life_type = v;
		else if (a.type == V1_ATTR_LIFE && life_type == LIFE_SECONDS)
			o->life_seconds = v;
	}
	if (encr)
		add_choice(o, OFFER_ENCR, encr, key_bits);
}

static struct offer *next_offer(struct ike_sa *sa)
{
	if (sa->offers_len == MAX_OFFERS) {
		sa->offers_total += 1;
		return NULL;
	}
	sa->offers_total += 1;
	return MEM_PUSH(sa->offers, sa->offers_len, sa->offers_room);
}

static void read_v1(struct ike_sa *sa, struct cursor body, struct offer *chosen)
{
	uint32_t doi, situation;
	struct ike_proposal p;
	struct ike_transform tf;

	if (!ike1_open_sa(&body, &doi, &situation))
		return;
	while (ike1_next_proposal(&body, &p))
		while (ike1_next_transform(&p.body, &tf)) {
			struct offer *o = chosen ? chosen : next_offer(sa);

			if (o)
				read_v1_transform(o, &tf);
		}
}

static void read_v2(struct ike_sa *sa, struct cursor body, struct offer *chosen)
{
	struct ike_proposal p;

	while (ike2_next_proposal(&body, &p)) {
		struct offer *o = chosen ? chosen : next_offer(sa);

		if (o)
			read_v2_proposal(o, &p);
	}
}

void offer_read(struct ike_sa *sa, struct cursor body, bool is_answer)
{
	struct ike_suite suite = { 0 };

	if (is_answer) {
		if (!(sa->version == 1 ? ike1_chosen(body, &suite) : ike2_chosen(body, &suite)))
			return;
		sa->suite = suite;
		sa->has_suite = true;
		sa->chosen = (struct offer){ 0 };
	} else if (sa->offers_len) {
		return;
	}
	if (sa->version == 1)
		read_v1(sa, body, is_answer ? &sa->chosen : NULL);
	else
		read_v2(sa, body, is_answer ? &sa->chosen : NULL);
	if (body.cut && !is_answer)
		for (size_t i = 0; i < sa->offers_len; i++)
			sa->offers[i].more = true; /* the snap length took the rest */
}

static bool offers_auth(const struct ike_sa *sa, unsigned low, unsigned high)
{
	for (size_t i = 0; i < sa->offers_len; i++) {
		const struct choices *c = &sa->offers[i].of[OFFER_AUTH];

		for (uint32_t k = 0; k < c->len; k++)
			if (c->at[k].id >= low && c->at[k].id <= high)
				return true;
	}
	return false;
}

bool offer_has_psk(const struct ike_sa *sa)
{
	return offers_auth(sa, 1, 1) || offers_auth(sa, 65001, 65002);
}

bool offer_has_xauth(const struct ike_sa *sa)
{
	return offers_auth(sa, 64221, 64224) || offers_auth(sa, 65001, 65010);
}

bool offer_has_group(const struct ike_sa *sa, uint16_t group)
{
	for (size_t i = 0; i < sa->offers_len; i++) {
		const struct choices *c = &sa->offers[i].of[OFFER_GROUP];

		for (uint32_t k = 0; k < c->len; k++)
			if (c->at[k].id == group)
				return true;
	}
	return false;
}

static void add_name(struct text *t, uint8_t version, enum offer_kind kind, struct choice c)
{
	static const enum ike_table v1[] = { [OFFER_ENCR] = IKE1_ENCR, [OFFER_HASH] = IKE1_HASH,
					     [OFFER_AUTH] = IKE1_AUTH, [OFFER_GROUP] = IKE_GROUPS },
				    v2[] = { [OFFER_ENCR] = IKE_ENCR, [OFFER_PRF] = IKE_PRF,
					     [OFFER_INTEG] = IKE_INTEG, [OFFER_GROUP] = IKE_GROUPS,
					     [OFFER_ADDITIONAL] = IKE_GROUPS };
	char buf[IKE_NAME_TEXT];

	text_add(t, ike_name_or(version == 1 ? v1[kind] : v2[kind], c.id, buf));
	if (c.key_bits)
		text_addf(t, "-%u", c.key_bits);
}

static const enum offer_kind kinds_v1[] = { OFFER_ENCR, OFFER_HASH, OFFER_GROUP, OFFER_AUTH };
static const enum offer_kind kinds_v2[] = { OFFER_ENCR, OFFER_INTEG, OFFER_PRF, OFFER_GROUP,
					    OFFER_ADDITIONAL };

static size_t kinds_of(uint8_t version, const enum offer_kind **ret)
{
	*ret = version == 1 ? kinds_v1 : kinds_v2;
	return version == 1 ? sizeof kinds_v1 / sizeof *kinds_v1 : sizeof kinds_v2 / sizeof *kinds_v2;
}

/* "AES_CBC-256/HMAC_SHA2_256/MODP-2048": a choice of several is told with commas. */
json_t *offer_text(uint8_t version, const struct offer *o)
{
	const enum offer_kind *kinds;
	size_t n = kinds_of(version, &kinds);
	struct text t;
	json_t *s;

	text_init(&t);
	for (size_t k = 0; k < n; k++) {
		const struct choices *c = &o->of[kinds[k]];

		for (uint32_t i = 0; i < c->len; i++) {
			text_add(&t, i ? "," : t.len ? "/" : "");
			add_name(&t, version, kinds[k], c->at[i]);
		}
	}
	s = json_string(t.at);
	text_clear(&t);
	return s;
}

static json_t *choice_names(uint8_t version, enum offer_kind kind, const struct choices *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->len; i++) {
		struct text t;

		text_init(&t);
		add_name(&t, version, kind, c->at[i]);
		json_array_append_new(list, json_string(t.at));
		text_clear(&t);
	}
	return list;
}

static bool share_one(const struct choices *x, const struct choices *y)
{
	for (uint32_t i = 0; i < x->len; i++)
		for (uint32_t k = 0; k < y->len; k++)
			if (x->at[i].id == y->at[k].id && x->at[i].key_bits == y->at[k].key_bits)
				return true;
	return false;
}

/* A kind that only one of them names is no difference: AEAD ciphers go without integrity. */
static bool differ(const struct offer *x, const struct offer *y, enum offer_kind kind)
{
	return x->of[kind].len && y->of[kind].len && !share_one(&x->of[kind], &y->of[kind]);
}

struct closest { /* the pair of offers with the fewest differences */
	const struct offer *asked, *accepted;
	uint8_t version;
	unsigned distance;
	const char *basis;
	struct seen at;
};

static void compare(struct closest *best, const struct ike_sa *refused, const struct offer *accepted,
		    const char *basis, struct seen at)
{
	const enum offer_kind *kinds;
	size_t n = kinds_of(refused->version, &kinds);

	for (size_t i = 0; i < refused->offers_len; i++) {
		unsigned distance = 0;

		for (size_t k = 0; k < n; k++)
			distance += differ(&refused->offers[i], accepted, kinds[k]);
		if (!best->asked || distance < best->distance)
			*best = (struct closest){ &refused->offers[i], accepted, refused->version,
						  distance, basis, at };
	}
}

/* What is known of the taste of the side that refused, best witness first. */
static struct closest closest(const struct tunnel *n, const struct ike_sa *refused, struct offer *asked_for)
{
	struct closest best = { 0 };
	uint8_t judge = !refused->initiator;

	for (uint32_t i = 0; i < n->attempts_len; i++) {
		const struct ike_sa *sa = n->attempts[i];

		if (sa->initiator == judge && sa->version == refused->version)
			for (size_t k = 0; k < sa->offers_len; k++)
				compare(&best, refused, &sa->offers[k], "offers", sa->first);
	}
	for (uint32_t i = 0; i < n->attempts_len && !best.asked; i++) {
		const struct ike_sa *sa = n->attempts[i];

		if (sa->initiator != judge && sa != refused && sa->version == refused->version && sa->has_suite)
			compare(&best, refused, &sa->chosen, "chose", sa->first);
	}
	for (size_t i = 0; i < refused->notices_len && !best.asked; i++)
		if (refused->notices[i].group && refused->notices[i].from == judge) {
			add_choice(asked_for, OFFER_GROUP, refused->notices[i].group, 0);
			compare(&best, refused, asked_for, "asks", refused->notices[i].seen);
		}
	return best;
}

static const char *kind_name(enum offer_kind kind)
{
	static const char *const names[] = { [OFFER_ENCR] = "encryption", [OFFER_PRF] = "PRF",
					     [OFFER_INTEG] = "integrity", [OFFER_GROUP] = "DH group",
					     [OFFER_HASH] = "hash", [OFFER_AUTH] = "authentication",
					     [OFFER_ADDITIONAL] = "additional key exchange" };

	return names[kind];
}

/* {basis, distance, rows {[n]={what, offered {..}, accepted {..}}}, frames}, or NULL when nothing is known. */
json_t *offer_difference(const struct tunnel *n, const struct ike_sa *refused)
{
	struct offer asked_for = { 0 };
	struct closest best = closest(n, refused, &asked_for);
	const enum offer_kind *kinds;
	json_t *o, *rows;
	size_t len;

	if (!best.asked)
		return NULL;
	rows = json_array();
	len = kinds_of(best.version, &kinds);
	for (size_t k = 0; k < len; k++)
		if (differ(best.asked, best.accepted, kinds[k]))
			json_array_append_new(
				rows, json_pack("{s:s,s:o,s:o}", "what", kind_name(kinds[k]),
						"offered",
						choice_names(best.version, kinds[k], &best.asked->of[kinds[k]]),
						"accepted",
						choice_names(best.version, kinds[k],
							     &best.accepted->of[kinds[k]])));
	o = json_pack("{s:s,s:i,s:o,s:[o]}", "basis", best.basis, "distance", (int)best.distance, "rows", rows,
		      "frames", told_frame(best.at));
	return o;
}

/* NONE of a registry stands for nothing: an answer may say it although nobody offered it. */
static uint32_t real_choices(const struct choices *c, struct choice ret[MAX_CHOICES])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->len; i++)
		if (c->at[i].id)
			ret[n++] = c->at[i];
	return n;
}

/* RFC 7296 2.7: one transform of each type, and one that was offered. */
static bool taken_from(const struct offer *offered, const struct offer *chosen, enum offer_kind kind)
{
	const struct choices *from = &offered->of[kind];
	struct choice real[MAX_CHOICES];
	uint32_t n = real_choices(&chosen->of[kind], real);

	for (uint32_t i = 0; i < n; i++) {
		bool found = false;

		for (uint32_t k = 0; k < from->len && !found; k++)
			found = from->at[k].id == real[i].id && from->at[k].key_bits == real[i].key_bits;
		if (!found)
			return false;
	}
	return n <= 1 || kind == OFFER_ADDITIONAL;
}

static const struct offer *nearest(const struct ike_sa *sa, unsigned *ret_distance)
{
	const enum offer_kind *kinds;
	size_t n = kinds_of(sa->version, &kinds);
	const struct offer *best = NULL;

	for (size_t i = 0; i < sa->offers_len; i++) {
		unsigned distance = 0;

		for (size_t k = 0; k < n; k++)
			distance += !taken_from(&sa->offers[i], &sa->chosen, kinds[k]);
		if (!best || distance < *ret_distance)
			best = &sa->offers[i], *ret_distance = distance;
	}
	return best;
}

/* {[n]={what, chosen {..}, offered {..}}}: an answer that no offer holds, against the one next to it; else NULL. */
json_t *offer_bad_answer(const struct ike_sa *sa)
{
	const enum offer_kind *kinds;
	size_t n = kinds_of(sa->version, &kinds);
	unsigned distance = 0;
	const struct offer *from = NULL;
	json_t *rows;

	for (size_t i = 0; i < sa->offers_len; i++)
		if (sa->offers[i].more)
			return NULL;
	if (sa->has_suite && !sa->chosen.more && sa->offers_total == sa->offers_len)
		from = nearest(sa, &distance);
	if (!from || !distance)
		return NULL;
	rows = json_array();
	for (size_t k = 0; k < n; k++)
		if (!taken_from(from, &sa->chosen, kinds[k]))
			json_array_append_new(
				rows, json_pack("{s:s,s:o,s:o}", "what", kind_name(kinds[k]), "chosen",
						choice_names(sa->version, kinds[k], &sa->chosen.of[kinds[k]]),
						"offered",
						choice_names(sa->version, kinds[k], &from->of[kinds[k]])));
	return rows;
}

/* {offered {..}, chosen}: seconds; NULL when neither is told. */
json_t *offer_life(const struct ike_sa *sa)
{
	json_t *offered = json_array(), *o;

	for (size_t i = 0; i < sa->offers_len; i++) {
		uint32_t life = sa->offers[i].life_seconds;
		bool known = !life;

		for (size_t k = 0; k < i && !known; k++)
			known = sa->offers[k].life_seconds == life;
		if (!known)
			json_array_append_new(offered, json_integer(life));
	}
	if (!json_array_size(offered) && !(sa->has_suite && sa->suite.life_seconds)) {
		json_decref(offered);
		return NULL;
	}
	o = json_pack("{s:o}", "offered", offered);
	if (sa->has_suite && sa->suite.life_seconds)
		told_put(o, "chosen", json_integer(sa->suite.life_seconds));
	return o;
}
