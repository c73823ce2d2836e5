/* SPDX-License-Identifier: MIT */
/*
 * kernel/guard - forks a process that removes what we have made, also when we are killed.
 *
 * It makes an object with a name of its own (a directory, a control group) and
 * waits; when we say so, or we and all who had our socket have ended - in any
 * way - it removes it.  So there is no moment at which SIGKILL could leave the
 * object behind.  It ignores Ctrl-C, and who reaps workers spares it.
 *
 * begin(): 0, or -errno with nothing left: make()'s own, or that of the process,
 * with a reason.  end() waits until the guard has done its work, and does it
 * itself for one that was killed.  One owner; before any thread is made.
 */
#ifndef HANDOFF_GUARD_H
#define HANDOFF_GUARD_H

#include "kernel/helper-process.h"

struct guard_work {
	int (*make)(const void *object);      /* 0, or -errno and nothing is made */
	int (*remove)(const void *object);    /* 0 or -errno; takes what is not there */
	const void *object;
};

int guard_begin(struct helper *ret, const struct guard_work *work, const char **ret_reason);
void guard_end(const struct helper *guard, const struct guard_work *work);

#endif
