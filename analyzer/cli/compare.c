/*
 * ikescope compare NEAR [BETWEEN...] FAR: what the path did to every packet.
 */
#include <string.h>
#include <sys/stat.h>

#include "analyzer/cli/cli.h"
#include "analyzer/worker/worker.h"
#include "dissect/base/mem.h"

enum { MOST_POINTS = 64 };

struct points { /* files in order of the points, near to far */
	char **files;
	size_t files_len, files_room;
	uint32_t of[MOST_POINTS];
	size_t len;
};

static void points_clear(struct points *p)
{
	for (size_t i = 0; i < p->files_len; i++)
		mem_free(p->files[i]);
	mem_free(p->files);
}

static bool exists(const char *name)
{
	struct stat s;

	return stat(name, &s) == 0;
}

static void add_file(struct points *p, const char *from, size_t len)
{
	char **name = MEM_PUSH(p->files, p->files_len, p->files_room);

	*name = mem_zero(len + 1);
	memcpy(*name, from, len);
	p->of[p->len] += 1;
}

/* "a-1.pcap,a-2.pcap" are two files of one point, unless one file is called just that. */
static void add_point(struct points *p, const char *word)
{
	for (const char *at = word; *at;) {
		size_t len = exists(word) ? strlen(at) : strcspn(at, ",");

		if (len)
			add_file(p, at, len);
		at += len + (at[len] == ',');
	}
	p->len += 1;
}

/* Every capture is read twice: first for the clocks, then together. */
static bool can_be_read_twice(const struct points *p)
{
	struct stat s;

	for (size_t i = 0; i < p->files_len; i++) {
		bool input = !strcmp(p->files[i], "-");

		if (!input && (stat(p->files[i], &s) < 0 || S_ISREG(s.st_mode) || S_ISDIR(s.st_mode)))
			continue;
		complain(input ? "standard input" : p->files[i],
			 "can be read only once, and compare reads every capture twice: save it to a file first");
		return false;
	}
	return true;
}

json_t *models_of_ends(struct options *o, struct judge *j, struct run_trouble *ret)
{
	struct points p = { 0 };
	json_t *result = NULL, *model, *models = NULL;

	for (size_t i = 0; i < o->files_len && p.len < MOST_POINTS; i++)
		add_point(&p, o->files[i]);
	if (o->files_len > MOST_POINTS || p.len < 2) {
		usage_of("compare");
		ret->usage = true;
	} else if (!can_be_read_twice(&p)) {
		ret->usage = true;
	} else {
		o->run.points = p.of;
		o->run.points_len = p.len;
		result = worker_run(run_ends, (const char *const *)p.files, p.files_len, j, &o->run, ret);
	}
	model = json_object_get(result, "model");
	if (json_is_object(model))
		models = json_pack("[O]", model);
	json_decref(result);
	if (ret->file) /* outlives the list of files */
		for (size_t i = 0; i < o->files_len; i++)
			if (!exists(o->files[i]) || !strcmp(o->files[i], ret->file))
				ret->file = o->files[i];
	points_clear(&p);
	return models;
}

int compare(int argc, char **argv)
{
	return report_on("compare", argc, argv, models_of_ends);
}
