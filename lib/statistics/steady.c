/* SPDX-License-Identifier: MIT */
/* statistics/steady - judges whether a series of rates has come to its steady state */
#include "statistics/steady.h"

#include <math.h>

#define WINDOW_SHARE 3

static double mean_of(const double *rates, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += rates[i];
	return sum / (double)n;
}

/* Of the line by least squares, for each step from one rate to the next. */
static double slope_of(const double *rates, size_t n, double mean)
{
	double middle = (double)(n - 1) / 2, products = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		products += ((double)i - middle) * (rates[i] - mean);
		squares += ((double)i - middle) * ((double)i - middle);
	}
	return products / squares;
}

struct steady steady_judge(const double *rates, size_t n)
{
	struct steady steady = { 0 };
	size_t window = n / WINDOW_SHARE;
	double mean;

	if (n < STEADY_RATES_LEAST)
		return steady;
	mean = mean_of(rates + n - window, window);
	if (!(mean > 0) || !isfinite(mean))
		return steady;
	steady.first = n - window;
	steady.mean = mean;
	steady.change = slope_of(rates + n - window, window, mean) * (double)window / mean;
	steady.is_steady = fabs(steady.change) <= STEADY_CHANGE_MOST;
	return steady;
}
