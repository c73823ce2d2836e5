/* SPDX-License-Identifier: MIT */
/*
 * run/worker - one freshly executed worker process, from its seat to its end; or several
 * at once.
 *
 * worker_run() seats a child (CPUs, policy, memory, a session of its own),
 * executes the worker in it, reads its answer and waits for its end, at most
 * until the deadline; then it makes sure that nothing of the worker is left.
 * The worker is the child of a keeper (run/keeper.h), and other children of
 * this process are neither killed nor waited for.  A worker dies with us.
 *
 * The answer of a worker that died, hung or wrote garbage is a failed round
 * that says so.
 */
#ifndef HANDOFF_WORKER_H
#define HANDOFF_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "kernel/sched-policy.h"
#include "kernel/standstill.h"
#include "measure/job.h"
#include "measure/round.h"
#include "plan/concurrent.h"
#include "plan/placement.h"
#include "run/stops.h"

/* Descriptors of a worker, by agreement. */
#define WORKER_REPORT_FD 3
#define WORKER_CONTROL_FD 4
#define WORKER_ACK_FD 5

struct worker_order {
	const char *path;
	char *const *argv;
	const struct job_kind *kind;          /* what argv is a job of */
	unsigned int traits;                  /* of the mechanism (measure/mechanism.h) */
	double ns_per_tick;                   /* of the clock that it is to measure by */
	const char *mechanism;
	const struct seat *seat;              /* NULL: unseated */
	const struct memory_policy *memory;   /* NULL: the default */
	const struct sched_policy *sched;     /* NULL: as we are */
	unsigned int padding_bytes;           /* of environment, against layout luck */
	bool is_hushed;                       /* what it says on standard error is for nobody */
	int control_fd, ack_fd;               /* of perf, -1 without */
	double deadline_ns;
	double silence_ns;                    /* given up after so long without a word; 0: never */
	const volatile sig_atomic_t *signal;  /* not 0: give up at once */
	struct standstill *standstill;        /* NULL: nobody looks at it */
};

/* What a worker wrote: whole rounds, in a buffer that worker_answer_free() frees. */
struct worker_answer {
	void *buffer;
	size_t bytes, room;
	struct clock_mark begin, end;  /* before the worker was started, and once it had ended */
	uint64_t started_ns;           /* when it was, says the kernel: since boot, in its ticks;
					  0: it does not say */
	struct stops stops;            /* of the worker by signals */
	struct stops standstills;      /* of this tool, and of the worker if its window was as long */
	bool was_killed;               /* by SIGKILL: somebody's doing, and no fault of its own */
};

/*
 * 0, or -EINTR after a signal.  ret_failure is a round of status ROUND_FAILED
 * or ROUND_SKIPPED when the worker gave no answer of its own, else its status
 * is ROUND_MEASURED and the answer is worth parsing.
 */
int worker_run(const struct worker_order *order, struct worker_answer *answer,
	       struct round *ret_failure);

/*
 * The same with count workers at once, 1 to CONCURRENT_MOST, each with its own answer and
 * failure; returns when the last has ended.  After -EINTR, too, the answers of those that
 * had ended before stand, and the others' are failures.  The signal is that of the first
 * order.
 */
int worker_run_all(const struct worker_order *orders, size_t count, struct worker_answer *answers,
		   struct round *ret_failures);
void worker_answer_free(struct worker_answer *answer);

#endif
