/*
 * Which frames matter: those that findings and the report cite, and what a
 * reader needs beside them. A frame alone says little: its fragment train, the
 * resends and answers of its exchange, the messages with which its SA began,
 * the ICMP errors about it belong to it.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/evidence/parts.h"
#include "dissect/base/map.h"
#include "dissect/base/mem.h"

enum { /* frames of one kind that are taken without being cited */
	MOST_KEYS = 1 << 16,
	FLOW_FEW = 24,         /* first packets of a flow: enough to see it begin */
	MOST_OF_FLOWS = 36000, /* of all flows that are wanted whole, together: see wanted_flow() */
	MOST_OF_EXCHANGE = 512,
	MOST_ICMP = 2048,
	MOST_LOST_TRAINS = 1024,
	MOST_OF_SOCKET = 512,
	MOST_UNREADABLE = 64,   /* on an IKE port, and no IKE */
	MOST_OF_NEIGHBOURS = 8, /* of each kind: they show what the recording could see */
};

struct exchange_key { /* both directions and all resends of one exchange */
	uint64_t spi_i;
	uint32_t message_id;
	uint8_t exchange, pad[3];
};

struct flow_key {
	struct addr dst;
	uint32_t spi, kind;
};

struct wants {
	struct map *cited;     /* frame numbers */
	struct map *taken;     /* frame numbers */
	struct map *exchanges, *sas, *sockets, *flows, *whole, *hosts;
	uint32_t icmp, trains, strange, of_flows, neighbours[OTHER_BROKEN + 1];
};

static void cite(struct selection *s, uint64_t frame, const json_t *finding)
{
	struct citation *c = MEM_PUSH(s->citations, s->citations_len, s->citations_room);

	c->frame = frame;
	c->finding = finding;
	map_add(s->wants->cited, &frame);
}

/* Pairs [capture, frame] of one capture. */
static void cite_pairs(struct selection *s, const json_t *pairs, unsigned capture, const json_t *finding)
{
	json_t *pair;
	size_t i;

	json_array_foreach(pairs, i, pair)
	{
		json_int_t c = json_integer_value(json_array_get(pair, 0));
		json_int_t frame = json_integer_value(json_array_get(pair, 1));

		if (json_array_size(pair) == 2 && c == (json_int_t)capture && frame > 0)
			cite(s, (uint64_t)frame, finding);
	}
}

static bool needs_flows(const json_t *finding)
{
	const char *step = json_string_value(json_object_get(finding, "step"));
	const char *severity = json_string_value(json_object_get(finding, "severity"));

	return step && severity && strcmp(severity, "info") && (!strcmp(step, "data") || !strcmp(step, "lifecycle"));
}

static void cite_findings(struct selection *s, const json_t *findings, const json_t *told, unsigned capture)
{
	json_t *f;
	size_t i;

	json_array_foreach(findings, i, f)
	{
		const json_t *shown = json_array_get(told, i);

		s->whole_flows |= needs_flows(f);
		cite_pairs(s, json_object_get(json_object_get(f, "evidence"), "frames"), capture,
			   shown ? shown : f);
	}
}

/* Every list of frames in what the report says of a tunnel: exchanges, ICMP errors, NAT, ladder. */
static void cite_all(struct selection *s, const json_t *o, unsigned capture)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_array(o))
		json_array_foreach(o, i, v) cite_all(s, v, capture);
	if (json_is_object(o))
		json_object_foreach((json_t *)(uintptr_t)o, key, v)
		{
			if (!strcmp(key, "frames"))
				cite_pairs(s, v, capture, NULL);
			else
				cite_all(s, v, capture);
		}
}

static void note_host(struct selection *s, const json_t *text)
{
	struct addr a;

	if (json_is_string(text) && addr_parse(json_string_value(text), &a))
		map_add(s->wants->hosts, &a);
}

static int by_frame(const void *x, const void *y)
{
	const struct citation *a = x, *b = y;

	return (a->frame > b->frame) - (a->frame < b->frame);
}

static int by_number(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

void selection_init(struct selection *s, const struct evidence_source *source)
{
	const json_t *tunnels = json_object_get(source->model, "tunnels"), *t;
	const json_t *told = json_object_get(source->told, "tunnels");
	struct wants *w = mem_zero(sizeof *w);
	size_t i;

	*s = (struct selection){ .wants = w };
	w->cited = map_new(sizeof(uint64_t), sizeof(bool), MOST_FRAMES);
	w->taken = map_new(sizeof(uint64_t), sizeof(bool), MOST_FRAMES);
	w->exchanges = map_new(sizeof(struct exchange_key), sizeof(uint32_t), MOST_KEYS);
	w->sas = map_new(sizeof(uint64_t), sizeof(uint32_t), MOST_KEYS);
	w->sockets = map_new(sizeof(struct socket_key), sizeof(uint32_t), MOST_KEYS);
	w->flows = map_new(sizeof(struct flow_key), sizeof(uint32_t), MOST_KEYS);
	w->whole = map_new(sizeof(struct flow_key), sizeof(bool), MOST_KEYS);
	w->hosts = map_new(sizeof(struct addr), sizeof(bool), MOST_KEYS);
	cite_findings(s, json_object_get(source->model, "findings"), json_object_get(source->told, "findings"),
		      source->capture);
	json_array_foreach(tunnels, i, t)
	{
		cite_findings(s, json_object_get(t, "findings"),
			      json_object_get(json_array_get(told, i), "findings"), source->capture);
		cite_all(s, t, source->capture);
		for (const char *side = "ab"; *side; side++) {
			const json_t *end = json_object_get(t, (char[]){ *side, 0 });

			note_host(s, json_object_get(end, "address"));
			note_host(s, json_object_get(end, "moved_to"));
		}
	}
	/* qsort may move equal frames about: findings of one frame are told in the order of their names */
	if (s->citations_len)
		qsort(s->citations, s->citations_len, sizeof *s->citations, by_frame);
}

void selection_clear(struct selection *s)
{
	if (s->wants) {
		map_free(s->wants->cited);
		map_free(s->wants->taken);
		map_free(s->wants->exchanges);
		map_free(s->wants->sas);
		map_free(s->wants->sockets);
		map_free(s->wants->flows);
		map_free(s->wants->whole);
		map_free(s->wants->hosts);
	}
	mem_free(s->wants);
	mem_free(s->citations);
	mem_free(s->frames);
	*s = (struct selection){ 0 };
}

size_t selection_cited(const struct selection *s, uint64_t frame, const struct citation **ret_first)
{
	size_t low = 0, high = s->citations_len, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->citations[middle].frame < frame)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_first = s->citations + low;
	while (low + n < s->citations_len && s->citations[low + n].frame == frame)
		n += 1;
	return n;
}

/* --- keys ----------------------------------------------------------------------------------- */

static struct exchange_key exchange_of(const struct ike_header *h)
{
	struct exchange_key k;

	memset(&k, 0, sizeof k);
	k.spi_i = h->spi_i;
	k.message_id = h->message_id;
	k.exchange = h->exchange;
	return k;
}

static struct flow_key flow_of(const struct message *m)
{
	struct flow_key k;

	memset(&k, 0, sizeof k);
	k.dst = m->packet->dst;
	k.kind = m->kind;
	if (m->kind == MSG_KEEPALIVE)
		k.spi = (uint32_t)m->packet->sport << 16 | m->packet->dport;
	else
		k.spi = m->u.esp.spi;
	return k;
}

/* Main, Aggressive, IKE_SA_INIT: without them no dissector knows what follows. */
static bool begins_sa(const struct ike_header *h)
{
	return ike_major(h) == 1 ? h->exchange == IKE1_X_MAIN_MODE || h->exchange == IKE1_X_AGGRESSIVE
				 : h->exchange == IKE2_X_IKE_SA_INIT;
}

static bool between_hosts(const struct selection *s, const struct packet *p)
{
	return p && map_find(s->wants->hosts, &p->src) && map_find(s->wants->hosts, &p->dst);
}

static bool is_cited(const struct selection *s, const struct message *m)
{
	const struct train *t = m->train;

	if (!t)
		return map_find(s->wants->cited, &m->seen.frame);
	for (uint32_t i = 0; i < t->count && i < TRAIN_PIECES; i++)
		if (map_find(s->wants->cited, &t->pieces[i].seen.frame))
			return true;
	return false;
}

/* --- the first pass ------------------------------------------------------------------------- */

static void learn(void *ctx, const struct message *m)
{
	struct selection *s = ctx;

	if (!is_cited(s, m))
		return;
	if (m->kind == MSG_IKE) {
		struct exchange_key k = exchange_of(&m->u.ike.header);

		map_add(s->wants->exchanges, &k);
		map_add(s->wants->sas, &k.spi_i);
	}
	if (m->kind == MSG_ESP || m->kind == MSG_AH) { /* a gap in front of a cited packet would look like loss */
		struct flow_key k = flow_of(m);

		map_add(s->wants->whole, &k);
	}
	if (m->packet && m->packet->protocol == 6 && (m->kind == MSG_IKE || m->kind == MSG_ESP)) {
		struct socket_key k = socket_of(&m->packet->src, m->packet->sport, &m->packet->dst, m->packet->dport);

		map_add(s->wants->sockets, &k);
	}
}

/* --- the second ----------------------------------------------------------------------------- */

/* What is cited comes first, then what belongs to it in the order of the capture, while there is room. */
static void take(struct selection *s, uint64_t frame)
{
	if (map_find(s->wants->taken, &frame))
		return;
	if (!map_add(s->wants->taken, &frame)) {
		s->left_out += 1;
		return;
	}
	*(uint64_t *)MEM_PUSH(s->frames, s->frames_len, s->frames_room) = frame;
}

static void take_message(struct selection *s, const struct message *m)
{
	const struct train *t = m->train;

	take(s, m->seen.frame);
	for (uint32_t i = 0; t && i < t->count && i < TRAIN_PIECES; i++)
		take(s, t->pieces[i].seen.frame);
}

static bool below(uint32_t *count, uint32_t most)
{
	return count && (*count)++ < most;
}

static bool wanted_ike(struct selection *s, const struct message *m)
{
	const struct ike_header *h = &m->u.ike.header;
	struct exchange_key k = exchange_of(h);

	if (below(map_find(s->wants->exchanges, &k), MOST_OF_EXCHANGE))
		return true;
	if (!map_count(s->wants->hosts)) /* no tunnel came of it: a few show why */
		return below(&s->wants->strange, MOST_UNREADABLE);
	return begins_sa(h) && below(map_find(s->wants->sas, &h->spi_i), MOST_OF_EXCHANGE);
}

/*
 * Whole flows share one room and therefore end at the same moment, as if the recording had ended there: with a
 * limit for each, the busier direction would end first, and what is left would look one-way.
 */
static bool wanted_flow(struct selection *s, const struct message *m)
{
	struct flow_key k = flow_of(m);

	if (!between_hosts(s, m->packet))
		return false;
	if (!s->whole_flows && !map_find(s->wants->whole, &k))
		return below(map_add(s->wants->flows, &k), FLOW_FEW);
	if (s->wants->of_flows++ < MOST_OF_FLOWS)
		return true;
	s->left_out += 1;
	return false;
}

static bool wanted_icmp(struct selection *s, const struct message *m)
{
	const struct icmp_error *i = &m->u.icmp;

	return i->quotes && (i->quotes_ike || i->quotes_esp || between_hosts(s, &i->quoted)) &&
	       below(&s->wants->icmp, MOST_ICMP);
}

static bool wanted_socket(struct selection *s, const struct message *m)
{
	struct socket_key k;

	if (!m->packet || m->packet->protocol != 6)
		return false;
	k = socket_of(&m->packet->src, m->packet->sport, &m->packet->dst, m->packet->dport);
	return below(map_find(s->wants->sockets, &k), MOST_OF_SOCKET);
}

/* ARP, neighbour discovery and pings hold nothing of a user; what should be IKE and is not may be the fault. */
static bool wanted_neighbour(struct selection *s, const struct message *m)
{
	enum other_kind kind = m->u.other.kind;

	if (kind == OTHER_BAD_IKE)
		return below(&s->wants->neighbours[kind], MOST_UNREADABLE);
	return kind >= OTHER_ARP_REQUEST && kind <= OTHER_ECHO_REPLY &&
	       below(&s->wants->neighbours[kind], MOST_OF_NEIGHBOURS);
}

static bool wanted(struct selection *s, const struct message *m)
{
	if (is_cited(s, m))
		return true;
	switch (m->kind) {
	case MSG_IKE:
		return wanted_ike(s, m) || wanted_socket(s, m);
	case MSG_ESP:
	case MSG_AH:
	case MSG_KEEPALIVE:
		return wanted_flow(s, m);
	case MSG_ICMP:
		return wanted_icmp(s, m);
	case MSG_TRAIN:
		return !m->train->complete && between_hosts(s, m->packet) &&
		       below(&s->wants->trains, MOST_LOST_TRAINS);
	case MSG_OTHER:
		return wanted_neighbour(s, m) || wanted_socket(s, m);
	case MSG_FRAGMENT:
		break;
	}
	return false;
}

static void choose(void *ctx, const struct message *m)
{
	struct selection *s = ctx;

	if (wanted(s, m))
		take_message(s, m);
}

static void pass(struct selection *s, struct capture *c, uint64_t last,
		 void (*saw)(void *ctx, const struct message *m))
{
	const struct dissect_options door = { .saw = saw, .ctx = s };
	struct dissector *d = dissector_new(&door);
	struct frame f;

	while (capture_next(c, &f) && (!last || f.number <= last))
		dissector_frame(d, &f);
	dissector_end(d);
	dissector_free(d);
}

void selection_learn(struct selection *s, struct capture *c, uint64_t last)
{
	pass(s, c, last, learn);
}

void selection_choose(struct selection *s, struct capture *c, uint64_t last)
{
	for (size_t i = 0; i < s->citations_len; i++)
		take(s, s->citations[i].frame);
	pass(s, c, last, choose);
	if (s->frames_len)
		qsort(s->frames, s->frames_len, sizeof *s->frames, by_number);
}
