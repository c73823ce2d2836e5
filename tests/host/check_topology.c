/* SPDX-License-Identifier: MIT */
/* What lib/host/topology reads out of described machines, recorded machines and this one. */
#include <check.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "host/topology.h"
#include "kernel/affinity.h"
#include "../kit/suite.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A spec that starts with @ is a file in tests/topologies. */
static int load(const char *spec, const char *affinity, struct topology **ret_topology)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];

	if (*spec != '@')
		return topology_load(spec, affinity, NULL, ret_topology);
	snprintf(path, sizeof(path), "%s/tests/topologies/%s", srcdir ? srcdir : ".", spec + 1);
	return topology_load(path, affinity, NULL, ret_topology);
}

static struct topology *load_or_fail(const char *spec, const char *affinity)
{
	struct topology *topology = NULL;

	ck_assert_int_eq(load(spec, affinity, &topology), 0);
	ck_assert_ptr_nonnull(topology);
	return topology;
}

/* "0,1,5" of a list of numbers. */
static const char *list_text(const int *numbers, size_t count, char *text, size_t size)
{
	size_t length = 0;

	*text = '\0';
	for (size_t i = 0; i < count && length < size; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%d", i ? "," : "",
					   numbers[i]);
	return text;
}

static const struct {
	const char *spec, *affinity;
	const char *usable_cpus, *usable_nodes;
	struct topology_counts counts;
} machines[] = {
	{ "core:1 pu:1", NULL, "0", "0", { 1, 1, 0, 0, 1, 0 } },
	{ "pack:2 l3:1 core:2 pu:2", NULL, "0,1,2,3,4,5,6,7", "0", { 8, 4, 2, 2, 1, 0 } },
	{ "pack:2 l3:1 core:2 pu:2", "1-2,7", "1,2,7", "0", { 8, 4, 2, 2, 1, 0 } },
	{ "pack:2 l3:1 core:2 pu:2", "0-65535", "0,1,2,3,4,5,6,7", "0", { 8, 4, 2, 2, 1, 0 } },
	{ "pack:1 core:2 pu:2(indexes=0,8,1,9)", NULL, "0,1,8,9", "0", { 4, 2, 0, 1, 1, 0 } },
	{ "pack:1 numa:2 l3:2 core:2 pu:1", NULL, "0,1,2,3,4,5,6,7", "0,1", { 8, 8, 4, 1, 2, 0 } },
	{ "pack:1 l2:2 core:2 pu:1", NULL, "0,1,2,3", "0", { 4, 4, 2, 1, 1, 0 } },
	{ "pack:2 [numa] core:2 pu:1", NULL, "0,1,2,3", "0,1", { 4, 4, 0, 2, 2, 0 } },
	{ "numa:2(indexes=0,3) core:2 pu:1", NULL, "0,1,2,3", "0,3", { 4, 4, 0, 0, 2, 0 } },
	{ "@2n.xml", NULL, "0,1,2,3,4,5,6,7", "0,1", { 8, 4, 2, 2, 2, 0 } },
	{ "@4n.xml", "0,4,8,12", "0,4,8,12", "0,1,2,3", { 16, 8, 4, 2, 4, 0 } },
	{ "@ccx.xml", NULL, "0,1,2,3,4,5,6,7", "0", { 8, 4, 2, 1, 1, 0 } },
	{ "@memonly.xml", NULL, "0,1,2,3,4,5,6,7", "0,1,2", { 8, 4, 2, 2, 2, 1 } },
	{ "@off.xml", NULL, "0,1,2,4,5,6,7", "0,1", { 7, 4, 2, 2, 2, 0 } },
	{ "@hybrid.xml", NULL, "0,1,2,3,4,5,6,7,8,9", "0", { 10, 8, 2, 1, 1, 0 } },
	{ "@snc.xml", "5-6", "5,6", "0,1,2,3", { 16, 8, 2, 2, 4, 0 } },
	{ "@cpuset.xml", NULL, "1,2,4", "0", { 8, 4, 2, 2, 2, 0 } },
	{ "@cpuset.xml", "0,2-5", "2,4", "0", { 8, 4, 2, 2, 2, 0 } },
	{ "@farmem.xml", NULL, "0,1,2,3", "0,1", { 4, 4, 2, 2, 2, 1 } },
};

START_TEST(test_machine)
{
	struct topology *topology = load_or_fail(machines[_i].spec, machines[_i].affinity);
	const struct topology_counts *counts = topology_counts(topology);
	const struct topology_counts *expected = &machines[_i].counts;
	char text[256];
	size_t count;
	const int *list = topology_usable_cpus(topology, &count);

	ck_assert_str_eq(list_text(list, count, text, sizeof(text)), machines[_i].usable_cpus);
	list = topology_usable_nodes(topology, &count);
	ck_assert_str_eq(list_text(list, count, text, sizeof(text)), machines[_i].usable_nodes);
	ck_assert_uint_eq(counts->online_cpus, expected->online_cpus);
	ck_assert_uint_eq(counts->cores, expected->cores);
	ck_assert_uint_eq(counts->llcs, expected->llcs);
	ck_assert_uint_eq(counts->packages, expected->packages);
	ck_assert_uint_eq(counts->cpu_nodes, expected->cpu_nodes);
	ck_assert_uint_eq(counts->memory_only_nodes, expected->memory_only_nodes);
	ck_assert(!topology_is_here(topology));
	topology_free(topology);
}
END_TEST

static const struct {
	const char *spec, *affinity;
	int error;
} failures[] = {
	{ "", NULL, -EINVAL },
	{ "nonsense", NULL, -EINVAL },
	{ "pack:2 foo:3", NULL, -EINVAL },
	{ "core:0", NULL, -EINVAL },
	{ "pu:1000000000", NULL, -ERANGE },
	{ "pu:18446744073709551616", NULL, -ERANGE },
	{ "pack:1000 core:1000 pu:1000", NULL, -ERANGE },
	{ "pack:4294967296 pu:4294967296", NULL, -ERANGE },
	{ "1000 1000", NULL, -ERANGE },
	{ "pu:4097", NULL, -ERANGE },
	{ "l2:64 [numa(memory=9999999)] pu:65(indexes=0)", NULL, -ERANGE },
	{ "-", NULL, -EINVAL },
	{ "@absent.xml", NULL, -ENOENT },
	{ "absent.xml", NULL, -ENOENT },
	{ "absent/pack:2", NULL, -ENOENT },
	{ "/", NULL, -EISDIR },
	{ "/dev/null", NULL, -ENODEV },
	{ "/dev/zero", NULL, -ENODEV },
	{ "/proc/self/status", NULL, -EINVAL },
	{ "core:4 pu:1", "", -EINVAL },
	{ "core:4 pu:1", "x", -EINVAL },
	{ "core:4 pu:1", "1,", -EINVAL },
	{ "core:4 pu:1", ",1", -EINVAL },
	{ "core:4 pu:1", "1-", -EINVAL },
	{ "core:4 pu:1", "2-1", -EINVAL },
	{ "core:4 pu:1", "-1", -EINVAL },
	{ "core:4 pu:1", "0x1", -EINVAL },
	{ "core:4 pu:1", " 1", -EINVAL },
	{ "core:4 pu:1", "1 2", -EINVAL },
	{ "core:4 pu:1", "65536", -EINVAL },
	{ "core:4 pu:1", "99999999999999999999", -EINVAL },
	{ "core:4 pu:1", "4-7", -ENXIO },
	{ "@off.xml", "3", -ENXIO },
	{ "@cpuset.xml", "0,3,5-7", -ENXIO },
};

START_TEST(test_failure)
{
	struct topology *untouched = (struct topology *)&failures, *topology = untouched;

	ck_assert_int_eq(load(failures[_i].spec, failures[_i].affinity, &topology),
			 failures[_i].error);
	ck_assert_ptr_eq(topology, untouched);
}
END_TEST

/* hwloc 2.9 crashes on it; another may refuse it, or know better. */
START_TEST(test_malformed_xml)
{
	struct topology *topology = NULL;
	int error = load("@crash.xml", NULL, &topology);

	ck_assert(error == 0 || error == -EINVAL);
	ck_assert(!error == !!topology);
	topology_free(topology);
}
END_TEST

#define ABSENT TOPOLOGY_CPU_ABSENT
#define OFFLINE TOPOLOGY_CPU_OFFLINE
#define FORBIDDEN TOPOLOGY_CPU_FORBIDDEN
#define USABLE TOPOLOGY_CPU_USABLE

/* core, l2, llc, package, node, node_size */
static const struct {
	const char *spec, *affinity;
	int number;
	struct topology_cpu cpu;
} cpus[] = {
	{ "@off.xml", "0-6", -1, { ABSENT, -1, -1, -1, -1, -1, 0 } },
	{ "@off.xml", "0-6", 2, { USABLE, 2, 2, 0, 0, 0, 3 } },
	{ "@off.xml", "0-6", 3, { OFFLINE, -1, -1, -1, -1, -1, 0 } },
	{ "@off.xml", "0-6", 7, { FORBIDDEN, 6, 6, 4, 4, 1, 4 } },
	{ "@off.xml", "0-6", 8, { ABSENT, -1, -1, -1, -1, -1, 0 } },
	{ "@cpuset.xml", NULL, 0, { FORBIDDEN, 0, 0, 0, 0, 0, 4 } },
	{ "@cpuset.xml", NULL, 1, { USABLE, 0, 0, 0, 0, 0, 4 } },
	{ "@memonly.xml", NULL, 3, { USABLE, 2, 2, 0, 0, 0, 4 } },
	{ "@memonly.xml", NULL, 7, { USABLE, 6, 6, 4, 4, 1, 4 } },
	{ "@farmem.xml", NULL, 0, { USABLE, 0, 0, 0, 0, 1, 2 } },
	{ "@farmem.xml", NULL, 3, { USABLE, 3, 3, 2, 2, 2, 2 } },
	{ "@hybrid.xml", NULL, 3, { USABLE, 2, 2, 0, 0, 0, 10 } },
	{ "@hybrid.xml", NULL, 7, { USABLE, 7, 4, 0, 0, 0, 10 } },
	{ "@hybrid.xml", NULL, 9, { USABLE, 9, 8, 8, 0, 0, 10 } },
	{ "@snc.xml", NULL, 15, { USABLE, 14, 14, 8, 8, 3, 4 } },
	{ "pack:1 core:2 pu:2(indexes=0,8,1,9)", NULL, 9, { USABLE, 1, -1, -1, 0, 0, 4 } },
	{ "pack:1 core:2 pu:2(indexes=0,8,1,9)", NULL, 2, { ABSENT, -1, -1, -1, -1, -1, 0 } },
	{ "numa:2 pu:2", NULL, 3, { USABLE, 3, -1, -1, -1, 1, 2 } },
	{ "core:1 l1:1 pu:1", NULL, 0, { USABLE, 0, -1, 0, -1, 0, 1 } },
};

START_TEST(test_cpu)
{
	struct topology *topology = load_or_fail(cpus[_i].spec, cpus[_i].affinity);
	const struct topology_cpu *cpu = topology_cpu(topology, cpus[_i].number);
	const struct topology_cpu *expected = &cpus[_i].cpu;

	ck_assert_int_eq(cpu->state, expected->state);
	ck_assert_int_eq(cpu->core, expected->core);
	ck_assert_int_eq(cpu->l2, expected->l2);
	ck_assert_int_eq(cpu->llc, expected->llc);
	ck_assert_int_eq(cpu->package, expected->package);
	ck_assert_int_eq(cpu->node, expected->node);
	ck_assert_int_eq(cpu->node_size, expected->node_size);
	ck_assert_int_ge(topology_cpu_limit(topology), cpus[_i].number < 8 ? 0 : 8);
	topology_free(topology);
}
END_TEST

/* exists, is_allowed, has_cpus, has_memory */
static const struct {
	const char *spec;
	int number;
	struct topology_node node;
} nodes[] = {
	{ "@memonly.xml", 0, { true, true, true, true } },
	{ "@memonly.xml", 2, { true, true, false, true } },
	{ "@memonly.xml", 3, { false, false, false, false } },
	{ "@memonly.xml", -1, { false, false, false, false } },
	{ "@farmem.xml", 0, { true, true, false, true } },
	{ "@farmem.xml", 2, { true, true, true, false } },
	{ "@cpuset.xml", 1, { true, false, true, true } },
	{ "pack:2 [numa] core:2 pu:1", 1, { true, true, true, true } },
};

START_TEST(test_node)
{
	struct topology *topology = load_or_fail(nodes[_i].spec, NULL);
	const struct topology_node *node = topology_node(topology, nodes[_i].number);
	const struct topology_node *expected = &nodes[_i].node;

	ck_assert_int_eq(node->exists, expected->exists);
	ck_assert_int_eq(node->is_allowed, expected->is_allowed);
	ck_assert_int_eq(node->has_cpus, expected->has_cpus);
	ck_assert_int_eq(node->has_memory, expected->has_memory);
	topology_free(topology);
}
END_TEST

static const struct {
	const char *spec;
	int from_node, to_node, distance;
} distances[] = {
	{ "@4n.xml", 0, 0, 10 }, { "@4n.xml", 0, 1, 12 },
	{ "@4n.xml", 3, 1, 21 }, { "@4n.xml", 3, 2, 12 },
	{ "@memonly.xml", 0, 2, 17 }, { "@memonly.xml", 1, 2, 28 }, { "@memonly.xml", 2, 1, 28 },
	{ "@memonly.xml", 0, 3, -1 }, { "@memonly.xml", -1, 0, -1 },
	{ "@ccx.xml", 0, 0, -1 }, { "numa:2 core:1 pu:1", 0, 1, -1 },
};

START_TEST(test_distance)
{
	struct topology *topology = load_or_fail(distances[_i].spec, NULL);

	ck_assert_int_eq(distances[_i].distance,
			 topology_distance(topology, distances[_i].from_node, distances[_i].to_node));
	topology_free(topology);
}
END_TEST

START_TEST(test_many_cpus)
{
	struct topology *topology = load_or_fail("pack:4 l3:4 core:16 pu:2", NULL);
	size_t count;

	topology_usable_cpus(topology, &count);
	ck_assert_uint_eq(count, 512);
	ck_assert_int_eq(topology_cpu(topology, 511)->core, 510);
	topology_free(topology);
}
END_TEST

static void assert_is_here(const struct affinity *mask)
{
	struct topology *topology;
	const int *list;
	size_t count;

	ck_assert_int_eq(topology_load_here(NULL, &topology), 0);
	ck_assert(topology_is_here(topology));
	list = topology_usable_cpus(topology, &count);
	ck_assert_int_eq((int)count, CPU_COUNT_S(mask->bytes, mask->set));
	for (size_t i = 0; i < count; i++) {
		ck_assert(affinity_has(mask, list[i]));
		ck_assert_int_eq(topology_cpu(topology, list[i])->state, TOPOLOGY_CPU_USABLE);
		ck_assert_int_ge(topology_cpu(topology, list[i])->node, 0);
		ck_assert(topology_node(topology, topology_cpu(topology, list[i])->node)->has_cpus);
	}
	ck_assert_uint_ge(topology_counts(topology)->online_cpus, count);
	topology_free(topology);
}

START_TEST(test_here)
{
	struct affinity before, after;

	ck_assert_int_eq(affinity_take(&before), 0);
	assert_is_here(&before);
	ck_assert_int_eq(affinity_take(&after), 0);
	ck_assert(CPU_EQUAL_S(before.bytes, before.set, after.set));
	affinity_done(&before);
	affinity_done(&after);
}
END_TEST

/* From here on sched_setaffinity kills us; false where filters cannot be had. */
static bool forbid_rebinding(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_setaffinity, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* hwloc would move us to every CPU and back, which no mask that is looked at afterwards shows. */
START_TEST(test_here_without_rebinding)
{
	struct affinity mask;

	ck_assert_int_eq(affinity_take(&mask), 0);
	if (forbid_rebinding())
		assert_is_here(&mask);
	affinity_done(&mask);
}
END_TEST

START_TEST(test_here_with_affinity)
{
	struct affinity all, one;

	ck_assert_int_eq(affinity_take(&all), 0);
	for (int cpu = 0; (size_t)cpu < 8 * all.bytes; cpu++) {
		if (!affinity_has(&all, cpu))
			continue;
		ck_assert_int_eq(affinity_set(cpu, cpu), 0);
		ck_assert_int_eq(affinity_take(&one), 0);
		assert_is_here(&one);
		affinity_done(&one);
	}
	affinity_done(&all);
}
END_TEST

static const struct {
	const char *name, *value;
} variables[] = {
	{ "HWLOC_SYNTHETIC", "pack:7 core:3 pu:1" },
	{ "HWLOC_SYNTHETIC", "nonsense" },
	{ "HWLOC_XMLFILE", "tests/topologies/2n.xml" },
	{ "HWLOC_XMLFILE", "absent.xml" },
	{ "HWLOC_FSROOT", "/nowhere" },
	{ "HWLOC_COMPONENTS", "synthetic,stop" },
	{ "HWLOC_THISSYSTEM", "0" },
	{ "HWLOC_THISSYSTEM", "1" },
	{ "HWLOC_SYNTHETIC", "" },
};

/* Neither may "here" change, nor a description pass for here, nor the environment be lost. */
START_TEST(test_environment)
{
	struct topology *topology;
	struct affinity mask;
	size_t count;

	ck_assert_int_eq(affinity_take(&mask), 0);
	ck_assert_int_eq(setenv("HWLOC_UNRELATED", "a=b", 1), 0);
	ck_assert_int_eq(setenv(variables[_i].name, variables[_i].value, 1), 0);
	assert_is_here(&mask);
	affinity_done(&mask);
	topology = load_or_fail("pack:1 core:5 pu:1", NULL);
	topology_usable_cpus(topology, &count);
	ck_assert_uint_eq(count, 5);
	ck_assert(!topology_is_here(topology));
	topology_free(topology);
	ck_assert_int_eq(load("nonsense", NULL, &topology), -EINVAL);
	ck_assert_str_eq(getenv(variables[_i].name), variables[_i].value);
	ck_assert_str_eq(getenv("HWLOC_UNRELATED"), "a=b");
}
END_TEST

START_TEST(test_free_takes_null)
{
	topology_free(NULL);
}
END_TEST

static Suite *topology_suite(void)
{
	Suite *suite = suite_create("topology");
	TCase *described = tcase_create("described"), *here = tcase_create("here");

	tcase_add_loop_test(described, test_machine, 0, (int)ARRAY_SIZE(machines));
	tcase_add_test(described, test_malformed_xml);
	tcase_add_loop_test(described, test_failure, 0, (int)ARRAY_SIZE(failures));
	tcase_add_loop_test(described, test_cpu, 0, (int)ARRAY_SIZE(cpus));
	tcase_add_loop_test(described, test_node, 0, (int)ARRAY_SIZE(nodes));
	tcase_add_loop_test(described, test_distance, 0, (int)ARRAY_SIZE(distances));
	tcase_add_test(described, test_many_cpus);
	tcase_add_test(described, test_free_takes_null);
	tcase_add_test(here, test_here);
	tcase_add_test(here, test_here_with_affinity);
	tcase_add_loop_test(here, test_environment, 0, (int)ARRAY_SIZE(variables));
	/* Last: under CK_FORK=no its filter stays. */
	tcase_add_test(here, test_here_without_rebinding);
	tcase_set_timeout(described, 60);
	tcase_set_timeout(here, 60);
	suite_add_tcase(suite, described);
	suite_add_tcase(suite, here);
	return suite;
}

int main(void)
{
	return suite_run(topology_suite());
}
