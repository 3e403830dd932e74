/*
 * fuzz_rewrite.c - frames lose their secrets and get pseudonyms, in place.
 *
 * The first octet chooses the link type, the second what is done; then frames as
 * in frames.h. What is redacted twice comes out the same, and with blanking
 * alone nothing but Aggressive Mode changes.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/evidence/parts.h"
#include "dissect/base/mem.h"
#include "tests/fuzz/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keeping keep(const uint8_t *data, size_t size)
{
	struct cursor c = cur_over(data, size, false);
	uint16_t link = link_of(cur_u8(&c));
	struct frame f = { .link = link };
	struct keeping k = { 0 };

	cur_skip(&c, 1);
	while (k.len < 64 && next_frame(&c, 250000000, &f)) {
		struct kept *one = MEM_PUSH(k.at, k.len, k.room);

		one->frame = f;
		one->bytes = (uint8_t *)(uintptr_t)f.at;
	}
	return k;
}

static void drop(struct keeping *k)
{
	for (size_t i = 0; i < k->len; i++)
		free(k->at[i].bytes);
	mem_free(k->at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[PSEUDONYM_KEY_LEN] = { 1 };
	uint8_t shape = size > 1 ? data[1] : 0;
	struct pseudonyms *names = pseudonyms_new(key);
	struct rewriting w = { .pseudonyms = shape & 1 ? names : NULL, .blank = shape & 2 };
	struct keeping a = keep(data, size), b = keep(data, size);

	if (!names || a.len != b.len)
		abort();
	rewrite(&w, &a);
	if (shape & 1)
		rewrite(&w, &b);
	for (size_t i = 0; i < a.len; i++)
		if (!a.at[i].blanked && memcmp(a.at[i].bytes, b.at[i].bytes, a.at[i].frame.cap_len))
			abort();
	drop(&a);
	drop(&b);
	pseudonyms_free(names);
	return 0;
}
