/*
 * Words that gateways show and log.
 */
#include "analyzer/explain/parts.h"

#include <string.h>

static const struct state states[] = {
#define STATE(word, where, means, ids, source) { word, where, means, ids, source },
#define TOPIC(token, means, capture, ids)
#define LOG(topic, where, phrase)
#include "analyzer/explain/device.def"
#undef STATE
#undef TOPIC
#undef LOG
};

static const struct topic topics[] = {
#define STATE(word, where, means, ids, source)
#define TOPIC(token, means, capture, ids) { #token, means, capture, ids },
#define LOG(topic, where, phrase)
#include "analyzer/explain/device.def"
#undef STATE
#undef TOPIC
#undef LOG
};

static const struct logged logs[] = {
#define STATE(word, where, means, ids, source)
#define TOPIC(token, means, capture, ids)
#define LOG(topic, where, phrase) { #topic, where, phrase },
#include "analyzer/explain/device.def"
#undef STATE
#undef TOPIC
#undef LOG
};
enum {
	STATES = sizeof states / sizeof *states,
	TOPICS = sizeof topics / sizeof *topics,
	LOGS = sizeof logs / sizeof *logs,
};

const struct state *state_row(size_t i)
{
	return i < STATES ? &states[i] : NULL;
}

const struct logged *logged_row(size_t i)
{
	return i < LOGS ? &logs[i] : NULL;
}

const struct topic *topic_of(const struct logged *l)
{
	for (size_t i = 0; i < TOPICS; i++)
		if (!strcmp(topics[i].token, l->topic))
			return &topics[i];
	return NULL;
}

bool state_fits(const struct state *s, const char *plain_word)
{
	char name[EXPLAIN_WORD + 1];
	size_t len = strlen(s->word);
	bool star = s->word[len - 1] == '*';

	plain(s->word, len - star, name);
	return star ? !strncmp(name, plain_word, strlen(name)) : !strcmp(name, plain_word);
}

void tell_state(struct page *p, const struct judge *j, const struct state *s)
{
	TELL(p, W_explain_state, { "where", translated(s->where) }, { "means", translated(s->means) },
	     { "source", s->source });
	tell_findings(p, j, s->ids);
}

void tell_logged(struct page *p, const struct judge *j, const struct logged *l)
{
	const struct topic *t = topic_of(l);

	TELL(p, is_number(l->phrase) ? W_explain_code : W_explain_log, { "where", l->where }, { "phrase", l->phrase },
	     { "means", t ? translated(t->means) : "" });
	if (t && *t->capture)
		TELL(p, W_explain_capture, { "capture", translated(t->capture) });
	tell_findings(p, j, t ? t->ids : "");
}
