/* SPDX-License-Identifier: MIT */
/* The plan of --dry-run: text for people, JSON Lines and CSV for programs. */
#include <errno.h>
#include <jansson.h>

#include "plan/schedule.h"
#include "plan/units.h"
#include "render/json.h"
#include "render/render.h"

#define NAME_WIDTH 12

/* What is local to a task that floats is known by then only. */
static bool has_memory_nodes(const struct cell *cell)
{
	return cell->memory && cell->memory->node_count && !cell->skip;
}

/* The word of the record's field mode; NULL where the mechanism has its own way. */
static const char *mode_of(const struct tool *tool, const struct cell *cell)
{
	if (!tool->is_batched || cell->skip)
		return NULL;
	return tool->is_batched(cell) ? "batch" : "per-op";
}

static void set_word(json_t *object, const char *name, const char *word)
{
	if (word && *word)
		json_object_set_new(object, name, render_json_text(word));
}

/* What is looked up once for all cells. */
struct shown {
	const struct plan *plan;
	double ramp_ns;            /* of each cell that has a ramp */
};

/* 0: it has none. */
static double ramp_of(const struct shown *shown, const struct cell *cell)
{
	return schedule_has_ramp(shown->plan, cell) ? shown->ramp_ns : 0;
}

static json_t *cell_object(const struct shown *shown, const struct cell *cell)
{
	const struct plan *plan = shown->plan;
	const struct tool *tool = plan->options->tool;
	double ramp_ns = ramp_of(shown, cell);
	json_t *object = json_pack("{ss ss ss ss*}", "record", "plan", "tool", tool->name,
				   "mechanism", cell->mechanism->name, "peer", cell->peer);

	if (!object)
		return NULL;
	set_word(object, "placement", cell->seat.name);
	set_word(object, "memory", cell->memory_word);
	set_word(object, "sched", cell->sched_word);
	set_word(object, "connect", cell->connect_word);
	if (cell->seat.cpus[0] >= 0 && !cell->skip)
		json_object_set_new(object, "cpus", json_pack("[ii]", cell->seat.cpus[0],
							      cell->seat.cpus[1]));
	if (has_memory_nodes(cell))
		json_object_set_new(object, "memory_nodes", render_json_nodes(cell->memory));
	for (size_t i = 0; tool->parameters[i].name; i++) {
		const struct value *value = &cell->values[i];

		if (value->applies)
			json_object_set_new(object, plan_field(&tool->parameters[i]),
					    value->word ? render_json_text(value->word)
							: json_integer((json_int_t)value->number));
	}
	set_word(object, "mode", mode_of(tool, cell));
	if (ramp_ns > 0)
		json_object_set_new(object, "ramp_ns", json_integer((json_int_t)ramp_ns));
	set_word(object, "skip", cell->skip);
	return object;
}

static int print_json(const struct shown *shown, FILE *stream)
{
	const struct plan *plan = shown->plan;
	int error = 0;

	for (size_t i = 0; i < plan->count && !error; i++) {
		json_t *object = cell_object(shown, &plan->cells[i]);

		error = object ? json_dumpf(object, stream, JSON_COMPACT) : -1;
		json_decref(object);
		fputc('\n', stream);
	}
	return error ? -ENOMEM : 0;
}

static void print_csv_cell(const struct shown *shown, const struct cell *cell, FILE *stream)
{
	const struct tool *tool = shown->plan->options->tool;
	double ramp_ns = ramp_of(shown, cell);

	fprintf(stream, "%s,%s,%s,", tool->name, cell->mechanism->name,
		cell->peer ? cell->peer : "");
	render_csv_text(cell->seat.name, stream);
	fputc(',', stream);
	if (cell->seat.cpus[0] >= 0 && !cell->skip)
		fprintf(stream, "%d %d", cell->seat.cpus[0], cell->seat.cpus[1]);
	for (size_t i = 0; tool->parameters[i].name; i++) {
		const struct value *value = &cell->values[i];

		fputc(',', stream);
		if (value->applies && value->word)
			render_csv_text(value->word, stream);
		else if (value->applies)
			fprintf(stream, "%llu", (unsigned long long)value->number);
	}
	fprintf(stream, ",%s,", mode_of(tool, cell) ? mode_of(tool, cell) : "");
	if (ramp_ns > 0)
		fprintf(stream, "%.0f", ramp_ns);
	fputc(',', stream);
	render_csv_text(cell->skip ? cell->skip : "", stream);
	fputc('\n', stream);
}

static void print_csv(const struct shown *shown, FILE *stream)
{
	const struct plan *plan = shown->plan;
	const struct tool *tool = plan->options->tool;

	fputs("tool,mechanism,peer,placement,cpus", stream);
	for (size_t i = 0; tool->parameters[i].name; i++)
		fprintf(stream, ",%s", plan_field(&tool->parameters[i]));
	fputs(",mode,ramp_ns,skip\n", stream);
	for (size_t i = 0; i < plan->count; i++)
		print_csv_cell(shown, &plan->cells[i], stream);
}

static void print_nodes(const struct memory_policy *policy, FILE *stream)
{
	int left = policy->node_count;

	fputs(left > 1 ? "  memory on nodes " : "  memory on node ", stream);
	for (int node = 0; left && node < MEMORY_NODES_MAX; node++)
		if (memory_policy_has_node(policy, node))
			fprintf(stream, --left ? "%d," : "%d", node);
}

/* How long it may take until its device is steady. */
static void print_ramp(double ramp_ns, FILE *stream)
{
	char text[32];

	if (!(ramp_ns > 0))
		return;
	units_format_time(ramp_ns, text, sizeof(text));
	fprintf(stream, "  ramp %s at most", text);
}

static void print_row(const struct shown *shown, const struct cell *cell, FILE *stream)
{
	const struct plan *plan = shown->plan;
	const char *mode = mode_of(plan->options->tool, cell);
	char parameters[256];
	bool is_last;

	plan_describe_cell(plan, cell, parameters, sizeof(parameters));
	/* No blanks at the end of a line. */
	is_last = !cell->peer && cell->seat.cpus[0] < 0 && !*parameters && !cell->skip &&
		  !mode && !(ramp_of(shown, cell) > 0) && !has_memory_nodes(cell);
	fprintf(stream, "%-18s %-*s", cell->mechanism->name, is_last ? 0 : NAME_WIDTH,
		cell->seat.name);
	if (cell->peer)
		fprintf(stream, " %s", cell->peer);
	if (cell->seat.cpus[0] >= 0 && !cell->skip)
		fprintf(stream, " CPU %d -> %d", cell->seat.cpus[0], cell->seat.cpus[1]);
	if (has_memory_nodes(cell))
		print_nodes(cell->memory, stream);
	if (*parameters)
		fprintf(stream, "  %s", parameters);
	if (mode)
		fprintf(stream, "  %s", mode);
	print_ramp(ramp_of(shown, cell), stream);
	if (cell->skip)
		fprintf(stream, "  skip: %s", cell->skip);
	fputc('\n', stream);
}

static void print_text(const struct shown *shown, double seconds, FILE *stream)
{
	const struct plan *plan = shown->plan;
	size_t skips = 0;

	for (size_t i = 0; i < plan->count; i++) {
		skips += plan->cells[i].skip != NULL;
		print_row(shown, &plan->cells[i], stream);
	}
	for (size_t i = 0; i < plan->note_count; i++)
		fprintf(stream, "%s\n", plan->notes[i]);
	fprintf(stream, "%zu cells to measure, %zu to skip, at most %.0f s\n", plan->count - skips,
		skips, seconds);
}

int render_plan(const struct plan *plan, double seconds, enum output_format format, FILE *stream)
{
	const struct shown shown = { plan, schedule_ramp_ns(plan) };
	int error = 0;

	if (format == FORMAT_JSON)
		error = print_json(&shown, stream);
	else if (format == FORMAT_CSV)
		print_csv(&shown, stream);
	else
		print_text(&shown, seconds, stream);
	return error ? error : ferror(stream) ? -EIO : 0;
}
