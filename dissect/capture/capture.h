/*
 * capture/capture.h - a file or pipe becomes frames.
 *
 * Reads classic pcap (both byte orders, micro and nano) and pcapng (several
 * sections and interfaces) in place, in one buffer, and goes on after a damaged
 * record. gzip, xz, bzip2 and zstd, and what only libtrace or libpcap can read,
 * pass through a child process and a pipe. Recognised by content, never by name.
 *
 *   struct capture *c = capture_open("a.pcap", &options, &error);
 *   while (capture_next(c, &frame))
 *           ...
 *   const struct capture_info *info = capture_info(c);
 *   capture_close(c);
 */
#ifndef DISSECT_CAPTURE_CAPTURE_H
#define DISSECT_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/frame.h"

struct capture_options {
	const char *filter;      /* libpcap expression, or NULL */
	bool in_time;            /* frames that are some milliseconds out of order are told in order of time */
	uint64_t max_output;     /* bytes a compressed file may become, if it is large itself; 0 means 64 GiB */
	const volatile bool *stop; /* or NULL; set by a signal handler: then the input ends */
	volatile uint64_t *reads;  /* or NULL; grows with every piece read: a sign of life without frames */
};

enum capture_trouble { /* why a source could not be read at all */
	CAPTURE_FINE,
	CAPTURE_SYSTEM,      /* the operating system says why in `text` */
	CAPTURE_EMPTY,       /* no byte in it */
	CAPTURE_UNKNOWN,     /* not a capture; `text` names what it looks like, if known */
	CAPTURE_FILTER,      /* the filter expression is wrong; `text` says where */
	CAPTURE_CHILD,       /* the child that decompresses or converts failed before the first frame */
};

struct capture_error {
	enum capture_trouble trouble;
	char text[256];      /* a reason in words, without the file's name */
};

struct capture_interface {
	uint16_t link;
	uint32_t snaplen;            /* 0 unknown or unlimited */
	char *name, *filter, *os;    /* from pcapng options; NULL when not told */
	bool has_drops;
	uint64_t received, dropped;  /* from the last statistics block */
};

enum capture_note {
	NOTE_CUT_FILE = 1 << 0,      /* the file ends inside a record */
	NOTE_DAMAGED = 1 << 1,       /* records or blocks were skipped */
	NOTE_CUT_ARCHIVE = 1 << 2,   /* the compressed stream ends early or is damaged */
	NOTE_BOMB = 1 << 3,          /* decompression stopped at the limit */
	NOTE_CHILD_DIED = 1 << 4,    /* the converting child died after some frames */
	NOTE_TIME_JUMP = 1 << 5,     /* time stamps run backwards by more than a second */
};

struct capture_info { /* grows while reading; whole after capture_next returned false */
	const char *format;          /* "pcap", "pcapng", "erf", ... */
	const char *compression;     /* "gzip", ... or NULL */
	bool nanoseconds;
	unsigned notes;              /* enum capture_note */
	uint64_t damage_frame;       /* last good frame before the first damage */
	uint64_t damage_at;          /* byte offset of the first damage, in the uncompressed stream */
	uint64_t damaged;            /* records or blocks skipped */
	uint64_t frames, bytes;      /* frames told; bytes of the uncompressed stream */
	uint64_t cut_frames;         /* frames recorded shorter than they were */
	uint64_t filtered;           /* frames the filter held back; still counted in frame numbers */
	uint32_t interfaces;
	const struct capture_interface *interface; /* `interfaces` of them, lent */
	const char *comment;         /* first comment of the section, or NULL */
	const char *application;     /* shb_userappl, or NULL */
};

struct capture;
/* path "-" is standard input. NULL when it cannot be read: then *ret_error says why. */
struct capture *capture_open(const char *path, const struct capture_options *o,
			     struct capture_error *ret_error);
bool capture_next(struct capture *c, struct frame *ret);
const struct capture_info *capture_info(const struct capture *c);
void capture_close(struct capture *c);

/* "EN10MB" for 1, and so on; NULL when unknown. */
const char *capture_link_name(uint16_t link);

#endif
