/* SPDX-License-Identifier: MIT */
/*
 * check_engine_faults - each call of every engine fails in turn, or comes short, alone and
 * in batches: an error comes out, and no such request is counted.
 *
 * Which calls these are is recorded (tests/faults/contract.h).  What the file holds is
 * taken to be unknown, as it is with a file of the user's: only what the call returned
 * tells then that a request has failed.
 */
#include "../faults/contract.h"
#include "../kit/engine-trial.h"
#include "../kit/choice.h"

#define SHARE 2                    /* one of so many ways of an engine in make check */
#define FAULTS_SHARE 6             /* and of its faults */
#define TIMEOUT_S 120
#define HOT 4                      /* batches of 16 for 64 requests */

static const struct way {
	const char *name;
	enum stage stage;
	uint32_t depth, batch;
	bool is_write;
} ways[] = {
	{ "reads alone", WITHIN, 1, 1, false },
	{ "reads in batches", WITHIN, DEEP, 16, false },
	{ "writes", WITHIN, 1, 1, true },
	{ "when opened", BEFORE, 1, 1, false },
};

#define WAYS ((int)COUNT_OF(ways))

static void tell_run(const struct trial *trial, int error)
{
	uint64_t ended = engine_lanes_ended(&trial->lanes);

	if (!error && ended != BLOCKS)
		contract_tell(CONTRACT_WRONG, "not all requests have ended", 0);
	else if (!error)
		contract_tell(CONTRACT_RIGHT, "", 0);
	else
		contract_tell(CONTRACT_TOLD, "", error);
}

/* As a worker does it; no assertion here: libcheck's make calls, which may fail. */
static void use_engine(void *argument)
{
	struct trial *trial = argument;
	int spare = contract_spare_descriptor();
	int error = trial->engine->open(trial->state, &trial->config, trial->reason);

	if (error) {
		contract_tell(CONTRACT_TOLD, trial->reason, error);
		contract_tell_left(spare);
		return;
	}
	engine_lanes_begin(&trial->lanes, BLOCKS);
	watched_stage(WITHIN);
	error = trial->engine->run(trial->state);
	watched_stage(BEHIND);
	tell_run(trial, error);
	trial->engine->close(trial->state);
	contract_tell_left(spare);
}

static bool is_meant(const struct engine *engine, const struct way *way)
{
	if (engine_has(engine, ENGINE_NO_FILES | ENGINE_NULL))
		return false;
	if (way->is_write && engine_has(engine, ENGINE_READS | ENGINE_NOP))
		return false;
	return way->depth == 1 || !engine_has(engine, ENGINE_ONE);
}

static void make_trial(struct trial *trial, const struct engine *engine, const struct way *way)
{
	trial_begin(trial, engine, way->depth);
	trial->config.submit_batch = way->batch;
	if (way->is_write)
		trial_write(trial, 7);
	trial->lanes.load->is_known = false;
	trial->state = pages_take(engine->state_bytes + 1);
	ck_assert_ptr_nonnull(trial->state);
}

/* The body has opened it, and closed it, in a process of its own. */
static void end_trial(struct trial *trial)
{
	pages_give(trial->state, trial->engine->state_bytes + 1);
	trial->state = NULL;
	trial_end(trial);
}

/* A run that failed has left requests in the lanes, which are shared. */
static int forget_requests(void *argument)
{
	const struct trial *trial = argument;

	for (uint32_t i = 0; i < trial->config.depth; i++)
		trial->lanes.lanes[i].begun = trial->lanes.lanes[i].ended = 0;
	return 0;
}

static void collect(void *argument)
{
	(void)argument;
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

static void assert_contract(struct trial *trial, const struct way *way, unsigned int turn)
{
	struct contract contract = {
		.mechanism = trial->engine->about.name, .prepare = forget_requests,
		.restore = collect, .body = use_engine,
		.argument = trial, .stage = way->stage, .hot = HOT, .is_short_an_error = true,
		.share = choice_only() ? 1 : sample_share(FAULTS_SHARE), .seed = sample_seed() + turn,
	};
	int error = contract_check(&contract);

	if (error == -ENODEV)
		note_lack(trial, contract_note()->text, contract_note()->error);
	else if (error == -ENOSYS)
		fprintf(stderr, "note: system calls cannot be watched here\n");
	else
		ck_assert_error(error, 0);
	if (choice_only())
		contract_print(&contract, way->name);
	ck_assert_msg(!*contract.lapse, "%s: %s", way->name, contract.lapse);
}

START_TEST(no_failed_call_is_a_request)
{
	const struct engine *engine = engines[_i / WAYS];
	const struct way *way = &ways[_i % WAYS];
	struct trial trial;

	if (!is_meant(engine, way))
		return;
	make_trial(&trial, engine, way);
	assert_contract(&trial, way, (unsigned int)_i);
	end_trial(&trial);
}
END_TEST

static struct choice choice = { .name_of = engine_name_of };

int main(void)
{
	Suite *suite;

	if (IS_SANITIZED)
		return choice_skip("a sanitizer makes calls of its own, and must not have them fail");
	suite = suite_create("engine faults");
	choice.rows = engine_count();
	sample_seed();
	choice_begin(&choice, suite, "faults", begin_test, TIMEOUT_S);
	choice_add(&choice, no_failed_call_is_a_request, WAYS, SHARE);
	return choice_run(&choice, suite);
}
