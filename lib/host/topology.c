/* SPDX-License-Identifier: MIT */
#include "host/topology.h"

#include <errno.h>
#include <hwloc.h>
#include <hwloc/linux.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/topology-source.h"

struct topology {
	bool is_here;
	int cpu_limit;			/* CPU numbers are below it */
	struct topology_cpu *cpus;	/* by CPU number */
	int *usable_cpus;
	size_t usable_cpu_count;
	int node_limit;
	struct topology_node *nodes;	/* by node number */
	int *usable_nodes;
	size_t usable_node_count;
	int *distances;			/* node_limit squared */
	struct topology_counts counts;
};

static const struct topology_cpu absent_cpu = { TOPOLOGY_CPU_ABSENT, -1, -1, -1, -1, -1, 0 };

static int lowest_cpu_of(hwloc_obj_t object)
{
	return object ? hwloc_bitmap_first(object->cpuset) : -1;
}

static hwloc_obj_t outermost_data_cache(hwloc_obj_t pu)
{
	hwloc_obj_t found = NULL;

	for (hwloc_obj_t object = pu->parent; object; object = object->parent)
		if (hwloc_obj_type_is_dcache(object->type))
			found = object;
	return found;
}

static void describe_online_cpu(struct topology *topology, hwloc_topology_t machine, hwloc_obj_t pu,
				bool is_usable)
{
	struct topology_cpu *cpu = &topology->cpus[pu->os_index];

	/* Not by depth or logical number: cores can be at several depths, numbered at each. */
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(machine, HWLOC_OBJ_CORE, pu);

	cpu->state = is_usable ? TOPOLOGY_CPU_USABLE : TOPOLOGY_CPU_FORBIDDEN;
	cpu->core = lowest_cpu_of(core ? core : pu);
	cpu->l2 = lowest_cpu_of(hwloc_get_ancestor_obj_by_type(machine, HWLOC_OBJ_L2CACHE, pu));
	cpu->llc = lowest_cpu_of(outermost_data_cache(pu));
	cpu->package =
		lowest_cpu_of(hwloc_get_ancestor_obj_by_type(machine, HWLOC_OBJ_PACKAGE, pu));
	if (is_usable)
		topology->usable_cpus[topology->usable_cpu_count++] = (int)pu->os_index;
}

static int load_cpus(struct topology *topology, hwloc_topology_t machine,
		     hwloc_const_bitmap_t usable)
{
	hwloc_const_bitmap_t existing = hwloc_topology_get_complete_cpuset(machine);
	hwloc_const_bitmap_t online = hwloc_topology_get_topology_cpuset(machine);
	int last = hwloc_bitmap_last(existing);
	int number;

	if (last < 0 || last >= TOPOLOGY_CPU_LIMIT)
		return -EINVAL;
	topology->cpu_limit = last + 1;
	topology->cpus = calloc((size_t)topology->cpu_limit, sizeof(*topology->cpus));
	topology->usable_cpus = calloc((size_t)topology->cpu_limit, sizeof(*topology->usable_cpus));
	if (!topology->cpus || !topology->usable_cpus)
		return -ENOMEM;
	for (number = 0; number <= last; number++)
		topology->cpus[number] = absent_cpu;
	hwloc_bitmap_foreach_begin(number, existing) {
		topology->cpus[number].state = TOPOLOGY_CPU_OFFLINE;
	} hwloc_bitmap_foreach_end();
	hwloc_bitmap_foreach_begin(number, online) {
		hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(machine, (unsigned int)number);

		if (!pu || number > last)
			return -EINVAL;
		describe_online_cpu(topology, machine, pu,
				    hwloc_bitmap_isset(usable, (unsigned int)number));
	} hwloc_bitmap_foreach_end();
	return topology->usable_cpu_count ? 0 : -ENXIO;
}

/*
 * hwloc gives a memory-only node the CPUs that are nearest to it. The kernel knows better, where it
 * is there to be asked; in a description, join_cpus_to_node() sorts it out.
 */
static int cpus_in_node(hwloc_topology_t machine, hwloc_obj_t node, hwloc_bitmap_t cpus)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpumap", node->os_index);
	if (hwloc_topology_is_thissystem(machine) && !hwloc_linux_read_path_as_cpumask(path, cpus))
		return 0;
	return hwloc_bitmap_copy(cpus, node->cpuset) ? -ENOMEM : 0;
}

/*
 * The node with the fewest CPUs wins a CPU, so that memory hanging off the whole machine does not
 * take it from a node inside; among equals the lowest number, as memory-only nodes are numbered
 * after the others.
 */
static void join_cpus_to_node(struct topology *topology, int node, hwloc_const_bitmap_t cpus)
{
	int size = hwloc_bitmap_weight(cpus);

	for (int number = 0; number < topology->cpu_limit; number++) {
		struct topology_cpu *cpu = &topology->cpus[number];
		bool is_better = cpu->node < 0 || size < cpu->node_size ||
				 (size == cpu->node_size && node < cpu->node);

		if (cpu->state < TOPOLOGY_CPU_FORBIDDEN ||
		    !hwloc_bitmap_isset(cpus, (unsigned int)number))
			continue;
		if (is_better) {
			cpu->node = node;
			cpu->node_size = size;
		}
	}
}

static int load_node(struct topology *topology, hwloc_topology_t machine, hwloc_obj_t object,
		     hwloc_bitmap_t scratch)
{
	struct topology_node *node = &topology->nodes[object->os_index];
	int error = cpus_in_node(machine, object, scratch);

	if (error)
		return error;
	node->exists = true;
	node->is_allowed =
		hwloc_bitmap_isset(hwloc_topology_get_allowed_nodeset(machine), object->os_index);
	/* A description may say nothing about sizes, and then says so for every node. */
	node->has_memory = object->attr->numanode.local_memory ||
			   !hwloc_get_root_obj(machine)->total_memory;
	join_cpus_to_node(topology, (int)object->os_index, scratch);
	return 0;
}

static int load_nodes(struct topology *topology, hwloc_topology_t machine, hwloc_bitmap_t scratch)
{
	int last = hwloc_bitmap_last(hwloc_topology_get_topology_nodeset(machine));
	hwloc_obj_t object = NULL;

	if (last < 0 || last >= TOPOLOGY_NODE_LIMIT)
		return -EINVAL;
	topology->node_limit = last + 1;
	topology->nodes = calloc((size_t)topology->node_limit, sizeof(*topology->nodes));
	topology->usable_nodes =
		calloc((size_t)topology->node_limit, sizeof(*topology->usable_nodes));
	if (!topology->nodes || !topology->usable_nodes)
		return -ENOMEM;
	while ((object = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_NUMANODE, object))) {
		int error;

		if (object->os_index > (unsigned int)last)
			return -EINVAL;
		error = load_node(topology, machine, object, scratch);
		if (error)
			return error;
	}
	for (int number = 0; number < topology->cpu_limit; number++)
		if (topology->cpus[number].node >= 0)
			topology->nodes[topology->cpus[number].node].has_cpus = true;
	return 0;
}

static int load_distances(struct topology *topology, hwloc_topology_t machine)
{
	size_t limit = (size_t)topology->node_limit;
	struct hwloc_distances_s *matrix;
	unsigned int found = 1;

	topology->distances = calloc(limit * limit, sizeof(*topology->distances));
	if (!topology->distances)
		return -ENOMEM;
	for (size_t i = 0; i < limit * limit; i++)
		topology->distances[i] = -1;
	if (hwloc_distances_get_by_type(machine, HWLOC_OBJ_NUMANODE, &found, &matrix,
					HWLOC_DISTANCES_KIND_MEANS_LATENCY, /* flags= */ 0) ||
	    !found)
		return 0;
	for (unsigned int i = 0; i < matrix->nbobjs * matrix->nbobjs; i++) {
		size_t from = matrix->objs[i / matrix->nbobjs]->os_index;
		size_t to = matrix->objs[i % matrix->nbobjs]->os_index;

		if (matrix->values[i] <= INT_MAX)
			topology->distances[from * limit + to] = (int)matrix->values[i];
	}
	hwloc_distances_release(machine, matrix);
	return 0;
}

static void count_all(struct topology *topology)
{
	struct topology_counts *counts = &topology->counts;

	/* What goes by the number of a CPU in it is counted at that CPU. */
	for (int number = 0; number < topology->cpu_limit; number++) {
		const struct topology_cpu *cpu = &topology->cpus[number];

		counts->online_cpus += cpu->core >= 0;
		counts->cores += cpu->core == number;
		counts->llcs += cpu->llc == number;
		counts->packages += cpu->package == number;
	}
	for (int number = 0; number < topology->node_limit; number++) {
		const struct topology_node *node = &topology->nodes[number];

		counts->cpu_nodes += node->exists && node->has_cpus;
		counts->memory_only_nodes += node->exists && !node->has_cpus;
		if (node->is_allowed && node->has_memory)
			topology->usable_nodes[topology->usable_node_count++] = number;
	}
}

static int copy_machine(struct topology *topology, hwloc_topology_t machine, const char *affinity)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int error = set ? topology_source_usable_cpus(machine, affinity, set) : -ENOMEM;

	if (!error)
		error = load_cpus(topology, machine, set);
	if (!error)
		error = load_nodes(topology, machine, set);
	if (!error)
		error = load_distances(topology, machine);
	if (!error)
		count_all(topology);
	hwloc_bitmap_free(set);
	return error;
}

static int load(const char *spec, const char *affinity, const volatile sig_atomic_t *signal,
		struct topology **ret_topology)
{
	struct topology *topology;
	hwloc_topology_t machine;
	int error = topology_source_open(spec, signal, &machine);

	if (error)
		return error;
	topology = calloc(1, sizeof(*topology));
	error = topology ? copy_machine(topology, machine, affinity) : -ENOMEM;
	hwloc_topology_destroy(machine);
	if (error) {
		topology_free(topology);
		return error;
	}
	topology->is_here = !spec;
	*ret_topology = topology;
	return 0;
}

int topology_load_here(const volatile sig_atomic_t *signal, struct topology **ret_topology)
{
	return load(NULL, NULL, signal, ret_topology);
}

int topology_load(const char *spec, const char *affinity, const volatile sig_atomic_t *signal,
		  struct topology **ret_topology)
{
	return load(spec, affinity, signal, ret_topology);
}

void topology_free(struct topology *topology)
{
	if (!topology)
		return;
	free(topology->cpus);
	free(topology->usable_cpus);
	free(topology->nodes);
	free(topology->usable_nodes);
	free(topology->distances);
	free(topology);
}

bool topology_is_here(const struct topology *topology)
{
	return topology->is_here;
}

int topology_cpu_limit(const struct topology *topology)
{
	return topology->cpu_limit;
}

const struct topology_cpu *topology_cpu(const struct topology *topology, int number)
{
	return number >= 0 && number < topology->cpu_limit ? &topology->cpus[number] : &absent_cpu;
}

const int *topology_usable_cpus(const struct topology *topology, size_t *ret_count)
{
	*ret_count = topology->usable_cpu_count;
	return topology->usable_cpus;
}

const struct topology_node *topology_node(const struct topology *topology, int number)
{
	static const struct topology_node absent_node;

	if (number < 0 || number >= topology->node_limit)
		return &absent_node;
	return &topology->nodes[number];
}

const int *topology_usable_nodes(const struct topology *topology, size_t *ret_count)
{
	*ret_count = topology->usable_node_count;
	return topology->usable_nodes;
}

const struct topology_counts *topology_counts(const struct topology *topology)
{
	return &topology->counts;
}

int topology_distance(const struct topology *topology, int from_node, int to_node)
{
	if (!topology_node(topology, from_node)->exists ||
	    !topology_node(topology, to_node)->exists)
		return -1;
	from_node *= topology->node_limit;
	return topology->distances[from_node + to_node];
}
