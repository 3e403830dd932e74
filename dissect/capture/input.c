#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dissect/base/mem.h"
#include "dissect/capture/reader.h"

enum { BUFFER_LEN = 256 << 10 };

void input_init(struct input *in, int take_fd)
{
	*in = (struct input){ .fd = take_fd, .room = BUFFER_LEN };
	in->buffer = mem_resize(NULL, BUFFER_LEN);
}

void input_clear(struct input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	mem_free(in->buffer);
	*in = (struct input){ .fd = -1 };
}

bool input_told_to_stop(struct input *in)
{
	if (in->stop && *in->stop)
		in->stopped = in->ended = true;
	return in->stopped;
}

static void read_some(struct input *in)
{
	ssize_t n;

	do {
		if (input_told_to_stop(in))
			return;
		n = read(in->fd, in->buffer + in->to, in->room - in->to);
	} while (n < 0 && errno == EINTR);
	if (in->reads)
		*in->reads += 1;
	if (n < 0)
		in->error = errno;
	if (n <= 0)
		in->ended = true;
	else
		in->to += (size_t)n;
}

/* The buffer grows with the bytes that come, never because a length field says so. */
bool input_fill(struct input *in, size_t n)
{
	if (in->lends)
		order_keep(in->lends);
	if (in->from) {
		memmove(in->buffer, in->buffer + in->from, input_left(in));
		in->to -= in->from;
		in->from = 0;
	}
	while (in->to < n && !in->ended) {
		if (in->to == in->room) {
			in->room *= 2;
			in->buffer = mem_resize(in->buffer, in->room);
		}
		read_some(in);
	}
	return in->to >= n;
}
