/*
 * Pages by templates: HTML, Markdown, CSV, and what others write.
 */
#include "analyzer/judge/builtin.h"
#include "analyzer/judge/format.h"
#include "analyzer/report/figure.h"
#include "analyzer/report/shown.h"
#include "dissect/base/digest.h"

#include <stdio.h>

static const struct kind {
	const char *name, *template;
	enum escape escape;
} kinds[] = {
	[PAGE_HTML] = { "html", "report.html", ESCAPE_HTML },
	[PAGE_MARKDOWN] = { "md", "report.md", ESCAPE_MARKDOWN },
	[PAGE_CSV] = { "csv", "findings.csv", ESCAPE_CSV },
	[PAGE_PLAIN] = { "txt", NULL, ESCAPE_NONE },
};

/* A template that came with the program, by the name of its file. */
static bool builtin_template(void *ctx, const char *name, struct mustache_template *ret)
{
	(void)ctx;
	for (size_t i = 0; i < builtin_templates_len; i++) {
		const struct builtin *b = &builtin_templates[i];
		const char *slash = strrchr(b->path, '/');

		if (!strcmp(slash ? slash + 1 : b->path, name)) {
			*ret = (struct mustache_template){ slash ? slash + 1 : b->path, b->text, b->len };
			return true;
		}
	}
	return false;
}

/* RFC 4648 section 4 */
static void add_base64(struct text *t, const uint8_t *at, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t three = (uint32_t)at[i] << 16 | (i + 1 < len ? (uint32_t)at[i + 1] << 8 : 0) |
				 (i + 2 < len ? at[i + 2] : 0u);

		for (size_t k = 0; k < 4; k++)
			text_add_bytes(t, i + k <= len ? &digits[three >> (18 - 6 * k) & 63] : "=", 1);
	}
}

/* The one style element, and its hash for the policy that forbids every other (CSP level 3, 2.3.1). */
static void put_style(json_t *o)
{
	struct mustache_template css = { 0 };
	uint8_t digest[DIGEST_MAX];
	struct text t, hash;
	size_t len;

	text_init(&t);
	text_init(&hash);
	builtin_template(NULL, "page.css", &css);
	text_add(&t, figure_css);
	text_add_bytes(&t, css.text, css.len);
	len = digest_of(DIGEST_SHA256, &(struct bytes){ (const uint8_t *)t.at, t.len }, 1, digest);
	text_add(&hash, "sha256-");
	add_base64(&hash, digest, len);
	put(o, "style", shown_markup(t.at));
	put(o, "style_hash", take_string(&hash));
	text_clear(&t);
}

bool page_format_named(const char *name, enum page_format *ret)
{
	static const struct { const char *name; enum page_format format; } others[] = {
		{ "htm", PAGE_HTML }, { "markdown", PAGE_MARKDOWN }, { "xhtml", PAGE_HTML }, { "text", PAGE_PLAIN },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].name, name)) {
			*ret = (enum page_format)i;
			return true;
		}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strcmp(others[i].name, name)) {
			*ret = others[i].format;
			return true;
		}
	return false;
}

bool report_page(FILE *f, const json_t *models, const struct page_options *o, char ret_error[PAGE_ERROR])
{
	const struct kind *kind = &kinds[o->format];
	const struct shown how = { .escape = kind->escape, .ties = o->format == PAGE_HTML,
				   .figures = o->format == PAGE_HTML, .models = models, .page = o };
	const struct mustache_options render = { .escape = kind->escape, .markup = SHOWN_MARKUP,
						 .partial = builtin_template };
	struct mustache_template t = { o->template_name, o->template_text, o->template_len };
	struct mustache_error error;
	json_t *shown;
	struct text page;
	bool fine;

	if (!t.text && (!kind->template || !builtin_template(NULL, kind->template, &t))) {
		snprintf(ret_error, PAGE_ERROR, "no template");
		return false;
	}
	text_init(&page);
	shown = !o->template_text && o->format == PAGE_CSV ? json_object() : shown_report(models, &how);
	if (o->format == PAGE_HTML)
		put_style(shown);
	if (o->format == PAGE_CSV || o->template_text)
		put(shown, "rows", shown_rows(models));
	fine = mustache_render(&page, &t, shown, &render, &error);
	json_decref(shown);
	*ret_error = '\0';
	if (!fine)
		snprintf(ret_error, PAGE_ERROR, "%s:%u: %s", error.file, error.line, error.text);
	else
		fine = fwrite(page.at, 1, page.len, f) == page.len && !ferror(f);
	text_clear(&page);
	return fine;
}
