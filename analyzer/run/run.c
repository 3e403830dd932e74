#include "analyzer/run/run.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/run/ring.h"
#include "analyzer/run/source.h"
#include "analyzer/track/track.h"
#include "dissect/base/language.h"
#include "dissect/base/mem.h"
#include "dissect/capture/capture.h"
#include "dissect/dissect.h"

enum { PROGRESS_FRAMES = 1 << 16, SET_BACK_NS = 1000000000 };

static const char *drop_none(const char *text)
{
	return text && *text ? text : NULL;
}

/* Names of the link types of a file, each once, in order of its interfaces. */
static size_t link_names(const struct capture_info *info, const char **names, size_t room)
{
	size_t n = 0;

	for (uint32_t i = 0; i < info->interfaces && n < room; i++) {
		const char *name = capture_link_name(info->interface[i].link);
		bool known = false;

		name = name ? name : "unknown";
		for (size_t k = 0; k < n; k++)
			known |= !strcmp(names[k], name);
		if (!known)
			names[n++] = name;
	}
	return n;
}

/* What the file says of itself, all interfaces together. */
void source_told(struct track *t, uint32_t number, const char *file, const struct capture_info *info, bool whole)
{
	const char *links[8];
	struct track_source s = {
		.file = file, .format = info->format, .compression = info->compression,
		.frames = info->frames, .bytes = info->bytes, .cut_frames = info->cut_frames,
		.damaged = info->notes & NOTE_DAMAGED, .cut_file = info->notes & NOTE_CUT_FILE,
		.cut_archive = info->notes & NOTE_CUT_ARCHIVE, .bomb = info->notes & NOTE_BOMB,
		.worker_died = !whole || info->notes & NOTE_CHILD_DIED, .time_jumps = info->notes & NOTE_TIME_JUMP,
		.damage_frame = info->damage_frame, .links = links,
	};

	for (uint32_t i = 0; i < info->interfaces; i++) {
		const struct capture_interface *f = &info->interface[i];

		s.drops += f->has_drops ? f->dropped : 0;
		if (f->snaplen > s.snaplen)
			s.snaplen = f->snaplen;
		if (drop_none(f->filter))
			s.filter_text = f->filter;
	}
	s.links_len = link_names(info, links, sizeof links / sizeof *links);
	track_source_end(t, number, &s);
}

void source_unreadable(struct track *t, uint32_t number, const char *file)
{
	track_source_end(t, number, &(struct track_source){ .file = file, .unreadable = true });
}

bool source_enter(const struct run_options *o, uint32_t file, uint64_t frame)
{
	if (o->until && file == o->until->file && frame >= o->until->frame)
		return false;
	if (o->place) {
		o->place->file = file;
		o->place->frame = frame;
	}
	return true;
}

/*
 * What happens in order stays in order: after the recorder's clock was set back
 * its time goes on from where it was. When it then leaps as far ahead again,
 * only some frames were written late.
 */
struct clock {
	int64_t last_ns, step_ns, back_ns; /* of the last frame as recorded; the last step back; the sum of all */
	bool running;
};

/* True at the frame of a step back. */
static bool set_back(struct clock *k, struct frame *f)
{
	int64_t step = k->running ? f->time_ns - k->last_ns : 0;
	bool back = step <= -SET_BACK_NS;

	if (back) {
		k->step_ns = -step;
		k->back_ns += k->step_ns;
	} else if (k->step_ns && step >= k->step_ns / 10 * 9) {
		k->back_ns -= k->step_ns;
		k->step_ns = 0;
	}
	k->running = true;
	k->last_ns = f->time_ns;
	f->time_ns += k->back_ns;
	return back;
}

static void read_file(struct track *t, uint32_t number, const char *file, struct capture *take,
		      const struct run_options *o)
{
	struct clock clock = { 0 };
	const struct dissect_options door = { .capture = number, .saw = track_message, .ctx = t };
	struct dissector *d = dissector_new(&door);
	bool whole = true;
	struct frame f;

	if (o->until && number > o->until->file)
		whole = false;
	while (whole && capture_next(take, &f)) {
		whole = source_enter(o, number, f.number);
		if (!whole)
			break;
		if (set_back(&clock, &f))
			track_set_back(t, number, &f);
		track_frame(t, number, &f);
		dissector_frame(d, &f);
		if (o->progress && f.number % PROGRESS_FRAMES == 0)
			o->progress(o->ctx, file, f.number);
	}
	dissector_end(d);
	dissector_free(d);
	source_told(t, number, file, capture_info(take), whole);
	capture_close(take);
}

void run_note(const struct run_options *o, const struct run_trouble *trouble, struct run_trouble *ret)
{
	if (ret->usage)
		return;
	if (!ret->file || trouble->usage)
		*ret = *trouble;
	if (o->trouble)
		o->trouble(o->ctx, trouble);
}

static void note_error(const struct run_options *o, const char *file, const struct capture_error *error,
		       struct run_trouble *ret)
{
	struct run_trouble trouble = { .file = file, .usage = error->trouble == CAPTURE_FILTER };

	snprintf(trouble.text, sizeof trouble.text, "%s", error->text);
	run_note(o, &trouble, ret);
}

size_t source_open(const char *const *files, size_t n, const struct run_options *o, struct capture **captures,
		   struct run_trouble *ret)
{
	const struct capture_options how = { .filter = o->filter, .in_time = true, .stop = o->stop,
					     .reads = o->place ? &o->place->reads : NULL };
	size_t open = 0;

	for (size_t i = 0; i < n; i++) {
		struct capture_error error = { 0 };

		captures[i] = capture_open(files[i], &how, &error);
		if (captures[i])
			open += 1;
		else
			note_error(o, files[i], &error, ret);
	}
	return open;
}

/* Of what the files hold only some is looked at. */
static bool is_part(const struct run_options *o)
{
	return o->filter || o->peer || o->since_ns || o->until_ns;
}

static json_t *facts_of(const char *const *files, size_t n, const struct run_options *o,
			struct run_trouble *ret)
{
	const struct track_options how = { .locals = o->locals, .locals_len = o->locals_len,
					   .peer = o->peer, .since_ns = o->since_ns,
					   .until_ns = o->until_ns, .filtered = o->filter != NULL };
	struct capture **captures = mem_zero(n * sizeof *captures);
	size_t open = source_open(files, n, o, captures, ret);
	struct track *t = track_new(&how);
	json_t *facts = NULL;

	if (o->opened)
		o->opened();
	for (size_t i = 0; i < n; i++)
		if (captures[i])
			read_file(t, (uint32_t)i, files[i], captures[i], o);
		else
			source_unreadable(t, (uint32_t)i, files[i]);
	if (o->place)
		o->place->read = true;
	if (open && !ret->usage)
		facts = track_facts(t);
	if (facts && is_part(o))
		json_object_set_new(facts, "filtered", json_true());
	track_free(t);
	mem_free(captures);
	return facts;
}

static json_t *told_by(run_model_fn *make, const json_t *facts, struct judge *j, const struct run_options *o)
{
	struct catalog before = language_use(judge_language(j));
	json_t *model = make(facts, j, o);

	language_use(&before);
	return model;
}

json_t *run_told(run_model_fn *make, const json_t *facts, struct judge *j, const struct run_options *o)
{
	json_t *model = told_by(make, facts, j, o);

	if (o->ticket_judge)
		json_object_set_new(model, "ticket", told_by(make, facts, o->ticket_judge, o));
	return model;
}

static json_t *model_of(const json_t *facts, struct judge *j, const struct run_options *o)
{
	struct report_options how = { .version = o->version, .sandbox = o->sandbox,
				      .names = o->names, .names_len = o->names_len,
				      .filtered = is_part(o), .rules_hash = judge_rules_hash(j) };
	json_t *findings = judge_run(j, facts, (int64_t)json_integer_value(json_object_get(facts, "start_ns")));
	json_t *model = report_model(facts, findings, &how);

	json_decref(findings);
	return model;
}

json_t *run_group(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		  struct run_trouble *ret)
{
	json_t *facts = facts_of(files, n, o, ret), *result;

	if (!facts)
		return NULL;
	if (!j)
		return json_pack("{s:o}", "facts", facts);
	result = json_pack("{s:o,s:o}", "model", run_told(model_of, facts, j, o), "key", ring_key(facts));
	json_decref(facts);
	return result;
}

static json_t *take_model(json_t *take_result)
{
	json_t *model = json_object_get(take_result, "model");

	model = json_is_object(model) ? json_incref(model) : NULL;
	json_decref(take_result);
	return model;
}

/* Each file alone first: only then is it known which of them follow on each other. */
static json_t *models_of_many(const char *const *files, size_t n, struct judge *j,
			      const struct run_options *o, run_group_fn *group, struct run_trouble *ret)
{
	json_t **alone = mem_zero(n * sizeof *alone), **keys = mem_zero(n * sizeof *keys);
	const char **some = mem_zero(n * sizeof *some);
	size_t *order = mem_zero(n * sizeof *order), *ring = mem_zero(n * sizeof *ring);
	json_t *models = json_array();

	for (size_t i = 0; i < n && !ret->usage; i++) {
		alone[i] = group(files + i, 1, j, o, ret);
		keys[i] = json_object_get(alone[i], "key");
	}
	ring_sort(keys, n, order, ring);
	for (size_t at = 0, len; at < n && !ret->usage; at += len) {
		json_t *result = NULL;

		for (len = 0; at + len < n && ring[order[at + len]] == ring[order[at]]; len++)
			some[len] = files[order[at + len]];
		if (len > 1)
			result = group(some, len, j, o, ret);
		else if (alone[order[at]])
			result = json_incref(alone[order[at]]);
		if (result)
			json_array_append_new(models, take_model(result));
	}
	for (size_t i = 0; i < n; i++)
		json_decref(alone[i]);
	mem_free(alone);
	mem_free(keys);
	mem_free(some);
	mem_free(order);
	mem_free(ring);
	return models;
}

json_t *run_models(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		   run_group_fn *group, struct run_trouble *ret)
{
	json_t *result, *models;

	if (n > 1) {
		models = models_of_many(files, n, j, o, group, ret);
	} else {
		result = group(files, n, j, o, ret);
		models = json_array();
		if (result)
			json_array_append_new(models, take_model(result));
	}
	if (json_array_size(models) && !ret->usage)
		return models;
	json_decref(models);
	return NULL;
}
