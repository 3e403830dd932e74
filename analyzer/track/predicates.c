/*
 * What this capture is able to show (diagnoses.md 0.2 and 0.3): which end it was
 * taken at, and which kinds of packets it could have recorded at all.
 */
#include "analyzer/track/state.h"

enum { UDP = 17, ESP = 50, AH = 51, ENOUGH = 10 };

void predicates_frame(struct track *t, uint32_t capture, const struct frame *f)
{
	struct seen seen = { capture, f->number, f->time_ns };
	struct source *s = &t->sources[capture];

	if (!t->has_start) {
		t->has_start = true;
		t->start_ns = t->end_ns = f->time_ns;
	}
	if (!s->counts.frames) {
		s->first_ns = s->last_ns = f->time_ns;
	} else if (f->time_ns < s->last_ns - 1000000) {
		witness_add(&t->jumps, seen);
	} else {
		t->tail_gap_ns = f->time_ns - s->last_ns;
	}
	s->counts.frames += 1;
	if (f->time_ns > s->last_ns)
		s->last_ns = f->time_ns;
	if (f->time_ns < s->first_ns)
		s->first_ns = f->time_ns;
	if (f->time_ns > t->end_ns)
		t->end_ns = f->time_ns;
	if (f->cap_len < f->wire_len) {
		witness_add(&t->cut, seen);
		if (!t->shortest_cut || f->cap_len < t->shortest_cut)
			t->shortest_cut = f->cap_len;
	}
	t->last_frame = seen;
}

static bool initial_ttl(uint8_t ttl)
{
	return ttl == 32 || ttl == 64 || ttl == 128 || ttl == 255;
}

static void note_address(struct address *a, const struct packet *p)
{
	if (!a->packets || p->ttl < a->ttl_min)
		a->ttl_min = p->ttl;
	if (p->ttl > a->ttl_max)
		a->ttl_max = p->ttl;
	a->packets += 1;
	a->out += p->way == WAY_OUT;
	a->in += p->way == WAY_IN;
	a->bad_sums += p->udp_sum == SUM_BAD || p->ip_sum == SUM_BAD;
	a->good_sums += p->udp_sum == SUM_GOOD;
}

/* Who speaks to whom. Values of a map never move, and nothing is taken out of these two. */
static const struct known_way *way_of(struct track *t, const struct packet *p)
{
	unsigned slot = (p->src.at[3] ^ p->dst.at[3] << 1 ^ p->src.at[15] ^ p->dst.at[15] << 1) &
			(KNOWN_WAYS - 1);
	struct known_way *k = &t->known_ways[slot];
	struct pair_key key;

	if (k->source && addr_equal(&k->src, &p->src) && addr_equal(&k->dst, &p->dst))
		return k;
	memset(&key, 0, sizeof key);
	*k = (struct known_way){ .src = p->src, .dst = p->dst };
	k->rising = memcmp(&p->src, &p->dst, sizeof p->src) <= 0;
	key.low = k->rising ? p->src : p->dst;
	key.high = k->rising ? p->dst : p->src;
	k->source = map_add(t->addresses, &p->src);
	k->pair = map_add(t->pairs, &key);
	return k;
}

static void note_way(struct track *t, const struct packet *p)
{
	const struct known_way *k = way_of(t, p);

	if (k->source)
		note_address(k->source, p);
	if (k->pair)
		k->pair->packets[!k->rising] += 1;
}

static void note_arp(struct track *t, const struct message *m)
{
	bool reply = m->u.other.kind == OTHER_ARP_REPLY || m->u.other.kind == OTHER_ADVERTISE;
	struct arp_key key;
	struct arp *a;

	memset(&key, 0, sizeof key);
	key.asker = m->u.other.asker;
	key.target = m->u.other.target;
	if (reply) {
		for (a = map_oldest(t->arps); a; a = map_younger(t->arps, a))
			if (addr_equal(&a->target, &key.target))
				a->answers += 1, t->arp_answered += 1;
		return;
	}
	a = map_add(t->arps, &key);
	if (!a)
		return;
	if (!a->count)
		a->first = m->seen;
	a->asker = key.asker;
	a->target = key.target;
	a->count += 1;
	a->last = m->seen;
	witness_add(&a->frames, m->seen);
}

static void note_pseudo(struct track *t, const struct message *m)
{
	struct pseudo *a = &t->pseudo;
	const struct packet *p = m->packet;
	uint8_t mac[12];

	if (m->kind != MSG_IKE) {
		a->other_layers = true;
		return;
	}
	memcpy(mac, p->mac_src, 6);
	memcpy(mac + 6, p->mac_dst, 6);
	if (!a->ike++) {
		a->ttl = p->ttl;
		a->id = p->id;
		memcpy(a->mac, mac, sizeof mac);
	}
	a->varied_ttl |= p->ttl != a->ttl;
	a->varied_id |= p->id != a->id;
	a->varied_mac |= memcmp(a->mac, mac, sizeof mac) != 0;
	a->sums_wrong += p->udp_sum == SUM_BAD || p->udp_sum == SUM_ABSENT;
	witness_add(&a->frames, m->seen);
}

static bool a_port_filter_keeps(const struct message *m)
{
	return m->kind == MSG_IKE || m->kind == MSG_ESP || m->kind == MSG_AH ||
	       m->kind == MSG_KEEPALIVE || m->kind == MSG_ICMP || m->kind == MSG_TRAIN ||
	       m->kind == MSG_FRAGMENT ||
	       (m->kind == MSG_OTHER &&
		(m->u.other.kind == OTHER_BAD_IKE || m->u.other.kind == OTHER_ICMP ||
		 m->u.other.kind == OTHER_ECHO_REPLY || m->u.other.kind == OTHER_ECHO_REQUEST ||
		 m->u.other.kind == OTHER_BROKEN));
}

void predicates_message(struct track *t, const struct message *m)
{
	const struct packet *p = m->packet;

	if (m->kind == MSG_OTHER && m->u.other.kind >= OTHER_ARP_REQUEST &&
	    m->u.other.kind <= OTHER_ADVERTISE)
		note_arp(t, m);
	if (!a_port_filter_keeps(m))
		witness_add(&t->open_filter, m->seen);
	if (m->kind == MSG_ICMP || (m->kind == MSG_OTHER && m->u.other.kind >= OTHER_SOLICIT &&
				    m->u.other.kind <= OTHER_ICMP))
		t->icmp_any += 1;
	if (m->kind == MSG_FRAGMENT) {
		t->later_fragments += m->u.fragment.offset > 0;
		t->first_fragments += m->u.fragment.offset == 0 && m->u.fragment.more;
	}
	if (!p || !p->src.family || m->kind == MSG_TRAIN)
		return;
	if (m->kind == MSG_FRAGMENT && m->u.fragment.offset == 0)
		return; /* the datagram itself comes when it is whole */
	t->packets_seen += 1;
	note_way(t, p);
	note_pseudo(t, m);
	t->p4500 += p->sport == 4500 || p->dport == 4500;
	if (p->protocol == UDP && (p->dport == 500 || p->dport == 4500))
		t->to_ike_ports += 1;
	else if (p->protocol != ESP && p->protocol != AH)
		t->elsewhere += 1;
	witness_add(&t->only_ports, m->seen);
	if (m->kind == MSG_IKE && p->cut)
		t->cut_ike += 1;
}

static double out_score(const struct track *t, const struct addr *a, const char **ret_why)
{
	const struct address *x = map_find(t->addresses, a);

	for (size_t i = 0; i < t->options.locals_len; i++)
		if (addr_equal(&t->options.locals[i], a)) {
			*ret_why = "told";
			return 8;
		}
	if (!x)
		return 0;
	if (x->out && x->out >= x->packets - x->out) {
		*ret_why = "link";
		return 4;
	}
	if (x->in && x->in >= x->packets - x->in)
		return -4;
	if (x->ttl_min != x->ttl_max || !initial_ttl(x->ttl_min))
		return -1;
	*ret_why = "ttl";
	return x->bad_sums > x->good_sums ? 2 : 1;
}

/* The end at which this was recorded: 0 or 1, 2 between them, -1 unknown (diagnoses.md 0.2). */
int local_end(const struct track *t, const struct tunnel *n, const char **ret_why)
{
	const char *why[2] = { NULL, NULL };
	double score[2];

	for (int end = 0; end < 2; end++) {
		score[end] = out_score(t, &n->ends[end], &why[end]);
		if (n->moved[end].family && score[end] <= 0)
			score[end] = out_score(t, &n->moved[end], &why[end]);
	}
	*ret_why = score[1] > score[0] ? why[1] : why[0];
	if (score[0] == score[1])
		return score[0] < 0 ? 2 : -1;
	if (score[0] > 0 || score[1] > 0)
		return score[1] > score[0];
	return -1; /* one end was not heard at all, the other is far away */
}

static const char *tri(bool yes, bool possible)
{
	return yes ? "yes" : possible ? "unknown" : "no";
}

/* Certain: even what this host sent itself lacks its later fragments. */
static const char *frag_blind(const struct track *t, const struct witness **ret_frames)
{
	bool first_only = false;

	for (size_t i = 0; i < t->tunnels_len; i++) {
		const struct tunnel *n = t->tunnels[i];
		const char *why;
		int local = local_end(t, n, &why);

		for (int end = 0; end < 2; end++) {
			const struct trains *d = &n->trains[end];

			if (!d->first_only)
				continue;
			*ret_frames = &d->broken;
			first_only = true;
			if (end == local && !d->later_pieces && !t->later_fragments)
				return "certain";
		}
	}
	if (first_only && !t->later_fragments && !t->open_filter.count) {
		for (size_t i = 0; i < t->tunnels_len; i++)
			for (uint32_t k = 0; k < t->tunnels[i]->icmp_len; k++) {
				const struct icmp_group *g = &t->tunnels[i]->icmp[k];

				/* our own host waited for the rest in vain: the loss is real */
				if ((g->family == 4 && g->type == 11 && g->code == 1) ||
				    (g->family == 6 && g->type == 3 && g->code == 1))
					return "no";
			}
		return "suspected";
	}
	return "no";
}

/* Somebody is heard and spoken to, be it by different hosts. */
static bool both_ways(const struct track *t)
{
	for (const struct pair *p = map_oldest(t->pairs); p; p = map_younger(t->pairs, p)) {
		const struct pair_key *k = map_key(t->pairs, p);

		if ((p->packets[0] && map_find(t->addresses, &k->high)) ||
		    (p->packets[1] && map_find(t->addresses, &k->low)))
			return true;
	}
	return false;
}

/* An answer that must have been there is not: then neighbours that are heard prove nothing. */
static bool has_ghost(const struct track *t)
{
	for (size_t i = 0; i < t->tunnels_len; i++)
		for (uint32_t k = 0; k < t->tunnels[i]->attempts_len; k++) {
			const struct ike_sa *sa = t->tunnels[i]->attempts[k];

			for (size_t x = 0; x < sa->exchanges_len; x++)
				if (infer_ghost(sa, sa->exchanges[x]))
					return true;
		}
	return false;
}

static json_t *one_direction(const struct track *t)
{
	uint64_t packets = 0;
	json_t *told;

	for (const struct pair *p = map_oldest(t->pairs); p; p = map_younger(t->pairs, p))
		packets += p->packets[0] + p->packets[1];
	if (packets < ENOUGH || both_ways(t) || (t->arp_answered && !has_ghost(t)))
		return NULL;
	told = json_pack("{s:I}", "packets", (json_int_t)packets);
	told_put_frames(told, "frames", &t->only_ports);
	return told;
}

static json_t *unanswered_arp(const struct track *t)
{
	json_t *list = json_array();
	char asker[ADDR_TEXT], target[ADDR_TEXT];

	for (const struct arp *a = map_oldest(t->arps); a; a = map_younger(t->arps, a)) {
		json_t *row;

		if (a->answers || a->count < 2 || addr_equal(&a->asker, &a->target))
			continue;
		row = json_pack("{s:s,s:s,s:I,s:f,s:f,s:I}", "asker", addr_text(&a->asker, asker), "target",
				addr_text(&a->target, target), "count", (json_int_t)a->count, "first",
				seconds_at(t, a->first.time_ns), "last", seconds_at(t, a->last.time_ns),
				"others", (json_int_t)t->packets_seen);
		told_put_frames(row, "frames", &a->frames);
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *buffer_full(const struct track *t)
{
	static const uint64_t kib[] = { 512, 1024, 2048, 4096, 8192, 10240, 16384, 32768 };
	const struct source *s = &t->sources[t->sources_len - 1];
	double span = (double)(s->last_ns - s->first_ns), mean;

	if (s->counts.frames < 100 || strcmp(s->format ? s->format : "", "pcap"))
		return NULL;
	mean = span / (double)s->counts.frames;
	if ((double)t->tail_gap_ns > 3 * mean)
		return NULL;
	for (size_t i = 0; i < sizeof kib / sizeof *kib; i++) {
		uint64_t limit = kib[i] * 1024;

		if (s->told.bytes <= limit && s->told.bytes >= limit - limit / 50)
			return json_pack("{s:I,s:I,s:[o]}", "bytes", (json_int_t)s->told.bytes, "limit",
					 (json_int_t)limit, "frames", told_frame(t->last_frame));
	}
	return NULL;
}

static json_t *asa_pseudo(const struct track *t)
{
	const struct pseudo *a = &t->pseudo;
	json_t *told;

	if (a->ike < ENOUGH || a->other_layers || a->varied_id || a->varied_ttl || a->varied_mac ||
	    a->sums_wrong < a->ike)
		return NULL;
	told = json_pack("{s:s}", "why", "constant");
	told_put_frames(told, "frames", &a->frames);
	return told;
}

static json_t *only_ike_ports(const struct track *t)
{
	json_t *told;

	if (t->elsewhere || t->open_filter.count || t->packets_seen < 2)
		return NULL;
	told = json_pack("{s:I}", "to", (json_int_t)t->to_ike_ports);
	told_put_frames(told, "frames", &t->only_ports);
	return told;
}

static json_t *sees(const struct track *t, const char *blind)
{
	bool open = t->open_filter.count > 0 && !t->options.filtered, both = both_ways(t) ||
							(t->arp_answered && !has_ghost(t));

	for (size_t i = 0; i < t->sources_len; i++) /* a pcapng that tells its filter, or that there is none */
		open |= t->sources[i].filter_text && !*t->sources[i].filter_text;
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "both_ways", tri(both, false), "icmp",
			 tri(t->icmp_any || open, true), "frags",
			 !strcmp(blind, "certain") ? "no"
						   : tri(t->later_fragments || open ||
								 (!t->first_fragments && !t->options.filtered),
							 true),
			 "esp", tri(map_count(t->flows) || open, true), "p4500", tri(t->p4500 || open, true));
}

json_t *predicates_facts(struct track *t)
{
	const struct witness *blind_frames = NULL;
	const char *blind = frag_blind(t, &blind_frames);
	uint64_t frames = 0, ike = 0, drops = 0, damaged = 0;
	json_t *c = json_object();
	json_t *arps = unanswered_arp(t);

	for (size_t i = 0; i < t->sources_len; i++) {
		const struct source *s = &t->sources[i];

		frames += s->counts.frames;
		ike += s->counts.ike_messages;
		drops += s->told.drops;
		damaged += s->told.damaged || s->told.cut_file || s->told.cut_archive || s->told.bomb ||
			   s->told.worker_died;
		if (s->filter_text && *s->filter_text)
			told_put(c, "filter_text", json_string(s->filter_text));
	}
	told_put(c, "frames", json_integer((json_int_t)frames));
	told_put(c, "ike_messages", json_integer((json_int_t)ike));
	told_put(c, "ipsec_packets", json_integer((json_int_t)t->ipsec));
	told_put(c, "span", json_pack("{s:f,s:f}", "first", 0.0, "last", seconds_at(t, t->end_ns)));
	told_put(c, "sees", sees(t, blind));
	told_put(c, "frag_blind", json_string(blind));
	if (blind_frames)
		told_put_frames(c, "frag_blind_frames", blind_frames);
	told_put(c, "one_direction", one_direction(t));
	told_put(c, "only_ike_ports", only_ike_ports(t));
	told_put(c, "buffer_full", t->sources_len ? buffer_full(t) : NULL);
	told_put(c, "asa_pseudo", asa_pseudo(t));
	if (json_array_size(arps))
		told_put(c, "unanswered_arp", arps);
	else
		json_decref(arps);
	if (t->open_filter.count)
		told_put(c, "open_filter", json_pack("{s:o}", "frames", told_frames(&t->open_filter)));
	if (t->cut.count)
		told_put(c, "cut", json_pack("{s:I,s:I,s:I,s:o}", "count", (json_int_t)t->cut.count, "ike",
					(json_int_t)t->cut_ike, "shortest", (json_int_t)t->shortest_cut,
					"frames", told_frames(&t->cut)));
	if (t->duplicates.count)
		told_put(c, "duplicates",
		    json_pack("{s:I,s:f,s:o}", "count", (json_int_t)t->duplicates.count, "share",
			      (double)t->duplicates.count / (double)(frames ? frames : 1), "frames",
			      told_frames(&t->duplicates)));
	if (t->jumps.count)
		told_put(c, "clock_jumps", json_pack("{s:I,s:o}", "count", (json_int_t)t->jumps.count, "frames",
						told_frames(&t->jumps)));
	if (drops)
		told_put(c, "drops", json_pack("{s:I,s:[o]}", "count", (json_int_t)drops, "frames",
					       told_frame(t->last_frame)));
	if (damaged && frames)
		told_put(c, "damaged", json_pack("{s:I,s:o}", "count", (json_int_t)damaged, "frame",
					    told_frame(t->last_frame)));
	return c;
}
