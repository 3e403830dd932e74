/*
 * scenes/life.c - what happens to a tunnel that was up: silence, restarts, rekeys, flaps.
 */
#include "tests/scenes/stories.h"

/* B is gone; A asks whether it lives, gives up and starts anew in vain. */
void peer_dies(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	p.road[A].all = p.road[B].all = true;
	pass(s, 30);
	alive(&sa, A);
	sa = sa_of(&p, A, &aes);
	sa_init(&sa);
	quiet_end(s);
}

/* Every question is answered, the data pauses. */
void peer_quiet(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	for (int i = 0; i < 10; i++) {
		pass(s, 30);
		alive(&sa, A);
	}
	data(&sa, 20, 0.2);
	quiet_end(s);
}

/* B restarts: it does not know the old SA, says nothing to it, and calls by itself. */
void peer_restarts(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes), anew;

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	p.deaf[B] = true;
	s->tries = 3;
	alive(&sa, A);
	s->tries = 0;
	p.deaf[B] = false;
	anew = sa_of(&p, B, &aes);
	if (sa_up(&anew))
		data(&anew, 40, 0.2);
	quiet_end(s);
}

/* B says in clear that it does not know the SA that worked a minute ago. */
void spi_unknown(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	static struct ike_out request, answer;

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	pass(s, 30);
	for (int i = 0; i < 3; i++) {
		sealed(&sa, &request, 37, A, false, 2, 0, 0);
		answer.pieces = 1;
		answer.lost = 0;
		header2(&sa, answer.piece, 37, B, true, 2);
		draft_notify2(answer.piece, IKE2_N_INVALID_IKE_SPI, NULL, 0);
		exchange(&sa, A, &request, &answer);
		pass(s, 4);
	}
	quiet_end(s);
}

/* The rekey is refused with one bare notify, again and again, then data stops. */
void rekey_refused(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 1);
	for (int i = 0; i < 4; i++) {
		sealed_exchange(&sa, A, 36, 41, 12 + 40 + 36 + 48 + 264, 41, 8);
		data(&sa, 10, 1);
	}
	deletes(&sa, A);
	quiet_end(s);
}

/* Refused with the name of another group, which only that length tells. */
void rekey_wants_another_group(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 1);
	for (int i = 0; i < 4; i++) {
		sealed_exchange(&sa, A, 36, 41, 12 + 40 + 36 + 48 + 264, 41, 10);
		data(&sa, 10, 1);
	}
	quiet_end(s);
}

void rekey_unanswered(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 1);
	p.deaf[B] = true;
	sealed_exchange(&sa, A, 36, 41, 12 + 40 + 36 + 48, 33, 120);
	p.deaf[B] = false;
	sa = sa_of(&p, A, &gcm);
	if (sa_up(&sa))
		data(&sa, 20, 1);
	quiet_end(s);
}

/* Both ask in the same moment and both are granted; then each deletes the SA that the other kept, or the spare one. */
static void collision(struct scene *s, bool all_deleted)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);
	static struct ike_out ask_a, ask_b, grant_a, grant_b;
	size_t question = 12 + 40 + 36 + 48, answer = 36 + 36 + 48;

	if (!sa_up(&sa))
		return;
	data(&sa, 60, 1);
	sealed(&sa, &ask_a, 36, A, false, sa.next_id[0], 41, question);
	sealed(&sa, &grant_b, 36, B, true, sa.next_id[0]++, 33, answer);
	sealed(&sa, &ask_b, 36, B, false, sa.next_id[1], 41, question);
	sealed(&sa, &grant_a, 36, A, true, sa.next_id[1]++, 33, answer);
	ike_send(&sa, A, &ask_a);
	s->now -= p.trip;
	ike_send(&sa, B, &ask_b);
	ike_send(&sa, A, &grant_a);
	s->now -= p.trip;
	ike_send(&sa, B, &grant_b);
	sealed_exchange(&sa, A, 37, 42, 12, 42, 12);
	sealed_exchange(&sa, B, 37, 42, 12, 42, 12);
	if (!all_deleted) {
		new_child(&sa);
		data(&sa, 60, 1);
	}
	alive(&sa, A);
	quiet_end(s);
}

void rekeys_collide(struct scene *s) { collision(s, false); }
void rekeys_collide_and_nothing_is_left(struct scene *s) { collision(s, true); }

/* A's request is granted; B's crosses it and is refused a moment later (RFC 7296 2.25); the old IKE SA goes. */
void rekeys_cross_and_one_is_refused(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);
	static struct ike_out ask_a, ask_b, grant_b, refuse_a;
	size_t question = 12 + 40 + 36 + 48, answer = 36 + 36 + 48;

	if (!sa_up(&sa))
		return;
	data(&sa, 60, 1);
	sealed(&sa, &ask_a, 36, A, false, sa.next_id[0], 41, question);
	sealed(&sa, &grant_b, 36, B, true, sa.next_id[0]++, 33, answer);
	sealed(&sa, &ask_b, 36, B, false, sa.next_id[1], 41, question);
	sealed(&sa, &refuse_a, 36, A, true, sa.next_id[1]++, 41, 8);
	ike_send(&sa, A, &ask_a);
	ike_send(&sa, B, &grant_b);
	s->now -= p.trip;
	ike_send(&sa, B, &ask_b);
	ike_send(&sa, A, &refuse_a);
	new_child(&sa);
	data(&sa, 60, 1);
	deletes(&sa, A);
	quiet_end(s);
}

/* One network more is refused twice; what was agreed before goes on. */
void network_more_refused(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 2; i++) {
		data(&sa, 10, 0.2);
		sealed_exchange(&sa, A, 36, 33, 36 + 36 + 48, 41, 8);
	}
	data(&sa, 60, 0.5);
	quiet_end(s);
}

/* Closed in due form; an hour later nobody answers a new call. */
void closed_and_later_silent(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	deletes(&sa, A);
	pass(s, 3600);
	p.road[A].all = true;
	sa = sa_of(&p, A, &aes);
	sa_init(&sa);
	quiet_end(s);
}

/* The first session falls silent; the next one is answered at first and stays in IKE_AUTH. */
void next_login_too_large(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	pass(s, 3600);
	p.df = true;
	p.road[A].above = 1400;
	sa = sa_of(&p, A, &aes);
	sa.fragmentation = false;
	sa.certreq = true;
	if (sa_init(&sa))
		sa_auth(&sa, 1380, BIG_SUCCESS);
	quiet_end(s);
}

/* The rekey is lost with everything else: the peer is gone, not unwilling. */
void rekey_into_silence(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 1);
	p.road[A].all = p.road[B].all = true;
	sealed_exchange(&sa, A, 36, 41, 12 + 40 + 36 + 48, 33, 120);
	quiet_end(s);
}

void rekeys_well(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 4; i++) {
		data(&sa, 40, 1);
		if (!rekeys_child(&sa, i % 2 ? B : A))
			return;
		data(&sa, 5, 0.2);
		sealed_exchange(&sa, i % 2 ? B : A, 37, 42, 12, 42, 12);
	}
	data(&sa, 20, 1);
	quiet_end(s);
}

/* Up, deleted by B two seconds later, up again: eight times in a minute and a half. */
void built_and_deleted(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 8; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		if (!sa_up(&sa))
			return;
		pass(s, 2);
		deletes(&sa, B);
		pass(s, 8);
	}
	quiet_end(s);
}

/* Deleted and built anew once a day's work is done: no storm. */
void built_and_deleted_twice(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		if (!sa_up(&sa))
			return;
		data(&sa, 60, 1);
		deletes(&sa, A);
		pass(s, 600);
	}
}

static void falls(struct scene *s, const double *up, int n)
{
	struct pair p = gateways(s);
	struct sa again;

	for (int i = 0; i < n; i++) {
		struct sa sa = sa_of(&p, A, &aes);
		double until;

		if (!sa_up(&sa))
			return;
		for (until = s->now + up[i]; s->now < until;)
			data(&sa, 1, 2);
		p.road[A].all = p.road[B].all = true;
		s->tries = 3;
		alive(&sa, A);
		s->tries = 0;
		p.road[A].all = p.road[B].all = false;
	}
	again = sa_of(&p, A, &aes);
	if (sa_up(&again))
		data(&again, 30, 1);
	quiet_end(s);
}

void falls_every_six_minutes(struct scene *s)
{
	falls(s, (const double[]){ 360, 360, 360, 360, 360 }, 5);
}

void falls_now_and_then(struct scene *s)
{
	falls(s, (const double[]){ 130, 700, 310, 90, 520 }, 5);
}

/* Wrong key at first; somebody mends it; then it works to the end. */
void repaired(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa;

	for (int i = 0; i < 4; i++) {
		sa = sa_of(&p, A, &aes);
		if (sa_init(&sa))
			sa_auth(&sa, KEY_ONLY, BARE_NOTIFY);
		pass(s, 20);
	}
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		data(&sa, 60, 0.3);
	quiet_end(s);
}

/* The provider mends the filter of fragments in the middle. */
void fragments_repaired(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.road[A].later = true;
	sa.fragmentation = false;
	if (sa_init(&sa))
		sa_auth(&sa, CERTIFICATES, BIG_SUCCESS);
	p.road[A].later = false;
	sa = sa_of(&p, A, &aes);
	sa.fragmentation = false;
	if (sa_init(&sa) && sa_auth(&sa, CERTIFICATES, BIG_SUCCESS))
		data(&sa, 60, 0.3);
	quiet_end(s);
}

/* Up, and later refused for good. */
void breaks_for_good(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 60, 0.3);
	deletes(&sa, B);
	for (int i = 0; i < 4; i++) {
		sa = sa_of(&p, A, &aes);
		if (sa_init(&sa))
			sa_auth(&sa, KEY_ONLY, BARE_NOTIFY);
		pass(s, 20);
	}
	quiet_end(s);
}
