/* SPDX-License-Identifier: MIT */
/*
 * measure/job - what the supervisor asks of a worker, as "key=value" arguments.
 *
 * Arguments, not a binary message: a worker can then be read in ps(1), run by
 * hand and put under strace or gdb as it stands.  Every kind of worker has a
 * table of the keys that it knows; an unknown key or a bad value is -EINVAL,
 * and *ret_word points at the argument in question.
 */
#ifndef HANDOFF_JOB_H
#define HANDOFF_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/clock.h"

/* The word between two jobs of one worker. */
#define JOB_NEXT "next"

enum job_type { JOB_INT, JOB_U64, JOB_DOUBLE, JOB_WORD };

struct job_key {
	const char *name;
	enum job_type type;
	size_t offset;          /* into the caller's struct: int, uint64_t, double, const char * */
};

#define JOB_PROOFS_MAX 12

/* Names of proofs (round.h). */
struct job_proofs {
	const char *names[JOB_PROOFS_MAX];
	size_t count;
};

/* What a tool and its workers have to agree on: a kind of worker, and its jobs. */
struct job_kind {
	const char *name;              /* "channel" */
	const struct job_key *keys;    /* end with a NULL name */
	size_t job_bytes;
	void (*init)(void *job);       /* what a job is before its arguments are read */
	/* Proofs without which a round of this job, by a mechanism of these traits, is none;
	 * what only some kernels can count is not among them. */
	void (*expect)(const void *job, unsigned int traits, struct job_proofs *ret);
};

/*
 * What every worker is told: a kind's struct begins with JOB_COMMON, its table
 * with JOB_COMMON_KEYS, its initialiser with JOB_COMMON_DEFAULTS, which stand when
 * a key is not given.  A kind need not care for all of them.
 */
#define JOB_COMMON \
	const char *mechanism; \
	const char *peer;          /* process or thread: what is on the other side */ \
	int report_fd;             /* where the answer goes */ \
	uint64_t nonce;            /* of this very job: an answer to another has another */ \
	int clock_source;          /* enum clock_source */ \
	double ns_per_tick; \
	uint64_t seed; \
	uint64_t round;            /* which this is */ \
	uint64_t window_ns;        /* how long to measure */ \
	int cpu_a, cpu_b;          /* the measuring side's and the other's, -1: anywhere */ \
	const char *memory_nodes;  /* where memory must lie, a list; NULL: not asked */ \
	int batch;                 /* 1: time in batches, 0: each alone, -1: as its cost asks */ \
	int is_introduction;       /* say who you are, and no more */ \
	int is_probe;              /* try every mechanism once, measure nothing */ \
	int with_figures;          /* what is dear to find out as well, behind the window */ \
	int is_concurrent;            /* others are measured at the same time: counts of the machine \
				      are theirs, too */ \
	int control_fd, ack_fd     /* of perf --control, -1 without */

#define JOB_COMMON_DEFAULTS \
	.peer = "process", .report_fd = -1, .clock_source = CLOCK_GETTIME, .ns_per_tick = 1, \
	.window_ns = 10000000, .cpu_a = -1, .cpu_b = -1, .batch = -1, \
	.control_fd = -1, .ack_fd = -1

#define JOB_KEY(kind, name, type) { #name, type, offsetof(struct kind, name) }

#define JOB_COMMON_KEYS(kind) \
	JOB_KEY(kind, mechanism, JOB_WORD), \
	JOB_KEY(kind, peer, JOB_WORD), \
	JOB_KEY(kind, report_fd, JOB_INT), \
	JOB_KEY(kind, nonce, JOB_U64), \
	JOB_KEY(kind, clock_source, JOB_INT), \
	JOB_KEY(kind, ns_per_tick, JOB_DOUBLE), \
	JOB_KEY(kind, seed, JOB_U64), \
	JOB_KEY(kind, round, JOB_U64), \
	JOB_KEY(kind, window_ns, JOB_U64), \
	JOB_KEY(kind, cpu_a, JOB_INT), \
	JOB_KEY(kind, cpu_b, JOB_INT), \
	JOB_KEY(kind, memory_nodes, JOB_WORD), \
	JOB_KEY(kind, batch, JOB_INT), \
	JOB_KEY(kind, is_introduction, JOB_INT), \
	JOB_KEY(kind, is_probe, JOB_INT), \
	JOB_KEY(kind, with_figures, JOB_INT), \
	JOB_KEY(kind, is_concurrent, JOB_INT), \
	JOB_KEY(kind, control_fd, JOB_INT), \
	JOB_KEY(kind, ack_fd, JOB_INT)

/* The part that every job begins with. */
struct job_common {
	JOB_COMMON;
};

static inline void job_expect(struct job_proofs *proofs, const char *name)
{
	if (proofs->count < JOB_PROOFS_MAX)
		proofs->names[proofs->count++] = name;
}

/* keys end with a NULL name; words point into argv. */
int job_parse(const struct job_key *keys, int argc, char **argv, void *job,
	      const char **ret_word);

/*
 * A key's value as an argument of that meaning, "size=64"; "name" alone for a word that is not
 * set.  What job_parse() makes of it is the value, to the last bit.  Returns the length that
 * it needs, as snprintf() does.
 */
int job_print(const struct job_key *key, const void *job, char *ret, size_t size);

#endif
