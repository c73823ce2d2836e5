/* SPDX-License-Identifier: MIT */
/*
 * tool/selftest-print - prints the answers of a selftest, for people or for programs.
 *
 * A table that ends with whether the harness can be believed here, and says
 * what noise was seen if not; JSON Lines (`selftest` records, then `end`); or
 * CSV.  Writes to a stream, nothing else.  0, -ENOMEM, or -EIO when the stream
 * has failed.
 */
#ifndef HANDOFF_SELFTEST_PRINT_H
#define HANDOFF_SELFTEST_PRINT_H

#include <stdio.h>

#include "plan/options.h"
#include "tool/selftest-checks.h"

struct selftest_outline {
	struct selftest_answer answers[SELFTEST_CHECKS];
	const struct warning *noise;   /* what merely explains a figure is left out */
	size_t noise_count;
	double elapsed_s;
	int status;
};

int selftest_print(const struct selftest_outline *outline, enum output_format format,
		   FILE *stream);

#endif
