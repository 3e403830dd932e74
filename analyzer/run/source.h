/*
 * run/source.h - how a run opens its files, watches over their reading, and tells a track of them. Private to the room.
 */
#ifndef ANALYZER_RUN_SOURCE_H
#define ANALYZER_RUN_SOURCE_H

#include "analyzer/run/run.h"
#include "analyzer/track/track.h"
#include "dissect/capture/capture.h"

/*
 * All are opened before the first frame of any is looked at: the caller may lock itself in between. NULL
 * for those that cannot be; how many can.
 */
size_t source_open(const char *const *files, size_t n, const struct run_options *o, struct capture **captures,
		   struct run_trouble *ret);
/* False when this frame is not to be looked at. */
bool source_enter(const struct run_options *o, uint32_t file, uint64_t frame);
void source_told(struct track *t, uint32_t number, const char *file, const struct capture_info *info, bool whole);
void source_unreadable(struct track *t, uint32_t number, const char *file);

#endif
