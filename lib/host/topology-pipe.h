/* SPDX-License-Identifier: MIT */
/*
 * host/topology-pipe - a described machine that comes out of a pipe, as from <(lstopo ...).
 *
 * topology_pipe_copy() reads all of it into a file in memory, which can be read more
 * than once: its descriptor, the caller's to close, or -errno.  It waits for a writer,
 * and for its end, for so long and no longer: -ETIMEDOUT.  -ENODEV: path is neither
 * a FIFO nor a pipe; such a thing is not opened.  -EFBIG: more than any machine has.
 * -EINTR: signal, which may be NULL, is no longer 0.
 */
#ifndef HANDOFF_TOPOLOGY_PIPE_H
#define HANDOFF_TOPOLOGY_PIPE_H

#include <signal.h>

#define TOPOLOGY_PIPE_PATIENCE_S 10

int topology_pipe_copy(const char *path, const volatile sig_atomic_t *signal);

/* In words, where those of errno would mislead; NULL: they would not.  Static text. */
const char *topology_pipe_reason(int error);

#endif
