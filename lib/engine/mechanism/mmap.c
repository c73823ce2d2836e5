/* SPDX-License-Identifier: MIT */
/*
 * mmap: a thread for each request in flight, that copies a block from or to a
 * shared mapping of the file.
 *
 * No system call: what is not mapped yet is a page fault, which waits for the
 * device where the page is not cached.  A write reaches the page cache, as pwrite(2)
 * does, and no more.
 *
 * A file that has become shorter is -EIO before run() begins.  One that does so under
 * way, or that its device cannot read, is a SIGBUS of the thread that touches it, which
 * goes back to where it began and has failed by -EIO.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "engine/tasks.h"
#include "engine/lane.h"
#include "engine/mechanism/list.h"

struct mapped {
	const struct engine_config *config;
	struct engine_tasks tasks;
	unsigned char *file;
	struct sigaction usual;        /* at SIGBUS, but for ours */
};

/* Where a thread goes on that cannot have a page; NULL outside of copying. */
static __thread sigjmp_buf *way_out;

static void leave_page(int number)
{
	if (way_out)
		siglongjmp(*way_out, 1);
	/* Not ours: again, and by that the process ends. */
	signal(number, SIG_DFL);
}

static int copy_all(const struct mapped *mapped, uint32_t index)
{
	const struct engine_config *config = mapped->config;
	struct engine_lane *lane = &config->lanes[index];
	int error = 0;

	while (!error && engine_take(lane)) {
		unsigned char *block = mapped->file + lane->offset;

		if (config->operation == ENGINE_WRITE)
			memcpy(block, lane->buffer, config->block_bytes);
		else
			memcpy(lane->buffer, block, config->block_bytes);
		error = engine_done(lane, (long)config->block_bytes);
	}
	return error;
}

/* Once for many requests: none pays for it. */
static int copy_blocks(void *context, uint32_t index)
{
	sigjmp_buf here;
	int error;

	if (sigsetjmp(here, 0)) {
		way_out = NULL;
		return -EIO;
	}
	way_out = &here;
	error = copy_all(context, index);
	way_out = NULL;
	return error;
}

static void mmap_close(void *state)
{
	struct mapped *mapped = state;

	engine_tasks_end(&mapped->tasks);
	sigaction(SIGBUS, &mapped->usual, NULL);
	if (mapped->file)
		munmap(mapped->file, mapped->config->file_bytes);
	mapped->file = NULL;
}

/* Scattered blocks are not read ahead, as of the descriptor by POSIX_FADV_RANDOM. */
static int map_file(struct mapped *mapped)
{
	const struct engine_config *config = mapped->config;
	int protection = PROT_READ | (config->operation == ENGINE_WRITE ? PROT_WRITE : 0);
	void *memory = mmap(NULL, config->file_bytes, protection, MAP_SHARED, config->file, 0);

	if (memory == MAP_FAILED)
		return -errno;
	mapped->file = memory;
	if (config->load->scatter_mask && madvise(memory, config->file_bytes, MADV_RANDOM))
		return -errno;
	return 0;
}

static int mmap_open(void *state, const struct engine_config *config, char *ret_reason)
{
	const struct sigaction action = { .sa_handler = leave_page, .sa_flags = SA_NODEFER };
	struct mapped *mapped = state;
	int error;

	sigaction(SIGBUS, &action, &mapped->usual);
	mapped->config = config;
	mapped->tasks = (struct engine_tasks){
		.count = config->depth, .work = copy_blocks, .context = mapped,
	};
	error = map_file(mapped);
	if (!error)
		error = engine_tasks_begin(&mapped->tasks, ret_reason);
	if (error)
		mmap_close(mapped);
	return error;
}

/* Of a device the size is not told, nor does it change. */
static int find_file_whole(const struct engine_config *config)
{
	struct stat status;

	if (fstat(config->file, &status))
		return -errno;
	return S_ISREG(status.st_mode) && (uint64_t)status.st_size < config->file_bytes ? -EIO : 0;
}

static int mmap_run(void *state)
{
	struct mapped *mapped = state;
	int error = find_file_whole(mapped->config);

	return error ? error : engine_tasks_run(&mapped->tasks);
}

static void mmap_tell(const void *state, struct engine_facts *ret)
{
	const struct mapped *mapped = state;

	ret->tasks = mapped->config->depth;
	ret->calls = 0;
}

const struct engine engine_mmap = {
	.about = { "mmap", "threads that copy from or to a shared mapping of the file",
		   ENGINE_CACHED },
	.state_bytes = sizeof(struct mapped),
	.open = mmap_open,
	.run = mmap_run,
	.tell = mmap_tell,
	.close = mmap_close,
};
