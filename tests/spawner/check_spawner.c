/* SPDX-License-Identifier: MIT */
/*
 * check_spawner - the contract of lib/spawner/spawner.h, asked of every mechanism in
 * list.def.  What this machine or account lacks is noted and passed over.
 *
 * Each test runs in a process of its own, which adopts its orphans: a child
 * that a mechanism loses sight of is still seen here.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/process-facts.h"
#include "kernel/raw-syscall.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/tasks.h"
#include "../kit/census.h"
#include "../kit/choice.h"
#include "../kit/spawner-trial.h"

#define TIMEOUT_S 60
#define SHARE 3                      /* one case of so many in make check */
#define CYCLES 30

/* What there is of a process: all of it must be back where it was after close(). */

struct census {
	char descriptors[8192], shared_names[8192], cgroups[8192];
	long threads;
	sigset_t mask;
	struct sigaction interrupt, quit, child;
};

static long count_entries(const char *path)
{
	DIR *directory = opendir(path);
	long count = 0;

	for (; directory && readdir(directory); count++)
		;
	if (directory)
		closedir(directory);
	return count;
}

static long count_threads(void)
{
	return count_entries("/proc/self/task");
}

/* Where cgroup v2 is mounted by most, alone or beside version 1. */
static void list_cgroups(char *text, size_t size)
{
	char line[PATH_MAX + 8], path[PATH_MAX + 64];
	FILE *file = fopen("/proc/self/cgroup", "re");

	text[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3))
			continue;
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
		list_names(path, "handoff-", text, size);
		snprintf(path, sizeof(path), "/sys/fs/cgroup/unified%s", line + 3);
		list_names(path, "handoff-", text, size);
	}
	if (file)
		fclose(file);
}

static void list_shared_names(char *text, size_t size)
{
	text[0] = '\0';
	list_names("/dev/shm", "", text, size);
}

static void take_census(struct census *census)
{
	list_descriptors(census->descriptors, sizeof(census->descriptors));
	census->threads = count_threads();
	list_shared_names(census->shared_names, sizeof(census->shared_names));
	list_cgroups(census->cgroups, sizeof(census->cgroups));
	ck_assert_call(sigprocmask(SIG_SETMASK, NULL, &census->mask));
	ck_assert_call(sigaction(SIGINT, NULL, &census->interrupt));
	ck_assert_call(sigaction(SIGQUIT, NULL, &census->quit));
	ck_assert_call(sigaction(SIGCHLD, NULL, &census->child));
}

/* A detached thread may be on its way out. */
static long settled_threads(long before)
{
	long now = count_threads();

	for (int ms = 0; now > before && ms < PATIENCE_MS; ms += 10) {
		pause_ms(10);
		now = count_threads();
	}
	return now;
}

/* New names may be another process's, but then they go away again. */
static void assert_no_new_name_stays(void (*list)(char *, size_t), const char *before)
{
	char names[8192], now[8192], *rest;

	list(names, sizeof(names));
	for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
		if (strstr(before, name))
			continue;
		for (int ms = 0; list(now, sizeof(now)), strstr(now, name); ms += 10) {
			ck_assert_msg(ms < PATIENCE_MS, "%s is left", name);
			pause_ms(10);
		}
	}
}

static void assert_same_signals(const struct census *before, const struct census *now)
{
	for (int number = 1; number < 32; number++)
		ck_assert_int_eq(sigismember(&before->mask, number),
				 sigismember(&now->mask, number));
	ck_assert(before->interrupt.sa_handler == now->interrupt.sa_handler);
	ck_assert(before->quit.sa_handler == now->quit.sa_handler);
	ck_assert(before->child.sa_handler == now->child.sa_handler);
}

static void assert_no_children(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);

	ck_assert_msg(pid == -1 && errno == ECHILD, "child %d is left", (int)pid);
}

static void assert_nothing_left(const struct census *before)
{
	struct census now;

	assert_no_children();
	/* Fewer: one was on its way out when they were counted. */
	ck_assert_int_le(settled_threads(before->threads), before->threads);
	assert_no_new_name_stays(list_shared_names, before->shared_names);
	assert_no_new_name_stays(list_cgroups, before->cgroups);
	take_census(&now);
	ck_assert_str_eq(now.descriptors, before->descriptors);
	assert_same_signals(before, &now);
}

/* A field of /proc/PID/stat behind the name: 0 the state's letter, 1 the parent. */
static long process_field(pid_t pid, int field)
{
	char path[64], line[512] = "", state = 0;
	long parent = -1;
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fgets(line, sizeof(line), file) && (end = strrchr(line, ')')))
		sscanf(end + 1, " %c %ld", &state, &parent);
	fclose(file);
	return field ? parent : state;
}

/* How many live, and one of them. */
static long count_children(pid_t *ret_one)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	long count = 0;

	while (directory && (entry = readdir(directory))) {
		pid_t pid = atoi(entry->d_name);

		if (pid <= 0 || process_field(pid, 1) != getpid() || process_field(pid, 0) == 'Z')
			continue;
		*ret_one = pid;
		count++;
	}
	if (directory)
		closedir(directory);
	return count;
}

/* Fixtures */

/* A folder that is not for us would turn "not found" into "not allowed". */
static void begin(void)
{
	begin_test();
	ck_assert_call(setenv("PATH", "/usr/bin:/bin", 1));
}

static void begin_as_nobody(void)
{
	begin_test_as_nobody();
	ck_assert_call(setenv("PATH", "/usr/bin:/bin", 1));
}

/* What a mechanism says of itself */

START_TEST(null_comes_first)
{
	ck_assert_ptr_eq(spawners[0], &spawner_null);
	ck_assert_str_eq(spawner_null.about.name, "null");
	for (int i = 0; spawners[i]; i++)
		ck_assert_int_eq((spawners[i]->about.traits & MECHANISM_YARDSTICK) != 0, i == 0);
}
END_TEST

START_TEST(is_found_by_its_name_alone)
{
	const struct spawner *spawner = spawner_at(_i);

	ck_assert_ptr_eq(spawner_find(spawner->about.name), spawner);
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(spawner_at(i)->about.name, spawner->about.name);
	ck_assert_ptr_null(spawner_find("no-such-thing"));
	ck_assert_ptr_null(spawner_find(""));
}
END_TEST

START_TEST(name_and_summary)
{
	const struct spawner *spawner = spawner_at(_i);
	const char *name = spawner->about.name, *summary = spawner->about.summary;

	ck_assert_uint_gt(strlen(name), 0);
	ck_assert_uint_lt(strlen(name), 32);
	ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
	ck_assert(name[0] != '-' && name[strlen(name) - 1] != '-' && !strstr(name, "--"));
	ck_assert_uint_gt(strlen(summary), 0);
	ck_assert_msg(strlen(summary) <= 70, "%s: %zu characters", name, strlen(summary));
	ck_assert_ptr_null(strpbrk(summary, "\n\t"));
	ck_assert(spawner->open && spawner->start && spawner->reap && spawner->close);
	if (spawner->environment)
		ck_assert(strchr(spawner->environment, '=') > spawner->environment);
}
END_TEST

START_TEST(traits_agree)
{
	const struct spawner *spawner = spawner_at(_i);
	unsigned int traits = spawner->about.traits;
	unsigned int kind = traits & (SPAWN_PROCESS | SPAWN_THREAD | SPAWN_USER);
	unsigned int of_processes = SPAWN_EXEC | SPAWN_COPIES | SPAWN_SUSPENDS | SPAWN_SHARES |
				    SPAWN_NO_CHILD_CODE | SPAWN_NO_PID;

	ck_assert_msg(kind && !(kind & (kind - 1)), "one of PROCESS, THREAD and USER");
	if (!has(spawner, SPAWN_PROCESS))
		ck_assert_uint_eq(traits & of_processes, 0);
	if (has(spawner, SPAWN_NO_CHILD_CODE) || has(spawner, SPAWN_NO_PID))
		ck_assert(has(spawner, SPAWN_EXEC));
	ck_assert(!has(spawner, SPAWN_SHARES | SPAWN_COPIES));
	ck_assert(!has(spawner, SPAWN_SHARES | SPAWN_EXEC));
	ck_assert(!has(spawner, SPAWN_WAITS | SPAWN_EXEC));
}
END_TEST

static const struct { int error, status, result; } ends[] = {
	{ 0, 0, 0 },
	{ 0, 1 << 8, -ECHILD },
	{ 0, 126 << 8, -ECHILD },
	{ 0, 127 << 8, -ENOENT },
	{ 0, SIGKILL, -EINTR },
	{ 0, SIGSEGV | 0x80, -EINTR },
	{ 0, SIGSTOP << 8 | 0x7f, -ECHILD },
	{ ENOEXEC, 127 << 8, -ENOEXEC },
	{ EACCES, 0, -EACCES },
};

START_TEST(status_of_an_end)
{
	struct spawn_task task = { .error = ends[_i].error };

	ck_assert_error(spawn_check_status(&task, ends[_i].status), ends[_i].result);
}
END_TEST

/* Elsewhere all may be passed over: these are there wherever Linux is. */
static const char *const portable[] = {
	"null", "fork", "fork-raw", "vfork", "clone-vm", "clone-vm-vfork", "pthread",
	"pthread-detached", "thrd", "posix-spawn", "posix-spawnp", "fork-exec", "vfork-exec",
	"system", "popen", "thread-pool",
};

START_TEST(is_available_everywhere)
{
	struct trial trial;
	int i = 0;

	while (strcmp(spawner_at(i)->about.name, portable[_i]))
		i++;
	trial_begin(&trial, i, 2, false, NULL);
	ck_assert_msg(!trial_open(&trial), "%s: %s", portable[_i], trial.reason);
	trial_close(&trial);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

/* Tasks that come and go */

START_TEST(fifty_tasks_leave_their_trace)
{
	struct trial trial;

	trial_begin(&trial, _i, 5, false, NULL);
	if (!trial_is_available(&trial))
		return;
	for (int wave = 0; wave < 10; wave++)
		run_wave(&trial, wave % 2);
	ck_assert_uint_eq(*trial.tasks.started, has(trial.spawner, SPAWN_EXEC) ? 0 : 50);
	trial_close(&trial);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

static void assert_process_lives(const struct trial *trial, uint32_t i)
{
	const struct spawn_task *task = &trial->tasks.task[i];

	ck_assert_int_gt(task->pid, 0);
	ck_assert_int_ne(task->pid, getpid());
	ck_assert_call(kill(task->pid, 0));
	ck_assert_int_ne(process_field(task->pid, 0), 'Z');
	ck_assert_int_eq(process_field(task->pid, 1), task->creator);
	for (uint32_t other = 0; other < i; other++)
		ck_assert_int_ne(task->pid, trial->tasks.task[other].pid);
}

/* Processes by their pid or number, threads by theirs; a user task is neither. */
static void assert_all_live(const struct trial *trial, const struct census *before)
{
	const struct spawner *spawner = trial->spawner;
	long count = trial->tasks.count;
	pid_t one;

	for (uint32_t i = 0; i < count; i++) {
		ck_assert_uint_eq(time_of(trial, i, true), 0);
		if (has(spawner, SPAWN_PROCESS) && !has(spawner, SPAWN_NO_PID))
			assert_process_lives(trial, i);
	}
	if (has(spawner, SPAWN_NO_PID))
		ck_assert_int_eq(count_children(&one), count);
	if (!has(spawner, SPAWN_PROCESS))
		ck_assert_int_eq(count_children(&one), 0);
	ck_assert_int_eq(count_threads(), before->threads + (has(spawner, SPAWN_THREAD) ? count : 0));
}

START_TEST(twenty_are_held_and_let_go_one_by_one)
{
	struct census before;
	struct trial trial;

	if (!can_hold(spawner_at(_i)))
		return;
	take_census(&before);
	trial_begin(&trial, _i, 20, true, NULL);
	if (!trial_is_available(&trial))
		return;
	for (uint32_t i = 0; i < 20; i++)
		ck_assert_error(trial_start(&trial, i), 0);
	wait_until_running(&trial);
	assert_all_live(&trial, &before);
	for (uint32_t i = 0; i < 20; i++) {
		ck_assert_error(release_and_reap(&trial, i), 0);
		assert_trace(&trial, i);
		for (uint32_t later = i + 1; later < 20 && !has(trial.spawner, SPAWN_EXEC); later++)
			ck_assert_uint_eq(time_of(&trial, later, true), 0);
	}
	trial_close(&trial);
	spawn_tasks_done(&trial.tasks);
	assert_nothing_left(&before);
}
END_TEST

/* SUSPENDS: with start() all is over, or at least the target runs. */
START_TEST(a_frozen_creator_goes_on_after_the_end)
{
	struct trial trial;

	if (!has(spawner_at(_i), SPAWN_SUSPENDS))
		return;
	/* ThreadSanitizer makes a fork() of every vfork(). */
	if (IS_SANITIZED && !strncmp(spawner_at(_i)->about.name, "vfork", 5))
		return;
	trial_begin(&trial, _i, 1, false, NULL);
	if (!trial_is_available(&trial))
		return;
	for (int i = 0; i < 20; i++) {
		ck_assert_error(trial_start(&trial, 0), 0);
		if (!can_hold(trial.spawner))
			assert_trace(&trial, 0);
		else
			ck_assert_uint_ne(trial.tasks.task[0].first, 0);
		ck_assert_error(trial_reap(&trial, 0), 0);
	}
	trial_close(&trial);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

START_TEST(shares_its_creators_memory_as_it_says)
{
	struct trial trial;
	long order;

	if (!has(spawner_at(_i), SPAWN_PROCESS) || has(spawner_at(_i), SPAWN_NO_PID) ||
	    !can_hold(spawner_at(_i)))
		return;
	trial_begin(&trial, _i, 1, true, NULL);
	if (!trial_is_available(&trial))
		return;
	ck_assert_error(trial_start(&trial, 0), 0);
	wait_until_running(&trial);
	order = syscall(SYS_kcmp, getpid(), trial.tasks.task[0].pid, KCMP_VM, 0, 0);
	ck_assert_error(release_and_reap(&trial, 0), 0);
	/* -1: this kernel or container does not tell. */
	if (order >= 0)
		ck_assert_int_eq(order == 0, has(trial.spawner, SPAWN_SHARES));
	trial_close(&trial);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

static const size_t stacks[] = { 256 << 10, (1 << 20) + 1, SIZE_MAX / 4, SIZE_MAX - 1, SIZE_MAX };

/* Sizes that no machine has are an error, from open() or from start(). */
START_TEST(stack_sizes)
{
	const struct spawner *spawner = spawner_at(_i);

	if (!has(spawner, SPAWN_STACK))
		return;
	for (size_t n = 0; n < COUNT_OF(stacks); n++) {
		struct trial trial;
		int error;

		trial_begin(&trial, _i, 3, false, NULL);
		trial.config.stack_bytes = stacks[n];
		error = trial_open(&trial);
		if (!error) {
			error = trial_start(&trial, 0);
			if (!error)
				ck_assert_error(trial_reap(&trial, 0), 0);
			trial_close(&trial);
		}
		ck_assert(stacks[n] < SIZE_MAX / 4 ? !error || error == -ENOSYS : error < 0);
		spawn_tasks_done(&trial.tasks);
	}
	assert_no_children();
}
END_TEST

/* Nothing is left behind */

static void run_cycle(struct trial *trial, const struct census *before)
{
	ck_assert_error(trial_open(trial), 0);
	run_wave(trial, false);
	trial_close(trial);
	ck_assert_int_eq(settled_threads(before->threads), before->threads);
}

static long count_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	long lines = 0;
	int byte;

	ck_assert_ptr_nonnull(file);
	while ((byte = getc(file)) != EOF)
		lines += byte == '\n';
	fclose(file);
	return lines;
}

/*
 * Neighbouring mappings become one, so their sum is asked, too.  Not with
 * sanitizers, which map for themselves as they go along.
 */
START_TEST(cycles_leave_nothing)
{
	struct census before;
	struct trial trial;
	double kib;
	long mappings;

	trial_begin(&trial, _i, 2, false, NULL);
	/* libc may keep one stack more than before, when a detached thread ends late. */
	trial.config.stack_bytes = 256 << 10;
	take_census(&before);
	if (!trial_is_available(&trial))
		return;
	trial_close(&trial);
	assert_nothing_left(&before);
	run_cycle(&trial, &before);
	assert_nothing_left(&before);
	mappings = count_lines("/proc/self/maps");
	kib = process_status(0, "VmSize");
	for (int i = 0; i < CYCLES; i++)
		run_cycle(&trial, &before);
	assert_nothing_left(&before);
	if (!IS_SANITIZED) {
		ck_assert_int_lt(count_lines("/proc/self/maps"), mappings + CYCLES / 2);
		ck_assert_double_lt(process_status(0, "VmSize"), kib + 1024);
	}
	spawn_tasks_done(&trial.tasks);
}
END_TEST

/* Whoever reads what we write would else wait for them as well. */
START_TEST(helpers_keep_no_descriptor_of_ours)
{
	struct trial trial;
	struct pollfd end;
	int output[2];

	ck_assert_call(pipe2(output, O_CLOEXEC));
	trial_begin(&trial, _i, 3, false, NULL);
	if (!trial_is_available(&trial))
		return;
	close(output[1]);
	end = (struct pollfd){ .fd = output[0], .events = POLLIN };
	ck_assert_int_eq(poll(&end, 1, 0), 1);
	ck_assert_int_eq(end.revents, POLLHUP);
	trial_close(&trial);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

/* 0 is a descriptor like any other. */
START_TEST(works_without_standard_input)
{
	struct census before;
	struct trial trial;

	trial_begin(&trial, _i, 2, false, NULL);
	close(0);
	take_census(&before);
	if (!trial_is_available(&trial))
		return;
	run_wave(&trial, true);
	trial_close(&trial);
	assert_nothing_left(&before);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

static void set_soft_limit(int resource, rlim_t value)
{
	struct rlimit limit;

	ck_assert_call(getrlimit(resource, &limit));
	limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
	ck_assert_call(setrlimit(resource, &limit));
}

static rlim_t soft_limit(int resource)
{
	struct rlimit limit;

	ck_assert_call(getrlimit(resource, &limit));
	return limit.rlim_cur;
}

/* A task whose pidfd could not be handed over ends without us. */
static void collect_orphans(void)
{
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

/* Under a limit: 0 when all went well, else the first error. */
static int try_under_limit(struct trial *trial, int resource, rlim_t value)
{
	rlim_t usual = soft_limit(resource);
	int error;

	set_soft_limit(resource, value);
	error = trial_open(trial);
	if (!error) {
		error = trial_start(trial, 0);
		error = error ? error : trial_reap(trial, 0);
		trial_close(trial);
	} else {
		ck_assert_msg(error != -EBADF && error != -ECHILD, "%s", errno_word(error));
	}
	set_soft_limit(resource, usual);
	return error;
}

START_TEST(fails_at_each_spare_descriptor_and_unwinds)
{
	struct census before;
	struct trial trial;
	rlim_t limit;
	int error;

	silence_shells();
	trial_begin(&trial, _i, 3, false, NULL);
	if (!trial_is_available(&trial))
		return;
	trial_close(&trial);
	take_census(&before);
	limit = (rlim_t)lowest_free_descriptor();
	for (int spare = 0; ; spare++) {
		error = try_under_limit(&trial, RLIMIT_NOFILE, limit + (rlim_t)spare);
		if (error)
			collect_orphans();
		assert_nothing_left(&before);
		if (!error)
			break;
		ck_assert_int_lt(spare, 32);
	}
	spawn_tasks_done(&trial.tasks);
}
END_TEST

/* Whoever has CAP_SYS_RESOURCE is not limited, so this is for others. */
START_TEST(fails_at_each_spare_process_and_unwinds)
{
	struct census before;
	struct trial trial;
	rlim_t limit;
	int error;

	if (!become_nobody())
		return;
	silence_shells();
	trial_begin(&trial, _i, 3, false, NULL);
	if (!trial_is_available(&trial))
		return;
	trial_close(&trial);
	take_census(&before);
	for (limit = 0; ; limit++) {
		error = try_under_limit(&trial, RLIMIT_NPROC, limit);
		collect_orphans();
		if (!error)
			break;
		assert_nothing_left(&before);
		/* So many processes of this account are not ours. */
		if (limit == 500)
			return;
	}
	assert_nothing_left(&before);
	ck_assert_int_eq(limit == 0, has(trial.spawner, SPAWN_USER));
	spawn_tasks_done(&trial.tasks);
}
END_TEST

/* Failures are told */

START_TEST(a_start_without_a_process_left_is_an_error)
{
	rlim_t usual = soft_limit(RLIMIT_NPROC);
	struct census before;
	struct trial trial;
	int error;

	if (has(spawner_at(_i), SPAWN_USER) || has(spawner_at(_i), SPAWN_WAITS))
		return;
	take_census(&before);
	trial_begin(&trial, _i, 2, false, NULL);
	if (!trial_is_available(&trial))
		return;
	if (!become_nobody())
		return;
	set_soft_limit(RLIMIT_NPROC, 0);
	error = trial_start(&trial, 0);
	if (!error)
		error = trial_reap(&trial, 0);
	set_soft_limit(RLIMIT_NPROC, usual);
	ck_assert_int_lt(error, 0);
	ck_assert_uint_eq(time_of(&trial, 0, false), 0);
	trial_close(&trial);
	spawn_tasks_done(&trial.tasks);
	assert_no_children();
}
END_TEST

/* It does without, or fails; what it leaves running ends without us. */
START_TEST(a_start_without_a_descriptor_left)
{
	rlim_t usual = soft_limit(RLIMIT_NOFILE);
	struct census before;
	struct trial trial;
	int error;

	silence_shells();
	trial_begin(&trial, _i, 1, false, NULL);
	take_census(&before);
	if (!trial_is_available(&trial))
		return;
	set_soft_limit(RLIMIT_NOFILE, (rlim_t)lowest_free_descriptor());
	error = trial_start(&trial, 0);
	if (!error)
		error = trial_reap(&trial, 0);
	set_soft_limit(RLIMIT_NOFILE, usual);
	if (!error)
		assert_trace(&trial, 0);
	trial_close(&trial);
	if (error)
		collect_orphans();
	assert_nothing_left(&before);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

/* As in a container whose filter is older than these calls, or does not want them. */
static bool refuse_calls(unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
	};
	struct sock_fprog program = { COUNT_OF(code), code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static const int refusals[] = { ENOSYS, EPERM };

/* libc falls back to older calls on ENOSYS alone: what needs it is not asked then. */
START_TEST(a_call_refused_is_a_reason)
{
	int i = _i / (int)COUNT_OF(refusals), refusal = refusals[_i % (int)COUNT_OF(refusals)];
	struct census before;
	struct trial trial;

	if (refusal == EPERM && strncmp(spawner_at(i)->about.name, "clone3", 6))
		return;
	take_census(&before);
	trial_begin(&trial, i, 2, false, NULL);
	/* This kernel may have no filters. */
	if (!refuse_calls((unsigned int)refusal))
		return;
	if (!trial_open(&trial)) {
		run_wave(&trial, false);
		trial_close(&trial);
	} else {
		ck_assert_str_ne(trial.reason, "");
	}
	spawn_tasks_done(&trial.tasks);
	assert_nothing_left(&before);
}
END_TEST

/* Its process, or the shell's that libc keeps to itself. */
static pid_t process_of(const struct trial *trial)
{
	pid_t pid = 0;

	if (!has(trial->spawner, SPAWN_NO_PID))
		return trial->tasks.task[0].pid;
	ck_assert_int_eq(count_children(&pid), 1);
	return pid;
}

START_TEST(a_killed_child_is_an_error)
{
	struct census before;
	struct trial trial;

	if (!has(spawner_at(_i), SPAWN_PROCESS) || !can_hold(spawner_at(_i)))
		return;
	take_census(&before);
	trial_begin(&trial, _i, 1, true, NULL);
	if (!trial_is_available(&trial))
		return;
	ck_assert_error(trial_start(&trial, 0), 0);
	wait_until_running(&trial);
	ck_assert_call(kill(process_of(&trial), SIGKILL));
	ck_assert_int_lt(release_and_reap(&trial, 0), 0);
	trial_close(&trial);
	/* Behind a shell's back its target may end a little later. */
	if (has(trial.spawner, SPAWN_NO_PID))
		collect_orphans();
	spawn_tasks_done(&trial.tasks);
	assert_nothing_left(&before);
}
END_TEST

static void hold_until_killed(int i, int ready)
{
	struct trial trial;
	char is_available;

	trial_begin(&trial, i, 2, true, NULL);
	is_available = !trial_open(&trial);
	for (uint32_t n = 0; n < 2 && is_available; n++)
		is_available = !trial_start(&trial, n);
	if (is_available)
		wait_until_running(&trial);
	if (write(ready, &is_available, 1) == 1)
		pause();
	_exit(1);
}

/* They come to us as orphans; that they end is what waitpid() waits for. */
START_TEST(held_tasks_end_with_their_creator)
{
	struct census before;
	char is_available = 0;
	int ready[2];
	pid_t pid;

	if (!has(spawner_at(_i), SPAWN_PROCESS) || !can_hold(spawner_at(_i)))
		return;
	take_census(&before);
	ck_assert_call(pipe2(ready, O_CLOEXEC));
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", errno_word(errno));
	if (pid == 0)
		hold_until_killed(_i, ready[1]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &is_available, 1), 1);
	close(ready[0]);
	ck_assert_call(kill(pid, SIGKILL));
	collect_orphans();
	assert_nothing_left(&before);
}
END_TEST

/* Symbolic links, as programs in a temporary directory may not be executable at all. */
static void make_target(char path[64])
{
	strcpy(path, "/tmp/handoff-check.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	strcat(path, "/handoff-no-such-name");
	ck_assert_call(symlink("/bin/false", path));
}

static void remove_target(char path[64])
{
	remove(path);
	*strrchr(path, '/') = '\0';
	ck_assert_call(rmdir(path));
}

static int run_target(struct trial *trial)
{
	int error = trial_start(trial, 0);

	return error ? error : trial_reap(trial, 0);
}

START_TEST(a_target_that_fails_is_an_error)
{
	struct census before;
	struct trial trial;
	int of_false, of_none, of_folder;
	char path[64];

	if (!has(spawner_at(_i), SPAWN_EXEC))
		return;
	silence_shells();
	take_census(&before);
	make_target(path);
	trial_begin(&trial, _i, 1, false, path);
	ck_assert_error(trial_open(&trial), 0);
	of_false = run_target(&trial);
	ck_assert_call(unlink(path));
	of_none = run_target(&trial);
	ck_assert_call(mkdir(path, 0755));
	of_folder = run_target(&trial);
	trial_close(&trial);
	/* First of all, as a failed test ends where it fails. */
	remove_target(path);
	ck_assert_error(of_false, -ECHILD);
	ck_assert_error(of_none, -ENOENT);
	ck_assert_int_lt(of_folder, 0);
	spawn_tasks_done(&trial.tasks);
	assert_nothing_left(&before);
}
END_TEST

START_TEST(a_missing_target_is_told_by_open)
{
	struct trial trial;

	if (!has(spawner_at(_i), SPAWN_EXEC))
		return;
	trial_begin(&trial, _i, 1, false, "/no/such/handoff-target");
	ck_assert_error(trial_open(&trial), -ENOENT);
	ck_assert_str_ne(trial.reason, "");
	spawn_tasks_done(&trial.tasks);
}
END_TEST

static const char *name_of(int row)
{
	return spawners[row]->about.name;
}

static struct choice choice = { .name_of = name_of };

static void add_failures(void)
{
	choice_add(&choice, fails_at_each_spare_descriptor_and_unwinds, 1, SHARE);
	choice_add(&choice, fails_at_each_spare_process_and_unwinds, 1, SHARE);
	choice_add(&choice, a_start_without_a_process_left_is_an_error, 1, SHARE);
	choice_add(&choice, a_start_without_a_descriptor_left, 1, SHARE);
	choice_add(&choice, a_call_refused_is_a_reason, (int)COUNT_OF(refusals), SHARE);
	choice_add(&choice, a_killed_child_is_an_error, 1, SHARE);
	choice_add(&choice, a_target_that_fails_is_an_error, 1, SHARE_ALL);
	choice_add(&choice, a_missing_target_is_told_by_open, 1, SHARE_ALL);
}

static void add_contract(void)
{
	choice_add(&choice, fifty_tasks_leave_their_trace, 1, SHARE_ALL);
	choice_add(&choice, twenty_are_held_and_let_go_one_by_one, 1, SHARE);
	choice_add(&choice, a_frozen_creator_goes_on_after_the_end, 1, SHARE);
	choice_add(&choice, shares_its_creators_memory_as_it_says, 1, SHARE_ALL);
	choice_add(&choice, stack_sizes, 1, SHARE);
	choice_add(&choice, cycles_leave_nothing, 1, SHARE);
	choice_add(&choice, helpers_keep_no_descriptor_of_ours, 1, SHARE_ALL);
	choice_add(&choice, works_without_standard_input, 1, SHARE);
	choice_add(&choice, held_tasks_end_with_their_creator, 1, SHARE);
	add_failures();
}

static void add_general(Suite *suite)
{
	TCase *tcase = tcase_create("general");

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, null_comes_first);
	tcase_add_loop_test(tcase, status_of_an_end, 0, COUNT_OF(ends));
	tcase_add_loop_test(tcase, is_available_everywhere, 0, COUNT_OF(portable));
	suite_add_tcase(suite, tcase);
}

static Suite *spawner_suite(void)
{
	Suite *suite = suite_create("spawner");

	add_general(suite);
	choice_begin(&choice, suite, "contract", begin, TIMEOUT_S);
	choice_add(&choice, is_found_by_its_name_alone, 1, SHARE_ALL);
	choice_add(&choice, name_and_summary, 1, SHARE_ALL);
	choice_add(&choice, traits_agree, 1, SHARE_ALL);
	add_contract();

	/* Once is enough with sanitizers, which make it ten times as slow. */
	if (!geteuid() && !IS_SANITIZED) {
		choice_begin(&choice, suite, "contract, as nobody,", begin_as_nobody, TIMEOUT_S);
		add_contract();
	}
	return suite;
}

int main(void)
{
	choice.rows = spawner_count();
	return choice_run(&choice, spawner_suite());
}
