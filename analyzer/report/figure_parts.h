/*
 * report/figure_parts.h - what figures are made of. Private to the room.
 *
 * A figure is a row of the table in figure.c: whether this tunnel gets it, how it
 * is drawn at one width, and its words. Drawing sets the height of the list.
 */
#ifndef ANALYZER_REPORT_FIGURE_PARTS_H
#define ANALYZER_REPORT_FIGURE_PARTS_H

#include "analyzer/report/draw.h"
#include "analyzer/report/figure.h"
#include "analyzer/report/parts.h"

enum { FIGURE_WIDE = 880, FIGURE_NARROW = 358, FIGURE_ROWS = 500 };

struct scene { /* one tunnel of the model */
	const json_t *model, *tunnel;
	unsigned captures;
};

struct figure {
	const char *name;
	bool (*wanted)(const struct scene *s);
	void (*draw)(const struct scene *s, struct draw *d, bool narrow);
	void (*tell)(const struct scene *s, json_t *figure); /* puts title, caption, alt, table */
};

extern const struct figure figures[];
extern const size_t figures_len;

/* figure.c */
const char *figure_address(const struct scene *s, const char *side);
const char *figure_end(const struct scene *s, const char *side); /* its name, or else its address */
bool figure_recorded(const struct scene *s, const char *side);
bool figure_fault(const struct scene *s); /* the tunnel fails: only then is anything red */
bool figure_about(const struct scene *s, const char *const *ids, size_t n); /* is the verdict one of these? */
void figure_say(json_t *figure, const char *name, enum word w, const struct fill *fills, size_t n);
#define FIGURE_SAY(figure, name, w, ...) \
	figure_say(figure, name, w, (const struct fill[]){ __VA_ARGS__ }, \
		   sizeof((const struct fill[]){ __VA_ARGS__ }) / sizeof(struct fill))
void figure_add_sentence(json_t *figure, const char *name, json_t *take_sentence);
/* A table with these heads; rows are put in by figure_row(), which counts those beyond FIGURE_ROWS. */
json_t *figure_table(const enum word *heads, size_t n);
void figure_row(json_t *table, json_t *take_cells);
json_t *figure_seconds(double at);      /* 0.004 */
json_t *figure_clock(const char *rfc3339); /* 2026-11-22 05:51:25.015123 UTC */
json_t *figure_number(json_int_t n);
json_t *figure_frames(const struct scene *s, const json_t *frames, const char *between); /* 12–21 */

/* The first of n texts that fits; NULL when none does. */
const char *figure_fitting(enum face face, double room, const char *const *texts, size_t n);
/* Text as lines of at most `room`: draws up to `most` of them from y on, 16 apart, and returns how many. */
size_t figure_lines(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x,
		    double y, double room, size_t most, const char *text);
/* How many it would be. */
size_t figure_lines_of(enum face face, double room, size_t most, const char *text);

/* figure_ladder.c */
bool ladder_wanted(const struct scene *s);
void ladder_draw(const struct scene *s, struct draw *d, bool narrow);
void ladder_tell(const struct scene *s, json_t *figure);

#endif
