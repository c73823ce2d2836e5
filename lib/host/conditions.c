/* SPDX-License-Identifier: MIT */
#include "host/conditions.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/sysfile.h"

#define GAP_SCAN_NS 100000000

static uint64_t gap_ticks(void)
{
	return clock_stop(CLOCK_TICKS);
}

static uint64_t gap_gettime(void)
{
	return clock_raw_ns();
}

static void add_warning(struct conditions *conditions, const struct warning *warning)
{
	struct warning *grown = realloc(conditions->warnings,
					(conditions->warning_count + 1) * sizeof(*grown));

	if (!grown)
		return;
	conditions->warnings = grown;
	grown[conditions->warning_count++] = *warning;
}

/* Does somebody steal time from the CPU that is measured, unseen by counters? */
static void scan_gaps(struct conditions *conditions, int cpu)
{
	int allowed = sysfile_count_list("", "/proc/self/status", "Cpus_allowed_list");
	const struct clock *clock = &conditions->ladder.clock;
	struct noise_gaps gaps;
	struct warning warning;
	int error = noise_gap_scan(clock_is_counter(clock->source) ? gap_ticks : gap_gettime,
				   clock->ns_per_tick, GAP_SCAN_NS, cpu, &gaps);

	if (error)
		noise_gap_unknown(error, cpu, &warning);
	if (error || noise_gap_judge(&gaps, cpu, allowed, &warning))
		add_warning(conditions, &warning);
}

void surroundings_note_standstill(struct conditions *conditions, const struct standstill *standstill)
{
	struct warning warning;

	if (noise_standstill_judge(standstill, &warning))
		add_warning(conditions, &warning);
}

void conditions_begin(struct conditions *conditions, const int *cpus, size_t cpu_count)
{
	environment_read("", &conditions->environment);
	clock_ladder_start("", cpus, cpu_count, &conditions->ladder);
	scan_gaps(conditions, cpus[0]);
	if (noise_snapshot_take("", cpus, cpu_count, &conditions->before))
		memset(&conditions->before, 0, sizeof(conditions->before));
}

void conditions_end(struct conditions *conditions, const int *cpus, size_t cpu_count)
{
	struct warning warnings[NOISE_WARNINGS_MAX];
	size_t found = 0;

	clock_ladder_finish(&conditions->ladder);
	if (noise_snapshot_take("", cpus, cpu_count, &conditions->after))
		return;
	if (noise_judge(&conditions->before, &conditions->after, &conditions->environment, warnings,
			NOISE_WARNINGS_MAX, &found))
		return;
	for (size_t i = 0; i < found; i++)
		add_warning(conditions, &warnings[i]);
}

void conditions_done(struct conditions *conditions)
{
	free(conditions->warnings);
	noise_snapshot_done(&conditions->before);
	noise_snapshot_done(&conditions->after);
	memset(conditions, 0, sizeof(*conditions));
}
