/* SPDX-License-Identifier: MIT */
#include "engine/round/server-process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/affinity.h"
#include "kernel/process-facts.h"
#include "kernel/process-tie.h"

#define PAGE_BYTES 4096u
#define LOOK_MS 1
#define OPEN_MS 4000               /* and so much more a connection: a process each, maybe */
#define OPEN_MS_EACH 1
#define END_MS 2000
#define EXPLAIN_MS 300

struct engine_server_board {
	uint32_t is_open;          /* serves, or has failed to */
	int open_error, serve_error;
	char reason[ENGINE_REASON_BYTES];
};

/* Memory: the board, the state, the connections, a buffer each; all in whole pages. */

static size_t whole_pages(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static void lay_out(struct engine_server_process *process, char *memory)
{
	struct engine_server_config *config = &process->config;
	char *at = memory + whole_pages(sizeof(*process->board));

	process->board = (struct engine_server_board *)(void *)memory;
	process->state = at;
	at += whole_pages(process->server->state_bytes);
	config->list = (struct engine_connection *)(void *)at;
	at += whole_pages(config->connections * sizeof(*config->list));
	for (uint32_t i = 0; i < config->connections; i++) {
		config->list[i].socket = process->pairs.ends[1][i];
		config->list[i].buffer = (unsigned char *)at;
		at += whole_pages(config->message_bytes);
	}
}

static int take_memory(struct engine_server_process *process)
{
	const struct engine_server_config *config = &process->config;
	size_t bytes = whole_pages(sizeof(*process->board)) +
		       whole_pages(process->server->state_bytes) +
		       whole_pages(config->connections * sizeof(*config->list)) +
		       config->connections * whole_pages(config->message_bytes);
	char *memory;

	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	/* MAP_POPULATE may come short without a word. */
	memset(memory, 0, bytes);
	process->bytes = bytes;
	lay_out(process, memory);
	return 0;
}

/* The server's life */

static int open_server(struct engine_server_process *process)
{
	int error = process->cpu >= 0 ? affinity_set(process->cpu, process->cpu) : 0;

	if (error)
		return error;
	return process->server->open(process->state, &process->config, process->board->reason);
}

static void live(struct engine_server_process *process)
{
	struct engine_server_board *board = process->board;

	loopback_pairs_close_ends(&process->pairs, 0);
	board->open_error = open_server(process);
	__atomic_store_n(&board->is_open, 1, __ATOMIC_RELEASE);
	if (!board->open_error)
		__atomic_store_n(&board->serve_error, process->server->serve(process->state),
				 __ATOMIC_RELEASE);
	process->server->close(process->state);
}

static int fork_server(struct engine_server_process *process)
{
	pid_t maker = getpid(), pid = fork();

	if (pid == -1)
		return -errno;
	if (pid == 0) {
		if (!process_tie(maker))
			live(process);
		_exit(0);
	}
	process->pid = pid;
	loopback_pairs_close_ends(&process->pairs, 1);
	return 0;
}

/* Its maker's side */

static void pause_ms(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* Whether it has ended or was stopped, and how. */
static bool is_gone(const struct engine_server_process *process, siginfo_t *ret)
{
	*ret = (siginfo_t){ 0 };
	return waitid(P_PID, (id_t)process->pid, ret, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) ||
	       ret->si_pid;
}

int engine_server_look(const struct engine_server_process *process)
{
	siginfo_t info;

	return is_gone(process, &info) ? -ECHILD : 0;
}

static int await_open(const struct engine_server_process *process, char *ret_reason)
{
	struct engine_server_board *board = process->board;
	long patience = OPEN_MS + (long)process->config.connections * OPEN_MS_EACH;

	for (long ms = 0; !__atomic_load_n(&board->is_open, __ATOMIC_ACQUIRE); ms += LOOK_MS) {
		if (engine_server_look(process)) {
			engine_server_explain(process, ret_reason, ENGINE_REASON_BYTES);
			return -ECHILD;
		}
		if (ms >= patience)
			return -ETIMEDOUT;
		pause_ms(LOOK_MS);
	}
	if (board->open_error)
		memcpy(ret_reason, board->reason, sizeof(board->reason));
	return board->open_error;
}

int engine_server_begin(struct engine_server_process *process, char *ret_reason)
{
	int error = loopback_pairs_open(&process->pairs, process->config.connections, ret_reason,
					ENGINE_REASON_BYTES);

	if (!error)
		error = take_memory(process);
	if (!error)
		error = fork_server(process);
	if (error == -EAGAIN)
		process_limit_reason(ret_reason, ENGINE_REASON_BYTES, 1);
	if (!error)
		error = await_open(process, ret_reason);
	if (error)
		engine_server_end(process);
	return error;
}

/* What hangs, or was stopped, is ended. */
static void end_process(struct engine_server_process *process)
{
	for (int ms = 0; ms < END_MS && process->pid; ms += LOOK_MS) {
		pid_t ended = waitpid(process->pid, NULL, WNOHANG);

		if (ended == process->pid)
			process->pid = 0;
		else if (engine_server_look(process))
			break;
		else
			pause_ms(LOOK_MS);
	}
	if (!process->pid)
		return;
	kill(process->pid, SIGKILL);
	while (waitpid(process->pid, NULL, 0) == -1 && errno == EINTR)
		;
	process->pid = 0;
}

void engine_server_end(struct engine_server_process *process)
{
	loopback_pairs_close(&process->pairs);
	if (process->pid)
		end_process(process);
	if (process->board)
		munmap(process->board, process->bytes);
	process->board = NULL;
}

int engine_server_explain(const struct engine_server_process *process, char *ret_text, size_t size)
{
	siginfo_t info;
	bool was_killed;
	int error;

	*ret_text = 0;
	for (int ms = 0; !is_gone(process, &info) && ms < EXPLAIN_MS; ms += LOOK_MS)
		pause_ms(LOOK_MS);
	error = __atomic_load_n(&process->board->serve_error, __ATOMIC_ACQUIRE);
	was_killed = info.si_pid && info.si_code != CLD_EXITED && info.si_code != CLD_STOPPED;
	if (info.si_pid && info.si_code == CLD_STOPPED)
		snprintf(ret_text, size, "the server was stopped by signal %d", info.si_status);
	else if (was_killed)
		snprintf(ret_text, size, "the server was killed by signal %d", info.si_status);
	else if (error == -ECHILD)
		snprintf(ret_text, size, "a process of the server's was killed or stopped");
	else if (error)
		snprintf(ret_text, size, "the server failed: %s", strerror(-error));
	else if (info.si_pid)
		snprintf(ret_text, size, "the server has ended before its connections");
	return was_killed || error == -ECHILD ? -EOWNERDEAD : 0;
}
