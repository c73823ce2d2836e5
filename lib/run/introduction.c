/* SPDX-License-Identifier: MIT */
#include "run/introduction.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/identity.h"
#include "run/answer.h"
#include "run/job.h"
#include "run/worker.h"

#define DEADLINE_NS 5e9
/* A worker that was killed has said nothing of itself, and is asked again. */
#define TRIES_MOST 3

static void refuse(const char *expected, const char *theirs, char *ret_reason)
{
	char ours[IDENTITY_REASON_BYTES];

	identity_describe(expected, ours);
	snprintf(ret_reason, WORKER_INTRODUCTION_BYTES, "it is %s; this tool needs %s", theirs, ours);
}

/* It says nothing of itself, but perhaps why. */
static void refuse_stranger(const struct worker_order *order, const struct worker_answer *answer,
			    const struct round *failure, const char *expected, char *ret_reason)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	char theirs[IDENTITY_REASON_BYTES + 80];
	struct round round;

	worker_answer_read(order, answer, failure, &round, pairs);
	snprintf(theirs, sizeof(theirs), "no worker of this build (%s%s%s)", round.reason,
		 round.error ? ": " : "", round.error ? strerror(round.error) : "");
	refuse(expected, theirs, ret_reason);
}

/* Nothing in ret_reason: it is the right one. */
static void judge(const struct worker_order *order, const struct worker_answer *answer,
		  const struct round *failure, const char *expected, char *ret_reason)
{
	char theirs[IDENTITY_REASON_BYTES];
	const char *said = answer->buffer;

	long length = failure->status == ROUND_MEASURED ? identity_length(said, answer->bytes) : 0;

	if (length > 0 && !identity_is_same_build(expected, said)) {
		identity_describe(said, theirs);
		refuse(expected, theirs, ret_reason);
	} else if (length <= 0 || (size_t)length != answer->bytes) {
		refuse_stranger(order, answer, failure, expected, ret_reason);
	}
}

static int ask(const struct worker_order *order, struct worker_answer *answer,
	       struct round *ret_failure)
{
	int error, tries = 0;

	do
		error = worker_run(order, answer, ret_failure);
	while (!error && answer->was_killed && ++tries < TRIES_MOST);
	return error;
}

int worker_introduce(const struct job_kind *kind, const char *path,
		     const volatile sig_atomic_t *signal, char *ret_reason)
{
	char **arguments = worker_job_introduction(path);
	struct worker_order order = {
		.path = path, .argv = arguments, .kind = kind, .mechanism = "introduction",
		.is_hushed = true, .control_fd = -1, .ack_fd = -1,
		.deadline_ns = DEADLINE_NS, .signal = signal,
	};
	struct worker_answer answer = { 0 };
	char expected[IDENTITY_BYTES_MAX];
	struct round failure;
	int error = -ENOMEM;

	*ret_reason = '\0';
	if (arguments)
		error = (int)worker_job_identity(kind, arguments, expected);
	if (error > 0)
		error = ask(&order, &answer, &failure);
	if (!error)
		judge(&order, &answer, &failure, expected, ret_reason);
	worker_answer_free(&answer);
	worker_job_free(arguments);
	return error ? error : *ret_reason ? -EBADMSG : 0;
}
