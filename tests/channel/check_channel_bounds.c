/* SPDX-License-Identifier: MIT */
/*
 * Messages of another length than was asked for, and a side that is no more: what
 * channels that can tell make of them.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/mechanism/list.h"
#include "channel/pair/pair.h"
#include "kernel/name-guard.h"
#include "kernel/pages.h"
#include "kernel/user-namespace.h"
#include "../kit/suite.h"

#define MESSAGE_BYTES 64
#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

struct trial {
	const struct channel *channel;
	struct channel_config config;
	struct name_guard guard;
	bool has_guard;
	void *state;
	struct channel_end *ends;      /* both */
	uint32_t stop;
};

static bool has(const struct channel *channel, unsigned int traits)
{
	return channel->about.traits & traits;
}

static void take_names(struct trial *trial)
{
	const char *reason = "";

	if (has(trial->channel, CHANNEL_IPC))
		ck_assert_int_ne(ipc_namespace_enter(), -ESRCH);
	if (!has(trial->channel, CHANNEL_NAMED))
		return;
	ck_assert_int_eq(name_guard_begin(&trial->guard, &reason), 0);
	trial->has_guard = true;
	trial->config.directory = trial->guard.directory;
	trial->config.name = trial->guard.name;
	trial->config.key = trial->guard.key;
}

/* false: this machine has it not, which other tests judge. */
static bool trial_begin(struct trial *trial, const struct channel *channel, bool is_process)
{
	char reason[CHANNEL_REASON_BYTES] = "";

	memset(trial, 0, sizeof(*trial));
	trial->channel = channel;
	trial->config = (struct channel_config){ .message_bytes = MESSAGE_BYTES, .depth = 2,
						 .is_process = is_process };
	take_names(trial);
	trial->state = pages_take(channel->state_bytes + 1);
	trial->ends = pages_take(2 * sizeof(*trial->ends));
	ck_assert(trial->state && trial->ends);
	for (int side = 0; side < 2; side++)
		ck_assert_int_eq(channel_end_init(&trial->ends[side], &trial->config, trial->state,
						  side, &trial->stop), 0);
	return !channel->open(trial->state, &trial->config, reason);
}

static void trial_end(struct trial *trial)
{
	trial->channel->close(trial->state);
	if (trial->has_guard)
		name_guard_end(&trial->guard);
}

static void enter_both(const struct trial *trial)
{
	for (int side = 0; side < 2; side++)
		ck_assert_int_eq(trial->channel->enter(&trial->ends[side]), 0);
}

static void leave_both(const struct trial *trial)
{
	for (int side = 0; side < 2; side++)
		trial->channel->leave(&trial->ends[side]);
}

/* Whose messages have bounds; a stream's have none, and those in shared memory are as
 * long as both sides say. */
static const char *const bounded[] = {
	"pipe-packet", "unix-dgram", "unix-seqpacket", "udp", "sysv-msg", "posix-mq", "manager",
};

static const char *const streams[] = {
	"pipe", "fifo", "unix-stream", "unix-named", "unix-abstract", "tcp", "tcp6", "splice",
};

static bool begin_by_name(struct trial *trial, const char *name, bool is_process)
{
	const struct channel *channel = channel_find(name);

	ck_assert_msg(channel != NULL, "%s", name);
	return trial_begin(trial, channel, is_process);
}

static int send_and_receive(const struct trial *trial, size_t sent, size_t wanted)
{
	ck_assert_int_eq(trial->channel->send(&trial->ends[0], sent), 0);
	return trial->channel->receive(&trial->ends[1], wanted);
}

START_TEST(a_message_of_another_length_is_seen)
{
	struct trial trial;

	if (!begin_by_name(&trial, bounded[_i / 2], false))
		return;
	enter_both(&trial);
	ck_assert_msg(send_and_receive(&trial, _i % 2 ? 8 : 4, _i % 2 ? 4 : 8) == -EBADMSG, "%s",
		      bounded[_i / 2]);
	leave_both(&trial);
	trial_end(&trial);
}
END_TEST

START_TEST(nothing_of_a_stream_is_lost)
{
	struct trial trial;

	if (!begin_by_name(&trial, streams[_i], false))
		return;
	enter_both(&trial);
	memcpy(trial.ends[0].out, "abcdefgh", 8);
	ck_assert_int_eq(send_and_receive(&trial, 8, 3), 0);
	ck_assert_mem_eq(trial.ends[1].in, "abc", 3);
	ck_assert_int_eq(trial.channel->receive(&trial.ends[1], 5), 0);
	ck_assert_mem_eq(trial.ends[1].in, "defgh", 5);
	leave_both(&trial);
	trial_end(&trial);
}
END_TEST

/* Those whose descriptor knows of it. */
static const char *const connected[] = {
	"pipe", "pipe-packet", "fifo", "unix-stream", "unix-seqpacket", "unix-named",
	"unix-abstract", "tcp", "tcp6", "splice", "uring-socket", "manager",
};

START_TEST(an_end_that_is_no_more_is_a_broken_pipe)
{
	struct trial trial;
	pid_t other;

	if (!begin_by_name(&trial, connected[_i], true))
		return;
	other = fork();
	ck_assert_int_ge(other, 0);
	if (other == 0)
		_exit(trial.channel->enter(&trial.ends[1]) != 0);
	ck_assert_int_eq(trial.channel->enter(&trial.ends[0]), 0);
	ck_assert_int_eq(waitpid(other, NULL, 0), other);
	ck_assert_int_eq(trial.channel->receive(&trial.ends[0], 8), -EPIPE);
	trial.channel->leave(&trial.ends[0]);
	trial_end(&trial);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("channel_bounds");
	TCase *tcase = tcase_create("contract");

	tcase_add_loop_test(tcase, a_message_of_another_length_is_seen, 0,
			    2 * (int)COUNT_OF(bounded));
	tcase_add_loop_test(tcase, nothing_of_a_stream_is_lost, 0, (int)COUNT_OF(streams));
	tcase_add_loop_test(tcase, an_end_that_is_no_more_is_a_broken_pipe, 0,
			    (int)COUNT_OF(connected));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
