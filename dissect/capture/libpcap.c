/*
 * Filter expressions and names of link types; libpcap reads no file here.
 *
 * libpcap asks the resolver for every name in an expression. A child without sockets compiles: it can
 * ask /etc/hosts and /etc/services, but nobody outside. It does so for every link type at once, since a
 * locked process could not start it when a capture changes its link type on the way.
 */
#include <pcap/pcap.h>
#include <stdio.h>

#include "dissect/base/mem.h"
#include "dissect/capture/reader.h"

enum { LINKS = 320 }; /* tcpdump.org/linktypes.html ends before */

static const char broken[] = "libpcap failed to compile it";

struct answer { /* of the child; what comes after it is a program, or words when it has no instructions */
	uint16_t link, words;
	uint32_t instructions;
};

struct program {
	uint16_t link;
	struct bpf_program code;
};

struct filter {
	struct program *programs;
	size_t count, room;
	size_t recent; /* the one used last */
};

/* LINKTYPE_ numbers that are not the DLT_ numbers of this system: tcpdump.org/linktypes.html. */
static int dlt_of(uint16_t link)
{
	switch (link) {
	case 14: /* raw IP as OpenBSD writes it */
	case 101:
		return DLT_RAW;
	case 100:
		return DLT_ATM_RFC1483;
	case 102:
		return DLT_SLIP_BSDOS;
	case 103:
		return DLT_PPP_BSDOS;
	case 106:
		return DLT_ATM_CLIP;
	case 246:
		return DLT_PFSYNC;
	}
	return link;
}

const char *capture_link_name(uint16_t link)
{
	return pcap_datalink_val_to_name(dlt_of(link));
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		mem_free(f->programs[i].code.bf_insns);
	mem_free(f->programs);
	mem_free(f);
}

/* --- the child --------------------------------------------------------------------------- */

static void answer_words(struct feed *f, uint16_t link, const char *words)
{
	struct answer a = { .link = link, .words = (uint16_t)strlen(words) };

	feed_write(f, &a, sizeof a);
	feed_write(f, words, a.words);
}

static bool compile(struct feed *f, const char *expression, uint16_t link, bool tell_why)
{
	pcap_t *dead = pcap_open_dead(dlt_of(link), MAX_PACKET);
	struct answer a = { .link = link };
	struct bpf_program code;
	bool fits;

	if (!dead)
		return false;
	fits = !pcap_compile(dead, &code, expression, 1, PCAP_NETMASK_UNKNOWN);
	if (fits) {
		a.instructions = code.bf_len;
		feed_write(f, &a, sizeof a);
		feed_write(f, code.bf_insns, code.bf_len * sizeof *code.bf_insns);
		pcap_freecode(&code);
	} else if (tell_why) {
		answer_words(f, link, pcap_geterr(dead));
	}
	pcap_close(dead);
	return fits;
}

/* head: the expression, with its end. First the link type that matters, or why not. */
enum child_end filter_compile(struct feed *f)
{
	const char *expression = (const char *)f->head;

	if (compile(f, expression, f->link, true))
		for (uint16_t link = 0; link < LINKS; link++)
			if (link != f->link && capture_link_name(link))
				compile(f, expression, link, false);
	return CHILD_FINE;
}

/* --- its parent -------------------------------------------------------------------------- */

static bool say(struct capture_error *ret, const char *why, size_t len)
{
	static const char *const names[] = { "unknown host", "unknown network", "unknown ether host" };
	bool is_name = false;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		is_name |= len > strlen(names[i]) && !memcmp(why, names[i], strlen(names[i]));
	ret->trouble = CAPTURE_FILTER;
	snprintf(ret->text, sizeof ret->text, "%.*s%s", (int)(len < 150 ? len : 150), why,
		 is_name ? ": no name is asked of the network, write the address" : "");
	return false;
}

/* The next answer; false when it is no program, and then *ret says why. */
static bool take(struct filter *f, struct input *in, struct capture_error *ret)
{
	struct program *p;
	struct answer a;
	size_t len;

	memcpy(&a, input_at(in), sizeof a);
	input_skip(in, sizeof a);
	len = a.instructions ? a.instructions * sizeof(struct bpf_insn) : a.words;
	if (!input_need(in, len))
		return true; /* the end: said below when there is nothing before it */
	if (!a.instructions)
		return say(ret, (const char *)input_at(in), len);
	if (bpf_validate((const struct bpf_insn *)(const void *)input_at(in), (int)a.instructions)) {
		p = MEM_PUSH(f->programs, f->count, f->room);
		p->link = a.link;
		p->code.bf_len = a.instructions;
		p->code.bf_insns = mem_copy(input_at(in), len);
	}
	input_skip(in, len);
	return true;
}

struct filter *filter_new(const char *expression, uint16_t link, struct capture_error *ret_error)
{
	struct feed feed = { .head = (const uint8_t *)expression, .head_len = strlen(expression) + 1,
			     .may_write = UINT64_MAX, .link = link };
	struct filter *f = mem_zero(sizeof *f);
	struct child child;
	struct input in;
	bool fits = true;
	int fd = child_start(&child, filter_compile, LOCK_NAMES, &feed, -1);

	if (fd >= 0) {
		input_init(&in, fd);
		while (fits && input_need(&in, sizeof(struct answer)))
			fits = take(f, &in, ret_error);
		child_wait(&child, true);
		input_clear(&in);
	}
	if (fits && f->count)
		return f;
	if (fits)
		say(ret_error, broken, sizeof broken - 1);
	filter_free(f);
	return NULL;
}

static const struct program *program_for(struct filter *f, uint16_t link)
{
	if (f->programs[f->recent].link == link)
		return &f->programs[f->recent];
	for (size_t i = 0; i < f->count; i++)
		if (f->programs[i].link == link) {
			f->recent = i;
			return &f->programs[i];
		}
	return NULL;
}

bool filter_lets(struct filter *f, const struct frame *frame)
{
	const struct program *p = program_for(f, frame->link);
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)frame->cap_len,
				      .len = frame->wire_len };

	return p && pcap_offline_filter(&p->code, &header, frame->at) != 0;
}
