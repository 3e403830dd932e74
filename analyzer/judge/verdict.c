#include "analyzer/judge/verdict.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/judge/finding.h"
#include "analyzer/judge/format.h"
#include "dissect/base/language.h"

static const struct row {
	const char *id, *title, *sentence;
} rows[] = {
#define VERDICT(token, id, title, sentence) { id, title, sentence },
#include "analyzer/judge/verdicts.def"
#undef VERDICT
};

struct verdict_places verdict_ends(const json_t *facts)
{
	const json_t *ends = json_object_get(facts, "ends");

	return (struct verdict_places){ .a = json_string_value(json_object_get(ends, "a")),
					.b = json_string_value(json_object_get(ends, "b")) };
}

static void fill_place(struct text *t, struct bytes name, const struct verdict_places *p)
{
	const char *value = NULL;

	switch (name.at[0]) {
	case 'a': value = p->a; break;
	case 'b': value = p->b; break;
	case 'f':
	case 'r': value = p->title; break;
	case 'c': format_count(t, p->count, 0); return;
	case 't': format_count(t, p->total, 0); return;
	case 's': format_time(t, p->since_ns); return;
	}
	value = value ? value : "?";
	text_join(t, 0, value, strlen(value));
}

json_t *verdict_new(enum verdict_word w, const struct verdict_places *p)
{
	const char *rest = translated(rows[w].sentence);
	struct bytes name;
	struct text t;
	json_t *made;

	text_init(&t);
	for (const char *at; (at = placeholder(rest, &name)); rest = at + name.len + 2) {
		text_join(&t, 0, rest, (size_t)(at - rest));
		fill_place(&t, name, p);
	}
	text_join(&t, 0, rest, strlen(rest));
	made = json_pack("{s:s,s:s,s:s}", "id", rows[w].id, "title", translated(rows[w].title), "sentence",
			 t.at);
	text_clear(&t);
	return made;
}

void verdict_say(json_t *verdict, enum step step, enum confidence c, const char *culprit)
{
	json_object_set_new(verdict, "step", json_string(step_words[step]));
	json_object_set_new(verdict, "confidence", json_string(confidence_words[c]));
	json_object_set_new(verdict, "culprit", json_string(culprit));
	json_object_set_new(verdict, "severity", json_string(severity_words[INFO]));
}
