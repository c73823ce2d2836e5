/* SPDX-License-Identifier: MIT */
#include "kernel/proc-task.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/sysfile.h"

/* "NSpid: 4711 12": our numbers, from the namespace of /proc down to our own. */
static bool is_one_number(const char *text, pid_t self)
{
	char *end;

	return strtol(text, &end, 10) == self && end != text && !*end;
}

enum proc_view proc_view(const char *root, pid_t self)
{
	char text[128];
	int64_t number;

	if (!sysfile_read_keyed(root, "/proc/self/status", "NSpid", text, sizeof(text)))
		return is_one_number(text, self) ? PROC_OWN : PROC_OTHER;
	/* Linux before 4.1, or without PID namespaces. */
	if (!sysfile_read_keyed_integer(root, "/proc/self/status", "Pid", &number))
		return number == self ? PROC_OWN : PROC_OTHER;
	return PROC_NONE;
}

bool proc_shows_us(void)
{
	/* Whose answer it is, and the answer: a forked child may be in another namespace. */
	static _Atomic uint64_t known;
	uint64_t self = (uint64_t)getpid(), answer = atomic_load_explicit(&known, memory_order_relaxed);

	if (answer >> 1 != self) {
		answer = self << 1 | (proc_view("", (pid_t)self) == PROC_OWN);
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer & 1;
}

void proc_task_path(pid_t pid, const char *file, char ret[PROC_TASK_PATH_MAX])
{
	int length = snprintf(ret, PROC_TASK_PATH_MAX, "/proc/%d/%s", (int)pid, file);

	if (length >= PROC_TASK_PATH_MAX || !proc_shows_us())
		*ret = '\0';
}

void proc_thread_path(pid_t pid, pid_t tid, const char *file, char ret[PROC_TASK_PATH_MAX])
{
	int length = snprintf(ret, PROC_TASK_PATH_MAX, "/proc/%d/task/%d/%s", (int)pid, (int)tid,
			      file);

	if (length >= PROC_TASK_PATH_MAX || !proc_shows_us())
		*ret = '\0';
}

pid_t proc_number_of_us(void)
{
	char text[32];
	ssize_t length = readlink("/proc/self", text, sizeof(text) - 1);
	int number;

	text[length > 0 ? length : 0] = '\0';
	number = atoi(text);
	return number > 0 ? (pid_t)number : -ENOENT;
}
