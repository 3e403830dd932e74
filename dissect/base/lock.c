#include "dissect/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Its run-time library opens files and starts processes of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED "none: a sanitizer build"
#elif defined(IKESCOPE_COVERAGE)
#define INSTRUMENTED "none: a coverage build"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INSTRUMENTED "none: a sanitizer build"
#endif
#endif
#ifndef INSTRUMENTED
#define INSTRUMENTED NULL
#endif
static const char *const instrumented = INSTRUMENTED;

enum {
	MAX_PROGRAM = 256,       /* instructions: three of each call, and some */
	MOST_CALLS = 40,
	CPU_SECONDS = 6 * 3600,  /* 64 GiB of bzip2 take less */
	MIB = 1 << 20,
};

static const struct allowed {
	rlim_t memory;           /* of address space */
	int calls[MOST_CALLS];   /* up to the first 0 */
} kinds[LOCK_KINDS] = {
	[LOCK_WORKER] = { (rlim_t)2048 * MIB, {
		SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close),
		SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
		SCMP_SYS(time), SCMP_SYS(rt_sigprocmask), SCMP_SYS(alarm), SCMP_SYS(setitimer),
		SCMP_SYS(wait4), SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(poll),
		SCMP_SYS(ppoll), SCMP_SYS(pidfd_send_signal), SCMP_SYS(sysinfo), /* qsort() asks for it */
	} },
	[LOCK_UNPACKER] = { (rlim_t)1024 * MIB, { 0 } },
	[LOCK_CONVERTER] = { (rlim_t)1024 * MIB, {
		SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(close),
		SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getpid),
		SCMP_SYS(rt_sigprocmask), SCMP_SYS(sched_yield),
	} },
};

/* Reading, writing, memory and an end of one's own. */
static const int allowed_to_all[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(mremap), SCMP_SYS(munmap),
	SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* How a process comes by a socket. */
static const int refused_to_names[] = {
	SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(io_uring_setup),
};

static struct program {
	struct sock_filter code[MAX_PROGRAM];
	unsigned short len;
} programs[LOCK_KINDS];
static int landlock_abi;
static bool traced; /* valgrind or a sanitizer is at work: they need more than we allow */

/* --- filter programs --------------------------------------------------------------------- */

static bool add(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(ctx, action, calls[i], 0))
			return false;
	return true;
}

/* Memory may be asked for, never with a right to run it, and never a file's. */
static bool allow_memory(scmp_filter_ctx ctx)
{
	return !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
				 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
				 SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) &&
	       !seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static bool allow(scmp_filter_ctx ctx, enum lock_kind kind)
{
	const int *calls = kinds[kind].calls;
	size_t n = 0;

	while (n < MOST_CALLS && calls[n])
		n++;
	return add(ctx, SCMP_ACT_ALLOW, allowed_to_all, sizeof allowed_to_all / sizeof *allowed_to_all) &&
	       add(ctx, SCMP_ACT_ALLOW, calls, n) && allow_memory(ctx) &&
	       /* asked by stdio about what it prints to */
	       (kind != LOCK_CONVERTER ||
		!seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0));
}

/* As the kernel wants it: made once, handed over by every child. */
static void keep(scmp_filter_ctx ctx, struct program *ret)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return;
	len = seccomp_export_bpf(ctx, fd) ? -1 : pread(fd, ret->code, sizeof ret->code, 0);
	close(fd);
	if (len > 0 && (size_t)len < sizeof ret->code)
		ret->len = (unsigned short)((size_t)len / sizeof *ret->code);
}

static void compile(enum lock_kind kind)
{
	bool names = kind == LOCK_NAMES;
	scmp_filter_ctx ctx = seccomp_init(names ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);

	if (!ctx)
		return;
	if (names ? add(ctx, SCMP_ACT_ERRNO(EACCES), refused_to_names,
			sizeof refused_to_names / sizeof *refused_to_names)
		  : allow(ctx, kind))
		keep(ctx, &programs[kind]);
	seccomp_release(ctx);
}

/* Valgrind shows in the map of the process. */
static bool is_traced(void)
{
	char map[4096];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, map, sizeof map);

	if (fd >= 0)
		close(fd);
	return n > 0 && memmem(map, (size_t)n, "/valgrind/", 10) != NULL;
}

void lock_prepare(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	traced = is_traced();
	if (traced)
		return; /* valgrind knows few of the calls below */
	traced = instrumented != NULL;
	landlock_abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	for (int kind = 0; kind < LOCK_KINDS; kind++)
		compile((enum lock_kind)kind);
}

/* --- the lock ---------------------------------------------------------------------------- */

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

static bool filter(enum lock_kind kind)
{
	struct sock_fprog f = { programs[kind].len, programs[kind].code };

	return f.len && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f);
}

/* Where no filter can be had, no descriptor can be had either: then no name has a meaning. */
static void lock_names(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!filter(LOCK_NAMES))
		limit(RLIMIT_NOFILE, 0);
}

void lock_now(enum lock_kind kind)
{
	lock_prepare();
	if (kind == LOCK_NAMES) {
		lock_names();
		return;
	}
	if (traced)
		return;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CPU, CPU_SECONDS);
	limit(RLIMIT_AS, kinds[kind].memory);
	limit(RLIMIT_NPROC, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (landlock_abi > 0)
		landlock();
	limit(RLIMIT_NOFILE, 0);
	filter(kind);
}

bool lock_works(void)
{
	lock_prepare();
	return !traced;
}

const char *lock_words(void)
{
	bool seccomp;

	lock_prepare();
	seccomp = programs[LOCK_WORKER].len;
	if (instrumented)
		return instrumented;
	if (traced)
		return "none: under valgrind";
	if (seccomp && landlock_abi > 0)
		return "seccomp, Landlock, rlimits";
	if (seccomp)
		return "seccomp, rlimits; this kernel has no Landlock";
	return landlock_abi > 0 ? "Landlock, rlimits; no seccomp here" : "rlimits; no seccomp and no Landlock here";
}
