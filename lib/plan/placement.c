/* SPDX-License-Identifier: MIT */
#include "plan/placement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/topology.h"
#include "plan/placement-number.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define PLACEMENT_WORDS \
	"same-cpu, smt, l2, llc, node, package, machine, near, far, float, cpu:A or cpu:A,B"

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
		.cores = { topology_cpu(topology, cpu_a)->core,
			   topology_cpu(topology, cpu_b)->core },
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

int placement_check_cpu(const struct topology *topology, int cpu, char *reason, size_t size)
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
	int cpus[2] = { -1, -1 };
	int error = placement_parse_number(&text, &cpus[0]);

	cpus[1] = cpus[0];
	if (!error && *text == ',') {
		text++;
		error = placement_parse_number(&text, &cpus[1]);
	}
	if (error || *text) {
		snprintf(reason, size, "\"%s\" is not a placement: "
			 "cpu: takes one or two CPU numbers, as in cpu:0,4", name);
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
		error = placement_check_cpu(topology, cpus[i], reason, size);
		if (error)
			return error;
	}
	set_explicit_seat(topology, ret_seat, cpus[0], cpus[1]);
	return 0;
}

/* What near and far stand for: the first of these that there is. */
static const struct {
	const char *name;
	enum relation relations[RELATION_NONE];
} preferences[] = {
	{ "near", { RELATION_L2, RELATION_LLC, RELATION_NODE, RELATION_PACKAGE, RELATION_MACHINE,
		    RELATION_SMT, RELATION_SAME_CPU } },
	{ "far", { RELATION_MACHINE, RELATION_PACKAGE, RELATION_NODE, RELATION_LLC, RELATION_L2,
		   RELATION_SMT, RELATION_SAME_CPU } },
};

/* A CPU has itself, so that the last always is there. */
static void find_preferred(const struct topology *topology, const char *name,
			   const enum relation *relations, struct seat *ret_seat)
{
	int pair[2];

	while (!find_usable_pair(topology, *relations, pair))
		relations++;
	set_seat(topology, ret_seat, name, pair[0], pair[1]);
	ret_seat->relation = placement_names[*relations];
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
	for (size_t i = 0; i < ARRAY_SIZE(preferences); i++) {
		if (strcmp(name, preferences[i].name))
			continue;
		find_preferred(topology, name, preferences[i].relations, ret_seat);
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
	if (count > PLACEMENT_ROWS_MOST) {
		free(cpus);
		return -E2BIG;
	}
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
