#include "analyzer/compare/sighting.h"

#include "dissect/base/digest.h"
#include "dissect/base/map.h"

enum { UDP = 17, ESP = 50, AH = 51 };
enum { UDP_HEADER = 8, PRINTED = 64, TOLD = 16, ESP_HEADER = 8, ESP_PRINTED = 32, IPV4_HEADER = 20, IPV6_HEADER = 40 };

const char *const class_names[CLASSES] = {
#define CLASS(token, name) name,
#include "analyzer/compare/class.def"
#undef CLASS
};

/* Fields of a key, put together without padding. */
struct key {
	uint64_t at[8];
	size_t len;
};

static void add(struct key *k, uint64_t value)
{
	k->at[k->len++] = value;
}

static uint64_t hash(const struct key *k)
{
	return map_hash(k->at, k->len * sizeof *k->at);
}

/* Never 0, which says that there was too little to go by. */
static uint64_t print_of(struct bytes b)
{
	uint64_t print = digest_quick(b);

	return print ? print : 1;
}

static uint64_t train_of(const struct packet *p)
{
	struct {
		struct addr src, dst;
		uint32_t id;
		uint8_t protocol;
	} k;

	if (!p->has_id)
		return 0;
	memset(&k, 0, sizeof k);
	k.src = p->src;
	k.dst = p->dst;
	k.id = p->id;
	k.protocol = p->protocol;
	return map_hash(&k, sizeof k) | 1;
}

static enum class ike_class(enum carriage c)
{
	return c == CARRIED_TCP ? CLASS_TCP : c == CARRIED_UDP_MARK ? CLASS_IKE_4500 : CLASS_IKE_500;
}

static enum class esp_class(enum carriage c)
{
	return c == CARRIED_TCP ? CLASS_TCP : c == CARRIED_IP ? CLASS_ESP : CLASS_ESP_UDP;
}

static void see_ike(const struct message *m, struct sighting *ret)
{
	const struct ike_header *h = &m->u.ike.header;
	struct key k = { .len = 0 };

	ret->class = ike_class(m->u.ike.carriage);
	add(&k, m->u.ike.carriage == CARRIED_TCP ? 'T' : 'I'); /* what did not pass in UDP is said again in TCP */
	add(&k, h->spi_i);
	add(&k, h->spi_r);
	add(&k, (uint64_t)h->exchange << 48 | (uint64_t)h->flags << 40 | h->next);
	add(&k, (uint64_t)h->message_id << 32 | h->length);
	ret->key = hash(&k);
	ret->print = m->u.ike.cut ? 0 : print_of(m->u.ike.bytes);
}

static void see_esp(const struct message *m, struct sighting *ret)
{
	struct bytes b = m->u.esp.bytes;
	struct key k = { .len = 0 };

	ret->class = m->kind == MSG_AH ? CLASS_AH : esp_class(m->u.esp.carriage);
	add(&k, 'E');
	add(&k, (uint64_t)m->u.esp.spi << 32 | m->u.esp.sequence);
	add(&k, (uint64_t)ret->class); /* not its length: hosts that offload put several into one */
	ret->key = hash(&k);
	ret->sample = m->u.esp.sequence;
	ret->spi = m->u.esp.spi;
	ret->full = m->packet->cut || b.len < m->u.esp.len ? 0 : print_of(b);
	if (b.len >= ESP_HEADER + ESP_PRINTED)
		ret->print = print_of((struct bytes){ b.at + ESP_HEADER, ESP_PRINTED });
}

/* A NAT changes the addresses, ports and checksums that an error quotes, and nothing else of it. */
static void see_icmp(const struct message *m, struct sighting *ret)
{
	const struct icmp_error *e = &m->u.icmp;
	struct key k = { .len = 0 };

	ret->class = CLASS_ICMP;
	add(&k, 'C');
	add(&k, (uint64_t)m->packet->src.family << 32 | (uint64_t)e->type << 8 | e->code);
	add(&k, (uint64_t)e->quoted.id << 32 | e->quoted_offset);
	add(&k, e->quotes_esp ? (uint64_t)e->spi << 32 | e->sequence : 0);
	add(&k, e->quotes_ike ? e->ike.spi_i : 0);
	add(&k, e->quotes_ike ? e->ike.message_id : 0);
	ret->key = hash(&k);
}

/* Pings between the ends show that a recorder runs. They are told by their IP id, where they have one. */
static bool see_echo(const struct message *m, struct sighting *ret)
{
	struct key k = { .len = 0 };

	if ((m->u.other.kind != OTHER_ECHO_REQUEST && m->u.other.kind != OTHER_ECHO_REPLY) || !ret->has_id || !ret->id)
		return false;
	ret->class = CLASS_ECHO;
	add(&k, 'P');
	add(&k, (uint64_t)m->u.other.kind << 32 | ret->len);
	add(&k, ret->id);
	ret->key = hash(&k);
	return true;
}

/* Ports and checksum at the head of the datagram are not what a fragment is known by. */
static bool see_fragment(const struct message *m, struct sighting *ret)
{
	struct bytes b = m->u.fragment.bytes;
	struct key k = { .len = 0 };
	size_t skip = m->u.fragment.offset == 0 && m->packet->protocol == UDP ? UDP_HEADER : 0;
	bool whole;

	if (!m->u.fragment.offset && !m->u.fragment.more)
		return false; /* RFC 6946: whole, and told as what it carries */
	ret->class = m->u.fragment.offset ? CLASS_LATER_FRAGMENT : CLASS_FIRST_FRAGMENT;
	ret->offset = m->u.fragment.offset;
	ret->payload = m->u.fragment.len;
	add(&k, 'F');
	add(&k, (uint64_t)ret->protocol << 32 | ret->offset);
	add(&k, ret->payload);
	whole = b.len == ret->payload;
	b.at += skip < b.len ? skip : b.len;
	b.len -= skip < b.len ? skip : b.len;
	if (whole || b.len >= PRINTED)
		ret->print = print_of((struct bytes){ b.at, b.len < PRINTED ? b.len : PRINTED });
	if (whole || b.len >= TOLD) /* also where one of the recorders cut it short */
		add(&k, print_of((struct bytes){ b.at, b.len < TOLD ? b.len : TOLD }));
	else
		add(&k, ret->id);
	ret->key = hash(&k);
	return true;
}

/* The recording stops before the ports. */
static bool ports_unread(const struct packet *p)
{
	return p->cut && p->protocol == UDP && !p->sport && !p->dport;
}

uint64_t sighting_size_key(const struct sighting *s)
{
	struct key k = { .len = 0 };

	add(&k, 'U');
	add(&k, (uint64_t)s->protocol << 32 | s->payload);
	return hash(&k);
}

/* Too little of it was recorded to read an IKE or ESP header. */
static bool see_unread(const struct message *m, struct sighting *ret)
{
	const struct packet *p = m->packet;
	bool ike = is_ike_port(ret->sport) || is_ike_port(ret->dport);

	if (!p->cut || m->train || (m->u.other.kind != OTHER_UDP && m->u.other.kind != OTHER_BROKEN))
		return false;
	if (p->protocol != ESP && p->protocol != AH && !(p->protocol == UDP && (ike || ports_unread(p))))
		return false;
	ret->class = p->protocol == ESP ? CLASS_ESP : p->protocol == AH ? CLASS_AH
		     : ret->sport == PORT_NATT || ret->dport == PORT_NATT ? CLASS_ESP_UDP : CLASS_IKE_500;
	ret->unread = true;
	ret->key = sighting_size_key(ret);
	return true;
}

/* The first fragment of a datagram, or a later one of UDP, ESP or AH: whose it is shows at its sender's end. */
static bool may_carry_ipsec(const struct packet *p, const struct sighting *s)
{
	if (s->protocol == ESP || s->protocol == AH || s->class == CLASS_LATER_FRAGMENT)
		return s->protocol == ESP || s->protocol == AH || s->protocol == UDP;
	return s->protocol == UDP && (is_ike_port(s->sport) || is_ike_port(s->dport) || ports_unread(p));
}

static void see_packet(const struct packet *p, struct sighting *ret)
{
	uint32_t header = p->src.family == 4 ? IPV4_HEADER : IPV6_HEADER;

	ret->train = train_of(p);
	ret->src = p->src;
	ret->dst = p->dst;
	ret->id = p->id;
	ret->has_id = p->has_id;
	ret->len = p->len;
	ret->payload = p->len > header ? p->len - header : 0;
	ret->sport = p->sport;
	ret->dport = p->dport;
	ret->ttl = p->ttl;
	ret->dscp = p->tos >> 2;
	ret->protocol = p->protocol;
	ret->df = p->df;
	ret->sum = p->udp_sum;
	ret->way = p->way;
}

bool sighting_of(const struct message *m, struct sighting *ret)
{
	if (!m->packet)
		return false;
	memset(ret, 0, sizeof *ret);
	ret->seen = m->seen;
	ret->put_together = m->train != NULL;
	see_packet(m->packet, ret);
	switch (m->kind) {
	case MSG_IKE:
		see_ike(m, ret);
		return true;
	case MSG_ESP:
	case MSG_AH:
		see_esp(m, ret);
		return true;
	case MSG_ICMP:
		see_icmp(m, ret);
		return m->u.icmp.quotes;
	case MSG_FRAGMENT:
		return see_fragment(m, ret) && may_carry_ipsec(m->packet, ret);
	case MSG_KEEPALIVE:
		ret->class = CLASS_KEEPALIVE;
		return !m->train;
	case MSG_OTHER:
		return (!m->train && see_echo(m, ret)) || see_unread(m, ret);
	case MSG_TRAIN:
		break;
	}
	return false;
}
