/* SPDX-License-Identifier: MIT */
#include "render/column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct field absent(void)
{
	return (struct field){ .type = FIELD_ABSENT };
}

static struct field text(const char *value)
{
	return value && *value ? (struct field){ .type = FIELD_TEXT, .text = value } : absent();
}

static struct field number(enum field_type type, double value)
{
	return isfinite(value) ? (struct field){ .type = type, .number = value } : absent();
}

#define GET(name) \
	static struct field get_##name(const struct column *column, const struct result *result)
#define GET_TIME(name, expression) \
	GET(name) { (void)column; return number(FIELD_TIME, result->expression); }
#define GET_COUNT(name, expression) \
	GET(name) { (void)column; return number(FIELD_COUNT, (double)(result->expression)); }
#define GET_NUMBER(name, expression) \
	GET(name) { (void)column; return number(FIELD_NUMBER, result->expression); }
#define GET_TEXT(name, expression) \
	GET(name) { (void)column; return text(expression); }

GET_TEXT(mechanism, result->cell->mechanism->name)
GET_TEXT(placement, result->cell->seat.name)
GET_TEXT(memory, result->cell->memory_word)
GET_TEXT(sched, result->cell->sched_word)
GET_TEXT(connect, result->cell->connect_word)
GET_TEXT(metric, result->metric->name)
GET_TEXT(baseline, result->baseline)
GET_TEXT(no_interval, result->no_interval)
GET_TEXT(reason, result->reason)
GET_COUNT(n, n)
GET_COUNT(rounds, rounds)
GET_COUNT(rounds_invalid, rounds_invalid)
GET_COUNT(rounds_lost, rounds_lost)
GET_NUMBER(rounds_hit, lost.rounds_hit)
GET_TIME(lost, lost.rounds_hit > 0 ? result->lost.lost_ns : NAN)
GET_TIME(stopped, lost.rounds_hit > 0 ? result->lost.stopped_ns : NAN)
GET_TIME(run_delay, lost.counted_run_delay_ns)
GET_TIME(off_cpu, lost.counted_off_cpu_ns)
GET_TIME(steal, lost.counted_steal_ns)
GET_NUMBER(involuntary, lost.counted_involuntary)
GET_TIME(mean_hit, lost.mean_hit)
GET_TIME(max_hit, lost.max_hit)
GET_TIME(mean_clean, lost.mean_clean)
GET_TIME(max_clean, lost.max_clean)
GET_TIME(p50_clean, lost.p50_clean)
GET_TIME(min, min)
GET_TIME(p50, p50)
GET_TIME(p50_lo, p50_lo)
GET_TIME(p50_hi, p50_hi)
GET_TIME(p90, p90)
GET_TIME(p99, p99)
GET_TIME(p999, p999)
GET_TIME(max, max)
GET_TIME(mean, mean)
GET_TIME(overhead, overhead)
GET_TIME(cold, cold)
GET_NUMBER(n_eff, n_eff)
GET_NUMBER(rho, rho)
GET_NUMBER(rounds_needed, rounds_needed)
GET_NUMBER(ratio, ratio)
GET_NUMBER(ratio_lo, ratio_lo)
GET_NUMBER(ratio_hi, ratio_hi)
GET_TIME(fit_ns, fit_ns)
GET_TIME(fit_ns_per_page, fit_ns_per_page)
GET_TIME(fit_ns_per_page_lo, fit_ns_per_page_lo)
GET_TIME(fit_ns_per_page_hi, fit_ns_per_page_hi)
GET_TIME(reference, reference_ns)
GET_TIME(mode_low, modes[0])
GET_TIME(mode_high, modes[1])
GET_NUMBER(mode_low_share, mode_shares[0])

GET(peer)
{
	(void)column;
	/* Only where there are two sides. */
	return text(result->cell->peer);
}

GET(unit)
{
	(void)column, (void)result;
	return text("ns");
}

GET(mode)
{
	(void)column;
	return text(result->metric->is_batch ? "batch" : "per-op");
}

GET(verified)
{
	(void)column;
	return (struct field){ .type = FIELD_BOOL, .number = result->is_verified };
}

GET(target_met)
{
	(void)column;
	if (result->is_yardstick)
		return absent();
	return (struct field){ .type = FIELD_BOOL, .number = result->is_target_met };
}

static struct field get_parameter(const struct column *column, const struct result *result)
{
	const struct value *value = &result->cell->values[column->index];
	const struct tool *tool = column->tool;
	enum parameter_type type = tool->parameters[column->index].type;

	if (!value->applies)
		return absent();
	if (type == PARAMETER_WORD)
		return text(value->word);
	return number(type == PARAMETER_SIZE ? FIELD_SIZE : FIELD_COUNT, (double)value->number);
}

static struct field get_figure(const struct column *column, const struct result *result)
{
	for (size_t i = 0; i < result->figure_count; i++)
		if (!strcmp(result->figures[i].name, column->name))
			return number(FIELD_NUMBER, result->figures[i].value);
	return absent();
}

static const struct column identity_columns[] = {
	{ .name = "mechanism", .is_of_cell = true, .get = get_mechanism },
	{ .name = "peer", .is_of_cell = true, .get = get_peer },
	{ .name = "placement", .is_of_cell = true, .get = get_placement },
	{ .name = "memory", .is_of_cell = true, .get = get_memory },
	{ .name = "sched", .is_of_cell = true, .get = get_sched },
	{ .name = "connect", .is_of_cell = true, .get = get_connect },
};

static const struct column measured_columns[] = {
	{ .name = "metric", .get = get_metric },
	{ .name = "unit", .get = get_unit },
	{ .name = "mode", .get = get_mode },
	{ .name = "n", .get = get_n },
	{ .name = "rounds", .get = get_rounds },
	{ .name = "rounds_invalid", .get = get_rounds_invalid },
	{ .name = "rounds_lost", .get = get_rounds_lost },
	{ .name = "rounds_hit", .get = get_rounds_hit },
	{ .name = "min", .get = get_min },
	{ .name = "p50", .get = get_p50 },
	{ .name = "p50_lo", .get = get_p50_lo },
	{ .name = "p50_hi", .get = get_p50_hi },
	{ .name = "p90", .get = get_p90 },
	{ .name = "p99", .get = get_p99 },
	{ .name = "p999", .get = get_p999 },
	{ .name = "max", .get = get_max },
	{ .name = "mean", .get = get_mean },
	{ .name = "mean_hit", .get = get_mean_hit },
	{ .name = "mean_clean", .get = get_mean_clean },
	{ .name = "p50_clean", .get = get_p50_clean },
	{ .name = "max_hit", .get = get_max_hit },
	{ .name = "max_clean", .get = get_max_clean },
	{ .name = "lost_ns", .get = get_lost },
	{ .name = "stopped_ns", .get = get_stopped },
	{ .name = "run_delay_ns", .get = get_run_delay },
	{ .name = "off_cpu_ns", .get = get_off_cpu },
	{ .name = "steal_ns", .get = get_steal },
	{ .name = "involuntary_switches", .get = get_involuntary },
	{ .name = "overhead_ns", .get = get_overhead },
	{ .name = "cold_ns", .get = get_cold },
	{ .name = "n_eff", .get = get_n_eff },
	{ .name = "rho", .get = get_rho },
	{ .name = "target_met", .get = get_target_met },
	{ .name = "rounds_needed", .get = get_rounds_needed },
	{ .name = "no_interval", .get = get_no_interval },
	{ .name = "verified", .get = get_verified },
	{ .name = COLUMN_REASON, .get = get_reason },
	{ .name = "baseline", .get = get_baseline },
	{ .name = "ratio", .get = get_ratio },
	{ .name = "ratio_lo", .get = get_ratio_lo },
	{ .name = "ratio_hi", .get = get_ratio_hi },
	{ .name = "fit_ns", .get = get_fit_ns },
	{ .name = "fit_ns_per_page", .get = get_fit_ns_per_page },
	{ .name = "fit_ns_per_page_lo", .get = get_fit_ns_per_page_lo },
	{ .name = "fit_ns_per_page_hi", .get = get_fit_ns_per_page_hi },
	{ .name = "mode_low_ns", .get = get_mode_low },
	{ .name = "mode_high_ns", .get = get_mode_high },
	{ .name = "mode_low_share", .get = get_mode_low_share },
	{ .name = "reference_ns", .get = get_reference },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct column *columns_make(const struct tool *tool, size_t *ret_count)
{
	size_t count = COUNT(identity_columns) + COUNT(measured_columns), at = 0;
	struct column *columns;

	for (size_t i = 0; tool->parameters[i].name; i++)
		count++;
	for (size_t i = 0; tool->figures[i].name; i++)
		count++;
	columns = calloc(count, sizeof(*columns));
	if (!columns)
		return NULL;
	for (size_t i = 0; i < COUNT(identity_columns); i++)
		columns[at++] = identity_columns[i];
	for (size_t i = 0; tool->parameters[i].name; i++)
		columns[at++] = (struct column){ .name = plan_field(&tool->parameters[i]),
						 .get = get_parameter, .is_of_cell = true,
						 .index = i, .tool = tool };
	for (size_t i = 0; i < COUNT(measured_columns); i++)
		columns[at++] = measured_columns[i];
	for (size_t i = 0; tool->figures[i].name; i++)
		columns[at++] = (struct column){ .name = tool->figures[i].name, .get = get_figure,
						 .tool = tool };
	*ret_count = count;
	return columns;
}
