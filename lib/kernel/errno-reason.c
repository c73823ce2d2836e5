/* SPDX-License-Identifier: MIT */
#include "kernel/errno-reason.h"

#include <errno.h>
#include <stddef.h>

const char *errno_reason(int error)
{
	switch (error < 0 ? -error : error) {
	case EPERM:
	case EACCES:
		return "a system call that it makes is denied to this account, by rights, a seccomp "
		       "filter or a security module";
	case ENOSYS:
		return "a system call that it makes is not in this kernel, or a seccomp filter "
		       "hides it";
	case EMFILE:
		return "RLIMIT_NOFILE allows no further descriptor: raise ulimit -n";
	case ENFILE:
		return "the machine allows no further open file: raise sysctl fs.file-max";
	case ENOMEM:
		return "no more memory: RLIMIT_AS (ulimit -v), memory.max of the cgroup, or the "
		       "machine's";
	case EFBIG:
		return "no file may grow so large: raise ulimit -f";
	case ENOSPC:
		return "no more space where it is kept, or of its kind";
	default:
		return NULL;
	}
}
