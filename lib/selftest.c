/* SPDX-License-Identifier: MIT */
#include "selftest.h"

int selftest_run(const struct options *options, const volatile sig_atomic_t *caught,
		 struct report *report)
{
	(void)options, (void)caught;
	report_error(report, "--selftest is not there yet");
	return EXIT_NOTHING_MEASURED;
}
