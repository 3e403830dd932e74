/*
 * scenes/ike.c - IKEv2: what the two negotiate, and how they prove who they are.
 */
#include "tests/scenes/stories.h"

static void up(struct scene *s, const struct ike_suite *suite)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, suite);

	if (sa_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

void up_aes(struct scene *s) { up(s, &aes); }
void up_aes_sha1(struct scene *s) { up(s, &aes_sha1); }
void up_gcm(struct scene *s) { up(s, &gcm); }
void up_3des(struct scene *s) { up(s, &tdes); }
void up_chacha(struct scene *s) { up(s, &chacha); }

void up_ipv6(struct scene *s)
{
	struct pair p = pair_of(s, HERE6, THERE6);
	struct sa sa = sa_of(&p, A, &gcm);

	if (sa_up(&sa))
		data(&sa, 40, 0.2);
}

static void auth_ends(struct scene *s, const struct ike_suite *suite, size_t inside, enum outcome what, bool v6)
{
	struct pair p = v6 ? pair_of(s, HERE6, THERE6) : gateways(s);

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, suite);

		if (sa_init(&sa))
			sa_auth(&sa, inside, what);
		pass(s, 20);
	}
	quiet_end(s);
}

void refused_aes(struct scene *s) { auth_ends(s, &aes, KEY_ONLY, BARE_NOTIFY, false); }
void refused_gcm(struct scene *s) { auth_ends(s, &gcm, KEY_ONLY, BARE_NOTIFY, false); }
void refused_3des(struct scene *s) { auth_ends(s, &tdes, KEY_ONLY, BARE_NOTIFY, false); }
void refused_chacha(struct scene *s) { auth_ends(s, &chacha, KEY_ONLY, BARE_NOTIFY, false); }
void refused_ipv6(struct scene *s) { auth_ends(s, &gcm, KEY_ONLY, BARE_NOTIFY, true); }
void refused_certificate(struct scene *s) { auth_ends(s, &aes, CERTIFICATES, BARE_NOTIFY, false); }
void no_child_aes(struct scene *s) { auth_ends(s, &aes, KEY_ONLY, NO_CHILD, false); }
void no_child_gcm(struct scene *s) { auth_ends(s, &gcm, KEY_ONLY, NO_CHILD, false); }
void no_child_3des(struct scene *s) { auth_ends(s, &tdes, KEY_ONLY, NO_CHILD, false); }
void no_child_chacha(struct scene *s) { auth_ends(s, &chacha, KEY_ONLY, NO_CHILD, false); }
void no_address(struct scene *s) { auth_ends(s, &gcm, KEY_ONLY, NO_CHILD_ADDRESS, false); }

/* B's proof does not convince A: it says so and leaves. */
void initiator_refuses(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		if (sa_up(&sa)) {
			pass(s, 0.1);
			sealed_exchange(&sa, A, 37, 41, 8, 0, 0);
		}
		pass(s, 10);
	}
	quiet_end(s);
}

/* A deletes a tunnel that it used: the same length, another first payload. */
void initiator_deletes(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	deletes(&sa, A);
	quiet_end(s);
}

/* The answer is fine and arrives, and A, which finds no key for this peer, says no more. */
void auth_never_sent(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa_init(&sa);
		pass(s, 30);
	}
	quiet_end(s);
}

/* IKE_AUTH, small and on port 500, gets no answer. */
void auth_unanswered(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		if (!sa_init(&sa))
			return;
		p.road[A].all = true;
		sa_auth(&sa, KEY_ONLY, SUCCESS);
		p.road[A].all = false;
	}
	quiet_end(s);
}

/* The second send of IKE_AUTH is answered. */
void auth_answered_late(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	static struct ike_out lost;

	if (!sa_init(&sa))
		return;
	sealed(&sa, &lost, 35, A, false, 1, 35, KEY_ONLY);
	p.road[A].all = true;
	ike_send(&sa, A, &lost);
	p.road[A].all = false;
	pass(s, 4);
	if (sa_auth(&sa, KEY_ONLY, SUCCESS))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

/* --- algorithms ------------------------------------------------------------ */

void no_proposal(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa back;

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &tdes);

		sa_refused(&sa, IKE2_N_NO_PROPOSAL_CHOSEN, NULL, 0);
		pass(s, 10);
	}
	back = sa_of(&p, B, &gcm);
	sa_refused(&back, IKE2_N_NO_PROPOSAL_CHOSEN, NULL, 0);
	quiet_end(s);
}

/* The same offer that worked before is refused: it is not the algorithms. */
void no_connection_known(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, B, &gcm);

	if (sa_up(&sa))
		data(&sa, 20, 0.2);
	deletes(&sa, B);
	for (int i = 0; i < 3; i++) {
		sa = sa_of(&p, A, &gcm);
		sa_refused(&sa, IKE2_N_NO_PROPOSAL_CHOSEN, NULL, 0);
		pass(s, 10);
	}
	quiet_end(s);
}

/* A guesses group 14, B wants 19, A has it: one more round trip and nothing else. */
void another_group(struct scene *s)
{
	static const struct ike_suite both[] = { AES, GCM };
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, both);

	sa.offers = 2;
	sa_refused(&sa, IKE2_N_INVALID_KE_PAYLOAD, "\0\x13", 2);
	sa.offer = &both[1];
	sa.suite = both[1];
	sa.offers = 1;
	if (sa_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

void group_never_agreed(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 4; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa_refused(&sa, IKE2_N_INVALID_KE_PAYLOAD, "\0\x13", 2);
		pass(s, 10);
	}
	quiet_end(s);
}

static bool cookie_round(struct sa *sa, bool cookie)
{
	static struct ike_out request, answer;

	init_request(sa, &request, sa->offer->group, cookie);
	init_refusal(sa, &answer, IKE2_N_COOKIE, "cookie of 20 octets.", 20);
	return exchange(sa, sa->initiator, &request, &answer);
}

void cookie_once(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	static struct ike_out request, answer;

	cookie_round(&sa, false);
	init_request(&sa, &request, 14, true);
	sa.spi_r = scene_spi(s);
	init_answer(&sa, &answer);
	if (exchange(&sa, A, &request, &answer)) {
		sa.next_id[0] = 1;
		if (sa_auth(&sa, KEY_ONLY, SUCCESS))
			data(&sa, 40, 0.2);
	}
	quiet_end(s);
}

void cookie_for_ever(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	for (int i = 0; i < 8; i++) {
		cookie_round(&sa, i > 0);
		pass(s, 1);
	}
	quiet_end(s);
}

/* A speaks IKEv2, B answers that it does not. */
void version_refused(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa_refused(&sa, IKE2_N_INVALID_MAJOR_VERSION, NULL, 0);
		pass(s, 10);
	}
	quiet_end(s);
}

/* Each side calls the other in its own version, and neither answers. */
void versions_differ(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes), sb = sa_of(&p, B, &aes_key1);

	p.deaf[A] = p.deaf[B] = true;
	for (int i = 0; i < 2; i++) {
		sa = sa_of(&p, A, &aes);
		sa_init(&sa);
		sb = sa_of(&p, B, &aes_key1);
		main_agrees(&sb);
	}
	quiet_end(s);
}

/* IKEv1 is tried after IKEv2 found no answer, and works. */
void falls_back(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.deaf[B] = true;
	sa_init(&sa);
	p.deaf[B] = false;
	sa = sa_of(&p, A, &aes_key1);
	if (main_up(&sa) && quick_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

/* EAP: identity, challenge, failure; A then goes away. */
void eap_fails(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);
		static struct ike_out request, answer;

		if (!sa_init(&sa))
			return;
		sealed(&sa, &request, 35, A, false, 1, 35, 300);
		sealed(&sa, &answer, 35, B, true, 1, 36, 21 + 40 + 9 + 20);
		exchange(&sa, A, &request, &answer);
		sealed(&sa, &request, 35, A, false, 2, 48, 20);
		sealed(&sa, &answer, 35, B, true, 2, 48, 40);
		exchange(&sa, A, &request, &answer);
		sealed(&sa, &request, 35, A, false, 3, 48, 60);
		sealed(&sa, &answer, 35, B, true, 3, 48, 8);
		exchange(&sa, A, &request, &answer);
		pass(s, 20);
	}
	quiet_end(s);
}

void eap_succeeds(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	static struct ike_out request, answer;

	if (!sa_init(&sa))
		return;
	sealed(&sa, &request, 35, A, false, 1, 35, 300);
	sealed(&sa, &answer, 35, B, true, 1, 36, 21 + 40 + 9 + 20);
	exchange(&sa, A, &request, &answer);
	sealed(&sa, &request, 35, A, false, 2, 48, 20);
	sealed(&sa, &answer, 35, B, true, 2, 48, 40);
	exchange(&sa, A, &request, &answer);
	sealed(&sa, &request, 35, A, false, 3, 48, 60);
	sealed(&sa, &answer, 35, B, true, 3, 48, 8);
	exchange(&sa, A, &request, &answer);
	sealed(&sa, &request, 35, A, false, 4, 39, 40);
	sealed(&sa, &answer, 35, B, true, 4, 39, 40 + 36 + 48 + 40);
	exchange(&sa, A, &request, &answer);
	data(&sa, 40, 0.2);
	quiet_end(s);
}
