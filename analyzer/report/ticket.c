/*
 * The evidence sheet: one request to whoever must act, the packets that prove it by
 * IP id, and what is excluded; or why there is nothing to ask.
 */
#include "analyzer/report/text.h"

#include <stdio.h>

#include "analyzer/judge/format.h"
#include "dissect/base/mem.h"

enum { NARROWEST = 60, LABEL = 9, OFFERS = 4, ADVICE = 6, CHECKS = 6, HIDDEN = 6, TIME_OF_DAY = 11, MICROSECONDS = 15 };

struct sheet {
	struct page page;
	const json_t *model, *tunnel, *verdict, *cause, *evidence;
	const char *from, *to, *addressee; /* addresses; "path", "peer", "nat" or NULL */
	int family;                        /* 4 or 6 */
	struct text from_shown, to_shown;
};

static const json_t *end_of(const json_t *tunnel, const char *address)
{
	const json_t *a = json_object_get(tunnel, "a"), *b = json_object_get(tunnel, "b");

	return is_word(a, "address", address) ? a : is_word(b, "address", address) ? b : NULL;
}

static void add_end(struct text *t, const json_t *end, const char *address)
{
	if (text_of(end, "name"))
		WORD_FILL(t, word(W_peer_named), { "name", text_of(end, "name") }, { "address", address });
	else
		text_add(t, address);
}

/* Inside addresses mean nothing to a provider: RFC 1918, RFC 4193, RFC 6598. */
static bool is_inside(const char *address)
{
	unsigned a = 0, b = 0;

	if (strchr(address, ':'))
		return !strncmp(address, "fc", 2) || !strncmp(address, "fd", 2);
	if (sscanf(address, "%u.%u.", &a, &b) != 2)
		return false;
	return a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
	       (a == 100 && b >= 64 && b < 128);
}

/* --- what stands where -------------------------------------------------- */

static void heading(struct sheet *s, enum word w)
{
	page_gap(&s->page);
	page_paragraph(&s->page, "", PLAIN, word(w));
}

static void say(struct sheet *s, const char *text)
{
	page_paragraph(&s->page, "  ", PLAIN, text);
}

static void item(struct sheet *s, const char *text)
{
	page_paragraph(&s->page, "  - ", PLAIN, text);
}

static void field(struct sheet *s, enum word label, const char *text)
{
	struct text lead;

	text_init(&lead);
	text_addf(&lead, "  %s ", word(label));
	fill_cells(&lead, " ", 14);
	page_paragraph(&s->page, lead.at, PLAIN, text);
	text_clear(&lead);
}

/* A row of words.def with the ends of the sheet in it. */
static void filled_with_ends(const struct sheet *s, struct text *t, const char *sentence)
{
	WORD_FILL(t, sentence, { "from", s->from_shown.at }, { "to", s->to_shown.at },
		  { "sender", is_inside(s->from) ? word(W_ticket_outside) : s->from },
		  { "receiver", is_inside(s->to) ? word(W_ticket_outside) : s->to });
}

static void item_with_ends(struct sheet *s, const char *sentence)
{
	struct text t;

	if (!sentence)
		return;
	text_init(&t);
	filled_with_ends(s, &t, sentence);
	item(s, t.at);
	text_clear(&t);
}

/* 2026-11-22 05:51:25.014 of the model's RFC 3339 text; a tool for UTC and nothing else. */
static void add_utc(struct text *t, const char *rfc3339, size_t from, size_t fraction)
{
	const char *dot = strchr(rfc3339, '.');
	size_t len = dot ? (size_t)(dot - rfc3339) + 1 + fraction : strlen(rfc3339);

	for (size_t i = from; i < len && rfc3339[i]; i++)
		text_add_bytes(t, rfc3339[i] == 'T' ? " " : &rfc3339[i], 1);
}

static const struct traffic {
	const char *diagnosis, *kind;
} traffics[] = {
#define TRAFFIC(diagnosis, kind) { #diagnosis, #kind },
#include "analyzer/report/ticket.def"
};

static const struct recording {
	const char *kind, *command;
	int family;
} recordings[] = {
#define RECORD(kind, family, command) { #kind, command, family },
#include "analyzer/report/ticket.def"
};

static const struct duty {
	const char *kind, *document, *rank, *token;
	int family;
} duties[] = {
#define DUTY(kind, family, document, rank, token) { #kind, document, #rank, #token, family },
#include "analyzer/report/ticket.def"
};
enum {
	TRAFFICS = sizeof traffics / sizeof *traffics,
	RECORDINGS = sizeof recordings / sizeof *recordings,
	DUTIES = sizeof duties / sizeof *duties,
};

/* --- who, and about what ------------------------------------------------- */

static const json_t *cause_of(const json_t *owner)
{
	const json_t *index = json_object_get(json_object_get(owner, "verdict"), "finding");

	return json_is_integer(index) && json_integer_value(index) >= 0
		       ? json_array_get(json_object_get(owner, "findings"), (size_t)json_integer_value(index))
		       : NULL;
}

static const char *address_of(const json_t *tunnel, const char *side)
{
	return text_or(json_object_get(tunnel, side), "address", "?");
}

/* Direction of what fails: the rule's own word, else of the packets that show it, else from a to b. */
static void choose_direction(struct sheet *s)
{
	const json_t *args = json_object_get(s->cause, "args");
	const char *sender = text_or(args, "sender", text_of(args, "from"));
	const char *receiver = text_or(args, "receiver", text_of(args, "to"));
	const json_t *packet = json_array_get(json_object_get(s->evidence, "packets"), 0);
	bool from_b = is_word(packet, "from", "b");

	if (sender && end_of(s->tunnel, sender))
		from_b = is_word(json_object_get(s->tunnel, "b"), "address", sender);
	else if (receiver && end_of(s->tunnel, receiver))
		from_b = is_word(json_object_get(s->tunnel, "a"), "address", receiver);
	s->from = address_of(s->tunnel, from_b ? "b" : "a");
	s->to = address_of(s->tunnel, from_b ? "a" : "b");
	s->family = strchr(s->from, ':') ? 6 : 4;
	add_end(&s->from_shown, end_of(s->tunnel, s->from), s->from);
	add_end(&s->to_shown, end_of(s->tunnel, s->to), s->to);
}

static const char *far_address(const struct sheet *s)
{
	bool at_a = is_set(json_object_get(s->tunnel, "a"), "recorded");
	bool at_b = is_set(json_object_get(s->tunnel, "b"), "recorded");

	return address_of(s->tunnel, at_b && !at_a ? "a" : "b");
}

/* The kind of traffic a network operator's ticket is about, most telling first; NULL for another addressee. */
static const char *traffic_of(const struct sheet *s)
{
	for (size_t i = 0; i < TRAFFICS && strcmp(s->addressee, "peer"); i++)
		if (is_word(s->cause, "id", traffics[i].diagnosis))
			return traffics[i].kind;
	return NULL;
}

static void head(struct sheet *s)
{
	const char *kind = traffic_of(s), *about = kind ? word_named("ticket_about", kind, NULL) : NULL;
	const char *behind = text_of(json_object_get(s->tunnel, "nat"), "behind"), *peer = far_address(s);
	const char *side = address_of(s->tunnel, behind && *behind == 'b' ? "b" : "a");
	enum word to = !strcmp(s->addressee, "peer")  ? W_ticket_to_peer
		       : strcmp(s->addressee, "nat") ? W_ticket_to_path
		       : behind                       ? W_ticket_to_nat
						      : W_ticket_to_nat_between;
	struct text who, t, shown;

	text_init(&who);
	text_init(&t);
	text_init(&shown);
	add_end(&shown, end_of(s->tunnel, to == W_ticket_to_nat ? side : peer), to == W_ticket_to_nat ? side : peer);
	WORD_FILL(&who, word(to), { "from", s->from_shown.at }, { "to", s->to_shown.at }, { "side", shown.at },
		  { "peer", shown.at });
	text_add(&t, word(W_ticket_to));
	fill_cells(&t, " ", LABEL);
	page_paragraph(&s->page, t.at, PLAIN, who.at);
	text_empty(&t);
	text_empty(&who);
	text_add(&t, word(W_ticket_subject));
	fill_cells(&t, " ", LABEL);
	WORD_FILL(&who, word(about ? W_ticket_subject_about : W_ticket_subject_text), { "about", about ? about : "" },
		  { "title", text_or(s->cause, "title", text_or(s->verdict, "title", "")) }, { "from", s->from }, { "to", s->to });
	page_paragraph(&s->page, t.at, PLAIN, who.at);
	text_clear(&who);
	text_clear(&t);
	text_clear(&shown);
}

static void numbered(struct sheet *s, const json_t *list, size_t *n)
{
	json_t *said;
	char lead[24];
	size_t i;

	json_array_foreach(list, i, said) {
		if (*n >= ADVICE || !json_string_value(said))
			return;
		snprintf(lead, sizeof lead, "  %zu. ", ++*n);
		page_paragraph(&s->page, lead, PLAIN, json_string_value(said));
	}
}

/* What an inside address is called outside no packet in here tells. */
void ticket_add_inside(struct text *t, const json_t *tunnel, const char *said)
{
	static const char *const sides[] = { "a", "b" };

	for (size_t i = 0; i < 2; i++) {
		const char *address = address_of(tunnel, sides[i]);

		if (!is_inside(address) || (said && !strstr(said, address)))
			continue;
		WORD_FILL(t, word(W_ticket_inside), { "address", address });
		return;
	}
}

static void request_outside(struct sheet *s)
{
	struct text t;

	text_init(&t);
	ticket_add_inside(&t, s->tunnel, NULL); /* the commands name it, too */
	if (t.len)
		say(s, t.at);
	text_clear(&t);
}

static void request(struct sheet *s)
{
	const json_t *advice = json_object_get(s->cause, "advice");
	const char *isp = text_of(advice, "isp"), *peer = far_address(s);
	struct text t, shown;
	size_t n = 0;

	text_init(&t);
	text_init(&shown);
	heading(s, W_ticket_request);
	if (!strcmp(s->addressee, "peer") && text_of(advice, "peer")) {
		say(s, text_of(advice, "peer"));
		if (json_array_size(json_object_get(advice, "admin")))
			say(s, word(W_ticket_commands));
		numbered(s, json_object_get(advice, "admin"), &n);
	} else if (!strcmp(s->addressee, "peer")) {
		add_end(&shown, end_of(s->tunnel, peer), peer);
		WORD_FILL(&t, word(W_ticket_request_peer), { "peer", shown.at });
		say(s, t.at);
		numbered(s, json_object_get(advice, "now"), &n);
		numbered(s, json_object_get(advice, "admin"), &n);
	} else if (isp) {
		say(s, isp);
		request_outside(s);
	} else {
		filled_with_ends(s, &t, word(!strcmp(s->addressee, "nat") ? W_ticket_request_nat : W_ticket_request_path));
		say(s, t.at);
	}
	text_clear(&t);
	text_clear(&shown);
}

static void happens(struct sheet *s)
{
	bool unplaced = is_word(s->cause, "culprit", "unknown") && is_word(s->verdict, "confidence", "confirmed");
	const char *sure = unplaced ? word(W_ticket_sure_unplaced)
				    : word_named("ticket_sure", text_or(s->verdict, "confidence", ""), NULL);

	heading(s, W_ticket_happens);
	say(s, text_or(s->cause, "text", text_or(s->verdict, "sentence", "")));
	if (sure)
		say(s, sure);
}

/* --- where and when ------------------------------------------------------ */

/* Two recordings of the same tunnel, not only in the user's word. */
static bool at_both_ends(const struct sheet *s)
{
	const json_t *ends = json_object_get(s->tunnel, "ends");

	return is_word(ends, "joined", "messages") || is_word(ends, "joined", "addresses");
}

static void where_end(struct sheet *s, enum word label, const char *address, const char *shown)
{
	const json_t *end = end_of(s->tunnel, address);
	struct text inside, t;

	text_init(&inside);
	text_init(&t);
	if (is_inside(address))
		WORD_FILL(&inside, word(W_ticket_private), { "end", shown });
	else
		text_add(&inside, shown);
	if (is_set(end, "recorded") || at_both_ends(s))
		WORD_FILL(&t, word(W_ticket_here), { "end", inside.at });
	else
		text_add(&t, inside.at);
	field(s, label, t.at);
	text_clear(&inside);
	text_clear(&t);
}

static void where_recorded(struct sheet *s)
{
	const json_t *clock = json_object_get(json_object_get(s->tunnel, "ends"), "clock");
	const char *first = NULL, *last = NULL;
	struct text from, to, error, t;
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(s->model, "captures"), i, c) {
		const char *f = text_of(c, "first"), *l = text_of(c, "last");

		first = first && (!f || strcmp(first, f) < 0) ? first : f;
		last = last && (!l || strcmp(last, l) > 0) ? last : l;
	}
	if (!first || !last)
		return;
	text_init(&from);
	text_init(&to);
	text_init(&error);
	text_init(&t);
	add_utc(&from, first, 0, 3);
	add_utc(&to, last, strncmp(first, last, TIME_OF_DAY) ? 0 : TIME_OF_DAY, 3);
	if (is_word(clock, "known", "both"))
		format_duration(&error, real_of(clock, "error"));
	WORD_FILL(&t, word(error.len ? W_ticket_span_ends : W_ticket_span), { "first", from.at }, { "last", to.at },
		  { "error", error.at });
	field(s, W_ticket_recorded, t.at);
	text_clear(&error);
	text_clear(&from);
	text_clear(&to);
	text_clear(&t);
}

static void where_failing(struct sheet *s)
{
	const char *since = text_of(s->tunnel, "failing_since"), *up = text_of(s->tunnel, "came_up");
	struct text time, before, t;

	if (!since)
		return;
	text_init(&time);
	text_init(&before);
	text_init(&t);
	add_utc(&time, since, 0, 3);
	add_utc(&before, up ? up : "", 0, 3);
	WORD_FILL(&t, word(up && strcmp(up, since) <= 0 ? W_ticket_failing_since : W_ticket_failing_never),
		  { "time", time.at }, { "before", before.at });
	field(s, W_ticket_failing, t.at);
	text_clear(&time);
	text_clear(&before);
	text_clear(&t);
}

/* Against the direction of the sheet: the answers to what fails, say, or an ICMP error. */
static bool goes_back(const struct sheet *s, const json_t *p)
{
	const char *side = text_of(p, "from");

	return side && strcmp(address_of(s->tunnel, side), s->from) != 0;
}

/* Each kind of packet that goes the way in question, once, in the order in which it comes. */
static void where_traffic(struct sheet *s)
{
	const json_t *packets = json_object_get(s->evidence, "packets");
	bool fragments = false;
	struct text t, all;
	json_t *p;
	size_t i;

	text_init(&t);
	text_init(&all);
	json_array_foreach(packets, i, p) {
		const char *what = text_or(p, "what", "");

		fragments |= json_object_get(p, "offset") != NULL;
		if (goes_back(s, p) || strstr(t.at, what))
			continue;
		if (t.len)
			text_add(&t, word(W_list_comma));
		text_add(&t, what);
	}
	WORD_FILL(&all, fragments ? word(W_ticket_as_fragments) : "{packets}", { "packets", t.at });
	if (t.len)
		field(s, W_ticket_traffic, all.at);
	text_clear(&t);
	text_clear(&all);
}

/* The router that complains is the one to name. */
static void where_routers(struct sheet *s)
{
	json_t *g;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(s->tunnel, "path"), "icmp"), i, g) {
		char type[24], code[24], count[24];
		struct text t;

		if (end_of(s->tunnel, text_or(g, "source", "")))
			continue;
		text_init(&t);
		snprintf(type, sizeof type, "%lld", (long long)int_of(g, "type"));
		snprintf(code, sizeof code, "%lld", (long long)int_of(g, "code"));
		snprintf(count, sizeof count, "%lld", (long long)int_of(g, "count"));
		WORD_FILL(&t, word(W_ticket_router_says), { "source", text_or(g, "source", "?") },
			  { "type", type }, { "code", code }, { "count", count });
		field(s, W_ticket_router, t.at);
		text_clear(&t);
	}
}

static void where(struct sheet *s)
{
	heading(s, W_ticket_where);
	where_end(s, W_ticket_from, s->from, s->from_shown.at);
	where_end(s, W_ticket_to_end, s->to, s->to_shown.at);
	if (!strcmp(s->addressee, "path"))
		field(s, W_ticket_line, word(W_ticket_line_blank));
	where_recorded(s);
	where_failing(s);
	where_traffic(s);
	where_routers(s);
}

/* --- the packets ---------------------------------------------------------- */

static void packet_line(struct sheet *s, const json_t *p, bool days)
{
	const json_t *id = json_object_get(p, "ip_id"), *offset = json_object_get(p, "offset");
	const json_t *frame = json_object_get(p, "frame");
	unsigned captures = (unsigned)json_array_size(json_object_get(s->model, "captures"));
	struct text time, name, line, safe;
	char number[16] = "-", at[16] = "-";

	text_init(&time);
	text_init(&name);
	text_init(&line);
	text_init(&safe);
	add_utc(&time, text_or(p, "time", ""), days ? 8 : TIME_OF_DAY, days ? 3 : 6);
	format_frame(&name, frame, captures);
	if (id)
		snprintf(number, sizeof number, "0x%04llx", (long long)json_integer_value(id));
	if (offset)
		snprintf(at, sizeof at, "%lld%s", (long long)json_integer_value(offset), is_set(p, "more") ? "+" : "");
	text_addf(&line, "%6s  %-*s %6s %6lld %6s %3lld %s%s", name.at + (*name.at == '#'), MICROSECONDS, time.at,
		  number, (long long)int_of(p, "bytes"), at, (long long)int_of(p, "ttl"), goes_back(s, p) ? "<" : " ", text_or(p, "what", ""));
	page_safe(&s->page, &safe, line.at);
	clip(&safe, s->page.columns);
	page_line(&s->page, safe.at);
	text_clear(&time);
	text_clear(&name);
	text_clear(&line);
	text_clear(&safe);
}

static bool one_day(const json_t *packets, const char *day)
{
	json_t *p;
	size_t i;

	json_array_foreach(packets, i, p)
		if (strncmp(text_or(p, "time", ""), day, TIME_OF_DAY - 1))
			return false;
	return true;
}

static void packet_table(struct sheet *s, const json_t *packets)
{
	const char *day = text_or(json_array_get(json_object_get(s->model, "captures"), 0), "first", "");
	bool days = !one_day(packets, day);
	struct text line;
	json_t *p;
	size_t i;

	text_init(&line);
	page_safe(&s->page, &line, word(days ? W_ticket_table_days : W_ticket_table));
	page_line(&s->page, line.at);
	text_clear(&line);
	json_array_foreach(packets, i, p)
		packet_line(s, p, days);
}

static void say_back(struct sheet *s, const json_t *cited)
{
	struct text t;
	json_t *p;
	size_t i;

	json_array_foreach(cited, i, p)
		if (goes_back(s, p))
			break;
	if (i == json_array_size(cited))
		return;
	text_init(&t);
	filled_with_ends(s, &t, word(W_ticket_other_way));
	say(s, t.at);
	text_clear(&t);
}

static bool has_limit(const struct sheet *s, const char *id)
{
	json_t *l;
	size_t i;

	json_array_foreach(json_object_get(s->model, "limits"), i, l)
		if (is_word(l, "id", id))
			return true;
	return false;
}

/* Later fragments that nobody recorded are the usual proof, and the usual fault of a recording. */
static void say_first_only(struct sheet *s, const json_t *cited)
{
	size_t first = 0, later = 0, i;
	struct text t;
	char count[24];
	json_t *p;

	json_array_foreach(cited, i, p) {
		first += is_set(p, "more") && !int_of(p, "offset");
		later += int_of(p, "offset") > 0;
	}
	if (!first || later)
		return;
	text_init(&t);
	snprintf(count, sizeof count, "%zu", first);
	WORD_FILL(&t, word(has_limit(s, "frags") ? W_ticket_first_only_ports : W_ticket_first_only),
		  { "count", count });
	say(s, t.at);
	text_clear(&t);
}

static void packet_tables(struct sheet *s)
{
	const json_t *cited = json_object_get(s->evidence, "packets"), *passed = json_object_get(s->evidence, "passed");
	const char *point = text_of(json_array_get(json_object_get(s->model, "captures"), 0), "point");
	size_t frames = json_array_size(json_object_get(s->evidence, "frames")), shown = json_array_size(cited);
	struct text t;
	char more[24];

	if (!shown)
		return;
	text_init(&t);
	if (is_set(s->evidence, "lost"))
		filled_with_ends(s, &t, word(W_ticket_lost));
	else if (at_both_ends(s))
		text_add(&t, word(W_ticket_packets));
	else
		WORD_FILL(&t, word(point ? W_ticket_packets_of : W_ticket_packets), { "end", point });
	page_paragraph(&s->page, "", PLAIN, t.at);
	packet_table(s, cited);
	if (frames > shown) {
		text_empty(&t);
		snprintf(more, sizeof more, "%zu", frames - shown);
		WORD_FILL(&t, word(W_ticket_more_packets), { "count", more });
		say(s, t.at);
	}
	say_first_only(s, cited);
	say_back(s, cited);
	if (json_array_size(passed) && (strcmp(s->addressee, "peer") || is_set(s->evidence, "lost"))) { /* a refusal is no loss */
		text_empty(&t);
		filled_with_ends(s, &t, word(is_set(s->evidence, "lost") ? W_ticket_arrived : W_ticket_passed));
		page_gap(&s->page);
		page_paragraph(&s->page, "", PLAIN, t.at);
		packet_table(s, passed);
	}
	say(s, word(W_ticket_key));
	text_clear(&t);
}

static void packets(struct sheet *s)
{
	if (json_array_size(json_object_get(s->evidence, "packets")))
		page_gap(&s->page);
	packet_tables(s);
}

static void count_of(struct sheet *s, const char *side, const char *name, const json_t *class)
{
	const char *what = word_named("class", name, NULL);
	char sent[24], arrived[24];
	struct text t;

	text_init(&t);
	snprintf(sent, sizeof sent, "%lld", (long long)int_of(class, "sent"));
	snprintf(arrived, sizeof arrived, "%lld", (long long)int_of(class, "arrived"));
	WORD_FILL(&t, word(W_ticket_count), { "from", address_of(s->tunnel, side) },
		  { "to", address_of(s->tunnel, *side == 'a' ? "b" : "a") }, { "what", what ? what : name },
		  { "arrived", arrived }, { "sent", sent });
	item(s, t.at);
	text_clear(&t);
}

static void counts(struct sheet *s)
{
	static const char *const sides[] = { "a", "b" };
	const json_t *ways = json_object_get(json_object_get(s->tunnel, "ends"), "ways");
	const char *name;
	json_t *class;

	if (!at_both_ends(s))
		return;
	heading(s, W_ticket_counts);
	for (size_t i = 0; i < 2; i++)
		json_object_foreach(json_object_get(json_object_get(ways, sides[i]), "classes"), name, class)
			if (int_of(class, "sent"))
				count_of(s, sides[i], name, class);
}

/* --- what to check, and what may be quoted ------------------------------- */

static const char *check_for(const struct sheet *s, const char *kind)
{
	const char *own = s->family == 6 ? word_named("seek", kind, "6") : NULL;

	return own ? own : word_named("seek", kind, NULL);
}

/* The command on lines of its own, which break in its quoted filter at the earliest: it stays one command. */
static void record(struct sheet *s, const char *kind)
{
	struct text t;

	for (size_t i = 0; i < RECORDINGS; i++) {
		const struct recording *r = &recordings[i];

		if (strcmp(r->kind, kind) || (r->family && r->family != s->family))
			continue;
		text_init(&t);
		filled_with_ends(s, &t, r->command);
		page_paragraph(&s->page, "    ", PLAIN, t.at);
		text_clear(&t);
	}
}

static void checks(struct sheet *s)
{
	bool any = false;

	for (size_t i = 0; i < TRAFFICS; i++) {
		if (!is_word(s->cause, "id", traffics[i].diagnosis))
			continue;
		if (!any)
			heading(s, W_ticket_checks);
		any = true;
		item_with_ends(s, check_for(s, traffics[i].kind));
		record(s, traffics[i].kind);
		item_with_ends(s, word_named("seek", traffics[i].kind, "where"));
	}
}

static void verify(struct sheet *s)
{
	const json_t *list = json_object_get(json_object_get(s->cause, "advice"), "verify");
	json_t *said;
	size_t i;

	if (!json_array_size(list))
		return;
	heading(s, W_ticket_verify);
	json_array_foreach(list, i, said)
		item(s, json_string_value(said) ? json_string_value(said) : "");
}

static bool uses(const struct sheet *s, const char *protocol)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(s->tunnel, "flows"), i, f)
		if (is_word(f, "protocol", protocol))
			return true;
	return false;
}

static void needs(struct sheet *s)
{
	heading(s, W_ticket_needs);
	item(s, word(W_ticket_need_500));
	item(s, word(W_ticket_need_4500));
	item(s, word(W_ticket_need_esp));
	if (uses(s, "AH"))
		item(s, word(W_ticket_need_ah));
	item(s, word(W_ticket_need_fragments));
	item(s, word(s->family == 6 ? W_ticket_need_icmp_6 : W_ticket_need_icmp));
}

static void duty(struct sheet *s, const struct duty *d)
{
	const char *says = word_named("duty", d->token, NULL), *rank = word_named("rank", d->rank, NULL);
	struct text t;

	text_init(&t);
	WORD_FILL(&t, word(W_ticket_duty), { "document", d->document }, { "rank", rank ? rank : "?" },
		  { "says", says ? says : "?" });
	item(s, t.at);
	text_clear(&t);
}

static void quotes(struct sheet *s)
{
	bool any = false;

	for (size_t i = 0; i < TRAFFICS; i++)
		for (size_t k = 0; is_word(s->cause, "id", traffics[i].diagnosis) && k < DUTIES; k++) {
			if (strcmp(duties[k].kind, traffics[i].kind) ||
			    (duties[k].family && duties[k].family != s->family))
				continue;
			if (!any)
				heading(s, W_ticket_duties);
			any = true;
			duty(s, &duties[k]);
		}
}

/* --- what is excluded, hidden, done --------------------------------------- */

static void not_step(struct sheet *s, const char *step, enum word w)
{
	const json_t *o = json_object_get(json_object_get(s->tunnel, "steps"), step);
	struct text t;

	if (!is_word(o, "state", "ok"))
		return;
	text_init(&t);
	WORD_FILL(&t, word(w), { "why", text_or(o, "why", "") });
	item(s, t.at);
	text_clear(&t);
}

static void excluded(struct sheet *s)
{
	const json_t *list = json_object_get(s->tunnel, "checks"), *steps = json_object_get(s->tunnel, "steps");
	bool passed = json_array_size(json_object_get(s->evidence, "passed")) > 0 && strcmp(s->addressee, "peer");
	json_t *c;
	size_t i;

	if (!passed && !json_array_size(list) && !is_word(json_object_get(steps, "negotiation"), "state", "ok"))
		return;
	heading(s, W_ticket_excluded);
	if (passed)
		item(s, word(W_ticket_not_route));
	not_step(s, "negotiation", W_ticket_not_algorithms);
	not_step(s, "authentication", W_ticket_not_login);
	json_array_foreach(list, i, c)
		if (i < CHECKS && !is_word(c, "id", "one_proposal") && !is_word(c, "id", "up"))
			item(s, text_or(c, "text", "")); /* those two are told by their steps */
}

static void hidden(struct sheet *s, enum word title, const char *key)
{
	const json_t *limits = json_object_get(s->model, "limits");
	json_t *l;
	size_t i;

	if (json_array_size(limits) < 2)
		return;
	heading(s, title);
	json_array_foreach(limits, i, l)
		if (is_word(l, "id", "howto") ? !strcmp(key, "how") : i < HIDDEN)
			item(s, text_or(l, key, ""));
}

static void offered(struct sheet *s)
{
	const json_t *sas = json_object_get(s->tunnel, "ike_sas");
	const json_t *sa = json_array_get(sas, json_array_size(sas) ? json_array_size(sas) - 1 : 0), *o;
	size_t i;

	if (!json_array_size(json_object_get(sa, "offered")))
		return;
	heading(s, W_ticket_offered);
	json_array_foreach(json_object_get(sa, "offered"), i, o)
		if (i < OFFERS)
			item(s, json_string_value(o) ? json_string_value(o) : "");
}

/* Where a file lies on this computer is nobody's concern. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void done_by(struct sheet *s)
{
	const json_t *tool = json_object_get(s->model, "tool");
	struct text t, rules, files;
	json_t *c;
	size_t i;

	text_init(&t);
	text_init(&rules);
	text_init(&files);
	text_addf(&rules, "%.12s", text_or(tool, "rules", ""));
	json_array_foreach(json_object_get(s->model, "captures"), i, c)
		text_addf(&files, "%s%s", i ? " " : "", base_name(text_or(c, "file", "?")));
	WORD_FILL(&t, word(W_ticket_done_tool), { "version", text_or(tool, "version", "") }, { "rules", rules.at },
		  { "command", files.at });
	item(s, t.at);
	text_clear(&t);
	text_clear(&rules);
	text_clear(&files);
}

static void done(struct sheet *s)
{
	bool many = json_array_size(json_object_get(s->model, "captures")) > 1;
	char letter[2] = "";
	json_t *c;
	size_t i;

	heading(s, W_ticket_done);
	json_array_foreach(json_object_get(s->model, "captures"), i, c) {
		struct text t;
		char frames[24];

		text_init(&t);
		snprintf(frames, sizeof frames, "%lld", (long long)int_of(c, "frames"));
		letter[0] = (char)('A' + i % 26);
		WORD_FILL(&t, word(many ? W_ticket_done_lettered : W_ticket_done_recorded), { "frames", frames },
			  { "file", base_name(text_or(c, "file", "?")) }, { "letter", letter });
		item(s, t.at);
		text_empty(&t);
		if (text_of(c, "sha256")) {
			WORD_FILL(&t, word(W_ticket_done_hash), { "hash", text_of(c, "sha256") });
			page_paragraph(&s->page, "    ", PLAIN, t.at);
		}
		text_clear(&t);
	}
	item(s, word(W_ticket_done_read));
	done_by(s);
	say(s, word(W_ticket_done_blank));
	if (strcmp(s->addressee, "peer"))
		item(s, word(W_ticket_control));
	item(s, word(W_ticket_last_change));
	item(s, word(W_ticket_contact));
}

static void for_others(struct sheet *s)
{
	bool peer = !strcmp(s->addressee, "peer");

	choose_direction(s);
	head(s);
	request(s);
	happens(s);
	where(s);
	counts(s);
	packets(s);
	if (peer)
		offered(s);
	else
		checks(s);
	verify(s);
	if (!peer) {
		needs(s);
		quotes(s);
	}
	excluded(s);
	hidden(s, W_ticket_hidden, "text");
	done(s);
}

static enum word why_none(const struct sheet *s)
{
	const char *culprit = text_or(s->verdict, "culprit", "");

	if (is_word(s->verdict, "id", "healthy"))
		return W_ticket_none_healthy;
	if (is_word(s->verdict, "id", "nothing_to_judge"))
		return W_ticket_none_nothing;
	if (is_word(s->verdict, "id", "cannot_tell") || !strcmp(culprit, "capture"))
		return W_ticket_none_capture;
	return !strcmp(culprit, "local") ? W_ticket_none_local : W_ticket_none_unknown;
}

static void for_nobody(struct sheet *s)
{
	const json_t *now = json_object_get(json_object_get(s->cause, "advice"), "now");
	size_t n = 0;

	page_paragraph(&s->page, "", PLAIN, word(W_ticket_none));
	say(s, word(why_none(s)));
	if (is_word(s->verdict, "id", "healthy"))
		return;
	heading(s, W_ticket_why);
	say(s, text_or(s->verdict, "sentence", ""));
	if (is_fault(s->verdict) && json_array_size(now)) {
		heading(s, W_ticket_now);
		numbered(s, now, &n);
	} else {
		hidden(s, W_ticket_record, "how");
	}
}

/* --- the door -------------------------------------------------------------- */

static bool asks_others(const json_t *tunnel)
{
	return text_of(tunnel, "ticket") != NULL;
}

static bool is_worse(const json_t *x, const json_t *y)
{
	const json_t *v = json_object_get(x, "verdict"), *w = json_object_get(y, "verdict");

	return severity_rank(text_of(v, "severity")) > severity_rank(text_of(w, "severity"));
}

const json_t *ticket_tunnel(const json_t *model)
{
	const json_t *tunnels = json_object_get(model, "tunnels"), *best = NULL, *of_verdict = NULL;
	const char *id = text_of(json_object_get(model, "verdict"), "tunnel");
	json_t *t;
	size_t i;

	json_array_foreach(tunnels, i, t) {
		if (id && is_word(t, "id", id))
			of_verdict = t;
		if (asks_others(t) && (!best || is_worse(t, best)))
			best = t;
	}
	return asks_others(of_verdict) || !best ? of_verdict : best;
}

static bool write_sheet(struct page page, const json_t *model, const json_t *tunnel)
{
	const json_t *chosen = tunnel ? tunnel : ticket_tunnel(model), *owner = chosen ? chosen : model;
	struct sheet s = { .page = page, .model = model, .tunnel = chosen, .verdict = json_object_get(owner, "verdict"),
			   .cause = cause_of(owner), .addressee = text_of(chosen, "ticket") };

	s.evidence = json_object_get(s.cause, "evidence");
	text_init(&s.from_shown);
	text_init(&s.to_shown);
	if (s.addressee)
		for_others(&s);
	else
		for_nobody(&s);
	text_clear(&s.from_shown);
	text_clear(&s.to_shown);
	return !s.page.failed;
}

bool report_ticket(FILE *f, const json_t *model, const json_t *tunnel, const struct ticket_options *o)
{
	unsigned columns = o->columns ? o->columns : TICKET_COLUMNS;

	return write_sheet((struct page){ .f = f, .columns = columns < NARROWEST ? NARROWEST : columns, .utf8 = o->utf8 },
			   model, tunnel);
}

void ticket_add(struct text *t, const json_t *model, const json_t *tunnel)
{
	write_sheet((struct page){ .to = t, .columns = TICKET_COLUMNS, .utf8 = true }, model, tunnel);
}

void ticket_packets(struct page *p, const json_t *model, const json_t *tunnel)
{
	struct sheet s = { .page = *p, .model = model, .tunnel = tunnel, .verdict = json_object_get(tunnel, "verdict"),
			   .cause = cause_of(tunnel) };
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(tunnel, "findings"), i, f)
		if (!s.cause && is_set(json_object_get(f, "evidence"), "lost"))
			s.cause = f;
	s.evidence = json_object_get(s.cause, "evidence");
	if (!is_set(s.evidence, "lost"))
		return;
	text_init(&s.from_shown);
	text_init(&s.to_shown);
	choose_direction(&s);
	packet_tables(&s);
	page_gap(&s.page);
	p->failed = s.page.failed;
	text_clear(&s.from_shown);
	text_clear(&s.to_shown);
}
