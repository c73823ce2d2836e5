/* SPDX-License-Identifier: MIT */
/*
 * results/figure-order - whether a result's least, median, mean and greatest can be in their order,
 * and what does nothing below it.
 *
 * Pure.  One that is above another that it cannot be above is a contradiction: it is told in a
 * sentence with both figures, and the result is not verified.
 */
#ifndef HANDOFF_FIGURE_ORDER_H
#define HANDOFF_FIGURE_ORDER_H

#include <stdbool.h>

#include "results/record.h"

/*
 * min <= p50, mean <= max, by more than overheads explain; p50 <= mean unless the distribution
 * has such a mean.  False: ret_reason (RESULT_REASON_BYTES) says which two.
 */
bool figures_are_in_order(const struct result *result, char *ret_reason);

/*
 * Whether it costs no less than a mechanism of the same circumstances that does nothing
 * (MECHANISM_FLOOR), by their intervals: without one of them nothing is said.  Likewise.
 */
bool figures_are_above(const struct result *result, const struct result *floor, char *ret_reason);

#endif
