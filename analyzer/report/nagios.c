/*
 * One line for a monitoring system, after the plugin convention: state word, sentence, | performance data.
 */
#include "analyzer/report/text.h"

static enum nagios_state state_of(const json_t *model)
{
	const json_t *verdict = json_object_get(model, "verdict");

	if (is_fault(verdict))
		return is_word(verdict, "confidence", "possible") || severity_rank(text_of(verdict, "severity")) < 3
			       ? NAGIOS_WARNING
			       : NAGIOS_CRITICAL;
	return is_word(verdict, "id", "healthy") ? NAGIOS_OK : NAGIOS_UNKNOWN;
}

/* A fault is worse than not knowing, and that is worse than health. */
static int badness(enum nagios_state s)
{
	static const int of[] = { [NAGIOS_OK] = 0, [NAGIOS_UNKNOWN] = 1, [NAGIOS_WARNING] = 2, [NAGIOS_CRITICAL] = 3 };

	return of[s];
}

/* A bar or an end of line in it would end the text. */
static void add_line(struct text *t, const char *s)
{
	size_t from = t->len;

	text_add_wire(t, (struct bytes){ (const uint8_t *)s, strlen(s) });
	for (size_t i = from; i < t->len; i++)
		if (t->at[i] == '|')
			t->at[i] = '/';
}

enum nagios_state nagios_line(struct text *t, enum nagios_state state, const char *said)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	text_addf(t, "IKESCOPE %s - ", words[state]);
	add_line(t, said);
	return state;
}

bool report_nagios(FILE *f, const json_t *models, bool partly, enum nagios_state *ret_state)
{
	enum nagios_state worst = NAGIOS_OK, now;
	const json_t *of = json_array_get(models, 0);
	struct tally all = { 0 };
	json_t *model, *tunnel;
	size_t n = 0, i, k;
	struct text t;
	bool fine;

	json_array_foreach(models, i, model) {
		now = state_of(model);
		if (badness(now) > badness(worst)) {
			worst = now;
			of = model;
		}
		json_array_foreach(json_object_get(model, "tunnels"), k, tunnel) {
			tally_tunnel(&all, tunnel);
			n += 1;
		}
	}
	if (partly && badness(worst) < badness(NAGIOS_UNKNOWN))
		worst = NAGIOS_UNKNOWN;
	text_init(&t);
	nagios_line(&t, worst, text_or(json_object_get(of, "verdict"), "sentence", ""));
	text_addf(&t, " | tunnels=%zu faults=%zu works=%zu\n", n, all.faults, all.works);
	fine = fwrite(t.at, 1, t.len, f) == t.len && !ferror(f);
	text_clear(&t);
	*ret_state = worst;
	return fine;
}
