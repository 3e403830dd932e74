/*
 * evidence/evidence.h - the frames that prove a report, in a file of their own.
 *
 * evidence_open() opens every capture as often as it will be read; a caller may
 * lock itself afterwards. evidence_write() reads them again: which frames are
 * cited and what belongs to them (whole fragment trains, resends and answers,
 * ICMP errors, how the SA began), then these frames, and hands out a pcapng or
 * pcap file piece by piece. One section per capture. What is written keeps its
 * time, interface, link type and length; content is changed only to blank what
 * helps to guess a pre-shared key, and by pseudonyms (pseudonym.h).
 */
#ifndef ANALYZER_EVIDENCE_EVIDENCE_H
#define ANALYZER_EVIDENCE_EVIDENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pseudonyms;

struct evidence_source {
	const char *path;                   /* what to open */
	const char *name;                   /* what to call it; NULL: nothing is said */
	const char *sha256;                 /* of the file as it lies there, hex */
	const json_t *model;                /* the report model it is a capture of */
	const json_t *told;                 /* the same model as it may be shown: comments quote it */
	unsigned capture;                   /* its index there */
};

struct evidence_order {
	const struct evidence_source *sources;
	size_t sources_len;
	const char *version;
	bool pcap;                          /* classic, no comments, one link type */
	bool with_secrets;                  /* keep hashes and nonces of IKEv1 Aggressive Mode */
	struct pseudonyms *pseudonyms;      /* NULL: nothing is redacted */
	volatile uint64_t *reads;           /* a sign of life; may be NULL */
};

struct evidence_result {
	uint64_t frames, blanked, left_out; /* written; with a secret taken out; for which there was no room */
};

struct evidence_trouble {
	size_t source;                      /* index */
	char text[256];
};

/* Takes the octets of the file; false when it cannot. */
typedef bool evidence_sink(void *ctx, const void *at, size_t len);

struct evidence;
/* NULL and *ret when a capture cannot be read. o must outlive it. */
struct evidence *evidence_open(const struct evidence_order *o, struct evidence_trouble *ret);
/* False and *ret when a capture or the sink fails, or pcap cannot hold it. */
bool evidence_write(struct evidence *e, evidence_sink *sink, void *ctx, struct evidence_result *ret_result,
		    struct evidence_trouble *ret);
void evidence_free(struct evidence *take);

#endif
