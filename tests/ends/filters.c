/*
 * ends/filters.c - what a recording leaves out: octets by its snap length, packets by its filter, files that hold the
 * same packets. What is not in a file for such a reason was not lost on the way.
 */
#include "tests/ends/stories.h"

/* As tcpdump sees them: a filter on ports knows no later fragment, one on a host no router's error. */
enum { PORTS = LATER | ESP | AH | ICMP | OTHER, PORT_500 = PORTS | PORT4500, HOST = ICMP, ONLY_ESP = PORT500 | PORT4500 | FIRST | LATER | AH | ICMP | OTHER };

static void fragments_by(struct route *w, const struct recorder *near, const struct recorder *far, struct device between)
{
	struct recorder x = *near, y = *far;
	struct pair p;

	GATEWAYS(w, &p, records(&x), line(), between, records(&y));
	large_auths(&p);
	route_ends(w);
}

static struct device nothing(void)
{
	return (struct device){ .kind = DELAYS };
}

static void cut(struct route *w, uint32_t near, uint32_t far, struct device between)
{
	fragments_by(w, &(struct recorder){ .snaplen = near }, &(struct recorder){ .snaplen = far }, between);
}

void fragments_cut_at_64(struct route *w) { cut(w, 64, 64, nothing()); }
void fragments_cut_at_96(struct route *w) { cut(w, 96, 96, nothing()); }
void fragments_cut_at_128(struct route *w) { cut(w, 128, 128, nothing()); }
void fragments_cut_at_64_near(struct route *w) { cut(w, 64, 0, nothing()); }
void fragments_cut_at_64_far(struct route *w) { cut(w, 0, 64, nothing()); }
void fragments_cut_at_96_far(struct route *w) { cut(w, 0, 96, nothing()); }
void fragments_cut_at_128_near(struct route *w) { cut(w, 128, 0, nothing()); }
void fragments_cut_at_48(struct route *w) { cut(w, 48, 48, nothing()); }

static struct device later_lost(void)
{
	return loses((struct which){ .from = FROM_A, .kinds = LATER });
}

void later_fragments_lost_cut_at_64_far(struct route *w) { cut(w, 0, 64, later_lost()); }
void later_fragments_lost_cut_at_64(struct route *w) { cut(w, 64, 64, later_lost()); }
void later_fragments_lost_cut_at_96_near(struct route *w) { cut(w, 96, 0, later_lost()); }
void all_fragments_lost_cut_at_64_far(struct route *w) { cut(w, 0, 64, loses((struct which){ .from = FROM_A, .kinds = FIRST | LATER })); }

/* What A asks comes to B, whose recorder does not keep enough of it to tell. */
void no_answer_cut_at_64_far(struct route *w)
{
	struct recorder far = { .snaplen = 64 };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), records(&far));
	p.deaf[B] = true;
	two_attempts(&p);
	route_ends(w);
}

/* Cut anew and cut short: what arrives has other octets at its beginning. */
void cut_again_cut_at_64_far(struct route *w) { cut(w, 0, 64, limits(1400, ROUTER)); }
void cut_again_cut_at_64(struct route *w) { cut(w, 64, 64, limits(1400, ROUTER)); }
void put_together_cut_at_64_far(struct route *w) { cut(w, 0, 64, (struct device){ .kind = JOINS }); }
void put_together_cut_at_64(struct route *w) { cut(w, 64, 64, (struct device){ .kind = JOINS }); }

static void filtered(struct route *w, unsigned near, unsigned far, struct device between)
{
	fragments_by(w, &(struct recorder){ .hides = near }, &(struct recorder){ .hides = far }, between);
}

void ports_filter_far(struct route *w) { filtered(w, 0, PORTS, nothing()); }
void ports_filter_near(struct route *w) { filtered(w, PORTS, 0, nothing()); }
void ports_filter_both(struct route *w) { filtered(w, PORTS, PORTS, nothing()); }
void ports_filter_far_and_cut(struct route *w) { fragments_by(w, &(struct recorder){ 0 }, &(struct recorder){ .hides = PORTS, .snaplen = 64 }, nothing()); }
void host_filter_both(struct route *w) { filtered(w, HOST, HOST, nothing()); }
void esp_filter_far(struct route *w) { filtered(w, 0, ONLY_ESP, nothing()); }
void esp_filter_near(struct route *w) { filtered(w, ONLY_ESP, 0, nothing()); }
void esp_filter_both(struct route *w) { filtered(w, ONLY_ESP, ONLY_ESP, nothing()); }
void port_500_filter_far(struct route *w) { filtered(w, 0, PORT_500, nothing()); }
void esp_near_ports_far(struct route *w) { filtered(w, ONLY_ESP, PORTS, nothing()); }

/* Later fragments are lost, and no file of B could show them. */
void later_fragments_lost_ports_filter_far(struct route *w) { filtered(w, 0, PORTS, later_lost()); }
void later_fragments_lost_ports_filter_near(struct route *w) { filtered(w, PORTS, 0, later_lost()); }

static void esp_is_blocked(struct route *w, unsigned hides)
{
	struct recorder far = { .hides = hides };
	struct pair p;

	GATEWAYS(w, &p, recorder(), line(), loses((struct which){ .from = FROM_A, .kinds = ESP }), records(&far));
	session(&p, 80, 0.2);
	route_ends(w);
}

/* B's filter keeps nothing but ESP: whether B's host got IKE cannot be told, ESP can. */
void esp_blocked_esp_filter_far(struct route *w) { esp_is_blocked(w, ONLY_ESP); }
/* The filter of B is for ports, the tunnel speaks ESP: nobody knows. */
void esp_blocked_ports_filter_far(struct route *w) { esp_is_blocked(w, PORTS); }

/* Too large, a router says so, and both filters by host leave that out. */
void too_big_host_filter(struct route *w)
{
	struct recorder near = { .hides = HOST }, far = { .hides = HOST };
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, records(&near), line(), limits(1400, ROUTER), records(&far));
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		for (int i = 0; i < 120; i++) {
			burst(&sa, A, 1, 0.05, i % 3 ? 600 : 1476);
			burst(&sa, B, 1, 0.05, 136);
		}
	route_ends(w);
}

static void burst_of(struct route *w, unsigned hides, struct device between)
{
	struct recorder far = { .hides = hides };
	struct pair p;
	struct sa sa;

	GATEWAYS(w, &p, recorder(), line(), between, records(&far));
	sa = sa_of(&p, A, &aes);
	if (sa_up(&sa))
		burst(&sa, A, 12, 0.0005, 1200);
	route_ends(w);
}

void single_burst(struct route *w) { burst_of(w, 0, nothing()); }
void single_burst_lost(struct route *w) { burst_of(w, 0, loses((struct which){ .from = FROM_A, .kinds = ESP })); }
void single_burst_hidden(struct route *w) { burst_of(w, ESP, nothing()); }

/* --- several files of one point ---------------------------------------------------- */

static void in_files(struct route *w, const struct files *near, const struct files *far, struct device between)
{
	struct recorder x = { .files = *near }, y = { .files = *far };
	struct pair p;

	GATEWAYS(w, &p, records(&x), line(), between, records(&y));
	session(&p, 300, 0.2);
	route_ends(w);
}

static const struct files one;

void ring_at_both_ends(struct route *w) { in_files(w, &(struct files){ .every = 20 }, &(struct files){ .every = 13 }, nothing()); }
void ring_that_overlaps(struct route *w) { in_files(w, &(struct files){ .every = 20, .overlap = 5 }, &one, nothing()); }
void ring_that_overlaps_far(struct route *w) { in_files(w, &one, &(struct files){ .every = 20, .overlap = 5 }, nothing()); }
void file_given_twice(struct route *w) { in_files(w, &(struct files){ .twice = true }, &one, nothing()); }
void file_given_twice_far(struct route *w) { in_files(w, &one, &(struct files){ .twice = true }, nothing()); }
void file_given_twice_both(struct route *w) { in_files(w, &(struct files){ .twice = true }, &(struct files){ .twice = true }, nothing()); }
void two_recorders_at_a(struct route *w) { in_files(w, &(struct files){ .twice = true, .second_ahead = 0.00004, .loses = 0.02 }, &one, nothing()); }
void two_recorders_at_b(struct route *w) { in_files(w, &one, &(struct files){ .twice = true, .second_ahead = 0.00004, .loses = 0.02 }, nothing()); }
void two_clocks_at_a(struct route *w) { in_files(w, &(struct files){ .twice = true, .second_ahead = 2.5 }, &one, nothing()); }
void two_clocks_at_b(struct route *w) { in_files(w, &one, &(struct files){ .twice = true, .second_ahead = -2.5 }, nothing()); }
void two_clocks_hours_apart(struct route *w) { in_files(w, &one, &(struct files){ .twice = true, .second_ahead = -7200 }, nothing()); }
void file_given_twice_and_loss(struct route *w)
{
	in_files(w, &(struct files){ .twice = true }, &(struct files){ .every = 30, .overlap = 10 },
		 loses((struct which){ .from = FROM_A, .kinds = ESP, .share = 0.2 }));
}
