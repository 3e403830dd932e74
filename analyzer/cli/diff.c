/*
 * ikescope diff GOOD BAD: a working capture of a tunnel beside a failing one.
 */
#include "analyzer/cli/cli.h"
#include "analyzer/worker/worker.h"

enum { GOOD, BAD, HALVES };

static bool write_diff(const struct options *o, const json_t *document, FILE *f)
{
	struct text_options how = text_options_of(o, f);

	return o->format == FORMAT_TEXT ? diff_text(f, document, &how) : report_json(f, document);
}

/* What is left unread weighs most; without a pair of tunnels nothing was judged; else BAD decides. */
static enum exit_code code_for(const json_t *const models[HALVES], const json_t *document)
{
	if (!read_whole(models[GOOD]) || !read_whole(models[BAD]))
		return EXIT_PARTLY;
	if (!json_is_true(json_object_get(document, "comparable")))
		return EXIT_NOTHING;
	return code_of(models[BAD]);
}

/* Each is a point of its own, even when their times follow on each other. */
static json_t *model_of(const struct options *o, int half, struct judge *j, struct run_trouble *trouble)
{
	json_t *models = run_models(o->files + half, 1, j, &o->run, worker_group, trouble);
	json_t *model = json_incref(json_array_get(models, 0));

	end_progress();
	if (models)
		tell_shortfalls(models);
	json_decref(models);
	return model;
}

static enum exit_code put_beside(const struct options *o, struct judge *j)
{
	json_t *models[HALVES] = { NULL, NULL }, *document;
	enum exit_code code = EXIT_PARTLY;

	for (int half = GOOD; half < HALVES; half++) {
		struct run_trouble trouble = { 0 };

		models[half] = model_of(o, half, j, &trouble);
		if (trouble.usage)
			code = EXIT_USAGE;
		if (!models[half])
			break;
	}
	if (models[BAD]) {
		json_t *both = json_pack("[O,O]", models[GOOD], models[BAD]), *shown = redacted(o, both);

		document = diff_document(json_array_get(shown, GOOD), json_array_get(shown, BAD));
		code = redaction_end(o) && write_out(o, document, write_diff)
			       ? code_for((const json_t *const[]){ models[GOOD], models[BAD] }, document)
			       : EXIT_INTERNAL;
		json_decref(document);
		json_decref(shown);
		json_decref(both);
	}
	json_decref(models[GOOD]);
	json_decref(models[BAD]);
	return code;
}

static bool fits(const struct options *o)
{
	if (o->format == FORMAT_TEXT || o->format == FORMAT_JSON)
		return true;
	complain(o->page.template_text ? "--template" : "-f",
		 "what differs between two captures is written as text or json");
	return false;
}

int diff(int argc, char **argv)
{
	struct options o;
	struct judge *j = NULL;
	enum exit_code code = EXIT_USAGE;

	if (prepare(&o, "diff", argc, argv)) {
		if (o.files_len != HALVES)
			usage_of("diff");
		else if (fits(&o) && (j = load_rules(&o)))
			code = put_beside(&o, j);
	}
	judge_free(j);
	options_clear(&o);
	return (int)code;
}
