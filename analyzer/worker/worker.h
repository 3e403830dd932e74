/*
 * worker/worker.h - untrusted captures are read by a process that can do no harm.
 *
 * worker_group() does what run_group() does, in a child that is locked down
 * after its files are open: no file, socket, process or program can be had from
 * there. The child writes its result as JSON into a pipe and ends. The parent
 * trusts none of it: its size is bounded, it must parse, and the views of a
 * report take every field as absent when it has the wrong type.
 *
 * A child that dies, or stands still, costs the frame it was at and those
 * behind it: the parent asks another child for everything before. The captures
 * in that report carry the note "worker_died". Only what cannot be read a
 * second time, a pipe, is lost then.
 */
#ifndef ANALYZER_WORKER_WORKER_H
#define ANALYZER_WORKER_WORKER_H

#include "analyzer/evidence/evidence.h"
#include "analyzer/run/run.h"

/* The same for any function of that form: worker_group() is worker_run(run_group, ...). */
json_t *worker_run(run_group_fn *group, const char *const *files, size_t n, struct judge *j,
		   const struct run_options *o, struct run_trouble *ret);
json_t *worker_group(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		     struct run_trouble *ret);

/*
 * evidence_open() and evidence_write() in a worker. The file comes through the
 * pipe and goes to the sink when it is whole; what was replaced is added to the
 * order's pseudonyms. No second try: false and *ret.
 */
bool worker_evidence(const struct evidence_order *o, evidence_sink *sink, void *ctx,
		     struct evidence_result *ret_result, struct evidence_trouble *ret);
struct worker_limits {
	int beat_ms;           /* how often it is looked after */
	unsigned still_beats;  /* without a piece read and without use of the processor: it hangs */
	int64_t busy_ms;       /* of the processor without a piece read: it goes round in circles */
	size_t most_result;    /* octets through the pipe */
	size_t most_memory;    /* octets of what becomes of them */
};
json_t *worker_run_within(const struct worker_limits *limits, run_group_fn *group, const char *const *files,
			  size_t n, struct judge *j, const struct run_options *o, struct run_trouble *ret);

/* What holds a worker in on this system: "seccomp, Landlock, rlimits", or why nothing does. Lent. */
const char *worker_sandbox(void);

#endif
