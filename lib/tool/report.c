/* SPDX-License-Identifier: MIT */
#include "tool/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/proof-words.h"

/* Losses beyond these are counted, not told, unless --verbose. */
#define LOSSES_TOLD 5

/* One that can only print would show the escape sequences. */
static bool can_take_line_back(const char *term)
{
	return term && *term && strcmp(term, "dumb") != 0;
}

void report_init(struct report *report, const struct options *options)
{
	memset(report, 0, sizeof(*report));
	report->tool = options->tool->name;
	report->is_quiet = options->is_quiet;
	report->is_verbose = options->is_verbose;
	report->has_progress = !options->is_quiet && isatty(STDERR_FILENO) &&
			       can_take_line_back(getenv("TERM"));
}

void report_finish(struct report *report)
{
	if (report->is_line_open)
		fputs("\r\033[K", stderr);
	report->is_line_open = false;
}

void report_error(struct report *report, const char *format, ...)
{
	va_list arguments;

	report_finish(report);
	fprintf(stderr, "%s: ", report->tool);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void report_errno(struct report *report, int error, const char *what)
{
	report_error(report, "%s: %s", what, strerror(error < 0 ? -error : error));
}

void report_progress(void *context, const struct progress *progress)
{
	struct report *report = context;

	if (!report->has_progress)
		return;
	fprintf(stderr, "\r\033[Kround %zu, cell %zu of %zu, %.1f s", progress->round + 1,
		progress->cell + 1, progress->cells, progress->elapsed_s);
	report->is_line_open = true;
}

static void tell_broken_proof(struct report *report, const struct cell *cell,
			      const struct round *round)
{
	char words[PROOF_WORDS_BYTES];

	for (uint32_t i = 0; i < round->proof_count; i++)
		if (!round_proof_holds(&round->proofs[i])) {
			proof_describe(&round->proofs[i], words, sizeof(words));
			report_error(report, "%s: not proved: %s", cell->mechanism->name, words);
		}
}

void report_loss(void *context, const struct cell *cell, const struct round *round)
{
	struct report *report = context;

	/* A skip is a line of the answer: no need to say it twice. */
	if (report->is_quiet || round->status == ROUND_SKIPPED)
		return;
	if (report->losses++ >= LOSSES_TOLD && !report->is_verbose)
		return;
	if (round->status == ROUND_MEASURED)
		tell_broken_proof(report, cell, round);
	else
		report_error(report, "%s: %s: %s%s%s; the round is lost", cell->mechanism->name,
			     round->step, round->reason, *round->reason && round->error ? ": " : "",
			     round->error ? strerror(round->error) : "");
}

static bool is_heeded(const struct plan *plan, size_t parameter)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->cells[i].values[parameter].applies)
			return true;
	return !plan->count;
}

void report_idle_reaps(struct report *report, const struct plan *plan)
{
	const struct parameter *parameters = plan->options->tool->parameters;

	for (size_t i = 0; parameters[i].name && !report->is_quiet; i++)
		if (plan->options->parameters[i] && !is_heeded(plan, i))
			report_error(report, "--%s: means nothing to any cell of this run",
				     parameters[i].name);
}
