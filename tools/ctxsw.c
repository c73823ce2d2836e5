/* SPDX-License-Identifier: MIT */
/* ctxsw - what it costs to hand the CPU to another task. */
#include <string.h>

#include "channel/mechanism/list.h"
#include "channel/pair/job.h"
#include "ctxsw-answer.h"
#include "plan/plan.h"
#include "tool/main.h"

/* The i-th of those whose other side sleeps while it waits. */
static const struct mechanism *channel_about(size_t i)
{
	for (size_t at = 0; channels[at]; at++)
		if (!(channels[at]->about.traits & CHANNEL_SPINS) && i-- == 0)
			return &channels[at]->about;
	return NULL;
}

static bool has_other_side(const struct cell *cell)
{
	return !(cell->mechanism->traits & CHANNEL_NULL);
}

/* What hands over the CPU alone has no other CPU to it. */
static bool makes_sense(const struct cell *cell)
{
	return cell->seat.cpus[0] == cell->seat.cpus[1] ||
	       !(cell->mechanism->traits & (CHANNEL_NULL | CHANNEL_OWN_CPU));
}

enum { TASKS, FOOTPRINT, STRIDE, STATE, RUNNABLE, CGROUP_DEPTH };

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* On two CPUs there are wake-ups, of two tasks that do nothing else. */
static bool is_switch(const struct cell *cell)
{
	return cell->seat.cpus[0] == cell->seat.cpus[1];
}

static bool walks(const struct cell *cell)
{
	return is_switch(cell) && cell->values[FOOTPRINT].number > 0;
}

static bool is_ring(const struct cell *cell)
{
	return cell->values[TASKS].number > 2 || cell->values[FOOTPRINT].number > 0 ||
	       strcmp(cell->values[STATE].word, "none") != 0;
}

/* What the scheduler has to do besides means something where it is what is measured. */
static bool is_kernel_switch(const struct cell *cell)
{
	return has_other_side(cell) && !cell->seat.is_float && is_switch(cell) && !is_ring(cell);
}

static const struct parameter parameters[] = {
	[TASKS] = { .name = "tasks", .metavar = "N", .type = PARAMETER_COUNT,
		    .help = "tasks on the CPU, in a ring: each hands over to the next",
		    .defaults = "2", .min = 2, .max = 20000, .header = "tasks",
		    .applies = is_switch },
	[FOOTPRINT] = { .name = "footprint", .metavar = "SIZE", .type = PARAMETER_SIZE,
			.help = "memory that each task walks before it hands over",
			.defaults = "0", .max = 64 * GIB, .header = "footprint",
			.applies = is_switch },
	[STRIDE] = { .name = "stride", .is_rare = true, .metavar = "SIZE", .type = PARAMETER_SIZE,
		     .help = "of that memory one word is touched each so many bytes",
		     .defaults = "64", .min = 8, .max = 16 * MIB, .header = "stride",
		     .applies = walks },
	[STATE] = { .name = "state", .metavar = "KIND", .type = PARAMETER_WORD,
		    .help = "vector registers in use at the switch: none, sse, avx or avx512",
		    .defaults = "none", .words = "none,sse,avx,avx512", .header = "state",
		    .applies = is_switch },
	[RUNNABLE] = { .name = "runnable", .metavar = "N", .type = PARAMETER_COUNT,
		       .help = "other runnable tasks on the CPU of a switch, of SCHED_IDLE",
		       .defaults = "0", .max = 20000, .header = "runnable",
		       .applies = is_kernel_switch },
	[CGROUP_DEPTH] = { .name = "cgroup-depth", .field = "cgroup_depth", .metavar = "N",
			   .type = PARAMETER_COUNT,
			   .help = "control groups around the tasks of a switch, one in another",
			   .defaults = "0", .max = 64, .header = "cgroups",
			   .applies = is_kernel_switch },
	{ .name = NULL },
};

/* Tasks to make, to look at and to end; some forty laps, half of them the twin's. */
static double extra_seconds(const struct cell *cell)
{
	double tasks = (double)cell->values[TASKS].number;
	double gib = tasks * (double)cell->values[FOOTPRINT].number / (double)GIB;

	if (is_kernel_switch(cell))
		return 0.005 * (double)cell->values[RUNNABLE].number;
	return is_switch(cell) && is_ring(cell) ? 0.01 * tasks + 100 * gib : 0;
}

/* Whose trip the turns of other runnable tasks were in is not known. */
static bool is_batched(const struct cell *cell)
{
	return channel_is_batched(cell->mechanism->traits, false) ||
	       (cell->values[RUNNABLE].applies && cell->values[RUNNABLE].number > 0);
}

static const struct figure figures[] = {
	{ "raw_ns", "raw ns", "of a switch, the system calls included" },
	{ "twin_ns", NULL, "of the same system calls without a switch, taken off" },
	{ "switches_per_op", "switches", "counted by the kernel in a round trip or lap, all tasks" },
	{ "others_switches_per_op", "others", "the same of the other runnable tasks" },
	{ "others_yields_per_op", NULL, "calls of sched_yield by them, a round trip" },
	{ "cpu_ns_per_op", NULL, "CPU time of all tasks, a round trip or lap" },
	{ "here_cpu_ns_per_op", NULL, "CPU time of the side that measures" },
	{ "there_cpu_ns_per_op", NULL, "CPU time of the side that answers" },
	{ NULL, NULL, NULL },
};

static const char *const metrics[] = { "switch", "wake-idle", "wake-busy", NULL };

static const struct tool ctxsw = {
	.name = "ctxsw",
	.summary = "what it costs to hand the CPU to another task",
	.documentation =
		"What it costs to hand the CPU to another task, net of the system calls that do it; "
		"and to wake one up on another CPU, which is not a switch.",
	.worker = "handoff-channel-worker",
	.job = &channel_job_kind,
	.worker_mode = "switch",
	.default_sched = "batch",
	.mechanism = channel_about,
	.parameters = parameters,
	.figures = figures,
	.metrics = metrics,
	.headline = "switch,wake-idle",
	.baseline = "pipe",
	/* What people choose between; all of them are too many for a short run. */
	.default_mechanisms = "pipe,memfd+futex,mutex,yield,ucontext",
	.default_placements = "same-cpu,llc|l2|node|package|machine|smt",
	.default_peers = "both",
	.makes_sense = makes_sense,
	.has_peer = has_other_side,
	.is_batched = is_batched,
	.extra_seconds = extra_seconds,
	.sentences = ctxsw_answer,
};

int main(int argc, char **argv)
{
	return tool_main(&ctxsw, argc, argv);
}
