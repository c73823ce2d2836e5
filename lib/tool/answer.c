/* SPDX-License-Identifier: MIT */
#include "tool/answer.h"

#include <sys/ioctl.h>

#include "plan/schedule.h"
#include "render/render.h"
#include "tool/delivery.h"

/* Only a terminal has a width. */
static struct render_style style_of(const struct tool_answer *asked)
{
	struct render_style style = { .has_histograms = asked->options->has_hist };
	struct winsize size;

	if (asked->output->stream >= 0 && !ioctl(asked->output->stream, TIOCGWINSZ, &size))
		style.width = size.ws_col;
	return style;
}

static int render(const void *what, FILE *stream)
{
	const struct tool_answer *asked = what;
	struct render_style style = style_of(asked);

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

int tool_answer(const struct tool_answer *asked)
{
	const struct delivery_text text = { render, asked };

	return delivery_print(asked->output, &text, asked->report);
}
