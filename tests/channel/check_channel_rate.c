/* SPDX-License-Identifier: MIT */
/* check_channel_rate - a rate is what was done by the time it took, whatever the median is */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "channel/mechanism/list.h"
#include "channel/pair/proof.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	uint64_t messages, ticks;      /* of the window; a tick is 2 ns */
	double p50;                    /* ticks: what most messages took */
	size_t bytes;
	double messages_per_s, bytes_per_s;
} windows[] = {
	{ 1000, 500000, 500, 100, 1e6, 1e8 },
	/* most come from a full queue, and all wait for it to be filled */
	{ 1000, 5000000, 500, 100, 1e5, 1e7 },
	{ 1000, 500000, 5000, 8, 1e6, 8e6 },
	{ 7, 3500, 1, 0, 1e6, -1 },
};

static double figure_of(const struct round *round, const char *name)
{
	for (uint32_t i = 0; i < round->figure_count; i++)
		if (!strcmp(round->figures[i].name, name))
			return round->figures[i].value;
	return -1;
}

START_TEST(rate_is_what_was_done_by_the_time_it_took)
{
	const struct channel_job job = { .ns_per_tick = 2, .mode = "throughput" };
	const struct channel_pair pair = {
		.channel = channel_find("pipe"), .duty = CHANNEL_DRAIN,
		.config = { .message_bytes = windows[_i].bytes },
	};
	const struct timing timing = {
		.operations_done = windows[_i].messages, .begin = 5000,
		.end = 5000 + windows[_i].ticks,
	};
	const struct channel_edges edges = { .before = { { { .cpu = -1 } } } };
	struct round round;

	ck_assert_ptr_nonnull(pair.channel);
	round_init(&round, "pipe");
	strcpy(round.series[0].metric, "transfer");
	round.series[0].p50 = windows[_i].p50;
	round.series_count = 1;
	channel_tell(&job, &pair, &timing, &edges, &round);
	ck_assert_double_eq_tol(figure_of(&round, "messages_per_s"), windows[_i].messages_per_s, 1e-3);
	ck_assert_double_eq_tol(figure_of(&round, "bytes_per_s"), windows[_i].bytes_per_s, 1e-3);
}
END_TEST

static Suite *rate_suite(void)
{
	Suite *suite = suite_create("channel_rate");
	TCase *tcase = tcase_create("pure");

	tcase_add_loop_test(tcase, rate_is_what_was_done_by_the_time_it_took, 0,
			    (int)COUNT_OF(windows));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(rate_suite());
}
