/* SPDX-License-Identifier: MIT */
#include "spawner/round/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/raw-syscall.h"

/* On the page of the first tasks: a child of few tasks faults one page in, not two. */
#define HEADER_BYTES 128

/* A shell's quote takes four characters for one. */
#define QUOTED_MAX (4 * PATH_MAX)

struct spawn_words {
	char text[4][24];
	char *arguments[6];
	char command[QUOTED_MAX + 96];
};

/* Not close-on-exec: this is how an executed target reaches its task. */
static int open_file(struct spawn_tasks *tasks)
{
	tasks->fd = memfd_create("handoff-tasks", 0);
	if (tasks->fd == -1)
		return -errno;
	return ftruncate(tasks->fd, (off_t)tasks->map_bytes) ? -errno : 0;
}

size_t spawn_tasks_bytes(uint32_t count)
{
	return HEADER_BYTES + count * (sizeof(struct spawn_task) + (size_t)SPAWN_SCRATCH_BYTES);
}

static int map_tasks(struct spawn_tasks *tasks, bool with_file)
{
	int flags = MAP_SHARED | MAP_POPULATE | (with_file ? 0 : MAP_ANONYMOUS);
	int error = with_file ? open_file(tasks) : 0;
	void *map;

	if (error)
		return error;
	map = mmap(NULL, tasks->map_bytes, PROT_READ | PROT_WRITE, flags, tasks->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	tasks->started = map;
	return 0;
}

static int find_room(struct spawn_tasks *tasks, const char *target, void *room)
{
	int error = 0;

	tasks->map_bytes = spawn_tasks_bytes(tasks->count);
	tasks->is_lent = room && !target;
	if (tasks->is_lent)
		tasks->started = room;
	else
		error = map_tasks(tasks, target);
	if (error)
		return error;
	tasks->task = (void *)((char *)tasks->started + HEADER_BYTES);
	tasks->scratch = tasks->task + tasks->count;
	return 0;
}

/* For a shell, in single quotes; a quote itself ends them, is escaped, begins anew. */
static size_t quote(const char *text, char *ret, size_t size)
{
	size_t used = 0;

	ret[used++] = '\'';
	for (; *text && used + 6 < size; text++) {
		if (*text == '\'') {
			memcpy(ret + used, "'\\'", 3);
			used += 3;
		}
		ret[used++] = *text;
	}
	ret[used++] = '\'';
	ret[used] = 0;
	return used;
}

/* As workers/target.h has them. */
static const char *const clock_words[] = {
	[CLOCK_GETTIME] = "g", [CLOCK_TICKS] = "t", [CLOCK_RDTSCP] = "p",
};

static void name_arguments(struct spawn_tasks *tasks, struct spawn_task *task,
			   enum clock_source source, const char *target, bool is_foreign)
{
	struct spawn_words *words = &tasks->words[task->index];
	size_t offset = (size_t)((char *)task - (char *)tasks->started), used;
	int n = 0;

	snprintf(words->text[0], sizeof(words->text[0]), "%d", tasks->fd);
	snprintf(words->text[1], sizeof(words->text[1]), "%zu", offset);
	snprintf(words->text[2], sizeof(words->text[2]), "%s", clock_words[source]);
	snprintf(words->text[3], sizeof(words->text[3]), "%d", tasks->gate[0]);
	words->arguments[n++] = (char *)(uintptr_t)target;
	for (int i = 0; !is_foreign && i < (tasks->is_held ? 4 : 3); i++)
		words->arguments[n++] = words->text[i];
	used = quote(target, words->command, QUOTED_MAX);
	if (!is_foreign)
		snprintf(words->command + used, sizeof(words->command) - used, " %s %s %s %s",
			 words->text[0], words->text[1], words->text[2],
			 tasks->is_held ? words->text[3] : "");
	task->arguments = words->arguments;
	task->command = words->command;
}

static int open_gate(struct spawn_tasks *tasks)
{
	if (pipe2(tasks->gate, O_CLOEXEC))
		return -errno;
	/* The reading end goes down to the targets, the writing end must not:
	 * our death is then the end of file that lets them go. */
	return fcntl(tasks->gate[0], F_SETFD, 0) ? -errno : 0;
}

static int prepare_targets(struct spawn_tasks *tasks, enum clock_source source,
			   const char *target, bool is_foreign)
{
	int error = tasks->is_held ? open_gate(tasks) : 0;

	if (error)
		return error;
	tasks->words = calloc(tasks->count, sizeof(*tasks->words));
	if (!tasks->words)
		return -ENOMEM;
	for (uint32_t i = 0; i < tasks->count; i++)
		name_arguments(tasks, &tasks->task[i], source, target, is_foreign);
	return 0;
}

int spawn_tasks_init(struct spawn_tasks *tasks, uint32_t count, bool is_held,
		     enum clock_source source, const char *target, bool is_foreign, void *room)
{
	int error;

	memset(tasks, 0, sizeof(*tasks));
	tasks->fd = tasks->gate[0] = tasks->gate[1] = -1;
	tasks->count = count;
	tasks->is_held = is_held;
	error = find_room(tasks, target, room);
	for (uint32_t i = 0; i < count && !error; i++) {
		struct spawn_task *task = &tasks->task[i];

		task->index = i;
		task->started = tasks->started;
		task->source = source;
		task->is_held = is_held;
		task->creator = getpid();
		task->pidfd = -1;
	}
	if (!error && target)
		error = prepare_targets(tasks, source, target, is_foreign);
	if (error)
		spawn_tasks_done(tasks);
	return error;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void spawn_tasks_shut_gate(struct spawn_tasks *tasks)
{
	close_fd(&tasks->gate[1]);
}

void spawn_tasks_done(struct spawn_tasks *tasks)
{
	if (tasks->started && !tasks->is_lent)
		munmap(tasks->started, tasks->map_bytes);
	tasks->started = NULL;
	tasks->task = NULL;
	free(tasks->words);
	tasks->words = NULL;
	if (tasks->map_bytes) {
		close_fd(&tasks->fd);
		close_fd(&tasks->gate[0]);
		close_fd(&tasks->gate[1]);
	}
	tasks->map_bytes = 0;
}

void spawn_task_reset(struct spawn_task *task)
{
	task->exec_first = 0;
	task->exec_last = 0;
	task->exec_cpu = 0;
	task->first = 0;
	task->last = 0;
	task->error = 0;
	task->gate = 0;
	task->ended = 0;
}

void spawn_task_release(struct spawn_task *task)
{
	__atomic_store_n(&task->gate, 1, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&task->gate, FUTEX_WAKE, 1, 0, 0, 0);
}

int spawn_tasks_release_targets(struct spawn_tasks *tasks, uint32_t count)
{
	char bytes[256] = { 0 };

	while (count) {
		size_t some = count < sizeof(bytes) ? count : sizeof(bytes);
		ssize_t written = write(tasks->gate[1], bytes, some);

		if (written == -1 && errno == EINTR)
			continue;
		if (written == -1)
			return -errno;
		count -= (uint32_t)written;
	}
	return 0;
}
