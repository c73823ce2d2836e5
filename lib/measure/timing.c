/* SPDX-License-Identifier: MIT */
#include "measure/timing.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "statistics/statistics.h"

/* Cheaper than this many times the harness: timed in batches. */
#define BATCH_BELOW 20
#define BATCH_OVERHEADS 1000
#define BATCH_NS 50000
#define EMPTY_REGIONS 4096
#define EMPTY_BATCHES 15
#define COST_NS 100000
#define COST_CROSSINGS 3
#define COST_GROWTH 10
#define WARM_NS 2000000
#define WARM_LIMIT_NS 50000000
#define WARM_BATCH_NS 500000
#define WARM_BATCHES 3
#define WARM_REGIONS 5
#define WARM_AGREE 0.05
#define LINEAR_LEAST 1.97
#define LINEAR_MOST 2.03
#define LINEAR_NS 5000000
#define LINEAR_TRIES 9
#define LINEAR_TRIES_LEAST 3
#define REGIONS_LEAST 5

typedef int body(void *state, uint64_t n);

int timing_init(struct timing *ret, size_t capacity)
{
	size_t bytes = capacity * (sizeof(*ret->sample.ticks) + sizeof(*ret->operations));
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (map == MAP_FAILED)
		return -ENOMEM;
	/* MAP_POPULATE may come short without a word. */
	memset(map, 0, bytes);
	memset(ret, 0, sizeof(*ret));
	ret->map_bytes = bytes;
	ret->sample.ticks = map;
	ret->sample.capacity = capacity;
	ret->operations = (uint32_t *)(ret->sample.ticks + capacity);
	return 0;
}

void timing_done(struct timing *timing)
{
	if (timing->sample.ticks)
		munmap(timing->sample.ticks, timing->map_bytes);
	memset(timing, 0, sizeof(*timing));
}

static double to_ticks(const struct timed *timed, double ns)
{
	return ns / timed->clock.ns_per_tick;
}

/* All that is ever timed goes through here, empty or not: one shape. */
__attribute__((noinline))
static int time_region(const struct timed *timed, body *run, uint64_t n, int64_t *ret_ticks)
{
	uint64_t begin = clock_start(timed->clock.source);
	int error = run(timed->state, n);

	*ret_ticks = (int64_t)(clock_stop(timed->clock.source) - begin);
	return error;
}

/* The next multiple of what can be asked for. */
static uint64_t whole_units(const struct timed *timed, uint64_t n)
{
	uint64_t unit = timed->unit ? timed->unit : 1;

	return (n + unit - 1) / unit * unit;
}

static int measure_cold(const struct timed *timed, struct timing *timing)
{
	uint64_t n = whole_units(timed, 1);
	int64_t ticks;
	int error = time_region(timed, timed->run, n, &ticks);

	timing->cold = (double)ticks / (double)n;
	return error;
}

/* So many operations more, aiming a little beyond the goal. */
static uint64_t grow(uint64_t n, double ticks, double goal)
{
	double factor = ticks > 0 ? 1.4 * goal / ticks : COST_GROWTH;

	return (uint64_t)((double)n * (factor > COST_GROWTH ? COST_GROWTH : factor)) + 1;
}

/* What costs less than a tick, or nothing whatever n is, must end this too. */
static int estimate_cost(const struct timed *timed, struct timing *timing)
{
	double goal = to_ticks(timed, COST_NS), least = 0;
	uint64_t n = whole_units(timed, 1);

	for (int crossings = 0; crossings < COST_CROSSINGS;) {
		int64_t ticks;
		int error = time_region(timed, timed->run, n, &ticks);
		double each = (double)ticks / (double)n;

		if (error)
			return error;
		if ((double)ticks < goal && (double)n < goal) {
			n = whole_units(timed, grow(n, (double)ticks, goal));
			crossings = 0;
			continue;
		}
		least = crossings++ && least < each ? least : each;
	}
	timing->operation_ticks = least;
	return 0;
}

/* Operations that take so long, at least one. */
static uint64_t operations_for(const struct timed *timed, const struct timing *timing,
			       double ticks)
{
	double each = timing->operation_ticks > 1 ? timing->operation_ticks : 1;

	return whole_units(timed, (uint64_t)(ticks / each) + 1);
}

static int warm_batch(const struct timed *timed, const struct timing *timing, double *ret_each)
{
	double each[WARM_REGIONS], spent = 0, goal = to_ticks(timed, WARM_BATCH_NS);
	uint64_t n = operations_for(timed, timing, goal / WARM_REGIONS);
	size_t count = 0;

	do {
		int64_t ticks;
		int error = time_region(timed, timed->run, n, &ticks);

		if (error)
			return error;
		each[count++] = (double)ticks / (double)n;
		spent += (double)ticks;
	} while (count < WARM_REGIONS && spent < goal);
	statistics_sort(each, count);
	*ret_each = statistics_median(each, count);
	return 0;
}

static bool have_settled(double last, double now)
{
	return now < last * (1 + WARM_AGREE) && now > last * (1 - WARM_AGREE);
}

static int warm_up(const struct timed *timed, struct timing *timing)
{
	uint64_t begin = clock_start(timed->clock.source);
	double last = 0, spent = 0;
	int error = 0, batches = 0;

	while (!error && spent < to_ticks(timed, WARM_LIMIT_NS)) {
		last = timing->operation_ticks;
		error = warm_batch(timed, timing, &timing->operation_ticks);
		spent = (double)(clock_stop(timed->clock.source) - begin);
		if (++batches >= WARM_BATCHES && spent >= to_ticks(timed, WARM_NS) &&
		    have_settled(last, timing->operation_ticks))
			return error;
	}
	timing->flags |= ROUND_NOWARM;
	return error;
}

/* The sample buffer is still free: it holds the empty regions. */
static int measure_overhead(const struct timed *timed, struct timing *timing)
{
	struct sample *sample = &timing->sample;
	int error = 0;

	for (sample->count = 0; sample->count < EMPTY_REGIONS && sample->count < sample->capacity &&
	     !error; sample->count++)
		error = time_region(timed, timed->run_empty, 1, &sample->ticks[sample->count]);
	if (!error)
		error = sample_median(sample, &timing->overhead, &timing->overhead_spread);
	timing->region_overhead = timing->overhead;
	sample->count = 0;
	return error;
}

static uint64_t batch_size(const struct timed *timed, const struct timing *timing)
{
	double overheads = BATCH_OVERHEADS * timing->region_overhead;
	double least = to_ticks(timed, BATCH_NS);

	return operations_for(timed, timing, overheads > least ? overheads : least);
}

/* What the empty loop adds to each operation of a batch. */
static int measure_batch_overhead(const struct timed *timed, struct timing *timing, uint64_t n)
{
	double cost[EMPTY_BATCHES];

	for (size_t i = 0; i < EMPTY_BATCHES; i++) {
		int64_t ticks;
		int error = time_region(timed, timed->run_empty, n, &ticks);

		if (error)
			return error;
		cost[i] = (double)ticks / (double)n;
	}
	statistics_sort(cost, EMPTY_BATCHES);
	timing->overhead = statistics_median(cost, EMPTY_BATCHES);
	timing->overhead_spread = statistics_quantile(cost, EMPTY_BATCHES, 0.75) -
				  statistics_quantile(cost, EMPTY_BATCHES, 0.25);
	return 0;
}

/* An odd number, less of what takes long. */
static size_t linear_tries(const struct timed *timed, const struct timing *timing, uint64_t n)
{
	double once = 3 * (double)n * timing->operation_ticks;
	size_t tries = LINEAR_TRIES;

	while (tries > LINEAR_TRIES_LEAST && (double)tries * once > to_ticks(timed, LINEAR_NS))
		tries -= 2;
	return tries;
}

/* Twice the work must cost twice the time, or the loop measures something else. */
static int check_linearity(const struct timed *timed, struct timing *timing, uint64_t n)
{
	double own = timing->is_batch ? timing->overhead * (double)n : timing->region_overhead;
	double ratio[LINEAR_TRIES], median;
	size_t tries = linear_tries(timed, timing, n);

	for (size_t i = 0; i < tries; i++) {
		int64_t once, twice;
		int error = time_region(timed, timed->run, n, &once);

		if (!error)
			error = time_region(timed, timed->run, 2 * n, &twice);
		if (error)
			return error;
		/* Less than itself is left of it: nothing can be said. */
		if ((double)once < 2 * own)
			return 0;
		ratio[i] = ((double)twice - 2 * own) / ((double)once - own);
	}
	statistics_sort(ratio, tries);
	median = statistics_median(ratio, tries);
	if (!(median >= LINEAR_LEAST && median <= LINEAR_MOST))
		timing->flags |= ROUND_NONLINEAR;
	return 0;
}

static int choose_mode(const struct timed *timed, struct timing *timing)
{
	uint64_t n = batch_size(timed, timing);
	int error = 0;

	timing->is_batch = timed->batch >= 0
		? timed->batch
		: timing->operation_ticks < BATCH_BELOW * timing->region_overhead;
	timing->is_batch |= timed->unit > 1;
	timing->sample.operations = timing->is_batch ? timing->operations : NULL;
	if (timing->is_batch)
		error = measure_batch_overhead(timed, timing, n);
	return error || timed->has_ends ? error : check_linearity(timed, timing, n);
}

/* A unit that takes longer than all of a warm-up may take is not made again and again. */
static bool is_slow(const struct timed *timed, const struct timing *timing)
{
	return timed->has_ends &&
	       timing->cold * (double)whole_units(timed, 1) > to_ticks(timed, WARM_LIMIT_NS);
}

static int find_cost(const struct timed *timed, struct timing *timing)
{
	int error;

	if (is_slow(timed, timing)) {
		timing->operation_ticks = timing->cold;
		timing->flags |= timed->has_ramp ? 0 : ROUND_NOWARM;
		return 0;
	}
	error = estimate_cost(timed, timing);
	return error || timed->has_ramp ? error : warm_up(timed, timing);
}

int timing_prepare(const struct timed *timed, struct timing *timing)
{
	int error;

	timing->flags = 0;
	timing->sample.count = 0;
	timing->sample.operations = NULL;
	error = measure_cold(timed, timing);
	if (!error)
		error = find_cost(timed, timing);
	if (!error)
		error = measure_overhead(timed, timing);
	return error ? error : choose_mode(timed, timing);
}

static size_t window_regions(const struct timed *timed, const struct timing *timing, uint64_t n)
{
	double each = timing->operation_ticks > 1 ? timing->operation_ticks : 1;
	double wanted = to_ticks(timed, (double)timed->window_ns) / each / (double)n;
	size_t capacity = timing->sample.capacity;

	if (wanted < REGIONS_LEAST)
		wanted = REGIONS_LEAST;
	return wanted < (double)capacity ? (size_t)wanted : capacity;
}

static int record_region(const struct timed *timed, struct timing *timing, uint64_t n)
{
	struct sample *sample = &timing->sample;
	int error = time_region(timed, timed->run, n, &sample->ticks[sample->count]);

	if (error)
		return error;
	if (sample->operations)
		sample->operations[sample->count] = (uint32_t)n;
	sample->count++;
	timing->operations_done += n;
	return 0;
}

/* To ask thousands of senders takes longer than to receive of them: it is not the window's. */
static bool look_round(const struct timed *timed, struct timing *timing, uint64_t n)
{
	uint64_t begin = clock_start(timed->clock.source);
	bool is_round = timed->is_round(timed->state, n);

	timing->looks += clock_stop(timed->clock.source) - begin;
	return is_round;
}

/* What comes round has no cost of its own: a few operations take as long as a stall. */
static bool has_come_round(const struct timed *timed, struct timing *timing, uint64_t n)
{
	double spent = (double)(clock_stop(timed->clock.source) - timing->begin - timing->looks);
	double window = to_ticks(timed, (double)timed->window_ns);

	if (timing->sample.count < REGIONS_LEAST || spent < window)
		return timing->sample.count == timing->sample.capacity;
	return spent >= 2 * window || timing->sample.count == timing->sample.capacity ||
	       look_round(timed, timing, n);
}

static bool is_over(const struct timed *timed, struct timing *timing, size_t regions, uint64_t n)
{
	if (timed->is_round)
		return has_come_round(timed, timing, n);
	return timing->sample.count >= regions;
}

int timing_measure(const struct timed *timed, struct timing *timing)
{
	uint64_t n = timing->is_batch ? batch_size(timed, timing) : 1, random = timed->seed;
	uint64_t stretch = timing->is_batch ? n / 5 + 1 : 1;
	size_t regions = window_regions(timed, timing, n);
	int error = timed->begin ? timed->begin(timed->state) : 0;

	timing->sample.count = 0;
	timing->operations_done = timing->looks = 0;
	timing->begin = clock_start(timed->clock.source);
	while (!error && !is_over(timed, timing, regions, n)) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		error = record_region(timed, timing,
				      whole_units(timed, n + (random >> 33) % stretch));
	}
	timing->end = clock_stop(timed->clock.source);
	if (error)
		timing->sample.count = 0;
	return error;
}

void timing_scale(struct timing *timing, double factor)
{
	struct sample *sample = &timing->sample;

	for (size_t i = 0; i < sample->count; i++)
		sample->ticks[i] = llround((double)sample->ticks[i] * factor);
	timing->overhead *= factor;
	timing->overhead_spread *= factor;
	timing->region_overhead *= factor;
	timing->cold *= factor;
}

int timing_describe(const struct timing *timing, const char *metric,
		    struct round_series *ret_series, struct histogram_pair **ret_pairs)
{
	const struct sample *sample = &timing->sample;
	int error;

	memset(ret_series, 0, sizeof(*ret_series));
	snprintf(ret_series->metric, sizeof(ret_series->metric), "%s", metric);
	error = sample_describe(&sample, 1, ret_series, ret_pairs);
	if (error)
		return error;
	ret_series->overhead = timing->overhead;
	ret_series->overhead_spread = timing->overhead_spread;
	/* The summary takes overhead off: so much as the first one's own region took. */
	ret_series->cold = timing->cold - timing->region_overhead + timing->overhead;
	return 0;
}
