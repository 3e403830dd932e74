/*
 * One tunnel as facts: which end is "a", what stands, what is missing.
 */
#include "analyzer/track/state.h"
#include "dissect/base/text.h"

enum { PROBE_SENDS = 3, SILENCE_PACKETS = 3 };

static json_t *side(const struct told *told, int end)
{
	char s[2] = { told->letter[end & 1], 0 };

	return json_string(s);
}

/* {a: .., b: ..}, always in this order. */
static json_t *sides(const struct told *told, json_t *(*make)(const struct told *, int end))
{
	int a = told->letter[0] == 'a' ? 0 : 1;
	json_t *o = json_object();

	told_put(o, "a", make(told, a));
	told_put(o, "b", make(told, !a));
	return o;
}

static json_t *ends(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	int a = told->letter[0] == 'a' ? 0 : 1;
	char text[2][ADDR_TEXT];
	json_t *o, *ports[2] = { json_array(), json_array() };

	for (int end = 0; end < 2; end++)
		for (uint32_t i = 0; i < n->ports_len[end]; i++)
			json_array_append_new(ports[end], json_integer(n->ports[end][i]));
	o = json_pack("{s:s,s:s,s:o,s:o}", "a", addr_text(&n->ends[a], text[0]), "b",
		      addr_text(&n->ends[!a], text[1]), "ports_a", ports[a], "ports_b", ports[!a]);
	for (int end = 0; end < 2; end++)
		if (n->moved[end].family)
			told_put(o, told->letter[end] == 'a' ? "moved_a" : "moved_b",
				 json_string(addr_text(&n->moved[end], text[0])));
	return o;
}

static json_t *vantage(const struct told *told, int where, const char *why)
{
	char text[ADDR_TEXT];
	json_t *o = json_object();

	if (where == 0 || where == 1) {
		told_put(o, "side", side(told, where));
		told_put(o, "local", json_string(addr_text(&told->tunnel->ends[where], text)));
		told_put(o, "why", json_string(why ? why : ""));
	} else {
		told_put(o, "side", json_string(where == 2 ? "middle" : "unknown"));
	}
	return o;
}

static json_t *data_way(const struct told *told, int end)
{
	const struct data_way *d = &told->tunnel->data[end];
	json_t *o = json_pack("{s:I,s:I,s:I,s:I}", "packets", (json_int_t)d->packets, "bytes",
			      (json_int_t)d->bytes, "small", (json_int_t)d->small, "large",
			      (json_int_t)d->large);

	if (d->packets) {
		told_put(o, "first", json_real(seconds_at(told->track, d->frames.first.time_ns)));
		told_put(o, "last", json_real(seconds_at(told->track, d->frames.last.time_ns)));
		told_put_frames(o, "frames", &d->frames);
		told_put(o, "after", json_integer((json_int_t)d->after));
		told_put(o, "fragmented", json_integer((json_int_t)d->fragmented));
		told_put(o, "tails", json_integer((json_int_t)d->tails));
		told_put_frames(o, "fragmented_frames", &d->fragmented_frames);
	}
	if (d->after)
		told_put(o, "after_frames",
			 d->after > 1 ? json_pack("[o,o]", told_frame(d->after_first), told_frame(d->after_last))
				      : json_pack("[o]", told_frame(d->after_first)));
	return o;
}

static json_t *trains(const struct told *told, int end)
{
	const struct trains *d = &told->tunnel->trains[end];
	json_t *o = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "trains", (json_int_t)d->count,
			      "whole", (json_int_t)d->whole, "first_only", (json_int_t)d->first_only,
			      "first_missing", (json_int_t)d->first_missing, "partial",
			      (json_int_t)d->partial, "ike", (json_int_t)d->ike, "largest",
			      (json_int_t)d->largest, "piece_largest", (json_int_t)d->piece_largest,
			      "unfragmented", (json_int_t)told->tunnel->sizes[end].unfragmented, "local",
			      (int)(told->local == end));

	told_put_frames(o, "frames", &d->broken);
	told_put_frames(o, "whole_frames", &d->complete);
	told_put(o, "disorder", json_integer((json_int_t)d->disorder));
	told_put_frames(o, "disorder_frames", &d->disorder_frames);
	told_put(o, "overlap", json_integer((json_int_t)d->overlap));
	told_put(o, "overlap_differs", json_integer((json_int_t)d->overlap_differs));
	told_put_frames(o, "overlap_frames", &d->overlap_frames);
	if (d->broken.count) {
		told_put(o, "first", json_real(seconds_at(told->track, d->broken.first.time_ns)));
		told_put(o, "last", json_real(seconds_at(told->track, d->broken.last.time_ns)));
	}
	return o;
}

/* Where numbers are missing. */
static json_t *gaps(const struct track *t, struct flow *f)
{
	json_t *list = json_array();

	while (f->gaps_len > t->told_gaps)
		flow_join_gaps(f);
	for (uint32_t i = 0; i < f->gaps_len; i++)
		json_array_append_new(list, json_pack("[I,I,I]", (json_int_t)f->gaps[i].first,
						      (json_int_t)f->gaps[i].last,
						      (json_int_t)f->gaps[i].missing));
	return list;
}

/* Method E, as far as one recording goes. */
static void put_numbers(const struct told *told, const struct flow *f, json_t *o)
{
	static const char *const late[] = { "late_32", "late_64", "late_1024" };
	struct flow now = flow_settled(f);
	uint64_t lost = now.lost, expected = f->received + lost;
	double low, high;

	flow_interval(lost, expected, &low, &high);
	told_put(o, "lost", json_integer((json_int_t)lost));
	told_put(o, "expected", json_integer((json_int_t)expected));
	told_put(o, "lost_low", json_real(low));
	told_put(o, "lost_high", json_real(high));
	told_put(o, "runs", json_integer((json_int_t)now.runs));
	told_put(o, "longest_run", json_integer((json_int_t)now.longest_run));
	told_put(o, "wrapped", json_boolean(f->wrapped));
	told_put(o, "gaps", gaps(told->track, &now));
	for (int i = 0; i < 3; i++)
		told_put(o, late[i], json_integer((json_int_t)f->late[i]));
	if (f->restarts)
		told_put(o, "restart", json_pack("{s:i,s:I,s:f,s:o}", "count", (int)f->restarts, "from",
						 (json_int_t)f->restarted_from, "at",
						 seconds_at(told->track, f->restarted.time_ns), "frame",
						 told_frame(f->restarted)));
}

/* What lengths and first octets tell of the suite, and who else sends on this SPI. */
static void put_shape(const struct told *told, const struct flow *f, json_t *o)
{
	json_t *residues = json_array();
	char source[ADDR_TEXT];

	for (int i = 0; i < 16; i++)
		if (f->residues >> i & 1)
			json_array_append_new(residues, json_integer(i));
	told_put(o, "residues", residues);
	told_put(o, "lengths", json_integer(f->lengths_len));
	if (f->inner_headers)
		told_put(o, "inner", json_pack("{s:I,s:o}", "packets", (json_int_t)f->inner_headers, "frame",
					       told_frame(f->inner_seen)));
	if (f->foreign)
		told_put(o, "foreign", json_pack("{s:s,s:I,s:f,s:o}", "source", addr_text(&f->foreign_source, source),
						 "packets", (json_int_t)f->foreign, "at",
						 seconds_at(told->track, f->foreign_seen.time_ns), "frame",
						 told_frame(f->foreign_seen)));
}

static json_t *flow(const struct told *told, const struct flow *f)
{
	char spi[11];
	json_t *o;

	snprintf(spi, sizeof spi, "0x%08x", f->spi);
	o = json_pack("{s:s,s:s,s:s,s:I,s:I,s:f,s:f}", "spi", spi, "protocol",
		      f->protocol == 51 ? "AH" : "ESP", "encapsulation",
		      f->carriage == CARRIED_IP	   ? "IP"
		      : f->carriage == CARRIED_TCP ? "TCP"
						   : "UDP",
		      "packets", (json_int_t)f->packets, "bytes", (json_int_t)f->bytes, "first",
		      seconds_at(told->track, f->first.time_ns), "last",
		      seconds_at(told->track, f->last.time_ns));
	told_put(o, "from", side(told, f->from));
	told_put(o, "to", side(told, !f->from));
	told_put(o, "first_frame", told_frame(f->first));
	told_put(o, "last_frame", told_frame(f->last));
	told_put(o, "seq_first", json_integer(f->seq_first));
	told_put(o, "seq_last", json_integer(f->seq_max));
	put_numbers(told, f, o);
	told_put(o, "duplicates", json_integer((json_int_t)f->duplicates));
	told_put(o, "reordered", json_integer((json_int_t)f->reordered));
	told_put(o, "largest", json_integer(f->largest));
	told_put(o, "smallest", json_integer(f->smallest));
	put_shape(told, f, o);
	return o;
}

/* RFC 792, RFC 1812, RFC 4443 in the words that rules use. */
static const char *icmp_name(const struct icmp_group *g)
{
	static const char *const v4_unreachable[] = {
		"net_unreachable", "host_unreachable", "protocol_unreachable", "port_unreachable",
		"frag_needed", "source_route_failed", "net_unknown", "host_unknown", "source_isolated",
		"net_prohibited", "host_prohibited", "net_tos", "host_tos", "admin_prohibited",
		"precedence_violation", "precedence_cutoff",
	};
	static const char *const v6_unreachable[] = {
		"no_route", "admin_prohibited", "beyond_scope", "host_unreachable", "port_unreachable",
		"source_policy", "reject_route",
	};

	if (g->family == 4)
		switch (g->type) {
		case 3:
			return g->code < 16 ? v4_unreachable[g->code] : "unreachable";
		case 4:
			return "source_quench";
		case 5:
			return "redirect";
		case 11:
			return g->code == 1 ? "reassembly_timeout" : "ttl_exceeded";
		case 12:
			return "parameter_problem";
		default:
			return "other";
		}
	switch (g->type) {
	case 1:
		return g->code < 7 ? v6_unreachable[g->code] : "unreachable";
	case 2:
		return "frag_needed";
	case 3:
		return g->code == 1 ? "reassembly_timeout" : "ttl_exceeded";
	case 4:
		return g->code == 1 ? "protocol_unreachable" : "parameter_problem";
	default:
		return "other";
	}
}

static json_t *icmp_group(const struct told *told, const struct icmp_group *g)
{
	static const char *const what[] = { "ike", "esp", "ah", "fragment", "keepalive" };
	uint8_t source_end = tunnel_end(told->tunnel, &g->source);
	char source[ADDR_TEXT], to[ADDR_TEXT];
	json_t *o = json_pack("{s:i,s:i,s:i,s:s,s:s,s:s,s:i}", "family", g->family, "type", g->type, "code",
			      g->code, "name", icmp_name(g), "source", addr_text(&g->source, source), "to",
			      addr_text(&g->to, to), "count", (int)g->count);

	told_put_frames(o, "frames", &g->frames);
	told_put(o, "first", json_real(seconds_at(told->track, g->frames.first.time_ns)));
	told_put(o, "last", json_real(seconds_at(told->track, g->frames.last.time_ns)));
	told_put(o, "ttl", json_integer(g->ttl));
	told_put(o, "mtu", json_integer(g->mtu));
	told_put(o, "protocol", json_string(what[g->what]));
	told_put(o, "dport", json_integer(g->dport));
	told_put(o, "quoted_len", json_integer(g->quoted_len));
	told_put(o, "quoted_df", json_boolean(g->quoted_df));
	told_put(o, "quoted_from", side(told, g->quoted_from));
	told_put(o, "quotes_answer", json_boolean(g->quotes_answer > 0));
	told_put(o, "matched", json_boolean(g->matched > 0));
	if (g->first_quoted.frame) {
		told_put(o, "quoted_frame", told_frame(g->first_quoted));
		told_put(o, "delay", json_real((double)(g->frames.first.time_ns -
							g->first_quoted.time_ns) / 1e9));
	}
	told_put(o, "from_peer", json_boolean(source_end == !g->quoted_from));
	told_put(o, "from_local", json_boolean(told->local >= 0 && source_end == told->local));
	return o;
}

static json_t *icmp(const struct told *told)
{
	json_t *list = json_array();

	for (size_t i = 0; i < told->tunnel->icmp_len; i++)
		json_array_append_new(list, icmp_group(told, &told->tunnel->icmp[i]));
	return list;
}

/* Sizes that were answered and sizes that were not: diagnoses.md C.1 and C.2. */
static void put_answered_sizes(const struct told *told, int end, json_t *o)
{
	const struct tunnel *n = told->tunnel;
	uint32_t largest_answered = 0, smallest_unanswered = 0, large_sends = 0;
	bool before = false, after = false, df = true;
	struct witness frames = { 0 };
	int64_t first_large = 0, last_large = 0;

	for (uint32_t i = 0; i < n->attempts_len; i++)
		for (size_t k = 0; k < n->attempts[i]->exchanges_len; k++) {
			const struct exchange *x = n->attempts[i]->exchanges[k];
			const struct half *h = &x->request;
			uint32_t len = h->ip_bytes;

			if (x->from != end || !h->sent.count || !h->complete || !exchange_expects_answer(x))
				continue;
			if (x->answer.sent.count && len > largest_answered)
				largest_answered = len;
			if (x->answer.sent.count || x->refused || len <= LARGE)
				continue;
			if (!smallest_unanswered || len < smallest_unanswered)
				smallest_unanswered = len;
			large_sends += h->sent.count;
			df &= h->df && h->pieces == 1;
			for (uint32_t f = 0; f < h->frames.count && f < WITNESS_FRAMES; f++)
				witness_add(&frames, witness_at(&h->frames, f));
			if (!first_large || h->sent.first.time_ns < first_large)
				first_large = h->sent.first.time_ns;
			if (h->sent.last.time_ns > last_large)
				last_large = h->sent.last.time_ns;
		}
	for (uint32_t i = 0; i < n->attempts_len && large_sends; i++)
		for (size_t k = 0; k < n->attempts[i]->exchanges_len; k++) {
			const struct exchange *x = n->attempts[i]->exchanges[k];

			if (x->from != end || !x->answer.sent.count || !x->request.sent.count ||
			    x->request.ip_bytes > LARGE)
				continue;
			before |= x->answer.sent.first.time_ns < first_large;
			after |= x->answer.sent.first.time_ns > last_large;
		}
	if (largest_answered)
		told_put(o, "largest_answered", json_integer(largest_answered));
	if (!large_sends)
		return;
	told_put(o, "smallest_unanswered", json_integer(smallest_unanswered));
	told_put(o, "large_unanswered", json_integer(large_sends));
	told_put(o, "large_unanswered_df", json_boolean(df));
	told_put(o, "small_answered_before", json_boolean(before));
	told_put(o, "small_answered_after", json_boolean(after));
	told_put_frames(o, "large_unanswered_frames", &frames);
	witness_clear(&frames);
}

static json_t *sizes(const struct told *told, int end)
{
	const struct size_way *s = &told->tunnel->sizes[end];
	const struct data_way *d = &told->tunnel->data[end];
	char source[ADDR_TEXT];
	json_t *o = json_pack("{s:I,s:I,s:I,s:I}", "packets", (json_int_t)s->packets, "large",
			      (json_int_t)s->large, "largest", (json_int_t)s->largest, "large_after",
			      (json_int_t)s->large_after);

	if (s->mtu_at.frame) {
		told_put(o, "mtu", json_integer(s->mtu));
		told_put(o, "mtu_at", json_real(seconds_at(told->track, s->mtu_at.time_ns)));
		told_put(o, "mtu_source", json_string(addr_text(&s->mtu_source, source)));
		told_put_frames(o, "mtu_frames", &s->mtu_frames);
	}
	told_put_frames(o, "large_after_frames", &s->large_after_frames);
	put_answered_sizes(told, end, o);
	told_put(o, "esp_large_out", json_integer((json_int_t)d->large));
	told_put(o, "esp_large_partner", json_integer((json_int_t)d->large_partnered));
	told_put(o, "esp_large_unheard", json_integer((json_int_t)esp_large_unheard(d, told->track->end_ns)));
	told_put(o, "esp_small_out", json_integer((json_int_t)d->small));
	told_put(o, "esp_small_partner", json_integer((json_int_t)d->small_partnered));
	told_put(o, "trains_of_resends", json_integer((json_int_t)d->resend_trains));
	told_put_frames(o, "esp_large_frames", &d->large_frames);
	return o;
}

/* The table of nat.detected in diagnoses.md. */
static json_t *told_ipv4(uint32_t address)
{
	char text[16];

	snprintf(text, sizeof text, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
	return json_string(text);
}

static json_t *nat(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	int behind = -1, forced = -1;
	const struct nat_hashes *inside = NULL;
	const char *proof = NULL;
	struct seen at = { 0 }, forced_at = { 0 };
	bool told_any = false;
	json_t *o;

	for (uint32_t i = 0; i < n->attempts_len; i++)
		for (int x = 0; x < 2; x++) {
			const struct nat_hashes *h = &n->attempts[i]->nat[x];

			told_any |= h->seen;
			if (!h->seen)
				continue;
			if (x == told->local && !h->source_fits)
				forced = x, forced_at = h->at; /* nothing stands between a host and its own capture */
			if (x != told->local && h->has_inside && (!inside || !strcmp(proof, "source")))
				behind = x, proof = "inside", at = h->at, inside = h;
			else if (inside)
				continue;
			else if (x != told->local && !h->destination_fits)
				behind = !x, proof = "destination", at = h->at;
			else if (x != told->local && !h->source_fits && behind < 0)
				behind = x, proof = "source", at = h->at;
		}
	if (!told_any)
		return NULL;
	o = json_pack("{s:s}", "proof", proof ? proof : "none");
	if (behind >= 0) {
		told_put(o, "behind", side(told, behind));
		told_put(o, "frames", json_pack("[o]", told_frame(at)));
	}
	if (inside)
		told_put(o, "inside", told_ipv4(inside->inside));
	if (proof && strcmp(proof, "source"))
		told_put(o, "certain", json_true());
	if (forced >= 0) {
		told_put(o, "forced", side(told, forced));
		told_put(o, "forced_frames", json_pack("[o]", told_frame(forced_at)));
	}
	return o;
}

static json_t *keepalives(const struct told *told, int end)
{
	return json_integer((json_int_t)told->tunnel->keepalives[end]);
}

static json_t *mapping(const struct told *told, int end)
{
	const struct tunnel *n = told->tunnel;
	json_t *o;

	if (!n->mapping[end].count)
		return NULL;
	o = json_pack("{s:i,s:i,s:i,s:i,s:I,s:f}", "port_before", n->mapping_from[end], "port_after",
		      n->mapping_to[end], "changes", (int)n->mapping[end].count, "back",
		      (int)n->mapping_back[end], "stale",
		      (json_int_t)n->stale_sends[end], "idle",
		      (double)(n->mapping[end].first.time_ns - n->mapping_idle[end].time_ns) / 1e9);
	told_put_frames(o, "frames", &n->mapping[end]);
	told_put(o, "at", json_real(seconds_at(told->track, n->mapping[end].first.time_ns)));
	return o;
}

static void row_label(const struct row *r, struct text *t)
{
	char buf[IKE_NAME_TEXT];

	if (r->kind == ROW_IKE)
		text_add(t, step_name(r->u.ike.version, r->u.ike.step, r->u.ike.type, buf));
	else if (r->kind == ROW_ICMP)
		text_addf(t, "ICMP%s %u/%u", r->u.icmp.family == 6 ? "v6" : "", r->u.icmp.type,
			  r->u.icmp.code);
	else if (r->kind == ROW_ESP)
		text_addf(t, "%s 0x%08x", r->u.esp.protocol == 51 ? "AH" : "ESP", r->u.esp.spi);
}

static json_t *lull(const struct told *told, const struct lull *l)
{
	const struct track *t = told->track;
	json_t *o = json_pack("{s:f,s:i,s:f,s:f,s:f,s:s}", "from", seconds_at(t, l->from.time_ns), "sent",
			      (int)l->sent, "first", seconds_at(t, l->first.time_ns), "last",
			      seconds_at(t, l->last.time_ns), "idle", (double)l->idle_ns / 1e9, "ended",
			      !l->to.frame ? "never" : l->own ? "own" : "answer");

	if (l->to.frame)
		told_put(o, "to", json_real(seconds_at(t, l->to.time_ns)));
	told_put(o, "frames", l->sent > 1 ? json_pack("[o,o]", told_frame(l->first), told_frame(l->last))
					  : json_pack("[o]", told_frame(l->first)));
	return o;
}

/* It may have spoken meanwhile, unseen. */
static bool may_have_spoken(const struct told *told, int end, int64_t from_ns, int64_t to_ns)
{
	return hole_between(told->track, from_ns, to_ns) || hole_of_sender(told->tunnel, (uint8_t)end, from_ns, to_ns);
}

static bool has_hole(const struct told *told, int end, const struct lull *l)
{
	return may_have_spoken(told, end, l->from.time_ns, l->to.frame ? l->to.time_ns : l->last.time_ns);
}

static json_t *lulls(const struct told *told, int end)
{
	const struct tunnel *n = told->tunnel;
	const struct lull *now = &n->lull[end];
	json_t *list = json_array();

	for (size_t i = 0; i < n->lulls_len[end]; i++)
		if (!has_hole(told, end, &n->lulls[end][i]))
			json_array_append_new(list, lull(told, &n->lulls[end][i]));
	if (now->sent && now->last.time_ns - now->from.time_ns >= SECOND_NS && !has_hole(told, end, now))
		json_array_append_new(list, lull(told, now));
	return list;
}

static json_t *ghosts(const struct tunnel *n)
{
	struct witness frames = { 0 };
	json_t *o = NULL;

	for (uint32_t i = 0; i < n->attempts_len; i++)
		for (size_t k = 0; k < n->attempts[i]->exchanges_len; k++)
			if (infer_ghost(n->attempts[i], n->attempts[i]->exchanges[k]))
				witness_add(&frames, n->attempts[i]->exchanges[k]->request.sent.last);
	if (frames.count) {
		o = json_pack("{s:i}", "count", (int)frames.count);
		told_put_frames(o, "frames", &frames);
	}
	witness_clear(&frames);
	return o;
}

static unsigned children(const struct track *t, const struct tunnel *n)
{
	const struct told told = { .track = t, .tunnel = n, .letter = "ab", .local = -1 };
	unsigned count = 0;

	for (uint32_t i = 0; i < n->attempts_len; i++) {
		const struct ike_sa *sa = n->attempts[i];

		count += infer_standing(&told, sa).stage == ESTABLISHED;
		for (size_t k = 0; k < sa->exchanges_len; k++)
			count += sa->exchanges[k]->answer.sent.count && sa->exchanges[k]->type == IKE2_X_CREATE_CHILD_SA;
	}
	return count;
}

/*
 * A site with several addresses may send its ESP from another one than it logs
 * in from (the SPI is what counts, RFC 4301 4.1). Then one tunnel seems to have
 * too many flows, and its neighbours at the same end to have none.
 */
void tunnels_spare_flows(struct track *t)
{
	for (size_t i = 0; i < t->tunnels_len; i++) {
		const struct tunnel *n = t->tunnels[i];
		unsigned flows[2] = { 0, 0 }, known;

		if (n->is_free || !n->flows_len)
			continue;
		for (uint32_t k = 0; k < n->flows_len; k++)
			flows[!n->flows[k]->from] += 1;
		known = children(t, n);
		for (int end = 0; known && end < 2; end++) {
			uint32_t *spare = flows[end] > known ? map_add(t->spare_flows, &n->ends[end]) : NULL;

			if (spare)
				*spare += flows[end] - known;
		}
	}
}

static json_t *spare_flows(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	unsigned spare = 0;

	for (int end = 0; end < 2; end++) {
		const uint32_t *more = map_find(told->track->spare_flows, &n->ends[end]);

		spare += more ? *more : 0;
	}
	return spare ? json_integer(spare) : NULL;
}

static json_t *rows(const struct told *told)
{
	static const char *const kinds[] = { "ike", "icmp", "keepalive", "esp" };
	const struct tunnel *n = told->tunnel;
	json_t *list = json_array();
	uint32_t late = n->late_rows_len < LAST_ROWS ? n->late_rows_len : LAST_ROWS;

	for (uint32_t i = 0; i < n->rows_len + late && i < told->track->told_rows; i++) {
		const struct row *r = i < n->rows_len
					      ? &n->rows[i]
					      : &n->late_rows[(n->late_rows_len - late + i - n->rows_len) %
							      LAST_ROWS];
		struct text label;
		json_t *o;

		text_init(&label);
		row_label(r, &label);
		o = json_pack("{s:f,s:o,s:s,s:s,s:i,s:i,s:i,s:i}", "at",
			      seconds_at(told->track, r->seen.time_ns), "frame", told_frame(r->seen), "kind",
			      kinds[r->kind], "label", label.at, "bytes", (int)r->bytes, "ip_bytes",
			      (int)r->ip_bytes, "pieces", r->pieces, "pieces_seen", r->pieces_seen);
		text_clear(&label);
		told_put(o, "from", side(told, r->from));
		told_put(o, "to", side(told, !r->from));
		if (r->kind == ROW_IKE) {
			told_put(o, "role", json_string(r->request ? "request" : "answer"));
			told_put(o, "resend", json_boolean(r->resend));
			told_put(o, "lost", json_boolean(r->partial));
			told_put(o, "exchange", json_integer(r->exchange));
			for (uint32_t k = 0; k < n->attempts_len; k++)
				if (n->attempts[k]->serial == r->sa)
					told_put(o, "attempt", json_integer(k + 1));
		}
		if (r->part)
			told_put(o, "part", json_integer(r->part));
		json_array_append_new(list, o);
	}
	return list;
}

/* How far the tunnel came, over all its attempts. */
struct progress {
	enum stage best;
	const struct ike_sa *best_sa, *last_up;
	struct standing up, first_up;
	uint32_t ups;
	int64_t last_failed_ns;
	bool answered;
};

static struct progress progress_of(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	struct progress p = { .best = ASKED };

	for (uint32_t i = 0; i < n->attempts_len; i++) {
		const struct ike_sa *sa = n->attempts[i];
		struct standing s = infer_standing(told, sa);

		if (!p.best_sa || s.stage >= p.best)
			p.best = s.stage, p.best_sa = sa;
		for (size_t k = 0; k < sa->exchanges_len; k++)
			p.answered |= sa->exchanges[k]->answer.sent.count > 0 || sa->exchanges[k]->refused;
		if (s.stage == ESTABLISHED) {
			if (!p.ups++)
				p.first_up = s;
			if (!p.last_up || p.up.established_ns <= p.last_failed_ns)
				p.up = s; /* the first one after the last failure */
			p.last_up = sa;
		} else if (sa->from_start && sa->last.time_ns > p.last_failed_ns) {
			p.last_failed_ns = sa->last.time_ns;
		}
	}
	return p;
}

static json_t *step(const char *state, const char *what, json_t *take_frames)
{
	json_t *o = json_pack("{s:s,s:s}", "state", state, "what", what);

	told_put(o, "frames", take_frames);
	return o;
}

static json_t *first_frame_of(const struct progress *p)
{
	return p->best_sa ? json_pack("[o]", told_frame(p->best_sa->first)) : NULL;
}

static json_t *progress(const struct told *told, const struct progress *p)
{
	const struct tunnel *n = told->tunnel;
	bool both = n->packets[0] && n->packets[1];
	bool data_both = n->data[0].packets && n->data[1].packets;
	bool data_any = n->data[0].packets || n->data[1].packets;
	bool up = p->ups || (data_both && !n->attempts_len);
	json_t *o = json_object();

	told_put(o, "reachability",
		 p->answered || data_both ? step("ok", p->answered ? "answered" : "data", first_frame_of(p))
					  : step("cannot_tell", both ? "both_ways" : "no_answer",
						 first_frame_of(p)));
	told_put(o, "negotiation",
		 p->best >= AGREED ? step("ok", p->best_sa->version == 1 ? "phase1_agreed" : "init_agreed",
					  first_frame_of(p))
		 : up		   ? step("ok", "not_recorded", NULL)
				   : step("not_reached", "none", NULL));
	told_put(o, "authentication",
		 p->ups			   ? step("ok", "established", first_frame_of(p))
		 : up			   ? step("ok", "not_recorded", NULL)
		 : p->best >= AUTHENTICATED ? step("cannot_tell", "authenticated", first_frame_of(p))
		 : p->best >= AUTHENTICATING ? step("cannot_tell", "unfinished", first_frame_of(p))
					     : step("not_reached", "none", NULL));
	told_put(o, "data",
		 data_both  ? step("ok", "both_ways", told_frames(&n->data[0].frames))
		 : data_any ? step("cannot_tell", "one_way",
				   told_frames(&n->data[n->data[0].packets ? 0 : 1].frames))
			    : step(up ? "cannot_tell" : "not_reached", "none", NULL));
	return o;
}

static json_t *established(const struct told *told, const struct progress *p)
{
	if (!p->ups)
		return NULL;
	return json_pack("{s:i,s:f,s:f,s:s,s:[o]}", "count", (int)p->ups, "first",
			 seconds_at(told->track, p->first_up.established_ns), "last",
			 seconds_at(told->track, p->up.established_ns), "basis", p->up.established, "frames",
			 told_frame(p->up.established_seen));
}

/* Up, and nothing of what was tried afterwards failed; or data both ways in mid-session. */
static json_t *works(const struct told *told, const struct progress *p)
{
	const struct tunnel *n = told->tunnel;
	bool data_both = n->data[0].packets && n->data[1].packets;
	struct seen since = p->ups ? p->up.established_seen : n->first;

	if (p->ups ? p->last_failed_ns > p->up.established_ns && !data_both : !data_both)
		return NULL;
	if (!p->ups && n->attempts_len && p->best < AGREED && p->last_failed_ns)
		return NULL;
	return json_pack("{s:f,s:f,s:s,s:[o]}", "since", seconds_at(told->track, since.time_ns), "last",
			 seconds_at(told->track, n->last.time_ns), "basis",
			 data_both ? "data" : "established", "frames", told_frame(since));
}

/*
 * What is asked in vain belongs to a new negotiation that the silent end
 * answered at first, or comes after the old session was closed in due form:
 * then nothing that was up has died.
 */
static bool asked_anew(const struct told *told, struct seen since)
{
	const struct tunnel *n = told->tunnel;

	for (uint32_t i = 0; i < n->attempts_len; i++) {
		const struct ike_sa *sa = n->attempts[i];

		if (sa->from_start && sa->first.time_ns <= since.time_ns && sa->last.time_ns > since.time_ns &&
		    infer_standing(told, sa).stage != ESTABLISHED)
			return true;
	}
	return false;
}

static bool closed(const struct tunnel *n, struct seen since)
{
	const struct ike_sa *last = NULL;

	for (uint32_t i = 0; i < n->attempts_len; i++)
		if (n->attempts[i]->first.time_ns <= since.time_ns)
			last = n->attempts[i];
	return last && last->delete_said && last->deleted_at.time_ns <= since.time_ns;
}

/* One end stops for good after the tunnel was up, the other goes on. */
static json_t *silence(const struct told *told, const struct progress *p)
{
	const struct tunnel *n = told->tunnel;

	for (int end = 0; end < 2; end++) {
		struct seen since = n->last_of[end];
		struct witness frames = { 0 };
		uint32_t asked = 0;
		json_t *o;

		if (!n->packets[end] || n->last_of[!end].time_ns - since.time_ns < 3 * SECOND_NS ||
		    may_have_spoken(told, end, since.time_ns, n->last_of[!end].time_ns) ||
		    (p->ups && p->first_up.established_ns > since.time_ns) ||
		    (!p->ups && !(n->data[0].packets && n->data[1].packets)) ||
		    asked_anew(told, since) || closed(n, since))
			continue;
		for (uint32_t i = 0; i < n->attempts_len; i++)
			for (size_t k = 0; k < n->attempts[i]->exchanges_len; k++) {
				const struct exchange *x = n->attempts[i]->exchanges[k];

				if (x->from == end || x->request.sent.last.time_ns <= since.time_ns)
					continue;
				for (uint32_t f = 0; f < x->request.sent.count && f < SEND_TIMES; f++)
					if (witness_at(&x->request.sent, f).time_ns > since.time_ns) {
						witness_add(&frames, witness_at(&x->request.sent, f));
						asked += 1;
					}
			}
		if (asked < SILENCE_PACKETS) {
			witness_clear(&frames);
			continue;
		}
		o = json_pack("{s:f,s:i,s:f,s:[o]}", "since", seconds_at(told->track, since.time_ns),
			      "asked", (int)asked, "last_asked",
			      seconds_at(told->track, frames.last.time_ns), "before", told_frame(since));
		told_put(o, "by", side(told, end));
		told_put_frames(o, "frames", &frames);
		witness_clear(&frames);
		return o;
	}
	return NULL;
}

/* Nothing but first messages, few of them, without NAT detection or a vendor's name. */
static bool only_knocks(const struct told *told, struct witness *frames, uint32_t *sends)
{
	const struct tunnel *n = told->tunnel;

	for (uint32_t i = 0; i < n->attempts_len; i++) {
		const struct ike_sa *sa = n->attempts[i];

		if (sa->initiator == told->local || (told->local < 0 && told->track->tunnels_len < 2) ||
		    sa->nat_t[sa->initiator] || sa->vendors_len[sa->initiator])
			return false;
		for (size_t k = 0; k < sa->exchanges_len; k++) {
			const struct exchange *x = sa->exchanges[k];

			if (x->step != STEP_V2 ? x->step != MAIN_1 && x->step != AGGRESSIVE_1 &&
							 x->step != INFORMATIONAL_V1
					       : x->type != 34 && x->type != 37)
				return false;
			if (x->from == sa->initiator)
				*sends += x->request.sent.count;
			witness_add(frames, x->request.sent.count ? x->request.sent.first : sa->first);
		}
	}
	return *sends <= PROBE_SENDS;
}

/* A stranger that knocks: few first messages, never followed up, and not sent by our side. */
static json_t *probe(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	struct witness frames = { 0 };
	uint32_t sends = 0;
	json_t *o = NULL;

	if (!n->attempts_len || n->flows_len || n->attempts_total > PROBE_SENDS)
		return NULL;
	if (only_knocks(told, &frames, &sends)) {
		o = json_pack("{s:s,s:i}", "why", "few_and_bare", "count", (int)sends);
		told_put_frames(o, "frames", &frames);
	}
	witness_clear(&frames);
	return o;
}

static json_t *versions(const struct tunnel *n)
{
	json_t *list = json_array();

	for (int v = 1; v <= 2; v++)
		for (uint32_t i = 0; i < n->attempts_len; i++)
			if (n->attempts[i]->version == v) {
				json_array_append_new(list, json_integer(v));
				break;
			}
	return list;
}

/* A fact that holds nothing is absent: rules are called by what exists. */
static void put_list(json_t *o, const char *name, json_t *take_list)
{
	if (json_array_size(take_list))
		told_put(o, name, take_list);
	else
		json_decref(take_list);
}

static void put_attempts(const struct told *told, json_t *o)
{
	const struct tunnel *n = told->tunnel;
	json_t *attempts = json_array(), *refused = json_array();
	struct selected s = { json_array(), json_array(), json_array(), json_array() };

	for (uint32_t i = 0; i < n->attempts_len; i++) {
		json_array_append_new(attempts, attempt_facts(told, n->attempts[i], i + 1));
		put_refusals(told, n->attempts[i], i + 1, refused);
		put_selected(told, n->attempts[i], i + 1, &s);
	}
	told_put(o, "attempts", attempts);
	told_put(o, "attempts_total", json_integer(n->attempts_total));
	put_list(o, "refused", refused);
	put_list(o, "unanswered", s.unanswered);
	put_list(o, "unheard", s.unheard);
	put_list(o, "incomplete", s.incomplete);
	put_list(o, "transactions", s.transactions);
}

/* Absent when neither side has it. */
static void put_sides(const struct told *told, json_t *o, const char *name,
		      json_t *(*make)(const struct told *, int end))
{
	json_t *both = sides(told, make);

	if (json_object_size(both))
		told_put(o, name, both);
	else
		json_decref(both);
}

static void put_path(const struct told *told, json_t *o)
{
	const struct tunnel *n = told->tunnel;
	json_t *flows = json_array();

	for (uint32_t i = 0; i < n->flows_len; i++)
		json_array_append_new(flows, flow(told, n->flows[i]));
	put_list(o, "flows", flows);
	put_list(o, "icmp", icmp(told));
	told_put(o, "data", sides(told, data_way));
	told_put(o, "pmtu", sides(told, sizes));
	told_put(o, "keepalives", sides(told, keepalives));
	if (n->lulls_len[0] || n->lulls_len[1] || n->lull[0].sent || n->lull[1].sent)
		told_put(o, "lulls", sides(told, lulls));
	told_put(o, "spare_flows", spare_flows(told));
	told_put(o, "ghosts", ghosts(n));
	if (n->trains[0].count || n->trains[1].count)
		told_put(o, "fragments", sides(told, trains));
	if (n->mapping[0].count || n->mapping[1].count)
		told_put(o, "mapping", sides(told, mapping));
	told_put(o, "looks", sides(told, look_facts));
	put_sides(told, o, "starved", look_starved);
	put_sides(told, o, "policed", look_policed);
	neighbours_put(told, o);
	liveness_put(told, o);
}

static bool called_a(const struct track *t, const struct addr *end)
{
	for (size_t i = 0; i < t->options.a_ends_len; i++)
		if (addr_equal(&t->options.a_ends[i], end))
			return true;
	return false;
}

static void choose_letters(const struct track *t, const struct tunnel *n, int local, struct told *ret)
{
	bool known = local == 0 || local == 1;
	int a = known ? local ^ t->options.local_is_b : n->attempts_len ? n->attempts[0]->initiator : 0;

	if (called_a(t, &n->ends[0]) != called_a(t, &n->ends[1]))
		a = called_a(t, &n->ends[1]);
	*ret = (struct told){ .track = t, .tunnel = n, .local = local == 0 || local == 1 ? local : -1 };
	ret->letter[a] = 'a';
	ret->letter[!a] = 'b';
}

json_t *tunnel_facts(const struct track *t, const struct tunnel *n)
{
	const char *why = NULL;
	int local = local_end(t, n, &why);
	json_t *o = json_object();
	struct progress p;
	struct told told;

	choose_letters(t, n, local, &told);
	p = progress_of(&told);
	told_put(o, "id", json_string(""));
	told_put(o, "ends", ends(&told));
	told_put(o, "vantage", vantage(&told, local, why));
	told_put(o, "span", json_pack("{s:f,s:f,s:f}", "first", seconds_at(t, n->first.time_ns), "last",
				      seconds_at(t, n->last.time_ns), "capture_end",
				      seconds_at(t, hole_after(t, n->last.time_ns))));
	told_put(o, "both_ways", json_boolean(n->packets[0] && n->packets[1]));
	told_put(o, "versions", versions(n));
	put_attempts(&told, o);
	put_path(&told, o);
	told_put(o, "nat", nat(&told));
	told_put(o, "implementation", implementation_facts(&told));
	told_put(o, "established", established(&told, &p));
	told_put(o, "works", works(&told, &p));
	told_put(o, "silence", silence(&told, &p));
	told_put(o, "probe", probe(&told));
	told_put(o, "progress", progress(&told, &p));
	told_put(o, "series", series_facts(&told));
	told_put(o, "messages", rows(&told));
	told_put(o, "headers", headers_facts(&told));
	told_put(o, "messages_total", json_integer((json_int_t)n->rows_total));
	return o;
}
