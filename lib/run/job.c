/* SPDX-License-Identifier: MIT */
#include "run/job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/identity.h"
#include "measure/reference-job.h"
#include "plan/shared-input.h"
#include "run/worker.h"

#define FIXED_MAX 28

struct arguments {
	char **words;
	size_t count;
	bool is_short;                 /* of memory */
};

__attribute__((format(printf, 2, 3)))
static void add(struct arguments *arguments, const char *format, ...)
{
	va_list values;
	char *word;

	va_start(values, format);
	if (vasprintf(&word, format, values) == -1)
		arguments->is_short = true;
	else
		arguments->words[arguments->count++] = word;
	va_end(values);
}

static void add_common(struct arguments *arguments, const struct clock *clock, const char *path)
{
	add(arguments, "%s", path);
	add(arguments, "report_fd=%d", WORKER_REPORT_FD);
	add(arguments, "clock_source=%d", (int)clock->source);
	add(arguments, "ns_per_tick=%.12g", clock->ns_per_tick);
}

static void add_parameters(struct arguments *arguments, const struct worker_job *job)
{
	const struct tool *tool = job->plan->options->tool;

	for (size_t i = 0; tool->parameters[i].name; i++) {
		const struct value *value = &job->cell->values[i];

		if (!value->applies)
			continue;
		if (value->word)
			add(arguments, "%s=%s", tool->parameters[i].name, value->word);
		else
			add(arguments, "%s=%llu", tool->parameters[i].name,
			    (unsigned long long)value->number);
	}
}

/* A list such as "0,2", if memory must lie on certain nodes. */
static void add_memory_nodes(struct arguments *arguments, const struct memory_policy *policy)
{
	char list[5 * MEMORY_NODES_MAX];
	size_t used = 0;

	if (!policy || !policy->node_count)
		return;
	for (int node = 0; node < MEMORY_NODES_MAX; node++)
		if (memory_policy_has_node(policy, node))
			used += (size_t)sprintf(list + used, "%s%d", used ? "," : "", node);
	add(arguments, "memory_nodes=%s", list);
}

static char **finish(struct arguments *arguments)
{
	if (!arguments->is_short)
		return arguments->words;
	worker_job_free(arguments->words);
	return NULL;
}

static void add_share(struct arguments *arguments, const struct worker_job *job)
{
	add(arguments, "is_shared=1");
	add(arguments, "share_ns=%.0f", job->share_ns);
	add(arguments, "share_rounds=%zu", job->share_rounds);
	add(arguments, "patience_ns=%.0f", job->patience_ns);
}

char **worker_job_arguments(const struct worker_job *job, const char *path)
{
	struct arguments arguments = { .words = calloc(FIXED_MAX + SHARED_INPUT_WORDS_MAX + PARAMETERS_MAX + 1,
						       sizeof(char *)) };

	if (!arguments.words)
		return NULL;
	add_common(&arguments, &job->clock, path);
	add(&arguments, "mechanism=%s", job->cell->mechanism->name);
	add(&arguments, "nonce=%llu", (unsigned long long)job->nonce);
	add(&arguments, "seed=%llu", (unsigned long long)job->seed);
	add(&arguments, "round=%zu", job->round);
	add(&arguments, "window_ns=%.0f", job->window_ns);
	if (job->ramp_ns > 0)
		add(&arguments, "ramp_ns=%.0f", job->ramp_ns);
	add(&arguments, "cpu_a=%d", job->cell->seat.cpus[0]);
	add(&arguments, "cpu_b=%d", job->cell->seat.cpus[1]);
	add(&arguments, "batch=%d", job->batch);
	add(&arguments, "with_figures=%d", job->with_figures);
	if (job->is_concurrent)
		add(&arguments, "is_concurrent=1");
	add_memory_nodes(&arguments, job->cell->memory);
	add(&arguments, "control_fd=%d", job->control_fd < 0 ? -1 : WORKER_CONTROL_FD);
	add(&arguments, "ack_fd=%d", job->ack_fd < 0 ? -1 : WORKER_ACK_FD);
	if (job->cell->is_spread)
		add(&arguments, "spread=1");
	if (job->plan->options->tool->worker_mode)
		add(&arguments, "mode=%s", job->plan->options->tool->worker_mode);
	for (size_t i = 0; job->shared_input && i < job->shared_input->count; i++)
		add(&arguments, "%s", job->shared_input->words[i]);
	if (job->connect)
		add(&arguments, "connect=%s", job->connect);
	if (job->cell->peer)
		add(&arguments, "peer=%s", job->cell->peer);
	if (job->cell->share)
		add_share(&arguments, job);
	add_parameters(&arguments, job);
	return finish(&arguments);
}

static size_t count_words(char *const *words)
{
	size_t count = 0;

	while (words && words[count])
		count++;
	return count;
}

char **worker_job_join(char **const *jobs, size_t count)
{
	size_t words = 1, at = 0;
	char **all;

	for (size_t i = 0; i < count; i++) {
		if (!jobs[i])
			return NULL;
		words += count_words(jobs[i]);
	}
	all = calloc(words, sizeof(*all));
	for (size_t i = 0; all && i < count; i++) {
		memcpy(all + at, jobs[i], count_words(jobs[i]) * sizeof(*all));
		at += count_words(jobs[i]);
	}
	return all;
}

char **worker_job_probe(const struct clock *clock, const char *path)
{
	struct arguments arguments = { .words = calloc(FIXED_MAX, sizeof(char *)) };

	if (!arguments.words)
		return NULL;
	add_common(&arguments, clock, path);
	add(&arguments, "is_probe=1");
	return finish(&arguments);
}

char **worker_job_reference(const struct clock *clock, const char *path, int cpu, uint64_t nonce,
			    size_t round)
{
	struct arguments arguments = { .words = calloc(FIXED_MAX, sizeof(char *)) };

	if (!arguments.words)
		return NULL;
	add_common(&arguments, clock, path);
	add(&arguments, "mechanism=%s", REFERENCE_MECHANISM);
	add(&arguments, "nonce=%llu", (unsigned long long)nonce);
	add(&arguments, "round=%zu", round);
	add(&arguments, "cpu_a=%d", cpu);
	return finish(&arguments);
}

char **worker_job_introduction(const char *path)
{
	struct arguments arguments = { .words = calloc(FIXED_MAX, sizeof(char *)) };

	if (!arguments.words)
		return NULL;
	add(&arguments, "%s", path);
	add(&arguments, "report_fd=%d", WORKER_REPORT_FD);
	add(&arguments, "is_introduction=1");
	return finish(&arguments);
}

/* The job as a worker reads it, the caller's to free; NULL: it is none, or no memory. */
static void *read_job(const struct job_kind *kind, char *const *arguments)
{
	void *job = calloc(1, kind->job_bytes);
	const char *word;
	int count = 0;

	while (arguments[1 + count])
		count++;
	if (job)
		kind->init(job);
	if (job && !job_parse(kind->keys, count, (char **)arguments + 1, job, &word))
		return job;
	free(job);
	return NULL;
}

long worker_job_identity(const struct job_kind *kind, char *const *arguments, char *ret_text)
{
	void *job = read_job(kind, arguments);
	long bytes = job ? identity_write(kind, job, ret_text) : -EINVAL;

	free(job);
	return bytes;
}

void worker_job_proofs(const struct job_kind *kind, char *const *arguments, unsigned int traits,
		       struct job_proofs *ret)
{
	void *job = read_job(kind, arguments);

	ret->count = 0;
	if (job && kind->expect)
		kind->expect(job, traits, ret);
	free(job);
}

void worker_job_free(char **arguments)
{
	for (size_t i = 0; arguments && arguments[i]; i++)
		free(arguments[i]);
	free(arguments);
}
