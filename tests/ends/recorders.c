/*
 * ends/recorders.c - clocks, filters, drops, starts and ends of the recorders; captures that do not fit; three points.
 */
#include "tests/ends/stories.h"

static void recorded_by(struct route *w, struct recorder *near, struct recorder *far, int packets, double gap)
{
	struct pair p;

	GATEWAYS(w, &p, records(near), line(), records(far));
	session(&p, packets, gap);
	route_ends(w);
}

void an_hour_ahead(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 }, &(struct recorder){ .clock = { .ahead = 3600.02, .ppm = 80 } }, 400, 0.3);
}

void days_behind(struct route *w)
{
	recorded_by(w, &(struct recorder){ .clock = { .ppm = -150 } },
		    &(struct recorder){ .clock = { .ahead = -5 * 86400.0 - 17, .ppm = 150 }, .pcapng = true }, 400, 0.3);
}

void clock_set_while_recording(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 }, &(struct recorder){ .clock = { .ahead = 2, .jump_at = 40, .jump = 12.5 } },
		    400, 0.3);
}

void clock_set_back_while_recording(struct route *w)
{
	recorded_by(w, &(struct recorder){ .clock = { .jump_at = 40, .jump = -30 } }, &(struct recorder){ 0 }, 400, 0.3);
}

/* B's recorder misses a tenth of what passes it, both ways, and does not know. */
void far_recorder_drops(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 },
		    &(struct recorder){ .drops = true, .misses = { .kinds = ESP, .share = 0.1 } }, 1000, 0.03);
}

void far_recorder_drops_and_says_so(struct route *w)
{
	recorded_by(w, &(struct recorder){ .pcapng = true },
		    &(struct recorder){ .drops = true, .misses = { .share = 0.1, .since = 5 }, .pcapng = true,
					.tells_drops = true }, 1000, 0.03);
}

void near_recorder_drops(struct route *w)
{
	recorded_by(w, &(struct recorder){ .drops = true, .misses = { .kinds = ESP, .share = 0.1 } },
		    &(struct recorder){ 0 }, 1000, 0.03);
}

/* For ten seconds of the session the disk was slow. */
void far_recorder_stalls(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 },
		    &(struct recorder){ .drops = true, .misses = { .since = 20, .until = 30 } }, 600, 0.1);
}

/* The recorder drops a twentieth, the way loses a fifth of what A sends. */
void far_recorder_drops_beside_loss(struct route *w)
{
	struct recorder far = { .drops = true, .misses = { .kinds = ESP, .share = 0.05 } };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = ESP, .share = 0.2 }),
		 records(&far));
	session(&p, 1500, 0.02);
	route_ends(w);
}

void far_starts_late(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 }, &(struct recorder){ .since = 30 }, 400, 0.2);
}

void far_ends_early(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 }, &(struct recorder){ .until = 40 }, 400, 0.2);
}

/* Each holds another part, with forty seconds in common, on clocks that disagree. */
void partly_together(struct route *w)
{
	recorded_by(w, &(struct recorder){ .until = 60 },
		    &(struct recorder){ .since = 20, .clock = { .ahead = 1800.7, .ppm = 30 } }, 500, 0.2);
}

/* In the common part the way loses everything that B sends for a while. */
void partly_together_with_loss(struct route *w)
{
	struct recorder near = { .until = 70 }, far = { .since = 20 };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), loses((struct which){ .from = FROM_B, .kinds = ESP, .since = 30 }),
		 records(&far));
	session(&p, 500, 0.2);
	route_ends(w);
}

/* B's recording was stopped after the first second: A's requests without answer prove nothing about the way. */
void far_stopped_before_it_matters(struct route *w)
{
	struct recorder far = { .until = 3 };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	session(&p, 5, 0.1);
	p.deaf[B] = true;
	two_attempts(&p);
	route_ends(w);
}

/* Until the end it shows IKE, and no ESP. */
void far_filter_hides_esp(struct route *w)
{
	struct recorder far = { .hides = ESP | ICMP | LATER };
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa)) {
		traffic(&sa, 200, 0.2);
		pass(&w->scene, 10);
		alive(&sa, A);
	}
	route_ends(w);
}

void far_filter_hides_port_4500(struct route *w)
{
	struct recorder far = { .hides = PORT4500 | LATER | ESP | ICMP, .pcapng = true, .filter = "udp port 500" };
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), records(&far));
	session(&p, 120, 0.2);
	route_ends(w);
}

void far_mirror_lacks_a_direction(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 }, &(struct recorder){ .only = FROM_A }, 200, 0.2);
}

void each_packet_twice(struct route *w)
{
	recorded_by(w, &(struct recorder){ .twice = true }, &(struct recorder){ .twice = true }, 200, 0.2);
}

void one_recorder_twice(struct route *w)
{
	recorded_by(w, &(struct recorder){ 0 }, &(struct recorder){ .twice = true, .clock.ahead = 9 }, 200, 0.2);
}

void short_frames(struct route *w)
{
	recorded_by(w, &(struct recorder){ .snaplen = 128 }, &(struct recorder){ .snaplen = 96 }, 200, 0.2);
}

void short_frames_and_loss(struct route *w)
{
	struct recorder near = { 0 }, far = { .snaplen = 96 };
	struct pair p;

	GATEWAYS(w, &p, records(&near), line(), loses((struct which){ .from = FROM_A, .kinds = ESP, .above = 1300 }),
		 records(&far));
	session(&p, 400, 0.1);
	route_ends(w);
}

/* --- captures that do not fit ---------------------------------------------------- */

static struct route elsewhere;

static void strangers(const char *a, const char *b, double ahead, uint64_t seed)
{
	struct recorder far = { .clock.ahead = ahead };
	struct pair p;

	route_init(&elsewhere);
	elsewhere.scene.seed = seed;
	ROUTE(&elsewhere, &p, a, b, recorder(), line(), records(&far));
	session(&p, 100, 0.2);
	route_ends(&elsewhere);
}

static void beside(struct route *w, const char *a, const char *b, double ahead, uint64_t seed)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder());
	session(&p, 100, 0.2);
	route_ends(w);
	strangers(a, b, ahead, seed);
	route_swap_recorder(w, 1, &elsewhere, 1);
	route_clear(&elsewhere);
}

void somebody_elses_capture(struct route *w)
{
	beside(w, "192.0.2.130", "192.0.2.200", 0, 4711);
}

void the_same_tunnel_another_day(struct route *w)
{
	beside(w, HERE, THERE, 86400, 815);
}

/* Two recorders on the same segment, before anything can be lost. */
void both_at_one_place(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), (struct device){ .kind = DELAYS, .seconds = 20e-6 }, recorder(), line(),
		 loses((struct which){ .from = FROM_A, .kinds = PORT500 }));
	two_attempts(&p);
	route_ends(w);
}

/* The same file, given twice. */
void the_same_recording(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), (struct device){ .kind = DELAYS }, recorder(), line());
	session(&p, 100, 0.2);
	route_ends(w);
}

/* A talks to another peer as well, who is silent: B's recorder can know nothing of that. */
void another_peer_in_vain(struct route *w)
{
	struct pair p, q;

	route_init(&elsewhere);
	elsewhere.scene.seed = 31;
	ROUTE(&elsewhere, &q, HERE, "203.0.113.77", recorder(), line());
	q.deaf[B] = true;
	two_attempts(&q);
	GATEWAYS(w, &p, recorder(), line(), recorder());
	session(&p, 1500, 0.2);
	route_ends(w);
	route_adds(&w->recorder[0], &elsewhere.recorder[0]);
	route_clear(&elsewhere);
}

/* The same the other way: B's recorder shows other clients of B, one of whom gives the wrong key. */
void other_clients_at_b(struct route *w)
{
	struct pair p, q;
	struct sa sa;

	route_init(&elsewhere);
	elsewhere.scene.seed = 33;
	ROUTE(&elsewhere, &q, "192.0.2.150", THERE, line(), recorder());
	for (int i = 0; i < 3; i++) {
		sa = sa_of(&q, A, &aes);
		if (sa_init(&sa))
			sa_auth(&sa, KEY_ONLY, BARE_NOTIFY);
		pass(&elsewhere.scene, 20);
	}
	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder());
	large_auths(&p);
	route_ends(w);
	route_adds(&w->recorder[1], &elsewhere.recorder[0]);
	route_clear(&elsewhere);
}

/* --- more than two points --------------------------------------------------------- */

void three_points_all_is_well(struct route *w)
{
	struct recorder middle = { .clock.ahead = 61.5 };
	struct pair p;

	BRANCH(w, &p, recorder(), translator(), line(), records(&middle), line(), recorder());
	session(&p, 120, 0.2);
	route_ends(w);
}

void three_points_lost_before_the_middle(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = LATER }), recorder(), line(),
		 recorder());
	large_auths(&p);
	route_ends(w);
}

void three_points_lost_behind_the_middle(struct route *w)
{
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = PORT500 }),
		 recorder());
	two_attempts(&p);
	route_ends(w);
}

void four_points_lost_in_the_second_segment(struct route *w)
{
	struct recorder third = { .clock = { .ahead = -40, .ppm = 20 } };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), recorder(), line(), loses((struct which){ .from = FROM_B, .kinds = ESP }),
		 records(&third), line(), recorder());
	session(&p, 100, 0.2);
	route_ends(w);
}
