/* SPDX-License-Identifier: MIT */
/*
 * The part of statistics/statistics.h that needs no libm: it is linked into workers, and
 * every library more makes their forks dearer.
 */
#include <math.h>
#include <stdlib.h>

#include "statistics/statistics.h"

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

/* y[at] goes down to where it is the largest of what is below it. */
static void sift_down(double *y, size_t at, size_t n)
{
	double value = y[at];

	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && compare_doubles(&y[child], &y[child + 1]) < 0)
			child++;
		if (compare_doubles(&y[child], &value) <= 0)
			break;
		y[at] = y[child];
	}
	y[at] = value;
}

/* Heapsort (Williams 1964, Floyd 1964). */
void statistics_sort_lean(double *y, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift_down(y, i, n);
	for (size_t left = n; left-- > 1;) {
		double largest = y[0];

		y[0] = y[left];
		y[left] = largest;
		sift_down(y, 0, left);
	}
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
