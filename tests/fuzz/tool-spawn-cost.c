/* SPDX-License-Identifier: MIT */
#include "tool-mains.h"

#define main spawn_cost_main
#include "../../tools/spawn-cost.c"
