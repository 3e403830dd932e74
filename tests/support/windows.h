/*
 * support/windows.h - every window of a message lies inside the frame or the
 * datagram it came from.
 *
 * Reads every octet that a message lends, so that ASan sees what does not exist.
 */
#ifndef TESTS_SUPPORT_WINDOWS_H
#define TESTS_SUPPORT_WINDOWS_H

#include "dissect/dissect.h"

static inline bool window_inside(struct bytes inner, struct bytes outer)
{
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < inner.len; i++)
		sum = (uint8_t)(sum + inner.at[i]);
	return !inner.len || (inner.at >= outer.at && inner.len <= outer.len &&
			      inner.at - outer.at <= (ptrdiff_t)(outer.len - inner.len));
}

static inline bool windows_inside(const struct message *m, struct bytes frame)
{
	const struct train *t = m->train;
	struct bytes outer = t ? t->head : frame;

	if (t && (!window_inside(t->head, t->head) || !t->count || t->head.len > 65535 ||
		  (t->complete && t->head.len > t->total)))
		return false;
	switch (m->kind) {
	case MSG_IKE:
		if (m->u.ike.carriage == CARRIED_TCP) /* lies in the stream, not in the frame */
			outer = m->u.ike.bytes;
		return window_inside(m->u.ike.bytes, outer) &&
		       m->u.ike.bytes.len <= m->u.ike.header.length && m->packet;
	case MSG_ICMP: return window_inside(m->u.icmp.quoted_payload, outer) && m->packet;
	case MSG_TRAIN: return t != NULL && m->packet;
	case MSG_ESP:
	case MSG_AH:
		if (m->u.esp.carriage == CARRIED_TCP)
			outer = m->u.esp.bytes;
		return window_inside(m->u.esp.bytes, outer) && m->u.esp.bytes.len >= 8 &&
		       m->u.esp.len >= 8 && m->packet;
	case MSG_FRAGMENT:
	case MSG_KEEPALIVE: return m->packet != NULL;
	case MSG_OTHER:
		return m->u.other.kind <= OTHER_BROKEN && window_inside(m->u.other.payload, outer);
	}
	return false;
}

#endif
