#include "analyzer/worker/lock.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED "a sanitizer build"
#elif defined(IKESCOPE_COVERAGE)
#define INSTRUMENTED "a coverage build"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INSTRUMENTED "a sanitizer build"
#endif
#endif

#ifdef INSTRUMENTED

/* Their run-time libraries open files and start processes of their own. */
void lock_prepare(void)
{
}

void lock_now(void)
{
}

const char *lock_words(void)
{
	return "none: " INSTRUMENTED;
}

#else

enum {
	MAX_FILTER = 1024,
	MEMORY = 2 << 10,        /* MiB of address space */
	CPU_SECONDS = 6 * 3600,
};

/* Reading open files and pipes, memory, its own end; nothing that reaches out. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(brk),
	SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall), SCMP_SYS(alarm), SCMP_SYS(setitimer),
	SCMP_SYS(wait4), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(sched_yield), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(pidfd_send_signal),
};

static struct sock_filter program[MAX_FILTER];
static unsigned short program_len;
static int landlock_abi;
static bool traced; /* valgrind and the like: they need more than we allow */

/* Memory may be asked for, never with a right to run it, and never a file's. */
static bool allow_memory(scmp_filter_ctx ctx)
{
	return !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
				 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
				 SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) &&
	       !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

/* The filter as the kernel wants it: made once, handed over by every worker. */
static bool compile(scmp_filter_ctx ctx)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	len = seccomp_export_bpf(ctx, fd) ? -1 : pread(fd, program, sizeof program, 0);
	close(fd);
	if (len <= 0 || (size_t)len == sizeof program)
		return false;
	program_len = (unsigned short)((size_t)len / sizeof *program);
	return true;
}

static bool is_traced(void)
{
	char status[4096];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, status, sizeof status - 1);
	bool found;

	if (fd >= 0)
		close(fd);
	status[n > 0 ? n : 0] = 0;
	found = n > 0 && memmem(status, (size_t)n, "/valgrind/", 10);
	return found;
}

void lock_prepare(void)
{
	static bool done;
	scmp_filter_ctx ctx;
	bool fine;

	if (done)
		return;
	done = true;
	traced = is_traced();
	landlock_abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	fine = ctx != NULL;
	for (size_t i = 0; fine && i < sizeof allowed / sizeof *allowed; i++)
		fine = !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (fine && allow_memory(ctx))
		(void)compile(ctx);
	seccomp_release(ctx);
}

static void limit(int what, rlim_t most)
{
	struct rlimit r = { most, most };

	setrlimit((__rlimit_resource_t)what, &r);
}

/* A ruleset that handles every access it knows and allows none. */
static void landlock(void)
{
	static const uint64_t known_by[] = { 0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1 };
	unsigned abi = landlock_abi > 3 ? 3 : (unsigned)landlock_abi;
	struct landlock_ruleset_attr all = { .handled_access_fs = known_by[abi] };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);

	if (fd < 0)
		return;
	syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}

void lock_now(void)
{
	struct sock_fprog f = { program_len, program };

	if (traced)
		return;
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CPU, CPU_SECONDS);
	limit(RLIMIT_AS, (rlim_t)MEMORY << 20);
	limit(RLIMIT_NPROC, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (landlock_abi > 0)
		landlock();
	limit(RLIMIT_NOFILE, 0);
	if (program_len)
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f);
}

const char *lock_words(void)
{
	lock_prepare();
	if (traced)
		return "none: under valgrind";
	if (program_len && landlock_abi > 0)
		return "seccomp, Landlock, rlimits";
	if (program_len)
		return "seccomp, rlimits; this kernel has no Landlock";
	return landlock_abi > 0 ? "Landlock, rlimits; no seccomp here" : "rlimits; no seccomp and no Landlock here";
}

#endif
