/* SPDX-License-Identifier: MIT */
/*
 * host/page-cost - what a resident page costs here: to make, and to fork.
 *
 * A quick look, of some ten milliseconds, to tell beforehand how long large memory
 * will take.  Hosts differ tenfold, and one host by the hour: good for "about".
 */
#ifndef HANDOFF_PAGE_COST_H
#define HANDOFF_PAGE_COST_H

struct page_cost {
	double prepare_ns;         /* to make a private 4 KiB page resident */
	double fork_ns;            /* of it, in a fork, the child's end included */
	double available_bytes;    /* of memory, by the kernel's word; below 0: unknown */
};

/* 0 or -errno: no process, or no memory, for the look. */
int page_cost_look(struct page_cost *ret);

#endif
