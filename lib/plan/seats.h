/* SPDX-License-Identifier: MIT */
/* plan/seats - the steps of a plan that ask the machine where tasks and memory go. */
#ifndef HANDOFF_PLAN_SEATS_H
#define HANDOFF_PLAN_SEATS_H

#include "plan/maker.h"

/* Placements or matrix, with why not. */
int plan_make_seats(struct maker *maker, const struct topology *topology);

/* Where memory is to lie for each seat. */
int plan_make_policies(struct maker *maker, const struct topology *topology);

#endif
