#include "tests/support/build.h"
#include "tests/support/suite.h"

#include "dissect/net/ip_reassembly.h"

enum { SPAN = 256, MAX_PARTS = 100, ROUNDS = 500 };

struct part {
	uint32_t offset, said, recorded;
	bool more;
	uint8_t bytes[SPAN];
};

/* The same again, octet by octet, as slow as can be. */
struct model {
	bool said[2 * SPAN], recorded[2 * SPAN];
	uint8_t byte[2 * SPAN];
	struct part parts[MAX_PARTS];
	uint32_t count, duplicates, total, reach;
	bool has_last, overlap, differs, spoilt, v6;
};

static bool model_differs(const struct model *m, const struct part *p)
{
	for (uint32_t i = 0; i < p->recorded; i++)
		if (m->recorded[p->offset + i] && m->byte[p->offset + i] != p->bytes[i])
			return true;
	return false;
}

static bool model_repeats(const struct model *m, const struct part *p)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->parts[i].offset == p->offset && m->parts[i].said == p->said &&
		    m->parts[i].more == p->more)
			return true;
	return false;
}

static void model_fill(struct model *m, const struct part *p)
{
	for (uint32_t i = 0; i < p->recorded; i++)
		if (!m->recorded[p->offset + i]) {
			m->recorded[p->offset + i] = true;
			m->byte[p->offset + i] = p->bytes[i];
		}
}

static bool model_whole(const struct model *m)
{
	for (uint32_t i = 0; i < m->total; i++)
		if (!m->said[i])
			return false;
	return m->has_last && !m->spoilt;
}

static bool model_add(struct model *m, const struct part *p)
{
	bool differs = model_differs(m, p), repeats = model_repeats(m, p);
	uint32_t end = p->offset + p->said;

	model_fill(m, p);
	if (repeats && !differs) {
		m->duplicates += 1;
		return false;
	}
	for (uint32_t i = p->offset; i < end; i++) {
		m->overlap |= m->said[i];
		m->said[i] = true;
	}
	m->differs |= differs;
	if (!p->more && !m->has_last) {
		m->has_last = true;
		m->total = end;
	} else if (!p->more) {
		m->spoilt |= end != m->total;
	}
	m->reach = end > m->reach ? end : m->reach;
	m->spoilt |= (m->has_last && m->reach > m->total) || differs || (m->v6 && m->overlap);
	m->parts[m->count++] = *p;
	return model_whole(m);
}

static bool real_add(struct reassembly *r, const struct part *p, bool v6, uint32_t id,
		     uint64_t frame, struct datagram *ret)
{
	uint8_t *tight = copy_exactly(p->bytes, p->recorded);
	struct ip ip = { .payload = cur_over(tight, p->recorded, p->recorded < p->said),
			 .payload_len = p->said,
			 .header_len = v6 ? 40 : 20,
			 .fragment = true,
			 .more = p->more,
			 .offset = p->offset };
	struct packet packet = { .protocol = 17, .id = id, .len = ip.header_len + p->said };
	bool whole;

	addr_parse(v6 ? "2001:db8::1" : "192.0.2.1", &packet.src);
	addr_parse(v6 ? "2001:db8::2" : "192.0.2.2", &packet.dst);
	whole = reassembly_add(r, (struct seen){ 0, frame, 0 }, &packet, &ip, ret);
	free(tight);
	return whole;
}

static void expect_same(const struct datagram *d, const struct model *m)
{
	uint32_t head = 0;

	while (head < 2 * SPAN && m->recorded[head])
		head++;
	ck_assert_int_eq(d->train.complete, model_whole(m));
	ck_assert_uint_eq(d->train.count, m->count);
	ck_assert_uint_eq(d->train.duplicates, m->duplicates);
	ck_assert_uint_eq(d->train.total, m->total);
	ck_assert_int_eq(d->train.overlap, m->overlap);
	ck_assert_int_eq(d->train.overlap_differs, m->differs);
	ck_assert_int_eq(d->train.has_last, m->has_last);
	ck_assert_int_eq(d->train.has_first, m->said[0]);
	ck_assert_uint_eq(d->train.head.len, head);
	ck_assert(!head || !memcmp(d->train.head.at, m->byte, head));
	for (uint32_t i = 0; i < m->count; i++)
		ck_assert_uint_eq(d->train.pieces[i].offset, m->parts[i].offset);
}

/* A piece of a datagram of `total` octets, mostly true, now and then a lie. */
static struct part any_part(uint64_t *state, uint32_t total, bool lies, bool cuts)
{
	struct part p = { .offset = build_random(state) % (total / 8 + 1) * 8 };
	uint32_t room = total > p.offset ? total - p.offset : 8;

	p.said = (1 + build_random(state) % (room / 8 + 1)) * 8;
	if (p.said >= room)
		p.said = room;
	p.more = p.offset + p.said < total;
	for (uint32_t i = 0; i < p.said; i++)
		p.bytes[i] = (uint8_t)((p.offset + i) * 37 + 11);
	if (lies && build_random(state) % 16 == 0)
		p.bytes[build_random(state) % p.said] ^= 0xff;
	if (lies && build_random(state) % 16 == 0 && (p.more || p.said % 8 == 0))
		p.more = !p.more;
	p.recorded =
		cuts && build_random(state) % 3 == 0 ? build_random(state) % (p.said + 1) : p.said;
	return p;
}

static void compare_with_model(bool v6, bool lies, bool cuts)
{
	static struct model m;
	int whole = 0;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		struct reassembly *r = reassembly_new(2, 1 << 20);
		uint64_t state = round * 4 + v6 + 2u * lies;
		uint32_t total = 9 + build_random(&state) % (SPAN / 2);
		struct datagram d;

		memset(&m, 0, sizeof m);
		m.v6 = v6;
		for (uint64_t i = 0; i < MAX_PARTS; i++) {
			struct part p = any_part(&state, total, lies, cuts);
			bool expected = model_add(&m, &p);

			ck_assert_int_eq(real_add(r, &p, v6, 7, i, &d), expected);
			if (expected) {
				expect_same(&d, &m);
				whole += 1;
				break;
			}
		}
		if (!model_whole(&m)) {
			ck_assert(reassembly_rest(r, &d));
			expect_same(&d, &m);
		}
		datagram_clear(&d);
		reassembly_free(r);
	}
	ck_assert_int_gt(whole, v6 ? 0 : ROUNDS / 10); /* else this proves little */
	ck_assert_int_lt(whole, lies || v6 ? ROUNDS : ROUNDS + 1);
}

START_TEST(any_pieces_in_any_order_give_what_the_model_gives)
{
	compare_with_model(false, false, false);
	compare_with_model(false, false, true);
}
END_TEST

START_TEST(pieces_that_lie_give_what_the_model_gives)
{
	compare_with_model(false, true, false);
	compare_with_model(false, true, true);
}
END_TEST

START_TEST(pieces_of_ipv6_give_what_the_model_gives)
{
	compare_with_model(true, false, false);
	compare_with_model(true, true, true);
}
END_TEST

static void shuffle(struct part *parts, uint32_t n, uint64_t *state)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t with = build_random(state) % i;
		struct part held = parts[i - 1];

		parts[i - 1] = parts[with];
		parts[with] = held;
	}
}

/* Cuts 0..total into pieces, repeats some of them; returns how many there are. */
static uint32_t split(struct part *parts, uint32_t total, uint64_t *state, uint32_t *ret_distinct)
{
	uint32_t n = 0, repeats;

	for (uint32_t at = 0; at < total; n++) {
		uint32_t len = (1 + build_random(state) % 4) * 8;

		len = len < total - at ? len : total - at;
		parts[n] = (struct part){
			.offset = at, .said = len, .recorded = len, .more = at + len < total
		};
		for (uint32_t i = 0; i < len; i++)
			parts[n].bytes[i] = (uint8_t)((at + i) * 91 + 5);
		at += len;
	}
	*ret_distinct = n;
	for (repeats = build_random(state) % 8; repeats; repeats--, n++)
		parts[n] = parts[build_random(state) % *ret_distinct];
	return n;
}

START_TEST(any_cut_in_any_order_with_duplicates_is_whole_with_its_last_missing_piece)
{
	static struct part parts[MAX_PARTS];

	for (uint64_t round = 0; round < ROUNDS; round++) {
		struct reassembly *r = reassembly_new(2, 1 << 20);
		uint64_t state = round;
		uint32_t total = 1 + build_random(&state) % SPAN, distinct, seen = 0;
		uint32_t n = split(parts, total, &state, &distinct);
		bool there[SPAN / 8 + 1] = { false }, v6 = round % 2;
		struct datagram d;

		shuffle(parts, n, &state);
		for (uint32_t i = 0; i < n; i++) {
			bool whole = real_add(r, &parts[i], v6, 7, i, &d);

			seen += !there[parts[i].offset / 8];
			there[parts[i].offset / 8] = true;
			ck_assert_int_eq(whole, seen == distinct);
			if (!whole)
				continue;
			ck_assert_uint_eq(d.train.total, total);
			ck_assert_uint_eq(d.train.count, distinct);
			ck_assert_uint_eq(d.train.duplicates, i + 1 - distinct);
			for (uint32_t k = 0; k < total; k++)
				ck_assert_uint_eq(d.train.head.at[k], (uint8_t)(k * 91 + 5));
			datagram_clear(&d);
			break;
		}
		ck_assert(!reassembly_rest(r, &d));
		reassembly_free(r);
	}
}
END_TEST

/* Of many broken sets each leaves exactly once, the oldest first, and never more than two stay. */
START_TEST(limits_of_two_lose_no_set_and_tell_none_twice)
{
	struct reassembly *r = reassembly_new(2, 1 << 20);
	uint32_t last = 0, told = 0, added = 0;
	uint64_t state = 5;
	struct datagram d;

	for (uint32_t i = 0; i < 5000; i++) {
		struct part p = { .offset = 8 * (build_random(&state) % 20),
				  .said = 8,
				  .recorded = 8,
				  .more = true };
		uint32_t id = added + (added == 0 || build_random(&state) % 2);

		added = id;
		ck_assert(!real_add(r, &p, false, id, i, &d));
		while (reassembly_over(r, &d)) {
			ck_assert_uint_eq(d.packet.id, last + 1);
			ck_assert(d.train.evicted);
			last = d.packet.id;
			told += 1;
			datagram_clear(&d);
		}
		ck_assert_uint_le(added - told, 2);
	}
	while (reassembly_rest(r, &d)) {
		ck_assert_uint_eq(d.packet.id, last + 1);
		last = d.packet.id;
		told += 1;
		datagram_clear(&d);
	}
	ck_assert_uint_eq(told, added);
	reassembly_free(r);
}
END_TEST

SUITE("reassembly, as a property", any_pieces_in_any_order_give_what_the_model_gives,
      pieces_that_lie_give_what_the_model_gives, pieces_of_ipv6_give_what_the_model_gives,
      any_cut_in_any_order_with_duplicates_is_whole_with_its_last_missing_piece,
      limits_of_two_lose_no_set_and_tell_none_twice)
