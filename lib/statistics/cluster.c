/* SPDX-License-Identifier: MIT */
/* statistics/cluster - the interval of a median when values come in clusters */
#include "statistics/cluster.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/*
 * Clusters differ if their mean square exceeds that within them by this factor: chance
 * alone does that in a quarter to a third of all cases.  A test this easily alarmed
 * leaves few real differences unseen.
 */
#define DIFFERENCE_RATIO 1.5

struct clusters {
	double *medians;           /* in the order in which the clusters begin */
	double *scratch;           /* the values of one */
	size_t count;
	double within;             /* sum of squares around the clusters' own means */
	double between;            /* of their means, each as often as it has values */
};

/* Terms of the series for t: each the one before times (i - 1) / i cos^2. */
static double series(double first, double squared, int from, int df)
{
	double term = first, sum = first;

	for (int i = from; i <= df - 2; i += 2) {
		term *= (double)(i - 1) / i * squared;
		sum += term;
	}
	return sum;
}

/* P(T <= t), t > 0: Abramowitz and Stegun 26.7.3 and 26.7.4. */
static double student_below(double t, int df)
{
	double angle = atan(t / sqrt(df)), c = cos(angle), s = sin(angle);

	if (df % 2 == 0)
		return 0.5 + s * series(1, c * c, 2, df) / 2;
	return 0.5 + (angle + (df > 1 ? s * series(c, c * c, 3, df) : 0)) / M_PI;
}

double statistics_student_quantile(double p, int df)
{
	double low = 0, high = 1e6;

	if (!(p > 0.5 && p < 1) || df < 1)
		return NAN;
	for (int step = 0; step < 200; step++) {
		double middle = (low + high) / 2;

		if (student_below(middle, df) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

static bool is_first_of(const uint64_t *cluster, size_t i)
{
	for (size_t j = 0; j < i && cluster[i]; j++)
		if (cluster[j] == cluster[i])
			return false;
	return true;
}

size_t statistics_count_clusters(const uint64_t *cluster, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !cluster || is_first_of(cluster, i);
	return count;
}

static double mean_of(const double *values, size_t count)
{
	double mean = 0;

	for (size_t i = 0; i < count; i++)
		mean += values[i] / (double)count;
	return mean;
}

/* The cluster that begins with value `first`. */
static void add_cluster(struct clusters *clusters, const double *y, const uint64_t *cluster,
			size_t n, size_t first, double mean)
{
	double own;
	size_t count = 0;

	for (size_t i = first; i < n; i++)
		if (i == first || (cluster[first] && cluster[i] == cluster[first]))
			clusters->scratch[count++] = y[i];
	own = mean_of(clusters->scratch, count);
	for (size_t i = 0; i < count; i++)
		clusters->within += (clusters->scratch[i] - own) * (clusters->scratch[i] - own);
	clusters->between += (double)count * (own - mean) * (own - mean);
	statistics_sort(clusters->scratch, count);
	clusters->medians[clusters->count++] = statistics_median(clusters->scratch, count);
}

static bool do_differ(const struct clusters *clusters, size_t n)
{
	double between = clusters->between / (double)(clusters->count - 1);
	double within = clusters->within / (double)(n - clusters->count);

	return between > DIFFERENCE_RATIO * within;
}

static void widen_by_student(struct interval *interval, const struct clusters *clusters,
			     double alpha)
{
	double centre = mean_of(clusters->medians, clusters->count), squares = 0, half;
	double t = statistics_student_quantile(1 - alpha / 2, (int)clusters->count - 1);

	for (size_t i = 0; i < clusters->count; i++)
		squares += (clusters->medians[i] - centre) * (clusters->medians[i] - centre);
	half = t * sqrt(squares / (double)(clusters->count - 1) / (double)clusters->count *
			statistics_tau(interval->rho));
	/* NAN, where the values alone give none, is no number to fmin(). */
	interval->lo = fmin(interval->lo, centre - half);
	interval->hi = fmax(interval->hi, centre + half);
	interval->n_eff = (double)clusters->count / statistics_tau(interval->rho);
	interval->has_interval = true;
}

static struct interval judge(const double *y, size_t n, const struct clusters *clusters,
			     double alpha)
{
	struct interval interval;

	if (clusters->count >= CLUSTERS_ENOUGH) {
		interval = statistics_median_interval(clusters->medians, clusters->count, alpha);
		/* Some six that resemble their neighbours have no ranks to spare. */
		if (!interval.has_interval)
			widen_by_student(&interval, clusters, alpha);
		return interval;
	}
	interval = statistics_median_interval(y, n, alpha);
	/* Values that resemble their neighbours may have lost their interval by that. */
	if (statistics_median_rank(n, alpha) && clusters->count > 1 &&
	    (!interval.has_interval || do_differ(clusters, n)))
		widen_by_student(&interval, clusters, alpha);
	return interval;
}

static bool has_clusters(const uint64_t *cluster, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cluster[i])
			return true;
	return false;
}

struct interval statistics_clustered_interval(const double *y, const uint64_t *cluster, size_t n,
					      double alpha)
{
	struct interval interval = { .lo = NAN, .mid = NAN, .hi = NAN };
	struct clusters clusters = { 0 };
	double mean;

	if (!n || !cluster || !statistics_are_finite(y, n) || !has_clusters(cluster, n))
		return statistics_median_interval(y, n, alpha);
	clusters.medians = calloc(n, 2 * sizeof(*clusters.medians));
	if (!clusters.medians)
		return interval;
	clusters.scratch = clusters.medians + n;
	mean = mean_of(y, n);
	for (size_t i = 0; i < n; i++)
		if (is_first_of(cluster, i))
			add_cluster(&clusters, y, cluster, n, i, mean);
	interval = judge(y, n, &clusters, alpha);
	free(clusters.medians);
	return interval;
}
