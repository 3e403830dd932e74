/*
 * ends/nat.c - translators between the recorders.
 */
#include "tests/ends/stories.h"

void branch_is_well(struct route *w)
{
	struct pair p;
	struct sa sa;

	BRANCH(w, &p, recorder(), translator(), line(), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		for (int i = 0; i < 6; i++) {
			traffic(&sa, 20, 0.2);
			pass(&w->scene, 20);
			keepalive(&sa, A);
		}
	route_ends(w);
}

void two_translators(struct route *w)
{
	struct device own = translator(), carriers = translator();
	struct pair p;

	own.outside = "100.64.3.9";
	BRANCH(w, &p, recorder(), own, carriers, line(), recorder());
	session(&p, 120, 0.2);
	route_ends(w);
}

/* After a quiet minute and a half nothing that B sends comes in, until A speaks. */
void mapping_expires(struct route *w)
{
	struct device nat = translator();
	struct pair p;
	struct sa sa;

	nat.expires = 60;
	BRANCH(w, &p, recorder(), nat, line(), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		traffic(&sa, 40, 0.2);
		for (int i = 0; i < 3; i++) {
			pass(&w->scene, 90);
			burst(&sa, B, 15, 1, 136);
			burst(&sa, A, 3, 0.1, 136);
			traffic(&sa, 20, 0.2);
		}
	}
	route_ends(w);
}

/* The same, and the translator says that it knows of no such port. */
void mapping_expires_and_says_so(struct route *w)
{
	struct device nat = translator();
	struct pair p;
	struct sa sa;

	nat.expires = 60;
	nat.refuses = true;
	nat.router = HERE;
	BRANCH(w, &p, recorder(), nat, line(), recorder());
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		traffic(&sa, 40, 0.2);
		for (int i = 0; i < 3; i++) {
			pass(&w->scene, 90);
			burst(&sa, B, 15, 1, 136);
			burst(&sa, A, 3, 0.1, 136);
			traffic(&sa, 20, 0.2);
		}
	}
	route_ends(w);
}

static void rebinding(struct route *w, bool stubborn)
{
	struct device nat = translator();
	struct pair p;
	struct sa sa;

	nat.rebinds = 20;
	BRANCH(w, &p, recorder(), nat, line(), recorder());
	w->stubborn[B] = stubborn;
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		traffic(&sa, 300, 0.2);
	route_ends(w);
}

/* The translator starts anew with other ports; B answers to the new one at once. */
void mapping_changes_and_b_follows(struct route *w)
{
	rebinding(w, false);
}

/* B goes on to the old port: what it sends ends at the translator. */
void mapping_changes_and_b_does_not(struct route *w)
{
	rebinding(w, true);
}
