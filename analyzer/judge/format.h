/*
 * judge/format.h - times, sizes, frames and counts as people read them, made in one place.
 *
 * Zone: the TZ of the process (cli sets it from --tz; UTC else).
 */
#ifndef ANALYZER_JUDGE_FORMAT_H
#define ANALYZER_JUDGE_FORMAT_H

#include <jansson.h>
#include <stdint.h>

#include "dissect/base/text.h"

void format_rfc3339(struct text *t, int64_t time_ns);        /* 2026-11-22T05:51:25.015123000Z, always UTC */
void format_time(struct text *t, int64_t time_ns);           /* 05:51:25.015 UTC */
void format_date_time(struct text *t, int64_t time_ns);      /* 2026-11-22 05:51:25 */
void format_duration(struct text *t, double seconds);        /* 4.86 s, 3 min 12 s, 0.8 ms */
void format_bytes(struct text *t, uint64_t n);               /* 1,396 bytes */
/* {n} in the sentence becomes n, any other place rest. */
void format_filled(struct text *t, const char *sentence, const char *n, const char *rest);
void format_count(struct text *t, uint64_t n, uint64_t of);  /* 7 of 7; of 0: 7 */
/* f: number, or [capture, number]; several captures are lettered: #12, B#12 */
void format_letter(struct text *t, unsigned capture);        /* of a file among several: A, B, ... */
void format_frame(struct text *t, const json_t *f, unsigned captures);
void format_frames(struct text *t, const json_t *list, unsigned captures); /* #3, #5-7 and 9 more */
void format_sentences(struct text *t, const char *first, const char *second);

#endif
