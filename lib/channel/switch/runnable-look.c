/* SPDX-License-Identifier: MIT */
/* channel/switch/runnable-look - what /proc says of the tasks of channel/switch/runnable.h. */
#include "channel/switch/runnable.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/proc-task.h"

#define TEXT_BYTES 4096

/* Fields of /proc/PID/task/TID/stat behind the name, counted from 0 (proc(5), less 3). */
#define STAT_STATE 0
#define STAT_PROCESSOR 36

/* As a thread of its process: of a whole one the kernel would sum up all threads each time. */
static bool read_file(const struct runnable *runnable, uint32_t i, const char *name, char *text)
{
	int tid = runnable->table->task[i].tid;
	int pid = runnable->is_process ? tid : (int)runnable->helper.pid;
	char path[PROC_TASK_PATH_MAX];
	ssize_t got;
	int fd;

	proc_thread_path(pid, tid, name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	got = read(fd, text, TEXT_BYTES - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

/* Where the field of that number begins; the name may hold anything, also ')'. */
static const char *stat_field(const char *text, int number)
{
	const char *at = strrchr(text, ')');

	for (at = at ? at + 1 : NULL; at && number >= 0; number--)
		at = strchr(at + 1, ' ');
	return at ? at + 1 : "";
}

static bool is_waiting(const struct runnable *runnable, uint32_t i)
{
	char text[TEXT_BYTES];

	return runnable->table->task[i].turns && read_file(runnable, i, "stat", text) &&
	       *stat_field(text, STAT_STATE - 1) == 'R' &&
	       atoi(stat_field(text, STAT_PROCESSOR - 1)) == runnable->cpu;
}

static double keyed(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtod(at + strlen(key), NULL) : -1;
}

static double switches_of(const struct runnable *runnable, uint32_t i)
{
	char text[TEXT_BYTES];
	double voluntary, other;

	if (!read_file(runnable, i, "status", text))
		return -1;
	voluntary = keyed(text, "\nvoluntary_ctxt_switches:");
	other = keyed(text, "\nnonvoluntary_ctxt_switches:");
	return voluntary < 0 || other < 0 ? -1 : voluntary + other;
}

void runnable_look(const struct runnable *runnable, struct runnable_look *ret)
{
	*ret = (struct runnable_look){ .waiting = 0 };
	for (uint32_t i = 0; i < runnable->count; i++) {
		double switches = switches_of(runnable, i);

		ret->turns += (double)runnable->table->task[i].turns;
		ret->switches = switches < 0 || ret->switches < 0 ? -1 : ret->switches + switches;
		ret->waiting += is_waiting(runnable, i);
	}
}
