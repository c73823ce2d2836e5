/* SPDX-License-Identifier: MIT */
/*
 * contract - each call that a mechanism makes fails in turn, or comes short.
 *
 * What it calls is found out by a run in which all calls are counted, here and on the
 * other side.  Then one call in the middle fails in each way of its man page
 * (inject-calls.h): an error must come out, or the work must be right all the same.  It
 * is a lapse when something was counted that was not done, when nobody is told, when a
 * process dies of it, or when something is left.
 *
 * The body does the mechanism's work and leaves in the note what came of it.
 */
#ifndef HANDOFF_CONTRACT_H
#define HANDOFF_CONTRACT_H

#include "watched-run.h"

enum contract_end {
	CONTRACT_NONE,             /* nobody has said anything */
	CONTRACT_TOLD,             /* an error came out */
	CONTRACT_RIGHT,            /* all was done and counted */
	CONTRACT_WRONG,            /* no error came out, and yet not all was done; or it left something */
};

struct contract_note {
	enum contract_end end;
	int error;
	bool has_other_descriptors;        /* where one was to be closed there is another */
	char text[256];
};

struct contract {
	/* The caller's. */
	const char *mechanism;
	/* Before and behind each run, in the test's own process; 0 or -errno.  NULL: nothing. */
	int (*prepare)(void *argument);
	void (*restore)(void *argument);
	void (*body)(void *argument);
	void *argument;
	enum stage stage;          /* whose calls fail */
	unsigned long hot;         /* a call that is made so often is the operation's */
	bool has_programs;         /* which run there, and may go on without some call */
	bool is_of_libc;           /* which takes another call where one is ENOSYS */
	bool is_made_again;        /* what EINTR ended, so that all is done in spite of it */
	bool is_short_an_error;    /* no operation is made again for the rest */
	unsigned int share, seed;  /* of all faults one of so many is tried; 1: all */

	/* What became of it. */
	unsigned int faults, told, right, unreached;
	uint64_t clone_flags;      /* of the first task that was made here, within */
	bool has_cloned;
	char lapse[512];           /* "", or the first one */
};

/* The note of the run under way, in memory that the body shares. */
struct contract_note *contract_note(void);

/* By the body; the first word stays, but for CONTRACT_WRONG. */
void contract_tell(enum contract_end end, const char *text, int error);

/* The lowest free descriptor.  By the body too: these calls are not counted, nor do they fail. */
int contract_spare_descriptor(void);

/* That all has been given back after an error: the spare descriptor is the one of before. */
void contract_tell_left(int spare_before);

/* For who works on one mechanism: what its faults came to. */
void contract_print(const struct contract *contract, const char *way);

/* 0, also with a lapse; -ENODEV where it did not work without faults (the note says why);
 * -ENOSYS where calls cannot be watched here. */
int contract_check(struct contract *contract);

#endif
