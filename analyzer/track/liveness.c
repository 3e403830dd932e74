/*
 * How tunnels live and end: rekeys, deletes, outages, SAs side by side, ends
 * that move; and what only all tunnels of a capture together show: two clients
 * that throw each other out, floods, what the recorder itself lost.
 */
#include "analyzer/track/state.h"

#include <math.h>
#include <stdlib.h>

#include "dissect/base/mem.h"

enum { IKE_DELETE = 8, CHILD_DELETE = 12 };
enum { ROWS = 48, REPLACED_S = 5, PAIRS = 16, STALE_S = 5 };

static json_t *side_of(const struct told *told, int end)
{
	char s[2] = { told->letter[end & 1], 0 };

	return json_string(s);
}

static void put_rows(json_t *into, const char *name, json_t *take_rows)
{
	if (json_array_size(take_rows))
		told_put(into, name, take_rows);
	else
		json_decref(take_rows);
}

/* {a: .., b: ..}, absent when neither is there. */
static void put_sides(const struct told *told, json_t *into, const char *name, json_t *take_end0, json_t *take_end1)
{
	if (take_end0 || take_end1)
		told_put(into, name, told_sides(told, take_end0, take_end1));
}

/* --- rekeys and deletes --- */

/* RFC 7296 1.3: a child is renewed with N(REKEY_SA) in front, an IKE SA and a further child with SA. */
static json_t *rekey(const struct told *told, const struct ike_sa *sa, const struct exchange *x)
{
	const struct half *q = &x->request, *a = &x->answer;
	bool v1 = x->step == QUICK_3;
	json_t *o;

	if (!q->sent.count || (!v1 && (x->step != STEP_V2 || x->type != IKE2_X_CREATE_CHILD_SA)))
		return NULL;
	o = json_pack("{s:f,s:s,s:b,s:b,s:i}", "at", seconds_at(told->track, q->sent.first.time_ns), "kind",
		      v1 || (q->has_inner && q->inner != IKE2_P_SA) ? "child" : "ike_or_new", "answered",
		      v1 || a->sent.count > 0, "done", v1 || (a->sent.count && a->has_inner && a->inner == IKE2_P_SA),
		      "sends", (int)q->sent.count);
	told_put(o, "by", side_of(told, x->from));
	told_put(o, "last", json_real(seconds_at(told->track, a->sent.count ? a->sent.last.time_ns
									    : q->sent.last.time_ns)));
	told_put_frames(o, "frames", a->sent.count ? &a->frames : &q->frames);
	(void)sa;
	return o;
}

/* Data of the tunnel that was still flowing shortly before that moment. */
static int64_t last_data_before(const struct tunnel *n, int64_t ns)
{
	int64_t last = 0;

	for (uint32_t i = 0; i < n->flows_len; i++) {
		int64_t at = n->flows[i]->last.time_ns;

		if (at > ns && n->flows[i]->first.time_ns < ns)
			return ns;
		if (at <= ns && at > last)
			last = at;
	}
	return last;
}

static const char *what_is_deleted(const struct ike_sa *sa, const struct half *h)
{
	uint32_t low, high;

	if (!infer_plain(sa, h, &low, &high))
		return "unknown";
	if (high < CHILD_DELETE)
		return "ike";
	return low > IKE_DELETE ? "child" : "unknown";
}

static json_t *deletion(const struct told *told, const struct ike_sa *sa, const struct exchange *x)
{
	const struct half *q = &x->request;
	int64_t data;
	json_t *o;

	if (!q->sent.count || x->step != STEP_V2 || x->type != IKE2_X_INFORMATIONAL || !q->has_inner ||
	    q->inner != IKE2_P_D)
		return NULL;
	o = json_pack("{s:f,s:s,s:b}", "at", seconds_at(told->track, q->sent.first.time_ns), "what",
		      what_is_deleted(sa, q), "answered", x->answer.sent.count > 0);
	told_put(o, "by", side_of(told, x->from));
	data = last_data_before(told->tunnel, q->sent.first.time_ns);
	if (data)
		told_put(o, "idle", json_real((double)(q->sent.first.time_ns - data) / 1e9));
	told_put_frames(o, "frames", &q->frames);
	return o;
}

static json_t *exchanges_as(const struct told *told, json_t *(*row)(const struct told *, const struct ike_sa *,
								  const struct exchange *))
{
	const struct tunnel *n = told->tunnel;
	json_t *rows = json_array();

	for (uint32_t i = 0; i < n->attempts_len; i++)
		for (size_t k = 0; k < n->attempts[i]->exchanges_len && json_array_size(rows) < ROWS; k++) {
			json_t *o = row(told, n->attempts[i], n->attempts[i]->exchanges[k]);

			if (o)
				json_array_append_new(rows, o);
		}
	return rows;
}

/* --- outages --- */

struct outage {
	int64_t up_ns, down_ns, again_ns; /* again: the first message of the next attempt */
	const struct ike_sa *sa, *next;
	bool deleted;
};

static size_t outages_of(const struct told *told, struct outage ret[MAX_ATTEMPTS])
{
	const struct tunnel *n = told->tunnel;
	size_t len = 0;

	for (uint32_t i = 0; i + 1 < n->attempts_len; i++) {
		const struct ike_sa *sa = n->attempts[i], *next = n->attempts[i + 1];
		struct standing s = infer_standing(told, sa);
		struct outage o = { .sa = sa, .next = next, .up_ns = s.established_ns,
				    .again_ns = next->first.time_ns };

		if (s.stage != ESTABLISHED || !next->from_start)
			continue;
		o.deleted = sa->delete_said && sa->deleted_at.time_ns >= s.established_ns;
		o.down_ns = o.deleted ? sa->deleted_at.time_ns : sa->last.time_ns;
		if (o.down_ns > o.up_ns && !hole_between(told->track, o.down_ns, o.again_ns))
			ret[len++] = o;
	}
	return len;
}

/* Mean and coefficient of variation. */
static json_t *spread(const double *values, size_t n)
{
	double mean = 0, square = 0;

	for (size_t i = 0; i < n; i++)
		mean += values[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		square += (values[i] - mean) * (values[i] - mean) / (double)n;
	return json_pack("{s:f,s:f,s:i}", "mean", mean, "cv", mean > 0 ? sqrt(square) / mean : 0.0, "of", (int)n);
}

static json_t *outage_row(const struct told *told, const struct outage *o)
{
	const struct track *t = told->track;
	int64_t data = last_data_before(told->tunnel, o->down_ns);
	struct standing next = infer_standing(told, o->next);
	json_t *row = json_pack("{s:f,s:f,s:f,s:s}", "up", seconds_at(t, o->up_ns), "down",
				seconds_at(t, o->down_ns), "again", seconds_at(t, o->again_ns), "how",
				o->deleted ? "deleted" : "silent");

	if (o->deleted)
		told_put(row, "by", side_of(told, o->sa->deleted_by));
	told_put(row, "again_by", side_of(told, o->next->initiator));
	if (next.stage == ESTABLISHED)
		told_put(row, "up_again", json_real(seconds_at(t, next.established_ns)));
	if (data)
		told_put(row, "idle", json_real((double)(o->down_ns - data) / 1e9));
	told_put(row, "frames", json_pack("[o]", told_frame(o->deleted ? o->sa->deleted_at : o->sa->last)));
	return row;
}

static json_t *outages(const struct told *told)
{
	struct outage list[MAX_ATTEMPTS];
	double uptimes[MAX_ATTEMPTS], periods[MAX_ATTEMPTS];
	size_t n = outages_of(told, list);
	json_t *o, *rows;

	if (!n)
		return NULL;
	rows = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(rows, outage_row(told, &list[i]));
		uptimes[i] = (double)(list[i].down_ns - list[i].up_ns) / 1e9;
		if (i)
			periods[i - 1] = (double)(list[i].down_ns - list[i - 1].down_ns) / 1e9;
	}
	o = json_pack("{s:o,s:o}", "rows", rows, "uptime", spread(uptimes, n));
	if (n > 1)
		told_put(o, "period", spread(periods, n - 1));
	return o;
}

/* --- SAs side by side, moves --- */

/* The moment at which most flows of one sender were in use, each begun by its first packet. */
static json_t *parallel(const struct told *told, int end)
{
	const struct tunnel *n = told->tunnel;
	uint32_t most = 0;
	struct seen at = { 0 };
	struct witness frames = { 0 };
	double apart = 0;
	json_t *o;

	for (uint32_t i = 0; i < n->flows_len; i++) {
		int64_t now = n->flows[i]->first.time_ns;
		uint32_t live = 0;

		if (n->flows[i]->from != end)
			continue;
		for (uint32_t k = 0; k < n->flows_len; k++)
			live += n->flows[k]->from == end && n->flows[k]->first.time_ns <= now &&
				n->flows[k]->last.time_ns > now;
		if (live > most)
			most = live, at = n->flows[i]->first;
	}
	if (most < 2)
		return NULL;
	for (uint32_t k = 0; k < n->flows_len; k++) {
		const struct flow *f = n->flows[k];
		double since;

		if (f->from != end || f->first.time_ns > at.time_ns || f->last.time_ns <= at.time_ns)
			continue;
		since = frames.count ? (double)(f->first.time_ns - frames.last.time_ns) / 1e9 : 0;
		if (frames.count && (frames.count == 1 || since < apart))
			apart = since;
		witness_add(&frames, f->first);
	}
	o = json_pack("{s:i,s:f,s:f}", "most", (int)most, "at", seconds_at(told->track, at.time_ns), "apart", apart);
	told_put_frames(o, "frames", &frames);
	witness_clear(&frames);
	return o;
}

/* What is still sent to the address that an end has left. */
static json_t *move(const struct told *told, int end)
{
	const struct tunnel *n = told->tunnel;
	const struct flow *stale = NULL;
	char from[ADDR_TEXT], to[ADDR_TEXT];
	json_t *o;

	if (!n->moved[end].family || !n->moved_at[end].frame)
		return NULL;
	for (uint32_t i = 0; i < n->flows_len; i++)
		if (n->flows[i]->from != end && addr_equal(&n->flows[i]->to, &n->ends[end]) &&
		    n->flows[i]->last.time_ns - n->moved_at[end].time_ns > STALE_S * SECOND_NS)
			stale = n->flows[i];
	o = json_pack("{s:s,s:s,s:f,s:[o]}", "from", addr_text(&n->ends[end], from), "to",
		      addr_text(&n->moved[end], to), "at", seconds_at(told->track, n->moved_at[end].time_ns), "frames",
		      told_frame(n->moved_at[end]));
	if (stale) {
		told_put(o, "stale_until", json_real(seconds_at(told->track, stale->last.time_ns)));
		told_put(o, "stale_frame", told_frame(stale->last));
	}
	return o;
}

/* --- the same negotiation between other addresses --- */

static int by_spi(const void *x, const void *y)
{
	const struct twin *a = x, *b = y;

	if (a->spi_i != b->spi_i)
		return a->spi_i < b->spi_i ? -1 : 1;
	return a->sa->serial < b->sa->serial ? -1 : a->sa->serial > b->sa->serial;
}

void liveness_index(struct track *t)
{
	size_t len = 0;

	for (size_t i = 0; i < t->tunnels_len; i++)
		len += t->tunnels[i]->attempts_len;
	mem_free(t->twins);
	t->twins = mem_zero((len + 1) * sizeof *t->twins);
	t->twins_len = 0;
	for (size_t i = 0; i < t->tunnels_len; i++)
		for (uint32_t k = 0; k < t->tunnels[i]->attempts_len; k++)
			t->twins[t->twins_len++] =
				(struct twin){ t->tunnels[i]->attempts[k]->spi_i, t->tunnels[i]->attempts[k] };
	qsort(t->twins, t->twins_len, sizeof *t->twins, by_spi);
}

static size_t first_twin(const struct track *t, uint64_t spi_i)
{
	size_t low = 0, high = t->twins_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->twins[mid].spi_i < spi_i)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* An answer to our request that did not come from where we asked, or went elsewhere (RFC 7296 2.11). */
static json_t *strange_answer(const struct told *told, const struct ike_sa *asked, const struct ike_sa *other)
{
	const struct tunnel *n = told->tunnel, *o = other->tunnel;
	int shared = -1;
	char text[ADDR_TEXT];
	json_t *row;

	if (o == n || other->from_start || asked->worth > WORTH_ASKED ||
	    other->first.time_ns < asked->first.time_ns)
		return NULL;
	for (int end = 0; end < 2; end++)
		if (tunnel_end(o, &n->ends[end]) < 2)
			shared = end;
	if (shared < 0)
		return NULL;
	row = json_pack("{s:s,s:f,s:[o,o]}", "other",
			addr_text(&o->ends[!tunnel_end(o, &n->ends[shared])], text), "at",
			seconds_at(told->track, other->first.time_ns), "frames", told_frame(asked->first),
			told_frame(other->first));
	told_put(row, "instead_of", side_of(told, !shared));
	told_put(row, "asker", side_of(told, asked->initiator));
	return row;
}

static json_t *elsewhere(const struct told *told)
{
	const struct tunnel *n = told->tunnel;
	const struct track *t = told->track;
	json_t *rows = json_array();

	for (uint32_t i = 0; i < n->attempts_len && json_array_size(rows) < PAIRS; i++) {
		const struct ike_sa *sa = n->attempts[i];
		size_t at = first_twin(t, sa->spi_i), end = at + PAIRS;

		for (; sa->from_start && at < end && at < t->twins_len && t->twins[at].spi_i == sa->spi_i; at++) {
			json_t *row = strange_answer(told, sa, t->twins[at].sa);

			if (row)
				json_array_append_new(rows, row);
		}
	}
	return rows;
}

void liveness_put(const struct told *told, json_t *tunnel)
{
	put_rows(tunnel, "rekeys", exchanges_as(told, rekey));
	put_rows(tunnel, "deletes", exchanges_as(told, deletion));
	told_put(tunnel, "outages", outages(told));
	put_sides(told, tunnel, "parallel", parallel(told, 0), parallel(told, 1));
	put_sides(told, tunnel, "moves", move(told, 0), move(told, 1));
	put_rows(tunnel, "elsewhere", elsewhere(told));
}

/* --- all tunnels together --- */

struct turn { /* a tunnel comes up at a gateway, or the gateway ends it */
	const struct addr *gateway;
	const struct tunnel *tunnel;
	const struct ike_sa *sa;
	int64_t ns;
	struct seen seen;
	bool up;
};

static int by_gateway(const void *x, const void *y)
{
	const struct turn *a = x, *b = y;
	int order = memcmp(a->gateway, b->gateway, sizeof *a->gateway);

	if (order)
		return order;
	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	return a->sa->serial < b->sa->serial ? -1 : a->sa->serial > b->sa->serial;
}

/* When the gateway ended it: said in v2, and in v1 the first INFORMATIONAL that no check of ours called for. */
static bool ended_by(const struct ike_sa *sa, uint8_t gateway, int64_t after_ns, struct seen *ret)
{
	if (sa->delete_said && sa->deleted_by == gateway && sa->deleted_at.time_ns >= after_ns) {
		*ret = sa->deleted_at;
		return true;
	}
	for (size_t i = sa->version == 1 ? sa->exchanges_len : 0; i > 0; i--) {
		const struct exchange *x = sa->exchanges[i - 1];

		if (x->step == INFORMATIONAL_V1 && x->from == gateway && x->request.sent.count &&
		    x->request.sent.first.time_ns > after_ns) {
			*ret = x->request.sent.first;
			return true;
		}
	}
	return false;
}

static size_t turns_of(const struct track *t, struct turn *ret)
{
	size_t len = 0;

	for (size_t i = 0; i < t->tunnels_len; i++)
		for (uint32_t k = 0; k < t->tunnels[i]->attempts_len; k++) {
			const struct ike_sa *sa = t->tunnels[i]->attempts[k];
			const struct told told = { .track = t, .tunnel = t->tunnels[i], .letter = "ab", .local = -1 };
			uint8_t gateway = !sa->initiator;
			struct standing s = infer_standing(&told, sa);
			struct turn turn = { .gateway = &t->tunnels[i]->ends[gateway], .tunnel = t->tunnels[i],
					     .sa = sa, .ns = s.established_ns, .seen = s.established_seen, .up = true };

			if (s.stage != ESTABLISHED)
				continue;
			ret[len++] = turn;
			turn.up = false;
			if (ended_by(sa, gateway, s.established_ns, &turn.seen)) {
				turn.ns = turn.seen.time_ns;
				ret[len++] = turn;
			}
		}
	return len;
}

struct rivals { /* two tunnels to one gateway, of which one goes when the other comes */
	const struct tunnel *x, *y;
	const struct turn *first, *last;
	uint32_t x_comes, y_comes;
	struct witness frames;
};

static void note_rivals(struct rivals *list, size_t *len, const struct turn *up, const struct turn *down)
{
	struct rivals *r = NULL;

	for (size_t i = 0; i < *len && !r; i++)
		if ((list[i].x == up->tunnel && list[i].y == down->tunnel) ||
		    (list[i].y == up->tunnel && list[i].x == down->tunnel))
			r = &list[i];
	if (!r && *len == PAIRS)
		return;
	if (!r) {
		r = &list[(*len)++];
		*r = (struct rivals){ .x = up->tunnel, .y = down->tunnel, .first = up };
	}
	r->last = up;
	r->x_comes += up->tunnel == r->x;
	r->y_comes += up->tunnel == r->y;
	witness_add(&r->frames, up->seen);
	witness_add(&r->frames, down->seen);
}

static const char *identity_of(const struct ike_sa *sa)
{
	const struct proof *p = sa->proof[sa->initiator];

	return p && p->identity.seen.frame ? p->identity.text : NULL;
}

static json_t *rivals_row(const struct track *t, const struct rivals *r)
{
	const struct ike_sa *a = r->first->sa, *b = NULL;
	char gateway[ADDR_TEXT], x[ADDR_TEXT], y[ADDR_TEXT];
	json_t *o;

	for (uint32_t i = 0; i < r->y->attempts_len && !b; i++)
		b = identity_of(r->y->attempts[i]) ? r->y->attempts[i] : NULL;
	o = json_pack("{s:s,s:s,s:s,s:i,s:i,s:f}", "gateway", addr_text(r->first->gateway, gateway), "x",
		      addr_text(&r->x->ends[a->initiator], x), "y",
		      addr_text(&r->y->ends[tunnel_end(r->y, r->first->gateway) == 0], y), "x_comes", (int)r->x_comes,
		      "y_comes", (int)r->y_comes, "at", seconds_at(t, r->last->ns));
	told_put_frames(o, "frames", &r->frames);
	if (b && identity_of(a)) {
		told_put(o, "same_identity", json_boolean(!strcmp(identity_of(a), identity_of(b))));
		told_put(o, "identity", json_string(identity_of(a)));
	}
	return o;
}

/* Alternating: each comes up at least once at the cost of the other. */
static json_t *replaced(const struct track *t)
{
	struct rivals list[PAIRS];
	struct turn *turns;
	size_t attempts = 0, n, len = 0;
	json_t *rows = json_array();

	for (size_t i = 0; i < t->tunnels_len; i++)
		attempts += t->tunnels[i]->attempts_len;
	turns = mem_zero((2 * attempts + 1) * sizeof *turns);
	n = turns_of(t, turns);
	qsort(turns, n, sizeof *turns, by_gateway);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; turns[i].up && k < n && k < i + PAIRS; k++) {
			if (!addr_equal(turns[i].gateway, turns[k].gateway) ||
			    turns[k].ns - turns[i].ns > REPLACED_S * SECOND_NS)
				break;
			if (!turns[k].up && turns[k].tunnel != turns[i].tunnel)
				note_rivals(list, &len, &turns[i], &turns[k]);
		}
	for (size_t i = 0; i < len; i++) {
		if (list[i].x_comes && list[i].y_comes)
			json_array_append_new(rows, rivals_row(t, &list[i]));
		witness_clear(&list[i].frames);
	}
	mem_free(turns);
	return rows;
}

static json_t *flood(const struct track *t)
{
	const struct flood *f = NULL;
	char text[ADDR_TEXT];

	for (const struct flood *x = map_oldest(t->floods); x; x = map_younger(t->floods, x))
		if (x->busy_seconds && (!f || x->started > f->started))
			f = x;
	if (!f)
		return NULL;
	return json_pack("{s:s,s:I,s:i,s:i,s:I,s:f,s:f,s:[o,o]}", "responder",
			 addr_text(map_key(t->floods, f), text), "started", (json_int_t)f->started,
			 "busy_seconds", (int)f->busy_seconds, "peak", (int)f->peak, "continued",
			 (json_int_t)f->continued, "first",
			 seconds_at(t, f->first.time_ns), "last", seconds_at(t, f->last.time_ns), "frames",
			 told_frame(f->first), told_frame(f->last));
}

/* Method E.5 (b): a sender counts without holes, so holes in what left this very host are the recorder's. */
void liveness_recorder_loss(const struct track *t, uint64_t *ret_lost, uint64_t *ret_of, struct witness *frames)
{
	*ret_lost = *ret_of = 0;
	for (size_t i = 0; i < t->tunnels_len; i++) {
		const char *why;
		int local = local_end(t, t->tunnels[i], &why);

		for (uint32_t k = 0; k < t->tunnels[i]->flows_len; k++) {
			const struct flow *f = t->tunnels[i]->flows[k];
			uint64_t missing = f->lost + flow_holes(f);

			if (f->from != local)
				continue;
			*ret_lost += missing;
			*ret_of += f->received + missing;
			if (missing && frames)
				witness_add(frames, f->first);
		}
	}
}

static json_t *recorder_loss(const struct track *t)
{
	uint64_t lost, of;
	struct witness frames = { 0 };
	double low, high;
	json_t *o;

	liveness_recorder_loss(t, &lost, &of, &frames);
	if (!lost) {
		witness_clear(&frames);
		return NULL;
	}
	flow_interval(lost, of, &low, &high);
	o = json_pack("{s:I,s:I,s:f,s:f}", "lost", (json_int_t)lost, "of", (json_int_t)of, "low", low, "high", high);
	told_put_frames(o, "frames", &frames);
	witness_clear(&frames);
	return o;
}

void liveness_capture(const struct track *t, json_t *capture)
{
	put_rows(capture, "replaced", replaced(t));
	told_put(capture, "flood", flood(t));
	told_put(capture, "recorder_loss", recorder_loss(t));
}
