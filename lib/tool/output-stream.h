/* SPDX-License-Identifier: MIT */
/*
 * tool/output-stream - text into what is written to as it is: a pipe, a terminal, a device.
 *
 * It may take as long as the other side makes it wait.  A signal of ours that comes
 * while we wait ends that: -EINTR.  signal is what our handlers set; NULL: there are
 * none.
 */
#ifndef HANDOFF_TOOL_OUTPUT_STREAM_H
#define HANDOFF_TOOL_OUTPUT_STREAM_H

#include <signal.h>
#include <stddef.h>

#include "tool/output-place.h"

/*
 * A descriptor, the caller's to close, or -errno.  A FIFO without a reader is -ENXIO
 * after OUTPUT_READER_PATIENCE_MS: one that is started beside us needs a moment.
 * What is already an open file of somebody's is appended to.
 */
#define OUTPUT_READER_PATIENCE_MS 2000
int output_stream_open(const struct output_place *place, const volatile sig_atomic_t *signal);

/* All of it, or -errno; part of it may be out by then. */
int output_stream_write(int fd, const char *text, size_t bytes,
			const volatile sig_atomic_t *signal);

#endif
