/* SPDX-License-Identifier: MIT */
/*
 * bare-channel - the bare loop that ipc-lat is held against.
 *
 *   bare-channel MECHANISM COUNT [CPU_A CPU_B [per-op|batch|free]]
 *
 * The median of COUNT round trips of one byte between two processes, in ns, on
 * standard output: the same calls, nothing else.  Timed as the tool times (the
 * record's field mode says how): each round trip alone, which is the default, or
 * batches of 50 us; what reading the clock takes is taken off.  With free it is the mean
 * of all, between two looks at the clock.  Where no CPUs
 * are given the processes stay where taskset put them; policy and priority are
 * inherited.  A failing call ends it with status 1 and a sentence, and so does
 * the other side's end, or its being stopped.
 */
#include "bare-channel.h"

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUSY_NS 30000000
#define WARM_NS 10000000
#define CPUS_MOST 65536
#define WARM_TRIPS 16
#define BATCH_NS 50000
#define BATCHES_LEAST 5
#define EMPTY_REGIONS 1001

struct run {
	const struct bare_channel *channel;
	size_t count;
	int cpu[2];                /* by side; -1: as we are */
	bool is_batch, is_free;
	double *samples;           /* shared memory: nothing of it is copied by the fork */
};

typedef int body(struct bare_end *end, size_t n);

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *samples, size_t count)
{
	qsort(samples, count, sizeof(*samples), compare);
	return count % 2 ? samples[count / 2] : (samples[count / 2 - 1] + samples[count / 2]) / 2;
}

static int pin(int cpu)
{
	size_t bytes = CPU_ALLOC_SIZE((size_t)cpu + 1);
	cpu_set_t *set;
	int error;

	if (cpu < 0)
		return 0;
	set = CPU_ALLOC((size_t)cpu + 1);
	if (!set)
		return -1;
	CPU_ZERO_S(bytes, set);
	CPU_SET_S((size_t)cpu, bytes, set);
	error = sched_setaffinity(0, bytes, set);
	CPU_FREE(set);
	return error;
}

static void close_files(const struct bare_link *link, int side)
{
	close(link->in[side]);
	if (link->out[side] != link->in[side])
		close(link->out[side]);
}

static void enter(struct bare_end *end, const struct bare_link *link, int side)
{
	*end = (struct bare_end){ .link = link, .side = side, .message_out = { .type = 1 },
				  .bytes = 1 };
	end->fd_in = link->in[side];
	end->fd_out = link->out[side];
	end->out = end->message_out.text;
	end->in = end->message_in.text;
	if (link->memory)
		bare_take_slots(end);
	if (link->has_files)
		close_files(link, 1 - side);
}

/* --- the other side */

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) == -1)
		_exit(EXIT_FAILURE);
}

static void on_child(int number)
{
	(void)number;
	bare_remove();
	say("bare-channel: the other side has ended, or was stopped\n");
	_exit(EXIT_FAILURE);
}

static void on_end(int number)
{
	bare_remove();
	_exit(128 + number);
}

static void handle_ends(void (*child)(int), void (*end)(int))
{
	signal(SIGCHLD, child);
	signal(SIGHUP, end);
	signal(SIGINT, end);
	signal(SIGTERM, end);
	/* An end that is gone is an error of the call. */
	signal(SIGPIPE, SIG_IGN);
}

__attribute__((noreturn))
static void answer(const struct run *run, const struct bare_link *link, pid_t parent)
{
	struct bare_end end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It removes nothing that its parent may still use. */
	handle_ends(SIG_DFL, SIG_DFL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	if (!pin(run->cpu[1])) {
		enter(&end, link, 1);
		run->channel->pong(&end);
	}
	perror("bare-channel: the other side");
	_exit(EXIT_FAILURE);
}

static pid_t start_other_side(const struct run *run, const struct bare_link *link)
{
	pid_t parent = getpid(), pid;

	handle_ends(on_child, on_end);
	pid = fork();
	if (pid == 0)
		answer(run, link, parent);
	return pid;
}

static int end_other_side(pid_t pid)
{
	signal(SIGCHLD, SIG_DFL);
	return kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid;
}

/* --- the time */

/* All that is timed goes through here, empty or not. */
__attribute__((noinline))
static int time_region(body *loop, struct bare_end *end, size_t n, double *ret_ns)
{
	int64_t begin = now_ns();
	int failed = loop(end, n);

	*ret_ns = (double)(now_ns() - begin);
	return failed;
}

static int nothing(struct bare_end *end, size_t n)
{
	(void)end, (void)n;
	return 0;
}

static double empty_region_ns(void)
{
	double samples[EMPTY_REGIONS];

	for (size_t i = 0; i < EMPTY_REGIONS; i++)
		time_region(nothing, NULL, 1, &samples[i]);
	return median(samples, EMPTY_REGIONS);
}

/*
 * The tool has looked at its machine for as long before its first round: a
 * CPU that was idle until now is not the same CPU.
 */
static void keep_busy(void)
{
	int64_t begin = now_ns();

	while (now_ns() - begin < BUSY_NS)
		;
}

static int warm_up(const struct run *run, struct bare_end *end, double *ret_trip_ns)
{
	double spent = 0, ns;
	size_t trips = 0;

	while (spent < WARM_NS) {
		if (time_region(run->channel->ping, end, WARM_TRIPS, &ns))
			return -1;
		spent += ns;
		trips += WARM_TRIPS;
	}
	*ret_trip_ns = spent / (double)trips;
	return 0;
}

static int measure_free(const struct run *run, struct bare_end *end)
{
	double ns;

	if (time_region(run->channel->ping, end, run->count, &ns))
		return -1;
	return printf("%.1f\n", ns / (double)run->count) < 0 || fflush(stdout);
}

static int measure(const struct run *run, struct bare_end *end, double trip_ns)
{
	size_t n = run->is_batch ? (size_t)(BATCH_NS / trip_ns) + 1 : 1;
	size_t regions = run->is_batch ? run->count / n : run->count;
	double empty_ns = empty_region_ns(), ns;

	if (run->is_batch && regions < BATCHES_LEAST)
		regions = BATCHES_LEAST;
	for (size_t i = 0; i < regions; i++) {
		if (time_region(run->channel->ping, end, n, &ns))
			return -1;
		run->samples[i] = (ns - empty_ns) / (double)n;
	}
	return printf("%.1f\n", median(run->samples, regions)) < 0 || fflush(stdout);
}

static int run_both(const struct run *run)
{
	struct bare_link link = { .in = { -1, -1 }, .out = { -1, -1 } };
	struct bare_end end;
	double trip_ns;
	pid_t pid;

	keep_busy();
	if (pin(run->cpu[0]) || run->channel->open(&link))
		return -1;
	pid = start_other_side(run, &link);
	if (pid == -1)
		return -1;
	enter(&end, &link, 0);
	if (warm_up(run, &end, &trip_ns))
		return -1;
	return (run->is_free ? measure_free(run, &end) : measure(run, &end, trip_ns)) ||
	       end_other_side(pid);
}

/* --- the command line */

static const struct bare_channel *find(const char *name)
{
	const struct bare_channel *tables[] = { bare_files, bare_objects };

	for (size_t i = 0; i < 2; i++)
		for (const struct bare_channel *channel = tables[i]; channel->name; channel++)
			if (!strcmp(channel->name, name))
				return channel;
	return NULL;
}

/* A whole number up to most. */
static int parse_number(const char *word, long least, long most, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(word, &end, 10);
	return errno || end == word || *end || *ret < least || *ret > most;
}

static int parse(int argc, char **argv, struct run *run)
{
	long number;

	if (argc < 3 || argc == 4 || argc > 6)
		return -1;
	run->channel = find(argv[1]);
	if (!run->channel || parse_number(argv[2], 1, 1 << 30, &number))
		return -1;
	run->count = (size_t)number;
	for (int side = 0; side < 2; side++) {
		run->cpu[side] = -1;
		if (argc == 3)
			continue;
		if (parse_number(argv[3 + side], 0, CPUS_MOST - 1, &number))
			return -1;
		run->cpu[side] = (int)number;
	}
	run->is_batch = argc == 6 && !strcmp(argv[5], "batch");
	run->is_free = argc == 6 && !strcmp(argv[5], "free");
	return argc == 6 && !run->is_batch && !run->is_free && strcmp(argv[5], "per-op") ? -1 : 0;
}

static int take_samples(struct run *run)
{
	size_t bytes = (run->count + BATCHES_LEAST) * sizeof(*run->samples);

	run->samples = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->samples == MAP_FAILED)
		return -1;
	memset(run->samples, 0, bytes);
	return 0;
}

int main(int argc, char **argv)
{
	struct run run;
	int failed;

	if (parse(argc, argv, &run)) {
		fprintf(stderr, "usage: bare-channel MECHANISM COUNT [CPU_A CPU_B [per-op|batch|free]]\n"
			"mechanisms: pipe fifo unix-stream unix-seqpacket tcp udp eventfd posix-mq "
			"sysv-msg sysv-sem posix-sem memfd+futex shm-spin\n");
		return EXIT_FAILURE;
	}
	failed = take_samples(&run) || run_both(&run);
	if (failed)
		fprintf(stderr, "bare-channel: %s: %s\n", argv[1], strerror(errno));
	bare_remove();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
