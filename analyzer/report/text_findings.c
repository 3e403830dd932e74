/*
 * Findings, checks, limits, and with -v what stands behind them.
 */
#include "analyzer/report/text.h"

#include "analyzer/judge/format.h"

enum { LIMITS_SHOWN = 3 };

char finding_symbol(const json_t *f)
{
	if (text_of(f, "explained_by"))
		return '>';
	if (severity_rank(text_of(f, "severity")) < 3 || is_set(f, "past"))
		return 'i';
	return is_word(f, "confidence", "possible") ? '?' : 'X';
}

static void add_grade(struct text *t, const struct view *v, const json_t *f)
{
	const char *id = text_or(f, "id", "?"), *confidence = text_or(f, "confidence", "?");
	const char *cause = text_of(f, "explained_by");

	if (cause)
		WORD_FILL(t,
			  word(v->cause && is_word(v->cause, "id", cause) ? W_grade_consequence
									  : W_grade_follows),
			  { "id", id }, { "cause", cause });
	else
		WORD_FILL(t, word(is_set(f, "past") ? W_grade_past : W_grade_id),
			  { "confidence", confidence }, { "id", id });
}

/* Title at the left, grade at the right, or below it when both are long. */
static void title_line(struct page *p, const struct view *v, const json_t *f)
{
	struct text line, title, grade, safe;
	char kind = finding_symbol(f);

	text_init(&line);
	text_init(&title);
	text_init(&grade);
	text_init(&safe);
	page_safe(p, &title, text_or(f, "title", ""));
	add_grade(&grade, v, f);
	page_safe(p, &safe, grade.at);
	styled(p, &line, symbol_style(kind), symbol(p, kind));
	text_add(&line, " ");
	if (cells(line.at) + cells(title.at) + 2 + cells(safe.at) <= p->columns) {
		text_add(&line, title.at);
		fill_cells(&line, " ", p->columns - cells(safe.at));
		styled(p, &line, DIM, safe.at);
		page_line(p, line.at);
	} else {
		page_paragraph(p, line.at, PLAIN, text_or(f, "title", ""));
		page_paragraph(p, "    ", DIM, grade.at);
	}
	text_clear(&line);
	text_clear(&title);
	text_clear(&grade);
	text_clear(&safe);
}

static void list_of(struct page *p, const json_t *o, const char *key)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(o, key), i, item) page_paragraph(
		p, "    - ", PLAIN, json_string_value(item) ? json_string_value(item) : "");
}

static void add_references(struct text *t, const json_t *references)
{
	struct text list;
	json_t *r;
	size_t i;

	text_init(&list);
	json_array_foreach(references, i, r)
		text_addf(&list, "%s%s", i ? word(W_list_comma) : "",
			  json_string_value(r) ? json_string_value(r) : "");
	if (list.len)
		WORD_FILL(t, word(W_references), { "list", list.at });
	text_clear(&list);
}

static void whole_finding(struct page *p, const struct view *v, const json_t *f)
{
	const json_t *evidence = json_object_get(f, "evidence"),
		     *advice = json_object_get(f, "advice");
	const char *filter = text_of(evidence, "filter");
	struct text frames, t;

	text_init(&frames);
	text_init(&t);
	format_frames(&frames, json_object_get(evidence, "frames"), v->captures);
	page_paragraph(p, "    ", PLAIN, text_or(f, "text", ""));
	WORD_FILL(&t, filter ? word(W_evidence_filter) : "{frames}", { "frames", frames.at },
		  { "filter", filter });
	page_paragraph(p, "    ", DIM, t.at);
	if (f != v->cause) {
		list_of(p, advice, "now");
		list_of(p, advice, "verify");
	}
	list_of(p, advice, "admin");
	text_empty(&t);
	add_references(&t, json_object_get(f, "references"));
	page_paragraph(p, "    ", DIM, t.at);
	text_clear(&frames);
	text_clear(&t);
}

static size_t tell_findings(struct page *p, const struct view *v, const json_t *findings,
			    bool verbose, size_t told)
{
	json_t *f;
	size_t i;

	json_array_foreach(findings, i, f)
	{
		if (f == v->cause && !verbose)
			continue;
		if (!told++)
			page_paragraph(p, "", BOLD,
				       word(verbose ? W_title_findings : W_title_other_findings));
		title_line(p, v, f);
		if (verbose)
			whole_finding(p, v, f);
	}
	return told;
}

void text_findings(struct page *p, const struct view *v, bool verbose)
{
	size_t told = tell_findings(p, v, v->findings, verbose, 0);

	if (tell_findings(p, v, v->about_file, verbose, told))
		page_gap(p);
}

void text_checks(struct page *p, const json_t *tunnel)
{
	const json_t *checks = json_object_get(tunnel, "checks");
	struct text lead;
	json_t *c;
	size_t i;

	if (!json_array_size(checks))
		return;
	text_init(&lead);
	styled(p, &lead, symbol_style('+'), symbol(p, '+'));
	text_add(&lead, " ");
	page_paragraph(p, "", BOLD, word(W_title_checks));
	json_array_foreach(checks, i, c) page_paragraph(p, lead.at, PLAIN, text_or(c, "text", ""));
	page_gap(p);
	text_clear(&lead);
}

void text_limits(struct page *p, const json_t *model, bool verbose)
{
	const json_t *limits = json_object_get(model, "limits");
	size_t n = json_array_size(limits), i;
	const json_t *howto = json_array_get(limits, n ? n - 1 : 0);
	struct text t;
	char more[24];
	json_t *l;

	n -= is_word(howto, "id", "howto");
	if (!n)
		return;
	text_init(&t);
	page_paragraph(p, "", BOLD, word(W_title_limits));
	json_array_foreach(limits, i, l)
	{
		if (i == n || (!verbose && n > LIMITS_SHOWN + 1 && i >= LIMITS_SHOWN))
			break;
		text_empty(&t);
		WORD_FILL(&t, word(W_limit_line), { "text", text_or(l, "text", "") },
			  { "how", text_or(l, "how", "") });
		page_paragraph(p, "    ", PLAIN, t.at);
	}
	if (i < n) {
		snprintf(more, sizeof more, "%zu", n - i);
		text_empty(&t);
		WORD_FILL(&t, word(W_limits_more), { "count", more });
		page_paragraph(p, "    ", DIM, t.at);
	}
	text_empty(&t);
	WORD_FILL(&t, word(W_limits_howto), { "command", text_of(howto, "how") });
	if (is_word(howto, "id", "howto"))
		page_paragraph(p, "    ", PLAIN, t.at);
	page_gap(p);
	text_clear(&t);
}

static void tell_sa(struct page *p, const json_t *sa)
{
	const json_t *offered = json_object_get(sa, "offered");
	const char *chosen = text_of(sa, "chosen"), *stage = text_or(sa, "stage", "");
	char version[8];
	struct text t;
	json_t *o;
	size_t i;

	text_init(&t);
	snprintf(version, sizeof version, "%lld", (long long)int_of(sa, "version"));
	WORD_FILL(&t, word(chosen ? W_behind_sa_chosen : W_behind_sa),
		  { "spi_i", text_or(sa, "spi_i", "?") }, { "spi_r", text_or(sa, "spi_r", "?") },
		  { "version", version }, { "mode", text_or(sa, "mode", "") }, { "stage", stage },
		  { "suite", chosen });
	page_paragraph(p, "    ", PLAIN, t.at);
	json_array_foreach(offered, i, o)
	{
		text_empty(&t);
		WORD_FILL(&t, word(W_behind_offered), { "suite", json_string_value(o) });
		page_paragraph(p, "      ", DIM, t.at);
	}
	text_clear(&t);
}

static void tell_flow(struct page *p, const json_t *f)
{
	static const char *const numbers[] = { "packets",    "bytes",     "lost",
					       "duplicates", "reordered", "max_size" };
	char value[6][24];
	bool to_b = is_word(f, "direction", "a_to_b");
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < 6; i++)
		snprintf(value[i], sizeof value[i], "%lld", (long long)int_of(f, numbers[i]));
	WORD_FILL(&t, word(W_behind_flow), { "protocol", text_or(f, "protocol", "ESP") },
		  { "spi", text_or(f, "spi", "?") }, { "from", to_b ? "a" : "b" },
		  { "to", to_b ? "b" : "a" }, { "packets", value[0] }, { "bytes", value[1] },
		  { "lost", value[2] }, { "duplicates", value[3] }, { "reordered", value[4] },
		  { "largest", value[5] });
	page_paragraph(p, "    ", PLAIN, t.at);
	text_clear(&t);
}

static void tell_icmp(struct page *p, const json_t *g)
{
	char type[24], code[24], count[24];
	struct text t;

	text_init(&t);
	snprintf(type, sizeof type, "%lld", (long long)int_of(g, "type"));
	snprintf(code, sizeof code, "%lld", (long long)int_of(g, "code"));
	snprintf(count, sizeof count, "%lld", (long long)int_of(g, "count"));
	WORD_FILL(&t, word(W_behind_icmp), { "type", type }, { "code", code },
		  { "name", text_or(g, "name", "") }, { "source", text_or(g, "source", "?") },
		  { "count", count });
	page_paragraph(p, "    ", PLAIN, t.at);
	text_clear(&t);
}

void text_behind(struct page *p, const json_t *tunnel)
{
	const json_t *icmp = json_object_get(json_object_get(tunnel, "path"), "icmp");
	const json_t *sas = json_object_get(tunnel, "ike_sas"),
		     *flows = json_object_get(tunnel, "flows");
	json_t *o;
	size_t i;

	if (!json_array_size(sas) && !json_array_size(flows) && !json_array_size(icmp))
		return;
	page_paragraph(p, "", BOLD, word(W_title_behind));
	json_array_foreach(sas, i, o) tell_sa(p, o);
	json_array_foreach(flows, i, o) tell_flow(p, o);
	json_array_foreach(icmp, i, o) tell_icmp(p, o);
	page_gap(p);
}

static void tell_capture(struct page *p, const json_t *c)
{
	const json_t *names = json_object_get(c, "link_types");
	struct text t, links, first, last;
	char frames[24];
	json_t *o;
	size_t i;

	text_init(&t);
	text_init(&links);
	text_init(&first);
	text_init(&last);
	json_array_foreach(names, i, o)
		text_addf(&links, "%s%s", i ? word(W_list_comma) : "", json_string_value(o));
	add_instant(&first, text_or(c, "first", ""), NULL);
	add_instant(&last, text_or(c, "last", ""), text_of(c, "first"));
	snprintf(frames, sizeof frames, "%lld", (long long)int_of(c, "frames"));
	WORD_FILL(&t, word(text_of(c, "first") ? W_environment_capture : W_environment_empty),
		  { "file", text_or(c, "file", "?") }, { "frames", frames },
		  { "format", text_or(c, "format", "?") }, { "links", links.at },
		  { "first", first.at }, { "last", last.at });
	page_paragraph(p, "    ", DIM, t.at);
	json_array_foreach(json_object_get(c, "notes"), i, o)
	{
		const char *note = word_named("note", json_string_value(o), NULL);

		text_empty(&t);
		WORD_FILL(&t, word(W_environment_note), { "file", text_or(c, "file", "?") },
			  { "note", note ? note : json_string_value(o) });
		page_paragraph(p, "    ", PLAIN, t.at);
	}
	text_clear(&t);
	text_clear(&links);
	text_clear(&first);
	text_clear(&last);
}

void text_environment(struct page *p, const json_t *model)
{
	const json_t *tool = json_object_get(model, "tool");
	struct text t, rules;
	json_t *c;
	size_t i;

	text_init(&t);
	text_init(&rules);
	text_addf(&rules, "%.12s", text_or(tool, "rules", ""));
	page_paragraph(p, "", BOLD, word(W_title_environment));
	json_array_foreach(json_object_get(model, "captures"), i, c) tell_capture(p, c);
	WORD_FILL(&t, word(W_environment_tool), { "version", text_or(tool, "version", "") },
		  { "rules", rules.at });
	page_paragraph(p, "    ", DIM, t.at);
	if (text_of(tool, "sandbox")) {
		text_clear(&t);
		text_init(&t);
		WORD_FILL(&t, word(W_environment_sandbox), { "sandbox", text_of(tool, "sandbox") });
		page_paragraph(p, "    ", DIM, t.at);
	}
	page_gap(p);
	text_clear(&t);
	text_clear(&rules);
}
