/*
 * track/track.h - remembers what the messages of a capture add up to, and tells it as facts.
 *
 * Takes messages in order (hand track_message to the dissector as its callback),
 * keeps tunnels, IKE SAs, exchanges, ESP flows and path facts in bounded
 * tables, and at the end builds one document of facts that rules and report
 * read (shapes: rules/README.md). Judges nothing. Knows time only from packets.
 */
#ifndef ANALYZER_TRACK_TRACK_H
#define ANALYZER_TRACK_TRACK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "dissect/dissect.h"

struct track_options {
	const struct addr *locals;   /* addresses the user calls his own */
	size_t locals_len;
	const struct addr *peer;     /* look only at tunnels with this address, or NULL */
	int64_t since_ns, until_ns;  /* look only at frames in between; 0 means no bound */
	bool filtered;               /* a filter of the user's hides frames: predicates go blind */
	uint32_t max_tunnels, max_attempts; /* 0 means the defaults: 2048 and 2560 */
	const struct addr *a_ends;   /* ends to be called "a" in the facts; without, a is the local one */
	size_t a_ends_len;
	bool local_is_b;             /* or "b": of two recordings this is the far one */
	bool has_start;              /* start_ns is second 0 of the facts; else the first frame is */
	int64_t start_ns;
};

/* What the reader of the file knows at its end. Strings are copied. */
struct track_source {
	const char *file, *format, *compression;
	const char *filter_text;     /* of the recorder, or NULL */
	uint64_t frames, bytes, cut_frames, drops;
	uint32_t snaplen;
	bool damaged, cut_file, cut_archive, bomb, worker_died, time_jumps, unreadable;
	uint64_t damage_frame;
	const char *const *links;    /* names of link types */
	size_t links_len;
};

struct track;
struct track *track_new(const struct track_options *o);
void track_free(struct track *t);

/* The recorder's clock went back before this frame; the time it has now goes on from the frame before. */
void track_set_back(struct track *t, uint32_t capture, const struct frame *f);
/* One frame of the file is about to be dissected: counts it and keeps the clock. */
void track_frame(struct track *t, uint32_t capture, const struct frame *f);
void track_message(void *track, const struct message *m);
void track_source_end(struct track *t, uint32_t capture, const struct track_source *s);

/*
 * Whose packet this is: the serial of its tunnel and the sender's end in it (0, 1); 0 when it belongs to
 * none. Ask after track_message() had it. Serials rise with the tunnels and are never given twice.
 */
uint32_t track_owner(struct track *t, const struct packet *p, uint8_t *ret_end);
/* Serials of the first n tunnels of the document, in its order; 0 behind the last. */
void track_serials(const struct track *t, uint32_t *ret, size_t n);

/*
 * The document:
 * { "start_ns": n, "captures": [ {file, format, compression, link_types [], frames, bytes, first_ns,
 *     last_ns, snaplen, cut_frames, damaged_after, notes [], counts {..}} ],
 *   "capture": {fact: ..}, "tunnels": [ {"id": "T1", fact: ..} ], "tunnels_total": n,
 *   "limits": [ words ] }
 * counts: what bin-compatible readers of the JSON report expect (design: captures[].counts).
 * Caller owns it.
 */
json_t *track_facts(struct track *t);

#endif
