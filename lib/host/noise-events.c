/* SPDX-License-Identifier: MIT */
/*
 * host/noise-events - what happened between two snapshots; see host/noise.h.  A check
 * is one function and one entry in the table at the end.
 */
#include "host/noise.h"

#include <stdio.h>

#define STEAL_SHARE 0.001
#define SIBLING_SHARE 0.05
#define INTERRUPTS_PER_S 1000.0
#define COMPACTIONS_PER_S 1.0
#define HINT_FAULTS_PER_S 10.0
#define MANY_SWAPPED_PAGES 256

/* How far a counter went; 0 if it is unknown or was reset. */
static int64_t rise(int64_t before, int64_t after)
{
	return before < 0 || after < before ? 0 : after - before;
}

static double per_second(const struct noise_case *c, int64_t count)
{
	int64_t elapsed_ns = c->after->taken_ns - c->before->taken_ns;

	return elapsed_ns > 0 ? (double)count * 1e9 / (double)elapsed_ns : 0;
}

/* One CPU at both ends, and what the time between them was spent on. */
struct cpu_change {
	int cpu;
	double steal_share;
	int64_t steal_ticks;
	double busy_share;
	int64_t interrupts;
	int64_t throttles;
};

/* The index-th CPU of before; zeros if after lacks it. */
static struct cpu_change cpu_change(const struct noise_case *c, size_t index)
{
	const struct noise_cpu *before = &c->before->cpus[index];
	const struct noise_cpu *after =
		noise_snapshot_cpu(c->after, before->cpu);
	struct cpu_change change = { .cpu = before->cpu };
	int64_t total, idle;

	if (!after)
		return change;
	total = rise(before->total_ticks, after->total_ticks);
	idle = rise(before->idle_ticks, after->idle_ticks);
	change.steal_ticks = rise(before->steal_ticks, after->steal_ticks);
	change.interrupts = rise(before->device_interrupts,
				 after->device_interrupts);
	change.throttles = rise(before->throttles, after->throttles);
	/* idle may be charged late, and then exceed the total */
	if (total > 0) {
		change.steal_share = (double)change.steal_ticks /
				     (double)total;
		change.busy_share = 1 - change.steal_share -
				    (double)idle / (double)total;
	}
	return change;
}

/* A tick is 10 ms: a single one proves nothing in a short run. */
static bool check_steal(const struct noise_case *c, struct warning *w)
{
	struct cpu_change worst = { .cpu = -1 };

	for (size_t i = 0; i < c->before->cpus_count; i++) {
		struct cpu_change change = cpu_change(c, i);

		if (c->before->cpus[i].is_measured &&
		    change.steal_share > worst.steal_share)
			worst = change;
	}
	return worst.steal_share > STEAL_SHARE && worst.steal_ticks >= 2 &&
	       noise_found(w, "%.2f %% of CPU %d was stolen by the host",
			   worst.steal_share * 100, worst.cpu);
}

static bool check_throttled(const struct noise_case *c, struct warning *w)
{
	int64_t count = rise(c->before->cgroup_throttles,
			     c->after->cgroup_throttles);

	return count > 0 &&
	       noise_found(w, "the control group was stopped %lld times",
			   (long long)count);
}

static bool check_thermal(const struct noise_case *c, struct warning *w)
{
	struct cpu_change worst = { .cpu = -1 };

	for (size_t i = 0; i < c->before->cpus_count; i++) {
		struct cpu_change change = cpu_change(c, i);

		if (change.throttles > worst.throttles)
			worst = change;
	}
	return worst.throttles > 0 &&
	       noise_found(w, "CPU %d was slowed %lld times for its heat",
			   worst.cpu, (long long)worst.throttles);
}

static bool check_interrupts(const struct noise_case *c, struct warning *w)
{
	struct cpu_change worst = { .cpu = -1 };

	for (size_t i = 0; i < c->before->cpus_count; i++) {
		struct cpu_change change = cpu_change(c, i);

		if (c->before->cpus[i].is_measured &&
		    change.interrupts > worst.interrupts)
			worst = change;
	}
	return per_second(c, worst.interrupts) > INTERRUPTS_PER_S &&
	       noise_found(w, "%.0f device interrupts/s on CPU %d",
			   per_second(c, worst.interrupts), worst.cpu);
}

static bool check_sibling(const struct noise_case *c, struct warning *w)
{
	struct cpu_change worst = { .cpu = -1 };

	for (size_t i = 0; i < c->before->cpus_count; i++) {
		struct cpu_change change = cpu_change(c, i);

		if (!c->before->cpus[i].is_measured &&
		    change.busy_share > worst.busy_share)
			worst = change;
	}
	return worst.busy_share > SIBLING_SHARE &&
	       noise_found(w, "CPU %d, on a measured core, was %.0f %% busy",
			   worst.cpu, worst.busy_share * 100);
}

static bool check_compaction(const struct noise_case *c, struct warning *w)
{
	int64_t collapses = rise(c->before->huge_page_collapses,
				 c->after->huge_page_collapses);
	int64_t compactions = rise(c->before->compactions,
				   c->after->compactions);

	return per_second(c, noise_sum(collapses, compactions)) >
		       COMPACTIONS_PER_S &&
	       noise_found(w, "%lld huge pages collapsed, memory compacted "
			   "%lld times", (long long)collapses,
			   (long long)compactions);
}

static bool check_numa_balancing(const struct noise_case *c, struct warning *w)
{
	int64_t faults = rise(c->before->numa_hint_faults,
			      c->after->numa_hint_faults);
	int64_t migrated = rise(c->before->numa_pages_migrated,
				c->after->numa_pages_migrated);

	return c->environment->nodes > 1 && c->before->numa_balancing > 0 &&
	       per_second(c, faults) > HINT_FAULTS_PER_S &&
	       noise_found(w, "%lld NUMA hint faults, %lld pages moved",
			   (long long)faults, (long long)migrated);
}

static bool check_swap(const struct noise_case *c, struct warning *w)
{
	int64_t in = rise(c->before->swapped_in_pages,
			  c->after->swapped_in_pages);
	int64_t out = rise(c->before->swapped_out_pages,
			   c->after->swapped_out_pages);

	/* A few pages are some idle daemon's, not ours. */
	if (noise_sum(in, out) < MANY_SWAPPED_PAGES)
		w->severity = WARNING_WARN;
	return (in || out) &&
	       noise_found(w, "%lld pages swapped in, %lld out",
			   (long long)in, (long long)out);
}

const struct noise_check noise_event_checks[] = {
	{ "steal", WARNING_WARN, check_steal,
	  "the host ran something else: tails are too long",
	  "measure at another time or on another host" },
	{ "cgroup-throttled", WARNING_REFUSE, check_throttled,
	  "every stop lasts 10-100 ms, wherever it falls",
	  "start in a group without a CPU limit" },
	{ "thermal", WARNING_WARN, check_thermal,
	  "the clock fell during the run: later rounds are slower",
	  "cool the machine, or measure for a shorter time" },
	{ "interrupts", WARNING_WARN, check_interrupts,
	  "each takes microseconds from what is measured there (a tool that "
	  "measures a device causes its own)",
	  "stop what uses the device, or wait" },
	{ "smt-sibling", WARNING_INFORM, check_sibling,
	  "the other thread of the core takes 30-50 % of its throughput",
	  "keep the whole core free" },
	{ "compaction", WARNING_WARN, check_compaction,
	  "sporadic stalls while pages are moved",
	  "free memory" },
	{ "numa-balancing", WARNING_WARN, check_numa_balancing,
	  "page faults in the middle of measured operations",
	  "bind memory with --memory" },
	{ "swap", WARNING_REFUSE, check_swap,
	  "an operation that touches a swapped page takes milliseconds",
	  "free memory" },
};

const size_t noise_event_checks_count =
	sizeof(noise_event_checks) / sizeof(noise_event_checks[0]);
