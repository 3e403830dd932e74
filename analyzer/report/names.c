/*
 * What names somebody or something, as it was heard in clear text or told by the
 * recorder: whoever wants to leave such names out of a report finds them here,
 * and nowhere else in one place.
 */
#include "analyzer/report/parts.h"

static const struct place {
	const char *inside, *key, *kind; /* inside: a key further out, or NULL; key NULL: strings of a list */
} places[] = {
	{ "identities", "text", "identity" },
	{ "certificates", "subject", "certificate" },
	{ "certificates", "issuer", "certificate" },
	{ "certificates", "text", "certificate" },
	{ "chain", "leaf", "certificate" },
	{ "chain", "top", "certificate" },
	{ "urls", NULL, "host" },
	{ "authorities", "names", "certificate" },
	{ "redirect", "to", "host" },
	{ "fetches", "name", "host" },
	{ NULL, "filter_text", "filter" },
};

struct heard {
	json_t *list, *known;
};

static void add(struct heard *h, const char *kind, const json_t *text)
{
	const char *s = json_string_value(text);

	if (!s || !*s || json_object_get(h->known, s))
		return;
	json_object_set_new(h->known, s, json_true());
	json_array_append_new(h->list, json_pack("{s:s,s:s}", "kind", kind, "text", s));
}

static const char *kind_of(const char *inside, const char *key)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const struct place *p = &places[i];

		if ((!p->inside || !strcmp(inside, p->inside)) && (!p->key || !strcmp(key, p->key)))
			return p->kind;
	}
	return NULL;
}

/* The key further out that a place asks for, else that of before. */
static const char *outer(const char *before, const char *key)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (places[i].inside && !strcmp(places[i].inside, key))
			return places[i].inside;
	return before;
}

static void look(struct heard *h, const json_t *o, const char *inside, const char *key)
{
	const char *name, *kind;
	json_t *v;
	size_t i;

	if (json_is_string(o) && (kind = kind_of(inside, key)))
		add(h, kind, o);
	json_array_foreach(o, i, v) look(h, v, inside, key);
	if (!json_is_object(o))
		return;
	if (is_set(o, "product") && text_of(o, "name"))
		add(h, "product", json_object_get(o, "name"));
	json_object_foreach((json_t *)(uintptr_t)o, name, v) look(h, v, outer(inside, name), name);
}

json_t *names_document(const struct whole *w)
{
	struct heard h = { json_array(), json_object() };

	look(&h, w->facts, "", "");
	json_decref(h.known);
	if (json_array_size(h.list))
		return h.list;
	json_decref(h.list);
	return NULL;
}
