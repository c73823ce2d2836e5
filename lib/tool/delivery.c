/* SPDX-License-Identifier: MIT */
#include "tool/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/output-stream.h"

/* outcome: what follows the reason. */
static void tell(const struct output *output, const char *reason, const char *outcome,
		 struct report *report)
{
	if (output->path)
		report_error(report, "--output: '%s': %s%s", output->path, reason, outcome);
	else
		report_error(report, "standard output: %s%s", reason, outcome);
}

static int status_of(const struct output *output, int error)
{
	return error == -EINTR && output->signal && *output->signal
		? EXIT_SIGNAL + *output->signal : EXIT_NOTHING_MEASURED;
}

int delivery_open(struct output *ret, const char *path, const volatile sig_atomic_t *signal,
		  struct report *report)
{
	const char *reason = NULL;
	int error = output_open(ret, path, signal, &reason);

	if (!error)
		return EXIT_SUCCESS;
	if (status_of(ret, error) == EXIT_NOTHING_MEASURED)
		tell(ret, reason ? reason : strerror(-error), "", report);
	output_close(ret);
	return status_of(ret, error);
}

/* Where the answer was to go it cannot: it is not lost for that. */
static void rescue(const struct output *output, int error, const char *text, size_t bytes,
		   struct report *report)
{
	const char *outcome = "";

	if (output->stream != STDOUT_FILENO)
		outcome = output_stream_write(STDOUT_FILENO, text, bytes, output->signal)
			? "; standard output cannot be written to either"
			: "; the answer is on standard output instead";
	tell(output, strerror(-error), outcome, report);
}

static int make_text(const struct delivery_text *text, char **ret_text, size_t *ret_bytes)
{
	FILE *stream = open_memstream(ret_text, ret_bytes);
	int error = stream ? text->render(text->what, stream) : -ENOMEM;

	if (stream && fclose(stream) && !error)
		error = -errno;
	return error;
}

int delivery_print(struct output *output, const struct delivery_text *text,
		   struct report *report)
{
	char *made = NULL;
	size_t bytes = 0;
	int error = make_text(text, &made, &bytes), status = EXIT_NOTHING_MEASURED;

	if (error) {
		report_errno(report, error, "the answer");
	} else {
		error = output_write(output, made, bytes);
		status = error ? status_of(output, error) : EXIT_SUCCESS;
		if (error && status == EXIT_NOTHING_MEASURED)
			rescue(output, error, made, bytes, report);
	}
	free(made);
	return status;
}
