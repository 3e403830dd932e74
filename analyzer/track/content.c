/*
 * What messages say in clear text: offers, choices, notifies, vendor ids,
 * certificate requests and the hashes that give a NAT away.
 */
#include "analyzer/track/state.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"

enum { /* payloads: RFC 7296 3.2, domain.md 4 */
	V1_SA = 1, V1_ID = 5, V1_CERTREQ = 7, V1_NOTIFY = 11, V1_VENDOR = 13, V1_NATD = 20,
	V1_NATD_DRAFT = 130,
	V1_NATD_LATE_DRAFT = 15, /* drafts 04 to 08; in GDOI's exchanges it is something else */
	V2_SA = 33, V2_KE = 34, V2_CERTREQ = 38, V2_NOTIFY = 41, V2_VENDOR = 43,
};
enum { /* notifies */
	FIRST_STATUS = 16384, INVALID_KE = 17, NAT_SOURCE = 16388, NAT_DESTINATION = 16389,
	COOKIE = 16390, FRAGMENTATION_SUPPORTED = 16430,
};
enum { SA_INIT = 34, V1_INFORMATIONAL = 5 };

/* RFC 7296 2.23 and RFC 3947 3.2: does the hash fit the address and port that we see? */
static bool hash_fits(const struct ike_sa *sa, const struct ike_header *h, const struct addr *a,
		      uint16_t port, struct bytes hash)
{
	static const enum digest kinds[] = { [1] = DIGEST_MD5, [2] = DIGEST_SHA1, [5] = DIGEST_SHA256,
					     [6] = DIGEST_SHA384, [7] = DIGEST_SHA512 };
	enum digest kind = DIGEST_SHA1;
	uint8_t head[18], made[DIGEST_MAX];
	size_t len;

	if (sa->version == 1 && sa->has_suite) {
		if (sa->suite.prf >= sizeof kinds / sizeof *kinds)
			return false;
		kind = kinds[sa->suite.prf];
	}
	for (int i = 0; i < 8; i++) {
		head[i] = (uint8_t)(h->spi_i >> (56 - 8 * i));
		head[8 + i] = (uint8_t)(h->spi_r >> (56 - 8 * i));
	}
	head[16] = (uint8_t)(port >> 8);
	head[17] = (uint8_t)port;
	len = digest_of(kind, (struct bytes[]){ { head, 16 }, addr_bytes(a), { head + 16, 2 } }, 3, made);
	return len && len == hash.len && !memcmp(made, hash.at, len);
}

static void read_v2_nat(struct ike_sa *sa, uint8_t from, const struct message *m,
			const struct ike_notify *n)
{
	const struct packet *p = m->packet;
	const struct ike_header *h = &m->u.ike.header;
	struct nat_hashes *nat = &sa->nat[from];

	if (!nat->seen)
		*nat = (struct nat_hashes){ .seen = true, .at = m->seen };
	if (n->type == NAT_SOURCE) /* several are allowed: any that fits counts */
		nat->source_fits |= hash_fits(sa, h, &p->src, p->sport, n->data);
	else
		nat->destination_fits |= hash_fits(sa, h, &p->dst, p->dport, n->data);
}

static void read_v1_nat(struct ike_sa *sa, uint8_t from, const struct message *m, struct bytes hash,
			unsigned nth)
{
	const struct packet *p = m->packet;
	const struct ike_header *h = &m->u.ike.header;
	struct nat_hashes *nat = &sa->nat[from];

	if (nth == 0) {
		*nat = (struct nat_hashes){ .seen = true, .at = m->seen };
		nat->destination_fits = hash_fits(sa, h, &p->dst, p->dport, hash);
	} else {
		nat->source_fits |= hash_fits(sa, h, &p->src, p->sport, hash);
	}
}

static struct exchange *answered_by(struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from)
{
	if (is_answer)
		return x;
	if (x->step != INFORMATIONAL_V1)
		return NULL;
	for (size_t i = sa->exchanges_len; i-- > 0;) /* the youngest question of the other end */
		if (sa->exchanges[i]->from != from && sa->exchanges[i]->step != INFORMATIONAL_V1)
			return sa->exchanges[i];
	return NULL;
}

static void read_notify(struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
			const struct message *m, const struct ike_notify *n)
{
	struct exchange *asked = answered_by(sa, x, is_answer, from);
	struct notice *notice = NULL;

	if (n->type < FIRST_STATUS && asked)
		asked->refused = n->type;
	for (size_t i = 0; i < sa->notices_len && !notice; i++)
		if (sa->notices[i].type == n->type && sa->notices[i].from == from)
			notice = &sa->notices[i];
	if (!notice) {
		if (sa->notices_len == MAX_NOTICES)
			return;
		notice = MEM_PUSH(sa->notices, sa->notices_len, sa->notices_room);
		*notice = (struct notice){ .type = n->type, .from = from, .seen = m->seen,
					   .bytes = m->u.ike.header.length,
					   .exchange = asked ? asked->serial : 0 };
	}
	notice->count += 1;
	notice->last = m->seen;
	witness_add(&notice->frames, m->seen);
	if (n->type == INVALID_KE && n->data.len >= 2)
		notice->group = (uint16_t)(n->data.at[0] << 8 | n->data.at[1]);
}

static void read_vendor(struct ike_sa *sa, uint8_t from, struct bytes vid)
{
	const struct ike_vendor *v = ike_vendor_of(vid);

	if (!v)
		return;
	if (sa->version == 1 && strstr(v->name, "FRAGMENTATION"))
		sa->fragmentation[from] = true;
	if (strstr(v->name, "NAT-T"))
		sa->nat_t[from] = true;
	for (uint32_t i = 0; i < sa->vendors_len[from]; i++)
		if (sa->vendors[from][i] == v)
			return;
	if (sa->vendors_len[from] < MAX_VENDORS)
		sa->vendors[from][sa->vendors_len[from]++] = v;
}

static void read_v2(struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
		    const struct message *m, struct ike_payload *p)
{
	struct ike_notify n;
	struct ike_ke ke;

	if (p->type == V2_SA && x->type == SA_INIT) {
		offer_read(sa, p->body, is_answer);
	} else if (p->type == V2_KE && x->type == SA_INIT && !is_answer && ike2_parse_ke(&p->body, &ke)) {
		sa->asked_group = ke.group;
	} else if (p->type == V2_CERTREQ) {
		sa->certreq[from] = true;
	} else if (p->type == V2_VENDOR) {
		read_vendor(sa, from, cur_rest(&p->body));
	} else if (p->type == V2_NOTIFY && ike2_parse_notify(&p->body, &n)) {
		if (n.type == NAT_SOURCE || n.type == NAT_DESTINATION) {
			sa->nat_t[from] = true;
			if (x->type == SA_INIT)
				read_v2_nat(sa, from, m, &n);
		} else if (n.type == FRAGMENTATION_SUPPORTED) {
			sa->fragmentation[from] = true;
		} else if (n.type == COOKIE && !is_answer) {
			x->has_cookie = true;
		} else {
			read_notify(sa, x, is_answer, from, m, &n);
		}
	}
}

static void read_v1(struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
		    const struct message *m, struct ike_payload *p, unsigned *nat_nth)
{
	struct ike_notify n;

	if (p->type == V1_SA && (x->step == MAIN_1 || x->step == AGGRESSIVE_1)) {
		offer_read(sa, p->body, is_answer);
	} else if (p->type == V1_CERTREQ) {
		sa->certreq[from] = true;
	} else if (p->type == V1_VENDOR) {
		read_vendor(sa, from, cur_rest(&p->body));
	} else if (p->type == V1_NATD || p->type == V1_NATD_DRAFT ||
		   (p->type == V1_NATD_LATE_DRAFT && (x->step == MAIN_3 || x->step == AGGRESSIVE_1 ||
						      x->step == AGGRESSIVE_3))) {
		read_v1_nat(sa, from, m, cur_rest(&p->body), (*nat_nth)++);
	} else if (p->type == V1_NOTIFY && ike1_parse_notify(&p->body, &n)) {
		read_notify(sa, x, is_answer, from, m, &n);
	}
}

void content_read(struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
		  const struct message *m)
{
	const struct ike_header *h = &m->u.ike.header;
	struct ike_chain chain = ike_chain(h, m->u.ike.bytes, m->u.ike.cut);
	unsigned nat_nth = 0;
	struct ike_payload p;

	while (ike_next_payload(&chain, &p)) {
		if (chain.major == 1)
			read_v1(sa, x, is_answer, from, m, &p, &nat_nth);
		else
			read_v2(sa, x, is_answer, from, m, &p);
	}
}
