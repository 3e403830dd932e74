/*
 * ends/ends.c - tells every story of ends.def, has its recordings compared, and holds the report against it.
 *
 * usage: ends [-v] [-k FOLDER] [STORY...]   -v: what each story brings; -k: keeps the captures there
 *
 * IKESCOPE_BIN is the program under test. Whatever a row expects, findings cite frames
 * that exist, what the report says was sent and lost in each class is what really was
 * (support/route.h knows), and with the captures in the other order the same findings
 * stand, of the other side. A row that is marked `known` may fail: it is printed with
 * its reason.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/ends/stories.h"
#include "tests/support/expect.h"

enum { FILES_ROOM = 2048 }; /* names of the files of one point */

struct row {
	const char *name;
	void (*story)(struct route *w);
	const char *shows, *verdict, *must, *must_not, *culprit, *counts, *known;
};

static const struct row rows[] = {
#define END(story, shows, verdict, must, must_not, culprit, counts, known) \
	{ #story, story, shows, verdict, must, must_not, culprit, counts, known },
#include "tests/ends/ends.def"
#undef END
};

/* The report about files[0..n-1] in that order, or backwards; NULL with a complaint. */
static json_t *compared(struct complaints *c, char files[][FILES_ROOM], size_t n, bool backwards, int *ret_exit)
{
	const char *program = getenv("IKESCOPE_BIN");
	char command[ROUTE_RECORDERS * FILES_ROOM + 512];
	size_t at = (size_t)snprintf(command, sizeof command, "'%s' compare -f json", program ? program : "build/ikescope");
	json_error_t error;
	json_t *model;
	FILE *f;

	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(command + at, sizeof command - at, " '%s'", files[backwards ? n - 1 - i : i]);
	snprintf(command + at, sizeof command - at, " 2>/dev/null");
	f = popen(command, "r");
	model = f ? json_loadf(f, 0, &error) : NULL;
	*ret_exit = f ? WEXITSTATUS(pclose(f)) : -1;
	if (!model)
		complain(c, "\n\tno report (exit %d)", *ret_exit);
	return model;
}

/* "id@words": a standing finding of that id has these words in its text. */
static bool says(const char *want, const json_t *findings)
{
	size_t len = strcspn(want, "@"), i;
	json_t *f;

	json_array_foreach (findings, i, f)
		if (strlen(text_of(f, "id")) == len && !strncmp(text_of(f, "id"), want, len) && stands(f) &&
		    strstr(text_of(f, "text"), want + len + 1))
			return true;
	return false;
}

static void hold_list(struct complaints *c, const char *list, const json_t *findings, bool must)
{
	char copy[512], *word, *rest;

	snprintf(copy, sizeof copy, "%s", list);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char any[100];

		snprintf(any, sizeof any, "%s%s", word, must || strpbrk(word, ":=!~") ? "" : "!");
		if ((strchr(word, '@') ? says(word, findings) : meets(any, findings)) != must)
			complain(c, "\n\t%s %s", must ? "lacks" : "has", word);
	}
}

/* --- counts ----------------------------------------------------------------------- */

/* Of the first tunnel that both ends hold. */
static const json_t *ways_of(const json_t *model, enum side from)
{
	const json_t *ways = NULL, *tunnel;
	size_t i;

	json_array_foreach (json_object_get(model, "tunnels"), i, tunnel)
		if (!ways)
			ways = json_object_get(json_object_get(tunnel, "ends"), "ways");
	return json_object_get(ways, from == A ? "a" : "b");
}

static struct truth counted(const json_t *model, enum side from, enum route_class class)
{
	const json_t *of = json_object_get(json_object_get(ways_of(model, from), "classes"), route_class_names[class]);

	return (struct truth){ (uint32_t)json_integer_value(json_object_get(of, "sent")),
			       (uint32_t)json_integer_value(json_object_get(of, "lost")) };
}

/* Exact where both recorded all the time; where one began late or ended early, its margins may differ. */
static void hold_truth(struct complaints *c, struct complaints *told, const struct route *w, const json_t *model)
{
	for (int from = A; from <= B; from++)
		for (int class = 0; ways_of(model, (enum side)from) && class < ROUTE_CLASSES; class++) {
			struct truth inner = route_truth(w, (enum side)from, (enum route_class)class, 4);
			struct truth outer = route_truth(w, (enum side)from, (enum route_class)class, -4);
			struct truth said = counted(model, (enum side)from, (enum route_class)class);

			if (class == W_ICMP || class == W_KEEPALIVE || class == W_OTHER)
				continue;
			if (outer.sent)
				complain(told, "\n\t  %c.%s=%u/%u", "ab"[from], route_class_names[class], outer.lost, outer.sent);
			if (said.sent < inner.sent || said.sent > outer.sent || said.lost < inner.lost ||
			    said.lost > outer.lost)
				complain(c, "\n\t%c.%s lost %u of %u, not %u of %u", "ab"[from], route_class_names[class],
					 said.lost, said.sent, outer.lost, outer.sent);
		}
}

/* "a.ike_500=12/12": lost, sent. What the row says, the way must have done. */
static void hold_counts(struct complaints *c, const char *counts, const struct route *w)
{
	char copy[256], *word, *rest;

	snprintf(copy, sizeof copy, "%s", strcmp(counts, "none") ? counts : "");
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		enum side from = *word == 'a' ? A : B;
		char *name = word + 2, *equal = strchr(word, '=');
		unsigned lost, sent;
		int class = 0;

		assert(equal && sscanf(equal, "=%u/%u", &lost, &sent) == 2);
		*equal = 0;
		while (class < ROUTE_CLASSES && strcmp(name, route_class_names[class]))
			class++;
		assert(class < ROUTE_CLASSES);
		if (route_truth(w, from, (enum route_class)class, 0).lost != lost ||
		    route_truth(w, from, (enum route_class)class, 0).sent != sent)
			complain(c, "\n\tthe way itself lost %u of %u %s", route_truth(w, from, (enum route_class)class, 0).lost,
				 route_truth(w, from, (enum route_class)class, 0).sent, word);
	}
}

/* --- the other way round ------------------------------------------------------------ */

static const char *mirrored(const char *culprit)
{
	return !strcmp(culprit, "local") ? "peer" : !strcmp(culprit, "peer") ? "local" : culprit;
}

static bool has_like(const json_t *findings, const json_t *f)
{
	const json_t *other;
	size_t i;

	json_array_foreach (findings, i, other)
		if (!strcmp(text_of(other, "id"), text_of(f, "id")) && stands(other) == stands(f) &&
		    !strcmp(text_of(other, "confidence"), text_of(f, "confidence")) &&
		    !strcmp(text_of(other, "severity"), text_of(f, "severity")) &&
		    !strcmp(mirrored(text_of(other, "culprit")), text_of(f, "culprit")))
			return true;
	return false;
}

static void hold_mirror(struct complaints *c, const json_t *model, const json_t *mirror)
{
	const char *id = text_of(json_object_get(model, "verdict"), "id");
	json_t *here = all_findings(model), *there = all_findings(mirror), *f;
	size_t i;

	if (strcmp(id, text_of(json_object_get(mirror, "verdict"), "id")))
		complain(c, "\n\tbackwards the verdict is %s", text_of(json_object_get(mirror, "verdict"), "id"));
	json_array_foreach (here, i, f)
		if (!has_like(there, f))
			complain(c, "\n\tbackwards it lacks %s", text_of(f, "id"));
	json_array_foreach (there, i, f)
		if (!has_like(here, f))
			complain(c, "\n\tbackwards it has %s", text_of(f, "id"));
	json_decref(here);
	json_decref(there);
}

/* --- one story ------------------------------------------------------------------------ */

static int exit_for(const char *verdict, const struct route *w)
{
	for (size_t i = 0; i < w->recorders; i++)
		if (w->recorder[i].torn)
			return 3;
	return !strcmp(verdict, "healthy") ? 0 : !strcmp(verdict, "cannot_tell") || !strcmp(verdict, "nothing_to_judge") ? 4 : 1;
}

static void hold_verdict(struct complaints *c, const struct row *row, const struct route *w, const json_t *model, int code)
{
	const json_t *verdict = json_object_get(model, "verdict"), *findings = all_findings(model);
	const char *id = text_of(verdict, "id"), *culprit = text_of(verdict, "culprit");
	json_t *f;
	size_t i;

	if (!one_of(id, row->verdict))
		complain(c, "\n\tverdict %s, not %s", id, row->verdict);
	if (*row->culprit && !one_of(culprit, row->culprit))
		complain(c, "\n\tculprit %s, not %s", culprit, row->culprit);
	if (code != exit_for(id, w))
		complain(c, "\n\texit %d with verdict %s", code, id);
	json_array_foreach (findings, i, f)
		if (!strcmp(id, "healthy") && stands(f) && is_high(f))
			complain(c, "\n\thealthy, and %s stands (%s)", text_of(f, "id"), text_of(f, "severity"));
	json_decref((json_t *)(uintptr_t)findings);
}

static void hold(struct complaints *c, struct complaints *told, const struct row *row, const struct route *w,
		 const json_t *model, int code)
{
	json_t *findings = all_findings(model), *f;
	size_t i;

	hold_verdict(c, row, w, model, code);
	hold_list(c, row->must, findings, true);
	hold_list(c, row->must_not, findings, false);
	if (strcmp(row->counts, "none") != 0)
		hold_truth(c, told, w, model);
	json_array_foreach (findings, i, f)
		hold_frames(c, model, f);
	tell_findings(told, model, findings);
	json_decref(findings);
}

static bool record_story(const struct row *row, struct route *w, const char *folder, char files[][FILES_ROOM])
{
	static const char *const points[] = { "near", "r1", "r2", "r3" };
	bool good = true;

	route_init(w);
	row->story(w);
	for (size_t i = 0; i < w->recorders; i++) {
		snprintf(files[i], FILES_ROOM, "%s/%s-%s.%s", folder, row->name, i && i + 1 == w->recorders ? "far" : points[i],
			 w->recorder[i].pcapng ? "pcapng" : "pcap");
		good = recorder_save(w, &w->recorder[i], files[i], FILES_ROOM) && good;
	}
	return good;
}

static void play(struct complaints *c, struct complaints *told, const struct row *row, const char *folder, bool keep)
{
	static struct route w;
	char files[ROUTE_RECORDERS][FILES_ROOM];
	json_t *model = NULL, *mirror = NULL;
	int code, mirror_code;

	if (!record_story(row, &w, folder, files))
		complain(c, "\n\tcannot write the captures");
	hold_counts(c, row->counts, &w);
	if ((model = compared(c, files, w.recorders, false, &code)) &&
		 (mirror = compared(c, files, w.recorders, true, &mirror_code))) {
		hold(c, told, row, &w, model, code);
		hold_mirror(c, model, mirror);
	}
	json_decref(model);
	json_decref(mirror);
	for (size_t i = 0; !keep && i < w.recorders; i++)
		for (char *rest, *one = strtok_r(files[i], ",", &rest); one; one = strtok_r(NULL, ",", &rest))
			unlink(one);
	route_clear(&w);
}

int main(int argc, char **argv)
{
	static char folder[] = "/tmp/ends-XXXXXX";
	struct stories s;

	if (!stories_begin(&s, argc, argv, folder))
		return 2;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct complaints c = { .text = "" }, told = { .text = "" };

		if (!stories_want(&s, row->name))
			continue;
		play(&c, &told, row, s.folder, s.keep);
		stories_tell(&s, row->name, "", row->shows, row->known, &c, &told);
	}
	return stories_end(&s, "pairs of recordings");
}
