/* SPDX-License-Identifier: MIT */
/* JSON Lines: run, results, skips, end; see handoff-record(5). */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/column.h"
#include "render/json.h"
#include "render/json-speed.h"
#include "render/render.h"

/* Twelve digits: more than any clock has, and 1924.9 stays 1924.9. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(12))

json_t *render_json_text(const char *text)
{
	json_t *value = json_string(text);
	char *ascii;

	if (value)
		return value;
	ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(ascii);
	free(ascii);
	return value;
}

static void set_text(json_t *object, const char *name, const char *text)
{
	if (text && *text)
		json_object_set_new(object, name, render_json_text(text));
}

json_t *render_json_number(double value)
{
	if (value == floor(value) && fabs(value) < 9e15)
		return json_integer((json_int_t)value);
	return json_real(value);
}

/* What is missing stays away. */
static void set_number(json_t *object, const char *name, double value)
{
	if (isfinite(value))
		json_object_set_new(object, name, render_json_number(value));
}

static int dump(json_t *object, FILE *stream)
{
	int error = object ? json_dumpf(object, stream, DUMP_FLAGS) : -1;

	json_decref(object);
	fputc('\n', stream);
	return !error ? 0 : ferror(stream) ? -EIO : -ENOMEM;
}

static json_t *host_object(const struct environment *host)
{
	json_t *object = json_object();

	set_text(object, "hostname", host->hostname);
	set_text(object, "kernel_release", host->kernel_release);
	set_text(object, "kernel_version", host->kernel_version);
	set_text(object, "arch", host->arch);
	set_text(object, "cpu_model", host->cpu_model);
	if (host->cpus >= 0)
		set_number(object, "cpus", host->cpus);
	if (host->nodes >= 0)
		set_number(object, "nodes", host->nodes);
	if (host->smt >= 0)
		json_object_set_new(object, "smt", json_boolean(host->smt));
	set_text(object, "hypervisor", host->hypervisor);
	set_text(object, "container", host->container);
	set_text(object, "mitigations", host->mitigations);
	set_text(object, "governor", host->governor);
	set_text(object, "thp", host->thp);
	set_text(object, "clocksource", host->clocksource);
	set_text(object, "cgroup_cpu_limit", host->cgroup_cpu_limit);
	set_text(object, "libc", host->libc);
	set_text(object, "compiler", host->compiler);
	set_text(object, "cmdline", host->cmdline);
	set_text(object, "microcode", host->microcode);
	if (host->hz > 0)
		set_number(object, "hz", host->hz);
	set_text(object, "preempt", host->preempt);
	if (host->aslr >= 0)
		set_number(object, "aslr", host->aslr);
	return object;
}

static json_t *timer_object(const struct clock_ladder *ladder)
{
	json_t *object = json_object();

	set_text(object, "source", clock_is_counter(ladder->clock.source) ? CLOCK_TICKS_NAME
								       : "clock_gettime");
	set_number(object, "overhead_ns", ladder->overhead_ns);
	set_number(object, "resolution_ns", ladder->resolution_ns);
	set_number(object, "hz", clock_is_counter(ladder->clock.source) ? ladder->anchors_hz : NAN);
	set_number(object, "error_ppm", ladder->error_ppm);
	set_number(object, "perf_hz", ladder->perf_hz > 0 ? ladder->perf_hz : NAN);
	set_number(object, "cpuid_hz", ladder->cpuid_hz > 0 ? ladder->cpuid_hz : NAN);
	set_number(object, "hypervisor_hz",
		   ladder->hypervisor_hz > 0 ? ladder->hypervisor_hz : NAN);
	set_number(object, "skew_ns", ladder->skew_ns >= 0 ? ladder->skew_ns : NAN);
	set_text(object, "why_not_ticks", ladder->reason);
	return object;
}

static void set_remote(json_t *object, const struct results *results)
{
	const struct remote_facts *remote = &results->remote;
	json_t *host;

	if (!*remote->address)
		return;
	host = json_object();
	set_text(host, "address", remote->address);
	set_text(host, "version", remote->version);
	set_text(host, "kernel", remote->kernel);
	set_text(host, "hostname", remote->hostname);
	set_text(object, "connect", results->options->connect);
	json_object_set_new(object, "remote", host);
}

static json_t *warning_array(const struct results *results)
{
	json_t *array = json_array();

	for (size_t i = 0; i < results->warning_count; i++) {
		json_t *object = json_object();

		set_text(object, "check", results->warnings[i].check);
		set_text(object, "found", results->warnings[i].found);
		set_text(object, "effect", results->warnings[i].effect);
		set_text(object, "fix", results->warnings[i].fix);
		json_array_append_new(array, object);
	}
	return array;
}

static int render_run(const struct results *results, FILE *stream)
{
	json_t *object = json_object(), *argv = json_array();

	for (char **word = results->argv; word && *word; word++)
		json_array_append_new(argv, render_json_text(*word));
	set_text(object, "record", "run");
	set_text(object, "schema", RECORD_SCHEMA);
	set_text(object, "tool", results->options->tool->name);
	set_text(object, "version", PACKAGE_VERSION);
	set_text(object, "build", results->build);
	json_object_set_new(object, "argv", argv);
	set_text(object, "run", results->run);
	set_text(object, "started", results->started);
	set_number(object, "seed", (double)results->seed);
	json_object_set_new(object, "host", host_object(results->environment));
	set_remote(object, results);
	json_object_set_new(object, "timer", timer_object(results->ladder));
	json_object_set_new(object, "reference", render_json_reference(&results->speed));
	json_object_set_new(object, "warnings", warning_array(results));
	return dump(object, stream);
}

static void set_field(json_t *object, const struct column *column, const struct result *result)
{
	struct field field = column->get(column, result);

	switch (field.type) {
	case FIELD_ABSENT:
		break;
	case FIELD_TEXT:
		set_text(object, column->name, field.text);
		break;
	case FIELD_BOOL:
		json_object_set_new(object, column->name, json_boolean(field.number != 0));
		break;
	default:
		set_number(object, column->name, field.number);
	}
}

static json_t *pair_array(const int *pair)
{
	json_t *array = json_array();

	json_array_append_new(array, json_integer(pair[0]));
	json_array_append_new(array, json_integer(pair[1]));
	return array;
}

static json_t *seen_array(const struct series *series)
{
	json_t *array = json_array();

	for (int cpu = 0; cpu < ROUND_CPUS_MAX; cpu++)
		if (series->cpus[cpu / 64] >> (cpu % 64) & 1)
			json_array_append_new(array, json_integer(cpu));
	return array;
}

json_t *render_json_nodes(const struct memory_policy *policy)
{
	json_t *array = json_array();

	for (int node = 0; node < MEMORY_NODES_MAX; node++)
		if (memory_policy_has_node(policy, node))
			json_array_append_new(array, json_integer(node));
	return array;
}

/* Where it was asked to run and, beside it, where it was seen. */
static void set_places(json_t *object, const struct cell *cell, const struct series *series)
{
	if (cell->seat.cpus[0] >= 0)
		json_object_set_new(object, "cpus", pair_array(cell->seat.cpus));
	else if (series)
		json_object_set_new(object, "cpus", seen_array(series));
	if (cell->seat.nodes[0] >= 0)
		json_object_set_new(object, "nodes", pair_array(cell->seat.nodes));
	if (cell->memory && cell->memory->node_count)
		json_object_set_new(object, "memory_nodes", render_json_nodes(cell->memory));
	if (series)
		json_object_set_new(object, "cpus_seen", seen_array(series));
}

static const char *const relation_names[] = {
	[PROOF_EQUAL] = NULL,          /* what expected and observed say by themselves */
	[PROOF_AT_LEAST] = "at-least",
	[PROOF_MOSTLY] = "95%",
};

static json_t *proof_object(const struct series *series)
{
	json_t *object = json_object();

	for (size_t i = 0; i < series->proof_count; i++) {
		const struct round_proof *proof = &series->proofs[i].proof;
		json_t *one = json_object();

		set_number(one, "expected", proof->expected);
		set_number(one, "observed", proof->observed);
		set_text(one, "relation", relation_names[proof->relation]);
		json_object_set_new(object, proof->name, one);
	}
	return object;
}

static json_t *flag_array(const struct result *result)
{
	json_t *array = json_array();

	for (size_t i = 0; result->flags[i]; i++)
		json_array_append_new(array, json_string(result->flags[i]));
	return array;
}

/* Medians of the valid rounds, and which rounds those were: cells pair by them. */
static void set_rounds(json_t *object, const struct result *result)
{
	json_t *medians = json_array(), *indices = json_array();

	for (size_t i = 0; i < result->rounds; i++)
		json_array_append_new(medians, render_json_number(result->round_p50[i]));
	for (size_t i = 0; i < result->metric->rounds; i++)
		if (!isnan(result->metric->round_p50[i]))
			json_array_append_new(indices, json_integer((json_int_t)i));
	json_object_set_new(object, "round_p50", medians);
	json_object_set_new(object, "round_index", indices);
}

/* [low, high, count] each, in ns, overhead not taken off. */
static json_t *bucket_array(const struct result *result)
{
	double scale = result->metric->bucket_ticks * result->ns_per_tick;
	struct histogram_bucket bucket;
	json_t *array = json_array();
	size_t position = 0;

	while (histogram_next(&result->metric->histogram, &position, &bucket)) {
		json_t *one = json_array();

		json_array_append_new(one, render_json_number((double)bucket.low * scale));
		json_array_append_new(one, render_json_number((double)(bucket.high + 1) * scale));
		json_array_append_new(one, json_integer((json_int_t)bucket.count));
		json_array_append_new(array, one);
	}
	return array;
}

static int render_result(const struct results *results, const struct result *result,
			 const struct column *columns, size_t count, bool has_histograms,
			 FILE *stream)
{
	json_t *object = json_object();

	set_text(object, "record", "result");
	set_text(object, "tool", results->options->tool->name);
	for (size_t i = 0; i < count; i++) {
		set_field(object, &columns[i], result);
		if (!strcmp(columns[i].name, "placement"))
			set_places(object, result->cell, result->series);
	}
	if (result->cell->share)
		json_object_set_new(object, "preparations",
				    json_integer((json_int_t)result->preparations));
	json_object_set_new(object, "worker_rss_kib", render_json_number(result->series->rss_kib));
	json_object_set_new(object, "proof", proof_object(result->series));
	json_object_set_new(object, "flags", flag_array(result));
	set_rounds(object, result);
	render_json_speeds(object, results, result);
	render_json_lost(object, result);
	if (has_histograms)
		json_object_set_new(object, "buckets", bucket_array(result));
	return dump(object, stream);
}

static void set_cell(json_t *object, const struct tool *tool, const struct cell *cell)
{
	set_text(object, "tool", tool->name);
	set_text(object, "mechanism", cell->mechanism->name);
	set_text(object, "peer", cell->peer);
	set_text(object, "placement", cell->seat.name);
	set_text(object, "memory", cell->memory_word);
	set_text(object, "sched", cell->sched_word);
	set_text(object, "connect", cell->connect_word);
	set_places(object, cell, NULL);
	for (size_t i = 0; tool->parameters[i].name; i++) {
		if (!cell->values[i].applies)
			continue;
		if (cell->values[i].word)
			set_text(object, plan_field(&tool->parameters[i]), cell->values[i].word);
		else
			set_number(object, plan_field(&tool->parameters[i]),
				   (double)cell->values[i].number);
	}
}

static int render_skip(const struct results *results, const struct skip *skip, FILE *stream)
{
	json_t *object = json_object();

	set_text(object, "record", "skip");
	set_cell(object, results->options->tool, skip->cell);
	set_text(object, "reason", skip->reason);
	if (skip->is_unreached)
		json_object_set_new(object, "unreached", json_true());
	return dump(object, stream);
}

static int render_end(const struct results *results, FILE *stream)
{
	json_t *object = json_object();

	set_text(object, "record", "end");
	set_number(object, "elapsed_s", results->elapsed_s);
	set_number(object, "results", (double)results->result_count);
	set_number(object, "skips", (double)results->skip_count);
	set_number(object, "status", results->status);
	if (results->sentences && results->sentences[0]) {
		json_t *array = json_array();

		for (char **sentence = results->sentences; *sentence; sentence++)
			json_array_append_new(array, render_json_text(*sentence));
		json_object_set_new(object, "answer", array);
	}
	return dump(object, stream);
}

int render_json(const struct results *results, const struct render_style *style, FILE *stream)
{
	size_t count;
	struct column *columns = columns_make(results->options->tool, &count);
	int error = columns ? render_run(results, stream) : -ENOMEM;

	for (size_t i = 0; i < results->result_count && !error; i++)
		error = render_result(results, &results->results[i], columns, count,
				      style->has_histograms, stream);
	for (size_t i = 0; i < results->skip_count && !error; i++)
		error = render_skip(results, &results->skips[i], stream);
	if (!error)
		error = render_end(results, stream);
	free(columns);
	return error ? error : ferror(stream) ? -EIO : 0;
}
