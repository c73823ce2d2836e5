/* SPDX-License-Identifier: MIT */
/*
 * engine/round/server-process - a server in a process of its own, with its connections.
 *
 * begin() connects, forks, has the server opened there, on its CPU, and returns when
 * it serves: 0, or -errno with nothing left and a sentence in ret_reason
 * (ENGINE_REASON_BYTES) where it helps.  pairs.ends[0] are the caller's to use; their
 * closing is the server's end, so that end() has not to ask.  end() takes a zeroed
 * struct and returns when nothing is left of the server or of its tasks.
 *
 * The server dies with its maker, by whatever signal, and its tasks with it.  It
 * holds no descriptor of the maker's side, but those that the maker had before.
 * One owner, one thread, which must live as long as the server.
 */
#ifndef HANDOFF_ENGINE_SERVER_PROCESS_H
#define HANDOFF_ENGINE_SERVER_PROCESS_H

#include "engine/engine.h"
#include "engine/round/loopback-pairs.h"
#include "engine/server.h"

struct engine_server_board;

struct engine_server_process {
	/* The caller's, before begin(). */
	const struct engine_server *server;
	struct engine_server_config config;    /* without its list */
	int cpu;                   /* of the server and its tasks; -1: any */
	/* Its own. */
	struct loopback_pairs pairs;
	struct engine_server_board *board;     /* shared memory */
	size_t bytes;              /* of it */
	void *state;
	pid_t pid;                 /* 0: none */
};

int engine_server_begin(struct engine_server_process *process, char *ret_reason);
void engine_server_end(struct engine_server_process *process);

/* -ECHILD: it has ended, or was stopped, and serves no more; else 0. */
int engine_server_look(const struct engine_server_process *process);

/*
 * Why it serves no more, in words; "": it does.  Waits a moment for the end of one that fails.
 * -EOWNERDEAD: it, or a process of it, was killed; else 0.
 */
int engine_server_explain(const struct engine_server_process *process, char *ret_text, size_t size);

#endif
