/*
 * One word: every table that has it, or the words that come near.
 */
#include "analyzer/explain/parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/track/fields.h"
#include "dissect/base/mem.h"
#include "dissect/ike/ike.h"

enum { NEAR = 6, IDS_NAMED = 6, MENTION_FROM = 8, FAR = 1000 };

static const struct registry {
	enum ike_table table;
	const char *words, *source;
} registries[] = {
#define REGISTRY(table, words, source) { table, words, source },
#include "analyzer/explain/registry.def"
#undef REGISTRY
};

static const struct icmp {
	unsigned family, type, code;
	const char *name, *means;
} icmps[] = {
#define ICMP(family, type, code, name, means) { family, type, code, name, means },
#include "analyzer/explain/icmp.def"
#undef ICMP
};

static const struct subject {
	const char *words, *means, *ids;
} subjects[] = {
#define SUBJECT(words, means, ids) { words, means, ids },
#include "analyzer/explain/subject.def"
#undef SUBJECT
};
enum {
	REGISTRIES = sizeof registries / sizeof *registries,
	ICMPS = sizeof icmps / sizeof *icmps,
	SUBJECTS = sizeof subjects / sizeof *subjects,
};

void plain(const char *word, size_t len, char ret[EXPLAIN_WORD + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < EXPLAIN_WORD; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c && !strchr(" \t\r\n_-.", c))
			ret[n++] = (char)tolower(c);
		else if (n && ret[n - 1] != ' ')
			ret[n++] = ' ';
	}
	while (n && ret[n - 1] == ' ')
		n--;
	ret[n] = 0;
}

bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 10;
}

static bool same(const char *name, const char *plain_word)
{
	char own[EXPLAIN_WORD + 1];

	plain(name, strlen(name), own);
	return !strcmp(own, plain_word);
}

void tell(struct page *p, const char *lead, enum word w, const struct fill *fills, size_t n)
{
	struct text t;

	text_init(&t);
	word_fill(&t, word(w), fills, n);
	page_paragraph(p, lead, PLAIN, t.at);
	text_clear(&t);
}

/* --- diagnoses ------------------------------------------------------------ */

static void tell_finding(struct page *p, const struct judge *j, const char *id)
{
	json_t *rule = judge_show(j, id);
	struct text t;

	text_init(&t);
	if (rule)
		WORD_FILL(&t, word(W_explain_finding), { "id", id }, { "title", translated(text_or(rule, "title", "")) });
	else
		text_add(&t, id);
	page_paragraph(p, "    - ", PLAIN, t.at);
	text_clear(&t);
	json_decref(rule);
}

void tell_findings(struct page *p, const struct judge *j, const char *ids)
{
	if (!*ids)
		return;
	TELL(p, W_explain_findings, { "", NULL });
	while (*ids) {
		size_t len = strcspn(ids, " ");
		char id[64];

		snprintf(id, sizeof id, "%.*s", (int)len, ids);
		tell_finding(p, j, id);
		ids += len + strspn(ids + len, " ");
	}
}

static void tell_texts(struct page *p, const json_t *texts, enum word one)
{
	const char *name;
	json_t *text;

	json_object_foreach((json_t *)(uintptr_t)texts, name, text)
		TELL(p, one, { "sure", name }, { "text", translated(json_string_value(text)) });
}

static void tell_list(struct page *p, const json_t *o, const char *key, enum word one)
{
	const json_t *list = json_object_get(o, key), *item;
	size_t i;

	if (json_is_string(list))
		TELL(p, one, { "text", translated(json_string_value(list)) });
	json_array_foreach(list, i, item)
		TELL(p, one, { "text", translated(json_string_value(item)) });
}

/* A diagnosis as its rule has it: placeholders stay, for there is no capture to fill them. */
static bool tell_diagnosis(struct page *p, const struct judge *j, const char *id)
{
	json_t *rule = judge_show(j, id), *r;
	const json_t *advise = json_object_get(rule, "advise");
	struct text list;
	size_t i;

	if (!rule)
		return false;
	text_init(&list);
	page_paragraph(p, "", BOLD, id);
	TELL(p, W_explain_rule, { "title", translated(text_or(rule, "title", "")) }, { "step", text_or(rule, "step", "") },
	     { "severity", text_or(rule, "severity", "") });
	tell_texts(p, json_object_get(rule, "say"), W_explain_say);
	tell_list(p, advise, "now", W_explain_now);
	tell_list(p, advise, "verify", W_explain_verify);
	tell_list(p, advise, "isp", W_explain_isp);
	tell_list(p, advise, "peer", W_explain_peer);
	tell_list(p, advise, "admin", W_explain_admin);
	json_array_foreach(json_object_get(rule, "references"), i, r)
		text_addf(&list, "%s%s", i ? word(W_list_comma) : "", json_string_value(r));
	TELL(p, W_references, { "list", list.at });
	text_clear(&list);
	json_decref(rule);
	return true;
}

/* "path.frag" and "auth": all that begin so. */
static unsigned tell_family(struct page *p, const struct judge *j, const char *asked)
{
	json_t *rows = judge_list(j), *row;
	size_t len = strlen(asked), i;
	unsigned n = 0;

	json_array_foreach(rows, i, row) {
		const char *id = text_or(row, "id", "");

		if (strncmp(id, asked, len) || id[len] != '.' || !len)
			continue;
		if (!n++)
			page_paragraph(p, "", BOLD, asked);
		tell_finding(p, j, id);
	}
	json_decref(rows);
	return n;
}

static bool mentions(const json_t *value, const char *name)
{
	const char *s = json_string_value(value), *key;
	json_t *v;
	size_t i;

	if (s)
		return strstr(s, name) != NULL;
	json_array_foreach(value, i, v)
		if (mentions(v, name))
			return true;
	json_object_foreach((json_t *)(uintptr_t)value, key, v)
		if (mentions(v, name))
			return true;
	return false;
}

/* Diagnoses whose texts name it; short names would be found in other words. */
static void tell_mentions(struct page *p, const struct judge *j, const char *name)
{
	json_t *rows = strlen(name) >= MENTION_FROM ? judge_list(j) : NULL, *row;
	char other[EXPLAIN_WORD + 1]; /* the other version's way to write it */
	struct text ids;
	unsigned n = 0;
	size_t i;

	snprintf(other, sizeof other, "%s", name);
	for (char *c = other; *c; c++)
		*c = *c == '_' ? '-' : *c == '-' ? '_' : *c;
	text_init(&ids);
	json_array_foreach(rows, i, row) {
		json_t *rule = judge_show(j, text_or(row, "id", ""));

		if (n < IDS_NAMED && (mentions(rule, name) || mentions(rule, other)))
			text_addf(&ids, "%s%s", n++ ? " " : "", text_or(row, "id", ""));
		json_decref(rule);
	}
	tell_findings(p, j, ids.at);
	text_clear(&ids);
	json_decref(rows);
}

/* --- the wire ---------------------------------------------------------------- */

static void tell_row(struct page *p, const struct registry *r, uint32_t number, const char *name, const char *means)
{
	bool notify = r->table == IKE1_NOTIFIES || r->table == IKE2_NOTIFIES;
	enum word w = !notify ? W_explain_wire : number < 16384 ? W_explain_wire_error : W_explain_wire_status;
	char digits[16];

	snprintf(digits, sizeof digits, "%u", number);
	ITEM(p, w, { "name", name }, { "registry", translated(r->words) }, { "number", digits },
	     { "source", r->source }, { "means", means ? translated(means) : "" });
}

/* "notify 14" asks for the number in the registries that are called so. */
static bool asks_number(const char *plain_word, const struct registry *r, uint32_t number)
{
	const char *blank = strrchr(plain_word, ' '), *digits = blank ? blank + 1 : plain_word;
	char kind[EXPLAIN_WORD + 1], own[EXPLAIN_WORD + 1];

	if (!is_number(digits) || strtoul(digits, NULL, 10) != number)
		return false;
	plain(plain_word, blank ? (size_t)(blank - plain_word) : 0, kind);
	plain(r->words, strlen(r->words), own);
	return strstr(own, kind) != NULL;
}

unsigned tell_wire(struct page *p, const char *plain_word)
{
	unsigned n = 0;

	for (size_t i = 0; i < REGISTRIES; i++) {
		const char *name, *means;
		uint32_t number;

		for (size_t k = 0; ike_row(registries[i].table, k, &number, &name, &means); k++) {
			if (!same(name, plain_word) && !asks_number(plain_word, &registries[i], number))
				continue;
			n += 1;
			if (p)
				tell_row(p, &registries[i], number, name, means);
		}
	}
	return n;
}

/* The name as the registry writes it, for a word that is one. */
static const char *wire_name(const char *plain_word)
{
	for (size_t i = 0; i < REGISTRIES; i++) {
		const char *name, *means;
		uint32_t number;

		for (size_t k = 0; ike_row(registries[i].table, k, &number, &name, &means); k++)
			if (same(name, plain_word))
				return name;
	}
	return NULL;
}

/* "icmp 3/4", "icmp type 3 code 4", "icmpv6 2", "3/4", or a name. */
static bool fits_icmp(const struct icmp *m, const char *plain_word)
{
	unsigned type, code = 0;
	int family = 0, got, end = 0;
	const char *s = plain_word;

	if (same(m->name, plain_word))
		return true;
	if (!strncmp(s, "icmp", 4)) {
		s += 4;
		family = *s == 'v' || *s == '6' ? 6 : 4;
		s += strspn(s, "v6");
		s += *s == ' ';
		got = sscanf(s, "type %u code %u%n", &type, &code, &end);
		if (got < 1)
			got = sscanf(s, "%u%*1[/ ]%u%n", &type, &code, &end);
	} else {
		got = sscanf(s, "%u/%u%n", &type, &code, &end);
		got = got == 2 ? got : 0;
	}
	return got >= 1 && type == m->type && (got < 2 || (code == m->code && !s[end])) &&
	       (!family || (unsigned)family == m->family);
}

static unsigned tell_icmp(struct page *p, const char *plain_word)
{
	unsigned n = 0;

	for (size_t i = 0; i < ICMPS; i++) {
		char type[16], code[16];

		if (!fits_icmp(&icmps[i], plain_word))
			continue;
		n += 1;
		snprintf(type, sizeof type, "%u", icmps[i].type);
		snprintf(code, sizeof code, "%u", icmps[i].code);
		ITEM(p, icmps[i].family == 6 ? W_explain_icmp_6 : W_explain_icmp, { "type", type }, { "code", code },
		     { "name", icmps[i].name }, { "means", translated(icmps[i].means) });
	}
	return n;
}

/* --- subjects, and what comes near --------------------------------------------- */

/* Calls for each of the words of a row; true: enough. */
static bool subject_fits(const struct subject *s, const char *plain_word)
{
	const char *at = s->words;

	while (*at) {
		size_t len = strcspn(at, "|");
		char own[EXPLAIN_WORD + 1];

		plain(at, len, own);
		if (!strcmp(own, plain_word))
			return true;
		at += len + (at[len] == '|');
	}
	return false;
}

static unsigned tell_subjects(struct page *p, const struct judge *j, const char *plain_word)
{
	unsigned n = 0;

	for (size_t i = 0; i < SUBJECTS; i++) {
		if (!subject_fits(&subjects[i], plain_word))
			continue;
		n += 1;
		TELL(p, W_explain_subject, { "means", translated(subjects[i].means) });
		tell_findings(p, j, subjects[i].ids);
	}
	return n;
}

static unsigned tell_devices(struct page *p, const struct judge *j, const char *plain_word)
{
	const struct logged *l;
	const struct state *s;
	unsigned n = 0;

	for (size_t i = 0; (s = state_row(i)); i++)
		if (!n && state_fits(s, plain_word)) { /* the whole word stands before the star */
			tell_state(p, j, s);
			n += 1;
		}
	for (size_t i = 0; (l = logged_row(i)); i++)
		if (same(l->phrase, plain_word)) {
			tell_logged(p, j, l);
			n += 1;
		}
	return n;
}

/* Edits that make one of the other; FAR when more than `most`. */
static unsigned distance(const char *x, const char *y, unsigned most)
{
	unsigned row[EXPLAIN_WORD + 2];
	size_t m = strlen(x), n = strlen(y);

	if (m > n + most || n > m + most)
		return FAR;
	for (size_t k = 0; k <= n; k++)
		row[k] = (unsigned)k;
	for (size_t i = 1; i <= m; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= n; k++) {
			unsigned up = row[k] + 1, left = row[k - 1] + 1, both = diagonal + (x[i - 1] != y[k - 1]);

			diagonal = row[k];
			row[k] = up < left ? (up < both ? up : both) : (left < both ? left : both);
		}
	}
	return row[n] <= most ? row[n] : FAR;
}

struct near {
	char asked[EXPLAIN_WORD + 1];
	struct {
		char name[EXPLAIN_WORD + 1];
		unsigned far;
	} at[NEAR];
	size_t len;
};

/* Nearest first; of equals the first one stays. */
static void consider(struct near *n, const char *name, size_t name_len)
{
	size_t asked = strlen(n->asked), at = n->len;
	char own[EXPLAIN_WORD + 1];
	unsigned far;

	plain(name, name_len, own);
	far = asked >= 4 && (strstr(own, n->asked) || (strlen(own) >= 4 && strstr(n->asked, own)))
		      ? 1
		      : distance(n->asked, own, asked < 4 ? 1 : (unsigned)asked / 4);
	if (far == FAR)
		return;
	for (size_t i = 0; i < n->len; i++)
		if (strlen(n->at[i].name) == name_len && !strncasecmp(n->at[i].name, name, name_len))
			return;
	while (at && n->at[at - 1].far > far)
		at--;
	if (at == NEAR)
		return;
	n->len += n->len < NEAR;
	memmove(&n->at[at + 1], &n->at[at], (n->len - 1 - at) * sizeof *n->at);
	n->at[at].far = far;
	snprintf(n->at[at].name, sizeof n->at[at].name, "%.*s", (int)name_len, name);
}

static void consider_all(struct near *n, const struct judge *j)
{
	json_t *rows = judge_list(j), *row;
	const struct state *s;
	size_t i;

	for (i = 0; i < REGISTRIES; i++) {
		const char *name, *means;
		uint32_t number;

		for (size_t k = 0; ike_row(registries[i].table, k, &number, &name, &means); k++)
			consider(n, name, strlen(name));
	}
	for (i = 0; (s = state_row(i)); i++)
		if (!strchr(s->word, '*'))
			consider(n, s->word, strlen(s->word));
	for (i = 0; i < SUBJECTS; i++)
		for (const char *at = subjects[i].words; *at;) {
			size_t len = strcspn(at, "|");

			consider(n, at, len);
			at += len + (at[len] == '|');
		}
	for (i = 0; i < ICMPS; i++)
		consider(n, icmps[i].name, strlen(icmps[i].name));
	json_array_foreach(rows, i, row)
		consider(n, text_or(row, "id", ""), strlen(text_or(row, "id", "")));
	json_decref(rows);
}

static void tell_near(struct page *p, const struct judge *j, const char *asked, const char *plain_word)
{
	struct near *n = mem_zero(sizeof *n);
	struct text names;

	text_init(&names);
	snprintf(n->asked, sizeof n->asked, "%s", plain_word);
	if (*plain_word)
		consider_all(n, j);
	TELL(p, W_explain_unknown, { "word", asked });
	for (size_t i = 0; i < n->len; i++)
		text_addf(&names, "%s%s", i ? word(W_list_comma) : "", n->at[i].name);
	if (n->len)
		TELL(p, W_explain_near, { "names", names.at });
	text_clear(&names);
	mem_free(n);
}

bool explain_knows(const struct judge *j, const char *asked)
{
	char key[EXPLAIN_WORD + 1];
	const struct logged *l;
	json_t *rule = judge_show(j, asked);
	bool known = rule != NULL;

	json_decref(rule);
	plain(asked, strnlen(asked, EXPLAIN_WORD), key);
	known |= *key && tell_wire(NULL, key);
	for (size_t i = 0; *key && i < SUBJECTS; i++)
		known |= subject_fits(&subjects[i], key);
	for (size_t i = 0; *key && i < ICMPS; i++)
		known |= fits_icmp(&icmps[i], key);
	for (size_t i = 0; *key && (l = logged_row(i)); i++)
		known |= same(l->phrase, key);
	return known;
}

bool explain_word(struct page *p, const struct judge *j, const char *asked)
{
	size_t len = strnlen(asked, EXPLAIN_WORD);
	char shown[EXPLAIN_WORD + 1], key[EXPLAIN_WORD + 1];
	const char *name;
	unsigned n;

	snprintf(shown, sizeof shown, "%.*s", (int)len, asked);
	plain(shown, len, key);
	if (tell_diagnosis(p, j, shown) || tell_family(p, j, shown))
		return true;
	page_paragraph(p, "", BOLD, shown);
	n = *key ? tell_wire(p, key) : 0;
	name = n ? wire_name(key) : NULL;
	if (name)
		tell_mentions(p, j, name);
	n += *key ? tell_icmp(p, key) + tell_devices(p, j, key) + tell_subjects(p, j, key) : 0;
	if (!n)
		tell_near(p, j, shown, key);
	return n > 0;
}
