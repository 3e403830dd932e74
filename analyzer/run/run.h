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

struct run_options {
	const char *filter;                 /* libpcap expression, or NULL */
	const struct addr *locals;
	size_t locals_len;
	const struct addr *peer;
	int64_t since_ns, until_ns;         /* 0: no bound */
	const struct report_name *names;
	size_t names_len;
	const char *version;
	const volatile bool *stop;          /* set by a signal: report what there is; may be NULL */
	void (*progress)(void *ctx, const char *file, uint64_t frames); /* now and then; may be NULL */
	void *ctx;
};

struct run_trouble {
	const char *file; /* lent from `files` */
	bool usage;       /* the filter is wrong, not the file */
	char text[320];
};

/*
 * Facts of the files taken together as one point, in the order given. NULL and
 * *ret when the first one that fails leaves nothing to tell: a file that cannot
 * be read beside others that can is a note in the document. Caller owns the
 * result.
 */
json_t *run_facts(const char *const *files, size_t n, const struct run_options *o,
		  struct run_trouble *ret);

/*
 * Files whose times follow on each other and that share a pair of hosts are one
 * point (a ring), in order of time whatever their order on the command line;
 * others get a model each. An array of models, in order of time of their first
 * file on the command line; caller owns it. NULL and *ret as above.
 */
json_t *run_models(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		   struct run_trouble *ret);

#endif
