/* SPDX-License-Identifier: MIT */
/*
 * kernel/process-facts - what the kernel says of this process and of its limits.
 *
 * For the worker, before and after its measured window; never inside (these
 * files cost 10 to 1000 us).  Amounts are in KiB; a fact that cannot be read
 * is -1.  Nothing is kept open.
 */
#ifndef HANDOFF_PROCESS_FACTS_H
#define HANDOFF_PROCESS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

double process_meminfo_kib(const char *key);            /* /proc/meminfo */
double process_smaps_kib(const char *key);              /* /proc/self/smaps_rollup */
double process_child_smaps_kib(pid_t pid, const char *key);
double process_status(pid_t pid, const char *key);      /* /proc/PID/status; pid 0: self */

/* Neither gone nor a zombie; where /proc shows another PID namespace, not gone. */
bool process_is_alive(pid_t pid);

/* Tasks that the kernel made since boot, of the whole machine. */
double process_forks_since_boot(void);

/* Times that this thread was moved to another CPU. */
double process_migrations(void);

/* Inode of this process's user namespace; 0: unknown. */
uint64_t process_user_namespace(void);

/* Tasks that may live at once, at most: the lowest of the limits that can be read. */
double process_tasks_allowed(void);

/* "only 50 tasks could live at once: raise what binds of RLIMIT_NPROC 50, ..."; tasks 0: none */
void process_limit_reason(char *ret, size_t size, uint64_t tasks);

#endif
