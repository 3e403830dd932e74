/*
 * compare/tally.h - what became of the packets of one tunnel on their way from one end to the other.
 *
 * Told in the order in which they left. Everything is bounded: sizes are joined
 * when there are many, time is cut into at most TALLY_BINS bins that widen, and
 * of the packets themselves the first ones and the last are kept.
 */
#ifndef ANALYZER_COMPARE_TALLY_H
#define ANALYZER_COMPARE_TALLY_H

#include "analyzer/compare/clock.h"

enum {
	TALLY_SIZES = 48, SIZE_STEP = 32, TALLY_BINS = 64, TALLY_MARKS = 8, TALLY_FRAMES = 16, TALLY_ROWS = 16,
	TALLY_NATS = 8, TALLY_OUTAGES = 64, OUTAGE_LEAST = 3,
};

struct frames { /* the first ones and the last */
	struct seen at[TALLY_FRAMES];
	uint64_t count;
};

struct crossing { /* a packet as it left, and what was seen of it at the other end */
	struct sighting left, there;
	bool arrived, whole_only, in_part, recut, joined, altered; /* whole_only: the datagram is there, its pieces are not the same */
	bool offloaded;                 /* the same packet, and one of the recorders has not all of it or more in one */
	uint32_t copies;                /* further ones at the other end */
};

struct row {
	struct sighting left;
	struct seen there;
	uint32_t there_len;
};

struct class_tally {
	uint64_t sent, arrived, lost, late, reordered, duplicated, in_part, unread;
	struct seen first, last, first_lost, last_lost, first_arrived, last_arrived;
	struct {
		uint32_t bytes;
		uint64_t sent, lost;
	} sizes[TALLY_SIZES];
	size_t sizes_len;
	bool sizes_joined;
	struct {
		uint8_t dscp;
		uint64_t sent, lost;
	} marks[TALLY_MARKS];
	size_t marks_len;
	uint64_t runs, run, longest;    /* run: lost since the last one that arrived */
	struct seen run_first;
	struct outage { /* OUTAGE_LEAST and more in a row */
		int64_t before, first, last, after; /* departures: arrived, lost, lost, arrived */
		uint64_t lost;
	} outages[TALLY_OUTAGES];       /* the first ones */
	uint64_t outages_len;
	int64_t bins_from, bin_ns;
	uint32_t bin_sent[TALLY_BINS], bin_lost[TALLY_BINS];
	struct row lost_rows[TALLY_ROWS], arrived_rows[TALLY_ROWS];
	struct frames lost_frames;
};

struct changed {
	struct frames frames;
	uint32_t from, to;              /* of an example */
};

struct mapping {
	struct addr inside, outside;
	uint16_t inside_port, outside_port;
	uint64_t packets;
};

struct tally { /* one tunnel, as its sender's end recorded it */
	enum side side;
	uint32_t tunnel;                /* serial in that side's track */
	struct class_tally *classes[CLASSES]; /* NULL while nothing of the kind was sent */
	struct {
		uint8_t min, max, steady, now;
		uint32_t run, changes;
		bool any;
		struct seen changed;
	} hops;
	struct {
		uint8_t from, to;
		struct frames frames;
	} marks[TALLY_MARKS];
	size_t marks_len;
	struct changed df_cleared, recut, joined, payload, sums, ids;
	struct mapping sender[TALLY_NATS], receiver[TALLY_NATS];
	size_t sender_len, receiver_len;
	uint64_t unsent;                /* arrived, and not recorded as they left */
	uint64_t known_sent;            /* arrived, and recorded as they left */
	struct frames unsent_frames;
	uint64_t keepalives[SIDES];     /* sent, and seen at the other end */
	int64_t latest_ns;              /* last arrival, for the order */
};

void frames_add(struct frames *f, struct seen s);
struct tally *tally_new(enum side side, uint32_t tunnel);
void tally_free(struct tally *take);
void tally_add(struct tally *t, const struct crossing *x, int64_t late_ns);
void tally_keepalive(struct tally *t, struct seen s, bool there);

/* diagnoses B.6: where small ones arrive and large ones do not. */
struct limit {
	uint32_t arrives, lost;         /* largest delivered, smallest of those always lost */
	uint64_t below_sent, below_lost, above_sent, above_lost;
	double ratio;                   /* log likelihood of two rates against one */
};
bool tally_limit(const struct class_tally *c, struct limit *ret);
/* Outages that come back in time while packets go on being sent: seconds from one to the next. */
struct period {
	double low, high, outage;
	uint64_t count;
};
bool tally_period(const struct class_tally *c, struct period *ret);
/* 95 percent, Wilson; of > 0. */
void tally_interval(uint64_t lost, uint64_t of, double *ret_low, double *ret_high);

#endif
