/*
 * What nobody but libtrace reads, in a child of its own and from a pipe: ERF, the format of Endace's DAG
 * cards, and what came before it. None has a magic number: a file is one of them when record follows
 * record. A second child sits before libtrace. It hands over whole records only, and without the
 * extension headers and metadata of ERF, which libtrace does not know.
 *
 * What libtrace could read and we do not: NZIX, whose time is in the name of the file, ATM headers
 * without their packets, and what it reads from devices and connections.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if HAVE_LIBTRACE
#include <libtrace.h>
#endif

#include "dissect/base/mem.h"
#include "dissect/capture/reader.h"

enum {
	ERF_HEADER = 16,
	ERF_EXTENSION = 8,
	ERF_EXTENDED = 0x80,     /* in the type octet, and in the first octet of each extension */
	ERF_ETHERNET = 2, ERF_META = 27, ERF_PAD = 48, /* the last */
	TSH_RECORD = 44,         /* 8 octets of time, 20 of IPv4, 16 of what follows */
	LEGACY_RECORD = 64,
	WALK = 64,               /* records looked at to recognise a format */
	LEAST = 3,               /* of a format that says little, in a file that goes on */
	YEAR = 366 * 24 * 3600,
	EPOCH_1990 = 631152000,
};

static bool erf_fits(struct bytes head, bool whole);
static bool tsh_fits(struct bytes head, bool whole);
static bool pos_fits(struct bytes head, bool whole);
static bool ethernet_fits(struct bytes head, bool whole);
static bool atm_fits(struct bytes head, bool whole);

/*
 * Whatever fits two is the first. The URI is fixed and names its format: other schemes open
 * connections and devices. record: octets of each, 0 where they differ; front: of these, not packet.
 */
static const struct foreign {
	const char *name, *uri, *words, *convert;
	bool (*fits)(struct bytes head, bool whole);
	size_t record, front;
} foreigns[] = {
	{ "erf", "erf:-", "an ERF capture", "editcap -F pcap IN OUT", erf_fits, 0, ERF_HEADER },
	{ "tsh", "tsh:-", "a TSH trace", "traceconvert tsh:IN pcapfile:OUT", tsh_fits, TSH_RECORD, 8 },
	{ "legacypos", "legacypos:-", "a trace of an old DAG card (packet over SONET)",
	  "traceconvert legacypos:IN pcapfile:OUT", pos_fits, LEGACY_RECORD, 16 },
	{ "legacyeth", "legacyeth:-", "a trace of an old DAG card (Ethernet)",
	  "traceconvert legacyeth:IN pcapfile:OUT", ethernet_fits, LEGACY_RECORD, 10 },
	{ "legacyatm", "legacyatm:-", "a trace of an old DAG card (ATM)",
	  "traceconvert legacyatm:IN pcapfile:OUT", atm_fits, LEGACY_RECORD, 12 },
};

const struct foreign *foreign_find(struct bytes head, bool whole)
{
	for (size_t i = 0; i < sizeof foreigns / sizeof *foreigns; i++)
		if (foreigns[i].fits(head, whole))
			return &foreigns[i];
	return NULL;
}

const char *foreign_name(const struct foreign *f)
{
	return f->name;
}

void foreign_say(const struct foreign *f, const char *trouble, char *to, size_t len)
{
	snprintf(to, len, "%s: %s: convert it with %s", f->words, trouble, f->convert);
}

static uint16_t big_half(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* A little-endian fixed-point number of seconds, 32 bits behind the point. */
static uint32_t erf_seconds(const uint8_t *at)
{
	return (uint32_t)at[7] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[5] << 8 | at[4];
}

static bool erf_fits(struct bytes head, bool whole)
{
	uint32_t last_s = 0;
	int records = 0;

	while (records < WALK && head.len >= ERF_HEADER) {
		unsigned type = head.at[8] & 0x7fu, len = big_half(head.at + 10);
		uint32_t s = erf_seconds(head.at);

		if (type == 0 || type > ERF_PAD || len <= ERF_HEADER || (records && s - last_s > YEAR))
			return false;
		records++;
		if (len > head.len)
			return records > 2;
		last_s = s;
		head.at += len;
		head.len -= len;
	}
	return records > 1 || (records == 1 && whole && !head.len);
}

/* Records of one length, each like the others, in order of time; the last may be cut. */
static bool walk(struct bytes head, bool whole, size_t len, bool (*fits)(const uint8_t *record),
		 uint32_t (*seconds)(const uint8_t *record))
{
	uint32_t last_s = EPOCH_1990;
	int records = 0;

	for (; records < WALK && head.len >= len; records++) {
		uint32_t s = seconds(head.at);

		if (!fits(head.at) || (records ? s - last_s > YEAR : s < last_s))
			return false;
		last_s = s;
		head.at += len;
		head.len -= len;
	}
	return records >= LEAST || (records && whole && !head.len);
}

static uint32_t big_word(const uint8_t *at)
{
	return (uint32_t)big_half(at) << 16 | big_half(at + 2);
}

/* Seconds, one octet of interface, microseconds; then IPv4. */
static bool is_tsh(const uint8_t *at)
{
	return (big_word(at + 4) & 0xffffff) < 1000000 && at[8] >> 4 == 4 && (at[8] & 15) >= 5 &&
	       big_half(at + 10) >= 20;
}

static bool tsh_fits(struct bytes head, bool whole)
{
	return walk(head, whole, TSH_RECORD, is_tsh, big_word);
}

/* Octets of the record and of the packet; then PPP in HDLC framing, or Cisco HDLC. */
static bool is_pos(const uint8_t *at)
{
	uint32_t wire = big_word(at + 12);

	return big_word(at + 8) == LEGACY_RECORD && wire > 4 && wire <= UINT16_MAX &&
	       ((at[16] == 0xff && at[17] == 3) || ((at[16] == 0x0f || at[16] == 0x8f) && !at[17]));
}

static bool pos_fits(struct bytes head, bool whole)
{
	return walk(head, whole, LEGACY_RECORD, is_pos, erf_seconds);
}

/* Octets of the packet, the low one first; then Ethernet, with a type that is known or an 802.3 length. */
static bool is_ethernet(const uint8_t *at)
{
	unsigned wire = at[8] | (unsigned)at[9] << 8, type = big_half(at + 22);

	return wire >= 14 && wire <= 1600 &&
	       (type == 0x0800 || type == 0x0806 || type == 0x86dd || type == 0x8100 || type <= wire);
}

static bool ethernet_fits(struct bytes head, bool whole)
{
	return walk(head, whole, LEGACY_RECORD, is_ethernet, erf_seconds);
}

/* A checksum, the header of a cell; then the first cell of a packet, RFC 1483. */
static bool is_atm(const uint8_t *at)
{
	return !memcmp(at + 16, "\xaa\xaa\x03\0\0\0", 6);
}

static bool atm_fits(struct bytes head, bool whole)
{
	return walk(head, whole, LEGACY_RECORD, is_atm, erf_seconds);
}

#if HAVE_LIBTRACE

/* Reads n bytes, or as many as there are. */
static size_t read_all(struct feed *f, uint8_t *to, size_t n)
{
	size_t have = 0, got;

	while (have < n && (got = feed_read(f, to + have, n - have)))
		have += got;
	return have;
}

/* Takes the extension headers out of a record; its new length. */
static size_t without_extensions(uint8_t *record, size_t len)
{
	size_t from = ERF_HEADER;
	bool more = record[8] & ERF_EXTENDED;

	while (more && from + ERF_EXTENSION <= len) {
		more = record[from] & ERF_EXTENDED;
		from += ERF_EXTENSION;
	}
	memmove(record + ERF_HEADER, record + from, len - from);
	len -= from - ERF_HEADER;
	record[8] &= 0x7f;
	record[10] = (uint8_t)(len >> 8);
	record[11] = (uint8_t)len;
	return len;
}

/* Stands for a metadata record. */
static size_t empty_ethernet(uint8_t *record)
{
	enum { LEN = ERF_HEADER + 2 + 6 };

	memset(record + 8, 0, LEN - 8);
	record[8] = ERF_ETHERNET;
	record[11] = LEN;
	return LEN;
}

static enum child_end feed_erf(struct feed *f)
{
	static uint8_t record[UINT16_MAX];
	size_t got, len;

	while ((got = read_all(f, record, ERF_HEADER))) {
		len = got == ERF_HEADER ? big_half(record + 10) : 0;
		if (len < ERF_HEADER ||
		    read_all(f, record + ERF_HEADER, len - ERF_HEADER) < len - ERF_HEADER)
			return CHILD_CUT;
		if ((record[8] & 0x7f) == ERF_PAD) /* padding: no record for Wireshark either */
			continue;
		if ((record[8] & 0x7f) == ERF_META)
			len = empty_ethernet(record);
		else
			len = without_extensions(record, len);
		feed_write(f, record, len);
	}
	return CHILD_FINE;
}

static enum child_end feed_records(struct feed *f, size_t len)
{
	uint8_t record[LEGACY_RECORD];
	size_t got;

	while ((got = read_all(f, record, len)) == len)
		feed_write(f, record, len);
	return got ? CHILD_CUT : CHILD_FINE;
}

enum child_end foreign_feed(struct feed *f)
{
	return f->format->record ? feed_records(f, f->format->record) : feed_erf(f);
}

/* --- what libtrace reads, written as pcapng: a file may hold several link types ---------- */

static uint16_t linktype_of(libtrace_linktype_t type)
{
	switch (type) {
	case TRACE_TYPE_ETH:
		return 1;
	case TRACE_TYPE_HDLC_POS:
		return 104; /* C_HDLC */
	case TRACE_TYPE_POS:
	case TRACE_TYPE_PPP:
		return 9;
	case TRACE_TYPE_ATM:
		return 123; /* SUNATM */
	case TRACE_TYPE_AAL5:
	case TRACE_TYPE_LLCSNAP:
		return 100; /* ATM_RFC1483 */
	case TRACE_TYPE_80211:
		return 105;
	case TRACE_TYPE_80211_RADIO:
		return 127;
	case TRACE_TYPE_NONE:
		return 101; /* raw IP */
	case TRACE_TYPE_LINUX_SLL:
		return 113;
	default:
		return 147; /* USER0: a frame all the same, so that the others keep their numbers */
	}
}

static size_t put(uint8_t *block, size_t at, uint32_t v)
{
	memcpy(block + at, &v, sizeof v);
	return at + sizeof v;
}

static void write_section(struct feed *f)
{
	uint8_t b[28];
	size_t at = put(b, 0, 0x0a0d0d0a);

	at = put(b, at, sizeof b);
	at = put(b, at, 0x1a2b3c4d);
	memcpy(b + at, &(uint16_t[]){ 1, 0 }, 4);
	at = put(b, at + 4, UINT32_MAX); /* of unknown length */
	at = put(b, at, UINT32_MAX);
	put(b, at, sizeof b);
	feed_write(f, b, sizeof b);
}

static void write_interface(struct feed *f, uint16_t link)
{
	uint8_t b[32] = { 0 };
	size_t at = put(b, 0, 1);

	at = put(b, at, sizeof b);
	memcpy(b + at, &link, sizeof link);
	at = put(b, at + 8, 0);
	memcpy(b + at - 4, &(uint16_t[]){ 9, 1 }, 4); /* if_tsresol: nanoseconds */
	b[at] = 9;
	put(b, sizeof b - 4, sizeof b);
	feed_write(f, b, sizeof b);
}

static void write_custom(struct feed *f)
{
	uint8_t b[16];

	put(b, 0, 0xbad);
	put(b, 4, sizeof b);
	put(b, 8, 0); /* enterprise number: reserved */
	put(b, 12, sizeof b);
	feed_write(f, b, sizeof b);
}

static uint32_t interface_for(struct feed *f, uint16_t link)
{
	static uint16_t links[16];
	static uint32_t count;
	uint32_t i = 0;

	while (i < count && links[i] != link)
		i++;
	if (i == count) {
		links[count++] = link; /* linktype_of() knows fewer */
		write_interface(f, link);
	}
	return i;
}

/* Fixed point, 32 bits behind it, to the nearest nanosecond. */
static uint64_t erf_nanoseconds(uint64_t t)
{
	return (t >> 32) * 1000000000 + (((t & UINT32_MAX) * 1000000000 + (1u << 31)) >> 32);
}

/*
 * The packet of a record of fixed length: libtrace takes the header of the record for a part of it.
 * A cell has a header of its own, and lies before a packet whose length nobody tells.
 */
static void trim(const struct foreign *format, libtrace_linktype_t *type, const uint8_t **bytes, size_t *cap,
		 size_t *wire)
{
	size_t most = format->record - format->front;

	if (*cap > most)
		*cap = most;
	if (*type == TRACE_TYPE_ETH && *wire > 4)
		*wire -= 4; /* it adds a checksum that the length counts already */
	if (*type == TRACE_TYPE_ATM && *cap > 4) {
		*type = TRACE_TYPE_LLCSNAP;
		*bytes += 4;
		*cap -= 4;
		*wire = *cap + 1; /* more, and no more is known */
	}
}

/* The lengths are those of the record, as Wireshark has them: they may count a checksum. */
static void write_packet(struct feed *f, libtrace_packet_t *packet)
{
	static uint8_t b[32 + UINT16_MAX + 4];
	libtrace_linktype_t type;
	uint32_t have = 0;
	const uint8_t *bytes = trace_get_packet_buffer(packet, &type, &have);
	size_t wire = trace_get_wire_length(packet), cap = bytes ? have : 0, at, len;
	uint64_t ns = erf_nanoseconds(trace_get_erf_timestamp(packet));

	if (!wire) { /* metadata: counted as Wireshark does, but no frame */
		write_custom(f);
		return;
	}
	if (f->format->record && bytes)
		trim(f->format, &type, &bytes, &cap, &wire);
	if (cap > wire)
		cap = wire;
	if (cap > UINT16_MAX)
		cap = UINT16_MAX;
	len = 32 + (cap + 3) / 4 * 4;
	at = put(b, 0, 6);
	at = put(b, at, (uint32_t)len);
	at = put(b, at, interface_for(f, linktype_of(bytes ? type : TRACE_TYPE_UNKNOWN)));
	at = put(b, at, (uint32_t)(ns >> 32));
	at = put(b, at, (uint32_t)ns);
	at = put(b, at, (uint32_t)cap);
	at = put(b, at, (uint32_t)wire);
	if (cap)
		memcpy(b + at, bytes, cap);
	put(b, len - 4, (uint32_t)len);
	feed_write(f, b, len); /* at once: libtrace may not live to see the next one */
}

enum child_end foreign_trace(struct feed *f)
{
	libtrace_packet_t *packet;
	libtrace_t *trace;
	int got;

	write_section(f);
	setenv("LIBTRACEIO", "nothreads", 1);
	trace = trace_create(f->format->uri);
	if (trace_is_err(trace) || trace_start(trace) < 0)
		return CHILD_UNFIT;
	packet = trace_create_packet();
	do {
		errno = EINVAL; /* it asserts that errno tells of its failures */
		got = trace_read_packet(trace, packet);
		if (got > 0)
			write_packet(f, packet);
	} while (got > 0);
	return got < 0 ? CHILD_CUT : CHILD_FINE;
}

#endif
