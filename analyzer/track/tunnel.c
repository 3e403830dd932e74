/*
 * Which tunnel a packet belongs to: the address pair, and behind a translator
 * also the lineage of its ports, so that two clients behind one address stay two.
 */
#include "analyzer/track/state.h"
#include "dissect/base/mem.h"

#include <stdlib.h>

enum { DEFAULT_TUNNELS = 2048, MAX_SIBLINGS = 256 };

static struct pair_key pair_key(const struct addr *x, const struct addr *y)
{
	struct pair_key k;

	memset(&k, 0, sizeof k);
	k.low = memcmp(x, y, sizeof *x) <= 0 ? *x : *y;
	k.high = memcmp(x, y, sizeof *x) <= 0 ? *y : *x;
	return k;
}

uint8_t tunnel_end(const struct tunnel *n, const struct addr *a)
{
	for (uint8_t end = 0; end < 2; end++)
		if (addr_equal(&n->ends[end], a) || addr_equal(&n->moved[end], a))
			return end;
	return 2;
}

static bool knows_port(const struct tunnel *n, uint8_t end, uint16_t port)
{
	for (uint32_t i = 0; i < n->ports_len[end]; i++)
		if (n->ports[end][i] == port)
			return true;
	return false;
}

static bool has_odd_port(const struct tunnel *n, uint8_t end)
{
	for (uint32_t i = 0; i < n->ports_len[end]; i++)
		if (n->ports[end][i] && !is_ike_port(n->ports[end][i]))
			return true;
	return false;
}

/* An end seen at 500 or 4500 only keeps those ports; an end behind a translator owns its odd ones. */
static bool end_fits(const struct tunnel *n, uint8_t end, uint16_t port)
{
	if (port == 0 || knows_port(n, end, port))
		return true;
	return is_ike_port(port) && !has_odd_port(n, end);
}

void tunnel_port(struct tunnel *n, uint8_t end, uint16_t port)
{
	if (port == 0 || knows_port(n, end, port) || n->ports_len[end] == MAX_PORTS)
		return;
	n->ports[end][n->ports_len[end]++] = port;
}

/* A pair that an end once moved away from may still be listed: it leads nowhere any more. */
static struct tunnel *first_of_pair(const struct track *t, const struct packet *p)
{
	struct pair_key k = pair_key(&p->src, &p->dst);
	const uint32_t *number = map_find(t->tunnels_by_pair, &k);
	struct tunnel *n = number ? t->tunnels[*number] : NULL;

	return n && tunnel_end(n, &p->src) < 2 && tunnel_end(n, &p->dst) < 2 ? n : NULL;
}

struct tunnel *tunnel_find(struct track *t, const struct packet *p, uint8_t *ret_from)
{
	struct tunnel *first = first_of_pair(t, p), *best = NULL;

	for (struct tunnel *n = first; n; n = n->sibling) {
		uint8_t from = tunnel_end(n, &p->src);

		if (!best || n->last.time_ns > best->last.time_ns)
			best = n; /* no port to go by: the one that spoke last */
		if (p->sport && end_fits(n, from, p->sport) && end_fits(n, (uint8_t)!from, p->dport)) {
			best = n;
			break;
		}
	}
	if (best)
		*ret_from = tunnel_end(best, &p->src);
	return best;
}

static void list_pair(struct track *t, const struct packet *p, struct tunnel *n)
{
	struct pair_key k = pair_key(&p->src, &p->dst);
	struct tunnel *last = first_of_pair(t, p);
	uint32_t *number;

	if (last) {
		while (last->sibling)
			last = last->sibling;
		last->sibling = n;
		return;
	}
	if (map_full(t->tunnels_by_pair))
		map_remove(t->tunnels_by_pair,
			   map_key(t->tunnels_by_pair, map_oldest(t->tunnels_by_pair)));
	number = map_add(t->tunnels_by_pair, &k);
	*number = n->number;
}

static void unlist_pair(struct track *t, const struct addr *x, const struct addr *y, struct tunnel *n)
{
	struct pair_key k = pair_key(x, y);
	uint32_t *number = map_find(t->tunnels_by_pair, &k);
	struct tunnel *before = number ? t->tunnels[*number] : NULL;

	if (!number)
		return;
	if (before == n && !n->sibling) {
		map_remove(t->tunnels_by_pair, &k);
	} else if (before == n) {
		*number = n->sibling->number;
	} else {
		while (before->sibling && before->sibling != n)
			before = before->sibling;
		if (before->sibling)
			before->sibling = n->sibling;
	}
}

static void tunnel_empty(struct track *t, struct tunnel *n)
{
	for (uint32_t i = 0; i < n->attempts_len; i++)
		ike_sa_free(t, n->attempts[i]);
	for (uint32_t i = 0; i < n->flows_len; i++)
		mem_free(n->flows[i]);
	for (size_t i = 0; i < n->icmp_len; i++)
		witness_clear(&n->icmp[i].frames);
	for (int end = 0; end < 2; end++) {
		witness_clear(&n->data[end].frames);
		witness_clear(&n->data[end].large_frames);
		witness_clear(&n->trains[end].broken);
		witness_clear(&n->trains[end].complete);
		witness_clear(&n->trains[end].disorder_frames);
		witness_clear(&n->trains[end].overlap_frames);
		witness_clear(&n->data[end].fragmented_frames);
		witness_clear(&n->sizes[end].large_after_frames);
		witness_clear(&n->sizes[end].mtu_frames);
		witness_clear(&n->mapping[end]);
		mem_free(n->lulls[end]);
		mem_free(n->stream_holes[end]);
	}
	look_clear(n);
	series_clear(n);
	witness_clear(&n->icmp_quotes_unmatched);
	mem_free(n->icmp);
	headers_clear(t, n);
	mem_free(n->rows);
	mem_free(n->late_rows);
}

void tunnel_free(struct track *t, struct tunnel *n)
{
	tunnel_empty(t, n);
	mem_free(n);
}

/* Its place in the table is kept for another: whoever still points there compares serials. */
static void tunnel_forget(struct track *t, struct tunnel *n)
{
	uint32_t number = n->number;

	unlist_pair(t, &n->ends[0], &n->ends[1], n);
	for (uint8_t end = 0; end < 2; end++)
		if (n->moved[end].family)
			unlist_pair(t, &n->moved[end], &n->ends[!end], n);
	for (uint32_t i = 0; i < n->attempts_len; i++)
		ike_sa_unlist(t, n->attempts[i]);
	for (uint32_t i = 0; i < n->flows_len; i++)
		flow_unlist(t, n->flows[i]);
	t->rows -= n->rows_len + (n->late_rows ? LAST_ROWS : 0);
	t->icmp_groups -= (uint32_t)n->icmp_len;
	t->lulls -= (uint32_t)(n->lulls_len[0] + n->lulls_len[1]);
	tunnel_empty(t, n);
	memset(n, 0, sizeof *n);
	n->number = number;
	n->is_free = true;
}

static int worth(const struct tunnel *n)
{
	if (!n->packets[0] || !n->packets[1])
		return 0;
	return 1 + n->went_on + (n->data[0].packets && n->data[1].packets);
}

static int less_worth(const void *x, const void *y)
{
	const struct tunnel *a = *(struct tunnel *const *)x, *b = *(struct tunnel *const *)y;

	if (a->worth != b->worth)
		return a->worth - b->worth;
	return a->last.time_ns != b->last.time_ns ? (a->last.time_ns < b->last.time_ns ? -1 : 1)
						  : (int)a->number - (int)b->number;
}

/* Knocks that nobody answered go first, then by age; an eighth at a time, so that a flood costs little. */
static void make_room(struct track *t)
{
	size_t n = t->tunnels_len, gone = n / 8 + 1;
	struct tunnel **by_worth = mem_copy(t->tunnels, n * sizeof *by_worth);

	for (size_t i = 0; i < n; i++)
		by_worth[i]->worth = worth(by_worth[i]);
	qsort(by_worth, n, sizeof *by_worth, less_worth);
	for (size_t i = 0; i < gone; i++) {
		tunnel_forget(t, by_worth[i]);
		by_worth[i]->sibling = t->free_tunnels;
		t->free_tunnels = by_worth[i];
	}
	t->tunnels_dropped += gone;
	mem_free(by_worth);
}

static struct tunnel *place(struct track *t)
{
	size_t limit = t->options.max_tunnels ? t->options.max_tunnels : DEFAULT_TUNNELS;
	struct tunnel *n, **slot;

	if (t->tunnels_len >= limit && !t->free_tunnels)
		make_room(t);
	n = t->free_tunnels;
	if (n) {
		t->free_tunnels = n->sibling;
		n->sibling = NULL;
		n->is_free = false;
		return n;
	}
	n = mem_zero(sizeof *n);
	n->number = (uint32_t)t->tunnels_len;
	slot = MEM_PUSH(t->tunnels, t->tunnels_len, t->tunnels_room);
	*slot = n;
	return n;
}

static struct tunnel *tunnel_new(struct track *t, const struct packet *p)
{
	struct tunnel *n = place(t);

	n->serial = ++t->serial;
	n->ends[0] = p->src;
	n->ends[1] = p->dst;
	n->outside = t->options.peer && !addr_equal(t->options.peer, &p->src) &&
		     !addr_equal(t->options.peer, &p->dst);
	list_pair(t, p, n);
	return n;
}

/* An end speaks from a new address in the middle of an IKE SA: its packets stay with the tunnel. */
void tunnel_move(struct track *t, struct tunnel *n, uint8_t end, const struct packet *p)
{
	struct pair_key k = pair_key(&p->src, &p->dst);
	uint32_t *number;

	if (n->moved[end].family)
		unlist_pair(t, &n->moved[end], &n->ends[!end], n);
	n->moved[end] = addr_equal(&n->ends[!end], &p->src) ? p->dst : p->src;
	if (map_find(t->tunnels_by_pair, &k) || map_full(t->tunnels_by_pair))
		return;
	number = map_add(t->tunnels_by_pair, &k);
	*number = n->number;
}

static unsigned siblings(const struct track *t, const struct packet *p)
{
	unsigned count = 0;

	for (const struct tunnel *n = first_of_pair(t, p); n; n = n->sibling)
		count += 1;
	return count;
}

/* The tunnel of an IKE, ESP or AH packet. */
struct tunnel *tunnel_of_packet(struct track *t, const struct packet *p, bool ike, uint8_t *ret_from)
{
	struct tunnel *n = tunnel_find(t, p, ret_from);
	bool fits = !n || !ike || !p->sport ||
		    (end_fits(n, *ret_from, p->sport) && end_fits(n, (uint8_t)!*ret_from, p->dport));

	/* another client behind the same translator; of a crowd without end the rest is one */
	if (n && (fits || siblings(t, p) >= MAX_SIBLINGS))
		return n;
	*ret_from = 0;
	return tunnel_new(t, p);
}

/* Short silences are everywhere; whether a longer one means anything is for rules. */
static void note_lull(struct track *t, struct tunnel *n, uint8_t from, const struct message *m)
{
	struct lull *mine = &n->lull[from], *other = &n->lull[!from], *kept;
	bool answer = m->kind == MSG_IKE && ike_major(&m->u.ike.header) == 2 &&
		      m->u.ike.header.flags & IKE2_RESPONSE;

	if (mine->sent && m->seen.time_ns - mine->from.time_ns >= SECOND_NS &&
	    n->lulls_len[from] < MAX_LULLS && t->lulls < MAX_ALL_LULLS) {
		t->lulls += 1;
		kept = MEM_PUSH(n->lulls[from], n->lulls_len[from], n->lulls_room[from]);
		*kept = *mine;
		kept->to = m->seen;
		kept->own = !answer;
	}
	*mine = (struct lull){ .from = m->seen };
	if (!other->from.frame || m->seen.time_ns - other->from.time_ns < SECOND_NS)
		return; /* nothing yet, or what answers its last packet */
	if (!other->sent++) {
		other->first = m->seen;
		other->idle_ns = m->seen.time_ns - n->last.time_ns;
	}
	other->last = m->seen;
}

void tunnel_saw(struct track *t, struct tunnel *n, uint8_t from, const struct message *m)
{
	if (!n->packets[0] && !n->packets[1])
		n->first = m->seen;
	note_lull(t, n, from, m);
	hole_over(n, from, m->seen.time_ns);
	address_saw(&n->looks[from], m->packet);
	path_saw_packet(t, n, from, m);
	series_saw(t, n, from, m);
	n->packets[from] += 1;
	n->last = n->last_of[from] = m->seen;
}

void tunnel_row(struct track *t, struct tunnel *n, const struct row *r)
{
	n->rows_total += 1;
	if (n->rows_len < MAX_ROWS && t->rows < MAX_ALL_ROWS) {
		t->rows += 1;
		if (n->rows_len % 20 == 0)
			n->rows = mem_resize(n->rows, (n->rows_len + 20) * sizeof *n->rows);
		n->rows[n->rows_len++] = *r;
		return;
	}
	if (!n->late_rows && t->rows >= MAX_ALL_ROWS)
		return;
	if (!n->late_rows) {
		t->rows += LAST_ROWS;
		n->late_rows = mem_zero(LAST_ROWS * sizeof *n->late_rows);
	}
	n->late_rows[n->late_rows_len++ % LAST_ROWS] = *r;
}

static void row_join(struct row *r, uint32_t exchange, const struct exchange *x, bool request)
{
	if (r->kind != ROW_IKE || r->exchange != exchange)
		return;
	r->exchange = x->serial;
	r->u.ike.step = (uint8_t)x->step;
	r->u.ike.type = x->type;
	r->request = request;
}

void tunnel_rows_join(struct tunnel *n, uint32_t exchange, const struct exchange *x, bool request)
{
	for (uint32_t i = 0; i < n->rows_len; i++)
		row_join(&n->rows[i], exchange, x, request);
	for (uint32_t i = 0; i < n->late_rows_len && i < LAST_ROWS; i++)
		row_join(&n->late_rows[i], exchange, x, request);
}
