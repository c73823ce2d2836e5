/* SPDX-License-Identifier: MIT */
#include "run/offline.h"

#include <stdint.h>
#include <stdio.h>

#include "kernel/sysfile.h"

/* Only CPUs that can be taken away have this file. */
static bool is_offline(int cpu)
{
	char path[64];
	int64_t is_online = 1;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return cpu >= 0 && !sysfile_read_integer("", path, &is_online) && !is_online;
}

void offline_blame(const struct seat *seat, struct round *round)
{
	for (int side = 0; side < 2; side++) {
		if (!is_offline(seat->cpus[side]))
			continue;
		round->status = ROUND_FAILED;
		round->series_count = 0;
		round->error = 0;
		snprintf(round->step, sizeof(round->step), "placement");
		snprintf(round->reason, sizeof(round->reason),
			 "CPU %d went offline in the middle of the run", seat->cpus[side]);
	}
}
