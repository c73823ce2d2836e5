/* SPDX-License-Identifier: MIT */
#include "tool/selftest-judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "measure/calibrated.h"

#define SHARE 0.005            /* that a cost or a slope may be off */
#define TAIL_SHARE 0.01
#define MODE_SHARE 0.05        /* that the share of a mode may be off */
/* Less than this share of the rounds, and the serial correlation was seen. */
#define WORTH_MOST 0.6

__attribute__((format(printf, 2, 3)))
static void expect(struct selftest_verdict *verdict, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(verdict->expected, sizeof(verdict->expected), format, values);
	va_end(values);
}

__attribute__((format(printf, 2, 3)))
static void find(struct selftest_verdict *verdict, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(verdict->found, sizeof(verdict->found), format, values);
	va_end(values);
}

static bool is_near(double value, double target, double allowed)
{
	return fabs(value - target) <= allowed;
}

/*
 * Alone, an operation is exact to a look at either end; in a batch, to what the
 * loop around it takes, for a spin hides that in its own waiting.
 */
static double allowance(const struct selftest_facts *facts)
{
	if (facts->is_batch)
		return 2 * facts->spread_ns + facts->overhead_ns + SHARE * facts->set_ns;
	return fmax(2 * (facts->spread_ns + facts->look_ns), SHARE * facts->set_ns);
}

static const char *mode_of(const struct selftest_facts *facts)
{
	return facts->is_batch ? "in batches" : "each alone";
}

void selftest_judge_nothing(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	double least = facts->is_batch ? facts->tick_ns : facts->look_ns;
	double allowed = fmax(facts->spread_ns, least);

	expect(ret, "0 +- %.2f ns", allowed);
	find(ret, "%.2f ns, %s", facts->p50, mode_of(facts));
	ret->holds = is_near(facts->p50, 0, allowed);
}

void selftest_judge_spin(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	double allowed = allowance(facts);

	expect(ret, "%.0f +- %.2f ns", facts->set_ns, allowed);
	find(ret, "%.2f ns, %s", facts->p50, mode_of(facts));
	ret->holds = is_near(facts->p50, facts->set_ns, allowed);
}

void selftest_judge_steady(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	expect(ret, "no DRIFT, not BIMODAL");
	find(ret, "%s%s%s", facts->has_drift ? "DRIFT " : "", facts->has_modes ? "BIMODAL" : "",
	     facts->has_drift || facts->has_modes ? "" : "neither");
	ret->holds = !facts->has_drift && !facts->has_modes;
}

void selftest_judge_line(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	double allowed = allowance(facts);

	expect(ret, "slope 1 +- %.3f, 0 +- %.2f ns at 0", SHARE, allowed);
	find(ret, "slope %.4f, %.2f ns at 0", facts->slope, facts->intercept);
	ret->holds = is_near(facts->slope, 1, SHARE) && is_near(facts->intercept, 0, allowed);
}

void selftest_judge_spikes(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	double tail_ns = CALIBRATED_SPIKE_FACTOR * facts->set_ns, allowed = allowance(facts);
	double tail_allowed = fmax(allowed, TAIL_SHARE * tail_ns);

	expect(ret, "p50 %.0f +- %.0f, p99 %.0f +- %.0f ns", facts->set_ns, allowed, tail_ns,
	       tail_allowed);
	find(ret, "p50 %.1f, p99 %.1f ns", facts->p50, facts->p99);
	ret->holds = is_near(facts->p50, facts->set_ns, allowed) &&
		     is_near(facts->p99, tail_ns, tail_allowed);
}

void selftest_judge_two_modes(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	double high_ns = CALIBRATED_MODE_FACTOR * facts->set_ns, allowed = allowance(facts);

	expect(ret, "modes %.0f, %.0f ns (%.0f +- %.0f %%)", facts->set_ns, high_ns,
	       100 * CALIBRATED_MODE_SHARE, 100 * MODE_SHARE);
	if (facts->has_modes)
		find(ret, "modes %.0f, %.0f ns (%.0f %%)", facts->modes[0], facts->modes[1],
		     100 * facts->high_share);
	else
		find(ret, "one mode");
	ret->holds = facts->has_modes && is_near(facts->modes[0], facts->set_ns, allowed) &&
		     is_near(facts->modes[1], high_ns, CALIBRATED_MODE_FACTOR * allowed) &&
		     is_near(facts->high_share, CALIBRATED_MODE_SHARE, MODE_SHARE);
}

void selftest_judge_ramp(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	expect(ret, "DRIFT, +%.1f %% in every round", 100 * CALIBRATED_RAMP);
	find(ret, "%sDRIFT", facts->has_drift ? "" : "no ");
	ret->holds = facts->has_drift;
}

/* Worth fewer rounds than there were, and on no side narrower; or rather none at all. */
static bool is_widened(const struct selftest_facts *facts)
{
	if (!(facts->n_eff <= WORTH_MOST * (double)facts->rounds))
		return false;
	if (isnan(facts->p50_lo) && isnan(facts->p50_hi))
		return true;
	return facts->p50_lo <= facts->plain_lo && facts->p50_hi >= facts->plain_hi;
}

void selftest_judge_square_wave(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	bool is_wider = is_widened(facts);

	expect(ret, "SERIAL, worth <= %.0f of %zu rounds",
	       WORTH_MOST * (double)facts->rounds, facts->rounds);
	find(ret, "%sSERIAL, worth %.1f, %swider", facts->is_serial ? "" : "not ",
	     facts->n_eff, is_wider ? "" : "not ");
	ret->holds = facts->is_serial && is_wider;
}

void selftest_judge_sleep(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	double most = facts->set_ns + facts->slack_ns + SELFTEST_WAKE_NS;

	expect(ret, "%.0f to %.0f us", facts->set_ns / 1e3, most / 1e3);
	find(ret, "%.1f us", facts->p50 / 1e3);
	ret->holds = facts->p50 >= facts->set_ns && facts->p50 <= most;
}

void selftest_judge_count(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	expect(ret, "%.0f faults", facts->expected_count);
	find(ret, "%.0f faults", facts->observed_count);
	ret->holds = facts->expected_count > 0 && facts->observed_count == facts->expected_count;
}

/* What one look decides is no difference. */
static double ratio_allowance(const struct selftest_facts *facts)
{
	return fabs(facts->look_ns / facts->p50);
}

static void find_ratio(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	const struct interval *ratio = &facts->ratio;

	if (ratio->has_interval)
		find(ret, "%.4f, in %.4f to %.4f", ratio->mid, ratio->lo, ratio->hi);
	else
		find(ret, "%.4f, no interval", ratio->mid);
}

void selftest_judge_same(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	const struct interval *ratio = &facts->ratio;
	bool has_one = ratio->has_interval && ratio->lo <= 1 && ratio->hi >= 1;

	expect(ret, "ratio 1 in interval, or 1 +- %.4f", ratio_allowance(facts));
	find_ratio(facts, ret);
	ret->holds = has_one || is_near(ratio->mid, 1, ratio_allowance(facts));
}

void selftest_judge_more(const struct selftest_facts *facts, struct selftest_verdict *ret)
{
	const struct interval *ratio = &facts->ratio;
	double allowed = SHARE + ratio_allowance(facts);

	expect(ret, "ratio %.2f +- %.4f, interval > 1", CALIBRATED_MORE, allowed);
	find_ratio(facts, ret);
	ret->holds = ratio->has_interval && ratio->lo > 1 &&
		     is_near(ratio->mid, CALIBRATED_MORE, allowed);
}
