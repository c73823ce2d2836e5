/* SPDX-License-Identifier: MIT */
#include "spawner/round/round.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/affinity.h"
#include "kernel/pages.h"
#include "kernel/process-tie.h"
#include "spawner/round/ballast.h"
#include "spawner/round/creator.h"
#include "spawner/round/loop.h"
#include "spawner/round/result.h"

#define SAMPLES_ALL 65536u
#define SAMPLES_MOST 4096u
#define SAMPLES_LEAST 64u

struct runnable_tasks {
	const struct spawn_job *job;
	struct spawn_creator creator;  /* the pattern of each */
	struct spawn_lane *lanes;
	size_t lanes_bytes, lane_bytes;
	uint32_t count;
	pthread_barrier_t *barrier;    /* in shared memory */
};

static struct spawn_lane *lane_of(const struct runnable_tasks *tasks, uint32_t i)
{
	return (struct spawn_lane *)((char *)tasks->lanes + i * tasks->lane_bytes);
}

static size_t lane_capacity(const struct spawn_job *job)
{
	size_t capacity = SAMPLES_ALL / job->parallel;

	if (capacity > SAMPLES_MOST)
		capacity = SAMPLES_MOST;
	if (capacity < SAMPLES_LEAST)
		capacity = SAMPLES_LEAST;
	return capacity < job->alive ? job->alive : capacity;
}

static int tasks_init(struct runnable_tasks *tasks)
{
	tasks->count = (uint32_t)tasks->job->parallel;
	tasks->lanes = spawn_lanes_map(tasks->count, lane_capacity(tasks->job),
				      (uint32_t)tasks->job->alive, &tasks->lanes_bytes);
	if (!tasks->lanes)
		return -ENOMEM;
	tasks->lane_bytes = tasks->lanes_bytes / tasks->count;
	for (uint32_t i = 0; i < tasks->count; i++)
		round_init(&lane_of(tasks, i)->round, tasks->job->mechanism);
	return 0;
}

static int make_barrier(struct runnable_tasks *tasks)
{
	pthread_barrierattr_t attributes;
	void *map = mmap(NULL, sizeof(pthread_barrier_t), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int error;

	if (map == MAP_FAILED)
		return -errno;
	error = pthread_barrierattr_init(&attributes);
	if (!error)
		error = pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (!error)
		error = pthread_barrier_init(map, &attributes, tasks->count);
	pthread_barrierattr_destroy(&attributes);
	if (error) {
		munmap(map, sizeof(pthread_barrier_t));
		return -error;
	}
	tasks->barrier = map;
	return 0;
}

/* A barrier that its waiters were killed at cannot be destroyed: just unmap. */
static void tasks_done(struct runnable_tasks *tasks)
{
	if (tasks->barrier)
		munmap(tasks->barrier, sizeof(pthread_barrier_t));
	spawn_lanes_unmap(tasks->lanes, tasks->lanes_bytes);
}

static struct spawn_creator creator_of(const struct runnable_tasks *tasks, uint32_t i)
{
	struct spawn_creator creator = tasks->creator;

	creator.lane = lane_of(tasks, i);
	creator.barrier = tasks->barrier;
	creator.cpu = tasks->job->spread ? affinity_nth((int)i) : -1;
	return creator;
}

static void become_creator(const struct runnable_tasks *tasks, uint32_t i, pid_t worker)
{
	struct spawn_creator creator = creator_of(tasks, i);

	if (process_tie(worker))
		_exit(1);
	spawn_creator_run(&creator);
	_exit(0);
}

static void kill_all(const pid_t *pids, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
}

static uint32_t index_of(const pid_t *pids, uint32_t count, pid_t pid)
{
	uint32_t i = 0;

	while (i < count && pids[i] != pid)
		i++;
	return i;
}

/* One that does not come back would leave the others waiting: end them all. */
static void collect(pid_t *pids, uint32_t count, struct round *round)
{
	char reason[64];

	for (uint32_t left = count; left;) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);
		uint32_t i = pid > 0 ? index_of(pids, count, pid) : count;

		if (pid == -1 && errno != EINTR)
			break;
		if (i == count)
			continue;
		pids[i] = 0;
		left--;
		if (WIFSIGNALED(status)) {
			snprintf(reason, sizeof(reason), "a creator was killed by signal %d",
				 WTERMSIG(status));
			round_fail(round, ROUND_FAILED, -EOWNERDEAD, "creators", reason);
			kill_all(pids, count);
		}
	}
}

static void run_processes(struct runnable_tasks *tasks, struct round *round)
{
	pid_t *pids = calloc(tasks->count, sizeof(*pids)), worker = getpid();
	uint32_t i;

	for (i = 0; pids && i < tasks->count; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			become_creator(tasks, i, worker);
		if (pids[i] == -1) {
			round_fail(round, ROUND_SKIPPED, errno, "creators",
				   "so many creators may not live at once: lower --parallel");
			kill_all(pids, i);
			break;
		}
	}
	if (!pids)
		round_refuse(round, -ENOMEM, "creators", "");
	else
		collect(pids, i, round);
	free(pids);
}

static void *thread_creator(void *argument)
{
	spawn_creator_run(argument);
	return NULL;
}

/*
 * If not all can be made, those that were wait at the barrier for ever: the
 * process ends with them, after it has said why.
 */
static void create_threads(struct runnable_tasks *tasks, struct round *round, struct spawn_creator *creators,
			   pthread_t *threads)
{
	for (uint32_t i = 0; i < tasks->count; i++) {
		int error;

		creators[i] = creator_of(tasks, i);
		creators[i].is_thread = true;
		error = pthread_create(&threads[i], NULL, thread_creator, &creators[i]);
		if (error) {
			round_fail(round, ROUND_SKIPPED, error, "creators",
				   "so many creators may not live at once: lower --parallel");
			return;
		}
	}
	for (uint32_t i = 0; i < tasks->count; i++)
		pthread_join(threads[i], NULL);
}

static void run_threads(struct runnable_tasks *tasks, struct round *round)
{
	struct spawn_creator *creators = calloc(tasks->count, sizeof(*creators));
	pthread_t *threads = calloc(tasks->count, sizeof(*threads));
	struct spawn_ballast ballast = { 0 };

	if (!creators || !threads)
		round_refuse(round, -ENOMEM, "creators", "");
	else if (!spawn_ballast_build(&ballast, tasks->job, round))
		create_threads(tasks, round, creators, threads);
	/* Threads that still wait use these: they go with the process. */
	if (round->status != ROUND_SKIPPED) {
		spawn_ballast_drop(&ballast);
		free(creators);
		free(threads);
	}
}

static void run_tasks(struct runnable_tasks *tasks, struct round *round)
{
	struct spawn_creator alone = creator_of(tasks, 0);
	int error;

	if (tasks->count == 1) {
		spawn_creator_run(&alone);
		return;
	}
	error = make_barrier(tasks);
	if (error)
		round_refuse(round, error, "creators", "");
	else if (!strcmp(tasks->job->peer, "thread"))
		run_threads(tasks, round);
	else
		run_processes(tasks, round);
}

void spawn_round_run(const struct spawn_job *job, const struct spawner *spawner,
		     const struct spawn_config *config, struct round *round,
		     struct spawn_pairs *ret_pairs)
{
	struct runnable_tasks tasks = {
		.job = job,
		.creator = { .job = job, .spawner = spawner, .config = config },
	};
	const struct spawn_lane **lanes = pages_take(job->parallel * sizeof(*lanes));
	int error = lanes ? tasks_init(&tasks) : -ENOMEM;

	memset(ret_pairs, 0, sizeof(*ret_pairs));
	if (error) {
		round_refuse(round, error, "creators", "");
	} else {
		run_tasks(&tasks, round);
		for (uint32_t i = 0; i < tasks.count; i++)
			lanes[i] = lane_of(&tasks, i);
		spawn_result_tell(job, spawner, lanes, tasks.count, round, ret_pairs);
		if (round->status != ROUND_SKIPPED)
			tasks_done(&tasks);
	}
	pages_give(lanes, job->parallel * sizeof(*lanes));
}

void spawn_pairs_free(struct spawn_pairs *pairs)
{
	for (int i = 0; i < ROUND_SERIES_MAX; i++)
		free(pairs->of_series[i]);
	memset(pairs, 0, sizeof(*pairs));
}
