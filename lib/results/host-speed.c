/* SPDX-License-Identifier: MIT */
#include "results/host-speed.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/statistics.h"

#define MASKS (1u << REFERENCE_PARTS)

static unsigned int mask_of(const struct reference_round *round)
{
	unsigned int mask = 0;

	for (unsigned int part = 0; part < REFERENCE_PARTS; part++)
		mask |= (unsigned int)!isnan(round->ticks[part]) << part;
	return mask;
}

/* The parts that most rounds have that have any; 0: no round has. */
static unsigned int usual_mask(const struct reference_series *series)
{
	size_t counts[MASKS] = { 0 };
	unsigned int usual = 0;

	for (size_t i = 0; i < series->count; i++)
		counts[mask_of(&series->rounds[i])]++;
	for (unsigned int mask = 1; mask < MASKS; mask++)
		if (counts[mask] && (!usual || counts[mask] >= counts[usual]))
			usual = mask;
	return usual;
}

static double sum_of(const struct reference_round *round, unsigned int mask)
{
	double sum = 0;

	for (unsigned int part = 0; part < REFERENCE_PARTS; part++)
		if (mask & 1u << part)
			sum += round->ticks[part];
	return sum;
}

/* Of those that are numbers; scratch has room for all.  NAN: none is. */
static double median_of(const double *values, size_t count, double *scratch)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (!isnan(values[i]))
			scratch[found++] = values[i];
	statistics_sort(scratch, found);
	return statistics_median(scratch, found);
}

static void set_rounds(const struct reference_series *series, unsigned int mask, double ns_per_tick,
		       struct host_speed *speed)
{
	for (size_t i = 0; i < series->count; i++) {
		const struct reference_round *round = &series->rounds[i];

		speed->round_ns[i] = mask && mask_of(round) == mask
			? sum_of(round, mask) * ns_per_tick : NAN;
	}
}

/* values and scratch have room for all rounds. */
static void set_parts(const struct reference_series *series, double ns_per_tick,
		      struct host_speed *speed, double *values, double *scratch)
{
	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++) {
		for (size_t i = 0; i < series->count; i++)
			values[i] = isnan(speed->round_ns[i])
				? NAN : series->rounds[i].ticks[part] * ns_per_tick;
		speed->part_ns[part] = median_of(values, series->count, scratch);
	}
}

static int describe(const struct reference_series *series, double ns_per_tick,
		    struct host_speed *speed)
{
	double *values = calloc(2 * series->count + 1, sizeof(*values));
	int error;

	if (!values)
		return -ENOMEM;
	set_rounds(series, usual_mask(series), ns_per_tick, speed);
	set_parts(series, ns_per_tick, speed, values, values + series->count);
	speed->ns = median_of(speed->round_ns, series->count, values);
	error = speeds_recognise(speed->round_ns, series->count, &speed->speeds, speed->labels);
	free(values);
	return error;
}

int host_speed_make(const struct reference_series *series, double ns_per_tick,
		    struct host_speed *ret)
{
	struct host_speed speed = { .ns = NAN, .rounds = series->count };
	int error = -ENOMEM;

	speed.round_ns = calloc(series->count + 1, sizeof(*speed.round_ns));
	speed.labels = calloc(series->count + 1, sizeof(*speed.labels));
	if (speed.round_ns && speed.labels)
		error = describe(series, ns_per_tick, &speed);
	if (error) {
		host_speed_done(&speed);
		return error;
	}
	speed.cpu = series->taken ? series->cpu : -1;
	snprintf(speed.missing, sizeof(speed.missing), "%s", series->reason);
	*ret = speed;
	return 0;
}

void host_speed_done(struct host_speed *speed)
{
	free(speed->round_ns);
	free(speed->labels);
	*speed = (struct host_speed){ .ns = NAN };
}

double host_speed_reference_ns(const struct host_speed *speed, size_t round)
{
	return round < speed->rounds ? speed->round_ns[round] : NAN;
}

int host_speed_label(const struct host_speed *speed, size_t round)
{
	return round < speed->rounds ? speed->labels[round] : SPEED_UNKNOWN;
}
