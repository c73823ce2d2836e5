/* SPDX-License-Identifier: MIT */
#include "measure/memory-proof.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "kernel/raw-syscall.h"
#include "measure/round.h"

#define PAGE_BYTES 4096u
/* Of memory so large, the kernel may make one page. */
#define HUGE_BYTES ((size_t)2 << 20)
#define LOOKS_LEAST 64
/* Enough not to miss one of the nodes by chance. */
#define LOOKS_PER_NODE 16
#define NODES_MOST 1024

struct look {
	unsigned char is_wanted[NODES_MOST], is_used[NODES_MOST];
	size_t wanted, used, asked, there;
};

static void read_nodes(const char *text, struct look *look)
{
	for (;;) {
		char *end;
		unsigned long node = strtoul(text, &end, 10);

		if (end == text || node >= NODES_MOST)
			return;
		look->wanted += !look->is_wanted[node];
		look->is_wanted[node] = true;
		if (*end != ',')
			return;
		text = end + 1;
	}
}

/* move_pages(2) with no target nodes asks where a page is. */
static void look_at(const void *page, struct look *look)
{
	int node = -1;

	look->asked++;
	if (raw_syscall(SYS_move_pages, 0, 1, (long)&page, 0, (long)&node, 0) || node < 0 ||
	    node >= NODES_MOST || !look->is_wanted[node])
		return;
	look->there++;
	look->used += !look->is_used[node];
	look->is_used[node] = true;
}

/*
 * All pages, or one of each stretch: not its first, as nodes that take turns would
 * then be seen in step.
 */
static void look_around(const char *memory, size_t pages, struct look *look)
{
	size_t looks = LOOKS_PER_NODE * look->wanted;

	looks = looks < LOOKS_LEAST ? LOOKS_LEAST : looks;
	looks = looks < pages ? looks : pages;
	for (size_t i = 0; i < looks; i++) {
		size_t first = i * pages / looks, next = (i + 1) * pages / looks;
		uint64_t scattered = (i + 1) * 0x9e3779b97f4a7c15u >> 32;

		look_at(memory + (first + scattered % (next - first)) * PAGE_BYTES, look);
	}
}

/* Pages take turns, huge ones as a whole. */
static size_t nodes_to_use(size_t bytes, size_t pages, size_t nodes)
{
	size_t units = bytes < HUGE_BYTES ? pages : bytes / HUGE_BYTES;

	return units < nodes ? units : nodes;
}

void memory_proof_add(struct round *round, const char *nodes, const void *memory, size_t bytes)
{
	uintptr_t begin = (uintptr_t)memory & ~(uintptr_t)(PAGE_BYTES - 1);
	size_t pages = ((uintptr_t)memory + bytes - begin + PAGE_BYTES - 1) / PAGE_BYTES;
	struct look look = { .wanted = 0 };
	size_t least;

	if (!nodes || !bytes)
		return;
	read_nodes(nodes, &look);
	look_around((const char *)begin, pages, &look);
	round_add_to_proof(round, "pages_on_node", PROOF_EQUAL, (double)look.asked,
			   (double)look.there);
	least = nodes_to_use(bytes, pages, look.wanted);
	if (look.wanted > 1)
		round_add_to_proof(round, "nodes_used", PROOF_EQUAL, (double)least,
				   (double)(look.used < least ? look.used : least));
}
