/* SPDX-License-Identifier: MIT */
/*
 * check_engine - the contract of lib/engine/engine.h, asked of every engine in list.def.
 * What this machine or account lacks is noted and passed over.
 */
#include "../kit/engine-trial.h"
#include "../kit/choice.h"
#include "engine/mechanism/list.h"
#include "kernel/process-facts.h"

#define TIMEOUT_S 60
#define CYCLES 50
#define SHARE 8                    /* one case of so many in make check */
#define WAYS 8                     /* reads, writes; in order, scattered; two batches */

/* What an engine says of itself */

START_TEST(null_comes_first)
{
	ck_assert_ptr_eq(engines[0], &engine_null);
	for (int i = 0; i < engine_count(); i++)
		ck_assert_int_eq(engine_has(engines[i], ENGINE_NULL), i == 0);
	/* what moves no bytes does no work */
	for (int i = 0; i < engine_count(); i++)
		ck_assert_int_eq(engine_has(engines[i], MECHANISM_YARDSTICK),
				 engine_has(engines[i], ENGINE_NOP));
}
END_TEST

START_TEST(is_found_by_its_name_alone)
{
	const struct engine *engine = engines[_i];
	const char *name = engine->about.name, *summary = engine->about.summary;

	ck_assert_ptr_eq(engine_find(name), engine);
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(engines[i]->about.name, name);
	ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-+"), strlen(name));
	ck_assert_msg(*summary && strlen(summary) <= 76, "%s: %zu characters", name,
		      strlen(summary));
	ck_assert(engine_has(engine, ENGINE_NO_FILES) ? engine->server || engine->run
						      : engine->open && engine->run && engine->close);
	ck_assert(!engine_has(engine, ENGINE_DIRECT) || !engine_has(engine, ENGINE_CACHED));
}
END_TEST

/* Offsets */

/* Every block once, and none that is not there. */
static void assert_permutation(uint64_t blocks)
{
	struct engine_load load = { .blocks = blocks };
	struct engine_lanes lanes = { .load = &load };
	unsigned char seen[8192] = { 0 };

	engine_lanes_aim(&lanes, blocks, true);
	for (uint64_t number = 0; number < blocks; number++) {
		uint64_t at = engine_block(&load, number + 3 * blocks);

		ck_assert_msg(at < blocks && !seen[at], "%ju blocks: %ju comes twice",
			      (uintmax_t)blocks, (uintmax_t)at);
		seen[at] = 1;
	}
}

START_TEST(scattered_blocks_are_all_of_them)
{
	static const uint64_t some[] = { 255, 256, 257, 1000, 4095, 4096, 4097, 8191, 8192 };

	for (uint64_t blocks = 1; blocks <= 130; blocks++)
		assert_permutation(blocks);
	for (size_t i = 0; i < COUNT_OF(some); i++)
		assert_permutation(some[i]);
}
END_TEST

/* Requests */

static void assert_facts(const struct trial *trial, uint64_t n)
{
	struct engine_facts facts = { .tasks = -1, .calls = -1, .hits = -1 };

	if (!trial->engine->tell)
		return;
	trial->engine->tell(trial->state, &facts);
	ck_assert_double_ge(facts.tasks, 1);
	ck_assert_double_le(facts.tasks, trial->config.depth);
	ck_assert_double_le(facts.hits, (double)n);
	/* One call each, at most two; and a ring makes many by one. */
	if (!engine_has(trial->engine, ENGINE_RING | ENGINE_BATCH) && facts.calls > 0)
		ck_assert_double_ge(facts.calls, (double)n);
	/* Who polls may do so in vain. */
	if (!engine_has(trial->engine, ENGINE_DIRECT))
		ck_assert_double_le(facts.calls, 3 * (double)n);
}

static void assert_all_end(struct trial *trial)
{
	static const uint64_t counts[] = { 1, 7, 1000, 1 };
	uint64_t sum = engine_lanes_ended(&trial->lanes);

	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		int error = trial_run(trial, counts[i]);

		if (error)
			trial_fail(trial, "run", error);
		sum += counts[i];
		ck_assert_uint_eq(engine_lanes_begun(&trial->lanes), sum);
		ck_assert_uint_eq(engine_lanes_ended(&trial->lanes), sum);
	}
	assert_facts(trial, sum);
}

/* Of as many requests as there are blocks, each block is written by one. */
static void assert_each_is_written(struct trial *trial)
{
	struct engine_load *load = trial->lanes.load;
	struct engine_lane *lane = &trial->lanes.lanes[0];
	int error, file = reopen(trial->config.file, O_RDONLY);

	load->seed = 12345;
	error = trial_run(trial, BLOCKS);
	if (error)
		trial_fail(trial, "run", error);
	for (uint64_t i = 0; i < BLOCKS; i++) {
		lane->offset = i * BLOCK_BYTES;
		ck_assert_int_eq(pread(file, lane->buffer, BLOCK_BYTES, (off_t)lane->offset),
				 BLOCK_BYTES);
		ck_assert_msg(engine_is_pattern(lane), "%s: block %ju was not written",
			      trial->engine->about.name, (uintmax_t)i);
	}
	close(file);
}

static uint32_t depth_of(const struct engine *engine)
{
	return engine_has(engine, ENGINE_ONE) ? 1 : DEEP;
}

static void try_way(const struct engine *engine, uint32_t depth, int way)
{
	struct trial trial;

	trial_begin(&trial, engine, depth);
	engine_lanes_aim(&trial.lanes, BLOCKS, way & 1);
	if (way & 2)
		trial_write(&trial, 77);
	trial.config.submit_batch = way & 4 ? 16 : 1;
	if (trial_open(&trial)) {
		assert_all_end(&trial);
		if (way & 2 && trial.lanes.load->has_bytes)
			assert_each_is_written(&trial);
	}
	trial_end(&trial);
}

START_TEST(all_requests_end_once)
{
	const struct engine *engine = engines[_i / WAYS];

	if (_i & 2 && engine_has(engine, ENGINE_READS))
		return;
	try_way(engine, 1, _i % WAYS);
	/* Two stores to one block of a mapping: for the kernel no race, for a sanitizer one. */
	if (IS_SANITIZED && engine == &engine_mmap && _i & 2)
		return;
	if (depth_of(engine) > 1)
		try_way(engine, DEEP, _i % WAYS);
}
END_TEST

/* Of a file that was in no memory, all blocks are, by as many reads as there are blocks. */
START_TEST(each_block_is_read)
{
	const struct engine *engine = engines[_i];
	struct trial trial;
	int64_t before;

	trial_begin(&trial, engine, depth_of(engine));
	if (!engine_has(engine, ENGINE_NOP | ENGINE_DIRECT) && trial_open(&trial)) {
		ck_assert_int_eq(posix_fadvise(trial.config.file, 0, 0, POSIX_FADV_RANDOM), 0);
		ck_assert_int_eq(io_file_cool(trial.config.file, FILE_BYTES), 0);
		before = io_file_cached_pages(trial.config.file, FILE_BYTES);
		ck_assert_error(trial_run(&trial, BLOCKS), 0);
		ck_assert_int_eq(io_file_cached_pages(trial.config.file, FILE_BYTES), BLOCKS);
		if (before)
			fprintf(stderr, "note: %d pages did not leave the cache\n", (int)before);
	}
	trial_end(&trial);
}
END_TEST

/* As many under way as there are lanes */

struct feeder {
	const struct trial *trial;
	int pipe;
	uint64_t most;
};

/* begun is written by other threads, of which we only want to see it some day. */
static uint64_t begun_by_now(const struct trial *trial)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < trial->config.depth; i++)
		sum += __atomic_load_n(&trial->lanes.lanes[i].begun, __ATOMIC_RELAXED);
	return sum;
}

/* Nothing ends before all have begun, and then nothing more begins. */
static void *feed(void *argument)
{
	static const unsigned char block[BLOCK_BYTES];
	struct feeder *feeder = argument;

	for (int ms = 0; begun_by_now(feeder->trial) < DEEP && ms < PATIENCE_MS / 4; ms++)
		pause_ms(1);
	pause_ms(20);
	feeder->most = begun_by_now(feeder->trial);
	for (uint32_t i = 0; i < 2 * DEEP; i++)
		if (write(feeder->pipe, block, sizeof(block)) != (ssize_t)sizeof(block))
			break;
	return NULL;
}

/* A pipe has nothing to read until somebody writes. */
static void read_a_pipe(struct trial *trial)
{
	struct feeder feeder = { .trial = trial };
	pthread_t thread;
	int ends[2], error;

	ck_assert_int_eq(pipe(ends), 0);
	close(trial->config.file);
	trial->config.file = ends[0];
	feeder.pipe = ends[1];
	trial->lanes.load->is_known = false;
	if (trial_open(trial)) {
		ck_assert_int_eq(pthread_create(&thread, NULL, feed, &feeder), 0);
		error = trial_run(trial, 2 * DEEP);
		pthread_join(thread, NULL);
		if (error)
			trial_fail(trial, "run", error);
		ck_assert_uint_eq(feeder.most, DEEP);
	}
	close(ends[1]);
}

START_TEST(the_depth_is_under_way_and_no_more)
{
	static const uint32_t batches[] = { 1, 16, 64 };
	const struct engine *engine = engines[_i];

	/* Others know files only; and a sanitizer would see us look. */
	if (!engine_has(engine, ENGINE_RING) ||
	    engine_has(engine, ENGINE_NOP | ENGINE_DIRECT) || IS_SANITIZED)
		return;
	for (size_t i = 0; i < COUNT_OF(batches); i++) {
		struct trial trial;

		trial_begin(&trial, engine, DEEP);
		trial.config.submit_batch = batches[i];
		read_a_pipe(&trial);
		trial_end(&trial);
	}
}
END_TEST

/* What nowait-pool has by its first try */

START_TEST(cached_blocks_are_hits_and_a_miss_is_two_calls)
{
	struct engine_facts facts = { .hits = -1 };
	struct trial trial;
	double warm;

	trial_begin(&trial, &engine_nowait_pool, DEEP);
	if (trial_open(&trial)) {
		ck_assert_int_eq(io_file_warm(trial.config.file, FILE_BYTES), 0);
		ck_assert_error(trial_run(&trial, BLOCKS), 0);
		engine_nowait_pool.tell(trial.state, &facts);
		ck_assert_double_eq(facts.hits, BLOCKS);
		ck_assert_double_eq(facts.calls, BLOCKS);
		warm = facts.hits;
		ck_assert_int_eq(posix_fadvise(trial.config.file, 0, 0, POSIX_FADV_RANDOM), 0);
		ck_assert_int_eq(io_file_cool(trial.config.file, FILE_BYTES), 0);
		if (!io_file_cached_pages(trial.config.file, FILE_BYTES)) {
			ck_assert_error(trial_run(&trial, BLOCKS), 0);
			engine_nowait_pool.tell(trial.state, &facts);
			/* A try begins to read, too: a quick device makes it a hit. */
			ck_assert_double_le(facts.hits, warm + BLOCKS);
			ck_assert_double_eq(facts.calls, 2 * warm + 2 * BLOCKS - facts.hits);
		}
	}
	trial_end(&trial);
}
END_TEST

/* Nothing is left behind */

struct census {
	int descriptors, children, threads;
	double kib;
};

static int count_entries(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static bool is_kernel_worker(const char *thread)
{
	char path[300], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", thread);
	file = fopen(path, "re");
	if (file) {
		fgets(name, sizeof(name), file);
		fclose(file);
	}
	return !strncmp(name, "iou-wrk", strlen("iou-wrk"));
}

/* Without the kernel's own for rings: of those one stays as long as the process does. */
static int count_threads(void)
{
	DIR *directory = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)))
		count += entry->d_name[0] != '.' && !is_kernel_worker(entry->d_name);
	closedir(directory);
	return count;
}

static struct census take_census(void)
{
	siginfo_t info;

	return (struct census){
		.descriptors = count_entries("/proc/self/fd"),
		.children = !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT),
		.threads = count_threads(),
		.kib = process_status(0, "VmSize"),
	};
}

/* Threads that were joined, of the kernel's and of libc's may be on their way out. */
static void assert_as_before(const struct engine *engine, const struct census *before)
{
	struct census now;

	for (int ms = 0; count_threads() > before->threads && ms < PATIENCE_MS; ms++)
		pause_ms(1);
	now = take_census();
	ck_assert_msg(now.descriptors == before->descriptors, "%s: %d descriptors were %d",
		      engine->about.name, now.descriptors, before->descriptors);
	ck_assert_msg(!now.children, "%s: a child is left", engine->about.name);
	ck_assert_msg(now.threads <= before->threads, "%s: %d threads were %d", engine->about.name,
		      now.threads, before->threads);
}

static bool cycle(struct trial *trial)
{
	bool is_there = trial_open(trial);
	int error = is_there ? trial_run(trial, 3) : 0;

	if (error)
		trial_fail(trial, "run", error);
	trial_close(trial);
	return is_there;
}

/* libc keeps stacks of threads: two times as many, and it is no leak. */
START_TEST(cycles_leave_nothing)
{
	const struct engine *engine = engines[_i];
	struct census before, once;
	struct trial trial;
	bool is_there;

	trial_begin(&trial, engine, depth_of(engine));
	before = take_census();
	is_there = cycle(&trial);
	assert_as_before(engine, &before);
	once = take_census();
	for (int i = 1; i < CYCLES && is_there; i++)
		cycle(&trial);
	assert_as_before(engine, &before);
	if (!IS_SANITIZED)
		ck_assert_double_lt(take_census().kib, once.kib + CYCLES * 2);
	trial_end(&trial);
}
END_TEST

/* Closed without any request, too. */
START_TEST(what_is_opened_is_closed)
{
	const struct engine *engine = engines[_i];
	struct census before;
	struct trial trial;

	trial_begin(&trial, engine, depth_of(engine));
	before = take_census();
	if (!trial_try_open(&trial))
		trial_close(&trial);
	assert_as_before(engine, &before);
	trial_end(&trial);
}
END_TEST

static struct choice choice = { .name_of = engine_name_of };

static void add_contract(void)
{
	choice_add(&choice, all_requests_end_once, WAYS, SHARE);
	choice_add(&choice, each_block_is_read, 1, SHARE);
	choice_add(&choice, the_depth_is_under_way_and_no_more, 1, SHARE);
	choice_add(&choice, cycles_leave_nothing, 1, SHARE);
	choice_add(&choice, what_is_opened_is_closed, 1, SHARE);
}

static void add_general(Suite *suite)
{
	TCase *tcase = tcase_create("general");

	tcase_add_test(tcase, null_comes_first);
	tcase_add_test(tcase, scattered_blocks_are_all_of_them);
	tcase_add_test(tcase, cached_blocks_are_hits_and_a_miss_is_two_calls);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("engine");

	choice.rows = engine_count();
	add_general(suite);
	choice_begin(&choice, suite, "words", begin_test, TIMEOUT_S);
	choice_add(&choice, is_found_by_its_name_alone, 1, SHARE_ALL);
	choice_add_twice(&choice, suite, "contract", add_contract, TIMEOUT_S);
	return choice_run(&choice, suite);
}
