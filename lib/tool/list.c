/* SPDX-License-Identifier: MIT */
#include "tool/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"
#include "run/job.h"
#include "run/worker.h"
#include "tool/delivery.h"

#define LIST_DEADLINE_NS 60e9

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

static void print_one(const struct options *options, const struct round *round, FILE *stream)
{
	const struct tool *tool = options->tool;
	char state[300];

	for (size_t i = 0; tool->mechanism(i); i++) {
		const struct mechanism *mechanism = tool->mechanism(i);

		if (strcmp(mechanism->name, round->mechanism) ||
		    !is_asked_for(options, mechanism->name))
			continue;
		describe(round, state, sizeof(state));
		fprintf(stream, "%-*s %-*s %s\n", longest(tool, name_of), mechanism->name,
			longest(tool, summary_of), mechanism->summary, state);
	}
}

struct listing {
	const struct options *options;
	const struct worker_answer *answer;
};

static int print_all(const void *what, FILE *stream)
{
	const struct listing *listing = what;
	const struct worker_answer *answer = listing->answer;
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	size_t at = 0;
	struct round round;

	while (at < answer->bytes) {
		long taken = round_parse((char *)answer->buffer + at, answer->bytes - at, &round,
					 pairs);

		if (taken <= 0)
			return -EBADMSG;
		print_one(listing->options, &round, stream);
		at += (size_t)taken;
	}
	return 0;
}

static int probe(const char *worker_path, const volatile sig_atomic_t *caught,
		 struct worker_answer *answer, struct round *ret_failure)
{
	const struct clock clock = { CLOCK_GETTIME, 1 };
	char **argv = worker_job_probe(&clock, worker_path);
	struct worker_order order = {
		.path = worker_path,
		.argv = argv,
		.mechanism = "probe",
		.control_fd = -1,
		.ack_fd = -1,
		.deadline_ns = LIST_DEADLINE_NS,
		.signal = caught,
	};
	int error = argv ? worker_run(&order, answer, ret_failure) : -ENOMEM;

	worker_job_free(argv);
	return error;
}

static int print_list(const struct options *options, const struct worker_answer *answer,
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
	struct round failure;
	int error = probe(worker_path, output->signal, &answer, &failure);
	int status = EXIT_NOTHING_MEASURED;

	if (error == -EINTR)
		status = EXIT_SIGNAL + *output->signal;
	else if (error)
		report_errno(report, error, "list");
	else if (failure.status != ROUND_MEASURED)
		report_error(report, "list: %s: %s", failure.step, failure.reason);
	else
		status = print_list(options, &answer, output, report);
	worker_answer_free(&answer);
	return status;
}
