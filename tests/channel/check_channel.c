/* SPDX-License-Identifier: MIT */
/*
 * check_channel - the contract of lib/channel/channel.h, asked of every channel in
 * list.def, with a process and with a thread as the other side.  What this
 * machine or account lacks is noted and passed over.
 *
 * Each test runs in a process of its own, which adopts its orphans: who is left
 * is seen here.  What must not come back runs in a tester, a fork of the test.
 */
#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/pair/pair.h"
#include "channel/pair/set-up.h"
#include "kernel/name-guard.h"
#include "kernel/process-facts.h"
#include "kernel/raw-syscall.h"
#include "kernel/user-namespace.h"
#include "../kit/census.h"
#include "../kit/channel-trial.h"
#include "../kit/choice.h"

#define PATIENCE_MS 10000
#define TIMEOUT_S 60
#define LOST_MS 5000
#define CYCLES 20
#define PINGS 300
#define POURED 64
#define TWINS 100
#define SET_UPS 20
#define SHARE 8                    /* one case of so many in make check */

/* How a tester ends. */
enum { EXIT_LOST = 3, EXIT_REFUSED, EXIT_RETURNED };

/* What there is of a process: all of it must be back where it was after close(). */

struct census {
	char descriptors[8192], names[16384];
	double threads;
	sigset_t mask;
};

static const char *temporary_directory(void)
{
	const char *name = getenv("TMPDIR");

	return name && *name ? name : "/tmp";
}

/* Key and id of each object of our IPC namespace: the first two columns. */
static void list_system_v(const char *kind, char *text, size_t size)
{
	char path[64], line[512];
	size_t used = strlen(text);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sysvipc/%s", kind);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		long key, id;

		if (sscanf(line, "%ld %ld", &key, &id) != 2)
			continue;
		used += (size_t)snprintf(text + used, size - used, "/%s %ld %ld/\n", kind, key, id);
		ck_assert_uint_lt(used, size);
	}
	if (file)
		fclose(file);
}

static void list_all_names(char *text, size_t size)
{
	text[0] = '\0';
	list_names("/dev/shm", "", text, size);
	list_names(temporary_directory(), "handoff-", text, size);
	list_system_v("msg", text, size);
	list_system_v("sem", text, size);
	list_system_v("shm", text, size);
}

static void take_census(struct census *census)
{
	list_descriptors(census->descriptors, sizeof(census->descriptors));
	list_all_names(census->names, sizeof(census->names));
	census->threads = process_status(0, "Threads");
	ck_assert_call(sigprocmask(SIG_SETMASK, NULL, &census->mask));
}

/* New names may be another process's, but then they go away again. */
static void assert_no_new_name_stays(const char *before)
{
	char names[16384], now[16384], *rest;

	list_all_names(names, sizeof(names));
	for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
		if (strstr(before, name))
			continue;
		for (int ms = 0; list_all_names(now, sizeof(now)), strstr(now, name); ms += 10) {
			ck_assert_msg(ms < PATIENCE_MS, "%s is left", name);
			pause_ms(10);
		}
	}
}

static void assert_as_before(const struct census *before)
{
	struct census now;

	assert_no_new_name_stays(before->names);
	/* A thread that was joined may be on its way out. */
	for (int ms = 0; process_status(0, "Threads") > before->threads && ms < PATIENCE_MS; ms++)
		pause_ms(1);
	take_census(&now);
	ck_assert_str_eq(now.descriptors, before->descriptors);
	ck_assert_double_eq(now.threads, before->threads);
	for (int number = 1; number <= SIGRTMAX; number++)
		ck_assert_int_eq(sigismember(&now.mask, number),
				 sigismember(&before->mask, number));
}

/* What a tester tells; shared with the test. */
static struct note {
	uint32_t is_open;
	pid_t other;
	int error, key;
	char reason[CHANNEL_REASON_BYTES], name[32];
} *note;

static void make_note(void)
{
	note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(note != MAP_FAILED);
}

static int run_set_up(const struct trial *trial, uint64_t n, struct channel_set_up *set_up)
{
	int error;

	*set_up = (struct channel_set_up){ .channel = trial->channel, .config = trial->config };
	error = channel_set_up_init(set_up);
	if (!error)
		error = channel_set_up_run(set_up, n);
	channel_set_up_done(set_up);
	return error;
}

/* What a channel says of itself */

START_TEST(null_comes_first)
{
	ck_assert_ptr_eq(channels[0], &channel_null);
	ck_assert_str_eq(channel_null.about.name, "null");
	for (int i = 0; i < channel_count(); i++) {
		ck_assert_int_eq(has(channels[i], CHANNEL_NULL) &&
				 !has(channels[i], CHANNEL_SWITCH), i == 0);
		ck_assert_int_eq(has(channels[i], MECHANISM_YARDSTICK), i == 0);
	}
}
END_TEST

START_TEST(is_found_by_its_name_alone)
{
	const struct channel *channel = channels[_i];
	const char *name = channel->about.name, *summary = channel->about.summary;

	ck_assert_ptr_eq(channel_find(name), channel);
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(channels[i]->about.name, name);
	ck_assert_ptr_null(channel_find("no-such-thing"));
	ck_assert_ptr_null(channel_find(""));
	ck_assert_uint_gt(strlen(name), 0);
	ck_assert_uint_lt(strlen(name), 32);
	ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-+"), strlen(name));
	ck_assert(isalnum((unsigned char)name[0]) &&
		  isalnum((unsigned char)name[strlen(name) - 1]));
	ck_assert(!strstr(name, "--") && !strstr(name, "++"));
	ck_assert_uint_gt(strlen(summary), 0);
	ck_assert_msg(strlen(summary) <= 70, "%s: %zu characters", name, strlen(summary));
	ck_assert_ptr_null(strpbrk(summary, "\n\t"));
}
END_TEST

START_TEST(traits_and_hooks_agree)
{
	const struct channel *channel = channels[_i];

	ck_assert(has(channel, CHANNEL_PROCESS) || has(channel, CHANNEL_THREAD));
	if (has(channel, CHANNEL_NULL))
		ck_assert_uint_eq(channel->about.traits & (CHANNEL_SPINS | CHANNEL_NAMED |
							   CHANNEL_IPC), 0);
	if (has(channel, CHANNEL_SWITCH))
		ck_assert(has(channel, CHANNEL_TOKEN));
	if (has(channel, CHANNEL_OWN_CPU))
		ck_assert(has(channel, CHANNEL_SWITCH));
	ck_assert_uint_le(channel->state_bytes, 1 << 16);
	ck_assert(channel->open && channel->enter && channel->leave && channel->close);
	ck_assert(channel->send && channel->receive && channel->ping && channel->pong);
	ck_assert(channel->pour && channel->drain && channel->twin);
}
END_TEST

/* Messages arrive */

static const size_t sizes[] = { 1, 7, 100, 4096, 65536 };

START_TEST(round_trips_of_each_size)
{
	struct trial trial;
	bool is_token = has(channels[_i / PEERS], CHANNEL_TOKEN);

	if (!trial_begin(&trial, _i))
		return;
	for (size_t n = 0; n < (is_token ? 1 : COUNT_OF(sizes)); n++) {
		trial.config.message_bytes = is_token ? 0 : sizes[n];
		if (!trial_open(&trial))
			continue;
		expect(&trial, "ping", trial.channel->ping(trial.pair.end, PINGS));
		expect(&trial, "stop", channel_pair_stop(&trial.pair));
		assert_counts(&trial, PINGS, PINGS);
		channel_pair_close(&trial.pair);
	}
	trial_end(&trial);
}
END_TEST

static void transfer(struct trial *trial, uint32_t depth, size_t size)
{
	trial->duty = CHANNEL_DRAIN;
	trial->config.depth = depth;
	trial->config.message_bytes = message_bytes(trial->channel, size);
	if (!trial_open(trial))
		return;
	expect(trial, "pour", trial->channel->pour(trial->pair.end, POURED));
	expect(trial, "stop", channel_pair_stop(&trial->pair));
	assert_counts(trial, POURED, POURED / depth);
	channel_pair_close(&trial->pair);
}

START_TEST(transfers_of_each_depth)
{
	struct trial trial;

	/* There must be messages that could wait. */
	if (channels[_i / PEERS]->about.traits & (CHANNEL_NULL | CHANNEL_OWN_CPU) ||
	    !trial_begin(&trial, _i))
		return;
	for (size_t n = 0; n < COUNT_OF(sizes); n++) {
		transfer(&trial, 1, sizes[n]);
		transfer(&trial, 8, sizes[n]);
	}
	trial_end(&trial);
}
END_TEST

static void assert_twin(struct trial *trial, struct channel_end *a, struct channel_end *b)
{
	int error = trial->channel->twin(a, b, TWINS);

	if (error != -EOPNOTSUPP)
		expect(trial, "twin", error);
	if (error || trial->channel->about.traits & (CHANNEL_NULL | CHANNEL_OWN_CPU))
		return;
	expect_equal(trial, "sent", a->sent, TWINS);
	expect_equal(trial, "received", b->received, TWINS);
	expect_equal(trial, "sum there", a->sum_sent, b->sum_received);
	expect_equal(trial, "sum back", b->sum_sent, a->sum_received);
}

static void run_twin(struct trial *trial)
{
	const struct channel *channel = trial->channel;
	struct channel_set_up memory = { .channel = channel, .config = trial->config };
	int error = channel_set_up_init(&memory);

	if (!error)
		error = channel->open(memory.state, &memory.config, memory.reason);
	if (is_there(trial, error, memory.reason)) {
		for (int side = 0; side < 2; side++)
			expect(trial, "enter", channel->enter(memory.ends[side]));
		assert_twin(trial, memory.ends[0], memory.ends[1]);
		channel->leave(memory.ends[1]);
		channel->leave(memory.ends[0]);
		channel->close(memory.state);
	}
	channel_set_up_done(&memory);
}

/* No call may have to wait for the other end, so no message is longer than a small pipe. */
START_TEST(a_twin_of_one_task)
{
	struct census before;
	struct trial trial;

	if (!trial_begin(&trial, _i * PEERS + 1))
		return;
	take_census(&before);
	run_twin(&trial);
	trial.config.message_bytes = message_bytes(trial.channel, 4096);
	run_twin(&trial);
	assert_as_before(&before);
	trial_end(&trial);
}
END_TEST

START_TEST(set_ups_pass_their_message)
{
	struct channel_set_up set_up;
	struct trial trial;
	int error;

	if (!trial_begin(&trial, _i * PEERS + 1))
		return;
	error = run_set_up(&trial, SET_UPS, &set_up);
	if (is_there(&trial, error, set_up.reason)) {
		expect_equal(&trial, "opened", set_up.opened, SET_UPS);
		expect_equal(&trial, "received", set_up.received, SET_UPS);
		expect_equal(&trial, "agreed", set_up.agreed, SET_UPS);
	}
	trial_end(&trial);
}
END_TEST

/* Nothing is left behind */

/* Neighbouring mappings become one, so their sum is asked, too; sanitizers map as they go. */
START_TEST(cycles_leave_nothing)
{
	struct census before;
	struct trial trial;
	long mappings;
	double kib;
	int error;

	if (!trial_begin(&trial, _i))
		return;
	take_census(&before);
	error = run_cycle(&trial, 3);
	assert_as_before(&before);
	kib = process_status(0, "VmSize");
	mappings = count_mappings();
	for (int i = 0; i < CYCLES && !error; i++)
		expect(&trial, "cycle", run_cycle(&trial, 3));
	assert_as_before(&before);
	if (!IS_SANITIZED) {
		ck_assert_int_le(count_mappings(), mappings);
		ck_assert_double_lt(process_status(0, "VmSize"), kib + 2 * CYCLES);
	}
	/* As after an error: close() then ends the other side. */
	if (is_there(&trial, error, trial.reason) && trial.config.is_process && trial_open(&trial))
		channel_pair_close(&trial.pair);
	assert_as_before(&before);
	trial_end(&trial);
}
END_TEST

/* The reason is of this limit or of none. */
static int set_up_under_limit(const struct trial *trial, int resource, rlim_t value,
			      const char *name, struct channel_set_up *ret)
{
	rlim_t usual = change_limit(resource, value);
	int error = run_set_up(trial, 1, ret);
	const char *named;

	/* The test's own timer needs it, too. */
	change_limit(resource, usual);
	if (error)
		assert_refusal(trial, error, ret->reason);
	named = strstr(ret->reason, "RLIMIT_");
	ck_assert_msg(!named || !strncmp(named, name, strlen(name)), "%s without %s: %s",
		      trial->channel->about.name, name, ret->reason);
	return error;
}

START_TEST(fails_at_each_spare_descriptor_and_unwinds)
{
	struct channel_set_up set_up;
	struct census before;
	struct trial trial;
	rlim_t lowest;
	int error = 0;

	if (!trial_begin(&trial, _i * PEERS + 1))
		return;
	if (is_there(&trial, run_set_up(&trial, 1, &set_up), set_up.reason)) {
		take_census(&before);
		lowest = (rlim_t)lowest_free_descriptor();
		for (rlim_t spare = 0; spare == 0 || error; spare++) {
			ck_assert_uint_lt(spare, 32);
			error = set_up_under_limit(&trial, RLIMIT_NOFILE, lowest + spare,
						   "RLIMIT_NOFILE", &set_up);
			assert_as_before(&before);
		}
	}
	trial_end(&trial);
}
END_TEST

/* Whoever has CAP_SYS_RESOURCE is not limited, so this is for others. */
START_TEST(fails_without_a_process_left_and_unwinds)
{
	struct census before;
	struct trial trial;
	rlim_t usual;
	int error;

	if (has(channels[_i / PEERS], CHANNEL_NULL) || !become_nobody() ||
	    !trial_begin(&trial, _i))
		return;
	take_census(&before);
	usual = change_limit(RLIMIT_NPROC, 0);
	error = run_cycle(&trial, 1);
	change_limit(RLIMIT_NPROC, usual);
	ck_assert_msg(error, "%s: there is an other side", trial.channel->about.name);
	assert_refusal(&trial, error, trial.reason);
	assert_as_before(&before);
	trial_end(&trial);
}
END_TEST

static const struct { int resource; const char *name; } limits[] = {
	{ RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE" },
	{ RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING" },
	{ RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK" },
};

/* Either it needs none of it, or it says what it lacks. */
START_TEST(a_limit_of_nothing_is_named)
{
	size_t n = (size_t)_i % COUNT_OF(limits);
	struct channel_set_up set_up;
	struct trial trial;

	if (!trial_begin(&trial, _i / (int)COUNT_OF(limits) * PEERS + 1))
		return;
	/* What is not there at all was noted elsewhere. */
	if (!run_set_up(&trial, 1, &set_up) &&
	    set_up_under_limit(&trial, limits[n].resource, 0, limits[n].name, &set_up))
		ck_assert_msg(strstr(set_up.reason, limits[n].name), "%s without %s: %s",
			      trial.channel->about.name, limits[n].name, set_up.reason);
	trial_end(&trial);
}
END_TEST

/* An other side that is lost */

static struct channel altered;

static int answer_never(struct channel_end *end)
{
	(void)end;
	while (pause())
		;
	return 0;
}

static int fail_soon(struct channel_end *end)
{
	(void)end;
	pause_ms(10);
	return -EIO;
}

static int refuse_to_enter(struct channel_end *end)
{
	return end->side ? -ENODEV : channels[0]->enter(end);
}

static int ping_for_ever(struct channel_pair *pair)
{
	return pair->channel->ping(pair->end, UINT64_MAX);
}

static int pour_for_ever(struct channel_pair *pair)
{
	return pair->channel->pour(pair->end, UINT64_MAX);
}

/* As many as may be under way, which may have to wait; then for an answer, for ever. */
static int send_and_wait(struct channel_pair *pair)
{
	size_t bytes = pair->config.message_bytes;
	int error = 0;

	for (uint32_t i = 0; i < pair->config.depth && !error; i++) {
		channel_write_message(pair->end, bytes);
		error = pair->channel->send(pair->end, bytes);
	}
	return error ? error : pair->channel->receive(pair->end, bytes);
}

/* Where we are when it happens. */
static const struct call {
	const char *name;
	int (*run)(struct channel_pair *pair);
	enum channel_duty duty;
	bool is_answered;
	uint32_t depth;
	size_t bytes;
} calls[] = {
	{ "ping", ping_for_ever, CHANNEL_PONG, true, 1, 100 },
	{ "pour", pour_for_ever, CHANNEL_DRAIN, true, 1, 4096 },
	{ "receive", send_and_wait, CHANNEL_PONG, false, 1, 100 },
	{ "send", send_and_wait, CHANNEL_PONG, false, 8, 65536 },
};

/* What happens to the other side; 0: it fails by itself. */
static const struct { int signal; const char *word; int error; } blows[] = {
	{ SIGKILL, "killed", -EOWNERDEAD }, { SIGSTOP, "stopped", 0 }, { 0, "failed", -EIO },
};

#define CASES ((int)(COUNT_OF(calls) * COUNT_OF(blows)))

static void tell_lost(const char *reason, int error)
{
	strncpy(note->reason, reason, sizeof(note->reason) - 1);
	note->error = error;
	_exit(EXIT_LOST);
}

/* As a worker: what it gets back instead is said before close(), which may know better. */
__attribute__((noreturn))
static void run_tester(struct trial *trial, int (*run)(struct channel_pair *pair))
{
	int error;

	trial->lost = tell_lost;
	error = trial_try_open(trial);
	note->error = error;
	memcpy(note->reason, trial->reason, sizeof(note->reason));
	if (!error) {
		note->other = trial->pair.pid;
		__atomic_store_n(&note->is_open, 1, __ATOMIC_RELEASE);
		note->error = run(&trial->pair);
	}
	channel_pair_close(&trial->pair);
	_exit(error ? EXIT_REFUSED : EXIT_RETURNED);
}

static int await_open(pid_t *pid)
{
	int status = -1;

	for (int ms = 0; status == -1 && !__atomic_load_n(&note->is_open, __ATOMIC_ACQUIRE); ms++) {
		ck_assert_int_lt(ms, PATIENCE_MS);
		status = status_within(pid, 0);
	}
	return status;
}

static pid_t start_tester(struct trial *trial, int (*run)(struct channel_pair *pair))
{
	pid_t pid;

	make_note();
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", errno_word(errno));
	if (pid == 0)
		run_tester(trial, run);
	return pid;
}

static void alter(struct trial *trial, const struct call *call, int blow)
{
	altered = *trial->channel;
	if (!blow || !call->is_answered)
		altered.pong = altered.drain = blow ? answer_never : fail_soon;
	trial->channel = &altered;
	trial->duty = call->duty;
	trial->config.depth = call->depth;
	trial->config.message_bytes = message_bytes(trial->channel, call->bytes);
}

/* Its exit is awaited for as long as a worker's should be; a tester that hangs is ended. */
static int strike(struct trial *trial, const struct call *call, int blow)
{
	pid_t pid = start_tester(trial, call->run);
	int status = await_open(&pid);

	if (status == -1 && blow) {
		pause_ms(10);
		ck_assert_call(kill(note->other, blow));
	}
	if (status == -1)
		status = status_within(&pid, LOST_MS);
	if (status == -1)
		kill(pid, SIGKILL);
	return status;
}

START_TEST(an_other_side_that_is_lost_is_told)
{
	const struct call *call = &calls[_i % CASES % COUNT_OF(calls)];
	int blow = blows[_i % CASES / COUNT_OF(calls)].signal, status;
	const char *word = blows[_i % CASES / COUNT_OF(calls)].word;
	int error = blows[_i % CASES / COUNT_OF(calls)].error;
	struct trial trial;

	/* A thread is not killed alone; where nothing is passed no call waits for it. */
	if (has(channels[_i / CASES / PEERS], CHANNEL_NULL) ||
	    (has(channels[_i / CASES / PEERS], CHANNEL_OWN_CPU) && !call->is_answered) ||
	    !trial_init(&trial, _i / CASES) || (blow && !trial.config.is_process))
		return;
	ck_assert(trial_begin(&trial, _i / CASES));
	alter(&trial, call, blow);
	status = strike(&trial, call, blow);
	if (status != EXIT_REFUSED || is_there(&trial, note->error, note->reason)) {
		ck_assert_msg(status == EXIT_LOST, "%s, %s in %s: status %d, error %d: %s",
			      trial.channel->about.name, word, call->name, status, note->error,
			      note->reason);
		ck_assert_msg(strstr(note->reason, word), "%s: %s", word, note->reason);
		ck_assert_error(note->error, error);
	}
	trial_end(&trial);
}
END_TEST

/* By open(), or as its loss: with its own error in any case. */
START_TEST(an_other_side_that_cannot_enter_is_told)
{
	struct trial trial;
	pid_t pid;
	int status;

	if (has(channels[_i / PEERS], CHANNEL_NULL) || !trial_begin(&trial, _i))
		return;
	altered = *trial.channel;
	altered.enter = refuse_to_enter;
	trial.channel = &altered;
	pid = start_tester(&trial, ping_for_ever);
	status = status_within(&pid, LOST_MS);
	ck_assert_msg(status == EXIT_LOST || status == EXIT_REFUSED, "status %d", status);
	if (!*note->reason)
		ck_assert_error(note->error, -ENODEV);
	trial_end(&trial);
}
END_TEST

static int enter_late(struct channel_end *end)
{
	if (!end->side)
		pause_ms(20);
	return channel_find(altered.about.name)->enter(end);
}

/* It waits already when we come: what nobody has sent yet is no message. */
START_TEST(an_other_side_may_enter_first)
{
	struct trial trial;

	if (channels[_i / PEERS]->about.traits & CHANNEL_NULL || !trial_begin(&trial, _i))
		return;
	altered = *trial.channel;
	altered.enter = enter_late;
	trial.channel = &altered;
	if (trial_open(&trial)) {
		expect(&trial, "ping", altered.ping(trial.pair.end, 10));
		expect(&trial, "stop", channel_pair_stop(&trial.pair));
		assert_counts(&trial, 10, 10);
		channel_pair_close(&trial.pair);
	}
	trial_end(&trial);
}
END_TEST

/* A measuring side that is killed */

/* With its names in the note, as the guard outlives it. */
__attribute__((noreturn))
static void hold(struct trial *trial, bool is_set_up)
{
	struct channel_set_up set_up;

	if (take_names(trial))
		_exit(EXIT_RETURNED);
	memcpy(note->name, trial->guard.name, sizeof(note->name));
	if (!is_set_up)
		run_tester(trial, ping_for_ever);
	note->error = run_set_up(trial, 1, &set_up);
	memcpy(note->reason, set_up.reason, sizeof(note->reason));
	if (note->error)
		_exit(EXIT_REFUSED);
	__atomic_store_n(&note->is_open, 1, __ATOMIC_RELEASE);
	run_set_up(trial, UINT64_MAX, &set_up);
	_exit(EXIT_RETURNED);
}

static void kill_holder(struct trial *trial, bool is_set_up, long ms)
{
	struct census before;
	int status;
	pid_t pid;

	make_note();
	take_census(&before);
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", errno_word(errno));
	if (pid == 0)
		hold(trial, is_set_up);
	status = await_open(&pid);
	if (status == -1) {
		pause_ms(ms);
		ck_assert_int_eq(status_within(&pid, 0), -1);
		ck_assert_call(kill(pid, SIGKILL));
	} else {
		ck_assert_int_eq(status, EXIT_REFUSED);
		is_there(trial, note->error, note->reason);
	}
	assert_all_children_end();
	assert_as_before(&before);
	assert_no_queue(note->name);
}

/* Twice, with and without an IPC namespace: the guard then is alone. */
START_TEST(nothing_outlives_a_killed_owner)
{
	bool is_alone = _i % 2;
	struct trial trial;

	if (!trial_init(&trial, _i / 2) || (is_alone && !has(trial.channel, CHANNEL_IPC)))
		return;
	if (!is_alone)
		enter_namespace(&trial);
	kill_holder(&trial, false, 5);
	if (!trial.config.is_process)
		for (long ms = 0; ms < 4; ms++)
			kill_holder(&trial, true, ms);
}
END_TEST

/* One of each kind, under the last of its names. */
static void make_names(const struct name_guard *guard)
{
	int last = CHANNEL_NAMES - 1, key = guard->key + last;
	char path[256], name[64];

	snprintf(path, sizeof(path), "%s/%d", guard->directory, last);
	snprintf(name, sizeof(name), "%s%d", guard->name, last);
	close(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
	close(shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600));
	sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	mq_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, NULL);
	msgget(key, IPC_CREAT | IPC_EXCL | 0600);
	semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);
	shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
	memcpy(note->name, guard->name, sizeof(note->name));
}

enum guarded_end { OWNER_KILLED, OWNER_ENDS, GUARD_KILLED, GUARDED_ENDS };

__attribute__((noreturn))
static void own_names(enum guarded_end end, const char *before)
{
	struct name_guard guard;
	const char *reason = "";
	char now[16384];

	if (name_guard_begin(&guard, &reason))
		_exit(EXIT_REFUSED);
	make_names(&guard);
	list_all_names(now, sizeof(now));
	if (!strcmp(now, before))
		_exit(EXIT_REFUSED);
	if (end == OWNER_KILLED)
		kill(getpid(), SIGKILL);
	if (end == GUARD_KILLED)
		kill(guard.helper.pid, SIGKILL);
	name_guard_end(&guard);
	_exit(EXIT_RETURNED);
}

START_TEST(a_guard_removes_names_of_every_kind)
{
	struct census before;
	int status;
	pid_t pid;

	make_note();
	ipc_namespace_enter();
	take_census(&before);
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", errno_word(errno));
	if (pid == 0)
		own_names((enum guarded_end)_i, before.names);
	status = status_within(&pid, PATIENCE_MS);
	ck_assert_int_eq(status, _i == OWNER_KILLED ? 128 + SIGKILL : EXIT_RETURNED);
	assert_all_children_end();
	assert_as_before(&before);
	assert_no_queue(note->name);
}
END_TEST

/* As in a container whose filter is older than these calls, or does not want them.
 * Not futex(2): libc itself ends a process that has none. */
static const int refused_calls[] = {
	SYS_pipe2, SYS_socket, SYS_socketpair, SYS_eventfd2, SYS_memfd_create, SYS_msgget,
	SYS_semget, SYS_shmget, SYS_mq_open, SYS_signalfd4, SYS_io_uring_setup,
	SYS_process_vm_readv, SYS_vmsplice,
};

static const int refusals[] = { ENOSYS, EPERM };

#define REFUSALS ((int)(COUNT_OF(refused_calls) * COUNT_OF(refusals)))

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

/* By open(), or not at all: nothing that opens may fail at its first message. */
START_TEST(a_call_refused_is_told_by_open)
{
	int call = refused_calls[_i % REFUSALS / (int)COUNT_OF(refusals)];
	int refusal = refusals[_i % (int)COUNT_OF(refusals)], error;
	struct channel_set_up set_up;
	struct census before;
	struct trial trial;
	bool is_usual;

	if (!trial_begin(&trial, _i / REFUSALS))
		return;
	is_usual = !run_set_up(&trial, 1, &set_up);
	take_census(&before);
	/* This kernel may have no filters. */
	if (refuse_call(call, refusal)) {
		error = trial_try_open(&trial);
		if (!error) {
			expect(&trial, "ping", trial.channel->ping(trial.pair.end, 10));
			expect(&trial, "stop", channel_pair_stop(&trial.pair));
			assert_counts(&trial, 10, 10);
		} else {
			assert_refusal(&trial, error, trial.reason);
			ck_assert_msg(!is_usual || !*trial.reason ||
				      strstr(trial.reason, "seccomp"), "%s: no filter told: %s",
				      trial.channel->about.name, trial.reason);
		}
		channel_pair_close(&trial.pair);
	}
	assert_as_before(&before);
	trial_end(&trial);
}
END_TEST

static const char *name_of(int row)
{
	return channels[row]->about.name;
}

static struct choice choice = { .name_of = name_of };

static void add_messages(void)
{
	choice_add(&choice, round_trips_of_each_size, PEERS, SHARE);
	choice_add(&choice, transfers_of_each_depth, PEERS, SHARE);
	choice_add(&choice, a_twin_of_one_task, 1, SHARE_ALL);
	choice_add(&choice, set_ups_pass_their_message, 1, SHARE_ALL);
}

static void add_contract(void)
{
	add_messages();
	choice_add(&choice, cycles_leave_nothing, PEERS, SHARE);
	choice_add(&choice, fails_at_each_spare_descriptor_and_unwinds, 1, SHARE);
	choice_add(&choice, fails_without_a_process_left_and_unwinds, PEERS, SHARE);
	choice_add(&choice, a_limit_of_nothing_is_named, (int)COUNT_OF(limits), SHARE);
	choice_add(&choice, an_other_side_that_is_lost_is_told, PEERS * CASES, SHARE);
	choice_add(&choice, an_other_side_that_cannot_enter_is_told, PEERS, SHARE);
	choice_add(&choice, an_other_side_may_enter_first, PEERS, SHARE);
	choice_add(&choice, nothing_outlives_a_killed_owner, PEERS * 2, SHARE);
}

/* What is asked of no channel, but of what channels use. */
static void add_general(Suite *suite)
{
	TCase *tcase = tcase_create("general");

	tcase_add_checked_fixture(tcase, begin_test, NULL);
	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_test(tcase, null_comes_first);
	tcase_add_loop_test(tcase, a_guard_removes_names_of_every_kind, 0, GUARDED_ENDS);
	suite_add_tcase(suite, tcase);
}

static Suite *channel_suite(void)
{
	Suite *suite = suite_create("channel");

	add_general(suite);
	choice_begin(&choice, suite, "contract", begin_test, TIMEOUT_S);
	choice_add(&choice, is_found_by_its_name_alone, 1, SHARE_ALL);
	choice_add(&choice, traits_and_hooks_agree, 1, SHARE_ALL);
	add_contract();
	choice_add(&choice, a_call_refused_is_told_by_open, PEERS * REFUSALS, SHARE);

	/* Once is enough with sanitizers, which make it ten times as slow. */
	if (!geteuid() && !IS_SANITIZED) {
		choice_begin(&choice, suite, "contract, as nobody,", begin_test_as_nobody, TIMEOUT_S);
		add_contract();
	}
	return suite;
}

int main(void)
{
	choice.rows = channel_count();
	return choice_run(&choice, channel_suite());
}
