/*
 * The model on a terminal: the verdict first, then what to do, how far it came,
 * the ladder, and what else there is.
 */
#include "analyzer/report/text.h"

#include "analyzer/judge/format.h"
#include "dissect/base/mem.h"

enum { LETTERS_SHOWN = 6, NARROWEST = 40, WIDEST = 100, DETAILED = 2, ADVICE_SHOWN = 3, WORST = 200, LABEL = 18 };

const char *symbol(const struct page *p, char kind)
{
	switch (kind) {
	case 'X': return p->utf8 ? "[×]" : "[X]";
	case '+': return p->utf8 ? "[✓]" : "[+]";
	case '>': return "[>]";
	case '?': return "[?]";
	case 'i': return "[i]";
	default: return "[ ]";
	}
}

enum style symbol_style(char kind)
{
	return kind == 'X' || kind == '>' ? RED : kind == '+' ? CYAN : kind == '?' ? YELLOW : PLAIN;
}

char verdict_symbol(const json_t *verdict)
{
	if (is_word(verdict, "id", "healthy"))
		return '+';
	if (!is_fault(verdict))
		return 'i';
	return is_word(verdict, "confidence", "possible") ? '?' : 'X';
}

/* Of that moment, as format_time() names it. */
static void add_zone_of(struct text *t, int64_t ns)
{
	struct text clock;
	const char *zone;

	text_init(&clock);
	format_time(&clock, ns);
	zone = strchr(clock.at, ' ');
	text_add(t, zone ? zone + 1 : "");
	text_clear(&clock);
}

void add_zone(struct text *t, const char *rfc3339)
{
	add_zone_of(t, ns_of(rfc3339));
}

/* To the second; the time alone on the day of `same_day_as`. */
void add_day_time(struct text *t, const char *rfc3339, const char *same_day_as)
{
	struct text day, date;

	text_init(&day);
	text_init(&date);
	format_date_time(&date, ns_of(rfc3339));
	if (same_day_as)
		format_date_time(&day, ns_of(same_day_as));
	text_add(t, day.len > 11 && !strncmp(day.at, date.at, 11) ? date.at + 11 : date.at);
	text_clear(&day);
	text_clear(&date);
}

/* The time alone on the day of `same_day_as`, else with its date. */
void add_instant(struct text *t, const char *rfc3339, const char *same_day_as)
{
	int64_t ns = ns_of(rfc3339);
	struct text day, date;

	if (!*rfc3339)
		return;
	text_init(&day);
	text_init(&date);
	format_date_time(&date, ns);
	if (same_day_as)
		format_date_time(&day, ns_of(same_day_as));
	if (day.len >= 10 && !strncmp(day.at, date.at, 10)) {
		format_time(t, ns);
	} else {
		text_addf(t, "%s ", date.at);
		add_zone_of(t, ns);
	}
	text_clear(&day);
	text_clear(&date);
}

void add_moment(struct text *t, const char *rfc3339)
{
	struct text date;

	text_init(&date);
	format_date_time(&date, ns_of(rfc3339));
	text_addf(t, "%.10s ", date.at);
	format_time(t, ns_of(rfc3339));
	text_clear(&date);
}

static const char *first_day(const struct view *v)
{
	return text_of(json_array_get(json_object_get(v->model, "captures"), 0), "first");
}

/* "a-1.pcap and 2 more" of one side. */
static json_t *files_of(const json_t *captures, size_t from, size_t n)
{
	const char *first = text_or(json_array_get(captures, from), "file", "?");
	char more[24];

	snprintf(more, sizeof more, "%zu", n - 1);
	return n > 1 ? FILLED(W_head_more, { "file", first }, { "count", more }) : json_string(first);
}

static void add_both_ends(struct text *t, const json_t *captures)
{
	size_t n = json_array_size(captures), near = 0;
	char letter[2] = { 0 };
	json_t *a, *b;

	while (near < n && is_word(json_array_get(captures, near), "side", "near"))
		near += 1;
	letter[0] = (char)('A' + (near < 26 ? near : 25));
	a = files_of(captures, 0, near ? near : 1);
	b = files_of(captures, near, n > near ? n - near : 1);
	WORD_FILL(t, word(W_head_ends), { "near", json_string_value(a) }, { "far", json_string_value(b) },
		  { "letter", letter });
	json_decref(a);
	json_decref(b);
}

static void add_files(struct text *t, const json_t *captures)
{
	const char *point = text_of(json_array_get(captures, 0), "point");
	const char *first = text_or(json_array_get(captures, 0), "file", "?");
	size_t n = json_array_size(captures);
	struct text files;
	char more[24];

	if (text_of(json_array_get(captures, 0), "side")) {
		add_both_ends(t, captures);
		return;
	}
	text_init(&files);
	snprintf(more, sizeof more, "%zu", n - 1);
	if (n > 1)
		WORD_FILL(&files, word(W_head_more), { "file", first }, { "count", more });
	else
		text_add(&files, first);
	if (point)
		WORD_FILL(t, word(W_head_at), { "files", files.at }, { "address", point });
	else
		text_add(t, files.at);
	text_clear(&files);
}

void add_span(struct text *t, const json_t *captures)
{
	const char *first = NULL, *last = NULL;
	struct text from, to, zone;
	json_t *c;
	size_t i;

	json_array_foreach(captures, i, c)
	{
		first = first && (!text_of(c, "first") || strcmp(first, text_of(c, "first")) < 0)
				? first
				: text_of(c, "first");
		last = last && (!text_of(c, "last") || strcmp(last, text_of(c, "last")) > 0)
			       ? last
			       : text_of(c, "last");
	}
	if (!first || !last)
		return;
	text_init(&from);
	text_init(&to);
	text_init(&zone);
	add_zone(&zone, last);
	add_day_time(&from, first, NULL);
	add_day_time(&to, last, first);
	WORD_FILL(t, word(W_head_span), { "first", from.at }, { "last", to.at },
		  { "zone", zone.at });
	text_clear(&zone);
	text_clear(&from);
	text_clear(&to);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* Files by their last name, where no two have the same. */
static bool share_a_name(const json_t *captures)
{
	size_t n = json_array_size(captures);

	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(base_of(text_or(json_array_get(captures, i), "file", "?")),
				    base_of(text_or(json_array_get(captures, k), "file", "?"))))
				return true;
	return false;
}

/* Frames of several files are told by a letter: which is whose? */
static void say_letters(struct page *p, const json_t *captures)
{
	size_t n = json_array_size(captures), i;
	bool paths = share_a_name(captures);
	struct text list, one, t;
	const char *file;
	json_t *c;

	text_init(&list);
	text_init(&t);
	json_array_foreach(captures, i, c)
	{
		if (i == LETTERS_SHOWN - 1 && n > LETTERS_SHOWN)
			i = n - 1;
		text_init(&one);
		format_letter(&one, (unsigned)i);
		if (list.len)
			text_add(&list, word(W_list_comma));
		file = text_or(json_array_get(captures, i), "file", "?");
		WORD_FILL(&list, word(W_head_letter), { "letter", one.at }, { "file", paths ? file : base_of(file) });
		text_clear(&one);
	}
	WORD_FILL(&t, word(W_head_letters), { "list", list.at });
	page_paragraph(p, "", PLAIN, t.at);
	text_clear(&list);
	text_clear(&t);
}

static void head(struct page *p, const json_t *model)
{
	const json_t *captures = json_object_get(model, "captures");
	struct text line, left, files, span;

	text_init(&line);
	text_init(&left);
	text_init(&files);
	text_init(&span);
	add_files(&left, captures);
	page_safe(p, &files, left.at);
	add_span(&span, captures);
	styled(p, &line, BOLD, word(W_program));
	text_add(&line, "  ");
	clip(&files, p->columns - cells(line.at));
	text_add(&line, files.at);
	if (cells(line.at) + 2 + cells(span.at) > p->columns) {
		page_line(p, line.at);
		text_empty(&line);
	}
	if (p->columns > cells(span.at))
		fill_cells(&line, " ", p->columns - cells(span.at));
	text_add(&line, span.at);
	page_line(p, line.at);
	if (is_set(model, "filtered"))
		page_paragraph(p, "", PLAIN, word(W_filtered));
	if (json_array_size(captures) > 1)
		say_letters(p, captures);
	page_gap(p);
	text_clear(&line);
	text_clear(&left);
	text_clear(&files);
	text_clear(&span);
}

const char *confidence_shown(const json_t *finding)
{
	const char *said = word_named("confidence", text_or(finding, "confidence", "possible"), NULL);

	return said ? said : "?";
}

static const char *state_line(const json_t *verdict)
{
	const char *confidence = text_or(verdict, "confidence", "");
	const char *said = is_fault(verdict)
				   ? word_named("state", confidence, text_or(verdict, "culprit", NULL))
				   : word_named("state", text_or(verdict, "id", ""), confidence);

	if (!said)
		said = word_named("state", is_fault(verdict) ? confidence : text_or(verdict, "id", ""), NULL);
	return said ? said : word(W_state_possible);
}

/* Where the first sentence ends: what follows is its proof. */
size_t first_sentence(const char *s)
{
	for (const char *c = s; (c = strstr(c, ". ")); c++)
		if (c - s > 20 && c[2] >= 'A' && c[2] <= 'Z')
			return (size_t)(c - s) + 1;
	return strlen(s);
}

static void say_verdict(struct page *p, const struct view *v)
{
	const char *said = text_or(v->verdict, "sentence", ""), *proof = text_of(v->cause, "text");
	char kind = verdict_symbol(v->verdict);
	size_t first = first_sentence(said);
	struct text line;

	text_init(&line);
	styled(p, &line, symbol_style(kind), symbol(p, kind));
	text_add(&line, " ");
	styled(p, &line, symbol_style(kind) == PLAIN ? BOLD : symbol_style(kind),
	       state_line(v->verdict));
	page_line(p, line.at);
	text_empty(&line);
	text_add_bytes(&line, said, first);
	page_paragraph(p, "    ", BOLD, line.at);
	if (said[first])
		page_paragraph(p, "    ", PLAIN, said + first);
	else if (proof && strcmp(proof, said))
		page_paragraph(p, "    ", PLAIN, proof);
	if (v->rival) {
		text_empty(&line);
		WORD_FILL(&line, word(W_rival), { "confidence", confidence_shown(v->rival) },
			  { "text", text_or(v->rival, "text", "") });
		page_paragraph(p, "    ", PLAIN, line.at);
	}
	page_gap(p);
	text_clear(&line);
}

static void fact(struct page *p, enum word label, const char *said)
{
	struct text lead;

	text_init(&lead);
	text_addf(&lead, "    %s ", word(label));
	fill_cells(&lead, " ", LABEL);
	page_paragraph(p, lead.at, PLAIN, said);
	text_clear(&lead);
}

static void say_since(struct page *p, const struct view *v)
{
	const char *failing = text_of(v->tunnel, "failing_since"),
		   *works = text_of(v->tunnel, "works_since");
	const char *up = text_of(v->tunnel, "came_up");
	bool fails = is_fault(v->verdict);
	struct text t, now, before;
	enum word w;

	if (fails ? !failing : !works)
		return;
	text_init(&t);
	text_init(&now);
	text_init(&before);
	add_instant(&now, fails ? failing : works, first_day(v));
	if (fails) {
		w = up && strcmp(up, failing) <= 0 ? W_since_worked
		    : up                           ? W_since_works
						   : W_since_never;
		add_instant(&before, up ? up : "", first_day(v));
	} else {
		w = failing ? W_since_repaired : W_since_works;
		add_instant(&before, failing ? failing : "", first_day(v));
	}
	WORD_FILL(&t, word(w), { "time", now.at }, { "before", before.at });
	fact(p, fails ? W_label_failing : W_label_works, t.at);
	text_clear(&t);
	text_clear(&now);
	text_clear(&before);
}

void add_tunnel_end(struct text *t, const json_t *end)
{
	const char *name = text_of(end, "name"), *address = text_or(end, "address", "?");

	if (name)
		WORD_FILL(t, word(W_peer_named), { "name", name }, { "address", address });
	else
		text_add(t, address);
}

/* Which of the two ports of IKE an end uses; how many. */
static size_t ports_of(const json_t *tunnel, const char *ret[2])
{
	static const char *const known[] = { "500", "4500" };
	size_t n = 0, i;
	json_t *port;

	ret[0] = ret[1] = NULL;
	for (size_t k = 0; k < 2; k++) {
		bool used = false;

		for (int end = 0; end < 2; end++)
			json_array_foreach(
				json_object_get(json_object_get(tunnel, end ? "b" : "a"), "ports"),
				i, port) used |= json_integer_value(port) == (k ? 4500 : 500);
		if (used)
			ret[n++] = known[k];
	}
	return n;
}

/* Whatever follows something gets a comma in front. */
static void add_listed(struct text *t, size_t from, enum word w, const char *name, const char *value,
		       const char *other, const char *second)
{
	if (t->len > from)
		text_add(t, word(W_list_comma));
	WORD_FILL(t, word(w), { name, value }, { other, second });
}

void add_about(struct text *t, const json_t *tunnel)
{
	const json_t *nat = json_object_get(tunnel, "nat");
	const char *behind = text_of(nat, "behind"), *proof = text_of(nat, "proof");
	const json_t *end[2] = { json_object_get(tunnel, "a"), json_object_get(tunnel, "b") };
	size_t from = t->len, i;
	const char *ports[2];
	json_t *version;
	char digits[24];

	json_array_foreach(json_object_get(tunnel, "ike_versions"), i, version)
	{
		snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(version));
		add_listed(t, from, W_tunnel_version, "version", digits, "", "");
	}
	i = ports_of(tunnel, ports);
	if (i)
		add_listed(t, from, i == 2 ? W_tunnel_ports : W_tunnel_port, "port", ports[0], "other", ports[1]);
	if (behind && proof && !strcmp(proof, "destination")) /* a source that differs may be feigned */
		add_listed(t, from, W_tunnel_nat, "side", text_or(end[*behind == 'b'], "address", "?"), "", "");
	for (i = 0; i < 2; i++)
		if (text_of(end[i], "implementation"))
			add_listed(t, from, W_tunnel_runs, "side", text_or(end[i], "address", "?"), "product",
				   text_of(end[i], "implementation"));
}

static void say_tunnel(struct page *p, const json_t *tunnel)
{
	struct text t, name[2];

	text_init(&t);
	for (size_t i = 0; i < 2; i++) {
		text_init(&name[i]);
		add_tunnel_end(&name[i], json_object_get(tunnel, i ? "b" : "a"));
	}
	WORD_FILL(&t, word(W_pair), { "a", name[0].at }, { "b", name[1].at });
	text_empty(&name[0]);
	add_about(&name[0], tunnel);
	if (name[0].len) {
		text_add(&t, word(W_list_comma));
		text_add(&t, name[0].at);
	}
	fact(p, W_label_tunnel, t.at);
	text_clear(&t);
	text_clear(&name[0]);
	text_clear(&name[1]);
}

static void say_facts(struct page *p, const struct view *v)
{
	const json_t *evidence = json_object_get(v->cause, "evidence");
	const char *filter = text_of(evidence, "filter");
	struct text frames, t;

	fact(p, W_label_who, v->who);
	if (v->tunnel) {
		say_since(p, v);
		say_tunnel(p, v->tunnel);
	}
	if (json_array_size(json_object_get(evidence, "frames"))) {
		text_init(&frames);
		text_init(&t);
		format_frames(&frames, json_object_get(evidence, "frames"), v->captures);
		WORD_FILL(&t, filter ? word(W_frames_and_filter) : "{frames}",
			  { "frames", frames.at }, { "filter", filter });
		fact(p, W_label_evidence, t.at);
		text_clear(&frames);
		text_clear(&t);
	}
	page_gap(p);
}

static bool advice(struct page *p, enum word label, const json_t *list)
{
	size_t n = json_array_size(list);
	struct text lead;

	if (!n)
		return false;
	text_init(&lead);
	for (size_t i = 0; i < n && i < ADVICE_SHOWN; i++) {
		const char *said = json_string_value(json_array_get(list, i));

		text_empty(&lead);
		styled(p, &lead, BOLD, i ? "" : word(label));
		fill_cells(&lead, " ", 10);
		if (n > 1)
			text_addf(&lead, "%zu. ", i + 1);
		page_paragraph(p, lead.at, PLAIN, said ? said : "");
	}
	text_clear(&lead);
	return true;
}

static void say_advice(struct page *p, const struct view *v)
{
	const json_t *given = json_object_get(v->cause, "advice");
	bool now = advice(p, W_label_now, json_object_get(given, "now"));

	if (advice(p, W_label_verify, json_object_get(given, "verify")) || now)
		page_gap(p);
}

static void say_provider(struct page *p, const struct view *v)
{
	const char *isp = text_of(json_object_get(v->cause, "advice"), "isp");
	struct text inside;

	if (!isp)
		return;
	text_init(&inside);
	ticket_add_inside(&inside, v->tunnel, isp);
	page_paragraph(p, "", BOLD, word(W_title_provider));
	page_paragraph(p, "    ", PLAIN, isp);
	if (inside.len)
		page_paragraph(p, "    ", PLAIN, inside.at);
	text_clear(&inside);
	page_gap(p);
}

/* The command that writes the whole text for whoever must act. */
static void say_ticket(struct page *p, const struct view *v)
{
	const json_t *ends = json_object_get(v->tunnel, "ends");
	bool chosen = ticket_tunnel(v->model) == v->tunnel;
	struct text command, t;

	if (!v->command || !text_of(v->tunnel, "ticket"))
		return;
	text_init(&command);
	text_init(&t);
	text_addf(&command, "ikescope %s %s", ends ? "compare -f ticket" : "ticket", v->command);
	if (!chosen)
		text_addf(&command, " --peer %s", text_or(json_object_get(v->tunnel, "b"), "address", "?"));
	WORD_FILL(&t, word_named("ticket_command", text_of(v->tunnel, "ticket"), NULL), { "command", command.at });
	page_paragraph(p, "", PLAIN, t.at);
	page_gap(p);
	text_clear(&command);
	text_clear(&t);
}

static void say_view(struct page *p, const struct view *v, bool verbose)
{
	say_verdict(p, v);
	say_facts(p, v);
	say_advice(p, v);
	if (v->tunnel) {
		text_steps(p, json_object_get(v->tunnel, "steps"));
		page_gap(p);
		text_ladder(p, v);
	}
	say_provider(p, v);
	say_ticket(p, v);
	if (verbose && v->tunnel)
		ticket_packets(p, v->model, v->tunnel);
	text_findings(p, v, verbose);
	if (verbose && v->tunnel) {
		text_checks(p, v->tunnel);
		text_behind(p, v->tunnel);
	}
}

struct view view_of(const json_t *model, const json_t *tunnel)
{
	const json_t *from = tunnel ? tunnel : model;
	struct view v = { .model = model,
			  .tunnel = tunnel,
			  .verdict = json_object_get(from, "verdict"),
			  .findings = json_object_get(from, "findings"),
			  .who = text_or(from, "who", ""),
			  .about_file = tunnel ? json_object_get(model, "findings") : NULL,
			  .captures =
				  (unsigned)json_array_size(json_object_get(model, "captures")) };
	const json_t *index = json_object_get(v.verdict, "finding"), *rival = json_object_get(v.verdict, "rival");
	const json_t *of_file = json_object_get(v.verdict, "capture_finding");

	if (json_is_integer(index) && json_integer_value(index) >= 0)
		v.cause = json_array_get(v.findings, (size_t)json_integer_value(index));
	if (json_is_integer(of_file) && json_integer_value(of_file) >= 0)
		v.cause = json_array_get(json_object_get(model, "findings"), (size_t)json_integer_value(of_file));
	if (json_is_integer(rival) && json_integer_value(rival) >= 0)
		v.rival = json_array_get(v.findings, (size_t)json_integer_value(rival));
	return v;
}

static int badness(const json_t *model, const json_t *tunnel)
{
	const json_t *verdict = json_object_get(tunnel, "verdict");
	const char *worst = text_of(json_object_get(model, "verdict"), "tunnel");
	int sure = is_word(verdict, "confidence", "confirmed")
			   ? 2
			   : is_word(verdict, "confidence", "likely");

	if (worst && is_word(tunnel, "id", worst))
		return WORST;
	if (is_fault(verdict))
		return 100 + 10 * severity_rank(text_of(verdict, "severity")) + sure;
	return is_word(verdict, "id", "healthy") ? 0 : 1;
}

/* Worst first; equals stay in the order of the capture. */
json_t *worst_first(const json_t *model)
{
	const json_t *tunnels = json_object_get(model, "tunnels");
	size_t n = json_array_size(tunnels);
	int *bad = mem_zero((n + 1) * sizeof *bad);
	json_t *order = json_array();

	for (size_t i = 0; i < n; i++)
		bad[i] = badness(model, json_array_get(tunnels, i));
	for (int level = WORST; level >= 0; level--)
		for (size_t i = 0; i < n; i++)
			if (bad[i] == level)
				json_array_append(order, json_array_get(tunnels, i));
	mem_free(bad);
	return order;
}

static void say_many(struct page *p, const json_t *model, const json_t *order, const struct text_options *o)
{
	text_table(p, model, order);
	for (size_t i = 0; i < DETAILED && i < json_array_size(order); i++) {
		struct view v = view_of(model, json_array_get(order, i));
		struct text t;

		if (!is_fault(v.verdict))
			return;
		v.command = o->command;
		if (i)
			v.about_file = NULL;
		text_init(&t);
		WORD_FILL(&t, word(i ? W_many_also : W_many_worst),
			  { "id", text_or(v.tunnel, "id", "") });
		page_paragraph(p, "", BOLD, t.at);
		page_gap(p);
		say_view(p, &v, o->verbose);
		text_clear(&t);
	}
}

static void last_line(struct page *p, const json_t *model)
{
	size_t findings = json_array_size(json_object_get(model, "findings")), checks = 0, i;
	struct text t, a, b;
	json_t *tunnel;
	char n[24];

	json_array_foreach(json_object_get(model, "tunnels"), i, tunnel)
	{
		findings += json_array_size(json_object_get(tunnel, "findings"));
		checks += json_array_size(json_object_get(tunnel, "checks"));
	}
	text_init(&t);
	text_init(&a);
	text_init(&b);
	snprintf(n, sizeof n, "%zu", findings);
	WORD_FILL(&a, word_counted(W_findings_one, findings), { "count", n });
	snprintf(n, sizeof n, "%zu", checks);
	WORD_FILL(&b, word_counted(W_checks_one, checks), { "count", n });
	WORD_FILL(&t, word(W_more_with_v), { "findings", a.at }, { "checks", b.at });
	page_paragraph(p, "", DIM, t.at);
	text_clear(&t);
	text_clear(&a);
	text_clear(&b);
}

bool report_text(FILE *f, const json_t *model, const struct text_options *o)
{
	const json_t *tunnels = json_object_get(model, "tunnels");
	const char *worst = text_of(json_object_get(model, "verdict"), "tunnel");
	struct page p = { .f = f,
			  .color = o->color,
			  .utf8 = o->utf8,
			  .columns = o->columns < NARROWEST ? NARROWEST
				     : o->columns > WIDEST  ? WIDEST
							    : o->columns };
	bool of_file = !worst && json_object_get(json_object_get(model, "verdict"), "finding");
	struct view v = view_of(model, json_array_size(tunnels) == 1 && !of_file
					       ? json_array_get(tunnels, 0)
					       : NULL);
	json_t *order = worst_first(model);

	v.command = o->command;
	head(&p, model);
	if (v.tunnel || !worst)
		say_view(&p, &v, o->verbose);
	if (json_array_size(tunnels) > 1 || (of_file && json_array_size(tunnels)))
		say_many(&p, model, order, o);
	text_limits(&p, model, o->verbose);
	if (o->verbose)
		text_environment(&p, model);
	else
		last_line(&p, model);
	json_decref(order);
	return !p.failed && !ferror(f);
}
