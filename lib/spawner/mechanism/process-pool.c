/* SPDX-License-Identifier: MIT */
/* process-pool: processes made beforehand, each waiting in read() on its own socket. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/helper-process.h"
#include "spawner/mechanism/list.h"

struct process_pool {
	uint32_t size, made;
	struct helper *workers;
};

/*
 * A request is the address of the task: its memory was mapped shared before
 * this process was forked.
 */
static void worker_run(int socket, const void *argument)
{
	struct spawn_task *task;
	ssize_t sent = 1;

	(void)argument;
	while (sent == 1 && read(socket, &task, sizeof(task)) == sizeof(task)) {
		spawn_task_run(task);
		sent = send(socket, "", 1, MSG_NOSIGNAL);
	}
}

/* They hold nothing of their own: killed, even one at a closed gate ends now. */
static void pool_close(void *state)
{
	struct process_pool *own = state;

	for (uint32_t i = 0; i < own->made; i++)
		helper_end(&own->workers[i]);
	free(own->workers);
}

static int pool_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	const struct helper_task work = { .socket_type = SOCK_STREAM, .run = worker_run };
	struct process_pool *own = state;
	int error = 0;

	own->size = config->alive;
	own->workers = calloc(own->size, sizeof(*own->workers));
	if (!own->workers)
		return -ENOMEM;
	while (!error && own->made < own->size) {
		error = helper_begin(&own->workers[own->made], &work, ret_reason);
		own->made += !error;
	}
	if (error)
		pool_close(own);
	return error;
}

static int pool_start(void *state, struct spawn_task *task)
{
	const struct process_pool *own = state;
	const struct helper *worker = &own->workers[task->index % own->size];
	ssize_t sent;

	task->pid = worker->pid;
	do
		sent = send(worker->socket, &task, sizeof(task), MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	if (sent == -1)
		return -errno;
	return sent == sizeof(task) ? 0 : -EIO;
}

static int pool_reap(void *state, struct spawn_task *task)
{
	const struct process_pool *own = state;
	char byte;

	return helper_listen(&own->workers[task->index % own->size], &byte, sizeof(byte));
}

const struct spawner spawner_process_pool = {
	.about = { "process-pool", "a waiting process takes it from its socket",
		   SPAWN_PROCESS | SPAWN_WAITS },
	.state_bytes = sizeof(struct process_pool),
	.open = pool_open,
	.start = pool_start,
	.reap = pool_reap,
	.close = pool_close,
};
