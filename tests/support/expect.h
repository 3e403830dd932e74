/*
 * support/expect.h - a report held against words that say what it must and must not contain.
 *
 *	meets("path.*:confirmed|peer.silent", findings)
 *
 * Findings are those of all tunnels and of the capture. Complaints collect in a
 * text, so that a test can go on and tell all of them.
 */
#ifndef TESTS_SUPPORT_EXPECT_H
#define TESTS_SUPPORT_EXPECT_H

#include <fnmatch.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct complaints {
	char text[2048];
	size_t len;
};

static inline void __attribute__((format(printf, 2, 3))) complain(struct complaints *c, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(c->text + c->len, sizeof c->text - c->len, format, args);
	va_end(args);
	if (n > 0)
		c->len += (size_t)n < sizeof c->text - c->len ? (size_t)n : sizeof c->text - c->len - 1;
}

static inline const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* Every finding of the report, whichever tunnel it is about. Caller owns the list. */
static inline json_t *all_findings(const json_t *model)
{
	json_t *all = json_array(), *tunnel;
	size_t i;

	json_array_extend(all, json_object_get(model, "findings"));
	json_array_foreach (json_object_get(model, "tunnels"), i, tunnel)
		json_array_extend(all, json_object_get(tunnel, "findings"));
	return all;
}

static inline bool stands(const json_t *finding)
{
	return !*text_of(finding, "explained_by");
}

static inline bool is_high(const json_t *finding)
{
	const char *severity = text_of(finding, "severity");

	return !strcmp(severity, "high") || !strcmp(severity, "critical");
}

/* "id", "id:confidence", "id=culprit", "id!" (may be explained by another), "id~" (stands) */
static inline bool meets_one(const char *want, const json_t *findings)
{
	char id[96];
	size_t len = strcspn(want, ":=!~"), i;
	bool explained = want[len] == '!';
	json_t *f;

	snprintf(id, sizeof id, "%.*s", (int)len, want);
	json_array_foreach (findings, i, f)
		if (!fnmatch(id, text_of(f, "id"), 0) && (explained || stands(f)) &&
		    (want[len] != ':' || !strcmp(text_of(f, "confidence"), want + len + 1)) &&
		    (want[len] != '=' || !strcmp(text_of(f, "culprit"), want + len + 1)))
			return true;
	return false;
}

static inline bool meets(char *want, const json_t *findings) /* "id|id" */
{
	char *rest, *word = strtok_r(want, "|", &rest);

	for (; word; word = strtok_r(NULL, "|", &rest))
		if (meets_one(word, findings))
			return true;
	return false;
}

static inline bool one_of(const char *word, const char *list) /* "a|b", patterns */
{
	char copy[512], *each, *rest;

	snprintf(copy, sizeof copy, "%s", list);
	for (each = strtok_r(copy, "|", &rest); each; each = strtok_r(NULL, "|", &rest))
		if (!fnmatch(each, word, 0))
			return true;
	return false;
}

/* A finding is a rumour without frames that are there. */
static inline void hold_frames(struct complaints *c, const json_t *model, const json_t *finding)
{
	const json_t *cited = json_object_get(json_object_get(finding, "evidence"), "frames");
	const json_t *captures = json_object_get(model, "captures");
	json_t *frame;
	size_t i;

	if (!json_array_size(cited))
		complain(c, "\n\t%s cites no frame", text_of(finding, "id"));
	json_array_foreach (cited, i, frame) {
		size_t capture = (size_t)json_integer_value(json_array_get(frame, 0));
		json_int_t number = json_integer_value(json_array_get(frame, 1));

		if (number < 1 || number > json_integer_value(json_object_get(json_array_get(captures, capture), "frames")))
			complain(c, "\n\t%s cites frame %zu:%lld", text_of(finding, "id"), capture, (long long)number);
	}
}

/* What the program says instead, without the crowd of small findings that a flood brings. */
static inline void tell_findings(struct complaints *c, const json_t *model, const json_t *findings)
{
	size_t small = 0, i;
	json_t *f;

	complain(c, "\n\tverdict %s; findings:", text_of(json_object_get(model, "verdict"), "id"));
	json_array_foreach (findings, i, f) {
		if (!is_high(f) && ++small > 8)
			continue;
		complain(c, "\n\t  %s, %s, %s, %s%s%s", text_of(f, "id"), text_of(f, "severity"),
			 text_of(f, "confidence"), text_of(f, "culprit"), stands(f) ? "" : ", follows from ",
			 text_of(f, "explained_by"));
	}
	if (small > 8)
		complain(c, "\n\t  and %zu more below high", small - 8);
}

/* --- a program that holds many stories: [-v] [-k FOLDER] [STORY...] --------------- */

struct stories {
	bool verbose, keep;      /* -v; -k: captures stay in folder */
	const char *folder;
	char **names;            /* patterns; none: all */
	int names_len;
	int held, known, failed;
};

/* folder: of mkdtemp's form, for captures that go again. False after a complaint. */
static inline bool stories_begin(struct stories *s, int argc, char **argv, char *folder)
{
	int option;

	*s = (struct stories){ .folder = folder };
	while ((option = getopt(argc, argv, "vk:")) != -1)
		if (option == 'v')
			s->verbose = true;
		else if (option == 'k')
			s->keep = true, s->folder = optarg;
		else
			return false;
	s->names = argv + optind;
	s->names_len = argc - optind;
	if (!s->keep && !mkdtemp(folder)) {
		puts("cannot make a folder");
		return false;
	}
	return true;
}

static inline bool stories_want(const struct stories *s, const char *name)
{
	for (int i = 0; i < s->names_len; i++)
		if (!fnmatch(s->names[i], name, 0))
			return true;
	return !s->names_len;
}

/* What came of one: at: "" or where it was recorded; known: "" or why it may fail. */
static inline void stories_tell(struct stories *s, const char *name, const char *at, const char *shows, const char *known,
				const struct complaints *c, const struct complaints *told)
{
	if (*known) {
		s->known++;
		printf("known %s%s: %s%s%s\n", name, at, known, !c->len ? " (holds now: take the mark away)" : "",
		       s->verbose ? c->text : "");
	} else if (c->len) {
		s->failed++;
		printf("FAIL  %s%s: %s%s%s\n", name, at, shows, c->text, told->text);
	} else {
		s->held++;
		if (s->verbose)
			printf("ok    %s%s: %s%s\n", name, at, shows, told->text);
	}
	fflush(stdout);
}

/* The exit code. */
static inline int stories_end(const struct stories *s, const char *what)
{
	if (!s->keep)
		rmdir(s->folder);
	printf("%d %s as expected, %d known to fall short, %d not as expected\n", s->held, what, s->known, s->failed);
	return s->failed != 0;
}

#endif
