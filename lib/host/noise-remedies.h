/* SPDX-License-Identifier: MIT */
/*
 * host/noise-remedies - what may be changed against a warning, here and by whom.
 *
 * Every remedy is an entry of one table, with the file that it writes and the condition
 * under which it helps.  Pure, but for noise_remedies_read().
 */
#ifndef HANDOFF_NOISE_REMEDIES_H
#define HANDOFF_NOISE_REMEDIES_H

#include <stdbool.h>
#include <stddef.h>

#include "host/noise.h"

/* Who may write each file that a remedy names, and the other conditions. */
void noise_remedies_read(const char *root, struct noise_snapshot *ret);

/*
 * Writes all remedies of a check that are possible, joined by "; ".  false, with ret
 * unchanged, where none is: the check's own words then hold.
 */
bool noise_remedies_offer(const char *check, const struct noise_case *c, char *ret, size_t size);

#endif
