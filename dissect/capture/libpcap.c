/* Filter expressions and names of link types; libpcap reads no file here. */
#include <pcap/pcap.h>
#include <stdio.h>

#include "dissect/base/mem.h"
#include "dissect/capture/reader.h"

struct program {
	uint16_t link;
	bool fits;
	struct bpf_program code;
};

struct filter {
	char *expression;
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

struct filter *filter_new(const char *expression)
{
	struct filter *f = mem_zero(sizeof *f);

	f->expression = mem_string(expression);
	return f;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		if (f->programs[i].fits)
			pcap_freecode(&f->programs[i].code);
	mem_free(f->programs);
	mem_free(f->expression);
	mem_free(f);
}

static void say(struct capture_error *ret, const char *why)
{
	if (!ret)
		return;
	ret->trouble = CAPTURE_FILTER;
	snprintf(ret->text, sizeof ret->text, "%s", why);
}

static void compile(struct filter *f, struct program *p, struct capture_error *ret_error)
{
	pcap_t *dead = pcap_open_dead(dlt_of(p->link), MAX_PACKET);

	if (!dead) {
		say(ret_error, "libpcap has no memory");
		return;
	}
	p->fits = pcap_compile(dead, &p->code, f->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!p->fits)
		say(ret_error, pcap_geterr(dead));
	pcap_close(dead);
}

static struct program *program_for(struct filter *f, uint16_t link, struct capture_error *ret_error)
{
	struct program *p;

	if (f->recent < f->count && f->programs[f->recent].link == link)
		return &f->programs[f->recent];
	for (f->recent = 0; f->recent < f->count; f->recent++)
		if (f->programs[f->recent].link == link)
			return &f->programs[f->recent];
	p = MEM_PUSH(f->programs, f->count, f->room);
	p->link = link;
	compile(f, p, ret_error);
	return p;
}

bool filter_fits(struct filter *f, uint16_t link, struct capture_error *ret_error)
{
	return program_for(f, link, ret_error)->fits;
}

bool filter_lets(struct filter *f, const struct frame *frame)
{
	const struct program *p = program_for(f, frame->link, NULL);
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)frame->cap_len,
				      .len = frame->wire_len };

	return p->fits && pcap_offline_filter(&p->code, &header, frame->at) != 0;
}
