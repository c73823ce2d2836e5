/* SPDX-License-Identifier: MIT */
#include "host/page-cost.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/process-facts.h"
#include "kernel/process-tie.h"

#define PAGE_BYTES 4096u
#define LOOK_BYTES (32u << 20)
#define LOOK_PAGES (LOOK_BYTES / PAGE_BYTES)
/* The first fork does some work for the others, too. */
#define FORKS 3

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECHILD;
}

static bool look_at_forks(struct page_cost *ret)
{
	for (int i = 0; i < FORKS; i++) {
		uint64_t begin = clock_raw_ns();
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid == -1 || wait_for(pid))
			return false;
		ret->fork_ns = (double)(clock_raw_ns() - begin) / LOOK_PAGES;
	}
	return true;
}

/* In a process of its own, whose memory ends with it. */
static bool look(struct page_cost *ret)
{
	uint64_t begin = clock_raw_ns();
	char *memory = mmap(NULL, LOOK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);

	if (memory == MAP_FAILED)
		return false;
	/* Refused where there are no huge pages to be refused. */
	(void)madvise(memory, LOOK_BYTES, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < LOOK_PAGES; i++)
		memory[i * PAGE_BYTES] = 1;
	ret->prepare_ns = (double)(clock_raw_ns() - begin) / LOOK_PAGES;
	return look_at_forks(ret);
}

int page_cost_look(struct page_cost *ret)
{
	struct page_cost *shared = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid, parent = getpid();
	int error;

	if (shared == MAP_FAILED)
		return -errno;
	pid = fork();
	if (pid == 0)
		_exit(process_tie(parent) || !look(shared));
	error = pid == -1 ? -errno : wait_for(pid);
	*ret = *shared;
	ret->available_bytes = 1024 * process_meminfo_kib("MemAvailable");
	munmap(shared, PAGE_BYTES);
	return error;
}
