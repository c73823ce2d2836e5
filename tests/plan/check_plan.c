/* SPDX-License-Identifier: MIT */
/* check_plan - which cells lib/plan/plan makes of options, a topology and a tool; what it refuses */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/mechanism.h"
#include "plan/make.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TRAIT_EXEC 1u
#define TEXT_MAX 8192

enum { LOAD, KIND, TARGET, DEPTH, PAUSE };

static const struct mechanism mechanisms[] = {
	{ "ant", "carries", 0 }, { "bee", "flies and executes", TRAIT_EXEC },
	{ "beetle", "digs", 0 },
};

static const struct mechanism *mechanism(size_t i)
{
	return i < sizeof(mechanisms) / sizeof(mechanisms[0]) ? &mechanisms[i] : NULL;
}

static bool executes(const struct cell *cell)
{
	return cell->mechanism->traits & TRAIT_EXEC;
}

static bool has_load(const struct cell *cell)
{
	return cell->values[LOAD].number > 0;
}

static bool is_deep(const struct cell *cell)
{
	return cell->values[DEPTH].number > 1;
}

static bool pauses(const struct cell *cell)
{
	return cell->values[DEPTH].number == 7;
}

/* Several on one CPU would only wait for each other. */
static bool spreads(const struct cell *cell)
{
	return is_deep(cell) && !strcmp(cell->seat.name, "same-cpu");
}

static const struct parameter parameters[] = {
	[LOAD] = { .name = "load", .type = PARAMETER_SIZE, .defaults = "0", .max = 1 << 30 },
	[KIND] = { .name = "kind", .type = PARAMETER_WORD, .defaults = "4k", .words = "4k,thp",
		   .applies = has_load },
	[TARGET] = { .name = "target", .type = PARAMETER_WORD, .defaults = "tiny",
		     .words = "tiny,static,PATH", .applies = executes },
	[DEPTH] = { .name = "depth", .type = PARAMETER_COUNT, .defaults = "1", .min = 1,
		    .max = 1000000 },
	[PAUSE] = { .name = "pause", .field = "pause_ns", .type = PARAMETER_TIME,
		    .defaults = "100ms", .min = 1000, .max = 60000000000, .applies = pauses },
	{ .name = NULL },
};

static const struct tool tool = {
	.name = "fake-cost",
	.mechanism = mechanism,
	.parameters = parameters,
	.headline = "time",
	.baseline = "ant",
	.default_placements = "same-cpu",
	.default_peers = "process",
	.has_peer = is_deep,
	.spreads = spreads,
};

/* What a test gives on its command line. */
struct given {
	const char *mechanisms, *placements, *peer, *memory, *sched;
	const char *parameters[5];
	bool has_matrix;
	enum matrix_level level;
};

static struct options options_of(const struct given *given)
{
	struct options options = {
		.tool = &tool,
		.mechanisms = given->mechanisms,
		.placements = given->placements,
		.peer = given->peer,
		.memory = given->memory,
		.sched = given->sched,
		.has_matrix = given->has_matrix,
		.matrix_level = given->level,
	};

	for (int i = 0; i < 5; i++)
		options.parameters[i] = given->parameters[i];
	return options;
}

static struct topology *load_or_fail(const char *spec)
{
	struct topology *topology = NULL;

	ck_assert_int_eq(topology_load(spec, NULL, NULL, &topology), 0);
	return topology;
}

static void add_parameter(const struct cell *cell, int i, char *text)
{
	char *end = text + strlen(text);

	if (!cell->values[i].applies)
		return;
	if (parameters[i].type == PARAMETER_WORD)
		sprintf(end, " %s=%s", parameters[i].name, cell->values[i].word);
	else
		sprintf(end, " %s=%llu", parameters[i].name,
			(unsigned long long)cell->values[i].number);
}

/* "bee same-cpu 0,0 process load=0 target=tiny depth=1", a line a cell; ! where it was named. */
static void describe(const struct plan *plan, char text[TEXT_MAX])
{
	*text = '\0';
	for (size_t i = 0; i < plan->count; i++) {
		const struct cell *cell = &plan->cells[i];

		ck_assert_uint_lt(strlen(text), TEXT_MAX - 512);
		sprintf(text + strlen(text), "%s%s %s %d,%d", cell->is_named ? "!" : "",
			cell->mechanism->name, cell->seat.name, cell->seat.cpus[0],
			cell->seat.cpus[1]);
		ck_assert_int_eq(cell->is_spread, spreads(cell));
		if (cell->peer)
			sprintf(text + strlen(text), " %s", cell->peer);
		for (int j = 0; parameters[j].name; j++)
			add_parameter(cell, j, text);
		if (cell->skip)
			sprintf(text + strlen(text), " skip: %s", cell->skip);
		strcat(text, "\n");
	}
}

#define TWO_NODES "pack:2 numa:1 l3:1 core:2 pu:1"
#define ONE_CPU "core:1 pu:1"
#define NO_SMT "no two usable CPUs here share a core: SMT is off or absent"

static const struct {
	const char *spec;
	struct given given;
	const char *cells;
} plans[] = {
	/* everything by default; a target only where something is executed */
	{ TWO_NODES, { .mechanisms = NULL },
	  "ant same-cpu 0,0 load=0 depth=1\n"
	  "bee same-cpu 0,0 load=0 target=tiny depth=1\n"
	  "beetle same-cpu 0,0 load=0 depth=1\n" },

	/* mechanisms: by name, in the order asked for, by glob, all, each once */
	{ TWO_NODES, { .mechanisms = "ant" }, "!ant same-cpu 0,0 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = "beetle,ant" },
	  "!beetle same-cpu 0,0 load=0 depth=1\n"
	  "!ant same-cpu 0,0 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = "bee*" },
	  "bee same-cpu 0,0 load=0 target=tiny depth=1\n"
	  "beetle same-cpu 0,0 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = "all" },
	  "ant same-cpu 0,0 load=0 depth=1\n"
	  "bee same-cpu 0,0 load=0 target=tiny depth=1\n"
	  "beetle same-cpu 0,0 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = "ant,ant,a??" }, "!ant same-cpu 0,0 load=0 depth=1\n" },
	/* asked for by name, be it behind a glob */
	{ TWO_NODES, { .mechanisms = "b*,beetle" },
	  "bee same-cpu 0,0 load=0 target=tiny depth=1\n"
	  "!beetle same-cpu 0,0 load=0 depth=1\n" },

	/* placements */
	{ TWO_NODES, { .mechanisms = "ant", .placements = "llc,machine,float,cpu:3,1" },
	  "!ant llc 0,1 load=0 depth=1\n"
	  "!ant machine 0,2 load=0 depth=1\n"
	  "!ant float -1,-1 load=0 depth=1\n"
	  "!ant cpu:3,1 3,1 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = "a*", .placements = "m*" },
	  "ant machine 0,2 load=0 depth=1\n" },
	/* each once, however it was called */
	{ TWO_NODES, { .mechanisms = "a*", .placements = "machine,mach*,machine" },
	  "ant machine 0,2 load=0 depth=1\n" },

	/* the last parameter changes fastest */
	{ TWO_NODES, { .mechanisms = "ant", .parameters = { "0,64k", NULL, NULL, "1,1k" } },
	  "!ant same-cpu 0,0 load=0 depth=1\n"
	  "!ant same-cpu -1,-1 process load=0 depth=1000\n"
	  "!ant same-cpu 0,0 load=65536 kind=4k depth=1\n"
	  "!ant same-cpu -1,-1 process load=65536 kind=4k depth=1000\n" },
	/* what does not apply makes no second cell, what is given twice neither */
	{ TWO_NODES, { .mechanisms = "ant", .parameters = { "0,64k", "4k,thp", "tiny,static" } },
	  "!ant same-cpu 0,0 load=0 depth=1\n"
	  "!ant same-cpu 0,0 load=65536 kind=4k depth=1\n"
	  "!ant same-cpu 0,0 load=65536 kind=thp depth=1\n" },
	{ TWO_NODES, { .mechanisms = "bee", .parameters = { NULL, NULL, "static,/bin/true" } },
	  "!bee same-cpu 0,0 load=0 target=static depth=1\n"
	  "!bee same-cpu 0,0 load=0 target=/bin/true depth=1\n" },
	{ TWO_NODES, { .mechanisms = "ant", .parameters = { NULL, NULL, NULL, "3,3" } },
	  "!ant same-cpu -1,-1 process load=0 depth=3\n" },
	{ TWO_NODES, { .mechanisms = "bee", .parameters = { NULL, NULL, "static,static" } },
	  "!bee same-cpu 0,0 load=0 target=static depth=1\n" },

	/* times, in ns; each once, however it was written */
	{ TWO_NODES, { .mechanisms = "ant", .parameters = { [DEPTH] = "7" } },
	  "!ant same-cpu -1,-1 process load=0 depth=7 pause=100000000\n" },
	{ TWO_NODES, { .mechanisms = "ant",
		       .parameters = { [DEPTH] = "7", [PAUSE] = "1us,1.5ms,1500us,1,1m" } },
	  "!ant same-cpu -1,-1 process load=0 depth=7 pause=1000\n"
	  "!ant same-cpu -1,-1 process load=0 depth=7 pause=1500000\n"
	  "!ant same-cpu -1,-1 process load=0 depth=7 pause=1000000000\n"
	  "!ant same-cpu -1,-1 process load=0 depth=7 pause=60000000000\n" },

	/* a CPU each, so none in particular */
	{ TWO_NODES, { .mechanisms = "ant", .placements = "llc,same-cpu",
		       .parameters = { [DEPTH] = "2" } },
	  "!ant llc 0,1 process load=0 depth=2\n"
	  "!ant same-cpu -1,-1 process load=0 depth=2\n" },

	/* peers, where there is one */
	{ TWO_NODES, { .mechanisms = "ant", .peer = "both", .parameters = { [DEPTH] = "1,2" } },
	  "!ant same-cpu 0,0 load=0 depth=1\n"
	  "!ant same-cpu -1,-1 process load=0 depth=2\n"
	  "!ant same-cpu -1,-1 thread load=0 depth=2\n" },
	{ TWO_NODES, { .mechanisms = "ant", .peer = "thread", .parameters = { [DEPTH] = "2" } },
	  "!ant same-cpu -1,-1 thread load=0 depth=2\n" },

	/* what is not here is a skip with its reason, named only if it was */
	{ TWO_NODES, { .mechanisms = "ant", .placements = "smt,llc" },
	  "!ant smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n"
	  "!ant llc 0,1 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = NULL, .placements = "smt" },
	  "!ant smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n"
	  "!bee smt -1,-1 load=0 target=tiny depth=1 skip: " NO_SMT "\n"
	  "!beetle smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n" },
	{ TWO_NODES, { .mechanisms = "a*", .placements = "s*" },
	  "ant same-cpu 0,0 load=0 depth=1\n"
	  "ant smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n" },
	{ TWO_NODES, { .mechanisms = "a*", .placements = "smt,mach*" },
	  "!ant smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n"
	  "ant machine 0,2 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = "a*", .placements = "machine,sm*" },
	  "ant machine 0,2 load=0 depth=1\n"
	  "ant smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n" },
	{ TWO_NODES, { .mechanisms = "ant", .placements = "cpu:9" },
	  "!ant cpu:9 -1,-1 load=0 depth=1 skip: CPU 9 does not exist\n" },
	{ ONE_CPU, { .mechanisms = "ant", .placements = "machine" },
	  "!ant machine -1,-1 load=0 depth=1 skip: no two usable CPUs here are in different "
	  "packages: one CPU is online\n" },

	/* memory */
	{ ONE_CPU, { .mechanisms = "ant", .memory = "remote" },
	  "!ant same-cpu 0,0 load=0 depth=1 skip: one memory node here: remote memory does not "
	  "exist\n" },
	{ TWO_NODES, { .mechanisms = "ant", .placements = "float,same-cpu", .memory = "remote" },
	  "!ant float -1,-1 load=0 depth=1 skip: a task without a CPU of its own has no memory "
	  "that is always remote\n"
	  "!ant same-cpu 0,0 load=0 depth=1\n" },
	{ TWO_NODES, { .mechanisms = "ant", .placements = "smt", .memory = "remote" },
	  "!ant smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n" },

	/* matrices */
	{ "pack:2 numa:1 l3:1 core:2 pu:2",
	  { .mechanisms = "ant", .has_matrix = true, .level = MATRIX_NODE },
	  "!ant cpu:0,0 0,0 load=0 depth=1\n!ant cpu:0,4 0,4 load=0 depth=1\n"
	  "!ant cpu:4,0 4,0 load=0 depth=1\n!ant cpu:4,4 4,4 load=0 depth=1\n" },
	{ "pack:1 numa:1 l3:2 core:2 pu:2",
	  { .mechanisms = "ant", .has_matrix = true, .level = MATRIX_LLC },
	  "!ant cpu:0,0 0,0 load=0 depth=1\n!ant cpu:0,4 0,4 load=0 depth=1\n"
	  "!ant cpu:4,0 4,0 load=0 depth=1\n!ant cpu:4,4 4,4 load=0 depth=1\n" },
	{ "pack:1 l3:1 core:2 pu:2",
	  { .mechanisms = "ant", .has_matrix = true, .level = MATRIX_CORE },
	  "!ant cpu:0,0 0,0 load=0 depth=1\n!ant cpu:0,2 0,2 load=0 depth=1\n"
	  "!ant cpu:2,0 2,0 load=0 depth=1\n!ant cpu:2,2 2,2 load=0 depth=1\n" },
	{ "pack:1 l3:1 core:1 pu:2", { .mechanisms = "ant", .has_matrix = true, .level = MATRIX_PU },
	  "!ant cpu:0,0 0,0 load=0 depth=1\n!ant cpu:0,1 0,1 load=0 depth=1\n"
	  "!ant cpu:1,0 1,0 load=0 depth=1\n!ant cpu:1,1 1,1 load=0 depth=1\n" },
};

START_TEST(cells)
{
	struct topology *topology = load_or_fail(plans[_i].spec);
	struct options options = options_of(&plans[_i].given);
	char message[1400] = "left", text[TEXT_MAX];
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	ck_assert_str_eq(message, "");
	ck_assert_ptr_eq(plan.options, &options);
	describe(&plan, text);
	ck_assert_str_eq(text, plans[_i].cells);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

#define NAMES "ant, bee, beetle"
#define SIZES ": a size such as 64k or 1M from 0 B to 1 GiB"
#define PAUSES ": a time such as 100ms or 2s from 1 us to 60 s"
#define DEPTHS ": a whole number from 1 to 1000000"

/* Wrong usage: the word, and what would be right. */
static const struct { struct given given; const char *message; } refused[] = {
	{ { .mechanisms = "wasp" }, "--mechanism: 'wasp' is no mechanism: " NAMES },
	{ { .mechanisms = "ant,wasp" }, "--mechanism: 'wasp' is no mechanism: " NAMES },
	{ { .mechanisms = "w*" }, "--mechanism: 'w*' is no mechanism: " NAMES },
	{ { .mechanisms = "" }, "--mechanism: '' is no mechanism: " NAMES },
	{ { .mechanisms = "ant," }, "--mechanism: '' is no mechanism: " NAMES },
	{ { .mechanisms = "Ant" }, "--mechanism: 'Ant' is no mechanism: did you mean ant?" },
	{ { .mechanisms = "tle" }, "--mechanism: 'tle' is no mechanism: did you mean beetle?" },
	{ { .mechanisms = "beee" }, "--mechanism: 'beee' is no mechanism: did you mean bee?" },
	{ { .mechanisms = "flies" }, "--mechanism: 'flies' is no mechanism: did you mean bee?" },
	{ { .placements = "nearby" },
	  "--placement: \"nearby\" is not a placement: take same-cpu, smt, l2, llc, node, package, "
	  "machine, near, far, float, cpu:A or cpu:A,B" },
	{ { .placements = "0,1" },
	  "--placement: '0,1' is not a placement: CPUs are named as in cpu:0,1" },
	{ { .placements = "3" }, "--placement: '3' is not a placement: CPUs are named as in cpu:3" },
	{ { .placements = "0," },
	  "--placement: '0' is not a placement: CPUs are named as in cpu:0" },
	{ { .placements = "0,1,2" },
	  "--placement: '0' is not a placement: CPUs are named as in cpu:0" },
	{ { .placements = "llc,0" },
	  "--placement: '0' is not a placement: CPUs are named as in cpu:0" },
	{ { .placements = "llc,cpu:x" },
	  "--placement: \"cpu:x\" is not a placement: cpu: takes one or two CPU numbers, as in "
	  "cpu:0,4" },
	{ { .placements = "z*" }, "--placement: no placement is called like 'z*'" },
	{ { .memory = "far" },
	  "--memory: \"far\" is not a memory policy: take local, remote, interleave or node:N" },
	{ { .parameters = { [LOAD] = "big" } }, "--load: 'big' is not valid" SIZES },
	{ { .parameters = { [LOAD] = "2G" } }, "--load: '2G' is not valid" SIZES },
	{ { .parameters = { [LOAD] = "1,,2" } }, "--load: '' is not valid" SIZES },
	{ { .parameters = { [LOAD] = "-1" } }, "--load: '-1' is not valid" SIZES },
	{ { .parameters = { [DEPTH] = "0" } }, "--depth: '0' is not valid" DEPTHS },
	{ { .parameters = { [DEPTH] = "1,1000001" } }, "--depth: '1000001' is not valid" DEPTHS },
	{ { .parameters = { [DEPTH] = "1B" } }, "--depth: '1B' is not valid" DEPTHS },
	{ { .parameters = { [PAUSE] = "0" } }, "--pause: '0' is not valid" PAUSES },
	{ { .parameters = { [PAUSE] = "999ns" } }, "--pause: '999ns' is not valid" PAUSES },
	{ { .parameters = { [PAUSE] = "61s" } }, "--pause: '61s' is not valid" PAUSES },
	{ { .parameters = { [PAUSE] = "1e300s" } }, "--pause: '1e300s' is not valid" PAUSES },
	{ { .parameters = { [PAUSE] = "-1s" } }, "--pause: '-1s' is not valid" PAUSES },
	{ { .parameters = { [PAUSE] = "64k" } }, "--pause: '64k' is not valid" PAUSES },
	{ { .parameters = { [KIND] = "2k" } }, "--kind: '2k' is not valid: one of 4k,thp" },
	{ { .parameters = { [KIND] = "4" } }, "--kind: '4' is not valid: one of 4k,thp" },
	{ { .parameters = { [KIND] = "/bin/true" } },
	  "--kind: '/bin/true' is not valid: one of 4k,thp" },
	{ { .parameters = { [TARGET] = "PATH" } },
	  "--target: 'PATH' is not valid: one of tiny,static,PATH" },
	{ { .parameters = { [TARGET] = "bin/true" } },
	  "--target: 'bin/true' is not valid: one of tiny,static,PATH" },
	{ { .parameters = { [TARGET] = "" } },
	  "--target: '' is not valid: one of tiny,static,PATH" },
	{ { .parameters = { [TARGET] = "tiny,static,PATH" } },
	  "--target: 'PATH' is not valid: one of tiny,static,PATH" },
};

START_TEST(usage_error_names_the_word_and_the_valid_ones)
{
	struct topology *topology = load_or_fail(TWO_NODES);
	struct options options = options_of(&refused[_i].given);
	char message[1400] = "";
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)),
			 -EINVAL);
	ck_assert_str_eq(message, refused[_i].message);
	plan_free(&plan);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

static const struct {
	enum parameter_type type;
	struct value value;
	const char *text;
} shown[] = {
	{ PARAMETER_COUNT, { .number = 65536 }, "65536" },
	{ PARAMETER_SIZE, { .number = 65536 }, "64 KiB" },
	{ PARAMETER_TIME, { .number = 100000000 }, "100 ms" },
	{ PARAMETER_TIME, { .number = 3600000000000 }, "3600 s" },
	{ PARAMETER_WORD, { .word = "warm" }, "warm" },
};

START_TEST(value_is_shown)
{
	char text[32];

	plan_format_value(shown[_i].type, &shown[_i].value, text, sizeof(text));
	ck_assert_str_eq(text, shown[_i].text);
}
END_TEST

START_TEST(message_is_bounded)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "wasp" };
	struct options options = options_of(&given);
	char message[8] = "xxxxxxx";
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, 6), -EINVAL);
	ck_assert_mem_eq(message, "--mec\0x", sizeof(message));
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* What a probe found missing is a skip with that reason, before any of the seat's. */
START_TEST(unavailable_mechanism)
{
	struct topology *topology = load_or_fail(TWO_NODES);
	struct given given = { .mechanisms = "ant,bee", .placements = "llc,smt" };
	struct options options = options_of(&given);
	char *reasons[] = { NULL, (char *)"bees are asleep", NULL };
	const struct availability availability = { reasons, 3 };
	char message[1400], text[TEXT_MAX];
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, &availability, &plan, message,
				   sizeof(message)), 0);
	describe(&plan, text);
	ck_assert_str_eq(text,
		"!ant llc 0,1 load=0 depth=1\n"
		"!ant smt -1,-1 load=0 depth=1 skip: " NO_SMT "\n"
		"!bee llc 0,1 load=0 target=tiny depth=1 skip: bees are asleep\n"
		"!bee smt -1,-1 load=0 target=tiny depth=1 skip: bees are asleep\n");
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* Each seat has the policy of its own CPU. */
START_TEST(memory_follows_the_seat)
{
	struct topology *topology = load_or_fail(TWO_NODES);
	struct given given = { .mechanisms = "ant", .placements = "cpu:0,cpu:3",
			       .memory = "remote", .sched = "batch" };
	struct options options = options_of(&given);
	char message[1400];
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	ck_assert_uint_eq(plan.count, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_nonnull(plan.cells[i].memory);
		ck_assert_str_eq(plan.cells[i].memory_word, "remote");
		ck_assert_str_eq(plan.cells[i].sched_word, "batch");
		ck_assert_int_eq(plan.cells[i].memory->mode, MEMORY_BIND);
		ck_assert(memory_policy_has_node(plan.cells[i].memory, 1 - i));
		ck_assert(!memory_policy_has_node(plan.cells[i].memory, i));
	}
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

START_TEST(memory_is_not_asked_for)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "ant" };
	struct options options = options_of(&given);
	char message[1400];
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	ck_assert_ptr_null(plan.cells[0].memory);
	ck_assert_ptr_null(plan.cells[0].memory_word);
	ck_assert_ptr_null(plan.cells[0].sched_word);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* Nobody named what a glob stands for. */
static const char *const unnamed[] = { "all", "*", "same-cpu,all", "all,same-cpu", "same-cpu,s*" };

START_TEST(glob_names_nothing)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .placements = unnamed[_i] };
	struct options options = options_of(&given);
	char message[1400];
	struct plan plan;
	size_t skips = 0;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	for (size_t i = 0; i < plan.count; i++) {
		skips += plan.cells[i].skip != NULL;
		ck_assert_msg(!plan.cells[i].is_named, "%s", plan.cells[i].seat.name);
	}
	ck_assert_uint_gt(skips, 0);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* The same question gets the same answer, whatever is freed or made in between. */
START_TEST(plan_is_pure)
{
	struct topology *topology = load_or_fail(TWO_NODES);
	struct given given = { .placements = "llc,smt",
			       .parameters = { "0,1k", "4k,thp", NULL, "1,2" } };
	struct options options = options_of(&given);
	char message[1400], first[TEXT_MAX], second[TEXT_MAX];
	struct plan a, b;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &a, message, sizeof(message)), 0);
	ck_assert_int_eq(plan_make(&options, topology, NULL, &b, message, sizeof(message)), 0);
	describe(&a, first);
	plan_free(&a);
	describe(&b, second);
	ck_assert_str_eq(first, second);
	plan_free(&b);
	topology_free(topology);
}
END_TEST

/* A sweep's list of 1 to count. */
static char *count_up(unsigned int count)
{
	char *list = calloc(count, 8), *end = list;

	ck_assert_ptr_nonnull(list);
	for (unsigned int i = 1; i <= count; i++)
		end += sprintf(end, i > 1 ? ",%u" : "%u", i);
	return list;
}

#define LARGE "pack:4 numa:2 l3:2 core:16 pu:2"

START_TEST(matrix_of_512_cpus)
{
	struct topology *topology = load_or_fail(LARGE);
	struct given given = { .mechanisms = "ant,bee", .has_matrix = true, .level = MATRIX_PU };
	struct options options = options_of(&given);
	char message[1400];
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	ck_assert_uint_eq(plan.count, 2 * 512 * 512);
	ck_assert_str_eq(plan.cells[plan.count - 1].seat.name, "cpu:511,511");
	ck_assert_str_eq(plan.cells[plan.count - 1].mechanism->name, "bee");
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* A mistake is refused before it takes the memory and the hours. */
static const struct { struct given given; unsigned int depths; } too_large[] = {
	{ { .has_matrix = true, .level = MATRIX_PU }, 2 },
	{ { .mechanisms = "ant", .has_matrix = true, .level = MATRIX_PU }, 5 },
};

START_TEST(too_many_cells_are_refused)
{
	struct topology *topology = load_or_fail(LARGE);
	struct options options = options_of(&too_large[_i].given);
	char *depths = count_up(too_large[_i].depths), message[1400];
	struct plan plan;

	options.parameters[DEPTH] = depths;
	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)),
			 -EINVAL);
	ck_assert_str_eq(message, "this is a plan of more than 1048576 cells");
	plan_free(&plan);
	free(depths);
	topology_free(topology);
}
END_TEST

/* Values that mean nothing make no cells, but to pass over them takes time, too. */
START_TEST(too_many_combinations_are_refused)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "ant" };
	struct options options = options_of(&given);
	char *depths = count_up(2000), pauses[4096 * 8], *end = pauses, message[1400];
	struct plan plan;

	for (int us = 1; us <= 4096; us++)
		end += sprintf(end, us > 1 ? ",%dus" : "%dus", us);
	options.parameters[DEPTH] = depths;
	options.parameters[PAUSE] = pauses;
	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)),
			 -EINVAL);
	ck_assert_str_eq(message, "this is a plan of more than 4194304 combinations of values");
	plan_free(&plan);
	free(depths);
	topology_free(topology);
}
END_TEST

START_TEST(too_many_rows_are_refused)
{
	struct topology *topology = load_or_fail("pack:2 core:513 pu:1");
	struct given given = { .mechanisms = "ant", .has_matrix = true, .level = MATRIX_PU };
	struct options options = options_of(&given);
	char message[1400];
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)),
			 -EINVAL);
	ck_assert_str_eq(message, "--matrix: more than 1024 rows: take core, llc or node, or fewer "
			 "CPUs by taskset(1)");
	ck_assert_uint_eq(plan.seat_count, 0);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* Sweeps take time by their cells, not by the square of it. */
START_TEST(large_sweep_is_planned)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "ant" };
	struct options options = options_of(&given);
	char *numbers = count_up(600), message[1400];
	struct plan plan;

	options.parameters[LOAD] = options.parameters[DEPTH] = numbers;
	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	ck_assert_uint_eq(plan.count, 600 * 600);
	plan_free(&plan);
	free(numbers);
	topology_free(topology);
}
END_TEST

static const struct { unsigned int values; int error; const char *message; } lists[] = {
	{ 4096, 0, "" }, { 4097, -EINVAL, "--depth: more than 4096 values" },
};

START_TEST(longest_list)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "ant" };
	struct options options = options_of(&given);
	char *depths = count_up(lists[_i].values), message[1400];
	struct plan plan;

	options.parameters[DEPTH] = depths;
	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)),
			 lists[_i].error);
	ck_assert_str_eq(message, lists[_i].message);
	plan_free(&plan);
	free(depths);
	topology_free(topology);
}
END_TEST

START_TEST(parameter_by_name)
{
	ck_assert_int_eq(plan_parameter(&tool, "load"), LOAD);
	ck_assert_int_eq(plan_parameter(&tool, "depth"), DEPTH);
	ck_assert_int_eq(plan_parameter(&tool, "dep"), -1);
	ck_assert_int_eq(plan_parameter(&tool, ""), -1);
}
END_TEST

/* Only what was asked for tells one cell from another. */
static const struct { const char *headline, *metric; bool is_headline; } headlines[] = {
	{ "life", "life", true }, { "life", "lif", false }, { "life", "lifes", false },
	{ "a,b,c", "a", true }, { "a,b,c", "b", true }, { "a,b,c", "c", true },
	{ "round-trip,transfer", "trip", false },
	{ "round-trip,transfer", "transfer", true },
};

START_TEST(headline_is_one_of)
{
	struct tool other = tool;

	other.headline = headlines[_i].headline;
	ck_assert_int_eq(plan_is_headline(&other, headlines[_i].metric), headlines[_i].is_headline);
}
END_TEST

/* Of alternatives the first that there is, or the last, as a skip that names what is missing. */
static const struct { const char *machine, *placements; const char *names[2]; bool is_skip; }
defaults[] = {
	{ "pack:1 l3:1 core:2 pu:1", "same-cpu,llc|node|smt", { "same-cpu", "llc" }, false },
	{ "pack:2 l3:1 core:1 pu:1", "same-cpu,llc|node|machine", { "same-cpu", "node" }, false },
	{ "pack:1 l3:1 core:1 pu:2", "same-cpu,llc|node|smt", { "same-cpu", "smt" }, false },
	{ "pack:1 l3:1 core:1 pu:1", "same-cpu,llc|node|smt", { "same-cpu", "smt" }, true },
};

START_TEST(first_default_that_exists)
{
	struct topology *topology = load_or_fail(defaults[_i].machine);
	struct given given = { .mechanisms = "ant" };
	struct options options = options_of(&given);
	struct tool other = tool;
	char message[200] = "";
	struct plan plan;

	other.default_placements = defaults[_i].placements;
	options.tool = &other;
	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	ck_assert_uint_eq(plan.count, 2);
	ck_assert_str_eq(plan.cells[0].seat.name, defaults[_i].names[0]);
	ck_assert_str_eq(plan.cells[1].seat.name, defaults[_i].names[1]);
	ck_assert_int_eq(plan.cells[1].skip != NULL, defaults[_i].is_skip);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* Of bees: one that is deep makes no sense, and a shallow one wants two CPUs. */
static bool is_sensible(const struct cell *cell)
{
	return !executes(cell) || (!is_deep(cell) && cell->seat.cpus[0] != cell->seat.cpus[1]);
}

/* Nor does it where its placement is not here: there is nothing that one would miss. */
START_TEST(nonsense_is_no_skip)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "ant,bee", .parameters = { NULL, NULL, NULL, "1,2" } };
	struct options options = options_of(&given);
	struct tool sensible = tool;
	char message[1400], text[TEXT_MAX];
	struct plan plan;

	sensible.default_placements = "same-cpu,smt";
	sensible.makes_sense = is_sensible;
	options.tool = &sensible;
	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	describe(&plan, text);
	ck_assert_ptr_nonnull(strstr(text, "bee smt -1,-1 load=0 target=tiny depth=1 skip: "));
	ck_assert_ptr_null(strstr(text, "target=tiny depth=2"));
	ck_assert_ptr_null(strstr(text, "bee same-cpu"));
	ck_assert_uint_eq(plan.count, 5);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

START_TEST(cell_is_described)
{
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "bee", .parameters = { "64k", NULL, "static", "1500" } };
	struct options options = options_of(&given);
	char message[1400], text[128] = "left";
	struct plan plan;

	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	plan_describe_cell(&plan, &plan.cells[0], text, sizeof(text));
	ck_assert_str_eq(text, "load=64 KiB target=static depth=1500");
	memset(text, 'x', sizeof(text));
	plan_describe_cell(&plan, &plan.cells[0], text, 13);
	ck_assert_mem_eq(text, "load=64 KiB \0x", 14);
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

/* A default that is a list tells cells apart as a list does that was given. */
START_TEST(what_varies_is_shown)
{
	struct parameter swept[COUNT_OF(parameters)];
	struct tool sweeper = tool;
	struct topology *topology = load_or_fail(ONE_CPU);
	struct given given = { .mechanisms = "bee" };
	struct options options = options_of(&given);
	char message[1400], text[128];
	struct plan plan;

	memcpy(swept, parameters, sizeof(swept));
	swept[DEPTH].defaults = "1,7";
	sweeper.parameters = swept;
	options.tool = &sweeper;
	ck_assert_int_eq(plan_make(&options, topology, NULL, &plan, message, sizeof(message)), 0);
	ck_assert_uint_eq(plan.count, 2);
	for (int i = 0; swept[i].name; i++)
		ck_assert_int_eq(plan_shows(&plan, (size_t)i), i == DEPTH);
	plan_describe_cell(&plan, &plan.cells[1], text, sizeof(text));
	ck_assert_str_eq(text, "depth=7");
	plan_free(&plan);
	topology_free(topology);
}
END_TEST

static Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *made = tcase_create("made"), *wrong = tcase_create("refused");
	TCase *large = tcase_create("large");

	tcase_add_loop_test(made, cells, 0, COUNT_OF(plans));
	tcase_add_test(made, what_varies_is_shown);
	tcase_add_test(made, unavailable_mechanism);
	tcase_add_test(made, memory_follows_the_seat);
	tcase_add_test(made, memory_is_not_asked_for);
	tcase_add_loop_test(made, glob_names_nothing, 0, COUNT_OF(unnamed));
	tcase_add_test(made, plan_is_pure);
	tcase_add_test(made, parameter_by_name);
	tcase_add_loop_test(made, headline_is_one_of, 0, COUNT_OF(headlines));
	tcase_add_loop_test(made, first_default_that_exists, 0, COUNT_OF(defaults));
	tcase_add_test(made, nonsense_is_no_skip);
	tcase_add_test(made, cell_is_described);
	tcase_add_loop_test(wrong, usage_error_names_the_word_and_the_valid_ones, 0,
			    COUNT_OF(refused));
	tcase_add_loop_test(wrong, value_is_shown, 0, COUNT_OF(shown));
	tcase_add_test(wrong, message_is_bounded);
	tcase_add_test(large, matrix_of_512_cpus);
	tcase_add_loop_test(large, too_many_cells_are_refused, 0, COUNT_OF(too_large));
	tcase_add_test(large, too_many_combinations_are_refused);
	tcase_add_test(large, too_many_rows_are_refused);
	tcase_add_test(large, large_sweep_is_planned);
	tcase_add_loop_test(large, longest_list, 0, COUNT_OF(lists));
	tcase_set_timeout(large, 10);
	suite_add_tcase(suite, made);
	suite_add_tcase(suite, wrong);
	suite_add_tcase(suite, large);
	return suite;
}

int main(void)
{
	return suite_run(plan_suite());
}
