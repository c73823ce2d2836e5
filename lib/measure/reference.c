/* SPDX-License-Identifier: MIT */
#include "measure/reference.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/errno-reason.h"
#include "kernel/process-facts.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"

/* Of one mix: chosen so that no part is most of it. */
#define SYSCALLS 128
#define PAGES 24
#define ROUND_TRIPS 4
#define FORKS 1
/* How a child of the fork part ends: what ends otherwise was not ours. */
#define CHILD_STATUS 42

/* The other side of the switches. */
struct echo {
	pid_t pid;                     /* 0: there is none */
	int to, from;                  /* -1: closed */
};

struct mix {
	enum clock_source source;
	struct echo echo;
	int echo_error;
	size_t page_bytes;
};

/* How many operations it did, or -errno; ret_ticks: what they took. */
typedef long part_function(struct mix *mix, uint64_t *ret_ticks);

static long take_syscalls(struct mix *mix, uint64_t *ret_ticks)
{
	long parent = raw_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0), done = 0;
	uint64_t begin = clock_start(mix->source);

	if (parent < 0)
		return parent;
	for (int i = 0; i < SYSCALLS; i++) {
		long answer = raw_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0);

		if (answer != parent)
			return answer < 0 ? answer : -ESRCH;
		done++;
	}
	*ret_ticks = clock_stop(mix->source) - begin;
	return done;
}

static long count_faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? -errno : usage.ru_minflt;
}

/* Small pages, each with a fault of its own; a kernel without huge ones knows no such advice. */
static int touch_pages(const struct mix *mix)
{
	size_t bytes = PAGES * mix->page_bytes;
	volatile char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error;

	if (pages == MAP_FAILED)
		return -errno;
	error = madvise((void *)pages, bytes, MADV_NOHUGEPAGE) && errno != EINVAL ? -errno : 0;
	for (size_t i = 0; i < PAGES && !error; i++)
		pages[i * mix->page_bytes] = 1;
	if (munmap((void *)pages, bytes) && !error)
		error = -errno;
	return error;
}

static long take_faults(struct mix *mix, uint64_t *ret_ticks)
{
	long before = count_faults(), after;
	uint64_t begin = clock_start(mix->source);
	int error = touch_pages(mix);

	*ret_ticks = clock_stop(mix->source) - begin;
	after = count_faults();
	return error ? error : before < 0 ? before : after < 0 ? after : after - before;
}

/* 0 or -errno; -EPIPE: the other side is gone. */
static int passed(ssize_t bytes)
{
	return bytes == (ssize_t)sizeof(uint64_t) ? 0 : bytes < 0 ? -errno : -EPIPE;
}

static long take_switches(struct mix *mix, uint64_t *ret_ticks)
{
	uint64_t begin;
	long done = 0;

	if (mix->echo_error)
		return mix->echo_error;
	begin = clock_start(mix->source);
	for (uint64_t sent = 1; sent <= ROUND_TRIPS; sent++) {
		uint64_t back = 0;
		int error = passed(write(mix->echo.to, &sent, sizeof(sent)));

		if (!error)
			error = passed(read(mix->echo.from, &back, sizeof(back)));
		if (error)
			return error;
		if (back != sent)
			return -EPROTO;
		done++;
	}
	*ret_ticks = clock_stop(mix->source) - begin;
	return done;
}

/* 0 or -errno: whether that child has ended with this status. */
static int reap(pid_t pid, int expected)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got == -1 && errno == EINTR);
	if (got != pid)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == expected ? 0 : -ECHILD;
}

static long take_forks(struct mix *mix, uint64_t *ret_ticks)
{
	uint64_t begin = clock_start(mix->source);
	long done = 0;

	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();
		int error;

		if (pid == 0)
			_exit(CHILD_STATUS);
		error = pid < 0 ? -errno : reap(pid, CHILD_STATUS);
		if (error)
			return error;
		done++;
	}
	*ret_ticks = clock_stop(mix->source) - begin;
	return done;
}

static const struct {
	const char *name, *proof;
	enum proof_relation relation;
	uint64_t operations;           /* of one mix */
	part_function *take;
} parts[REFERENCE_PARTS] = {
	[REFERENCE_SYSCALL] = { "syscall", "reference_syscalls", PROOF_EQUAL, SYSCALLS,
				take_syscalls },
	/* The clock or libc may fault, too. */
	[REFERENCE_FAULT] = { "fault", "reference_faults", PROOF_AT_LEAST, PAGES, take_faults },
	[REFERENCE_SWITCH] = { "switch", "reference_round_trips", PROOF_EQUAL, ROUND_TRIPS,
			       take_switches },
	[REFERENCE_FORK] = { "fork", "reference_forks", PROOF_EQUAL, FORKS, take_forks },
};

const char *reference_part_name(enum reference_part part)
{
	return parts[part].name;
}

uint64_t reference_operations(enum reference_part part)
{
	return REFERENCE_MIXES * parts[part].operations;
}

/* In the other process: sends back what comes, until nobody sends. */
static void answer_all(int from, int to, pid_t parent)
{
	uint64_t word;

	if (process_tie(parent))
		_exit(EXIT_FAILURE);
	while (read(from, &word, sizeof(word)) == (ssize_t)sizeof(word))
		if (write(to, &word, sizeof(word)) != (ssize_t)sizeof(word))
			_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* ends: there and back, each to read from and to write to. */
static int echo_fork(const int ends[4], struct echo *ret)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(ends[1]);
		close(ends[2]);
		answer_all(ends[0], ends[3], parent);
	}
	close(ends[0]);
	close(ends[3]);
	*ret = (struct echo){ pid, ends[1], ends[2] };
	return 0;
}

static int echo_begin(struct echo *ret)
{
	int ends[4] = { -1, -1, -1, -1 }, error = 0;

	*ret = (struct echo){ 0, -1, -1 };
	if (pipe2(ends, O_CLOEXEC) || pipe2(ends + 2, O_CLOEXEC))
		error = -errno;
	if (!error)
		error = echo_fork(ends, ret);
	if (error)
		close_all(ends, 4);
	return error;
}

/* 0 or -errno: it has not ended as it should. */
static int echo_end(struct echo *echo)
{
	if (!echo->pid)
		return 0;
	close(echo->to);
	close(echo->from);
	return reap(echo->pid, EXIT_SUCCESS);
}

/* Once; what has failed before is not tried again. */
static void take_part(struct mix *mix, enum reference_part part, struct reference_time *time)
{
	uint64_t ticks = 0;
	long done;

	if (time->error)
		return;
	done = parts[part].take(mix, &ticks);
	if (done < 0) {
		time->error = (int)done;
		return;
	}
	time->done += (uint64_t)done;
	if (!time->ticks || ticks < time->ticks)
		time->ticks = ticks;
}

void reference_take(enum clock_source source, struct reference *ret)
{
	struct mix mix = { .source = source, .page_bytes = (size_t)sysconf(_SC_PAGESIZE) };
	uint64_t begin = clock_start(source);
	int error;

	*ret = (struct reference){ .window_ticks = 0 };
	mix.echo_error = echo_begin(&mix.echo);
	for (int i = 0; i < REFERENCE_MIXES; i++)
		for (enum reference_part part = 0; part < REFERENCE_PARTS; part++)
			take_part(&mix, part, &ret->parts[part]);
	error = echo_end(&mix.echo);
	if (error && !ret->parts[REFERENCE_SWITCH].error)
		ret->parts[REFERENCE_SWITCH].error = error;
	ret->window_ticks = clock_stop(source) - begin;
}

static void tell_part(enum reference_part part, const struct reference_time *time,
		      struct round *round)
{
	double each = (double)time->ticks / (double)parts[part].operations;
	struct round_series *series = &round->series[round->series_count++];

	*series = (struct round_series){
		.n = reference_operations(part), .p50 = each, .min = each, .max = each,
		.sum = each * (double)reference_operations(part), .bucket_ticks = 1,
	};
	snprintf(series->metric, sizeof(series->metric), "%s", parts[part].name);
	round_add_proof(round, parts[part].proof, parts[part].relation,
			(double)reference_operations(part), (double)time->done);
}

/* What to change, or at least what was said. */
static void describe_remedy(int error, char *ret, size_t size)
{
	const char *remedy = errno_reason(error);

	if (error == -EAGAIN)
		process_limit_reason(ret, size, 0);
	else
		snprintf(ret, size, "%s", remedy ? remedy : strerror(-error));
}

/* "switch, fork: what to change"; returns the first error that there was, 0: nothing is missing. */
static int describe_missing(const struct reference *reference, char *ret, size_t size)
{
	size_t used = 0;
	int error = 0;

	*ret = '\0';
	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++) {
		if (!reference->parts[part].error)
			continue;
		if (!error)
			error = reference->parts[part].error;
		used += (size_t)snprintf(ret + used, size - used, "%s%s", used ? ", " : "",
					 parts[part].name);
	}
	if (!error)
		return 0;
	used += (size_t)snprintf(ret + used, size - used, ": ");
	describe_remedy(error, ret + used, size - used);
	return error;
}

void reference_tell(const struct reference *reference, struct round *round)
{
	char reason[sizeof(round->reason)];
	int error = describe_missing(reference, reason, sizeof(reason));

	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++)
		if (!reference->parts[part].error)
			tell_part(part, &reference->parts[part], round);
	round->window_ticks = (double)reference->window_ticks;
	if (!round->series_count)
		round_refuse(round, error, "reference", reason);
	if (!error || !round->series_count)
		return;
	round->error = -error;
	snprintf(round->step, sizeof(round->step), "reference");
	memcpy(round->reason, reason, sizeof(round->reason));
}
