/*
 * base/lock.h - what a process gives up before it looks at bytes of a stranger.
 *
 * lock_prepare() runs in the parent, once: it makes the filter programs, so that
 * a child only has to hand its own to the kernel. lock_now() is for the child
 * alone and cannot be undone: no new privileges, resource limits, Landlock
 * without a single rule, and a seccomp list of the calls that its work needs.
 * Any other call kills the process. Nothing of this is done in sanitizer and
 * coverage builds and under valgrind, whose own code needs more.
 */
#ifndef DISSECT_BASE_LOCK_H
#define DISSECT_BASE_LOCK_H

#include <stdbool.h>

enum lock_kind {
	LOCK_WORKER,    /* reads open files, counts, writes into a pipe; may end children that it has a pidfd of */
	LOCK_UNPACKER,  /* reads and writes two open descriptors, needs memory */
	LOCK_CONVERTER, /* the same with a library that prints and looks at the clock */
	LOCK_NAMES,     /* may open files, but no socket, in every build: what names mean is not asked outside */
	LOCK_KINDS
};

void lock_prepare(void);
void lock_now(enum lock_kind kind);
bool lock_works(void);
/* In words: what lock_now() does here. Lent. */
const char *lock_words(void);

#endif
