/*
 * What a NAT hides: the private address whose hash a sender behind it gave (NAT detection), found by trying.
 *
 * Only what pays: 192.168.0.0/16 always; 100.64.0.0/10, 172.16.0.0/12 and the usual places of gateways in
 * 10.0.0.0/8 where the outside port shows that somebody translates. Bounded for the whole run.
 */
#include "analyzer/track/state.h"

enum {
	RUN_BUDGET = 1 << 23,                       /* addresses; 0.7 s */
	NETS_OF_TEN = 1 << 16, LOW_HOSTS = 24, HIGH_HOSTS = 8, HIGH_FROM = 256 - HIGH_HOSTS,
};

static bool try_range(struct track *t, struct nat_hashes *nat, uint32_t first, uint32_t count)
{
	if (count > t->search_left)
		return false;
	t->search_left -= count;
	nat->has_inside = address_search(&nat->riddle, first, count, &nat->inside);
	return nat->has_inside;
}

static bool try_gateways_of_ten(struct track *t, struct nat_hashes *nat)
{
	for (uint32_t net = 0; net < NETS_OF_TEN; net++) {
		uint32_t first = 0x0a000000 + (net << 8);

		if (try_range(t, nat, first, LOW_HOSTS) || try_range(t, nat, first + HIGH_FROM, HIGH_HOSTS))
			return true;
	}
	return false;
}

static void search(struct track *t, struct nat_hashes *nat)
{
	if (try_range(t, nat, 0xc0a80000, 1 << 16) || !nat->translated)
		return;
	if (try_range(t, nat, 0x64400000, 1 << 22) || try_range(t, nat, 0xac100000, 1 << 20))
		return;
	try_gateways_of_ten(t, nat);
}

/* One hash of each end is enough: it stays where it is, or says so (MOBIKE). */
static void search_end(struct track *t, const struct tunnel *n, int end)
{
	for (uint32_t i = 0; i < n->attempts_len; i++) {
		struct nat_hashes *nat = &n->attempts[i]->nat[end];

		if (nat->seen && !nat->source_fits && nat->has_riddle) {
			search(t, nat);
			return;
		}
	}
}

void inside_search(struct track *t)
{
	t->search_left = RUN_BUDGET;
	for (size_t i = 0; i < t->tunnels_len; i++)
		for (int end = 0; end < 2; end++)
			search_end(t, t->tunnels[i], end);
}
