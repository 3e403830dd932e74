/*
 * scenes/data.c - ESP: one way, gaps, doubles, numbers that start again.
 */
#include "tests/scenes/stories.h"

/* A sends, nothing ever comes back; IKE is alive. */
static void one_way(struct scene *s, enum side speaker)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 5, 0.2);
	for (int i = 0; i < 4; i++) {
		data_from(&sa, speaker, 20, 0.5, 136);
		alive(&sa, A);
	}
	quiet_end(s);
}

void data_one_way_out(struct scene *s) { one_way(s, A); }
void data_one_way_in(struct scene *s) { one_way(s, B); }

/* Nothing at all passes after the tunnel came up. */
void tunnel_idle(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 6; i++) {
		pass(s, 30);
		alive(&sa, A);
	}
	quiet_end(s);
}

/* One in ten of A's ESP packets is lost before B; B records. */
void esp_gaps(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 400; i++) {
		p.road[A].esp = i % 10 == 3;
		esp(&sa, A, 600);
		esp(&sa, B, 136);
		pass(s, 0.02);
	}
	quiet_end(s);
}

void esp_no_gaps(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 400; i++) {
		esp(&sa, A, 600);
		esp(&sa, B, 136);
		pass(s, 0.02);
	}
	quiet_end(s);
}

/* The way doubles every tenth ESP packet of A, half a second later. */
void esp_comes_twice(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 300; i++) {
		esp(&sa, A, 600);
		esp(&sa, B, 136);
		pass(s, 0.05);
		if (i % 10 == 3) {
			sa.seq[A] -= 1;
			esp(&sa, A, 600);
		}
		pass(s, 0.05);
	}
	quiet_end(s);
}

/* B was restored from an image: a new tunnel is up, and A goes on with the old SPI. */
void old_spi_goes_on(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);
	uint32_t old_spi, old_seq;

	if (!sa_up(&sa))
		return;
	data(&sa, 30, 0.2);
	old_spi = sa.spi[A];
	old_seq = sa.seq[A];
	sa = sa_of(&p, B, &aes);
	if (!sa_up(&sa))
		return;
	sa.spi[A] = old_spi;
	sa.seq[A] = old_seq;
	data_from(&sa, A, 40, 0.5, 136);
	quiet_end(s);
}

/* A rekey takes place before the new numbers come. */
void spi_after_rekey(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	data(&sa, 30, 0.2);
	if (rekeys_child(&sa, A))
		data(&sa, 30, 0.2);
	sealed_exchange(&sa, A, 37, 42, 12, 42, 12);
	data(&sa, 30, 0.2);
	quiet_end(s);
}

/* A serves short pages: what B acknowledges comes after the small packets at the end of each. */
void short_downloads(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 8; i++) {
		esp(&sa, B, 116);
		esp(&sa, A, 116);
		esp(&sa, B, 108);
		esp(&sa, B, 140);
		esp(&sa, A, 108);
		for (int k = 0; k < 3; k++)
			esp(&sa, A, 1464);
		esp(&sa, A, 700);
		esp(&sa, A, 108);
		pass(s, 0.03);
		data_from(&sa, B, 3, 0.001, 108);
		esp(&sa, A, 108);
		pass(s, 2);
	}
	quiet_end(s);
}

/* A page that never arrives: the same size at doubling gaps, while A pings through the tunnel. */
void page_repeated_in_vain(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);
	double gap = 0.25;

	if (!sa_up(&sa))
		return;
	data(&sa, 10, 0.2);
	p.road[A].above = 1400;
	for (int k = 0; k < 10; k++)
		esp(&sa, A, 1464);
	for (int k = 0; k < 7; k++, gap *= 2) {
		double until = s->now + gap;

		while (s->now + 0.8 < until) {
			pass(s, 0.5);
			esp(&sa, A, 148);
			esp(&sa, B, 148);
		}
		s->now = until;
		esp(&sa, A, 1464);
	}
	quiet_end(s);
}

/* Half of a stream of thirty packets is lost in one piece. */
void half_a_stream_lost(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &aes);

	if (!sa_up(&sa))
		return;
	for (int i = 0; i < 34; i++) {
		p.road[A].esp = i >= 10 && i < 27;
		esp(&sa, A, 600);
		esp(&sa, B, 136);
		pass(s, 0.1);
	}
	quiet_end(s);
}

/* A way of a second and more: B's answers still arrive when A has long paused. */
void answers_under_way(struct scene *s)
{
	struct pair p = gateways(s);
	struct sa sa = sa_of(&p, A, &gcm);

	p.trip = 1.2;
	if (!sa_up(&sa))
		return;
	p.trip = 0;
	for (int i = 0; i < 40; i++) { /* what B sends here left 2.4 s after the question */
		if (i < 26)
			esp(&sa, A, 148);
		if (i >= 12)
			esp(&sa, B, 148);
		pass(s, 0.2);
	}
	quiet_end(s);
}
