/* SPDX-License-Identifier: MIT */
/*
 * kernel/limit-remedy - who may raise a resource limit that was too low.
 *
 * Anybody up to the hard limit; above it only who has CAP_SYS_RESOURCE on the machine.
 * The tools and workers change no limit by this: it is only told.
 */
#ifndef HANDOFF_LIMIT_REMEDY_H
#define HANDOFF_LIMIT_REMEDY_H

#include <stdbool.h>
#include <sys/resource.h>

/* Pure: whether the shell that starts us may raise the soft limit. */
bool limit_is_ours(rlim_t soft, rlim_t hard, bool has_capability);

/* The same of this process. */
bool limit_may_be_raised(int resource);

/*
 * "raise ulimit -l", or that root may raise the hard limit, and by what.  Static text, for
 * RLIMIT_NOFILE, _NPROC, _MEMLOCK, _MSGQUEUE and _SIGPENDING; "" for all others.
 */
const char *limit_remedy(int resource);
const char *limit_remedy_words(int resource, bool is_ours);

#endif
