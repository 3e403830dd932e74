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
/* Does the id of the verdict begin with one of these words, set apart by blanks? */
bool figure_about(const struct scene *s, const char *beginnings);
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

/* figure_chart.c: what the charts share */
struct axis {
	double from, to;    /* values */
	double left, right; /* where they lie */
};
enum unit { UNIT_SECONDS, UNIT_BYTES, UNIT_NONE };

double axis_x(const struct axis *a, double value);
void axis_draw(struct draw *d, const struct axis *a, double y, enum unit unit);
double axis_round_up(double value); /* to what a tick may stand at */
json_t *chart_seconds(double s);    /* 0.92, 13.2, 180 */

/* A text with its middle at x, moved as far as the figure's edges ask. */
void chart_text(struct draw *d, enum tone tone, enum face face, double x, double y, const char *text);
/* The same where no other text lies; false when there is one. */
bool chart_text_free(struct draw *d, enum tone tone, enum face face, double x, double y,
		     const char *text);
/* Head of a panel: who, and what there is to say of it; returns the y below. */
double chart_head(struct draw *d, double y, const char *who, const char *what, enum tone tone);

/* figure_ladder.c */
bool ladder_wanted(const struct scene *s);
void ladder_draw(const struct scene *s, struct draw *d, bool narrow);
void ladder_tell(const struct scene *s, json_t *figure);

bool traffic_wanted(const struct scene *s);
void traffic_draw(const struct scene *s, struct draw *d, bool narrow);
void traffic_tell(const struct scene *s, json_t *figure);
bool strip_wanted(const struct scene *s);
void strip_draw(const struct scene *s, struct draw *d, bool narrow);
void strip_tell(const struct scene *s, json_t *figure);
bool sizes_wanted(const struct scene *s);
void sizes_draw(const struct scene *s, struct draw *d, bool narrow);
void sizes_tell(const struct scene *s, json_t *figure);
bool gaps_wanted(const struct scene *s);
void gaps_draw(const struct scene *s, struct draw *d, bool narrow);
void gaps_tell(const struct scene *s, json_t *figure);
bool resends_wanted(const struct scene *s);
void resends_draw(const struct scene *s, struct draw *d, bool narrow);
void resends_tell(const struct scene *s, json_t *figure);
bool length_wanted(const struct scene *s);
void length_draw(const struct scene *s, struct draw *d, bool narrow);
void length_tell(const struct scene *s, json_t *figure);

#endif
