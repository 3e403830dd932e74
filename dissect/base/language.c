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

void language_use(const struct catalog *c)
{
	in_use = c ? *c : (struct catalog){ 0 };
}

const char *translated(const char *english)
{
	const char *found = catalog_find(&in_use, english);

	return found && *found ? found : english;
}
