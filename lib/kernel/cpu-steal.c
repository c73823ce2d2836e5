/* SPDX-License-Identifier: MIT */
#include "kernel/cpu-steal.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel/sysfile.h"

/* "cpu0 user nice system idle iowait irq softirq steal": the eighth number. */
static double steal_ticks(const char *root, const char *name)
{
	char text[256];
	unsigned long long ticks;

	if (sysfile_read_keyed(root, "/proc/stat", name, text, sizeof(text)) ||
	    sscanf(text, "%*u %*u %*u %*u %*u %*u %*u %llu", &ticks) != 1 || !ticks)
		return -1;
	return (double)ticks;
}

static double of_cpu(const char *root, int cpu)
{
	char name[24];

	snprintf(name, sizeof(name), "cpu%d", cpu);
	return steal_ticks(root, name);
}

/* The part that is not told is none: the other was told. */
static double both(double a, double b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a + b;
}

double cpu_steal_step_ns(void)
{
	return 1e9 / (double)sysconf(_SC_CLK_TCK);
}

double cpu_steal_ns(const char *root, int cpu_a, int cpu_b)
{
	double ticks;

	if (cpu_a < 0 || cpu_b < 0)
		ticks = steal_ticks(root, "cpu");
	else if (cpu_a == cpu_b)
		ticks = of_cpu(root, cpu_a);
	else
		ticks = both(of_cpu(root, cpu_a), of_cpu(root, cpu_b));
	return ticks < 0 ? -1 : ticks * cpu_steal_step_ns();
}
