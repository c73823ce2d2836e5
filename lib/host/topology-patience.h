/* SPDX-License-Identifier: MIT */
/*
 * host/topology-patience - what may crash or never end is waited for so long, and no longer.
 *
 * For host/topology-source.c.  Files below /sys and descriptions on a strange file
 * system may hang who opens them.  0 or -errno; nothing is left behind, but for a process that
 * the kernel cannot end: it has been killed, and goes when the kernel lets it.
 */
#ifndef HANDOFF_TOPOLOGY_PATIENCE_H
#define HANDOFF_TOPOLOGY_PATIENCE_H

#include <signal.h>

/* Some thousand times of what is needed. */
#define TOPOLOGY_PATIENCE_MS 10000

struct topology_patience {
	int ms;
	const volatile sig_atomic_t *signal;	/* not 0: give up now; may be NULL */
};

/*
 * Has run(argument) done by a process that is nobody's, which then ends.  -EINVAL: it crashed;
 * -ETIMEDOUT: it was ended; -EINTR: a signal came; -ECHILD: somebody else has ended it;
 * another -errno: no process can be made.
 */
int topology_try(void (*run)(const void *argument), const void *argument,
		 const struct topology_patience *patience);

#endif
