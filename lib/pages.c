/* SPDX-License-Identifier: MIT */
#include "pages.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include "raw-syscall.h"

#define PAGE_BYTES 4096u
#define LOOKS_MOST 64

void *pages_take(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void pages_give(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}

/* move_pages(2) with no target nodes asks where pages are. */
size_t pages_on_node(const void *memory, size_t bytes, int node, size_t *ret_there)
{
	size_t pages = bytes / PAGE_BYTES, step = pages / LOOKS_MOST + 1, asked = 0;

	*ret_there = 0;
	for (size_t i = 0; i < pages; i += step, asked++) {
		const void *page = (const char *)memory + i * PAGE_BYTES;
		int found = -1;

		if (!raw_syscall(SYS_move_pages, 0, 1, (long)&page, 0, (long)&found, 0))
			*ret_there += found == node;
	}
	return asked;
}
