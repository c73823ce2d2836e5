/* SPDX-License-Identifier: MIT */
/*
 * check_background - many at once: pairs beside a pair (lib/channel/message/background.h), and many
 * senders of one channel (lib/channel/message/fan-in.h), asked of every channel in list.def
 * that may be used so, with processes and with threads.
 *
 * Each test runs in a process of its own, which adopts its orphans: who is left is
 * seen here.  What this machine or account lacks is noted and passed over.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/message/background.h"
#include "channel/message/fan-in.h"
#include "kernel/clock.h"
#include "kernel/name-guard.h"
#include "kernel/raw-syscall.h"
#include "kernel/user-namespace.h"
#include "../kit/choice.h"
#include "../kit/errno-word.h"
#include "../kit/process.h"

#define TIMEOUT_S 60
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE_MS 10000
#define LOST_MS 5000
#define MESSAGES 500
#define SHARE 8                    /* one case of so many in make check */
#define PEERS 2                    /* a process, a thread */
#define CHILDREN_MOST 64

enum { EXIT_LOST = 3, EXIT_REFUSED, EXIT_RETURNED };

static int channel_count(void)
{
	int count = 0;

	while (channels[count])
		count++;
	return count;
}

static bool has(const struct channel *channel, unsigned int trait)
{
	return channel->about.traits & trait;
}

/* What is left */

static int count_names(const char *path, const char *prefix)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0;

	while (directory && (entry = readdir(directory)))
		count += entry->d_name[0] != '.' &&
			 !strncmp(entry->d_name, prefix, strlen(prefix));
	if (directory)
		closedir(directory);
	return count;
}

static int count_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	int lines = 0, byte;

	while (file && (byte = getc(file)) != EOF)
		lines += byte == '\n';
	if (file)
		fclose(file);
	return lines;
}

static int count_ids(void)
{
	return count_lines("/proc/sysvipc/msg") + count_lines("/proc/sysvipc/sem") +
	       count_lines("/proc/sysvipc/shm");
}

/* The children of a process in the order of their making, but for guards. */
static int list_children(pid_t parent, pid_t children[CHILDREN_MOST])
{
	char path[64], name[32];
	int count = 0, pid;
	FILE *list;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	list = fopen(path, "re");
	while (list && count < CHILDREN_MOST && fscanf(list, "%d", &pid) == 1) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "re");
		if (file && fscanf(file, "%31s", name) == 1 && strcmp(name, GUARD_NAME))
			children[count++] = (pid_t)pid;
		if (file)
			fclose(file);
	}
	if (list)
		fclose(list);
	return count;
}

static pid_t last_child(pid_t parent)
{
	pid_t children[CHILDREN_MOST];
	int count = list_children(parent, children);

	ck_assert_int_gt(count, 0);
	return children[count - 1];
}

/* One channel, prepared as lib/channel/round/round.c does it */

struct trial {
	const struct channel *channel;
	struct channel_config config;
	struct name_guard guard;
	bool has_guard, has_namespace;
	int own;
};

/* Of this process, and of its IPC namespace if it has one: others cannot add to them. */
static int count_own(const struct trial *trial)
{
	return count_names("/proc/self/fd", "") + (trial->has_namespace ? count_ids() : 0);
}

static void trial_begin(struct trial *trial, const struct channel *channel, bool is_process,
			int pairs)
{
	const char *reason = "";

	memset(trial, 0, sizeof(*trial));
	trial->channel = channel;
	trial->config = (struct channel_config){
		.message_bytes = has(channel, CHANNEL_TOKEN) ? 0 : 100, .depth = 1,
		.is_process = is_process,
	};
	if (has(channel, CHANNEL_IPC)) {
		int error = ipc_namespace_enter();

		ck_assert_int_ne(error, -ESRCH);
		trial->has_namespace = !error;
	}
	trial->own = count_own(trial);
	if (!has(channel, CHANNEL_NAMED))
		return;
	trial->guard.key_count = CHANNEL_NAMES * pairs;
	ck_assert_int_eq(name_guard_begin(&trial->guard, &reason), 0);
	trial->has_guard = true;
	trial->config.directory = trial->guard.directory;
	trial->config.name = trial->guard.name;
	trial->config.key = trial->guard.key;
}

static void trial_end(struct trial *trial)
{
	if (trial->has_guard) {
		ck_assert_int_eq(count_names(trial->guard.directory, ""), 0);
		ck_assert_int_eq(count_names("/dev/shm", trial->guard.name + 1), 0);
		name_guard_end(&trial->guard);
	}
	assert_all_children_end();
	ck_assert_int_eq(count_own(trial), trial->own);
}

static bool is_there(const struct trial *trial, int error, const char *reason)
{
	if (!error)
		return true;
	ck_assert_msg(*reason, "%s: %s, and no reason", trial->channel->about.name,
		      errno_word(error));
	fprintf(stderr, "check_background: note: no %s here: %s\n", trial->channel->about.name, reason);
	return false;
}

/* Pairs beside a pair */

static const uint32_t drivers[] = { 1, 4 };
static const enum channel_duty duties[] = { CHANNEL_PONG, CHANNEL_DRAIN };

#define BACKGROUNDS ((int)(PEERS * COUNT_OF(drivers) * COUNT_OF(duties)))

/* More of those that spin than there may be CPUs say nothing. */
static bool may_background(const struct channel *channel, bool is_process)
{
	return !has(channel, CHANNEL_NULL | CHANNEL_SWITCH | CHANNEL_SPINS) &&
	       has(channel, is_process ? CHANNEL_PROCESS : CHANNEL_THREAD);
}

static struct channel_background crowd_of(const struct trial *trial, enum channel_duty duty,
					  uint32_t count)
{
	return (struct channel_background){
		.channel = trial->channel, .config = trial->config, .duty = duty,
		.cpu_a = -1, .cpu_b = -1, .count = count,
	};
}

static void expect_background(const struct channel_background *background, const char *what, int error,
			      const char *reason)
{
	ck_assert_msg(!error, "%s, %u drivers: %s: %s: %s", background->channel->about.name,
		      background->count, what, errno_word(error), reason);
}

static void assert_each_goes_on(const struct channel_background *background)
{
	for (uint32_t i = 0; i < background->count; i++) {
		uint64_t before = channel_background_messages(background, i);

		ck_assert_uint_gt(before, 0);
		for (int ms = 0; channel_background_messages(background, i) == before; ms++) {
			ck_assert_int_lt(ms, PATIENCE_MS);
			pause_ms(1);
		}
	}
}

START_TEST(pairs_pass_messages_and_agree)
{
	const struct channel *channel = channels[_i / BACKGROUNDS];
	bool is_process = _i % PEERS == 0;
	uint32_t count = drivers[_i / PEERS % (int)COUNT_OF(drivers)];
	enum channel_duty duty = duties[_i % BACKGROUNDS / PEERS / (int)COUNT_OF(drivers)];
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_background background;
	struct trial trial;

	if (!may_background(channel, is_process))
		return;
	trial_begin(&trial, channel, is_process, (int)count + 1);
	background = crowd_of(&trial, duty, count);
	if (is_there(&trial, channel_background_begin(&background, reason), reason)) {
		for (uint32_t i = 0; i < count; i++)
			ck_assert_uint_eq(channel_background_messages(&background, i), 0);
		expect_background(&background, "go", channel_background_go(&background, reason), reason);
		assert_each_goes_on(&background);
		expect_background(&background, "stop", channel_background_stop(&background, reason), reason);
		ck_assert_uint_eq(background.agreed, count);
	}
	channel_background_close(&background);
	trial_end(&trial);
}
END_TEST

static struct channel altered;

static int fail_soon(struct channel_end *end)
{
	(void)end;
	pause_ms(10);
	return -EIO;
}

static int refuse_to_enter(struct channel_end *end)
{
	return end->side ? -ENODEV : 0;
}

static int ping_never(struct channel_end *end, uint64_t n)
{
	(void)end, (void)n;
	while (pause())
		;
	return 0;
}

/* The answering side reads what was not sent. */
static int pong_wrongly(struct channel_end *end)
{
	int error = channel_pipe.pong(end);

	end->sum_received++;
	return error;
}

enum loss { DRIVER_KILLED, DRIVER_STOPPED, OTHER_KILLED, OTHER_STOPPED, OTHER_FAILS, DRIVER_HANGS,
	    LOSSES };

static const char *const loss_words[LOSSES] = {
	"killed", "stopped", "killed", "stopped", "failed", "headway",
};

static void strike_pair(enum loss loss)
{
	pid_t driver = last_child(getpid());

	if (loss == DRIVER_KILLED || loss == DRIVER_STOPPED)
		kill(driver, loss == DRIVER_KILLED ? SIGKILL : SIGSTOP);
	if (loss == OTHER_KILLED || loss == OTHER_STOPPED)
		kill(last_child(driver), loss == OTHER_KILLED ? SIGKILL : SIGSTOP);
}

/* By go() or by stop(), whichever comes first. */
static int lose_pair(struct channel_background *background, enum loss loss, char *ret_reason)
{
	int error;

	strike_pair(loss);
	error = channel_background_go(background, ret_reason);
	if (error)
		return error;
	pause_ms(20);
	return channel_background_stop(background, ret_reason);
}

static void alter_pair(struct trial *trial, enum loss loss)
{
	altered = *trial->channel;
	if (loss == OTHER_FAILS)
		altered.pong = fail_soon;
	if (loss == DRIVER_HANGS)
		altered.ping = ping_never;
	trial->channel = &altered;
}

START_TEST(a_pair_that_is_lost_is_told)
{
	const struct channel *channel = channels[_i / LOSSES];
	enum loss loss = (enum loss)(_i % LOSSES);
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_background background;
	struct trial trial;
	uint64_t begin;
	int error;

	/* It takes as long as the patience: of one kind is enough. */
	if (!may_background(channel, true) || (loss == DRIVER_HANGS && channel != &channel_pipe))
		return;
	trial_begin(&trial, channel, true, 4);
	alter_pair(&trial, loss);
	background = crowd_of(&trial, CHANNEL_PONG, 3);
	if (is_there(&trial, channel_background_begin(&background, reason), reason)) {
		begin = clock_raw_ns();
		error = lose_pair(&background, loss, reason);
		ck_assert_int_lt((int)((clock_raw_ns() - begin) / 1000000), LOST_MS);
		ck_assert_msg(error, "%s, %s: not told", channel->about.name, loss_words[loss]);
		ck_assert_msg(strstr(reason, loss_words[loss]), "%s, %s: %s", channel->about.name,
			      loss_words[loss], reason);
	}
	channel_background_close(&background);
	if (trial.has_guard)
		name_guard_end(&trial.guard);
	assert_all_children_end();
	ck_assert_int_eq(count_own(&trial), trial.own);
}
END_TEST

START_TEST(a_pair_that_cannot_begin_is_told)
{
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_background background;
	struct trial trial;

	trial_begin(&trial, &channel_pipe, _i == 0, 3);
	altered = channel_pipe;
	altered.enter = refuse_to_enter;
	trial.channel = &altered;
	background = crowd_of(&trial, CHANNEL_PONG, 2);
	ck_assert_int_eq(channel_background_begin(&background, reason), -ENODEV);
	channel_background_close(&background);
	trial_end(&trial);
}
END_TEST

START_TEST(a_sum_that_disagrees_is_seen)
{
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_background background;
	struct trial trial;

	trial_begin(&trial, &channel_pipe, _i == 0, 3);
	altered = channel_pipe;
	altered.pong = pong_wrongly;
	trial.channel = &altered;
	background = crowd_of(&trial, CHANNEL_PONG, 2);
	expect_background(&background, "begin", channel_background_begin(&background, reason), reason);
	expect_background(&background, "go", channel_background_go(&background, reason), reason);
	expect_background(&background, "stop", channel_background_stop(&background, reason), reason);
	ck_assert_uint_eq(background.agreed, 0);
	channel_background_close(&background);
	trial_end(&trial);
}
END_TEST

static void limit_processes(void)
{
	struct rlimit none = { 0, 0 };

	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &none), 0);
}

/* Whoever has CAP_SYS_RESOURCE is not limited. */
START_TEST(no_process_for_a_pair_names_the_limit)
{
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_background background;
	struct trial trial;

	/* A sanitizer wants a task of its own at the end. */
	if (IS_SANITIZED || !become_nobody())
		return;
	trial_begin(&trial, &channel_pipe, true, 3);
	limit_processes();
	background = crowd_of(&trial, CHANNEL_PONG, 2);
	ck_assert_int_eq(channel_background_begin(&background, reason), -EAGAIN);
	ck_assert_msg(strstr(reason, "RLIMIT_NPROC"), "%s", reason);
	channel_background_close(&background);
	trial_end(&trial);
}
END_TEST

/* Many senders of one channel */

static const uint32_t sender_counts[] = { 2, 7 };
static const size_t sizes[] = { 1, 100, 4096 };

#define FAN_INS ((int)(PEERS * COUNT_OF(sender_counts) * COUNT_OF(sizes)))

static void lost_unexpectedly(const char *reason, int error)
{
	dprintf(2, "check_background: lost: %s: %s\n", reason, errno_word(error));
	_exit(EXIT_FAILURE);
}

static struct channel_fan_in fan_in_of(const struct trial *trial, uint32_t senders)
{
	struct channel_fan_in fan_in = {
		.channel = trial->channel, .config = trial->config, .cpu_a = -1, .cpu_b = -1,
		.lost = lost_unexpectedly,
	};

	fan_in.config.senders = senders;
	return fan_in;
}

/* Each is one sender's pattern from end to end: parts of two would add up as well. */
static void assert_whole(const unsigned char *message, size_t bytes)
{
	size_t i = sizeof(uint64_t);

	/* Each assertion is a call of the kernel's. */
	while (i < bytes && message[i] == message[i - sizeof(uint64_t)])
		i++;
	ck_assert_msg(i >= bytes, "%zu bytes: torn at %zu", bytes, i);
}

static void receive_some(struct channel_fan_in *fan_in)
{
	size_t bytes = fan_in->config.message_bytes;

	for (int i = 0; i < MESSAGES; i++) {
		ck_assert_int_eq(fan_in->channel->receive(fan_in->end, bytes), 0);
		assert_whole(fan_in->end->in, bytes);
		channel_read_message(fan_in->end, bytes);
	}
}

static void assert_nothing_lost(const struct channel_fan_in *fan_in)
{
	uint64_t sent = 0, sum = 0;

	for (uint32_t i = 0; i < fan_in->config.senders; i++) {
		ck_assert_uint_gt(fan_in->senders[i].end.sent, 0);
		sent += fan_in->senders[i].end.sent;
		sum += fan_in->senders[i].end.sum_sent;
	}
	ck_assert_uint_gt(sent, MESSAGES);
	ck_assert_uint_eq(sent, fan_in->end->received);
	ck_assert_uint_eq(sum, fan_in->end->sum_received);
}

START_TEST(all_that_many_send_is_received_whole)
{
	const struct channel *channel = channels[_i / FAN_INS];
	bool is_process = _i % PEERS == 0;
	uint32_t senders = sender_counts[_i / PEERS % (int)COUNT_OF(sender_counts)];
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_fan_in fan_in;
	struct trial trial;

	if (!has(channel, CHANNEL_MANY_SENDERS))
		return;
	trial_begin(&trial, channel, is_process, 1);
	trial.config.message_bytes = sizes[_i % FAN_INS / PEERS / (int)COUNT_OF(sender_counts)];
	trial.config.depth = 4;
	fan_in = fan_in_of(&trial, senders);
	if (is_there(&trial, channel_fan_in_open(&fan_in, reason), reason)) {
		receive_some(&fan_in);
		ck_assert_int_eq(channel_fan_in_stop(&fan_in), 0);
		assert_nothing_lost(&fan_in);
	}
	channel_fan_in_close(&fan_in);
	trial_end(&trial);
}
END_TEST

/* Stopped before anything was received: all that waits in it is to come out. */
START_TEST(a_full_channel_is_emptied_by_stop)
{
	const struct channel *channel = channels[_i / PEERS];
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_fan_in fan_in;
	struct trial trial;

	if (!has(channel, CHANNEL_MANY_SENDERS))
		return;
	for (int i = 0; i < 10; i++) {
		trial_begin(&trial, channel, _i % PEERS == 0, 1);
		fan_in = fan_in_of(&trial, 3);
		if (is_there(&trial, channel_fan_in_open(&fan_in, reason), reason)) {
			pause_ms(i % 3);
			ck_assert_int_eq(channel_fan_in_stop(&fan_in), 0);
			for (uint32_t k = 0; k < 3; k++)
				ck_assert_uint_eq(fan_in.senders[k].final, fan_in.senders[k].end.sent);
		}
		channel_fan_in_close(&fan_in);
		trial_end(&trial);
	}
}
END_TEST

/* A token counts for ever, a stream may be torn, a datagram of UDP is dropped. */
START_TEST(only_what_waits_and_keeps_messages_whole_may_be_shared)
{
	const struct channel *channel = channels[_i];

	if (!has(channel, CHANNEL_MANY_SENDERS))
		return;
	ck_assert(!has(channel, CHANNEL_TOKEN | CHANNEL_SPINS | CHANNEL_NULL | CHANNEL_SWITCH));
	ck_assert_str_ne(channel->about.name, "udp");
	ck_assert_ptr_null(strstr(channel->about.name, "stream"));
}
END_TEST

START_TEST(a_pipe_of_many_names_its_limit)
{
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_fan_in fan_in;
	struct trial trial;

	trial_begin(&trial, _i ? &channel_fifo : &channel_pipe, true, 1);
	trial.config.message_bytes = 4097;
	fan_in = fan_in_of(&trial, 2);
	ck_assert_int_eq(channel_fan_in_open(&fan_in, reason), -EMSGSIZE);
	ck_assert_msg(strstr(reason, "4096"), "%s", reason);
	channel_fan_in_close(&fan_in);
	trial_end(&trial);
}
END_TEST

START_TEST(no_process_for_a_sender_names_the_limit)
{
	char reason[CHANNEL_REASON_BYTES] = "";
	struct channel_fan_in fan_in;
	struct trial trial;

	if (IS_SANITIZED || !become_nobody())
		return;
	trial_begin(&trial, &channel_pipe, _i == 0, 1);
	limit_processes();
	fan_in = fan_in_of(&trial, 2);
	ck_assert_int_eq(channel_fan_in_open(&fan_in, reason), -EAGAIN);
	ck_assert_msg(strstr(reason, "RLIMIT_NPROC"), "%s", reason);
	channel_fan_in_close(&fan_in);
	trial_end(&trial);
}
END_TEST

/* What a tester tells; shared with the test. */
static struct note {
	uint32_t is_open;
	int error;
	char reason[CHANNEL_REASON_BYTES];
} *note;

static void make_note(void)
{
	note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(note != MAP_FAILED);
}

static void tell_lost(const char *reason, int error)
{
	strncpy(note->reason, reason, sizeof(note->reason) - 1);
	note->error = error;
	_exit(EXIT_LOST);
}

__attribute__((noreturn))
static void receive_for_ever(struct trial *trial)
{
	struct channel_fan_in fan_in = fan_in_of(trial, 3);

	fan_in.lost = tell_lost;
	note->error = channel_fan_in_open(&fan_in, note->reason);
	if (!note->error) {
		__atomic_store_n(&note->is_open, 1, __ATOMIC_RELEASE);
		note->error = fan_in.channel->take(fan_in.end, UINT64_MAX);
	}
	channel_fan_in_close(&fan_in);
	_exit(EXIT_RETURNED);
}

__attribute__((noreturn))
static void drive_for_ever(struct trial *trial)
{
	struct channel_background background = crowd_of(trial, CHANNEL_PONG, 3);

	note->error = channel_background_begin(&background, note->reason);
	if (!note->error)
		note->error = channel_background_go(&background, note->reason);
	__atomic_store_n(&note->is_open, !note->error, __ATOMIC_RELEASE);
	while (!note->error && pause())
		;
	_exit(EXIT_RETURNED);
}

/* False: it could not, and has said why. */
static bool start_tester(struct trial *trial, void (*run)(struct trial *trial), pid_t *ret)
{
	make_note();
	*ret = fork();
	ck_assert_int_ge(*ret, 0);
	if (*ret == 0)
		run(trial);
	for (int ms = 0; !__atomic_load_n(&note->is_open, __ATOMIC_ACQUIRE); ms++) {
		pid_t pid = *ret;
		int status = status_within(&pid, 0);

		ck_assert_int_lt(ms, PATIENCE_MS);
		if (status == EXIT_RETURNED)
			return is_there(trial, note->error, note->reason);
		ck_assert_msg(status == -1 || status == EXIT_LOST, "status %d", status);
		if (status == EXIT_LOST)
			return true;
		pause_ms(1);
	}
	return true;
}

static const struct { int signal; const char *word; } blows[] = {
	{ SIGKILL, "killed" }, { SIGSTOP, "stopped" },
};

START_TEST(a_sender_that_is_lost_is_told)
{
	const struct channel *channel = channels[_i / (int)COUNT_OF(blows)];
	int blow = _i % (int)COUNT_OF(blows), status;
	struct trial trial;
	pid_t pid;

	if (!has(channel, CHANNEL_MANY_SENDERS))
		return;
	trial_begin(&trial, channel, true, 1);
	if (start_tester(&trial, receive_for_ever, &pid)) {
		pause_ms(5);
		ck_assert_int_eq(kill(last_child(pid), blows[blow].signal), 0);
		status = status_within(&pid, LOST_MS);
		if (status == -1)
			kill(pid, SIGKILL);
		ck_assert_msg(status == EXIT_LOST, "%s, %s: status %d, error %d",
			      channel->about.name, blows[blow].word, status, note->error);
		ck_assert_msg(strstr(note->reason, blows[blow].word), "%s", note->reason);
	}
	if (trial.has_guard)
		name_guard_end(&trial.guard);
	assert_all_children_end();
	ck_assert_int_eq(count_own(&trial), trial.own);
}
END_TEST

START_TEST(a_sender_that_fails_is_told)
{
	struct trial trial;
	int status = EXIT_LOST;
	pid_t pid;

	trial_begin(&trial, &channel_pipe, _i == 0, 1);
	altered = channel_pipe;
	altered.feed = fail_soon;
	trial.channel = &altered;
	make_note();
	pid = fork();
	if (pid == 0)
		receive_for_ever(&trial);
	status = status_within(&pid, LOST_MS);
	ck_assert_msg(status == EXIT_LOST, "status %d", status);
	ck_assert_int_eq(note->error, -EIO);
	ck_assert_str_eq(note->reason, "a sender failed");
	trial_end(&trial);
}
END_TEST

/* With its names in a guard that outlives it, as a worker. */
static void outlive(const struct channel *channel, bool is_process, void (*run)(struct trial *))
{
	struct trial trial;
	pid_t pid;

	trial_begin(&trial, channel, is_process, 4);
	if (start_tester(&trial, run, &pid)) {
		pause_ms(3);
		kill(pid, SIGKILL);
		ck_assert_int_eq(status_within(&pid, PATIENCE_MS), 128 + SIGKILL);
	}
	if (trial.has_guard)
		name_guard_end(&trial.guard);
	assert_all_children_end();
	ck_assert_int_eq(count_own(&trial), trial.own);
}

START_TEST(nobody_outlives_a_killed_owner)
{
	const struct channel *channel = channels[_i / PEERS];
	bool is_process = _i % PEERS == 0;

	if (may_background(channel, is_process))
		outlive(channel, is_process, drive_for_ever);
	if (has(channel, CHANNEL_MANY_SENDERS))
		outlive(channel, is_process, receive_for_ever);
}
END_TEST

static const char *name_of(int row)
{
	return channels[row]->about.name;
}

static struct choice choice = { .name_of = name_of };

static void add_contract(void)
{
	choice_add(&choice, pairs_pass_messages_and_agree, BACKGROUNDS, SHARE);
	choice_add(&choice, a_pair_that_is_lost_is_told, LOSSES, SHARE);
	choice_add(&choice, all_that_many_send_is_received_whole, FAN_INS, SHARE);
	choice_add(&choice, a_full_channel_is_emptied_by_stop, PEERS, SHARE);
	choice_add(&choice, only_what_waits_and_keeps_messages_whole_may_be_shared, 1, SHARE_ALL);
	choice_add(&choice, a_sender_that_is_lost_is_told, (int)COUNT_OF(blows), SHARE);
	choice_add(&choice, nobody_outlives_a_killed_owner, PEERS, SHARE);
}

static TCase *add_limits(Suite *suite, const char *name, void (*setup)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_test(tcase, no_process_for_a_pair_names_the_limit);
	tcase_add_loop_test(tcase, no_process_for_a_sender_names_the_limit, 0, PEERS);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static void add_general(Suite *suite)
{
	TCase *tcase = add_limits(suite, "general", begin_test);

	tcase_add_loop_test(tcase, a_pair_that_cannot_begin_is_told, 0, PEERS);
	tcase_add_loop_test(tcase, a_sum_that_disagrees_is_seen, 0, PEERS);
	tcase_add_loop_test(tcase, a_pipe_of_many_names_its_limit, 0, 2);
	tcase_add_loop_test(tcase, a_sender_that_fails_is_told, 0, PEERS);
}

int main(void)
{
	Suite *suite = suite_create("background");

	choice.rows = channel_count();
	add_general(suite);
	choice_begin(&choice, suite, "background", begin_test, TIMEOUT_S);
	add_contract();
	if (!geteuid()) {
		add_limits(suite, "general, as nobody", begin_test_as_nobody);
		choice_begin(&choice, suite, "background, as nobody,", begin_test_as_nobody, TIMEOUT_S);
		choice_add(&choice, pairs_pass_messages_and_agree, BACKGROUNDS, SHARE);
	}
	return choice_run(&choice, suite);
}
