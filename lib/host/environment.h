/* SPDX-License-Identifier: MIT */
/*
 * host/environment - what kind of machine, kernel and account this is: the facts
 * that a reader needs to judge a figure, and that do not change during a run.
 *
 * Read without privileges from files below root ("" for the machine itself,
 * see kernel/sysfile.h).  Only libc, compiler and, where the kernel does not tell,
 * arch describe the running program whatever root is.  Names of the machine
 * itself are asked of uname(2) where /proc is not there.
 * A fact that is missing or cannot be read is "" or negative, never an error;
 * a record omits it.  Texts are printable ASCII ('?' for anything else).
 *
 * Ownership: no pointers inside; copy it freely.  About 8 KiB.
 * Threads: no state; any number may call.
 */
#ifndef HANDOFF_ENVIRONMENT_H
#define HANDOFF_ENVIRONMENT_H

#include <stddef.h>

struct environment {
	char hostname[256];
	char kernel_release[128];
	char kernel_version[256];
	char arch[32];			/* "x86_64", as uname -m */
	char cpu_model[256];
	int cpus;			/* online */
	int nodes;			/* online, also those without CPUs */
	int smt;			/* 1 several threads a core, 0 one */
	char hypervisor[256];		/* "" when none shows itself */
	char container[64];		/* "docker", "podman"...; "" none */
	char mitigations[1024];		/* "spectre_v2=Retpolines, ..." */
	char governor[64];		/* "performance"; "a,b" if mixed */
	char frequency_driver[64];
	int turbo;			/* 1 the clock may boost, 0 not */
	char thp[32];			/* "always", "madvise" or "never" */
	char clocksource[64];
	char cgroup_cpu_limit[32];	/* "max" or "2.00 cpus" */
	double cgroup_cpus;		/* the same as a number; < 0 none */
	char libc[64];			/* "glibc 2.36", "musl" or "unknown libc" */
	char compiler[128];		/* that built this library */
	char cmdline[4096];		/* of the kernel */
	int hz;				/* timer ticks a second */
	char preempt[64];		/* "PREEMPT_DYNAMIC (full)" */
	int aslr;			/* kernel.randomize_va_space: 0, 1, 2 */
	char microcode[64];
};

/*
 * Fills *ret.  0, or -EINVAL for a null argument, or what stat of root gives
 * if root is no directory; *ret then holds missing facts only.
 */
int environment_read(const char *root, struct environment *ret);

/* Two of the facts by themselves; ret is "" where there is nothing to tell. */
void environment_hypervisor(const char *root, char *ret, size_t size);
void environment_container(const char *root, char *ret, size_t size);

#endif
