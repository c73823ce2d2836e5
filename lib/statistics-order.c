/* SPDX-License-Identifier: MIT */
/*
 * The part of statistics.h that needs no libm: it is linked into workers, and
 * every library more makes their forks dearer.
 */
#include <math.h>
#include <stdlib.h>

#include "statistics.h"

bool statistics_are_finite(const double *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(y[i]))
			return false;
	return true;
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

void statistics_sort(double *y, size_t n)
{
	/* qsort() must not see NULL, which an empty sample may be. */
	if (n > 1)
		qsort(y, n, sizeof(*y), compare_doubles);
}

double statistics_median(const double *sorted, size_t n)
{
	if (n == 0)
		return NAN;
	if (n % 2)
		return sorted[n / 2];
	/* Halves first: the sum of two large values could overflow. */
	return sorted[n / 2 - 1] / 2 + sorted[n / 2] / 2;
}

double statistics_quantile(const double *sorted, size_t n, double p)
{
	double position, fraction;
	size_t below;

	if (n == 0 || !(p >= 0 && p <= 1))
		return NAN;
	position = p * (double)(n - 1);
	below = (size_t)position;
	if (below >= n - 1)
		return sorted[n - 1];
	fraction = position - (double)below;
	return sorted[below] * (1 - fraction) + sorted[below + 1] * fraction;
}
