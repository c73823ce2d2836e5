/* SPDX-License-Identifier: MIT */
/*
 * engine-trial - one engine on a small file of its own, as tests of engines need it.
 *
 * trial_begin() makes lanes and file; trial_open() opens the engine, or notes why it
 * is not to be had here: then false.  trial_end() gives all back.  The file is in
 * the current folder, or in /tmp where that may not be written.
 */
#ifndef HANDOFF_ENGINE_TRIAL_H
#define HANDOFF_ENGINE_TRIAL_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/mechanism/list.h"
#include "engine/round/io-file.h"
#include "engine/round/lanes.h"
#include "kernel/pages.h"
#include "errno-word.h"
#include "process.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BLOCK_BYTES 4096u
#define BLOCKS 64u
#define FILE_BYTES ((uint64_t)BLOCKS * BLOCK_BYTES)
#define DEEP 17u
#define PATIENCE_MS 10000

struct trial {
	const struct engine *engine;
	struct engine_config config;
	struct engine_lanes lanes;
	void *state;
	char reason[ENGINE_REASON_BYTES];
};

static inline int engine_count(void)
{
	int count = 0;

	while (engines[count])
		count++;
	return count;
}

/* For struct choice. */
static inline const char *engine_name_of(int row)
{
	return engines[row]->about.name;
}

static inline bool engine_has(const struct engine *engine, unsigned int traits)
{
	return engine->about.traits & traits;
}

/* By the name that it has in /proc: a descriptor of other flags. */
static inline int reopen(int file, int flags)
{
	char path[64];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	other = open(path, flags | O_CLOEXEC);
	ck_assert_msg(other >= 0, "%s: %s", path, errno_word(errno));
	return other;
}

static inline int make_file(const struct engine *engine)
{
	int file = io_file_create(".", FILE_BYTES, NULL), direct;

	if (file < 0)
		file = io_file_create("/tmp", FILE_BYTES, NULL);
	ck_assert_int_ge(file, 0);
	if (!engine_has(engine, ENGINE_DIRECT))
		return file;
	direct = reopen(file, O_RDWR | O_DIRECT);
	close(file);
	return direct;
}

static inline void trial_begin(struct trial *trial, const struct engine *engine, uint32_t depth)
{
	struct engine_lanes_plan plan = { .count = depth, .block_bytes = BLOCK_BYTES,
					  .samples = 16 };

	memset(trial, 0, sizeof(*trial));
	trial->engine = engine;
	ck_assert_error(engine_lanes_init(&trial->lanes, &plan), 0);
	trial->lanes.load->has_bytes = !engine_has(engine, ENGINE_NOP);
	trial->lanes.load->is_known = true;
	engine_lanes_aim(&trial->lanes, BLOCKS, true);
	trial->config = (struct engine_config){
		.operation = ENGINE_READ, .file = make_file(engine), .file_bytes = FILE_BYTES,
		.block_bytes = BLOCK_BYTES, .is_direct = engine_has(engine, ENGINE_DIRECT),
		.depth = depth, .submit_batch = 1, .cpu = -1,
		.load = trial->lanes.load, .lanes = trial->lanes.lanes,
	};
}

/* Another pattern than that which the file has. */
static inline void trial_write(struct trial *trial, uint64_t seed)
{
	trial->config.operation = ENGINE_WRITE;
	trial->lanes.load->is_write = true;
	trial->lanes.load->seed = seed;
}

static inline void trial_fail(const struct trial *trial, const char *what, int error)
{
	ck_abort_msg("%s, depth %u, batch %u: %s: %s", trial->engine->about.name,
		     trial->config.depth, trial->config.submit_batch, what, errno_word(error));
}

static inline int trial_try_open(struct trial *trial)
{
	int error;

	memset(trial->reason, 0, sizeof(trial->reason));
	trial->state = pages_take(trial->engine->state_bytes + 1);
	ck_assert_ptr_nonnull(trial->state);
	/* What makes no requests on a file has tests of its own. */
	if (engine_has(trial->engine, ENGINE_NO_FILES)) {
		strcpy(trial->reason, "it makes no requests on a file");
		error = -ENOSYS;
	} else {
		error = trial->engine->open(trial->state, &trial->config, trial->reason);
	}
	if (error) {
		pages_give(trial->state, trial->engine->state_bytes + 1);
		trial->state = NULL;
	}
	return error;
}

static inline void trial_close(struct trial *trial)
{
	if (trial->state)
		trial->engine->close(trial->state);
	pages_give(trial->state, trial->engine->state_bytes + 1);
	trial->state = NULL;
}

static inline void trial_end(struct trial *trial)
{
	trial_close(trial);
	if (trial->config.file >= 0)
		close(trial->config.file);
	engine_lanes_done(&trial->lanes);
}

static inline int trial_run(struct trial *trial, uint64_t n)
{
	engine_lanes_begin(&trial->lanes, n);
	return trial->engine->run(trial->state);
}

static inline bool note_lack(const struct trial *trial, const char *reason, int error)
{
	fprintf(stderr, "note: no %s here: %s: %s\n", trial->engine->about.name, errno_word(error),
		reason);
	return false;
}

/* What this machine or account lacks is told, never just an error; but a device that
 * cannot be polled is only known by its first request. */
static inline bool trial_open(struct trial *trial)
{
	int error = trial_try_open(trial);

	if (error && !*trial->reason)
		trial_fail(trial, "open, without a reason", error);
	if (error)
		return note_lack(trial, trial->reason, error);
	if (!engine_has(trial->engine, ENGINE_DIRECT))
		return true;
	error = trial_run(trial, 1);
	if (error && error != -EOPNOTSUPP)
		trial_fail(trial, "first request", error);
	return error ? note_lack(trial, "its device is not polled", error) : true;
}

#endif
