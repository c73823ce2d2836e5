/* SPDX-License-Identifier: MIT */
#include "kernel/errno-reason.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/resource.h>

#include "kernel/limit-remedy.h"
#include "kernel/sysfile.h"

#define NO_DESCRIPTOR "RLIMIT_NOFILE allows no further descriptor: "

bool errno_filter_is_possible(const char *root)
{
	int64_t mode;

	return sysfile_read_keyed_integer(root, "/proc/self/status", "Seccomp", &mode) ||
	       mode == SECCOMP_MODE_FILTER;
}

static const char *denied(bool has_filter)
{
	return has_filter ? "a system call that it makes is denied to this account, by rights, a "
			    "seccomp filter or a security module"
			  : "a system call that it makes is denied to this account, by rights or a "
			    "security module";
}

static const char *missing(bool has_filter)
{
	return has_filter ? "a system call that it makes is not in this kernel, or a seccomp filter "
			    "hides it"
			  : "a system call that it makes is not in this kernel";
}

const char *errno_reason_among(int error, const struct errno_suspects *suspects)
{
	switch (error < 0 ? -error : error) {
	case EPERM:
	case EACCES:
		return denied(suspects->has_filter);
	case ENOSYS:
		return missing(suspects->has_filter);
	case EMFILE:
		return suspects->may_raise_descriptors
			? NO_DESCRIPTOR "raise ulimit -n"
			: NO_DESCRIPTOR "root may raise the hard limit (ulimit -Hn)";
	case ENFILE:
		return "the machine allows no further open file: its root may raise sysctl "
		       "fs.file-max";
	case ENOMEM:
		return "no more memory: RLIMIT_AS (ulimit -v), the memory limit of the control "
		       "group, or the machine's";
	case EFBIG:
		return "no file may grow so large: raise ulimit -f";
	case ENOSPC:
		return "no more space where it is kept, or of its kind";
	default:
		return NULL;
	}
}

const char *errno_reason(int error)
{
	const struct errno_suspects suspects = {
		.has_filter = errno_filter_is_possible(""),
		.may_raise_descriptors = limit_may_be_raised(RLIMIT_NOFILE),
	};

	return errno_reason_among(error, &suspects);
}
