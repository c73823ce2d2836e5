/* SPDX-License-Identifier: MIT */
/*
 * bare-request ENGINE FILE DEPTH direct|warm COUNT - random reads of 4 KiB, with nothing
 * around them, to hold io-lat against.  Prints "requests/s p50-in-ns".
 *
 * ENGINE: pread (a depth of 1), or uring: a ring without flags that hands over up to
 * 16 requests by one call, and takes what has come as soon as one has.  A word in each
 * 512 bytes of what was read is looked at.  The first tenth is not counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_BYTES 4096u
#define CHECK_BYTES 512u
#define BATCH 16u

struct slot {
	unsigned char *buffer;
	uint64_t begin_ns;
};

struct load {
	int file;
	uint64_t blocks, random;
	uint64_t count, begun, ended, first;   /* first: the one from which on they count */
	uint64_t first_ns, last_ns;
	uint64_t *took_ns;                     /* so many as count */
	uint64_t sum;
	uint32_t depth;
	struct slot *slots;
};

static void die(const char *what, int error)
{
	fprintf(stderr, "bare-request: %s: %s\n", what, strerror(error));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static off_t next_offset(struct load *load)
{
	load->random = load->random * 6364136223846793005u + 1442695040888963407u;
	return (off_t)((load->random >> 20) % load->blocks * BLOCK_BYTES);
}

static void begin(struct load *load, struct slot *slot)
{
	slot->begin_ns = now_ns();
	if (load->begun++ == load->first)
		load->first_ns = slot->begin_ns;
}

static void end(struct load *load, const struct slot *slot, long result)
{
	load->last_ns = now_ns();
	load->took_ns[load->ended++] = load->last_ns - slot->begin_ns;
	if (result != BLOCK_BYTES)
		die("read", result < 0 ? (int)-result : EIO);
	for (size_t i = 0; i < BLOCK_BYTES; i += CHECK_BYTES)
		load->sum += *(uint64_t *)(void *)(slot->buffer + i);
}

static void read_by_pread(struct load *load)
{
	while (load->begun < load->count) {
		off_t offset = next_offset(load);
		ssize_t got;

		begin(load, load->slots);
		got = pread(load->file, load->slots->buffer, BLOCK_BYTES, offset);
		end(load, load->slots, got == -1 ? -errno : got);
	}
}

static void hand_over(struct load *load, struct io_uring *ring, struct slot **idle,
		      uint32_t *idle_count)
{
	for (uint32_t i = 0; i < BATCH && *idle_count && load->begun < load->count; i++) {
		struct io_uring_sqe *submission = io_uring_get_sqe(ring);
		struct slot *slot = idle[--*idle_count];
		off_t offset = next_offset(load);

		begin(load, slot);
		io_uring_prep_read(submission, load->file, slot->buffer, BLOCK_BYTES, (uint64_t)offset);
		io_uring_sqe_set_data(submission, slot);
	}
}

static void read_by_ring(struct load *load)
{
	struct slot **idle = calloc(load->depth, sizeof(struct slot *));
	uint32_t idle_count = load->depth;
	struct io_uring ring;
	int error = idle ? io_uring_queue_init(load->depth, &ring, 0) : -ENOMEM;

	if (error)
		die("ring", -error);
	for (uint32_t i = 0; i < load->depth; i++)
		idle[i] = &load->slots[i];
	while (load->ended < load->count) {
		struct io_uring_cqe *completion;
		unsigned int head, taken = 0;
		bool has_more;

		hand_over(load, &ring, idle, &idle_count);
		has_more = idle_count && load->begun < load->count;
		error = io_uring_submit_and_wait(&ring, !has_more);
		if (error < 0 && error != -EINTR)
			die("submit", -error);
		io_uring_for_each_cqe(&ring, head, completion) {
			idle[idle_count] = io_uring_cqe_get_data(completion);
			end(load, idle[idle_count++], completion->res);
			taken++;
		}
		io_uring_cq_advance(&ring, taken);
	}
	io_uring_queue_exit(&ring);
	free(idle);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void prepare(struct load *load, const char *path, bool is_direct)
{
	struct stat status;
	unsigned char *memory;

	load->file = open(path, O_RDONLY | O_CLOEXEC | (is_direct ? O_DIRECT : 0));
	if (load->file == -1 || fstat(load->file, &status))
		die(path, errno);
	posix_fadvise(load->file, 0, 0, is_direct ? POSIX_FADV_DONTNEED : POSIX_FADV_RANDOM);
	load->blocks = (uint64_t)status.st_size / BLOCK_BYTES;
	load->first = load->count / 10;
	load->random = (uint64_t)getpid() + now_ns();
	load->took_ns = calloc(load->count, sizeof(*load->took_ns));
	load->slots = calloc(load->depth, sizeof(*load->slots));
	memory = mmap(NULL, (size_t)load->depth * BLOCK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!load->took_ns || !load->slots || memory == MAP_FAILED || !load->blocks)
		die("memory", ENOMEM);
	/* Touched, as the slots. */
	memset(load->took_ns, 1, load->count * sizeof(*load->took_ns));
	for (uint32_t i = 0; i < load->depth; i++)
		load->slots[i].buffer = memory + (size_t)i * BLOCK_BYTES;
}

static void report(struct load *load)
{
	uint64_t counted = load->count - load->first;
	uint64_t *took_ns = load->took_ns + load->first;

	qsort(took_ns, counted, sizeof(*took_ns), by_size);
	printf("%.0f %llu\n", (double)counted * 1e9 / (double)(load->last_ns - load->first_ns),
	       (unsigned long long)took_ns[counted / 2]);
}

int main(int argc, char **argv)
{
	struct load load = { .file = -1 };

	if (argc != 6 || atoi(argv[3]) < 1 || atol(argv[5]) < 10) {
		fprintf(stderr, "usage: bare-request pread|uring FILE DEPTH direct|warm COUNT\n");
		return 2;
	}
	load.depth = (uint32_t)atoi(argv[3]);
	load.count = (uint64_t)atol(argv[5]);
	prepare(&load, argv[2], !strcmp(argv[4], "direct"));
	if (!strcmp(argv[1], "pread"))
		read_by_pread(&load);
	else
		read_by_ring(&load);
	/* What was looked at is needed: it cannot be left out. */
	__asm__ volatile("" : : "r"(load.sum));
	report(&load);
	return 0;
}
