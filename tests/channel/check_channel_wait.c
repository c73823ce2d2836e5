/* SPDX-License-Identifier: MIT */
/*
 * check_channel_wait - what lib/channel/pair/wait.h and CHANNEL_POLLED promise, asked of
 * every channel that has the trait, with each way of waiting, with a process and
 * with a thread as the other side.  What this machine lacks is noted and passed over.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/pair/pair.h"
#include "channel/pair/set-up.h"
#include "kernel/name-guard.h"
#include "kernel/user-namespace.h"
#include "../kit/channel-trial.h"
#include "../kit/choice.h"

#define PINGS 40
#define POURED 32
#define TWINS 10
#define LOST_MS 5000
#define TIMEOUT_S 60
#define SHARE 12                   /* one case of so many in make check */
#define CASES ((int)CHANNEL_WAITS * PEERS)

enum { EXIT_LOST = 3, EXIT_REFUSED, EXIT_RETURNED };

static const size_t sizes[] = { 1, 100, 4096, 65536, 300000 };

static void set_size(struct trial *trial, size_t size, uint32_t depth)
{
	trial->config.message_bytes = has(trial->channel, CHANNEL_TOKEN) ? 0 : size;
	trial->config.depth = depth;
}

/* One channel that is waited for in one way.  False: there is nothing to be asked of it. */
static bool wait_begin(struct trial *trial, int i)
{
	int peer = i % PEERS;

	if (!trial_init(trial, i / CASES * PEERS + peer) || !has(trial->channel, CHANNEL_POLLED))
		return false;
	trial->wait = (enum channel_wait)(i % CASES / PEERS);
	set_size(trial, 100, 1);
	enter_namespace(trial);
	ck_assert_error(take_names(trial), 0);
	return true;
}

/* Each message was waited for once, or the call that found none was made again. */
static void assert_waits(const struct trial *trial)
{
	const struct channel_end *end = trial->pair.end;
	const struct channel_lane *lane = trial->pair.lane;

	if (trial->wait == CHANNEL_WAIT_SPIN) {
		ck_assert_uint_ge(end->waits + lane->waits, 1);
		return;
	}
	if (trial->wait == CHANNEL_WAIT_BLOCK) {
		expect_equal(trial, "waits", end->waits + lane->waits, 0);
		return;
	}
	expect_equal(trial, "waits here", end->waits, end->received);
	expect_equal(trial, "waits there", lane->waits, lane->received);
}

static void assert_counts_and_waits(const struct trial *trial, uint64_t there, uint64_t back)
{
	assert_counts(trial, there, back);
	assert_waits(trial);
}

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static size_t size_count(const struct trial *trial)
{
	return has(trial->channel, CHANNEL_TOKEN) ? 1 : COUNT_OF(sizes);
}

/* What a channel says of itself */

START_TEST(waits_have_words)
{
	ck_assert_int_eq(channel_wait_find("block"), CHANNEL_WAIT_BLOCK);
	ck_assert_int_eq(channel_wait_find("spin"), CHANNEL_WAIT_SPIN);
	ck_assert_int_eq(channel_wait_find("poll"), CHANNEL_WAIT_POLL);
	ck_assert_int_eq(channel_wait_find("epoll"), CHANNEL_WAIT_EPOLL);
	ck_assert_int_eq(channel_wait_find("uring"), CHANNEL_WAIT_URING);
	ck_assert_int_eq(channel_wait_find(""), CHANNEL_WAITS);
	ck_assert_int_eq(channel_wait_find("pol"), CHANNEL_WAITS);
}
END_TEST

START_TEST(no_wait_is_refused)
{
	struct channel_end end = { .fd_in = -1 };

	ck_assert_error(channel_wait_begin(&end, CHANNEL_WAITS), -EINVAL);
	ck_assert_error(channel_wait_begin(&end, CHANNEL_WAIT_SPIN), -EBADF);
	ck_assert_error(channel_wait_begin(&end, CHANNEL_WAIT_EPOLL), -EBADF);
	ck_assert(!end.await && !end.waiter && !end.is_spinning);
	channel_wait_end(&end);
}
END_TEST

START_TEST(what_is_polled_has_another_side)
{
	const struct channel *channel = channels[_i];

	if (has(channel, CHANNEL_POLLED))
		ck_assert_uint_eq(channel->about.traits & (CHANNEL_NULL | CHANNEL_SPINS |
							   CHANNEL_SWITCH), 0);
}
END_TEST

/* Messages arrive */

START_TEST(round_trips_of_each_size)
{
	int before;
	struct trial trial;

	if (!wait_begin(&trial, _i))
		return;
	before = count_descriptors();
	for (size_t n = 0; n < size_count(&trial); n++) {
		set_size(&trial, sizes[n], 1);
		if (!trial_open(&trial))
			continue;
		expect(&trial, "ping", trial.channel->ping(trial.pair.end, PINGS));
		expect(&trial, "stop", channel_pair_stop(&trial.pair));
		assert_counts_and_waits(&trial, PINGS, PINGS);
		channel_pair_close(&trial.pair);
		ck_assert_int_eq(count_descriptors(), before);
	}
	trial_end(&trial);
}
END_TEST

static void transfer(struct trial *trial, uint32_t depth, size_t size)
{
	trial->duty = CHANNEL_DRAIN;
	set_size(trial, size, depth);
	if (!trial_open(trial))
		return;
	expect(trial, "pour", trial->channel->pour(trial->pair.end, POURED));
	expect(trial, "stop", channel_pair_stop(&trial->pair));
	assert_counts_and_waits(trial, POURED, POURED / depth);
	channel_pair_close(&trial->pair);
}

START_TEST(transfers_of_each_depth)
{
	int before;
	struct trial trial;

	if (!wait_begin(&trial, _i))
		return;
	before = count_descriptors();
	for (size_t n = 0; n < size_count(&trial); n++) {
		transfer(&trial, 1, sizes[n]);
		transfer(&trial, 16, sizes[n]);
		ck_assert_int_eq(count_descriptors(), before);
	}
	trial_end(&trial);
}
END_TEST

/* The side that stamps has a loop of its own. */
START_TEST(stamps_wait_alike)
{
	struct trial trial;

	if (!wait_begin(&trial, _i))
		return;
	trial.duty = CHANNEL_STAMP;
	if (trial_open(&trial)) {
		expect(&trial, "ping", trial.channel->ping(trial.pair.end, PINGS));
		expect(&trial, "stop", channel_pair_stop(&trial.pair));
		assert_counts_and_waits(&trial, PINGS, PINGS);
		channel_pair_close(&trial.pair);
	}
	trial_end(&trial);
}
END_TEST

/* The promise of the trait, by one task with both ends */

static bool is_readable(const struct channel_end *end)
{
	struct pollfd message = { .fd = end->fd_in, .events = POLLIN };

	ck_assert_int_ge(poll(&message, 1, 0), 0);
	return message.revents & POLLIN;
}

static void assert_send(struct trial *trial, struct channel_end *end)
{
	channel_write_message(end, end->message_bytes);
	expect(trial, "send", trial->channel->send(end, end->message_bytes));
}

static void assert_promise(struct trial *trial, struct channel_end *from, struct channel_end *to)
{
	size_t bytes = to->message_bytes;

	ck_assert(!is_readable(to));
	if (to->is_spinning)
		ck_assert_error(trial->channel->receive(to, bytes), -EAGAIN);
	assert_send(trial, from);
	assert_send(trial, from);
	for (int left = 2; left; left--) {
		ck_assert(is_readable(to));
		expect(trial, "receive", channel_receive(trial->channel->receive, to, bytes));
		channel_read_message(to, bytes);
	}
	ck_assert(!is_readable(to));
	expect_equal(trial, "sums", from->sum_sent, to->sum_received);
}

static void use_both_ends(struct trial *trial, struct channel_end *a, struct channel_end *b)
{
	int flags[2] = { fcntl(a->fd_in, F_GETFL), fcntl(b->fd_in, F_GETFL) };

	expect(trial, "begin here", channel_wait_begin(a, trial->wait));
	expect(trial, "begin there", channel_wait_begin(b, trial->wait));
	assert_promise(trial, a, b);
	assert_promise(trial, b, a);
	channel_wait_end(b);
	channel_wait_end(a);
	ck_assert_int_eq(fcntl(a->fd_in, F_GETFL), flags[0]);
	ck_assert_int_eq(fcntl(b->fd_in, F_GETFL), flags[1]);
	/* Who begins no wait has none: the twin is as it was. */
	a->waits = b->waits = 0;
	expect(trial, "twin", trial->channel->twin(a, b, TWINS));
	expect_equal(trial, "waits of the twin", a->waits + b->waits, 0);
}

START_TEST(what_waits_is_readable)
{
	struct channel_set_up memory = { .received = 0 };
	struct trial trial;
	int before, error;

	if (_i % PEERS == 0 || !wait_begin(&trial, _i))
		return;
	trial.config.depth = 2;
	before = count_descriptors();
	memory.channel = trial.channel;
	memory.config = trial.config;
	error = channel_wait_probe(trial.wait, memory.reason);
	ck_assert_error(channel_set_up_init(&memory), 0);
	if (!error)
		error = trial.channel->open(memory.state, &memory.config, memory.reason);
	if (is_there(&trial, error, memory.reason)) {
		for (int side = 0; side < 2; side++)
			expect(&trial, "enter", trial.channel->enter(memory.ends[side]));
		use_both_ends(&trial, memory.ends[0], memory.ends[1]);
		trial.channel->leave(memory.ends[1]);
		trial.channel->leave(memory.ends[0]);
		trial.channel->close(memory.state);
	}
	channel_set_up_done(&memory);
	ck_assert_int_eq(count_descriptors(), before);
	trial_end(&trial);
}
END_TEST

/* What fails */

START_TEST(fails_at_each_spare_descriptor_and_unwinds)
{
	struct rlimit usual, limit;
	struct trial trial;
	int before, error = -1, lowest;

	if (_i % PEERS || !wait_begin(&trial, _i))
		return;
	before = count_descriptors();
	lowest = dup(0);
	close(lowest);
	ck_assert_call(getrlimit(RLIMIT_NOFILE, &usual));
	for (rlim_t spare = 0; error && spare < 16; spare++) {
		limit = usual;
		limit.rlim_cur = (rlim_t)lowest + spare;
		ck_assert_call(setrlimit(RLIMIT_NOFILE, &limit));
		error = trial_try_open(&trial);
		ck_assert_call(setrlimit(RLIMIT_NOFILE, &usual));
		if (!error)
			expect(&trial, "stop", channel_pair_stop(&trial.pair));
		channel_pair_close(&trial.pair);
		ck_assert_int_eq(count_descriptors(), before);
	}
	is_there(&trial, error, trial.reason);
	trial_end(&trial);
}
END_TEST

static bool refuse_call(int number, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT_OF(code), code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

START_TEST(a_ring_that_is_refused_is_told)
{
	static const int errors[] = { EPERM, ENOSYS };
	char reason[CHANNEL_REASON_BYTES] = "";

	/* This kernel may have no filters. */
	if (!refuse_call(SYS_io_uring_setup, errors[_i]))
		return;
	ck_assert_error(channel_wait_probe(CHANNEL_WAIT_URING, reason), -errors[_i]);
	ck_assert_ptr_nonnull(strstr(reason, "seccomp"));
	ck_assert_error(channel_wait_probe(CHANNEL_WAIT_EPOLL, reason), 0);
}
END_TEST

/* An other side that is lost */

static struct note {
	uint32_t is_open;
	pid_t other;
	char reason[CHANNEL_REASON_BYTES];
} *note;

static void tell_lost(const char *reason, int error)
{
	(void)error;
	strncpy(note->reason, reason, sizeof(note->reason) - 1);
	_exit(EXIT_LOST);
}

static struct channel altered;

/* It stays silent, with our end in the middle of a wait. */
static int answer_never(struct channel_end *end)
{
	(void)end;
	while (pause())
		;
	return 0;
}

static int fail_soon(struct channel_end *end)
{
	struct timespec pause = { 0, 10000000 };

	(void)end;
	nanosleep(&pause, NULL);
	return -EIO;
}

__attribute__((noreturn))
static void run_tester(struct trial *trial)
{
	int error;

	trial->lost = tell_lost;
	error = trial_try_open(trial);
	memcpy(note->reason, trial->reason, sizeof(note->reason));
	if (!error) {
		note->other = trial->pair.pid;
		__atomic_store_n(&note->is_open, 1, __ATOMIC_RELEASE);
		trial->channel->ping(trial->pair.end, UINT64_MAX);
	}
	channel_pair_close(&trial->pair);
	_exit(error ? EXIT_REFUSED : EXIT_RETURNED);
}

/* Status, or -1 where it had to be ended. */
static int status_of(pid_t pid, int blow)
{
	struct timespec pause = { 0, 2000000 };
	bool is_struck = !blow;
	int status;

	for (int ms = 0; ms < LOST_MS; ms += 2) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (!is_struck && __atomic_load_n(&note->is_open, __ATOMIC_ACQUIRE)) {
			nanosleep(&pause, NULL);
			is_struck = !kill(note->other, blow);
		}
		nanosleep(&pause, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -1;
}

static const struct { int signal; bool is_silent; const char *word; } blows[] = {
	{ SIGKILL, false, "killed" }, { SIGKILL, true, "killed" },
	{ SIGSTOP, true, "stopped" }, { 0, false, "failed" },
};

START_TEST(an_other_side_that_is_lost_is_told)
{
	int blow = blows[_i % (int)COUNT_OF(blows)].signal, status;
	const char *word = blows[_i % (int)COUNT_OF(blows)].word;
	struct trial trial;
	pid_t pid;

	if (!wait_begin(&trial, _i / (int)COUNT_OF(blows)) || (blow && !trial.config.is_process))
		return;
	note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(note != MAP_FAILED);
	altered = *trial.channel;
	if (!blow || blows[_i % (int)COUNT_OF(blows)].is_silent)
		altered.pong = blow ? answer_never : fail_soon;
	trial.channel = &altered;
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", errno_word(errno));
	if (pid == 0)
		run_tester(&trial);
	status = status_of(pid, blow);
	if (status != EXIT_REFUSED || is_there(&trial, -EOPNOTSUPP, note->reason)) {
		ck_assert_msg(status == EXIT_LOST, "%s, wait %d, %s: status %d: %s",
			      altered.about.name, trial.wait, word, status, note->reason);
		ck_assert_msg(strstr(note->reason, word), "%s: %s", word, note->reason);
	}
	trial_end(&trial);
}
END_TEST

static const char *name_of(int row)
{
	return channels[row]->about.name;
}

static struct choice choice = { .name_of = name_of };

static void add_contract(void)
{
	choice_add(&choice, what_is_polled_has_another_side, 1, SHARE_ALL);
	choice_add(&choice, round_trips_of_each_size, CASES, SHARE);
	choice_add(&choice, transfers_of_each_depth, CASES, SHARE);
	choice_add(&choice, stamps_wait_alike, CASES, SHARE);
	choice_add(&choice, what_waits_is_readable, CASES, SHARE);
	choice_add(&choice, fails_at_each_spare_descriptor_and_unwinds, CASES, SHARE);
	choice_add(&choice, an_other_side_that_is_lost_is_told, CASES * (int)COUNT_OF(blows),
		   SHARE);
}

static Suite *wait_suite(void)
{
	Suite *suite = suite_create("channel-wait");
	TCase *tcase = tcase_create("general");

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_test(tcase, waits_have_words);
	tcase_add_test(tcase, no_wait_is_refused);
	tcase_add_loop_test(tcase, a_ring_that_is_refused_is_told, 0, 2);
	suite_add_tcase(suite, tcase);
	choice_begin(&choice, suite, "waits", begin_test, TIMEOUT_S);
	add_contract();
	return suite;
}

int main(void)
{
	choice.rows = channel_count();
	return choice_run(&choice, wait_suite());
}
