/* SPDX-License-Identifier: MIT */
/*
 * check_supervisor - the order of rounds, and when a run ends, with workers that are this program.
 *
 * Executed with a job, it plays the mechanism that it is asked for and notes the job in the file
 * that HANDOFF_TEST_LOG names.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "../kit/fake-root.h"
#include "channel/pair/job.h"
#include "engine/round/job.h"
#include "kernel/affinity.h"
#include "measure/job-answer.h"
#include "measure/mechanism.h"
#include "measure/reference.h"
#include "measure/reference-job.h"
#include "measure/selftest-job.h"
#include "plan/schedule.h"
#include "run/supervisor.h"
#include "run/worker.h"
#include "spawner/round/job.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CELLS_MAX 400
#define LINES_MAX 1000

static char program[4096];

/*
 * The workers
 */

/* The one kind that has no keys of its own; HANDOFF_TEST_KIND may say another. */
#define KIND (&selftest_job_kind)

/* This worker is asked for a reference. */
static bool takes_reference;

static const struct job_kind *const job_kinds[] = {
	&reference_job_kind,
	&selftest_job_kind, &spawn_job_kind, &channel_job_kind, &engine_job_kind,
};

static const struct job_kind *kind_here(void)
{
	const char *name = takes_reference ? "reference" : getenv("HANDOFF_TEST_KIND");

	for (size_t i = 0; name && i < COUNT_OF(job_kinds); i++)
		if (!strcmp(job_kinds[i]->name, name))
			return job_kinds[i];
	return KIND;
}

static void note(const struct job_common *job)
{
	const char *path = getenv("HANDOFF_TEST_LOG");
	char line[256];
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
	int length = snprintf(line, sizeof(line), "%s %d %d %d %llu %llu\n", job->mechanism,
			      (int)job->round, job->batch, job->with_figures,
			      (unsigned long long)job->seed, (unsigned long long)job->window_ns);

	if (fd >= 0 && write(fd, line, (size_t)length) != length)
		_exit(77);
}

/* What the mechanism of that name is like. */
static bool is(const struct job_common *job, const char *name)
{
	return !strncmp(job->mechanism, name, strlen(name));
}

static bool fails(const struct job_common *job)
{
	return is(job, "broken") || (is(job, "late") && job->round < 2) ||
	       (is(job, "once") && job->round > 0);
}

/* Whether no other worker that asks this is at work, for a while. */
static bool is_alone(void)
{
	char path[FAKE_PATH_MAX + 8];
	int fd;

	snprintf(path, sizeof(path), "%s.busy", getenv("HANDOFF_TEST_LOG"));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	usleep(5000);
	close(fd);
	return !unlink(path);
}

/* Whether the other one is at work in this round, too: looked for as long as patience lasts. */
static bool meets(const struct job_common *job)
{
	const char *log = getenv("HANDOFF_TEST_LOG");
	char own[FAKE_PATH_MAX + 32], other[FAKE_PATH_MAX + 32];
	bool is_a = is(job, "meet-a");

	snprintf(own, sizeof(own), "%s.%c%d", log, is_a ? 'a' : 'b', (int)job->round);
	snprintf(other, sizeof(other), "%s.%c%d", log, is_a ? 'b' : 'a', (int)job->round);
	close(open(own, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	for (int look = 0; look < 3000; look++, usleep(1000))
		if (!access(other, F_OK))
			return true;
	return false;
}

static void add_series(struct round *round, const char *metric, double p50, uint32_t is_batch)
{
	struct round_series *series = &round->series[round->series_count++];

	*series = (struct round_series){ "", is_batch, 2, 2, p50, p50, p50, 2 * p50, 0, 0, p50, 1 };
	strcpy(series->metric, metric);
}

/* All that the kind of worker has to bring, but for one if it is forgetful. */
static void add_expected_proofs(const struct job_common *job, struct round *round)
{
	struct job_proofs proofs = { .count = 0 };

	if (kind_here()->expect)
		kind_here()->expect(job, 0, &proofs);
	for (size_t i = is(job, "forgetful"); i < proofs.count; i++)
		round_add_proof(round, proofs.names[i], PROOF_EQUAL, 1, 1);
}

static void fill(const struct job_common *job, struct round *round)
{
	double p50 = 1000 + (double)(job->round % 3);

	if (is(job, "noisy"))
		p50 = 1000 + 1000 * (double)(job->round * 7 % 5);
	add_series(round, "life", p50, is(job, "batch") || (is(job, "fickle") && job->round % 2));
	if (is(job, "twice"))
		add_series(round, "life", p50, 0);
	round_add_proof(round, "children", PROOF_EQUAL, 2, is(job, "disproved") ? 1 : 2);
	add_expected_proofs(job, round);
}

/* What the first round has answered, in every round. */
static int replay(const struct job_common *job, struct round *round,
		  const struct histogram_pair *const *pairs)
{
	char path[FAKE_PATH_MAX + 16], bytes[65536];
	int saved = dup(WORKER_REPORT_FD), record;
	ssize_t length;

	snprintf(path, sizeof(path), "%s.record", getenv("HANDOFF_TEST_LOG"));
	record = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (record >= 0) {
		dup2(record, WORKER_REPORT_FD);
		if (job_answer(KIND, job, round, pairs))
			return 77;
		dup2(saved, WORKER_REPORT_FD);
		return job_answer(KIND, job, round, pairs);
	}
	length = read(open(path, O_RDONLY | O_CLOEXEC), bytes, sizeof(bytes));
	return round_write(WORKER_REPORT_FD, bytes, (size_t)length) ? 77 : 0;
}

/* Parts of a reference that this one has, and whether they are proved; 0: it fails. */
static int take_reference(const struct job_common *job)
{
	const char *parts = getenv("HANDOFF_TEST_PARTS");
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { NULL };
	struct reference reference = { .window_ticks = 1 };
	struct round round;

	note(job);
	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++)
		reference.parts[part] = (struct reference_time){
			.ticks = 1000 * (part + 1), .done = reference_operations(part),
			.error = (int)part < atoi(parts) ? 0 : -EPERM,
		};
	job_begin(job, job->mechanism, &round);
	reference_tell(&reference, &round);
	round_saw_cpu(&round, job->cpu_a);
	return job_answer(kind_here(), job, &round, pairs) ? 77 : 0;
}

static int work(const struct job_common *job)
{
	static const struct histogram_pair straight[] = { { 10, 1 }, { 20, 1 } };
	static const struct histogram_pair crooked[] = { { 20, 1 }, { 10, 1 } };
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { straight, straight };
	struct round round;

	note(job);
	if (is(job, "garbage"))
		return write(WORKER_REPORT_FD, job, sizeof(*job)) < 0;
	if (is(job, "slow"))
		usleep(20000);
	job_begin(job, job->mechanism, &round);
	round.window_ticks = 1;
	fill(job, &round);
	if (is(job, "endless"))
		for (;;)
			pause();
	if (is(job, "shy") && job->is_concurrent)
		round_fail(&round, ROUND_SKIPPED, ENOMEM, "open", "others have it all");
	if (is(job, "missing"))
		round_fail(&round, ROUND_SKIPPED, ENOSYS, "probe", "not here");
	else if (fails(job) || (is(job, "alone") && !is_alone()) ||
		 (is(job, "meet") && !meets(job)))
		round_fail(&round, ROUND_FAILED, EIO, "fork", "not today");
	if (is(job, "crooked") && job->round % 2)
		pairs[0] = crooked;
	if (is(job, "replays"))
		return replay(job, &round, pairs);
	if (job_answer(kind_here(), job, &round, pairs))
		return 77;
	/* one word too many */
	if (is(job, "talkative"))
		return write(WORKER_REPORT_FD, &round, 8) < 0;
	return is(job, "ashamed") ? 1 : 0;
}

/* Another value than the one that was asked for, of the key that HANDOFF_TEST_KEY names. */
static void change_a_key(const struct job_key *key, void *job)
{
	const char *name = getenv("HANDOFF_TEST_KEY");
	void *field = (char *)job + key->offset;

	while (key->name && name && strcmp(key->name, name))
		field = (char *)job + (++key)->offset;
	if (!name || !key->name)
		return;
	if (key->type == JOB_INT)
		*(int *)field += 1;
	else if (key->type == JOB_U64)
		*(uint64_t *)field += 1;
	else if (key->type == JOB_DOUBLE)
		*(double *)field *= 1.5;
	else
		*(const char **)field = "something-else";
}

static int work_by_words(int count, char **words)
{
	const struct job_kind *kind;
	const char *word;
	int status = 77;
	void *job;

	for (int i = 0; i < count; i++)
		takes_reference |= !strcmp(words[i], "mechanism=" REFERENCE_MECHANISM);
	kind = kind_here();
	job = calloc(1, kind->job_bytes);

	kind->init(job);
	if (job_parse(kind->keys, count, words, job, &word))
		goto out;
	if (getenv("HANDOFF_TEST_KEY"))
		dup2(WORKER_REPORT_FD, WORKER_REPORT_FD + 1);
	change_a_key(kind->keys, job);
	status = takes_reference ? take_reference(job) : work(job);
out:
	free(job);
	return status;
}

/* One job, or several that stand one behind the other. */
static int work_by_arguments(int argc, char **argv)
{
	int status = 0, begin = 1;

	for (int i = 1; i <= argc && !status; i++)
		if (i == argc || !strcmp(argv[i], JOB_NEXT)) {
			status = work_by_words(i - begin, argv + begin);
			begin = i + 1;
		}
	return status;
}

/*
 * The tests
 */

static const struct parameter parameters[] = { { .name = NULL } };
static const char *const metrics[] = { "life", NULL };

static double extra_seconds(const struct cell *cell)
{
	return strcmp(cell->mechanism->name, "large") ? 0.5 : 1.5;
}

static const struct tool tool = {
	.name = "fake-cost", .job = KIND, .parameters = parameters, .metrics = metrics, .headline = "life",
	.baseline = "steady", .extra_seconds = extra_seconds,
};

struct told {
	size_t progress, losses, cells_seen;
	size_t stop_at;                /* raise the flag at this call, counted from 1 */
	const struct cell *last_lost;
	char last_reason[200];
	bool is_odd;                   /* something impossible was told */
};

static volatile sig_atomic_t caught;

struct bench {
	struct fake_root root;
	char log[FAKE_PATH_MAX];
	struct options options;
	struct mechanism mechanisms[CELLS_MAX];
	struct cell cells[CELLS_MAX];
	struct plan plan;
	struct series series[CELLS_MAX];
	struct supervisor supervisor;
	struct standstill standstill;
	struct reference_series reference;
	struct told told;
};

static struct bench bench;

static void tell_progress(void *context, const struct progress *progress)
{
	struct told *told = context;

	told->progress++;
	told->cells_seen = progress->cells;
	told->is_odd |= progress->cell >= progress->cells || !(progress->elapsed_s >= 0);
	if (told->progress == told->stop_at)
		caught = SIGINT;
}

static void on_alarm(int number)
{
	caught = number;
}

static void tell_loss(void *context, const struct cell *cell, const struct round *round)
{
	struct told *told = context;

	told->losses++;
	told->last_lost = cell;
	memcpy(told->last_reason, round->reason, sizeof(told->last_reason));
}

static void set_up(void)
{
	memset(&bench, 0, sizeof(bench));
	caught = 0;
	fake_root_new(&bench.root);
	snprintf(bench.log, sizeof(bench.log), "%s/log", bench.root.path);
	setenv("HANDOFF_TEST_LOG", bench.log, 1);
	bench.options = (struct options){ .tool = &tool, .precision = 0.02, .budget_ns = 60e9 };
	bench.plan = (struct plan){ .options = &bench.options, .cells = bench.cells };
	bench.supervisor = (struct supervisor){
		.plan = &bench.plan, .clock = { CLOCK_GETTIME, 1 }, .worker_path = program,
		.seed = 42, .control_fd = -1, .ack_fd = -1, .signal = &caught,
		.standstill = &bench.standstill,
		.tell_progress = tell_progress, .tell_loss = tell_loss, .context = &bench.told,
	};
}

static void tear_down(void)
{
	for (size_t i = 0; i < bench.plan.count; i++)
		series_done(&bench.series[i]);
	reference_series_done(&bench.reference);
	ck_assert(!bench.told.is_odd);
	fake_root_free(&bench.root);
}

static void add_cell(const char *name)
{
	size_t at = bench.plan.count++;

	ck_assert_uint_lt(at, CELLS_MAX);
	bench.mechanisms[at].name = name;
	bench.cells[at] = (struct cell){
		.mechanism = &bench.mechanisms[at],
		.seat = { "float", { -1, -1 }, { -1, -1 }, true, { -1, -1 }, NULL },
	};
}

static void run(int expected)
{
	ck_assert_int_eq(supervisor_run(&bench.supervisor, bench.series), expected);
}

struct line {
	char mechanism[32];
	int round, batch, with_figures;
	unsigned long long seed;
	double window_ns;
};

static struct line lines[LINES_MAX];

/* What the workers have noted, in the order of their execution. */
static size_t read_log(void)
{
	FILE *stream = fopen(bench.log, "re");
	size_t count = 0;

	while (stream && count < LINES_MAX) {
		struct line *line = &lines[count];

		if (fscanf(stream, "%31s %d %d %d %llu %lf", line->mechanism, &line->round,
			   &line->batch, &line->with_figures, &line->seed,
			   &line->window_ns) != 6)
			break;
		count++;
	}
	if (stream)
		fclose(stream);
	return count;
}

static size_t count_runs(const char *mechanism)
{
	size_t count = read_log(), found = 0;

	for (size_t i = 0; i < count; i++)
		found += !strcmp(lines[i].mechanism, mechanism);
	return found;
}

static const size_t sizes[] = { 1, 2, 3, 5, 8, 64 };

/* In k rounds every cell takes every slot once, and every round has every cell. */
START_TEST(every_cell_visits_every_slot)
{
	size_t cells = sizes[_i], perm[64];
	bool visited[64][64] = { { false } };

	for (size_t i = 0; i < cells; i++)
		perm[i] = (i * 7 + 3) % cells;
	for (size_t round = 0; round < cells; round++) {
		bool is_there[64] = { false };

		for (size_t slot = 0; slot < cells; slot++) {
			size_t cell = schedule_slot(perm, cells, round, slot);

			ck_assert_uint_lt(cell, cells);
			ck_assert(!is_there[cell]);
			ck_assert(!visited[cell][slot]);
			is_there[cell] = visited[cell][slot] = true;
		}
	}
}
END_TEST

START_TEST(two_cells_go_there_and_back)
{
	static const size_t perm[] = { 1, 0 };

	ck_assert_uint_eq(schedule_slot(perm, 2, 0, 0), 1);
	ck_assert_uint_eq(schedule_slot(perm, 2, 0, 1), 0);
	ck_assert_uint_eq(schedule_slot(perm, 2, 1, 0), 0);
	ck_assert_uint_eq(schedule_slot(perm, 2, 1, 1), 1);
}
END_TEST

/* budget / cells / rounds wanted - 8 ms, from 2 to 10 ms */
static const struct {
	size_t cells, skips, rounds;
	enum run_mode mode;
	double budget_ns, window_ns, forecast_s;
} windows[] = {
	{ 1, 0, 0, MODE_DEFAULT, 20e9, 10e6, 20 },
	{ 100, 0, 0, MODE_DEFAULT, 20e9, 10e6, 20 },
	{ 125, 0, 0, MODE_DEFAULT, 20e9, 8e6, 20 },
	{ 160, 0, 0, MODE_DEFAULT, 20e9, 4.5e6, 20 },
	{ 200, 0, 0, MODE_DEFAULT, 20e9, 2e6, 20 },
	{ 300, 0, 0, MODE_DEFAULT, 20e9, 2e6, 20 },
	{ 125, 75, 0, MODE_DEFAULT, 20e9, 8e6, 20 },
	{ 0, 5, 0, MODE_DEFAULT, 20e9, 10e6, 20 },
	{ 50, 0, 0, MODE_QUICK, 7e9, 10e6, 7 },
	{ 100, 0, 0, MODE_QUICK, 7e9, 2e6, 7 },
	{ 80, 0, 0, MODE_QUICK, 7e9, 4.5e6, 7 },
	{ 300, 0, 5, MODE_DEFAULT, 20e9, 10e6, 27 },
	{ 1, 9, 1, MODE_QUICK, 20e9, 10e6, 0.018 },
};

START_TEST(window_and_forecast)
{
	for (size_t i = 0; i < windows[_i].cells + windows[_i].skips; i++) {
		add_cell("steady");
		bench.cells[i].skip = i < windows[_i].skips ? "not here" : NULL;
	}
	bench.options.rounds = windows[_i].rounds;
	bench.options.mode = windows[_i].mode;
	bench.options.budget_ns = windows[_i].budget_ns;
	ck_assert_double_eq_tol(schedule_window_ns(&bench.plan), windows[_i].window_ns, 1e-3);
	ck_assert_double_eq_tol(schedule_forecast_s(&bench.plan), windows[_i].forecast_s, 1e-9);
}
END_TEST

static double least_seconds(const struct cell *cell)
{
	return strcmp(cell->mechanism->name, "noisy") ? 3 : 0.5;
}

/* What no window shortens is added: of all rounds, or of the cell that the budget ends in. */
START_TEST(forecast_of_cells_that_take_their_time)
{
	static const char *const names[] = { "steady", "noisy", "batch" };
	struct tool slow = *bench.options.tool;

	slow.least_seconds = least_seconds;
	bench.options.tool = &slow;
	for (size_t i = 0; i < 3; i++)
		add_cell(names[i]);
	bench.cells[2].skip = "not here";
	bench.options.rounds = 4;
	ck_assert_double_eq_tol(schedule_forecast_s(&bench.plan), 4 * (2 * 0.018 + 3.5), 1e-9);
	bench.options.rounds = 0;
	bench.options.budget_ns = 20e9;
	ck_assert_double_eq_tol(schedule_forecast_s(&bench.plan), 23, 1e-9);
}
END_TEST

static bool ramps(const struct cell *cell)
{
	return !strcmp(cell->mechanism->name, "steady");
}

/* What a round has beside 8 ms and a window for each cell, shared out; a quarter of it is
 * for the longer window. */
static const struct {
	size_t devices, others, rounds;
	enum run_mode mode;
	double budget_ns, ramp_ns, forecast_s;
} ramp_rows[] = {
	{ 4, 0, 0, MODE_DEFAULT, 20e9, 0.75 * (0.5e9 - 18e6), 20.482 },
	{ 4, 4, 0, MODE_DEFAULT, 20e9, 0.75 * (0.5e9 - 36e6), 20.464 },
	{ 1, 0, 0, MODE_DEFAULT, 20e9, 1e9, 20 + 4 / 3.0 },
	{ 1, 0, 0, MODE_QUICK, 5e9, 0.75 * (5e9 / 7 - 18e6), 5 + 5 / 7.0 - 0.018 },
	{ 200, 0, 0, MODE_DEFAULT, 20e9, 0, 20 },
	{ 0, 4, 0, MODE_DEFAULT, 20e9, 0, 20 },
	{ 2, 1, 5, MODE_DEFAULT, 20e9, 1e9, 5 * (3 * 0.018 + 2 * 4 / 3.0) },
};

START_TEST(ramps_take_what_the_budget_has_left)
{
	struct tool io = *bench.options.tool;
	const struct cell *first = &bench.cells[0];

	io.ramps = ramps;
	bench.options.tool = &io;
	for (size_t i = 0; i < ramp_rows[_i].devices; i++)
		add_cell("steady");
	for (size_t i = 0; i < ramp_rows[_i].others; i++)
		add_cell("noisy");
	bench.options.rounds = ramp_rows[_i].rounds;
	bench.options.mode = ramp_rows[_i].mode;
	bench.options.budget_ns = ramp_rows[_i].budget_ns;
	ck_assert_double_eq_tol(schedule_ramp_ns(&bench.plan), ramp_rows[_i].ramp_ns, 1e-3);
	ck_assert_double_eq_tol(schedule_forecast_s(&bench.plan), ramp_rows[_i].forecast_s, 1e-9);
	if (ramp_rows[_i].devices) {
		ck_assert(schedule_has_ramp(&bench.plan, first));
		bench.cells[0].skip = "not here";
		ck_assert(!schedule_has_ramp(&bench.plan, first));
	}
}
END_TEST

/* Rounds x cells, counterbalanced: in three rounds each cell is first, second and third. */
START_TEST(fixed_number_of_rounds)
{
	static const char *const names[] = { "steady-a", "noisy", "steady-b" };
	int slots[3][3] = { { 0 } };

	for (size_t i = 0; i < 3; i++)
		add_cell(names[i]);
	bench.options.rounds = 6;
	run(0);
	ck_assert_uint_eq(read_log(), 18);
	for (int i = 0; i < 18; i++) {
		ck_assert_int_eq(lines[i].round, i / 3);
		ck_assert_double_eq(lines[i].window_ns, schedule_window_ns(&bench.plan));
		for (int cell = 0; cell < 3; cell++)
			slots[cell][i % 3] += !strcmp(lines[i].mechanism, names[cell]);
	}
	for (int cell = 0; cell < 3; cell++) {
		ck_assert_uint_eq(bench.series[cell].valid, 6);
		ck_assert_uint_eq(bench.series[cell].rounds, 6);
		for (int slot = 0; slot < 3; slot++)
			ck_assert_int_eq(slots[cell][slot], 2);
	}
	ck_assert_uint_eq(bench.told.progress, 18);
	ck_assert_uint_eq(bench.told.cells_seen, 3);
	ck_assert_uint_eq(bench.told.losses, 0);
}
END_TEST

static int first_cpu(void)
{
	int cpu = affinity_nth(0);

	ck_assert_int_ge(cpu, 0);
	return cpu;
}

static void seat_cell(size_t cell, int core)
{
	/* the same CPU by another name: this machine may have but one */
	bench.cells[cell].seat = (struct seat){ "cpu:0,0", { first_cpu(), first_cpu() },
						{ -1, -1 }, false, { core, core }, NULL };
}

static void want_reference(const char *path, const char *parts)
{
	setenv("HANDOFF_TEST_PARTS", parts, 1);
	bench.supervisor.reference = &bench.reference;
	bench.supervisor.reference_path = path;
}

/* Each round begins with it, on the first CPU that a cell is on, and cells are what they were. */
START_TEST(a_reference_at_the_beginning_of_each_round)
{
	add_cell("steady");
	add_cell("noisy");
	seat_cell(1, 0);
	bench.options.rounds = 4;
	want_reference(program, "4");
	run(0);
	ck_assert_uint_eq(read_log(), 12);
	for (int i = 0; i < 12; i++) {
		ck_assert_int_eq(lines[i].round, i / 3);
		ck_assert_int_eq(!strcmp(lines[i].mechanism, "reference"), i % 3 == 0);
	}
	ck_assert_uint_eq(bench.reference.count, 4);
	ck_assert_uint_eq(bench.reference.taken, 4);
	ck_assert_int_eq(bench.reference.cpu, first_cpu());
	ck_assert_double_eq_tol(bench.reference.rounds[3].ticks[REFERENCE_FORK], 4000, 1e-9);
	ck_assert_str_eq(bench.reference.reason, "");
	ck_assert_uint_eq(bench.series[0].valid, 4);
	ck_assert_uint_eq(bench.series[1].valid, 4);
	ck_assert_uint_eq(bench.told.losses, 0);
}
END_TEST

/* Without fork, say: the parts that there are, and what lacks. */
START_TEST(a_reference_that_lacks_parts)
{
	add_cell("steady");
	bench.options.rounds = 3;
	want_reference(program, "2");
	run(0);
	ck_assert_uint_eq(bench.reference.taken, 3);
	ck_assert(isnan(bench.reference.rounds[0].ticks[REFERENCE_FORK]));
	ck_assert_double_eq_tol(bench.reference.rounds[0].ticks[REFERENCE_FAULT], 2000, 1e-9);
	ck_assert_int_eq(strncmp(bench.reference.reason, "switch, fork: ", 14), 0);
	ck_assert_uint_eq(bench.series[0].valid, 3);
}
END_TEST

static const struct { const char *path, *parts, *key, *reason; } bad_references[] = {
	{ NULL, "0", NULL, "syscall, fault, switch, fork: " },
	{ "/nonexistent/handoff-reference-worker", "4", NULL, "" },
	{ NULL, "4", "nonce", "the worker says nonce=" },
};

/* It costs no cell and no status; after three that failed no more are tried. */
START_TEST(a_reference_that_fails)
{
	add_cell("steady");
	bench.options.rounds = 6;
	want_reference(bad_references[_i].path ? bad_references[_i].path : program,
		       bad_references[_i].parts);
	if (bad_references[_i].key)
		setenv("HANDOFF_TEST_KEY", bad_references[_i].key, 1);
	run(0);
	unsetenv("HANDOFF_TEST_KEY");
	ck_assert_uint_eq(bench.reference.count, 3);
	ck_assert_uint_eq(bench.reference.taken, 0);
	ck_assert_str_ne(bench.reference.reason, "");
	ck_assert_int_eq(strncmp(bench.reference.reason, bad_references[_i].reason,
				 strlen(bad_references[_i].reason)), 0);
	if (!bad_references[_i].key)
		ck_assert_uint_eq(bench.series[0].valid, 6);
}
END_TEST

/* Of CPUs that have nothing in common neither: what they share is then measured, too. */
START_TEST(no_two_cells_are_measured_at_once)
{
	static const char *const names[] = { "alone-a", "alone-b", "alone-c", "alone-d" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		add_cell(names[i]);
	bench.options.rounds = 5;
	run(0);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		ck_assert_uint_eq(bench.series[i].valid, 5);
	ck_assert_uint_eq(bench.told.losses, 0);
}
END_TEST

/* Cells on cores of their own, that may be measured at the same time. */
static void add_concurrent(const char *const *names, size_t count)
{
	bench.options.has_matrix = bench.options.has_concurrent = true;
	for (size_t cell = 0; cell < count; cell++) {
		add_cell(names[cell]);
		seat_cell(cell, (int)cell);
	}
}

/* Each waits for the other: one after the other they would both fail. */
START_TEST(those_that_share_no_core_are_measured_at_once_if_asked)
{
	static const char *const names[] = { "meet-a", "meet-b" };

	add_concurrent(names, COUNT_OF(names));
	bench.options.rounds = 3;
	run(0);
	for (int cell = 0; cell < 2; cell++) {
		ck_assert_uint_eq(bench.series[cell].valid, 3);
		ck_assert_uint_ne(bench.series[cell].flags & ROUND_CONCURRENT, 0);
	}
	ck_assert_uint_eq(bench.told.losses, 0);
}
END_TEST

/* Two on one core, and one that floats. */
START_TEST(who_was_alone_has_no_flag)
{
	static const char *const names[] = { "alone", "alone" };

	add_concurrent(names, COUNT_OF(names));
	seat_cell(1, 0);
	add_cell("alone");
	bench.options.rounds = 3;
	run(0);
	for (size_t cell = 0; cell < 3; cell++) {
		ck_assert_uint_eq(bench.series[cell].valid, 3);
		ck_assert_uint_eq(bench.series[cell].flags & ROUND_CONCURRENT, 0);
	}
}
END_TEST

/* A turn of both, and a start more. */
START_TEST(forecast_of_concurrent_cells)
{
	static const char *const names[] = { "steady", "steady" };

	add_concurrent(names, COUNT_OF(names));
	bench.options.rounds = 4;
	ck_assert_double_eq_tol(schedule_forecast_s(&bench.plan), 4 * 0.019, 1e-9);
	bench.options.has_concurrent = false;
	ck_assert_double_eq_tol(schedule_forecast_s(&bench.plan), 4 * 2 * 0.018, 1e-9);
}
END_TEST

/* Others may have taken what it needs: it has its round, by itself. */
START_TEST(a_cell_that_skips_beside_others_is_asked_again_alone)
{
	static const char *const names[] = { "shy", "steady", "steady" };

	add_concurrent(names, COUNT_OF(names));
	bench.options.rounds = 4;
	run(0);
	ck_assert_uint_eq(count_runs("shy"), 8);
	ck_assert_uint_eq(count_runs("steady"), 8);
	for (size_t cell = 0; cell < 3; cell++)
		ck_assert_uint_eq(bench.series[cell].valid, 4);
	ck_assert_uint_eq(bench.series[0].flags & ROUND_CONCURRENT, 0);
	ck_assert_uint_ne(bench.series[1].flags & ROUND_CONCURRENT, 0);
	ck_assert_uint_eq(bench.told.losses, 0);
}
END_TEST

/* Figures in counts of the whole machine are not taken in concurrent. */
START_TEST(no_costly_figures_beside_others)
{
	static const char *const names[] = { "noisy", "steady" };

	add_concurrent(names, COUNT_OF(names));
	bench.options.rounds = 2;
	run(0);
	ck_assert_uint_eq(read_log(), 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(lines[i].with_figures, 0);
}
END_TEST

/* What is complete when the signal comes is kept. */
START_TEST(signal_leaves_those_that_had_ended)
{
	static const char *const names[] = { "steady", "endless" };
	/* time for the first on a busy machine, before the other's deadline */
	struct itimerval timer = { .it_value = { 3, 0 } };
	struct sigaction action = { .sa_handler = on_alarm };

	add_concurrent(names, COUNT_OF(names));
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
	run(-EINTR);
	ck_assert_uint_eq(bench.series[0].valid, 1);
	ck_assert_uint_eq(bench.series[1].valid, 0);
	ck_assert_uint_eq(bench.series[0].rounds, bench.series[1].rounds);
	ck_assert_uint_eq(bench.told.losses, 0);
}
END_TEST

/* The order of a run of eight cells as text, and the workers' seeds as another. */
static void run_for_order(uint64_t seed, char text[64], unsigned long long seeds[16])
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

	bench.plan.count = 0;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		add_cell(names[i]);
	bench.options.rounds = 2;
	bench.supervisor.seed = seed;
	run(0);
	*text = '\0';
	ck_assert_uint_eq(read_log(), 16);
	for (int i = 0; i < 16; i++) {
		strcat(text, lines[i].mechanism);
		seeds[i] = lines[i].seed;
	}
	for (size_t i = 0; i < COUNT_OF(names); i++)
		series_done(&bench.series[i]);
	unlink(bench.log);
}

START_TEST(seed_decides_the_order)
{
	unsigned long long first_seeds[16], second_seeds[16], third_seeds[16];
	char first[64], second[64], third[64];

	run_for_order(42, first, first_seeds);
	run_for_order(42, second, second_seeds);
	run_for_order(43, third, third_seeds);
	ck_assert_str_eq(first, second);
	ck_assert_mem_eq(first_seeds, second_seeds, sizeof(first_seeds));
	ck_assert_str_ne(first, third);
	ck_assert_mem_ne(first_seeds, third_seeds, sizeof(first_seeds));
	ck_assert(strncmp(first, "abcdefgh", 8) || strncmp(third, "abcdefgh", 8));
	/* no two workers have the same */
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < i; j++)
			ck_assert(first_seeds[i] != first_seeds[j]);
}
END_TEST

/* When every cell has had every slot, the cards are mixed again. */
START_TEST(order_changes_after_as_many_rounds_as_cells)
{
	bool is_new = false;

	for (int i = 0; i < 5; i++)
		add_cell((const char *[]){ "a", "b", "c", "d", "e" }[i]);
	bench.options.rounds = 10;
	run(0);
	ck_assert_uint_eq(read_log(), 50);
	for (int i = 0; i < 25; i++)
		is_new |= strcmp(lines[i].mechanism, lines[25 + i].mechanism) != 0;
	ck_assert(is_new);
}
END_TEST

/* The first round decides for batches or operations, and all that follow are told. */
static const struct { const char *name; int batch; } kinds[] = {
	{ "steady", 0 }, { "batch", 1 },
};

START_TEST(mode_of_the_first_round_is_that_of_all)
{
	add_cell(kinds[_i].name);
	bench.options.rounds = 4;
	run(0);
	ck_assert_uint_eq(read_log(), 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(lines[i].batch, i ? kinds[_i].batch : -1);
}
END_TEST

/* Where the plan knows, the first round is told as well. */
static bool is_batched(const struct cell *cell)
{
	return !strcmp(cell->mechanism->name, "batch");
}

START_TEST(mode_of_the_plan_is_that_of_all)
{
	struct tool knowing = *bench.options.tool;

	knowing.is_batched = is_batched;
	bench.options.tool = &knowing;
	add_cell(kinds[_i].name);
	bench.options.rounds = 3;
	run(0);
	ck_assert_uint_eq(read_log(), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(lines[i].batch, kinds[_i].batch);
}
END_TEST

static const struct { const char *name; enum run_mode mode; int rounds; } figure_rounds[] = {
	{ "steady", MODE_DEFAULT, 3 }, { "steady", MODE_THOROUGH, 3 }, { "steady", MODE_QUICK, 1 },
	{ "large", MODE_DEFAULT, 1 }, { "large", MODE_THOROUGH, 1 },
};

START_TEST(costly_figures_are_taken_in_the_first_rounds)
{
	add_cell(figure_rounds[_i].name);
	bench.options.mode = figure_rounds[_i].mode;
	bench.options.rounds = 5;
	run(0);
	ck_assert_uint_eq(read_log(), 5);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(lines[i].with_figures, i < figure_rounds[_i].rounds);
}
END_TEST

/* Two looks in a row, after 15 and 20 rounds; one after 7 in quick mode. */
static const struct { enum run_mode mode; size_t rounds; } precise[] = {
	{ MODE_DEFAULT, 20 }, { MODE_THOROUGH, 20 }, { MODE_QUICK, 7 },
};

START_TEST(stops_when_all_are_precise)
{
	add_cell("steady-a");
	add_cell("steady-b");
	bench.options.mode = precise[_i].mode;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, precise[_i].rounds);
	ck_assert_uint_eq(bench.series[1].valid, precise[_i].rounds);
}
END_TEST

/* A cell that will never bring anything holds nobody up. */
START_TEST(cell_that_is_given_up_counts_as_precise)
{
	add_cell("broken");
	add_cell("steady");
	add_cell("missing");
	bench.options.mode = MODE_QUICK;
	run(0);
	ck_assert_uint_eq(bench.series[1].valid, 7);
}
END_TEST

/* What is never precise decides nothing, if it is a yardstick: whatever its name. */
START_TEST(yardstick_decides_nothing)
{
	add_cell("steady");
	add_cell("noisy");
	bench.mechanisms[1].traits = MECHANISM_YARDSTICK;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, 20);
	ck_assert_uint_eq(bench.series[1].valid, 20);
}
END_TEST

/* Two looks, as with those that are precise. */
START_TEST(yardsticks_alone_are_soon_done)
{
	add_cell("noisy");
	bench.mechanisms[0].traits = MECHANISM_YARDSTICK;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, 20);
}
END_TEST

/* And no other cell goes without being asked, be it called null. */
START_TEST(noisy_cell_keeps_a_run_going)
{
	add_cell("steady");
	add_cell("noisy");
	bench.mechanisms[0].name = "null";
	bench.mechanisms[0].traits = MECHANISM_YARDSTICK;
	bench.options.budget_ns = 2e9;
	run(0);
	ck_assert_uint_gt(bench.series[1].valid, 20);
}
END_TEST

START_TEST(stops_when_the_budget_is_spent)
{
	add_cell("noisy-slow");
	add_cell("slow");
	add_cell("noisy");
	bench.options.budget_ns = 3e8;
	run(0);
	ck_assert_uint_ge(bench.series[0].rounds, 1);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(bench.series[i].rounds, bench.series[0].rounds);
}
END_TEST

/* With no time for one round even, all have the same number of rounds: they stay paired. */
START_TEST(budget_for_less_than_a_round)
{
	size_t measured = 0;

	for (int i = 0; i < 40; i++)
		add_cell("slow");
	bench.options.budget_ns = 1e8;
	run(0);
	for (size_t i = 0; i < bench.plan.count; i++) {
		ck_assert_uint_eq(bench.series[i].rounds, 1);
		measured += bench.series[i].valid;
		/* and who had none says why */
		ck_assert_uint_ne(bench.series[i].is_unreached, bench.series[i].valid);
		if (bench.series[i].is_unreached)
			ck_assert_ptr_nonnull(strstr(bench.series[i].last_reason,
						     "budget of 100 ms was spent before its turn: raise "
						     "--time (all cells take about "));
	}
	ck_assert_uint_eq(bench.told.losses, 0);
	ck_assert_uint_gt(measured, 0);
	ck_assert_uint_lt(measured, bench.plan.count);
	ck_assert_uint_eq(read_log(), measured);
}
END_TEST

/* Whatever is spent before the first turn, that comes. */
START_TEST(one_turn_there_is_at_least)
{
	add_cell("steady");
	add_cell("steady");
	bench.options.budget_ns = 1;
	bench.options.has_budget = true;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid + bench.series[1].valid, 1);
	ck_assert_uint_eq(bench.series[0].is_unreached + bench.series[1].is_unreached, 1);
}
END_TEST

/* A fixed number of rounds is that number, whatever the time. */
START_TEST(rounds_are_not_bound_by_the_budget)
{
	add_cell("slow");
	bench.options.budget_ns = 1e6;
	bench.options.rounds = 5;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, 5);
}
END_TEST

/* How often each is tried in eight rounds, and what comes of it. */
static const struct {
	const char *name;
	size_t runs, valid, losses;
	const char *reason;
} fates[] = {
	{ "steady", 8, 8, 0, "" },
	{ "missing", 1, 0, 1, "not here" },
	{ "broken", 3, 0, 3, "not today" },
	{ "disproved", 3, 0, 3, "" },
	{ "garbage", 3, 0, 3, "the worker's answer is garbage" },
	{ "talkative", 3, 0, 3, "the worker's answer is garbage" },
	{ "forgetful", 3, 0, 3, "2 proofs expected, 1 there; missing: operations" },
	{ "ashamed", 3, 0, 3, "the worker ended with status 1 behind its answer" },
	{ "late", 8, 6, 2, "not today" },
	{ "once", 8, 1, 7, "not today" },
};

START_TEST(fate_of_a_cell)
{
	add_cell("steady-beside-it");
	add_cell(fates[_i].name);
	bench.options.rounds = 8;
	run(0);
	ck_assert_uint_eq(count_runs(fates[_i].name), fates[_i].runs);
	ck_assert_uint_eq(bench.series[1].valid, fates[_i].valid);
	ck_assert_uint_eq(bench.series[1].rounds, 8);
	ck_assert_uint_eq(bench.told.losses, fates[_i].losses);
	if (fates[_i].losses)
		ck_assert_ptr_eq(bench.told.last_lost, &bench.cells[1]);
	ck_assert_str_eq(bench.told.last_reason, fates[_i].reason);
	/* and the other one does not notice */
	ck_assert_uint_eq(bench.series[0].valid, 8);
}
END_TEST

/* An answer that is a round and makes no sense costs that round, not the run; one that is none. */
static const struct { const char *name; bool is_round; } crazy[] = {
	{ "crooked", true }, { "twice", false }, { "fickle", true },
};

START_TEST(senseless_answer_is_one_lost_round)
{
	const struct metric_series *metric;

	add_cell("steady");
	add_cell(crazy[_i].name);
	bench.options.rounds = 6;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, 6);
	ck_assert_uint_eq(bench.series[1].rounds, 6);
	ck_assert_uint_ge(crazy[_i].is_round ? bench.series[1].invalid : bench.series[1].failed, 3);
	ck_assert_uint_eq(crazy[_i].is_round ? bench.series[1].failed : bench.series[1].invalid, 0);
	metric = series_metric(&bench.series[1], "life");
	ck_assert(!metric || metric->rounds == 6);
}
END_TEST

/* One record again and again: the round that it was made in counts, and no other. */
START_TEST(recorded_answer_counts_once)
{
	add_cell("steady");
	add_cell("replays");
	bench.options.rounds = 6;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, 6);
	ck_assert_uint_eq(bench.series[1].valid, 1);
	ck_assert_uint_eq(bench.series[1].invalid, 5);
	ck_assert_ptr_nonnull(strstr(bench.told.last_reason, "nonce="));
}
END_TEST

/* A worker of each kind that takes one key of its job for another, each key in turn. */
START_TEST(worker_that_measures_something_else)
{
	struct tool other = tool;
	char told[64];

	other.job = job_kinds[_i];
	bench.options.tool = &other;
	bench.options.rounds = 1;
	setenv("HANDOFF_TEST_KIND", job_kinds[_i]->name, 1);
	add_cell("steady");
	for (const struct job_key *key = job_kinds[_i]->keys; key->name; key++) {
		struct series *series = &bench.series[0];

		setenv("HANDOFF_TEST_KEY", key->name, 1);
		run(0);
		ck_assert_msg(!series->valid && series->invalid == 1, "%s: %zu valid", key->name,
			      series->valid);
		snprintf(told, sizeof(told), "the worker says %s", key->name);
		ck_assert_msg(!strncmp(series->last_reason, told, strlen(told)), "%s: %s", key->name,
			      series->last_reason);
		series_done(series);
	}
	unsetenv("HANDOFF_TEST_KEY");
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, 1);
}
END_TEST

/* The fate of a worker that measures for two cells, both of which it has answered. */
static const struct { const char *name, *reason; size_t valid, failed, invalid; } shared[] = {
	{ "steady", "", 2, 0, 0 },
	{ "talkative", "the worker's answer is garbage", 2, 1, 0 },
	{ "ashamed", "the worker ended with status 1 behind its answer", 2, 0, 1 },
	{ "garbage", "the worker's answer is garbage", 1, 1, 0 },
};

START_TEST(end_of_a_shared_worker_is_told)
{
	struct tool preparing = tool;
	size_t valid = 0, failed = 0, invalid = 0;

	preparing.job = &spawn_job_kind;
	bench.options.tool = &preparing;
	bench.options.rounds = 1;
	setenv("HANDOFF_TEST_KIND", "spawn", 1);
	add_cell("steady");
	add_cell(shared[_i].name);
	/* in whatever order they come, the odd one is the last */
	bench.cells[0].share = bench.cells[1].share = bench.plan.share_count = 1;
	for (bench.supervisor.seed = 1; !count_runs("steady") || strcmp(lines[0].mechanism, "steady");
	     bench.supervisor.seed++) {
		for (size_t i = 0; i < 2; i++)
			series_done(&bench.series[i]);
		unlink(bench.log);
		memset(&bench.told, 0, sizeof(bench.told));
		run(0);
	}
	for (size_t i = 0; i < 2; i++) {
		valid += bench.series[i].valid;
		failed += bench.series[i].failed;
		invalid += bench.series[i].invalid;
		ck_assert(!bench.series[i].is_unreached);
	}
	ck_assert_uint_eq(valid, shared[_i].valid);
	ck_assert_uint_eq(failed, shared[_i].failed);
	ck_assert_uint_eq(invalid, shared[_i].invalid);
	ck_assert_str_eq(bench.told.last_reason, shared[_i].reason);
	ck_assert_uint_eq(bench.told.losses, failed + invalid);
}
END_TEST

START_TEST(nothing_can_be_measured)
{
	add_cell("broken");
	add_cell("missing");
	run(0);
	ck_assert_uint_eq(bench.series[0].valid + bench.series[1].valid, 0);
	ck_assert_uint_eq(read_log(), 4);
}
END_TEST

START_TEST(nothing_is_planned)
{
	run(0);
	add_cell("steady");
	bench.cells[0].skip = "not here";
	run(0);
	ck_assert_uint_eq(bench.series[0].rounds, 0);
	ck_assert_uint_eq(read_log(), 0);
	ck_assert_uint_eq(bench.told.progress, 0);
}
END_TEST

START_TEST(worker_is_not_installed)
{
	add_cell("steady");
	bench.supervisor.worker_path = "/nowhere/worker";
	run(0);
	ck_assert_uint_eq(bench.series[0].skipped, 1);
	ck_assert_str_eq(bench.series[0].last_step, "execute");
	ck_assert_int_eq(bench.series[0].last_error, ENOENT);
}
END_TEST

START_TEST(nobody_listens)
{
	add_cell("steady");
	add_cell("broken");
	bench.options.rounds = 4;
	bench.supervisor.tell_progress = NULL;
	bench.supervisor.tell_loss = NULL;
	run(0);
	ck_assert_uint_eq(bench.series[0].valid, 4);
}
END_TEST

/* In the third of three cells of the third round: what was complete stays, and stays paired. */
START_TEST(signal_ends_the_run)
{
	for (int i = 0; i < 3; i++)
		add_cell("steady");
	bench.options.rounds = 100;
	bench.told.stop_at = 9;
	run(-EINTR);
	ck_assert_uint_eq(bench.told.progress, 9);
	for (size_t i = 0; i < 3; i++) {
		const struct metric_series *metric = series_metric(&bench.series[i], "life");

		ck_assert_uint_eq(bench.series[i].rounds, 3);
		ck_assert_uint_eq(metric->rounds, 3);
		ck_assert(isfinite(metric->round_p50[0]) && isfinite(metric->round_p50[1]));
		ck_assert_uint_eq(bench.series[i].failed, 0);
	}
}
END_TEST

/* Then it was not the budget. */
START_TEST(signal_before_the_first_round)
{
	add_cell("steady");
	caught = SIGTERM;
	run(-EINTR);
	ck_assert(!bench.series[0].is_unreached);
	ck_assert_uint_eq(bench.series[0].valid, 0);
	ck_assert_uint_eq(bench.series[0].failed, 0);
}
END_TEST

static TCase *rounds_case(void)
{
	TCase *tcase = tcase_create("rounds");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, fixed_number_of_rounds);
	tcase_add_test(tcase, a_reference_at_the_beginning_of_each_round);
	tcase_add_test(tcase, a_reference_that_lacks_parts);
	tcase_add_loop_test(tcase, a_reference_that_fails, 0, (int)COUNT_OF(bad_references));
	tcase_add_test(tcase, no_two_cells_are_measured_at_once);
	tcase_add_test(tcase, those_that_share_no_core_are_measured_at_once_if_asked);
	tcase_add_test(tcase, who_was_alone_has_no_flag);
	tcase_add_test(tcase, a_cell_that_skips_beside_others_is_asked_again_alone);
	tcase_add_test(tcase, forecast_of_concurrent_cells);
	tcase_add_test(tcase, no_costly_figures_beside_others);
	tcase_add_test(tcase, signal_leaves_those_that_had_ended);
	tcase_add_test(tcase, seed_decides_the_order);
	tcase_add_test(tcase, order_changes_after_as_many_rounds_as_cells);
	tcase_add_loop_test(tcase, mode_of_the_first_round_is_that_of_all, 0,
			    (int)COUNT_OF(kinds));
	tcase_add_loop_test(tcase, mode_of_the_plan_is_that_of_all, 0,
			    (int)COUNT_OF(kinds));
	tcase_add_loop_test(tcase, costly_figures_are_taken_in_the_first_rounds, 0,
			    (int)COUNT_OF(figure_rounds));
	tcase_add_loop_test(tcase, fate_of_a_cell, 0, (int)COUNT_OF(fates));
	tcase_add_loop_test(tcase, senseless_answer_is_one_lost_round, 0, (int)COUNT_OF(crazy));
	tcase_add_test(tcase, recorded_answer_counts_once);
	tcase_add_loop_test(tcase, worker_that_measures_something_else, 0,
			    (int)COUNT_OF(job_kinds));
	tcase_add_loop_test(tcase, end_of_a_shared_worker_is_told, 0, (int)COUNT_OF(shared));
	tcase_add_test(tcase, worker_is_not_installed);
	tcase_add_test(tcase, nobody_listens);
	return tcase;
}

static TCase *ends_case(void)
{
	TCase *tcase = tcase_create("ends");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, stops_when_all_are_precise, 0, (int)COUNT_OF(precise));
	tcase_add_test(tcase, cell_that_is_given_up_counts_as_precise);
	tcase_add_test(tcase, yardstick_decides_nothing);
	tcase_add_test(tcase, yardsticks_alone_are_soon_done);
	tcase_add_test(tcase, noisy_cell_keeps_a_run_going);
	tcase_add_test(tcase, stops_when_the_budget_is_spent);
	tcase_add_test(tcase, budget_for_less_than_a_round);
	tcase_add_test(tcase, one_turn_there_is_at_least);
	tcase_add_test(tcase, rounds_are_not_bound_by_the_budget);
	tcase_add_test(tcase, nothing_can_be_measured);
	tcase_add_test(tcase, nothing_is_planned);
	tcase_add_test(tcase, signal_ends_the_run);
	tcase_add_test(tcase, signal_before_the_first_round);
	return tcase;
}

static Suite *supervisor_suite(void)
{
	Suite *suite = suite_create("supervisor");
	TCase *pure = tcase_create("pure");

	tcase_add_loop_test(pure, every_cell_visits_every_slot, 0, (int)COUNT_OF(sizes));
	tcase_add_test(pure, two_cells_go_there_and_back);
	suite_add_tcase(suite, pure);
	pure = tcase_create("window");
	tcase_add_checked_fixture(pure, set_up, tear_down);
	tcase_add_loop_test(pure, window_and_forecast, 0, (int)COUNT_OF(windows));
	tcase_add_test(pure, forecast_of_cells_that_take_their_time);
	tcase_add_loop_test(pure, ramps_take_what_the_budget_has_left, 0, (int)COUNT_OF(ramp_rows));
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, rounds_case());
	suite_add_tcase(suite, ends_case());
	return suite;
}

static int run_tests(void)
{
	return suite_run(supervisor_suite());
}

int main(int argc, char **argv)
{
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length < 0)
		return EXIT_FAILURE;
	return argc > 1 && !strncmp(argv[1], "report_fd=", 10) ? work_by_arguments(argc, argv)
								: run_tests();
}
