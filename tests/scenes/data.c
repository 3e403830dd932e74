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
