/* SPDX-License-Identifier: MIT */
/* statistics/compare - compares two sets of round values */
#include "statistics/compare.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "statistics/cluster.h"

#define ARRANGEMENTS_MAX 1e6
#define EXACT_PAIRS_END 100	/* below this many pairs U is tabulated */

struct pooled {
	double value;
	int64_t rank_twice;	/* twice the mid-rank: whole even for ties */
	bool is_b;
};

struct enumeration {
	const struct pooled *pool;
	size_t total;
	int64_t observed;	/* twice |rank sum - its mean| */
	uint64_t arrangements, extreme;
};

static int check_samples(const double *a, size_t n, const double *b, size_t m)
{
	if (n == 0 || m == 0)
		return -EINVAL;
	if (n > SIZE_MAX / sizeof(struct pooled) / 2 || m > SIZE_MAX / sizeof(struct pooled) / 2)
		return -E2BIG;
	return statistics_are_finite(a, n) && statistics_are_finite(b, m) ? 0 : -EDOM;
}

/* For structs that open with the double to sort by. */
static int compare_leading(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Both samples sorted together, for the caller to free; NULL without memory. */
static struct pooled *pool_samples(const double *a, size_t n, const double *b, size_t m)
{
	struct pooled *pool = calloc(n + m, sizeof(*pool));

	if (!pool)
		return NULL;
	for (size_t i = 0; i < n; i++)
		pool[i].value = a[i];
	for (size_t i = 0; i < m; i++)
		pool[n + i] = (struct pooled) { .value = b[i], .is_b = true };
	qsort(pool, n + m, sizeof(*pool), compare_leading);
	return pool;
}

/* Returns the sum of t^3 - t over groups of t equal values. */
static double assign_ranks(struct pooled *pool, size_t total)
{
	double ties = 0;

	for (size_t first = 0, end; first < total; first = end) {
		double equal;

		for (end = first; end < total && pool[end].value == pool[first].value; end++)
			;
		for (size_t i = first; i < end; i++)
			pool[i].rank_twice = (int64_t)(first + 1 + end);
		equal = (double)(end - first);
		ties += equal * equal * equal - equal;
	}
	return ties;
}

static bool can_enumerate(size_t total, size_t chosen)
{
	double arrangements = 1;

	for (size_t i = 1; i <= chosen && arrangements <= ARRANGEMENTS_MAX; i++)
		arrangements *= (double)(total - chosen + i) / (double)i;
	return arrangements <= ARRANGEMENTS_MAX;
}

/* Depth is the smaller sample's size, 11 at most under ARRANGEMENTS_MAX. */
static void enumerate(struct enumeration *all, size_t first, size_t left, int64_t deviation)
{
	if (left == 0) {
		all->arrangements++;
		all->extreme += llabs(deviation) >= all->observed;
		return;
	}
	for (size_t i = first; i + left <= all->total; i++)
		enumerate(all, i + 1, left - 1, deviation + all->pool[i].rank_twice);
}

/* Deviation of b's rank sum from its mean, doubled; a's is the negative of it. */
static int64_t rank_deviation(const struct pooled *pool, size_t total, size_t m)
{
	int64_t deviation = -(int64_t)(m * (total + 1));

	for (size_t i = 0; i < total; i++)
		if (pool[i].is_b)
			deviation += pool[i].rank_twice;
	return deviation;
}

static double exact_p(const struct pooled *pool, size_t total, size_t chosen, int64_t deviation)
{
	struct enumeration all = {
		.pool = pool,
		.total = total,
		.observed = llabs(deviation),
	};

	enumerate(&all, 0, chosen, -(int64_t)(chosen * (total + 1)));
	return (double)all.extreme / (double)all.arrangements;
}

static double normal_p(size_t n, size_t m, double ties, double deviation)
{
	double total = (double)n + (double)m;
	double variance = (double)n * (double)m / 12 *
			  (total + 1 - ties / (total * (total - 1)));

	if (!(variance > 0))
		return 1;
	return erfc(fmax(fabs(deviation) - 0.5, 0) / sqrt(2 * variance));
}

int compare_mann_whitney(const double *a, size_t n, const double *b, size_t m,
			 struct compare_rank_test *ret_test)
{
	size_t smaller = n < m ? n : m;
	struct pooled *pool;
	int64_t deviation;
	double ties;
	int err = check_samples(a, n, b, m);

	if (err)
		return err;
	pool = pool_samples(a, n, b, m);
	if (!pool)
		return -ENOMEM;
	ties = assign_ranks(pool, n + m);
	deviation = rank_deviation(pool, n + m, m);
	ret_test->u = (double)n * (double)m / 2 + (double)deviation / 2;
	ret_test->is_exact = can_enumerate(n + m, smaller);
	ret_test->p = ret_test->is_exact ? exact_p(pool, n + m, smaller, deviation) :
					   normal_p(n, m, ties, (double)deviation / 2);
	free(pool);
	return 0;
}

/*
 * Largest K with P(U < K) <= alpha / 2, from the Gaussian binomial
 * prod (1 - q^(m+i)) / (1 - q^i), whose coefficients count arrangements by U.
 */
static double exact_shift_rank(size_t n, size_t m, double alpha)
{
	double counts[EXACT_PAIRS_END] = { 1 };
	double all = 0, below = 0;
	size_t last = n * m, rank = 0;

	for (size_t i = 1; i <= n; i++) {
		for (size_t u = last; u >= m + i; u--)
			counts[u] -= counts[u - m - i];
		for (size_t u = i; u <= last; u++)
			counts[u] += counts[u - i];
	}
	for (size_t u = 0; u <= last; u++)
		all += counts[u];
	while (rank <= last / 2 && below + counts[rank] <= alpha / 2 * all)
		below += counts[rank++];
	return (double)rank;
}

static double shift_rank(size_t n, size_t m, double alpha, double tau)
{
	double pairs = (double)n * (double)m;
	double centre = (pairs + 1) / 2;
	double rank, sd;

	if (n * m < EXACT_PAIRS_END) {
		rank = exact_shift_rank(n, m, alpha);
		return rank < 1 ? 0 : floor(centre - (centre - rank) * sqrt(tau));
	}
	sd = sqrt(pairs * ((double)n + (double)m + 1) / 12);
	return round(pairs / 2 - statistics_normal_quantile(1 - alpha / 2) * sqrt(tau) * sd);
}

/* The nm differences b - a, ascending, for the caller to free. */
static int sorted_differences(const double *a, size_t n, const double *b, size_t m,
			      double **ret_differences)
{
	double *differences;
	size_t pairs;

	if (__builtin_mul_overflow(n, m, &pairs) || pairs > SIZE_MAX / sizeof(double))
		return -E2BIG;
	differences = calloc(pairs, sizeof(*differences));
	if (!differences)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			differences[i * m + j] = b[j] - a[i];
	statistics_sort(differences, pairs);
	*ret_differences = differences;
	return 0;
}

int compare_shift(const double *a, size_t n, const double *b, size_t m,
		  double alpha, double tau, struct interval *ret_shift)
{
	struct interval shift = { .lo = NAN, .hi = NAN };
	double *differences, rank;
	int err = check_samples(a, n, b, m);

	if (err)
		return err;
	if (!(alpha > 0 && alpha < 1) || !(tau >= 1))
		return -EINVAL;
	err = sorted_differences(a, n, b, m, &differences);
	if (err)
		return err;
	shift.mid = statistics_median(differences, n * m);
	shift.rho = (tau - 1) / (tau + 1);
	shift.n_eff = (double)(n < m ? n : m) / tau;
	rank = shift_rank(n, m, alpha, tau);
	if (rank >= 1) {
		shift.lo = differences[(size_t)rank - 1];
		shift.hi = differences[n * m - (size_t)rank];
		shift.has_interval = true;
	}
	free(differences);
	*ret_shift = shift;
	return 0;
}

/* From the logarithm of a ratio to the ratio; NAN stays NAN. */
static void exponentiate(struct interval *interval)
{
	interval->lo = exp(interval->lo);
	interval->mid = exp(interval->mid);
	interval->hi = exp(interval->hi);
}

int compare_ratio(const double *a, size_t n, const double *b, size_t m,
		  double alpha, double tau, struct interval *ret_ratio)
{
	struct interval ratio;
	double *logarithms;
	int err = check_samples(a, n, b, m);

	if (err)
		return err;
	logarithms = calloc(n + m, sizeof(*logarithms));
	if (!logarithms)
		return -ENOMEM;
	/* Of 0 and below these are not finite, which compare_shift() refuses. */
	for (size_t i = 0; i < n; i++)
		logarithms[i] = log(a[i]);
	for (size_t i = 0; i < m; i++)
		logarithms[n + i] = log(b[i]);
	err = compare_shift(logarithms, n, logarithms + n, m, alpha, tau, &ratio);
	free(logarithms);
	if (err)
		return err;
	exponentiate(&ratio);
	*ret_ratio = ratio;
	return 0;
}

struct interval compare_clustered_ratio(const double *a, const double *b, const uint64_t *cluster,
					size_t n, double alpha)
{
	struct interval ratio = { .lo = NAN, .mid = NAN, .hi = NAN };
	double *logarithms = n ? calloc(n, sizeof(*logarithms)) : NULL;
	uint64_t *kept = n ? calloc(n, sizeof(*kept)) : NULL;
	size_t pairs = 0;

	for (size_t i = 0; i < n && logarithms && kept; i++) {
		if (isnan(a[i]) || isnan(b[i]))
			continue;
		/* A value that is not positive makes this NAN or infinite, and
		 * then the whole answer: dropping the pair would hide it. */
		kept[pairs] = cluster ? cluster[i] : 0;
		logarithms[pairs++] = log(a[i]) - log(b[i]);
	}
	if (logarithms && kept)
		ratio = statistics_clustered_interval(logarithms, kept, pairs, alpha);
	free(logarithms);
	free(kept);
	exponentiate(&ratio);
	return ratio;
}

struct interval compare_paired_ratio(const double *a, const double *b, size_t n,
				     double alpha)
{
	return compare_clustered_ratio(a, b, NULL, n, alpha);
}

static bool has_nan(const double *row, size_t k)
{
	for (size_t i = 0; i < k; i++)
		if (isnan(row[i]))
			return true;
	return false;
}

static double weight_of(const struct compare_points *points, size_t i)
{
	return points->weight ? points->weight[i] : 1;
}

static double weighted_mean(const struct compare_points *points, const double *values)
{
	double sum = 0, weights = 0;

	for (size_t i = 0; i < points->k; i++) {
		sum += weight_of(points, i) * values[i];
		weights += weight_of(points, i);
	}
	return sum / weights;
}

static void fit_row(const struct compare_points *points, const double *row,
		    double *ret_slope, double *ret_intercept)
{
	double x_mean = weighted_mean(points, points->x), products = 0, squares = 0;

	for (size_t i = 0; i < points->k; i++) {
		double off = points->x[i] - x_mean;

		products += weight_of(points, i) * off * row[i];
		squares += weight_of(points, i) * off * off;
	}
	*ret_slope = products / squares;
	*ret_intercept = weighted_mean(points, row) - *ret_slope * x_mean;
}

static bool defines_line(const double *x, size_t k)
{
	for (size_t i = 1; i < k; i++)
		if (x[i] != x[0])
			return statistics_are_finite(x, k);
	return false;
}

int compare_fit_line(const struct compare_points *points, double alpha,
		     struct compare_line_fit *ret_fit)
{
	size_t rounds = points->rounds, used = 0;
	double *slopes, *intercepts;
	uint64_t *clusters;

	if (!defines_line(points->x, points->k) || rounds == 0)
		return -EINVAL;
	slopes = calloc(rounds, 2 * sizeof(*slopes));
	clusters = calloc(rounds, sizeof(*clusters));
	intercepts = slopes ? slopes + rounds : NULL;
	for (size_t r = 0; slopes && clusters && r < rounds; r++) {
		const double *row = points->y_rounds + r * points->k;

		if (has_nan(row, points->k))
			continue;
		clusters[used] = points->cluster ? points->cluster[r] : 0;
		fit_row(points, row, &slopes[used], &intercepts[used]);
		used++;
	}
	if (slopes && clusters) {
		ret_fit->slope = statistics_clustered_interval(slopes, clusters, used, alpha);
		ret_fit->intercept = statistics_clustered_interval(intercepts, clusters, used, alpha);
	}
	free(slopes);
	free(clusters);
	return slopes && clusters ? 0 : -ENOMEM;
}
