/* SPDX-License-Identifier: MIT */
#include "measure/lost-time.h"

#include <math.h>

#define VALUE_MOST 1e30

void lost_time_init(struct lost_time *ret)
{
	*ret = (struct lost_time){ .cpu_ns = -1, .run_delay_ns = -1, .involuntary = -1,
				   .steal_ns = -1, .stopped_ns = -1, .stops = -1 };
}

static double difference(double before, double after)
{
	return before < 0 || after < before ? -1 : after - before;
}

/* A sum of which one part is not known is not known. */
static double sum(double a, double b)
{
	return a < 0 || b < 0 ? -1 : a + b;
}

void lost_time_add(struct lost_time *lost, const struct task_usage *before,
		   const struct task_usage *after)
{
	double cpu_ns = difference(before->cpu_ns, after->cpu_ns);
	double run_delay_ns = difference(before->run_delay_ns, after->run_delay_ns);
	double involuntary = difference(before->nivcsw, after->nivcsw);
	bool is_first = !lost->end_ns;

	if (is_first) {
		lost->begin_ns = before->at_ns;
		lost->end_ns = after->at_ns;
	}
	lost->cpu_ns = is_first ? cpu_ns : sum(lost->cpu_ns, cpu_ns);
	lost->run_delay_ns = is_first ? run_delay_ns : sum(lost->run_delay_ns, run_delay_ns);
	lost->involuntary = is_first ? involuntary : sum(lost->involuntary, involuntary);
}

void lost_time_merge(struct lost_time *lost, const struct lost_time *other)
{
	if (!lost->end_ns) {
		*lost = *other;
		return;
	}
	if (other->begin_ns < lost->begin_ns)
		lost->begin_ns = other->begin_ns;
	if (other->end_ns > lost->end_ns)
		lost->end_ns = other->end_ns;
	lost->cpu_ns = sum(lost->cpu_ns, other->cpu_ns);
	lost->run_delay_ns = sum(lost->run_delay_ns, other->run_delay_ns);
	lost->involuntary = sum(lost->involuntary, other->involuntary);
	lost->steal_ns = fmax(lost->steal_ns, other->steal_ns);
}

double lost_time_steal(double before_ns, double after_ns)
{
	if (after_ns < 0)
		return -1;
	return before_ns < 0 ? after_ns : difference(before_ns, after_ns);
}

uint32_t lost_time_cpus(int cpu_a, int cpu_b)
{
	if (cpu_a < 0 || cpu_b < 0)
		return 0;
	return cpu_a == cpu_b ? 1 : 2;
}

double lost_time_window_ns(const struct lost_time *lost)
{
	return lost->end_ns > lost->begin_ns ? (double)(lost->end_ns - lost->begin_ns) : -1;
}

double lost_time_gap_ns(const struct lost_time *lost)
{
	double window_ns = lost_time_window_ns(lost);

	if (!lost->cpus || window_ns < 0 || lost->cpu_ns < 0)
		return -1;
	return fmax(lost->cpus * window_ns - lost->cpu_ns, 0);
}

static bool is_value(double value)
{
	return value >= -1 && value <= VALUE_MOST;
}

bool lost_time_is_sane(const struct lost_time *lost)
{
	return is_value(lost->cpu_ns) && is_value(lost->run_delay_ns) &&
	       is_value(lost->involuntary) && is_value(lost->steal_ns) &&
	       is_value(lost->stopped_ns) && is_value(lost->stops);
}
