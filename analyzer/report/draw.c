#include "analyzer/report/draw.h"

#include <string.h>

#include "analyzer/report/page.h"
#include "dissect/base/mem.h"

/* Average advance in em, of DejaVu: the widest font of the stack. */
static const struct {
	double size, em;
} faces[FACES] = {
	[FACE_PLAIN] = { 13, 0.62 },      [FACE_BOLD] = { 13, 0.68 },
	[FACE_SMALL] = { 12, 0.62 },      [FACE_SMALL_BOLD] = { 12, 0.68 },
	[FACE_MONO] = { 12, 0.602 },
};

void draw_init(struct draw *d, double width)
{
	*d = (struct draw){ .width = width };
}

void draw_clear(struct draw *d)
{
	for (size_t i = 0; i < d->len; i++)
		mem_free(d->shapes[i].text);
	mem_free(d->shapes);
	*d = (struct draw){ 0 };
}

static struct shape *add(struct draw *d, enum shape_kind kind, struct pen pen, double x1, double y1,
			 double x2, double y2)
{
	struct shape *s = MEM_PUSH(d->shapes, d->len, d->room);

	s->kind = kind;
	s->pen = pen;
	s->x1 = x1;
	s->y1 = y1;
	s->x2 = x2;
	s->y2 = y2;
	return s;
}

void draw_line(struct draw *d, struct pen pen, double x1, double y1, double x2, double y2)
{
	add(d, SHAPE_LINE, pen, x1, y1, x2, y2);
}

void draw_rect(struct draw *d, enum tone tone, double x, double y, double width, double height)
{
	add(d, SHAPE_RECT, (struct pen){ .tone = tone }, x, y, x + width, y + height);
}

void draw_dot(struct draw *d, enum tone tone, double x, double y, double radius)
{
	add(d, SHAPE_LINE, (struct pen){ .tone = tone, .width = 2 * radius, .round = true }, x, y, x,
	    y);
}

void draw_ring(struct draw *d, struct pen pen, double x, double y, double radius)
{
	add(d, SHAPE_RING, pen, x, y, radius, 0);
}

void draw_cross(struct draw *d, struct pen pen, double x, double y, double size)
{
	double half = size / 2;

	draw_line(d, pen, x - half, y - half, x + half, y + half);
	draw_line(d, pen, x - half, y + half, x + half, y - half);
}

void draw_head(struct draw *d, enum tone tone, double x, double y, double back_x, double back_y)
{
	add(d, SHAPE_HEAD, (struct pen){ .tone = tone }, x, y, back_x, back_y);
}

static void add_text(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x,
		     double y, const char *text, bool halo)
{
	struct shape *s = add(d, SHAPE_TEXT, (struct pen){ .tone = tone }, x, y, x, y);

	s->face = face;
	s->anchor = anchor;
	s->halo = halo;
	s->text = mem_string(text);
}

void draw_text(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x, double y,
	       const char *text)
{
	add_text(d, tone, face, anchor, x, y, text, false);
}

void draw_text_over(struct draw *d, enum tone tone, enum face face, enum anchor anchor, double x,
		    double y, const char *text)
{
	add_text(d, tone, face, anchor, x, y, text, true);
}

double draw_text_size(enum face face)
{
	return faces[face].size;
}

/* A wide character takes two cells of a terminal, and 1 em here; so does the sign of multiplication, nearly. */
double draw_text_width(enum face face, const char *text)
{
	size_t characters = 0, columns = cells(text), wide;

	for (const char *c = text; *c; c++)
		characters += ((unsigned char)*c & 0xc0) != 0x80;
	wide = columns > characters ? columns - characters : 0;
	for (const char *c = text; (c = strstr(c, "×")); c++)
		wide += wide < characters;
	return faces[face].size * ((double)(characters - wide) * faces[face].em + (double)wide);
}

size_t draw_cells(enum face face, double width)
{
	double n = width / (faces[face].size * faces[face].em);

	return n > 1 ? (size_t)n : 1;
}

struct box draw_text_box(const struct shape *s)
{
	double width = draw_text_width(s->face, s->text), size = faces[s->face].size;
	double left = s->anchor == AT_START    ? s->x1
		      : s->anchor == AT_MIDDLE ? s->x1 - width / 2
					       : s->x1 - width;

	return (struct box){ left, s->y1 - 0.8 * size, left + width, s->y1 + 0.2 * size };
}
