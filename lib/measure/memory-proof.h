/* SPDX-License-Identifier: MIT */
/*
 * measure/memory-proof - proves that a worker's memory lies where --memory has asked for it.
 *
 * memory_proof_add() asks move_pages(2) after pages spread over the memory, which
 * the caller has written to, and adds to two proofs of the round, which may be
 * given several pieces of memory:
 *
 *	pages_on_node	pages asked after, and those that lie on one of the nodes
 *	nodes_used	with several nodes, for each piece: how many of them it must
 *			touch, and how many it does
 *
 * nodes is a list of numbers as "1" or "0,2"; NULL: nothing was asked for, and
 * nothing is proved.  Behind the window only: it makes a system call a page.
 * Any thread; keeps nothing.
 */
#ifndef HANDOFF_MEMORY_PROOF_H
#define HANDOFF_MEMORY_PROOF_H

#include <stddef.h>

struct round;

void memory_proof_add(struct round *round, const char *nodes, const void *memory, size_t bytes);

#endif
