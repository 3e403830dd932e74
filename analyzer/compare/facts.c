#include "analyzer/compare/facts.h"

#include <math.h>

static double seconds(const struct view *v, int64_t ns)
{
	return (double)(ns - v->start_ns) / 1e9;
}

static void put(json_t *into, const char *name, json_t *take_value)
{
	if (take_value)
		json_object_set_new(into, name, take_value);
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *told_frame(struct seen s)
{
	if (s.capture == 0)
		return json_integer((json_int_t)s.frame);
	return json_pack("[i,I]", (int)s.capture, (json_int_t)s.frame);
}

static json_t *told_frames(const struct frames *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->count && i < TALLY_FRAMES; i++)
		json_array_append_new(list, told_frame(f->at[i]));
	return list;
}

static json_t *fine(double ratio)
{
	return json_real(round(ratio * 1e6) / 1e6);
}

/* --- one class ---------------------------------------------------------------------------- */

static json_t *sizes_of(const struct class_tally *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->sizes_len; i++)
		json_array_append_new(list, json_pack("{s:I,s:o,s:o}", "bytes", (json_int_t)c->sizes[i].bytes,
						      "sent", number(c->sizes[i].sent), "lost",
						      number(c->sizes[i].lost)));
	return list;
}

static json_t *limit_of(const struct class_tally *c)
{
	struct limit l;

	if (!tally_limit(c, &l))
		return NULL;
	return json_pack("{s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "arrives", (json_int_t)l.arrives, "lost",
			 (json_int_t)l.lost, "below_sent", number(l.below_sent), "below_lost",
			 number(l.below_lost), "above_sent", number(l.above_sent), "above_lost",
			 number(l.above_lost), "ratio", json_real(round(l.ratio * 10) / 10));
}

static json_t *marks_of(const struct class_tally *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->marks_len; i++)
		json_array_append_new(list, json_pack("{s:i,s:o,s:o}", "dscp", (int)c->marks[i].dscp, "sent",
						      number(c->marks[i].sent), "lost",
						      number(c->marks[i].lost)));
	return list;
}

/* The longest of the first ones, and how long its sender was quiet around it. */
static json_t *outage_of(const struct view *v, const struct class_tally *c)
{
	size_t n = c->outages_len < TALLY_OUTAGES ? (size_t)c->outages_len : TALLY_OUTAGES;
	const struct outage *o = &c->outages[0];
	uint64_t lost = 0;
	int64_t pause;

	for (size_t i = 0; i < n; i++) {
		o = c->outages[i].last - c->outages[i].first > o->last - o->first ? &c->outages[i] : o;
		lost += c->outages[i].lost;
	}
	pause = o->first - o->before > o->after - o->last ? o->first - o->before : o->after - o->last;
	return json_pack("{s:o,s:o,s:f,s:f,s:f}", "times", number(c->outages_len), "lost", number(lost), "since",
			 seconds(v, o->first), "length", (double)(o->after - o->first) / 1e9, "pause", (double)pause / 1e9);
}

static json_t *shape_of(const struct view *v, const struct class_tally *c)
{
	json_t *sent = json_array(), *lost = json_array(), *o;
	struct period p;
	size_t used = 0;

	for (size_t i = 0; i < TALLY_BINS; i++)
		used = c->bin_sent[i] ? i + 1 : used;
	for (size_t i = 0; i < used; i++) {
		json_array_append_new(sent, number(c->bin_sent[i]));
		json_array_append_new(lost, number(c->bin_lost[i]));
	}
	o = json_pack("{s:o,s:o,s:o,s:{s:f,s:o,s:o}}", "runs", number(c->runs), "longest", number(c->longest),
			 "mean", json_real(c->runs ? (double)c->lost / (double)c->runs : 0), "bins", "width",
			 (double)c->bin_ns / 1e9, "sent", sent, "lost", lost);
	if (c->run && c->arrived)
		put(o, "stop", json_pack("{s:o,s:f,s:f}", "lost", number(c->run), "before",
					 seconds(v, c->last_arrived.time_ns), "since", seconds(v, c->run_first.time_ns)));
	if (c->outages_len)
		put(o, "outage", outage_of(v, c));
	if (tally_period(c, &p))
		put(o, "period", json_pack("{s:f,s:f,s:f,s:o}", "low", p.low, "high", p.high, "outage", p.outage,
					   "count", number(p.count)));
	return o;
}

static json_t *rows_of(const struct view *v, const struct row *rows, uint64_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count && i < TALLY_ROWS; i++) {
		const struct sighting *s = &rows[i].left;
		json_t *o = json_pack("{s:o,s:f,s:I,s:i,s:i,s:b}", "frame", told_frame(s->seen), "at",
				      seconds(v, s->seen.time_ns), "bytes", (json_int_t)s->len, "ttl",
				      (int)s->ttl, "dscp", (int)s->dscp, "df", (int)s->df);

		if (s->has_id)
			put(o, "id", json_integer(s->id));
		if (s->dport)
			put(o, "port", json_integer(s->dport));
		if (s->class == CLASS_FIRST_FRAGMENT || s->class == CLASS_LATER_FRAGMENT)
			put(o, "offset", json_integer(s->offset));
		if (rows[i].there.frame)
			put(o, "there", told_frame(rows[i].there));
		if (rows[i].there_len && rows[i].there_len != s->len)
			put(o, "bytes_there", json_integer(rows[i].there_len));
		json_array_append_new(list, o);
	}
	return list;
}

static bool is_yes(const json_t *capture, const char *what)
{
	const char *said = json_string_value(json_object_get(json_object_get(capture, "sees"), what));

	return said && !strcmp(said, "yes");
}

/* Would the other recording show such packets, if they came? Its own examples say so, or that nothing is filtered. */
static bool visible(const struct view *v, enum side there, enum class class)
{
	const json_t *c = v->captures[there];
	const char *blind = json_string_value(json_object_get(c, "frag_blind"));

	if (match_records(v->match, there, class))
		return true;
	switch (class) {
	case CLASS_FIRST_FRAGMENT:
	case CLASS_LATER_FRAGMENT:
		return is_yes(c, "frags") && blind && !strcmp(blind, "no") && json_object_get(c, "open_filter");
	case CLASS_ICMP:
		return is_yes(c, "icmp");
	case CLASS_ESP:
	case CLASS_AH:
		return is_yes(c, "esp") && json_object_get(c, "open_filter");
	case CLASS_IKE_4500:
	case CLASS_ESP_UDP:
		return is_yes(c, "p4500") && (match_records(v->match, there, CLASS_IKE_4500) ||
					      match_records(v->match, there, CLASS_ESP_UDP) ||
					      json_object_get(c, "open_filter"));
	default:
		return json_object_get(c, "open_filter") || match_hears(v->match, there);
	}
}

static json_t *class_facts(const struct view *v, enum side there, enum class class, const struct class_tally *c)
{
	double low, high;
	json_t *o = json_object();

	tally_interval(c->lost, c->sent, &low, &high);
	put(o, "sent", number(c->sent));
	put(o, "arrived", number(c->arrived));
	put(o, "lost", number(c->lost));
	put(o, "low", fine(low));
	put(o, "high", fine(high));
	put(o, "late", number(c->late));
	put(o, "reordered", number(c->reordered));
	put(o, "duplicated", number(match_doubles(v->match, there) ? 0 : c->duplicated));
	if (c->in_part)
		put(o, "in_part", number(c->in_part));
	if (c->unread)
		put(o, "unread", number(c->unread));
	put(o, "visible", json_boolean(visible(v, there, class)));
	put(o, "first", json_real(seconds(v, c->first.time_ns)));
	put(o, "last", json_real(seconds(v, c->last.time_ns)));
	if (c->lost) {
		put(o, "first_lost", json_real(seconds(v, c->first_lost.time_ns)));
		put(o, "last_lost", json_real(seconds(v, c->last_lost.time_ns)));
		put(o, "frames", told_frames(&c->lost_frames));
		put(o, "lost_rows", rows_of(v, c->lost_rows, c->lost));
	}
	if (c->arrived) {
		put(o, "first_arrived", json_real(seconds(v, c->first_arrived.time_ns)));
		put(o, "last_arrived", json_real(seconds(v, c->last_arrived.time_ns)));
		put(o, "arrived_rows", rows_of(v, c->arrived_rows, c->arrived));
	}
	put(o, "shape", shape_of(v, c));
	put(o, "sizes", sizes_of(c));
	put(o, "limit", limit_of(c));
	put(o, "marks", marks_of(c));
	return o;
}

static json_t *keepalive_facts(const struct view *v, const struct tally *t, uint64_t there)
{
	const struct class_tally *c = t->classes[CLASS_KEEPALIVE];
	uint64_t sent = t->keepalives[0], arrived = there < sent ? there : sent;

	return json_pack("{s:o,s:o,s:o,s:f,s:f}", "sent", number(sent), "arrived", number(arrived), "lost",
			 number(sent - arrived), "first", seconds(v, c->first.time_ns), "last",
			 seconds(v, c->last.time_ns));
}

/* --- one way ------------------------------------------------------------------------------ */

static void put_changed(json_t *into, const char *name, const struct changed *c, bool sizes)
{
	json_t *o;

	if (!c->frames.count)
		return;
	o = json_pack("{s:o,s:o}", "count", number(c->frames.count), "frames", told_frames(&c->frames));
	if (sizes) {
		put(o, "bytes_sent", json_integer(c->from));
		put(o, "bytes_there", json_integer(c->to));
	}
	put(into, name, o);
}

static json_t *remarked(const struct tally *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->marks_len; i++)
		json_array_append_new(list, json_pack("{s:i,s:i,s:o,s:o}", "from", (int)t->marks[i].from, "to",
						      (int)t->marks[i].to, "packets",
						      number(t->marks[i].frames.count), "frames",
						      told_frames(&t->marks[i].frames)));
	return list;
}

static json_t *hops_of(const struct view *v, const struct tally *t)
{
	json_t *o = json_pack("{s:i,s:i,s:i}", "min", (int)t->hops.min, "max", (int)t->hops.max, "changes",
			      (int)t->hops.changes);

	if (t->hops.changes) {
		put(o, "at", json_real(seconds(v, t->hops.changed.time_ns)));
		put(o, "frame", told_frame(t->hops.changed));
	}
	return o;
}

static json_t *way_facts(const struct view *v, enum side sender, const struct tally *t, const struct tally *other)
{
	json_t *classes = json_object(), *o;
	uint64_t sums[6] = { 0 };

	for (int i = 0; t && i < CLASSES; i++) {
		const struct class_tally *c = t->classes[i];

		if (!c || (i == CLASS_KEEPALIVE && !t->keepalives[0]))
			continue;
		if (i == CLASS_KEEPALIVE) {
			put(classes, class_names[i], keepalive_facts(v, t, other ? other->keepalives[1] : 0));
			continue;
		}
		put(classes, class_names[i], class_facts(v, !sender, (enum class)i, c));
		sums[0] += c->sent;
		sums[1] += c->arrived;
		sums[2] += c->lost;
		sums[3] += c->late;
		sums[4] += c->reordered;
		sums[5] += match_doubles(v->match, !sender) ? 0 : c->duplicated;
	}
	o = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "sent", number(sums[0]), "arrived", number(sums[1]), "lost",
		      number(sums[2]), "late", number(sums[3]), "reordered", number(sums[4]), "duplicated",
		      number(sums[5]), "classes", classes);
	if (!t)
		return o;
	if (t->hops.any)
		put(o, "hops", hops_of(v, t));
	if (t->marks_len)
		put(o, "marks", remarked(t));
	put_changed(o, "df_cleared", &t->df_cleared, false);
	put_changed(o, "recut", &t->recut, true);
	put_changed(o, "joined", &t->joined, true);
	put_changed(o, "payload", &t->payload, false);
	put_changed(o, "sums", &t->sums, false);
	put_changed(o, "ids", &t->ids, false);
	return o;
}

/* --- the whole ---------------------------------------------------------------------------- */

static const char *const known_words[] = { "none", "one", "both" };

json_t *clock_facts(const struct view *v)
{
	const struct clocks *c = v->clocks;
	json_t *jumps = json_array(), *o;

	for (size_t i = 1; i < c->steps_len; i++)
		json_array_append_new(jumps, json_pack("{s:f,s:f,s:i,s:o}", "at",
						       seconds(v, c->steps[i].since_ns), "by",
						       (double)(c->steps[i].offset_ns - c->steps[i - 1].offset_ns) / 1e9,
						       "capture", (int)c->steps[i].from.capture, "frame",
						       told_frame(c->steps[i].from)));
	for (size_t i = 0; i < c->set_len; i++)
		json_array_append_new(jumps, json_pack("{s:f,s:f,s:i,s:o}", "at", seconds(v, c->set[i].since_ns), "by",
						       (double)(c->set[i].offset_ns -
								(i ? c->set[i - 1].offset_ns : 0)) / 1e9,
						       "capture", (int)c->set[i].from.capture, "frame",
						       told_frame(c->set[i].from)));
	o = json_pack("{s:s,s:o,s:o}", "known", known_words[c->known], "pairs", number(c->pairs), "jumps", jumps);
	if (c->known != CLOCKS_UNKNOWN)
		put(o, "frames", json_pack("[o,o]", told_frame(c->example[NEAR]), told_frame(c->example[FAR])));
	if (c->known != CLOCKS_UNKNOWN)
		put(o, "offset", json_real((double)c->steps[0].offset_ns / 1e9));
	if (c->known == CLOCKS_BOTH_WAYS) {
		put(o, "error", json_real((double)c->error_ns / 1e9));
		put(o, "floor", json_real((double)c->floor_ns / 1e9));
	}
	if (c->has_skew)
		put(o, "skew", json_real(round(c->skew * 1e9) / 1e3));
	return o;
}

static json_t *addresses(const json_t *near, const json_t *far)
{
	const json_t *a = json_object_get(json_object_get(near ? near : far, "ends"), "a");
	const json_t *b = json_object_get(json_object_get(far ? far : near, "ends"), "b");

	return json_pack("{s:O*,s:O*}", "a", a, "b", b);
}

static void add_mappings(json_t *list, const struct mapping *m, size_t n)
{
	char inside[ADDR_TEXT], outside[ADDR_TEXT];

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
				      json_pack("{s:{s:s,s:i},s:{s:s,s:i},s:o}", "inside", "address",
						addr_text(&m[i].inside, inside), "port", (int)m[i].inside_port,
						"outside", "address", addr_text(&m[i].outside, outside), "port",
						(int)m[i].outside_port, "packets", number(m[i].packets)));
}

/* Of an end: as a sender its own address is translated on the way out, as a receiver on the way in. */
static json_t *nat_of(const struct tally *own, const struct tally *other)
{
	json_t *list = json_array();

	if (own)
		add_mappings(list, own->sender, own->sender_len);
	if (other && !json_array_size(list))
		add_mappings(list, other->receiver, other->receiver_len);
	return list;
}

/* Packets of an end that the other recording alone has. */
static json_t *drops_of(const struct tally *own, const struct tally *other, const json_t *tunnel)
{
	const json_t *ghosts = json_object_get(tunnel, "ghosts");
	uint64_t unsent = other ? other->unsent : 0, of = unsent + (own ? own->known_sent : 0);
	double low = 0, high = 1;
	json_t *o;

	if (of)
		tally_interval(unsent, of, &low, &high);
	o = json_pack("{s:o,s:o,s:o,s:o}", "unsent", number(unsent), "of", number(of), "low", fine(low), "high",
		      fine(high));
	if (unsent)
		put(o, "frames", told_frames(&other->unsent_frames));
	if (ghosts) {
		put(o, "ghosts", json_incref(json_object_get(ghosts, "count")));
		put(o, "ghost_frames", json_incref(json_object_get(ghosts, "frames")));
	}
	return o;
}

static json_t *recorded(const struct view *v, enum side side)
{
	int64_t first, last;

	if (!v->clocks->span[side].any)
		return NULL;
	match_recorded(v->match, side, &first, &last);
	return json_pack("{s:f,s:f}", "first", seconds(v, first), "last", seconds(v, last));
}

json_t *ends_facts(const struct view *v, const json_t *near, const json_t *far, const uint32_t serials[SIDES],
		   const char *joined)
{
	const struct tally *t[SIDES] = { match_tally(v->match, NEAR, serials[NEAR]),
					 match_tally(v->match, FAR, serials[FAR]) };
	json_t *e = json_object();

	put(e, "joined", json_string(joined));
	put(e, "ends", addresses(near, far));
	put(e, "clock", clock_facts(v));
	put(e, "recorded", json_pack("{s:o*,s:o*}", "a", recorded(v, NEAR), "b", recorded(v, FAR)));
	put(e, "sees", json_pack("{s:O*,s:O*}", "a", json_object_get(v->captures[NEAR], "sees"), "b",
				 json_object_get(v->captures[FAR], "sees")));
	put(e, "nat", json_pack("{s:o,s:o}", "a", nat_of(t[NEAR], t[FAR]), "b", nat_of(t[FAR], t[NEAR])));
	put(e, "drops", json_pack("{s:o,s:o}", "a", drops_of(t[NEAR], t[FAR], near), "b",
				  drops_of(t[FAR], t[NEAR], far)));
	put(e, "ways", json_pack("{s:o,s:o}", "a", way_facts(v, NEAR, t[NEAR], t[FAR]), "b",
				 way_facts(v, FAR, t[FAR], t[NEAR])));
	return e;
}
