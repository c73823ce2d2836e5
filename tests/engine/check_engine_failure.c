/* SPDX-License-Identifier: MIT */
/*
 * check_engine_failure - requests that fail, and engines that are not to be had:
 * the error is told, no failed request is counted, and nothing is left.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "../kit/engine-trial.h"
#include "../kit/choice.h"
#include "engine/mechanism/list.h"

#define TIMEOUT_S 60
#define DEADLINE_MS 5000
#define SHARE 8                    /* one case of so many in make check */

static uint32_t depth_of(const struct engine *engine)
{
	return engine_has(engine, ENGINE_ONE) ? 1 : DEEP;
}

static bool moves_bytes(const struct engine *engine)
{
	return !engine_has(engine, ENGINE_NOP);
}

static bool writes_bytes(const struct engine *engine)
{
	return moves_bytes(engine) && !engine_has(engine, ENGINE_READS);
}

/* As many of the load as there are blocks; nothing is under way afterwards, or counted. */
static int run_failing(struct trial *trial)
{
	int error = trial_run(trial, BLOCKS);
	uint64_t begun = engine_lanes_begun(&trial->lanes);
	uint64_t ended = engine_lanes_ended(&trial->lanes);

	ck_assert_msg(error < 0, "%s: no error", trial->engine->about.name);
	ck_assert_msg(ended < BLOCKS && (ended < begun || !begun), "%s: %ju of %ju ended",
		      trial->engine->about.name, (uintmax_t)ended, (uintmax_t)begun);
	pause_ms(5);
	ck_assert_uint_eq(engine_lanes_begun(&trial->lanes), begun);
	ck_assert_uint_eq(engine_lanes_ended(&trial->lanes), ended);
	return error;
}

static void expect_error(const struct trial *trial, int error, int expected)
{
	ck_assert_msg(error == expected, "%s: %s, not %s", trial->engine->about.name,
		      errno_word(error), errno_word(expected));
}

/* Where the file ends now, and whether it is known what it held: if not, only the number
 * of bytes tells. */
static const struct { uint64_t bytes; bool is_known; } ends[] = {
	{ FILE_BYTES / 2, true }, { FILE_BYTES / 2, false },
	{ FILE_BYTES - BLOCK_BYTES / 2, true }, { FILE_BYTES - BLOCK_BYTES / 2, false },
};

/* What lies in a page behind the end is zero to a mapping, and can be read. */
static bool sees_end(const struct engine *engine, uint64_t bytes)
{
	return moves_bytes(engine) && (engine != &engine_mmap || bytes % BLOCK_BYTES == 0);
}

START_TEST(a_file_that_became_short)
{
	const struct engine *engine = engines[_i / (int)COUNT_OF(ends)];
	uint64_t bytes = ends[_i % (int)COUNT_OF(ends)].bytes;
	struct trial trial;

	trial_begin(&trial, engine, depth_of(engine));
	if (sees_end(engine, bytes) && trial_open(&trial)) {
		engine_lanes_begin(&trial.lanes, 0);
		trial.lanes.load->first = 0;
		trial.lanes.load->is_known = ends[_i % (int)COUNT_OF(ends)].is_known;
		ck_assert_call(ftruncate(trial.config.file, (off_t)bytes));
		expect_error(&trial, run_failing(&trial), -EIO);
	}
	trial_end(&trial);
}
END_TEST

/* The last word that is looked at of one block. */
static void damage(const struct trial *trial)
{
	off_t at = 29 * BLOCK_BYTES - ENGINE_CHECK_BYTES;
	int file = reopen(trial->config.file, O_WRONLY);

	ck_assert_int_eq(pwrite(file, "damaged", 8, at), 8);
	close(file);
}

START_TEST(a_block_that_is_damaged)
{
	struct trial trial;

	trial_begin(&trial, engines[_i], depth_of(engines[_i]));
	if (moves_bytes(engines[_i]) && trial_open(&trial)) {
		damage(&trial);
		expect_error(&trial, run_failing(&trial), -EILSEQ);
	}
	trial_end(&trial);
}
END_TEST

/* open() may tell it already: nothing is there to be mapped or registered. */
static void expect_refusal(struct trial *trial, int expected)
{
	int error = trial_try_open(trial);

	if (!error)
		error = run_failing(trial);
	if (error == -EACCES && trial->engine == &engine_mmap)
		return;
	if (error == -EOPNOTSUPP && engine_has(trial->engine, ENGINE_DIRECT))
		return;
	if (*trial->reason)
		note_lack(trial, trial->reason, error);
	else
		expect_error(trial, error, expected);
}

static void use_other_file(struct trial *trial, int flags)
{
	int other = reopen(trial->config.file, flags);

	close(trial->config.file);
	trial->config.file = other;
}

START_TEST(a_file_that_may_not_be_read)
{
	struct trial trial;

	trial_begin(&trial, engines[_i], depth_of(engines[_i]));
	use_other_file(&trial, O_WRONLY);
	if (moves_bytes(engines[_i]))
		expect_refusal(&trial, -EBADF);
	trial_end(&trial);
}
END_TEST

START_TEST(a_file_that_may_not_be_written)
{
	struct trial trial;

	trial_begin(&trial, engines[_i], depth_of(engines[_i]));
	use_other_file(&trial, O_RDONLY);
	trial_write(&trial, 5);
	if (writes_bytes(engines[_i]))
		expect_refusal(&trial, -EBADF);
	trial_end(&trial);
}
END_TEST

START_TEST(a_file_that_is_closed)
{
	struct trial trial;

	trial_begin(&trial, engines[_i], depth_of(engines[_i]));
	close(trial.config.file);
	/* Nobody else gets this number. */
	trial.config.file = 1000;
	if (moves_bytes(engines[_i]))
		expect_refusal(&trial, -EBADF);
	trial.config.file = -1;
	trial_end(&trial);
}
END_TEST

/* Writes that find no room: a limit on the file's size is as good as a full disk. */
START_TEST(a_file_that_may_not_grow)
{
	const struct rlimit limit = { FILE_BYTES / 2, RLIM_INFINITY };
	struct trial trial;

	trial_begin(&trial, engines[_i], depth_of(engines[_i]));
	engine_lanes_aim(&trial.lanes, BLOCKS, false);
	trial_write(&trial, 5);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_call(setrlimit(RLIMIT_FSIZE, &limit));
	/* A mapping has no place for what is beyond the file's end. */
	if (writes_bytes(engines[_i]) && trial_open(&trial)) {
		ck_assert_call(ftruncate(trial.config.file, FILE_BYTES / 2));
		expect_error(&trial, run_failing(&trial),
			     engines[_i] == &engine_mmap ? -EIO : -EFBIG);
	}
	trial_end(&trial);
}
END_TEST

/* Descriptors that are not to be had */

START_TEST(open_fails_at_each_spare_descriptor_and_unwinds)
{
	struct rlimit usual, limit;
	struct trial trial;
	int lowest, error = -1;

	trial_begin(&trial, engines[_i], depth_of(engines[_i]));
	lowest = dup(0);
	close(lowest);
	ck_assert_call(getrlimit(RLIMIT_NOFILE, &usual));
	for (int spare = 0; spare < 8 && error; spare++) {
		int after;

		limit = (struct rlimit){ (rlim_t)(lowest + spare), usual.rlim_max };
		ck_assert_call(setrlimit(RLIMIT_NOFILE, &limit));
		error = trial_try_open(&trial);
		ck_assert_call(setrlimit(RLIMIT_NOFILE, &usual));
		if (!error)
			trial_close(&trial);
		after = dup(0);
		close(after);
		ck_assert_msg(after == lowest, "%s: descriptor %d is left",
			      engines[_i]->about.name, lowest);
		if (error && error != -EMFILE) {
			note_lack(&trial, trial.reason, error);
			break;
		}
	}
	trial_end(&trial);
}
END_TEST

/* Processes that end or stop */

static pid_t first_child(void)
{
	char path[64];
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

START_TEST(a_process_that_is_lost)
{
	struct timespec begin, end;
	struct trial trial;

	trial_begin(&trial, &engine_processes, DEEP);
	ck_assert(trial_open(&trial));
	ck_assert_error(trial_run(&trial, 100), 0);
	ck_assert_call(kill(first_child(), _i ? SIGSTOP : SIGKILL));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ck_assert_error(trial_run(&trial, 100), -ECHILD);
	trial_close(&trial);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_int_lt((end.tv_sec - begin.tv_sec) * 1000, DEADLINE_MS);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	trial_end(&trial);
}
END_TEST

/* Runs until it is killed. */
static void run_on(const struct engine *engine, uint32_t *is_ready)
{
	struct trial trial;

	trial_begin(&trial, engine, depth_of(engine));
	if (!trial_open(&trial))
		_exit(EXIT_SUCCESS);
	__atomic_store_n(is_ready, 1, __ATOMIC_RELEASE);
	for (;;)
		if (trial_run(&trial, 100000))
			_exit(EXIT_FAILURE);
}

START_TEST(nothing_outlives_a_killed_owner)
{
	uint32_t *is_ready = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				  -1, 0);
	pid_t pid = fork(), gone;

	ck_assert(is_ready != MAP_FAILED);
	if (!pid)
		run_on(engines[_i], is_ready);
	for (int ms = 0; !__atomic_load_n(is_ready, __ATOMIC_ACQUIRE) && ms < DEADLINE_MS; ms++)
		pause_ms(1);
	pause_ms(10);
	kill(pid, SIGKILL);
	for (int ms = 0; (gone = waitpid(-1, NULL, WNOHANG)) != -1; ms++) {
		ck_assert_msg(ms < DEADLINE_MS, "%s: a child is left", engines[_i]->about.name);
		if (!gone)
			pause_ms(1);
	}
	munmap(is_ready, 4096);
}
END_TEST

static struct choice choice = { .name_of = engine_name_of };

static void add_failures(void)
{
	choice_add(&choice, a_file_that_became_short, (int)COUNT_OF(ends), SHARE);
	choice_add(&choice, a_block_that_is_damaged, 1, SHARE);
	choice_add(&choice, a_file_that_may_not_be_read, 1, SHARE);
	choice_add(&choice, a_file_that_may_not_be_written, 1, SHARE);
	choice_add(&choice, a_file_that_is_closed, 1, SHARE);
	choice_add(&choice, a_file_that_may_not_grow, 1, SHARE);
	choice_add(&choice, open_fails_at_each_spare_descriptor_and_unwinds, 1, SHARE);
	choice_add(&choice, nothing_outlives_a_killed_owner, 1, SHARE);
}

int main(void)
{
	Suite *suite = suite_create("engine failure");
	TCase *tcase = tcase_create("general");

	tcase_add_checked_fixture(tcase, begin_test, NULL);
	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_loop_test(tcase, a_process_that_is_lost, 0, 2);
	suite_add_tcase(suite, tcase);
	choice.rows = engine_count();
	choice_add_twice(&choice, suite, "failures", add_failures, TIMEOUT_S);
	return choice_run(&choice, suite);
}
