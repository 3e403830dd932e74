/*
 * worker/lock.h - what a worker gives up before it looks at the first frame.
 *
 * lock_prepare() runs in the parent, once: it makes the filter program, so that
 * a worker only has to hand it to the kernel. lock_now() is for the worker
 * alone and cannot be undone: no new privileges, resource limits, Landlock
 * without a single rule, and a seccomp list of the calls that reading, counting
 * and writing into a pipe need. Any other call kills the process.
 */
#ifndef ANALYZER_WORKER_LOCK_H
#define ANALYZER_WORKER_LOCK_H

void lock_prepare(void);
void lock_now(void);
/* In words: what lock_now() will do here. Lent. */
const char *lock_words(void);

#endif
