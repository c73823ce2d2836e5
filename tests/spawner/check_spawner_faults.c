/* SPDX-License-Identifier: MIT */
/*
 * check_spawner_faults - each call of every spawner fails in turn, alone and with several
 * tasks at once: an error comes out, never a task that did not run.  And what a task is
 * made with is what the spawner says.
 *
 * Which calls these are is recorded (tests/faults/contract.h).
 */
#include "../faults/contract.h"
#include "../kit/choice.h"
#include "../kit/spawner-trial.h"

#define WAVES 8
#define ALIVE 3
#define SHARE 3                    /* one of so many ways of a spawner in make check */
#define FAULTS_SHARE 6             /* and of its faults */
#define TIMEOUT_S 120

static const struct way {
	const char *name;
	enum stage stage;
	uint32_t alive;
} ways[] = {
	{ "alone", WITHIN, 1 },
	{ "several at once", WITHIN, ALIVE },
	{ "when opened", BEFORE, 1 },
};

#define WAYS ((int)COUNT_OF(ways))


/* No assertion of libcheck here: each writes to its pipe, which is a call that may fail. */
static int run_one_wave(struct trial *trial)
{
	struct spawn_task *task = trial->tasks.task;
	int error = 0;

	for (uint32_t i = 0; i < trial->tasks.count && !error; i++) {
		spawn_task_reset(&task[i]);
		error = trial->spawner->start(trial->state, &task[i]);
	}
	for (uint32_t i = 0; i < trial->tasks.count && !error; i++) {
		error = trial->spawner->reap(trial->state, &task[i]);
		if (!error && (!time_of(trial, i, true) || task[i].error))
			contract_tell(CONTRACT_WRONG, "a task was reaped that did not run", 0);
	}
	return error;
}

/* As a worker does it. */
static void use_spawner(void *argument)
{
	struct trial *trial = argument;
	int spare = contract_spare_descriptor();
	int error = trial->spawner->open(trial->state, &trial->config, &trial->reason);

	if (error) {
		contract_tell(CONTRACT_TOLD, trial->reason, error);
		contract_tell_left(spare);
		return;
	}
	watched_stage(WITHIN);
	for (int wave = 0; wave < WAVES && !error; wave++)
		error = run_one_wave(trial);
	watched_stage(BEHIND);
	contract_tell(error ? CONTRACT_TOLD : CONTRACT_RIGHT, "", error);
	/* Of tasks that were started and not reaped nothing is known. */
	if (!error)
		trial->spawner->close(trial->state);
}

static void collect(void *argument)
{
	(void)argument;
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

static void assert_flags(const struct spawner *spawner, const struct contract *contract)
{
	if (spawner->clone_flags == SPAWN_FLAGS_OF_LIBC)
		return;
	if (!contract->has_cloned)
		ck_assert_msg(!spawner->clone_flags, "%s: says flags %#jx and makes no task with any",
			      spawner->about.name, (uintmax_t)spawner->clone_flags);
	else
		ck_assert_msg(contract->clone_flags == spawner->clone_flags,
			      "%s: a task is made with the flags %#jx, not with %#jx as it says",
			      spawner->about.name, (uintmax_t)contract->clone_flags,
			      (uintmax_t)spawner->clone_flags);
}

static void note_error(const struct trial *trial, int error)
{
	if (error == -ENOSYS)
		fprintf(stderr, "note: system calls cannot be watched here\n");
	else if (error == -ENODEV)
		fprintf(stderr, "note: no %s here: %s: %s\n", trial->spawner->about.name,
			errno_word(contract_note()->error), contract_note()->text);
	else
		ck_assert_error(error, 0);
}

START_TEST(no_failed_call_is_a_task)
{
	const struct way *way = &ways[_i % WAYS];
	struct contract contract = {
		.restore = collect, .body = use_spawner, .stage = way->stage, .hot = WAVES,
		.share = choice_only() ? 1 : sample_share(FAULTS_SHARE),
		.seed = sample_seed() + (unsigned int)_i,
	};
	struct trial trial;
	int error;

	trial_begin(&trial, _i / WAYS, way->alive, false, NULL);
	contract.mechanism = trial.spawner->about.name;
	contract.is_of_libc = trial.spawner->clone_flags == SPAWN_FLAGS_OF_LIBC;
	contract.has_programs = has(trial.spawner, SPAWN_EXEC);
	contract.argument = &trial;
	silence_shells();
	trial.reason = "";
	trial.state = calloc(1, trial.spawner->state_bytes + 1);
	ck_assert_ptr_nonnull(trial.state);
	error = contract_check(&contract);
	if (error)
		note_error(&trial, error);
	else
		assert_flags(trial.spawner, &contract);
	if (choice_only())
		contract_print(&contract, way->name);
	ck_assert_msg(!*contract.lapse, "%s: %s", way->name, contract.lapse);
	free(trial.state);
	spawn_tasks_done(&trial.tasks);
}
END_TEST

/* A folder that is not for us would turn "not found" into "not allowed". */
static void begin(void)
{
	begin_test();
	ck_assert_call(setenv("PATH", "/usr/bin:/bin", 1));
}

static const char *name_of(int row)
{
	return spawners[row]->about.name;
}

static struct choice choice = { .name_of = name_of };

int main(void)
{
	Suite *suite;

	if (IS_SANITIZED)
		return choice_skip("a sanitizer makes calls of its own, and must not have them fail");
	suite = suite_create("spawner faults");
	choice.rows = spawner_count();
	sample_seed();
	choice_begin(&choice, suite, "faults", begin, TIMEOUT_S);
	choice_add(&choice, no_failed_call_is_a_task, WAYS, SHARE);
	return choice_run(&choice, suite);
}
