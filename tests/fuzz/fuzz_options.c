/*
 * fuzz_options.c - words of the command line: a time, an address.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/cli/cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What an address says of itself reads as that address again. */
static void read_address(const char *word)
{
	struct addr a, again;
	char text[ADDR_TEXT];

	if (addr_parse(word, &a) &&
	    (!addr_parse(addr_text(&a, text), &again) || !addr_equal(&a, &again)))
		abort();
}

static void read_moment(const char *word)
{
	struct moment m;

	if (moment_parse(word, &m) && m.of_day && (m.ns < 0 || m.ns > INT64_C(86401000000000)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = malloc(size + 1);

	if (!word)
		abort();
	if (size)
		memcpy(word, data, size);
	word[size] = 0;
	read_address(word);
	read_moment(word);
	free(word);
	return 0;
}
