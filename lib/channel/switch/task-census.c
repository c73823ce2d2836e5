/* SPDX-License-Identifier: MIT */
#include "channel/switch/task-census.h"

static void add(double *sum, double part)
{
	*sum = *sum < 0 || part < 0 ? -1 : *sum + part;
}

static void add_usage(struct task_census *census, const struct task_usage *usage, int cpu)
{
	add(&census->switches, usage->nvcsw);
	add(&census->switches, usage->nivcsw);
	add(&census->migrations, usage->migrations);
	add(&census->cpu_ns, usage->cpu_ns);
	add(&census->usage.cpu_ns, usage->cpu_ns);
	add(&census->usage.nivcsw, usage->nivcsw);
	add(&census->usage.run_delay_ns, usage->run_delay_ns);
	census->on_cpu += usage->cpu == cpu;
}

void task_census_add(struct task_census *census, pid_t tid, bool is_process, int cpu)
{
	struct task_usage usage;

	task_usage_other(tid, is_process, &usage);
	add_usage(census, &usage, cpu);
}

void task_census_add_own(struct task_census *census, bool is_behind, int cpu)
{
	struct task_usage usage;

	task_usage_own(is_behind, &usage);
	add_usage(census, &usage, cpu);
	census->usage.at_ns = usage.at_ns;
}

double task_census_grown(double before, double after)
{
	return before < 0 || after < 0 ? -1 : after - before;
}
