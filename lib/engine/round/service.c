/* SPDX-License-Identifier: MIT */
#include "engine/round/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/round/context.h"
#include "kernel/affinity.h"
#include "kernel/proc-task.h"
#include "kernel/process-facts.h"
#include "kernel/sysfile.h"
#include "kernel/task-usage.h"

/* An echo may be here before its server has counted it. */
#define SETTLE_MS 1000
#define SIDES 2

bool engine_service_is_wanted(const struct engine_context *context)
{
	return context->config.operation == ENGINE_ECHO && context->engine->server;
}

/* Opening */

int engine_service_check(struct engine_context *context)
{
	double kib = process_meminfo_kib("MemAvailable");
	double bytes = SIDES * (double)context->config.depth * (double)context->config.block_bytes;

	if (kib < 0 || bytes / 1024 <= kib / 2)
		return 0;
	round_fail(context->round, ROUND_SKIPPED, 0, "memory", "the messages take more than half of the "
		   "memory that is left: fewer --connections or a smaller --message");
	return -ENOMEM;
}

static int look(const void *process)
{
	return engine_server_look(process);
}

static int begin_server(struct engine_context *context)
{
	struct engine_server_process *process = &context->service.process;
	char reason[ENGINE_REASON_BYTES] = "";
	int error;

	process->server = context->engine->server;
	process->cpu = context->job->cpu_b;
	process->config = (struct engine_server_config){
		.connections = context->config.depth, .message_bytes = context->config.block_bytes,
	};
	error = engine_server_begin(process, reason);
	if (error == -ECHILD || error == -ETIMEDOUT)
		round_fail(context->round, ROUND_FAILED, error, "open", reason);
	else if (error)
		round_skip(context->round, *reason ? 0 : error, "open", reason);
	return error;
}

static int begin_generator(struct engine_context *context)
{
	struct engine_service *service = &context->service;
	int cpu = context->job->cpu_a, error = cpu >= 0 ? affinity_set(cpu, cpu) : 0;

	engine_lanes_aim(&context->lanes, 1, false);
	service->generator = (struct socket_generator){
		.lanes = context->lanes.lanes, .sockets = service->process.pairs.ends[0],
		.count = context->config.depth, .message_bytes = context->config.block_bytes,
		.look = look, .context = &service->process,
	};
	if (!error)
		error = socket_generator_open(&service->generator);
	if (error)
		round_refuse(context->round, error, "generator", "");
	return error;
}

int engine_service_open(struct engine_context *context)
{
	int error = begin_server(context);

	if (!error)
		error = begin_generator(context);
	context->round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		context->round->flags |= ROUND_TRACED;
	if (error)
		engine_service_close(context);
	return error;
}

void engine_service_close(struct engine_context *context)
{
	struct engine_service *service = &context->service;

	socket_generator_close(&service->generator);
	engine_server_end(&service->process);
}

/* Running */

static void tell_failure(struct engine_context *context, int error)
{
	char reason[ENGINE_REASON_BYTES] = "";
	int death = 0;

	if (error == -EILSEQ)
		snprintf(reason, sizeof(reason), "an echo is not what was sent");
	else
		death = engine_server_explain(&context->service.process, reason, sizeof(reason));
	if (!*reason && error == -ETIMEDOUT)
		snprintf(reason, sizeof(reason), "nothing came from the server for 4 seconds");
	else if (!*reason && error == -EPIPE)
		snprintf(reason, sizeof(reason), "a connection was closed or reset");
	round_fail(context->round, ROUND_FAILED, death ? death : error, "echo", reason);
}

int engine_service_run(struct engine_context *context, uint64_t n)
{
	int error;

	engine_lanes_begin(&context->lanes, n);
	error = socket_generator_run(&context->service.generator);
	if (error)
		tell_failure(context, error);
	return error;
}

/* Edges */

struct census {
	const struct engine_context *context;
	double tasks, on_cpu, switches;
	double involuntary, run_delay_ns;
};

static int count_task(const char *name, void *context)
{
	struct census *census = context;
	struct task_usage usage;

	task_usage_other((pid_t)atoi(name), true, &usage);
	/* One that has ended meanwhile: a worker thread of the kernel's may. */
	if (usage.nvcsw < 0 || usage.nivcsw < 0)
		return 0;
	census->tasks++;
	census->on_cpu += usage.cpu == census->context->job->cpu_b;
	census->switches += usage.nvcsw + usage.nivcsw;
	census->involuntary += usage.nivcsw;
	census->run_delay_ns = census->run_delay_ns < 0 || usage.run_delay_ns < 0
		? -1 : census->run_delay_ns + usage.run_delay_ns;
	round_saw_cpu(census->context->round, usage.cpu);
	return 0;
}

static double count_process(struct census *census, pid_t pid)
{
	struct task_usage usage;
	char path[PROC_TASK_PATH_MAX];

	proc_task_path(pid, "task", path);
	sysfile_each_entry("", path, count_task, census);
	task_usage_other(pid, true, &usage);
	return usage.cpu_ns;
}

/* The server and the processes that it has made. */
static void count_server(const struct engine_context *context, struct engine_edge *ret)
{
	const struct engine_server_process *process = &context->service.process;
	struct census census = { .context = context };

	ret->cpu_ns = count_process(&census, process->pid);
	for (uint32_t i = 0; i < process->config.connections; i++) {
		pid_t pid = __atomic_load_n(&process->config.list[i].process, __ATOMIC_ACQUIRE);
		double ns = pid ? count_process(&census, pid) : 0;

		ret->cpu_ns = ns < 0 || ret->cpu_ns < 0 ? -1 : ret->cpu_ns + ns;
	}
	ret->switches = census.switches;
	task_usage_init(&ret->service.usage);
	ret->service.usage.cpu_ns = ret->cpu_ns;
	ret->service.usage.nivcsw = census.involuntary;
	ret->service.usage.run_delay_ns = census.run_delay_ns;
	ret->service.tasks = census.tasks;
	ret->service.tasks_on_cpu = census.on_cpu;
}

static uint64_t served_so_far(const struct engine_server_config *config)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < config->connections; i++)
		sum += __atomic_load_n(&config->list[i].served, __ATOMIC_ACQUIRE);
	return sum;
}

static uint32_t count_active(const struct engine_server_config *config)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < config->connections; i++) {
		struct engine_connection *connection = &config->list[i];

		count += connection->served > connection->seen;
		connection->seen = connection->served;
	}
	return count;
}

static void settle(const struct engine_context *context)
{
	const struct timespec pause = { 0, 1000000 };
	const struct engine_server_config *config = &context->service.process.config;

	for (int ms = 0; ms < SETTLE_MS; ms++) {
		if (served_so_far(config) == engine_lanes_ended(&context->lanes))
			return;
		nanosleep(&pause, NULL);
	}
}

static double own_cpu_ns(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time))
		return -1;
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

void engine_service_edge_read(const struct engine_context *context, struct engine_edge *ret)
{
	const struct engine_server_process *process = &context->service.process;

	ret->service.cpu_ns_before = own_cpu_ns();
	settle(context);
	process->server->tell(process->state, &ret->facts);
	ret->begun = engine_lanes_begun(&context->lanes);
	ret->ended = engine_lanes_ended(&context->lanes);
	ret->service.served = served_so_far(&process->config);
	ret->service.active = count_active(&process->config);
	ret->cpu = clock_cpu(context->lanes.load->source);
	count_server(context, ret);
	ret->service.cpu_ns_after = own_cpu_ns();
}

/* Proofs and figures */

static void prove_places(struct engine_context *context, const struct engine_edge *before,
			 const struct engine_edge *after)
{
	const struct engine_job *job = context->job;

	round_saw_cpu(context->round, before->cpu);
	round_saw_cpu(context->round, after->cpu);
	if (job->cpu_a < 0)
		return;
	round_add_proof(context->round, "on_cpus", PROOF_EQUAL,
			2 + before->service.tasks + after->service.tasks,
			(before->cpu == job->cpu_a) + (after->cpu == job->cpu_a) +
			before->service.tasks_on_cpu + after->service.tasks_on_cpu);
}

void engine_service_prove(struct engine_context *context, const struct timing *timing,
			  const struct engine_edge *before, const struct engine_edge *after)
{
	double ended = (double)(after->ended - before->ended);
	struct round *round = context->round;

	round_add_proof(round, "completions", PROOF_EQUAL, (double)timing->operations_done, ended);
	round_add_proof(round, "served", PROOF_EQUAL, ended,
			(double)(after->service.served - before->service.served));
	/* Each has its turn, if there are requests enough. */
	round_add_proof(round, "connections", PROOF_EQUAL,
			ended < (double)context->job->connections ? ended
								 : (double)context->job->connections,
			(double)after->service.active);
	prove_places(context, before, after);
}

/* Of the window; a CPU that was busy all of it is 1. */
static void tell_share(struct engine_context *context, const char *name, double cpu_ns,
		       const struct timing *timing)
{
	double ns = (double)(timing->end - timing->begin) * context->job->ns_per_tick;

	if (cpu_ns >= 0 && ns > 0)
		round_add_figure(context->round, name, cpu_ns / ns);
}

void engine_service_tell(struct engine_context *context, const struct timing *timing,
			 const struct engine_edge *before, const struct engine_edge *after)
{
	double generator = after->service.cpu_ns_before - before->service.cpu_ns_after;
	double server = before->cpu_ns < 0 || after->cpu_ns < 0 ? -1 : after->cpu_ns - before->cpu_ns;

	if (context->round->status != ROUND_MEASURED)
		return;
	round_add_figure(context->round, "generator_cpu_ns_per_op",
			 generator / (double)(after->ended - before->ended));
	tell_share(context, "generator_share", generator, timing);
	tell_share(context, "server_share", server, timing);
}
