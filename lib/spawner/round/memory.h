/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/memory - measures the memory of tasks, and what they leave behind.
 *
 * After the measured window, with the ballast still aboard, adds figures:
 *   cow_faults_per_page, cow_ns_per_page      the parent rewrites some thousand
 *       pages of its resident memory while a child lives: each is copied
 *   refault_ns_per_page                       the same after the child is gone:
 *       the pages are still write-protected
 *   kib_per_task and where it comes from:
 *     stack_kib_per_task          resident stack of a thread (smaps_rollup
 *                                 Anonymous of the process, grown per task)
 *     private_kib_per_task        a process's own pages (smaps_rollup of the
 *                                 child, Private_Clean + Private_Dirty)
 *     page_table_kib_per_task     VmPTE of the child, or its growth
 *     kernel_stack_kib_per_task   growth of KernelStack in /proc/meminfo
 * What cannot be read, or fails here, is left out: the round has been measured.
 * Proofs of a copying mechanism over 4 KiB pages: copied_pages, the faults of
 * that rewriting, and page_tables_kib, those of a living child.
 */
#ifndef HANDOFF_SPAWN_MEMORY_H
#define HANDOFF_SPAWN_MEMORY_H

#include "spawner/round/ballast.h"
#include "spawner/round/loop.h"

/*
 * window is the loop of the measured window, its spawner closed again: this
 * opens its own, in the same state memory.
 */
void spawn_memory_figures(const struct spawn_loop *window, struct spawn_ballast *ballast,
			  const struct spawn_config *config);

#endif
