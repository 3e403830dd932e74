/*
 * The IP headers of packets that a finding may cite: what a provider needs to find
 * the same packets in a recording of their own. The first ones and the last.
 */
#include "analyzer/track/state.h"
#include "dissect/base/mem.h"

#include <stdlib.h>

enum { FEW_HEADERS = 12 };

/* The place for the next one; NULL when there is none for this tunnel. */
static struct header *place(struct track *t, struct headers *h, uint32_t first_max, uint32_t late_max)
{
	if (h->first_len < first_max && (h->first_len < FEW_HEADERS || t->headers < MAX_ALL_HEADERS)) {
		if (h->first_len % FEW_HEADERS == 0) {
			h->first = mem_resize(h->first, (h->first_len + FEW_HEADERS) * sizeof *h->first);
			t->headers += FEW_HEADERS;
		}
		return &h->first[h->first_len++];
	}
	if (!h->late && t->headers >= MAX_ALL_HEADERS)
		return NULL;
	if (!h->late) {
		h->late = mem_zero(late_max * sizeof *h->late);
		t->headers += late_max;
	}
	return &h->late[h->late_len++ % late_max];
}

static struct header of_packet(const struct message *m, uint8_t from)
{
	const struct packet *p = m->packet;

	return (struct header){ .seen = m->seen, .from = from, .id = p->id, .has_id = p->has_id,
				.len = p->len, .ttl = p->ttl, .df = p->df, .protocol = p->protocol,
				.sport = p->sport, .dport = p->dport };
}

static void keep(struct track *t, struct tunnel *n, const struct header *h)
{
	struct header *at = place(t, &n->headers, FIRST_HEADERS, LAST_HEADERS);

	if (at)
		*at = *h;
}

/* A packet of the tunnel that came whole; keepalives prove nothing. */
void headers_saw(struct track *t, struct tunnel *n, uint8_t from, const struct message *m)
{
	struct header *at;

	if (m->kind == MSG_ESP || m->kind == MSG_AH) {
		at = place(t, &n->data_headers[from], FIRST_DATA_HEADERS, LAST_DATA_HEADERS);
		if (at)
			*at = of_packet(m, from);
	} else if (m->kind == MSG_IKE) {
		struct header h = of_packet(m, from);

		keep(t, n, &h);
	}
}

void headers_saw_icmp(struct track *t, struct tunnel *n, const struct message *m)
{
	struct header h = of_packet(m, tunnel_end(n, &m->packet->src));

	h.icmp = true;
	h.sport = m->u.icmp.type;
	h.dport = m->u.icmp.code;
	keep(t, n, &h);
}

/* Each fragment is a packet of its own; its ports stand in the first one only. */
void headers_saw_train(struct track *t, struct tunnel *n, uint8_t from, const struct message *m)
{
	const struct train *train = m->train;
	uint32_t kept = train->count < TRAIN_PIECES ? train->count : TRAIN_PIECES;

	for (uint32_t i = 0; i < kept; i++) {
		struct header h = of_packet(m, from);

		h.seen = train->pieces[i].seen;
		h.len = train->pieces[i].packet_len;
		h.offset = train->pieces[i].offset;
		h.more = train->pieces[i].more;
		h.fragment = true;
		keep(t, n, &h);
	}
}

static void clear(struct track *t, struct headers *h, uint32_t late_max)
{
	t->headers -= (h->first_len + FEW_HEADERS - 1) / FEW_HEADERS * FEW_HEADERS + (h->late ? late_max : 0);
	mem_free(h->first);
	mem_free(h->late);
	*h = (struct headers){ 0 };
}

void headers_clear(struct track *t, struct tunnel *n)
{
	clear(t, &n->headers, LAST_HEADERS);
	for (int end = 0; end < 2; end++)
		clear(t, &n->data_headers[end], LAST_DATA_HEADERS);
}

static json_t *told_header(const struct told *told, const struct header *h)
{
	json_t *o = json_pack("{s:f,s:o,s:i,s:i,s:i}", "at", seconds_at(told->track, h->seen.time_ns), "frame",
			      told_frame(h->seen), "bytes", (int)h->len, "ttl", h->ttl, "protocol",
			      h->protocol);

	if (h->from < 2)
		told_put(o, "from", json_stringn(&told->letter[h->from], 1));
	if (h->has_id)
		told_put(o, "id", json_integer(h->id));
	if (h->df)
		told_put(o, "df", json_true());
	if (h->fragment) {
		told_put(o, "offset", json_integer(h->offset));
		told_put(o, "more", json_boolean(h->more));
	}
	if (h->icmp) {
		told_put(o, "icmp", json_pack("[i,i]", h->sport, h->dport));
	} else if (h->sport && !h->offset) {
		told_put(o, "sport", json_integer(h->sport));
		told_put(o, "dport", json_integer(h->dport));
	}
	return o;
}

static void tell(const struct told *told, const struct headers *h, uint32_t late_max, json_t *list)
{
	uint32_t late = h->late_len < late_max ? h->late_len : late_max;

	for (uint32_t i = 0; i < h->first_len && json_array_size(list) < told->track->told_rows; i++)
		json_array_append_new(list, told_header(told, &h->first[i]));
	for (uint32_t i = 0; i < late && json_array_size(list) < told->track->told_rows; i++)
		json_array_append_new(list, told_header(told, &h->late[(h->late_len - late + i) % late_max]));
}

/* IKE, ICMP and fragments first: where facts are short, they are what is left. */
json_t *headers_facts(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	json_t *list = json_array();

	tell(told, &n->headers, LAST_HEADERS, list);
	for (int end = 0; end < 2; end++)
		tell(told, &n->data_headers[end], LAST_DATA_HEADERS, list);
	return list;
}
