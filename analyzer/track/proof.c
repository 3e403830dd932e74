/*
 * What the two sides say of themselves in clear text: identities, certificates,
 * whose certificates they ask for and which signatures they take. IKEv2 and
 * Main Mode encrypt most of it, Aggressive Mode nothing.
 */
#include <strings.h>
#include <time.h>

#include "analyzer/track/state.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { ID_IPV4 = 1, ID_FQDN = 2, ID_USER_FQDN = 3, ID_IPV6 = 5, ID_DN = 9 }; /* the same in both versions */

static struct proof *proof_of(struct ike_sa *sa, uint8_t end)
{
	if (!sa->proof[end])
		sa->proof[end] = mem_zero(sizeof *sa->proof[end]);
	return sa->proof[end];
}

void proof_free(struct proof *take)
{
	mem_free(take);
}

static bool is_printable(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.at[i] < 0x20 || b.at[i] == 0x7f)
			return false;
	return b.len > 0;
}

/* RFC 2407 4.6.2, RFC 7296 3.5. */
static void identity_text(const struct ike_id *id, struct text *t)
{
	struct addr a = { .family = id->data.len == 4 ? 4 : 6 };
	char buf[ADDR_TEXT], name[X509_TEXT_LEN];

	if ((id->type == ID_IPV4 && id->data.len == 4) || (id->type == ID_IPV6 && id->data.len == 16)) {
		memcpy(a.at, id->data.at, id->data.len);
		text_add(t, addr_text(&a, buf));
	} else if (id->type == ID_DN && x509_name_parse(id->data, name)) {
		text_add(t, name);
	} else if (id->type == ID_FQDN || id->type == ID_USER_FQDN || is_printable(id->data)) {
		text_add_wire(t, id->data);
	} else {
		text_add(t, "0x");
		text_add_hex(t, id->data);
	}
}

void proof_identity(struct ike_sa *sa, uint8_t from, struct seen seen, struct cursor body)
{
	struct proof *p;
	struct ike_id id;
	struct text t;

	if (!(sa->version == 1 ? ike1_parse_id(&body, &id) : ike2_parse_id(&body, &id)))
		return;
	p = proof_of(sa, from);
	text_init(&t);
	identity_text(&id, &t);
	if (t.len < sizeof p->identity.text) {
		p->identity.type = id.type;
		p->identity.seen = seen;
		memcpy(p->identity.text, t.at, t.len + 1);
	}
	text_clear(&t);
}

/* Each certificate is decoded once, however often it is sent; NULL when it is none or one too many. */
static const struct x509 *certificate_of(struct track *t, struct bytes der)
{
	uint64_t print = digest_quick(der);
	struct x509 *known = map_find(t->certificates, &print), *slot, made;

	if (known)
		return known;
	if (map_full(t->certificates) || !x509_parse(der, &made) || !(slot = map_add(t->certificates, &print)))
		return NULL;
	*slot = made;
	return slot;
}

void proof_certificate(struct track *t, struct ike_sa *sa, uint8_t from, struct seen seen, struct cursor body)
{
	enum { SIGNATURE = 4, KEY_EXCHANGE = 5 };
	struct ike_cert c;
	const struct x509 *cert;
	struct proof *p;

	if (!ike_parse_cert(&body, &c) || (c.encoding != SIGNATURE && c.encoding != KEY_EXCHANGE) ||
	    !(cert = certificate_of(t, c.data)))
		return;
	p = proof_of(sa, from);
	for (uint32_t i = 0; i < p->certs_len; i++)
		if (p->certs[i].cert == cert)
			return;
	p->certs_total += 1;
	if (p->certs_len == MAX_CERTS)
		return;
	p->certs[p->certs_len].cert = cert;
	p->certs[p->certs_len++].seen = seen;
}

static const char *name_of(struct track *t, struct bytes der)
{
	uint64_t print = digest_quick(der);
	char *known = map_find(t->authority_names, &print), made[X509_TEXT_LEN];

	if (known)
		return known;
	if (map_full(t->authority_names) || !x509_name_parse(der, made) ||
	    !(known = map_add(t->authority_names, &print)))
		return NULL;
	memcpy(known, made, sizeof made);
	return known;
}

static void add_hash(struct proof *p, struct bytes hash)
{
	for (uint32_t i = 0; i < p->hashes_len; i++)
		if (!memcmp(p->authorities[i], hash.at, X509_HASH_LEN))
			return;
	p->authorities_total += 1;
	if (p->hashes_len < MAX_AUTHORITIES)
		memcpy(p->authorities[p->hashes_len++], hash.at, X509_HASH_LEN);
}

static void add_name(struct proof *p, const char *name)
{
	for (uint32_t i = 0; i < p->names_len; i++)
		if (p->authority_names[i] == name)
			return;
	p->authorities_total += 1;
	if (name && p->names_len < MAX_AUTHORITIES)
		p->authority_names[p->names_len++] = name;
}

/* RFC 7296 3.7: hashes of keys; RFC 2408 3.10: one name, or none. */
void proof_request(struct track *t, struct ike_sa *sa, uint8_t from, struct seen seen, struct cursor body)
{
	struct proof *p = proof_of(sa, from);
	struct bytes one;
	uint8_t encoding;

	if (!ike2_open_certreq(&body, &encoding))
		return;
	p->asked = seen;
	if (!cur_left(&body))
		p->any_authority = true;
	else if (sa->version == 1)
		add_name(p, name_of(t, cur_rest(&body)));
	else
		while (ike2_next_authority(&body, &one))
			add_hash(p, one);
}

/* RFC 7427 4 */
void proof_signature_hashes(struct ike_sa *sa, uint8_t from, struct seen seen, struct bytes data)
{
	struct proof *p = proof_of(sa, from);

	p->signature_seen = seen;
	for (size_t i = 0; i + 1 < data.len; i += 2) {
		unsigned id = (unsigned)data.at[i] << 8 | data.at[i + 1];

		if (id < 32)
			p->signature_hashes |= UINT32_C(1) << id;
	}
}

/* --- facts --- */

static json_t *day(int64_t seconds)
{
	time_t when = (time_t)seconds;
	char text[16] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm) && tm.tm_year > -1900 && tm.tm_year < 8100)
		strftime(text, sizeof text, "%Y-%m-%d", &tm);
	return json_string(text);
}

static json_t *names(const struct x509 *c)
{
	static const char *const kinds[] = { "DNS", "IP", "email", "URI" };
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->names_len; i++)
		json_array_append_new(list, json_pack("{s:s,s:s}", "kind", kinds[c->names[i].kind], "text",
						      c->names[i].text));
	return list;
}

static json_t *certificate(const struct x509 *c, struct seen seen)
{
	enum { DAY = 86400 };
	int64_t now = seen.time_ns / SECOND_NS;
	bool early = now < c->not_before, expired = now > c->not_after;
	json_t *purposes = json_array(), *urls = json_array(), *o;

	for (uint32_t i = 0; i < c->purposes_len; i++)
		json_array_append_new(purposes, json_string(c->purposes[i]));
	for (uint32_t i = 0; i < c->urls_len; i++)
		json_array_append_new(urls, json_string(c->urls[i]));
	o = json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:b,s:o,s:o,s:o,s:o}", "subject", c->subject, "issuer",
		      c->issuer, "serial", c->serial, "dates",
		      early ? "early" : expired ? "expired" : "valid", "authority", (int)c->is_authority,
		      "self_signed", (int)c->self_signed, "may_sign", (int)c->may_sign, "has_purposes",
		      (int)c->has_purposes, "purposes", purposes, "urls", urls, "names", names(c), "frame",
		      told_frame(seen));
	told_put(o, "not_before", day(c->not_before));
	told_put(o, "not_after", day(c->not_after));
	told_put(o, "off", json_integer(early ? (json_int_t)((c->not_before - now) / DAY)
					      : expired ? (json_int_t)((now - c->not_after) / DAY) : 0));
	return o;
}

/* The one that signs: the first that is no authority. */
static const struct x509 *leaf_of(const struct proof *p)
{
	for (uint32_t i = 0; i < p->certs_len; i++)
		if (!p->certs[i].cert->is_authority)
			return p->certs[i].cert;
	return p->certs_len ? p->certs[0].cert : NULL;
}

static const struct x509 *issuer_of(const struct proof *p, const struct x509 *c)
{
	for (uint32_t i = 0; i < p->certs_len; i++)
		if (p->certs[i].cert != c && !strcmp(p->certs[i].cert->subject, c->issuer))
			return p->certs[i].cert;
	return NULL;
}

static bool names_it(const struct proof *asker, const struct x509 *c, const struct x509 *issuer)
{
	for (uint32_t i = 0; i < asker->names_len; i++)
		if (!strcasecmp(asker->authority_names[i], c->issuer))
			return true;
	for (uint32_t i = 0; issuer && issuer->has_key_hash && i < asker->hashes_len; i++)
		if (!memcmp(asker->authorities[i], issuer->key_hash, X509_HASH_LEN))
			return true;
	return false;
}

/*
 * Follows the issuers from the one that signs. `top` is the last issuer named;
 * `sent` tells whether it came along; `asked` whether the other side wants one
 * of those issuers, where its request allows to tell.
 */
static json_t *chain(const struct proof *p, const struct proof *asker)
{
	const struct x509 *c = leaf_of(p), *issuer = NULL;
	bool named = false, whole = true;
	json_t *o;

	if (!c)
		return NULL;
	for (uint32_t i = 0; i < MAX_CERTS; i++) {
		issuer = issuer_of(p, c);
		named |= asker && names_it(asker, c, issuer);
		whole &= issuer != NULL || c->self_signed;
		if (!issuer || c->self_signed)
			break;
		c = issuer;
	}
	o = json_pack("{s:s,s:s,s:b,s:i}", "leaf", leaf_of(p)->subject, "top", c->issuer, "sent",
		      (int)(issuer || c->self_signed), "length", (int)p->certs_total);
	/* names tell everything; hashes only when every issuer's key is here */
	if (asker && !asker->any_authority && asker->authorities_total &&
	    asker->authorities_total == asker->names_len + asker->hashes_len &&
	    (named || !asker->hashes_len || whole))
		told_put(o, "asked", json_boolean(named));
	return o;
}

/* True when none of the texts was cut and no name is left out. */
static bool knows_all_names(const struct x509 *c)
{
	return !c->cut && c->names_total == c->names_len;
}

static bool fits(const struct x509_name *n, const char *text)
{
	struct addr a, b;

	if (n->kind != X509_ADDRESS)
		return !strcasecmp(n->text, text);
	return addr_parse(n->text, &a) && addr_parse(text, &b) && addr_equal(&a, &b);
}

/* RFC 4945 3.1: the identity stands in the certificate, in the field of its kind. NULL: cannot be told. */
static json_t *in_certificate(const struct proof *p)
{
	static const int kinds[] = { [ID_IPV4] = X509_ADDRESS, [ID_FQDN] = X509_DNS,
				     [ID_USER_FQDN] = X509_MAIL, [ID_IPV6] = X509_ADDRESS };
	const struct x509 *c = leaf_of(p);
	uint8_t type = p->identity.type;

	if (!c || !p->identity.seen.frame ||
	    (type != ID_IPV4 && type != ID_FQDN && type != ID_USER_FQDN && type != ID_IPV6 && type != ID_DN))
		return NULL;
	if (type == ID_DN)
		return c->cut ? NULL : json_boolean(!strcasecmp(p->identity.text, c->subject));
	for (uint32_t i = 0; i < c->names_len; i++)
		if ((int)c->names[i].kind == kinds[type] && fits(&c->names[i], p->identity.text))
			return json_true();
	return knows_all_names(c) ? json_false() : NULL;
}

static json_t *identity(const struct ike_sa *sa, const struct proof *p)
{
	char buf[IKE_NAME_TEXT];
	json_t *o;

	if (!p || !p->identity.seen.frame)
		return NULL;
	o = json_pack("{s:s,s:s,s:o}", "type",
		      ike_name_or(sa->version == 1 ? IKE1_ID_TYPES : IKE2_ID_TYPES, p->identity.type, buf),
		      "text", p->identity.text, "frame", told_frame(p->identity.seen));
	told_put(o, "in_certificate", in_certificate(p));
	return o;
}

static json_t *certificates(const struct proof *p)
{
	json_t *list;

	if (!p || !p->certs_len)
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < p->certs_len; i++)
		json_array_append_new(list, certificate(p->certs[i].cert, p->certs[i].seen));
	return list;
}

static json_t *authorities(const struct proof *p)
{
	json_t *hashes, *list;

	if (!p || !p->asked.frame)
		return NULL;
	hashes = json_array();
	list = json_array();
	for (uint32_t i = 0; i < p->hashes_len; i++) {
		struct text t;

		text_init(&t);
		text_add_hex(&t, (struct bytes){ p->authorities[i], X509_HASH_LEN });
		json_array_append_new(hashes, json_string(t.at));
		text_clear(&t);
	}
	for (uint32_t i = 0; i < p->names_len; i++)
		json_array_append_new(list, json_string(p->authority_names[i]));
	return json_pack("{s:i,s:b,s:o,s:o,s:o}", "total", (int)p->authorities_total, "any",
			 (int)p->any_authority, "hashes", hashes, "names", list, "frame", told_frame(p->asked));
}

static json_t *signature_hashes(const struct proof *p)
{
	char buf[IKE_NAME_TEXT];
	json_t *list;

	if (!p || !p->signature_seen.frame)
		return NULL;
	list = json_array();
	for (unsigned i = 0; i < 32; i++)
		if (p->signature_hashes >> i & 1)
			json_array_append_new(list, json_string(ike_name_or(IKE_SIGNATURE_HASHES, i, buf)));
	return json_pack("{s:o,s:o}", "hashes", list, "frame", told_frame(p->signature_seen));
}

static void put_sides(const struct told *told, json_t *o, const char *name, json_t *take_end0, json_t *take_end1)
{
	if (take_end0 || take_end1)
		told_put(o, name, told_sides(told, take_end0, take_end1));
}

void proof_facts(const struct told *told, const struct ike_sa *sa, json_t *attempt)
{
	const struct proof *p0 = sa->proof[0], *p1 = sa->proof[1];

	put_sides(told, attempt, "identities", identity(sa, p0), identity(sa, p1));
	put_sides(told, attempt, "certificates", certificates(p0), certificates(p1));
	put_sides(told, attempt, "chain", p0 ? chain(p0, p1) : NULL, p1 ? chain(p1, p0) : NULL);
	put_sides(told, attempt, "authorities", authorities(p0), authorities(p1));
	put_sides(told, attempt, "signatures", signature_hashes(p0), signature_hashes(p1));
}
