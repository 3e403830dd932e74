/*
 * scenes/auth.c - certificates in clear text: Aggressive Mode with signatures, recorded around the
 * dates of the certificate of support/certificates.h.
 */
#include "tests/scenes/stories.h"
#include "tests/support/certificates.h"

enum { DAY = 86400, ISSUER_AT = 29, ISSUER_LEN = 51 }; /* the issuer's name inside `moon` */

/* A asks for a certificate of that issuer, or of any; B's is `moon`; A breaks off, or goes on. */
static bool signed_aggressive(struct sa *sa, const uint8_t *wanted, bool chain, bool accepted)
{
	static struct ike_out m1, m2, m3;
	uint64_t spi_r = scene_spi(sa->p->s);

	aggressive_message(sa, &m1, false);
	if (wanted) {
		draft_payload(m1.piece, IKE1_P_CERTREQ);
		draft_bytes(m1.piece, "\4", 1);
		draft_bytes(m1.piece, wanted, ISSUER_LEN);
	}
	sa->spi_r = spi_r;
	header1(sa, m2.piece, AGGRESSIVE, false, 0);
	m2.pieces = 1;
	draft_sa1(m2.piece, &sa->suite, 1);
	draft_payload1(m2.piece, IKE1_P_KE, ike_ke_len(sa->suite.group, true));
	draft_payload1(m2.piece, IKE1_P_NONCE, 32);
	draft_id1(m2.piece, "moon.example");
	draft_payload(m2.piece, IKE1_P_CERT);
	draft_bytes(m2.piece, "\4", 1);
	draft_bytes(m2.piece, moon, sizeof moon);
	if (chain) {
		draft_payload(m2.piece, IKE1_P_CERT);
		draft_bytes(m2.piece, "\4", 1);
		draft_bytes(m2.piece, authority, sizeof authority);
	}
	draft_payload1(m2.piece, IKE1_P_SIG, 128);
	if (!exchange(sa, A, &m1, &m2) || !accepted)
		return false;
	sealed1(sa, &m3, AGGRESSIVE, 0, 9, 300);
	return ike_send(sa, A, &m3);
}

static void certificates(struct scene *s, double days, const uint8_t *wanted, bool chain, bool accepted)
{
	struct pair p;

	pass(s, days * DAY);
	s->from = s->now;
	p = gateways(s);
	for (int i = 0; i < (accepted ? 1 : 3); i++) {
		struct sa sa = sa_of(&p, A, &aes_cert1);

		if (signed_aggressive(&sa, wanted, chain, accepted) && quick_up(&sa))
			data(&sa, 40, 0.2);
		else
			informs1(&sa, A, true, 64, 0, false);
		pass(s, 20);
	}
	quiet_end(s);
}

static const uint8_t *another_issuer(void)
{
	static uint8_t name[ISSUER_LEN];

	memcpy(name, moon + ISSUER_AT, ISSUER_LEN);
	memcpy(name + ISSUER_LEN - 7, "Best CA", 7);
	return name;
}

void certificate_expired(struct scene *s)
{
	certificates(s, 30, moon + ISSUER_AT, true, false);
}

void certificate_in_its_time(struct scene *s)
{
	certificates(s, -30, moon + ISSUER_AT, true, true);
}

/* A trusts another authority and says so in its first message. */
void authority_not_asked_for(struct scene *s)
{
	certificates(s, -30, another_issuer(), true, false);
}

void authority_asked_for(struct scene *s)
{
	certificates(s, -30, moon + ISSUER_AT, false, true);
}

/* The issuer of B's certificate neither comes along nor is asked for. */
void issuer_missing(struct scene *s)
{
	certificates(s, -30, another_issuer(), false, false);
}

/* A does not tell whom it trusts: nothing can be said of the chain. */
void issuer_unknown(struct scene *s)
{
	certificates(s, -30, NULL, false, true);
}
