/*
 * What this capture is able to show (diagnoses.md 0.2 and 0.3): which end it was
 * taken at, and which kinds of packets it could have recorded at all.
 */
#include "analyzer/track/state.h"

enum { UDP = 17, ESP = 50, AH = 51, ENOUGH = 10, ETHERNET_PAYLOAD = 1500, ETHERNET_HEAD = 22 };
enum { STEP_NS = 1000000, SILENT_S = 10, FLOOD_RATE = 10, MANY_INTERFACES = 31 };

/* The longest times in which nothing at all was recorded. */
static void note_silence(struct track *t, struct seen seen)
{
	uint32_t shortest = 0;

	if (seen.time_ns - t->end_ns < SILENT_S * SECOND_NS)
		return;
	if (t->silences_len < MAX_SILENCES) {
		shortest = t->silences_len++;
	} else {
		for (uint32_t i = 1; i < MAX_SILENCES; i++)
			if (t->silences[i].to_ns - t->silences[i].from_ns <
			    t->silences[shortest].to_ns - t->silences[shortest].from_ns)
				shortest = i;
		if (seen.time_ns - t->end_ns <=
		    t->silences[shortest].to_ns - t->silences[shortest].from_ns)
			return;
	}
	t->silences[shortest].from_ns = t->end_ns;
	t->silences[shortest].to_ns = seen.time_ns;
	t->silences[shortest].seen = seen;
}

static void note_interface(struct track *t, uint32_t interface, struct seen seen)
{
	uint32_t bit = UINT32_C(1) << (interface < MANY_INTERFACES ? interface : MANY_INTERFACES);

	if (t->interfaces & bit)
		return;
	t->interfaces |= bit;
	witness_add(&t->interface_frames, seen);
}

/* life.halfopen_flood: a new negotiation, and one that went on behind its first answer. */
void predicates_began(struct track *t, const struct message *m)
{
	struct flood *f = map_add(t->floods, &m->packet->dst);
	int64_t second = m->seen.time_ns / SECOND_NS;

	if (!f)
		return;
	if (!f->started++)
		f->first = m->seen;
	f->last = m->seen;
	f->now = f->second == second ? f->now + 1 : 1;
	f->second = second;
	f->busy_seconds += f->now == FLOOD_RATE + 1;
	if (f->now > f->peak)
		f->peak = f->now;
}

void predicates_went_on(struct track *t, const struct addr *responder)
{
	struct flood *f = map_find(t->floods, responder);

	if (f)
		f->continued += 1;
}

void predicates_frame(struct track *t, uint32_t capture, const struct frame *f)
{
	struct seen seen = { capture, f->number, f->time_ns };
	struct source *s = &t->sources[capture];

	if (!t->has_start) {
		t->has_start = true;
		t->end_ns = f->time_ns;
		t->start_ns = t->options.has_start ? t->options.start_ns : f->time_ns;
	}
	if (!s->has_time)
		s->first_ns = s->last_ns = f->time_ns;
	else if ((t->last_frame.capture == capture && f->time_ns < t->last_frame.time_ns - STEP_NS) ||
		 (f->behind_ns > STEP_NS && f->behind_ns < SECOND_NS)) /* told in order, and written behind */
		witness_add(&t->jumps, seen); /* a step back, not all that comes until it is made up */
	else if (f->time_ns >= s->last_ns)
		t->tail_gap_ns = f->time_ns - s->last_ns;
	if (s->has_time && f->time_ns - t->end_ns > t->pause_ns)
		t->pause_ns = f->time_ns - t->end_ns;
	if (f->after_damage)
		hole_before(t, capture, f);
	s->has_time = true;
	note_silence(t, seen);
	note_interface(t, f->interface, seen);
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

void address_saw(struct address *a, const struct packet *p)
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
	a->oversize += p->len > ETHERNET_PAYLOAD && p->frame_len > ETHERNET_PAYLOAD + ETHERNET_HEAD;
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

static void note_way(struct track *t, const struct packet *p, struct seen seen)
{
	const struct known_way *k = way_of(t, p);

	if (k->source) {
		uint64_t before = k->source->oversize;

		address_saw(k->source, p);
		if (k->source->oversize != before)
			k->source->oversize_seen = seen;
	}
	if (k->pair)
		k->pair->packets[!k->rising] += 1;
}

static void note_arp(struct track *t, const struct message *m)
{
	bool reply = m->u.other.kind == OTHER_ARP_REPLY || m->u.other.kind == OTHER_ADVERTISE;
	struct arp_key key;
	uint32_t *answers;
	struct arp *a;

	memset(&key, 0, sizeof key);
	key.asker = m->u.other.asker;
	key.target = m->u.other.target;
	if (reply) {
		answers = map_find(t->arp_targets, &key.target);
		if (answers) {
			*answers += 1;
			t->arp_answered += 1;
		}
		return;
	}
	a = map_add(t->arps, &key);
	map_add(t->arp_targets, &key.target);
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

/* IKE that was cut before its header ends is not known for it. */
static bool on_ike_port(const struct message *m)
{
	return m->u.other.kind == OTHER_UDP && m->packet && (is_ike_port(m->packet->sport) || is_ike_port(m->packet->dport));
}

static bool a_port_filter_keeps(const struct message *m)
{
	return m->kind == MSG_IKE || m->kind == MSG_ESP || m->kind == MSG_AH ||
	       m->kind == MSG_KEEPALIVE || m->kind == MSG_ICMP || m->kind == MSG_TRAIN ||
	       m->kind == MSG_FRAGMENT ||
	       (m->kind == MSG_OTHER &&
		(m->u.other.kind == OTHER_BAD_IKE || m->u.other.kind == OTHER_ICMP ||
		 m->u.other.kind == OTHER_ECHO_REPLY || m->u.other.kind == OTHER_ECHO_REQUEST ||
		 m->u.other.kind == OTHER_BROKEN || on_ike_port(m)));
}

void predicates_message(struct track *t, const struct message *m)
{
	const struct packet *p = m->packet;

	if (m->kind == MSG_OTHER && m->u.other.kind >= OTHER_ARP_REQUEST &&
	    m->u.other.kind <= OTHER_ADVERTISE)
		note_arp(t, m);
	if (m->kind == MSG_OTHER && m->u.other.kind == OTHER_TCP_LOST) {
		witness_add(&t->stream_gaps, m->seen);
		hole_in_stream(t, m);
	}
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
	note_way(t, p, m->seen);
	note_pseudo(t, m);
	t->linked += p->has_mac;
	t->aside += p->protocol != ESP && p->protocol != AH &&
		    !(p->protocol == UDP && (is_ike_port(p->sport) || is_ike_port(p->dport)));
	t->p4500 += p->sport == 4500 || p->dport == 4500;
	if (p->protocol == UDP && is_ike_port(p->dport))
		t->to_ike_ports += 1;
	else if (p->protocol != ESP && p->protocol != AH)
		t->elsewhere += 1;
	witness_add(&t->only_ports, m->seen);
	if (m->kind == MSG_IKE && p->cut)
		t->cut_ike += 1;
}

static double out_score(const struct track *t, const struct addr *a, const struct address *x,
			const char **ret_why)
{
	for (size_t i = 0; i < t->options.locals_len; i++)
		if (addr_equal(&t->options.locals[i], a)) {
			*ret_why = "told";
			return 8;
		}
	if (!x->packets) /* silent in this tunnel: what it says to others tells as well */
		x = map_find(t->addresses, a);
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

/* An end that says nothing in its tunnel, but tells its link address here: what is sent to it arrives there. */
static bool on_this_link(const struct track *t, const struct tunnel *n, int end)
{
	const uint32_t *answers = n->packets[end] ? NULL : map_find(t->arp_targets, &n->ends[end]);

	return answers && *answers;
}

/* The end at which this was recorded: 0 or 1, 2 between them, -1 unknown (diagnoses.md 0.2). */
int local_end(const struct track *t, const struct tunnel *n, const char **ret_why)
{
	const char *why[2] = { NULL, NULL };
	double score[2];

	for (int end = 0; end < 2; end++) {
		score[end] = out_score(t, &n->ends[end], &n->looks[end], &why[end]);
		if (n->moved[end].family && score[end] <= 0)
			score[end] = out_score(t, &n->moved[end], &n->looks[end], &why[end]);
	}
	*ret_why = score[1] > score[0] ? why[1] : why[0];
	if (score[0] == score[1])
		return score[0] < 0 ? 2 : -1;
	if (score[0] > 0 || score[1] > 0)
		return score[1] > score[0];
	for (int end = 0; end < 2; end++)
		if (score[!end] < 0 && on_this_link(t, n, end)) {
			*ret_why = "link";
			return end;
		}
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

		const uint32_t *answers = map_find(t->arp_targets, &a->target);

		if ((answers && *answers) || a->count < 2 || addr_equal(&a->asker, &a->target))
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

/* The oldest that is known of the first tunnel was not its beginning. */
static bool begins_inside(const struct track *t)
{
	const struct tunnel *n = t->tunnels_len ? t->tunnels[0] : NULL;

	return n && (n->attempts_len ? !n->attempts[0]->from_start : n->flows_len > 0);
}

/* cap.offload.artifact: what only one host's own recording shows, packets larger than any wire takes. */
static json_t *offload(const struct track *t)
{
	const struct address *big = NULL, *bad = NULL;
	unsigned senders = 0;
	char text[ADDR_TEXT];
	json_t *o;

	for (const struct address *a = map_oldest(t->addresses); a; a = map_younger(t->addresses, a)) {
		senders += a->oversize > 0;
		if (a->oversize && (!big || a->oversize > big->oversize))
			big = a;
		if (a->bad_sums >= ENOUGH && !a->good_sums && (!bad || a->bad_sums > bad->bad_sums))
			bad = a;
	}
	if (!bad && (!big || senders > 2)) /* everybody's: jumbo frames */
		return NULL;
	o = json_object();
	if (bad) {
		told_put(o, "bad_sums", json_integer((json_int_t)bad->bad_sums));
		told_put(o, "from", json_string(addr_text(map_key(t->addresses, bad), text)));
	}
	if (big && senders <= 2) {
		told_put(o, "oversize", json_integer((json_int_t)big->oversize));
		told_put(o, "of", json_string(addr_text(map_key(t->addresses, big), text)));
		told_put(o, "frames", json_pack("[o]", told_frame(big->oversize_seen)));
	}
	return o;
}

static void put_points(const struct track *t, json_t *c)
{
	if (t->interface_frames.count > 1)
		told_put(c, "interfaces", json_pack("{s:i,s:o}", "count", (int)t->interface_frames.count, "frames",
						    told_frames(&t->interface_frames)));
	if (t->hop_twins.count)
		told_put(c, "hop_twins", json_pack("{s:i,s:o}", "count", (int)t->hop_twins.count, "frames",
						   told_frames(&t->hop_twins)));
	if (t->nat_twins.count)
		told_put(c, "nat_twins", json_pack("{s:i,s:o}", "count", (int)t->nat_twins.count, "frames",
						   told_frames(&t->nat_twins)));
	told_put(c, "clock_leaps", schedule_leaps(t));
	told_put(c, "offload", offload(t));
	neighbours_capture(t, c);
	liveness_capture(t, c);
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
			return json_pack("{s:I,s:I,s:b,s:[o]}", "bytes", (json_int_t)s->told.bytes, "limit",
					 (json_int_t)limit, "mid_session", begins_inside(t), "frames",
					 told_frame(t->last_frame));
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

/* Every file tells its filter, and none of them sorts by protocol, port, size or bytes: it keeps all kinds. */
static bool filters_by_host(const struct track *t)
{
	static const char *const sorts[] = { "port",  "proto", "udp", "tcp", "icmp", "esp",     "ah",   "[",
					     "sctp",  "len",   "less", "greater", "vlan", "broadcast", "multicast" };

	for (size_t i = 0; i < t->sources_len; i++) {
		if (!t->sources[i].filter_text)
			return false;
		for (size_t k = 0; k < sizeof sorts / sizeof *sorts; k++)
			if (strstr(t->sources[i].filter_text, sorts[k]))
				return false;
	}
	return t->sources_len && !t->options.filtered;
}

static json_t *sees(const struct track *t, const char *blind)
{
	bool open = t->open_filter.count > 0 && !t->options.filtered, both = both_ways(t) ||
							(t->arp_answered && !has_ghost(t));

	open |= filters_by_host(t);
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
		if (s->filter_text)
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
	if (t->linked && !t->aside && !t->open_filter.count)
		told_put(c, "bare", json_pack("{s:o}", "frames", told_frames(&t->only_ports)));
	told_put(c, "buffer_full", t->sources_len ? buffer_full(t) : NULL);
	told_put(c, "asa_pseudo", asa_pseudo(t));
	put_points(t, c);
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
	if (t->stream_gaps.count)
		told_put(c, "stream_gaps", json_pack("{s:I,s:o}", "count", (json_int_t)t->stream_gaps.count, "frames",
						     told_frames(&t->stream_gaps)));
	if (drops)
		told_put(c, "drops", json_pack("{s:I,s:[o]}", "count", (json_int_t)drops, "frames",
					       told_frame(t->last_frame)));
	if (damaged && frames)
		told_put(c, "damaged", json_pack("{s:I,s:o}", "count", (json_int_t)damaged, "frame",
					    told_frame(t->last_frame)));
	return c;
}
