/* SPDX-License-Identifier: MIT */
#include "tool/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"
#include "run/answer.h"
#include "run/job.h"
#include "run/worker.h"
#include "tool/delivery.h"

#define LIST_DEADLINE_NS 60e9
/* Each mechanism is tried for two seconds at most, and told at once. */
#define LIST_SILENCE_NS 10e9
/* What a worker that cannot be executed calls what it was to measure. */
#define PROBE "probe"

static bool is_asked_for(const struct options *options, const char *name)
{
	size_t count;
	char **words;
	bool is_asked = false;

	if (!options->mechanisms)
		return true;
	words = units_split_list(options->mechanisms, &count);
	for (size_t i = 0; words && i < count; i++)
		is_asked |= units_word_matches(words[i], name);
	units_free_list(words);
	return is_asked;
}

static void describe(const struct round *round, char *ret, size_t size)
{
	const char *because = round->error ? strerror(round->error) : "";

	if (round->status == ROUND_MEASURED)
		snprintf(ret, size, "available");
	else
		snprintf(ret, size, "%s%s%s", round->reason, *round->reason && *because ? ": " : "",
			 because);
}

static const char *name_of(const struct mechanism *mechanism)
{
	return mechanism->name;
}

static const char *summary_of(const struct mechanism *mechanism)
{
	return mechanism->summary;
}

/* The width of a column. */
static int longest(const struct tool *tool, const char *(*text)(const struct mechanism *))
{
	size_t width = 0;

	for (size_t i = 0; tool->mechanism(i); i++)
		if (strlen(text(tool->mechanism(i))) > width)
			width = strlen(text(tool->mechanism(i)));
	return (int)width;
}

/* 0, -ENOENT when the worker has not told of it, or -EBADMSG. */
static int find_round(const struct worker_answer *answer, const char *mechanism,
		      struct round *ret)
{
	size_t at = 0;

	while (at < answer->bytes) {
		int error = worker_answer_next(answer, &at, ret);

		if (error)
			return error;
		if (!strcmp(ret->mechanism, mechanism))
			return 0;
	}
	return -ENOENT;
}

struct listing {
	const struct options *options;
	const struct worker_answer *answer;
};

static int print_all(const void *what, FILE *stream)
{
	const struct listing *listing = what;
	const struct tool *tool = listing->options->tool;
	char state[300];
	struct round round;

	for (size_t i = 0; tool->mechanism(i); i++) {
		const struct mechanism *mechanism = tool->mechanism(i);

		if (!is_asked_for(listing->options, mechanism->name) ||
		    find_round(listing->answer, mechanism->name, &round))
			continue;
		describe(&round, state, sizeof(state));
		fprintf(stream, "%-*s %-*s %s\n", longest(tool, name_of), mechanism->name,
			longest(tool, summary_of), mechanism->summary, state);
	}
	return 0;
}

static int probe(const struct tool *tool, const char *worker_path,
		 const volatile sig_atomic_t *caught,
		 struct worker_answer *answer, struct round *ret_failure)
{
	const struct clock clock = { CLOCK_GETTIME, 1 };
	char **argv = worker_job_probe(&clock, worker_path);
	struct worker_order order = {
		.path = worker_path,
		.argv = argv,
		.kind = tool->job,
		.mechanism = PROBE,
		.control_fd = -1,
		.ack_fd = -1,
		.deadline_ns = LIST_DEADLINE_NS,
		.silence_ns = LIST_SILENCE_NS,
		.signal = caught,
	};
	int error = argv ? worker_run(&order, answer, ret_failure) : -ENOMEM;

	worker_job_free(argv);
	return error;
}

static const char *words_of(const struct round *failure)
{
	return *failure->reason ? failure->reason : strerror(failure->error);
}

/* Why this worker's list is none, in words; NULL: it is whole. */
static const char *find_fault(const struct options *options, const struct worker_answer *answer,
			      const struct round *failure, struct round *ret)
{
	const struct tool *tool = options->tool;

	if (failure->status != ROUND_MEASURED)
		return words_of(failure);
	if (!find_round(answer, PROBE, ret))
		return strcmp(ret->step, "execute") ? words_of(ret) : strerror(ret->error);
	for (size_t i = 0; tool->mechanism(i); i++) {
		int error = find_round(answer, tool->mechanism(i)->name, ret);

		if (error)
			return error == -ENOENT ? "it does not know all mechanisms of this tool"
						: "its answer cannot be understood";
	}
	return NULL;
}

static int answer_list(const struct options *options, const struct worker_answer *answer,
		       struct output *output, struct report *report)
{
	const struct listing listing = { options, answer };
	const struct delivery_text text = { print_all, &listing };

	return delivery_print(output, &text, report);
}

int tool_list(const struct options *options, const char *worker_path, struct output *output,
	      struct report *report)
{
	struct worker_answer answer = { 0 };
	struct round failure, round;
	int error = probe(options->tool, worker_path, output->signal, &answer, &failure);
	const char *fault = error ? NULL : find_fault(options, &answer, &failure, &round);
	int status = EXIT_NOTHING_MEASURED;

	if (error == -EINTR)
		status = EXIT_SIGNAL + *output->signal;
	else if (error)
		report_errno(report, error, "list");
	else if (fault)
		report_error(report, "list: %s: %s; where the workers are can be said by "
			     "HANDOFF_WORKERS", worker_path, fault);
	else
		status = answer_list(options, &answer, output, report);
	worker_answer_free(&answer);
	return status;
}
