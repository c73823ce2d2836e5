/* SPDX-License-Identifier: MIT */
/*
 * kernel/probe - USDT probes at the edges of rounds and batches.
 *
 * For perf, bpftrace and systemtap; a no-op instruction each when nobody
 * listens, nothing at all where sys/sdt.h was not found.  Never per operation.
 */
#ifndef HANDOFF_PROBE_H
#define HANDOFF_PROBE_H

#ifdef HAVE_SYS_SDT_H
#include <sys/sdt.h>
#define PROBE_WINDOW_BEGIN(mechanism) DTRACE_PROBE1(handoff, window_begin, mechanism)
#define PROBE_WINDOW_END(mechanism, operations) \
	DTRACE_PROBE2(handoff, window_end, mechanism, operations)
#else
#define PROBE_WINDOW_BEGIN(mechanism) ((void)(mechanism))
#define PROBE_WINDOW_END(mechanism, operations) ((void)(mechanism), (void)(operations))
#endif

#endif
