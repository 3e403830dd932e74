/*
 * scenes/ike1.c - IKEv1: main and aggressive mode, XAUTH and Mode Config, quick mode.
 */
#include "tests/scenes/stories.h"

static void up1(struct scene *s, const struct ike_suite *suite)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, suite);

	if (main_up(&sa) && quick_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

void main_healthy(struct scene *s) { up1(s, &aes_key1); }
void main_healthy_3des(struct scene *s) { up1(s, &tdes_key1); }

void main_behind_nat(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes_key1);

	if (main_up(&sa) && quick_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

void phase1_no_proposal(struct scene *s)
{
	struct pair p = gateways(s);
	static struct ike_out m1;

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &tdes_key1);

		main_sa(&sa, &m1, false);
		ike_send(&sa, A, &m1);
		pass(s, 0.002);
		informs1(&sa, B, false, 0, 14, true);
		pass(s, 20);
	}
	quiet_end(s);
}

/* Message 5 cannot be read: B answers each with an encrypted INFORMATIONAL. */
void wrong_key_main(struct scene *s)
{
	struct pair p = gateways(s);
	static const double gaps[] = { 4, 7.2, 13, 23.3 };
	static struct ike_out m5;

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_key1);

		if (!main_agrees(&sa) || !main_keys(&sa))
			return;
		sealed1(&sa, &m5, MAIN, 0, 5, 80);
		for (int k = 0; k < 4; k++) {
			ike_send(&sa, A, &m5);
			pass(s, 0.002);
			informs1(&sa, B, true, 48, 0, false);
			pass(s, gaps[k]);
		}
	}
	quiet_end(s);
}

/* The same, told in clear: payload malformed. */
void payload_malformed(struct scene *s)
{
	struct pair p = gateways(s);
	static struct ike_out m5;

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_key1);

		if (!main_agrees(&sa) || !main_keys(&sa))
			return;
		sealed1(&sa, &m5, MAIN, 0, 5, 80);
		for (int k = 0; k < 4; k++) {
			ike_send(&sa, A, &m5);
			pass(s, 0.002);
			informs1(&sa, B, false, 0, 16, true);
			pass(s, 5);
		}
	}
	quiet_end(s);
}

/* Message 5 is lost once; message 6 comes at the second try. */
void message5_lost_once(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes_key1);
	static struct ike_out m5;

	if (!main_agrees(&sa) || !main_keys(&sa))
		return;
	sealed1(&sa, &m5, MAIN, 0, 5, 68);
	p.road[A].all = true;
	ike_send(&sa, A, &m5);
	p.road[A].all = false;
	pass(s, 4);
	if (main_proves(&sa, 68, 68) && quick_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

void wrong_key_aggressive(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes_key1);

		aggressive_up(&sa, false);
		informs1(&sa, A, true, 64, 0, false);
		pass(s, 20);
	}
	quiet_end(s);
}

/* B does not know the name: told in clear. */
void unknown_name_aggressive(struct scene *s)
{
	struct pair p = gateways(s);
	static struct ike_out m1;

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes_key1);

		aggressive_message(&sa, &m1, false);
		ike_send(&sa, A, &m1);
		pass(s, 0.002);
		informs1(&sa, B, false, 0, 24, true);
		pass(s, 20);
	}
	quiet_end(s);
}

static bool client_in(struct sa *sa)
{
	return aggressive_up(sa, true) && transaction(sa, B, 48, 64) && transaction(sa, B, 48, 48);
}

void client_healthy(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes_xauth1);

	if (client_in(&sa) && transaction(&sa, A, 100, 400) && quick_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

/* The password is wrong: the status comes and then nothing of what a success would bring. */
void wrong_password(struct scene *s)
{
	struct pair p = branch(s);

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_xauth1);

		if (client_in(&sa)) {
			informs1(&sa, B, true, 64, 0, false);
			pass(s, 30);
		}
	}
	quiet_end(s);
}

/* The server asks for the password again and again: the client's answers do not arrive. */
void password_never_arrives(struct scene *s)
{
	struct pair p = branch(s);

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_xauth1);

		p.road[A].all = false;
		if (aggressive_up(&sa, true)) {
			p.road[A].all = true;
			transaction(&sa, B, 48, 64);
		}
	}
	quiet_end(s);
}

/* Address and settings come as a large message, and only its first fragment arrives. */
void settings_fragmented(struct scene *s)
{
	struct pair p = branch(s);

	p.road[B].later = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_xauth1);

		if (client_in(&sa))
			transaction(&sa, A, 100, 1600);
	}
	quiet_end(s);
}

void settings_never_come(struct scene *s)
{
	struct pair p = branch(s);

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_xauth1);

		if (client_in(&sa))
			transaction(&sa, A, 100, 0);
	}
	quiet_end(s);
}

void quick_silent(struct scene *s)
{
	struct pair p = gateways(s);
	static struct ike_out q1;

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_key1);

		if (!main_up(&sa))
			return;
		sealed1(&sa, &q1, QUICK, new_id1(&sa), 8, 160);
		exchange(&sa, A, &q1, NULL);
	}
	quiet_end(s);
}

void quick_refused(struct scene *s)
{
	struct pair p = gateways(s);
	static struct ike_out q1;

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes_key1);

		if (!main_up(&sa))
			return;
		sealed1(&sa, &q1, QUICK, new_id1(&sa), 8, 160);
		ike_send(&sa, A, &q1);
		pass(s, 0.001);
		informs1(&sa, B, true, 48, 0, false);
		pass(s, 20);
	}
	quiet_end(s);
}

/* B answers in aggressive mode what A asks in main mode: not at all. */
void modes_differ(struct scene *s)
{
	struct pair p = gateways(s);

	p.deaf[A] = p.deaf[B] = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_key1), sb = sa_of(&p, B, &aes_key1);

		main_agrees(&sa);
		aggressive_up(&sb, false);
	}
	quiet_end(s);
}

/* Message 5 carries certificates in fragments of IKE's own making, and the way loses the second. */
static void certificates1(struct scene *s, bool loses)
{
	struct pair p = gateways(s);
	static struct ike_out m5, m6;

	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_cert1);

		if (!main_agrees(&sa) || !main_keys(&sa))
			return;
		sealed1(&sa, &m5, MAIN, 0, 5, 2000);
		fragment1(&m5, 540);
		m5.lost = loses ? 1 << 1 : 0;
		sealed1(&sa, &m6, MAIN, 0, 5, 2000);
		fragment1(&m6, 540);
		if (exchange(&sa, A, &m5, &m6) && quick_up(&sa)) {
			data(&sa, 40, 0.2);
			break;
		}
	}
	quiet_end(s);
}

void cisco_fragments_pass(struct scene *s) { certificates1(s, false); }
void cisco_fragment_lost(struct scene *s) { certificates1(s, true); }
