/* SPDX-License-Identifier: MIT */
#include "spawner/spawner.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"

/*
 * A held task looks every ten seconds whether its creator still lives (seldom:
 * thousands are held at once), and ends by itself after ten minutes: no run
 * holds tasks for so long.
 */
#define GATE_LOOK_S 10
#define GATE_LOOKS 60

UNINSTRUMENTED static inline int task_is_orphan(const struct spawn_task *task)
{
	long parent = raw_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0);

	/* 0: the parent sits outside this task's PID namespace, out of sight. */
	return parent != 0 && parent != task->creator;
}

/* A thread dies with its creator anyway; a process must not outlive it. */
UNINSTRUMENTED_FUNCTION static void task_wait_at_gate(struct spawn_task *task)
{
	struct timespec patience = { GATE_LOOK_S, 0 };
	long is_thread = raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0) == task->creator;

	if (!is_thread)
		raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	for (int look = 0; !__atomic_load_n(&task->gate, __ATOMIC_ACQUIRE); look++) {
		if (look == GATE_LOOKS || (!is_thread && task_is_orphan(task)))
			raw_syscall(SYS_exit_group, 1, 0, 0, 0, 0, 0);
		raw_syscall(SYS_futex, (long)&task->gate, FUTEX_WAIT, 0, (long)&patience, 0, 0);
	}
}

UNINSTRUMENTED static inline uint64_t look(const struct spawn_task *task)
{
	enum clock_source source = (enum clock_source)task->source;

	return task->is_copy ? clock_start_of_copy(source) : clock_start(source);
}

UNINSTRUMENTED static inline void stamp_first(struct spawn_task *task)
{
	enum clock_source source = (enum clock_source)task->source;

	task->first = look(task);
	task->first_cpu = task->is_copy ? clock_cpu_of_copy(source) : clock_cpu(source);
}

UNINSTRUMENTED_FUNCTION void spawn_task_begin(struct spawn_task *task)
{
	stamp_first(task);
	__atomic_fetch_add(task->started, 1, __ATOMIC_RELAXED);
}

UNINSTRUMENTED_FUNCTION void spawn_task_end(struct spawn_task *task)
{
	task->last = look(task);
}

UNINSTRUMENTED_FUNCTION void spawn_task_run(struct spawn_task *task)
{
	spawn_task_begin(task);
	if (task->is_held)
		task_wait_at_gate(task);
	spawn_task_end(task);
}

UNINSTRUMENTED_FUNCTION void spawn_task_exit(struct spawn_task *task)
{
	spawn_task_run(task);
	for (;;)
		raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

extern char **environ;

UNINSTRUMENTED_FUNCTION void spawn_task_execute(struct spawn_task *task,
						const struct spawn_config *config)
{
	long error;

	stamp_first(task);
	error = raw_syscall(SYS_execve, (long)config->target, (long)task->arguments,
			    (long)environ, 0, 0, 0);
	task->error = (int32_t)-error;
	for (;;)
		raw_syscall(SYS_exit_group, 127, 0, 0, 0, 0, 0);
}

int spawn_check_target(const struct spawn_config *config, const char **ret_reason)
{
	struct stat status;
	int error = 0;

	if (stat(config->target, &status) || access(config->target, X_OK))
		error = -errno;
	else if (!S_ISREG(status.st_mode))
		error = -EACCES;
	if (error)
		*ret_reason = "the program to execute is missing, or not executable for this account";
	return error;
}

int spawn_check_status(const struct spawn_task *task, int status)
{
	if (task->error)
		return -task->error;
	if (WIFSIGNALED(status))
		return -EINTR;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECHILD;
}

int spawn_wait(struct spawn_task *task)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(task->pid, &status, __WALL);
	while (pid == -1 && errno == EINTR);
	return pid == -1 ? -errno : spawn_check_status(task, status);
}
