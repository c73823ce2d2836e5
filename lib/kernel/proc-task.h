/* SPDX-License-Identifier: MIT */
/*
 * kernel/proc-task - the files that /proc has of a task, by its number.
 *
 * A mounted /proc shows the tasks of one PID namespace.  Where that is not ours ("unshare -pf"
 * without a /proc of its own, some containers), our numbers are those of strangers there.  So
 * every path by a number is made here: it is empty, and nothing can be opened by it, unless /proc
 * shows us under our own number.
 */
#ifndef HANDOFF_PROC_TASK_H
#define HANDOFF_PROC_TASK_H

#include <stdbool.h>
#include <sys/types.h>

#define PROC_TASK_PATH_MAX 96

/* Why what is known of other tasks is not told. */
#define PROC_TASK_UNREAD "what the kernel counts of the tasks cannot be read: " \
	"/proc must be mounted, and of this PID namespace"

enum proc_view {
	PROC_OWN,              /* the PID namespace of this process */
	PROC_OTHER,            /* another one: only /proc/self and /proc/thread-self are right */
	PROC_NONE,             /* /proc is not mounted, or does not show this process at all */
};

/* What ROOT/proc shows to the process with this number in its own namespace. */
enum proc_view proc_view(const char *root, pid_t self);

/* Whether /proc shows the PID namespace of the caller.  Looked at once in a process. */
bool proc_shows_us(void);

/* "/proc/PID/FILE", or "". */
void proc_task_path(pid_t pid, const char *file, char ret[PROC_TASK_PATH_MAX]);

/* "/proc/PID/task/TID/FILE", or "". */
void proc_thread_path(pid_t pid, pid_t tid, const char *file, char ret[PROC_TASK_PATH_MAX]);

/* The number that /proc, of whichever namespace, has for the caller.  -ENOENT: none. */
pid_t proc_number_of_us(void);

#endif
