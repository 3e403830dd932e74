/*
 * scenes/path.c - what the way does: silence, filters that tell, ICMP, fragments, sizes, loss.
 */
#include "tests/scenes/stories.h"

/* The first message is dropped on the way, six times in each of two attempts. */
void first_message_lost(struct scene *s)
{
	struct pair p = gateways(s);

	p.road[A].all = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa_init(&sa);
	}
	quiet_end(s);
}

void first_message_lost_v1(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes_key1);

	p.road[A].all = true;
	main_agrees(&sa);
	quiet_end(s);
}

void first_message_lost_ipv6(struct scene *s)
{
	struct pair p = pair_of(s, HERE6, THERE6);
	struct sa sa = sa_of(&p, A, &gcm);

	arp(s);
	p.road[A].all = true;
	sa_init(&sa);
	quiet_end(s);
}

/* As above, and the recording is stopped after the second send. */
void stopped_too_early(struct scene *s)
{
	s->until = 6;
	first_message_lost(s);
}

/* One lost packet at the start, then all is well. */
void one_packet_lost(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.road[A].all = true;
	s->tries = 1;
	sa_init(&sa);
	p.road[A].all = false;
	s->tries = 0;
	if (sa_up(&sa))
		data(&sa, 30, 0.2);
	quiet_end(s);
}

void answers_lost(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.road[B].all = true;
	sa_init(&sa);
	quiet_end(s);
}

static void deaf(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.deaf[B] = true;
	sa_init(&sa);
	quiet_end(s);
}

/* B hears and says nothing: no configuration for this peer, and the product is silent about it. */
void peer_deaf(struct scene *s)
{
	if (s->at == AT_B) /* what B says to others shows whose recording this is */
		for (int i = 0; i < 4; i++) {
			tcp_segment(s, THERE, "192.0.2.44", 443, 0x10, 64);
			tcp_segment(s, "192.0.2.44", THERE, 49152, 0x10, 55);
		}
	deaf(s);
}

/* The same, and B has nothing to say to anybody: where this was recorded stays open. */
void peer_deaf_and_mute(struct scene *s)
{
	deaf(s);
}

/* Nothing of B but its link address: what is sent to it arrives beside the recorder. */
void peer_deaf_beside_recorder(struct scene *s)
{
	arp_asks(s, "203.0.113.1", THERE, true);
	deaf(s);
}

/* B answers the first exchange, and IKE_AUTH arrives whole and is not answered. */
void deaf_in_auth(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_init(&sa))
		return;
	p.deaf[B] = true;
	sa_auth(&sa, 200, SUCCESS);
	quiet_end(s);
}

/* The same, but recorded for a few seconds only. */
void deaf_in_auth_cut_short(struct scene *s)
{
	s->until = 9;
	deaf_in_auth(s);
}

/* The same, but the recording at B stops five seconds after the first request. */
void peer_deaf_cut_short(struct scene *s)
{
	s->until = 4;
	peer_deaf(s);
}

static void refused_by_icmp(struct scene *s, const char *router, uint8_t type, uint8_t code, uint32_t word)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	static struct ike_out m;

	init_request(&sa, &m, 14, false);
	p.road[A].all = true;
	for (int i = 0; i < 6; i++) {
		ike_send(&sa, A, &m);
		pass(s, 0.02);
		router_says(&p, A, router, type, code, word);
		pass(s, 4 + i * 2);
	}
	quiet_end(s);
}

void daemon_not_running(struct scene *s)
{
	refused_by_icmp(s, THERE, 3, 3, 0);
}

void filter_that_tells(struct scene *s)
{
	refused_by_icmp(s, ROUTER, 3, 13, 0);
}

void host_unreachable(struct scene *s)
{
	refused_by_icmp(s, ROUTER, 3, 1, 0);
}

void routing_loop(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	static struct ike_out m;

	init_request(&sa, &m, 14, false);
	p.road[A].all = true;
	for (int i = 0; i < 8; i++) {
		ike_send(&sa, A, &m);
		pass(s, 0.02);
		router_says(&p, A, i % 2 ? "192.0.2.5" : "192.0.2.9", 11, 0, 0);
		pass(s, 5);
	}
	quiet_end(s);
}

/* The daemon restarts: two port unreachables, then it works. */
/* One error and the end of the file. */
void refused_once(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.road[A].all = true;
	p.hush[A] = true;
	s->tries = 1;
	sa_init(&sa);
	p.road[A].all = false;
	s->now -= 3.9;
	host_says(&p, B, 3, 3, 0);
	pass(s, 2);
	arp(s);
}

void daemon_restarts(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	static struct ike_out m;

	init_request(&sa, &m, 14, false);
	p.road[A].all = true;
	for (int i = 0; i < 2; i++) {
		ike_send(&sa, A, &m);
		router_says(&p, A, THERE, 3, 3, 0);
		pass(s, 2);
	}
	p.road[A].all = false;
	if (sa_up(&sa))
		data(&sa, 40, 0.3);
	quiet_end(s);
}

/* Errors of every kind about somebody else's packets, beside a tunnel that works. */
void icmp_about_strangers(struct scene *s)
{
	struct pair p = gateways(s), q = pair_of(s, HERE, "192.0.2.200");
	struct packing dns = { .protocol = 17, .sport = 40000, .dport = 53, .ike = true };
	struct sa sa = sa_of(&p, A, &aes);
	static const uint8_t errors[][2] = { { 3, 3 }, { 3, 13 }, { 3, 1 }, { 11, 0 }, { 11, 1 }, { 3, 4 } };

	if (!sa_up(&sa))
		return;
	q.road[A].all = true;
	for (size_t i = 0; i < 3 * sizeof errors / sizeof *errors; i++) {
		packet_send(&q, A, &dns, "0123456789abcdef0123456789", 26);
		router_says(&q, A, ROUTER, errors[i % 6][0], errors[i % 6][1], 1400);
		data(&sa, 4, 0.2);
	}
	quiet_end(s);
}

/* Somebody runs traceroute to the peer: the packets that die were sent with small hop counts. */
void traceroute_beside_tunnel(struct scene *s)
{
	struct pair p = gateways(s), q = pair_of(s, HERE, THERE);
	struct packing probe = { .protocol = 17, .sport = 40001, .ike = true };
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	q.road[A].all = true;
	for (int i = 1; i <= 9; i++) {
		q.host[A].ttl = (uint8_t)i;
		probe.dport = (uint16_t)(33434 + i);
		packet_send(&q, A, &probe, "traceroute", 10);
		router_says(&q, A, i % 2 ? "192.0.2.5" : "192.0.2.9", 11, 0, 0);
		data(&sa, 5, 0.2);
	}
	quiet_end(s);
}

/* Port 500 passes, port 4500 does not. */
void port_4500_blocked(struct scene *s)
{
	struct pair p = branch(s);

	p.road[A].udp4500 = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa_up(&sa);
	}
	quiet_end(s);
}

void port_4500_blocked_v1(struct scene *s)
{
	struct pair p = branch(s);

	p.road[A].udp4500 = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_cert1);

		if (main_agrees(&sa) && main_keys(&sa))
			main_proves(&sa, 1200, 1200);
	}
	quiet_end(s);
}

/* Everything above 1400 octets is lost: it is not the port. */
void large_auth_behind_nat(struct scene *s)
{
	struct pair p = branch(s);

	p.road[A].later = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.fragmentation = false;
		if (sa_init(&sa))
			sa_auth(&sa, CERTIFICATES, SUCCESS);
	}
	quiet_end(s);
}

/* --- fragments ------------------------------------------------------------- */

static void certificates(struct scene *s, enum side by, struct road how)
{
	struct pair p = gateways(s);

	p.road[by] = how;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.fragmentation = false;
		sa.certreq = true;
		if (!sa_init(&sa) || !sa_auth(&sa, CERTIFICATES, BIG_SUCCESS))
			continue;
		data(&sa, 40, 0.2);
		break;
	}
	quiet_end(s);
}

void fragments_pass(struct scene *s)
{
	certificates(s, A, (struct road){ .all = false });
}

void later_fragments_lost(struct scene *s)
{
	certificates(s, A, (struct road){ .later = true });
}

void first_fragments_lost(struct scene *s)
{
	certificates(s, A, (struct road){ .first = true });
}

void all_fragments_lost(struct scene *s)
{
	certificates(s, A, (struct road){ .fragments = true });
}

void answers_later_fragments_lost(struct scene *s)
{
	certificates(s, B, (struct road){ .later = true });
}

/* A capture filter on ports hides later fragments; the tunnel works. */
void port_filter_healthy(struct scene *s)
{
	struct pair p = pair_of(s, HERE, THERE);
	struct sa sa = sa_of(&p, A, &aes);

	s->no_icmp = s->no_later = true;
	sa.fragmentation = false;
	if (sa_init(&sa) && sa_auth(&sa, CERTIFICATES, BIG_SUCCESS))
		data(&sa, 40, 0.2);
}

/* A knows nothing of the rest: thirty seconds after each first fragment it says so. */
void reassembly_times_out(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	static struct ike_out request, answer;

	sa.fragmentation = false;
	if (!sa_init(&sa))
		return;
	sealed(&sa, &request, 35, A, false, 1, 35, KEY_ONLY);
	auth_answer(&sa, &answer, BIG_SUCCESS, 1);
	p.road[B].later = true;
	for (int i = 0; i < 3; i++) {
		ike_send(&sa, A, &request);
		pass(s, 0.01);
		ike_send(&sa, B, &answer);
		pass(s, 30);
		host_says(&p, A, 11, 1, 0);
		pass(s, 1);
	}
	quiet_end(s);
}

/* --- sizes ----------------------------------------------------------------- */

/* Large ESP with DF set; the router says the limit, and from then on nothing is larger. */
void too_big_heeded(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 10, 0.2);
	p.road[A].above = 1400;
	esp(&sa, A, 1480);
	router_says(&p, A, ROUTER, 3, 4, 1400);
	for (int i = 0; i < 40; i++) {
		pass(s, 0.2);
		esp(&sa, A, 1400);
		esp(&sa, B, 1400);
	}
	quiet_end(s);
}

/* A quarter of an hour later A tries large packets again, and the way takes them. */
void too_big_forgotten(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 10, 0.2);
	p.road[A].above = 1400;
	esp(&sa, A, 1480);
	router_says(&p, A, ROUTER, 3, 4, 1400);
	p.road[A].above = 0;
	for (int i = 0; i < 40; i++) {
		pass(s, i == 20 ? 900 : 0.2);
		esp(&sa, A, i < 20 ? 1400 : 1480);
		esp(&sa, B, 1400);
	}
	quiet_end(s);
}

void too_big_ignored(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 10, 0.2);
	p.road[A].above = 1400;
	for (int i = 0; i < 20; i++) {
		esp(&sa, A, 1480);
		router_says(&p, A, ROUTER, 3, 4, 1400);
		pass(s, 1.5);
		data(&sa, 1, 0.1);
	}
	quiet_end(s);
}

/* Large ESP from A vanishes without a word, small ESP passes both ways. */
void black_hole(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 30, 0.2);
	p.road[A].above = 1400;
	for (int i = 0; i < 30; i++) {
		data(&sa, 2, 0.3);
		esp(&sa, A, 1480);
		pass(s, 0.5);
	}
	quiet_end(s);
}

/* As many large ones, and they are answered by large ones. */
/* The same; A pings B besides, which answers or does not, and nothing else of ICMP is there. */
static void black_hole_and_pings(struct scene *s, bool answered)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 30, 0.2);
	p.road[A].above = 1400;
	for (uint16_t i = 0; i < 30; i++) {
		data(&sa, 2, 0.3);
		esp(&sa, A, 1480);
		ping(s, HERE, THERE, i, answered);
		pass(s, 0.5);
	}
	quiet_end(s);
}

void icmp_never_comes(struct scene *s) { black_hole_and_pings(s, false); }
void pings_answered_in_black_hole(struct scene *s) { black_hole_and_pings(s, true); }

/* B sends a large file, A acknowledges with small packets. */
void download(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 20, 0.2);
	for (int i = 0; i < 200; i++) {
		esp(&sa, B, 1480);
		esp(&sa, B, 1480);
		esp(&sa, A, 120);
		pass(s, 0.01);
	}
	quiet_end(s);
}

/* A's own small upload behind a download: large packets leave, and what answers them is small. */
void upload(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	data(&sa, 20, 0.2);
	for (int i = 0; i < 200; i++) {
		esp(&sa, A, 1480);
		esp(&sa, A, 1480);
		esp(&sa, B, 120);
		pass(s, 0.01);
	}
	quiet_end(s);
}

void large_packets_pass(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 40; i++) {
		data(&sa, 2, 0.3);
		esp(&sa, A, 1480);
		esp(&sa, B, 1480);
	}
	quiet_end(s);
}

/* IKE_AUTH with DF set and too large for the way; INIT passed. */
void black_hole_for_ike(struct scene *s)
{
	struct pair p = gateways(s);

	p.df = true;
	p.road[A].above = 1400;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.fragmentation = false;
		sa.certreq = true;
		if (sa_init(&sa))
			sa_auth(&sa, 1380, BIG_SUCCESS);
	}
	quiet_end(s);
}

/* --- loss ------------------------------------------------------------------ */

static void lossy(struct scene *s, uint32_t every)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.road[A].every = p.road[B].every = every;
	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 12; i++) {
		data(&sa, 25, 0.05);
		alive(&sa, A);
	}
	quiet_end(s);
}

void every_fifth_lost(struct scene *s)
{
	lossy(s, 5);
}

void nothing_lost(struct scene *s)
{
	lossy(s, 0);
}

/* Native ESP is filtered in both directions, IKE lives. */
void esp_filtered(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	p.road[A].esp = p.road[B].esp = true;
	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 4; i++) {
		data(&sa, 20, 0.3);
		alive(&sa, A);
	}
	quiet_end(s);
}

/* Not the filter: B's packets come, A's are few. */
void little_traffic(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 4, 2);
	alive(&sa, A);
	quiet_end(s);
}

/* IKE fragments (RFC 7383) above 1200 octets do not pass. */
void ike_fragments_too_big(struct scene *s)
{
	struct pair p = gateways(s);

	p.df = true;
	p.road[A].above = 1200;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa.certreq = true;
		if (sa_init(&sa))
			sa_auth(&sa, CERTIFICATES, BIG_SUCCESS);
	}
	quiet_end(s);
}

void ike_fragments_pass(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	sa.certreq = true;
	if (sa_init(&sa) && sa_auth(&sa, CERTIFICATES, BIG_SUCCESS))
		data(&sa, 40, 0.2);
	quiet_end(s);
}

/* --- IPv6 ------------------------------------------------------------------ */

void later_fragments_lost_ipv6(struct scene *s)
{
	struct pair p = pair_of(s, HERE6, THERE6);

	arp(s);
	p.road[A].later = true;
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &gcm);

		sa.fragmentation = false;
		sa.certreq = true;
		if (sa_init(&sa))
			sa_auth(&sa, CERTIFICATES, BIG_SUCCESS);
	}
	quiet_end(s);
}

void too_big_heeded_ipv6(struct scene *s)
{
	struct pair p = pair_of(s, HERE6, THERE6);
	struct sa sa = sa_of(&p, A, &gcm);

	arp(s);
	if (!sa_up(&sa))
		return;
	data(&sa, 10, 0.2);
	p.road[A].above = 1400;
	esp(&sa, A, 1460);
	router_says(&p, A, ROUTER6, 2, 0, 1400);
	for (int i = 0; i < 40; i++) {
		pass(s, 0.2);
		esp(&sa, A, 1380);
		esp(&sa, B, 1380);
	}
	quiet_end(s);
}

void port_unreachable_ipv6(struct scene *s)
{
	struct pair p = pair_of(s, HERE6, THERE6);
	struct sa sa = sa_of(&p, A, &gcm);
	static struct ike_out m;

	arp(s);
	init_request(&sa, &m, 19, false);
	p.road[A].all = true;
	for (int i = 0; i < 6; i++) {
		ike_send(&sa, A, &m);
		pass(s, 0.02);
		router_says(&p, A, THERE6, 1, 4, 0);
		pass(s, 5);
	}
	quiet_end(s);
}

/* The verifier at B waits for a CRL server that does not answer, and answers IKE_AUTH only then. */
static void revocation(struct scene *s, bool fetch_fails)
{
	struct pair p = gateways(s);

	for (int i = 0; i < 3; i++) {
		struct sa sa = sa_of(&p, A, &aes);
		static struct ike_out request, answer;

		sa.certreq = true;
		if (!sa_init(&sa))
			return;
		sealed(&sa, &request, 35, A, false, 1, 35, CERTIFICATES);
		auth_answer(&sa, &answer, BIG_SUCCESS, 1);
		ike_send(&sa, A, &request);
		for (int k = 0; k < (fetch_fails ? 4 : 1); k++) {
			tcp_segment(s, THERE, "192.0.2.80", 80, 0x02, 64);
			if (!fetch_fails)
				tcp_segment(s, "192.0.2.80", THERE, 49152, 0x12, 55);
			pass(s, fetch_fails ? 1 << k : 0.02);
		}
		ike_send(&sa, B, &answer);
		data(&sa, 30, 0.2);
		deletes(&sa, A);
		pass(s, 30);
	}
	quiet_end(s);
}

void revocation_slow(struct scene *s) { revocation(s, true); }
void revocation_quick(struct scene *s) { revocation(s, false); }
