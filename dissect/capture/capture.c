#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dissect/base/mem.h"
#include "dissect/capture/reader.h"

enum {
	HEAD_LEN = 64 << 10,      /* looked at to say what a file is */
	JUMP_NS = 1000000000,
	LINK_ETHERNET = 1,
};

#define DEFAULT_OUTPUT ((uint64_t)64 << 30)

static bool fail(struct capture_error *e, enum capture_trouble trouble, const char *text)
{
	e->trouble = trouble;
	snprintf(e->text, sizeof e->text, "%s", text);
	return false;
}

static bool fail_system(struct capture_error *e, int number)
{
	return fail(e, CAPTURE_SYSTEM, strerror(number));
}

/* --- what readers tell ------------------------------------------------------------------- */

void reader_damage(struct capture *c, uint64_t at)
{
	if (!c->info.damaged++) {
		c->info.notes |= NOTE_DAMAGED;
		c->info.damage_frame = c->number;
		c->info.damage_at = at;
	}
}

struct capture_interface *reader_add_interface(struct capture *c)
{
	struct capture_interface *i;

	if (c->interface_count == MAX_INTERFACES)
		return NULL;
	i = MEM_PUSH(c->interfaces, c->interface_count, c->interface_room);
	c->info.interfaces = (uint32_t)c->interface_count;
	c->info.interface = c->interfaces;
	return i;
}

/* --- the end ----------------------------------------------------------------------------- */

/* What comes before a child that failed is killed: it may wait for bytes that nobody will read. */
static void end_children(struct capture *c, bool kill_them)
{
	enum child_end tracer = child_wait(&c->tracer, kill_them);
	enum child_end feeder = child_wait(&c->feeder, kill_them || tracer != CHILD_FINE);
	enum child_end unpacker = child_wait(&c->unpacker, kill_them || tracer != CHILD_FINE);

	if (tracer != CHILD_FINE)
		c->info.notes |= NOTE_CHILD_DIED;
	if (unpacker == CHILD_BOMB)
		c->info.notes |= NOTE_BOMB;
	else if (unpacker != CHILD_FINE)
		c->info.notes |= NOTE_CUT_ARCHIVE;
	if (unpacker == CHILD_DIED)
		c->info.notes |= NOTE_CHILD_DIED;
	if (feeder != CHILD_FINE)
		c->cut = true;
}

/* A record that is not all there is no news where the reason for it is told, or was a wish. */
static void end(struct capture *c)
{
	if (c->ended)
		return;
	c->ended = true;
	c->info.bytes = c->in.used + input_left(&c->in);
	end_children(c, c->in.stopped || !c->in.ended);
	if ((c->cut || c->in.error) && !c->in.stopped &&
	    !(c->info.notes & (NOTE_CUT_ARCHIVE | NOTE_BOMB | NOTE_CHILD_DIED)))
		c->info.notes |= NOTE_CUT_FILE;
}

/* --- opening ----------------------------------------------------------------------------- */

static int open_source(const char *path, const volatile bool *stop, struct capture_error *e)
{
	int fd;

	do
		fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
				       : fcntl(0, F_DUPFD_CLOEXEC, 3);
	while (fd < 0 && errno == EINTR && !(stop && *stop));
	if (fd < 0)
		fail_system(e, errno);
	return fd;
}

/* From here on the input is what a child makes of it. */
static bool pass_through(struct capture *c, struct child *child, child_work *work, enum lock_kind lock,
			 struct feed f, struct capture_error *e)
{
	struct input *in = &c->in;
	int fd;

	f.head = input_at(in);
	f.head_len = input_left(in);
	fd = child_start(child, work, lock, &f, in->fd);

	in->fd = fd;
	in->from = in->to = 0;
	in->used = 0;
	in->ended = in->stopped;
	return fd >= 0 || fail_system(e, errno);
}

static const struct packing {
	const char *name;
	size_t len;
	uint8_t magic[10], mask_at_0;
	child_work *work;
} packings[] = {
	{ "gzip", 3, "\x1f\x8b\x08", 0xff, unpack_gzip },
	{ "bzip2", 3, "BZh", 0xff, unpack_bzip2 },
	{ "xz", 6, "\xfd" "7zXZ", 0xff, unpack_xz },
	{ "zstd", 4, "\x28\xb5\x2f\xfd", 0xff, unpack_zstd },
	{ "zstd", 4, "\x50\x2a\x4d\x18", 0xf0, unpack_zstd }, /* a skippable frame */
};

static const struct packing *find_packing(struct bytes head)
{
	for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
		const struct packing *p = &packings[i];

		if (head.len > p->len && (head.at[0] & p->mask_at_0) == p->magic[0] &&
		    !memcmp(head.at + 1, p->magic + 1, p->len - 1) &&
		    (p->work != unpack_bzip2 || (head.at[3] >= '1' && head.at[3] <= '9')))
			return p;
	}
	return NULL;
}

static struct bytes head_of(struct capture *c, size_t n)
{
	input_need(&c->in, n);
	return (struct bytes){ input_at(&c->in), input_left(&c->in) };
}

static bool fail_child(struct capture *c, struct capture_error *e)
{
	e->trouble = CAPTURE_CHILD;
	if (c->info.notes & NOTE_CUT_ARCHIVE)
		snprintf(e->text, sizeof e->text,
			 "the %s file is damaged, or cut before its first frame",
			 c->info.compression);
	else
		foreign_say(c->foreign, "libtrace failed before its first frame", e->text, sizeof e->text);
	return false;
}

static bool fail_nothing(struct capture *c, struct capture_error *e)
{
	end(c);
	if (c->in.error)
		return fail_system(e, c->in.error);
	if (c->info.notes & (NOTE_CUT_ARCHIVE | NOTE_CHILD_DIED))
		return fail_child(c, e);
	return fail(e, CAPTURE_EMPTY,
		    c->info.compression ? "nothing in the archive" : "an empty file");
}

static bool start_foreign(struct capture *c, struct capture_error *e)
{
#if HAVE_LIBTRACE
	struct feed f = { .may_write = UINT64_MAX, .format = c->foreign };

	if (!pass_through(c, &c->feeder, foreign_feed, LOCK_UNPACKER, f, e) ||
	    !pass_through(c, &c->tracer, foreign_trace, LOCK_CONVERTER, f, e))
		return false;
	if (!pcapng_is(head_of(c, 12).at)) {
		end(c);
		return fail_child(c, e);
	}
	if (!pcapng_start(c, e))
		return false;
	c->info.format = foreign_name(c->foreign);
	return true;
#else
	e->trouble = CAPTURE_UNKNOWN;
	foreign_say(c->foreign, "this program was built without libtrace, which reads it", e->text, sizeof e->text);
	return false;
#endif
}

static bool recognise(struct capture *c, const struct capture_options *o, struct capture_error *e)
{
	struct bytes head = head_of(c, 10);
	const struct packing *p = find_packing(head);

	if (p) {
		struct feed f = { .may_write = o->max_output ? o->max_output : DEFAULT_OUTPUT };

		c->info.compression = p->name;
		if (!pass_through(c, &c->unpacker, p->work, LOCK_UNPACKER, f, e))
			return false;
		head = head_of(c, 10);
	}
	if (!head.len)
		return fail_nothing(c, e);
	if (head.len >= 4 && pcap_is(head.at))
		return pcap_start(c, e);
	head = head_of(c, 12);
	if (head.len >= 12 && pcapng_is(head.at))
		return pcapng_start(c, e);
	head = head_of(c, HEAD_LEN);
	c->foreign = foreign_find(head, c->in.ended);
	if (c->foreign)
		return start_foreign(c, e);
	e->trouble = CAPTURE_UNKNOWN;
	format_say(head, e->text, sizeof e->text);
	return false;
}

/* An expression is held against the link type that the file begins with. */
static bool take_filter(struct capture *c, const char *expression, struct capture_error *e)
{
	uint16_t link = c->has_ahead         ? c->ahead.link
			: c->interface_count ? c->interfaces[0].link
					     : LINK_ETHERNET;

	if (!expression)
		return true;
	c->filter = filter_new(expression, link, e);
	return c->filter != NULL;
}

static int64_t within(int64_t x, int64_t most)
{
	return x > most ? most : x < -most ? -most : x;
}

/* The next frame of the file, whatever the filter says. */
static bool read_frame(struct capture *c, struct frame *ret)
{
	if (c->has_ahead) {
		c->has_ahead = false;
		*ret = c->ahead;
		return true;
	}
	if (c->ended || !c->next(c, ret)) {
		end(c);
		return false;
	}
	ret->number = ++c->number;
	ret->time_ns = within(ret->time_ns, MOST_TIME_NS);
	ret->behind_ns = c->number > 1 && c->last_ns > ret->time_ns ? c->last_ns - ret->time_ns : 0;
	if (ret->behind_ns > JUMP_NS)
		c->info.notes |= NOTE_TIME_JUMP;
	ret->after_damage = c->info.damaged > c->told_damaged;
	c->told_damaged = c->info.damaged;
	c->last_ns = ret->time_ns;
	return true;
}

static bool look_ahead(struct capture *c, struct capture_error *e)
{
	struct frame first;

	if (read_frame(c, &first)) {
		c->ahead = first;
		c->has_ahead = true;
	} else if (c->info.notes & (NOTE_CUT_ARCHIVE | NOTE_CHILD_DIED)) {
		return fail_child(c, e);
	}
	return true;
}

struct capture *capture_open(const char *path, const struct capture_options *o,
			     struct capture_error *ret_error)
{
	static const struct capture_options none;
	struct capture_error e = { CAPTURE_FINE, "" };
	struct capture *c;
	int fd;

	if (!o)
		o = &none;
	fd = open_source(path, o->stop, &e);
	if (fd < 0)
		goto failed;
	c = mem_zero(sizeof *c);
	input_init(&c->in, fd);
	c->in.stop = o->stop;
	c->in.reads = o->reads;
	if (recognise(c, o, &e) && look_ahead(c, &e) && take_filter(c, o->filter, &e)) {
		if (o->in_time)
			c->in.lends = c->order = order_new();
		return c;
	}
	capture_close(c);
failed:
	if (ret_error)
		*ret_error = e;
	return NULL;
}

/* The next one that the filter lets pass. */
static bool read_wanted(struct capture *c, struct frame *ret)
{
	while (read_frame(c, ret)) {
		c->info.bytes = c->in.used;
		if (!c->filter || filter_lets(c->filter, ret))
			return true;
		c->info.filtered++;
	}
	return false;
}

/* What was read before somebody said stop is still given. */
static bool read_until_told(struct capture *c, struct frame *ret)
{
	return !input_told_to_stop(&c->in) && read_wanted(c, ret);
}

bool capture_next(struct capture *c, struct frame *ret)
{
	if (!(c->order ? order_next(c->order, c, read_until_told, ret) : read_until_told(c, ret)))
		return false;
	c->info.frames++;
	c->info.cut_frames += ret->wire_len > ret->cap_len;
	return true;
}

const struct capture_info *capture_info(const struct capture *c)
{
	return &c->info;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	end_children(c, true);
	input_clear(&c->in);
	for (size_t i = 0; i < c->interface_count; i++) {
		mem_free(c->interfaces[i].name);
		mem_free(c->interfaces[i].filter);
		mem_free(c->interfaces[i].os);
	}
	mem_free(c->interfaces);
	mem_free(c->resolutions);
	mem_free(c->comment);
	mem_free(c->application);
	filter_free(c->filter);
	order_free(c->order);
	mem_free(c);
}
