/*
 * report/figure.h - figures of the report as inline SVG, for pages.
 *
 * Figures come in reading order, and only those that tell something about the
 * verdict. Each is
 *   { "name":    "ladder", "sizes", "traffic", "gaps", "resends", "length", "strip",
 *     "title":   heading, "caption": text, "alt": one sentence that tells the finding,
 *     "wide":    "<svg ...>" 880 px wide, "narrow": the same laid out anew at 358 px,
 *     "table":   { "head": [text], "rows": [[text]], "left_out": count } }
 * The SVG is complete and escaped; it has classes and presentation attributes
 * alone: no ids, scripts or style attributes. Title, caption, alt and table are
 * plain text that the view escapes.
 */
#ifndef ANALYZER_REPORT_FIGURE_H
#define ANALYZER_REPORT_FIGURE_H

#include <jansson.h>

/* Reads the model alone. The caller owns the array. */
json_t *figures_of(const json_t *model, const json_t *tunnel);

/* Custom properties of tone.def, light and dark, and a rule for every class of a figure. */
extern const char figure_css[];

#endif
