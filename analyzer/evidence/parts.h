/*
 * evidence/parts.h - what the files of this room share.
 *
 *   select.c    which frames of a capture are wanted, and why
 *   evidence.c  the passes over the captures
 *   file.c      pcapng and pcap
 *   rewrite.c   content of frames: link layer, IP, fragments, quotes
 *   message.c   content of what IP carries: IKE, ESP, names, certificates
 */
#ifndef ANALYZER_EVIDENCE_PARTS_H
#define ANALYZER_EVIDENCE_PARTS_H

#include <string.h>

#include "analyzer/evidence/evidence.h"
#include "analyzer/evidence/pseudonym.h"
#include "dissect/base/frame.h"
#include "dissect/base/text.h"
#include "dissect/capture/capture.h"
#include "dissect/dissect.h"

enum { MOST_FRAMES = 50000, MOST_BYTES = 64 << 20 }; /* of one evidence file */

struct kept { /* a frame with bytes of its own */
	struct frame frame;
	uint8_t *bytes;
	bool blanked;
};

struct keeping {
	struct kept *at;
	size_t len, room;
};

struct socket_key { /* both ends of UDP in either direction: the lower one first */
	struct addr low, high;
	uint16_t low_port, high_port;
	uint32_t pad;
};

static inline struct socket_key socket_of(const struct addr *src, uint16_t sport, const struct addr *dst, uint16_t dport)
{
	int order = memcmp(src, dst, sizeof *src);
	bool turn = order > 0 || (!order && sport > dport);
	struct socket_key k;

	memset(&k, 0, sizeof k);
	k.low = turn ? *dst : *src;
	k.high = turn ? *src : *dst;
	k.low_port = turn ? dport : sport;
	k.high_port = turn ? sport : dport;
	return k;
}

/* --- select.c --- */

struct citation {
	uint64_t frame;
	const json_t *finding; /* as it may be shown; NULL: context, or what belongs to a cited frame */
};

struct selection {
	struct citation *citations; /* by frame */
	size_t citations_len, citations_room;
	bool whole_flows;           /* findings rest on data or time: few packets of a flow do not do */
	uint64_t *frames;           /* chosen, ascending */
	size_t frames_len, frames_room;
	uint64_t left_out;
	struct wants *wants;
};

void selection_init(struct selection *s, const struct evidence_source *source);
void selection_clear(struct selection *s);
/* Both passes: what the cited frames belong to, then every frame of that. The capture is read to frame `last`, 0: its end. */
void selection_learn(struct selection *s, struct capture *c, uint64_t last);
void selection_choose(struct selection *s, struct capture *c, uint64_t last);
/* The findings that cite a frame, from *ret_first on; their number. */
size_t selection_cited(const struct selection *s, uint64_t frame, const struct citation **ret_first);

/* --- rewrite.c --- */

struct rewriting {
	struct pseudonyms *pseudonyms; /* NULL: only secrets are blanked */
	bool blank;
	bool blanked;                  /* set when a secret was taken out */
};

/* All frames of one capture at once: fragments are put together for it, and quotes follow what they quote. */
void rewrite(struct rewriting *w, struct keeping *k);

/* --- message.c: in place, the length stays --- */

struct ends { /* of the packet around a message, as recorded */
	struct addr src, dst;
	uint16_t sport, dport;
};

void rewrite_ike(struct rewriting *w, uint8_t *at, size_t len, const struct ends *ends);
void rewrite_esp(struct rewriting *w, uint8_t *at, size_t len, uint32_t said);
void rewrite_ah(struct rewriting *w, uint8_t *at, size_t len);
void rewrite_dns(struct rewriting *w, uint8_t *at, size_t len);
void rewrite_http(struct rewriting *w, uint8_t *at, size_t len);
/* Anything else: octets that the old ones and the key determine. */
void rewrite_opaque(struct rewriting *w, uint8_t *at, size_t len);
void rewrite_note_certificates(struct rewriting *w, const uint8_t *at, size_t len);

/* --- file.c --- */

struct output {
	evidence_sink *sink;
	void *ctx;
	bool failed;
};

struct file_section {
	const struct evidence_order *order;
	const struct evidence_source *source;
	const struct capture_info *info;
	const struct selection *selection;
	const struct keeping *kept;
};

void file_write_pcapng(struct output *o, const struct file_section *s);
/* The header once, then records of all captures. */
void file_write_pcap_header(struct output *o, uint16_t link, uint32_t snaplen, bool nanoseconds);
void file_write_pcap(struct output *o, const struct file_section *s, bool nanoseconds);

#endif
