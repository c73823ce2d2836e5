/* SPDX-License-Identifier: MIT */
/*
 * options: the command line of a tool, a word a line, up to the plan and its --dry-run.
 *
 * The first line is the tool's name.  tool_main() is ours: it keeps the table; and so
 * are argp_parse() and argp_error(), which would end the program.
 */
#include <argp.h>
#include <errno.h>
#include <jansson.h>

#include "channel/pair/job.h"
#include "engine/round/job.h"
#include "fuzz.h"
#include "kernel/sched-policy.h"
#include "plan/make.h"
#include "plan/options.h"
#include "plan/schedule.h"
#include "render/render.h"
#include "run/job.h"
#include "spawner/round/job.h"
#include "tool-mains.h"

#define WORDS_MAX 32
#define TEXT_MAX 4096
/* A plan may have a million cells; that takes seconds. */
#define VALUES_PRODUCT_MOST 2000
#define CELLS_COMPARED 100
#define JOBS_MOST 20
#define MACHINE "pack:2 l3:1 core:2 pu:2"

int __wrap_tool_main(const struct tool *tool, int argc, char **argv);
error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
			  int *index, void *input);
error_t __real_argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
			  int *index, void *input);
void __wrap_argp_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const struct tool *table;
static char refusal[600];

int __wrap_tool_main(const struct tool *tool, int argc, char **argv)
{
	(void)argc, (void)argv;
	table = tool;
	return 0;
}

/* Afterwards all goes on; whoever parsed looks at what was said. */
void __wrap_argp_error(const struct argp_state *state, const char *format, ...)
{
	va_list arguments;

	(void)state;
	va_start(arguments, format);
	vsnprintf(refusal, sizeof(refusal), format, arguments);
	va_end(arguments);
	FUZZ_CLAIM(*refusal);
}

error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
			  int *index, void *input)
{
	error_t error = __real_argp_parse(argp, argc, argv, flags | ARGP_NO_EXIT, index, input);

	if (error)
		snprintf(refusal, sizeof(refusal), "argp has said why");
	return error;
}

/* The words stay where they are: argp keeps what --program-name says. */
static int split(const uint8_t *data, size_t size, char **argv)
{
	static char text[TEXT_MAX];
	char *rest = text;
	int argc = 0;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = 0;
	while (argc < WORDS_MAX && rest)
		argv[argc++] = strsep(&rest, "\n");
	argv[argc] = NULL;
	return argc;
}

static void choose_tool(const char *name)
{
	char *none[] = { NULL };

	switch (*name) {
	case 'c':
		ctxsw_main(0, none);
		break;
	case 'i':
		name[1] == 'o' ? io_lat_main(0, none) : ipc_lat_main(0, none);
		break;
	default:
		spawn_cost_main(0, none);
	}
}

/* --HANG of argp sleeps for an hour. */
static bool hangs(char *const *argv)
{
	for (; *argv; argv++)
		if (!strncmp(*argv, "--H", 3))
			return true;
	return false;
}

static bool is_large(const struct options *options)
{
	size_t product = 1;

	for (size_t i = 0; table->parameters[i].name; i++) {
		size_t values = 1;

		for (const char *at = options->parameters[i]; at && *at; at++)
			values += *at == ',';
		product *= values;
		if (product > VALUES_PRODUCT_MOST)
			return true;
	}
	return false;
}

static void check_value(const struct parameter *parameter, const struct value *value)
{
	if (!value->applies)
		return;
	FUZZ_CLAIM((parameter->type == PARAMETER_WORD) == (value->word != NULL));
	if (value->word)
		FUZZ_CLAIM(*value->word == '/' || strstr(parameter->words, value->word));
	else
		FUZZ_CLAIM(value->number >= parameter->min && value->number <= parameter->max);
}

static void check_cell(const struct options *options, const struct topology *topology,
		       const struct cell *cell)
{
	FUZZ_CLAIM(cell->mechanism && cell->seat.name[0]);
	FUZZ_CLAIM(!cell->skip || *cell->skip);
	FUZZ_CLAIM(!cell->peer || !options->peer || !strcmp(options->peer, "both") ||
		   !strcmp(options->peer, cell->peer));
	for (int i = 0; i < 2; i++)
		FUZZ_CLAIM(cell->skip || cell->seat.cpus[i] < 0 ||
			   topology_cpu(topology, cell->seat.cpus[i])->state == TOPOLOGY_CPU_USABLE);
	for (size_t i = 0; table->parameters[i].name; i++)
		check_value(&table->parameters[i], &cell->values[i]);
}

static bool is_same_value(const struct value *a, const struct value *b)
{
	if (!a->applies || !b->applies)
		return a->applies == b->applies;
	return a->word && b->word ? !strcmp(a->word, b->word) : a->number == b->number;
}

static bool is_same_cell(const struct cell *a, const struct cell *b)
{
	bool is_same = a->mechanism == b->mechanism && !strcmp(a->seat.name, b->seat.name) &&
		       !a->peer == !b->peer && (!a->peer || !strcmp(a->peer, b->peer));

	for (size_t i = 0; table->parameters[i].name && is_same; i++)
		is_same = is_same_value(&a->values[i], &b->values[i]);
	return is_same;
}

/* Nothing is measured twice. */
static void check_differences(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count && i < CELLS_COMPARED; i++)
		for (size_t j = 0; j < i; j++)
			FUZZ_CLAIM(!is_same_cell(&plan->cells[i], &plan->cells[j]));
}

static const struct job_key *keys_of_worker(void)
{
	return strstr(table->worker, "engine") ? engine_job_keys :
	       strstr(table->worker, "channel") ? channel_job_keys : spawn_job_keys;
}

/* What the supervisor asks is what its worker understands. */
static void check_job(const struct plan *plan, const struct cell *cell)
{
	const struct worker_job order = { .plan = plan, .cell = cell, .clock = { CLOCK_GETTIME, 1 },
					  .window_ns = 1e7, .batch = -1, .connect = NULL,
					  .control_fd = -1, .ack_fd = -1 };
	union { struct channel_job channel; struct engine_job engine; struct spawn_job spawn; } job;
	char **argv = worker_job_arguments(&order, "worker");
	const char *word;
	int argc = 0;

	FUZZ_CLAIM(argv);
	while (argv[argc])
		argc++;
	FUZZ_CLAIM(!job_parse(keys_of_worker(), argc - 1, argv + 1, &job, &word));
	worker_job_free(argv);
}

static void check_line(const char *line, const struct cell *cell)
{
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

	FUZZ_CLAIM(object);
	FUZZ_CLAIM(!cell->skip == !json_object_get(object, "skip"));
	for (size_t i = 0; table->parameters[i].name; i++) {
		const struct value *value = &cell->values[i];
		const json_t *said = json_object_get(object, plan_field(&table->parameters[i]));

		FUZZ_CLAIM(!said == !value->applies);
		FUZZ_CLAIM(!said || value->word ||
			   (uint64_t)json_integer_value(said) == value->number);
	}
	json_decref(object);
}

static void check_answer(const struct plan *plan, enum output_format format)
{
	char *text = NULL, *rest, *line;
	size_t bytes = 0, lines = 0;
	FILE *stream = open_memstream(&text, &bytes);

	FUZZ_CLAIM(stream && !render_plan(plan, schedule_forecast_s(plan), format, stream));
	FUZZ_CLAIM(!fclose(stream));
	rest = text;
	while (format == FORMAT_JSON && (line = strsep(&rest, "\n")) && rest)
		check_line(line, &plan->cells[lines++]);
	FUZZ_CLAIM(format != FORMAT_JSON || lines == plan->count);
	free(text);
}

static void check_plan(const struct plan *plan, const struct topology *topology)
{
	FUZZ_CLAIM(plan->count <= PLAN_CELLS_MAX);
	for (size_t i = 0; i < plan->count; i++)
		check_cell(plan->options, topology, &plan->cells[i]);
	check_differences(plan);
	for (size_t i = 0; i < plan->count && i < JOBS_MOST; i++)
		check_job(plan, &plan->cells[i]);
	check_answer(plan, FORMAT_TABLE);
	check_answer(plan, FORMAT_CSV);
	check_answer(plan, FORMAT_JSON);
}

static void make_plan(const struct options *options)
{
	static struct topology *topology;
	char message[1400] = "";
	struct plan plan;
	int error = topology ? 0 : topology_load(MACHINE, NULL, NULL, &topology);

	FUZZ_CLAIM(!error);
	error = plan_make(options, topology, NULL, &plan, message, sizeof(message));
	FUZZ_CLAIM(error == 0 || (error == -EINVAL && *message));
	if (!error)
		check_plan(&plan, topology);
	plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options;
	char *argv[WORDS_MAX + 1];
	int argc = split(data, size, argv);

	choose_tool(argv[0]);
	if (hangs(argv))
		return 0;
	*refusal = 0;
	options_parse(table, argc, argv, &options);
	if (!*refusal && !is_large(&options))
		make_plan(&options);
	return 0;
}
