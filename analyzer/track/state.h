/*
 * track/state.h - what the tracker remembers. Private to the room.
 *
 * Ends of a tunnel are 0 and 1, in the order in which they were first seen;
 * which of them becomes "a" is decided when the facts are told. Every list here
 * has a bound; what no longer fits is counted.
 */
#ifndef ANALYZER_TRACK_STATE_H
#define ANALYZER_TRACK_STATE_H

#include "analyzer/track/track.h"
#include "dissect/base/address_search.h"
#include "dissect/base/map.h"
#include "dissect/base/x509.h"

enum {
	WITNESS_FRAMES = 24,  /* frames kept of one thing: the first ones and the last */
	SEND_TIMES = 12,
	FIRST_ATTEMPTS = 16,  /* attempts of a tunnel kept for good, and the last ones; the others by worth */
	LAST_ATTEMPTS = 16,
	MAX_ATTEMPTS = 64,
	FIRST_EXCHANGES = 24,
	MAX_EXCHANGES = 64,
	MAX_ALL_EXCHANGES = 6144, /* then an SA keeps its first ones, the last, the unanswered */
	FEW_EXCHANGES = 2,
	MAX_ROWS = 200,       /* first messages of a tunnel, for the ladder */
	LAST_ROWS = 60,
	MAX_ALL_ROWS = 1 << 18,
	TOLD_EXCHANGES = 8192, /* in all facts together, and never fewer of one SA than */
	LEAST_EXCHANGES = 6,
	TOLD_ROWS = 16384,
	LEAST_ROWS = 8,
	FIRST_HEADERS = 96,   /* IP headers of a tunnel that may be cited, and the last ones */
	LAST_HEADERS = 32,
	FIRST_DATA_HEADERS = 24, /* of the ESP and AH of one sender: as many as a witness keeps */
	LAST_DATA_HEADERS = 8,
	MAX_ALL_HEADERS = 1 << 17,
	TOLD_GAPS = 16384,    /* places with missing numbers, of all flows, and never fewer of one than */
	LEAST_GAPS = 2,
	MAX_PORTS = 16,       /* UDP ports of one end */
	FIRST_FLOWS = 8,      /* ESP flows of a tunnel kept for good; the others by age */
	MAX_FLOWS = 32,
	MAX_ICMP = 16,        /* groups of ICMP errors of one tunnel */
	MAX_ALL_ICMP = 4096,
	MAX_LULLS = 16,
	MAX_ALL_LULLS = 16384,
	MAX_NOTICES = 16,     /* cleartext notifies of one IKE SA */
	MAX_OFFERS = 16,
	MAX_CHOICES = 16,
	MAX_VENDORS = 12,
	MAX_CERTS = 6,        /* certificates and authorities of one side, in clear text */
	MAX_AUTHORITIES = 16,
	IKE_PIECES = 64,
	ESP_WINDOW = 4096,    /* sequence numbers looked back upon; a power of two */
	FLOW_RECENT = 32,     /* packets of a flow remembered one by one; a power of two */
	RECENT_PRINTS = 4,    /* packets remembered under one IP id: many senders give all of them 0 */
	KNOWN_WAYS = 16,      /* hosts that spoke lately; a power of two */
	KNOWN_SPIS = 64,
	MAX_MARKS = 8,        /* DSCP values of one sender */
	LOAD_STEPS = 24,      /* seconds sorted by the logarithm of what they carried */
	RECENT_CLEAR = 16,    /* packets in clear text, and ESP, that may be two copies of one */
	MAX_SILENCES = 8,
	MAX_HOLES = 256,
	FETCH_NAME = 80,
	SIZE_STEPS = 128,     /* packet sizes of one sender, 16 octets each; the last one is open */
	FLOW_GAPS = 24,       /* places of a flow at which numbers are missing */
	LARGE = 1280,         /* IP octets: more is a large packet (diagnoses 0.7 BIG) */
	SMALL = 576,
};

/* What a flood cannot have without an answer: the less of it, the sooner a place is given to others. */
enum worth { WORTH_ASKED, WORTH_ANSWERED, WORTH_WENT_ON, WORTHS };

#define DUPLICATE_NS INT64_C(5000000) /* diagnoses 0.7 DUP_NS */
#define SECOND_NS INT64_C(1000000000)

struct witness {
	struct seen first, last;
	struct seen *rest;            /* behind the first, up to WITNESS_FRAMES in all; NULL while there is one */
	uint32_t count;
};

/* One side of an exchange: the request with its resends, or the answer. */
struct half {
	struct witness frames;        /* every frame, fragments too */
	struct witness sent;          /* one per time it was sent */
	uint64_t print;               /* of the ISAKMP bytes */
	uint32_t bytes, ip_bytes, largest_piece;
	uint16_t pieces;              /* IP fragments */
	bool df, encrypted, complete;
	bool malformed;               /* its payloads in clear do not fit their own lengths */
	uint16_t sport, dport;
	bool has_inner;
	uint8_t inner;                /* first payload inside SK */
	uint32_t sk_len;              /* length field of SK, or the sum over SKF pieces */
	uint16_t ike_total;           /* pieces announced; 0 without IKE fragmentation */
	struct ike_piece {
		uint32_t len, sends;
	} *ike_pieces;                /* IKE_PIECES of them, or NULL */
	uint64_t ike_set;             /* bit n: piece n + 1 of the set under way, or of one that was whole, is here */
	uint16_t ike_id;              /* v1: what binds that set */
	uint32_t ike_before;          /* sends that came before the first piece, or in smaller totals */
};

enum step {
	STEP_V2, MAIN_1, MAIN_3, MAIN_5, AGGRESSIVE_1, AGGRESSIVE_3, QUICK_1, QUICK_3, TRANSACTION,
	INFORMATIONAL_V1, OTHER_V1,
};

struct exchange {
	enum step step;
	uint8_t type;                 /* exchange number of the header */
	uint32_t message_id;
	uint8_t from;                 /* end that asks */
	struct half request, answer;
	struct witness partial;       /* fragments of answers that never became whole */
	uint32_t partial_trains, sends_after_answer, icmp;
	uint16_t refused;             /* error notify that answers it in clear; 0 none */
	bool first_of_sa, has_cookie;
	uint32_t serial;
};

struct notice {
	uint16_t type;
	uint8_t from;
	struct seen seen;
	uint32_t bytes, count;
	struct seen last;
	uint16_t group;               /* INVALID_KE_PAYLOAD */
	uint8_t payload;              /* UNSUPPORTED_CRITICAL_PAYLOAD, INVALID-PAYLOAD-TYPE; 0 untold */
	uint32_t exchange;            /* serial of the exchange it answers; 0 none */
	struct witness frames;
};

enum offer_kind { /* PRF and integrity are v2's, hash and authentication v1's */
	OFFER_ENCR, OFFER_PRF, OFFER_INTEG, OFFER_GROUP, OFFER_ADDITIONAL, OFFER_HASH, OFFER_AUTH,
	OFFER_KINDS
};

struct offer { /* one proposal of v2, one transform of v1; numbers of that version's registries */
	struct choices {
		struct choice {
			uint16_t id, key_bits;
		} at[MAX_CHOICES];
		uint32_t len;
	} of[OFFER_KINDS];
	uint32_t life_seconds; /* v1 */
	bool more;             /* than there is room for, or than the snap length left */
};

struct proof { /* what one side says of itself in clear text */
	struct {
		uint8_t type;
		char text[X509_TEXT_LEN];
		struct seen seen;     /* frame 0: no identity in clear */
	} identity;
	struct {
		const struct x509 *cert; /* lent by the track */
		struct seen seen;
	} certs[MAX_CERTS];
	uint32_t certs_len, certs_total;
	uint8_t authorities[MAX_AUTHORITIES][X509_HASH_LEN]; /* v2 */
	const char *authority_names[MAX_AUTHORITIES];        /* v1; lent by the track */
	uint32_t hashes_len, names_len, authorities_total;
	bool any_authority;           /* asked for, and none named */
	struct seen asked;
	uint32_t signature_hashes;    /* bits by number; 0: not told */
	struct seen signature_seen;
};

struct key_share { /* 0: not seen */
	uint16_t group;
	uint32_t bytes, nonce;
	struct seen seen;
};

struct nat_hashes { /* what the hashes of one sender say at the capture point */
	bool seen, source_fits, destination_fits;
	struct seen at;
	struct address_riddle riddle; /* of a source that does not fit (inside.c) */
	bool has_riddle, translated;  /* translated: its outside port is one that only a NAT gives */
	bool has_inside;
	uint32_t inside;              /* the address it stands for */
};

struct ike_sa {
	uint64_t spi_i, spi_r;
	struct addr first_ends[2];    /* of its first message: with spi_i the key of sa_by_first */
	struct tunnel *tunnel;
	uint32_t serial;
	uint8_t version, mode;        /* mode: exchange number of its first messages, v1 */
	uint8_t initiator;            /* end */
	bool from_start;
	enum worth worth;
	struct seen first, last;
	struct exchange **exchanges;
	size_t exchanges_len, exchanges_room;
	uint32_t exchanges_total;
	bool has_suite;
	struct ike_suite suite;
	struct offer *offers;         /* up to MAX_OFFERS */
	size_t offers_len, offers_room;
	uint32_t offers_total;
	struct offer chosen;          /* has_suite: as the answer says it */
	const struct ike_vendor *vendors[2][MAX_VENDORS];
	uint32_t vendors_len[2];
	bool certreq[2], fragmentation[2], nat_t[2], mobike;
	struct proof *proof[2];       /* NULL: nothing of the kind in clear */
	struct key_share share[2];
	uint64_t cookie;              /* print of the last one asked for */
	uint32_t cookies_asked, cookies_given, cookies_wrong;
	struct {
		char to[X509_NAME_LEN];
		uint8_t from;
		struct seen seen;     /* frame 0: none */
	} redirect;
	struct {                      /* of this sender: the four zero octets are missing or too many */
		bool too_many;
		struct witness frames;
	} marker[2];
	uint16_t asked_group;         /* KE group of the last first message */
	struct nat_hashes nat[2];
	struct notice *notices;       /* up to MAX_NOTICES */
	size_t notices_len, notices_room;
	bool delete_said;
	uint8_t deleted_by;
	struct seen deleted_at;
	struct {                      /* v1 payload 132: the message whose pieces an end is sending */
		uint16_t id;
		uint32_t exchange;
		bool is_answer;
	} pieces_of[2];
	bool rekeyed;                 /* came out of a rekey: no first messages by design */
};

struct flow_gap { /* numbers from first to last, of which so many are missing */
	uint32_t first, last;
	uint64_t missing;
};

struct flow {
	uint32_t spi;
	uint8_t from, protocol;       /* IP protocol 50 or 51 */
	struct addr to;
	enum carriage carriage;
	uint64_t packets, bytes;
	struct seen first, last;
	uint32_t seq_first, seq_max;
	uint64_t lost, duplicates, reordered, received;
	uint32_t largest, smallest;
	uint64_t late[3];             /* of reordered: by at least 32, 64, 1024 numbers */
	uint64_t runs, run, longest_run; /* gaps: how many, the one that may go on, the longest */
	struct flow_gap gaps[FLOW_GAPS]; /* in ascending order; when they run out the nearest two become one */
	uint32_t gaps_len;
	bool wrapped;                 /* past 2^32: extended sequence numbers */
	uint32_t low_last, low_run;   /* small numbers in a row after large ones */
	uint32_t restarts, restarted_from;
	struct seen restarted;
	uint64_t foreign;             /* from another source than the tunnel's ends */
	struct addr foreign_source;
	struct seen foreign_seen;
	uint16_t residues;            /* bits: octets behind the sequence number, modulo 16 */
	uint32_t lengths[8], lengths_len; /* different ones, the first eight */
	uint64_t inner_headers;       /* packets with an IP header where cipher text ought to be */
	struct seen inner_seen;
	int64_t second;               /* the second under way: its first number, packets in it */
	uint32_t second_seq, second_got;
	uint64_t window[ESP_WINDOW / 64];
	struct flow_packet {
		struct seen seen;
		uint32_t sequence, print;
		uint32_t id;          /* of IP: all that a short quote of UDP-encapsulated ESP says */
	} recent[FLOW_RECENT];
};

struct data_way { /* ESP and AH of one sender */
	uint64_t packets, bytes, small, large;
	struct witness frames;
	struct seen last_ah;
	uint64_t fragmented, tails;   /* came in IP fragments; of those: one full piece and a short rest */
	struct witness fragmented_frames;
	/* the mirror test of method C */
	uint64_t small_partnered, large_partnered, large_unheard, small_open, large_open;
	struct seen last_small;
	uint64_t small_since_large, back_since_large;
	bool same_flight, large_doubtful;       /* a small one left with it; what came back may answer that */
	uint32_t last_large_len;
	struct witness large_frames;
	struct seen gap_from;
	double last_gap;
	uint64_t growths, resend_trains;        /* gaps that grew, one after the other; runs of those */
	/* since the other end's last packet */
	uint64_t after;
	struct seen after_first, after_last;
};

struct lull { /* one end is silent while the other sends to it, until it speaks again */
	struct seen from, to;         /* its last packet before, its first one after; to.frame 0: never */
	struct seen first, last;      /* what was sent to it meanwhile */
	int64_t idle_ns;              /* quiet in both directions before that */
	uint32_t sent;
	bool own;                     /* it spoke unasked */
};

struct trains { /* IP fragment sets of one sender */
	uint64_t count, whole, first_only, first_missing, partial, ike;
	struct witness broken, complete;
	uint32_t largest, piece_largest;
	uint64_t later_pieces;        /* fragments with an offset above 0 */
	uint64_t disorder, overlap, overlap_differs;
	struct witness disorder_frames, overlap_frames;
};

struct icmp_group {
	uint8_t family, type, code, quoted_from;
	struct addr source, to;
	enum { QUOTES_IKE, QUOTES_ESP, QUOTES_AH, QUOTES_FRAGMENT, QUOTES_KEEPALIVE } what;
	uint32_t count, matched, mtu, quoted_len, quotes_answer;
	uint8_t ttl;
	uint16_t dport;
	bool quoted_df;
	struct witness frames;
	struct seen first_quoted; /* the packet it complains of, when it is in the file */
};

struct size_way { /* packets of one sender */
	uint64_t large, unfragmented, large_after, packets;
	uint32_t largest, mtu;
	struct seen mtu_at;
	struct addr mtu_source;
	struct witness large_after_frames, mtu_frames;
};

struct hops { /* hop limit of one sender: its system writes the same into all packets of a kind */
	uint8_t now, steady, min, max, from; /* from: what it was before the last change that stayed */
	uint32_t run, changes, flips;
	uint64_t packets;
	struct seen since, changed;
};

struct look { /* what the headers below IKE and ESP look like, by sender */
	struct hops hops[2];          /* IKE and keepalives; ESP and AH */
	struct {
		uint8_t dscp;
		uint64_t packets;
	} marks[MAX_MARKS];
	uint32_t marks_len;
	uint64_t congested;           /* ECN 3: a router was about to drop it */
	uint64_t good_sums, bad_sums;
	struct witness bad_sum_frames;
	bool has_mac;
	uint8_t mac[12];              /* link addresses of its last packet: source, destination */
	uint16_t natt_ports[2];       /* port towards 4500: of IKE, of ESP */
	int64_t pause_ns;             /* the longest time without any packet of it */
	struct seen pause_from;
};

struct pace { /* of an end that sends ESP: seconds, sorted by the logarithm of what was sent in them */
	int64_t second;
	uint64_t now, before;         /* octets */
	uint32_t seconds[LOAD_STEPS], resends[LOAD_STEPS];
	struct witness resend_frames;
	struct {                      /* by the numbers used in a second */
		uint64_t offered, lost;
		uint32_t seconds, lossy;
	} rates[LOAD_STEPS];
};

struct series {                   /* packets of a tunnel over time: series.c */
	struct series_point *points;
	uint32_t len, room, last[2];  /* last: the last point of each sender */
	int64_t width_ns;             /* of a slot; 0: every packet is a point */
	int64_t slot_end_ns[2];
};

struct size_steps {               /* packets of one sender by size */
	uint32_t batch;               /* of large packets, since the other end was last heard */
	struct size_step {
		uint32_t low, high, batch, open, count, unheard;
	} at[SIZE_STEPS];
};

enum row_kind { ROW_IKE, ROW_ICMP, ROW_KEEPALIVE, ROW_ESP };

struct row {
	struct seen seen;
	enum row_kind kind;
	uint8_t from;
	bool request, resend, partial;
	union {
		struct {
			uint8_t version, step, type;
		} ike;
		struct {
			uint8_t family, type, code;
		} icmp;
		struct {
			uint32_t spi;
			uint8_t protocol;
		} esp;
	} u;
	uint32_t bytes, ip_bytes;
	uint16_t pieces, pieces_seen; /* IP fragments */
	uint16_t part;                /* number of the IKE fragment; 0 for a whole message */
	uint32_t sa, exchange;        /* serials */
};

struct header { /* of one packet on the wire */
	struct seen seen;
	uint32_t id, len, offset;
	uint16_t sport, dport;        /* of ICMP: type and code */
	uint8_t from, ttl, protocol;  /* from 2: neither end */
	bool has_id, df, fragment, more, icmp;
};

struct headers {
	struct header *first, *late;
	uint32_t first_len, late_len;
};

struct flood {                    /* first IKE messages to one address */
	int64_t second;
	uint32_t now, peak, busy_seconds; /* busy: more than ten new negotiations in a second */
	uint64_t started, continued;
	struct seen first, last;
};

struct hole { /* time of which the recording does not hold everything */
	int64_t from_ns, to_ns;
};

struct address {                  /* what the packets of one address look like */
	uint8_t ttl_min, ttl_max;
	uint64_t packets, out, in, bad_sums, good_sums, oversize;
	struct seen oversize_seen;
};

struct tunnel {
	uint32_t number, serial;       /* place in the table; rising with every new tunnel */
	bool is_free;                  /* nobody's: the place of one that was dropped */
	struct addr ends[2], moved[2]; /* moved: where an end went in mid-session */
	struct tunnel *sibling;        /* the next one of the same pair */
	uint16_t ports[2][MAX_PORTS];
	uint32_t ports_len[2];
	uint64_t packets[2];
	struct seen first, last, last_of[2];
	struct seen moved_at[2];
	struct look look[2];
	struct address looks[2];      /* of the packets of this tunnel, by sender */
	struct pace *pace[2];          /* NULL while an end sent none */
	struct series series;
	struct size_steps *steps[2];   /* NULL while an end sent none */
	struct ike_sa *attempts[MAX_ATTEMPTS];
	uint32_t attempts_len, attempts_total;
	struct flow *flows[MAX_FLOWS];
	uint32_t flows_len, flows_total;
	struct data_way data[2];
	struct trains trains[2];
	struct size_way sizes[2];
	struct icmp_group *icmp;      /* up to MAX_ICMP */
	size_t icmp_len, icmp_room;
	uint32_t icmp_total;
	struct witness icmp_quotes_unmatched;
	uint64_t keepalives[2];
	struct lull lull[2];          /* the one that may be under way, by silent end */
	struct lull *lulls[2];        /* up to MAX_LULLS that ended */
	size_t lulls_len[2], lulls_room[2];
	uint16_t last_sport[2];       /* of packets to a port other than 500 */
	struct seen last_mapped[2];
	struct witness mapping[2];    /* frames at which an end's port or address changed in mid-SA */
	uint16_t mapping_from[2], mapping_to[2];
	uint32_t mapping_back[2];     /* changes to the port before: it alternates */
	struct seen mapping_idle[2];  /* last packet from the old mapping */
	uint64_t stale_sends[2];      /* packets to the old mapping of this end after the change */
	struct headers headers, data_headers[2]; /* of IKE, ICMP and fragments; of whole ESP and AH by sender */
	struct row *rows, *late_rows;
	uint32_t rows_len, late_rows_len;
	uint64_t rows_total;
	struct hole *stream_holes[2]; /* octets of this sender's TCP stream are missing, until it can be read again */
	size_t stream_holes_len[2], stream_holes_room[2];
	bool is_astray[2];            /* the last of them goes on */
	bool outside;                 /* not the peer the user asked for */
	bool went_on;                 /* behind the answer to its first message */
	int worth;                    /* while places are given to others */
};

/* Keys of the tables; zeroed before they are filled, for their padding. */
struct pair_key {
	struct addr low, high;
};

struct first_key {
	uint64_t spi_i;
	struct addr low, high;
};

struct spi_key {
	uint64_t spi_i, spi_r;
};

struct flow_key {
	uint32_t spi;
	uint8_t protocol;
	struct addr dst;
};

struct flow_ref {
	struct flow *flow;
	struct tunnel *tunnel;
};

struct recent_key { /* one IP datagram on its way */
	struct addr src, dst;
	uint32_t id;
	uint8_t protocol;
};

struct recent {
	struct seen seen;
	struct tunnel *tunnel;        /* while its serial is still that one */
	uint32_t serial, exchange, prints;
	uint8_t ttl;
	struct {
		int64_t time_ns;
		uint64_t print;
	} last[RECENT_PRINTS];
};

struct said { /* one IKE message */
	struct addr src, dst;
	int64_t time_ns;
};

struct arp_key {
	struct addr asker, target;
};

struct pair {
	uint64_t packets[2];
};

struct arp {
	struct addr asker, target;
	uint32_t count;
	struct seen first, last;
	struct witness frames;
};

struct ping_key {
	struct addr asker, target;
};

struct ping {
	uint64_t asked, answered;
	uint32_t largest, largest_answered, largest_df, last_len; /* largest_df: answered, sent with DF */
	bool last_df;
	struct seen first, last, last_answer;
};

struct fetch_key {
	struct addr src, dst;
	uint16_t sport, dport;
	uint8_t protocol;
};

enum fetch_kind { FETCH_TCP, FETCH_DNS, FETCH_HTTP };

struct fetch { /* a connection to a web or directory server, or a question to a name server */
	enum fetch_kind kind;
	uint32_t sends;               /* SYN, or the question */
	bool connected;
	uint16_t status;              /* of HTTP; of DNS its code plus 1; 0: no answer */
	char name[FETCH_NAME];
	struct seen first, last, answered;
};

struct clear { /* packets between two private addresses, by direction as pair_key sorts them */
	uint64_t packets[2], paired[2]; /* paired: with an ESP packet of fitting size at the same moment */
	struct seen first[2], last[2], first_paired;
	uint8_t mac[2][12];           /* link addresses of the last unpaired one */
	bool has_mac[2];
};

struct nearby { /* one packet of the last moment */
	int64_t time_ns;
	uint32_t len;
	uint8_t way;
	struct clear *clear;
};

struct known_way {                /* finds both without asking a table: most packets follow their like */
	struct addr src, dst;
	struct address *source;
	struct pair *pair;
	bool rising;
};

struct counts {
	uint64_t frames, ike_messages, ike_fragments, keepalives, esp, ah, ip_fragments, icmp_errors;
	uint64_t exchanges[256];
	struct map *notifies;         /* uint16_t -> uint64_t */
	struct map *initiators, *esp_spis, *ah_spis;
	uint64_t fragment_frame;      /* the last one counted */
	uint32_t known_spis[KNOWN_SPIS]; /* ESP, counted already */
	bool capped;
};

struct source {                   /* one file */
	struct track_source told;
	char *file, *format, *compression, *filter_text;
	char **links;
	bool ended, has_time;
	struct counts counts;
	int64_t first_ns, last_ns;
};

struct track {
	struct track_options options;
	struct source *sources;
	size_t sources_len, sources_room;
	struct map *sa_by_first;      /* spi_i + address pair -> struct ike_sa * */
	struct map *sa_by_spis;       /* spi_i + spi_r -> struct ike_sa * */
	struct map *sas[WORTHS];      /* serial -> struct ike_sa *: all of them */
	struct tunnel **tunnels;
	size_t tunnels_len, tunnels_room;
	struct tunnel *free_tunnels;
	uint64_t tunnels_dropped, attempts_dropped, exchanges_dropped;
	struct map *tunnels_by_pair;  /* address pair -> first tunnel number */
	struct map *flows;            /* spi, destination, protocol -> struct flow_ref */
	struct map *recent;           /* packets that may be quoted or doubled */
	struct map *said;             /* IKE messages by their octets, whatever their addresses */
	struct map *whole;            /* fragment sets that were complete lately */
	struct map *addresses, *pairs, *arps, *arp_targets; /* arp_targets: address -> how often it answered */
	struct map *pings, *fetches, *clears;
	struct map *floods;           /* responder -> struct flood */
	struct flow_ref *known_flows[KNOWN_SPIS]; /* of the last packets, by SPI: values of a map never move */
	struct map *certificates;     /* print of the bytes -> struct x509 */
	struct map *authority_names;  /* print of the bytes -> text */
	struct map *spare_flows;      /* address -> count: filled when the facts are told */
	uint32_t search_left; /* addresses that may still be tried */
	uint32_t told_exchanges, told_rows, told_gaps; /* of one SA, tunnel, flow: how much the facts may tell */
	struct known_way known_ways[KNOWN_WAYS];
	uint32_t serial, rows, headers, exchanges, icmp_groups, lulls; /* of all tunnels */
	bool has_start;
	int64_t start_ns, end_ns;
	struct seen last_frame;
	/* predicates */
	uint64_t ipsec, arp_answered, icmp_any, later_fragments, first_fragments, to_ike_ports, elsewhere, p4500, linked, aside;
	struct witness open_filter, duplicates, cut, only_ports, jumps, stream_gaps;
	uint64_t cut_ike, shortest_cut;
	uint64_t packets_seen;
	uint64_t tail_frames;
	int64_t tail_gap_ns;
	struct pseudo {
		bool varied_id, varied_ttl, varied_mac, other_layers;
		uint8_t ttl;
		uint32_t id;
		uint8_t mac[12];
		uint64_t ike, sums_wrong, twins;
		struct witness frames;
	} pseudo;
	bool flows_capped, icmp_capped, facts_shared;
	struct nearby clear_lately[RECENT_CLEAR], esp_lately[RECENT_CLEAR];
	uint32_t clear_at, esp_at;
	int64_t last_clear_ns;
	struct {
		int64_t from_ns, to_ns;
		struct seen seen;
	} silences[MAX_SILENCES];     /* the longest times without any frame */
	uint32_t silences_len;
	struct hole *holes;           /* of the recording as a whole */
	size_t holes_len, holes_room;
	int64_t pause_ns;             /* the longest time without a frame inside of one file */
	double missing;               /* share of the packets that the recorder lost; known at the end */
	uint32_t interfaces;          /* bits, per file */
	struct witness interface_frames, hop_twins, nat_twins, cgn_frames;
	struct addr cgn_source;
	uint64_t echoes, echo_replies;
	struct twin {                 /* attempts by initiator SPI: filled when the facts are told */
		uint64_t spi_i;
		const struct ike_sa *sa;
	} *twins;
	size_t twins_len;
};

struct told;

/* told.c */
void witness_add(struct witness *w, struct seen s);
void witness_clear(struct witness *w);
struct seen witness_at(const struct witness *w, uint32_t i); /* i below count and WITNESS_FRAMES */
json_t *told_frame(struct seen s);
json_t *told_frames(const struct witness *w);
void told_put(json_t *into, const char *name, json_t *take_value);
void told_put_frames(json_t *into, const char *name, const struct witness *w);

/* tunnel.c */
struct tunnel *tunnel_of_packet(struct track *t, const struct packet *p, bool ike, uint8_t *ret_from);
struct tunnel *tunnel_find(struct track *t, const struct packet *p, uint8_t *ret_from);
void tunnel_saw(struct track *t, struct tunnel *n, uint8_t from, const struct message *m);
void tunnel_move(struct track *t, struct tunnel *n, uint8_t end, const struct packet *p);
void tunnel_port(struct tunnel *n, uint8_t end, uint16_t port);
void tunnel_row(struct track *t, struct tunnel *n, const struct row *r);
/* Rows of an exchange that is one with x, and are its request or its answer. */
void tunnel_rows_join(struct tunnel *n, uint32_t exchange, const struct exchange *x, bool request);
void tunnel_free(struct track *t, struct tunnel *n);
uint8_t tunnel_end(const struct tunnel *n, const struct addr *a); /* 0, 1, or 2 for neither */

/* ike_sa.c */
void ike_saw(struct track *t, const struct message *m);
void ike_saw_train(struct track *t, const struct message *m); /* incomplete, with an IKE header in it */
void ike_sa_free(struct track *t, struct ike_sa *s);
void ike_sa_unlist(struct track *t, struct ike_sa *s);
struct exchange *ike_exchange_of(struct tunnel *n, uint32_t serial, struct ike_sa **ret_sa);

/* exchange.c */
void exchange_free(struct track *t, struct exchange *x);
void exchange_forget(struct track *t, struct ike_sa *sa, const struct exchange *x); /* one of sa's */
struct exchange *exchange_for(struct track *t, struct ike_sa *sa, uint8_t from,
			      const struct ike_header *h, uint64_t print, bool whole,
			      bool *ret_is_answer, bool *ret_resend);

/* content.c: payloads in clear text */
void content_read(struct track *t, struct ike_sa *sa, struct exchange *x, bool is_answer, uint8_t from,
		  const struct message *m);

/* proof.c: identities, certificates and what is asked of them */
void proof_free(struct proof *take);
void proof_identity(struct ike_sa *sa, uint8_t from, struct seen seen, struct cursor body);
void proof_certificate(struct track *t, struct ike_sa *sa, uint8_t from, struct seen seen, struct cursor body);
void proof_request(struct track *t, struct ike_sa *sa, uint8_t from, struct seen seen, struct cursor body);
void proof_signature_hashes(struct ike_sa *sa, uint8_t from, struct seen seen, struct bytes data);
void proof_facts(const struct told *told, const struct ike_sa *sa, json_t *attempt);

/* implementation.c */
json_t *implementation_facts(const struct told *told);

/* offer.c */
void offer_read(struct ike_sa *sa, struct cursor body, bool is_answer);
bool offer_has_psk(const struct ike_sa *sa);
bool offer_has_xauth(const struct ike_sa *sa);
bool offer_has_group(const struct ike_sa *sa, uint16_t group);
json_t *offer_text(uint8_t version, const struct offer *o);
json_t *offer_difference(const struct tunnel *n, const struct ike_sa *refused);
json_t *offer_bad_answer(const struct ike_sa *sa);
json_t *offer_life(const struct ike_sa *sa);

/* esp_flow.c */
void esp_saw(struct track *t, const struct message *m);
uint64_t esp_large_unheard(const struct data_way *asked, int64_t now_ns); /* method C: of which nothing can be heard any more */
void flow_unlist(struct track *t, const struct flow *f);
uint64_t flow_holes(const struct flow *f);
void flow_join_gaps(struct flow *f); /* the nearest two become one */
struct flow flow_settled(const struct flow *f);
void flow_interval(uint64_t lost, uint64_t of, double *ret_low, double *ret_high); /* 95 percent, Wilson */
/* The flow of an SPI towards that address, and the packet of that number if it is still remembered. */
const struct flow *flow_find(const struct track *t, uint32_t spi, const struct addr *dst, uint8_t protocol);
const struct flow_packet *flow_packet(const struct flow *f, uint32_t sequence);
const struct flow_packet *flow_packet_of_id(const struct tunnel *n, uint8_t from, uint32_t id);

/* look.c: hop limits, markings, checksums, pauses, load */
void look_saw(struct tunnel *n, uint8_t from, const struct message *m);
void look_resend(struct tunnel *n, uint8_t from, struct seen s);
void look_clear(struct tunnel *n);
struct pace *look_pace(struct tunnel *n, uint8_t end);
json_t *look_facts(const struct told *told, int end);
json_t *look_starved(const struct told *told, int end);
json_t *look_policed(const struct told *told, int end);
unsigned look_step(uint64_t n); /* the logarithm that sorts seconds, below LOAD_STEPS */

/* neighbours.c: what else the capture shows around the tunnels */
void neighbours_saw(struct track *t, const struct message *m);
void neighbours_put(const struct told *told, json_t *tunnel);
void neighbours_capture(const struct track *t, json_t *capture);

/* hole.c: what the recording may lack */
void hole_before(struct track *t, uint32_t capture, const struct frame *f); /* records are missing in front of it */
void hole_in_stream(struct track *t, const struct message *m);
void hole_over(struct tunnel *n, uint8_t from, int64_t now_ns); /* this sender is read again */
void holes_find(struct track *t); /* at the end, before any of these are asked */
int64_t hole_after(const struct track *t, int64_t ns); /* how long all is recorded from then on: to a hole, or the end */
bool hole_between(const struct track *t, int64_t from_ns, int64_t to_ns);
bool hole_of_sender(const struct tunnel *n, uint8_t sender, int64_t from_ns, int64_t to_ns);
bool hole_may_hide(const struct track *t, uint32_t sends); /* the recorder loses so much that all answers to so many sends may be gone */

/* series.c: packets over time and by size */
void series_saw(struct track *t, struct tunnel *n, uint8_t from, const struct message *m);
void series_heard(struct tunnel *n, uint8_t sender);
void series_unheard(struct tunnel *n, uint8_t sender);
void series_clear(struct tunnel *n);
json_t *series_facts(const struct told *told);

/* schedule.c: method D.2 */
struct schedule {
	const char *name;     /* NULL: none fits, or more than one */
	double next;          /* seconds from the last send to the next one, or to giving up */
	const double *gaps;   /* its own gaps; 0 ends them */
};
struct schedule schedule_of(const struct half *h);
json_t *schedule_leaps(const struct track *t); /* the recorder's clock went ahead: rows, or NULL */

/* liveness.c: rekeys, deletes, outages, parallel SAs, moves */
void liveness_put(const struct told *told, json_t *tunnel);
void liveness_capture(const struct track *t, json_t *capture);
void liveness_recorder_loss(const struct track *t, uint64_t *ret_lost, uint64_t *ret_of, struct witness *frames); /* method E.5 (b) */
void liveness_index(struct track *t); /* before any facts are told */
void inside_search(struct track *t);  /* likewise (inside.c) */

/* headers.c: what a provider needs to find the same packets */
void headers_saw(struct track *t, struct tunnel *n, uint8_t from, const struct message *m);
void headers_saw_train(struct track *t, struct tunnel *n, uint8_t from, const struct message *m);
void headers_saw_icmp(struct track *t, struct tunnel *n, const struct message *m);
void headers_clear(struct track *t, struct tunnel *n);
json_t *headers_facts(const struct told *told);

/* path.c */
void path_saw_train(struct track *t, const struct message *m);
void path_saw_icmp(struct track *t, const struct message *m);
void path_saw_packet(struct track *t, struct tunnel *n, uint8_t from, const struct message *m);
void path_saw_fragment(struct track *t, const struct message *m);
void path_remember(struct track *t, const struct message *m, struct tunnel *n, uint32_t exchange);
void path_note_twin(struct track *t, const struct message *m, uint64_t print);
bool path_doubled(struct track *t, const struct message *m, uint64_t print);
void path_note_doubled(struct track *t, struct seen s);

/* predicates.c */
void address_saw(struct address *a, const struct packet *p);
void predicates_frame(struct track *t, uint32_t capture, const struct frame *f);
void predicates_message(struct track *t, const struct message *m);
void predicates_began(struct track *t, const struct message *m);
void predicates_went_on(struct track *t, const struct addr *responder);
json_t *predicates_facts(struct track *t);
int local_end(const struct track *t, const struct tunnel *n, const char **ret_why); /* 0, 1, -1 unknown, 2 middle */

/* infer.c: methods A and D */
struct told { /* how the facts of one tunnel are told */
	const struct track *track;
	const struct tunnel *tunnel;
	char letter[2];       /* letter of end 0 and 1 */
	int local;            /* end, or -1 */
};
bool infer_plain(const struct ike_sa *sa, const struct half *h, uint32_t *ret_min, uint32_t *ret_max);
/* Of so many octets of plaintext: it has room for one notify without data, and for little beside it. */
bool infer_bare(const struct half *h, uint32_t low, uint32_t high);
json_t *infer_auth(const struct told *told, const struct ike_sa *sa);
bool infer_quiet(const struct told *told, const struct ike_sa *sa, const struct exchange *x);
/* Its answer may have been there, and be missing because the recording has a hole. */
bool infer_hole(const struct told *told, const struct exchange *x);
/* What came behind its last message may be missing for the same reason. */
bool infer_cut_short(const struct told *told, const struct ike_sa *sa);
bool infer_superseded(const struct told *told, const struct ike_sa *sa, const struct exchange *x);
enum stage { ASKED, REFUSED, AGREED, AUTHENTICATING, AUTHENTICATED, ESTABLISHED };
struct standing { /* how far one attempt came */
	enum stage stage;
	const char *established; /* "seen", "inferred" or NULL */
	int64_t established_ns;
	struct seen established_seen;
	const char *child;
};
bool infer_ghost(const struct ike_sa *sa, const struct exchange *x);
struct standing infer_standing(const struct told *told, const struct ike_sa *sa);

/* facts_exchange.c */
struct selected { /* exchanges that rules ask for by name */
	json_t *unanswered, *unheard, *incomplete, *transactions;
};
json_t *told_sides(const struct told *told, json_t *take_end0, json_t *take_end1);
json_t *attempt_facts(const struct told *told, const struct ike_sa *sa, unsigned n);
void put_refusals(const struct told *told, const struct ike_sa *sa, unsigned n, json_t *list);
void put_selected(const struct told *told, const struct ike_sa *sa, unsigned n, struct selected *s);

/* facts_tunnel.c */
void tunnels_spare_flows(struct track *t);
json_t *tunnel_facts(const struct track *t, const struct tunnel *n);
/* The name by which facts know an exchange; buf is for one that nobody named. */
const char *step_name(uint8_t version, uint8_t step, uint8_t type, char buf[IKE_NAME_TEXT]);
const char *exchange_name(const struct ike_sa *sa, const struct exchange *x, char buf[IKE_NAME_TEXT]);
bool exchange_expects_answer(const struct exchange *x);
double seconds_at(const struct track *t, int64_t ns);

#endif
