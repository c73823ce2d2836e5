/* SPDX-License-Identifier: MIT */
/*
 * kernel/process-tie - a process that ends when the one that made it does.
 *
 * For a child, right behind fork(): whatever becomes of the parent, by SIGKILL too, nothing
 * is left.  parent: its pid, taken before the fork.  0; -ESRCH: it has ended already;
 * -errno: refused, as by a seccomp filter.  The child is then to end, by _exit().
 */
#ifndef HANDOFF_PROCESS_TIE_H
#define HANDOFF_PROCESS_TIE_H

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

static inline int process_tie(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	/* It may have ended before the signal was ordered. */
	return getppid() == parent ? 0 : -ESRCH;
}

#endif
