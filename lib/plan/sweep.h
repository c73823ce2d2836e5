/* SPDX-License-Identifier: MIT */
/* plan/sweep - the step of a plan that reads the tool's parameters: their lists, or their defaults. */
#ifndef HANDOFF_PLAN_SWEEP_H
#define HANDOFF_PLAN_SWEEP_H

#include "plan/maker.h"

int plan_parse_sweeps(struct maker *maker);

#endif
