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
	enum exit_code worst = EXIT_WELL;
	const json_t *pair;
	size_t i;

	if (!read_whole(models[GOOD]) || !read_whole(models[BAD]))
		return EXIT_PARTLY;
	if (!json_is_true(json_object_get(document, "comparable")))
		return EXIT_NOTHING;
	json_array_foreach(json_object_get(document, "pairs"), i, pair)
	{
		enum exit_code code = code_of(json_object_get(pair, "bad"));

		if (code == EXIT_FAULTS || worst == EXIT_WELL)
			worst = code;
	}
	return worst;
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
		tell_trouble(&trouble);
		if (trouble.usage)
			code = EXIT_USAGE;
		if (!models[half])
			break;
	}
	if (models[BAD]) {
		document = diff_document(models[GOOD], models[BAD]);
		code = write_out(o, document, write_diff)
			       ? code_for((const json_t *const[]){ models[GOOD], models[BAD] }, document)
			       : EXIT_INTERNAL;
		json_decref(document);
	}
	json_decref(models[GOOD]);
	json_decref(models[BAD]);
	return code;
}

int diff(int argc, char **argv)
{
	struct options o;
	struct judge *j = NULL;
	enum exit_code code = EXIT_USAGE;

	if (prepare(&o, "diff", argc, argv)) {
		if (o.files_len != HALVES)
			usage_of("diff");
		else if ((j = load_rules(&o)))
			code = put_beside(&o, j);
	}
	judge_free(j);
	options_clear(&o);
	return (int)code;
}
