/* SPDX-License-Identifier: MIT */
#include "io-answer.h"

#include <stdio.h>
#include <string.h>

#include "io-answer-rate.h"
#include "io-answer-ring.h"
#include "io-answer-sleep.h"
#include "plan/plan.h"
#include "plan/units.h"
#include "results/answer.h"
#include "results/summary-groups.h"

#define METRIC "interval"
#define THREADS "threads"
#define DEPTHS_MAX 64

/* As many in flight, by threads and by the ring that is best there. */
struct rung {
	uint64_t depth;
	const struct result *threads, *ring;
	struct interval ratio;         /* time of the threads over that of the ring */
};

struct ladder {
	struct rung rungs[DEPTHS_MAX]; /* by depth */
	size_t count;
};

static const struct value *value_of(const struct answer *answer, const struct result *result,
				    const char *name)
{
	return &result->cell->values[plan_parameter(answer->results->plan->options->tool, name)];
}

static bool is_file(const struct answer *answer, const struct result *result)
{
	return !strcmp(value_of(answer, result, "workload")->word, "file");
}

static uint64_t depth_of(const struct answer *answer, const struct result *result)
{
	return value_of(answer, result, "depth")->number;
}

static bool differ_in_depth_only(const struct answer *answer, const struct result *a,
				 const struct result *b)
{
	const struct plan *plan = answer->results->plan;

	return summary_same_circumstances(plan, a->cell, b->cell,
					  plan_parameter(plan->options->tool, "depth"));
}

/* In its place among those that are there; what has no interval says nothing. */
static void add_rung(const struct answer *answer, const struct result *threads,
		     struct ladder *ladder)
{
	struct rung rung = { depth_of(answer, threads), threads, io_answer_best_ring(answer, threads, METRIC),
			     { .has_interval = false } };
	size_t at = ladder->count;

	if (rung.ring)
		rung.ratio = summary_ratio(threads, rung.ring);
	if (!rung.ratio.has_interval || ladder->count == DEPTHS_MAX)
		return;
	for (; at > 0 && ladder->rungs[at - 1].depth > rung.depth; at--)
		ladder->rungs[at] = ladder->rungs[at - 1];
	ladder->rungs[at] = rung;
	ladder->count++;
}

static bool ring_wins(const struct rung *rung)
{
	return rung->ratio.lo > 1;
}

static bool threads_win(const struct rung *rung)
{
	return rung->ratio.hi < 1;
}

static size_t count_of(const struct ladder *ladder, bool (*holds)(const struct rung *rung))
{
	size_t count = 0;

	for (size_t i = 0; i < ladder->count; i++)
		count += holds(&ladder->rungs[i]);
	return count;
}

/* The first rung from which on a ring wins at each; count where it does not at the last. */
static size_t first_of_wins(const struct ladder *ladder)
{
	size_t first = ladder->count;

	while (first > 0 && ring_wins(&ladder->rungs[first - 1]))
		first--;
	return first;
}

/* "same-cpu, randread, warm, size=64 MiB, bs=4 KiB" */
static void circumstances(const struct answer *answer, const struct result *result, char *ret,
			  size_t size)
{
	char bytes[32], block[32];

	units_format_size(value_of(answer, result, "size")->number, bytes, sizeof(bytes));
	units_format_size(value_of(answer, result, "bs")->number, block, sizeof(block));
	snprintf(ret, size, "%s, %s, %s, size=%s, bs=%s", result->cell->seat.name,
		 value_of(answer, result, "rw")->word, value_of(answer, result, "cache")->word,
		 bytes, block);
}

/* "; CPU time 1.40 us against 2.80 us, 0.50 times", or nothing. */
static void format_cpu(const struct rung *rung, char *ret, size_t size)
{
	double threads = answer_figure(rung->threads, "cpu_ns_per_op");
	double ring = answer_figure(rung->ring, "cpu_ns_per_op");
	char a[32], b[32];

	*ret = 0;
	if (!(threads > 0) || !(ring > 0))
		return;
	units_format_time(ring, a, sizeof(a));
	units_format_time(threads, b, sizeof(b));
	snprintf(ret, size, "; CPU time of a request %s against %s, %.2f times", a, b,
		 ring / threads);
}

/* "uring-defer makes 1.80 times [1.70, 1.90] the requests of threads; CPU time ..." */
static void format_rung(const struct rung *rung, char *ret, size_t size)
{
	char times[64], cpu[128];

	answer_format_ratio(&rung->ratio, times, sizeof(times));
	format_cpu(rung, cpu, sizeof(cpu));
	snprintf(ret, size, "%s makes %s the requests of threads%s", rung->ring->cell->mechanism->name,
		 times, cpu);
}

static void say_wins(struct answer *answer, const struct ladder *ladder, size_t first,
		     const char *where)
{
	const struct rung *from = &ladder->rungs[first], *to = &ladder->rungs[ladder->count - 1];
	unsigned long long low = from->depth, high = to->depth;
	char here[300], there[300];

	format_rung(from, here, sizeof(here));
	format_rung(to, there, sizeof(there));
	if (ladder->count == 1)
		answer_say(answer, "At depth %llu a ring wins here: %s (%s).", low, here, where);
	else if (from == to)
		answer_say(answer, "From depth %llu on a ring wins here: %s (%s).", low, here, where);
	else
		answer_say(answer, "From depth %llu on a ring wins here: %s; at %llu %s (%s).", low,
			   here, high, there, where);
}

/* At some depths, but not at the greatest. */
static void say_mixed(struct answer *answer, const struct ladder *ladder, const char *where)
{
	const struct rung *best = &ladder->rungs[0], *last = &ladder->rungs[ladder->count - 1];
	char here[300], there[300];

	for (size_t i = 1; i < ladder->count; i++)
		if (ladder->rungs[i].ratio.mid > best->ratio.mid)
			best = &ladder->rungs[i];
	format_rung(best, here, sizeof(here));
	format_rung(last, there, sizeof(there));
	answer_say(answer, "A ring wins here at some depths only: at %llu %s; at %llu %s (%s).",
		   (unsigned long long)best->depth, here, (unsigned long long)last->depth, there,
		   where);
}

static void say_none(struct answer *answer, const struct ladder *ladder, const char *where)
{
	const struct rung *last = &ladder->rungs[ladder->count - 1];
	const char *verdict = count_of(ladder, threads_win)
		? "At no depth up to %llu does a ring win here: at %llu %s (%s)."
		: "Rings and threads do not differ measurably here up to depth %llu: at %llu %s (%s).";
	unsigned long long depth = last->depth;
	char there[300];

	format_rung(last, there, sizeof(there));
	answer_say(answer, verdict, depth, depth, there, where);
}

static void say_ladder(struct answer *answer, const struct ladder *ladder)
{
	size_t first = first_of_wins(ladder);
	char where[160];

	circumstances(answer, ladder->rungs[0].threads, where, sizeof(where));
	if (first < ladder->count)
		say_wins(answer, ladder, first, where);
	else if (count_of(ladder, ring_wins))
		say_mixed(answer, ladder, where);
	else
		say_none(answer, ladder, where);
}

/* All depths of one ladder are told with the first of them. */
static bool is_told(const struct answer *answer, const struct result *threads)
{
	for (const struct result *other = answer->results->results; other < threads; other++)
		if (answer_is_of(other, METRIC, THREADS) &&
		    differ_in_depth_only(answer, other, threads))
			return true;
	return false;
}

static void say_of(struct answer *answer, const struct result *threads)
{
	const struct results *results = answer->results;
	struct ladder ladder = { .count = 0 };

	for (size_t i = 0; i < results->result_count; i++)
		if (answer_is_of(&results->results[i], METRIC, THREADS) &&
		    differ_in_depth_only(answer, &results->results[i], threads))
			add_rung(answer, &results->results[i], &ladder);
	if (ladder.count)
		say_ladder(answer, &ladder);
}

char **io_answer(const struct results *results)
{
	struct answer answer;

	answer_begin(&answer, results);
	for (size_t i = 0; answer.sentences && i < results->result_count; i++) {
		const struct result *result = &results->results[i];

		if (answer_is_of(result, METRIC, THREADS) && is_file(&answer, result) &&
		    !is_told(&answer, result))
			say_of(&answer, result);
	}
	if (answer.sentences)
		io_answer_sleep(&answer);
	if (answer.sentences)
		io_answer_rate(&answer);
	return answer.sentences;
}
