/* SPDX-License-Identifier: MIT */
#include "results/record.h"

#include <stdlib.h>
#include <string.h>

void results_free(struct results *results)
{
	for (size_t i = 0; i < results->result_count; i++) {
		free(results->results[i].round_p50);
		free(results->results[i].lost.rounds);
		free(results->results[i].lost.round_lost_ns);
	}
	free(results->results);
	free(results->skips);
	for (size_t i = 0; results->sentences && results->sentences[i]; i++)
		free(results->sentences[i]);
	free(results->sentences);
	host_speed_done(&results->speed);
	memset(results, 0, sizeof(*results));
}

const struct result *results_find(const struct results *results, const struct cell *cell,
				  const char *metric)
{
	for (size_t i = 0; i < results->result_count; i++)
		if (results->results[i].cell == cell &&
		    !strcmp(results->results[i].metric->name, metric))
			return &results->results[i];
	return NULL;
}
