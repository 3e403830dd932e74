/*
 * A report model whose strings name nobody: every string is read once from the
 * left; names that the model lists as heard on the wire, addresses, hardware
 * addresses, SPIs and hashes become pseudonyms, all else is copied.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyzer/evidence/pseudonym.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum { LONGEST_TOKEN = 64 };

struct secret {
	char *text;
	size_t len;
	bool is_file, is_filter;
};

struct redaction {
	struct pseudonyms *p;
	struct secret *secrets;
	size_t secrets_len, secrets_room;
	size_t first[257];     /* where secrets begin that start with this octet, longest first */
};

/* --- names ---------------------------------------------------------------------------------- */

static void add_secret(struct redaction *r, const char *text, bool is_file, bool is_filter)
{
	struct addr a;
	struct secret *s;

	if (!text || !*text || addr_parse(text, &a))
		return;
	s = MEM_PUSH(r->secrets, r->secrets_len, r->secrets_room);
	*s = (struct secret){ mem_string(text), strlen(text), is_file, is_filter };
}

static int by_start(const void *x, const void *y)
{
	const struct secret *a = x, *b = y;
	int first = tolower((uint8_t)a->text[0]) - tolower((uint8_t)b->text[0]);

	if (first)
		return first;
	if (a->len != b->len)
		return a->len < b->len ? 1 : -1;
	return strcmp(a->text, b->text);
}

static void sort_secrets(struct redaction *r)
{
	size_t at = 0;

	if (r->secrets_len)
		qsort(r->secrets, r->secrets_len, sizeof *r->secrets, by_start);
	for (unsigned c = 0; c < 256; c++) {
		r->first[c] = at;
		while (at < r->secrets_len && tolower((uint8_t)r->secrets[at].text[0]) == (int)c)
			at += 1;
	}
	r->first[256] = at;
}

static void collect_end(struct redaction *r, const json_t *end)
{
	const json_t *ids = json_object_get(end, "ids"), *id;
	size_t i;

	add_secret(r, json_string_value(json_object_get(end, "name")), false, false);
	json_array_foreach(ids, i, id) add_secret(r, json_string_value(id), false, false);
}

static void collect(struct redaction *r, const json_t *model)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(model, "captures"), i, o)
	{
		const char *file = json_string_value(json_object_get(o, "file"));
		const char *slash = file ? strrchr(file, '/') : NULL;

		add_secret(r, file, true, false);
		if (slash)
			add_secret(r, slash + 1, true, false);
	}
	json_array_foreach(json_object_get(model, "names"), i, o)
	{
		const char *kind = json_string_value(json_object_get(o, "kind"));

		if (kind && strcmp(kind, "product"))
			add_secret(r, json_string_value(json_object_get(o, "text")), false, !strcmp(kind, "filter"));
	}
	json_array_foreach(json_object_get(model, "tunnels"), i, o)
	{
		collect_end(r, json_object_get(o, "a"));
		collect_end(r, json_object_get(o, "b"));
	}
	sort_secrets(r);
}

/* --- what a secret becomes ------------------------------------------------------------------ */

/* The last part alone; words that say what kind of file it is stay. */
static void put_file(struct pseudonyms *p, const char *path, struct text *t)
{
	static const char *const kinds[] = { ".pcap", ".pcapng", ".cap", ".erf", ".gz", ".xz", ".bz2", ".zst" };
	const char *slash = strrchr(path, '/');
	char *name = mem_string(slash ? slash + 1 : path);
	size_t len = strlen(name), before = len + 1;

	while (len < before) {
		before = len;
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
			size_t n = strlen(kinds[i]);

			if (len > n && !strncmp(name + len - n, kinds[i], n)) {
				len -= n;
				break;
			}
		}
	}
	if (strcmp(path, "-"))
		pseudonym_words(p, (uint8_t *)name, len);
	text_add(t, name);
	mem_free(name);
}

/* "0x" and hex: octets that are no text. */
static bool put_octets(struct pseudonyms *p, const char *s, size_t len, struct text *t)
{
	uint8_t *octets;
	size_t n = len / 2 - 1;

	if (len < 4 || len % 2 || strncmp(s, "0x", 2) || strspn(s + 2, "0123456789abcdef") < len - 2)
		return false;
	octets = mem_zero(n + 1);
	for (size_t i = 0; i < n; i++)
		octets[i] = (uint8_t)strtoul((char[]){ s[2 + 2 * i], s[3 + 2 * i], 0 }, NULL, 16);
	pseudonym_opaque(p, octets, n);
	text_add(t, "0x");
	text_add_hex(t, (struct bytes){ octets, n });
	mem_free(octets);
	return true;
}

static void put_secret(struct pseudonyms *p, const struct secret *s, const char *as_written, struct text *t)
{
	char *copy;

	if (s->is_file) {
		put_file(p, s->text, t);
	} else if (s->is_filter) {
		copy = redact_filter(p, s->text);
		text_add(t, copy);
		mem_free(copy);
	} else if (!put_octets(p, as_written, s->len, t)) {
		copy = mem_copy(as_written, s->len);
		pseudonym_name(p, (uint8_t *)copy, s->len);
		text_add_bytes(t, copy, s->len);
		mem_free(copy);
	}
}

/* --- what a string holds -------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return isalnum((uint8_t)c);
}

/* A name stands alone: "vpn" is not found in "vpnc". */
static const struct secret *secret_at(const struct redaction *r, const char *s, size_t at)
{
	unsigned c = (unsigned)tolower((uint8_t)s[at]);

	for (size_t i = r->first[c]; i < r->first[c + 1]; i++) {
		const struct secret *x = &r->secrets[i];

		if (!strncasecmp(s + at, x->text, x->len) &&
		    !(at && is_letter(s[at]) && is_letter(s[at - 1])) &&
		    !(is_letter(s[at + x->len - 1]) && is_letter(s[at + x->len])))
			return x;
	}
	return NULL;
}

/* The longest head of a run of these characters that is an address. */
static size_t addr_at(const char *s, struct addr *ret)
{
	char token[LONGEST_TOKEN];
	size_t n = strspn(s, "0123456789abcdefABCDEF:.");

	if (n >= sizeof token)
		return 0;
	for (; n > 2; n--) {
		memcpy(token, s, n);
		token[n] = 0;
		if (!is_letter(s[n]) && addr_parse(token, ret))
			return n;
		if (s[n - 1] != '.' && s[n - 1] != ':')
			return 0; /* only the end of a sentence is cut off */
	}
	return 0;
}

static bool put_addr(struct pseudonyms *p, const char *s, size_t *at, struct text *t)
{
	char buf[ADDR_TEXT];
	struct addr a;
	size_t n = addr_at(s + *at, &a);

	if (!n)
		return false;
	a = pseudonym_addr(p, &a);
	text_add(t, addr_text(&a, buf));
	*at += n;
	return true;
}

static bool put_mac(struct pseudonyms *p, const char *s, size_t *at, struct text *t)
{
	uint8_t mac[6];

	for (size_t i = 0; i < 6; i++) {
		const char *x = s + *at + 3 * i;

		if (!isxdigit((uint8_t)x[0]) || !isxdigit((uint8_t)x[1]) || (i < 5 ? x[2] != ':' : x[2] == ':' || is_letter(x[2])))
			return false;
		mac[i] = (uint8_t)strtoul((char[]){ x[0], x[1], 0 }, NULL, 16);
	}
	pseudonym_mac(p, mac);
	for (size_t i = 0; i < 6; i++)
		text_addf(t, "%s%02x", i ? ":" : "", mac[i]);
	*at += 17;
	return true;
}

/* 0x and eight digits: an SPI of ESP or AH; sixteen: of an IKE SA; forty: a hash. */
static bool put_hex(struct pseudonyms *p, const char *s, size_t *at, struct text *t)
{
	bool with_0x = s[*at] == '0' && s[*at + 1] == 'x';
	const char *digits = s + *at + (with_0x ? 2 : 0);
	size_t n = strspn(digits, "0123456789abcdef");
	uint8_t hash[20];

	if (is_letter(digits[n]) || (with_0x ? n != 8 : n != 16 && n != 40))
		return false;
	if (n == 8) {
		text_addf(t, "0x%08x", pseudonym_esp_spi(p, (uint32_t)strtoul(digits, NULL, 16)));
	} else if (n == 16) {
		text_addf(t, "%016llx",
			  (unsigned long long)pseudonym_ike_spi(p, strtoull(s + *at, NULL, 16)));
	} else {
		for (size_t i = 0; i < sizeof hash; i++)
			hash[i] = (uint8_t)strtoul((char[]){ digits[2 * i], digits[2 * i + 1], 0 }, NULL, 16);
		pseudonym_hash(p, hash, sizeof hash);
		text_add_hex(t, (struct bytes){ hash, sizeof hash });
	}
	*at += n + (with_0x ? 2u : 0u);
	return true;
}

/* names: also those heard on the wire, which may be any word. */
static char *redact_string(const struct redaction *r, const char *s, bool names)
{
	size_t len = strlen(s);
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < len;) {
		const struct secret *x = names ? secret_at(r, s, i) : NULL;
		bool begins = !i || !is_letter(s[i - 1]);

		if (x) {
			put_secret(r->p, x, s + i, &t);
			i += x->len;
		} else if (!begins || !(put_mac(r->p, s, &i, &t) || put_addr(r->p, s, &i, &t) ||
					put_hex(r->p, s, &i, &t))) {
			text_add_bytes(&t, s + i++, 1);
		}
	}
	return text_take(&t);
}

/* --- documents ------------------------------------------------------------------------------ */

enum where { IN_SCHEMA, IN_ARGS }; /* arguments of a rule may have any name */

/* What stands there is a word of the schema, whatever somebody is called. */
static bool is_schema_word(const char *key)
{
	static const char *const keys[] = {
		"id", "step", "severity", "confidence", "culprit", "state", "kind", "type", "outcome", "mode", "stage",
		"direction", "protocol", "encapsulation", "format", "compression", "schema", "ticket", "explains",
		"explained_by", "references", "established", "child", "by", "behind", "proof", "finding", "tunnel",
		"link_types", "notes", "capped", "first", "last", "start", "initiator", "from", "to", "answer",
		"refused", "offered", "chosen", "suite", "sha256", "failing_since", "works_since", "came_up", "at",
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static json_t *redact_value(const struct redaction *r, const json_t *v, enum where where, bool names)
{
	json_t *made, *value;
	const char *key;
	size_t i;
	char *own;

	if (json_is_object(v)) {
		made = json_object();
		json_object_foreach((json_t *)(uintptr_t)v, key, value)
		{
			enum where inside = strcmp(key, "args") ? where : IN_ARGS;

			own = redact_string(r, key, false); /* addresses are keys here and there */
			json_object_set_new(made, own,
					    redact_value(r, value, inside, inside == IN_ARGS || !is_schema_word(key)));
			mem_free(own);
		}
		return made;
	}
	if (json_is_array(v)) {
		made = json_array();
		json_array_foreach(v, i, value)
			json_array_append_new(made, redact_value(r, value, where, names));
		return made;
	}
	if (!json_is_string(v))
		return json_deep_copy(v);
	own = redact_string(r, json_string_value(v), names);
	made = json_string(own);
	mem_free(own);
	return made;
}

static bool is_product(const json_t *names, const json_t *id)
{
	json_t *o;
	size_t i;

	json_array_foreach(names, i, o)
	{
		const char *kind = json_string_value(json_object_get(o, "kind"));

		if (kind && !strcmp(kind, "product") && json_equal(json_object_get(o, "text"), id))
			return true;
	}
	return false;
}

static json_t *without_products(const json_t *names, const json_t *ids)
{
	json_t *kept = json_array(), *id;
	size_t i;

	json_array_foreach(ids, i, id)
		if (!is_product(names, id))
			json_array_append(kept, id);
	return kept;
}

/* Whose product an end runs is no name, but it helps to attack: it is left out. */
static void drop_products(json_t *model, const json_t *names)
{
	json_t *t, *sa;
	size_t i, k;

	json_array_foreach(json_object_get(model, "tunnels"), i, t)
	{
		for (const char *side = "ab"; *side; side++) {
			json_t *end = json_object_get(t, (char[]){ *side, 0 });

			if (json_is_object(end))
				json_object_set_new(end, "implementation", json_null());
		}
		json_array_foreach(json_object_get(t, "ike_sas"), k, sa)
		{
			json_t *both = json_object_get(sa, "vendor_ids");

			for (const char *side = "ab"; *side && json_is_object(both); side++)
				json_object_set_new(both, (char[]){ *side, 0 },
						    without_products(names, json_object_get(both, (char[]){ *side, 0 })));
		}
	}
}

json_t *redact_model(struct pseudonyms *p, const json_t *model)
{
	struct redaction r = { .p = p };
	json_t *made;

	collect(&r, model);
	made = redact_value(&r, model, IN_SCHEMA, true);
	json_object_set(made, "tool", json_object_get(model, "tool"));
	json_object_del(made, "names");
	drop_products(made, json_object_get(model, "names"));
	for (size_t i = 0; i < r.secrets_len; i++)
		mem_free(r.secrets[i].text);
	mem_free(r.secrets);
	return made;
}

/* --- filters -------------------------------------------------------------------------------- */

/* pcap-filter(7). */
static bool is_keyword(const char *at, size_t len)
{
	static const char *const words[] = {
		"and", "or", "not", "host", "net", "mask", "port", "portrange", "src", "dst", "ip", "ip6", "icmp",
		"icmp6", "tcp", "udp", "esp", "ah", "ether", "arp", "rarp", "proto", "protochain", "vlan", "mpls",
		"pppoes", "pppoed", "broadcast", "multicast", "less", "greater", "gateway", "inbound", "outbound",
		"ifname", "on", "len", "link", "isakmp", "ntp", "domain", "http", "https", "ssh", "icmptype",
		"icmpcode", "tcpflags", "frag",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == len && !strncasecmp(words[i], at, len))
			return true;
	return strspn(at, "0123456789") >= len || (len > 2 && !strncmp(at, "0x", 2));
}

char *redact_filter(struct pseudonyms *p, const char *expression)
{
	size_t len = strlen(expression);
	struct text t;

	text_init(&t);
	for (size_t i = 0; i < len;) {
		size_t n = 0;

		if ((!i || !is_letter(expression[i - 1])) &&
		    (put_mac(p, expression, &i, &t) || put_addr(p, expression, &i, &t)))
			continue;
		while (is_letter(expression[i + n]) || (uint8_t)expression[i + n] >= 0x80)
			n += 1;
		if (n && !is_keyword(expression + i, n)) {
			char *word = mem_copy(expression + i, n);

			pseudonym_words(p, (uint8_t *)word, n);
			text_add_bytes(&t, word, n);
			mem_free(word);
		} else {
			text_add_bytes(&t, expression + i, n ? n : 1);
		}
		i += n ? n : 1;
	}
	return text_take(&t);
}
