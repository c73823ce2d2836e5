/* SPDX-License-Identifier: MIT */
/* host/noise-snapshot - reads counters and settings; see host/noise.h. */
#include "host/noise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/sysfile.h"

#define CPU_PATH "/sys/devices/system/cpu/cpu%d"
#define SIBLINGS_MAX 64

/* Facts that are one integer in one file, by itself (no key) or by its key. */
#define INTEGER_FACT(member, file, name) \
	{ offsetof(struct noise_snapshot, member), file, name }

static const struct integer_fact {
	size_t offset;
	const char *path;
	const char *key;
} integer_facts[] = {
	INTEGER_FACT(interrupts, "/proc/stat", "intr"),
	INTEGER_FACT(context_switches, "/proc/stat", "ctxt"),
	INTEGER_FACT(forks, "/proc/stat", "processes"),
	INTEGER_FACT(huge_page_collapses, "/proc/vmstat",
		     "thp_collapse_alloc"),
	INTEGER_FACT(numa_hint_faults, "/proc/vmstat", "numa_hint_faults"),
	INTEGER_FACT(numa_pages_migrated, "/proc/vmstat",
		     "numa_pages_migrated"),
	INTEGER_FACT(swapped_in_pages, "/proc/vmstat", "pswpin"),
	INTEGER_FACT(swapped_out_pages, "/proc/vmstat", "pswpout"),
	INTEGER_FACT(ksm_run, "/sys/kernel/mm/ksm/run", NULL),
	INTEGER_FACT(numa_balancing, "/proc/sys/kernel/numa_balancing", NULL),
	INTEGER_FACT(nmi_watchdog, "/proc/sys/kernel/nmi_watchdog", NULL),
	INTEGER_FACT(timer_slack_ns, "/proc/self/timerslack_ns", NULL),
	INTEGER_FACT(seccomp_filters, "/proc/self/status", "Seccomp_filters"),
	INTEGER_FACT(tracer_pid, "/proc/self/status", "TracerPid"),
};

/* file or file:key as an integer; -1 when it is not there. */
static int64_t read_integer(const char *root, const char *path,
			    const char *key)
{
	int64_t number;
	int result = key ?
		sysfile_read_keyed_integer(root, path, key, &number) :
		sysfile_read_integer(root, path, &number);

	return result ? -1 : number;
}

static void read_integer_facts(const char *root, struct noise_snapshot *ret)
{
	const struct integer_fact *fact = integer_facts;
	size_t count = sizeof(integer_facts) / sizeof(integer_facts[0]);

	for (; count--; fact++)
		*(int64_t *)(void *)((char *)ret + fact->offset) =
			read_integer(root, fact->path, fact->key);
}

static struct noise_cpu *find_cpu(const struct noise_snapshot *snapshot,
				  int cpu)
{
	for (size_t i = 0; i < snapshot->cpus_count; i++)
		if (snapshot->cpus[i].cpu == cpu)
			return &snapshot->cpus[i];
	return NULL;
}

const struct noise_cpu *noise_snapshot_cpu(const struct noise_snapshot *from,
					   int cpu)
{
	return find_cpu(from, cpu);
}

static int add_cpu(struct noise_snapshot *snapshot, int cpu, bool is_measured)
{
	struct noise_cpu *grown;

	if (find_cpu(snapshot, cpu))
		return 0;
	grown = reallocarray(snapshot->cpus, snapshot->cpus_count + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snapshot->cpus = grown;
	grown[snapshot->cpus_count++] = (struct noise_cpu){
		.cpu = cpu, .is_measured = is_measured,
		.total_ticks = -1, .idle_ticks = -1, .steal_ticks = -1,
		.device_interrupts = -1, .throttles = -1,
	};
	return 0;
}

static int add_siblings(const char *root, int cpu,
			struct noise_snapshot *snapshot)
{
	int siblings[SIBLINGS_MAX], count, result = 0;
	char path[128], list[256];

	snprintf(path, sizeof(path),
		 CPU_PATH "/topology/thread_siblings_list", cpu);
	if (sysfile_read_text(root, path, list, sizeof(list)))
		return 0;
	count = sysfile_parse_list(list, siblings, SIBLINGS_MAX);
	for (int i = 0; i < count && !result; i++)
		result = add_cpu(snapshot, siblings[i], false);
	return result;
}

static int add_cpus(const char *root, const int cpus[], size_t cpus_count,
		    struct noise_snapshot *snapshot)
{
	int result = 0;

	for (size_t i = 0; i < cpus_count && !result; i++)
		result = add_cpu(snapshot, cpus[i], true);
	/* Only now, so that a measured sibling is seen as measured. */
	for (size_t i = 0; i < cpus_count && !result; i++)
		result = add_siblings(root, cpus[i], snapshot);
	return result;
}

/* "cpu3 user nice system idle iowait irq softirq steal ...", in ticks. */
static int take_cpu_line(char *line, void *context)
{
	long long ticks[8] = { 0 };
	struct noise_cpu *cpu;
	int number;

	if (sscanf(line, "cpu%d %lld %lld %lld %lld %lld %lld %lld %lld",
		   &number, &ticks[0], &ticks[1], &ticks[2], &ticks[3],
		   &ticks[4], &ticks[5], &ticks[6], &ticks[7]) != 9)
		return 0;
	cpu = find_cpu(context, number);
	if (!cpu)
		return 0;
	cpu->total_ticks = 0;
	for (size_t i = 0; i < 8; i++)
		cpu->total_ticks = noise_sum(cpu->total_ticks, ticks[i]);
	cpu->idle_ticks = noise_sum(ticks[3], ticks[4]);
	cpu->steal_ticks = ticks[7];
	return 0;
}

/* /proc/interrupts: which CPU each column is, told by its first line. */
struct interrupt_table {
	struct noise_snapshot *snapshot;
	struct noise_cpu **columns;	/* NULL where nobody asks */
	size_t columns_count;
	bool has_header;
};

static int take_interrupt_header(char *line, struct interrupt_table *table)
{
	char *word = line;
	struct noise_cpu **grown;

	table->has_header = true;
	while ((word = strstr(word, "CPU"))) {
		word += 3;
		grown = reallocarray(table->columns, table->columns_count + 1,
				     sizeof(struct noise_cpu *));
		if (!grown)
			return -ENOMEM;
		table->columns = grown;
		grown[table->columns_count] =
			find_cpu(table->snapshot, atoi(word));
		if (grown[table->columns_count])
			grown[table->columns_count]->device_interrupts = 0;
		table->columns_count++;
	}
	return 0;
}

/* " 24:   1   0  IO-APIC ...": devices have numbers, the kernel's own names */
static int take_interrupt_line(char *line, void *context)
{
	struct interrupt_table *table = context;
	char *next;

	if (!table->has_header)
		return take_interrupt_header(line, table);
	strtoull(line, &next, 10);
	if (next == line || *next != ':')
		return 0;
	next++;
	for (size_t i = 0; i < table->columns_count; i++) {
		struct noise_cpu *cpu = table->columns[i];
		char *number = next;
		int64_t count = strtoll(number, &next, 10);

		if (next == number)
			break;
		if (cpu)
			cpu->device_interrupts =
				noise_sum(cpu->device_interrupts, count);
	}
	return 0;
}

static void read_interrupts(const char *root, struct noise_snapshot *ret)
{
	struct interrupt_table table = { .snapshot = ret };

	sysfile_each_line(root, "/proc/interrupts", take_interrupt_line,
			  &table);
	free(table.columns);
}

static void read_throttles(const char *root, struct noise_cpu *cpu)
{
	char core[128], package[128];

	snprintf(core, sizeof(core),
		 CPU_PATH "/thermal_throttle/core_throttle_count", cpu->cpu);
	snprintf(package, sizeof(package),
		 CPU_PATH "/thermal_throttle/package_throttle_count",
		 cpu->cpu);
	cpu->throttles = noise_sum(read_integer(root, core, NULL),
				   read_integer(root, package, NULL));
}

/* "some avg10=1.78 ...": by hand, as strtod asks the locale for the point. */
static double read_pressure(const char *root, const char *path)
{
	char text[256];
	unsigned int whole, hundredths;

	if (sysfile_read_keyed(root, path, "some", text, sizeof(text)) ||
	    sscanf(text, "avg10=%u.%2u", &whole, &hundredths) != 2)
		return -1;
	return whole + hundredths / 100.0;
}

static int64_t read_runnable_others(const char *root)
{
	char text[128];
	long long runnable;

	if (sysfile_read_text(root, "/proc/loadavg", text, sizeof(text)) ||
	    sscanf(text, "%*s %*s %*s %lld/", &runnable) != 1)
		return -1;
	return runnable > 0 ? runnable - 1 : 0;
}

static void read_state(const char *root, struct noise_snapshot *ret)
{
	ret->pressure_cpu_percent = read_pressure(root, "/proc/pressure/cpu");
	ret->pressure_io_percent = read_pressure(root, "/proc/pressure/io");
	ret->pressure_memory_percent =
		read_pressure(root, "/proc/pressure/memory");
	ret->unwritten_kib =
		noise_sum(read_integer(root, "/proc/meminfo", "Dirty"),
			  read_integer(root, "/proc/meminfo", "Writeback"));
	ret->compactions =
		noise_sum(read_integer(root, "/proc/vmstat", "compact_stall"),
			  read_integer(root, "/proc/vmstat",
				       "compact_daemon_wake"));
}

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void read_all(const char *root, struct noise_snapshot *ret)
{
	int64_t runnable;

	/* Twice, and the lower counts: one short-lived task is no load. */
	ret->runnable_others = read_runnable_others(root);
	read_integer_facts(root, ret);
	read_state(root, ret);
	noise_read_settings(root, ret);
	sysfile_each_line(root, "/proc/stat", take_cpu_line, ret);
	read_interrupts(root, ret);
	for (size_t i = 0; i < ret->cpus_count; i++)
		read_throttles(root, &ret->cpus[i]);
	runnable = read_runnable_others(root);
	if (runnable < ret->runnable_others)
		ret->runnable_others = runnable;
}

int noise_snapshot_take(const char *root, const int cpus[], size_t cpus_count,
			struct noise_snapshot *ret)
{
	int result;

	if (!root || !ret || (!cpus && cpus_count))
		return -EINVAL;
	*ret = (struct noise_snapshot){ .taken_ns = monotonic_ns() };
	result = add_cpus(root, cpus, cpus_count, ret);
	if (result) {
		noise_snapshot_done(ret);
		return result;
	}
	read_all(root, ret);
	return 0;
}

void noise_snapshot_done(struct noise_snapshot *snapshot)
{
	free(snapshot->cpus);
	*snapshot = (struct noise_snapshot){ 0 };
}
