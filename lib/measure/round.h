/* SPDX-License-Identifier: MIT */
/*
 * measure/round - what a worker says about one round of one cell.
 *
 * The worker fills a struct round and sends it, followed by the non-empty
 * histogram buckets of each series, as one binary message over a pipe; both
 * ends are of one build and one machine, so plain host layout will do, but the
 * receiver trusts nothing: magic, sizes, counts and strings are checked.
 *
 * Times are in ticks of the run's clock (kernel/clock.h), per operation, as measured:
 * the overhead is reported beside them and taken off by the summary.  Figures
 * carry their unit in their name.
 *
 * A status other than ROUND_MEASURED carries a step and a sentence, and so does a measured
 * reference that lacks a part (measure/reference.h); a failed round never carries series.
 */
#ifndef HANDOFF_ROUND_H
#define HANDOFF_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/clock-mark.h"
#include "measure/lost-time.h"
#include "statistics/histogram.h"

#define ROUND_MAGIC 0x68616e64u
#define ROUND_SERIES_MAX 6
#define ROUND_PROOFS_MAX 20
#define ROUND_FIGURES_MAX 20
/* As many as Linux can be built for. */
#define ROUND_CPUS_MAX 8192
#define ROUND_MESSAGE_MAX (4u << 20)    /* bytes; a longer message is garbage */
/* No measure is near to these, and thousands of rounds of them can be added up. */
#define ROUND_VALUE_MAX 1e30
#define ROUND_OPERATIONS_MAX (UINT64_C(1) << 50)

enum round_status {
	ROUND_MEASURED = 0,
	ROUND_SKIPPED = 1,
	ROUND_FAILED = 2,
	ROUND_CONTRADICTED = 3,     /* the supervisor's word: the answer cannot be true */
};

enum round_flag {
	ROUND_NOWARM    = 1 << 0,   /* no two warm-up batches agreed in time */
	ROUND_NONLINEAR = 1 << 1,   /* twice the work did not cost twice the time */
	ROUND_PERF      = 1 << 2,   /* counted by perf through --perf-control */
	ROUND_TRACED    = 1 << 3,   /* a tracer is attached */
	ROUND_SELECTED  = 1 << 5,   /* most tasks were not where they were asked for */
	ROUND_TWIN      = 1 << 7,   /* the overhead holds a twin's cost, which is meant to go off */
	ROUND_GENERATOR = 1 << 6,   /* more than 1 % of the messages were sent late, by our fault */
	ROUND_CONCURRENT = 1 << 8,  /* others were measured at the same time; the supervisor's word */
	ROUND_STOPPED = 1 << 9,     /* the run stood still meanwhile; likewise */
	ROUND_RAMP      = 1 << 12,  /* the window lies in the ramp of a device, or may */
	ROUND_DEATH     = 1 << 13,  /* failed, as a task was killed by a signal that is not ours */
	ROUND_HOST_LOST = 1 << 15,  /* the other host is gone: no further round will do */
	ROUND_USERNS    = 1 << 4,   /* measured inside a user namespace of its own */
};

enum proof_relation { PROOF_EQUAL = 0, PROOF_AT_LEAST = 1, PROOF_MOSTLY = 2 };

/* PROOF_MOSTLY holds when at least this share of what was expected was seen. */
#define PROOF_MOSTLY_SHARE 0.95

struct round_series {
	char metric[24];
	uint32_t is_batch;          /* p50 ... are of means over batches */
	uint32_t bucket_count;      /* pairs that follow the struct round */
	uint64_t n;                 /* operations */
	double p50, min, max, sum;  /* ticks an operation; sum over all n */
	double overhead;            /* ticks an operation that are the harness's own */
	double overhead_spread;     /* IQR of the same */
	double cold;                /* the first operation of the worker's life */
	double bucket_ticks;        /* what 1 in the histogram stands for */
};

struct round_proof {
	char name[28];
	uint32_t relation;          /* enum proof_relation */
	double expected, observed;
};

struct round_figure {
	char name[32];
	double value;
};

struct round {
	uint32_t magic;
	uint32_t bytes;             /* of the whole message */
	uint32_t status;            /* enum round_status */
	int32_t error;              /* errno, 0 when the reason says it all */
	char mechanism[32];
	char step[24];
	char reason[200];
	uint32_t flags;             /* enum round_flag */
	uint32_t series_count, proof_count, figure_count;
	double core_per_tick;       /* core clock against the tick, from dependent multiplies */
	double rss_kib;             /* of the worker before it measured */
	double prepared_ns;         /* what a shared preparation took; 0: there was none */
	double figures_ns;          /* what figures took that not every round has, if it is known */
	uint64_t preparation;       /* which it was, from 1 on; 0: none; the supervisor's word */
	uint64_t cpus[ROUND_CPUS_MAX / 64];  /* where the tasks were seen */
	struct round_series series[ROUND_SERIES_MAX];
	struct round_proof proofs[ROUND_PROOFS_MAX];
	struct round_figure figures[ROUND_FIGURES_MAX];
	struct clock_mark begin, end;   /* before the worker makes anything, and when it answers */
	double window_ticks;        /* from the first measured operation's begin to the last's end */
	struct lost_time lost;
};

/*
 * Filling; a full table drops the entry and returns -ENOSPC.  A proof that finds
 * no place fails the round: without it nobody knows what was measured.
 */
void round_init(struct round *round, const char *mechanism);
int round_add_proof(struct round *round, const char *name, enum proof_relation relation,
		    double expected, double observed);
/* To the proof of that name, or as one. */
int round_add_to_proof(struct round *round, const char *name, enum proof_relation relation,
		       double expected, double observed);
int round_add_figure(struct round *round, const char *name, double value);
void round_saw_cpu(struct round *round, int cpu);

/*
 * Turn the round into a failure or a skip.  The first one stays: what follows
 * an error is mostly its echo.  error is an errno, positive or negative; -EOWNERDEAD
 * says that a task was killed by a signal that we did not send: flag ROUND_DEATH.
 */
void round_fail(struct round *round, enum round_status status, int error, const char *step,
		const char *reason);

/*
 * The same by what the error means: a refusal (kernel/errno-reason.h) is a skip that says
 * what to change, in its words unless reason has better ones; anything else a
 * failure.
 */
void round_refuse(struct round *round, int error, const char *step, const char *reason);

/* A skip whatever the error; with a refusal's words where reason has none. */
void round_skip(struct round *round, int error, const char *step, const char *reason);

bool round_proof_holds(const struct round_proof *proof);
bool round_is_proved(const struct round *round);

/*
 * buckets[i] are the bucket_count pairs of series i.  Returns 0 or -errno;
 * writes all or fails.  Series of a round that was not measured are left out.
 */
int round_send(int fd, struct round *round, const struct histogram_pair *const *buckets);

/* All of it, however often the call is interrupted.  0 or -errno. */
int round_write(int fd, const void *bytes, size_t count);

/*
 * Reads one round from the front of a buffer.  ret_buckets[i] point into the
 * buffer, which must be 8-byte aligned.  Returns the bytes it took, 0 when the
 * message is not whole yet, -EBADMSG when it is not a round.
 */
long round_parse(const void *buffer, size_t bytes, struct round *ret_round,
		 const struct histogram_pair *ret_buckets[ROUND_SERIES_MAX]);

#endif
