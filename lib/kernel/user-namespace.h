/* SPDX-License-Identifier: MIT */
/*
 * kernel/user-namespace - more rights for an account that has none, over itself.
 *
 * The process enters a user namespace of its own, in which it keeps its ids and
 * may make further namespaces.  Nothing leads back.  For a process of one
 * thread; the signal at the parent's death, which the kernel forgets on the
 * way, is set again.
 */
#ifndef HANDOFF_USER_NAMESPACE_H
#define HANDOFF_USER_NAMESPACE_H

#include <stdbool.h>

/* 0, or -errno: -EINVAL with several threads, -ESRCH when the parent ended meanwhile. */
int user_namespace_enter(void);

/*
 * An IPC namespace of its own, through a user namespace where that is needed:
 * System V ids and message queues end with the last process in it, and its limits
 * are ours to set: in the user namespace the account is called 0.  0 or -errno.
 */
int ipc_namespace_enter(void);

/* Whether that was done, by this process or one that it was forked from. */
bool ipc_namespace_is_own(void);

#endif
