/* SPDX-License-Identifier: MIT */
/* statistics/stopping - decides when a run has measured enough */
#include "statistics/stopping.h"

#include <math.h>
#include <stdint.h>

void stopping_init(struct stopping *stopping, double target_fraction,
		   unsigned int looks_needed, size_t first_look)
{
	*stopping = (struct stopping) {
		.target = target_fraction,
		.next_look = first_look,
		.looks_needed = looks_needed ? looks_needed : 1,
	};
}

bool stopping_is_look(const struct stopping *stopping, size_t rounds)
{
	return rounds >= stopping->next_look;
}

void stopping_judge(struct stopping *stopping, bool all_cells_met)
{
	stopping->passed_looks = all_cells_met ? stopping->passed_looks + 1 : 0;
	stopping->next_look = statistics_next_look(stopping->next_look);
}

bool stopping_is_done(const struct stopping *stopping)
{
	return stopping->passed_looks >= stopping->looks_needed;
}

bool stopping_is_met(const struct interval *interval, double target)
{
	/* Multiplied out: a median of 0 must not divide. */
	return interval->has_interval &&
	       interval->hi - interval->lo <= 2 * target * fabs(interval->mid);
}

size_t stopping_forecast_rounds(const struct interval *interval, size_t rounds,
				double target)
{
	double half_width, needed;

	if (!interval->has_interval)
		return 0;
	half_width = (interval->hi - interval->lo) / (2 * fabs(interval->mid));
	needed = ceil((double)rounds * pow(half_width / target, 2));
	/* Also the way out for a NAN, when median and width are both 0. */
	if (!(needed >= 1))
		return 1;
	return needed < (double)SIZE_MAX ? (size_t)needed : SIZE_MAX;
}
