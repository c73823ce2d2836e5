/* SPDX-License-Identifier: MIT */
/*
 * check_channel_faults - each call of every channel fails in turn, or comes short, on both
 * sides, alone and under windows: an error comes out, never a message.
 *
 * Which calls these are is recorded (tests/faults/contract.h).
 */
#include "../faults/contract.h"
#include "../kit/channel-trial.h"
#include "../kit/choice.h"

#define PINGS 24
#define DEPTH 4
#define BYTES 96
#define SHARE 3                    /* one of so many ways of a channel in make check */
#define FAULTS_SHARE 6             /* and of its faults */
#define TIMEOUT_S 120

static const struct way {
	const char *name;
	enum stage stage;
	uint32_t depth;
} ways[] = {
	{ "alone", WITHIN, 1 },
	{ "under windows", WITHIN, DEPTH },
	{ "when opened", BEFORE, 1 },
};

#define WAYS ((int)COUNT_OF(ways))

static void tell_lost(const char *reason, int error)
{
	contract_tell(CONTRACT_TOLD, reason, error);
	_exit(EXIT_SUCCESS);
}

static int pass_messages(struct trial *trial)
{
	struct channel_end *end = trial->pair.end;

	return trial->duty == CHANNEL_DRAIN ? trial->channel->pour(end, PINGS)
					    : trial->channel->ping(end, PINGS);
}

static void tell_counts(const struct trial *trial)
{
	uint64_t back = trial->duty == CHANNEL_DRAIN ? PINGS / DEPTH : PINGS;
	const char *wrong = counts_differ(trial, PINGS, back);

	contract_tell(wrong ? CONTRACT_WRONG : CONTRACT_RIGHT, wrong ? wrong : "", 0);
}

/* As a worker does it. */
static void use_pair(void *argument)
{
	struct trial *trial = argument;
	int error, spare = contract_spare_descriptor();

	trial->lost = tell_lost;
	error = trial_try_open(trial);
	if (error)
		contract_tell(CONTRACT_TOLD, trial->reason, error);
	watched_stage(WITHIN);
	if (!error)
		error = pass_messages(trial);
	watched_stage(BEHIND);
	if (!error)
		error = channel_pair_stop(&trial->pair);
	if (error)
		contract_tell(CONTRACT_TOLD, "", error);
	else
		tell_counts(trial);
	/* What is told is told: close() need not wait for a word of the other side. */
	trial->pair.is_ending = true;
	channel_pair_close(&trial->pair);
	/* A thread that is still at work has them. */
	if (trial->config.is_process)
		contract_tell_left(spare);
}

/* New names for each run: those of one that was lost go with its guard. */
static int prepare(void *trial)
{
	return take_names(trial);
}

static void restore(void *trial)
{
	trial_end(trial);
}

static bool make_trial(struct trial *trial, int i, const struct way *way)
{
	const struct channel *channel = channels[i / PEERS];

	if (has(channel, CHANNEL_NULL) || (way->depth > 1 && has(channel, CHANNEL_OWN_CPU)) ||
	    !trial_init(trial, i))
		return false;
	enter_namespace(trial);
	trial->config.depth = way->depth;
	trial->config.message_bytes = message_bytes(channel, BYTES);
	trial->duty = way->depth > 1 ? CHANNEL_DRAIN : CHANNEL_PONG;
	return true;
}

static void assert_contract(struct trial *trial, const struct way *way, unsigned int turn)
{
	struct contract contract = {
		.mechanism = trial->channel->about.name, .prepare = prepare, .restore = restore,
		.body = use_pair, .argument = trial,
		.stage = way->stage, .hot = PINGS / DEPTH, .is_made_again = true,
		.share = choice_only() ? 1 : sample_share(FAULTS_SHARE), .seed = sample_seed() + turn,
	};
	int error = contract_check(&contract);

	if (error == -ENOSYS)
		fprintf(stderr, "note: system calls cannot be watched here\n");
	else if (error == -ENODEV)
		is_there(trial, contract_note()->error, contract_note()->text);
	else
		ck_assert_error(error, 0);
	if (choice_only())
		contract_print(&contract, way->name);
	ck_assert_msg(!*contract.lapse, "%s, %s: %s",
		      trial->config.is_process ? "a process" : "a thread", way->name,
		      contract.lapse);
}

START_TEST(no_failed_call_is_a_message)
{
	const struct way *way = &ways[_i % WAYS];
	struct trial trial;

	if (!make_trial(&trial, _i / WAYS, way))
		return;
	assert_contract(&trial, way, (unsigned int)_i);
}
END_TEST

static const char *name_of(int row)
{
	return channels[row]->about.name;
}

static struct choice choice = { .name_of = name_of };

int main(void)
{
	Suite *suite;

	if (IS_SANITIZED)
		return choice_skip("a sanitizer makes calls of its own, and must not have them fail");
	suite = suite_create("channel faults");
	choice.rows = channel_count();
	sample_seed();
	choice_begin(&choice, suite, "faults", begin_test, TIMEOUT_S);
	choice_add(&choice, no_failed_call_is_a_message, PEERS * WAYS, SHARE);
	return choice_run(&choice, suite);
}
