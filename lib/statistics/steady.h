/* SPDX-License-Identifier: MIT */
/*
 * statistics/steady - judges whether a series of rates has come to its steady state
 *
 * What:    The criterion of fio's option steadystate (iops_slope), over a window that
 *          grows: a line is fitted by least squares to the last third of the series, and
 *          what it rises or falls by over that third is at most 3 % of its mean.
 * Shapes:  rates are finite and positive, in the order measured, one for each of
 *          slices that lasted about equally long; any unit.
 * Owner:   the caller owns the array. Threads: pure, call from anywhere.
 * Errors:  none: what cannot be judged is not steady.
 * Sources: fio(1), steadystate; handoff-method(7) REQUESTS.
 */
#ifndef HANDOFF_STEADY_H
#define HANDOFF_STEADY_H

#include <stdbool.h>
#include <stddef.h>

/* Fewer rates than this are not judged: a third of them is no window. */
#define STEADY_RATES_LEAST 21
#define STEADY_CHANGE_MOST 0.03

struct steady {
	size_t first;		/* index of the window's first rate */
	double mean;		/* of the window */
	double change;		/* of the line over the window, as a share of the mean */
	bool is_steady;
};

/* All zero for fewer than STEADY_RATES_LEAST rates, or a mean that is not positive. */
struct steady steady_judge(const double *rates, size_t n);

#endif
