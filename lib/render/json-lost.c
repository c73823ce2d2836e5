/* SPDX-License-Identifier: MIT */
/* What each round of a result lost, as lists beside round_p50. */
#include <math.h>

#include "render/json.h"
#include "results/record.h"

static double run_delay(const struct lost_time *round)
{
	return round->run_delay_ns;
}

static double steal(const struct lost_time *round)
{
	return round->steal_ns;
}

static double stopped(const struct lost_time *round)
{
	return round->stopped_ns;
}

static double involuntary(const struct lost_time *round)
{
	return round->involuntary;
}

static const struct list {
	const char *name;
	double (*get)(const struct lost_time *round);
} lists[] = {
	{ "round_window_ns", lost_time_window_ns }, { "round_run_delay_ns", run_delay },
	{ "round_off_cpu_ns", lost_time_gap_ns }, { "round_steal_ns", steal },
	{ "round_stopped_ns", stopped }, { "round_involuntary_switches", involuntary },
};

/* One that is not known of some round is not there: a list has no holes. */
static void set_list(json_t *object, const struct result *result, const struct list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < result->rounds; i++) {
		double value = list->get(result->lost.rounds[i]);

		if (value < 0) {
			json_decref(array);
			return;
		}
		json_array_append_new(array, render_json_number(value));
	}
	json_object_set_new(object, list->name, array);
}

static void set_verdicts(json_t *object, const struct result *result)
{
	json_t *array = json_array();

	for (size_t i = 0; i < result->rounds; i++) {
		if (isnan(result->lost.round_lost_ns[i])) {
			json_decref(array);
			return;
		}
		json_array_append_new(array, render_json_number(result->lost.round_lost_ns[i]));
	}
	json_object_set_new(object, "round_lost_ns", array);
}

void render_json_lost(json_t *object, const struct result *result)
{
	if (!result->lost.rounds)
		return;
	set_verdicts(object, result);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		set_list(object, result, &lists[i]);
}
