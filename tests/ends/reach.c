/*
 * ends/reach.c - the first messages: who drops them, who does not answer, who refuses.
 */
#include "tests/ends/stories.h"

void all_is_well(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	session(&p, 120, 0.2);
	route_ends(w);
}

void one_request_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = IKE, .until = 3 }), recorder());
	session(&p, 120, 0.2);
	route_ends(w);
}

void requests_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = PORT500 }), recorder());
	two_attempts(&p);
	route_ends(w);
}

void requests_lost_v1(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = PORT500 }), recorder());
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes_cert1);

		main_agrees(&sa);
	}
	route_ends(w);
}

void requests_lost_ipv6(struct route *w)
{
	struct pair p;

	ROUTE(w, &p, HERE6, THERE6, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = PORT500 }),
	    recorder());
	two_attempts(&p);
	route_ends(w);
}

void requests_lost_behind_nat(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), loses((struct which){ .from = FROM_A, .kinds = PORT500 | IKE }),
	       recorder());
	two_attempts(&p);
	route_ends(w);
}

/* B asks, and what it asks is lost: near and far are not asker and asked. */
void requests_of_b_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = PORT500 }), recorder());
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, B, &aes);

		sa_init(&sa);
	}
	route_ends(w);
}

void answers_lost(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = PORT500 }), recorder());
	two_attempts(&p);
	route_ends(w);
}

void answers_lost_an_hour_ahead(struct route *w)
{
	struct recorder far = { .clock = { .ahead = 3600.4, .ppm = 40 } };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = PORT500 }), records(&far));
	two_attempts(&p);
	route_ends(w);
}

void peer_deaf(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	p.deaf[B] = true;
	two_attempts(&p);
	route_ends(w);
}

/* The firewall of B's own host, behind the recorder: the same from outside. */
void firewall_at_b(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder(), loses((struct which){ .from = FROM_A, .kinds = PORT500 }));
	two_attempts(&p);
	route_ends(w);
}

/* Answers come to A's recorder and not to A: it asks again and again. */
void firewall_at_a(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, loses((struct which){ .from = FROM_B, .kinds = PORT500 }), recorder(), line(), recorder());
	two_attempts(&p);
	route_ends(w);
}

void firewall_at_a_for_auth(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, loses((struct which){ .from = FROM_B, .kinds = PORT4500 }), recorder(), translator(), line(),
	       recorder());
	two_attempts(&p);
	route_ends(w);
}

/* Each request is sent again before its answer can be there, and each send is answered. */
static void asks_too_soon(struct sa *sa, const struct ike_out *request, const struct ike_out *answer)
{
	struct scene *s = sa->p->s;
	double at = s->now;

	for (int i = 0; i < 2; i++) {
		s->now = at + i * 0.5;
		ike_send(sa, A, request);
		pass(s, 0.002);
		ike_send(sa, B, answer);
	}
	pass(s, 0.003);
}

/* Answers take longer than the asker waits: each one comes, nothing is lost. */
void answers_slow(struct route *w)
{
	static struct ike_out request, answer;
	struct device slow = line();
	struct pair p;
	struct sa sa;

	slow.seconds = 1.2;
	GATEWAYS(w, &p, recorder(), slow, recorder());
	sa = sa_of(&p, A, &aes);
	init_request(&sa, &request, aes.group, false);
	sa.spi_r = scene_spi(&w->scene);
	init_answer(&sa, &answer);
	asks_too_soon(&sa, &request, &answer);
	sealed(&sa, &request, 35, A, false, 1, 35, KEY_ONLY);
	auth_answer(&sa, &answer, SUCCESS, 1);
	asks_too_soon(&sa, &request, &answer);
	traffic(&sa, 90, 0.2);
	route_ends(w);
}

void port_4500_lost(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), loses((struct which){ .from = FROM_A, .kinds = PORT4500 }),
	       recorder());
	two_attempts(&p);
	route_ends(w);
}

void port_4500_answers_lost(struct route *w)
{
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), loses((struct which){ .from = FROM_B, .kinds = PORT4500 }),
	       recorder());
	two_attempts(&p);
	route_ends(w);
}

void filter_that_tells(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), refuses((struct which){ .from = FROM_A, .kinds = PORT500 }, ROUTER, 3, 13), line(),
		 recorder());
	two_attempts(&p);
	route_ends(w);
}

/* The same, and the answer of that router does not come through to A. */
void filter_that_tells_in_vain(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), loses((struct which){ .from = FROM_B, .kinds = ICMP }), line(),
		 refuses((struct which){ .from = FROM_A, .kinds = PORT500 }, ROUTER, 3, 13), recorder());
	two_attempts(&p);
	route_ends(w);
}

void daemon_not_running(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder(),
		 refuses((struct which){ .from = FROM_A, .kinds = PORT500 }, THERE, 3, 3));
	two_attempts(&p);
	route_ends(w);
}

void refused_by_the_peer(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(&p, A, &aes);

		sa_refused(&sa, 14, NULL, 0);
		pass(&w->scene, 5);
	}
	route_ends(w);
}
