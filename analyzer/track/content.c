/*
 * What messages say in clear text: offers, choices, notifies, vendor ids,
 * certificate requests and the hashes that give a NAT away.
 */
#include "analyzer/track/state.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { /* notifies */
	CRITICAL_PAYLOAD = 1, FIRST_STATUS = 16384, INVALID_KE = 17, NAT_SOURCE = 16388,
	NAT_DESTINATION = 16389, COOKIE = 16390, REDIRECT = 16407, FRAGMENTATION_SUPPORTED = 16430,
	SIGNATURE_HASHES = 16431,
};

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

/* The sender's hash of itself does not fit what we see: kept, to find what it does fit. */
static void keep_riddle(struct nat_hashes *nat, const struct ike_sa *sa, const struct message *m, struct bytes hash)
{
	const struct ike_header *h = &m->u.ike.header;
	const struct packet *p = m->packet;
	bool sha1 = sa->version == 2 || (sa->has_suite && sa->suite.prf == 2);

	if (!sha1 || hash.len != sizeof nat->riddle.digest || p->src.family != 4)
		return;
	for (int i = 0; i < 8; i++) {
		nat->riddle.front[i] = (uint8_t)(h->spi_i >> (56 - 8 * i));
		nat->riddle.front[8 + i] = (uint8_t)(h->spi_r >> (56 - 8 * i));
	}
	nat->riddle.port = p->dport == PORT_NATT || p->sport == PORT_NATT ? PORT_NATT : PORT_IKE;
	memcpy(nat->riddle.digest, hash.at, hash.len);
	nat->has_riddle = true;
	nat->translated = !is_ike_port(p->sport);
}

static void read_v2_nat(struct ike_sa *sa, uint8_t from, const struct message *m,
			const struct ike_notify *n)
{
	const struct packet *p = m->packet;
	const struct ike_header *h = &m->u.ike.header;
	struct nat_hashes *nat = &sa->nat[from];

	if (!nat->seen)
		*nat = (struct nat_hashes){ .seen = true, .at = m->seen };
	if (n->type == NAT_SOURCE) { /* several are allowed: any that fits counts */
		nat->source_fits |= hash_fits(sa, h, &p->src, p->sport, n->data);
		if (!nat->source_fits)
			keep_riddle(nat, sa, m, n->data);
	} else
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
		if (!nat->source_fits)
			keep_riddle(nat, sa, m, hash);
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
	if (n->type == CRITICAL_PAYLOAD && n->data.len) /* v1: INVALID-PAYLOAD-TYPE, the same */
		notice->payload = n->data.at[0];
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

/* RFC 5685 5 and 6: kind of the name, its length, the name; in an answer our nonce behind it. */
static void read_redirect(struct ike_sa *sa, uint8_t from, struct seen seen, struct bytes data)
{
	enum { IPV4 = 1, IPV6 = 2, NAME = 3 };
	struct cursor c = cur_over(data.at, data.len, false);
	uint8_t kind = cur_u8(&c), len = cur_u8(&c);
	struct bytes who = cur_bytes(&c, len);
	struct addr a = { .family = kind == IPV6 ? 6 : 4 };
	char buf[ADDR_TEXT];
	struct text t;

	if (!cur_ok(&c) || (kind == IPV4 && len != 4) || (kind == IPV6 && len != 16))
		return;
	text_init(&t);
	if (kind == IPV4 || kind == IPV6) {
		memcpy(a.at, who.at, who.len);
		text_add(&t, addr_text(&a, buf));
	} else if (kind == NAME) {
		text_add_wire(&t, who);
	}
	if (t.len && t.len < sizeof sa->redirect.to) {
		memcpy(sa->redirect.to, t.at, t.len + 1);
		sa->redirect.from = from;
		sa->redirect.seen = seen;
	}
	text_clear(&t);
}

/* RFC 7296 2.6: what was asked for must come back byte for byte. */
static void read_cookie(struct ike_sa *sa, struct exchange *x, bool is_answer, struct bytes data)
{
	uint64_t print = digest_quick(data);

	if (is_answer) {
		sa->cookie = print;
		sa->cookies_asked += 1;
		return;
	}
	x->has_cookie = true;
	if (sa->cookies_asked && print == sa->cookie)
		sa->cookies_given += 1;
	else if (sa->cookies_asked)
		sa->cookies_wrong += 1;
}

static void read_share(struct ike_sa *sa, uint8_t from, struct seen seen, uint16_t group, size_t bytes)
{
	sa->share[from].group = group;
	sa->share[from].bytes = (uint32_t)bytes;
	sa->share[from].seen = seen;
}

/* Octets of a payload behind its header and `read` more, those too that the snap length cut off. */
static size_t left_of(const struct ike_payload *p, size_t read)
{
	return p->body.cut ? p->len - 4 - read : cur_left(&p->body);
}

static void read_v2_notify(struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
			   const struct message *m, const struct ike_notify *n)
{
	switch (n->type) {
	case NAT_SOURCE:
	case NAT_DESTINATION:
		sa->nat_t[from] = true;
		if (x->type == IKE2_X_IKE_SA_INIT)
			read_v2_nat(sa, from, m, n);
		return;
	case FRAGMENTATION_SUPPORTED:
		sa->fragmentation[from] = true;
		return;
	case SIGNATURE_HASHES:
		proof_signature_hashes(sa, from, m->seen, n->data);
		return;
	case COOKIE:
		read_cookie(sa, x, is_answer, n->data);
		if (is_answer)
			break;
		return;
	case REDIRECT:
		read_redirect(sa, from, m->seen, n->data);
		break;
	}
	read_notify(sa, x, is_answer, from, m, n);
}

static void read_v2(struct track *t, struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
		    const struct message *m, struct ike_payload *p)
{
	struct ike_notify n;
	struct ike_ke ke;

	if (p->type == IKE2_P_SA && x->type == IKE2_X_IKE_SA_INIT) {
		offer_read(sa, p->body, is_answer);
	} else if (p->type == IKE2_P_KE && x->type == IKE2_X_IKE_SA_INIT && ike2_parse_ke(&p->body, &ke)) {
		if (!is_answer)
			sa->asked_group = ke.group;
		read_share(sa, from, m->seen, ke.group, p->body.cut ? left_of(p, 4) : ke.data.len);
	} else if (p->type == IKE2_P_NONCE && x->type == IKE2_X_IKE_SA_INIT) {
		sa->share[from].nonce = (uint32_t)left_of(p, 0);
	} else if ((p->type == IKE2_P_IDi && !is_answer) || (p->type == IKE2_P_IDr && is_answer)) {
		proof_identity(sa, from, m->seen, p->body);
	} else if (p->type == IKE2_P_CERT) {
		proof_certificate(t, sa, from, m->seen, p->body);
	} else if (p->type == IKE2_P_CERTREQ) {
		sa->certreq[from] = true;
		proof_request(t, sa, from, m->seen, p->body);
	} else if (p->type == IKE2_P_V) {
		read_vendor(sa, from, cur_rest(&p->body));
	} else if (p->type == IKE2_P_N && ike2_parse_notify(&p->body, &n)) {
		read_v2_notify(sa, x, is_answer, from, m, &n);
	}
}

static void read_v1(struct track *t, struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
		    const struct message *m, struct ike_payload *p, unsigned *nat_nth)
{
	bool phase_1 = x->step >= MAIN_1 && x->step <= AGGRESSIVE_3;
	struct ike_notify n;

	if (p->type == IKE1_P_SA && (x->step == MAIN_1 || x->step == AGGRESSIVE_1)) {
		offer_read(sa, p->body, is_answer);
	} else if (p->type == IKE1_P_KE && phase_1) {
		read_share(sa, from, m->seen, 0, left_of(p, 0));
	} else if (p->type == IKE1_P_NONCE && phase_1) {
		sa->share[from].nonce = (uint32_t)left_of(p, 0);
	} else if (p->type == IKE1_P_ID && phase_1) {
		proof_identity(sa, from, m->seen, p->body);
	} else if (p->type == IKE1_P_CERT) {
		proof_certificate(t, sa, from, m->seen, p->body);
	} else if (p->type == IKE1_P_CERTREQ) {
		sa->certreq[from] = true;
		proof_request(t, sa, from, m->seen, p->body);
	} else if (p->type == IKE1_P_VID) {
		read_vendor(sa, from, cur_rest(&p->body));
	} else if (p->type == IKE1_P_NAT_D || p->type == IKE1_P_NAT_D_DRAFT ||
		   (p->type == IKE1_P_SAK && (x->step == MAIN_3 || x->step == AGGRESSIVE_1 ||
						      x->step == AGGRESSIVE_3))) {
		read_v1_nat(sa, from, m, cur_rest(&p->body), (*nat_nth)++);
	} else if (p->type == IKE1_P_N && ike1_parse_notify(&p->body, &n)) {
		read_notify(sa, x, is_answer, from, m, &n);
	}
}

/* RFC 3948 2.2: four zero octets in front of IKE on 4500, and nowhere else. */
static void read_marker(struct ike_sa *sa, uint8_t from, const struct message *m)
{
	const struct packet *p = m->packet;
	bool natt = p->sport == PORT_NATT || p->dport == PORT_NATT;
	bool ike = p->sport == PORT_IKE || p->dport == PORT_IKE;

	if (natt != ike && m->u.ike.carriage == (natt ? CARRIED_UDP : CARRIED_UDP_MARK)) {
		sa->marker[from].too_many = ike;
		witness_add(&sa->marker[from].frames, m->seen);
	}
}

void content_read(struct track *t, struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
		  const struct message *m)
{
	const struct ike_header *h = &m->u.ike.header;
	struct ike_chain chain = ike_chain(h, m->u.ike.bytes, m->u.ike.cut);
	unsigned nat_nth = 0;
	struct ike_payload p;

	read_marker(sa, from, m);
	while (ike_next_payload(&chain, &p)) {
		if (chain.major == 1)
			read_v1(t, sa, x, is_answer, from, m, &p, &nat_nth);
		else
			read_v2(t, sa, x, is_answer, from, m, &p);
	}
	if (chain.c.fault == FAULT_SHORT || chain.c.fault == FAULT_LENGTH || m->u.ike.short_of)
		(is_answer ? &x->answer : &x->request)->malformed = true;
}
