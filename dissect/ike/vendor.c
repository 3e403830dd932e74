#include <string.h>

#include "dissect/ike/ike.h"

enum match { EXACT, PREFIX, FIRST14 };
enum kind { FEATURE, PRODUCT };

static const struct entry {
	enum match match;
	const char *octets; /* in hex */
	struct ike_vendor vendor;
} entries[] = {
#define VENDOR(match, kind, octets, name) { match, octets, { name, kind == PRODUCT } },
#include "dissect/tables/vendor_id.def"
#undef VENDOR
};

static uint8_t nibble(char hex)
{
	return (uint8_t)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

static bool starts(struct bytes vid, const char *hex, size_t len)
{
	if (vid.len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (vid.at[i] != (nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1])))
			return false;
	return true;
}

/* How many octets fit; 0 when the entry is about another id. */
static size_t matched(const struct entry *e, struct bytes vid)
{
	size_t len = e->match == FIRST14 ? 14 : strlen(e->octets) / 2;

	if (e->match == EXACT && vid.len != len)
		return 0;
	return starts(vid, e->octets, len) ? len : 0;
}

const struct ike_vendor *ike_vendor_of(struct bytes vid)
{
	const struct ike_vendor *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		size_t len = matched(&entries[i], vid);

		if (len > best_len) {
			best = &entries[i].vendor;
			best_len = len;
		}
	}
	return best;
}
