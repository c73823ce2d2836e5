/* SPDX-License-Identifier: MIT */
/*
 * statistics/speeds - recognises by its reference at which speeds a host has run
 *
 * What:    The reference is a fixed work that is timed once a round.  Where its times have
 *          two homes, the host had two speeds, and a median over all rounds is of neither.
 *          One speed is the answer unless two are clear:
 *          - the times are split where the sum of distances to the two medians is least,
 *            on a logarithmic scale;
 *          - each side has a tenth of the rounds at least, and as many as an interval takes.
 *            Some rounds that took longer are thus no speed;
 *          - the medians are SPEEDS_RATIO_MIN apart at least;
 *          - they are SPEEDS_SCATTER_MIN times as far apart as the rounds of the wider side
 *            scatter (its robust standard deviation).  The halves of one normal distribution
 *            are 2.3 times, those of a uniform one 2.7 times.
 *          In simulations two are seen where there is one in at most 1 % of runs with normal
 *          noise of 5 %; of two speeds 1 : 1.25 with noise of 2 % both are seen in 96 % of
 *          runs of 20 rounds, and in all of 40.
 * Shapes:  reference[i] is positive, in any unit; NAN or anything else: it is missing.
 * Owner:   the caller owns every array. Threads: pure, call from anywhere.
 * Errors:  0 or -ENOMEM; ret_x are left alone on failure.
 * Sources: medians as centres: Kaufman and Rousseeuw 1990; distance of centres in standard
 *          deviations: Ashman, Bird and Zepf 1994; the bounds: the simulations of this file's
 *          test.
 */
#ifndef HANDOFF_STATISTICS_SPEEDS_H
#define HANDOFF_STATISTICS_SPEEDS_H

#include <stddef.h>

#define SPEEDS_MOST 2
/* The least that gives an interval at 95 %. */
#define SPEEDS_ROUNDS_MIN 6
#define SPEEDS_SHARE_MIN 0.1
#define SPEEDS_RATIO_MIN 1.10
#define SPEEDS_SCATTER_MIN 4.5
/* The label of a round without a reference. */
#define SPEED_UNKNOWN (-1)

struct speeds {
	size_t count;                  /* 0: there is no reference at all */
	double reference[SPEEDS_MOST]; /* median of each, the faster one first */
	size_t rounds[SPEEDS_MOST];
};

/* ret_labels[i]: the speed of round i, from 0 on, or SPEED_UNKNOWN. */
int speeds_recognise(const double *reference, size_t n, struct speeds *ret_speeds, int *ret_labels)
	__attribute__((warn_unused_result));

#endif
