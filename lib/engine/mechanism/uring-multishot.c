/* SPDX-License-Identifier: MIT */
/* uring-multishot: a ring whose recv stays under way, with buffers of the ring's own. */
#include "engine/mechanism/list.h"
#include "engine/ring-server.h"

#define MULTISHOT(identifier, option, kind, text) \
	const struct engine engine_##identifier = { \
		.about = { option, text, ENGINE_RING | ENGINE_SERVES | ENGINE_NO_FILES }, \
		.server = &engine_ring_server_##kind, \
	}

MULTISHOT(uring_multishot, "uring-multishot", multishot,
	  "io_uring, a multishot recv into provided buffers; sends");
MULTISHOT(uring_defer_multishot, "uring-defer+multishot", defer_multishot,
	  "the same with SINGLE_ISSUER and DEFER_TASKRUN");
