#include "analyzer/worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/evidence/pseudonym.h"
#include "analyzer/worker/answer.h"
#include "dissect/base/digest.h"
#include "dissect/base/keyed.h"
#include "dissect/base/lock.h"
#include "dissect/base/mem.h"
#include "dissect/base/text.h"

enum {
	TRIES = 5,                 /* workers for one group of files */
	FEWEST = 4 << 10,          /* octets at a time, on the average */
	CHUNK = 64 << 10,
	FD_RESULT = 3,             /* of the worker */
	GONE_MS = 3000,            /* from its last word to its end */
	NO_MEMORY = 75,            /* exit code of base/mem.c */
};

static const struct worker_limits usual = {
	.beat_ms = 1000,
	.still_beats = 60,
	.busy_ms = 60000,
	.most_result = 128 << 20,  /* 4000 tunnels take 20 MB */
	.most_memory = 1 << 30,
};

struct worker {
	const struct worker_limits *limits;
	pid_t pid;
	int from;                  /* its results */
	volatile struct run_place *place;
	const char *why;           /* it came to nothing */
};

struct result {
	char *at;
	size_t len, room;
};

static int equal(const void *x, const void *y)
{
	(void)x, (void)y;
	return 0;
}

/* Whatever a library opens or asks for on its first use, before that is forbidden. */
static void warm_up(void)
{
	static bool done;
	uint8_t made[DIGEST_MAX];
	char large[2048] = { 0 };

	if (done)
		return;
	done = true;
	lock_prepare();
	json_object_seed(0);
	qsort(large, sizeof large, 1, equal); /* asks how much memory there is */
	for (int kind = DIGEST_MD5; kind <= DIGEST_SHA512; kind++)
		digest_of((enum digest)kind, &(struct bytes){ (const uint8_t *)"", 0 }, 1, made);
	keyed_works();
}

static bool put(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t put = write(fd, at, n);

		if (put < 0 && errno != EINTR)
			return false;
		if (put > 0)
			at += put, n -= (size_t)put;
	}
	return true;
}

/* jansson hands out a few octets at a time: they go together. */
struct outgoing {
	int fd;
	size_t len;
	char at[CHUNK];
};

static bool flush(struct outgoing *o)
{
	size_t len = o->len;

	o->len = 0;
	return put(o->fd, o->at, len);
}

static int put_json(const char *buffer, size_t size, void *outgoing)
{
	struct outgoing *o = outgoing;

	if (o->len + size > sizeof o->at && !flush(o))
		return -1;
	if (size > sizeof o->at)
		return put(o->fd, buffer, size) ? 0 : -1;
	memcpy(o->at + o->len, buffer, size);
	o->len += size;
	return 0;
}

static bool send_json(int to, const json_t *message)
{
	static struct outgoing out;

	out = (struct outgoing){ .fd = to };
	return !json_dump_callback(message, put_json, &out, JSON_COMPACT | JSON_REAL_PRECISION(17)) &&
	       flush(&out);
}

/* What a process that was taken over prints would reach the terminal, or the report. */
static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	if (null > STDERR_FILENO)
		close(null);
}

static void lock_worker(void)
{
	if (lock_works())
		leave_terminal();
	lock_now(LOCK_WORKER);
}

/* Of what its parent had open it keeps the standard three and the pipe. */
static int keep_only(int to)
{
	if (to != FD_RESULT && dup2(to, FD_RESULT) < 0)
		_exit(1);
	close_range(FD_RESULT + 1, ~0U, 0);
	return FD_RESULT;
}

/* The worker's own: all that it could not read, for its parent. */
struct told {
	json_t *troubles;
	const char *const *files;
};

static void keep_trouble(void *ctx, const struct run_trouble *trouble)
{
	const struct told *t = ctx;
	struct text safe; /* JSON takes UTF-8 only */
	int file = 0;

	while (t->files[file] != trouble->file)
		file += 1;
	text_init(&safe);
	text_add_wire(&safe, (struct bytes){ (const uint8_t *)trouble->text, strlen(trouble->text) });
	json_array_append_new(t->troubles, json_pack("{s:i,s:b,s:s}", "file", file, "usage", (int)trouble->usage,
						     "text", safe.at));
	text_clear(&safe);
}

struct job {
	bool (*work)(const struct job *job, struct worker *w, int to);
	run_group_fn *group;       /* and what it is called with */
	const char *const *files;
	size_t n;
	struct judge *j;
	const struct run_options *o;
	const struct evidence_order *order;
};

static bool work_group(const struct job *job, struct worker *w, int to)
{
	const char *const *files = job->files;
	struct run_options mine = *job->o;
	struct run_trouble trouble = { 0 };
	json_t *message = json_object(), *result;
	struct told told = { json_array(), files };

	mine.place = w->place;
	mine.progress = NULL;
	mine.trouble = keep_trouble;
	mine.ctx = &told;
	mine.opened = lock_worker;
	result = job->group(files, job->n, job->j, &mine, &trouble);
	if (result)
		json_object_set_new(message, "result", result);
	json_object_set_new(message, "troubles", told.troubles);
	return send_json(to, message);
}

/* Never returns: what the parent's exit handlers and buffers hold is the parent's. */
static void work(const struct job *job, struct worker *w, int to, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(0);
	_exit(job->work(job, w, keep_only(to)) ? 0 : 1);
}

static bool start(struct worker *w, const struct job *job)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	w->pid = fork();
	if (w->pid == 0) {
		close(ends[0]);
		work(job, w, ends[1], parent);
	}
	close(ends[1]);
	w->from = ends[0];
	if (w->pid < 0)
		close(ends[0]);
	return w->pid > 0;
}

/* Forward: what does not move, or goes back and forth, has no progress to show. */
static bool moved(struct run_place *furthest, const volatile struct run_place *now)
{
	struct run_place at = { now->file, now->frame, now->read, now->reads };
	bool moved = at.file > furthest->file || (at.file == furthest->file && at.frame > furthest->frame) ||
		     at.read > furthest->read || at.reads > furthest->reads;

	if (moved)
		*furthest = at;
	return moved;
}

static void show(const struct worker *w, const char *const *files, size_t n, const struct run_options *o)
{
	uint32_t file = w->place->file;

	if (o->progress && file < n)
		o->progress(o->ctx, files[file], w->place->frame);
}

/* At the other end may be a recorder. */
static bool is_live(const char *file)
{
	struct stat s;

	return !strcmp(file, "-") || (stat(file, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISBLK(s.st_mode));
}

/* Of the processor: where many want it a worker waits long, and is well. */
static int64_t used_ms(const struct worker *w)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(w->pid, &clock) || clock_gettime(clock, &t) < 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct pulse {
	struct run_place furthest;
	int64_t used_ms, moved_ms; /* its own time, at the last look and at its last move */
	unsigned still;            /* looks since it did anything at all */
};

/* Nothing came, for a whole moment or until a signal; false after too long without a sign of life. */
static bool is_alive(struct pulse *p, const struct worker *w, bool whole, const char *const *files,
		     const struct run_options *o)
{
	bool stopped = o->stop && *o->stop;
	int64_t used = used_ms(w);

	if (stopped)
		kill(w->pid, SIGALRM); /* whoever interrupts one process means both; it may miss the first */
	p->still = used > p->used_ms ? 0 : p->still + whole;
	p->used_ms = used;
	/* a recorder may be quiet for as long as it likes */
	if (moved(&p->furthest, w->place) || (!stopped && is_live(files[0]))) {
		p->moved_ms = used;
		p->still = 0;
	}
	return p->still < w->limits->still_beats && used - p->moved_ms < w->limits->busy_ms;
}

/* Everything it has to say; false when it hangs, says too much, or the pipe breaks. */
static bool listen_to(struct worker *w, const char *const *files, size_t n, const struct run_options *o,
		      struct result *r)
{
	struct pollfd p = { .fd = w->from, .events = POLLIN };
	struct pulse pulse = { .still = 0 };
	size_t pieces = 0;

	for (;;) {
		int ready = poll(&p, 1, w->limits->beat_ms);
		ssize_t got;

		if (ready < 0 && errno != EINTR)
			return false;
		if (ready <= 0) {
			if (!is_alive(&pulse, w, ready == 0, files, o)) {
				w->why = "the process that reads it stood still, nothing could be kept";
				return false;
			}
			show(w, files, n, o);
			continue;
		}
		if (r->len + CHUNK > r->room) {
			r->room = r->room ? r->room * 2 : 4 * CHUNK;
			r->at = mem_resize(r->at, r->room);
		}
		got = read(w->from, r->at + r->len, CHUNK);
		if (got == 0)
			return true;
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0)
			r->len += (size_t)got;
		if (r->len > w->limits->most_result || ++pieces > w->limits->most_result / FEWEST)
			return false;
	}
}

/* It closes the pipe by ending, unless it means harm. Valgrind knows no pidfd: then this naps. */
static bool ends_by_itself(const struct worker *w)
{
	struct pollfd p = { .fd = lock_works() ? pidfd_open(w->pid, 0) : -1, .events = POLLIN };
	siginfo_t gone = { .si_pid = 0 };

	for (int ms = 1; !gone.si_pid && ms < GONE_MS; ms *= 2) {
		poll(&p, 1, ms); /* not a moment, where there is a descriptor */
		if (waitid(P_PID, (id_t)w->pid, &gone, WEXITED | WNOHANG | WNOWAIT) < 0)
			break;
	}
	if (p.fd >= 0)
		close(p.fd);
	return gone.si_pid;
}

static bool ended_well(struct worker *w, bool heard)
{
	int status = 0;
	pid_t got;

	close(w->from);
	if (!heard || !ends_by_itself(w))
		kill(w->pid, SIGKILL);
	do
		got = waitpid(w->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got == w->pid && WIFEXITED(status) && WEXITSTATUS(status) == NO_MEMORY)
		w->why = "the process that reads it had not enough memory, nothing could be kept";
	return heard && got == w->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void broke(const char *const *files, size_t n, const struct worker *w, const struct run_options *o,
		  struct run_trouble *ret)
{
	uint32_t file = w->place->file;
	struct run_trouble trouble = { .file = files[file < n ? file : 0] };

	snprintf(trouble.text, sizeof trouble.text, "%s",
		 w->why ? w->why : "the process that reads it broke down, nothing could be kept");
	run_note(o, &trouble, ret);
}

static volatile struct run_place *shared_place(void)
{
	void *at = mmap(NULL, sizeof(struct run_place), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* A pipe, by whatever name, gives what it holds once. */
static bool can_be_read_again(const char *file, off_t began)
{
	if (!strcmp(file, "-"))
		return began >= 0 && lseek(STDIN_FILENO, began, SEEK_SET) == began;
	return !is_live(file);
}

/* Is there something to keep, and can it be read once more? */
static bool worth_another(const char *const *files, size_t n, const struct worker *w, off_t began)
{
	bool again = w->place->frame && !w->place->read;

	for (size_t i = 0; again && i < n; i++)
		again = can_be_read_again(files[i], began);
	return again;
}

/* Workers, until one reaches the end or dies at the first frame. */
static json_t *run_watched(run_group_fn *group, const char *const *files, size_t n, struct judge *j,
			   const struct run_options *o, struct worker *w, struct run_trouble *ret)
{
	off_t began = lseek(STDIN_FILENO, 0, SEEK_CUR);
	struct run_options how = *o;
	const struct job job = { .work = work_group, .group = group, .files = files, .n = n, .j = j, .o = &how };
	struct run_place until;

	how.sandbox = worker_sandbox();
	for (int i = 0; i < TRIES; i++) {
		struct result r = { 0 };
		json_t *result = NULL;
		bool done, heard;

		w->why = NULL;
		*w->place = (struct run_place){ 0 };
		if (!start(w, &job)) {
			w->why = "no process could be started to read it";
			break;
		}
		heard = listen_to(w, files, n, o, &r);
		done = ended_well(w, heard) && answer_take((struct bytes){ (const uint8_t *)r.at, r.len },
							   w->limits->most_memory, files, n, o, ret, &result);
		mem_free(r.at);
		if (done)
			return result;
		if (!worth_another(files, n, w, began))
			break;
		until = (struct run_place){ w->place->file, w->place->frame, false, 0 };
		how.until = &until;
	}
	broke(files, n, w, o, ret);
	return NULL;
}

json_t *worker_run_within(const struct worker_limits *limits, run_group_fn *group, const char *const *files,
			  size_t n, struct judge *j, const struct run_options *o, struct run_trouble *ret)
{
	/* A host that ignores its children, or whose parent did, would not learn how they ended. */
	struct sigaction heed = { .sa_handler = SIG_DFL }, before;
	struct worker w = { .limits = limits, .place = shared_place() };
	json_t *result;

	if (!w.place) {
		*ret = (struct run_trouble){ .file = files[0], .text = "no memory to share with a process" };
		return NULL;
	}
	warm_up();
	sigaction(SIGCHLD, &heed, &before);
	result = run_watched(group, files, n, j, o, &w, ret);
	sigaction(SIGCHLD, &before, NULL);
	munmap((void *)(uintptr_t)w.place, sizeof(struct run_place));
	return result;
}

json_t *worker_run(run_group_fn *group, const char *const *files, size_t n, struct judge *j,
		   const struct run_options *o, struct run_trouble *ret)
{
	return worker_run_within(&usual, group, files, n, j, o, ret);
}

json_t *worker_group(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		     struct run_trouble *ret)
{
	return worker_run(run_group, files, n, j, o, ret);
}

/* --- evidence ------------------------------------------------------------------------------ */

enum { TAIL = 8 }; /* behind file and message: octets of the message */

static bool put_octets(void *outgoing, const void *at, size_t len)
{
	return !put_json(at, len, outgoing);
}

static bool send_evidence(const struct job *job, int to)
{
	static struct outgoing out;
	const struct evidence_order *order = job->order;
	struct evidence_result result = { 0 };
	struct evidence_trouble trouble = { 0 };
	struct evidence *e = evidence_open(order, &trouble);
	json_t *message;
	uint64_t len;
	char *words;

	out = (struct outgoing){ .fd = to };
	lock_worker();
	if (e && evidence_write(e, put_octets, &out, &result, &trouble))
		message = json_pack("{s:I,s:I,s:I,s:O*}", "frames", (json_int_t)result.frames, "blanked",
				    (json_int_t)result.blanked, "left_out", (json_int_t)result.left_out, "map",
				    order->pseudonyms ? pseudonyms_map(order->pseudonyms) : NULL);
	else
		message = json_pack("{s:i,s:s}", "source", (int)trouble.source, "text", trouble.text);
	words = json_dumps(message, JSON_COMPACT);
	len = words ? strlen(words) : 0;
	return words && put_octets(&out, words, len) && put_octets(&out, &len, sizeof len) && flush(&out);
}

static bool work_evidence(const struct job *job, struct worker *w, int to)
{
	struct evidence_order mine = *job->order;
	struct job own = *job;

	mine.reads = &w->place->reads;
	own.order = &mine;
	return send_evidence(&own, to);
}

static void complain_of(struct evidence_trouble *ret, size_t source, const char *text)
{
	ret->source = source;
	snprintf(ret->text, sizeof ret->text, "%s", text);
}

/* The file lies in front of the message; NULL when there is none. */
static json_t *message_of(const struct result *r, size_t *ret_file)
{
	uint64_t len;

	if (r->len < TAIL)
		return NULL;
	memcpy(&len, r->at + r->len - TAIL, TAIL);
	if (len > r->len - TAIL)
		return NULL;
	*ret_file = r->len - TAIL - (size_t)len;
	return answer_parse((struct bytes){ (const uint8_t *)r->at + *ret_file, (size_t)len }, usual.most_memory);
}

static bool take_evidence(const struct result *r, const struct evidence_order *o, evidence_sink *sink, void *ctx,
			  struct evidence_result *ret_result, struct evidence_trouble *ret)
{
	size_t file = 0;
	json_t *message = message_of(r, &file);
	const char *text = json_string_value(json_object_get(message, "text"));
	size_t source = (size_t)json_integer_value(json_object_get(message, "source"));
	bool fine = json_is_object(message) && !text;

	if (!json_is_object(message))
		complain_of(ret, 0, "the process that reads it broke down, no evidence could be written");
	else if (text)
		complain_of(ret, source < o->sources_len ? source : 0, text);
	if (fine) {
		ret_result->frames = (uint64_t)json_integer_value(json_object_get(message, "frames"));
		ret_result->blanked = (uint64_t)json_integer_value(json_object_get(message, "blanked"));
		ret_result->left_out = (uint64_t)json_integer_value(json_object_get(message, "left_out"));
		if (o->pseudonyms)
			pseudonyms_map_add(o->pseudonyms, json_object_get(message, "map"));
		fine = sink(ctx, r->at, file);
		if (!fine)
			complain_of(ret, o->sources_len, "cannot be written");
	}
	json_decref(message);
	return fine;
}

bool worker_evidence(const struct evidence_order *o, evidence_sink *sink, void *ctx,
		     struct evidence_result *ret_result, struct evidence_trouble *ret)
{
	struct sigaction heed = { .sa_handler = SIG_DFL }, before;
	static const struct run_options plain;
	const struct job job = { .work = work_evidence, .order = o };
	const char *const nobody = "";
	struct worker w = { .limits = &usual, .place = shared_place() };
	struct result r = { 0 };
	bool fine = false, heard;

	complain_of(ret, 0, "no process could be started to read it");
	if (!w.place)
		return false;
	warm_up();
	sigaction(SIGCHLD, &heed, &before);
	if (start(&w, &job)) {
		heard = listen_to(&w, &nobody, 1, &plain, &r);
		if (ended_well(&w, heard))
			fine = take_evidence(&r, o, sink, ctx, ret_result, ret);
		else
			complain_of(ret, 0, w.why ? w.why
						  : "the process that reads it broke down, no evidence could be written");
	}
	sigaction(SIGCHLD, &before, NULL);
	mem_free(r.at);
	munmap((void *)(uintptr_t)w.place, sizeof(struct run_place));
	return fine;
}

const char *worker_sandbox(void)
{
	return lock_words();
}
