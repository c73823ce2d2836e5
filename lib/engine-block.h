/* SPDX-License-Identifier: MIT */
/*
 * engine-block - the one request that blocks, as several engines make it.
 *
 * For hot loops.  Bytes that were moved, or -errno; only EINTR is tried again.
 */
#ifndef HANDOFF_ENGINE_BLOCK_H
#define HANDOFF_ENGINE_BLOCK_H

#include <unistd.h>

#include "engine-lane.h"

static inline long engine_block_io(const struct engine_config *config,
				   const struct engine_lane *lane)
{
	ssize_t moved;

	do
		moved = config->operation == ENGINE_WRITE
			? pwrite(config->file, lane->buffer, config->block_bytes, (off_t)lane->offset)
			: pread(config->file, lane->buffer, config->block_bytes, (off_t)lane->offset);
	while (moved == -1 && errno == EINTR);
	return moved == -1 ? -errno : moved;
}

#endif
