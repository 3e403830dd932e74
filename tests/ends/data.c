/*
 * ends/data.c - ESP on the way: lost by protocol, by chance, by rate, by marking; late, twice, spoiled.
 */
#include "tests/ends/stories.h"

void esp_blocked(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = ESP }), recorder());
	session(&p, 80, 0.2);
	route_ends(w);
}

void esp_blocked_back(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = ESP }), recorder());
	session(&p, 80, 0.2);
	route_ends(w);
}

void esp_blocked_both_ways(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .kinds = ESP }), recorder());
	session(&p, 80, 0.2);
	route_ends(w);
}

/* A sends, all of it comes, and B has nothing to say. */
void peer_sends_no_data(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		burst(&sa, A, 100, 0.2, 136);
		alive(&sa, A);
	}
	route_ends(w);
}

void lost_by_chance(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = ESP, .share = 0.06 }),
		 recorder());
	session(&p, 1500, 0.02);
	route_ends(w);
}

void every_tenth_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = ESP, .every = 10 }), recorder());
	session(&p, 800, 0.02);
	route_ends(w);
}

/* Two seconds of every twenty nothing passes. */
void lost_in_turns(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(),
		 loses((struct which){ .kinds = ESP, .since = 5, .on = 2, .period = 20 }), recorder());
	session(&p, 1200, 0.1);
	route_ends(w);
}

/* Full bursts of 1400 octets against a bucket of 60 kB that fills with 100 kB/s. */
void policed(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(),
		 (struct device){ .kind = POLICES, .rate = 100e3, .depth = 60e3, .which.from = FROM_A }, recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		for (int i = 0; i < 25; i++) {
			burst(&sa, A, 120, 0.002, 1400);
			burst(&sa, B, 20, 0.01, 136);
			burst(&sa, A, 15, 0.1, 136);
		}
	route_ends(w);
}

/* A marks each third packet EF, and those are lost. */
void marked_ones_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, (struct device){ .kind = MARKS, .dscp = 46, .which = { .from = FROM_A, .kinds = ESP, .every = 3 } },
		 recorder(), line(), loses((struct which){ .from = FROM_A, .dscp = 46 }), recorder());
	session(&p, 600, 0.05);
	route_ends(w);
}

void marks_bleached(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, (struct device){ .kind = MARKS, .dscp = 46, .which = { .from = FROM_A, .kinds = ESP, .every = 3 } },
		 recorder(), (struct device){ .kind = MARKS, .dscp = -1 }, line(), recorder());
	session(&p, 300, 0.05);
	route_ends(w);
}

void copied_on_the_way(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), (struct device){ .kind = REPEATS, .seconds = 0.008, .which = { .every = 4 } },
		 recorder());
	session(&p, 200, 0.1);
	route_ends(w);
}

void overtaken(struct route *w)
{
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(),
		 (struct device){ .kind = HOLDS, .seconds = 0.03, .which = { .kinds = ESP, .every = 10 } }, recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		for (int i = 0; i < 10; i++) {
			burst(&sa, A, 60, 0.004, 600);
			burst(&sa, B, 60, 0.004, 600);
		}
	route_ends(w);
}

void spoiled(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(),
	       (struct device){ .kind = SPOILS, .which = { .from = FROM_A, .kinds = NATT, .every = 7 } }, recorder());
	session(&p, 300, 0.1);
	route_ends(w);
}

/* A device that changes octets and makes the checksum right again: only two recordings show it. */
void spoiled_and_repaired(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(),
	       (struct device){ .kind = SPOILS, .repairs = true, .which = { .from = FROM_A, .kinds = IKE | NATT, .every = 5 } },
	       recorder());
	session(&p, 300, 0.1);
	route_ends(w);
}

/* Another way, three hops longer, from the thirtieth second on. */
void way_changes(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(),
		 (struct device){ .kind = DELAYS, .seconds = 0.02, .hops = 3, .which.since = 30 }, recorder());
	session(&p, 600, 0.1);
	route_ends(w);
}
