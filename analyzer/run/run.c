#include "analyzer/run/run.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/run/ring.h"
#include "analyzer/track/track.h"
#include "dissect/base/mem.h"
#include "dissect/capture/capture.h"
#include "dissect/dissect.h"

enum { PROGRESS_FRAMES = 1 << 16 };

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
static void tell_source(struct track *t, uint32_t number, const char *file, const struct capture_info *info)
{
	const char *links[8];
	struct track_source s = {
		.file = file, .format = info->format, .compression = info->compression,
		.frames = info->frames, .bytes = info->bytes, .cut_frames = info->cut_frames,
		.damaged = info->notes & NOTE_DAMAGED, .cut_file = info->notes & NOTE_CUT_FILE,
		.cut_archive = info->notes & NOTE_CUT_ARCHIVE, .bomb = info->notes & NOTE_BOMB,
		.worker_died = info->notes & NOTE_CHILD_DIED, .time_jumps = info->notes & NOTE_TIME_JUMP,
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

static void tell_unreadable(struct track *t, uint32_t number, const char *file)
{
	track_source_end(t, number, &(struct track_source){ .file = file, .unreadable = true });
}

static bool stopped(const struct run_options *o)
{
	return o->stop && *o->stop;
}

static bool read_file(struct track *t, uint32_t number, const char *file, const struct run_options *o,
		      struct run_trouble *ret)
{
	const struct capture_options how = { .filter = o->filter, .stop = o->stop };
	const struct dissect_options door = { .capture = number, .saw = track_message, .ctx = t };
	struct capture_error error = { 0 };
	struct capture *c = capture_open(file, &how, &error);
	struct dissector *d;
	struct frame f;

	if (!c) {
		ret->file = file;
		ret->usage = error.trouble == CAPTURE_FILTER;
		snprintf(ret->text, sizeof ret->text, "%s", error.text);
		return false;
	}
	d = dissector_new(&door);
	while (!stopped(o) && capture_next(c, &f)) {
		track_frame(t, number, &f);
		dissector_frame(d, &f);
		if (o->progress && f.number % PROGRESS_FRAMES == 0)
			o->progress(o->ctx, file, f.number);
	}
	dissector_end(d);
	dissector_free(d);
	tell_source(t, number, file, capture_info(c));
	capture_close(c);
	return true;
}

json_t *run_facts(const char *const *files, size_t n, const struct run_options *o,
		  struct run_trouble *ret)
{
	const struct track_options how = { .locals = o->locals, .locals_len = o->locals_len,
					   .peer = o->peer, .since_ns = o->since_ns,
					   .until_ns = o->until_ns, .filtered = o->filter != NULL };
	struct track *t = track_new(&how);
	json_t *facts = NULL;
	size_t read = 0;

	for (size_t i = 0; i < n; i++) {
		struct run_trouble trouble = { 0 };

		if (read_file(t, (uint32_t)i, files[i], o, &trouble)) {
			read += 1;
			continue;
		}
		tell_unreadable(t, (uint32_t)i, files[i]);
		if (!ret->file || (trouble.usage && !ret->usage))
			*ret = trouble;
	}
	if (read && !ret->usage)
		facts = track_facts(t);
	track_free(t);
	return facts;
}

static json_t *model_of(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
			json_t *take_facts, struct run_trouble *ret)
{
	const struct report_options how = { .version = o->version, .rules_hash = judge_rules_hash(j),
					    .names = o->names, .names_len = o->names_len,
					    .filtered = o->filter || o->peer || o->since_ns || o->until_ns };
	json_t *facts = take_facts ? take_facts : run_facts(files, n, o, ret);
	json_t *findings, *model;

	if (!facts)
		return NULL;
	findings = judge_run(j, facts, (int64_t)json_integer_value(json_object_get(facts, "start_ns")));
	model = report_model(facts, findings, &how);
	json_decref(findings);
	json_decref(facts);
	return model;
}

/* Each file alone first: only then is it known which of them follow on each other. */
static json_t *models_of_many(const char *const *files, size_t n, struct judge *j,
			      const struct run_options *o, struct run_trouble *ret)
{
	json_t **alone = mem_zero(n * sizeof *alone), *models = json_array();
	const char **run = mem_zero(n * sizeof *run);
	size_t *order = mem_zero(n * sizeof *order), *ring = mem_zero(n * sizeof *ring);

	for (size_t i = 0; i < n; i++) {
		alone[i] = run_facts(files + i, 1, o, ret);
		if (!alone[i] && ret->usage)
			break;
	}
	ring_sort(alone, n, order, ring);
	for (size_t at = 0; at < n && !ret->usage;) {
		size_t len = 0;
		json_t *facts = NULL, *model;

		for (; at + len < n && ring[order[at + len]] == ring[order[at]]; len++)
			run[len] = files[order[at + len]];
		if (len == 1) {
			facts = alone[order[at]];
			alone[order[at]] = NULL;
		}
		model = len > 1 || facts ? model_of(run, len, j, o, facts, ret) : NULL;
		if (model)
			json_array_append_new(models, model);
		at += len;
	}
	for (size_t i = 0; i < n; i++)
		json_decref(alone[i]);
	mem_free(alone);
	mem_free(run);
	mem_free(order);
	mem_free(ring);
	if (json_array_size(models) && !ret->usage)
		return models;
	json_decref(models);
	return NULL;
}

json_t *run_models(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		   struct run_trouble *ret)
{
	json_t *model;

	if (n > 1)
		return models_of_many(files, n, j, o, ret);
	model = model_of(files, n, j, o, NULL, ret);
	return model ? json_pack("[o]", model) : NULL;
}
