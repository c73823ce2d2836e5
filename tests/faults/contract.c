/* SPDX-License-Identifier: MIT */
#include "contract.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fault-rules.h"

#define EXIT_KILLED 128

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

static int run(const struct contract *contract, struct watched_run *run)
{
	int error = 0;

	if (!contract_note())
		return -ENOMEM;
	memset(note, 0, sizeof(*note));
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
			 unsigned long times)
{
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
		return "counted, and not done";
	if (note->end == CONTRACT_RIGHT && run->fired && is_due)
		return "counted, though it failed";
	if (note->end == CONTRACT_NONE && run->status != EXIT_KILLED + SIGABRT)
		return "neither an error nor a result";
	if (note->end == CONTRACT_TOLD && !run->fired && contract->stage == WITHIN)
		return "an error without a fault";
	if (note->end == CONTRACT_TOLD && is_interruption && contract->stage == WITHIN)
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
	what = lapse_of(contract, &tried, must_be_told(contract, fault, times));
	if (what)
		tell_lapse(contract, fault, side, &tried, what);
	return 0;
}

static struct fault make_fault(const struct contract *contract, int call, const char *how,
			       unsigned long times)
{
	struct fault fault = { .every = 0 };
	unsigned long nth = contract->stage == WITHIN ? (times + 1) / 2 : 1;

	snprintf(fault.place, sizeof(fault.place), "%c%lu", "bwa"[contract->stage], nth);
	plan_name_call(call, fault.call, sizeof(fault.call));
	snprintf(fault.how, sizeof(fault.how), "%s", how);
	return fault;
}

/* Each fault has a number, by which a sample is chosen. */
static bool is_chosen(const struct contract *contract, unsigned int number)
{
	return contract->share < 2 || (number + contract->seed) % contract->share == 0;
}

static int try_call(struct contract *contract, int call, enum watched_side side,
		    unsigned long times, unsigned int *number)
{
	char words[128], *rest;
	int error = 0;

	snprintf(words, sizeof(words), "%s", plan_errors(call));
	for (char *how = strtok_r(words, " ", &rest); how && !error && !*contract->lapse;
	     how = strtok_r(NULL, " ", &rest)) {
		struct fault fault = make_fault(contract, call, how, times);

		if (is_chosen(contract, (*number)++) && plan_understand(&fault))
			error = try_fault(contract, &fault, side, times);
	}
	return error;
}

static int try_all(struct contract *contract, const struct watched_run *recorded)
{
	unsigned int number = 0;
	int error = 0;

	for (int call = 0; call < PLAN_CALLS_MAX; call++)
		for (int side = 0; side < SIDES && !error && !*contract->lapse; side++) {
			unsigned long times = recorded->counts[call][contract->stage][side];

			if (times)
				error = try_call(contract, call, (enum watched_side)side, times,
						 &number);
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
