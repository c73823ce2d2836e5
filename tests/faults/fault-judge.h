/* SPDX-License-Identifier: MIT */
/*
 * fault-judge - whether a tool has dealt rightly with one fault: pure.
 *
 * A cell whose call failed is lost with a reason, or right all the same.  It is wrong when
 * it is measured beside a failed operation, when a proof has vanished, when nobody says
 * anything, or when what is said is no reason.
 */
#ifndef HANDOFF_FAULT_JUDGE_H
#define HANDOFF_FAULT_JUDGE_H

#include <stdbool.h>

/* What became of a mechanism's cell; late: by its deadline. */
enum fault_fate { FATE_SILENT, FATE_LOST, FATE_LATE, FATE_UNVERIFIED, FATE_MEASURED };

/* What the records say of it. */
struct fault_outcome {
	bool has_result, is_unverified;
	const char *reason;        /* of its skip; NULL: there is none */
};

struct judged_fault {
	const char *tool, *mechanism, *place, *call, *how;   /* as in the plan of inject.c */
	unsigned long times;       /* how often it was answered so; 0: it did not come so far */
	bool is_hot;               /* the call is the operation's */
	unsigned int creators;     /* at once */
	bool has_lost_proof;       /* one that counted without faults */
	struct fault_outcome outcome;
};

enum fault_wrong {
	WRONG_PROOF    = 1 << 0,
	WRONG_SILENT   = 1 << 1,
	WRONG_MEASURED = 1 << 2,
	WRONG_UNTIED   = 1 << 3,
	WRONG_REASON   = 1 << 4,
	WRONG_NO_WORD  = 1 << 5,
	WRONG_KILLED   = 1 << 6,
	WRONG_NO_FAULT = 1 << 7,
};

enum fault_fate fault_fate(const struct fault_outcome *outcome);
const char *fault_fate_word(enum fault_fate fate);

/* 0, or a set of enum fault_wrong. */
unsigned int fault_judge(const struct judged_fault *fault);

/* One of them as a sentence. */
const char *fault_wrong_text(enum fault_wrong wrong);

/* Proofs that a run may lack: what /proc may not tell, or tasks that could not be made. */
bool fault_proof_is_optional(const char *proof);

#endif
