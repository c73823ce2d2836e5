/* SPDX-License-Identifier: MIT */
#include "fault-judge.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "fault-rules.h"

enum fault_fate fault_fate(const struct fault_outcome *outcome)
{
	if (outcome->has_result)
		return outcome->is_unverified ? FATE_UNVERIFIED : FATE_MEASURED;
	if (!outcome->reason)
		return FATE_SILENT;
	if (strstr(outcome->reason, "did not answer within") ||
	    strstr(outcome->reason, "did not go on within"))
		return FATE_LATE;
	return FATE_LOST;
}

const char *fault_fate_word(enum fault_fate fate)
{
	static const char *const words[] = { "silent", "lost", "late", "unverified", "measured" };

	return words[fate];
}

bool fault_proof_is_optional(const char *proof)
{
	return fault_is_among(proof, "kernel_forks migrations here_migrations there_migrations "
				     "tasks_alive");
}

/* The window of several creators begins with the first: another's may still warm up. */
static bool is_in_window(const struct judged_fault *fault)
{
	return *fault->place == 'w' && !(fault->creators > 1 && !strcmp(fault->place, "w1"));
}

/* Spawned tasks, which are held as they come, in windows too, look for their creator
 * themselves; those that a pool or a server has made before do not. */
static bool must_be_tied(const struct judged_fault *fault)
{
	return !strcmp(fault->call, "pdeathsig") && *fault->place == 'b' &&
	       (strcmp(fault->tool, "spawn-cost") ||
		fault_is_among(fault->mechanism, "process-pool fork-server"));
}

static unsigned int judge_measured(const struct judged_fault *fault)
{
	unsigned int wrong = fault->has_lost_proof ? WRONG_PROOF : 0;

	if (!fault->times)
		return wrong;
	if (fault->is_hot && is_in_window(fault) &&
	    fault_spoils(fault->mechanism, fault->call, fault->how))
		wrong |= WRONG_MEASURED;
	if (must_be_tied(fault))
		wrong |= WRONG_UNTIED;
	return wrong;
}

/* "step: two words": a name in small letters, and a reason of more than one word. */
static bool is_reason(const char *text)
{
	const char *at = strchr(text, ':');

	if (!islower((unsigned char)*text) || !at || at[1] != ' ')
		return false;
	for (at += 2; *at; at++)
		if (*at != ' ' && at[1] == ' ' && at[2] && at[2] != ' ')
			return true;
	return false;
}

/* But where it is the word itself that cannot be written. */
static bool is_write_of_word(const struct judged_fault *fault)
{
	const char *place = fault->place;

	if (strcmp(fault->call, "write"))
		return false;
	return *place == 'a' || !strcmp(place, "/2") || (*place == 'w' && strchr(place, '+'));
}

static bool says_nothing_itself(const char *reason)
{
	const char *begin = "worker: the worker ";

	if (strncmp(reason, begin, strlen(begin)))
		return false;
	reason += strlen(begin);
	return !strncmp(reason, "said nothing", 12) || !strncmp(reason, "ended with status", 17);
}

/* Where libc cannot go on it aborts by itself; nothing of ours does. */
static bool is_killed(const char *reason)
{
	const char *at = strstr(reason, "signal 6");

	return strstr(reason, "killed by signal") && !(at && (!at[8] || at[8] == ' '));
}

static unsigned int judge_lost(const struct judged_fault *fault)
{
	const char *reason = fault->outcome.reason;
	unsigned int wrong = 0;

	if (says_nothing_itself(reason) && !is_write_of_word(fault))
		wrong |= WRONG_NO_WORD;
	if (is_killed(reason))
		wrong |= WRONG_KILLED;
	/* A busy machine costs cells, too. */
	if (!fault->times && !strstr(reason, "not proved"))
		wrong |= WRONG_NO_FAULT;
	return wrong;
}

unsigned int fault_judge(const struct judged_fault *fault)
{
	enum fault_fate fate = fault_fate(&fault->outcome);
	unsigned int wrong = 0;

	if (fate == FATE_SILENT)
		return WRONG_SILENT;
	if (fate == FATE_MEASURED)
		return judge_measured(fault);
	if (fate == FATE_UNVERIFIED)
		return 0;
	if (!is_reason(fault->outcome.reason))
		wrong |= WRONG_REASON;
	return fate == FATE_LOST ? wrong | judge_lost(fault) : wrong;
}

const char *fault_wrong_text(enum fault_wrong wrong)
{
	switch (wrong) {
	case WRONG_PROOF:
		return "measured without a proof that it had";
	case WRONG_SILENT:
		return "neither a result nor a skip";
	case WRONG_MEASURED:
		return "measured, though it failed";
	case WRONG_UNTIED:
		return "measured, though a process of it may outlive its maker";
	case WRONG_REASON:
		return "no step, or no reason";
	case WRONG_NO_WORD:
		return "no word of its own";
	case WRONG_KILLED:
		return "killed by a signal";
	case WRONG_NO_FAULT:
		return "did not come so far, and yet was lost";
	}
	return NULL;
}
