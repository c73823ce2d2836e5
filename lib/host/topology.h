/* SPDX-License-Identifier: MIT */
/*
 * host/topology - which CPUs and memory nodes a machine has, what the CPUs share, and which of them we
 * may use.
 *
 * A topology is loaded once, from this machine or from a description of another one, and never
 * changes afterwards. CPUs and nodes go by the kernel's numbers everywhere. Nothing here needs
 * hwloc once loaded.
 *
 * Errors are 0 or -errno; nothing is printed. ret_topology is untouched on failure. The caller owns
 * the result and frees it with topology_free(); lists handed out live as long as the topology.
 *
 * Threads: any number may read one topology. The two loaders take the HWLOC_* variables out of the
 * environment while they run, so call them before other threads exist.
 *
 * Files of the kernel and descriptions may hang, and hwloc with them: both loaders give up after
 * ten seconds (-ETIMEDOUT), and when signal, which may be NULL, is no longer 0 (-EINTR). They need
 * a child for a moment.
 */
#ifndef HANDOFF_TOPOLOGY_H
#define HANDOFF_TOPOLOGY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Node numbers are below it, as they are in every Linux kernel. */
#define TOPOLOGY_NODE_LIMIT 1024
/* As many as a round tells of (measure/round.h); hwloc takes the square of it, and any number. */
#define TOPOLOGY_DESCRIBED_MOST 4096

struct topology;

enum topology_cpu_state {
	TOPOLOGY_CPU_ABSENT,	/* no CPU has this number */
	TOPOLOGY_CPU_OFFLINE,	/* it exists, and the kernel does not run it */
	TOPOLOGY_CPU_FORBIDDEN,	/* it is online, outside our cpuset or affinity mask */
	TOPOLOGY_CPU_USABLE,
};

/*
 * What an online CPU belongs to. A core, a cache or a package goes by the lowest online CPU in it,
 * a node by its own number; -1 where the machine does not tell (no such cache, no package), and of
 * CPUs that are not online.
 */
struct topology_cpu {
	enum topology_cpu_state state;
	int core;	/* the CPU itself where there is no core object */
	int l2;
	int llc;	/* the outermost data cache, whatever its level: may be the l2 */
	int package;
	int node;	/* holds the CPU itself: never a memory-only node that is merely near */
	int node_size;	/* CPUs in that node */
};

struct topology_node {
	bool exists;
	bool is_allowed;	/* our cpuset lets us have its memory */
	bool has_cpus;		/* online ones, usable or not */
	bool has_memory;	/* true of every node of a description without memory sizes */
};

/* Of the whole machine, whether we may use it or not. There is SMT where cores < online_cpus. */
struct topology_counts {
	size_t online_cpus, cores, llcs, packages, cpu_nodes, memory_only_nodes;
};

/*
 * This machine, whatever HWLOC_SYNTHETIC, HWLOC_XMLFILE and their like say. Our affinity mask
 * decides what is usable, and is left as it was. -ENXIO: no usable CPU; the error of
 * sched_getaffinity(2) where it is refused.
 */
int topology_load_here(const volatile sig_atomic_t *signal, struct topology **ret_topology)
	__attribute__((warn_unused_result, nonnull(2)));

/* Why topology_load_here() has failed, in words. */
const char *topology_here_reason(int error);

/*
 * Another machine: spec is the name of an XML file written by lstopo, or a synthetic description as
 * in hwloc(7) ("pack:2 l3:1 core:4 pu:2"). A word with a slash or ending in .xml is always a file.
 * Of hwloc's index shorthands ("indexes=core:pu") some are read differently than one expects: list
 * the numbers.
 *
 * affinity ("0-3,8", or NULL for no limit) stands in for the affinity mask; as with the kernel's
 * mask, numbers of CPUs that do not exist have no effect.
 *
 * -ENOENT, -EISDIR, -EACCES: the file; -EINVAL: neither a description nor an XML topology, or a
 * malformed list; -ERANGE: a description of more than TOPOLOGY_DESCRIBED_MOST CPUs; -ENXIO: no
 * usable CPU. There is no fall-back to this machine.
 */
int topology_load(const char *spec, const char *affinity, const volatile sig_atomic_t *signal,
		  struct topology **ret_topology)
	__attribute__((warn_unused_result, nonnull(1, 4)));

/* Takes NULL. */
void topology_free(struct topology *topology);

/* Only here may anything be pinned or run. */
bool topology_is_here(const struct topology *topology);

/* The numbers of all CPUs that exist are below it. */
int topology_cpu_limit(const struct topology *topology);

/* Any number is a valid question; the answer is never NULL. */
const struct topology_cpu *topology_cpu(const struct topology *topology, int number);
const struct topology_node *topology_node(const struct topology *topology, int number);

/* Numbers of the usable CPUs, ascending; there is at least one. */
const int *topology_usable_cpus(const struct topology *topology, size_t *ret_count);

/* Numbers of the nodes that have memory and are allowed, ascending; may be empty. */
const int *topology_usable_nodes(const struct topology *topology, size_t *ret_count);

const struct topology_counts *topology_counts(const struct topology *topology);

/* The firmware's relative latency, 10 being a node to itself; -1 where it is not known. */
int topology_distance(const struct topology *topology, int from_node, int to_node);

#endif
