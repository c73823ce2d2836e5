/* SPDX-License-Identifier: MIT */
/* fork and its like: the child gets a copy of the address space. */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"
#include "spawner/clone3-probe.h"
#include "spawner/mechanism/list.h"

static int copy_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	(void)state, (void)config, (void)ret_reason;
	return 0;
}

static int fork_start(void *state, struct spawn_task *task)
{
	/* Not into the task at once: it is shared, and the child's 0 would win. */
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		spawn_task_exit(task);
	task->pid = pid;
	return pid == -1 ? -errno : 0;
}

/* The bare call: no handlers, no locks of libc, no update of its thread's id. */
static int fork_raw_start(void *state, struct spawn_task *task)
{
	long pid;

	(void)state;
#if defined(__aarch64__) || defined(__x86_64__)
	pid = raw_syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
#else
	pid = raw_syscall(SYS_fork, 0, 0, 0, 0, 0, 0);
#endif
	if (pid == 0)
		spawn_task_exit(task);
	task->pid = (pid_t)pid;
	return pid < 0 ? (int)pid : 0;
}

static int clone3_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	(void)state, (void)config;
	return clone3_probe(ret_reason);
}

static int clone3_start(void *state, struct spawn_task *task)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	long pid;

	(void)state;
	pid = raw_syscall(SYS_clone3, (long)&arguments, sizeof(arguments), 0, 0, 0, 0);
	if (pid == 0)
		spawn_task_exit(task);
	task->pid = (pid_t)pid;
	return pid < 0 ? (int)pid : 0;
}

static int copy_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return spawn_wait(task);
}

static void copy_close(void *state)
{
	(void)state;
}

#define COPIER(identifier, option, text, flags, open_hook, start_hook) \
	const struct spawner spawner_##identifier = { \
		.about = { option, text, SPAWN_PROCESS | SPAWN_COPIES }, \
		.clone_flags = flags, \
		.open = open_hook, \
		.start = start_hook, \
		.reap = copy_reap, \
		.close = copy_close, \
	}

COPIER(fork, "fork", "fork(3) of libc, with its handlers and locks", SPAWN_FLAGS_OF_LIBC, copy_open,
       fork_start);
COPIER(fork_raw, "fork-raw", "the bare fork system call, nothing of libc", 0, copy_open,
       fork_raw_start);
COPIER(clone3, "clone3", "clone3(2) without flags: fork by the newest call", 0, clone3_open,
       clone3_start);
