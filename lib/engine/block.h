/* SPDX-License-Identifier: MIT */
/*
 * engine/block - makes one request that blocks.
 *
 * For hot loops.  Bytes that were moved (none by a sleep), or -errno; only EINTR is tried again.
 */
#ifndef HANDOFF_ENGINE_BLOCK_H
#define HANDOFF_ENGINE_BLOCK_H

#include <time.h>
#include <unistd.h>

#include "engine/lane.h"

/* Until a time, not for one: an interrupted wait goes on to the same end. */
static inline long engine_block_sleep(const struct engine_config *config)
{
	struct timespec end;
	int error;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)(config->wait_ns / 1000000000);
	end.tv_nsec += (long)(config->wait_ns % 1000000000);
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	do
		error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
	while (error == EINTR);
	return -error;
}

static inline long engine_block_io(const struct engine_config *config,
				   const struct engine_lane *lane)
{
	ssize_t moved;

	if (config->operation == ENGINE_SLEEP)
		return engine_block_sleep(config);
	do
		moved = config->operation == ENGINE_WRITE
			? pwrite(config->file, lane->buffer, config->block_bytes, (off_t)lane->offset)
			: pread(config->file, lane->buffer, config->block_bytes, (off_t)lane->offset);
	while (moved == -1 && errno == EINTR);
	return moved == -1 ? -errno : moved;
}

/* A call is a request, but for those that a signal interrupts. */
static inline double engine_block_calls(const struct engine_config *config)
{
	double calls = 0;

	for (uint32_t i = 0; i < config->depth; i++)
		calls += (double)config->lanes[i].begun;
	return calls;
}

#endif
