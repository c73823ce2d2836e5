/* SPDX-License-Identifier: MIT */
#include "render/json-speed.h"

#include <math.h>

#include "render/json.h"
#include "render/render.h"
#include "results/summary-speeds.h"

static void set_finite(json_t *object, const char *name, double value)
{
	if (isfinite(value))
		json_object_set_new(object, name, render_json_number(value));
}

static void set_text(json_t *object, const char *name, const char *text)
{
	if (*text)
		json_object_set_new(object, name, render_json_text(text));
}

static bool is_there(const struct host_speed *speed)
{
	return speed->rounds && isfinite(speed->ns);
}

/* Of one mix: times of its parts, and how often each is done. */
static void set_parts(json_t *object, const struct host_speed *speed)
{
	json_t *times = json_object(), *operations = json_object();

	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++) {
		if (!isfinite(speed->part_ns[part]))
			continue;
		set_finite(times, reference_part_name(part), speed->part_ns[part]);
		set_finite(operations, reference_part_name(part),
			   (double)reference_operations(part) / REFERENCE_MIXES);
	}
	json_object_set_new(object, "parts_ns", times);
	json_object_set_new(object, "operations", operations);
}

/* Rounds that have a reference, and which those are. */
static void set_rounds(json_t *object, const struct host_speed *speed)
{
	json_t *times = json_array(), *indices = json_array();

	for (size_t i = 0; i < speed->rounds; i++) {
		if (!isfinite(speed->round_ns[i]))
			continue;
		json_array_append_new(times, render_json_number(speed->round_ns[i]));
		json_array_append_new(indices, json_integer((json_int_t)i));
	}
	json_object_set_new(object, "round_ns", times);
	json_object_set_new(object, "round_index", indices);
}

static json_t *speed_array(const struct speeds *speeds)
{
	json_t *array = json_array();
	double rounds = 0;

	for (size_t i = 0; i < speeds->count; i++)
		rounds += (double)speeds->rounds[i];
	for (size_t i = 0; i < speeds->count; i++) {
		json_t *one = json_object();

		set_finite(one, "reference_ns", speeds->reference[i]);
		set_finite(one, "rounds", (double)speeds->rounds[i]);
		set_finite(one, "share", (double)speeds->rounds[i] / rounds);
		json_array_append_new(array, one);
	}
	return array;
}

json_t *render_json_reference(const struct host_speed *speed)
{
	json_t *object = json_object();

	if (is_there(speed)) {
		set_finite(object, "ns", speed->ns);
		if (speed->cpu >= 0)
			set_finite(object, "cpu", speed->cpu);
		set_parts(object, speed);
		json_object_set_new(object, "speeds", speed_array(&speed->speeds));
		set_rounds(object, speed);
	}
	set_text(object, "missing", speed->missing);
	return object;
}

/* Only where each of the result's rounds has one: else they would not stand side by side. */
static void set_round_references(json_t *object, const struct results *results,
				 const struct result *result)
{
	json_t *times = json_array(), *labels = json_array();
	bool is_whole = result->metric->rounds > 0;

	for (size_t i = 0; i < result->metric->rounds && is_whole; i++) {
		double ns = host_speed_reference_ns(&results->speed, i);

		if (isnan(result->metric->round_p50[i]))
			continue;
		is_whole = isfinite(ns);
		json_array_append_new(times, render_json_number(ns));
		json_array_append_new(labels,
				      json_integer(host_speed_label(&results->speed, i)));
	}
	if (is_whole)
		json_object_set(object, "round_reference_ns", times);
	if (is_whole && summary_has_speeds(result))
		json_object_set(object, "round_speed", labels);
	json_decref(times);
	json_decref(labels);
}

void render_json_speeds(json_t *object, const struct results *results,
			const struct result *result)
{
	json_t *array;

	set_round_references(object, results, result);
	if (!summary_has_speeds(result))
		return;
	array = json_array();
	for (size_t i = 0; i < SPEEDS_MOST; i++) {
		json_t *one = json_object();

		set_finite(one, "reference_ns", results->speed.speeds.reference[i]);
		set_finite(one, "rounds", (double)result->speeds[i].rounds);
		set_finite(one, "share", result->speeds[i].share);
		set_finite(one, "p50", result->speeds[i].p50);
		set_finite(one, "p50_lo", result->speeds[i].p50_lo);
		set_finite(one, "p50_hi", result->speeds[i].p50_hi);
		json_array_append_new(array, one);
	}
	json_object_set_new(object, "speeds", array);
}
