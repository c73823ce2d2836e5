/* SPDX-License-Identifier: MIT */
#include "tool/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plan/schedule.h"
#include "render/output.h"
#include "render/render.h"

static struct render_style style_of(const struct options *options)
{
	struct render_style style = { .has_histograms = options->has_hist };
	struct winsize size;

	if (!options->output && isatty(STDOUT_FILENO) &&
	    !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		style.width = size.ws_col;
	return style;
}

static int render(const struct tool_answer *asked, FILE *stream)
{
	struct render_style style = style_of(asked->options);

	if (asked->options->has_dry_run)
		return render_plan(asked->plan, schedule_forecast_s(asked->plan),
				   asked->options->format, stream);
	switch (asked->options->format) {
	case FORMAT_JSON:
		return render_json(asked->results, &style, stream);
	case FORMAT_CSV:
		return render_csv(asked->results, &style, stream);
	default:
		return render_table(asked->results, &style, stream);
	}
}

/* All of it in memory first: then out in one piece. */
int tool_answer(const struct tool_answer *asked)
{
	const char *path = asked->options->output;
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);
	int error = stream ? render(asked, stream) : -ENOMEM;

	if (stream && fclose(stream) && !error)
		error = -errno;
	if (!error)
		error = output_write(path, text, bytes);
	free(text);
	if (!error)
		return EXIT_SUCCESS;
	report_errno(asked->report, error, path ? path : "standard output");
	return EXIT_NOTHING_MEASURED;
}
