#include "analyzer/worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/worker/lock.h"
#include "dissect/base/digest.h"
#include "dissect/base/mem.h"

enum {
	TRIES = 5,                 /* workers for one group of files */
	MOST_RESULT = 256 << 20,   /* octets of JSON */
	CHUNK = 64 << 10,
	BEAT_MS = 1000,
	STILL_BEATS = 60,          /* without a frame: it hangs */
};

struct worker {
	pid_t pid;
	int from;                  /* its results */
	volatile struct run_place *place;
};

struct result {
	char *at;
	size_t len, room;
};

/* Whatever a library opens or asks for on its first use, before that is forbidden. */
static void warm_up(void)
{
	static bool done;
	uint8_t made[DIGEST_MAX];

	if (done)
		return;
	done = true;
	lock_prepare();
	json_object_seed(0);
	for (int kind = DIGEST_MD5; kind <= DIGEST_SHA512; kind++)
		digest_of((enum digest)kind, &(struct bytes){ (const uint8_t *)"", 0 }, 1, made);
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

/* Never returns: what the parent's exit handlers and buffers hold is the parent's. */
static void work(run_group_fn *group, const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		 struct worker *w, int to, pid_t parent)
{
	struct run_options mine = *o;
	struct run_trouble trouble = { 0 };
	json_t *message = json_object(), *result;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (getppid() != parent)
		_exit(0);
	mine.place = w->place;
	mine.progress = NULL;
	mine.opened = lock_now;
	result = group(files, n, j, &mine, &trouble);
	if (result)
		json_object_set_new(message, "result", result);
	if (trouble.file) {
		size_t file = 0;

		while (files[file] != trouble.file)
			file += 1;
		json_object_set_new(message, "trouble",
				    json_pack("{s:i,s:b,s:s}", "file", (int)file, "usage",
					      (int)trouble.usage, "text", trouble.text));
	}
	_exit(send_json(to, message) ? 0 : 1);
}

static bool start(struct worker *w, run_group_fn *group, const char *const *files, size_t n,
		  struct judge *j, const struct run_options *o)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	w->pid = fork();
	if (w->pid == 0) {
		close(ends[0]);
		work(group, files, n, j, o, w, ends[1], parent);
	}
	close(ends[1]);
	w->from = ends[0];
	if (w->pid < 0)
		close(ends[0]);
	return w->pid > 0;
}

static bool moved(struct run_place *last, const volatile struct run_place *now)
{
	bool same = last->file == now->file && last->frame == now->frame && last->read == now->read;

	*last = (struct run_place){ now->file, now->frame, now->read };
	return !same;
}

static void show(const struct worker *w, const char *const *files, size_t n, const struct run_options *o)
{
	uint32_t file = w->place->file;

	if (o->progress && file < n)
		o->progress(o->ctx, files[file], w->place->frame);
}

/* Everything it has to say; false when it hangs, says too much, or the pipe breaks. */
static bool listen_to(const struct worker *w, const char *const *files, size_t n,
		      const struct run_options *o, struct result *r)
{
	struct run_place last = { 0 };
	struct pollfd p = { .fd = w->from, .events = POLLIN };
	bool told = false;

	for (unsigned still = 0; still < STILL_BEATS;) {
		int ready = poll(&p, 1, BEAT_MS);
		ssize_t got;

		if (ready <= 0) {
			if (ready < 0 && errno != EINTR)
				return false;
			if (o->stop && *o->stop && !told) {
				kill(w->pid, SIGALRM); /* whoever interrupts one process means both */
				told = true;
			}
			/* standard input may be quiet for as long as it likes */
			still = moved(&last, w->place) || !strcmp(files[0], "-") ? 0 : still + (ready == 0);
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
		if (r->len > MOST_RESULT)
			return false;
	}
	return false;
}

static bool ended_well(struct worker *w, bool heard)
{
	int status = 0;
	pid_t got;

	close(w->from);
	if (!heard)
		kill(w->pid, SIGKILL);
	do
		got = waitpid(w->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return heard && got == w->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void take_trouble(const json_t *told, const char *const *files, size_t n, struct run_trouble *ret)
{
	size_t file = (size_t)json_integer_value(json_object_get(told, "file"));
	const char *text = json_string_value(json_object_get(told, "text"));
	bool usage = json_is_true(json_object_get(told, "usage"));

	if (!text || file >= n || (ret->file && (ret->usage || !usage)))
		return;
	ret->file = files[file];
	ret->usage = usage;
	snprintf(ret->text, sizeof ret->text, "%s", text);
}

/* The result of a worker that ended well, when it is one. */
static bool take(const struct result *r, const char *const *files, size_t n, struct run_trouble *trouble,
		 json_t **ret)
{
	json_t *message = json_loadb(r->at ? r->at : "", r->len, JSON_REJECT_DUPLICATES, NULL), *result;

	if (!json_is_object(message)) {
		json_decref(message);
		return false;
	}
	take_trouble(json_object_get(message, "trouble"), files, n, trouble);
	result = json_object_get(message, "result");
	*ret = json_is_object(result) ? json_incref(result) : NULL;
	json_decref(message);
	return true;
}

static void broke(const char *const *files, size_t n, const volatile struct run_place *place,
		  struct run_trouble *ret)
{
	uint32_t file = place->file;

	if (ret->file)
		return;
	ret->file = files[file < n ? file : 0];
	snprintf(ret->text, sizeof ret->text, "the process that reads it broke down, nothing could be kept");
}

static volatile struct run_place *shared_place(void)
{
	void *at = mmap(NULL, sizeof(struct run_place), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Is there something to keep, and can it be read once more? */
static bool worth_another(const char *const *files, const struct worker *w)
{
	return w->place->frame && !w->place->read &&
	       (strcmp(files[0], "-") || lseek(STDIN_FILENO, 0, SEEK_SET) == 0);
}

json_t *worker_run(run_group_fn *group, const char *const *files, size_t n, struct judge *j,
		   const struct run_options *o, struct run_trouble *ret)
{
	struct run_options how = *o;
	struct run_place until;
	struct worker w = { .place = shared_place() };
	json_t *result = NULL;
	bool done = false;

	warm_up();
	how.sandbox = worker_sandbox();
	for (int i = 0; w.place && !done && i < TRIES; i++) {
		struct result r = { 0 };
		bool heard;

		*w.place = (struct run_place){ 0 };
		if (!start(&w, group, files, n, j, &how))
			break;
		heard = listen_to(&w, files, n, o, &r);
		if (ended_well(&w, heard))
			done = take(&r, files, n, ret, &result);
		mem_free(r.at);
		if (done || !worth_another(files, &w))
			break;
		until = (struct run_place){ w.place->file, w.place->frame, false };
		how.until = &until;
	}
	if (!done && w.place)
		broke(files, n, w.place, ret);
	if (w.place)
		munmap((void *)(uintptr_t)w.place, sizeof(struct run_place));
	return result;
}

json_t *worker_group(const char *const *files, size_t n, struct judge *j, const struct run_options *o,
		     struct run_trouble *ret)
{
	return worker_run(run_group, files, n, j, o, ret);
}

const char *worker_sandbox(void)
{
	return lock_words();
}
