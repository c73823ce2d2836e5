/* SPDX-License-Identifier: MIT */
/* statistics - order statistics of round values, and the interval of their median */
#include "statistics/statistics.h"

#include <math.h>
#include <stdlib.h>

/* 2^-n is still a normal double here, so the binomial needs no logarithms. */
#define EXACT_BINOMIAL_N_MAX 1000

#define NORMAL_SD_PER_MAD 1.4826
#define CLAMP_SD 3.0
#define RHO_MAX 0.95

#define TAIL_VALUES_MIN 10.0
#define TAIL_ALPHA 0.05

/*
 * In a sorted sample the deviations grow outwards from the median on both
 * sides, so merging the two sides yields them in order without a second sort.
 */
double statistics_mad(const double *sorted, size_t n)
{
	double median = statistics_median(sorted, n);
	double previous = 0, current = 0;
	size_t left = (n + 1) / 2, right = left;

	if (n == 0)
		return NAN;
	for (size_t i = 0; i <= n / 2; i++) {
		double below = left > 0 ? median - sorted[left - 1] : INFINITY;
		double above = right < n ? sorted[right] - median : INFINITY;

		previous = current;
		current = fmin(below, above);
		if (below <= above)
			left--;
		else
			right++;
	}
	return n % 2 ? current : previous / 2 + current / 2;
}

/* |error| < 4.5e-4 for 0 < p <= 1/2 (Abramowitz and Stegun 26.2.23). */
static double normal_quantile_guess(double p)
{
	double t = sqrt(-2 * log(p));

	return (2.515517 + t * (0.802853 + t * 0.010328)) /
	       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
}

double statistics_normal_quantile(double p)
{
	/* In the lower tail erfc keeps its relative precision; mirror the rest. */
	double tail = p <= 0.5 ? p : 1 - p;
	double z;

	if (!(p >= 0 && p <= 1))
		return NAN;
	if (tail <= 0)
		return p > 0.5 ? INFINITY : -INFINITY;
	z = normal_quantile_guess(tail);
	for (int step = 0; step < 2; step++) {
		double error = 0.5 * erfc(-z * M_SQRT1_2) - tail;
		double newton = error * sqrt(2 * M_PI) * exp(z * z / 2);

		z -= newton / (1 + z * newton / 2);
	}
	return p <= 0.5 ? z : -z;
}

static size_t median_rank_exact(size_t n, double alpha)
{
	double mass = ldexp(1.0, -(int)n);	/* P(Bin(n, 1/2) = k - 1) */
	double below = 0;
	size_t rank = 0;

	for (size_t k = 1; k <= (n + 1) / 2; k++) {
		below += mass;
		if (!(below <= alpha / 2))
			break;
		rank = k;
		mass *= (double)(n - k + 1) / (double)k;
	}
	return rank;
}

size_t statistics_median_rank(size_t n, double alpha)
{
	double z, rank;

	if (!(alpha > 0 && alpha < 1))
		return 0;
	if (n <= EXACT_BINOMIAL_N_MAX)
		return median_rank_exact(n, alpha);
	z = statistics_normal_quantile(1 - alpha / 2);
	rank = floor(((double)n - z * sqrt((double)n)) / 2);
	return rank >= 1 ? (size_t)rank : 0;
}

double statistics_rank_coverage(size_t n, size_t k)
{
	double mass, below = 0;

	if (k == 0 || k > n || k - 1 > n - k)
		return 0;
	if (n > EXACT_BINOMIAL_N_MAX)
		return erf(((double)n / 2 - (double)k + 0.5) * M_SQRT2 / sqrt((double)n));
	mass = ldexp(1.0, -(int)n);
	for (size_t i = 0; i < k; i++) {
		below += mass;
		mass *= (double)(n - i) / (double)(i + 1);
	}
	return 1 - 2 * below;
}

double statistics_autocorrelation(const double *y, size_t n)
{
	double mean = n > 0 ? y[0] : 0, lagged = 0, squares = 0;

	/* Around the first value, so that the mean of equal ones is exact and
	 * their rounding errors do not pass for correlation. */
	for (size_t i = 1; i < n; i++)
		mean += (y[i] - y[0]) / (double)n;
	for (size_t i = 0; i < n; i++) {
		double d = y[i] - mean;

		squares += d * d;
		if (i > 0)
			lagged += d * (y[i - 1] - mean);
	}
	return squares > 0 ? lagged / squares : 0;
}

double statistics_tau(double rho)
{
	return (1 + rho) / (1 - rho);
}

/* rho of handoff-method(7) INTERVAL; `deviations` is scratch room for n values. */
static double robust_rho(const double *y, const double *sorted, size_t n,
			 double *deviations)
{
	double median = statistics_median(sorted, n);
	double limit = CLAMP_SD * NORMAL_SD_PER_MAD * statistics_mad(sorted, n);
	double rho;

	if (!(limit > 0))
		limit = INFINITY;
	for (size_t i = 0; i < n; i++)
		deviations[i] = fmin(fmax(y[i] - median, -limit), limit);
	/* A short sample underestimates its correlation by about 1/n. */
	rho = statistics_autocorrelation(deviations, n) + 1 / (double)n;
	if (rho < 1 / sqrt((double)n))
		return 0;
	return fmin(rho, RHO_MAX);
}

static void place_interval(const double *sorted, size_t n, double alpha,
			   struct interval *interval)
{
	size_t plain = statistics_median_rank(n, alpha);
	double centre = ((double)n + 1) / 2;
	double rank;

	if (plain == 0)
		return;
	rank = floor(centre - (centre - (double)plain) *
		     sqrt(statistics_tau(interval->rho)));
	if (!(rank >= 1))
		return;
	interval->lo = sorted[(size_t)rank - 1];
	interval->hi = sorted[n - (size_t)rank];
	interval->has_interval = true;
}

struct interval statistics_median_interval(const double *y, size_t n, double alpha)
{
	struct interval interval = { .lo = NAN, .mid = NAN, .hi = NAN };
	double *sorted;

	if (n == 0 || !statistics_are_finite(y, n))
		return interval;
	sorted = calloc(n, 2 * sizeof(*sorted));
	if (!sorted)
		return interval;
	for (size_t i = 0; i < n; i++)
		sorted[i] = y[i];
	statistics_sort(sorted, n);
	interval.mid = statistics_median(sorted, n);
	interval.rho = robust_rho(y, sorted, n, sorted + n);
	interval.n_eff = (double)n / statistics_tau(interval.rho);
	place_interval(sorted, n, alpha, &interval);
	free(sorted);
	return interval;
}

bool statistics_interpolated_interval(const double *sorted, size_t n, double alpha,
				      double *ret_lo, double *ret_hi)
{
	size_t k = statistics_median_rank(n, alpha);
	double outer, inner, share, weight;

	/* The next rank inwards must exist on either side. */
	if (k == 0 || k >= n - k)
		return false;
	outer = statistics_rank_coverage(n, k);
	inner = statistics_rank_coverage(n, k + 1);
	share = (outer - (1 - alpha)) / (outer - inner);
	weight = (double)(n - k) * share / ((double)k + (double)(n - 2 * k) * share);
	*ret_lo = weight * sorted[k] + (1 - weight) * sorted[k - 1];
	*ret_hi = weight * sorted[n - k - 1] + (1 - weight) * sorted[n - k];
	return true;
}

bool statistics_quantile_ranks(size_t n, double p, double alpha,
			       size_t *ret_low_rank, size_t *ret_high_rank)
{
	double expected = (double)n * p;
	double reach, low, high;

	if (!(p > 0 && p < 1) || !(alpha > 0 && alpha < 1))
		return false;
	reach = statistics_normal_quantile(1 - alpha / 2) * sqrt(expected * (1 - p));
	low = floor(expected - reach);
	high = ceil(expected + reach) + 1;
	if (low < 1 || high > (double)n)
		return false;
	*ret_low_rank = (size_t)low;
	*ret_high_rank = (size_t)high;
	return true;
}

uint64_t statistics_quantile_least_n(double p, double alpha)
{
	double nearer = fmax(p, 1 - p);
	double least;

	if (!(p > 0 && p < 1) || !(alpha > 0 && alpha < 1))
		return UINT64_MAX;
	least = ceil(log(alpha / 2) / log(nearer));
	return least < 0x1p63 ? (uint64_t)least : UINT64_MAX;
}

bool statistics_can_report(double p, uint64_t n)
{
	double beyond = (double)n * fmin(p, 1 - p);

	if (!(p > 0 && p < 1) || n < statistics_quantile_least_n(p, TAIL_ALPHA))
		return false;
	/* 100 * (1 - 0.9) is 9.999999999999998: forgive what rounding took. */
	return p == 0.5 || beyond >= TAIL_VALUES_MIN * (1 - 1e-9);
}

size_t statistics_next_look(size_t look)
{
	return look + look / 10 * 3 + look % 10 * 3 / 10 + 1;
}
