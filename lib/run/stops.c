/* SPDX-License-Identifier: MIT */
#include "run/stops.h"

void stops_add(struct stops *stops, uint64_t from_ns, uint64_t to_ns)
{
	if (stops->count == STOPS_MOST)
		stops->list[STOPS_MOST - 1].to_ns = to_ns;
	else
		stops->list[stops->count++] = (struct stop){ from_ns, to_ns };
}

double stops_within(const struct stops *stops, uint64_t begin_ns, uint64_t end_ns,
		    uint64_t most_ns, double *ret_count)
{
	double sum = 0;

	*ret_count = 0;
	for (uint64_t i = 0; i < stops->count && i < STOPS_MOST; i++) {
		uint64_t from = stops->list[i].from_ns, to = stops->list[i].to_ns;

		if (to < from || to < begin_ns || from > end_ns || to - from > most_ns)
			continue;
		from = from > begin_ns ? from : begin_ns;
		to = to < end_ns ? to : end_ns;
		sum += (double)(to - from);
		++*ret_count;
	}
	return sum;
}
