/* SPDX-License-Identifier: MIT */
#include "results/status.h"

#include <stdlib.h>

/* A default that this machine lacks is no loss; a default that had no time is one. */
static bool is_loss(const struct skip *skip)
{
	return skip->is_unreached || skip->cell->is_named;
}

static bool has_loss(const struct results *results)
{
	for (size_t i = 0; i < results->skip_count; i++)
		if (is_loss(&results->skips[i]))
			return true;
	for (size_t i = 0; i < results->result_count; i++)
		if (results->results[i].cell->is_named && !results->results[i].is_verified)
			return true;
	return false;
}

int results_status(const struct results *results)
{
	if (!results->result_count)
		return EXIT_NOTHING_MEASURED;
	return has_loss(results) ? EXIT_SOMETHING_SKIPPED : EXIT_SUCCESS;
}
