/* SPDX-License-Identifier: MIT */
#include "results/stamp.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "plan/options.h"

static uint64_t random_number(uint64_t otherwise)
{
	uint64_t number;

	return getrandom(&number, sizeof(number), 0) == sizeof(number) ? number : otherwise;
}

void results_stamp(struct results *results, const struct options *options, uint64_t begin_ns)
{
	time_t now = time(NULL);
	struct tm utc;
	/* Not of the seed: that may be given twice. */
	uint64_t run = random_number(begin_ns);

	snprintf(results->run, sizeof(results->run), "%08x-%08x", (unsigned int)(run >> 32),
		 (unsigned int)run);
	strftime(results->started, sizeof(results->started), "%Y-%m-%dT%H:%M:%SZ",
		 gmtime_r(&now, &utc));
	results->seed = options->has_seed ? options->seed : random_number(begin_ns);
	results->seed &= (1ull << 52) - 1;
}
