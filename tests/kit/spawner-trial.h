/* SPDX-License-Identifier: MIT */
/* spawner-trial - one spawner with its tasks, as the worker sets them up and tests need it. */
#ifndef HANDOFF_TESTS_SPAWNER_TRIAL_H
#define HANDOFF_TESTS_SPAWNER_TRIAL_H

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "errno-word.h"
#include "process.h"
#include "spawner/mechanism/list.h"
#include "spawner/round/tasks.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE_MS 20000

static inline const struct spawner *spawner_at(int i)
{
	return spawners[i];
}

static inline int spawner_count(void)
{
	int count = 0;

	while (spawners[count])
		count++;
	return count;
}

static inline bool has(const struct spawner *spawner, unsigned int traits)
{
	return (spawner->about.traits & traits) == traits;
}

/* As the worker has it: who is frozen until the task's end cannot let it go. */
static inline bool can_hold(const struct spawner *spawner)
{
	return !has(spawner, SPAWN_SUSPENDS) ||
	       (has(spawner, SPAWN_EXEC) && !has(spawner, SPAWN_NO_PID));
}

struct trial {
	const struct spawner *spawner;
	struct spawn_config config;
	struct spawn_tasks tasks;
	void *state;
	const char *reason;
};

/* The smallest target that was built; found in the build tree by make check. */
static inline const char *target_path(void)
{
	static char path[PATH_MAX];
	const char *workers = getenv("HANDOFF_WORKERS");

	ck_assert_msg(workers != NULL, "HANDOFF_WORKERS is not set: run make check");
	snprintf(path, sizeof(path), "%s/handoff-target-tiny", workers);
	if (access(path, F_OK))
		snprintf(path, sizeof(path), "%s/handoff-target-dynamic", workers);
	return path;
}

/* foreign: a path that is not our target's, or NULL. */
static inline void trial_begin(struct trial *trial, int i, uint32_t alive, bool is_held,
			const char *foreign)
{
	const char *target = foreign ? foreign : target_path();
	bool is_exec;

	memset(trial, 0, sizeof(*trial));
	trial->spawner = spawner_at(i);
	is_exec = has(trial->spawner, SPAWN_EXEC);
	trial->config = (struct spawn_config){
		.alive = alive,
		.target = target,
		.target_name = strrchr(target, '/') + 1,
	};
	ck_assert_error(spawn_tasks_init(&trial->tasks, alive, is_held, CLOCK_GETTIME,
					 is_exec ? target : NULL, foreign != NULL, NULL), 0);
}

/* The state is just as large as it was asked for: AddressSanitizer sees the rest. */
static inline int trial_open(struct trial *trial)
{
	int error;

	ck_assert_int_eq(posix_memalign(&trial->state, 256, trial->spawner->state_bytes), 0);
	memset(trial->state, 0, trial->spawner->state_bytes);
	trial->reason = "";
	error = trial->spawner->open(trial->state, &trial->config, &trial->reason);
	ck_assert_int_le(error, 0);
	ck_assert_int_gt(error, -4096);
	ck_assert_ptr_nonnull(trial->reason);
	if (error)
		free(trial->state);
	return error;
}

static inline bool trial_is_available(struct trial *trial)
{
	int error = trial_open(trial);

	if (!error)
		return true;
	ck_assert_msg(error != -EMFILE && error != -EBADF && error != -EFAULT && error != -ECHILD,
		      "open() failed: %s", errno_word(error));
	fprintf(stderr, "note: no %s here: %s: %s\n", trial->spawner->about.name,
		errno_word(error), trial->reason);
	spawn_tasks_done(&trial->tasks);
	return false;
}

static inline void trial_close(struct trial *trial)
{
	trial->spawner->close(trial->state);
	free(trial->state);
}

static inline int trial_start(struct trial *trial, uint32_t i)
{
	int error;

	spawn_task_reset(&trial->tasks.task[i]);
	error = trial->spawner->start(trial->state, &trial->tasks.task[i]);
	ck_assert_int_le(error, 0);
	return error;
}

static inline int trial_reap(struct trial *trial, uint32_t i)
{
	int error = trial->spawner->reap(trial->state, &trial->tasks.task[i]);

	ck_assert_int_le(error, 0);
	return error;
}

/* When it began or ended, 0 if it has not. */
static inline uint64_t time_of(const struct trial *trial, uint32_t i, bool is_end)
{
	const struct spawn_task *task = &trial->tasks.task[i];
	bool is_exec = has(trial->spawner, SPAWN_EXEC);

	if (is_end)
		return __atomic_load_n(is_exec ? &task->exec_last : &task->last, __ATOMIC_ACQUIRE);
	return __atomic_load_n(is_exec ? &task->exec_first : &task->first, __ATOMIC_ACQUIRE);
}

static inline void assert_trace(const struct trial *trial, uint32_t i)
{
	ck_assert_uint_ne(time_of(trial, i, false), 0);
	ck_assert_uint_ge(time_of(trial, i, true), time_of(trial, i, false));
	ck_assert_int_eq(trial->tasks.task[i].error, 0);
}

/* All of them at once, then collected from the first or from the last. */
static inline void run_wave(struct trial *trial, bool is_backwards)
{
	uint32_t count = trial->tasks.count;

	for (uint32_t i = 0; i < count; i++)
		ck_assert_error(trial_start(trial, i), 0);
	for (uint32_t n = 0; n < count; n++) {
		uint32_t i = is_backwards ? count - 1 - n : n;

		ck_assert_error(trial_reap(trial, i), 0);
		assert_trace(trial, i);
	}
}

static inline void wait_until_running(const struct trial *trial)
{
	for (uint32_t i = 0; i < trial->tasks.count; i++)
		for (int ms = 0; !time_of(trial, i, false); ms++) {
			ck_assert_int_lt(ms, PATIENCE_MS);
			pause_ms(1);
		}
}

/* Lets this one go, but targets all at once with the first. */
static inline int release_and_reap(struct trial *trial, uint32_t i)
{
	if (!has(trial->spawner, SPAWN_EXEC))
		spawn_task_release(&trial->tasks.task[i]);
	else if (i == 0)
		ck_assert_int_eq(spawn_tasks_release_targets(&trial->tasks, trial->tasks.count), 0);
	return trial_reap(trial, i);
}

/* They say what they did not find, or could not do; we know. */
static inline void silence_shells(void)
{
	ck_assert_int_eq(dup2(0, 2), 2);
}

#endif
