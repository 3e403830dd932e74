/*
 * scenes/scenes.c - tells every story of scenes.def, has it judged, and compares.
 *
 * usage: scenes [-v] [-k FOLDER] [STORY...]   -v: what each scene brings; -k: keeps the captures there
 *
 * A scene that is marked `known` may fail: it is printed with its reason. Whatever
 * a scene expects, findings cite frames that exist, a healthy verdict has no
 * standing finding of high severity, and the verdict is that of a standing finding.
 */
#include <fnmatch.h>
#include <unistd.h>

#include "analyzer/run/run.h"
#include "tests/scenes/stories.h"
#include "tests/support/expect.h"

struct row {
	const char *name;
	enum vantage at;
	void (*story)(struct scene *s);
	const char *shows, *verdict, *must, *must_not, *known;
};

static const struct row rows[] = {
#define SCENE(story, at, shows, verdict, must, must_not, known) \
	{ #story, at, story, shows, verdict, must, must_not, known },
#include "tests/scenes/scenes.def"
#undef SCENE
};

static const char *const vantages[] = { ", at A", ", at B", ", between" };

static size_t tunnels_with(const json_t *model, const char *verdict)
{
	size_t n = 0, i;
	json_t *t;

	json_array_foreach (json_object_get(model, "tunnels"), i, t)
		n += !verdict || !strcmp(text_of(json_object_get(t, "verdict"), "id"), verdict);
	return n;
}

static bool counts(const char *want, const json_t *model, bool *ret_is_count)
{
	*ret_is_count = true;
	if (!strncmp(want, "healthy=", 8))
		return tunnels_with(model, "healthy") == strtoul(want + 8, NULL, 10);
	if (!strncmp(want, "tunnels=", 8))
		return tunnels_with(model, NULL) == strtoul(want + 8, NULL, 10);
	if (!strcmp(want, "common"))
		return *text_of(json_object_get(model, "verdict"), "common");
	*ret_is_count = false;
	return false;
}

static void hold_list(struct complaints *c, const char *list, const json_t *findings,
		      const json_t *model, bool must)
{
	char copy[512], *word, *rest;

	snprintf(copy, sizeof copy, "%s", list);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		bool is_count, good = counts(word, model, &is_count);
		char any[100];

		snprintf(any, sizeof any, "%s%s", word, must || strpbrk(word, ":=!~") ? "" : "!");
		if (!is_count)
			good = meets(any, findings) == must;
		if (!good)
			complain(c, "\n\t%s %s", must ? "lacks" : "has", word);
	}
}

static void hold_verdict(struct complaints *c, const struct row *row, const json_t *model,
			 const json_t *findings)
{
	const char *id = text_of(json_object_get(model, "verdict"), "id");
	json_t *f;
	size_t i;

	if (!one_of(id, row->verdict))
		complain(c, "\n\tverdict %s, not %s", id, row->verdict);
	if (!strcmp(id, "healthy"))
		json_array_foreach (findings, i, f)
			if (stands(f) && is_high(f))
				complain(c, "\n\thealthy, and %s stands (%s)", text_of(f, "id"),
					 text_of(f, "severity"));
}

static void hold(struct complaints *c, struct complaints *told, const struct row *row, const json_t *model)
{
	json_t *findings = all_findings(model), *f;
	size_t i;

	hold_verdict(c, row, model, findings);
	hold_list(c, row->must, findings, model, true);
	hold_list(c, row->must_not, findings, model, false);
	json_array_foreach (findings, i, f)
		hold_frames(c, model, f);
	tell_findings(told, model, findings);
	json_decref(findings);
}

static void play(struct complaints *c, struct complaints *told, const struct row *row, struct judge *j,
		 const char *file)
{
	static struct scene s;
	struct run_options options = { .version = "test" };
	struct run_trouble trouble = { 0 };
	json_t *run;

	scene_init(&s, row->at);
	row->story(&s);
	if (!scene_save(&s, file)) {
		complain(c, "\n\tcannot write %s", file);
	} else if (!(run = run_group(&file, 1, j, &options, &trouble))) {
		complain(c, "\n\tcannot be read: %s", trouble.text);
	} else {
		hold(c, told, row, json_object_get(run, "model"));
		json_decref(run);
	}
	scene_clear(&s);
}

int main(int argc, char **argv)
{
	static char folder[] = "/tmp/scenes-XXXXXX";
	struct judge_error error;
	struct judge *j = judge_new(NULL, &error);
	struct stories s;

	if (!j)
		puts(error.text);
	if (!j || !stories_begin(&s, argc, argv, folder))
		return 2;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct complaints c = { .text = "" }, told = { .text = "" };
		char file[512];

		if (!stories_want(&s, row->name))
			continue;
		snprintf(file, sizeof file, "%s/%s-%c.pcap", s.folder, row->name,
			 row->at == BETWEEN ? 'm' : row->at == AT_A ? 'a' : 'b');
		play(&c, &told, row, j, file);
		if (!s.keep)
			unlink(file);
		stories_tell(&s, row->name, vantages[row->at], row->shows, row->known, &c, &told);
	}
	judge_free(j);
	return stories_end(&s, "scenes");
}
