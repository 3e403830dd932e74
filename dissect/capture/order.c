/*
 * Frames of one moment, in order of time. Cards with several queues, captures of all
 * devices and merged files have them a little out of order. At most ORDER_FRAMES are
 * held back, and none for longer than ORDER_NS of the recorder's time; what is further
 * behind is a clock that was set, and keeps its place. Equal times keep their order.
 *
 * Frames stay where the reader has them, and are copied only when its buffer moves.
 */
#include "dissect/base/mem.h"
#include "dissect/capture/reader.h"

enum { ORDER_FRAMES = 64, ORDER_MASK = ORDER_FRAMES - 1 };

#define ORDER_NS INT64_C(5000000)

struct order {
	struct held {
		struct frame frame;
		bool copied;
		uint8_t *copy;
		size_t room;
	} at[ORDER_FRAMES];
	uint64_t used;                /* bits of `at` */
	uint8_t by_time[ORDER_FRAMES]; /* places in `at`; a ring of `len`, from `first` on */
	unsigned first, len;
	struct frame next;            /* read, and not yet among them */
	bool has_next, ended;
};

struct order *order_new(void)
{
	return mem_zero(sizeof(struct order));
}

void order_free(struct order *o)
{
	if (!o)
		return;
	for (unsigned i = 0; i < ORDER_FRAMES; i++)
		mem_free(o->at[i].copy);
	mem_free(o);
}

static uint8_t *place(struct order *o, unsigned n)
{
	return &o->by_time[(o->first + n) & ORDER_MASK];
}

/* Of those that are held, by time. */
static struct held *nth(struct order *o, unsigned n)
{
	return &o->at[*place(o, n)];
}

void order_keep(struct order *o)
{
	for (unsigned i = 0; i < o->len; i++) {
		struct held *h = nth(o, i);

		if (h->copied || !h->frame.cap_len)
			continue;
		if (h->frame.cap_len > h->room) {
			mem_free(h->copy);
			h->room = h->frame.cap_len;
			h->copy = mem_resize(NULL, h->room);
		}
		memcpy(h->copy, h->frame.at, h->frame.cap_len);
		h->frame.at = h->copy;
		h->copied = true;
	}
}

/* The next frame cannot come before the first one that is held, or stands behind all of them as a step back. */
static bool is_due(struct order *o)
{
	if (!o->has_next || o->len == ORDER_FRAMES)
		return true;
	return o->next.time_ns - nth(o, 0)->frame.time_ns > ORDER_NS ||
	       nth(o, o->len - 1)->frame.time_ns - o->next.time_ns > ORDER_NS;
}

static void insert(struct order *o)
{
	unsigned at = (unsigned)__builtin_ctzll(~o->used), n = o->len++;

	o->used |= UINT64_C(1) << at;
	o->at[at].frame = o->next;
	o->at[at].copied = false;
	o->has_next = false;
	for (; n && nth(o, n - 1)->frame.time_ns > o->next.time_ns; n--)
		*place(o, n) = *place(o, n - 1);
	*place(o, n) = (uint8_t)at;
}

bool order_next(struct order *o, struct capture *c, bool (*read)(struct capture *c, struct frame *ret),
		struct frame *ret)
{
	for (;;) {
		if (!o->has_next && !o->ended) {
			o->has_next = read(c, &o->next);
			o->ended = !o->has_next;
		}
		if (o->len && is_due(o)) {
			*ret = nth(o, 0)->frame; /* its bytes stay until the next frame is asked for */
			o->used &= ~(UINT64_C(1) << *place(o, 0));
			o->first += 1;
			o->len -= 1;
			return true;
		}
		if (!o->has_next)
			return false;
		insert(o);
	}
}
