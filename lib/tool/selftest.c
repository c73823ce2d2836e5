/* SPDX-License-Identifier: MIT */
#include "tool/selftest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "host/conditions.h"
#include "host/topology.h"
#include "measure/calibrated.h"
#include "measure/selftest-job.h"
#include "plan/make.h"
#include "results/record.h"
#include "results/summary.h"
#include "run/supervisor.h"
#include "tool/delivery.h"
#include "tool/selftest-checks.h"
#include "tool/selftest-print.h"

/* Just 30 % of them have the higher of two modes, and the square wave its five halves. */
#define ROUNDS 20

static bool has_no_peer(const struct cell *cell)
{
	(void)cell;
	return false;
}

static const struct parameter no_parameters[] = { { .name = NULL } };
static const struct figure no_figures[] = { { .name = NULL } };
static const char *const metrics[] = { "cost", NULL };

const struct tool selftest_tool = {
	.name = "selftest",
	.summary = "operations of known cost",
	.worker = "handoff-selftest-worker",
	.job = &selftest_job_kind,
	.mechanism = calibrated_about,
	.parameters = no_parameters,
	.figures = no_figures,
	.metrics = metrics,
	.headline = "cost",
	.baseline = "spin-10us",
	.default_placements = "same-cpu",
	.default_peers = "process",
	.has_peer = has_no_peer,
};

struct session {
	struct options options;        /* of the run in here */
	struct topology *topology;
	struct plan plan;
	struct conditions conditions;
	struct series *series;
	struct results results;
	struct selftest_outline outline;
	const char *worker_path;
	uint64_t begin_ns;
};

static int measure(struct session *session, const volatile sig_atomic_t *caught,
		   struct report *report)
{
	size_t cpu_count;
	const int *cpus = topology_usable_cpus(session->topology, &cpu_count);
	struct standstill standstill = { .count = 0 };
	struct supervisor supervisor = {
		.plan = &session->plan,
		.worker_path = session->worker_path,
		.seed = session->options.seed,
		.control_fd = -1,
		.ack_fd = -1,
		.signal = caught,
		.standstill = &standstill,
		.tell_progress = report_progress,
		.tell_loss = report_loss,
		.context = report,
	};
	int error;

	conditions_begin(&session->conditions, cpus, cpu_count);
	supervisor.clock = session->conditions.ladder.clock;
	session->series = calloc(session->plan.count + 1, sizeof(*session->series));
	error = session->series ? supervisor_run(&supervisor, session->series) : -ENOMEM;
	report_finish(report);
	conditions_end(&session->conditions, cpus, cpu_count);
	return error;
}

static int prepare(struct session *session, const volatile sig_atomic_t *signal)
{
	char message[200];
	int error = topology_load_here(signal, &session->topology);

	if (error)
		return error;
	return plan_make(&session->options, session->topology, NULL, &session->plan, message,
			 sizeof(message));
}

static int judge(struct session *session)
{
	struct selftest_outline *outline = &session->outline;
	const struct selftest_source source = {
		.results = &session->results,
		.series = session->series,
		.slack_ns = (double)prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0),
	};
	int error = summary_make(&session->plan, session->series,
				 session->conditions.ladder.clock.ns_per_tick, &session->results);

	if (!error)
		error = selftest_check(&source, outline->answers);
	if (error)
		return error;
	outline->noise = session->conditions.warnings;
	outline->noise_count = session->conditions.warning_count;
	outline->elapsed_s = (double)(clock_raw_ns() - session->begin_ns) / 1e9;
	outline->status = selftest_is_believed(outline->answers) ? EXIT_SUCCESS
								 : EXIT_NOTHING_MEASURED;
	return 0;
}

struct answer {
	const struct selftest_outline *outline;
	enum output_format format;
};

static int render(const void *what, FILE *stream)
{
	const struct answer *answer = what;

	return selftest_print(answer->outline, answer->format, stream);
}

static int print(const struct session *session, enum output_format format, struct output *output,
		 struct report *report)
{
	const struct answer answer = { &session->outline, format };
	const struct delivery_text text = { render, &answer };
	int status = delivery_print(output, &text, report);

	return status ? status : session->outline.status;
}

static void end_session(struct session *session)
{
	for (size_t i = 0; session->series && i < session->plan.count; i++)
		series_done(&session->series[i]);
	free(session->series);
	results_free(&session->results);
	conditions_done(&session->conditions);
	plan_free(&session->plan);
	topology_free(session->topology);
}

int selftest_run(const struct options *options, const char *worker_path, struct output *output,
		 struct report *report)
{
	struct session session = { .worker_path = worker_path, .begin_ns = clock_raw_ns() };
	int error, status = EXIT_NOTHING_MEASURED;

	session.options = (struct options){
		.tool = &selftest_tool,
		.rounds = ROUNDS,
		.seed = options->has_seed ? options->seed : session.begin_ns,
	};
	error = prepare(&session, output->signal);
	if (!error)
		error = measure(&session, output->signal, report);
	if (!error)
		error = judge(&session);
	if (!error)
		status = print(&session, options->format, output, report);
	end_session(&session);
	if (error == -EINTR)
		return EXIT_SIGNAL + *output->signal;
	if (error)
		report_errno(report, error, "selftest");
	return status;
}
