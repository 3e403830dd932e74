/*
 * The draw list of a tunnel: who said what when, folded to what a reader can take in.
 *
 * The attempt that fails first is told in full, all others in a row each.
 * Finished exchanges of it are joined when there are many; resends are one row;
 * ESP is one row; ICMP errors are three and a count. What was not recorded is
 * marked: rows of kind "missing" stand for pieces that must have been sent.
 */
#include "analyzer/report/parts.h"

#include "dissect/base/mem.h"

enum { MAX_SHOWN = 24, IN_FULL = 14, FOLD_RUN = 4, TOLD_ICMP = 3, TOLD_GAPS = 6, BURSTS = 5, BURST_LINES = 6 };
enum detail { EVERY_MESSAGE, BY_FAMILY, IN_RUNS };

struct message { /* one IKE message, whole or what came of it */
	double at;
	size_t unit, rows;
	char from;
	bool request, lost, resend;
	unsigned pieces, pieces_seen, parts, part;
	json_int_t bytes, there;  /* there: as it arrived, where that differs */
	json_t *frames, *frames_b; /* of end b: only where both ends were recorded */
	const char *fate;          /* likewise; NULL otherwise */
};

struct unit { /* one exchange */
	json_int_t attempt, serial;
	const char *type;
	const json_t *fact;
	unsigned requests, answers, request_resends, answer_resends, lost, rows;
	double first;
};

struct ladder {
	const struct subject *subject;
	struct message *messages;
	struct unit *units;
	size_t messages_len, units_len;
	json_int_t focus; /* the attempt told in full; 0 for none */
	size_t failing;   /* index of the exchange that fails, or units_len */
	json_t *rows;
};

static const json_t *attempt_of(const struct ladder *l, json_int_t n)
{
	const json_t *attempts = json_object_get(l->subject->facts, "attempts");
	json_t *a;
	size_t i;

	json_array_foreach(attempts, i, a) if (int_of(a, "n") == n) return a;
	return NULL;
}

static bool is_among(const json_t *list, const json_t *frame)
{
	json_t *f;
	size_t i;

	json_array_foreach(list, i, f) if (json_equal(f, frame)) return true;
	return false;
}

/* The exchange among the facts that holds this frame. */
static const json_t *exchange_with(const json_t *attempt, const json_t *frame)
{
	const json_t *exchanges = json_object_get(attempt, "exchanges");
	json_t *x;
	size_t i;

	json_array_foreach(
		exchanges, i,
		x) if (is_among(json_object_get(x, "frames"), frame) ||
		       is_among(json_object_get(json_object_get(x, "answer"), "frames"), frame) ||
		       is_among(json_object_get(json_object_get(x, "partial_answer"), "frames"),
				  frame)) return x;
	return NULL;
}

static size_t unit_for(struct ladder *l, const json_t *row)
{
	json_int_t attempt = int_of(row, "attempt"), serial = int_of(row, "exchange");
	struct unit *u;

	for (size_t i = 0; i < l->units_len; i++)
		if (l->units[i].attempt == attempt && l->units[i].serial == serial)
			return i;
	u = &l->units[l->units_len];
	*u = (struct unit){ .attempt = attempt,
			    .serial = serial,
			    .type = text_or(row, "label", "?"),
			    .first = real_of(row, "at"),
			    .fact = exchange_with(attempt_of(l, attempt),
						  json_object_get(row, "frame")) };
	return l->units_len++;
}

/* A piece of IKE fragmentation goes to the message it continues. */
static struct message *continued(struct ladder *l, size_t unit, bool request, unsigned part)
{
	for (size_t i = l->messages_len; part > 1 && i-- > 0;) {
		struct message *m = &l->messages[i];

		if (m->unit == unit && m->request == request)
			return m->part && m->part < part ? m : NULL;
	}
	return NULL;
}

static void add_frame(const struct ladder *l, json_t *list, const json_t *frame)
{
	json_t *pair = frame_pair(l->subject->whole, frame);

	if (pair)
		json_array_append_new(list, pair);
}

static bool fragments_could_show(const struct subject *s)
{
	const char *blind = text_of(json_object_get(s->whole->facts, "capture"), "frag_blind");

	return !blind || !strcmp(blind, "no");
}

/* Rule 0: without the other direction nothing can be said about answers. */
static bool answers_could_show(const struct subject *s)
{
	return !json_object_get(json_object_get(s->whole->facts, "capture"), "one_direction");
}

/* Lost for certain, or its pieces: both ends say so, or what came of it was never whole. */
static bool was_lost(const struct ladder *l, const json_t *row, char from)
{
	if (text_of(row, "fate"))
		return is_word(row, "fate", "lost");
	return is_set(row, "lost") && fragments_could_show(l->subject) && !recorded_at(l->subject, (char[]){ from, 0 });
}

static void take_row(struct ladder *l, const json_t *row)
{
	size_t unit = unit_for(l, row);
	struct unit *u = &l->units[unit];
	bool request = is_word(row, "role", "request");
	unsigned part = (unsigned)int_of(row, "part");
	struct message *m = continued(l, unit, request, part);

	u->rows += 1;
	if (!m) {
		m = &l->messages[l->messages_len++];
		*m = (struct message){ .at = real_of(row, "at"),
				       .unit = unit,
				       .request = request,
				       .from = *text_or(row, "from", "a"),
				       .pieces = (unsigned)int_of(row, "pieces"),
				       .pieces_seen = (unsigned)int_of(row, "pieces_seen"),
				       .there = int_of(row, "ip_bytes_there"),
				       .fate = text_of(row, "fate"),
				       .frames = json_array(), .frames_b = json_array() };
		m->lost = was_lost(l, row, m->from);
		if (m->fate && json_object_get(row, "pieces_there"))
			m->pieces_seen = (unsigned)int_of(row, "pieces_there");
		m->resend = request ? u->requests : u->answers + u->lost;
		if (m->lost)
			u->lost += 1;
		if (m->lost && !(m->fate && request))
			;
		else if (request)
			u->requests += 1, u->request_resends += m->resend;
		else
			u->answers += 1, u->answer_resends += m->resend;
	}
	m->rows += 1;
	m->part = part;
	m->parts += part > 0;
	m->bytes += int_of(row, "ip_bytes");
	add_frame(l, m->frames, json_object_get(row, "frame"));
	add_frame(l, m->frames_b, json_object_get(row, "frame_b"));
}

static bool expects(const struct unit *u)
{
	return u->fact ? is_set(u->fact, "expects_answer")
		       : !strchr("AQ", *u->type) || !strchr(u->type, '3');
}

static bool refused(const struct unit *u)
{
	return u->fact && text_of(u->fact, "refused");
}

/* The answer has room for one notify, which refuses: an agreement begins with the SA payload. */
static bool bare(const struct unit *u)
{
	return u->fact && !strcmp(u->type, "CREATE_CHILD_SA") && is_set(json_object_get(u->fact, "answer"), "bare_notify");
}

static bool finished(const struct unit *u)
{
	return !refused(u) && !u->lost && !u->answer_resends && (u->answers || !expects(u));
}

/* IKEv1: instead of an answer the other side sent an error, in an exchange of its own. */
static bool informed(const struct ladder *l, const struct unit *u)
{
	char asker = 0;

	for (size_t i = 0; i < l->messages_len; i++)
		if (&l->units[l->messages[i].unit] == u && l->messages[i].request)
			asker = l->messages[i].from;
	for (size_t i = 0; i < l->messages_len; i++) {
		const struct unit *v = &l->units[l->messages[i].unit];

		if (v != u && v->attempt == u->attempt && !strcmp(v->type, "INFORMATIONAL_V1") &&
		    l->messages[i].from != asker && l->messages[i].at >= u->first)
			return true;
	}
	return false;
}

static bool silent(const struct ladder *l, const struct unit *u)
{
	return !informed(l, u) && answers_could_show(l->subject) && expects(u) && !u->answers && !u->lost &&
	       !refused(u);
}

/* Rows */

static json_t *add(struct ladder *l, const char *kind, double at, char from, json_t *take_label)
{
	char side[2] = { from ? from : 'a', 0 };
	json_t *row = json_pack("{s:s,s:f,s:s,s:s,s:o,s:[]}", "kind", kind, "at", at, "from", side,
				"to", from == 'b' ? "a" : "b", "label", take_label, "frames");

	json_array_append_new(l->rows, row);
	return row;
}

/* From the first to the last frame of several messages, at either end. */
struct span {
	json_t *first, *last;
};

static void span_add(struct span *s, const json_t *frames)
{
	if (!json_array_size(frames))
		return;
	s->first = s->first ? s->first : json_array_get(frames, 0);
	s->last = json_array_get(frames, json_array_size(frames) - 1);
}

static void put_span(json_t *row, const char *name, const struct span *s)
{
	json_t *frames = json_object_get(row, name);

	if (!frames && s->first)
		put(row, name, frames = json_array());
	if (s->first)
		json_array_append(frames, s->first);
	if (s->last && !json_equal(s->first, s->last))
		json_array_append(frames, s->last);
}

static void put_message_frames(json_t *row, const struct message *m)
{
	struct span a = { NULL, NULL }, b = { NULL, NULL };

	span_add(&a, m->frames);
	span_add(&b, m->frames_b);
	put_span(row, "frames", &a);
	put_span(row, "frames_b", &b);
}

static void family_key(const char *type, char ret[64])
{
	size_t n = strlen(type);

	if (n > 2 && type[n - 2] == '_' && strchr("135", type[n - 1]))
		n -= 2;
	snprintf(ret, 64, "%.*s", (int)(n < 63 ? n : 63), type);
}

static const char *family_name(const char *type, char ret[64])
{
	family_key(type, ret);
	return word_named("family", ret, NULL) ? word_named("family", ret, NULL) : type;
}

static json_t *message_name(const struct unit *u, bool request)
{
	const char *own = word_named(request ? "asks" : "says", u->type, NULL);
	char key[64];

	return own ? json_string(own)
		   : filled(request ? W_asks_any : W_says_any,
			    (const struct fill[]){ { "name", family_name(u->type, key) } }, 1);
}

/* The name of a message, and how much of it came. */
static json_t *message_label(const struct unit *u, const struct message *m)
{
	unsigned seen = m->parts > 1 ? m->parts : m->pieces_seen;
	json_t *name = message_name(u, m->request), *label;
	char count[16];
	enum word w;

	snprintf(count, sizeof count, "%u", seen);
	if (m->pieces > m->pieces_seen)
		w = m->pieces_seen == 1 ? W_ladder_first_fragment : W_ladder_some_fragments;
	else if (seen > 1)
		w = m->parts > 1 ? W_ladder_ike_fragments : W_ladder_fragments;
	else
		return name;
	label = FILLED(w, { "name", json_string_value(name) }, { "count", count });
	json_decref(name);
	return label;
}

/* The error that an INFORMATIONAL of IKEv1 tells in clear text. */
static json_t *said_in(const struct ladder *l, const struct message *m)
{
	json_t *r, *frame, *first = json_array_get(m->frames, 0);
	size_t i, k;

	json_array_foreach(json_object_get(l->subject->facts, "refused"), i, r)
		json_array_foreach(json_object_get(r, "frames"), k, frame)
		{
			json_t *pair = json_array();
			bool same;

			add_frame(l, pair, frame);
			same = json_equal(json_array_get(pair, 0), first);
			json_decref(pair);
			if (same)
				return json_string(text_or(r, "name", "?"));
		}
	return NULL;
}

/* What matters about a message: the notify that refuses, or that it has room for one alone. */
static json_t *what_matters(const struct ladder *l, const struct unit *u, const struct message *m)
{
	const json_t *auth = json_object_get(attempt_of(l, u->attempt), "auth");

	if (m->resend)
		return NULL;
	if (m->request)
		return said_in(l, m);
	if (refused(u))
		return json_string(text_of(u->fact, "refused"));
	if (bare(u))
		return json_string(word(W_ladder_bare));
	if (!u->fact || !json_equal(json_object_get(auth, "frames"),
				    json_object_get(json_object_get(u->fact, "answer"), "frames")))
		return NULL;
	if (is_word(auth, "class", "bare_notify"))
		return json_string(word(W_ladder_bare));
	return is_word(auth, "class", "no_child") ? json_string(word(W_ladder_no_child)) : NULL;
}

/* Some of it arrived; what one end shows of a loss is always a piece. */
static bool in_pieces(const struct message *m)
{
	return m->lost && (!m->fate || (m->pieces_seen && m->pieces_seen < m->pieces));
}

static void tell_message(struct ladder *l, const struct unit *u, const struct message *m)
{
	json_t *what = what_matters(l, u, m);
	json_t *row = add(l, "message", m->at, m->from, message_label(u, m));

	put(row, "bytes", json_integer(m->bytes));
	put_message_frames(row, m);
	if (m->fate)
		put(row, "fate", json_string(in_pieces(m) ? "arrived" : m->fate));
	if (m->there)
		put(row, "bytes_there", json_integer(m->there));
	if (m->request && !m->fate && silent(l, u) && !u->request_resends)
		put(row, "answer", json_string("none"));
	put(row, "bad", json_boolean(what != NULL));
	put(row, "what", what);
	if (!m->lost || (m->fate && !in_pieces(m)))
		return;
	if (m->fate) { /* the sender's frame is that of the last piece, which did not come */
		const char *own = m->from == 'b' ? "frames_b" : "frames";
		json_t *rest = add(l, "missing", m->at, m->from, json_string(word(W_ladder_rest_lost)));

		put(rest, "fate", json_string("lost"));
		put_copy(rest, own, row, own);
		put(row, own, json_array());
		return;
	}
	add(l, "missing", m->at, m->from, json_string(word(W_ladder_missing)));
}

static json_t *gaps_text(const json_t *gaps)
{
	size_t n = json_array_size(gaps);
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < n; i++) {
		double gap = json_real_value(json_array_get(gaps, i));

		if (n > TOLD_GAPS && i == TOLD_GAPS - 3) {
			text_add(&t, " ..");
			i = n - 2;
			continue;
		}
		text_addf(&t, "%s+%.*f", i ? " " : "", gap < 10 ? 2 : 1, gap);
	}
	return take_string(&t);
}

/* How it ended, where that can be told: "same_loss", "no_answer"... */
static const char *resends_end(const struct ladder *l, const struct unit *u, bool of_request)
{
	if (!of_request)
		return "unasked";
	if (u->lost)
		return "same_loss";
	if (u->answer_resends)
		return "answered_again";
	return silent(l, u) ? "no_answer" : "plain";
}

static json_t *resend_label(const struct ladder *l, const struct unit *u, bool of_request,
			    unsigned count, const json_t *gaps)
{
	const char *sentence =
		word_named_counted("resends", resends_end(l, u, of_request), count);
	json_t *text = gaps_text(gaps);
	struct text t;
	char number[16];

	text_init(&t);
	snprintf(number, sizeof number, "%u", count);
	WORD_FILL(&t, sentence, { "count", number }, { "gaps", json_string_value(text) });
	json_decref(text);
	return take_string(&t);
}

static void add_line(json_t *lines, char from, bool lost)
{
	if (json_array_size(lines) < BURST_LINES)
		json_array_append_new(lines, json_pack("{s:s#,s:b}", "from", &from, 1, "lost", lost));
}

/* One resend, and what came before the next one. */
static json_t *burst_from(const struct ladder *l, size_t unit, size_t i, bool of_request)
{
	json_t *o = json_pack("{s:f,s:[],s:[]}", "at", l->messages[i].at, "lines", "frames");
	json_t *lines = json_object_get(o, "lines");
	struct span a = { NULL, NULL }, b = { NULL, NULL };

	for (size_t k = i; k < l->messages_len; k++) {
		const struct message *m = &l->messages[k];

		if (m->unit != unit)
			continue;
		if (k > i && m->request == of_request)
			break;
		span_add(&a, m->frames);
		span_add(&b, m->frames_b);
		if (m->at > l->messages[i].at)
			put(o, "until", json_real(m->at));
		if (!m->lost || in_pieces(m))
			add_line(lines, m->from, false);
		if (m->lost) /* all of it, or what followed its first piece */
			add_line(lines, m->from, true);
	}
	put_span(o, "frames", &a);
	put_span(o, "frames_b", &b);
	return o;
}

/* Each resend by itself; of many the first ones and the last, and between them a count. */
static json_t *bursts(const struct ladder *l, size_t unit, bool of_request, unsigned count)
{
	json_t *list = json_array(), *skipped = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < l->messages_len; i++) {
		const struct message *m = &l->messages[i];

		if (m->unit != unit || m->request != of_request || !m->resend)
			continue;
		n += 1;
		if (count <= BURSTS || n < BURSTS - 1 || n == count) {
			json_array_append_new(list, burst_from(l, unit, i, of_request));
		} else if (!skipped) {
			skipped = json_pack("{s:f,s:f,s:i,s:[],s:[]}", "at", m->at, "until", m->at,
					    "skipped", 1, "lines", "frames");
			json_array_append_new(list, skipped);
		} else {
			put(skipped, "until", json_real(m->at));
			put(skipped, "skipped", json_integer(int_of(skipped, "skipped") + 1));
		}
	}
	return list;
}

/* All resends of a request, or of an answer that came again unasked, in one row. */
static void tell_resends(struct ladder *l, size_t unit, bool of_request)
{
	const struct unit *u = &l->units[unit];
	const struct message *first = NULL, *last = NULL;
	struct span a = { NULL, NULL }, b = { NULL, NULL };
	json_t *gaps = json_array(), *row;
	unsigned count = 0;
	double at = 0;

	for (size_t i = 0; i < l->messages_len; i++) {
		const struct message *m = &l->messages[i];

		if (m->unit != unit || (!of_request && m->request))
			continue;
		if (m->resend) {
			span_add(&a, m->frames);
			span_add(&b, m->frames_b);
		}
		if (m->request != of_request)
			continue;
		if (last) {
			json_array_append_new(gaps, json_real(micros(m->at - last->at)));
			at = count++ ? at : m->at;
		}
		first = first ? first : m;
		last = m;
	}
	if (count) {
		row = add(l, "resends", at, first->from,
			  resend_label(l, u, of_request, count, gaps));
		put_span(row, "frames", &a);
		put_span(row, "frames_b", &b);
		put(row, "count", json_integer(count));
		put(row, "gaps", json_incref(gaps));
		put(row, "lost", json_integer(u->lost));
		put(row, "bursts", bursts(l, unit, of_request, count));
		if (of_request && silent(l, u))
			put(row, "answer", json_string("none"));
	}
	json_decref(gaps);
}

static void tell_unit(struct ladder *l, size_t unit)
{
	const struct unit *u = &l->units[unit];

	for (size_t i = 0; i < l->messages_len; i++)
		if (l->messages[i].unit == unit && !l->messages[i].resend)
			tell_message(l, u, &l->messages[i]);
	if (u->request_resends)
		tell_resends(l, unit, true);
	else if (u->answer_resends || u->lost > 1)
		tell_resends(l, unit, false);
}

/* Joins the exchanges from `unit` up to `end` that `in` admits into one row. */
static void tell_joined(struct ladder *l, const char *kind, const bool *in, size_t unit,
			enum word w, const char *name)
{
	struct span a = { NULL, NULL }, b = { NULL, NULL };
	json_t *row;
	size_t messages = 0, units = 0, lost = 0, from_b = 0;
	char count[24];

	for (size_t i = 0; i < l->messages_len; i++) {
		const struct message *m = &l->messages[i];

		if (!in[m->unit])
			continue;
		span_add(&a, m->frames);
		span_add(&b, m->frames_b);
		messages += 1;
		lost += m->lost;
		from_b += m->from == 'b';
	}
	for (size_t i = 0; i < l->units_len; i++)
		units += in[i];
	snprintf(count, sizeof count, "%zu", w == W_ladder_exchanges ? units : messages);
	if (messages == 1 && w == W_ladder_sent_many)
		w = W_ladder_sent_one;
	row = add(l, kind, l->units[unit].first, from_b == messages ? 'b' : 'a',
		  FILLED(w, { "name", name }, { "count", count }, { "n", name }));
	put_span(row, "frames", &a);
	put_span(row, "frames_b", &b);
	put(row, "both", json_boolean(from_b && from_b < messages));
	put(row, "messages", json_integer((json_int_t)messages));
	put(row, "lost", json_integer((json_int_t)lost));
}

/* The run of finished exchanges in focus that starts at `unit`: of its family, or of any. */
static size_t run_from(const struct ladder *l, size_t unit, bool any_family, bool *ret_in)
{
	char family[64], other[64];
	size_t n = 0;

	memset(ret_in, 0, l->units_len * sizeof *ret_in);
	family_key(l->units[unit].type, family);
	for (size_t i = unit; i < l->units_len; i++) {
		if (l->units[i].attempt != l->focus)
			continue;
		family_key(l->units[i].type, other);
		if (!finished(&l->units[i]) || i == l->failing || bare(&l->units[i]) != bare(&l->units[unit]) ||
		    (!any_family && strcmp(family, other)))
			break;
		ret_in[i] = true;
		n += 1;
	}
	return n;
}

static void tell_run(struct ladder *l, size_t unit, size_t n, const bool *in, bool any_family)
{
	char family[64];
	const char *name = family_name(l->units[unit].type, family);
	bool sent = !expects(&l->units[unit]) && !l->units[unit].answers && n;
	bool phase = !strcmp(family, "MAIN") || !strcmp(family, "AGGRESSIVE") ||
		     !strcmp(family, "QUICK");

	if (any_family && n > FOLD_RUN && !bare(&l->units[unit]))
		tell_joined(l, "exchange", in, unit, W_ladder_exchanges, NULL);
	else
		tell_joined(l, "exchange", in, unit,
			    phase                  ? W_ladder_complete
			    : sent                 ? W_ladder_sent_many
			    : bare(&l->units[unit]) ? W_ladder_refused
						   : W_ladder_answered,
			    name);
}

static void tell_focus(struct ladder *l, enum detail detail)
{
	bool *in = mem_zero(l->units_len + 1), *told = mem_zero(l->units_len + 1);

	for (size_t i = 0; i < l->units_len; i++) {
		bool whole = detail == IN_RUNS;
		size_t n = 0;

		if (l->units[i].attempt != l->focus || told[i])
			continue;
		if (detail != EVERY_MESSAGE && i != l->failing && finished(&l->units[i])) {
			n = run_from(l, i, whole, in);
			if (whole && n <= FOLD_RUN)
				n = run_from(l, i, whole = false, in);
			tell_run(l, i, n, in, whole);
			for (size_t k = 0; k < l->units_len; k++)
				told[k] |= in[k];
			continue;
		}
		tell_unit(l, i);
	}
	mem_free(in);
	mem_free(told);
}

static void tell_attempt(struct ladder *l, size_t unit)
{
	json_int_t n = l->units[unit].attempt;
	const json_t *a = attempt_of(l, n);
	bool *in = mem_zero(l->units_len + 1);
	unsigned lost = 0;
	char number[24];

	for (size_t i = unit; i < l->units_len; i++) {
		in[i] = l->units[i].attempt == n;
		lost += in[i] ? l->units[i].lost : 0;
	}
	snprintf(number, sizeof number, "%lld", (long long)n);
	tell_joined(l, "attempt", in, unit,
		    is_set(a, "rekeyed")                 ? W_ladder_attempt_rekeyed
		    : is_word(a, "stage", "established") ? W_ladder_attempt_up
		    : lost                               ? W_ladder_attempt_lost
							 : W_ladder_attempt_failed,
		    number);
	mem_free(in);
}

/* The attempts beside the one in focus: the first ones and the last, between them a count. */
static void tell_others(struct ladder *l)
{
	size_t *starts = mem_zero((l->units_len + 1) * sizeof *starts), n = 0;
	char count[24];

	for (size_t i = 0; i < l->units_len; i++) {
		bool first = l->units[i].attempt != l->focus;

		for (size_t k = 0; k < i && first; k++)
			first = l->units[k].attempt != l->units[i].attempt;
		if (first)
			starts[n++] = i;
	}
	for (size_t i = 0; i < n; i++) {
		if (n <= 4 || i < 2 || i == n - 1) {
			tell_attempt(l, starts[i]);
		} else if (i == 2) {
			snprintf(count, sizeof count, "%zu", n - 3);
			add(l, "more", l->units[starts[i]].first, 'a',
			    FILLED(W_ladder_attempts, { "count", count }));
		}
	}
	mem_free(starts);
}

/* The group of errors that this one belongs to: the one that lists the frame, else any of its kind. */
static const json_t *icmp_group(const struct subject *s, const char *label, const json_t *frame, bool *ret_certain)
{
	const json_t *groups = json_object_get(s->facts, "icmp"), *found = NULL;
	size_t kinds = 0, i;
	json_t *g;

	json_array_foreach(groups, i, g)
	{
		char own[40];

		snprintf(own, sizeof own, "ICMP%s %lld/%lld", int_of(g, "family") == 6 ? "v6" : "",
			 (long long)int_of(g, "type"), (long long)int_of(g, "code"));
		if (strcmp(own, label))
			continue;
		kinds += 1;
		found = g;
		if (is_among(json_object_get(g, "frames"), frame)) {
			kinds = 1;
			break;
		}
	}
	*ret_certain = kinds == 1;
	return found;
}

/* Whoever complains and is neither end, where it is certain who that is. */
static json_t *icmp_router(const struct subject *s, const json_t *message)
{
	bool certain;
	const json_t *g = icmp_group(s, text_or(message, "label", "ICMP"), json_object_get(message, "frame"), &certain);
	const char *source = certain ? text_of(g, "source") : NULL;

	return source && strcmp(source, end_address(s, "a")) && strcmp(source, end_address(s, "b"))
		       ? json_string(source)
		       : NULL;
}

static json_t *icmp_label(const struct subject *s, const json_t *message)
{
	const char *label = text_or(message, "label", "ICMP");
	bool certain;
	const json_t *g = icmp_group(s, label, json_object_get(message, "frame"), &certain);
	json_t *router = icmp_router(s, message);
	struct text name;
	json_t *told;

	text_init(&name);
	text_add(&name, text_or(g, "name", ""));
	for (char *c = name.at; *c; c++)
		if (*c == '_')
			*c = ' ';
	told = filled(router ? W_ladder_icmp_router : W_ladder_icmp,
		      (const struct fill[]){
			      { "label", label }, { "name", name.at }, { "source", json_string_value(router) } },
		      3);
	text_clear(&name);
	json_decref(router);
	return told;
}

static void tell_icmp(struct ladder *l)
{
	const json_t *rows = json_object_get(l->subject->facts, "messages");
	json_t *r, *first = NULL, *last = NULL, *row;
	unsigned n = 0;
	double at = 0;
	char count[16];
	size_t i;

	json_array_foreach(rows, i, r)
	{
		if (!is_word(r, "kind", "icmp"))
			continue;
		if (n++ < TOLD_ICMP) {
			row = add(l, "icmp", real_of(r, "at"), *text_or(r, "from", "b"),
				  icmp_label(l->subject, r));
			add_frame(l, json_object_get(row, "frames"), json_object_get(r, "frame"));
			put(row, "source", icmp_router(l->subject, r));
			if (json_object_get(r, "fate")) {
				put(row, "fate", json_string(text_of(r, "fate")));
				put(row, "frames_b", json_array());
				add_frame(l, json_object_get(row, "frames_b"), json_object_get(r, "frame_b"));
			}
			continue;
		}
		last = json_object_get(r, "frame");
		if (!first)
			first = last, at = real_of(r, "at");
	}
	if (n <= TOLD_ICMP)
		return;
	snprintf(count, sizeof count, "%u", n - TOLD_ICMP);
	row = add(l, "more", at, 'a', FILLED(W_ladder_icmp_more, { "count", count }));
	add_frame(l, json_object_get(row, "frames"), first);
	if (last != first)
		add_frame(l, json_object_get(row, "frames"), last);
}

/* Of two ends: each direction and kind by itself, with what became of it. */
static void tell_crossing(struct ladder *l, char from, const char *protocol, const json_t *class)
{
	json_int_t sent = int_of(class, "sent"), lost = int_of(class, "lost");
	const json_t *gone = json_array_get(json_object_get(class, "lost_rows"), 0),
		     *here = json_array_get(json_object_get(class, "arrived_rows"), 0);
	const json_t *one = !here || (gone && real_of(gone, "at") < real_of(here, "at")) ? gone : here;
	char all[24], some[24];
	json_t *row;

	snprintf(all, sizeof all, "%lld", (long long)sent);
	snprintf(some, sizeof some, "%lld", (long long)lost);
	row = add(l, "data", real_of(class, "first"), from,
		  FILLED(!lost ? W_ladder_data_arrive : W_ladder_data_lost, { "protocol", protocol },
			 { "count", all }, { "lost", some }));
	put(row, "both", json_false());
	put(row, "fate", json_string(lost == sent ? "lost" : "arrived"));
	put(row, "lost", json_integer(lost));
	put(row, "frames_b", json_array());
	add_frame(l, json_object_get(row, from == 'b' ? "frames_b" : "frames"), json_object_get(one, "frame"));
	add_frame(l, json_object_get(row, from == 'b' ? "frames" : "frames_b"), json_object_get(one, "there"));
	put(row, "until", json_real(real_of(class, "last")));
}

static void tell_crossings(struct ladder *l, const json_t *ways)
{
	static const char *const classes[][2] = { { "esp", "ESP" }, { "esp_udp", "ESP in UDP" }, { "ah", "AH" } };

	for (const char *side = "ab"; *side; side++) {
		const json_t *way = json_object_get(json_object_get(ways, (char[]){ *side, 0 }), "classes");

		for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
			const json_t *class = json_object_get(way, classes[i][0]);

			if (class)
				tell_crossing(l, *side, classes[i][1], class);
		}
	}
}

/* ESP never singly: one row with its count and span. */
static void tell_data(struct ladder *l)
{
	const json_t *between = json_object_get(l->subject->facts, "between");

	const json_t *flows = json_object_get(l->subject->facts, "flows"), *first = NULL,
		     *last = NULL, *data = json_object_get(l->subject->facts, "data");
	json_int_t packets[2] = { int_of(json_object_get(data, "a"), "packets"), /* also of flows forgotten since */
				  int_of(json_object_get(data, "b"), "packets") };
	json_t *f, *row;
	char count[24];
	size_t i;
	bool both;

	if (between) {
		tell_crossings(l, json_object_get(between, "ways"));
		return;
	}
	json_array_foreach(flows, i, f)
	{
		if (!data)
			packets[is_word(f, "from", "b")] += int_of(f, "packets");
		if (!first || real_of(f, "first") < real_of(first, "first"))
			first = f;
		if (!last || real_of(f, "last") > real_of(last, "last"))
			last = f;
	}
	if (!first)
		return;
	both = packets[0] && packets[1];
	snprintf(count, sizeof count, "%lld", (long long)(packets[0] + packets[1]));
	row = add(l, "data", real_of(first, "first"), packets[0] ? 'a' : 'b',
		  filled(both ? W_ladder_data_both : W_ladder_data_one,
			 (const struct fill[]){ { "protocol", text_or(first, "protocol", "ESP") },
						{ "count", count } },
			 2));
	add_frame(l, json_object_get(row, "frames"), json_object_get(first, "first_frame"));
	if (!json_equal(json_object_get(first, "first_frame"), json_object_get(last, "last_frame")))
		add_frame(l, json_object_get(row, "frames"), json_object_get(last, "last_frame"));
	put(row, "both", json_boolean(both));
	put(row, "until", json_real(real_of(last, "last")));
}

/* The exchange that fails: the one the verdict's evidence lies in, else the first unfinished one.
 * A message that expects no answer fails only where nothing else does. */
static size_t find_failing(const struct ladder *l)
{
	const struct subject *s = l->subject;
	json_t *evidence = frame_pairs(
		s->whole, json_object_get(json_object_get(s->cause, "evidence"), "frames"));
	size_t found = l->units_len;

	for (int one_way = 0; s->cause && one_way < 2; one_way++)
		for (size_t i = 0; found == l->units_len && i < l->messages_len; i++) {
			const struct unit *u = &l->units[l->messages[i].unit];

			if ((is_among(evidence, json_array_get(l->messages[i].frames, 0)) ||
			     is_among(evidence, json_array_get(l->messages[i].frames_b, 0))) &&
			    (!finished(u) || (one_way && !expects(u))))
				found = l->messages[i].unit;
		}
	for (size_t i = 0; is_fault(s->verdict) && found == l->units_len && i < l->units_len; i++)
		if (!finished(&l->units[i]))
			found = i;
	json_decref(evidence);
	return found;
}

static bool comes_after(const json_t *row, const json_t *other, bool by_frame)
{
	const json_t *f = json_object_get(row, "order"), *g = json_object_get(other, "order");

	if (!by_frame)
		return real_of(row, "at") > real_of(other, "at");
	if (json_integer_value(json_array_get(f, 0)) != json_integer_value(json_array_get(g, 0)))
		return json_integer_value(json_array_get(f, 0)) > json_integer_value(json_array_get(g, 0));
	return json_integer_value(json_array_get(f, 1)) > json_integer_value(json_array_get(g, 1));
}

/* What has no frame goes with what it was told after. */
static void put_order(json_t *rows)
{
	const json_t *before = NULL, *frame;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		frame = json_array_get(json_object_get(row, "frames"), 0);
		before = frame ? frame : before;
		json_object_set(row, "order", before ? (json_t *)before : json_null());
	}
}

/* The sort is stable: what is told of one moment stays in the order of telling. Where the recorder's clock
 * was set, the order of frames is the true one. */
static void sort_rows(json_t *rows, bool by_frame)
{
	size_t n = json_array_size(rows);

	if (by_frame)
		put_order(rows);

	for (size_t i = 1; i < n; i++) {
		json_t *row = json_incref(json_array_get(rows, i));
		size_t at = i;

		while (at > 0 && comes_after(json_array_get(rows, at - 1), row, by_frame))
			at -= 1;
		json_array_remove(rows, i);
		json_array_insert_new(rows, at, row);
	}
}

static size_t tell(struct ladder *l, enum detail detail)
{
	json_array_clear(l->rows);
	tell_focus(l, detail);
	tell_others(l);
	tell_icmp(l);
	tell_data(l);
	sort_rows(l->rows, json_object_get(json_object_get(l->subject->whole->facts, "capture"), "clock_jumps") != NULL);
	return json_array_size(l->rows);
}

/* What is still too long loses its middle, after what fails. */
static void cut_middle(struct ladder *l)
{
	size_t n = json_array_size(l->rows), keep = MAX_SHOWN * 2 / 3, drop;
	double from = l->failing < l->units_len ? l->units[l->failing].first : 0;
	json_t *row, *more;
	char count[24];
	size_t start;

	if (n <= MAX_SHOWN)
		return;
	drop = n - MAX_SHOWN + 1;
	for (start = 0; start < n && real_of(json_array_get(l->rows, start), "at") < from; start++)
		;
	start = start + keep < n - drop ? start + keep / 2
		: start > drop + 2      ? start - drop - 1
					: keep;
	if (start + drop > n)
		start = n - drop;
	row = json_array_get(l->rows, start);
	snprintf(count, sizeof count, "%zu", drop);
	more = json_pack("{s:s,s:f,s:s,s:s,s:o,s:[]}", "kind", "more", "at", real_of(row, "at"),
			 "from", "a", "to", "b", "label", FILLED(W_ladder_more, { "count", count }),
			 "frames");
	for (size_t i = 0; i < drop; i++)
		json_array_remove(l->rows, start);
	json_array_insert_new(l->rows, start, more);
}

static void count_from(json_t *o, const char *key, double zero)
{
	if (json_object_get(o, key))
		put(o, key, json_real(micros(real_of(o, key) - zero)));
}

/* Times count from the first row; what follows more than half a second later says so. */
static void finish_times(json_t *rows, double zero)
{
	double before = zero;
	json_t *row, *burst;
	size_t i, k;

	json_array_foreach(rows, i, row)
	{
		double at = real_of(row, "at");

		if (at - before > 0.5)
			put(row, "gap", json_real(micros(at - before)));
		before = at;
		json_object_del(row, "order");
		put(row, "at", json_real(micros(at - zero)));
		count_from(row, "until", zero);
		json_array_foreach(json_object_get(row, "bursts"), k, burst)
		{
			count_from(burst, "at", zero);
			count_from(burst, "until", zero);
		}
	}
}

/* A set of fragments is told when it was given up, and belongs where its first piece came. */
static void sort_messages(struct ladder *l)
{
	for (size_t i = 1; i < l->messages_len; i++) {
		struct message m = l->messages[i];
		size_t at = i;

		for (; at > 0 && l->messages[at - 1].at > m.at; at--)
			l->messages[at] = l->messages[at - 1];
		l->messages[at] = m;
	}
}

static void gather(struct ladder *l)
{
	const json_t *rows = json_object_get(l->subject->facts, "messages");
	size_t n = json_array_size(rows), i;
	json_t *row;

	l->messages = mem_zero((n + 1) * sizeof *l->messages);
	l->units = mem_zero((n + 1) * sizeof *l->units);
	json_array_foreach(rows, i, row) if (is_word(row, "kind", "ike")) take_row(l, row);
	sort_messages(l);
	l->failing = find_failing(l);
	if (l->failing < l->units_len)
		l->focus = l->units[l->failing].attempt;
	else if (l->units_len)
		l->focus = l->units[0].attempt;
	else
		l->focus = -1;
}

json_t *ladder_document(const struct subject *s)
{
	struct ladder l = { .subject = s, .rows = json_array() };
	json_t *o = json_object();
	double zero;

	gather(&l);
	if (tell(&l, EVERY_MESSAGE) > IN_FULL && tell(&l, BY_FAMILY) > MAX_SHOWN)
		tell(&l, IN_RUNS);
	cut_middle(&l);
	zero = json_array_size(l.rows) ? real_of(json_array_get(l.rows, 0), "at")
				       : real_of(json_object_get(s->facts, "span"), "first");
	finish_times(l.rows, zero);
	put(o, "start", instant(s->whole, zero));
	put(o, "rows", l.rows);
	put(o, "shown",
	    json_integer((json_int_t)json_array_size(json_object_get(s->facts, "messages"))));
	put(o, "total", json_integer(int_of(s->facts, "messages_total")));
	for (size_t i = 0; i < l.messages_len; i++) {
		json_decref(l.messages[i].frames);
		json_decref(l.messages[i].frames_b);
	}
	mem_free(l.messages);
	mem_free(l.units);
	return o;
}
