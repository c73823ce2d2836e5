/* SPDX-License-Identifier: MIT */
#include "channel/switch/ring.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/switch/ring-watch.h"
#include "kernel/affinity.h"
#include "kernel/limit-remedy.h"
#include "kernel/pages.h"
#include "kernel/process-facts.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"

#define STATE_ALIGN 256
#define STACK_BYTES ((size_t)256 << 10)
/* Looks, a second each, in which nobody else has entered. */
#define READY_LOOKS 3
#define SETTLE_NS 100000000

static void *state_of(const struct channel_ring *ring, uint32_t number)
{
	return ring->states + number * ring->state_bytes;
}

static uint32_t before(const struct channel_ring *ring, uint32_t number)
{
	return (number ? number : ring->tasks) - 1;
}

static struct channel_ring_place place_of(const struct channel_ring *ring, uint32_t number)
{
	return (struct channel_ring_place){
		.channel = ring->channel,
		.config = &ring->config,
		.work = &ring->work,
		.shared = ring->shared,
		.state_in = state_of(ring, before(ring, number)),
		.state_out = state_of(ring, number),
		.number = number,
	};
}

/* The other tasks */

static int other_task(const struct channel_ring *ring, uint32_t number)
{
	const struct channel_ring_place place = place_of(ring, number);

	return channel_ring_relay(&place);
}

static void *run_thread(void *argument)
{
	const struct channel_ring_task *task = argument;
	int error = other_task(task->ring, task->number);

	if (error && !task->ring->lanes[task->number].has_refused)
		task->ring->lost("a task of the ring failed", error);
	return NULL;
}

static void forget(const struct channel_ring *ring, uint32_t number)
{
	const struct channel *channel = ring->channel;

	if (channel->forget)
		channel->forget(state_of(ring, number));
	else
		channel->close(state_of(ring, number));
}

/* The first channel is the creator's and the first process's. */
__attribute__((noreturn))
static void run_process(const struct channel_ring *ring, uint32_t number)
{
	signal(SIGCHLD, SIG_DFL);
	if (process_tie(ring->creator))
		_exit(1);
	if (number > 1)
		forget(ring, 0);
	_exit(other_task(ring, number) ? 1 : 0);
}

/* Making it */

/* One that ends before its number is known waits for the handler. */
static int make_process(struct channel_ring *ring, uint32_t number)
{
	sigset_t child, old;
	int error;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);
	ring->others[number].pid = fork();
	if (ring->others[number].pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		run_process(ring, number);
	}
	error = ring->others[number].pid == -1 ? -errno : 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return error;
}

static int make_thread(struct channel_ring_task *task)
{
	pthread_attr_t attributes;
	int error = -pthread_attr_init(&attributes);

	if (error)
		return error;
	error = -pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (!error)
		error = -pthread_create(&task->thread, &attributes, run_thread, task);
	task->has_thread = !error;
	pthread_attr_destroy(&attributes);
	return error;
}

static int make_task(struct channel_ring *ring, uint32_t number, char *ret_reason)
{
	int error;

	ring->others[number].ring = ring;
	ring->others[number].number = number;
	error = ring->config.is_process ? make_process(ring, number)
					: make_thread(&ring->others[number]);
	if (error == -EAGAIN)
		process_limit_reason(ret_reason, CHANNEL_REASON_BYTES, number);
	else if (error == -ENOMEM)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "memory or mappings suffice for %u tasks only: lower --tasks, or raise "
			 "the control group's memory limit or vm.max_map_count", number);
	return error;
}

static int open_channel(struct channel_ring *ring, uint32_t number, char *ret_reason)
{
	struct channel_config config = ring->config;
	int error;

	config.key += (int)number * CHANNEL_NAMES;
	error = ring->channel->open(state_of(ring, number), &config, ret_reason);
	ring->others[number].is_open = !error;
	if (error == -EMFILE && !*ret_reason)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "RLIMIT_NOFILE (ulimit -n) allows descriptors for %u of %u channels: "
			 "%s, lower --tasks or use --peer process", number, ring->tasks,
			 limit_remedy(RLIMIT_NOFILE));
	return error;
}

/* A process that has both of its channels leaves us the one that goes on from it. */
static int make_all(struct channel_ring *ring, char *ret_reason)
{
	int error = open_channel(ring, 0, ret_reason);

	for (uint32_t number = 1; number < ring->tasks && !error; number++) {
		error = open_channel(ring, number, ret_reason);
		if (!error)
			error = make_task(ring, number, ret_reason);
		if (error || number == 1 || !ring->config.is_process)
			continue;
		forget(ring, number - 1);
		ring->others[number - 1].is_open = ring->channel->forget != NULL;
	}
	return error;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int take_memory(struct channel_ring *ring)
{
	size_t tasks = ring->tasks;

	ring->state_bytes = (ring->channel->state_bytes + STATE_ALIGN - 1) / STATE_ALIGN *
			    STATE_ALIGN;
	ring->states = pages_take(tasks * ring->state_bytes + 1);
	ring->others = pages_take(tasks * sizeof(*ring->others));
	ring->shared_bytes = sizeof(*ring->shared) + tasks * sizeof(*ring->lanes);
	ring->shared = mmap(NULL, ring->shared_bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (ring->shared == MAP_FAILED)
		ring->shared = NULL;
	if (!ring->states || !ring->others || !ring->shared)
		return -ENOMEM;
	ring->lanes = ring->shared->lanes;
	return 0;
}

static int prepare(struct channel_ring *ring)
{
	int error = ring->cpu >= 0 ? affinity_set(ring->cpu, ring->cpu) : 0;

	ring->creator = getpid();
	ring->config.is_one_way = true;
	if (!error)
		error = take_memory(ring);
	if (!error && ring->config.is_process)
		return channel_ring_watch(ring);
	if (!error)
		raise_descriptor_limit();
	return error;
}

static int first_refusal(const struct channel_ring *ring)
{
	for (uint32_t i = 1; i < ring->tasks; i++)
		if (ring->lanes[i].has_refused)
			return ring->lanes[i].error;
	return 0;
}

/* Many take long; but while some enter, others will. */
static int await_ready(const struct channel_ring *ring)
{
	uint32_t *word = &ring->shared->ready, ready, last = 0;

	for (int look = 0; (ready = __atomic_load_n(word, __ATOMIC_ACQUIRE)) < ring->tasks - 1;
	     look++) {
		struct timespec second = { 1, 0 };

		if (ready != last)
			look = 0;
		if (look == READY_LOOKS)
			return -ETIMEDOUT;
		last = ready;
		raw_syscall(SYS_futex, (long)word, FUTEX_WAIT, ready, (long)&second, 0, 0);
	}
	return first_refusal(ring);
}

static void open_gate(const struct channel_ring *ring, enum channel_ring_gate gate)
{
	__atomic_store_n(&ring->shared->gate, gate, __ATOMIC_RELEASE);
	channel_ring_wake_all(&ring->shared->gate);
}

int channel_ring_open(struct channel_ring *ring, char *ret_reason)
{
	int error = prepare(ring);
	struct channel_ring_place place;

	if (!error)
		error = make_all(ring, ret_reason);
	place = place_of(ring, 0);
	if (!error)
		error = channel_ring_seat_open(&place, &ring->seat);
	if (!error)
		error = await_ready(ring);
	if (!error)
		open_gate(ring, CHANNEL_RING_RELAY);
	return error;
}

int channel_ring_run(struct channel_ring *ring, uint64_t laps)
{
	struct channel_ring_seat *seat = ring->seat;

	return ring->channel->lap(&seat->out, &seat->in, &seat->work, laps);
}

/* Ending it */

static int collect_process(struct channel_ring_task *task)
{
	int status = 0;
	pid_t pid;

	do
		pid = waitpid(task->pid, &status, 0);
	while (pid == -1 && errno == EINTR);
	task->pid = 0;
	return pid == -1 ? -errno : status ? -ECHILD : 0;
}

/* All of them, whatever became of one. */
static int collect(struct channel_ring *ring)
{
	int first = 0;

	for (uint32_t i = 1; i < ring->tasks; i++) {
		struct channel_ring_task *task = &ring->others[i];
		int error = 0;

		if (task->has_thread)
			error = -pthread_join(task->thread, NULL);
		else if (task->pid > 0)
			error = collect_process(task);
		task->has_thread = false;
		first = first ? first : error;
	}
	return first;
}

int channel_ring_stop(struct channel_ring *ring)
{
	int error;

	__atomic_store_n(&ring->shared->stop, 1, __ATOMIC_RELEASE);
	error = channel_ring_run(ring, 1);
	if (error)
		return error;
	channel_ring_tell_counts(&ring->lanes[0], ring->seat);
	ring->is_ending = true;
	open_gate(ring, CHANNEL_RING_LEAVE);
	return collect(ring);
}

/* An error of ours is often the echo of another task's end: that is then told instead. */
static void let_the_loss_be_told(const struct channel_ring *ring)
{
	struct timespec pause = { 0, SETTLE_NS };

	if (ring->is_ending || first_refusal(ring))
		return;
	while (nanosleep(&pause, &pause))
		;
}

static void end_processes(struct channel_ring *ring)
{
	let_the_loss_be_told(ring);
	ring->is_ending = true;
	for (uint32_t i = 1; i < ring->tasks; i++)
		if (ring->others[i].pid > 0)
			kill(ring->others[i].pid, SIGKILL);
	collect(ring);
	channel_ring_watch(NULL);
}

/* False: some are in the middle of a lap. */
static bool end_threads(struct channel_ring *ring)
{
	if (ring->shared->gate == CHANNEL_RING_RELAY)
		return false;
	open_gate(ring, CHANNEL_RING_LEAVE);
	collect(ring);
	return true;
}

static void give_memory(struct channel_ring *ring)
{
	pages_give(ring->states, ring->tasks * ring->state_bytes + 1);
	pages_give(ring->others, ring->tasks * sizeof(*ring->others));
	if (ring->shared)
		munmap(ring->shared, ring->shared_bytes);
}

void channel_ring_close(struct channel_ring *ring)
{
	if (ring->shared && ring->others) {
		if (ring->config.is_process)
			end_processes(ring);
		else if (!end_threads(ring))
			return;
	}
	channel_ring_seat_close(ring->seat, ring->channel);
	for (uint32_t i = 0; ring->others && i < ring->tasks; i++)
		if (ring->others[i].is_open)
			ring->channel->close(state_of(ring, i));
	give_memory(ring);
}
