/* SPDX-License-Identifier: MIT */
/*
 * plan/tool - what a tool tells the bench about itself.
 *
 * A tool is a const table: its mechanisms, its parameters (each is an option,
 * a sweep, a record field, a table column and a key of the worker's job, and
 * stands only here), its metrics and its words.  tool_main() (tool/main.h) does the rest.
 */
#ifndef HANDOFF_TOOL_H
#define HANDOFF_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/job.h"
#include "measure/mechanism.h"

#define PARAMETERS_MAX 16

/* A size is in bytes, a time in ns: field says so in records. */
enum parameter_type { PARAMETER_COUNT, PARAMETER_SIZE, PARAMETER_TIME, PARAMETER_WORD };

struct cell;
struct page_cost;
struct plan;
struct shared_input;
struct remote_facts;
struct results;
struct tool_hosts;

struct parameter {
	const char *name;              /* option, record field, job key */
	const char *field;             /* record field, where the name is another field's; or NULL */
	const char *metavar, *help;
	enum parameter_type type;
	const char *defaults;          /* the list that stands when none is given */
	const char *words;             /* "tiny,static": the valid ones; with "PATH" last,
					  an absolute path is valid too */
	uint64_t min, max;             /* of numbers */
	const char *header;            /* of the table's column */
	bool is_rare;                  /* stands in --help=all, not in --help */
	bool is_prepared;              /* cells that share a preparation agree in it */
	bool is_fitted;                /* bytes: a + b per 4 KiB page is fitted over its sweep */
	/* Whether the parameter means anything for this cell; NULL: always. */
	bool (*applies)(const struct cell *cell);
};

/* A figure that stands in records, and in the table if it has a header. */
struct figure {
	const char *name;              /* with its unit */
	const char *header;
	const char *help;
};

/* About; of a round the window and all around it. */
struct cell_cost {
	double prepare_s, round_s;
	double memory_bytes;
};

struct tool {
	const char *name, *summary;
	const char *documentation;     /* the first lines of --help */
	const char *worker;            /* program under libexec */
	const struct job_kind *job;    /* what it is asked */
	const char *worker_mode;       /* what it is asked, where no parameter says it; or NULL */
	const char *default_sched;     /* --sched when none is given; NULL: as we are */
	const struct mechanism *(*mechanism)(size_t i);   /* NULL behind the last */
	const struct parameter *parameters;               /* ends with a NULL name */
	const struct figure *figures;                     /* ends with a NULL name */
	const char *const *metrics;    /* in table order, ends with NULL */
	const char *headline;          /* the metric that decides and is compared; "a,b" where a
					  cell has the one or the other */
	const char *baseline;          /* mechanism that ratios refer to */
	const char *default_mechanisms;  /* a list; NULL: all */
	/* Between two hosts: the default list with --connect, and what --listen does until a
	 * signal comes; NULL: this tool's cells stay on one host.  With --connect, greet()
	 * asks who is there, before anything is measured.  Both return an exit status, and
	 * have told the reporter what is wrong. */
	const char *host_mechanisms;
	int (*listen)(const struct tool_hosts *hosts);
	int (*greet)(const struct tool_hosts *hosts, struct remote_facts *ret);
	bool has_files;                /* --dir, --file and --destroy-data mean something */
	/* What all rounds share and takes long to make (plan/shared-input.h), before the first of
	 * them: 0, or -errno and a sentence with the reason; one with 0 is told, too, before
	 * anything is measured.  The shared input is the caller's to end in any case.
	 * NULL: nothing. */
	int (*prepare)(const struct plan *plan, struct shared_input *ret, char *message,
		       size_t message_size);
	const char *default_placements;  /* "a,b|c": of b and c the first that exists here */
	const char *default_peers;
	/* Whether a cell of a default placement says anything; NULL: always.  One that was
	 * asked for is planned all the same, and its worker says why not. */
	bool (*makes_sense)(const struct cell *cell);
	/* Whether there is another side in this cell; NULL: always. */
	bool (*has_peer)(const struct cell *cell);
	/* Whether a cell's creators or pairs take a CPU each, in turn; NULL: never. */
	bool (*spreads)(const struct cell *cell);
	/* Whether a cell shares nothing, such as a file, with others that may be measured at the
	 * same time on other cores; NULL: always. */
	bool (*is_apart)(const struct cell *cell);
	/* Whether its operations are timed in batches, or each alone.  It follows from the cell,
	 * never from what a round took: two runs then have the same figures.  NULL: each
	 * mechanism has its own way. */
	bool (*is_batched)(const struct cell *cell);
	/* Whether a round of this cell asks a device that has to come to its steady state
	 * before the window; NULL: none does. */
	bool (*ramps)(const struct cell *cell);
	/* Seconds that a worker of this cell may need beyond the usual; NULL: none. */
	double (*extra_seconds)(const struct cell *cell);
	/* Seconds that a round of this cell takes whatever its window is; NULL: none. */
	double (*least_seconds)(const struct cell *cell);
	/* Whether one worker prepares for both cells what takes long, and measures both; of a
	 * cell and itself: whether it prepares such a thing.  NULL: none does.  Where it is
	 * asked, cost tells what a cell takes on a machine with such pages. */
	bool (*shares)(const struct cell *a, const struct cell *b);
	struct cell_cost (*cost)(const struct cell *cell, const struct page_cost *page);
	/* The answer in words, a sentence a line; NULL behind the last.  Owned by the caller. */
	char **(*sentences)(const struct results *results);
};

#endif
