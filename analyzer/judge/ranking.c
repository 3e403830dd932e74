#include "analyzer/judge/ranking.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/judge/common.h"
#include "analyzer/judge/rule.h"
#include "analyzer/judge/terms.h"
#include "analyzer/judge/format.h"
#include "analyzer/judge/verdict.h"
#include "analyzer/track/fields.h"
#include "dissect/base/mem.h"

#define PROBE   "scan.ike_probe"
#define SENT_ON "ike.redirect"
#define STRETCH "path.segment"

enum { RIVAL_TENTHS = 8 }; /* within 20 percent */

/* A finding while it is ranked. */
struct ranked {
	json_t *finding;
	const char *id;
	enum step step;
	enum severity severity,
		weight; /* weight: what it stands for with all that follows from it */
	enum confidence confidence;
	json_int_t score;
	double at;
	bool dated;   /* at is known */
	bool past;    /* before the tunnel began to work */
	bool foreign; /* of the capture, here only as a cause */
	struct ranked *cause;
};

struct ranking {
	struct ranked *at;
	size_t len;
};

static struct ranked ranked_of(json_t *f, bool foreign)
{
	const json_t *at = json_object_get(f, "at");
	struct ranked r = { .finding = f, .id = text_or(f, "id", ""), .foreign = foreign };

	r.step = (enum step)term(step_words, text_or(f, "step", ""));
	r.severity = r.weight = (enum severity)term(severity_words, text_or(f, "severity", ""));
	r.confidence = (enum confidence)term(confidence_words, text_or(f, "confidence", ""));
	r.score = json_integer_value(json_object_get(f, "score"));
	r.dated = at != NULL;
	r.at = json_number_value(at);
	return r;
}

/* --- order --- */

static int compare_first_frame(const struct ranked *a, const struct ranked *b)
{
	const json_t *x = json_array_get(
		json_object_get(json_object_get(a->finding, "evidence"), "frames"), 0);
	const json_t *y = json_array_get(
		json_object_get(json_object_get(b->finding, "evidence"), "frames"), 0);

	for (size_t i = 0; i < 2; i++) {
		json_int_t m = json_integer_value(json_array_get(x, i));
		json_int_t n = json_integer_value(json_array_get(y, i));

		if (m != n)
			return m < n ? -1 : 1;
	}
	return 0;
}

/* Negative when a comes first. Ends in the text, so that the order is total. */
static int compare_ties(const struct ranked *a, const struct ranked *b)
{
	int order;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	if (a->step != b->step)
		return a->step < b->step ? -1 : 1;
	order = compare_first_frame(a, b);
	if (!order)
		order = strcmp(a->id, b->id);
	return order ? order : strcmp(text_or(a->finding, "text", ""), text_or(b->finding, "text", ""));
}

/* F.1: among what is at least likely the lowest step, then the score; below that the score alone. */
static bool better(const struct ranked *a, const struct ranked *b)
{
	bool sure = a->confidence >= LIKELY;

	if (!b)
		return true;
	if (sure != (b->confidence >= LIKELY))
		return sure;
	if (sure && a->step != b->step)
		return a->step < b->step;
	return compare_ties(a, b) < 0;
}

/* What stands and is grave, what follows from it, notes, what is over. */
static int place_of(const struct ranked *r)
{
	if (r->cause)
		return 1;
	return r->past ? 3 : r->severity >= HIGH ? 0 : 2;
}

static int compare_listed(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	int x = place_of(a), y = place_of(b);

	if (x != y)
		return x - y;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	return compare_ties(a, b);
}

static int compare_causes(const void *left, const void *right)
{
	const struct ranked *a = *(struct ranked *const *)left, *b = *(struct ranked *const *)right;

	if (a->step != b->step)
		return a->step < b->step ? -1 : 1;
	return compare_ties(a, b);
}

/* --- F.2: a cause removes its consequences --- */

static bool names(const json_t *explains, const char *id)
{
	for (size_t i = 0; i < json_array_size(explains); i++) {
		const char *pattern = json_string_value(json_array_get(explains, i));

		if (pattern && rule_fits(pattern, id))
			return true;
	}
	return false;
}

/* Entries that only say where it stopped, F.3: any branch that says why takes their place. */
static bool is_hub(const char *id)
{
	static const char *const hubs[] = { "path.udp500.no_reply", "ike.auth.no_reply",
					    "child.missing", "life.half_open", NULL };

	return term(hubs, id) >= 0;
}

/* What is merely possible must not hide what is certain. */
static bool strong_enough(const struct ranked *cause, const struct ranked *r)
{
	bool branch = is_hub(r->id) && cause->step != STEP_CAPTURE && cause->severity >= MEDIUM;

	return cause->confidence >= LIKELY || cause->confidence >= r->confidence || branch;
}

static bool follows_from(const struct ranked *r, const struct ranked *cause)
{
	for (; r; r = r->cause)
		if (r == cause)
			return true;
	return false;
}

static bool explains(const struct ranked *cause, const struct ranked *r)
{
	return cause != r && !r->foreign && !r->cause && strcmp(cause->id, r->id) != 0 &&
	       names(json_object_get(cause->finding, "explains"), r->id) &&
	       strong_enough(cause, r) && !(cause->past && r->dated && !r->past) &&
	       !follows_from(cause, r);
}

static struct ranked *root_of(struct ranked *r)
{
	while (r->cause)
		r = r->cause;
	return r;
}

/* The lowest step first: of two that name each other it is the cause. */
static void find_causes(struct ranking *all)
{
	struct ranked **causes = mem_zero((all->len + 1) * sizeof *causes);

	for (size_t i = 0; i < all->len; i++)
		causes[i] = &all->at[i];
	qsort(causes, all->len, sizeof *causes, compare_causes);
	for (size_t i = 0; i < all->len; i++)
		for (size_t k = 0; k < all->len; k++)
			if (explains(causes[i], &all->at[k]))
				all->at[k].cause = causes[i];
	mem_free(causes);
	for (size_t i = 0; i < all->len; i++) {
		struct ranked *r = &all->at[i], *root = root_of(r);

		/* what brings the tunnel down is not mild; info says all is as it should be */
		if (!r->past && r->severity >= HIGH && root->severity > INFO && root->weight < HIGH)
			root->weight = HIGH;
	}
}

/* --- the verdict of a tunnel --- */

static bool stands(const struct ranked *r)
{
	return !r->cause && !r->past;
}

/* A finding about the capture counts where it explains something. */
static bool concerns(const struct ranking *all, const struct ranked *r)
{
	if (!r->foreign)
		return true;
	for (size_t i = 0; i < all->len; i++)
		if (all->at[i].cause == r && !all->at[i].past)
			return true;
	return false;
}

static const struct ranked *best(const struct ranking *all, enum severity least)
{
	const struct ranked *found = NULL;

	for (size_t i = 0; i < all->len; i++) {
		const struct ranked *r = &all->at[i];

		if (r->step != STEP_CAPTURE && stands(r) && r->weight >= least &&
		    concerns(all, r) && better(r, found))
			found = r;
	}
	return found;
}

/* F.3: what nearly ties with a verdict that is merely possible, or names somebody else. NULL for none. */
static const struct ranked *rival_of(const struct ranking *all, const struct ranked *r)
{
	const struct ranked *found = NULL;

	for (size_t i = 0; i < all->len; i++) {
		const struct ranked *s = &all->at[i];
		bool apart = strcmp(text_or(s->finding, "culprit", ""), text_or(r->finding, "culprit", "")) != 0;

		if (s != r && s->step != STEP_CAPTURE && stands(s) && !s->foreign && s->severity >= HIGH &&
		    strcmp(s->id, r->id) != 0 && (apart || r->confidence == POSSIBLE) &&
		    s->score * 10 >= r->score * RIVAL_TENTHS && (!found || compare_ties(s, found) < 0))
			found = s;
	}
	return found;
}

static const struct ranked *why_blind(const struct ranking *all)
{
	const struct ranked *found = NULL;

	for (size_t i = 0; i < all->len; i++) {
		const struct ranked *r = &all->at[i];

		if (r->step == STEP_CAPTURE && stands(r) && r->severity >= MEDIUM &&
		    better(r, found))
			found = r;
	}
	return found;
}

static const struct ranked *worst_past(const struct ranking *all)
{
	const struct ranked *found = NULL;

	for (size_t i = 0; i < all->len; i++) {
		const struct ranked *r = &all->at[i];

		if (r->past && !r->cause && r->weight >= HIGH && r->step != STEP_CAPTURE &&
		    better(r, found))
			found = r;
	}
	return found;
}

static size_t count_notes(const struct ranking *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->len; i++)
		n += stands(&all->at[i]) && !all->at[i].foreign && all->at[i].severity >= LOW;
	return n;
}

static const struct ranked *uncaused(const struct ranking *all, const char *id)
{
	for (size_t i = 0; i < all->len; i++)
		if (!all->at[i].foreign && !all->at[i].cause && !strcmp(all->at[i].id, id))
			return &all->at[i];
	return NULL;
}

static json_t *works_verdict(const struct ranking *all, const json_t *facts, int64_t start_ns)
{
	const json_t *works = json_object_get(facts, "works");
	const struct ranked *past = worst_past(all);
	size_t notes = count_notes(all);
	struct verdict_places p = verdict_ends(facts);
	json_t *made;

	p.count = notes;
	p.since_ns = start_ns + (int64_t)(json_number_value(json_object_get(works, "since")) * 1e9);
	if (past)
		p.title = text_or(past->finding, "title", "");
	made = verdict_new(past         ? V_WORKS_AGAIN
			   : !notes     ? V_WORKS
			   : notes == 1 ? V_WORKS_NOTE
					: V_WORKS_NOTES,
			   &p);
	verdict_say(made, STEP_DATA, !strcmp(text_or(works, "basis", ""), "data") ? CONFIRMED : LIKELY,
		    "none");
	return made;
}

/* The first step that the facts do not call ok. */
static enum step reached(const json_t *facts)
{
	const json_t *progress = json_object_get(facts, "progress");

	for (int step = STEP_REACHABILITY; progress && step <= STEP_DATA; step++)
		if (strcmp(text_or(json_object_get(progress, step_words[step]), "state", ""), "ok") !=
		    0)
			return (enum step)step;
	return STEP_CAPTURE;
}

static json_t *blind_verdict(const struct ranking *all, const json_t *facts)
{
	const struct ranked *why = why_blind(all);
	struct verdict_places p = verdict_ends(facts);
	json_t *made;

	if (why)
		p.title = text_or(why->finding, "title", "");
	made = verdict_new(why ? V_CANNOT_TELL_WHY : V_CANNOT_TELL, &p);
	verdict_say(made, reached(facts), POSSIBLE, why ? "capture" : "unknown");
	return made;
}

static json_t *scanner_verdict(const json_t *facts)
{
	struct verdict_places p = verdict_ends(facts);
	json_t *made = verdict_new(V_SCANNER, &p);

	verdict_say(made, STEP_REACHABILITY, LIKELY, "none");
	return made;
}

/* More than two recordings: the stretch that loses the packets of this sender. NULL where none is found. */
static const struct ranked *stretch_of(const struct ranking *all, const struct ranked *r)
{
	const char *sender = text_or(json_object_get(r->finding, "args"), "sender", "");

	for (size_t i = 0; i < all->len; i++) {
		const struct ranked *s = &all->at[i];

		if (!strcmp(s->id, STRETCH) && s != r && s->step == r->step &&
		    !strcmp(text_or(json_object_get(s->finding, "args"), "sender", ""), sender))
			return s;
	}
	return NULL;
}

static json_t *fault_verdict(const struct ranking *all, const struct ranked *r)
{
	const struct ranked *stretch = stretch_of(all, r);
	json_t *made = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "id", r->id, "title",
				 text_or(r->finding, "title", ""), "sentence", text_or(r->finding, "text", ""),
				 "step", step_words[r->step], "confidence", confidence_words[r->confidence],
				 "culprit", text_or(r->finding, "culprit", ""), "severity",
				 severity_words[r->weight]);
	struct text t;

	if (!stretch)
		return made;
	text_init(&t);
	format_sentences(&t, text_or(r->finding, "text", ""), text_or(stretch->finding, "text", ""));
	json_object_set_new(made, "sentence", json_string(t.at));
	text_clear(&t);
	return made;
}

/* own: how many of all are the tunnel's; the rest are about the capture, in the order of its findings. */
static json_t *verdict_of(const struct ranking *all, size_t own, const json_t *facts, int64_t start_ns,
			  const json_t *ret_findings[2])
{
	json_t *made;

	bool works = json_object_get(facts, "works") != NULL;
	const struct ranked *r = best(all, works ? HIGH : MEDIUM), *worst = best(all, HIGH);

	if (uncaused(all, PROBE))
		return scanner_verdict(facts);
	r = worst ? worst : r;
	if (!r && !works)
		r = uncaused(all, SENT_ON);
	if (r) {
		const struct ranked *rival = r->foreign ? NULL : rival_of(all, r);

		ret_findings[0] = r->foreign ? NULL : r->finding;
		ret_findings[1] = rival ? rival->finding : NULL;
		made = fault_verdict(all, r);
		if (r->foreign)
			json_object_set_new(made, "capture_finding", json_integer((json_int_t)(r - all->at) - (json_int_t)own));
		return made;
	}
	return works ? works_verdict(all, facts, start_ns) : blind_verdict(all, facts);
}

/* --- the whole --- */

static struct ranking ranking_of(json_t *findings, const json_t *capture, const json_t *facts)
{
	size_t own = json_array_size(findings), more = json_array_size(capture);
	const json_t *works = json_object_get(facts, "works");
	double since = json_number_value(json_object_get(works, "since"));
	struct ranking all = { mem_zero((own + more + 1) * sizeof *all.at), own + more };

	for (size_t i = 0; i < own; i++) {
		struct ranked *r = &all.at[i];

		*r = ranked_of(json_array_get(findings, i), false);
		r->past = works && r->dated && r->at < since;
	}
	for (size_t i = 0; i < more; i++)
		all.at[own + i] = ranked_of(json_array_get(capture, i), true);
	return all;
}

/* Writes what was found out into the findings, and the findings back in order, `first` (two, or NULL) before all. */
static void write_back(json_t *findings, struct ranking *all, size_t own, const json_t *const first[2])
{
	json_t *old = json_copy(findings);

	for (size_t i = 0; i < own; i++) {
		json_t *f = all->at[i].finding;

		if (all->at[i].cause)
			json_object_set_new(f, "explained_by", json_string(all->at[i].cause->id));
		if (all->at[i].past)
			json_object_set_new(f, "past", json_true());
		json_object_del(f, "at");
	}
	qsort(all->at, own, sizeof *all->at, compare_listed);
	json_array_clear(findings);
	for (size_t i = 0; i < 2; i++)
		if (first[i])
			json_array_append(findings, (json_t *)first[i]);
	for (size_t i = 0; i < own; i++)
		if (all->at[i].finding != first[0] && all->at[i].finding != first[1])
			json_array_append(findings, all->at[i].finding);
	json_decref(old);
}

json_t *rank_tunnel(json_t *findings, const json_t *capture, const json_t *facts, int64_t start_ns)
{
	struct ranking all = ranking_of(findings, capture, facts);
	const json_t *first[2] = { NULL, NULL };
	json_t *verdict;

	find_causes(&all);
	verdict = verdict_of(&all, json_array_size(findings), facts, start_ns, first);
	write_back(findings, &all, json_array_size(findings), first);
	if (first[0])
		json_object_set_new(verdict, "finding", json_integer(0));
	if (first[1])
		json_object_set_new(verdict, "rival", json_integer(1));
	mem_free(all.at);
	return verdict;
}

void rank_capture(json_t *findings)
{
	struct ranking all = ranking_of(findings, NULL, NULL);

	find_causes(&all);
	write_back(findings, &all, all.len, (const json_t *const[2]){ NULL, NULL });
	mem_free(all.at);
}

/* What decides among tunnels. Who is sent to another gateway is judged there. */
enum { NO_TUNNEL, SCANNER, SENT_ELSEWHERE, WORKS, UNDECIDED, FAULTY /* and more, by its severity */ };

static int badness(const json_t *verdict)
{
	const char *id = text_or(verdict, "id", "");

	if (!strcmp(id, "nothing_to_judge"))
		return SCANNER;
	if (!strcmp(id, SENT_ON) && !strcmp(text_or(verdict, "severity", ""), severity_words[INFO]))
		return SENT_ELSEWHERE;
	if (!strcmp(id, "healthy"))
		return WORKS;
	if (!strcmp(id, "cannot_tell"))
		return UNDECIDED;
	return FAULTY + term(severity_words, text_or(verdict, "severity", ""));
}

static bool worse(const json_t *tunnel, const json_t *than)
{
	const json_t *v = json_object_get(tunnel, "verdict"), *w = json_object_get(than, "verdict");
	int x = badness(v), y = than ? badness(w) : NO_TUNNEL;

	if (x != y)
		return x > y;
	return term(confidence_words, text_or(v, "confidence", "")) >
	       term(confidence_words, text_or(w, "confidence", ""));
}

static json_t *verdict_of_none(const json_t *capture, const json_t *facts, bool filtered)
{
	struct ranking all = ranking_of(NULL, capture, NULL);
	struct verdict_places p = { 0 };
	const struct ranked *r;
	json_t *made;

	for (size_t i = 0; i < all.len; i++)
		all.at[i].foreign = false;
	r = best(&all, HIGH);
	if (r && r->confidence == CONFIRMED && r->step != STEP_CAPTURE) {
		made = fault_verdict(&all, r); /* why nothing of IPsec could leave, say */
	} else if (!json_integer_value(json_object_get(facts, "ipsec_packets"))) {
		p.title = r ? text_or(r->finding, "title", "") : NULL;
		made = verdict_new(filtered ? V_NOTHING_CHOSEN : r ? V_NOTHING_BUT : V_NOTHING, &p);
		verdict_say(made, STEP_CAPTURE, CONFIRMED, "none");
	} else if (r) {
		made = fault_verdict(&all, r);
	} else {
		r = NULL;
		made = verdict_new(filtered ? V_NO_TUNNEL_CHOSEN : V_NO_TUNNEL, &p);
		verdict_say(made, STEP_CAPTURE, filtered ? CONFIRMED : POSSIBLE, filtered ? "none" : "unknown");
	}
	if (r && !filtered)
		json_object_set_new(made, "finding", json_integer((json_int_t)(r - all.at)));
	mem_free(all.at);
	return made;
}

/* Several that work are told together. */
static json_t *verdict_of_many(const json_t *worst, size_t judged)
{
	struct verdict_places p = { .count = judged };
	int how = badness(worst);
	json_t *made;

	if (how >= UNDECIDED || how == SENT_ELSEWHERE || (how == WORKS && judged == 1))
		return json_deep_copy(worst);
	made = verdict_new(how == SCANNER ? V_ONLY_SCANNERS : V_ALL_WORK, &p);
	for (size_t i = 0; i < 3; i++) {
		static const char *const same[] = { "step", "confidence", "culprit" };

		json_object_set(made, same[i], json_object_get(worst, same[i]));
	}
	return made;
}

json_t *rank_verdicts(const json_t *tunnels, const json_t *capture, const json_t *capture_facts, const json_t *facts)
{
	const json_t *worst = NULL;
	size_t judged = 0, at = 0;
	json_t *made, *common;

	for (size_t i = 0; i < json_array_size(tunnels); i++) {
		const json_t *tunnel = json_array_get(tunnels, i);

		judged += badness(json_object_get(tunnel, "verdict")) >= WORKS;
		if (worse(tunnel, worst)) {
			worst = tunnel;
			at = i;
		}
	}
	if (!worst)
		return verdict_of_none(capture, capture_facts, json_is_true(json_object_get(facts, "filtered")));
	made = verdict_of_many(json_object_get(worst, "verdict"), judged);
	common = common_cause(tunnels, json_object_get(facts, "tunnels"), at);
	if (common)
		json_object_set_new(made, "common", common);
	json_object_set_new(made, "tunnel", json_integer((json_int_t)at));
	return made;
}
