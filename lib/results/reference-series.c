/* SPDX-License-Identifier: MIT */
#include "results/reference-series.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct round_series *part_of(const struct round *round, enum reference_part part)
{
	for (uint32_t i = 0; i < round->series_count; i++)
		if (!strcmp(round->series[i].metric, reference_part_name(part)))
			return &round->series[i];
	return NULL;
}

/* A part without a proof of its own might be a fast one that did nothing. */
static bool is_proved(const struct round *round)
{
	return round->status == ROUND_MEASURED && round->proof_count == round->series_count &&
	       round_is_proved(round);
}

static struct reference_round values_of(const struct round *round)
{
	struct reference_round values;

	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++) {
		const struct round_series *series = part_of(round, part);
		double mixed = (double)reference_operations(part) / REFERENCE_MIXES;

		values.ticks[part] = is_proved(round) && series && series->p50 > 0
			? mixed * series->p50 : NAN;
	}
	return values;
}

static int make_room(struct reference_series *series)
{
	size_t room = series->room ? 2 * series->room : 64;
	struct reference_round *grown;

	if (series->count < series->room)
		return 0;
	grown = realloc(series->rounds, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	series->rounds = grown;
	series->room = room;
	return 0;
}

static void keep_reason(struct reference_series *series, const struct round *round)
{
	const char *error = round->error && round->status != ROUND_MEASURED && !*round->reason
		? strerror(round->error) : "";

	if (round->status == ROUND_MEASURED && !is_proved(round))
		snprintf(series->reason, sizeof(series->reason),
			 "not all of it was proved to be done");
	else if (*round->reason || *error)
		snprintf(series->reason, sizeof(series->reason), "%s%s", round->reason, error);
}

static int cpu_of(const struct round *round)
{
	for (int cpu = 0; cpu < ROUND_CPUS_MAX; cpu++)
		if (round->cpus[cpu / 64] >> (cpu % 64) & 1)
			return cpu;
	return -1;
}

int reference_series_add(struct reference_series *series, const struct round *round)
{
	int error = make_room(series);

	if (error)
		return error;
	series->rounds[series->count++] = values_of(round);
	keep_reason(series, round);
	if (!is_proved(round))
		return 0;
	series->taken++;
	series->cpu = cpu_of(round);
	return 0;
}

void reference_series_done(struct reference_series *series)
{
	free(series->rounds);
	*series = (struct reference_series){ .rounds = NULL };
}
