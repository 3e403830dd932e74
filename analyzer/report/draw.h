/*
 * report/draw.h - a draw list: the shapes and texts of one figure.
 *
 * Coordinates are CSS pixels from the top left corner. Shapes are painted in the
 * order of the list; a back end (svg.h) walks it and needs nothing else. Colours
 * are tones (tone.def), so that light, dark and paper differ in the back end
 * alone. Widths of text are estimated with the widest font of the stack: what
 * fits by draw_text_width() fits everywhere.
 *
 * The list owns its texts; what is handed in is copied.
 */
#ifndef ANALYZER_REPORT_DRAW_H
#define ANALYZER_REPORT_DRAW_H

#include <stdbool.h>
#include <stddef.h>

enum tone {
#define TONE(token, light, dark, use) TONE_##token,
#include "analyzer/report/tone.def"
#undef TONE
	TONES
};

enum dash { SOLID, DASHED, DOTTED }; /* 5-4, 2-4 */

struct pen {
	enum tone tone;
	double width;
	enum dash dash;
	bool round; /* ends: a line of no length is a dot */
};

enum face { /* size in pixels */
	FACE_PLAIN, /* 13 */
	FACE_BOLD,  /* 13 */
	FACE_SMALL, /* 12 */
	FACE_SMALL_BOLD,
	FACE_MONO, /* 12 */
	FACES
};

enum anchor { AT_START, AT_MIDDLE, AT_END };

enum shape_kind { SHAPE_LINE, SHAPE_RECT, SHAPE_HEAD, SHAPE_RING, SHAPE_TEXT };

struct shape {
	enum shape_kind kind;
	struct pen pen;         /* tone alone where something is filled: rect, head, text */
	double x1, y1, x2, y2;  /* line: its ends; rect: its corners; ring: centre, and x2 its radius */
	                        /* head: its point, and the middle of its back, as long as it is wide */
	enum face face;         /* of text: x1, y1 is where its base line begins, ends or has its middle */
	enum anchor anchor;
	bool halo;              /* paper around the letters: it lies over lines */
	char *text;
};

struct draw {
	double width, height;
	struct shape *shapes;
	size_t len, room;
};

void draw_init(struct draw *d, double width);
void draw_clear(struct draw *d);

void draw_line(struct draw *d, struct pen pen, double x1, double y1, double x2, double y2);
void draw_rect(struct draw *d, enum tone tone, double x, double y, double width, double height);
void draw_dot(struct draw *d, enum tone tone, double x, double y, double radius);
void draw_ring(struct draw *d, struct pen pen, double x, double y, double radius);
void draw_cross(struct draw *d, struct pen pen, double x, double y, double size); /* size: its width */
void draw_head(struct draw *d, enum tone tone, double x, double y, double back_x, double back_y);
void draw_text(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x, double y,
	       const char *text);
void draw_text_over(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x,
		    double y, const char *text); /* with a halo */

double draw_text_size(enum face face);
double draw_text_width(enum face face, const char *text);
size_t draw_cells(enum face face, double width); /* columns of text (report/page.h) that surely fit */

struct box { double left, top, right, bottom; };
struct box draw_text_box(const struct shape *text);

#endif
