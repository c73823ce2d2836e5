/* SPDX-License-Identifier: MIT */
/* spawner/clone3-probe - finds out whether clone3(2) may be called here at all. */
#ifndef HANDOFF_CLONE3_PROBE_H
#define HANDOFF_CLONE3_PROBE_H

#include <errno.h>
#include <sys/syscall.h>

#include "kernel/errno-reason.h"
#include "kernel/raw-syscall.h"

/* 0, or -errno and a reason.  Without arguments it does nothing, but says that it is there. */
static inline int clone3_probe(const char **ret_reason)
{
	int error = (int)raw_syscall(SYS_clone3, 0, 0, 0, 0, 0, 0);

	if (error == -EINVAL)
		return 0;
	*ret_reason = errno_filter_is_possible("")
		? "clone3 is refused: Linux before 5.3, or a seccomp filter"
		: "clone3 is not there: Linux before 5.3";
	return error;
}

#endif
