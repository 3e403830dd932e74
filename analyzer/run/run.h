/*
 * run/run.h - sources and options in, report models out: the library.
 *
 * Never forks on its own (the capture room does, for compressed files), never
 * locks, never exits its host, prints nothing. Needs no clock: time is packet
 * time.
 */
#ifndef ANALYZER_RUN_RUN_H
#define ANALYZER_RUN_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/judge/judge.h"
#include "analyzer/report/report.h"
#include "dissect/net/addr.h"

struct run_trouble {
	const char *file; /* lent from `files` */
	bool usage;       /* the filter is wrong, not the file */
	char text[320];
};

struct run_options {
	const char *filter;                 /* libpcap expression, or NULL */
	const struct addr *locals;
	size_t locals_len;
	const struct addr *peer;
	int64_t since_ns, until_ns;         /* 0: no bound */
	const struct report_name *names;
	size_t names_len;
	const char *version;
	struct judge *ticket_judge;         /* judges again for the text of tickets; NULL: that is in the language of the report */
	const volatile bool *stop;          /* set by SIGALRM's handler, say: report what there is; may be NULL */
	/* For whoever watches over a run; all may be NULL. */
	void (*opened)(void);               /* every file is open, no frame was looked at yet */
	volatile struct run_place *place;   /* written before each frame: where the run is */
	const struct run_place *until;      /* read no frame from this one on */
	const char *sandbox;                /* what holds the run in, in words; may be NULL */
	void (*progress)(void *ctx, const char *file, uint64_t frames); /* now and then */
	void (*trouble)(void *ctx, const struct run_trouble *t);        /* for each file; usage once */
	void *ctx;
	/* Of run_ends: how many of the files, in their order, were recorded at each point, near to far; two at least. */
	const uint32_t *points;
	size_t points_len;
};

struct run_place {
	uint32_t file;  /* index among the files of the run */
	uint64_t frame; /* number, from 1; 0 before the first */
	bool read;      /* all frames were read: facts, judgement and model are being made */
	uint64_t reads; /* pieces read of all files: grows where no frame comes through a filter */
};

/*
 * The files taken together as one point, in the order given. With a judge:
 * {"model": a report model, "key": what ring.h wants}, with a ticket_judge "ticket" in the model, its own; without: {"facts": what
 * rules can see}. NULL and *ret when nothing could be read; *ret alone when
 * that holds for some of the files, of which it is the first: each goes to
 * o->trouble, and is a note in the document too. Caller owns the result.
 */
json_t *run_group(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		  struct run_trouble *ret);

/* The model that make() gives of the facts with j, and with o->ticket_judge as its "ticket", each in the language of its judge. */
typedef json_t *run_model_fn(const json_t *facts, struct judge *j, const struct run_options *o);
json_t *run_told(run_model_fn *make, const json_t *facts, struct judge *j, const struct run_options *o);

/* A trouble for o->trouble, and for *ret when it is the first; a wrong filter beats all and is told once. */
void run_note(const struct run_options *o, const struct run_trouble *trouble, struct run_trouble *ret);

/*
 * What the path did between points: every file is read twice, so none may be a pipe. With a judge the
 * result is {"model"}, without it {"facts"} as compare_facts() has them.
 */
json_t *run_ends(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		 struct run_trouble *ret);

/*
 * Files whose times follow on each other and that share a pair of hosts are one
 * point (a ring), in order of time whatever their order on the command line;
 * others get a model each. `group` is run_group, or does the same elsewhere. An
 * array of models, in order of the command line; caller owns it. NULL and *ret
 * as above.
 */
typedef json_t *run_group_fn(const char *const *files, size_t n, struct judge *j,
			     const struct run_options *o, struct run_trouble *ret);
json_t *run_models(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		   run_group_fn *group, struct run_trouble *ret);

#endif
