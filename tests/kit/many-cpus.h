/* SPDX-License-Identifier: MIT */
/*
 * many-cpus - a kernel on which more CPUs are possible than cpu_set_t holds, played
 * by a seccomp filter: sched_getaffinity(2) refuses smaller sets as such a kernel does.
 */
#ifndef HANDOFF_TESTS_MANY_CPUS_H
#define HANDOFF_TESTS_MANY_CPUS_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What distributions build for, the most that Linux can be built for, and more. */
static const unsigned int many_cpus[] = { 1024, 1025, 4096, 8192, 65536 };
#define MANY_CPUS_COUNT (int)(sizeof(many_cpus) / sizeof(many_cpus[0]))

/* For the rest of this process; false where filters cannot be had. */
static inline bool many_cpus_pretend(unsigned int possible)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_getaffinity, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (possible + 7) / 8, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#endif
