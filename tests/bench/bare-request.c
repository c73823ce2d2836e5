/* SPDX-License-Identifier: MIT */
/*
 * bare-request ENGINE FILE DEPTH direct|warm RAMP_MS WINDOW_MS - random reads of 4 KiB, with
 * nothing around them, to hold io-lat against.  Prints "requests/s p50-in-ns".
 *
 * ENGINE: pread (a depth of 1); threads, as many as the depth, each of which reads by
 * pread(2); or uring: a ring without flags that hands over up to 16 requests by one call,
 * and takes what has come as soon as one has.  A word in each 512 bytes of what was read is
 * looked at.  Requests are made for RAMP_MS, which do not count, and then for WINDOW_MS.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <stdbool.h>
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
#define DEPTH_MOST 1024
/* Times that are kept, of all threads. */
#define TIMES (1u << 20)

struct slot {
	unsigned char *buffer;
	uint64_t begin_ns;
};

/* Of one thread. */
struct load {
	int file;
	uint64_t blocks, random;
	uint64_t from_ns, to_ns;               /* the window */
	uint64_t now_ns;
	uint64_t count;                        /* of requests that ended within it */
	uint64_t *took_ns, times, room;
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

/* Who was not let run within the window makes one request behind it. */
static bool is_over(const struct load *load)
{
	return load->now_ns >= load->to_ns && load->count;
}

static void begin(struct load *load, struct slot *slot)
{
	slot->begin_ns = load->now_ns = now_ns();
}

static void end(struct load *load, const struct slot *slot, long result)
{
	load->now_ns = now_ns();
	if (load->now_ns >= load->from_ns && !is_over(load)) {
		load->count++;
		if (load->times < load->room)
			load->took_ns[load->times++] = load->now_ns - slot->begin_ns;
	}
	if (result != BLOCK_BYTES)
		die("read", result < 0 ? (int)-result : EIO);
	for (size_t i = 0; i < BLOCK_BYTES; i += CHECK_BYTES)
		load->sum += *(uint64_t *)(void *)(slot->buffer + i);
}

static void *read_by_pread(void *argument)
{
	struct load *load = argument;

	while (!is_over(load)) {
		off_t offset = next_offset(load);
		ssize_t got;

		begin(load, load->slots);
		got = pread(load->file, load->slots->buffer, BLOCK_BYTES, offset);
		end(load, load->slots, got == -1 ? -errno : got);
	}
	return NULL;
}

static void read_by_threads(struct load *loads, uint32_t count)
{
	pthread_t threads[DEPTH_MOST];

	for (uint32_t i = 0; i < count; i++) {
		int error = pthread_create(&threads[i], NULL, read_by_pread, &loads[i]);

		if (error)
			die("thread", error);
	}
	for (uint32_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void hand_over(struct load *load, struct io_uring *ring, struct slot **idle,
		      uint32_t *idle_count)
{
	for (uint32_t i = 0; i < BATCH && *idle_count && !is_over(load); i++) {
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
	while (!is_over(load) || idle_count < load->depth) {
		struct io_uring_cqe *completion;
		unsigned int head, taken = 0;
		bool has_more;

		hand_over(load, &ring, idle, &idle_count);
		has_more = idle_count && !is_over(load);
		if (!has_more && idle_count == load->depth)
			break;
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

static int open_file(const char *path, bool is_direct, uint64_t *ret_blocks)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | (is_direct ? O_DIRECT : 0));
	struct stat status;

	if (file == -1 || fstat(file, &status))
		die(path, errno);
	posix_fadvise(file, 0, 0, is_direct ? POSIX_FADV_DONTNEED : POSIX_FADV_RANDOM);
	*ret_blocks = (uint64_t)status.st_size / BLOCK_BYTES;
	if (!*ret_blocks)
		die(path, EINVAL);
	return file;
}

static void *take(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("memory", ENOMEM);
	/* Touched: no page of it is met for the first time in the window. */
	return memset(memory, 1, bytes);
}

static void prepare(struct load *load, int file, uint64_t blocks, uint32_t depth, uint64_t room)
{
	unsigned char *memory = take((size_t)depth * BLOCK_BYTES);

	*load = (struct load){ .file = file, .blocks = blocks, .depth = depth, .room = room };
	load->random = (uint64_t)(uintptr_t)memory + now_ns();
	load->took_ns = take(room * sizeof(*load->took_ns));
	load->slots = take(depth * sizeof(*load->slots));
	for (uint32_t i = 0; i < depth; i++)
		load->slots[i].buffer = memory + (size_t)i * BLOCK_BYTES;
}

static void report(struct load *loads, uint32_t count)
{
	uint64_t *all = take(TIMES * sizeof(*all)), times = 0, requests = 0, sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		memcpy(all + times, loads[i].took_ns, loads[i].times * sizeof(*all));
		times += loads[i].times;
		requests += loads[i].count;
		sum += loads[i].sum;
	}
	/* What was looked at is needed: it cannot be left out. */
	__asm__ volatile("" : : "r"(sum));
	if (!times)
		die("window", ENODATA);
	qsort(all, times, sizeof(*all), by_size);
	printf("%.0f %llu\n", (double)requests * 1e9 / (double)(loads->to_ns - loads->from_ns),
	       (unsigned long long)all[times / 2]);
}

static void run(const char *engine, struct load *loads, uint32_t count, const uint64_t *window_ns)
{
	uint64_t begin_ns = now_ns();

	for (uint32_t i = 0; i < count; i++) {
		loads[i].from_ns = begin_ns + window_ns[0];
		loads[i].to_ns = begin_ns + window_ns[0] + window_ns[1];
	}
	if (!strcmp(engine, "threads"))
		read_by_threads(loads, count);
	else if (!strcmp(engine, "pread"))
		read_by_pread(loads);
	else
		read_by_ring(loads);
	report(loads, count);
}

int main(int argc, char **argv)
{
	uint32_t depth = argc == 7 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0, count;
	uint64_t window_ns[2] = { 0 }, blocks;
	struct load *loads;
	int file;

	if (argc == 7)
		for (int i = 0; i < 2; i++)
			window_ns[i] = strtoull(argv[5 + i], NULL, 10) * 1000000;
	if (!depth || depth > DEPTH_MOST || !window_ns[1]) {
		fprintf(stderr, "usage: bare-request pread|threads|uring FILE DEPTH direct|warm RAMP_MS "
			"WINDOW_MS\n");
		return 2;
	}
	count = strcmp(argv[1], "threads") ? 1 : depth;
	file = open_file(argv[2], !strcmp(argv[4], "direct"), &blocks);
	loads = take(count * sizeof(*loads));
	for (uint32_t i = 0; i < count; i++)
		prepare(&loads[i], file, blocks, depth / count, TIMES / count);
	run(argv[1], loads, count, window_ns);
	return 0;
}
