/* SPDX-License-Identifier: MIT */
#include "placement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define PLACEMENT_WORDS "same-cpu, smt, l2, llc, node, package, machine, float, cpu:A or cpu:A,B"
#define MEMORY_WORDS "local, remote, interleave or node:N"

static const char *const placement_names[] = {
	[RELATION_SAME_CPU] = "same-cpu",
	[RELATION_SMT] = "smt",
	[RELATION_L2] = "l2",
	[RELATION_LLC] = "llc",
	[RELATION_NODE] = "node",
	[RELATION_PACKAGE] = "package",
	[RELATION_MACHINE] = "machine",
	"float",
	NULL,
};

_Static_assert(MEMORY_NODES_MAX == TOPOLOGY_NODE_LIMIT, "every node fits the mask");

/* What no two CPUs do, and what it is about the machine that makes it so. */
static const struct {
	const char *pair;
	const char *cause;
} absences[] = {
	[RELATION_SMT] = { "share a core", "SMT is off or absent" },
	[RELATION_L2] = { "share a level-2 cache but no core",
			  "each core has its own, or none is known" },
	[RELATION_LLC] = { "share a last-level cache but nothing closer",
			   "no cache joins more CPUs than a core or a level-2 cache does" },
	[RELATION_NODE] = { "share a memory node but no cache",
			    "each memory node lies within one last-level cache or core" },
	[RELATION_PACKAGE] = { "share a package but no memory node",
			       "no package has CPUs of two memory nodes" },
	[RELATION_MACHINE] = { "are in different packages", "there is one package" },
};

static bool is_shared(int owner_a, int owner_b)
{
	return owner_a >= 0 && owner_a == owner_b;
}

enum relation placement_relation(const struct topology *topology, int cpu_a, int cpu_b)
{
	const struct topology_cpu *a = topology_cpu(topology, cpu_a);
	const struct topology_cpu *b = topology_cpu(topology, cpu_b);
	bool is_one_node = is_shared(a->node, b->node);

	if (a->state < TOPOLOGY_CPU_FORBIDDEN || b->state < TOPOLOGY_CPU_FORBIDDEN)
		return RELATION_NONE;
	if (cpu_a == cpu_b)
		return RELATION_SAME_CPU;
	if (is_shared(a->core, b->core))
		return RELATION_SMT;
	if (is_shared(a->l2, b->l2))
		return RELATION_L2;
	if (is_shared(a->llc, b->llc) && is_one_node)
		return RELATION_LLC;
	if (is_one_node)
		return RELATION_NODE;
	/* A cache over two nodes makes them one package, even where no packages are named. */
	if (is_shared(a->package, b->package) || is_shared(a->llc, b->llc))
		return RELATION_PACKAGE;
	return RELATION_MACHINE;
}

const char *placement_relation_name(enum relation relation)
{
	return relation < RELATION_NONE ? placement_names[relation] : "none";
}

const char *const *placement_all_names(void)
{
	return placement_names;
}

static void set_seat(const struct topology *topology, struct seat *seat, const char *name,
		     int cpu_a, int cpu_b)
{
	*seat = (struct seat){
		.cpus = { cpu_a, cpu_b },
		.nodes = { topology_cpu(topology, cpu_a)->node,
			   topology_cpu(topology, cpu_b)->node },
		.is_float = cpu_a < 0,
	};
	snprintf(seat->name, sizeof(seat->name), "%s", name);
}

/* A pair has one spelling: "cpu:3" and "cpu:03,3" are the same cell. */
static void set_explicit_seat(const struct topology *topology, struct seat *seat, int cpu_a,
			      int cpu_b)
{
	char name[sizeof(seat->name)];

	snprintf(name, sizeof(name), "cpu:%d,%d", cpu_a, cpu_b);
	set_seat(topology, seat, name, cpu_a, cpu_b);
}

static bool find_usable_pair(const struct topology *topology, enum relation relation, int pair[2])
{
	size_t count;
	const int *cpus = topology_usable_cpus(topology, &count);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			if (placement_relation(topology, cpus[i], cpus[j]) != relation)
				continue;
			pair[0] = cpus[i];
			pair[1] = cpus[j];
			return true;
		}
	}
	return false;
}

/* Over all online CPUs, whether we may use them or not. */
static bool has_machine_pair(const struct topology *topology, enum relation relation)
{
	int limit = topology_cpu_limit(topology);

	for (int a = 0; a < limit; a++)
		for (int b = a + 1; b < limit; b++)
			if (placement_relation(topology, a, b) == relation)
				return true;
	return false;
}

static int explain_absence(const struct topology *topology, enum relation relation, char *reason,
			   size_t size)
{
	const char *cause = absences[relation].cause;

	if (topology_counts(topology)->online_cpus == 1)
		cause = "one CPU is online";
	else if (has_machine_pair(topology, relation))
		cause = "this process's affinity mask or cpuset leaves out every such pair";
	snprintf(reason, size, "no two usable CPUs here %s: %s", absences[relation].pair, cause);
	return -ENOENT;
}

/* strtol would take blanks and signs, and atoi anything. *text moves past the digits. */
static int parse_number(const char **text, int *ret_number)
{
	const char *digit = *text;
	int number = 0;

	for (; *digit >= '0' && *digit <= '9'; digit++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *digit - '0', &number))
			return -EINVAL;
	if (digit == *text)
		return -EINVAL;
	*text = digit;
	*ret_number = number;
	return 0;
}

/* -ENODEV, and why, if it cannot be used. */
static int check_cpu(const struct topology *topology, int cpu, char *reason, size_t size)
{
	switch (topology_cpu(topology, cpu)->state) {
	case TOPOLOGY_CPU_USABLE:
		return 0;
	case TOPOLOGY_CPU_ABSENT:
		snprintf(reason, size, "CPU %d does not exist", cpu);
		break;
	case TOPOLOGY_CPU_OFFLINE:
		snprintf(reason, size, "CPU %d is offline", cpu);
		break;
	case TOPOLOGY_CPU_FORBIDDEN:
		snprintf(reason, size, "CPU %d is outside this process's affinity mask or cpuset",
			 cpu);
		break;
	}
	return -ENODEV;
}

static int find_explicit(const struct topology *topology, const char *name, struct seat *ret_seat,
			 char *reason, size_t size)
{
	const char *text = name + strlen("cpu:");
	int cpus[2];
	int error = parse_number(&text, &cpus[0]);

	cpus[1] = cpus[0];
	if (!error && *text == ',') {
		text++;
		error = parse_number(&text, &cpus[1]);
	}
	if (error || *text) {
		snprintf(reason, size, "\"%s\" is not a placement: "
			 "cpu: takes one or two CPU numbers, as in cpu:0,4", name);
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
		error = check_cpu(topology, cpus[i], reason, size);
		if (error)
			return error;
	}
	set_explicit_seat(topology, ret_seat, cpus[0], cpus[1]);
	return 0;
}

int placement_find(const struct topology *topology, const char *name, struct seat *ret_seat,
		   char *reason, size_t reason_size)
{
	if (!strncmp(name, "cpu:", strlen("cpu:")))
		return find_explicit(topology, name, ret_seat, reason, reason_size);
	if (!strcmp(name, "float")) {
		set_seat(topology, ret_seat, name, -1, -1);
		return 0;
	}
	for (enum relation relation = RELATION_SAME_CPU; relation < RELATION_NONE; relation++) {
		int pair[2];

		if (strcmp(name, placement_names[relation]))
			continue;
		if (!find_usable_pair(topology, relation, pair))
			return explain_absence(topology, relation, reason, reason_size);
		set_seat(topology, ret_seat, name, pair[0], pair[1]);
		return 0;
	}
	snprintf(reason, reason_size, "\"%s\" is not a placement: take " PLACEMENT_WORDS, name);
	return -EINVAL;
}

int placement_matrix_level(const char *name, enum matrix_level *ret_level)
{
	static const char *const names[] = {
		[MATRIX_PU] = "pu",
		[MATRIX_CORE] = "core",
		[MATRIX_LLC] = "llc",
		[MATRIX_NODE] = "node",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i])) {
			*ret_level = (enum matrix_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Whether two CPUs are one row of the matrix. */
static bool is_one_row(const struct topology *topology, enum matrix_level level, int cpu_a,
		       int cpu_b)
{
	const struct topology_cpu *a = topology_cpu(topology, cpu_a);
	const struct topology_cpu *b = topology_cpu(topology, cpu_b);

	switch (level) {
	case MATRIX_PU:
		return cpu_a == cpu_b;
	case MATRIX_CORE:
		return a->core == b->core;
	case MATRIX_LLC:
		return a->llc == b->llc && (a->llc >= 0 || a->node == b->node);
	case MATRIX_NODE:
		return a->node == b->node;
	}
	return false;
}

/* Keeps in cpus, which holds all usable ones, the lowest of each row; returns how many. */
static size_t keep_lowest(const struct topology *topology, enum matrix_level level, int *cpus,
			  size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t row = 0;

		while (row < kept && !is_one_row(topology, level, cpus[row], cpus[i]))
			row++;
		if (row == kept)
			cpus[kept++] = cpus[i];
	}
	return kept;
}

int placement_matrix(const struct topology *topology, enum matrix_level level,
		     struct seat **ret_seats, size_t *ret_count)
{
	size_t count;
	const int *usable = topology_usable_cpus(topology, &count);
	int *cpus = calloc(count, sizeof(*cpus));
	struct seat *seats;

	if (!cpus)
		return -ENOMEM;
	memcpy(cpus, usable, count * sizeof(*cpus));
	count = keep_lowest(topology, level, cpus, count);
	seats = calloc(count * count, sizeof(*seats));
	for (size_t i = 0; seats && i < count * count; i++)
		set_explicit_seat(topology, &seats[i], cpus[i / count], cpus[i % count]);
	free(cpus);
	if (!seats)
		return -ENOMEM;
	*ret_seats = seats;
	*ret_count = count * count;
	return 0;
}

bool memory_policy_has_node(const struct memory_policy *policy, int node)
{
	size_t bit = (size_t)node;

	if (node < 0 || node >= MEMORY_NODES_MAX)
		return false;
	return policy->nodes[bit / MEMORY_NODE_BITS] >> bit % MEMORY_NODE_BITS & 1;
}

/* The topology keeps node numbers below MEMORY_NODES_MAX. */
static void add_node(struct memory_policy *policy, int node)
{
	policy->nodes[(size_t)node / MEMORY_NODE_BITS] |= 1UL << ((size_t)node % MEMORY_NODE_BITS);
	policy->node_count++;
}

/* -ENODEV, and why, if its memory cannot be used. */
static int check_node(const struct topology *topology, int node, char *reason, size_t size)
{
	const struct topology_node *described = topology_node(topology, node);

	if (!described->exists)
		snprintf(reason, size, "memory node %d does not exist", node);
	else if (!described->has_memory)
		snprintf(reason, size, "node %d has no memory", node);
	else if (!described->is_allowed)
		snprintf(reason, size, "memory node %d is outside this process's cpuset", node);
	else
		return 0;
	return -ENODEV;
}

static int find_local(const struct topology *topology, int own_node, struct memory_policy *policy,
		      char *reason, size_t size)
{
	policy->mode = MEMORY_LOCAL;
	if (own_node < 0)
		return 0;
	if (check_node(topology, own_node, reason, size))
		return -ENOENT;
	add_node(policy, own_node);
	return 0;
}

static int explain_lone_node(const struct topology *topology, const char *consequence, char *reason,
			     size_t size)
{
	const struct topology_counts *counts = topology_counts(topology);
	bool is_only_node = counts->cpu_nodes + counts->memory_only_nodes == 1;

	snprintf(reason, size, "one %smemory node here: %s", is_only_node ? "" : "usable ",
		 consequence);
	return -ENOENT;
}

static int find_remote(const struct topology *topology, int own_node, struct memory_policy *policy,
		       char *reason, size_t size)
{
	int best = -1, best_distance = -1;
	size_t count;
	const int *nodes = topology_usable_nodes(topology, &count);

	if (own_node < 0) {
		snprintf(reason, size,
			 "a task without a CPU of its own has no memory that is always remote");
		return -ENOENT;
	}
	for (size_t i = 0; i < count; i++) {
		int distance = topology_distance(topology, own_node, nodes[i]);

		if (nodes[i] == own_node || (best >= 0 && distance <= best_distance))
			continue;
		best = nodes[i];
		best_distance = distance;
	}
	if (best < 0)
		return explain_lone_node(topology, "remote memory does not exist", reason, size);
	policy->mode = MEMORY_BIND;
	add_node(policy, best);
	return 0;
}

static int find_interleave(const struct topology *topology, struct memory_policy *policy,
			   char *reason, size_t size)
{
	size_t count;
	const int *nodes = topology_usable_nodes(topology, &count);

	if (count < 2)
		return explain_lone_node(topology, "there is nothing to interleave", reason, size);
	policy->mode = MEMORY_INTERLEAVE;
	for (size_t i = 0; i < count; i++)
		add_node(policy, nodes[i]);
	return 0;
}

static int find_node(const struct topology *topology, const char *word,
		     struct memory_policy *policy, char *reason, size_t size)
{
	const char *text = word + strlen("node:");
	int node, error;

	if (parse_number(&text, &node) || *text) {
		snprintf(reason, size,
			 "\"%s\" is not a memory policy: node: takes one number, as in node:1",
			 word);
		return -EINVAL;
	}
	error = check_node(topology, node, reason, size);
	if (error)
		return error;
	policy->mode = MEMORY_BIND;
	add_node(policy, node);
	return 0;
}

int placement_memory(const struct topology *topology, const char *word, int cpu,
		     struct memory_policy *ret_policy, char *reason, size_t reason_size)
{
	int own_node = topology_cpu(topology, cpu)->node;
	struct memory_policy policy = { 0 };
	int error = 0;

	if (cpu != -1)
		error = check_cpu(topology, cpu, reason, reason_size);
	if (error)
		return error;
	if (!strcmp(word, "local"))
		error = find_local(topology, own_node, &policy, reason, reason_size);
	else if (!strcmp(word, "remote"))
		error = find_remote(topology, own_node, &policy, reason, reason_size);
	else if (!strcmp(word, "interleave"))
		error = find_interleave(topology, &policy, reason, reason_size);
	else if (!strncmp(word, "node:", strlen("node:")))
		error = find_node(topology, word, &policy, reason, reason_size);
	else {
		snprintf(reason, reason_size, "\"%s\" is not a memory policy: take " MEMORY_WORDS,
			 word);
		error = -EINVAL;
	}
	if (!error)
		*ret_policy = policy;
	return error;
}
