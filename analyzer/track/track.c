/*
 * The tracker's door: counts every message, sends it to the room that remembers
 * it, and at the end puts the facts together.
 */
#include "analyzer/track/state.h"

#include <stdlib.h>

#include "dissect/base/mem.h"
#include "dissect/base/text.h"
#include "dissect/base/digest.h"

enum {
	MAX_RECENT = 65536, MAX_WHOLE = 8192, MAX_ADDRESSES = 16384, MAX_PAIRS = 16384,
	MAX_ARPS = 1024, MAX_ALL_FLOWS = 8192, MAX_SAS = 65536, MAX_PAIR_TUNNELS = 65536,
	MAX_DISTINCT = 65536, NOTIFY_TYPES = 65536, MAX_ALL_CERTS = 512,
	MAX_PINGS = 1024, MAX_FLOODS = 4096, MAX_FETCHES = 1024, MAX_CLEARS = 512, MAX_ALL_NAMES = 512,
};

double seconds_at(const struct track *t, int64_t ns)
{
	return (double)(ns - t->start_ns) / 1e9;
}

struct track *track_new(const struct track_options *o)
{
	struct track *t = mem_zero(sizeof *t);

	t->options = *o;
	t->sa_by_first = map_new(sizeof(struct first_key), sizeof(struct ike_sa *), MAX_SAS);
	t->sa_by_spis = map_new(sizeof(struct spi_key), sizeof(struct ike_sa *), MAX_SAS);
	for (int worth = 0; worth < WORTHS; worth++)
		t->sas[worth] = map_new(sizeof(uint32_t), sizeof(struct ike_sa *), SIZE_MAX);
	t->tunnels_by_pair = map_new(sizeof(struct pair_key), sizeof(uint32_t), MAX_PAIR_TUNNELS);
	t->flows = map_new(sizeof(struct flow_key), sizeof(struct flow_ref), MAX_ALL_FLOWS);
	t->recent = map_new(sizeof(struct recent_key), sizeof(struct recent), MAX_RECENT);
	t->said = map_new(sizeof(uint64_t), sizeof(struct said), MAX_RECENT);
	t->whole = map_new(sizeof(struct recent_key), sizeof(struct recent), MAX_WHOLE);
	t->addresses = map_new(sizeof(struct addr), sizeof(struct address), MAX_ADDRESSES);
	t->pairs = map_new(sizeof(struct pair_key), sizeof(struct pair), MAX_PAIRS);
	t->spare_flows = map_new(sizeof(struct addr), sizeof(uint32_t), MAX_ADDRESSES);
	t->pings = map_new(sizeof(struct ping_key), sizeof(struct ping), MAX_PINGS);
	t->floods = map_new(sizeof(struct addr), sizeof(struct flood), MAX_FLOODS);
	t->fetches = map_new(sizeof(struct fetch_key), sizeof(struct fetch), MAX_FETCHES);
	t->clears = map_new(sizeof(struct pair_key), sizeof(struct clear), MAX_CLEARS);
	t->arps = map_new(sizeof(struct arp_key), sizeof(struct arp), MAX_ARPS);
	t->arp_targets = map_new(sizeof(struct addr), sizeof(uint32_t), MAX_ARPS);
	t->certificates = map_new(sizeof(uint64_t), sizeof(struct x509), MAX_ALL_CERTS);
	t->authority_names = map_new(sizeof(uint64_t), X509_TEXT_LEN, MAX_ALL_NAMES);
	return t;
}

static void source_clear(struct source *s)
{
	for (size_t i = 0; i < s->told.links_len; i++)
		mem_free(s->links[i]);
	mem_free(s->links);
	mem_free(s->file);
	mem_free(s->format);
	mem_free(s->compression);
	mem_free(s->filter_text);
	map_free(s->counts.notifies);
	map_free(s->counts.initiators);
	map_free(s->counts.esp_spis);
	map_free(s->counts.ah_spis);
}

void track_free(struct track *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->tunnels_len; i++)
		tunnel_free(t, t->tunnels[i]);
	for (size_t i = 0; i < t->sources_len; i++)
		source_clear(&t->sources[i]);
	for (struct arp *a = map_oldest(t->arps); a; a = map_younger(t->arps, a))
		witness_clear(&a->frames);
	witness_clear(&t->open_filter);
	witness_clear(&t->duplicates);
	witness_clear(&t->cut);
	witness_clear(&t->only_ports);
	witness_clear(&t->jumps);
	witness_clear(&t->stream_gaps);
	witness_clear(&t->pseudo.frames);
	witness_clear(&t->interface_frames);
	witness_clear(&t->hop_twins);
	witness_clear(&t->nat_twins);
	witness_clear(&t->cgn_frames);
	mem_free(t->tunnels);
	mem_free(t->sources);
	map_free(t->sa_by_first);
	map_free(t->sa_by_spis);
	for (int worth = 0; worth < WORTHS; worth++)
		map_free(t->sas[worth]);
	map_free(t->tunnels_by_pair);
	map_free(t->flows);
	map_free(t->recent);
	map_free(t->said);
	map_free(t->whole);
	map_free(t->addresses);
	map_free(t->pairs);
	map_free(t->arps);
	map_free(t->arp_targets);
	map_free(t->pings);
	map_free(t->floods);
	map_free(t->fetches);
	map_free(t->clears);
	mem_free(t->twins);
	mem_free(t->holes);
	map_free(t->certificates);
	map_free(t->authority_names);
	map_free(t->spare_flows);
	mem_free(t);
}

static struct source *source_of(struct track *t, uint32_t capture)
{
	while (t->sources_len <= capture) {
		struct source *s = MEM_PUSH(t->sources, t->sources_len, t->sources_room);

		s->counts.notifies = map_new(sizeof(uint16_t), sizeof(uint64_t), NOTIFY_TYPES);
		s->counts.initiators = map_new(sizeof(uint64_t), 1, MAX_DISTINCT);
		s->counts.esp_spis = map_new(sizeof(uint32_t), 1, MAX_DISTINCT);
		s->counts.ah_spis = map_new(sizeof(uint32_t), 1, MAX_DISTINCT);
	}
	return &t->sources[capture];
}

static bool in_range(const struct track *t, int64_t time_ns)
{
	return !(t->options.since_ns && time_ns < t->options.since_ns) &&
	       !(t->options.until_ns && time_ns > t->options.until_ns);
}

void track_frame(struct track *t, uint32_t capture, const struct frame *f)
{
	source_of(t, capture);
	if (!in_range(t, f->time_ns))
		t->sources[capture].counts.frames += 1;
	else
		predicates_frame(t, capture, f);
}

void track_set_back(struct track *t, uint32_t capture, const struct frame *f)
{
	if (in_range(t, f->time_ns))
		witness_add(&t->jumps, (struct seen){ capture, f->number, f->time_ns });
}

static void count_distinct(struct counts *c, struct map *m, const void *key)
{
	c->capped |= !map_add(m, key);
}

/* Most ESP packets have an SPI that was counted a moment ago. */
static void count_esp(struct counts *c, uint32_t spi)
{
	uint32_t *known = &c->known_spis[spi % KNOWN_SPIS];

	c->esp += 1;
	if (*known == spi && spi)
		return;
	*known = spi;
	count_distinct(c, c->esp_spis, &spi);
}

static void count_ike(struct counts *c, const struct message *m)
{
	const struct ike_header *h = &m->u.ike.header;
	struct ike_chain chain = ike_chain(h, m->u.ike.bytes, m->u.ike.cut);
	struct ike_payload p;

	c->ike_messages += 1;
	c->exchanges[h->exchange] += 1;
	if (h->spi_i)
		count_distinct(c, c->initiators, &h->spi_i);
	while (ike_next_payload(&chain, &p)) {
		struct ike_notify n;

		c->ike_fragments += chain.major == 1 ? p.type == IKE1_P_FRAGMENT : p.type == IKE2_P_SKF;
		if (chain.major == 1 ? p.type == IKE1_P_N && ike1_parse_notify(&p.body, &n)
				     : p.type == IKE2_P_N && ike2_parse_notify(&p.body, &n)) {
			uint64_t *seen = map_add(c->notifies, &n.type);

			if (seen)
				*seen += 1;
		}
	}
}

static void count(struct track *t, const struct message *m)
{
	struct counts *c = &source_of(t, m->seen.capture)->counts;

	switch (m->kind) {
	case MSG_IKE:
		count_ike(c, m);
		break;
	case MSG_ESP:
		count_esp(c, m->u.esp.spi);
		break;
	case MSG_AH:
		c->ah += 1;
		count_distinct(c, c->ah_spis, &m->u.esp.spi);
		break;
	case MSG_KEEPALIVE:
		c->keepalives += 1;
		break;
	case MSG_ICMP:
		c->icmp_errors += 1;
		break;
	case MSG_FRAGMENT:
		c->ip_fragments += m->seen.frame != c->fragment_frame; /* one inside another is one frame */
		c->fragment_frame = m->seen.frame;
		break;
	case MSG_TRAIN:
	case MSG_OTHER:
		break;
	}
	t->ipsec += m->kind == MSG_IKE || m->kind == MSG_ESP || m->kind == MSG_AH ||
		    m->kind == MSG_KEEPALIVE;
}

static void saw_keepalive(struct track *t, const struct message *m)
{
	struct tunnel *n;
	uint8_t from = 0;

	n = tunnel_find(t, m->packet, &from);
	if (!n || from > 1)
		return;
	n->keepalives[from] += 1;
	tunnel_saw(t, n, from, m);
	path_remember(t, m, n, 0);
}

void track_message(void *track, const struct message *m)
{
	struct track *t = track;
	uint64_t print;

	count(t, m);
	if (!in_range(t, m->seen.time_ns)) /* a set of fragments is told late, and is of the time it came */
		return;
	predicates_message(t, m);
	if (!m->packet)
		return;
	neighbours_saw(t, m);
	switch (m->kind) {
	case MSG_IKE:
		print = digest_quick(m->u.ike.bytes);
		path_note_twin(t, m, print);
		if (!path_doubled(t, m, print))
			ike_saw(t, m);
		break;
	case MSG_ESP:
	case MSG_AH:
		esp_saw(t, m);
		break;
	case MSG_KEEPALIVE:
		saw_keepalive(t, m);
		break;
	case MSG_ICMP:
		path_saw_icmp(t, m);
		break;
	case MSG_TRAIN:
		path_saw_train(t, m);
		break;
	case MSG_FRAGMENT:
		path_saw_fragment(t, m);
		break;
	case MSG_OTHER:
		break;
	}
}

static char *copied(const char *s)
{
	return s ? mem_string(s) : NULL;
}

static char *as_text(const char *s)
{
	struct text t;

	text_init(&t);
	text_add_wire(&t, (struct bytes){ (const uint8_t *)s, strlen(s) });
	return text_take(&t);
}

void track_source_end(struct track *t, uint32_t capture, const struct track_source *told)
{
	struct source *s = source_of(t, capture);

	s->told = *told;
	s->file = as_text(told->file); /* names of files may hold any octets */
	s->format = copied(told->format);
	s->compression = copied(told->compression);
	s->filter_text = copied(told->filter_text);
	s->links = mem_zero((told->links_len + 1) * sizeof *s->links);
	for (size_t i = 0; i < told->links_len; i++)
		s->links[i] = copied(told->links[i]);
	s->ended = true;
}

static json_t *numbers(const struct map *m)
{
	json_t *o = json_object();

	for (unsigned type = 0; type <= UINT16_MAX; type++) { /* ascending, whatever came first */
		uint16_t key = (uint16_t)type;
		const uint64_t *n = map_find(m, &key);
		char name[12];

		if (!n)
			continue;
		snprintf(name, sizeof name, "%u", type);
		told_put(o, name, json_integer((json_int_t)*n));
	}
	return o;
}

static json_t *told_counts(const struct counts *c)
{
	json_t *exchanges = json_object(), *capped = json_array();

	for (int i = 0; i < 256; i++) {
		char name[12];

		if (!c->exchanges[i])
			continue;
		snprintf(name, sizeof name, "%d", i);
		told_put(exchanges, name, json_integer((json_int_t)c->exchanges[i]));
	}
	if (c->capped)
		json_array_append_new(capped, json_string("distinct SPIs"));
	return json_pack("{s:I,s:I,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "frames",
			 (json_int_t)c->frames, "ike_messages", (json_int_t)c->ike_messages, "ike_exchanges",
			 exchanges, "ike_notifies", numbers(c->notifies), "ike_initiator_spis",
			 (json_int_t)map_count(c->initiators), "ike_fragments", (json_int_t)c->ike_fragments,
			 "nat_keepalives", (json_int_t)c->keepalives, "esp_packets", (json_int_t)c->esp,
			 "esp_spis", (json_int_t)map_count(c->esp_spis), "ah_packets", (json_int_t)c->ah,
			 "ah_spis", (json_int_t)map_count(c->ah_spis), "ip_fragments",
			 (json_int_t)c->ip_fragments, "icmp_errors", (json_int_t)c->icmp_errors, "capped",
			 capped);
}

static json_t *told_notes(const struct source *s)
{
	json_t *notes = json_array();

	if (!s->ended || (s->told.unreadable && !s->counts.frames))
		json_array_append_new(notes, json_string("unreadable"));
	if (s->told.cut_file)
		json_array_append_new(notes, json_string("cut_file"));
	if (s->told.damaged)
		json_array_append_new(notes, json_string("damaged"));
	if (s->told.cut_archive)
		json_array_append_new(notes, json_string("cut_archive"));
	if (s->told.bomb)
		json_array_append_new(notes, json_string("bomb"));
	if (s->told.worker_died)
		json_array_append_new(notes, json_string("worker_died"));
	if (s->told.time_jumps)
		json_array_append_new(notes, json_string("time_jumps"));
	return notes;
}

static json_t *told_source(const struct source *s)
{
	json_t *links = json_array();
	json_t *o = json_pack("{s:s,s:s*,s:s*,s:I,s:I}", "file", s->file ? s->file : "", "format", s->format,
			      "compression", s->compression, "frames", (json_int_t)s->counts.frames, "bytes",
			      (json_int_t)s->told.bytes);

	for (size_t i = 0; i < s->told.links_len; i++)
		json_array_append_new(links, json_string(s->links[i]));
	told_put(o, "link_types", links);
	if (s->has_time) {
		told_put(o, "first_ns", json_integer(s->first_ns));
		told_put(o, "last_ns", json_integer(s->last_ns));
	}
	told_put(o, "snaplen", json_integer(s->told.snaplen));
	told_put(o, "cut_frames", json_integer((json_int_t)s->told.cut_frames));
	if (s->told.damaged)
		told_put(o, "damaged_after", json_integer((json_int_t)s->told.damage_frame));
	told_put(o, "notes", told_notes(s));
	told_put(o, "counts", told_counts(&s->counts));
	return o;
}

static json_t *limits(const struct track *t)
{
	json_t *list = json_array();

	if (t->tunnels_dropped)
		json_array_append_new(list, json_string("tunnels"));
	if (t->attempts_dropped)
		json_array_append_new(list, json_string("attempts"));
	if (t->facts_shared)
		json_array_append_new(list, json_string("detail"));
	if (t->exchanges_dropped)
		json_array_append_new(list, json_string("exchanges"));
	if (t->flows_capped)
		json_array_append_new(list, json_string("flows"));
	if (t->icmp_capped)
		json_array_append_new(list, json_string("icmp_errors"));
	return list;
}

/* Worth telling: something of IKE, ESP or AH belongs to it, and the user asked for it. */
static bool is_told(const struct tunnel *n)
{
	return !n->is_free && !n->outside && (n->attempts_total || n->flows_total || n->trains[0].count ||
			       n->trains[1].count);
}

static int by_serial(const void *x, const void *y)
{
	const struct tunnel *a = *(struct tunnel *const *)x, *b = *(struct tunnel *const *)y;

	return a->serial < b->serial ? -1 : a->serial > b->serial;
}

uint32_t track_owner(struct track *t, const struct packet *p, uint8_t *ret_end)
{
	uint8_t end = 2;
	const struct tunnel *n = tunnel_find(t, p, &end);

	if (!n || end > 1)
		return 0;
	*ret_end = end;
	return n->serial;
}

static int by_number(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a < b ? -1 : a > b;
}

void track_serials(const struct track *t, uint32_t *ret, size_t n)
{
	uint32_t *all = mem_zero((t->tunnels_len + 1) * sizeof *all);
	size_t told = 0;

	for (size_t i = 0; i < t->tunnels_len; i++)
		if (is_told(t->tunnels[i]))
			all[told++] = t->tunnels[i]->serial;
	if (told)
		qsort(all, told, sizeof *all, by_number);
	for (size_t i = 0; i < n; i++)
		ret[i] = i < told ? all[i] : 0;
	mem_free(all);
}

static uint32_t share(uint32_t all, size_t among, uint32_t least)
{
	size_t each = among ? all / among : all;

	return each < least ? least : (uint32_t)each;
}

/* Something of this tunnel is not told (put_lists, rows in facts). */
static bool is_shortened(const struct track *t, const struct tunnel *n)
{
	uint32_t late = n->late_rows_len < LAST_ROWS ? n->late_rows_len : LAST_ROWS;

	for (uint32_t i = 0; i < n->attempts_len; i++)
		if (n->attempts[i]->exchanges_len > t->told_exchanges + t->told_exchanges / 2)
			return true;
	return n->rows_len + late > t->told_rows;
}

/* Facts are a document in memory: the more tunnels, the less of each. What failed is told all the same. */
static void share_out(struct track *t)
{
	size_t attempts = 0;

	for (size_t i = 0; i < t->tunnels_len; i++)
		attempts += t->tunnels[i]->attempts_len;
	t->told_exchanges = share(TOLD_EXCHANGES, attempts, LEAST_EXCHANGES);
	t->told_rows = share(TOLD_ROWS, t->tunnels_len, LEAST_ROWS);
	t->told_gaps = share(TOLD_GAPS, map_count(t->flows), LEAST_GAPS);
	for (size_t i = 0; i < t->tunnels_len && !t->facts_shared; i++)
		t->facts_shared = is_shortened(t, t->tunnels[i]);
}

json_t *track_facts(struct track *t)
{
	json_t *captures = json_array(), *tunnels = json_array();
	struct tunnel **sorted = mem_copy(t->tunnels, t->tunnels_len * sizeof *sorted);
	unsigned told = 0;

	for (size_t i = 0; i < t->sources_len; i++)
		json_array_append_new(captures, told_source(&t->sources[i]));
	if (t->tunnels_len)
		qsort(sorted, t->tunnels_len, sizeof *sorted, by_serial);
	tunnels_spare_flows(t);
	liveness_index(t);
	holes_find(t);
	inside_search(t);
	share_out(t);
	for (size_t i = 0; i < t->tunnels_len; i++) {
		json_t *n;
		char id[16];

		if (!is_told(sorted[i]))
			continue;
		n = tunnel_facts(t, sorted[i]);
		snprintf(id, sizeof id, "T%u", ++told);
		json_object_set_new(n, "id", json_string(id));
		json_array_append_new(tunnels, n);
	}
	mem_free(sorted);
	return json_pack("{s:I,s:o,s:o,s:o,s:i,s:o}", "start_ns", (json_int_t)t->start_ns, "captures", captures,
			 "capture", predicates_facts(t), "tunnels", tunnels, "tunnels_total", (int)told,
			 "limits", limits(t));
}
