/* SPDX-License-Identifier: MIT */
#include "contract.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault-rules.h"

#define EXIT_KILLED 128
#define LATER_MOST 4

static const char *const side_names[SIDES] = { "here", "there" };

static struct contract_note *note;

struct contract_note *contract_note(void)
{
	if (!note)
		note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (note == MAP_FAILED)
		note = NULL;
	return note;
}

void contract_tell(enum contract_end end, const char *text, int error)
{
	if (note->end != CONTRACT_NONE && end != CONTRACT_WRONG)
		return;
	snprintf(note->text, sizeof(note->text), "%s", text);
	note->error = error;
	note->end = end;
}

int contract_spare_descriptor(void)
{
	enum stage at = watched_pause();
	int spare = dup(0);

	if (spare >= 0)
		close(spare);
	watched_stage(at);
	return spare;
}

void contract_tell_left(int spare_before)
{
	if (!note->has_other_descriptors && contract_spare_descriptor() != spare_before)
		contract_tell(CONTRACT_WRONG, "a descriptor is left after an error", 0);
}

static int run(const struct contract *contract, struct watched_run *run)
{
	int error = 0;

	if (!contract_note())
		return -ENOMEM;
	memset(note, 0, sizeof(*note));
	note->has_other_descriptors = run->fault && !strcmp(run->fault->call, "close");
	run->body = contract->body;
	run->argument = contract->argument;
	if (contract->prepare)
		error = contract->prepare(contract->argument);
	if (!error)
		error = watched_run(run);
	if (contract->restore)
		contract->restore(contract->argument);
	return error;
}

/* Whether no result can be right where this call has failed. */
static bool must_be_told(const struct contract *contract, const struct fault *fault,
			 enum watched_side side, unsigned long times)
{
	if (side == SIDE_THERE && contract->has_programs)
		return false;
	if (contract->is_of_libc && fault->error == ENOSYS)
		return false;
	if (contract->stage != WITHIN || times < contract->hot)
		return false;
	if (fault->answer == ANSWER_SHORT)
		return contract->is_short_an_error;
	return fault_spoils(contract->mechanism, fault->call, fault->how);
}

/* NULL, or what is wrong with how this run went. */
static const char *lapse_of(const struct contract *contract, const struct watched_run *run,
			    bool is_due)
{
	bool is_interruption = run->fault->answer == ANSWER_ERROR && run->fault->error == EINTR;

	if (run->is_late)
		return "nobody is told: it waits for ever";
	if (run->status > EXIT_KILLED && run->status != EXIT_KILLED + SIGABRT)
		return "a process dies of it";
	if (run->is_left)
		return "something of it lives on";
	if (note->end == CONTRACT_WRONG)
		return "what came out is wrong";
	if (note->end == CONTRACT_RIGHT && run->fired && is_due)
		return "counted, though it failed";
	if (note->end == CONTRACT_NONE && run->status != EXIT_KILLED + SIGABRT)
		return "neither an error nor a result";
	if (note->end == CONTRACT_TOLD && !run->fired && contract->stage == WITHIN)
		return "an error without a fault";
	if (contract->is_made_again && note->end == CONTRACT_TOLD && is_interruption &&
	    contract->stage == WITHIN)
		return "not made again";
	return NULL;
}

static void tell_lapse(struct contract *contract, const struct fault *fault,
		       enum watched_side side, const struct watched_run *run, const char *what)
{
	if (*contract->lapse)
		return;
	snprintf(contract->lapse, sizeof(contract->lapse),
		 "%s: %s %s, %s %s: %s (status %d, fired %lu, error %d%s%s)", contract->mechanism,
		 fault->call, fault->place, side_names[side], fault->how, what, run->status,
		 run->fired, note->error, *note->text ? ", " : "", note->text);
}

static int try_fault(struct contract *contract, const struct fault *fault, enum watched_side side,
		     unsigned long times)
{
	struct watched_run tried = { .fault = fault, .side = side };
	int error = run(contract, &tried);
	const char *what;

	if (error)
		return error;
	contract->faults++;
	contract->told += note->end == CONTRACT_TOLD;
	contract->right += note->end == CONTRACT_RIGHT;
	contract->unreached += !tried.fired;
	what = lapse_of(contract, &tried, must_be_told(contract, fault, side, times));
	if (what)
		tell_lapse(contract, fault, side, &tried, what);
	return 0;
}

static struct fault make_fault(enum stage stage, unsigned long nth, int call, const char *how)
{
	struct fault fault = { .every = 0 };

	snprintf(fault.place, sizeof(fault.place), "%c%lu", "bwa"[stage], nth);
	plan_name_call(call, fault.call, sizeof(fault.call));
	snprintf(fault.how, sizeof(fault.how), "%s", how);
	return fault;
}

/* Each fault has a number, by which a sample is chosen. */
static bool is_chosen(const struct contract *contract, unsigned int number)
{
	return contract->share < 2 || (number + contract->seed) % contract->share == 0;
}

/* Calls of one kind on one side, and how many of them there were. */
struct made_calls {
	int call;
	enum watched_side side;
	unsigned long times;
	unsigned int *number;          /* of the next fault */
};

static int try_how(struct contract *contract, const struct made_calls *made, unsigned long nth,
		   const char *how)
{
	struct fault fault = make_fault(contract->stage, nth, made->call, how);

	if (*contract->lapse || !is_chosen(contract, (*made->number)++) || !plan_understand(&fault))
		return 0;
	return try_fault(contract, &fault, made->side, made->times);
}

/* Of calls that are made once or twice each is another one: each of the first fails, too. */
static int try_later_ones(struct contract *contract, const struct made_calls *made)
{
	char words[128], *rest, *how;
	int error = 0;

	for (unsigned long nth = 2; nth <= made->times && nth <= LATER_MOST && !error; nth++) {
		snprintf(words, sizeof(words), "%s", plan_errors(made->call));
		how = strtok_r(words, " ", &rest);
		error = try_how(contract, made, nth, how);
	}
	return error;
}

static int try_call(struct contract *contract, const struct made_calls *made)
{
	unsigned long nth = contract->stage == WITHIN ? (made->times + 1) / 2 : 1;
	char words[128], *rest;
	int error = 0;

	snprintf(words, sizeof(words), "%s", plan_errors(made->call));
	for (char *how = strtok_r(words, " ", &rest); how && !error;
	     how = strtok_r(NULL, " ", &rest))
		error = try_how(contract, made, nth, how);
	if (!error && contract->stage != WITHIN)
		error = try_later_ones(contract, made);
	return error;
}

static int try_all(struct contract *contract, const struct watched_run *recorded)
{
	unsigned int number = 0;
	int error = 0;

	for (int i = 0; i < PLAN_CALLS_MAX * SIDES && !error; i++) {
		struct made_calls made = { i / SIDES, (enum watched_side)(i % SIDES), 0, &number };

		made.times = recorded->counts[made.call][contract->stage][made.side];
		if (made.times)
			error = try_call(contract, &made);
	}
	return error;
}

int contract_check(struct contract *contract)
{
	static struct watched_run recorded;
	int error;

	memset(&recorded, 0, sizeof(recorded));
	error = run(contract, &recorded);
	if (error)
		return error;
	contract->clone_flags = recorded.clone_flags;
	contract->has_cloned = recorded.has_cloned;
	if (note->end == CONTRACT_TOLD)
		return -ENODEV;
	if (note->end != CONTRACT_RIGHT || recorded.is_left) {
		snprintf(contract->lapse, sizeof(contract->lapse),
			 "%s: without a fault: status %d%s: %s", contract->mechanism,
			 recorded.status, recorded.is_left ? ", something lives on" : "",
			 note->text);
		return 0;
	}
	return try_all(contract, &recorded);
}

void contract_print(const struct contract *contract, const char *way)
{
	fprintf(stderr, "note: %s, %s: %u faults: %u told, %u done all the same, %u not reached\n",
		contract->mechanism, way, contract->faults, contract->told, contract->right,
		contract->unreached);
}
