#include "analyzer/report/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/figure.h"

static const char *const tone_names[TONES] = {
#define TONE(token, light, dark, use) [TONE_##token] = #token,
#include "analyzer/report/tone.def"
#undef TONE
};

const char figure_css[] =
	":root{color-scheme:light dark;"
#define TONE(token, light, dark, use) "--" #token ":" light ";"
#include "analyzer/report/tone.def"
#undef TONE
	"}\n@media screen and (prefers-color-scheme:dark){:root{"
#define TONE(token, light, dark, use) "--" #token ":" dark ";"
#include "analyzer/report/tone.def"
#undef TONE
	"}}\n"
	".draw{display:block;max-width:100%;height:auto;font-variant-numeric:tabular-nums}\n"
	".draw text{font-size:13px;stroke:none;letter-spacing:0}\n"
	".draw .b{font-weight:600}\n"
	".draw .s{font-size:12px}\n"
	".draw .m{font-size:12px;font-family:ui-monospace,\"SF Mono\",Menlo,Consolas,\"Cascadia Mono\","
	"\"DejaVu Sans Mono\",\"Liberation Mono\",\"Noto Sans Mono CJK SC\",monospace}\n"
	".draw .h{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}\n"
#define TONE(token, light, dark, use) \
	".draw .f-" #token "{fill:var(--" #token ")}.draw .s-" #token "{fill:none;stroke:var(--" #token ")}\n"
#include "analyzer/report/tone.def"
#undef TONE
	;

/* Wire text stays text; nothing in it ends an attribute or an element. */
static void add_escaped(struct text *t, const char *s)
{
	struct text safe;

	text_init(&safe);
	text_add_wire(&safe, (struct bytes){ (const uint8_t *)s, strlen(s) });
	for (const char *c = safe.at; *c; c++)
		switch (*c) {
		case '&': text_add(t, "&amp;"); break;
		case '<': text_add(t, "&lt;"); break;
		case '>': text_add(t, "&gt;"); break;
		case '"': text_add(t, "&quot;"); break;
		case '\'': text_add(t, "&#39;"); break;
		default: text_add_bytes(t, c, 1);
		}
	text_clear(&safe);
}

/* A tenth of a pixel is enough; a point or minus, whatever the locale. */
static void add_number(struct text *t, double x)
{
	long tenths = lround(x * 10);

	text_addf(t, "%s%ld", tenths < 0 ? "-" : "", labs(tenths) / 10);
	if (tenths % 10)
		text_addf(t, ".%ld", labs(tenths) % 10);
}

static void add_pair(struct text *t, double x, double y)
{
	add_number(t, x);
	text_add(t, " ");
	add_number(t, y);
}

static void add_attribute(struct text *t, const char *name, double value)
{
	text_addf(t, " %s=\"", name);
	add_number(t, value);
	text_add(t, "\"");
}

static bool same_pen(const struct shape *a, const struct shape *b)
{
	return a->kind == b->kind && a->pen.tone == b->pen.tone && a->pen.dash == b->pen.dash &&
	       a->pen.round == b->pen.round && fabs(a->pen.width - b->pen.width) < 0.01;
}

static void add_segment(struct text *t, const struct shape *s)
{
	double across = (s->y2 - s->y1) / 2, along = (s->x2 - s->x1) / 2;

	text_add(t, "M");
	add_pair(t, s->x1, s->y1);
	switch (s->kind) {
	case SHAPE_RECT:
		text_add(t, "H");
		add_number(t, s->x2);
		text_add(t, "V");
		add_number(t, s->y2);
		text_add(t, "H");
		add_number(t, s->x1);
		text_add(t, "Z");
		break;
	case SHAPE_HEAD: /* as wide at its back as it is long, nearly */
		text_add(t, "L");
		add_pair(t, s->x2 - across * 0.9, s->y2 + along * 0.9);
		text_add(t, "L");
		add_pair(t, s->x2 + across * 0.9, s->y2 - along * 0.9);
		text_add(t, "Z");
		break;
	default:
		text_add(t, "L");
		add_pair(t, s->x2, s->y2);
	}
}

static void add_stroke(struct text *t, const struct pen *p)
{
	add_attribute(t, "stroke-width", p->width);
	if (p->round)
		text_add(t, " stroke-linecap=\"round\"");
	if (p->dash != SOLID)
		text_addf(t, " stroke-dasharray=\"%s\"", p->dash == DASHED ? "5 4" : "2 4");
}

/* The run of shapes from i that one path can hold; returns the index behind it. */
static size_t add_path(struct text *t, const struct draw *d, size_t i)
{
	const struct shape *first = &d->shapes[i];
	bool filled = first->kind == SHAPE_RECT || first->kind == SHAPE_HEAD;

	text_addf(t, "<path class=\"%s-%s\"", filled ? "f" : "s", tone_names[first->pen.tone]);
	if (!filled)
		add_stroke(t, &first->pen);
	text_add(t, " d=\"");
	for (; i < d->len && same_pen(first, &d->shapes[i]); i++)
		add_segment(t, &d->shapes[i]);
	text_add(t, "\"/>\n");
	return i;
}

static void add_ring(struct text *t, const struct shape *s)
{
	text_addf(t, "<circle class=\"s-%s\"", tone_names[s->pen.tone]);
	add_attribute(t, "cx", s->x1);
	add_attribute(t, "cy", s->y1);
	add_attribute(t, "r", s->x2);
	add_stroke(t, &s->pen);
	text_add(t, "/>\n");
}

static void add_text(struct text *t, const struct shape *s)
{
	static const char *const classes[FACES] = { [FACE_PLAIN] = "",
						    [FACE_BOLD] = " b",
						    [FACE_SMALL] = " s",
						    [FACE_SMALL_BOLD] = " s b",
						    [FACE_MONO] = " m" };

	text_addf(t, "<text class=\"f-%s%s%s\"", tone_names[s->pen.tone], classes[s->face],
		  s->halo ? " h" : "");
	add_attribute(t, "x", s->x1);
	add_attribute(t, "y", s->y1);
	if (s->anchor != AT_START)
		text_addf(t, " text-anchor=\"%s\"", s->anchor == AT_MIDDLE ? "middle" : "end");
	text_add(t, ">");
	add_escaped(t, s->text);
	text_add(t, "</text>\n");
}

void svg_write(struct text *t, const struct draw *d, const char *alt)
{
	text_add(t, "<svg class=\"draw\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"");
	add_escaped(t, alt);
	text_add(t, "\"");
	add_attribute(t, "width", d->width);
	add_attribute(t, "height", d->height);
	text_add(t, " viewBox=\"0 0 ");
	add_pair(t, d->width, d->height);
	text_add(t, "\">\n");
	for (size_t i = 0; i < d->len;)
		switch (d->shapes[i].kind) {
		case SHAPE_TEXT: add_text(t, &d->shapes[i++]); break;
		case SHAPE_RING: add_ring(t, &d->shapes[i++]); break;
		default: i = add_path(t, d, i);
		}
	text_add(t, "</svg>\n");
}
