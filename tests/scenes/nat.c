/*
 * scenes/nat.c - translators: who is behind one, ports that change, flows that are forgotten.
 */
#include "tests/scenes/stories.h"

static void lives_behind_nat(struct scene *s, const char *own)
{
	struct pair p = branch(s);
	struct sa sa;

	p.host[A].addr = own;
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		for (int i = 0; i < 6; i++) {
			data(&sa, 10, 0.2);
			pass(s, 20);
			keepalive(&sa, A);
		}
	quiet_end(s);
}

void branch_healthy(struct scene *s) { lives_behind_nat(s, "192.168.1.10"); }
void carrier_grade_nat(struct scene *s) { lives_behind_nat(s, "100.72.13.5"); }

void no_nat_healthy(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &chacha);

	if (sa_up(&sa))
		data(&sa, 60, 0.2);
	quiet_end(s);
}

/* One side spoils its own hash to have everything in UDP: no device between them. */
void encapsulation_forced(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.host[A].fakes_nat = p.host[B].fakes_nat = true;
	if (sa_up(&sa))
		data(&sa, 60, 0.2);
	quiet_end(s);
}

/* The translator gives A another port; B goes on to the old one. */
void mapping_changes(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes);
	uint16_t old = p.host[A].outside_4500;

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	pass(s, 40);
	for (int i = 0; i < 30; i++) {
		p.host[A].outside_4500 = 61234;
		esp(&sa, A, 136);
		p.host[A].outside_4500 = old;
		p.road[B].all = true;
		esp(&sa, B, 136);
		p.road[B].all = false;
		pass(s, 0.5);
	}
	quiet_end(s);
}

/* The client moves and says so: MOBIKE (RFC 4555). */
void client_moves(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	p.host[A].outside_4500 = 61234;
	sealed_exchange(&sa, A, 37, 41, 8 + 28 + 28, 41, 56);
	data(&sa, 40, 0.2);
	quiet_end(s);
}

/* B wants to say something after two quiet minutes, and the translator no longer knows A. */
void mapping_expires(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	for (int round = 0; round < 3; round++) {
		data(&sa, 20, 0.2);
		pass(s, 120);
		p.road[B].all = true;
		data_from(&sa, B, 15, 1, 136);
		p.road[B].all = false;
	}
	data(&sa, 20, 0.2);
	quiet_end(s);
}

/* NAT is there, both saw it, and the initiator stays on port 500. */
void not_floated(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_init(&sa))
		return;
	sa.floated = false;
	sa_auth(&sa, KEY_ONLY, SUCCESS);
	data_from(&sa, A, 30, 0.5, 136);
	quiet_end(s);
}

/* Two clients behind one translator: one works, the other has the wrong key. */
void two_clients_one_wrong_key(struct scene *s)
{
	struct pair p = branch(s), q = pair_of(s, "192.168.1.20", THERE);
	struct sa good = sa_of(&p, A, &aes);

	q.host[A].outside = HERE;
	q.host[A].outside_500 = 62500;
	q.host[A].outside_4500 = 65500;
	if (!sa_up(&good))
		return;
	for (int i = 0; i < 4; i++) {
		struct sa bad = sa_of(&q, A, &aes);

		data(&good, 15, 0.2);
		if (sa_init(&bad))
			sa_auth(&bad, KEY_ONLY, BARE_NOTIFY);
		pass(s, 5);
	}
	data(&good, 15, 0.2);
	quiet_end(s);
}

void two_clients_both_work(struct scene *s)
{
	struct pair p = branch(s), q = pair_of(s, "192.168.1.20", THERE);
	struct sa one = sa_of(&p, A, &aes), two = sa_of(&q, A, &aes);

	q.host[A].outside = HERE;
	q.host[A].outside_500 = 62500;
	q.host[A].outside_4500 = 65500;
	if (!sa_up(&one))
		return;
	two = sa_of(&q, A, &aes);
	if (!sa_up(&two))
		return;
	for (int i = 0; i < 40; i++) {
		data(&one, 1, 0.1);
		data(&two, 1, 0.1);
	}
	quiet_end(s);
}

/* One of the two loses its fragments; the other, with a shared key, has none. */
void two_clients_one_loses_fragments(struct scene *s)
{
	struct pair p = branch(s), q = pair_of(s, "192.168.1.20", THERE);
	struct sa good = sa_of(&p, A, &aes);

	q.host[A].outside = HERE;
	q.host[A].outside_500 = 62500;
	q.host[A].outside_4500 = 65500;
	q.road[A].later = true;
	if (!sa_up(&good))
		return;
	data(&good, 30, 0.2);
	for (int i = 0; i < 2; i++) {
		struct sa bad = sa_of(&q, A, &aes);

		bad.fragmentation = false;
		if (sa_init(&bad))
			sa_auth(&bad, CERTIFICATES, BIG_SUCCESS);
		data(&good, 30, 0.2);
	}
	quiet_end(s);
}
