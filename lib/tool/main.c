/* SPDX-License-Identifier: MIT */
#include "tool/main.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/conditions.h"
#include "host/topology.h"
#include "host/topology-pipe.h"
#include "kernel/perf-control.h"
#include "measure/build-id.h"
#include "measure/reference-job.h"
#include "plan/shared-input.h"
#include "plan/make.h"
#include "plan/options.h"
#include "plan/sched-word.h"
#include "results/record.h"
#include "results/stamp.h"
#include "results/status.h"
#include "results/summary-flags.h"
#include "results/summary.h"
#include "run/introduction.h"
#include "run/run-guard.h"
#include "run/supervisor.h"
#include "tool/answer.h"
#include "tool/budget.h"
#include "tool/delivery.h"
#include "tool/hosts.h"
#include "tool/list.h"
#include "tool/little-stack.h"
#include "tool/path.h"
#include "tool/report.h"
#include "tool/selftest.h"
#include "tool/signals.h"
#include "tool/streams.h"

struct session {
	const struct tool *tool;
	struct options options;
	struct report report;
	struct topology *topology;
	struct plan plan;
	struct sched_policy sched;
	struct conditions conditions;
	struct standstill standstill;
	struct run_guard guard;
	struct output output;
	struct series *series;
	struct results results;
	struct shared_input shared_input;
	bool is_host_lost;
	int control_fd, ack_fd;
	struct reference_series reference;
	char worker_path[TOOL_PATH_MAX], reference_path[TOOL_PATH_MAX];
	uint64_t begin_ns;
};

static int usage_error(struct session *session, const char *message)
{
	report_error(&session->report, "%s", message);
	fprintf(stderr, "Try '%s --help'.\n", session->tool->name);
	return EXIT_USAGE;
}

static int load_topology(struct session *session)
{
	const struct options *options = &session->options;
	char message[256];
	int error = options->topology
		? topology_load(options->topology, options->affinity, tool_signal(),
				&session->topology)
		: topology_load_here(tool_signal(), &session->topology);

	if (!error)
		return EXIT_SUCCESS;
	if (*tool_signal())
		return EXIT_SIGNAL + *tool_signal();
	if (options->topology) {
		const char *reason = topology_pipe_reason(error);

		snprintf(message, sizeof(message), "--topology: '%.100s'%s%.60s cannot be used: %s",
			 options->topology, options->affinity ? " with --affinity=" : "",
			 options->affinity ? options->affinity : "",
			 reason ? reason : strerror(-error));
		return usage_error(session, message);
	}
	report_error(&session->report, "this machine's topology: %s", topology_here_reason(error));
	return EXIT_NOTHING_MEASURED;
}

static int make_plan(struct session *session)
{
	char message[1400];
	int error;

	if (session->options.sched &&
	    sched_word_parse(session->options.sched, &session->sched)) {
		snprintf(message, sizeof(message), "--sched: '%.100s' is not valid: other, batch, "
			 "fifo[:1-99], rr[:1-99], idle or deadline:RUN/PERIOD",
			 session->options.sched);
		return usage_error(session, message);
	}
	error = plan_make(&session->options, session->topology, NULL, &session->plan, message,
			  sizeof(message));
	if (!error)
		report_idle_reaps(&session->report, &session->plan);
	if (!error)
		return EXIT_SUCCESS;
	if (*message)
		return usage_error(session, message);
	report_errno(&session->report, error, "the plan");
	return EXIT_NOTHING_MEASURED;
}

/* What cannot be written to is better told now than after the measuring. */
static int open_output(struct session *session)
{
	if (session->options.listen)
		return EXIT_SUCCESS;
	return delivery_open(&session->output, session->options.output, tool_signal(),
			     &session->report);
}

static int open_perf(struct session *session)
{
	int error;

	session->control_fd = session->ack_fd = -1;
	if (!session->options.perf_control)
		return EXIT_SUCCESS;
	error = perf_control_open(session->options.perf_control, &session->control_fd,
				  &session->ack_fd);
	if (!error)
		return EXIT_SUCCESS;
	report_error(&session->report, "--perf-control: '%s': %s", session->options.perf_control,
		     error == -ENXIO ? "perf is not listening there"
		     : error == -ENODEV ? "it is no FIFO" : strerror(-error));
	return EXIT_NOTHING_MEASURED;
}

static int measure(struct session *session)
{
	struct supervisor supervisor = {
		.plan = &session->plan,
		.clock = session->conditions.ladder.clock,
		.worker_path = session->worker_path,
		.sched = session->options.sched ? &session->sched : NULL,
		.connect = session->options.connect ? session->results.remote.address : NULL,
		.shared_input = &session->shared_input,
		.reference_path = session->reference_path,
		.reference = &session->reference,
		.seed = session->results.seed,
		.control_fd = session->control_fd,
		.ack_fd = session->ack_fd,
		.signal = tool_signal(),
		.standstill = &session->standstill,
		.tell_progress = report_progress,
		.tell_loss = report_loss,
		.context = &session->report,
	};
	int error;

	session->series = calloc(session->plan.count + 1, sizeof(*session->series));
	if (!session->series)
		return -ENOMEM;
	error = run_guard_start(&session->guard);
	if (error)
		return error;
	error = supervisor_run(&supervisor, session->series);
	report_finish(&session->report);
	if (error == -EHOSTDOWN)
		report_error(&session->report, "--connect: %s: the other host is gone; what is "
			     "complete follows", session->options.connect);
	run_guard_end(&session->guard);
	session->is_host_lost = error == -EHOSTDOWN;
	return error == -EINTR || error == -EHOSTDOWN ? 0 : error;
}

static int exit_status(const struct results *results)
{
	if (*tool_signal())
		return EXIT_SIGNAL + *tool_signal();
	return results_status(results);
}

static int summarise(struct session *session, char **argv)
{
	struct results *results = &session->results;
	int error;

	results->options = &session->options;
	results->environment = &session->conditions.environment;
	results->ladder = &session->conditions.ladder;
	results->warnings = session->conditions.warnings;
	results->warning_count = session->conditions.warning_count;
	results->build = build_id;
	results->argv = argv;
	results->elapsed_s = (double)(clock_raw_ns() - session->begin_ns) / 1e9;
	error = host_speed_make(&session->reference, session->conditions.ladder.clock.ns_per_tick,
				&results->speed);
	if (!error)
		error = summary_make(&session->plan, session->series,
				     session->conditions.ladder.clock.ns_per_tick, results);
	if (error)
		return error;
	summary_flag_run(results);
	if (session->tool->sentences)
		results->sentences = session->tool->sentences(results);
	results->status = exit_status(results);
	if (session->is_host_lost && !*tool_signal())
		results->status = EXIT_NOTHING_MEASURED;
	return 0;
}

static int answer(struct session *session)
{
	const struct tool_answer asked = {
		.options = &session->options,
		.plan = &session->plan,
		.results = &session->results,
		.output = &session->output,
		.report = &session->report,
	};

	return tool_answer(&asked);
}

static int make_shared_input(struct session *session)
{
	char message[PATH_MAX + 300] = "";
	int error = session->tool->prepare
		? session->tool->prepare(&session->plan, &session->shared_input, message, sizeof(message))
		: 0;

	if (*tool_signal())
		return EXIT_SIGNAL + *tool_signal();
	/* Why not; or what it is about to do to somebody's data, say. */
	if (*message)
		report_error(&session->report, "%s", message);
	return error ? EXIT_NOTHING_MEASURED : EXIT_SUCCESS;
}

static int run(struct session *session, char **argv)
{
	size_t count;
	const int *cpus = topology_usable_cpus(session->topology, &count);
	int error, status;

	session->begin_ns = clock_raw_ns();
	results_stamp(&session->results, &session->options, session->begin_ns);
	conditions_begin(&session->conditions, cpus, count);
	error = measure(session);
	surroundings_note_standstill(&session->conditions, &session->standstill);
	conditions_end(&session->conditions, cpus, count);
	if (!error)
		error = summarise(session, argv);
	if (error) {
		report_errno(&session->report, error, "the run");
		return EXIT_NOTHING_MEASURED;
	}
	status = answer(session);
	return status ? status : session->results.status;
}

static void end_session(struct session *session)
{
	for (size_t i = 0; session->series && i < session->plan.count; i++)
		series_done(&session->series[i]);
	free(session->series);
	reference_series_done(&session->reference);
	results_free(&session->results);
	conditions_done(&session->conditions);
	shared_input_done(&session->shared_input);
	plan_free(&session->plan);
	topology_free(session->topology);
	output_close(&session->output);
	if (session->control_fd > 0)
		close(session->control_fd);
	if (session->ack_fd > 0)
		close(session->ack_fd);
}

/* It is there, and the one that this tool was built with. */
static int find_worker(struct session *session)
{
	/* Of the harness's own mechanisms there is another worker. */
	const struct tool *tool = session->options.has_selftest ? &selftest_tool : session->tool;
	char reason[WORKER_INTRODUCTION_BYTES] = "";
	int error = tool_worker_path(tool->worker, session->worker_path);

	/* Where it is not, rounds have no reference, and the record says why. */
	(void)tool_worker_path(REFERENCE_WORKER, session->reference_path);
	if (!error)
		error = worker_introduce(tool->job, session->worker_path, tool_signal(), reason);
	if (!error)
		return EXIT_SUCCESS;
	if (error == -EINTR)
		return EXIT_SIGNAL + *tool_signal();
	report_error(&session->report, "%s: %s; where the workers are can be said by HANDOFF_WORKERS",
		     session->worker_path, *reason ? reason : strerror(-error));
	return EXIT_NOTHING_MEASURED;
}

/* What is opened has no name yet: nothing of it outlives us, however long this takes. */
static int plan(struct session *session)
{
	int status;

	tool_signals_end_at_once();
	status = load_topology(session);
	if (!status)
		status = make_plan(session);
	tool_signals_remember();
	return status;
}

static struct tool_hosts hosts_of(struct session *session)
{
	return (struct tool_hosts){
		.plan = &session->plan,
		.sched = session->options.sched ? &session->sched : NULL,
		.signal = tool_signal(),
		.report = &session->report,
	};
}

static int act(struct session *session, char **argv)
{
	struct tool_hosts hosts = hosts_of(session);
	int status = open_output(session);

	if (!status)
		status = plan(session);
	if (!status && session->options.listen)
		return session->tool->listen(&hosts);
	if (!status && !session->options.has_list && !session->options.has_selftest)
		status = tool_fit_budget(&session->plan, &session->report);
	if (!status && session->options.has_dry_run)
		return answer(session);
	if (!status)
		status = open_perf(session);
	if (!status)
		status = find_worker(session);
	if (status)
		return status;
	if (session->options.has_list)
		return tool_list(&session->options, session->worker_path, &session->output,
				 &session->report);
	if (session->options.has_selftest)
		return selftest_run(&session->options, session->worker_path, &session->output,
				    &session->report);
	if (session->options.connect)
		status = session->tool->greet(&hosts, &session->results.remote);
	if (!status)
		status = make_shared_input(session);
	return status ? status : run(session, argv);
}

/* Its frame holds the whole session, and is not to be there before the stack is known to do. */
__attribute__((noinline))
static int run_tool(const struct tool *tool, int argc, char **argv)
{
	struct session session = { .tool = tool, .output = OUTPUT_CLOSED, .control_fd = -1,
				   .ack_fd = -1, .shared_input.signal = tool_signal() };
	int status;

	tool_signals_catch();
	tool_streams_init();
	options_parse(tool, argc, argv, &session.options);
	report_init(&session.report, &session.options);
	tool_signals_remember();
	status = act(&session, argv);
	end_session(&session);
	return *tool_signal() ? EXIT_SIGNAL + *tool_signal() : status;
}

int tool_main(const struct tool *tool, int argc, char **argv)
{
	return tool_has_little_stack(tool->name) ? EXIT_NOTHING_MEASURED
						 : run_tool(tool, argc, argv);
}
