#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/worker/lock.h"
#include "analyzer/worker/worker.h"

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
		lock_now();
		harms[_i]();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "harm %d: status %x", _i, status);
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

		lock_now();
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

static json_t *cannot_open_the_second(const char *const *names, size_t n, struct judge *j,
				      const struct run_options *o, struct run_trouble *ret)
{
	(void)n, (void)j, (void)o;
	ret->file = names[1];
	strcpy(ret->text, "no such file");
	return json_pack("{s:{}}", "model");
}

START_TEST(what_could_not_be_read_is_told_beside_the_result)
{
	struct run_options o = { 0 };
	struct run_trouble trouble = { 0 };
	json_t *result = worker_run(cannot_open_the_second, files, 2, NULL, &o, &trouble);

	ck_assert_ptr_nonnull(json_object_get(result, "model"));
	ck_assert_str_eq(trouble.file, "two");
	ck_assert_str_eq(trouble.text, "no such file");
	json_decref(result);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker");
	TCase *t = tcase_create("worker");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, a_locked_process_that_reaches_out_is_killed, 0, sizeof harms / sizeof *harms);
	tcase_add_test(t, a_locked_process_can_still_work_and_end);
	tcase_add_test(t, what_was_read_before_the_frame_that_kills_is_kept);
	tcase_add_test(t, a_worker_that_dies_before_the_first_frame_is_told_with_the_files_name);
	tcase_add_test(t, what_could_not_be_read_is_told_beside_the_result);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
