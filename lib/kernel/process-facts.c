/* SPDX-License-Identifier: MIT */
#include "kernel/process-facts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/capability.h"
#include "kernel/proc-task.h"
#include "kernel/sysfile.h"

static double keyed(const char *path, const char *key)
{
	int64_t value;

	return sysfile_read_keyed_integer("", path, key, &value) ? -1 : (double)value;
}

double process_meminfo_kib(const char *key)
{
	return keyed("/proc/meminfo", key);
}

double process_smaps_kib(const char *key)
{
	return keyed("/proc/self/smaps_rollup", key);
}

double process_child_smaps_kib(pid_t pid, const char *key)
{
	char path[PROC_TASK_PATH_MAX];

	proc_task_path(pid, "smaps_rollup", path);
	return keyed(path, key);
}

double process_status(pid_t pid, const char *key)
{
	char path[PROC_TASK_PATH_MAX] = "/proc/self/status";

	if (pid)
		proc_task_path(pid, "status", path);
	return keyed(path, key);
}

bool process_is_alive(pid_t pid)
{
	char path[PROC_TASK_PATH_MAX], state[32];

	if (!proc_shows_us())
		return !kill(pid, 0) || errno == EPERM;
	proc_task_path(pid, "status", path);
	return !sysfile_read_keyed("", path, "State", state, sizeof(state)) && *state != 'Z' &&
	       *state != 'X';
}

double process_forks_since_boot(void)
{
	return keyed("/proc/stat", "processes");
}

double process_migrations(void)
{
	return keyed("/proc/thread-self/sched", "se.nr_migrations");
}

uint64_t process_user_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/user", &status) ? 0 : status.st_ino;
}

struct task_limits {
	char nproc[32], pids[32], pid_max[32], threads_max[32];
};

static void read_limits(struct task_limits *ret)
{
	struct sysfile_cgroup group;
	struct rlimit limit;

	memset(ret, 0, sizeof(*ret));
	if (getrlimit(RLIMIT_NPROC, &limit) || limit.rlim_cur == RLIM_INFINITY)
		snprintf(ret->nproc, sizeof(ret->nproc), "unlimited");
	else
		snprintf(ret->nproc, sizeof(ret->nproc), "%llu", (unsigned long long)limit.rlim_cur);
	if (!sysfile_cgroup_find("", "pids", &group))
		sysfile_cgroup_text("", &group, "pids.max", ret->pids, sizeof(ret->pids));
	if (!*ret->pids)
		snprintf(ret->pids, sizeof(ret->pids), "absent");
	sysfile_read_text("", "/proc/sys/kernel/pid_max", ret->pid_max, sizeof(ret->pid_max));
	sysfile_read_text("", "/proc/sys/kernel/threads-max", ret->threads_max,
			  sizeof(ret->threads_max));
}

static double lower_limit(double limit, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	return end != text && value < limit ? value : limit;
}

double process_tasks_allowed(void)
{
	struct task_limits limits;
	double allowed = 1e18;

	read_limits(&limits);
	/* RLIMIT_NPROC does not bind those who may exceed it. */
	if (!capability_exceeds_processes(""))
		allowed = lower_limit(allowed, limits.nproc);
	allowed = lower_limit(allowed, limits.pids);
	allowed = lower_limit(allowed, limits.pid_max);
	return lower_limit(allowed, limits.threads_max);
}

void process_limit_reason(char *ret, size_t size, uint64_t tasks)
{
	struct task_limits limits;
	char found[64] = "no task could be made";

	if (tasks)
		snprintf(found, sizeof(found), "only %llu tasks could live at once",
			 (unsigned long long)tasks);
	read_limits(&limits);
	snprintf(ret, size,
		 "%s: raise what binds of RLIMIT_NPROC %s, pids.max %s, pid_max %s, "
		 "threads-max %s, memory",
		 found, limits.nproc, limits.pids, limits.pid_max, limits.threads_max);
}
