/*
 * scenes/stories.h - what happened in each scene: one function a story, told in scenes/NAME.c.
 *
 * scenes.def says from where a story is watched and what must come of it.
 */
#ifndef TESTS_SCENES_STORIES_H
#define TESTS_SCENES_STORIES_H

#include "tests/support/scene.h"

#define SCENE(story, at, shows, verdict, must, must_not, known) void story(struct scene *s);
#include "tests/scenes/scenes.def"
#undef SCENE

#define HERE "198.51.100.10"
#define THERE "203.0.113.10"
#define HERE6 "2001:db8:a::10"
#define THERE6 "2001:db8:b::10"
#define ROUTER "192.0.2.1"
#define ROUTER6 "2001:db8:f::1"

/* Numbers of the IKEv2 registries: ENCR, key bits, PRF, INTEG, group. */
#define AES { .version = 2, .encr = 12, .key_bits = 256, .prf = 5, .integ = 12, .group = 14 }
#define AES_SHA1 { .version = 2, .encr = 12, .key_bits = 128, .prf = 2, .integ = 2, .group = 14 }
#define GCM { .version = 2, .encr = 20, .key_bits = 256, .prf = 5, .group = 19 }
#define TDES { .version = 2, .encr = 3, .prf = 2, .integ = 2, .group = 2 }
#define CHACHA { .version = 2, .encr = 28, .prf = 7, .group = 31 }
#define AES_KEY1 { .version = 1, .encr = 12, .key_bits = 256, .prf = 2, .group = 14, .auth = 1 }
#define AES_CERT1 { .version = 1, .encr = 12, .key_bits = 256, .prf = 2, .group = 14, .auth = 3 }
#define TDES_KEY1 { .version = 1, .encr = 3, .prf = 1, .group = 2, .auth = 1 }
#define AES_XAUTH1 { .version = 1, .encr = 12, .key_bits = 256, .prf = 2, .group = 14, .auth = 65001 }

static const struct ike_suite aes __attribute__((unused)) = AES;
static const struct ike_suite aes_sha1 __attribute__((unused)) = AES_SHA1;
static const struct ike_suite gcm __attribute__((unused)) = GCM;
static const struct ike_suite tdes __attribute__((unused)) = TDES;
static const struct ike_suite chacha __attribute__((unused)) = CHACHA;
static const struct ike_suite aes_key1 __attribute__((unused)) = AES_KEY1;
static const struct ike_suite aes_cert1 __attribute__((unused)) = AES_CERT1;
static const struct ike_suite tdes_key1 __attribute__((unused)) = TDES_KEY1;
static const struct ike_suite aes_xauth1 __attribute__((unused)) = AES_XAUTH1;

/* Two gateways on public addresses, an unfiltered recording. */
static inline struct pair gateways(struct scene *s)
{
	struct pair p = pair_of(s, HERE, THERE);

	arp(s);
	pass(s, 1);
	return p;
}

/* A branch behind a NAT: A is 192.168.1.10, seen from outside as HERE. */
static inline struct pair branch(struct scene *s)
{
	struct pair p = pair_of(s, "192.168.1.10", THERE);

	p.host[A].outside = HERE;
	p.host[A].outside_500 = 61500;
	p.host[A].outside_4500 = 64500;
	arp(s);
	pass(s, 1);
	return p;
}

/* The recording goes on, and shows it. */
static inline void quiet_end(struct scene *s)
{
	pass(s, 90);
	arp(s);
}

#endif
