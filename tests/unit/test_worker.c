#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "analyzer/worker/worker.h"
#include "dissect/base/lock.h"
#include "dissect/capture/capture.h"

static void opens_a_file(void)
{
	(void)!open("/dev/null", O_RDONLY);
}

static void makes_a_file(void)
{
	(void)!creat("/tmp/ikescope-test", 0600);
}

static void asks_for_a_socket(void)
{
	(void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void connects(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	(void)!connect(0, (struct sockaddr *)&to, sizeof to);
}

static void starts_a_program(void)
{
	char *words[] = { (char *)(uintptr_t) "true", NULL };

	execv("/bin/true", words);
}

static void starts_a_process(void)
{
	(void)!fork();
}

static void kills_another(void)
{
	(void)!kill(getppid(), SIGTERM);
}

static void traces_another(void)
{
	(void)!ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void makes_code(void)
{
	(void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void removes_a_file(void)
{
	(void)!unlink("/tmp/ikescope-test");
}

static void (*const harms[])(void) = {
	opens_a_file, makes_a_file, asks_for_a_socket, connects, starts_a_program, starts_a_process,
	kills_another, traces_another, makes_code, removes_a_file,
};
enum { HARMS = sizeof harms / sizeof *harms };

/* Each kind that reads what a stranger wrote. */
static const enum lock_kind kinds[] = { LOCK_WORKER, LOCK_UNPACKER, LOCK_CONVERTER };
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool is_locked_here(void)
{
	return strstr(lock_words(), "seccomp, ") != NULL;
}

START_TEST(a_locked_process_that_reaches_out_is_killed)
{
	int status = 0;
	pid_t child;

	if (!is_locked_here())
		return;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		lock_now(kinds[_i / HARMS]);
		harms[_i % HARMS]();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "kind %d, harm %d: status %x",
		      _i / HARMS, _i % HARMS, status);
}
END_TEST

START_TEST(a_locked_process_can_still_work_and_end)
{
	int status = 0, ends[2];
	char got[4] = "";
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	lock_prepare();
	child = fork();
	if (child == 0) {
		char *heap;

		lock_now(kinds[_i]);
		heap = malloc(8 << 20);
		memset(heap, 1, 8 << 20);
		free(heap);
		(void)!write(ends[1], "fine", 4);
		_exit(7);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 7);
	ck_assert_int_eq(read(ends[0], got, 4), 4);
	ck_assert_mem_eq(got, "fine", 4);
}
END_TEST

START_TEST(who_looks_up_names_has_files_but_no_socket)
{
	int status = 0;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		lock_now(LOCK_NAMES);
		_exit((open("/etc/passwd", O_RDONLY) >= 0) + 2 * (socket(AF_INET, SOCK_DGRAM, 0) >= 0) +
		      4 * (socket(AF_UNIX, SOCK_STREAM, 0) >= 0));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status) & ~1, 0);
	if (is_locked_here())
		ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

static const char *const files[] = { "one", "two" };

/* Reads 10 frames of each of two files, and dies at frame 7 of the second. */
static json_t *dies_at_seven(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
			     struct run_trouble *ret)
{
	int read = 0;

	(void)names, (void)j, (void)ret;
	for (uint32_t file = 0; file < n; file++)
		for (uint64_t frame = 1; frame <= 10; frame++) {
			if (o->until && (file > o->until->file ||
					 (file == o->until->file && frame >= o->until->frame)))
				return json_pack("{s:{s:i}}", "model", "frames", read);
			o->place->file = file;
			o->place->frame = frame;
			if (file == 1 && frame == 7)
				raise(SIGKILL);
			read += 1;
		}
	return NULL;
}

START_TEST(what_was_read_before_the_frame_that_kills_is_kept)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	json_t *result = worker_run(dies_at_seven, files, 2, NULL, &o, &trouble);

	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(result, "model"), "frames")), 16);
	ck_assert_ptr_null(trouble.file);
	json_decref(result);
}
END_TEST

static json_t *dies_at_once(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
			    struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)o, (void)ret;
	raise(SIGSEGV);
	return NULL;
}

START_TEST(a_worker_that_dies_before_the_first_frame_is_told_with_the_files_name)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };

	ck_assert_ptr_null(worker_run(dies_at_once, files, 2, NULL, &o, &trouble));
	ck_assert_str_eq(trouble.file, "one");
	ck_assert_ptr_nonnull(strstr(trouble.text, "broke down"));
}
END_TEST

static json_t *cannot_open_them(const char *const *names, size_t n, struct judge *j,
				      const struct run_options *o, struct run_trouble *ret)
{
	struct run_trouble first = { .file = names[0], .text = "is a directory" },
			   second = { .file = names[1], .text = "no such file" };

	(void)n, (void)j;
	run_note(o, &first, ret);
	run_note(o, &second, ret);
	return json_pack("{s:{}}", "model");
}

static void keep_told(void *ctx, const struct run_trouble *t)
{
	char *told = ctx;

	snprintf(told + strlen(told), 200 - strlen(told), "%s: %s; ", t->file, t->text);
}

START_TEST(each_file_that_could_not_be_read_is_told_beside_the_result)
{
	char told[200] = "";
	struct run_options o = { .trouble = keep_told, .ctx = told };
	struct run_trouble trouble = { 0 };
	json_t *result = worker_run(cannot_open_them, files, 2, NULL, &o, &trouble);

	ck_assert_ptr_nonnull(json_object_get(result, "model"));
	ck_assert_str_eq(trouble.file, "one");
	ck_assert_str_eq(trouble.text, "is a directory");
	ck_assert_str_eq(told, "one: is a directory; two: no such file; ");
	json_decref(result);
}
END_TEST

/* --- a worker beside a child that unpacks --- */

static void write_gzip(const char *name, unsigned frames)
{
	static const uint8_t header[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, [20] = 1 };
	static const uint8_t record[16 + 60] = { 1, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 60 };
	gzFile f = gzopen(name, "wb1");

	ck_assert_ptr_nonnull(f);
	gzwrite(f, header, sizeof header);
	for (unsigned i = 0; i < frames; i++)
		gzwrite(f, record, sizeof record);
	gzclose(f);
}

static json_t *stops_early(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
			   struct run_trouble *ret)
{
	struct capture_error error;
	struct capture *c = capture_open(names[0], NULL, &error);
	struct frame f;
	int read = 0;

	(void)n, (void)j, (void)ret;
	if (!c)
		return NULL;
	o->opened();
	while (read < 3 && capture_next(c, &f))
		read += 1;
	capture_close(c); /* much is left: the child waits for somebody to read it */
	return json_pack("{s:{s:i}}", "model", "read", read);
}

START_TEST(a_locked_worker_that_stops_early_ends_its_child_and_lives)
{
	char name[] = "/tmp/ikescope-worker-XXXXXX";
	const char *const names[] = { name };
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	json_t *result;

	close(mkstemp(name));
	write_gzip(name, 20000);
	result = worker_run(stops_early, names, 1, NULL, &o, &trouble);
	unlink(name);
	ck_assert_msg(!trouble.file, "%s", trouble.text);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(result, "model"), "read")), 3);
	json_decref(result);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

/* --- what the parent does not believe --- */

enum { PIPE = 3 };

static void say(const char *words)
{
	(void)!write(PIPE, words, strlen(words));
}

static void says_nothing(void)
{
}

static void says_no_json(void)
{
	say("{\"result\": {\"model\":");
}

static void says_a_list(void)
{
	say("[1, 2, 3]");
}

static void says_deep_things(void)
{
	for (int i = 0; i < 100000; i++)
		say("[");
}

static void says_it_twice(void)
{
	say("{\"result\": {\"model\": {}}, \"result\": {\"model\": {}}}");
}

static void closes_the_pipe_and_stays(void)
{
	say("{\"result\": {\"model\": {}}}");
	close(PIPE);
	for (;;)
		pause();
}

static void (*const lies[])(void) = {
	says_nothing, says_no_json, says_a_list, says_deep_things, says_it_twice, closes_the_pipe_and_stays,
};
static int lie;

static json_t *lies_to_its_parent(const char *const *names, size_t n, struct judge *j,
				  const struct run_options *o, struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)ret;
	o->place->file = 77; /* there is no such file */
	lies[lie]();
	_exit(0);
}

START_TEST(what_is_no_result_is_a_broken_worker)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };

	lie = _i;
	ck_assert_ptr_null(worker_run(lies_to_its_parent, files, 2, NULL, &o, &trouble));
	ck_assert_str_eq(trouble.file, "one");
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static const char *const troubles[] = {
	"{\"troubles\": [{\"file\": 2, \"usage\": false, \"text\": \"x\"}]}",
	"{\"troubles\": [{\"file\": -1, \"usage\": false, \"text\": \"x\"}]}",
	"{\"troubles\": [{\"usage\": false, \"text\": \"x\"}]}",
	"{\"troubles\": [{\"file\": 1, \"usage\": false, \"text\": 5}]}",
	"{\"troubles\": [7, null, \"x\"]}",
	"{\"troubles\": {\"file\": 1, \"usage\": false, \"text\": \"x\"}}",
};

static json_t *names_a_wrong_trouble(const char *const *names, size_t n, struct judge *j,
				     const struct run_options *o, struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)o, (void)ret;
	say(troubles[lie]);
	_exit(0);
}

START_TEST(a_trouble_that_cannot_be_is_none)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };

	lie = _i;
	ck_assert_ptr_null(worker_run(names_a_wrong_trouble, files, 2, NULL, &o, &trouble));
	ck_assert_ptr_null(trouble.file);
}
END_TEST

/* --- what takes too long, or too much --- */

static const struct worker_limits tight = {
	.beat_ms = 10, .still_beats = 10, .busy_ms = 100, .most_result = 1 << 20, .most_memory = 4 << 20,
};

static void stands_still(const struct run_options *o)
{
	o->place->frame = 5;
	for (;;)
		pause();
}

static void goes_back_and_forth(const struct run_options *o)
{
	for (uint64_t i = 0;; i++)
		o->place->reads = i % 2;
}

static void talks_without_end(const struct run_options *o)
{
	(void)o;
	for (;;)
		say("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");
}

static void talks_in_drops(const struct run_options *o)
{
	for (;;) {
		o->place->reads += 1;
		say(" ");
		poll(NULL, 0, 1);
	}
}

static void swells(const struct run_options *o)
{
	(void)o;
	say("{\"result\": {\"model\": {\"x\": [");
	for (int i = 0; i < 100000; i++)
		say("{},");
	say("{}]}}}");
}

static const struct excess {
	void (*does)(const struct run_options *o);
	const char *words;
} excesses[] = {
	{ stands_still, "stood still" },
	{ goes_back_and_forth, "stood still" },
	{ talks_without_end, "broke down" },
	{ talks_in_drops, "broke down" },
	{ swells, "broke down" },
};

static json_t *exceeds(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
		       struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)ret;
	if (!o->until)
		excesses[lie].does(o);
	_exit(0);
}

START_TEST(a_worker_that_takes_too_long_or_too_much_is_ended_and_told)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };

	lie = _i;
	ck_assert_ptr_null(worker_run_within(&tight, exceeds, files, 2, NULL, &o, &trouble));
	ck_assert_str_eq(trouble.file, "one");
	ck_assert_msg(strstr(trouble.text, lie ? excesses[lie].words : "broke down") != NULL, "%s", trouble.text);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static json_t *reads_on(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
			struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)ret;
	for (int i = 0; i < 300; i++) { /* no frame passes the filter */
		o->place->reads += 1;
		poll(NULL, 0, 1);
	}
	return json_pack("{s:{}}", "model");
}

START_TEST(a_worker_that_reads_on_has_all_the_time_it_needs)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	json_t *result = worker_run_within(&tight, reads_on, files, 2, NULL, &o, &trouble);

	ck_assert_ptr_nonnull(result);
	ck_assert_ptr_null(trouble.file);
	json_decref(result);
}
END_TEST

/* Never quick enough for a beat; idle for longer than it may be only in all, not at a time. */
static json_t *is_slow(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
		       struct run_trouble *ret)
{
	volatile uint64_t sum = 0;

	(void)names, (void)n, (void)j, (void)o, (void)ret, (void)sum;
	for (int i = 0; i < 8; i++) {
		poll(NULL, 0, 50);
		for (int k = 0; k < 4000000; k++)
			sum += (uint64_t)k;
	}
	return json_pack("{s:{}}", "model");
}

START_TEST(a_worker_that_seldom_gets_the_processor_is_waited_for)
{
	struct worker_limits patient = tight;
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	json_t *result;

	patient.busy_ms = 60000;
	patient.still_beats = 30;
	result = worker_run_within(&patient, is_slow, files, 2, NULL, &o, &trouble);
	ck_assert_msg(result != NULL, "%s", trouble.text);
	json_decref(result);
}
END_TEST

/* The first one hangs at frame 5; whoever comes after reads up to there. */
static json_t *hangs_once(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
			  struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)ret;
	if (!o->until)
		stands_still(o);
	return json_pack("{s:{s:i}}", "model", "frames", (int)o->until->frame - 1);
}

START_TEST(what_was_read_before_the_frame_at_which_it_hangs_is_kept)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	json_t *result = worker_run_within(&tight, hangs_once, files, 2, NULL, &o, &trouble);

	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(result, "model"), "frames")), 4);
	ck_assert_ptr_null(trouble.file);
	json_decref(result);
}
END_TEST

static json_t *dies_at_five(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
			    struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)ret;
	o->place->frame = 5;
	if (!o->until)
		raise(SIGKILL);
	return json_pack("{s:{}}", "model");
}

static json_t *waits(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
		     struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)o, (void)ret;
	poll(NULL, 0, 300); /* three times as long as anything may stand still */
	return json_pack("{s:{}}", "model");
}

START_TEST(a_named_pipe_is_not_read_a_second_time_and_may_be_quiet)
{
	char dir[] = "/tmp/ikescope-worker-XXXXXX", name[sizeof dir + 8];
	const char *const names[] = { name };
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	json_t *result;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(name, sizeof name, "%s/pipe", dir);
	ck_assert_int_eq(mkfifo(name, 0600), 0);
	result = worker_run_within(&tight, waits, names, 1, NULL, &o, &trouble);
	ck_assert_ptr_nonnull(result);
	json_decref(result);
	ck_assert_ptr_null(worker_run_within(&tight, dies_at_five, names, 1, NULL, &o, &trouble));
	unlink(name);
	rmdir(dir);
	ck_assert_str_eq(trouble.file, name);
	ck_assert_ptr_nonnull(strstr(trouble.text, "broke down"));
}
END_TEST

/* --- what it is given, and leaves --- */

static int kept;

static json_t *counts_descriptors(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
				  struct run_trouble *ret)
{
	int open_here = 0;

	(void)names, (void)n, (void)j, (void)o, (void)ret;
	for (int fd = PIPE + 1; fd < 64; fd++)
		open_here += fcntl(fd, F_GETFD) >= 0;
	return json_pack("{s:{s:i}}", "model", "open", open_here);
}

START_TEST(a_worker_inherits_no_descriptor_and_leaves_none)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	int before = open("/dev/null", O_RDONLY), after;
	json_t *result;

	kept = dup(before);
	close(before);
	result = worker_run(counts_descriptors, files, 2, NULL, &o, &trouble);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(result, "model"), "open")), 0);
	json_decref(result);
	after = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(after, before);
	close(after);
	close(kept);
}
END_TEST

START_TEST(a_host_that_ignores_its_children_still_hears_of_this_one)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	struct sigaction after;
	json_t *result;

	signal(SIGCHLD, SIG_IGN);
	result = worker_run(counts_descriptors, files, 2, NULL, &o, &trouble);
	ck_assert_ptr_nonnull(result);
	json_decref(result);
	sigaction(SIGCHLD, NULL, &after);
	ck_assert(after.sa_handler == SIG_IGN);
}
END_TEST

static json_t *prints(const char *const *names, size_t n, struct judge *j, const struct run_options *o,
		      struct run_trouble *ret)
{
	(void)names, (void)n, (void)j, (void)ret;
	o->opened();
	(void)!write(STDOUT_FILENO, "out", 3);
	(void)!write(STDERR_FILENO, "err", 3);
	return json_pack("{s:{}}", "model");
}

START_TEST(what_a_locked_worker_prints_is_seen_by_nobody)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	int ends[2], out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	char got[8];
	json_t *result;

	if (!is_locked_here())
		return;
	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	dup2(ends[1], STDOUT_FILENO);
	dup2(ends[1], STDERR_FILENO);
	result = worker_run(prints, files, 2, NULL, &o, &trouble);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	ck_assert_ptr_nonnull(result);
	json_decref(result);
	ck_assert_int_lt(read(ends[0], got, sizeof got), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker");
	TCase *t = tcase_create("worker");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_locked_process_that_reaches_out_is_killed, 0, KINDS * HARMS);
	tcase_add_loop_test(t, a_locked_process_can_still_work_and_end, 0, KINDS);
	tcase_add_test(t, who_looks_up_names_has_files_but_no_socket);
	tcase_add_test(t, a_locked_worker_that_stops_early_ends_its_child_and_lives);
	tcase_add_loop_test(t, what_is_no_result_is_a_broken_worker, 0, sizeof lies / sizeof *lies);
	tcase_add_loop_test(t, a_trouble_that_cannot_be_is_none, 0, sizeof troubles / sizeof *troubles);
	tcase_add_loop_test(t, a_worker_that_takes_too_long_or_too_much_is_ended_and_told, 0,
			    sizeof excesses / sizeof *excesses);
	tcase_add_test(t, a_worker_that_reads_on_has_all_the_time_it_needs);
	tcase_add_test(t, a_worker_that_seldom_gets_the_processor_is_waited_for);
	tcase_add_test(t, what_was_read_before_the_frame_at_which_it_hangs_is_kept);
	tcase_add_test(t, a_named_pipe_is_not_read_a_second_time_and_may_be_quiet);
	tcase_add_test(t, a_worker_inherits_no_descriptor_and_leaves_none);
	tcase_add_test(t, a_host_that_ignores_its_children_still_hears_of_this_one);
	tcase_add_test(t, what_a_locked_worker_prints_is_seen_by_nobody);
	tcase_add_test(t, what_was_read_before_the_frame_that_kills_is_kept);
	tcase_add_test(t, a_worker_that_dies_before_the_first_frame_is_told_with_the_files_name);
	tcase_add_test(t, each_file_that_could_not_be_read_is_told_beside_the_result);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
