/* SPDX-License-Identifier: MIT */
/*
 * check_ring - the contract of lib/channel/switch/ring.h, asked of every channel that can go
 * round, with processes and with threads; and of the work that its tasks do.
 *
 * Each test runs in a process of its own, which adopts its orphans.  What must not
 * come back runs in a tester, a fork of the test.
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
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/mechanism/list.h"
#include "channel/switch/ring.h"
#include "kernel/name-guard.h"
#include "kernel/process-facts.h"
#include "kernel/raw-syscall.h"
#include "kernel/user-namespace.h"
#include "../kit/choice.h"
#include "../kit/errno-word.h"
#include "../kit/process.h"

#define TIMEOUT_S 60
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SHARE 8                    /* one case of so many in make check */
#define PEERS 2                    /* processes, threads */
#define LAPS 40
#define LOST_MS 5000
#define PATIENCE_MS 10000
#define LARGE_RING 300

enum { EXIT_LOST = 3, EXIT_REFUSED, EXIT_RETURNED };

static int channel_count(void)
{
	int count = 0;

	while (channels[count])
		count++;
	return count;
}

static bool goes_round(const struct channel *channel)
{
	return !(channel->about.traits & (CHANNEL_PAIR_ONLY | CHANNEL_NULL | CHANNEL_SPINS));
}

/* What there is of this process; names of others come and go. */

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

static void assert_no_child(void)
{
	for (int ms = 0; ; ms += 2) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		if (pid == -1 && errno == ECHILD)
			return;
		ck_assert_msg(ms < PATIENCE_MS, "a child is left");
		if (pid == 0)
			pause_ms(2);
	}
}

static void assert_one_thread(double threads)
{
	for (int ms = 0; process_status(0, "Threads") > threads && ms < PATIENCE_MS; ms++)
		pause_ms(1);
	ck_assert_double_eq(process_status(0, "Threads"), threads);
}

static void assert_no_key(const struct name_guard *guard)
{
	for (int key = guard->key; key < guard->key + guard->key_count; key++) {
		ck_assert_int_eq(msgget(key, 0), -1);
		ck_assert_int_eq(semget(key, 0, 0), -1);
		ck_assert_int_eq(shmget(key, 0, 0), -1);
	}
}

/* One ring, prepared as lib/channel/round/round.c does it. */

struct trial {
	struct channel_ring ring;
	struct name_guard guard;
	bool has_guard;
	char reason[CHANNEL_REASON_BYTES];
	int descriptors;
	double threads;
};

static void lost_unexpectedly(const char *reason, int error)
{
	dprintf(2, "check_ring: lost: %s: %s\n", reason, errno_word(error));
	_exit(EXIT_FAILURE);
}

static void take_names(struct trial *trial, uint32_t tasks)
{
	const char *reason = "";

	trial->guard.key_count = CHANNEL_NAMES * (int)tasks;
	ck_assert_int_eq(name_guard_begin(&trial->guard, &reason), 0);
	trial->has_guard = true;
	trial->ring.config.directory = trial->guard.directory;
	trial->ring.config.name = trial->guard.name;
	trial->ring.config.key = trial->guard.key;
}

static void trial_begin(struct trial *trial, const struct channel *channel, bool is_process,
			uint32_t tasks)
{
	memset(trial, 0, sizeof(*trial));
	trial->ring = (struct channel_ring){
		.channel = channel,
		.config = { .message_bytes = channel->about.traits & CHANNEL_TOKEN ? 0 : 100,
			    .depth = 1, .is_process = is_process },
		.work = { .stride_bytes = 64 },
		.tasks = tasks,
		.cpu = -1,
		.lost = lost_unexpectedly,
	};
	if (channel->about.traits & CHANNEL_IPC)
		ck_assert_int_ne(ipc_namespace_enter(), -ESRCH);
	if (channel->about.traits & CHANNEL_NAMED)
		take_names(trial, tasks);
	trial->descriptors = count_descriptors();
	trial->threads = process_status(0, "Threads");
}

/* After close(). */
static void trial_end(struct trial *trial)
{
	ck_assert_int_eq(count_descriptors(), trial->descriptors);
	assert_one_thread(trial->threads);
	if (trial->has_guard) {
		assert_no_key(&trial->guard);
		name_guard_end(&trial->guard);
	}
	assert_no_child();
}

/* What this machine lacks is told, with a reason or by an errno that has a remedy. */
static bool trial_open(struct trial *trial)
{
	int error = channel_ring_open(&trial->ring, trial->reason);

	if (!error)
		return true;
	fprintf(stderr, "check_ring: note: no ring of %u by %s: %s: %s\n", trial->ring.tasks,
		trial->ring.channel->about.name, errno_word(error), trial->reason);
	ck_assert_msg(*trial->reason, "%s: %s, and no reason", trial->ring.channel->about.name,
		      errno_word(error));
	channel_ring_close(&trial->ring);
	return false;
}

/* Between stop() and close(); the last message is a lap, too. */
static void assert_counts(const struct trial *trial, uint64_t laps)
{
	const struct channel_ring *ring = &trial->ring;
	bool has_sum = ring->config.message_bytes;

	for (uint32_t i = 0; i < ring->tasks; i++) {
		const struct channel_ring_lane *lane = &ring->lanes[i];
		const struct channel_ring_lane *next = &ring->lanes[(i + 1) % ring->tasks];

		ck_assert_uint_eq(lane->sent, laps);
		ck_assert_uint_eq(lane->received, laps);
		ck_assert_uint_eq(lane->sum_sent, next->sum_received);
		ck_assert_int_eq(lane->sum_sent != 0, has_sum);
		ck_assert_double_eq(lane->touched,
				    (double)(laps * channel_work_words(&ring->work)));
		if (ring->work.state)
			ck_assert_uint_eq(lane->kept, laps - (i > 0));
	}
}

static void go_round(struct trial *trial)
{
	int error;

	if (trial_open(trial)) {
		error = channel_ring_run(&trial->ring, LAPS);
		ck_assert_msg(!error, "%s: run: %s", trial->ring.channel->about.name,
			      errno_word(error));
		error = channel_ring_stop(&trial->ring);
		ck_assert_msg(!error, "%s: stop: %s", trial->ring.channel->about.name,
			      errno_word(error));
		assert_counts(trial, LAPS + 1);
		channel_ring_close(&trial->ring);
	}
	trial_end(trial);
}

static const uint32_t sizes[] = { 2, 3, 17 };

START_TEST(laps_of_each_size)
{
	const struct channel *channel = channels[_i / PEERS];

	for (size_t n = 0; n < COUNT_OF(sizes) && goes_round(channel); n++) {
		struct trial trial;

		trial_begin(&trial, channel, _i % PEERS == 0, sizes[n]);
		go_round(&trial);
	}
}
END_TEST

START_TEST(work_of_each_task)
{
	const struct channel *channel = channels[_i / PEERS];
	struct trial trial;

	if (!goes_round(channel))
		return;
	trial_begin(&trial, channel, _i % PEERS == 0, 5);
	trial.ring.work.footprint_bytes = 10000;
	/* What a sanitizer adds between filling and looking uses the registers, too. */
	if (!IS_SANITIZED && !vector_state_missing(VECTOR_SSE))
		trial.ring.work.state = VECTOR_SSE;
	if (!IS_SANITIZED && !vector_state_missing(VECTOR_AVX))
		trial.ring.work.state = VECTOR_AVX;
	if (!IS_SANITIZED && !vector_state_missing(VECTOR_AVX512))
		trial.ring.work.state = VECTOR_AVX512;
	go_round(&trial);
}
END_TEST

START_TEST(pairs_only_have_no_ring)
{
	const struct channel *channel = channels[_i];
	bool is_pair_only = channel->about.traits & CHANNEL_PAIR_ONLY;

	ck_assert_int_eq(channel->lap != NULL && channel->relay != NULL,
			 !is_pair_only || !strcmp(channel->about.name, "file-lock"));
}
END_TEST

START_TEST(a_large_ring)
{
	static const struct channel *const large[] = { &channel_pipe, &channel_memfd_futex,
						       &channel_sysv_sem, &channel_posix_sem };
	struct trial trial;

	trial_begin(&trial, large[_i / PEERS], _i % PEERS == 0, LARGE_RING);
	go_round(&trial);
}
END_TEST

/* A process closed but not stopped; nobody has sent anything. */
START_TEST(close_ends_processes)
{
	const struct channel *channel = channels[_i];
	struct trial trial;

	if (!goes_round(channel))
		return;
	trial_begin(&trial, channel, true, 5);
	if (trial_open(&trial))
		channel_ring_close(&trial.ring);
	trial_end(&trial);
}
END_TEST

/* Losses: what the tester tells */

static struct note {
	uint32_t is_open;
	pid_t task;
	char reason[64];
	int error;
} *note;

static void note_loss(const char *reason, int error)
{
	snprintf(note->reason, sizeof(note->reason), "%s", reason);
	note->error = error;
	_exit(EXIT_LOST);
}

static void make_note(void)
{
	note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(note != MAP_FAILED);
}

/* Laps until something happens. */
static void test_ring(const struct channel *channel, bool is_process, uint32_t victim)
{
	struct trial trial;

	trial_begin(&trial, channel, is_process, 5);
	trial.ring.lost = note_loss;
	if (channel_ring_open(&trial.ring, trial.reason))
		_exit(EXIT_REFUSED);
	note->task = trial.ring.lanes[victim].tid;
	__atomic_store_n(&note->is_open, 1, __ATOMIC_RELEASE);
	channel_ring_run(&trial.ring, UINT64_MAX);
	channel_ring_close(&trial.ring);
	_exit(EXIT_RETURNED);
}

static pid_t start_tester(const struct channel *channel, bool is_process, uint32_t victim)
{
	pid_t tester;

	memset(note, 0, sizeof(*note));
	tester = fork();
	ck_assert_int_ge(tester, 0);
	if (tester == 0)
		test_ring(channel, is_process, victim);
	return tester;
}

static int await_tester(pid_t tester)
{
	int status;

	for (int ms = 0; ms < LOST_MS; ms += 2) {
		if (waitpid(tester, &status, WNOHANG) == tester)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		pause_ms(2);
	}
	kill(tester, SIGKILL);
	waitpid(tester, &status, 0);
	return -1;
}

static bool await_open(pid_t tester)
{
	while (!__atomic_load_n(&note->is_open, __ATOMIC_ACQUIRE)) {
		siginfo_t info = { 0 };

		if (!waitid(P_PID, (id_t)tester, &info, WEXITED | WNOHANG | WNOWAIT) &&
		    info.si_pid == tester)
			return false;
		pause_ms(1);
	}
	pause_ms(20);
	return true;
}

/* The first of the others and the last, which is our neighbour. */
static void assert_strike_is_told(const struct channel *channel, int number, uint32_t victim,
				  const char *reason)
{
	pid_t tester = start_tester(channel, true, victim);
	int how;

	if (await_open(tester))
		ck_assert_int_eq(kill(note->task, number), 0);
	how = await_tester(tester);
	if (how != EXIT_REFUSED) {
		ck_assert_msg(how == EXIT_LOST, "%s: the tester ended by %d", channel->about.name,
			      how);
		ck_assert_msg(strstr(note->reason, reason), "%s: %s", channel->about.name,
			      note->reason);
	}
	assert_no_child();
}

START_TEST(a_killed_task_is_told)
{
	if (!goes_round(channels[_i]))
		return;
	make_note();
	assert_strike_is_told(channels[_i], SIGKILL, 1, "killed by a signal");
	assert_strike_is_told(channels[_i], SIGKILL, 4, "killed by a signal");
}
END_TEST

START_TEST(a_stopped_task_is_told)
{
	if (!goes_round(channels[_i]))
		return;
	make_note();
	assert_strike_is_told(channels[_i], SIGSTOP, 2, "was stopped");
}
END_TEST

/* Channels with a fault in them */

static int failing_relay(struct channel_end *in, struct channel_end *out, struct channel_work *work)
{
	(void)work;
	for (int i = 0; i < 10; i++)
		if (channel_pipe.receive(in, 100) || channel_pipe.send(out, 100))
			return -EIO;
	return -EPROTO;
}

static int failing_enter(struct channel_end *end)
{
	return end->side == 1 ? -EPROTO : channel_pipe.enter(end);
}

START_TEST(a_failed_task_is_told)
{
	struct channel failing = channel_pipe;
	pid_t tester;

	make_note();
	failing.relay = failing_relay;
	tester = start_tester(&failing, _i == 0, 1);
	ck_assert_int_eq(await_tester(tester), EXIT_LOST);
	ck_assert_str_eq(note->reason, "a task of the ring failed");
	ck_assert_msg(note->error == -EPROTO || note->error == -EIO || note->error == -EPIPE,
		      "%d", note->error);
	assert_no_child();
}
END_TEST

START_TEST(a_task_that_cannot_enter_ends_the_ring)
{
	struct channel failing = channel_pipe;
	struct trial trial;

	failing.enter = failing_enter;
	trial_begin(&trial, &failing, _i == 0, 5);
	ck_assert_int_eq(channel_ring_open(&trial.ring, trial.reason), -EPROTO);
	channel_ring_close(&trial.ring);
	trial_end(&trial);
}
END_TEST

/* Limits */

static void set_limit(int resource, rlim_t value)
{
	struct rlimit limit = { value, value };

	ck_assert_int_eq(setrlimit(resource, &limit), 0);
}

START_TEST(descriptors_that_do_not_suffice_are_named)
{
	struct trial trial;

	trial_begin(&trial, &channel_pipe, false, LARGE_RING);
	set_limit(RLIMIT_NOFILE, 100);
	ck_assert_int_eq(channel_ring_open(&trial.ring, trial.reason), -EMFILE);
	ck_assert_msg(strstr(trial.reason, "RLIMIT_NOFILE"), "%s", trial.reason);
	channel_ring_close(&trial.ring);
	trial_end(&trial);
}
END_TEST

/* Each process keeps its own two channels only. */
START_TEST(processes_need_few_descriptors)
{
	struct trial trial;

	trial_begin(&trial, &channel_pipe, true, LARGE_RING);
	set_limit(RLIMIT_NOFILE, 40);
	go_round(&trial);
}
END_TEST

START_TEST(the_soft_limit_is_raised)
{
	struct rlimit limit;
	struct trial trial;

	trial_begin(&trial, &channel_pipe, false, LARGE_RING);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 40;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	go_round(&trial);
}
END_TEST

START_TEST(tasks_that_do_not_suffice_are_named)
{
	struct trial trial;

	if (geteuid() || setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY - 7, NOBODY - 7, NOBODY - 7))
		return;
	trial_begin(&trial, &channel_pipe, _i == 0, LARGE_RING);
	set_limit(RLIMIT_NPROC, 50);
	ck_assert_int_eq(channel_ring_open(&trial.ring, trial.reason), -EAGAIN);
	ck_assert_msg(strstr(trial.reason, "RLIMIT_NPROC 50"), "%s", trial.reason);
	channel_ring_close(&trial.ring);
	trial_end(&trial);
}
END_TEST

/* Keys that somebody has are left alone, also by the guard's end. */
START_TEST(a_guard_has_keys_for_all)
{
	struct name_guard guard = { .key_count = CHANNEL_NAMES * 100 };
	const char *reason = "";
	int id;

	ck_assert_int_eq(name_guard_begin(&guard, &reason), 0);
	ck_assert_int_ge(semget(guard.key, 1, IPC_CREAT | IPC_EXCL | 0600), 0);
	ck_assert_int_ge(semget(guard.key + 399, 1, IPC_CREAT | IPC_EXCL | 0600), 0);
	id = semget(guard.key + 400, 1, IPC_CREAT | IPC_EXCL | 0600);
	ck_assert_int_ge(id, 0);
	name_guard_end(&guard);
	assert_no_key(&guard);
	ck_assert_int_eq(semctl(id, 0, IPC_RMID), 0);
}
END_TEST

/* The work itself */

static const struct {
	size_t footprint, stride, words;
} walks[] = {
	{ 0, 64, 0 }, { 1, 64, 1 }, { 64, 64, 1 }, { 65, 64, 2 }, { 4096, 8, 512 },
	{ 65536, 64, 1024 }, { 65536, 4096, 16 }, { 100, 4096, 1 }, { 4100, 4096, 2 },
};

START_TEST(walks_touch_their_words)
{
	struct channel_work_plan plan = { walks[_i].footprint, walks[_i].stride, VECTOR_NONE };
	struct channel_work work;

	ck_assert_uint_eq(channel_work_words(&plan), walks[_i].words);
	ck_assert_int_eq(channel_work_init(&work, &plan, 3), 0);
	ck_assert_double_eq(channel_work_touched(&work), 0);
	for (int i = 0; i < 7; i++)
		channel_work_walk(&work);
	ck_assert_double_eq(channel_work_touched(&work), 7 * (double)walks[_i].words);
	/* In turn: of three arrays the first has had three walks. */
	if (walks[_i].words)
		ck_assert_uint_eq(work.arrays[0], 3);
	channel_work_done(&work);
	ck_assert_ptr_null(work.arrays);
}
END_TEST

START_TEST(registers_keep_what_was_put_there)
{
	bool has_survived, survives_clean;
	enum vector_state state;

	ck_assert_int_eq(vector_state_parse("avx2", &state), -EINVAL);
	ck_assert_int_eq(vector_state_parse(((const char *[]){ "none", "sse", "avx", "avx512" })[_i],
					    &state), 0);
	ck_assert_int_eq((int)state, _i);
	if (vector_state_missing(state)) {
		fprintf(stderr, "check_ring: note: %s\n", vector_state_missing(state));
		return;
	}
	/* Whatever is called in between, an assertion too, may use them. */
	vector_state_fill(state);
	has_survived = vector_state_has_survived(state);
	vector_state_clean(state);
	survives_clean = vector_state_has_survived(state);
	ck_assert(has_survived);
	/* Of sse nothing lies in the upper halves. */
	ck_assert_int_eq(survives_clean, state < VECTOR_AVX);
}
END_TEST

static const char *name_of(int row)
{
	return channels[row]->about.name;
}

static struct choice choice = { .name_of = name_of };

static TCase *add_case(Suite *suite, const char *name, void (*setup)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, TIMEOUT_S);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static void add_contract(Suite *suite)
{
	choice_begin(&choice, suite, "rings", begin_test, TIMEOUT_S);
	choice_add(&choice, laps_of_each_size, PEERS, SHARE);
	choice_add(&choice, work_of_each_task, PEERS, SHARE);
	choice_add(&choice, pairs_only_have_no_ring, 1, SHARE_ALL);
	choice_add(&choice, close_ends_processes, 1, SHARE);
	choice_add(&choice, a_killed_task_is_told, 1, SHARE);
	choice_add(&choice, a_stopped_task_is_told, 1, SHARE);
}

static void add_general(Suite *suite)
{
	TCase *laps = add_case(suite, "laps", begin_test), *work = add_case(suite, "work", NULL);

	sample_add(laps, a_large_ring, PEERS * 4, PEERS, SHARE);
	tcase_add_loop_test(laps, a_failed_task_is_told, 0, PEERS);
	tcase_add_loop_test(laps, a_task_that_cannot_enter_ends_the_ring, 0, PEERS);
	tcase_add_loop_test(work, walks_touch_their_words, 0, (int)COUNT_OF(walks));
	tcase_add_loop_test(work, registers_keep_what_was_put_there, 0, 4);
}

static void add_limits(Suite *suite)
{
	TCase *limits = add_case(suite, "limits", begin_test);

	tcase_add_test(limits, descriptors_that_do_not_suffice_are_named);
	tcase_add_test(limits, processes_need_few_descriptors);
	tcase_add_test(limits, the_soft_limit_is_raised);
	tcase_add_loop_test(limits, tasks_that_do_not_suffice_are_named, 0, PEERS);
	tcase_add_test(limits, a_guard_has_keys_for_all);
}

int main(void)
{
	Suite *suite = suite_create("ring");

	choice.rows = channel_count();
	add_contract(suite);
	add_general(suite);
	add_limits(suite);
	return choice_run(&choice, suite);
}
