/* SPDX-License-Identifier: MIT */
/*
 * measure/core-speed - estimates cycles of the core per tick of the clock, from user space.
 *
 * A chain of dependent multiplications, three cycles each on every x86-64 core
 * of the last fifteen years (Agner Fog's tables); additions would not do, newer
 * cores fold them at rename.  Tells of turbo, throttling and a slower core, and
 * works in virtual machines.  0 where no such instruction is known.  About 10 us.
 */
#ifndef HANDOFF_CORE_SPEED_H
#define HANDOFF_CORE_SPEED_H

#include "kernel/clock.h"

double core_speed_per_tick(enum clock_source source);

#endif
