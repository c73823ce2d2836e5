/* SPDX-License-Identifier: MIT */
#include "run/answer-time.h"

#include <stdio.h>
#include <unistd.h>

static double ms(double ns)
{
	return ns / 1e6;
}

static double since(const struct clock_mark *begin, uint64_t then)
{
	return (double)(int64_t)(then - begin->kernel_ns[0]);
}

static bool clocks_agree(const struct worker_answer *answer, const struct round *round,
			 double ns_per_tick, char *ret_reason)
{
	char reason[CLOCK_MARK_REASON_BYTES];

	if (!clock_marks_agree(&answer->begin, &answer->end, 1, reason)) {
		snprintf(ret_reason, ANSWER_TIME_REASON_BYTES, "in this tool %s", reason);
		return false;
	}
	if (clock_marks_agree(&round->begin, &round->end, ns_per_tick, reason))
		return true;
	snprintf(ret_reason, ANSWER_TIME_REASON_BYTES, "in the worker %s", reason);
	return false;
}

/* Its begin and its answer lie between its start and its end. */
static bool is_within(const struct worker_answer *answer, const struct round *round, char *ret_reason)
{
	double begin = since(&answer->begin, round->begin.kernel_ns[0]);
	double end = since(&answer->begin, round->end.kernel_ns[1]);
	double last = since(&answer->begin, answer->end.kernel_ns[1]);

	if (begin >= 0 && end >= begin && end <= last)
		return true;
	snprintf(ret_reason, ANSWER_TIME_REASON_BYTES, "the worker measured from %.3f to %.3f ms, and "
		 "was there from 0 to %.3f ms", ms(begin), ms(end), ms(last));
	return false;
}

/* The kernel counts in steps of 10 ms, and rounds down. */
static bool was_started_then(const struct worker_answer *answer, char *ret_reason)
{
	double step = 1e9 / (double)sysconf(_SC_CLK_TCK);
	double started = (double)(int64_t)(answer->started_ns - answer->begin.boot_ns);
	double last = (double)(int64_t)(answer->end.boot_ns - answer->begin.boot_ns);

	if (!answer->started_ns || (started >= -2 * step && started <= last + step))
		return true;
	snprintf(ret_reason, ANSWER_TIME_REASON_BYTES, "the kernel says that the worker was started "
		 "at %.0f ms of a round from 0 to %.0f ms", ms(started), ms(last));
	return false;
}

static bool has_room_for_window(const struct round *round, double ns_per_tick, char *ret_reason)
{
	double whole = (double)(round->end.ticks - round->begin.ticks);

	if (round->window_ticks > 0 && round->window_ticks <= whole)
		return true;
	snprintf(ret_reason, ANSWER_TIME_REASON_BYTES, "the worker measured for %.3f ms of the %.3f ms "
		 "that it had", ms(round->window_ticks * ns_per_tick), ms(whole * ns_per_tick));
	return false;
}

double answer_time_asleep_ns(const struct worker_answer *answer, const struct round *round)
{
	double here = clock_marks_asleep_ns(&answer->begin, &answer->end);
	double there = clock_marks_asleep_ns(&round->begin, &round->end);

	return here > there ? here : there;
}

bool answer_time_agrees(const struct worker_answer *answer, const struct round *round,
			double ns_per_tick, char *ret_reason)
{
	return clocks_agree(answer, round, ns_per_tick, ret_reason) &&
	       is_within(answer, round, ret_reason) && was_started_then(answer, ret_reason) &&
	       has_room_for_window(round, ns_per_tick, ret_reason);
}
