/* SPDX-License-Identifier: MIT */
/*
 * kernel/pages - memory of whole pages straight from the kernel.
 *
 * What a worker needs before its window comes from here, not from malloc(): a
 * heap is a mapping, a page table and pages more that each of its forks would
 * copy (5 % of a fork), and free() gives none of it back.
 *
 * Zeroed; NULL: no memory.  The caller owns it and gives back as many bytes as
 * it took; NULL is taken, too.  Any thread.
 */
#ifndef HANDOFF_PAGES_H
#define HANDOFF_PAGES_H

#include <stddef.h>

void *pages_take(size_t bytes);
void pages_give(void *memory, size_t bytes);

#endif
