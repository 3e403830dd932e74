/*
 * support/track_feed.h - messages made by hand for the tracker, as the dissector would tell them.
 *
 * One packet a call; feed_at is the time of the next one in seconds. Nothing a
 * message points at outlives the call, as with the dissector.
 */
#ifndef TESTS_SUPPORT_TRACK_FEED_H
#define TESTS_SUPPORT_TRACK_FEED_H

#include <jansson.h>
#include <stdarg.h>

#include "analyzer/track/track.h"
#include "dissect/dissect.h"
#include "tests/support/suite.h"

static struct track *feed_to;
static uint64_t feed_number, feed_drops;
static uint32_t feed_capture; /* the file under way: a test that goes on in the next one adds 1 */
static double feed_at;

static inline void feed_begin(void)
{
	static const struct track_options none;

	feed_to = track_new(&none);
	feed_number = feed_drops = 0;
	feed_capture = 0;
	feed_at = 1;
}

static inline struct addr feed_addr(const char *text)
{
	struct addr a;

	memset(&a, 0, sizeof a);
	ck_assert(addr_parse(text, &a));
	return a;
}

static inline struct packet feed_packet(const char *src, const char *dst, uint8_t protocol, uint32_t len)
{
	struct packet p;

	memset(&p, 0, sizeof p);
	p.src = feed_addr(src);
	p.dst = feed_addr(dst);
	p.protocol = protocol;
	p.ttl = 60;
	p.len = len;
	p.frame_len = len + 14;
	p.id = (uint32_t)feed_number + 1;
	p.has_id = true;
	return p;
}

static inline void feed_message(struct message *m, const struct packet *p)
{
	static const uint8_t byte;
	struct frame f = { .number = ++feed_number, .time_ns = (int64_t)(feed_at * 1e9), .link = 101, .at = &byte,
			   .cap_len = p->len, .wire_len = p->len };

	m->seen = (struct seen){ feed_capture, f.number, f.time_ns };
	m->packet = p;
	track_frame(feed_to, feed_capture, &f);
	track_message(feed_to, m);
}

static inline void feed_esp(struct packet *p, uint32_t spi, uint32_t sequence)
{
	struct message m;

	memset(&m, 0, sizeof m);
	m.kind = MSG_ESP;
	m.u.esp.spi = spi;
	m.u.esp.sequence = sequence;
	m.u.esp.len = p->len - 20;
	m.u.esp.print = feed_number;
	feed_message(&m, p);
}

static inline void feed_other(struct packet *p, enum other_kind kind, uint8_t flags, const void *bytes, size_t len)
{
	struct message m;
	uint8_t *tight = copy_exactly(bytes, len);

	memset(&m, 0, sizeof m);
	m.kind = MSG_OTHER;
	m.u.other.kind = kind;
	m.u.other.tcp_flags = flags;
	m.u.other.payload = (struct bytes){ tight, len };
	feed_message(&m, p);
	free(tight);
}

/* An IKE message that is nothing but its header. */
static inline void feed_ike(struct packet *p, uint64_t spi_i, uint64_t spi_r, uint8_t exchange, uint8_t flags, uint32_t id)
{
	struct message m;
	uint8_t bytes[IKE_HEADER_LEN] = { 0 };
	uint8_t *tight;

	for (int i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(spi_i >> (56 - 8 * i));
		bytes[8 + i] = (uint8_t)(spi_r >> (56 - 8 * i));
	}
	bytes[17] = 0x20;
	bytes[18] = exchange;
	bytes[19] = flags;
	bytes[23] = (uint8_t)id;
	bytes[27] = IKE_HEADER_LEN;
	tight = copy_exactly(bytes, sizeof bytes);
	memset(&m, 0, sizeof m);
	m.kind = MSG_IKE;
	m.u.ike.header = (struct ike_header){ .spi_i = spi_i, .spi_r = spi_r, .version = 0x20, .exchange = exchange,
					      .flags = flags, .message_id = id, .length = IKE_HEADER_LEN };
	m.u.ike.bytes = (struct bytes){ tight, sizeof bytes };
	m.u.ike.carriage = CARRIED_UDP;
	feed_message(&m, p);
	free(tight);
}

/* The facts; the tracker is gone afterwards. */
static inline json_t *feed_end(void)
{
	const struct track_source source = { .file = "test", .format = "pcap", .frames = feed_number,
					     .drops = feed_drops };
	json_t *facts;

	for (uint32_t i = 0; i <= feed_capture; i++)
		track_source_end(feed_to, i, &source);
	facts = track_facts(feed_to);
	track_free(feed_to);
	return facts;
}

/* Follows names and, for arrays, numbers written as text: of(facts, "tunnels", "0", "flows", NULL). */
static inline json_t *feed_find(json_t *from, ...)
{
	const char *name;
	va_list names;

	va_start(names, from);
	while (from && (name = va_arg(names, const char *)))
		from = json_is_array(from) ? json_array_get(from, (size_t)atoi(name)) : json_object_get(from, name);
	va_end(names);
	return from;
}

#define FACT_OF(...) feed_find(__VA_ARGS__, NULL)
#define NUMBER_OF(...) json_number_value(FACT_OF(__VA_ARGS__))
#define TEXT_OF(...) json_string_value(FACT_OF(__VA_ARGS__))

#endif
