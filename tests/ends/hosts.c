/*
 * ends/hosts.c - what hosts and their cards do that is no fault of the way: packets put together before they are
 * recorded, IP ids, AH, IPv6, TCP, coarse clocks, rekeys, files that end in the middle.
 */
#include "tests/ends/stories.h"

static void bursts(struct sa *sa, int n)
{
	for (int i = 0; i < n; i++) {
		burst(sa, A, 10, 0.00003, 1400);
		pass(sa->p->s, 0.05);
		burst(sa, B, 6, 0.00003, 1400);
		pass(sa->p->s, 0.15);
		burst(sa, A, 1, 0.02, 136);
		burst(sa, B, 1, 0.02, 136);
	}
}

static void busy(struct route *w, struct pair *p)
{
	struct sa sa = sa_of(p, A, &aes);

	if (sa_up(&sa))
		bursts(&sa, 40);
	route_ends(w);
}

/* A's card cuts ESP: its own recorder shows what it was handed, larger than any wire takes. */
void segments_cut_by_the_card(struct route *w)
{
	struct recorder near = { .offload = SEGMENTS_ESP, .offloads = A };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), recorder());
	busy(w, &p);
}

void segments_cut_by_the_card_and_loss(struct route *w)
{
	struct recorder near = { .offload = SEGMENTS_ESP, .offloads = A };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), loses((struct which){ .from = FROM_A, .kinds = ESP }), recorder());
	busy(w, &p);
}

/* B's host puts ESP in UDP together before the recorder sees it. */
void received_in_one(struct route *w)
{
	struct recorder far = { .offload = RECEIVES_UDP, .offloads = A };
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), records(&far));
	busy(w, &p);
}

void received_in_one_esp(struct route *w)
{
	struct recorder far = { .offload = SEGMENTS_ESP, .offloads = A };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	busy(w, &p);
}

/* At both ends, of what it receives. */
void received_in_one_both(struct route *w)
{
	struct recorder near = { .offload = RECEIVES_UDP, .offloads = B }, far = { .offload = RECEIVES_UDP, .offloads = A };
	struct pair p;

	BRANCH(w, &p, records(&near), translator(), line(), records(&far));
	busy(w, &p);
}

void received_in_one_and_loss(struct route *w)
{
	struct recorder far = { .offload = RECEIVES_UDP, .offloads = A };
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), loses((struct which){ .from = FROM_A, .kinds = NATT, .share = 0.25 }), records(&far));
	busy(w, &p);
}

/* A's checksums are filled in by its card, B's too. */
void sums_left_to_the_card(struct route *w)
{
	struct recorder near = { .unsummed = true, .offloads = A }, far = { .unsummed = true, .offloads = B };
	struct pair p;

	BRANCH(w, &p, records(&near), translator(), line(), records(&far));
	session(&p, 200, 0.1);
	route_ends(w);
}

/* IKE_AUTH leaves A's host whole, 2.4 kB in one; the card makes fragments. */
static void whole_before_the_card(struct route *w, struct device between)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), (struct device){ .kind = LIMITS, .mtu = 1500, .clears_df = true, .which.from = FROM_A }, line(), between,
		 (struct device){ .kind = LIMITS, .mtu = 1500, .clears_df = true, .which.from = FROM_B }, recorder());
	p.mtu[A] = p.mtu[B] = 9000;
	large_auths(&p);
	route_ends(w);
}

void fragments_cut_by_the_card(struct route *w) { whole_before_the_card(w, (struct device){ .kind = DELAYS }); }
void fragments_cut_by_the_card_and_lost(struct route *w) { whole_before_the_card(w, loses((struct which){ .from = FROM_A, .kinds = LATER })); }
void fragments_cut_by_the_card_and_all_lost(struct route *w) { whole_before_the_card(w, loses((struct which){ .from = FROM_A, .kinds = FIRST | LATER })); }

/* --- AH ---------------------------------------------------------------------------- */

static void ah(struct sa *sa, enum side from, size_t len)
{
	struct packing how = { .protocol = 51, .df = true };
	double at = sa->p->s->now;
	uint8_t bytes[2048];

	memset(bytes, 0xa4, sizeof bytes);
	memcpy(bytes, "\x04\x04\x00\x00", 4);
	put32(bytes + 4, sa->spi[from]);
	put32(bytes + 8, ++sa->seq[from]);
	packet_send(sa->p, from, &how, bytes, len - 20);
	sa->p->s->now = at;
}

static void speaks_ah(struct route *w, const char *a, const char *b, struct device between, int n)
{
	struct recorder far = { .clock.ahead = 12 };
	struct pair p;
	struct sa sa;

	ROUTE(w, &p, a, b, recorder(), line(), between, records(&far));
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		for (int i = 0; i < n; i++) {
			ah(&sa, A, i % 3 ? 200 : 1400);
			pass(&w->scene, 0.05);
			ah(&sa, B, 200);
			pass(&w->scene, 0.05);
		}
	route_ends(w);
}

void ah_passes(struct route *w) { speaks_ah(w, HERE, THERE, (struct device){ .kind = DELAYS }, 150); }
void ah_blocked(struct route *w) { speaks_ah(w, HERE, THERE, loses((struct which){ .from = FROM_A, .kinds = AH }), 150); }
void ah_lost_at_random(struct route *w) { speaks_ah(w, HERE, THERE, loses((struct which){ .from = FROM_A, .kinds = AH, .share = 0.2 }), 400); }
void ah_too_large(struct route *w) { speaks_ah(w, HERE, THERE, (struct device){ .kind = LIMITS, .mtu = 1300, .silent = true }, 150); }
void ah_passes_ipv6(struct route *w) { speaks_ah(w, HERE6, THERE6, (struct device){ .kind = DELAYS }, 150); }
void ah_blocked_ipv6(struct route *w) { speaks_ah(w, HERE6, THERE6, loses((struct which){ .from = FROM_B, .kinds = AH }), 150); }
void ah_too_large_ipv6(struct route *w) { speaks_ah(w, HERE6, THERE6, (struct device){ .kind = LIMITS, .mtu = 1300, .silent = true }, 150); }

/* --- IPv6 -------------------------------------------------------------------------- */

static void over_ipv6(struct route *w, struct device between, struct device more)
{
	struct pair p;
	struct sa sa;

	ROUTE(w, &p, HERE6, THERE6, recorder(), line(), between, more, recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		for (int i = 0; i < 150; i++) {
			burst(&sa, A, 1, 0.05, i % 3 ? 600 : 1460);
			burst(&sa, B, 1, 0.05, 136);
		}
	route_ends(w);
}

static struct device idle(void) { return (struct device){ .kind = DELAYS }; }

void ipv6_all_is_well(struct route *w) { over_ipv6(w, idle(), idle()); }
void ipv6_black_hole(struct route *w) { over_ipv6(w, limits(1400, NULL), idle()); }
void ipv6_too_big_ignored(struct route *w) { over_ipv6(w, limits(1400, ROUTER6), idle()); }
void ipv6_too_big_swallowed(struct route *w) { over_ipv6(w, loses((struct which){ .from = FROM_B, .kinds = ICMP }), limits(1400, ROUTER6)); }
void ipv6_esp_blocked(struct route *w) { over_ipv6(w, loses((struct which){ .from = FROM_B, .kinds = ESP }), idle()); }
void ipv6_lost_at_random(struct route *w) { over_ipv6(w, loses((struct which){ .kinds = ESP, .share = 0.15 }), idle()); }

static void large_over_ipv6(struct route *w, struct device between, uint32_t snaplen)
{
	struct recorder far = { .snaplen = snaplen };
	struct pair p;

	ROUTE(w, &p, HERE6, THERE6, recorder(), line(), between, records(&far));
	large_auths(&p);
	route_ends(w);
}

void ipv6_fragments_pass(struct route *w) { large_over_ipv6(w, idle(), 0); }
void ipv6_fragments_cut_at_96_far(struct route *w) { large_over_ipv6(w, idle(), 96); }
void ipv6_fragments_cut_at_64_far(struct route *w) { large_over_ipv6(w, idle(), 64); }
void ipv6_first_fragments_lost(struct route *w) { large_over_ipv6(w, loses((struct which){ .from = FROM_A, .kinds = FIRST }), 0); }
void ipv6_all_fragments_lost(struct route *w) { large_over_ipv6(w, loses((struct which){ .from = FROM_B, .kinds = FIRST | LATER }), 0); }

static struct device nat66(void)
{
	return (struct device){ .kind = PREFIXES, .inside = A, .outside = "2001:db8:c::10" };
}

void nat66_all_is_well(struct route *w) { over_ipv6(w, nat66(), idle()); }
void nat66_black_hole(struct route *w) { over_ipv6(w, nat66(), limits(1400, NULL)); }
void nat66_blocked(struct route *w) { over_ipv6(w, nat66(), loses((struct which){ .from = FROM_A, .kinds = PORT4500 })); }
void nat66_fragments_lost(struct route *w)
{
	struct pair p;

	ROUTE(w, &p, HERE6, THERE6, recorder(), nat66(), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

/* --- IP ids ------------------------------------------------------------------------ */

static struct device renumbers(enum ids ids)
{
	return (struct device){ .kind = MARKS, .ids = ids };
}

void ids_zero(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, renumbers(ZERO), recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = IKE, .every = 2 }), recorder(), renumbers(ZERO));
	two_attempts(&p);
	route_ends(w);
}

void ids_zero_and_answers_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, renumbers(ZERO), recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = PORT500 }), recorder(), renumbers(ZERO));
	two_attempts(&p);
	route_ends(w);
}

void ids_renewed_on_the_way(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), renumbers(RENEWED), line(), recorder());
	session(&p, 300, 0.05);
	route_ends(w);
}

void ids_renewed_and_requests_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), renumbers(RENEWED), line(), loses((struct which){ .from = FROM_A, .kinds = IKE, .every = 3 }), recorder());
	two_attempts(&p);
	route_ends(w);
}

/* --- mirrors that show some packets twice --------------------------------------------- */

void mirror_twice_and_loss(struct route *w)
{
	struct recorder far = { .twice = true };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = ESP, .share = 0.2 }), records(&far));
	session(&p, 800, 0.02);
	route_ends(w);
}

void mirror_twice_near_and_fragments_lost(struct route *w)
{
	struct recorder near = { .twice = true };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

void mirror_twice_and_no_answer(struct route *w)
{
	struct recorder near = { .twice = true }, far = { .twice = true };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), records(&far));
	p.deaf[B] = true;
	two_attempts(&p);
	route_ends(w);
}

/* --- translators -------------------------------------------------------------------- */

/* One end inside its own NAT, a carrier's NAT behind it that starts anew; B sees it, or goes on as before. */
static void carrier(struct route *w, bool b_follows)
{
	struct device own = translator(), carriers = translator();
	struct pair p;
	struct sa sa;

	own.outside = "100.64.3.9";
	carriers.rebinds = 20;
	BRANCH(w, &p, recorder(), own, carriers, line(), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		traffic(&sa, 20, 0.2);
		w->stubborn[B] = !b_follows;
		traffic(&sa, 280, 0.2);
	}
	route_ends(w);
}

void carrier_starts_anew(struct route *w) { carrier(w, true); }
void carrier_starts_anew_b_does_not_follow(struct route *w) { carrier(w, false); }

/* --- clocks -------------------------------------------------------------------------- */

static void timed(struct route *w, struct clock near, struct clock far, struct device between, int packets, double gap)
{
	struct recorder x = { .clock = near }, y = { .clock = far };
	struct pair p;

	GATEWAYS(w, &p, records(&x), line(), between, records(&y));
	session(&p, packets, gap);
	route_ends(w);
}

static struct device a_fifth_lost(void) { return loses((struct which){ .from = FROM_A, .kinds = ESP, .share = 0.2 }); }

void drifts_for_an_hour(struct route *w) { timed(w, (struct clock){ 0 }, (struct clock){ .ppm = 100 }, idle(), 1800, 2); }
void drifts_days_apart(struct route *w) { timed(w, (struct clock){ .ppm = -100 }, (struct clock){ .ahead = 9 * 86400.0, .ppm = 100 }, a_fifth_lost(), 1800, 2); }
void whole_seconds(struct route *w) { timed(w, (struct clock){ .tick = 1 }, (struct clock){ .tick = 1 }, idle(), 600, 0.05); }
void whole_seconds_far(struct route *w) { timed(w, (struct clock){ 0 }, (struct clock){ .tick = 1 }, idle(), 600, 0.05); }
void whole_seconds_and_loss(struct route *w) { timed(w, (struct clock){ .tick = 1 }, (struct clock){ .tick = 1, .ahead = 40 }, a_fifth_lost(), 600, 0.05); }
void hundredths_near(struct route *w) { timed(w, (struct clock){ .tick = 0.01 }, (struct clock){ 0 }, idle(), 600, 0.05); }
void hundredths_both_and_loss(struct route *w) { timed(w, (struct clock){ .tick = 0.01 }, (struct clock){ .tick = 0.01 }, a_fifth_lost(), 600, 0.05); }

void whole_seconds_and_fragments_lost(struct route *w)
{
	struct recorder near = { .clock.tick = 1 }, far = { .clock.tick = 1 };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), records(&far));
	large_auths(&p);
	route_ends(w);
}

void ten_minutes_late(struct route *w)
{
	struct recorder far = { .since = 600 };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	session(&p, 600, 1.5);
	route_ends(w);
}

void ten_minutes_late_near_and_loss(struct route *w)
{
	struct recorder near = { .since = 600, .clock.ahead = -86400 };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), a_fifth_lost(), recorder());
	session(&p, 600, 1.5);
	route_ends(w);
}

/* It began after the outage: A's requests without answer of before prove nothing. */
void ten_minutes_late_for_the_outage(struct route *w)
{
	struct recorder far = { .since = 600 };
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = PORT500, .until = 400 }), records(&far));
	two_attempts(&p);
	pass(&w->scene, 250);
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		traffic(&sa, 100, 0.2);
	route_ends(w);
}

/* --- tunnels and keys ------------------------------------------------------------------ */

static void two_tunnels(struct route *w, struct device between)
{
	struct pair p;
	struct sa x, y;

	GATEWAYS(w, &p, recorder(), line(), between, recorder());
	x = sa_of(&p, A, &aes);
	y = sa_of(&p, B, &aes);
	if (sa_up(&x) && sa_up(&y))
		for (int i = 0; i < 20; i++) {
			traffic(&x, 10, 0.1);
			traffic(&y, 10, 0.1);
		}
	route_ends(w);
}

void two_sas_between_the_same(struct route *w) { two_tunnels(w, idle()); }
void two_sas_and_loss(struct route *w) { two_tunnels(w, a_fifth_lost()); }

static void rekeyed(struct route *w, uint32_t from_seq, struct device between)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), between, recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		sa.seq[A] = sa.seq[B] = from_seq;
		traffic(&sa, 200, 0.1);
		rekeys_child(&sa, A);
		traffic(&sa, 200, 0.1);
		rekeys_child(&sa, B);
		traffic(&sa, 200, 0.1);
	}
	route_ends(w);
}

void rekeyed_twice(struct route *w) { rekeyed(w, 0, idle()); }
void rekeyed_twice_and_loss(struct route *w) { rekeyed(w, 0, a_fifth_lost()); }
/* RFC 4303 2.2.1: only the low half of the number is in the packet, and begins anew. */
void numbers_begin_anew(struct route *w) { rekeyed(w, 0xffffffff - 100, idle()); }
void numbers_begin_anew_and_loss(struct route *w) { rekeyed(w, 0xffffffff - 100, a_fifth_lost()); }

/* New keys, and the old SPI goes on at one end: nothing of it is lost. */
void rekey_lost(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = IKE, .since = 30 }), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		traffic(&sa, 250, 0.1);
		rekeys_child(&sa, A);
		traffic(&sa, 50, 0.1);
	}
	route_ends(w);
}

/* --- files -------------------------------------------------------------------------- */

void far_file_torn(struct route *w)
{
	struct recorder far = { .torn = 700 };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	session(&p, 200, 0.1);
	route_ends(w);
}

void near_file_torn_half_way(struct route *w)
{
	struct recorder near = { .torn = 90001 };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), recorder());
	session(&p, 200, 0.1);
	route_ends(w);
}

static void three_with_empty(struct route *w, size_t which, struct device between)
{
	static struct recorder r[3];
	struct pair p;

	memset(r, 0, sizeof r);
	r[which].since = 1e9;
	GATEWAYS(w, &p, records(&r[0]), line(), between, records(&r[1]), line(), records(&r[2]));
	session(&p, 100, 0.2);
	route_ends(w);
}

void three_points_middle_empty(struct route *w) { three_with_empty(w, 1, idle()); }
void three_points_far_empty(struct route *w) { three_with_empty(w, 2, idle()); }
void three_points_near_empty(struct route *w) { three_with_empty(w, 0, idle()); }
void three_points_middle_empty_and_loss(struct route *w) { three_with_empty(w, 1, loses((struct which){ .from = FROM_A, .kinds = ESP })); }
void far_empty(struct route *w)
{
	struct recorder far = { .since = 1e9 };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	p.deaf[B] = true;
	two_attempts(&p);
	route_ends(w);
}
