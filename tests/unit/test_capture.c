/*
 * Holds the readers of dissect/capture against libpcap, against captures written here in every
 * variant, and against damage. IKESCOPE_CORPUS, or corpus/ in SHARED, adds captures of others.
 */
#include <bzlib.h>
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <lzma.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "dissect/capture/capture.h"

enum { ETHERNET = 1, RAW = 101, SLL2 = 276 };

static char folder[64], file[96];

static void make_folder(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%.40s/capture-XXXXXX", base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/file", folder);
}

static void remove_folder(void)
{
	unlink(file);
	rmdir(folder);
}

/* --- bytes of a file that is made here --------------------------------------------------- */

struct pen {
	uint8_t *at;
	size_t len;
	bool big; /* order of bytes */
	size_t room;
};

static void raw(struct pen *p, const void *from, size_t n)
{
	if (p->len + n >= p->room) {
		p->room = 2 * (p->len + n) + 64;
		p->at = realloc(p->at, p->room);
	}
	if (n)
		memcpy(p->at + p->len, from, n);
	p->len += n;
}

static void number(struct pen *p, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++)
		b[p->big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
	raw(p, b, n);
}

static void u16(struct pen *p, unsigned v) { number(p, v, 2); }
static void u32(struct pen *p, uint64_t v) { number(p, v, 4); }
static void u64(struct pen *p, uint64_t v) { number(p, v, 8); }

static void fill(struct pen *p, unsigned seed, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t b = (uint8_t)(seed * 37 + i * 11 + (i >> 3) * seed);

		raw(p, &b, 1);
	}
}

static void keep_len(const struct pen *p, size_t len)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, p->at, len), (ssize_t)len);
	close(fd);
}

static void keep(const struct pen *p)
{
	keep_len(p, p->len);
}

static void drop(struct pen *p)
{
	free(p->at);
	*p = (struct pen){ .at = NULL };
}

static void pcap_header(struct pen *p, uint32_t magic, unsigned link)
{
	u32(p, magic);
	u16(p, 2);
	u16(p, 4);
	u64(p, 0);
	u32(p, 65535);
	u32(p, link);
}

static void record(struct pen *p, uint32_t s, uint32_t fine, uint32_t cap, uint32_t wire)
{
	u32(p, s);
	u32(p, fine);
	u32(p, cap);
	u32(p, wire);
	fill(p, s, cap);
}

static const uint32_t sizes[] = { 60, 1, 190, 98, 7, 83, 60, 42 };
enum { SIZES = sizeof sizes / sizeof *sizes, START = 1700000000 };

/* The records of `sizes`, a second apart; where each begins. */
static void records(struct pen *p, uint32_t magic, size_t ret_at[SIZES + 1])
{
	pcap_header(p, magic, ETHERNET);
	for (uint32_t i = 0; i < SIZES; i++) {
		ret_at[i] = p->len;
		record(p, START + i, 123456, sizes[i], sizes[i]);
	}
	ret_at[SIZES] = p->len;
}

/* --- pcapng ------------------------------------------------------------------------------ */

static size_t block(struct pen *p, uint32_t type)
{
	size_t start = p->len;

	u32(p, type);
	u32(p, 0);
	return start;
}

static void pad(struct pen *p)
{
	raw(p, "\0\0\0", -p->len & 3);
}

static void close_block(struct pen *p, size_t start)
{
	struct pen len = { .big = p->big };

	pad(p);
	u32(&len, p->len + 4 - start);
	raw(p, len.at, 4);
	memcpy(p->at + start + 4, len.at, 4);
	drop(&len);
}

static void option(struct pen *p, unsigned code, const void *value, size_t len)
{
	u16(p, code);
	u16(p, (unsigned)len);
	raw(p, value, len);
	pad(p);
}

static void option_text(struct pen *p, unsigned code, const char *text)
{
	option(p, code, text, strlen(text));
}

static void option_u64(struct pen *p, unsigned code, uint64_t v)
{
	u16(p, code);
	u16(p, 8);
	u64(p, v);
}

static void section(struct pen *p, const char *comment)
{
	size_t b = block(p, 0x0a0d0d0a);

	u32(p, 0x1a2b3c4d);
	u16(p, 1);
	u16(p, 0);
	u64(p, UINT64_MAX);
	if (comment)
		option_text(p, 1, comment);
	option_text(p, 4, "pen");
	u32(p, 0);
	close_block(p, b);
}

static void interface(struct pen *p, unsigned link, uint32_t snaplen, int tsresol, const char *name)
{
	size_t b = block(p, 1);

	u16(p, link);
	u16(p, 0);
	u32(p, snaplen);
	if (name)
		option_text(p, 2, name);
	if (tsresol >= 0)
		option(p, 9, &(uint8_t){ (uint8_t)tsresol }, 1);
	u32(p, 0);
	close_block(p, b);
}

static void packet(struct pen *p, unsigned id, uint64_t time, uint32_t cap, uint32_t wire,
		   int flags)
{
	size_t b = block(p, 6);

	u32(p, id);
	u32(p, time >> 32);
	u32(p, time & UINT32_MAX);
	u32(p, cap);
	u32(p, wire);
	fill(p, (unsigned)time, cap);
	pad(p);
	if (flags >= 0) {
		u16(p, 2);
		u16(p, 4);
		u32(p, (unsigned)flags);
		u32(p, 0);
	}
	close_block(p, b);
}

/* --- what the reader tells --------------------------------------------------------------- */

struct told {
	struct frame *frame; /* with bytes of their own */
	size_t count;
	unsigned notes;
	uint64_t damaged, damage_frame, damage_at, filtered, cut_frames, bytes;
	struct capture_error error;
	bool opened;
};

static struct told read_with(const char *path, const struct capture_options *o)
{
	struct told t = { .count = 0 };
	struct capture *c = capture_open(path, o, &t.error);
	const struct capture_info *info;
	struct frame f;

	if (!c) {
		ck_assert_int_ne(t.error.trouble, CAPTURE_FINE);
		ck_assert_int_gt((int)strlen(t.error.text), 0);
		return t;
	}
	t.opened = true;
	while (capture_next(c, &f)) {
		uint8_t *bytes = malloc(f.cap_len ? f.cap_len : 1);

		memcpy(bytes, f.at, f.cap_len);
		ck_assert_uint_ge(f.wire_len, f.cap_len);
		f.at = bytes;
		if (!(t.count & (t.count - 1)))
			t.frame = realloc(t.frame, (t.count ? 2 * t.count : 1) * sizeof f);
		t.frame[t.count++] = f;
	}
	ck_assert(!capture_next(c, &f));
	info = capture_info(c);
	ck_assert_uint_eq(info->frames, t.count);
	t.notes = info->notes;
	t.damaged = info->damaged;
	t.damage_frame = info->damage_frame;
	t.damage_at = info->damage_at;
	t.filtered = info->filtered;
	t.cut_frames = info->cut_frames;
	t.bytes = info->bytes;
	capture_close(c);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child is left behind */
	return t;
}

static struct told read_file(void)
{
	return read_with(file, NULL);
}

static void forget(struct told *t)
{
	for (size_t i = 0; i < t->count; i++)
		free((void *)t->frame[i].at);
	free(t->frame);
	*t = (struct told){ .frame = NULL };
}

static bool same(const struct frame *a, const struct frame *b)
{
	return a->time_ns == b->time_ns && a->link == b->link && a->cap_len == b->cap_len &&
	       a->wire_len == b->wire_len && a->way == b->way && a->interface == b->interface &&
	       !memcmp(a->at, b->at, a->cap_len);
}

/* The frames of `some` are the first of `all`. */
static void assert_prefix(const struct told *some, const struct told *all)
{
	ck_assert_uint_le(some->count, all->count);
	for (size_t i = 0; i < some->count; i++) {
		ck_assert_uint_eq(some->frame[i].number, all->frame[i].number);
		ck_assert(same(&some->frame[i], &all->frame[i]));
	}
}

/* How many frames of `all` are among `some`, in order. */
static size_t shared(const struct told *some, const struct told *all)
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i < all->count; i++)
		for (size_t k = from; k < some->count; k++)
			if (same(&all->frame[i], &some->frame[k])) {
				n++;
				from = k + 1;
				break;
			}
	return n;
}

/* --- against libpcap --------------------------------------------------------------------- */

/*
 * Every packet that libpcap tells is told here, up to the first damage: behind it libpcap guesses or
 * ends. It cuts packets to the snap length of the file header, gives time 0 where there is none, and
 * takes more than 2^31 seconds or microseconds for a negative number.
 */
static void hold_against_libpcap(const char *path, bool must_open)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	struct told t;
	struct pcap_pkthdr *h;
	const u_char *bytes;
	size_t i = 0;
	int got;

	if (must_open)
		ck_assert_msg(p != NULL, "%s: %s", path, why);
	if (!p)
		return;
	t = read_with(path, NULL);
	ck_assert_msg(t.opened, "%s: %s", path, t.error.text);
	while ((got = pcap_next_ex(p, &h, &bytes)) == 1) {
		const struct frame *f = &t.frame[i];

		if (t.damaged && i >= t.damage_frame)
			break;
		ck_assert_msg(i < t.count, "%s: only %zu frames", path, t.count);
		ck_assert_msg(h->caplen == f->cap_len || (h->caplen < f->cap_len &&
							  (int)h->caplen == pcap_snapshot(p)),
			      "%s: %zu: %u bytes, not %zu", path, i, h->caplen, f->cap_len);
		ck_assert_msg((h->len > h->caplen ? h->len : h->caplen) == f->wire_len ||
				      h->caplen < f->cap_len,
			      "%s: %zu: length %u, not %u", path, i, h->len, f->wire_len);
		ck_assert_msg(!memcmp(bytes, f->at, h->caplen), "%s: %zu: other bytes", path, i);
		ck_assert_msg((!h->ts.tv_sec && !h->ts.tv_usec) || h->ts.tv_sec < 0 ||
				      h->ts.tv_usec < 0 ||
				      h->ts.tv_sec * 1000000000 + h->ts.tv_usec == f->time_ns,
			      "%s: %zu: %ld.%09ld, not %ld", path, i, h->ts.tv_sec, h->ts.tv_usec,
			      f->time_ns);
		ck_assert_msg(f->link == 14 || /* raw IP on OpenBSD alone */
				      !strcmp(pcap_datalink_val_to_name(pcap_datalink(p)) ?: "-",
					      capture_link_name(f->link) ?: "-"),
			      "%s: %zu: another link type", path, i);
		i++;
	}
	if (got == PCAP_ERROR_BREAK && !t.damaged)
		ck_assert_msg(i == t.count, "%s: %zu frames, not %zu", path, t.count, i);
	if (must_open)
		ck_assert_int_eq(got, PCAP_ERROR_BREAK);
	pcap_close(p);
	forget(&t);
}

static int for_each_file(const char *top, void (*visit)(const char *path))
{
	DIR *d = opendir(top);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		char path[1024];
		struct stat s;

		snprintf(path, sizeof path, "%s/%s", top, e->d_name);
		if (e->d_name[0] == '.' || stat(path, &s))
			continue;
		if (S_ISDIR(s.st_mode))
			n += for_each_file(path, visit);
		else if (S_ISREG(s.st_mode) && ++n)
			visit(path);
	}
	if (d)
		closedir(d);
	return n;
}

static void visit(const char *path)
{
	hold_against_libpcap(path, false);
}

static const char *corpus(void)
{
	static char path[512];
	const char *given = getenv("IKESCOPE_CORPUS"), *near = getenv("SHARED");

	if (given)
		return given;
	snprintf(path, sizeof path, "%s/corpus", near ? near : "../shared");
	return path;
}

START_TEST(every_capture_at_hand_reads_as_libpcap_reads_it)
{
	char path[512];
	const char *top = getenv("TOP");

	snprintf(path, sizeof path, "%s/samples", top ? top : ".");
	for_each_file(path, visit);
	for_each_file(corpus(), visit);
}
END_TEST

static const struct variant {
	uint32_t magic;
	bool big;
	int64_t fine; /* of the 123456 */
} variants[] = {
	{ 0xa1b2c3d4, false, 123456000 }, { 0xa1b2c3d4, true, 123456000 },
	{ 0xa1b23c4d, false, 123456 }, { 0xa1b23c4d, true, 123456 },
};

START_TEST(pcap_in_both_orders_and_precisions_reads_as_libpcap_reads_it)
{
	const struct variant *v = &variants[_i];
	struct pen p = { .big = v->big };
	size_t at[SIZES + 1];
	struct told t;

	records(&p, v->magic, at);
	keep(&p);
	hold_against_libpcap(file, true);
	t = read_file();
	ck_assert_uint_eq(t.count, SIZES);
	ck_assert_uint_eq(t.notes, 0);
	ck_assert_uint_eq(t.bytes, p.len);
	for (size_t i = 0; i < SIZES; i++) {
		ck_assert_uint_eq(t.frame[i].number, i + 1);
		ck_assert_int_eq(t.frame[i].time_ns, (START + (int64_t)i) * 1000000000 + v->fine);
		ck_assert_uint_eq(t.frame[i].cap_len, sizes[i]);
	}
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(modified_pcap_tells_the_direction)
{
	struct pen p = { .big = false };
	struct told t;

	pcap_header(&p, 0xa1b2cd34, ETHERNET);
	for (uint32_t i = 0; i < 3; i++) {
		u32(&p, START + i);
		u32(&p, 5);
		u32(&p, 40);
		u32(&p, 50);
		u32(&p, 2);
		u16(&p, 8);
		raw(&p, &(uint8_t[]){ i == 1 ? 4 : 0, 0 }, 2);
		fill(&p, i, 40);
	}
	keep(&p);
	hold_against_libpcap(file, true);
	t = read_file();
	ck_assert_uint_eq(t.count, 3);
	ck_assert_int_eq(t.frame[0].way, WAY_IN);
	ck_assert_int_eq(t.frame[1].way, WAY_OUT);
	ck_assert_uint_eq(t.frame[1].wire_len, 50);
	ck_assert_uint_eq(t.cut_frames, 3);
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(lengths_the_wrong_way_round_are_bounded_by_what_is_there)
{
	struct pen p = { .big = false };
	struct told t;

	pcap_header(&p, 0xa1b2c3d4, RAW);
	record(&p, START, 0, 60, 20);
	record(&p, START, 2000000, 60, 60); /* two seconds in microseconds */
	record(&p, START, 0, 0, 60);
	record(&p, START + 1, 0, 60, 60);
	keep(&p);
	hold_against_libpcap(file, true);
	t = read_file();
	ck_assert_uint_eq(t.count, 4);
	ck_assert_uint_eq(t.frame[0].wire_len, 60);
	ck_assert_uint_eq(t.damaged, 0);
	forget(&t);
	drop(&p);
}
END_TEST

/* One section, one interface: what libpcap can read too. */
START_TEST(pcapng_in_every_resolution_reads_as_libpcap_reads_it)
{
	static const int resolutions[] = { -1, 0, 3, 6, 9, 12, 0x80 | 10, 0x80 | 32, 0x80 | 20 };
	static const uint64_t units[] = {
		1000000,           1,      1000, 1000000, 1000000000, 1000000000000, 1 << 10,
		(uint64_t)1 << 32, 1 << 20
	};
	struct pen p = { .big = _i & 1 };
	int r = _i / 2;
	struct told t;

	section(&p, NULL);
	interface(&p, ETHERNET, 0, resolutions[r], "wan");
	for (unsigned i = 0; i < 5; i++)
		packet(&p, 0, START / 100 * units[r] + i * units[r] / 7, 100 + i, 200, -1);
	keep(&p);
	hold_against_libpcap(file, true);
	t = read_file();
	ck_assert_uint_eq(t.count, 5);
	ck_assert_int_eq(t.frame[0].time_ns, (int64_t)START / 100 * 1000000000);
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(libpcap_and_we_agree_on_simple_and_obsolete_packets)
{
	struct pen p = { .big = false };
	size_t b;

	section(&p, "a");
	interface(&p, ETHERNET, 80, -1, NULL);
	b = block(&p, 2);
	u16(&p, 0);
	u16(&p, 7); /* drops */
	u32(&p, 400000);
	u32(&p, 5);
	u32(&p, 61);
	u32(&p, 99);
	fill(&p, 9, 61);
	close_block(&p, b);
	b = block(&p, 3);
	u32(&p, 300); /* on the wire; 80 kept */
	fill(&p, 3, 80);
	close_block(&p, b);
	keep(&p);
	hold_against_libpcap(file, true);
	drop(&p);
}
END_TEST

/* --- pcapng that only we read ------------------------------------------------------------ */

static void two_sections(struct pen *p)
{
	size_t b;

	section(p, "outage of Tuesday");
	interface(p, ETHERNET, 96, -1, "wan0");
	interface(p, RAW, 0, 9, "tun0");
	packet(p, 1, (uint64_t)START * 1000000000 + 7, 64, 64, 1);
	packet(p, 0, (uint64_t)START * 1000000, 96, 1400, 2);
	b = block(p, 0xbad);
	u32(p, 32473);
	close_block(p, b);
	b = block(p, 0x7777);
	fill(p, 1, 40);
	close_block(p, b);
	b = block(p, 5);
	u32(p, 0);
	u64(p, 0);
	option_u64(p, 4, 1000);
	option_u64(p, 5, 17);
	option_u64(p, 7, 3);
	close_block(p, b);
	p->big = !p->big;
	section(p, "second");
	b = block(p, 1);
	u16(p, SLL2);
	u16(p, 0);
	u32(p, 0);
	option(p, 11, "\0udp port 500", 13);
	option_text(p, 12, "Linux 6.1");
	option_u64(p, 14, 3600);
	close_block(p, b);
	packet(p, 0, (uint64_t)(START - 3600) * 1000000, 50, 50, 0);
	b = block(p, 3);
	u32(p, 33);
	fill(p, 3, 33);
	close_block(p, b);
}

START_TEST(sections_and_interfaces_differ_and_are_counted_over_the_file)
{
	struct pen p = { .big = _i };
	struct capture *c;
	const struct capture_info *info;
	struct told t;

	two_sections(&p);
	keep(&p);
	t = read_file();
	ck_assert_uint_eq(t.notes, 0);
	ck_assert_uint_eq(t.count, 4);
	ck_assert_int_eq(t.frame[0].time_ns, (int64_t)START * 1000000000 + 7);
	ck_assert_int_eq(t.frame[0].way, WAY_IN);
	ck_assert_uint_eq(t.frame[0].interface, 1);
	ck_assert_uint_eq(t.frame[0].link, RAW);
	ck_assert_int_eq(t.frame[1].way, WAY_OUT);
	ck_assert_uint_eq(t.frame[1].wire_len, 1400);
	ck_assert_uint_eq(t.frame[2].number, 4); /* Wireshark counts the custom block */
	ck_assert_uint_eq(t.frame[2].interface, 2);
	ck_assert_uint_eq(t.frame[2].link, SLL2);
	ck_assert_int_eq(t.frame[2].time_ns, (int64_t)START * 1000000000);
	ck_assert_int_eq(t.frame[2].way, WAY_UNKNOWN);
	ck_assert_int_eq(t.frame[3].time_ns, t.frame[2].time_ns);
	ck_assert_uint_eq(t.cut_frames, 1);
	forget(&t);

	c = capture_open(file, NULL, NULL);
	while (capture_next(c, &(struct frame){ .number = 0 }))
		;
	info = capture_info(c);
	ck_assert_uint_eq(info->interfaces, 3);
	ck_assert_str_eq(info->comment, "outage of Tuesday");
	ck_assert_str_eq(info->application, "pen");
	ck_assert(info->nanoseconds);
	ck_assert_str_eq(info->interface[0].name, "wan0");
	ck_assert_uint_eq(info->interface[0].snaplen, 96);
	ck_assert(info->interface[0].has_drops);
	ck_assert_uint_eq(info->interface[0].received, 1000);
	ck_assert_uint_eq(info->interface[0].dropped, 20);
	ck_assert(!info->interface[1].has_drops);
	ck_assert_ptr_null(info->interface[1].os);
	ck_assert_str_eq(info->interface[2].filter, "udp port 500");
	ck_assert_str_eq(info->interface[2].os, "Linux 6.1");
	capture_close(c);
	drop(&p);
}
END_TEST

START_TEST(packets_of_no_interface_and_too_long_ones_are_damage)
{
	struct pen p = { .big = false };
	struct told t;
	size_t bad;

	section(&p, NULL);
	interface(&p, ETHERNET, 0, -1, NULL);
	packet(&p, 0, (uint64_t)START * 1000000, 60, 60, -1);
	bad = p.len;
	packet(&p, 1, (uint64_t)START * 1000000, 60, 60, -1);
	packet(&p, 0, (uint64_t)START * 1000000, 60, 60, -1);
	p.at[p.len - 4 - 60 - 8] = 200; /* its captured length */
	packet(&p, 0, (uint64_t)START * 1000000, 61, 61, -1);
	keep(&p);
	t = read_file();
	ck_assert_uint_eq(t.count, 2);
	ck_assert_uint_eq(t.frame[1].cap_len, 61);
	ck_assert_uint_eq(t.damaged, 2);
	ck_assert_uint_eq(t.damage_at, bad);
	ck_assert_uint_eq(t.damage_frame, 1);
	ck_assert_uint_eq(t.notes, NOTE_DAMAGED);
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(a_hundred_thousand_interfaces_are_stopped_by_a_limit)
{
	struct pen p = { .big = false }, one = { .big = false };
	struct told t;

	section(&p, NULL);
	interface(&one, ETHERNET, 0, -1,
		  "a name that is kept for each of them, if memory were no matter");
	for (int i = 0; i < 100000; i++)
		raw(&p, one.at, one.len);
	packet(&p, 0, (uint64_t)START * 1000000, 60, 60, -1);
	keep(&p);
	t = read_file();
	ck_assert_uint_eq(t.count, 1);
	ck_assert_uint_eq(t.damaged, 100000 - (1 << 14));
	forget(&t);
	drop(&p);
	drop(&one);
}
END_TEST

/* --- cuts and damage --------------------------------------------------------------------- */

START_TEST(every_prefix_of_a_pcap_tells_its_whole_records)
{
	const struct variant *v = &variants[_i ? 3 : 0];
	struct pen p = { .big = v->big };
	size_t at[SIZES + 1], whole = 0;
	struct told all, t;

	records(&p, v->magic, at);
	keep(&p);
	all = read_file();
	for (size_t n = 0; n < p.len; n++) {
		keep_len(&p, n);
		t = read_file();
		ck_assert_int_eq(t.opened, n >= 24);
		ck_assert_int_eq(t.error.trouble, n == 0   ? CAPTURE_EMPTY
						  : n < 24 ? CAPTURE_UNKNOWN
							   : CAPTURE_FINE);
		while (at[whole + 1] <= n)
			whole++;
		if (n >= 24) {
			assert_prefix(&t, &all);
			ck_assert_uint_eq(t.count, whole);
			ck_assert_uint_eq(t.notes, n == at[whole] ? 0 : NOTE_CUT_FILE);
		}
		forget(&t);
	}
	forget(&all);
	drop(&p);
}
END_TEST

START_TEST(every_prefix_of_a_pcapng_tells_its_whole_blocks)
{
	struct pen p = { .big = _i };
	struct told all, t;
	size_t boundary = 0, cut = 0;

	two_sections(&p);
	keep(&p);
	all = read_file();
	for (size_t n = 0; n < p.len; n++) {
		keep_len(&p, n);
		t = read_file();
		ck_assert_int_eq(t.opened, n >= 28);
		assert_prefix(&t, &all);
		ck_assert(!t.damaged);
		boundary += t.opened && !t.notes;
		cut += t.notes == NOTE_CUT_FILE;
		ck_assert(!t.opened || !(t.notes & ~(unsigned)NOTE_CUT_FILE));
		forget(&t);
	}
	ck_assert_uint_eq(boundary, 11); /* of 12 blocks; the last is never whole */
	ck_assert_uint_gt(cut, 500);
	forget(&all);
	drop(&p);
}
END_TEST

static void patch(struct pen *p, size_t at, uint32_t v)
{
	struct pen four = { .big = p->big };

	u32(&four, v);
	memcpy(p->at + at, four.at, 4);
	drop(&four);
}

START_TEST(a_pcap_record_with_a_wrong_length_is_skipped_and_the_rest_is_told)
{
	static const uint32_t wrong[] = { UINT32_MAX, 0x7fffffff, 262145, 262144, 30000,
					  200,        61,         59,     3 };
	size_t at[SIZES + 1];
	struct told all, t;

	for (size_t v = 0; v < sizeof variants / sizeof *variants; v++)
		for (size_t k = 0; k < SIZES - 1; k++) {
			struct pen p = { .big = variants[v].big };

			if (wrong[_i] == sizes[k])
				continue;
			records(&p, variants[v].magic, at);
			keep(&p);
			all = read_file();
			patch(&p, at[k] + 8, wrong[_i]);
			keep(&p);
			t = read_file();
			ck_assert_msg(shared(&t, &all) == SIZES - 1,
				      "variant %zu, record %zu: %zu of %zu", v, k, shared(&t, &all),
				      t.count);
			ck_assert_uint_eq(t.notes & ~(unsigned)NOTE_TIME_JUMP, NOTE_DAMAGED);
			if (t.count == SIZES - 1) {
				ck_assert_uint_eq(t.damaged, 1);
				ck_assert_uint_eq(t.damage_at, at[k]);
				ck_assert_uint_eq(t.damage_frame, k);
			}
			forget(&t);
			forget(&all);
			drop(&p);
		}
}
END_TEST

/* n bytes more, or fewer, in front of record 3. */
static struct told spoilt(const struct pen *whole, size_t at, const void *more, size_t n,
			  size_t fewer)
{
	struct pen p = { .big = whole->big };
	struct told t;

	raw(&p, whole->at, at - fewer);
	raw(&p, more, n);
	raw(&p, whole->at + at, whole->len - at);
	keep(&p);
	t = read_file();
	drop(&p);
	return t;
}

START_TEST(garbage_holes_and_lost_bytes_cost_no_other_frame)
{
	struct pen p = { .big = false }, noise = { .big = false };
	size_t at[SIZES + 1];
	struct told all, t;

	records(&p, 0xa1b2c3d4, at);
	keep(&p);
	all = read_file();
	fill(&noise, 5, 600000); /* more than the buffer holds */

	t = spoilt(&p, at[3], noise.at, 600000, 0);
	assert_prefix(&(struct told){ .frame = t.frame, .count = 3 }, &all);
	ck_assert_uint_eq(t.count, SIZES);
	ck_assert_uint_eq(shared(&t, &all), SIZES);
	ck_assert_uint_eq(t.damaged, 1);
	ck_assert_uint_eq(t.damage_at, at[3]);
	ck_assert_uint_eq(t.damage_frame, 3);
	forget(&t);

	memset(noise.at, 0, noise.len);
	t = spoilt(&p, at[3], noise.at, 4096, 0);
	ck_assert_uint_eq(t.count, SIZES);
	ck_assert_uint_eq(shared(&t, &all), SIZES);
	ck_assert_uint_eq(t.damaged, 1);
	forget(&t);

	t = spoilt(&p, at[3], NULL, 0, 17); /* of record 2 */
	ck_assert_uint_eq(shared(&t, &all), SIZES - 1);
	ck_assert_uint_eq(t.notes, NOTE_DAMAGED);
	ck_assert_uint_eq(t.damaged, 1);
	forget(&t);

	raw(&p, noise.at, 5000); /* a file that was made long beforehand */
	keep(&p);
	t = read_file();
	ck_assert_uint_eq(t.count, SIZES);
	ck_assert_uint_eq(t.notes, NOTE_DAMAGED);
	forget(&t);
	forget(&all);
	drop(&p);
	drop(&noise);
}
END_TEST

START_TEST(a_record_of_another_time_that_leads_nowhere_is_no_frame)
{
	struct pen p = { .big = false };
	uint8_t odd[56] = { [14] = 4 }; /* length 0 of 262144 */
	size_t at[SIZES + 1];
	struct told t;

	records(&p, 0xa1b2c3d4, at);
	raw(&p, odd, sizeof odd);
	keep(&p);
	t = read_file();
	ck_assert_uint_eq(t.count, SIZES);
	ck_assert_uint_eq(t.notes, NOTE_DAMAGED);
	ck_assert_uint_eq(t.damage_at, at[SIZES]);
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(pcapng_goes_on_at_the_next_block_whose_lengths_agree)
{
	struct pen p = { .big = _i }, noise = { .big = false };
	size_t at[12];
	struct told all, t;

	section(&p, NULL);
	interface(&p, ETHERNET, 0, -1, NULL);
	for (unsigned i = 0; i < 10; i++) {
		at[i] = p.len;
		packet(&p, 0, (uint64_t)(START + i) * 1000000, 60 + i, 60 + i, i == 4 ? 1 : -1);
	}
	at[10] = p.len;
	keep(&p);
	all = read_file();
	ck_assert_uint_eq(all.count, 10);
	fill(&noise, 5, 600001);

	t = spoilt(&p, at[3], noise.at, noise.len, 0);
	ck_assert_uint_eq(t.count, 10);
	ck_assert_uint_eq(shared(&t, &all), 10);
	ck_assert_uint_eq(t.damaged, 1);
	ck_assert_uint_eq(t.damage_at, at[3]);
	ck_assert_uint_eq(t.damage_frame, 3);
	forget(&t);

	t = spoilt(&p, at[3], NULL, 0, 5);
	ck_assert_uint_eq(t.count, 9);
	ck_assert_uint_eq(shared(&t, &all), 9);
	ck_assert_uint_eq(t.damaged, 1);
	forget(&t);

	for (int k = 0; k < 9; k++)
		for (int where = 0; where < 2; where++)
			for (int v = 0; v < 4; v++) {
				static const uint32_t lengths[] = { 0, 13, 100000,
								    UINT32_MAX & ~3u };
				size_t spot = where ? at[k + 1] - 4 : at[k] + 4;
				uint8_t was[4];

				memcpy(was, p.at + spot, 4);
				patch(&p, spot, lengths[v]);
				keep(&p);
				t = read_file();
				ck_assert_uint_eq(t.count, 9);
				ck_assert_uint_eq(shared(&t, &all), 9);
				ck_assert_uint_eq(t.damaged, 1);
				ck_assert_uint_eq(t.damage_at, at[k]);
				ck_assert_uint_eq(t.notes, NOTE_DAMAGED);
				forget(&t);
				memcpy(p.at + spot, was, 4);
			}
	forget(&all);
	drop(&p);
	drop(&noise);
}
END_TEST

START_TEST(no_single_wrong_byte_costs_more_than_two_frames)
{
	static const uint8_t flips[] = { 0xff, 0x80 };
	struct pen p = { .big = false };
	size_t at[SIZES + 1], from;
	struct told all, t;

	if (_i < 2) {
		records(&p, 0xa1b2c3d4, at);
		from = at[0];
	} else {
		section(&p, NULL);
		interface(&p, ETHERNET, 0, -1, NULL);
		from = p.len;
		for (unsigned i = 0; i < 8; i++)
			packet(&p, 0, (uint64_t)(START + i) * 1000000, 60 + i, 60 + i, 1);
	}
	keep(&p);
	all = read_file();
	for (size_t n = 0; n < p.len; n++) {
		p.at[n] ^= flips[_i % 2];
		keep(&p);
		t = read_file();
		if (n >= from)
			ck_assert_msg(shared(&t, &all) + 2 >= all.count, "byte %zu: %zu of %zu", n,
				      shared(&t, &all), all.count);
		forget(&t);
		p.at[n] ^= flips[_i % 2];
	}
	forget(&all);
	drop(&p);
}
END_TEST

START_TEST(a_time_no_calendar_holds_is_the_last_one_that_does)
{
	struct pen p = { .big = false };
	struct told t;

	section(&p, NULL);
	interface(&p, ETHERNET, 0, 0, "wan"); /* its unit: a second */
	packet(&p, 0, UINT64_MAX, 60, 60, -1);
	packet(&p, 0, (uint64_t)(MOST_TIME_NS / 1000000000), 60, 60, -1);
	keep(&p);
	t = read_file();
	ck_assert_uint_eq(t.count, 2);
	ck_assert_int_eq(t.frame[0].time_ns, MOST_TIME_NS);
	ck_assert_int_eq(t.frame[1].time_ns, MOST_TIME_NS / 1000000000 * 1000000000);
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(time_that_runs_back_by_more_than_a_second_is_noted)
{
	static const int steps[] = { 0, -1, -2, -100000, 5 };
	struct pen p = { .big = false };
	struct told t;

	pcap_header(&p, 0xa1b2c3d4, ETHERNET);
	record(&p, START, 0, 60, 60);
	record(&p, (uint32_t)(START + steps[_i]), 0, 60, 60);
	record(&p, (uint32_t)(START + steps[_i]), 0, 60, 60);
	keep(&p);
	t = read_file();
	ck_assert_uint_eq(t.count, 3);
	ck_assert_uint_eq(t.notes, steps[_i] < -1 ? NOTE_TIME_JUMP : 0);
	forget(&t);
	drop(&p);
}
END_TEST

/* --- archives ---------------------------------------------------------------------------- */

static void pack(struct pen *to, int how, const uint8_t *from, size_t n)
{
	size_t room = n + n / 2 + 4096, len = 0;
	uint8_t *out = malloc(room);

	if (how == 0) {
		z_stream z = { .next_in = (uint8_t *)from,
			       .avail_in = (uInt)n,
			       .next_out = out,
			       .avail_out = (uInt)room };

		ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
				 Z_OK);
		ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
		len = z.total_out;
		deflateEnd(&z);
	} else if (how == 1) {
		unsigned small = (unsigned)room;

		ck_assert_int_eq(BZ2_bzBuffToBuffCompress((char *)out, &small, (char *)from,
							  (unsigned)n, 1, 0, 0),
				 BZ_OK);
		len = small;
	} else if (how == 2) {
		ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, from, n, out,
							 &len, room),
				 LZMA_OK);
	} else {
		len = ZSTD_compress(out, room, from, n, 1);
		ck_assert(!ZSTD_isError(len));
	}
	raw(to, out, len);
	free(out);
}

static const char *const packings[] = { "gzip", "bzip2", "xz", "zstd" };
enum { PACKINGS = 4 };

static void many_records(struct pen *p, uint32_t n)
{
	pcap_header(p, 0xa1b2c3d4, ETHERNET);
	for (uint32_t i = 0; i < n; i++)
		record(p, START + i / 10, i, 100 + i % 900, 1500);
}

START_TEST(archives_are_read_to_the_end_of_their_last_stream)
{
	struct pen p = { .big = false }, a = { .big = false };
	struct told all, t;
	struct capture *c;

	many_records(&p, 2000);
	keep(&p);
	all = read_file();
	ck_assert_uint_eq(all.count, 2000);
	pack(&a, _i, p.at, 3);
	pack(&a, _i, p.at + 3, p.len / 2);
	pack(&a, _i, p.at + 3 + p.len / 2, p.len - 3 - p.len / 2);
	keep(&a);
	t = read_file();
	ck_assert_uint_eq(t.count, 2000);
	ck_assert_uint_eq(t.notes, 0);
	ck_assert_uint_eq(t.bytes, p.len);
	assert_prefix(&t, &all);
	c = capture_open(file, NULL, NULL);
	ck_assert_str_eq(capture_info(c)->compression, packings[_i]);
	ck_assert_str_eq(capture_info(c)->format, "pcap");
	capture_close(c); /* the child is still writing */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	forget(&t);
	forget(&all);
	drop(&p);
	drop(&a);
}
END_TEST

START_TEST(a_cut_archive_gives_what_it_holds)
{
	struct pen p = { .big = false }, a = { .big = false };
	struct told all, t;
	size_t told = 0;

	many_records(&p, 1500);
	keep(&p);
	all = read_file();
	pack(&a, _i, p.at, p.len / 2);
	pack(&a, _i, p.at + p.len / 2, p.len - p.len / 2);
	for (size_t n = 12; n < a.len; n += a.len / 12) {
		keep_len(&a, n);
		t = read_file();
		if (t.opened)
			ck_assert_uint_eq(t.notes, NOTE_CUT_ARCHIVE);
		else
			ck_assert_int_eq(t.error.trouble, CAPTURE_CHILD);
		assert_prefix(&t, &all);
		ck_assert_uint_ge(t.count, told);
		told = t.count;
		forget(&t);
	}
	ck_assert_uint_ge(told, 740); /* at least the first stream */
	raw(&a, "garbage behind it", 17);
	keep(&a);
	t = read_file();
	ck_assert_uint_eq(t.count, 1500);
	ck_assert_uint_eq(t.notes, NOTE_CUT_ARCHIVE);
	forget(&t);
	forget(&all);
	drop(&p);
	drop(&a);
}
END_TEST

START_TEST(an_archive_is_not_unpacked_beyond_the_limit)
{
	struct pen p = { .big = false }, a = { .big = false };
	struct capture_options o = { .max_output = 100000 };
	struct told t;

	many_records(&p, 1000);
	pack(&a, _i, p.at, p.len);
	keep(&a);
	t = read_with(file, &o);
	ck_assert_uint_eq(t.notes, NOTE_BOMB);
	ck_assert_uint_eq(t.bytes, 100000);
	ck_assert_uint_gt(t.count, 50);
	ck_assert_uint_lt(t.count, 1000);
	forget(&t);
	drop(&p);
	drop(&a);
}
END_TEST

/* A few kilobytes of zstd that become 400 MiB of zeros. */
START_TEST(an_archive_that_packs_better_than_a_capture_can_is_a_bomb)
{
	struct pen a = { .big = false };
	uint8_t *zeros = calloc(1, 400 << 20);
	struct told t;

	ck_assert_ptr_nonnull(zeros);
	memcpy(zeros, "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0", 23);
	pack(&a, 3, zeros, 400 << 20);
	free(zeros);
	ck_assert_uint_lt(a.len, 200000);
	keep(&a);
	t = read_file();
	ck_assert(t.notes & NOTE_BOMB);
	ck_assert_uint_eq(t.count, 0);
	ck_assert_uint_ge(t.bytes, 256 << 20);
	ck_assert_uint_lt(t.bytes, 350 << 20);
	forget(&t);
	drop(&a);
}
END_TEST

START_TEST(a_spoilt_archive_never_harms)
{
	struct pen p = { .big = false }, a = { .big = false };

	many_records(&p, 20);
	pack(&a, _i, p.at, p.len);
	for (size_t n = 0; n < a.len; n += 1 + a.len / 60) {
		struct told t;

		a.at[n] ^= 0x55;
		keep(&a);
		t = read_file();
		forget(&t);
		a.at[n] ^= 0x55;
	}
	drop(&p);
	drop(&a);
}
END_TEST

/* --- standard input, stopping ------------------------------------------------------------ */

/* Standard input becomes a pipe; its other end. */
static int pipe_to_stdin(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], 0), 0);
	close(ends[0]);
	return ends[1];
}

START_TEST(standard_input_may_come_in_drops)
{
	struct pen p = { .big = false }, a = { .big = false };
	int out = pipe_to_stdin();
	pid_t writer;
	int status;

	many_records(&p, 100);
	if (_i)
		pack(&a, _i - 1, p.at, p.len);
	else
		raw(&a, p.at, p.len);
	writer = fork();
	if (writer == 0) {
		close(0);
		for (size_t n = 0; n < a.len; n += 97)
			if (write(out, a.at + n, a.len - n < 97 ? a.len - n : 97) < 0)
				_exit(1);
		_exit(0);
	}
	close(out);
	{
		struct capture_error e;
		struct capture *c = capture_open("-", NULL, &e);
		struct frame f;
		size_t n = 0;

		ck_assert_msg(c != NULL, "%s", e.text);
		while (capture_next(c, &f))
			n++;
		ck_assert_uint_eq(n, 100);
		ck_assert_uint_eq(capture_info(c)->notes, 0);
		capture_close(c);
	}
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
	drop(&p);
	drop(&a);
}
END_TEST

static volatile bool stop;

static void on_alarm(int number)
{
	(void)number;
	stop = true;
}

START_TEST(a_wish_to_stop_ends_a_pipe_that_stays_open)
{
	struct pen p = { .big = false }, a = { .big = false };
	struct capture_options o = { .stop = &stop };
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value = { .tv_usec = 200000 },
				  .it_interval = { .tv_usec = 50000 } };
	int out = pipe_to_stdin();
	struct told t;

	pcap_header(&p, 0xa1b2c3d4, ETHERNET);
	for (uint32_t i = 0; i < 20; i++)
		record(&p, START + i, 0, 60, 60);
	if (_i)
		pack(&a, _i - 1, p.at, p.len);
	else
		raw(&a, p.at, p.len - 5); /* inside a record */
	ck_assert_int_eq(write(out, a.at, a.len), (ssize_t)a.len);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	t = read_with("-", &o);
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 0 } }, NULL);
	ck_assert(stop);
	ck_assert_uint_eq(t.count, _i ? 20 : 19);
	ck_assert_uint_eq(t.notes, 0);
	close(out);
	forget(&t);
	drop(&p);
	drop(&a);
}
END_TEST

static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

START_TEST(nothing_stays_open)
{
	struct pen p = { .big = false }, a = { .big = false };
	int before = open_descriptors();
	struct told t;

	many_records(&p, 10);
	for (int how = 0; how < PACKINGS; how++) {
		pack(&a, how, p.at, p.len);
		keep(&a);
		t = read_file();
		forget(&t);
		drop(&a);
	}
	keep_len(&p, 10);
	t = read_file();
	forget(&t);
	ck_assert_int_eq(open_descriptors(), before);
	drop(&p);
}
END_TEST

/* --- filters and names ------------------------------------------------------------------- */

static void udp_packet(struct pen *p, uint32_t s, unsigned port)
{
	uint8_t ip[32] = { 0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7,
			   1, 1, (uint8_t)(port >> 8), (uint8_t)port, 0, 12 };

	u32(p, s);
	u32(p, 0);
	u32(p, sizeof ip);
	u32(p, sizeof ip);
	raw(p, ip, sizeof ip);
}

START_TEST(a_filter_holds_frames_back_that_keep_their_numbers)
{
	static const unsigned links[] = { RAW, 12, 14, 228 };
	struct pen p = { .big = false };
	struct capture_options o = { .filter = "udp port 500" };
	struct told t;

	pcap_header(&p, 0xa1b2c3d4, links[_i]);
	for (uint32_t i = 0; i < 10; i++)
		udp_packet(&p, START + i, i % 3 ? 4500 : 500);
	keep(&p);
	t = read_with(file, &o);
	ck_assert_uint_eq(t.count, 4);
	ck_assert_uint_eq(t.filtered, 6);
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(t.frame[i].number, 3 * i + 1);
	forget(&t);
	o.filter = "upd port 500";
	t = read_with(file, &o);
	ck_assert(!t.opened);
	ck_assert_int_eq(t.error.trouble, CAPTURE_FILTER);
	ck_assert_ptr_nonnull(strstr(t.error.text, "syntax error"));
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(a_filter_is_compiled_for_each_link_type)
{
	struct pen p = { .big = false };
	struct capture_options o = { .filter = "greater 60" };
	struct told t;

	two_sections(&p);
	keep(&p);
	t = read_with(file, &o);
	ck_assert_uint_eq(t.count, 2);
	ck_assert_uint_eq(t.filtered, 2);
	forget(&t);
	o.filter = "vlan 7"; /* not on raw IP, with which the file begins */
	t = read_with(file, &o);
	ck_assert_int_eq(t.error.trouble, CAPTURE_FILTER);
	drop(&p);
}
END_TEST

START_TEST(a_name_in_a_filter_is_not_asked_of_the_network)
{
	static const char *const names[] = { "host gateway.example.invalid", "src gateway.example.invalid or udp",
					     "net no-such-net.invalid", "udp and host vpn.example.invalid" };
	struct pen p = { .big = false };
	struct capture_options o = { .filter = names[_i] };
	struct told t;

	pcap_header(&p, 0xa1b2c3d4, RAW);
	udp_packet(&p, START, 500);
	keep(&p);
	t = read_with(file, &o);
	ck_assert(!t.opened);
	ck_assert_int_eq(t.error.trouble, CAPTURE_FILTER);
	ck_assert_ptr_nonnull(strstr(t.error.text, ".invalid"));
	ck_assert_ptr_nonnull(strstr(t.error.text, "write the address"));
	forget(&t);
	drop(&p);
}
END_TEST

START_TEST(link_types_have_names)
{
	ck_assert_str_eq(capture_link_name(1), "EN10MB");
	ck_assert_str_eq(capture_link_name(101), "RAW");
	ck_assert_str_eq(capture_link_name(12), "RAW");
	ck_assert_str_eq(capture_link_name(113), "LINUX_SLL");
	ck_assert_str_eq(capture_link_name(276), "LINUX_SLL2");
	ck_assert_str_eq(capture_link_name(0), "NULL");
	ck_assert_ptr_null(capture_link_name(65000));
}
END_TEST

/* --- ERF --------------------------------------------------------------------------------- */

static void erf_record(struct pen *p, uint32_t s, unsigned type, int extensions, size_t n)
{
	size_t front = type == 2 ? 2 : 0;

	raw(p,
	    &(uint8_t[]){ 0, 0, 0, 0x80, (uint8_t)s, (uint8_t)(s >> 8), (uint8_t)(s >> 16),
			  (uint8_t)(s >> 24) },
	    8);
	p->big = true;
	raw(p, &(uint8_t[]){ (uint8_t)(type | (extensions ? 0x80 : 0)), 4 }, 2);
	u16(p, (unsigned)(16 + 8 * (size_t)extensions + front + n));
	u16(p, 0);
	u16(p, (unsigned)n);
	for (int i = 0; i < extensions; i++)
		raw(p, i < extensions - 1 ? "\x83xxxxxxx" : "\x03xxxxxxx", 8);
	raw(p, "\0\0", front);
	fill(p, s, n);
}

START_TEST(erf_is_read_with_its_extension_headers_and_without_its_metadata)
{
	struct pen p = { .big = true };
	struct told t;

	erf_record(&p, START, 27, 2, 100);
	for (unsigned i = 0; i < 5; i++)
		erf_record(&p, START + i, i == 3 ? 1 : 2, (int)i % 3, 60 + i);
	erf_record(&p, START + 5, 27, 0, 80);
	erf_record(&p, START + 6, 2, 0, 99);
	keep(&p);
	t = read_file();
#if HAVE_LIBTRACE
	ck_assert_msg(t.opened, "%s", t.error.text);
	ck_assert_uint_eq(t.count, 6);
	ck_assert_uint_eq(t.notes, 0);
	for (unsigned i = 0; i < 5; i++) {
		struct pen body = { .big = false };

		ck_assert_uint_eq(t.frame[i].number, i + 2);
		ck_assert_uint_eq(t.frame[i].link, i == 3 ? 104 : 1);
		ck_assert_uint_eq(t.frame[i].cap_len, 60 + i);
		ck_assert_int_eq(t.frame[i].time_ns, (int64_t)(START + i) * 1000000000 + 500000000);
		fill(&body, START + i, 60 + i);
		ck_assert(!memcmp(body.at, t.frame[i].at, body.len));
		drop(&body);
	}
	ck_assert_uint_eq(t.frame[5].number, 8);
	forget(&t);
	keep_len(&p, p.len - 10);
	t = read_file();
	ck_assert_uint_eq(t.count, 5);
	ck_assert_uint_eq(t.notes, NOTE_CUT_FILE);
#else
	ck_assert_int_eq(t.error.trouble, CAPTURE_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(t.error.text, "ERF"));
#endif
	forget(&t);
	drop(&p);
}
END_TEST

#if HAVE_LIBTRACE
START_TEST(what_ends_libtrace_keeps_the_frames_before)
{
	struct pen p = { .big = true }, a = { .big = false };
	struct told t;

	for (unsigned i = 0; i < 3; i++)
		erf_record(&p, START + i, 2, 0, 60);
	erf_record(&p, START + 3, 40, 0, 60); /* a type that it does not know */
	erf_record(&p, START + 4, 2, 0, 60);
	pack(&a, 0, p.at, p.len);
	keep(_i ? &a : &p);
	t = read_file();
	ck_assert_uint_eq(t.count, 3);
	ck_assert_uint_eq(t.notes, NOTE_CHILD_DIED);
	forget(&t);
	drop(&p);
	drop(&a);
}
END_TEST

START_TEST(no_wrong_byte_in_an_erf_reaches_this_process)
{
	struct pen p = { .big = true };

	for (unsigned i = 0; i < 4; i++)
		erf_record(&p, START + i, 2, 0, 40);
	for (size_t n = 0; n < p.len; n += n % 58 < 16 ? 1 : 9) { /* each octet of a header */
		struct told t;

		p.at[n] ^= 0x41;
		keep(&p);
		t = read_file();
		forget(&t); /* whatever it says, this process lives */
		p.at[n] ^= 0x41;
	}
	drop(&p);
}
END_TEST
#endif

/* --- TSH and old DAG cards ---------------------------------------------------------------- */

enum { TSH, POS, OLD_ETHERNET, ATM, FOREIGNS };
static const struct {
	const char *name;
	size_t record, cap;
	unsigned link;
} foreigns[FOREIGNS] = {
	{ "tsh", 44, 36, RAW },
	{ "legacypos", 64, 48, 9 },
	{ "legacyeth", 64, 54, ETHERNET },
	{ "legacyatm", 64, 48, 100 },
};

static void dag_time(struct pen *p, uint32_t s)
{
	p->big = false;
	u32(p, 0x80000000); /* half a second */
	u32(p, s);
	p->big = true;
}

/* 1400 octets of IPv4 on the wire. */
static void ip_header(struct pen *p)
{
	raw(p, "\x45\0\x05\x78\0\0\0\0\x40\x32\0\0\xc0\0\2\1\xc6\x33\x64\7", 20);
}

static void foreign_record(struct pen *p, int kind, uint32_t s)
{
	size_t end = p->len + foreigns[kind].record;

	p->big = true;
	if (kind == TSH) {
		u32(p, s);
		u32(p, 0x01000000 + 500000);
	} else {
		dag_time(p, s);
	}
	if (kind == POS) {
		u32(p, 64);
		u32(p, 1404);
		raw(p, "\xff\x03\0\x21", 4);
	}
	if (kind == OLD_ETHERNET)
		raw(p, "\x8a\x05\2\1\1\1\1\1\2\2\2\2\2\2\x08\0", 16); /* 1418 */
	if (kind == ATM)
		raw(p, "\0\0\0\0\0\xa0\x06\x70\xaa\xaa\x03\0\0\0\x08\0", 16);
	ip_header(p);
	fill(p, s, end - p->len);
}

static void foreign_records(struct pen *p, int kind, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		foreign_record(p, kind, START + i);
}

START_TEST(old_formats_are_read_by_what_is_in_them)
{
	static const size_t front[FOREIGNS] = { 8, 16, 10, 16 };
	struct pen p = { .big = true }, a = { .big = false };
	int kind = _i / 2;
	struct told t;

	foreign_records(&p, kind, 5000); /* more than a pipe holds */
	raw(&p, "cut off", 7);
	pack(&a, 0, p.at, p.len);
	keep(_i % 2 ? &a : &p);
	t = read_file();
#if HAVE_LIBTRACE
	ck_assert_msg(t.opened, "%s", t.error.text);
	ck_assert_uint_eq(t.count, 5000);
	ck_assert_uint_eq(t.notes, NOTE_CUT_FILE);
	for (unsigned i = 0; i < 5000; i += 499) {
		size_t at = i * foreigns[kind].record + front[kind];
		const struct frame *f = &t.frame[i];

		ck_assert_uint_eq(f->number, i + 1);
		ck_assert_uint_eq(f->link, foreigns[kind].link);
		ck_assert_uint_eq(f->cap_len, foreigns[kind].cap);
		ck_assert_uint_gt(f->wire_len, f->cap_len);
		if (kind != ATM)
			ck_assert_uint_eq(f->wire_len, kind == TSH ? 1400 : kind == POS ? 1404 : 1418);
		ck_assert_int_eq(f->time_ns, (int64_t)(START + i) * 1000000000 + 500000000);
		ck_assert(!memcmp(f->at, p.at + at, f->cap_len));
	}
#else
	ck_assert_int_eq(t.error.trouble, CAPTURE_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(t.error.text, "traceconvert"));
#endif
	forget(&t);
	drop(&p);
	drop(&a);
}
END_TEST

START_TEST(one_record_that_does_not_fit_makes_it_no_old_format)
{
	static const size_t telling[FOREIGNS] = { 8, 11, 22, 16 };
	struct pen p = { .big = true };
	struct told t;

	foreign_records(&p, _i, 5);
	p.at[4 * foreigns[_i].record + telling[_i]] ^= 0xf0;
	keep(&p);
	t = read_file();
	ck_assert(!t.opened);
	ck_assert_int_eq(t.error.trouble, CAPTURE_UNKNOWN);
	p.at[4 * foreigns[_i].record + telling[_i]] ^= 0xf0;
	p.at[3 * foreigns[_i].record + (_i == TSH ? 0 : 7)] = 1; /* long before the others */
	keep(&p);
	t = read_file();
	ck_assert(!t.opened);
	ck_assert_int_eq(t.error.trouble, CAPTURE_UNKNOWN);
	drop(&p);
}
END_TEST

START_TEST(no_wrong_byte_in_an_old_format_reaches_this_process)
{
	struct pen p = { .big = true };

	foreign_records(&p, _i, 4);
	for (size_t n = 0; n < foreigns[_i].record; n += n < 16 ? 1 : 9) {
		size_t at = 2 * foreigns[_i].record + n;
		struct told t;

		p.at[at] ^= 0x41;
		keep(&p);
		t = read_file();
		forget(&t); /* whatever it says, this process lives */
		p.at[at] ^= 0x41;
	}
	drop(&p);
}
END_TEST

/* --- what is no capture ------------------------------------------------------------------ */

#define OTHER(bytes, words) { bytes, sizeof bytes - 1, words }
static const struct {
	const char *bytes;
	size_t len;
	const char *words;
} others[] = {
	OTHER("\n <!DOCTYPE html><html><head><title>Log in</title>", "an HTML page, perhaps a login page"),
	OTHER("<HTML>\n", "an HTML page"),
	OTHER("\x89PNG\r\n\x1a\n", "a PNG image"),
	OTHER("\xff\xd8\xff\xe0", "a JPEG image"),
	OTHER("PK\x03\x04zip", "a ZIP archive"),
	OTHER("%PDF-1.4", "a PDF document"),
	OTHER("GMBU\0\2", "Network Monitor"),
	OTHER("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0>", "a core dump"),
	OTHER("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>", "a program"),
	OTHER("MZ\x90", "a Windows program"),
	OTHER("interfaces=[any]\nfilters=[host 192.0.2.1]\n1.203 wan1 out 192.0.2.1.500 -> 198.51.100.7.500: udp 292\n",
	  "FortiGate"),
	OTHER("12.345678 wan1 in 192.0.2.1.500 -> 198.51.100.7.500: udp 292\n", "FortiGate"),
	OTHER("12:00:01.000001 IP 192.0.2.1.500 > 198.51.100.7.500: isakmp\n", "tcpdump"),
	OTHER("reading from file\n2024-01-01 12:00:01.000001 IP6 a > b: isakmp\n", "tcpdump"),
	OTHER("2 packets captured\n\n   1: 12:00:01.000001       192.0.2.1.500 > 198.51.100.7.500:  udp 292\n", "Cisco ASA"),
	OTHER("0x0000: 4500 0140 0000 4000 4011\n", "a hex dump"),
	OTHER("hello\n", "a text file"),
	OTHER("{\"a\": 1}", "JSON"),
	OTHER("\xff\xfeh\0i\0", "UTF-16"),
	OTHER("\r\n\r\r\n", "text mode"),
	OTHER("welcome\r\n\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0", "tail -c +10"),
	OTHER("\x99\x98\x97\1\2\3", "not a capture of any kind"),
	OTHER("1MOyoQIABAAAAAAAAAAAAAAABAABAAAA", "base64 -d"),
};

START_TEST(what_is_no_capture_is_named)
{
	struct pen p = { .big = false };
	struct told t;

	raw(&p, others[_i].bytes, others[_i].len);
	keep(&p);
	t = read_file();
	ck_assert(!t.opened);
	ck_assert_int_eq(t.error.trouble, CAPTURE_UNKNOWN);
	ck_assert_msg(strstr(t.error.text, others[_i].words) != NULL, "%s, not %s", t.error.text,
		      others[_i].words);
	drop(&p);
}
END_TEST

START_TEST(archives_of_other_things_and_event_traces_are_named)
{
	struct pen p = { .big = false }, a = { .big = false };
	struct told t;

	raw(&p, (uint8_t[512]){ [257] = 'u', 's', 't', 'a', 'r' }, 512);
	pack(&a, 0, p.at, p.len);
	keep(&a);
	t = read_file();
	ck_assert_ptr_nonnull(strstr(t.error.text, "a tar archive"));
	memset(p.at, 0, p.len);
	memcpy(p.at + 0x48, "\2\0\2\xc0", 4);
	keep(&p);
	t = read_file();
	ck_assert_ptr_nonnull(strstr(t.error.text, "etl2pcapng"));
	drop(&a);
	pack(&a, 3, p.at, 0);
	keep(&a);
	t = read_file();
	ck_assert_int_eq(t.error.trouble, CAPTURE_EMPTY);
	drop(&p);
	drop(&a);
}
END_TEST

START_TEST(what_the_system_refuses_is_told_in_its_words)
{
	struct told t = read_with("/nonexistent/file", NULL);

	ck_assert_int_eq(t.error.trouble, CAPTURE_SYSTEM);
	ck_assert_str_eq(t.error.text, "No such file or directory");
	t = read_with(folder, NULL);
	ck_assert_int_eq(t.error.trouble, CAPTURE_SYSTEM);
	ck_assert_str_eq(t.error.text, "Is a directory");
	close(0);
	t = read_with("-", NULL);
	ck_assert_int_eq(t.error.trouble, CAPTURE_SYSTEM);
	keep(&(struct pen){ .big = false });
	t = read_file();
	ck_assert_int_eq(t.error.trouble, CAPTURE_EMPTY);
}
END_TEST

/* --- the corpus against tshark's counts -------------------------------------------------- */

/* Where the count differs from tshark's, for a reason. */
static const struct {
	const char *path;
	size_t count;
} reasons[] = {
	/* custom blocks: counted in frame numbers, but no frames */
	{ "container/pcapnggen-be-test018.pcapng", 4 },
	{ "container/pcapnggen-le-test018.pcapng", 4 },
	{ "container/pcapnggen-be-test102.pcapng", 5 },
	{ "container/pcapnggen-le-test102.pcapng", 5 },
	{ "container/pcapnggen-be-test202.pcapng", 8 },
	{ "container/pcapnggen-le-test202.pcapng", 8 },
	{ "container/libtrace-provenance.erf", 0 }, /* metadata alone */
	{ "container/pcpp-solaris.snoop", 0 },      /* refused, and named */
	{ "container/libpcap-pcapng-invalid-vers-2.pcapng",
	  1 }, /* 1.1: a minor version changes nothing */
	/* link types, and bits beside them, that tshark does not take: frames all the same */
	{ "container/tcpdump-brcm-tag.pcap", 23 },
	{ "malformed/tcpdump-frf16_magic_ie-oobr.pcap", 1 },
	{ "malformed/tcpdump-hoobr_juniper3.pcap", 1 },
	{ "malformed/tcpdump-juniper_es_oobr.pcap", 1 },
	{ "malformed/tcpdump-juniper_monitor_invalid_cookie_length.pcap", 1 },
	{ "malformed/tcpdump-vtp_asan-2.pcap", 1 },
	{ "malformed/tcpdump-vtp_asan.pcap", 1 },
	{ "malformed/pcpp-fuzz-5685520970809344.pcap", 1 },
	/* tshark takes them for the dialect of Red Hat 6.1, whose record headers are longer */
	{ "malformed/pcpp-fuzz-5766899836387328.pcap", 1 },
	{ "malformed/pcpp-fuzz-crash-8534c61cdf5987.pcap",
	  1 }, /* its second record is a hole of zeros */
};

static size_t expected(const char *path, size_t tshark)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (!strcmp(reasons[i].path, path))
			return reasons[i].count;
	return tshark;
}

START_TEST(the_corpus_counts_as_tshark_counts_it)
{
	char path[1024], *line = NULL, name[256];
	size_t room = 0, tshark;
	FILE *catalog;

	snprintf(path, sizeof path, "%s/CATALOG-expect.jsonl", corpus());
	catalog = fopen(path, "r");
	while (catalog && getline(&line, &room, catalog) > 0) {
		const char *packets = strstr(line, "\"packets\": ");
		struct told t;

		ck_assert_int_eq(sscanf(line, "{\"file\": \"%255[^\"]\"", name), 1);
		ck_assert(packets && sscanf(packets, "\"packets\": %zu", &tshark) == 1);
		snprintf(path, sizeof path, "%s/%s", corpus(), name);
#if !HAVE_LIBTRACE
		if (strstr(name, ".erf"))
			continue;
#endif
		t = read_with(path, NULL);
		ck_assert_msg(t.count == expected(name, tshark), "%s: %zu frames, not %zu (%s)",
			      name, t.count, expected(name, tshark), t.error.text);
		forget(&t);
	}
	free(line);
	if (catalog)
		fclose(catalog);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture");
	TCase *t = tcase_create("all");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_test(t, every_capture_at_hand_reads_as_libpcap_reads_it);
	tcase_add_loop_test(t, pcap_in_both_orders_and_precisions_reads_as_libpcap_reads_it, 0, 4);
	tcase_add_test(t, modified_pcap_tells_the_direction);
	tcase_add_test(t, lengths_the_wrong_way_round_are_bounded_by_what_is_there);
	tcase_add_test(t, a_time_no_calendar_holds_is_the_last_one_that_does);
	tcase_add_loop_test(t, pcapng_in_every_resolution_reads_as_libpcap_reads_it, 0, 18);
	tcase_add_test(t, libpcap_and_we_agree_on_simple_and_obsolete_packets);
	tcase_add_loop_test(t, sections_and_interfaces_differ_and_are_counted_over_the_file, 0, 2);
	tcase_add_test(t, packets_of_no_interface_and_too_long_ones_are_damage);
	tcase_add_test(t, a_hundred_thousand_interfaces_are_stopped_by_a_limit);
	tcase_add_loop_test(t, every_prefix_of_a_pcap_tells_its_whole_records, 0, 2);
	tcase_add_loop_test(t, every_prefix_of_a_pcapng_tells_its_whole_blocks, 0, 2);
	tcase_add_loop_test(t, a_pcap_record_with_a_wrong_length_is_skipped_and_the_rest_is_told, 0,
			    9);
	tcase_add_test(t, garbage_holes_and_lost_bytes_cost_no_other_frame);
	tcase_add_test(t, a_record_of_another_time_that_leads_nowhere_is_no_frame);
	tcase_add_loop_test(t, pcapng_goes_on_at_the_next_block_whose_lengths_agree, 0, 2);
	tcase_add_loop_test(t, no_single_wrong_byte_costs_more_than_two_frames, 0, 4);
	tcase_add_loop_test(t, time_that_runs_back_by_more_than_a_second_is_noted, 0, 5);
	tcase_add_loop_test(t, archives_are_read_to_the_end_of_their_last_stream, 0, PACKINGS);
	tcase_add_loop_test(t, a_cut_archive_gives_what_it_holds, 0, PACKINGS);
	tcase_add_loop_test(t, an_archive_is_not_unpacked_beyond_the_limit, 0, PACKINGS);
	tcase_add_test(t, an_archive_that_packs_better_than_a_capture_can_is_a_bomb);
	tcase_add_loop_test(t, a_spoilt_archive_never_harms, 0, PACKINGS);
	tcase_add_loop_test(t, standard_input_may_come_in_drops, 0, 1 + PACKINGS);
	tcase_add_loop_test(t, a_wish_to_stop_ends_a_pipe_that_stays_open, 0, 1 + PACKINGS);
	tcase_add_test(t, nothing_stays_open);
	tcase_add_loop_test(t, a_filter_holds_frames_back_that_keep_their_numbers, 0, 4);
	tcase_add_loop_test(t, a_name_in_a_filter_is_not_asked_of_the_network, 0, 4);
	tcase_add_loop_test(t, old_formats_are_read_by_what_is_in_them, 0, 2 * FOREIGNS);
	tcase_add_loop_test(t, one_record_that_does_not_fit_makes_it_no_old_format, 0, FOREIGNS);
	tcase_add_loop_test(t, no_wrong_byte_in_an_old_format_reaches_this_process, 0, FOREIGNS);
	tcase_add_test(t, a_filter_is_compiled_for_each_link_type);
	tcase_add_test(t, link_types_have_names);
	tcase_add_test(t, erf_is_read_with_its_extension_headers_and_without_its_metadata);
#if HAVE_LIBTRACE
	tcase_add_loop_test(t, what_ends_libtrace_keeps_the_frames_before, 0, 2);
	tcase_add_test(t, no_wrong_byte_in_an_erf_reaches_this_process);
#endif
	tcase_add_loop_test(t, what_is_no_capture_is_named, 0, sizeof others / sizeof *others);
	tcase_add_test(t, archives_of_other_things_and_event_traces_are_named);
	tcase_add_test(t, what_the_system_refuses_is_told_in_its_words);
	tcase_add_test(t, the_corpus_counts_as_tshark_counts_it);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
