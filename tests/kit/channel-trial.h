/* SPDX-License-Identifier: MIT */
/*
 * channel-trial - one channel with one kind of other side, as tests of channels need it.
 *
 * trial_begin() makes what the channel wants before it is opened: names, a namespace;
 * trial_open() opens a pair of it, or notes why there is none here: then false.
 * trial_end() gives the names back; nobody may be left.
 */
#ifndef HANDOFF_TESTS_CHANNEL_TRIAL_H
#define HANDOFF_TESTS_CHANNEL_TRIAL_H

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/pair/pair.h"
#include "kernel/name-guard.h"
#include "kernel/user-namespace.h"
#include "errno-word.h"
#include "process.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PEERS 2                    /* a process, a thread */

static inline int channel_count(void)
{
	int count = 0;

	while (channels[count])
		count++;
	return count;
}

static inline bool has(const struct channel *channel, unsigned int traits)
{
	return (channel->about.traits & traits) == traits;
}

struct trial {
	const struct channel *channel;
	struct channel_config config;
	enum channel_duty duty;
	enum channel_wait wait;
	void (*lost)(const char *reason, int error);
	struct channel_pair pair;
	struct name_guard guard;
	bool has_guard;
	char reason[CHANNEL_REASON_BYTES];
};

static inline void lost_unexpectedly(const char *reason, int error)
{
	dprintf(2, "lost: %s: %s\n", reason, errno_word(error));
	_exit(EXIT_FAILURE);
}

static inline size_t message_bytes(const struct channel *channel, size_t size)
{
	return has(channel, CHANNEL_TOKEN) ? 0 : size;
}

/* Case i: of channel i / PEERS.  False: the channel is not for such an other side. */
static inline bool trial_init(struct trial *trial, int i)
{
	bool is_process = i % PEERS == 0;

	memset(trial, 0, sizeof(*trial));
	trial->channel = channels[i / PEERS];
	trial->config = (struct channel_config){
		.message_bytes = message_bytes(trial->channel, 100),
		.depth = 1,
		.is_process = is_process,
	};
	trial->lost = lost_unexpectedly;
	return has(trial->channel, is_process ? CHANNEL_PROCESS : CHANNEL_THREAD);
}

/* Refused it is done without. */
static inline void enter_namespace(const struct trial *trial)
{
	if (has(trial->channel, CHANNEL_IPC))
		ck_assert_msg(ipc_namespace_enter() != -ESRCH, "ipc_namespace_enter: the parent ended");
}

static inline int take_names(struct trial *trial)
{
	const char *reason = "";
	int error;

	if (!has(trial->channel, CHANNEL_NAMED))
		return 0;
	error = name_guard_begin(&trial->guard, &reason);
	trial->has_guard = !error;
	trial->config.directory = trial->guard.directory;
	trial->config.name = trial->guard.name;
	trial->config.key = trial->guard.key;
	return error;
}

static inline bool trial_begin(struct trial *trial, int i)
{
	if (!trial_init(trial, i))
		return false;
	enter_namespace(trial);
	ck_assert_error(take_names(trial), 0);
	return true;
}

static inline void assert_no_queue(const char *name)
{
	for (int digit = 0; digit < CHANNEL_NAMES && *name; digit++) {
		char full[64];

		snprintf(full, sizeof(full), "%s%d", name, digit);
		ck_assert_msg(mq_open(full, O_RDONLY) == (mqd_t)-1, "queue %s is left", full);
	}
}

static inline void trial_end(struct trial *trial)
{
	if (trial->has_guard)
		name_guard_end(&trial->guard);
	trial->has_guard = false;
	assert_all_children_end();
	assert_no_queue(trial->guard.name);
}

/* The pair is for one life only. */
static inline int trial_try_open(struct trial *trial)
{
	trial->pair = (struct channel_pair){
		.channel = trial->channel, .config = trial->config, .duty = trial->duty,
		.wait = trial->wait, .cpu_a = -1, .cpu_b = -1, .lost = trial->lost,
	};
	memset(trial->reason, 0, sizeof(trial->reason));
	return channel_pair_open(&trial->pair, trial->reason);
}

static inline void expect(const struct trial *trial, const char *what, int error)
{
	ck_assert_msg(!error, "%s, wait %d, %zu bytes, depth %u: %s: %s",
		      trial->channel->about.name, trial->wait, trial->config.message_bytes,
		      trial->config.depth, what, errno_word(error));
}

static inline bool has_digit(const char *text)
{
	return strpbrk(text, "0123456789") != NULL;
}

/* One sentence or less, for a human; of a limit that it names it is sure. */
static inline void assert_refusal(const struct trial *trial, int error, const char *reason)
{
	const char *name = trial->channel->about.name;
	size_t length = strnlen(reason, CHANNEL_REASON_BYTES);

	ck_assert_msg(error < 0 && error > -4096, "%s: error %d", name, error);
	ck_assert_msg(error != -EBADF && error != -EFAULT && error != -ECHILD && error != -EEXIST &&
		      error != -ESRCH, "%s: %s", name, errno_word(error));
	ck_assert_msg(length < CHANNEL_REASON_BYTES, "%s: the reason has no end", name);
	for (size_t i = 0; i < length; i++)
		ck_assert_msg(isprint((unsigned char)reason[i]), "%s: %s", name, reason);
	ck_assert_msg(!length || reason[length - 1] != '.', "%s: %s", name, reason);
	ck_assert_msg(error != -EMSGSIZE || has_digit(reason), "%s: too long, but for what: %s",
		      name, reason);
}

/* What this machine lacks is told, never just an error. */
static inline bool is_there(const struct trial *trial, int error, const char *reason)
{
	if (!error)
		return true;
	assert_refusal(trial, error, reason);
	ck_assert_msg(*reason, "%s: %s, and no reason", trial->channel->about.name,
		      errno_word(error));
	fprintf(stderr, "note: no %s of %zu bytes, depth %u here: %s: %s\n",
		trial->channel->about.name, trial->config.message_bytes, trial->config.depth,
		errno_word(error), reason);
	return false;
}

static inline bool trial_open(struct trial *trial)
{
	int error = trial_try_open(trial);

	if (error)
		channel_pair_close(&trial->pair);
	return is_there(trial, error, trial->reason);
}

static inline void expect_equal(const struct trial *trial, const char *what, uint64_t a, uint64_t b)
{
	ck_assert_msg(a == b, "%s, %zu bytes, depth %u: %s: %#jx is not %#jx",
		      trial->channel->about.name, trial->config.message_bytes,
		      trial->config.depth, what, (uintmax_t)a, (uintmax_t)b);
}

static inline const char *differ(const char *what, uint64_t a, uint64_t b)
{
	static char text[96];

	if (a == b)
		return NULL;
	snprintf(text, sizeof(text), "%s: %#jx is not %#jx", what, (uintmax_t)a, (uintmax_t)b);
	return text;
}

/* What each side counted of the other's messages: there is one more there, the last. */
static inline const char *other_side_differs(const struct trial *trial, uint64_t there, uint64_t back)
{
	const struct channel_end *end = trial->pair.end;
	const struct channel_lane *lane = trial->pair.lane;
	const struct { const char *what; uint64_t a, b; } pairs[] = {
		{ "sent here", end->sent, there + 1 },
		{ "received there", lane->received, there + 1 },
		{ "sent there", lane->sent, back },
		{ "no sum here", !end->sum_sent, has(trial->channel, CHANNEL_TOKEN) },
		{ "sum there", lane->sum_received, end->sum_sent },
		{ "sum back", end->sum_received, lane->sum_sent },
	};
	const char *wrong = NULL;

	for (size_t i = 0; i < COUNT_OF(pairs) && !wrong; i++)
		wrong = differ(pairs[i].what, pairs[i].a, pairs[i].b);
	return wrong;
}

/* Between stop() and close(): NULL, or which count or sum is wrong. */
static inline const char *counts_differ(const struct trial *trial, uint64_t there, uint64_t back)
{
	const struct channel_end *end = trial->pair.end;
	const char *wrong;

	/* Nothing is passed, and nothing counted. */
	if (has(trial->channel, CHANNEL_OWN_CPU))
		return NULL;
	wrong = differ("received here", end->received, back);
	if (wrong || !has(trial->channel, CHANNEL_NULL))
		return wrong ? wrong : other_side_differs(trial, there, back);
	wrong = differ("sent here", end->sent, there);
	return wrong ? wrong : differ("own sums", end->sum_sent, end->sum_received);
}

static inline void assert_counts(const struct trial *trial, uint64_t there, uint64_t back)
{
	const char *wrong = counts_differ(trial, there, back);

	ck_assert_msg(!wrong, "%s, %zu bytes, depth %u: %s", trial->channel->about.name,
		      trial->config.message_bytes, trial->config.depth, wrong);
}

/* 0 or the first error; closed in any case. */
static inline int run_cycle(struct trial *trial, uint64_t pings)
{
	int error = trial_try_open(trial);

	if (!error)
		error = trial->channel->ping(trial->pair.end, pings);
	if (!error)
		error = channel_pair_stop(&trial->pair);
	channel_pair_close(&trial->pair);
	return error;
}

#endif
