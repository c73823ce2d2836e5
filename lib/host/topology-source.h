/* SPDX-License-Identifier: MIT */
/*
 * host/topology-source - the machine as hwloc sees it, before host/topology.c copies it.
 *
 * For host/topology.c only.  0 or -errno; nothing is left behind on failure.  Not
 * while other threads run: the environment is changed and put back.
 */
#ifndef HANDOFF_TOPOLOGY_SOURCE_H
#define HANDOFF_TOPOLOGY_SOURCE_H

#include <hwloc.h>
#include <signal.h>

/* Far beyond any kernel's: keeps a silly list or description from taking all memory. */
#define TOPOLOGY_CPU_LIMIT 65536

/*
 * spec NULL is this machine, else an XML file or a synthetic description.  As topology_load():
 * -ETIMEDOUT and -EINTR, too.
 */
int topology_source_open(const char *spec, const volatile sig_atomic_t *signal,
			 hwloc_topology_t *ret_machine);

/*
 * hwloc honours cpusets, and ignores the affinity mask: this does both.  Of a
 * described machine, affinity ("0-3,8") stands for the mask; NULL: all CPUs.
 */
int topology_source_usable_cpus(hwloc_topology_t machine, const char *affinity,
				hwloc_bitmap_t usable);

/* -errno of the hwloc call that has just failed; -EINVAL if it left none. */
int topology_source_error(void);

#endif
