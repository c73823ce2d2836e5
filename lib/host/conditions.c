/* SPDX-License-Identifier: MIT */
#include "host/conditions.h"

#include <stdlib.h>
#include <string.h>

#define GAP_SCAN_NS 100000000

static uint64_t gap_ticks(void)
{
	return clock_stop(CLOCK_TICKS);
}

static uint64_t gap_gettime(void)
{
	return clock_raw_ns();
}

static void add_warning(struct surroundings *around, const struct warning *warning)
{
	struct warning *grown = realloc(around->warnings,
					(around->warning_count + 1) * sizeof(*grown));

	if (!grown)
		return;
	around->warnings = grown;
	grown[around->warning_count++] = *warning;
}

/* Does somebody steal time from the CPU that is measured, unseen by counters? */
static void scan_gaps(struct surroundings *around, int cpu)
{
	const struct clock *clock = &around->ladder.clock;
	struct noise_gaps gaps;
	struct warning warning;
	int error = noise_gap_scan(clock->source == CLOCK_TICKS ? gap_ticks : gap_gettime,
				   clock->ns_per_tick, GAP_SCAN_NS, cpu, &gaps);

	if (error)
		noise_gap_unknown(error, cpu, &warning);
	if (error || noise_gap_judge(&gaps, cpu, &warning))
		add_warning(around, &warning);
}

void surroundings_note_standstill(struct surroundings *around, const struct standstill *standstill)
{
	struct warning warning;

	if (noise_standstill_judge(standstill, &warning))
		add_warning(around, &warning);
}

void surroundings_begin(struct surroundings *around, const int *cpus, size_t cpu_count)
{
	environment_read("", &around->environment);
	clock_ladder_start("", cpus, cpu_count, &around->ladder);
	scan_gaps(around, cpus[0]);
	if (noise_snapshot_take("", cpus, cpu_count, &around->before))
		memset(&around->before, 0, sizeof(around->before));
}

void surroundings_end(struct surroundings *around, const int *cpus, size_t cpu_count)
{
	struct warning warnings[NOISE_WARNINGS_MAX];
	size_t found = 0;

	clock_ladder_finish(&around->ladder);
	if (noise_snapshot_take("", cpus, cpu_count, &around->after))
		return;
	if (noise_judge(&around->before, &around->after, &around->environment, warnings,
			NOISE_WARNINGS_MAX, &found))
		return;
	for (size_t i = 0; i < found; i++)
		add_warning(around, &warnings[i]);
}

void surroundings_done(struct surroundings *around)
{
	free(around->warnings);
	noise_snapshot_done(&around->before);
	noise_snapshot_done(&around->after);
	memset(around, 0, sizeof(*around));
}
