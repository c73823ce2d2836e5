/* SPDX-License-Identifier: MIT */
#include "spawner/round/ballast.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel/process-facts.h"
#include "kernel/raw-syscall.h"

#define PAGE_BYTES 4096u
#define IDLE_STACK_BYTES (64u << 10)

static int skip(struct round *round, int error, const char *step, const char *reason)
{
	round_fail(round, ROUND_SKIPPED, error, step, reason);
	return error;
}

/*
 * One written page each: every second page gets other rights, so that no two
 * neighbours can be one mapping.
 */
static int build_mappings(struct spawn_ballast *ballast, const struct spawn_job *job,
			  struct round *round)
{
	void *map;

	if (!job->vmas)
		return 0;
	ballast->mappings_bytes = job->vmas * PAGE_BYTES;
	map = mmap(NULL, ballast->mappings_bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return skip(round, -errno, "mappings", "the memory could not be mapped");
	ballast->mappings = map;
	madvise(map, ballast->mappings_bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < job->vmas; i++)
		ballast->mappings[i * PAGE_BYTES] = 1;
	for (size_t i = 1; i < job->vmas; i += 2)
		if (mprotect(ballast->mappings + i * PAGE_BYTES, PAGE_BYTES, PROT_READ))
			return skip(round, -errno, "mappings",
				    "vm.max_map_count does not allow so many mappings");
	return 0;
}

static int build_fds(struct spawn_ballast *ballast, const struct spawn_job *job,
		     struct round *round)
{
	char reason[160];

	if (!job->fds)
		return 0;
	ballast->fds = calloc(job->fds, sizeof(*ballast->fds));
	if (!ballast->fds)
		return skip(round, -ENOMEM, "descriptors", "no memory for so many descriptors");
	for (size_t i = 0; i < job->fds; i++) {
		int fd = i ? fcntl(ballast->fds[0], F_DUPFD_CLOEXEC, 0)
			   : open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (fd == -1) {
			snprintf(reason, sizeof(reason),
				 "RLIMIT_NOFILE allows only %zu descriptors more", i);
			return skip(round, -errno, "descriptors", reason);
		}
		ballast->fds[i] = fd;
		ballast->fd_count = i + 1;
	}
	return 0;
}

static void *idle_main(void *argument)
{
	uint32_t *end = argument;

	while (!__atomic_load_n(end, __ATOMIC_ACQUIRE))
		raw_syscall(SYS_futex, (long)end, FUTEX_WAIT, 0, 0, 0, 0);
	return NULL;
}

static int create_idle(struct spawn_ballast *ballast, size_t count)
{
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);

	if (error)
		return -error;
	error = pthread_attr_setstacksize(&attributes, IDLE_STACK_BYTES);
	for (size_t i = 0; i < count && !error; i++) {
		error = pthread_create(&ballast->threads[i], &attributes, idle_main,
				       &ballast->threads_end);
		if (!error)
			ballast->thread_count = i + 1;
	}
	pthread_attr_destroy(&attributes);
	return -error;
}

static int build_threads(struct spawn_ballast *ballast, const struct spawn_job *job,
			 struct round *round)
{
	char reason[160];
	int error;

	if (!job->threads)
		return 0;
	ballast->threads = calloc(job->threads, sizeof(*ballast->threads));
	if (!ballast->threads)
		return skip(round, -ENOMEM, "threads", "no memory for so many threads");
	error = create_idle(ballast, job->threads);
	if (!error)
		return 0;
	process_limit_reason(reason, sizeof(reason), ballast->thread_count);
	return skip(round, error, "threads", reason);
}

int spawn_ballast_build(struct spawn_ballast *ballast, const struct spawn_job *job,
			struct round *round)
{
	int error = job->prepared ? spawn_resident_inherit(&ballast->resident, job, round)
				  : spawn_resident_build(&ballast->resident, job, round);

	if (!error)
		error = build_mappings(ballast, job, round);
	if (!error)
		error = build_threads(ballast, job, round);
	/* Last: with no descriptor to spare nothing else could be opened. */
	if (!error)
		error = build_fds(ballast, job, round);
	return error;
}

static void end_threads(struct spawn_ballast *ballast)
{
	__atomic_store_n(&ballast->threads_end, 1, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&ballast->threads_end, FUTEX_WAKE, 1 << 30, 0, 0, 0);
	for (size_t i = 0; i < ballast->thread_count; i++)
		pthread_join(ballast->threads[i], NULL);
	free(ballast->threads);
}

void spawn_ballast_drop(struct spawn_ballast *ballast)
{
	for (size_t i = 0; i < ballast->fd_count; i++)
		close(ballast->fds[i]);
	free(ballast->fds);
	if (ballast->thread_count || ballast->threads)
		end_threads(ballast);
	if (ballast->mappings)
		munmap(ballast->mappings, ballast->mappings_bytes);
	spawn_resident_drop(&ballast->resident);
	memset(ballast, 0, sizeof(*ballast));
}
