/* SPDX-License-Identifier: MIT */
/*
 * topology: a line with an affinity list (or nothing), then a machine: XML if it begins
 * with '<', else a synthetic description.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "host/topology.h"
#include "plan/placement.h"

/* Of larger machines a look at each CPU is enough: pairs take long. */
#define PAIRS_CPUS_MOST 64
/* hwloc takes seconds for thousands of CPUs, which is no finding. */
#define SLOW_CPUS 600
#define SLOW_CPUS_END 5000
#define LONG_DIGITS 6

const char *__lsan_default_suppressions(void);

/* What hwloc does not give back of a description that it refuses is not ours to free. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libhwloc\n";
}

static void check_numbers(const int *numbers, size_t count, int limit)
{
	for (size_t i = 0; i < count; i++)
		FUZZ_CLAIM(numbers[i] >= 0 && numbers[i] < limit &&
			   (!i || numbers[i] > numbers[i - 1]));
}

static void check_cpus(const struct topology *topology)
{
	size_t count, online = 0;
	const int *cpus = topology_usable_cpus(topology, &count);
	int limit = topology_cpu_limit(topology);

	check_numbers(cpus, count, limit);
	FUZZ_CLAIM(count);
	for (size_t i = 0; i < count; i++)
		FUZZ_CLAIM(topology_cpu(topology, cpus[i])->state == TOPOLOGY_CPU_USABLE);
	for (int i = -1; i <= limit; i++)
		online += topology_cpu(topology, i)->state >= TOPOLOGY_CPU_FORBIDDEN;
	FUZZ_CLAIM(online >= count && online == topology_counts(topology)->online_cpus);
	FUZZ_CLAIM(topology_counts(topology)->cores <= online);
}

static void check_nodes(const struct topology *topology)
{
	size_t count;
	const int *nodes = topology_usable_nodes(topology, &count);

	check_numbers(nodes, count, TOPOLOGY_NODE_LIMIT);
	for (size_t i = 0; i < count; i++)
		FUZZ_CLAIM(topology_node(topology, nodes[i])->exists);
}

static void check_pairs(const struct topology *topology)
{
	size_t count;
	const int *cpus = topology_usable_cpus(topology, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			FUZZ_CLAIM(placement_relation(topology, cpus[i], cpus[j]) ==
				   placement_relation(topology, cpus[j], cpus[i]));
}

/* A seat is of CPUs that may be used, and its name leads to it again; else there is a reason. */
static void check_seat(const struct topology *topology, const char *name)
{
	char reason[200] = "";
	struct seat seat, again;
	int error = placement_find(topology, name, &seat, reason, sizeof(reason));

	FUZZ_CLAIM(!error || (error == -ENOENT && *reason));
	if (error || seat.is_float)
		return;
	for (int i = 0; i < 2; i++)
		FUZZ_CLAIM(topology_cpu(topology, seat.cpus[i])->state == TOPOLOGY_CPU_USABLE);
	FUZZ_CLAIM(!placement_find(topology, seat.name, &again, reason, sizeof(reason)));
	FUZZ_CLAIM(again.cpus[0] == seat.cpus[0] && again.cpus[1] == seat.cpus[1]);
}

static void check_matrix(const struct topology *topology, enum matrix_level level)
{
	struct seat *seats = NULL;
	size_t count = 0;

	if (placement_matrix(topology, level, &seats, &count))
		return;
	for (size_t i = 0; i < count; i++)
		FUZZ_CLAIM(topology_cpu(topology, seats[i].cpus[0])->state == TOPOLOGY_CPU_USABLE);
	free(seats);
}

static void check_memory(const struct topology *topology, const char *word)
{
	struct memory_policy policy;
	char reason[160] = "";
	size_t count;
	int cpu = topology_usable_cpus(topology, &count)[0];
	int error = placement_memory(topology, word, cpu, &policy, reason, sizeof(reason));

	FUZZ_CLAIM(!error || *reason);
	for (int node = 0; !error && node < MEMORY_NODES_MAX; node++)
		FUZZ_CLAIM(!memory_policy_has_node(&policy, node) ||
			   topology_node(topology, node)->has_memory);
}

static void check_machine(const struct topology *topology)
{
	const char *const *names = placement_all_names();

	FUZZ_CLAIM(!topology_is_here(topology));
	check_cpus(topology);
	check_nodes(topology);
	if (topology_cpu_limit(topology) > PAIRS_CPUS_MOST)
		return;
	check_pairs(topology);
	for (size_t i = 0; names[i]; i++)
		check_seat(topology, names[i]);
	for (enum matrix_level level = MATRIX_PU; level <= MATRIX_NODE; level++)
		check_matrix(topology, level);
	check_memory(topology, "local");
	check_memory(topology, "remote");
	check_memory(topology, "interleave");
	check_memory(topology, "node:1");
}

/* hwloc takes as much memory as any number in XML says: long ones are left out. */
static bool has_long_number(const char *text)
{
	for (size_t digits; *text; text += digits + 1) {
		digits = strspn(text, "0123456789");
		if (digits >= LONG_DIGITS)
			return true;
		if (!text[digits])
			break;
	}
	return false;
}

/* hwloc reads XML of files alone. */
static int load_xml(const char *text, const char *affinity, struct topology **ret)
{
	char path[512];
	int error, fd;

	fuzz_temporary(path, sizeof(path), "handoff-fuzz.XXXXXX.xml");
	fd = mkostemps(path, 4, O_CLOEXEC);
	FUZZ_CLAIM(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	error = topology_load(path, affinity, NULL, ret);
	unlink(path);
	return error;
}

/* All numbers multiplied: not quite how many CPUs there will be, but near. */
static bool is_slow(const char *text)
{
	double product = 1;

	while (*text) {
		char *end;
		double number = (double)strtoul(text, &end, 0);

		product *= end > text && number > 0 ? number : 1;
		text = end > text ? end : text + 1;
	}
	return product > SLOW_CPUS && product < SLOW_CPUS_END;
}

/* A description that is the name of a file here is none of ours. */
static int load(const char *text, const char *affinity, struct topology **ret)
{
	struct stat status;

	if (*text == '<')
		return has_long_number(text) ? -ERANGE : load_xml(text, affinity, ret);
	if (strchr(text, '/') || !stat(text, &status) || is_slow(text))
		return -ENOENT;
	return topology_load(text, affinity, NULL, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *machine = text;
	const char *affinity = strsep(&machine, "\n");
	struct topology *topology = NULL;

	if (machine) {
		int error = load(machine, *affinity ? affinity : NULL, &topology);

		FUZZ_CLAIM(!error == !!topology);
	}
	if (topology)
		check_machine(topology);
	topology_free(topology);
	free(text);
	return 0;
}
