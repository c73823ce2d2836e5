/* SPDX-License-Identifier: MIT */
#include "plan/options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/options-files.h"
#include "plan/options-help.h"
#include "plan/options-hosts.h"
#include "plan/units.h"

#define DEFAULT_BUDGET_NS 20e9
#define QUICK_BUDGET_NS 5e9
#define THOROUGH_BUDGET_NS 180e9
#define DEFAULT_PRECISION 0.02
#define QUICK_PRECISION 0.03
#define THOROUGH_PRECISION 0.01
#define PRECISION_WORDS "per cent above 0 and up to 50, such as 2"
#define ROUNDS_MOST 4096
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum key {
	KEY_MATRIX = 256, KEY_CONCURRENT, KEY_MEMORY, KEY_SCHED, KEY_PRECISION, KEY_ROUNDS, KEY_SEED,
	KEY_HIST, KEY_DRY_RUN, KEY_PERF_CONTROL, KEY_SELFTEST, KEY_QUICK, KEY_THOROUGH,
	KEY_TOPOLOGY, KEY_AFFINITY,
	KEY_PARAMETER,                 /* and as many as there are parameters */
};

enum group {
	GROUP_WHAT = 1, GROUP_WHERE, GROUP_OWN, GROUP_FILES_OR_HOSTS = OPTIONS_BESIDE_GROUP, GROUP_LONG,
	GROUP_OUTPUT, GROUP_OTHER = -1,        /* the last */
};

/* Hidden ones stand in --help=all only (plan/options-help.h). */
static const struct argp_option shared_options[] = {
	{ 0, 0, 0, 0, "What is measured:", GROUP_WHAT },
	{ "mechanism", 'm', "LIST", 0, "names, globs or all; default: the best known", GROUP_WHAT },
	{ "list", 'l', 0, 0, "the mechanisms, and which of them run here", GROUP_WHAT },
	{ "peer", 'P', "KIND", 0, "the other side: process, thread or both", GROUP_WHAT },
	{ "dry-run", KEY_DRY_RUN, 0, 0, "print the plan and the time it will take", GROUP_WHAT },
	{ "selftest", KEY_SELFTEST, 0, OPTION_HIDDEN,
	  "measure operations of known cost: can this machine be believed?", GROUP_WHAT },
	{ 0, 0, 0, 0, "Where it runs:", GROUP_WHERE },
	{ "placement", 'p', "LIST", 0,
	  "near, far, same-cpu, smt, l2, llc, node, package, machine, cpu:A,B, float", GROUP_WHERE },
	{ "matrix", KEY_MATRIX, "LEVEL", OPTION_ARG_OPTIONAL,
	  "every ordered pair of pu, core, llc or node", GROUP_WHERE },
	{ "concurrent", KEY_CONCURRENT, 0, OPTION_HIDDEN,
	  "with --matrix: pairs that share no core at the same time: sooner done, and disturbed",
	  GROUP_WHERE },
	{ "memory", KEY_MEMORY, "WHERE", 0, "local, remote, interleave or node:N", GROUP_WHERE },
	{ "sched", KEY_SCHED, "POLICY", 0,
	  "other, batch, fifo[:N], rr[:N], idle, deadline:RUN/PERIOD", GROUP_WHERE },
	{ "topology", KEY_TOPOLOGY, "FILE|TEXT", OPTION_HIDDEN,
	  "plan for another machine: hwloc XML or a synthetic description; with --dry-run",
	  GROUP_WHERE },
	{ "affinity", KEY_AFFINITY, "CPUS", OPTION_HIDDEN,
	  "with --topology: the CPUs allowed there, as 0-3,8", GROUP_WHERE },
	{ 0, 0, 0, 0, "How long and how well:", GROUP_LONG },
	{ "time", 't', "T", 0, "budget of the whole run (default 20s)", GROUP_LONG },
	{ "quick", KEY_QUICK, 0, 0, "5s and 3 %", GROUP_LONG },
	{ "thorough", KEY_THOROUGH, 0, 0, "180s and 1 %", GROUP_LONG },
	{ "precision", KEY_PRECISION, "PCT", 0,
	  "a cell is done when the 95 % interval of its median is this narrow (default 2)",
	  GROUP_LONG },
	{ "rounds", KEY_ROUNDS, "N", 0, "exactly N rounds", GROUP_LONG },
	{ "seed", KEY_SEED, "N", OPTION_HIDDEN, "of the order in which cells are measured",
	  GROUP_LONG },
	{ 0, 0, 0, 0, "The answer:", GROUP_OUTPUT },
	{ "format", 'f', "FORMAT", 0, "table, json or csv", GROUP_OUTPUT },
	{ "output", 'o', "FILE", 0, "where it goes: written whole or not at all", GROUP_OUTPUT },
	{ "hist", KEY_HIST, 0, OPTION_HIDDEN, "the distributions too", GROUP_OUTPUT },
	{ "perf-control", KEY_PERF_CONTROL, "CTL[,ACK]", OPTION_HIDDEN,
	  "have perf --control fifo:CTL[,ACK] count measured windows only", GROUP_OUTPUT },
	{ "quiet", 'q', 0, 0, "no progress, no notes", GROUP_OUTPUT },
	{ "verbose", 'v', 0, OPTION_HIDDEN, "say what each lost round died of", GROUP_OUTPUT },
};

static void bad_word(struct argp_state *state, const char *option, const char *word,
		     const char *valid)
{
	argp_error(state, "--%s: '%s' is not valid: %s", option, word, valid);
}

static double parse_precision(struct argp_state *state, const char *text)
{
	char *end;
	double percent;

	/* strtod() also takes signs, blanks and hexadecimals: we do not. */
	if (!isdigit((unsigned char)*text) || strpbrk(text, "xX"))
		bad_word(state, "precision", text, PRECISION_WORDS);
	errno = 0;
	percent = strtod(text, &end);
	if (*end == '%')
		end++;
	if (errno || end == text || *end || !(percent > 0 && percent <= 50))
		bad_word(state, "precision", text, PRECISION_WORDS);
	return percent / 100;
}

static double parse_budget(struct argp_state *state, const char *text)
{
	double ns = 0;

	if (units_parse_time(text, &ns) || ns < 1e6 || ns > 86400e9)
		bad_word(state, "time", text, "a time from 1ms to 24 hours, such as 500ms, 20s, 3m");
	return ns;
}

static uint64_t parse_count(struct argp_state *state, const char *option, const char *text,
			    uint64_t min, uint64_t max)
{
	char valid[96];
	uint64_t count = 0;

	snprintf(valid, sizeof(valid), "a whole number from %llu to %llu",
		 (unsigned long long)min, (unsigned long long)max);
	if (units_parse_count(text, &count) || count < min || count > max)
		bad_word(state, option, text, valid);
	return count;
}

static enum output_format parse_format(struct argp_state *state, const char *text)
{
	static const char *const names[] = { "table", "json", "csv" };

	for (int i = 0; i < 3; i++)
		if (!strcmp(text, names[i]))
			return (enum output_format)i;
	bad_word(state, "format", text, "table, json or csv");
	return FORMAT_TABLE;
}

static void set_mode(struct options *options, enum run_mode mode, double budget_ns,
		     double precision)
{
	options->mode = mode;
	/* -t and --precision win, wherever they stand. */
	if (!options->has_budget)
		options->budget_ns = budget_ns;
	if (!options->has_precision)
		options->precision = precision;
}

static void set_matrix(struct argp_state *state, struct options *options, const char *level)
{
	options->has_matrix = true;
	if (level && placement_matrix_level(level, &options->matrix_level))
		bad_word(state, "matrix", level, "pu, core, llc or node");
}

static void set_peer(struct argp_state *state, struct options *options, const char *peer)
{
	if (strcmp(peer, "process") && strcmp(peer, "thread") && strcmp(peer, "both"))
		bad_word(state, "peer", peer, "process, thread or both");
	options->peer = peer;
}

static error_t parse_how_long(int key, char *argument, struct argp_state *state,
			      struct options *options)
{
	switch (key) {
	case 't':
		options->budget_ns = parse_budget(state, argument);
		options->has_budget = true;
		return 0;
	case KEY_QUICK:
		set_mode(options, MODE_QUICK, QUICK_BUDGET_NS, QUICK_PRECISION);
		return 0;
	case KEY_THOROUGH:
		set_mode(options, MODE_THOROUGH, THOROUGH_BUDGET_NS, THOROUGH_PRECISION);
		return 0;
	case KEY_PRECISION:
		options->precision = parse_precision(state, argument);
		options->has_precision = true;
		return 0;
	case KEY_ROUNDS:
		options->rounds = parse_count(state, "rounds", argument, 1, ROUNDS_MOST);
		return 0;
	case KEY_SEED:
		options->seed = parse_count(state, "seed", argument, 0, 1ull << 52);
		options->has_seed = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_output(int key, char *argument, struct argp_state *state,
			    struct options *options)
{
	switch (key) {
	case 'f':
		options->format = parse_format(state, argument);
		return 0;
	case 'o':
		options->output = argument;
		return 0;
	case KEY_HIST:
		options->has_hist = true;
		return 0;
	case KEY_PERF_CONTROL:
		options->perf_control = argument;
		return 0;
	case 'q':
		options->is_quiet = true;
		return 0;
	case 'v':
		options->is_verbose = true;
		return 0;
	default:
		return parse_how_long(key, argument, state, options);
	}
}

static error_t parse_where(int key, char *argument, struct argp_state *state,
			   struct options *options)
{
	switch (key) {
	case 'p':
		options->placements = argument;
		return 0;
	case KEY_MATRIX:
		set_matrix(state, options, argument);
		return 0;
	case KEY_CONCURRENT:
		options->has_concurrent = true;
		return 0;
	case KEY_MEMORY:
		options->memory = argument;
		return 0;
	case KEY_SCHED:
		options->sched = argument;
		return 0;
	case KEY_TOPOLOGY:
		options->topology = argument;
		return 0;
	case KEY_AFFINITY:
		options->affinity = argument;
		return 0;
	default:
		return parse_output(key, argument, state, options);
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	if (key >= KEY_PARAMETER && key < KEY_PARAMETER + PARAMETERS_MAX) {
		options->parameters[key - KEY_PARAMETER] = argument;
		return 0;
	}
	switch (key) {
	case 'm':
		options->mechanisms = argument;
		return 0;
	case 'l':
		options->has_list = true;
		return 0;
	case 'P':
		set_peer(state, options, argument);
		return 0;
	case KEY_DRY_RUN:
		options->has_dry_run = true;
		return 0;
	case KEY_SELFTEST:
		options->has_selftest = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no arguments are taken, only options", argument);
		return EINVAL;
	default:
		return parse_where(key, argument, state, options);
	}
}

/* The long name of an option; NULL for what is none, or of plan/options-hosts.h. */
static const char *name_of(const struct options *options, int key)
{
	if (key >= KEY_PARAMETER && key < KEY_PARAMETER + PARAMETERS_MAX)
		return options->tool->parameters[key - KEY_PARAMETER].name;
	for (size_t i = 0; key && i < COUNT_OF(shared_options); i++)
		if (shared_options[i].key == key)
			return shared_options[i].name;
	return NULL;
}

/* What can only be judged when all is known. */
static void check_combinations(struct argp_state *state, const struct options *options)
{
	if (options->topology && !options->has_dry_run && !options->has_list)
		argp_error(state, "--topology: another machine can be planned for, not measured: "
			   "add --dry-run");
	if (options->affinity && !options->topology)
		argp_error(state, "--affinity: goes with --topology; here, use taskset(1)");
	if (options->has_matrix && options->placements)
		argp_error(state, "--matrix: makes the placements itself: leave out --placement");
	if (options->has_concurrent && !options->has_matrix)
		argp_error(state, "--concurrent: is for pairs of a matrix: add --matrix");
	if (options->has_concurrent && options->perf_control)
		argp_error(state, "--concurrent: perf cannot tell windows apart that are open at "
			   "the same time: leave out --perf-control");
}

static error_t parse_and_check(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	if (key == ARGP_KEY_END) {
		check_combinations(state, options);
		options_hosts_check(state, options);
		options_files_check(state, options);
	}
	if (!options_help_parse(key, argument, state))
		return 0;
	if (!options_hosts_parse(key, argument, state, options) ||
	    !options_files_parse(key, argument, options))
		return 0;
	options_hosts_note(options, name_of(options, key));
	return parse_option(key, argument, state);
}

/* The tool's parameters, as argp wants them, before the shared options. */
static size_t add_parameters(const struct tool *tool, struct argp_option *to)
{
	size_t count = 0;

	if (!tool->parameters[0].name)
		return 0;
	to[count++] = (struct argp_option){ 0, 0, 0, 0, "Sweeps (each takes a list):", GROUP_OWN };
	for (size_t i = 0; tool->parameters[i].name; i++)
		to[count++] = (struct argp_option){ tool->parameters[i].name,
						    KEY_PARAMETER + (int)i,
						    tool->parameters[i].metavar,
						    tool->parameters[i].is_rare ? OPTION_HIDDEN : 0,
						    tool->parameters[i].help, GROUP_OWN };
	return count;
}

/* argp's: what a sweep's own text lacks is what stands when it is not given. */
static char *filter_help(int key, const char *text, void *input)
{
	const struct options *options = input;
	char *longer = NULL;

	/* That arguments of long options are those of short ones, too, everybody knows. */
	if (key == ARGP_KEY_HELP_DUP_ARGS_NOTE)
		return NULL;
	if (key < KEY_PARAMETER || key >= KEY_PARAMETER + PARAMETERS_MAX || !options)
		return (char *)(uintptr_t)text;
	if (asprintf(&longer, "%s (default %s)", text,
		     options->tool->parameters[key - KEY_PARAMETER].defaults) == -1)
		return (char *)(uintptr_t)text;
	return longer;
}

static void set_defaults(const struct tool *tool, struct options *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->tool = tool;
	ret->sched = tool->default_sched;
	set_mode(ret, MODE_DEFAULT, DEFAULT_BUDGET_NS, DEFAULT_PRECISION);
}

void options_parse(const struct tool *tool, int argc, char **argv, struct options *ret)
{
	struct argp_option all[PARAMETERS_MAX + 1 + OPTIONS_HOSTS_MAX + OPTIONS_FILES_MAX +
			       COUNT_OF(shared_options) + OPTIONS_HELP_MAX + 1];
	char *text = options_help_text(tool);
	const struct argp argp = { all, parse_and_check, NULL, text ? text : tool->documentation,
				   NULL, filter_help, NULL };
	size_t count = add_parameters(tool, all);

	count += options_hosts_add(tool, all + count);
	count += options_files_add(tool, all + count);
	memcpy(all + count, shared_options, sizeof(shared_options));
	count += COUNT_OF(shared_options);
	count += options_help_add(all + count, GROUP_OTHER);
	memset(all + count, 0, sizeof(all[0]));
	set_defaults(tool, ret);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, ret);
	free(text);
}
