/* SPDX-License-Identifier: MIT */
/*
 * Contexts of one thread, switched by our own assembly and by libc: alone, without
 * processes around them, so that it also runs where another machine is emulated.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel/mechanism/list.h"
#include "channel/pair/pair.h"
#include "kernel/pages.h"
#include "../kit/suite.h"

#define TURNS 1000
#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

static const char *const contexts[] = { "user-switch", "ucontext" };

/* NULL: this machine or libc has none, and says so. */
static const struct channel *begin(const char *name, struct channel_end *end)
{
	const struct channel *channel = channel_find(name);
	struct channel_config config = { .message_bytes = 8, .depth = 1 };
	char reason[CHANNEL_REASON_BYTES] = "";
	int error;

	ck_assert_ptr_nonnull(channel);
	memset(end, 0, sizeof(*end));
	end->state = pages_take(channel->state_bytes);
	ck_assert_ptr_nonnull(end->state);
	error = channel->open(end->state, &config, reason);
	if (!error)
		return channel;
	ck_assert_int_eq(error, -ENOSYS);
	ck_assert_str_ne(reason, "");
	return NULL;
}

/* ping() counts the other context's turns itself. */
START_TEST(every_switch_comes_back)
{
	struct channel_end end;
	const struct channel *channel = begin(contexts[_i], &end);

	if (!channel)
		return;
	ck_assert_int_eq(channel->ping(&end, 1), 0);
	ck_assert_int_eq(channel->ping(&end, TURNS), 0);
	ck_assert_int_eq(channel->ping(&end, 0), 0);
	channel->close(end.state);
}
END_TEST

/* More of both kinds than a call may clobber: some live in registers meanwhile. */
START_TEST(what_is_held_is_held)
{
	struct channel_end end;
	const struct channel *channel = begin(contexts[_i], &end);
	double real[10], sum = 0;
	long whole[10], total = 0;

	if (!channel)
		return;
	for (int i = 0; i < 10; i++) {
		real[i] = i + 0.5;
		whole[i] = i + 7;
	}
	for (int turn = 0; turn < TURNS; turn++) {
		ck_assert_int_eq(channel->ping(&end, 1), 0);
		for (int i = 0; i < 10; i++) {
			sum += real[i];
			total += whole[i];
		}
	}
	ck_assert_double_eq(sum, TURNS * 50.0);
	ck_assert_int_eq(total, TURNS * 115L);
	channel->close(end.state);
}
END_TEST

static Suite *contexts_suite(void)
{
	Suite *suite = suite_create("contexts");
	TCase *tcase = tcase_create("switch");

	tcase_add_loop_test(tcase, every_switch_comes_back, 0, (int)COUNT_OF(contexts));
	tcase_add_loop_test(tcase, what_is_held_is_held, 0, (int)COUNT_OF(contexts));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(contexts_suite());
}
