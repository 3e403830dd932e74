/*
 * ends/sizes.c - IP fragments, sizes that do not pass, what is cut and put together on the way.
 */
#include "tests/ends/stories.h"

void fragments_pass(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	large_auths(&p);
	route_ends(w);
}

void later_fragments_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

void later_fragments_lost_clock_off(struct route *w)
{
	struct recorder near = { .clock = { .ahead = -7200.25, .ppm = -60 } };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

void later_fragments_lost_behind_nat(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

void later_fragments_lost_ipv6(struct route *w)
{
	struct pair p;

	ROUTE(w, &p, HERE6, THERE6, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

void later_fragments_of_answers_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

void first_fragments_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = FIRST }), recorder());
	large_auths(&p);
	route_ends(w);
}

void all_fragments_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = FIRST | LATER }), recorder());
	large_auths(&p);
	route_ends(w);
}

/* A link of 1400 octets cuts the pieces once more; all of them come. */
void cut_again(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), limits(1400, ROUTER), recorder());
	p.mtu[A] = p.mtu[B] = 1500;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.fragmentation = false;
		if (sa_init(&sa) && sa_auth(&sa, CERTIFICATES, BIG_SUCCESS))
			data(&sa, 60, 0.2);
	}
	route_ends(w);
}

/* The same, and the filter behind it lets only first pieces through. */
void cut_again_and_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), limits(1400, ROUTER), loses((struct which){ .from = FROM_A, .kinds = LATER }),
		 recorder());
	large_auths(&p);
	route_ends(w);
}

/* A firewall puts pieces together before it lets them in. */
void put_together(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), (struct device){ .kind = JOINS }, recorder());
	large_auths(&p);
	route_ends(w);
}

/* Puts them together, and cuts them in its own way. */
void put_together_and_cut(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), (struct device){ .kind = JOINS, .which.from = FROM_A }, limits(1380, ROUTER),
	       line(), recorder());
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.fragmentation = false;
		if (sa_init(&sa) && sa_auth(&sa, CERTIFICATES, BIG_SUCCESS))
			data(&sa, 60, 0.2);
	}
	route_ends(w);
}

/* B's filter knows ports only; the fragments came, for B answers. */
void later_fragments_hidden(struct route *w)
{
	struct recorder far = { .hides = LATER };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	large_auths(&p);
	route_ends(w);
}

/* The same filter, and B is silent about the request: nobody may say that its rest was lost. */
void later_fragments_hidden_and_no_answer(struct route *w)
{
	struct recorder far = { .hides = LATER };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far), loses((struct which){ .from = FROM_A, .kinds = FIRST | LATER }));
	large_auths(&p);
	route_ends(w);
}

void fragments_overtake(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), (struct device){ .kind = HOLDS, .seconds = 0.004, .which.kinds = FIRST },
		 recorder());
	for (int i = 0; i < 4; i++)
		large_auths(&p);
	route_ends(w);
}

/* RFC 7383 pieces of 1280 octets on a way that takes 1200: IKE has cut them, IP must not. */
void ike_pieces_too_large(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), limits(1200, NULL), recorder());
	p.df = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		if (sa_init(&sa))
			sa_auth(&sa, CERTIFICATES, SUCCESS);
	}
	route_ends(w);
}

static void sizes_from(struct sa *sa, enum side from, int n, double gap)
{
	static const size_t sizes[] = { 136, 1404, 600, 1500, 136, 1476, 1300, 1396, 1440, 300 };

	for (int i = 0; i < n; i++) {
		burst(sa, from, 1, gap / 2, sizes[i % 10]);
		burst(sa, other_side(from), 1, gap / 2, 136);
	}
}

/* Above 1400 octets nothing passes from A, and no router says so. */
void black_hole(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), (struct device){ .kind = LIMITS, .mtu = 1400, .silent = true,
							       .which.from = FROM_A }, recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		sizes_from(&sa, A, 200, 0.1);
	route_ends(w);
}

void black_hole_back(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), (struct device){ .kind = LIMITS, .mtu = 1400, .silent = true,
							       .which.from = FROM_B }, recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		sizes_from(&sa, B, 200, 0.1);
	route_ends(w);
}

void black_hole_behind_nat(struct route *w)
{
	struct pair p;
	struct sa sa;

	BRANCH(w, &p, recorder(), translator(), line(), (struct device){ .kind = LIMITS, .mtu = 1400, .silent = true,
									   .which.from = FROM_A }, recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		sizes_from(&sa, A, 200, 0.1);
	route_ends(w);
}

/* The router does say it, and something between it and A swallows that. */
void too_big_swallowed(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), loses((struct which){ .from = FROM_B, .kinds = ICMP }), line(), limits(1400, ROUTER),
		 recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		sizes_from(&sa, A, 200, 0.1);
	route_ends(w);
}

/* It comes to A's recorder, and A goes on as before. */
void too_big_ignored(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), limits(1400, ROUTER), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		sizes_from(&sa, A, 200, 0.1);
	route_ends(w);
}

void too_big_heeded(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), limits(1400, ROUTER), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		burst(&sa, A, 2, 0.01, 1476);
		for (int i = 0; i < 120; i++) {
			burst(&sa, A, 1, 0.05, 1396);
			burst(&sa, B, 1, 0.05, 136);
		}
	}
	route_ends(w);
}

/* A router takes the DF bit away and cuts: everything comes. */
void df_cleared(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), (struct device){ .kind = LIMITS, .mtu = 1300, .clears_df = true }, recorder());
	session(&p, 120, 0.2);
	route_ends(w);
}

/* IKE_AUTH leaves whole and with DF, and is too large. */
void auth_too_large(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), limits(1300, NULL), recorder());
	p.df = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.fragmentation = false;
		if (sa_init(&sa))
			sa_auth(&sa, 1330, SUCCESS);
	}
	route_ends(w);
}
