/* SPDX-License-Identifier: MIT */
/*
 * spawner - a way to bring a task to life and to collect its end.
 *
 * A spawner does two things: start() brings one task to life that runs
 * spawn_task_run() (or executes the target), reap() returns when that task has
 * ended and holds nothing of it.  The harness owns the loop, the clock and the
 * CPUs: several end points of one operation are wanted (call, first
 * instruction, reaped), and they lie between the two hooks.  Everything a hook
 * calls is checked; a failure is returned as -errno, at once, and the round is
 * then lost.  A hook never prints and never reads a clock.
 *
 * Life of a state: open() once, then any number of start()/reap() pairs - with
 * up to config->alive started and not yet reaped - then close().  open() may
 * fail half-way and closes what it opened itself; close() follows only a
 * successful open().  The state is zeroed memory of state_bytes; several
 * creators (processes or threads) each have one.
 *
 * Children never return into the harness: they end by spawn_task_exit() or, as
 * threads, by returning from their own start routine.
 */
#ifndef HANDOFF_SPAWNER_H
#define HANDOFF_SPAWNER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/clock.h"
#include "measure/mechanism.h"

enum spawn_trait {
	SPAWN_PROCESS  = 1 << 0,   /* a child of its own process id */
	SPAWN_THREAD   = 1 << 1,   /* a kernel thread of this process */
	SPAWN_WAITS    = 1 << 2,   /* hands the task to one that already waits */
	SPAWN_EXEC     = 1 << 3,   /* executes the target: has the metric exec */
	SPAWN_COPIES   = 1 << 4,   /* copies the address space: leaves copy-on-write behind */
	SPAWN_SUSPENDS = 1 << 5,   /* parent is frozen until exec or exit */
	SPAWN_STACK    = 1 << 6,   /* config->stack_bytes sizes the task's stack */
	SPAWN_NO_CHILD_CODE = 1 << 7, /* no code of ours runs in the child before exec */
	SPAWN_NO_PID   = 1 << 9,   /* libc keeps the child's process id to itself */
	SPAWN_SHARES   = 1 << 10,  /* lives in its creator's memory */
	SPAWN_USER     = 1 << 8,   /* no kernel task: runs on the creator's own thread */
	SPAWN_COPY     = 1 << 11,  /* begins in memory that was just copied, by whomever */
};

enum spawn_exec { SPAWN_EXEC_TINY, SPAWN_EXEC_STATIC, SPAWN_EXEC_DYNAMIC, SPAWN_EXEC_PATH };

/*
 * One task, on cache lines of its own, in memory shared with every child.  The
 * first part is written by the child, the second by the parent only.
 */
struct spawn_task {
	/* Executed targets pwrite(2) the first three at this task's offset. */
	_Alignas(128) uint64_t exec_first;  /* ticks at the target's first instruction */
	uint64_t exec_last;        /* ticks at the target's last look at the clock */
	uint64_t exec_cpu;         /* where it ran, plus one */
	uint64_t first;            /* ticks at the child's first instruction of ours */
	uint64_t last;             /* ticks just before it ends */
	int32_t first_cpu;         /* where it first ran */
	int32_t error;             /* errno of a child that could not go on */
	uint32_t *started;         /* counter of tasks that ran, shared by all */
	uint32_t source;           /* enum clock_source */
	uint32_t is_held;          /* wait at the gate before ending */
	uint32_t is_copy;          /* of SPAWN_COPIES or SPAWN_COPY: touch no further page */
	_Alignas(64) uint32_t gate; /* futex: 0 closed, 1 open */
	uint32_t ended;            /* futex: 1 when done (for who cannot wait otherwise) */
	int32_t creator;           /* process id that must outlive a held task */

	_Alignas(128) uint32_t index;
	pid_t pid;                 /* what start() got, for reap() */
	int pidfd;
	pthread_t thread;
	char **arguments;          /* of the executed target, NULL-terminated */
	const char *command;       /* the same for a shell */
};

struct spawn_config {
	uint32_t alive;            /* tasks that may be started and not yet reaped */
	size_t stack_bytes;        /* 0: the default */
	const char *target;        /* path of the program to execute */
	const char *target_name;   /* its name alone, to be found through PATH */
};

/* For clone_flags: libc makes the task, as it likes. */
#define SPAWN_FLAGS_OF_LIBC UINT64_MAX

struct spawner {
	struct mechanism about;
	/* What start() makes its task with, as clone3(2) has them: a contract test holds
	 * the call against them.  0 also where it makes none. */
	uint64_t clone_flags;
	const char *environment;   /* "NAME=value" the worker must have been executed with, or NULL */
	size_t state_bytes;
	/* 0 or -errno; on failure *ret_reason may say in a sentence what to change. */
	int (*open)(void *state, const struct spawn_config *config, const char **ret_reason);
	int (*start)(void *state, struct spawn_task *task);
	int (*reap)(void *state, struct spawn_task *task);
	void (*close)(void *state);
};

/*
 * Timed in batches, or each alone: by what it is, so that a run has the end points that
 * every other run has.  The cheapest task of the kernel's costs several looks at a clock.
 */
static inline bool spawner_is_batched(unsigned int traits)
{
	return traits & SPAWN_USER;
}

/*
 * What every task does: stamp its first instruction, say that it ran, wait at
 * the gate if it is held, stamp its end.  Safe in a child that shares memory
 * and thread-local storage with its parent.  A held task ends by itself when
 * its creator is gone.
 */
void spawn_task_run(struct spawn_task *task);

/* Its two halves, for a task that is held in another way than at the gate. */
void spawn_task_begin(struct spawn_task *task);
void spawn_task_end(struct spawn_task *task);

/* spawn_task_run() and the end of the process, without libc's exit handlers. */
void spawn_task_exit(struct spawn_task *task) __attribute__((noreturn));

/*
 * For a child that is to execute the target: stamp its first instruction and
 * execute; on failure leave errno in the task and end the process.
 */
void spawn_task_execute(struct spawn_task *task, const struct spawn_config *config)
	__attribute__((noreturn));

/* For open(): the target is a file that this account may execute; -errno and the reason if not. */
int spawn_check_target(const struct spawn_config *config, const char **ret_reason);

/* Wait for a child process; 0 when it exited with 0, else -errno. */
int spawn_wait(struct spawn_task *task);

/* The same for a status from elsewhere (system, pclose). */
int spawn_check_status(const struct spawn_task *task, int status);

#endif
