/*
 * Two ends and what lies between: both recordings are read twice, the second time together.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/compare/compare.h"
#include "analyzer/run/run.h"
#include "analyzer/run/source.h"
#include "dissect/base/mem.h"
#include "dissect/dissect.h"

enum { PROGRESS_FRAMES = 1 << 16 };

struct file { /* of one point, under way */
	struct capture *capture;        /* NULL once it is closed, or when it cannot be read */
	const char *name;
	uint32_t given;                 /* its place among all files as they were given */
	struct dissector *dissector;
	bool has_frame;
	struct frame frame;             /* not yet handed over */
};

struct reader { /* the files of one point, as one recording: the earliest frame of any comes first */
	enum side side;
	struct file *files;             /* in order of their first frames */
	uint32_t first, n, at;          /* number of the first of them, and whose frame is handed over */
	bool has_frame;
	struct frame frame;             /* not yet handed over */
	int64_t time_ns;                /* of it, by the near clock */
};

struct times { /* of one file, by its own clock */
	bool any;
	int64_t first_ns, last_ns;
};

struct ends {
	const struct run_options *o;
	struct compare *compare;
	struct track *tracks[SIDES];
	struct reader readers[SIDES];
	struct times *times;            /* of each file */
	enum side side;                 /* whose frame is looked at */
	bool second;                    /* reading */
};

/* --- reading ------------------------------------------------------------------------------ */

static bool in_range(const struct run_options *o, int64_t ns)
{
	return !(o->since_ns && ns < o->since_ns) && !(o->until_ns && ns > o->until_ns);
}

static void saw(void *ctx, const struct message *m)
{
	struct ends *e = ctx;

	if (!e->second) {
		compare_learn(e->compare, e->side, m);
		return;
	}
	track_message(e->tracks[e->side], m);
	if (in_range(e->o, m->seen.time_ns))
		compare_saw(e->compare, e->side, m);
}

static void end_file(struct ends *e, struct reader *r, uint32_t which, bool whole)
{
	struct file *f = &r->files[which];

	e->side = r->side;
	dissector_end(f->dissector);
	dissector_free(f->dissector);
	f->dissector = NULL;
	if (e->second)
		source_told(e->tracks[r->side], r->first + which, f->name, capture_info(f->capture), whole);
	capture_close(f->capture);
	f->capture = NULL;
}

static void note_time(struct times *t, int64_t ns)
{
	t->first_ns = t->any && t->first_ns < ns ? t->first_ns : ns;
	t->last_ns = t->any && t->last_ns > ns ? t->last_ns : ns;
	t->any = true;
}

static void next_of(struct ends *e, struct reader *r, uint32_t which)
{
	struct file *f = &r->files[which];

	f->has_frame = capture_next(f->capture, &f->frame);
	if (!f->has_frame)
		end_file(e, r, which, true);
}

/* Whose frame is the earliest; n when all are at their end. */
static uint32_t earliest(const struct reader *r)
{
	uint32_t found = r->n;

	for (uint32_t i = 0; i < r->n; i++)
		if (r->files[i].has_frame &&
		    (found == r->n || r->files[i].frame.time_ns < r->files[found].frame.time_ns))
			found = i;
	return found;
}

/* The next frame of this point; false behind the last one of its last file. */
static bool step(struct ends *e, struct reader *r)
{
	struct file *f;

	if (r->has_frame)
		next_of(e, r, r->at);
	r->has_frame = false;
	while ((r->at = earliest(r)) < r->n) {
		f = &r->files[r->at];
		if (source_enter(e->o, f->given, f->frame.number)) {
			r->has_frame = true;
			r->frame = f->frame;
			return true;
		}
		f->has_frame = false;
		end_file(e, r, r->at, false);
	}
	return false;
}

static void dissect(const struct reader *r)
{
	dissector_frame(r->files[r->at].dissector, &r->frame);
}

static struct seen seen_of(const struct reader *r)
{
	return (struct seen){ r->first + r->at, r->frame.number, r->frame.time_ns };
}

static void show_progress(const struct ends *e, const struct reader *r)
{
	if (e->o->progress && r->frame.number % PROGRESS_FRAMES == 0)
		e->o->progress(e->o->ctx, r->files[r->at].name, r->frame.number);
}

static void read_first(struct ends *e)
{
	for (int side = NEAR; side < SIDES; side++) {
		struct reader *r = &e->readers[side];

		e->side = (enum side)side;
		while (step(e, r)) {
			compare_frame(e->compare, r->side, seen_of(r));
			note_time(&e->times[r->first + r->at], r->frame.time_ns);
			dissect(r);
			show_progress(e, r);
		}
	}
	compare_settle(e->compare);
}

static void step_timed(struct ends *e, struct reader *r)
{
	if (step(e, r))
		r->time_ns = compare_time(e->compare, r->side, seen_of(r));
}

/* Frame by frame, the earlier one first. */
static void read_second(struct ends *e)
{
	for (int side = NEAR; side < SIDES; side++)
		step_timed(e, &e->readers[side]);
	for (;;) {
		struct reader *near = &e->readers[NEAR], *far = &e->readers[FAR];
		struct reader *r = near->has_frame && (!far->has_frame || near->time_ns <= far->time_ns) ? near : far;

		if (!r->has_frame)
			break;
		r->frame.time_ns = r->time_ns;
		e->side = r->side;
		track_frame(e->tracks[r->side], r->first + r->at, &r->frame);
		dissect(r);
		show_progress(e, r);
		step_timed(e, r);
	}
	compare_end(e->compare);
}

/* --- one pair of points ------------------------------------------------------------------- */

static struct track *track_for(const struct ends *e, enum side side)
{
	struct track_options how = { .peer = e->o->peer, .since_ns = e->o->since_ns, .until_ns = e->o->until_ns,
				     .filtered = e->o->filter != NULL, .local_is_b = side == FAR };

	how.locals = e->o->locals;
	how.locals_len = e->o->locals_len;
	if (!how.locals_len)
		how.locals = compare_locals(e->compare, side, &how.locals_len);
	how.a_ends = compare_ends(e->compare, side, NEAR, &how.a_ends_len);
	how.has_start = compare_start(e->compare, &how.start_ns);
	return track_new(&how);
}

/* Times of a file are told as it has them, whatever they are by the other clock. */
static void restore_times(const struct ends *e, json_t *facts)
{
	json_t *captures = json_object_get(facts, "captures"), *c;
	size_t i;

	json_array_foreach(captures, i, c)
		if (e->times[i].any && json_object_get(c, "first_ns")) {
			json_object_set_new(c, "first_ns", json_integer(e->times[i].first_ns));
			json_object_set_new(c, "last_ns", json_integer(e->times[i].last_ns));
		}
}

static int by_first_frame(const void *x, const void *y)
{
	const struct file *a = x, *b = y;

	if (a->has_frame != b->has_frame)
		return a->has_frame ? -1 : 1;
	if (a->has_frame && a->frame.time_ns != b->frame.time_ns)
		return a->frame.time_ns < b->frame.time_ns ? -1 : 1;
	return a->given < b->given ? -1 : a->given > b->given;
}

struct given { /* all files, and how many of them are of each point */
	const char *const *files;
	const uint32_t *points;
};

/* Takes the captures of that point. */
static void reader_open(struct ends *e, enum side side, const struct given *g, struct capture **captures, size_t which)
{
	struct reader *r = &e->readers[side];

	*r = (struct reader){ .side = side, .n = g->points[which] };
	for (size_t i = 0; i < which; i++)
		r->first += g->points[i];
	r->files = mem_zero((r->n + 1) * sizeof *r->files);
	for (uint32_t i = 0; i < r->n; i++) {
		struct file *f = &r->files[i];

		f->given = r->first + i;
		f->name = g->files[f->given];
		f->capture = captures[f->given];
		captures[f->given] = NULL;
		f->has_frame = f->capture && capture_next(f->capture, &f->frame);
	}
	qsort(r->files, r->n, sizeof *r->files, by_first_frame);
	for (uint32_t i = 0; i < r->n; i++) {
		struct file *f = &r->files[i];

		if (f->capture)
			f->dissector = dissector_new(
				&(struct dissect_options){ .capture = r->first + i, .saw = saw, .ctx = e });
		else if (e->second)
			source_unreadable(e->tracks[side], r->first + i, f->name);
		if (f->capture && !f->has_frame)
			end_file(e, r, i, true);
	}
}

static void readers_close(struct ends *e)
{
	for (int side = NEAR; side < SIDES; side++)
		mem_free(e->readers[side].files);
}

struct pair { /* points by number, and their files opened for both readings */
	size_t near, far;
	struct capture **captures[2];
};

/* How many of its files can be read. */
static size_t open_pair(const char *const *files, size_t n, const struct run_options *o, size_t near, size_t far,
			struct pair *ret, struct run_trouble *trouble)
{
	size_t open = 0;

	*ret = (struct pair){ .near = near, .far = far };
	for (int reading = 0; reading < 2; reading++) {
		ret->captures[reading] = mem_zero((n + 1) * sizeof *ret->captures[reading]);
		open = 0;
		for (size_t point = 0, first = 0; point < o->points_len; first += o->points[point++])
			if (point == near || point == far)
				open += source_open(files + first, o->points[point], o,
						    ret->captures[reading] + first, trouble);
	}
	return open;
}

static void tell(struct compare *c, enum side end, const json_t *address)
{
	struct addr a;

	if (json_is_string(address) && addr_parse(json_string_value(address), &a))
		compare_told(c, end, &a);
}

/* Who is at which end of the whole way is so on each stretch, also for a point that none of it reaches. */
static void tell_ends(struct compare *c, const json_t *whole)
{
	static const char *const letters[SIDES] = { "a", "b" };
	json_t *tunnel, *nat;
	size_t i, k;

	json_array_foreach(json_object_get(whole, "tunnels"), i, tunnel) {
		const json_t *between = json_object_get(tunnel, "between");

		for (int end = NEAR; end < SIDES; end++) {
			tell(c, (enum side)end, json_object_get(json_object_get(between, "ends"), letters[end]));
			json_array_foreach(json_object_get(json_object_get(between, "nat"), letters[end]), k, nat)
				tell(c, (enum side)end, json_object_get(json_object_get(nat, "outside"), "address"));
		}
	}
}

/* {near, far, both}: facts. Captures are closed. whole: of the whole way where this is a stretch of it, else NULL. */
static json_t *facts_of(const char *const *files, size_t n, const struct run_options *o, const struct pair *p,
			const json_t *whole)
{
	const struct given g = { files, o->points };
	struct ends e = { .o = o, .compare = compare_new(), .times = mem_zero((n + 1) * sizeof *e.times) };
	json_t *near, *far, *both;

	tell_ends(e.compare, whole);
	reader_open(&e, NEAR, &g, p->captures[0], p->near);
	reader_open(&e, FAR, &g, p->captures[0], p->far);
	read_first(&e);
	readers_close(&e);
	for (int side = NEAR; side < SIDES; side++)
		e.tracks[side] = track_for(&e, (enum side)side);
	compare_follow(e.compare, e.tracks[NEAR], e.tracks[FAR]);
	e.second = true;
	reader_open(&e, NEAR, &g, p->captures[1], p->near);
	reader_open(&e, FAR, &g, p->captures[1], p->far);
	read_second(&e);
	readers_close(&e);
	near = track_facts(e.tracks[NEAR]);
	far = track_facts(e.tracks[FAR]);
	restore_times(&e, near);
	restore_times(&e, far);
	both = compare_facts(e.compare, near, far);
	track_free(e.tracks[NEAR]);
	track_free(e.tracks[FAR]);
	compare_free(e.compare);
	mem_free(e.times);
	return json_pack("{s:o,s:o,s:o}", "near", near, "far", far, "both", both);
}

/* --- more than two points ------------------------------------------------------------------ */

static bool shares(const json_t *x, const json_t *y, const char *list, const char *key)
{
	const json_t *a, *b;
	size_t i, k;

	json_array_foreach(json_object_get(x, list), i, a)
		json_array_foreach(json_object_get(y, list), k, b)
			if (json_equal(json_object_get(a, key), json_object_get(b, key)))
				return true;
	return false;
}

static const json_t *same_tunnel(const json_t *segment, const json_t *tunnel)
{
	const json_t *t;
	size_t i;

	json_array_foreach(json_object_get(segment, "tunnels"), i, t)
		if (json_object_get(t, "between") &&
		    (shares(t, tunnel, "attempts", "spi_i") || shares(t, tunnel, "flows", "spi")))
			return t;
	return NULL;
}

/* Of a way the numbers that tell where packets are lost. */
static json_t *counts_of(const json_t *way)
{
	json_t *classes = json_object(), *class;
	const char *name;

	json_object_foreach(json_object_get(way, "classes"), name, class)
		json_object_set_new(classes, name,
				    json_pack("{s:O,s:O,s:O}", "sent", json_object_get(class, "sent"), "arrived",
					      json_object_get(class, "arrived"), "lost", json_object_get(class, "lost")));
	return json_pack("{s:o}", "classes", classes);
}

static void add_segment(json_t *tunnel, const json_t *segment, const char *from, const char *to)
{
	const json_t *t = same_tunnel(segment, tunnel), *between = json_object_get(t, "between");
	json_t *e = json_object_get(tunnel, "between"), *list = json_object_get(e, "segments");
	const json_t *ways = json_object_get(between, "ways"), *ends = json_object_get(between, "ends");
	bool turned = json_equal(json_object_get(ends, "a"), json_object_get(json_object_get(e, "ends"), "b")) ||
		      json_equal(json_object_get(ends, "b"), json_object_get(json_object_get(e, "ends"), "a"));

	if (!e || !t)
		return;
	if (!list)
		json_object_set_new(e, "segments", list = json_array());
	json_array_append_new(list, json_pack("{s:s,s:s,s:{s:o,s:o}}", "from", from, "to", to, "ways", "a",
					      counts_of(json_object_get(ways, turned ? "b" : "a")), "b",
					      counts_of(json_object_get(ways, turned ? "a" : "b"))));
}

/* The files between are told as the segments read them. */
static void take_captures(json_t *both, const json_t *facts, const struct run_options *o, size_t point)
{
	json_t *list = json_object_get(both, "captures");
	size_t first = 0;

	for (size_t i = 0; i < point; i++)
		first += o->points[i];
	for (size_t i = first; i < first + o->points[point]; i++) {
		json_t *c = json_deep_copy(json_array_get(json_object_get(json_object_get(facts, "far"), "captures"), i));

		json_object_set_new(c, "side", json_string("between"));
		json_array_set_new(list, i, c);
	}
}

static const char *last_part(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash && slash[1] ? slash + 1 : file;
}

/* Without its folder, where no other file is called so. */
static const char *short_name(const char *const *files, size_t n, const char *file)
{
	size_t same = 0;

	for (size_t i = 0; i < n; i++)
		same += !strcmp(last_part(files[i]), last_part(file));
	return same > 1 ? file : last_part(file);
}

static void add_segments(json_t *both, const char *const *files, size_t n, const struct run_options *o,
			 struct pair *pairs)
{
	size_t first = 0;

	for (size_t i = 0; i + 1 < o->points_len; first += o->points[i++]) {
		json_t *facts = facts_of(files, n, o, &pairs[i], both), *tunnel;
		size_t k;

		json_array_foreach(json_object_get(both, "tunnels"), k, tunnel)
			add_segment(tunnel, json_object_get(facts, "both"), short_name(files, n, files[first]),
				    short_name(files, n, files[first + o->points[i]]));
		if (i + 2 < o->points_len)
			take_captures(both, facts, o, i + 1);
		json_decref(facts);
	}
}

/* --- the whole ---------------------------------------------------------------------------- */

static json_t *model_of(const json_t *facts, struct judge *j, const struct run_options *o)
{
	struct report_options how = { .version = o->version, .sandbox = o->sandbox, .names = o->names,
				      .names_len = o->names_len, .rules_hash = judge_rules_hash(j),
				      .filtered = o->filter || o->peer || o->since_ns || o->until_ns };
	const json_t *both = json_object_get(facts, "both");
	json_t *findings = judge_ends(j, json_object_get(facts, "near"), json_object_get(facts, "far"), both);
	json_t *model = report_model(both, findings, &how);

	json_decref(findings);
	return model;
}

json_t *run_ends(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		 struct run_trouble *ret)
{
	size_t segments = o->points_len > 2 ? o->points_len - 1 : 0, open;
	struct pair ends, *pairs = mem_zero((segments + 1) * sizeof *pairs);
	json_t *facts, *result = NULL;

	open = open_pair(files, n, o, 0, o->points_len - 1, &ends, ret);
	for (size_t i = 0; i < segments; i++)
		open_pair(files, n, o, i, i + 1, &pairs[i], ret);
	if (o->opened)
		o->opened();
	facts = facts_of(files, n, o, &ends, NULL);
	if (segments)
		add_segments(json_object_get(facts, "both"), files, n, o, pairs);
	if (o->place)
		o->place->read = true;
	if (open && !ret->usage)
		result = j ? json_pack("{s:o}", "model", run_told(model_of, facts, j, o))
			   : json_pack("{s:O}", "facts", json_object_get(facts, "both"));
	for (size_t i = 0; i < segments; i++) {
		mem_free(pairs[i].captures[0]);
		mem_free(pairs[i].captures[1]);
	}
	mem_free(ends.captures[0]);
	mem_free(ends.captures[1]);
	mem_free(pairs);
	json_decref(facts);
	return result;
}
