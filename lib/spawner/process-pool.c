/* SPDX-License-Identifier: MIT */
/* process-pool: processes made beforehand, each waiting in read() on its own socket. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawner.h"

struct pool_worker {
	pid_t pid;
	int socket;
};

struct process_pool {
	uint32_t size, made;
	struct pool_worker *workers;
};

static int close_all_but(int kept)
{
	if (kept > 0 && syscall(SYS_close_range, 0, kept - 1, 0))
		return -errno;
	return syscall(SYS_close_range, kept + 1, ~0u, 0) ? -errno : 0;
}

static int answer(int socket)
{
	return send(socket, "", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

/*
 * A request is the address of the task: its memory was mapped shared before
 * this process was forked.  The first answer only says that it is ready.
 */
static void worker_main(int socket, pid_t creator) __attribute__((noreturn));
static void worker_main(int socket, pid_t creator)
{
	struct spawn_task *task;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != creator || close_all_but(socket))
		_exit(1);
	while (!answer(socket) && read(socket, &task, sizeof(task)) == sizeof(task))
		spawn_task_run(task);
	_exit(0);
}

/* One answer; a worker that has died is an end of file. */
static int worker_listen(const struct pool_worker *worker)
{
	char byte;
	ssize_t got;

	do
		got = read(worker->socket, &byte, 1);
	while (got == -1 && errno == EINTR);
	if (got == 1)
		return 0;
	return got == -1 ? -errno : -ECHILD;
}

/* They hold nothing of their own: killed, even one at a closed gate ends now. */
static void worker_end(const struct pool_worker *worker)
{
	pid_t pid;

	close(worker->socket);
	kill(worker->pid, SIGKILL);
	do
		pid = waitpid(worker->pid, NULL, 0);
	while (pid == -1 && errno == EINTR);
}

static void pool_close(void *state)
{
	struct process_pool *own = state;

	for (uint32_t i = 0; i < own->made; i++)
		worker_end(&own->workers[i]);
	free(own->workers);
}

static int worker_begin(struct pool_worker *worker)
{
	pid_t pid, creator = getpid();
	int sockets[2], error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	pid = fork();
	if (pid == 0)
		worker_main(sockets[1], creator);
	error = pid == -1 ? -errno : 0;
	worker->socket = sockets[0];
	worker->pid = pid;
	close(sockets[1]);
	if (error) {
		close(worker->socket);
		return error;
	}
	error = worker_listen(worker);
	if (error)
		worker_end(worker);
	return error;
}

static int pool_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct process_pool *own = state;
	int error = 0;

	own->size = config->alive;
	own->workers = calloc(own->size, sizeof(*own->workers));
	if (!own->workers)
		return -ENOMEM;
	while (!error && own->made < own->size) {
		error = worker_begin(&own->workers[own->made]);
		own->made += !error;
	}
	if (error) {
		*ret_reason = error == -ECHILD
			? "a worker process ended at once: close_range needs Linux 5.9"
			: "so many processes or descriptors are not allowed: see RLIMIT_NPROC and RLIMIT_NOFILE";
		pool_close(own);
	}
	return error;
}

static int pool_start(void *state, struct spawn_task *task)
{
	const struct process_pool *own = state;
	const struct pool_worker *worker = &own->workers[task->index % own->size];
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

	return worker_listen(&own->workers[task->index % own->size]);
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
