#include "dissect/base/language.h"

#include <string.h>

enum { MAGIC = 0x950412de, HEADER_LEN = 28, ROW_LEN = 8 };

static struct catalog in_use; /* count 0: English */

static uint32_t number_at(const struct catalog *c, uint32_t at)
{
	uint32_t n;

	memcpy(&n, c->file.at + at, sizeof n);
	return c->swapped ? __builtin_bswap32(n) : n;
}

/* A row is a length and a place; the text there ends in a zero octet that the length does not count. */
static const char *text_at(const struct catalog *c, uint32_t table, uint32_t row)
{
	return (const char *)c->file.at + number_at(c, table + row * ROW_LEN + 4);
}

static bool table_fits(const struct catalog *c, uint32_t table)
{
	if (table > c->file.len || c->count > (c->file.len - table) / ROW_LEN)
		return false;
	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t len = number_at(c, table + i * ROW_LEN), at = number_at(c, table + i * ROW_LEN + 4);

		if (at >= c->file.len || len >= c->file.len - at || c->file.at[at + len])
			return false;
	}
	return true;
}

static bool sorted(const struct catalog *c)
{
	for (uint32_t i = 1; i < c->count; i++)
		if (strcmp(text_at(c, c->keys, i - 1), text_at(c, c->keys, i)) >= 0)
			return false;
	return true;
}

bool catalog_open(struct bytes file, struct catalog *ret)
{
	struct catalog c = { .file = file };

	if (file.len < HEADER_LEN || file.len > UINT32_MAX)
		return false;
	c.swapped = number_at(&c, 0) == __builtin_bswap32(MAGIC);
	if (number_at(&c, 0) != MAGIC || number_at(&c, 4) >> 16 > 1)
		return false;
	c.count = number_at(&c, 8);
	c.keys = number_at(&c, 12);
	c.sentences = number_at(&c, 16);
	if (!table_fits(&c, c.keys) || !table_fits(&c, c.sentences) || !sorted(&c))
		return false;
	*ret = c;
	return true;
}

const char *catalog_find(const struct catalog *c, const char *english)
{
	uint32_t low = 0, high = c->count;

	while (*english && low < high) { /* the empty key has what msgfmt says about the file */
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(english, text_at(c, c->keys, middle));

		if (!order)
			return text_at(c, c->sentences, middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct catalog language_use(const struct catalog *c)
{
	struct catalog before = in_use;

	in_use = c ? *c : (struct catalog){ 0 };
	return before;
}

struct catalog language_in_use(void)
{
	return in_use;
}

const char *translated(const char *english)
{
	const char *found = catalog_find(&in_use, english);

	return found && *found ? found : english;
}

/* --- plurals: the C expression of a Plural-Forms header --- */

enum { DEEPEST = 32, LEVELS = 6, MOST_FORMS = 6 };

struct expression {
	const char *at;
	uint64_t n;
	int depth;
	bool wrong;
};

static bool take(struct expression *e, const char *sign)
{
	e->at += strspn(e->at, " \t");
	if (strncmp(e->at, sign, strlen(sign)) != 0)
		return false;
	e->at += strlen(sign);
	return true;
}

static uint64_t choice(struct expression *e);

static uint64_t value(struct expression *e)
{
	uint64_t v = 0;

	if (take(e, "!")) {
		if (++e->depth > DEEPEST)
			e->wrong = true;
		return e->wrong ? 0 : !value(e);
	}
	if (take(e, "n"))
		return e->n;
	if (take(e, "(")) {
		v = choice(e);
		e->wrong |= !take(e, ")");
		return v;
	}
	e->wrong |= *e->at < '0' || *e->at > '9';
	for (; *e->at >= '0' && *e->at <= '9'; e->at++)
		v = v * 10 + (uint64_t)(*e->at - '0');
	return v;
}

static uint64_t apply(const char *sign, uint64_t x, uint64_t y)
{
	switch (sign[0]) {
	case '|': return x || y;
	case '&': return x && y;
	case '=': return x == y;
	case '!': return x != y;
	case '<': return sign[1] ? x <= y : x < y;
	case '>': return sign[1] ? x >= y : x > y;
	case '+': return x + y;
	case '-': return x - y;
	case '*': return x * y;
	case '/': return y ? x / y : 0;
	default: return y ? x % y : 0;
	}
}

/* The signs of one level bind weaker than those of the next; the longer of two that begin alike comes first. */
static uint64_t level(struct expression *e, int depth)
{
	static const char *const signs[LEVELS][5] = { { "||" }, { "&&" }, { "==", "!=" }, { "<=", ">=", "<", ">" },
						      { "+", "-" }, { "*", "/", "%" } };
	uint64_t x = depth == LEVELS ? value(e) : level(e, depth + 1);

	for (int i = 0; depth < LEVELS && signs[depth][i];) {
		if (take(e, signs[depth][i])) {
			x = apply(signs[depth][i], x, level(e, depth + 1));
			i = 0;
		} else {
			i++;
		}
	}
	return x;
}

static uint64_t choice(struct expression *e)
{
	uint64_t x, yes, no;

	if (++e->depth > DEEPEST)
		e->wrong = true;
	if (e->wrong)
		return 0;
	x = level(e, 0);
	if (take(e, "?")) {
		yes = choice(e);
		e->wrong |= !take(e, ":");
		no = choice(e);
		x = x ? yes : no;
	}
	e->depth -= 1;
	return x;
}

unsigned plural_form(const char *header, uint64_t n)
{
	const char *at = strstr(header, "Plural-Forms:");
	const char *rule = at ? strstr(at, "plural=") : NULL;
	struct expression e = { .n = n };
	uint64_t form;

	if (!rule || strcspn(at, "\n") < (size_t)(rule - at))
		return 0;
	e.at = rule + strlen("plural=");
	form = choice(&e);
	return e.wrong || form >= MOST_FORMS ? 0 : (unsigned)form;
}

const char *translated_count(const char *one, const char *many, uint64_t n)
{
	const char *found = catalog_find(&in_use, one), *header = in_use.count ? text_at(&in_use, in_use.sentences, 0) : "";
	const char *end;

	if (!found || !*found)
		return n == 1 ? one : many;
	end = (const char *)in_use.file.at + in_use.file.len;
	for (unsigned form = plural_form(header, n); form; form--) { /* forms follow each other, each ended by a zero */
		const char *next = memchr(found, 0, (size_t)(end - found));

		if (!next || next + 1 >= end || !next[1])
			break;
		found = next + 1;
	}
	return found;
}
