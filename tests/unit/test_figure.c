/*
 * Figures of every sample, and of models made to be awkward: what is drawn stays
 * inside, no two texts lie on each other, and nothing of the wire becomes markup.
 */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "analyzer/report/figure_parts.h"
#include "analyzer/report/svg.h"
#include "analyzer/run/run.h"
#include "dissect/base/mem.h"
#include "tests/support/suite.h"

enum { MOST_FILES = 16, MOST_SAMPLES = 400 };

static const char *top(void)
{
	return getenv("TOP") ? getenv("TOP") : ".";
}

/* The report of one sample, read anew: its captures in order of name. */
static json_t *model_of(const char *sample)
{
	char *files[MOST_FILES];
	struct run_options o = { .version = "test" };
	struct run_trouble trouble = { 0 };
	static const char *const none[] = { NULL };
	struct judge_error error;
	struct judge *j = judge_new(none, &error);
	char folder[512];
	struct dirent **list;
	json_t *result, *model;
	size_t n = 0;
	int found;

	snprintf(folder, sizeof folder, "%s/samples/%s", top(), sample);
	found = scandir(folder, &list, NULL, alphasort);
	ck_assert_int_gt(found, 0);
	for (int i = 0; i < found; i++) {
		if (n < MOST_FILES && strstr(list[i]->d_name, ".pcap") &&
		    asprintf(&files[n], "%s/%s", folder, list[i]->d_name) > 0)
			n++;
		free(list[i]);
	}
	free(list);
	result = run_group((const char *const *)files, n, j, &o, &trouble);
	ck_assert_msg(result != NULL, "%s: %s", sample, trouble.text);
	model = json_incref(json_object_get(result, "model"));
	json_decref(result);
	while (n)
		free(files[--n]);
	judge_free(j);
	return model;
}

static bool apart(struct box a, struct box b)
{
	return a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom;
}

/* Half a pixel is a matter of rounding. */
static void holds_together(const struct draw *d, const char *where)
{
	ck_assert_msg(d->height > 0 && isfinite(d->height), "%s: height %f", where, d->height);
	for (size_t i = 0; i < d->len; i++) {
		const struct shape *s = &d->shapes[i];
		struct box own;

		ck_assert_msg(isfinite(s->x1) && isfinite(s->y1) && isfinite(s->x2) && isfinite(s->y2),
			      "%s: a shape of no place", where);
		if (s->kind != SHAPE_TEXT) {
			ck_assert_msg(s->x1 >= -0.5 && s->x1 <= d->width + 0.5 && s->y1 >= -0.5 &&
					      s->y1 <= d->height + 0.5,
				      "%s: a shape at %.1f %.1f", where, s->x1, s->y1);
			continue;
		}
		own = draw_text_box(s);
		ck_assert_msg(draw_text_size(s->face) >= 12, "%s: small text", where);
		ck_assert_msg(own.left >= -0.5 && own.right <= d->width + 0.5 && own.top >= -0.5 &&
				      own.bottom <= d->height + 0.5,
			      "%s: \"%s\" leaves the figure: %.1f %.1f to %.1f %.1f of %.0f x %.0f", where, s->text,
			      own.left, own.top, own.right, own.bottom, d->width, d->height);
		for (size_t k = i + 1; k < d->len; k++)
			if (d->shapes[k].kind == SHAPE_TEXT)
				ck_assert_msg(apart(own, draw_text_box(&d->shapes[k])),
					      "%s: \"%s\" lies on \"%s\"", where, s->text, d->shapes[k].text);
	}
}

static size_t drawn[16];

static void all_figures_hold(const json_t *model, const char *name)
{
	struct scene s = { .model = model,
			   .captures = (unsigned)json_array_size(json_object_get(model, "captures")) };
	json_t *tunnel;
	size_t i;

	json_array_foreach(json_object_get(model, "tunnels"), i, tunnel)
	{
		s.tunnel = tunnel;
		for (size_t k = 0; k < figures_len; k++)
			for (int narrow = 0; narrow < 2; narrow++) {
				struct draw d;
				char where[128];

				if (!figures[k].wanted(&s))
					continue;
				drawn[k] += 1;
				snprintf(where, sizeof where, "%.60s %s %s", name, figures[k].name,
					 narrow ? "narrow" : "wide");
				draw_init(&d, narrow ? FIGURE_NARROW : FIGURE_WIDE);
				figures[k].draw(&s, &d, narrow);
				holds_together(&d, where);
				draw_clear(&d);
			}
	}
}

static size_t samples(char ret[MOST_SAMPLES][64])
{
	char folder[512];
	struct dirent **list;
	size_t n = 0;
	int found;

	snprintf(folder, sizeof folder, "%s/samples", top());
	found = scandir(folder, &list, NULL, alphasort);
	for (int i = 0; i < found; i++) {
		if (*list[i]->d_name != '.' && n < MOST_SAMPLES)
			snprintf(ret[n++], 64, "%.63s", list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return n;
}

START_TEST(figures_of_all_samples_stay_inside_and_no_text_lies_on_another)
{
	static char names[MOST_SAMPLES][64];
	size_t n = samples(names);

	ck_assert_uint_gt(n, 20);
	for (size_t i = 0; i < n; i++) {
		json_t *model = model_of(names[i]);

		all_figures_hold(model, names[i]);
		json_decref(model);
	}
	for (size_t k = 0; k < figures_len; k++)
		if (strcmp(figures[k].name, "strip")) /* of two recordings */
			ck_assert_msg(drawn[k] > 0, "no sample draws %s", figures[k].name);
}
END_TEST

START_TEST(long_names_and_wide_characters_stay_inside_too)
{
	static const char *const names[] = {
		"2001:db8:1111:2222:3333:4444:5555:6002", "C=DE, O=Example Networks, OU=Branch offices, CN=gw-17.example.com",
		"\xe6\x80\xbb\xe9\x83\xa8\xe7\xbd\x91\xe5\x85\xb3\xe6\x80\xbb\xe9\x83\xa8\xe7\xbd\x91\xe5\x85\xb3"
		"\xe6\x80\xbb\xe9\x83\xa8\xe7\xbd\x91\xe5\x85\xb3\xe6\x80\xbb\xe9\x83\xa8\xe7\xbd\x91\xe5\x85\xb3",
		"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
	};
	static const char *const used[] = { "field-report-ezvpn", "large-packets-vanish", "healthy", "peer-unplugged" };

	for (size_t i = 0; i < sizeof used / sizeof *used; i++)
		for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
			json_t *model = model_of(used[i]);
			json_t *tunnel = json_array_get(json_object_get(model, "tunnels"), 0);
			json_t *rows = json_object_get(json_object_get(tunnel, "ladder"), "rows"), *row;
			size_t r;

			json_object_set_new(json_object_get(tunnel, "a"), "name", json_string(names[k]));
			json_object_set_new(json_object_get(tunnel, "b"), "name", json_string(names[k]));
			json_array_foreach(rows, r, row) json_object_set_new(row, "label", json_string(names[k]));
			all_figures_hold(model, names[k]);
			json_decref(model);
		}
}
END_TEST

START_TEST(times_of_centuries_and_frames_by_the_billion_stay_inside)
{
	json_t *model = model_of("field-report-ezvpn");
	json_t *tunnel = json_array_get(json_object_get(model, "tunnels"), 0);
	json_t *rows = json_object_get(json_object_get(tunnel, "ladder"), "rows"), *row, *burst;
	size_t i, k;

	json_array_foreach(rows, i, row)
	{
		json_object_set_new(row, "at", json_real(9.2e9 * (double)i));
		json_object_set_new(row, "frames", json_pack("[[i,I],[i,I]]", 0, (json_int_t)4000000000, 0,
							     (json_int_t)4000000001));
		json_object_set_new(row, "frames_b", json_deep_copy(json_object_get(row, "frames")));
		json_object_set_new(row, "bytes", json_integer(4000000000));
		json_array_foreach(json_object_get(row, "bursts"), k, burst)
			json_object_set_new(burst, "at", json_real(9.2e9 * (double)i + 1e6 * (double)k));
	}
	all_figures_hold(model, "centuries");
	json_decref(model);
}
END_TEST

START_TEST(markup_from_the_wire_stays_text)
{
	static const char *const bad[] = { "<script>alert(1)</script>", "\"><image href=x onerror=alert(1)>",
					   "</text></svg><h1>", "a' onload='alert(1)", "\x01\x1b[31m\xe2\x80\xae" };

	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		json_t *model = model_of("field-report-ezvpn"), *list, *figure;
		json_t *tunnel = json_array_get(json_object_get(model, "tunnels"), 0);
		json_t *rows = json_object_get(json_object_get(tunnel, "ladder"), "rows"), *row;
		size_t i;

		json_object_set_new(json_object_get(tunnel, "a"), "name", json_string(bad[k]));
		json_object_set_new(json_object_get(tunnel, "verdict"), "sentence", json_string(bad[k]));
		json_array_foreach(rows, i, row) json_object_set_new(row, "label", json_string(bad[k]));
		list = figures_of(model, tunnel);
		ck_assert_uint_gt(json_array_size(list), 0);
		json_array_foreach(list, i, figure)
		{
			const char *svg = json_string_value(json_object_get(figure, i % 2 ? "wide" : "narrow"));

			ck_assert_ptr_null(strstr(svg, "<script"));
			ck_assert_ptr_null(strstr(svg, "<image"));
			ck_assert_ptr_null(strstr(svg, "<h1"));
			ck_assert_ptr_null(strstr(svg, "onload='"));
			ck_assert_ptr_null(strstr(svg, " style="));
			ck_assert_ptr_null(strstr(svg, " id="));
			ck_assert_ptr_null(strpbrk(svg, "\x01\x1b"));
			ck_assert_ptr_null(strstr(svg, "\xe2\x80\xae"));
		}
		json_decref(list);
		json_decref(model);
	}
}
END_TEST

START_TEST(a_figure_says_what_it_shows_and_holds_its_data_as_a_table)
{
	json_t *model = model_of("large-packets-vanish"), *figure;
	json_t *list = figures_of(model, json_array_get(json_object_get(model, "tunnels"), 0));
	size_t i;

	ck_assert_uint_ge(json_array_size(list), 3);
	json_array_foreach(list, i, figure)
	{
		const json_t *table = json_object_get(figure, "table");
		size_t columns = json_array_size(json_object_get(table, "head"));
		json_t *row;
		size_t r;

		ck_assert_uint_gt(strlen(text_or(figure, "title", "")), 0);
		ck_assert_uint_gt(strlen(text_or(figure, "caption", "")), 0);
		ck_assert_uint_gt(strlen(text_or(figure, "alt", "")), 0);
		ck_assert_ptr_null(strchr(text_of(figure, "caption"), '{'));
		ck_assert_ptr_null(strchr(text_of(figure, "alt"), '{'));
		ck_assert_uint_gt(json_array_size(json_object_get(table, "rows")), 0);
		json_array_foreach(json_object_get(table, "rows"), r, row)
			ck_assert_uint_eq(json_array_size(row), columns);
	}
	json_decref(list);
	json_decref(model);
}
END_TEST

START_TEST(a_tunnel_that_works_has_no_red)
{
	static const char *const fine[] = { "healthy", "healthy-eap", "healthy-ikev1-ezvpn", "path-mtu-heeded" };

	for (size_t k = 0; k < sizeof fine / sizeof *fine; k++) {
		json_t *model = model_of(fine[k]), *figure;
		json_t *list = figures_of(model, json_array_get(json_object_get(model, "tunnels"), 0));
		size_t i;

		ck_assert_uint_eq(json_array_size(list), 2);
		json_array_foreach(list, i, figure)
		{
			ck_assert_ptr_null(strstr(text_of(figure, "wide"), "-fault"));
			ck_assert_ptr_null(strstr(text_of(figure, "narrow"), "-fault"));
		}
		json_decref(list);
		json_decref(model);
	}
}
END_TEST

/* Two recordings: frames of both, sizes that changed, and what was lost on the way. */
START_TEST(what_two_ends_show_ends_in_a_cross_or_at_the_other_end)
{
	json_t *model = model_of("field-report-ezvpn");
	json_t *tunnel = json_array_get(json_object_get(model, "tunnels"), 0);
	json_t *rows = json_object_get(json_object_get(tunnel, "ladder"), "rows"), *row, *list;
	const char *svg;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_object_set(row, "frames_b", json_object_get(row, "frames"));
		json_object_set_new(row, "fate", json_string(is_word(row, "kind", "icmp") ? "lost" : "arrived"));
		if (int_of(row, "bytes") > 1000)
			json_object_set_new(row, "bytes_there", json_integer(1300));
	}
	all_figures_hold(model, "two ends");
	list = figures_of(model, tunnel);
	svg = text_of(json_array_get(list, 0), "wide");
	ck_assert_ptr_nonnull(strstr(svg, "1396 B sent, 1300 B arrive"));
	ck_assert_ptr_nonnull(strstr(svg, ">lost</text>"));
	ck_assert_ptr_nonnull(strstr(svg, ">B#</text>"));
	ck_assert_ptr_null(strstr(text_of(json_array_get(list, 0), "caption"), "nobody recorded"));
	json_decref(list);
	json_decref(model);
}
END_TEST

static json_t *figure_named(const json_t *list, const char *name)
{
	json_t *figure;
	size_t i;

	json_array_foreach(list, i, figure) if (is_word(figure, "name", name)) return figure;
	return NULL;
}

START_TEST(two_recordings_show_sizes_and_times_of_what_was_lost)
{
	json_t *model = model_of("large-packets-vanish"), *list, *figure;
	json_t *tunnel = json_array_get(json_object_get(model, "tunnels"), 0);
	json_t *ends = json_loads(
		"{\"ways\": {\"a\": {\"sent\": 19, \"lost\": 6, \"classes\": {\"esp_udp\": {\"sent\": 17, \"lost\": 6,"
		" \"first\": 2.5, \"sizes\": [{\"bytes\": 132, \"sent\": 3, \"lost\": 0}, {\"bytes\": 164, \"sent\": 8,"
		" \"lost\": 0}, {\"bytes\": 1412, \"sent\": 6, \"lost\": 6}], \"limit\": {\"arrives\": 164, \"lost\": 1412},"
		" \"shape\": {\"bins\": {\"width\": 0.5, \"sent\": [1, 0, 9, 7], \"lost\": [0, 0, 2, 4]}}},"
		" \"later_fragment\": {\"sent\": 2, \"lost\": 0, \"first\": 2, \"sizes\": [{\"bytes\": 1444, \"sent\": 2,"
		" \"lost\": 0}], \"shape\": {\"bins\": {\"width\": 0.001, \"sent\": [2], \"lost\": [0]}}}}},"
		" \"b\": {\"sent\": 10, \"lost\": 0, \"classes\": {}}}}", 0, NULL);

	ck_assert_ptr_nonnull(ends);
	json_object_set_new(tunnel, "ends", ends);
	all_figures_hold(model, "two recordings");
	list = figures_of(model, tunnel);
	figure = figure_named(list, "sizes");
	ck_assert_ptr_nonnull(figure);
	ck_assert_str_eq(text_of(figure, "alt"), "6 packets from 198.51.100.10, of 1412 bytes and more, are lost; "
						 "packets of up to 164 bytes arrive.");
	ck_assert_ptr_nonnull(strstr(text_of(figure, "wide"), "164 passes, 1412 does not"));
	figure = figure_named(list, "strip");
	ck_assert_ptr_nonnull(figure);
	ck_assert_str_eq(text_of(figure, "alt"), "From 198.51.100.10: 6 of 19 packets lost. From 203.0.113.10: "
						 "all 10 packets arrive.");
	ck_assert_ptr_nonnull(strstr(text_of(figure, "wide"), "×7</text>")); /* 9 - 2 arrive */
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(figure, "table"), "rows")), 4);
	json_decref(list);
	json_decref(model);
}
END_TEST

START_TEST(no_packet_and_one_packet_draw_sane_axes)
{
	for (int n = 0; n < 2; n++) {
		json_t *model = model_of("healthy"), *list;
		json_t *tunnel = json_array_get(json_object_get(model, "tunnels"), 0);
		json_t *traffic = json_loads(n ? "{\"width\": 0, \"a\": {\"at\": [0], \"ike\": [492], \"data\": [0],"
						 " \"packets\": [1]}, \"b\": {}}"
					       : "{\"width\": 0, \"a\": {}, \"b\": {}}", 0, NULL);
		json_t *series = json_object_get(tunnel, "series");

		json_object_set_new(series, "traffic", traffic);
		json_object_set_new(series, "span", json_real(0));
		json_object_set_new(json_object_get(tunnel, "ladder"), "rows", json_array());
		all_figures_hold(model, "nearly nothing");
		list = figures_of(model, tunnel);
		ck_assert_uint_eq(json_array_size(list), (size_t)n);
		json_decref(list);
		json_decref(model);
	}
}
END_TEST

/* Tones: WCAG 2.2 contrast; CIE76 after Machado, Oliveira and Fernandes 2009 at severity 1. */

enum use { TONE_USE_text, TONE_USE_shape, TONE_USE_area, TONE_USE_rule };

static const struct tone_row {
	const char *token, *value[2]; /* light, dark */
	enum use use;
} tones[TONES] = {
#define TONE(token, light, dark, use) { #token, { light, dark }, TONE_USE_##use },
#include "analyzer/report/tone.def"
#undef TONE
};

struct rgb { double of[3]; }; /* linear */

static struct rgb linear(const char *hex)
{
	unsigned long value = strtoul(hex + 1, NULL, 16);
	struct rgb c;

	for (int i = 0; i < 3; i++) {
		double v = (double)(value >> (16 - 8 * i) & 255) / 255;

		c.of[i] = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
	}
	return c;
}

static double luminance(struct rgb c)
{
	return 0.2126 * c.of[0] + 0.7152 * c.of[1] + 0.0722 * c.of[2];
}

static double contrast(const char *a, const char *b)
{
	double x = luminance(linear(a)) + 0.05, y = luminance(linear(b)) + 0.05;

	return x > y ? x / y : y / x;
}

static struct rgb seen_by(int kind, struct rgb c)
{
	static const double machado[3][3][3] = {
		{ { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
		{ { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
		{ { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
	};
	struct rgb out = c;

	for (int i = 0; kind < 3 && i < 3; i++) {
		out.of[i] = 0;
		for (int k = 0; k < 3; k++)
			out.of[i] += machado[kind][i][k] * c.of[k];
		out.of[i] = fmin(fmax(out.of[i], 0), 1);
	}
	return out;
}

static void lab(struct rgb c, double ret[3])
{
	double x = (0.4124564 * c.of[0] + 0.3575761 * c.of[1] + 0.1804375 * c.of[2]) / 0.95047;
	double y = luminance(c);
	double z = (0.0193339 * c.of[0] + 0.1191920 * c.of[1] + 0.9503041 * c.of[2]) / 1.08883;
	double f[3] = { x, y, z };

	for (int i = 0; i < 3; i++)
		f[i] = f[i] > 216.0 / 24389 ? cbrt(f[i]) : (24389.0 / 27 * f[i] + 16) / 116;
	ret[0] = 116 * f[1] - 16;
	ret[1] = 500 * (f[0] - f[1]);
	ret[2] = 200 * (f[1] - f[2]);
}

static double distance(const char *a, const char *b, int kind)
{
	double x[3], y[3];

	lab(seen_by(kind, linear(a)), x);
	lab(seen_by(kind, linear(b)), y);
	return sqrt(pow(x[0] - y[0], 2) + pow(x[1] - y[1], 2) + pow(x[2] - y[2], 2));
}

START_TEST(every_tone_can_be_read_on_what_it_stands_on)
{
	for (int dark = 0; dark < 2; dark++)
		for (size_t i = 0; i < TONES; i++) {
			double least = tones[i].use == TONE_USE_text ? 4.5 : tones[i].use == TONE_USE_shape ? 3 : 0;
			const char *own = tones[i].value[dark];

			ck_assert_msg(contrast(own, tones[TONE_paper].value[dark]) >= least, "%s on paper", tones[i].token);
			ck_assert_msg(contrast(own, tones[TONE_wash].value[dark]) >= least, "%s on wash", tones[i].token);
		}
	for (int dark = 0; dark < 2; dark++) {
		static const enum tone pairs[][2] = { { TONE_fault, TONE_faultwash }, { TONE_suspect, TONE_suspectwash },
						      { TONE_ok, TONE_okwash }, { TONE_ink, TONE_faultwash },
						      { TONE_soft, TONE_suspectwash } };

		for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
			ck_assert_msg(contrast(tones[pairs[i][0]].value[dark], tones[pairs[i][1]].value[dark]) >= 4.5,
				      "%s on %s", tones[pairs[i][0]].token, tones[pairs[i][1]].token);
	}
}
END_TEST

START_TEST(states_differ_for_every_eye)
{
	static const enum tone states[] = { TONE_fault, TONE_suspect, TONE_ok };

	for (int dark = 0; dark < 2; dark++)
		for (int kind = 0; kind < 4; kind++)
			for (int i = 0; i < 3; i++)
				for (int k = i + 1; k < 3; k++)
					ck_assert_msg(distance(tones[states[i]].value[dark], tones[states[k]].value[dark], kind) >= 20,
						      "%s and %s, kind %d", tones[states[i]].token, tones[states[k]].token, kind);
}
END_TEST

START_TEST(lines_of_one_pen_are_one_path_and_numbers_are_short)
{
	struct pen pen = { TONE_ink, 1.5, SOLID, false };
	struct draw d;
	struct text t;

	draw_init(&d, 880);
	d.height = 10;
	draw_line(&d, pen, 0, 1, 2.04, 3.25);
	draw_line(&d, pen, 4, 5, 6, 7);
	draw_dot(&d, TONE_fault, 1, 1, 3.2);
	text_init(&t);
	svg_write(&t, &d, "two < three");
	ck_assert_str_eq(t.at, "<svg class=\"draw\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
			       "aria-label=\"two &lt; three\" width=\"880\" height=\"10\" viewBox=\"0 0 880 10\">\n"
			       "<path class=\"s-ink\" stroke-width=\"1.5\" d=\"M0 1L2 3.3M4 5L6 7\"/>\n"
			       "<path class=\"s-fault\" stroke-width=\"6.4\" stroke-linecap=\"round\" d=\"M1 1L1 1\"/>\n"
			       "</svg>\n");
	text_clear(&t);
	draw_clear(&d);
}
END_TEST

START_TEST(every_class_of_a_figure_has_a_rule)
{
	json_t *model = model_of("field-report-ezvpn"), *figure;
	json_t *list = figures_of(model, json_array_get(json_object_get(model, "tunnels"), 0));
	size_t i;

	json_array_foreach(list, i, figure)
		for (const char *at = text_of(figure, "wide"); (at = strstr(at, "class=\"")); at++) {
			char rule[48], words[48], *word;

			snprintf(words, sizeof words, "%.*s", (int)strcspn(at + 7, "\""), at + 7);
			for (word = words; *word;) {
				size_t n = strcspn(word, " ");

				snprintf(rule, sizeof rule, ".%.*s{", (int)n, word);
				ck_assert_msg(strstr(figure_css, rule) != NULL, "no rule %s", rule);
				word += n + strspn(word + n, " ");
			}
		}
	json_decref(list);
	json_decref(model);
}
END_TEST

/* All figures of a sample, one after another; what they say is the rules' business. */
static char *drawn_of(const char *sample)
{
	json_t *model = model_of(sample);
	struct scene s = { model, json_array_get(json_object_get(model, "tunnels"), 0), 1 };
	struct text t;

	text_init(&t);
	for (size_t k = 0; k < 2 * figures_len; k++) {
		const struct figure *f = &figures[k / 2];
		struct draw d;

		if (!f->wanted(&s))
			continue;
		draw_init(&d, k % 2 ? FIGURE_NARROW : FIGURE_WIDE);
		f->draw(&s, &d, k % 2);
		svg_write(&t, &d, f->name);
		draw_clear(&d);
	}
	json_decref(model);
	return text_take(&t);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	ck_assert_msg(f != NULL, "%s cannot be read", path);
	ck_assert_int_gt(getdelim(&text, &room, '\0', f), 0);
	fclose(f);
	return text;
}

/* Expected pictures lie in tests/figures/NAME.svg; WRITE=yes writes them: the diff is what gets reviewed. */
START_TEST(figures_are_drawn_as_before)
{
	static const char *const kept[] = { "field-report-ezvpn", "large-packets-vanish", "healthy" };

	for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
		char *now = drawn_of(kept[k]), *before, path[512];

		snprintf(path, sizeof path, "%s/tests/figures/%s.svg", top(), kept[k]);
		if (getenv("WRITE")) {
			FILE *f = fopen(path, "w");

			ck_assert_msg(f && fputs(now, f) >= 0 && fclose(f) == 0, "%s cannot be written", path);
		}
		before = read_file(path);
		ck_assert_msg(!strcmp(before, now), "%s differs: run with WRITE=yes and read the difference", path);
		free(before);
		mem_free(now);
	}
}
END_TEST

SUITE("figure",
      figures_of_all_samples_stay_inside_and_no_text_lies_on_another,
      long_names_and_wide_characters_stay_inside_too,
      times_of_centuries_and_frames_by_the_billion_stay_inside,
      markup_from_the_wire_stays_text,
      a_figure_says_what_it_shows_and_holds_its_data_as_a_table,
      a_tunnel_that_works_has_no_red,
      two_recordings_show_sizes_and_times_of_what_was_lost,
      no_packet_and_one_packet_draw_sane_axes,
      what_two_ends_show_ends_in_a_cross_or_at_the_other_end,
      every_tone_can_be_read_on_what_it_stands_on,
      states_differ_for_every_eye,
      lines_of_one_pen_are_one_path_and_numbers_are_short,
      every_class_of_a_figure_has_a_rule,
      figures_are_drawn_as_before)
