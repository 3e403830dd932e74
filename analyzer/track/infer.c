/*
 * What encrypted or missing messages allow to conclude: diagnoses.md methods A
 * (sizes and the first inner payload) and D (retransmission and quiet end).
 */
#include "analyzer/track/state.h"

enum { BARE_NOTIFY = 8, HOLDS_MORE = 64, SMALLEST_IDR = 12, AUTH_HEAD = 8, CHILD_PART = 80 };
enum { AFTERMATH_S = 30, LAST_WORDS = 2 };

bool infer_plain(const struct ike_sa *sa, const struct half *h, uint32_t *ret_min, uint32_t *ret_max)
{
	struct ike_sizes sizes;
	uint32_t low = 0, high = 0;

	if (!sa->has_suite || !ike_sizes_of(&sa->suite, &sizes))
		return false;
	if (!h->ike_total)
		return h->sk_len && ike2_plain_range(&sizes, h->sk_len, false, ret_min, ret_max);
	if (!h->complete || h->ike_total > IKE_PIECES)
		return false;
	for (uint32_t i = 0; i < h->ike_total; i++) {
		uint32_t piece_low, piece_high;

		if (!ike2_plain_range(&sizes, h->ike_pieces[i].len, true, &piece_low, &piece_high))
			return false;
		low += piece_low;
		high += piece_high;
	}
	*ret_min = low;
	*ret_max = high;
	return true;
}

bool infer_bare(const struct half *h, uint32_t low, uint32_t high)
{
	return h->has_inner && h->inner == IKE2_P_N && low <= BARE_NOTIFY && high >= BARE_NOTIFY && high < HOLDS_MORE;
}

static const struct exchange *last_auth(const struct ike_sa *sa, bool *ret_eap)
{
	const struct exchange *last = NULL;

	for (size_t i = 0; i < sa->exchanges_len; i++) {
		const struct exchange *x = sa->exchanges[i];

		if (x->step != STEP_V2 || x->type != IKE2_X_IKE_AUTH)
			continue;
		*ret_eap |= x->request.has_inner && x->request.inner == IKE2_P_EAP;
		if (x->answer.sent.count)
			last = x;
	}
	return last;
}

/* diagnoses.md A.5 */
static const char *auth_class(const struct half *answer, unsigned prf, uint32_t low, uint32_t high)
{
	uint32_t success = SMALLEST_IDR + AUTH_HEAD + prf + CHILD_PART;
	bool bare = low <= BARE_NOTIFY && BARE_NOTIFY <= high;

	switch (answer->inner) {
	case IKE2_P_N:
		return bare && high < success ? "bare_notify" : "undecided";
	case IKE2_P_IDr:
		return high < SMALLEST_IDR + AUTH_HEAD + prf ? "undecided"
		       : high < success			     ? "no_child"
							     : "success";
	case IKE2_P_AUTH:
		return high < AUTH_HEAD + prf + CHILD_PART ? "no_child" : "success";
	case IKE2_P_EAP:
		return bare ? "eap_end" : "eap";
	case IKE2_P_V:
		return high >= success ? "success" : "undecided";
	default:
		return "undecided";
	}
}

static const char *class_of(const struct ike_sa *sa, const struct exchange *x, uint32_t *ret_low,
			    uint32_t *ret_high, struct ike_sizes *ret_sizes)
{
	if (!x->answer.has_inner || !sa->has_suite || !ike_sizes_of(&sa->suite, ret_sizes) ||
	    !infer_plain(sa, &x->answer, ret_low, ret_high))
		return "no_suite";
	return auth_class(&x->answer, ret_sizes->prf, *ret_low, *ret_high);
}

/* The smallest message with so much plaintext, by what this one measures (diagnoses.md A.2). */
static json_t *message_of(const struct exchange *x, uint32_t low, uint32_t high, uint32_t plain)
{
	uint32_t block = high - low + 1;

	return json_integer((json_int_t)x->answer.bytes - (high + 1) + block * ((plain + block) / block));
}

/* IKE octets from which on an answer has room for each outcome; pieces measure otherwise. */
static json_t *lengths(const struct exchange *x, const struct ike_sizes *sizes, uint32_t low, uint32_t high)
{
	uint32_t proof = SMALLEST_IDR + AUTH_HEAD + sizes->prf;

	if (x->answer.ike_total)
		return NULL;
	return json_pack("{s:o,s:o,s:o}", "error", message_of(x, low, high, BARE_NOTIFY), "proof",
			 message_of(x, low, high, proof), "success",
			 message_of(x, low, high, proof + CHILD_PART));
}

json_t *infer_auth(const struct told *told, const struct ike_sa *sa)
{
	bool eap = false;
	const struct exchange *x = last_auth(sa, &eap);
	struct ike_sizes sizes = { 0 };
	uint32_t low = 0, high = 0;
	const char *class;
	json_t *o;

	(void)told;
	if (!x)
		return NULL;
	class = class_of(sa, x, &low, &high, &sizes);
	o = json_pack("{s:s,s:i,s:b,s:b}", "class", class, "bytes", (int)x->answer.bytes, "eap", eap,
		      "exact", sizes.block == 1);
	if (x->answer.has_inner)
		told_put(o, "first_inner", json_integer(x->answer.inner));
	if (high) {
		told_put(o, "plain_min", json_integer(low));
		told_put(o, "plain_max", json_integer(high));
		told_put(o, "success_min",
			 json_integer(SMALLEST_IDR + AUTH_HEAD + sizes.prf + CHILD_PART));
		told_put(o, "lengths", lengths(x, &sizes, low, high));
	}
	if (x->request.sent.count)
		told_put(o, "delay", json_real((double)(x->answer.sent.first.time_ns -
							x->request.sent.first.time_ns) / 1e9));
	told_put_frames(o, "frames", &x->answer.frames);
	told_put_frames(o, "request_frames", &x->request.frames);
	told_put(o, "at", json_real(seconds_at(told->track, x->answer.sent.first.time_ns)));
	return o;
}

bool infer_superseded(const struct told *told, const struct ike_sa *sa, const struct exchange *x)
{
	const struct tunnel *n = told->tunnel;
	int64_t last = x->request.sent.last.time_ns;

	for (uint32_t i = 0; i < n->attempts_len; i++) {
		const struct ike_sa *other = n->attempts[i];

		if (other != sa && other->from_start && other->initiator == x->from &&
		    other->first.time_ns > last && !hole_between(told->track, last, other->first.time_ns))
			return true;
	}
	return false;
}

/* Method D.4: the next gap if the schedule goes on as it did, in seconds. */
static double next_gap(const struct half *h)
{
	uint32_t n = h->sent.count < SEND_TIMES ? h->sent.count : SEND_TIMES;
	double last, before, factor;

	if (h->sent.count < 2 || h->sent.count > SEND_TIMES)
		return h->sent.count < 2 ? 4 : (double)(h->sent.last.time_ns - witness_at(&h->sent, n - 1).time_ns) / 1e9 /
						  (h->sent.count - n);
	last = (double)(witness_at(&h->sent, n - 1).time_ns - witness_at(&h->sent, n - 2).time_ns) / 1e9;
	if (n < 3)
		return last * 2 > 4 ? last * 2 : 4;
	before = (double)(witness_at(&h->sent, n - 2).time_ns - witness_at(&h->sent, n - 3).time_ns) / 1e9;
	factor = before > 0.01 ? last / before : 1;
	factor = factor < 1 ? 1 : factor > 2.2 ? 2.2 : factor;
	return last * factor;
}

/* Seconds after the last send from which on the asker is known to have given up. */
static double patience(const struct exchange *x)
{
	struct schedule schedule = schedule_of(&x->request);

	return 1.25 * (schedule.name ? schedule.next : next_gap(&x->request)) + 0.5;
}

bool infer_hole(const struct told *told, const struct exchange *x)
{
	const struct witness *sent = &x->request.sent;

	return hole_may_hide(told->track, sent->count) ||
	       hole_of_sender(told->tunnel, !x->from, sent->first.time_ns - SECOND_NS,
			      sent->last.time_ns + (int64_t)(patience(x) * 1e9));
}

bool infer_cut_short(const struct told *told, const struct ike_sa *sa)
{
	int64_t last = sa->last.time_ns, whole_ns = hole_after(told->track, last);

	if ((whole_ns < told->track->end_ns && whole_ns - last < AFTERMATH_S * SECOND_NS) ||
	    hole_may_hide(told->track, LAST_WORDS))
		return true;
	for (uint8_t end = 0; end < 2; end++)
		if (hole_of_sender(told->tunnel, end, last - SECOND_NS, last + AFTERMATH_S * SECOND_NS))
			return true;
	return false;
}

bool infer_quiet(const struct told *told, const struct ike_sa *sa, const struct exchange *x)
{
	int64_t last = x->request.sent.last.time_ns;

	if (infer_hole(told, x))
		return false;
	if (infer_superseded(told, sa, x) || (sa->delete_said && sa->deleted_at.time_ns > last &&
					      !hole_between(told->track, last, sa->deleted_at.time_ns)))
		return true;
	return (double)(hole_after(told->track, last) - last) / 1e9 >= patience(x);
}

static const struct exchange *find(const struct ike_sa *sa, enum step step, uint8_t type, bool answered)
{
	for (size_t i = 0; i < sa->exchanges_len; i++) {
		const struct exchange *x = sa->exchanges[i];

		if (x->step == step && (step != STEP_V2 || x->type == type) && !x->refused &&
		    (answered ? x->answer.sent.count : x->request.sent.count))
			return x;
	}
	return NULL;
}

static void came_up(struct standing *s, struct seen at, const char *child)
{
	s->stage = ESTABLISHED;
	s->established = "inferred";
	s->established_ns = at.time_ns;
	s->established_seen = at;
	s->child = child;
}

/* Something on this SA was answered after that moment: it lives. */
static const struct exchange *lives_after(const struct ike_sa *sa, int64_t after_ns)
{
	for (size_t i = 0; i < sa->exchanges_len; i++) {
		const struct exchange *x = sa->exchanges[i];

		if (x->step == STEP_V2 && (x->type == IKE2_X_CREATE_CHILD_SA || x->type == IKE2_X_INFORMATIONAL) &&
		    x->request.sent.count && x->answer.sent.count && x->answer.sent.first.time_ns > after_ns)
			return x;
	}
	return NULL;
}

static const struct flow *data_after(const struct tunnel *n, int64_t ns)
{
	for (uint32_t i = 0; i < n->flows_len; i++)
		if (n->flows[i]->first.time_ns >= ns && n->flows[i]->first.time_ns - ns < 60 * SECOND_NS)
			return n->flows[i];
	return NULL;
}

/*
 * The initiator says no to the responder's proof: INFORMATIONAL, first inner N,
 * one bare notify, and nothing comes of the SA (a MOBIKE notify may be as short).
 */
static bool initiator_refuses(const struct told *told, const struct ike_sa *sa, const struct exchange *auth)
{
	for (size_t i = 0; i < sa->exchanges_len; i++) {
		const struct exchange *x = sa->exchanges[i];
		uint32_t low, high;

		if (x->step == STEP_V2 && x->type == IKE2_X_INFORMATIONAL && x->from == sa->initiator &&
		    x->request.sent.count && x->request.has_inner && x->request.inner == IKE2_P_N &&
		    infer_plain(sa, &x->request, &low, &high) && low <= BARE_NOTIFY &&
		    x->request.sent.first.time_ns - auth->answer.sent.first.time_ns < 2 * SECOND_NS &&
		    high < SMALLEST_IDR + 16)
			return !lives_after(sa, x->request.sent.last.time_ns + 1) &&
			       !data_after(told->tunnel, auth->answer.sent.first.time_ns);
	}
	return false;
}

/*
 * Whoever sends ESP on a new SPI after asking for it got the answer, also when
 * the file lacks it (diagnoses.md B.5).
 */
static const struct flow *unheard_success(const struct told *told, const struct ike_sa *sa)
{
	const struct exchange *asked = find(sa, STEP_V2, IKE2_X_IKE_AUTH, false);
	const struct tunnel *n = told->tunnel;

	for (uint32_t i = 0; asked && i < n->flows_len; i++) {
		const struct flow *f = n->flows[i];
		int64_t since = f->first.time_ns - asked->request.sent.last.time_ns;

		if (f->from == sa->initiator && f->seq_first == 1 && since > 0 && since < 60 * SECOND_NS)
			return f;
	}
	return NULL;
}

static struct standing standing_v2(const struct told *told, const struct ike_sa *sa)
{
	struct standing s = { .stage = ASKED, .child = "unknown" };
	const struct exchange *init = find(sa, STEP_V2, IKE2_X_IKE_SA_INIT, true), *auth, *alive;
	struct ike_sizes sizes;
	uint32_t low, high;
	bool eap = false;
	const char *class;

	for (size_t i = 0; i < sa->exchanges_len; i++)
		if (sa->exchanges[i]->type == IKE2_X_IKE_SA_INIT && sa->exchanges[i]->refused && !init)
			s.stage = REFUSED;
	if (init && sa->has_suite)
		s.stage = AGREED;
	if (find(sa, STEP_V2, IKE2_X_IKE_AUTH, false))
		s.stage = AUTHENTICATING;
	auth = last_auth(sa, &eap);
	if (!auth) {
		const struct flow *data = unheard_success(told, sa);

		alive = lives_after(sa, 0);
		if (alive && !sa->from_start)
			came_up(&s, sa->first, "unknown");
		else if (data)
			came_up(&s, data->first, "up");
		return s;
	}
	class = class_of(sa, auth, &low, &high, &sizes);
	if (!strcmp(class, "bare_notify"))
		s.stage = REFUSED;
	else if (initiator_refuses(told, sa, auth))
		s.stage = REFUSED;
	else if (!strcmp(class, "no_child"))
		s.stage = AUTHENTICATED, s.child = "missing";
	else if (!strcmp(class, "success"))
		came_up(&s, auth->answer.sent.first, "up");
	else if (strcmp(class, "eap") && strcmp(class, "eap_end") &&
		 (data_after(told->tunnel, auth->answer.sent.first.time_ns) ||
		  lives_after(sa, auth->answer.sent.first.time_ns)))
		came_up(&s, auth->answer.sent.first, "up");
	return s;
}

static struct standing standing_v1(const struct told *told, const struct ike_sa *sa)
{
	struct standing s = { .stage = ASKED, .child = "unknown" };
	const struct exchange *quick = NULL, *x;

	for (size_t i = 0; i < sa->exchanges_len; i++) {
		x = sa->exchanges[i];
		if (x->refused && (x->step == MAIN_1 || x->step == AGGRESSIVE_1) && s.stage == ASKED)
			s.stage = REFUSED;
	}
	if (find(sa, MAIN_1, 0, true) || find(sa, AGGRESSIVE_1, 0, true))
		s.stage = AGREED;
	if (find(sa, MAIN_5, 0, false) || find(sa, AGGRESSIVE_3, 0, false))
		s.stage = AUTHENTICATING;
	if (find(sa, MAIN_5, 0, true) || find(sa, QUICK_1, 0, false) || find(sa, TRANSACTION, 0, false))
		s.stage = AUTHENTICATED;
	for (size_t i = 0; i < sa->exchanges_len && !quick; i++) {
		x = sa->exchanges[i];
		if (x->step == QUICK_3 && x->request.sent.count)
			quick = x;
	}
	if (quick)
		came_up(&s, quick->request.sent.first, "up");
	else if ((x = find(sa, QUICK_1, 0, true)) && data_after(told->tunnel, x->answer.sent.first.time_ns))
		came_up(&s, x->answer.sent.first, "up");
	return s;
}

struct standing infer_standing(const struct told *told, const struct ike_sa *sa)
{
	return sa->version == 1 ? standing_v1(told, sa) : standing_v2(told, sa);
}

/* The step that can only be taken with the answer to this one in hand. */
static bool builds_on(const struct exchange *x, const struct exchange *later)
{
	if (later->from != x->from || !later->request.sent.count || later == x)
		return false;
	if (x->step == STEP_V2) /* a window of more than one request is rare, and never before IKE_AUTH is done */
		return later->step == STEP_V2 && later->message_id > x->message_id &&
		       (x->type == IKE2_X_IKE_SA_INIT || x->type == IKE2_X_IKE_AUTH);
	return (x->step == MAIN_1 && (later->step == MAIN_3 || later->step == MAIN_5)) ||
	       (x->step == MAIN_3 && later->step == MAIN_5) ||
	       (x->step == AGGRESSIVE_1 && later->step == AGGRESSIVE_3);
}

/* Answers that were there, as what follows proves, and are not in the file (diagnoses.md B.5). */
bool infer_ghost(const struct ike_sa *sa, const struct exchange *x)
{
	if (!x->request.sent.count || x->answer.sent.count || x->partial_trains || x->refused)
		return false;
	for (size_t i = 0; i < sa->exchanges_len; i++)
		if (builds_on(x, sa->exchanges[i]))
			return true;
	return false;
}
