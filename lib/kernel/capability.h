/* SPDX-License-Identifier: MIT */
/*
 * kernel/capability - what this process may do beyond its account.
 *
 * root is "", or a directory that stands for the machine (sysfile.h).
 */
#ifndef HANDOFF_CAPABILITY_H
#define HANDOFF_CAPABILITY_H

#include <stdbool.h>

/*
 * Whether a CAP_* of <linux/capability.h> is effective on the machine.  One that a user
 * namespace gives does not count: limits and settings of the kernel ignore it.  Where
 * /proc does not tell, false.
 */
bool capability_is_effective(const char *root, int capability);

/* Whether RLIMIT_NPROC does not bind: by capabilities, or as uid 0 of the first user namespace. */
bool capability_exceeds_processes(const char *root);

#endif
