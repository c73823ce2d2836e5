/* SPDX-License-Identifier: MIT */
/*
 * plan/placement - from the name of a placement and a topology to the CPUs (and memory nodes) of a cell.
 * Pure: the same question gets the same answer, the lowest numbers that fit, and nothing is pinned
 * or asked of the kernel.
 *
 * A named placement says what is the CLOSEST thing that its two CPUs share:
 *
 *	same-cpu	the CPU
 *	smt		a core
 *	l2		a level-2 cache, not a core; also where the L2 is the outermost cache
 *	llc		the outermost cache and the memory node, not an L2
 *	node		a memory node, not a cache
 *	package		a package, not a memory node; also a cache over two nodes (sub-NUMA)
 *	machine		nothing closer: two packages, or two nodes if no packages are named
 *
 * A machine without cache objects thus goes from smt to node. Besides these there are float
 * (wherever the kernel likes), cpu:A,B (cpu:A is both on A), and two that every machine has:
 *
 *	near		the closest pair that shares no core; without one, smt or same-cpu
 *	far		the most distant pair
 *
 * Errors are 0 or -errno, and ret_x is untouched on failure. A function that takes a reason (NULL
 * with size 0 if it is not wanted) writes into it, on failure only, one sentence without a full
 * stop for the user. The caller frees what placement_matrix() returns; everything else is static or
 * the caller's own. Threads: no state.
 */
#ifndef HANDOFF_PLACEMENT_H
#define HANDOFF_PLACEMENT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct topology;

/* From close to far. */
enum relation {
	RELATION_SAME_CPU,
	RELATION_SMT,
	RELATION_L2,
	RELATION_LLC,
	RELATION_NODE,
	RELATION_PACKAGE,
	RELATION_MACHINE,
	RELATION_NONE,		/* one of them is not online */
};

/* Where the two tasks of a cell sit, the measured one first. */
struct seat {
	char name[32];		/* of the placement: "smt", "near", "cpu:0,4" */
	int cpus[2];		/* -1: wherever the kernel likes */
	int nodes[2];		/* of those CPUs; -1: not known */
	bool is_float;
	int cores[2];		/* of those CPUs, each by its lowest CPU; -1: not known */
	const char *relation;	/* of near and far, what they have led to: "llc"; else NULL */
};

/* How closely two CPUs, usable or only online, are related; symmetric. */
enum relation placement_relation(const struct topology *topology, int cpu_a, int cpu_b);

/* The placement's name, "none" for RELATION_NONE. */
const char *placement_relation_name(enum relation relation);

/* The names but near, far and cpu:A,B, from close to far, then float; ends with NULL. For `all` and globs. */
const char *const *placement_all_names(void);

/*
 * The seat of a placement: the first usable CPU that has such a partner, and the first such
 * partner. -ENOENT: this machine, or the part that we may use, has no such pair; -ENODEV: a CPU of
 * cpu:A,B cannot be used; -EINVAL: name is not a placement.
 */
int placement_find(const struct topology *topology, const char *name, struct seat *ret_seat,
		   char *reason, size_t reason_size)
	__attribute__((warn_unused_result, nonnull(1, 2, 3)));

/* What the rows of a matrix are. */
enum matrix_level {
	MATRIX_PU,
	MATRIX_CORE,
	MATRIX_LLC,		/* where a CPU has no cache object, its memory node */
	MATRIX_NODE,
};

#define PLACEMENT_ROWS_MOST 1024

/* "pu", "core", "llc", "node"; else -EINVAL. */
int placement_matrix_level(const char *name, enum matrix_level *ret_level)
	__attribute__((warn_unused_result, nonnull));

/*
 * Every ordered pair of the lowest usable CPUs of each PU, core, llc or node, row by row, each
 * paired with itself too: *ret_count is a square. -ENOMEM; -E2BIG beyond
 * PLACEMENT_ROWS_MOST, before there is memory for the pairs.
 */
int placement_matrix(const struct topology *topology, enum matrix_level level,
		     struct seat **ret_seats, size_t *ret_count)
	__attribute__((warn_unused_result, nonnull));

enum memory_mode {
	MEMORY_LOCAL,		/* the CPU's own node; no nodes: wherever the task happens to run */
	MEMORY_BIND,		/* the one node in nodes */
	MEMORY_INTERLEAVE,	/* spread over nodes */
};

#define MEMORY_NODES_MAX 1024
#define MEMORY_NODE_BITS (CHAR_BIT * sizeof(unsigned long))

/* Nodes are a mask as mbind(2) and set_mempolicy(2) take it, maxnode being MEMORY_NODES_MAX + 1. */
struct memory_policy {
	enum memory_mode mode;
	int node_count;
	unsigned long nodes[MEMORY_NODES_MAX / MEMORY_NODE_BITS];
};

bool memory_policy_has_node(const struct memory_policy *policy, int node);

/*
 * Where the memory of a task on cpu (-1: floating) lives: local, remote (the node farthest from the
 * CPU's own; the lowest number among equals or where distances are unknown), interleave (all nodes
 * with memory), node:N. Memory-only nodes count. -ENOENT: there is no such memory here; -ENODEV:
 * node N or the CPU cannot be used; -EINVAL: word is none of these.
 */
int placement_memory(const struct topology *topology, const char *word, int cpu,
		     struct memory_policy *ret_policy, char *reason, size_t reason_size)
	__attribute__((warn_unused_result, nonnull(1, 2, 4)));

#endif
