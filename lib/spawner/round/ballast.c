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
#include "measure/memory-proof.h"

#define PAGE_BYTES 4096u
#define HUGE_PAGE_BYTES (2u << 20)
#define IDLE_STACK_BYTES (64u << 10)
/* Of the memory that the kernel calls available, what a run may take. */
#define MEMORY_SHARE 0.8

static int skip(struct round *round, int error, const char *step, const char *reason)
{
	round_fail(round, ROUND_SKIPPED, error, step, reason);
	return error;
}

static int memory_must_fit(const struct spawn_job *job, struct round *round)
{
	double available_kib = process_meminfo_kib("MemAvailable");
	double wanted_kib = (double)job->rss / 1024 * (double)job->parallel;
	char reason[160];

	if (available_kib < 0 || wanted_kib <= available_kib * MEMORY_SHARE)
		return 0;
	snprintf(reason, sizeof(reason),
		 "--rss asks for %.0f MiB and %.0f MiB of memory are available here",
		 wanted_kib / 1024, available_kib / 1024);
	return skip(round, -ENOMEM, "resident memory", reason);
}

static int mapping_flags(const char *backing)
{
	if (!strcmp(backing, "shmem"))
		return MAP_SHARED | MAP_ANONYMOUS;
	if (!strcmp(backing, "hugetlb"))
		return MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
	return MAP_PRIVATE | MAP_ANONYMOUS;
}

/* Advice comes before the first touch: it decides what the touch allocates. */
static int advise(struct spawn_ballast *ballast, const char *backing)
{
	int advice = MADV_NOHUGEPAGE;

	if (!strcmp(backing, "hugetlb"))
		return 0;
	if (!strcmp(backing, "thp"))
		advice = MADV_HUGEPAGE;
	/* A kernel without transparent huge pages refuses both: then 4K it is. */
	if (madvise(ballast->memory, ballast->rss_bytes, advice) &&
	    (errno != EINVAL || advice == MADV_HUGEPAGE))
		return -errno;
	if (!strcmp(backing, "dontfork") &&
	    madvise(ballast->memory, ballast->rss_bytes, MADV_DONTFORK))
		return -errno;
	return 0;
}

static void write_pages(char *memory, size_t bytes)
{
	for (size_t offset = 0; offset < bytes; offset += PAGE_BYTES)
		memory[offset] = 1;
}

static int map_memory(struct spawn_ballast *ballast, const struct spawn_job *job)
{
	void *map;

	/* Whole huge pages, aligned: the mapping has one to spare. */
	ballast->rss_bytes = job->rss;
	if (!strcmp(job->backing, "thp") || !strcmp(job->backing, "hugetlb"))
		ballast->rss_bytes = (job->rss + HUGE_PAGE_BYTES - 1) & ~(size_t)(HUGE_PAGE_BYTES - 1);
	ballast->memory_bytes = ballast->rss_bytes;
	if (!strcmp(job->backing, "thp"))
		ballast->memory_bytes += HUGE_PAGE_BYTES;
	map = mmap(NULL, ballast->memory_bytes, PROT_READ | PROT_WRITE,
		   mapping_flags(job->backing), -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	ballast->memory = map;
	return 0;
}

/* The aligned part of a mapping that has a huge page to spare. */
static void align_memory(struct spawn_ballast *ballast)
{
	uintptr_t from = (uintptr_t)ballast->memory;
	uintptr_t aligned = (from + HUGE_PAGE_BYTES - 1) & ~(uintptr_t)(HUGE_PAGE_BYTES - 1);

	if (aligned > from)
		munmap(ballast->memory, aligned - from);
	ballast->memory = (char *)aligned;
	ballast->memory_bytes -= aligned - from;
}

static int build_memory(struct spawn_ballast *ballast, const struct spawn_job *job,
			struct round *round)
{
	int error;

	if (!job->rss)
		return 0;
	error = memory_must_fit(job, round);
	if (error)
		return error;
	error = map_memory(ballast, job);
	if (error == -ENOMEM && !strcmp(job->backing, "hugetlb"))
		return skip(round, error, "resident memory",
			    "no huge pages are reserved here: set vm.nr_hugepages");
	if (error)
		return skip(round, error, "resident memory", "the memory could not be mapped");
	if (!strcmp(job->backing, "thp"))
		align_memory(ballast);
	error = advise(ballast, job->backing);
	if (error)
		return skip(round, error, "resident memory", "this kernel refuses that --backing");
	write_pages(ballast->memory, ballast->rss_bytes);
	return 0;
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
	write_pages(ballast->mappings, ballast->mappings_bytes);
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
	int error = build_memory(ballast, job, round);

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
	if (ballast->memory)
		munmap(ballast->memory, ballast->memory_bytes);
	memset(ballast, 0, sizeof(*ballast));
}

void spawn_ballast_prove(const struct spawn_ballast *ballast, const struct spawn_job *job,
			 struct round *round)
{
	double wanted_kib = (double)ballast->rss_bytes / 1024;

	if (!ballast->rss_bytes)
		return;
	if (!strcmp(job->backing, "thp"))
		round_add_proof(round, "huge_kib", PROOF_MOSTLY, wanted_kib,
				process_smaps_kib("AnonHugePages"));
	else if (!strcmp(job->backing, "hugetlb"))
		round_add_proof(round, "huge_kib", PROOF_AT_LEAST, wanted_kib,
				process_smaps_kib("Private_Hugetlb"));
	else
		round_add_proof(round, "resident_kib", PROOF_AT_LEAST, wanted_kib,
				process_smaps_kib("Rss"));
	memory_proof_add(round, job->memory_nodes, ballast->memory, ballast->rss_bytes);
}
