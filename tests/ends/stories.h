/*
 * ends/stories.h - what happened on the way between two recorders: one function a story, in ends/NAME.c.
 *
 * ends.def says what must come of each when the recordings are compared.
 */
#ifndef TESTS_ENDS_STORIES_H
#define TESTS_ENDS_STORIES_H

#include "tests/support/route.h"

#define END(story, shows, verdict, must, must_not, culprit, counts, known) void story(struct route *w);
#include "tests/ends/ends.def"
#undef END

#define HERE "198.51.100.10"
#define THERE "203.0.113.10"
#define INSIDE "192.168.1.10"
#define HERE6 "2001:db8:a::10"
#define THERE6 "2001:db8:b::10"
#define ROUTER "192.0.2.1"
#define ROUTER6 "2001:db8:f::1"

static const struct ike_suite aes __attribute__((unused)) = { .version = 2, .encr = 12, .key_bits = 256, .prf = 5,
							      .integ = 12, .group = 14 };
static const struct ike_suite aes_cert1 __attribute__((unused)) = { .version = 1, .encr = 12, .key_bits = 256,
								    .prf = 2, .group = 14, .auth = 3 };

/* --- devices ----------------------------------------------------------------- */

static inline struct device recorder(void)
{
	return (struct device){ .kind = RECORDS };
}

/* Lends r until the way is made. */
static inline struct device records(struct recorder *r)
{
	return (struct device){ .kind = RECORDS, .recorder = r };
}

static inline struct device line(void) /* some routers, 10 to 12 ms */
{
	return (struct device){ .kind = DELAYS, .seconds = 0.010, .jitter = 0.002, .hops = 5 };
}

static inline struct device loses(struct which which)
{
	return (struct device){ .kind = LOSES, .which = which };
}

static inline struct device refuses(struct which which, const char *by, uint8_t type, uint8_t code)
{
	return (struct device){ .kind = LOSES, .which = which, .router = by, .type = type, .code = code };
}

static inline struct device limits(uint32_t mtu, const char *router)
{
	return (struct device){ .kind = LIMITS, .mtu = mtu, .router = router, .silent = !router };
}

static inline struct device translator(void) /* in front of A */
{
	return (struct device){ .kind = TRANSLATES, .inside = A, .outside = HERE };
}

#define ROUTE(w, p, a, b, ...) \
	do { \
		const struct device row_[] = { __VA_ARGS__ }; \
		route_between(w, p, a, b, row_, sizeof row_ / sizeof *row_); \
	} while (0)
#define GATEWAYS(w, p, ...) ROUTE(w, p, HERE, THERE, __VA_ARGS__)
#define BRANCH(w, p, ...) ROUTE(w, p, INSIDE, THERE, __VA_ARGS__)

/* --- what hosts do ------------------------------------------------------------ */

/* n packets from one side, `gap` seconds apart, without waiting for the one before. */
static inline void burst(struct sa *sa, enum side from, int n, double gap, size_t ip_len)
{
	for (int i = 0; i < n; i++) {
		double at = sa->p->s->now;

		esp(sa, from, ip_len);
		sa->p->s->now = at + gap;
	}
}

/* n packets each way, of sizes in turn. */
static inline void traffic(struct sa *sa, int n, double gap)
{
	static const size_t sizes[] = { 136, 600, 136, 1200, 300, 136, 1420, 136 };

	for (int i = 0; i < n; i++) {
		burst(sa, A, 1, gap / 2, sizes[i % 8]);
		burst(sa, B, 1, gap / 2, sizes[(i + 3) % 8]);
	}
}

/* Two attempts with certificates that IKE does not fragment itself. */
static inline void large_auths(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(p, A, &aes);

		sa.fragmentation = false;
		if (sa_init(&sa) && sa_auth(&sa, CERTIFICATES, BIG_SUCCESS))
			traffic(&sa, 60, 0.2);
	}
}

static inline void two_attempts(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct sa sa = sa_of(p, A, &aes);

		if (sa_up(&sa))
			traffic(&sa, 60, 0.2);
	}
}

/* Comes up, then carries data for a while. */
static inline void session(struct pair *p, int packets, double gap)
{
	struct sa sa = sa_of(p, A, &aes);

	if (sa_up(&sa))
		traffic(&sa, packets, gap);
}

#endif
