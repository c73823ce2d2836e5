/* SPDX-License-Identifier: MIT */
/* statistics/speeds - recognises by its reference at which speeds a host has run */
#include "statistics/speeds.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "statistics/statistics.h"

/* MAD to standard deviation, where that is normal. */
#define MAD_TO_SD 1.4826

/* Logarithms of the times, ascending; below[i]: the sum of the first i. */
struct times {
	double *sorted, *below, *scratch;
	size_t n;
};

static bool is_there(double reference)
{
	return isfinite(reference) && reference > 0;
}

/* Room for n; one block, which sorted begins. */
static int times_init(struct times *times, size_t n)
{
	times->sorted = calloc(3 * n + 1, sizeof(*times->sorted));
	if (!times->sorted)
		return -ENOMEM;
	times->scratch = times->sorted + n;
	times->below = times->scratch + n;
	times->n = 0;
	return 0;
}

static void times_take(struct times *times, const double *reference, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_there(reference[i]))
			times->sorted[times->n++] = log(reference[i]);
	statistics_sort(times->sorted, times->n);
	for (size_t i = 0; i < times->n; i++)
		times->below[i + 1] = times->below[i] + times->sorted[i];
}

/* Sum of the distances to their median of those from first on, up to last and without it. */
static double distances(const struct times *times, size_t first, size_t last)
{
	size_t half = (last - first) / 2;

	return (times->below[last] - times->below[last - half]) -
	       (times->below[first + half] - times->below[first]);
}

/* How many are on the lower side of the best split; 0: there is nothing to split. */
static size_t split_at(const struct times *times)
{
	double shortest = INFINITY;
	size_t best = 0;

	for (size_t i = 1; i < times->n; i++) {
		double sum = distances(times, 0, i) + distances(times, i, times->n);

		if (sum < shortest) {
			shortest = sum;
			best = i;
		}
	}
	return best;
}

static bool are_enough(size_t rounds, size_t n)
{
	return rounds >= SPEEDS_ROUNDS_MIN && (double)rounds >= SPEEDS_SHARE_MIN * (double)n;
}

/* Robust standard deviation of those from first on. */
static double scatter(struct times *times, size_t first, size_t count, double median)
{
	for (size_t i = 0; i < count; i++)
		times->scratch[i] = fabs(times->sorted[first + i] - median);
	statistics_sort(times->scratch, count);
	return MAD_TO_SD * statistics_median(times->scratch, count);
}

static bool are_apart(struct times *times, size_t at)
{
	double low = statistics_median(times->sorted, at);
	double high = statistics_median(times->sorted + at, times->n - at);
	double wider = fmax(scatter(times, 0, at, low), scatter(times, at, times->n - at, high));

	return high - low >= log(SPEEDS_RATIO_MIN) && high - low >= SPEEDS_SCATTER_MIN * wider;
}

static void describe(const struct times *times, size_t at, struct speeds *ret)
{
	*ret = (struct speeds){ .count = times->n ? 1 : 0 };
	ret->rounds[0] = at ? at : times->n;
	ret->reference[0] = exp(statistics_median(times->sorted, ret->rounds[0]));
	if (!at)
		return;
	ret->count = 2;
	ret->rounds[1] = times->n - at;
	ret->reference[1] = exp(statistics_median(times->sorted + at, times->n - at));
}

int speeds_recognise(const double *reference, size_t n, struct speeds *ret_speeds, int *ret_labels)
{
	struct times times;
	double bound = INFINITY;
	size_t at;

	if (times_init(&times, n))
		return -ENOMEM;
	times_take(&times, reference, n);
	at = split_at(&times);
	if (are_enough(at, times.n) && are_enough(times.n - at, times.n) && are_apart(&times, at))
		bound = times.sorted[at];
	else
		at = 0;
	describe(&times, at, ret_speeds);
	for (size_t i = 0; i < n; i++)
		ret_labels[i] = is_there(reference[i]) ? log(reference[i]) >= bound : SPEED_UNKNOWN;
	free(times.sorted);
	return 0;
}
