/* SPDX-License-Identifier: MIT */
/* The part of plan/placement.h that says where memory lies. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/topology.h"
#include "plan/placement-number.h"
#include "plan/placement.h"

#define MEMORY_WORDS "local, remote, interleave or node:N"

_Static_assert(MEMORY_NODES_MAX == TOPOLOGY_NODE_LIMIT, "every node fits the mask");

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

	if (placement_parse_number(&text, &node) || *text) {
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
		error = placement_check_cpu(topology, cpu, reason, reason_size);
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
