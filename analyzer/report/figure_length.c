/*
 * What an encrypted answer can be by its length: boxes for what there is room
 * for, and a needle for the answer that came.
 */
#include "analyzer/report/figure_parts.h"

enum { BOX = 24, OUTCOMES = 3 };

static const struct outcome {
	const char *key;
	enum word name;
} outcomes[OUTCOMES] = {
	{ "error", W_figure_room_error },
	{ "proof", W_figure_room_proof },
	{ "success", W_figure_room_success },
};

static const json_t *length_of(const struct scene *s)
{
	return json_object_get(json_object_get(s->tunnel, "series"), "length");
}

bool length_wanted(const struct scene *s)
{
	return length_of(s) != NULL;
}

/* The last outcome whose room the answer has. */
static int fitting(const json_t *l)
{
	int found = 0;

	for (int i = 0; i < OUTCOMES; i++)
		if (int_of(l, "bytes") >= int_of(l, outcomes[i].key))
			found = i;
	return found;
}

static json_t *box_name(const json_t *l, int i)
{
	char bytes[24];

	snprintf(bytes, sizeof bytes, "%lld", (long long)int_of(l, outcomes[i].key));
	return FILLED(outcomes[i].name, { "bytes", bytes });
}

void length_draw(const struct scene *s, struct draw *d, bool narrow)
{
	const json_t *l = length_of(s);
	double most = (double)int_of(l, "success") * 1.4, y = 40, needle;
	struct axis a = { 0, most, 12, d->width - 12 };
	enum tone lost = figure_fault(s) ? TONE_fault : TONE_ink;
	char bytes[24];
	json_t *text;

	(void)narrow;
	snprintf(bytes, sizeof bytes, "%lld", (long long)int_of(l, "bytes"));
	text = FILLED(W_figure_this_answer, { "bytes", bytes });
	for (int i = 0; i < OUTCOMES; i++) {
		double from = axis_x(&a, (double)int_of(l, outcomes[i].key));
		double to = i + 1 < OUTCOMES ? axis_x(&a, (double)int_of(l, outcomes[i + 1].key)) - 8 : a.right;
		bool fits = i == fitting(l);
		json_t *name = box_name(l, i);
		enum face face = fits ? FACE_SMALL_BOLD : FACE_SMALL;
		double at = from, width = draw_text_width(face, json_string_value(name));

		draw_rect(d, fits ? TONE_faultwash : TONE_wash, from, y - BOX, to - from, BOX);
		draw_line(d, (struct pen){ TONE_edge, 1, SOLID, false }, from, y - BOX, from, y);
		if (at + width > d->width)
			at = d->width - width > 0 ? d->width - width : 0;
		draw_text(d, fits ? lost : TONE_soft, face, AT_START, at, y + 44 + 16 * i,
			  json_string_value(name));
		json_decref(name);
	}
	needle = axis_x(&a, (double)int_of(l, "bytes"));
	draw_line(d, (struct pen){ lost, 2.5, SOLID, false }, needle, y - BOX - 2, needle, y);
	if (needle + draw_text_width(FACE_BOLD, json_string_value(text)) <= d->width)
		draw_text(d, lost, FACE_BOLD, AT_START, needle - 1, 11, json_string_value(text));
	else
		chart_text(d, lost, FACE_BOLD, needle, 11, json_string_value(text));
	axis_draw(d, &a, y, UNIT_BYTES);
	d->height = y + 44 + 16 * OUTCOMES - 8;
	json_decref(text);
}

void length_tell(const struct scene *s, json_t *figure)
{
	static const enum word heads[] = { W_table_bytes, W_table_room };
	const json_t *l = length_of(s);
	static const enum word said[OUTCOMES] = { W_figure_length_alt_error, W_figure_length_alt_proof,
						  W_figure_length_alt_success };
	json_t *t = figure_table(heads, sizeof heads / sizeof *heads);
	char bytes[24];

	snprintf(bytes, sizeof bytes, "%lld", (long long)int_of(l, "bytes"));
	for (int i = 0; i < OUTCOMES; i++)
		figure_row(t, json_pack("[o,o]", figure_number(int_of(l, outcomes[i].key)), box_name(l, i)));
	figure_row(t, json_pack("[s,s]", bytes, word(W_table_this_answer)));
	put(figure, "title", json_string(word(W_figure_length)));
	put(figure, "caption", json_string(word(W_figure_length_caption)));
	FIGURE_SAY(figure, "alt", said[fitting(l)], { "bytes", bytes },
		   { "end", figure_end(s, text_or(l, "from", "b")) });
	put(figure, "table", t);
}
