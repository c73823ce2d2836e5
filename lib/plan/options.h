/* SPDX-License-Identifier: MIT */
/*
 * plan/options - the command line that all tools share, and a tool's own parameters.
 *
 * options_parse() is argp: it answers --help, --usage and --version itself and
 * ends the program with 129 on wrong usage, naming the word.  What it returns
 * is const from then on; strings point into argv.
 */
#ifndef HANDOFF_OPTIONS_H
#define HANDOFF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/placement.h"
#include "plan/tool.h"

#define EXIT_NOTHING_MEASURED 1
#define EXIT_SOMETHING_SKIPPED 3
#define EXIT_USAGE 129
#define EXIT_SIGNAL 128

/* Of the options that a tool has beside the shared ones: in --help behind its sweeps. */
#define OPTIONS_BESIDE_GROUP 4

enum output_format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };
enum run_mode { MODE_DEFAULT, MODE_QUICK, MODE_THOROUGH };

struct options {
	const struct tool *tool;
	const char *mechanisms;        /* NULL: those of the tool by default */
	const char *placements;        /* NULL: the tool's default */
	bool has_matrix;
	enum matrix_level matrix_level;
	bool has_concurrent;               /* pairs of the matrix that share no core, at once */
	const char *peer, *memory, *sched;
	const char *listen, *connect;      /* addresses, or NULL: one host alone */
	const char *dir, *file;            /* of files that are read and written, or NULL */
	bool may_destroy;                  /* what is in the latter */
	const char *not_for_listen;        /* an option that was given and means nothing there */
	const char *topology, *affinity;   /* NULL: this machine */
	const char *parameters[PARAMETERS_MAX];  /* the lists given; NULL: the default */
	enum run_mode mode;
	double budget_ns;
	double precision;              /* a fraction */
	bool has_budget, has_precision;   /* given by name */
	size_t rounds;                 /* 0: by precision and budget */
	bool has_seed;
	uint64_t seed;
	enum output_format format;
	const char *output;            /* NULL: standard output */
	const char *perf_control;
	bool has_list, has_hist, has_dry_run, has_selftest, is_quiet, is_verbose;
};

void options_parse(const struct tool *tool, int argc, char **argv, struct options *ret);

#endif
