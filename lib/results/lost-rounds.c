/* SPDX-License-Identifier: MIT */
#include "results/lost-rounds.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "kernel/cpu-steal.h"
#include "statistics/statistics.h"

/* Of what a CPU that is never idle does for its tasks by others (softirq threads). */
#define OWN_SHARE_MOST 0.1
/* Waiting that is no longer than this may be a slow wake-up. */
#define WAITED_NS_LEAST 500000.0
/* Beyond the cell's own spread so many times, and it is no part of it: below its median, and
 * between its quarters. */
#define SPREADS 4
#define QUARTERS 2
/* With fewer rounds nothing is known of what a cell has anyhow. */
#define ROUNDS_LEAST 4

/* What rounds are compared by: a share of their windows. */
struct shares {
	double quarter, median, upper;     /* the last is the third quarter; NAN: too few to tell */
};

static double known(double value)
{
	return value < 0 ? NAN : value;
}

/* One CPU, and nothing to wait for but each other; and their CPU time is known. */
static bool is_without_idle(const struct lost_time *lost)
{
	return (lost->is_busy || (lost->cpus == 1 && !lost->is_whole)) &&
	       lost_time_gap_ns(lost) >= 0;
}

/* Time that may have been lost, and holds what is never lost. */
static double suspect_ns(const struct lost_time *lost)
{
	double gap_ns = known(lost_time_gap_ns(lost)), delay_ns = known(lost->run_delay_ns);

	if (is_without_idle(lost))
		return gap_ns;
	/* While some wait for each other the CPUs are theirs. */
	return isnan(delay_ns) ? NAN : fmin(delay_ns, gap_ns);
}

static double share_of(const struct lost_time *lost)
{
	return suspect_ns(lost) / known(lost_time_window_ns(lost));
}

static int find_shares(const struct lost_time *rounds, size_t count, struct shares *ret)
{
	double *shares = calloc(count + 1, sizeof(*shares));
	size_t known_count = 0;

	*ret = (struct shares){ NAN, NAN, NAN };
	if (!shares)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		shares[known_count] = share_of(&rounds[i]);
		known_count += !isnan(shares[known_count]);
	}
	if (known_count >= ROUNDS_LEAST) {
		statistics_sort(shares, known_count);
		ret->quarter = statistics_quantile(shares, known_count, 0.25);
		ret->median = statistics_median(shares, known_count);
		ret->upper = statistics_quantile(shares, known_count, 0.75);
	}
	free(shares);
	return 0;
}

/* Of waiting: one whose tasks never wait for each other waits much alike in all rounds. */
static double fence_of(const struct lost_time *lost, const struct shares *shares)
{
	return lost->is_crowded ? QUARTERS * (shares->upper - shares->quarter)
				: SPREADS * (shares->median - shares->quarter);
}

/* Beyond what the cell has anyhow. */
static double excess_ns(const struct lost_time *lost, const struct shares *shares)
{
	double window_ns = lost_time_window_ns(lost), suspect = suspect_ns(lost);
	double own = is_without_idle(lost) ? shares->quarter : shares->median, least_ns = 0;

	if (is_without_idle(lost) && lost->is_busy)
		own = isnan(own) ? 0 : fmin(own, OWN_SHARE_MOST);
	if (!is_without_idle(lost))
		least_ns = fmax(WAITED_NS_LEAST, fence_of(lost, shares) * window_ns);
	if (isnan(suspect) || isnan(own))
		return NAN;
	return suspect - own * window_ns > least_ns ? suspect - own * window_ns : 0;
}

static double steal_beyond_step(const struct lost_time *lost)
{
	return fmax(lost->steal_ns - cpu_steal_step_ns(), 0);
}

static double involuntary_per_ns(const struct lost_time *lost)
{
	return known(lost->involuntary) / known(lost_time_window_ns(lost));
}

/* Of what others had the CPU in, the part that run delay tells; the rest nobody had. */
static void split(const struct lost_time *lost, double excess, struct lost_round *ret)
{
	double delay_ns = known(lost->run_delay_ns);

	/* Others did not have the CPU while we were stopped, nor while it was stolen. */
	if (is_without_idle(lost))
		excess = fmax(excess - ret->stopped_ns - ret->steal_ns, 0);
	ret->waited_ns = is_without_idle(lost) && lost->is_whole && !isnan(delay_ns)
		? fmin(excess, delay_ns) : excess;
	ret->stopped_ns += excess - ret->waited_ns;
}

static void judge(const struct lost_time *lost, const struct shares *shares, struct lost_round *ret)
{
	double window_ns = known(lost_time_window_ns(lost)), excess = excess_ns(lost, shares);

	*ret = (struct lost_round){
		.stopped_ns = fmax(lost->stopped_ns, 0),
		.stops = fmax(lost->stops, 0),
		.steal_ns = steal_beyond_step(lost),
		.lost_ns = NAN,
	};
	if (!isnan(excess))
		split(lost, excess, ret);
	if (!isnan(excess) || ret->stopped_ns + ret->steal_ns > 0)
		ret->lost_ns = ret->waited_ns + ret->stopped_ns + ret->steal_ns;
	ret->is_hit = ret->stops > 0 || ret->lost_ns > LOST_SHARE_MOST * window_ns;
}

/* Switches that a round has more than those that were not hit, as a rate. */
static int count_involuntary(const struct lost_time *rounds, size_t count, struct lost_round *verdicts)
{
	double *rates = calloc(count + 1, sizeof(*rates)), usual = 0;
	size_t clean = 0;

	if (!rates)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		rates[clean] = involuntary_per_ns(&rounds[i]);
		clean += !verdicts[i].is_hit && !isnan(rates[clean]);
	}
	statistics_sort(rates, clean);
	if (clean)
		usual = statistics_median(rates, clean);
	for (size_t i = 0; i < count; i++) {
		double own_ns = lost_time_window_ns(&rounds[i]) - verdicts[i].lost_ns;
		double more = rounds[i].involuntary - usual * fmax(own_ns, 0);

		/* Where they take the CPU from each other it is no sign. */
		verdicts[i].involuntary = clean && more > usual * fmax(own_ns, 0) ? floor(more) : 0;
	}
	free(rates);
	return 0;
}

int lost_rounds_judge(const struct lost_time *rounds, size_t count, struct lost_round *ret)
{
	struct shares shares;
	int error = find_shares(rounds, count, &shares);

	for (size_t i = 0; i < count && !error; i++)
		judge(&rounds[i], &shares, &ret[i]);
	return error ? error : count_involuntary(rounds, count, ret);
}
