/* SPDX-License-Identifier: MIT */
/*
 * kernel/ipc-limits - raises the kernel's limits for messages, in an IPC namespace of our own.
 *
 * /proc/sys/kernel/msg* and /proc/sys/fs/mqueue belong to the IPC namespace.  A
 * limit is raised only in one of our own (kernel/user-namespace.h), which takes the raised
 * limit with it when it ends.
 */
#ifndef HANDOFF_IPC_LIMITS_H
#define HANDOFF_IPC_LIMITS_H

#include <stdint.h>

/* A path below /proc/sys.  In ret_limit what holds now, which may be less than
 * what was wanted.  0 or -errno of reading it (then ret_limit is left alone). */
int ipc_limit_raise(const char *path, int64_t wanted, int64_t *ret_limit);

#endif
