/* SPDX-License-Identifier: MIT */
#include "spawner/round/resident.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/process-facts.h"
#include "measure/memory-proof.h"

#define PAGE_BYTES 4096u
#define HUGE_PAGE_BYTES (2u << 20)
/* Of the memory that the kernel calls available, what a run may take. */
#define MEMORY_SHARE 0.8

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

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
static int advise(struct spawn_resident *resident, const struct spawn_job *job)
{
	const char *backing = job->backing;
	int advice = MADV_NOHUGEPAGE;

	if (!strcmp(backing, "hugetlb"))
		return 0;
	if (!strcmp(backing, "thp"))
		advice = MADV_HUGEPAGE;
	/* A kernel without transparent huge pages refuses both: then 4K it is. */
	if (madvise(resident->memory, resident->bytes, advice) &&
	    (errno != EINVAL || advice == MADV_HUGEPAGE))
		return -errno;
	/* What is shared has to reach the windows' processes first. */
	if (!strcmp(backing, "dontfork") && !job->is_shared &&
	    madvise(resident->memory, resident->bytes, MADV_DONTFORK))
		return -errno;
	return 0;
}

/* The kernel does it faster than our stores; before Linux 5.14 it cannot. */
static void make_resident(char *memory, size_t bytes, int advice)
{
	volatile char *page = memory;

	if (!madvise(memory, bytes, advice))
		return;
	for (size_t offset = 0; offset < bytes; offset += PAGE_BYTES)
		if (advice == MADV_POPULATE_WRITE)
			page[offset] = 1;
		else
			(void)page[offset];
}

static int map_memory(struct spawn_resident *resident, const struct spawn_job *job)
{
	void *map;

	/* Whole huge pages, aligned: the mapping has one to spare. */
	resident->bytes = job->rss;
	if (!strcmp(job->backing, "thp") || !strcmp(job->backing, "hugetlb"))
		resident->bytes = (job->rss + HUGE_PAGE_BYTES - 1) & ~(size_t)(HUGE_PAGE_BYTES - 1);
	resident->mapped_bytes = resident->bytes;
	if (!strcmp(job->backing, "thp"))
		resident->mapped_bytes += HUGE_PAGE_BYTES;
	map = mmap(NULL, resident->mapped_bytes, PROT_READ | PROT_WRITE,
		   mapping_flags(job->backing), -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	resident->memory = map;
	return 0;
}

/* The aligned part of a mapping that has a huge page to spare. */
static void align_memory(struct spawn_resident *resident)
{
	uintptr_t from = (uintptr_t)resident->memory;
	uintptr_t aligned = (from + HUGE_PAGE_BYTES - 1) & ~(uintptr_t)(HUGE_PAGE_BYTES - 1);

	if (aligned > from)
		munmap(resident->memory, aligned - from);
	resident->memory = (char *)aligned;
	resident->mapped_bytes -= aligned - from;
}

int spawn_resident_build(struct spawn_resident *resident, const struct spawn_job *job,
			 struct round *round)
{
	int error;

	if (!job->rss)
		return 0;
	error = memory_must_fit(job, round);
	if (error)
		return error;
	error = map_memory(resident, job);
	if (error == -ENOMEM && !strcmp(job->backing, "hugetlb"))
		return skip(round, error, "resident memory",
			    "no huge pages are reserved here: set vm.nr_hugepages");
	if (error)
		return skip(round, error, "resident memory", "the memory could not be mapped");
	if (!strcmp(job->backing, "thp"))
		align_memory(resident);
	error = advise(resident, job);
	if (error)
		return skip(round, error, "resident memory", "this kernel refuses that --backing");
	make_resident(resident->memory, resident->bytes, MADV_POPULATE_WRITE);
	return 0;
}

static bool is_of(const struct spawn_job *job, const char *backing)
{
	return !strcmp(job->backing, backing);
}

static int set_copied(const struct spawn_job *job, int advice)
{
	const struct spawn_resident *prepared = job->prepared;

	if (!prepared || !prepared->memory || is_of(job, "dontfork"))
		return 0;
	return madvise(prepared->memory, prepared->bytes, advice) ? -errno : 0;
}

int spawn_resident_hide(const struct spawn_job *job)
{
	return set_copied(job, MADV_DONTFORK);
}

int spawn_resident_show(const struct spawn_job *job)
{
	return set_copied(job, MADV_DOFORK);
}

/*
 * What a fork leaves out is made up for: of shared memory the page tables are not
 * copied, and what is not to be copied at all was, this once, to reach us.
 */
int spawn_resident_inherit(struct spawn_resident *resident, const struct spawn_job *job,
			   struct round *round)
{
	*resident = *job->prepared;
	if (is_of(job, "shmem"))
		make_resident(resident->memory, resident->bytes, MADV_POPULATE_READ);
	if (is_of(job, "dontfork") && madvise(resident->memory, resident->bytes, MADV_DONTFORK))
		return skip(round, -errno, "resident memory", "this kernel refuses that --backing");
	return 0;
}

void spawn_resident_drop(struct spawn_resident *resident)
{
	if (resident->memory)
		munmap(resident->memory, resident->mapped_bytes);
	memset(resident, 0, sizeof(*resident));
}

double spawn_resident_look(const struct spawn_job *job)
{
	return process_smaps_kib(is_of(job, "thp") ? "AnonHugePages"
			       : is_of(job, "hugetlb") ? "Private_Hugetlb" : "Rss");
}

void spawn_resident_prove(const struct spawn_resident *resident, const struct spawn_job *job,
			  struct round *round)
{
	bool is_huge = is_of(job, "thp") || is_of(job, "hugetlb");
	enum proof_relation relation = is_of(job, "thp") ? PROOF_MOSTLY : PROOF_AT_LEAST;
	double wanted_kib = (double)resident->bytes / 1024;

	if (!resident->bytes)
		return;
	round_add_proof(round, is_huge ? "huge_kib" : "resident_kib",
			relation, wanted_kib,
			job->prepared ? resident->proved_kib : spawn_resident_look(job));
	/* A quick look is good enough: the kernel counts by CPU, and adds up later. */
	if (job->prepared && !is_of(job, "hugetlb"))
		round_add_proof(round, "inherited_kib", PROOF_MOSTLY, wanted_kib,
				process_status(0, "VmRSS"));
	memory_proof_add(round, job->memory_nodes, resident->memory, resident->bytes);
}
