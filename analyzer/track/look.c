/*
 * What the headers below IKE and ESP tell about the path: hop limits that
 * change, markings, checksums; and how long and how hard an end sends.
 */
#include "analyzer/track/state.h"
#include "dissect/base/mem.h"

enum { STEADY = 10, ECN_CE = 3, NATT = 4500, STEP_BITS = 4 };

static void note_hops(struct hops *h, uint8_t ttl, struct seen seen)
{
	if (!h->packets++) {
		h->now = h->min = h->max = ttl;
		h->since = seen;
	}
	if (ttl != h->now) {
		h->flips += 1;
		h->now = ttl;
		h->run = 0;
		h->since = seen;
	}
	h->min = ttl < h->min ? ttl : h->min;
	h->max = ttl > h->max ? ttl : h->max;
	if (++h->run != STEADY)
		return;
	if (h->steady && h->steady != ttl) {
		h->changes += 1;
		h->from = h->steady;
		h->changed = h->since;
	}
	h->steady = ttl;
}

static void note_mark(struct look *l, uint8_t tos)
{
	uint8_t dscp = tos >> 2;

	l->congested += (tos & 3) == ECN_CE;
	for (uint32_t i = 0; i < l->marks_len; i++)
		if (l->marks[i].dscp == dscp) {
			l->marks[i].packets += 1;
			return;
		}
	if (l->marks_len < MAX_MARKS) {
		l->marks[l->marks_len].dscp = dscp;
		l->marks[l->marks_len++].packets = 1;
	}
}

static void note_sums(struct look *l, const struct packet *p, struct seen seen)
{
	if (p->udp_sum == SUM_BAD || p->ip_sum == SUM_BAD) {
		l->bad_sums += 1;
		witness_add(&l->bad_sum_frames, seen);
	} else if (p->udp_sum == SUM_GOOD || p->ip_sum == SUM_GOOD) {
		l->good_sums += 1;
	}
}

unsigned look_step(uint64_t n)
{
	unsigned step = 0;

	for (; n && step < LOAD_STEPS - 1; n >>= 1)
		step += 1;
	return step;
}

static unsigned load_step(uint64_t octets)
{
	return look_step(octets >> STEP_BITS);
}

/* Seconds without any packet of the end carried nothing. */
static void advance(struct pace *l, int64_t second)
{
	int64_t idle = second - l->second - 1;

	if (second <= l->second)
		return;
	if (l->second) {
		l->seconds[load_step(l->now)] += 1;
		l->seconds[0] += (uint32_t)(idle < UINT32_MAX / 2 ? idle : 0);
	}
	l->before = idle ? 0 : l->now;
	l->now = 0;
	l->second = second;
}

struct pace *look_pace(struct tunnel *n, uint8_t end)
{
	if (!n->pace[end])
		n->pace[end] = mem_zero(sizeof *n->pace[end]);
	return n->pace[end];
}

/* An IKE request goes out again: how much did its sender send as ESP at that moment? */
void look_resend(struct tunnel *n, uint8_t from, struct seen s)
{
	struct pace *l = n->pace[from];

	if (!l)
		return;
	advance(l, s.time_ns / SECOND_NS);
	l->resends[load_step(l->now > l->before ? l->now : l->before)] += 1;
	witness_add(&l->resend_frames, s);
}

void look_saw(struct tunnel *n, uint8_t from, const struct message *m)
{
	bool data = m->kind == MSG_ESP || m->kind == MSG_AH;
	const struct packet *p = m->packet;
	struct look *l = &n->look[from];
	int64_t pause = n->last_of[from].frame ? m->seen.time_ns - n->last_of[from].time_ns : 0;

	note_hops(&l->hops[data], p->ttl, m->seen);
	note_mark(l, p->tos);
	note_sums(l, p, m->seen);
	if (pause > l->pause_ns) {
		l->pause_ns = pause;
		l->pause_from = n->last_of[from];
	}
	if (p->has_mac) {
		l->has_mac = true;
		memcpy(l->mac, p->mac_src, 6);
		memcpy(l->mac + 6, p->mac_dst, 6);
	}
	if (p->dport == NATT)
		l->natt_ports[data] = p->sport;
	if (data) {
		struct pace *pace = look_pace(n, from);

		if ((uint64_t)(m->seen.time_ns - pace->second * SECOND_NS) >= (uint64_t)SECOND_NS)
			advance(pace, m->seen.time_ns / SECOND_NS);
		pace->now += p->len;
	}
}

void look_clear(struct tunnel *n)
{
	for (int end = 0; end < 2; end++) {
		witness_clear(&n->look[end].bad_sum_frames);
		if (n->pace[end])
			witness_clear(&n->pace[end]->resend_frames);
		mem_free(n->pace[end]);
		n->pace[end] = NULL;
	}
}

static json_t *hops_told(const struct told *told, const struct hops *h)
{
	json_t *o;

	if (!h->packets)
		return NULL;
	o = json_pack("{s:I,s:i,s:i,s:i,s:i}", "packets", (json_int_t)h->packets, "min", h->min, "max", h->max,
		      "changes", (int)h->changes, "flips", (int)h->flips);
	if (h->changes) {
		told_put(o, "before", json_integer(h->from));
		told_put(o, "after", json_integer(h->steady));
		told_put(o, "at", json_real(seconds_at(told->track, h->changed.time_ns)));
		told_put(o, "frame", told_frame(h->changed));
	}
	return o;
}

json_t *look_facts(const struct told *told, int end)
{
	const struct look *l = &told->tunnel->look[end];
	json_t *marks = json_array(), *o = json_object();

	for (uint32_t i = 0; i < l->marks_len; i++)
		json_array_append_new(marks, json_pack("{s:i,s:I}", "dscp", l->marks[i].dscp, "packets",
						       (json_int_t)l->marks[i].packets));
	told_put(o, "ike_hops", hops_told(told, &l->hops[0]));
	told_put(o, "data_hops", hops_told(told, &l->hops[1]));
	told_put(o, "marks", marks);
	told_put(o, "congested", json_integer((json_int_t)l->congested));
	told_put(o, "good_sums", json_integer((json_int_t)l->good_sums));
	told_put(o, "bad_sums", json_integer((json_int_t)l->bad_sums));
	told_put_frames(o, "bad_sum_frames", &l->bad_sum_frames);
	told_put(o, "pause", json_real((double)l->pause_ns / 1e9));
	if (l->pause_ns) {
		told_put(o, "pause_from", json_real(seconds_at(told->track, l->pause_from.time_ns)));
		told_put(o, "pause_frame", told_frame(l->pause_from));
	}
	if (l->natt_ports[0] && l->natt_ports[1]) {
		told_put(o, "ike_port", json_integer(l->natt_ports[0]));
		told_put(o, "esp_port", json_integer(l->natt_ports[1]));
	}
	return o;
}

/* The busiest tenth of the seconds, and how many resends fell there. */
json_t *look_starved(const struct told *told, int end)
{
	const struct pace *l = told->tunnel->pace[end];
	uint64_t all = 0, above = 0, resends = 0, busy = 0;
	unsigned step = LOAD_STEPS;
	json_t *o;

	for (unsigned i = 0; l && i < LOAD_STEPS; i++) {
		all += l->seconds[i];
		resends += l->resends[i];
	}
	if (!resends || !all)
		return NULL;
	while (step > 1 && 10 * (above + l->seconds[step - 1]) <= all) {
		step -= 1;
		above += l->seconds[step];
		busy += l->resends[step];
	}
	o = json_pack("{s:I,s:I,s:I,s:I}", "seconds", (json_int_t)all, "busy_seconds", (json_int_t)above,
		      "resends", (json_int_t)resends, "busy_resends", (json_int_t)busy);
	told_put_frames(o, "frames", &l->resend_frames);
	return o;
}

/* Where loss begins: the step of load from which on most of it happens. */
json_t *look_policed(const struct told *told, int end)
{
	const struct pace *d = told->tunnel->pace[end];
	uint64_t offered[2] = { 0, 0 }, lost[2] = { 0, 0 };
	unsigned from = 0, lossy = 0, seconds = 0;
	json_t *o;

	if (!d)
		return NULL;
	while (from < LOAD_STEPS && d->rates[from].lost * 50 <= d->rates[from].offered) /* 2 percent */
		from += 1;
	for (unsigned i = 0; i < LOAD_STEPS; i++) {
		offered[i >= from] += d->rates[i].offered;
		lost[i >= from] += d->rates[i].lost;
		lossy += i >= from ? d->rates[i].lossy : 0;
		seconds += i >= from ? d->rates[i].seconds : 0;
	}
	if (!lost[1])
		return NULL;
	o = json_pack("{s:I,s:I,s:I,s:I,s:I,s:i,s:i}", "rate", (json_int_t)(from ? 1 << (from - 1) : 0), "below_offered",
		      (json_int_t)offered[0], "below_lost", (json_int_t)lost[0], "above_offered",
		      (json_int_t)offered[1], "above_lost", (json_int_t)lost[1], "seconds", (int)seconds,
		      "lossy", (int)lossy);
	told_put_frames(o, "frames", &told->tunnel->data[end].frames);
	return o;
}
