/*
 * Where the recording itself has holes: a file of a ring that is not here, records
 * that are damaged, octets that are missing from a TCP stream, packets that the
 * recorder lost. What it does not hold of such a time may have been there all
 * the same: a silence that reaches into a hole is none (diagnoses.md 0.3 `whole`).
 */
#include "analyzer/track/state.h"

#include <math.h>

#include "dissect/base/mem.h"

enum { STREAM_HOLES = 16, PAUSES = 3, LEAST_S = 2, ENOUGH_FRAMES = 20 };

static const double CHANCE = 0.01; /* of losing every answer, from which on a silence tells nothing */

/* The recorder may have slept through this time: the last frame before, the first one behind. */
static void add(struct track *t, int64_t from_ns, int64_t to_ns)
{
	struct hole *h;

	if (t->holes_len == MAX_HOLES) {
		t->holes[MAX_HOLES - 1].to_ns = to_ns;
		return;
	}
	h = MEM_PUSH(t->holes, t->holes_len, t->holes_room);
	*h = (struct hole){ from_ns, to_ns };
}

void hole_before(struct track *t, uint32_t capture, const struct frame *f)
{
	if (t->last_frame.frame && t->last_frame.capture == capture)
		add(t, t->last_frame.time_ns, f->time_ns);
}

/* From here on until the next packet of this sender that can be read. */
void hole_in_stream(struct track *t, const struct message *m)
{
	uint8_t from = 2;
	struct tunnel *n = m->packet ? tunnel_find(t, m->packet, &from) : NULL;
	struct hole *h;

	if (!n || from > 1 || n->is_astray[from])
		return;
	n->is_astray[from] = true;
	if (n->stream_holes_len[from] == STREAM_HOLES)
		return; /* the last one goes on */
	h = MEM_PUSH(n->stream_holes[from], n->stream_holes_len[from], n->stream_holes_room[from]);
	*h = (struct hole){ m->seen.time_ns, INT64_MAX };
}

void hole_over(struct tunnel *n, uint8_t from, int64_t now_ns)
{
	if (n->is_astray[from])
		n->stream_holes[from][n->stream_holes_len[from] - 1].to_ns = now_ns;
	n->is_astray[from] = false;
}

/*
 * Between the files of a ring lies a moment, as between any two frames. One that is
 * much longer than every pause inside of them looks like a file that is missing,
 * where there are frames enough to know their pauses.
 */
static void between_files(struct track *t)
{
	for (size_t i = 1; i < t->sources_len; i++) {
		const struct source *before = &t->sources[i - 1], *s = &t->sources[i];
		int64_t gap = s->has_time && before->has_time ? s->first_ns - before->last_ns : 0;

		if (gap > LEAST_S * SECOND_NS && gap / PAUSES > t->pause_ns && before->counts.frames >= ENOUGH_FRAMES &&
		    s->counts.frames >= ENOUGH_FRAMES)
			add(t, before->last_ns, s->first_ns);
	}
}

void holes_find(struct track *t)
{
	uint64_t frames = 0, drops = 0, lost = 0, of = 0;

	between_files(t);
	for (size_t i = 0; i < t->sources_len; i++) {
		frames += t->sources[i].counts.frames;
		drops += t->sources[i].told.drops;
	}
	if (!drops && !t->holes_len)
		liveness_recorder_loss(t, &lost, &of, NULL);
	if (drops)
		t->missing = (double)drops / ((double)drops + (double)frames);
	else if (lost)
		t->missing = (double)lost / (double)of;
}

int64_t hole_after(const struct track *t, int64_t ns)
{
	int64_t end_ns = t->end_ns;

	for (size_t i = 0; i < t->holes_len; i++)
		if (t->holes[i].to_ns > ns && t->holes[i].from_ns < end_ns)
			end_ns = t->holes[i].from_ns < ns ? ns : t->holes[i].from_ns;
	return end_ns;
}

bool hole_between(const struct track *t, int64_t from_ns, int64_t to_ns)
{
	return to_ns > from_ns && hole_after(t, from_ns) < to_ns;
}

bool hole_of_sender(const struct tunnel *n, uint8_t sender, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < n->stream_holes_len[sender]; i++)
		if (n->stream_holes[sender][i].from_ns <= to_ns && n->stream_holes[sender][i].to_ns >= from_ns)
			return true;
	return false;
}

bool hole_may_hide(const struct track *t, uint32_t sends)
{
	return t->missing > 0 && pow(t->missing, sends ? sends : 1) > CHANCE;
}
