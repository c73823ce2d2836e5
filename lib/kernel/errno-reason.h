/* SPDX-License-Identifier: MIT */
/*
 * kernel/errno-reason - what to change when a kernel, an account, a container or a limit
 * denies a system call.
 *
 * For workers and the supervisor alike.
 */
#ifndef HANDOFF_ERRNO_REASON_H
#define HANDOFF_ERRNO_REASON_H

#include <stdbool.h>

/* What a reason may blame. */
struct errno_suspects {
	bool has_filter;             /* seccomp's; also where that is unknown */
	bool may_raise_descriptors;  /* RLIMIT_NOFILE */
};

/*
 * A sentence for an errno (positive or negative) that says that something was
 * refused; NULL for all others, which are failures.  Static text.
 */
const char *errno_reason(int error);

/* Pure. */
const char *errno_reason_among(int error, const struct errno_suspects *suspects);

/*
 * Whether a seccomp filter may have refused a call of this process.  root is "", or a
 * directory that stands for the machine (sysfile.h); where /proc does not tell, true.
 */
bool errno_filter_is_possible(const char *root);

#endif
