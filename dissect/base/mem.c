#include "dissect/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_NO_MEMORY = 75 };

static void *had(void *p)
{
	if (p)
		return p;
	fputs("ikescope: out of memory\n", stderr);
	exit(EXIT_NO_MEMORY);
}

void *mem_zero(size_t n)
{
	return had(calloc(1, n ? n : 1));
}

void *mem_copy(const void *from, size_t n)
{
	void *p = had(malloc(n ? n : 1));

	if (n)
		memcpy(p, from, n);
	return p;
}

char *mem_string(const char *from)
{
	return mem_copy(from, strlen(from) + 1);
}

void *mem_resize(void *take_old, size_t n)
{
	return had(realloc(take_old, n ? n : 1));
}

void mem_free(void *take)
{
	free(take);
}

void *mem_grow(void *items_at, size_t *count, size_t *capacity, size_t item_len)
{
	char *items, *fresh;

	memcpy(&items, items_at, sizeof items); /* all data pointers look alike */
	if (*count == *capacity) {
		size_t more = *capacity ? *capacity * 2 : 4;

		if (more > SIZE_MAX / item_len)
			had(NULL);
		items = mem_resize(items, more * item_len);
		*capacity = more;
		memcpy(items_at, &items, sizeof items);
	}
	fresh = items + *count * item_len;
	memset(fresh, 0, item_len);
	*count += 1;
	return fresh;
}
