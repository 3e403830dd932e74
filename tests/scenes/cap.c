/*
 * scenes/cap.c - recordings that show less than there was, and crowds around a tunnel.
 */
#include "tests/scenes/stories.h"

static void healthy(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (sa_up(&sa))
		data(&sa, 60, 0.2);
	alive(&sa, A);
	quiet_end(s);
}

/* The mirror gives one direction only, and no broadcasts. */
void one_direction_healthy(struct scene *s)
{
	struct pair p = pair_of(s, HERE, THERE);
	struct sa sa = sa_of(&p, A, &aes);

	s->only_from_a = true;
	if (sa_up(&sa))
		data(&sa, 60, 0.2);
	alive(&sa, A);
}

void one_direction_silent(struct scene *s)
{
	struct pair p = pair_of(s, HERE, THERE);

	s->only_from_a = true;
	p.road[A].all = true;
	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa_init(&sa);
	}
}

void cut_at_96_healthy(struct scene *s)
{
	s->snaplen = 96;
	healthy(s);
}

void cut_at_96_silent(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	s->snaplen = 96;
	p.road[A].all = true;
	sa_init(&sa);
	quiet_end(s);
}

void cut_at_96_refused(struct scene *s)
{
	struct pair p = gateways(s);

	s->snaplen = 96;
	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &tdes);

		sa_refused(&sa, IKE2_N_NO_PROPOSAL_CHOSEN, NULL, 0);
		pass(s, 10);
	}
	quiet_end(s);
}

void cut_at_96_fragments(struct scene *s)
{
	struct pair p = gateways(s);

	s->snaplen = 96;
	p.road[A].later = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.fragmentation = false;
		if (sa_init(&sa))
			sa_auth(&sa, CERTIFICATES, BIG_SUCCESS);
	}
	quiet_end(s);
}

/* Recording begins when the tunnel has been up for a while. */
void begins_late_healthy(struct scene *s)
{
	s->from = 5;
	healthy(s);
}

void begins_late_dead(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	s->from = 5;
	if (!sa_up(&sa))
		return;
	data(&sa, 40, 0.2);
	p.road[A].all = p.road[B].all = true;
	pass(s, 30);
	alive(&sa, A);
	quiet_end(s);
}

void recorded_twice(struct scene *s)
{
	s->twice = true;
	healthy(s);
}

void clock_set_back(struct scene *s)
{
	s->set_back_at = 6;
	s->set_back = 3;
	healthy(s);
}

void only_ipsec_ports(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes);

	scene_clear(s); /* no ARP in a file that a port filter made */
	scene_init(s, AT_A);
	p.s = s;
	p.road[A].all = true;
	sa_init(&sa);
	pass(s, 200);
}

/* No VPN at all. */
void nothing_of_ipsec(struct scene *s)
{
	for (int i = 0; i < 20; i++) {
		arp(s);
		tcp_segment(s, HERE, "192.0.2.44", 443, 0x10, 64);
		tcp_segment(s, "192.0.2.44", HERE, 49152, 0x10, 55);
	}
}

/* --- crowds ---------------------------------------------------------------- */

static void flood(struct scene *s, int first, int n)
{
	for (int i = first; i < first + n; i++) {
		char who[32];
		struct pair p;
		struct sa sa;

		snprintf(who, sizeof who, "192.0.2.%d", 1 + i);
		p = pair_of(s, who, THERE);
		p.host[A].ttl = (uint8_t)(75 + i % 50);
		p.host[A].port = (uint16_t)(20000 + i);
		p.hush[A] = p.deaf[B] = p.host[A].bare = true;
		sa = sa_of(&p, A, &tdes);
		sa_init(&sa);
		s->now -= 3.99;
	}
}

/* One prober and a tunnel that works. */
void scanner_beside_tunnel(struct scene *s)
{
	struct pair p = gateways(s), q = pair_of(s, "192.0.2.250", HERE);
	struct sa sa = sa_of(&p, A, &aes), probe;

	if (!sa_up(&sa))
		return;
	data(&sa, 30, 0.2);
	q.host[A].port = 41000;
	q.host[A].bare = true;
	q.host[A].ttl = 244;
	q.hush[A] = true;
	probe = sa_of(&q, A, &tdes_key1);
	q.deaf[B] = true;
	main_agrees(&probe);
	data(&sa, 30, 0.2);
	quiet_end(s);
}

/* Two hundred strangers knock at B while one known peer fails for its key. */
void flood_around_failing_tunnel(struct scene *s)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 4; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		flood(s, 50 * i, 50);
		if (sa_init(&sa))
			sa_auth(&sa, KEY_ONLY, BARE_NOTIFY);
		pass(s, 5);
	}
	quiet_end(s);
}

void flood_around_healthy_tunnel(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 4; i++) {
		flood(s, 50 * i, 50);
		data(&sa, 20, 0.1);
	}
	quiet_end(s);
}

/* The next hop never answers ARP; one packet of the VPN waits for it. */
void next_hop_dead(struct scene *s)
{
	for (int i = 0; i < 12; i++) {
		arp_asks(s, HERE, "198.51.100.1", false);
		pass(s, 1);
	}
}

/* Three peers: one works, one has the wrong key, one is silent. */
/* The line of A is closed for UDP 500: no peer answers, while the ways of both are good. */
void nobody_answers_one_site(struct scene *s)
{
	struct pair one = gateways(s), two = pair_of(s, HERE, "203.0.113.20");
	struct sa a = sa_of(&one, A, &aes), b = sa_of(&two, A, &aes);
	static const double gaps[] = { 4, 7.2, 13, 23.3, 42 };
	static struct ike_out first, second;

	one.road[A].all = two.road[A].all = true;
	init_request(&a, &first, 14, false);
	init_request(&b, &second, 14, false);
	for (int i = 0; i < 5; i++) {
		ike_send(&a, A, &first);
		pass(s, 0.1);
		ike_send(&b, A, &second);
		pass(s, gaps[i]);
	}
	quiet_end(s);
}

void three_tunnels(struct scene *s)
{
	struct pair one = gateways(s), two = pair_of(s, HERE, "203.0.113.20");
	struct pair three = pair_of(s, HERE, "203.0.113.30");
	struct sa good = sa_of(&one, A, &aes), bad, mute;

	if (!sa_up(&good))
		return;
	data(&good, 20, 0.2);
	three.road[A].all = true;
	for (int i = 0; i < 2; i++) {
		bad = sa_of(&two, A, &gcm);
		if (sa_init(&bad))
			sa_auth(&bad, KEY_ONLY, BARE_NOTIFY);
		mute = sa_of(&three, A, &aes);
		sa_init(&mute);
		data(&good, 20, 0.2);
	}
	quiet_end(s);
}

/* A filter on port 500 keeps the first exchange of a healthy tunnel that moves to 4500. */
void only_port_500(struct scene *s)
{
	struct pair p = branch(s);
	struct sa sa = sa_of(&p, A, &aes);

	s->only_500 = true;
	s->len = 24; /* nor is the ARP at the start in it */
	if (sa_up(&sa))
		data(&sa, 40, 0.2);
	quiet_end(s);
}
