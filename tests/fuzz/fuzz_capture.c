/*
 * fuzz_capture.c - files through the readers of pcap and pcapng.
 *
 * What only a child process reads is left out: its libraries are not ours, and it would cost more
 * than all the rest. So is what it makes: filters.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dissect/capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_ours(const uint8_t *at, size_t size)
{
	static const char magics[][5] = { "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d",
					  "\x4d\x3c\xb2\xa1", "\x0a\x0d\x0d\x0a" };

	for (size_t i = 0; size >= 4 && i < sizeof magics / sizeof *magics; i++)
		if (!memcmp(at, magics[i], 4))
			return true;
	return false;
}

/* Every octet that is lent is there; numbers rise; a frame is not longer than its record says. */
static void read_all(struct capture *c)
{
	volatile uint8_t sum = 0;
	uint64_t number = 0;
	struct frame f;

	while (capture_next(c, &f)) {
		for (size_t i = 0; i < f.cap_len; i++)
			sum = (uint8_t)(sum + f.at[i]);
		if (f.number <= number || f.cap_len > f.wire_len ||
		    f.interface >= capture_info(c)->interfaces)
			abort();
		number = f.number;
	}
}

static void read_text(const char *text)
{
	volatile size_t len = text ? strlen(text) : 0;

	(void)len;
}

static void look_at(const struct capture_info *info)
{
	for (uint32_t i = 0; i < info->interfaces; i++) {
		read_text(info->interface[i].name);
		read_text(info->interface[i].filter);
		read_text(info->interface[i].os);
	}
	read_text(info->comment);
	read_text(info->application);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture_options o = { 0 };
	struct capture_error error;
	struct capture *c;
	char path[32];
	int fd;

	if (!is_ours(data, size))
		return 0;
	fd = memfd_create("capture", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	c = capture_open(path, &o, &error);
	if (c) {
		read_all(c);
		look_at(capture_info(c));
		capture_close(c);
	}
	close(fd);
	return 0;
}
