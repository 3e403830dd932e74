#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dissect/base/lock.h"
#include "dissect/capture/reader.h"

enum {
	FD_OUT = 3,              /* 0 is the source; 1 and 2 lead nowhere */
	PIPE_LEN = 256 << 10,
	MOST_RATIO = 250,        /* behind the free ones: captures pack to a tenth, bombs to a thousandth */
	FREE_OUTPUT = 256 << 20, /* octets */
};

static void arrange_descriptors(int in, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* First out of the way: each may be one of those that are about to be replaced. */
	in = fcntl(in < 0 ? null : in, F_DUPFD, FD_OUT + 1);
	out = fcntl(out, F_DUPFD, FD_OUT + 1);
	null = fcntl(null, F_DUPFD, FD_OUT + 1);
	dup2(in, 0);
	dup2(out, FD_OUT);
	if (null < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) {
		close(1);
		close(2);
	}
	close_range(FD_OUT + 1, ~0U, 0);
}

/* Ctrl-C and the like reach the whole group, but the parent wants to tell what it has. */
static void arrange_signals(pid_t parent)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(CHILD_CUT);
}

int child_start(struct child *c, child_work *work, enum lock_kind lock, const struct feed *f, int take_fd)
{
	struct feed mine = *f;
	pid_t parent = getpid();
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC) < 0)
		goto no_pipe;
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_LEN); /* smaller is slower, no more */
	lock_prepare();
	c->pid = fork();
	if (c->pid < 0)
		goto no_child;
	if (c->pid == 0) {
		arrange_signals(parent);
		arrange_descriptors(take_fd, ends[1]);
		lock_now(lock);
		_exit((int)work(&mine));
	}
	c->pidfd = lock_works() ? pidfd_open(c->pid, 0) : -1;
	close(take_fd);
	close(ends[1]);
	return ends[0];

no_child:
	failed = errno;
	c->pid = 0;
	close(ends[0]);
	close(ends[1]);
	errno = failed;
no_pipe:
	failed = errno;
	close(take_fd);
	errno = failed;
	return -1;
}

/* By its pidfd: a process that is locked itself may send no signal by number. */
static void end_now(const struct child *c)
{
	if (c->pidfd >= 0)
		pidfd_send_signal(c->pidfd, SIGKILL, NULL, 0);
	else
		kill(c->pid, SIGKILL);
}

enum child_end child_wait(struct child *c, bool kill_it)
{
	int status = 0;
	pid_t got;

	if (!c->pid)
		return CHILD_FINE;
	if (kill_it)
		end_now(c);
	do
		got = waitpid(c->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (c->pidfd >= 0)
		close(c->pidfd);
	*c = (struct child){ .pid = 0 };
	if (got < 0 || kill_it)
		return CHILD_FINE;
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= CHILD_DIED)
		return CHILD_DIED;
	return (enum child_end)WEXITSTATUS(status);
}

size_t feed_read(struct feed *f, uint8_t *to, size_t n)
{
	ssize_t got;

	if (f->head_len) {
		got = (ssize_t)(n < f->head_len ? n : f->head_len);
		memcpy(to, f->head, (size_t)got);
		f->head += got;
		f->head_len -= (size_t)got;
	} else {
		do
			got = read(0, to, n);
		while (got < 0 && errno == EINTR);
	}
	if (got <= 0)
		return 0;
	f->took += (size_t)got;
	return (size_t)got;
}

static uint64_t may_write(const struct feed *f)
{
	uint64_t by_ratio = FREE_OUTPUT + f->took * MOST_RATIO - f->gave;

	return by_ratio < f->may_write ? by_ratio : f->may_write;
}

bool feed_write(struct feed *f, const void *from, size_t n)
{
	const uint8_t *at = from;
	bool all = n <= may_write(f);

	if (!all)
		n = (size_t)may_write(f);
	f->may_write -= n;
	f->gave += n;
	while (n) {
		ssize_t wrote = write(FD_OUT, at, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			_exit(CHILD_FINE); /* nobody reads any more */
		at += wrote;
		n -= (size_t)wrote;
	}
	return all;
}
