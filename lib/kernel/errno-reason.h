/* SPDX-License-Identifier: MIT */
/*
 * kernel/errno-reason - says what to change when a kernel, an account, a container or a limit
 * denies a system call.
 *
 * Pure; for workers and the supervisor alike.
 */
#ifndef HANDOFF_ERRNO_REASON_H
#define HANDOFF_ERRNO_REASON_H

/*
 * A sentence for an errno (positive or negative) that says that something was
 * refused; NULL for all others, which are failures.  Static text.
 */
const char *errno_reason(int error);

#endif
