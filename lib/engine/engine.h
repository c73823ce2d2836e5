/* SPDX-License-Identifier: MIT */
/*
 * engine - a way to have many requests under way at once, and to learn of their ends.
 *
 * The unit is the lane (engine/lane.h): it has one request under way at most, so
 * that an engine of N lanes has N in flight, by whatever means, and no more.
 * Offsets, buffers, checks and clocks are the lane's: all engines do the same.
 *
 * Life: open() once, with everything made that requests will need; run() any
 * number of times: it returns when every request of the load has been taken and
 * has ended, and nothing is under way then; close() once, also after a run() that
 * failed.  open() may fail half-way and gives back what it took.  0 or -errno; a
 * sentence in ret_reason (ENGINE_REASON_BYTES) says what to change.
 *
 * run() is the hot loop: engine_take(), the operation, engine_done() with its
 * result; it ends with the first error, of whatever lane.  It never prints,
 * allocates, pins, or times anything itself; that a wait ends at a time is its work.
 *
 * One process and one thread call these; threads and processes that an engine
 * makes are its own, end with close(), and do not outlive the caller's SIGKILL.
 */
#ifndef HANDOFF_ENGINE_H
#define HANDOFF_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/mechanism.h"

#define ENGINE_REASON_BYTES 200

enum engine_trait {
	ENGINE_NULL   = 1 << 0,    /* no request at all: what the harness itself costs */
	ENGINE_ONE    = 1 << 1,    /* one request at a time: a depth of 1 only */
	ENGINE_NOP    = 1 << 2,    /* requests that move no bytes: nothing to check */
	ENGINE_READS  = 1 << 3,    /* reads only */
	ENGINE_RING   = 1 << 4,    /* io_uring: engine_facts says what was granted */
	ENGINE_DIRECT = 1 << 5,    /* with --cache direct only */
	ENGINE_CACHED = 1 << 6,    /* not with --cache direct */
	ENGINE_SLEEPS = 1 << 7,    /* can wait: the sleep workload */
	ENGINE_NO_FILES = 1 << 8,  /* waits for readiness, which files always have */
	ENGINE_BATCH  = 1 << 9,    /* no ring, and yet one call hands over submit_batch requests */
	ENGINE_SERVES = 1 << 10,   /* it has a server, that answers on connections */
};

struct engine_load;
struct engine_lane;
struct engine_server;

/* What a request is. */
enum engine_operation { ENGINE_READ, ENGINE_WRITE, ENGINE_SLEEP, ENGINE_ECHO };

struct engine_config {
	enum engine_operation operation;
	uint64_t wait_ns;          /* of a sleep */
	int file;                  /* open; the caller's; -1 for a sleep */
	size_t file_bytes, block_bytes;
	bool is_direct;
	bool is_paced;             /* requests will be due at times of their own (engine/pace.h) */
	uint32_t depth;            /* lanes */
	uint32_t submit_batch;     /* requests handed over by one call, at most */
	int cpu;                   /* for a helper of the kernel that wants one; -1: any */
	struct engine_load *load;
	struct engine_lane *lanes; /* so many as depth, in shared memory */
};

/* What is known of an engine that runs, for proofs and figures; -1: does not apply. */
struct engine_facts {
	double tasks;              /* threads and processes of its own making */
	double ring_flags, ring_features;   /* of io_uring_setup(2), as granted */
	double calls;              /* system calls of ours that made the requests, so far */
	double hits;               /* requests that a first try found ready, so far */
	double child_cpu_ns, child_switches;   /* of processes of its own, so far */
	double child_memory_kib;   /* of those, what is not ours as well; told of sleeps */
};

struct engine {
	struct mechanism about;    /* traits: enum engine_trait */
	size_t state_bytes;        /* of zeroed memory */
	int (*open)(void *state, const struct engine_config *config, char *ret_reason);
	int (*run)(void *state);
	void (*tell)(const void *state, struct engine_facts *ret);   /* NULL: nothing to tell */
	void (*close)(void *state);
	const struct engine_server *server;    /* of ENGINE_SERVES */
};

#endif
