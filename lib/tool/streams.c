/* SPDX-License-Identifier: MIT */
#include "tool/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/options.h"

/*
 * With a standard stream closed, its number would go to the next descriptor that
 * is opened.  Read-only, so that an answer to a closed output is still an error.
 */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)!open("/dev/null", O_RDONLY);
}

/* What argp has printed, --help and --version, is checked by nobody else. */
static void check_standard_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return;
	fprintf(stderr, "%s: standard output: %s\n", program_invocation_short_name, strerror(errno));
	_exit(EXIT_NOTHING_MEASURED);
}

void tool_streams_init(void)
{
	fill_standard_streams();
	atexit(check_standard_output);
}
