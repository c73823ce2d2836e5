/* SPDX-License-Identifier: MIT */
/* Which CPUs and nodes lib/plan/placement picks on described machines; what it says if it cannot. */
#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/topology.h"
#include "plan/placement.h"
#include "../kit/suite.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A spec that starts with @ is a file in tests/topologies. */
static struct topology *load_or_fail(const char *spec, const char *affinity)
{
	const char *srcdir = getenv("srcdir");
	struct topology *topology = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/topologies/%s", srcdir ? srcdir : ".", spec + 1);
	ck_assert_int_eq(topology_load(*spec == '@' ? path : spec, affinity, NULL, &topology), 0);
	ck_assert_ptr_nonnull(topology);
	return topology;
}

#define NO_SMT "no two usable CPUs here share a core: SMT is off or absent"
#define NO_L2 "no two usable CPUs here share a level-2 cache but no core: " \
	"each core has its own, or none is known"
#define NO_LLC "no two usable CPUs here share a last-level cache but nothing closer: " \
	"no cache joins more CPUs than a core or a level-2 cache does"
#define NO_NODE "no two usable CPUs here share a memory node but no cache: " \
	"each memory node lies within one last-level cache or core"
#define NO_PACKAGE "no two usable CPUs here share a package but no memory node: " \
	"no package has CPUs of two memory nodes"
#define NO_MACHINE "no two usable CPUs here are in different packages: there is one package"
#define LEFT_OUT ": this process's affinity mask or cpuset leaves out every such pair"
#define SHARE "no two usable CPUs here share "
#define ONE_CPU ": one CPU is online"

/* Of each relation the CPUs, or the reason why there are none. */
static const struct {
	const char *spec, *affinity;
	const char *same_cpu, *smt, *l2, *llc, *node, *package, *machine;
} machines[] = {
	{ "core:1 pu:1", NULL, "0,0", SHARE "a core" ONE_CPU,
	  SHARE "a level-2 cache but no core" ONE_CPU,
	  SHARE "a last-level cache but nothing closer" ONE_CPU,
	  SHARE "a memory node but no cache" ONE_CPU,
	  SHARE "a package but no memory node" ONE_CPU,
	  "no two usable CPUs here are in different packages" ONE_CPU },

	/* two packages, SMT, one LLC each */
	{ "pack:2 numa:1 l3:1 l2:4 core:1 pu:2", NULL, "0,0", "0,1", NO_L2, "0,2", NO_NODE,
	  NO_PACKAGE, "0,8" },
	{ "@2n.xml", NULL, "0,0", "0,1", NO_L2, "0,2", NO_NODE, NO_PACKAGE, "0,4" },
	{ "@memonly.xml", NULL, "0,0", "0,1", NO_L2, "0,2", NO_NODE, NO_PACKAGE, "0,4" },

	/* sub-NUMA with a cache to each node, and with one cache over two nodes */
	{ "pack:2 numa:2 l3:1 core:2 pu:2", NULL, "0,0", "0,1", NO_L2, "0,2", NO_NODE, "0,4",
	  "0,8" },
	{ "@4n.xml", NULL, "0,0", "0,1", NO_L2, "0,2", NO_NODE, "0,4", "0,8" },
	{ "pack:2 l3:1 numa:2 core:2 pu:2", NULL, "0,0", "0,1", NO_L2, "0,2", NO_NODE, "0,4",
	  "0,8" },
	{ "@snc.xml", NULL, "0,0", "0,1", NO_L2, "0,2", NO_NODE, "0,4", "0,8" },
	{ "l3:1 numa:2 core:1 pu:1", NULL, "0,0", NO_SMT, NO_L2, NO_LLC, NO_NODE, "0,1",
	  NO_MACHINE },

	/* two LLCs to a node */
	{ "pack:1 numa:1 l3:2 core:2 pu:1", NULL, "0,0", NO_SMT, NO_L2, "0,1", "0,2", NO_PACKAGE,
	  NO_MACHINE },
	{ "@ccx.xml", NULL, "0,0", "0,1", NO_L2, "0,2", "0,4", NO_PACKAGE, NO_MACHINE },

	/* one node over two packages: the node is what is closest */
	{ "pack:2 l3:1 core:2 pu:1", NULL, "0,0", NO_SMT, NO_L2, "0,1", "0,2", NO_PACKAGE,
	  NO_MACHINE },

	/* the L2 outermost, the L2 under an L3, the L1 outermost, no caches */
	{ "pack:1 l2:2 core:2 pu:1", NULL, "0,0", NO_SMT, "0,1", NO_LLC, "0,2", NO_PACKAGE,
	  NO_MACHINE },
	{ "pack:1 l3:1 l2:2 core:2 pu:2", NULL, "0,0", "0,1", "0,2", "0,4", NO_NODE, NO_PACKAGE,
	  NO_MACHINE },
	{ "pack:1 core:2 l1:1 pu:1", NULL, "0,0", NO_SMT, NO_L2, NO_LLC, "0,1", NO_PACKAGE,
	  NO_MACHINE },
	{ "pack:2 [numa] core:2 pu:2", NULL, "0,0", "0,1", NO_L2, NO_LLC, "0,2", NO_PACKAGE,
	  "0,4" },
	{ "pu:2", NULL, "0,0", NO_SMT, NO_L2, NO_LLC, "0,1", NO_PACKAGE, NO_MACHINE },

	/* two nodes, no packages named */
	{ "numa:2 core:2 pu:1", NULL, "0,0", NO_SMT, NO_L2, NO_LLC, "0,1", NO_PACKAGE, "0,2" },

	/* unequal cores */
	{ "@hybrid.xml", NULL, "0,0", "0,1", "4,5", "0,2", "0,8", NO_PACKAGE, NO_MACHINE },
	{ "@hybrid.xml", "1,3-4,8", "1,1", SHARE "a core" LEFT_OUT,
	  SHARE "a level-2 cache but no core" LEFT_OUT,
	  "1,3", "1,8", NO_PACKAGE, NO_MACHINE },

	/* other numberings */
	{ "pack:1 l3:1 core:2 pu:2(indexes=0,8,1,9)", NULL, "0,0", "0,8", NO_L2, "0,1", NO_NODE,
	  NO_PACKAGE, NO_MACHINE },
	{ "pack:2 numa:1 l3:1 core:2 pu:1(indexes=1,3,0,2)", NULL,
	  "0,0", NO_SMT, NO_L2, "0,2", NO_NODE, NO_PACKAGE, "0,1" },

	/* CPU 3 offline: CPU 2 has lost its sibling */
	{ "@off.xml", "2-7", "2,2", "4,5", NO_L2, "4,6", NO_NODE, NO_PACKAGE, "2,4" },

	/* we may not use everything */
	{ "@2n.xml", "3,5", "3,3", SHARE "a core" LEFT_OUT, NO_L2,
	  SHARE "a last-level cache but nothing closer" LEFT_OUT, NO_NODE, NO_PACKAGE, "3,5" },
	{ "@2n.xml", "6", "6,6", SHARE "a core" LEFT_OUT, NO_L2,
	  SHARE "a last-level cache but nothing closer" LEFT_OUT, NO_NODE, NO_PACKAGE,
	  "no two usable CPUs here are in different packages" LEFT_OUT },
	{ "@cpuset.xml", NULL, "1,1", SHARE "a core" LEFT_OUT, NO_L2, "1,2", NO_NODE, NO_PACKAGE,
	  "1,4" },
	{ "@4n.xml", "0,8", "0,0", SHARE "a core" LEFT_OUT, NO_L2,
	  SHARE "a last-level cache but nothing closer" LEFT_OUT, NO_NODE,
	  SHARE "a package but no memory node" LEFT_OUT, "0,8" },
	{ "@ccx.xml", "2-3", "2,2", "2,3", NO_L2,
	  SHARE "a last-level cache but nothing closer" LEFT_OUT,
	  SHARE "a memory node but no cache" LEFT_OUT, NO_PACKAGE, NO_MACHINE },

	/* large */
	{ "pack:2 numa:2 l3:1 core:16 pu:2", "3-127", "3,3", "4,5", NO_L2, "3,4", NO_NODE, "3,32",
	  "3,64" },
	{ "pack:4 numa:1 l3:4 core:16 pu:2", NULL, "0,0", "0,1", NO_L2, "0,2", "0,32", NO_PACKAGE,
	  "0,128" },
	{ "pack:1 numa:1 l3:1 core:256 pu:2", "0,2-511", "0,0", "2,3", NO_L2, "0,2", NO_NODE,
	  NO_PACKAGE, NO_MACHINE },
};

static void check_named(const struct topology *topology, enum relation relation,
			const char *expected)
{
	const char *name = placement_relation_name(relation);
	struct seat seat = { .name = "untouched" };
	char reason[256] = "", pair[32];
	int error = placement_find(topology, name, &seat, reason, sizeof(reason));

	if (!isdigit((unsigned char)*expected)) {
		ck_assert_str_eq(reason, expected);
		ck_assert_int_eq(error, -ENOENT);
		ck_assert_str_eq(seat.name, "untouched");
		return;
	}
	ck_assert_str_eq(reason, "");
	ck_assert_int_eq(error, 0);
	snprintf(pair, sizeof(pair), "%d,%d", seat.cpus[0], seat.cpus[1]);
	ck_assert_str_eq(pair, expected);
	ck_assert_str_eq(seat.name, name);
	ck_assert(!seat.is_float);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(seat.nodes[i], topology_cpu(topology, seat.cpus[i])->node);
	ck_assert_int_eq(placement_relation(topology, seat.cpus[0], seat.cpus[1]), relation);
	ck_assert_int_eq(placement_relation(topology, seat.cpus[1], seat.cpus[0]), relation);
}

START_TEST(test_named)
{
	struct topology *topology = load_or_fail(machines[_i].spec, machines[_i].affinity);

	check_named(topology, RELATION_SAME_CPU, machines[_i].same_cpu);
	check_named(topology, RELATION_SMT, machines[_i].smt);
	check_named(topology, RELATION_L2, machines[_i].l2);
	check_named(topology, RELATION_LLC, machines[_i].llc);
	check_named(topology, RELATION_NODE, machines[_i].node);
	check_named(topology, RELATION_PACKAGE, machines[_i].package);
	check_named(topology, RELATION_MACHINE, machines[_i].machine);
	topology_free(topology);
}
END_TEST

static bool is_sound(const struct topology *topology, int a, int b)
{
	bool is_online = topology_cpu(topology, a)->core >= 0 &&
			 topology_cpu(topology, b)->core >= 0;
	enum relation relation = placement_relation(topology, a, b);

	return relation == placement_relation(topology, b, a) &&
	       (relation == RELATION_NONE) == !is_online &&
	       (relation == RELATION_SAME_CPU) == (is_online && a == b);
}

/* Every pair of online CPUs has exactly one name, the same both ways; no other pair has any. */
START_TEST(test_relation_is_symmetric)
{
	struct topology *topology = load_or_fail(machines[_i].spec, machines[_i].affinity);
	int limit = topology_cpu_limit(topology);

	/* Asserting each of 512 x 512 pairs would take seconds. */
	for (int a = -1; a <= limit; a++)
		for (int b = -1; b <= a; b++)
			if (!is_sound(topology, a, b))
				ck_abort_msg("CPUs %d and %d", a, b);
	topology_free(topology);
}
END_TEST

static const struct {
	const char *spec;
	int cpu_a, cpu_b;
	const char *name;
} relations[] = {
	{ "@hybrid.xml", 5, 5, "same-cpu" }, { "@hybrid.xml", 3, 2, "smt" },
	{ "@hybrid.xml", 4, 7, "l2" },
	{ "@hybrid.xml", 1, 7, "llc" }, { "@hybrid.xml", 8, 9, "l2" },
	{ "@hybrid.xml", 9, 7, "node" },
	{ "@snc.xml", 3, 4, "package" }, { "@snc.xml", 7, 8, "machine" },
	{ "@snc.xml", 5, 6, "llc" },
	{ "@off.xml", 2, 3, "none" }, { "@off.xml", 3, 3, "none" }, { "@off.xml", 0, 8, "none" },
	{ "@off.xml", -1, 0, "none" }, { "@cpuset.xml", 0, 1, "smt" },
	{ "@farmem.xml", 1, 2, "machine" },
	{ "@farmem.xml", 0, 1, "llc" },
};

START_TEST(test_relation)
{
	struct topology *topology = load_or_fail(relations[_i].spec, NULL);
	enum relation relation =
		placement_relation(topology, relations[_i].cpu_a, relations[_i].cpu_b);

	ck_assert_str_eq(placement_relation_name(relation), relations[_i].name);
	topology_free(topology);
}
END_TEST

#define NOT_NUMBERS " is not a placement: cpu: takes one or two CPU numbers, as in cpu:0,4"
#define NOT_PLACEMENT " is not a placement: take same-cpu, smt, l2, llc, node, package, machine, " \
	"near, far, float, cpu:A or cpu:A,B"
#define OUTSIDE " is outside this process's affinity mask or cpuset"

/* On off.xml, whose CPU 3 is offline, with CPU 7 outside the affinity mask. */
static const struct {
	const char *word;
	int error;
	const char *name_or_reason;
	int cpus[2], nodes[2];
} words[] = {
	{ "cpu:0,4", 0, "cpu:0,4", { 0, 4 }, { 0, 1 } },
	{ "cpu:4,0", 0, "cpu:4,0", { 4, 0 }, { 1, 0 } },
	{ "cpu:6", 0, "cpu:6,6", { 6, 6 }, { 1, 1 } },
	{ "cpu:06,6", 0, "cpu:6,6", { 6, 6 }, { 1, 1 } },
	{ "float", 0, "float", { -1, -1 }, { -1, -1 } },
	{ "cpu:0,3", -ENODEV, "CPU 3 is offline", { 0 }, { 0 } },
	{ "cpu:99,0", -ENODEV, "CPU 99 does not exist", { 0 }, { 0 } },
	{ "cpu:7", -ENODEV, "CPU 7" OUTSIDE, { 0 }, { 0 } },
	{ "cpu:2147483647", -ENODEV, "CPU 2147483647 does not exist", { 0 }, { 0 } },
	{ "cpu:2147483648", -EINVAL, "\"cpu:2147483648\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "cpu:4294967296", -EINVAL, "\"cpu:4294967296\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "cpu:", -EINVAL, "\"cpu:\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "cpu:1,", -EINVAL, "\"cpu:1,\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "cpu:1,2,4", -EINVAL, "\"cpu:1,2,4\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "cpu:-1", -EINVAL, "\"cpu:-1\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "cpu: 1", -EINVAL, "\"cpu: 1\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "cpu:0x1", -EINVAL, "\"cpu:0x1\"" NOT_NUMBERS, { 0 }, { 0 } },
	{ "", -EINVAL, "\"\"" NOT_PLACEMENT, { 0 }, { 0 } },
	{ "SMT", -EINVAL, "\"SMT\"" NOT_PLACEMENT, { 0 }, { 0 } },
	{ "none", -EINVAL, "\"none\"" NOT_PLACEMENT, { 0 }, { 0 } },
	{ "float,smt", -EINVAL, "\"float,smt\"" NOT_PLACEMENT, { 0 }, { 0 } },
	{ "cpu", -EINVAL, "\"cpu\"" NOT_PLACEMENT, { 0 }, { 0 } },
};

START_TEST(test_word)
{
	struct topology *topology = load_or_fail("@off.xml", "0-6");
	struct seat seat = { .name = "untouched" };
	char reason[256] = "";

	ck_assert_int_eq(placement_find(topology, words[_i].word, &seat, reason, sizeof(reason)),
			 words[_i].error);
	ck_assert_str_eq(words[_i].error ? reason : seat.name, words[_i].name_or_reason);
	ck_assert_str_eq(words[_i].error ? seat.name : reason, words[_i].error ? "untouched" : "");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(seat.cpus[i], words[_i].cpus[i]);
		ck_assert_int_eq(seat.nodes[i], words[_i].nodes[i]);
	}
	ck_assert_int_eq(seat.is_float, !strcmp(words[_i].word, "float"));
	topology_free(topology);
}
END_TEST

/* near and far are there on every machine, and never another pair than the relation's own. */
static const struct {
	const char *spec, *affinity;
	const char *near, *far;
} resolved[] = {
	{ "core:1 pu:1", NULL, "same-cpu", "same-cpu" },
	{ "core:1 pu:2", NULL, "smt", "smt" },
	{ "core:2 pu:1", NULL, "node", "node" },
	{ "pack:1 l3:1 core:2 pu:2", NULL, "llc", "llc" },
	{ "pack:2 l3:1 core:2 pu:2", NULL, "llc", "node" },
	{ "pack:1 l3:1 l2:2 core:2 pu:1", NULL, "l2", "llc" },
	{ "@2n.xml", NULL, "llc", "machine" },
	{ "@2n.xml", "0-1", "smt", "smt" },
	{ "@2n.xml", "5", "same-cpu", "same-cpu" },
	{ "@snc.xml", NULL, "llc", "machine" },
};

static void resolves_to(const struct topology *topology, const char *word, const char *relation)
{
	struct seat seat, named;

	ck_assert_int_eq(placement_find(topology, word, &seat, NULL, 0), 0);
	ck_assert_str_eq(seat.name, word);
	ck_assert_str_eq(seat.relation, relation);
	ck_assert_int_eq(placement_find(topology, relation, &named, NULL, 0), 0);
	ck_assert_ptr_null(named.relation);
	ck_assert_mem_eq(seat.cpus, named.cpus, sizeof(seat.cpus));
	ck_assert_mem_eq(seat.nodes, named.nodes, sizeof(seat.nodes));
}

START_TEST(test_near_and_far)
{
	struct topology *topology = load_or_fail(resolved[_i].spec, resolved[_i].affinity);

	resolves_to(topology, "near", resolved[_i].near);
	resolves_to(topology, "far", resolved[_i].far);
	topology_free(topology);
}
END_TEST

START_TEST(test_reason_is_optional_and_bounded)
{
	struct topology *topology = load_or_fail("pu:2", NULL);
	char reason[8] = "xxxxxxx";
	struct seat seat;

	ck_assert_int_eq(placement_find(topology, "smt", &seat, NULL, 0), -ENOENT);
	ck_assert_int_eq(placement_find(topology, "smt", &seat, reason, 4), -ENOENT);
	ck_assert_mem_eq(reason, "no \0xxx", sizeof(reason));
	topology_free(topology);
}
END_TEST

START_TEST(test_all_names)
{
	static const char *const expected[] = {
		"same-cpu", "smt", "l2", "llc", "node", "package", "machine", "float",
	};
	const char *const *names = placement_all_names();

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ck_assert_str_eq(names[i], expected[i]);
	ck_assert_ptr_null(names[ARRAY_SIZE(expected)]);
}
END_TEST

static const struct {
	const char *spec, *affinity;
	const char *level;
	const char *rows;	/* the CPUs that are paired with each other */
} matrices[] = {
	{ "core:1 pu:1", NULL, "pu", "0" },
	{ "core:1 pu:1", NULL, "node", "0" },
	{ "@2n.xml", NULL, "pu", "0,1,2,3,4,5,6,7" },
	{ "@2n.xml", NULL, "core", "0,2,4,6" },
	{ "@2n.xml", NULL, "llc", "0,4" },
	{ "@2n.xml", "1,3-7", "core", "1,3,4,6" },
	{ "@2n.xml", "1,3-7", "node", "1,4" },
	{ "@4n.xml", NULL, "node", "0,4,8,12" },
	{ "@ccx.xml", NULL, "llc", "0,4" },
	{ "@ccx.xml", NULL, "node", "0" },
	{ "@snc.xml", NULL, "llc", "0,8" },
	{ "@snc.xml", NULL, "node", "0,4,8,12" },
	{ "@hybrid.xml", NULL, "core", "0,2,4,5,6,7,8,9" },
	{ "@hybrid.xml", NULL, "llc", "0,8" },
	{ "@off.xml", NULL, "core", "0,2,4,6" },
	{ "@farmem.xml", NULL, "node", "0,2" },
	{ "numa:2 core:2 pu:1", NULL, "llc", "0,2" },
	{ "pack:1 core:2 pu:2(indexes=0,8,1,9)", NULL, "core", "0,1" },
};

/* Checks the matrix row by row, and returns its rows as "0,4". */
static void check_matrix(const struct topology *topology, const struct seat *seats, size_t count,
			 char *rows)
{
	size_t side = 0;

	while (side * side < count)
		side++;
	ck_assert_uint_eq(side * side, count);
	for (size_t i = 0; i < count; i++) {
		const int expected[2] = { seats[i / side * side].cpus[0],
					  seats[i % side * side].cpus[0] };
		char name[32];

		snprintf(name, sizeof(name), "cpu:%d,%d", expected[0], expected[1]);
		ck_assert_str_eq(seats[i].name, name);
		for (int j = 0; j < 2; j++) {
			ck_assert_int_eq(seats[i].cpus[j], expected[j]);
			ck_assert_int_eq(seats[i].nodes[j],
					 topology_cpu(topology, expected[j])->node);
		}
		ck_assert(!seats[i].is_float);
	}
	*rows = '\0';
	for (size_t i = 0; i < side; i++)
		sprintf(rows + strlen(rows), "%s%d", i ? "," : "", seats[i].cpus[1]);
}

START_TEST(test_matrix)
{
	struct topology *topology = load_or_fail(matrices[_i].spec, matrices[_i].affinity);
	enum matrix_level level;
	struct seat *seats;
	char rows[128];
	size_t count;

	ck_assert_int_eq(placement_matrix_level(matrices[_i].level, &level), 0);
	ck_assert_int_eq(placement_matrix(topology, level, &seats, &count), 0);
	check_matrix(topology, seats, count, rows);
	ck_assert_str_eq(rows, matrices[_i].rows);
	free(seats);
	topology_free(topology);
}
END_TEST

static const struct {
	enum matrix_level level;
	size_t count;
} large_matrices[] = {
	{ MATRIX_PU, 512 * 512 }, { MATRIX_CORE, 256 * 256 }, { MATRIX_LLC, 16 * 16 },
	{ MATRIX_NODE, 8 * 8 },
};

START_TEST(test_large_matrix)
{
	struct topology *topology = load_or_fail("pack:4 numa:2 l3:2 core:16 pu:2", NULL);
	struct seat *seats;
	size_t count;

	ck_assert_int_eq(placement_matrix(topology, large_matrices[_i].level, &seats, &count), 0);
	ck_assert_uint_eq(count, large_matrices[_i].count);
	ck_assert_int_eq(seats[0].cpus[1], 0);
	ck_assert_int_eq(seats[count - 1].cpus[0], seats[count - 1].cpus[1]);
	free(seats);
	topology_free(topology);
}
END_TEST

START_TEST(test_matrix_level)
{
	enum matrix_level level = MATRIX_NODE;

	ck_assert_int_eq(placement_matrix_level("", &level), -EINVAL);
	ck_assert_int_eq(placement_matrix_level("PU", &level), -EINVAL);
	ck_assert_int_eq(placement_matrix_level("cores", &level), -EINVAL);
	ck_assert_int_eq(level, MATRIX_NODE);
	ck_assert_int_eq(placement_matrix_level("pu", &level), 0);
	ck_assert_int_eq(level, MATRIX_PU);
}
END_TEST

#define NO_REMOTE "memory node here: remote memory does not exist"
#define NO_INTERLEAVE "memory node here: there is nothing to interleave"
#define NOT_NODE " is not a memory policy: node: takes one number, as in node:1"
#define NOT_MEMORY " is not a memory policy: take local, remote, interleave or node:N"
#define NO_HOME "a task without a CPU of its own has no memory that is always remote"

static const struct {
	const char *spec, *word;
	int cpu, error;
	enum memory_mode mode;
	const char *nodes_or_reason;
} memories[] = {
	{ "@4n.xml", "local", 5, 0, MEMORY_LOCAL, "1" },
	{ "@4n.xml", "local", -1, 0, MEMORY_LOCAL, "" },
	{ "@4n.xml", "remote", 0, 0, MEMORY_BIND, "2" },
	{ "@4n.xml", "remote", 12, 0, MEMORY_BIND, "0" },
	{ "@4n.xml", "interleave", 12, 0, MEMORY_INTERLEAVE, "0,1,2,3" },
	{ "@4n.xml", "interleave", -1, 0, MEMORY_INTERLEAVE, "0,1,2,3" },
	{ "@4n.xml", "node:3", 0, 0, MEMORY_BIND, "3" },
	{ "@4n.xml", "node:0", -1, 0, MEMORY_BIND, "0" },
	{ "@4n.xml", "remote", -1, -ENOENT, 0, NO_HOME },
	{ "@4n.xml", "node:4", 0, -ENODEV, 0, "memory node 4 does not exist" },
	{ "@4n.xml", "node:2000", 0, -ENODEV, 0, "memory node 2000 does not exist" },
	{ "@4n.xml", "node:", 0, -EINVAL, 0, "\"node:\"" NOT_NODE },
	{ "@4n.xml", "node:-1", 0, -EINVAL, 0, "\"node:-1\"" NOT_NODE },
	{ "@4n.xml", "node:1,2", 0, -EINVAL, 0, "\"node:1,2\"" NOT_NODE },
	{ "@4n.xml", "", 0, -EINVAL, 0, "\"\"" NOT_MEMORY },
	{ "@4n.xml", "far", 0, -EINVAL, 0, "\"far\"" NOT_MEMORY },
	{ "@4n.xml", "local", 16, -ENODEV, 0, "CPU 16 does not exist" },
	{ "@off.xml", "remote", 3, -ENODEV, 0, "CPU 3 is offline" },

	/* node 2 has only memory, and is the farthest from node 1 */
	{ "@memonly.xml", "local", 0, 0, MEMORY_LOCAL, "0" },
	{ "@memonly.xml", "remote", 0, 0, MEMORY_BIND, "1" },
	{ "@memonly.xml", "remote", 4, 0, MEMORY_BIND, "2" },
	{ "@memonly.xml", "interleave", 0, 0, MEMORY_INTERLEAVE, "0,1,2" },
	{ "@memonly.xml", "node:2", 0, 0, MEMORY_BIND, "2" },

	/* node 2 has only CPUs, and is the farthest from node 1 */
	{ "@farmem.xml", "local", 0, 0, MEMORY_LOCAL, "1" },
	{ "@farmem.xml", "remote", 0, 0, MEMORY_BIND, "0" },
	{ "@farmem.xml", "remote", 2, 0, MEMORY_BIND, "1" },
	{ "@farmem.xml", "interleave", 0, 0, MEMORY_INTERLEAVE, "0,1" },
	{ "@farmem.xml", "local", 2, -ENOENT, 0, "node 2 has no memory" },
	{ "@farmem.xml", "node:2", 0, -ENODEV, 0, "node 2 has no memory" },

	/* the cpuset leaves node 0 */
	{ "@cpuset.xml", "local", 1, 0, MEMORY_LOCAL, "0" },
	{ "@cpuset.xml", "remote", 1, -ENOENT, 0, "one usable " NO_REMOTE },
	{ "@cpuset.xml", "remote", 4, 0, MEMORY_BIND, "0" },
	{ "@cpuset.xml", "interleave", 1, -ENOENT, 0, "one usable " NO_INTERLEAVE },
	{ "@cpuset.xml", "local", 4, -ENOENT, 0, "memory node 1 is outside this process's cpuset" },
	{ "@cpuset.xml", "node:1", 1, -ENODEV, 0,
	  "memory node 1 is outside this process's cpuset" },
	{ "@cpuset.xml", "local", 0, -ENODEV, 0, "CPU 0" OUTSIDE },

	/* one node; no distances */
	{ "@ccx.xml", "local", 0, 0, MEMORY_LOCAL, "0" },
	{ "@ccx.xml", "node:0", 0, 0, MEMORY_BIND, "0" },
	{ "@ccx.xml", "remote", 0, -ENOENT, 0, "one " NO_REMOTE },
	{ "@ccx.xml", "interleave", 0, -ENOENT, 0, "one " NO_INTERLEAVE },
	{ "numa:3 pu:1", "remote", 0, 0, MEMORY_BIND, "1" },
	{ "numa:3 pu:1", "remote", 2, 0, MEMORY_BIND, "0" },
	{ "numa:128 pu:1", "node:127", 0, 0, MEMORY_BIND, "127" },
};

/* "0,1" of the mask, and checks the count against it. */
static void list_nodes(const struct memory_policy *policy, char *text)
{
	int count = 0;

	*text = '\0';
	for (int node = -1; node <= MEMORY_NODES_MAX; node++)
		if (memory_policy_has_node(policy, node))
			sprintf(text + strlen(text), "%s%d", count++ ? "," : "", node);
	ck_assert_int_eq(policy->node_count, count);
}

START_TEST(test_memory)
{
	struct topology *topology = load_or_fail(memories[_i].spec, NULL);
	struct memory_policy policy = { .node_count = -7 };
	char reason[256] = "", nodes[64];
	int error = placement_memory(topology, memories[_i].word, memories[_i].cpu, &policy, reason,
				     sizeof(reason));

	if (error) {
		ck_assert_str_eq(reason, memories[_i].nodes_or_reason);
		ck_assert_int_eq(policy.node_count, -7);
	} else {
		list_nodes(&policy, nodes);
		ck_assert_str_eq(nodes, memories[_i].nodes_or_reason);
		ck_assert_int_eq(policy.mode, memories[_i].mode);
		ck_assert_str_eq(reason, "");
	}
	ck_assert_int_eq(error, memories[_i].error);
	topology_free(topology);
}
END_TEST

static Suite *placement_suite(void)
{
	Suite *suite = suite_create("placement");
	TCase *seats = tcase_create("seats"), *matrix = tcase_create("matrix");
	TCase *memory = tcase_create("memory");

	tcase_add_loop_test(seats, test_named, 0, (int)ARRAY_SIZE(machines));
	tcase_add_loop_test(seats, test_relation_is_symmetric, 0, (int)ARRAY_SIZE(machines));
	tcase_add_loop_test(seats, test_relation, 0, (int)ARRAY_SIZE(relations));
	tcase_add_loop_test(seats, test_word, 0, (int)ARRAY_SIZE(words));
	tcase_add_test(seats, test_reason_is_optional_and_bounded);
	tcase_add_loop_test(seats, test_near_and_far, 0, (int)ARRAY_SIZE(resolved));
	tcase_add_test(seats, test_all_names);
	tcase_add_loop_test(matrix, test_matrix, 0, (int)ARRAY_SIZE(matrices));
	tcase_add_loop_test(matrix, test_large_matrix, 0, (int)ARRAY_SIZE(large_matrices));
	tcase_add_test(matrix, test_matrix_level);
	tcase_add_loop_test(memory, test_memory, 0, (int)ARRAY_SIZE(memories));
	tcase_set_timeout(seats, 60);
	tcase_set_timeout(matrix, 60);
	suite_add_tcase(suite, seats);
	suite_add_tcase(suite, matrix);
	suite_add_tcase(suite, memory);
	return suite;
}

int main(void)
{
	return suite_run(placement_suite());
}
