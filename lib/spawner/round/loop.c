/* SPDX-License-Identifier: MIT */
#include "spawner/round/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "measure/core-speed.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/operation.h"
#include "spawner/round/overhead.h"
#include "statistics/statistics.h"

#define BATCH_NS 50000
#define WARM_NS 2000000
#define WARM_LIMIT_NS 50000000
#define WARM_BATCH_NS 500000
#define WARM_BATCHES 3
#define WARM_AGREE 0.05
#define OPERATIONS_MIN 5
/* Of those so slow that five would take longer than this, fewer. */
#define OPERATIONS_LIMIT_NS 500000000
#define OPERATIONS_MIN_SLOW 3

const char *const spawn_metric_names[SPAWN_METRICS] = {
	"call", "first-instruction", "exec", "reap", "life",
};

static size_t whole_pages(size_t bytes)
{
	return (bytes + 4095) & ~(size_t)4095;
}

static size_t lane_bytes(size_t capacity)
{
	return whole_pages(sizeof(struct spawn_lane) +
			   capacity * (SPAWN_METRICS * sizeof(int64_t) + sizeof(uint32_t)));
}

static void lay_out_lane(struct spawn_lane *lane, size_t capacity)
{
	int64_t *ticks = (int64_t *)(lane + 1);

	for (int metric = 0; metric < SPAWN_METRICS; metric++) {
		lane->samples[metric].ticks = ticks + (size_t)metric * capacity;
		lane->samples[metric].capacity = capacity;
	}
	lane->samples[SPAWN_LIFE].operations = (uint32_t *)(ticks + SPAWN_METRICS * capacity);
}

struct spawn_lane *spawn_lanes_map(uint32_t lanes, size_t capacity, uint32_t tasks,
				   size_t *ret_bytes)
{
	size_t own = lane_bytes(capacity), each = own + whole_pages(spawn_tasks_bytes(tasks));
	char *map;

	*ret_bytes = each * lanes;
	map = mmap(NULL, *ret_bytes, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	for (uint32_t i = 0; i < lanes; i++) {
		struct spawn_lane *lane = (struct spawn_lane *)(map + i * each);

		lay_out_lane(lane, capacity);
		lane->room = map + i * each + own;
	}
	return (struct spawn_lane *)map;
}

void spawn_lanes_unmap(struct spawn_lane *lanes, size_t bytes)
{
	if (lanes)
		munmap(lanes, bytes);
}

static double to_ns(const struct spawn_loop *loop, uint64_t ticks)
{
	return (double)ticks * loop->job->ns_per_tick;
}

/* One timed region of many operations, for what is too cheap to time alone. */
static int run_batch(struct spawn_loop *loop, uint32_t operations, uint64_t *ret_ticks)
{
	struct spawn_task *task = &loop->tasks->task[0];
	const struct spawner *spawner = loop->spawner;
	uint64_t begin = clock_start(loop->source);

	for (uint32_t i = 0; i < operations; i++) {
		int error;

		spawn_task_reset(task);
		error = spawner->start(loop->state, task);
		if (!error)
			error = spawner->reap(loop->state, task);
		if (error)
			return spawn_fail(loop, error, "life");
	}
	*ret_ticks = clock_stop(loop->source) - begin;
	return spawn_has_run(loop, task) ? 0 : spawn_fail(loop, -ECHILD, "life");
}

static int record_batch(struct spawn_loop *loop, uint32_t operations)
{
	struct sample *life = &loop->lane->samples[SPAWN_LIFE];
	uint64_t ticks;
	int error = run_batch(loop, operations, &ticks);

	if (error)
		return error;
	life->operations[life->count] = operations;
	life->ticks[life->count++] = (int64_t)ticks;
	loop->lane->operations += operations;
	loop->lane->started += operations;
	spawn_keep_places(loop, &loop->tasks->task[0]);
	return 0;
}

void spawn_loop_forget(struct spawn_lane *lane)
{
	for (int metric = 0; metric < SPAWN_METRICS; metric++)
		lane->samples[metric].count = 0;
	lane->operations = lane->started = 0;
	lane->creator_at_home = lane->task_at_home = lane->tasks_seen = lane->elsewhere = 0;
	memset(lane->round.cpus, 0, sizeof(lane->round.cpus));
}

/* Null through run_batch(): the cost that every operation of a batch carries. */
static int measure_batch_overhead(struct spawn_loop *loop, uint32_t operations)
{
	struct spawn_loop null = *loop;
	double cost[15];
	uint64_t ticks;
	int error = 0;

	null.spawner = &spawner_null;
	for (size_t i = 0; i < 15 && !error; i++) {
		error = run_batch(&null, operations, &ticks);
		cost[i] = (double)ticks / operations;
	}
	if (error)
		return error;
	statistics_sort(cost, 15);
	loop->lane->overhead[SPAWN_LIFE] = statistics_median(cost, 15);
	loop->lane->overhead_spread[SPAWN_LIFE] = cost[11] - cost[3];
	return 0;
}

static int warm_batch(struct spawn_loop *loop, double *ret_operation_ticks)
{
	uint64_t begin = clock_start(loop->source), now;
	uint64_t before = loop->lane->operations;
	int error;

	do {
		error = spawn_run_some(loop);
		now = clock_stop(loop->source);
	} while (!error && to_ns(loop, now - begin) < WARM_BATCH_NS);
	if (!error)
		*ret_operation_ticks = (double)(now - begin) /
				       (double)(loop->lane->operations - before);
	return error;
}

static void keep_cold(struct spawn_loop *loop)
{
	for (int metric = 0; metric < SPAWN_METRICS; metric++)
		if (loop->lane->samples[metric].count)
			loop->lane->cold[metric] = (double)loop->lane->samples[metric].ticks[0];
	spawn_loop_forget(loop->lane);
}

static bool have_settled(double last, double now)
{
	return now < last * (1 + WARM_AGREE) && now > last * (1 - WARM_AGREE);
}

/* Until two batches agree, for as long as warming up may take. */
static int warm_batches(struct spawn_loop *loop, uint64_t begin)
{
	double last = 0, now = 0;
	int error = 0, batches = 0;

	while (!error) {
		double spent = to_ns(loop, clock_stop(loop->source) - begin);

		if (batches >= WARM_BATCHES && spent >= WARM_NS && have_settled(last, now))
			break;
		if (batches >= WARM_BATCHES && spent >= WARM_LIMIT_NS) {
			loop->lane->round.flags |= ROUND_NOWARM;
			break;
		}
		last = now;
		error = warm_batch(loop, &now);
		batches++;
	}
	loop->lane->operation_ticks = now;
	return error;
}

/* An operation that alone takes as long as warming up may is its own warm-up. */
static int warm_up(struct spawn_loop *loop)
{
	uint64_t begin = clock_start(loop->source), first;
	int error;

	loop->is_recording = true;
	error = spawn_run_some(loop);
	first = clock_stop(loop->source) - begin;
	loop->lane->operation_ticks = (double)first / loop->tasks->count;
	keep_cold(loop);
	loop->is_recording = false;
	if (error || to_ns(loop, first) >= WARM_LIMIT_NS)
		return error;
	return warm_batches(loop, begin);
}

static uint32_t batch_size(const struct spawn_loop *loop)
{
	double ticks = loop->lane->operation_ticks;

	return (uint32_t)(BATCH_NS / loop->job->ns_per_tick / (ticks > 1 ? ticks : 1)) + 1;
}

/* Twice the work must cost twice the time, or the loop measures something else. */
static int check_linearity(struct spawn_loop *loop, uint32_t operations)
{
	double ratio[9], once_ticks = loop->lane->overhead[SPAWN_LIFE] * operations;
	uint64_t once, twice;

	for (size_t i = 0; i < 9; i++) {
		int error = run_batch(loop, operations, &once);

		if (!error)
			error = run_batch(loop, 2 * operations, &twice);
		if (error)
			return error;
		ratio[i] = ((double)twice - 2 * once_ticks) / ((double)once - once_ticks);
	}
	statistics_sort(ratio, 9);
	if (loop->spawner != &spawner_null && !(ratio[4] >= 1.97 && ratio[4] <= 2.03))
		loop->lane->round.flags |= ROUND_NONLINEAR;
	return 0;
}

static int choose_mode(struct spawn_loop *loop)
{
	struct spawn_lane *lane = loop->lane;
	int error;

	lane->is_batch = loop->job->batch >= 0
		? loop->job->batch
		: spawner_is_batched(loop->spawner->about.traits);
	lane->is_batch &= !loop->tasks->is_held;
	if (!lane->is_batch) {
		lane->samples[SPAWN_LIFE].operations = NULL;
		return 0;
	}
	error = measure_batch_overhead(loop, batch_size(loop));
	return error ? error : check_linearity(loop, batch_size(loop));
}

/* To know whether it works at all, once is enough. */
static int prepare_probe(struct spawn_loop *loop)
{
	loop->lane->samples[SPAWN_LIFE].operations = NULL;
	loop->lane->operation_ticks = (double)UINT32_MAX;
	return 0;
}

int spawn_loop_prepare(struct spawn_loop *loop)
{
	int error;

	if (loop->job->is_probe)
		return prepare_probe(loop);
	error = spawn_overhead_measure(loop);
	if (!error)
		error = warm_up(loop);
	if (!error)
		error = choose_mode(loop);
	spawn_loop_forget(loop->lane);
	loop->lane->core_per_tick = core_speed_per_tick(loop->source);
	return error;
}

static double least_operations(const struct spawn_loop *loop)
{
	double operation_ns = loop->lane->operation_ticks * loop->job->ns_per_tick;

	if (loop->job->is_probe)
		return 1;
	return OPERATIONS_MIN * operation_ns > OPERATIONS_LIMIT_NS ? OPERATIONS_MIN_SLOW
								    : OPERATIONS_MIN;
}

/* Operations for the window: at least a few, at most what the samples hold. */
static uint64_t window_operations(const struct spawn_loop *loop)
{
	double window_ticks = (double)loop->job->window_ns / loop->job->ns_per_tick;
	double wanted = window_ticks / loop->lane->operation_ticks;
	uint64_t capacity = loop->lane->samples[SPAWN_LIFE].capacity;

	if (wanted < least_operations(loop))
		wanted = least_operations(loop);
	return wanted < (double)capacity ? (uint64_t)wanted : capacity;
}

static int measure_batches(struct spawn_loop *loop)
{
	uint64_t begin = clock_start(loop->source), random = loop->job->seed | 1;
	struct sample *life = &loop->lane->samples[SPAWN_LIFE];
	uint32_t size = batch_size(loop);
	int error;

	do {
		/* Up to a fifth longer, so as not to keep step with the tick. */
		random = random * 6364136223846793005u + 1442695040888963407u;
		error = record_batch(loop, size + (uint32_t)((random >> 33) % (size / 5 + 1)));
	} while (!error && life->count < life->capacity &&
		 to_ns(loop, clock_stop(loop->source) - begin) < (double)loop->job->window_ns);
	return error;
}

/* Of a pair, as many tries as it takes, within reason. */
#define TRIES_MOST 8

static int measure_each(struct spawn_loop *loop)
{
	uint64_t operations = window_operations(loop);
	const struct sample *call = &loop->lane->samples[SPAWN_CALL];
	int error = 0;

	while (!error && call->count < operations &&
	       call->count + loop->tasks->count <= call->capacity &&
	       loop->lane->operations < TRIES_MOST * operations)
		error = spawn_run_some(loop);
	return error;
}

int spawn_loop_measure(struct spawn_loop *loop)
{
	int error;

	loop->is_recording = true;
	__atomic_store_n(loop->tasks->started, 0, __ATOMIC_RELAXED);
	loop->lane->begin = clock_start(loop->source);
	error = loop->lane->is_batch ? measure_batches(loop) : measure_each(loop);
	loop->lane->end = clock_stop(loop->source);
	if (!(loop->spawner->about.traits & SPAWN_EXEC))
		loop->lane->started = __atomic_load_n(loop->tasks->started, __ATOMIC_RELAXED);
	return error;
}
