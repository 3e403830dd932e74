/*
 * report/svg.h - a draw list as inline SVG.
 *
 * Lines and rectangles of one pen that follow each other become one path. The
 * element has classes and presentation attributes only; figure_css (report/figure.h) knows the classes.
 */
#ifndef ANALYZER_REPORT_SVG_H
#define ANALYZER_REPORT_SVG_H

#include "analyzer/report/draw.h"
#include "dissect/base/text.h"

/* alt: what the figure shows, in a sentence; plain text */
void svg_write(struct text *t, const struct draw *d, const char *alt);

#endif
