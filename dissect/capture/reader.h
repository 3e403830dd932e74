/*
 * capture/reader.h - what the files of this room share.
 *
 *   input.c     bytes of a descriptor, in one buffer
 *   child.c     a process at the other end of a pipe, and its lock
 *   unpack.c    what such a process does with gzip, bzip2, xz, zstd
 *   libtrace.c  what it does with ERF and older formats of fixed records
 *   pcap.c, pcapng.c   bytes become frames
 *   libpcap.c   filter expressions, compiled by such a process, and names of link types
 *   formats.c   what a file is when it is no capture
 *   order.c     frames of one moment, in order of time
 *   capture.c   opens, recognises, counts
 */
#ifndef DISSECT_CAPTURE_READER_H
#define DISSECT_CAPTURE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "dissect/base/bytes.h"
#include "dissect/base/lock.h"
#include "dissect/capture/capture.h"

enum {
	MAX_PACKET = 256 << 10,   /* what libpcap and Wireshark take at most */
	MAX_BLOCK = 16 << 20,     /* of pcapng, with all its options */
	MAX_INTERFACES = 1 << 14,
	MAX_WORDS = 1 << 20,      /* bytes of names, comments and filters kept of one file */
};

/* --- input: from..to are the bytes read and not yet used --------------------------------- */

struct input {
	int fd;
	uint8_t *buffer;
	size_t room, from, to;
	uint64_t used;               /* bytes in front of `from`, in the whole stream */
	bool ended, stopped;         /* no more to come; because somebody said stop */
	int error;                   /* errno of a read that failed */
	const volatile bool *stop;
	volatile uint64_t *reads;
	struct order *lends;         /* or NULL: it holds frames that lie in the buffer */
};

void input_init(struct input *in, int take_fd);
void input_clear(struct input *in);
bool input_told_to_stop(struct input *in); /* then it has ended */

/* Reads until n bytes are there: false when the end comes first. Moves what is in the buffer. */
bool input_fill(struct input *in, size_t n);

static inline size_t input_left(const struct input *in)
{
	return in->to - in->from;
}

static inline const uint8_t *input_at(const struct input *in)
{
	return in->buffer + in->from;
}

static inline bool input_need(struct input *in, size_t n)
{
	return n <= input_left(in) || input_fill(in, n);
}

static inline void input_skip(struct input *in, size_t n)
{
	in->from += n;
	in->used += n;
}

/* --- a child and its pipe ---------------------------------------------------------------- */

enum child_end { /* the exit codes of a child */
	CHILD_FINE,
	CHILD_CUT,   /* its input ended too early, or is damaged */
	CHILD_BOMB,  /* it has told as much as it may */
	CHILD_UNFIT, /* what it reads cannot be read here: too large a window, no such format */
	CHILD_DIED,  /* never an exit code */
};

struct feed { /* what a child reads and writes */
	const uint8_t *head;  /* bytes that the parent has read already, before those of fd 0 */
	size_t head_len;
	uint64_t may_write;   /* and no more than a ratio allows: child.c */
	uint64_t took, gave;
	const struct foreign *format; /* of what libtrace reads */
	uint16_t link;        /* that a filter has to fit */
};

typedef enum child_end child_work(struct feed *f);

/* Both are for the child: at most n bytes, 0 at the end; false when it may write no more. */
size_t feed_read(struct feed *f, uint8_t *to, size_t n);
bool feed_write(struct feed *f, const void *from, size_t n);

struct child {
	pid_t pid; /* 0 when there is none */
	int pidfd; /* or -1 */
};

/* Reads take_fd, or nothing when that is -1; it is closed here. The descriptor to read from, or -1 and errno. */
int child_start(struct child *c, child_work *work, enum lock_kind lock, const struct feed *f, int take_fd);
enum child_end child_wait(struct child *c, bool kill_it);

child_work unpack_gzip, unpack_bzip2, unpack_xz, unpack_zstd;
child_work foreign_feed, foreign_trace; /* the first hands whole records to the second */
child_work filter_compile;

/* --- numbers of a file: in the order of this machine, or swapped ------------------------- */

static inline uint16_t half(const uint8_t *at, bool swapped)
{
	uint16_t v;

	memcpy(&v, at, sizeof v);
	return swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t word(const uint8_t *at, bool swapped)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return swapped ? __builtin_bswap32(v) : v;
}

static inline uint64_t quad(const uint8_t *at, bool swapped)
{
	uint64_t v;

	memcpy(&v, at, sizeof v);
	return swapped ? __builtin_bswap64(v) : v;
}

/* --- readers ----------------------------------------------------------------------------- */

struct resolution { /* how an interface of a pcapng counts time */
	uint8_t tsresol;
	uint32_t multiply;       /* nanoseconds of one unit, or 0 when that is no whole number */
	int64_t offset_s;
};

struct pcap {
	bool swapped, nanoseconds, modified;
	uint32_t minor;          /* of version 2 */
	uint16_t link;
	bool timed;              /* last_s is known */
	uint32_t last_s;
	uint64_t fine_at;        /* the header there has been looked at and follows a good record */
};

struct pcapng {
	bool swapped;
	size_t first;            /* first interface of this section */
	int64_t last_ns;
	size_t words;            /* bytes of text kept */
};

struct filter;

struct capture {
	struct input in;
	bool (*next)(struct capture *c, struct frame *ret);
	struct capture_info info;
	struct pcap pcap;
	struct pcapng pcapng;

	struct capture_interface *interfaces;
	struct resolution *resolutions; /* of each interface, in pcapng */
	size_t interface_count, interface_room, resolution_count, resolution_room;
	char *comment, *application;

	struct child unpacker, feeder, tracer;
	const struct foreign *foreign;
	bool cut;                /* the last record is not all there */
	struct filter *filter;
	struct order *order;     /* or NULL: as the file has them */
	uint64_t number, told_damaged;
	int64_t last_ns;
	bool has_ahead, ended;
	struct frame ahead;      /* read by capture_open, not yet told */
};

bool pcap_is(const uint8_t head[4]);
bool pcapng_is(const uint8_t head[12]);

/* They read the file header and set c->next; false fills the error. */
bool pcap_start(struct capture *c, struct capture_error *e);
bool pcapng_start(struct capture *c, struct capture_error *e);

void reader_damage(struct capture *c, uint64_t at); /* a record or block is skipped */
struct capture_interface *
reader_add_interface(struct capture *c); /* NULL when there are too many */

/* --- frames in order of time -------------------------------------------------------------- */

struct order *order_new(void);
void order_free(struct order *o);
void order_keep(struct order *o); /* the buffer is about to move: what is held gets bytes of its own */
bool order_next(struct order *o, struct capture *c, bool (*read)(struct capture *c, struct frame *ret),
		struct frame *ret);

/* --- libpcap: one program per link type -------------------------------------------------- */

/* NULL when the expression does not fit this link type: then *ret_error says why. Starts a child. */
struct filter *filter_new(const char *expression, uint16_t link, struct capture_error *ret_error);
void filter_free(struct filter *f);

/* False too where the expression does not fit the frame's link type. */
bool filter_lets(struct filter *f, const struct frame *frame);

/* --- what else it may be ----------------------------------------------------------------- */

/* What libtrace is to read, or NULL: `whole` when the head is all there is. */
const struct foreign *foreign_find(struct bytes head, bool whole);
const char *foreign_name(const struct foreign *f);
void foreign_say(const struct foreign *f, const char *trouble, char *to, size_t len);
void format_say(struct bytes head, char *to, size_t len); /* in words, and what to do with it */

#endif
