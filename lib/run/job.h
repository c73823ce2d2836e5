/* SPDX-License-Identifier: MIT */
/*
 * run/job - writes a cell's round as the arguments of its worker (see measure/job.h).
 *
 * Pure.  A NULL-terminated array, argv[0] first; worker_job_free() frees it.
 * The tool's parameters that apply go by their own names.
 */
#ifndef HANDOFF_WORKER_JOB_H
#define HANDOFF_WORKER_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/clock.h"
#include "plan/plan.h"

struct worker_job {
	const struct plan *plan;
	const struct cell *cell;
	struct clock clock;
	uint64_t nonce;                /* of this worker alone */
	uint64_t seed;
	size_t round;
	double window_ns, ramp_ns;     /* 0: the cell has no ramp */
	int batch;                     /* -1: the worker decides */
	int with_figures;
	bool is_concurrent;               /* others are measured at the same time */
	const char *connect;           /* numeric, or NULL */
	const struct shared_input *shared_input; /* or NULL */
	/* Where the cell has a share: what of it is still wanted, and what it may take. */
	size_t share_rounds;
	double share_ns, patience_ns;
	int control_fd, ack_fd;        /* -1: none */
};

char **worker_job_arguments(const struct worker_job *job, const char *path);

/* Arguments with which a worker tries all its mechanisms. */
char **worker_job_probe(const struct clock *clock, const char *path);

/* Arguments with which a worker takes a reference (measure/reference.h) on this CPU; -1: anywhere. */
char **worker_job_reference(const struct clock *clock, const char *path, int cpu, uint64_t nonce,
			    size_t round);

/* Arguments with which a worker says who it is. */
char **worker_job_introduction(const char *path);

/*
 * One worker's arguments for several jobs: the words of jobs[0] to jobs[count - 1], all
 * but the first made with JOB_NEXT for a path.  The words stay the jobs': free() the
 * array alone.  NULL: no memory, here or for one of them.
 */
char **worker_job_join(char **const *jobs, size_t count);

void worker_job_free(char **arguments);

/*
 * What the identity of an answer to these arguments must be (identity.h), in
 * IDENTITY_BYTES_MAX; its length, or -errno: they are no job of this kind.
 */
long worker_job_identity(const struct job_kind *kind, char *const *arguments, char *ret_text);

/* The proofs that an answer to these arguments must have. */
void worker_job_proofs(const struct job_kind *kind, char *const *arguments, unsigned int traits,
		       struct job_proofs *ret);

#endif
