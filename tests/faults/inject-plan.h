/* SPDX-License-Identifier: MIT */
/*
 * inject-plan - which call of whom is to fail, and how; and how calls can fail at all.
 *
 * A call is an index: a line of inject-calls.h, or behind these its number.
 */
#ifndef HANDOFF_INJECT_PLAN_H
#define HANDOFF_INJECT_PLAN_H

#include <stddef.h>

#include "inject.h"

#define PLAN_CALLS_MAX 1024

enum stage { BEFORE, WITHIN, BEHIND, STAGES };

struct fault {
	char mechanism[48], place[24], call[32], how[16];
	enum stage stage;
	unsigned long nth, every;      /* every: 0, or each so many in any stage */
	bool is_lasting;               /* and all that follow in this stage */
	enum answer answer;
	int error;
};

/* False for one that cannot be read. */
bool plan_read(const char *name);
bool plan_is_record(void);

/* Its words into the rest of it; false: they cannot be read. */
bool plan_understand(struct fault *fault);

/* Whether the last call that was seen is to fail: seen counts those that are meant. */
bool plan_is_due(const struct fault *fault, const unsigned long seen[STAGES], enum stage stage);

/* Of a mechanism, NULL: it is left alone. */
const struct fault *plan_fault(const char *mechanism);

/* All numbers of which one call might be meant. */
void plan_watch(const struct fault *fault, struct watch *ret);

/* -1 for one that knows no error. */
int plan_call(long number, const uint64_t *arguments);
bool plan_is_meant(const struct fault *fault, int call);
const char *plan_errors(int call);
void plan_name_call(int call, char *ret, size_t size);

#endif
