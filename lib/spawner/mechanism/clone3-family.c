/* SPDX-License-Identifier: MIT */
/* clone3 with a pidfd or into fresh namespaces: a copying child, waited for by pid or pidfd. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"
#include "kernel/user-namespace.h"
#include "spawner/clone3-probe.h"
#include "spawner/mechanism/list.h"

/* musl and older libc know P_PIDFD not at all, or as an enumerator. */
#define ID_PIDFD ((idtype_t)3)

struct family_state {
	uint64_t flags;
	int creator;               /* pidfd of this process for who cannot see it, or -1 */
};

/* The kernel looks at pidfd only under CLONE_PIDFD, and makes it close-on-exec. */
static long family_clone(uint64_t flags, int *pidfd)
{
	struct clone_args arguments = {
		.flags = flags,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};

	return raw_syscall(SYS_clone3, (long)&arguments, sizeof(arguments), 0, 0, 0, 0);
}

/* One child that ends at once: whether kernel, filter and account allow the flags. */
static int family_try(uint64_t flags)
{
	struct spawn_task child = { .pidfd = -1 };
	long pid = family_clone(flags, &child.pidfd);

	if (pid == 0)
		for (;;)
			raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
	if (pid < 0)
		return (int)pid;
	if (child.pidfd != -1)
		close(child.pidfd);
	child.pid = (pid_t)pid;
	return spawn_wait(&child);
}

static const char *reason_of(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return "needs CAP_SYS_ADMIN or user namespaces, and this account has neither";
	case -ENOSPC:
	case -EUSERS:
		return "no more namespaces of this kind allowed: see sysctl user.max_*_namespaces";
	case -EAGAIN:
		return "no more processes are allowed: see RLIMIT_NPROC, and pids.max of the "
		       "cgroup";
	case -EINVAL:
		return "this kernel was built without one of these flags or namespaces";
	case -ESRCH:
		return "the parent ended meanwhile";
	default:
		return NULL;
	}
}

static int family_refused(int error, const char **ret_reason)
{
	const char *reason = reason_of(error);

	if (reason)
		*ret_reason = reason;
	return error;
}

static int family_open(struct family_state *own, uint64_t flags, const char **ret_reason)
{
	int error = clone3_probe(ret_reason);

	if (error)
		return error;
	own->flags = flags;
	own->creator = -1;
	error = family_try(flags);
	if (error == -EPERM && flags != CLONE_PIDFD) {
		/* For the rest of the worker's life. */
		error = user_namespace_enter();
		if (error == -EINVAL) {
			*ret_reason = "without CAP_SYS_ADMIN it needs a user namespace, "
				      "and a process of several threads cannot enter one";
			return -EPERM;
		}
		if (error && error != -ESRCH)
			return family_refused(-EPERM, ret_reason);
		if (!error)
			error = family_try(flags);
	}
	if (!error && flags & CLONE_NEWPID) {
		own->creator = (int)syscall(SYS_pidfd_open, getpid(), 0);
		if (own->creator == -1) {
			error = -errno;
			*ret_reason = "pidfd_open failed, by which its task sees whether we live";
			return error;
		}
	}
	return error ? family_refused(error, ret_reason) : 0;
}

/*
 * From inside a PID namespace of its own a task has parent 0, alive or not, so
 * the gate of spawn_task_run() cannot tell that its creator is gone: killed
 * before the death signal was armed, it would leave the task waiting.
 */
static void hidden_wait(const struct family_state *own, const struct spawn_task *task)
{
	struct pollfd creator = { .fd = own->creator, .events = POLLIN };

	raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	while (!__atomic_load_n(&task->gate, __ATOMIC_ACQUIRE)) {
		struct timespec now = { 0, 0 }, patience = { 1, 0 };

		if (raw_syscall(SYS_ppoll, (long)&creator, 1, (long)&now, 0, 0, 0))
			raw_syscall(SYS_exit_group, 1, 0, 0, 0, 0, 0);
		raw_syscall(SYS_futex, (long)&task->gate, FUTEX_WAIT, 0, (long)&patience, 0, 0);
	}
}

static void hidden_exit(const struct family_state *own, struct spawn_task *task)
	__attribute__((noreturn));
static void hidden_exit(const struct family_state *own, struct spawn_task *task)
{
	spawn_task_begin(task);
	if (task->is_held)
		hidden_wait(own, task);
	spawn_task_end(task);
	for (;;)
		raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static int hidden_start(void *state, struct spawn_task *task)
{
	const struct family_state *own = state;
	long pid = family_clone(own->flags, &task->pidfd);

	if (pid == 0)
		hidden_exit(own, task);
	task->pid = (pid_t)pid;
	return pid < 0 ? (int)pid : 0;
}

static int family_start(void *state, struct spawn_task *task)
{
	const struct family_state *own = state;
	long pid = family_clone(own->flags, &task->pidfd);

	if (pid == 0)
		spawn_task_exit(task);
	task->pid = (pid_t)pid;
	return pid < 0 ? (int)pid : 0;
}

static int family_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return spawn_wait(task);
}

/* waitid() tells code and status apart; put them together as wait() has them. */
static int pidfd_status(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED ? info->si_status << 8 : info->si_status & 0x7f;
}

static int pidfd_reap(void *state, struct spawn_task *task)
{
	siginfo_t info = { 0 };
	int result, error;

	(void)state;
	do
		result = waitid(ID_PIDFD, (id_t)task->pidfd, &info, WEXITED);
	while (result == -1 && errno == EINTR);
	error = result ? -errno : spawn_check_status(task, pidfd_status(&info));
	if (close(task->pidfd) && !error)
		error = -errno;
	return error;
}

static void family_close(void *state)
{
	const struct family_state *own = state;

	if (own->creator != -1)
		close(own->creator);
}

#define MEMBER(identifier, option, flag_set, start_hook, reap_hook, text) \
	static int identifier##_open(void *state, const struct spawn_config *config, \
				     const char **ret_reason) \
	{ \
		(void)config; \
		return family_open(state, flag_set, ret_reason); \
	} \
	const struct spawner spawner_##identifier = { \
		.about = { option, text, SPAWN_PROCESS | SPAWN_COPIES }, \
		.clone_flags = flag_set, \
		.state_bytes = sizeof(struct family_state), \
		.open = identifier##_open, \
		.start = start_hook, \
		.reap = reap_hook, \
		.close = family_close, \
	}

/* What runc unshares unless it is told otherwise. */
#define CONTAINER_FLAGS (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | \
			 CLONE_NEWNET | CLONE_NEWCGROUP)

MEMBER(clone3_pidfd, "clone3-pidfd", CLONE_PIDFD, family_start, pidfd_reap,
       "clone3 with a pidfd, reaped by waitid on it; its close counts");
MEMBER(clone3_newuser, "clone3-newuser", CLONE_NEWUSER, family_start, family_reap,
       "clone3 into a fresh user namespace");
MEMBER(clone3_newipc, "clone3-newipc", CLONE_NEWIPC, family_start, family_reap,
       "clone3 into a fresh IPC namespace");
MEMBER(clone3_newuts, "clone3-newuts", CLONE_NEWUTS, family_start, family_reap,
       "clone3 into a fresh UTS namespace (host name)");
MEMBER(clone3_newpid, "clone3-newpid", CLONE_NEWPID, hidden_start, family_reap,
       "clone3 into a fresh PID namespace, as its process 1");
MEMBER(clone3_newns, "clone3-newns", CLONE_NEWNS, family_start, family_reap,
       "clone3 into a fresh mount namespace, a copy of this one");
MEMBER(clone3_newnet, "clone3-newnet", CLONE_NEWNET, family_start, family_reap,
       "clone3 into a fresh network namespace");
MEMBER(clone3_newcgroup, "clone3-newcgroup", CLONE_NEWCGROUP, family_start, family_reap,
       "clone3 into a fresh cgroup namespace");
MEMBER(clone3_newtime, "clone3-newtime", CLONE_NEWTIME, family_start, family_reap,
       "clone3 into a fresh time namespace");
MEMBER(clone3_container, "clone3-container", CONTAINER_FLAGS, hidden_start, family_reap,
       "clone3 into the six namespaces that a container gets");
